// Values read from words and printed.
#include "cli/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *value_expected(hf_valtype type)
{
    switch (hf_valtype_kind(type)) {
    case HF_I32: return "a number from -2147483648 to 4294967295";
    case HF_I64: return "a number from -9223372036854775808 to 18446744073709551615";
    case HF_F32:
    case HF_F64: return "a number, inf or nan";
    case HF_V128: return "0x and 32 hexadecimal digits";
    case HF_REF: return hf_valtype_nullable(type) ? "null" : "no reference that can be written as a word";
    }
    return "of a type that can be written as a word";
}

// Signed or unsigned: what fits `bits` bits either way.
static bool parse_int(const char *word, unsigned bits, int64_t *out)
{
    const bool negative = *word == '-';
    const char *const digits = word + (negative || *word == '+');
    if (*digits < '0' || *digits > '9') return false;
    // strtoull would read 010 as octal, which WebAssembly does not have.
    const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(digits, &end, hex ? 16 : 10);
    if (errno || *end || (hex && end == digits + 2)) return false;
    const uint64_t most = negative ? UINT64_C(1) << (bits - 1) : UINT64_MAX >> (64 - bits);
    if (value > most) return false;
    *out = (int64_t)(negative ? 0 - (uint64_t)value : (uint64_t)value);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool parse_v128(const char *word, uint8_t out[16])
{
    if (strlen(word) != 34 || word[0] != '0' || word[1] != 'x') return false;
    for (unsigned i = 0; i < 16; i++) {
        const int high = hex_digit(word[2 + 2 * i]), low = hex_digit(word[3 + 2 * i]);
        if (high < 0 || low < 0) return false;
        out[15 - i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool value_parse(const char *word, hf_valtype type, hf_val *out)
{
    hf_val value = { .type = type };
    int64_t number = 0;
    char *end;
    switch (hf_valtype_kind(type)) {
    case HF_I32:
        if (!parse_int(word, 32, &number)) return false;
        value.of.i32 = (int32_t)number;
        break;
    case HF_I64:
        if (!parse_int(word, 64, &number)) return false;
        value.of.i64 = number;
        break;
    case HF_F32:
        value.of.f32 = strtof(word, &end);
        if (end == word || *end) return false;
        break;
    case HF_F64:
        value.of.f64 = strtod(word, &end);
        if (end == word || *end) return false;
        break;
    case HF_V128:
        if (!parse_v128(word, value.of.v128)) return false;
        break;
    case HF_REF:
        if (!hf_valtype_nullable(type) || strcmp(word, "null") != 0) return false;
        break;
    default: return false;
    }
    *out = value;
    return true;
}

static void print_float(FILE *out, double value, bool single)
{
    char text[40];
    if (isnan(value)) {
        fputs(signbit(value) ? "-nan" : "nan", out);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
    }
    fputs(text, out);
}

void value_print(FILE *out, const hf_val *value)
{
    switch (hf_valtype_kind(value->type)) {
    case HF_I32: fprintf(out, "%" PRId32, value->of.i32); return;
    case HF_I64: fprintf(out, "%" PRId64, value->of.i64); return;
    case HF_F32: print_float(out, (double)value->of.f32, true); return;
    case HF_F64: print_float(out, value->of.f64, false); return;
    case HF_V128:
        fputs("0x", out);
        for (unsigned i = 16; i-- > 0;) fprintf(out, "%02x", value->of.v128[i]);
        return;
    case HF_REF: {
        char name[64];
        const bool null = value->of.ref.h.store == 0;
        fputs(null ? "null" : hf_valtype_name(value->type, name, sizeof name), out);
        return;
    }
    }
    fputc('?', out);
}

void bytes_print(FILE *out, const uint8_t *data, size_t size, size_t max)
{
    fputc('"', out);
    for (size_t i = 0; i < size && i < max; i++) {
        const uint8_t c = data[i];
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(out, "\\%02x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
    if (size > max) fprintf(out, "...(%zu)", size);
}
