/*
 * limits_caps.c - parts: of each limit on its way a request takes a part only, if its class or its app is capped; and
 * of one of them, if the shop slows the endpoint for itself (core/store/narrow.h).
 *
 * The part is a limit of its own (core/governor/cap.h), and a demand under it stands beside the demand under the whole.
 *
 *   a sync (bulk, 40 of 100) of app_x (25 of 100), two limits under the key "store_1"
 *
 *     points                     open                       the platform's: the first n_own
 *     points (a class's part)    open (a class's part)      under "store_1/bulk", all syncs together
 *     points (an app's part)     open (an app's part)       under "store_1/app_x", what it does besides, too
 *     points (an endpoint's part)                           under "store_1/order.list", whoever calls it
 */
#include "core/exchange/limits.h"

#include "core/log/log.h"

_Static_assert(TICKET_DEMANDS > 3 * TICKET_LIMITS,
               "there is room for a class's part and an app's of each, and an endpoint's");

static uint32_t app_cap(const struct exchange *x)
{
    const struct cap_source *caps = &x->services->caps;
    return caps->of && x->app_id ? caps->of(caps->self, x->app_id) : 100;
}

/* name: the class, the app or the endpoint.  On the disk (core/ledger/ledger.h), so it stays as it is. */
static struct demand part_of(struct exchange *x, const struct demand *whole, enum part_whose whose, const char *name,
                             uint32_t percent)
{
    struct part_spec part = { .whose = whose, .percent = percent };
    struct limit_rule *numbers = arena_alloc(x->arena, sizeof(*numbers));
    part.key = span_of(arena_printf(x->arena, "%.*s/%s", SPAN_ARG(whole->key), name));
    return governor_part(x->services->governor, limits_lane(x), whole, &part, numbers, x->services->now_ms);
}

static void add_parts(struct exchange *x, enum part_whose whose, const char *name, uint32_t percent)
{
    for (uint32_t i = 0; i < x->n_own; i++)
        x->demands[x->ticket.n_demands++] = part_of(x, &x->demands[i], whose, name, percent);
}

/* Is a refusal more likely about a than about b?  What comes round sooner; how many may be open is the last guess. */
static bool is_quicker(const struct limit_rule *a, const struct limit_rule *b)
{
    if (a->kind == LIMIT_OPEN || b->kind == LIMIT_OPEN)
        return a->kind != LIMIT_OPEN;
    return a->per_ms < b->per_ms;
}

/* NULL: it has no limit. */
static const struct demand *quickest(const struct exchange *x)
{
    const struct demand *best = NULL;
    for (uint32_t i = 0; i < x->n_own; i++) {
        if (!best || is_quicker(x->demands[i].rule, best->rule))
            best = &x->demands[i];
    }
    return best;
}

static struct narrow *narrow_of(const struct exchange *x)
{
    return x->store->limits && limits_operation(x) ? &x->store->limits->narrow : NULL;
}

/* What it asks is slowed, whoever asks: of the endpoints that a raw request may be, the first that is. */
static const struct endpoint *slowed(const struct exchange *x)
{
    const struct endpoint *const *may_be = x->endpoint ? &x->endpoint : x->like;
    for (size_t i = 0, n = x->endpoint ? 1 : x->n_like; i < n && x->store->limits; i++) {
        if (narrow_is_own(&x->store->limits->narrow, may_be[i], x->services->now_ms))
            return may_be[i];
    }
    return NULL;
}

static void add_endpoints_part(struct exchange *x)
{
    const struct endpoint *endpoint = slowed(x);
    const struct demand *whole = endpoint ? quickest(x) : NULL;
    if (whole)
        x->demands[x->ticket.n_demands++] = part_of(x, whole, PART_ENDPOINT, endpoint->row->name, 100);
}

void limits_cap(struct exchange *x)
{
    uint32_t klass = klass_cap(x->klass), app = app_cap(x);
    x->ticket.n_demands = x->n_own;
    if (klass < 100)
        add_parts(x, PART_CLASS, klass_name(x->klass), klass);
    if (app < 100)
        add_parts(x, PART_APP, x->app_id, app);
    add_endpoints_part(x);
}

uint32_t limits_app_room(const struct exchange *x, uint32_t room)
{
    uint64_t part = (uint64_t)room * app_cap(x) / 100;
    return part > 0 ? (uint32_t)part : 1;
}

static void renew(void *arg, struct ticket *ticket)
{
    (void)arg;
    limits_cap((struct exchange *)((char *)ticket - offsetof(struct exchange, ticket)));
}

bool limits_narrow_shows(const struct exchange *x)
{
    const struct narrow *narrow = narrow_of(x);
    return narrow && quickest(x) && narrow_shows(narrow, limits_operation(x), x->services->now_ms);
}

void limits_narrow_refused(struct exchange *x, int64_t wait_ms)
{
    struct services *s = x->services;
    struct narrow *narrow = narrow_of(x);
    const struct endpoint *operation = limits_operation(x);
    const struct demand *whole = narrow ? quickest(x) : NULL;
    bool was_own = narrow && narrow_is_own(narrow, operation, s->now_ms);
    if (!whole || !narrow_refused(narrow, operation, s->now_ms))
        return;
    struct demand part = part_of(x, whole, PART_ENDPOINT, operation->row->name, 100);
    governor_slow(s->governor, limits_lane(x), &part, x->ticket.granted_ms, wait_ms, s->now_ms);
    if (was_own)
        return;
    governor_renew(s->governor, limits_lane(x), renew, NULL, s->now_ms);
    log_begin(s->log, LEVEL_WARN, "limit");
    log_str(s->log, "store", x->store->id);
    log_str(s->log, "endpoint", operation->row->name);
    log_str(s->log, "problem", "the shop slows this endpoint for itself, and no row says so");
    log_end(s->log);
}

void limits_narrow_served(const struct exchange *x)
{
    struct narrow *narrow = narrow_of(x);
    if (narrow && narrow->at[0].endpoint)
        narrow_served(narrow, limits_operation(x), x->ticket.granted_ms);
}

void limits_caps_changed(struct services *services)
{
    governor_renew(services->governor, (struct span){ NULL, 0 }, renew, NULL, services->now_ms);
}
