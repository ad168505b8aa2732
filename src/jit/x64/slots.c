// Slots as operands: in the register that the region gave them, or in the frame.
#include "jit/translate.h"

static const struct candidate *candidate_of(const struct tr *t, uint32_t slot, uint32_t *mask)
{
    if (slot >= t->slots || t->bit[slot] < 0) return NULL;
    *mask = 1u << t->bit[slot];
    return &t->region->at[t->bit[slot]];
}

void load_candidates(struct tr *t, const struct region *r, uint32_t mask)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (!(mask >> i & 1)) continue;
        const struct candidate *c = &r->at[i];
        if (c->is_float)
            ins(t, I_MOVSD_XM, false, c->reg, slot_rm(c->slot));
        else
            ins(t, I_MOV_RM, true, c->reg, slot_rm(c->slot));
    }
}

void store_candidates(struct tr *t, const struct region *r, uint32_t mask)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (!(mask >> i & 1)) continue;
        const struct candidate *c = &r->at[i];
        if (PLANTED(LOST_ROOT) && c->through) continue;
        if (c->is_float)
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

bool slot_is_float(struct tr *t, uint32_t slot)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    return c && c->is_float;
}

struct x64_rm int_rm(struct tr *t, uint32_t slot, unsigned scratch)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    if (!c) return slot_rm(slot);
    if (c->is_float) {
        if (!(t->loaded & mask)) return slot_rm(slot);
        ins(t, I_MOVD_RX, true, c->reg, x64_r(scratch));
        return x64_r(scratch);
    }
    need(t, mask);
    return x64_r(c->reg);
}

unsigned int_reg(struct tr *t, uint32_t slot, bool wide, unsigned scratch)
{
    const struct x64_rm rm = int_rm(t, slot, scratch);
    if (rm.is_reg) return rm.base;
    ins(t, I_MOV_RM, wide, scratch, rm);
    return scratch;
}

struct x64_rm float_rm(struct tr *t, uint32_t slot, bool dbl, unsigned scratch)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    if (!c) return slot_rm(slot);
    if (!c->is_float) {
        if (!(t->loaded & mask)) return slot_rm(slot);
        ins(t, I_MOVD_XR, dbl, scratch, x64_r(c->reg));
        return x64_r(scratch);
    }
    need(t, mask);
    return x64_r(c->reg);
}

unsigned float_reg(struct tr *t, uint32_t slot, bool dbl, unsigned scratch)
{
    const struct x64_rm rm = float_rm(t, slot, dbl, scratch);
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
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    return c && !c->is_float ? c->reg : RAX;
}

unsigned float_target(struct tr *t, uint32_t slot)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    return c && c->is_float ? c->reg : 0;
}

static void written(struct tr *t, const struct candidate *c, uint32_t mask)
{
    t->loaded |= mask;
    if (c->through) {
        store_candidates(t, t->region, mask);
        t->dirty &= ~mask;
    } else {
        t->dirty |= mask;
    }
}

void int_done(struct tr *t, uint32_t slot, unsigned reg)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    if (!c) {
        ins(t, I_MOV_MR, true, reg, slot_rm(slot));
        return;
    }
    if (c->is_float)
        ins(t, I_MOVD_XR, true, c->reg, x64_r(reg));
    else
        mov_rr(t, true, c->reg, reg);
    written(t, c, mask);
}

void float_done(struct tr *t, uint32_t slot, unsigned xmm, bool dbl)
{
    uint32_t mask;
    const struct candidate *c = candidate_of(t, slot, &mask);
    if (!c) {
        ins(t, dbl ? I_MOVSD_MX : I_MOVSS_MX, false, xmm, slot_rm(slot));
        return;
    }
    if (!c->is_float)
        ins(t, I_MOVD_RX, dbl, xmm, x64_r(c->reg));
    else if (c->reg != xmm)
        ins(t, I_MOVAPS, false, c->reg, x64_r(xmm));
    written(t, c, mask);
}

static void reloc(struct tr *t, size_t at, enum stub stub)
{
    address_note(t, at, 4, ADDRESS_STUB, stub);
    void *grown = mem_grow(t->object->heap, t->relocs, &t->reloc_cap, t->reloc_count + 1, sizeof *t->relocs);
    if (!grown) {
        tr_fail(t, HF_OUT_OF_MEMORY, "");
        return;
    }
    t->relocs = grown;
    t->relocs[t->reloc_count++] = (struct stub_reloc){ (uint32_t)at, stub };
}

void call_stub(struct tr *t, enum stub stub)
{
    reloc(t, x64_call(&t->out), stub);
}

void jump_stub(struct tr *t, enum stub stub)
{
    reloc(t, x64_jump(&t->out), stub);
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
