#include "sys/self.h"

#include <pthread.h>
#include <sched.h>

uint64_t thread_self(void)
{
    static _Thread_local char mark;
    return (uint64_t)(uintptr_t)&mark;
}

size_t thread_stack_left(void)
{
    static _Thread_local uintptr_t lowest; // 0: not asked yet, 1: not known
    if (lowest == 0) {
        lowest = 1;
        pthread_attr_t attr;
        if (pthread_getattr_np(pthread_self(), &attr) == 0) {
            void *at;
            size_t size;
            if (pthread_attr_getstack(&attr, &at, &size) == 0 && at) lowest = (uintptr_t)at;
            pthread_attr_destroy(&attr);
        }
    }
    if (lowest == 1) return SIZE_MAX;
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return here > lowest ? here - lowest : 0;
}

unsigned thread_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    const int count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}
