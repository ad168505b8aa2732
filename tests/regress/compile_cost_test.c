// Class: modules that are small and dear (reliability, class 14): decoding, validating, instantiating and the first call of a function
// grow about as the module does: nested blocks, locals times blocks, labels of br_table times operands, types, dead code.
#include <stdlib.h>
#include <time.h>

#include "../api/guest.h"

enum { TRIES = 8 };

struct text {
    char *data;
    size_t size, cap;
};

static void add(struct text *t, const char *words)
{
    const size_t size = strlen(words);
    if (t->size + size + 1 > t->cap) {
        t->cap = (t->size + size + 1) * 2;
        t->data = realloc(t->data, t->cap);
        assert_non_null(t->data);
    }
    memcpy(t->data + t->size, words, size + 1);
    t->size += size;
}

static void repeat(struct text *t, const char *words, size_t count)
{
    for (size_t i = 0; i < count; i++) add(t, words);
}

#define GO "(func (export \"go\") (param i32) (result i32) "

static void nested_blocks(struct text *t, size_t n)
{
    add(t, GO);
    repeat(t, "block ", n);
    repeat(t, "end ", n);
    add(t, "i32.const 1)");
}

static void nested_blocks_with_results(struct text *t, size_t n)
{
    add(t, GO "i32.const 1 i64.const 2 f64.const 3 ");
    repeat(t, "block (param i32 i64 f64) (result i32 i64 f64) ", n);
    repeat(t, "end ", n);
    add(t, "drop drop)");
}

static void nested_loops(struct text *t, size_t n)
{
    add(t, GO);
    repeat(t, "loop local.get 0 br_if 0 ", n);
    repeat(t, "end ", n);
    add(t, "i32.const 1)");
}

static void nested_conditions(struct text *t, size_t n)
{
    add(t, GO);
    repeat(t, "local.get 0 if ", n);
    repeat(t, "else end ", n);
    add(t, "i32.const 1)");
}

static void locals_times_blocks(struct text *t, size_t n)
{
    add(t, GO "(local ");
    repeat(t, "i64 ", n < 40000 ? n : 40000);
    add(t, ") ");
    repeat(t, "block local.get 0 br_if 0 local.get 0 local.set 0 end loop end ", n);
    add(t, "i32.const 1)");
}

static void uninitialised_locals_times_blocks(struct text *t, size_t n)
{
    add(t, "(elem declare func $f) (func $f) " GO "(local ");
    repeat(t, "(ref func) ", n < 40000 ? n : 40000);
    add(t, ") ");
    repeat(t, "block ref.func $f local.set 1 local.get 1 drop end ", n);
    add(t, "i32.const 1)");
}

static void labels_times_operands(struct text *t, size_t n)
{
    add(t, GO "block ");
    repeat(t, "i64.const 1 ", n);
    add(t, "local.get 0 br_table ");
    repeat(t, "0 ", n);
    add(t, "0 end i32.const 1)");
}

static void labels_with_results(struct text *t, size_t n)
{
    add(t, GO "block (result i32 i32 i32 i32) i32.const 1 i32.const 1 i32.const 1 i32.const 1 local.get 0 br_table ");
    repeat(t, "0 ", n);
    add(t, "0 end drop drop drop)");
}

static void dead_code(struct text *t, size_t n)
{
    add(t, GO "i32.const 1 return ");
    repeat(t, "block br 0 i32.add drop end ", n);
    add(t, ")");
}

static void operands(struct text *t, size_t n)
{
    add(t, GO);
    repeat(t, "local.get 0 ", n);
    repeat(t, "i32.add ", n - 1);
    add(t, "drop i32.const 1)");
}

static void handlers(struct text *t, size_t n)
{
    add(t, "(tag $t) " GO "block ");
    repeat(t, "try_table (catch $t 0) (catch_all 0) ", n);
    repeat(t, "end ", n);
    add(t, "end i32.const 1)");
}

static void types(struct text *t, size_t n)
{
    add(t, "(type $t (sub (struct))) ");
    repeat(t, "(type (sub $t (struct (field i32) (field (ref null $t))))) (rec (type (struct)) (type (array i8))) ", n);
    add(t, GO "i32.const 1)");
}

static void functions(struct text *t, size_t n)
{
    repeat(t, "(func (param i32) (result i32) (local i64) local.get 0 i32.const 1 i32.add) ", n);
    add(t, GO "i32.const 1)");
}

static const struct {
    const char *name;
    void (*write)(struct text *t, size_t n);
    size_t n;
} shapes[] = {
    { "nested blocks", nested_blocks, 20000 },
    { "nested blocks with results", nested_blocks_with_results, 10000 },
    { "nested loops", nested_loops, 10000 },
    { "nested conditions", nested_conditions, 10000 },
    { "locals times blocks", locals_times_blocks, 10000 },
    { "locals that are not set times blocks", uninitialised_locals_times_blocks, 10000 },
    { "labels times operands", labels_times_operands, 15000 },
    { "labels with results", labels_with_results, 20000 },
    { "dead code", dead_code, 20000 },
    { "operands", operands, 15000 },
    { "handlers", handlers, 5000 },
    { "types", types, 5000 },
    { "functions", functions, 10000 },
};

// Seconds of this thread: module, instance and the first call; the least of several.
static double cost(size_t shape, size_t n)
{
    struct text text = { 0 };
    add(&text, "(module ");
    shapes[shape].write(&text, n);
    add(&text, ")");
    struct guest g;
    guest_begin(&g, NULL, NULL);
    hf_module *assembled = guest_module(&g, text.data);
    const hf_bytes bytes = hf_module_bytes(assembled);
    double least = 1e9;
    for (int i = 0; i < 3; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        g.module = hf_module_new(g.engine, bytes.data, bytes.size, &g.status);
        assert_non_null(g.module);
        hf_instance instance;
        assert_int_equal(hf_linker_instantiate(g.linker, g.store, g.module, &instance, &g.status), HF_OK);
        g.instance = instance;
        // A frame of many operands may be more than a frame or the stack can be: that has to be said soon, too.
        const int32_t zero = 0;
        int32_t result = 1;
        const hf_code code = guest_call(&g, "go", &zero, 1, &result);
        const bool said = code == HF_LIMIT || (code == HF_TRAPPED && g.status.trap == HF_TRAP_CALL_STACK_EXHAUSTED);
        if (code && !said) print_error("%s: %s: %s\n", shapes[shape].name, hf_code_name(code), g.status.message);
        assert_true(said || (code == HF_OK && result == 1));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        const double seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
        if (seconds < least) least = seconds;
        hf_module_unref(g.module);
        g.module = NULL;
    }
    hf_module_unref(assembled);
    guest_end(&g);
    free(text.data);
    return least;
}

// Four times the module may take eight times as long: what grows with the square takes sixteen times, however often it is tried. A
// busy machine disturbs one try, not all of them.
static bool grows_about_as_the_module(size_t shape)
{
    for (int i = 0; i < TRIES; i++) {
        const double once = cost(shape, shapes[shape].n), more = cost(shape, 4 * shapes[shape].n);
        if (more <= 0.02 || more <= 8 * once) return true;
        print_message("%s: %.1f ms became %.1f ms\n", shapes[shape].name, once * 1e3, more * 1e3);
    }
    return false;
}

static void four_times_as_much_is_not_sixteen_times_as_dear(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) assert_true(grows_about_as_the_module(i));
}

// A depth that no stack of the host holds ends well, or in a limit.
static void great_depth(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    for (size_t n = 100000; n <= 1000000; n *= 10) {
        struct text text = { 0 };
        add(&text, "(module ");
        nested_blocks(&text, n);
        add(&text, ")");
        hf_status status = hf_status_ok();
        hf_module *module = hf_module_new_any(g.engine, text.data, text.size, &status);
        if (!module && status.code != HF_LIMIT) print_error("%s\n", status.message);
        assert_true(module || status.code == HF_LIMIT);
        hf_module_unref(module);
        free(text.data);
        // In parentheses the parser has to nest as well.
        struct text folded = { 0 };
        add(&folded, "(module " GO);
        repeat(&folded, "(block ", n);
        repeat(&folded, ")", n);
        add(&folded, "(i32.const 1)))");
        status = hf_status_ok();
        module = hf_module_new_any(g.engine, folded.data, folded.size, &status);
        if (!module && status.code != HF_LIMIT) print_error("%s: %s\n", hf_code_name(status.code), status.message);
        assert_true(module || status.code == HF_LIMIT);
        hf_module_unref(module);
        free(folded.data);
    }
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_times_as_much_is_not_sixteen_times_as_dear),
        cmocka_unit_test(great_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
