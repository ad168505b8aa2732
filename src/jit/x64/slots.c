// Slots as operands: in the register that the region gave them, or in the frame.
#include "jit/translate.h"

#include <string.h>

#include "jit/x64/vector.h"

const struct candidate *candidate_of(const struct tr *t, uint32_t slot, enum slot_class class)
{
    return slot_mask(t, slot, class) ? &t->region->at[t->bit[class][slot]] : NULL;
}

void load_candidates(struct tr *t, const struct region *r, uint32_t mask)
{
    mask &= (1u << r->count) - 1;
    for (; mask; mask &= mask - 1) {
        const struct candidate *c = &r->at[__builtin_ctz(mask)];
        if (c->class == CLASS_VECTOR)
            vector_load(t, c->reg, slot_rm(c->slot));
        else if (c->class == CLASS_FLOAT)
            ins(t, I_MOVSD_XM, false, c->reg, slot_rm(c->slot));
        else
            ins(t, I_MOV_RM, true, c->reg, slot_rm(c->slot));
    }
}

void store_candidates(struct tr *t, const struct region *r, uint32_t mask)
{
    mask &= (1u << r->count) - 1;
    for (; mask; mask &= mask - 1) {
        const struct candidate *c = &r->at[__builtin_ctz(mask)];
        if (PLANTED(LOST_ROOT) && c->through) continue;
        if (c->class == CLASS_VECTOR)
            vector_store(t, c->reg, slot_rm(c->slot));
        else if (c->class == CLASS_FLOAT)
            ins(t, I_MOVSD_MX, false, c->reg, slot_rm(c->slot));
        else
            ins(t, I_MOV_MR, true, c->reg, slot_rm(c->slot));
    }
}

void spill(struct tr *t, uint32_t live)
{
    store_candidates(t, t->region, t->dirty & live);
    t->dirty = 0;
}

void need(struct tr *t, uint32_t mask)
{
    load_candidates(t, t->region, mask & ~t->loaded);
    t->loaded |= mask;
}

// The candidate's register, with its value.
static const struct candidate *loaded(struct tr *t, uint32_t slot, enum slot_class class)
{
    const struct candidate *c = candidate_of(t, slot, class);
    if (c) need(t, slot_mask(t, slot, class));
    return c;
}

struct x64_rm int_rm(struct tr *t, uint32_t slot)
{
    const struct candidate *c = loaded(t, slot, CLASS_INT);
    return c ? x64_r(c->reg) : slot_rm(slot);
}

unsigned int_reg(struct tr *t, uint32_t slot, bool wide, unsigned scratch)
{
    const struct x64_rm rm = int_rm(t, slot);
    if (rm.is_reg) return rm.base;
    ins(t, I_MOV_RM, wide, scratch, rm);
    return scratch;
}

struct x64_rm float_rm(struct tr *t, uint32_t slot)
{
    const struct candidate *c = loaded(t, slot, CLASS_FLOAT);
    return c ? x64_r(c->reg) : slot_rm(slot);
}

unsigned float_reg(struct tr *t, uint32_t slot, bool dbl, unsigned scratch)
{
    const struct x64_rm rm = float_rm(t, slot);
    if (rm.is_reg) return rm.base;
    ins(t, dbl ? I_MOVSD_XM : I_MOVSS_XM, false, scratch, rm);
    return scratch;
}

void float_into(struct tr *t, unsigned xmm, uint32_t slot, bool dbl)
{
    const unsigned from = float_reg(t, slot, dbl, xmm);
    if (from != xmm) ins(t, I_MOVAPS, false, xmm, x64_r(from));
}

unsigned int_target(struct tr *t, uint32_t slot)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_INT);
    return c ? c->reg : RAX;
}

unsigned float_target(struct tr *t, uint32_t slot)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_FLOAT);
    return c ? c->reg : 0;
}

void slot_ends(struct tr *t, uint32_t slot, uint32_t slots)
{
    const uint32_t over = over_mask(t, slot, slots);
    t->loaded &= ~over;
    t->dirty &= ~over;
}

void slot_written(struct tr *t, const struct candidate *c)
{
    const uint32_t mask = slot_mask(t, c->slot, (enum slot_class)c->class);
    slot_ends(t, c->slot, c->class == CLASS_VECTOR ? 2 : 1);
    t->loaded |= mask;
    if (c->through)
        store_candidates(t, t->region, mask);
    else
        t->dirty |= mask;
}

void int_done(struct tr *t, uint32_t slot, unsigned reg)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_INT);
    if (!c) {
        ins(t, I_MOV_MR, true, reg, slot_rm(slot));
        slot_ends(t, slot, 1);
        return;
    }
    mov_rr(t, true, c->reg, reg);
    slot_written(t, c);
}

void float_done(struct tr *t, uint32_t slot, unsigned xmm, bool dbl)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_FLOAT);
    if (!c) {
        ins(t, dbl ? I_MOVSD_MX : I_MOVSS_MX, false, xmm, slot_rm(slot));
        slot_ends(t, slot, 1);
        return;
    }
    if (c->reg != xmm) ins(t, I_MOVAPS, false, c->reg, x64_r(xmm));
    slot_written(t, c);
}

// ---- what is placed later ----

static void reloc(struct tr *t, size_t at, enum stub stub, uint32_t add)
{
    address_note(t, at, 4, ADDRESS_STUB, stub);
    void *grown = mem_grow(t->object->heap, t->relocs, &t->reloc_cap, t->reloc_count + 1, sizeof *t->relocs);
    if (!grown) {
        tr_fail(t, HF_OUT_OF_MEMORY, "");
        return;
    }
    t->relocs = grown;
    t->relocs[t->reloc_count++] = (struct stub_reloc){ (uint32_t)at, stub, add };
}

void call_stub(struct tr *t, enum stub stub)
{
    reloc(t, x64_call(&t->out), stub, 0);
}

void jump_stub(struct tr *t, enum stub stub)
{
    reloc(t, x64_jump(&t->out), stub, 0);
}

void mask_at(struct tr *t, enum mask mask)
{
    reloc(t, t->out.size - 4, STUB_MASKS, 16 * (uint32_t)mask);
}

// Constants of the function, each once.
void pool_at(struct tr *t, const void *bytes)
{
    enum { LATEST = 32 }; // looked at
    const uint32_t count = (uint32_t)(t->pool.size / 16);
    uint32_t i = count > LATEST ? count - LATEST : 0;
    while (i < count && memcmp(t->pool.data + (size_t)i * 16, bytes, 16) != 0) i++;
    if (i == count) buf_put(&t->pool, bytes, 16);
    void *grown = mem_grow(t->object->heap, t->pooled, &t->pooled_cap, t->pooled_count + 1, sizeof *t->pooled);
    if (!grown || t->pool.failed) {
        tr_fail(t, HF_OUT_OF_MEMORY, "");
        return;
    }
    t->pooled = grown;
    t->pooled[t->pooled_count++] = (struct pool_fix){ (uint32_t)t->out.size - 4, i };
}

struct cold *cold_add(struct tr *t, enum cold_kind kind, uint32_t from)
{
    static struct cold lost; // where nothing can be added any more
    void *grown = mem_grow(t->object->heap, t->colds, &t->cold_cap, t->cold_count + 1, sizeof *t->colds);
    if (!grown) {
        tr_fail(t, HF_OUT_OF_MEMORY, "");
        return &lost;
    }
    t->colds = grown;
    struct cold *c = &t->colds[t->cold_count++];
    *c = (struct cold){
        .kind = (uint8_t)kind,
        .from = from,
        .pc = t->at,
        .loaded = t->loaded,
        .dirty = t->dirty,
        .live = t->live_at[t->at],
        .region = t->region_index,
    };
    return c;
}

void trap_if(struct tr *t, enum x64_cc cc, hf_trap trap)
{
    cold_add(t, COLD_TRAP, (uint32_t)x64_jcc(&t->out, cc))->a = (uint32_t)trap;
}
