/*
 * breaker.c - a shop that fails is left alone for a while.
 *
 *     closed --5 failures in 30 s, or 5 in a row--> open 30 s --> probing --success--> closed
 *                                                    ^              |
 *                                                    +--- failure --+   60 s, 120 s, ... 300 s
 *
 * Five time-outs at 0, 10, 20, 30 and 40 s open it at 40 s; at 70 s one call goes out as the probe while the
 * others are still refused; if it fails at 80 s, the next probe is at 140 s.
 */
#include "core/gauge/breaker.h"

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = { "closed", "open", "probing" };

    return names[state];
}

/* The one place where the state changes. */
static void breaker_set(struct breaker *breaker, enum breaker_state state, int64_t now_ms)
{
    breaker->state = state;
    if (state == BREAKER_CLOSED)
        *breaker = (struct breaker){ .state = BREAKER_CLOSED };
    if (state == BREAKER_OPEN) {
        breaker->open_ms = breaker->open_ms ? breaker->open_ms * 2 : BREAKER_OPEN_MS;
        int64_t most_ms = breaker->is_shut_out ? BREAKER_SHUT_MAX_MS : BREAKER_OPEN_MAX_MS;
        if (breaker->open_ms > most_ms)
            breaker->open_ms = most_ms;
        breaker->opened_ms = now_ms;
    }
}

int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms)
{
    int64_t wait_ms = breaker->opened_ms + breaker->open_ms - now_ms;

    return breaker->state == BREAKER_OPEN && wait_ms > 0 ? wait_ms : 0;
}

int64_t breaker_shut_ms(const struct breaker *breaker, int64_t now_ms)
{
    return breaker->state == BREAKER_PROBING ? BREAKER_PROBE_MS : breaker_wait_ms(breaker, now_ms);
}

bool breaker_allows(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_CLOSED)
        return true;
    if (breaker->state == BREAKER_PROBING || breaker_wait_ms(breaker, now_ms) > 0)
        return false;
    breaker_set(breaker, BREAKER_PROBING, now_ms);
    return true;
}

/* The failure before BREAKER_FAILURES - 1 others is in the slot that the newest will take. */
static bool breaker_is_enough(struct breaker *breaker, int64_t now_ms)
{
    int64_t *slot = &breaker->failed_ms[breaker->n_failed++ % BREAKER_FAILURES];

    breaker->in_row++;
    *slot = now_ms;
    if (breaker->in_row >= BREAKER_FAILURES)
        return true;
    return breaker->n_failed >= BREAKER_FAILURES &&
           now_ms - breaker->failed_ms[breaker->n_failed % BREAKER_FAILURES] <= BREAKER_WINDOW_MS;
}

/* A probe of before the breaker opened again is none any more. */
static bool breaker_is_probes(const struct breaker *breaker, int64_t probe_ms)
{
    return breaker->state == BREAKER_PROBING && probe_ms >= breaker->opened_ms + breaker->open_ms;
}

void breaker_tell(struct breaker *breaker, bool failed, int64_t probe_ms, int64_t now_ms)
{
    switch (breaker->state) {
    case BREAKER_CLOSED:
        if (!failed)
            breaker->in_row = breaker->pages = 0;
        else if (breaker_is_enough(breaker, now_ms))
            breaker_set(breaker, BREAKER_OPEN, now_ms);
        break;
    case BREAKER_PROBING:
        if (breaker_is_probes(breaker, probe_ms))
            breaker_set(breaker, failed ? BREAKER_OPEN : BREAKER_CLOSED, now_ms);
        break;
    case BREAKER_OPEN:
        break;
    }
}

void breaker_shut_out(struct breaker *breaker, enum breaker_sign sign, int64_t probe_ms, int64_t now_ms)
{
    bool is_enough =
        breaker->state == BREAKER_CLOSED && (++breaker->pages >= BREAKER_PAGES || sign == BREAKER_SIGN_SURE);

    if (!is_enough && !breaker_is_probes(breaker, probe_ms))
        return;
    breaker->is_shut_out = true;
    breaker_set(breaker, BREAKER_OPEN, now_ms);
}

void breaker_slowed(struct breaker *breaker, int64_t now_ms)
{
    breaker->slowed_ms = now_ms;
}

bool breaker_was_slowed(const struct breaker *breaker, int64_t now_ms)
{
    return breaker->slowed_ms > 0 && now_ms - breaker->slowed_ms <= BREAKER_AFTER_SLOW_MS;
}

void breaker_trip(struct breaker *breaker, int64_t now_ms)
{
    *breaker = (struct breaker){ .state = BREAKER_OPEN, .opened_ms = now_ms };
}

void breaker_unprobe(struct breaker *breaker, int64_t probe_ms)
{
    if (breaker_is_probes(breaker, probe_ms))
        breaker->state = BREAKER_OPEN; /* the wait is over: the next one is the probe */
}
