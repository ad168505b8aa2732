// Types as text: WIT's `ty`, with records, variants, enums and flags written in place:
//
//     tuple<u8, list<string, 3>>    record { a: u32, b: option<char> }    variant { none, some(u8) }    flags { a, b }
//
// A resource is named as `own<output-stream>`.
#ifndef VALUE_TYPE_TEXT_H
#define VALUE_TYPE_TEXT_H

#include <holdfast/witype.h>

#include "base/arena.h"

// The type of all of the text, in the arena. HF_MALFORMED with line and column, HF_BAD_ARGUMENT, HF_LIMIT,
// HF_OUT_OF_MEMORY.
hf_code type_parse(struct arena *arena, const char *text, size_t size, const hf_type **out, hf_status *status);

#endif
