// Calls, returns, exceptions and traps, as far as the handlers do not do them themselves.
#include <string.h>

#include "base/fail.h"
#include "interp/ops.h"
#include "runtime/gc.h"
#include "runtime/host.h"
#include "sys/fpu.h"
#include "wasm/trap.h"

struct memory_inst exec_no_memory;

int exec_trap(struct exec *x, const uint64_t *pc, union slot *fp, hf_trap trap)
{
    exec_save(x, pc, fp, true);
    x->act->status = hf_status_ok();
    fail_trap(&x->act->status, trap);
    return RUN_TRAP;
}

int exec_exit(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_save(x, pc, fp, true);
    return RUN_EXIT;
}

static const struct handler *find_handler(const struct exec *x, union slot *fp, uint32_t at, uint32_t tag)
{
    const struct icode *code = frame_code(fp);
    const struct instance *inst = frame_instance(fp);
    uint32_t depth = UINT32_MAX;
    (void)x;
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const struct handler *h = &code->handlers[i];
        if (at < h->start || at >= h->end || h->depth > depth) continue;
        if (h->tag == DELEGATE_TAG) {
            depth = h->target;
        } else if (h->tag == ANY_TAG || inst->tags[h->tag]->id == tag) {
            return h;
        }
    }
    return NULL;
}

int exec_throw(struct exec *x, const uint64_t *next, union slot *fp)
{
    const struct gc_exception *e = (const void *)(x->heap + x->exception);
    const union slot *const entry = x->act->extra[1];
    for (;;) {
        const struct icode *code = frame_code(fp);
        const uint32_t at = (uint32_t)((const char *)next - (const char *)code->entry) - 1;
        const struct handler *h = find_handler(x, fp, at, e->tag);
        if (h) {
            exec_enter_instance(x, frame_instance(fp));
            return exec_next(x, ins_jump(code->entry, (int32_t)h->target), fp);
        }
        if (fp == entry) {
            x->act->exception = x->exception;
            return RUN_EXCEPTION;
        }
        next = slot_ptr(fp[RETURN_PC]);
        fp = frame_caller(fp);
    }
}

// The callee's register code, or NULL: x->act->status says why.
static const struct icode *callee_code(struct exec *x, struct func_inst *callee)
{
    if (!callee->code) {
        x->act->status = hf_status_ok();
        callee->code = code_get(x, callee->instance->module, callee->index, &x->act->status);
    }
    return callee->code;
}

static bool fits(const struct exec *x, const union slot *nfp, size_t bytes)
{
    const uint8_t *start = (const uint8_t *)(nfp - HEADER_SLOTS);
    return start <= x->limit && (size_t)(x->limit - start) >= bytes;
}

static int call_host(struct exec *x, const uint64_t *pc, union slot *fp, struct func_inst *callee, union slot *nfp,
                     const uint64_t *next)
{
    const struct func_type *type = callee->host->type;
    const uint32_t slots = type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
    if (!fits(x, nfp, ((size_t)HEADER_SLOTS + slots) * 8)) return exec_trap(x, pc, fp, HF_TRAP_CALL_STACK_EXHAUSTED);
    exec_save(x, next, fp, false);
    x->act->stack->sp = (uint8_t *)(nfp + slots);
    const enum run run = host_call(x->act, x->inst, callee, nfp);
    fpu_enter(); // whatever the host function did to it
    if (run == RUN_DONE) return exec_next(x, next, fp);
    if (run == RUN_EXCEPTION) {
        x->exception = x->act->exception;
        return exec_throw(x, next, fp);
    }
    return (int)run;
}

int exec_call(struct exec *x, const uint64_t *pc, union slot *fp, struct func_inst *callee, union slot *nfp,
              const uint64_t *next)
{
    if (!callee->instance) return call_host(x, pc, fp, callee, nfp, next);
    const struct icode *code = callee_code(x, callee);
    if (!code) return exec_exit(x, pc, fp);
    if (!fits(x, nfp, code->frame_bytes)) return exec_trap(x, pc, fp, HF_TRAP_CALL_STACK_EXHAUSTED);
    frame_push(nfp, code, callee->instance, fp, next);
    frame_clear_locals(nfp, code);
    if (callee->instance != x->inst) exec_enter_instance(x, callee->instance);
    return exec_next(x, code->entry, nfp);
}

int exec_tail_call(struct exec *x, const uint64_t *pc, union slot *fp, struct func_inst *callee, union slot *args,
                   union slot *nfp, const uint64_t *next)
{
    if (!callee->instance) {
        const struct func_type *type = callee->host->type;
        if (!fits(x, nfp, ((size_t)HEADER_SLOTS + type->param_slots) * 8))
            return exec_trap(x, pc, fp, HF_TRAP_CALL_STACK_EXHAUSTED);
        memcpy(nfp, args, type->param_slots * sizeof *args);
        return call_host(x, pc, fp, callee, nfp, next);
    }
    const struct icode *code = callee_code(x, callee);
    if (!code) return exec_exit(x, pc, fp);
    if (!fits(x, fp, code->frame_bytes)) return exec_trap(x, pc, fp, HF_TRAP_CALL_STACK_EXHAUSTED);
    memmove(fp, args, code->param_slots * sizeof *args);
    slot_set_ptr(&fp[ICODE], code);
    slot_set_ptr(&fp[INSTANCE], callee->instance);
    frame_clear_locals(fp, code);
    if (callee->instance != x->inst) exec_enter_instance(x, callee->instance);
    return exec_next(x, code->entry, fp);
}

// ---- what handlers leave the fast path for ----

int op_call_compile(struct exec *x, const uint64_t *pc, union slot *fp)
{
    x->act->status = hf_status_ok();
    if (!code_get(x, x->inst->module, (uint32_t)ins_k(pc), &x->act->status)) return exec_exit(x, pc, fp);
    return exec_next(x, pc, fp);
}

int op_call_import(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct func_inst *callee = &x->funcs[x->inst->funcs[(uint32_t)ins_k(pc)]];
    return exec_call(x, pc, fp, callee, fp + ins_a(pc), pc + CALL_WORDS);
}

// Is a function of this type one of the expected type?
static bool type_fits(const struct exec *x, const struct func_inst *callee, uint32_t type_id)
{
    return callee->type_id == type_id || def_matches(x->types, callee->type_id, type_id);
}

int op_call_indirect(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *table = x->inst->tables[(uint32_t)ins_k(pc)];
    struct func_inst *callee = &x->funcs[table->elems[fp[ins_b(pc)].u32]];
    if (!type_fits(x, callee, (uint32_t)pc[2])) return exec_trap(x, pc, fp, HF_TRAP_INDIRECT_CALL_TYPE);
    return exec_call(x, pc, fp, callee, fp + ins_a(pc), pc + CALL_WORDS);
}

int op_call_ref(struct exec *x, const uint64_t *pc, union slot *fp)
{
    return exec_call(x, pc, fp, &x->funcs[fp[ins_b(pc)].ref], fp + ins_a(pc), pc + CALL_WORDS);
}

int op_return_switch(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_enter_instance(x, frame_instance(fp));
    return exec_next(x, pc, fp);
}

int op_fuel(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_save(x, pc, fp, true);
    return RUN_FUEL;
}

int op_poll(struct exec *x, const uint64_t *pc, union slot *fp)
{
    if (!store_poll(x->act->store)) return exec_next(x, pc + 2, fp);
    exec_save(x, pc, fp, true);
    return RUN_INTERRUPT;
}

// k: slots of arguments behind the frame.
int op_check_stack(struct exec *x, const uint64_t *pc, union slot *fp)
{
    if (!fits(x, fp + ins_a(pc), ((size_t)HEADER_SLOTS + (uint32_t)ins_k(pc)) * 8))
        return exec_trap(x, pc, fp, HF_TRAP_CALL_STACK_EXHAUSTED);
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_index64(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *index = &fp[ins_a(pc)];
    if (index->u64 > UINT32_MAX) index->u64 = UINT32_MAX;
    return exec_next(x, pc + EXT_WORDS, fp);
}

// a: first argument, b: the callee's slot, k: function or table, word 3: the callee's fp (and the type's id).
int op_return_call(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct func_inst *callee = &x->funcs[x->inst->funcs[(uint32_t)ins_k(pc)]];
    return exec_tail_call(x, pc, fp, callee, fp + ins_a(pc), fp + pc[3], pc + EXT_WORDS);
}

int op_return_call_indirect(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *table = x->inst->tables[(uint32_t)ins_k(pc)];
    const uint32_t index = fp[ins_b(pc)].u32;
    if (index >= table->size) return exec_trap(x, pc, fp, HF_TRAP_UNDEFINED_ELEMENT);
    const gref ref = table->elems[index];
    if (!ref) return exec_trap(x, pc, fp, HF_TRAP_UNINITIALIZED_ELEMENT);
    struct func_inst *callee = &x->funcs[ref];
    if (!type_fits(x, callee, (uint32_t)pc[3])) return exec_trap(x, pc, fp, HF_TRAP_INDIRECT_CALL_TYPE);
    return exec_tail_call(x, pc, fp, callee, fp + ins_a(pc), fp + (pc[3] >> 32), pc + EXT_WORDS);
}

int op_return_call_ref(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const gref ref = fp[ins_b(pc)].ref;
    if (!ref) return exec_trap(x, pc, fp, HF_TRAP_NULL_FUNCTION);
    return exec_tail_call(x, pc, fp, &x->funcs[ref], fp + ins_a(pc), fp + pc[3], pc + EXT_WORDS);
}

// A host function that was called in tail position has left its results at a.
int op_return_results(struct exec *x, const uint64_t *pc, union slot *fp)
{
    memmove(fp, fp + ins_a(pc), (uint32_t)ins_k(pc) * sizeof *fp);
    pc = slot_ptr(fp[RETURN_PC]);
    fp = frame_caller(fp);
    if (frame_instance(fp) != x->inst) exec_enter_instance(x, frame_instance(fp));
    return exec_next(x, pc, fp);
}

// ---- exceptions ----

// a: first argument, word 3: the tag.
int op_throw(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_save(x, pc, fp, true);
    x->exception = gc_new_exception(x->act, x->inst->tags[pc[3]], fp + ins_a(pc), (uint32_t)ins_k(pc));
    if (!x->exception) return exec_trap(x, pc, fp, HF_TRAP_ALLOCATION);
    return exec_throw(x, pc + EXT_WORDS, fp);
}

int op_throw_ref(struct exec *x, const uint64_t *pc, union slot *fp)
{
    x->exception = fp[ins_a(pc)].ref;
    if (!x->exception) return exec_trap(x, pc, fp, HF_TRAP_NULL_EXCEPTION);
    exec_save(x, pc, fp, true);
    return exec_throw(x, pc + EXT_WORDS, fp);
}

// Where an exception lands: its k argument slots go to a, and with b its reference behind them.
int op_catch(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct gc_exception *e = (const void *)(x->heap + x->exception);
    const uint32_t count = (uint32_t)ins_k(pc);
    union slot *to = fp + ins_a(pc);
    if (count) memcpy(to, e->args, count * sizeof *to);
    if (ins_b(pc)) to[count].u64 = x->exception;
    return exec_next(x, pc + EXT_WORDS, fp);
}

// The same for a legacy catch, which keeps the exception in the slot of word 3 for rethrow.
int op_catch_keep(struct exec *x, const uint64_t *pc, union slot *fp)
{
    fp[pc[3]].u64 = x->exception;
    return op_catch(x, pc, fp);
}
