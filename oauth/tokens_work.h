/*
 * tokens_work.h - one exchange for a token, from its intent to its commit: what tokens_exchange.c (until there is an
 * answer) and tokens_keep.c (until the pair is on the disk) share.
 *
 *     INTENT   the row with intent_ms is on its way to the disk     crash: nothing was sent, or it was, and the next
 *     OUT      the request is out                                   start finds the intent and sends the token again
 *     KEEP     the pair is on its way to the disk, as long as it takes
 */
#ifndef CARTWAY_OAUTH_TOKENS_WORK_H
#define CARTWAY_OAUTH_TOKENS_WORK_H

#include "oauth/tokens_inside.h"

enum work_phase { PHASE_INTENT, PHASE_OUT, PHASE_KEEP };

struct token_work {
    struct tokens *tokens;
    struct token *token;
    const struct store *store; /* held */
    const struct way *way;
    const struct endpoint *endpoint; /* NULL: learnt */
    enum work_kind kind;
    enum work_phase phase;
    struct token_obtain *obtain; /* who is to be told; NULL: nobody, or was told */
    bool by_person;
    json_t *args; /* its own, or the person's */

    int64_t intent_ms;                /* monotonic; of the intent that is on the disk */
    struct token_open was;            /* what was open before */
    struct vault_change *with_intent; /* goes along with it */

    bool has_exchange;
    struct arena arena;
    struct buf data, problems; /* secret */
    struct exchange exchange;

    struct token_write write;
    bool has_answer;
    struct token_pair answer;
    struct token_clock clock;
    struct token_row row;     /* as it will be; texts are its own */
    struct token_times times; /* the same */
    uint32_t chance;
    uint32_t refusals; /* of the disk */
    struct timer timer;

    struct token_work *next, **link; /* of those that are out, or have ended */
};

/* Takes the answer's record; what cannot be read or stored ends as token_work_unclear. */
void token_work_keep(struct token_work *work, struct span record, int64_t now_ms);
/* The answer is not what was promised. */
void token_work_unclear(struct token_work *work, enum err err, const struct fault *fault, int64_t now_ms);
/* It is over; its memory goes with the next tokens_run. */
void token_work_end(struct token_work *work, int64_t now_ms);
/* The store is removed, or another of the same name. */
bool token_work_is_gone(const struct token_work *work);
void token_work_answer(struct token_work *work, enum err err, const struct fault *fault);
/* A field of the vault as bytes; false: there is none that opens. */
bool token_lend(const struct token_work *work, enum token_field field, struct buf *out);

#endif
