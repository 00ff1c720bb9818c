/*
 * call.c - one method requested once.
 *
 * By kind of method: a list is call_list.c's; a get, a count and a validation are one exchange; raw is one exchange
 * without an endpoint; stock (core/call/stock.c) and what writes a record (core/call/change.c) have files of their own.
 *  Look-ups come first (call_lookup.c), and what is left to ask for records that were read comes last (follow.c).
 */
#include "core/call/call_inside.h"

#include "core/call/change.h"
#include "core/call/follow.h"
#include "core/call/probe.h"
#include "core/call/rest.h"
#include "core/call/stock.h"
#include "core/exchange/calls.h"
#include "core/log/log.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- the end --------------------------------------------------------------------------------------------- */

static void begin(struct call *call);

static void on_followed(struct call *call, enum err err)
{
    follow_release(call);
    call_finish(call, err);
}

/* What the first pages of a list gave is given by them once more. */
static void drop_result(struct call *call)
{
    call->fault = (struct fault){ 0 };
    call->upstream = (struct upstream){ .retry_after_ms = -1 };
    if (call->data)
        buf_cut(call->data, call->data_had);
    if (call->problems)
        buf_cut(call->problems, call->problems_had);
    call->n_records = call->n_problems = 0;
    call->pages = call->n_followed = 0;
    call->has_total = false;
}

/* What was remembered is forgotten, and all begins again, once: "not found" may speak of a remembered id. */
static void begin_anew(struct call *call)
{
    call_lookups_forget(call);
    call->begun_anew = true;
    stock_release(call);
    change_release(call);
    follow_release(call);
    drop_result(call);
    begin(call);
}

void call_finish(struct call *call, enum err err)
{
    const struct services *s = call->services;
    if (err == ERR_NOT_FOUND && call->n_remembered > 0 && !call->begun_anew) {
        begin_anew(call);
        return;
    }
    if (!err && follow_is_open(call)) {
        follow_start(call, on_followed);
        return;
    }
    int64_t took_ms = s->now_ms - call->started_ms;
    call->err = err;
    follow_release(call);
    stock_release(call);
    change_release(call);
    calls_count_call(s->calls, call->method->name, err_code(err), took_ms);
    if (call->n_problems > 0)
        calls_count_problem(s->calls, call->store->platform, call->method->entity ? call->method->entity : "",
                            call->n_problems);
    log_begin(s->log, LEVEL_INFO, "call");
    log_text(s->log, "call", call->id);
    log_str(s->log, "store", call->store->id);
    log_str(s->log, "method", call->method->name);
    log_str(s->log, "result", err_code(err));
    log_i64(s->log, "upstream", call->n_upstream);
    if (call->n_shared + call->n_cached > 0)
        log_i64(s->log, "reused", call->n_shared + call->n_cached);
    log_i64(s->log, "wait_ms", call->wait_ms);
    log_i64(s->log, "took_ms", took_ms);
    log_i64(s->log, "records", (int64_t)call->n_records);
    log_i64(s->log, "problems", (int64_t)call->n_problems);
    if (err)
        log_fault(s->log, &call->fault);
    log_end(s->log);
    calls_open(s->calls, -1);
    call->done(call);
}

void call_fail(struct call *call, enum err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->fault.text, sizeof(call->fault.text), format, args);
    va_end(args);
    call->fault.err = err;
    call_finish(call, err);
}

void call_fail_with(struct call *call, const struct exchange *x)
{
    call->fault = x->fault;
    call->upstream = x->upstream;
    call_finish(call, x->err);
}

/* ---- one exchange ------------------------------------------------------------------------------------------ */

static void drop_exchange(struct call *call)
{
    if (call->exchange)
        exchange_release(call->exchange);
    call->exchange = NULL;
}

void call_note_reuse(struct call *call, const struct exchange *x)
{
    if (x->from == FROM_SHOP && x->cache_said.n == 0)
        return;
    call->n_shared += x->from == FROM_SHARED;
    call->n_cached += x->from == FROM_CACHE;
    if (x->from == FROM_CACHE && x->age_ms > call->age_ms)
        call->age_ms = x->age_ms;
    if (x->cache_said.n > 0)
        call->cache_said = x->cache_said;
    else if (x->from == FROM_SHARED)
        call->cache_said = SPAN("fwd=uri-miss; collapsed");
    if (x->from != FROM_SHOP)
        calls_count_reuse(call->services->calls, call->store->platform, x->from);
}

/* All of its records are there. */
static void take_exchange(struct call *call, struct exchange *x)
{
    void (*then)(struct call *, struct exchange *) = call->then;
    rest_release(call);
    if (!x->err)
        follow_note(call, x);
    then(call, x);
}

/* What is cut of it is read to its end first. */
static void complete(struct call *call, struct exchange *x)
{
    if (!x->err && x->out.n_rests > 0)
        rest_start(call, x, take_exchange);
    else
        take_exchange(call, x);
}

static void on_exchange(struct exchange *x)
{
    struct call *call = x->owner;
    call_note_reuse(call, x);
    call->n_upstream += x->attempts;
    call->wait_ms += x->wait_ms;
    if (x->err == ERR_OUTCOME_UNKNOWN && probe_start(call, x, complete))
        return;
    complete(call, x);
}

struct exchange *call_prepare(struct call *call, void (*then)(struct call *call, struct exchange *exchange))
{
    drop_exchange(call);
    call->then = then;
    call->exchange = arena_alloc(call->arena, sizeof(*call->exchange));
    *call->exchange = (struct exchange){ .services = call->services,
                                         .store = call->store,
                                         .by = call->way,
                                         .on_trial = call->secrets,
                                         .selection = call->selection,
                                         .args = call->args,
                                         .found = call->found,
                                         .n_found = call->n_found,
                                         .raw_records = call->raw_records,
                                         .partial = call->partial,
                                         .reads_on = true,
                                         .app = call->app,
                                         .app_id = call->app_id,
                                         .method = call->method->name,
                                         .klass = CLASS_INTERACTIVE,
                                         .deadline_ms = call->deadline_ms,
                                         .call_id = call->id,
                                         .shares = !call->method->writes && call->method->kind != METHOD_VALIDATE,
                                         .wish = call->wish.given ? &call->wish : NULL,
                                         .arena = call->arena,
                                         .done = on_exchange,
                                         .owner = call };
    return call->exchange;
}

void call_exchange(struct call *call, const struct endpoint *endpoint, const json_t *args, struct buf *data,
                   struct buf *problems, void (*then)(struct call *call, struct exchange *exchange))
{
    struct exchange *x = call_prepare(call, then);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->args = args;
    bool is_asked = call->method->entity && endpoint->entity == model_entity(call->method->entity);
    x->selection = is_asked ? call->selection : NULL;
    x->data = data;
    x->problems = problems;
    exchange_start(x);
}

/* ---- one record, a count, a check ----------------------------------------------------------------------------- */

static void on_record(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->upstream = x->upstream;
    call->n_problems = x->out.n_problems;
    call->n_records = x->out.n_written;
    if (x->out.n_problems > 0)
        call_fail(call, ERR_STORE_UNREADABLE, "the shop's record does not fit: %.*s",
                  (int)(call->problems->n > 180 ? 180 : call->problems->n), call->problems->p);
    else if (x->out.n_written == 0)
        call_fail(call, ERR_NOT_FOUND, "the shop has no such %s", call->method->entity);
    else
        call_finish(call, OK);
}

static void on_count(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->has_total = x->out.has_total;
    call->total = x->out.total;
    if (!x->out.has_total)
        call_fail(call, ERR_STORE_UNREADABLE, "the shop's answer names no count");
    else
        call_finish(call, OK);
}

static void on_validated(struct call *call, struct exchange *x)
{
    if (x->err)
        call_fail_with(call, x);
    else
        call_finish(call, OK);
}

static void ask_one(struct call *call)
{
    static void (*const then[])(struct call *, struct exchange *) = {
        [METHOD_GET] = on_record, [METHOD_COUNT] = on_count, [METHOD_VALIDATE] = on_validated
    };
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    struct exchange *x = call_prepare(call, then[call->method->kind]);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->data = call->data;
    x->problems = call->problems;
    x->page.size = call->method->kind == METHOD_COUNT && endpoint->page ? 1 : 0;
    exchange_start(x);
}

static void on_raw(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->upstream = x->upstream;
    call->body = x->body;
    call->content_type = x->content_type;
    x->body.p = NULL;
    call_finish(call, OK);
}

static void start_raw(struct call *call)
{
    struct exchange *x = call_prepare(call, on_raw);
    x->raw = call->raw;
    exchange_start(x);
}

/* ---- the start ------------------------------------------------------------------------------------------------- */

static void start_kind(struct call *call)
{
    switch (call->method->kind) {
    case METHOD_LIST:
        call_list_start(call);
        break;
    case METHOD_GET:
    case METHOD_COUNT:
    case METHOD_VALIDATE:
        ask_one(call);
        break;
    case METHOD_STOCK:
        stock_start(call);
        break;
    case METHOD_CREATE:
    case METHOD_UPDATE:
    case METHOD_ACT:
    case METHOD_DELETE:
        change_start(call);
        break;
    case METHOD_STOCK_BATCH:
    case METHOD_CAPABILITIES:
        call_fail(call, ERR_UNSUPPORTED, "%s is not a call to a shop", call->method->name);
        break;
    case METHOD_RAW:
        start_raw(call);
        break;
    }
}

static void begin(struct call *call)
{
    if (call->method->kind == METHOD_RAW || call->method->kind == METHOD_STOCK || call->method->writes)
        start_kind(call); /* what writes is checked before anything is looked up */
    else
        call_lookups(call, call->method->name, start_kind);
}

enum err call_check(struct call *call)
{
    const struct platform *platform = call->store->platform;
    if (!platform)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", call->store->id);
    if (!method_served(call->method, platform))
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s is not something that the adapter %s can do",
                         call->method->name, platform->table->name);
    return OK;
}

void call_start(struct call *call)
{
    call->started_ms = call->services->now_ms;
    call->upstream.retry_after_ms = -1;
    call->data_had = call->data ? call->data->n : 0;
    call->problems_had = call->problems ? call->problems->n : 0;
    calls_open(call->services->calls, 1);
    enum err err = call_check(call);
    if (err)
        call_finish(call, err);
    else
        begin(call);
}

void call_abandon(struct call *call)
{
    stock_abandon(call);
    change_abandon(call);
    probe_drop(call);
    rest_release(call);
    follow_release(call);
}

void call_release(struct call *call)
{
    drop_exchange(call);
    json_decref(call->lookup_args);
    call->lookup_args = NULL;
    if (call->body.p)
        buf_release(&call->body);
}
