#include "base/fail.h"

#include <stdio.h>
#include <string.h>

hf_status hf_status_ok(void)
{
    hf_status status;
    memset(&status, 0, sizeof status);
    status.offset = NO_OFFSET;
    status.func = UINT32_MAX;
    return status;
}

static const char *const code_names[] = {
    "ok",          "pending",     "malformed",   "invalid",       "unlinkable", "trapped", "exception",
    "exited",      "out of fuel", "interrupted", "out of memory", "limit",      "busy",    "stale handle",
    "wrong store", "wrong kind",  "wrong type",  "bad argument",  "not found",  "exists",  "gone",
    "unsupported", "system",      "cancelled",   "out of bounds",
};

const char *hf_code_name(hf_code code)
{
    const size_t n = sizeof code_names / sizeof *code_names;
    return (size_t)code < n ? code_names[code] : "unknown code";
}

hf_code fail_v(hf_status *status, hf_code code, uint64_t offset, const char *fmt, va_list args)
{
    if (!status || status->code != HF_OK) return code;
    *status = hf_status_ok();
    status->code = code;
    status->offset = offset;
    vsnprintf(status->message, sizeof status->message, fmt, args);
    return code;
}

hf_code fail_at(hf_status *status, hf_code code, uint64_t offset, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_v(status, code, offset, fmt, args);
    va_end(args);
    return code;
}

hf_code fail(hf_status *status, hf_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_v(status, code, NO_OFFSET, fmt, args);
    va_end(args);
    return code;
}

hf_code fail_oom(hf_status *status)
{
    return fail(status, HF_OUT_OF_MEMORY, "out of memory");
}

hf_code fail_errno(hf_status *status, int error, const char *fmt, ...)
{
    if (!status || status->code != HF_OK) return HF_SYSTEM;
    va_list args;
    va_start(args, fmt);
    fail_v(status, HF_SYSTEM, NO_OFFSET, fmt, args);
    va_end(args);
    status->os_error = error;
    const size_t used = strlen(status->message);
    snprintf(status->message + used, sizeof status->message - used, ": %s", strerror(error));
    return HF_SYSTEM;
}
