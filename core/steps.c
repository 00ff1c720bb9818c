/*
 * steps.c - a write that takes several requests.
 *
 * The method's own endpoint is the first request; a STEP row without a `call` gives its answer a name.  Rows with a
 * `call` follow in their order.  What a step's answer holds for later ones is put beside what look-ups found.
 */
#include "core/steps.h"

#include "core/args.h"
#include "core/change.h"
#include "core/follow.h"
#include "core/map/value.h"

#include <string.h>

static void run(struct steps *steps, const struct step *step, const struct endpoint *endpoint);

/* ---- names for later steps -------------------------------------------------------------------------------------- */

static void keep_values(struct call *call, const struct exchange *x)
{
    for (size_t i = 0; i < x->endpoint->n_extra && x->out.n_rows > 0 && call->n_found < CALL_FOUND_MAX; i++) {
        struct buf scratch;
        buf_init(&scratch, 4096);
        struct span text = value_text(&x->out.extra[i], &scratch);
        const char *kept = arena_dup(call->arena, text);
        call->found[call->n_found++] = (struct found){ x->endpoint->extra_names[i], { kept, text.n } };
        buf_release(&scratch);
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

static const struct step *next_step(struct steps *steps)
{
    const struct call *call = steps->call;
    const struct step *step;
    while ((step = platform_step(call->store->platform, call->method->name, CW_STEP, steps->next))) {
        steps->next++;
        if (step->call && args_hold(step->when, call->args))
            return step;
    }
    return NULL;
}

static void on_step(struct call *call, struct exchange *x)
{
    struct steps *steps = change_steps(call);
    if (x->err) {
        steps->n_gone--; /* this one is not done */
        fail(steps, x);
        return;
    }
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
