#include <string.h>

#include "base/fail.h"
#include "interp/rewrite.h"

enum { SLOT_LIMIT = 0xffff, CODE_WORDS_MAX = 1 << 27, FIRST = 48 };

hf_code rewrite_fail(struct rewriter *w, hf_code code, const char *what)
{
    if (w->failed) return w->failed;
    w->failed = code;
    if (code == HF_OUT_OF_MEMORY) return fail_oom(w->status);
    return fail_at(w->status, code, w->func->body.at, "function %u: %s", w->func_index, what);
}

bool rewrite_grow(struct rewriter *w, void **array, size_t *cap, size_t need, size_t size)
{
    if (w->failed) return false;
    // Most bodies fit into what is taken first.
    if (!*cap && need < FIRST) need = FIRST;
    void *grown = mem_grow(w->object->heap, *array, cap, need, size);
    if (!grown) {
        rewrite_fail(w, HF_OUT_OF_MEMORY, "");
        return false;
    }
    *array = grown;
    return true;
}

void emit_word(struct rewriter *w, uint64_t word)
{
    if (w->n >= CODE_WORDS_MAX) rewrite_fail(w, HF_LIMIT, "too much code");
    if (!GROW(w, w->code, w->cap, w->n + 1)) return;
    w->code[w->n++] = word;
}

uint32_t emit(struct rewriter *w, enum rop op, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t at = (uint32_t)w->n;
    if ((a | b | c | d) > SLOT_LIMIT) rewrite_fail(w, HF_LIMIT, "more slots than an instruction can name");
    if (!w->offset_count || w->offsets[w->offset_count - 1].offset != w->offset) {
        if (!GROW(w, w->offsets, w->offset_cap, w->offset_count + 1)) return at;
        w->offsets[w->offset_count++] = (struct offset_entry){ at * 8, w->offset };
    }
    emit_word(w, w->words[op]);
    emit_word(w, a | b << 16 | (uint64_t)c << 32 | (uint64_t)d << 48);
    memcpy(w->acc_old, w->acc, sizeof w->acc);
    w->prev = w->last;
    w->prev_rop = w->last_rop;
    w->last = at;
    w->last_rop = op;
    return at;
}

uint32_t emit_k(struct rewriter *w, enum rop op, uint32_t a, uint32_t b, uint32_t k)
{
    return emit(w, op, a, b, k & 0xffff, k >> 16);
}

void wrote(struct rewriter *w, uint32_t slot, unsigned acc)
{
    for (unsigned i = 0; i < ACC_COUNT; i++) {
        if (w->acc[i] == slot) w->acc[i] = NONE;
    }
    if (acc < ACC_COUNT && !w->native) w->acc[acc] = slot;
}

void forget_accs(struct rewriter *w)
{
    for (unsigned i = 0; i < ACC_COUNT; i++) w->acc[i] = NONE;
}

void bind_here(struct rewriter *w)
{
    forget_accs(w);
    w->last = NONE;
    w->prev = NONE;
}

void unemit(struct rewriter *w)
{
    w->n = w->last;
    while (w->offset_count && w->offsets[w->offset_count - 1].start >= w->last * 8) w->offset_count--;
    memcpy(w->acc, w->acc_old, sizeof w->acc);
    for (unsigned i = 0; i < ACC_COUNT; i++) w->acc_old[i] = NONE; // what was before is not known any more
    w->last = w->prev;
    w->last_rop = w->prev_rop;
    w->prev = NONE;
}

void emit_copy(struct rewriter *w, enum vt type, uint32_t to, uint32_t from)
{
    if (to == from) return;
    if (type == T_V128) {
        emit(w, R_COPY128, to, from, 0, 0);
        wrote(w, to, ACC_COUNT);
        wrote(w, to + 1, ACC_COUNT);
        return;
    }
    if (w->fused && type != T_F32 && type != T_F64 && w->acc[ACC_INT] == from) {
        emit(w, R_COPY_A, to, 0, 0, 0);
    } else {
        emit(w, type == T_F32 ? R_COPY32 : R_COPY, to, from, vt_float(type), 0);
    }
    wrote(w, to, ACC_INT);
}

void emit_const(struct rewriter *w, enum vt type, uint32_t to, uint64_t k)
{
    if (type == T_V128) {
        // The only constant vector that is not written by v128.const itself is zero, of unreachable code's making.
        emit(w, R_CONST128, to, 0, 0, 0);
        emit_word(w, k);
        emit_word(w, 0);
        wrote(w, to, ACC_COUNT);
        wrote(w, to + 1, ACC_COUNT);
        return;
    }
    if (k == (uint64_t)(int64_t)(int32_t)(uint32_t)k) {
        emit_k(w, R_CONST32, to, vt_float(type), (uint32_t)k);
    } else {
        emit(w, R_CONST64, to, vt_float(type), 0, 0);
        emit_word(w, k);
    }
    wrote(w, to, ACC_INT);
}

void retarget(struct rewriter *w, uint32_t def, uint32_t from, uint32_t to)
{
    if (to > SLOT_LIMIT) rewrite_fail(w, HF_LIMIT, "more slots than an instruction can name");
    if (w->failed) return;
    w->code[def + 1] = (w->code[def + 1] & ~(uint64_t)SLOT_LIMIT) | to;
    for (unsigned i = 0; i < ACC_COUNT; i++) {
        if (w->acc[i] == to) w->acc[i] = NONE;
    }
    for (unsigned i = 0; i < ACC_COUNT; i++) {
        if (w->acc[i] == from) w->acc[i] = to;
    }
}

void emit_ext(struct rewriter *w, ext_fn *fn, uint32_t a, uint32_t b, uint32_t k, uint64_t wide)
{
    emit_k(w, R_EXT, a, b, k);
    emit_word(w, (uint64_t)(uintptr_t)fn);
    emit_word(w, wide);
    forget_accs(w);
}

void emit_pure(struct rewriter *w, pure_fn *fn, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint64_t wide)
{
    emit(w, R_PURE, a, b, c, d);
    emit_word(w, (uint64_t)(uintptr_t)fn);
    emit_word(w, wide);
    forget_accs(w);
}

uint32_t fix_add(struct rewriter *w, uint32_t list, uint32_t ins, uint32_t half)
{
    if (!GROW(w, w->fixups, w->fixup_cap, w->fixup_count + 1)) return list;
    w->fixups[w->fixup_count] = (struct fixup){ ins, half, list };
    return (uint32_t)w->fixup_count++;
}

static void fix(struct rewriter *w, uint32_t ins, uint32_t half, uint32_t target)
{
    if (w->failed) return;
    const int32_t bytes = ((int32_t)target - (int32_t)ins) * 8;
    memcpy((char *)w->code + (size_t)half * 4, &bytes, 4);
}

void fix_all(struct rewriter *w, uint32_t list, uint32_t target)
{
    while (list != NONE && !w->failed) {
        const struct fixup *f = &w->fixups[list];
        fix(w, f->ins, f->half, target);
        list = f->next;
    }
}

void fix_one(struct rewriter *w, uint32_t ins, uint32_t target)
{
    fix(w, ins, ins * 2 + 3, target);
}

static uint32_t node_add(struct rewriter *w, const struct ent *e, uint32_t below)
{
    if (!GROW(w, w->nodes, w->node_cap, w->node_count + 1)) return below;
    w->nodes[w->node_count] = (struct ref_node){ e->slot << 1 | (e->type == T_FUNC), below };
    return (uint32_t)w->node_count++;
}

// The chain of the references among the first `sp` entries. Those below `clean` have theirs already.
void map_here(struct rewriter *w, uint32_t ins, bool at)
{
    if (!w->has_refs) return;
    uint32_t top = w->clean ? w->st[w->clean - 1].node : (uint32_t)NO_NODE;
    for (size_t i = w->clean; i < w->sp; i++) {
        const struct ent *e = &w->st[i];
        if (vt_ref(e->type) && e->kind == ENT_TEMP) top = node_add(w, e, top);
    }
    if (!GROW(w, w->maps, w->map_cap, w->map_count + 1)) return;
    w->maps[w->map_count++] = (struct ref_map){ ins * 8 + at, top };
}
