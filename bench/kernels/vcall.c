#include "kernel.h"
struct shape;
typedef double (*area_fn)(const struct shape *);
struct shape {
    area_fn area;
    double a, b;
};
static double square(const struct shape *s)
{
    return s->a * s->a;
}
static double rect(const struct shape *s)
{
    return s->a * s->b;
}
static double circle(const struct shape *s)
{
    return 3.14159 * s->a * s->a;
}
static double triangle(const struct shape *s)
{
    return 0.5 * s->a * s->b;
}
static struct shape shapes[1024];
const uint32_t rounds = 8000;
KERNEL uint32_t run(uint32_t n)
{
    static const area_fn kinds[4] = { square, rect, circle, triangle };
    uint32_t seed = 7;
    for (int i = 0; i < 1024; i++) shapes[i] = (struct shape){ kinds[next_random(&seed) & 3], i % 10, i % 7 };
    double sum = 0;
    for (uint32_t r = 0; r < n; r++)
        for (int i = 0; i < 1024; i++) sum += shapes[i].area(&shapes[i]);
    return fold(sum);
}
