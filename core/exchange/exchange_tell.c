/*
 * exchange_tell.c - everybody who keeps count learns of an attempt: log, metrics, the attempts that are kept, usage.
 */
#include "core/exchange/exchange_inside.h"

#include "core/exchange/calls.h"
#include "core/log/log.h"
#include "core/seen/attempts.h"
#include "core/seen/usage.h"

const char *exchange_endpoint_name(const struct exchange *x)
{
    return x->endpoint ? x->endpoint->row->name : "raw";
}

/* From send to the end; 0: it was refused before it could be sent. */
static int64_t took_ms(const struct attempt *attempt)
{
    return attempt->sent_ms ? attempt->end_ms - attempt->sent_ms : 0;
}

static void log_attempt(const struct exchange *x, const struct told *told)
{
    const struct attempt *a = &x->attempt;
    struct log *log = x->services->log;
    if (!log_wants(log, LEVEL_INFO))
        return;
    log_begin(log, LEVEL_INFO, "attempt");
    log_text(log, "call", x->call_id);
    log_str(log, "store", x->store->id);
    log_str(log, "endpoint", exchange_endpoint_name(x));
    log_str(log, "class", klass_name(x->klass));
    log_i64(log, "n", x->attempts);
    log_str(log, "wire", wire_name(a->wire));
    log_i64(log, "status", a->status);
    log_str(log, "verdict", told->verdict);
    if (told->code) {
        log_str(log, "code", told->code);
        log_i64(log, "again_ms", told->again_ms);
    }
    log_i64(log, "wait_ms", x->ticket.granted_ms - x->ticket.submitted_ms);
    if (x->ticket.bound)
        log_str(log, "waited_for", x->ticket.bound);
    log_i64(log, "took_ms", took_ms(a));
    log_i64(log, "bytes", (int64_t)exchange_answer_bytes(x).n);
    if (a->note[0])
        log_str(log, "note", a->note);
    log_end(log);
}

static void keep_attempt(const struct exchange *x, const struct told *told)
{
    const struct attempt *a = &x->attempt;
    struct attempt_row *row = attempts_add(x->services->attempts);
    row->end_ms = a->end_ms;
    attempt_text(row->call, ATTEMPT_CALL_BYTES, x->call_id);
    attempt_text(row->store, STORE_ID_BYTES, span_of(x->store->id));
    attempt_text(row->app, sizeof(row->app) - 1, span_of(x->app_id));
    row->method = x->method;
    row->endpoint = exchange_endpoint_name(x);
    row->klass = x->klass;
    row->n = x->attempts;
    row->wire = wire_name(a->wire);
    row->status = a->status;
    row->verdict = told->verdict;
    row->code = told->code;
    row->again_ms = told->again_ms;
    row->wait_ms = x->ticket.granted_ms - x->ticket.submitted_ms;
    row->waited_for = x->ticket.bound;
    row->took_ms = took_ms(a);
    row->bytes = (int64_t)exchange_answer_bytes(x).n;
    if (a->note[0])
        attempt_text(row->note, ATTEMPT_NOTE_BYTES, span_of(a->note));
}

static void count_usage(const struct exchange *x, bool failed)
{
    const struct services *s = x->services;
    struct usage_spent spent = { .store = x->store,
                                 .limit = USAGE_REQUESTS,
                                 .method = x->method ? x->method : exchange_endpoint_name(x),
                                 .app_id = x->app_id,
                                 .app = x->app,
                                 .klass = x->klass,
                                 .cost = 1,
                                 .failed = failed,
                                 .wait_ms = x->ticket.granted_ms - x->ticket.submitted_ms };
    usage_add(s->usage, &spent, s->now_ms);
    for (uint32_t i = 0; i < x->n_own; i++) {
        spent.limit = x->demands[i].rule->name;
        spent.cost = x->demands[i].is_billed ? x->demands[i].bill : x->demands[i].cost;
        usage_add(s->usage, &spent, s->now_ms);
    }
}

/* Of credentials that have no end; tokens have a keeper (core/tokens.h). */
static void note_refusal(const struct exchange *x)
{
    const struct cw_auth *way = x->way ? x->way->row : NULL;
    if (x->tokens_of || x->on_trial || (way && (way->obtain || way->refresh)))
        return;
    const struct env *env = &x->services->env;
    struct refusals *refusals = store_refusals(x->store);
    bool is_refusal = x->attempt.status == 401, is_success = x->attempt.status >= 200 && x->attempt.status < 300;
    if (x->attempt.wire != WIRE_OK || (!is_refusal && !is_success) || x->asked)
        return;
    refusals->is_now = is_refusal;
    if (!is_refusal)
        return;
    refusals->n++;
    refusals->last_ms = env->wall_ms(env->self);
}

void exchange_tell(const struct exchange *x, const struct told *told)
{
    const struct services *s = x->services;
    bool failed = x->attempt.wire != WIRE_OK || x->attempt.status >= 500 || x->attempt.status == 401 ||
                  x->attempt.status == 403 || x->attempt.status == 429 || told->code;
    if (x->from != FROM_SHOP)
        return;
    struct tally *tally = store_tally(x->store);
    tally->attempts++;
    tally->failed += failed;
    note_refusal(x);
    log_attempt(x, told);
    calls_count_attempt(s->calls, x->store->platform, &x->attempt, told->verdict);
    if (s->attempts)
        keep_attempt(x, told);
    if (s->usage)
        count_usage(x, failed);
}
