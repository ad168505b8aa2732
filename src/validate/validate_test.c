// What is invalid, and how it is told; what validation learns of a function; hostile modules in linear time; threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "validate/validate.h"
#include "wasm/module_build.h"

// 0 [] -> [], 1 [i32] -> [i32], 2 [] -> [i32], 3 [] -> [i32 i32], 4 struct { mut i32, i8 }, 5 array (mut i8),
// 6 array (ref func), 7 [i32] -> []
#define TYPES \
    "\10\x60\0\0\x60\1\x7f\1\x7f\x60\0\1\x7f\x60\0\2\x7f\x7f\x5f\2\x7f\1\x78\0\x5e\x78\1\x5e\x64\x70\0\x60\1\x7f\0"
// A table of 1, a memory of 1 page, a second one with 64-bit addresses, tags of types 0 and 7, globals i32 and mut i32, a
// passive elem segment, one data segment.
#define PARTS \
    "\4\4\1\x70\0\1\5\5\2\0\1\4\1\15\5\2\0\0\0\7\6\13\2\x7f\0\x41\0\13\x7f\1\x41\0\13\11\7\1\5\x70\1\xd0\x70\13\14\1\1"
#define DATA "\1\1\0"

static void build_body(struct buf *out, const char *body, size_t size)
{
    build_function(out, TYPES, sizeof TYPES - 1, PARTS, sizeof PARTS - 1, body, size);
    build_section(out, 11, BYTES(DATA));
}

static hf_code check_with(const hf_allocator *heap, uint32_t features, const struct buf *bytes,
                          const struct validate_options *options, struct func *out, hf_status *status)
{
    *status = hf_status_ok();
    struct type_registry *types = types_new(heap, status);
    struct hf_module *m = NULL;
    hf_code code = HF_OUT_OF_MEMORY;
    if (types) code = module_decode(heap, types, features, NULL, bytes->data, bytes->size, &m, status);
    if (code == HF_OK) code = module_validate(m, options, status);
    if (code == HF_OK && out) *out = m->funcs[m->func_count - 1];
    assert_int_equal(status->code, code);
    module_unref(m);
    types_free(types);
    return code;
}

static hf_code check(uint32_t features, const struct buf *bytes, struct func *out, hf_status *status)
{
    return check_with(&alloc_libc, features, bytes, NULL, out, status);
}

struct row {
    const char *name;
    const char *bytes;
    size_t size;
    hf_code code;
    const char *message;
};

#define INVALID(name, literal, message) { name, literal, sizeof(literal) - 1, HF_INVALID, message }
#define MALFORMED(name, literal, message) { name, literal, sizeof(literal) - 1, HF_MALFORMED, message }
#define LIMITED(name, literal, message) { name, literal, sizeof(literal) - 1, HF_LIMIT, message }
#define OFF(name, literal, message) { name, literal, sizeof(literal) - 1, HF_UNSUPPORTED, message }
#define GOOD(name, literal) { name, literal, sizeof(literal) - 1, HF_OK, "" }

// Bodies of a function [] -> [], with their locals.
static const struct row bodies[] = {
    GOOD("nothing", "\0\13"),
    MALFORMED("no bytes", "", "section size mismatch"),
    MALFORMED("no end", "\0\1", "section size mismatch"),
    MALFORMED("code behind the end", "\0\13\1", "section size mismatch"),
    MALFORMED("illegal opcode", "\0\xff\13", "illegal opcode ff"),
    OFF("legacy try", "\0\6\x40\13\13", "try belongs to the feature legacy-exceptions"),
    OFF("wide arithmetic", "\0\xfc\x13\13", "i64.add128 belongs to the feature wide-arithmetic"),

    // operands
    INVALID("too few operands", "\0\x41\0\x6a\x1a\13",
            "type mismatch: instruction requires [i32 i32] but stack has [i32]"),
    INVALID("no operands", "\0\x1a\13", "type mismatch"),
    INVALID("wrong operand", "\0\x41\0\x7c\x1a\13",
            "type mismatch: instruction requires [i64 i64] but stack has [i32]"),
    INVALID("operand of an outer block", "\0\x41\0\2\x40\x1a\13\13", "type mismatch"),
    INVALID("left over", "\0\x41\0\13", "type mismatch: block requires [] but stack has [i32]"),
    INVALID("block without its result", "\0\2\x7f\13\x1a\13",
            "type mismatch: instruction requires [i32] but stack has []"),
    GOOD("unreachable code takes everything", "\0\0\x6a\x45\x1a\x1a\x7c\x1a\13"),
    INVALID("but nothing that is wrong", "\0\0\x41\0\x7c\x1a\13", "type mismatch"),
    GOOD("select of anything in unreachable code", "\0\0\x1b\x1a\13"),
    INVALID("select of two types", "\0\x41\0\x42\0\x41\0\x1b\x1a\13", "type mismatch"),
    INVALID("select of references", "\0\xd0\x70\xd0\x70\x41\0\x1b\x1a\13", "type mismatch"),
    GOOD("select with a type", "\0\xd0\x70\xd0\x70\x41\0\x1c\1\x70\x1a\13"),
    INVALID("select with two types", "\0\x41\0\x41\0\x41\0\x1c\2\x7f\x7f\x1a\13", "invalid result arity"),

    // control
    INVALID("block of an unknown type", "\0\2\x20\13\13", "unknown type 32"),
    INVALID("block of a structure", "\0\2\4\13\13", "non-function type 4"),
    GOOD("block with parameters", "\0\x41\0\2\1\13\x1a\13"),
    INVALID("block without its parameter", "\0\2\1\13\x1a\13", "type mismatch"),
    MALFORMED("else without if", "\0\2\x40\5\13\13", "END opcode expected"),
    INVALID("if without else", "\0\x41\0\4\x7f\x41\0\13\x1a\13", "type mismatch"),
    GOOD("if with its parameter for a result", "\0\x41\0\x41\0\4\1\13\x1a\13"),
    INVALID("unknown label", "\0\14\1\13", "unknown label 1"),
    GOOD("br to the function", "\0\2\x40\14\1\13\13"),
    INVALID("br without operand", "\0\2\x7f\14\0\13\x1a\13", "type mismatch"),
    GOOD("br_if leaves what it may send", "\0\2\x7f\x41\0\x41\0\15\0\13\x1a\13"),
    GOOD("br_table", "\0\2\x40\x41\0\16\2\0\1\0\13\13"),
    INVALID("br_table of two arities", "\0\2\x7f\x41\0\x41\0\16\1\0\1\13\x1a\13", "type mismatch"),
    INVALID("br_table to nowhere", "\0\x41\0\16\1\0\7\13", "unknown label 7"),
    // reliability.md §3, class 1: the count of labels of br_table, which wraps when something is added to it.
    MALFORMED("br_table of 2^32 - 1 labels", "\0\x41\0\16\xff\xff\xff\xff\17\0\13", "section size mismatch"),
    MALFORMED("br_table of 2^32 - 4 labels", "\0\x41\0\16\xfc\xff\xff\xff\17\0\13", "section size mismatch"),
    GOOD("loop takes its parameters", "\0\x41\0\3\1\x41\0\15\0\13\x1a\13"),
    GOOD("return", "\0\x41\0\17\13"),

    // calls
    INVALID("unknown function", "\0\20\1\13", "unknown function 1"),
    GOOD("call", "\0\20\0\13"),
    INVALID("call_indirect of an unknown table", "\0\x41\0\21\0\1\13", "unknown table 1"),
    INVALID("call_indirect of an unknown type", "\0\x41\0\21\40\0\13", "unknown type 32"),
    INVALID("call_indirect of a structure", "\0\x41\0\21\4\0\13", "type mismatch"),
    GOOD("call_indirect", "\0\x41\0\x41\0\21\1\0\x1a\13"),
    GOOD("return_call", "\0\22\0\13"),
    INVALID("return_call of other results", "\0\x41\0\23\2\0\13", "type mismatch"),
    INVALID("ref.func undeclared", "\0\xd2\0\x1a\13", "undeclared function reference 0"),
    INVALID("ref.func unknown", "\0\xd2\5\x1a\13", "unknown function 5"),
    GOOD("call_ref", "\0\xd0\0\24\0\13"),
    INVALID("call_ref of another type", "\0\xd0\1\24\0\13", "type mismatch"),

    // variables
    INVALID("unknown local", "\1\1\x7f\x20\1\x1a\13", "unknown local 1"),
    GOOD("locals", "\2\2\x7f\1\x7e\x20\1\x1a\x20\2\x21\2\13"),
    INVALID("local of another type", "\1\1\x7f\x42\0\x21\0\13", "type mismatch"),
    INVALID("local without a value", "\1\1\x64\x70\x20\0\x1a\13", "uninitialized local 0"),
    GOOD("local that got one", "\1\1\x64\0\0\x21\0\x20\0\x1a\13"),
    INVALID("local that got one in a block", "\1\1\x64\0\2\x40\0\x21\0\13\x20\0\x1a\13", "uninitialized local 0"),
    INVALID("local that got one before else", "\1\1\x64\0\x41\0\4\x40\0\x21\0\5\x20\0\x1a\13\13",
            "uninitialized local 0"),
    MALFORMED("too many locals", "\2\xff\xff\xff\xff\17\x7f\1\x7f\13", "too many locals"),
    LIMITED("more locals than we take", "\1\xd1\x86\3\x7f\13", "too many locals"),
    GOOD("as many as we take", "\2\xcf\x86\3\x7f\1\x7e\x20\xcf\x86\3\x50\x1a\x20\xce\x86\3\x45\x1a\13"),
    INVALID("unknown global", "\0\x23\2\x1a\13", "unknown global 2"),
    INVALID("immutable global", "\0\x41\0\x24\0\13", "immutable global 0"),
    GOOD("mutable global", "\0\x23\1\x24\1\13"),

    // memories and tables
    INVALID("alignment", "\0\x41\0\x28\3\0\x1a\13", "alignment must not be larger than natural"),
    MALFORMED("memop flags", "\0\x41\0\x28\x80\1\0\x1a\13", "malformed memop flags"),
    INVALID("unknown memory", "\0\x41\0\x28\x42\2\0\x1a\13", "unknown memory 2"),
    GOOD("second memory", "\0\x42\0\x28\x42\1\0\x1a\13"),
    INVALID("second memory by a 32-bit address", "\0\x41\0\x28\x42\1\0\x1a\13", "type mismatch"),
    INVALID("offset of a 32-bit memory", "\0\x41\0\x28\0\x80\x80\x80\x80\x10\x1a\13", "offset out of range"),
    GOOD("offset of a 64-bit memory", "\0\x42\0\x28\x40\1\x80\x80\x80\x80\x10\x1a\13"),
    GOOD("copy between memories counts in 32 bits", "\0\x42\0\x41\0\x41\0\xfc\12\1\0\13"),
    INVALID("and not in 64", "\0\x42\0\x41\0\x42\0\xfc\12\1\0\13", "type mismatch"),
    GOOD("memory.init", "\0\x41\0\x41\0\x41\0\xfc\10\0\0\13"),
    INVALID("unknown data segment", "\0\x41\0\x41\0\x41\0\xfc\10\1\0\13", "unknown data segment 1"),
    INVALID("unknown elem segment", "\0\xfc\15\1\13", "unknown elem segment 1"),
    GOOD("table.grow", "\0\xd0\x70\x41\0\xfc\17\0\x1a\13"),
    INVALID("table.set of another type", "\0\x41\0\xd0\x6f\x26\0\13", "type mismatch"),
    INVALID("lane of a vector", "\0\xfd\14AAAAAAAAAAAAAAAA\xfd\x1b\4\x1a\13", "invalid lane index 4"),
    INVALID("lane of a load", "\0\x41\0\xfd\14AAAAAAAAAAAAAAAA\xfd\x54\0\0\20\x1a\13", "invalid lane index 16"),
    INVALID("lane of a shuffle", "\0\0\xfd\15AAAAAAAAAAAAAAAA\x1a\13", "invalid lane index 65"),

    // references and aggregates
    INVALID("ref.is_null of a number", "\0\x41\0\xd1\x1a\13", "type mismatch"),
    GOOD("struct.new", "\0\x41\0\x41\0\xfb\0\4\x1a\13"),
    INVALID("struct.new of an array", "\0\xfb\0\5\x1a\13", "type mismatch"),
    INVALID("unknown field", "\0\0\xfb\2\4\2\x1a\13", "unknown field 2"),
    INVALID("packed field without sign", "\0\0\xfb\2\4\1\x1a\13", "type mismatch"),
    INVALID("immutable field", "\0\0\xfb\5\4\1\13", "immutable field"),
    INVALID("default of a reference", "\0\x41\0\xfb\7\6\x1a\13", "type mismatch"),
    INVALID("immutable array", "\0\0\xfb\16\6\13", "immutable array"),
    INVALID("array of references from data", "\0\x41\0\x41\0\xfb\11\6\0\x1a\13", "array type is not numeric or vector"),
    INVALID("array of other elements", "\0\0\xfb\21\5\6\13", "array types do not match"),
    // reliability.md §3, class 1: a count of operands that would wrap in bytes.
    LIMITED("array.new_fixed of 2^30", "\0\0\xfb\10\5\x80\x80\x80\x80\4\x1a\13", "more than 10000"),
    GOOD("ref.cast", "\0\xd0\x6e\xfb\x16\4\x1a\13"),
    INVALID("ref.cast to another hierarchy", "\0\xd0\x6e\xfb\x16\x70\x1a\13", "type mismatch"),
    GOOD("br_on_cast", "\0\2\x64\x6c\xd0\x6e\xfb\x18\1\0\x6e\x6c\x1a\0\13\x1a\13"),
    INVALID("br_on_cast upwards", "\0\2\x63\x6e\xd0\x6c\xfb\x18\3\0\x6c\x6e\13\x1a\13", "type mismatch"),
    MALFORMED("br_on_cast flags", "\0\xfb\x18\4\0\x6e\x6c\13", "malformed br_on_cast flags"),
    INVALID("br_on_non_null to a label of numbers", "\0\2\x7f\xd0\x70\xd6\0\x41\0\13\x1a\13", "type mismatch"),

    // exceptions
    INVALID("unknown tag", "\0\10\2\13", "unknown tag 2"),
    INVALID("throw without operand", "\0\10\1\13", "type mismatch: instruction requires [i32] but stack has []"),
    GOOD("try_table", "\0\2\x7f\x1f\x40\2\0\1\0\2\1\13\x41\0\13\x1a\13"),
    // reliability.md §3, class 2: what a tag carries is what its handler is given.
    INVALID("catch sends other types than its label takes", "\0\2\x7e\x1f\x40\1\0\1\0\13\x42\0\13\x1a\13",
            "type mismatch"),
    INVALID("catch_all_ref to a label without the reference", "\0\2\x40\x1f\x40\1\3\0\13\13\13", "type mismatch"),
    MALFORMED("catch clause of no kind", "\0\x1f\x40\1\4\0\13\13", "malformed catch clause"),
};

static void bodies_are_valid_or_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const struct row *row = &bodies[i];
        struct buf bytes;
        build_body(&bytes, row->bytes, row->size);
        hf_status status;
        const hf_code code = check(0, &bytes, NULL, &status);
        if (code != row->code || strncmp(status.message, row->message, strlen(row->message)) != 0) {
            fail_msg("%s: %s: %s", row->name, hf_code_name(code), status.message);
        }
        if (code == HF_INVALID || code == HF_MALFORMED) {
            if (status.func != 0 || status.offset > bytes.size) fail_msg("%s: where?", row->name);
        }
        buf_fini(&bytes);
    }
}

// Bodies under the switched features.
static const struct row switched[] = {
    GOOD("try, catch, catch_all", "\0\6\x40\7\0\1\x19\1\13\13"),
    GOOD("catch gives the tag's values", "\0\6\x40\7\1\x1a\13\13"),
    INVALID("catch that leaves them", "\0\6\x40\7\1\13\13", "type mismatch: block requires [] but stack has [i32]"),
    INVALID("catch behind catch_all", "\0\6\x40\x19\7\0\13\13", "type mismatch"),
    INVALID("catch outside of try", "\0\2\x40\7\0\13\13", "type mismatch"),
    GOOD("delegate", "\0\6\x40\6\x40\1\x18\0\13\13"),
    GOOD("delegate to the caller", "\0\6\x40\1\x18\0\13"),
    INVALID("delegate to nowhere", "\0\6\x40\1\x18\1\13", "unknown label 1"),
    GOOD("rethrow", "\0\6\x40\7\0\11\0\13\13"),
    INVALID("rethrow outside of a handler", "\0\6\x40\11\0\13\13", "invalid rethrow label"),
    GOOD("wide arithmetic", "\0\x42\0\x42\0\x42\0\x42\0\xfc\x13\x1a\x1a\13"),
    GOOD("atomic load", "\0\x41\0\xfe\x10\2\0\x1a\13"),
    INVALID("atomic load of another alignment", "\0\x41\0\xfe\x10\1\0\x1a\13", "atomic alignment must be natural"),
    MALFORMED("fence", "\0\xfe\3\1\13", "zero byte expected"),
};

static void switched_features_are_checked(void **state)
{
    (void)state;
    const uint32_t on = FEATURE_THREADS | FEATURE_LEGACY_EXCEPTIONS | FEATURE_WIDE_ARITHMETIC;
    for (size_t i = 0; i < sizeof switched / sizeof *switched; i++) {
        const struct row *row = &switched[i];
        struct buf bytes;
        build_body(&bytes, row->bytes, row->size);
        hf_status status;
        hf_code code = check(on, &bytes, NULL, &status);
        if (code != row->code || strncmp(status.message, row->message, strlen(row->message)) != 0) {
            fail_msg("%s: %s: %s", row->name, hf_code_name(code), status.message);
        }
        code = check(0, &bytes, NULL, &status);
        if (code == HF_OK) fail_msg("%s: valid while switched off", row->name);
        buf_fini(&bytes);
    }
}

#define MAGIC "\0asm\1\0\0\0"
static const struct row modules[] = {
    GOOD("extended constant expressions", MAGIC "\6\14\1\x7f\0\x41\2\x41\3\x6c\x41\1\x6a\13"),
    INVALID("expression that is not constant", MAGIC "\6\7\1\x7f\0\x41\0\x45\13", "constant expression required"),
    INVALID("expression of another type", MAGIC "\6\6\1\x7e\0\x41\0\13", "type mismatch"),
    INVALID("expression without a value", MAGIC "\6\4\1\x7e\0\13", "type mismatch"),
    GOOD("global of an earlier one", MAGIC "\6\13\2\x7f\0\x41\0\13\x7f\0\x23\0\13"),
    INVALID("global of itself", MAGIC "\6\6\1\x7f\0\x23\0\13", "unknown global 0"),
    INVALID("global of one that may change", MAGIC "\6\13\2\x7f\1\x41\0\13\x7f\0\x23\0\13",
            "constant expression required"),
    INVALID("minimum above maximum", MAGIC "\5\4\1\1\2\1", "size minimum must not be greater than maximum"),
    INVALID("memory too large", MAGIC "\5\5\1\0\x81\x80\4", "memory size"),
    GOOD("memory as large as can be", MAGIC "\5\5\1\0\x80\x80\4"),
    INVALID("table too large", MAGIC "\4\10\1\x70\0\x80\x80\x80\x80\x10", "table size"),
    INVALID("table of references without a value", MAGIC "\4\5\1\x64\x70\0\0", "type mismatch"),
    INVALID("tag with a result", MAGIC "\1\5\1\x60\0\1\x7f\15\3\1\0\0", "non-empty tag result type"),
    INVALID("export twice", MAGIC "\5\3\1\0\0\7\11\2\1m\2\0\1m\2\0", "duplicate export name"),
    INVALID("export of nothing", MAGIC "\7\5\1\1m\2\0", "unknown memory 0"),
    INVALID("start that is not there", MAGIC "\10\1\0", "unknown function 0"),
    INVALID("start with a parameter", MAGIC "\1\5\1\x60\1\x7f\0\2\5\1\0\0\0\0\10\1\0", "start function"),
    INVALID("elements of an unknown table", MAGIC "\11\6\1\0\x41\0\13\0", "unknown table 0"),
    INVALID("elements of another type", MAGIC "\4\4\1\x6f\0\0\11\6\1\0\x41\0\13\0", "type mismatch"),
    INVALID("element that is not there", MAGIC "\11\5\1\1\0\1\0", "unknown function 0"),
    INVALID("data of an unknown memory", MAGIC "\13\6\1\0\x41\0\13\0", "unknown memory 0"),
    INVALID("offset of another type", MAGIC "\5\3\1\0\0\13\6\1\0\x42\0\13\0", "type mismatch"),
};

static void modules_are_valid_or_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        const struct row *row = &modules[i];
        const struct buf bytes = { .data = (uint8_t *)(uintptr_t)row->bytes, .size = row->size };
        hf_status status;
        const hf_code code = check(0, &bytes, NULL, &status);
        if (code != row->code || strncmp(status.message, row->message, strlen(row->message)) != 0) {
            fail_msg("%s: %s: %s", row->name, hf_code_name(code), status.message);
        }
    }
    const struct buf shared = { .data = (uint8_t *)(uintptr_t)(MAGIC "\5\3\1\2\1"), .size = 13 };
    const struct buf pages = { .data = (uint8_t *)(uintptr_t)(MAGIC "\5\4\1\10\1\4"), .size = 14 };
    const struct buf bytes1 = { .data = (uint8_t *)(uintptr_t)(MAGIC "\5\6\1\10\x80\x80\4\0"), .size = 16 };
    hf_status status;
    assert_int_equal(check(FEATURE_THREADS, &shared, NULL, &status), HF_INVALID);
    assert_int_equal(check(FEATURE_CUSTOM_PAGE_SIZES, &pages, NULL, &status), HF_INVALID);
    assert_int_equal(check(FEATURE_CUSTOM_PAGE_SIZES, &bytes1, NULL, &status), HF_OK);
}

static void functions_are_measured(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t size;
        uint32_t local_slots, max_slots, max_tries, flags, features;
    } measured[] = {
        { BYTES("\0\13"), 0, 0, 0, 0, 0 },
        { BYTES("\2\2\x7f\1\x7b\x41\0\x41\0\x6a\x1a\13"), 4, 2, 0, FUNC_HAS_SIMD, 0 },
        { BYTES("\0\2\x40\3\x40\x41\0\x1a\13\13\13"), 0, 1, 0, FUNC_HAS_LOOP, 0 },
        { BYTES("\0\x41\0\xfd\14AAAAAAAAAAAAAAAA\x1a\x1a\13"), 0, 3, 0, FUNC_HAS_SIMD, 0 },
        { BYTES("\0\xfd\14AAAAAAAAAAAAAAAA\xfd\14AAAAAAAAAAAAAAAA\xfd\x51\x41\0\x1a\x1a\13"), 0, 4, 0, FUNC_HAS_SIMD,
          0 },
        { BYTES("\0\xd0\x6e\x1a\13"), 0, 1, 0, FUNC_HAS_REFS, 0 },
        { BYTES("\0\x1f\x40\0\13\13"), 0, 0, 0, FUNC_HAS_TRY, 0 },
        { BYTES("\0\x41\0\23\0\0\13"), 0, 1, 0, FUNC_FOREIGN_TAIL, 0 },
        { BYTES("\0\22\0\13"), 0, 0, 0, 0, 0 },
        // Wide operands dropped by a branch do not count for what comes behind.
        { BYTES("\0\2\x40\xfd\14AAAAAAAAAAAAAAAA\14\0\13\x41\0\x1a\13"), 0, 2, 0, FUNC_HAS_SIMD, 0 },
        { BYTES("\0\6\x40\31\13\6\x40\6\x40\31\2\x40\13\13\31\13\13"), 0, 0, 2, FUNC_HAS_TRY,
          FEATURE_LEGACY_EXCEPTIONS },
        { BYTES("\0\6\x40\31\2\x40\6\x40\31\13\13\13\13"), 0, 0, 2, FUNC_HAS_TRY, FEATURE_LEGACY_EXCEPTIONS },
    };
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        struct buf bytes;
        build_body(&bytes, measured[i].body, measured[i].size);
        struct func func = { 0 };
        hf_status status;
        if (check(measured[i].features, &bytes, &func, &status)) fail_msg("%zu: %s", i, status.message);
        if (func.local_slots != measured[i].local_slots || func.max_slots != measured[i].max_slots ||
            func.max_tries != measured[i].max_tries || func.flags != measured[i].flags) {
            fail_msg("%zu: locals %u, slots %u, tries %u, flags %x", i, func.local_slots, func.max_slots,
                     func.max_tries, func.flags);
        }
        buf_fini(&bytes);
    }
}

static void branch_hints_point_at_branches(void **state)
{
    (void)state;
    static const struct {
        uint8_t offset;
        bool valid;
    } hints[] = { { 3, true }, { 7, true }, { 1, false }, { 4, false }, { 10, false } };
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        struct buf bytes, contents;
        build_begin(&bytes);
        build_section(&bytes, 1, BYTES("\1\x60\0\0"));
        build_section(&bytes, 3, BYTES("\1\0"));
        buf_init(&contents, &alloc_libc);
        buf_put(&contents, BYTES("\31metadata.code.branch_hint\1\0\1"));
        buf_u8(&contents, hints[i].offset);
        buf_put(&contents, BYTES("\1\1"));
        build_section(&bytes, 0, (const char *)contents.data, contents.size);
        build_section(&bytes, 10, BYTES("\1\13\0\x41\0\4\x40\x41\0\15\0\13\13"));
        hf_status status;
        const hf_code code = check(FEATURE_BRANCH_HINTS, &bytes, NULL, &status);
        if ((code == HF_OK) != hints[i].valid) fail_msg("%u: %s", hints[i].offset, status.message);
        if (code) assert_string_equal(status.message, "@metadata.code.branch_hint annotation: invalid target");
        assert_int_equal(check(0, &bytes, NULL, &status), HF_OK);
        buf_fini(&contents);
        buf_fini(&bytes);
    }
}

// ---- many functions, threads, lazy validation ----

enum { MANY = 1000, BAD = 613, WORSE = 900 };

static void build_many(struct buf *out, bool bad)
{
    build_begin(out);
    build_section(out, 1, BYTES("\1\x60\0\0"));
    struct buf part;
    buf_init(&part, &alloc_libc);
    buf_leb_u(&part, MANY);
    for (int i = 0; i < MANY; i++) buf_u8(&part, 0);
    build_section(out, 3, (const char *)part.data, part.size);
    buf_clear(&part);
    buf_leb_u(&part, MANY);
    for (int i = 0; i < MANY; i++) {
        buf_u8(&part, 5);
        buf_put(&part, bad && i == BAD ? "\0\x1a\1\1\13" : bad && i >= WORSE ? "\0\xff\1\1\13" : "\0\1\1\1\13", 5);
    }
    build_section(out, 10, (const char *)part.data, part.size);
    buf_fini(&part);
}

static void the_first_error_is_told_by_any_number_of_threads(void **state)
{
    (void)state;
    struct buf good, bad;
    build_many(&good, false);
    build_many(&bad, true);
    for (unsigned threads = 0; threads <= 8; threads++) {
        const struct validate_options options = { .threads = threads };
        hf_status status;
        assert_int_equal(check_with(&alloc_libc, 0, &good, &options, NULL, &status), HF_OK);
        for (int round = 0; round < 20; round++) {
            assert_int_equal(check_with(&alloc_libc, 0, &bad, &options, NULL, &status), HF_INVALID);
            assert_int_equal(status.func, BAD);
        }
    }
    buf_fini(&good);
    buf_fini(&bad);
}

static void lazy_bodies_are_checked_one_by_one(void **state)
{
    (void)state;
    struct buf bytes;
    build_many(&bytes, true);
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct hf_module *m = NULL;
    assert_int_equal(module_decode(&alloc_libc, types, 0, NULL, bytes.data, bytes.size, &m, NULL), HF_OK);
    const struct validate_options options = { .lazy = true };
    assert_int_equal(module_validate(m, &options, NULL), HF_OK);
    struct validate_scratch *scratch = validate_scratch_new(&alloc_libc);
    hf_status status = hf_status_ok();
    assert_int_equal(validate_func(m, 5, scratch, &status), HF_OK);
    assert_int_equal(m->funcs[5].code.size, 4);
    assert_int_equal(validate_func(m, BAD, scratch, &status), HF_INVALID);
    assert_int_equal(status.func, BAD);
    status = hf_status_ok();
    assert_int_equal(validate_func(m, WORSE, scratch, &status), HF_MALFORMED);
    validate_scratch_free(scratch);
    module_unref(m);
    types_free(types);
    buf_fini(&bytes);
}

// ---- hostile modules: eight times the bytes take about eight times the time, not sixty-four ----

static void repeat(struct buf *out, const char *bytes, size_t size, size_t count)
{
    for (size_t i = 0; i < count; i++) buf_put(out, bytes, size);
}

static void nested(struct buf *body, size_t n)
{
    buf_u8(body, 0);
    repeat(body, BYTES("\2\x40"), n);
    repeat(body, BYTES("\13"), n + 1);
}

static void nested_with_locals(struct buf *body, size_t n)
{
    buf_u8(body, 1);
    buf_leb_u(body, n < 50000 ? n : 50000);
    buf_put(body, BYTES("\x64\0")); // each without a default
    repeat(body, BYTES("\2\x40\0\x21\0\13"), n);
    buf_u8(body, 11);
}

static void table_of_all_labels(struct buf *body, size_t n)
{
    buf_u8(body, 0);
    repeat(body, BYTES("\2\3\2\3"), n / 2);
    buf_put(body, BYTES("\x41\0\x41\0\x41\0\16"));
    buf_leb_u(body, 2 * n);
    for (size_t i = 0; i < 2 * n; i++) buf_leb_u(body, i % (n / 2 * 2));
    buf_u8(body, 0);
    repeat(body, BYTES("\13"), n / 2 * 2);
    buf_put(body, BYTES("\x1a\x1a\13"));
}

static void tables_over_a_high_stack(struct buf *body, size_t n)
{
    buf_u8(body, 0);
    repeat(body, BYTES("\x41\0"), n);
    repeat(body, BYTES("\2\x40\x41\0\16\4\0\0\0\0\0\13"), n);
    repeat(body, BYTES("\x1a"), n);
    buf_u8(body, 11);
}

static void unreachable_heights(struct buf *body, size_t n)
{
    buf_u8(body, 0);
    repeat(body, BYTES("\2\x40\x41\0\x41\0\0\13"), n);
    buf_u8(body, 11);
}

static double seconds_of(void (*make)(struct buf *body, size_t n), size_t n)
{
    struct buf body, bytes;
    buf_init(&body, &alloc_libc);
    make(&body, n);
    build_body(&bytes, (const char *)body.data, body.size);
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        hf_status status;
        const clock_t before = clock();
        const hf_code code = check(0, &bytes, NULL, &status); // a frame that is too large is seen at the end
        if (code && code != HF_LIMIT) fail_msg("%s", status.message);
        const double took = (double)(clock() - before) / CLOCKS_PER_SEC;
        if (took < best) best = took;
    }
    buf_fini(&body);
    buf_fini(&bytes);
    return best;
}

static void hostile_bodies_take_linear_time(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct buf *body, size_t n);
    } hostile[] = {
        { "doubling nesting", nested },
        { "locals × blocks", nested_with_locals },
        { "br_table × labels", table_of_all_labels },
        { "br_table × stack height", tables_over_a_high_stack },
        { "unreachable", unreachable_heights },
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const double small = seconds_of(hostile[i].make, 12000), large = seconds_of(hostile[i].make, 96000);
        if (large > 30 * (small + 0.0005)) fail_msg("%s: %.4f s, then %.4f s", hostile[i].name, small, large);
    }
}

// Many functions of few bytes, each of which declares as many locals as there may be.
static void many_locals_in_few_bytes(void **state)
{
    (void)state;
    enum { FUNCS = 20000 };
    struct buf bytes, part;
    build_begin(&bytes);
    build_section(&bytes, 1, BYTES("\1\x60\0\0"));
    buf_init(&part, &alloc_libc);
    buf_leb_u(&part, FUNCS);
    for (int i = 0; i < FUNCS; i++) buf_u8(&part, 0);
    build_section(&bytes, 3, (const char *)part.data, part.size);
    buf_clear(&part);
    buf_leb_u(&part, FUNCS);
    for (int i = 0; i < FUNCS; i++) buf_put(&part, BYTES("\7\1\xd0\x86\3\x64\0\13"));
    build_section(&bytes, 10, (const char *)part.data, part.size);
    hf_status status;
    const clock_t before = clock();
    if (check(0, &bytes, NULL, &status)) fail_msg("%s", status.message);
    const double took = (double)(clock() - before) / CLOCKS_PER_SEC;
    if (took > 2) fail_msg("%.2f s", took); // 10^9 locals written one by one would take longer
    buf_fini(&part);
    buf_fini(&bytes);
}

static void operands_have_a_limit(void **state)
{
    (void)state;
    struct buf body, bytes;
    buf_init(&body, &alloc_libc);
    buf_u8(&body, 0);
    repeat(&body, BYTES("\x41\0"), 1000100);
    buf_u8(&body, 0);
    buf_u8(&body, 11);
    build_body(&bytes, (const char *)body.data, body.size);
    hf_status status;
    assert_int_equal(check(0, &bytes, NULL, &status), HF_LIMIT);
    buf_fini(&body);
    buf_fini(&bytes);
}

// ---- truncated, mutated, out of memory ----

static const char everything[] = "\2\2\x7f\1\x64\0"
                                 "\x41\0\4\x40\2\x40\3\x40\x41\0\15\1\x41\0\16\1\0\2\13\13\5\20\0\13"
                                 "\xd0\0\xd4\x21\2\x20\2\x1a\x41\0\x28\2\0\x21\0\x41\0\x41\0\xfb\0\4\x1a"
                                 "\2\x7f\x1f\x40\1\0\1\0\13\x41\0\13\x1a\x41\0\xfd\14AAAAAAAAAAAAAAAA\x1a\x1a\13";

static void truncated_bodies_are_errors(void **state)
{
    (void)state;
    struct buf bytes;
    build_body(&bytes, everything, sizeof everything - 1);
    hf_status status;
    if (check(0, &bytes, NULL, &status)) fail_msg("%s", status.message);
    buf_fini(&bytes);
    for (size_t size = 0; size < sizeof everything - 1; size++) {
        build_body(&bytes, everything, size);
        const hf_code code = check(0, &bytes, NULL, &status);
        if (code != HF_MALFORMED && code != HF_INVALID) fail_msg("cut at %zu: %s", size, status.message);
        buf_fini(&bytes);
    }
}

static void mutated_bodies_do_no_harm(void **state)
{
    (void)state;
    struct buf bytes;
    build_body(&bytes, everything, sizeof everything - 1);
    for (size_t at = 8; at < bytes.size; at++) {
        const uint8_t was = bytes.data[at];
        for (unsigned value = 0; value < 256; value += 1 + (unsigned)(at & 1)) {
            bytes.data[at] = (uint8_t)value;
            hf_status status;
            check(0xffffffffu, &bytes, NULL, &status);
        }
        bytes.data[at] = was;
    }
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
    build_body(&bytes, everything, sizeof everything - 1);
    for (long allowed = 0;; allowed++) {
        struct tally tally = { allowed, 0 };
        const hf_allocator heap = { tally_resize, &tally };
        hf_status status;
        const hf_code code = check_with(&heap, 0, &bytes, NULL, NULL, &status);
        assert_int_equal(tally.live, 0);
        if (code == HF_OK) break;
        assert_int_equal(code, HF_OUT_OF_MEMORY);
    }
    buf_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_valid_or_told),
        cmocka_unit_test(switched_features_are_checked),
        cmocka_unit_test(modules_are_valid_or_told),
        cmocka_unit_test(functions_are_measured),
        cmocka_unit_test(branch_hints_point_at_branches),
        cmocka_unit_test(the_first_error_is_told_by_any_number_of_threads),
        cmocka_unit_test(lazy_bodies_are_checked_one_by_one),
        cmocka_unit_test(hostile_bodies_take_linear_time),
        cmocka_unit_test(many_locals_in_few_bytes),
        cmocka_unit_test(operands_have_a_limit),
        cmocka_unit_test(truncated_bodies_are_errors),
        cmocka_unit_test(mutated_bodies_do_no_harm),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
