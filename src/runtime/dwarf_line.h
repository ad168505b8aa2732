// Source lines of a module that carries DWARF (versions 2 to 5, "Line Number Information"), for backtraces. Sizes and indices
// in it are the module's, so nothing is believed: what does not fit ends the search without a result.
#ifndef RUNTIME_DWARF_LINE_H
#define RUNTIME_DWARF_LINE_H

#include <holdfast/defs.h>

struct dwarf_sections {
    hf_bytes line;     // .debug_line
    hf_bytes line_str; // .debug_line_str
    hf_bytes str;      // .debug_str
};

struct dwarf_place {
    hf_str file; // borrowed from the sections
    uint32_t line;
    uint32_t column; // 0: unknown
};

// The place of a code address: an offset from the beginning of the code section's contents, as DWARF for WebAssembly counts.
// False when no line program covers it. Time is linear in the section.
bool dwarf_find(const struct dwarf_sections *sections, uint64_t address, struct dwarf_place *out);

#endif
