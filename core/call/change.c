/*
 * change.c - one record made, changed, cancelled or removed.
 *
 * The call's args hold the ids of the path and, merged into them, the body.  Each arrow of change.h is a function
 * here; the line is the record's own where it has an id, else the order's that it belongs to.
 */
#include "core/call/change.h"

#include "core/call/steps.h"
#include "core/loop/timers.h"
#include "core/write/lines.h"
#include "core/write/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct change {
    struct call *call;
    struct steps steps;
    struct waiter waiter;
    struct timer patience; /* while it waits in the line */
    bool in_line;          /* it waits there, or its turn has come */
};

struct steps *change_steps(const struct call *call)
{
    return &call->change->steps;
}

/* ---- the end ------------------------------------------------------------------------------------------------- */

static void release(struct change *change)
{
    struct call *call = change->call;
    call->change = NULL;
    steps_drop(&change->steps);
    timers_cancel(call->services->timers, &change->patience);
    if (change->in_line)
        lines_leave(call->services->lines, &change->waiter);
    free(change);
}

void change_release(struct call *call)
{
    if (call->change)
        release(call->change);
}

void change_abandon(struct call *call)
{
    if (!call->change)
        return;
    call->change->in_line = false;
    release(call->change);
}

/* ---- answer --------------------------------------------------------------------------------------------------------
 */

static void finish_with(struct call *call, const struct exchange *x)
{
    call->n_records = x->out.n_written;
    call->n_problems = x->out.n_problems;
    call_finish(call, OK);
}

/* The write is done whatever comes of reading it back: what cannot be shown is said as a problem. */
static void on_read_back(struct call *call, struct exchange *x)
{
    if (!x->err) {
        finish_with(call, x);
        return;
    }
    buf_clear(call->problems);
    buf_printf(call->problems, "{\"path\":\"\",\"code\":\"%s\",\"found\":", err_code(x->err));
    buf_json(call->problems, span_of("the write is done, but the record could not be read back"));
    buf_char(call->problems, '}');
    call->n_problems = 1;
    call_finish(call, OK);
}

/* The id that a step's answer gave, where the shop made the record and showed nothing else of it. */
static void take_id(struct call *call)
{
    for (size_t i = call->n_found; i > 0 && !json_object_get(call->args, "id"); i--) {
        const struct found *found = &call->found[i - 1];
        if (strcmp(strchr(found->name, '.'), ".id") == 0 && found->value.n > 0)
            json_object_set_new(call->args, "id", json_stringn(found->value.p, found->value.n));
    }
}

/* "order.fulfillment.cancel" -> "order.fulfillment.get", if there is one. */
const struct endpoint *change_reader(const struct call *call)
{
    char name[64];
    const char *last = strrchr(call->method->name, '.');
    snprintf(name, sizeof(name), "%.*s.get", (int)(last - call->method->name), call->method->name);
    return platform_endpoint(call->store->platform, name);
}

/* The same, if the record's id is known. */
static const struct endpoint *reader(struct call *call)
{
    if (call->method->kind == METHOD_CREATE)
        take_id(call);
    return json_object_get(call->args, "id") ? change_reader(call) : NULL;
}

static void on_written(struct call *call, struct exchange *x, enum err err)
{
    if (err) {
        call_finish(call, err);
        return;
    }
    call->upstream = x->upstream;
    const struct endpoint *get = call->method->kind == METHOD_DELETE ? NULL : reader(call);
    if (x->out.n_written > 0 || x->out.n_problems > 0 || !get)
        finish_with(call, x);
    else
        call_exchange(call, get, call->args, call->data, call->problems, on_read_back);
}

/* ---- write ---------------------------------------------------------------------------------------------------------
 */

/* The currency of amounts that are sent without one (write.h): what a look-up says, else that of the record itself. */
static struct own_currency own_currency(const struct call *call)
{
    const json_t *given = json_object_get(call->args, "currency");
    for (size_t i = 0; i < call->n_found; i++) {
        if (strcmp(strchr(call->found[i].name, '.'), ".currency") == 0 && call->found[i].value.n > 0)
            return (struct own_currency){ call->found[i].value, "the shop's currency" };
    }
    return (struct own_currency){ { json_string_value(given), json_string_length(given) }, "the order's own currency" };
}

static void write_record(struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    struct own_currency own = own_currency(call);
    struct faults faults;
    faults_init(&faults);
    write_check_currency(endpoint, call->args, &own, &faults);
    enum err err = faults_give(&faults, call->arena, "nothing was written at the shop", &call->fault, &call->faults);
    faults_release(&faults);
    if (err)
        call_finish(call, err);
    else
        steps_start(&call->change->steps, call, on_written);
}

/* ---- the line ------------------------------------------------------------------------------------------------------
 */

static void give_up(struct call *call)
{
    call_fail(call, ERR_LANE_DEADLINE, "other writes to this record took until the deadline");
}

static void proceed(struct change *change)
{
    struct call *call = change->call;
    timers_cancel(call->services->timers, &change->patience);
    if (call->services->now_ms >= call->deadline_ms)
        give_up(call);
    else
        call_lookups(call, call->method->name, write_record);
}

static void on_turn(struct waiter *waiter)
{
    proceed((struct change *)((char *)waiter - offsetof(struct change, waiter)));
}

static void on_deadline(struct timer *timer, int64_t now_ms)
{
    struct change *change = timer->owner;
    (void)now_ms;
    give_up(change->call);
}

static void wait(struct change *change)
{
    change->patience.fire = on_deadline;
    change->patience.owner = change;
    timers_set(change->call->services->timers, &change->patience, change->call->deadline_ms);
}

/* false: a new record by itself has no line. */
static bool line_name(const struct call *call, struct buf *out)
{
    const char *id = json_string_value(json_object_get(call->args, "order_id"));
    const char *kind = "order";
    if (!id || strncmp(call->method->name, "order.", 6) != 0) {
        id = json_string_value(json_object_get(call->args, "id"));
        kind = call->method->entity;
    }
    if (!id)
        return false;
    buf_printf(out, "%s/%s/", call->store->id, kind);
    buf_span(out, span_of(id));
    return true;
}

static void enter_line(struct call *call)
{
    struct change *change = mem_zalloc(sizeof(*change));
    struct buf name;
    change->call = call;
    call->change = change;
    change->waiter.turn = on_turn;
    buf_init(&name, 4096);
    change->in_line = line_name(call, &name);
    bool first = !change->in_line || lines_enter(call->services->lines, buf_peek(&name), &change->waiter);
    buf_release(&name);
    if (first)
        proceed(change);
    else
        wait(change);
}

enum err change_check(struct call *call)
{
    struct faults faults;
    if (!method_takes_record(call->method))
        return OK;
    faults_init(&faults);
    write_check(call->store->platform, call->method, call->args, &faults);
    enum err err = faults_give(&faults, call->arena, "nothing was sent to the shop", &call->fault, &call->faults);
    faults_release(&faults);
    if (!err)
        write_simplify(model_entity(call->method->entity), call->args);
    return err;
}

void change_start(struct call *call)
{
    enum err err = change_check(call);
    if (err)
        call_finish(call, err);
    else
        enter_line(call);
}
