/* test_address.c - which addresses core/http/address.c calls public, by the registries' own examples. */
#include "core/http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *why(const char *text)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_private((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_private((const struct sockaddr *)&v6);
}

static const struct {
    const char *address, *why;
} rows[] = {
    { "0.0.0.0", "this network" },
    { "0.255.255.255", "this network" },
    { "1.0.0.0", NULL },
    { "9.255.255.255", NULL },
    { "10.0.0.0", "private" },
    { "10.255.255.255", "private" },
    { "11.0.0.0", NULL },
    { "100.63.255.255", NULL },
    { "100.64.0.0", "carrier-grade NAT" },
    { "100.127.255.255", "carrier-grade NAT" },
    { "100.128.0.0", NULL },
    { "127.0.0.1", "loopback" },
    { "127.255.255.254", "loopback" },
    { "168.63.129.16", "a cloud's inside" },
    { "168.63.129.17", NULL },
    { "169.254.169.254", "link-local" },
    { "172.15.255.255", NULL },
    { "172.16.0.1", "private" },
    { "172.31.255.255", "private" },
    { "172.32.0.0", NULL },
    { "192.0.0.8", "protocol assignments" },
    { "192.0.2.1", "documentation" },
    { "192.167.255.255", NULL },
    { "192.168.1.1", "private" },
    { "198.17.255.255", NULL },
    { "198.18.0.1", "benchmarking" },
    { "198.19.255.255", "benchmarking" },
    { "198.20.0.0", NULL },
    { "203.0.113.9", "documentation" },
    { "223.255.255.255", NULL },
    { "224.0.0.1", "multicast" },
    { "239.255.255.255", "multicast" },
    { "240.0.0.1", "reserved" },
    { "255.255.255.255", "reserved" },
    { "93.184.216.34", NULL },

    { "::", "unspecified" },
    { "::1", "loopback" },
    { "::2", "this network" }, /* IPv4-compatible 0.0.0.2 */
    { "::ffff:127.0.0.1", "loopback" },
    { "::ffff:10.0.0.1", "private" },
    { "::ffff:93.184.216.34", NULL },
    { "::127.0.0.1", "loopback" },
    { "::ffff:0:127.0.0.1", "loopback" },
    { "64:ff9b::169.254.169.254", "link-local" },
    { "64:ff9b::93.184.216.34", NULL },
    { "64:ff9b:1::1", "local NAT64" },
    { "100::1", "discard" },
    { "2001::1", "Teredo" },
    { "2001:1ff::1", "protocol assignments" },
    { "2001:200::1", NULL },
    { "2001:db8::1", "documentation" },
    { "2001:db9::1", NULL },
    { "2002:7f00:1::1", "loopback" },
    { "2002:5db8:d822::1", NULL },
    { "2606:2800:220:1:248:1893:25c8:1946", NULL },
    { "3fff:fff::1", "documentation" },
    { "4000::1", "not assigned" },
    { "5f00::1", "segment routing" },
    { "fc00::1", "unique local" },
    { "fdff:ffff::1", "unique local" },
    { "fe80::1", "link-local" },
    { "febf::1", "link-local" },
    { "fec0::1", "site-local" },
    { "ff02::1", "multicast" },
};

static void every_row_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = why(rows[i].address);
        if (!found && !rows[i].why)
            continue;
        if (!found || !rows[i].why || strcmp(found, rows[i].why) != 0)
            fail_msg("%s: expected %s, found %s", rows[i].address, rows[i].why ? rows[i].why : "public",
                     found ? found : "public");
    }
}

static void another_family_is_never_public(void **state)
{
    (void)state;
    const struct sockaddr local = { .sa_family = AF_UNIX };
    assert_non_null(address_private(&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_judged),
        cmocka_unit_test(another_family_is_never_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
