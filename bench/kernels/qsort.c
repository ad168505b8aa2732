#include "kernel.h"
enum { N = 20000 };
const uint32_t rounds = 40;
static uint32_t items[N];
static void sort(int low, int high)
{
    while (high - low > 12) {
        const uint32_t pivot = items[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (items[i] < pivot) i++;
            while (pivot < items[j]) j--;
            if (i <= j) {
                const uint32_t t = items[i];
                items[i++] = items[j];
                items[j--] = t;
            }
        }
        if (j - low < high - i) {
            sort(low, j);
            low = i;
        } else {
            sort(i, high);
            high = j;
        }
    }
    for (int i = low + 1; i <= high; i++) {
        const uint32_t t = items[i];
        int j = i - 1;
        for (; j >= low && items[j] > t; j--) items[j + 1] = items[j];
        items[j + 1] = t;
    }
}
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0, seed = 2463534242u;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < N; i++) items[i] = next_random(&seed);
        sort(0, N - 1);
        sum = sum * 31 + items[r * 97 % N];
    }
    return sum;
}
