// Between the public hf_extern and objects of a store, and between public types and ours.
#ifndef RUNTIME_EXTERN_H
#define RUNTIME_EXTERN_H

#include "runtime/instance.h"

hf_code extern_bind(struct hf_store *store, hf_extern object, struct binding *out, hf_status *status);
hf_code extern_export(struct instance *instance, const struct export *export, hf_extern *out, hf_status *status);

hf_functype functype_of(const struct func_type *type);
hf_limits limits_of(const struct limits *limits);
hf_externtype externtype_of(const struct type_registry *types, const struct extern_type *type);

#endif
