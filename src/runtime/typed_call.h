// Typed host functions: plain C functions, called without boxing. A plan is made once per definition.
#ifndef RUNTIME_TYPED_CALL_H
#define RUNTIME_TYPED_CALL_H

#include <holdfast/linker.h>

#include "runtime/slot.h"
#include "wasm/type.h"

enum { TYPED_PARAMS_MAX = 16 };

struct typed_plan {
    uint8_t param_count;
    uint8_t result;  // enum val_kind; VAL_BOT: none
    uint8_t stacked; // arguments on the stack
    bool few_ints;   // only integers, and few enough for registers
    struct {
        uint8_t kind;  // enum val_kind
        uint8_t place; // 0 integer register, 1 float register, 2 stack
        uint8_t index;
    } params[TYPED_PARAMS_MAX];
};

// HF_UNSUPPORTED: another result count than 0 or 1, more than 16 parameters, types other than numbers, or a machine whose ABI is
// unknown.
hf_code typed_plan(const struct func_type *type, struct typed_plan *out, hf_status *status);
// Arguments in `slots`, the result goes there.
void typed_call(const struct typed_plan *plan, hf_typed_fn fn, hf_caller *caller, union slot *slots);

#endif
