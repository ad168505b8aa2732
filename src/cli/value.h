// Values as words of the command line.
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <holdfast/value.h>

#include "cli/cli.h"

// What value_parse expects for a type, in words: "a number from -2147483648 to 4294967295".
const char *value_expected(hf_valtype type);
// False: the word is not a value of this type.
bool value_parse(const char *word, hf_valtype type, hf_val *out);
// Floats are printed with as few digits as give the same float again; vectors as 32 hexadecimal digits, lane 0 last.
void value_print(FILE *out, const hf_val *value);
// Bytes in quotes, escaped, at most `max` of them.
void bytes_print(FILE *out, const uint8_t *data, size_t size, size_t max);

#endif
