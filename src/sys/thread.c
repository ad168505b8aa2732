#include "sys/thread.h"

#include <signal.h>

void mutex_init(struct mutex *mutex)
{
    pthread_mutex_init(&mutex->native, NULL); // default attributes: cannot fail
}

void mutex_fini(struct mutex *mutex)
{
    pthread_mutex_destroy(&mutex->native);
}

void mutex_lock(struct mutex *mutex)
{
    pthread_mutex_lock(&mutex->native);
}

void mutex_unlock(struct mutex *mutex)
{
    pthread_mutex_unlock(&mutex->native);
}

// The embedder's signals are for the embedder's threads: the new thread inherits a full mask. Faults are delivered all
// the same.
bool thread_start(struct thread *thread, void *(*run)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&thread->native, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

void thread_join(struct thread *thread)
{
    pthread_join(thread->native, NULL);
}
