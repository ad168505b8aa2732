// The functions as they are implemented, beside what wit/wasi02 says of them: the same functions, the same layouts.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wasi/p2/fake_test.h"
#include "wasi/wasi02.h"

static bool begins(hf_str text, const char *prefix)
{
    return text.size >= strlen(prefix) && !memcmp(text.data, prefix, strlen(prefix));
}

static bool same(hf_str a, const char *b)
{
    return a.size == strlen(b) && !memcmp(a.data, b, a.size);
}

// "wasi:io/poll" for "wasi:io/poll@0.2.12"
static bool names_interface(hf_str versioned, const char *interface)
{
    const size_t size = strlen(interface);
    return begins(versioned, interface) && (versioned.size == size || versioned.data[size] == '@');
}

static bool is_drop(const char *name)
{
    return !strncmp(name, "[resource-drop]", strlen("[resource-drop]"));
}

// What the functions are implemented as are the functions that there are: but for wasi:http, wasi:config and wasi:keyvalue, which
// are not in this table of functions, and wasi:cli/run, which guests export.
static void every_function_is_implemented(void **state)
{
    (void)state;
    for (unsigned i = 0; i < wasi02_FUNCS; i++) {
        const hf_witentry *const e = &wasi02_funcs[i];
        if (begins(e->interface, "wasi:http/") || begins(e->interface, "wasi:config/") ||
            begins(e->interface, "wasi:keyvalue/") || begins(e->interface, "wasi:cli/run@"))
            continue;
        bool found = false;
        for (size_t r = 0; r < p2_row_count && !found; r++)
            found = names_interface(e->interface, p2_rows[r].interface) && same(e->name, p2_rows[r].name);
        if (!found)
            fail_msg("%.*s#%.*s has no row", (int)e->interface.size, e->interface.data, (int)e->name.size,
                     e->name.data);
    }
}

static void every_row_is_a_function_of_wit(void **state)
{
    (void)state;
    for (size_t r = 0; r < p2_row_count; r++) {
        const char *const name = p2_rows[r].name;
        bool found = false;
        for (unsigned i = 0; i < wasi02_FUNCS && !found && !is_drop(name); i++)
            found =
                names_interface(wasi02_funcs[i].interface, p2_rows[r].interface) && same(wasi02_funcs[i].name, name);
        for (unsigned i = 0; i < wasi02_RESOURCES && !found && is_drop(name); i++) {
            const char *const resource = name + strlen("[resource-drop]");
            found = names_interface(wasi02_resources[i]->interface, p2_rows[r].interface) &&
                    same(wasi02_resources[i]->name, resource);
        }
        if (!found) fail_msg("%s#%s is not in WIT", p2_rows[r].interface, name);
    }
}

// The structs that the implementations are written with lie as the descriptors say.
static void structs_lie_as_described(void **state)
{
    (void)state;
#define SAME(a, b) assert_int_equal(sizeof(a), sizeof(b)), assert_int_equal(_Alignof(a), _Alignof(b))
    SAME(p2_datetime, wasi_clocks_wall_clock_datetime_t);
    SAME(p2_descriptor_stat, wasi_filesystem_types_descriptor_stat_t);
    SAME(p2_new_timestamp, wasi_filesystem_types_new_timestamp_t);
    SAME(p2_directory_entry, wasi_filesystem_types_directory_entry_t);
    SAME(p2_metadata_hash_value, wasi_filesystem_types_metadata_hash_value_t);
    SAME(p2_stream_error, wasi_io_streams_stream_error_t);
    SAME(p2_ip_address, wasi_sockets_network_ip_address_t);
#undef SAME
    assert_int_equal(offsetof(p2_descriptor_stat, size), offsetof(wasi_filesystem_types_descriptor_stat_t, size));
    assert_int_equal(offsetof(p2_descriptor_stat, status_change_timestamp),
                     offsetof(wasi_filesystem_types_descriptor_stat_t, status_change_timestamp));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_is_implemented),
        cmocka_unit_test(every_row_is_a_function_of_wit),
        cmocka_unit_test(structs_lie_as_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
