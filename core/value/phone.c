/*
 * phone.c - phone numbers: a small checker for the international form, a cache before the library for the rest.
 *
 * The checker reads the digits behind + or 00 once, leaving separators out; their first one to three name the
 * calling code, whose lengths are in phone_plan.c.  Examples: "+31 6 1234-5678" is 31 and nine digits, which 31
 * has; "+49 (0)30 123456" has a trunk zero and "+1 555 0100" too few digits: the library decides.
 *
 * The cache is a table of sets of four, found by a seeded hash of region and text.  In a set the entry used last
 * stands first and the last one is given up; nothing else is ever touched, so a shop that sends a million numbers
 * costs time but no memory.  A number that the library refuses is kept too, as the empty answer.
 */
#include "core/value/phone.h"

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/value/country.h"
#include "core/value/phone_lib.h"
#include "core/value/phone_plan.h"

#include <stdlib.h>

enum {
    WAYS = 4,
    KEY_MAX = 2 + PHONE_RAW_MAX,
    DIGITS_LEAST = 7, /* no country has shorter numbers with its calling code (Niue: 683 and 4) */
    DIGITS_MOST = 15  /* ITU-T E.164, 6.2 */
};

struct entry {
    uint32_t hash;
    uint8_t key_n, e164_n; /* key_n 0: free */
    char key[KEY_MAX];     /* region (two letters or two blanks), raw */
    char e164[PHONE_E164_MAX];
};

struct phones {
    struct entry *entries; /* sets of WAYS; NULL until the first national number */
    uint32_t n_sets;       /* a power of two */
    uint64_t seed;
    struct phones_stats stats;
};

/* ---- the international form ------------------------------------------------------------------------- */

static inline bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

static inline uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline bool are_digits(uint64_t word)
{
    word ^= 0x3030303030303030;
    return (((word + 0x7676767676767676) | word) & 0x8080808080808080) == 0;
}

/* The digits of the rest of raw, at most DIGITS_MOST.  0: something else is in it, or too many. */
static inline size_t take_digits(const char *p, const char *end, char *digits)
{
    size_t n = (size_t)(end - p);
    /* Most have no separators: two words, which overlap. */
    if (n >= 8 && n <= DIGITS_MOST && are_digits(word_at(p)) && are_digits(word_at(end - 8))) {
        memcpy(digits, p, 8);
        memcpy(digits + n - 8, end - 8, 8);
        return n;
    }
    for (n = 0; p < end; p++) {
        if ((unsigned char)(*p - '0') <= 9) {
            if (n == DIGITS_MOST)
                return 0;
            digits[n++] = *p;
        } else if (!is_separator(*p)) {
            return 0;
        }
    }
    return n;
}

/* How many of the digits are the calling code; 0 if there is no such code.  digits has at least three. */
static size_t calling_code(const char *digits, const uint16_t **lengths)
{
    unsigned code = 0;
    for (size_t n = 1; n <= 3 && digits[0] != '0'; n++) {
        code = code * 10 + (unsigned)(digits[n - 1] - '0');
        *lengths = &phone_lengths[code];
        if (**lengths)
            return n;
    }
    return 0;
}

/* North America: neither area code nor exchange begins with 0 or 1 (NANPA). */
static bool is_american(const char *national)
{
    return national[0] >= '2' && national[3] >= '2';
}

size_t phone_international(struct span raw, char out[PHONE_E164_MAX])
{
    if (raw.n == 0)
        return 0;
    const char *p = raw.p, *end = p + raw.n;
    while (p < end && *p == ' ')
        p++;
    if (end - p > 2 && p[0] == '0' && p[1] == '0')
        p += 2;
    else if (p < end && *p == '+')
        p++;
    else
        return 0;
    char *digits = out + 1;
    size_t n = take_digits(p, end, digits);
    if (n < DIGITS_LEAST)
        return 0;
    const uint16_t *lengths;
    size_t code = calling_code(digits, &lengths);
    /* A zero here is most often the trunk prefix of the national form, which must go; the library knows. */
    if (code == 0 || digits[code] == '0' || !(*lengths >> (n - code) & 1))
        return 0;
    if (digits[0] == '1' && !is_american(digits + 1))
        return 0;
    out[0] = '+';
    return n + 1;
}

/* ---- the cache -------------------------------------------------------------------------------------- */

struct phones *phones_new(uint32_t entries, uint64_t seed)
{
    struct phones *phones = mem_zalloc(sizeof *phones);
    phones->seed = seed;
    phones->n_sets = 1;
    while (phones->n_sets < UINT32_MAX / 2 / WAYS && phones->n_sets * WAYS < entries)
        phones->n_sets *= 2;
    return phones;
}

void phones_free(struct phones *phones)
{
    if (!phones)
        return;
    free(phones->entries);
    free(phones);
}

struct phones_stats phones_stats(const struct phones *phones)
{
    return phones->stats;
}

/* The entry of the key, moved to the front of its set; if it was not there, an empty one. */
static struct entry *find(struct phones *phones, struct span key, bool *hit)
{
    if (!phones->entries)
        phones->entries = mem_zalloc(sizeof *phones->entries * phones->n_sets * WAYS);
    uint32_t hash = (uint32_t)dict_hash(key, phones->seed);
    struct entry *set = &phones->entries[(size_t)(hash & (phones->n_sets - 1)) * WAYS], found;
    int i = 0;
    while (i < WAYS && !(set[i].hash == hash && span_eq((struct span){ set[i].key, set[i].key_n }, key)))
        i++;
    *hit = i < WAYS;
    if (i == 0)
        return set;
    found = *hit ? set[i] : (struct entry){ .hash = hash, .key_n = (uint8_t)key.n };
    if (!*hit)
        memcpy(found.key, key.p, key.n);
    memmove(set + 1, set, sizeof *set * (size_t)(*hit ? i : WAYS - 1));
    set[0] = found;
    return set;
}

static size_t ask(struct phones *phones, struct span raw, const char *region, char out[PHONE_E164_MAX])
{
    char key[KEY_MAX];
    bool hit;
    memcpy(key, *region ? region : "  ", 2);
    memcpy(key + 2, raw.p, raw.n);
    struct entry *entry = find(phones, (struct span){ key, 2 + raw.n }, &hit);
    if (!hit)
        entry->e164_n = (uint8_t)phone_lib_e164(raw.p, raw.n, region, entry->e164, sizeof entry->e164);
    phones->stats.hits += hit;
    phones->stats.misses += !hit;
    memcpy(out, entry->e164, entry->e164_n);
    return entry->e164_n;
}

static size_t e164_of_other(struct phones *phones, struct span raw, struct span region, char out[PHONE_E164_MAX])
{
    if (raw.n < 3 || raw.n > PHONE_RAW_MAX)
        return 0;
    const struct country *country = country_code(region);
    return ask(phones, raw, country ? country->alpha2 : "", out);
}

size_t phones_e164(struct phones *phones, struct span raw, struct span region, char out[PHONE_E164_MAX])
{
    size_t n = phone_international(raw, out);
    phones->stats.international += n != 0;
    return n ? n : e164_of_other(phones, raw, region, out);
}

static inline char *put(char *at, const char *p, size_t n)
{
    memcpy(at, p, n);
    return at + n;
}
#define PUT(at, literal) put((at), (literal), sizeof(literal) - 1)

void phones_write(struct phones *phones, struct buf *out, struct span raw, struct span region)
{
    enum { MOST = 32 + PHONE_E164_MAX };
    char e164[PHONE_E164_MAX];
    size_t n = phone_international(raw, e164);
    bool plain = n != 0; /* raw has digits and separators alone, nothing that JSON escapes */
    phones->stats.international += plain;
    if (!plain)
        n = e164_of_other(phones, raw, region, e164);
    if (!buf_room(out, MOST + raw.n))
        return;
    char *at = out->p + out->n;
    if (n) {
        at = PUT(at, "{\"e164\":\"");
        memcpy(at, e164, PHONE_E164_MAX);
        at = PUT(at + n, "\",\"raw\":");
    } else {
        at = PUT(at, "{\"e164\":null,\"raw\":");
    }
    if (plain) {
        *at++ = '"';
        at = PUT(put(at, raw.p, raw.n), "\"}");
        out->n = (size_t)(at - out->p);
        return;
    }
    out->n = (size_t)(at - out->p);
    buf_json(out, raw);
    buf_char(out, '}');
}
