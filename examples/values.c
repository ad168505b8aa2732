/* A value of the component model from text to bytes and back, by code that knows its type only as a descriptor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/witvalue.h>

static void *place(void *ctx, size_t size)
{
    void **last = ctx; /* the one string or list of this example; an arena serves many */
    return *last = malloc(size);
}

int main(void)
{
    /* record { name: string, level: u8 } */
    hf_field fields[] = {
        { .name = { "name", 4 }, .type = hf_type_of_kind(HF_WIT_STRING) },
        { .name = { "level", 5 }, .type = hf_type_of_kind(HF_WIT_U8) },
    };
    hf_type type = { .kind = HF_WIT_RECORD, .count = 2, .fields = fields };
    struct {
        hf_str name;
        uint8_t level;
    } value;
    hf_status status = hf_status_ok();
    hf_type_layout(&type, fields, &status);

    const char *text = "{name: \"x\", level: 3}";
    void *held = NULL;
    char shown[64];
    uint8_t bytes[64];
    size_t size = 0;
    hf_value_parse(&type, text, strlen(text), place, &held, &value, &status);
    hf_value_encode(&type, &value, NULL, bytes, sizeof bytes, &size, &status); /* the same in every release */
    printf("%zu bytes, type of %u\n", size, type.size);
    hf_value_print(&type, &value, shown, sizeof shown, &size, &status);
    printf("%s\n", shown);
    free(held);
    if (status.code) fprintf(stderr, "%s\n", status.message);
    return status.code != HF_OK;
}
