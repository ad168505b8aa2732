// wasi:cli.
#include <string.h>

#include "sys/stream.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"

// -- environment --

hf_code p2_get_environment(struct p2 *p)
{
    RESULT(p2_pairs);
    const struct strings *env = &p->wasi->env;
    p2_pair *pairs = p2_alloc(p, env->count * sizeof *pairs);
    if (!pairs) return p2_out_of_memory(p);
    const char *at = (const char *)env->bytes.data;
    for (size_t i = 0; i < env->count; i++) {
        // The value begins behind the first '='; an inherited variable may have none.
        hf_str whole;
        const size_t name = strcspn(at, "=");
        if (!p2_string(p, at + name + (at[name] == '='), &pairs[i].f1)) return p2_out_of_memory(p);
        if (!p2_string(p, at, &whole)) return p2_out_of_memory(p);
        pairs[i].f0 = (hf_str){ whole.data, 0 };
        while (pairs[i].f0.size < whole.size && whole.data[pairs[i].f0.size] != '=') pairs[i].f0.size++;
        at += strlen(at) + 1;
    }
    *result = (p2_pairs){ pairs, env->count };
    return HF_OK;
}

hf_code p2_get_arguments(struct p2 *p)
{
    RESULT(p2_strings);
    const struct strings *args = &p->wasi->args;
    hf_str *strings = p2_alloc(p, args->count * sizeof *strings);
    if (!strings) return p2_out_of_memory(p);
    const char *at = (const char *)args->bytes.data;
    for (size_t i = 0; i < args->count; i++) {
        if (!p2_string(p, at, &strings[i])) return p2_out_of_memory(p);
        at += strlen(at) + 1;
    }
    *result = (p2_strings){ strings, args->count };
    return HF_OK;
}

// There is none: paths are relative to preopened directories.
hf_code p2_initial_cwd(struct p2 *p)
{
    RESULT(p2_option_string);
    *result = (p2_option_string){ .some = false };
    return HF_OK;
}

// -- exit --

hf_code p2_exit(struct p2 *p)
{
    ARGS(wasi_cli_exit_exit_args_t);
    return hf_call_exit(p->call, args->status.err ? 1 : 0);
}

hf_code p2_exit_with_code(struct p2 *p)
{
    ARGS(wasi_cli_exit_exit_with_code_args_t);
    return hf_call_exit(p->call, args->status_code);
}

// -- standard streams --

// The node of a standard stream; NULL: the guest closed it, by way of 0.1.
static struct fs_node *standard(struct p2 *p, uint32_t fd)
{
    struct desc *desc;
    return desc_get(p->wasi, fd, 0, &desc) == 0 ? desc->node : NULL;
}

hf_code p2_get_stdin(struct p2 *p)
{
    RESULT(hf_resource);
    struct fs_node *node = standard(p, 0);
    struct fs_node *null = NULL;
    if (!node && stream_null(&null) != 0) return p2_out_of_memory(p);
    void *input = input_new(p, node ? node : null, DOMAIN_STDIO, 0);
    node_close(null);
    return p2_handle(input, result) ? HF_OK : p2_out_of_memory(p);
}

static hf_code get_output(struct p2 *p, uint32_t fd)
{
    RESULT(hf_resource);
    struct fs_node *node = standard(p, fd);
    struct fs_node *null = NULL;
    if (!node && stream_null(&null) != 0) return p2_out_of_memory(p);
    void *output = output_new(p, node ? node : null, DOMAIN_STDIO, 0, false);
    node_close(null);
    return p2_handle(output, result) ? HF_OK : p2_out_of_memory(p);
}

hf_code p2_get_stdout(struct p2 *p)
{
    return get_output(p, 1);
}

hf_code p2_get_stderr(struct p2 *p)
{
    return get_output(p, 2);
}

// -- terminals --

const struct object_type type_terminal_input = OBJECT_TYPE("wasi:cli/terminal-input@0.2.12", "terminal-input", NULL);
const struct object_type type_terminal_output = OBJECT_TYPE("wasi:cli/terminal-output@0.2.12", "terminal-output", NULL);

// Both kinds have one of this form.
typedef wasi02_option_own_wasi_cli_terminal_input_terminal_input_t option_terminal;

static hf_code get_terminal(struct p2 *p, uint32_t fd, const struct object_type *type)
{
    RESULT(option_terminal);
    struct fs_node *node = standard(p, fd);
    const int host = node && node->type == SYS_FILE_CHARACTER && node->ops->watch ? node->ops->watch(node) : -1;
    result->some = host >= 0 && sys_is_terminal(host);
    if (!result->some) return HF_OK;
    return p2_handle(p2_object_new(p->call, type, sizeof(struct object)), &result->value) ? HF_OK : p2_out_of_memory(p);
}

hf_code p2_get_terminal_stdin(struct p2 *p)
{
    return get_terminal(p, 0, &type_terminal_input);
}

hf_code p2_get_terminal_stdout(struct p2 *p)
{
    return get_terminal(p, 1, &type_terminal_output);
}

hf_code p2_get_terminal_stderr(struct p2 *p)
{
    return get_terminal(p, 2, &type_terminal_output);
}
