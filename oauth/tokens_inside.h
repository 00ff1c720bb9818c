/*
 * tokens_inside.h - what the files of the keeper share: tokens.c (what there is, and what is due), tokens_ask.c (who
 * asks and waits), tokens_exchange.c and tokens_keep.c (one exchange, from its intent to its commit), tokens_row.c (the
 * disk), tokens_tell.c (who learns of it).
 */
#ifndef CARTWAY_OAUTH_TOKENS_INSIDE_H
#define CARTWAY_OAUTH_TOKENS_INSIDE_H

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/base/heap.h"
#include "core/exchange/exchange.h"
#include "core/seam.h"
#include "core/store/store.h"
#include "oauth/tokens.h"
#include "oauth/tokens_answer.h"
#include "oauth/tokens_due.h"
#include "oauth/vault.h"

enum {
    TOKEN_LISTENERS = 4,
    TOKEN_AGAIN_MS = 60000, /* what is lost is tried once more after this, where that costs nobody a token */
};

/* Exchanges that may have been done and are not known to be; Unix times, 0: there is none. */
struct token_open {
    int64_t first_ms, last_ms;
    uint32_t n;
};

/* As on the disk: Unix times, 0 unknown. */
struct token_row {
    uint64_t generation;
    enum token_state state; /* not REFRESHING */
    int64_t obtained_ms, refreshed_ms, sent_ms, expires_ms, refresh_expires_ms, not_before_ms;
    struct token_open open;
    uint32_t failures;
    int64_t next_ms;
    char *scope, *last_error, *evidence; /* owned; NULL: "" */
};

struct token_work;
struct token {
    struct heap_node due;
    struct token *next_way; /* of the same store */
    char store[STORE_ID_BYTES + 1], way[TOKEN_WAY_BYTES + 1];
    struct token_row row;     /* as the disk has it, or will have it when what is queued is written */
    struct token_times times; /* monotonic; of the pair */
    uint32_t chance;
    struct token_work *work; /* the exchange that is out; NULL: none */
    struct token_wait *waits;
    struct token_obtain *first_obtain, **last_obtain; /* by people: when no exchange is out */
    uint64_t refused;                                 /* generation that the shop does not take any more */
    int64_t got_ms;                                   /* when this pair came, in this run; INT64_MIN: before it */
    int64_t retry_ms;                                 /* nothing by itself before; INT64_MIN: at once */
    int64_t again_ms;                                 /* what is lost may be tried then */
    int64_t held_ms;                                  /* the provider's limits leave no room before; INT64_MIN: some */
    int64_t warned_for;                               /* the end of which somebody was told; TOKEN_NEVER: of none */
    enum token_state counted;                         /* in the metrics */
    bool is_counted;
    bool has_worked;     /* the shop took this generation */
    bool was_swapped;    /* the old refresh token was tried in the place of a refused one */
    bool swaps;          /* that is what comes next */
    bool by_obtain;      /* the refresh token is refused, `obtain` needs nobody */
    uint32_t n_early;    /* "too early", since an exchange got lost */
    bool is_urgent;      /* an open intent was found at the start */
    bool is_missed;      /* it had ended when somebody wanted it */
    bool has_complained; /* of a life that made no sense */
    bool is_gone;        /* its store is removed */
};

struct tokens {
    struct services *services;
    const struct stores *stores;
    struct vault *vault;
    struct tokens_options options;
    struct dict by_store; /* id -> first struct token */
    struct heap due;
    uint64_t random;
    uint32_t n_out;
    bool is_closed; /* nothing begins that nobody waits for */
    struct token_work *out;
    struct token_work *ended;                       /* to be freed by tokens_run: their exchange may be on the stack */
    struct token_obtain *answered, **last_answered; /* to be told by tokens_run */
    struct {
        void (*heard)(void *user, const struct token_view *view, enum token_event event, int64_t now_ms);
        void *user;
    } listeners[TOKEN_LISTENERS];
    size_t n_listeners;
};

/* ---- tokens.c ---- */

uint64_t tokens_random(struct tokens *tokens);
int64_t tokens_now(struct tokens *tokens); /* for callbacks that are not told the time */
struct token *tokens_get(struct tokens *tokens, struct span store, struct span way); /* NULL: none */
struct token *tokens_put(struct tokens *tokens, struct span store, struct span way);
/* The way as the store has it now; NULL: its adapter is not loaded, or has no such way any more. */
const struct way *token_way(const struct tokens *tokens, const struct token *token, const struct store **store);
/* Can the keeper get another one by itself? */
bool token_is_renewable(const struct tokens *tokens, const struct token *token, const struct way *way);
/* What a call is told that can not have one. */
void token_lost_words(const struct token *token, struct fault *fault);
bool token_is_usable(const struct token *token, int64_t now_ms);
void token_schedule(struct tokens *tokens, struct token *token, int64_t now_ms);
/* Told by the next tokens_run. */
void tokens_answer_later(struct tokens *tokens, struct token_obtain *obtain, enum err err, const struct fault *fault);
/* The provider refused the access token that a revocation was sent with: it is the next again, after a renewal.  false:
 * it had one, or there can be none. */
bool tokens_revoke_again(struct tokens *tokens, struct token *token, struct token_obtain *obtain);
/* The same to all who wait for an exchange to end. */
void tokens_answer_all(struct tokens *tokens, struct token *token, enum err err, const struct fault *fault);

/* ---- tokens_ask.c ---- */

/* Those who wait go on, or end. */
void token_wake(struct token *token, enum err err, const struct fault *fault);
/* Those whose deadline comes before the renewal can be sent (held_ms) end. */
void token_wake_late(struct token *token, int64_t now_ms);

/* ---- tokens_exchange.c, tokens_keep.c ---- */

enum work_kind { WORK_REFRESH, WORK_OBTAIN, WORK_REVOKE, WORK_LEARN };

/* Begins one; token->work is NULL.  obtain: by a person; NULL: by itself. */
void token_work_start(struct tokens *tokens, struct token *token, enum work_kind kind, struct token_obtain *obtain,
                      int64_t now_ms);
void token_work_learn(struct tokens *tokens, struct token *token, struct span record, int64_t now_ms);
/* It has a pair that can not be stored. */
bool token_work_is_stuck(const struct token_work *work);
struct token *token_work_of(const struct token_work *work);
struct token_work *token_work_free(struct token_work *work); /* the next of the list */

/* ---- tokens_row.c ---- */

/* A row and fields of the vault on their way to the disk, in one transaction. */
struct token_write {
    struct job job;
    struct tokens *tokens;
    char store[STORE_ID_BYTES + 1], way[TOKEN_WAY_BYTES + 1];
    struct token_row row; /* a copy */
    bool has_row;
    struct vault_change *change;             /* NULL: none */
    void (*done)(struct token_write *write); /* change is done by then; NULL: nobody waits, it frees itself */
};
/* The row as it is to be written: copied. */
void token_write_row(struct token_write *write, const struct token_row *row);
/* false: the writer's queue is full, done will not come; the change is given up. */
bool token_write_post(struct tokens *tokens, const struct token *token, struct token_write *write);
/* The row, with nobody waiting for it. */
void token_row_save(struct tokens *tokens, const struct token *token);
void token_row_release(struct token_row *row);
void token_text_set(char **place, const char *text);
const char *token_text(const char *text); /* never NULL */

struct span token_field(const struct token *token, enum token_field field, char room[TOKEN_FIELD_BYTES]);
bool token_has_field(const struct tokens *tokens, const struct token *token, enum token_field field);
/* From the vault, with nobody waiting for it. */
void token_drop_field(struct tokens *tokens, const struct token *token, enum token_field field);

/* Unix time <-> monotonic, by the two clocks as they are now. */
int64_t tokens_wall(const struct tokens *tokens, int64_t mono_ms); /* TOKEN_NEVER -> 0 */

/* ---- tokens_tell.c ---- */

struct token_view token_view_of(const struct token *token);
void tokens_count_in(struct tokens *tokens); /* once, before anything is counted */
/* In the metrics, as it is now; not is_there: no more. */
void token_count_state(struct tokens *tokens, struct token *token, bool is_there);
void token_count_result(struct tokens *tokens, const struct token *token, const char *result);
void token_count_missed(struct tokens *tokens, const struct token *token);
void token_complain(struct tokens *tokens, const struct token *token, const char *complaint);
void token_tell(struct tokens *tokens, const struct token *token, enum token_event event, int64_t now_ms);

#endif
