#include "runtime/typed_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char heard[400]; // what the functions were given
static hf_caller *const someone = (hf_caller *)(uintptr_t)0x1000;

static void hear(hf_caller *caller, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    assert_ptr_equal(caller, someone);
    vsnprintf(heard, sizeof heard, fmt, args);
    va_end(args);
}

static void nothing(hf_caller *c)
{
    hear(c, "-");
}

static int32_t two_ints(hf_caller *c, int32_t a, int64_t b)
{
    hear(c, "%d %lld", a, (long long)b);
    return -7;
}

static int64_t mixed(hf_caller *c, float a, int32_t b, double d, int64_t e)
{
    hear(c, "%g %d %g %lld", (double)a, b, d, (long long)e);
    return INT64_MIN;
}

static float floats(hf_caller *c, float a, float b)
{
    hear(c, "%g %g", (double)a, (double)b);
    return a - b;
}

static double ten_floats(hf_caller *c, double a, float b, double d, float e, double f, float g, double h, float i,
                         float j, double k)
{
    hear(c, "%g %g %g %g %g %g %g %g %g %g", a, (double)b, d, (double)e, f, (double)g, h, (double)i, (double)j, k);
    return k + 0.5;
}

static int64_t sixteen(hf_caller *c, int32_t a, int64_t b, double d, int32_t e, int64_t f, int32_t g, int64_t h,
                       float i, int32_t j, int64_t k, int32_t l, double m, int64_t n, int32_t o, int64_t p, float q)
{
    hear(c, "%d %lld %g %d %lld %d %lld %g %d %lld %d %g %lld %d %lld %g", a, (long long)b, d, e, (long long)f, g,
         (long long)h, (double)i, j, (long long)k, l, m, (long long)n, o, (long long)p, (double)q);
    return (int64_t)o << 32 | (uint32_t)j;
}

#define FN(f) (hf_typed_fn)(f)
static const struct {
    hf_typed_fn fn;
    const char *signature; // i l f d
    const char *heard;
    double result;
} rows[] = {
    { FN(nothing), ":", "-", 0 },
    { FN(two_ints), "il:i", "-1 2", -7 },
    { FN(mixed), "fidl:l", "-1.5 2 -3.5 4", (double)INT64_MIN },
    { FN(floats), "ff:f", "-1.5 2.5", -4 },
    { FN(ten_floats), "dfdfdfdffd:d", "-1.5 2.5 -3.5 4.5 -5.5 6.5 -7.5 8.5 -9.5 10.5", 11 },
    { FN(sixteen), "ildililfilidlilf:l", "-1 2 -3.5 4 -5 6 -7 8.5 -9 10 -11 12.5 -13 14 -15 16.5",
      (double)((int64_t)14 << 32 | (uint32_t)-9) },
};

static valtype type_of(char letter)
{
    return letter == 'i' ? VAL_I32 : letter == 'l' ? VAL_I64 : letter == 'f' ? VAL_F32 : VAL_F64;
}

static void arguments_arrive(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        valtype params[16], result[1];
        struct func_type type = { .params = params, .results = result };
        union slot slots[16];
        memset(slots, 0xee, sizeof slots);
        const char *s = rows[r].signature;
        for (; *s != ':'; s++) {
            const uint32_t i = type.param_count++;
            const int sign = i % 2 ? 1 : -1;
            params[i] = type_of(*s);
            // Only the value's own bits are set: what stands above an i32 or f32 must not matter.
            if (*s == 'i')
                slots[i].i32 = sign * (int32_t)(i + 1);
            else if (*s == 'l')
                slots[i].i64 = sign * (int64_t)(i + 1);
            else if (*s == 'f')
                slots[i].f32 = (float)sign * ((float)i + 1.5f);
            else
                slots[i].f64 = sign * (i + 1.5);
        }
        if (s[1]) result[type.result_count++] = type_of(s[1]);
        struct typed_plan plan;
        assert_int_equal(typed_plan(&type, &plan, NULL), HF_OK);
        typed_call(&plan, rows[r].fn, someone, slots);
        assert_string_equal(heard, rows[r].heard);
        if (!type.result_count) continue;
        const double got = result[0] == VAL_I32   ? slots[0].i32
                           : result[0] == VAL_I64 ? (double)slots[0].i64
                           : result[0] == VAL_F32 ? (double)slots[0].f32
                                                  : slots[0].f64;
        assert_true(got == rows[r].result);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    valtype many[17], vector[1] = { VAL_V128 }, two[2] = { VAL_I32, VAL_I32 };
    for (int i = 0; i < 17; i++) many[i] = VAL_I32;
    const struct func_type types[] = {
        { .param_count = 17, .params = many },
        { .param_count = 1, .params = vector },
        { .result_count = 1, .results = vector },
        { .result_count = 2, .results = two },
    };
    for (size_t i = 0; i < 4; i++) {
        struct typed_plan plan;
        hf_status status = hf_status_ok();
        assert_int_equal(typed_plan(&types[i], &plan, &status), HF_UNSUPPORTED);
        assert_string_not_equal(status.message, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_arrive),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("typed_call", tests, NULL, NULL);
}
