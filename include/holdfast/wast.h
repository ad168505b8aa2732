/* Runs scripts of the specification's test suite (.wast). */
#ifndef HOLDFAST_WAST_H
#define HOLDFAST_WAST_H

#include <holdfast/engine.h>

HF_BEGIN

/* Append-only; names by hf_wast_command_name. */
typedef enum hf_wast_command {
    HF_WAST_MODULE,
    HF_WAST_MODULE_DEFINITION,
    HF_WAST_MODULE_INSTANCE,
    HF_WAST_REGISTER,
    HF_WAST_ACTION,
    HF_WAST_ASSERT_RETURN,
    HF_WAST_ASSERT_TRAP,
    HF_WAST_ASSERT_EXHAUSTION,
    HF_WAST_ASSERT_EXCEPTION,
    HF_WAST_ASSERT_MALFORMED,
    HF_WAST_ASSERT_INVALID,
    HF_WAST_ASSERT_UNLINKABLE,
    HF_WAST_ASSERT_MALFORMED_CUSTOM,
    HF_WAST_ASSERT_INVALID_CUSTOM,
    HF_WAST_COMMANDS,
} hf_wast_command;

HF_API const char *hf_wast_command_name(hf_wast_command command);

typedef struct hf_wast_options {
    size_t size;
    /* Called for each command that failed; the message is borrowed. */
    void (*failure)(void *ctx, uint32_t line, hf_wast_command command, const char *message);
    void *ctx;
    void (*print)(void *ctx, const char *text); /* what spectest.print_* prints; may be NULL */
    uint64_t gc_interval_bytes;                 /* as in hf_store_options */
} hf_wast_options;

typedef struct hf_wast_result {
    uint64_t run[HF_WAST_COMMANDS]; /* commands executed, by kind */
    uint64_t failed[HF_WAST_COMMANDS];
} hf_wast_result;

/* HF_OK when the script could be read (look at result->failed), HF_MALFORMED when it is not a script. */
HF_API hf_code hf_wast_run(hf_engine *engine, const char *name, const char *text, size_t size,
                           const hf_wast_options *options, hf_wast_result *result, hf_status *status);

HF_END

#endif
