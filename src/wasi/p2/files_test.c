// wasi:filesystem, each function with values at its bounds, over a tree in memory and one of the host.
#include "wasi/p2/fake_test.h"

#define TYPES "wasi:filesystem/types"
#define M(name) "[method]descriptor." name
#define STREAMS "wasi:io/streams"

// Results are a flag and a byte or more behind it.
struct result {
    bool err;
    union {
        uint8_t error, u8;
        uint64_t u64;
        hf_resource handle;
        hf_str string;
        p2_descriptor_stat stat;
        p2_metadata_hash_value hash;
        p2_descriptor_read read;
        p2_option_directory_entry entry;
    } of;
};

static struct result r;

// Calls, and brings the result to this form: what follows the flag begins where its alignment says.
static void run(const char *name, const void *args)
{
    static const char *const wide[] = { M("read"),
                                        M("write"),
                                        M("open-at"),
                                        M("read-directory"),
                                        M("read-via-stream"),
                                        M("write-via-stream"),
                                        M("append-via-stream"),
                                        M("stat"),
                                        M("stat-at"),
                                        M("metadata-hash"),
                                        M("metadata-hash-at"),
                                        M("readlink-at"),
                                        "[method]directory-entry-stream.read-directory-entry" };
    _Alignas(8) uint8_t raw[sizeof(struct result) + 8];
    size_t at = 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (strcmp(name, wide[i]) == 0) at = 8;
    }
    memset(raw, 0xaa, sizeof raw);
    p2_do(TYPES, name, args, raw);
    assert_true(raw[0] <= 1);
    r.err = raw[0];
    memcpy(&r.of, raw + at, sizeof r.of);
}

#define GOOD(call)                                                                            \
    do {                                                                                      \
        call;                                                                                 \
        if (r.err) fail_msg("line %d: %s", __LINE__, fs_code_text((enum fs_code)r.of.error)); \
    } while (0)
#define BAD(code, call)                                                                                      \
    do {                                                                                                     \
        call;                                                                                                \
        if (!r.err) fail_msg("line %d: no error", __LINE__);                                                 \
        if (r.of.error != (code)) fail_msg("line %d: %s", __LINE__, fs_code_text((enum fs_code)r.of.error)); \
    } while (0)

static void self_only(const char *name, hf_resource self)
{
    const struct args_self args = { self };
    run(name, &args);
}

static void with_u64(const char *name, hf_resource self, uint64_t value)
{
    const struct args_self_u64 args = { self, value };
    run(name, &args);
}

static void with_path(const char *name, hf_resource self, const char *path)
{
    const struct args_self_string args = { self, str(path) };
    run(name, &args);
}

static void with_flags(const char *name, hf_resource self, uint8_t flags, const char *path)
{
    const struct {
        hf_resource self;
        uint8_t flags;
        hf_str path;
    } args = { self, flags, str(path) };
    run(name, &args);
}

static void open_at(hf_resource self, uint8_t path_flags, const char *path, uint8_t open_flags, uint8_t flags)
{
    const struct {
        hf_resource self;
        uint8_t path_flags;
        hf_str path;
        uint8_t open_flags, flags;
    } args = { self, path_flags, str(path), open_flags, flags };
    run(M("open-at"), &args);
}

static void two_paths(const char *name, hf_resource self, const char *a, hf_resource other, const char *b)
{
    const struct {
        hf_resource self;
        hf_str a;
        hf_resource other;
        hf_str b;
    } args = { self, str(a), other, str(b) };
    run(name, &args);
}

static void link_at(hf_resource self, uint8_t flags, const char *a, hf_resource other, const char *b)
{
    const struct {
        hf_resource self;
        uint8_t flags;
        hf_str a;
        hf_resource other;
        hf_str b;
    } args = { self, flags, str(a), other, str(b) };
    run(M("link-at"), &args);
}

static void symlink_at(hf_resource self, const char *target, const char *path)
{
    const struct {
        hf_resource self;
        hf_str target, path;
    } args = { self, str(target), str(path) };
    run(M("symlink-at"), &args);
}

static void read_at(hf_resource self, uint64_t length, uint64_t offset)
{
    const struct {
        hf_resource self;
        uint64_t length, offset;
    } args = { self, length, offset };
    run(M("read"), &args);
}

static void write_at(hf_resource self, const char *data, uint64_t offset)
{
    const struct {
        hf_resource self;
        p2_bytes data;
        uint64_t offset;
    } args = { self, { (uint8_t *)(uintptr_t)data, strlen(data) }, offset };
    run(M("write"), &args);
}

static void advise(hf_resource self, uint64_t offset, uint64_t length, uint8_t advice)
{
    const struct {
        hf_resource self;
        uint64_t offset, length;
        uint8_t advice;
    } args = { self, offset, length, advice };
    run(M("advise"), &args);
}

static p2_new_timestamp at(uint8_t tag, uint64_t seconds, uint32_t nanoseconds)
{
    p2_new_timestamp t = { .tag = tag };
    t.as.timestamp = (p2_datetime){ seconds, nanoseconds };
    return t;
}

static void set_times(hf_resource self, p2_new_timestamp a, p2_new_timestamp m)
{
    const struct {
        hf_resource self;
        p2_new_timestamp a, m;
    } args = { self, a, m };
    run(M("set-times"), &args);
}

static void set_times_at(hf_resource self, uint8_t flags, const char *path, p2_new_timestamp a, p2_new_timestamp m)
{
    const struct {
        hf_resource self;
        uint8_t flags;
        hf_str path;
        p2_new_timestamp a, m;
    } args = { self, flags, str(path), a, m };
    run(M("set-times-at"), &args);
}

static bool same(hf_resource a, hf_resource b)
{
    const struct {
        hf_resource self, other;
    } args = { a, b };
    bool result = false;
    p2_do(TYPES, M("is-same-object"), &args, &result);
    return result;
}

// -- trees --

// What only this test asks of the system.
char *mkdtemp(char *pattern);
int system(const char *command);

static char scratch[64];

static hf_resource tree(bool host, bool read_only)
{
    hf_wasi *wasi = p2_open();
    struct {
        p2_preopen *data;
        size_t size;
    } dirs;
    hf_fs *fs;
    if (host) {
        strcpy(scratch, "/tmp/holdfast-XXXXXX");
        assert_non_null(mkdtemp(scratch));
        fs = hf_fs_host(scratch, NULL);
    } else {
        fs = hf_fs_memory(true, 0, NULL);
    }
    assert_int_equal(hf_wasi_preopen(wasi, fs, "/tree", read_only, NULL), HF_OK);
    p2_do("wasi:filesystem/preopens", "get-directories", NULL, &dirs);
    assert_int_equal(dirs.size, 1);
    assert_true(str_is(dirs.data[0].f1, "/tree"));
    return dirs.data[0].f0;
}

static void close_tree(bool host)
{
    char command[80];
    p2_close();
    if (!host) return;
    snprintf(command, sizeof command, "rm -r %s", scratch);
    assert_int_equal(system(command), 0);
}

enum { RW = DESCRIPTOR_READ | DESCRIPTOR_WRITE };

static hf_resource make(hf_resource dir, const char *path, const char *data)
{
    GOOD(open_at(dir, 0, path, OPEN_CREATE, RW));
    const hf_resource file = r.of.handle;
    if (*data) GOOD(write_at(file, data, 0));
    return file;
}

static void contents(bool host)
{
    const hf_resource dir = tree(host, false);
    const hf_resource file = make(dir, "f", "0123456789");

    GOOD(self_only(M("get-type"), file));
    assert_int_equal(r.of.u8, 6);
    GOOD(self_only(M("get-type"), dir));
    assert_int_equal(r.of.u8, 3);
    GOOD(self_only(M("get-flags"), file));
    assert_int_equal(r.of.u8, RW);
    GOOD(self_only(M("get-flags"), dir));
    assert_int_equal(r.of.u8, DESCRIPTOR_READ | DESCRIPTOR_MUTATE_DIRECTORY);

    GOOD(read_at(file, 0, 0));
    assert_true(r.of.read.f0.size == 0 && !r.of.read.f1);
    GOOD(read_at(file, 4, 3));
    assert_int_equal(r.of.read.f0.size, 4);
    assert_memory_equal(r.of.read.f0.data, "3456", 4);
    GOOD(read_at(file, UINT64_MAX, 0));
    assert_int_equal(r.of.read.f0.size, 10);
    GOOD(read_at(file, 1, 10));
    assert_true(r.of.read.f0.size == 0 && r.of.read.f1);
    GOOD(read_at(file, UINT64_MAX, INT64_MAX / 2));
    assert_true(r.of.read.f1);
    const struct {
        hf_resource self;
        uint64_t length, offset;
    } far = { file, 1, UINT64_MAX };
    run(M("read"), &far);
    assert_true(r.err || r.of.read.f1);
    GOOD(write_at(file, "", UINT64_MAX));
    assert_int_equal(r.of.u64, 0);
    GOOD(write_at(file, "ab", 12)); // zeros between
    GOOD(read_at(file, 99, 9));
    assert_memory_equal(r.of.read.f0.data, "9\0\0ab", 5);
    write_at(file, "x", UINT64_MAX);
    assert_true(r.err);
    write_at(file, "x", INT64_MAX);
    assert_true(r.err);

    GOOD(with_u64(M("set-size"), file, 3));
    GOOD(self_only(M("stat"), file));
    assert_int_equal(r.of.stat.size, 3);
    assert_int_equal(r.of.stat.link_count, 1);
    assert_int_equal(r.of.stat.type, 6);
    assert_true(r.of.stat.data_modification_timestamp.some);
    GOOD(with_u64(M("set-size"), file, 0));
    with_u64(M("set-size"), file, UINT64_MAX);
    assert_true(r.err);
    BAD(FS_IS_DIRECTORY, with_u64(M("set-size"), dir, 0));

    GOOD(self_only(M("sync"), file));
    GOOD(self_only(M("sync-data"), file));
    GOOD(self_only(M("sync"), dir));
    for (uint8_t advice = 0; advice < 6; advice++) GOOD(advise(file, 0, 0, advice));
    GOOD(advise(file, 1, 4096, 3));
    BAD(FS_INVALID, advise(file, 0, 0, 6));
    BAD(FS_INVALID, advise(file, 0, 0, 255));
    BAD(FS_BAD_DESCRIPTOR, advise(dir, 0, 0, 0));
    BAD(FS_IS_DIRECTORY, read_at(dir, 1, 0));
    BAD(FS_IS_DIRECTORY, write_at(dir, "x", 0));

    // Permissions are the descriptor's.
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    const hf_resource reader = r.of.handle;
    BAD(FS_BAD_DESCRIPTOR, write_at(reader, "x", 0));
    BAD(FS_BAD_DESCRIPTOR, with_u64(M("write-via-stream"), reader, 0));
    BAD(FS_BAD_DESCRIPTOR, self_only(M("append-via-stream"), reader));
    BAD(FS_NOT_PERMITTED, with_u64(M("set-size"), reader, 0));
    BAD(FS_NOT_PERMITTED, set_times(reader, at(1, 0, 0), at(1, 0, 0)));
    GOOD(self_only(M("sync"), reader));
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_WRITE));
    BAD(FS_BAD_DESCRIPTOR, read_at(r.of.handle, 1, 0));
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_WRITE));
    BAD(FS_BAD_DESCRIPTOR, with_u64(M("read-via-stream"), r.of.handle, 0));
    GOOD(open_at(dir, 0, "f", 0, 0));
    BAD(FS_BAD_DESCRIPTOR, read_at(r.of.handle, 1, 0));
    close_tree(host);
}

static void streams(bool host)
{
    const hf_resource dir = tree(host, false);
    const hf_resource file = make(dir, "f", "0123456789");
    p2_stream_result w;
    p2_count_result c;
    p2_read_result got;

    GOOD(with_u64(M("read-via-stream"), file, 8));
    const hf_resource in = r.of.handle;
    assert_int_equal(try_u64(STREAMS, "[method]input-stream.read", in, 1, &got), HF_OK);
    assert_memory_equal(got.as.ok.data, "8", 1);
    assert_int_equal(try_u64(STREAMS, "[method]input-stream.blocking-skip", in, 5, &c), HF_OK);
    assert_int_equal(c.as.ok, 1);
    assert_int_equal(try_u64(STREAMS, "[method]input-stream.blocking-read", in, 5, &got), HF_OK);
    assert_true(got.err);
    assert_int_equal(got.as.error.tag, STREAM_CLOSED);

    GOOD(with_u64(M("write-via-stream"), file, 5));
    const hf_resource out = r.of.handle;
    assert_int_equal(try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", out, "ab", 2, &w), HF_OK);
    assert_int_equal(try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", out, "c", 1, &w), HF_OK);
    GOOD(self_only(M("append-via-stream"), file));
    const hf_resource end = r.of.handle;
    assert_int_equal(try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", end, "yz", 2, &w), HF_OK);
    p2_drop(TYPES, "descriptor", file); // the streams live on
    assert_int_equal(try_u64(STREAMS, "[method]output-stream.blocking-write-zeroes-and-flush", end, 1, &w), HF_OK);
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    GOOD(read_at(r.of.handle, 99, 0));
    assert_int_equal(r.of.read.f0.size, 13);
    assert_memory_equal(r.of.read.f0.data, "01234abc89yz\0", 13);
    GOOD(open_at(dir, 0, "f", 0, RW));
    const hf_resource again = r.of.handle;

    // What hooks may ask.
    char path[16];
    size_t size = 0;
    uint16_t number = 0;
    assert_int_equal(hf_wasi_descriptor_path(&fake_store, again, path, sizeof path, &size, NULL), HF_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(path, "/tree/f", 7);
    assert_int_equal(hf_wasi_descriptor_path(&fake_store, again, path, 0, &size, NULL), HF_OK);
    assert_int_equal(size, 7);
    assert_int_equal(hf_wasi_descriptor_path(&fake_store, dir, path, sizeof path, &size, NULL), HF_OK);
    assert_int_equal(size, 5);
    assert_int_equal(hf_wasi_descriptor_path(&fake_store, out, path, sizeof path, &size, NULL), HF_WRONG_TYPE);
    assert_int_equal(hf_wasi_stream_error(&fake_store, again, &number, NULL), HF_WRONG_TYPE);

    // A failure keeps its reason.
    GOOD(with_u64(M("write-via-stream"), again, UINT64_MAX));
    const hf_resource beyond = r.of.handle;
    assert_int_equal(try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", beyond, "x", 1, &w), HF_OK);
    assert_true(w.err);
    assert_int_equal(w.as.error.tag, STREAM_LAST_OPERATION_FAILED);
    struct {
        bool some;
        uint8_t code;
    } code;
    const struct args_self error = { w.as.error.as.last_operation_failed };
    assert_int_equal(hf_wasi_stream_error(&fake_store, error.self, &number, NULL), HF_OK);
    assert_true(number == WASI_INVAL || number == WASI_FBIG || number == WASI_OVERFLOW);
    p2_do(TYPES, "filesystem-error-code", &error, &code);
    assert_true(code.some);
    assert_true(code.code == FS_INVALID || code.code == FS_FILE_TOO_LARGE || code.code == FS_OVERFLOW);
    p2_do("wasi:sockets/network", "network-error-code", &error, &code);
    assert_false(code.some);

    GOOD(with_u64(M("read-via-stream"), again, UINT64_MAX));
    assert_int_equal(try_u64(STREAMS, "[method]input-stream.read", r.of.handle, UINT64_MAX, &got), HF_OK);
    assert_true(got.err);
    BAD(FS_IS_DIRECTORY, with_u64(M("read-via-stream"), dir, 0));
    BAD(FS_IS_DIRECTORY, with_u64(M("write-via-stream"), dir, 0));
    BAD(FS_IS_DIRECTORY, self_only(M("append-via-stream"), dir));
    close_tree(host);
}

static void paths(bool host)
{
    const hf_resource dir = tree(host, false);
    char name[NAME_BYTES + 3], path[PATH_BYTES + 3];
    memset(name, 'n', sizeof name);
    memset(path, '/', sizeof path);
    name[NAME_BYTES + 1] = path[PATH_BYTES + 1] = 0;

    static const struct {
        const char *path;
        enum fs_code code;
    } odd[] = {
        { "", FS_NO_ENTRY },        { "/", FS_NOT_PERMITTED },    { "/etc/passwd", FS_NOT_PERMITTED },
        { "..", FS_NOT_PERMITTED }, { "../x", FS_NOT_PERMITTED }, { "d/../../x", FS_NOT_PERMITTED },
        { "none", FS_NO_ENTRY },    { "none/x", FS_NO_ENTRY },    { "f/x", FS_NOT_DIRECTORY },
        { "f/", FS_NOT_DIRECTORY }, { "f/.", FS_NOT_DIRECTORY },  { "f/..", FS_NOT_DIRECTORY },
    };
    (void)make(dir, "f", "");
    GOOD(with_path(M("create-directory-at"), dir, "d"));
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        BAD(odd[i].code, with_flags(M("stat-at"), dir, 1, odd[i].path));
        BAD(odd[i].code, with_flags(M("metadata-hash-at"), dir, 1, odd[i].path));
        BAD(odd[i].code, open_at(dir, 1, odd[i].path, 0, DESCRIPTOR_READ));
        BAD(odd[i].code, set_times_at(dir, 1, odd[i].path, at(1, 0, 0), at(1, 0, 0)));
        with_path(M("readlink-at"), dir, odd[i].path);
        assert_true(r.err);
        with_path(M("unlink-file-at"), dir, odd[i].path);
        assert_true(r.err);
        with_path(M("remove-directory-at"), dir, odd[i].path);
        assert_true(r.err);
        two_paths(M("rename-at"), dir, odd[i].path, dir, "to");
        assert_true(r.err);
        link_at(dir, 0, odd[i].path, dir, "to");
        assert_true(r.err);
    }
    static const char *const nowhere[] = { "", "/", "/x", "..", "../x", "none/x", "f/x", "d/../../x" };
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        with_path(M("create-directory-at"), dir, nowhere[i]);
        assert_true(r.err);
        symlink_at(dir, "t", nowhere[i]);
        assert_true(r.err);
        two_paths(M("rename-at"), dir, "f", dir, nowhere[i]);
        assert_true(r.err);
        link_at(dir, 0, "f", dir, nowhere[i]);
        assert_true(r.err);
        open_at(dir, 0, nowhere[i], OPEN_CREATE, RW);
        assert_true(r.err);
    }
    BAD(FS_NAME_TOO_LONG, with_path(M("create-directory-at"), dir, name));
    BAD(FS_NAME_TOO_LONG, with_path(M("create-directory-at"), dir, path));
    BAD(FS_NAME_TOO_LONG, open_at(dir, 0, path, 0, DESCRIPTOR_READ));
    const struct args_self_string zero = { dir, { "f\0g", 3 } };
    BAD(FS_INVALID, run(M("unlink-file-at"), &zero));

    BAD(FS_EXIST, with_path(M("create-directory-at"), dir, "d"));
    BAD(FS_EXIST, with_path(M("create-directory-at"), dir, "f"));
    GOOD(with_path(M("create-directory-at"), dir, "d/e/"));
    BAD(FS_NOT_EMPTY, with_path(M("remove-directory-at"), dir, "d"));
    BAD(FS_NOT_DIRECTORY, with_path(M("remove-directory-at"), dir, "f"));
    BAD(FS_IS_DIRECTORY, with_path(M("unlink-file-at"), dir, "d"));
    GOOD(with_path(M("remove-directory-at"), dir, "d/e"));

    // Links: made, read, followed only on request, never absolute.
    BAD(FS_NOT_PERMITTED, symlink_at(dir, "/etc/passwd", "abs"));
    BAD(FS_NO_ENTRY, symlink_at(dir, "", "empty"));
    GOOD(symlink_at(dir, "f", "l"));
    BAD(FS_EXIST, symlink_at(dir, "f", "l"));
    GOOD(with_path(M("readlink-at"), dir, "l"));
    assert_true(str_is(r.of.string, "f"));
    BAD(FS_INVALID, with_path(M("readlink-at"), dir, "f"));
    GOOD(with_flags(M("stat-at"), dir, 0, "l"));
    assert_int_equal(r.of.stat.type, 5);
    GOOD(with_flags(M("stat-at"), dir, 1, "l"));
    assert_int_equal(r.of.stat.type, 6);
    BAD(FS_LOOP, open_at(dir, 0, "l", 0, DESCRIPTOR_READ));
    GOOD(open_at(dir, 1, "l", 0, DESCRIPTOR_READ));
    GOOD(symlink_at(dir, "../x", "up"));
    BAD(FS_NOT_PERMITTED, open_at(dir, 1, "up", 0, DESCRIPTOR_READ));
    GOOD(symlink_at(dir, "round", "round"));
    BAD(FS_LOOP, with_flags(M("stat-at"), dir, 1, "round"));

    BAD(FS_INVALID, link_at(dir, 1, "l", dir, "hard"));
    GOOD(link_at(dir, 0, "f", dir, "hard"));
    GOOD(with_flags(M("stat-at"), dir, 0, "hard"));
    assert_int_equal(r.of.stat.link_count, 2);
    BAD(FS_NOT_PERMITTED, link_at(dir, 0, "d", dir, "d2"));
    GOOD(two_paths(M("rename-at"), dir, "hard", dir, "moved"));
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    const hf_resource f = r.of.handle;
    GOOD(open_at(dir, 0, "moved", 0, DESCRIPTOR_READ));
    assert_true(same(f, r.of.handle));
    assert_false(same(f, dir));
    GOOD(with_path(M("unlink-file-at"), dir, "moved"));

    // Hashes: equal for the same, another after a change.
    GOOD(self_only(M("metadata-hash"), f));
    const p2_metadata_hash_value first = r.of.hash;
    GOOD(with_flags(M("metadata-hash-at"), dir, 0, "f"));
    assert_memory_equal(&first, &r.of.hash, sizeof first);
    GOOD(with_flags(M("metadata-hash-at"), dir, 1, "l"));
    assert_memory_equal(&first, &r.of.hash, sizeof first);
    GOOD(open_at(dir, 0, "f", 0, RW));
    GOOD(write_at(r.of.handle, "more", 0));
    GOOD(self_only(M("metadata-hash"), f));
    assert_true(first.lower != r.of.hash.lower && first.upper != r.of.hash.upper);
    close_tree(host);
}

static void opening(bool host)
{
    const hf_resource dir = tree(host, false);
    (void)make(dir, "f", "abc");
    GOOD(with_path(M("create-directory-at"), dir, "d"));

    BAD(FS_EXIST, open_at(dir, 0, "f", OPEN_CREATE | OPEN_EXCLUSIVE, RW));
    BAD(FS_INVALID, open_at(dir, 0, "f", OPEN_EXCLUSIVE, RW));
    BAD(FS_INVALID, open_at(dir, 0, "d", OPEN_DIRECTORY | OPEN_CREATE, DESCRIPTOR_READ));
    BAD(FS_INVALID, open_at(dir, 0, "d", OPEN_DIRECTORY | OPEN_TRUNCATE, DESCRIPTOR_READ));
    BAD(FS_INVALID, open_at(dir, 0, "f", 16, DESCRIPTOR_READ));
    BAD(FS_INVALID, open_at(dir, 0, "f", 0, 64));
    BAD(FS_INVALID, open_at(dir, 0, "f", 255, 255));
    BAD(FS_NOT_DIRECTORY, open_at(dir, 0, "f", OPEN_DIRECTORY, DESCRIPTOR_READ));
    BAD(FS_IS_DIRECTORY, open_at(dir, 0, "d", 0, RW));
    GOOD(open_at(dir, 0, "f", OPEN_TRUNCATE, DESCRIPTOR_READ));
    GOOD(self_only(M("stat"), r.of.handle));
    assert_int_equal(r.of.stat.size, 0);
    static const uint8_t syncs[] = { 4, 8, 16, 28 };
    for (size_t i = 0; i < 4; i++) {
        GOOD(open_at(dir, 0, "f", 0, (uint8_t)(RW | syncs[i])));
        GOOD(self_only(M("get-flags"), r.of.handle));
        assert_int_equal(r.of.u8, RW | syncs[i]);
    }
    // A directory below may what the one above may, asked for or not.
    GOOD(open_at(dir, 0, "d", OPEN_DIRECTORY, DESCRIPTOR_READ));
    const hf_resource below = r.of.handle;
    GOOD(open_at(below, 0, "new", OPEN_CREATE | OPEN_EXCLUSIVE, RW));
    BAD(FS_NOT_PERMITTED, open_at(below, 0, "../f", 0, DESCRIPTOR_READ));
    GOOD(open_at(dir, 0, "d/..", OPEN_DIRECTORY, DESCRIPTOR_READ | DESCRIPTOR_MUTATE_DIRECTORY));
    assert_true(same(dir, r.of.handle));

    // What is no directory has nothing below it.
    GOOD(open_at(dir, 0, "f", 0, RW));
    const hf_resource file = r.of.handle;
    BAD(FS_NOT_DIRECTORY, open_at(file, 0, "x", 0, DESCRIPTOR_READ));
    BAD(FS_NOT_DIRECTORY, with_path(M("create-directory-at"), file, "x"));
    BAD(FS_NOT_DIRECTORY, with_flags(M("stat-at"), file, 0, "x"));
    BAD(FS_NOT_DIRECTORY, self_only(M("read-directory"), file));

    // Descriptors of the host are counted.
    hf_wasi_set_max_descriptors(hf_store_wasi(&fake_store), hf_store_wasi(&fake_store)->held + 4 + 1);
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    const hf_resource last = r.of.handle;
    BAD(FS_INSUFFICIENT_MEMORY, open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    p2_drop(TYPES, "descriptor", last);
    GOOD(open_at(dir, 0, "f", 0, DESCRIPTOR_READ));
    close_tree(host);
}

static void times(bool host)
{
    const hf_resource dir = tree(host, false);
    const hf_resource f = make(dir, "f", "");
    GOOD(set_times(f, at(2, 1, 5), at(2, 2, 999999999)));
    GOOD(self_only(M("stat"), f));
    assert_int_equal(r.of.stat.data_access_timestamp.value.seconds, 1);
    assert_int_equal(r.of.stat.data_access_timestamp.value.nanoseconds, 5);
    assert_int_equal(r.of.stat.data_modification_timestamp.value.seconds, 2);
    assert_int_equal(r.of.stat.data_modification_timestamp.value.nanoseconds, 999999999);
    GOOD(set_times(f, at(0, 0, 0), at(2, 0, 0)));
    GOOD(set_times(f, at(0, UINT64_MAX, UINT32_MAX), at(0, UINT64_MAX, UINT32_MAX))); // not looked at
    GOOD(self_only(M("stat"), f));
    assert_int_equal(r.of.stat.data_access_timestamp.value.seconds, 1);
    assert_int_equal(r.of.stat.data_modification_timestamp.value.seconds, 0);
    GOOD(set_times_at(dir, 0, "f", at(2, 7, 0), at(1, 0, 0)));
    GOOD(self_only(M("stat"), f));
    assert_int_equal(r.of.stat.data_access_timestamp.value.seconds, 7);
    BAD(FS_INVALID, set_times(f, at(2, 0, 1000000000), at(0, 0, 0)));
    BAD(FS_INVALID, set_times(f, at(0, 0, 0), at(2, 0, UINT32_MAX)));
    BAD(FS_OVERFLOW, set_times(f, at(2, UINT64_MAX, 0), at(0, 0, 0)));
    BAD(FS_OVERFLOW, set_times_at(dir, 0, "f", at(0, 0, 0), at(2, UINT64_MAX, 999999999)));
    BAD(FS_INVALID, set_times(f, at(3, 0, 0), at(0, 0, 0)));
    GOOD(set_times(dir, at(1, 0, 0), at(1, 0, 0)));
    close_tree(host);
}

static void listing(bool host)
{
    const hf_resource dir = tree(host, false);
    bool seen[100] = { false };
    char name[16];
    GOOD(self_only(M("read-directory"), dir));
    const hf_resource empty = r.of.handle;
    GOOD(self_only("[method]directory-entry-stream.read-directory-entry", empty));
    assert_false(r.of.entry.some);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "f%d", i);
        if (i % 2)
            GOOD(with_path(M("create-directory-at"), dir, name));
        else
            p2_drop(TYPES, "descriptor", make(dir, name, ""));
    }
    GOOD(self_only(M("read-directory"), dir));
    const hf_resource one = r.of.handle;
    GOOD(self_only(M("read-directory"), dir));
    const hf_resource two = r.of.handle;
    GOOD(self_only("[method]directory-entry-stream.read-directory-entry", two)); // does not disturb the other
    p2_drop(TYPES, "directory-entry-stream", two);
    for (int n = 0; n <= 100; n++) {
        GOOD(self_only("[method]directory-entry-stream.read-directory-entry", one));
        assert_int_equal(r.of.entry.some, n < 100);
        if (n == 100) break;
        const p2_directory_entry e = r.of.entry.value;
        assert_true(e.name.size >= 2 && e.name.size <= 3 && e.name.data[0] == 'f');
        int i = e.name.data[1] - '0';
        if (e.name.size == 3) i = i * 10 + e.name.data[2] - '0';
        assert_false(seen[i]);
        seen[i] = true;
        assert_int_equal(e.type, i % 2 ? 3 : 6);
    }
    GOOD(self_only("[method]directory-entry-stream.read-directory-entry", one));
    assert_false(r.of.entry.some);
    close_tree(host);
}

// A read-only directory: nothing that changes anything goes through it, or through what is reached from it.
static void read_only(void)
{
    hf_wasi *wasi;
    hf_status status = { 0 };
    struct {
        p2_preopen *data;
        size_t size;
    } dirs;

    wasi = p2_open();
    hf_fs *fs = hf_fs_memory(true, 0, &status);
    assert_int_equal(hf_fs_put(fs, "d/f", "abc", 3, &status), HF_OK);
    assert_int_equal(hf_wasi_preopen(wasi, fs, "ro", true, &status), HF_OK);
    assert_int_equal(hf_wasi_preopen(wasi, hf_fs_memory(true, 0, &status), "rw", false, &status), HF_OK);
    p2_do("wasi:filesystem/preopens", "get-directories", NULL, &dirs);
    assert_int_equal(dirs.size, 2);
    const hf_resource ro = dirs.data[0].f0, rw = dirs.data[1].f0;
    GOOD(self_only(M("get-flags"), ro));
    assert_int_equal(r.of.u8, DESCRIPTOR_READ);
    GOOD(open_at(ro, 0, "d", OPEN_DIRECTORY, DESCRIPTOR_READ));
    const hf_resource d = r.of.handle;
    GOOD(open_at(ro, 0, "d/f", 0, DESCRIPTOR_READ));
    const hf_resource f = r.of.handle;
    GOOD(read_at(f, 9, 0));
    assert_memory_equal(r.of.read.f0.data, "abc", 3);
    const hf_resource each[] = { ro, d };
    static const char *const names[] = { "d/f", "f" };
    for (size_t i = 0; i < 2; i++) {
        const char *const n = names[i];
        BAD(FS_READ_ONLY, open_at(each[i], 0, n, 0, RW));
        BAD(FS_READ_ONLY, open_at(each[i], 0, n, OPEN_TRUNCATE, DESCRIPTOR_READ));
        BAD(FS_READ_ONLY, open_at(each[i], 0, "new", OPEN_CREATE, DESCRIPTOR_READ));
        BAD(FS_READ_ONLY, open_at(each[i], 0, ".", OPEN_DIRECTORY, DESCRIPTOR_MUTATE_DIRECTORY));
        BAD(FS_READ_ONLY, with_path(M("create-directory-at"), each[i], "new"));
        BAD(FS_READ_ONLY, with_path(M("remove-directory-at"), each[i], n));
        BAD(FS_READ_ONLY, with_path(M("unlink-file-at"), each[i], n));
        BAD(FS_READ_ONLY, symlink_at(each[i], "f", "l"));
        BAD(FS_READ_ONLY, link_at(each[i], 0, n, each[i], "l"));
        BAD(FS_READ_ONLY, link_at(each[i], 0, n, rw, "l"));
        BAD(FS_READ_ONLY, link_at(rw, 0, "x", each[i], "l"));
        BAD(FS_READ_ONLY, two_paths(M("rename-at"), each[i], n, each[i], "l"));
        BAD(FS_READ_ONLY, two_paths(M("rename-at"), each[i], n, rw, "l"));
        BAD(FS_READ_ONLY, two_paths(M("rename-at"), rw, "x", each[i], "l"));
        BAD(FS_READ_ONLY, set_times_at(each[i], 0, n, at(1, 0, 0), at(1, 0, 0)));
        BAD(FS_READ_ONLY, set_times(each[i], at(1, 0, 0), at(1, 0, 0)));
    }
    BAD(FS_NOT_PERMITTED, set_times(f, at(1, 0, 0), at(1, 0, 0)));
    BAD(FS_NOT_PERMITTED, with_u64(M("set-size"), f, 0));
    BAD(FS_BAD_DESCRIPTOR, write_at(f, "x", 0));
    // Between trees nothing is linked or renamed.
    (void)make(rw, "x", "");
    hf_wasi *again = wasi;
    assert_int_equal(hf_wasi_preopen(again, hf_fs_memory(true, 0, &status), "rw2", false, &status), HF_OK);
    p2_do("wasi:filesystem/preopens", "get-directories", NULL, &dirs);
    const hf_resource other = dirs.data[2].f0;
    BAD(FS_CROSS_DEVICE, link_at(rw, 0, "x", other, "x"));
    BAD(FS_CROSS_DEVICE, two_paths(M("rename-at"), rw, "x", other, "x"));
    // The wrong kinds of handles.
    struct result any;
    GOOD(self_only(M("read-directory"), rw));
    assert_int_equal(try_self(TYPES, M("stat"), r.of.handle, &any), HF_TRAPPED);
    assert_int_equal(try_self(TYPES, "[method]directory-entry-stream.read-directory-entry", rw, &any), HF_TRAPPED);
    assert_int_equal(try_self(TYPES, "filesystem-error-code", rw, &any), HF_TRAPPED);
    p2_close();
}

#define ON_BOTH(name)                   \
    static void name##_memory(void **s) \
    {                                   \
        (void)s;                        \
        name(false);                    \
    }                                   \
    static void name##_host(void **s)   \
    {                                   \
        (void)s;                        \
        name(true);                     \
    }

ON_BOTH(contents)
ON_BOTH(streams)
ON_BOTH(paths)
ON_BOTH(opening)
ON_BOTH(times)
ON_BOTH(listing)

static void read_only_memory(void **s)
{
    (void)s;
    read_only();
}

static void all_reached(void **state)
{
    (void)state;
    static const char *const packages[] = { "wasi:filesystem/" };
    p2_all_reached(packages, sizeof packages / sizeof packages[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_memory),  cmocka_unit_test(contents_host),  cmocka_unit_test(streams_memory),
        cmocka_unit_test(streams_host),     cmocka_unit_test(paths_memory),   cmocka_unit_test(paths_host),
        cmocka_unit_test(opening_memory),   cmocka_unit_test(opening_host),   cmocka_unit_test(times_memory),
        cmocka_unit_test(times_host),       cmocka_unit_test(listing_memory), cmocka_unit_test(listing_host),
        cmocka_unit_test(read_only_memory), cmocka_unit_test(all_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
