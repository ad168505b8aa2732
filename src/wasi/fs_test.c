// One set of rows for all back ends: the host with openat2, the host walked by component, memory, and overlays.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sys/clock.h"
#include "wasi/fs.h"
#include "wasi/tree.h"

// -- a scratch directory of the host --

static int temporary = -1; // the directory above

static void scratch_new(char out[64])
{
    uint64_t name;
    if (temporary < 0) assert_int_equal(sys_open_root("/tmp", &temporary), 0);
    assert_int_equal(sys_random(&name, sizeof name), 0);
    snprintf(out, 64, "/tmp/holdfast-%016llx", (unsigned long long)name);
    assert_int_equal(sys_mkdir_at(temporary, out + 5), 0);
}

struct doomed {
    char names[64][64];
    bool dirs[64];
    size_t count;
};

static bool doom(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    (void)ino, (void)next;
    struct doomed *d = ctx;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    snprintf(d->names[d->count], 64, "%.63s", name);
    d->dirs[d->count++] = type == SYS_FILE_DIRECTORY;
    return d->count < 64;
}

static void remove_below(int dir)
{
    struct doomed d;
    do {
        d.count = 0;
        assert_int_equal(sys_list(dir, 0, doom, &d), 0);
        for (size_t i = 0; i < d.count; i++) {
            if (d.dirs[i]) {
                int inner;
                assert_int_equal(sys_open_at(dir, d.names[i], SYS_READ | SYS_DIRECTORY, &inner), 0);
                remove_below(inner);
                sys_close(inner);
                assert_int_equal(sys_rmdir_at(dir, d.names[i]), 0);
            } else {
                assert_int_equal(sys_unlink_at(dir, d.names[i]), 0);
            }
        }
    } while (d.count > 0);
}

static void scratch_free(const char *path)
{
    int dir;
    assert_int_equal(sys_open_root(path, &dir), 0);
    remove_below(dir);
    sys_close(dir);
    assert_int_equal(sys_rmdir_at(temporary, path + 5), 0);
}

// -- the back ends --

struct fixture {
    const char *name;
    hf_fs *fs;
    char scratch[64]; // empty: none
    struct fs_node *root;
};

enum backend { HOST_OPENAT2, HOST_BY_COMPONENT, MEMORY, MEMORY_DETERMINISTIC, OVER_MEMORY, OVER_HOST, BACKENDS };

static void fixture_init(struct fixture *f, enum backend kind)
{
    static const char *const names[] = { "host",          "host by component", "memory",
                                         "deterministic", "over memory",       "over host" };
    hf_status status = { 0 };
    memset(f, 0, sizeof *f);
    f->name = names[kind];
    if (kind == HOST_OPENAT2 || kind == HOST_BY_COMPONENT || kind == OVER_HOST) {
        scratch_new(f->scratch);
        f->fs = hf_fs_host(f->scratch, &status);
        if (kind == HOST_BY_COMPONENT) fs_host_walk_by_component(f->fs);
    } else {
        f->fs = hf_fs_memory(kind == MEMORY_DETERMINISTIC, 1 << 20, &status);
    }
    if (kind == OVER_MEMORY || kind == OVER_HOST) f->fs = hf_fs_overlay(f->fs, 1 << 20, &status);
    if (!f->fs) fail_msg("%s: %s", f->name, status.message);
    assert_int_equal(f->fs->ops->root(f->fs, &f->root), 0);
}

static void fixture_fini(struct fixture *f)
{
    node_close(f->root);
    hf_fs_free(f->fs);
    if (f->scratch[0]) scratch_free(f->scratch);
}

// -- rows --

enum op { MKDIR, RMDIR, UNLINK, SYMLINK, READLINK, LINK, RENAME, STAT, LSTAT, PUT, GET, OPEN, OPEN_NOFOLLOW };

struct row {
    enum op op;
    const char *path;
    const char *other; // target, new path, content, what is expected to be read; with STAT: "d", "f" or "l"
    uint16_t error;
    uint32_t flags;
};

static uint16_t put(struct fs_node *root, const char *path, const char *text)
{
    struct fs_node *file;
    size_t done = 0;
    const struct sys_slice slice = { (const uint8_t *)text, strlen(text) };
    uint16_t error = fs_open(root, path, true, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &file);
    if (error) return error;
    error = file->ops->write(file, &slice, 1, 0, false, &done);
    node_close(file);
    return error;
}

static uint16_t get(struct fs_node *root, const char *path, char out[64])
{
    struct fs_node *file;
    size_t done = 0;
    uint16_t error = fs_open(root, path, true, SYS_READ, &file);
    if (error) return error;
    error = file->ops->read(file, out, 63, 0, &done);
    out[error ? 0 : done] = 0;
    node_close(file);
    return error;
}

static const char *letter(enum sys_filetype type)
{
    return type == SYS_FILE_DIRECTORY ? "d" : type == SYS_FILE_REGULAR ? "f" : type == SYS_FILE_LINK ? "l" : "?";
}

static uint16_t run(struct fs_node *root, const struct row *row, char seen[64])
{
    struct fs_node *node;
    struct sys_stat stat;
    size_t size = 0;
    uint16_t error;
    switch (row->op) {
    case MKDIR: return fs_mkdir(root, row->path);
    case RMDIR: return fs_rmdir(root, row->path);
    case UNLINK: return fs_unlink(root, row->path);
    case SYMLINK: return fs_symlink(row->other, root, row->path);
    case LINK: return fs_link(root, row->path, row->flags, root, row->other);
    case RENAME: return fs_rename(root, row->path, root, row->other);
    case PUT: return put(root, row->path, row->other);
    case GET: return get(root, row->path, seen);
    case READLINK:
        error = fs_readlink(root, row->path, seen, 63, &size);
        seen[error ? 0 : size] = 0;
        return error;
    case STAT:
    case LSTAT:
        error = fs_stat(root, row->path, row->op == STAT, &stat);
        if (!error) strcpy(seen, letter(stat.type));
        return error;
    case OPEN:
    case OPEN_NOFOLLOW:
        error = fs_open(root, row->path, row->op == OPEN, row->flags, &node);
        if (!error) node_close(node);
        return error;
    }
    return WASI_NOSYS;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (enum backend kind = 0; kind < BACKENDS; kind++) {
        struct fixture f;
        fixture_init(&f, kind);
        for (size_t i = 0; i < count; i++) {
            char seen[64] = "";
            const uint16_t error = run(f.root, &rows[i], seen);
            if (error != rows[i].error) {
                fail_msg("%s, row %zu (%s): error %u, not %u", f.name, i, rows[i].path, error, rows[i].error);
            }
            const enum op op = rows[i].op;
            if (!error && (op == GET || op == READLINK || op == STAT || op == LSTAT) &&
                strcmp(seen, rows[i].other) != 0) {
                fail_msg("%s, row %zu (%s): \"%s\", not \"%s\"", f.name, i, rows[i].path, seen, rows[i].other);
            }
        }
        fixture_fini(&f);
    }
}

#define ROWS(...)                                     \
    static const struct row rows[] = { __VA_ARGS__ }; \
    check_rows(rows, sizeof rows / sizeof rows[0])

static void paths_lead_where_they_say(void **state)
{
    (void)state;
    char name[NAME_BYTES + 2], path[PATH_BYTES + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    memset(path, '/', sizeof path);
    path[0] = 'd';
    path[sizeof path - 1] = 0;
    const struct row rows[] = {
        { MKDIR, "d", NULL, 0, 0 },
        { MKDIR, "d/e/", NULL, 0, 0 },
        { PUT, "d/e/f", "text", 0, 0 },
        { GET, "d/./e//../e/f", "text", 0, 0 },
        { GET, "d/e/../../d/e/f", "text", 0, 0 },
        { GET, "d/e/f/", NULL, WASI_NOTDIR, 0 },
        { GET, "d/e/f/.", NULL, WASI_NOTDIR, 0 },
        { GET, "d/e/f/..", NULL, WASI_NOTDIR, 0 },
        { GET, "d/x/../e/f", NULL, WASI_NOENT, 0 },
        { GET, "", NULL, WASI_NOENT, 0 },
        { GET, "/", NULL, WASI_PERM, 0 },
        { GET, "/d/e/f", NULL, WASI_PERM, 0 },
        { GET, "..", NULL, WASI_PERM, 0 },
        { GET, "../d", NULL, WASI_PERM, 0 },
        { GET, "d/../../d/e/f", NULL, WASI_PERM, 0 },
        { GET, "d/e/../../..", NULL, WASI_PERM, 0 },
        { STAT, ".", "d", 0, 0 },
        { STAT, "./", "d", 0, 0 },
        { STAT, "d/..", "d", 0, 0 },
        { STAT, "d/e/", "d", 0, 0 },
        { STAT, "d/e/f//", NULL, WASI_NOTDIR, 0 },
        { STAT, name, NULL, WASI_NAMETOOLONG, 0 },
        { STAT, path, NULL, WASI_NAMETOOLONG, 0 },
    };
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void links_are_followed_inside(void **state)
{
    (void)state;
    ROWS({ MKDIR, "d", NULL, 0, 0 }, { MKDIR, "d/e", NULL, 0, 0 }, { PUT, "d/e/f", "text", 0, 0 },
         { SYMLINK, "d/up", "../d/e", 0, 0 }, { GET, "d/up/f", "text", 0, 0 }, { GET, "d/up/../e/f", "text", 0, 0 },
         { SYMLINK, "d/file", "e/f", 0, 0 }, { GET, "d/file", "text", 0, 0 }, { GET, "d/file/", NULL, WASI_NOTDIR, 0 },
         { STAT, "d/file", "f", 0, 0 }, { LSTAT, "d/file", "l", 0, 0 }, { LSTAT, "d/up/", "d", 0, 0 },
         { READLINK, "d/up", "../d/e", 0, 0 }, { READLINK, "d/e", NULL, WASI_INVAL, 0 },
         { READLINK, "d/up/", NULL, WASI_INVAL, 0 }, { READLINK, ".", NULL, WASI_INVAL, 0 },
         { OPEN_NOFOLLOW, "d/file", NULL, WASI_LOOP, SYS_READ },
         { OPEN_NOFOLLOW, "d/up", NULL, WASI_LOOP, SYS_READ | SYS_DIRECTORY },
         { OPEN, "d/up", NULL, 0, SYS_READ | SYS_DIRECTORY },
         { OPEN, "d/file", NULL, WASI_NOTDIR, SYS_READ | SYS_DIRECTORY }, { PUT, "d/file", "more", 0, 0 },
         { GET, "d/e/f", "more", 0, 0 }, { SYMLINK, "d/new", "e/made", 0, 0 }, { GET, "d/new", NULL, WASI_NOENT, 0 },
         { PUT, "d/new", "made", 0, 0 }, { GET, "d/e/made", "made", 0, 0 },
         { OPEN, "d/new", NULL, WASI_EXIST, SYS_WRITE | SYS_CREATE | SYS_EXCLUSIVE },
         { SYMLINK, "d/self", "self", 0, 0 }, { GET, "d/self", NULL, WASI_LOOP, 0 },
         { GET, "d/self/x", NULL, WASI_LOOP, 0 }, { STAT, "d/self", NULL, WASI_LOOP, 0 },
         { LSTAT, "d/self", "l", 0, 0 });
}

static void links_do_not_lead_outside(void **state)
{
    (void)state;
    ROWS({ MKDIR, "d", NULL, 0, 0 }, { SYMLINK, "abs", "/etc", WASI_PERM, 0 }, { SYMLINK, "none", "", WASI_NOENT, 0 },
         { SYMLINK, "d/out", "../../etc", 0, 0 }, { GET, "d/out/passwd", NULL, WASI_PERM, 0 },
         { GET, "d/out", NULL, WASI_PERM, 0 }, { STAT, "d/out", NULL, WASI_PERM, 0 },
         { STAT, "d/out/", NULL, WASI_PERM, 0 }, { PUT, "d/out/x", "x", WASI_PERM, 0 },
         { MKDIR, "d/out/x", NULL, WASI_PERM, 0 }, { RENAME, "d", "d/out/x", WASI_PERM, 0 },
         { LINK, "d/out/passwd", "x", WASI_PERM, 0 }, { LINK, "d/out", "x", WASI_PERM, true },
         { SYMLINK, "d/out/x", "y", WASI_PERM, 0 }, { UNLINK, "d/out/passwd", NULL, WASI_PERM, 0 },
         { SYMLINK, "d/root", "..", 0, 0 }, { STAT, "d/root/d", "d", 0, 0 },
         { STAT, "d/root/../d", NULL, WASI_PERM, 0 }, { UNLINK, "d/out", NULL, 0, 0 });
}

static void trailing_slashes_mean_directories(void **state)
{
    (void)state;
    ROWS({ MKDIR, "d/", NULL, 0, 0 }, { PUT, "f", "text", 0, 0 }, { MKDIR, "f/", NULL, WASI_EXIST, 0 },
         { MKDIR, "d//", NULL, WASI_EXIST, 0 }, { MKDIR, ".", NULL, WASI_EXIST, 0 },
         { MKDIR, "d/..", NULL, WASI_EXIST, 0 }, { UNLINK, "f/", NULL, WASI_NOTDIR, 0 },
         { UNLINK, "d/", NULL, WASI_ISDIR, 0 }, { UNLINK, "d", NULL, WASI_ISDIR, 0 },
         { UNLINK, "x/", NULL, WASI_NOENT, 0 }, { RMDIR, "f/", NULL, WASI_NOTDIR, 0 },
         { RMDIR, "f", NULL, WASI_NOTDIR, 0 }, { RMDIR, ".", NULL, WASI_INVAL, 0 },
         { RMDIR, "d/.", NULL, WASI_INVAL, 0 }, { RMDIR, "d/..", NULL, WASI_INVAL, 0 },
         { SYMLINK, "x/", "d", WASI_NOENT, 0 }, { SYMLINK, "d/", "d", WASI_EXIST, 0 },
         { SYMLINK, "f/", "d", WASI_NOTDIR, 0 }, { SYMLINK, "ld", "d", 0, 0 }, { RMDIR, "ld", NULL, WASI_NOTDIR, 0 },
         { RMDIR, "ld/", NULL, WASI_NOTDIR, 0 }, { UNLINK, "ld/", NULL, WASI_NOTDIR, 0 },
         { LINK, "f", "x/", WASI_NOENT, 0 }, { LINK, "f/", "x", WASI_NOTDIR, 0 }, { LINK, "d", "x", WASI_PERM, 0 },
         { LINK, "f", "d/", WASI_EXIST, 0 }, { RENAME, "f/", "x", WASI_NOTDIR, 0 },
         { RENAME, "f", "x/", WASI_NOTDIR, 0 }, { RENAME, "d/", "x/", 0, 0 }, { RENAME, "x", "d/", 0, 0 },
         { RENAME, "d/.", "x", WASI_BUSY, 0 }, { RENAME, "d", "f/..", WASI_NOTDIR, 0 },
         { RENAME, ".", "x", WASI_BUSY, 0 }, { OPEN, "f/", NULL, WASI_NOTDIR, SYS_READ },
         { OPEN, "d/", NULL, 0, SYS_READ }, { OPEN, "x/", NULL, WASI_ISDIR, SYS_WRITE | SYS_CREATE },
         { OPEN, "d/", NULL, WASI_ISDIR, SYS_WRITE | SYS_CREATE },
         { OPEN, "f/", NULL, WASI_NOTDIR, SYS_WRITE | SYS_CREATE },
         { OPEN, "d/", NULL, WASI_EXIST, SYS_WRITE | SYS_CREATE | SYS_EXCLUSIVE },
         { OPEN, "d", NULL, WASI_ISDIR, SYS_WRITE }, { OPEN, "d", NULL, WASI_ISDIR, SYS_READ | SYS_CREATE },
         { OPEN, "x", NULL, WASI_INVAL, SYS_CREATE | SYS_DIRECTORY }, { STAT, "x", NULL, WASI_NOENT, 0 });
}

static void names_are_moved_and_shared(void **state)
{
    (void)state;
    ROWS({ MKDIR, "a", NULL, 0, 0 }, { MKDIR, "b", NULL, 0, 0 }, { PUT, "a/f", "one", 0, 0 },
         { PUT, "b/g", "two", 0, 0 }, { RENAME, "a/f", "b/g", 0, 0 }, { GET, "b/g", "one", 0, 0 },
         { GET, "a/f", NULL, WASI_NOENT, 0 }, { RENAME, "a/f", "b/g", WASI_NOENT, 0 }, { RENAME, "b/g", "b/g", 0, 0 },
         { LINK, "b/g", "a/h", 0, 0 }, { PUT, "a/h", "both", 0, 0 }, { GET, "b/g", "both", 0, 0 },
         { RENAME, "a/h", "b/g", 0, 0 }, { GET, "a/h", "both", 0, 0 }, { LINK, "b/g", "a/h", WASI_EXIST, 0 },
         { LINK, "x", "y", WASI_NOENT, 0 }, { RENAME, "a", "b", WASI_NOTEMPTY, 0 },
         { RENAME, "a", "a/b", WASI_INVAL, 0 }, { RENAME, "a", "b/g", WASI_NOTDIR, 0 },
         { RENAME, "b/g", "a", WASI_ISDIR, 0 }, { UNLINK, "b/g", NULL, 0, 0 }, { GET, "a/h", "both", 0, 0 },
         { RENAME, "a", "b", 0, 0 }, { GET, "b/h", "both", 0, 0 }, { STAT, "a", NULL, WASI_NOENT, 0 },
         { RMDIR, "b", NULL, WASI_NOTEMPTY, 0 }, { UNLINK, "b/h", NULL, 0, 0 }, { UNLINK, "b/h", NULL, WASI_NOENT, 0 },
         { RMDIR, "b", NULL, 0, 0 }, { RMDIR, "b", NULL, WASI_NOENT, 0 }, { SYMLINK, "l", "nowhere", 0, 0 },
         { LINK, "l", "m", 0, false }, { READLINK, "m", "nowhere", 0, 0 }, { LINK, "l", "n", WASI_NOENT, true },
         { RENAME, "l", "k", 0, 0 }, { LSTAT, "k", "l", 0, 0 }, { MKDIR, "b", NULL, 0, 0 },
         { PUT, "b/new", "again", 0, 0 }, { GET, "b/h", NULL, WASI_NOENT, 0 });
}

static struct fs_node *open_file(struct fixture *f, const char *path, uint32_t flags)
{
    struct fs_node *file;
    const uint16_t error = fs_open(f->root, path, true, flags, &file);
    if (error) fail_msg("%s: %s: error %u", f->name, path, error);
    return file;
}

static size_t write_text(struct fs_node *file, const char *text, uint64_t at, bool append)
{
    const struct sys_slice slices[] = { { (const uint8_t *)text, 1 }, { (const uint8_t *)text + 1, strlen(text) - 1 } };
    size_t done = 0;
    assert_int_equal(file->ops->write(file, slices, 2, at, append, &done), 0);
    return done;
}

static void expect_bytes(struct fixture *f, struct fs_node *file, const char *bytes, size_t size)
{
    char seen[64];
    size_t done = 0;
    struct sys_stat stat;
    assert_int_equal(file->ops->read(file, seen, sizeof seen, 0, &done), 0);
    if (done != size || memcmp(seen, bytes, size) != 0)
        fail_msg("%s: %zu bytes \"%.*s\"", f->name, done, (int)done, seen);
    assert_int_equal(file->ops->stat(file, &stat), 0);
    assert_int_equal(stat.size, size);
}

static void files_hold_what_is_written(void **state)
{
    (void)state;
    for (enum backend kind = 0; kind < BACKENDS; kind++) {
        struct fixture f;
        size_t done = 0;
        fixture_init(&f, kind);
        struct fs_node *file = open_file(&f, "f", SYS_READ | SYS_WRITE | SYS_CREATE);
        assert_true(file->seekable);
        assert_int_equal(write_text(file, "hello", 0, false), 5);
        assert_int_equal(write_text(file, "p!", 3, false), 2);
        expect_bytes(&f, file, "help!", 5);
        assert_int_equal(write_text(file, "xy", 7, false), 2);
        expect_bytes(&f, file, "help!\0\0xy", 9);
        assert_int_equal(file->ops->truncate(file, 2), 0);
        assert_int_equal(file->ops->truncate(file, 4), 0);
        expect_bytes(&f, file, "he\0\0", 4);
        assert_int_equal(file->ops->set_append(file, true), 0);
        assert_int_equal(write_text(file, "end", 0, true), 3);
        expect_bytes(&f, file, "he\0\0end", 7);
        assert_int_equal(file->ops->set_append(file, false), 0);
        assert_int_equal(file->ops->allocate(file, 0, 3), 0);
        assert_int_equal(file->ops->allocate(file, 8, 2), 0);
        expect_bytes(&f, file, "he\0\0end\0\0\0", 10);
        assert_int_equal(file->ops->allocate(file, UINT64_MAX, 2), WASI_FBIG);
        assert_int_equal(file->ops->allocate(file, 0, 0), WASI_INVAL);
        assert_int_not_equal(file->ops->truncate(file, UINT64_MAX), 0);
        assert_int_equal(file->ops->read(file, &done, 1, 100, &done), 0);
        assert_int_equal(done, 0);
        assert_int_equal(file->ops->advise(file, 0, 10, SYS_SEQUENTIAL), 0);
        assert_int_equal(file->ops->sync(file, true), 0);

        // A file lives while it is open, and a new one under its name is another.
        assert_int_equal(fs_unlink(f.root, "f"), 0);
        assert_int_equal(put(f.root, "f", "other"), 0);
        expect_bytes(&f, file, "he\0\0end\0\0\0", 10);
        node_close(file);

        struct sys_stat a, b;
        const struct sys_time old = { SYS_TIME_AT, 123456789012345678 }, omit = { SYS_TIME_OMIT, 0 };
        assert_int_equal(fs_stat(f.root, "f", true, &a), 0);
        assert_int_equal(fs_set_times(f.root, "f", true, omit, old), 0);
        assert_int_equal(fs_stat(f.root, "f", true, &b), 0);
        assert_int_equal(b.mtim, old.ns);
        assert_int_equal(b.atim, a.atim);
        assert_int_equal(b.ino, a.ino);
        assert_int_equal(b.nlink, 1);
        assert_int_equal(fs_set_times(f.root, ".", true, old, old), 0);
        assert_int_equal(fs_mkdir(f.root, "sub"), 0);
        assert_int_equal(fs_set_times(f.root, "sub/.", true, old, old), 0);
        assert_int_equal(fs_stat(f.root, "sub", true, &b), 0);
        assert_int_equal(b.mtim, old.ns);
        fixture_fini(&f);
    }
}

// -- listing --

struct listed {
    char names[128][32];
    uint64_t next[128];
    size_t count, most;
};

static bool take(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    struct listed *l = ctx;
    assert_int_not_equal(ino, 0);
    assert_int_not_equal(type, SYS_FILE_UNKNOWN);
    snprintf(l->names[l->count], 32, "%s", name);
    l->next[l->count] = next;
    return ++l->count < l->most;
}

static bool has(const struct listed *l, const char *name)
{
    size_t times = 0;
    for (size_t i = 0; i < l->count; i++) times += strcmp(l->names[i], name) == 0;
    assert_true(times <= 1);
    return times == 1;
}

static void listings_go_on_while_names_change(void **state)
{
    (void)state;
    for (enum backend kind = 0; kind < BACKENDS; kind++) {
        struct fixture f;
        char name[32];
        fixture_init(&f, kind);
        for (int i = 0; i < 60; i++) {
            snprintf(name, sizeof name, "f%d", i);
            assert_int_equal(put(f.root, name, ""), 0);
        }
        // Three at a time; before each, one that was listed is removed and another one is made.
        struct listed all = { .count = 0 };
        uint64_t cookie = 0;
        for (int round = 0;; round++) {
            struct listed some = { .most = 3 };
            assert_int_equal(f.root->ops->list(f.root, cookie, take, &some), 0);
            if (some.count == 0) break;
            cookie = some.next[some.count - 1];
            for (size_t i = 0; i < some.count; i++) {
                if (some.names[i][0] != 'n') strcpy(all.names[all.count++], some.names[i]);
            }
            if (round < 15) {
                if (some.names[0][0] == 'f') assert_int_equal(fs_unlink(f.root, some.names[0]), 0);
                snprintf(name, sizeof name, "n%d", round);
                assert_int_equal(put(f.root, name, ""), 0);
            }
        }
        assert_true(has(&all, "."));
        assert_true(has(&all, ".."));
        for (int i = 0; i < 60; i++) {
            snprintf(name, sizeof name, "f%d", i);
            if (!has(&all, name)) fail_msg("%s: %s was not listed", f.name, name);
        }
        struct listed none = { .most = 100 };
        const uint16_t error = f.root->ops->list(f.root, UINT64_MAX, take, &none); // no cookie of ours
        assert_true(error == 0 || error == WASI_INVAL);
        assert_int_equal(none.count, 0);
        fixture_fini(&f);
    }
}

static void removed_directories_are_empty_for_ever(void **state)
{
    (void)state;
    for (enum backend kind = 0; kind < BACKENDS; kind++) {
        struct fixture f;
        struct fs_node *dir, *inner;
        fixture_init(&f, kind);
        assert_int_equal(fs_mkdir(f.root, "d"), 0);
        assert_int_equal(fs_mkdir(f.root, "d/e"), 0);
        dir = open_file(&f, "d", SYS_READ | SYS_DIRECTORY);
        inner = open_file(&f, "d/e", SYS_READ | SYS_DIRECTORY);
        assert_int_equal(fs_rmdir(f.root, "d/e"), 0);
        assert_int_equal(fs_rmdir(f.root, "d"), 0);
        node_close(dir);
        assert_int_equal(put(inner, "f", "x"), WASI_NOENT);
        assert_int_equal(fs_mkdir(inner, "f"), WASI_NOENT);
        struct listed l = { .most = 100 };
        assert_int_equal(inner->ops->list(inner, 0, take, &l), 0);
        assert_true(l.count == 0 || l.count == 2); // Linux lists nothing, memory lists "." and ".."
        node_close(inner);
        fixture_fini(&f);
    }
}

// -- of the trees in memory --

static void the_quota_holds(void **state)
{
    (void)state;
    hf_status status = { 0 };
    hf_fs *fs = hf_fs_memory(false, 64 << 10, &status);
    struct tree *tree = (struct tree *)fs;
    struct fs_node *root, *file;
    size_t done = 0;
    char block[1024] = { 1 };
    const struct sys_slice slice = { (const uint8_t *)block, sizeof block };
    assert_int_equal(fs->ops->root(fs, &root), 0);
    const uint64_t before = tree->used;

    assert_int_equal(fs_open(root, "f", true, SYS_WRITE | SYS_CREATE, &file), 0);
    uint64_t at = 0;
    uint16_t error;
    while ((error = file->ops->write(file, &slice, 1, at, false, &done)) == 0) at += done;
    assert_int_equal(error, WASI_NOSPC);
    assert_true(at >= (32 << 10) && at <= (64 << 10));
    assert_int_equal(file->ops->write(file, &slice, 1, UINT64_C(1) << 40, false, &done), WASI_NOSPC);
    assert_int_equal(file->ops->write(file, &slice, 1, UINT64_MAX, false, &done), WASI_FBIG);
    assert_int_equal(file->ops->truncate(file, 1), 0);
    node_close(file);
    assert_int_equal(fs_unlink(root, "f"), 0);

    char name[32];
    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "dir%d", i);
        error = fs_mkdir(root, name);
        if (error) break;
    }
    assert_int_equal(error, WASI_NOSPC);
    for (int i = 0; fs_rmdir(root, (snprintf(name, sizeof name, "dir%d", i), name)) == 0; i++) {}
    struct listed l = { .most = 100 };
    assert_int_equal(root->ops->list(root, 0, take, &l), 0);
    assert_int_equal(l.count, 2);
    assert_true(tree->used - before < 16 << 10); // the root's own arrays stay
    node_close(root);
    hf_fs_free(fs);
}

static void deterministic_trees_are_equal(void **state)
{
    (void)state;
    struct sys_stat stats[2];
    for (int i = 0; i < 2; i++) {
        hf_status status = { 0 };
        hf_fs *fs = hf_fs_memory(true, 0, &status);
        assert_int_equal(hf_fs_put(fs, "/a/b/c", "text", 4, &status), HF_OK);
        assert_int_equal(hf_fs_put(fs, "a/d", "more", 4, &status), HF_OK);
        struct fs_node *root;
        assert_int_equal(fs->ops->root(fs, &root), 0);
        assert_int_equal(fs_stat(root, "a/b/c", true, &stats[i]), 0);
        node_close(root);
        hf_fs_free(fs);
    }
    assert_memory_equal(&stats[0], &stats[1], sizeof stats[0]);
}

static void overlays_hide_and_copy(void **state)
{
    (void)state;
    for (int on_host = 0; on_host < 2; on_host++) {
        hf_status status = { 0 };
        char scratch[64] = "", seen[64];
        size_t size = 0;
        if (on_host) scratch_new(scratch);
        hf_fs *lower = on_host ? hf_fs_host(scratch, &status) : hf_fs_memory(false, 0, &status);
        assert_non_null(lower);
        static const char *const files[] = { "d/f", "d/g", "d/e/h", "k" };
        for (int i = 0; i < 4; i++)
            assert_int_equal(hf_fs_put(lower, files[i], files[i], strlen(files[i]), &status), HF_OK);
        struct fs_node *below, *root, *file;
        assert_int_equal(lower->ops->root(lower, &below), 0);
        assert_int_equal(fs_symlink("d/e", below, "l"), 0);

        hf_fs *fs = hf_fs_overlay(lower, 1 << 20, &status);
        assert_non_null(fs);
        assert_int_equal(fs->ops->root(fs, &root), 0);
        assert_int_equal(get(root, "d/f", seen), 0);
        assert_string_equal(seen, "d/f");
        assert_int_equal(get(root, "l/h", seen), 0);
        assert_string_equal(seen, "d/e/h");

        assert_int_equal(fs_open(root, "d/g", true, SYS_READ | SYS_WRITE, &file), 0);
        assert_int_equal(write_text(file, "XY", 1, false), 2);
        node_close(file);
        assert_int_equal(get(root, "d/g", seen), 0);
        assert_string_equal(seen, "dXY");
        assert_int_equal(get(below, "d/g", seen), 0);
        assert_string_equal(seen, "d/g");

        assert_int_equal(fs_unlink(root, "d/f"), 0);
        assert_int_equal(get(root, "d/f", seen), WASI_NOENT);
        assert_int_equal(get(below, "d/f", seen), 0);
        assert_int_equal(fs_rmdir(root, "d"), WASI_NOTEMPTY);
        assert_int_equal(fs_rename(root, "d", root, "moved"), 0);
        assert_int_equal(get(root, "moved/e/h", seen), 0);
        assert_int_equal(get(root, "moved/f", seen), WASI_NOENT);
        assert_int_equal(get(root, "d/g", seen), WASI_NOENT);
        assert_int_equal(fs_mkdir(root, "d"), 0);
        struct listed l = { .most = 100 };
        assert_int_equal(fs_open(root, "d", true, SYS_READ, &file), 0);
        assert_int_equal(file->ops->list(file, 0, take, &l), 0);
        node_close(file);
        assert_int_equal(l.count, 2); // a new one, not the one below

        l.count = 0;
        assert_int_equal(root->ops->list(root, 0, take, &l), 0);
        assert_int_equal(l.count, 6);
        assert_true(has(&l, "k") && has(&l, "l") && has(&l, "d") && has(&l, "moved"));
        assert_int_equal(fs_unlink(root, "k"), 0);
        assert_int_equal(put(root, "k", "new"), 0);
        assert_int_equal(hf_fs_get(fs, "k", seen, sizeof seen, &size, &status), HF_OK);
        assert_int_equal(size, 3);
        assert_int_equal(get(below, "k", seen), 0);
        assert_string_equal(seen, "k");

        node_close(root);
        node_close(below);
        hf_fs_free(fs);
        if (on_host) scratch_free(scratch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_where_they_say),
        cmocka_unit_test(links_are_followed_inside),
        cmocka_unit_test(links_do_not_lead_outside),
        cmocka_unit_test(trailing_slashes_mean_directories),
        cmocka_unit_test(names_are_moved_and_shared),
        cmocka_unit_test(files_hold_what_is_written),
        cmocka_unit_test(listings_go_on_while_names_change),
        cmocka_unit_test(removed_directories_are_empty_for_ever),
        cmocka_unit_test(the_quota_holds),
        cmocka_unit_test(deterministic_trees_are_equal),
        cmocka_unit_test(overlays_hide_and_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
