// Traps by name: traps.def is the table.
#ifndef WASM_TRAP_H
#define WASM_TRAP_H

#include <holdfast/status.h>

// Fills *status with the trap and its own text; returns HF_TRAPPED.
hf_code fail_trap(hf_status *status, hf_trap trap);

#endif
