// Values and start functions of components: text to bytes (Explainer.md, "Value Definitions", "Start Definitions").
#include "text/component.h"

// (start f (value x)* (result (value id?))*), behind "(start"
hf_code parse_start(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item, args;
    uint32_t func, count = 0, results = 0;
    hf_str ids[1] = { { NULL, 0 } };
    cbuf_init(c, &item);
    cbuf_init(c, &args);
    TRY(parse_ref(c, SORT_FUNC, false, &func));
    for (; at_open_text(p, "value"); count++) {
        uint32_t index;
        TRY(parse_ref(c, SORT_VALUE, false, &index));
        buf_leb_u(&args, index);
    }
    for (; take_open_text(p, "result"); results++) {
        if (!take_open_text(p, "value")) return unexpected(p, "(value");
        hf_str id;
        TRY(parse_id(p, &id));
        if (!results) ids[0] = id;
        TRY(expect_close(p));
        TRY(expect_close(p));
    }
    buf_leb_u(&item, func);
    buf_leb_u(&item, count);
    if (args.size) buf_put(&item, args.data, args.size);
    buf_leb_u(&item, results);
    item.failed |= args.failed;
    TRY(put_item(c, CSECTION_START, &item));
    for (uint32_t i = 0; i < results; i++) TRY(name_next(c, SORT_VALUE, i ? (hf_str){ NULL, 0 } : ids[0], NULL));
    return expect_close(p);
}

// (value id? valtype (binary string*)), behind "(value"
hf_code parse_value(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item, bytes;
    hf_str id;
    cbuf_init(c, &item);
    cbuf_init(c, &bytes);
    TRY(parse_id(p, &id));
    TRY(parse_valtype(c, &item));
    if (!take_open_text(p, "binary")) return unexpected(p, "(binary");
    while (is_kind(p, TOKEN_STRING)) TRY(parse_string(p, &bytes));
    TRY(expect_close(p));
    put_name(&item, (hf_str){ (const char *)bytes.data, bytes.size });
    item.failed |= bytes.failed;
    TRY(put_item(c, CSECTION_VALUE, &item));
    TRY(name_next(c, SORT_VALUE, id, NULL));
    return expect_close(p);
}
