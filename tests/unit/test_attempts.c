/* test_attempts.c - the last attempts: core/seen/attempts.c. */
#include "core/seen/attempts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct attempts *attempts, const char *call, const char *store, unsigned n)
{
    struct attempt_row *row = attempts_add(attempts);
    attempt_text(row->call, ATTEMPT_CALL_BYTES, span_of(call));
    attempt_text(row->store, STORE_ID_BYTES, span_of(store));
    row->end_ms = 1000 + n;
    row->method = row->endpoint = "order.list";
    row->wire = row->verdict = "ok";
    row->n = n;
    row->status = 200;
}

static void shows(const struct attempts *attempts, const char *call, const char *store, size_t most, const char *first,
                  size_t rows)
{
    struct attempts_filter filter = { span_of(store), span_of(call), most };
    struct buf out;
    size_t n = 0;
    buf_init(&out, 1 << 20);
    attempts_json(attempts, &filter, 5000, 1700000005000, &out);
    buf_char(&out, '\0');
    for (const char *at = out.p; (at = strstr(at, "\"object\":\"attempt\"")); at++)
        n++;
    assert_int_equal(n, rows);
    if (first)
        assert_non_null(strstr(out.p, first));
    buf_release(&out);
}

static void the_latest_comes_first(void **state)
{
    struct attempts *attempts = attempts_new();
    (void)state;
    add(attempts, "req_1", "s1", 1);
    add(attempts, "req_2", "s2", 2);
    add(attempts, "req_1-2", "s2", 3);
    add(attempts, "req_12", "s2", 4);
    shows(attempts, "", "", 10, NULL, 4);
    shows(attempts, "", "", 1, "{\"object\":\"attempt\",\"at\":\"2023-11-14T22:13:21.004Z\",\"call\":\"req_12\"", 1);
    shows(attempts, "", "s2", 10, NULL, 3);
    shows(attempts, "req_1", "", 10, NULL, 2); /* itself and its part, not req_12 */
    shows(attempts, "req_1", "s1", 10, "\"n\":1,", 1);
    shows(attempts, "none", "", 10, NULL, 0);
    attempts_free(attempts);
}

static void the_oldest_makes_room(void **state)
{
    struct attempts *attempts = attempts_new();
    char call[16];
    (void)state;
    for (unsigned i = 0; i < ATTEMPTS_KEPT + 5; i++) {
        snprintf(call, sizeof(call), "req_%u", i);
        add(attempts, call, "s1", i);
    }
    shows(attempts, "", "", 10000, NULL, ATTEMPTS_KEPT);
    shows(attempts, "req_4", "", 10, NULL, 0);
    shows(attempts, "req_5", "", 10, NULL, 1);
    attempts_free(attempts);
}

static void a_row_says_why_it_is_tried_again(void **state)
{
    struct attempts *attempts = attempts_new();
    (void)state;
    add(attempts, "req_1", "s1", 1);
    struct attempt_row *row = attempts_add(attempts);
    attempt_text(row->store, STORE_ID_BYTES, span_of("s1"));
    attempt_text(row->note, ATTEMPT_NOTE_BYTES, span_of("Connection reset \"by peer\""));
    row->verdict = "again";
    row->code = "store_error";
    row->again_ms = 12;
    row->waited_for = "burst";
    shows(attempts, "", "", 1, "\"verdict\":\"again\",\"code\":\"store_error\",\"again_ms\":12,", 1);
    shows(attempts, "", "", 1, "\"waited_for\":\"burst\"", 1);
    shows(attempts, "", "", 1, "\"note\":\"Connection reset \\\"by peer\\\"\"", 1);
    for (int i = 0; i < ATTEMPTS_KEPT; i++)
        add(attempts, "req_2", "s1", 1);
    shows(attempts, "req_2", "", 1, "\"code\":null,\"wait_ms\":", 1); /* nothing is left of the row before */
    attempts_free(attempts);
}

static void texts_are_cut_to_fit(void **state)
{
    char place[9];
    (void)state;
    attempt_text(place, 8, span_of("0123456789"));
    assert_string_equal(place, "01234567");
    attempt_text(place, 8, (struct span){ NULL, 0 });
    assert_string_equal(place, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_comes_first),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(a_row_says_why_it_is_tried_again),
        cmocka_unit_test(texts_are_cut_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
