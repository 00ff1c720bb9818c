/*
 * fuzz_ts.c - times: the first line is a form ("iso", "%F %T"), the rest a text.  What is given is written as 24
 * characters that read as the same time again; a form writes what it can read.
 */
#include "core/value/ts.h"

#include <stdlib.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_form(struct span text, const struct ts_form *form)
{
    static const struct ts_form iso = { .kind = TS_ISO };
    struct buf buf;
    int64_t ms, again;
    buf_init(&buf, 1 << 16);
    enum ts_read read = ts_parse(text, form, &ms);
    MUST(ts_write(&buf, text, form) == read);
    MUST(buf.n == (read == TS_GIVEN ? TS_TEXT + 2 : 0));
    if (read == TS_GIVEN) {
        MUST(ts_parse((struct span){ buf.p + 1, TS_TEXT }, &iso, &again) == TS_GIVEN && again == ms);
        buf_clear(&buf);
        bool written = ts_write_as(&buf, ms, form);
        if (written && form->kind != TS_STRFTIME) {
            MUST(ts_parse(buf_peek(&buf), form, &again) == TS_GIVEN);
            MUST(again <= ms && ms - again < 1000);
        }
    }
    buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[] = { "iso", "s", "ms", "rfc2822", "/Date" };
    struct span all = { (const char *)data, n }, name = all, text = { NULL, 0 };
    struct ts_form form;
    const char *line = n ? memchr(data, '\n', n) : NULL;
    int32_t zone;
    if (line) {
        name.n = (size_t)(line - all.p);
        text = (struct span){ line + 1, n - name.n - 1 };
    }
    if (ts_form_parse(name, &form))
        try_form(text, &form);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        MUST(ts_form_parse(span_of(names[i]), &form));
        form.zone_s = ((int32_t)n % 25 - 12) * 3600;
        try_form(text, &form);
    }
    if (ts_zone_parse(text, &zone))
        MUST(zone <= 18 * 3600 && zone >= -18 * 3600);
    ts_is_date(text);
    return 0;
}
