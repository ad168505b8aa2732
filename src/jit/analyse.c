#include "jit/translate.h"

#include <string.h>

#include "interp/ops.h"
#include "wasm/opcode.h"

const struct rinfo rinfos[ROP_COUNT] = {
#define FORMS(n, k, f, t, fam, neg)                                                               \
    [R_##n##_SS] = { k, FORM_SS, f, t, fam, neg }, [R_##n##_AS] = { k, FORM_AS, f, t, fam, neg }, \
    [R_##n##_SA] = { k, FORM_SA, f, t, fam, neg }, [R_##n##_SK] = { k, FORM_SK, f, t, fam, neg }, \
    [R_##n##_AK] = { k, FORM_AK, f, t, fam, neg },
#define BIN(n, T, R, E) FORMS(n, KIND_BIN, N_##T, N_##R, FAM_##n, false)
#define TBIN(n, T, S) FORMS(n, KIND_BIN, N_##T, N_##T, FAM_##n, false)
#define CMPI(n, I, T, E) \
    FORMS(n, KIND_CMP, N_##T, N_i32, FAM_##n, false) FORMS(BR_##n, KIND_BRANCH, N_##T, N_i32, FAM_##n, false)
#define CMPF(n, T, E)                                \
    FORMS(n, KIND_CMP, N_##T, N_i32, FAM_##n, false) \
    FORMS(BR_##n, KIND_BRANCH, N_##T, N_i32, FAM_##n, false) FORMS(BRN_##n, KIND_BRANCH, N_##T, N_i32, FAM_##n, true)
#define UN(n, T, R, E)                                          \
    [R_##n##_S] = { KIND_UN, 0, N_##T, N_##R, FAM_##n, false }, \
    [R_##n##_A] = { KIND_UN, 1, N_##T, N_##R, FAM_##n, false },
#define TUN(n, T, R, S) UN(n, T, R, S)
#define LOAD(n, C, R, E)                                                     \
    [R_##n##_S] = { KIND_LOAD, LOAD_S, N_i32, N_##R, FAM_##n, false },       \
    [R_##n##_A] = { KIND_LOAD, LOAD_A, N_i32, N_##R, FAM_##n, false },       \
    [R_##n##_EA] = { KIND_LOAD, LOAD_EA, N_i32, N_##R, FAM_##n, false },     \
    [R_##n##_ADD] = { KIND_LOAD, LOAD_ADD, N_i32, N_##R, FAM_##n, false },   \
    [R_##n##_ADDA] = { KIND_LOAD, LOAD_ADDA, N_i32, N_##R, FAM_##n, false }, \
    [R_##n##_W] = { KIND_LOAD, LOAD_W, N_i32, N_##R, FAM_##n, false },       \
    [R_##n##_WA] = { KIND_LOAD, LOAD_WA, N_i32, N_##R, FAM_##n, false },
#define STORE(n, C, T, E)                                                       \
    FORMS(n, KIND_STORE, N_##T, N_##T, FAM_##n, false)                          \
    [R_##n##_EA] = { KIND_STORE, FORM_STORE_EA, N_##T, N_##T, FAM_##n, false }, \
    [R_##n##_WS] = { KIND_STORE, FORM_STORE_WS, N_##T, N_##T, FAM_##n, false }, \
    [R_##n##_WA] = { KIND_STORE, FORM_AS, N_##T, N_##T, FAM_##n, false },       \
    [R_##n##_WK] = { KIND_STORE, FORM_STORE_WK, N_##T, N_##T, FAM_##n, false },
#include "interp/families.def"
};

static bool is_float(unsigned num)
{
    return num >= N_f32;
}

static uint8_t class_of(unsigned num)
{
    return is_float(num) ? CLASS_FLOAT : CLASS_INT;
}

uint32_t rop_words(const uint64_t *pc)
{
    const struct rinfo *r = &rinfos[*pc];
    switch ((enum kind)r->kind) {
    case KIND_BIN:
    case KIND_CMP: return r->form == FORM_SK && r->from == N_f64 ? 3 : 2;
    case KIND_BRANCH: return r->form == FORM_SK ? 3 : 2;
    case KIND_UN: return 2;
    case KIND_LOAD: return r->form == LOAD_ADD ? 3 : 2;
    case KIND_STORE: return r->form == FORM_SK || r->form == FORM_STORE_WK ? 3 : 2;
    case KIND_OTHER: break;
    }
    switch ((enum rop) * pc) {
    case R_CONST64:
    case R_RETURN_CONST:
    case R_ADDR:
    case R_CALL:
    case R_CALL_IMPORT:
    case R_CALL_INDIRECT:
    case R_CALL_REF: return 3;
    case R_CONST128:
    case R_VECTOR:
    case R_VECTOR_ACCESS:
    case R_PURE:
    case R_EXT: return 4;
    case R_BR_TABLE: return 2 + (uint32_t)ins_k(pc) / 2 + 1;
    default: return 2;
    }
}

bool rop_jumps(const uint64_t *pc)
{
    return rinfos[*pc].kind == KIND_BRANCH || (*pc >= R_BR && *pc <= R_BR_UNLESS64_A);
}

static bool ends(const uint64_t *pc)
{
    switch ((enum rop) * pc) {
    case R_BR:
    case R_BR_TABLE:
    case R_UNREACHABLE:
    case R_RETURN:
    case R_RETURN_COPY:
    case R_RETURN_CONST: return true;
    default: return false;
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

static uint8_t float_if(bool is_float)
{
    return is_float ? CLASS_FLOAT : CLASS_INT;
}

static uint8_t class_of_letter(char c)
{
    return c == 'v' ? CLASS_VECTOR : c == 'f' || c == 'd' ? CLASS_FLOAT : CLASS_INT;
}

// By the signature in opcodes.def: "vi:v".
static void vector_effects(const uint64_t *pc, struct effects *e)
{
    const char *sig = op_infos[(uint16_t)pc[2]].sig;
    const uint32_t slots[] = { ins_b(pc), ins_c(pc), ins_d(pc) };
    for (unsigned i = 0; *sig != ':'; sig++, i++) {
        if (i == 1 && (pc[2] & VECTOR_CONST)) continue;
        reads(e, slots[i], class_of_letter(*sig));
    }
    writes(e, ins_a(pc), class_of_letter(sig[1]));
}

// "a:v", "av:v" or "av:".
static void vector_access_effects(const uint64_t *pc, struct effects *e)
{
    const char *sig = op_infos[(uint16_t)pc[2]].sig;
    if (!(pc[2] & VECTOR_EA)) reads(e, ins_c(pc), CLASS_INT);
    if (sig[1] == 'v') reads(e, ins_b(pc), CLASS_VECTOR);
    if (sig[strlen(sig) - 1] == 'v') writes(e, ins_a(pc), CLASS_VECTOR);
}

static void scalar_effects(const uint64_t *pc, const struct rinfo *r, struct effects *e)
{
    const uint8_t from = class_of(r->from), to = class_of(r->to);
    switch ((enum kind)r->kind) {
    case KIND_BIN:
    case KIND_CMP:
        reads(e, ins_b(pc), from);
        if (r->form == FORM_SS) reads(e, ins_c(pc), from);
        writes(e, ins_a(pc), to);
        return;
    case KIND_BRANCH:
        reads(e, ins_a(pc), from);
        if (r->form == FORM_SS) reads(e, ins_b(pc), from);
        return;
    case KIND_UN:
        reads(e, ins_b(pc), from);
        writes(e, ins_a(pc), to);
        return;
    case KIND_LOAD:
        if (r->form != LOAD_EA) reads(e, ins_b(pc), CLASS_INT);
        if (r->form == LOAD_ADD) reads(e, ins_c(pc), CLASS_INT);
        writes(e, ins_a(pc), to);
        return;
    case KIND_STORE:
        if (r->form != FORM_STORE_EA) reads(e, ins_a(pc), CLASS_INT);
        if (r->form == FORM_SS || r->form == FORM_STORE_EA || r->form == FORM_STORE_WS) reads(e, ins_b(pc), from);
        return;
    case KIND_OTHER: return;
    }
}

void rop_effects(const struct tr *t, const uint64_t *pc, struct effects *e)
{
    // The lists have their counts: clearing all of them would cost more than most instructions do here.
    e->reads = e->frames = 0;
    e->write = NO_SLOT;
    e->write_class = CLASS_INT;
    e->reads_all = e->clobbers = false;
    e->results = 0;
    const struct rinfo *r = &rinfos[*pc];
    if (r->kind != KIND_OTHER) {
        scalar_effects(pc, r, e);
        return;
    }
    const uint32_t a = ins_a(pc), b = ins_b(pc), c = ins_c(pc), d = ins_d(pc);
    switch ((enum rop) * pc) {
    case R_COPY:
    case R_COPY32:
        reads(e, b, float_if(c));
        writes(e, a, float_if(c));
        break;
    case R_VECTOR: vector_effects(pc, e); break;
    case R_VECTOR_ACCESS: vector_access_effects(pc, e); break;
    case R_COPY128:
        reads(e, b, CLASS_VECTOR);
        writes(e, a, CLASS_VECTOR);
        break;
    case R_CONST128:
    case R_GLOBAL_GET128: writes(e, a, CLASS_VECTOR); break;
    case R_GLOBAL_SET128: reads(e, a, CLASS_VECTOR); break;
    case R_CONST32:
    case R_CONST64:
    case R_GLOBAL_GET: writes(e, a, float_if(b)); break;
    case R_MEMORY_SIZE: writes(e, a, CLASS_INT); break;
    case R_GLOBAL_SET:
    case R_GLOBAL_SET32: reads(e, a, float_if(b)); break;
    case R_BR_IF_S:
    case R_BR_UNLESS_S:
    case R_BR_IF64_S:
    case R_BR_UNLESS64_S:
    case R_BR_TABLE:
    case R_ADDR: reads(e, a, CLASS_INT); break;
    case R_SELECT:
    case R_SELECT32:
    case R_SELECT_FLOAT:
        reads(e, b, float_if(*pc == R_SELECT_FLOAT));
        reads(e, c, float_if(*pc == R_SELECT_FLOAT));
        reads(e, d, CLASS_INT);
        writes(e, a, float_if(*pc == R_SELECT_FLOAT));
        break;
    case R_SELECT128:
        reads(e, b, CLASS_VECTOR);
        reads(e, c, CLASS_VECTOR);
        reads(e, d, CLASS_INT);
        writes(e, a, CLASS_VECTOR);
        break;
    case R_RETURN: e->results = t->code->result_slots; break;
    case R_RETURN_COPY: reads(e, b, float_if(c)); break;
    case R_CANON_F32:
    case R_CANON_F64:
        reads(e, b, CLASS_FLOAT);
        writes(e, a, CLASS_FLOAT);
        break;
    case R_CALL:
    case R_CALL_IMPORT:
    case R_CALL_INDIRECT:
    case R_CALL_REF:
        if (*pc == R_CALL_INDIRECT || *pc == R_CALL_REF) {
            reads(e, b, CLASS_INT);
            e->frame[e->frames++] = b; // the slow path looks there
        }
        e->clobbers = true;
        e->reads_all = t->catches;
        break;
    case R_PURE:
        if (object_effects(pc, e)) break;
        for (uint32_t i = 0; i < 4; i++) e->frame[e->frames++] = a + i;
        for (uint32_t i = 0; i < 2; i++) {
            e->frame[e->frames++] = b + i;
            e->frame[e->frames++] = c + i;
            e->frame[e->frames++] = d + i;
        }
        e->clobbers = true;
        break;
    case R_EXT:
        if (object_effects(pc, e)) break;
        e->clobbers = true;
        e->reads_all = true;
        break;
    default: break;
    }
}

// ---- blocks ----

static bool in_range(const struct tr *t, uint32_t at, int32_t bytes, uint32_t *to)
{
    *to = (uint32_t)((int64_t)at + bytes / 8);
    return *to < t->n;
}

static int32_t table_entry(const uint64_t *pc, uint32_t i)
{
    return ((const i32_alias *)(pc + 2))[i];
}

// Marks leaders; `loop_end` of the target of a backward branch is raised behind the branch.
static void jump(struct tr *t, uint32_t *loop_end, uint32_t at, int32_t bytes, uint32_t end)
{
    uint32_t to;
    if (!in_range(t, at, bytes, &to)) {
        tr_fail(t, HF_UNSUPPORTED, "a branch out of the function");
        return;
    }
    t->leader[to] = 1;
    if (to <= at && loop_end[to] < end) loop_end[to] = end;
}

static bool find_leaders(struct tr *t, uint32_t *loop_end)
{
    t->leader[0] = 1;
    for (uint32_t at = 0, words; at < t->n; at += words) {
        const uint64_t *pc = t->w + at;
        if (*pc >= ROP_COUNT) return tr_fail(t, HF_UNSUPPORTED, "register code") == HF_OK;
        words = rop_words(pc);
        t->steps[t->step_count++].at = at;
        const uint32_t end = at + words;
        const bool table = *pc == R_BR_TABLE;
        if (rop_jumps(pc)) jump(t, loop_end, at, ins_k(pc), end);
        for (uint32_t i = 0; table && i <= (uint32_t)ins_k(pc); i++) jump(t, loop_end, at, table_entry(pc, i), end);
        if ((rop_jumps(pc) || ends(pc)) && end < t->n) t->leader[end] = 1;
    }
    for (uint32_t i = 0; i < t->code->handler_count; i++) {
        const struct handler *h = &t->code->handlers[i];
        if (h->tag == DELEGATE_TAG) continue;
        t->catches = true;
        t->leader[h->target / 8] = 1;
    }
    return !t->failed;
}

// The word of a block's last instruction.
static uint32_t last_of(const struct tr *t, const struct block *b)
{
    return t->steps[b->step_end - 1].at;
}

static bool build_blocks(struct tr *t, const uint32_t *loop_end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->n; i++) count += t->leader[i];
    t->blocks = arena_alloc(&t->arena, count * sizeof *t->blocks);
    t->block_code = arena_alloc(&t->arena, count * sizeof *t->block_code);
    t->regions = arena_alloc(&t->arena, count * sizeof *t->regions);
    if (!t->blocks || !t->block_code || !t->regions) return tr_fail(t, HF_OUT_OF_MEMORY, "") == HF_OK;
    uint32_t region_end = 0;
    for (uint32_t step = 0; step < t->step_count; step++) {
        const uint32_t at = t->steps[step].at;
        if (!t->leader[at]) continue;
        const uint32_t i = t->block_count++;
        t->block_at[at] = i;
        if (i) t->blocks[i - 1].step_end = step;
        // A region begins at an outermost loop, and behind it.
        const bool loop = loop_end[at] != 0;
        if (i == 0 || (region_end && at >= region_end) || (loop && !region_end)) {
            if (i) t->regions[t->region_count - 1].last = i;
            t->regions[t->region_count++] = (struct region){ .first = i };
            region_end = 0;
        }
        if (loop && loop_end[at] > region_end) region_end = loop_end[at];
        t->blocks[i] = (struct block){
            .start = at, .step = step, .region = t->region_count - 1, .taken = NO_BLOCK, .next = NO_BLOCK
        };
    }
    t->blocks[count - 1].step_end = t->step_count;
    t->regions[t->region_count - 1].last = count;
    for (uint32_t i = 0; i < count; i++) {
        struct block *b = &t->blocks[i];
        const uint32_t last = last_of(t, b);
        const uint64_t *pc = t->w + last;
        if (rop_jumps(pc)) b->taken = t->block_at[last + (uint32_t)(ins_k(pc) / 8)];
        b->ends = ends(pc);
        if (!b->ends && i + 1 < count) b->next = i + 1;
    }
    return true;
}

// ---- which slots live in registers ----

static const uint8_t int_regs[] = { RSI, RDI, R8, R9, R10, R11, R12, R13 };
enum { INT_REGS = sizeof int_regs, FLOAT_FIRST = 3, FLOAT_REGS = 13 };
_Static_assert(INT_REGS + FLOAT_REGS == CANDIDATES, "one candidate a register");

struct weights {
    uint32_t *of[CLASS_COUNT]; // by slot
    uint32_t *touched;
    uint32_t count;
    uint32_t *depth; // by word of leaders
    bool has_vectors;
};

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void weigh(const struct tr *t, struct weights *w, uint32_t slot, uint8_t class, uint32_t weight)
{
    const uint32_t last = slot + (class == CLASS_VECTOR);
    if (last >= t->slots) return;
    if (class == CLASS_VECTOR) w->has_vectors = true;
    t->classes[slot] |= (uint8_t)(1u << class);
    t->classes[last] |= (uint8_t)(1u << class);
    if (!w->of[CLASS_INT][slot] && !w->of[CLASS_FLOAT][slot] && !w->of[CLASS_VECTOR][slot])
        w->touched[w->count++] = slot;
    w->of[class][slot] = add_up(w->of[class][slot], weight);
}

bool slot_alone(const struct tr *t, uint32_t slot)
{
    return t->classes[slot] == 1u << CLASS_INT || t->classes[slot] == 1u << CLASS_FLOAT;
}

// Candidates of one kind of register, by weight.
struct ranking {
    struct candidate at[FLOAT_REGS + 1];
    uint32_t weight[FLOAT_REGS + 1], count, most;
};

static void insert(struct ranking *r, struct candidate candidate, uint32_t weight)
{
    uint32_t at = r->count < r->most ? r->count++ : r->most;
    while (at > 0 && r->weight[at - 1] < weight) {
        if (at < r->most) {
            r->at[at] = r->at[at - 1];
            r->weight[at] = r->weight[at - 1];
        }
        at--;
    }
    if (at < r->most) {
        r->at[at] = candidate;
        r->weight[at] = weight;
    }
}

// For flow_of, when the candidates are known.
static void remember(struct step *s, const struct effects *e)
{
    s->more = e->frames || e->results || e->reads_all || e->clobbers;
    s->reads = (uint8_t)e->reads;
    for (unsigned i = 0; i < e->reads; i++) {
        s->slot[i] = (uint16_t)e->read[i];
        s->class[i] = e->read_class[i];
    }
    s->writes = e->write != NO_SLOT;
    s->slot[STEP_WRITE] = (uint16_t)e->write;
    s->class[STEP_WRITE] = e->write_class;
}

static void weigh_region(struct tr *t, const struct region *r, struct weights *w)
{
    w->count = 0;
    w->has_vectors = false;
    for (uint32_t i = r->first; i < r->last; i++) {
        const struct block *b = &t->blocks[i];
        const uint32_t depth = w->depth[b->start] < 8 ? w->depth[b->start] : 8;
        const uint32_t weight = 1u << 3 * depth;
        for (uint32_t step = b->step; step < b->step_end; step++) {
            struct effects e;
            rop_effects(t, t->w + t->steps[step].at, &e);
            remember(&t->steps[step], &e);
            for (unsigned k = 0; k < e.reads; k++) weigh(t, w, e.read[k], e.read_class[k], weight);
            if (e.write != NO_SLOT) weigh(t, w, e.write, e.write_class, weight);
        }
    }
}

static void choose(struct tr *t, struct region *r, struct weights *w)
{
    weigh_region(t, r, w);
    r->vectors = w->has_vectors;
    const uint32_t first = r->vectors ? FLOAT_FIRST + 2 : FLOAT_FIRST;
    struct ranking ints = { .most = INT_REGS }, floats = { .most = FLOAT_FIRST + FLOAT_REGS - first };
    for (uint32_t i = 0; i < w->count; i++) {
        const uint32_t slot = w->touched[i];
        for (uint8_t class = 0; class < CLASS_COUNT; class ++) {
            const uint32_t weight = w->of[class][slot];
            const struct candidate c = { .slot = slot, .class = class, .through = !class && t->is_ref[slot] };
            if (weight > 1) insert(class == CLASS_INT ? &ints : &floats, c, weight);
            w->of[class][slot] = 0;
        }
    }
    for (uint32_t i = 0; i < ints.count; i++) {
        ints.at[i].reg = int_regs[i];
        r->at[r->count++] = ints.at[i];
    }
    for (uint32_t i = 0; i < floats.count; i++) {
        floats.at[i].reg = (uint8_t)(first + i);
        r->at[r->count++] = floats.at[i];
    }
}

static int8_t *bit_of(const struct tr *t, const struct candidate *c)
{
    return &t->bit[c->class][c->slot];
}

// Gives a candidate its number, or takes it back.
static void number(struct tr *t, uint32_t i, bool given)
{
    const struct candidate *c = &t->region->at[i];
    *bit_of(t, c) = (int8_t)(given ? (int)i : -1);
    for (uint32_t slot = c->slot; slot <= c->slot + (c->class == CLASS_VECTOR); slot++)
        t->over[slot] = given ? t->over[slot] | 1u << i : t->over[slot] & ~(1u << i);
}

void region_enter(struct tr *t, uint32_t region)
{
    if (t->region)
        for (uint32_t i = 0; i < t->region->count; i++) number(t, i, false);
    t->region = &t->regions[region];
    t->region_index = region;
    for (uint32_t i = 0; i < t->region->count; i++) number(t, i, true);
}

uint32_t slot_mask(const struct tr *t, uint32_t slot, enum slot_class class)
{
    return slot < t->slots && t->bit[class][slot] >= 0 ? 1u << t->bit[class][slot] : 0;
}

uint32_t over_mask(const struct tr *t, uint32_t slot, uint32_t slots)
{
    uint32_t mask = 0;
    for (uint32_t i = slot; i < slot + slots && i < t->slots; i++) mask |= t->over[i];
    return mask;
}

// ---- liveness ----

static uint32_t all_of(const struct region *r)
{
    return (1u << r->count) - 1;
}

static uint32_t live_into(const struct tr *t, uint32_t block)
{
    if (block == NO_BLOCK) return 0;
    return t->blocks[block].region == t->region_index ? t->blocks[block].live_in : all_of(t->region);
}

static uint32_t live_out(const struct tr *t, const struct block *b, uint32_t last)
{
    uint32_t live = live_into(t, b->taken) | live_into(t, b->next);
    const uint64_t *pc = t->w + last;
    for (uint32_t i = 0; *pc == R_BR_TABLE && i <= (uint32_t)ins_k(pc); i++)
        live |= live_into(t, t->block_at[last + (uint32_t)(table_entry(pc, i) / 8)]);
    return live;
}

// What the instruction does to the region's candidates. True: no register survives it.
static bool flow_of(const struct tr *t, struct step *s)
{
    s->use = s->def = s->end = 0;
    for (unsigned i = 0; i < s->reads; i++) s->use |= slot_mask(t, s->slot[i], s->class[i]);
    if (s->writes) {
        const uint32_t slot = s->slot[STEP_WRITE];
        s->def = slot_mask(t, slot, s->class[STEP_WRITE]);
        s->end = over_mask(t, slot, s->class[STEP_WRITE] == CLASS_VECTOR ? 2 : 1);
    }
    if (!s->more) return false;
    struct effects e;
    rop_effects(t, t->w + s->at, &e);
    if (e.reads_all) s->use = all_of(t->region);
    for (unsigned i = 0; i < e.frames; i++) s->use |= over_mask(t, e.frame[i], 1);
    for (uint32_t i = 0; e.results && i < t->region->count; i++)
        if (t->region->at[i].slot < e.results) s->use |= 1u << i;
    return e.clobbers;
}

// What a block does, of what its instructions do: once, however often its surroundings are gone through.
static void summarise(struct tr *t, struct block *b)
{
    b->use = b->ended = b->gen = b->kills = 0;
    for (uint32_t i = b->step; i < b->step_end; i++) {
        struct step *s = &t->steps[i];
        if (flow_of(t, s)) b->gen = 0, b->kills = UINT32_MAX;
        b->use |= s->use & ~b->ended;
        b->ended |= s->end;
        b->gen = (b->gen & ~s->end) | s->def;
    }
    b->kills |= b->ended;
}

// Backwards through a block: what is live behind each instruction.
static void keep_live(struct tr *t, const struct block *b)
{
    uint32_t live = live_out(t, b, last_of(t, b));
    for (uint32_t i = b->step_end; i-- > b->step;) {
        const struct step *s = &t->steps[i];
        t->live_at[s->at] = live;
        live = (live & ~s->end) | s->use;
    }
}

static bool dirty_flows(const struct tr *t, uint32_t to, uint32_t out)
{
    if (to == NO_BLOCK || t->blocks[to].region != t->region_index || !(out & ~t->blocks[to].dirty_in)) return false;
    t->blocks[to].dirty_in |= out;
    return true;
}

enum { ROUNDS = 24 };

static void drop_candidates(struct tr *t, uint32_t region)
{
    struct region *r = &t->regions[region];
    for (uint32_t i = 0; i < r->count; i++) number(t, i, false);
    r->count = 0;
    for (uint32_t i = r->first; i < r->last; i++) {
        struct block *b = &t->blocks[i];
        b->live_in = b->dirty_in = 0;
        for (uint32_t k = b->step; k < b->step_end; k++) t->live_at[t->steps[k].at] = 0;
    }
}

static bool overlaps(const struct tr *t)
{
    for (uint32_t i = 0; i < t->region->count; i++) {
        const struct candidate *c = &t->region->at[i];
        if (over_mask(t, c->slot, c->class == CLASS_VECTOR ? 2 : 1) != 1u << i) return true;
    }
    return false;
}

static bool declared(const struct tr *t, uint32_t slot)
{
    return slot >= t->code->zero_from && slot - t->code->zero_from < t->code->zero_count;
}

static void liveness(struct tr *t, uint32_t region)
{
    region_enter(t, region);
    const struct region *r = t->region;
    if (!r->count) return;
    for (uint32_t i = r->first; i < r->last; i++) summarise(t, &t->blocks[i]);
    bool changed = true;
    for (int round = 0; changed && round < ROUNDS; round++) {
        changed = false;
        for (uint32_t i = r->last; i-- > r->first;) {
            struct block *b = &t->blocks[i];
            const uint32_t live = b->use | (live_out(t, b, last_of(t, b)) & ~b->ended);
            changed |= live != b->live_in;
            b->live_in = live;
        }
    }
    // Too deep a nest: take everything for live rather than more rounds.
    if (changed)
        for (uint32_t i = r->first; i < r->last; i++) t->blocks[i].live_in = all_of(r);
    for (uint32_t i = r->first; i < r->last; i++) keep_live(t, &t->blocks[i]);

    // At the function's entry the declared locals are zero in registers only, but for slots that hold other values too.
    for (uint32_t i = 0; r->first == 0 && i < r->count; i++)
        if (declared(t, r->at[i].slot) && slot_alone(t, r->at[i].slot)) t->blocks[0].dirty_in |= 1u << i;
    changed = true;
    for (int round = 0; changed && round < ROUNDS; round++) {
        changed = false;
        for (uint32_t i = r->first; i < r->last; i++) {
            const struct block *b = &t->blocks[i];
            const uint32_t out = b->gen | (b->dirty_in & ~b->kills), last = last_of(t, b);
            const uint64_t *pc = t->w + last;
            changed |= dirty_flows(t, b->taken, out);
            changed |= dirty_flows(t, b->next, out);
            for (uint32_t k = 0; *pc == R_BR_TABLE && k <= (uint32_t)ins_k(pc); k++)
                changed |= dirty_flows(t, t->block_at[last + (uint32_t)(table_entry(pc, k) / 8)], out);
        }
    }
    if (!changed) return;
    if (overlaps(t)) {
        // Candidates that lie over each other have to be told apart: then none.
        drop_candidates(t, region);
        return;
    }
    for (uint32_t i = r->first; i < r->last; i++) t->blocks[i].dirty_in = all_of(r);
}

static void *words(struct tr *t, size_t count, size_t size)
{
    void *at = arena_alloc(&t->arena, count * size + 1);
    if (at)
        memset(at, 0, count * size + 1);
    else
        tr_fail(t, HF_OUT_OF_MEMORY, "");
    return at;
}

bool analyse(struct tr *t)
{
    uint32_t *loop_end = words(t, t->n, sizeof(uint32_t));
    t->leader = words(t, t->n, 1);
    t->block_at = words(t, t->n, sizeof(uint32_t));
    t->live_at = words(t, t->n, sizeof(uint32_t));
    t->entry = words(t, (size_t)t->n + 1, sizeof(uint32_t));
    t->is_ref = words(t, t->slots, 1);
    t->classes = words(t, t->slots, 1);
    t->over = words(t, (size_t)t->slots + 1, sizeof(uint32_t));
    t->steps = words(t, t->n / STEP_LEAST + 1, sizeof *t->steps);
    for (unsigned i = 0; i < CLASS_COUNT; i++) t->bit[i] = words(t, t->slots, 1);
    if (t->failed || !find_leaders(t, loop_end) || !build_blocks(t, loop_end)) return false;
    for (unsigned i = 0; i < CLASS_COUNT; i++) memset(t->bit[i], -1, t->slots);

    const struct icode *code = t->code;
    for (uint32_t i = 0; i < code->ref_local_count; i++) t->is_ref[code->ref_locals[i] >> 1] = 1;
    for (uint32_t i = 0; i < code->node_count; i++) {
        const uint32_t slot = code->nodes[i].slot >> 1;
        if (slot < t->slots) t->is_ref[slot] = 1;
    }

    struct weights w = {
        .of = { words(t, t->slots, sizeof(uint32_t)), words(t, t->slots, sizeof(uint32_t)),
                words(t, t->slots, sizeof(uint32_t)) },
        .touched = words(t, t->slots, sizeof(uint32_t)),
        .depth = words(t, (size_t)t->n + 1, sizeof(uint32_t)),
    };
    t->stub = words(t, t->block_count, sizeof(uint32_t));
    t->stub_of = words(t, t->block_count, sizeof(uint32_t));
    if (t->failed) return false;
    for (uint32_t at = 0; at < t->n; at++) {
        if (!loop_end[at]) continue;
        w.depth[at]++;
        w.depth[loop_end[at]]--;
    }
    for (uint32_t at = 1; at < t->n; at++) w.depth[at] += w.depth[at - 1];
    for (uint32_t i = 0; i < t->region_count; i++) choose(t, &t->regions[i], &w);
    for (uint32_t i = 0; i < t->region_count; i++) liveness(t, i);
    return !t->failed;
}
