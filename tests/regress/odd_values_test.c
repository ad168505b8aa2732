// Class: the host stumbles over an odd number (reliability, class 8; embedding 4.3, "guest drives host DoS"): extreme addresses, indices,
// sizes and counts through the public door end in a status, and what they name stays as it was.
#include "../api/guest.h"

static const uint64_t odd[] = { 0,
                                1,
                                65535,
                                65536,
                                65537,
                                UINT32_MAX - 1,
                                UINT32_MAX,
                                1ull << 32,
                                1ull << 63,
                                INT64_MAX,
                                (1ull << 48) - 1,
                                UINT64_MAX - 65535,
                                UINT64_MAX - 1,
                                UINT64_MAX };
enum { ODD = sizeof odd / sizeof *odd };

static void memories(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    const hf_limits types[] = { { .min = 1, .max = 3, .page_log2 = 16 },
                                { .min = 1, .max = 3, .page_log2 = 16, .is64 = true } };
    for (size_t t = 0; t < 2; t++) {
        hf_memory memory;
        assert_int_equal(hf_memory_new(g.store, types[t], &memory, NULL), HF_OK);
        for (size_t i = 0; i < ODD; i++) {
            uint8_t bytes[2] = { 1, 2 };
            const hf_code fits = odd[i] <= 65534 ? HF_OK : HF_OUT_OF_BOUNDS;
            assert_int_equal(hf_memory_write(g.store, memory, odd[i], bytes, 2, NULL), fits);
            assert_int_equal(hf_memory_read(g.store, memory, odd[i], bytes, 2, NULL), fits);
            // No bytes at all fit wherever the memory has not ended before.
            const hf_code none = odd[i] <= 65536 ? HF_OK : HF_OUT_OF_BOUNDS;
            assert_int_equal(hf_memory_read(g.store, memory, odd[i], bytes, 0, NULL), none);
            if (odd[i] > 2) {
                assert_int_equal(hf_memory_grow(g.store, memory, odd[i], NULL, NULL), HF_LIMIT);
                uint64_t pages = 0;
                assert_int_equal(hf_memory_size(g.store, memory, &pages, NULL), HF_OK);
                assert_int_equal(pages, 1);
            }
            if (odd[i] > 65536) {
                // The size of what would be read, not only its place
                uint8_t one;
                assert_int_equal(hf_memory_read(g.store, memory, 1, &one, (size_t)odd[i], NULL), HF_OUT_OF_BOUNDS);
            }
        }
    }
    guest_end(&g);
}

static void tables(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    const hf_val null = { .type = HF_TYPE_FUNCREF };
    for (int is64 = 0; is64 < 2; is64++) {
        const hf_tabletype type = { .element = HF_TYPE_FUNCREF,
                                    .limits = { .min = 1, .max = UINT64_MAX, .is64 = is64 } };
        hf_table table;
        assert_int_equal(hf_table_new(g.store, type, null, &table, NULL), HF_OK);
        for (size_t i = 0; i < ODD; i++) {
            hf_val out = null;
            const hf_code fits = odd[i] == 0 ? HF_OK : HF_OUT_OF_BOUNDS;
            assert_int_equal(hf_table_get(g.store, table, odd[i], &out, NULL), fits);
            assert_int_equal(hf_table_set(g.store, table, odd[i], null, NULL), fits);
            if (odd[i] > 65537) assert_int_not_equal(hf_table_grow(g.store, table, odd[i], null, NULL, NULL), HF_OK);
            uint64_t size = 0;
            assert_int_equal(hf_table_size(g.store, table, &size, NULL), HF_OK);
            assert_int_equal(size, 1);
        }
    }
    guest_end(&g);
}

static void types(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    for (size_t i = 0; i < ODD; i++)
        for (unsigned log2 = 0; log2 <= 70; log2 += 7) {
            const hf_limits type = { .min = odd[i], .max = odd[ODD - 1 - i], .page_log2 = (uint8_t)log2 };
            hf_memory memory;
            const hf_code code = hf_memory_new(g.store, type, &memory, NULL);
            if (odd[i] > odd[ODD - 1 - i] || (log2 != 0 && log2 != 16)) assert_int_not_equal(code, HF_OK);
        }
    guest_end(&g);
}

// A guest that hands the host every odd number, as an address and as a length.
static hf_code takes(hf_call *call, void *env)
{
    uint8_t bytes[8];
    (void)env;
    const uint64_t at = (uint64_t)hf_call_arg(call, 0).of.i64, size = (uint64_t)hf_call_arg(call, 1).of.i64;
    const size_t part = size < sizeof bytes ? (size_t)size : sizeof bytes;
    const hf_code read = hf_call_read(call, at, bytes, part);
    const hf_code fits = part <= 65536 && at <= 65536 - part ? HF_OK : HF_OUT_OF_BOUNDS;
    const hf_code written = hf_call_write(call, at, bytes, part);
    return hf_call_return_i32(call, read == fits && written == fits);
}

static void host_functions(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    assert_int_equal(hf_linker_define_func(g.linker, "h", "take", "i64 i64 -> i32", takes, NULL, NULL), HF_OK);
    guest_must_load(
        &g, "(module (import \"h\" \"take\" (func $take (param i64 i64) (result i32))) (memory (export \"memory\") 1)"
            "  (func (export \"go\") (param i64 i64) (result i32) (call $take (local.get 0) (local.get 1))))");
    for (size_t i = 0; i < ODD; i++)
        for (size_t k = 0; k < ODD; k++) {
            const hf_val args[] = { hf_i64((int64_t)odd[i]), hf_i64((int64_t)odd[k]) };
            hf_val out = hf_i32(0);
            assert_int_equal(hf_func_call(g.store, guest_func(&g, "go"), args, 2, &out, 1, NULL), HF_OK);
            if (!out.of.i32)
                print_error("at %#llx, %#llx bytes\n", (unsigned long long)odd[i], (unsigned long long)odd[k]);
            assert_int_equal(out.of.i32, 1);
        }
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memories),
        cmocka_unit_test(tables),
        cmocka_unit_test(types),
        cmocka_unit_test(host_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
