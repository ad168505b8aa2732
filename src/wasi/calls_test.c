// The calls of WASI 0.1 from the outside, over a stand-in for the runtime.
#include "wasi/fake_test.h"

// What only this test asks of the system.
int pipe(int fds[2]);
int socketpair(int domain, int type, int protocol, int fds[2]);
long write(int fd, const void *data, size_t size);
enum { UNIX_DOMAIN = 1, STREAM_TYPE = 1 };

// Where things stand in the guest's memory.
enum {
    PATH = 0x100,
    PATH2 = 0x400,
    OUT = 0x800,
    OUT2 = 0x810,
    IOV = 0x900,
    DATA = 0x1000,
    SUBS = 0x4000,
    EVENTS = 0x5000
};
enum { DIR = 3 };

static hf_wasi *wasi_new(bool read_only)
{
    hf_status status = { 0 };
    hf_wasi *wasi = hf_wasi_new(&status);
    assert_non_null(wasi);
    assert_int_equal(hf_wasi_preopen(wasi, hf_fs_memory(true, 0, &status), "/tree", read_only, &status), HF_OK);
    return wasi;
}

static int setup(void **state)
{
    (void)state;
    hf_store_set_wasi(&fake_store, wasi_new(false), NULL);
    memset(fake_store.memory, 0xa5, sizeof fake_store.memory);
    fake_while_waiting = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hf_store_set_wasi(&fake_store, NULL, NULL);
    return 0;
}

static uint32_t path(const char *text)
{
    mem_put(PATH, text, strlen(text));
    return (uint32_t)strlen(text);
}

static uint32_t iov(const char *text, uint32_t size)
{
    if (text) mem_put(DATA, text, size);
    mem_put_u32(IOV, DATA);
    mem_put_u32(IOV + 4, size / 2);
    mem_put_u32(IOV + 8, DATA + size / 2);
    mem_put_u32(IOV + 12, size - size / 2);
    return 2;
}

static uint64_t const ALL_FILE = RIGHTS_FILE, ALL_DIR = RIGHTS_DIRECTORY;

static uint32_t open_at(uint32_t dir, const char *name, uint32_t oflags, uint64_t rights, uint32_t fdflags)
{
    const uint16_t error = CALL(path_open, dir, 1, PATH, path(name), oflags, rights, rights, fdflags, OUT);
    if (error) fail_msg("%s: %u", name, error);
    return mem_u32(OUT);
}

static void make_file(const char *name, const char *text)
{
    const uint32_t fd = open_at(DIR, name, OFLAG_CREAT, ALL_FILE, 0);
    assert_int_equal(CALL(fd_write, fd, IOV, iov(text, (uint32_t)strlen(text)), OUT), 0);
    assert_int_equal(mem_u32(OUT), strlen(text));
    assert_int_equal(CALL(fd_close, fd), 0);
}

static void every_function_is_described(void **state)
{
    (void)state;
    size_t counts[2] = { 0 };
    (void)fake_find("wasi_snapshot_preview1", "fd_read");
    for (size_t i = 0; i < fake_linker.count; i++) {
        const hf_func_desc *desc = &fake_linker.descs[i];
        counts[strcmp(desc->module, "wasi_unstable") == 0]++;
        assert_int_equal(desc->result_count, strcmp(desc->name, "proc_exit") != 0);
        assert_true(desc->effects != HF_EFFECT_PURE || strcmp(desc->name, "sched_yield") == 0);
        for (size_t p = 0; p < desc->param_count; p++) {
            const hf_param *param = &desc->params[p];
            assert_non_null(param->name);
            assert_true(param->type == HF_TYPE_I32 || param->type == HF_TYPE_I64);
            const bool counted = param->kind == HF_PARAM_IN_BYTES || param->kind == HF_PARAM_OUT_BYTES ||
                                 param->kind == HF_PARAM_IN_IOVECS || param->kind == HF_PARAM_OUT_IOVECS ||
                                 param->kind == HF_PARAM_IN_ARRAY;
            if (!counted) continue;
            assert_int_equal(param->length, p + 1 + (strcmp(desc->name, "poll_oneoff") == 0 && p == 0));
            assert_int_equal(desc->params[param->length].kind, HF_PARAM_LENGTH);
        }
    }
    assert_int_equal(counts[0], 46);
    assert_int_equal(counts[1], 45);
}

static void arguments_and_environment(void **state)
{
    (void)state;
    hf_wasi *wasi = hf_store_wasi(&fake_store);
    assert_int_equal(CALL(args_sizes_get, OUT, OUT2), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(CALL(args_get, OUT, DATA), 0);
    assert_int_equal(hf_wasi_arg(wasi, "prog", NULL), HF_OK);
    assert_int_equal(hf_wasi_arg(wasi, "", NULL), HF_OK);
    assert_int_equal(hf_wasi_arg(wasi, "x", NULL), HF_OK);
    assert_int_equal(hf_wasi_env(wasi, "A", "b", NULL), HF_OK);
    assert_int_equal(hf_wasi_env(wasi, "A=", "b", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(CALL(args_sizes_get, OUT, OUT2), 0);
    assert_int_equal(mem_u32(OUT), 3);
    assert_int_equal(mem_u32(OUT2), 8);
    assert_int_equal(CALL(args_get, OUT, DATA), 0);
    assert_int_equal(mem_u32(OUT), DATA);
    assert_int_equal(mem_u32(OUT + 4), DATA + 5);
    assert_int_equal(mem_u32(OUT + 8), DATA + 6);
    assert_memory_equal(fake_store.memory + DATA, "prog\0\0x", 8);
    assert_int_equal(CALL(environ_sizes_get, OUT, OUT2), 0);
    assert_int_equal(mem_u32(OUT2), 4);
    assert_int_equal(CALL(environ_get, OUT, DATA), 0);
    assert_string_equal(fake_store.memory + DATA, "A=b");
    assert_int_equal(CALL(args_get, OUT, UINT32_MAX - 3), WASI_OVERFLOW);
    assert_int_equal(CALL(args_get, OUT, FAKE_MEMORY - 3), WASI_FAULT);
    assert_int_equal(CALL(args_get, FAKE_MEMORY - 3, OUT), WASI_FAULT);
}

static void clocks_and_entropy(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(CALL(clock_res_get, id, OUT), 0);
        assert_true(mem_u64(OUT) > 0);
        assert_int_equal(CALL(clock_time_get, id, UINT64_MAX, OUT), 0);
    }
    assert_int_equal(CALL(clock_res_get, 4, OUT), WASI_INVAL);
    assert_int_equal(CALL(clock_time_get, UINT32_MAX, 0, OUT), WASI_INVAL);
    memset(fake_store.memory + DATA, 0, 64);
    assert_int_equal(CALL(random_get, DATA, 32), 0);
    static const uint8_t zeros[32];
    assert_memory_not_equal(fake_store.memory + DATA, zeros, 32);
    assert_memory_equal(fake_store.memory + DATA + 32, zeros, 32);
    assert_int_equal(CALL(random_get, FAKE_MEMORY, 0), 0);
    assert_int_equal(CALL(random_get, FAKE_MEMORY, 1), WASI_FAULT);
    assert_int_equal(CALL(random_get, 0, UINT32_MAX), WASI_FAULT);
    assert_int_equal(CALL(sched_yield, 0), 0);
}

static uint16_t frozen(void *ctx, uint32_t id, uint64_t *ns)
{
    *ns = *(const uint64_t *)ctx + id;
    return 0;
}

static uint16_t sevens(void *ctx, void *out, size_t size)
{
    (void)ctx;
    memset(out, 7, size);
    return 0;
}

static void clocks_and_entropy_of_the_embedder(void **state)
{
    (void)state;
    uint64_t now = 1000;
    hf_wasi_set_clock(hf_store_wasi(&fake_store), &(hf_clock){ .size = sizeof(hf_clock), .ctx = &now, .now = frozen });
    hf_wasi_set_random(hf_store_wasi(&fake_store), &(hf_random){ .size = sizeof(hf_random), .fill = sevens });
    assert_int_equal(CALL(clock_time_get, 1, 0, OUT), 0);
    assert_int_equal(mem_u64(OUT), 1001);
    assert_int_equal(CALL(clock_res_get, 1, OUT), 0);
    assert_int_equal(mem_u64(OUT), 1);
    assert_int_equal(CALL(random_get, DATA, 2), 0);
    assert_memory_equal(fake_store.memory + DATA, "\7\7\xa5", 3);
}

static void the_end(void **state)
{
    (void)state;
    const size_t exit_fn = fake_find("wasi_snapshot_preview1", "proc_exit");
    assert_int_equal(fake_call(exit_fn, (uint64_t[FAKE_ARGS]){ 42 }, true), HF_EXITED);
    assert_int_equal(fake_last.exit_code, 42);
    const size_t raise_fn = fake_find("wasi_snapshot_preview1", "proc_raise");
    assert_int_equal(fake_call(raise_fn, (uint64_t[FAKE_ARGS]){ 6 }, true), HF_TRAPPED);
    assert_string_equal(fake_last.trap, "the guest raised the signal abrt");
    assert_int_equal(CALL(proc_raise, 0), 0);
    assert_int_equal(CALL(proc_raise, 16), 0);
    assert_int_equal(CALL(proc_raise, 31), WASI_INVAL);
    hf_store_set_wasi(&fake_store, NULL, NULL);
    assert_int_equal(fake_call(raise_fn, (uint64_t[FAKE_ARGS]){ 0 }, true), HF_TRAPPED);
}

static void files_are_read_written_and_sought(void **state)
{
    (void)state;
    const uint32_t fd = open_at(DIR, "f", OFLAG_CREAT, ALL_FILE, 0);
    assert_int_equal(fd, 4);
    assert_int_equal(CALL(fd_write, fd, IOV, iov("hello", 5), OUT), 0);
    assert_int_equal(CALL(fd_tell, fd, OUT), 0);
    assert_int_equal(mem_u64(OUT), 5);
    assert_int_equal(CALL(fd_seek, fd, (uint64_t)-2, WHENCE_CUR, OUT), 0);
    assert_int_equal(mem_u64(OUT), 3);
    assert_int_equal(CALL(fd_seek, fd, 1, WHENCE_SET, OUT), 0);
    memset(fake_store.memory + DATA, 0, 16);
    assert_int_equal(CALL(fd_read, fd, IOV, iov(NULL, 16), OUT), 0);
    assert_int_equal(mem_u32(OUT), 4);
    assert_string_equal(fake_store.memory + DATA, "ello");
    assert_int_equal(CALL(fd_seek, fd, (uint64_t)-6, WHENCE_END, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_seek, fd, INT64_MAX, WHENCE_END, OUT), WASI_OVERFLOW);
    assert_int_equal(CALL(fd_seek, fd, 0, 3, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_pwrite, fd, IOV, iov("J", 1), 0, OUT), 0);
    assert_int_equal(CALL(fd_pread, fd, IOV, iov(NULL, 3), 0, OUT), 0);
    assert_memory_equal(fake_store.memory + DATA, "Jel", 3);
    assert_int_equal(CALL(fd_tell, fd, OUT), 0);
    assert_int_equal(mem_u64(OUT), 5);
    assert_int_equal(CALL(fd_pread, fd, IOV, iov(NULL, 3), UINT64_MAX, OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(CALL(fd_filestat_set_size, fd, 2), 0);
    assert_int_equal(CALL(fd_allocate, fd, 0, 10), 0);
    assert_int_equal(CALL(fd_advise, fd, 0, 10, 5), 0);
    assert_int_equal(CALL(fd_advise, fd, 0, 10, 6), WASI_INVAL);
    assert_int_equal(CALL(fd_sync, fd), 0);
    assert_int_equal(CALL(fd_datasync, fd), 0);
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, FDFLAG_APPEND), 0);
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, FDFLAG_SYNC), WASI_NOTSUP);
    assert_int_equal(CALL(fd_fdstat_set_flags, fd, 32), WASI_INVAL);
    assert_int_equal(CALL(fd_seek, fd, 0, WHENCE_SET, OUT), 0);
    assert_int_equal(CALL(fd_write, fd, IOV, iov("end", 3), OUT), 0);
    assert_int_equal(CALL(fd_tell, fd, OUT), 0);
    assert_int_equal(mem_u64(OUT), 13);
    assert_int_equal(CALL(fd_seek, 0, 0, WHENCE_SET, OUT), WASI_SPIPE);
    assert_int_equal(CALL(fd_pread, 0, IOV, iov(NULL, 3), 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_seek, DIR, 0, WHENCE_SET, OUT), WASI_ISDIR);
    // Addresses: of the places, of a place, of the count.
    assert_int_equal(CALL(fd_read, fd, FAKE_MEMORY - 8, 2, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_read, fd, UINT32_MAX - 7, 2, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_read, fd, IOV, 1025, OUT), WASI_INVAL);
    assert_int_equal(CALL(fd_read, fd, IOV, UINT32_MAX, OUT), WASI_INVAL);
    mem_put_u32(IOV, FAKE_MEMORY - 1);
    mem_put_u32(IOV + 4, UINT32_MAX);
    assert_int_equal(CALL(fd_write, fd, IOV, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_write, fd, IOV, iov("x", 1), FAKE_MEMORY - 3), WASI_FAULT);
}

static void layouts_of_both_versions(void **state)
{
    (void)state;
    make_file("f", "12345");
    memset(fake_store.memory + DATA, 0xa5, 80);
    assert_int_equal(CALL(path_filestat_get, DIR, 0, PATH, path("f"), DATA), 0);
    assert_int_equal(fake_store.memory[DATA + 16], 4);
    for (int i = 17; i < 24; i++) assert_int_equal(fake_store.memory[DATA + i], 0);
    assert_int_equal(mem_u64(DATA + 24), 1);
    assert_int_equal(mem_u64(DATA + 32), 5);
    assert_int_equal(fake_store.memory[DATA + 64], 0xa5);
    memset(fake_store.memory + DATA, 0xa5, 80);
    assert_int_equal(OLD_CALL(path_filestat_get, DIR, 0, PATH, path("f"), DATA), 0);
    assert_int_equal(mem_u32(DATA + 20), 1);
    assert_int_equal(mem_u64(DATA + 24), 5);
    assert_int_equal(fake_store.memory[DATA + 56], 0xa5);
    const uint32_t fd = open_at(DIR, "f", 0, ALL_FILE, 0);
    assert_int_equal(OLD_CALL(fd_seek, fd, 2, 2, OUT), 0); // set
    assert_int_equal(mem_u64(OUT), 2);
    assert_int_equal(OLD_CALL(fd_seek, fd, 1, 0, OUT), 0); // cur
    assert_int_equal(mem_u64(OUT), 3);
    assert_int_equal(OLD_CALL(fd_seek, fd, 1, 1, OUT), 0); // end
    assert_int_equal(mem_u64(OUT), 6);
    memset(fake_store.memory + DATA, 0xa5, 32);
    assert_int_equal(CALL(fd_fdstat_get, fd, DATA), 0);
    assert_memory_equal(fake_store.memory + DATA, "\4\0\0\0\0\0\0", 8);
    assert_int_equal(mem_u64(DATA + 8), ALL_FILE);
    assert_int_equal(fake_store.memory[DATA + 24], 0xa5);
}

static void preopens_are_found(void **state)
{
    (void)state;
    assert_int_equal(CALL(fd_prestat_get, DIR, OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(mem_u32(OUT + 4), 5);
    assert_int_equal(CALL(fd_prestat_dir_name, DIR, DATA, 4), WASI_NAMETOOLONG);
    assert_int_equal(CALL(fd_prestat_dir_name, DIR, DATA, 100), 0);
    assert_memory_equal(fake_store.memory + DATA, "/tree\xa5", 6);
    assert_int_equal(CALL(fd_prestat_get, 0, OUT), WASI_BADF);
    assert_int_equal(CALL(fd_prestat_get, UINT32_MAX, OUT), WASI_BADF);
}

static void descriptors_come_and_go(void **state)
{
    (void)state;
    make_file("f", "1");
    const uint32_t a = open_at(DIR, "f", 0, ALL_FILE, 0), b = open_at(DIR, "f", 0, RIGHT_FD_READ, 0);
    assert_int_equal(CALL(fd_renumber, a, 99), WASI_BADF);
    assert_int_equal(CALL(fd_renumber, 99, a), WASI_BADF);
    assert_int_equal(CALL(fd_renumber, UINT32_MAX, UINT32_MAX), WASI_BADF);
    assert_int_equal(CALL(fd_renumber, a, a), 0);
    assert_int_equal(CALL(fd_renumber, a, b), 0);
    assert_int_equal(CALL(fd_close, a), WASI_BADF);
    assert_int_equal(CALL(fd_write, b, IOV, iov("x", 1), OUT), 0);
    assert_int_equal(open_at(DIR, "f", 0, ALL_FILE, 0), a); // the lowest that is free
    assert_int_equal(CALL(fd_renumber, DIR, 0), 0);
    assert_int_equal(CALL(fd_prestat_get, 0, OUT), 0);
    assert_int_equal(CALL(fd_close, 0), 0);
    assert_int_equal(CALL(path_open, 0, 0, PATH, path("f"), 0, 0, 0, 0, OUT), WASI_BADF);
}

static void descriptors_are_limited(void **state)
{
    (void)state;
    make_file("f", "1");
    hf_wasi_set_max_descriptors(hf_store_wasi(&fake_store), 6);
    open_at(DIR, "f", 0, 0, 0);
    open_at(DIR, "f", 0, 0, 0);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 0, 0, 0, 0, OUT), WASI_MFILE);
    assert_int_equal(CALL(fd_close, 5), 0);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 0, 0, 0, 0, FAKE_MEMORY), WASI_FAULT);
    assert_int_equal(open_at(DIR, "f", 0, 0, 0), 5); // what could not be told was closed
}

static void paths_are_text(void **state)
{
    (void)state;
    mem_put(PATH2, "x", 1);
    static const struct {
        const char *text;
        uint32_t size;
        uint16_t error;
    } rows[] = { { "f\0g", 3, WASI_INVAL },     { "f\0", 2, WASI_INVAL },     { "\xff", 1, WASI_ILSEQ },
                 { "\xc0\xaf", 2, WASI_ILSEQ }, { "", 0, WASI_NOENT },        { "/f", 2, WASI_PERM },
                 { "../f", 4, WASI_PERM },      { "\xc3\xa9", 2, WASI_NOENT } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mem_put(PATH, rows[i].text, rows[i].size);
        assert_int_equal(CALL(path_open, DIR, 1, PATH, rows[i].size, 0, 0, 0, 0, OUT), rows[i].error);
        assert_int_equal(CALL(path_filestat_get, DIR, 0, PATH, rows[i].size, DATA), rows[i].error);
        assert_int_equal(CALL(path_rename, DIR, PATH, rows[i].size, DIR, PATH2, 1), rows[i].error);
    }
    assert_int_equal(CALL(path_open, DIR, 0, PATH, 4097, 0, 0, 0, 0, OUT), WASI_NAMETOOLONG);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, UINT32_MAX, 0, 0, 0, 0, OUT), WASI_NAMETOOLONG);
    assert_int_equal(CALL(path_open, DIR, 0, FAKE_MEMORY - 1, 2, 0, 0, 0, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(path_open, DIR, 2, PATH, path("f"), 0, 0, 0, 0, OUT), WASI_INVAL);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 16, 0, 0, 0, OUT), WASI_INVAL);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 0, 0, 0, 32, OUT), WASI_INVAL);
    make_file("f", "1");
    const uint32_t fd = open_at(DIR, "f", 0, ALL_FILE, 0);
    assert_int_equal(CALL(path_open, fd, 0, PATH, path("f"), 0, 0, 0, 0, OUT), WASI_NOTDIR);
    assert_int_equal(CALL(path_open, 0, 0, PATH, path("f"), 0, 0, 0, 0, OUT), WASI_NOTDIR);
}

static void links_and_times(void **state)
{
    (void)state;
    make_file("f", "1");
    mem_put(PATH2, "l", 1);
    assert_int_equal(CALL(path_symlink, PATH, path("f"), DIR, PATH2, 1), 0);
    assert_int_equal(CALL(path_symlink, PATH, path("/f"), DIR, PATH2, 1), WASI_PERM);
    assert_int_equal(CALL(path_readlink, DIR, PATH2, 1, DATA, 100, OUT), 0);
    assert_int_equal(mem_u32(OUT), 1);
    assert_int_equal(CALL(path_readlink, DIR, PATH2, 1, DATA, 0, OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(CALL(path_filestat_set_times, DIR, 1, PATH2, 1, 5, 6, FST_ATIM | FST_MTIM), 0);
    assert_int_equal(CALL(path_filestat_get, DIR, 1, PATH2, 1, DATA), 0);
    assert_int_equal(mem_u64(DATA + 40), 5);
    assert_int_equal(mem_u64(DATA + 48), 6);
    static const uint32_t wrong[] = { FST_ATIM | FST_ATIM_NOW, FST_MTIM | FST_MTIM_NOW, 16, UINT32_MAX };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(CALL(path_filestat_set_times, DIR, 1, PATH2, 1, 5, 6, wrong[i]), WASI_INVAL);
    }
    assert_int_equal(CALL(path_filestat_set_times, DIR, 0, PATH2, 1, UINT64_MAX, UINT64_MAX, FST_ATIM | FST_MTIM), 0);
    mem_put(PATH2, "h", 1);
    assert_int_equal(CALL(path_link, DIR, 0, PATH, path("f"), DIR, PATH2, 1), 0);
    assert_int_equal(CALL(path_rename, DIR, PATH, path("f"), DIR, PATH2, 1), 0);
    assert_int_equal(CALL(path_unlink_file, DIR, PATH, path("f")), 0);
    assert_int_equal(CALL(path_create_directory, DIR, PATH, path("d/")), 0);
    assert_int_equal(CALL(path_remove_directory, DIR, PATH, path("d")), 0);
}

// Reads a directory with a buffer of `size` bytes as programs do: names, each followed by a blank.
static void list(uint32_t fd, uint32_t size, char *out)
{
    uint64_t cookie = 0;
    *out = 0;
    for (;;) {
        assert_int_equal(CALL(fd_readdir, fd, DATA, size, cookie, OUT), 0);
        const uint32_t used = mem_u32(OUT);
        uint32_t at = 0;
        while (at + 24 <= used && at + 24 + mem_u32(DATA + at + 16) <= used) {
            const uint32_t name_size = mem_u32(DATA + at + 16);
            strncat(out, (const char *)fake_store.memory + DATA + at + 24, name_size);
            strcat(out, " ");
            cookie = mem_u64(DATA + at);
            for (int i = 21; i < 24; i++) assert_int_equal(fake_store.memory[DATA + at + (uint32_t)i], 0);
            at += 24 + name_size;
        }
        assert_int_equal(fake_store.memory[DATA + size], 0xa5);
        if (used < size) return;
    }
}

static void directories_are_listed(void **state)
{
    (void)state;
    char seen[1024];
    make_file("one", "1");
    make_file("two-is-longer", "1");
    make_file("three", "1");
    for (uint32_t size = 24 + 13; size < 300; size++) {
        memset(fake_store.memory + DATA, 0xa5, 512);
        list(DIR, size, seen);
        assert_string_equal(seen, ". .. one two-is-longer three ");
    }
    assert_int_equal(CALL(fd_readdir, DIR, DATA, 0, 0, OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(CALL(fd_readdir, DIR, DATA, 100, UINT64_MAX, OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(CALL(fd_readdir, DIR, FAKE_MEMORY - 10, 100, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_readdir, DIR, FAKE_MEMORY - 10, UINT32_MAX, 0, OUT), WASI_FAULT);
    assert_int_equal(CALL(fd_readdir, 0, DATA, 100, 0, OUT), WASI_NOTCAPABLE);
}

// Each call that asks for a right fails without it, and for no other reason.
static void rights_are_asked_for(void **state)
{
    (void)state;
    make_file("f", "1");
    assert_int_equal(CALL(path_create_directory, DIR, PATH, path("d")), 0);
    mem_put(PATH, "f", 1);
    mem_put(PATH2, "d/x", 3);
    const struct {
        const char *name;
        uint64_t right;
        bool on_file;
        uint64_t args[FAKE_ARGS]; // 1000: the descriptor without that right, 1001: one with all
    } rows[] = {
        { "fd_datasync", RIGHT_FD_DATASYNC, true, { 1000 } },
        { "fd_read", RIGHT_FD_READ, true, { 1000, IOV, 2, OUT } },
        { "fd_pread", RIGHT_FD_READ, true, { 1000, IOV, 2, 0, OUT } },
        { "fd_pread", RIGHT_FD_SEEK, true, { 1000, IOV, 2, 0, OUT } },
        { "fd_fdstat_set_flags", RIGHT_FD_FDSTAT_SET_FLAGS, true, { 1000, 0 } },
        { "fd_sync", RIGHT_FD_SYNC, true, { 1000 } },
        { "fd_write", RIGHT_FD_WRITE, true, { 1000, IOV, 2, OUT } },
        { "fd_pwrite", RIGHT_FD_WRITE, true, { 1000, IOV, 2, 0, OUT } },
        { "fd_pwrite", RIGHT_FD_SEEK, true, { 1000, IOV, 2, 0, OUT } },
        { "fd_seek", RIGHT_FD_SEEK, true, { 1000, 7, 0, OUT } },
        { "fd_advise", RIGHT_FD_ADVISE, true, { 1000, 0, 1, 0 } },
        { "fd_allocate", RIGHT_FD_ALLOCATE, true, { 1000, 0, 1 } },
        { "fd_filestat_get", RIGHT_FD_FILESTAT_GET, true, { 1000, DATA } },
        { "fd_filestat_set_size", RIGHT_FD_FILESTAT_SET_SIZE, true, { 1000, 1 } },
        { "fd_filestat_set_times", RIGHT_FD_FILESTAT_SET_TIMES, true, { 1000, 0, 0, 0 } },
        { "fd_filestat_get", RIGHT_FD_FILESTAT_GET, false, { 1000, DATA } },
        { "fd_readdir", RIGHT_FD_READDIR, false, { 1000, DATA, 100, 0, OUT } },
        { "path_open", RIGHT_PATH_OPEN, false, { 1000, 0, PATH, 1, 0, 0, 0, 0, OUT } },
        { "path_open", RIGHT_PATH_CREATE_FILE, false, { 1000, 0, PATH, 1, OFLAG_CREAT, 0, 0, 0, OUT } },
        { "path_open", RIGHT_PATH_FILESTAT_SET_SIZE, false, { 1000, 0, PATH, 1, OFLAG_TRUNC, 0, 0, 0, OUT } },
        { "path_filestat_get", RIGHT_PATH_FILESTAT_GET, false, { 1000, 0, PATH, 1, DATA } },
        { "path_filestat_set_times", RIGHT_PATH_FILESTAT_SET_TIMES, false, { 1000, 0, PATH, 1, 0, 0, 0 } },
        { "path_link", RIGHT_PATH_LINK_SOURCE, false, { 1000, 0, PATH, 1, 1001, PATH2, 3 } },
        { "path_unlink_file", RIGHT_PATH_UNLINK_FILE, false, { 1000, PATH2, 3 } },
        { "path_link", RIGHT_PATH_LINK_TARGET, false, { 1001, 0, PATH, 1, 1000, PATH2, 3 } },
        { "path_rename", RIGHT_PATH_RENAME_SOURCE, false, { 1000, PATH2, 3, 1001, PATH2, 3 } },
        { "path_rename", RIGHT_PATH_RENAME_TARGET, false, { 1001, PATH2, 3, 1000, PATH2, 3 } },
        { "path_unlink_file", RIGHT_PATH_UNLINK_FILE, false, { 1000, PATH2, 3 } },
        { "path_symlink", RIGHT_PATH_SYMLINK, false, { PATH, 1, 1000, PATH2, 3 } },
        { "path_readlink", RIGHT_PATH_READLINK, false, { 1000, PATH2, 3, DATA, 10, OUT } },
        { "path_unlink_file", RIGHT_PATH_UNLINK_FILE, false, { 1000, PATH2, 3 } },
        { "path_create_directory", RIGHT_PATH_CREATE_DIRECTORY, false, { 1000, PATH2, 3 } },
        { "path_remove_directory", RIGHT_PATH_REMOVE_DIRECTORY, false, { 1000, PATH2, 3 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        // First without the right, then with it alone (and those for positions, that go together).
        for (int with = 0; with < 2; with++) {
            const char *at = rows[i].on_file ? "f" : ".";
            const uint64_t all = rows[i].on_file ? ALL_FILE : ALL_DIR | ALL_FILE;
            uint32_t fd, full;
            uint64_t args[FAKE_ARGS];
            mem_put(0x700, at, 1);
            assert_int_equal(CALL(path_open, DIR, 0, 0x700, 1, 0, rows[i].on_file ? ALL_FILE : ALL_DIR, all, 0, OUT),
                             0);
            fd = mem_u32(OUT);
            assert_int_equal(CALL(path_open, DIR, 0, 0x700, 1, 0, rows[i].on_file ? ALL_FILE : ALL_DIR, all, 0, OUT),
                             0);
            full = mem_u32(OUT);
            uint64_t base = (rows[i].on_file ? ALL_FILE : ALL_DIR) & ~rows[i].right;
            if (with) {
                const bool positions = strncmp(rows[i].name, "fd_p", 4) == 0;
                const bool opens = strcmp(rows[i].name, "path_open") == 0;
                base = rows[i].right | (positions ? RIGHT_FD_SEEK | RIGHT_FD_READ | RIGHT_FD_WRITE : 0) |
                       (opens ? RIGHT_PATH_OPEN : 0);
            }
            assert_int_equal(CALL(fd_fdstat_set_rights, fd, base, all), 0);
            for (int a = 0; a < FAKE_ARGS; a++) {
                args[a] = rows[i].args[a] == 1000 ? fd : rows[i].args[a] == 1001 ? full : rows[i].args[a];
            }
            (void)iov("x", 1);
            const uint16_t error = fake_errno("wasi_snapshot_preview1", rows[i].name, args);
            if (error != (with ? 0 : WASI_NOTCAPABLE)) fail_msg("row %zu, %s: %u", i, rows[i].name, error);
            if (strcmp(rows[i].name, "path_open") == 0 && with) assert_int_equal(CALL(fd_close, mem_u32(OUT)), 0);
            assert_int_equal(CALL(fd_close, fd), 0);
            assert_int_equal(CALL(fd_close, full), 0);
        }
    }
    // Rights only go away.
    const uint32_t fd = open_at(DIR, "f", 0, RIGHT_FD_READ, 0);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, RIGHT_FD_READ | RIGHT_FD_WRITE, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, 0, RIGHT_FD_READ | RIGHT_FD_WRITE), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, UINT64_MAX, UINT64_MAX), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, 0, 0), 0);
    assert_int_equal(CALL(fd_fdstat_set_rights, fd, RIGHT_FD_READ, 0), WASI_NOTCAPABLE);
    // What is opened gets no more than the directory hands on, and a directory no right of a file.
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 0, UINT64_MAX, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("f"), 0, 0, RIGHT_SOCK_ACCEPT, 0, OUT), WASI_NOTCAPABLE);
    const uint32_t dir = open_at(DIR, "d", 0, RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_PATH_OPEN, 0);
    assert_int_equal(CALL(fd_fdstat_get, dir, DATA), 0);
    assert_int_equal(mem_u64(DATA + 8), RIGHT_PATH_OPEN);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, path("d"), 0, RIGHT_FD_WRITE, 0, 0, OUT), WASI_ISDIR);
}

static void read_only_is_read_only(void **state)
{
    (void)state;
    hf_status status = { 0 };
    hf_fs *fs = hf_fs_memory(true, 0, &status);
    assert_int_equal(hf_fs_put(fs, "d/f", "text", 4, &status), HF_OK);
    hf_wasi *wasi = hf_wasi_new(&status);
    assert_int_equal(hf_wasi_preopen(wasi, fs, "/", true, &status), HF_OK);
    hf_store_set_wasi(&fake_store, wasi, NULL);
    mem_put(PATH, "d/f", 3);
    mem_put(PATH2, "d/x", 3);
    assert_int_equal(CALL(path_create_directory, DIR, PATH2, 3), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_remove_directory, DIR, PATH, 1), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_unlink_file, DIR, PATH, 3), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_symlink, PATH, 3, DIR, PATH2, 3), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_link, DIR, 0, PATH, 3, DIR, PATH2, 3), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_rename, DIR, PATH, 3, DIR, PATH2, 3), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_filestat_set_times, DIR, 0, PATH, 3, 0, 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_filestat_set_times, DIR, 0, 0, 0), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, DIR, 0, PATH2, 3, OFLAG_CREAT, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, 3, OFLAG_TRUNC, 0, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, 3, 0, RIGHT_FD_WRITE, 0, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(path_open, DIR, 0, PATH, 3, 0, 0, RIGHT_FD_WRITE, 0, OUT), WASI_NOTCAPABLE);
    const uint32_t dir = open_at(DIR, "d", OFLAG_DIRECTORY, RIGHTS_DIRECTORY & ~RIGHTS_CHANGE, 0);
    assert_int_equal(CALL(path_unlink_file, dir, PATH, 1), WASI_NOTCAPABLE);
    const uint32_t fd = open_at(DIR, "d/f", 0, RIGHTS_FILE & ~RIGHTS_CHANGE, 0);
    assert_int_equal(CALL(fd_read, fd, IOV, iov(NULL, 10), OUT), 0);
    assert_int_equal(mem_u32(OUT), 4);
}

// -- streams --

static char collected[64];

static uint16_t collect(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    if (size == 3 && memcmp(data, "bad", 3) == 0) return WASI_IO;
    strncat(collected, data, size);
    return 0;
}

static void streams_of_the_embedder(void **state)
{
    (void)state;
    hf_wasi *wasi = hf_store_wasi(&fake_store);
    collected[0] = 0;
    assert_int_equal(CALL(fd_write, 1, IOV, iov("lost", 4), OUT), 0);
    assert_int_equal(mem_u32(OUT), 4);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 4), OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
    assert_int_equal(hf_wasi_stdout(wasi, 1, collect, NULL, NULL), HF_OK);
    assert_int_equal(hf_wasi_stdout(wasi, 3, collect, NULL, NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_wasi_stdin_bytes(wasi, "input", 5, NULL), HF_OK);
    assert_int_equal(CALL(fd_write, 1, IOV, iov("hello", 5), OUT), 0);
    assert_string_equal(collected, "hello");
    assert_int_equal(CALL(fd_write, 1, IOV, iov("badbad", 6), OUT), WASI_IO);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 4), OUT), 0);
    assert_memory_equal(fake_store.memory + DATA, "inpu", 4);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 4), OUT), 0);
    assert_int_equal(mem_u32(OUT), 1);
    assert_int_equal(CALL(fd_write, 0, IOV, iov("x", 1), OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(fd_read, 1, IOV, iov("x", 1), OUT), WASI_NOTCAPABLE);
}

static int pipe_fds[2];

static void feed_pipe(unsigned wait)
{
    if (wait == 0) assert_int_equal(write(pipe_fds[1], "late", 4), 4);
}

static void give_stdin(struct fs_node *node, uint64_t rights)
{
    hf_wasi *wasi = hf_store_wasi(&fake_store);
    node_close(wasi->descs[0].node);
    wasi->descs[0] = (struct desc){ .node = node, .rights = rights };
}

static void pipes_wait_and_do_not_kill(void **state)
{
    (void)state;
    struct fs_node *node;
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(stream_inherit(pipe_fds[0], &node), 0);
    assert_int_equal(node->type, SYS_FILE_FIFO);
    give_stdin(node, RIGHTS_STREAM | RIGHT_FD_READ);
    assert_int_equal(CALL(fd_fdstat_set_flags, 0, FDFLAG_NONBLOCK), 0);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 8), OUT), WASI_AGAIN);
    assert_int_equal(CALL(fd_fdstat_set_flags, 0, 0), 0);
    fake_while_waiting = feed_pipe;
    const size_t read_fn = fake_find("wasi_snapshot_preview1", "fd_read");
    assert_int_equal(fake_call(read_fn, (uint64_t[FAKE_ARGS]){ 0, IOV, iov(NULL, 8), OUT }, false), HF_PENDING);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 8), OUT), 0);
    assert_int_equal(fake_waits, 1);
    assert_int_equal(mem_u32(OUT), 4);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 0), OUT), 0); // nothing is wanted: nothing is waited for

    sys_close(pipe_fds[1]);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 8), OUT), 0);
    assert_int_equal(mem_u32(OUT), 0); // the end
    sys_close(pipe_fds[0]);

    // Fill a pipe, then take its reader away.
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(stream_inherit(pipe_fds[1], &node), 0);
    give_stdin(node, RIGHTS_STREAM | RIGHT_FD_WRITE);
    assert_int_equal(CALL(fd_fdstat_set_flags, 0, FDFLAG_NONBLOCK), 0);
    uint64_t total = 0;
    uint16_t error;
    mem_put_u32(IOV, DATA);
    mem_put_u32(IOV + 4, 300000);
    while ((error = CALL(fd_write, 0, IOV, 1, OUT)) == 0) total += mem_u32(OUT);
    assert_int_equal(error, WASI_AGAIN);
    assert_int_equal(total, 65536);
    sys_close(pipe_fds[0]);
    assert_int_equal(CALL(fd_write, 0, IOV, iov("x", 1), OUT), WASI_PIPE);
    sys_close(pipe_fds[1]);
}

static void sockets_are_read_written_and_shut(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(UNIX_DOMAIN, STREAM_TYPE, 0, fds), 0);
    assert_int_equal(hf_wasi_socket(hf_store_wasi(&fake_store), fds[0], NULL), HF_OK);
    const uint32_t fd = 4;
    assert_int_equal(CALL(fd_fdstat_get, fd, DATA), 0);
    assert_int_equal(fake_store.memory[DATA], 6);
    assert_int_equal(CALL(sock_send, fd, IOV, iov("hello", 5), 0, OUT), 0);
    assert_int_equal(CALL(sock_send, fd, IOV, iov("hello", 5), 1, OUT), WASI_INVAL);
    char seen[8];
    size_t done;
    assert_int_equal(sys_stream_read(fds[1], seen, 8, &done), 0);
    assert_int_equal(done, 5);
    const size_t recv_fn = fake_find("wasi_snapshot_preview1", "sock_recv");
    assert_int_equal(fake_call(recv_fn, (uint64_t[FAKE_ARGS]){ fd, IOV, 2, 0, OUT, OUT2 }, false), HF_PENDING);
    assert_int_equal(write(fds[1], "abc", 3), 3);
    assert_int_equal(CALL(sock_recv, fd, IOV, iov(NULL, 8), RI_PEEK, OUT, OUT2), 0);
    assert_int_equal(mem_u32(OUT), 3);
    assert_int_equal(mem_u32(OUT2) & 0xffff, 0);
    assert_int_equal(fake_call(recv_fn, (uint64_t[FAKE_ARGS]){ fd, IOV, iov(NULL, 7), RI_PEEK, OUT, OUT2 }, false),
                     HF_OK);
    assert_int_equal(write(fds[1], "defg", 4), 4);
    assert_int_equal(CALL(sock_recv, fd, IOV, iov(NULL, 7), RI_WAITALL, OUT, OUT2), 0);
    assert_int_equal(mem_u32(OUT), 7);
    assert_memory_equal(fake_store.memory + DATA, "abcdefg", 7);
    assert_int_equal(CALL(sock_recv, fd, IOV, 2, 4, OUT, OUT2), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, fd, 0), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, fd, 4), WASI_INVAL);
    assert_int_equal(CALL(sock_shutdown, DIR, 1), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_shutdown, 99, 1), WASI_BADF);
    assert_int_equal(CALL(sock_accept, fd, 0, OUT), WASI_NOTCAPABLE);
    assert_int_equal(CALL(sock_accept, DIR, 0, OUT), WASI_NOTSOCK);
    assert_int_equal(CALL(sock_shutdown, fd, 2), 0);
    assert_int_equal(CALL(fd_write, fd, IOV, iov("x", 1), OUT), WASI_PIPE);
    sys_close(fds[1]);
    assert_int_equal(CALL(fd_read, fd, IOV, iov(NULL, 1), OUT), 0);
    assert_int_equal(mem_u32(OUT), 0);
}

static unsigned fed;

static void feed_in_parts(unsigned wait)
{
    fed = wait + 1;
    assert_int_equal(write(pipe_fds[1], "ab", 2), 2);
}

static void receiving_all_waits_for_all(void **state)
{
    (void)state;
    assert_int_equal(socketpair(UNIX_DOMAIN, STREAM_TYPE, 0, pipe_fds), 0);
    assert_int_equal(hf_wasi_socket(hf_store_wasi(&fake_store), pipe_fds[0], NULL), HF_OK);
    fake_while_waiting = feed_in_parts;
    fed = 0;
    memset(fake_store.memory + DATA, 0xa5, 16);
    assert_int_equal(CALL(sock_recv, 4, IOV, iov(NULL, 7), RI_WAITALL, OUT, OUT2), 0);
    assert_int_equal(fed, 4);
    assert_int_equal(mem_u32(OUT), 7);
    assert_memory_equal(fake_store.memory + DATA, "abababa\xa5", 8);
    sys_close(pipe_fds[1]);
}

// -- poll_oneoff --

static void clock_sub(uint32_t at, uint64_t userdata, uint32_t id, uint64_t timeout, uint16_t flags, bool old)
{
    memset(fake_store.memory + at, 0, 56);
    mem_put_u64(at, userdata);
    const uint32_t clock = at + (old ? 24 : 16);
    mem_put_u32(clock, id);
    mem_put_u64(clock + 8, timeout);
    mem_put_u32(clock + 24, flags);
}

static void fd_sub(uint32_t at, uint64_t userdata, uint8_t type, uint32_t fd)
{
    memset(fake_store.memory + at, 0, 48);
    mem_put_u64(at, userdata);
    mem_put(at + 8, &type, 1);
    mem_put_u32(at + 16, fd);
}

static void expect_event(uint32_t i, uint64_t userdata, uint16_t error, uint8_t type, uint64_t bytes, uint16_t flags)
{
    const uint32_t at = EVENTS + 32 * i;
    assert_int_equal(mem_u64(at), userdata);
    assert_int_equal(mem_u32(at + 8), error | (uint32_t)type << 16);
    assert_int_equal(mem_u32(at + 12), 0);
    assert_int_equal(mem_u64(at + 16), bytes);
    assert_int_equal(mem_u64(at + 24), flags);
}

static uint64_t clock_now(enum sys_clock id)
{
    uint64_t ns;
    assert_int_equal(sys_clock_now(id, &ns), 0);
    return ns;
}

static void polling_clocks(void **state)
{
    (void)state;
    const uint64_t ms = 1000000;
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 0, OUT), WASI_INVAL);
    static const struct {
        uint32_t id;
        bool absolute, old;
    } rows[] = { { 0, false, false }, { 1, false, false }, { 0, true, false },
                 { 1, true, false },  { 1, true, true },   { 0, false, true } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t began = clock_now(SYS_CLOCK_MONOTONIC);
        const uint64_t from = rows[i].absolute ? clock_now((enum sys_clock)rows[i].id) : 0;
        clock_sub(SUBS, 7, rows[i].id, from + 20 * ms, rows[i].absolute, rows[i].old);
        assert_int_equal(
            rows[i].old ? OLD_CALL(poll_oneoff, SUBS, EVENTS, 1, OUT) : CALL(poll_oneoff, SUBS, EVENTS, 1, OUT), 0);
        assert_int_equal(mem_u32(OUT), 1);
        expect_event(0, 7, 0, EVENT_CLOCK, 0, 0);
        const uint64_t took = clock_now(SYS_CLOCK_MONOTONIC) - began;
        assert_true(took >= 19 * ms && took < 2000 * ms);
        assert_true(fake_waits >= 1 && fake_waits <= 3);
    }
    // Past times and none at all do not wait; the event says what is no clock.
    clock_sub(SUBS, 1, 1, 0, 0, false);
    clock_sub(SUBS + 48, 2, 0, 5, 1, false);
    clock_sub(SUBS + 96, 3, 9, 5, 0, false);
    clock_sub(SUBS + 144, 4, 2, 5, 0, false);
    clock_sub(SUBS + 192, 5, 1, UINT64_MAX, 0, false);
    clock_sub(SUBS + 240, 6, 1, UINT64_MAX, 1, false);
    clock_sub(SUBS + 288, 7, 1, 5, 2, false);
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 7, OUT), 0);
    assert_int_equal(fake_waits, 0);
    assert_int_equal(mem_u32(OUT), 5);
    expect_event(0, 1, 0, EVENT_CLOCK, 0, 0);
    expect_event(1, 2, 0, EVENT_CLOCK, 0, 0);
    expect_event(2, 3, WASI_INVAL, EVENT_CLOCK, 0, 0);
    expect_event(3, 4, WASI_NOTSUP, EVENT_CLOCK, 0, 0);
    expect_event(4, 7, WASI_INVAL, EVENT_CLOCK, 0, 0);
    // For ever.
    const size_t poll_fn = fake_find("wasi_snapshot_preview1", "poll_oneoff");
    assert_int_equal(fake_call(poll_fn, (uint64_t[FAKE_ARGS]){ SUBS + 192, EVENTS, 2, OUT }, false), HF_PENDING);
    assert_int_equal(fake_last.deadline, INT64_MAX);
    // Counts and addresses.
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, UINT32_MAX, OUT), WASI_FAULT);
    assert_int_equal(CALL(poll_oneoff, FAKE_MEMORY - 47, EVENTS, 1, OUT), WASI_FAULT);
    assert_int_equal(CALL(poll_oneoff, SUBS, FAKE_MEMORY - 31, 1, OUT), WASI_FAULT);
    fd_sub(SUBS, 1, 3, 0);
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 1, OUT), WASI_INVAL);
}

static void feed_once(unsigned wait)
{
    if (wait == 0) assert_int_equal(write(pipe_fds[1], "abc", 3), 3);
}

static void polling_descriptors(void **state)
{
    (void)state;
    struct fs_node *node;
    make_file("f", "12345");
    const uint32_t file = open_at(DIR, "f", 0, ALL_FILE, 0), deaf = open_at(DIR, "f", 0, RIGHT_FD_READ, 0);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(stream_inherit(pipe_fds[0], &node), 0);
    give_stdin(node, RIGHTS_STREAM | RIGHT_FD_READ);
    assert_int_equal(CALL(fd_seek, file, 2, 0, OUT), 0);

    fd_sub(SUBS, 1, EVENT_FD_READ, file);
    fd_sub(SUBS + 48, 2, EVENT_FD_WRITE, file);
    fd_sub(SUBS + 96, 3, EVENT_FD_READ, 0);
    fd_sub(SUBS + 144, 4, EVENT_FD_READ, 99);
    fd_sub(SUBS + 192, 5, EVENT_FD_READ, deaf);
    fd_sub(SUBS + 240, 6, EVENT_FD_WRITE, 0);
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 6, OUT), 0);
    assert_int_equal(mem_u32(OUT), 5);
    expect_event(0, 1, 0, EVENT_FD_READ, 3, 0);
    expect_event(1, 2, 0, EVENT_FD_WRITE, 1, 0);
    expect_event(2, 4, WASI_BADF, EVENT_FD_READ, 0, 0);
    expect_event(3, 5, WASI_NOTCAPABLE, EVENT_FD_READ, 0, 0);
    expect_event(4, 6, WASI_NOTCAPABLE, EVENT_FD_WRITE, 0, 0);

    // A pipe that gets something, and a clock that is slower; the same pipe twice is one watch.
    fd_sub(SUBS, 1, EVENT_FD_READ, 0);
    clock_sub(SUBS + 48, 2, 1, UINT64_C(10000000000), 0, false);
    fd_sub(SUBS + 96, 3, EVENT_FD_READ, 0);
    fake_while_waiting = feed_once;
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 3, OUT), 0);
    assert_int_equal(fake_waits, 1);
    assert_int_equal(fake_last.watch_count, 1);
    assert_int_equal(mem_u32(OUT), 2);
    expect_event(0, 1, 0, EVENT_FD_READ, 3, 0);
    expect_event(1, 3, 0, EVENT_FD_READ, 3, 0);
    // Its writer goes: first what is left, then the end.
    sys_close(pipe_fds[1]);
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 1, OUT), 0);
    expect_event(0, 1, 0, EVENT_FD_READ, 3, 0);
    assert_int_equal(CALL(fd_read, 0, IOV, iov(NULL, 3), OUT), 0);
    assert_int_equal(CALL(poll_oneoff, SUBS, EVENTS, 1, OUT), 0);
    expect_event(0, 1, 0, EVENT_FD_READ, 0, EVENT_HANGUP);
    sys_close(pipe_fds[0]);
}

// Every function with odd values in every place: it answers, with an errno that there is.
static void odd_arguments(void **state)
{
    (void)state;
    static const uint64_t odd[] = { 0,
                                    1,
                                    2,
                                    3,
                                    4,
                                    5,
                                    8,
                                    24,
                                    PATH,
                                    DATA,
                                    IOV,
                                    SUBS,
                                    FAKE_MEMORY - 8,
                                    FAKE_MEMORY - 1,
                                    FAKE_MEMORY,
                                    INT32_MAX,
                                    UINT32_MAX,
                                    INT64_MAX,
                                    UINT64_MAX,
                                    UINT64_C(1) << 63,
                                    RIGHTS_FILE,
                                    RIGHTS_DIRECTORY };
    uint32_t seed = 1;
    (void)fake_find("wasi_snapshot_preview1", "fd_read");
    for (int round = 0; round < 60000; round++) {
        uint64_t args[FAKE_ARGS];
        if (round % 500 == 0) {
            setup(NULL);
            make_file("f", "12345");
            open_at(DIR, "f", 0, ALL_FILE, 0);
            (void)iov("abc", 3);
            path("f");
        }
        for (int a = 0; a < FAKE_ARGS; a++) {
            seed = seed * 1664525 + 1013904223;
            args[a] = odd[(seed >> 16) % (sizeof odd / sizeof odd[0])];
        }
        seed = seed * 1664525 + 1013904223;
        const size_t i = (seed >> 16) % fake_linker.count;
        const hf_code code = fake_call(i, args, false);
        assert_true(code == HF_OK || code == HF_PENDING || code == HF_EXITED || code == HF_TRAPPED);
        if (code == HF_OK) assert_in_range(fake_last.result, 0, WASI_NOTCAPABLE);
        if (code == HF_TRAPPED) assert_string_equal(fake_linker.descs[i].name, "proc_raise");
        if (code == HF_PENDING) assert_string_equal(fake_linker.descs[i].name, "poll_oneoff");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_function_is_described),
        TEST(arguments_and_environment),
        TEST(clocks_and_entropy),
        TEST(clocks_and_entropy_of_the_embedder),
        TEST(the_end),
        TEST(files_are_read_written_and_sought),
        TEST(layouts_of_both_versions),
        TEST(preopens_are_found),
        TEST(descriptors_come_and_go),
        TEST(descriptors_are_limited),
        TEST(paths_are_text),
        TEST(links_and_times),
        TEST(directories_are_listed),
        TEST(rights_are_asked_for),
        TEST(read_only_is_read_only),
        TEST(streams_of_the_embedder),
        TEST(pipes_wait_and_do_not_kill),
        TEST(sockets_are_read_written_and_shut),
        TEST(receiving_all_waits_for_all),
        TEST(polling_clocks),
        TEST(polling_descriptors),
        TEST(odd_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
