// Somebody exchanges a directory for a link that leads outside, again and again, while paths through it are opened. What is
// outside must never be reached, by either resolver.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/thread.h"
#include "wasi/fs.h"

enum { TRIES = 50000 }; // HOLDFAST_ESCAPE_TRIES says another number

struct scene {
    char name[64];
    int above, root, outside; // outside and root are both in the scratch directory, which is in `above`
    int scratch;
    atomic_bool stop;
    atomic_ulong flips;
};

static void make(int dir, const char *name, const char *text)
{
    int fd;
    size_t done;
    const struct sys_slice slice = { (const uint8_t *)text, strlen(text) };
    assert_int_equal(sys_open_at(dir, name, SYS_WRITE | SYS_CREATE, &fd), 0);
    assert_int_equal(sys_pwrite(fd, &slice, 1, 0, false, &done), 0);
    sys_close(fd);
}

static int make_dir(int dir, const char *name)
{
    int fd;
    assert_int_equal(sys_mkdir_at(dir, name), 0);
    assert_int_equal(sys_open_at(dir, name, SYS_READ | SYS_DIRECTORY, &fd), 0);
    return fd;
}

// scratch/{outside/{file,sub/file}, root/{dir/{file,sub/file}, evil -> ../outside}}
static void scene_init(struct scene *s)
{
    uint64_t random;
    assert_int_equal(sys_random(&random, sizeof random), 0);
    snprintf(s->name, sizeof s->name, "holdfast-escape-%016llx", (unsigned long long)random);
    assert_int_equal(sys_open_root("/tmp", &s->above), 0);
    s->scratch = make_dir(s->above, s->name);
    s->outside = make_dir(s->scratch, "outside");
    s->root = make_dir(s->scratch, "root");
    const int dir = make_dir(s->root, "dir");
    make(s->outside, "file", "outside");
    make(dir, "file", "inside");
    for (int i = 0; i < 2; i++) {
        const int sub = make_dir(i ? dir : s->outside, "sub");
        make(sub, "file", i ? "inside" : "outside");
        sys_close(sub);
    }
    sys_close(dir);
    assert_int_equal(sys_symlink_at("../outside", s->root, "evil"), 0);
    atomic_init(&s->stop, false);
    atomic_init(&s->flips, 0);
}

static void scene_fini(struct scene *s)
{
    const char *const inside[] = { "dir", "outside" };
    for (int i = 0; i < 2; i++) {
        int dir, sub;
        assert_int_equal(sys_open_at(i ? s->scratch : s->root, inside[i], SYS_READ | SYS_DIRECTORY, &dir), 0);
        assert_int_equal(sys_open_at(dir, "sub", SYS_READ | SYS_DIRECTORY, &sub), 0);
        assert_int_equal(sys_unlink_at(sub, "file"), 0);
        (void)sys_unlink_at(dir, "made");
        (void)sys_unlink_at(sub, "made");
        assert_int_equal(sys_unlink_at(dir, "file"), 0);
        assert_int_equal(sys_rmdir_at(dir, "sub"), 0);
        assert_int_equal(sys_rmdir_at(i ? s->scratch : s->root, inside[i]), 0);
        sys_close(sub);
        sys_close(dir);
    }
    assert_int_equal(sys_unlink_at(s->root, "evil"), 0);
    assert_int_equal(sys_rmdir_at(s->scratch, "root"), 0);
    assert_int_equal(sys_rmdir_at(s->above, s->name), 0);
    sys_close(s->root);
    sys_close(s->outside);
    sys_close(s->scratch);
    sys_close(s->above);
}

static void *flip(void *arg)
{
    struct scene *s = arg;
    while (!atomic_load(&s->stop)) {
        (void)sys_rename_at(s->root, "dir", s->root, "kept");
        (void)sys_rename_at(s->root, "evil", s->root, "dir");
        (void)sys_rename_at(s->root, "dir", s->root, "evil");
        (void)sys_rename_at(s->root, "kept", s->root, "dir");
        atomic_fetch_add(&s->flips, 1);
    }
    return NULL;
}

// What one try did: the path led inside, was refused, or there was nothing.
struct outcome {
    unsigned long inside, refused, missing;
};

static void count(struct outcome *outcome, uint16_t error)
{
    if (!error)
        outcome->inside++;
    else if (error == WASI_PERM || error == WASI_LOOP)
        outcome->refused++;
    else
        outcome->missing++;
}

static void try_read(struct fs_node *root, const char *path, struct outcome *outcome)
{
    struct fs_node *file;
    char text[16] = "";
    size_t done = 0;
    const uint16_t error = fs_open(root, path, true, SYS_READ, &file);
    count(outcome, error);
    if (error) return;
    assert_int_equal(file->ops->read(file, text, sizeof text - 1, 0, &done), 0);
    node_close(file);
    if (strcmp(text, "inside") != 0) fail_msg("%s led outside", path);
}

static void try_change(struct fs_node *root, int round, struct outcome *outcome)
{
    struct fs_node *file;
    uint16_t error = 0;
    switch (round % 4) {
    case 0:
        error = fs_open(root, "dir/made", true, SYS_WRITE | SYS_CREATE, &file);
        if (!error) node_close(file);
        break;
    case 1: error = fs_rename(root, "dir/made", root, "dir/sub/made"); break;
    case 2: error = fs_link(root, "dir/sub/made", true, root, "dir/made"); break;
    case 3:
        error = fs_unlink(root, "dir/sub/made");
        (void)fs_unlink(root, "dir/made");
        break;
    default: break;
    }
    count(outcome, error);
}

static void no_escape(bool by_component)
{
    struct scene s;
    hf_status status = { 0 };
    struct outcome outcome = { 0 };
    struct sys_stat stat;
    char path[128];
    struct thread flipper;
    const char *tries_text = getenv("HOLDFAST_ESCAPE_TRIES");
    const long tries = tries_text ? strtol(tries_text, NULL, 10) : TRIES;
    static const char *const paths[] = { "dir/file",        "dir/sub/file",     "dir/sub/../file",
                                         "dir/../dir/file", "./dir/./sub/file", "dir/sub/../../dir/file",
                                         "evil/file" };

    scene_init(&s);
    snprintf(path, sizeof path, "/tmp/%s/root", s.name);
    hf_fs *fs = hf_fs_host(path, &status);
    if (!fs) fail_msg("%s", status.message);
    if (by_component) fs_host_walk_by_component(fs);
    struct fs_node *root;
    assert_int_equal(fs->ops->root(fs, &root), 0);
    assert_true(thread_start(&flipper, flip, &s));
    for (long i = 0; i < tries; i++) {
        try_read(root, paths[(size_t)i % (sizeof paths / sizeof paths[0])], &outcome);
        if (i % 8 == 0) try_change(root, (int)(i / 8), &outcome);
    }
    atomic_store(&s.stop, true);
    thread_join(&flipper);
    assert_int_equal(sys_stat_at(s.outside, "made", &stat), 2 /* ENOENT */);
    // The race was run: each way was taken, and the flipper was at work meanwhile.
    print_message("%ld tries: %lu inside, %lu refused, %lu missing; %lu flips\n", tries, outcome.inside,
                  outcome.refused, outcome.missing, (unsigned long)atomic_load(&s.flips));
    assert_true(outcome.inside > 0 && outcome.refused > 0 && outcome.missing > 0 && atomic_load(&s.flips) > 0);
    node_close(root);
    hf_fs_free(fs);
    scene_fini(&s);
}

// The scene does what it is for: who follows paths as the system does, is led outside.
static void the_trap_is_a_trap(void **state)
{
    (void)state;
    struct scene s;
    struct sys_stat here, outside;
    char path[128];
    struct thread flipper;
    bool led_outside = false;
    scene_init(&s);
    snprintf(path, sizeof path, "/tmp/%s/root/dir/sub", s.name);
    assert_int_equal(sys_stat_at(s.outside, "sub", &outside), 0);
    assert_true(thread_start(&flipper, flip, &s));
    for (long i = 0; i < 1000000 && !led_outside; i++) {
        int fd;
        if (sys_open_root(path, &fd) != 0) continue;
        assert_int_equal(sys_stat_fd(fd, &here), 0);
        led_outside = here.ino == outside.ino;
        sys_close(fd);
    }
    atomic_store(&s.stop, true);
    thread_join(&flipper);
    scene_fini(&s);
    assert_true(led_outside);
}

static void openat2_keeps_inside(void **state)
{
    (void)state;
    no_escape(false);
}

static void walking_keeps_inside(void **state)
{
    (void)state;
    no_escape(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trap_is_a_trap),
        cmocka_unit_test(openat2_keeps_inside),
        cmocka_unit_test(walking_keeps_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
