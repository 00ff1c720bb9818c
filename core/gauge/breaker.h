/*
 * breaker.h - a shop that fails is left alone for a while.
 *
 * One breaker a store, and one for each platform whose status feed tells of an outage (core/exchange/outage.h).  It
 * opens on BREAKER_FAILURES failures within BREAKER_WINDOW_MS, or as many in a row however long they took; stays open
 * 30 s, doubling to 5 minutes while probes fail; then lets one probe through.  A failure is no answer, a time-out or a
 * 5xx that the adapter does not know as a clear no; a 4xx is an answer like any other, and a time-out of who had less
 * than BREAKER_PATIENCE_MS left says nothing: an app with little patience would close the shop for all others.
 *
 * Signs that somebody shut us out (core/http/shut_out.h) open it at once if they are sure, and as BREAKER_PAGES without
 * a good answer between if they are only likely; its pauses then double to BREAKER_SHUT_MAX_MS.
 */
#ifndef CARTWAY_GOVERNOR_BREAKER_H
#define CARTWAY_GOVERNOR_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BREAKER_FAILURES = 5,
    BREAKER_WINDOW_MS = 30000,
    BREAKER_OPEN_MS = 30000,
    BREAKER_OPEN_MAX_MS = 300000,
    BREAKER_PAGES = 3,
    BREAKER_SHUT_MAX_MS = 1800000,
    BREAKER_AFTER_SLOW_MS = 60000,
    BREAKER_PROBE_MS = 1000,    /* to be away for while the probe is out */
    BREAKER_PATIENCE_MS = 5000, /* what a shop has to answer in */
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING };
const char *breaker_state_name(enum breaker_state state);

/* Zeroed is closed. */
struct breaker {
    enum breaker_state state;
    uint32_t in_row;                     /* failures since the last success */
    int64_t failed_ms[BREAKER_FAILURES]; /* the last failures, in a ring */
    uint32_t n_failed;                   /* ever since it closed */
    int64_t open_ms;                     /* how long it is or was open */
    int64_t opened_ms;
    uint32_t pages;    /* likely signs since the last good answer */
    bool is_shut_out;  /* it is open for them; until a probe is answered */
    int64_t slowed_ms; /* when the shop last asked to slow down; 0: never */
};
enum breaker_sign { BREAKER_SIGN_NONE, BREAKER_SIGN_LIKELY, BREAKER_SIGN_SURE };

/* May an attempt go out now?  true while closed; once it was open long enough, for the one that becomes the probe.
 * Whoever was told true owes a breaker_tell (or breaker_unprobe if nothing was sent after all). */
bool breaker_allows(struct breaker *breaker, int64_t now_ms);
/* Who became the probe became it then, and says so with its end; all others: BREAKER_NO_PROBE. */
#define BREAKER_NO_PROBE INT64_MIN
/* How an attempt ended.  While a probe is out only its end counts, and while the breaker is open none. */
void breaker_tell(struct breaker *breaker, bool failed, int64_t probe_ms, int64_t now_ms);
/* The attempt ended with a sign, LIKELY or SURE: in place of breaker_tell. */
void breaker_shut_out(struct breaker *breaker, enum breaker_sign sign, int64_t probe_ms, int64_t now_ms);
/* The shop asked to slow down (429). */
void breaker_slowed(struct breaker *breaker, int64_t now_ms);
bool breaker_was_slowed(const struct breaker *breaker, int64_t now_ms);
/* Somebody else knows that nothing will be answered: whoever asks next is the probe, and the waits begin with its
 * failure. */
void breaker_trip(struct breaker *breaker, int64_t now_ms);
/* An attempt was given up, or says nothing of the shop; if it was the probe, whoever asks next is it. */
void breaker_unprobe(struct breaker *breaker, int64_t probe_ms);
/* How long from now until it may let a probe through: 0 if it is not open. */
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms);
/* How long from now who would be refused should stay away: as above, or BREAKER_PROBE_MS while the probe is out; 0: it
 * would not be. */
int64_t breaker_shut_ms(const struct breaker *breaker, int64_t now_ms);

#endif
