/*
 * quota.c - how much an app may ask of us: two fixed windows.
 *
 * Example, 2 a minute: requests at 0 s and 50 s are taken, one at 55 s waits 5 s; at 60 s the window is over, and the
 * next request opens another.
 */
#include "api/apps/quota.h"

#include <string.h>

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

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

enum err quota_read(const json_t *quota, struct fault *fault, int64_t most[QUOTA_WINDOWS])
{
    const char *name;
    json_t *value;
    for (int i = 0; i < QUOTA_WINDOWS && json_is_null(quota); i++)
        most[i] = QUOTA_DEFAULT;
    if (json_is_null(quota))
        return OK;
    if (!json_is_object(quota))
        return fault_set(fault, ERR_VALIDATION_FAILED, "quota: expected an object with per_minute, per_hour or both");
    json_object_foreach((json_t *)quota, name, value)
    {
        const char *text = json_string_value(value);
        int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;
        int i = 0;
        while (i < QUOTA_WINDOWS && strcmp(name, quota_windows[i].member) != 0)
            i++;
        if (i == QUOTA_WINDOWS)
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "quota.%.40s: there is no such member (per_minute, per_hour)", name);
        if (text && strcmp(text, "none") == 0)
            most[i] = QUOTA_NONE;
        else if (json_is_null(value) || (text && strcmp(text, "default") == 0))
            most[i] = QUOTA_DEFAULT;
        else if (number >= 1 && number <= QUOTA_MOST)
            most[i] = number;
        else
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "quota.%s: expected a whole number from 1 to %lld, \"none\" or \"default\"", name,
                             (long long)QUOTA_MOST);
    }
    return OK;
}

void quota_json(const int64_t most[QUOTA_WINDOWS], struct buf *out)
{
    buf_char(out, '{');
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        buf_printf(out, "%s\"%s\":", i ? "," : "", quota_windows[i].member);
        if (most[i] > 0)
            buf_i64(out, most[i]);
        else
            buf_span(out, most[i] == QUOTA_NONE ? SPAN("\"none\"") : SPAN("\"default\""));
    }
    buf_char(out, '}');
}
