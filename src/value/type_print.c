// Writes types as text, as type_parse reads them.
#include "value/type_text.h"

#include <stdio.h>

#include "value/out.h"
#include "value/type.h"

// Types that share their parts can be trees of any size: the text ends here.
#define PRINT_MOST ((size_t)1 << 20)

static void print(struct out *o, const hf_type *type, unsigned depth);

static void print_maybe(struct out *o, const hf_type *type, unsigned depth)
{
    if (type)
        print(o, type, depth);
    else
        out_text(o, "_");
}

static void print_labelled(struct out *o, const hf_type *type, unsigned depth)
{
    const bool record = type->kind == HF_WIT_RECORD;
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_field *field = &type->fields[i];
        out_text(o, i ? ", " : " { ");
        out_bytes(o, field->name.data, field->name.size);
        if (!field->type) continue;
        out_text(o, record ? ": " : "(");
        print(o, field->type, depth);
        if (!record) out_text(o, ")");
    }
    out_text(o, type->count ? " }" : " {}");
}

static void print_list(struct out *o, const hf_type *type, unsigned depth)
{
    char length[16];
    out_text(o, "<");
    if (type->kind == HF_WIT_MAP) {
        print(o, type->element->fields[0].type, depth);
        out_text(o, ", ");
        print(o, type->element->fields[1].type, depth);
    } else {
        print(o, type->element, depth);
    }
    if (type->kind == HF_WIT_FIXED_LIST) {
        snprintf(length, sizeof length, ", %u", type->count);
        out_text(o, length);
    }
    out_text(o, ">");
}

static void print(struct out *o, const hf_type *type, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX || o->size > PRINT_MOST) {
        out_text(o, "...");
        return;
    }
    depth++;
    out_text(o, hf_witkind_name(type->kind));
    switch (type->kind) {
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: print_labelled(o, type, depth); break;
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP: print_list(o, type, depth); break;
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < type->count; i++) {
            out_text(o, i ? ", " : "<");
            print(o, type->fields[i].type, depth);
        }
        out_text(o, ">");
        break;
    case HF_WIT_OPTION:
        out_text(o, "<");
        print(o, type->fields[1].type, depth);
        out_text(o, ">");
        break;
    case HF_WIT_RESULT:
        if (!type->fields[0].type && !type->fields[1].type) break;
        out_text(o, "<");
        print_maybe(o, type->fields[0].type, depth);
        if (type->fields[1].type) {
            out_text(o, ", ");
            print(o, type->fields[1].type, depth);
        }
        out_text(o, ">");
        break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
        out_text(o, "<");
        out_bytes(o, type->resource->name.data, type->resource->name.size);
        out_text(o, ">");
        break;
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
        if (!type->element) break;
        out_text(o, "<");
        print(o, type->element, depth);
        out_text(o, ">");
        break;
    default: break;
    }
}

size_t hf_type_print(const hf_type *type, char *out, size_t max)
{
    struct out o = { out, max, 0 };
    print(&o, type, 0);
    out_end(&o);
    return o.size;
}
