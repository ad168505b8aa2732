// A bucket in memory. Entries stand in the order in which they were made, by their ascending number, which is also the cursor of
// a listing; chains of a hash table lead to them by key.
#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "base/fail.h"
#include "base/map.h"
#include "sys/clock.h"
#include "wasi/keyvalue.h"

enum { DEFAULT_MAX = 64 << 20, FIRST_CHAINS = 64 };

struct entry {
    struct entry *next; // of its chain
    uint64_t number;    // from 1, never used again
    size_t key_size, value_size;
    uint8_t *value;
    char key[];
};

struct memory_bucket {
    hf_bucket base;
    struct entry **entries; // by number
    size_t count, cap;
    struct entry **chains;
    size_t chain_count; // a power of two
    uint64_t last;      // number given
    uint64_t used, max;
    uint64_t key[2]; // of the hash
};

static struct memory_bucket *of(hf_bucket *bucket)
{
    return (struct memory_bucket *)bucket; // its first member
}

static struct entry **chain_of(const struct memory_bucket *b, const char *key, size_t size)
{
    return &b->chains[hash_bytes(b->key, key, size) & (b->chain_count - 1)];
}

static struct entry *find(const struct memory_bucket *b, hf_str key)
{
    struct entry *entry = *chain_of(b, key.data, key.size);
    for (; entry; entry = entry->next) {
        if (entry->key_size != key.size) continue;
        if (key.size == 0 || memcmp(entry->key, key.data, key.size) == 0) break; // an empty key may have no address
    }
    return entry;
}

// Where the first entry with a number above `number` stands.
static size_t behind(const struct memory_bucket *b, uint64_t number)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->entries[middle]->number <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t cost(size_t key_size, size_t value_size)
{
    return sizeof(struct entry) + 2 * sizeof(struct entry *) + (uint64_t)key_size + value_size;
}

static void entry_free(struct entry *entry)
{
    mem_free(&alloc_libc, entry->value, entry->value_size);
    mem_free(&alloc_libc, entry, sizeof *entry + entry->key_size);
}

static void memory_free(hf_bucket *bucket)
{
    struct memory_bucket *b = of(bucket);
    for (size_t i = 0; i < b->count; i++) entry_free(b->entries[i]);
    mem_free(&alloc_libc, b->entries, b->cap * sizeof(struct entry *));
    mem_free(&alloc_libc, b->chains, b->chain_count * sizeof(struct entry *));
    MEM_FREE(&alloc_libc, b);
}

// Twice as many chains; those that are there go on when there is no memory for that.
static void rehash(struct memory_bucket *b)
{
    struct entry **chains = mem_zalloc_array(&alloc_libc, b->chain_count * 2, sizeof(struct entry *));
    if (!chains) return;
    mem_free(&alloc_libc, b->chains, b->chain_count * sizeof(struct entry *));
    b->chains = chains;
    b->chain_count *= 2;
    for (size_t i = 0; i < b->count; i++) {
        struct entry *entry = b->entries[i];
        struct entry **chain = chain_of(b, entry->key, entry->key_size);
        entry->next = *chain;
        *chain = entry;
    }
}

static uint16_t memory_get(hf_bucket *bucket, hf_str key, struct buf *out)
{
    const struct entry *entry = find(of(bucket), key);
    if (!entry) return WASI_NOENT;
    buf_put(out, entry->value, entry->value_size);
    return out->failed ? WASI_NOMEM : 0;
}

static uint16_t memory_exists(hf_bucket *bucket, hf_str key, bool *out)
{
    *out = find(of(bucket), key) != NULL;
    return 0;
}

static uint16_t add(struct memory_bucket *b, hf_str key, uint8_t *value, size_t size)
{
    struct entry **entries = mem_grow(&alloc_libc, b->entries, &b->cap, b->count + 1, sizeof *entries);
    if (!entries) return WASI_NOMEM;
    b->entries = entries;
    struct entry *entry = mem_alloc(&alloc_libc, sizeof *entry + key.size);
    if (!entry) return WASI_NOMEM;
    *entry = (struct entry){ .number = ++b->last, .key_size = key.size, .value_size = size, .value = value };
    if (key.size) memcpy(entry->key, key.data, key.size);
    b->entries[b->count++] = entry;
    struct entry **chain = chain_of(b, entry->key, entry->key_size);
    entry->next = *chain;
    *chain = entry;
    if (b->count > b->chain_count) rehash(b);
    return 0;
}

static uint16_t memory_set(hf_bucket *bucket, hf_str key, hf_bytes value)
{
    struct memory_bucket *b = of(bucket);
    struct entry *entry = find(b, key);
    const uint64_t before = entry ? cost(key.size, entry->value_size) : 0;
    if (value.size > b->max || cost(key.size, value.size) > b->max - (b->used - before)) return WASI_NOSPC;
    uint8_t *copy = NULL;
    if (value.size > 0) {
        copy = mem_alloc(&alloc_libc, value.size);
        if (!copy) return WASI_NOMEM;
        memcpy(copy, value.data, value.size);
    }
    if (entry) {
        mem_free(&alloc_libc, entry->value, entry->value_size);
        entry->value = copy;
        entry->value_size = value.size;
    } else {
        const uint16_t error = add(b, key, copy, value.size);
        if (error) {
            mem_free(&alloc_libc, copy, value.size);
            return error;
        }
    }
    b->used = b->used - before + cost(key.size, value.size);
    return 0;
}

static uint16_t memory_remove(hf_bucket *bucket, hf_str key)
{
    struct memory_bucket *b = of(bucket);
    struct entry *entry = find(b, key);
    if (!entry) return 0;
    struct entry **link = chain_of(b, key.data, key.size);
    while (*link != entry) link = &(*link)->next;
    *link = entry->next;
    const size_t at = behind(b, entry->number) - 1;
    memmove(b->entries + at, b->entries + at + 1, (--b->count - at) * sizeof *b->entries);
    b->used -= cost(entry->key_size, entry->value_size);
    entry_free(entry);
    return 0;
}

static uint16_t memory_increment(hf_bucket *bucket, hf_str key, uint64_t delta, uint64_t *out)
{
    const struct entry *entry = find(of(bucket), key);
    struct buf text;
    uint64_t value = 0;
    if (entry && !bucket_number((hf_bytes){ entry->value, entry->value_size }, &value)) return WASI_INVAL;
    if (ckd_add(&value, value, delta)) return WASI_OVERFLOW;
    buf_init(&text, &alloc_libc);
    buf_printf(&text, "%llu", (unsigned long long)value);
    const uint16_t error = text.failed ? WASI_NOMEM : memory_set(bucket, key, (hf_bytes){ text.data, text.size });
    buf_fini(&text);
    if (!error) *out = value;
    return error;
}

static uint16_t memory_keys(hf_bucket *bucket, uint64_t cursor, bucket_take take, void *ctx, uint64_t *next)
{
    const struct memory_bucket *b = of(bucket);
    size_t at = behind(b, cursor);
    bool more = true;
    while (at < b->count && more) {
        const struct entry *entry = b->entries[at++];
        more = take(ctx, (hf_str){ entry->key, entry->key_size });
    }
    *next = at < b->count ? b->entries[at - 1]->number : 0;
    return 0;
}

static const struct bucket_ops memory_ops = {
    .free = memory_free,
    .get = memory_get,
    .exists = memory_exists,
    .set = memory_set,
    .remove = memory_remove,
    .increment = memory_increment,
    .keys = memory_keys,
};

hf_bucket *hf_bucket_memory(uint64_t max_bytes, hf_status *status)
{
    struct memory_bucket *b = MEM_NEW(&alloc_libc, struct memory_bucket);
    if (b) b->chains = mem_zalloc_array(&alloc_libc, FIRST_CHAINS, sizeof(struct entry *));
    if (!b || !b->chains) {
        if (b) MEM_FREE(&alloc_libc, b);
        fail_oom(status);
        return NULL;
    }
    b->base.ops = &memory_ops;
    b->chain_count = FIRST_CHAINS;
    b->max = max_bytes ? max_bytes : DEFAULT_MAX;
    (void)sys_random(b->key, sizeof b->key); // guests choose the keys
    return &b->base;
}

void hf_bucket_free(hf_bucket *bucket)
{
    if (bucket) bucket->ops->free(bucket);
}

bool bucket_number(hf_bytes value, uint64_t *out)
{
    uint64_t number = 0;
    if (value.size == 0) return false;
    for (size_t i = 0; i < value.size; i++) {
        const uint8_t digit = (uint8_t)(value.data[i] - '0');
        if (digit > 9 || ckd_mul(&number, number, UINT64_C(10)) || ckd_add(&number, number, digit)) return false;
    }
    *out = number;
    return true;
}
