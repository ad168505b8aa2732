// Structures and arrays.
#include "validate/state.h"

static valtype ref_to(const struct def_type *type, bool nullable)
{
    return val_ref(HEAP_DEFINED + type->id, nullable);
}

static bool is_packed(valtype storage)
{
    return val_kind(storage) >= VAL_I8;
}

// Is a get of this storage type the right one of get and get_s, get_u?
static hf_code need_get(struct validator *v, valtype storage, bool extends)
{
    if (is_packed(storage) == extends) return HF_OK;
    return invalid(v, "type mismatch: %s of a %s type", op_infos[v->ins.op].text, extends ? "value" : "packed");
}

// ---- structures ----

static hf_code check_struct_new(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.index, COMP_STRUCT, &type);
    if (code) return code;
    const struct struct_type *structure = &type->structure;
    for (uint32_t i = structure->field_count; i-- > 0;) {
        const valtype field = val_unpacked(structure->fields[i].storage);
        if (v->ins.op == OP_STRUCT_NEW)
            code = pop(v, field);
        else if (!val_defaultable(field))
            code = invalid(v, "type mismatch: field %u has no default", i);
        if (code) return code;
    }
    push(v, ref_to(type, false));
    return HF_OK;
}

static hf_code check_struct_access(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.field.type, COMP_STRUCT, &type);
    if (code || (code = need_index(v, v->ins.field.field, type->structure.field_count, "field"))) return code;
    const struct field_type *field = &type->structure.fields[v->ins.field.field];
    if (v->ins.op == OP_STRUCT_SET) {
        if (!field->mutable) return invalid(v, "immutable field %u", v->ins.field.field);
        return (code = pop(v, val_unpacked(field->storage))) ? code : pop(v, ref_to(type, true));
    }
    if ((code = need_get(v, field->storage, v->ins.op != OP_STRUCT_GET))) return code;
    if ((code = pop(v, ref_to(type, true)))) return code;
    push(v, val_unpacked(field->storage));
    return HF_OK;
}

// ---- arrays ----

static hf_code check_array_new(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.index, COMP_ARRAY, &type);
    if (code || (code = pop(v, VAL_I32))) return code;
    const valtype element = val_unpacked(type->element.storage);
    if (v->ins.op == OP_ARRAY_NEW)
        code = pop(v, element);
    else if (!val_defaultable(element))
        code = invalid(v, "type mismatch: the element type has no default");
    if (code) return code;
    push(v, ref_to(type, false));
    return HF_OK;
}

static hf_code check_array_new_fixed(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.fixed.type, COMP_ARRAY, &type);
    if (code) return code;
    if (v->ins.fixed.count > decode_limits_default.array_new_fixed) {
        return fail_at(v->status, HF_LIMIT, v->ins.offset, "more than %u %s", decode_limits_default.array_new_fixed,
                       decode_limit_text(LIMIT_array_new_fixed));
    }
    const valtype element = val_unpacked(type->element.storage);
    for (uint32_t i = 0; i < v->ins.fixed.count; i++) {
        // Where nothing is left but what unreachable code pops, no more can be wrong.
        if (v->unreachable && v->top == v->base) break;
        if ((code = pop(v, element))) return code;
    }
    push(v, ref_to(type, false));
    return HF_OK;
}

// The element type of what is filled from a data segment, or the type of an elem segment.
static hf_code check_segment(struct validator *v, const struct def_type *type, bool data)
{
    const uint32_t index = v->ins.init.segment;
    const valtype element = type->element.storage;
    if (data) {
        if (val_is_ref(element)) return invalid(v, "array type is not numeric or vector");
        return need_index(v, index, v->m->data_count, "data segment");
    }
    const hf_code code = need_index(v, index, v->m->elem_count, "elem segment");
    if (code || val_matches(v->m->types, v->m->elems[index].type, element)) return code;
    return invalid(v, "type mismatch: elem segment %u does not fit into the array", index);
}

static hf_code check_array_new_segment(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.init.type, COMP_ARRAY, &type);
    if (code || (code = check_segment(v, type, v->ins.op == OP_ARRAY_NEW_DATA))) return code;
    if ((code = pop(v, VAL_I32)) || (code = pop(v, VAL_I32))) return code;
    push(v, ref_to(type, false));
    return HF_OK;
}

static hf_code check_array_init(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.init.type, COMP_ARRAY, &type);
    if (code) return code;
    if (!type->element.mutable) return invalid(v, "immutable array");
    if ((code = check_segment(v, type, v->ins.op == OP_ARRAY_INIT_DATA))) return code;
    if ((code = pop(v, VAL_I32)) || (code = pop(v, VAL_I32)) || (code = pop(v, VAL_I32))) return code;
    return pop(v, ref_to(type, true));
}

static hf_code check_array_access(struct validator *v)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.index, COMP_ARRAY, &type);
    if (code) return code;
    const valtype element = val_unpacked(type->element.storage);
    switch (v->ins.op) {
    case OP_ARRAY_SET:
    case OP_ARRAY_FILL:
        if (!type->element.mutable) return invalid(v, "immutable array");
        if (v->ins.op == OP_ARRAY_FILL && (code = pop(v, VAL_I32))) return code;
        if ((code = pop(v, element)) || (code = pop(v, VAL_I32))) return code;
        return pop(v, ref_to(type, true));
    default: break;
    }
    if ((code = need_get(v, type->element.storage, v->ins.op != OP_ARRAY_GET))) return code;
    if ((code = pop(v, VAL_I32)) || (code = pop(v, ref_to(type, true)))) return code;
    push(v, element);
    return HF_OK;
}

static hf_code check_array_copy(struct validator *v)
{
    const struct def_type *to, *from;
    hf_code code = need_type(v, v->ins.copy.to, COMP_ARRAY, &to);
    if (code || (code = need_type(v, v->ins.copy.from, COMP_ARRAY, &from))) return code;
    if (!to->element.mutable) return invalid(v, "immutable array");
    if (!val_matches(v->m->types, from->element.storage, to->element.storage)) {
        return invalid(v, "array types do not match");
    }
    if ((code = pop(v, VAL_I32)) || (code = pop(v, VAL_I32)) || (code = pop(v, ref_to(from, true)))) return code;
    return (code = pop(v, VAL_I32)) ? code : pop(v, ref_to(to, true));
}

hf_code check_aggregate(struct validator *v)
{
    hf_code code;
    switch (v->ins.op) {
    case OP_STRUCT_NEW:
    case OP_STRUCT_NEW_DEFAULT: return check_struct_new(v);
    case OP_STRUCT_GET:
    case OP_STRUCT_GET_S:
    case OP_STRUCT_GET_U:
    case OP_STRUCT_SET: return check_struct_access(v);
    case OP_ARRAY_NEW:
    case OP_ARRAY_NEW_DEFAULT: return check_array_new(v);
    case OP_ARRAY_NEW_FIXED: return check_array_new_fixed(v);
    case OP_ARRAY_NEW_DATA:
    case OP_ARRAY_NEW_ELEM: return check_array_new_segment(v);
    case OP_ARRAY_INIT_DATA:
    case OP_ARRAY_INIT_ELEM: return check_array_init(v);
    case OP_ARRAY_COPY: return check_array_copy(v);
    case OP_ARRAY_LEN:
        if ((code = pop(v, val_ref(HEAP_ARRAY, true)))) return code;
        push(v, VAL_I32);
        return HF_OK;
    default: return check_array_access(v);
    }
}
