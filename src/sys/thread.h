// Threads and locks. No lock here is held while foreign code runs.
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include <pthread.h>

#include <holdfast/defs.h>

struct mutex {
    pthread_mutex_t native;
};

#define MUTEX_INIT { PTHREAD_MUTEX_INITIALIZER }

void mutex_init(struct mutex *mutex);
void mutex_fini(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

struct thread {
    pthread_t native;
};

// Runs `run(arg)` on a thread of its own, with signals blocked; false when the system has none left.
bool thread_start(struct thread *thread, void *(*run)(void *arg), void *arg);
void thread_join(struct thread *thread);

#endif
