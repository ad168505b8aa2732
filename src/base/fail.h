// How a room reports failure: the words go, once and where it failed, into the status that its caller passed.
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdarg.h>

#include <holdfast/status.h>

#define NO_OFFSET UINT64_MAX

// Fills *status (which may be NULL, and is left alone if it already holds an error) and returns `code`.
hf_code fail(hf_status *status, hf_code code, const char *fmt, ...) HF_PRINTF(3, 4);
hf_code fail_at(hf_status *status, hf_code code, uint64_t offset, const char *fmt, ...) HF_PRINTF(4, 5);
hf_code fail_v(hf_status *status, hf_code code, uint64_t offset, const char *fmt, va_list args);
hf_code fail_oom(hf_status *status);
// HF_SYSTEM with errno's text: "WHAT: No such file or directory".
hf_code fail_errno(hf_status *status, int error, const char *fmt, ...) HF_PRINTF(3, 4);

#endif
