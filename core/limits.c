/*
 * limits.c - what an exchange has to do with the limits of its platform.
 *
 * The tables are compiled by core/platform.c; the arithmetic of a limit is core/governor/gauge.c's.  Here is what lies
 * between: conditions and quantities over one request, and texts of one answer that become numbers.
 *
 * Example: an answer says X-Rate-Limit-Time-Reset-Ms: 2000.  The shop wrote that between our grant at 10,000 and the
 * first byte at 10,080, so its window ends between 11,998 and 12,082 on our clock, a clock rate of 500 ppm included.
 */
#include "core/limits.h"

#include "core/args.h"
#include "core/base/dict.h"
#include "core/log.h"
#include "core/map/graphql.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000, RESET_MAX_MS_DAYS = 31, COMPLAIN_EVERY_MS = 60000, KEY_MAX = 1024 };
/* Told rates from one a day to a million a second are believed. */
enum { RATE_LEAST_MICRO = 12 };
static const int64_t rate_most_micro = INT64_C(1000000) * 1000000;
enum { CLOCK_MS = 1000 }; /* how far a shop's wall clock and ours may be apart */
enum { RAW_PAGE = 250 };  /* what a variable of a document that is passed through may say */

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

bool limits_name(const void *self, struct span name, struct buf *out)
{
    const struct exchange *x = self;
    if (name.n > 0 && name.p[0] == '@')
        return name_found(x, name, out);
    if (span_is(name, "store"))
        buf_span(out, span_of(x->store->id));
    else if (span_is(name, "endpoint"))
        buf_span(out, span_of(x->endpoint ? x->endpoint->row->name : "raw"));
    else if (span_is(name, "page.size"))
        buf_i64(out, x->page.size);
    else if (span_is(name, "request"))
        name_request(x, out);
    else
        return args_text(args_get(x->args, name), out) || args_text(args_get(x->store->settings, name), out);
    return true;
}

static bool fill(const struct exchange *x, const struct template *text, struct span *out)
{
    struct names names = { .self = x, .get = limits_name };
    struct buf filled;
    buf_init(&filled, KEY_MAX);
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

static uint64_t raw_points(const struct exchange *x)
{
    json_t *body = json_loadb(x->raw.body.p ? x->raw.body.p : "", x->raw.body.n, 0, NULL);
    const char *query = json_string_value(json_object_get(body, "query"));
    uint64_t points = query ? graphql_cost(span_of(query), RAW_PAGE) : 1;
    json_decref(body);
    return points > 0 ? points : 1;
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
    uint64_t most = x->page.size ? x->page.size : 1;
    const char *key;
    json_t *value;
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

static bool covers(const struct exchange *x, const struct limit *limit)
{
    return !x->endpoint || globs_cover(limit->row->on, x->endpoint->row->name);
}

static struct span key_of(const struct exchange *x, const struct limit *limit)
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

uint32_t limits_errand(const struct exchange *x)
{
    uint32_t doublings = 0;
    if (!x->endpoint)
        return 0;
    while (x->page.size >> doublings > 1)
        doublings++;
    return (uint32_t)(x->endpoint->index + 1) * 32 + doublings;
}

/* The store's own numbers of a limit, if its settings give any that make sense. */
static void set_sizes(struct exchange *x, const struct limit *limit, struct limit_rule *rule)
{
    const struct limit_case *found = choose(x, limit->sizes, limit->n_sizes);
    struct names names = { .self = x, .get = limits_name };
    uint64_t amount = 0, burst = 0;
    if (!found)
        return;
    if (!quantity_value(found->value, &names, word, &amount) || amount < 1 ||
        (found->second && (!quantity_value(found->second, &names, word, &burst) || burst < 1))) {
        limits_complain(x, "a setting gives no size of the limit", span_of(limit->row->name));
        return;
    }
    rule->amount = (uint32_t)amount;
    rule->burst = (uint32_t)burst;
    rule->source = SOURCE_SETTING;
}

/* What the operator says, the store's words above the platform's. */
static void set_override(const struct exchange *x, const struct limit *limit, struct limit_rule *rule)
{
    const struct store_limit *said = NULL;
    struct override both = store_override_of(x->store, limit);
    if (x->store->limits && store_is_overridden(x->store, limit))
        said = &x->store->limits->at[limit - x->store->platform->limits];
    override_apply(&both, said && override_says_numbers(&said->override) ? said->source : SOURCE_PLUGINS, rule);
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
    if (is_plain(x, limit))
        return NULL;
    struct limit_rule *rule = had ? (struct limit_rule *)had : arena_alloc(x->arena, sizeof(*rule));
    *rule = limit->own;
    set_sizes(x, limit, rule);
    set_override(x, limit, rule);
    return rule;
}

static struct demand demand_of(struct exchange *x, const struct limit *limit)
{
    struct demand demand = { .rule = &limit->rule, .key = key_of(x, limit), .cost = cost_of(x, limit) };
    const struct services *s = x->services;
    if (limit->zone) {
        int64_t wall_ms = s->env.wall_ms(s->env.self);
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
        if (limit->by_page && x->page.size > 1 && !x->page.is_fixed && covers(x, limit) && !is_off(x, limit))
            fit(x, limit);
    }
}

void limits_collect(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    uint32_t n = 0;
    for (size_t i = 0; i < platform->n_limits && n < TICKET_LIMITS; i++) {
        if (covers(x, &platform->limits[i]) && !is_off(x, &platform->limits[i]))
            x->demands[n++] = demand_of(x, &platform->limits[i]);
    }
    x->ticket.errand = limits_errand(x);
    x->ticket.demands = x->demands;
    x->n_own = n;
    limits_cap(x);
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
        governor_set(x->services->governor, limits_lane(x), &limit->rule, key_of(x, limit), numbers_of(x, limit, NULL),
                     x->services->now_ms);
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

/* ---- the answer ------------------------------------------------------------------------------------------------- */

void limits_complain(struct exchange *x, const char *what, struct span text)
{
    struct services *s = x->services;
    if (s->complained_ms && s->now_ms - s->complained_ms < COMPLAIN_EVERY_MS)
        return;
    s->complained_ms = s->now_ms > 0 ? s->now_ms : 1;
    log_begin(s->log, LEVEL_WARN, "limit");
    log_str(s->log, "store", x->store->id);
    log_str(s->log, "endpoint", x->endpoint ? x->endpoint->row->name : "raw");
    log_str(s->log, "problem", what);
    log_text(s->log, "found", text);
    log_end(s->log);
}

/* A cap's part is billed as the whole is. */
static void bill(struct exchange *x, const struct limit *limit, uint32_t bill)
{
    for (uint32_t i = 0; i < x->ticket.n_demands; i++) {
        struct demand *demand = &x->demands[i];
        if (demand->rule != &limit->rule && demand->part_of != &limit->rule)
            continue;
        demand->is_billed = true;
        demand->bill = bill;
    }
}

void limits_bill(struct exchange *x)
{
    for (size_t i = 0; i < x->out.n_bills; i++) {
        const struct limit_word *found = &x->out.bills[i];
        int64_t micro;
        if (quantity_micro(found->text, &micro))
            bill(x, &x->store->platform->limits[found->row], (uint32_t)((micro + 999999) / 1000000));
        else
            limits_complain(x, "a bill: expected a number from 0", found->text);
    }
}

/* "{endpoint}": the first limit that names it. */
static const struct limit *limit_of(const struct exchange *x, const struct limit_signal *told)
{
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; !told->limit && i < platform->n_limits && x->endpoint; i++) {
        if (platform->limits[i].row->on && covers(x, &platform->limits[i]))
            return &platform->limits[i];
    }
    return told->limit;
}

static bool in_ms(const char *fmt)
{
    return fmt && strcmp(fmt, "ms") == 0;
}

/* A span of time from now on.  s: whole seconds may have been cut off or rounded up. */
static bool tell_reset_in(const struct exchange *x, const struct cw_signal *row, struct span text,
                          struct gauge_news *news)
{
    int64_t micro, ms, doubt_ms = in_ms(row->fmt) ? 1 : 1000;
    if (!quantity_micro(text, &micro))
        return false;
    ms = in_ms(row->fmt) ? micro / 1000000 : micro / 1000;
    if (ms > (int64_t)RESET_MAX_MS_DAYS * DAY_MS)
        return false;
    news->reset_early_ms = x->ticket.granted_ms + ms - ms / 2000 - doubt_ms;
    news->reset_late_ms = x->attempt.first_byte_ms + 1 + ms + ms / 1999 + 1 + doubt_ms; /* both times are cut to a ms */
    return true;
}

/* A time by the shop's wall clock. */
static bool tell_reset_at(const struct exchange *x, const struct cw_signal *row, struct span text,
                          struct gauge_news *news)
{
    struct ts_form form = { .kind = TS_ISO };
    int64_t at_ms, wall_ms = x->services->env.wall_ms(x->services->env.self);
    if ((row->fmt && !ts_form_parse(span_of(row->fmt), &form)) || ts_parse(text, &form, &at_ms) != TS_GIVEN)
        return false;
    int64_t ms = at_ms - wall_ms;
    if (ms > (int64_t)RESET_MAX_MS_DAYS * DAY_MS || ms < -(int64_t)DAY_MS)
        return false;
    news->reset_early_ms = x->services->now_ms + ms - CLOCK_MS;
    news->reset_late_ms = x->services->now_ms + ms + CLOCK_MS + (in_ms(row->fmt) ? 0 : 1000);
    return true;
}

/* A size, a rate or a length of 0 would stop the lane; one without bound would let it run. */
static bool tell_number(const struct cw_signal *row, struct span text, struct gauge_news *news)
{
    int64_t micro, most = (int64_t)RESET_MAX_MS_DAYS * DAY_MS;
    if (!quantity_micro(text, &micro))
        return false;
    if (row->tell == CW_LEFT) {
        news->left = micro / 1000000;
        return true;
    }
    if (row->tell == CW_RATE_S) {
        news->rate_micro = micro;
        return micro >= RATE_LEAST_MICRO && micro <= rate_most_micro;
    }
    int64_t value = row->tell == CW_PER && !in_ms(row->fmt) ? micro / 1000 : micro / 1000000;
    *(row->tell == CW_PER ? &news->per_ms : &news->size) = value;
    return value >= 1 && (row->tell == CW_SIZE || value <= most);
}

/* What was counted before the request ran: the better measure for the same fields. */
static bool tell_cost(const struct exchange *x, struct span text)
{
    struct held_view *held = x->held;
    uint32_t size = x->page.size ? x->page.size : 1;
    int64_t micro;
    if (!quantity_micro(text, &micro) || micro < 0)
        return false;
    uint32_t cost = (uint32_t)((micro + 999999) / 1000000);
    if (held && cost > 0 && (size >= held->known_size || cost > held->known_cost)) {
        held->known_size = size;
        held->known_cost = cost;
    }
    return true;
}

static bool tell(const struct exchange *x, const struct cw_signal *row, struct span text, struct gauge_news *news)
{
    struct gauge_news one = *news;
    bool ok;
    if (row->tell == CW_COST)
        return tell_cost(x, text);
    if (row->tell == CW_RESET_IN)
        ok = tell_reset_in(x, row, text, &one);
    else if (row->tell == CW_RESET_AT)
        ok = tell_reset_at(x, row, text, &one);
    else
        ok = tell_number(row, text, &one);
    if (ok)
        *news = one;
    return ok;
}

static uint64_t spent(const struct exchange *x, const struct limit *limit)
{
    return governor_spent(x->services->governor, limits_lane(x), &limit->rule, key_of(x, limit), x->services->now_ms);
}

struct span limits_scope(const struct exchange *x, const struct ask *ask)
{
    const struct platform *platform = x->store->platform;
    struct buf scope;
    buf_init(&scope, (platform->n_told + 1) * (KEY_MAX + 1));
    for (size_t i = 0; i < platform->n_told; i++) {
        const struct limit_signal *told = &platform->told[i];
        if (!told->row->from || strcmp(told->row->from, ask->endpoint->row->name) != 0)
            continue;
        buf_span(&scope, key_of(x, told->limit));
        buf_char(&scope, '\n');
    }
    struct span text = { arena_dup(x->arena, buf_peek(&scope)), scope.n };
    buf_release(&scope);
    return text;
}

void limits_granted(struct exchange *x)
{
    for (size_t i = 0; x->asked && i < x->store->platform->n_limits; i++)
        x->asked[i] = spent(x, &x->store->platform->limits[i]);
}

/* Of what was answered in the meantime nobody knows whether the level that is told is without it. */
static uint64_t unseen(const struct exchange *x, const struct limit *limit)
{
    uint64_t was = x->asked ? x->asked[limit - x->store->platform->limits] : 0, is = x->asked ? spent(x, limit) : 0;
    return is > was ? is - was : 0;
}

/* All that is told of one limit, at once. */
static void tell_limit(struct exchange *x, const struct limit *limit)
{
    struct gauge_news news = GAUGE_NO_NEWS;
    news.unseen = unseen(x, limit);
    for (size_t i = 0; i < x->out.n_told; i++) {
        const struct limit_signal *told = &x->store->platform->told[x->out.told[i].row];
        if (limit_of(x, told) == limit && !tell(x, told->row, x->out.told[i].text, &news))
            limits_complain(x, told->row->path, x->out.told[i].text);
    }
    governor_tell(x->services->governor, limits_lane(x), &limit->rule, key_of(x, limit), x->ticket.number, &news,
                  x->services->now_ms);
}

void limits_tell(struct exchange *x)
{
    const struct platform *platform = x->store->platform;
    for (size_t i = 0; i < x->out.n_told; i++) {
        const struct limit *limit = limit_of(x, &platform->told[x->out.told[i].row]);
        bool is_first = limit != NULL;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = limit_of(x, &platform->told[x->out.told[k].row]) != limit;
        if (is_first)
            tell_limit(x, limit);
    }
}
