/*
 * test_asked.c - who asks for levels, and when: core/exchange/asked.c.  The exchange itself is not asked: how each ends
 * is said here.  What comes of an answer is test_limits_told.c's and test_gauge.c's.
 */
#include "core/exchange/exchange.h"

#define exchange_start fake_start
#define exchange_release fake_release
static void fake_start(struct exchange *x);
static void fake_release(struct exchange *x);
#include "core/exchange/asked.c"
#undef exchange_start
#undef exchange_release

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*", "Address" }, { "client", "*", "Client" }, { 0 } };
static const struct cw_limit limits[] = {
    { "quota", CW_WINDOW, 1000, 86400000, .key = "{client}" }, { "open", CW_OPEN, 4 }, { 0 } };
static const struct cw_signal signals[] = {
    { "quota", CW_LEFT, "left", NULL, "_quota", 900 }, { "quota", CW_SIZE, "size", NULL, "_quota", 3600 },
    { "open", CW_SIZE, "most", NULL, "_open", 60 }, { 0 } };
static const struct cw_field place[] = { { "id", "id" }, { 0 } };
static const struct cw_record records[] = { { "location", place }, { 0 } };
static const struct cw_page page = { .more = "status=0" };
static const struct cw_endpoint endpoints[] = {
    { "location.list", "GET /p", NULL, "p[]" }, { "_quota", "GET /{client}/q", .klass = CW_BULK }, { "_open", "GET /o" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}", .settings = settings, .limits = limits,
    .signals = signals, .page = &page, .records = records, .endpoints = endpoints };
/* clang-format on */

enum { STORES = 3, OUT_MAX = 8, WORDS_BYTES = 4096 };

static struct world {
    struct services services;
    struct timers timers;
    struct platform *platform;
    struct store stores[STORES];
    struct exchange *out[OUT_MAX];
    size_t n_out, n_started, n_released;
    bool fails_at_once;
    int words[2]; /* of the log: a pipe */
} * world;

static void fake_start(struct exchange *x)
{
    assert_true(x->is_single && x->asked && x->app_id == NULL && x->deadline_ms > world->services.now_ms);
    world->n_started++;
    if (world->fails_at_once) { /* a request that cannot be made */
        x->err = fault_set(&x->fault, ERR_STORE_REAUTH_REQUIRED, "no key");
        x->done(x);
        return;
    }
    assert_true(world->n_out < OUT_MAX);
    world->out[world->n_out++] = x;
}

static void fake_release(struct exchange *x)
{
    (void)x;
    world->n_released++;
}

static int64_t wall(void *self)
{
    (void)self;
    return 0;
}

static void random_of(void *self, void *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
}

static int set_up(void **state)
{
    static const char *const clients[STORES] = { "c1", "c1", "c2" };
    struct fault fault = { 0 };
    (void)state;
    world = test_calloc(1, sizeof(*world));
    assert_int_equal(platform_new(&adapter, &fault, &world->platform), OK);
    assert_int_equal(pipe(world->words), 0);
    timers_init(&world->timers);
    world->services.timers = &world->timers;
    world->services.env = (struct env){ .wall_ms = wall, .random = random_of };
    world->services.log = log_new(world->words[1], LEVEL_INFO, &world->services.env);
    world->services.now_ms = 1000;
    world->services.asked = asked_new(&world->services, 7);
    for (int i = 0; i < STORES; i++) {
        snprintf(world->stores[i].id, sizeof(world->stores[i].id), "s%d", i);
        world->stores[i].platform = world->platform;
        world->stores[i].settings = json_pack("{s:s}", "client", clients[i]);
        world->stores[i].refs = 1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    asked_free(world->services.asked);
    assert_int_equal(world->n_released, world->n_started);
    for (int i = 0; i < STORES; i++) {
        assert_int_equal(world->stores[i].refs, 1);
        json_decref(world->stores[i].settings);
    }
    log_free(world->services.log);
    close(world->words[0]);
    close(world->words[1]);
    timers_release(&world->timers);
    platform_free(world->platform);
    test_free(world);
    return 0;
}

/* How many requests the use of a store began. */
static size_t use_store(int i)
{
    size_t before = world->n_started;
    asked_used(world->services.asked, &world->stores[i]);
    return world->n_started - before;
}

static void pass(int64_t ms)
{
    world->services.now_ms += ms;
    timers_run(&world->timers, world->services.now_ms);
}

static void answer(const char *endpoint, size_t told, enum err err)
{
    for (size_t i = 0; i < world->n_out; i++) {
        struct exchange *x = world->out[i];
        if (strcmp(x->endpoint->row->name, endpoint) != 0)
            continue;
        world->out[i] = world->out[--world->n_out];
        x->out.n_told = told;
        x->err = err ? fault_set(&x->fault, err, "no") : OK;
        x->done(x);
        pass(0);
        return;
    }
    fail_msg("%s is not out", endpoint);
}

static size_t lines_with(const char *text)
{
    char words[WORDS_BYTES];
    size_t n = 0;
    log_begin(world->services.log, LEVEL_INFO, "end"); /* so that there is something to read */
    log_end(world->services.log);
    log_flush(world->services.log);
    ssize_t got = read(world->words[0], words, sizeof(words) - 1);
    assert_true(got > 0);
    words[got] = '\0';
    for (const char *at = words; (at = strstr(at, text)); at++)
        n++;
    return n;
}

static void each_endpoint_is_asked_at_the_first_use_and_when_due(void **state)
{
    (void)state;
    assert_int_equal(world->platform->n_asks, 2);
    assert_int_equal(world->platform->asks[0].every_ms, 900000); /* the shorter of its rows */
    assert_int_equal(use_store(0), 2);
    assert_int_equal(use_store(0), 0); /* they are out */
    answer("_quota", 2, OK);
    answer("_open", 1, OK);
    assert_int_equal(world->n_released, 2);
    pass(59999);
    assert_int_equal(use_store(0), 0);
    pass(1);
    assert_int_equal(world->n_started, 2); /* time alone asks nothing */
    assert_int_equal(use_store(0), 1);
    pass(900000);
    assert_int_equal(use_store(0), 1); /* the other is out still */
    assert_int_equal(lines_with("levels"), 0);
}

static void stores_of_one_scope_ask_once(void **state)
{
    (void)state;
    assert_int_equal(use_store(0), 2);
    assert_int_equal(use_store(1), 1); /* its own "open"; the quota is the client's */
    assert_string_equal(world->out[2]->endpoint->row->name, "_open");
    assert_int_equal(use_store(2), 2);
}

static void failures_wait_longer_and_are_told_once(void **state)
{
    static const int64_t waits_ms[] = { 30000, 60000, 120000, 240000, 480000, 900000, 900000 };
    (void)state;
    for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
        use_store(0);
        answer("_quota", 0, i % 2 ? OK : ERR_STORE_REJECTED); /* an answer that tells nothing is one, too */
        pass(waits_ms[i] - 1);
        size_t before = world->n_started;
        use_store(0);
        for (size_t k = before; k < world->n_started; k++)
            assert_string_equal(world->out[world->n_out - 1]->endpoint->row->name, "_open");
        if (world->n_out && strcmp(world->out[world->n_out - 1]->endpoint->row->name, "_open") == 0)
            answer("_open", 1, OK);
        pass(1);
    }
    assert_int_equal(lines_with("\"not told\""), 1);
    use_store(0);
    answer("_quota", 2, OK);
    assert_int_equal(lines_with("\"told\""), 1);
    pass(899999);
    use_store(0);
    for (size_t i = 0; i < world->n_out; i++)
        assert_string_not_equal(world->out[i]->endpoint->row->name, "_quota");
}

static void what_ends_at_once_is_a_failure_too(void **state)
{
    (void)state;
    world->fails_at_once = true;
    assert_int_equal(use_store(0), 2);
    pass(0);
    assert_int_equal(use_store(0), 0);
    pass(30000);
    assert_int_equal(use_store(0), 2);
    pass(0);
}

static void those_used_longest_ago_are_forgotten(void **state)
{
    (void)state;
    struct asked *asked = world->services.asked;
    world->fails_at_once = true;
    use_store(2);
    pass(0);
    for (int i = 0; i < 2 * ASKED_SCOPES; i++) {
        snprintf(world->stores[0].id, sizeof(world->stores[0].id), "t%d", i);
        json_object_set_new(world->stores[0].settings, "client", json_sprintf("d%d", i));
        use_store(0);
        pass(0);
        if (i == ASKED_SCOPES / 4)
            use_store(2);
    }
    assert_int_equal(asked->entries.n, ASKED_SCOPES);
    size_t n = 0;
    for (const struct entry *entry = asked->oldest; entry; entry = entry->newer)
        n++;
    assert_int_equal(n, ASKED_SCOPES);
    assert_int_equal(use_store(2), 2); /* it is not remembered that it had just failed */
    pass(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_endpoint_is_asked_at_the_first_use_and_when_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stores_of_one_scope_ask_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_wait_longer_and_are_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_ends_at_once_is_a_failure_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_used_longest_ago_are_forgotten, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("asked", tests, NULL, NULL);
}
