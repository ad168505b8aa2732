// Calls of WASI 0.2 without a guest: typed arguments in, typed results out.
#ifndef WASI_P2_FAKE_TEST_H
#define WASI_P2_FAKE_TEST_H

#include "wasi/fake_test.h"

#include "wasi/p2/codes.h"
#include "wasi/p2/error.h"
#include "wasi/p2/p2.h"

static hf_call p2_last; // results that lie in its memory hold until the next call
static bool p2_impatient;
static bool p2_reached[256]; // rows that were called

// Calls a function, waiting like a loop would.
static inline hf_code p2_try(const char *interface, const char *name, const void *args, void *result)
{
    const struct p2_row *row = p2_find(interface, name);
    if (!row || !row->impl->fn) fail_msg("there is no %s#%s", interface, name);
    p2_reached[row - p2_rows] = true;
    fake_free_allocs(&p2_last);
    memset(&p2_last, 0, sizeof p2_last);
    p2_last.store = &fake_store;
    fake_waits = 0;
    hf_code code = p2_call(&p2_last, row, args, result);
    if (!p2_impatient) code = fake_drive(&p2_last, code);
    return code;
}

static inline void p2_do(const char *interface, const char *name, const void *args, void *result)
{
    const hf_code code = p2_try(interface, name, args, result);
    if (code != HF_OK) fail_msg("%s#%s: code %d: %s", interface, name, code, p2_last.trap);
}

// Has every function of these packages been called?
static inline void p2_all_reached(const char *const *packages, size_t count)
{
    unsigned missing = 0;
    for (size_t i = 0; i < p2_row_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (strncmp(p2_rows[i].interface, packages[k], strlen(packages[k])) != 0 || p2_reached[i] ||
                !p2_rows[i].impl->fn) {
                continue;
            }
            print_message("%s#%s is not tested\n", p2_rows[i].interface, p2_rows[i].name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

// -- shapes of arguments --

struct args_self {
    hf_resource self;
};
struct args_self_u64 {
    hf_resource self;
    uint64_t value;
};
struct args_self_u32 {
    hf_resource self;
    uint32_t value;
};
struct args_self_u8 {
    hf_resource self;
    uint8_t value;
};
struct args_self_bool {
    hf_resource self;
    bool value;
};
struct args_self_bytes {
    hf_resource self;
    p2_bytes bytes;
};
struct args_self_string {
    hf_resource self;
    hf_str string;
};
struct args_splice {
    hf_resource self, src;
    uint64_t len;
};

static inline hf_code try_self(const char *i, const char *n, hf_resource self, void *result)
{
    const struct args_self args = { self };
    return p2_try(i, n, &args, result);
}

static inline hf_code try_u64(const char *i, const char *n, hf_resource self, uint64_t value, void *result)
{
    const struct args_self_u64 args = { self, value };
    return p2_try(i, n, &args, result);
}

static inline hf_code try_bytes(const char *i, const char *n, hf_resource self, const void *data, size_t size,
                                void *result)
{
    const struct args_self_bytes args = { self, { (uint8_t *)(uintptr_t)data, size } };
    return p2_try(i, n, &args, result);
}

static inline void p2_drop(const char *interface, const char *resource, hf_resource handle)
{
    char name[64];
    const struct args_self args = { handle };
    snprintf(name, sizeof name, "[resource-drop]%s", resource);
    p2_do(interface, name, &args, NULL);
}

static inline hf_str str(const char *text)
{
    return (hf_str){ text, strlen(text) };
}

static inline bool str_is(hf_str s, const char *text)
{
    return s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

static inline hf_wasi *p2_open(void)
{
    hf_wasi *wasi = hf_wasi_new(NULL);
    assert_non_null(wasi);
    fake_store.max_charged = 0;
    assert_int_equal(hf_store_set_wasi(&fake_store, wasi, NULL), HF_OK);
    return wasi;
}

// Nothing is charged, and no descriptor counted, once everything has been dropped.
static inline void p2_close(void)
{
    fake_free_allocs(&p2_last);
    fake_drop_all();
    hf_store_set_slot(&fake_store, NULL, NULL, NULL, NULL);
    assert_int_equal(fake_store.charged, 0);
}

#endif
