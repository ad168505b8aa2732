#include "kernel.h"
/* A backtracking matcher of (a|b)*c[d-f]+g? compiled to instructions by hand. */
enum { CHAR, RANGE, SPLIT, JUMP, MATCH };
struct inst {
    uint8_t op, x, y;
    int16_t a, b;
};
static const struct inst program[] = {
    { SPLIT, 0, 0, 1, 6 },  { SPLIT, 0, 0, 2, 4 },   { CHAR, 'a', 0, 0, 0 }, { JUMP, 0, 0, 0, 0 },
    { CHAR, 'b', 0, 0, 0 }, { JUMP, 0, 0, 0, 0 },    { CHAR, 'c', 0, 0, 0 }, { RANGE, 'd', 'f', 0, 0 },
    { SPLIT, 0, 0, 7, 9 },  { SPLIT, 0, 0, 10, 11 }, { CHAR, 'g', 0, 0, 0 }, { MATCH, 0, 0, 0, 0 },
};
const uint32_t rounds = 1200;
static char text[4096];
static const char *match(int pc, const char *s)
{
    for (;;) {
        const struct inst *i = &program[pc];
        switch (i->op) {
        case CHAR:
            if (*s != (char)i->x) return NULL;
            s++, pc++;
            break;
        case RANGE:
            if ((uint8_t)*s < i->x || (uint8_t)*s > i->y) return NULL;
            s++, pc++;
            break;
        case JUMP: pc = i->a; break;
        case SPLIT: {
            const char *end = match(i->a, s);
            if (end) return end;
            pc = i->b;
            break;
        }
        default: return s;
        }
    }
}
KERNEL uint32_t run(uint32_t n)
{
    uint32_t seed = 12345, sum = 0;
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = "aabbabcdefgx"[next_random(&seed) % 12];
    for (uint32_t r = 0; r < n; r++) {
        for (const char *s = text; *s;) {
            const char *end = match(0, s);
            if (end) sum = sum * 31 + (uint32_t)(end - s);
            s = end ? end : s + 1;
        }
    }
    return sum;
}
