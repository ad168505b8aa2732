#include "plan.h"

#include <string.h>

// --- matching, as in the specification's "Matching" -------------------------------------------------------

bool plan_heap_matches(const struct gen *g, uint32_t sub, uint32_t super)
{
    if (sub == super) return true;
    if (heap_is_defined(sub)) {
        const struct type_plan *t = &g->types[heap_type_id(sub)];
        if (heap_is_defined(super))
            return t->super >= 0 && plan_heap_matches(g, HEAP_DEFINED + (uint32_t)t->super, super);
        const uint32_t above = t->kind == COMP_FUNC ? HEAP_FUNC : t->kind == COMP_STRUCT ? HEAP_STRUCT : HEAP_ARRAY;
        return plan_heap_matches(g, above, super);
    }
    switch (sub) {
    case HEAP_NONE:
        if (heap_is_defined(super)) return g->types[heap_type_id(super)].kind != COMP_FUNC;
        return super == HEAP_I31 || super == HEAP_STRUCT || super == HEAP_ARRAY || super == HEAP_EQ ||
               super == HEAP_ANY;
    case HEAP_NOFUNC:
        if (heap_is_defined(super)) return g->types[heap_type_id(super)].kind == COMP_FUNC;
        return super == HEAP_FUNC;
    case HEAP_NOEXTERN: return super == HEAP_EXTERN;
    case HEAP_NOEXN: return super == HEAP_EXN;
    case HEAP_I31:
    case HEAP_STRUCT:
    case HEAP_ARRAY: return super == HEAP_EQ || super == HEAP_ANY;
    case HEAP_EQ: return super == HEAP_ANY;
    default: return false;
    }
}

bool plan_matches(const struct gen *g, valtype sub, valtype super)
{
    if (sub == super) return true;
    if (!val_is_ref(sub) || !val_is_ref(super)) return false;
    return (val_nullable(super) || !val_nullable(sub)) && plan_heap_matches(g, val_heap(sub), val_heap(super));
}

bool plan_lists_match(const struct gen *g, const valtype *sub, const valtype *super, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!plan_matches(g, sub[i], super[i])) return false;
    return true;
}

// --- types -------------------------------------------------------------------------------------------------

int plan_func_of(const struct gen *g, unsigned type)
{
    for (unsigned i = 0; i < g->inner_end; i++)
        if (plan_heap_matches(g, HEAP_DEFINED + g->funcs[i].type, HEAP_DEFINED + type)) return (int)i;
    return -1;
}

bool plan_can_make(const struct gen *g, valtype t)
{
    if (val_defaultable(t)) return true;
    const int index = type_of(t);
    if (index >= 0) return g->types[index].kind != COMP_FUNC || plan_func_of(g, (unsigned)index) >= 0;
    switch (val_heap(t)) {
    case HEAP_ANY:
    case HEAP_EQ:
    case HEAP_I31:
    case HEAP_EXTERN: return is_on(g, GEN_GC);
    case HEAP_FUNC: return g->inner_end > 0;
    default: return false;
    }
}

valtype plan_value_type(struct gen *g)
{
    struct dna *d = g->dna;
    const uint32_t kind = dna_pick(d, 16);
    if (kind < 5) return VAL_I32;
    if (kind < 8) return VAL_I64;
    if (kind == 8) return VAL_F32;
    if (kind == 9) return VAL_F64;
    if (kind < 12) return is_on(g, GEN_SIMD) ? VAL_V128 : VAL_F64;
    if (!is_on(g, GEN_REFS)) return VAL_I32;
    if (is_on(g, GEN_GC) && dna_chance(d, 3, 4)) {
        const bool nullable = !dna_chance(d, 1, 3);
        if (g->type_count && dna_chance(d, 2, 3)) {
            const unsigned index = dna_pick(d, g->type_count);
            if (g->types[index].kind != COMP_FUNC) return ref_to(index, nullable);
        }
        static const uint8_t heaps[] = { HEAP_ANY, HEAP_EQ, HEAP_I31, HEAP_STRUCT, HEAP_ARRAY };
        const valtype t = val_ref(heaps[dna_pick(d, sizeof heaps)], nullable);
        return plan_can_make(g, t) ? t : t | VAL_NULLABLE;
    }
    if (is_on(g, GEN_FUNC_REFS) && g->type_count && dna_chance(d, 1, 2)) {
        const unsigned index = dna_pick(d, g->type_count);
        if (g->types[index].kind == COMP_FUNC) return ref_to(index, true);
    }
    if (is_on(g, GEN_EXCEPTIONS) && dna_chance(d, 1, 5)) return VAL_EXNREF;
    return dna_chance(d, 1, 2) ? VAL_EXTERNREF : VAL_FUNCREF;
}

static struct type_plan *new_type(struct gen *g, enum comp_kind kind, bool same_group)
{
    if (g->type_count == TYPES_MAX) return NULL;
    struct type_plan *t = &g->types[g->type_count++];
    *t = (struct type_plan){ .kind = kind, .super = -1, .final = true };
    if (!same_group || g->group_count == 0) g->group_count++;
    t->group = g->group_count - 1;
    return t;
}

static bool same_values(const valtype *a, const valtype *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (a[i] != b[i]) return false;
    return true;
}

int plan_func_type(struct gen *g, const valtype *params, unsigned param_count, const valtype *results,
                   unsigned result_count)
{
    for (unsigned i = 0; i < g->type_count; i++) {
        const struct type_plan *t = &g->types[i];
        if (t->kind == COMP_FUNC && t->param_count == param_count && t->result_count == result_count &&
            same_values(t->params, params, param_count) && same_values(t->results, results, result_count))
            return (int)i;
    }
    struct type_plan *t = new_type(g, COMP_FUNC, false);
    if (!t) return -1;
    t->param_count = param_count;
    t->result_count = result_count;
    for (unsigned i = 0; i < param_count; i++) t->params[i] = params[i];
    for (unsigned i = 0; i < result_count; i++) t->results[i] = results[i];
    return (int)(g->type_count - 1);
}

// A field's type. References to types of the group under construction are nullable, so that each can be made.
static struct field_type plan_field(struct gen *g, unsigned group_begin, unsigned group_end)
{
    struct field_type field = { .mutable = !dna_chance(g->dna, 1, 4) };
    switch (dna_pick(g->dna, 6)) {
    case 0: field.storage = VAL_I8; break;
    case 1: field.storage = VAL_I16; break;
    case 2: {
        const unsigned to = group_begin + dna_pick(g->dna, group_end - group_begin);
        field.storage = ref_to(to, true);
        break;
    }
    default: field.storage = plan_value_type(g); break;
    }
    const int to = type_of(field.storage);
    if (to >= (int)group_begin) field.storage |= VAL_NULLABLE;
    if (!val_defaultable(field.storage) && !plan_can_make(g, field.storage)) field.storage |= VAL_NULLABLE;
    return field;
}

static void plan_aggregates(struct gen *g)
{
    for (unsigned groups = 1 + dna_pick(g->dna, 4); groups > 0; groups--) {
        const unsigned size = 1 + dna_pick(g->dna, 3);
        const unsigned begin = g->type_count;
        for (unsigned i = 0; i < size; i++) {
            const bool array = dna_chance(g->dna, 1, 3);
            // All kinds of the group are set before fields refer to them.
            new_type(g, array ? COMP_ARRAY : COMP_STRUCT, i > 0);
        }
        for (unsigned i = begin; i < begin + size; i++) {
            struct type_plan *t = &g->types[i];
            t->sub = dna_chance(g->dna, 2, 3);
            t->final = !t->sub || dna_chance(g->dna, 1, 5);
            unsigned inherited = 0;
            if (t->sub && i > 0) {
                const unsigned above = dna_pick(g->dna, i);
                if (g->types[above].kind == t->kind && !g->types[above].final) {
                    t->super = (int)above;
                    inherited = g->types[above].field_count;
                    memcpy(t->fields, g->types[above].fields, sizeof t->fields);
                }
            }
            const unsigned more = dna_pick(g->dna, 4);
            t->field_count = t->kind == COMP_ARRAY ? 1 : inherited + more > VALUES_MAX ? VALUES_MAX : inherited + more;
            for (unsigned f = inherited; f < t->field_count; f++) t->fields[f] = plan_field(g, begin, begin + size);
        }
    }
}

static unsigned plan_values(struct gen *g, valtype *out, unsigned max)
{
    const unsigned count = dna_pick(g->dna, max + 1);
    for (unsigned i = 0; i < count; i++) out[i] = plan_value_type(g);
    return count;
}

static void plan_func_types(struct gen *g)
{
    const unsigned count = 3 + dna_pick(g->dna, 8);
    for (unsigned i = 0; i < count; i++) {
        valtype params[VALUES_MAX], results[VALUES_MAX];
        const unsigned param_count = plan_values(g, params, 4);
        const unsigned result_count = plan_values(g, results, is_on(g, GEN_MULTI_VALUE) ? 4 : 1);
        const int index = plan_func_type(g, params, param_count, results, result_count);
        // A subtype with the same values: indirect calls and casts then have something to tell apart.
        if (index >= 0 && is_on(g, GEN_GC) && dna_chance(g->dna, 1, 3) && g->type_count < TYPES_MAX) {
            struct type_plan *super = &g->types[index];
            if (super->final && super->sub) continue;
            super->sub = true;
            super->final = false;
            struct type_plan *t = new_type(g, COMP_FUNC, false);
            const unsigned group = t->group;
            *t = *super;
            t->group = group;
            t->super = index;
            t->final = dna_chance(g->dna, 1, 2);
        }
    }
}

// --- the other index spaces --------------------------------------------------------------------------------

static void plan_import(struct gen *g, struct type_plan signature)
{
    // Its own type: one that others extend would not be the type of a host's function.
    struct type_plan *t = new_type(g, COMP_FUNC, false);
    if (!t) return;
    signature.group = t->group;
    *t = signature;
    g->funcs[g->func_count++] = (struct func_plan){ .type = g->type_count - 1, .imported = true };
    g->import_count = g->func_count;
}

static void plan_funcs(struct gen *g)
{
    if (is_on(g, GEN_IMPORTS)) {
        const struct type_plan plain = { .kind = COMP_FUNC, .final = true, .super = -1 };
        struct type_plan f0 = plain, f1 = plain;
        f0.param_count = f0.result_count = f1.result_count = 1;
        f0.params[0] = f0.results[0] = VAL_I32;
        f1.param_count = 2;
        f1.params[0] = VAL_I64;
        f1.params[1] = f1.results[0] = VAL_F64;
        plan_import(g, f0);
        plan_import(g, f1);
        plan_import(g, plain);
    }
    const unsigned count = 2 + dna_pick(g->dna, is_on(g, GEN_CALLS) ? 8 : 3);
    for (unsigned i = 0; i < count; i++) {
        unsigned type;
        do type = dna_pick(g->dna, g->type_count);
        while (g->types[type].kind != COMP_FUNC && !dna_done(g->dna));
        if (g->types[type].kind != COMP_FUNC) type = (unsigned)plan_func_type(g, NULL, 0, NULL, 0);
        g->funcs[g->func_count++] = (struct func_plan){ .type = type };
    }
    g->inner_end = g->func_count;
    for (unsigned i = g->import_count; i < g->inner_end; i++) {
        const struct type_plan *inner = &g->types[g->funcs[i].type];
        valtype params[VALUES_MAX], results[VALUES_MAX];
        unsigned param_count = 0;
        for (unsigned p = 0; p < inner->param_count; p++)
            if (val_kind(inner->params[p]) <= VAL_F64) params[param_count++] = inner->params[p];
        for (unsigned r = 0; r < inner->result_count; r++) {
            const enum val_kind kind = val_kind(inner->results[r]);
            results[r] = kind == VAL_V128 ? VAL_I64 : kind == VAL_REF ? VAL_I32 : inner->results[r];
        }
        const int type = plan_func_type(g, params, param_count, results, inner->result_count);
        if (type < 0) continue;
        g->funcs[g->func_count++] = (struct func_plan){ .type = (unsigned)type, .exported = true, .inner = i };
    }
}

static void plan_globals(struct gen *g)
{
    g->globals[g->global_count++] = (struct global_plan){ .type = VAL_I32, .mutable = true };
    const unsigned count = 1 + dna_pick(g->dna, 8);
    for (unsigned i = 0; i < count; i++) {
        valtype t = plan_value_type(g);
        if (!plan_can_make(g, t)) t |= VAL_NULLABLE;
        g->globals[g->global_count++] = (struct global_plan){ .type = t, .mutable = !dna_chance(g->dna, 1, 3) };
    }
}

static void plan_memories(struct gen *g)
{
    if (!is_on(g, GEN_MEMORY)) return;
    const unsigned count = is_on(g, GEN_MULTI_MEMORY) ? 1 + dna_pick(g->dna, MEMORIES_MAX) : 1;
    for (unsigned i = 0; i < count; i++) {
        struct memory_plan *m = &g->memories[g->memory_count++];
        m->min = 1;
        m->max = 1 + dna_pick(g->dna, 4);
        m->is64 = is_on(g, GEN_MEMORY64) && dna_chance(g->dna, 1, 2);
        m->shared = is_on(g, GEN_THREADS) && dna_chance(g->dna, 1, 2);
    }
    if (!is_on(g, GEN_BULK)) return;
    g->data_count = 1 + dna_pick(g->dna, DATAS_MAX - 1);
    for (unsigned i = 0; i < g->data_count; i++) g->data_sizes[i] = dna_pick(g->dna, 64);
}

static void plan_tables(struct gen *g)
{
    if (!is_on(g, GEN_TABLES)) return;
    struct table_plan *first = &g->tables[g->table_count++];
    *first = (struct table_plan){ .element = VAL_FUNCREF, .min = 16, .max = 16 };
    for (unsigned i = 0; i < 16; i++)
        first->items[i] = is_on(g, GEN_REFS) && dna_chance(g->dna, 1, 12) ? -1 : (int)dna_pick(g->dna, g->inner_end);
    if (is_on(g, GEN_REFS)) {
        const unsigned count = dna_pick(g->dna, TABLES_MAX);
        for (unsigned i = 0; i < count; i++) {
            struct table_plan *t = &g->tables[g->table_count++];
            valtype element = VAL_FUNCREF;
            for (unsigned tries = 0; tries < 8; tries++) {
                const valtype any = plan_value_type(g);
                if (val_is_ref(any) && val_heap(any) != HEAP_EXN && plan_can_make(g, any)) {
                    element = any;
                    break;
                }
            }
            *t = (struct table_plan){ .element = element, .min = 8, .max = 8 + dna_pick(g->dna, 8) };
            t->is64 = is_on(g, GEN_MEMORY64) && dna_chance(g->dna, 1, 3);
            t->init = !val_defaultable(element) || (is_on(g, GEN_FUNC_REFS) && dna_chance(g->dna, 1, 3));
        }
    }
    if (!is_on(g, GEN_BULK) || !is_on(g, GEN_REFS)) return;
    g->elem_count = 1 + dna_pick(g->dna, ELEMS_MAX - 1);
    for (unsigned i = 0; i < g->elem_count; i++) {
        struct elem_plan *e = &g->elems[i];
        e->type = VAL_FUNCREF;
        e->count = dna_pick(g->dna, ELEM_ITEMS + 1);
        for (unsigned k = 0; k < e->count; k++)
            e->funcs[k] = dna_chance(g->dna, 1, 4) ? -1 : (int)dna_pick(g->dna, g->inner_end);
    }
}

static void plan_tags(struct gen *g)
{
    if (!is_on(g, GEN_EXCEPTIONS | GEN_LEGACY)) return;
    const unsigned count = 1 + dna_pick(g->dna, TAGS_MAX);
    for (unsigned i = 0; i < count; i++) {
        valtype values[VALUES_MAX];
        unsigned n = plan_values(g, values, is_on(g, GEN_MULTI_VALUE) ? 3 : 1);
        for (unsigned k = 0; k < n; k++)
            if (!plan_can_make(g, values[k])) values[k] |= VAL_NULLABLE;
        const int type = plan_func_type(g, values, n, NULL, 0);
        // What a handler leaves on the stack has to be the type of a block.
        const int caught = plan_func_type(g, NULL, 0, values, n);
        values[n] = VAL_EXNREF;
        const int caught_ref = is_on(g, GEN_EXCEPTIONS) ? plan_func_type(g, NULL, 0, values, n + 1) : 0;
        if (type < 0 || caught < 0 || caught_ref < 0) return;
        g->tags[g->tag_count++] = (unsigned)type;
    }
}

// --- instructions ------------------------------------------------------------------------------------------

bool plan_op_is_on(const struct gen *g, const struct op_info *op)
{
    switch (op->feature) {
    case FEATURE_SIMD: return is_on(g, GEN_SIMD);
    case FEATURE_RELAXED_SIMD: return is_on(g, GEN_RELAXED_SIMD);
    case FEATURE_WIDE_ARITHMETIC: return is_on(g, GEN_WIDE);
    case FEATURE_THREADS: return is_on(g, GEN_THREADS);
    default: return true;
    }
}

valtype plan_letter(char letter)
{
    switch (letter) {
    case 'i': return VAL_I32;
    case 'l': return VAL_I64;
    case 'f': return VAL_F32;
    case 'd': return VAL_F64;
    case 'v': return VAL_V128;
    default: return VAL_BOT;
    }
}

static void plan_ops(struct gen *g)
{
    for (unsigned i = 0; i < OP_COUNT; i++) {
        const struct op_info *op = &op_infos[i];
        if (op->sig[0] == '*' || !plan_op_is_on(g, op)) continue;
        const char *results = strchr(op->sig, ':') + 1;
        if (op->imm == IMM_MEMARG || op->imm == IMM_MEMARG_LANE) {
            if (!is_on(g, GEN_MEMORY)) continue;
            const valtype t = plan_letter(*results);
            if (t)
                g->loads[t][g->load_count[t]++] = (uint16_t)i;
            else
                g->stores[g->store_count++] = (uint16_t)i;
        } else if (op->imm == IMM_NONE || op->imm == IMM_LANE || op->imm == IMM_SHUFFLE) {
            if (op->feature == FEATURE_WIDE_ARITHMETIC)
                g->wide[g->wide_count++] = (uint16_t)i;
            else if (results[0] && !results[1])
                g->plain[plan_letter(*results)][g->plain_count[plan_letter(*results)]++] = (uint16_t)i;
        }
    }
}

void plan_module(struct gen *g)
{
    g->on = g->options.switches;
    if (g->options.swarm) {
        const uint32_t keep = (uint32_t)dna_bits(g->dna, 4) | (uint32_t)dna_bits(g->dna, 1);
        g->on &= keep;
    }
    // What leans on what.
    if (!is_on(g, GEN_REFS)) g->on &= ~(uint32_t)(GEN_FUNC_REFS | GEN_GC);
    if (!is_on(g, GEN_FUNC_REFS)) g->on &= ~(uint32_t)GEN_GC;
    if (!is_on(g, GEN_SIMD)) g->on &= ~(uint32_t)GEN_RELAXED_SIMD;
    if (!is_on(g, GEN_MEMORY)) g->on &= ~(uint32_t)(GEN_MEMORY64 | GEN_MULTI_MEMORY | GEN_THREADS);
    if (!is_on(g, GEN_TABLES)) g->on &= ~(uint32_t)GEN_INDIRECT;
    // Engines refuse modules that mix the old exceptions with the new ones.
    if (is_on(g, GEN_EXCEPTIONS)) g->on &= ~(uint32_t)GEN_LEGACY;

    plan_ops(g);
    if (is_on(g, GEN_GC)) plan_aggregates(g);
    plan_func_types(g);
    plan_tags(g);
    plan_funcs(g);
    plan_globals(g);
    plan_memories(g);
    plan_tables(g);
}
