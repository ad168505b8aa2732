// Vectors, by opcode; NULL where the opcode is not of this kind.
#ifndef INTERP_SIMD_H
#define INTERP_SIMD_H

#include "interp/code.h"
#include "wasm/opcode.h"

extern pure_fn *const simd_functions[OP_COUNT];
// What makes an instruction's NaNs canonical.
extern pure_fn *const simd_canonical[OP_COUNT];
// Accesses to the checked address.
extern ext_fn *const simd_accesses[OP_COUNT];

#endif
