/* test_json_text.c - strings of peers: made clean, decoded, quoted. */
#include "core/json/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef void transform(struct buf *, struct span, struct json_mended *);

static struct json_mended check(transform *f, struct span in, const char *expected)
{
    struct buf out;
    struct json_mended mended = { 0 };
    buf_init(&out, 4096);
    f(&out, in, &mended);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
    return mended;
}
#define FFFD "\xef\xbf\xbd"

static void clean_strings_stay(void **state)
{
    (void)state;
    check(json_clean, SPAN(""), "");
    check(json_clean, SPAN("plain"), "plain");
    check(json_clean, SPAN("Caf\xc3\xa9 \\u00e9 \\\"x\\\" \\ud83d\\ude00 \xf0\x9f\x98\x80"),
          "Caf\xc3\xa9 \\u00e9 \\\"x\\\" \\ud83d\\ude00 \xf0\x9f\x98\x80");
    check(json_decode, SPAN("Caf\\u00e9\\n\\/ \\ud83d\\ude00"), "Caf\xc3\xa9\n/ \xf0\x9f\x98\x80");
}

static void spoilt_strings_are_mended_and_counted(void **state)
{
    (void)state;
    assert_int_equal(check(json_clean,
                           SPAN("a\xff"
                                "b\xc3"),
                           "a" FFFD "b" FFFD)
                         .utf8,
                     2);
    assert_int_equal(check(json_clean, SPAN("\xed\xa0\x80"), FFFD FFFD FFFD).utf8, 3); /* a surrogate in UTF-8 */
    assert_int_equal(check(json_clean, SPAN("\xc0\xaf"), FFFD FFFD).utf8, 2);          /* overlong */
    assert_int_equal(check(json_clean, SPAN("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD).utf8, 4);
    assert_int_equal(check(json_clean, SPAN("\\ud83dx"), FFFD "x").surrogates, 1);
    assert_int_equal(check(json_clean, SPAN("\\ude00"), FFFD).surrogates, 1);
    assert_int_equal(check(json_decode, SPAN("\\ud83d\\u0041"), FFFD "A").surrogates, 1);
    assert_int_equal(check(json_clean, SPAN("a\\u0000b"), "a" FFFD "b").nuls, 1);
    assert_int_equal(check(json_clean, SPAN("a\tb\n"), "a\\u0009b\\u000a").controls, 2);
    assert_int_equal(check(json_clean, SPAN("it\\'s \\x41 \\u12"), "it's x41 u12").escapes, 3);
    assert_int_equal(check(json_clean, SPAN("end\\"), "end").escapes, 1);
    assert_int_equal(check(json_quote, SPAN("say \"hi\" \\ \xff"), "\"say \\\"hi\\\" \\\\ " FFFD "\"").utf8, 1);
}

static void cuts_between_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_cut(SPAN("Caf\xc3\xa9"), 4).n, 3);
    assert_int_equal(utf8_cut(SPAN("Caf\xc3\xa9"), 5).n, 5);
    assert_int_equal(utf8_cut(SPAN("ab\xff"), 9).n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_strings_stay),
        cmocka_unit_test(spoilt_strings_are_mended_and_counted),
        cmocka_unit_test(cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
