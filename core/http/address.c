/*
 * address.c - the ranges that are not the public internet, as rows.
 *
 * IPv6 rows are prefixes of 16 bytes, IPv4 rows are written as the mapped form ::ffff:a.b.c.d, so one
 * comparison serves both.  The first row that fits decides.  A row that says "embedded" has an IPv4
 * address inside, at the byte given, and that one is looked up instead.
 *
 *     127.0.0.1             ::ffff:127.0.0.1     row 127/8           loopback
 *     ::ffff:10.1.2.3                            row 10/8            private
 *     64:ff9b::a9fe:a9fe    NAT64, at byte 12    169.254.169.254     link-local
 *     93.184.216.34                              no row              NULL: public
 */
#include "core/http/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint8_t prefix[16];
    uint8_t bits;
    uint8_t embedded; /* where an IPv4 address stands inside; 0: nowhere */
    const char *why;
};

#define V4(a, b, c, d, bits, why)                                                                                      \
    {                                                                                                                  \
        { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, a, b, c, d }, 96 + (bits), 0, why                                    \
    }

static const struct range ranges[] = {
    V4(0, 0, 0, 0, 8, "this network"),            /* RFC 791 */
    V4(10, 0, 0, 0, 8, "private"),                /* RFC 1918 */
    V4(100, 64, 0, 0, 10, "carrier-grade NAT"),   /* RFC 6598 */
    V4(127, 0, 0, 0, 8, "loopback"),              /* RFC 1122 */
    V4(168, 63, 129, 16, 32, "a cloud's inside"), /* Azure's wire server: public by number, not by use */
    V4(169, 254, 0, 0, 16, "link-local"),         /* RFC 3927; the clouds' metadata service */
    V4(172, 16, 0, 0, 12, "private"),             /* RFC 1918 */
    V4(192, 0, 0, 0, 24, "protocol assignments"), /* RFC 6890 */
    V4(192, 0, 2, 0, 24, "documentation"),        /* RFC 5737 */
    V4(192, 31, 196, 0, 24, "AS112"),             /* RFC 7535 */
    V4(192, 52, 193, 0, 24, "AMT"),               /* RFC 7450 */
    V4(192, 88, 99, 0, 24, "6to4 relay"),         /* RFC 7526 */
    V4(192, 168, 0, 0, 16, "private"),            /* RFC 1918 */
    V4(192, 175, 48, 0, 24, "AS112"),             /* RFC 7534 */
    V4(198, 18, 0, 0, 15, "benchmarking"),        /* RFC 2544 */
    V4(198, 51, 100, 0, 24, "documentation"),     /* RFC 5737 */
    V4(203, 0, 113, 0, 24, "documentation"),      /* RFC 5737 */
    V4(224, 0, 0, 0, 4, "multicast"),             /* RFC 1112 */
    V4(240, 0, 0, 0, 4, "reserved"),              /* RFC 1112; 255.255.255.255 */
    { { 0 }, 128, 0, "unspecified" },             /* :: */
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128, 0, "loopback" }, /* ::1 */
    { { 0 }, 96, 12, "IPv4-compatible" },                                       /* RFC 4291, deprecated */
    { { 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 }, 96, 12, "IPv4-translated" },        /* RFC 2765 */
    { { 0, 0x64, 0xff, 0x9b }, 96, 12, "NAT64" },                               /* RFC 6052 */
    { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48, 0, "local NAT64" },                    /* RFC 8215 */
    { { 0x01, 0 }, 64, 0, "discard" },                                          /* RFC 6666 */
    { { 0x20, 0x01, 0, 0 }, 32, 0, "Teredo" },                                  /* RFC 4380 */
    { { 0x20, 0x01, 0 }, 23, 0, "protocol assignments" },                       /* RFC 2928 */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, 0, "documentation" },                     /* RFC 3849 */
    { { 0x20, 0x02 }, 16, 2, "6to4" },                                          /* RFC 3056 */
    { { 0x3f, 0xff, 0 }, 20, 0, "documentation" },                              /* RFC 9637 */
    { { 0x5f, 0 }, 16, 0, "segment routing" },                                  /* RFC 9602 */
    { { 0xfc }, 7, 0, "unique local" },                                         /* RFC 4193 */
    { { 0xfe, 0x80 }, 10, 0, "link-local" },                                    /* RFC 4291 */
    { { 0xfe, 0xc0 }, 10, 0, "site-local" },                                    /* RFC 3879, deprecated */
    { { 0xff }, 8, 0, "multicast" },                                            /* RFC 4291 */
};

static bool inside(const uint8_t *address, const struct range *range)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(address, range->prefix, whole) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return rest == 0 || ((address[whole] ^ range->prefix[whole]) & mask) == 0;
}

static void map_v4(const uint8_t *v4, uint8_t out[16])
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, v4, 4);
}

static const char *look_up(const uint8_t address[16])
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct range *range = &ranges[i];
        if (!inside(address, range))
            continue;
        if (!range->embedded)
            return range->why;
        uint8_t carried[16];
        map_v4(address + range->embedded, carried);
        return look_up(carried); /* an IPv4 row embeds nothing: one level deep */
    }
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    bool is_global = memcmp(address, mapped, sizeof mapped) == 0 || (address[0] & 0xe0) == 0x20;
    return is_global ? NULL : "not assigned"; /* of IPv6, 2000::/3 is what is given out */
}

const char *address_private(const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        map_v4((const uint8_t *)&v4.sin_addr, bytes);
        return look_up(bytes);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        memcpy(bytes, &v6.sin6_addr, 16);
        return look_up(bytes);
    }
    return "not an internet address";
}
