/*
 * phone.h - phone numbers: {"e164":"+31612345678","raw":"06-12345678"}, e164 null where it cannot be known.
 *
 * Numbers already in international form (+ or 00) are checked here: a known calling code and a length of the
 * national part that this code has (both taken from libphonenumber's metadata), at most 15 digits (ITU-T
 * E.164), separators space - . / ( ) left out.  This does not prove that the range is in use.  What is not
 * that plain (a trunk zero "+49 (0)30", letters, an extension, an odd length) and numbers in national form go
 * through a bounded cache to libphonenumber, which must find them valid in the region; 23 us a number, 7.5 ms
 * for the first.
 *
 * struct phones is the cache; one a thread, never shared.  libphonenumber itself is loaded at first need.
 */
#ifndef CARTWAY_VALUE_PHONE_H
#define CARTWAY_VALUE_PHONE_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PHONE_E164_MAX = 16, /* + and 15 digits */
    PHONE_RAW_MAX = 48   /* longer texts are no phone numbers: e164 is null */
};

struct phones;
struct phones_stats {
    uint64_t international, hits, misses;
};

/* At least `entries` cached numbers, 4,096 is a good number (about 350 KB, taken at the first national number).
 * seed: random bits, so that nobody can crowd out others. */
struct phones *phones_new(uint32_t entries, uint64_t seed);
void phones_free(struct phones *phones);
struct phones_stats phones_stats(const struct phones *phones);

/* The E.164 form of raw into out (not NUL-terminated), its length returned; 0 if there is none.  region: alpha-2
 * code for numbers in national form, case-blind, may be empty or unknown (then only international forms count). */
size_t phones_e164(struct phones *phones, struct span raw, struct span region, char out[PHONE_E164_MAX]);
/* Writes the JSON object. */
void phones_write(struct phones *phones, struct buf *out, struct span raw, struct span region);

/* The checker alone, without cache or library: 0 if raw is not plainly international (out is scratch then). */
size_t phone_international(struct span raw, char out[PHONE_E164_MAX]);

#endif
