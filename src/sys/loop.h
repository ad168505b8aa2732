// The built-in loop: ppoll over watches and one eventfd.
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <holdfast/loop.h>

// Returns the descriptor by which a sleeper is woken, or -1 (errno).
int loop_event_new(void);
void loop_event_free(int event);
void loop_event_signal(int event);
void loop_event_clear(int event);
// As hf_loop's wait; `event` is one more thing to wake for.
hf_code loop_poll(int event, hf_watch *watches, size_t count, int64_t deadline_ns, const hf_allocator *heap,
                  hf_status *status);

#endif
