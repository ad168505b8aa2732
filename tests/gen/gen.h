// A generator of valid modules. The same choices give the same module, and every sequence of choices gives a valid one.
//
// A module exports functions "e0", "e1", … of numbers to numbers, each of which calls one of the module's inner
// functions with arguments of all types and folds its results into numbers, so that any engine can be asked; further
// its memories "m0" …, its mutable numeric globals "g0" …. Inner functions and loops burn a counter in a global and
// return when it is used up, so that every call ends soon. What might trap is mostly guarded.
//
// It imports three functions: "h" "f0" (i32) -> i32: 3x + 1; "f1" (i64 f64) -> f64: its second argument;
// "f2" () -> (): nothing.
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "base/buf.h"
#include "dna.h"

// What a module may use. Numbers, locals, control flow and globals are always there.
enum gen_switch {
#define SWITCH(name, bit, text) GEN_##name = 1 << (bit),
#include "switches.def"
#undef SWITCH
    GEN_ALL = (1 << 20) - 1,
};

// "simd" to GEN_SIMD; 0 when there is none of that name.
uint32_t gen_switch_find(const char *name, size_t size);

struct gen_options {
    uint32_t switches; // what may be used
    bool swarm;        // use a random half of it, other ones for each module
    bool canonical;    // replace each NaN that arithmetic makes by the canonical one: then results are the same in
                       // every engine
    uint32_t size;     // about how many instructions at most; 0: 400
};

// What the bits of DNA give. Appends the module to `out`; running out of memory is out->failed. Returns the number of
// exported functions.
unsigned gen_module(struct dna *dna, const struct gen_options *options, struct buf *out);

// The other kind of module: one exported function "o0", "o1", … for each instruction with a plain signature, chosen by
// `switches`. Each takes a number that selects operands among boundary values (8 bits each, the first lowest) and
// stores the results at address 0 of memory "m0", 16 bytes each. Returns the number of functions.
unsigned gen_single(const struct gen_options *options, struct buf *out);
// How many operands are to be selected for the i-th function, and its instruction's text.
const char *gen_single_name(const struct gen_options *options, unsigned i, unsigned *operands);
enum { GEN_SINGLE_VALUES = 32 }; // boundary values of each type

// Replaces, inserts and removes bytes, or moves and repeats whole sections; what comes out is seldom valid.
void gen_mutate(struct dna *dna, const uint8_t *data, size_t size, struct buf *out);

#endif
