/*
 * steps.c - a write that takes several requests.
 *
 * The method's own endpoint is the first request; a STEP row without a `call` gives its answer a name.  Rows with a
 * `call` follow in their order.  A POLL is a step that is asked for again until its answer says that it is over.  What
 * a step's answer holds for later ones is put beside what look-ups found.
 */
#include "core/call/steps.h"

#include "core/call/change.h"
#include "core/call/follow.h"
#include "core/map/value.h"
#include "core/platform/args.h"

#include <stdio.h>
#include <string.h>

static void run(struct steps *steps, const struct step *step, const struct endpoint *endpoint);
static void on_step(struct call *call, struct exchange *x);

/* ---- names for later steps -------------------------------------------------------------------------------------- */

static void keep_values(struct call *call, const struct exchange *x)
{
    for (size_t i = 0; i < x->endpoint->n_extra && x->out.n_rows > 0 && call->n_found < CALL_FOUND_MAX; i++) {
        call->found[call->n_found++] = found_of(x->endpoint->extra_names[i], &x->out.extra[i], call->arena);
    }
}

/* ---- what went wrong --------------------------------------------------------------------------------------------- */

static void undo_last(struct steps *steps);

static void end_failed(struct steps *steps)
{
    struct call *call = steps->call;
    call->fault = steps->fault;
    call->upstream = steps->upstream;
    steps->done(call, NULL, steps->err);
}

/* The step that failed, and what is left of those before it. */
static void partly_done(struct steps *steps, const char *why)
{
    const struct step *first = steps->gone[steps->n_gone - 1];
    const char *name = first->row->name ? first->row->name : "the first";
    struct fault was = steps->fault;
    steps->err = fault_set(&steps->fault, ERR_PARTLY_DONE, "%.60s is done and stands (%s); then: %s: %.200s", name, why,
                           err_code(was.err), was.text);
    end_failed(steps);
}

static void on_undone(struct call *call, struct exchange *x)
{
    struct steps *steps = change_steps(call);
    if (x->err) {
        partly_done(steps, "taking it back failed");
        return;
    }
    steps->n_gone--;
    undo_last(steps);
}

static void undo_last(struct steps *steps)
{
    struct call *call = steps->call;
    if (steps->n_gone == 0) {
        end_failed(steps);
        return;
    }
    const char *undo = steps->gone[steps->n_gone - 1]->row->undo;
    if (!undo) {
        partly_done(steps, "the shop has no way to take it back");
        return;
    }
    call_exchange(call, platform_endpoint(call->store->platform, undo), call->args, call->data, call->problems,
                  on_undone);
}

static void fail(struct steps *steps, const struct exchange *x)
{
    steps->err = x->err;
    steps->fault = x->fault;
    steps->fault.err = x->err;
    steps->upstream = x->upstream;
    if (x->err == ERR_OUTCOME_UNKNOWN)
        end_failed(steps);
    else
        undo_last(steps);
}

/* ---- one after the other ------------------------------------------------------------------------------------------
 */

static bool is_step(const struct step *step, const char *method)
{
    bool has_role = step->row->role == CW_STEP || step->row->role == CW_POLL;
    return has_role && step->call && globs_cover(step->row->method, method);
}

static const struct step *next_step(struct steps *steps)
{
    const struct call *call = steps->call;
    const struct platform *platform = call->store->platform;
    while (steps->next < platform->n_steps) {
        const struct step *step = &platform->steps[steps->next++];
        if (is_step(step, call->method->name) && args_hold(step->when, call->args))
            return step;
    }
    return NULL;
}

/* The answer's values for the conditions, by the names that platform.c gave them. */
struct answer {
    const struct step *step;
    const struct exchange *x;
};

static bool get_answer(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct answer *answer = self;
    const struct endpoint *endpoint = answer->x->endpoint;
    char name[200];
    snprintf(name, sizeof(name), "%s.?.%.*s", answer->step->row->name, SPAN_ARG(path->text));
    for (size_t k = 0; k < endpoint->n_extra && i == 0 && answer->x->out.n_rows > 0; k++) {
        if (strcmp(endpoint->extra_names[k], name) != 0)
            continue;
        *out = answer->x->out.extra[k];
        return true;
    }
    return false;
}

static void ask_again(struct timer *timer, int64_t now_ms)
{
    struct steps *steps = timer->owner;
    steps->waits = false;
    services_at(steps->call->services, now_ms);
    call_exchange(steps->call, steps->poll->call, steps->call->args, steps->call->data, steps->call->problems, on_step);
}

static void poll_failed(struct steps *steps, const struct exchange *x, enum err err, const char *what)
{
    steps->upstream = x->upstream;
    steps->err = fault_set(&steps->fault, err, "%s: the shop %s", steps->poll->row->name, what);
    if (err == ERR_OUTCOME_UNKNOWN)
        end_failed(steps);
    else
        undo_last(steps);
}

/* false: not over yet, or failed; it has been seen to. */
static bool is_over(struct steps *steps, const struct exchange *x)
{
    const struct step *step = steps->poll;
    struct answer answer = { step, x };
    struct cond_env env = { .self = &answer, .match = get_answer };
    struct call *call = steps->call;
    int64_t due_ms = call->services->now_ms + step->row->every_ms;
    if (cond_holds(step->done, &env))
        return true;
    if (step->failed && cond_holds(step->failed, &env)) {
        steps->n_gone--;
        poll_failed(steps, x, ERR_STORE_REJECTED, "says that it failed");
    } else if (due_ms >= steps->poll_until_ms || due_ms >= call->deadline_ms) {
        poll_failed(steps, x, ERR_OUTCOME_UNKNOWN, "took it and was not done with it when time was up");
    } else {
        steps->timer = (struct timer){ .fire = ask_again, .owner = steps };
        steps->waits = true;
        timers_set(call->services->timers, &steps->timer, due_ms);
    }
    return false;
}

static void on_step(struct call *call, struct exchange *x)
{
    struct steps *steps = change_steps(call);
    if (x->err) {
        steps->n_gone--; /* this one is not done */
        if (steps->poll)
            poll_failed(steps, x, ERR_OUTCOME_UNKNOWN, "took it and cannot be asked how it ended");
        else
            fail(steps, x);
        return;
    }
    if (steps->poll && !is_over(steps, x))
        return;
    keep_values(call, x);
    const struct step *step = steps->n_gone < STEPS_MAX ? next_step(steps) : NULL;
    if (step)
        run(steps, step, step->call);
    else
        steps->done(call, x, OK);
}

static void run(struct steps *steps, const struct step *step, const struct endpoint *endpoint)
{
    struct call *call = steps->call;
    follow_release(call);
    call->data->n = steps->data_at; /* the record of a later step is the answer */
    buf_clear(call->problems);
    steps->gone[steps->n_gone++] = step;
    steps->poll = step->row->role == CW_POLL ? step : NULL;
    steps->poll_until_ms = call->services->now_ms + step->row->for_ms;
    call_exchange(call, endpoint, call->args, call->data, call->problems, on_step);
}

void steps_start(struct steps *steps, struct call *call,
                 void (*done)(struct call *call, struct exchange *last, enum err err))
{
    static const struct cw_plan unnamed_row;
    static const struct step unnamed = { .row = &unnamed_row };
    const struct platform *platform = call->store->platform;
    const struct step *first = platform_step(platform, call->method->name, CW_STEP, 0);
    *steps = (struct steps){ .call = call, .done = done, .data_at = call->data->n };
    run(steps, first && !first->call ? first : &unnamed, platform_endpoint(platform, call->method->name));
}

void steps_drop(struct steps *steps)
{
    if (steps->waits)
        timers_cancel(steps->call->services->timers, &steps->timer);
    steps->waits = false;
}
