// What the commands share. The room enters the library through include/ only.
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include <holdfast/module.h>
#include <holdfast/store.h>

#include "cli/options.h"

// Exit statuses; a guest's own is passed on.
enum { EXIT_GOOD = 0, EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_TRAP = 134 };

// The commands: each returns the exit status.
int verb_run(const struct options *options);
int verb_wast(const struct options *options);
int verb_wat(const struct options *options);
int verb_validate(const struct options *options);
int verb_objdump(const struct options *options);
int verb_inspect(const struct options *options);
int verb_wit(const struct options *options);
int verb_bindgen(const struct options *options);
int verb_help(const struct options *options);
void print_help(FILE *out);
void print_verb_help(FILE *out, enum verb verb);

// ---- files ----

struct file {
    const char *name; // as it was given
    const uint8_t *data;
    size_t size;
    bool mapped;
};

// Reads a file whole; "-" is standard input. False: said on standard error why not.
bool file_read(const char *name, struct file *out);
void file_free(struct file *file);
bool file_exists(const char *name);
bool file_is_binary(const struct file *file);

// Standard output or a file, as hf_write_fn; ctx is a FILE *.
bool write_to_file(void *ctx, const void *data, size_t size);

// ---- engines and modules ----

hf_engine *new_engine(const struct options *options);
// NULL: said on standard error.
hf_module *load_module(hf_engine *engine, const struct file *file);

// ---- messages ----

// "holdfast: FILE: invalid: type mismatch … (function 3 "f", offset 0x2a)"; of a text FILE:LINE:COLUMN.
void report(const char *file, const hf_module *module, const hf_status *status);
// For arguments from the command line: "holdfast: " and the message.
void complain(const char *fmt, ...) HF_PRINTF(1, 2);
// Prints a name that came from a module: what is not printable is escaped, so that it cannot speak to the terminal.
void say_name(FILE *out, hf_str name);

#endif
