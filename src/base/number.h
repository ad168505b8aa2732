// The numbers of the text format (specification: "Values"). Exact in every locale and rounding mode.
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <holdfast/defs.h>

enum number_kind { NUMBER_NOT, NUMBER_NAT, NUMBER_INT, NUMBER_FLOAT };

// What kind of number literal the whole of the text is.
enum number_kind number_kind(const char *text, size_t size);

// The functions below take a literal that number_kind() accepted. False: out of range.
bool number_nat(const char *text, size_t size, uint64_t *out);
// iN: unsigned or signed, as the two's complement in the low bits.
bool number_int(const char *text, size_t size, unsigned bits, uint64_t *out);
// fN, rounded to nearest, ties to even: the bit pattern. A literal of any of the three kinds.
bool number_float(const char *text, size_t size, unsigned bits, uint64_t *out);

enum { NUMBER_FLOAT_TEXT = 48 };
// The shortest literal that reads back as exactly these bits.
const char *number_float_text(uint64_t value, unsigned bits, char out[NUMBER_FLOAT_TEXT]);

#endif
