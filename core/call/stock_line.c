/*
 * stock_line.c - who waits for whom, from the checked body to the level's line.
 *
 *     look-ups -> who came before (core/write/arrivals.h) -> the level's line (core/write/lines.h) -> stock_begin
 *
 * Plain sets of one level that wait become one (docs/decisions/sharing.md): who stands last in the line and has not
 * been sent takes the later ones along and sends the last one's number.
 *
 *     set 5 (in the line)   set 7, set 9 (behind it)      one write of 9; 5 and 7 are answered with `collapsed`
 *     the shop refuses 9                                  9 is answered so, and 7 is sent
 *     the time of 5 is over before it was sent            5 is answered so, and 7 has the place in the line
 */
#include "core/call/stock_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { APART_MS = 2000 }; /* who is taken along has at most so much less time than it asked for */

/* ---- those that are taken along ------------------------------------------------------------------------------ */

/* The last one's number is what counts. */
static void aim(struct stock *stock)
{
    stock->target = stock->last ? stock->last->quantity : stock->quantity;
    if (stock->is_written)
        stock_put_quantity(stock, "quantity", stock->target);
}

/* Nothing of it has been sent: its request is made when it is granted. */
static bool may_change(const struct stock *stock)
{
    return !stock->has_left && (!stock->is_written || pack_waits(&stock->packed));
}

/* Arguments that are another number, or say again what the mode says. */
static bool is_number(const char *name)
{
    return strcmp(name, "quantity") == 0 || strcmp(name, "expected") == 0 || strcmp(name, "mode") == 0;
}

static bool args_within(json_t *a, const json_t *b)
{
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value)
    {
        if (!is_number(name) && !json_equal(value, json_object_get(b, name)))
            return false;
    }
    return true;
}

static bool may_take_along(const struct stock *stock, const struct stock *later)
{
    const struct call *a = stock->call, *b = later->call;
    const struct stock *last = stock->last ? stock->last : stock;
    bool fits = a->store == b->store && a->app == b->app && !later->set->base;
    return fits && stock->mode == STOCK_SET && later->mode == STOCK_SET && may_change(stock) &&
           last->call->deadline_ms <= b->deadline_ms && b->deadline_ms - a->deadline_ms <= APART_MS &&
           args_within(stock->args, later->args) && args_within(later->args, stock->args);
}

static void take_along(struct stock *stock, struct stock *later)
{
    if (stock->last)
        stock->last->next = later;
    else
        stock->behind = later;
    stock->last = later;
    later->call->n_shared++;
    aim(stock);
}

/* The first of them takes its place in the line, and the others along.  NULL: there is none. */
struct stock *stock_hand_over(struct stock *stock)
{
    struct stock *heir = stock->behind;
    if (!heir)
        return NULL;
    heir->behind = heir->next;
    heir->last = heir->next ? stock->last : NULL;
    heir->next = NULL;
    stock->behind = stock->last = NULL;
    lines_pass(&stock->waiter, &heir->waiter);
    stock->in_line = false;
    heir->waiter.turn = stock->waiter.turn;
    heir->in_line = true;
    heir->call->n_shared--;
    aim(heir);
    return heir;
}

/* The shop has something against the last one's number. */
struct stock *stock_leave_last(struct stock *stock)
{
    struct stock *last = stock->last, *before = stock->behind;
    if (before == last) {
        stock->behind = stock->last = NULL;
    } else {
        while (before->next != last)
            before = before->next;
        before->next = NULL;
        stock->last = before;
    }
    aim(stock);
    return last;
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static struct stock *stock_of(const struct waiter *waiter)
{
    return (struct stock *)((char *)waiter - offsetof(struct stock, waiter));
}

static struct stock *stock_that_came(const struct arrival *arrival)
{
    return (struct stock *)((char *)arrival - offsetof(struct stock, arrival));
}

void stock_leave(struct stock *stock)
{
    const struct services *s = stock->call->services;
    timers_cancel(s->timers, &stock->patience);
    arrivals_leave(s->arrivals, &stock->arrival);
    if (stock->in_line)
        lines_leave(s->lines, &stock->waiter);
}

/* The call ends.  The one that has its place in the line now; NULL: nobody. */
static struct stock *give_up(struct stock *stock)
{
    struct stock *heir = stock_hand_over(stock);
    fault_set(&stock->call->fault, ERR_LANE_DEADLINE,
              stock->arrival.queue ? "earlier writes that may be to this level took until the deadline"
                                   : "other writes to this level took until the deadline");
    stock_end(stock, ERR_LANE_DEADLINE);
    return heir;
}

static void wait(struct stock *stock);

static void on_deadline(struct timer *timer, int64_t now_ms)
{
    struct stock *stock = timer->owner, *heir;
    (void)now_ms;
    heir = give_up(stock);
    if (heir)
        wait(heir);
}

/* For its turn, and not longer than it has time. */
static void wait(struct stock *stock)
{
    stock->patience.fire = on_deadline;
    stock->patience.owner = stock;
    timers_set(stock->call->services->timers, &stock->patience, stock->call->deadline_ms);
}

/* ---- the line --------------------------------------------------------------------------------------------------- */

void stock_proceed(struct stock *stock)
{
    while (stock && stock->call->services->now_ms >= stock->call->deadline_ms)
        stock = give_up(stock);
    if (stock)
        stock_begin(stock);
}

/* Where a whole record is put back, it is read by a look-up: that is in the line, too. */
static void after_lookups(struct call *call)
{
    struct stock *stock = call->stock;
    stock->args = json_deep_copy(call->args);
    if (stock->in_line) {
        stock_proceed(stock);
        return;
    }
    wait(stock);
    arrivals_found(call->services->arrivals, &stock->arrival);
}

static void at_work(struct stock *stock)
{
    timers_cancel(stock->call->services->timers, &stock->patience);
    if (stock->set->base)
        call_lookups(stock->call, "inventory.set", after_lookups);
    else
        stock_proceed(stock);
}

static void on_turn(struct waiter *waiter)
{
    at_work(stock_of(waiter));
}

static void enter_line(struct stock *stock, struct span name)
{
    stock->waiter.turn = on_turn;
    stock->in_line = true;
    if (lines_enter(stock->call->services->lines, name, &stock->waiter))
        at_work(stock);
    else
        wait(stock);
}

/* The line of the product whose record is put back (core/call/change.c has the same for its own writes); of the store's
 * where the call does not name it. */
static void enter_base_line(struct stock *stock)
{
    const json_t *id = json_object_get(stock->call->args, "product_id");
    struct buf name;
    buf_init(&name, 4096);
    buf_printf(&name, "%s/product/%s", stock->call->store->id, json_is_string(id) ? json_string_value(id) : "");
    enter_line(stock, buf_peek(&name));
    buf_release(&name);
}

/* The level's name: store and whatever ids the arguments hold by now. */
static void line_name(const struct stock *stock, struct buf *out)
{
    static const char *const parts[] = { "inventory_item_id", "variant_id", "sku", "location_id" };
    buf_span(out, span_of(stock->call->store->id));
    bool has_item = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const json_t *value = json_object_get(stock->args, parts[i]);
        bool is_item = i < 3;
        if (!json_is_string(value) || (is_item && has_item))
            continue;
        has_item |= is_item;
        buf_char(out, '/');
        buf_add(out, json_string_value(value), json_string_length(value));
    }
}

/* The last in the line takes it along, if it may. */
static void enter_level_line(struct stock *stock)
{
    struct buf name;
    buf_init(&name, 4096);
    line_name(stock, &name);
    struct waiter *before = lines_last(stock->call->services->lines, buf_peek(&name));
    struct stock *other = before && before->turn == on_turn ? stock_of(before) : NULL;
    if (other && may_take_along(other, stock)) {
        timers_cancel(stock->call->services->timers, &stock->patience);
        take_along(other, stock);
    } else {
        enter_line(stock, buf_peek(&name));
    }
    buf_release(&name);
}

/* ---- who came first ------------------------------------------------------------------------------------------------
 */

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] >= 0x80)
            return false;
    }
    return true;
}

static struct span without_blanks(const json_t *value)
{
    struct span text = { json_string_value(value), json_string_length(value) };
    while (text.n > 0 && text.p[0] == ' ')
        text = (struct span){ text.p + 1, text.n - 1 };
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    return text;
}

/* Shops search for a sku without regard to case, blanks around it and accents (MySQL's collations; WooCommerce). */
static bool skus_differ(const json_t *a, const json_t *b)
{
    if (!json_is_string(a) || !json_is_string(b))
        return false;
    struct span x = without_blanks(a), y = without_blanks(b);
    return is_ascii(x) && is_ascii(y) && (x.n != y.n || strncasecmp(x.p, y.p, x.n) != 0);
}

/* Both are of one location.  Where both items are known they alone say it; two variants may share an item, so other
 * variants prove nothing, nor does a sku beside the id that is meant. */
static bool may_be_same(const struct arrival *earlier, const struct arrival *later)
{
    const struct stock *a = stock_that_came(earlier), *b = stock_that_came(later);
    const json_t *item = json_object_get(a->call->args, "inventory_item_id");
    const json_t *other = json_object_get(b->call->args, "inventory_item_id");
    return item && other ? json_equal(item, other) : !skus_differ(a->sku, b->sku);
}

static void on_arrived(struct arrival *arrival)
{
    enter_level_line(stock_that_came(arrival));
}

/* Only among one app's writes to one location (docs/decisions/write-order.md). */
static void come(struct stock *stock)
{
    struct call *call = stock->call;
    const char *location = json_string_value(json_object_get(call->args, "location_id"));
    if (!json_object_get(call->args, "inventory_item_id") && !json_object_get(call->args, "variant_id"))
        stock->sku = json_object_get(call->args, "sku");
    struct buf name;
    buf_init(&name, 4096);
    buf_printf(&name, "%s/%llu/%s", call->store->id, (unsigned long long)call->app, location ? location : "");
    stock->arrival.may_be_same = may_be_same;
    stock->arrival.turn = on_arrived;
    arrivals_come(call->services->arrivals, buf_peek(&name), &stock->arrival);
    buf_release(&name);
    call_lookups(call, "inventory.set", after_lookups);
}

void stock_line_up(struct stock *stock)
{
    if (stock->set->base)
        enter_base_line(stock);
    else
        come(stock);
}
