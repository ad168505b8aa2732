// Matching keeps the set of pattern places that can be reached after each character of the name, so that its time is the product of
// both lengths, whatever the stars.
#include "runtime/pattern.h"

#include <holdfast/linker.h>
#include <string.h>

bool pattern_valid(const char *pattern)
{
    if (!pattern) return false;
    const char *end = memchr(pattern, 0, PATTERN_MOST + 1);
    return end && end != pattern;
}

static size_t star_size(const char *pattern)
{
    size_t n = 0;
    while (pattern[n] == '*') n++;
    return n;
}

// From a place that is reached, the places behind stars that match nothing are reached too.
static void reach(const char *pattern, bool *places, size_t at)
{
    places[at] = true;
    while (pattern[at] == '*') {
        at += star_size(pattern + at);
        places[at] = true;
    }
}

bool pattern_matches(const char *pattern, const char *name, size_t size)
{
    if (!pattern_valid(pattern)) return false;
    if (strcmp(pattern, "*") == 0) return true;
    const size_t length = strlen(pattern);
    bool now[PATTERN_MOST + 1] = { false };
    bool next[PATTERN_MOST + 1];
    reach(pattern, now, 0);
    for (size_t i = 0; i < size; i++) {
        const char c = name[i];
        const bool border = c == '/' || c == '#' || c == '@';
        memset(next, 0, sizeof next);
        for (size_t at = 0; at < length; at++) {
            if (!now[at]) continue;
            if (pattern[at] == '*') {
                // The place of a run of stars is its first one.
                if (star_size(pattern + at) > 1 || !border) reach(pattern, next, at);
            } else if (pattern[at] == '?' || pattern[at] == c) {
                reach(pattern, next, at + 1);
            }
        }
        memcpy(now, next, sizeof now);
    }
    return now[length];
}

bool hf_pattern_matches(const char *pattern, const char *name)
{
    return name && pattern_matches(pattern, name, strlen(name));
}
