#include "kernel.h"
/* A register machine that counts primes. */
enum { LOAD, MOV, ADD, MUL, MOD, LT, JZ, JNZ, JMP, INC, HALT };
struct code {
    uint8_t op, a, b, c;
};
static const struct code program[] = {
    { LOAD, 0, 2, 0 },                   /* r0 = 2: candidate */
    { LOAD, 1, 0, 0 },                   /* r1 = 0: count */
    { LOAD, 2, 2, 0 },                   /* 2: r2 = divisor */
    { MUL, 3, 2, 2 },                    /* 3: r3 = r2 * r2 */
    { LT, 4, 0, 3 },   { JNZ, 4, 9, 0 }, /* r0 < r3: prime */
    { MOD, 5, 0, 2 },  { JZ, 5, 10, 0 }, /* divides: composite */
    { INC, 2, 3, 0 },                    /* r2++, jump 3 */
    { INC, 1, 10, 0 },                   /* 9: r1++ */
    { INC, 0, 11, 0 },                   /* 10: r0++ */
    { LT, 4, 0, 6 },   { JNZ, 4, 2, 0 }, /* r0 < r6 */
    { HALT, 0, 0, 0 },
};
const uint32_t rounds = 60000;
KERNEL uint32_t run(uint32_t n)
{
    uint32_t r[8] = { 0 };
    r[6] = n;
    for (uint32_t pc = 0;;) {
        const struct code *i = &program[pc++];
        switch (i->op) {
        case LOAD: r[i->a] = i->b; break;
        case MOV: r[i->a] = r[i->b]; break;
        case ADD: r[i->a] = r[i->b] + r[i->c]; break;
        case MUL: r[i->a] = r[i->b] * r[i->c]; break;
        case MOD: r[i->a] = r[i->b] % r[i->c]; break;
        case LT: r[i->a] = r[i->b] < r[i->c]; break;
        case JZ:
            if (!r[i->a]) pc = i->b;
            break;
        case JNZ:
            if (r[i->a]) pc = i->b;
            break;
        case JMP: pc = i->b; break;
        case INC: r[i->a]++, pc = i->b; break;
        default: return r[1];
        }
    }
}
