// The tables made from wit/wasi02: everything that WASI 0.2.12 has is there, under descriptors that hold together.
#include "wasi/wasi02.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct expected {
    const char *package;
    unsigned interfaces;
    unsigned funcs;
    unsigned resources;
};

static const struct expected packages[] = {
    { "wasi:cli/", 11, 12, 2 },    { "wasi:clocks/", 3, 8, 0 }, { "wasi:filesystem/", 2, 30, 2 },
    { "wasi:http/", 3, 54, 11 },   { "wasi:io/", 3, 19, 4 },    { "wasi:random/", 3, 5, 0 },
    { "wasi:sockets/", 7, 53, 6 },
};

static bool begins(hf_str text, const char *prefix)
{
    return text.size >= strlen(prefix) && !memcmp(text.data, prefix, strlen(prefix));
}

static bool same(hf_str a, hf_str b)
{
    return a.size == b.size && !memcmp(a.data, b.data, a.size);
}

static const char *const resources[] = {
#define WIT_FUNC(c, interface, name, args, result)
#define WIT_RESOURCE(c, interface, name, type) interface,
#include "wasi/wasi02.def"
#undef WIT_FUNC
#undef WIT_RESOURCE
};

// Counted by facts of the published packages: 32 interfaces (wasi:cli/run is the one that components export), 181
// functions, 25 resources.
static void every_function_is_listed(void **state)
{
    (void)state;
    unsigned all_interfaces = 0, all_funcs = 0, all_resources = 0;
    for (unsigned p = 0; p < sizeof packages / sizeof *packages; p++) {
        unsigned interfaces = 0, funcs = 0, made = 0;
        hf_str last = { "", 0 };
        for (unsigned i = 0; i < wasi02_FUNCS; i++) {
            if (!begins(wasi02_funcs[i].interface, packages[p].package)) continue;
            interfaces += !same(wasi02_funcs[i].interface, last);
            last = wasi02_funcs[i].interface;
            funcs++;
        }
        for (unsigned i = 0; i < sizeof resources / sizeof *resources; i++) {
            made += !strncmp(resources[i], packages[p].package, strlen(packages[p].package));
            assert_true(same(wasi02_resources[i]->interface, (hf_str){ resources[i], strlen(resources[i]) }));
        }
        if (funcs != packages[p].funcs || interfaces > packages[p].interfaces || made != packages[p].resources)
            fail_msg("%s has %u interfaces, %u functions, %u resources", packages[p].package, interfaces, funcs, made);
        all_interfaces += interfaces;
        all_funcs += funcs;
        all_resources += made;
    }
    assert_int_equal(all_funcs, 181);
    assert_int_equal(all_resources, 25);
    assert_int_equal(all_interfaces, 30); // those with functions
}

static void descriptors_are_as_laid_out(void **state)
{
    (void)state;
    for (unsigned i = 0; i < wasi02_FUNCS; i++) {
        const hf_witfunc *const type = &wasi02_funcs[i].type;
        hf_status status = hf_status_ok();
        if ((type->params && hf_type_check(type->params, &status)) ||
            (type->result && hf_type_check(type->result, &status)))
            fail_msg("%.*s#%.*s: %s", (int)wasi02_funcs[i].interface.size, wasi02_funcs[i].interface.data,
                     (int)wasi02_funcs[i].name.size, wasi02_funcs[i].name.data, status.message);
        assert_false(type->is_async);
    }
}

// A few rows as a reader of the published text would write them.
static void rows_mean_what_wit_says(void **state)
{
    (void)state;
    static const struct {
        const char *interface, *name;
        unsigned params;
        hf_witkind result;
    } rows[] = {
        { "wasi:io/poll@0.2.12", "poll", 1, HF_WIT_LIST },
        { "wasi:io/streams@0.2.12", "[method]output-stream.splice", 3, HF_WIT_RESULT },
        { "wasi:http/types@0.2.12", "[constructor]fields", 0, HF_WIT_OWN },
        { "wasi:http/types@0.2.12", "[static]fields.from-list", 1, HF_WIT_RESULT },
        { "wasi:filesystem/types@0.2.12", "[method]descriptor.open-at", 5, HF_WIT_RESULT },
        { "wasi:random/insecure-seed@0.2.12", "insecure-seed", 0, HF_WIT_TUPLE },
        { "wasi:clocks/timezone@0.2.12", "utc-offset", 1, HF_WIT_S32 },
    };
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
        const hf_witentry *found = NULL;
        for (unsigned i = 0; i < wasi02_FUNCS; i++) {
            const hf_witentry *const e = &wasi02_funcs[i];
            if (same(e->interface, (hf_str){ rows[r].interface, strlen(rows[r].interface) }) &&
                same(e->name, (hf_str){ rows[r].name, strlen(rows[r].name) }))
                found = e;
        }
        assert_non_null(found);
        assert_int_equal(found->type.params ? found->type.params->count : 0, rows[r].params);
        assert_int_equal(found->type.result->kind, rows[r].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_is_listed),
        cmocka_unit_test(descriptors_are_as_laid_out),
        cmocka_unit_test(rows_mean_what_wit_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
