// Component values of scripts, in the host's layout.
#ifndef API_WAST_COMPONENT_H
#define API_WAST_COMPONENT_H

#include <holdfast/witvalue.h>

#include "base/arena.h"
#include "base/buf.h"
#include "text/text.h"

// A value of this type, at `out`; what it points to goes into the arena. HF_WRONG_TYPE.
hf_code wast_component_value(const struct script_value *value, const hf_type *type, struct arena *arena, void *out,
                             hf_status *status);
// Arguments as a struct of the parameters (NULL: none); *out is NULL when there are none.
hf_code wast_component_args(const struct script_value *args, uint32_t count, const hf_type *params, struct arena *arena,
                            void **out, hf_status *status);
// "got" value in WAVE.
void wast_describe_component(struct buf *out, const hf_type *type, const void *value);

#endif
