// wasi:io, wasi:clocks, wasi:random and wasi:cli, each function with values at its bounds.
#include "wasi/p2/fake_test.h"

// What only this test asks of the system.
int pipe(int fds[2]);
long write(int fd, const void *data, size_t size);
long read(int fd, void *data, size_t size);
int close(int fd);
int posix_openpt(int flags);
int grantpt(int fd);
int unlockpt(int fd);

static hf_resource stdin_of(void)
{
    hf_resource handle;
    p2_do("wasi:cli/stdin", "get-stdin", NULL, &handle);
    return handle;
}

static hf_resource stdout_of(void)
{
    hf_resource handle;
    p2_do("wasi:cli/stdout", "get-stdout", NULL, &handle);
    return handle;
}

#define STREAMS "wasi:io/streams"
#define IN(name) "[method]input-stream." name
#define OUT(name) "[method]output-stream." name

static p2_read_result read_of(const char *name, hf_resource in, uint64_t len)
{
    p2_read_result result;
    memset(&result, 0xaa, sizeof result);
    if (try_u64(STREAMS, name, in, len, &result) != HF_OK) fail_msg("%s: %s", name, p2_last.trap);
    return result;
}

static p2_count_result count_of(const char *name, hf_resource stream, uint64_t len)
{
    p2_count_result result;
    memset(&result, 0xaa, sizeof result);
    if (try_u64(STREAMS, name, stream, len, &result) != HF_OK) fail_msg("%s: %s", name, p2_last.trap);
    return result;
}

static p2_stream_result bytes_to(const char *name, hf_resource out, const void *data, size_t size)
{
    p2_stream_result result;
    memset(&result, 0xaa, sizeof result);
    if (try_bytes(STREAMS, name, out, data, size, &result) != HF_OK) fail_msg("%s: %s", name, p2_last.trap);
    return result;
}

static hf_resource subscribe(const char *name, hf_resource to)
{
    hf_resource pollable;
    assert_int_equal(try_self(STREAMS, name, to, &pollable), HF_OK);
    return pollable;
}

static bool ready(hf_resource pollable)
{
    bool result = false;
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.ready", pollable, &result), HF_OK);
    return result;
}

// A standard stream of the context by a descriptor that the test opened.
static void put_node(hf_wasi *wasi, uint32_t fd, int host)
{
    struct fs_node *node;
    assert_int_equal(stream_inherit(host, &node), 0);
    node_close(wasi->descs[fd].node);
    wasi->descs[fd].node = node;
}

static void reading_bytes(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    assert_int_equal(hf_wasi_stdin_bytes(wasi, "0123456789", 10, NULL), HF_OK);
    const hf_resource in = stdin_of();

    p2_read_result r = read_of(IN("read"), in, 0);
    assert_false(r.err);
    assert_int_equal(r.as.ok.size, 0);
    r = read_of(IN("read"), in, 3);
    assert_false(r.err);
    assert_int_equal(r.as.ok.size, 3);
    assert_memory_equal(r.as.ok.data, "012", 3);
    assert_int_equal(count_of(IN("skip"), in, 2).as.ok, 2);
    assert_int_equal(count_of(IN("blocking-skip"), in, 0).as.ok, 0);
    assert_int_equal(count_of(IN("blocking-skip"), in, 1).as.ok, 1);
    r = read_of(IN("blocking-read"), in, UINT64_MAX);
    assert_memory_equal(r.as.ok.data, "6789", 4);
    assert_int_equal(r.as.ok.size, 4);
    // The end, which stays.
    for (int i = 0; i < 2; i++) {
        r = read_of(IN("read"), in, UINT64_MAX);
        assert_true(r.err);
        assert_int_equal(r.as.error.tag, STREAM_CLOSED);
        r = read_of(IN("read"), in, 0);
        assert_true(r.err);
        r = read_of(IN("blocking-read"), in, 1);
        assert_true(r.err);
        assert_true(count_of(IN("skip"), in, 1).err);
        assert_true(count_of(IN("blocking-skip"), in, UINT64_MAX).err);
    }
    const hf_resource p = subscribe(IN("subscribe"), in);
    assert_true(ready(p));
    p2_drop(STREAMS, "input-stream", in);
    assert_true(ready(p)); // outlives its stream
    p2_drop("wasi:io/poll", "pollable", p);
    assert_int_equal(fake_store.charged, 0);
    p2_close();
}

static int pipe_fds[2];

static void feed(unsigned wait)
{
    (void)wait;
    assert_int_equal(write(pipe_fds[1], "xyz", 3), 3);
}

static void hang_up(unsigned wait)
{
    (void)wait;
    close(pipe_fds[1]);
}

static void reading_a_pipe(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    assert_int_equal(pipe(pipe_fds), 0);
    put_node(wasi, 0, pipe_fds[0]);
    const hf_resource in = stdin_of();
    const hf_resource p = subscribe(IN("subscribe"), in);

    p2_read_result r = read_of(IN("read"), in, 9);
    assert_false(r.err);
    assert_int_equal(r.as.ok.size, 0);
    assert_false(ready(p));
    fake_while_waiting = feed;
    r = read_of(IN("blocking-read"), in, 2);
    assert_int_equal(fake_waits, 1);
    assert_memory_equal(r.as.ok.data, "xy", 2);
    assert_true(ready(p));
    assert_int_equal(count_of(IN("blocking-skip"), in, UINT64_MAX).as.ok, 1);
    assert_int_equal(fake_waits, 0);
    assert_int_equal(count_of(IN("blocking-skip"), in, UINT64_MAX).as.ok, 3);
    assert_int_equal(fake_waits, 1);
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.block", p, NULL), HF_OK);
    assert_int_equal(fake_waits, 1);
    assert_int_equal(count_of(IN("skip"), in, 9).as.ok, 3);
    fake_while_waiting = hang_up;
    r = read_of(IN("blocking-read"), in, 1);
    assert_true(r.err);
    assert_int_equal(r.as.error.tag, STREAM_CLOSED);
    fake_while_waiting = NULL;
    p2_close();
    close(pipe_fds[0]);
}

static char sunk[200000];
static size_t sunk_size;
static uint16_t sink_error;

static uint16_t sink(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    if (sink_error) return sink_error;
    assert_true(size <= sizeof sunk - sunk_size);
    memcpy(sunk + sunk_size, data, size);
    sunk_size += size;
    return 0;
}

static void writing(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    static uint8_t many[65537];
    memset(many, 'm', sizeof many);
    sunk_size = 0;
    sink_error = 0;
    assert_int_equal(hf_wasi_stdout(wasi, 1, sink, NULL, NULL), HF_OK);
    const hf_resource out = stdout_of();
    p2_stream_result w;
    p2_count_result c;

    // No write without a permit, of any size.
    assert_int_equal(try_bytes(STREAMS, OUT("write"), out, "a", 1, &w), HF_TRAPPED);
    assert_int_equal(try_u64(STREAMS, OUT("write-zeroes"), out, 1, &w), HF_TRAPPED);
    assert_false(bytes_to(OUT("write"), out, NULL, 0).err);
    assert_false(count_of(OUT("write-zeroes"), out, 0).err);

    assert_int_equal(try_self(STREAMS, OUT("check-write"), out, &c), HF_OK);
    assert_false(c.err);
    assert_int_equal(c.as.ok, 65536);
    assert_int_equal(try_bytes(STREAMS, OUT("write"), out, many, 65537, &w), HF_TRAPPED);
    assert_int_equal(try_u64(STREAMS, OUT("write-zeroes"), out, UINT64_MAX, &w), HF_TRAPPED);
    assert_false(bytes_to(OUT("write"), out, "hello", 5).err);
    assert_int_equal(try_bytes(STREAMS, OUT("write"), out, many, 65532, &w), HF_TRAPPED);
    assert_false(bytes_to(OUT("write"), out, many, 65531).err);
    assert_int_equal(sunk_size, 65536);
    assert_memory_equal(sunk, "hellom", 6);

    sunk_size = 0;
    assert_int_equal(try_self(STREAMS, OUT("check-write"), out, &c), HF_OK);
    assert_int_equal(try_u64(STREAMS, OUT("write-zeroes"), out, 65536, &w), HF_OK);
    assert_int_equal(sunk_size, 65536);
    assert_int_equal(sunk[65535], 0);

    sunk_size = 0;
    assert_false(bytes_to(OUT("blocking-write-and-flush"), out, NULL, 0).err);
    assert_false(bytes_to(OUT("blocking-write-and-flush"), out, many, 4096).err);
    assert_int_equal(try_bytes(STREAMS, OUT("blocking-write-and-flush"), out, many, 4097, &w), HF_TRAPPED);
    assert_int_equal(try_u64(STREAMS, OUT("blocking-write-zeroes-and-flush"), out, 0, &w), HF_OK);
    assert_int_equal(try_u64(STREAMS, OUT("blocking-write-zeroes-and-flush"), out, 4096, &w), HF_OK);
    assert_int_equal(try_u64(STREAMS, OUT("blocking-write-zeroes-and-flush"), out, 4097, &w), HF_TRAPPED);
    assert_int_equal(try_u64(STREAMS, OUT("blocking-write-zeroes-and-flush"), out, UINT64_MAX, &w), HF_TRAPPED);
    assert_int_equal(sunk_size, 8192);
    assert_int_equal(try_self(STREAMS, OUT("flush"), out, &w), HF_OK);
    assert_false(w.err);
    assert_int_equal(try_self(STREAMS, OUT("blocking-flush"), out, &w), HF_OK);
    assert_false(w.err);
    // A flush takes the permit back.
    assert_int_equal(try_self(STREAMS, OUT("check-write"), out, &c), HF_OK);
    assert_int_equal(try_self(STREAMS, OUT("flush"), out, &w), HF_OK);
    assert_int_equal(try_bytes(STREAMS, OUT("write"), out, "a", 1, &w), HF_TRAPPED);
    assert_true(ready(subscribe(OUT("subscribe"), out)));

    // It fails: said once, with the reason; then it is closed.
    sink_error = WASI_NOSPC;
    w = bytes_to(OUT("blocking-write-and-flush"), out, "x", 1);
    assert_true(w.err);
    assert_int_equal(w.as.error.tag, STREAM_LAST_OPERATION_FAILED);
    hf_str text;
    assert_int_equal(
        try_self("wasi:io/error", "[method]error.to-debug-string", w.as.error.as.last_operation_failed, &text), HF_OK);
    assert_true(str_is(text, "insufficient-space"));
    struct {
        bool some;
        uint8_t value;
    } code;
    assert_int_equal(
        try_self("wasi:filesystem/types", "filesystem-error-code", w.as.error.as.last_operation_failed, &code), HF_OK);
    assert_false(code.some); // not of a file
    assert_int_equal(try_self("wasi:sockets/network", "network-error-code", w.as.error.as.last_operation_failed, &code),
                     HF_OK);
    assert_false(code.some);
    p2_drop("wasi:io/error", "error", w.as.error.as.last_operation_failed);
    w = bytes_to(OUT("blocking-write-and-flush"), out, "x", 1);
    assert_true(w.err);
    assert_int_equal(w.as.error.tag, STREAM_CLOSED);
    assert_int_equal(try_self(STREAMS, OUT("check-write"), out, &c), HF_OK);
    assert_true(c.err);
    assert_int_equal(c.as.error.tag, STREAM_CLOSED);
    assert_int_equal(try_self(STREAMS, OUT("flush"), out, &w), HF_OK);
    assert_true(w.err);
    assert_int_equal(try_self(STREAMS, OUT("blocking-flush"), out, &w), HF_OK);
    assert_true(w.err);
    p2_drop(STREAMS, "output-stream", out);

    hf_resource err;
    p2_do("wasi:cli/stderr", "get-stderr", NULL, &err);
    assert_false(bytes_to(OUT("blocking-write-and-flush"), err, "nobody sees this", 16).err);
    p2_close();
}

// A pipe that is full: what was permitted is kept, and goes out while the guest waits for something else.
static size_t drained;

static void drain(unsigned wait)
{
    static char data[200000];
    (void)wait;
    const long n = read(pipe_fds[0], data, sizeof data);
    assert_true(n > 0);
    drained += (size_t)n;
}

static void fill_pipe(hf_resource out, size_t *written)
{
    static uint8_t many[65536];
    p2_count_result c;
    for (*written = 0;;) {
        assert_int_equal(try_self(STREAMS, OUT("check-write"), out, &c), HF_OK);
        assert_false(c.err);
        if (c.as.ok == 0) return;
        assert_false(bytes_to(OUT("write"), out, many, (size_t)c.as.ok).err);
        *written += (size_t)c.as.ok;
    }
}

static void writing_a_full_pipe(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    size_t written;
    p2_stream_result w;
    assert_int_equal(pipe(pipe_fds), 0);
    put_node(wasi, 1, pipe_fds[1]);
    assert_int_equal(hf_wasi_stdin_bytes(wasi, "abcdef", 6, NULL), HF_OK);
    const hf_resource out = stdout_of(), in = stdin_of();
    const hf_resource p = subscribe(OUT("subscribe"), out);
    drained = 0;
    fill_pipe(out, &written);
    assert_false(ready(p));
    assert_non_null(wasi->unwritten);
    // Splicing onto it takes nothing.
    struct args_splice splice = { out, in, 3 };
    p2_count_result c;
    p2_do(STREAMS, OUT("splice"), &splice, &c);
    assert_false(c.err);
    assert_int_equal(c.as.ok, 0);

    fake_while_waiting = drain;
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.block", p, NULL), HF_OK);
    assert_true(fake_waits > 0);
    assert_true(ready(p));
    assert_null(wasi->unwritten);
    fill_pipe(out, &written);
    p2_do(STREAMS, OUT("blocking-splice"), &splice, &c);
    assert_int_equal(c.as.ok, 3);
    assert_true(fake_waits > 0);
    fill_pipe(out, &written);
    assert_int_equal(try_self(STREAMS, OUT("blocking-flush"), out, &w), HF_OK);
    assert_false(w.err);
    assert_true(fake_waits > 0);
    fill_pipe(out, &written);
    assert_false(bytes_to(OUT("blocking-write-and-flush"), out, "x", 1).err);
    assert_true(fake_waits > 0);
    fill_pipe(out, &written);
    assert_int_equal(try_u64(STREAMS, OUT("blocking-write-zeroes-and-flush"), out, 4096, &w), HF_OK);

    // Dropped with bytes unwritten, it stays until they are out, whatever the guest waits for.
    fill_pipe(out, &written);
    p2_drop("wasi:io/poll", "pollable", p);
    p2_drop(STREAMS, "output-stream", out);
    assert_non_null(wasi->unwritten);
    const uint64_t span = 3600000000000;
    hf_resource clock;
    p2_do("wasi:clocks/monotonic-clock", "subscribe-duration", &span, &clock);
    const struct args_self waiting = { clock }; // lives until the call ends
    p2_impatient = true;
    assert_int_equal(p2_try("wasi:io/poll", "[method]pollable.block", &waiting, NULL), HF_PENDING);
    p2_impatient = false;
    assert_int_equal(p2_last.watch_count, 1);
    assert_int_equal(p2_last.watches[0].fd, pipe_fds[1]);
    while (wasi->unwritten) {
        drain(0);
        assert_int_equal(p2_last.finish(&p2_last, p2_last.finish_env), HF_PENDING);
    }
    assert_int_equal(p2_last.watch_count, 0);
    fake_while_waiting = NULL;

    // Nobody reads any more.
    const hf_resource again = stdout_of();
    fill_pipe(again, &written);
    close(pipe_fds[0]);
    assert_int_equal(try_self(STREAMS, OUT("flush"), again, &w), HF_OK);
    assert_true(w.err);
    assert_int_equal(w.as.error.tag, STREAM_LAST_OPERATION_FAILED);
    assert_null(wasi->unwritten);
    p2_close();
    close(pipe_fds[1]);
}

static void splicing(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    sunk_size = 0;
    sink_error = 0;
    assert_int_equal(hf_wasi_stdin_bytes(wasi, "abcdef", 6, NULL), HF_OK);
    assert_int_equal(hf_wasi_stdout(wasi, 1, sink, NULL, NULL), HF_OK);
    struct args_splice args = { stdout_of(), stdin_of(), 0 };
    static const uint64_t lens[] = { 0, 1, 2, UINT64_MAX };
    static const uint64_t moved[] = { 0, 1, 2, 3 };
    for (size_t i = 0; i < 4; i++) {
        p2_count_result c;
        args.len = lens[i];
        p2_do(STREAMS, i % 2 ? OUT("splice") : OUT("blocking-splice"), &args, &c);
        assert_false(c.err);
        assert_int_equal(c.as.ok, moved[i]);
    }
    assert_int_equal(sunk_size, 6);
    assert_memory_equal(sunk, "abcdef", 6);
    p2_count_result c;
    p2_do(STREAMS, OUT("splice"), &args, &c);
    assert_true(c.err);
    assert_int_equal(c.as.error.tag, STREAM_CLOSED);
    // Handles of the wrong kind.
    struct args_splice turned = { args.src, args.self, 1 };
    assert_int_equal(p2_try(STREAMS, OUT("splice"), &turned, &c), HF_TRAPPED);
    p2_close();
}

static void polling(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    assert_int_equal(pipe(pipe_fds), 0);
    put_node(wasi, 0, pipe_fds[0]);
    const hf_resource in = stdin_of();
    struct {
        hf_resource *data;
        size_t size;
    } list = { NULL, 0 };
    struct {
        uint32_t *data;
        size_t size;
    } got;
    assert_int_equal(p2_try("wasi:io/poll", "poll", &list, &got), HF_TRAPPED); // would wait for ever

    hf_resource handles[5];
    static const uint64_t spans[] = { UINT64_MAX, 0, 30000000, INT64_MAX };
    for (size_t i = 0; i < 4; i++) p2_do("wasi:clocks/monotonic-clock", "subscribe-duration", &spans[i], &handles[i]);
    handles[4] = subscribe(IN("subscribe"), in);
    list.data = handles;
    list.size = 5;
    p2_do("wasi:io/poll", "poll", &list, &got);
    assert_int_equal(fake_waits, 0);
    assert_int_equal(got.size, 1);
    assert_int_equal(got.data[0], 1);
    // The same one twice; one that becomes ready.
    handles[1] = handles[2];
    p2_do("wasi:io/poll", "poll", &list, &got);
    assert_true(fake_waits > 0);
    assert_int_equal(got.size, 2);
    assert_int_equal(got.data[0], 1);
    assert_int_equal(got.data[1], 2);
    handles[1] = handles[2] = handles[0];
    fake_while_waiting = feed;
    p2_do("wasi:io/poll", "poll", &list, &got);
    fake_while_waiting = NULL;
    assert_int_equal(got.size, 1);
    assert_int_equal(got.data[0], 4);

    handles[1] = in; // no pollable
    assert_int_equal(p2_try("wasi:io/poll", "poll", &list, &got), HF_TRAPPED);
    handles[1] = (hf_resource){ { 0, 0, 0 } };
    assert_int_equal(p2_try("wasi:io/poll", "poll", &list, &got), HF_TRAPPED);
    handles[1] = (hf_resource){ { UINT64_MAX, UINT32_MAX, UINT32_MAX } };
    assert_int_equal(p2_try("wasi:io/poll", "poll", &list, &got), HF_TRAPPED);
    p2_drop("wasi:io/poll", "pollable", handles[4]);
    handles[1] = handles[4]; // dropped
    assert_int_equal(p2_try("wasi:io/poll", "poll", &list, &got), HF_TRAPPED);
    bool r;
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.ready", handles[4], &r), HF_TRAPPED);
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.block", handles[4], NULL), HF_TRAPPED);
    p2_close();
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

// -- clocks --

static uint16_t set_clock(void *ctx, uint32_t id, uint64_t *ns)
{
    const uint64_t *times = ctx;
    *ns = times[id];
    return times[id] == 666 ? WASI_INVAL : 0;
}

static void clocks(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    uint64_t a = 0, b = 0, resolution = 0;
    p2_datetime wall = { 0, UINT32_MAX };
    p2_do("wasi:clocks/monotonic-clock", "now", NULL, &a);
    p2_do("wasi:clocks/monotonic-clock", "now", NULL, &b);
    assert_true(a > 0 && b >= a);
    p2_do("wasi:clocks/monotonic-clock", "resolution", NULL, &resolution);
    assert_true(resolution > 0);
    p2_do("wasi:clocks/wall-clock", "now", NULL, &wall);
    assert_true(wall.seconds > 1600000000 && wall.nanoseconds < 1000000000);
    p2_do("wasi:clocks/wall-clock", "resolution", NULL, &wall);
    assert_true(wall.seconds == 0 && wall.nanoseconds > 0 && wall.nanoseconds < 1000000000);

    static const struct {
        bool past;
        uint64_t when;
    } instants[] = { { true, 0 }, { true, 1 }, { false, INT64_MAX }, { false, UINT64_MAX } };
    for (size_t i = 0; i < 4; i++) {
        hf_resource p;
        p2_do("wasi:clocks/monotonic-clock", "subscribe-instant", &instants[i].when, &p);
        assert_int_equal(ready(p), instants[i].past);
    }
    hf_resource p;
    const uint64_t soon = b + 5000000;
    p2_do("wasi:clocks/monotonic-clock", "subscribe-instant", &soon, &p);
    assert_int_equal(try_self("wasi:io/poll", "[method]pollable.block", p, NULL), HF_OK);
    p2_do("wasi:clocks/monotonic-clock", "now", NULL, &a);
    assert_true(a >= soon);

    // Another clock than the host's.
    uint64_t times[] = { UINT64_MAX, 1000, 0, 0 };
    const hf_clock clock = { .size = sizeof clock, .ctx = times, .now = set_clock, .resolution = set_clock };
    hf_wasi_set_clock(wasi, &clock);
    p2_do("wasi:clocks/wall-clock", "now", NULL, &wall);
    assert_int_equal(wall.seconds, UINT64_C(18446744073));
    assert_int_equal(wall.nanoseconds, 709551615);
    p2_do("wasi:clocks/monotonic-clock", "now", NULL, &a);
    assert_int_equal(a, 1000);
    times[0] = times[1] = 666; // broken
    assert_int_equal(p2_try("wasi:clocks/wall-clock", "now", NULL, &wall), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:clocks/wall-clock", "resolution", NULL, &wall), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:clocks/monotonic-clock", "now", NULL, &a), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:clocks/monotonic-clock", "resolution", NULL, &a), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:clocks/monotonic-clock", "subscribe-instant", &a, &p), HF_TRAPPED);

    static const p2_datetime moments[] = { { 0, 0 }, { 1, 999999999 }, { UINT64_MAX, UINT32_MAX } };
    for (size_t i = 0; i < 3; i++) {
        struct {
            int32_t offset;
            hf_str name;
            bool daylight;
        } display;
        int32_t offset = 9;
        p2_do("wasi:clocks/timezone", "display", &moments[i], &display);
        assert_true(display.offset == 0 && str_is(display.name, "UTC") && !display.daylight);
        p2_do("wasi:clocks/timezone", "utc-offset", &moments[i], &offset);
        assert_int_equal(offset, 0);
    }
    p2_close();
}

// -- random --

static uint16_t no_entropy(void *ctx, void *out, size_t size)
{
    (void)ctx, (void)out, (void)size;
    return WASI_IO;
}

static void randomness(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    static const char *const names[][2] = { { "wasi:random/random", "get-random-bytes" },
                                            { "wasi:random/insecure", "get-insecure-random-bytes" } };
    for (size_t i = 0; i < 2; i++) {
        p2_bytes bytes;
        uint64_t len = 0;
        p2_do(names[i][0], names[i][1], &len, &bytes);
        assert_int_equal(bytes.size, 0);
        len = 1;
        p2_do(names[i][0], names[i][1], &len, &bytes);
        assert_int_equal(bytes.size, 1);
        len = 4096;
        p2_do(names[i][0], names[i][1], &len, &bytes);
        assert_int_equal(bytes.size, 4096);
        size_t zeros = 0;
        for (size_t k = 0; k < 4096; k++) zeros += bytes.data[k] == 0;
        assert_true(zeros < 100);
        // More than a call may have: the guest traps, the host does not allocate.
        static const uint64_t beyond[] = { FAKE_CALL_BYTES + 1, UINT32_MAX, INT64_MAX, UINT64_MAX };
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(p2_try(names[i][0], names[i][1], &beyond[k], &bytes), HF_TRAPPED);
    }
    uint64_t a = 0, b = 0, seed[2] = { 0, 0 };
    p2_do("wasi:random/random", "get-random-u64", NULL, &a);
    p2_do("wasi:random/insecure", "get-insecure-random-u64", NULL, &b);
    assert_true(a != b);
    p2_do("wasi:random/insecure-seed", "insecure-seed", NULL, seed);
    assert_true(seed[0] != seed[1]);

    const hf_random none = { .size = sizeof none, .fill = no_entropy };
    hf_wasi_set_random(wasi, &none);
    const uint64_t one = 1;
    p2_bytes bytes;
    assert_int_equal(p2_try("wasi:random/random", "get-random-bytes", &one, &bytes), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:random/random", "get-random-u64", NULL, &a), HF_TRAPPED);
    assert_int_equal(p2_try("wasi:random/insecure-seed", "insecure-seed", NULL, seed), HF_TRAPPED);
    p2_close();
}

// -- cli --

static void environment(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    p2_pairs env;
    p2_strings args;
    p2_option_string cwd = { .some = true };
    p2_do("wasi:cli/environment", "get-environment", NULL, &env);
    assert_int_equal(env.size, 0);
    p2_do("wasi:cli/environment", "get-arguments", NULL, &args);
    assert_int_equal(args.size, 0);
    p2_do("wasi:cli/environment", "initial-cwd", NULL, &cwd);
    assert_false(cwd.some);

    static const char *const inherited[] = { "PLAIN", "E=", "X==a=b", "BAD=\xff\xe2\x82", NULL };
    assert_int_equal(hf_wasi_env(wasi, "A", "b c", NULL), HF_OK);
    assert_int_equal(hf_wasi_inherit_env(wasi, inherited, NULL), HF_OK);
    assert_int_equal(hf_wasi_arg(wasi, "", NULL), HF_OK);
    assert_int_equal(hf_wasi_arg(wasi, "\xc3\xbc", NULL), HF_OK);
    assert_int_equal(hf_wasi_arg(wasi, "a\x80z", NULL), HF_OK);
    p2_do("wasi:cli/environment", "get-environment", NULL, &env);
    static const char *const pairs[][2] = {
        { "A", "b c" },
        { "PLAIN", "" },
        { "E", "" },
        { "X", "=a=b" },
        { "BAD", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    };
    assert_int_equal(env.size, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(str_is(env.data[i].f0, pairs[i][0]));
        assert_true(str_is(env.data[i].f1, pairs[i][1]));
    }
    p2_do("wasi:cli/environment", "get-arguments", NULL, &args);
    assert_int_equal(args.size, 3);
    assert_true(str_is(args.data[0], ""));
    assert_true(str_is(args.data[1], "\xc3\xbc"));
    assert_true(str_is(args.data[2], "a\xef\xbf\xbdz"));

    for (int failed = 0; failed < 2; failed++) {
        const bool err = failed;
        assert_int_equal(p2_try("wasi:cli/exit", "exit", &err, NULL), HF_EXITED);
        assert_int_equal(p2_last.exit_code, failed);
    }
    static const uint8_t codes[] = { 0, 1, 127, 255 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(p2_try("wasi:cli/exit", "exit-with-code", &codes[i], NULL), HF_EXITED);
        assert_int_equal(p2_last.exit_code, codes[i]);
    }
    p2_close();
}

static void terminals(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        { "wasi:cli/terminal-stdin", "get-terminal-stdin" },
        { "wasi:cli/terminal-stdout", "get-terminal-stdout" },
        { "wasi:cli/terminal-stderr", "get-terminal-stderr" },
    };
    hf_wasi *wasi = p2_open();
    wasi02_option_own_wasi_cli_terminal_input_terminal_input_t t;
    for (size_t i = 0; i < 3; i++) {
        p2_do(names[i][0], names[i][1], NULL, &t);
        assert_false(t.some);
    }
    const int terminal = posix_openpt(2);
    if (terminal >= 0) {
        for (uint32_t i = 0; i < 3; i++) {
            put_node(wasi, i, terminal);
            p2_do(names[i][0], names[i][1], NULL, &t);
            assert_true(t.some);
            if (i == 0)
                p2_drop("wasi:cli/terminal-input", "terminal-input", t.value);
            else
                p2_drop("wasi:cli/terminal-output", "terminal-output", t.value);
        }
    }
    // Closed by way of 0.1: empty, not gone.
    desc_close(wasi, 0);
    desc_close(wasi, 1);
    p2_do(names[0][0], names[0][1], NULL, &t);
    assert_false(t.some);
    assert_true(read_of(IN("read"), stdin_of(), 1).err);
    assert_false(bytes_to(OUT("blocking-write-and-flush"), stdout_of(), "x", 1).err);
    p2_close();
    if (terminal >= 0) close(terminal);
}

// The descriptor of 0.1 goes, what 0.2 made of it stays.
static void shared_with_0_1(void **state)
{
    (void)state;
    hf_wasi *wasi = p2_open();
    assert_int_equal(hf_wasi_stdin_bytes(wasi, "abc", 3, NULL), HF_OK);
    const hf_resource in = stdin_of();
    desc_close(wasi, 0);
    assert_memory_equal(read_of(IN("read"), in, 3).as.ok.data, "abc", 3);
    p2_close();
}

// The store's limit holds for objects, and is reached as a trap.
static void limited(void **state)
{
    (void)state;
    p2_open();
    fake_store.max_charged = 10000;
    hf_code code = HF_OK;
    unsigned made = 0;
    for (; code == HF_OK && made < 10000; made++) {
        hf_resource handle;
        code = p2_try("wasi:cli/stdout", "get-stdout", NULL, &handle);
    }
    assert_int_equal(code, HF_TRAPPED);
    assert_true(made > 10 && made < 1000);
    p2_close();
}

static void all_reached(void **state)
{
    (void)state;
    static const char *const packages[] = { "wasi:io/error", "wasi:io/poll", "wasi:io/streams",
                                            "wasi:clocks/",  "wasi:random/", "wasi:cli/" };
    p2_all_reached(packages, sizeof packages / sizeof packages[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_bytes),   cmocka_unit_test(reading_a_pipe),
        cmocka_unit_test(writing),         cmocka_unit_test(writing_a_full_pipe),
        cmocka_unit_test(splicing),        cmocka_unit_test(polling),
        cmocka_unit_test(clocks),          cmocka_unit_test(randomness),
        cmocka_unit_test(environment),     cmocka_unit_test(terminals),
        cmocka_unit_test(shared_with_0_1), cmocka_unit_test(limited),
        cmocka_unit_test(all_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
