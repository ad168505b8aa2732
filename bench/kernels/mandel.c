#include "kernel.h"
const uint32_t rounds = 12;
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t r = 0; r < n; r++)
        for (int y = 0; y < 160; y++)
            for (int x = 0; x < 160; x++) {
                const double cr = 2.0 * x / 160 - 1.5, ci = 2.0 * y / 160 - 1.0;
                double zr = 0, zi = 0;
                int i = 0;
                while (i < 100 && zr * zr + zi * zi <= 4.0) {
                    const double t = zr * zr - zi * zi + cr;
                    zi = 2 * zr * zi + ci;
                    zr = t;
                    i++;
                }
                sum += (uint32_t)i;
            }
    return sum;
}
