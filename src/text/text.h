// The text format, both ways. Text becomes a module by way of its bytes, so that there is one way into a module.
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include <holdfast/status.h>

#include "base/buf.h"
#include "base/reader.h"
#include "text/script.h"
#include "wasm/opcode.h"

// Assembles a module, with or without "(module …)" around its fields, or a component, and appends its bytes to `out`, whose heap serves
// for everything. Checks what the text format says, and nothing that validation says. `features` are enum feature.
// `name_section`: identifiers become names of the name section (those of annotations "(@name …)" always do).
// HF_MALFORMED, HF_INVALID (a branch hint that hints no branch), HF_LIMIT, HF_OUT_OF_MEMORY; `out` is then as it was.
hf_code text_assemble(const char *src, size_t size, uint32_t features, bool name_section, struct buf *out,
                      hf_status *status);

// The same for the fields of a component, with or without "(component …)" around them. text_assemble() takes a component,
// too, when the text begins with "(component".
hf_code text_assemble_component(const char *src, size_t size, uint32_t features, struct buf *out, hf_status *status);

enum text_print_flag {
    TEXT_FOLDED = 1,   // (i32.add (local.get 0) (local.get 1)); else one instruction a line
    TEXT_OFFSETS = 2,  // a comment with each instruction's offset in the bytes
    TEXT_SKELETON = 4, // comments in place of bodies and of the contents of segments
};

// Prints a module as text, with the names of its name section, and appends it to `out`, whose heap serves for
// everything. The module need not validate. Assembling the text, with a name section, gives the same bytes where these
// are as text_assemble() writes them, and in any case a module that means the same; custom sections stay what and where
// they are. HF_MALFORMED, HF_LIMIT (more locals than can be written out), HF_OUT_OF_MEMORY; `out` is then as it was.
hf_code text_print(const uint8_t *bytes, size_t size, unsigned flags, struct buf *out, hf_status *status);

// Prints one instruction with its immediates, indices as numbers, and moves `in` behind it: a line of a disassembly.
// HF_MALFORMED (`in` does not move), HF_OUT_OF_MEMORY.
hf_code text_print_instr(struct reader *in, enum opcode *op, struct buf *out, hf_status *status);

#endif
