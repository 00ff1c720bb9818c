/*
 * exchange_inside.h - what the files of an exchange share: exchange.c decides, exchange_read.c reads an answer,
 * exchange_tell.c tells of an attempt.
 */
#ifndef CARTWAY_EXCHANGE_INSIDE_H
#define CARTWAY_EXCHANGE_INSIDE_H

#include "core/exchange.h"

static inline const struct secret_source *exchange_secrets(const struct exchange *x)
{
    return x->on_trial ? x->on_trial : &x->services->secrets;
}

/* ---- exchange.c ---- */

/* Does it change something at the shop? */
bool exchange_writes(const struct exchange *x);
/* The answer is read, for the first time or again: what does it mean? */
void exchange_judge(struct exchange *x);
/* Into the governor's line. */
void exchange_line_up(struct exchange *x);
/* Another attempt, after so long: the answer at hand is forgotten. */
void exchange_again(struct exchange *x, enum err err, int64_t wait_ms);
/* What the exchange's timer does, unless it is lent to something else. */
void exchange_on_timer(struct timer *timer, int64_t now_ms);
/* Ends it. */
void exchange_finish(struct exchange *x, enum err err);

/* ---- exchange_token.c ---- */

/* Into the line, with a token if the way in has them: perhaps later, when there is one. */
void exchange_submit(struct exchange *x);
bool exchange_needs_token(const struct exchange *x);
/* The shop does not take the token.  true: the exchange goes on with a newer one, now or when it is there, since a
 * refusal for the token says that nothing was done.  false: the fault is why not. */
bool exchange_renews(struct exchange *x);
/* The shop took it. */
void exchange_praise_token(const struct exchange *x);

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
/* Into `out`; long ones on a heavy worker.  exchange_judge comes, perhaps from inside. */
void exchange_read(struct exchange *x);
/* All that the answer lacks is named in it, and the caller takes a part, or has written something that is done. */
bool exchange_does_without(struct exchange *x);
/* Reads it again without that.  What the first reading found, err, is the answer if there is no rest to read. */
void exchange_read_without(struct exchange *x, enum err err);

#endif
