/* WIT texts: packages of interfaces and worlds. */
#ifndef HOLDFAST_WIT_H
#define HOLDFAST_WIT_H

#include <holdfast/text.h>
#include <holdfast/witype.h>

HF_BEGIN

/* A function of an interface, as generated tables list it. */
typedef struct hf_witentry {
    hf_str interface; /* "wasi:io/streams@0.2.12" */
    hf_str name;      /* "[method]output-stream.write" */
    hf_witfunc type;
} hf_witentry;

HF_END

#endif
