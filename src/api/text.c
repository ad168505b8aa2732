// The text format through the public door: assembling, printing, and listing bytes with their instructions.
#include <holdfast/text.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/engine.h"
#include "text/text.h"

// What was made goes out at once, so that nothing is written when something failed.
static hf_code flush(struct buf *out, hf_code code, hf_write_fn write, void *ctx, hf_status *status)
{
    if (!code && out->failed) code = fail_oom(status);
    if (!code && !write(ctx, out->data, out->size)) code = fail(status, HF_CANCELLED, "the output was not taken");
    buf_fini(out);
    return code;
}

hf_code hf_wat_assemble(const hf_engine *engine, const char *text, size_t size, bool names, hf_write_fn write,
                        void *ctx, hf_status *status)
{
    if (!engine || (!text && size) || !write) return fail(status, HF_BAD_ARGUMENT, "no engine, text or output");
    struct buf out;
    buf_init(&out, &engine->heap);
    return flush(&out, text_assemble(text, size, engine->features, names, &out, status), write, ctx, status);
}

// The module's bytes without its name section.
static void put_nameless(struct buf *out, const hf_module *module)
{
    uint32_t from = 0;
    for (uint32_t i = 0, custom = 0; i < module->section_count; i++) {
        const struct section_span *const section = &module->sections[i];
        if (section->id) continue;
        const struct custom_section *const c = &module->customs[custom++];
        if (c->name.size != 4 || memcmp(c->name.data, "name", 4) != 0) continue;
        // Its header is the id and the size, as the section before it ends.
        const uint32_t begin = i ? module->sections[i - 1].bytes.at + module->sections[i - 1].bytes.size : 8;
        buf_put(out, module->bytes + from, begin - from);
        from = section->bytes.at + section->bytes.size;
    }
    buf_put(out, module->bytes + from, module->size - from);
}

hf_code hf_module_print(const hf_module *module, const hf_print_options *options, hf_write_fn write, void *ctx,
                        hf_status *status)
{
    if (!module || !write) return fail(status, HF_BAD_ARGUMENT, "no module or no output");
    const hf_allocator *const heap = &module->engine->heap;
    const hf_print_options none = { .size = sizeof none };
    if (!options) options = &none;
    const unsigned flags = (options->folded ? TEXT_FOLDED : 0) | (options->offsets ? TEXT_OFFSETS : 0) |
                           (options->skeleton ? TEXT_SKELETON : 0);
    struct buf bytes, out;
    buf_init(&bytes, heap);
    buf_init(&out, heap);
    hf_code code = HF_OK;
    if (options->no_names) put_nameless(&bytes, module);
    if (bytes.failed) code = fail_oom(status);
    if (!code) {
        const bool own = bytes.size != 0;
        code = text_print(own ? bytes.data : module->bytes, own ? bytes.size : module->size, flags, &out, status);
    }
    buf_fini(&bytes);
    return flush(&out, code, write, ctx, status);
}

// ---- listings ---------------------------------------------------------------------------------------------------------

enum { BYTES_A_LINE = 16, BYTES_SHOWN = 10 };

static const char *section_name(uint8_t id)
{
    static const char *const names[] = { "custom", "type",  "import",  "function", "table", "memory",     "global",
                                         "export", "start", "element", "code",     "data",  "data count", "tag" };
    return id < sizeof names / sizeof *names ? names[id] : "unknown";
}

static void put_hex(struct buf *out, const uint8_t *bytes, size_t size, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        if (i < size)
            buf_printf(out, " %02x", bytes[i]);
        else
            buf_str(out, "   ");
    }
}

static void dump_bytes(struct buf *out, const hf_module *module, struct span span)
{
    for (uint32_t at = 0; at < span.size; at += BYTES_A_LINE) {
        const uint8_t *const bytes = module->bytes + span.at + at;
        const uint32_t size = span.size - at < BYTES_A_LINE ? span.size - at : BYTES_A_LINE;
        buf_printf(out, "  %06x:", span.at + at);
        put_hex(out, bytes, size, BYTES_A_LINE);
        buf_str(out, "  ");
        for (uint32_t i = 0; i < size; i++) buf_u8(out, bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
        buf_u8(out, '\n');
    }
}

// An identifier of text, escaped: names come from modules.
static void put_name(struct buf *out, hf_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        const uint8_t c = (uint8_t)name.data[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            buf_printf(out, "\\%02x", c);
        else
            buf_u8(out, c);
    }
}

static bool opens_block(enum opcode op)
{
    return op_infos[op].imm == IMM_BLOCK || op_infos[op].imm == IMM_TRY_TABLE;
}

static hf_code dump_func(struct buf *out, const hf_module *module, uint32_t index, hf_status *status)
{
    const struct func *const func = &module->funcs[index];
    const uint8_t *const start = module->bytes + func->body.at;
    buf_printf(out, "func %u", index);
    if (module->names.funcs && module->names.funcs[index].size) {
        buf_str(out, " \"");
        put_name(out, module->names.funcs[index]);
        buf_u8(out, '"');
    }
    buf_printf(out, ": %u bytes at 0x%06x\n", func->body.size, func->body.at);
    if (func->code.at > func->body.at) {
        buf_printf(out, "  %06x:", func->body.at);
        const uint32_t size = func->code.at - func->body.at;
        put_hex(out, start, size < BYTES_SHOWN ? size : BYTES_SHOWN, BYTES_SHOWN);
        buf_str(out, "  locals\n");
    }
    struct reader in = { module->bytes, module->bytes + func->code.at, module->bytes + func->code.at + func->code.size,
                         false, NULL };
    unsigned depth = 0;
    while (in.at != in.end) {
        const uint8_t *const from = in.at;
        enum opcode op;
        struct buf line;
        buf_init(&line, out->heap);
        const hf_code code = text_print_instr(&in, &op, &line, status);
        if (code) {
            buf_fini(&line);
            return code;
        }
        const bool less = op == OP_END || op == OP_ELSE || op == OP_CATCH || op == OP_CATCH_ALL || op == OP_DELEGATE;
        const unsigned indent = depth - (less && depth ? 1 : 0);
        const size_t size = (size_t)(in.at - from);
        buf_printf(out, "  %06zx:", (size_t)(from - module->bytes));
        put_hex(out, from, size < BYTES_SHOWN ? size : BYTES_SHOWN, BYTES_SHOWN);
        buf_printf(out, "%s %*s", size > BYTES_SHOWN ? "+" : " ", (int)(indent < 30 ? indent : 30) * 2, "");
        buf_put(out, line.data, line.size);
        buf_u8(out, '\n');
        if (line.failed) out->failed = true;
        buf_fini(&line);
        if (opens_block(op)) depth++;
        if ((op == OP_END || op == OP_DELEGATE) && depth) depth--;
    }
    return HF_OK;
}

static hf_code dump_section(struct buf *out, const hf_module *module, const struct section_span *section,
                            hf_status *status)
{
    buf_printf(out, "section %u %s: %u bytes at 0x%06x\n", section->id, section_name(section->id), section->bytes.size,
               section->bytes.at);
    if (section->id != 10) {
        dump_bytes(out, module, section->bytes);
        return HF_OK;
    }
    for (uint32_t i = module->imported_funcs; i < module->func_count; i++) {
        const hf_code code = dump_func(out, module, i, status);
        if (code) return code;
    }
    return HF_OK;
}

hf_code hf_module_dump(const hf_module *module, uint32_t func, hf_write_fn write, void *ctx, hf_status *status)
{
    if (!module || !write) return fail(status, HF_BAD_ARGUMENT, "no module or no output");
    if (func != UINT32_MAX && func >= module->func_count)
        return fail(status, HF_NOT_FOUND, "there is no function %u", func);
    struct buf out;
    buf_init(&out, &module->engine->heap);
    hf_code code = HF_OK;
    if (func == UINT32_MAX) {
        for (uint32_t i = 0; i < module->section_count && !code; i++)
            code = dump_section(&out, module, &module->sections[i], status);
    } else if (func < module->imported_funcs) {
        buf_printf(&out, "func %u: imported\n", func);
    } else {
        code = dump_func(&out, module, func, status);
    }
    return flush(&out, code, write, ctx, status);
}
