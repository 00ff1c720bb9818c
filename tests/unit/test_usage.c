/* test_usage.c - what was spent: core/seen/usage.c, over a real database in memory, with clocks of our own. */
#include "core/seen/usage.h"

#include "core/db/db.h"
#include "core/log/metrics.h"
#include "core/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR USAGE_HOUR_MS
#define START (INT64_C(1700000000000) / HOUR * HOUR) /* the beginning of an hour */

struct house {
    struct env env;
    struct exec exec;
    struct db *db;
    struct metrics *metrics;
    struct usage *usage;
    struct store s1, s2;
    int64_t now_ms;
    enum err fails; /* of the next jobs */
    bool full;      /* the writer's queue */
    int jobs;
};

static int64_t now_ms(void *self)
{
    return ((struct house *)self)->now_ms;
}

static int64_t wall_ms(void *self)
{
    return START + ((struct house *)self)->now_ms;
}

static bool post(void *self, struct job *job)
{
    struct house *h = self;
    if (h->full)
        return false;
    h->jobs++;
    job->err = h->fails;
    if (!job->err)
        job->run(job, h->db);
    assert_true(job->err == h->fails);
    job->done(job);
    return true;
}

static int set_up(void **state)
{
    static struct house house;
    struct fault fault = { 0 };
    house = (struct house){ .env = { .self = &house, .now_ms = now_ms, .wall_ms = wall_ms },
                            .exec = { &house, post },
                            .s1 = { .id = "s1", .serial = 1 },
                            .s2 = { .id = "s2", .serial = 2 } };
    assert_int_equal(db_open(":memory:", NULL, &fault, &house.db), OK);
    house.metrics = metrics_new();
    house.usage = usage_new(&house.env, NULL, house.metrics);
    *state = &house;
    return 0;
}

static int tear_down(void **state)
{
    struct house *h = *state;
    usage_free(h->usage);
    metrics_free(h->metrics);
    db_close(h->db);
    return 0;
}

static void spend(struct house *h, const struct store *store, const char *limit, uint32_t cost, bool failed)
{
    struct usage_spent spent = { .store = store,
                                 .limit = limit,
                                 .method = "order.list",
                                 .app_id = "app_1",
                                 .app = 1,
                                 .klass = CLASS_ORDER,
                                 .cost = cost,
                                 .failed = failed,
                                 .wait_ms = 3 };
    usage_add(h->usage, &spent, h->now_ms);
}

static void reads(struct house *h, const char *by, struct span store, const char *expected)
{
    struct usage_query query = { .since_ms = START, .until_ms = START + 100 * HOUR };
    struct fault fault = { 0 };
    struct buf out;
    bool truncated;
    for (int i = 0; i < USAGE_PARTS; i++) {
        query.by[i] = strstr(by, usage_parts[i]) != NULL;
        query.only[i] = SPAN("");
    }
    query.only[USAGE_BY_STORE] = store;
    buf_init(&out, 1 << 20);
    assert_int_equal(usage_read(h->db, &query, &out, &truncated, &fault), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    assert_false(truncated);
    buf_release(&out);
}

static void sums_are_written_after_a_minute(void **state)
{
    struct house *h = *state;
    assert_true(usage_next(h->usage) == INT64_MAX);
    spend(h, &h->s1, "points", 10, false);
    spend(h, &h->s1, "points", 5, true);
    spend(h, &h->s2, "points", 1, false);
    assert_int_equal(usage_next(h->usage), USAGE_FLUSH_MS);
    usage_run(h->usage, &h->exec, USAGE_FLUSH_MS - 1);
    assert_int_equal(h->jobs, 0);
    usage_run(h->usage, &h->exec, USAGE_FLUSH_MS);
    assert_int_equal(h->jobs, 1);
    assert_true(usage_next(h->usage) == INT64_MAX);
    reads(
        h, "store limit app class method", SPAN("s1"),
        "{\"object\":\"usage\",\"store\":\"s1\",\"limit\":\"points\",\"app\":\"app_1\",\"class\":\"order\",\"method\":"
        "\"order.list\",\"cost\":15,\"attempts\":2,\"failed\":1,\"wait_ms\":6}");
    spend(h, &h->s1, "points", 7, false); /* is added to what is there */
    usage_flush(h->usage, &h->exec);
    reads(h, "limit", SPAN(""),
          "{\"object\":\"usage\",\"limit\":\"points\",\"cost\":23,\"attempts\":4,\"failed\":1,\"wait_ms\":12}");
}

static void hours_are_told_apart(void **state)
{
    struct house *h = *state;
    h->now_ms = HOUR - 1;
    spend(h, &h->s1, "points", 1, false);
    h->now_ms = HOUR;
    spend(h, &h->s1, "points", 2, false);
    usage_flush(h->usage, &h->exec);
    reads(h, "hour", SPAN(""),
          "{\"object\":\"usage\",\"hour\":\"2023-11-14T23:00:00.000Z\",\"cost\":2,\"attempts\":1,\"failed\":0,\"wait_"
          "ms\":3},"
          "{\"object\":\"usage\",\"hour\":\"2023-11-14T22:00:00.000Z\",\"cost\":1,\"attempts\":1,\"failed\":0,\"wait_"
          "ms\":3}");
}

static void what_is_not_written_is_kept(void **state)
{
    struct house *h = *state;
    spend(h, &h->s1, "points", 1, false);
    h->fails = ERR_DISK_FULL;
    usage_flush(h->usage, &h->exec);
    assert_int_equal(usage_next(h->usage), USAGE_FLUSH_MS); /* not at once */
    spend(h, &h->s1, "points", 2, false);
    h->fails = OK;
    h->full = true;
    usage_flush(h->usage, &h->exec);
    h->full = false;
    usage_flush(h->usage, &h->exec);
    reads(h, "", SPAN(""), "{\"object\":\"usage\",\"cost\":3,\"attempts\":2,\"failed\":0,\"wait_ms\":6}");
}

static void memory_is_bounded(void **state)
{
    struct house *h = *state;
    struct store store = { .id = "many" };
    for (int i = 0; i < USAGE_ROWS + 10; i++) {
        store.serial = (uint64_t)i + 10;
        spend(h, &store, "points", 1, false);
    }
    assert_true(usage_next(h->usage) == INT64_MIN);
    struct buf text;
    buf_init(&text, 1 << 20);
    metrics_text(&h->metrics, 1, &text);
    buf_char(&text, '\0');
    assert_non_null(strstr(text.p, "cartway_usage_lost_total 10\n"));
    buf_release(&text);
    usage_run(h->usage, &h->exec, 1);
    assert_int_equal(h->jobs, (USAGE_ROWS + USAGE_CHUNK - 1) / USAGE_CHUNK);
    reads(h, "store", SPAN(""),
          "{\"object\":\"usage\",\"store\":\"many\",\"cost\":16384,\"attempts\":16384,\"failed\":0,\"wait_ms\":49152}");
    spend(h, &store, "points", 1, false); /* and there is room again */
    assert_int_equal(usage_next(h->usage), USAGE_FLUSH_MS);
}

static void old_hours_go(void **state)
{
    struct house *h = *state;
    spend(h, &h->s1, "points", 1, false);
    usage_flush(h->usage, &h->exec);
    h->now_ms = USAGE_KEEP_MS;
    spend(h, &h->s1, "points", 2, false);
    usage_flush(h->usage, &h->exec);
    reads(h, "", SPAN(""), "{\"object\":\"usage\",\"cost\":1,\"attempts\":1,\"failed\":0,\"wait_ms\":3}");
    h->now_ms = USAGE_KEEP_MS + HOUR;
    spend(h, &h->s1, "points", 4, false);
    usage_flush(h->usage, &h->exec);
    reads(h, "limit", SPAN(""), "");
}

static struct span own_lane(void *unused, struct span store)
{
    (void)unused, (void)store;
    return (struct span){ NULL, 0 };
}

static struct span shared_lane(void *unused, struct span store)
{
    (void)unused;
    return span_is(store, "s1") || span_is(store, "s2") ? SPAN("toy/c1") : (struct span){ NULL, 0 };
}

static void a_rate_is_of_the_last_sixty_minutes(void **state)
{
    struct house *h = *state;
    struct usage_rates rates;
    struct fault fault = { 0 };
    spend(h, &h->s1, "points", 400, false);
    h->now_ms = HOUR + HOUR / 4;
    spend(h, &h->s1, "points", 50, false);
    spend(h, &h->s1, "day", 40, false);
    spend(h, &h->s2, "day", 60, false);
    usage_flush(h->usage, &h->exec);
    assert_int_equal(usage_read_rates(h->db, wall_ms(h), &rates, &fault), OK);
    assert_int_equal(usage_rate(&rates, SPAN("s1"), "points"), 50 + 300);
    assert_int_equal(usage_rate(&rates, SPAN("s2"), "day"), 60);
    assert_int_equal(usage_rate(&rates, SPAN("s2"), "points"), 0);
    assert_int_equal(usage_rate(&rates, SPAN("s"), "points"), 0);
    assert_int_equal(usage_rate(&rates, SPAN("s11"), "points"), 0);
    usage_rates_share(&rates, own_lane, NULL);
    assert_int_equal(usage_rate(&rates, SPAN("s1"), "points"), 50 + 300);
    usage_rates_share(&rates, shared_lane, NULL);
    assert_int_equal(usage_rate(&rates, SPAN("toy/c1"), "points"), 50 + 300);
    assert_int_equal(usage_rate(&rates, SPAN("toy/c1"), "day"), 40 + 60);
    assert_int_equal(usage_rate(&rates, SPAN("s1"), "points"), 50 + 300);
    assert_int_equal(usage_rate(&rates, SPAN("s2"), "day"), 60);
    usage_rates_release(&rates);
}

static void exhaustion_is_forecast_within_the_period(void **state)
{
    (void)state;
    assert_int_equal(usage_exhausted_ms(500, 1000, 24 * HOUR, START), START + HOUR / 2);
    assert_int_equal(usage_exhausted_ms(0, 0, 24 * HOUR, START), START);
    assert_true(usage_exhausted_ms(500, 0, 24 * HOUR, START) == INT64_MAX);
    assert_true(usage_exhausted_ms(24000, 1000, 24 * HOUR, START) == INT64_MAX);
    assert_int_equal(usage_exhausted_ms(23999, 1000, 24 * HOUR, START), START + 23999 * HOUR / 1000);
    assert_true(usage_exhausted_ms(INT64_MAX, 1, 24 * HOUR, START) == INT64_MAX);
}

int main(void)
{
#define HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HOUSE(sums_are_written_after_a_minute),
        HOUSE(hours_are_told_apart),
        HOUSE(what_is_not_written_is_kept),
        HOUSE(memory_is_bounded),
        HOUSE(old_hours_go),
        HOUSE(a_rate_is_of_the_last_sixty_minutes),
        HOUSE(exhaustion_is_forecast_within_the_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
