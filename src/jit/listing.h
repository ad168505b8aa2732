// Filling a listing (jit.h) while a function is translated.
#ifndef JIT_LISTING_H
#define JIT_LISTING_H

#include "jit/jit.h"

// What an address in code leads to. The numbers are hf_native_kind's.
enum address {
    ADDRESS_PC = HF_NATIVE_PC,
    ADDRESS_HELPER = HF_NATIVE_HELPER,
    ADDRESS_ENTRY = HF_NATIVE_ENTRY,
    ADDRESS_CODE = HF_NATIVE_CODE,
    ADDRESS_MASK = HF_NATIVE_MASK,
    ADDRESS_TYPE = HF_NATIVE_TYPE,
    ADDRESS_STUB = HF_NATIVE_STUB,
};

void listing_address(struct listing *listing, uint32_t at, unsigned size, enum address kind, uint32_t value);
void listing_line(struct listing *listing, size_t at, uint32_t offset);
// Takes the code, and clears the addresses in it.
void listing_take(struct listing *listing, struct buf *code);

#endif
