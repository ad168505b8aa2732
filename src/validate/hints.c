// Branch hints point at if and br_if (specification: "Branch Hints"); decode/ has seen that they can be read and are in
// order.
#include "validate/state.h"

static hf_code wrong_target(const struct hf_module *m, const struct branch_hint *hint, hf_status *status)
{
    const hf_code code = fail_at(status, HF_INVALID, m->funcs[hint->func].body.at + (uint64_t)hint->offset,
                                 "@metadata.code.branch_hint annotation: invalid target");
    if (status && status->code == code) status->func = hint->func;
    return code;
}

hf_code validate_hints(struct hf_module *m, hf_status *status)
{
    struct hint_reader hints = hints_of(m);
    struct branch_hint hint;
    struct instr_reader r = { 0 };
    struct instr ins;
    uint32_t func = UINT32_MAX;
    while (hints_next(&hints, &hint)) {
        if (hint.func != func) {
            func = hint.func;
            r = instr_reader_of(m, m->funcs[func].code, status);
        }
        // Both are in order, so each body is walked once.
        const uint64_t target = m->funcs[func].body.at + (uint64_t)hint.offset;
        do {
            if (!instr_more(&r)) return wrong_target(m, &hint, status);
            const hf_code code = instr_read(&r, &ins);
            if (code) return code;
        } while (ins.offset < target);
        if (ins.offset != target || (ins.op != OP_IF && ins.op != OP_BR_IF)) return wrong_target(m, &hint, status);
    }
    return HF_OK;
}
