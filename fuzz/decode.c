// Bytes as a module: decoded and validated with all features. What is valid must then be readable without an error: every
// body, every local, every name, and by two threads validation says the same as by one.
#include <string.h>

#include "decode/decode.h"
#include "validate/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good) __builtin_trap();
}

static void walk_body(const struct hf_module *m, uint32_t func)
{
    uint32_t count;
    valtype type;
    uint64_t total = 0;
    for (struct locals_reader l = locals_of(m, func); locals_next(&l, &count, &type);) total += count;
    must(total <= decode_limits_default.locals);
    hf_status status = hf_status_ok();
    struct instr_reader r = instr_reader_of(m, m->funcs[func].code, &status);
    struct instr ins = { .op = OP_NOP };
    while (instr_more(&r)) must(instr_read(&r, &ins) == HF_OK);
    must(ins.op == OP_END || ins.op == OP_DELEGATE);
}

static void walk_names(const struct hf_module *m)
{
    uint32_t index;
    hf_str name;
    for (int map = NAMES_FUNCS; map <= NAMES_TAGS; map++) {
        struct name_reader names = names_of(m, (enum name_map)map), inner;
        while (names_next(&names, &index, &name)) continue;
        names = names_of(m, (enum name_map)map);
        while (names_next_inner(&names, &index, &inner)) {
            while (names_next(&inner, &index, &name)) continue;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hf_status status = hf_status_ok();
    struct type_registry *types = types_new(&alloc_libc, &status);
    struct hf_module *m = NULL;
    hf_code code = types ? module_decode(&alloc_libc, types, ~0u, NULL, data, size, &m, &status) : HF_OUT_OF_MEMORY;
    must(status.code == code);
    if (code == HF_OK) {
        walk_names(m);
        code = module_validate(m, NULL, &status);
        must(status.code == code);
        if (m->func_count - m->imported_funcs > 1) {
            const struct validate_options two = { .threads = 2 };
            hf_status again = hf_status_ok();
            must(module_validate(m, &two, &again) == code && again.func == status.func);
        }
        for (uint32_t i = m->imported_funcs; code == HF_OK && i < m->func_count; i++) walk_body(m, i);
        module_unref(m);
    }
    types_free(types);
    return 0;
}
