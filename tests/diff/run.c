#include "run.h"

#include <inttypes.h>
#include <string.h>

const struct variant variants_all[VARIANTS] = {
    { .name = "default", .interp = HF_INTERP_DEFAULT },
    { .name = "threaded", .interp = HF_INTERP_THREADED },
    { .name = "switch", .interp = HF_INTERP_SWITCH },
    { .name = "threaded-plain", .interp = HF_INTERP_THREADED_PLAIN },
    { .name = "switch-plain", .interp = HF_INTERP_SWITCH_PLAIN },
    { .name = "checked", .interp = HF_INTERP_DEFAULT, .no_reservation = true },
    { .name = "collecting", .interp = HF_INTERP_DEFAULT, .gc_interval = 1 },
    { .name = "fuel", .interp = HF_INTERP_DEFAULT, .fuel = true },
    { .name = "fuel-plain", .interp = HF_INTERP_SWITCH_PLAIN, .fuel = true },
    { .name = "jit", .tier = HF_TIER_JIT },
    { .name = "jit-plain", .tier = HF_TIER_JIT, .interp = HF_INTERP_THREADED_PLAIN },
    { .name = "jit-checked", .tier = HF_TIER_JIT, .no_reservation = true },
    { .name = "jit-collecting", .tier = HF_TIER_JIT, .gc_interval = 1 },
    { .name = "jit-fuel", .tier = HF_TIER_JIT, .fuel = true },
};

bool variants_open(struct variant *variants, hf_status *status)
{
    memcpy(variants, variants_all, sizeof variants_all);
    for (unsigned i = 0; i < VARIANTS; i++) {
        const hf_engine_options options = {
            .size = sizeof options,
            .tier = variants[i].tier ? variants[i].tier : HF_TIER_INTERP,
            .interp = variants[i].interp,
            .features = HF_FEATURE_THREADS | HF_FEATURE_LEGACY_EXCEPTIONS | HF_FEATURE_WIDE_ARITHMETIC,
            .fuel = variants[i].fuel,
            .deterministic = true,
            .no_reservation = variants[i].no_reservation,
            .compile_threads = 1,
        };
        hf_status why = hf_status_ok();
        variants[i].engine = hf_engine_new(&options, &why);
        if (variants[i].engine) continue;
        if (i == 0 || why.code != HF_UNSUPPORTED) {
            *status = why;
            variants_close(variants);
            return false;
        }
    }
    return true;
}

void variants_close(struct variant *variants)
{
    for (unsigned i = 0; i < VARIANTS; i++) {
        hf_engine_unref(variants[i].engine);
        variants[i].engine = NULL;
    }
}

// --- text --------------------------------------------------------------------------------------------------------

static uint32_t bits32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void say_value(struct buf *out, hf_val value, bool classes)
{
    switch (value.type) {
    case HF_TYPE_I32: buf_printf(out, " i32:%" PRId32, value.of.i32); break;
    case HF_TYPE_I64: buf_printf(out, " i64:%" PRId64, value.of.i64); break;
    case HF_TYPE_F32:
        if (classes && value.of.f32 != value.of.f32)
            buf_str(out, " f32:nan");
        else
            buf_printf(out, " f32:%08" PRIx32, bits32(value.of.f32));
        break;
    case HF_TYPE_F64:
        if (classes && value.of.f64 != value.of.f64)
            buf_str(out, " f64:nan");
        else
            buf_printf(out, " f64:%016" PRIx64, bits64(value.of.f64));
        break;
    default: buf_printf(out, " type:%" PRIx32, value.type); break;
    }
}

// What other engines can tell apart.
static const char *trap_class(hf_trap trap)
{
    switch ((int)trap) {
    case HF_TRAP_UNREACHABLE: return "unreachable";
    case HF_TRAP_INTEGER_DIVIDE_BY_ZERO: return "zero";
    case HF_TRAP_INTEGER_OVERFLOW:
    case HF_TRAP_INVALID_CONVERSION: return "unrepresentable";
    case HF_TRAP_MEMORY_OUT_OF_BOUNDS:
    case HF_TRAP_TABLE_OUT_OF_BOUNDS:
    case HF_TRAP_UNDEFINED_ELEMENT:
    case HF_TRAP_UNALIGNED_ATOMIC: // an access can be both, and engines name either
    case HF_TRAP_ARRAY_OUT_OF_BOUNDS: return "bounds";
    case HF_TRAP_UNINITIALIZED_ELEMENT:
    case HF_TRAP_INDIRECT_CALL_TYPE: return "signature";
    case HF_TRAP_NULL_REFERENCE:
    case HF_TRAP_NULL_FUNCTION:
    case HF_TRAP_NULL_STRUCTURE:
    case HF_TRAP_NULL_ARRAY:
    case HF_TRAP_NULL_I31:
    case HF_TRAP_NULL_EXCEPTION: return "null";
    case HF_TRAP_CAST_FAILURE: return "cast";
    case HF_TRAP_CALL_STACK_EXHAUSTED: return "stack";
    default: return hf_trap_message(trap);
    }
}

static void say_failure(struct buf *out, const hf_status *status, bool classes)
{
    if (status->code == HF_TRAPPED)
        buf_printf(out, " trap %s", classes ? trap_class(status->trap) : hf_trap_message(status->trap));
    else if (status->code == HF_EXCEPTION)
        buf_str(out, " exception");
    else
        buf_printf(out, " %s: %s", hf_code_name(status->code), status->message);
}

// FNV over words, which a script computes as fast.
static uint32_t hash_words(uint32_t hash, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i += 4) {
        const uint32_t word =
            (uint32_t)data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;
        hash = (hash ^ word) * 16777619u;
        hash ^= hash >> 15;
    }
    return hash;
}

// --- host functions ------------------------------------------------------------------------------------------------

static hf_code host_f0(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, (int32_t)((uint32_t)hf_call_arg_i32(call, 0) * 3u + 1u));
}

static hf_code host_f1(hf_call *call, void *env)
{
    (void)env;
    return hf_call_set_result(call, 0, hf_call_arg(call, 1));
}

static hf_code host_f2(hf_call *call, void *env)
{
    (void)call;
    (void)env;
    return HF_OK;
}

// --- a run ---------------------------------------------------------------------------------------------------------

struct run {
    hf_store *store;
    hf_module *module;
    hf_instance instance;
};

static void run_close(struct run *run)
{
    hf_store_free(run->store);
    hf_module_unref(run->module);
}

static bool run_compile(struct run *run, hf_engine *engine, const struct buf *module, struct buf *text)
{
    hf_status status = hf_status_ok();
    *run = (struct run){ 0 };
    run->module = hf_module_new(engine, module->data, module->size, &status);
    if (run->module) return true;
    buf_printf(text, "module = %s: %s at %" PRIu64 "\n", hf_code_name(status.code), status.message, status.offset);
    return false;
}

// A store and the instance in it. False: said in `text`.
static bool run_instantiate(struct run *run, hf_engine *engine, uint64_t gc_interval, struct buf *text)
{
    hf_status status = hf_status_ok();
    const hf_store_options options = { .size = sizeof options,
                                       .max_memory_bytes = 16 << 20,
                                       .max_gc_bytes = 64 << 20,
                                       .fuel = UINT64_C(1) << 40,
                                       .gc_interval_bytes = gc_interval };
    run->store = hf_store_new(engine, &options, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    if (run->store && linker) {
        if (hf_linker_define_func(linker, "h", "f0", "i32 -> i32", host_f0, NULL, &status) == HF_OK &&
            hf_linker_define_func(linker, "h", "f1", "i64 f64 -> f64", host_f1, NULL, &status) == HF_OK &&
            hf_linker_define_func(linker, "h", "f2", "->", host_f2, NULL, &status) == HF_OK)
            hf_linker_instantiate(linker, run->store, run->module, &run->instance, &status);
    }
    hf_linker_free(linker);
    if (status.code == HF_OK && run->store) return true;
    buf_printf(text, "instantiate = %s: %s\n", hf_code_name(status.code), status.message);
    return false;
}

// Compiles and instantiates. False: said in `text`.
static bool run_open(struct run *run, hf_engine *engine, const struct buf *module, uint64_t gc_interval,
                     struct buf *text)
{
    if (!run_compile(run, engine, module, text)) return false;
    if (run_instantiate(run, engine, gc_interval, text)) return true;
    run_close(run);
    return false;
}

static hf_val pick_argument(struct dna *dna, hf_valtype type, bool classes)
{
    uint32_t f32 = dna_f32(dna);
    uint64_t f64 = dna_f64(dna);
    // Another engine's host may not keep the payload of a NaN.
    if (classes && (f32 & 0x7fffffff) > 0x7f800000) f32 = 0x7fc00000;
    if (classes && (f64 & INT64_MAX) > UINT64_C(0x7ff0000000000000)) f64 = UINT64_C(0x7ff8000000000000);
    hf_val value = hf_i64(dna_i64(dna));
    switch (type) {
    case HF_TYPE_I32: value = hf_i32(dna_i32(dna)); break;
    case HF_TYPE_F32: memcpy(&value.of.f32, &f32, sizeof f32); break;
    case HF_TYPE_F64: memcpy(&value.of.f64, &f64, sizeof f64); break;
    default: break;
    }
    value.type = type;
    return value;
}

enum { MAX_VALUES = 16 };

static void call_export(struct run *run, const hf_export *export, hf_func func, struct dna *dna,
                        const struct run_options *options, struct buf *text, struct buf *calls,
                        struct run_counts *counts)
{
    const hf_functype type = export->type.func;
    hf_val args[MAX_VALUES], results[MAX_VALUES];
    if (type.param_count > MAX_VALUES || type.result_count > MAX_VALUES) return;
    const size_t begin = text->size;
    buf_printf(text, "%.*s", (int)export->name.size, export->name.data);
    for (uint32_t i = 0; i < type.param_count; i++) {
        args[i] = pick_argument(dna, type.params[i], options->classes);
        say_value(text, args[i], false);
    }
    if (calls && !text->failed) {
        buf_put(calls, text->data + begin, text->size - begin);
        buf_u8(calls, '\n');
    }
    buf_str(text, " =");
    hf_status status = hf_status_ok();
    const hf_code code = hf_func_call(run->store, func, args, type.param_count, results, type.result_count, &status);
    counts->calls++;
    if (code == HF_OK) {
        for (uint32_t i = 0; i < type.result_count; i++) say_value(text, results[i], options->classes);
    } else {
        counts->traps++;
        say_failure(text, &status, options->classes);
        hf_frame frames[64];
        const size_t depth = options->classes ? 0 : hf_store_backtrace(run->store, frames, 64);
        for (size_t i = 0; i < depth && i < 64; i++)
            buf_printf(text, " %" PRIu32 "@%" PRIx64, frames[i].func, frames[i].offset);
    }
    buf_u8(text, '\n');
}

// Memories and globals, as they are after all calls.
static void say_state(struct run *run, const struct run_options *options, struct buf *text)
{
    for (size_t i = 0; i < hf_module_export_count(run->module); i++) {
        hf_export export;
        hf_extern object;
        if (hf_module_export(run->module, i, &export) != HF_OK ||
            hf_instance_export_at(run->store, run->instance, i, &object, NULL) != HF_OK)
            continue;
        if (object.kind == HF_EXTERN_MEMORY) {
            size_t size = 0;
            const uint8_t *data = hf_memory_data(run->store, object.of.memory, &size);
            buf_printf(text, "%.*s = %zu %08" PRIx32 "\n", (int)export.name.size, export.name.data, size,
                       hash_words(2166136261u, data, data ? size : 0));
        } else if (object.kind == HF_EXTERN_GLOBAL) {
            hf_val value;
            if (hf_global_get(run->store, object.of.global, &value, NULL) != HF_OK) continue;
            buf_printf(text, "%.*s =", (int)export.name.size, export.name.data);
            say_value(text, value, options->classes);
            buf_u8(text, '\n');
        }
    }
}

void run_module(hf_engine *engine, const struct buf *module, const struct run_options *options, struct buf *text,
                struct buf *fuel, struct buf *calls, struct run_counts *counts)
{
    struct run run;
    if (!run_open(&run, engine, module, options->gc_interval, text)) return;
    struct dna dna;
    dna_from_seed(&dna, options->seed);
    if (fuel) buf_printf(fuel, "fuel %" PRIu64 "\n", hf_store_fuel(run.store));
    for (unsigned round = 0; round < options->calls; round++) {
        for (size_t i = 0; i < hf_module_export_count(run.module); i++) {
            hf_export export;
            hf_extern object;
            if (hf_module_export(run.module, i, &export) != HF_OK || export.type.kind != HF_EXTERN_FUNC) continue;
            if (hf_instance_export_at(run.store, run.instance, i, &object, NULL) != HF_OK) continue;
            call_export(&run, &export, object.of.func, &dna, options, text, calls, counts);
            if (fuel) buf_printf(fuel, "fuel %" PRIu64 "\n", hf_store_fuel(run.store));
        }
    }
    say_state(&run, options, text);
    run_close(&run);
}

void run_single(hf_engine *engine, const struct buf *module, const struct gen_options *gen,
                const struct run_options *options, struct buf *text, struct run_counts *counts)
{
    struct run run;
    if (!run_open(&run, engine, module, options->gc_interval, text)) return;
    hf_extern memory;
    if (hf_instance_export_at(run.store, run.instance, 0, &memory, NULL) != HF_OK) {
        run_close(&run);
        return;
    }
    const char *name;
    unsigned operands;
    for (unsigned op = 0; (name = gen_single_name(gen, op, &operands)); op++) {
        char export[16];
        struct buf spelled;
        buf_init(&spelled, &alloc_libc);
        buf_printf(&spelled, "o%u", op);
        memcpy(export, spelled.data, spelled.size);
        export[spelled.size] = 0;
        buf_fini(&spelled);
        hf_func func;
        hf_status status = hf_status_ok();
        if (hf_instance_func(run.store, run.instance, export, &func, &status) != HF_OK) {
            buf_printf(text, "%s %s = %s\n", export, name, status.message);
            continue;
        }
        // All pairs; of the third operand each value meets one of the second's.
        for (unsigned a = 0; a < GEN_SINGLE_VALUES; a++) {
            uint32_t hash = 2166136261u;
            for (unsigned b = 0; b < (operands > 1 ? GEN_SINGLE_VALUES : 1); b++) {
                uint64_t slot =
                    a | b << 8 | (a + b * 7) % GEN_SINGLE_VALUES << 16 | (b + a * 5) % GEN_SINGLE_VALUES << 24;
                status = hf_status_ok();
                const hf_code code = hf_func_call_raw(run.store, func, &slot, 1, &status);
                counts->calls++;
                if (code != HF_OK) {
                    struct buf why;
                    buf_init(&why, &alloc_libc);
                    say_failure(&why, &status, options->classes);
                    while (why.size % 4) buf_u8(&why, ' ');
                    hash = hash_words(hash, why.data, why.size);
                    buf_fini(&why);
                    counts->traps++;
                }
                size_t size;
                const uint8_t *data = hf_memory_data(run.store, memory.of.memory, &size);
                hash = hash_words(hash, data, size < 32 ? size : 32);
            }
            buf_printf(text, "%s %s %u = %08" PRIx32 "\n", export, name, a, hash);
        }
        say_state(&run, options, text);
    }
    run_close(&run);
}

// --- every fuel ------------------------------------------------------------------------------------------------------

enum { MOST_FUEL = 400 };

// One call of an export of a fresh instance that begins with so much fuel; where it stops, what is in memory and what is left;
// then with plenty, to the end. Returns what it needed altogether.
static uint64_t call_with(struct run *run, const hf_export *export, size_t index, uint64_t fuel,
                          const struct run_options *options, struct buf *text)
{
    const uint64_t plenty = UINT64_C(1) << 30;
    hf_status status = hf_status_ok();
    hf_val args[MAX_VALUES], results[MAX_VALUES];
    hf_extern object;
    struct dna dna;
    dna_from_seed(&dna, options->seed);
    for (uint32_t i = 0; i < export->type.func.param_count; i++)
        args[i] = pick_argument(&dna, export->type.func.params[i], false);
    hf_task *task = NULL;
    if (hf_instance_export_at(run->store, run->instance, index, &object, &status) == HF_OK &&
        hf_store_set_fuel(run->store, fuel, &status) == HF_OK)
        task = hf_task_new(run->store, object.of.func, args, export->type.func.param_count, &status);
    hf_code code = task ? hf_task_resume(task, &status) : status.code;
    uint64_t given = fuel;
    if (code == HF_OUT_OF_FUEL) {
        buf_printf(text, "  stops, %" PRIu64 " left", hf_store_fuel(run->store));
        hf_frame frame;
        if (hf_task_backtrace(task, &frame, 1))
            buf_printf(text, ", at %" PRIu32 "@%" PRIx64 "\n", frame.func, frame.offset);
        say_state(run, options, text);
    }
    for (int round = 0; code == HF_OUT_OF_FUEL && round < 4; round++) {
        status = hf_status_ok();
        given += plenty;
        hf_store_set_fuel(run->store, hf_store_fuel(run->store) + plenty, &status);
        code = hf_task_resume(task, &status);
    }
    buf_str(text, "  ends");
    if (code == HF_OK && hf_task_results(task, results, export->type.func.result_count, &status) == HF_OK) {
        for (uint32_t i = 0; i < export->type.func.result_count; i++) say_value(text, results[i], false);
    } else if (code != HF_OK) {
        say_failure(text, &status, false);
    }
    const uint64_t need = given - hf_store_fuel(run->store);
    buf_printf(text, ", needed %" PRIu64 "\n", need);
    say_state(run, options, text);
    hf_task_free(task);
    return need;
}

uint64_t run_every_fuel(hf_engine *engine, const struct buf *module, const struct run_options *options,
                        struct buf *text)
{
    struct run run;
    uint64_t runs = 0;
    if (!run_compile(&run, engine, module, text)) return 0;
    for (size_t i = 0; i < hf_module_export_count(run.module); i++) {
        hf_export export;
        if (hf_module_export(run.module, i, &export) != HF_OK || export.type.kind != HF_EXTERN_FUNC ||
            export.type.func.param_count > MAX_VALUES || export.type.func.result_count > MAX_VALUES)
            continue;
        uint64_t need = MOST_FUEL;
        // First with more than enough, which says how much is.
        for (uint64_t fuel = MOST_FUEL + 1; fuel != UINT64_MAX; fuel = fuel > need ? need : fuel - 1) {
            const bool open = run_instantiate(&run, engine, 0, text);
            if (open) {
                buf_printf(text, "%.*s with %" PRIu64 "\n", (int)export.name.size, export.name.data, fuel);
                const uint64_t needed = call_with(&run, &export, i, fuel, options, text);
                if (fuel > MOST_FUEL) need = needed;
                runs++;
            }
            hf_store_free(run.store);
            run.store = NULL;
            if (!open || need > MOST_FUEL) break;
        }
    }
    run_close(&run);
    return runs;
}
