/*
 * product_write.c - what a body says of a product or a variation, into its document.
 *
 * Members that the document has not are passed over (recorded: an unknown member is 200).  Texts, numbers and
 * booleans are taken as PHP takes them: stock_quantity "abc" is 0 inside a batch, null is 0 (recorded); a
 * price "13,99" is kept as 13.99 (recorded).
 */
#include "tests/shopsim/woo/woo.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *slug_of(const char *name)
{
    struct text slug = { 0 };
    text_puts(&slug, "");
    for (const char *p = name; *p; p++) {
        if (isalnum((unsigned char)*p))
            text_char(&slug, (char)tolower((unsigned char)*p));
        else if (slug.n && slug.p[slug.n - 1] != '-')
            text_char(&slug, '-');
    }
    json_t *made = json_string(slug.p);
    text_release(&slug);
    return made;
}

static void set_price(json_t *doc, const char *name, const json_t *value)
{
    int64_t amount_e8 = 0;
    const char *text = json_string_value(value);
    if (!text || !strchr(text, ',')) {
        woo_set(doc, name, text ? json_string(text) : json_string(""));
    } else if (woo_amount(text, &amount_e8)) {
        struct text plain = { 0 };
        text_e8(&plain, amount_e8);
        woo_set(doc, name, json_string(plain.p));
        text_release(&plain);
    }
}

static bool fail_sku(struct woo_call *call, size_t taken, const char *sku)
{
    json_t *data = json_pack("{s:i, s:I, s:s++}", "status", 400, "resource_id", (json_int_t)call->woo->item[taken].id,
                             "unique_sku", sku, "-1", "");
    woo_fail(call, 400, "product_invalid_sku", "Invalid or duplicated SKU.", data);
    return false;
}

/* [{"id":16}], [{"name":"eco"}] as {"id","name","slug"}. */
static json_t *terms_of(struct woo *woo, const json_t *value)
{
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach(value, i, one)
    {
        int64_t id = woo_int(one, "id", 0);
        const char *name = woo_text(one, "name");
        if (!*name)
            name = id >= 16 && id < 16 + CATEGORIES ? category_names[id - 16] : "Uncategorized";
        json_array_append_new(list, json_pack("{s:I, s:s, s:o}", "id", (json_int_t)(id ? id : woo->next_meta_id++),
                                              "name", name, "slug", slug_of(name)));
    }
    return list;
}

/* Nothing answers at 127.0.0.1 (recorded); any other address is taken to be good. */
static json_t *image_of(struct woo_call *call, const json_t *value)
{
    const char *src = woo_text(value, "src");
    if (strncmp(src, "http://127.", 11) == 0) {
        char message[256];
        snprintf(message, sizeof message, "Error getting remote image %.120s. Error: Not Implemented", src);
        woo_fail(call, 400, "woocommerce_product_image_upload_error", message, NULL);
        return NULL;
    }
    json_t *image = json_object();
    json_object_set_new(image, "id", json_integer(woo_int(value, "id", call->woo->next_meta_id++)));
    woo_set_times(image, "date_created", call->now_ms);
    woo_set_times(image, "date_modified", call->now_ms);
    json_object_update_new(image,
                           json_pack("{s:s, s:s, s:s}", "src", src, "name", "image", "alt", woo_text(value, "alt")));
    return image;
}

static bool set_images(struct woo_call *call, json_t *doc, const json_t *value)
{
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach(value, i, one)
    {
        json_t *image = image_of(call, one);
        if (!image) {
            json_decref(list);
            return false;
        }
        json_array_append_new(list, image);
    }
    woo_set(doc, "images", list);
    return true;
}

static json_t *attributes_of(const json_t *value, bool is_variation)
{
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach(value, i, one)
    {
        int64_t id = woo_int(one, "id", 0);
        const char *name = id == 1 ? "Size" : woo_text(one, "name");
        json_t *made =
            json_pack("{s:I, s:s, s:s}", "id", (json_int_t)id, "name", name, "slug", id == 1 ? "pa_size" : name);
        const json_t *options = json_object_get(one, "options");
        if (is_variation)
            json_object_set_new(made, "option", json_string(woo_text(one, "option")));
        else
            json_object_update_new(made, json_pack("{s:I, s:b, s:b, s:o}", "position",
                                                   (json_int_t)woo_int(one, "position", 0), "visible",
                                                   woo_is_true(json_object_get(one, "visible")), "variation",
                                                   woo_is_true(json_object_get(one, "variation")), "options",
                                                   json_is_array(options) ? json_deep_copy(options) : json_array()));
        json_array_append_new(list, made);
    }
    return list;
}

/* One member; false when the refusal has been made. */
static bool set_member(struct woo_call *call, json_t *doc, const struct woo_rule *rule, json_t *value)
{
    const char *name = rule->name;
    bool is_variation = strcmp(woo_text(doc, "type"), "variation") == 0;
    if (strcmp(name, "image") == 0) {
        json_t *image = image_of(call, value);
        if (image)
            woo_set(doc, name, image);
        return image != NULL;
    }
    if (strcmp(name, "images") == 0)
        return set_images(call, doc, value);
    if (strcmp(name, "attributes") == 0)
        woo_set(doc, name, attributes_of(value, is_variation));
    else if (strcmp(name, "categories") == 0 || strcmp(name, "tags") == 0)
        woo_set(doc, name, terms_of(call->woo, value));
    else if (strcmp(name, "meta_data") == 0)
        woo_merge_meta(call->woo, doc, value);
    else if (strstr(name, "_price"))
        set_price(doc, name, value);
    else if (*rule->type == 'o')
        json_object_update_existing(json_object_get(doc, name), value);
    else if (*rule->type == 'b')
        woo_set(doc, name, json_boolean(woo_is_true(value)));
    else if (*rule->type == 'i')
        woo_set(doc, name, json_integer(woo_int(call->body, name, 0)));
    else
        woo_set(doc, name, json_is_null(value) ? json_string("") : json_deep_copy(value));
    return true;
}

static void name_it(json_t *doc)
{
    if (!*woo_text(doc, "name"))
        woo_set(doc, "name", json_string("Product"));
    if (!*woo_text(doc, "slug"))
        woo_set(doc, "slug", slug_of(woo_text(doc, "name")));
    if (strcmp(woo_text(doc, "type"), "variable") == 0)
        woo_set(doc, "has_options", json_true());
}

bool woo_item_apply(struct woo_call *call, size_t row, json_t *document)
{
    const char *sku = woo_text(call->body, "sku");
    size_t taken = woo_find_sku(call->woo, sku, row);
    if (taken != NO_ROW)
        return fail_sku(call, taken, sku);
    for (const struct woo_rule *rule = woo_item_rules; rule->name; rule++) {
        json_t *value = json_object_get(call->body, rule->name);
        if (value && json_object_get(document, rule->name) && !set_member(call, document, rule, value))
            return false;
    }
    if (json_object_get(document, "slug"))
        name_it(document);
    return true;
}
