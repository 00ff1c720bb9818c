/* test_base64.c - core/base/base64.h with the vectors of RFC 4648 section 10. */
#include "core/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *bytes, *padded, *url;
} rows[] = {
    { "", "", "" },
    { "f", "Zg==", "Zg" },
    { "fo", "Zm8=", "Zm8" },
    { "foo", "Zm9v", "Zm9v" },
    { "foob", "Zm9vYg==", "Zm9vYg" },
    { "fooba", "Zm9vYmE=", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
    { "\xFB\xFF\xFE", "+//+", "-__-" },
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

static void expect(struct buf *buf, const char *text)
{
    assert_true(span_is(buf_peek(buf), text));
    buf_clear(buf);
}

static void both_ways(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 64);
    for (size_t i = 0; i < N_ROWS; i++) {
        base64_write(&out, span_of(rows[i].bytes));
        expect(&out, rows[i].padded);
        base64_write_url(&out, span_of(rows[i].bytes));
        expect(&out, rows[i].url);
        assert_true(base64_read(span_of(rows[i].url), BASE64_OURS, &out));
        expect(&out, rows[i].bytes);
        assert_true(base64_read(span_of(rows[i].url), BASE64_ANY, &out));
        expect(&out, rows[i].bytes);
        assert_true(base64_read(span_of(rows[i].padded), BASE64_ANY, &out));
        expect(&out, rows[i].bytes);
    }
    buf_release(&out);
}

static void refuse(const char *text, enum base64_letters letters)
{
    struct buf out;
    buf_init(&out, 64);
    buf_char(&out, 'x');
    if (base64_read(span_of(text), letters, &out))
        fail_msg("%s was taken", text);
    expect(&out, "x");
    buf_release(&out);
}

static void ours_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = { "Z",   "Zg==", "Zm9v Zg", "Zh" /* stray bits */,
                                       "Zm9", "a+b/", "Zm9vY",   "\xC3\xA9gg" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(bad[i], BASE64_OURS);
}

static void any_is_a_strangers(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 64);
    assert_true(base64_read(SPAN("Zh="), BASE64_ANY, &out)); /* stray bits, half the padding */
    expect(&out, "f");
    assert_true(base64_read(SPAN("-/_+"), BASE64_ANY, &out));
    expect(&out, "\xFB\xFF\xFE");
    buf_release(&out);
    static const char *const bad[] = { "Z", "Zm9v Zg", "Zm9vY", "Z=g=", "\xC3\xA9gg", "Zm9v\nZg==" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(bad[i], BASE64_ANY);
}

static void ceilings_hold(void **state)
{
    (void)state;
    struct buf low;
    buf_init(&low, 2);
    assert_false(base64_read(SPAN("Zm9v"), BASE64_OURS, &low));
    assert_int_equal(low.n, 0);
    assert_false(low.over);
    base64_write_url(&low, SPAN("f"));
    assert_false(low.over);
    expect(&low, "Zg");
    base64_write(&low, SPAN("f"));
    assert_true(low.over);
    expect(&low, "");
    buf_release(&low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(ours_is_strict),
        cmocka_unit_test(any_is_a_strangers),
        cmocka_unit_test(ceilings_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
