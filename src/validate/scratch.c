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
    for (unsigned op = 0; op < OP_COUNT; op++) s->sigs[op] = read_sig(op_infos[op].sig);
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
