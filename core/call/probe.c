/*
 * probe.c - did a write happen?
 *
 * Each look is one exchange of the row's endpoint, whose view writes only the records of which `done` holds
 * (core/view/view.h).  The request is made of the `with` rows alone, as a look-up's is: what the write was given must
 * not narrow a list by chance.  Names in `with` and in the conditions are the call's arguments, "@step.path", and
 *
 *   {once}    the key that the write carried
 *   {since}   an hour before it left: where a list begins that is to hold what it made, whatever the shop's clock says
 */
#include "core/call/probe.h"

#include "core/call/follow.h"
#include "core/exchange/calls.h"
#include "core/log/log.h"
#include "core/platform/args.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCKS_DIFFER_MS = 3600 * 1000, NAME_BYTES_MAX = 64 * 1024 };

struct probe {
    struct call *call;
    struct exchange *lost, *look; /* look: the latest, in the call's arena */
    const struct step *step;
    void (*done)(struct call *call, struct exchange *exchange);
    json_t *args; /* of its requests */
    struct timer timer;
    bool waits;
    int64_t until_ms;
    uint32_t looks;
};

/* ---- names ---------------------------------------------------------------------------------------------------- */

struct known {
    const struct call *call;
    const struct exchange *lost; /* NULL: not sent yet */
};

static bool get_found(const struct call *call, struct span name, struct buf *out)
{
    for (size_t i = 0; i < call->n_found; i++) {
        const struct found *found = &call->found[i];
        if (span_is((struct span){ name.p + 1, name.n - 1 }, found->name) && found->value.p) {
            buf_span(out, found->value);
            return true;
        }
    }
    return false;
}

/* When the write left, by our clock, less what clocks differ by. */
static int64_t since_ms(const struct known *known)
{
    const struct services *s = known->call->services;
    int64_t ago_ms = known->lost ? s->now_ms - known->lost->started_ms : 0;
    return s->env.wall_ms(s->env.self) - ago_ms - CLOCKS_DIFFER_MS;
}

static bool get_name(const void *self, struct span name, struct buf *out)
{
    const struct known *known = self;
    bool is_sent = known->lost != NULL;
    if (name.n > 0 && name.p[0] == '@' && is_sent)
        return get_found(known->call, name, out);
    if (span_is(name, "since"))
        return ts_format(out, since_ms(known));
    if (span_is(name, "once") && is_sent) {
        buf_span(out, span_of(known->lost->once));
        return known->lost->once[0] != '\0';
    }
    if (span_is(name, "once") || name.p[0] == '@') {
        buf_char(out, '?'); /* known by then */
        return true;
    }
    return args_text(args_at(known->call->args, name), out) ||
           args_text(args_get(known->call->store->settings, name), out);
}

static bool knows(const struct known *known, struct span name)
{
    struct buf text;
    buf_init(&text, NAME_BYTES_MAX);
    bool is_known = name.n > 0 && get_name(known, name, &text) && text.n > 0;
    buf_release(&text);
    return is_known;
}

/* ---- the row that can look ------------------------------------------------------------------------------------- */

static bool knows_cond(const struct known *known, const struct cond *cond);

/* "meta[key={once}].value": conditions inside of paths name things, too. */
static bool knows_path(const struct known *known, const struct path *path)
{
    for (size_t a = 0; a < path->n_alts; a++) {
        for (size_t t = 0; t < path->alts[a].n_terms; t++) {
            const struct path_term *term = &path->alts[a].terms[t];
            for (size_t i = 0; i < term->n_steps; i++) {
                if (term->steps[i].where && !knows_cond(known, term->steps[i].where))
                    return false;
            }
        }
    }
    return true;
}

static bool knows_cond(const struct known *known, const struct cond *cond)
{
    for (size_t i = 0; cond && i < cond->n; i++) {
        const struct cond_term *term = &cond->terms[i];
        for (size_t k = 0; k < term->n_pieces; k++) {
            const struct cond_piece *piece = &term->pieces[k];
            if (piece->name && !piece->path && !knows(known, piece->text))
                return false;
        }
        if (!knows_path(known, term->path))
            return false;
    }
    return true;
}

/* NULL: a name that is not known. */
static json_t *args_of(const struct known *known, const struct step *step)
{
    struct names names = { .self = known, .get = get_name };
    json_t *args = json_object();
    for (size_t i = 0; i < step->n_with && args; i++) {
        struct buf text;
        buf_init(&text, NAME_BYTES_MAX);
        bool ok = template_fill(step->with_made[i], &names, LAND_TEXT, &text) == TEMPLATE_FILLED;
        json_t *value = ok ? json_stringn(text.p, text.n) : NULL;
        buf_release(&text);
        if (value) {
            args_set_new(args, span_of(step->row->with[i].ours), value);
        } else {
            json_decref(args);
            args = NULL;
        }
    }
    return args;
}

static const struct step *find_row(const struct known *known, const struct endpoint *written, json_t **args)
{
    const struct call *call = known->call;
    const struct step *step;
    for (size_t i = 0; (step = platform_step(call->store->platform, written->row->name, CW_PROBE, i)); i++) {
        bool fits =
            args_hold(step->when, call->args) && knows_cond(known, step->done) && knows_cond(known, step->failed);
        *args = fits ? args_of(known, step) : NULL;
        if (*args)
            return step;
    }
    return NULL;
}

const struct step *probe_row(const struct call *call, const struct endpoint *written)
{
    struct known known = { call, NULL };
    json_t *args = NULL;
    const struct step *step = find_row(&known, written, &args);
    json_decref(args);
    return step;
}

/* ---- what is known in the end ------------------------------------------------------------------------------------ */

static void tell(const struct probe *probe, const char *fate)
{
    struct log *log = probe->call->services->log;
    calls_count_probe(probe->call->services->calls, probe->call->store->platform, fate);
    log_begin(log, LEVEL_WARN, "probe");
    log_text(log, "call", probe->call->id);
    log_str(log, "store", probe->call->store->id);
    log_str(log, "endpoint", probe->lost->endpoint->row->name);
    log_str(log, "by", probe->step->row->name);
    log_str(log, "fate", fate);
    log_i64(log, "looks", probe->looks);
    log_end(log);
}

/* The end; `taken`: the look is the call's exchange from now on. */
static void end(struct probe *probe, const char *fate, bool taken)
{
    struct call *call = probe->call;
    struct exchange *x = taken ? probe->look : probe->lost;
    void (*done)(struct call *, struct exchange *) = probe->done;
    tell(probe, fate);
    call->probed = fate;
    if (taken) {
        exchange_release(probe->lost);
        call->exchange = probe->look;
        probe->look = NULL;
    }
    probe_drop(call);
    done(call, x);
}

static void unclear(struct probe *probe, const char *what)
{
    struct exchange *lost = probe->lost;
    char was[160], key[80] = "";
    snprintf(was, sizeof(was), "%.150s", lost->fault.text);
    if (lost->once[0])
        snprintf(key, sizeof(key), "; it carried the key %s", lost->once);
    fault_set(&lost->fault, lost->err, "%s; probed by %.40s: %.180s%s", was, probe->step->row->name, what, key);
    end(probe, "unclear", false);
}

static void absent(struct probe *probe)
{
    struct exchange *lost = probe->lost;
    char was[200];
    snprintf(was, sizeof(was), "%.190s", lost->fault.text);
    lost->err = fault_set(&lost->fault, ERR_STORE_ERROR, "%s; probed by %.40s: it was not done and may be sent again",
                          was, probe->step->row->name);
    end(probe, "absent", false);
}

/* Records of another kind are not what the call answers with. */
static bool shows(const struct probe *probe)
{
    const struct endpoint *seen = probe->step->call;
    return seen->entity && seen->entity == probe->lost->endpoint->entity;
}

static void found(struct probe *probe)
{
    if (!shows(probe))
        probe->look->out.n_written = probe->look->out.n_problems = 0;
    end(probe, "found", true);
}

/* The shop's own program has answered: what it did on the request's behalf, it has done.  An answer of 502, 503 or 504
 * is another's (RFC 9110, section 15.6), and a 500 that is not in the shop's words may be. */
static bool is_over(const struct exchange *lost)
{
    return lost->attempt.wire == WIRE_OK && lost->attempt.status == 500 && lost->upstream.code.n > 0;
}

/* ---- looking -------------------------------------------------------------------------------------------------------
 */

static void look(struct probe *probe);

static void look_again(struct timer *timer, int64_t now_ms)
{
    struct probe *probe = timer->owner;
    probe->waits = false;
    services_at(probe->call->services, now_ms);
    look(probe);
}

/* false: time is up. */
static bool wait(struct probe *probe)
{
    struct services *s = probe->call->services;
    int64_t due_ms = s->now_ms + probe->step->row->every_ms;
    if (probe->step->row->every_ms == 0 || due_ms > probe->until_ms || due_ms >= probe->call->deadline_ms)
        return false;
    probe->timer = (struct timer){ .fire = look_again, .owner = probe };
    probe->waits = true;
    timers_set(s->timers, &probe->timer, due_ms);
    return true;
}

static void on_look(struct exchange *x)
{
    struct call *call = x->owner;
    struct probe *probe = call->probe;
    call->n_upstream += x->attempts;
    call->wait_ms += x->wait_ms;
    if (x->err) {
        if (!wait(probe))
            unclear(probe, x->fault.text);
        return;
    }
    if (x->out.n_done == 1)
        found(probe);
    else if (x->out.n_done > 1)
        unclear(probe, "more than one record would be what it made");
    else if (x->out.n_failed > 0 || (probe->step->absence_proves && is_over(probe->lost) && !x->out.more))
        absent(probe);
    else if (!wait(probe))
        unclear(probe, "nothing is there so far, which proves nothing: the request may still be under way");
}

static void look(struct probe *probe)
{
    struct call *call = probe->call;
    const struct endpoint *endpoint = probe->step->call;
    struct exchange *lost = probe->lost;
    bool is_shown = shows(probe);
    if (probe->look)
        exchange_release(probe->look);
    probe->looks++;
    probe->look = arena_alloc(call->arena, sizeof(*probe->look));
    *probe->look = (struct exchange){ .services = call->services,
                                      .store = call->store,
                                      .endpoint = endpoint,
                                      .selection = is_shown ? lost->selection : NULL,
                                      .args = probe->args,
                                      .known = call->args,
                                      .page = { .size = endpoint->page ? endpoint->page->max : 0,
                                                .number = endpoint->page ? endpoint->page->first : 0 },
                                      .found = call->found,
                                      .n_found = call->n_found,
                                      .raw_records = call->raw_records,
                                      .partial = true, /* what is found is done, whatever cannot be shown of it */
                                      .reads_on = is_shown,
                                      .app = call->app,
                                      .app_id = call->app_id,
                                      .method = call->method->name,
                                      .klass = lost->klass,
                                      .deadline_ms = call->deadline_ms,
                                      .call_id = call->id,
                                      .data = is_shown ? lost->data : NULL,
                                      .problems = is_shown ? lost->problems : NULL,
                                      .arena = call->arena,
                                      .done = on_look,
                                      .owner = call };
    memcpy(probe->look->once, lost->once, sizeof(lost->once));
    exchange_start(probe->look);
}

bool probe_start(struct call *call, struct exchange *lost, void (*done)(struct call *call, struct exchange *exchange))
{
    struct known known = { call, lost };
    json_t *args = NULL;
    const struct step *step = lost->endpoint ? find_row(&known, lost->endpoint, &args) : NULL;
    if (!step)
        return false;
    struct probe *probe = mem_zalloc(sizeof(*probe));
    *probe = (struct probe){ .call = call, .lost = lost, .step = step, .done = done, .args = args };
    probe->until_ms = call->services->now_ms + step->row->for_ms;
    call->probe = probe;
    if (call->services->now_ms >= call->deadline_ms)
        unclear(probe, "no time was left to look");
    else
        look(probe);
    return true;
}

void probe_drop(struct call *call)
{
    struct probe *probe = call->probe;
    if (!probe)
        return;
    call->probe = NULL;
    if (probe->waits)
        timers_cancel(call->services->timers, &probe->timer);
    if (probe->look)
        exchange_release(probe->look);
    json_decref(probe->args);
    free(probe);
}
