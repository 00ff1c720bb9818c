/* test_country.c - core/value/country.c: codes and names.  Includes the .c to see that its list is sorted. */
#include "core/value/country.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *text, const char *alpha2)
{
    const struct country *country = country_find(span_of(text));
    if (!alpha2) {
        assert_null(country);
        return;
    }
    if (!country)
        fail_msg("%s is not known", text);
    assert_string_equal(country->alpha2, alpha2);
}

static void codes(void **state)
{
    (void)state;
    assert_string_equal(country_code(SPAN("nl"))->alpha2, "NL");
    assert_string_equal(country_code(SPAN("NL"))->alpha3, "NLD");
    assert_int_equal(country_code(SPAN("Nl"))->calling, 31);
    assert_string_equal(country_code(SPAN("DE"))->name, "Germany");
    assert_string_equal(country_code(SPAN("uk"))->alpha2, "GB");
    assert_string_equal(country_code(SPAN("EL"))->alpha2, "GR");
    assert_string_equal(country_code(SPAN("XK"))->alpha2, "XK");
    static const char *const unknown[] = { "", "N", "NLD", "ZZ", "AN", "n\x0c", "1a", "--", "\xc3\x85" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_null(country_code(span_of(unknown[i])));
}

static void names_in_many_spellings(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "NLD", "NL" },
        { "usa", "US" },
        { "gbr", "GB" },
        { "The Netherlands", "NL" },
        { " netherlands ", "NL" },
        { "Viet Nam", "VN" },
        { "Korea, Republic of", "KR" },
        { "South Korea", "KR" },
        { "U.S.A.", "US" },
        { "U.K.", "GB" },
        { "Great Britain", "GB" },
        { "St. Kitts & Nevis", "KN" },
        { "C\xc3\xb4te d'Ivoire", "CI" },
        { "Cote d\xe2\x80\x99Ivoire", NULL },
        { "Turkey", "TR" },
        { "T\xc3\xbcrkiye", "TR" },
        { "Czech Republic", "CZ" },
        { "CZECHIA", "CZ" },
        { "Russian Federation", "RU" },
        { "Macedonia", "MK" },
        { "Trinidad & Tobago", "TT" },
        { "Ivory Coast", "CI" },
        { "Germany", "DE" },
        { "deutschland", "DE" },
        { "United States (US)", "US" },
        { "Atlantis", NULL },
        { "", NULL },
        { "the", NULL },
        { "...", NULL },
        { "a name that is longer than any country's name could possibly be", NULL },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        is(pairs[i][0], pairs[i][1]);
}

static void lists_are_whole(void **state)
{
    (void)state;
    int n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].name)
            continue;
        n++;
        is(rows[i].alpha2, rows[i].alpha2);
        is(rows[i].alpha3, rows[i].alpha2);
        is(rows[i].name, rows[i].alpha2);
    }
    assert_int_equal(n, 249 + 1 + 2); /* ISO 3166-1, Kosovo, EL and UK */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(i == 0 || strcmp(names[i - 1].plain, names[i].plain) < 0);
        is(names[i].plain, names[i].alpha2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes),
        cmocka_unit_test(names_in_many_spellings),
        cmocka_unit_test(lists_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
