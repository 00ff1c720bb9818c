/*
 * exchange_end.c - how an exchange ends, and what becomes of the equal reads that wait for it (core/exchange/share.h).
 *
 *     the shop answered                    exchange_conclude   all of them read the answer; the cache may keep it
 *     it ended without an answer           exchange_finish     the first of them asks the shop, for the others
 *     a list brought its record            exchange_give       all of them get the record
 *     the cache, or another, has answered  exchange_take       it reads that answer as if it had just come
 */
#include "core/exchange/exchange_inside.h"

enum { LATE_WAIT_MS = 1000 };

/* Nobody else answers it: it goes to the shop. */
static void go(struct exchange *x)
{
    timers_cancel(x->services->timers, &x->timer);
    x->timer.fire = exchange_on_timer;
    x->started_ms = x->services->now_ms;
    exchange_submit(x);
}

void exchange_go(struct exchange *x, bool gathers)
{
    x->is_alone = !gathers;
    go(x);
}

static void on_turn(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    go(timer->owner);
}

/* From a timer, since it may end at once, and the next with it: not each inside the one before. */
static void go_for_all(struct exchange *first)
{
    share_follow(first->services->shares, first);
    first->timer.fire = on_turn;
    timers_set(first->services->timers, &first->timer, first->services->now_ms);
}

/* The shop's word on the write itself.  Anything else says nothing of an attempt before that may have done it. */
static bool settles(enum err err)
{
    return err == OK || err == ERR_VALIDATION_FAILED || err == ERR_STORE_REJECTED || err == ERR_NOT_FOUND ||
           err == ERR_CONFLICT || err == ERR_PRECONDITION_FAILED || err == ERR_OUTCOME_UNKNOWN;
}

/* A write that may be repeated was sent, not answered, and could not be repeated in time. */
static enum err leave_open(struct exchange *x)
{
    struct fault last = x->fault;
    return fault_set(&x->fault, ERR_OUTCOME_UNKNOWN, "it was sent, and whether it was done is not known; then: %.200s",
                     last.text);
}

void exchange_finish(struct exchange *x, enum err err)
{
    struct exchange *waiting = x->flight.is_open ? share_end(x->services->shares, x) : NULL;
    x->err = x->may_be_done && !settles(err) ? leave_open(x) : err;
    x->done(x);
    if (waiting)
        go_for_all(waiting);
}

struct held_answer *exchange_held_answer(struct exchange *x)
{
    const struct env *env = &x->services->env;
    if (!x->kept)
        x->kept = held_answer_new(x->attempt.status, x->attempt.reply_headers, x->attempt.n_reply_headers, &x->answer,
                                  x->endpoint ? x->view_in.observed_at_ms : env->wall_ms(env->self));
    return x->kept;
}

void exchange_conclude(struct exchange *x, enum err err)
{
    bool is_whole = x->page.size == x->flight.asked; /* a limit may have made the page smaller in the meantime */
    bool stays = !err && x->reuse && x->from == FROM_SHOP && is_whole;
    bool is_shared = x->flight.first && x->from != FROM_CACHE && is_whole;
    if (!stays && !is_shared) {
        exchange_finish(x, err);
        return;
    }
    struct held_answer *answer = held_answer_hold(exchange_held_answer(x));
    struct exchange *waiting = is_shared ? share_end(x->services->shares, x) : NULL, *next;
    if (stays)
        reuse_keep(x, answer);
    exchange_finish(x, err);
    for (; waiting; waiting = next) {
        next = waiting->flight.next;
        exchange_take(waiting, answer, FROM_SHARED);
    }
    held_answer_drop(answer);
}

void exchange_give_up(struct exchange *x, enum err err, const char *what)
{
    x->upstream.retry_after_ms = err == ERR_LANE_DEADLINE ? LATE_WAIT_MS : -1;
    fault_set(&x->fault, err, "%s", what);
    exchange_finish(x, err);
}

void exchange_take(struct exchange *x, struct held_answer *answer, enum source from)
{
    timers_cancel(x->services->timers, &x->timer);
    buf_release(&x->answer);
    x->from = from;
    x->kept = held_answer_hold(answer);
    x->fault = (struct fault){ 0 };
    x->attempt.wire = WIRE_OK;
    x->attempt.status = answer->status;
    x->attempt.reply_headers = answer->headers;
    x->attempt.n_reply_headers = answer->n_headers;
    exchange_read(x);
}

/* ---- of one that was to be part of a list -------------------------------------------------------------------- */

static struct span copy_text(struct arena *arena, struct span text)
{
    return (struct span){ text.n ? arena_dup(arena, text) : NULL, text.n };
}

struct upstream upstream_copy(const struct upstream *from, struct arena *arena)
{
    struct upstream copy = *from;
    copy.code = copy_text(arena, from->code);
    copy.text = copy_text(arena, from->text);
    copy.request_id = copy_text(arena, from->request_id);
    return copy;
}

void exchange_fail_as(struct exchange *x, const struct exchange *list)
{
    x->fault = list->fault;
    x->upstream = upstream_copy(&list->upstream, x->arena);
    exchange_finish(x, list->err);
}

/* Equal reads that wait for it have the record, too, if they want it as it is. */
void exchange_give(struct exchange *x, struct span record, const struct exchange *list)
{
    struct exchange *waiting = x->flight.is_open ? share_end(x->services->shares, x) : NULL, *next;
    timers_cancel(x->services->timers, &x->timer);
    if (x->data->n > 0 && x->data->p[x->data->n - 1] == '}')
        buf_char(x->data, ',');
    buf_span(x->data, record);
    x->upstream = upstream_copy(&list->upstream, x->arena);
    x->from = x->attempts > 0 ? FROM_SHOP : FROM_SHARED;
    x->err = OK;
    x->out = (struct view_out){
        .data = x->data, .problems = x->problems, .verdict = CW_OK, .n_page = 1, .n_seen = 1, .n_written = 1
    };
    x->done(x);
    for (; waiting; waiting = next) {
        next = waiting->flight.next;
        if (waiting->raw_records || waiting->partial)
            go(waiting);
        else
            exchange_give(waiting, record, list);
    }
}
