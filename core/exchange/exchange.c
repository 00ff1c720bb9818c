/*
 * exchange.c - one endpoint of a shop, asked until it is answered: the life of an exchange, from top to bottom.
 *
 *     exchange_start      the view, the way in, the ticket
 *     exchange_submit     its token (exchange_token.c)
 *     exchange_line_up    may the shop be asked (exchange_breaker.c, exchange_outage.c); into the governor's line
 *     on_granted          the request is rendered and sent
 *     on_attempt          settled (exchange_settle.c), read (exchange_read.c), judged (exchange_judge.c)
 *
 * Then it ends (exchange_end.c), or lines up again (exchange_again.c).  Who keeps count of attempts learns of each
 * (exchange_tell.c).
 */
#include "core/exchange/exchange_inside.h"

#include "core/exchange/asked.h"
#include "core/exchange/calls.h"
#include "core/exchange/gather.h"
#include "core/exchange/limits.h"
#include "core/request/sign.h"

#include <stdio.h>
#include <strings.h>

enum { NO_RECORD_BYTES = 1 << 20 };

bool exchange_writes(const struct exchange *x)
{
    if (x->endpoint)
        return x->endpoint->writes;
    return !span_is(x->raw.method, "GET") && !span_is(x->raw.method, "HEAD");
}

bool exchange_is_repeatable(const struct exchange *x)
{
    return x->endpoint ? x->endpoint->repeatable : !exchange_writes(x);
}

/* ---- the attempt ------------------------------------------------------------------------------------------- */

/* 304: what the cache has is still so. */
static void take_unchanged(struct exchange *x)
{
    x->read_err = ERR_STORE_UNREADABLE; /* it has no body that could tell of limits */
    exchange_settle(x);
    exchange_tell(x, &(struct told){ .verdict = "unchanged" });
    reuse_unchanged(x);
}

static void on_attempt(struct attempt *attempt)
{
    struct exchange *x = attempt->owner;
    services_at(x->services, attempt->end_ms);
    bool is_read = attempt->wire == WIRE_OK;
    if (!is_read) /* else when it is known what the answer says */
        exchange_settle(x);
    if (!is_read || attempt->status < 500) /* else what it means is known when it has been read */
        exchange_tell_breaker(x, exchange_shop_failed(attempt));
    rendered_release(&x->rendered);
    if (attempt->wire != WIRE_OK) {
        exchange_judge_wire(x);
        return;
    }
    x->answer = attempt->reply;
    if (attempt->status == 304 && x->reuse && reuse_asks(x->reuse)) {
        take_unchanged(x);
        return;
    }
    if (attempt->status >= 400 || !x->endpoint)
        exchange_hide(x);
    exchange_read(x);
}

static struct span method_of(const struct exchange *x)
{
    return x->endpoint ? x->endpoint->method : x->raw.method;
}

/* The app's secret, and tokens, travel sealed or not at all. */
static enum err check_sealed(struct exchange *x)
{
    const char *url = x->rendered.url ? x->rendered.url : "";
    if (!x->tokens_of || x->store->allow_private || strncasecmp(url, "http:", 5) != 0)
        return OK;
    return fault_set(&x->fault, ERR_VALIDATION_FAILED, "%s: expected an address of https, found http: nothing was sent",
                     x->endpoint->row->name);
}

static enum err render_request(struct exchange *x)
{
    struct services *s = x->services;
    struct render_in in = { .endpoint = x->endpoint,
                            .store = x->store,
                            .way = x->way,
                            .tokens_of = x->tokens_of,
                            .secrets = exchange_secrets(x),
                            .args = x->args,
                            .found = x->found,
                            .n_found = x->n_found,
                            .page = x->page,
                            .selection = x->ask.p || !x->held ? x->ask : x->held->ask,
                            .once = span_of(x->once),
                            .wall_ms = s->env.wall_ms(s->env.self) };
    enum err err = x->endpoint ? render(x->store->platform, &in, x->arena, &x->fault, &x->rendered)
                               : render_raw(x->store->platform, &in, &x->raw, x->arena, &x->fault, &x->rendered);
    if (!err)
        err = sign_request(&in, method_of(x), &s->env, x->arena, &x->fault, &x->rendered);
    return err ? err : check_sealed(x);
}

static void send(struct exchange *x)
{
    struct services *s = x->services;
    int64_t left_ms = x->deadline_ms - s->now_ms;
    uint32_t total_ms = left_ms < s->wire.attempt_ms ? (uint32_t)(left_ms > 1 ? left_ms : 1) : s->wire.attempt_ms;
    x->attempt = (struct attempt){ .method = arena_dup(x->arena, method_of(x)),
                                   .url = x->rendered.url,
                                   .headers = x->rendered.headers,
                                   .n_headers = x->rendered.n_headers,
                                   .body = x->rendered.body,
                                   .connect_ms = s->wire.connect_ms,
                                   .total_ms = total_ms,
                                   .max_body = s->wire.max_answer,
                                   .allow_private = x->store->allow_private,
                                   .fresh = x->fresh,
                                   .is_secret = x->is_secret,
                                   .done = on_attempt,
                                   .owner = x };
    s->http.send(s->http.self, &x->attempt);
}

/* What is only observed is seen. */
static void count_unheld(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->n_own; i++) {
        if (x->ticket.unheld & (1u << i))
            calls_count_unheld(x->services->calls, x->store->platform, x->demands[i].rule->name);
    }
}

/* The breaker, then the outage: may it go after all?  false: it has ended, or waits. */
static bool may_go(struct exchange *x)
{
    if (exchange_is_shut_at_grant(x))
        return false;
    if (!exchange_is_held_at_grant(x))
        return true;
    breaker_unprobe(store_breaker(x->store), x->probe_ms);
    return false;
}

static void on_granted(struct ticket *ticket)
{
    struct exchange *x = (struct exchange *)((char *)ticket - offsetof(struct exchange, ticket));
    x->is_out = true;
    x->from = FROM_SHOP;
    limits_granted(x);
    x->wait_ms += ticket->granted_ms - ticket->submitted_ms;
    if (!may_go(x))
        return;
    enum err err = render_request(x);
    if (err) {
        exchange_unprobe(x);
        exchange_give_back(x);
        rendered_release(&x->rendered);
        exchange_finish(x, err);
        return;
    }
    if (ticket->unheld)
        count_unheld(x);
    x->attempts++;
    if (x->reuse && x->page.size == x->flight.asked)
        reuse_ask(x);
    send(x);
}

static void on_refused(struct ticket *ticket)
{
    struct exchange *x = (struct exchange *)((char *)ticket - offsetof(struct exchange, ticket));
    x->upstream.retry_after_ms = ticket->retry_after_ms;
    fault_set(&x->fault, ticket->err, "not sent to the shop: %s leaves no room before the deadline",
              ticket->bound ? ticket->bound : "its limit");
    exchange_finish(x, ticket->err);
}

/* ---- into the line ---------------------------------------------------------------------------------------------- */

/* What a limit by bytes needs to know before there is a grant. */
static void weigh(struct exchange *x)
{
    bool by_bytes = false;
    for (size_t i = 0; i < x->store->platform->n_limits; i++)
        by_bytes |= x->store->platform->limits[i].by_bytes;
    if (!by_bytes || render_request(x))
        return; /* what cannot be rendered is said when it is to be sent */
    x->body_bytes = x->rendered.body.n;
    rendered_release(&x->rendered);
}

enum err exchange_demands(struct exchange *x)
{
    struct fault unused;
    struct held_view *lent = NULL; /* a price is asked for before the exchange has begun */
    if (!x->held && x->endpoint && x->endpoint->row->document)
        views_hold(x->services->views, x->store->platform, x->endpoint, x->selection, &unused, &lent);
    if (lent)
        x->held = lent;
    limits_fit(x);
    weigh(x);
    enum err err = limits_collect(x);
    x->lane = limits_lane(x);
    if (!lent)
        return err;
    views_drop(x->services->views, lent);
    x->held = NULL;
    return err;
}

void exchange_line_up(struct exchange *x)
{
    outages_used(x->services->outages, x->store->platform);
    if (exchange_is_shut(x) || exchange_is_held(x))
        return;
    if (!x->asked && !x->tokens_of)
        asked_used(x->services->asked, x->store);
    enum err err = exchange_demands(x); /* each time: an answer may have told more of the limit */
    if (err) {
        exchange_finish(x, err);
        return;
    }
    governor_submit(x->services->governor, x->lane, &x->ticket, x->services->now_ms);
    if (x->ticket.state == TICKET_QUEUED && x->endpoint && x->endpoint->list && !x->is_alone && !x->gather)
        gather_wait(x);
}

void exchange_on_timer(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    exchange_submit(timer->owner);
}

/* ---- the beginning ------------------------------------------------------------------------------------------- */

/* A UUID (RFC 9562, version 4): some shops take nothing else as a key. */
static void make_once(struct exchange *x)
{
    unsigned char b[16];
    x->services->env.random(x->services->env.self, b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    size_t n = 0;
    for (size_t i = 0; i < sizeof(b); i++)
        n += (size_t)snprintf(x->once + n, sizeof(x->once) - n, "%s%02x",
                              i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

static enum err find_way(struct exchange *x)
{
    if (x->endpoint && x->endpoint->no_auth)
        return OK;
    x->way = x->endpoint && x->endpoint->way ? x->endpoint->way : x->by;
    return x->way ? OK : store_way(x->store, exchange_secrets(x), &x->fault, &x->way);
}

/* What the requests are made with: the view, the way in, a key of its own. */
static enum err prepare(struct exchange *x)
{
    struct services *s = x->services;
    enum err err = OK;
    if (!x->store->platform)
        return fault_set(&x->fault, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", x->store->id);
    if (x->endpoint)
        err = views_hold(s->views, x->store->platform, x->endpoint, x->selection, &x->fault, &x->held);
    if (!err)
        err = find_way(x);
    if (err)
        return err;
    if (!x->once[0] && ((x->endpoint && x->endpoint->names_once) || (x->way && x->way->names_once)))
        make_once(x);
    if (exchange_needs_token(x) && !s->tokens.self)
        return fault_set(
            &x->fault, ERR_STORE_REAUTH_REQUIRED,
            "the way in \"%s\" of %s goes by tokens, which a running gateway keeps: connect the store there",
            x->way->row->name, x->store->platform->table->title);
    return OK;
}

void exchange_start(struct exchange *x)
{
    x->upstream.retry_after_ms = -1;
    buf_init(&x->no_data, NO_RECORD_BYTES);
    buf_init(&x->no_problems, NO_RECORD_BYTES);
    x->started_ms = x->services->now_ms;
    x->last_cause = RETRY_RETURNED;
    x->timer = (struct timer){ .fire = exchange_on_timer, .owner = x };
    enum err err = prepare(x);
    if (err) {
        exchange_finish(x, err);
        return;
    }
    x->ticket = (struct ticket){ .klass = x->klass,
                                 .weight = klass_weight(x->klass, exchange_writes(x)),
                                 .app = x->app,
                                 .deadline_ms = x->deadline_ms,
                                 .patience_ms = x->deadline_ms - x->started_ms,
                                 .write_key = x->write_key,
                                 .granted = on_granted,
                                 .refused = on_refused };
    x->shares &= !exchange_writes(x) && exchange_is_repeatable(x) && x->raw.body.n == 0 && !x->ask.p;
    if (x->shares)
        limits_fit(x); /* what is asked for in the end is what must be equal */
    if (!x->shares || !reuse_begin(x))
        exchange_submit(x);
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

bool exchange_withdraw(struct exchange *x)
{
    if (x->attempts > 0 || x->ticket.state == TICKET_IDLE || x->ticket.state == TICKET_OUT)
        return false;
    governor_cancel(x->services->governor, &x->ticket, x->services->now_ms);
    return true;
}

void exchange_release(struct exchange *x)
{
    timers_cancel(x->services->timers, &x->timer); /* a call may be given up at an end while it waits */
    if (x->token_wait.link)
        x->services->tokens.leave(x->services->tokens.self, &x->token_wait);
    outages_leave(&x->outage_wait);
    if (x->gather)
        gather_leave(x);
    views_drop(x->services->views, x->held);
    x->held = NULL;
    rendered_release(&x->rendered);
    if (x->reuse)
        reuse_release(x);
    held_answer_drop(x->kept);
    x->kept = NULL;
    buf_release(&x->answer);
    buf_release(&x->no_data);
    buf_release(&x->no_problems);
    if (x->body.p)
        buf_release(&x->body);
}
