// memory.atomic.wait and notify.
#ifndef RUNTIME_WAIT_H
#define RUNTIME_WAIT_H

struct hf_call;

// Takes a waiting call out of its memory's list, whether it was notified or not.
void waiter_leave(struct hf_call *call);

#endif
