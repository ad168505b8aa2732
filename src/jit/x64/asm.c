#include "jit/x64/asm.h"

#include <string.h>

// The columns of the table name shapes and flags without their prefix.
enum {
    BYTE = X64_BYTE,
    WORD = X64_WORD,
    BYTE_RM = X64_BYTE_RM,
    WORD_RM = X64_WORD_RM,
    DWORD_RM = X64_DWORD_RM,
    WIDE = X64_WIDE,
    SIZED = X64_SIZED,
    LOCK = X64_LOCK,
    TAIL = X64_TAIL,
    V2 = X64_V2,
    V3 = X64_V3,
    AVX = X64_AVX,
    REG = X64_REG,
    COMM = X64_COMM,
};

const struct x64_info x64_infos[X64_INSNS] = {
#define X64(name, text, operands, prefix, map, opcode, extension, flags) \
    { text, X64_##operands, prefix, map, opcode, extension, flags },
#include "jit/x64/insns.def"
#undef X64
};

// Where the bytes of one instruction go: there is room for the longest.
struct bytes {
    uint8_t *at;
};
enum { LONGEST = 16 };

static void put(struct bytes *b, unsigned byte)
{
    *b->at++ = (uint8_t)byte;
}

static void put32(struct bytes *b, uint32_t value)
{
    memcpy(b->at, &value, 4);
    b->at += 4;
}

static void put64(struct bytes *b, uint64_t value)
{
    memcpy(b->at, &value, 8);
    b->at += 8;
}

// At the buffer's end; false: there is no memory.
static bool begin(struct buf *out, struct bytes *b)
{
    b->at = buf_room(out, LONGEST);
    return b->at != NULL;
}

static void end(struct buf *out, const struct bytes *b)
{
    out->size = (size_t)(b->at - out->data);
}

static bool fits8(int32_t value)
{
    return value >= -128 && value <= 127;
}

// ModRM, SIB and displacement ("Addressing-Mode Encoding of ModR/M and SIB Bytes").
static void put_rm(struct bytes *b, unsigned reg, struct x64_rm rm)
{
    const unsigned field = (reg & 7) << 3;
    if (rm.is_reg) {
        put(b, 0xc0 | field | (rm.base & 7));
        return;
    }
    if (rm.base == NO_REG) {
        put(b, field | 5);
        put32(b, (uint32_t)rm.disp);
        return;
    }
    // rbp and r13 as a base always take a displacement; rsp and r12 always a SIB byte.
    const unsigned mod = rm.disp == 0 && (rm.base & 7) != RBP ? 0 : fits8(rm.disp) ? 1 : 2;
    if (rm.index != NO_REG || (rm.base & 7) == RSP) {
        const unsigned index = rm.index == NO_REG ? 4 : rm.index & 7;
        put(b, mod << 6 | field | 4);
        put(b, (unsigned)rm.scale << 6 | index << 3 | (rm.base & 7));
    } else {
        put(b, mod << 6 | field | (rm.base & 7));
    }
    if (mod == 1) put(b, (unsigned)rm.disp & 0xff);
    if (mod == 2) put32(b, (uint32_t)rm.disp);
}

static void put_rex(struct bytes *b, const struct x64_info *info, bool wide, unsigned reg, struct x64_rm rm)
{
    unsigned rex = 0;
    if (wide && !(info->flags & (X64_WIDE | X64_BYTE | X64_WORD))) rex |= 8;
    if (reg & 8) rex |= 4;
    if (!rm.is_reg && rm.index != NO_REG && (rm.index & 8)) rex |= 2;
    if (rm.base != NO_REG && (rm.base & 8)) rex |= 1;
    // Without REX these numbers name ah, ch, dh and bh.
    const bool low_reg = (info->flags & X64_BYTE) && info->shape == X64_MR && reg >= RSP && reg <= RDI;
    const bool low_rm = (info->flags & (X64_BYTE | X64_BYTE_RM)) && rm.is_reg && rm.base >= RSP && rm.base <= RDI;
    if (rex || low_reg || low_rm) put(b, 0x40 | rex);
}

static void put_opcode(struct bytes *b, const struct x64_info *info, unsigned added)
{
    if (info->map) put(b, 0x0f);
    if (info->map == 2) put(b, 0x38);
    if (info->map == 3) put(b, 0x3a);
    put(b, info->opcode + added);
}

static bool ext_in_reg(const struct x64_info *info)
{
    switch (info->shape) {
    case X64_M:
    case X64_MI:
    case X64_MIS:
    case X64_MI8:
    case X64_MI16:
    case X64_MCL:
    case X64_MCC:
    case X64_XI: return true;
    default: return false;
    }
}

static bool imm8(const struct x64_info *info)
{
    return info->shape == X64_MI8 || info->shape == X64_XMI || info->shape == X64_XI || info->shape == X64_XRI ||
           info->shape == X64_MRXI;
}

static void emit(struct buf *out, enum x64_insn insn, unsigned cc, bool wide, unsigned reg, struct x64_rm rm,
                 int32_t imm)
{
    const struct x64_info *info = &x64_infos[insn];
    struct bytes b;
    if (!begin(out, &b)) return;
    if ((info->shape == X64_RM || info->shape == X64_MR) && !(info->flags | info->prefix | info->map)) {
        // Most instructions.
        put_rex(&b, info, wide, reg, rm);
        put(&b, info->opcode);
        put_rm(&b, reg, rm);
        end(out, &b);
        return;
    }
    const bool has_rm =
        info->shape != X64_NONE && info->shape != X64_J && info->shape != X64_JCC && info->shape != X64_I16;
    if (ext_in_reg(info)) reg = info->ext;
    if (info->flags & X64_LOCK) put(&b, 0xf0);
    if (info->prefix) put(&b, info->prefix);
    if (has_rm)
        put_rex(&b, info, wide, reg, rm);
    else if ((info->flags & X64_SIZED) && wide)
        put(&b, 0x48);
    const bool short_imm = info->shape == X64_MIS && fits8(imm);
    put_opcode(&b, info, short_imm ? 2 : cc);
    if (info->flags & X64_TAIL) put(&b, info->ext);
    if (has_rm) put_rm(&b, reg, rm);
    if (imm8(info)) put(&b, (unsigned)imm & 0xff);
    switch (info->shape) {
    case X64_MI:
    case X64_RMI:
    case X64_J:
    case X64_JCC: put32(&b, (uint32_t)imm); break;
    case X64_MIS:
        if (short_imm)
            put(&b, (unsigned)imm & 0xff);
        else
            put32(&b, (uint32_t)imm);
        break;
    case X64_MI16:
    case X64_I16:
        put(&b, (unsigned)imm & 0xff);
        put(&b, (unsigned)imm >> 8 & 0xff);
        break;
    default: break;
    }
    end(out, &b);
}

// "The VEX Prefix": registers are written inverted; three bytes where the short form cannot say it.
void x64_vex(struct buf *out, enum x64_insn insn, bool wide, unsigned reg, unsigned second, struct x64_rm rm,
             int32_t imm)
{
    const struct x64_info *info = &x64_infos[insn];
    struct bytes b;
    if (!begin(out, &b)) return;
    if (ext_in_reg(info)) reg = info->ext;
    const unsigned pp = info->prefix == 0x66 ? 1 : info->prefix == 0xf3 ? 2 : info->prefix == 0xf2 ? 3 : 0;
    const unsigned last = (second == NO_REG ? 0xf : ~second & 0xf) << 3 | pp;
    const unsigned r = reg & 8 ? 0 : 0x80;
    const unsigned x = !rm.is_reg && rm.index != NO_REG && (rm.index & 8) ? 0 : 0x40;
    const unsigned base = rm.base != NO_REG && (rm.base & 8) ? 0 : 0x20;
    if (x && base && !wide && info->map == 1) {
        put(&b, 0xc5);
        put(&b, r | last);
    } else {
        put(&b, 0xc4);
        put(&b, r | x | base | info->map);
        put(&b, (wide ? 0x80u : 0) | last);
    }
    put(&b, info->opcode);
    put_rm(&b, reg, rm);
    if (imm8(info)) put(&b, (unsigned)imm & 0xff);
    end(out, &b);
}

void x64_emit(struct buf *out, enum x64_insn insn, bool wide, unsigned reg, struct x64_rm rm, int32_t imm)
{
    emit(out, insn, 0, wide, reg, rm, imm);
}

void x64_emit_cc(struct buf *out, enum x64_insn insn, enum x64_cc cc, bool wide, unsigned reg, struct x64_rm rm)
{
    emit(out, insn, cc, wide, reg, rm, 0);
}

static size_t distance(struct buf *out, enum x64_insn insn, unsigned cc)
{
    emit(out, insn, cc, false, 0, x64_r(0), 0);
    return out->size - 4;
}

size_t x64_jump(struct buf *out)
{
    return distance(out, I_JMP, 0);
}

size_t x64_call(struct buf *out)
{
    return distance(out, I_CALL, 0);
}

size_t x64_jcc(struct buf *out, enum x64_cc cc)
{
    return distance(out, I_JCC, cc);
}

void x64_patch(struct buf *out, size_t at, size_t target)
{
    if (out->failed) return;
    const int32_t rel = (int32_t)((int64_t)target - (int64_t)(at + 4));
    memcpy(out->data + at, &rel, 4);
}

// mov r64, imm64 and mov r32, imm32; the immediate ends the code.
static void mov(struct buf *out, unsigned reg, bool wide, uint64_t value)
{
    struct bytes b;
    if (!begin(out, &b)) return;
    if (wide || reg & 8) put(&b, 0x40 | (wide ? 8u : 0) | reg >> 3);
    put(&b, 0xb8 | (reg & 7));
    if (wide)
        put64(&b, value);
    else
        put32(&b, (uint32_t)value);
    end(out, &b);
}

void x64_mov_imm(struct buf *out, unsigned reg, uint64_t value)
{
    if (value == 0) {
        x64_emit(out, I_XOR_RM, false, reg, x64_r(reg), 0);
    } else if (value <= UINT32_MAX) {
        mov(out, reg, false, value);
    } else if ((int64_t)value == (int32_t)value) {
        x64_emit(out, I_MOV_MI, true, 0, x64_r(reg), (int32_t)value);
    } else {
        mov(out, reg, true, value);
    }
}

size_t x64_mov_abs(struct buf *out, unsigned reg, uint64_t value)
{
    mov(out, reg, true, value);
    return out->size - 8;
}

size_t x64_mov_abs32(struct buf *out, unsigned reg, uint32_t value)
{
    mov(out, reg, false, value);
    return out->size - 4;
}
