/* test_tokens_time.c - the keeper of tokens: what happens by itself, as time goes by. */
#include "tests/unit/tokens_world.h"

/* ---- without room ---------------------------------------------- */

/* ask, by one who waits so long */
static enum token_answer asks_for(struct world *w, int way, struct asker *asker, int64_t patience_ms, enum err *err)
{
    struct fault fault = { 0 };
    uint64_t generation;
    *asker = (struct asker){ .wait = { .done = told, .deadline_ms = w->now_ms + patience_ms } };
    enum token_answer answer =
        w->source.ask(w->source.self, the_store(w), &ways[way], &asker->wait, w->now_ms, &generation, &fault);
    *err = fault.err;
    return answer;
}

static size_t failed(const struct world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_events; i++)
        n += w->events[i] == TOKEN_EVENT_REFRESH_FAILED;
    return n;
}

/* An empty budget of errors, as Exact Online's: a refresh that begins in four minutes finds room in its last moment. */
static void test_held(void **state)
{
    struct world *w = *state;
    struct asker hasty, patient, next;
    enum err err;
    connected_with_pair(w, CODE);
    w->now_ms += HOUR_MS;
    assert_int_equal(asks_for(w, CODE, &hasty, 30000, &err), TOKEN_WAITS);
    assert_int_equal(asks_for(w, CODE, &patient, 900000, &err), TOKEN_WAITS);
    settle(w);
    finds_no_room(w, 240000);
    settle(w);
    assert_true(hasty.told == 1 && hasty.err == ERR_LANE_DEADLINE && patient.told == 0);
    assert_int_equal(hasty.wait.retry_after_ms, 240000 + 20000 - 30000 + 1);
    struct token_view view = view_of(w, CODE);
    assert_true(view.state == TOKEN_FRESH && view.failures == 0 && failed(w) == 0);
    assert_true(strstr(view.last_error, "errors") && view.next_refresh_ms == wall_of(w) + 240000);
    assert_int_equal(asks_for(w, CODE, &next, 260000, &err), TOKEN_LOST);
    assert_true(err == ERR_LANE_DEADLINE && next.wait.retry_after_ms == 1);
    assert_int_equal(asks_for(w, CODE, &next, 260001, &err), TOKEN_WAITS);
    wait_ms(w, 239999);
    assert_int_equal(w->n_out, 0);
    wait_ms(w, 1);
    finds_no_room(w, 1); /* in its last moment: there may be some in a second */
    assert_int_equal(asks_for(w, CODE, &hasty, 2000, &err), TOKEN_WAITS);
    wait_ms(w, 1000);
    pair(w, 2);
    settle(w);
    assert_true(patient.told == 1 && patient.err == OK && next.told == 1 && next.err == OK);
    assert_int_equal(asks_for(w, CODE, &next, 1000, &err), TOKEN_READY);
}

static void test_held_ahead(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    finds_no_room(w, 60000);
    wait_ms(w, 59999);
    assert_int_equal(w->n_out, 0);
    ready_with(w, CODE, 1);
    wait_ms(w, 1);
    finds_no_room(w, 1); /* in its last moment */
    wait_ms(w, 999);
    assert_true(w->n_out == 0 && view_of(w, CODE).failures == 0);
    wait_ms(w, 1);
    finds_no_room(w, HOUR_MS);
    wait_ms(w, 299999);
    assert_true(w->n_out == 0 && failed(w) == 0);
    wait_ms(w, 1);       /* there may be room meanwhile, by an operator's word */
    says(w, 503, "", 0); /* this one was sent */
    settle(w);
    assert_true(view_of(w, CODE).failures == 1 && failed(w) == 1);
}

/* ---- without people ---------------------------------------------- */

static void test_by_itself(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    assert_int_equal(asks(w, CLIENT, &asker, &generation), TOKEN_WAITS);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_obtain");
    says(w, 401, "invalid_client", 0);
    settle(w);
    assert_true(asker.told == 1 && asker.err == ERR_STORE_REAUTH_REQUIRED);
    assert_int_equal(asks(w, CLIENT, &asker, &generation), TOKEN_LOST); /* not at once again */
    wait_ms(w, 60000);
    assert_int_equal(w->n_out, 0);
    assert_int_equal(asks(w, CLIENT, &asker, &generation), TOKEN_WAITS);
    settle(w);
    gives(w, "{\"access_token\":\"a1\",\"expires_in\":600}");
    settle(w);
    assert_true(asker.told == 1 && asker.err == OK);
    ready_with(w, CLIENT, 1);
    wait_ms(w, 540000);
    assert_int_equal(w->n_out, 1); /* ahead, while it is in use */
    gives(w, "{\"access_token\":\"a2\",\"expires_in\":600}");
    settle(w);
    w->now_ms += 2 * DAY_MS; /* and not when nobody asks */
    settle(w);
    if (w->n_out > 0) { /* it was in use when the next was due */
        gives(w, "{\"access_token\":\"a3\",\"expires_in\":600}");
        settle(w);
    }
    size_t started = w->n_started;
    wait_ms(w, 2 * DAY_MS);
    assert_int_equal(w->n_started, started);
}

static void test_refresh_or_obtain(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    assert_int_equal(asks(w, BOTH, &asker, &generation), TOKEN_WAITS);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_obtain");
    pair(w, 1);
    settle(w);
    wait_ms(w, HOUR_MS - 90000);
    assert_string_equal(w->out[0]->endpoint->row->name, "_refresh");
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_obtain"); /* nobody need be asked */
    pair(w, 2);
    settle(w);
    ready_with(w, BOTH, 2);
}

static void test_eternal(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected(w, ETERNAL, "{\"access_token\":\"a1\"}");
    wait_ms(w, 100 * DAY_MS);
    ready_with(w, ETERNAL, 1); /* no expiry: used until it is refused */
    assert_int_equal(is_refused(w, ETERNAL, &asker, 1), TOKEN_LOST);
    settle(w);
    assert_int_equal(view_of(w, ETERNAL).state, TOKEN_REAUTH_REQUIRED);
    assert_int_equal(w->events[w->n_events - 1], TOKEN_EVENT_REAUTH_REQUIRED);
    assert_int_equal(asks(w, ETERNAL, &asker, &generation), TOKEN_LOST);
    wait_ms(w, 60000);
    ready_with(w, ETERNAL, 1); /* one looks whether it is still so */
    assert_int_equal(asks(w, ETERNAL, &asker, &generation), TOKEN_LOST);
    works(w, ETERNAL, 1);
    settle(w);
    ready_with(w, ETERNAL, 1);
    assert_int_equal(view_of(w, ETERNAL).state, TOKEN_FRESH);
}

static void test_learns(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    const char *news = "{\"access_token\":\"a5\",\"expires_in\":\"60\"}";
    w->source.learn(w->source.self, the_store(w), &ways[CODE], span_of(news), w->now_ms);
    ready_with(w, CODE, 1);
    settle(w);
    ready_with(w, CODE, 2);
    vault_has(w, "code/access_token", "a5");
    vault_has(w, "code/refresh_token", "r1");
    w->source.learn(w->source.self, the_store(w), &ways[CODE], span_of(news), w->now_ms); /* we know */
    w->source.learn(w->source.self, the_store(w), &ways[CODE], SPAN("{}"), w->now_ms);
    settle(w);
    ready_with(w, CODE, 2);
    assert_int_equal(w->n_started, 1);
}

/* ---- time ---------------------------------------------- */

static void test_clock_jumps_while_running(void **state)
{
    struct world *w = *state;
    for (int way = -1; way <= 1; way += 2) {
        connected_with_pair(w, CODE);
        int64_t next_ms = tokens_next(w->tokens);
        w->wall_ms += way * HOUR_MS;
        settle(w);
        assert_int_equal(tokens_next(w->tokens), next_ms);
        ready_with(w, CODE, view_of(w, CODE).generation);
        assert_int_equal(w->n_out, 0);
    }
}

static void test_clock_jumps_over_a_restart(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    crash(w, -HOUR_MS); /* back: it seems to have an hour more than it ever had */
    settle(w);
    ready_with(w, CODE, 1);
    assert_in_range(tokens_next(w->tokens), 0, w->now_ms + HOUR_MS);
    crash(w, 3 * HOUR_MS); /* ahead: it seems to be over */
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_WAITS);
    settle(w);
    pair(w, 2);
    settle(w);
    assert_true(asker.told == 1 && asker.err == OK);
}

static void test_odd_lives(void **state)
{
    struct world *w = *state;
    connected(w, CODE, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":-5}");
    assert_int_equal(view_of(w, CODE).expires_ms, 0); /* not known, and not never */
    wait_ms(w, 10 * DAY_MS);
    ready_with(w, CODE, 1);
    assert_int_equal(w->n_started, 1);
    struct asker asker;
    works(w, CODE, 1);
    assert_int_equal(is_refused(w, CODE, &asker, 1), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    pair(w, 2);
    settle(w);
    assert_true(asker.told == 1 && asker.err == OK);
}

static void test_idle(void **state)
{
    struct world *w = *state;
    connected(w, CODE,
              "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600,\"refresh_expires_in\":8640000}");
    w->now_ms += 2 * DAY_MS; /* nobody asks */
    settle(w);
    assert_int_equal(w->n_started, 1);
    wait_ms(w, 83 * DAY_MS); /* of 100 */
    assert_int_equal(w->n_started, 1 + (w->n_out > 0));
    wait_ms(w, 5 * DAY_MS);
    assert_int_equal(w->n_out, 1); /* kept alive */
    gives(w, "{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":3600,\"refresh_expires_in\":8640000}");
    settle(w);
    assert_int_equal(w->n_out, 0);
    assert_int_equal(view_of(w, CODE).generation, 2);
}

static void test_warns(void **state)
{
    struct world *w = *state;
    connected(w, CODE, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"refresh_expires_in\":8640000}");
    for (int i = 0; i < 100; i++) {
        wait_ms(w, DAY_MS);
        if (w->n_out > 0) /* this provider's refresh does not renew it */
            gives(w, "{\"access_token\":\"a2\"}");
        settle(w);
    }
    int warnings = 0;
    for (size_t i = 0; i < w->n_events; i++)
        warnings += w->events[i] == TOKEN_EVENT_EXPIRING;
    assert_int_equal(warnings, 1);
    assert_in_range(w->n_started, 2, 12);
}

static void test_scopes(void **state)
{
    struct world *w = *state;
    connected(w, CODE, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600,\"scope\":\"a b\"}");
    wait_ms(w, HOUR_MS - 90000);
    gives(w, "{\"access_token\":\"a2\",\"expires_in\":3600}"); /* the same, says RFC 6749 section 5.1 */
    settle(w);
    assert_string_equal(view_of(w, CODE).scope, "a b");
    ready_with(w, CODE, 2);
    wait_ms(w, HOUR_MS - 90000);
    gives(w, "{\"access_token\":\"a3\",\"expires_in\":3600,\"scope\":\"a\"}");
    settle(w);
    assert_int_equal(w->events[w->n_events - 1], TOKEN_EVENT_SCOPE_CHANGED);
    assert_string_equal(view_of(w, CODE).scope, "a");
}

/* ---- many ---------------------------------------------- */

static void count_view(void *user, const struct token_view *view)
{
    *(size_t *)user += view->generation == 0;
}

static void test_many(void **state)
{
    struct world *w = *state;
    enum { STORES = 100 };
    struct asker askers[STORES];
    struct fault fault = { 0 };
    uint64_t generation;
    size_t n = 0;
    for (int i = 0; i < STORES; i++) {
        char id[8];
        snprintf(id, sizeof(id), "m%d", i);
        make_store(w, id);
        askers[i] = (struct asker){ .wait.done = told };
        assert_int_equal(w->source.ask(w->source.self, stores_find(w->stores, span_of(id)), &ways[CLIENT],
                                       &askers[i].wait, w->now_ms, &generation, &fault),
                         TOKEN_WAITS);
    }
    tokens_each(w->tokens, count_view, &n);
    assert_int_equal(n, STORES);
    for (int i = 0; i < STORES; i++) {
        settle(w);
        assert_in_range(w->n_out, 1, MOST_OUT_HERE);
        gives(w, "{\"access_token\":\"a1\",\"expires_in\":600}");
    }
    settle(w);
    for (int i = 0; i < STORES; i++)
        assert_int_equal(askers[i].told, 1);
}

static void test_orderly_end(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    tokens_close(w->tokens);
    wait_ms(w, HOUR_MS - 90000);
    assert_int_equal(w->n_out, 0);
    w->now_ms += HOUR_MS;
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_WAITS); /* somebody waits */
    settle(w);
    assert_int_equal(tokens_out(w->tokens), 1);
    pair(w, 2);
    settle(w);
    assert_true(asker.told == 1 && tokens_out(w->tokens) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_held),
        TEST(test_held_ahead),
        TEST(test_by_itself),
        TEST(test_refresh_or_obtain),
        TEST(test_eternal),
        TEST(test_learns),
        TEST(test_clock_jumps_while_running),
        TEST(test_clock_jumps_over_a_restart),
        TEST(test_odd_lives),
        TEST(test_idle),
        TEST(test_warns),
        TEST(test_scopes),
        TEST(test_many),
        TEST(test_orderly_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
