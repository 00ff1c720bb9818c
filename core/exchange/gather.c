/*
 * gather.c - single records that wait are asked for as one list.
 *
 * A gather is there from the first read that waits on, which keeps its place in the lane; with the second the gather
 * waits there by an exchange of its own.  It is freed a turn later than it is answered, since whoever called us may
 * still stand in it.
 */
#include "core/exchange/gather.h"

#include "core/answer/cache.h"
#include "core/exchange/exchange.h"
#include "core/json/scan.h"
#include "core/platform/args.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 1024, DEPTH_MAX = 64 };

struct gather {
    struct gathers *gathers;
    char *name; /* among those that may be joined; NULL: it is none of them any more */
    struct exchange *first, *last;
    size_t n;
    bool is_sent; /* by its own exchange */
    struct exchange list;
    struct arena arena;
    struct buf data, problems;
    json_t *args, *ids;
    struct timer timer; /* to be freed */
    struct gather *next, **link;
};

void gathers_init(struct gathers *gathers, uint64_t seed)
{
    dict_init(&gathers->open, seed);
    gathers->all = NULL;
}

static void close_gather(struct gather *gather)
{
    if (gather->name)
        dict_remove(&gather->gathers->open, span_of(gather->name));
    free(gather->name);
    gather->name = NULL;
}

static void gather_free(struct gather *gather)
{
    close_gather(gather);
    if (gather->is_sent)
        exchange_release(&gather->list);
    json_decref(gather->args);
    buf_release(&gather->data);
    buf_release(&gather->problems);
    arena_release(&gather->arena);
    *gather->link = gather->next;
    if (gather->next)
        gather->next->link = gather->link;
    free(gather);
}

void gathers_release(struct gathers *gathers)
{
    while (gathers->all)
        gather_free(gathers->all);
    dict_release(&gathers->open);
}

static void on_free(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    gather_free(timer->owner);
}

void gather_leave(struct exchange *x)
{
    struct gather *gather = x->gather;
    struct exchange **at = &gather->first, *before = NULL;
    for (; *at != x; at = &(*at)->gathered)
        before = *at;
    *at = x->gathered;
    if (gather->last == x)
        gather->last = before;
    gather->n--;
    x->gather = NULL;
    x->gathered = NULL;
    if (!gather->is_sent)
        gather_free(gather);
}

/* ---- who may go together -------------------------------------------------------------------------------------- */

static const char *id_of(const struct exchange *x)
{
    return json_string_value(json_object_get(x->args, "id"));
}

static bool is_plain(const struct exchange *x)
{
    bool asks_the_shop = x->wish && (x->wish->no_cache || x->wish->no_store);
    return x->shares && !x->reuse && !asks_the_shop && !x->raw_records && !x->partial && x->attempts == 0;
}

static bool get_arg(const void *self, struct span name, struct buf *out)
{
    return args_text(args_get(self, name), out);
}

/* An id that its address refuses is no id: it is not sent. */
static bool is_id(const struct exchange *x)
{
    struct names names = { .self = x->args, .get = get_arg };
    struct buf address;
    buf_init(&address, NAME_MAX_BYTES);
    bool ok = id_of(x) && template_fill(x->endpoint->address, &names, LAND_PATH, &address) == TEMPLATE_FILLED;
    buf_release(&address);
    return ok;
}

/* A page of several costs what it would cost alone. */
static bool costs_the_same(const struct platform *platform, const struct endpoint *list)
{
    for (size_t i = 0; i < platform->n_limits; i++) {
        const struct limit *limit = &platform->limits[i];
        if (globs_cover(limit->row->on, list->row->name) && (limit->by_page || limit->by_bytes))
            return false;
    }
    return true;
}

static bool others_within(json_t *a, const json_t *b)
{
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value)
    {
        if (strcmp(name, "id") != 0 && !json_equal(value, json_object_get(b, name)))
            return false;
    }
    return true;
}

static bool is_waiting(const struct exchange *x)
{
    return x->attempts == 0 && (x->ticket.state == TICKET_QUEUED || x->ticket.state == TICKET_DUE);
}

static size_t most_of(const struct endpoint *list)
{
    bool is_smaller = list->page && list->page->max > 0 && list->page->max < GATHER_MOST;
    return is_smaller ? list->page->max : GATHER_MOST;
}

static bool may_join(const struct gather *gather, const struct exchange *x)
{
    const struct exchange *first = gather->first;
    json_t *a = (json_t *)(uintptr_t)first->args, *b = (json_t *)(uintptr_t)x->args;
    return is_waiting(gather->is_sent ? &gather->list : first) && gather->n < most_of(x->endpoint->list) &&
           first->store == x->store && first->held == x->held && gather->last->deadline_ms <= x->deadline_ms &&
           x->deadline_ms - first->deadline_ms <= GATHER_APART_MS && share_found_equal(first, x) &&
           others_within(a, b) && others_within(b, a);
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

/* The record of this id among those written; p NULL: it is not there. */
static struct span record_of(const struct gather *gather, const char *id)
{
    const char *p = gather->data.p, *end = p + gather->data.n;
    while (p && p < end) {
        p += *p == ',';
        const char *stop = json_skip(p, end, DEPTH_MAX);
        if (!stop)
            break;
        struct span text = { p, (size_t)(stop - p) };
        json_t *record = json_loadb(p, text.n, 0, NULL);
        const char *found = json_string_value(json_object_get(record, "id"));
        bool is_it = found && strcmp(found, id) == 0;
        json_decref(record);
        if (is_it)
            return text;
        p = stop;
    }
    return (struct span){ NULL, 0 };
}

/* What would come of each by itself, too.  A list that is too large was sent. */
static bool is_for_all(const struct exchange *list)
{
    enum err err = list->err;
    return err == ERR_BREAKER_OPEN || err == ERR_STORE_THROTTLED || err == ERR_STORE_REAUTH_REQUIRED ||
           err == ERR_STORE_TIMEOUT || err == ERR_LANE_DEADLINE || (err == ERR_OVERLOADED && list->attempts == 0);
}

static void tell(struct gather *gather, struct exchange *x, bool is_first)
{
    const struct exchange *list = &gather->list;
    struct span record = list->err ? (struct span){ NULL, 0 } : record_of(gather, id_of(x));
    bool is_late = list->err == ERR_LANE_DEADLINE && !is_first; /* the time was the first one's */
    x->wait_ms += list->wait_ms;
    x->attempts = is_first ? list->attempts : 0;
    if (record.p)
        exchange_give(x, record, list);
    else if (list->err && is_for_all(list) && !is_late)
        exchange_fail_as(x, list);
    else
        exchange_go(x, is_late);
}

static void on_list(struct exchange *list)
{
    struct gather *gather = list->owner;
    struct exchange *x = gather->first, *next;
    close_gather(gather);
    for (bool is_first = true; x; x = next, is_first = false) {
        next = x->gathered;
        x->gather = NULL;
        x->gathered = NULL;
        tell(gather, x, is_first);
    }
    gather->first = gather->last = NULL;
    gather->timer = (struct timer){ .fire = on_free, .owner = gather };
    timers_set(list->services->timers, &gather->timer, list->services->now_ms);
}

/* ---- waiting -------------------------------------------------------------------------------------------------------
 */

static void add(struct gather *gather, struct exchange *x)
{
    x->gather = gather;
    x->gathered = NULL;
    if (gather->last)
        gather->last->gathered = x;
    else
        gather->first = x;
    gather->last = x;
    gather->n++;
}

static void send_list(struct gather *gather)
{
    const struct exchange *first = gather->first;
    gather->args = json_object();
    gather->ids = json_array();
    json_object_update(gather->args, (json_t *)(uintptr_t)first->args);
    json_object_del(gather->args, "id");
    json_object_set_new(gather->args, "ids", gather->ids);
    for (const struct exchange *at = first; at; at = at->gathered)
        json_array_append_new(gather->ids, json_string(id_of(at)));
    gather->is_sent = true;
    gather->list =
        (struct exchange){ .services = first->services,
                           .store = first->store,
                           .endpoint = first->endpoint->list,
                           .selection = first->selection,
                           .args = gather->args,
                           .page = { .size = (uint32_t)gather->n,
                                     .number = first->endpoint->list->page ? first->endpoint->list->page->first : 0 },
                           .found = first->found,
                           .n_found = first->n_found,
                           .app = first->app,
                           .app_id = first->app_id,
                           .method = first->method,
                           .klass = first->klass,
                           .deadline_ms = first->deadline_ms,
                           .call_id = first->call_id,
                           .data = &gather->data,
                           .problems = &gather->problems,
                           .arena = &gather->arena,
                           .done = on_list,
                           .owner = gather };
    exchange_start(&gather->list);
}

static bool join(struct gather *gather, struct exchange *x)
{
    if (!may_join(gather, x) || !exchange_withdraw(x))
        return false;
    if (!gather->is_sent)
        exchange_withdraw(gather->first);
    add(gather, x);
    if (gather->is_sent) {
        json_array_append_new(gather->ids, json_string(id_of(x)));
        gather->list.page.size = (uint32_t)gather->n;
    } else {
        send_list(gather);
    }
    return true;
}

/* Nobody joins it any more: one alone is none. */
static void retire(struct gather *gather)
{
    close_gather(gather);
    if (!gather->is_sent)
        gather_leave(gather->first);
}

static void begin(struct exchange *x, struct gathers *gathers, struct span name)
{
    struct gather *gather = mem_zalloc(sizeof(*gather));
    gather->gathers = gathers;
    arena_init(&gather->arena);
    buf_init(&gather->data, GATHER_BYTES_MAX);
    buf_init(&gather->problems, GATHER_BYTES_MAX);
    gather->next = gathers->all;
    gather->link = &gathers->all;
    if (gather->next)
        gather->next->link = &gather->next;
    gathers->all = gather;
    gather->name = mem_dup(name);
    *dict_put(&gathers->open, name) = gather;
    add(gather, x);
}

void gather_wait(struct exchange *x)
{
    struct gathers *gathers = x->services->gathers;
    struct buf name;
    if (!is_plain(x) || !is_id(x) || !costs_the_same(x->store->platform, x->endpoint->list))
        return;
    buf_init(&name, NAME_MAX_BYTES);
    buf_printf(&name, "%s/%llu/%s", x->store->id, (unsigned long long)x->app, x->endpoint->row->name);
    struct gather *open = dict_get(&gathers->open, buf_peek(&name));
    if (!open || !join(open, x)) {
        if (open)
            retire(open);
        begin(x, gathers, buf_peek(&name));
    }
    buf_release(&name);
}
