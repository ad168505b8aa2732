// The host module of the specification's scripts.
#ifndef API_SPECTEST_H
#define API_SPECTEST_H

#include <holdfast/linker.h>

typedef void (*spectest_print)(void *ctx, const char *text);

struct spectest {
    spectest_print print; // may be NULL
    void *ctx;
};

// Defines its functions, and its globals, tables and memory as things of this store. `spectest` is borrowed.
hf_code spectest_link(hf_linker *linker, hf_store *store, struct spectest *spectest, hf_status *status);

#endif
