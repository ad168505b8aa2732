// The module without its bodies (specification: "Modules" of validation).
#include "base/map.h"
#include "validate/state.h"

enum { PAGE_LOG2 = 16 };

static hf_code check_order(hf_status *status, const struct limits *limits)
{
    if (!limits->has_max || limits->min <= limits->max) return HF_OK;
    return fail(status, HF_INVALID, "size minimum must not be greater than maximum");
}

hf_code validate_table_limits(hf_status *status, const struct limits *limits)
{
    const uint64_t most = limits->is64 ? UINT64_MAX : UINT32_MAX;
    if (limits->min > most || (limits->has_max && limits->max > most)) {
        return fail(status, HF_INVALID, "table size must be at most 2^32-1");
    }
    return check_order(status, limits);
}

hf_code validate_memory_limits(hf_status *status, const struct limits *limits)
{
    // Bytes that can be addressed, in pages; with pages of one byte that is one more than memory.size can say.
    const unsigned address_bits = limits->is64 ? 64 : 32;
    const uint64_t addresses = limits->is64 ? UINT64_MAX : UINT32_MAX;
    const uint64_t most = limits->page_log2 ? (uint64_t)1 << (address_bits - limits->page_log2) : addresses;
    if (limits->min > most || (limits->has_max && limits->max > most)) {
        return fail(status, HF_INVALID, "memory size must be at most %llu pages%s", (unsigned long long)most,
                    limits->page_log2 == PAGE_LOG2 && !limits->is64 ? " (4 GiB)" : "");
    }
    if (limits->shared && !limits->has_max) return fail(status, HF_INVALID, "shared memory must have maximum");
    return check_order(status, limits);
}

static hf_code check_table(struct validator *v, const struct table *table)
{
    const hf_code code = validate_table_limits(v->status, &table->type.limits);
    if (code || table->imported) return code;
    if (table->init.code.size) {
        // Tables come before globals: only imported ones have a value by then.
        return validate_const_expr(v, &table->init, table->type.elem, v->m->imported_globals);
    }
    if (val_defaultable(table->type.elem)) return HF_OK;
    return fail(v->status, HF_INVALID, "type mismatch: a table of non-null references needs an initial value");
}

static hf_code check_tags(struct validator *v)
{
    const struct hf_module *m = v->m;
    for (uint32_t i = 0; i < m->tag_count; i++) {
        if (types_get(m->types, m->tags[i].type_id)->func.result_count == 0) continue;
        return fail(v->status, HF_INVALID, "non-empty tag result type of tag %u", i);
    }
    return HF_OK;
}

static hf_code check_exports(struct validator *v)
{
    const struct hf_module *m = v->m;
    static const char *const kinds[] = { "function", "table", "memory", "global", "tag" };
    const uint32_t counts[] = { m->func_count, m->table_count, m->memory_count, m->global_count, m->tag_count };
    struct map names;
    map_init(&names, m->arena.heap, (uint64_t)(uintptr_t)m * 0x9e3779b97f4a7c15u);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < m->export_count && !code; i++) {
        const struct export *export = &m->exports[i];
        if (export->index >= counts[export->kind]) {
            code = fail(v->status, HF_INVALID, "unknown %s %u", kinds[export->kind], export->index);
            break;
        }
        if (export->kind == EXTERN_FUNC) v->m->funcs[export->index].declared = true;
        switch (map_put(&names, export->name.data, export->name.size, i)) {
        case MAP_ADDED: break;
        case MAP_NO_MEMORY: code = fail_oom(v->status); break;
        case MAP_EXISTS:
            code = fail(v->status, HF_INVALID, "duplicate export name \"%.*s\"", (int)export->name.size,
                        export->name.data);
            break;
        }
    }
    map_fini(&names);
    return code;
}

static hf_code check_start(struct validator *v)
{
    const struct hf_module *m = v->m;
    if (m->start == UINT32_MAX) return HF_OK;
    if (m->start >= m->func_count) return fail(v->status, HF_INVALID, "unknown function %u", m->start);
    const struct func_type *type = module_func_type(m, m->start);
    if (type->param_count == 0 && type->result_count == 0) return HF_OK;
    return fail(v->status, HF_INVALID, "start function %u takes parameters or has results", m->start);
}

static hf_code check_elem(struct validator *v, const struct elem_segment *elem)
{
    struct hf_module *m = v->m;
    hf_code code = HF_OK;
    for (uint32_t i = 0; elem->funcs && i < elem->count; i++) {
        const uint32_t func = elem->funcs[i];
        if (func >= m->func_count) return fail(v->status, HF_INVALID, "unknown function %u", func);
        m->funcs[func].declared = true;
    }
    for (uint32_t i = 0; elem->exprs && i < elem->count; i++) {
        if ((code = validate_const_expr(v, &elem->exprs[i], elem->type, m->global_count))) return code;
    }
    if (elem->mode != SEGMENT_ACTIVE) return HF_OK;
    if (elem->table >= m->table_count) return fail(v->status, HF_INVALID, "unknown table %u", elem->table);
    const struct table_type *table = &m->tables[elem->table].type;
    if (!val_matches(m->types, elem->type, table->elem)) {
        return fail(v->status, HF_INVALID, "type mismatch: elements do not fit into table %u", elem->table);
    }
    return validate_const_expr(v, &elem->offset, address_type(&table->limits), m->global_count);
}

static hf_code check_data(struct validator *v, const struct data_segment *data)
{
    if (data->mode != SEGMENT_ACTIVE) return HF_OK;
    const struct hf_module *m = v->m;
    if (data->memory >= m->memory_count) return fail(v->status, HF_INVALID, "unknown memory %u", data->memory);
    return validate_const_expr(v, &data->offset, address_type(&m->memories[data->memory].limits), m->global_count);
}

static hf_code check_parts(struct validator *v)
{
    struct hf_module *m = v->m;
    hf_code code = check_tags(v);
    for (uint32_t i = 0; i < m->table_count && !code; i++) code = check_table(v, &m->tables[i]);
    for (uint32_t i = 0; i < m->memory_count && !code; i++)
        code = validate_memory_limits(v->status, &m->memories[i].limits);
    // A global sees those before it.
    for (uint32_t i = m->imported_globals; i < m->global_count && !code; i++) {
        code = validate_const_expr(v, &m->globals[i].init, m->globals[i].type.type, i);
    }
    for (uint32_t i = 0; i < m->elem_count && !code; i++) code = check_elem(v, &m->elems[i]);
    for (uint32_t i = 0; i < m->data_count && !code; i++) code = check_data(v, &m->datas[i]);
    if (!code) code = check_start(v);
    if (!code) code = check_exports(v);
    return code;
}

enum { ALL_FLAGS = FUNC_FOREIGN_TAIL | FUNC_HAS_TRY | FUNC_HAS_REFS | FUNC_HAS_SIMD | FUNC_HAS_LOOP };

hf_code module_validate(struct hf_module *m, const struct validate_options *options, hf_status *status)
{
    const struct validate_options plain = { 0 };
    if (!options) options = &plain;
    struct validate_scratch *scratch = validate_scratch_new(m->arena.heap);
    if (!scratch) return fail_oom(status);
    struct validator v;
    validator_init(&v, m, scratch, status);
    hf_code code = check_parts(&v);
    if (!code && (options->lazy || options->judged)) {
        m->lazy = true;
        m->flags = options->judged ? options->flags : ALL_FLAGS; // else nothing is known yet
        validate_scratch_free(scratch);
        return HF_OK;
    }
    if (!code) code = validate_bodies(m, options, scratch, status);
    validate_scratch_free(scratch);
    if (code) return code;
    return m->features & FEATURE_BRANCH_HINTS ? validate_hints(m, status) : HF_OK;
}
