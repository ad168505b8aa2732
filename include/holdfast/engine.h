/* An engine: what all modules and stores of a process, or of a part of it, share. Immutable and counted; any thread. */
#ifndef HOLDFAST_ENGINE_H
#define HOLDFAST_ENGINE_H

#include <holdfast/status.h>

HF_BEGIN

typedef struct hf_engine hf_engine;

/* Features beside WebAssembly 3.0, which is always on. Bits of hf_engine_options.features. */
#define HF_FEATURE_THREADS (UINT32_C(1) << 16)
#define HF_FEATURE_LEGACY_EXCEPTIONS (UINT32_C(1) << 17)
#define HF_FEATURE_CUSTOM_PAGE_SIZES (UINT32_C(1) << 18)
#define HF_FEATURE_WIDE_ARITHMETIC (UINT32_C(1) << 19)
#define HF_FEATURE_BRANCH_HINTS (UINT32_C(1) << 20)
/* Gates of the component model's text ("Gated Features"); what is in WASI 0.3.1 is always on. */
#define HF_FEATURE_CM_VALUES (UINT32_C(1) << 21)
#define HF_FEATURE_CM_NESTED_NAMES (UINT32_C(1) << 22)
#define HF_FEATURE_CM_MORE_ASYNC (UINT32_C(1) << 23)
#define HF_FEATURE_CM_STACKFUL (UINT32_C(1) << 24)
#define HF_FEATURE_CM_THREADS (UINT32_C(1) << 25)
#define HF_FEATURE_CM_SHARED_THREADS (UINT32_C(1) << 26)
#define HF_FEATURE_CM_FIXED_LISTS (UINT32_C(1) << 27)
#define HF_FEATURE_CM_ERROR_CONTEXT (UINT32_C(1) << 28)
#define HF_FEATURE_CM_CANONICAL_NAMES (UINT32_C(1) << 29)
#define HF_FEATURE_CM_MEMORY64 (UINT32_C(1) << 30)

/* Append-only. */
typedef enum hf_tier {
    HF_TIER_AUTO = 0, /* the engine's choice: the interpreter, in this version */
    HF_TIER_INTERP = 1,
    HF_TIER_JIT = 2,
} hf_tier;

/* How the interpreter dispatches, and whether it fuses instructions; with HF_TIER_JIT the plain forms make do with
   SSE4.1 on any machine. For differential runs. Append-only. */
typedef enum hf_interp {
    HF_INTERP_DEFAULT = 0, /* threaded where the compiler allows, fused */
    HF_INTERP_THREADED = 1,
    HF_INTERP_SWITCH = 2,
    HF_INTERP_THREADED_PLAIN = 3, /* one to one, no fusion */
    HF_INTERP_SWITCH_PLAIN = 4,
} hf_interp;

/* Names of native code for tools. Bits of hf_engine_options.profile. Files that cannot be written are done without. */
#define HF_PROFILE_PERFMAP (UINT32_C(1) << 0) /* /tmp/perf-PID.map, for `perf report` */
#define HF_PROFILE_JITDUMP (UINT32_C(1) << 1) /* /tmp/jit-PID.dump, for `perf record -k mono` and `perf inject --jit` */
#define HF_PROFILE_GDB (UINT32_C(1) << 2)     /* gdb's JIT interface: functions have names in backtraces */

/* Verdicts of validation that an embedder keeps. A module whose verdict is found is not validated again as a whole when it is
 * made: its bodies are as they are first compiled, as with lazy_validation, so that not even a wrong verdict lets an invalid
 * body run; notes that are not the module's own end the call with HF_INVALID. A verdict goes by a hash (BLAKE2b) of the module's bytes, of this version and the features that are on. Both
 * functions are called by the thread that makes the module, and must allow several at once. */
typedef struct hf_verdicts {
    void *ctx;
    /* Is there a verdict? If so what was kept with it is put into *notes. */
    bool (*find)(void *ctx, const uint8_t hash[32], uint64_t *notes);
    /* The module was validated as a whole. */
    void (*keep)(void *ctx, const uint8_t hash[32], uint64_t notes);
} hf_verdicts;

/* Zero means the default for every member. */
typedef struct hf_engine_options {
    size_t size;                   /* sizeof(hf_engine_options) */
    const hf_allocator *allocator; /* copied; NULL: libc's */
    hf_tier tier;
    hf_interp interp;
    uint32_t features;         /* HF_FEATURE_* to switch on */
    bool fuel;                 /* count fuel */
    bool interruptible;        /* loops and entries look at the interrupt flag */
    bool deterministic;        /* canonical NaNs, fixed relaxed vectors, fixed growth, no time but through the linker */
    bool no_signals;           /* install no signal handler and need none: memory is bounds-checked */
    bool no_reservation;       /* do not reserve address space for memories */
    bool lazy_validation;      /* validate a body at its first call: HF_TRAP_INVALID_FUNCTION */
    uint32_t compile_threads;  /* for validation and eager compilation; 0: one per processor, at most 4 */
    uint32_t pool_slots;       /* memories kept for reuse by pooled instances; 0: no pool */
    uint64_t pool_memory_size; /* most bytes of a pooled memory that stay mapped; 0: 16 MiB */
    bool eager;                /* compile all functions when a module is made, on compile_threads */
    uint32_t profile;          /* HF_PROFILE_*: who is told where native code is */
    const hf_verdicts *verdicts; /* copied; NULL: none */
    bool no_spectre_masks;       /* let a mispredicted check of an index in native code read what is out of bounds */
} hf_engine_options;

/* A new engine, or NULL (HF_OUT_OF_MEMORY, HF_BAD_ARGUMENT, HF_UNSUPPORTED: a tier that cannot run here). */
HF_API hf_engine *hf_engine_new(const hf_engine_options *options, hf_status *status);
HF_API hf_engine *hf_engine_ref(hf_engine *engine);
HF_API void hf_engine_unref(hf_engine *engine);

/* The tier that runs, after HF_TIER_AUTO was resolved. */
HF_API hf_tier hf_engine_tier(const hf_engine *engine);
/* Why: "asked for", or what allows or forbids native code here. Never NULL, static. */
HF_API const char *hf_engine_tier_reason(const hf_engine *engine);
/* "interp", "jit"; "auto" for HF_TIER_AUTO; NULL where there is none. Static. */
HF_API const char *hf_tier_name(hf_tier tier);

HF_END

#endif
