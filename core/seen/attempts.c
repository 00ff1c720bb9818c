/* attempts.c - the last attempts: a ring, filled in place. */
#include "core/seen/attempts.h"

#include "core/base/arena.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <string.h>

struct attempts {
    struct attempt_row rows[ATTEMPTS_KEPT];
    uint64_t n; /* ever */
};

struct attempts *attempts_new(void)
{
    return mem_zalloc(sizeof(struct attempts));
}

void attempts_free(struct attempts *attempts)
{
    free(attempts);
}

struct attempt_row *attempts_add(struct attempts *attempts)
{
    struct attempt_row *row = &attempts->rows[attempts->n++ % ATTEMPTS_KEPT];
    row->call[0] = row->store[0] = row->app[0] = row->note[0] = '\0';
    row->code = row->waited_for = NULL;
    row->again_ms = 0;
    return row;
}

void attempt_text(char *place, size_t bytes, struct span text)
{
    size_t n = text.n < bytes ? text.n : bytes;
    if (n > 0)
        memcpy(place, text.p, n);
    place[n] = '\0';
}

/* ---- seen ------------------------------------------------------------------------------------------------------- */

static void write_text(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    if (text && *text)
        buf_json(out, span_of(text));
    else
        buf_lit(out, "null");
}

static void write_row(const struct attempt_row *row, int64_t wall_ms, struct buf *out)
{
    buf_lit(out, "{\"object\":\"attempt\",\"at\":\"");
    ts_format(out, wall_ms);
    buf_char(out, '"');
    write_text(out, "call", row->call);
    write_text(out, "store", row->store);
    write_text(out, "app", row->app);
    write_text(out, "method", row->method);
    write_text(out, "endpoint", row->endpoint);
    write_text(out, "class", klass_name(row->klass));
    buf_printf(out, ",\"n\":%u", row->n);
    write_text(out, "wire", row->wire);
    buf_printf(out, ",\"status\":%d", row->status);
    write_text(out, "verdict", row->verdict);
    write_text(out, "code", row->code);
    if (row->code)
        buf_printf(out, ",\"again_ms\":%lld", (long long)row->again_ms);
    buf_printf(out, ",\"wait_ms\":%lld", (long long)row->wait_ms);
    write_text(out, "waited_for", row->waited_for);
    buf_printf(out, ",\"took_ms\":%lld,\"bytes\":%lld", (long long)row->took_ms, (long long)row->bytes);
    write_text(out, "note", row->note);
    buf_char(out, '}');
}

static bool is_of_call(const char *of, struct span call)
{
    size_t n = strlen(of);
    return n >= call.n && memcmp(of, call.p, call.n) == 0 && (of[call.n] == '\0' || of[call.n] == '-');
}

static bool fits(const struct attempt_row *row, const struct attempts_filter *filter)
{
    if (filter->store.n > 0 && !span_is(filter->store, row->store))
        return false;
    return filter->call.n == 0 || is_of_call(row->call, filter->call);
}

void attempts_json(const struct attempts *attempts, const struct attempts_filter *filter, int64_t now_ms,
                   int64_t wall_ms, struct buf *out)
{
    uint64_t kept = attempts->n < ATTEMPTS_KEPT ? attempts->n : ATTEMPTS_KEPT;
    size_t n = 0;
    for (uint64_t i = 1; i <= kept && n < filter->most; i++) {
        const struct attempt_row *row = &attempts->rows[(attempts->n - i) % ATTEMPTS_KEPT];
        if (!fits(row, filter))
            continue;
        if (n++ > 0)
            buf_char(out, ',');
        write_row(row, wall_ms - (now_ms - row->end_ms), out);
    }
}
