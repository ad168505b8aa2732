#include "sys/quiet.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fs.h"
#include "sys/stream.h"

// A file that would outgrow what the process may write says so, and no signal is left behind.
static void growth_beyond_the_limit_is_an_error(void **state)
{
    (void)state;
    char name[] = "/tmp/holdfast-growth-XXXXXX";
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit limit = { 1000, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    static const uint8_t bytes[600];
    const struct sys_slice slice = { bytes, sizeof bytes };
    size_t written = 0;
    assert_int_equal(sys_pwrite(fd, &slice, 1, 0, false, &written), 0);
    assert_int_equal(written, 600);
    assert_int_equal(sys_pwrite(fd, &slice, 1, 600, false, &written), 0);
    assert_int_equal(written, 400);
    assert_int_equal(sys_pwrite(fd, &slice, 1, 1000, false, &written), EFBIG);
    assert_int_equal(sys_truncate(fd, 1001), EFBIG);
    assert_int_equal(sys_allocate(fd, 1000, 100), EFBIG);
    assert_int_equal(lseek(fd, 0, SEEK_END), 1000);
    assert_int_equal(sys_stream_write(fd, SYS_FILE_REGULAR, &slice, 1, &written), EFBIG);
    sigset_t pending, mask;
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGXFSZ), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGXFSZ), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    close(fd);
    unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_beyond_the_limit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
