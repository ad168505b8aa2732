#include "bindgen/cname.h"

#include <string.h>

// Words of C and C++, and lower-case macros of the C library and compilers.
static const char *const reserved[] = {
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "assert",
    "atomic",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "complex",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "i386",
    "if",
    "imaginary",
    "inline",
    "int",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "noreturn",
    "not",
    "not_eq",
    "nullptr",
    "offsetof",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unix",
    "unsigned",
    "using",
    "va_arg",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
};

void cnames_init(struct cnames *names, struct arena *arena, const hf_allocator *heap)
{
    names->arena = arena;
    names->failed = false;
    map_init(&names->taken, heap, (uint64_t)(uintptr_t)names);
}

void cnames_fini(struct cnames *names)
{
    map_fini(&names->taken);
}

const char *cname_claim(struct cnames *names, const struct buf *text)
{
    size_t size = text->size;
    if (text->failed) names->failed = true;
    while (!names->failed) {
        char *const copy = arena_zalloc(names->arena, size + 1);
        if (!copy) break;
        memcpy(copy, text->data, text->size);
        memset(copy + text->size, '_', size - text->size);
        const enum map_put put = map_put(&names->taken, copy, size, 0);
        if (put == MAP_ADDED) return copy;
        if (put == MAP_NO_MEMORY) break;
        size++;
    }
    names->failed = true;
    return "";
}

const char *cname_claimf(struct cnames *names, const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, names->arena->heap);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    const char *const claimed = cname_claim(names, &text);
    buf_fini(&text);
    return claimed;
}

void cname_snake(struct buf *out, hf_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.data[i];
        if (c >= 'A' && c <= 'Z')
            buf_u8(out, (uint8_t)(c - 'A' + 'a'));
        else
            buf_u8(out, (uint8_t)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_'));
    }
}

void cname_upper(struct buf *out, const char *name)
{
    for (; *name; name++) {
        const char c = *name;
        if (c >= 'a' && c <= 'z')
            buf_u8(out, (uint8_t)(c - 'a' + 'A'));
        else
            buf_u8(out, (uint8_t)((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_'));
    }
}

void cname_field(struct buf *out, hf_str name)
{
    const size_t from = out->size;
    cname_snake(out, name);
    if (out->failed) return;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        const size_t size = strlen(reserved[i]);
        if (out->size - from == size && !memcmp(out->data + from, reserved[i], size)) {
            buf_u8(out, '_');
            return;
        }
    }
}
