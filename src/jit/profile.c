#include "jit/profile.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "runtime/engine.h"
#include "sys/perf.h"

enum { NAME_MOST = 200 };

// As `wasm[3] name`; what no tool prints well is left out of names, which come from modules.
static void name_of(const struct hf_module *module, uint32_t func, char out[NAME_MOST + 24])
{
    size_t n = (size_t)snprintf(out, 24, "wasm[%u]", func);
    const hf_str name = module->names.funcs ? module->names.funcs[func] : (hf_str){ NULL, 0 };
    if (name.size) out[n++] = ':';
    for (size_t i = 0; i < name.size && i < NAME_MOST; i++) {
        const char c = name.data[i];
        out[n++] = c > ' ' && c < 0x7f ? c : '_';
    }
    out[n] = 0;
}

// ---- the interface of gdb ("JIT Compilation Interface") ----
//
// gdb sets a breakpoint in __jit_debug_register_code and reads the descriptor there: a list of object files in memory. Ours
// describe one function each: a section without contents at its address, and a symbol for it.

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};

enum { JIT_NOACTION, JIT_REGISTER_FN, JIT_UNREGISTER_FN };

struct jit_descriptor {
    uint32_t version, action_flag;
    struct jit_code_entry *relevant_entry, *first_entry;
};

// The names are gdb's.
extern struct jit_descriptor __jit_debug_descriptor;
struct jit_descriptor __jit_debug_descriptor = { 1, JIT_NOACTION, NULL, NULL };
void __jit_debug_register_code(void);
__attribute__((noinline)) void __jit_debug_register_code(void)
{
    __asm__ volatile("" ::: "memory");
}

static struct mutex mutex = MUTEX_INIT; // over the descriptor

enum { SECTION_NONE, SECTION_TEXT, SECTION_SYMBOLS, SECTION_STRINGS, SECTIONS };

// One allocation: the entry, then the object file.
struct debug_object {
    struct jit_code_entry entry;
    struct debug_object *next; // of the same module
    size_t size;               // of the allocation
    struct {
        Elf64_Ehdr header;
        Elf64_Shdr sections[SECTIONS];
        Elf64_Sym symbols[2];
    } elf;
    char strings[];
};

static void debug_function(struct code_object *object, const uint8_t *run, size_t code_size, const char *name)
{
    static const char section_names[] = "\0.text\0.symtab\0.strtab";
    const size_t name_at = sizeof section_names, strings = name_at + strlen(name) + 1;
    const size_t size = sizeof(struct debug_object) + strings;
    struct debug_object *d = mem_zalloc(object->heap, size);
    if (!d) return; // a debugger sees less
    d->size = size;
    memcpy(d->strings, section_names, sizeof section_names);
    memcpy(d->strings + name_at, name, strings - name_at);
    const char *const base = (const char *)&d->elf;
    d->elf.header = (Elf64_Ehdr){
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = (Elf64_Off)((const char *)d->elf.sections - base),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS,
        .e_shstrndx = SECTION_STRINGS,
    };
    d->elf.sections[SECTION_TEXT] = (Elf64_Shdr){
        .sh_name = 1,
        .sh_type = SHT_NOBITS,
        .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
        .sh_addr = (Elf64_Addr)(uintptr_t)run,
        .sh_size = code_size,
        .sh_addralign = 16,
    };
    d->elf.sections[SECTION_SYMBOLS] = (Elf64_Shdr){
        .sh_name = 7,
        .sh_type = SHT_SYMTAB,
        .sh_offset = (Elf64_Off)((const char *)d->elf.symbols - base),
        .sh_size = sizeof d->elf.symbols,
        .sh_link = SECTION_STRINGS,
        .sh_info = 1,
        .sh_addralign = 8,
        .sh_entsize = sizeof(Elf64_Sym),
    };
    d->elf.sections[SECTION_STRINGS] = (Elf64_Shdr){
        .sh_name = 15,
        .sh_type = SHT_STRTAB,
        .sh_offset = (Elf64_Off)(d->strings - base),
        .sh_size = strings,
        .sh_addralign = 1,
    };
    d->elf.symbols[1] = (Elf64_Sym){
        .st_name = (Elf64_Word)name_at,
        .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
        .st_shndx = SECTION_TEXT,
        .st_size = code_size,
    };
    d->entry.symfile_addr = base;
    d->entry.symfile_size = (uint64_t)(d->strings - base) + strings;
    struct native *native = object->native;
    mutex_lock(&mutex);
    d->next = native->debug;
    native->debug = d;
    d->entry.next_entry = __jit_debug_descriptor.first_entry;
    if (d->entry.next_entry) d->entry.next_entry->prev_entry = &d->entry;
    __jit_debug_descriptor.first_entry = &d->entry;
    __jit_debug_descriptor.relevant_entry = &d->entry;
    __jit_debug_descriptor.action_flag = JIT_REGISTER_FN;
    __jit_debug_register_code();
    mutex_unlock(&mutex);
}

void profile_end(struct code_object *object)
{
    struct native *native = object->native;
    mutex_lock(&mutex);
    for (struct debug_object *d = native->debug, *next; d; d = next) {
        next = d->next;
        struct jit_code_entry *entry = &d->entry;
        if (entry->next_entry) entry->next_entry->prev_entry = entry->prev_entry;
        if (entry->prev_entry)
            entry->prev_entry->next_entry = entry->next_entry;
        else
            __jit_debug_descriptor.first_entry = entry->next_entry;
        __jit_debug_descriptor.relevant_entry = entry;
        __jit_debug_descriptor.action_flag = JIT_UNREGISTER_FN;
        __jit_debug_register_code();
        mem_free(object->heap, d, d->size);
    }
    native->debug = NULL;
    mutex_unlock(&mutex);
}

void profile_function(struct code_object *object, uint32_t func, const uint8_t *run, const uint8_t *bytes, size_t size)
{
    const uint32_t wanted = object->module->engine->options.profile;
    if (!wanted) return;
    char name[NAME_MOST + 24];
    name_of(object->module, func, name);
    if (wanted & HF_PROFILE_PERFMAP) sys_perf_map(run, size, name);
    if (wanted & HF_PROFILE_JITDUMP) sys_perf_dump(run, bytes, size, name);
    if (wanted & HF_PROFILE_GDB) debug_function(object, run, size, name);
}
