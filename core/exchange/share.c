/*
 * share.c - a table of reads under way, by a hash of what makes them equal.
 *
 * The hash costs little, since nearly all reads are alone: the addresses of store, endpoint and view, and the texts
 * of the arguments.  Only where it is the same the two are compared in full.
 */
#include "core/exchange/share.h"

#include "core/base/dict.h"
#include "core/exchange/exchange.h"

#include <string.h>

void shares_init(struct shares *shares, uint64_t seed)
{
    memset(shares, 0, sizeof(*shares));
    shares->seed = seed;
}

void shares_release(struct shares *shares)
{
    table_release(&shares->flights);
}

/* ---- tides ---------------------------------------------------------------------------------------------------- */

static uint32_t mix_text(uint32_t hash, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * 16777619u;
    return hash;
}

enum { TIDE_ANY, TIDE_UNKNOWN, TIDE_KIND };

/* Of reference data.  By its name: an address would make places, and so runs from one seed, differ. */
static uint64_t kind_of(const struct entity *entity)
{
    struct span name = entity ? span_of(entity->name) : SPAN("");
    return TIDE_KIND + (uint64_t)mix_text(0, name.p, name.n);
}

/* salt: TIDE_ANY, TIDE_UNKNOWN, or a kind. */
static size_t place(const struct shares *shares, const struct store *store, uint64_t salt)
{
    uint64_t hash = dict_hash(span_of(store->id), shares->seed) + salt * UINT64_C(0x9E3779B97F4A7C15);
    return (hash ^ hash >> 32) & (SHARE_TIDES - 1);
}

void share_wrote(struct shares *shares, const struct store *store, const struct endpoint *endpoint)
{
    const struct entity *entity = endpoint ? endpoint->changes : NULL;
    shares->tides[place(shares, store, TIDE_ANY)]++;
    shares->tides[place(shares, store, entity ? kind_of(entity) : TIDE_UNKNOWN)]++;
}

uint64_t share_tide(const struct shares *shares, const struct store *store, const struct endpoint *endpoint)
{
    if (!endpoint || endpoint->row->keep_s == 0)
        return shares->tides[place(shares, store, TIDE_ANY)];
    return shares->tides[place(shares, store, TIDE_UNKNOWN)] +
           shares->tides[place(shares, store, kind_of(endpoint->entity))];
}

/* ---- equality ------------------------------------------------------------------------------------------------- */

static uint32_t mix(uint32_t hash, uint64_t value)
{
    value = (value ^ hash) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(value >> 32);
}

static uint32_t hash_of(const struct exchange *x)
{
    uint32_t hash = mix(mix(0, (uintptr_t)x->store), (uintptr_t)x->endpoint);
    if (!x->endpoint)
        return mix_text(mix_text(hash, x->raw.path.p, x->raw.path.n), x->raw.query.p, x->raw.query.n);
    hash = mix(mix(hash, (uintptr_t)x->held), x->page.number + x->page.offset);
    for (void *at = json_object_iter((json_t *)(uintptr_t)x->args); at;
         at = json_object_iter_next((json_t *)(uintptr_t)x->args, at)) {
        const json_t *value = json_object_iter_value(at);
        hash += mix_text(0, json_string_value(value), json_string_length(value)); /* in any order */
    }
    return hash;
}

bool share_found_equal(const struct exchange *a, const struct exchange *b)
{
    if (a->n_found != b->n_found)
        return false;
    for (size_t i = 0; i < a->n_found; i++) {
        if (strcmp(a->found[i].name, b->found[i].name) != 0 || !span_eq(a->found[i].value, b->found[i].value))
            return false;
    }
    return true;
}

static bool asks_the_same(const struct exchange *a, const struct exchange *b)
{
    if (a->store != b->store || a->endpoint != b->endpoint || a->app != b->app || a->klass != b->klass)
        return false;
    if (!a->endpoint)
        return span_eq(a->raw.method, b->raw.method) && span_eq(a->raw.path, b->raw.path) &&
               span_eq(a->raw.query, b->raw.query);
    return a->held == b->held && a->page.size == b->page.size && a->page.number == b->page.number &&
           a->page.offset == b->page.offset && span_eq(a->page.cursor, b->page.cursor) &&
           span_eq(a->page.after, b->page.after) && share_found_equal(a, b) &&
           json_equal((json_t *)(uintptr_t)a->args, (json_t *)(uintptr_t)b->args);
}

/* Who has less time than the one who still waits in the lane may be granted sooner, or is told at once that it is too
 * late: it goes alone. */
static bool may_wait_for(const struct exchange *leader, const struct exchange *x)
{
    return leader->flight.tide == x->flight.tide && leader->flight.n < SHARE_MOST &&
           (leader->is_out || x->deadline_ms >= leader->deadline_ms);
}

/* ---- joining and leaving -------------------------------------------------------------------------------------- */

static struct exchange *exchange_of(struct table_node *node)
{
    return TABLE_OWNER(node, struct exchange, flight.node);
}

static void add_behind(struct exchange *leader, struct exchange *x)
{
    struct flight *f = &leader->flight;
    x->flight.behind = leader;
    x->flight.next = NULL;
    x->flight.prev = f->last;
    if (f->last)
        f->last->flight.next = x;
    else
        f->first = x;
    f->last = x;
    f->n++;
}

bool share_join(struct shares *shares, struct exchange *x)
{
    uint32_t hash = hash_of(x);
    x->flight.tide = share_tide(shares, x->store, x->endpoint);
    for (struct table_node *node = table_first(&shares->flights, hash); node; node = node->next) {
        struct exchange *leader = exchange_of(node);
        if (node->hash != hash || !asks_the_same(leader, x) || !may_wait_for(leader, x))
            continue;
        add_behind(leader, x);
        return true;
    }
    x->flight.is_open = true;
    table_put(&shares->flights, &x->flight.node, hash);
    return false;
}

struct exchange *share_end(struct shares *shares, struct exchange *x)
{
    struct exchange *first = x->flight.first;
    if (x->flight.is_open)
        table_remove(&shares->flights, &x->flight.node);
    x->flight.is_open = false;
    x->flight.first = x->flight.last = NULL;
    x->flight.n = 0;
    for (struct exchange *at = first; at; at = at->flight.next)
        at->flight.behind = NULL;
    return first;
}

void share_follow(struct shares *shares, struct exchange *first)
{
    struct exchange *at = first->flight.next, *next;
    first->flight.next = first->flight.prev = NULL;
    for (; at; at = next) {
        next = at->flight.next;
        add_behind(first, at);
    }
    first->flight.is_open = true;
    table_put(&shares->flights, &first->flight.node, hash_of(first));
}

void share_leave(struct exchange *x)
{
    struct flight *f = &x->flight, *leader = &f->behind->flight;
    *(f->prev ? &f->prev->flight.next : &leader->first) = f->next;
    *(f->next ? &f->next->flight.prev : &leader->last) = f->prev;
    leader->n--;
    f->behind = f->next = f->prev = NULL;
}
