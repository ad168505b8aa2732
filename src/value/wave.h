// WAVE: what printing and parsing share.
#ifndef VALUE_WAVE_H
#define VALUE_WAVE_H

#include <holdfast/defs.h>

// "Keywords": as the case of a variant or enum they have to be written with %.
bool wave_keyword(hf_str label);

#endif
