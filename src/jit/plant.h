// Bugs for tests of tests (plants.def). Only the test program that defines HOLDFAST_PLANTS has them; everywhere else PLANTED is
// false, and what it guards is no code at all.
#ifndef JIT_PLANT_H
#define JIT_PLANT_H

enum plant {
    PLANT_NONE,
#define PLANT(name, text) PLANT_##name,
#include "jit/plants.def"
#undef PLANT
    PLANTS
};

#ifdef HOLDFAST_PLANTS
extern enum plant planted;
#define PLANTED(name) (planted == PLANT_##name)
#else
#define PLANTED(name) 0
#endif

#endif
