/*
 * zone.h - the rule of a time zone as it is now: when does a day begin in Los Angeles?
 *
 *   zone_load("America/Los_Angeles")       "PST8PDT,M3.2.0,M11.1.0", the last line of its file in /usr/share/zoneinfo
 *   zone_next(zone, 2026-03-08T09:00Z, 0)  2026-03-09T07:00Z: midnight there, on a day of 23 hours
 *   zone_last(zone, 2026-03-08T09:00Z, 0)  2026-03-08T08:00Z: the midnight before
 *
 * Only the rule in force is read, so times long past come out wrong; limits look at tomorrow.  The zone of this machine
 * and the environment are not looked at.
 */
#ifndef CARTWAY_VALUE_ZONE_H
#define CARTWAY_VALUE_ZONE_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The week-th (5: last) weekday (0: Sunday) of a month, so many seconds after midnight. */
struct zone_change {
    uint32_t month, week, weekday;
    int32_t at_s;
};
struct zone {
    int32_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct zone_change begins, ends; /* of summer */
};

/* ERR_VALIDATION_FAILED: no such zone is installed (package tzdata), or its rule is of another form. */
enum err zone_load(const char *name, struct fault *fault, struct zone *out);
/* A POSIX TZ text: "CET-1CEST,M3.5.0,M10.5.0/3", "<+0530>-5:30", "UTC0". */
enum err zone_parse(struct span text, struct fault *fault, struct zone *out);
/* What its clocks are ahead of UTC at this time. */
int32_t zone_offset(const struct zone *zone, int64_t unix_s);
/* The first instant after unix_ms at which its clocks show second_of_day; in a gap, when they would have. */
int64_t zone_next(const struct zone *zone, int64_t unix_ms, int32_t second_of_day);
/* The one before that, which may be unix_ms itself. */
int64_t zone_last(const struct zone *zone, int64_t unix_ms, int32_t second_of_day);

#endif
