/* test_tokens_due.c - when a token is renewed, as a table of cases in virtual time. */
#include "oauth/tokens_due.h"

#include "adapters/adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define S INT64_C(1000)
#define HOUR (3600 * S)
#define DAY (24 * HOUR)
enum { SPREAD_MS = 600000 };
#define NONE TOKEN_NEVER

/* clang-format off */
static const struct cw_auth rotating = { "r", .obtain = "_o", .refresh = "_r", .authorize = "https://x" };
static const struct cw_auth exact    = { "x", .obtain = "_o", .refresh = "_r", .authorize = "https://x", .early_s = 25, .not_before_s = 570 };
static const struct cw_auth client   = { "c", .obtain = "_o" };
static const struct cw_auth eternal  = { "e", .obtain = "_o", .authorize = "https://x" };
static const struct cw_auth hasty    = { "h", .obtain = "_o", .early_s = 600 };

static const struct {
    const char *what;
    const struct cw_auth *row;
    int64_t expires_ms, ends_ms, not_before_ms, asked_ms, now_ms; /* sent at 0 */
    int64_t from_ms, until_ms;                                    /* when it is due, by the jitter */
} cases[] = {
    { "an hour: 90 s ahead, spread over ten minutes", &rotating, HOUR, NONE, INT64_MIN, 0, 0, 2910 * S, 3510 * S },
    { "ten minutes: a tenth ahead, spread over a sixth", &rotating, 600 * S, NONE, INT64_MIN, 0, 0, 440 * S, 540 * S },
    { "not before 570 s of 600 s", &exact, 600 * S, NONE, 570 * S, 0, 0, 570 * S, 575 * S },
    { "the answer took its time: not before wins", &exact, 600 * S, NONE, 580 * S, 0, 0, 580 * S, 580 * S },
    { "early is longer than its life: a tenth", &hasty, 300 * S, NONE, INT64_MIN, 0, 0, 220 * S, 270 * S },
    { "no expiry, no end: never", &rotating, NONE, NONE, INT64_MIN, 0, 0, NONE, NONE },
    { "no expiry: before the refresh token dies", &rotating, NONE, 30 * DAY, INT64_MIN, 0, 0, 24 * DAY, 24 * DAY + 6 * DAY / 4 },
    { "idle: before the refresh token dies", &rotating, HOUR, 30 * DAY, INT64_MIN, 0, DAY + 1, 24 * DAY, 24 * DAY + 6 * DAY / 4 },
    { "idle for a long life: 14 days before", &rotating, HOUR, 365 * DAY, INT64_MIN, 0, DAY + 1, 351 * DAY, 351 * DAY + 14 * DAY / 4 },
    { "asked for within a day", &rotating, HOUR, 30 * DAY, INT64_MIN, 2 * HOUR, DAY + HOUR, 2910 * S, 3510 * S },
    { "asked for within one long life", &rotating, 10 * DAY, NONE, INT64_MIN, 0, 9 * DAY, 10 * DAY - 690 * S, 10 * DAY - 90 * S },
    { "a refresh that did not renew the refresh token: in what is left", &rotating, NONE, DAY, INT64_MIN, 0, 0, DAY - DAY / 5, DAY - DAY / 5 + DAY / 20 },
    { "by obtain, in use", &client, 600 * S, NONE, INT64_MIN, 0, 0, 440 * S, 540 * S },
    { "by obtain, idle: when somebody asks", &client, 600 * S, NONE, INT64_MIN, 0, DAY + 1, NONE, NONE },
    { "can not be renewed", &eternal, HOUR, NONE, INT64_MIN, 0, 0, NONE, NONE },
};
/* clang-format on */

static void test_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct token_times times = { .expires_ms = cases[i].expires_ms,
                                     .ends_ms = cases[i].ends_ms,
                                     .not_before_ms = cases[i].not_before_ms,
                                     .asked_ms = cases[i].asked_ms };
        for (uint32_t k = 0; k < 64; k++) {
            uint32_t chance = k * 0x04000000u + (k == 63 ? 0x03ffffffu : 0);
            int64_t due_ms = token_due_ms(cases[i].row, &times, SPREAD_MS, chance, cases[i].now_ms);
            if (due_ms < cases[i].from_ms || due_ms > cases[i].until_ms)
                fail_msg("%s: due at %lld, expected %lld to %lld", cases[i].what, (long long)due_ms,
                         (long long)cases[i].from_ms, (long long)cases[i].until_ms);
        }
    }
}

/* What ends in one minute is not renewed in one. */
static void test_spreads(void **state)
{
    (void)state;
    enum { STORES = 10000, MINUTES = 60 };
    uint32_t random = 1, in_minute[MINUTES] = { 0 }, most = 0;
    for (int i = 0; i < STORES; i++) {
        int64_t sent_ms = i * 6;
        struct token_times times = { sent_ms, sent_ms + HOUR, NONE, INT64_MIN, sent_ms };
        random = random * 1664525u + 1013904223u;
        int64_t minute = token_due_ms(&rotating, &times, SPREAD_MS, random, sent_ms) / (60 * S);
        assert_in_range(minute, 0, MINUTES - 1);
        in_minute[minute]++;
    }
    for (int i = 0; i < MINUTES; i++)
        most = in_minute[i] > most ? in_minute[i] : most;
    assert_in_range(most, 900, 1200);
}

static void test_warns(void **state)
{
    (void)state;
    struct token_times month = { .expires_ms = HOUR, .ends_ms = 30 * DAY },
                       year = { .expires_ms = HOUR, .ends_ms = 365 * DAY };
    struct token_times eternity = { .expires_ms = 50 * DAY, .ends_ms = NONE },
                       unknown = { .expires_ms = NONE, .ends_ms = NONE };
    assert_int_equal(token_warn_ms(&rotating, &month), 27 * DAY);
    assert_int_equal(token_warn_ms(&rotating, &year), 358 * DAY);
    assert_int_equal(token_warn_ms(&eternal, &eternity), 45 * DAY);
    assert_true(token_warn_ms(&rotating, &unknown) == NONE && token_warn_ms(&eternal, &unknown) == NONE);
    assert_true(token_warn_ms(&client, &eternity) == NONE);
}

static void test_retries(void **state)
{
    (void)state;
    for (uint32_t failures = 1; failures < 40; failures++) {
        assert_in_range(token_retry_ms(failures, false, UINT64_MAX / 40 * failures), 100, 300000);
        assert_in_range(token_retry_ms(failures, true, UINT64_MAX / 40 * failures), 100, 30000);
    }
}

static void test_by_itself(void **state)
{
    (void)state;
    static const struct cw_field returned[] = { { "code", "code" }, { 0 } };
    const struct cw_auth code = { "k", .obtain = "_o", .returned = returned };
    assert_true(token_by_itself(&client));
    assert_false(token_by_itself(&rotating) || token_by_itself(&code));
}

/* ---- what an answer says ------------------------------------------------------------------------------------------
 */

#define WALL INT64_C(1800000000000)
static const struct token_clock clock_of = { .sent_ms = 5000, .received_ms = 5700, .wall_ms = WALL };

static void test_lives(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_absolute;
        int64_t ends_ms; /* 0: it makes no sense */
    } lives[] = {
        { "600", false, 605000 },
        { "600.9", false, 605000 },
        { "0", false, 0 },
        { "-1", false, 0 },
        { "", false, 0 },
        { "soon", false, 0 },
        { "6e2", false, 0 },
        { "600s", false, 0 },
        { "315360000", false, 5000 + INT64_C(315360000000) },
        { "400000000", false, 0 },
        { "1800000600", false, 605700 },
        { "1800000600000", false, 605700 },
        { "1799999999", false, 0 },
        { "1000000000000000000", false, 0 },
        { "99999999999999999999", false, 0 },
        { "1800000600", true, 605700 },
        { "1800000600000", true, 605700 },
        { "2027-01-15T08:10:00Z", true, 605700 },
        { "Fri, 15 Jan 2027 08:10:00 GMT", true, 605700 },
        { "600", true, 0 },
        { "2001-01-01T00:00:00Z", true, 0 },
        { "2027-01-15T08:10:00Z", false, 0 },
        { "600.", false, 605000 },
        { ".5", false, 0 },
        { "9223372036854775807", false, 0 },
        { "-9223372036854775808", false, 0 },
    };
    for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
        int64_t ends_ms = 0;
        bool is_read = token_life_read(lives[i].text, lives[i].is_absolute, &clock_of, &ends_ms);
        if (is_read != (lives[i].ends_ms != 0) || ends_ms != lives[i].ends_ms)
            fail_msg("\"%s\": %d %lld", lives[i].text, is_read, (long long)ends_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),     cmocka_unit_test(test_spreads),   cmocka_unit_test(test_warns),
        cmocka_unit_test(test_retries), cmocka_unit_test(test_by_itself), cmocka_unit_test(test_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
