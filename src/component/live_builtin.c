// Canonical definitions that are neither lifted nor lowered: resources, and a thread's storage (CanonicalABI.md, "canon
// resource.new" and on). Those for concurrency check what they may and say that they are not there.
#include "base/fail.h"
#include "component/live.h"

struct builtin {
    struct live_instance *instance;
    struct live_type *type; // of resource.*
    const struct canon *canon;
};

static hf_status *clear(hf_call *call)
{
    call->act->status.code = HF_OK;
    return &call->act->status;
}

static hf_code may_leave(hf_call *call, const struct builtin *b)
{
    return b->instance->may_leave ? HF_OK : live_trap(call, "cannot leave component instance");
}

// canon resource.new
static hf_code new_resource(hf_call *call, void *env)
{
    const struct builtin *b = env;
    hf_code code = may_leave(call, b);
    if (code) return code;
    const uint64_t rep = b->type->is64 ? call->slots[0].u64 : call->slots[0].u32;
    uint32_t index = 0;
    code = resource_new(&b->instance->handles, b->type->type, rep, &index, clear(call));
    call->results[0].u64 = index;
    return code;
}

// canon resource.rep
static hf_code rep_of_resource(hf_call *call, void *env)
{
    const struct builtin *b = env;
    return resource_rep(&b->instance->handles, b->type->type, call->slots[0].u32, &call->results[0].u64, clear(call));
}

// ---- canon resource.drop ----

static hf_code destructed(hf_call *call, void *env)
{
    const struct builtin *b = env;
    if (call->outcome == HF_EXCEPTION) return live_trap(call, "a destructor threw an exception");
    if (call->outcome) return call->outcome;
    live_leave(b->type->impl, b->instance);
    return HF_OK;
}

static hf_code drop_of_guest(hf_call *call, void *env)
{
    const struct builtin *b = env;
    hf_code code = may_leave(call, b);
    if (code) return code;
    struct dropped dropped;
    code = resource_drop(&b->instance->handles, b->type->type, call->slots[0].u32, &dropped, clear(call));
    struct live_instance *impl = b->type->impl;
    if (code || !dropped.own || !impl) return code;
    if (!live_enter(impl, b->instance)) return live_trap(call, "cannot enter component instance");
    if (b->type->dtor) {
        const union slot rep = { .u64 = dropped.payload };
        return call_then(call, b->type->dtor, &rep, destructed, env);
    }
    live_leave(impl, b->instance);
    return HF_OK;
}

// A resource of the host: an own handle is what its drop function is given; that of a borrow ends here.
static hf_code drop_enter(struct hf_call *call)
{
    const struct builtin *b = call->host->border_env;
    hf_code code = may_leave(call, b);
    if (code) return code;
    struct handles *handles = &b->instance->handles;
    const uint32_t index = call->slots[0].u32;
    const struct handle *handle = handles_get(handles, index, clear(call));
    if (!handle) return HF_TRAPPED;
    if (handle->kind != HANDLE_RESOURCE || handle->own) {
        hf_resource *resource = hf_call_alloc(call, sizeof *resource);
        if (!resource) return live_trap(call, "out of memory for the arguments of a call");
        call->args = resource;
        return lift_own(handles, b->type->type, index, resource, clear(call));
    }
    struct dropped dropped;
    call->answered = true;
    return resource_drop(handles, b->type->type, index, &dropped, clear(call));
}

static hf_code drop_leave(struct hf_call *call)
{
    (void)call;
    return HF_OK;
}

static const struct border drop_border = { drop_enter, drop_leave };

static void nothing(void *env)
{
    (void)env;
}

// ---- storage ----

static hf_code context_get(hf_call *call, void *env)
{
    const struct builtin *b = env;
    const uint64_t value = b->instance->storage[b->canon->slot];
    call->results[0].u64 = val_kind(b->canon->value) == VAL_I64 ? value : (uint32_t)value;
    return HF_OK;
}

static hf_code context_set(hf_call *call, void *env)
{
    const struct builtin *b = env;
    b->instance->storage[b->canon->slot] =
        val_kind(b->canon->value) == VAL_I64 ? call->slots[0].u64 : call->slots[0].u32;
    return HF_OK;
}

// canon backpressure.inc, canon backpressure.dec: nothing that could wait is entered yet, so that counting is all.
static hf_code backpressure(hf_call *call, void *env)
{
    const struct builtin *b = env;
    const bool more = b->canon->kind == CANON_BACKPRESSURE_INC;
    uint32_t *count = &b->instance->backpressure;
    if (more ? *count == UINT16_MAX : *count == 0) return live_trap(call, "backpressure counter out of range");
    *count += more ? 1 : UINT32_MAX;
    return HF_OK;
}

// ---- task.return ----

struct task_return {
    struct builtin b; // first
    struct live_options options;
};

// canon task.return
static hf_code task_return(hf_call *call, void *env)
{
    const struct task_return *r = env;
    const hf_code code = may_leave(call, &r->b);
    if (code) return code;
    struct live_task *task = r->b.instance->task;
    if (!task || !task->options->is_async || task->resolved)
        return live_trap(call, "task.return where no result is waited for");
    const hf_type *given = r->options.plan->wit.result, *wanted = task->options->plan->wit.result;
    if (!given != !wanted || (given && !hf_type_equal(given, wanted)) || r->options.memory != task->options->memory ||
        r->options.encoding != task->options->encoding)
        return live_trap(call, "task.return of another type or with other options than its function");
    return live_resolve(task, call, ABI_MAX_FLAT_PARAMS, &call->slots->u64);
}

static hf_code unsupported(hf_call *call, void *env)
{
    const struct builtin *b = env;
    const hf_code code = may_leave(call, b);
    if (code) return code;
    return fail(clear(call), HF_UNSUPPORTED, "%s cannot be called yet", canon_infos[b->canon->kind].text);
}

static hf_host_fn function_of(const struct canon *canon)
{
    switch (canon->kind) {
    case CANON_RESOURCE_NEW: return new_resource;
    case CANON_RESOURCE_REP: return rep_of_resource;
    case CANON_RESOURCE_DROP: return drop_of_guest;
    case CANON_CONTEXT_GET: return context_get;
    case CANON_CONTEXT_SET: return context_set;
    case CANON_TASK_RETURN: return task_return;
    case CANON_BACKPRESSURE_INC:
    case CANON_BACKPRESSURE_DEC: return backpressure;
    default: return unsupported;
    }
}

hf_code live_builtin(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan,
                     gref *out, hf_status *status)
{
    struct live_tree *tree = instance->tree;
    struct task_return *r = ARENA_NEW(&tree->arena, struct task_return);
    if (!r) return fail_oom(status);
    struct builtin *b = &r->b;
    *b = (struct builtin){ instance, NULL, canon };
    r->options = live_options_of(instance, canon, plan);
    if (canon->kind == CANON_RESOURCE_NEW || canon->kind == CANON_RESOURCE_REP || canon->kind == CANON_RESOURCE_DROP)
        b->type = live_type_of(instance, canon->type);
    struct host_func *host;
    hf_code code;
    if (canon->kind == CANON_RESOURCE_DROP && b->type->host)
        code = host_func_behind(b->type->host->drop, &drop_border, b, nothing, canon->signature, &host, status);
    else
        code = host_func_internal(tree->store->engine, canon_infos[canon->kind].text, canon->signature,
                                  function_of(canon), b, NULL, &host, status);
    return code ? code : live_put_func(tree, host, out, status);
}
