#include "interp/rewrite.h"
#include "interp/simd.h"

#include <string.h>

static enum vt vt_of_letter(char c)
{
    switch (c) {
    case 'l': return T_I64;
    case 'f': return T_F32;
    case 'd': return T_F64;
    case 'v': return T_V128;
    default: return T_I32;
    }
}

static bool is_shift(const struct op_info *info)
{
    return info->imm == IMM_NONE && strcmp(info->sig, "vi:v") == 0;
}

// What a native tier makes of the opcode itself.
static void native(struct rewriter *w, const struct instr *ins)
{
    const struct op_info *info = &op_infos[ins->op];
    const char *colon = strchr(info->sig, ':');
    uint32_t slots[3] = { 0 };
    uint64_t word = ins->op, wide = 0;
    for (uint32_t i = (uint32_t)(colon - info->sig); i-- > 0;) {
        const struct ent e = pop(w);
        if (i == 1 && is_shift(info) && e.kind == ENT_CONST) {
            word |= VECTOR_CONST;
            wide = e.k;
        } else {
            slots[i] = slot_of(w, &e);
        }
    }
    if (w->deterministic && simd_canonical[ins->op]) word |= VECTOR_CANON;
    if (info->imm == IMM_LANE) wide = ins->lane;
    if (info->imm == IMM_SHUFFLE) wide = (uint64_t)(uintptr_t)ins->bytes16;
    const uint32_t at = emit(w, R_VECTOR, w->height, slots[0], slots[1], slots[2]);
    emit_word(w, word);
    emit_word(w, wide);
    push_temp(w, vt_of_letter(colon[1]), at);
}

static void native_access(struct rewriter *w, const struct instr *ins)
{
    const char *sig = op_infos[ins->op].sig; // "a:v", "av:v" or "av:"
    const bool has_vector = sig[1] == 'v', has_result = sig[strlen(sig) - 1] == 'v';
    const uint32_t lane = op_infos[ins->op].imm == IMM_MEMARG_LANE ? ins->mem.lane : 0;
    struct ent v = { 0 };
    if (has_vector) v = pop(w);
    const struct ent a = pop(w);
    const uint32_t vector = has_vector ? slot_of(w, &v) : 0;
    uint64_t word = ins->op, wide = 0;
    uint32_t address = 0;
    if (!memory_direct(w, ins->mem.memory)) {
        emit_address(w, ins, &a, false);
        word |= VECTOR_EA;
    } else if (a.kind == ENT_SUM) {
        address = a.slot;
        wide = ins->mem.offset | a.k << 32;
    } else {
        address = slot_of(w, &a);
        wide = ins->mem.offset;
    }
    const uint32_t at = emit(w, R_VECTOR_ACCESS, has_result ? w->height : 0, vector, address, lane);
    emit_word(w, word);
    emit_word(w, wide);
    if (has_result) push_temp(w, T_V128, at);
}

static void function(struct rewriter *w, const struct instr *ins, pure_fn *fn)
{
    const struct op_info *info = &op_infos[ins->op];
    const char *colon = strchr(info->sig, ':');
    const uint32_t count = (uint32_t)(colon - info->sig);
    uint32_t slots[3] = { 0 };
    for (uint32_t i = count; i-- > 0;) {
        const struct ent e = pop(w);
        slots[i] = slot_of(w, &e);
    }
    const uint64_t wide = info->imm == IMM_LANE      ? ins->lane
                          : info->imm == IMM_SHUFFLE ? (uint64_t)(uintptr_t)ins->bytes16
                                                     : 0;
    const uint32_t to = w->height;
    emit_pure(w, fn, to, slots[0], slots[1], slots[2], wide);
    const uint32_t at = w->last;
    pure_fn *canonical = w->deterministic ? simd_canonical[ins->op] : NULL;
    if (canonical) emit_pure(w, canonical, to, 0, 0, 0, 0);
    push_temp(w, vt_of_letter(colon[1]), canonical ? (uint32_t)NONE : at);
}

static void access(struct rewriter *w, const struct instr *ins, ext_fn *fn)
{
    const char *sig = op_infos[ins->op].sig; // "a:v", "av:v" or "av:"
    const bool has_vector = sig[1] == 'v', has_result = sig[strlen(sig) - 1] == 'v';
    const uint64_t lane = op_infos[ins->op].imm == IMM_MEMARG_LANE ? ins->mem.lane : 0;
    struct ent v = { 0 };
    if (has_vector) v = pop(w);
    const struct ent a = pop(w);
    const uint32_t vector = has_vector ? slot_of(w, &v) : 0;
    emit_address(w, ins, &a, false);
    const uint32_t to = w->height;
    emit_ext(w, fn, has_result ? to : 0, vector, 0, lane);
    if (has_result) push_temp(w, T_V128, NONE);
}

static void load(struct rewriter *w, const struct instr *ins)
{
    const struct ent a = pop(w);
    const uint32_t to = w->height;
    uint32_t at;
    if (memory_direct(w, ins->mem.memory)) {
        const uint32_t from = slot_of(w, &a);
        at = emit_k(w, R_V128_LOAD_S, to, from, (uint32_t)ins->mem.offset);
    } else {
        emit_address(w, ins, &a, false);
        at = emit(w, R_V128_LOAD_EA, to, 0, 0, 0);
    }
    push_temp(w, T_V128, at);
    wrote(w, to, ACC_COUNT);
    wrote(w, to + 1, ACC_COUNT);
}

static void store(struct rewriter *w, const struct instr *ins)
{
    const struct ent v = pop(w), a = pop(w);
    const uint32_t from = slot_of(w, &v);
    if (memory_direct(w, ins->mem.memory)) {
        const uint32_t address = slot_of(w, &a);
        emit_k(w, R_V128_STORE_SS, address, from, (uint32_t)ins->mem.offset);
    } else {
        emit_address(w, ins, &a, false);
        emit(w, R_V128_STORE_EA, 0, from, 0, 0);
    }
}

static void constant(struct rewriter *w, const uint8_t *bytes)
{
    uint64_t words[2];
    memcpy(words, bytes, 16);
    const uint32_t to = w->height, at = emit(w, R_CONST128, to, 0, 0, 0);
    emit_word(w, words[0]);
    emit_word(w, words[1]);
    push_temp(w, T_V128, at);
    wrote(w, to, ACC_COUNT);
    wrote(w, to + 1, ACC_COUNT);
}

bool rewrite_simd(struct rewriter *w, const struct instr *ins)
{
    if (op_infos[ins->op].prefix != 0xfd) return false;
    switch (ins->op) {
    case OP_V128_CONST: constant(w, ins->bytes16); return true;
    default: break;
    }
    if (w->native && simd_functions[ins->op]) {
        native(w, ins);
        return true;
    }
    if (w->native && (simd_accesses[ins->op] || ins->op == OP_V128_LOAD || ins->op == OP_V128_STORE)) {
        native_access(w, ins);
        return true;
    }
    switch (ins->op) {
    case OP_V128_LOAD: load(w, ins); return true;
    case OP_V128_STORE: store(w, ins); return true;
    default: break;
    }
    if (simd_functions[ins->op]) {
        function(w, ins, simd_functions[ins->op]);
        return true;
    }
    if (simd_accesses[ins->op]) {
        access(w, ins, simd_accesses[ins->op]);
        return true;
    }
    return false;
}
