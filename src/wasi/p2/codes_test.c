// The table of functions against what WIT says: each has an implementation and effects, and codes have their names.
#include "wasi/p2/fake_test.h"

#include <holdfast/linker.h>

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void every_function_has_a_row(void **state)
{
    (void)state;
    unsigned funcs = 0, drops = 0;
    for (size_t i = 0; i < p2_row_count; i++) {
        const struct p2_row *row = &p2_rows[i];
        const bool ours = !begins(row->interface, "wasi:http/") && !begins(row->interface, "wasi:cli/run") &&
                          !begins(row->interface, "wasi:keyvalue/watcher");
        if (!ours) {
            assert_null(row->impl->fn);
            continue;
        }
        if (!row->impl->fn) fail_msg("%s#%s has no row in p2.def", row->interface, row->name);
        assert_true((row->impl->drops != NULL) == begins(row->name, "[resource-drop]"));
        assert_true((row->type == NULL) == (row->impl->drops != NULL));
        assert_false(row->impl->effects & HF_EFFECT_UNKNOWN);
        if (row->impl->drops) {
            drops++;
            const hf_restype *names = &row->impl->drops->resource.names;
            assert_true(str_is(names->name, row->name + strlen("[resource-drop]")));
            assert_true(str_is(names->interface, row->interface));
        } else {
            funcs++;
        }
        // What is named so waits; what makes a resource says so.
        if (strstr(row->name, "blocking-") || strstr(row->name, ".block")) {
            assert_true(row->impl->effects & HF_EFFECT_BLOCKS);
        }
        const hf_type *result = row->type ? row->type->result : NULL;
        if (result && result->kind == HF_WIT_OWN) assert_true(row->impl->effects & HF_EFFECT_CREATES);
        for (size_t k = 0; k < i; k++) {
            assert_false(strcmp(p2_rows[k].interface, row->interface) == 0 && strcmp(p2_rows[k].name, row->name) == 0);
        }
    }
    print_message("%u functions, %u drops\n", funcs, drops);
    assert_true(funcs >= 138 && drops >= 15);
}

// The enum that is the error of this function's result.
static const hf_type *codes_of(const char *interface, const char *name)
{
    const struct p2_row *row = p2_find(interface, name);
    assert_non_null(row);
    const hf_type *result = row->type->result;
    assert_int_equal(result->kind, HF_WIT_RESULT);
    const hf_type *codes = result->fields[1].type;
    assert_int_equal(codes->kind, HF_WIT_ENUM);
    return codes;
}

static void codes_are_named_as_wit_does(void **state)
{
    (void)state;
    const hf_type *fs = codes_of("wasi:filesystem/types", "[method]descriptor.sync");
    assert_int_equal(fs->count, FS_CODES);
    for (uint32_t i = 0; i < FS_CODES; i++) assert_true(str_is(fs->fields[i].name, fs_code_text((enum fs_code)i)));
    const hf_type *net = codes_of("wasi:sockets/tcp", "[method]tcp-socket.finish-bind");
    assert_int_equal(net->count, NET_CODES);
    for (uint32_t i = 0; i < NET_CODES; i++) assert_true(str_is(net->fields[i].name, net_code_text((enum net_code)i)));
    assert_string_equal(fs_code_text(FS_CODES), "");
    assert_string_equal(net_code_text(NET_CODES), "");
    // Whatever a back end may say has a code.
    for (uint32_t e = 0; e <= UINT16_MAX; e++) {
        assert_true(fs_code_of((uint16_t)e) < FS_CODES);
        assert_true(net_code_of((uint16_t)e) < NET_CODES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_has_a_row),
        cmocka_unit_test(codes_are_named_as_wit_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
