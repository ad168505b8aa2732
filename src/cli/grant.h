// What the command line gives the guest: arguments, environment, directories, sockets.
#ifndef CLI_GRANT_H
#define CLI_GRANT_H

#include <holdfast/wasi.h>

#include "cli/cli.h"

// A context by the options and operands of `run`; NULL: said on standard error why not.
hf_wasi *grant(const struct options *options);

#endif
