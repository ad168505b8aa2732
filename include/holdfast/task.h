/* A task: one activation of guest code that may be frozen while a host call waits, and goes on later. Owner thread. */
#ifndef HOLDFAST_TASK_H
#define HOLDFAST_TASK_H

#include <holdfast/func.h>
#include <holdfast/instance.h>

HF_BEGIN

typedef struct hf_task hf_task;

/* A task that will call `func`; nothing runs yet. HF_BUSY: the instance has a frozen task. NULL on failure. */
HF_API hf_task *hf_task_new(hf_store *store, hf_func func, const hf_val *args, size_t arg_count, hf_status *status);
/* Runs until: HF_OK (done, see hf_task_results), HF_PENDING (a host call waits: call again when
 * hf_task_ready), HF_OUT_OF_FUEL, HF_INTERRUPTED (call again to go on), or it ended with HF_TRAPPED,
 * HF_EXCEPTION, HF_EXITED. Not from inside a host call: HF_BUSY. */
HF_API hf_code hf_task_resume(hf_task *task, hf_status *status);
/* Has what a frozen task waits for arrived? (Delivers completions from the mailbox.) */
HF_API bool hf_task_ready(hf_task *task);
/* The results of a task that is done. */
HF_API hf_code hf_task_results(hf_task *task, hf_val *out, size_t count, hf_status *status);
/* The exception of a task that ended with HF_EXCEPTION; rooted in the innermost scope. */
HF_API hf_code hf_task_exception(hf_task *task, hf_ref *out, hf_status *status);
/* Ends it wherever it is; host calls it waits for are cancelled (completing them gives HF_GONE). */
HF_API void hf_task_free(hf_task *task);
HF_API uint64_t hf_task_id(const hf_task *task); /* unique in the store, in order of creation */
HF_API hf_store *hf_task_store(const hf_task *task);
/* Unwinds and drops state, in the embedder's hands */
HF_API void *hf_task_user(const hf_task *task);
HF_API void hf_task_set_user(hf_task *task, void *user);

/* A frame of a guest backtrace, innermost first. Strings are borrowed from the module. */
typedef struct hf_frame {
    hf_instance instance;
    uint32_t func;   /* function index */
    uint64_t offset; /* of the instruction in the module's binary */
    hf_str func_name, module_name;
    hf_str file; /* from DWARF, else empty */
    uint32_t line, column;
} hf_frame;
/* The frames of a task that is frozen or has trapped; writes at most `max`, returns how many there are. */
HF_API size_t hf_task_backtrace(hf_task *task, hf_frame *out, size_t max);
/* The frames of the last call in this store that ended with HF_TRAPPED, HF_EXCEPTION or HF_EXITED (at most 128 kept). */
HF_API size_t hf_store_backtrace(hf_store *store, hf_frame *out, size_t max);
/* The exception of the last call in this store that ended with HF_EXCEPTION; rooted in the innermost scope. HF_NOT_FOUND. */
HF_API hf_code hf_store_exception(hf_store *store, hf_ref *out, hf_status *status);

HF_END

#endif
