/*
 * pack.c - writes that wait are sent together.
 *
 * A pack is there from the first write on, which asks by its own exchange as if there were none; with the second the
 * pack asks by an exchange of its own.  It is closed when that has ended, and freed a turn later, since whoever called
 * us may still stand in it.
 */
#include "core/call/pack.h"

#include "core/exchange/limits.h"
#include "core/map/quantity.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 1024 };

struct pack {
    struct packs *packs;
    char *name; /* among those that may be joined; NULL: it is none of them any more */
    const struct endpoint *many;
    struct pack_item *first, *last;
    size_t n;
    bool is_sent; /* by its own exchange */
    struct exchange exchange;
    struct arena arena;
    json_t *args, *items;
    struct timer timer; /* to be freed */
    struct pack *next, **link;
};

void packs_init(struct packs *packs, uint64_t seed)
{
    dict_init(&packs->open, seed);
    packs->all = NULL;
}

static void close_pack(struct pack *pack)
{
    if (pack->name)
        dict_remove(&pack->packs->open, span_of(pack->name));
    free(pack->name);
    pack->name = NULL;
}

static void pack_free(struct pack *pack)
{
    close_pack(pack);
    if (pack->is_sent)
        exchange_release(&pack->exchange);
    json_decref(pack->args);
    arena_release(&pack->arena);
    *pack->link = pack->next;
    if (pack->next)
        pack->next->link = pack->link;
    free(pack);
}

void packs_release(struct packs *packs)
{
    while (packs->all)
        pack_free(packs->all);
    dict_release(&packs->open);
}

static void on_free(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    pack_free(timer->owner);
}

static void free_later(struct pack *pack)
{
    struct services *s = pack->exchange.services;
    pack->timer = (struct timer){ .fire = on_free, .owner = pack };
    timers_set(s->timers, &pack->timer, s->now_ms);
}

/* ---- who may go together --------------------------------------------------------------------------------------- */

static bool is_name(struct span name, const char *argument)
{
    size_t n = strlen(argument);
    return name.n >= n && memcmp(name.p, argument, n) == 0 && (name.n == n || name.p[n] == '.');
}

static bool template_names(const struct template *text, const char *argument)
{
    for (size_t k = 0; text && template_name(text, k).p; k++) {
        if (is_name(template_name(text, k), argument))
            return true;
    }
    return false;
}

/* Does the request name it once, for all of its items? */
static bool is_common(const struct endpoint *many, const char *argument)
{
    if (template_names(many->address, argument) || template_names(many->otherwise, argument))
        return true;
    for (size_t i = 0; i < many->n_in; i++) {
        const struct in_row *row = &many->in[i];
        if (row->made ? template_names(row->made, argument) : !row->sub && is_name(span_of(row->row->ours), argument))
            return true;
    }
    return false;
}

static bool common_within(json_t *a, const json_t *b, const struct endpoint *many)
{
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value)
    {
        if (!json_equal(value, json_object_get(b, name)) && is_common(many, name))
            return false;
    }
    return true;
}

/* Where a limit counts items or bytes nothing is saved, and where it is an item's own, none is right for several. */
static bool is_counted_by_item(const struct platform *platform, const struct endpoint *many, json_t *args)
{
    bool by_item = false;
    for (size_t i = 0; i < platform->n_limits; i++) {
        const struct limit *limit = &platform->limits[i];
        const char *name;
        json_t *value;
        if (!globs_cover(limit->row->on, many->row->name))
            continue;
        by_item |= limit->by_bytes;
        for (size_t k = 0; k < limit->n_costs; k++)
            by_item |= quantity_holds(limit->costs[k].value, QUANTITY_ITEMS, NULL);
        json_object_foreach(args, name, value) by_item |= template_names(limit->key, name);
    }
    return by_item;
}

static bool is_waiting(const struct pack *pack)
{
    const struct exchange *x = pack->is_sent ? &pack->exchange : pack->first->call->exchange;
    return x->attempts == 0;
}

static bool may_join(const struct pack *pack, const struct pack_item *item)
{
    const struct call *first = pack->first->call, *call = item->call;
    return is_waiting(pack) && pack->n < pack->many->row->batch && first->store == call->store &&
           pack->last->call->deadline_ms <= call->deadline_ms &&
           call->deadline_ms - first->deadline_ms <= PACK_APART_MS &&
           common_within(pack->first->args, item->args, pack->many) &&
           common_within(item->args, pack->first->args, pack->many);
}

bool pack_waits(const struct pack_item *item)
{
    return item->pack ? is_waiting(item->pack) : item->call->exchange->attempts == 0;
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

enum fate { TOLD, ALONE, AGAIN };

/* The shop, or we before anything was sent, had something against what is in it. */
static bool is_refused(enum err err)
{
    return err == ERR_VALIDATION_FAILED || err == ERR_STORE_REJECTED || err == ERR_NOT_FOUND || err == ERR_CONFLICT ||
           err == ERR_PRECONDITION_FAILED || err == ERR_BODY_TOO_LARGE;
}

static bool any_undone(const struct exchange *x)
{
    bool any = false;
    for (size_t i = 0; x->out.undone && i < json_array_size(x->items); i++)
        any |= x->out.undone[i];
    return any;
}

/* i: of the item.  The first one's time was the whole's. */
static enum fate fate_of(const struct exchange *x, const struct pack_item *item, size_t i, bool any)
{
    bool undone = x->out.undone && x->out.undone[i];
    if (!x->err)
        return undone ? ALONE : TOLD;
    if (x->err == ERR_LANE_DEADLINE && i > 0)
        return AGAIN;
    if (!is_refused(x->err))
        return TOLD;
    return undone || !any || item->rounds >= PACK_ROUNDS ? ALONE : AGAIN;
}

static void count(struct pack_item *item, const struct exchange *x, bool is_first)
{
    item->call->wait_ms += x->wait_ms;
    if (is_first)
        item->call->n_upstream += x->attempts;
    else
        item->call->n_shared++;
}

static void on_answer(struct exchange *x)
{
    struct pack *pack = x->owner;
    struct pack_item *item = pack->first, *next;
    bool any = any_undone(x);
    close_pack(pack);
    for (size_t i = 0; item; i++, item = next) {
        enum fate fate = fate_of(x, item, i, any);
        next = item->next;
        item->next = NULL;
        item->pack = NULL;
        count(item, x, i == 0);
        item->rounds++;
        item->is_alone = fate == ALONE;
        if (fate == TOLD)
            item->done(item->call, x);
        else
            pack_send(item);
    }
    free_later(pack);
}

/* ---- sending --------------------------------------------------------------------------------------------------------
 */

static void add(struct pack *pack, struct pack_item *item)
{
    item->pack = pack;
    if (pack->last)
        pack->last->next = item;
    else
        pack->first = item;
    pack->last = item;
    pack->n++;
}

/* It was alone until now. */
static void send_together(struct pack *pack)
{
    struct call *call = pack->first->call;
    pack->args = json_object();
    pack->items = json_array();
    json_object_update(pack->args, pack->first->args);
    json_object_set_new(pack->args, "items", pack->items);
    for (const struct pack_item *at = pack->first; at; at = at->next)
        json_array_append(pack->items, at->args);
    pack->is_sent = true;
    pack->exchange = (struct exchange){ .services = call->services,
                                        .store = call->store,
                                        .endpoint = pack->many,
                                        .args = pack->args,
                                        .items = pack->items,
                                        .app = call->app,
                                        .app_id = call->app_id,
                                        .method = call->method->name,
                                        .klass = pack->many->klass,
                                        .deadline_ms = call->deadline_ms,
                                        .call_id = call->id,
                                        .arena = &pack->arena,
                                        .done = on_answer,
                                        .owner = pack };
    exchange_start(&pack->exchange);
}

static bool join(struct pack *pack, struct pack_item *item)
{
    if (!may_join(pack, item))
        return false;
    if (!pack->is_sent && !exchange_withdraw(pack->first->call->exchange))
        return false;
    add(pack, item);
    if (pack->is_sent)
        json_array_append(pack->items, item->args);
    else
        send_together(pack);
    return true;
}

/* Nobody joins it any more: one alone is none. */
static void retire(struct pack *pack)
{
    close_pack(pack);
    if (pack->is_sent)
        return;
    pack->first->pack = NULL;
    pack_free(pack);
}

/* The one that may be joined from now on. */
static void begin(struct pack_item *item, struct packs *packs, struct span name)
{
    struct pack *pack = mem_zalloc(sizeof(*pack));
    pack->packs = packs;
    pack->many = item->endpoint->many;
    pack->exchange.services = item->call->services;
    arena_init(&pack->arena);
    pack->next = packs->all;
    pack->link = &packs->all;
    if (pack->next)
        pack->next->link = &pack->next;
    packs->all = pack;
    pack->name = mem_dup(name);
    *dict_put(&packs->open, name) = pack;
    add(pack, item);
}

static void name_of(const struct pack_item *item, struct buf *out)
{
    const struct call *call = item->call;
    buf_printf(out, "%s/%llu/%s", call->store->id, (unsigned long long)call->app, item->endpoint->row->name);
}

void pack_leave(struct pack_item *item)
{
    struct pack *pack = item->pack;
    if (!pack)
        return;
    item->pack = NULL;
    close_pack(pack);
    free_later(pack);
}

static void send_alone(struct pack_item *item)
{
    call_exchange(item->call, item->endpoint, item->args, item->data, item->problems, item->done);
}

void pack_send(struct pack_item *item)
{
    struct packs *packs = item->call->services->packs;
    const struct endpoint *many = item->endpoint->many;
    struct buf name;
    if (!many || item->is_alone || is_counted_by_item(item->call->store->platform, many, item->args)) {
        send_alone(item);
        return;
    }
    buf_init(&name, NAME_MAX_BYTES);
    name_of(item, &name);
    struct pack *open = dict_get(&packs->open, buf_peek(&name));
    bool joined = open && join(open, item);
    if (open && !joined)
        retire(open);
    if (!joined)
        begin(item, packs, buf_peek(&name));
    buf_release(&name);
    if (!joined)
        send_alone(item);
}
