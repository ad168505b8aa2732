// The specification's scripts, as far as text goes: every module assembles, malformed texts are refused with the message
// that the script expects, and what is printed, flat and folded, assembles to the same bytes. How many there are of each
// in a script stands in spec_files.def, so that none is passed over.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/script.h"
#include "text/text.h"

static const struct {
    const char *name;
    unsigned commands, assembled, refused, binary;
} files[] = {
#define SCRIPT(name, commands, assembled, refused, binary) { name, commands, assembled, refused, binary },
#include "text/spec_files.def"
#undef SCRIPT
};

static char *read_file(const char *name, size_t *size)
{
    const char *data = getenv("HOLDFAST_TESTDATA");
    char path[1000];
    snprintf(path, sizeof path, "%s/spec/%s", data ? data : "../shared/testdata", name);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *text = malloc(1 << 24);
    assert_non_null(text);
    *size = fread(text, 1, 1 << 24, file);
    assert_true(*size < 1 << 24);
    fclose(file);
    return text;
}

// Prints and assembles: the same bytes if our assembler wrote them, else a text that prints itself.
static void round_trip(const char *file, const struct script_command *c, unsigned flags)
{
    const hf_bytes bytes = c->module.bytes;
    struct buf text, again, text2;
    buf_init(&text, &alloc_libc);
    buf_init(&again, &alloc_libc);
    buf_init(&text2, &alloc_libc);
    hf_status status = hf_status_ok();
    hf_code code = text_print(bytes.data, bytes.size, flags, &text, &status);
    if (code == HF_OK) {
        code = text_assemble((const char *)text.data, text.size, UINT32_MAX, true, &again, &status);
        if (code != HF_OK)
            fail_msg("%s:%u: printed text at %u:%u: %s", file, c->line, status.line, status.column, status.message);
        if (c->module.kind == SCRIPT_TEXT) {
            if (again.size != bytes.size || memcmp(again.data, bytes.data, bytes.size) != 0)
                fail_msg("%s:%u: printed text gives other bytes", file, c->line);
        } else {
            code = text_print(again.data, again.size, flags, &text2, &status);
            if (code != HF_OK || text2.size != text.size || memcmp(text2.data, text.data, text.size) != 0)
                fail_msg("%s:%u: printed text does not print itself", file, c->line);
        }
    } else if (c->module.kind == SCRIPT_TEXT || c->kind == SCRIPT_MODULE) {
        fail_msg("%s:%u: print: %s", file, c->line, status.message);
    }
    buf_fini(&text);
    buf_fini(&again);
    buf_fini(&text2);
}

static bool is_malformed(const struct script_command *c)
{
    return c->kind == SCRIPT_ASSERT_MALFORMED || c->kind == SCRIPT_ASSERT_MALFORMED_CUSTOM;
}

// A text that has to be refused, or not.
static void check_text(const char *file, const struct script_command *c, hf_code code, const hf_status *status)
{
    if (is_malformed(c)) {
        if (code != HF_MALFORMED || strncmp(status->message, c->text.data, c->text.size) != 0)
            fail_msg("%s:%u: expected \"%.*s\", got %d \"%s\"", file, c->line, (int)c->text.size, c->text.data, code,
                     status->message);
    } else if (c->kind == SCRIPT_ASSERT_INVALID_CUSTOM && code == HF_INVALID) {
        if (strncmp(status->message, c->text.data, c->text.size) != 0)
            fail_msg("%s:%u: %s", file, c->line, status->message);
    } else if (code != HF_OK) {
        fail_msg("%s:%u: %u:%u: %s", file, c->line, status->line, status->column, status->message);
    }
}

static void scripts(void **state)
{
    (void)state;
    const bool record = getenv("HOLDFAST_RECORD") != NULL; // prints the table anew
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t size = 0;
        char *text = read_file(files[i].name, &size);
        if (!text && i == 0) skip();
        if (!text) fail_msg("%s is missing", files[i].name);
        struct script s;
        hf_status status = hf_status_ok();
        if (script_parse(text, size, UINT32_MAX, &alloc_libc, &s, &status))
            fail_msg("%s:%u:%u: %s", files[i].name, status.line, status.column, status.message);
        unsigned assembled = 0, refused = 0, binary = 0;
        for (uint32_t k = 0; k < s.count; k++) {
            const struct script_command *c = &s.commands[k];
            if (c->has_action || c->kind == SCRIPT_REGISTER || c->kind == SCRIPT_INSTANCE) continue;
            hf_code code = HF_OK;
            hf_status why = hf_status_ok();
            struct buf bytes;
            buf_init(&bytes, &alloc_libc);
            if (c->module.kind == SCRIPT_QUOTE) {
                code = text_assemble((const char *)c->module.bytes.data, c->module.bytes.size, UINT32_MAX, true, &bytes,
                                     &why);
            } else if (c->module.failure) {
                code = c->module.failure->code;
                why = *c->module.failure;
            }
            buf_fini(&bytes);
            if (c->module.kind == SCRIPT_BINARY)
                binary++;
            else if (code == HF_OK)
                assembled++;
            else
                refused++;
            if (c->module.kind != SCRIPT_BINARY) check_text(files[i].name, c, code, &why);
            if (c->module.kind == SCRIPT_QUOTE || code != HF_OK) continue;
            round_trip(files[i].name, c, 0);
            round_trip(files[i].name, c, TEXT_FOLDED);
        }
        if (record) {
            printf("SCRIPT(\"%s\", %u, %u, %u, %u)\n", files[i].name, s.count, assembled, refused, binary);
        } else {
            assert_int_equal(s.count, files[i].commands);
            assert_int_equal(assembled, files[i].assembled);
            assert_int_equal(refused, files[i].refused);
            assert_int_equal(binary, files[i].binary);
        }
        script_fini(&s);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(scripts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
