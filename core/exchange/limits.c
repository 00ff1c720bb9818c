/*
 * limits.c - which limits of its platform a request is under, and what it costs there.
 *
 * The tables are compiled by core/platform/platform_limits.c; the arithmetic of a limit is core/gauge/gauge.c's.  Here
 * is what lies between: keys, conditions and quantities over one request become demands.
 */
#include "core/exchange/limits.h"

#include "core/base/dict.h"
#include "core/map/graphql.h"
#include "core/platform/args.h"
#include "core/platform/raw.h"
#include "core/request/raw_said.h"
#include "core/store/limits_numbers.h"

#include <stdio.h>
#include <string.h>

/* ---- names -------------------------------------------------------------------------------------------------- */

/* What makes two requests the same: endpoint, page and arguments. */
static void name_request(const struct exchange *x, struct buf *out)
{
    struct buf text;
    char *args = x->args ? json_dumps(x->args, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    buf_init(&text, 1 << 22);
    buf_printf(&text, "%s %llu ", x->endpoint ? x->endpoint->row->name : "raw", (unsigned long long)x->page.number);
    buf_span(&text, x->page.cursor);
    buf_lit(&text, args ? args : "");
    buf_span(&text, x->raw.path);
    buf_span(&text, x->raw.query);
    buf_span(&text, x->raw.body);
    buf_printf(out, "%016llx", (unsigned long long)dict_hash(buf_peek(&text), 0));
    buf_release(&text);
    free(args);
}

static bool name_found(const struct exchange *x, struct span name, struct buf *out)
{
    for (size_t i = 0; i < x->n_found; i++) {
        if (span_is((struct span){ name.p + 1, name.n - 1 }, x->found[i].name)) {
            buf_span(out, x->found[i].value);
            return x->found[i].value.p != NULL;
        }
    }
    return false;
}

/* A raw request, read as one of the endpoint that it is counted as. */
static struct raw_said said_by(const struct exchange *x)
{
    return (struct raw_said){ .endpoint = x->as, .request = &x->raw, .body = x->raw_body, .arena = x->arena };
}

/* Whose settings they are is not its to say. */
static bool name_said(const struct exchange *x, struct span name, struct buf *out)
{
    struct raw_said said = said_by(x);
    return x->as && !platform_setting(x->store->platform, name) && raw_said(&said, name, out);
}

bool limits_name(const void *self, struct span name, struct buf *out)
{
    const struct exchange *x = self;
    if (name.n > 0 && name.p[0] == '@')
        return name_found(x, name, out);
    if (span_is(name, "store"))
        buf_span(out, span_of(x->store->id));
    else if (span_is(name, "endpoint"))
        buf_span(out, span_of(x->endpoint ? x->endpoint->row->name : x->as ? x->as->row->name : "raw"));
    else if (span_is(name, "page.size"))
        buf_i64(out, x->page.size);
    else if (span_is(name, "request"))
        name_request(x, out);
    else
        return args_text(args_get(x->args, name), out) || args_text(args_get(x->store->settings, name), out) ||
               name_said(x, name, out);
    return true;
}

static bool fill(const struct exchange *x, const struct template *text, struct span *out)
{
    struct names names = { .self = x, .get = limits_name };
    struct buf filled;
    buf_init(&filled, LIMITS_KEY_BYTES);
    bool ok = template_fill(text, &names, LAND_TEXT, &filled) == TEMPLATE_FILLED && !filled.over;
    if (ok)
        *out = (struct span){ arena_dup(x->arena, buf_peek(&filled)), filled.n };
    buf_release(&filled);
    return ok;
}

/* ---- conditions ----------------------------------------------------------------------------------------------- */

struct looking {
    const struct exchange *x;
    struct buf *text;
};

static bool look(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct looking *looking = self;
    buf_clear(looking->text);
    if (i > 0 || !limits_name(looking->x, path->text, looking->text))
        return false;
    *out = (struct value){
        .p = looking->text->p, .n = (uint32_t)looking->text->n, .kind = VALUE_STRING, .flags = VALUE_TEXT
    };
    return true;
}

/* The first case that holds; NULL: none. */
static const struct limit_case *choose(const struct exchange *x, const struct limit_case *cases, size_t n)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    struct looking looking = { x, &text };
    struct cond_env env = { .self = &looking, .match = look };
    size_t i = 0;
    while (i < n && cases[i].when && !cond_holds(cases[i].when, &env))
        i++;
    buf_release(&text);
    return i < n ? &cases[i] : NULL;
}

/* ---- costs ---------------------------------------------------------------------------------------------------- */

/* A document's cost is a line over graphql_times: two sizes tell the whole of it. */
static void count_document(const struct exchange *x)
{
    struct held_view *held = x->held;
    struct buf document;
    struct fault fault;
    buf_init(&document, 2 * GRAPHQL_BYTES_MAX);
    held->is_counted = true;
    if (graphql_document(span_of(x->endpoint->row->document), held->ask, &fault, &document) == OK) {
        uint32_t one = graphql_cost(buf_peek(&document), 1), two = graphql_cost(buf_peek(&document), 3);
        held->points_each = two - one;
        held->points_base = one > held->points_each ? one - held->points_each : 0;
    }
    buf_release(&document);
}

/* What a variable of a document that is passed through says; the most, if that is in the document, or wrong. */
static uint32_t size_of_variable(const void *variables, struct span name)
{
    const json_t *value = json_object_getn(variables, name.p, name.n);
    json_int_t size = json_integer_value(value);
    return json_is_integer(value) && size >= 0 && size < QUANTITY_MAX ? (uint32_t)size : RAW_PAGE;
}

/* 0: there is no document in it. */
static uint64_t count_raw(const struct exchange *x)
{
    const char *query = json_string_value(json_object_get(x->raw_body, "query"));
    struct graphql_sizes sizes = { json_object_get(x->raw_body, "variables"), size_of_variable };
    if (!query)
        return 0;
    uint32_t points = graphql_cost_sized(span_of(query), &sizes);
    return points > 0 ? points : 1;
}

/* A request of documents in which none can be read costs the most. */
static uint64_t raw_points(const struct exchange *x)
{
    bool is_dark = x->points == 0 && x->as && x->as->row->document;
    return is_dark ? QUANTITY_MAX : x->points > 0 ? x->points : 1;
}

static uint64_t counted(const struct held_view *held, uint32_t page_size)
{
    uint64_t points = held->points_base + (uint64_t)held->points_each * graphql_times(page_size);
    return points > 0 ? points : 1;
}

/* As we count; once the shop has told what it counted, by as much more or less. */
static uint64_t points(const struct exchange *x)
{
    const struct held_view *held = x->held;
    if (!x->endpoint)
        return raw_points(x);
    if (!x->endpoint->row->document || !held)
        return 1;
    if (!held->is_counted)
        count_document(x);
    uint64_t ours = counted(held, x->page.size), told = counted(held, held->known_size);
    if (held->known_cost > 0)
        ours = (ours * held->known_cost + told - 1) / told;
    return ours;
}

/* Records in the request: the longest list among the arguments, or the page asked for. */
static uint64_t items(const struct exchange *x)
{
    struct raw_said said = said_by(x);
    uint64_t most = x->as ? raw_said_items(&said) : 0;
    const char *key;
    json_t *value;
    if (most < x->page.size || most < 1)
        most = x->page.size ? x->page.size : 1;
    json_object_foreach((json_t *)x->args, key, value)
    {
        if (json_array_size(value) > most)
            most = json_array_size(value);
    }
    return most;
}

static uint64_t word(const void *self, enum quantity_word word)
{
    const struct exchange *x = self;
    if (word == QUANTITY_GRAPHQL)
        return points(x);
    if (word == QUANTITY_ITEMS)
        return items(x);
    return x->body_bytes ? x->body_bytes : 1;
}

/* What cannot be told (a name is absent) costs 1. */
static uint32_t cost_of(const struct exchange *x, const struct limit *limit)
{
    const struct limit_case *found = choose(x, limit->costs, limit->n_costs);
    struct names names = { .self = x, .get = limits_name };
    uint64_t cost = 1;
    if (!found || !quantity_value(found->value, &names, word, &cost) || cost < 1)
        cost = 1;
    if (limit->row->most && cost > limit->row->most)
        cost = limit->row->most; /* the shop takes none above it, so what it takes costs no more */
    return (uint32_t)cost;
}

/* ---- the request ------------------------------------------------------------------------------------------------ */

static bool covers(const struct endpoint *endpoint, const struct limit *limit)
{
    return globs_cover(limit->row->on, endpoint->row->name);
}

const struct endpoint *limits_operation(const struct exchange *x)
{
    if (x->endpoint)
        return x->endpoint;
    return x->n_like == 1 ? x->like[0] : NULL;
}

struct span limits_key(const struct exchange *x, const struct limit *limit)
{
    struct span key = span_of(x->store->id);
    if (limit->key)
        fill(x, limit->key, &key);
    return key;
}

struct span limits_lane(const struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    struct span scope;
    if (!platform->lane || !fill(x, platform->lane, &scope))
        return span_of(x->store->id);
    return span_of(arena_printf(x->arena, "%s/%.*s", platform->table->name, SPAN_ARG(scope)));
}

struct span limits_shared_lane(struct services *services, const struct store *store, struct arena *arena)
{
    const struct exchange x = { .services = services, .store = store, .arena = arena };
    return store->platform && store->platform->lane ? limits_lane(&x) : (struct span){ NULL, 0 };
}

uint32_t limits_errand(const struct exchange *x)
{
    uint32_t doublings = 0;
    if (!x->endpoint)
        return 0;
    while (x->page.size >> doublings > 1)
        doublings++;
    return (uint32_t)(x->endpoint->index + 1) * 32 + doublings;
}

/* Most limits of most stores are as the rule has them. */
static bool is_plain(const struct exchange *x, const struct limit *limit)
{
    return limit->is_plain && (!x->store->limits || x->store->limits->is_plain);
}

static bool is_off(const struct exchange *x, const struct limit *limit)
{
    return !is_plain(x, limit) && store_override_of(x->store, limit).mode == MODE_OFF;
}

/* NULL: the rule's own.  In the exchange's arena; *had is used again. */
static const struct limit_rule *numbers_of(struct exchange *x, const struct limit *limit, const struct limit_rule *had)
{
    struct fault fault = { 0 };
    if (is_plain(x, limit))
        return NULL;
    struct limit_rule *rule = had ? (struct limit_rule *)had : arena_alloc(x->arena, sizeof(*rule));
    if (limits_numbers(x->store, limit, &fault, rule))
        limits_complain(x, "a size by a setting: the adapter's own is in force", span_of(fault.text));
    return rule;
}

static struct demand demand_of(struct exchange *x, const struct limit *limit)
{
    struct demand demand = { .rule = &limit->rule,
                             .key = limits_key(x, limit),
                             .cost = cost_of(x, limit),
                             .may_cost_less = limit->row->bill != NULL };
    const struct services *s = x->services;
    if (limit->zone) {
        int64_t wall_ms = s->env.wall_ms(s->env.self);
        demand.begins_ms = s->now_ms + zone_last(limit->zone, wall_ms, limit->starts_s) - wall_ms;
        demand.ends_ms = s->now_ms + zone_next(limit->zone, wall_ms, limit->starts_s) - wall_ms;
    }
    demand.numbers = numbers_of(x, limit, NULL);
    return demand;
}

static void fit(struct exchange *x, const struct limit *limit)
{
    struct demand demand = demand_of(x, limit);
    uint32_t room = governor_room(x->services->governor, limits_lane(x), &demand, x->services->now_ms);
    uint32_t low = 1, high = x->page.size;
    room = limits_app_room(x, room);
    if (limit->row->most && limit->row->most < room)
        room = limit->row->most;
    struct limit unbounded = *limit;
    struct cw_limit row = *limit->row;
    row.most = 0;
    unbounded.row = &row;
    if (cost_of(x, &unbounded) <= room)
        return;
    while (low < high) { /* the largest page that costs no more */
        x->page.size = low + (high - low + 1) / 2;
        if (cost_of(x, &unbounded) <= room)
            low = x->page.size;
        else
            high = x->page.size - 1;
    }
    x->page.size = low;
}

void limits_fit(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; i < platform->n_limits && x->endpoint; i++) {
        const struct limit *limit = &platform->limits[i];
        if (limit->by_page && x->page.size > 1 && !x->page.is_fixed && covers(x->endpoint, limit) && !is_off(x, limit))
            fit(x, limit);
    }
}

/* Its body is read once for all limits, if one may depend on it.  One that would hold the loop is not: it costs the most
 * that it may, as one that cannot be read. */
static void look_at_raw(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    bool reads = false, by_graphql = false;
    for (size_t i = 0; i < platform->n_limits; i++) {
        reads |= platform->limits[i].n_costs > 0 || platform->limits[i].key;
        by_graphql |= platform->limits[i].by_graphql;
    }
    if (!x->like)
        x->n_like = raw_endpoints(platform, x->raw.method, x->raw.path, x->arena, &x->like);
    if (reads && x->raw.body.n > 0 && x->raw.body.n <= RAW_SAID_BYTES_MAX)
        x->raw_body = json_loadb(x->raw.body.p, x->raw.body.n, 0, NULL);
    x->points = by_graphql ? count_raw(x) : 1;
}

/* What is unknown may be of as many records as any list. */
static uint32_t largest_page(const struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    uint32_t most = 0;
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        const struct cw_page *page = platform->endpoints[i].page;
        most = page && page->max > most ? page->max : most;
    }
    return most;
}

/* NULL: no operation that the adapter knows. */
static void count_as(struct exchange *x, const struct endpoint *endpoint)
{
    x->as = endpoint;
    struct raw_said said = said_by(x);
    x->page.size = endpoint ? raw_said_page(&said) : largest_page(x);
}

/* Under the limit stand all that the request may be, and it is the dearest of them. */
static struct demand raw_demand(struct exchange *x, const struct limit *limit)
{
    struct demand demand = { .cost = 0 };
    const struct endpoint *dearest = NULL;
    uint32_t most = 0;
    for (size_t i = 0; i < x->n_like; i++) {
        if (!covers(x->like[i], limit))
            continue;
        count_as(x, x->like[i]);
        uint32_t cost = cost_of(x, limit);
        if (cost > most) {
            most = cost;
            dearest = x->as;
        }
    }
    count_as(x, dearest);
    if (dearest || x->n_like == 0)
        demand = demand_of(x, limit);
    x->as = NULL;
    x->page.size = 0;
    return demand;
}

/* Cost 0: it is not under the limit. */
static struct demand demand_under(struct exchange *x, const struct limit *limit)
{
    if (is_off(x, limit) || (x->endpoint && !covers(x->endpoint, limit)))
        return (struct demand){ .cost = 0 };
    return x->endpoint ? demand_of(x, limit) : raw_demand(x, limit);
}

uint32_t limits_room(enum klass klass)
{
    return (TICKET_DEMANDS - 1) / (klass_cap(klass) < 100 ? 3 : 2);
}

/* Not said at load: an adapter with a limit for each of forty operations is a good one, and serves its methods and raw
 * requests for those operations.  Amazon's sheet has nine, the most of all, so there is room for whatever is asked. */
static enum err too_many(struct exchange *x, uint32_t n)
{
    struct span path = { x->raw.path.p, x->raw.path.n < 60 ? x->raw.path.n : 60 };
    char why[100];
    if (x->n_like > 0)
        snprintf(why, sizeof(why), "%zu endpoints of %.40s have this method and path", x->n_like,
                 x->store->platform->table->title);
    else
        snprintf(why, sizeof(why), "no endpoint of %.40s has this method and path, so all of its limits count",
                 x->store->platform->table->title);
    return fault_set(&x->fault, ERR_UNSUPPORTED, "%.*s %.*s: expected a request under at most %u limits, found %u: %s",
                     SPAN_ARG(x->raw.method), SPAN_ARG(path), limits_room(x->klass), n, why);
}

/* How many there are; the first `room` are put down. */
static uint32_t collect(struct exchange *x, uint32_t room)
{
    const struct platform *platform = x->store->platform;
    uint32_t n = 0;
    for (size_t i = 0; i < platform->n_limits; i++) {
        struct demand demand = demand_under(x, &platform->limits[i]);
        if (demand.cost > 0 && n++ < room)
            x->demands[n - 1] = demand;
    }
    return n;
}

/* By a cost that only the request tells: others were refused with the operator's word. */
static void complain_of_dear(struct exchange *x, const struct demand *demand)
{
    const struct limit_rule *numbers = demand->numbers;
    uint32_t room = !numbers ? 0 : numbers->burst ? numbers->burst : numbers->amount;
    if (!numbers || !(numbers->is_pinned || numbers->share) || demand->cost <= room)
        return;
    char *found = arena_printf(x->arena, "%s: %u of %u", numbers->name, demand->cost, room);
    limits_complain(x, "a request costs more than the operator lets the limit hold: it goes when that is full, alone",
                    span_of(found));
}

enum err limits_collect(struct exchange *x)
{
    uint32_t room = limits_room(x->klass);
    if (!x->endpoint)
        look_at_raw(x);
    uint32_t n = collect(x, room);
    json_decref(x->raw_body);
    x->raw_body = NULL;
    if (n > room)
        return too_many(x, n);
    x->ticket.errand = limits_errand(x);
    x->ticket.demands = x->demands;
    x->n_own = n;
    for (uint32_t i = 0; i < n; i++)
        complain_of_dear(x, &x->demands[i]);
    limits_cap(x);
    return OK;
}

/* ---- other numbers ---------------------------------------------------------------------------------------------- */

static const struct limit *limit_of_rule(const struct platform *platform, const struct limit_rule *rule)
{
    size_t i = 0;
    while (&platform->limits[i].rule != rule)
        i++;
    return &platform->limits[i];
}

/* A ticket that waits keeps its demands; what is off now holds it no more. */
static void renew(void *arg, struct ticket *ticket)
{
    struct exchange *x = (struct exchange *)((char *)ticket - offsetof(struct exchange, ticket));
    (void)arg;
    for (uint32_t i = 0; i < x->n_own; i++) {
        struct demand *demand = &x->demands[i];
        demand->numbers = numbers_of(x, limit_of_rule(x->store->platform, demand->rule), demand->numbers);
    }
    limits_cap(x);
}

/* The gauges that are there already. */
static void set_gauges(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; platform && i < platform->n_limits; i++) {
        const struct limit *limit = &platform->limits[i];
        governor_set(x->services->governor, limits_lane(x), &limit->rule, limits_key(x, limit),
                     numbers_of(x, limit, NULL), x->services->now_ms);
    }
}

void limits_changed(struct services *services, const struct store *store)
{
    struct arena arena;
    arena_init(&arena);
    struct exchange x = { .services = services, .store = store, .arena = &arena };
    if (store->platform) {
        set_gauges(&x);
        governor_renew(services->governor, limits_lane(&x), renew, NULL, services->now_ms);
    }
    arena_release(&arena);
}

struct limit_rule limits_rule(struct services *services, const struct store *store, const struct limit *limit)
{
    struct arena arena;
    arena_init(&arena);
    struct exchange x = { .services = services, .store = store, .arena = &arena };
    const struct limit_rule *numbers = numbers_of(&x, limit, NULL);
    struct limit_rule rule = numbers ? *numbers : limit->rule;
    arena_release(&arena);
    return rule;
}
