#include "base/number.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The value of a hexadecimal digit, or 16.
static unsigned digit(char c)
{
    if (is_digit(c)) return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A') + 10;
    return 16;
}

// num ::= digit ('_'? digit)*   in the given base: where it ends, or NULL when there is none.
static const char *scan_num(const char *p, const char *end, unsigned base)
{
    if (p == end || digit(*p) >= base) return NULL;
    for (;;) {
        while (p != end && digit(*p) < base) p++;
        if (p == end || *p != '_') return p;
        if (p + 1 == end || digit(p[1]) >= base) return NULL;
        p++;
    }
}

static bool starts(const char *p, const char *end, const char *word)
{
    const size_t size = strlen(word);
    return (size_t)(end - p) >= size && memcmp(p, word, size) == 0;
}

static bool is_hex(const char *p, const char *end)
{
    return starts(p, end, "0x");
}

enum number_kind number_kind(const char *text, size_t size)
{
    const char *p = text;
    const char *const end = text + size;
    const bool sign = p != end && (*p == '+' || *p == '-');
    if (sign) p++;
    if (p == end) return NUMBER_NOT;
    if (starts(p, end, "inf") && end - p == 3) return NUMBER_FLOAT;
    if (starts(p, end, "nan")) {
        if (end - p == 3) return NUMBER_FLOAT;
        if (!starts(p, end, "nan:0x")) return NUMBER_NOT;
        return scan_num(p + 6, end, 16) == end ? NUMBER_FLOAT : NUMBER_NOT;
    }
    const bool hex = is_hex(p, end);
    const unsigned base = hex ? 16 : 10;
    p = scan_num(p + (hex ? 2 : 0), end, base);
    if (!p) return NUMBER_NOT;
    if (p == end) return sign ? NUMBER_INT : NUMBER_NAT;
    if (*p == '.') {
        p++;
        if (p == end) return NUMBER_FLOAT;
        if (digit(*p) < base) {
            p = scan_num(p, end, base);
            if (!p) return NUMBER_NOT;
            if (p == end) return NUMBER_FLOAT;
        }
    }
    if (hex ? *p != 'p' && *p != 'P' : *p != 'e' && *p != 'E') return NUMBER_NOT;
    p++;
    if (p != end && (*p == '+' || *p == '-')) p++;
    return scan_num(p, end, 10) == end ? NUMBER_FLOAT : NUMBER_NOT;
}

bool number_nat(const char *text, size_t size, uint64_t *out)
{
    const char *p = text;
    const char *const end = text + size;
    const unsigned base = is_hex(p, end) ? 16 : 10;
    if (base == 16) p += 2;
    uint64_t value = 0;
    for (; p != end; p++) {
        if (*p == '_') continue;
        const unsigned d = digit(*p);
        if (value > (UINT64_MAX - d) / base) return false;
        value = value * base + d;
    }
    *out = value;
    return true;
}

bool number_int(const char *text, size_t size, unsigned bits, uint64_t *out)
{
    const bool minus = size && text[0] == '-';
    const size_t skip = size && (minus || text[0] == '+');
    uint64_t value;
    if (!number_nat(text + skip, size - skip, &value)) return false;
    const uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    if (minus ? value > UINT64_C(1) << (bits - 1) : value > mask) return false;
    *out = (minus ? ~value + 1 : value) & mask;
    return true;
}

// --- floats ------------------------------------------------------------------------------------------------

// mantissa × 2^exp2, and `sticky` for what lies below, to the nearest float; false when it is too large.
static bool round_pack(uint64_t mantissa, int64_t exp2, bool sticky, unsigned bits, uint64_t *out)
{
    const int precision = bits == 32 ? 24 : 53;
    const int bias = bits == 32 ? 127 : 1023;
    if (!mantissa) {
        *out = 0;
        return true;
    }
    const int zeros = __builtin_clzll(mantissa);
    mantissa <<= zeros;
    const int64_t exp = exp2 - zeros + 63; // the value is 1.… × 2^exp
    const int64_t min = 1 - bias;
    if (exp > bias) return false;
    const int64_t drop = 64 - precision + (exp < min ? min - exp : 0);
    if (drop > 64) {
        *out = 0;
        return true;
    }
    uint64_t quotient = drop == 64 ? 0 : mantissa >> drop;
    const uint64_t rest = drop == 64 ? mantissa : mantissa & ((UINT64_C(1) << drop) - 1);
    const uint64_t half = UINT64_C(1) << (drop - 1);
    if (rest > half || (rest == half && (sticky || (quotient & 1)))) quotient++;
    // The leading bit of the quotient adds one to the exponent field, and so does a carry out of the rounding.
    const uint64_t field = exp < min ? 0 : (uint64_t)(exp - min);
    const uint64_t packed = (field << (precision - 1)) + quotient;
    if (packed >> (precision - 1) >= (uint64_t)(2 * bias + 1)) return false;
    *out = packed;
    return true;
}

// The decimal number behind 'e' or 'p', clamped: beyond a billion and more digits nothing changes.
static int64_t exponent_of(const char *p, const char *end)
{
    const bool minus = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) p++;
    int64_t value = 0;
    for (; p != end; p++) {
        if (*p == '_') continue;
        if (value < INT64_C(100000000000)) value = value * 10 + (*p - '0');
    }
    return minus ? -value : value;
}

static bool hex_float(const char *p, const char *end, unsigned bits, uint64_t *out)
{
    uint64_t mantissa = 0;
    int64_t exp = 0;
    bool sticky = false;
    bool fraction = false;
    for (; p != end && *p != 'p' && *p != 'P'; p++) {
        if (*p == '_') continue;
        if (*p == '.') {
            fraction = true;
            continue;
        }
        const unsigned d = digit(*p);
        if (mantissa >> 60) {
            sticky |= d != 0;
            if (!fraction) exp += 4;
        } else {
            mantissa = mantissa << 4 | d;
            if (fraction) exp -= 4;
        }
    }
    if (p != end) exp += exponent_of(p + 1, end);
    return round_pack(mantissa, exp, sticky, bits, out);
}

// Naturals of up to 5120 bits: 800 digits times 10^400, or 10^1200.
enum { LIMBS = 160, DIGITS = 800, REACH = 400 };

struct big {
    unsigned count;
    uint32_t limb[LIMBS];
};

static void big_mul_add(struct big *b, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (unsigned i = 0; i < b->count; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry && b->count < LIMBS) b->limb[b->count++] = (uint32_t)carry;
}

static void big_mul_pow10(struct big *b, int64_t exp)
{
    for (; exp >= 9; exp -= 9) big_mul_add(b, 1000000000, 0);
    for (; exp > 0; exp--) big_mul_add(b, 10, 0);
}

static int64_t big_bits(const struct big *b)
{
    return b->count ? 32 * (int64_t)b->count - __builtin_clz(b->limb[b->count - 1]) : 0;
}

static void big_shift(struct big *b, int64_t by)
{
    const unsigned limbs = (unsigned)(by / 32);
    const unsigned bits = (unsigned)(by % 32);
    const unsigned count = b->count + limbs + 1 < LIMBS ? b->count + limbs + 1 : LIMBS;
    for (unsigned i = count; i-- > 0;) {
        const uint32_t high = i >= limbs && i - limbs < b->count ? b->limb[i - limbs] : 0;
        const uint32_t low = i > limbs && i - limbs - 1 < b->count ? b->limb[i - limbs - 1] : 0;
        b->limb[i] = bits ? high << bits | low >> (32 - bits) : high;
    }
    b->count = count;
    while (b->count && !b->limb[b->count - 1]) b->count--;
}

static bool big_less(const struct big *a, const struct big *b)
{
    if (a->count != b->count) return a->count < b->count;
    for (unsigned i = a->count; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i];
    }
    return false;
}

// a -= b, where b <= a
static void big_sub(struct big *a, const struct big *b)
{
    uint32_t borrow = 0;
    for (unsigned i = 0; i < a->count; i++) {
        const uint64_t take = (uint64_t)(i < b->count ? b->limb[i] : 0) + borrow;
        borrow = a->limb[i] < take;
        a->limb[i] = (uint32_t)(a->limb[i] - take);
    }
    while (a->count && !a->limb[a->count - 1]) a->count--;
}

static bool dec_float(const char *p, const char *end, unsigned bits, uint64_t *out)
{
    struct big number = { .count = 0 }, divisor = { .count = 1, .limb = { 1 } };
    unsigned digits = 0;
    int64_t exp = 0;
    bool sticky = false;
    bool fraction = false;
    uint32_t chunk = 0, scale = 1;
    for (; p != end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '_') continue;
        if (*p == '.') {
            fraction = true;
            continue;
        }
        const uint32_t d = digit(*p);
        if (digits == DIGITS) { // no halfway point between two floats has this many digits
            sticky |= d != 0;
            if (!fraction) exp++;
            continue;
        }
        if (fraction) exp--;
        if (!digits && !d) continue;
        digits++;
        chunk = chunk * 10 + d;
        scale *= 10;
        if (scale == 1000000000) {
            if (!number.count)
                number.count = 1, number.limb[0] = chunk;
            else
                big_mul_add(&number, scale, chunk);
            chunk = 0, scale = 1;
        }
    }
    if (scale > 1) {
        if (!number.count)
            number.count = 1, number.limb[0] = chunk;
        else
            big_mul_add(&number, scale, chunk);
    }
    if (p != end) exp += exponent_of(p + 1, end);
    if (!digits || exp + digits < -REACH) {
        *out = 0;
        return true;
    }
    if (exp + digits > REACH) return false;

    // Scale the numerator to between half and twice the divisor, then divide bit by bit.
    big_mul_pow10(exp >= 0 ? &number : &divisor, exp >= 0 ? exp : -exp);
    const int64_t shift = big_bits(&divisor) - big_bits(&number);
    if (shift > 0)
        big_shift(&number, shift);
    else
        big_shift(&divisor, -shift);
    uint64_t quotient = 0;
    for (int i = 0; i < 64; i++) {
        quotient <<= 1;
        if (!big_less(&number, &divisor)) {
            big_sub(&number, &divisor);
            quotient |= 1;
        }
        big_shift(&number, 1);
    }
    return round_pack(quotient, -63 - shift, sticky || number.count, bits, out);
}

bool number_float(const char *text, size_t size, unsigned bits, uint64_t *out)
{
    const char *p = text;
    const char *const end = text + size;
    const bool minus = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) p++;
    const unsigned fraction = bits == 32 ? 23 : 52;
    const uint64_t infinity = bits == 32 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
    uint64_t value;
    if (*p == 'i') {
        value = infinity;
    } else if (*p == 'n' && end - p == 3) {
        value = infinity | UINT64_C(1) << (fraction - 1);
    } else if (*p == 'n') {
        if (!number_nat(p + 4, (size_t)(end - p - 4), &value)) return false;
        if (!value || value >> fraction) return false;
        value |= infinity;
    } else if (is_hex(p, end)) {
        if (!hex_float(p + 2, end, bits, &value)) return false;
    } else {
        if (!dec_float(p, end, bits, &value)) return false;
    }
    *out = value | (uint64_t)minus << (bits - 1);
    return true;
}

const char *number_float_text(uint64_t value, unsigned bits, char out[NUMBER_FLOAT_TEXT])
{
    const unsigned fraction = bits == 32 ? 23 : 52;
    const uint64_t mask = (UINT64_C(1) << fraction) - 1;
    const uint64_t all = bits == 32 ? 0xff : 0x7ff;
    const char *const sign = value >> (bits - 1) & 1 ? "-" : "";
    if ((value >> fraction & all) == all) {
        if (!(value & mask))
            snprintf(out, NUMBER_FLOAT_TEXT, "%sinf", sign);
        else if ((value & mask) == UINT64_C(1) << (fraction - 1))
            snprintf(out, NUMBER_FLOAT_TEXT, "%snan", sign);
        else
            snprintf(out, NUMBER_FLOAT_TEXT, "%snan:0x%llx", sign, (unsigned long long)(value & mask));
        return out;
    }
    double number;
    if (bits == 32) {
        const uint32_t word = (uint32_t)value;
        float narrow;
        memcpy(&narrow, &word, sizeof narrow);
        number = (double)narrow;
    } else {
        memcpy(&number, &value, sizeof number);
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(out, NUMBER_FLOAT_TEXT, "%.*g", precision, number);
        for (char *p = out; *p; p++) {
            if (*p == ',') *p = '.'; // a locale may write a comma
        }
        uint64_t back;
        if (number_kind(out, strlen(out)) != NUMBER_NOT && number_float(out, strlen(out), bits, &back) && back == value)
            return out;
    }
    // A locale or rounding mode that gets in the way: the bits themselves.
    const uint64_t exp = value >> fraction & all;
    snprintf(out, NUMBER_FLOAT_TEXT, "%s0x%d.%0*llxp%+d", sign, exp != 0, bits == 32 ? 6 : 13,
             (unsigned long long)((value & mask) << (bits == 32 ? 1 : 0)),
             (int)(exp ? exp : 1) - (bits == 32 ? 127 : 1023));
    return out;
}
