// The numbers by which a back end reports failure (of WASI 0.1) as the codes that 0.2 has for files and for sockets.
#ifndef WASI_P2_CODES_H
#define WASI_P2_CODES_H

#include "wasi/p2/types.h"
#include "wasi/types.h"

enum fs_code fs_code_of(uint16_t error);
enum net_code net_code_of(uint16_t error);
const char *fs_code_text(enum fs_code code);
const char *net_code_text(enum net_code code);

#endif
