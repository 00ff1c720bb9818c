/*
 * zone.c - the rule of a time zone as it is now.
 *
 * A file of /usr/share/zoneinfo ends with the rule for all times to come, as POSIX writes it (RFC 9636, section 3.3):
 * names of three letters or in <>, hours west of UTC, and two changes a year "Mmonth.week.weekday/time".
 * "CET-1CEST,M3.5.0, M10.5.0/3": an hour east, two from the last Sunday of March at 2:00 to that of October at 3:00.
 */
#include "core/value/zone.h"

#include "core/value/ts.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400, NAME_MAX_BYTES = 64, RULE_BYTES = 256 };

struct reader {
    const char *p, *end;
};

static bool take(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool is_digit(const struct reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static bool number(struct reader *r, int32_t most, int32_t *out)
{
    int32_t value = 0;
    if (!is_digit(r))
        return false;
    while (is_digit(r) && value <= most)
        value = value * 10 + (*r->p++ - '0');
    *out = value;
    return value <= most;
}

/* "PST" or "<+0530>". */
static bool name(struct reader *r)
{
    const char *from = r->p;
    if (take(r, '<')) {
        while (r->p < r->end && *r->p != '>')
            r->p++;
        return take(r, '>');
    }
    while (r->p < r->end && ((*r->p | 0x20) >= 'a' && (*r->p | 0x20) <= 'z'))
        r->p++;
    return r->p - from >= 3;
}

/* "8", "-5:30", "3:00:00". */
static bool clock_time(struct reader *r, int32_t *out)
{
    int32_t hours = 0, minutes = 0, seconds = 0;
    bool is_negative = take(r, '-');
    if (!is_negative)
        take(r, '+');
    if (!number(r, 167, &hours) || (take(r, ':') && !number(r, 59, &minutes)) ||
        (take(r, ':') && !number(r, 59, &seconds)))
        return false;
    *out = hours * HOUR_S + minutes * 60 + seconds;
    *out = is_negative ? -*out : *out;
    return true;
}

static bool change(struct reader *r, struct zone_change *out)
{
    int32_t month, week, weekday;
    if (!take(r, ',') || !take(r, 'M') || !number(r, 12, &month) || !take(r, '.') || !number(r, 5, &week) ||
        !take(r, '.') || !number(r, 6, &weekday) || month < 1 || week < 1)
        return false;
    *out = (struct zone_change){ (uint32_t)month, (uint32_t)week, (uint32_t)weekday, 2 * HOUR_S };
    return !take(r, '/') || clock_time(r, &out->at_s);
}

static bool parse(struct reader *r, struct zone *out)
{
    int32_t west_s;
    if (!name(r) || !clock_time(r, &west_s))
        return false;
    *out = (struct zone){ .standard_s = -west_s, .summer_s = -west_s + HOUR_S };
    if (r->p == r->end)
        return true;
    out->has_summer = true;
    if (!name(r))
        return false;
    if (r->p < r->end && *r->p != ',') {
        if (!clock_time(r, &west_s))
            return false;
        out->summer_s = -west_s;
    }
    return change(r, &out->begins) && change(r, &out->ends) && r->p == r->end;
}

enum err zone_parse(struct span text, struct fault *fault, struct zone *out)
{
    struct reader r = { text.p, text.p + text.n };
    struct zone zone;
    if (!parse(&r, &zone))
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "a zone's rule: expected one like \"CET-1CEST,M3.5.0,M10.5.0/3\", "
                         "found \"%.*s\"",
                         text.n > 60 ? 60 : (int)text.n, text.p);
    *out = zone;
    return OK;
}

static bool is_name(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
    return n > 0 && n < NAME_MAX_BYTES && !text[n] && text[0] != '/' && text[0] != '-';
}

/* The last line of the file. */
static bool read_rule(const char *zone, char *out, size_t size)
{
    char path[NAME_MAX_BYTES + 32];
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    bool ok = fseek(file, -(long)(size - 1), SEEK_END) == 0 || fseek(file, 0, SEEK_SET) == 0;
    size_t n = ok ? fread(out, 1, size - 1, file) : 0;
    fclose(file);
    if (n < 2 || out[n - 1] != '\n')
        return false;
    out[n - 1] = '\0';
    const char *line = memrchr(out, '\n', n - 1);
    if (line)
        memmove(out, line + 1, (size_t)(out + n - line - 1));
    return line != NULL;
}

enum err zone_load(const char *zone, struct fault *fault, struct zone *out)
{
    char rule[RULE_BYTES];
    if (!is_name(zone) || !read_rule(zone, rule, sizeof(rule)))
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "no time zone \"%.60s\" is installed (/usr/share/zoneinfo, package tzdata)", zone);
    return zone_parse(span_of(rule), fault, out);
}

/* ---- when ------------------------------------------------------------------------------------------------- */

/* In seconds of a clock that shows UTC. */
static int64_t change_s(const struct zone_change *change, int32_t year)
{
    int64_t first = ts_days(year, change->month, 1);
    uint32_t weekday = (uint32_t)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    int64_t day = first + (change->weekday + 7 - weekday) % 7 + 7 * (int64_t)(change->week - 1);
    int64_t next = change->month == 12 ? ts_days(year + 1, 1, 1)
                                       : ts_days(year, change->month + 1, 1); /* the fifth may be the last */
    while (day >= next)
        day -= 7;
    return day * DAY_S + change->at_s;
}

int32_t zone_offset(const struct zone *zone, int64_t unix_s)
{
    int32_t year;
    uint32_t month, day;
    if (!zone->has_summer)
        return zone->standard_s;
    int64_t local_s = unix_s + zone->standard_s, days = local_s / DAY_S - (local_s % DAY_S < 0);
    ts_civil(days, &year, &month, &day);
    int64_t begins_s = change_s(&zone->begins, year) - zone->standard_s;
    int64_t ends_s = change_s(&zone->ends, year) - zone->summer_s;
    bool is_summer = begins_s < ends_s ? unix_s >= begins_s && unix_s < ends_s : unix_s >= begins_s || unix_s < ends_s;
    return is_summer ? zone->summer_s : zone->standard_s;
}

/* When its clocks show this; in a gap, when they would have. */
static int64_t when_s(const struct zone *zone, int64_t local_s)
{
    int64_t summer_s = local_s - zone->summer_s;
    if (zone->has_summer && zone_offset(zone, summer_s) == zone->summer_s)
        return summer_s;
    return local_s - zone->standard_s;
}

/* The day there, since 1970. */
static int64_t local_day(const struct zone *zone, int64_t unix_ms)
{
    int64_t unix_s = unix_ms / 1000 - (unix_ms % 1000 < 0), local_s = unix_s + zone_offset(zone, unix_s);
    return local_s / DAY_S - (local_s % DAY_S < 0);
}

int64_t zone_next(const struct zone *zone, int64_t unix_ms, int32_t second_of_day)
{
    int64_t day = local_day(zone, unix_ms) - 1, next_ms;
    do
        next_ms = when_s(zone, day++ * DAY_S + second_of_day) * 1000;
    while (next_ms <= unix_ms);
    return next_ms;
}

int64_t zone_last(const struct zone *zone, int64_t unix_ms, int32_t second_of_day)
{
    int64_t day = local_day(zone, unix_ms) + 1, last_ms;
    do
        last_ms = when_s(zone, day-- * DAY_S + second_of_day) * 1000;
    while (last_ms > unix_ms);
    return last_ms;
}
