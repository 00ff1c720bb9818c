/*
 * quota.c - how much an app may ask of us: two fixed windows.
 *
 * Example, 2 a minute: requests at 0 s and 50 s are taken, one at 55 s waits 5 s; at 60 s the window is over, and the
 * next request opens another.
 */
#include "api/quota.h"

const struct quota_window quota_windows[QUOTA_WINDOWS] = {
    { "minute", "per_minute", 60000 },
    { "hour", "per_hour", 3600000 },
};

static bool is_open(const struct quota *quota, int i, int64_t now_ms)
{
    return now_ms < quota->windows[i].ends_ms;
}

bool quota_take(struct quota *quota, const int64_t most[QUOTA_WINDOWS], int64_t now_ms, unsigned *violated,
                int64_t *wait_ms)
{
    *violated = 0;
    *wait_ms = 0;
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        if (most[i] == QUOTA_NONE || !is_open(quota, i, now_ms) || quota->windows[i].used < most[i])
            continue;
        int64_t left_ms = quota->windows[i].ends_ms - now_ms;
        *violated |= 1u << i;
        *wait_ms = left_ms > *wait_ms ? left_ms : *wait_ms;
    }
    if (*violated)
        return false;
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        if (most[i] == QUOTA_NONE)
            continue;
        if (!is_open(quota, i, now_ms)) {
            quota->windows[i].used = 0;
            quota->windows[i].ends_ms = now_ms + quota_windows[i].ms;
        }
        quota->windows[i].used++;
    }
    return true;
}

/* `"minute";r=` of the i-th window, and the comma before it. */
static void begin_item(struct buf *out, int i, char parameter)
{
    if (out->n > 0)
        buf_lit(out, ", ");
    buf_char(out, '"');
    buf_span(out, span_of(quota_windows[i].name));
    buf_lit(out, "\";");
    buf_char(out, parameter);
    buf_char(out, '=');
}

void quota_policy(const int64_t most[QUOTA_WINDOWS], struct buf *out)
{
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        if (most[i] == QUOTA_NONE)
            continue;
        begin_item(out, i, 'q');
        buf_i64(out, most[i]);
        buf_lit(out, ";w=");
        buf_i64(out, quota_windows[i].ms / 1000);
    }
}

void quota_state(const struct quota *quota, const int64_t most[QUOTA_WINDOWS], int64_t now_ms, struct buf *out)
{
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        bool open = is_open(quota, i, now_ms);
        int64_t used = open ? quota->windows[i].used : 0;
        int64_t left_ms = open ? quota->windows[i].ends_ms - now_ms : quota_windows[i].ms;
        if (most[i] == QUOTA_NONE)
            continue;
        begin_item(out, i, 'r');
        buf_i64(out, used < most[i] ? most[i] - used : 0); /* most may have been lowered meanwhile */
        buf_lit(out, ";t=");
        buf_i64(out, (left_ms + 999) / 1000);
    }
}
