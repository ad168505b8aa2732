// References: null, functions, casts, i31, conversion.
#include "validate/state.h"

static hf_code check_ref_func(struct validator *v)
{
    const hf_code code = need_index(v, v->ins.index, v->m->func_count, "function");
    if (code) return code;
    struct func *func = &v->m->funcs[v->ins.index];
    if (v->constant)
        func->declared = true;
    else if (!func->declared)
        return invalid(v, "undeclared function reference %u", v->ins.index);
    push(v, val_ref(HEAP_DEFINED + func->type_id, false));
    return HF_OK;
}

// ref.test, ref.cast: the operand is of any type of the same hierarchy.
static hf_code check_cast(struct validator *v, valtype result)
{
    const hf_code code = pop(v, val_ref(heap_top(v->m->types, val_heap(v->ins.ref)), true));
    if (code) return code;
    push(v, result);
    return HF_OK;
}

// any.convert_extern, extern.convert_any: nullability stays.
static hf_code check_convert(struct validator *v, uint32_t from, uint32_t to)
{
    valtype ref;
    const hf_code code = pop_ref(v, &ref);
    if (code) return code;
    const valtype want = val_ref(from, true);
    if (!val_matches(v->m->types, ref, want)) {
        *v->top++ = ref; // as it was
        return mismatch(v, &want, 1);
    }
    push(v, val_ref(to, val_nullable(ref)));
    return HF_OK;
}

static hf_code pop_push(struct validator *v, valtype operand, valtype result)
{
    const hf_code code = pop(v, operand);
    if (code) return code;
    push(v, result);
    return HF_OK;
}

hf_code check_reference(struct validator *v)
{
    const valtype eqref = val_ref(HEAP_EQ, true);
    valtype ref;
    hf_code code;
    switch (v->ins.op) {
    case OP_REF_NULL: push(v, v->ins.ref); return HF_OK;
    case OP_REF_IS_NULL:
        if ((code = pop_ref(v, &ref))) return code;
        push(v, VAL_I32);
        return HF_OK;
    case OP_REF_FUNC: return check_ref_func(v);
    case OP_REF_EQ: return (code = pop(v, eqref)) ? code : pop_push(v, eqref, VAL_I32);
    case OP_REF_AS_NON_NULL:
        if ((code = pop_ref(v, &ref))) return code;
        push(v, val_ref(val_heap(ref), false));
        return HF_OK;
    case OP_REF_TEST:
    case OP_REF_TEST_NULL: return check_cast(v, VAL_I32);
    case OP_REF_CAST:
    case OP_REF_CAST_NULL: return check_cast(v, v->ins.ref);
    case OP_ANY_CONVERT_EXTERN: return check_convert(v, HEAP_EXTERN, HEAP_ANY);
    case OP_EXTERN_CONVERT_ANY: return check_convert(v, HEAP_ANY, HEAP_EXTERN);
    case OP_REF_I31: return pop_push(v, VAL_I32, val_ref(HEAP_I31, false));
    default: return pop_push(v, val_ref(HEAP_I31, true), VAL_I32); // i31.get_s, i31.get_u
    }
}
