/*
 * list.c - filters, order and pages of WooCommerce's lists.
 *
 * Page 2 of 60 rows by 10 says X-WP-Total: 60, X-WP-TotalPages: 6 and a Link with prev and next, made of the
 * query as it came and of the defaults that the shop added.  Past the last page a list is [] with 200;
 * orders say 0 in both headers then and the link back is page 0, products go on saying the truth (recorded).
 * Dates are the shop's own time unless dates_are_gmt, or unless they say their zone; after is exclusive.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- filters --------------------------------------------------------------------------------------- */

bool woo_wants(const struct woo_call *call, const char *name, const char *value)
{
    bool is_asked = false;
    for (size_t i = 0; i < call->query.n; i++) {
        const struct param *param = &call->query.param[i];
        if (strcmp(param->base, name) != 0 || *param->value == '\0')
            continue;
        is_asked = true;
        if (word_in(param->value, value, strlen(value)))
            return true;
    }
    return !is_asked;
}

bool woo_wants_id(const struct woo_call *call, const char *name, int64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, id);
    return woo_wants(call, name, text);
}

/* False if it is not asked for. */
static bool asked_time(const struct woo_call *call, const char *name, int64_t *at_ms)
{
    const char *text = query_value(&call->query, name);
    if (!text || !time_parse(text, at_ms))
        return false;
    size_t n = strlen(text);
    bool has_zone = text[n - 1] == 'Z' || (n > 6 && strchr("+-", text[n - 6]) && text[n - 3] == ':');
    const char *gmt = query_value(&call->query, "dates_are_gmt");
    bool is_gmt = gmt && (strcmp(gmt, "true") == 0 || strcmp(gmt, "1") == 0);
    if (!has_zone && !is_gmt)
        *at_ms -= woo_offset_ms(*at_ms);
    return true;
}

bool woo_in_time(const struct woo_call *call, int64_t created_ms, int64_t modified_ms)
{
    int64_t at_ms;
    /* Whole seconds, as their columns are. */
    created_ms = created_ms / 1000 * 1000;
    modified_ms = modified_ms / 1000 * 1000;
    return !(asked_time(call, "after", &at_ms) && created_ms <= at_ms) &&
           !(asked_time(call, "before", &at_ms) && created_ms >= at_ms) &&
           !(asked_time(call, "modified_after", &at_ms) && modified_ms <= at_ms) &&
           !(asked_time(call, "modified_before", &at_ms) && modified_ms >= at_ms);
}

/* ---- order and pages ------------------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_id(const void *a, const void *b)
{
    return compare(((const struct woo_found *)a)->id, ((const struct woo_found *)b)->id);
}

static int by_date(const void *a, const void *b)
{
    const struct woo_found *x = a, *y = b;
    int order = compare(x->created_ms, y->created_ms);
    return order ? order : compare(x->id, y->id);
}

static int by_modified(const void *a, const void *b)
{
    const struct woo_found *x = a, *y = b;
    int order = compare(x->modified_ms, y->modified_ms);
    return order ? order : compare(x->id, y->id);
}

static void sort(const struct woo_call *call, struct woo_found *found, size_t n)
{
    const char *orderby = query_value(&call->query, "orderby"), *order = query_value(&call->query, "order");
    int (*compare_rows)(const void *, const void *) = by_date;
    if (orderby && (strcmp(orderby, "id") == 0 || strcmp(orderby, "include") == 0))
        compare_rows = by_id;
    else if (orderby && strcmp(orderby, "modified") == 0)
        compare_rows = by_modified;
    if (n)
        qsort(found, n, sizeof *found, compare_rows);
    if (order && strcmp(order, "asc") == 0)
        return;
    for (size_t i = 0; i < n / 2; i++) {
        struct woo_found swap = found[i];
        found[i] = found[n - 1 - i];
        found[n - 1 - i] = swap;
    }
}

/* No further than any shop has rows. */
static int64_t asked_number(const struct woo_call *call, const char *name, int64_t otherwise)
{
    const char *text = query_value(&call->query, name);
    int64_t number = text ? strtoll(text, NULL, 10) : otherwise;
    return number < 0 ? 0 : number > INT32_MAX ? INT32_MAX : number;
}

/* The query as it came but for the page, then what the shop adds to it. */
static void put_link(const struct woo_call *call, const struct woo_list *list, int64_t page, const char *rel,
                     const char *defaults)
{
    struct text *out = &call->answer->headers;
    bool has_page = query_value(&call->query, "page") != NULL;
    char before = '?';
    text_printf(out, "%s<%s/wp-json/wc/v3%s", strcmp(rel, "next") == 0 && page > 2 ? ", " : "", call->base, list->path);
    for (size_t i = 0; i < call->query.n; i++) {
        const struct param *param = &call->query.param[i];
        text_printf(out, "%c%s%s=", before, param->base, param->is_array ? "%5B0%5D" : "");
        bool is_page = strcmp(param->base, "page") == 0;
        if (is_page)
            text_printf(out, "%" PRId64, page);
        else
            php_url(out, strcmp(param->value, "true") == 0 ? "1" : param->value);
        before = '&';
    }
    bool names_status = query_value(&call->query, "status") != NULL;
    const char *rest = names_status && strncmp(defaults, "status", 6) == 0 ? strchr(defaults, '&') : defaults;
    if (rest && *rest)
        text_printf(out, "%c%s", before, rest + (*rest == '&'));
    if (!has_page)
        text_printf(out, "%cpage=%" PRId64, rest && *rest ? '&' : before, page);
    text_printf(out, ">; rel=\"%s\"", rel);
}

static void put_links(const struct woo_call *call, const struct woo_list *list, int64_t page, int64_t pages)
{
    struct text *out = &call->answer->headers;
    if (page <= 1 && page >= pages)
        return;
    text_puts(out, "Link: ");
    if (page > 1)
        put_link(call, list, page > pages ? pages : page - 1, "prev",
                 page > pages && list->loses_total ? "status%5B0%5D=any" : list->defaults);
    if (page < pages)
        put_link(call, list, page + 1, "next", list->defaults);
    text_puts(out, "\r\n");
}

void woo_page_send(struct woo_call *call, const struct woo_list *list, struct woo_found *found, size_t n,
                   json_t *(*view)(const struct woo_call *call, size_t row))
{
    int64_t page = call->is_stuck ? 1 : asked_number(call, "page", 1), size = asked_number(call, "per_page", 10);
    int64_t first = asked_number(call, "offset", (page - 1) * size), total = (int64_t)n;
    int64_t pages = (total + size - 1) / size;
    json_t *sent = json_array();
    sort(call, found, n);
    for (int64_t i = first; i < first + size && i < total; i++)
        json_array_append_new(sent, view(call, found[i].row));
    free(found);
    if (first >= total && list->loses_total)
        total = pages = 0;
    text_printf(&call->answer->headers, "X-WP-Total: %" PRId64 "\r\nX-WP-TotalPages: %" PRId64 "\r\n", total, pages);
    put_links(call, list, page, pages);
    woo_send(call, 200, sent);
}
