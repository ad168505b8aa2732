// Versions of packages: Semantic Versioning 2.0.
#ifndef WIT_VERSION_H
#define WIT_VERSION_H

#include <holdfast/defs.h>

struct wit_version {
    hf_str text; // empty: there is none
    uint64_t major;
    uint64_t minor;
    uint64_t patch;
    hf_str pre; // behind the hyphen, empty for a release
};

// How many bytes at the start of `text` are a version (the longest such run); 0 when none are. `out` borrows from text.
size_t wit_version_scan(const char *text, size_t size, struct wit_version *out);
// By precedence (semver.org, 11): below, at or above 0. Build metadata does not count.
int wit_version_compare(const struct wit_version *a, const struct wit_version *b);

#endif
