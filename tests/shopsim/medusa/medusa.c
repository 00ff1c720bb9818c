/*
 * medusa.c - the dialect of Medusa 2: its shop, its errors, and what the desk may do with it.
 *
 * A sale behind the client's back reserves stock; an order that moves on takes another row of order_kinds.
 */
#include "tests/shopsim/dialect.h"
#include "tests/shopsim/medusa/call.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzaG9wc2ltIjp0cnVlfQ.c2hvcHNpbQ"

struct medusa {
    struct shop shop;
    const char *key;
};

static void *make(const struct seed *seed)
{
    struct medusa *medusa = sim_alloc(1, sizeof *medusa);
    shop_init(&medusa->shop, seed->seed, seed->products, seed->orders);
    medusa->key = seed->key;
    return medusa;
}

static void drop(void *shop)
{
    struct medusa *medusa = shop;
    shop_release(&medusa->shop);
    free(medusa);
}

static void answer(void *shop, const struct ask *ask)
{
    struct medusa *medusa = shop;
    struct call call = {
        .shop = &medusa->shop,
        .request = ask->request,
        .key = medusa->key,
        .token = TOKEN,
        .now_ms = ask->now_ms,
        .is_stuck = ask->is_stuck,
        .answer = ask->answer,
    };
    shop_answer(&call);
}

static void fail(struct answer *answer, int status)
{
    if (status == 429) {
        answer_error(answer, 429, "too_many_requests", "Too many requests, please try again later.");
    } else if (status == 401) {
        answer->status = 401;
        text_puts(&answer->body, "{\"message\":\"Unauthorized\"}");
    } else if (status >= 500) {
        answer_unknown_error(answer);
        answer->status = status;
    } else {
        answer_error(answer, status, "invalid_data", "%s", status_text(status));
    }
}

static size_t item_of_sku(const struct shop *shop, const char *sku)
{
    for (size_t i = 0; i < shop->items; i++)
        if (strcmp(shop->variant[shop->item[i].variant].sku, sku) == 0)
            return i;
    return NO_ROW;
}

static bool sell(void *shop_of_dialect, const struct sale *sale)
{
    struct shop *shop = &((struct medusa *)shop_of_dialect)->shop;
    size_t item = item_of_sku(shop, sale->sku);
    size_t location = *sale->location_id ? shop_find_location(shop, sale->location_id) : 0;
    size_t l = item == NO_ROW || location == NO_ROW ? NO_ROW : shop_find_level(shop, item, location);
    if (l == NO_ROW)
        return false;
    shop->level[l].reserved_e8 += sale->quantity * E8;
    shop->level[l].updated_ms = sale->now_ms;
    return true;
}

static bool move(void *shop_of_dialect, const char *order_id, int64_t kind, int64_t now_ms)
{
    struct shop *shop = &((struct medusa *)shop_of_dialect)->shop;
    size_t row = shop_find_order(shop, order_id);
    if (row == NO_ROW || kind < 0 || kind >= ORDER_KINDS)
        return false;
    struct order *order = &shop->order[row];
    order->kind = &order_kinds[kind];
    order->updated_ms = now_ms;
    order->canceled_ms = strcmp(order->kind->status, "canceled") == 0 ? now_ms : 0;
    return true;
}

static const struct head head = {
    .first = "X-Powered-By: Express\r\n",
    .json_type = "application/json; charset=utf-8",
    .kept = "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
    .has_etag = true,
};

const struct dialect dialect_medusa = {
    .name = "medusa",
    .key = "sk_shopsim",
    .head = &head,
    .make = make,
    .drop = drop,
    .answer = answer,
    .fail = fail,
    .sell = sell,
    .move = move,
};
