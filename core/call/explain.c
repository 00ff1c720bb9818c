/*
 * explain.c - what a call would do, without doing it.
 *
 * Each kind of method adds its steps to a list, by the same tables that the call runs by (core/call/call.c,
 * core/call/stock.c, core/call/steps.c, core/call/follow.c); prices come from the exchange itself, so a cost that
 * depends on the request is the one that would be charged.
 *
 *   inventory.set {"sku":"A-1","mode":"delta"} on Medusa    look-up item, read inventory.get, write inventory.set,
 *                                                           read back inventory.get: 4 attempts
 */
#include "core/call/explain.h"

#include "core/call/change.h"
#include "core/call/probe.h"
#include "core/call/stock.h"
#include "core/platform/args.h"

#include <string.h>

struct planned {
    const struct endpoint *endpoint;
    const char *role;
    const char *fields; /* that it is for, with commas between; NULL: not for some alone */
    const char *undo;   /* endpoint that takes it back when a later step fails; NULL: none */
    uint64_t least, likely, most;
    uint32_t page_size;
};

struct price {
    struct demand demand;
    uint64_t least, likely, most;
    uint64_t first; /* of the first attempt */
    struct outlook outlook;
    bool is_held; /* the first attempt would not go at once for it */
};

struct explaining {
    struct call *call;
    struct planned steps[EXPLAIN_STEPS];
    size_t n;
    struct price prices[TICKET_DEMANDS];
    struct span lane; /* where its attempts wait */
    size_t n_prices;
    uint64_t records; /* that follow-ups are made for at most */
};

/* The list is long enough for every plan that platform.c lets in; what would not fit takes the last place. */
static struct planned *add(struct explaining *e, const struct endpoint *endpoint, const char *role, uint64_t least,
                           uint64_t most)
{
    struct planned *step = &e->steps[e->n < EXPLAIN_STEPS ? e->n++ : EXPLAIN_STEPS - 1];
    *step = (struct planned){ .endpoint = endpoint, .role = role, .least = least, .likely = most, .most = most };
    return step;
}

/* ---- the steps -------------------------------------------------------------------------------------------------- */

/* What depends on an answer of an earlier look-up may or may not be asked for. */
static void add_lookups(struct explaining *e, const char *method)
{
    const struct call *call = e->call;
    const struct step *step;
    bool is_open = false;
    for (size_t i = 0; (step = platform_step(call->store->platform, method, CW_LOOKUP, i)); i++) {
        enum lookup_need need = call_lookup_need(call, step);
        if (need == LOOKUP_ASKED)
            add(e, step->call, "lookup", 1, 1);
        else if (need == LOOKUP_LACKS && is_open)
            add(e, step->call, "lookup", 0, 1);
        is_open |= need == LOOKUP_ASKED || need == LOOKUP_REMEMBERED;
    }
}

static const struct cw_field *fields_of(const struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    if (endpoint && endpoint->row->out)
        return endpoint->row->out;
    const struct cw_record *record = call->store->platform->table->records;
    for (; record && record->name; record++) {
        if (call->method->entity && strcmp(record->name, call->method->entity) == 0)
            return record->fields;
    }
    return NULL;
}

/* The asked-for fields that the plan row fills, "variants,images"; NULL: none was asked for. */
static const char *fields_filled(const struct call *call, const struct step *step)
{
    const char *text = NULL;
    size_t n = strlen(step->row->name);
    for (const struct cw_field *row = fields_of(call); row && row->ours; row++) {
        if (!row->theirs || row->theirs[0] != '@' || strncmp(row->theirs + 1, step->row->name, n) != 0)
            continue;
        bool is_it = strchr("[.", row->theirs[1 + n]) != NULL; /* strchr finds the end, too */
        if (is_it && call->selection && selection_has(call->selection, span_of(row->ours)))
            text = text ? arena_printf(call->arena, "%s,%s", text, row->ours) : row->ours;
    }
    return text;
}

static void add_follows(struct explaining *e)
{
    const struct call *call = e->call;
    const struct step *step;
    for (size_t i = 0; (step = platform_step(call->store->platform, call->method->name, CW_FOLLOW, i)); i++) {
        const char *fields = fields_filled(call, step);
        uint32_t batch = step->row->key && step->row->batch > 1 ? step->row->batch : 1;
        if (!fields || !step->call)
            continue;
        struct planned *planned = add(e, step->call, "follow", 0, (e->records + batch - 1) / batch);
        planned->fields = fields;
    }
}

static void add_list(struct explaining *e, const struct endpoint *endpoint)
{
    struct call *call = e->call;
    uint64_t max = endpoint->page && endpoint->page->max ? endpoint->page->max : call->limit;
    uint64_t pages = call->limit > max ? (call->limit + max - 1) / max : 1;
    struct planned *step = add(e, endpoint, "page", 1, CALL_UPSTREAM_MAX);
    step->likely = pages < CALL_UPSTREAM_MAX ? pages : CALL_UPSTREAM_MAX;
    step->page_size = (uint32_t)(call->limit < max ? call->limit : max);
    e->records = call->limit;
    add_follows(e);
}

static void add_stock(struct explaining *e, const struct stock_asks *asks)
{
    add_lookups(e, "inventory.set");
    if (asks->read)
        add(e, asks->read, "read", 1, 1);
    add(e, asks->write, "write", 1, 1);
    if (asks->back)
        add(e, asks->back, "read_back", 1, 1);
}

static void add_step(struct explaining *e, const struct step *step)
{
    const struct cw_plan *row = step->row;
    bool polls = row->role == CW_POLL && row->every_ms > 0;
    uint64_t most = polls ? 1 + row->for_ms / row->every_ms : 1;
    struct planned *planned = add(e, step->call, row->role == CW_POLL ? "poll" : "step", 1, most);
    planned->likely = most < 2 ? most : 1 + (row->role == CW_POLL);
    planned->undo = row->undo;
}

/* Only where an answer is lost. */
static void add_probe(struct explaining *e, const struct endpoint *written)
{
    const struct step *step = probe_row(e->call, written);
    if (!step)
        return;
    uint64_t most = step->row->every_ms ? 1 + step->row->for_ms / step->row->every_ms : 1;
    add(e, step->call, "probe", 0, most)->likely = 0;
}

static void add_write(struct explaining *e, const struct endpoint *endpoint)
{
    struct call *call = e->call;
    const struct platform *platform = call->store->platform;
    const struct endpoint *last = endpoint;
    add_lookups(e, call->method->name);
    struct planned *own = add(e, endpoint, "write", 1, 1);
    add_probe(e, endpoint);
    for (size_t i = 0; i < platform->n_steps; i++) {
        const struct step *step = &platform->steps[i];
        bool is_step = step->row->role == CW_STEP || step->row->role == CW_POLL;
        if (!is_step || !globs_cover(step->row->method, call->method->name))
            continue;
        if (!step->call) {
            own->undo = step->row->undo;
        } else if (args_hold(step->when, call->args)) {
            add_step(e, step);
            add_probe(e, step->call);
            last = step->call;
        }
    }
    const struct endpoint *get = call->method->kind == METHOD_DELETE ? NULL : change_reader(call);
    if (get && !last->entity)
        add(e, get, "read_back", 0, 1);
    e->records = 1;
    if (call->method->kind != METHOD_DELETE)
        add_follows(e);
}

static enum err add_steps(struct explaining *e)
{
    struct call *call = e->call;
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    struct stock_asks asks;
    enum err err = OK;
    switch (call->method->kind) {
    case METHOD_LIST:
        add_lookups(e, call->method->name);
        add_list(e, endpoint);
        break;
    case METHOD_GET:
    case METHOD_COUNT:
    case METHOD_VALIDATE:
        add_lookups(e, call->method->name);
        add(e, endpoint, "request", 1, 1);
        e->records = 1;
        add_follows(e);
        break;
    case METHOD_STOCK:
        err = stock_check(call, &asks);
        if (!err)
            add_stock(e, &asks);
        break;
    case METHOD_CREATE:
    case METHOD_UPDATE:
    case METHOD_ACT:
    case METHOD_DELETE:
        err = change_check(call);
        if (!err)
            add_write(e, endpoint);
        break;
    case METHOD_STOCK_BATCH:
    case METHOD_CAPABILITIES:
    case METHOD_RAW:
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s cannot be explained", call->method->name);
    }
    return err;
}

/* ---- the price -------------------------------------------------------------------------------------------------- */

static struct price *price_of(struct explaining *e, const struct demand *demand)
{
    for (size_t i = 0; i < e->n_prices; i++) {
        struct price *price = &e->prices[i];
        if (price->demand.rule == demand->rule && span_eq(price->demand.key, demand->key))
            return price;
    }
    if (e->n_prices == TICKET_DEMANDS)
        return NULL;
    e->prices[e->n_prices] = (struct price){ .demand = *demand };
    return &e->prices[e->n_prices++];
}

/* A GraphQL request is priced by its document.  One that cannot be made costs 1 here; the call itself says why. */
static void hold_view(struct exchange *x)
{
    const struct call *call = x->owner;
    struct fault fault;
    bool is_asked = call->selection && x->endpoint->entity == call->selection->entity;
    x->selection = is_asked ? call->selection : NULL;
    if (views_hold(call->services->views, call->store->platform, x->endpoint, x->selection, &fault, &x->held))
        x->held = NULL;
}

static void price_step(struct explaining *e, const struct planned *step)
{
    const struct call *call = e->call;
    struct exchange *x = arena_zalloc(call->arena, sizeof(*x));
    x->services = call->services;
    x->store = call->store;
    x->endpoint = step->endpoint;
    x->args = call->args;
    x->app = call->app;
    x->app_id = call->app_id;
    x->klass = step->endpoint->klass;
    x->page.size = step->page_size;
    x->arena = call->arena;
    x->owner = (void *)call;
    hold_view(x);
    (void)exchange_demands(x); /* only a raw request may be under too many, and none is explained */
    views_drop(call->services->views, x->held);
    e->lane = x->lane;
    for (uint32_t i = 0; i < x->ticket.n_demands; i++) {
        struct price *price = price_of(e, &x->demands[i]);
        if (!price)
            continue;
        price->first += step == e->steps ? x->demands[i].cost : 0;
        price->least += step->least * x->demands[i].cost;
        price->likely += step->likely * x->demands[i].cost;
        price->most += step->most * x->demands[i].cost;
    }
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

static void write_numbers(struct buf *out, uint64_t least, uint64_t likely, uint64_t most)
{
    buf_printf(out, "\"least\":%llu,\"likely\":%llu,\"most\":%llu", (unsigned long long)least,
               (unsigned long long)likely, (unsigned long long)most);
}

static void write_step(const struct planned *step, struct buf *out)
{
    buf_printf(out, "{\"endpoint\":\"%s\",\"role\":\"%s\",\"http\":\"%.*s\",\"class\":\"%s\",",
               step->endpoint->row->name, step->role, SPAN_ARG(step->endpoint->method),
               klass_name(step->endpoint->klass));
    write_numbers(out, step->least, step->likely, step->most);
    if (step->fields)
        buf_printf(out, ",\"fields\":\"%s\"", step->fields);
    if (step->undo)
        buf_printf(out, ",\"undo\":\"%s\"", step->undo);
    buf_char(out, '}');
}

static void write_attempts(const struct explaining *e, struct buf *out)
{
    uint64_t least = 0, likely = 0, most = 0;
    buf_lit(out, ",\"plan\":[");
    for (size_t i = 0; i < e->n; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_step(&e->steps[i], out);
        least += e->steps[i].least;
        likely += e->steps[i].likely;
        most += e->steps[i].most;
    }
    buf_lit(out, "],\"attempts\":{");
    write_numbers(out, least, likely, most);
    buf_char(out, '}');
}

/* What is only observed says for how long it would have held the call; null: until an answer comes. */
static void write_mode(const struct outlook *outlook, struct buf *out)
{
    if (!outlook->is_observed)
        buf_lit(out, ",\"mode\":\"hold\"}");
    else if (outlook->would_hold_ms == INT64_MAX)
        buf_lit(out, ",\"mode\":\"observe\",\"would_wait_ms\":null}");
    else
        buf_printf(out, ",\"mode\":\"observe\",\"would_wait_ms\":%lld}", (long long)outlook->would_hold_ms);
}

static const struct demand *whole_of(const struct explaining *e, const struct demand *demand)
{
    for (size_t i = 0; demand->part_of && i < e->n_prices; i++) {
        if (e->prices[i].demand.rule == demand->part_of)
            return &e->prices[i].demand;
    }
    return NULL;
}

static struct outlook outlook_of(const struct explaining *e, const struct price *price, uint64_t cost)
{
    const struct services *s = e->call->services;
    return governor_outlook(s->governor, e->lane, &price->demand, whole_of(e, &price->demand), cost, s->now_ms);
}

static void look_ahead(struct explaining *e)
{
    for (size_t i = 0; i < e->n_prices; i++) {
        struct price *price = &e->prices[i];
        price->outlook = outlook_of(e, price, price->likely);
        price->is_held = price->first > 0 && outlook_of(e, price, price->first).is_held;
    }
}

/* What the call would meet. */
struct wait {
    int64_t ms;
    const char *bound, *refusal; /* NULL: nothing */
};

/* Until when the lane is paused as a whole, and what holds the first attempt, if only an answer can end that. */
static struct wait lane_wait(const struct explaining *e)
{
    const struct services *s = e->call->services;
    struct wait wait = { 0 };
    struct lane_view lane;
    for (size_t i = 0; !wait.bound && i < e->n_prices; i++)
        wait.bound = e->prices[i].is_held ? e->prices[i].demand.rule->name : NULL;
    if (governor_lane(s->governor, e->lane, s->now_ms, &lane) && lane.paused_until_ms > s->now_ms)
        wait = (struct wait){ lane.paused_until_ms - s->now_ms, "pause", NULL };
    return wait;
}

/* What holds any call to the store, whatever it costs.  An open breaker refuses before the lane, one whose probe is out
 * only who is granted meanwhile. */
static struct wait begin_wait(const struct explaining *e)
{
    const struct call *call = e->call;
    const struct services *s = call->services;
    const struct breaker *breaker = store_breaker(call->store);
    const struct wait shut = { breaker_shut_ms(breaker, s->now_ms), "breaker", err_code(ERR_BREAKER_OPEN) };
    struct wait lane;
    int64_t look_ms;
    if (breaker_wait_ms(breaker, s->now_ms) > 0)
        return shut;
    if (outages_hold(s->outages, call->store->platform, NULL, &look_ms)) {
        bool is_late = s->now_ms + look_ms >= call->deadline_ms;
        return (struct wait){ look_ms, "outage", is_late ? err_code(ERR_PLATFORM_OUTAGE) : NULL };
    }
    lane = lane_wait(e);
    return shut.ms > 0 && !lane.bound ? shut : lane;
}

static void write_price(const struct price *price, struct buf *out)
{
    const struct outlook *outlook = &price->outlook;
    buf_lit(out, "{\"limit\":");
    buf_json(out, span_of(price->demand.rule->name));
    buf_lit(out, ",\"key\":");
    buf_json(out, price->demand.key);
    buf_char(out, ',');
    write_numbers(out, price->least, price->likely, price->most);
    buf_printf(out, ",\"left\":%lld,\"most_at_once\":%lld,\"source\":\"%s\"", (long long)outlook->left,
               (long long)outlook->most, limit_source_name(outlook->source));
    if (outlook->part)
        buf_printf(out, ",\"part\":%u", outlook->part);
    write_mode(outlook, out);
}

/* The cost, and behind it the wait and what it is for. */
static void write_prices(struct explaining *e, struct buf *out)
{
    const int64_t now_ms = e->call->services->now_ms;
    struct wait wait;
    look_ahead(e);
    wait = begin_wait(e);
    buf_lit(out, ",\"cost\":[");
    for (size_t i = 0; i < e->n_prices; i++) {
        const struct price *price = &e->prices[i];
        if (i > 0)
            buf_char(out, ',');
        write_price(price, out);
        if (price->outlook.ready_ms - now_ms <= wait.ms)
            continue;
        wait.ms = price->outlook.ready_ms - now_ms;
        wait.bound = price->demand.rule->name;
    }
    if (!wait.refusal && now_ms + wait.ms >= e->call->deadline_ms)
        wait.refusal = err_code(ERR_LANE_DEADLINE);
    buf_printf(out, "],\"wait_ms\":%lld,\"waits_for\":", (long long)wait.ms);
    if (wait.bound)
        buf_json(out, span_of(wait.bound));
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"refusal\":");
    if (wait.refusal)
        buf_json(out, span_of(wait.refusal));
    else
        buf_lit(out, "null");
    buf_char(out, '}');
}

enum err explain(struct call *call, struct buf *out)
{
    struct explaining *e = arena_zalloc(call->arena, sizeof(*e));
    const struct platform *platform = call->store->platform;
    e->call = call;
    enum err err = call_check(call);
    if (!err)
        err = add_steps(e);
    if (err)
        return err;
    for (size_t i = 0; i < e->n; i++)
        price_step(e, &e->steps[i]);
    const struct endpoint *own = platform_endpoint(platform, call->method->name);
    enum klass klass = own ? own->klass : e->steps[0].endpoint->klass;
    buf_lit(out, "{\"object\":\"explanation\",\"store\":");
    buf_json(out, span_of(call->store->id));
    buf_printf(out, ",\"method\":\"%s\",\"class\":\"%s\",\"weight\":%u", call->method->name, klass_name(klass),
               klass_weight(klass, call->method->writes));
    write_attempts(e, out);
    write_prices(e, out);
    return OK;
}
