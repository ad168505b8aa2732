// Patterns over names: `*` stops at '/', '#' and '@', `**` does not, `?` is one character, a lone "*" means everything.
#ifndef RUNTIME_PATTERN_H
#define RUNTIME_PATTERN_H

#include <holdfast/defs.h>

enum { PATTERN_MOST = 255 }; // bytes

bool pattern_valid(const char *pattern);
bool pattern_matches(const char *pattern, const char *name, size_t size);

#endif
