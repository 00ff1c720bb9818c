/* test_retry.c - once more, and when: core/gauge/retry.c. */
#include "core/gauge/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct retry_case after(enum retry_cause cause, unsigned attempts, unsigned same_cause)
{
    return (struct retry_case){ .cause = cause,
                                .repeatable = true,
                                .attempts = attempts,
                                .same_cause = same_cause,
                                .retry_after_ms = -1,
                                .cap_ms = RETRY_CAP_LIVE_MS };
}

static void jitter_is_full_and_capped(void **state)
{
    static const int64_t most_ms[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(retry_backoff_ms(i + 1, RETRY_CAP_LIVE_MS, 0), 0);
        assert_int_equal(retry_backoff_ms(i + 1, RETRY_CAP_LIVE_MS, (uint64_t)most_ms[i]), most_ms[i]);
        assert_int_equal(retry_backoff_ms(i + 1, RETRY_CAP_LIVE_MS, (uint64_t)most_ms[i] + 1), 0);
    }
    assert_int_equal(retry_backoff_ms(1000, RETRY_CAP_JOB_MS, 300000), 300000);
    assert_int_equal(retry_backoff_ms(0, RETRY_CAP_JOB_MS, 1000), 1000);
}

static void a_dead_connection_is_tried_again_at_once(void **state)
{
    struct retry_case dead = after(RETRY_DEAD, 1, 1);
    struct retry_advice advice = retry_advise(&dead, 777);

    (void)state;
    assert_true(advice.again);
    assert_true(advice.fresh);
    assert_int_equal(advice.wait_ms, 0);
    dead = after(RETRY_DEAD, 2, 2);
    advice = retry_advise(&dead, 777);
    assert_true(advice.again);
    assert_true(advice.fresh);
    assert_int_equal(advice.wait_ms, 777);
}

static void who_asks_for_a_wait_gets_it(void **state)
{
    struct retry_case slow = after(RETRY_SLOW, 1, 1);

    (void)state;
    assert_int_equal(retry_advise(&slow, 900).wait_ms, 900);
    slow.retry_after_ms = 5000;
    assert_int_equal(retry_advise(&slow, 0).wait_ms, 5000);
    assert_in_range(retry_advise(&slow, 900).wait_ms, 5000, 5300);
    slow.retry_after_ms = 30001; /* longer than anybody would wait for the answer */
    assert_false(retry_advise(&slow, 0).again);
    slow.cap_ms = RETRY_CAP_JOB_MS;
    assert_true(retry_advise(&slow, 0).again);
}

static void a_failure_is_tried_once_more(void **state)
{
    struct retry_case failed = after(RETRY_FAILED, 1, 1);

    (void)state;
    assert_true(retry_advise(&failed, 5).again);
    assert_false(retry_advise(&failed, 5).fresh);
    failed = after(RETRY_FAILED, 3, 2);
    assert_false(retry_advise(&failed, 5).again);
}

static void what_must_not_be_repeated_is_not(void **state)
{
    (void)state;
    for (int cause = RETRY_DEAD; cause <= RETRY_RETURNED; cause++) {
        struct retry_case failed = after((enum retry_cause)cause, 1, 1);

        assert_int_equal(retry_advise(&failed, 1).again, cause != RETRY_RETURNED);
        failed.repeatable = false;
        assert_false(retry_advise(&failed, 1).again);
        failed = after((enum retry_cause)cause, RETRY_ATTEMPTS, 1);
        assert_false(retry_advise(&failed, 1).again);
        failed = after((enum retry_cause)cause, 1, 1);
        failed.trying_ms = RETRY_TRYING_MS;
        assert_false(retry_advise(&failed, 1).again);
    }
}

static void retry_after_in_all_its_spellings(void **state)
{
    const int64_t wall_ms = 1446300000000 + 6000; /* Sat, 31 Oct 2015 14:00:06 GMT */
    static const struct {
        const char *text;
        enum retry_after result;
        int64_t wait_ms;
    } rows[] = {
        { "120", RETRY_AFTER_GIVEN, 120000 },
        { "0", RETRY_AFTER_GIVEN, 0 },
        { "2.0", RETRY_AFTER_GIVEN, 2000 },
        { "0.25", RETRY_AFTER_GIVEN, 250 },
        { "0.0001", RETRY_AFTER_GIVEN, 1 },
        { "1.9999999999999999999999", RETRY_AFTER_GIVEN, 2000 },
        { " \t7 ", RETRY_AFTER_GIVEN, 7000 },
        { "86400", RETRY_AFTER_GIVEN, 86400000 },
        { "86401", RETRY_AFTER_BOUNDED, RETRY_AFTER_DOUBT_MS },
        { "1000000000", RETRY_AFTER_BOUNDED, RETRY_AFTER_DOUBT_MS },
        { "99999999999999999999999999999999999999", RETRY_AFTER_BOUNDED, RETRY_AFTER_DOUBT_MS },
        { "Sat, 31 Oct 2015 14:00:16 GMT", RETRY_AFTER_GIVEN, 10000 },
        { "Saturday, 31-Oct-15 14:00:16 GMT", RETRY_AFTER_GIVEN, 10000 },
        { "Sat Oct 31 14:00:16 2015", RETRY_AFTER_GIVEN, 10000 },
        { "2015-10-31T14:00:16Z", RETRY_AFTER_GIVEN, 10000 },
        { "Sat, 31 Oct 2015 13:00:00 GMT", RETRY_AFTER_GIVEN, 0 },
        { "Sat, 31 Oct 2099 14:00:16 GMT", RETRY_AFTER_BOUNDED, RETRY_AFTER_DOUBT_MS },
        { "", RETRY_AFTER_NONSENSE, -1 },
        { "-1", RETRY_AFTER_NONSENSE, -1 },
        { "+5", RETRY_AFTER_NONSENSE, -1 },
        { "soon", RETRY_AFTER_NONSENSE, -1 },
        { "1e3", RETRY_AFTER_NONSENSE, -1 },
        { ".5", RETRY_AFTER_NONSENSE, -1 },
        { "5.", RETRY_AFTER_NONSENSE, -1 },
        { "1.2.3", RETRY_AFTER_NONSENSE, -1 },
        { "12, 13", RETRY_AFTER_NONSENSE, -1 },
        { "NaN", RETRY_AFTER_NONSENSE, -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t wait_ms = 4711;
        enum retry_after result = retry_after_parse(span_of(rows[i].text), wall_ms, &wait_ms);

        if (result != rows[i].result || wait_ms != rows[i].wait_ms)
            print_error("\"%s\": %d, %lld\n", rows[i].text, (int)result, (long long)wait_ms);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(wait_ms, rows[i].wait_ms);
    }
}

static void a_hundred_clients_do_not_retry_in_step(void **state)
{
    uint64_t random = 1;
    int seconds[31] = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        seconds[retry_backoff_ms(5, RETRY_CAP_LIVE_MS, random >> 16) / 1000]++;
    }
    for (int i = 0; i < 16; i++)
        assert_in_range(seconds[i], 1, 20);
}

enum { CLIENTS = 100, RETRIES = 4 };

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 16;
}

/* When a client whose every attempt fails alike tries again, in ms after the first; how many times it does. */
static int retry_times(enum retry_cause cause, int64_t retry_after_ms, uint64_t *random, int64_t times[RETRIES])
{
    int64_t at_ms = 0;
    int n = 0;

    for (unsigned attempts = 1; attempts <= RETRIES; attempts++) {
        struct retry_case failed = { cause, true, attempts, attempts, at_ms, retry_after_ms, RETRY_CAP_LIVE_MS };
        struct retry_advice advice = retry_advise(&failed, draw(random));

        if (!advice.again)
            break;
        at_ms += advice.wait_ms;
        times[n++] = at_ms;
    }
    return n;
}

/* 100 clients meet the same failure in the same instant.  No two come back together again and again, and never does
 * a fifth of them come back within one hundredth of the time over which they are spread. */
static void no_two_of_a_hundred_retry_in_step(void **state)
{
    static const struct {
        enum retry_cause cause;
        int64_t retry_after_ms;
        int least;
    } rows[] = { { RETRY_SLOW, -1, 4 }, { RETRY_SLOW, 2000, 4 }, { RETRY_DEAD, -1, 4 }, { RETRY_FAILED, -1, 1 } };

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            int64_t times[CLIENTS][RETRIES];
            uint64_t random = seed * 7919;
            int n = 0, same = 0;

            for (int i = 0; i < CLIENTS; i++) {
                n = retry_times(rows[row].cause, rows[row].retry_after_ms, &random, times[i]);
                assert_int_equal(n, rows[row].least);
            }
            for (int i = 0; i < CLIENTS; i++)
                for (int j = 0; j < i; j++)
                    same += n > 1 && memcmp(times[i], times[j], (size_t)n * sizeof times[i][0]) == 0;
            assert_int_equal(same, 0);
            for (int i = 0; i < CLIENTS; i++) {
                int beside = 0;

                for (int j = 0; j < CLIENTS; j++)
                    beside += times[j][n - 1] >= times[i][n - 1] && times[j][n - 1] < times[i][n - 1] + 10;
                assert_true(beside < CLIENTS / 5);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_is_full_and_capped),
        cmocka_unit_test(a_dead_connection_is_tried_again_at_once),
        cmocka_unit_test(who_asks_for_a_wait_gets_it),
        cmocka_unit_test(a_failure_is_tried_once_more),
        cmocka_unit_test(what_must_not_be_repeated_is_not),
        cmocka_unit_test(retry_after_in_all_its_spellings),
        cmocka_unit_test(a_hundred_clients_do_not_retry_in_step),
        cmocka_unit_test(no_two_of_a_hundred_retry_in_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
