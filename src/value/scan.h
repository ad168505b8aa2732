// A cursor over the text of values and types, which share their white space, comments and labels.
#ifndef VALUE_SCAN_H
#define VALUE_SCAN_H

#include <holdfast/status.h>

struct scan {
    const char *start, *at, *end;
    hf_status *status;
};

// HF_MALFORMED with the line and column of s->at.
hf_code scan_fail(struct scan *s, const char *fmt, ...) HF_PRINTF(2, 3);

// ws: blanks and `//` comments.
void scan_space(struct scan *s);
// Takes the text if it comes next; white space before it is skipped.
bool scan_take(struct scan *s, const char *text);
// scan_take, or fails: "expected `text`".
hf_code scan_expect(struct scan *s, const char *text);
// The character behind white space; 0 at the end.
char scan_peek(struct scan *s);

// label ::= '%'? word ('-' word)*; the words are all lower or all upper case. `escaped` (may be NULL): it began with %.
hf_code scan_label(struct scan *s, hf_str *out, bool *escaped);
// [0-9]+ without leading zeros, up to `max`.
hf_code scan_number(struct scan *s, uint32_t max, uint32_t *out);

// How much of a name an error message shows, for %.*s.
static inline int scan_shown(hf_str name)
{
    return name.size > 60 ? 60 : (int)name.size;
}

// Is it the zero-terminated word?
bool scan_is(hf_str text, const char *word);

#endif
