// wasi:keyvalue: store, atomics, batch. Buckets are those that the context names.
#include <string.h>

#include "wasi/keyvalue.h"
#include "wasi/p2/p2.h"

enum { PAGE_KEYS = 256, PAGE_BYTES = 64 * 1024 };

typedef wasi_keyvalue_store_error_t kv_error;

struct bucket {
    struct object base;
    hf_bucket *bucket; // the context's
};

const struct object_type type_bucket = OBJECT_TYPE("wasi:keyvalue/store@0.2.0-draft", "bucket", NULL);

static kv_error error_of(uint16_t error)
{
    static const struct {
        uint16_t error;
        const char *text;
    } texts[] = {
        { WASI_NOSPC, "the bucket is full" },        { WASI_NOMEM, "out of memory" },
        { WASI_INVAL, "the value is no number" },    { WASI_OVERFLOW, "the number would be too large" },
        { WASI_NAMETOOLONG, "the key is too long" }, { WASI_BUSY, "the bucket is in use" },
    };
    const char *text = "the bucket failed";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].error == error) text = texts[i].text;
    }
    if (error == WASI_ACCES) return (kv_error){ .tag = WASI_KEYVALUE_STORE_ERROR_ACCESS_DENIED };
    return (kv_error){ .tag = WASI_KEYVALUE_STORE_ERROR_OTHER, .as.other = { text, strlen(text) } };
}

static hf_code give_nothing(struct p2 *p, uint16_t error)
{
    RESULT(wasi02_result_void_wasi_keyvalue_store_error_t);
    result->err = error != 0;
    if (error) result->as.error = error_of(error);
    return HF_OK;
}

static uint16_t check_key(hf_str key)
{
    return key.size > BUCKET_KEY_BYTES ? WASI_NAMETOOLONG : 0;
}

hf_code p2_bucket_open(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_open_args_t);
    RESULT(wasi02_result_own_wasi_keyvalue_store_bucket_wasi_keyvalue_store_error_t);
    hf_bucket *found = wasi_bucket(p->wasi, args->identifier);
    result->err = !found;
    if (!found) {
        result->as.error = (kv_error){ .tag = WASI_KEYVALUE_STORE_ERROR_NO_SUCH_STORE };
        return HF_OK;
    }
    struct bucket *bucket = p2_object_new(p->call, &type_bucket, sizeof *bucket);
    if (bucket) bucket->bucket = found;
    return p2_handle(bucket, &result->as.ok) ? HF_OK : p2_out_of_memory(p);
}

// A value, in the call's memory. WASI_NOENT: there is none.
static uint16_t get(struct p2 *p, hf_bucket *bucket, hf_str key, p2_bytes *out)
{
    struct buf value;
    uint16_t error = check_key(key);
    if (error) return error;
    buf_init(&value, &alloc_libc);
    error = bucket->ops->get(bucket, key, &value);
    if (!error) {
        out->size = value.size;
        out->data = p2_alloc(p, value.size);
        if (!out->data)
            error = WASI_NOMEM;
        else if (value.size)
            memcpy(out->data, value.data, value.size);
    }
    buf_fini(&value);
    return error;
}

hf_code p2_bucket_get(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_method_bucket_get_args_t);
    RESULT(wasi02_result_option_list_u8_wasi_keyvalue_store_error_t);
    p2_bytes value = { NULL, 0 };
    SELF(self, bucket, args->self);
    const uint16_t error = get(p, self->bucket, args->key, &value);
    result->err = error != 0 && error != WASI_NOENT;
    if (result->err) {
        result->as.error = error_of(error);
        return HF_OK;
    }
    result->as.ok.some = !error;
    result->as.ok.value = value;
    return HF_OK;
}

static uint16_t set(hf_bucket *bucket, hf_str key, p2_bytes value)
{
    const uint16_t error = check_key(key);
    return error ? error : bucket->ops->set(bucket, key, (hf_bytes){ value.data, value.size });
}

static uint16_t remove_key(hf_bucket *bucket, hf_str key)
{
    const uint16_t error = check_key(key);
    return error ? error : bucket->ops->remove(bucket, key);
}

hf_code p2_bucket_set(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_method_bucket_set_args_t);
    SELF(self, bucket, args->self);
    return give_nothing(p, set(self->bucket, args->key, args->value));
}

hf_code p2_bucket_delete(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_method_bucket_delete_args_t);
    SELF(self, bucket, args->self);
    return give_nothing(p, remove_key(self->bucket, args->key));
}

hf_code p2_bucket_exists(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_method_bucket_exists_args_t);
    RESULT(wasi02_result_bool_wasi_keyvalue_store_error_t);
    bool there = false;
    SELF(self, bucket, args->self);
    uint16_t error = check_key(args->key);
    if (!error) error = self->bucket->ops->exists(self->bucket, args->key, &there);
    result->err = error != 0;
    if (error)
        result->as.error = error_of(error);
    else
        result->as.ok = there;
    return HF_OK;
}

// -- list-keys: a page --

struct page {
    struct p2 *p;
    hf_str *keys;
    size_t count, bytes;
    bool failed;
};

static bool take_key(void *ctx, hf_str key)
{
    struct page *page = ctx;
    char *copy = p2_alloc(page->p, key.size);
    if (!copy) {
        page->failed = true;
        return false;
    }
    if (key.size) memcpy(copy, key.data, key.size);
    page->keys[page->count++] = (hf_str){ copy, key.size };
    page->bytes += key.size;
    return page->count < PAGE_KEYS && page->bytes < PAGE_BYTES;
}

hf_code p2_bucket_list_keys(struct p2 *p)
{
    ARGS(wasi_keyvalue_store_method_bucket_list_keys_args_t);
    RESULT(wasi02_result_wasi_keyvalue_store_key_response_wasi_keyvalue_store_error_t);
    uint64_t next = 0;
    SELF(self, bucket, args->self);
    struct page page = { .p = p, .keys = p2_alloc(p, PAGE_KEYS * sizeof(hf_str)) };
    if (!page.keys) return p2_out_of_memory(p);
    const uint64_t cursor = args->cursor.some ? args->cursor.value : 0;
    const uint16_t error = self->bucket->ops->keys(self->bucket, cursor, take_key, &page, &next);
    if (page.failed) return p2_out_of_memory(p);
    result->err = error != 0;
    if (error) {
        result->as.error = error_of(error);
        return HF_OK;
    }
    result->as.ok.keys = (p2_strings){ page.keys, page.count };
    result->as.ok.cursor.some = next != 0;
    result->as.ok.cursor.value = next;
    return HF_OK;
}

// -- atomics, batch --

hf_code p2_bucket_increment(struct p2 *p)
{
    ARGS(wasi_keyvalue_atomics_increment_args_t);
    RESULT(wasi02_result_u64_wasi_keyvalue_store_error_t);
    uint64_t value = 0;
    SELF(self, bucket, args->bucket);
    uint16_t error = check_key(args->key);
    if (!error) error = self->bucket->ops->increment(self->bucket, args->key, args->delta, &value);
    result->err = error != 0;
    if (error)
        result->as.error = error_of(error);
    else
        result->as.ok = value;
    return HF_OK;
}

hf_code p2_bucket_get_many(struct p2 *p)
{
    ARGS(wasi_keyvalue_batch_get_many_args_t);
    RESULT(wasi02_result_list_option_tuple2_string_list_u8_wasi_keyvalue_store_error_t);
    SELF(self, bucket, args->bucket);
    const size_t count = args->keys.size;
    wasi02_option_tuple2_string_list_u8_t *list =
        count <= SIZE_MAX / sizeof *list ? p2_alloc(p, count * sizeof *list) : NULL;
    if (!list) return p2_out_of_memory(p);
    for (size_t i = 0; i < count; i++) {
        const uint16_t error = get(p, self->bucket, args->keys.data[i], &list[i].value.f1);
        list[i].some = !error;
        list[i].value.f0 = args->keys.data[i];
        if (!error || error == WASI_NOENT) continue;
        result->err = true;
        result->as.error = error_of(error);
        return HF_OK;
    }
    result->err = false;
    result->as.ok = (wasi02_list_option_tuple2_string_list_u8_t){ list, count };
    return HF_OK;
}

hf_code p2_bucket_set_many(struct p2 *p)
{
    ARGS(wasi_keyvalue_batch_set_many_args_t);
    uint16_t error = 0;
    SELF(self, bucket, args->bucket);
    for (size_t i = 0; i < args->key_values.size && !error; i++) {
        error = set(self->bucket, args->key_values.data[i].f0, args->key_values.data[i].f1);
    }
    return give_nothing(p, error);
}

hf_code p2_bucket_delete_many(struct p2 *p)
{
    ARGS(wasi_keyvalue_batch_delete_many_args_t);
    uint16_t error = 0;
    SELF(self, bucket, args->bucket);
    for (size_t i = 0; i < args->keys.size && !error; i++) error = remove_key(self->bucket, args->keys.data[i]);
    return give_nothing(p, error);
}
