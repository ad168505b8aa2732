// Substitution: types in which places and resource types have been replaced by others (Explainer.md, "Type Checking").
// What is replaced is put in by hand; resource types of the scope `fresh_scope` that are not replaced by hand are replaced
// by new ones when they are met, so that each instance of a type has its own.
#ifndef COMPONENT_SUBST_H
#define COMPONENT_SUBST_H

#include "component/types.h"

#define NO_SCOPE UINT32_MAX

struct subst {
    struct ctypes *types;
    struct arena *arena;  // for what lives as long as the substitution
    struct map places;    // place → place
    struct map resources; // id → place
    uint32_t fresh_scope;
    struct resource_def fresh; // what new resource types are; with an owner they take slots of it
    uint32_t *slots;           // of the owner, in use
};

void subst_init(struct subst *s, struct ctypes *types, struct arena *arena, uint32_t fresh_scope);
void subst_fini(struct subst *s);

hf_code subst_place(struct subst *s, ctype from, ctype to, hf_status *status);
hf_code subst_resource(struct subst *s, uint32_t id, ctype to, hf_status *status);
bool subst_has_resource(const struct subst *s, uint32_t id);

// The type with everything replaced; itself when nothing in it is.
hf_code subst_type(struct subst *s, ctype type, ctype *out, hf_status *status);
hf_code subst_entity(struct subst *s, struct wit_entity entity, struct wit_entity *out, hf_status *status);
// All exports of an instance type or import or export lists; `*out` is `decls` itself when nothing is replaced.
hf_code subst_decls(struct subst *s, const struct extern_decl *decls, uint32_t count, const struct extern_decl **out,
                    hf_status *status);

#endif
