/*
 * retry.c - once more, and when.
 *
 * A read that fails with 500, then times out twice:
 *
 *     attempt 1   500        again, after 0 to 1 s
 *     attempt 2   time-out   again at once, on a fresh connection
 *     attempt 3   time-out   again, after 0 to 4 s
 *     attempt 4   500        no: 500 is repeated once
 */
#include "core/gauge/retry.h"

#include "core/value/ts.h"

int64_t retry_backoff_ms(unsigned attempts, int64_t cap_ms, uint64_t random)
{
    unsigned doublings = attempts ? attempts - 1 : 0;
    int64_t most_ms = doublings < 20 ? (int64_t)RETRY_BASE_MS << doublings : cap_ms;

    if (most_ms > cap_ms)
        most_ms = cap_ms;
    return most_ms > 0 ? (int64_t)(random % (uint64_t)(most_ms + 1)) : 0;
}

static struct retry_advice advise_slow(const struct retry_case *failed, int64_t jitter_ms)
{
    int64_t asked_ms = failed->retry_after_ms;

    if (asked_ms > failed->cap_ms)
        return (struct retry_advice){ .again = false };
    return (struct retry_advice){ .again = true, .wait_ms = asked_ms >= 0 ? asked_ms + jitter_ms / 4 : jitter_ms };
}

struct retry_advice retry_advise(const struct retry_case *failed, uint64_t random)
{
    const struct retry_advice no = { .again = false };
    int64_t jitter_ms = retry_backoff_ms(failed->attempts, failed->cap_ms, random);

    if (!failed->repeatable || failed->attempts >= RETRY_ATTEMPTS || failed->trying_ms >= RETRY_TRYING_MS)
        return no;
    switch (failed->cause) {
    case RETRY_DEAD:
        return (struct retry_advice){ true, true, failed->same_cause > 1 ? jitter_ms : 0 };
    case RETRY_SLOW:
        return advise_slow(failed, jitter_ms);
    case RETRY_FAILED:
        return failed->same_cause > 1 ? no : (struct retry_advice){ .again = true, .wait_ms = jitter_ms };
    case RETRY_RETURNED:
        break;
    }
    return no;
}

/* ---- Retry-After ------------------------------------------------------------------------------------- */

static struct span trim(struct span text)
{
    while (text.n && (*text.p == ' ' || *text.p == '\t'))
        text = (struct span){ text.p + 1, text.n - 1 };
    while (text.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
        text.n--;
    return text;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Seconds with up to any number of decimals, rounded up to ms; stays at RETRY_AFTER_MAX_MS + 1 when more. */
static bool parse_seconds(struct span text, int64_t *wait_ms)
{
    int64_t ms = 0, place_ms = 1000;
    bool has_point = false, rest = false;

    if (!text.n || !is_digit(text.p[0]) || !is_digit(text.p[text.n - 1]))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int64_t digit = text.p[i] - '0';

        if (text.p[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!is_digit(text.p[i]))
            return false;
        if (has_point) {
            place_ms /= 10;
            ms += digit * place_ms;
            rest = rest || (!place_ms && digit);
        } else if (ms <= RETRY_AFTER_MAX_MS) {
            ms = ms * 10 + digit * 1000;
        }
    }
    *wait_ms = ms + rest;
    return true;
}

static bool parse_date(struct span text, int64_t wall_ms, int64_t *wait_ms)
{
    static const struct ts_form forms[] = { { .kind = TS_RFC2822 }, { .kind = TS_ISO } };
    int64_t date_ms;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (ts_parse(text, &forms[i], &date_ms) == TS_GIVEN) {
            *wait_ms = date_ms > wall_ms ? date_ms - wall_ms : 0;
            return true;
        }
    }
    return false;
}

enum retry_after retry_after_parse(struct span text, int64_t wall_ms, int64_t *wait_ms)
{
    int64_t found_ms;

    text = trim(text);
    if (!parse_seconds(text, &found_ms) && !parse_date(text, wall_ms, &found_ms)) {
        *wait_ms = -1;
        return RETRY_AFTER_NONSENSE;
    }
    if (found_ms > RETRY_AFTER_MAX_MS) {
        *wait_ms = RETRY_AFTER_DOUBT_MS;
        return RETRY_AFTER_BOUNDED;
    }
    *wait_ms = found_ms;
    return RETRY_AFTER_GIVEN;
}
