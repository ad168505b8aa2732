// What a freeze asks of a linker: the pieces that core modules and components have in common.
#ifndef RUNTIME_LINKER_H
#define RUNTIME_LINKER_H

#include "runtime/host.h"

// The function that answers an import of a component, or NULL: of the interface itself, else of the latest version that is
// compatible with it.
struct host_func *linker_find(const struct hf_linker *linker, hf_str interface, hf_str name);
// The resource type of the host for one that a component imports, in the same way.
const hf_resource_type *linker_resource(const struct hf_linker *linker, hf_str interface, hf_str name);
// The function with the hooks around it whose patterns cover its name. Gives back a reference.
hf_code linker_wrapped(const struct hf_linker *linker, struct host_func *host, struct host_func **out,
                       hf_status *status);
// A function that traps when called. `wit` and the names are borrowed as in hf_func_desc. Gives back a reference.
hf_code linker_stand_in(const struct hf_linker *linker, hf_str interface, hf_str name, const hf_witfunc *wit,
                        struct host_func **out, hf_status *status);
bool linker_traps_unknown(const struct hf_linker *linker);
struct hf_engine *linker_engine(const struct hf_linker *linker);
// Do two names of interfaces name the same one, in versions that are compatible?
bool interfaces_compatible(hf_str a, hf_str b);

#endif
