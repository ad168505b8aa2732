// Patterns of addresses: what is one, what it covers, and that anything odd is refused rather than read as more.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wasi/address.h"

static struct sys_address at(const char *ip, uint16_t port)
{
    struct sys_address out;
    assert_true(sys_parse_ip(ip, strlen(ip), &out));
    out.port = port;
    return out;
}

static void covers(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *ip;
        uint16_t port;
        bool covered;
    } rows[] = {
        { "127.0.0.1", "127.0.0.1", 0, true },
        { "127.0.0.1", "127.0.0.1", 65535, true },
        { "127.0.0.1", "127.0.0.2", 80, false },
        { "127.0.0.1", "::1", 80, false },
        { "127.0.0.1:80", "127.0.0.1", 80, true },
        { "127.0.0.1:80", "127.0.0.1", 81, false },
        { "127.0.0.1:80", "127.0.0.1", 0, false },
        { "127.0.0.1:80-90", "127.0.0.1", 90, true },
        { "127.0.0.1:80-90", "127.0.0.1", 91, false },
        { "127.0.0.1:80-90", "127.0.0.1", 79, false },
        { "127.0.0.1:*", "127.0.0.1", 7, true },
        { "127.0.0.1:0", "127.0.0.1", 0, true },
        { "10.0.0.0/8", "10.255.255.255", 1, true },
        { "10.0.0.0/8", "11.0.0.0", 1, false },
        { "10.128.0.0/9:443", "10.128.0.1", 443, true },
        { "10.128.0.0/9:443", "10.127.0.1", 443, false },
        { "192.168.1.4/31", "192.168.1.5", 1, true },
        { "192.168.1.4/31", "192.168.1.6", 1, false },
        { "0.0.0.0/0", "8.8.8.8", 53, true },
        { "0.0.0.0/0", "::1", 53, false },
        { "::1", "::1", 53, true },
        { "[::1]", "::1", 53, true },
        { "[::1]:53", "::1", 53, true },
        { "[::1]:53", "::1", 54, false },
        { "2001:db8::/32", "2001:db8:ffff::1", 9, true },
        { "2001:db8::/32", "2001:db9::1", 9, false },
        { "[2001:db8::/33]:9", "2001:db8:7fff::1", 9, true },
        { "[2001:db8::/33]:9", "2001:db8:8000::1", 9, false },
        { "::/0", "1::2", 9, true },
        { "::/0", "1.1.1.1", 9, false },
        { "*", "1.1.1.1", 9, true },
        { "*", "1::1", 0, true },
        { "*:443", "1::1", 443, true },
        { "*:443", "1::1", 80, false },
        { "*:*", "1::1", 80, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address_pattern pattern;
        const struct sys_address address = at(rows[i].ip, rows[i].port);
        assert_true(address_pattern_parse(rows[i].pattern, &pattern));
        if (address_pattern_covers(&pattern, &address) != rows[i].covered) {
            fail_msg("%s and %s:%u", rows[i].pattern, rows[i].ip, rows[i].port);
        }
    }
}

static void refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "*:",
        "**",
        "*80",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/08",
        "1.2.3.4/8x",
        "/8",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:-",
        "1.2.3.4:1-",
        "1.2.3.4:-1",
        "1.2.3.4:9-1",
        "1.2.3.4:+1",
        "1.2.3.4:1-2-3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "[1.2.3.4]",
        "[::1",
        "::1]",
        "[::1]53",
        "[::1]:53x",
        "[::1/129]",
        "[]",
        "[::1]/64",
        "::1%eth0",
        "localhost",
        "1.2.3.4:http",
        ":80",
        "1.2.3.4/8/8",
        "1.2.3.4:080",
        "01.2.3.4",
        "0x1.2.3.4",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct address_pattern pattern;
        if (address_pattern_parse(rows[i], &pattern)) fail_msg("\"%s\" was taken", rows[i]);
    }
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *ip;
        bool any, mapped, multicast;
    } rows[] = {
        { "0.0.0.0", true, false, false },          { "::", true, false, false },
        { "127.0.0.1", false, false, false },       { "::1", false, false, false },
        { "::ffff:1.2.3.4", false, true, false },   { "::1.2.3.4", false, false, false },
        { "223.255.255.255", false, false, false }, { "224.0.0.1", false, false, true },
        { "239.255.255.255", false, false, true },  { "240.0.0.1", false, false, false },
        { "255.255.255.255", false, false, true },  { "ff02::1", false, false, true },
        { "fe80::1", false, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sys_address a = at(rows[i].ip, 1);
        assert_int_equal(address_is_any(&a), rows[i].any);
        assert_int_equal(address_is_mapped(&a), rows[i].mapped);
        assert_int_equal(address_is_multicast(&a), rows[i].multicast);
    }
}

static void equality(void **state)
{
    (void)state;
    const struct sys_address a = at("1.2.3.4", 5), port = at("1.2.3.4", 6), other = at("1.2.3.5", 5),
                             six = at("::1", 5);
    struct sys_address scoped = six;
    scoped.scope = 3;
    assert_true(address_equal(&a, &a));
    assert_false(address_equal(&a, &port));
    assert_false(address_equal(&a, &other));
    assert_false(address_equal(&a, &six));
    assert_false(address_equal(&six, &scoped));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers),
        cmocka_unit_test(refused),
        cmocka_unit_test(kinds),
        cmocka_unit_test(equality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
