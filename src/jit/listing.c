#include "jit/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "jit/native.h"
#include "jit/x64/asm.h"

void listing_init(struct listing *listing, const hf_allocator *heap)
{
    *listing = (struct listing){ .heap = heap };
    buf_init(&listing->code, heap);
}

void listing_fini(struct listing *listing)
{
    buf_fini(&listing->code);
    mem_free(listing->heap, listing->addresses, listing->address_cap * sizeof *listing->addresses);
    mem_free(listing->heap, listing->lines, listing->line_cap * sizeof *listing->lines);
}

void listing_address(struct listing *listing, uint32_t at, unsigned size, enum address kind, uint32_t value)
{
    hf_native_address *grown =
        mem_grow(listing->heap, listing->addresses, &listing->address_cap, listing->address_count + 1, sizeof *grown);
    if (!grown) {
        listing->failed = true;
        return;
    }
    listing->addresses = grown;
    grown[listing->address_count++] = (hf_native_address){ at, size, (hf_native_kind)kind, value };
}

void listing_line(struct listing *listing, size_t at, uint32_t offset)
{
    hf_native_line *last = listing->line_count ? &listing->lines[listing->line_count - 1] : NULL;
    if (last && last->wasm == offset) return;
    if (last && last->code == at) {
        last->wasm = offset;
        return;
    }
    hf_native_line *grown =
        mem_grow(listing->heap, listing->lines, &listing->line_cap, listing->line_count + 1, sizeof *grown);
    if (!grown) {
        listing->failed = true;
        return;
    }
    listing->lines = grown;
    grown[listing->line_count++] = (hf_native_line){ (uint32_t)at, offset };
}

static int by_offset(const void *a, const void *b)
{
    const hf_native_address *x = a, *y = b;
    return (x->code > y->code) - (x->code < y->code);
}

void listing_take(struct listing *listing, struct buf *code)
{
    buf_put(&listing->code, code->data, code->size);
    if (listing->failed || listing->code.failed) return;
    for (size_t i = 0; i < listing->address_count; i++)
        memset(listing->code.data + listing->addresses[i].code, 0, listing->addresses[i].size);
    if (listing->address_count)
        qsort(listing->addresses, listing->address_count, sizeof *listing->addresses, by_offset);
}

hf_code listing_make(struct hf_module *module, uint32_t func, const struct run_control *control,
                     struct listing *listing, hf_status *status)
{
    if (func < module->imported_funcs || func >= module->func_count)
        return fail(status, HF_BAD_ARGUMENT, "function %u has no code", func);
    hf_status why = hf_status_ok();
    if (!status) status = &why;
    struct code_object *object = code_object_of(module, &variant_native, status);
    if (!object || func_prepare(module, func, status)) return status->code;
    struct icode *code = code_rewrite(object, module, func, control, status);
    if (!code) return status->code;
    const bool good = native_list(object, code, control, listing, status);
    icode_free(object->heap, code);
    if (!good) return status->code;
    return listing->failed || listing->code.failed ? fail_oom(status) : HF_OK;
}

// ---- as text ----

static const char *const kinds[] = {
    [HF_NATIVE_PC] = "pc",
    [HF_NATIVE_HELPER] = "helper",
    [HF_NATIVE_ENTRY] = "entry of function",
    [HF_NATIVE_CODE] = "code of function",
    [HF_NATIVE_MASK] = "mask",
    [HF_NATIVE_TYPE] = "type",
    [HF_NATIVE_STUB] = "stub",
};

static void print_address(const hf_native_address *address, struct buf *out)
{
    // A helper's distance changes with every build of the library: not text to be compared.
    if (address->kind == HF_NATIVE_HELPER)
        buf_str(out, "  ; helper");
    else
        buf_printf(out, "  ; %s %" PRIu32, kinds[address->kind], address->value);
}

void listing_print(const struct listing *listing, void (*wasm)(void *ctx, uint32_t offset, struct buf *out), void *ctx,
                   struct buf *out)
{
    size_t line = 0, next = 0, at = 0;
    while (at < listing->code.size) {
        for (; line < listing->line_count && listing->lines[line].code <= at; line++) {
            buf_printf(out, "  @%06" PRIx32 " ", listing->lines[line].wasm);
            wasm(ctx, listing->lines[line].wasm, out);
            buf_u8(out, '\n');
        }
        char text[96];
        size_t size = x64_disassemble(listing->code.data + at, listing->code.size - at, text, sizeof text);
        buf_printf(out, "    %4zx  ", at);
        if (size) {
            buf_str(out, text);
        } else {
            // Tables of jumps lie between instructions.
            size = listing->code.size - at < 4 ? listing->code.size - at : 4;
            buf_str(out, ".byte");
            for (size_t i = 0; i < size; i++) buf_printf(out, " %02x", listing->code.data[at + i]);
        }
        for (; next < listing->address_count && listing->addresses[next].code < at + size; next++)
            print_address(&listing->addresses[next], out);
        buf_u8(out, '\n');
        at += size;
    }
}
