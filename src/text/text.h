// The text format, both ways. Text becomes a module by way of its bytes, so that there is one way into a module.
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include <holdfast/status.h>

#include "base/buf.h"

// Assembles a module, with or without "(module …)" around its fields, and appends its bytes to `out`, whose heap serves
// for everything. Checks what the text format says, and nothing that validation says. `features` are enum feature.
// `name_section`: identifiers become names of the name section (those of annotations "(@name …)" always do).
// HF_MALFORMED, HF_INVALID (a branch hint that hints no branch), HF_LIMIT, HF_OUT_OF_MEMORY; `out` is then as it was.
hf_code text_assemble(const char *src, size_t size, uint32_t features, bool name_section, struct buf *out,
                      hf_status *status);

#endif
