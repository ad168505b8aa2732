// Values of components in scripts: (u32.const 1), (record.const (field "a" u8.const 2)), …
#ifndef TEXT_SCRIPT_VALUE_H
#define TEXT_SCRIPT_VALUE_H

#include "text/parser.h"
#include "text/script.h"

// Does such a value come next, with or without its parentheses?
bool script_value_is_component(const struct parser *p);
// Parses one. `depth` is that of the value that holds it; HF_LIMIT when they are nested too deeply.
hf_code script_value_parse(struct parser *p, struct arena *arena, unsigned depth, struct script_value *out);

#endif
