/*
 * fuzz_phone.c - phone numbers: the checker's answers are E.164 and their own answer; the library takes any bytes.
 */
#include "core/value/country.h"
#include "core/value/phone.h"

#include <stdlib.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void is_e164(const char *text, size_t n)
{
    MUST(n >= 3 && n <= PHONE_E164_MAX && text[0] == '+' && text[1] != '0');
    for (size_t i = 1; i < n; i++)
        MUST(text[i] >= '0' && text[i] <= '9');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const regions[] = { "NL", "us", "", "IT", "??" };
    struct span raw = { (const char *)data, n };
    char out[PHONE_E164_MAX], again[PHONE_E164_MAX];
    size_t length = phone_international(raw, out);
    if (length) {
        is_e164(out, length);
        MUST(phone_international((struct span){ out, length }, again) == length);
        MUST(memcmp(out, again, length) == 0);
    }
    struct phones *phones = phones_new(4, n);
    const char *region = regions[n % (sizeof regions / sizeof *regions)];
    size_t first = phones_e164(phones, raw, span_of(region), out);
    if (first)
        is_e164(out, first);
    MUST(phones_e164(phones, raw, span_of(region), again) == first && memcmp(out, again, first) == 0);
    phones_free(phones);
    country_find(raw);
    return 0;
}
