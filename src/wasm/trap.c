#include "wasm/trap.h"

#include "base/fail.h"

const char *hf_trap_message(hf_trap trap)
{
    switch (trap) {
#define TRAP(name, value, text) \
    case HF_TRAP_##name: return text;
#include "wasm/traps.def"
#undef TRAP
    }
    return "unknown trap";
}

#define TRAP(name, value, text) _Static_assert(HF_TRAP_##name == (value), "traps.def and status.h agree");
#include "wasm/traps.def"
#undef TRAP

hf_code fail_trap(hf_status *status, hf_trap trap)
{
    if (status && status->code == HF_OK) {
        fail(status, HF_TRAPPED, "%s", hf_trap_message(trap));
        status->trap = trap;
    }
    return HF_TRAPPED;
}
