// Components: decoding and validating whatever bytes, and assembling whatever text.
#include <holdfast/component.h>

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const hf_component *component, uint32_t id, unsigned depth)
{
    hf_item item;
    if (depth > 4) return;
    for (size_t i = 0; hf_component_item(component, id, i, &item) == HF_OK; i++)
        if (item.kind == HF_ITEM_INSTANCE) walk(component, item.id, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hf_engine *engine;
    const hf_engine_options options = { .size = sizeof options, .features = UINT32_C(0x7fff0000) & ~UINT32_C(0x8000) };
    hf_status status = hf_status_ok();
    if (!engine) engine = hf_engine_new(&options, &status);
    if (!engine) return 0;
    hf_component *const component = hf_component_new_any(engine, data, size, &status);
    hf_item item;
    for (size_t i = 0; component && hf_component_import(component, i, &item) == HF_OK; i++) {
        if (item.kind == HF_ITEM_INSTANCE) walk(component, item.id, 0);
        if (item.kind == HF_ITEM_FUNC && item.func.params) hf_type_check(item.func.params, NULL);
    }
    hf_component_unref(component);
    return 0;
}
