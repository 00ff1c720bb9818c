/*
 * order_write.c - what a body says of an order, into its document.
 *
 * An article that is not there is no error: the line is empty and costs nothing (recorded).  A line that names
 * no article at all is 400 (recorded).  Lines with an id are changed, those without are added, a quantity of 0
 * takes a line away.
 */
#include "tests/shopsim/woo/woo.h"

#include <string.h>

static void set_texts(json_t *document, const json_t *body)
{
    static const char *const names[] = { "currency", "customer_note", "payment_method", "payment_method_title",
                                         "transaction_id" };
    static const char *const addresses[] = { "billing", "shipping" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_is_string(json_object_get(body, names[i])))
            woo_set(document, names[i], json_string(woo_text(body, names[i])));
    for (size_t i = 0; i < 2; i++)
        json_object_update_existing(json_object_get(document, addresses[i]), json_object_get(body, addresses[i]));
}

static bool check_email(struct woo_call *call)
{
    const json_t *billing = json_object_get(call->body, "billing");
    const char *email = woo_text(billing, "email");
    if (!*email || strchr(email, '@') || call->is_batch)
        return true;
    woo_fail(call, 400, "rest_invalid_param", "Invalid parameter(s): billing",
             json_pack("{s:i, s:{s:s}, s:{s:{s:s, s:s, s:n}}}", "status", 400, "params", "billing",
                       "Invalid email address.", "details", "billing", "code", "rest_invalid_email", "message",
                       "Invalid email address.", "data"));
    return false;
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static size_t index_of(const json_t *lines, int64_t id)
{
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line) if (id && woo_int(line, "id", 0) == id) return i;
    return NO_ROW;
}

/* A new line, or NULL when the refusal has been made. */
static json_t *make_line(struct woo_call *call, const json_t *document, const json_t *asked)
{
    struct woo *woo = call->woo;
    int64_t id = woo_int(asked, "variation_id", 0), quantity = woo_int(asked, "quantity", 1);
    const char *sku = woo_text(asked, "sku");
    id = id ? id : woo_int(asked, "product_id", 0);
    if (!id && !*sku) {
        woo_fail(call, 400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.", NULL);
        return NULL;
    }
    size_t row = id ? woo_find_item(woo, id) : woo_find_sku(woo, sku, NO_ROW);
    json_t *line;
    if (row == NO_ROW) {
        line = woo_skeleton(WOO_LINE);
        woo_set(line, "quantity", json_integer(quantity));
        woo_line_sums(line, &(struct woo_line){ 0, 0, woo_tax_bp(document) });
    } else {
        line = woo_line_of(woo, row, quantity, woo_tax_bp(document), 0);
    }
    woo_set(line, "id", json_integer(woo->next_line_id++));
    return line;
}

static bool write_items(struct woo_call *call, json_t *document)
{
    json_t *lines = json_object_get(document, "line_items"), *asked;
    size_t i;
    json_array_foreach(json_object_get(call->body, "line_items"), i, asked)
    {
        size_t at = index_of(lines, woo_int(asked, "id", 0));
        if (at == NO_ROW) {
            json_t *line = make_line(call, document, asked);
            if (!line)
                return false;
            json_array_append_new(lines, line);
        } else if (woo_int(asked, "quantity", 1) == 0) {
            json_array_remove(lines, at);
        } else {
            json_t *line = json_array_get(lines, at);
            woo_set(line, "quantity", json_integer(woo_int(asked, "quantity", woo_int(line, "quantity", 1))));
        }
    }
    return true;
}

/* Shipping and fees: a name and a total each. */
static void write_others(struct woo_call *call, json_t *document, const char *name, enum woo_skeleton which)
{
    static const char *const members[] = { "method_id", "method_title", "name", "tax_class" };
    json_t *asked;
    size_t i;
    json_array_foreach(json_object_get(call->body, name), i, asked)
    {
        json_t *line = woo_skeleton(which);
        int64_t total_e8 = woo_e8(asked, "total");
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++)
            if (json_object_get(line, members[k]) && json_object_get(asked, members[k]))
                woo_set(line, members[k], json_string(woo_text(asked, members[k])));
        if (which == WOO_FEE)
            woo_set(line, "amount", json_string(woo_text(asked, "total")));
        woo_line_sums(line, &(struct woo_line){ 0, total_e8, woo_tax_bp(document) });
        woo_set(line, "id", json_integer(call->woo->next_line_id++));
        json_array_append_new(json_object_get(document, name), line);
    }
}

/* One coupon is known: save10, ten per cent. */
static bool write_coupons(struct woo_call *call, json_t *document)
{
    json_t *asked, *line;
    size_t i, k;
    json_array_foreach(json_object_get(call->body, "coupon_lines"), i, asked)
    {
        const char *code = woo_text(asked, "code");
        if (strcasecmp(code, "save10") != 0) {
            struct text message = { 0 };
            text_printf(&message, "Coupon \"%s\" does not exist!", code);
            woo_fail(call, 400, "woocommerce_rest_invalid_coupon", message.p, NULL);
            text_release(&message);
            return false;
        }
        json_array_foreach(json_object_get(document, "line_items"), k, line)
        {
            int64_t subtotal_e8 = woo_e8(line, "subtotal");
            woo_line_sums(line,
                          &(struct woo_line){ subtotal_e8, woo_round(subtotal_e8 / 10 * 9), woo_tax_bp(document) });
        }
        json_t *coupon = woo_skeleton(WOO_COUPON);
        woo_order_sum(document);
        woo_set(coupon, "id", json_integer(call->woo->next_line_id++));
        woo_set(coupon, "code", json_string("save10"));
        woo_set(coupon, "discount", json_incref(json_object_get(document, "discount_total")));
        woo_set(coupon, "discount_tax", json_incref(json_object_get(document, "discount_tax")));
        json_array_append_new(json_object_get(document, "coupon_lines"), coupon);
    }
    return true;
}

bool woo_order_apply(struct woo_call *call, json_t *document)
{
    if (!check_email(call))
        return false;
    set_texts(document, call->body);
    if (!write_items(call, document))
        return false;
    write_others(call, document, "shipping_lines", WOO_SHIPPING);
    write_others(call, document, "fee_lines", WOO_FEE);
    if (!write_coupons(call, document))
        return false;
    if (json_object_get(call->body, "meta_data"))
        woo_merge_meta(call->woo, document, json_object_get(call->body, "meta_data"));
    woo_order_sum(document);
    return true;
}
