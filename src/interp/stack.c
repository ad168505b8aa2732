#include "interp/rewrite.h"

enum { UNCLEAN_MAX = 64 };

static struct ent *push(struct rewriter *w, enum vt type)
{
    static struct ent lost; // where nothing can be pushed any more
    if (!GROW(w, w->st, w->st_cap, w->sp + 1)) return &lost;
    struct ent *e = &w->st[w->sp++];
    *e = (struct ent){ .type = (uint8_t)type, .home = w->height, .slot = w->height, .def = NONE };
    w->height += vt_slots(type);
    return e;
}

void push_const(struct rewriter *w, enum vt type, uint64_t k)
{
    struct ent *e = push(w, type);
    e->kind = ENT_CONST;
    e->k = k;
    if (!w->fused && !w->failed) to_home(w, w->sp - 1);
}

void push_local(struct rewriter *w, uint32_t local)
{
    struct local *l = &w->locals[local];
    struct ent *e = push(w, (enum vt)l->type);
    if (w->failed) return;
    if (!w->fused) {
        e->kind = ENT_TEMP;
        emit_copy(w, (enum vt)l->type, e->home, l->slot);
        return;
    }
    e->kind = ENT_LOCAL;
    e->slot = l->slot;
    e->local = local;
    e->prev = l->pending;
    l->pending = (uint32_t)w->sp;
}

void push_sum(struct rewriter *w, uint32_t local, uint32_t k)
{
    struct local *l = &w->locals[local];
    struct ent *e = push(w, T_I32);
    if (w->failed) return;
    e->kind = ENT_SUM;
    e->slot = l->slot;
    e->local = local;
    e->k = k;
    e->prev = l->pending;
    l->pending = (uint32_t)w->sp;
}

static bool on_local(const struct ent *e)
{
    return e->kind == ENT_LOCAL || e->kind == ENT_SUM;
}

void emit_entry(struct rewriter *w, const struct ent *e, uint32_t to)
{
    switch (e->kind) {
    case ENT_CONST: emit_const(w, (enum vt)e->type, to, e->k); break;
    case ENT_SUM:
        emit_k(w, R_I32_ADD_SK, to, e->slot, (uint32_t)e->k);
        wrote(w, to, ACC_INT);
        break;
    default: emit_copy(w, (enum vt)e->type, to, e->slot); break;
    }
}

void settle(struct rewriter *w, struct ent *e)
{
    if (e->kind != ENT_CONST && e->kind != ENT_SUM) return;
    emit_entry(w, e, e->home);
    e->kind = ENT_TEMP;
    e->slot = e->home;
    e->def = w->last;
}

uint32_t push_temp(struct rewriter *w, enum vt type, uint32_t def)
{
    struct ent *e = push(w, type);
    e->kind = ENT_TEMP;
    e->def = w->fused ? def : NONE;
    e->calls = w->calls;
    return e->home;
}

struct ent pop(struct rewriter *w)
{
    if (w->failed) return (struct ent){ .kind = ENT_CONST };
    struct ent e = w->st[--w->sp];
    if (on_local(&e)) w->locals[e.local].pending = e.prev;
    if (w->clean > w->sp) w->clean = w->sp;
    w->height = e.home;
    return e;
}

void drop_to(struct rewriter *w, size_t sp)
{
    while (w->sp > sp && !w->failed) pop(w);
}

uint32_t slot_of(struct rewriter *w, const struct ent *e)
{
    if (e->kind != ENT_CONST && e->kind != ENT_SUM) return e->slot;
    emit_entry(w, e, e->home);
    return e->home;
}

bool in_acc(const struct rewriter *w, const struct ent *e)
{
    return w->fused && (e->kind == ENT_LOCAL || e->kind == ENT_TEMP) && e->type != T_V128 &&
           w->acc[vt_acc((enum vt)e->type)] == e->slot;
}

// Leaves the local's list of entries to the caller.
void to_home(struct rewriter *w, size_t index)
{
    struct ent *e = &w->st[index];
    if (e->kind == ENT_TEMP && e->slot == e->home) return;
    emit_entry(w, e, e->home);
    e->kind = ENT_TEMP;
    e->slot = e->home;
    e->out = false;
    e->def = NONE;
}

// Links the entry into the chain of references, once it and all below it are at home.
static void clean_one(struct rewriter *w)
{
    struct ent *e = &w->st[w->clean];
    e->def = NONE;
    e->node = w->clean ? e[-1].node : (uint32_t)NO_NODE;
    if (w->has_refs && vt_ref(e->type)) {
        if (!GROW(w, w->nodes, w->node_cap, w->node_count + 1)) return;
        w->nodes[w->node_count] = (struct ref_node){ e->slot << 1 | (e->type == T_FUNC), e->node };
        e->node = (uint32_t)w->node_count++;
    }
    w->clean++;
}

void flush(struct rewriter *w)
{
    for (; w->clean < w->sp && !w->failed; clean_one(w)) {
        const struct ent *e = &w->st[w->clean];
        if (on_local(e)) w->locals[e->local].pending = 0;
        to_home(w, w->clean);
        if (w->failed) return;
    }
}

uint32_t args_home(struct rewriter *w, uint32_t count)
{
    if (w->failed) return 0;
    if (count > UNCLEAN_MAX || w->sp - w->clean > UNCLEAN_MAX) {
        flush(w);
    } else {
        for (size_t i = w->sp; i-- > w->sp - count;) {
            struct ent *e = &w->st[i];
            // From the top down, so that each is the first of its local's list.
            if (on_local(e)) w->locals[e->local].pending = e->prev;
            to_home(w, i);
            e->def = NONE;
        }
    }
    if (w->failed) return 0;
    return count ? w->st[w->sp - count].home : w->height;
}

void ext_op(struct rewriter *w, ext_fn *fn, uint32_t count, uint32_t b, uint32_t k, uint64_t wide, int result)
{
    const uint32_t at = args_home(w, count);
    map_here(w, (uint32_t)w->n, true);
    emit_ext(w, fn, at, b, k, wide);
    if (w->failed) return;
    drop_to(w, w->sp - count);
    if (result != NO_RESULT) push_temp(w, (enum vt)result, NONE);
}

// Entries that stand for the local's old value get it now.
static void settle_local(struct rewriter *w, struct local *l)
{
    for (uint32_t at = l->pending; at && !w->failed;) {
        const uint32_t prev = w->st[at - 1].prev;
        to_home(w, at - 1);
        at = prev;
    }
    l->pending = 0;
}

void set_local(struct rewriter *w, uint32_t local, bool tee)
{
    struct ent e = pop(w);
    if (w->failed) return;
    struct local *l = &w->locals[local];
    if (e.kind == ENT_LOCAL && e.local == local) {
        if (tee) push_local(w, local);
        return;
    }
    settle_local(w, l);
    const enum vt type = (enum vt)l->type;
    if (e.kind == ENT_CONST) {
        emit_const(w, type, l->slot, e.k);
        if (tee) push_const(w, type, e.k);
        return;
    }
    if (e.kind == ENT_SUM) {
        const bool increment = e.slot == l->slot, small = (int32_t)(uint32_t)e.k == (int16_t)e.k;
        const bool after_increment = w->last != NONE && w->last_rop == R_I32_ADD_SK && w->last + 2 == w->n &&
                                     !w->failed && ins_a(&w->code[w->last]) == ins_b(&w->code[w->last]);
        const uint32_t first = after_increment ? ins_a(&w->code[w->last]) : 0;
        const int32_t k = after_increment ? ins_k(&w->code[w->last]) : 0;
        if (!w->native && increment && small && after_increment && k == (int16_t)k) {
            unemit(w);
            emit(w, R_I32_INC2, first, l->slot, (uint16_t)k, (uint16_t)e.k);
            wrote(w, first, ACC_COUNT);
            wrote(w, l->slot, ACC_INT);
        } else {
            emit_entry(w, &e, l->slot);
        }
        if (tee) push_local(w, local);
        return;
    }
    if (e.kind == ENT_TEMP && e.def != NONE && e.def == w->last) {
        retarget(w, e.def, e.slot, l->slot);
        if (tee) push_local(w, local);
        return;
    }
    emit_copy(w, type, l->slot, e.slot);
    if (tee) {
        if (w->fused) {
            push_local(w, local);
        } else {
            push_temp(w, type, NONE);
        }
    }
}
