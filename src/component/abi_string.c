// Strings between the host's UTF-8 and a guest's encoding ("Loading": load_string_from_range; "Storing":
// store_string_into_range). How often and with which sizes realloc is called is seen by the guest: it is as the
// specification has it, for each pair of encodings.
//
// A string that was lifted from latin1+utf16 is preceded by a byte that says which of the two it was, since its way into
// another guest depends on that. It is read only where `source` says that the string comes from there.
#include "base/ckd.h"
#include "base/fail.h"
#include "base/utf8.h"
#include "component/abi_memory.h"

enum { WAS_LATIN1, WAS_UTF16 };

static uint64_t utf16_tag(const struct abi *abi)
{
    return abi->is64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
}

// ---- lifting ----

// Room for a string of `size` bytes.
static hf_code place_string(struct abi *abi, uint64_t size, bool was_utf16, char **out)
{
    const bool marked = abi->encoding == ABI_LATIN1_UTF16;
    void *data;
    const hf_code code = abi_place(abi, size + marked, &data);
    if (code) return code;
    if (marked) *(uint8_t *)data = was_utf16 ? WAS_UTF16 : WAS_LATIN1;
    *out = marked ? (char *)data + 1 : data;
    return HF_OK;
}

static hf_code lift_utf8(struct abi *abi, const uint8_t *from, size_t size, hf_str *out)
{
    char *data;
    const hf_code code = place_string(abi, size, false, &data);
    if (code) return code;
    if (size) memcpy(data, from, size);
    if (size && !utf8_valid(data, size)) return abi_trap(abi, "invalid utf-8");
    *out = (hf_str){ data, size };
    return HF_OK;
}

// The code point at unit *i, which is moved on; UINT32_MAX: a surrogate alone.
static uint32_t utf16_next(const uint8_t *from, size_t units, size_t *i)
{
    const uint32_t unit = abi_load_uint(from + 2 * (*i)++, 2);
    if (unit < 0xd800 || unit >= 0xe000) return unit;
    if (unit >= 0xdc00 || *i == units) return UINT32_MAX;
    const uint32_t low = abi_load_uint(from + 2 * *i, 2);
    if (low < 0xdc00 || low >= 0xe000) return UINT32_MAX;
    ++*i;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static size_t utf8_size(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static hf_code lift_utf16(struct abi *abi, const uint8_t *from, size_t units, hf_str *out)
{
    uint64_t size = 0;
    for (size_t i = 0; i < units;) {
        const uint32_t c = utf16_next(from, units, &i);
        if (c == UINT32_MAX) return abi_trap(abi, "invalid utf-16");
        size += utf8_size(c);
    }
    char *data;
    const hf_code code = place_string(abi, size, true, &data);
    if (code) return code;
    size_t at = 0;
    for (size_t i = 0; i < units;) {
        const uint32_t c = utf16_next(from, units, &i);
        // Another thread of the guest may have written meanwhile.
        if (c == UINT32_MAX || utf8_size(c) > size - at) return abi_trap(abi, "invalid utf-16");
        at += utf8_encode(c, (uint8_t *)data + at);
    }
    *out = (hf_str){ data, at };
    return HF_OK;
}

static hf_code lift_latin1(struct abi *abi, const uint8_t *from, size_t units, hf_str *out)
{
    uint64_t size = units;
    for (size_t i = 0; i < units; i++) size += from[i] >> 7;
    char *data;
    const hf_code code = place_string(abi, size, false, &data);
    if (code) return code;
    size_t at = 0;
    for (size_t i = 0; i < units; i++) {
        const uint8_t c = from[i];
        if (utf8_size(c) > size - at) return abi_trap(abi, "invalid latin1");
        at += utf8_encode(c, (uint8_t *)data + at);
    }
    *out = (hf_str){ data, at };
    return HF_OK;
}

// load_string_from_range
hf_code abi_lift_string(struct abi *abi, uint64_t ptr, uint64_t tagged_code_units, hf_str *out)
{
    const bool wide =
        abi->encoding == ABI_UTF16 || (abi->encoding == ABI_LATIN1_UTF16 && (tagged_code_units & utf16_tag(abi)) != 0);
    const uint64_t units = abi->encoding == ABI_LATIN1_UTF16 ? tagged_code_units & ~utf16_tag(abi) : tagged_code_units;
    if (units > ABI_MAX_BYTES >> wide) return abi_trap(abi, "string pointer/length out of bounds of memory");
    const uint8_t *from =
        abi_range(abi, ptr, units << wide, abi->encoding == ABI_UTF8 ? 1 : 2, "string pointer/length");
    if (!from) return HF_TRAPPED;
    if (wide) return lift_utf16(abi, from, (size_t)units, out);
    return abi->encoding == ABI_UTF8 ? lift_utf8(abi, from, (size_t)units, out)
                                     : lift_latin1(abi, from, (size_t)units, out);
}

// ---- lowering ----

// What is lowered: valid UTF-8, and what the specification calls its source.
struct text {
    const uint8_t *data;
    size_t size;
    size_t points;  // code points
    size_t utf16;   // code units in UTF-16
    uint32_t most;  // no code point is larger
    uint64_t units; // src_code_units
};

// The code point at *at, which is moved on.
static uint32_t text_next(const struct text *text, size_t *at)
{
    uint32_t c = text->data[*at];
    if (c < 0x80) {
        ++*at;
        return c;
    }
    *at += utf8_decode(text->data + *at, text->size - *at, &c);
    return c;
}

static void measure(struct text *text)
{
    for (size_t at = 0; at < text->size;) {
        const uint32_t c = text_next(text, &at);
        text->points++;
        text->utf16 += c >= 0x10000 ? 2 : 1;
        if (c > text->most) text->most = c;
    }
}

// Writes code points from *at on as UTF-16 at `ptr`, all of them.
static void write_utf16(struct abi *abi, const struct text *text, size_t at, uint64_t ptr)
{
    uint8_t *to = abi_at(abi, ptr);
    while (at < text->size) {
        const uint32_t c = text_next(text, &at);
        if (c < 0x10000) {
            abi_store_uint(to, 2, c);
            to += 2;
        } else {
            abi_store_uint(to, 2, 0xd800 + ((c - 0x10000) >> 10));
            abi_store_uint(to + 2, 2, 0xdc00 + ((c - 0x10000) & 0x3ff));
            to += 4;
        }
    }
}

static void write_latin1(struct abi *abi, const struct text *text, uint64_t ptr)
{
    uint8_t *to = abi_at(abi, ptr);
    for (size_t at = 0; at < text->size;) *to++ = (uint8_t)text_next(text, &at);
}

// store_string_copy, to UTF-8
static hf_code copy_utf8(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    const hf_code code = abi_allocate(abi, 1, text->size, ptr);
    if (code) return code;
    if (text->size) memcpy(abi_at(abi, *ptr), text->data, text->size);
    *units = text->size;
    return HF_OK;
}

// store_string_to_utf8
static hf_code store_utf8(struct abi *abi, const struct text *text, uint64_t worst, uint64_t *ptr, uint64_t *units)
{
    hf_code code = abi_allocate(abi, 1, text->units, ptr);
    if (code) return code;
    size_t ascii = 0;
    while (ascii < text->size && text->data[ascii] < 0x80) ascii++;
    if (ascii) memcpy(abi_at(abi, *ptr), text->data, ascii);
    *units = text->size;
    if (ascii == text->size) return HF_OK;
    code = abi_realloc(abi, *ptr, text->units, 1, worst, ptr);
    if (code) return code;
    memcpy(abi_at(abi, *ptr) + ascii, text->data + ascii, text->size - ascii);
    return worst > text->size ? abi_realloc(abi, *ptr, worst, 1, text->size, ptr) : HF_OK;
}

// store_string_copy, to UTF-16
static hf_code copy_utf16(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    const hf_code code = abi_allocate(abi, 2, 2 * (uint64_t)text->utf16, ptr);
    if (code) return code;
    write_utf16(abi, text, 0, *ptr);
    *units = text->utf16;
    return HF_OK;
}

// store_utf8_to_utf16
static hf_code store_utf16(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    const uint64_t worst = 2 * text->units, size = 2 * (uint64_t)text->utf16;
    hf_code code = abi_allocate(abi, 2, worst, ptr);
    if (code) return code;
    write_utf16(abi, text, 0, *ptr);
    *units = text->utf16;
    return size < worst ? abi_realloc(abi, *ptr, worst, 2, size, ptr) : HF_OK;
}

// store_string_copy, to Latin-1
static hf_code copy_latin1(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    const hf_code code = abi_allocate(abi, 2, text->points, ptr);
    if (code) return code;
    write_latin1(abi, text, *ptr);
    *units = text->points;
    return HF_OK;
}

// store_string_to_latin1_or_utf16
static hf_code store_latin1_or_utf16(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    hf_code code = abi_allocate(abi, 2, text->units, ptr);
    if (code) return code;
    uint64_t narrow = 0; // bytes written as Latin-1
    size_t at = 0;
    for (size_t next = 0; at < text->size; at = next, narrow++) {
        const uint32_t c = text_next(text, &next);
        if (c >= 0x100) break;
        *abi_at(abi, *ptr + narrow) = (uint8_t)c;
    }
    if (at == text->size) {
        *units = narrow;
        return narrow < text->units ? abi_realloc(abi, *ptr, text->units, 2, narrow, ptr) : HF_OK;
    }
    const uint64_t worst = 2 * text->units, size = 2 * (uint64_t)text->utf16;
    code = abi_realloc(abi, *ptr, text->units, 2, worst, ptr);
    if (code) return code;
    for (uint64_t j = narrow; j-- > 0;) {
        uint8_t *to = abi_at(abi, *ptr);
        to[2 * j] = to[j];
        to[2 * j + 1] = 0;
    }
    write_utf16(abi, text, at, *ptr + 2 * narrow);
    *units = text->utf16 | utf16_tag(abi);
    return worst > size ? abi_realloc(abi, *ptr, worst, 2, size, ptr) : HF_OK;
}

// store_probably_utf16_to_latin1_or_utf16
static hf_code store_probably_utf16(struct abi *abi, const struct text *text, uint64_t *ptr, uint64_t *units)
{
    const uint64_t size = 2 * (uint64_t)text->utf16;
    hf_code code = abi_allocate(abi, 2, size, ptr);
    if (code) return code;
    write_utf16(abi, text, 0, *ptr);
    *units = text->utf16 | utf16_tag(abi);
    if (text->most >= 0x100) return HF_OK;
    *units = text->utf16;
    write_latin1(abi, text, *ptr);
    return abi_realloc(abi, *ptr, size, 1, text->utf16, ptr);
}

// store_string_into_range
hf_code abi_lower_string(struct abi *abi, hf_str string, uint64_t *ptr, uint64_t *units)
{
    struct text text = { .data = (const uint8_t *)string.data, .size = string.size };
    if (string.size > ABI_MAX_BYTES)
        return fail(abi->status, HF_LIMIT, "a string of more than %u bytes", ABI_MAX_BYTES);
    if (string.size && (!string.data || !utf8_valid(string.data, string.size)))
        return fail(abi->status, HF_BAD_ARGUMENT, "a string that is not UTF-8");
    const bool marked = abi->source == ABI_LATIN1_UTF16 && string.data;
    text.units = text.size;
    if (abi->source == ABI_UTF8 && abi->encoding == ABI_UTF8) return copy_utf8(abi, &text, ptr, units);
    measure(&text);
    const bool latin1 = abi->source == ABI_LATIN1_UTF16 && text.most < 0x100 && !(marked && text.data[-1] == WAS_UTF16);
    const bool wide = abi->source != ABI_UTF8 && !latin1;
    if (abi->source != ABI_UTF8) text.units = wide ? text.utf16 : text.points;

    switch (abi->encoding) {
    case ABI_UTF8: return store_utf8(abi, &text, (wide ? 3 : 2) * text.units, ptr, units);
    case ABI_UTF16:
        return abi->source == ABI_UTF8 ? store_utf16(abi, &text, ptr, units) : copy_utf16(abi, &text, ptr, units);
    case ABI_LATIN1_UTF16: break;
    }
    if (abi->source != ABI_LATIN1_UTF16) return store_latin1_or_utf16(abi, &text, ptr, units);
    return wide ? store_probably_utf16(abi, &text, ptr, units) : copy_latin1(abi, &text, ptr, units);
}
