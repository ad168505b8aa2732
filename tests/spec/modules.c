// The specification's suite without running anything: every module of its scripts is assembled, decoded and validated, and
// what has to be malformed or invalid is so, with the message that the script gives for a beginning.
//
// usage: modules DIR     the folder of the suite, with core/, custom/ and legacy/

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "text/script.h"
#include "text/text.h"
#include "validate/validate.h"

static unsigned passed, failed;

static char *read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *data = NULL;
    size_t size = 0, room = 0;
    for (;;) {
        if (size == room) {
            room = room ? 2 * room : 1 << 16;
            data = realloc(data, room);
            if (!data) exit(2);
        }
        const size_t got = fread(data + size, 1, room - size, file);
        if (got == 0) break;
        size += got;
    }
    fclose(file);
    *out_size = size;
    return data;
}

// Bytes of a binary are copied exactly, so that the address sanitizer sees the first byte past the end.
static hf_code check_bytes(struct type_registry *types, uint32_t features, hf_bytes bytes, hf_status *status)
{
    uint8_t *copy = malloc(bytes.size ? bytes.size : 1);
    if (!copy) exit(2);
    if (bytes.size) memcpy(copy, bytes.data, bytes.size);
    struct hf_module *m = NULL;
    hf_code code = module_decode(&alloc_libc, types, features, NULL, copy, bytes.size, &m, status);
    free(copy);
    if (code == HF_OK) code = module_validate(m, NULL, status);
    module_unref(m);
    return code;
}

static hf_code check_module(struct type_registry *types, uint32_t features, const struct script_module *module,
                            hf_status *status)
{
    *status = hf_status_ok();
    if (module->failure) {
        *status = *module->failure;
        return status->code;
    }
    if (module->kind != SCRIPT_QUOTE) return check_bytes(types, features, module->bytes, status);
    struct buf bytes;
    buf_init(&bytes, &alloc_libc);
    hf_code code = text_assemble((const char *)module->bytes.data, module->bytes.size, features, false, &bytes, status);
    if (code == HF_OK) code = check_bytes(types, features, (hf_bytes){ bytes.data, bytes.size }, status);
    buf_fini(&bytes);
    return code;
}

static hf_code wanted(enum script_kind kind)
{
    switch (kind) {
    case SCRIPT_ASSERT_MALFORMED:
    case SCRIPT_ASSERT_MALFORMED_CUSTOM: return HF_MALFORMED;
    case SCRIPT_ASSERT_INVALID:
    case SCRIPT_ASSERT_INVALID_CUSTOM: return HF_INVALID;
    default: return HF_OK; // those that do not link or trap later are valid
    }
}

static void check_command(struct type_registry *types, uint32_t features, const char *path,
                          const struct script_command *command)
{
    hf_status status;
    const hf_code want = wanted(command->kind);
    const hf_code code = check_module(types, features, &command->module, &status);
    bool good = code == want;
    if (good && want != HF_OK) {
        good = strlen(status.message) >= command->text.size &&
               memcmp(status.message, command->text.data, command->text.size) == 0;
    }
    passed += good;
    failed += !good;
    if (good) return;
    printf("%s:%u: %s: wanted %s \"%.*s\", found %s \"%s\"\n", path, command->line, script_kind_name(command->kind),
           hf_code_name(want), (int)command->text.size, command->text.data ? command->text.data : "",
           hf_code_name(code), status.message);
}

static bool is_about_module(const struct script_command *command)
{
    switch (command->kind) {
    case SCRIPT_INSTANCE:
    case SCRIPT_REGISTER: return false;
    default: return !command->has_action;
    }
}

static uint32_t features_of(const char *path)
{
    if (strstr(path, "legacy/")) return FEATURES_STANDARD | FEATURE_LEGACY_EXCEPTIONS;
    if (strstr(path, "branch_hint")) return FEATURES_STANDARD | FEATURE_BRANCH_HINTS;
    return FEATURES_STANDARD;
}

static void check_script(const char *path)
{
    size_t size = 0;
    char *text = read_file(path, &size);
    hf_status status = hf_status_ok();
    struct script script;
    const uint32_t features = features_of(path);
    if (!text || script_parse(text, size, features, &alloc_libc, &script, &status)) {
        printf("%s:%u: %s\n", path, status.line, text ? status.message : "cannot be read");
        failed++;
        free(text);
        return;
    }
    struct type_registry *types = types_new(&alloc_libc, &status);
    if (!types) exit(2);
    for (uint32_t i = 0; i < script.count; i++) {
        if (is_about_module(&script.commands[i])) check_command(types, features, path, &script.commands[i]);
    }
    types_free(types);
    script_fini(&script);
    free(text);
}

static void check_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char below[4096];
        if (entry->d_name[0] == '.') continue;
        if ((size_t)snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= sizeof below) continue;
        const size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".wast") == 0)
            check_script(below);
        else
            check_folder(below);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    check_folder(argv[1]);
    if (passed < 5900) { // that many modules and assertions about modules there are at least
        printf("only %u modules were found good\n", passed);
        failed++;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
