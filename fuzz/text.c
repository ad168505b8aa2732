// Text and scripts of any kind, and what they assemble to, printed and assembled again: the same bytes.
#include <stdint.h>
#include <stdlib.h>

#include "text/script.h"
#include "text/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const uint8_t *bytes, size_t size, unsigned flags)
{
    struct buf text, again;
    hf_status status = hf_status_ok();
    buf_init(&text, &alloc_libc);
    buf_init(&again, &alloc_libc);
    const hf_code code = text_print(bytes, size, flags, &text, &status);
    // What text can say need not be a module: indices may lead nowhere. But what is printed has to be read.
    if (code == HF_OK && text_assemble((const char *)text.data, text.size, UINT32_MAX, true, &again, &status)) abort();
    if (code == HF_OK && (again.size != size || __builtin_memcmp(again.data, bytes, size) != 0)) abort();
    buf_fini(&text);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hf_status status = hf_status_ok();
    struct buf out;
    buf_init(&out, &alloc_libc);
    if (size >= 4 && data[0] == 0) { // bytes: printed only
        text_print(data, size, data[size - 1] & 1, &out, &status);
    } else if (text_assemble((const char *)data, size, UINT32_MAX, true, &out, &status) == HF_OK) {
        round_trip(out.data, out.size, 0);
        round_trip(out.data, out.size, TEXT_FOLDED);
    }
    buf_fini(&out);
    struct script script;
    status = hf_status_ok();
    if (script_parse((const char *)data, size, UINT32_MAX, &alloc_libc, &script, &status) == HF_OK)
        script_fini(&script);
    return 0;
}
