// Blocks and branches.
#include "interp/rewrite.h"

uint8_t *types_copy(struct rewriter *w, const valtype *types, uint32_t count)
{
    uint8_t *out = arena_alloc(&w->arena, count ? count : 1);
    if (!out) {
        rewrite_fail(w, HF_OUT_OF_MEMORY, "");
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) out[i] = (uint8_t)vt_of(w->module, types[i]);
    return out;
}

uint32_t types_slots(const uint8_t *types, uint32_t count)
{
    uint32_t slots = 0;
    for (uint32_t i = 0; i < count; i++) slots += vt_slots((enum vt)types[i]);
    return slots;
}

void push_types(struct rewriter *w, const uint8_t *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) push_temp(w, (enum vt)types[i], NONE);
}

struct ctl *ctl_at(struct rewriter *w, uint32_t label)
{
    return &w->ctls[w->ctl_count - 1 - label];
}

struct ctl *ctl_push(struct rewriter *w, enum ctl_kind kind, const struct block_type *type)
{
    if (!GROW(w, w->ctls, w->ctl_cap, w->ctl_count + 1)) return NULL;
    const struct block_sig sig = block_sig(w->module, type);
    const uint8_t *params = types_copy(w, sig.params, sig.param_count);
    const uint8_t *results = types_copy(w, sig.results, sig.result_count);
    if (w->failed) return NULL;
    struct ctl *c = &w->ctls[w->ctl_count++];
    *c = (struct ctl){
        .kind = kind,
        .sp = (uint32_t)w->sp - sig.param_count,
        .param_count = sig.param_count,
        .result_count = sig.result_count,
        .params = params,
        .results = results,
        .fixups = NONE,
        .else_fixup = NONE,
        .label = NONE,
        .stub_of = NONE,
    };
    c->height = sig.param_count ? w->st[c->sp].home : w->height;
    return c;
}

void die(struct rewriter *w)
{
    segment_end(w);
    w->dead = true;
    w->dead_depth = 0;
}

static void branch_types(const struct ctl *c, const uint8_t **types, uint32_t *count)
{
    *types = c->kind == CTL_LOOP ? c->params : c->results;
    *count = c->kind == CTL_LOOP ? c->param_count : c->result_count;
}

static bool needs_moves(struct rewriter *w, const struct ctl *c)
{
    if (w->failed) return false;
    if (c->kind == CTL_FUNC) return true;
    const uint8_t *types;
    uint32_t count;
    branch_types(c, &types, &count);
    uint32_t to = c->height;
    for (size_t i = w->sp - count; i < w->sp; i++) {
        const struct ent *e = &w->st[i];
        if (e->kind != ENT_TEMP || e->slot != to) return true;
        to += vt_slots((enum vt)e->type);
    }
    return false;
}

static void move_entry(struct rewriter *w, struct ent *e, uint32_t to)
{
    e->def = NONE; // somebody has read it
    emit_entry(w, e, to);
}

// In rising order: a destination is never above its source's home, nor above that of any entry yet to be moved.
void emit_moves(struct rewriter *w, const struct ctl *c)
{
    const uint8_t *types;
    uint32_t count;
    if (w->failed) return;
    branch_types(c, &types, &count);
    uint32_t to = c->height;
    for (size_t i = w->sp - count; i < w->sp && !w->failed; i++) {
        struct ent *e = &w->st[i];
        move_entry(w, e, to);
        to += vt_slots((enum vt)e->type);
    }
}

// Results go to fp[0 ..], where parameters and locals are: those that a later result still needs are saved to its home.
void emit_return(struct rewriter *w)
{
    if (w->failed) return;
    const uint32_t count = w->type->result_count;
    if (count == 0) {
        emit(w, R_RETURN, 0, 0, 0, 0);
        return;
    }
    struct ent *top = &w->st[w->sp - count];
    if (count == 1 && top->type != T_V128) {
        top->def = NONE;
        if (top->kind == ENT_CONST) {
            emit(w, R_RETURN_CONST, 0, 0, 0, 0);
            emit_word(w, top->k);
        } else if (top->kind == ENT_SUM) {
            emit_entry(w, top, 0);
            emit(w, R_RETURN, 0, 0, 0, 0);
        } else if (top->slot == 0) {
            emit(w, R_RETURN, 0, 0, 0, 0);
        } else {
            emit(w, R_RETURN_COPY, 0, top->slot, vt_float((enum vt)top->type), 0);
        }
        return;
    }
    const uint32_t slots = w->type->result_slots;
    for (uint32_t i = 0; i < count; i++) {
        const struct ent *e = &top[i];
        if ((e->kind == ENT_LOCAL || e->kind == ENT_SUM) && e->slot < slots) emit_entry(w, e, e->home);
    }
    uint32_t to = 0;
    for (uint32_t i = 0; i < count && !w->failed; i++) {
        struct ent e = top[i];
        if ((e.kind == ENT_LOCAL || e.kind == ENT_SUM) && e.slot < slots) e.kind = ENT_TEMP, e.slot = e.home;
        move_entry(w, &e, to);
        top[i].def = NONE;
        to += vt_slots((enum vt)e.type);
    }
    emit(w, R_RETURN, 0, 0, 0, 0);
}

// Writes the distance of a branch instruction to the label, now or when it is bound.
static void branch_fix(struct rewriter *w, struct ctl *c, uint32_t ins)
{
    if (c->kind == CTL_LOOP) {
        fix_one(w, ins, c->start);
    } else {
        c->fixups = fix_add(w, c->fixups, ins, ins * 2 + 3);
    }
}

void branch_to(struct rewriter *w, struct ctl *c)
{
    if (c->kind == CTL_FUNC) {
        emit_return(w);
        return;
    }
    emit_moves(w, c);
    branch_fix(w, c, emit(w, R_BR, 0, 0, 0, 0));
}

// Takes the comparison before back and makes a branch of it.
// An increment of the local that a comparison looks at, right before it. b: the slot compared with, or NONE: k.
static uint32_t fuse_increment(struct rewriter *w, enum rop branch, uint32_t b, uint64_t k)
{
    static const struct {
        uint16_t compare, fused;
    } forms[] = {
#define INCBR(n, compare, E) { R_##compare##_AK, R_##n##_SK }, { R_##compare##_AS, R_##n##_SS },
#include "interp/families.def"
    };
    if (w->failed || w->last == NONE || w->last_rop != R_I32_ADD_SK || w->last + 2 != w->n) return NONE;
    const uint64_t *inc = &w->code[w->last];
    const uint32_t slot = ins_a(inc), by = (uint32_t)ins_k(inc);
    if (slot != ins_b(inc) || w->acc[ACC_INT] != slot || slot == b) return NONE;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].compare != branch) continue;
        unemit(w);
        const uint32_t at = emit(w, (enum rop)forms[i].fused, slot, b == NONE ? 0 : b, 0, 0);
        emit_word(w, by | (k & UINT32_MAX) << 32);
        wrote(w, slot, ACC_INT);
        return at;
    }
    return NONE;
}

static uint32_t fuse_compare(struct rewriter *w, enum rop branch)
{
    const uint64_t operands = w->code[w->last + 1];
    const uint32_t b = operands >> 16 & 0xffff, c = operands >> 32 & 0xffff;
    const bool wide = w->n - w->last == 3;
    const uint64_t k = wide ? w->code[w->last + 2] : (uint64_t)(int64_t)(int32_t)(operands >> 32);
    unemit(w);
    const enum operands form = (enum operands)((branch - R_BR_I32_EQ_SS) % 5);
    if (form == AK || form == AS) {
        const uint32_t at = fuse_increment(w, branch, form == AS ? c : (uint32_t)NONE, k);
        if (at != NONE) return at;
    }
    switch (form) {
    case SS: return emit(w, branch, b, c, 0, 0);
    case AS: return emit(w, branch, 0, c, 0, 0);
    case SA: return emit(w, branch, b, 0, 0, 0);
    default: break;
    }
    const uint32_t at = emit(w, branch, b, 0, 0, 0);
    emit_word(w, k);
    return at;
}

uint32_t emit_condition(struct rewriter *w, const struct ent *cond, bool sense)
{
    if (w->failed) return 0;
    if (cond->kind == ENT_TEMP && cond->def != NONE && cond->def == w->last) {
        const enum rop last = w->last_rop;
        const enum rop branch = branch_of(last, sense);
        if (branch != ROP_COUNT) return fuse_compare(w, branch);
        if (last == R_I32_EQZ_S || last == R_I32_EQZ_A || last == R_I64_EQZ_S || last == R_I64_EQZ_A) {
            const uint32_t from = w->code[w->last + 1] >> 16 & 0xffff;
            const bool wide = last == R_I64_EQZ_S || last == R_I64_EQZ_A;
            const bool acc = last == R_I32_EQZ_A || last == R_I64_EQZ_A;
            unemit(w);
            const enum rop first = wide ? (sense ? R_BR_UNLESS64_S : R_BR_IF64_S) : (sense ? R_BR_UNLESS_S : R_BR_IF_S);
            return emit(w, (enum rop)(first + acc), from, 0, 0, 0);
        }
    }
    if (w->fused && sense && in_acc(w, cond) && w->last != NONE && w->last_rop == R_I32_ADD_SK && !w->failed &&
        ins_a(&w->code[w->last]) == cond->slot) {
        const uint32_t at = fuse_increment(w, R_BR_I32_NE_AK, NONE, 0);
        if (at != NONE) return at;
    }
    if (in_acc(w, cond)) return emit(w, sense ? R_BR_IF_A : R_BR_UNLESS_A, 0, 0, 0, 0);
    const uint32_t slot = slot_of(w, cond);
    return emit(w, sense ? R_BR_IF_S : R_BR_UNLESS_S, slot, 0, 0, 0);
}

void branch_if(struct rewriter *w, uint32_t label, const struct ent *cond, bool sense)
{
    struct ctl *c = ctl_at(w, label);
    if (!needs_moves(w, c)) {
        const uint8_t *types;
        uint32_t count;
        branch_types(c, &types, &count);
        for (size_t i = w->sp - count; i < w->sp && !w->failed; i++) w->st[i].def = NONE;
        branch_fix(w, c, emit_condition(w, cond, sense));
    } else {
        const uint32_t over = emit_condition(w, cond, !sense);
        branch_to(w, c);
        fix_one(w, over, (uint32_t)w->n);
        bind_here(w);
    }
    segment_end(w);
}

static void br_table(struct rewriter *w, const struct instr *ins)
{
    const struct ent index = pop(w);
    const uint32_t slot = slot_of(w, &index);
    const uint32_t at = emit_k(w, R_BR_TABLE, slot, 0, ins->count);
    const uint32_t serial = w->table_serial++;
    for (uint32_t i = 0; i <= ins->count / 2 && !w->failed; i++) emit_word(w, 0);

    struct reader list = ins->list;
    for (uint32_t i = 0; i <= ins->count && !w->failed; i++) {
        struct ctl *c = ctl_at(w, instr_next_label(&list));
        const uint32_t half = (at + 2) * 2 + i;
        if (needs_moves(w, c)) {
            if (c->stub_of != serial) c->stub = NONE;
            c->stub_of = serial;
            c->stub = fix_add(w, c->stub, at, half);
        } else if (c->kind == CTL_LOOP) {
            const uint32_t one = fix_add(w, NONE, at, half);
            fix_all(w, one, c->start);
        } else {
            c->fixups = fix_add(w, c->fixups, at, half);
        }
    }
    // One edge for all entries that share a label.
    list = ins->list;
    for (uint32_t i = 0; i <= ins->count && !w->failed; i++) {
        struct ctl *c = ctl_at(w, instr_next_label(&list));
        if (c->stub_of != serial) continue;
        c->stub_of = NONE;
        bind_here(w);
        fix_all(w, c->stub, (uint32_t)w->n);
        branch_to(w, c);
    }
    die(w);
}

static void begin_if(struct rewriter *w, const struct instr *ins)
{
    const struct ent cond = pop(w);
    flush(w);
    const uint32_t branch = emit_condition(w, &cond, false);
    struct ctl *c = ctl_push(w, CTL_IF, &ins->block);
    if (c) c->else_fixup = branch;
    segment_end(w);
}

static void begin_loop(struct rewriter *w, const struct instr *ins)
{
    flush(w);
    struct ctl *c = ctl_push(w, CTL_LOOP, &ins->block);
    if (!c) return;
    c->start = (uint32_t)w->n;
    bind_here(w);
    segment_check(w);
}

static void begin_else(struct rewriter *w)
{
    struct ctl *c = &w->ctls[w->ctl_count - 1];
    if (!w->dead) {
        emit_moves(w, c);
        const uint32_t ins = emit(w, R_BR, 0, 0, 0, 0);
        c->fixups = fix_add(w, c->fixups, ins, ins * 2 + 3);
    }
    drop_to(w, c->sp);
    push_types(w, c->params, c->param_count);
    fix_one(w, c->else_fixup, (uint32_t)w->n);
    c->else_fixup = NONE;
    c->kind = CTL_ELSE;
    bind_here(w);
    segment_end(w);
    w->dead = false;
}

void end_block(struct rewriter *w)
{
    struct ctl *c = &w->ctls[w->ctl_count - 1];
    if (c->kind == CTL_FUNC) {
        if (!w->dead) emit_return(w);
        w->ctl_count--;
        w->dead = true;
        return;
    }
    if (c->kind == CTL_TRY_TABLE) end_try_table(w, c);
    if (c->kind == CTL_TRY || c->kind == CTL_CATCH) w->catch_depth--;
    const bool targeted = c->fixups != NONE || c->else_fixup != NONE || c->label != NONE;
    if (targeted && c->kind != CTL_LOOP) {
        if (!w->dead) emit_moves(w, c);
        drop_to(w, c->sp);
        push_types(w, c->results, c->result_count);
        fix_all(w, c->fixups, (uint32_t)w->n);
        if (c->else_fixup != NONE) fix_one(w, c->else_fixup, (uint32_t)w->n);
        if (c->label != NONE && !w->failed) w->labels[c->label] = (uint32_t)w->n;
        bind_here(w);
        segment_end(w);
        w->dead = false;
    }
    w->ctl_count--;
}

bool rewrite_control(struct rewriter *w, const struct instr *ins)
{
    struct ent e;
    switch (ins->op) {
    case OP_NOP: return true;
    case OP_UNREACHABLE:
        emit(w, R_UNREACHABLE, 0, 0, 0, 0);
        die(w);
        return true;
    case OP_BLOCK:
        flush(w);
        ctl_push(w, CTL_BLOCK, &ins->block);
        return true;
    case OP_LOOP: begin_loop(w, ins); return true;
    case OP_IF: begin_if(w, ins); return true;
    case OP_ELSE: begin_else(w); return true;
    case OP_END: end_block(w); return true;
    case OP_BR:
        branch_to(w, ctl_at(w, ins->index));
        die(w);
        return true;
    case OP_BR_IF:
        e = pop(w);
        branch_if(w, ins->index, &e, true);
        return true;
    case OP_BR_TABLE: br_table(w, ins); return true;
    case OP_RETURN:
        emit_return(w);
        die(w);
        return true;
    default: return false;
    }
}
