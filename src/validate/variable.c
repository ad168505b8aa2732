// Variables, select and drop, tables and memories.
#include "validate/state.h"

// ---- variables ----

static hf_code check_local(struct validator *v)
{
    valtype type;
    hf_code code;
    if (v->ins.op == OP_LOCAL_GET) {
        if ((code = use_local(v, v->ins.index, &type))) return code;
        push(v, type);
        return HF_OK;
    }
    if ((code = local_type(v, v->ins.index, &type)) || (code = pop(v, type))) return code;
    if (v->ins.op == OP_LOCAL_TEE) push(v, type);
    return init_local(v, v->ins.index, type);
}

static hf_code check_global(struct validator *v)
{
    const hf_code code = need_index(v, v->ins.index, v->visible_globals, "global");
    if (code) return code;
    const struct global_type *type = &v->m->globals[v->ins.index].type;
    if (v->ins.op == OP_GLOBAL_GET) {
        if (v->constant && type->mutable)
            return invalid(v, "constant expression required: global %u may change", v->ins.index);
        push(v, type->type);
        return HF_OK;
    }
    return type->mutable ? pop(v, type->type) : invalid(v, "immutable global %u", v->ins.index);
}

static hf_code check_drop(struct validator *v)
{
    valtype type;
    return pop_any(v, &type);
}

static hf_code check_select(struct validator *v)
{
    valtype first, second;
    hf_code code = pop(v, VAL_I32);
    if (code || (code = pop_any(v, &second)) || (code = pop_any(v, &first))) return code;
    if (val_is_ref(first) || val_is_ref(second))
        return invalid(v, "type mismatch: select of references names their type");
    if (first != second && first != VAL_BOT && second != VAL_BOT) {
        char a[32], b[32];
        return invalid(v, "type mismatch: select of %s and %s", val_name(first, a, sizeof a),
                       val_name(second, b, sizeof b));
    }
    push(v, first == VAL_BOT ? second : first);
    return HF_OK;
}

static hf_code check_select_t(struct validator *v)
{
    if (v->ins.select.count != 1) return invalid(v, "invalid result arity: select of %u types", v->ins.select.count);
    const valtype type = v->ins.select.type;
    hf_code code = pop(v, VAL_I32);
    if (code || (code = pop(v, type)) || (code = pop(v, type))) return code;
    push(v, type);
    return HF_OK;
}

// ---- tables ----

static hf_code need_table(struct validator *v, uint32_t index, const struct table_type **out)
{
    const hf_code code = need_index(v, index, v->m->table_count, "table");
    if (!code) *out = &v->m->tables[index].type;
    return code;
}

static hf_code check_table_access(struct validator *v)
{
    const struct table_type *table;
    hf_code code = need_table(v, v->ins.index, &table);
    if (code) return code;
    const valtype address = address_type(&table->limits);
    switch (v->ins.op) {
    case OP_TABLE_GET:
        if ((code = pop(v, address))) return code;
        push(v, table->elem);
        return HF_OK;
    case OP_TABLE_SET: return (code = pop(v, table->elem)) ? code : pop(v, address);
    case OP_TABLE_GROW:
        if ((code = pop(v, address)) || (code = pop(v, table->elem))) return code;
        push(v, address);
        return HF_OK;
    case OP_TABLE_FILL:
        if ((code = pop(v, address)) || (code = pop(v, table->elem))) return code;
        return pop(v, address);
    default: push(v, address); return HF_OK; // table.size
    }
}

// A length that both of two address types can count.
static valtype narrower(valtype a, valtype b)
{
    return a == VAL_I32 ? a : b;
}

static hf_code check_table_copy(struct validator *v)
{
    const struct table_type *to, *from;
    hf_code code = need_table(v, v->ins.copy.to, &to);
    if (code || (code = need_table(v, v->ins.copy.from, &from))) return code;
    if (!val_matches(v->m->types, from->elem, to->elem)) {
        return invalid(v, "type mismatch: elements of table %u do not fit into table %u", v->ins.copy.from,
                       v->ins.copy.to);
    }
    const valtype to_address = address_type(&to->limits), from_address = address_type(&from->limits);
    if ((code = pop(v, narrower(to_address, from_address))) || (code = pop(v, from_address))) return code;
    return pop(v, to_address);
}

static hf_code check_table_init(struct validator *v)
{
    const struct table_type *table;
    hf_code code = need_table(v, v->ins.seg.target, &table);
    if (code || (code = need_index(v, v->ins.seg.segment, v->m->elem_count, "elem segment"))) return code;
    if (!val_matches(v->m->types, v->m->elems[v->ins.seg.segment].type, table->elem)) {
        return invalid(v, "type mismatch: elem segment %u does not fit into table %u", v->ins.seg.segment,
                       v->ins.seg.target);
    }
    if ((code = pop(v, VAL_I32)) || (code = pop(v, VAL_I32))) return code;
    return pop(v, address_type(&table->limits));
}

// ---- memories ----

static hf_code check_memory_copy(struct validator *v)
{
    hf_code code = need_index(v, v->ins.copy.to, v->m->memory_count, "memory");
    if (code || (code = need_index(v, v->ins.copy.from, v->m->memory_count, "memory"))) return code;
    const valtype to = address_type(&v->m->memories[v->ins.copy.to].limits);
    const valtype from = address_type(&v->m->memories[v->ins.copy.from].limits);
    if ((code = pop(v, narrower(to, from))) || (code = pop(v, from))) return code;
    return pop(v, to);
}

// memarg of v->ins: its memory, alignment, offset and lane.
hf_code check_memarg(struct validator *v, valtype *out_address)
{
    const struct op_info *info = &op_infos[v->ins.op];
    if (UNLIKELY(v->ins.mem.memory >= v->m->memory_count)) return invalid(v, "unknown memory %u", v->ins.mem.memory);
    if (UNLIKELY(v->ins.mem.align > info->width)) return invalid(v, "alignment must not be larger than natural");
    if (UNLIKELY(info->prefix == 0xfe && v->ins.mem.align != info->width)) {
        return invalid(v, "atomic alignment must be natural");
    }
    const struct limits *limits = &v->m->memories[v->ins.mem.memory].limits;
    if (UNLIKELY(!limits->is64 && v->ins.mem.offset > UINT32_MAX)) {
        return invalid(v, "offset out of range: %llu", (unsigned long long)v->ins.mem.offset);
    }
    if (info->imm == IMM_MEMARG_LANE && v->ins.mem.lane >= 16u >> info->width) {
        return invalid(v, "invalid lane index %u", v->ins.mem.lane);
    }
    *out_address = address_type(limits);
    return HF_OK;
}

hf_code check_variable(struct validator *v)
{
    switch (v->ins.op) {
    case OP_LOCAL_GET:
    case OP_LOCAL_SET:
    case OP_LOCAL_TEE: return check_local(v);
    case OP_GLOBAL_GET:
    case OP_GLOBAL_SET: return check_global(v);
    case OP_DROP: return check_drop(v);
    case OP_SELECT: return check_select(v);
    case OP_SELECT_T: return check_select_t(v);
    case OP_TABLE_COPY: return check_table_copy(v);
    case OP_TABLE_INIT: return check_table_init(v);
    case OP_MEMORY_COPY: return check_memory_copy(v);
    default: return check_table_access(v);
    }
}
