/*
 * ts.h - points in time: whatever a platform writes becomes Unix milliseconds, and RFC 3339 UTC with
 * milliseconds for our callers: "2026-11-22T04:02:28.872Z".
 *
 * No locale and no time zone of the machine is looked at.  Years 1 to 9999.  Fractions beyond the millisecond
 * are cut, not rounded (a time must not move into the next second).  A leap second :60 is the next second's :00.
 */
#ifndef CARTWAY_VALUE_TS_H
#define CARTWAY_VALUE_TS_H

#include "core/base/buf.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { TS_TEXT = 24 }; /* "2026-11-22T04:02:28.872Z" */

enum ts_kind {
    TS_ISO,      /* ISO 8601 / RFC 3339: T or space, seconds and fraction (. or ,) optional, Z, +hh, +hhmm, +hh:mm or no
                    zone; "2026-11-22" alone is midnight; basic form 20261122T040228Z */
    TS_S,        /* Unix seconds, fraction allowed */
    TS_MS,       /* Unix milliseconds */
    TS_RFC2822,  /* "Sun, 22 Nov 2026 04:02:28 +0100", and the three forms of HTTP dates (RFC 9110 5.6.7) */
    TS_DATE,     /* "/Date(1641034800000)/", "/Date(1641034800000+0100)/": the offset is for people, not added */
    TS_STRFTIME, /* %Y %y %m %d %e %H %I %p %M %S %f (fraction) %z %s %b %F %T %%; a space is any white space */
};

struct ts_form {
    enum ts_kind kind;
    struct span pattern; /* TS_STRFTIME only; borrowed */
    int32_t zone_s;      /* offset east of UTC for texts that name none */
};

/* The form that an adapter's format names: "" or "iso", "s", "ms", "rfc2822", "/Date", or a strftime pattern
 * (a text with %).  False: no such format, or a pattern with a letter not listed above. */
bool ts_form_parse(struct span name, struct ts_form *out);
/* "+01:00", "+0100", "+01", "Z", "UTC" and "GMT" as seconds east of UTC. */
bool ts_zone_parse(struct span text, int32_t *zone_s);

enum ts_read {
    TS_GIVEN = 0,
    TS_NONE, /* "" and the zero date of MySQL, "0000-00-00" with or without a time: the platform says none */
    TS_BAD
};
enum ts_read ts_parse(struct span text, const struct ts_form *form, int64_t *unix_ms);

/* Adds the 24 characters, without quotes.  Outside years 1 to 9999: nothing, false. */
bool ts_format(struct buf *out, int64_t unix_ms);
/* ts_parse and ts_format at once, as a JSON string with quotes; adds nothing unless TS_GIVEN.  A text that is
 * already as we write it is checked and copied. */
enum ts_read ts_write(struct buf *out, struct span text, const struct ts_form *form);
/* The other way, for what is sent to a shop: unix_ms as the form has it.  False outside years 1 to 9999. */
bool ts_write_as(struct buf *out, int64_t unix_ms, const struct ts_form *form);

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
int64_t ts_days(int32_t year, uint32_t month, uint32_t day);
void ts_civil(int64_t days, int32_t *year, uint32_t *month, uint32_t *day);
/* A date "YYYY-MM-DD" that exists. */
bool ts_is_date(struct span text);

#endif
