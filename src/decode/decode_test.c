// What is malformed, and how it is told; what a decoded module holds; names; truncated and mutated modules.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "wasm/module_build.h"

#define MAGIC "\0asm\1\0\0\0"
#define TYPE0 "\1\4\1\x60\0\0"
#define FUNC0 "\3\2\1\0"
#define CODE0 "\12\4\1\2\0\13"
#define ALL_FEATURES 0xffffffffu

static hf_code decode(uint32_t features, const void *bytes, size_t size, struct type_registry *types,
                      struct hf_module **out, hf_status *status)
{
    // An exact copy, so that the address sanitizer sees the first byte past the end.
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    *status = hf_status_ok();
    const hf_code code = module_decode(&alloc_libc, types, features, NULL, copy, size, out, status);
    free(copy);
    assert_int_equal(status->code, code);
    return code;
}

struct row {
    const char *name;
    const char *bytes;
    size_t size;
    hf_code code;
    const char *message;
};

#define MALFORMED(name, literal, message) { name, literal, sizeof(literal) - 1, HF_MALFORMED, message }
#define INVALID(name, literal, message) { name, literal, sizeof(literal) - 1, HF_INVALID, message }
#define OFF(name, literal, message) { name, literal, sizeof(literal) - 1, HF_UNSUPPORTED, message }
#define LIMITED(name, literal, message) { name, literal, sizeof(literal) - 1, HF_LIMIT, message }
#define GOOD(name, literal) { name, literal, sizeof(literal) - 1, HF_OK, "" }

static const struct row rows[] = {
    GOOD("the empty module", MAGIC),
    MALFORMED("nothing", "", "unexpected end"),
    MALFORMED("half a magic", "\0as", "unexpected end"),
    MALFORMED("text", "(module)", "magic header not detected"),
    MALFORMED("no version", "\0asm", "unexpected end"),
    MALFORMED("a component", "\0asm\15\0\1\0", "unknown binary version"),
    MALFORMED("unknown section", MAGIC "\16\0", "malformed section id"),
    MALFORMED("section beyond the end", MAGIC "\1\5\0", "length out of bounds"),
    MALFORMED("section size too long", MAGIC "\1\x80\x80\x80\x80\x80\0", "integer representation too long"),
    MALFORMED("section size too large", MAGIC "\1\x80\x80\x80\x80\x10", "integer too large"),
    MALFORMED("a section twice", MAGIC "\1\1\0\1\1\0", "unexpected content after last section"),
    MALFORMED("sections out of order", MAGIC "\3\1\0\1\1\0", "unexpected content after last section"),
    MALFORMED("tags behind globals", MAGIC "\6\1\0\15\1\0", "unexpected content after last section"),
    MALFORMED("bytes behind a section's contents", MAGIC "\1\2\0\0", "section size mismatch"),

    GOOD("custom section", MAGIC "\0\3\1xy"),
    MALFORMED("custom section without name", MAGIC "\0\0", "unexpected end"),
    MALFORMED("custom section with a long name", MAGIC "\0\2\5x", "length out of bounds"),
    MALFORMED("custom section name not UTF-8", MAGIC "\0\2\1\xff", "malformed UTF-8 encoding"),

    // types
    GOOD("types", MAGIC "\1\15\4\x60\1\x7f\0\x5f\0\x5e\x78\1\x5e\x6f\0"),
    MALFORMED("type of no kind", MAGIC "\1\3\1\x40\0", "malformed definition type"),
    MALFORMED("type of many bytes", MAGIC "\1\5\1\xe0\x7f\0\0", "integer representation too long"),
    MALFORMED("no value type", MAGIC "\1\5\1\x60\1\x20\0", "malformed value type"),
    MALFORMED("no mutability", MAGIC "\1\4\1\x5e\x7f\2", "malformed mutability"),
    MALFORMED("fewer types than declared", MAGIC "\1\4\2\x60\0\0", "unexpected end"),
    INVALID("a type from the future", MAGIC "\1\6\1\x60\1\x63\1\0", "unknown type 1"),
    INVALID("super type from the future", MAGIC "\1\5\1\x50\1\0\x5f\0", "unknown type 0"),
    INVALID("two super types", MAGIC "\1\12\2\x50\0\x5f\0\x50\2\0\0\x5f\0", "sub type"),
    INVALID("final super type", MAGIC "\1\10\2\x5f\0\x50\1\0\x5f\0", "sub type"),
    INVALID("super type of another kind", MAGIC "\1\13\2\x50\0\x5f\0\x50\1\0\x60\0\0", "sub type"),
    GOOD("recursion group", MAGIC "\1\12\1\x4e\2\x5f\1\x63\1\0\x5f\0"),

    // imports and index spaces
    MALFORMED("no import kind", MAGIC "\2\5\1\0\0\5\0", "malformed import kind"),
    INVALID("import of an unknown type", MAGIC "\2\5\1\0\0\0\0", "unknown type 0"),
    INVALID("function of structure type", MAGIC "\1\3\1\x5f\0\3\2\1\0", "non-function type"),
    INVALID("tag of structure type", MAGIC "\1\3\1\x5f\0\15\3\1\0\0", "non-function type"),
    MALFORMED("tag attribute", MAGIC TYPE0 "\15\3\1\1\0", "malformed tag attribute"),
    MALFORMED("no reference type", MAGIC "\4\4\1\x7f\0\0", "malformed reference type"),
    MALFORMED("table limits", MAGIC "\4\4\1\x70\10\0", "malformed limits flags"),
    MALFORMED("memory limits", MAGIC "\5\3\1\x10\0", "malformed limits flags"),
    MALFORMED("shared memory, switched off", MAGIC "\5\4\1\3\0\1", "malformed limits flags"),
    MALFORMED("table with an initial value", MAGIC "\4\5\1\x40\1\x70\0", "zero byte expected"),
    MALFORMED("global mutability", MAGIC "\6\6\1\x7f\2\x41\0\13", "malformed mutability"),
    MALFORMED("expression without end", MAGIC "\6\5\1\x7f\0\x41\0", "unexpected end"),
    MALFORMED("illegal opcode in an expression", MAGIC "\6\5\1\x7f\0\xff\13", "illegal opcode ff"),
    MALFORMED("illegal prefixed opcode", MAGIC "\6\6\1\x7f\0\xfb\x30\13", "illegal opcode fb 30"),
    MALFORMED("illegal opcode beyond all", MAGIC "\6\7\1\x7f\0\xfd\xff\x7f\13", "illegal opcode fd"),
    OFF("an instruction that is switched off", MAGIC "\6\6\1\x7f\0\xfe\3\0",
        "atomic.fence belongs to the feature threads"),
    MALFORMED("export kind", MAGIC "\7\4\1\0\7\0", "malformed export kind"),

    // segments
    MALFORMED("elements flags", MAGIC "\11\2\1\10", "malformed elements segment kind"),
    MALFORMED("element kind", MAGIC "\11\4\1\1\1\0", "malformed element kind"),
    MALFORMED("data flags", MAGIC "\13\2\1\3", "malformed data segment kind"),
    MALFORMED("data shorter than declared", MAGIC "\13\4\1\1\5x", "unexpected end"),
    MALFORMED("data count without data", MAGIC "\14\1\1", "data count and data section have inconsistent lengths"),
    MALFORMED("data count of another count", MAGIC "\14\1\2\13\3\1\1\0",
              "data count and data section have inconsistent lengths"),

    // code
    GOOD("a function", MAGIC TYPE0 FUNC0 CODE0),
    MALFORMED("functions without code", MAGIC TYPE0 FUNC0, "function and code section have inconsistent lengths"),
    MALFORMED("code without functions", MAGIC TYPE0 CODE0, "function and code section have inconsistent lengths"),
    MALFORMED("body beyond the end", MAGIC TYPE0 FUNC0 "\12\4\1\7\0\13", "unexpected end"),

    // reliability.md §3, class 1: counts that the module cannot hold, and that would wrap when multiplied.
    MALFORMED("huge count of types", MAGIC "\1\6\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge count of imports", MAGIC "\2\6\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge count of functions", MAGIC "\3\6\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge count of elements", MAGIC "\11\12\1\1\0\xff\xff\xff\xff\17\0\0", "unexpected end"),
    MALFORMED("huge count of data", MAGIC "\13\6\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge count of fields", MAGIC "\1\10\1\x5f\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge count of parameters", MAGIC "\1\10\1\x60\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge recursion group", MAGIC "\1\10\1\x4e\xff\xff\xff\xff\17\0", "unexpected end"),
    MALFORMED("huge name", MAGIC "\2\7\1\xff\xff\xff\xff\17\0", "length out of bounds"),
    LIMITED("huge data count", MAGIC "\14\5\xff\xff\xff\xff\17", "more than"),
};

static void errors_are_told_by_the_specification(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct hf_module *m = NULL;
        hf_status status;
        const hf_code code = decode(0, row->bytes, row->size, types, &m, &status);
        if (code != row->code || strncmp(status.message, row->message, strlen(row->message)) != 0) {
            fail_msg("%s: %s: %s", row->name, hf_code_name(code), status.message);
        }
        if (code == HF_OK)
            module_unref(m);
        else
            assert_null(m);
    }
    types_free(types);
}

static void too_many_of_anything_is_a_limit(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct decode_limits limits = decode_limits_default;
    limits.functions = limits.types = limits.globals = limits.params = 1;
    static const struct row over[] = {
        LIMITED("functions", MAGIC "\1\4\1\x60\0\0\3\3\2\0\0", "more than 1 functions"),
        LIMITED("types", MAGIC "\1\7\2\x60\0\0\x60\0\0", "more than 1 types"),
        LIMITED("types in groups", MAGIC "\1\7\1\x4e\2\x5f\0\x5f\0", "more than 1 types"),
        LIMITED("parameters", MAGIC "\1\6\1\x60\2\x7f\x7f\0", "more than 1 parameters"),
        LIMITED("imported globals", MAGIC "\2\13\2\0\0\3\x7f\0\0\0\3\x7f\0", "more than 1 globals"),
        GOOD("no more", MAGIC "\1\5\1\x60\1\x7f\0"),
    };
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        struct hf_module *m = NULL;
        hf_status status = hf_status_ok();
        const hf_code code =
            module_decode(&alloc_libc, types, 0, &limits, (const uint8_t *)over[i].bytes, over[i].size, &m, &status);
        if (code != over[i].code || strncmp(status.message, over[i].message, strlen(over[i].message)) != 0) {
            fail_msg("%s: %s: %s", over[i].name, hf_code_name(code), status.message);
        }
        module_unref(m);
    }
    types_free(types);
}

// A module with something in every section and names for it.
static void build_sample(struct buf *out)
{
    build_begin(out);
    // 0 [] -> [], 1 [i32] -> [i32], 2 rec { struct (field i8) (mut field (ref null 3)), array (mut i32) }
    build_section(out, 1, BYTES("\3\x60\0\0\x60\1\x7f\1\x7f\x4e\2\x50\0\x5f\2\x78\0\x63\3\1\x5e\x7f\1"));
    build_section(out, 2, BYTES("\3\1m\1f\0\1\1m\1t\1\x70\1\1\5\1m\1g\3\x7f\0"));
    build_section(out, 3, BYTES("\2\0\1"));
    build_section(out, 4, BYTES("\2\x70\0\2\x40\0\x6e\0\1\xd0\x6e\13"));
    build_section(out, 5, BYTES("\1\1\1\2"));
    build_section(out, 13, BYTES("\1\0\0"));
    build_section(out, 6, BYTES("\2\x7f\0\x41\52\13\x7e\1\x42\1\13"));
    build_section(out, 7, BYTES("\4\1f\0\1\1t\1\1\1m\2\0\1g\3\2"));
    build_section(out, 8, BYTES("\1"));
    build_section(out, 9, BYTES("\3\0\x41\0\13\2\1\2\1\0\1\1\5\x70\1\xd2\1\13"));
    build_section(out, 12, BYTES("\2"));
    build_section(out, 10,
                  BYTES("\2\2\0\13"
                        "\30\2\1\x7e\2\x7f\40\0\4\x7f\40\0\5\x41\1\13\16\2\0\0\0\x41\5\x6a\13"));
    build_section(out, 11, BYTES("\2\0\x41\0\13\3abc\1\2xy"));
    build_section(out, 0, BYTES("\4name\0\2\1M\1\13\3\0\1a\1\2bb\2\1c\2\11\1\2\2\0\1p\1\1q\4\4\1\2\1S"));
}

static void a_module_holds_what_its_sections_say(void **state)
{
    (void)state;
    struct buf bytes;
    build_sample(&bytes);
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct hf_module *m = NULL;
    hf_status status;
    if (decode(0, bytes.data, bytes.size, types, &m, &status)) fail_msg("%s", status.message);
    assert_int_equal(m->type_count, 4);
    assert_int_equal(m->group_count, 3);
    assert_int_equal(module_type(m, 2)->kind, COMP_STRUCT);
    assert_int_equal(module_type(m, 2)->structure.fields[1].storage, val_ref(HEAP_DEFINED + m->type_ids[3], true));
    assert_int_equal(m->import_count, 3);
    assert_int_equal(m->imported_funcs, 1);
    assert_int_equal(m->func_count, 3);
    assert_int_equal(m->funcs[0].import, 0);
    assert_int_equal(m->funcs[2].import, UINT32_MAX);
    assert_int_equal(m->funcs[2].body.size, 24);
    assert_int_equal(m->table_count, 3);
    assert_true(m->tables[0].imported);
    assert_int_equal(m->tables[0].type.limits.max, 5);
    assert_int_equal(m->tables[2].type.elem, VAL_ANYREF);
    assert_int_equal(m->tables[2].init.code.size, 3);
    assert_int_equal(m->memories[0].limits.max, 2);
    assert_int_equal(m->memories[0].limits.page_log2, 16);
    assert_int_equal(m->tag_count, 1);
    assert_int_equal(m->global_count, 3);
    assert_true(m->globals[2].type.mutable);
    assert_int_equal(m->export_count, 4);
    assert_int_equal(m->exports[3].kind, EXTERN_GLOBAL);
    assert_int_equal(m->start, 1);
    assert_int_equal(m->elem_count, 3);
    assert_int_equal(m->elems[0].funcs[1], 2);
    assert_int_equal(m->elems[0].mode, SEGMENT_ACTIVE);
    assert_int_equal(m->elems[1].mode, SEGMENT_PASSIVE);
    assert_non_null(m->elems[2].exprs);
    assert_int_equal(m->data_count, 2);
    assert_memory_equal(module_bytes(m, m->datas[1].bytes), "xy", 2);
    assert_int_equal(m->section_count, 14);
    assert_int_equal(m->sections[5].id, 13);
    assert_int_equal(m->custom_count, 1);
    assert_int_equal(m->customs[0].after_section, 11);
    char name[32];
    assert_string_equal(module_val_name(m, val_ref(HEAP_DEFINED + m->type_ids[3], true), name, sizeof name),
                        "(ref null 3)");

    uint32_t count;
    valtype type;
    struct locals_reader locals = locals_of(m, 2);
    assert_true(locals_next(&locals, &count, &type));
    assert_int_equal(count, 1);
    assert_int_equal(type, VAL_I64);
    assert_true(locals_next(&locals, &count, &type));
    assert_int_equal(count, 2);
    assert_false(locals_next(&locals, &count, &type));
    module_ref(m);
    module_unref(m);
    module_unref(m);
    buf_fini(&bytes);
    types_free(types);
}

static void names_are_read(void **state)
{
    (void)state;
    struct buf bytes;
    build_sample(&bytes);
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct hf_module *m = NULL;
    hf_status status;
    assert_int_equal(decode(0, bytes.data, bytes.size, types, &m, &status), HF_OK);
    assert_memory_equal(m->names.module.data, "M", 1);
    assert_memory_equal(m->names.funcs[1].data, "bb", 2);
    assert_int_equal(m->names.funcs[2].size, 1);
    struct name_reader locals = names_of_inner(m, NAMES_LOCALS, 2);
    uint32_t index;
    hf_str name;
    assert_true(names_next(&locals, &index, &name));
    assert_int_equal(index, 0);
    assert_true(names_next(&locals, &index, &name));
    assert_memory_equal(name.data, "q", 1);
    assert_false(names_next(&locals, &index, &name));
    struct name_reader none = names_of_inner(m, NAMES_LOCALS, 1);
    assert_false(names_next(&none, &index, &name));
    struct name_reader of_types = names_of(m, NAMES_TYPES);
    assert_true(names_next(&of_types, &index, &name));
    assert_int_equal(index, 2);
    none = names_of(m, NAMES_MEMORIES);
    assert_false(names_next(&none, &index, &name));
    assert_null(module_custom(m, "producers"));
    module_unref(m);
    buf_fini(&bytes);

    // What cannot be read is no error, and what can be stays.
    static const struct row bad[] = {
        GOOD("a name that is no UTF-8", MAGIC TYPE0 FUNC0 CODE0 "\0\13\4name\1\4\1\0\1\xff"),
        GOOD("a count beyond the end", MAGIC TYPE0 FUNC0 CODE0 "\0\15\4name\1\6\xff\xff\xff\xff\17\0"),
        GOOD("a function that is none", MAGIC TYPE0 FUNC0 CODE0 "\0\13\4name\1\4\1\7\1x"),
        GOOD("a subsection beyond the end", MAGIC TYPE0 FUNC0 CODE0 "\0\7\4name\1\x70"),
        GOOD("two names", MAGIC TYPE0 FUNC0 CODE0 "\0\16\4name\1\7\2\0\1x\0\1y"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (decode(0, bad[i].bytes, bad[i].size, types, &m, &status)) fail_msg("%s: %s", bad[i].name, status.message);
        module_unref(m);
    }
    types_free(types);
}

static void hints_are_read_when_the_feature_is_on(void **state)
{
    (void)state;
    // The section stands before code: function 0, the instruction at offset 3 (if) is likely, that at 6 not.
#define HINTS(contents, size) \
    MAGIC TYPE0 FUNC0 "\0" size "\31metadata.code.branch_hint" contents "\12\15\1\13\0\x41\0\4\x40\x41\0\15\0\13\13"
    static const struct row hinted[] = {
        GOOD("two hints", HINTS("\1\0\2\3\1\1\7\1\0", "\43")),
        MALFORMED("out of order", HINTS("\1\0\2\7\1\1\3\1\0", "\43"), "@metadata.code.branch_hint annotation: out of"),
        MALFORMED("of no value", HINTS("\1\0\1\3\1\2", "\40"), "@metadata.code.branch_hint annotation: malformed"),
        MALFORMED("bytes behind", HINTS("\0\0", "\34"), "@metadata.code.branch_hint annotation: malformed"),
        INVALID("beyond the body", HINTS("\1\0\1\x7f\1\1", "\40"),
                "@metadata.code.branch_hint annotation: invalid target"),
        INVALID("of no function", HINTS("\1\1\1\3\1\1", "\40"),
                "@metadata.code.branch_hint annotation: invalid target"),
    };
    struct type_registry *types = types_new(&alloc_libc, NULL);
    for (size_t i = 0; i < sizeof hinted / sizeof *hinted; i++) {
        const struct row *row = &hinted[i];
        struct hf_module *m = NULL;
        hf_status status;
        const hf_code code = decode(FEATURE_BRANCH_HINTS, row->bytes, row->size, types, &m, &status);
        if (code != row->code || strncmp(status.message, row->message, strlen(row->message)) != 0) {
            fail_msg("%s: %s: %s", row->name, hf_code_name(code), status.message);
        }
        if (i == 0) {
            struct hint_reader hints = hints_of(m);
            struct branch_hint hint;
            assert_true(hints_next(&hints, &hint));
            assert_int_equal(hint.offset, 3);
            assert_true(hint.likely);
            assert_true(hints_next(&hints, &hint));
            assert_false(hint.likely);
            assert_false(hints_next(&hints, &hint));
        }
        module_unref(m);
        // Without the feature nobody looks.
        m = NULL;
        assert_int_equal(decode(0, row->bytes, row->size, types, &m, &status), HF_OK);
        module_unref(m);
    }
    types_free(types);
}

// ---- hostile bytes ----

static void truncated_modules_are_errors(void **state)
{
    (void)state;
    struct buf bytes;
    build_sample(&bytes);
    struct type_registry *types = types_new(&alloc_libc, NULL);
    size_t good = 0;
    for (size_t size = 0; size < bytes.size; size++) {
        struct hf_module *m = NULL;
        hf_status status;
        const hf_code code = decode(0, bytes.data, size, types, &m, &status);
        if (code == HF_OK)
            good++; // cut between sections that need no other
        else if (code != HF_MALFORMED && code != HF_INVALID)
            fail_msg("cut at %zu: %s", size, status.message);
        if (m) module_unref(m);
    }
    assert_true(good >= 3 && good <= 14);
    types_free(types);
    buf_fini(&bytes);
}

static void mutated_modules_do_no_harm(void **state)
{
    (void)state;
    struct buf bytes;
    build_sample(&bytes);
    static const uint8_t values[] = { 0x00, 0x01, 0x0b, 0x40, 0x4e, 0x50, 0x60, 0x63, 0x7f, 0x80, 0xfb, 0xff };
    struct type_registry *types = types_new(&alloc_libc, NULL);
    for (size_t at = 8; at < bytes.size; at++) {
        const uint8_t was = bytes.data[at];
        for (size_t i = 0; i < sizeof values + 8; i++) {
            bytes.data[at] = (uint8_t)(i < 8 ? was ^ 1u << i : values[i - 8]);
            struct hf_module *m = NULL;
            hf_status status;
            if (decode(ALL_FEATURES, bytes.data, bytes.size, types, &m, &status) == HF_OK) module_unref(m);
        }
        bytes.data[at] = was;
    }
    types_free(types);
    buf_fini(&bytes);
}

struct tally {
    long left;
    size_t live;
};

static void *tally_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct tally *t = ctx;
    if (new_size && t->left-- <= 0) return NULL;
    void *p = alloc_libc.resize(NULL, ptr, old_size, new_size);
    t->live += new_size;
    t->live -= old_size;
    return p;
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    struct buf bytes;
    build_sample(&bytes);
    for (long allowed = 0;; allowed++) {
        struct tally tally = { allowed, 0 };
        const hf_allocator heap = { tally_resize, &tally };
        struct type_registry *types = types_new(&heap, NULL);
        struct hf_module *m = NULL;
        hf_code code = HF_OUT_OF_MEMORY;
        if (types) code = module_decode(&heap, types, 0, NULL, bytes.data, bytes.size, &m, NULL);
        module_unref(m);
        types_free(types);
        assert_int_equal(tally.live, 0);
        if (code == HF_OK) break;
        assert_int_equal(code, HF_OUT_OF_MEMORY);
    }
    buf_fini(&bytes);
}

// reliability.md §3, class 2: a type index means nothing outside of its module; ids are the engine's.
static void types_of_two_modules_have_one_identity(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct hf_module *a = NULL, *b = NULL;
    hf_status status;
    assert_int_equal(decode(0, BYTES(MAGIC "\1\10\2\x60\0\0\x60\1\x7f\0"), types, &a, &status), HF_OK);
    assert_int_equal(decode(0, BYTES(MAGIC "\1\10\2\x60\1\x7f\0\x60\0\0"), types, &b, &status), HF_OK);
    assert_int_equal(a->type_ids[0], b->type_ids[1]);
    assert_int_equal(a->type_ids[1], b->type_ids[0]);
    module_unref(a);
    assert_int_equal(types_get(types, b->type_ids[0])->func.param_count, 1);
    module_unref(b);
    types_free(types);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_told_by_the_specification),
        cmocka_unit_test(too_many_of_anything_is_a_limit),
        cmocka_unit_test(a_module_holds_what_its_sections_say),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(hints_are_read_when_the_feature_is_on),
        cmocka_unit_test(truncated_modules_are_errors),
        cmocka_unit_test(mutated_modules_do_no_harm),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(types_of_two_modules_have_one_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
