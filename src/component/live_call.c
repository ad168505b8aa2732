// canon lift and canon lower (CanonicalABI.md), and the way from the host to what a component exports. A call from one component to
// another is one host call of the runtime: lift what the caller gives, lower it into the callee, go on to the callee's core
// function in a chained activation, then back in the same way. Only realloc is called from within: the ABI wants its answer in
// the middle of a value, so it runs in a nested activation; it cannot wait, since it may not leave its instance.
#include <stdarg.h>
#include <string.h>

#include <holdfast/witvalue.h>

#include "base/fail.h"
#include "component/live.h"
#include "runtime/memory.h"

hf_code live_trap(struct hf_call *call, const char *fmt, ...)
{
    hf_status *status = &call->act->status;
    status->code = HF_OK;
    va_list args;
    va_start(args, fmt);
    fail_v(status, HF_TRAPPED, NO_OFFSET, fmt, args);
    va_end(args);
    status->trap = HF_TRAP_COMPONENT;
    return HF_TRAPPED;
}

// ---- entering (CanonicalABI.md, "Component Instances") ----

static bool is_in(const struct live_instance *instance, const struct live_instance *caller)
{
    for (; caller; caller = caller->parent)
        if (caller == instance) return true;
    return false;
}

// entering_set: instances from the callee outwards, until one in which the caller is already.
bool live_enter(struct live_instance *callee, const struct live_instance *caller)
{
    for (const struct live_instance *i = callee; i && !is_in(i, caller); i = i->parent)
        if (!i->may_enter) return false;
    for (struct live_instance *i = callee; i && !is_in(i, caller); i = i->parent) i->may_enter = false;
    return true;
}

void live_leave(struct live_instance *callee, const struct live_instance *caller)
{
    for (struct live_instance *i = callee; i && !is_in(i, caller); i = i->parent) i->may_enter = true;
}

// ---- what the ABI asks of an instance ----

// LiftLowerContext
struct side {
    const struct live_options *options;
    struct hf_call *call;
    struct borrows *borrows; // lowering arguments
    struct lends *lends;     // lifting arguments
};

static void memory_now(void *ctx, uint8_t **base, uint64_t *size)
{
    const struct side *side = ctx;
    const struct memory_inst *memory = side->options->memory;
    *base = memory ? memory->base : NULL;
    *size = memory ? memory_bytes(memory) : 0;
}

static hf_code call_realloc(void *ctx, uint64_t old, uint64_t old_size, uint64_t align, uint64_t size, uint64_t *out,
                            hf_status *status)
{
    const struct side *side = ctx;
    struct live_instance *instance = side->options->instance;
    if (!side->options->realloc) return live_trap(side->call, "memory is needed, and there is no realloc");
    uint64_t slots[4] = { old, old_size, align, size };
    uint64_t storage[2];
    memcpy(storage, instance->storage, sizeof storage);
    memset(instance->storage, 0, sizeof instance->storage);
    instance->may_leave = false;
    const hf_code code = call_slots(side->call->store, side->options->realloc, slots, status);
    if (code == HF_EXCEPTION) return live_trap(side->call, "realloc threw an exception");
    if (code) return code;
    instance->may_leave = true;
    memcpy(instance->storage, storage, sizeof storage);
    *out = slots[0];
    return HF_OK;
}

static struct live_type *type_of(const struct side *side, const hf_type *type)
{
    const struct live_instance *instance = side->options->instance;
    const uint32_t id = describe_resource_id(type->resource);
    return instance->resources[ctypes_resource(instance->tree->pre->component->types, id)->slot];
}

static hf_code lift_handle(void *ctx, const hf_type *type, uint32_t index, hf_resource *out, hf_status *status)
{
    struct side *side = ctx;
    struct handles *handles = &side->options->instance->handles;
    if (type->kind == HF_WIT_OWN) return lift_own(handles, type_of(side, type)->type, index, out, status);
    if (type->kind == HF_WIT_BORROW)
        return lift_borrow(handles, type_of(side, type)->type, index, side->lends, out, status);
    return fail(status, HF_UNSUPPORTED, "%s values are not supported", hf_witkind_name(type->kind));
}

static hf_code lower_handle(void *ctx, const hf_type *type, hf_resource resource, uint32_t *out, hf_status *status)
{
    struct side *side = ctx;
    struct live_instance *instance = side->options->instance;
    if (type->kind == HF_WIT_OWN)
        return lower_own(&instance->handles, type_of(side, type)->type, resource, out, status);
    if (type->kind == HF_WIT_BORROW) {
        const struct live_type *t = type_of(side, type);
        return lower_borrow(&instance->handles, t->type, t->impl == instance, resource, side->borrows, out, status);
    }
    return fail(status, HF_UNSUPPORTED, "%s values are not supported", hf_witkind_name(type->kind));
}

static const struct abi_guest guest = { memory_now, call_realloc, lift_handle, lower_handle };

static struct abi abi_of(struct side *side, enum abi_encoding source)
{
    struct hf_call *call = side->call;
    call->act->status.code = HF_OK;
    return (struct abi){
        .guest = &guest,
        .ctx = side,
        .is64 = side->options->is64,
        .canonical_nans = call->store->control->deterministic,
        .encoding = side->options->encoding,
        .source = source,
        .place = call_place,
        .place_ctx = call,
        .budget = call_room(call),
        .status = &call->act->status,
    };
}

// ---- canon lower ----

struct lowering {
    struct side side;
    struct lends lends;
};

static hf_code make_result(struct hf_call *call, const hf_type *type)
{
    if (!type) return HF_OK;
    call->result = hf_call_alloc(call, type->size ? type->size : 1);
    return call->result ? HF_OK : live_trap(call, "out of memory for the result of a call");
}

static unsigned max_flat_params(const struct live_options *o)
{
    return o->is_async ? ABI_MAX_FLAT_ASYNC_PARAMS : ABI_MAX_FLAT_PARAMS;
}

static hf_code lower_enter(struct hf_call *call)
{
    const struct live_options *o = call->host->border_env;
    const struct canon_plan *plan = o->plan;
    if (!o->instance->may_leave) return live_trap(call, "cannot leave component instance");
    struct lowering *l = hf_call_alloc(call, sizeof *l);
    if (!l) return live_trap(call, "out of memory for a call");
    call->crossing = l;
    l->side = (struct side){ o, call, NULL, &l->lends };
    lends_init(&l->lends, &o->instance->handles);
    if (plan->params) {
        struct abi abi = abi_of(&l->side, ABI_UTF8);
        call->args = hf_call_alloc(call, plan->params->host_size ? plan->params->host_size : 1);
        if (!call->args) return live_trap(call, "out of memory for the arguments of a call");
        const hf_code code = abi_lift(&abi, plan->params, max_flat_params(o), &call->slots->u64, call->args);
        if (code) return code;
    }
    return make_result(call, plan->wit.result);
}

static const struct border host_border;
static hf_code lifted_start(hf_call *call, void *env);

struct lifted {
    struct live_options o; // first
    gref func;
};

// Strings keep the encoding in which they were lifted when nobody could have changed them.
static enum abi_encoding source_of(const struct hf_call *call, bool of_result)
{
    const struct host_func *host = call->host;
    if (host->hook_count || host->fn != lifted_start || host->border == &host_border) return ABI_UTF8;
    const struct live_options *o = of_result ? host->env : host->border_env;
    return o->encoding;
}

static hf_code lower_leave(struct hf_call *call)
{
    struct lowering *l = call->crossing;
    const struct live_options *o = l->side.options;
    const struct canon_plan *plan = o->plan;
    const unsigned max_flat_results = o->is_async ? 0 : ABI_MAX_FLAT_RESULTS;
    hf_code code = HF_OK;
    if (plan->result) {
        struct abi abi = abi_of(&l->side, source_of(call, true));
        uint64_t flat[ABI_MAX_FLAT_RESULTS] = { 0 };
        unsigned count = 0;
        unsigned at = plan->params ? plan->params->flat_count : 0;
        if (at > max_flat_params(o)) at = 1;
        const bool by_pointer = plan->result->flat_count > max_flat_results;
        code = abi_lower(&abi, plan->result, max_flat_results, call->result, by_pointer ? &call->slots[at].u64 : NULL,
                         flat, &count);
        if (count) call->results[0].u64 = flat[0];
    }
    // A call that was to go on beside its caller has ended already: Subtask.State.RETURNED.
    if (o->is_async) call->results[0].u64 = 2;
    lends_end(&l->lends);
    return code;
}

static const struct border lower_border = { lower_enter, lower_leave };

// ---- from the host ----

static hf_code host_enter(struct hf_call *call)
{
    const struct live_exchange *x = (const struct live_exchange *)(uintptr_t)call->slots[0].u64;
    const hf_type *params = x->wit->params;
    call->crossing = (void *)(uintptr_t)x;
    if (params && params->size) {
        call->args = hf_call_alloc(call, params->size);
        if (!call->args) return live_trap(call, "out of memory for the arguments of a call");
        memcpy(call->args, x->args, params->size);
    }
    return make_result(call, x->wit->result);
}

static hf_code host_leave(struct hf_call *call)
{
    const struct live_exchange *x = call->crossing;
    const hf_type *result = x->wit->result;
    if (!result) return HF_OK;
    call->act->status.code = HF_OK;
    return hf_value_copy(result, call->result, x->place, x->place_ctx, x->result, &call->act->status);
}

static const struct border host_border = { host_enter, host_leave };

static void nothing(void *env)
{
    (void)env;
}

hf_code live_entry(struct live_tree *tree, struct host_func *host, gref *out, hf_status *status)
{
    struct host_func *entry;
    const hf_code code = host_func_behind(host, &host_border, NULL, nothing, tree->pre->entry_type, &entry, status);
    return code ? code : live_put_func(tree, entry, out, status);
}

// ---- canon lift ----

struct lifting {
    struct live_task task; // first
    struct live_instance *caller;
    uint64_t storage[2];
    union slot flat[ABI_MAX_FLAT_RESULTS];
};

struct live_instance *live_caller(const struct hf_call *call)
{
    if (call->host->border != &lower_border) return NULL;
    const struct live_options *o = call->host->border_env;
    return o->instance;
}

static hf_code lifted_end(struct lifting *l)
{
    struct live_instance *instance = l->task.options->instance;
    memcpy(instance->storage, l->storage, sizeof l->storage);
    instance->task = l->task.outer;
    live_leave(instance, l->caller);
    return HF_OK;
}

// How a core function of the instance ended. An exception does not cross a component's border.
static hf_code outcome(hf_call *call)
{
    if (call->outcome == HF_EXCEPTION) return live_trap(call, "an exception was not caught in its component");
    return call->outcome;
}

static hf_code post_returned(hf_call *call, void *env)
{
    struct lifting *l = env;
    const hf_code code = outcome(call);
    if (code) return code;
    l->task.options->instance->may_leave = true;
    return lifted_end(l);
}

// Task.return_
hf_code live_resolve(struct live_task *task, struct hf_call *call, unsigned max_flat, const uint64_t *flat)
{
    const struct canon_plan *plan = task->options->plan;
    if (plan->result) {
        struct side side = { task->options, task->call, NULL, NULL };
        struct abi abi = abi_of(&side, ABI_UTF8);
        abi.status = &call->act->status;
        abi.status->code = HF_OK;
        const hf_code code = abi_lift(&abi, plan->result, max_flat, flat, task->call->result);
        if (code) return code;
    }
    call->act->status.code = HF_OK;
    task->resolved = true;
    return borrows_check(&task->borrows, &call->act->status);
}

static hf_code lifted_returned(hf_call *call, void *env)
{
    struct lifting *l = env;
    const struct live_options *o = l->task.options;
    hf_code code = outcome(call);
    if (code) return code;
    if (o->plan->result) l->flat[0] = call->then_slots[0];
    code = live_resolve(&l->task, call, ABI_MAX_FLAT_RESULTS, &l->flat[0].u64);
    if (code || !o->post_return) return code ? code : lifted_end(l);
    o->instance->may_leave = false;
    return call_then(call, o->post_return, l->flat, post_returned, l);
}

// With the option async: the function has given its result to task.return, or will give it when it is called back.
static hf_code async_returned(hf_call *call, void *env)
{
    enum { CALLBACK_CODE = 0xf };
    struct lifting *l = env;
    const hf_code code = outcome(call);
    if (code) return code;
    if (l->task.options->has_callback && call->then_slots[0].u32 & CALLBACK_CODE) {
        call->act->status.code = HF_OK;
        return fail(&call->act->status, HF_UNSUPPORTED, "async functions that wait are not supported yet");
    }
    return l->task.resolved ? lifted_end(l)
                            : live_trap(call, "an async function has ended without calling task.return");
}

static hf_code lifted_start(hf_call *call, void *env)
{
    const struct lifted *f = env;
    struct live_instance *instance = f->o.instance;
    struct lifting *l = hf_call_alloc(call, sizeof *l);
    if (!l) return live_trap(call, "out of memory for a call");
    l->caller = live_caller(call);
    if (!live_enter(instance, l->caller)) return live_trap(call, "cannot enter component instance");
    l->task = (struct live_task){ .outer = instance->task, .options = &f->o, .call = call };
    instance->task = &l->task;
    struct side side = { &f->o, call, &l->task.borrows, NULL };
    memcpy(l->storage, instance->storage, sizeof l->storage);
    memset(instance->storage, 0, sizeof instance->storage);
    uint64_t flat[ABI_MAX_FLAT_PARAMS];
    union slot slots[ABI_MAX_FLAT_PARAMS];
    unsigned count = 0;
    if (f->o.plan->params) {
        struct abi abi = abi_of(&side, source_of(call, false));
        const hf_code code = abi_lower(&abi, f->o.plan->params, ABI_MAX_FLAT_PARAMS, call->args, NULL, flat, &count);
        if (code) return code;
    }
    for (unsigned i = 0; i < count; i++) slots[i].u64 = flat[i];
    return call_then(call, f->func, slots, f->o.is_async ? async_returned : lifted_returned, l);
}

// ---- making ----

struct live_options live_options_of(struct live_instance *instance, const struct canon *canon,
                                    const struct canon_plan *plan)
{
    const struct canon_options *o = &canon->options;
    union live_item *const *spaces = instance->spaces;
    return (struct live_options){
        .instance = instance,
        .plan = plan,
        .memory = o->memory == NO_INDEX ? NULL : spaces[SORT_CORE_MEMORY][o->memory].memory,
        .realloc = o->realloc == NO_INDEX ? REF_NULL : spaces[SORT_CORE_FUNC][o->realloc].func,
        .post_return = o->post_return == NO_INDEX ? REF_NULL : spaces[SORT_CORE_FUNC][o->post_return].func,
        .encoding = o->encoding == ENCODING_UTF8    ? ABI_UTF8
                    : o->encoding == ENCODING_UTF16 ? ABI_UTF16
                                                    : ABI_LATIN1_UTF16,
        .is64 = o->is64,
        .is_async = o->is_async,
        .has_callback = o->callback != NO_INDEX,
    };
}

hf_code live_lift(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan,
                  struct host_func **out, hf_status *status)
{
    struct live_tree *tree = instance->tree;
    struct lifted *f = ARENA_NEW(&tree->arena, struct lifted);
    if (!f) return fail_oom(status);
    f->o = live_options_of(instance, canon, plan);
    f->func = instance->spaces[SORT_CORE_FUNC][canon->func].func;
    return host_func_internal(tree->store->engine, "lifted function", tree->pre->entry_type, lifted_start, f, NULL, out,
                              status);
}

hf_code live_lower(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan, gref *out,
                   hf_status *status)
{
    struct live_tree *tree = instance->tree;
    struct live_options *o = ARENA_NEW(&tree->arena, struct live_options);
    if (!o) return fail_oom(status);
    *o = live_options_of(instance, canon, plan);
    struct host_func *host;
    const hf_code code = host_func_behind(instance->spaces[SORT_FUNC][canon->func].host, &lower_border, o, nothing,
                                          canon->signature, &host, status);
    return code ? code : live_put_func(tree, host, out, status);
}
