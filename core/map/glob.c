/*
 * glob.c - case-blind patterns with * and |.
 *
 * Each alternative is matched with one memory: where the last * stood and how much text it has eaten so far.  On
 * a mismatch that star eats one byte more.  An earlier star never needs to be tried again, hence at most
 * pattern x text steps.
 *
 *   "*ab" on "aab": * eats "", 'a' = 'a', 'b' != 'a'; back: * eats "a", "ab" fits.
 */
#include "core/map/glob.h"

#include <stdint.h>

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool match_one(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, eaten = 0;
    while (t < text.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            eaten = t;
        } else if (p < pattern.n && fold(pattern.p[p]) == fold(text.p[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++eaten;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

bool glob_match(struct span pattern, struct span text)
{
    for (;;) {
        const char *bar = pattern.n ? memchr(pattern.p, '|', pattern.n) : NULL;
        size_t n = bar ? (size_t)(bar - pattern.p) : pattern.n;
        if (match_one((struct span){ pattern.p, n }, text))
            return true;
        if (!bar)
            return false;
        pattern = (struct span){ bar + 1, pattern.n - n - 1 };
    }
}

bool glob_list_match(const char *globs, struct span text)
{
    if (!globs)
        return true;
    for (;;) {
        globs += strspn(globs, " ");
        size_t n = strcspn(globs, " ");
        if (n == 0)
            return false;
        if (glob_match((struct span){ globs, n }, text))
            return true;
        globs += n;
    }
}
