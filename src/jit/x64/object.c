// References, structures, arrays and tables: instructions that the register code leaves to a C function, done in place.
// Where a cast cannot be told at a glance its function is called out of line.
#include "interp/ops.h"
#include "jit/translate.h"
#include "jit/x64/vector.h"

enum { HEAP_POINTER = RAX, INDEX = RCX };

static bool is_table64(const struct tr *t, const uint64_t *pc)
{
    return t->code->module->tables[(uint32_t)ins_k(pc)].type.limits.is64;
}

static uint8_t class_of_storage(uint64_t storage)
{
    switch ((enum val_kind)(storage & 0xff)) {
    case VAL_F32:
    case VAL_F64: return CLASS_FLOAT;
    case VAL_V128: return CLASS_VECTOR;
    default: return CLASS_INT;
    }
}

static void reads(struct effects *e, uint32_t slot, uint8_t class)
{
    e->read[e->reads] = slot;
    e->read_class[e->reads++] = class;
}

static void writes(struct effects *e, uint32_t slot, uint8_t class)
{
    e->write = slot;
    e->write_class = class;
}

bool object_effects(const uint64_t *pc, struct effects *e)
{
    ext_fn *const fn = (ext_fn *)(uintptr_t)pc[2];
    if (*pc == R_PURE) {
        if ((pure_fn *)(uintptr_t)pc[2] != pure_ref_i31) return false;
        reads(e, ins_b(pc), CLASS_INT);
        writes(e, ins_a(pc), CLASS_INT);
        return true;
    }
    const uint32_t a = ins_a(pc), b = ins_b(pc), k = (uint32_t)ins_k(pc);
    if (fn == op_struct_get) {
        reads(e, b, CLASS_INT);
        writes(e, a, class_of_storage(pc[3]));
    } else if (fn == op_struct_set) {
        reads(e, a, CLASS_INT);
        reads(e, b, class_of_storage(pc[3]));
    } else if (fn == op_array_get) {
        reads(e, b, CLASS_INT);
        reads(e, k, CLASS_INT);
        writes(e, a, class_of_storage(pc[3]));
    } else if (fn == op_array_set) {
        reads(e, a, CLASS_INT);
        reads(e, b, CLASS_INT);
        reads(e, k, class_of_storage(pc[3]));
    } else if (fn == op_array_len || fn == op_i31_get_s || fn == op_i31_get_u || fn == op_table_get) {
        reads(e, a, CLASS_INT);
        writes(e, a, CLASS_INT);
    } else if (fn == op_table_set) {
        reads(e, a, CLASS_INT);
        reads(e, a + 1, CLASS_INT);
    } else if (fn == op_table_size || fn == op_ref_func) {
        writes(e, a, CLASS_INT);
    } else if (fn == op_ref_as_non_null || fn == op_ref_cast) {
        reads(e, b, CLASS_INT);
    } else if (fn == op_ref_test) {
        reads(e, b, CLASS_INT);
        writes(e, a, CLASS_INT);
    } else {
        return false;
    }
    return true;
}

// ---- the guest heap ----

static void not_null(struct tr *t, uint32_t slot, hf_trap trap)
{
    ins(t, I_MOV_RM, false, HEAP_POINTER, int_rm(t, slot));
    ins(t, I_TEST_MR, false, HEAP_POINTER, x64_r(HEAP_POINTER));
    trap_if(t, CC_E, trap);
}

static void object_into(struct tr *t, uint32_t slot, hf_trap trap)
{
    not_null(t, slot, trap);
    ins(t, I_ADD_RM, true, HEAP_POINTER, EXEC(heap));
}

static void load_field(struct tr *t, uint32_t to, uint64_t storage, struct x64_rm rm)
{
    const bool sign = storage >> 8;
    const uint8_t class = class_of_storage(storage);
    if (class == CLASS_VECTOR) {
        const unsigned xmm = vector_target(t, to);
        vector_load(t, xmm, rm);
        vector_done(t, to, xmm);
        return;
    }
    if (class == CLASS_FLOAT) {
        const bool dbl = (storage & 0xff) == VAL_F64;
        const unsigned xmm = float_target(t, to);
        ins(t, dbl ? I_MOVSD_XM : I_MOVSS_XM, false, xmm, rm);
        float_done(t, to, xmm, dbl);
        return;
    }
    const unsigned reg = int_target(t, to);
    switch ((enum val_kind)(storage & 0xff)) {
    case VAL_I8: ins(t, sign ? I_MOVSX8 : I_MOVZX8, false, reg, rm); break;
    case VAL_I16: ins(t, sign ? I_MOVSX16 : I_MOVZX16, false, reg, rm); break;
    case VAL_I64: ins(t, I_MOV_RM, true, reg, rm); break;
    default: ins(t, I_MOV_RM, false, reg, rm); break;
    }
    int_done(t, to, reg);
}

static void store_field(struct tr *t, uint32_t from, uint64_t storage, struct x64_rm rm)
{
    const uint8_t class = class_of_storage(storage);
    if (class == CLASS_VECTOR) {
        vector_store(t, vector_reg(t, from, 0), rm);
        return;
    }
    if (class == CLASS_FLOAT) {
        const bool dbl = (storage & 0xff) == VAL_F64;
        ins(t, dbl ? I_MOVSD_MX : I_MOVSS_MX, false, float_reg(t, from, dbl, 0), rm);
        return;
    }
    const enum val_kind kind = (enum val_kind)(storage & 0xff);
    const unsigned reg = int_reg(t, from, kind == VAL_I64, RDX);
    switch (kind) {
    case VAL_I8: ins(t, I_MOV8_MR, false, reg, rm); break;
    case VAL_I16: ins(t, I_MOV16_MR, false, reg, rm); break;
    default: ins(t, I_MOV_MR, kind == VAL_I64, reg, rm); break;
    }
}

static struct x64_rm element(struct tr *t, uint32_t array, uint32_t index, uint64_t storage)
{
    static const uint8_t log2s[] = { [VAL_I32] = 2,  [VAL_I64] = 3, [VAL_F32] = 2, [VAL_F64] = 3,
                                     [VAL_V128] = 4, [VAL_REF] = 2, [VAL_I8] = 0,  [VAL_I16] = 1 };
    const uint8_t log2 = log2s[storage & 0xff];
    object_into(t, array, HF_TRAP_NULL_ARRAY);
    ins(t, I_MOV_RM, false, INDEX, int_rm(t, index));
    if (t->masks) ins(t, I_XOR_RM, false, RDX, x64_r(RDX));
    ins(t, I_CMP_RM, false, INDEX, x64_m(HEAP_POINTER, (int32_t)offsetof(struct gc_array, length)));
    trap_if(t, CC_AE, HF_TRAP_ARRAY_OUT_OF_BOUNDS);
    if (t->masks) x64_emit_cc(&t->out, I_CMOVCC, CC_AE, false, INDEX, x64_r(RDX));
    if (log2 == 4) insi(t, I_SHL_MI, true, 0, x64_r(INDEX), 1);
    return x64_mx(HEAP_POINTER, INDEX, log2 == 4 ? 3 : log2, GC_ARRAY_PAYLOAD);
}

static void array_len(struct tr *t, const uint64_t *pc)
{
    const unsigned reg = int_target(t, ins_a(pc));
    object_into(t, ins_a(pc), HF_TRAP_NULL_ARRAY);
    ins(t, I_MOV_RM, false, reg, x64_m(HEAP_POINTER, (int32_t)offsetof(struct gc_array, length)));
    int_done(t, ins_a(pc), reg);
}

// The value stands above bit 0.
static void i31_get(struct tr *t, const uint64_t *pc, bool sign)
{
    not_null(t, ins_a(pc), HF_TRAP_NULL_I31);
    insi(t, sign ? I_SAR_MI : I_SHR_MI, false, 0, x64_r(RAX), 1);
    int_done(t, ins_a(pc), RAX);
}

// ---- tests and casts ----

// Null and exactly the type asked for are told here; all else by the C function.
static void cast(struct tr *t, const uint64_t *pc, bool test)
{
    const uint32_t heap = (uint32_t)ins_k(pc);
    const bool is_func = pc[3] & 2, null_passes = pc[3] & 1, exact = !is_func && heap_is_defined(heap);
    size_t null = 0, i31 = 0, hit = 0;
    ins(t, I_MOV_RM, false, RAX, int_rm(t, ins_b(pc)));
    ins(t, I_TEST_MR, false, RAX, x64_r(RAX));
    if (null_passes || test)
        null = x64_jcc(&t->out, CC_E);
    else
        trap_if(t, CC_E, HF_TRAP_CAST_FAILURE);
    if (exact) {
        insi(t, I_TEST_MI, false, 0, x64_r(RAX), 1);
        i31 = x64_jcc(&t->out, CC_NE);
        ins(t, I_ADD_RM, true, RAX, EXEC(heap));
        type_into(t, RCX, heap_type_id(heap));
        ins(t, I_CMP_RM, false, RCX, x64_m(RAX, (int32_t)offsetof(struct gc_header, type)));
        if (test) x64_emit(&t->out, I_MOV_MI, false, 0, x64_r(RAX), 1);
        hit = x64_jcc(&t->out, CC_E);
        x64_patch(&t->out, i31, t->out.size);
    }
    struct cold *c = cold_add(t, COLD_CAST, (uint32_t)x64_jump(&t->out));
    c->a = test;
    c->back = (uint32_t)t->out.size;
    if (exact) x64_patch(&t->out, hit, t->out.size);
    if (!test) {
        if (null) x64_patch(&t->out, null, t->out.size);
        return;
    }
    const size_t over = x64_jump(&t->out);
    x64_patch(&t->out, null, t->out.size);
    x64_mov_imm(&t->out, RAX, null_passes);
    x64_patch(&t->out, over, t->out.size);
    int_done(t, ins_a(pc), RAX);
}

void emit_cast_slow(struct tr *t, const struct cold *c)
{
    const struct region *r = &t->regions[c->region];
    const uint64_t *pc = t->w + c->pc;
    store_candidates(t, r, c->dirty);
    pc_into(t, RSI, c->pc);
    helper_into(t, RAX, (uintptr_t)pc[2]);
    call_stub(t, STUB_EXT);
    load_candidates(t, r, c->loaded);
    if (c->a) ins(t, I_MOV_RM, false, RAX, slot_rm(ins_a(pc)));
    x64_patch(&t->out, x64_jump(&t->out), c->back);
}

// ---- tables ----

static void table_into(struct tr *t, const uint64_t *pc)
{
    ins(t, I_MOV_RM, true, RAX, EXEC(inst));
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, (int32_t)offsetof(struct instance, tables)));
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, ins_k(pc) * 8));
}

// The index in rcx, the elements in rax.
static struct x64_rm table_element(struct tr *t, const uint64_t *pc)
{
    ins(t, I_MOV_RM, is_table64(t, pc), INDEX, int_rm(t, ins_a(pc)));
    table_into(t, pc);
    table_bound(t, HF_TRAP_TABLE_OUT_OF_BOUNDS);
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, (int32_t)offsetof(struct table_inst, elems)));
    return x64_mx(RAX, INDEX, 2, 0);
}

static void table_get(struct tr *t, const uint64_t *pc)
{
    const unsigned reg = int_target(t, ins_a(pc));
    ins(t, I_MOV_RM, false, reg, table_element(t, pc));
    int_done(t, ins_a(pc), reg);
}

static void table_set(struct tr *t, const uint64_t *pc)
{
    const struct x64_rm rm = table_element(t, pc);
    ins(t, I_MOV_MR, false, int_reg(t, ins_a(pc) + 1, false, RDX), rm);
}

static void table_size(struct tr *t, const uint64_t *pc)
{
    const unsigned reg = int_target(t, ins_a(pc));
    table_into(t, pc);
    ins(t, I_MOV_RM, true, reg, x64_m(RAX, (int32_t)offsetof(struct table_inst, size)));
    int_done(t, ins_a(pc), reg);
}

static void ref_func(struct tr *t, const uint64_t *pc)
{
    const unsigned reg = int_target(t, ins_a(pc));
    ins(t, I_MOV_RM, true, RAX, EXEC(inst));
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, (int32_t)offsetof(struct instance, funcs)));
    ins(t, I_MOV_RM, false, reg, x64_m(RAX, ins_k(pc) * 4));
    int_done(t, ins_a(pc), reg);
}

static void i31_new(struct tr *t, const uint64_t *pc)
{
    const unsigned reg = int_target(t, ins_a(pc));
    ins(t, I_MOV_RM, false, RAX, int_rm(t, ins_b(pc)));
    ins(t, I_LEA, false, reg, x64_mx(RAX, RAX, 0, 1));
    int_done(t, ins_a(pc), reg);
}

void emit_object(struct tr *t, const uint64_t *pc)
{
    ext_fn *const fn = (ext_fn *)(uintptr_t)pc[2];
    if (*pc == R_PURE) {
        i31_new(t, pc);
    } else if (fn == op_struct_get) {
        object_into(t, ins_b(pc), HF_TRAP_NULL_STRUCTURE);
        load_field(t, ins_a(pc), pc[3], x64_m(HEAP_POINTER, GC_STRUCT_PAYLOAD + ins_k(pc)));
    } else if (fn == op_struct_set) {
        object_into(t, ins_a(pc), HF_TRAP_NULL_STRUCTURE);
        store_field(t, ins_b(pc), pc[3], x64_m(HEAP_POINTER, GC_STRUCT_PAYLOAD + ins_k(pc)));
    } else if (fn == op_array_get) {
        load_field(t, ins_a(pc), pc[3], element(t, ins_b(pc), (uint32_t)ins_k(pc), pc[3]));
    } else if (fn == op_array_set) {
        store_field(t, (uint32_t)ins_k(pc), pc[3], element(t, ins_a(pc), ins_b(pc), pc[3]));
    } else if (fn == op_array_len) {
        array_len(t, pc);
    } else if (fn == op_i31_get_s || fn == op_i31_get_u) {
        i31_get(t, pc, fn == op_i31_get_s);
    } else if (fn == op_ref_as_non_null) {
        not_null(t, ins_b(pc), HF_TRAP_NULL_REFERENCE);
    } else if (fn == op_ref_test || fn == op_ref_cast) {
        cast(t, pc, fn == op_ref_test);
    } else if (fn == op_table_get) {
        table_get(t, pc);
    } else if (fn == op_table_set) {
        table_set(t, pc);
    } else if (fn == op_table_size) {
        table_size(t, pc);
    } else {
        ref_func(t, pc);
    }
}
