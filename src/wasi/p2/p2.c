#include "wasi/p2/p2.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "base/utf8.h"
#include "sys/clock.h"
#include "wasi/p2/output.h"

hf_code p2_call(hf_call *call, const struct p2_row *row, const void *args, void *result)
{
    hf_wasi *wasi = hf_store_wasi(hf_call_store(call));
    if (!wasi) return hf_call_trap(call, "%s#%s: the store has no WASI context", row->interface, row->name);
    struct p2 p = { .call = call, .wasi = wasi, .row = row, .args = args, .result = result };
    return row->impl->fn(&p);
}

void *p2_alloc(struct p2 *p, size_t size)
{
    return hf_call_alloc(p->call, size ? size : 1);
}

hf_code p2_out_of_memory(struct p2 *p)
{
    return hf_call_trap(p->call, "%s#%s: out of memory, or more than the limits of the store allow", p->row->interface,
                        p->row->name);
}

hf_code p2_bad_handle(struct p2 *p, const struct object_type *type)
{
    return hf_call_trap(p->call, "%s#%s: no handle of a %s", p->row->interface, p->row->name,
                        type->resource.names.name.data);
}

bool p2_string(struct p2 *p, const char *text, hf_str *out)
{
    const size_t size = strlen(text);
    const bool valid = utf8_valid(text, size);
    size_t bytes, at = 0;
    if (ckd_mul(&bytes, size, (size_t)3)) return false;
    char *copy = p2_alloc(p, valid ? size : bytes);
    if (!copy) return false;
    if (valid) {
        memcpy(copy, text, size);
        *out = (hf_str){ copy, size };
        return true;
    }
    for (size_t i = 0; i < size;) {
        uint32_t scalar;
        const size_t n = utf8_decode((const uint8_t *)text + i, size - i, &scalar);
        memcpy(copy + at, n ? text + i : "\xef\xbf\xbd", n ? n : 3);
        at += n ? n : 3;
        i += n ? n : 1;
    }
    *out = (hf_str){ copy, at };
    return true;
}

bool p2_handle(void *object, hf_resource *out)
{
    return object && p2_handle_new(object, out) == 0;
}

// -- waiting --

int64_t p2_now(void)
{
    uint64_t ns = 0;
    (void)sys_clock_now(SYS_CLOCK_MONOTONIC, &ns);
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

int64_t p2_after(int64_t now, uint64_t ns)
{
    int64_t at;
    return ns > INT64_MAX || ckd_add(&at, now, (int64_t)ns) ? INT64_MAX : at;
}

void waits_init(struct waits *w)
{
    *w = (struct waits){ .deadline = INT64_MAX };
}

void waits_fini(struct waits *w)
{
    mem_free(&alloc_libc, w->watches, w->cap * sizeof *w->watches);
    waits_init(w);
}

void waits_fd(struct waits *w, int fd, uint32_t events)
{
    hf_watch *watches = mem_grow(&alloc_libc, w->watches, &w->cap, w->count + 1, sizeof *watches);
    if (!watches) {
        w->failed = true;
        return;
    }
    w->watches = watches;
    w->watches[w->count++] = (hf_watch){ .fd = fd, .events = events };
}

void waits_until(struct waits *w, int64_t deadline)
{
    if (deadline < w->deadline) w->deadline = deadline;
}

static hf_code again(hf_call *call, void *env)
{
    struct p2 *p = env;
    p->wasi = hf_store_wasi(hf_call_store(call));
    if (!p->wasi) return hf_call_trap(call, "%s#%s: the store has no WASI context", p->row->interface, p->row->name);
    outputs_push(p->wasi);
    return p->row->impl->fn(p);
}

hf_code p2_wait(struct p2 *p, struct waits *w)
{
    // Whatever the guest waits for, what it has written goes on to where it was written to.
    outputs_wait(p->wasi, w);
    struct p2 *kept = p->kept ? p : p2_alloc(p, sizeof *kept);
    hf_code code = HF_OUT_OF_MEMORY;
    if (kept && !w->failed) {
        *kept = *p;
        kept->kept = true;
        code = hf_call_await(p->call, w->watches, w->count, w->deadline, again, kept);
    }
    waits_fini(w);
    if (code == HF_OK || code == HF_PENDING) return HF_PENDING;
    return hf_call_trap(p->call, "%s#%s would have to wait, and cannot: %s", p->row->interface, p->row->name,
                        hf_code_name(code));
}
