/* tokens_due.c - when a token is renewed: the rules of tokens_due.h. */
#include "oauth/tokens_due.h"

#include "adapters/adapter.h"
#include "core/gauge/retry.h"
#include "core/value/ts.h"

#include <errno.h>
#include <stdlib.h>

enum { EARLY_MOST_MS = 90 * 1000, RETRY_LEAST_MS = 100 };
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define WARN_MOST_MS (7 * DAY_MS)
#define KEEP_MOST_MS (14 * DAY_MS)
#define LIFE_MOST_MS (3653 * DAY_MS) /* ten years: more is no life that a provider means */
#define UNIX_S_LEAST INT64_C(1000000000)
#define UNIX_MS_LEAST INT64_C(1000000000000)

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool token_by_itself(const struct cw_auth *row)
{
    return row->obtain && !row->authorize && !row->returned;
}

static int64_t life_of(const struct token_times *t)
{
    return t->expires_ms == TOKEN_NEVER ? TOKEN_NEVER : most(t->expires_ms - t->sent_ms, 0);
}

bool token_in_use(const struct token_times *t, int64_t now_ms)
{
    int64_t life_ms = life_of(t);
    return now_ms - t->asked_ms <= (life_ms == TOKEN_NEVER ? DAY_MS : most(DAY_MS, life_ms));
}

/* Between `from` and `until`, nearer to the latter by chance alone. */
static int64_t between(int64_t from, int64_t until, uint32_t chance)
{
    return until <= from ? from : until - (int64_t)(((uint64_t)(until - from) * chance) >> 32);
}

static int64_t ahead(const struct cw_auth *row, const struct token_times *t, uint32_t spread_ms, uint32_t chance)
{
    int64_t life_ms = life_of(t), tenth_ms = life_ms / 10;
    int64_t early_ms = row->early_s ? (int64_t)row->early_s * 1000 : EARLY_MOST_MS;
    if (!row->early_s || early_ms >= life_ms)
        early_ms = least(early_ms, tenth_ms);
    int64_t latest_ms = t->expires_ms - early_ms;
    return between(most(latest_ms - least(spread_ms, life_ms / 6), t->not_before_ms), latest_ms, chance);
}

/* A refresh token that no refresh renews is tried again when a fifth of what is left is left, a dozen times in all. */
static int64_t keep_alive(const struct token_times *t, uint32_t chance)
{
    if (t->ends_ms == TOKEN_NEVER)
        return TOKEN_NEVER;
    int64_t margin_ms = least(KEEP_MOST_MS, (t->ends_ms - t->sent_ms) / 5), from_ms = t->ends_ms - margin_ms;
    return between(from_ms, from_ms + margin_ms / 4, chance);
}

int64_t token_due_ms(const struct cw_auth *row, const struct token_times *t, uint32_t spread_ms, uint32_t chance,
                     int64_t now_ms)
{
    bool is_ahead = t->expires_ms != TOKEN_NEVER && token_in_use(t, now_ms);
    if (!row->refresh && !token_by_itself(row))
        return TOKEN_NEVER;
    int64_t due_ms = is_ahead ? ahead(row, t, spread_ms, chance) : TOKEN_NEVER;
    if (row->refresh)
        due_ms = least(due_ms, most(keep_alive(t, chance), t->not_before_ms));
    return due_ms;
}

int64_t token_warn_ms(const struct cw_auth *row, const struct token_times *t)
{
    int64_t end_ms = row->refresh ? t->ends_ms : t->expires_ms;
    if (end_ms == TOKEN_NEVER || token_by_itself(row))
        return TOKEN_NEVER;
    return end_ms - least(WARN_MOST_MS, most(end_ms - t->sent_ms, 0) / 10);
}

int64_t token_retry_ms(uint32_t failures, bool is_waited_for, uint64_t random)
{
    int64_t wait_ms = retry_backoff_ms(failures, is_waited_for ? RETRY_CAP_LIVE_MS : RETRY_CAP_JOB_MS, random);
    return most(wait_ms, RETRY_LEAST_MS);
}

/* ---- what an answer says of a life ------------------------------------------------------------------------------- */

/* Whole seconds; a fraction is cut.  false: no number. */
static bool read_number(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool has_digits = end != text && end[-1] >= '0' && end[-1] <= '9';
    if (*end == '.') {
        do
            end++;
        while (*end >= '0' && *end <= '9');
    }
    if (!has_digits || *end != '\0' || errno != 0)
        return false;
    *out = value;
    return true;
}

static bool read_date(const char *text, int64_t *unix_ms)
{
    static const enum ts_kind kinds[] = { TS_ISO, TS_RFC2822 };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct ts_form form = { .kind = kinds[i] };
        if (ts_parse(span_of(text), &form, unix_ms) == TS_GIVEN)
            return true;
    }
    return false;
}

bool token_life_read(const char *text, bool is_absolute, const struct token_clock *clock, int64_t *ends_ms)
{
    int64_t value = 0;
    bool is_number = read_number(text, &value);
    if (!is_number && (!is_absolute || !read_date(text, &value)))
        return false;
    bool is_unix = !is_number || value >= UNIX_S_LEAST;
    if ((is_absolute && !is_unix) || (is_number && value <= 0))
        return false;
    if (is_number && value < UNIX_MS_LEAST)
        value *= 1000;
    int64_t from_ms = is_unix ? clock->received_ms : clock->sent_ms, life_ms = is_unix ? value - clock->wall_ms : value;
    if (life_ms <= 0 || life_ms > LIFE_MOST_MS)
        return false;
    *ends_ms = from_ms + life_ms;
    return true;
}
