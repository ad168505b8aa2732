// wasi:io/error, and the functions of other packages that read one.
#include <string.h>

#include "wasi/p2/codes.h"
#include "wasi/p2/error.h"

const struct object_type type_error = OBJECT_TYPE("wasi:io/error@0.2.12", "error", NULL);

bool stream_failed(struct p2 *p, enum domain domain, uint16_t code, p2_stream_error *out)
{
    struct error *error = p2_object_new(p->call, &type_error, sizeof *error);
    if (!error) return false;
    error->domain = domain;
    error->code = code;
    out->tag = STREAM_LAST_OPERATION_FAILED;
    return p2_handle(error, &out->as.last_operation_failed);
}

hf_code p2_error_to_debug_string(struct p2 *p)
{
    ARGS(wasi_io_error_method_error_to_debug_string_args_t);
    RESULT(hf_str);
    SELF(self, error, args->self);
    const bool net = self->domain == DOMAIN_NET;
    const char *text = net ? net_code_text(net_code_of(self->code)) : fs_code_text(fs_code_of(self->code));
    return p2_string(p, text, result) ? HF_OK : p2_out_of_memory(p);
}

// Both packages have one of this form.
typedef wasi02_option_wasi_filesystem_types_error_code_t option_code;
_Static_assert(sizeof(option_code) == sizeof(wasi02_option_wasi_sockets_network_error_code_t), "one form");

hf_code p2_filesystem_error_code(struct p2 *p)
{
    ARGS(wasi_filesystem_types_filesystem_error_code_args_t);
    RESULT(option_code);
    SELF(self, error, args->err);
    *result = (option_code){ .some = self->domain == DOMAIN_FS };
    if (result->some) result->value = (uint8_t)fs_code_of(self->code);
    return HF_OK;
}

hf_code p2_network_error_code(struct p2 *p)
{
    ARGS(wasi_sockets_network_network_error_code_args_t);
    RESULT(option_code);
    SELF(self, error, args->err);
    *result = (option_code){ .some = self->domain == DOMAIN_NET };
    if (result->some) result->value = (uint8_t)net_code_of(self->code);
    return HF_OK;
}
