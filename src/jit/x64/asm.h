// Machine code of x86-64 into a buffer. Emitting never fails in the middle: running out of memory is sticky in the buffer and asked
// once per function.
#ifndef JIT_X64_ASM_H
#define JIT_X64_ASM_H

#include "base/buf.h"

enum x64_reg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NO_REG = 0xff };

// Conditions, as they are added to opcodes. Negation flips bit 0.
enum x64_cc { CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G };

enum x64_shape {
    X64_NONE,
    X64_RM,   // reg, r/m
    X64_MR,   // r/m, reg
    X64_RMI,  // reg, r/m, imm32
    X64_M,    // r/m
    X64_MI,   // r/m, imm32
    X64_MIS,  // r/m, imm32 or imm8 where it is enough
    X64_MI8,  // r/m, imm8
    X64_MI16, // r/m, imm16
    X64_MCL,  // r/m, cl
    X64_MRCL, // r/m, reg, cl
    X64_MCC,  // condition, r/m
    X64_RMCC, // condition, reg, r/m
    X64_JCC,  // condition, rel32
    X64_J,    // rel32
    X64_I16,  // imm16
    X64_XM,   // xmm, xmm/m
    X64_MX,   // m, xmm
    X64_XMI,  // xmm, xmm/m, imm8
    X64_XR,   // xmm, r/m
    X64_RX,   // reg, xmm/m
    X64_MRX,  // r/m, xmm
    X64_XI,   // xmm, imm8; the VEX form: xmm, xmm, imm8
    X64_XRI,  // xmm, r/m, imm8
    X64_MRXI, // r/m, xmm, imm8
};

enum x64_flag {
    X64_BYTE = 1,
    X64_WORD = 2,
    X64_BYTE_RM = 4,
    X64_WORD_RM = 8,
    X64_DWORD_RM = 16,
    X64_WIDE = 32,
    X64_SIZED = 64,
    X64_LOCK = 128,
    X64_TAIL = 256,
    X64_V2 = 512,
    X64_V3 = 1024,
    X64_AVX = 2048,
    X64_REG = 4096,
    X64_COMM = 8192,
};

enum x64_insn {
#define X64(name, ...) I_##name,
#include "jit/x64/insns.def"
#undef X64
    X64_INSNS
};

struct x64_info {
    const char *text;
    uint8_t shape, prefix, map, opcode, ext;
    uint16_t flags;
};
extern const struct x64_info x64_infos[X64_INSNS];

// A register, or a memory operand [base + index × scale + disp]; base NO_REG: [rip + disp], disp counted from the end of the
// instruction.
struct x64_rm {
    bool is_reg;
    uint8_t base; // the register itself with is_reg
    uint8_t index;
    uint8_t scale; // log2
    int32_t disp;
};

static inline struct x64_rm x64_r(unsigned reg)
{
    return (struct x64_rm){ true, (uint8_t)reg, NO_REG, 0, 0 };
}
static inline struct x64_rm x64_m(unsigned base, int32_t disp)
{
    return (struct x64_rm){ false, (uint8_t)base, NO_REG, 0, disp };
}
static inline struct x64_rm x64_mx(unsigned base, unsigned index, unsigned scale, int32_t disp)
{
    return (struct x64_rm){ false, (uint8_t)base, (uint8_t)index, (uint8_t)scale, disp };
}

// One instruction. `wide`: 64-bit operands (REX.W). `reg` is ignored where the shape has none, `imm` likewise: an immediate, a
// condition (MCC, RMCC, JCC in the low 4 bits of `reg`… see the shapes' emitters below) or a distance.
void x64_emit(struct buf *out, enum x64_insn insn, bool wide, unsigned reg, struct x64_rm rm, int32_t imm);
// With a condition.
void x64_emit_cc(struct buf *out, enum x64_insn insn, enum x64_cc cc, bool wide, unsigned reg, struct x64_rm rm);
// The VEX form of an instruction that has one. `second`: the operand between reg and rm, NO_REG where there are two; of
// shifts by a constant (XI) the destination.
void x64_vex(struct buf *out, enum x64_insn insn, bool wide, unsigned reg, unsigned second, struct x64_rm rm,
             int32_t imm);
// Jumps and calls: the 32-bit distance to be filled in later; returns where it stands.
size_t x64_jump(struct buf *out);
size_t x64_call(struct buf *out);
size_t x64_jcc(struct buf *out, enum x64_cc cc);
// Lets the distance at `at` lead to `target`.
void x64_patch(struct buf *out, size_t at, size_t target);
// The shortest way to a constant.
void x64_mov_imm(struct buf *out, unsigned reg, uint64_t value);
// A constant that another run may have otherwise, of one length whatever it is; returns where its eight or four bytes stand.
size_t x64_mov_abs(struct buf *out, unsigned reg, uint64_t value);
size_t x64_mov_abs32(struct buf *out, unsigned reg, uint32_t value);

// One instruction as text, for tests and listings: "add rax, qword [rdi + 8*rcx + 16]". Returns its length in bytes; 0: unknown.
size_t x64_disassemble(const uint8_t *code, size_t size, char *out, size_t room);

#endif
