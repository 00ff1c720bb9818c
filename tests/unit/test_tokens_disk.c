/* test_tokens_disk.c - the keeper of tokens: no room on the disk, and people who connect in the middle of it. */
#include "tests/unit/tokens_world.h"

/* ---- the disk ---------------------------------------------- */

static void test_no_room_for_the_intent(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    w->is_full = true;
    wait_ms(w, HOUR_MS - 90000);
    assert_int_equal(w->n_out, 0); /* what could not be stored is not asked for */
    ready_with(w, CODE, 1);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESH_FAILED);
    assert_non_null(strstr(view_of(w, CODE).last_error, "disk_full"));
    w->is_full = false;
    wait_ms(w, 60000);
    pair(w, 2);
    settle(w);
    ready_with(w, CODE, 2);
}

static void test_no_room_for_the_pair(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    struct token_obtain obtain;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    w->is_full = true;
    pair(w, 2);
    settle(w);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESHING);
    assert_non_null(strstr(view_of(w, CODE).last_error, "disk_full"));
    ready_with(w, CODE, 1); /* the old one lives */
    for (int i = 0; i < 20; i++)
        wait_ms(w, 15000);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_WAITS);
    connects(w, CODE, &obtain);
    run(w);
    assert_int_equal(obtain.err, ERR_DISK_FULL); /* nobody waits for a disk */
    assert_int_equal(w->n_out, 0);
    w->is_full = false;
    wait_ms(w, 300000);
    assert_true(asker.told == 1 && asker.err == OK);
    ready_with(w, CODE, 2);
    vault_has(w, "code/refresh_token", "r2");
    vault_has(w, "code/old_refresh_token", "r1");
    assert_int_equal(w->n_started, 2);
}

static void test_no_room_while_connecting(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain;
    connects(w, CODE, &obtain);
    settle(w);
    w->is_full = true;
    pair(w, 1);
    settle(w);
    assert_int_equal(answers.done, 1);
    assert_int_equal(obtain.err, ERR_DISK_FULL);
    assert_non_null(strstr(obtain.fault.text, "kept and stored later"));
    w->is_full = false;
    wait_ms(w, 300000);
    ready_with(w, CODE, 1);
    assert_int_equal(answers.done, 1);
}

static void test_queue_is_full(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    w->is_closed = true;
    wait_ms(w, HOUR_MS - 90000);
    assert_int_equal(w->n_out, 0);
    w->is_closed = false;
    wait_ms(w, 2000);
    w->is_closed = true;
    pair(w, 2);
    settle(w);
    ready_with(w, CODE, 1);
    w->is_closed = false;
    wait_ms(w, 10000);
    ready_with(w, CODE, 2);
}

/* The commit of the intent took longer than it counts for: it is written anew. */
static void test_slow_disk(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    w->now_ms += HOUR_MS - 90000;
    run(w);
    w->now_ms += 31000;
    assert_true(commit_one(w));
    assert_int_equal(w->n_out, 0);
    assert_true(commit_one(w));
    assert_int_equal(w->n_out, 1);
    assert_int_equal(number(w, "select intent_ms from tokens"), wall_of(w));
    assert_int_equal(number(w, "select intent_n from tokens"), 1);
}

/* ---- people ---------------------------------------------- */

static void test_connects_during_a_refresh(void **state)
{
    struct world *w = *state;
    struct token_obtain first, second;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    connects(w, CODE, &first);
    connects(w, CODE, &second);
    settle(w);
    assert_int_equal(w->n_out, 1);
    pair(w, 2);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_obtain");
    says(w, 400, "invalid_grant", CW_REAUTH); /* the code is no good */
    settle(w);
    assert_int_equal(answers.done, 1);
    assert_int_equal(first.err, ERR_STORE_REJECTED);
    ready_with(w, CODE, 2); /* nothing is lost by it */
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESHING);
    gives(w, "{\"access_token\":\"a3\",\"expires_in\":3600}"); /* without a refresh token */
    settle(w);
    assert_int_equal(answers.done, 2);
    assert_int_equal(second.err, OK);
    ready_with(w, CODE, 3);
    vault_has(w, "code/refresh_token", NULL); /* of another grant */
    vault_has(w, "code/old_refresh_token", NULL);
    crash(w, 0);
    ready_with(w, CODE, 3);
}

static void test_revokes(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain = { .store = the_store(w), .way = &ways[CODE], .done = answered };
    answers.done = 0;
    tokens_revoke(w->tokens, &obtain, w->now_ms); /* there is nothing */
    settle(w);
    assert_true(answers.done == 1 && obtain.err == OK && w->n_out == 0);
    connected_with_pair(w, CODE);
    answers.done = 0;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_revoke");
    gives(w, "");
    settle(w);
    assert_true(answers.done == 1 && obtain.err == OK);
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    settle(w);
    says(w, 503, "", 0);
    settle(w);
    assert_true(answers.done == 2 && obtain.err != OK);
    ready_with(w, CODE, 1);
}

/* Of a store that was not used for long. */
static void test_revokes_with_a_token_that_works(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain = { .store = the_store(w), .way = &ways[CODE], .done = answered };
    connected_with_pair(w, CODE);
    answers.done = 0;
    w->now_ms += 2 * HOUR_MS;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_refresh");
    pair(w, 2);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_revoke");
    gives(w, "");
    settle(w);
    assert_true(answers.done == 1 && obtain.err == OK);
    w->now_ms += 2 * HOUR_MS;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_refresh");
    says(w, 503, "", 0);
    settle(w);
    assert_string_equal(w->out[0]->endpoint->row->name, "_revoke"); /* with what there is: the store goes in any case */
    says(w, 401, "", 0);
    settle(w);
    assert_true(answers.done == 2 && obtain.err != OK);
}

static void sent_to(struct world *w, const char *endpoint)
{
    settle(w);
    assert_int_equal(w->n_out, 1);
    assert_string_equal(w->out[0]->endpoint->row->name, endpoint);
}

static void test_revokes_again_with_a_newer_token(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain = { .store = the_store(w), .way = &ways[CODE], .done = answered };
    connected_with_pair(w, CODE);
    answers.done = 0;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    sent_to(w, "_revoke");
    says(w, 401, "", CW_REAUTH); /* an hour before it ends, by what we know */
    sent_to(w, "_refresh");
    pair(w, 2);
    sent_to(w, "_revoke");
    assert_int_equal(answers.done, 0);
    gives(w, "");
    settle(w);
    assert_true(answers.done == 1 && obtain.err == OK && w->n_out == 0);
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    sent_to(w, "_revoke");
    says(w, 401, "", 0);
    sent_to(w, "_refresh");
    pair(w, 3);
    sent_to(w, "_revoke");
    says(w, 401, "", 0); /* once, and no more */
    settle(w);
    assert_true(answers.done == 2 && obtain.err != OK && w->n_out == 0);
    assert_non_null(strstr(obtain.fault.text, "answered 401"));
    assert_non_null(strstr(obtain.fault.text, "just renewed"));
    ready_with(w, CODE, 3);
}

static void test_revokes_again_in_vain(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain = { .store = the_store(w), .way = &ways[CODE], .done = answered };
    connected_with_pair(w, CODE);
    answers.done = 0;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    sent_to(w, "_revoke");
    says(w, 401, "invalid_client", 0); /* no token of the store helps */
    settle(w);
    assert_true(answers.done == 1 && obtain.err != OK && w->n_out == 0);
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    sent_to(w, "_revoke");
    says(w, 401, "", 0);
    sent_to(w, "_refresh");
    says(w, 503, "", 0);
    sent_to(w, "_revoke");
    says(w, 401, "", 0);
    settle(w);
    assert_true(answers.done == 2 && obtain.err != OK);
    assert_non_null(strstr(obtain.fault.text, "could not be renewed"));
}

static void test_revokes_once_what_is_not_renewed(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain = { .store = the_store(w), .way = &ways[CODE], .done = answered };
    tokens_obtain(w->tokens, &obtain, w->now_ms);
    settle(w);
    gives(w, "{\"access_token\":\"a1\",\"expires_in\":3600}");
    settle(w);
    answers.done = 0;
    tokens_revoke(w->tokens, &obtain, w->now_ms);
    sent_to(w, "_revoke");
    says(w, 401, "", 0);
    settle(w);
    assert_true(answers.done == 1 && obtain.err != OK && w->n_out == 0);
    assert_null(strstr(obtain.fault.text, "renewed"));
}

static void test_no_endpoint(void **state)
{
    struct world *w = *state;
    static const struct cw_auth plain = { "plain" };
    static struct way way = { .row = &plain };
    struct token_obtain obtain = { .store = the_store(w), .way = &way, .done = answered };
    answers.done = 0;
    tokens_obtain(w->tokens, &obtain, w->now_ms);
    settle(w);
    assert_true(answers.done == 1 && obtain.err == ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_room_for_the_intent),
        TEST(test_no_room_for_the_pair),
        TEST(test_no_room_while_connecting),
        TEST(test_queue_is_full),
        TEST(test_slow_disk),
        TEST(test_connects_during_a_refresh),
        TEST(test_revokes),
        TEST(test_revokes_with_a_token_that_works),
        TEST(test_revokes_again_with_a_newer_token),
        TEST(test_revokes_again_in_vain),
        TEST(test_revokes_once_what_is_not_renewed),
        TEST(test_no_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
