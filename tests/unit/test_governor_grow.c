/* test_governor_grow.c - limits that nobody has published: core/governor/governor_grow.c, under virtual time. */
#include "tests/unit/governor_calls.h"

#include "core/gauge/breaker.h"
#include "core/governor/cap.h"

static const struct limit_rule pace = {
    .name = "pace", .kind = LIMIT_BUCKET, .amount = 10, .per_ms = 1000, .burst = 50, .from = 2
};
static const struct limit_rule few = { .name = "open", .kind = LIMIT_OPEN, .amount = 4, .from = 1 };

enum { CALLS = 400, ERRAND = 7 };

/* A shop that takes took_ms for each call, whatever is asked of it, and the calls that wait for it. */
struct shop {
    struct fixture *f;
    struct call calls[CALLS];
    int64_t done_ms[CALLS];
    size_t n, n_open, n_most_open, n_served;
    int64_t took_ms;
    int status; /* 200, 429, 503; 0: no answer in time */
};

static void need(struct call *call)
{
    call->ticket.errand = ERRAND;
    call_needs(call, &pace, "store_1", 1);
    call_needs(call, &few, "store_1", 1);
}

static void shop_asked(struct shop *shop, size_t n)
{
    for (size_t i = 0; i < n; i++, shop->n++) {
        assert_true(shop->n < CALLS);
        shop->calls[shop->n] = call_make(shop->f, (int)shop->n);
        need(&shop->calls[shop->n]);
        submit(shop->f, &shop->calls[shop->n]);
    }
}

static void shop_answers(struct shop *shop, struct call *call)
{
    struct feedback feedback = { .throttled = shop->status == 429,
                                 .strained = shop->status == 503,
                                 .retry_after_ms = -1 };
    struct fixture *f = shop->f;

    if (shop->status)
        governor_answered(f->governor, &call->ticket, f->now_ms, &feedback, f->now_ms);
    governor_settled(f->governor, &call->ticket, shop->status == 0, f->now_ms);
    call->granted = false;
    shop->n_open--;
    shop->n_served++;
}

/* ms in steps of 10. */
static void shop_works(struct shop *shop, int64_t ms)
{
    struct fixture *f = shop->f;

    for (int64_t end_ms = f->now_ms + ms; f->now_ms < end_ms; f->now_ms += 10) {
        run(f);
        for (size_t i = 0; i < shop->n; i++) {
            if (shop->calls[i].granted && !shop->done_ms[i]) {
                shop->done_ms[i] = f->now_ms + shop->took_ms;
                shop->n_open++;
                shop->n_most_open = shop->n_open > shop->n_most_open ? shop->n_open : shop->n_most_open;
            }
            if (shop->calls[i].granted && shop->done_ms[i] <= f->now_ms)
                shop_answers(shop, &shop->calls[i]);
        }
    }
}

static struct shop *shop_of(struct fixture *f)
{
    static struct shop shop;

    shop = (struct shop){ .f = f, .took_ms = 80, .status = 200 };
    return &shop;
}

static uint32_t permille_of(struct fixture *f, const char *limit)
{
    struct lane_view lane;

    assert_true(governor_lane(f->governor, LANE, f->now_ms, &lane));
    for (uint32_t i = 0; i < lane.n_gauges; i++)
        if (strcmp(lane.gauges[i].rule->name, limit) == 0)
            return lane.gauges[i].pace_permille;
    fail_msg("there is no %s", limit);
    return 0;
}

static void they_begin_at_two_a_second_one_at_a_time(void **state)
{
    struct shop *shop = shop_of(*state);

    shop->took_ms = 10000; /* nothing is answered yet: no evidence */
    shop_asked(shop, 20);
    shop_works(shop, 5000);
    assert_int_equal(shop->n_open, 1);
    shop = shop_of(*state);
    start(*state, (struct governor_options){ .unknown_until_ms = INT64_MIN });
    shop_asked(shop, 20);
    shop_works(shop, 1000);
    assert_in_range(shop->n_served, 2, 4); /* 2 at once, and what drips in in a second */
    assert_int_equal(shop->n_most_open, 1);
}

static void evidence_makes_them_grow_to_the_most(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);
    size_t before;

    shop_asked(shop, 200);
    shop_works(shop, 60000);
    assert_int_equal(permille_of(f, "pace"), 1000);
    assert_int_equal(shop->n_served, 200);
    before = shop->n_served;
    shop_asked(shop, 200);
    shop_works(shop, 10000);
    assert_in_range(shop->n_served - before, 140, 151); /* 50 at once and 10 a second */
    assert_true(shop->n_most_open <= 4);
}

/* Who never needs the last of it shows nothing about it. */
static void calls_now_and_then_are_no_evidence(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);
    uint32_t before;

    shop_asked(shop, 1);
    shop_works(shop, 3000);
    before = permille_of(f, "pace");
    for (int i = 0; i < 50; i++) {
        shop_asked(shop, 1);
        shop_works(shop, 3000);
    }
    assert_int_equal(permille_of(f, "pace"), before);
}

/* A time-out after less than a shop may take was its caller's. */
static void a_refusal_halves_and_a_503_and_a_time_out(void **state)
{
    static const struct {
        int status, took_ms;
        uint32_t falls_to; /* of 1000 */
    } ends[] = { { 429, 50, 500 }, { 503, 50, 500 }, { 0, BREAKER_PATIENCE_MS, 500 }, { 0, 50, 1000 } };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct fixture *f = *state;
        struct shop *shop = shop_of(f);
        uint32_t open, usual_ms;

        start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN });
        shop_asked(shop, 200);
        shop_works(shop, 60000);
        assert_int_equal(permille_of(f, "pace"), 1000);
        open = permille_of(f, "open");
        usual_ms = shop->took_ms;
        shop->status = ends[i].status;
        shop->took_ms = ends[i].took_ms;
        shop_asked(shop, 1);
        shop_works(shop, ends[i].took_ms + 150);
        assert_int_equal(permille_of(f, "pace"), ends[i].falls_to);
        assert_in_range(permille_of(f, "open"), open * ends[i].falls_to / 1000 - 1, open * ends[i].falls_to / 1000);
        shop->status = 200;
        shop->took_ms = usual_ms;
        shop_asked(shop, 100);
        shop_works(shop, 60000);
        assert_true(permille_of(f, "pace") > 900);
    }
}

/* Nobody was answered so soon: else what is usual would look late. */
static void time_outs_of_the_impatient_say_nothing_of_the_usual(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);

    shop->took_ms = 400;
    shop_asked(shop, 200);
    shop_works(shop, 60000);
    assert_int_equal(permille_of(f, "pace"), 1000);
    for (int i = 0; i < 10; i++) {
        shop->status = 0;
        shop->took_ms = 50;
        shop_asked(shop, 1);
        shop_works(shop, 31000); /* until it is certain that nothing of it is open any more */
        shop->status = 200;
        shop->took_ms = 400;
        shop_asked(shop, 4);
        shop_works(shop, 5000);
        assert_int_equal(permille_of(f, "pace"), 1000);
    }
}

/* Calls that were sent before it fell say nothing about what it is now. */
static void one_burst_makes_it_fall_once(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);

    shop->took_ms = 400; /* so that four are open at once */
    shop_asked(shop, 300);
    shop_works(shop, 90000);
    assert_int_equal(permille_of(f, "open"), 1000);
    shop->status = 503;
    shop_asked(shop, 4);
    shop_works(shop, 390);
    assert_int_equal(shop->n_open, 4);
    shop_works(shop, 30);
    assert_int_equal(shop->n_open, 0);
    assert_int_equal(permille_of(f, "pace"), 500);
}

static void late_answers_shrink_and_nothing_grows_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);

    shop->took_ms = 400;
    shop_asked(shop, 300);
    shop_works(shop, 90000);
    assert_int_equal(permille_of(f, "open"), 1000);
    shop->took_ms = 2800; /* seven times the usual */
    shop_asked(shop, 6);
    shop_works(shop, 6000);
    assert_true(permille_of(f, "open") <= 500);
    assert_true(permille_of(f, "pace") <= 500);
}

/* A published number of calls at once shrinks, too; a published pace does not. */
static void concurrency_shrinks_where_it_is_published(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 1);
    struct feedback good = { .retry_after_ms = -1 };

    call.ticket.errand = ERRAND;
    call_needs(&call, &open_many, "store_1", 1);
    call_needs(&call, &bucket, "store_1", 1);
    for (int i = 0; i < 20; i++) {
        go(f, &call);
        f->now_ms += i < 12 ? 100 : 900;
        governor_answered(f->governor, &call.ticket, f->now_ms, &good, f->now_ms);
        settle(f, &call);
    }
    assert_true(permille_of(f, "open") <= 500);
    assert_int_equal(permille_of(f, "points"), 1000);
    for (int i = 0; i < 100; i++) {
        go(f, &call);
        f->now_ms += 100;
        governor_answered(f->governor, &call.ticket, f->now_ms, &good, f->now_ms);
        settle(f, &call);
    }
    assert_int_equal(permille_of(f, "open"), 1000);
}

/* No answer in time is a late one: several in a row, and fewer may be open; a published pace stays.  A 503 is an answer
 * in time: it says when to come again, and how many may be open is not what it speaks of. */
static void time_outs_shrink_published_concurrency_and_503_does_not(void **state)
{
    struct fixture *f = *state;
    struct feedback good = { .retry_after_ms = -1 }, busy = { .retry_after_ms = -1, .strained = true };

    for (int is_timed_out = 0; is_timed_out < 2; is_timed_out++) {
        struct call call = call_make(f, 1);

        start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN });
        call.ticket.errand = ERRAND;
        call_needs(&call, &open_many, "store_1", 1);
        call_needs(&call, &bucket, "store_1", 1);
        for (int i = 0; i < 18; i++) {
            bool is_good = i < 12;

            go(f, &call);
            f->now_ms += is_good || !is_timed_out ? 100 : 30000;
            if (is_good || !is_timed_out)
                governor_answered(f->governor, &call.ticket, f->now_ms, is_good ? &good : &busy, f->now_ms);
            governor_settled(f->governor, &call.ticket, !is_good && is_timed_out, f->now_ms);
            call.granted = false;
            if (i == 12) /* one is none */
                assert_int_equal(permille_of(f, "open"), 1000);
        }
        assert_in_range(permille_of(f, "open"), is_timed_out ? 1 : 1000, is_timed_out ? 250 : 1000);
        assert_int_equal(permille_of(f, "points"), 1000);
    }
}

static void numbers_of_an_operator_do_not_grow(void **state)
{
    struct fixture *f = *state;
    struct call call = call_make(f, 1);
    struct limit_rule set = pace;

    set.amount = 6;
    set.from = 0;
    set.is_pinned = true;
    set.source = SOURCE_STORE;
    call_needs(&call, &pace, "store_1", 1);
    go(f, &call);
    settle(f, &call);
    assert_in_range(permille_of(f, "pace"), 195, 205);
    governor_set(f->governor, LANE, &pace, LANE, &set, f->now_ms);
    assert_int_equal(permille_of(f, "pace"), 1000);
    governor_set(f->governor, LANE, &pace, LANE, NULL, f->now_ms);
    assert_in_range(permille_of(f, "pace"), 195, 205);
}

/* A sync alone, held by its part, shows what the shop bears; and its part is never more than its share. */
static void a_part_has_the_pace_of_the_whole(void **state)
{
    struct fixture *f = *state;
    struct limit_rule numbers;
    struct feedback good = { .retry_after_ms = -1 };
    uint32_t before = 0;

    for (int i = 0; i < 120; i++) {
        struct call call = call_make(f, i);

        call_needs(&call, &pace, "store_1", 1);
        call.demands[1] =
            governor_part(f->governor, LANE, &call.demands[0],
                          &(struct part_spec){ PART_CLASS, 40, SPAN("store_1/bulk") }, &numbers, f->now_ms);
        call.ticket.n_demands = 2;
        go(f, &call);
        while (!call.granted)
            pass(f, 10);
        governor_answered(f->governor, &call.ticket, f->now_ms, &good, f->now_ms);
        settle(f, &call);
        assert_int_equal(permille_of(f, "pace (a class's part)"), permille_of(f, "pace"));
        before = before ? before : permille_of(f, "pace");
    }
    assert_int_equal(permille_of(f, "pace"), 1000);
    assert_true(before < 300);
}

/* An app's first call will have the pace that others' calls have shown, so that is what is told of it before. */
static void a_part_that_was_never_asked_for_is_seen_as_it_would_be(void **state)
{
    struct fixture *f = *state;
    struct shop *shop = shop_of(f);
    struct demand whole = { .rule = &pace, .key = LANE, .cost = 1 }, part;
    struct limit_rule numbers;

    shop->took_ms = 10;
    shop_asked(shop, 100);
    shop_works(shop, 30000);
    assert_int_equal(permille_of(f, "pace"), 1000);
    part = governor_part(f->governor, LANE, &whole, &(struct part_spec){ PART_APP, 40, SPAN("store_1/app_1") },
                         &numbers, f->now_ms);
    assert_int_equal(governor_outlook(f->governor, LANE, &part, &whole, 1, f->now_ms).most, 20);
}

/* ---- what is kept --------------------------------------------------------------------------------------------------
 */

struct kept {
    struct gauge_learnt pace, told;
    int n_learn;
    bool has_pace, has_told;
};

static void learn(void *self, struct span lane, const char *limit, struct span key, const struct gauge_learnt *news)
{
    struct kept *kept = self;

    assert_true(span_is(lane, "store_1") && span_is(key, "store_1"));
    kept->n_learn++;
    if (strcmp(limit, "pace") == 0) {
        kept->pace = *news;
        kept->has_pace = true;
    }
    if (strcmp(limit, "told") == 0) {
        kept->told = *news;
        kept->has_told = true;
    }
}

static bool relearn(void *self, struct span lane, const char *limit, struct span key, struct gauge_learnt *out)
{
    const struct kept *kept = self;
    bool is_pace = strcmp(limit, "pace") == 0, is_told = strcmp(limit, "told") == 0;

    (void)lane;
    (void)key;
    if (is_pace && kept->has_pace)
        *out = kept->pace;
    if (is_told && kept->has_told)
        *out = kept->told;
    return (is_pace && kept->has_pace) || (is_told && kept->has_told);
}

static void what_was_learnt_outlives_the_governor(void **state)
{
    static const struct limit_rule told = { .name = "told",
                                            .kind = LIMIT_BUCKET,
                                            .amount = 100,
                                            .per_ms = 1000,
                                            .burst = 1000,
                                            .told = true,
                                            .unsized = true };
    struct fixture *f = *state;
    struct kept kept = { 0 };
    struct governor_options options = { .unknown_until_ms = INT64_MIN, .memory = { &kept, learn, relearn } };
    struct shop *shop = shop_of(f);
    struct gauge_news news = GAUGE_NO_NEWS;
    struct call call = call_make(f, 1);
    struct lane_view lane;
    uint32_t before;

    start(f, options);
    shop_asked(shop, 30);
    shop_works(shop, 8000);
    before = permille_of(f, "pace");
    assert_in_range(before, 300, 990);
    call_needs(&call, &told, "store_1", 1);
    go(f, &call);
    news.size = 2000;
    news.rate_micro = INT64_C(200000000);
    governor_answered(f->governor, &call.ticket, f->now_ms, NULL, f->now_ms);
    governor_tell(f->governor, LANE, &told, LANE, call.ticket.number, &news, f->now_ms);
    settle(f, &call);
    assert_true(kept.has_told && kept.told.burst == 2000);
    options.unknown_until_ms = f->now_ms + 1000;
    start(f, options); /* killed: nothing was said at the end */
    call = call_make(f, 2);
    call_needs(&call, &told, "store_1", 1);
    call_needs(&call, &pace, "store_1", 1);
    submit(f, &call);
    assert_int_equal(permille_of(f, "pace"), before);
    governor_lane(f->governor, LANE, f->now_ms, &lane);
    assert_int_equal(lane.gauges[0].most, 2000);
    assert_int_equal(lane.gauges[0].rule->source, SOURCE_LEARNT);
    assert_int_equal(lane.gauges[0].left, 0); /* the levels are not known all the same */
    pass(f, 3000);
    assert_true(call.granted);
    settle(f, &call);
}

static void a_lane_that_was_dropped_knows_it_again(void **state)
{
    struct fixture *f = *state;
    struct kept kept = { 0 };
    struct shop *shop = shop_of(f);
    struct call call = call_make(f, 1);

    start(f, (struct governor_options){ .unknown_until_ms = INT64_MIN, .memory = { &kept, learn, relearn } });
    shop_asked(shop, 200);
    shop_works(shop, 60000);
    pass(f, 200000);
    for (int i = 0; i < 40; i++)
        pass(f, 2000);
    assert_int_equal(view(f).lanes, 0);
    call_needs(&call, &pace, "store_1", 1);
    submit(f, &call);
    assert_int_equal(permille_of(f, "pace"), 1000);
    run(f);
    settle(f, &call);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_begin_at_two_a_second_one_at_a_time),
        TEST(evidence_makes_them_grow_to_the_most),
        TEST(calls_now_and_then_are_no_evidence),
        TEST(a_refusal_halves_and_a_503_and_a_time_out),
        TEST(time_outs_of_the_impatient_say_nothing_of_the_usual),
        TEST(one_burst_makes_it_fall_once),
        TEST(late_answers_shrink_and_nothing_grows_meanwhile),
        TEST(concurrency_shrinks_where_it_is_published),
        TEST(time_outs_shrink_published_concurrency_and_503_does_not),
        TEST(numbers_of_an_operator_do_not_grow),
        TEST(a_part_has_the_pace_of_the_whole),
        TEST(a_part_that_was_never_asked_for_is_seen_as_it_would_be),
        TEST(what_was_learnt_outlives_the_governor),
        TEST(a_lane_that_was_dropped_knows_it_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
