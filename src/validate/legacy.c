// The old encoding of exceptions, which toolchains still emit: try ... catch x ... catch_all ... end, and try ... delegate l.
//
//   TRY ──catch──► CATCH ──catch──► CATCH ──catch_all──► CATCH_ALL ──end──►
#include "validate/state.h"

static hf_code check_try(struct validator *v)
{
    const struct block_sig sig = block_sig(v->m, &v->ins.block);
    hf_code code = pop_list(v, sig.params, sig.param_count);
    if (code || (code = push_frame(v, OP_TRY, &sig))) return code;
    v->flags |= FUNC_HAS_TRY;
    return push_list(v, sig.params, sig.param_count);
}

// Ends the block that was tried, or the handler before, and begins a handler.
static hf_code check_handler(struct validator *v)
{
    const struct func_type *tag = NULL;
    const enum opcode before = v->s->frames[v->depth - 1].op;
    if (before != OP_TRY && before != OP_CATCH) {
        return invalid(v, "type mismatch: %s outside of try", op_infos[v->ins.op].text);
    }
    hf_code code;
    if (v->ins.op == OP_CATCH) {
        if ((code = need_index(v, v->ins.index, v->m->tag_count, "tag"))) return code;
        tag = &types_get(v->m->types, v->m->tags[v->ins.index].type_id)->func;
    }
    struct frame frame;
    if ((code = close_frame(v, &frame))) return code;
    const struct block_sig sig = { frame.param_count, frame.result_count, frame.params, frame_results(&frame) };
    if ((code = push_frame(v, v->ins.op, &sig))) return code;
    return tag ? push_list(v, tag->params, tag->param_count) : HF_OK;
}

static hf_code check_delegate(struct validator *v)
{
    if (v->s->frames[v->depth - 1].op != OP_TRY) return invalid(v, "type mismatch: delegate outside of try");
    struct frame frame, *to;
    hf_code code = close_frame(v, &frame);
    if (code || (code = find_label(v, v->ins.index, &to))) return code;
    return push_list(v, frame_results(&frame), frame.result_count);
}

static hf_code check_rethrow(struct validator *v)
{
    struct frame *frame;
    const hf_code code = find_label(v, v->ins.index, &frame);
    if (code) return code;
    if (frame->op != OP_CATCH && frame->op != OP_CATCH_ALL) {
        return invalid(v, "invalid rethrow label %u: it is no handler", v->ins.index);
    }
    set_unreachable(v);
    return HF_OK;
}

hf_code check_legacy(struct validator *v)
{
    switch (v->ins.op) {
    case OP_TRY: return check_try(v);
    case OP_DELEGATE: return check_delegate(v);
    case OP_RETHROW: return check_rethrow(v);
    default: return check_handler(v);
    }
}
