// Values of scripts: as arguments, and as what results have to match.
#ifndef API_WAST_VALUE_H
#define API_WAST_VALUE_H

#include <holdfast/instance.h>
#include <holdfast/value.h>

#include "base/buf.h"
#include "text/text.h"

// A value as an argument of this type. `convert` (internalise: externref to anyref) is a guest function. HF_WRONG_TYPE.
hf_code wast_argument(hf_store *store, hf_func convert, const struct script_value *value, hf_valtype type, hf_val *out,
                      hf_status *status);
bool wast_matches(hf_store *store, const struct script_value *expected, const hf_val *value);
void wast_describe(struct buf *out, const struct script_value *expected);
void wast_describe_value(struct buf *out, const hf_val *value);

#endif
