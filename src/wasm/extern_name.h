// Names of the component model: labels, names of imports and exports, versions (Explainer.md, "Import and Export
// Definitions", "Name Uniqueness", "Canonical Interface Name").
#ifndef WASM_EXTERN_NAME_H
#define WASM_EXTERN_NAME_H

#include <holdfast/status.h>

// label: is it in kebab case?
bool label_valid(hf_str label);

enum name_form {
    NAME_PLAIN,
    NAME_CONSTRUCTOR, // [constructor]resource
    NAME_METHOD,      // [method]resource.label
    NAME_STATIC,      // [static]resource.label
    NAME_INTERFACE,   // namespace:package/interface@version
};

struct extern_name {
    enum name_form form;
    hf_str resource;    // of constructors, methods and static functions
    hf_str label;       // of plain names, methods and static functions
    hf_str unversioned; // NAME_INTERFACE: what stands before the @
    hf_str version;     // NAME_INTERFACE: data NULL when there is none
    bool canonical;     // NAME_INTERFACE: the version is a canonversion ("1", "0.2") rather than a semantic version
};

// externname. HF_INVALID with words that begin with the name. `features` are enum feature.
hf_code extern_name_parse(hf_str name, uint32_t features, uint64_t offset, struct extern_name *out, hf_status *status);

// The name in the form in which two names have to differ to be strongly unique; `out` has room for name.size bytes.
size_t extern_name_canonical(hf_str name, const struct extern_name *parsed, char *out);

struct semver {
    uint64_t major, minor, patch;
    hf_str prerelease; // behind -, without +build
};

// "valid semver" of Semantic Versioning 2.0. NULL, or what is wrong with it, written to `why`.
const char *semver_parse(hf_str version, struct semver *out, char *why, size_t size);

// Do the two versions stand for the same interface, one perhaps a later one ("0.2.1" and "0.2.6", not "0.1.0" and "0.2.0")?
bool semver_compatible(const struct semver *a, const struct semver *b);
// < 0, 0, > 0 by precedence.
int semver_compare(const struct semver *a, const struct semver *b);

#endif
