/* test_tokens.c - the keeper of tokens: a pair from connect to reauth_required, crashes in between. */
#include "tests/unit/tokens_world.h"

/* ---- the way of a pair ---------------------------------------------- */

static void test_connects(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain;
    struct asker asker;
    uint64_t generation;
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
    connects(w, CODE, &obtain);
    run(w);
    assert_int_equal(w->n_out, 0); /* the intent is not on the disk yet */
    assert_true(commit_one(w));
    assert_int_equal(w->n_out, 1);
    assert_int_equal(number(w, "select count(*) from tokens where intent_ms > 0 and generation = 0"), 1);
    gives(w, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":\"3600\",\"shop_id\":\"77\",\"scope\":"
             "\"b\"}");
    vault_has(w, "code/access_token", NULL);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESHING);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST); /* it is not on the disk yet */
    assert_true(commit_one(w));
    assert_int_equal(answers.done, 0);
    run(w);
    assert_int_equal(answers.done, 1);
    assert_int_equal(obtain.err, OK);
    assert_string_equal(json_string_value(json_object_get(obtain.learnt, "shop_id")), "77");
    json_decref(obtain.learnt);
    ready_with(w, CODE, 1);
    vault_has(w, "code/access_token", "a1");
    vault_has(w, "code/refresh_token", "r1");
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_FRESH);
    assert_int_equal(view.obtained_ms, WALL_MS + 1000);
    assert_int_equal(view.expires_ms, WALL_MS + 1000 + HOUR_MS);
    assert_int_equal(view.last_refresh_ms, 0);
    assert_string_equal(view.scope, "b");
    assert_int_equal(w->n_events, 1);
    assert_int_equal(w->events[0], TOKEN_EVENT_CONNECTED);
    crash(w, 0);
    ready_with(w, CODE, 1);
    assert_int_equal(w->n_out, 0);
}

static void test_ahead(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    ready_with(w, CODE, 1);
    int64_t next_ms = tokens_next(w->tokens);
    assert_in_range(next_ms, 1000 + HOUR_MS - 690000, 1000 + HOUR_MS - 90000);
    assert_int_equal(view_of(w, CODE).next_refresh_ms, WALL_MS + next_ms);
    wait_ms(w, next_ms - w->now_ms - 1);
    assert_int_equal(w->n_out, 0);
    wait_ms(w, 1);
    assert_int_equal(w->n_out, 1);
    assert_string_equal(w->out[0]->endpoint->row->name, "_refresh");
    ready_with(w, CODE, 1); /* meanwhile */
    pair(w, 2);
    ready_with(w, CODE, 1); /* it is not on the disk yet */
    settle(w);
    ready_with(w, CODE, 2);
    vault_has(w, "code/access_token", "a2");
    vault_has(w, "code/refresh_token", "r2");
    vault_has(w, "code/old_refresh_token", "r1");
    works(w, CODE, 1); /* by the one before: says nothing */
    settle(w);
    vault_has(w, "code/old_refresh_token", "r1");
    works(w, CODE, 2);
    settle(w);
    vault_has(w, "code/old_refresh_token", NULL);
    assert_int_equal(w->n_started, 2);
}

static void test_one_for_all(void **state)
{
    struct world *w = *state;
    struct asker askers[4];
    uint64_t generation;
    connected_with_pair(w, CODE);
    w->now_ms += 2 * HOUR_MS;
    for (int i = 0; i < 4; i++)
        assert_int_equal(asks(w, CODE, &askers[i], &generation), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    w->source.leave(w->source.self, &askers[1].wait);
    pair(w, 2);
    for (int i = 0; i < 4; i++)
        assert_int_equal(askers[i].told, 0);
    settle(w);
    for (int i = 0; i < 4; i++)
        assert_int_equal(askers[i].told, i != 1);
    ready_with(w, CODE, 2);
}

static void test_refused(void **state)
{
    struct world *w = *state;
    struct asker a, b, c;
    connected_with_pair(w, CODE);
    assert_int_equal(is_refused(w, CODE, &a, 1), TOKEN_LOST); /* it was just given */
    ready_with(w, CODE, 1);
    works(w, CODE, 1);
    wait_ms(w, 1000);
    assert_int_equal(is_refused(w, CODE, &a, 1), TOKEN_WAITS);
    assert_int_equal(is_refused(w, CODE, &b, 1), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    pair(w, 2);
    settle(w);
    assert_true(a.told == 1 && b.told == 1 && a.err == OK);
    assert_int_equal(is_refused(w, CODE, &c, 1), TOKEN_READY); /* with the one before */
    assert_int_equal(is_refused(w, CODE, &c, 2), TOKEN_LOST);
    settle(w);
    assert_int_equal(w->n_started, 2);
}

static void test_unclear(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    breaks(w, WIRE_TIMEOUT, true);
    settle(w);
    ready_with(w, CODE, 1);
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_REFRESH_FAILED);
    assert_int_equal(view.failures, 1);
    assert_non_null(strstr(view.last_error, "store_timeout"));
    assert_int_equal(w->events[1], TOKEN_EVENT_REFRESH_FAILED);
    wait_ms(w, 1000);
    vault_has(w, "code/refresh_token", "r1");
    says(w, 503, "", 0);
    settle(w);
    wait_ms(w, 2000);
    says(w, 400, "temporarily_unavailable", 0);
    settle(w);
    wait_ms(w, 4000);
    gives(w, "<html>oops");
    settle(w);
    assert_int_equal(view_of(w, CODE).failures, 4);
    wait_ms(w, 8000);
    assert_int_equal(number(w, "select intent_n from tokens"), 5);
    pair(w, 2);
    settle(w);
    ready_with(w, CODE, 2);
    view = view_of(w, CODE);
    assert_true(view.state == TOKEN_FRESH && view.failures == 0 && !*view.last_error);
    assert_int_equal(number(w, "select intent_n from tokens"), 0);
}

static void test_reauth(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    works(w, CODE, 1);
    wait_ms(w, HOUR_MS - 90000);
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    ready_with(w, CODE, 1); /* the access token lives */
    for (int i = 0; i < 2; i++) {
        struct token_view view = view_of(w, CODE);
        assert_int_equal(view.state, TOKEN_REAUTH_REQUIRED);
        assert_non_null(strstr(view.evidence, "\"status\":400,\"code\":\"invalid_grant\""));
        assert_non_null(strstr(view.evidence, "\"generation\":1"));
        json_t *evidence = json_loads(view.evidence, 0, NULL);
        assert_non_null(evidence);
        json_decref(evidence);
        crash(w, 0); /* it stays so */
        settle(w);
    }
    wait_ms(w, 2 * HOUR_MS);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
    settle(w);
    assert_int_equal(w->n_out, 0);
    connected(w, CODE, "{\"access_token\":\"a9\",\"refresh_token\":\"r9\",\"expires_in\":3600}");
    ready_with(w, CODE, 2);
    assert_int_equal(view_of(w, CODE).state, TOKEN_FRESH);
}

/* ---- crashes ---------------------------------------------- */

static void test_open_intent(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    assert_int_equal(w->n_out, 1); /* it is out, and whether it was done nobody knows */
    crash(w, 50);
    settle(w);
    assert_int_equal(w->n_out, 1);
    vault_has(w, "code/refresh_token", "r1");
    pair(w, 3);   /* the provider takes the old one still */
    crash(w, 50); /* and the answer was not written */
    settle(w);
    vault_has(w, "code/refresh_token", "r1");
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_REAUTH_REQUIRED);
    assert_non_null(strstr(view.evidence, "\"open_intents\":2"));
}

/* ---- the store goes ---------------------------------------------- */

static void test_removed(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    w->now_ms += 2 * HOUR_MS;
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    remove_store(w, "s1");
    assert_true(asker.told == 1 && asker.err == ERR_NOT_FOUND);
    make_store(w, "s1"); /* another one of this name */
    w->now_ms += 1;
    pair(w, 2);
    settle(w);
    vault_has(w, "code/access_token", NULL);
    assert_int_equal(number(w, "select count(*) from tokens"), 0);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
}

/* ---- the old one ---------------------------------------------- */

static void test_old_token_is_tried_once(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    pair(w, 2);
    settle(w);
    wait_ms(w, HOUR_MS - 90000); /* nobody used the second one */
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESHING);
    assert_int_equal(w->n_out, 1);
    vault_has(w, "code/refresh_token", "r1"); /* they have changed places */
    vault_has(w, "code/old_refresh_token", "r2");
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    assert_int_equal(w->n_out, 0);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REAUTH_REQUIRED);
    assert_non_null(strstr(view_of(w, CODE).evidence, "\"tried_old\":true"));
}

static void test_old_token_helps(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    pair(w, 2);
    settle(w);
    wait_ms(w, HOUR_MS - 90000);
    says(w, 400, "invalid_grant", CW_REAUTH);
    crash(w, 10);
    settle(w); /* the intent was not written: the same once more */
    vault_has(w, "code/refresh_token", "r2");
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    pair(w, 3);
    settle(w);
    ready_with(w, CODE, 3);
    vault_has(w, "code/refresh_token", "r3");
}

/* ---- too early ---------------------------------------------- */

static void test_too_early(void **state)
{
    struct world *w = *state;
    connected(w, EXACT, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":\"600\"}");
    int64_t next_ms = tokens_next(w->tokens);
    assert_in_range(next_ms, 1000 + 570000, 1000 + 575000);
    wait_ms(w, next_ms - w->now_ms);
    crash(w, 100); /* out, and whether it was done nobody knows */
    settle(w);
    assert_int_equal(w->n_out, 1);
    says(w, 401, "too early", CW_RETRY); /* it was */
    settle(w);
    assert_int_equal(view_of(w, EXACT).state, TOKEN_REFRESH_FAILED);
    wait_ms(w, 571000); /* from the intent that was lost */
    assert_int_equal(w->n_out, 0);
    for (int i = 0; i < 2; i++) { /* until the exchange can not have been done later */
        wait_ms(w, i == 0 ? 1000 : 24000);
        assert_int_equal(w->n_out, 1);
        says(w, 401, "too early", CW_RETRY);
        settle(w);
    }
    assert_int_equal(view_of(w, EXACT).state, TOKEN_REAUTH_REQUIRED);
    assert_non_null(strstr(view_of(w, EXACT).evidence, "\"too_early\":true"));
}

/* When it can work it can for half a minute: what failed before "too early" does not lengthen the wait. */
static void test_broken_when_it_can_work(void **state)
{
    struct world *w = *state;
    connected(w, EXACT, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":\"600\"}");
    wait_ms(w, tokens_next(w->tokens) - w->now_ms);
    for (int i = 0; i < 8; i++) {
        says(w, 503, "oops", 0);
        settle(w);
        wait_ms(w, 300000);
        assert_int_equal(w->n_out, 1);
    }
    says(w, 401, "too early", CW_RETRY);
    settle(w);
    wait_ms(w, 60000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w->n_out, 1);
        says(w, 503, "oops", 0);
        settle(w);
        wait_ms(w, 2000 << i);
    }
    assert_int_equal(w->n_out, 1);
}

/* The clock was set ahead while we were not running: the provider knows better. */
static void test_too_early_by_the_clock(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected(w, EXACT, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":\"600\"}");
    crash(w, HOUR_MS);
    assert_int_equal(asks(w, EXACT, &asker, &generation), TOKEN_WAITS);
    settle(w);
    says(w, 401, "too early", CW_RETRY);
    settle(w);
    assert_true(asker.told == 1 && asker.err == OK);
    ready_with(w, EXACT, 1);
    wait_ms(w, 30000);
    assert_int_equal(w->n_out, 1); /* tried again */
    says(w, 401, "too early", CW_RETRY);
    settle(w);
    assert_int_equal(view_of(w, EXACT).state, TOKEN_REFRESH_FAILED); /* our own intent was not the cause */
    works(w, EXACT, 1);
    wait_ms(w, 60000);
    pair(w, 2);
    settle(w);
    ready_with(w, EXACT, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_connects),
        TEST(test_ahead),
        TEST(test_one_for_all),
        TEST(test_refused),
        TEST(test_unclear),
        TEST(test_reauth),
        TEST(test_open_intent),
        TEST(test_removed),
        TEST(test_old_token_is_tried_once),
        TEST(test_old_token_helps),
        TEST(test_too_early),
        TEST(test_too_early_by_the_clock),
        TEST(test_broken_when_it_can_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
