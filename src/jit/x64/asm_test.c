// Every instruction of the table with many operands: what was encoded is read back, and where the machine has objdump, it
// agrees on where each instruction ends and which one it is.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "jit/x64/asm.h"

static const unsigned regs[] = { RAX, RCX, RSP, RBP, RSI, RDI, R8, R12, R13, R15 };
static const int32_t disps[] = { 0, 1, -128, 127, 128, -129, INT32_MAX };
static const int32_t imms[] = { 0, 1, -1, 127, 128, -128, -129, 0x12345678 };
enum { REGS = 10, DISPS = 7, IMMS = 8 };

struct made {
    struct buf code;
    struct place {
        size_t start;
        enum x64_insn insn;
        bool vex;
    } *at;
    size_t count, cap;
};

static bool conditional(unsigned shape)
{
    return shape == X64_MCC || shape == X64_RMCC;
}

static bool only_xmm(unsigned shape)
{
    return shape == X64_XM || shape == X64_MX || shape == X64_XMI || shape == X64_XI;
}

static bool only_memory(enum x64_insn i)
{
    return i == I_LEA || i == I_LDMXCSR || (x64_infos[i].flags & X64_LOCK) || x64_infos[i].shape == X64_MX;
}

static void place(struct made *m, enum x64_insn i, bool vex)
{
    m->at = mem_grow(&alloc_libc, m->at, &m->cap, m->count + 1, sizeof *m->at);
    assert_non_null(m->at);
    m->at[m->count++] = (struct place){ m->code.size, i, vex };
}

static void one(struct made *m, enum x64_insn i, bool wide, unsigned reg, struct x64_rm rm, unsigned n)
{
    const struct x64_info *info = &x64_infos[i];
    if ((info->flags & X64_REG) && !rm.is_reg) return;
    if (!(info->flags & X64_AVX)) {
        place(m, i, false);
        if (conditional(info->shape))
            x64_emit_cc(&m->code, i, (enum x64_cc)(n % 16), wide, reg, rm);
        else
            x64_emit(&m->code, i, wide, reg, rm, imms[n % IMMS]);
    }
    if (info->flags & (X64_V2 | X64_V3)) {
        place(m, i, true);
        x64_vex(&m->code, i, wide, reg, info->flags & X64_V2 ? NO_REG : regs[n % REGS], rm, imms[n % IMMS]);
    }
}

static void make(struct made *m)
{
    memset(m, 0, sizeof *m);
    buf_init(&m->code, &alloc_libc);
    for (unsigned i = 0; i < X64_INSNS; i++) {
        const struct x64_info *info = &x64_infos[i];
        unsigned n = 0;
        if (info->shape == X64_NONE) {
            one(m, (enum x64_insn)i, false, 0, x64_r(0), 0);
            if (info->flags & X64_SIZED) one(m, (enum x64_insn)i, true, 0, x64_r(0), 0);
            continue;
        }
        if (info->shape == X64_J || info->shape == X64_JCC || info->shape == X64_I16) continue;
        for (unsigned a = 0; a < REGS; a++) {
            for (unsigned b = 0; b < REGS; b++, n++) {
                const bool sized = !only_xmm(info->shape) && i != I_LDMXCSR && !(info->flags & X64_REG) &&
                                   i != I_PINSRB && i != I_PINSRW && i != I_PEXTRB && i != I_PEXTRW;
                const bool wide = (n & 1) && sized;
                if (!only_memory((enum x64_insn)i)) one(m, (enum x64_insn)i, wide, regs[a], x64_r(regs[b]), n);
                one(m, (enum x64_insn)i, wide, regs[a], x64_m(regs[b], disps[n % DISPS]), n);
                const unsigned index = regs[(a + b) % REGS];
                if (index != RSP)
                    one(m, (enum x64_insn)i, wide, regs[a], x64_mx(regs[b], index, n % 4, disps[n % DISPS]), n + 1);
            }
        }
        one(m, (enum x64_insn)i, false, RAX, x64_m(NO_REG, 64), 0);
    }
    assert_false(m->code.failed);
}

static void unmake(struct made *m)
{
    mem_free(&alloc_libc, m->at, m->cap * sizeof *m->at);
    buf_fini(&m->code);
}

static void test_read_back(void **state)
{
    (void)state;
    struct made m;
    make(&m);
    for (size_t i = 0; i < m.count; i++) {
        const size_t start = m.at[i].start, end = i + 1 < m.count ? m.at[i + 1].start : m.code.size;
        const char *name = x64_infos[m.at[i].insn].text;
        char text[96];
        const size_t size = x64_disassemble(m.code.data + start, end - start, text, sizeof text);
        if (size != end - start) fail_msg("%s: %zu bytes, read back %zu: %s", name, end - start, size, text);
        if ((text[0] == 'v') != m.at[i].vex ||
            (strncmp(text + m.at[i].vex, name, strlen(name)) != 0 && strcmp(text, "cqo") != 0))
            fail_msg("%s read back as %s", name, text);
        assert_int_equal(x64_disassemble(m.code.data + start, size - 1, text, sizeof text) == size, 0);
    }
    unmake(&m);
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        enum x64_insn insn;
        bool wide;
        uint8_t reg;
        struct x64_rm rm;
        int32_t imm;
        const char *text;
    } rows[] = {
        { I_ADD_RM, true, RAX, { false, RDI, RCX, 3, 16 }, 0, "add rax, [rdi+rcx*8+16]" },
        { I_ADD_MI, false, 0, { true, R9, NO_REG, 0, 0 }, -1, "add r9d, -1" },
        { I_CMP_MI, true, 0, { true, RBX, NO_REG, 0, 0 }, 4096, "cmp rbx, 4096" },
        { I_MOV8_MR, false, RSI, { false, R14, RAX, 0, 0 }, 0, "mov [r14+rax*1], sil" },
        { I_MOVZX8, false, RDX, { true, RSI, NO_REG, 0, 0 }, 0, "movzx edx, sil" },
        { I_CVTSI2SD, true, 3, { true, R8, NO_REG, 0, 0 }, 0, "cvtsi2sd xmm3, r8" },
        { I_CDQ, true, 0, { true, 0, NO_REG, 0, 0 }, 0, "cqo" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;
        char text[96];
        buf_init(&out, &alloc_libc);
        x64_emit(&out, rows[i].insn, rows[i].wide, rows[i].reg, rows[i].rm, rows[i].imm);
        assert_int_equal(x64_disassemble(out.data, out.size, text, sizeof text), out.size);
        assert_string_equal(text, rows[i].text);
        buf_fini(&out);
    }
}

// A name of the table is what objdump begins with, but for its own ways of writing some.
static bool agrees(const char *theirs, const struct place *at)
{
    static const struct {
        const char *ours, *theirs;
    } others[] = {
        { "mov", "movabs" }, { "cdq", "cqo" },   { "movd", "movq" },     { "xchg", "nop" },
        { "cmpps", "cmp" },  { "cmppd", "cmp" }, { "pinsrd", "pinsrq" }, { "pextrd", "pextrq" },
    };
    const char *ours = x64_infos[at->insn].text;
    if (at->vex && *theirs++ != 'v') return false;
    if (strncmp(ours, "lock ", 5) == 0) return strncmp(theirs, "lock", 4) == 0 && strstr(theirs, ours + 5) != NULL;
    if (strncmp(theirs, ours, strlen(ours)) == 0) return true;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(ours, others[i].ours) == 0 && strncmp(theirs, others[i].theirs, strlen(others[i].theirs)) == 0)
            return true;
    }
    return false;
}

static void test_objdump(void **state)
{
    (void)state;
    if (system("objdump --version >/dev/null 2>&1") != 0) skip();
    struct made m;
    make(&m);
    char path[] = "/tmp/holdfast-asm-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, m.code.data, m.code.size), (ssize_t)m.code.size);
    close(fd);
    char command[256];
    snprintf(command, sizeof command, "objdump -D -b binary -m i386:x86-64 -M intel --no-show-raw-insn %s", path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    char line[256];
    size_t next = 0;
    while (next < m.count && fgets(line, sizeof line, in)) {
        unsigned long at;
        int from = 0;
        if (sscanf(line, " %lx: %n", &at, &from) != 1 || !from) continue;
        const struct place *ours = &m.at[next];
        if (at != ours->start || !agrees(line + from, ours))
            fail_msg("instruction %zu (%s) at %zx: objdump says %s", next, x64_infos[ours->insn].text, ours->start,
                     line);
        next++;
    }
    pclose(in);
    unlink(path);
    assert_int_equal(next, m.count);
    unmake(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_objdump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
