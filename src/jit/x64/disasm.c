// The instructions of insns.def read back: for tests and listings.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "jit/x64/asm.h"

static const char *const conditions[] = { "o", "no", "b", "ae", "e", "ne", "be", "a",
                                          "s", "ns", "p", "np", "l", "ge", "le", "g" };

struct text {
    char *at;
    size_t room, size;
};

static HF_PRINTF(2, 3) void say(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const size_t left = t->size < t->room ? t->room - t->size : 0;
    const int n = vsnprintf(left ? t->at + t->size : NULL, left, format, args);
    va_end(args);
    if (n > 0) t->size += (size_t)n;
}

struct bytes {
    const uint8_t *at, *end;
    bool failed;
};

static uint64_t take(struct bytes *b, unsigned size)
{
    uint64_t value = 0;
    if ((size_t)(b->end - b->at) < size) {
        b->failed = true;
        return 0;
    }
    memcpy(&value, b->at, size);
    b->at += size;
    return value;
}

// What stands before the opcode, and the opcode.
struct prefixes {
    bool lock;
    uint8_t legacy, rex, map, opcode;
    bool vex;
    uint8_t second; // the register that only VEX has
};

struct operand {
    bool is_reg;
    unsigned reg; // the reg field
    unsigned base, index, scale;
    int32_t disp;
};

// Of either form, as the legacy prefixes it stands for.
static void read_vex(struct bytes *b, bool three, struct prefixes *p)
{
    static const uint8_t legacy[] = { 0, 0x66, 0xf3, 0xf2 };
    unsigned byte = (unsigned)take(b, 1);
    p->vex = true;
    p->map = 1;
    p->rex = 0x40 | (byte & 0x80 ? 0 : 4);
    if (three) {
        p->rex |= (uint8_t)((byte & 0x40 ? 0 : 2) | (byte & 0x20 ? 0 : 1));
        p->map = byte & 0x1f;
        byte = (unsigned)take(b, 1);
        if (byte & 0x80) p->rex |= 8;
    }
    p->second = ~byte >> 3 & 0xf;
    p->legacy = legacy[byte & 3];
    p->opcode = (uint8_t)take(b, 1);
}

static struct prefixes read_prefixes(struct bytes *b)
{
    struct prefixes p = { 0 };
    uint8_t byte = (uint8_t)take(b, 1);
    if (byte == 0xc4 || byte == 0xc5) {
        read_vex(b, byte == 0xc4, &p);
        return p;
    }
    if (byte == 0xf0) p.lock = true, byte = (uint8_t)take(b, 1);
    if (byte == 0x66 || byte == 0xf2 || byte == 0xf3) p.legacy = byte, byte = (uint8_t)take(b, 1);
    if ((byte & 0xf0) == 0x40) p.rex = byte, byte = (uint8_t)take(b, 1);
    if (byte == 0x0f) {
        p.map = 1, byte = (uint8_t)take(b, 1);
        if (byte == 0x38 || byte == 0x3a) p.map = byte == 0x38 ? 2 : 3, byte = (uint8_t)take(b, 1);
    }
    p.opcode = byte;
    return p;
}

static struct operand read_operand(struct bytes *b, unsigned rex)
{
    const unsigned modrm = (unsigned)take(b, 1), mod = modrm >> 6;
    struct operand o = { .reg = (modrm >> 3 & 7) | (rex & 4) << 1,
                         .base = (modrm & 7) | (rex & 1) << 3,
                         .index = NO_REG };
    if (mod == 3) {
        o.is_reg = true;
        return o;
    }
    if (mod == 0 && (modrm & 7) == 5) {
        o.base = NO_REG;
        o.disp = (int32_t)take(b, 4);
        return o;
    }
    if ((modrm & 7) == 4) {
        const unsigned sib = (unsigned)take(b, 1);
        o.base = (sib & 7) | (rex & 1) << 3;
        o.index = (sib >> 3 & 7) | (rex & 2) << 2;
        o.scale = sib >> 6;
        if (o.index == RSP) o.index = NO_REG;
    }
    if (mod == 1) o.disp = (int8_t)take(b, 1);
    if (mod == 2) o.disp = (int32_t)take(b, 4);
    return o;
}

static void say_gpr(struct text *t, unsigned reg, unsigned bytes)
{
    static const char *const low[4][8] = {
        { "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil" },
        { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" },
        { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" },
        { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi" },
    };
    static const char *const ends[] = { "b", "w", "d", "" };
    const unsigned size = bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
    if (reg < 8)
        say(t, "%s", low[size][reg]);
    else
        say(t, "r%u%s", reg, ends[size]);
}

static void say_rm(struct text *t, const struct operand *o, unsigned bytes, bool xmm)
{
    if (o->is_reg) {
        if (xmm)
            say(t, "xmm%u", o->base);
        else
            say_gpr(t, o->base, bytes);
        return;
    }
    say(t, "[");
    if (o->base == NO_REG)
        say(t, "rip");
    else
        say_gpr(t, o->base, 8);
    if (o->index != NO_REG) {
        say(t, "+");
        say_gpr(t, o->index, 8);
        say(t, "*%u", 1u << o->scale);
    }
    if (o->disp || o->base == NO_REG) say(t, "%+" PRId32, o->disp);
    say(t, "]");
}

static bool has_operand(unsigned shape)
{
    return shape != X64_NONE && shape != X64_J && shape != X64_JCC && shape != X64_I16;
}

static bool ext_in_reg(unsigned shape)
{
    return shape == X64_M || shape == X64_MI || shape == X64_MIS || shape == X64_MI8 || shape == X64_MI16 ||
           shape == X64_MCL || shape == X64_MCC || shape == X64_XI;
}

static bool with_condition(unsigned shape)
{
    return shape == X64_JCC || shape == X64_MCC || shape == X64_RMCC;
}

static bool fits(const struct x64_info *info, const struct prefixes *p, const struct bytes *rest)
{
    const unsigned shape = info->shape;
    const bool short_imm = shape == X64_MIS && p->opcode == (uint8_t)(info->opcode + 2);
    if (p->vex ? !(info->flags & (X64_V2 | X64_V3)) : (info->flags & X64_AVX) != 0) return false;
    if (info->map != p->map || info->prefix != p->legacy || !!(info->flags & X64_LOCK) != p->lock) return false;
    if (with_condition(shape) ? (p->opcode & 0xf0) != (info->opcode & 0xf0) : p->opcode != info->opcode && !short_imm)
        return false;
    if (ext_in_reg(shape) && shape != X64_MCC && rest->at != rest->end && (*rest->at >> 3 & 7) != info->ext)
        return false;
    return !(info->flags & X64_TAIL) || (rest->at != rest->end && *rest->at == info->ext);
}

static unsigned reg_bytes(const struct x64_info *info, bool wide)
{
    if (info->flags & X64_WIDE) return 8;
    return info->flags & X64_BYTE ? 1 : info->flags & X64_WORD ? 2 : wide ? 8 : 4;
}

static unsigned rm_bytes(const struct x64_info *info, bool wide)
{
    if (info->flags & X64_BYTE_RM) return 1;
    if (info->flags & X64_WORD_RM) return 2;
    return info->flags & X64_DWORD_RM ? 4 : reg_bytes(info, wide);
}

static void say_operands(struct text *t, const struct x64_info *info, const struct operand *o, bool wide, char *second)
{
    const unsigned reg = reg_bytes(info, wide), rm = rm_bytes(info, wide);
    switch ((enum x64_shape)info->shape) {
    case X64_RM:
    case X64_RMI:
    case X64_RMCC:
        say_gpr(t, o->reg, reg);
        say(t, ", ");
        say_rm(t, o, rm, false);
        break;
    case X64_MR:
    case X64_MRCL:
        say_rm(t, o, rm, false);
        say(t, ", ");
        say_gpr(t, o->reg, reg);
        if (info->shape == X64_MRCL) say(t, ", cl");
        break;
    case X64_M:
    case X64_MI:
    case X64_MIS:
    case X64_MI8:
    case X64_MI16:
    case X64_MCC: say_rm(t, o, rm, false); break;
    case X64_MCL:
        say_rm(t, o, rm, false);
        say(t, ", cl");
        break;
    case X64_XM:
    case X64_XMI:
        say(t, "xmm%u, %s", o->reg, second);
        say_rm(t, o, 16, true);
        break;
    case X64_MX:
        say_rm(t, o, 16, true);
        say(t, ", xmm%u", o->reg);
        break;
    case X64_XI:
        say(t, "%s", second);
        say_rm(t, o, 16, true);
        break;
    case X64_XR:
    case X64_XRI:
        say(t, "xmm%u, %s", o->reg, second);
        say_rm(t, o, rm, false);
        break;
    case X64_RX:
        say_gpr(t, o->reg, reg);
        say(t, ", ");
        say_rm(t, o, 16, true);
        break;
    case X64_MRX:
    case X64_MRXI:
        say_rm(t, o, rm, false);
        say(t, ", xmm%u", o->reg);
        break;
    default: break;
    }
}

static unsigned imm_bytes(const struct x64_info *info, const struct prefixes *p)
{
    switch ((enum x64_shape)info->shape) {
    case X64_MI:
    case X64_RMI:
    case X64_J:
    case X64_JCC: return 4;
    case X64_MIS: return p->opcode == info->opcode ? 4 : 1;
    case X64_MI8:
    case X64_XMI:
    case X64_XI:
    case X64_XRI:
    case X64_MRXI: return 1;
    case X64_MI16:
    case X64_I16: return 2;
    default: return 0;
    }
}

size_t x64_disassemble(const uint8_t *code, size_t size, char *out, size_t room)
{
    struct bytes b = { code, code + size, false };
    struct text t = { out, room, 0 };
    const struct prefixes p = read_prefixes(&b);
    if (room) out[0] = 0;
    if (p.map == 0 && !p.legacy && (p.opcode & 0xf8) == 0xb8) { // a constant into a register: x64_mov_imm
        const bool wide = p.rex & 8;
        const uint64_t value = take(&b, wide ? 8 : 4);
        say(&t, "mov ");
        say_gpr(&t, (p.opcode & 7u) | (p.rex & 1u) << 3, wide ? 8 : 4);
        say(&t, ", 0x%" PRIx64, value);
        return b.failed ? 0 : (size_t)(b.at - code);
    }
    for (unsigned i = 0; i < X64_INSNS; i++) {
        const struct x64_info *info = &x64_infos[i];
        if (!fits(info, &p, &b)) continue;
        const bool wide = p.rex & 8;
        struct operand o = { 0 };
        if (info->flags & X64_TAIL) b.at++;
        if (has_operand(info->shape)) o = read_operand(&b, p.rex);
        const unsigned imm = imm_bytes(info, &p);
        const uint64_t value = take(&b, imm);
        if (b.failed) return 0;
        char second[8] = "";
        if (p.vex && (info->flags & X64_V3)) snprintf(second, sizeof second, "xmm%u, ", p.second);
        if (p.vex) say(&t, "v");
        say(&t, "%s%s", info->shape == X64_NONE && (info->flags & X64_SIZED) && wide ? "cqo" : info->text,
            with_condition(info->shape) ? conditions[p.opcode & 15] : "");
        if (has_operand(info->shape)) say(&t, " ");
        say_operands(&t, info, &o, wide, second);
        const int64_t number = imm == 1 ? (int8_t)value : imm == 2 ? (int64_t)value : (int32_t)value;
        if (imm) say(&t, "%s%" PRId64, has_operand(info->shape) ? ", " : " ", number);
        return (size_t)(b.at - code);
    }
    return 0;
}
