/* What a call of this library says of itself. A status is plain data on the caller's stack: it owns nothing and needs
 * no freeing. Every function that takes an `hf_status *` accepts NULL, writes it only on failure (the first error
 * wins), and returns its code. */
#ifndef HOLDFAST_STATUS_H
#define HOLDFAST_STATUS_H

#include <holdfast/defs.h>

HF_BEGIN

/* Append-only. */
typedef enum hf_code {
    HF_OK = 0,
    HF_PENDING = 1,        /* not done yet: the task is frozen in a host call that will be completed later */
    HF_MALFORMED = 2,      /* bytes or text that are not a module */
    HF_INVALID = 3,        /* a module that does not validate */
    HF_UNLINKABLE = 4,     /* an import that is missing or has another type */
    HF_TRAPPED = 5,        /* the guest trapped; `trap` says how */
    HF_EXCEPTION = 6,      /* the guest threw an exception that nobody caught; hf_task_exception() gives it */
    HF_EXITED = 7,         /* the guest asked to exit; `exit_code` */
    HF_OUT_OF_FUEL = 8,    /* resumable after fuel was added */
    HF_INTERRUPTED = 9,    /* resumable */
    HF_OUT_OF_MEMORY = 10, /* the host's allocator said no */
    HF_LIMIT = 11,         /* a limit of the engine or the store was reached */
    HF_BUSY = 12,          /* the instance has a frozen task */
    HF_STALE = 13,         /* a handle whose object is gone */
    HF_WRONG_STORE = 14,   /* a handle of another store, or an object of another engine */
    HF_WRONG_KIND = 15,    /* a handle of another kind */
    HF_WRONG_TYPE = 16,    /* a value or signature of another type */
    HF_BAD_ARGUMENT = 17,  /* misuse that no other code names */
    HF_NOT_FOUND = 18,
    HF_EXISTS = 19,
    HF_GONE = 20,        /* the store, task or call that this was meant for has ended */
    HF_UNSUPPORTED = 21, /* a feature that is switched off or not built in */
    HF_SYSTEM = 22,      /* the operating system said no; `os_error` is errno */
    HF_CANCELLED = 23,
    HF_OUT_OF_BOUNDS = 24, /* a guest address, index or length beyond its memory or table */
} hf_code;

/* Why the guest trapped. Append-only; names and texts come from src/wasm/traps.def. */
typedef enum hf_trap {
    HF_TRAP_NONE = 0,
    HF_TRAP_UNREACHABLE = 1,
    HF_TRAP_INTEGER_DIVIDE_BY_ZERO = 2,
    HF_TRAP_INTEGER_OVERFLOW = 3,
    HF_TRAP_INVALID_CONVERSION = 4,
    HF_TRAP_MEMORY_OUT_OF_BOUNDS = 5,
    HF_TRAP_TABLE_OUT_OF_BOUNDS = 6,
    HF_TRAP_UNDEFINED_ELEMENT = 7,
    HF_TRAP_UNINITIALIZED_ELEMENT = 8,
    HF_TRAP_INDIRECT_CALL_TYPE = 9,
    HF_TRAP_CALL_STACK_EXHAUSTED = 10,
    HF_TRAP_NULL_REFERENCE = 11,
    HF_TRAP_NULL_FUNCTION = 12,
    HF_TRAP_NULL_STRUCTURE = 13,
    HF_TRAP_NULL_ARRAY = 14,
    HF_TRAP_NULL_I31 = 15,
    HF_TRAP_NULL_EXCEPTION = 16,
    HF_TRAP_ARRAY_OUT_OF_BOUNDS = 17,
    HF_TRAP_CAST_FAILURE = 18,
    HF_TRAP_UNALIGNED_ATOMIC = 19,
    HF_TRAP_EXPECTED_SHARED_MEMORY = 20,
    HF_TRAP_ALLOCATION = 21,       /* the guest heap is full */
    HF_TRAP_HOST = 22,             /* a host function trapped; the message is its own */
    HF_TRAP_CANNOT_WAIT = 23,      /* a host call wanted to wait where waiting is not allowed */
    HF_TRAP_INVALID_FUNCTION = 24, /* lazy validation refused its body; message and offset are the validator's */
    HF_TRAP_COMPONENT = 25,        /* a rule of the component model was broken: the message says which */
} hf_trap;

typedef struct hf_status {
    hf_code code;
    hf_trap trap;
    int32_t exit_code; /* with HF_EXITED */
    int32_t os_error;  /* with HF_SYSTEM: errno */
    uint64_t offset;   /* byte offset in the module (or byte in a text: see line); UINT64_MAX when there is none */
    uint32_t line;     /* in a text, from 1; 0 when there is none */
    uint32_t column;   /* in a text, from 1 */
    uint32_t func;     /* function index; UINT32_MAX when there is none */
    char message[228];
} hf_status;

/* A status that says HF_OK. */
HF_API hf_status hf_status_ok(void);

/* The code's name without its prefix, in lower case: "malformed". Static storage; never NULL. */
HF_API const char *hf_code_name(hf_code code);

/* The specification's text for a trap: "integer divide by zero". Static storage; never NULL. */
HF_API const char *hf_trap_message(hf_trap trap);

HF_END

#endif
