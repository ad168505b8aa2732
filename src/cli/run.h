// What `run` has made so far.
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <holdfast/component.h>

#include "cli/cli.h"

struct program {
    const struct options *options;
    const char *name; // of the file
    hf_engine *engine;
    hf_module *module; // or:
    hf_component *component;
    hf_linker *linker;
    hf_store *store;
    hf_instance instance;
};

// The exit status for a call that ended with this; says on standard error what is not success.
int say_outcome(const struct program *p, const hf_status *status);
// Instantiates the component and runs it: its command, or with --invoke an export.
int run_component(const struct program *p);

#endif
