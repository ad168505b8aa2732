// Types of a component as the public descriptors of <holdfast/witype.h>.
#ifndef COMPONENT_DESCRIBE_H
#define COMPONENT_DESCRIBE_H

#include "component/type.h"

// Describes every value type of the table: ctypes_host then gives the descriptor. Once, when the table is whole.
// HF_LIMIT (a value too large for the host), HF_OUT_OF_MEMORY.
hf_code ctypes_describe(struct ctypes *types, hf_status *status);
// The descriptor of a value type; NULL of another.
const hf_type *ctypes_host(const struct ctypes *types, ctype type);
// That of a function: arguments as a record.
hf_witfunc ctypes_host_func(const struct ctypes *types, ctype type);
// What own and borrow of a resource type refer to.
hf_restype ctypes_host_resource(const struct ctypes *types, ctype type);
// Which resource type a descriptor of a component means (ctypes_resource).
uint32_t describe_resource_id(const hf_restype *resource);

#endif
