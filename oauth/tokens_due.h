/*
 * tokens_due.h - when a token is renewed: rules alone, no clock, no state, no chance of its own.
 *
 *     renewed       in use     expiry      when
 *     ------------  ---------  ----------  --------------------------------------------------------------
 *     by refresh    yes        known       before it ends: early, less jitter; never before not_before
 *     by refresh    otherwise              before the refresh token dies, a fifth of its life, at most 14 days
 *     by obtain     yes        known       as the first
 *     by obtain     otherwise              when somebody asks
 *     not at all                           never; somebody is told before it ends
 *
 * early: the row's early_s, else 90 s or a tenth of the life, what is less.  Jitter: up to a sixth of the life, at most
 * spread_ms, so that ten thousand that end in one minute are renewed over ten.
 *
 *     life 3,600 s, spread 600 s            renewed between 2,910 s and 3,510 s after it was asked for
 *     life 600 s, early 25 s, not before 570 s (Exact Online)               between 570 s and 575 s
 *
 * In use: somebody asked for it within a day, or within one life if that is longer.
 */
#ifndef CARTWAY_OAUTH_TOKENS_DUE_H
#define CARTWAY_OAUTH_TOKENS_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct cw_auth;

#define TOKEN_NEVER INT64_MAX

/* Monotonic; TOKEN_NEVER: not known, or none. */
struct token_times {
    int64_t sent_ms;       /* when the request that gave it left: lives count from here */
    int64_t expires_ms;    /* of the access token */
    int64_t ends_ms;       /* of the refresh token */
    int64_t not_before_ms; /* no refresh before; INT64_MIN: none */
    int64_t asked_ms;      /* when somebody wanted it last */
};

/* Got without a person: by an `obtain` that needs no consent. */
bool token_by_itself(const struct cw_auth *row);
bool token_in_use(const struct token_times *times, int64_t now_ms);
/* When it is renewed if nothing happens.  chance: 32 random bits, the same for one pair. */
int64_t token_due_ms(const struct cw_auth *row, const struct token_times *times, uint32_t spread_ms, uint32_t chance,
                     int64_t now_ms);
/* When somebody is told that its end comes: of the refresh token, or of a token that can not be renewed. */
int64_t token_warn_ms(const struct cw_auth *row, const struct token_times *times);
/* After so many failures in a row: full jitter, from 1 s to 5 minutes; to 30 s where calls wait. */
int64_t token_retry_ms(uint32_t failures, bool is_waited_for, uint64_t random);

/* ---- what an answer says of a life ------------------------------------------------------------------------------- */

/* By which clocks it is read. */
struct token_clock {
    int64_t sent_ms, received_ms; /* monotonic: of the request, of its answer */
    int64_t wall_ms;              /* Unix time at the answer: by its Date header where it has one, else ours */
};
/* text: as the provider wrote it, a number or a text.  Seconds from sent; over 1e9 Unix seconds, over 1e12 Unix
 * milliseconds; anything else of an expires_at is a date.  false: it makes no sense (zero, negative, in the past, over
 * ten years, no number), *ends_ms is untouched. */
bool token_life_read(const char *text, bool is_absolute, const struct token_clock *clock, int64_t *ends_ms);

#endif
