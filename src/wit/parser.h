// The parser: one recursive descent over a file, building the tree that resolution then completes. Failure is sticky: after
// the first one the current token is TOKEN_ERROR, which nothing accepts, so a rule is read whole and asked once.
#ifndef WIT_PARSER_H
#define WIT_PARSER_H

#include "wit/lexer.h"
#include "wit/tree.h"

struct parser {
    struct wit *wit;
    struct wit_lexer lexer;
    struct wit_token token; // the next one
    uint32_t file;
    unsigned depth; // of types in each other
    struct wit_scope *scope;
    hf_code code;
    hf_status *status;
};

// What stands in front of an item.
struct attributes {
    hf_str docs;
    struct wit_gate gate;
    hf_str external_id;
    struct wit_id external_at;
};

void wit_parser_fail(struct parser *p, uint32_t at, hf_code code, const char *fmt, ...) HF_PRINTF(4, 5);
void wit_parser_oom(struct parser *p);
// "expected WHAT, found ..." at the current token.
void wit_parser_expected(struct parser *p, const char *what);

void wit_advance(struct parser *p);
bool wit_at_token(const struct parser *p, enum wit_token_kind kind);
bool wit_accept(struct parser *p, enum wit_token_kind kind);
void wit_expect(struct parser *p, enum wit_token_kind kind);
// Is there another element before `close`? Takes `close` if not.
bool wit_more(struct parser *p, enum wit_token_kind close);
// Takes the comma behind an element, unless `close` comes.
void wit_separator(struct parser *p, enum wit_token_kind close);
hf_str wit_token_text(const struct parser *p);

// Zeroed memory of the tree; NULL after parser_oom.
void *wit_make(struct parser *p, size_t size);
// Adds *element to an array of `*count` in the tree.
void *wit_append(struct parser *p, void *array, size_t count, const void *element, size_t size);
#define MAKE(p, type) ((type *)wit_make((p), sizeof(type)))

struct wit_id wit_parse_id(struct parser *p);
struct wit_version wit_parse_version(struct parser *p);
struct wit_path wit_parse_path(struct parser *p);
struct wit_path wit_parse_path_behind(struct parser *p, struct wit_id first);
struct attributes wit_parse_attributes(struct parser *p);
void wit_refuse_external_id(struct parser *p, const struct attributes *attributes);

// Types and functions (parse_type.c).
struct wit_type *wit_parse_type(struct parser *p);
void wit_parse_func_type(struct parser *p, struct wit_func *func);
// typedef-item: NULL when none begins here.
struct wit_def *wit_parse_typedef(struct parser *p, const struct attributes *attributes);

// use-item, behind 'use': the definitions, their number in *count.
struct wit_def **wit_parse_use(struct parser *p, const struct attributes *attributes, uint32_t *count);

// '{' interface-items* '}'
void wit_parse_interface_body(struct parser *p, struct wit_interface *interface);
void wit_parse_world_body(struct parser *p, struct wit_world *world);

#endif
