// Each host call on a line of its own, when it has its results:
//   wasi_snapshot_preview1#fd_write(fd=1, iovs=["hello\n"], iovs_len=1, retptr0=0x1000) -> 0  3.1 us
#include "cli/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/witvalue.h>

#include "cli/value.h"

enum { SHOWN = 48, IOVECS_SHOWN = 4 };

struct began {
    int64_t at;
};

// One buffer a line: other lines, of the guest or another thread, do not get between.
struct line {
    FILE *out;
    char *text;
    size_t size;
};

static uint64_t address(hf_call *call, size_t i)
{
    const hf_val value = hf_call_arg(call, i);
    return value.type == HF_TYPE_I64 ? (uint64_t)value.of.i64 : (uint32_t)value.of.i32;
}

static void print_bytes(FILE *out, hf_call *call, uint64_t at, uint64_t size)
{
    const hf_bytes bytes = hf_call_view(call, at, size < SHOWN + 1 ? size : SHOWN + 1);
    if (!bytes.data && size) {
        fprintf(out, "(out of bounds: 0x%" PRIx64 ", %" PRIu64 " bytes)", at, size);
        return;
    }
    bytes_print(out, bytes.data, bytes.size, SHOWN);
}

static void print_iovecs(FILE *out, hf_call *call, uint64_t at, uint64_t count)
{
    fputc('[', out);
    for (uint64_t i = 0; i < count && i < IOVECS_SHOWN; i++) {
        uint8_t pair[8];
        if (hf_call_read(call, at + 8 * i, pair, sizeof pair)) {
            fputs("(out of bounds)", out);
            break;
        }
        const uint32_t start =
            (uint32_t)pair[0] | (uint32_t)pair[1] << 8 | (uint32_t)pair[2] << 16 | (uint32_t)pair[3] << 24;
        const uint32_t size =
            (uint32_t)pair[4] | (uint32_t)pair[5] << 8 | (uint32_t)pair[6] << 16 | (uint32_t)pair[7] << 24;
        if (i) fputs(", ", out);
        print_bytes(out, call, start, size);
    }
    fputs(count > IOVECS_SHOWN ? ", ...]" : "]", out);
}

static void print_arg(FILE *out, hf_call *call, const hf_func_desc *desc, size_t i)
{
    const hf_val value = hf_call_arg(call, i);
    const hf_param *const param = desc->params && i < desc->param_count ? &desc->params[i] : NULL;
    if (param && param->name && *param->name) fprintf(out, "%s=", param->name);
    switch (param ? param->kind : HF_PARAM_VALUE) {
    case HF_PARAM_IN_BYTES: print_bytes(out, call, address(call, i), address(call, param->length)); return;
    case HF_PARAM_IN_FIXED: print_bytes(out, call, address(call, i), param->size); return;
    case HF_PARAM_IN_ARRAY:
        print_bytes(out, call, address(call, i), address(call, param->length) * param->size);
        return;
    case HF_PARAM_IN_IOVECS: print_iovecs(out, call, address(call, i), address(call, param->length)); return;
    case HF_PARAM_OUT_BYTES:
    case HF_PARAM_OUT_FIXED:
    case HF_PARAM_OUT_IOVECS: fprintf(out, "0x%" PRIx64, address(call, i)); return;
    case HF_PARAM_VALUE:
    case HF_PARAM_LENGTH: break;
    }
    value_print(out, &value);
}

// A value of a component, shortened, in WAVE.
static void print_typed(FILE *out, const hf_type *type, const void *value)
{
    char text[4 * SHOWN];
    size_t size = 0;
    if (hf_value_print(type, value, text, sizeof text, &size, NULL)) return;
    const size_t shown = size < sizeof text ? size : sizeof text;
    fwrite(text, 1, shown, out);
    if (shown < size) fputs("...", out);
}

static void print_typed_args(FILE *out, hf_call *call, const hf_type *params)
{
    const char *const args = hf_call_args(call);
    for (uint32_t i = 0; args && i < params->count; i++) {
        const hf_field *const field = &params->fields[i];
        fprintf(out, "%s%.*s=", i ? ", " : "", (int)field->name.size, field->name.data);
        print_typed(out, field->type, args + field->offset);
    }
}

static void print_call(FILE *out, hf_call *call)
{
    const hf_func_desc *const desc = hf_call_func(call);
    fputs(desc->module, out);
    fputc('#', out);
    fputs(desc->name, out);
    fputc('(', out);
    if (desc->wit && desc->wit->params) print_typed_args(out, call, desc->wit->params);
    for (size_t i = 0; i < hf_call_arg_count(call); i++) {
        if (i) fputs(", ", out);
        print_arg(out, call, desc, i);
    }
    fputc(')', out);
}

// Arguments are printed behind the call too: guests do not change what they passed, and a line is whole.
static hf_code after(hf_call *call, void *env)
{
    const struct began *const began = env;
    const double us = (double)(hf_now_ns() - began->at) / 1e3;
    hf_status status = hf_status_ok();
    const hf_code outcome = hf_call_outcome(call, &status);

    struct line line = { 0 };
    line.out = open_memstream(&line.text, &line.size);
    if (!line.out) return outcome;
    print_call(line.out, call);
    fputs(" -> ", line.out);
    if (outcome == HF_EXITED) {
        fprintf(line.out, "exit %" PRId32, status.exit_code);
    } else if (outcome != HF_OK) {
        fprintf(line.out, "%s: ", hf_code_name(outcome));
        bytes_print(line.out, (const uint8_t *)status.message, strnlen(status.message, sizeof status.message),
                    SIZE_MAX);
    } else {
        const size_t count = hf_call_result_count(call);
        for (size_t i = 0; i < count; i++) {
            const hf_val value = hf_call_result(call, i);
            if (i) fputs(", ", line.out);
            value_print(line.out, &value);
        }
        const hf_witfunc *const wit = hf_call_func(call)->wit;
        if (wit && wit->result && hf_call_result_at(call))
            print_typed(line.out, wit->result, hf_call_result_at(call));
        else if (!count)
            fputs("()", line.out);
    }
    fprintf(line.out, "  %.1f us\n", us);
    if (fclose(line.out) == 0) fwrite(line.text, 1, line.size, stderr);
    free(line.text);
    return outcome;
}

hf_code trace_hook(hf_call *call, void *env)
{
    (void)env;
    struct began *const began = hf_call_alloc(call, sizeof *began);
    if (!began) return hf_call_trap(call, "trace: out of memory");
    began->at = hf_now_ns();
    return hf_call_next(call, after, began);
}
