// Addresses in code, and what else differs between two runs of the same translation.
#include "jit/translate.h"

void address_note(struct tr *t, size_t at, unsigned size, enum address kind, uint32_t value)
{
    if (t->listing) listing_address(t->listing, (uint32_t)at, size, kind, value);
}

void address_into(struct tr *t, unsigned reg, enum address kind, uint32_t value, const void *address)
{
    address_note(t, x64_mov_abs(&t->out, reg, (uint64_t)(uintptr_t)address), 8, kind, value);
}

void pc_into(struct tr *t, unsigned reg, uint32_t word)
{
    address_into(t, reg, ADDRESS_PC, word, t->w + word);
}

// Helpers are told by their distance from one of us, which is the library's and not the process's.
void helper_into(struct tr *t, unsigned reg, uintptr_t fn)
{
    const uint32_t distance = (uint32_t)(fn - (uintptr_t)helper_into);
    address_note(t, x64_mov_abs(&t->out, reg, fn), 8, ADDRESS_HELPER, distance);
}

// Canonical types are numbered as an engine meets them.
void type_into(struct tr *t, unsigned reg, uint32_t type_id)
{
    const struct hf_module *m = t->code->module;
    uint32_t index = 0;
    while (t->listing && index < m->type_count && m->type_ids[index] != type_id) index++;
    address_note(t, x64_mov_abs32(&t->out, reg, type_id), 4, ADDRESS_TYPE, index);
}
