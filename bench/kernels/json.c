#include "kernel.h"
/* Scans a JSON text that it wrote itself: depth, numbers, lengths of strings. */
const uint32_t rounds = 350;
static char text[64 * 1024];
static size_t size;
static void put(const char *s)
{
    while (*s) text[size++] = *s++;
}
static void number(uint32_t v)
{
    char digits[12];
    int n = 0;
    do digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n) text[size++] = digits[--n];
}
static const char *p;
static uint32_t value(int depth)
{
    uint32_t sum = (uint32_t)depth;
    while (*p == ' ' || *p == '\n') p++;
    switch (*p) {
    case '{':
    case '[': {
        const char close = *p == '{' ? '}' : ']';
        p++;
        while (*p != close) {
            sum = sum * 31 + value(depth + 1);
            while (*p == ' ' || *p == '\n') p++;
            if (*p == ',' || *p == ':') p++;
        }
        p++;
        return sum;
    }
    case '"':
        for (p++; *p != '"'; p++) {
            if (*p == '\\') p++;
            sum++;
        }
        p++;
        return sum;
    case 't':
    case 'n': p += 4; return sum + 1;
    case 'f': p += 5; return sum;
    default: {
        uint32_t v = 0;
        while (*p >= '0' && *p <= '9') v = v * 10 + (uint32_t)(*p++ - '0');
        return sum + v;
    }
    }
}
KERNEL uint32_t run(uint32_t n)
{
    size = 0;
    put("[");
    for (uint32_t i = 0; size < sizeof text - 256; i++) {
        if (i) put(",\n ");
        put("{\"id\": ");
        number(i * 7919);
        put(", \"name\": \"a \\\"quoted\\\" item\", \"flags\": [true, false, null], \"price\": ");
        number(i % 1000);
        put("}");
    }
    put("]");
    text[size] = 0;
    uint32_t sum = 0;
    for (uint32_t r = 0; r < n; r++) {
        p = text;
        sum += value(0);
    }
    return sum;
}
