/* test_connect.c - oauth/connect.c in virtual time: how long a state lives, how often it is good, how many there are.
 */
#include "oauth/connect.h"

#include "core/platform/platform.h"
#include "core/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t drawn;

static void draw(void *self, void *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
    drawn++;
    memcpy(out, &drawn, sizeof(drawn) < n ? sizeof(drawn) : n);
}

static const struct env env = { .random = draw };
static const struct cw_auth row = { "oauth", .authorize = "https://login.example/a?state={state}" };
static const struct way way = { .row = &row };

static enum err open_for(struct connects *connects, const char *name, int64_t now_ms,
                         char state[CONNECT_STATE_BYTES + 1])
{
    struct store store = { .created_ms = 7 };
    struct connect_ask ask = { .store = &store, .way = &way, .actor = "admin_1" };
    struct connect *connect = NULL;
    struct fault fault = { 0 };
    snprintf(store.id, sizeof(store.id), "%s", name);
    enum err err = connects_open(connects, &ask, now_ms, &fault, state, &connect);
    if (!err) {
        assert_string_equal(connect->store, name);
        assert_int_equal(connect->phase, CONNECT_OPEN);
        assert_int_equal(strlen(state), CONNECT_STATE_BYTES);
        assert_string_not_equal(connect->verifier, state);
    }
    return err;
}

static enum connect_end find(struct connects *connects, const char *state, int64_t now_ms, struct connect **out)
{
    *out = NULL;
    return connects_find(connects, span_of(state), now_ms, out);
}

static void a_state_lives_ten_minutes(void **state)
{
    struct connects *connects = connects_new(&env);
    struct connect *found;
    char text[CONNECT_STATE_BYTES + 1];
    (void)state;
    assert_int_equal(open_for(connects, "s1", 1000, text), OK);
    assert_int_equal(find(connects, text, 1000 + CONNECT_LIFE_MS - 1, &found), CONNECTED);
    assert_non_null(found);
    assert_int_equal(find(connects, text, 1000 + CONNECT_LIFE_MS, &found), CONNECT_STATE_EXPIRED);
    assert_int_equal(find(connects, "", 1000, &found), CONNECT_STATE_MISSING);
    text[0] = text[0] == 'A' ? 'B' : 'A';
    assert_int_equal(find(connects, text, 1000, &found), CONNECT_STATE_UNKNOWN);
    connects_free(connects);
}

static void a_state_is_good_once(void **state)
{
    struct connects *connects = connects_new(&env);
    struct connect *found;
    char text[CONNECT_STATE_BYTES + 1];
    (void)state;
    assert_int_equal(open_for(connects, "s1", 0, text), OK);
    assert_int_equal(find(connects, text, 1, &found), CONNECTED);
    found->phase = CONNECT_BUSY;
    assert_int_equal(find(connects, text, 2, &found), CONNECT_STATE_USED);
    found->phase = CONNECT_DONE;
    assert_int_equal(find(connects, text, 3, &found), CONNECT_STATE_USED);
    assert_non_null(found);
    connects_free(connects);
}

/* The store's oldest goes; other stores' stay. */
static void a_store_has_eight(void **state)
{
    struct connects *connects = connects_new(&env);
    struct connect *found;
    char other[CONNECT_STATE_BYTES + 1], first[CONNECT_STATE_BYTES + 1], text[CONNECT_STATE_BYTES + 1];
    (void)state;
    assert_int_equal(open_for(connects, "other", 0, other), OK);
    assert_int_equal(open_for(connects, "s1", 0, first), OK);
    for (int i = 0; i < CONNECT_PER_STORE; i++)
        assert_int_equal(open_for(connects, "s1", i, text), OK);
    assert_int_equal(find(connects, first, 100, &found), CONNECT_STATE_UNKNOWN);
    assert_int_equal(find(connects, text, 100, &found), CONNECTED);
    assert_int_equal(find(connects, other, 100, &found), CONNECTED);
    assert_int_equal(connects_count(connects), CONNECT_PER_STORE + 1);
    connects_free(connects);
}

/* Its name is not the state, and is forgotten with it. */
static void an_end_has_a_name_of_its_own(void **state)
{
    struct connects *connects = connects_new(&env);
    char text[CONNECT_STATE_BYTES + 1], other[CONNECT_STATE_BYTES + 1];
    struct connect *found = NULL;
    (void)state;
    assert_int_equal(open_for(connects, "s1", 0, text), OK);
    assert_int_equal(open_for(connects, "s2", 0, other), OK);
    assert_int_equal(find(connects, text, 0, &found), CONNECTED);
    found->phase = CONNECT_DONE;
    assert_int_equal(strlen(found->page), CONNECT_STATE_BYTES);
    assert_ptr_equal(connects_told(connects, span_of(found->page), 2 * CONNECT_LIFE_MS - 1), found);
    assert_null(connects_told(connects, span_of(text), 0));
    assert_null(connects_told(connects, SPAN(""), 0));
    assert_null(connects_told(connects, (struct span){ NULL, 0 }, 0));
    snprintf(text, sizeof(text), "%s", found->page);
    assert_null(connects_told(connects, span_of(text), 2 * CONNECT_LIFE_MS));
    connects_free(connects);
}

/* Full: one more is refused, until those before it have ended. */
static void there_is_an_end_to_all(void **state)
{
    struct connects *connects = connects_new(&env);
    char text[CONNECT_STATE_BYTES + 1], name[16];
    (void)state;
    for (int i = 0; i < CONNECT_MOST; i++) {
        snprintf(name, sizeof(name), "s%d", i / CONNECT_PER_STORE);
        assert_int_equal(open_for(connects, name, 0, text), OK);
    }
    assert_int_equal(connects_count(connects), CONNECT_MOST);
    assert_int_equal(open_for(connects, "more", 1, text), ERR_OVERLOADED);
    assert_int_equal(open_for(connects, "more", 3 * (int64_t)CONNECT_LIFE_MS, text), OK);
    assert_int_equal(connects_count(connects), 1);
    connects_free(connects);
}

static void where_it_may_lead(void **state)
{
    static const char origins[] = "https://app.example, http://127.0.0.1:3000";
    static const char *const good[] = { "https://app.example", "https://app.example/", "https://app.example/done?x=1",
                                        "http://127.0.0.1:3000/a" };
    static const char *const bad[] = { "",
                                       "https://app.example.evil.example/",
                                       "https://app.example@evil.example/",
                                       "https://app.example:444/",
                                       "http://app.example/",
                                       "https://app.example/#x",
                                       "https://app.example\\@evil.example/",
                                       "//app.example/",
                                       "javascript:alert(1)//https://app.example",
                                       "https://app.example/\r\nX: y" };
    struct fault fault = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(connect_check_return(span_of(good[i]), origins, &fault), OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (!connect_check_return(span_of(bad[i]), origins, &fault))
            fail_msg("%s is let through", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_lives_ten_minutes), cmocka_unit_test(a_state_is_good_once),
        cmocka_unit_test(a_store_has_eight),         cmocka_unit_test(an_end_has_a_name_of_its_own),
        cmocka_unit_test(there_is_an_end_to_all),    cmocka_unit_test(where_it_may_lead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
