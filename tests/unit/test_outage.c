/*
 * test_outage.c - what a status feed's word does, minute by minute in virtual time: core/exchange/outage.c.  The world
 * here is one platform, a feed that answers what the test says, and calls that succeed or fail as the test says.
 */
#include "core/exchange/outage.h"

#include "core/answer/views.h"
#include "core/exchange/exchange_inside.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/loop/timers.h"
#include "core/platform/platform.h"
#include "core/services.h"
#include "tests/unit/platform_made.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_case words[] = { { "critical", "outage" }, { "major", "degraded" }, { "none", "operational" }, { 0 } };
static const struct cw_field rows[] = { { "state", "status.indicator", .cases = words }, { "text", "status.description" }, { 0 } };
static const struct cw_field place[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "location", place }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_endpoint endpoints[] = {
    { "location.list", "GET /p", NULL, "p[]" },
    { "_status", "GET https://status.example/s.json", .out = rows, .auth = "-", .keep_s = 60 }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "https://toy.example", .page = &page, .records = records,
    .endpoints = endpoints, .status_feed = "_status" };
/* clang-format on */

enum { WAITS = 8 };

static struct world {
    struct services services;
    struct timers timers;
    struct platform *platform;
    struct attempt *look; /* under way; NULL: none */
    size_t n_looks;
    struct outage_wait waits[WAITS];
    bool went[WAITS];
    int log;
} * world;

static void send_look(void *self, struct attempt *attempt)
{
    struct world *w = self;
    assert_null(w->look);
    assert_string_equal(attempt->url, "https://status.example/s.json");
    assert_int_equal(attempt->n_headers, 1); /* Accept: nothing of a store */
    assert_false(attempt->allow_private);
    assert_true(attempt->max_body <= OUTAGE_ANSWER_BYTES && attempt->total_ms <= OUTAGE_LOOK_MS);
    w->look = attempt;
    w->n_looks++;
}

static int64_t wall(void *self)
{
    (void)self;
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    world = test_calloc(1, sizeof(*world));
    world->platform = platform_made(&adapter);
    timers_init(&world->timers);
    struct services *s = &world->services;
    s->timers = &world->timers;
    s->env = (struct env){ .wall_ms = wall };
    s->http = (struct http){ .self = world, .send = send_look };
    world->log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    s->log = log_new(world->log, LEVEL_INFO, &s->env);
    s->views = views_new(7);
    s->metrics = metrics_new();
    s->now_ms = 1000000;
    s->outages = outages_new(s);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    outages_free(world->services.outages);
    timers_release(&world->timers);
    views_free(world->services.views);
    metrics_free(world->services.metrics);
    log_free(world->services.log);
    close(world->log);
    platform_free(world->platform);
    test_free(world);
    return 0;
}

/* ---- what happens ---------------------------------------------------------------------------------------------- */

static void use(void)
{
    outages_used(world->services.outages, world->platform);
}

static void pass(int64_t ms)
{
    world->services.now_ms += ms;
    timers_run(&world->timers, world->services.now_ms);
}

static void answer(enum wire wire, int status, const char *body)
{
    struct attempt *look = world->look;
    assert_non_null(look);
    world->look = NULL;
    look->wire = wire;
    look->status = status;
    look->end_ms = world->services.now_ms;
    buf_init(&look->reply, OUTAGE_ANSWER_BYTES);
    buf_span(&look->reply, span_of(body));
    look->done(look);
    pass(0);
}

static void says(const char *indicator)
{
    char body[200];
    snprintf(body, sizeof(body), "{\"page\":{},\"status\":{\"indicator\":\"%s\",\"description\":\"It is %s\"}}",
             indicator, indicator);
    answer(WIRE_OK, 200, body);
}

static struct outage_view seen(void)
{
    struct outage_view view;
    assert_true(outages_see(world->services.outages, world->platform, &view));
    return view;
}

/* wait NULL: somebody new. */
static bool is_held(const struct outage_wait *wait, int64_t *look_ms)
{
    return outages_hold(world->services.outages, world->platform, wait, look_ms);
}

static int64_t held_for(void)
{
    int64_t look_ms = -1;
    return is_held(NULL, &look_ms) ? look_ms : 0;
}

/* Since when the call that was let go last is the probe. */
static int64_t probe_ms;

/* A call that meets the shop: sent now, if it may be. */
static bool call_of(const struct outage_wait *wait, bool fails)
{
    int64_t look_ms;
    if (is_held(wait, &look_ms) || !outages_allow(world->services.outages, world->platform, &probe_ms))
        return false;
    outages_tell(world->services.outages, world->platform, fails, world->services.now_ms);
    pass(0);
    return true;
}

static bool call(bool fails)
{
    return call_of(NULL, fails);
}

static void go(struct outage_wait *wait)
{
    world->went[wait - world->waits] = true;
}

static void hold(int i)
{
    assert_true(held_for() > 0);
    world->waits[i].go = go;
    world->waits[i].came_ms = world->services.now_ms;
    world->waits[i].is_let = false;
    assert_true(outages_wait(world->services.outages, world->platform, &world->waits[i]));
}

static void begin_outage(void)
{
    use();
    says("critical");
    assert_int_equal(seen().state, PLATFORM_OUTAGE);
    assert_string_equal(seen().text, "It is critical");
    assert_true(seen().pauses);
}

/* ---- the tests --------------------------------------------------------------------------------------------------- */

static void it_is_asked_when_due_and_used(void **state)
{
    struct outage_view view;
    (void)state;
    assert_false(outages_see(world->services.outages, world->platform, &view));
    use();
    use();
    assert_int_equal(world->n_looks, 1);
    says("none");
    assert_int_equal(seen().state, PLATFORM_OPERATIONAL);
    pass(59999);
    use();
    assert_int_equal(world->n_looks, 1);
    pass(3600000);
    assert_int_equal(world->n_looks, 1); /* time alone asks nothing */
    use();
    assert_int_equal(world->n_looks, 2);
    says("major");
    assert_int_equal(seen().state, PLATFORM_DEGRADED);
    assert_false(seen().pauses);
    assert_int_equal(held_for(), 0); /* told, and no more */
    assert_true(call(true));
}

static void nothing_is_held_where_nobody_looks(void **state)
{
    int64_t unused;
    struct outage_view view;
    (void)state;
    outages_used(NULL, world->platform);
    assert_false(outages_hold(NULL, world->platform, NULL, &unused));
    assert_true(outages_allow(NULL, world->platform, &probe_ms));
    outages_tell(NULL, world->platform, true, 0);
    outages_unprobe(NULL, world->platform, probe_ms);
    assert_false(outages_see(NULL, world->platform, &view));
    world->platform->feed.endpoint = NULL; /* the operator's word */
    use();
    assert_int_equal(world->n_looks, 0);
    assert_int_equal(held_for(), 0);
}

static void an_outage_lets_one_probe_through_at_a_time(void **state)
{
    static const int64_t waits_ms[] = { 30000, 60000, 120000, 240000, 300000, 300000 };
    (void)state;
    begin_outage();
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        assert_int_equal(held_for(), 0); /* whoever comes first */
        assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
        assert_false(outages_allow(world->services.outages, world->platform, &probe_ms));
        assert_int_equal(held_for(), OUTAGE_SOON_MS);
        outages_tell(world->services.outages, world->platform, true, world->services.now_ms);
        assert_int_equal(seen().wait_ms, waits_ms[i]);
        for (int64_t ms = 0; ms < waits_ms[i]; ms += 30000) {
            assert_false(call(false));
            pass(30000);
            if (world->look)
                says("critical");
        }
    }
    assert_true(world->n_looks >= 16); /* each minute, though nobody asked for it */
}

static void its_end_lets_all_go_at_once(void **state)
{
    (void)state;
    begin_outage();
    assert_true(call(true));
    for (int i = 0; i < 4; i++)
        hold(i);
    outages_leave(&world->waits[1]); /* its deadline came */
    outages_leave(&world->waits[3]);
    outages_leave(&world->waits[3]);
    assert_int_equal(seen().n_waiting, 2);
    hold(4);
    pass(60000); /* meanwhile one went as a probe, and was lost */
    assert_true(world->went[0] && !world->went[2] && !world->went[4]);
    says("none");
    assert_true(world->went[2] && world->went[4] && !world->went[1] && !world->went[3]);
    assert_int_equal(held_for(), 0);
    assert_int_equal(seen().n_waiting, 0);
    pass(600000);
    assert_null(world->look); /* asked when used, again */
}

static void those_that_wait_become_probes(void **state)
{
    (void)state;
    begin_outage();
    assert_true(call(true));
    for (int i = 0; i < 3; i++)
        hold(i);
    pass(29999);
    assert_false(world->went[0]);
    pass(1);
    assert_true(world->went[0] && !world->went[1]);
    pass(OUTAGE_SOON_MS); /* the first was lost on its way: the next one */
    assert_true(world->went[1] && !world->went[2]);
    assert_false(call(false));                     /* who is new waits behind those */
    assert_true(call_of(&world->waits[1], false)); /* it is answered */
    assert_true(world->went[2]);
    assert_false(seen().pauses);
}

/* Writes to one record leave as they came, also when one came to its grant before it was known that it has to wait. */
static void who_came_first_goes_first(void **state)
{
    int64_t look_ms;
    (void)state;
    begin_outage();
    assert_true(call(true));
    hold(0);
    pass(10);
    hold(1);
    world->waits[2].go = go;
    world->waits[2].came_ms = world->services.now_ms - 5; /* between the two */
    assert_true(outages_wait(world->services.outages, world->platform, &world->waits[2]));
    assert_ptr_equal(world->waits[0].next, &world->waits[2]);
    assert_ptr_equal(world->waits[2].next, &world->waits[1]);
    assert_null(world->waits[1].next);
    hold(3);
    assert_ptr_equal(world->waits[1].next, &world->waits[3]);
    pass(29990);
    assert_true(world->went[0]);
    outages_tell(world->services.outages, world->platform, false, 0); /* nobody's probe yet */
    assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
    outages_tell(world->services.outages, world->platform, false, world->services.now_ms);
    assert_true(is_held(NULL, &look_ms)); /* the pause is over, but those that wait are not gone yet */
    assert_int_equal(look_ms, 0);
    pass(0);
    assert_true(world->went[1] && world->went[2] && world->went[3]);
    assert_false(is_held(NULL, &look_ms));
}

static void so_many_may_wait(void **state)
{
    struct outage_wait *waits = test_calloc(OUTAGE_WAITS_MOST + 1, sizeof(*waits));
    (void)state;
    begin_outage();
    assert_true(call(true));
    for (int i = 0; i < OUTAGE_WAITS_MOST; i++)
        assert_true(outages_wait(world->services.outages, world->platform, &waits[i]));
    assert_false(outages_wait(world->services.outages, world->platform, &waits[OUTAGE_WAITS_MOST]));
    outages_leave(&waits[7]);
    assert_true(outages_wait(world->services.outages, world->platform, &waits[OUTAGE_WAITS_MOST]));
    for (int i = 0; i <= OUTAGE_WAITS_MOST; i++)
        outages_leave(&waits[i]);
    assert_int_equal(seen().n_waiting, 0);
    test_free(waits);
}

static void a_probe_that_was_not_sent_is_none(void **state)
{
    (void)state;
    begin_outage();
    assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
    hold(0);
    outages_unprobe(world->services.outages, world->platform, probe_ms);
    pass(0);
    assert_true(world->went[0]); /* it is the next */
    assert_true(call_of(&world->waits[0], true));
    assert_int_equal(seen().wait_ms, 30000);
}

static void who_is_no_probe_ends_none(void **state)
{
    (void)state;
    begin_outage();
    assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
    outages_unprobe(world->services.outages, world->platform, BREAKER_NO_PROBE);
    outages_tell(world->services.outages, world->platform, false, BREAKER_NO_PROBE);
    assert_false(outages_allow(world->services.outages, world->platform, &(int64_t){ 0 }));
    assert_true(seen().pauses);
    outages_unprobe(world->services.outages, world->platform, probe_ms);
    assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
}

static void an_answer_from_before_says_nothing(void **state)
{
    (void)state;
    int64_t sent_ms = world->services.now_ms;
    use();
    pass(500);
    says("critical");
    assert_true(outages_allow(world->services.outages, world->platform, &probe_ms));
    outages_tell(world->services.outages, world->platform, false, sent_ms); /* of another call */
    assert_true(seen().pauses);
    outages_tell(world->services.outages, world->platform, false, world->services.now_ms);
    assert_false(seen().pauses);
}

static void a_liar_is_believed_once(void **state)
{
    (void)state;
    begin_outage();
    assert_true(call(false));
    for (int i = 0; i < 100; i++) {
        pass(60000);
        says("critical");
        assert_true(call(i % 2 == 0)); /* what fails now is for the stores' own breakers */
        assert_false(seen().pauses);
        assert_int_equal(seen().state, PLATFORM_OUTAGE);
    }
    pass(60000);
    says("none");
    pass(60000);
    use();
    says("critical");
    assert_true(seen().pauses); /* it has said something else in between */
}

static void one_that_falters_is_taken_at_its_last_word_for_a_while(void **state)
{
    static const struct {
        enum wire wire;
        int status;
        const char *body;
    } broken[] = {
        { WIRE_TIMEOUT, 0, "" },
        { WIRE_OK, 503, "{\"status\":{\"indicator\":\"none\"}}" },
        { WIRE_OK, 200, "<html>critical</html>" },
        { WIRE_OK, 200, "" },
        { WIRE_OK, 200, "[]" },
        { WIRE_OK, 200, "{\"status\":{\"indicator\":{\"critical\":1}}}" },
        { WIRE_OK, 200, "{\"status\":{\"indicator\":\"criti" },
        { WIRE_OK, 200, "{\"status\":{\"indicator\":\"unheard of\"}}" },
        { WIRE_TOO_LARGE, 200, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        use();
        says("critical");
        assert_true(call(true));
        assert_true(seen().pauses);
        for (uint32_t k = 1; k <= OUTAGE_MISSES; k++) {
            assert_true(seen().pauses);
            pass(INT64_C(30000) << k); /* 60, 120, 240 s */
            answer(broken[i].wire, broken[i].status, broken[i].body);
            assert_int_equal(seen().misses, k);
        }
        assert_int_equal(seen().state, PLATFORM_UNKNOWN);
        assert_false(seen().pauses);
        assert_int_equal(held_for(), 0);
        pass(3600000);
        assert_null(world->look);
    }
}

static void one_that_is_silent_is_asked_less(void **state)
{
    static const int64_t waits_ms[] = { 60000, 120000, 240000, 480000, 900000, 900000 };
    (void)state;
    use();
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        answer(WIRE_REFUSED, 0, "");
        pass(waits_ms[i] - 1);
        use();
        assert_null(world->look);
        pass(1);
        use();
    }
    says("none");
    pass(60000);
    use();
    assert_non_null(world->look);
    says("none");
}

static void what_is_waited_for_is_the_sooner_of_both(void **state)
{
    (void)state;
    begin_outage();
    assert_true(call(true));
    assert_int_equal(held_for(), 30000); /* the probe; the feed in 60 s */
    pass(20000);
    assert_int_equal(held_for(), 10000);
    pass(10000);
    assert_true(call(true));
    assert_int_equal(held_for(), 30000); /* the feed; the probe in 60 s */
}

static void long_words_are_cut(void **state)
{
    char body[1000], text[601];
    (void)state;
    memset(text, 'x', 600);
    text[600] = '\0';
    use();
    snprintf(body, sizeof(body), "{\"status\":{\"indicator\":\"critical\",\"description\":\"%s\"}}", text);
    answer(WIRE_OK, 200, body);
    assert_int_equal(strlen(seen().text), OUTAGE_TEXT_BYTES);
    pass(60000);
    answer(WIRE_OK, 200, "{\"status\":{\"indicator\":\"critical\",\"description\":null}}");
    assert_string_equal(seen().text, "");
}

/* The governor goes by the turn's clock, and an answer in the same turn has a later one. */
static void who_was_granted_just_before_the_word_may_be_the_probe(void **state)
{
    struct store store = { .id = "s1", .platform = world->platform };
    struct exchange x = { .services = &world->services, .store = &store };
    (void)state;
    use();
    x.ticket.granted_ms = world->services.now_ms - 3;
    says("critical");
    assert_true(seen().pauses);
    assert_false(exchange_is_shut_at_grant(&x) || exchange_is_held_at_grant(&x));
    exchange_tell_breaker(&x, false);
    assert_false(seen().pauses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_asked_when_due_and_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_held_where_nobody_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_outage_lets_one_probe_through_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_end_lets_all_go_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_that_wait_become_probes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_came_first_goes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(so_many_may_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_probe_that_was_not_sent_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_no_probe_ends_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_from_before_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_granted_just_before_the_word_may_be_the_probe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_liar_is_believed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_falters_is_taken_at_its_last_word_for_a_while, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_silent_is_asked_less, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_waited_for_is_the_sooner_of_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_words_are_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("outage", tests, NULL, NULL);
}
