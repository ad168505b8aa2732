// The memory that bodies are validated in, and the signatures of opcodes.def in a form that is quick to check.
#include <string.h>

#include "validate/state.h"

enum { FIRST_OPERANDS = 256 };

static uint8_t letter_kind(char letter)
{
    switch (letter) {
    case 'i': return VAL_I32;
    case 'l': return VAL_I64;
    case 'f': return VAL_F32;
    case 'd': return VAL_F64;
    case 'v': return VAL_V128;
    default: return SIG_ADDRESS;
    }
}

// "ii:i"; of "*" nothing is read.
static struct fixed_sig read_sig(const char *text)
{
    struct fixed_sig sig = { 0 };
    if (*text == '*') return sig;
    for (; *text != ':'; text++) sig.operands[sig.operand_count++] = letter_kind(*text);
    for (text++; *text; text++) sig.results[sig.result_count++] = letter_kind(*text);
    return sig;
}

// The class of an instruction without a fixed signature of numbers.
static enum quick_class class_of(enum opcode op)
{
    switch (op) {
    case OP_BLOCK: return QUICK_BLOCK;
    case OP_LOOP: return QUICK_LOOP;
    case OP_IF: return QUICK_IF;
    case OP_END: return QUICK_END;
    case OP_BR: return QUICK_BR;
    case OP_BR_IF: return QUICK_BR_IF;
    case OP_CALL: return QUICK_CALL;
    case OP_DROP: return QUICK_DROP;
    case OP_SELECT: return QUICK_SELECT;
    case OP_LOCAL_GET: return QUICK_LOCAL_GET;
    case OP_LOCAL_SET: return QUICK_LOCAL_SET;
    case OP_LOCAL_TEE: return QUICK_LOCAL_TEE;
    case OP_GLOBAL_GET: return QUICK_GLOBAL_GET;
    case OP_GLOBAL_SET: return QUICK_GLOBAL_SET;
    case OP_I32_CONST: return QUICK_I32_CONST;
    case OP_I64_CONST: return QUICK_I64_CONST;
    default: return QUICK_NONE;
    }
}

static struct quick_op quick_of(enum opcode op, const struct fixed_sig *sig)
{
    const struct op_info *info = &op_infos[op];
    // An address is one of 32 bits here: other memories go the long way.
    struct quick_op quick = { .kind = (uint8_t)class_of(op),
                              .width = info->width,
                              .first = sig->operands[0] == SIG_ADDRESS ? VAL_I32 : sig->operands[0],
                              .second = sig->operands[1],
                              .result = sig->results[0] };
    const bool memory = info->imm == IMM_MEMARG;
    if (info->imm != IMM_NONE && !memory) return quick;
    if (sig->operand_count == 1 && sig->result_count == 1) quick.kind = memory ? QUICK_LOAD : QUICK_UNARY;
    if (sig->operand_count == 2 && sig->result_count == 1 && !memory) quick.kind = QUICK_BINARY;
    if (sig->operand_count == 2 && sig->result_count == 0 && memory) quick.kind = QUICK_STORE;
    return quick;
}

struct validate_scratch *validate_scratch_new(const hf_allocator *heap)
{
    struct validate_scratch *s = MEM_NEW(heap, struct validate_scratch);
    if (!s) return NULL;
    s->heap = heap;
    s->stack = mem_grow(heap, NULL, &s->stack_cap, FIRST_OPERANDS, sizeof *s->stack);
    if (!s->stack) {
        MEM_FREE(heap, s);
        return NULL;
    }
    for (unsigned op = 0; op < OP_COUNT; op++) {
        s->sigs[op] = read_sig(op_infos[op].sig);
        if (op_infos[op].prefix || !(op_infos[op].feature & FEATURES_STANDARD)) continue;
        s->quick[op_infos[op].code] = quick_of((enum opcode)op, &s->sigs[op]);
    }
    return s;
}

void validate_scratch_free(struct validate_scratch *s)
{
    if (!s) return;
    mem_free(s->heap, s->stack, s->stack_cap * sizeof *s->stack);
    mem_free(s->heap, s->frames, s->frame_cap * sizeof *s->frames);
    mem_free(s->heap, s->runs, s->run_cap * sizeof *s->runs);
    mem_free(s->heap, s->inits, s->init_cap * sizeof *s->inits);
    mem_free(s->heap, s->undo, s->undo_cap * sizeof *s->undo);
    MEM_FREE(s->heap, s);
}

void validator_init(struct validator *v, struct hf_module *m, struct validate_scratch *scratch, hf_status *status)
{
    memset(v, 0, sizeof *v);
    v->m = m;
    v->s = scratch;
    v->status = status;
    v->stack = v->top = v->base = scratch->stack;
    set_limit(v);
}
