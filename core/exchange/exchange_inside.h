/*
 * exchange_inside.h - what the files of an exchange share.  exchange.c is its life from top to bottom and names the
 * others.
 */
#ifndef CARTWAY_EXCHANGE_INSIDE_H
#define CARTWAY_EXCHANGE_INSIDE_H

#include "core/exchange/exchange.h"

static inline const struct secret_source *exchange_secrets(const struct exchange *x)
{
    return x->on_trial ? x->on_trial : &x->services->secrets;
}

/* The shop itself is asked.  Else it is a login host, which may be another: its failures must not close the shop, whose
 * access token may live, and what closes the shop does not hold it, whose token may be needed first. */
static inline bool exchange_asks_shop(const struct exchange *x)
{
    return !x->tokens_of;
}

/* ---- exchange.c ---- */

/* Does it change something at the shop? */
bool exchange_writes(const struct exchange *x);
/* May it be done twice? */
bool exchange_is_repeatable(const struct exchange *x);
/* Into the governor's line. */
void exchange_line_up(struct exchange *x);
/* What the exchange's timer does, unless it is lent to something else. */
void exchange_on_timer(struct timer *timer, int64_t now_ms);

/* ---- exchange_settle.c ---- */

/* The grant is over.  An answer that was read has said what it cost and what is left; upstream.retry_after_ms is set if
 * the shop refused it for its pace, and 0 if the governor knows when there is room again. */
void exchange_settle(struct exchange *x);
/* Nothing was sent: the grant is given back, and with it what it was charged. */
void exchange_give_back(struct exchange *x);
/* Into upstream.retry_after_ms: what the adapter found in the answer, or if that is empty the header.  -1: neither, or
 * nonsense, which is complained of. */
void exchange_read_retry_after(struct exchange *x, struct span text);

/* ---- exchange_judge.c ---- */

/* What an answer or a lost attempt comes to, in our words. */
struct rule {
    enum err err;
    bool proves_not_done; /* a write may be sent again */
    enum retry_cause cause;
};

/* The answer is read, for the first time or again: what does it mean? */
void exchange_judge(struct exchange *x);
/* The attempt brought no whole answer. */
void exchange_judge_wire(struct exchange *x);

/* ---- exchange_again.c ---- */

/* Another attempt, after so long: the answer at hand is forgotten. */
void exchange_again(struct exchange *x, enum err err, int64_t wait_ms);
/* The page was too much for the shop: half of it, at once, and one record with the last of RETRY_ATTEMPTS.  false: it
 * cannot be less, or there were as many. */
bool exchange_ask_less(struct exchange *x, enum err err);
/* The attempt did not bring what was wanted: another one, or the end with err, in words `what` unless fault has some.
 */
void exchange_fall_back(struct exchange *x, const struct rule *rule, enum err err, const char *what);

/* ---- exchange_end.c ---- */

/* Ends it without an answer of the shop, or with one that is nobody else's: those who waited for it go their own way,
 * the first of them for all. */
void exchange_finish(struct exchange *x, enum err err);
/* Ends it with the shop's answer, which means what it means for all who wait for it. */
void exchange_conclude(struct exchange *x, enum err err);
/* The answer as something that others can hold, too.  The exchange's own reference. */
struct held_answer *exchange_held_answer(struct exchange *x);

/* ---- exchange_token.c ---- */

/* Into the line, with a token if the way in has them: perhaps later, when there is one. */
void exchange_submit(struct exchange *x);
bool exchange_needs_token(const struct exchange *x);
/* The shop does not take the token.  true: the exchange goes on with a newer one, now or when it is there, since a
 * refusal for the token says that nothing was done; or it has ended, since that comes too late.  false: the fault is
 * why not. */
bool exchange_renews(struct exchange *x);
/* The shop took it. */
void exchange_praise_token(const struct exchange *x);

/* ---- exchange_breaker.c ---- */

/* Is the shop left alone?  true: it has ended. */
bool exchange_is_shut(struct exchange *x);
/* The same at its grant, which is given back then.  false: it goes, and may be the probe: exchange_tell_breaker or
 * exchange_unprobe is owed. */
bool exchange_is_shut_at_grant(struct exchange *x);
/* Nothing was sent after all: neither the breaker nor an outage learns anything. */
void exchange_unprobe(struct exchange *x);
/* No answer, a time-out or a 5xx is a failure of the shop; what we ended or refused ourselves is none. */
bool exchange_shop_failed(const struct attempt *attempt);
/* How the attempt ended, for the breaker and for an outage that waits for its probe; once an attempt. */
void exchange_tell_breaker(struct exchange *x, bool failed);

/* ---- exchange_outage.c ---- */

/* Does its platform's status feed tell of an outage?  true: it waits, or has ended. */
bool exchange_is_held(struct exchange *x);
/* The same at its grant, which is given back then.  false: it goes, and if calls wait for an outage it is the probe. */
bool exchange_is_held_at_grant(struct exchange *x);

/* ---- exchange_tell.c ---- */

/* verdict: "ok", "empty", "raw", "unchanged", "again" or one of our error codes. */
struct told {
    const char *verdict;
    const char *code; /* why it is tried again; NULL: it is not */
    int64_t again_ms;
};

/* Log, metrics, the kept attempts and usage learn of an attempt.  Of an answer that was there already nobody does. */
void exchange_tell(const struct exchange *x, const struct told *told);
/* "raw", if it has none. */
const char *exchange_endpoint_name(const struct exchange *x);

/* ---- exchange_read.c ---- */

static inline struct span exchange_answer_bytes(const struct exchange *x)
{
    return buf_peek(x->kept ? &x->kept->body : &x->answer);
}
/* They are http's and end with its callback, unless they are kept. */
void exchange_keep_headers(struct exchange *x);
/* Our credentials are overwritten in the headers, now, and in the body when exchange_read comes to it. */
void exchange_hide(struct exchange *x);
/* The same in what an error says that came as a success. */
void exchange_hide_in_error(struct exchange *x);
/* Into `out`; long ones on a heavy worker.  Of what is passed through only the verdict, bills and levels, which may fail
 * (read_err).  exchange_judge comes, perhaps from inside. */
void exchange_read(struct exchange *x);
/* All that the answer lacks is named in it, and the caller takes a part, or has written something that is done. */
bool exchange_does_without(struct exchange *x);
/* Reads it again without that.  What the first reading found, err, is the answer if there is no rest to read. */
void exchange_read_without(struct exchange *x, enum err err);

#endif
