/* test_bytes.c - core/base/bytes.h against a loop over each byte. */
#include "core/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Every byte at every place, among bytes that are near the borders themselves. */
static void as_a_loop_says(void **state)
{
    static const unsigned char around[] = { 'a', 0x21, 0x7f, 0x80, 0xff, '#', '$' };
    (void)state;
    for (size_t a = 0; a < sizeof around; a++) {
        for (int c = 0; c < 256; c++) {
            for (int at = 0; at < 8; at++) {
                char p[8];
                memset(p, around[a], sizeof p);
                p[at] = (char)c;
                uint64_t word = bytes_load(p);
                assert_int_equal(bytes_below(word, 0x21), c < 0x21);
                assert_int_equal(bytes_equal(word, '#'), c == '#' || around[a] == '#');
                assert_int_equal(bytes_equal(word, 0x7f), c == 0x7f || around[a] == 0x7f);
                assert_int_equal(bytes_high(word), c >= 0x80 || around[a] >= 0x80);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(as_a_loop_says) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
