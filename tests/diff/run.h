// Runs one generated module on one engine and says in text all that can be seen of it, so that two runs can be compared
// and, when they differ, read.
#ifndef DIFF_RUN_H
#define DIFF_RUN_H

#include <holdfast.h>

#include "gen/gen.h"

struct run_options {
    uint64_t seed;        // of the arguments
    bool classes;         // traps and NaNs as coarse as another engine tells them apart
    uint64_t gc_interval; // as in hf_store_options
    unsigned calls;       // of each export
};

struct run_counts {
    uint64_t calls, traps;
};

// One way of running that is compared with the others.
struct variant {
    const char *name;
    hf_interp interp;
    bool no_reservation, fuel;
    hf_tier tier;
    uint64_t gc_interval;
    hf_engine *engine; // NULL: this build has no such variant
};

enum { VARIANTS = 14 };
extern const struct variant variants_all[VARIANTS];
// Makes the engines of a copy of that table. False: the first one cannot be made; *status says why.
bool variants_open(struct variant *variants, hf_status *status);
void variants_close(struct variant *variants);

// What a module of gen_module does when its exports are called: a line for each call, memory and global. With fuel on,
// what is left after each call is said in `fuel`. `calls` (may be NULL) gets the lines that tell another engine what
// to call.
void run_module(hf_engine *engine, const struct buf *module, const struct run_options *options, struct buf *text,
                struct buf *fuel, struct buf *calls, struct run_counts *counts);
// Each export, in an instance of its own, with every fuel from what it needs down to none: where it stops, memory, what is left,
// and how it ends when it is resumed. Exports that need very much are run once. Returns the number of runs.
uint64_t run_every_fuel(hf_engine *engine, const struct buf *module, const struct run_options *options,
                        struct buf *text);
// The same for a module of gen_single: a line for each instruction and value of its first operand.
void run_single(hf_engine *engine, const struct buf *module, const struct gen_options *gen,
                const struct run_options *options, struct buf *text, struct run_counts *counts);

#endif
