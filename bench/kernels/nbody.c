#include "kernel.h"
struct body {
    double x, y, z, vx, vy, vz, mass;
};
const uint32_t rounds = 500000;
static const struct body start[5] = {
    { 0, 0, 0, 0, 0, 0, 39.47841760435743 },
    { 4.84143144246472090, -1.16032004402742839, -0.10362204447112311, 0.60632639299, 2.81198684491, -0.02521836165,
      0.03769367487 },
    { 8.34336671824457987, 4.12479856412430479, -0.40352341711432138, -1.01077434617, 1.82566237123, 0.00841576137,
      0.01128632613 },
    { 12.8943695621391310, -15.1111514016986312, -0.22330757889265573, 1.08279100644, 0.86871301816, -0.01083263740,
      0.00172372405 },
    { 15.3796971148509165, -25.9193146099879641, 0.17925877295037118, 0.97909073224, 0.59469899864, -0.03475595555,
      0.00203368686 },
};
static struct body bodies[5];
KERNEL uint32_t run(uint32_t n)
{
    for (int i = 0; i < 5; i++) bodies[i] = start[i];
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < 5; i++) {
            struct body *a = &bodies[i];
            for (int j = i + 1; j < 5; j++) {
                struct body *b = &bodies[j];
                const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
                const double d2 = dx * dx + dy * dy + dz * dz;
                const double mag = 0.01 / (d2 * __builtin_sqrt(d2));
                a->vx -= dx * b->mass * mag;
                a->vy -= dy * b->mass * mag;
                a->vz -= dz * b->mass * mag;
                b->vx += dx * a->mass * mag;
                b->vy += dy * a->mass * mag;
                b->vz += dz * a->mass * mag;
            }
        }
        for (int i = 0; i < 5; i++) {
            bodies[i].x += 0.01 * bodies[i].vx;
            bodies[i].y += 0.01 * bodies[i].vy;
            bodies[i].z += 0.01 * bodies[i].vz;
        }
    }
    return fold(bodies[0].x + bodies[1].y);
}
