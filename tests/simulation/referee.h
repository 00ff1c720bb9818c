/*
 * referee.h - a strict shop: counts each request at the instant at which it arrives, and refuses.
 *
 * Shares no code with the governor that it judges.  Time is in microseconds of the shop's own clock; it knows
 * nothing of when a request was sent or answered.
 */
#ifndef CARTWAY_TESTS_REFEREE_H
#define CARTWAY_TESTS_REFEREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum referee_kind {
    REFEREE_BUCKET = 1, /* drips continuously, starts full */
    REFEREE_FIRST,      /* fixed windows, each begins with the first request after the last one */
    REFEREE_ALIGNED,    /* fixed windows at multiples of the period, from phase_us */
    REFEREE_SLIDING,    /* at most amount in any period */
    REFEREE_OPEN,       /* at most amount at work */
};

struct referee_policy {
    enum referee_kind kind;
    int64_t amount, period_us, burst, phase_us;
};

struct referee_stamp {
    int64_t at_us, cost;
};
struct referee {
    struct referee_policy policy;
    const int64_t *begins_us; /* aligned: when its windows begin, set after referee_init; NULL: as the policy has it */
    size_t n_begins;
    double level;                 /* bucket */
    int64_t last_us;              /* bucket: level as of; windows: when the present one began */
    int64_t count;                /* windows: in the present one; open: at work */
    struct referee_stamp *stamps; /* sliding: those of the last period are the newest */
    size_t n_stamps, first_stamp, cap_stamps;
};

void referee_init(struct referee *referee, const struct referee_policy *policy);
void referee_release(struct referee *referee);
/* Could it be served at now_us?  Does not count it. */
bool referee_would(struct referee *referee, int64_t now_us, int64_t cost);
/* It has arrived: true if served (and counted), false if refused. */
bool referee_arrive(struct referee *referee, int64_t now_us, int64_t cost);
/* The dearest that would be served now. */
int64_t referee_room(struct referee *referee, int64_t now_us);
/* A request that was served is no longer at work. */
void referee_leave(struct referee *referee, int64_t cost);
/* The first instant from from_us on at which referee_would is true, if nothing else happens; INT64_MAX: only
 * after somebody leaves. */
int64_t referee_first(struct referee *referee, int64_t from_us, int64_t cost);

#endif
