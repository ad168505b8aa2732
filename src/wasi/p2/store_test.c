// wasi:config and wasi:keyvalue, each function with values at its bounds.
#include "wasi/p2/fake_test.h"

#include "wasi/keyvalue.h"

#define STORE "wasi:keyvalue/store"
#define B(name) "[method]bucket." name

typedef wasi02_result_option_list_u8_wasi_keyvalue_store_error_t get_result;
typedef wasi02_result_void_wasi_keyvalue_store_error_t void_result;
typedef wasi02_result_bool_wasi_keyvalue_store_error_t bool_result;
typedef wasi02_result_u64_wasi_keyvalue_store_error_t u64_result;
typedef wasi02_result_wasi_keyvalue_store_key_response_wasi_keyvalue_store_error_t keys_result;

static wasi02_result_own_wasi_keyvalue_store_bucket_wasi_keyvalue_store_error_t try_open(const char *name)
{
    const wasi_keyvalue_store_open_args_t args = { str(name) };
    wasi02_result_own_wasi_keyvalue_store_bucket_wasi_keyvalue_store_error_t result;
    p2_do(STORE, "open", &args, &result);
    return result;
}

static get_result get(hf_resource b, hf_str key)
{
    const wasi_keyvalue_store_method_bucket_get_args_t args = { b, key };
    get_result result;
    p2_do(STORE, B("get"), &args, &result);
    return result;
}

static void_result set(hf_resource b, hf_str key, const char *value, size_t size)
{
    const wasi_keyvalue_store_method_bucket_set_args_t args = { b, key, { (uint8_t *)(uintptr_t)value, size } };
    void_result result;
    p2_do(STORE, B("set"), &args, &result);
    return result;
}

static void_result remove_key(hf_resource b, hf_str key)
{
    const wasi_keyvalue_store_method_bucket_delete_args_t args = { b, key };
    void_result result;
    p2_do(STORE, B("delete"), &args, &result);
    return result;
}

static bool_result exists(hf_resource b, hf_str key)
{
    const wasi_keyvalue_store_method_bucket_exists_args_t args = { b, key };
    bool_result result;
    p2_do(STORE, B("exists"), &args, &result);
    return result;
}

static u64_result increment(hf_resource b, const char *key, uint64_t delta)
{
    const wasi_keyvalue_atomics_increment_args_t args = { b, str(key), delta };
    u64_result result;
    p2_do("wasi:keyvalue/atomics", "increment", &args, &result);
    return result;
}

static keys_result list_keys(hf_resource b, bool some, uint64_t cursor)
{
    const wasi_keyvalue_store_method_bucket_list_keys_args_t args = { b, { some, cursor } };
    keys_result result;
    p2_do(STORE, B("list-keys"), &args, &result);
    return result;
}

static bool has(hf_resource b, const char *key, const char *value)
{
    const get_result r = get(b, str(key));
    return !r.err && r.as.ok.some && r.as.ok.value.size == strlen(value) &&
           memcmp(r.as.ok.value.data, value, strlen(value)) == 0;
}

static hf_resource open_bucket(uint64_t max)
{
    hf_wasi *wasi = p2_open();
    assert_int_equal(hf_wasi_bucket(wasi, "b", hf_bucket_memory(max, NULL), NULL), HF_OK);
    return try_open("b").as.ok;
}

static void buckets(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    const char *const unknown[] = { "", "b", "default" };
    for (size_t i = 0; i < 3; i++) {
        assert_true(try_open(unknown[i]).err);
        assert_int_equal(try_open(unknown[i]).as.error.tag, WASI_KEYVALUE_STORE_ERROR_NO_SUCH_STORE);
    }
    assert_int_equal(hf_wasi_bucket(wasi, "", hf_bucket_memory(0, NULL), NULL), HF_OK);
    assert_int_equal(hf_wasi_bucket(wasi, "b", hf_bucket_memory(0, NULL), NULL), HF_OK);
    assert_int_equal(hf_wasi_bucket(wasi, "b", hf_bucket_memory(0, NULL), NULL), HF_EXISTS);
    const wasi_keyvalue_store_open_args_t no_address = { { NULL, 0 } };
    wasi02_result_own_wasi_keyvalue_store_bucket_wasi_keyvalue_store_error_t opened;
    p2_do(STORE, "open", &no_address, &opened);
    assert_false(opened.err);
    const hf_resource one = try_open("").as.ok, two = try_open("b").as.ok, same = try_open("b").as.ok;
    assert_false(set(two, str("k"), "v", 1).err);
    assert_true(has(same, "k", "v"));
    assert_false(get(one, str("k")).as.ok.some);
    p2_drop(STORE, "bucket", two);
    assert_true(has(same, "k", "v"));
    const wasi_keyvalue_store_method_bucket_get_args_t dropped = { two, str("k") };
    get_result r;
    assert_int_equal(p2_try(STORE, B("get"), &dropped, &r), HF_TRAPPED);
    p2_close();
}

static void values(void **state)
{
    (void)state;
    const hf_resource b = open_bucket(0);
    static char large[BUCKET_KEY_BYTES + 1];
    memset(large, 'k', sizeof large);
    const hf_str keys[] = { { NULL, 0 }, { "k", 1 }, { "a\0b", 3 }, { "\xc3\xbc", 2 }, { large, BUCKET_KEY_BYTES } };
    static const size_t sizes[] = { 0, 1, 70000 };
    for (size_t i = 0; i < 5; i++) {
        assert_false(exists(b, keys[i]).as.ok);
        assert_false(get(b, keys[i]).as.ok.some);
        assert_false(remove_key(b, keys[i]).err);
        for (size_t k = 0; k < 3; k++) {
            static char value[70000];
            memset(value, (int)('0' + k), sizeof value);
            assert_false(set(b, keys[i], value, sizes[k]).err);
            const get_result r = get(b, keys[i]);
            assert_true(!r.err && r.as.ok.some && r.as.ok.value.size == sizes[k]);
            if (sizes[k]) assert_memory_equal(r.as.ok.value.data, value, sizes[k]);
            assert_true(exists(b, keys[i]).as.ok);
        }
    }
    for (size_t i = 0; i < 5; i++) {
        assert_false(remove_key(b, keys[i]).err);
        assert_false(exists(b, keys[i]).as.ok);
    }
    const hf_str too_long = { large, sizeof large };
    assert_true(get(b, too_long).err && set(b, too_long, "", 0).err && remove_key(b, too_long).err &&
                exists(b, too_long).err);
    assert_int_equal(set(b, too_long, "", 0).as.error.tag, WASI_KEYVALUE_STORE_ERROR_OTHER);
    p2_close();
}

static void limits(void **state)
{
    (void)state;
    const hf_resource b = open_bucket(1000);
    static char large[2000];
    char key[16];
    void_result r = set(b, str("k"), large, sizeof large);
    assert_true(r.err && str_is(r.as.error.as.other, "the bucket is full"));
    unsigned n = 0;
    for (;; n++) {
        snprintf(key, sizeof key, "%u", n);
        if (set(b, str(key), "0123456789", 10).err) break;
    }
    assert_true(n > 3 && n < 100);
    assert_true(has(b, "0", "0123456789"));
    assert_false(set(b, str("0"), "x", 1).err); // smaller than what was there
    assert_false(remove_key(b, str("1")).err);
    assert_false(set(b, str(key), "0123456789", 10).err); // there is room again
    p2_close();
}

static void counting(void **state)
{
    (void)state;
    const hf_resource b = open_bucket(0);
    assert_int_equal(increment(b, "n", 0).as.ok, 0);
    assert_true(has(b, "n", "0"));
    assert_int_equal(increment(b, "n", 41).as.ok, 41);
    assert_int_equal(increment(b, "n", 1).as.ok, 42);
    assert_int_equal(increment(b, "m", UINT64_MAX).as.ok, UINT64_MAX);
    assert_true(has(b, "m", "18446744073709551615"));
    u64_result r = increment(b, "m", 1);
    assert_true(r.err && str_is(r.as.error.as.other, "the number would be too large"));
    assert_false(increment(b, "m", 0).err);
    static const char *const odd[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616", "\xff" };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_false(set(b, str("o"), odd[i], strlen(odd[i])).err);
        r = increment(b, "o", 1);
        assert_true(r.err && str_is(r.as.error.as.other, "the value is no number"));
        assert_true(has(b, "o", odd[i]));
    }
    p2_close();
}

static void listing(void **state)
{
    (void)state;
    enum { KEYS = 1000 };
    static bool seen[KEYS];
    const hf_resource b = open_bucket(0);
    char key[16];
    keys_result r = list_keys(b, false, 0);
    assert_true(!r.err && r.as.ok.keys.size == 0 && !r.as.ok.cursor.some);
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_false(set(b, str(key), "v", 1).err);
    }
    // Some go and some come while it is listed; those that stay come exactly once.
    uint64_t cursor = 0;
    unsigned pages = 0, found = 0;
    do {
        r = list_keys(b, pages > 0, cursor);
        assert_false(r.err);
        for (size_t i = 0; i < r.as.ok.keys.size; i++) {
            snprintf(key, sizeof key, "%.*s", (int)r.as.ok.keys.data[i].size, r.as.ok.keys.data[i].data);
            if (key[0] == 'n') continue;
            int n = 0;
            for (const char *c = key + 3; *c; c++) n = n * 10 + *c - '0';
            assert_false(seen[n]);
            seen[n] = true;
            found++;
        }
        const bool more = r.as.ok.cursor.some;
        cursor = r.as.ok.cursor.value;
        for (unsigned i = pages * 10; i < pages * 10 + 10; i++) { // seen already, or to come
            snprintf(key, sizeof key, "key%u", i);
            assert_false(remove_key(b, str(key)).err);
            snprintf(key, sizeof key, "new%u", i);
            assert_false(set(b, str(key), "v", 1).err);
        }
        pages++;
        if (!more) break;
    } while (pages < 100);
    assert_int_equal(pages, 5);
    assert_int_equal(found, KEYS);
    static const uint64_t odd[] = { 1, UINT32_MAX, INT64_MAX, UINT64_MAX };
    for (size_t i = 0; i < 4; i++) {
        r = list_keys(b, true, odd[i]);
        assert_false(r.err);
        if (i > 0) assert_true(r.as.ok.keys.size == 0 && !r.as.ok.cursor.some);
    }
    p2_close();
}

static void batches(void **state)
{
    (void)state;
    const hf_resource b = open_bucket(0);
    wasi02_tuple2_string_list_u8_t pairs[] = { { str("a"), { (uint8_t *)(uintptr_t)"1", 1 } },
                                               { str("b"), { NULL, 0 } },
                                               { str("a"), { (uint8_t *)(uintptr_t)"2", 1 } } };
    hf_str names[] = { str("a"), str("none"), str("b"), str("a") };
    const wasi_keyvalue_batch_set_many_args_t set_args = { b, { pairs, 3 } }, set_none = { b, { NULL, 0 } };
    const wasi_keyvalue_batch_get_many_args_t get_args = { b, { names, 4 } }, get_none = { b, { NULL, 0 } };
    const wasi_keyvalue_batch_delete_many_args_t delete_args = { b, { names, 3 } };
    void_result r;
    wasi02_result_list_option_tuple2_string_list_u8_wasi_keyvalue_store_error_t got;
    p2_do("wasi:keyvalue/batch", "set-many", &set_none, &r);
    assert_false(r.err);
    p2_do("wasi:keyvalue/batch", "get-many", &get_none, &got);
    assert_true(!got.err && got.as.ok.size == 0);
    p2_do("wasi:keyvalue/batch", "set-many", &set_args, &r);
    assert_false(r.err);
    p2_do("wasi:keyvalue/batch", "get-many", &get_args, &got);
    assert_true(!got.err && got.as.ok.size == 4);
    assert_true(got.as.ok.data[0].some && str_is(got.as.ok.data[0].value.f0, "a"));
    assert_memory_equal(got.as.ok.data[0].value.f1.data, "2", 1);
    assert_false(got.as.ok.data[1].some);
    assert_true(got.as.ok.data[2].some && got.as.ok.data[2].value.f1.size == 0);
    assert_true(got.as.ok.data[3].some);
    p2_do("wasi:keyvalue/batch", "delete-many", &delete_args, &r);
    assert_false(r.err);
    p2_do("wasi:keyvalue/batch", "get-many", &get_args, &got);
    for (size_t i = 0; i < 4; i++) assert_false(got.as.ok.data[i].some);
    p2_close();
}

static void configuration(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    wasi02_result_option_string_wasi_config_store_error_t one;
    wasi02_result_list_tuple2_string_string_wasi_config_store_error_t all;
    wasi_config_store_get_args_t args = { str("a") };
    p2_do("wasi:config/store", "get", &args, &one);
    assert_true(!one.err && !one.as.ok.some);
    p2_do("wasi:config/store", "get-all", NULL, &all);
    assert_true(!all.err && all.as.ok.size == 0);
    assert_int_equal(hf_wasi_config(wasi, "", "x", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_wasi_config(wasi, "a=b", "x", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_wasi_config(wasi, "a", "1", NULL), HF_OK);
    assert_int_equal(hf_wasi_config(wasi, "empty", "", NULL), HF_OK);
    assert_int_equal(hf_wasi_config(wasi, "a", "2=3", NULL), HF_OK);
    static const struct {
        const char *name, *value;
    } rows[] = { { "a", "2=3" }, { "empty", "" }, { "", NULL }, { "a=1", NULL }, { "A", NULL }, { "aa", NULL } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        args.key = str(rows[i].name);
        p2_do("wasi:config/store", "get", &args, &one);
        assert_false(one.err);
        assert_int_equal(one.as.ok.some, rows[i].value != NULL);
        if (rows[i].value) assert_true(str_is(one.as.ok.value, rows[i].value));
    }
    p2_do("wasi:config/store", "get-all", NULL, &all);
    assert_int_equal(all.as.ok.size, 3);
    assert_true(str_is(all.as.ok.data[0].f0, "a") && str_is(all.as.ok.data[0].f1, "1"));
    assert_true(str_is(all.as.ok.data[1].f0, "empty") && str_is(all.as.ok.data[1].f1, ""));
    assert_true(str_is(all.as.ok.data[2].f0, "a") && str_is(all.as.ok.data[2].f1, "2=3"));
    p2_close();
}

static void all_reached(void **state)
{
    (void)state;
    static const char *const packages[] = { "wasi:config/", "wasi:keyvalue/" };
    p2_all_reached(packages, sizeof packages / sizeof packages[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets),       cmocka_unit_test(values),      cmocka_unit_test(limits),
        cmocka_unit_test(counting),      cmocka_unit_test(listing),     cmocka_unit_test(batches),
        cmocka_unit_test(configuration), cmocka_unit_test(all_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
