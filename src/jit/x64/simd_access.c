// Loads and stores of vectors and their lanes. The instruction that touches the memory always has an operand of the size
// of the access.
#include "jit/x64/vector.h"

#include "wasm/opcode.h"

struct place {
    struct x64_rm rm;
    uint32_t to, vector; // slots
    int32_t lane;
};

static void load(struct tr *t, const struct place *p, enum x64_insn i)
{
    const unsigned to = vector_target(t, p->to);
    access_follows(t, p->rm);
    vec2(t, i, to, p->rm);
    vector_done(t, p->to, to);
}

// Into the lowest lane, the others zero.
static void load_low(struct tr *t, const struct place *p, enum x64_insn i)
{
    const unsigned to = vector_target(t, p->to);
    access_follows(t, p->rm);
    ins(t, i, false, to, p->rm);
    vector_done(t, p->to, to);
}

static void splat(struct tr *t, const struct place *p, enum x64_insn broadcast, enum x64_insn narrow)
{
    const unsigned to = vector_target(t, p->to);
    access_follows(t, p->rm);
    if (t->native->avx) {
        vec2(t, broadcast, to, p->rm);
    } else if (narrow == I_MOVSS_XM) {
        ins(t, narrow, false, 0, p->rm);
        vec2i(t, I_PSHUFD, to, x64_r(0), 0);
    } else {
        ins(t, narrow, false, RAX, p->rm);
        ins(t, I_MOVD_XR, false, 0, x64_r(RAX));
        vec_splat(t, broadcast, to);
    }
    vector_done(t, p->to, to);
}

static void load_lane(struct tr *t, const struct place *p, enum x64_insn i, bool wide)
{
    const unsigned from = vector_reg(t, p->vector, 3), to = vector_target(t, p->to);
    if (t->native->avx) {
        access_follows(t, p->rm);
        x64_vex(&t->out, i, wide, to, from, p->rm, p->lane);
    } else {
        vec_mov(t, to, from);
        access_follows(t, p->rm);
        insi(t, i, wide, to, p->rm, p->lane);
    }
    vector_done(t, p->to, to);
}

static void store_lane(struct tr *t, const struct place *p, enum x64_insn i, bool wide)
{
    const unsigned from = vector_reg(t, p->vector, 3);
    access_follows(t, p->rm);
    if (i == I_PEXTRD && p->lane == 0)
        ins(t, wide ? I_MOVSD_MX : I_MOVSS_MX, false, from, p->rm);
    else
        insi(t, i, wide, from, p->rm, p->lane);
}

static void store(struct tr *t, const struct place *p)
{
    const unsigned from = vector_reg(t, p->vector, 3);
    access_follows(t, p->rm);
    vector_store(t, from, p->rm);
}

void emit_vector_access(struct tr *t, const uint64_t *pc)
{
    const enum opcode op = (enum opcode)(uint16_t)pc[2];
    const struct place p = {
        .rm = pc[2] & VECTOR_EA ? access_checked(t)
                                : access_to(t, ins_c(pc), (int32_t)(uint32_t)(pc[3] >> 32), (uint32_t)pc[3],
                                            1u << op_infos[op].width),
        .to = ins_a(pc),
        .vector = ins_b(pc),
        .lane = (int32_t)ins_d(pc),
    };
    switch (op) {
    case OP_V128_LOAD: load(t, &p, I_MOVUPS_XM); return;
    case OP_V128_LOAD8X8_S: load(t, &p, I_PMOVSXBW); return;
    case OP_V128_LOAD8X8_U: load(t, &p, I_PMOVZXBW); return;
    case OP_V128_LOAD16X4_S: load(t, &p, I_PMOVSXWD); return;
    case OP_V128_LOAD16X4_U: load(t, &p, I_PMOVZXWD); return;
    case OP_V128_LOAD32X2_S: load(t, &p, I_PMOVSXDQ); return;
    case OP_V128_LOAD32X2_U: load(t, &p, I_PMOVZXDQ); return;
    case OP_V128_LOAD8_SPLAT: splat(t, &p, I_PBROADCASTB, I_MOVZX8); return;
    case OP_V128_LOAD16_SPLAT: splat(t, &p, I_PBROADCASTW, I_MOVZX16); return;
    case OP_V128_LOAD32_SPLAT: splat(t, &p, I_BROADCASTSS, I_MOVSS_XM); return;
    case OP_V128_LOAD64_SPLAT: load(t, &p, I_MOVDDUP); return;
    case OP_V128_LOAD32_ZERO: load_low(t, &p, I_MOVSS_XM); return;
    case OP_V128_LOAD64_ZERO: load_low(t, &p, I_MOVSD_XM); return;
    case OP_V128_LOAD8_LANE: load_lane(t, &p, I_PINSRB, false); return;
    case OP_V128_LOAD16_LANE: load_lane(t, &p, I_PINSRW, false); return;
    case OP_V128_LOAD32_LANE: load_lane(t, &p, I_PINSRD, false); return;
    case OP_V128_LOAD64_LANE: load_lane(t, &p, I_PINSRD, true); return;
    case OP_V128_STORE: store(t, &p); return;
    case OP_V128_STORE8_LANE: store_lane(t, &p, I_PEXTRB, false); return;
    case OP_V128_STORE16_LANE: store_lane(t, &p, I_PEXTRW, false); return;
    case OP_V128_STORE32_LANE: store_lane(t, &p, I_PEXTRD, false); return;
    case OP_V128_STORE64_LANE: store_lane(t, &p, I_PEXTRD, true); return;
    default: tr_fail(t, HF_UNSUPPORTED, "an access to vectors"); return;
    }
}
