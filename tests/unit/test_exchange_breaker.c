/*
 * test_exchange_breaker.c - what an exchange tells its store's breaker: core/exchange_breaker.c.  When it opens and for
 * how long is test_breaker.c's.
 */
#include "core/exchange_inside.h"

#include "core/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { OPENED_MS = 100000 };

/* The governor goes by the turn's clock, and an attempt that ended in the same turn has a later one: a grant may be
 * some milliseconds older than the look at the breaker. */
static void a_probe_is_one_however_old_its_grant(void **state)
{
    struct services services = { .now_ms = OPENED_MS };
    struct store store = { .id = "s1" };
    struct exchange x = { .services = &services, .store = &store };
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    services.log = log_new(fd, LEVEL_INFO, NULL);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_tell(&store.breaker, true, OPENED_MS, OPENED_MS);
    services.now_ms += BREAKER_OPEN_MS;
    x.ticket.granted_ms = services.now_ms - 2;
    assert_false(exchange_is_shut_at_grant(&x));
    assert_int_equal(store.breaker.state, BREAKER_PROBING);
    exchange_tell_breaker(&x, false);
    assert_int_equal(store.breaker.state, BREAKER_CLOSED);
    log_free(services.log);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_probe_is_one_however_old_its_grant) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
