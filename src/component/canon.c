// Canonical definitions (Binary.md, "Canonical Definitions"; CanonicalABI.md, the headings of each).
#include "component/loader.h"

enum { MAX_FLAT_ASYNC_PARAMS = 4, MAX_FLAT_RESULTS = 1, CONTEXT_SLOTS = 2 };

// What goes on while one definition is read.
struct canon_reader {
    struct loader *d;
    const struct canon_info *info;
    struct canon canon;
    uint64_t at;
    bool has_encoding, has_async;
    bool pointer64; // of the memory, or of the options'
    bool table64;
    valtype param; // A
};

static hf_code need_option(const struct canon_reader *r, const char *option)
{
    return loader_invalid(r->d, r->at, "canonical option `%s` is required", option);
}

static uint32_t core_func_at(const struct loader *d, uint32_t index)
{
    return VEC_AT(d->scope->spaces[SORT_CORE_FUNC], uint32_t, index);
}

// ---- core function types ----------------------------------------------------------------------------------------------

struct signature {
    uint32_t param_count, result_count;
    valtype params[MAX_FLAT + 1];
    valtype results[1];
};

static bool signature_is(const struct func_type *type, const struct signature *want)
{
    if (type->param_count != want->param_count || type->result_count != want->result_count) return false;
    for (uint32_t i = 0; i < type->param_count; i++)
        if (type->params[i] != want->params[i]) return false;
    for (uint32_t i = 0; i < type->result_count; i++)
        if (type->results[i] != want->results[i]) return false;
    return true;
}

// A canonical id that the component keeps.
static hf_code intern(struct loader *d, const struct signature *signature, uint32_t *out)
{
    struct type_registry *const types = d->c->engine->types;
    const struct def_type draft = {
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .func = { .param_count = signature->param_count,
                  .result_count = signature->result_count,
                  .params = signature->params,
                  .results = signature->results },
    };
    uint32_t id;
    TRY(types_intern(types, &draft, 1, &id, d->status));
    uint32_t *const kept = vec_push(d, d->arena, &d->core_groups, sizeof *kept);
    if (!kept) {
        types_unref(types, id);
        return HF_OUT_OF_MEMORY;
    }
    *kept = *out = id;
    return HF_OK;
}

// ---- options ----------------------------------------------------------------------------------------------------------

static hf_code set_encoding(struct canon_reader *r, enum string_encoding encoding)
{
    static const char *const names[] = { "utf8", "utf16", "latin1-utf16" };
    if (r->has_encoding)
        return loader_invalid(r->d, r->at, "canonical encoding option `%s` conflicts with option `%s`",
                              names[r->canon.options.encoding], names[encoding]);
    r->has_encoding = true;
    r->canon.options.encoding = encoding;
    return HF_OK;
}

static hf_code set_index(struct canon_reader *r, enum sort sort, const char *option, uint32_t *place)
{
    uint32_t index;
    TRY(loader_index(r->d, sort, &index));
    if (*place != NO_INDEX)
        return loader_invalid(r->d, r->at, "canonical option `%s` is specified more than once", option);
    *place = index;
    return HF_OK;
}

static hf_code check_memory(struct canon_reader *r, uint32_t index, bool *is64)
{
    const struct limits *const memory = &VEC_AT(r->d->scope->spaces[SORT_CORE_MEMORY], struct limits, index);
    if (memory->is64) TRY(loader_need(r->d, r->at, FEATURE_CM_MEMORY64, "64-bit memories"));
    if (memory->shared || memory->page_log2 != 16)
        return loader_invalid(r->d, r->at, "the canonical ABI needs an unshared memory with pages of 64 KiB");
    *is64 = memory->is64;
    return HF_OK;
}

// canonopt
static hf_code option(struct canon_reader *r)
{
    struct canon_options *const o = &r->canon.options;
    const uint64_t at = loader_at(r->d);
    uint8_t kind;
    TRY(loader_byte(r->d, &kind));
    switch (kind) {
    case 0x00: return set_encoding(r, ENCODING_UTF8);
    case 0x01: return set_encoding(r, ENCODING_UTF16);
    case 0x02: return set_encoding(r, ENCODING_LATIN1_UTF16);
    case 0x03: TRY(set_index(r, SORT_CORE_MEMORY, "memory", &o->memory)); return check_memory(r, o->memory, &o->is64);
    case 0x04: return set_index(r, SORT_CORE_FUNC, "realloc", &o->realloc);
    case 0x05: return set_index(r, SORT_CORE_FUNC, "post-return", &o->post_return);
    case 0x06:
        if (o->is_async) return loader_invalid(r->d, r->at, "canonical option `async` is specified more than once");
        o->is_async = true;
        return HF_OK;
    case 0x07: return set_index(r, SORT_CORE_FUNC, "callback", &o->callback);
    default: return loader_bad_byte(r->d, at, kind, "canonical option");
    }
}

static hf_code wrong_signature(const struct canon_reader *r, const char *option)
{
    return loader_invalid(r->d, r->at, "canonical option `%s` uses a core function with an incorrect signature",
                          option);
}

static hf_code check_func(const struct canon_reader *r, uint32_t index, const struct signature *want,
                          const char *option)
{
    const struct func_type *const type = &types_get(r->d->c->engine->types, core_func_at(r->d, index))->func;
    return signature_is(type, want) ? HF_OK : wrong_signature(r, option);
}

static hf_code cannot(const struct canon_reader *r, const char *option, const char *where)
{
    return loader_invalid(r->d, r->at, "canonical option `%s` cannot be specified for %s", option, where);
}

// What holds for options wherever they stand ("canonopt Validation").
static hf_code check_options(const struct canon_reader *r)
{
    const struct canon_options *const o = &r->canon.options;
    const enum canon_kind kind = r->canon.kind;
    const valtype pointer = o->is64 ? VAL_I64 : VAL_I32;
    if (o->realloc != NO_INDEX) {
        if (o->memory == NO_INDEX)
            return loader_invalid(r->d, r->at, "canonical option `realloc` requires `memory` to also be specified");
        const struct signature realloc = { 4, 1, { pointer, pointer, pointer, pointer }, { pointer } };
        TRY(check_func(r, o->realloc, &realloc, "realloc"));
    }
    if (o->post_return != NO_INDEX && kind != CANON_LIFT)
        return cannot(r, "post-return", kind == CANON_LOWER ? "lowerings" : r->info->text);
    if (o->post_return != NO_INDEX && o->is_async) return cannot(r, "post-return", "async functions");
    if (o->callback != NO_INDEX) {
        static const struct signature callback = { 3, 1, { VAL_I32, VAL_I32, VAL_I32 }, { VAL_I32 } };
        if (kind != CANON_LIFT) return cannot(r, "callback", kind == CANON_LOWER ? "lowerings" : r->info->text);
        if (!o->is_async)
            return loader_invalid(r->d, r->at,
                                  "cannot specify callback without async: canonical option `callback` "
                                  "requires `async` to also be specified");
        TRY(check_func(r, o->callback, &callback, "callback"));
    } else if (kind == CANON_LIFT && o->is_async && !(r->d->features & FEATURE_CM_STACKFUL)) {
        return loader_invalid(r->d, r->at,
                              "canonical option `async` requires the async stackful feature when it is "
                              "used without `callback`");
    }
    return HF_OK;
}

// opts ::= opt*:vec(<canonopt>)
static hf_code options(struct canon_reader *r)
{
    uint32_t count;
    TRY(loader_count(r->d, 1, &count));
    for (uint32_t i = 0; i < count; i++) TRY(option(r));
    r->pointer64 = r->canon.options.is64;
    return check_options(r);
}

// lower(T) requires memory, lift(T) also realloc, where T holds lists or strings. `into` is whether values are made in
// the guest's memory.
static hf_code need_for(const struct canon_reader *r, ctype type, bool into)
{
    const struct canon_options *const o = &r->canon.options;
    if (type == NO_CTYPE || !(ctypes_get(r->d->types, type)->flags & CTYPE_HAS_POINTER)) return HF_OK;
    if (o->memory == NO_INDEX) return need_option(r, "memory");
    return into && o->realloc == NO_INDEX ? need_option(r, "realloc") : HF_OK;
}

// ---- flattened signatures (flatten_functype) --------------------------------------------------------------------------

// Puts the flat types behind those that are there; false when there are more than `most` in all.
static bool flat_types(const struct canon_reader *r, const struct ctype_field *fields, uint32_t count, uint32_t most,
                       valtype *out, uint32_t *out_count)
{
    *out_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct shape *const abi = &ctypes_get(r->d->types, fields[i].type)->abi[r->canon.options.is64];
        if (!abi->flat || *out_count + abi->flat_count > most) return false;
        for (unsigned k = 0; k < abi->flat_count; k++) out[(*out_count)++] = abi->flat[k];
    }
    return true;
}

struct flat_func {
    struct signature signature;
    bool params_spilled, result_spilled; // pass through memory
};

static void flatten_lift(const struct canon_reader *r, const struct ctype_func *func, struct flat_func *out)
{
    const struct canon_options *const o = &r->canon.options;
    const valtype pointer = o->is64 ? VAL_I64 : VAL_I32;
    struct signature *const s = &out->signature;
    const struct ctype_field result = { { NULL, 0 }, func->result };
    const uint32_t results = func->result != NO_CTYPE;
    valtype scratch[MAX_FLAT + 1];
    uint32_t count;
    if (!flat_types(r, func->params, func->param_count, MAX_FLAT, s->params, &s->param_count)) {
        out->params_spilled = true;
        s->param_count = 1;
        s->params[0] = pointer;
    }
    const uint32_t most = o->is_async ? MAX_FLAT : MAX_FLAT_RESULTS;
    const bool fits = flat_types(r, &result, results, most, scratch, &count);
    out->result_spilled = !fits;
    if (o->is_async) {
        s->result_count = o->callback != NO_INDEX;
        s->results[0] = VAL_I32;
    } else {
        s->result_count = results;
        s->results[0] = fits ? scratch[0] : pointer;
    }
}

static void flatten_lower(const struct canon_reader *r, const struct ctype_func *func, struct flat_func *out)
{
    const struct canon_options *const o = &r->canon.options;
    const valtype pointer = o->is64 ? VAL_I64 : VAL_I32;
    struct signature *const s = &out->signature;
    const struct ctype_field result = { { NULL, 0 }, func->result };
    const uint32_t results = func->result != NO_CTYPE;
    valtype scratch[MAX_FLAT + 1];
    uint32_t count;
    const uint32_t most = o->is_async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT;
    if (!flat_types(r, func->params, func->param_count, most, s->params, &s->param_count)) {
        out->params_spilled = true;
        s->param_count = 1;
        s->params[0] = pointer;
    }
    if (o->is_async) {
        out->result_spilled = results;
        if (results) s->params[s->param_count++] = pointer;
        s->result_count = 1;
        s->results[0] = VAL_I32;
    } else if (flat_types(r, &result, results, MAX_FLAT_RESULTS, scratch, &count)) {
        s->result_count = results;
        s->results[0] = scratch[0];
    } else {
        out->result_spilled = true;
        s->params[s->param_count++] = pointer;
    }
}

// ---- lift and lower ---------------------------------------------------------------------------------------------------

static void put_types(struct buf *out, const valtype *types, uint32_t count)
{
    static const char *const names[] = { [VAL_I32] = "I32", [VAL_I64] = "I64",   [VAL_F32] = "F32",
                                         [VAL_F64] = "F64", [VAL_V128] = "V128", [VAL_REF] = "Ref" };
    buf_str(out, "[");
    for (uint32_t i = 0; i < count && i < 20; i++) buf_printf(out, "%s%s", i ? ", " : "", names[val_kind(types[i])]);
    buf_str(out, "]");
}

static hf_code check_callee(const struct canon_reader *r, const struct func_type *callee, const struct signature *want)
{
    if (signature_is(callee, want)) return HF_OK;
    struct signature params = *want;
    params.result_count = callee->result_count;
    for (uint32_t i = 0; i < callee->result_count && i < 1; i++) params.results[i] = callee->results[i];
    const bool by_params = callee->result_count > 1 ? false : !signature_is(callee, &params);
    struct buf words;
    buf_init(&words, r->d->types->heap);
    buf_printf(&words, "lowered %s types `", by_params ? "parameter" : "result");
    put_types(&words, by_params ? want->params : want->results, by_params ? want->param_count : want->result_count);
    buf_printf(&words, "` do not match %s types `", by_params ? "parameter" : "result");
    put_types(&words, by_params ? callee->params : callee->results,
              by_params ? callee->param_count : callee->result_count);
    buf_str(&words, "`");
    const hf_code code = words.failed ? fail_oom(r->d->status)
                                      : loader_invalid(r->d, r->at, "%.*s", (int)words.size, (const char *)words.data);
    buf_fini(&words);
    return code;
}

static hf_code lift_type(struct canon_reader *r)
{
    uint32_t index;
    TRY(loader_index(r->d, SORT_TYPE, &index));
    r->canon.type = scope_type(r->d->scope, SORT_TYPE, index);
    if (ctypes_get(r->d->types, r->canon.type)->kind == CTYPE_FUNC) return HF_OK;
    return loader_invalid(r->d, r->at, "type index %u is not a function type", index);
}

static hf_code no_async_option(const struct canon_reader *r)
{
    return loader_invalid(r->d, r->at, "the `async` canonical option requires an async function type");
}

static hf_code check_lift(struct canon_reader *r)
{
    const struct canon_options *const o = &r->canon.options;
    const struct ctype_func func = ctypes_get(r->d->types, r->canon.type)->func;
    const struct func_type *const callee = &types_get(r->d->c->engine->types, core_func_at(r->d, r->canon.func))->func;
    struct flat_func flat = { .params_spilled = false };
    if (o->is_async && !func.is_async) return no_async_option(r);
    flatten_lift(r, &func, &flat);
    for (uint32_t i = 0; i < func.param_count; i++) TRY(need_for(r, func.params[i].type, true));
    TRY(need_for(r, func.result, false));
    if (flat.params_spilled && o->memory == NO_INDEX) return need_option(r, "memory");
    if (flat.params_spilled && o->realloc == NO_INDEX) return need_option(r, "realloc");
    if (flat.result_spilled && o->memory == NO_INDEX) return need_option(r, "memory");
    TRY(check_callee(r, callee, &flat.signature));
    if (o->post_return != NO_INDEX) {
        struct signature post = { .param_count = flat.signature.result_count };
        post.params[0] = flat.signature.results[0];
        TRY(check_func(r, o->post_return, &post, "post-return"));
    }
    r->canon.signature = core_func_at(r->d, r->canon.func);
    return HF_OK;
}

static hf_code check_lower(struct canon_reader *r, struct signature *out)
{
    const struct canon_options *const o = &r->canon.options;
    r->canon.type = scope_type(r->d->scope, SORT_FUNC, r->canon.func);
    const struct ctype_func func = ctypes_get(r->d->types, r->canon.type)->func;
    struct flat_func flat = { .params_spilled = false };
    if (o->is_async && !func.is_async) return no_async_option(r);
    flatten_lower(r, &func, &flat);
    for (uint32_t i = 0; i < func.param_count; i++) TRY(need_for(r, func.params[i].type, false));
    TRY(need_for(r, func.result, true));
    // Where nothing passes through memory the suite lowers asynchronous functions without one.
    if ((flat.params_spilled || flat.result_spilled) && o->memory == NO_INDEX) return need_option(r, "memory");
    *out = flat.signature;
    return HF_OK;
}

// flatten_functype($opts, (func (param $t)?), 'lower'), with what may not stand among the options
static hf_code check_task_return(struct canon_reader *r, struct signature *out)
{
    const struct canon_options *const o = &r->canon.options;
    if (o->is_async) return cannot(r, "async", "task.return");
    if (o->realloc != NO_INDEX) return cannot(r, "realloc", "task.return");
    const struct ctype_field param = { { NULL, 0 }, r->canon.type };
    const struct ctype_func func = { false, r->canon.type != NO_CTYPE, &param, NO_CTYPE };
    struct flat_func flat = { .params_spilled = false };
    flatten_lower(r, &func, &flat);
    TRY(need_for(r, r->canon.type, false));
    if (flat.params_spilled && o->memory == NO_INDEX) return need_option(r, "memory");
    *out = flat.signature;
    return HF_OK;
}

// {stream,future}.{read,write}
static hf_code check_copy(const struct canon_reader *r)
{
    const struct canon_options *const o = &r->canon.options;
    const ctype element = ctypes_get(r->d->types, r->canon.type)->list.element;
    const bool read = r->canon.kind == CANON_STREAM_READ || r->canon.kind == CANON_FUTURE_READ;
    if (!o->is_async && !(r->d->features & FEATURE_CM_MORE_ASYNC))
        return loader_invalid(r->d, r->at,
                              "requires the component model more async builtins feature: `%s` without "
                              "`async`",
                              r->info->text);
    if (element == NO_CTYPE) return HF_OK;
    if (o->memory == NO_INDEX) return need_option(r, "memory");
    return need_for(r, element, read);
}

static hf_code check_error_context(const struct canon_reader *r)
{
    const struct canon_options *const o = &r->canon.options;
    if (o->is_async) return cannot(r, "async", r->info->text);
    if (o->memory == NO_INDEX) return need_option(r, "memory");
    if (r->canon.kind == CANON_ERROR_CONTEXT_DEBUG_MESSAGE && o->realloc == NO_INDEX) return need_option(r, "realloc");
    return HF_OK;
}

// ---- operands ---------------------------------------------------------------------------------------------------------

static hf_code sort_zero(struct canon_reader *r, const char *what)
{
    const uint64_t at = loader_at(r->d);
    uint8_t zero;
    TRY(loader_byte(r->d, &zero));
    return zero ? loader_bad_byte(r->d, at, zero, what) : HF_OK;
}

static hf_code resource_operand(struct canon_reader *r)
{
    uint32_t index;
    TRY(loader_index(r->d, SORT_TYPE, &index));
    r->canon.type = scope_type(r->d->scope, SORT_TYPE, index);
    const struct ctype_def *const def = ctypes_get(r->d->types, r->canon.type);
    if (def->kind != CTYPE_RESOURCE) return loader_invalid(r->d, r->at, "type index %u is not a resource type", index);
    if (r->canon.kind == CANON_RESOURCE_DROP) return HF_OK;
    const struct resource_def *const resource = ctypes_resource(r->d->types, def->resource_id);
    if (resource->origin == RESOURCE_DEFINED && resource->owner == r->d->scope->component) return HF_OK;
    return loader_invalid(r->d, r->at, "type index %u is not a local resource", index);
}

static hf_code async_operand(struct canon_reader *r, hf_witkind kind)
{
    uint32_t index;
    TRY(loader_index(r->d, SORT_TYPE, &index));
    r->canon.type = scope_type(r->d->scope, SORT_TYPE, index);
    if (ctypes_get(r->d->types, r->canon.type)->kind == kind) return HF_OK;
    return loader_invalid(r->d, r->at, "`%s` requires a %s type", r->info->text, ctype_kind_name(kind));
}

static hf_code async_flag(struct canon_reader *r)
{
    TRY(loader_flag(r->d, "`async?` immediate", &r->canon.is_async));
    if (!r->canon.is_async || r->d->features & FEATURE_CM_MORE_ASYNC) return HF_OK;
    return loader_invalid(r->d, r->at, "requires the component model more async builtins feature: `%s` with `async`",
                          r->info->text);
}

// t:<core:valtype> i:<u32>, of context.get and context.set
static hf_code context_slot(struct canon_reader *r)
{
    struct loader *const d = r->d;
    const uint64_t at = loader_at(d);
    uint8_t type;
    TRY(loader_byte(d, &type));
    TRY(loader_u32(d, &r->canon.slot));
    if (type != 0x7f && type != 0x7e) {
        if (type < 0x63 || type > 0x7f) return loader_bad_byte(d, at, type, "value type");
        return loader_invalid(d, at, "`%s` must use i32", r->info->text);
    }
    if (type == 0x7e) TRY(loader_need(d, at, FEATURE_CM_MEMORY64, "context slots of i64"));
    r->canon.value = type == 0x7f ? VAL_I32 : VAL_I64;
    if (r->canon.slot >= CONTEXT_SLOTS)
        return loader_invalid(d, at, "immediate must be less than %d: %u", CONTEXT_SLOTS, r->canon.slot);
    struct scope *const scope = d->scope;
    if (scope->has_context_type && scope->context_type != r->canon.value)
        return loader_invalid(d, at, "all context slots of a component must have the same type");
    scope->has_context_type = true;
    scope->context_type = r->canon.value;
    return HF_OK;
}

// A core function type with one parameter, which new threads begin with.
static hf_code thread_type(struct canon_reader *r)
{
    struct loader *const d = r->d;
    uint32_t index;
    TRY(loader_index(d, SORT_CORE_TYPE, &index));
    const struct def_type *type = NULL;
    if (scope_type(d->scope, SORT_CORE_TYPE, index) == NO_CTYPE) {
        r->canon.core_type = scope_core_type_id(d->scope, index);
        type = types_get(d->c->engine->types, r->canon.core_type);
    }
    if (!type || type->kind != COMP_FUNC || type->func.param_count != 1 || type->func.result_count ||
        (type->func.params[0] != VAL_I32 && !(type->func.params[0] == VAL_I64 && d->features & FEATURE_CM_MEMORY64)))
        return loader_invalid(d, r->at, "start function must take a single `i32` argument");
    r->param = type->func.params[0];
    return HF_OK;
}

static hf_code thread_table(struct canon_reader *r)
{
    struct loader *const d = r->d;
    TRY(loader_index(d, SORT_CORE_TABLE, &r->canon.table));
    const struct table_type *const table =
        &VEC_AT(d->scope->spaces[SORT_CORE_TABLE], struct table_type, r->canon.table);
    if (!val_matches(d->c->engine->types, table->elem, VAL_FUNCREF))
        return loader_invalid(d, r->at, "start function table must have elements that match `funcref`");
    if (table->limits.is64) TRY(loader_need(d, r->at, FEATURE_CM_MEMORY64, "64-bit tables"));
    r->table64 = table->limits.is64;
    return HF_OK;
}

static hf_code operand(struct canon_reader *r, char letter)
{
    struct loader *const d = r->d;
    uint32_t memory;
    switch (letter) {
    case 'F': TRY(sort_zero(r, "canonical function lift")); return loader_index(d, SORT_CORE_FUNC, &r->canon.func);
    case 'f': TRY(sort_zero(r, "canonical function lower")); return loader_index(d, SORT_FUNC, &r->canon.func);
    case 'o': return options(r);
    case 'L': return lift_type(r);
    case 'r': return resource_operand(r);
    case 'S': return async_operand(r, HF_WIT_STREAM);
    case 'U': return async_operand(r, HF_WIT_FUTURE);
    case 'R': return load_result_list(d, &r->canon.type);
    case 'a': return async_flag(r);
    case 'c': return loader_flag(d, "`cancellable?` immediate", &r->canon.cancellable);
    case 's': return loader_flag(d, "`shared?` immediate", &r->canon.is_shared);
    case 'm':
        TRY(loader_index(d, SORT_CORE_MEMORY, &memory));
        r->canon.options.memory = memory;
        TRY(check_memory(r, memory, &r->pointer64));
        r->canon.options.is64 = r->pointer64;
        return HF_OK;
    case 'v': return context_slot(r);
    case 'T': return thread_type(r);
    default: return thread_table(r);
    }
}

static valtype signature_type(const struct canon_reader *r, char letter)
{
    switch (letter) {
    case 'l': return VAL_I64;
    case 'p': return r->pointer64 ? VAL_I64 : VAL_I32;
    case 't': return r->table64 ? VAL_I64 : VAL_I32;
    case 'V': return r->canon.value;
    case 'A': return r->param;
    case 'R': return val_ref(HEAP_DEFINED + r->canon.core_type, true);
    case 'e': {
        const uint32_t id = ctypes_resource_id(r->d->types, r->canon.type);
        return ctypes_resource(r->d->types, id)->rep;
    }
    default: return VAL_I32;
    }
}

static hf_code find_signature(struct canon_reader *r, struct signature *out)
{
    const char *text = r->info->signature;
    switch (r->canon.kind) {
    case CANON_LIFT: return check_lift(r);
    case CANON_LOWER: return check_lower(r, out);
    case CANON_TASK_RETURN: return check_task_return(r, out);
    case CANON_STREAM_READ:
    case CANON_STREAM_WRITE:
    case CANON_FUTURE_READ:
    case CANON_FUTURE_WRITE: TRY(check_copy(r)); break;
    case CANON_ERROR_CONTEXT_NEW:
    case CANON_ERROR_CONTEXT_DEBUG_MESSAGE: TRY(check_error_context(r)); break;
    default: break;
    }
    for (; *text != ':'; text++) out->params[out->param_count++] = signature_type(r, *text);
    for (text++; *text; text++) out->results[out->result_count++] = signature_type(r, *text);
    return HF_OK;
}

hf_code load_canon(struct loader *d)
{
    struct canon_reader r = { .d = d, .at = loader_at(d) };
    uint8_t byte;
    TRY(loader_byte(d, &byte));
    const enum canon_kind kind = canon_of(byte);
    if (kind == CANON_COUNT) return loader_bad_byte(d, r.at, byte, "canonical function");
    r.info = &canon_infos[kind];
    if (!(d->features & r.info->feature)) TRY(loader_need(d, r.at, r.info->feature, r.info->text));
    const struct canon_options none = {
        .memory = NO_INDEX, .realloc = NO_INDEX, .post_return = NO_INDEX, .callback = NO_INDEX
    };
    r.canon = (struct canon){ .kind = kind, .options = none, .type = NO_CTYPE };
    for (const char *letter = r.info->operands; *letter; letter++) TRY(operand(&r, *letter));
    struct signature signature = { 0 };
    TRY(find_signature(&r, &signature));
    const enum sort sort = kind == CANON_LIFT ? SORT_FUNC : SORT_CORE_FUNC;
    if (kind != CANON_LIFT) TRY(intern(d, &signature, &r.canon.signature));
    TRY(scope_add(d, sort, kind == CANON_LIFT ? r.canon.type : r.canon.signature));
    struct definition *const def = scope_define(d, DEFINE_CANON, sort, r.at);
    struct canon *const canon = arena_copy(d->arena, &r.canon, sizeof r.canon);
    if (!def || !canon) return fail_oom(d->status);
    def->canon = canon;
    def->type = kind == CANON_LIFT ? r.canon.type : NO_CTYPE;
    return HF_OK;
}
