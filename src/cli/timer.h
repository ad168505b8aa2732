// --timeout: a thread that interrupts the store when the time is over.
#ifndef CLI_TIMER_H
#define CLI_TIMER_H

#include <holdfast/store.h>

struct timer;

// NULL: no thread could be made; said on standard error.
struct timer *timer_start(hf_store *store, uint64_t ns);
// Ends the thread. True: the time was over.
bool timer_stop(struct timer *timer);

#endif
