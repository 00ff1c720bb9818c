/*
 * product.c - the calls of products and of their variations.
 *
 * A list of products has no variations in it unless a SKU is asked for, which finds them too (recorded).  A
 * trashed product is listed nowhere, still has its SKU, and is 410 when it is deleted again.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUSES "any,future,trash,draft,pending,private,publish"
#define ORDERBYS "date,id,include,title,slug,price,popularity,rating,menu_order,modified"

/* ---- lists ----------------------------------------------------------------------------------------- */

static bool has_status(const struct woo_call *call, const struct woo_item *item)
{
    const char *asked = query_value(&call->query, "status");
    if (!asked || strcmp(asked, "any") == 0)
        return strcmp(item->status, "trash") != 0;
    return strcmp(asked, item->status) == 0;
}

static bool is_found(const struct woo_call *call, size_t row)
{
    const struct woo_item *item = &call->woo->item[row];
    const char *search = query_value(&call->query, "search"), *type = query_value(&call->query, "type");
    if (item->is_gone || !has_status(call, item) || !woo_in_time(call, item->created_ms, item->modified_ms) ||
        !woo_wants_id(call, "include", item->id) || !woo_wants(call, "sku", item->sku))
        return false;
    if (!search && !type)
        return true;
    json_t *doc = woo_item_doc(call->woo, row);
    bool is_good =
        (!search || strcasestr(woo_text(doc, "name"), search)) && (!type || strcmp(woo_text(doc, "type"), type) == 0);
    json_decref(doc);
    return is_good;
}

static void list_items(struct woo_call *call, const struct woo_list *list, size_t parent, bool has_all,
                       json_t *(*view)(const struct woo_call *call, size_t row))
{
    const struct woo *woo = call->woo;
    struct woo_found *found = sim_alloc(woo->items + 1, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < woo->items; i++) {
        const struct woo_item *item = &woo->item[i];
        if ((has_all || item->parent == parent) && is_found(call, i))
            found[n++] = (struct woo_found){ i, item->id, item->created_ms, item->modified_ms };
    }
    woo_page_send(call, list, found, n, view);
}

void woo_products_list(struct woo_call *call)
{
    static const struct woo_list list = { "/products", "status=any&context=view", false };
    if (woo_check_list(call, STATUSES, ORDERBYS))
        list_items(call, &list, NO_ROW, query_value(&call->query, "sku") != NULL, woo_product_view);
}

/* The product of the route, or NO_ROW when the refusal has been made. */
static size_t asked_product(struct woo_call *call)
{
    size_t row = woo_find_item(call->woo, call->param[0]);
    if (row == NO_ROW)
        woo_fail_id(call, "product");
    return row;
}

static size_t asked_variation(struct woo_call *call)
{
    size_t parent = woo_find_item(call->woo, call->param[0]), row = woo_find_item(call->woo, call->param[1]);
    if (row != NO_ROW && parent != NO_ROW && call->woo->item[row].parent == parent)
        return row;
    woo_fail_id(call, "product_variation");
    return NO_ROW;
}

void woo_variations_list(struct woo_call *call)
{
    char path[64];
    snprintf(path, sizeof path, "/products/%" PRId64 "/variations", call->param[0]);
    const struct woo_list list = { path, "status=any&context=view", false };
    size_t parent = woo_find_item(call->woo, call->param[0]);
    if (parent == NO_ROW)
        woo_fail(call, 404, "woocommerce_rest_product_invalid_id", "Invalid ID.", NULL);
    else if (woo_check_list(call, STATUSES, ORDERBYS))
        list_items(call, &list, parent, false, woo_variation_view);
}

/* ---- one ------------------------------------------------------------------------------------------- */

void woo_product_get(struct woo_call *call)
{
    size_t row = asked_product(call);
    if (row != NO_ROW)
        woo_send(call, 200, woo_product_view(call, row));
}

void woo_variation_get(struct woo_call *call)
{
    size_t row = asked_variation(call);
    if (row != NO_ROW)
        woo_send(call, 200, woo_variation_view(call, row));
}

static json_t *view_of(const struct woo_call *call, size_t row)
{
    return call->woo->item[row].parent == NO_ROW ? woo_product_view(call, row) : woo_variation_view(call, row);
}

/* On a copy, so that a body half refused leaves nothing behind. */
static void write_item(struct woo_call *call, size_t row, int status)
{
    struct woo *woo = call->woo;
    json_t *doc = json_deep_copy(woo_item_edit(woo, row));
    if (!woo_item_apply(call, row, doc)) {
        json_decref(doc);
        return;
    }
    json_decref(woo->item[row].doc);
    woo->item[row].doc = doc;
    woo_item_sync(woo, row, call->now_ms);
    call->answer->applied++;
    woo_send(call, status, view_of(call, row));
}

static void create_item(struct woo_call *call, size_t parent)
{
    struct woo *woo = call->woo;
    if (!woo_check_body(call, woo_item_rules))
        return;
    size_t row = woo_item_add(woo, parent, call->now_ms);
    write_item(call, row, 201);
    if (call->has_failed) {
        woo->item[row].is_gone = true;
        return;
    }
    text_printf(&call->answer->headers, "Location: %s/wp-json/wc/v3%s/%" PRId64 "\r\n", call->base, call->route,
                woo->item[row].id);
}

void woo_product_create(struct woo_call *call)
{
    create_item(call, NO_ROW);
}

void woo_variation_create(struct woo_call *call)
{
    size_t parent = woo_find_item(call->woo, call->param[0]);
    if (parent == NO_ROW)
        woo_fail(call, 404, "woocommerce_rest_product_variation_invalid_parent", "Parent is not set.", NULL);
    else
        create_item(call, parent);
}

void woo_product_update(struct woo_call *call)
{
    size_t row = woo_find_item(call->woo, call->param[0]);
    if (!woo_check_body(call, woo_item_rules))
        return;
    if (row != NO_ROW && call->woo->item[row].parent != NO_ROW)
        woo_fail(call, 404, "woocommerce_rest_invalid_product_id",
                 "To manipulate product variations you should use the /products/&lt;product_id&gt;/variations/"
                 "&lt;id&gt; endpoint.",
                 NULL);
    else if (asked_product(call) != NO_ROW)
        write_item(call, row, 200);
}

void woo_variation_update(struct woo_call *call)
{
    size_t row;
    if (woo_check_body(call, woo_item_rules) && (row = asked_variation(call)) != NO_ROW)
        write_item(call, row, 200);
}

/* ---- the end --------------------------------------------------------------------------------------- */

static void delete_row(struct woo_call *call, size_t row)
{
    struct woo *woo = call->woo;
    const char *force = query_value(&call->query, "force");
    bool is_forced = call->is_batch || (force && (strcmp(force, "true") == 0 || strcmp(force, "1") == 0));
    bool is_trashed = strcmp(woo->item[row].status, "trash") == 0;
    if (!is_forced && is_trashed) {
        woo_fail(call, 410, "woocommerce_rest_already_trashed", "The product has already been deleted.", NULL);
        return;
    }
    if (!is_forced)
        woo_set(woo_item_edit(woo, row), "status", json_string("trash"));
    json_t *view = view_of(call, row);
    if (!is_forced)
        woo_item_sync(woo, row, call->now_ms);
    for (size_t i = 0; is_forced && i < woo->items; i++)
        woo->item[i].is_gone |= i == row || woo->item[i].parent == row;
    call->answer->applied++;
    woo_send(call, 200, view);
}

void woo_product_delete(struct woo_call *call)
{
    size_t row = asked_product(call);
    if (row != NO_ROW)
        delete_row(call, row);
}

void woo_variation_delete(struct woo_call *call)
{
    size_t row = asked_variation(call);
    if (row != NO_ROW)
        delete_row(call, row);
}
