// What the shared pieces of code are written with.
#ifndef JIT_X64_STUB_H
#define JIT_X64_STUB_H

#include <stddef.h>

#include "jit/native.h"
#include "jit/x64/asm.h"

#define X(field) x64_m(RBX, (int32_t)offsetof(struct exec, field))
#define FRAME(slot) x64_m(RBP, (slot) * 8)
// A field of what a register points to.
#define AT(reg, type, field) x64_m(reg, (int32_t)offsetof(type, field))

static inline void mov(struct buf *o, unsigned to, struct x64_rm from)
{
    x64_emit(o, I_MOV_RM, true, to, from, 0);
}

static inline void put(struct buf *o, struct x64_rm to, unsigned from)
{
    x64_emit(o, I_MOV_MR, true, from, to, 0);
}

static inline void address_of(struct buf *o, unsigned reg, size_t target)
{
    x64_emit(o, I_LEA, true, reg, x64_m(NO_REG, 0), 0);
    x64_patch(o, o->size - 4, target);
}

static inline void jump_to(struct buf *o, size_t target)
{
    x64_patch(o, x64_jump(o), target);
}

// The pieces through which native code calls host functions (border.c).
void stubs_import(struct buf *o, uint32_t *at);

#endif
