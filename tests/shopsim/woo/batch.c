/*
 * batch.c - POST /orders/batch, /products/batch, /products/{id}/variations/batch.
 *
 * {"update":[{"id":25,"stock_quantity":5},{"id":9}]} answers 200 with both in their order; what is refused
 * stands there as {"id":9,"error":{"code","message","data"}}.  Bodies are not validated inside (recorded: the
 * quantity "abc" is 0).  More than 100 in all is 413.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *method;
} kinds[] = { { "create", "POST" }, { "update", "PUT" }, { "delete", "DELETE" } };
#define KINDS (sizeof kinds / sizeof kinds[0])

/* One of them as a call of its own; what it would have sent. */
static json_t *answer_one(struct woo_call *call, size_t kind, json_t *asked)
{
    int64_t id = json_is_object(asked) ? woo_int(asked, "id", 0) : (int64_t)json_number_value(asked);
    struct woo_call inner = *call;
    char route[96];
    size_t n = strlen(call->route) - strlen("/batch");
    inner.is_batch = true;
    inner.sent = NULL;
    inner.method = kinds[kind].method;
    snprintf(route, sizeof route, "%.*s", (int)n, call->route);
    if (kind > 0)
        snprintf(route + n, sizeof route - n, "/%" PRId64, id);
    inner.route = route;
    inner.body = json_is_object(asked) ? asked : json_object();
    size_t headers = call->answer->headers.n;
    woo_verb verb = woo_find_verb(inner.method, route, inner.param);
    if (verb)
        verb(&inner);
    call->answer->headers.n = headers; /* no Location inside */
    if (!json_is_object(asked))
        json_decref(inner.body);
    if (!inner.has_failed)
        return inner.sent;
    return json_pack("{s:I, s:o}", "id", (json_int_t)id, "error", inner.sent);
}

void woo_batch(struct woo_call *call)
{
    size_t total = 0, i;
    json_t *sent = json_object(), *asked;
    for (size_t k = 0; k < KINDS; k++)
        total += json_array_size(json_object_get(call->body, kinds[k].name));
    if (total > 100) {
        json_decref(sent);
        woo_fail(call, 413, "woocommerce_rest_request_entity_too_large",
                 "Unable to accept more than 100 items for this request.", NULL);
        return;
    }
    for (size_t k = 0; k < KINDS; k++) {
        json_t *list = json_array();
        json_array_foreach(json_object_get(call->body, kinds[k].name), i, asked)
            json_array_append_new(list, answer_one(call, k, asked));
        if (json_array_size(list))
            json_object_set(sent, kinds[k].name, list);
        json_decref(list);
    }
    woo_send(call, 200, sent);
}
