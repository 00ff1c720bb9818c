/*
 * call.c - what WooCommerce's answers are made of: errors, links, times, money, meta data.
 *
 * Times come in pairs, the shop's own (Europe/Berlin here) and GMT, both without a zone:
 * 2026-11-22T04:35:17Z is "date_created":"2026-11-22T05:35:17","date_created_gmt":"2026-11-22T04:35:17".
 * Money is text with two decimals, rounded half up, whatever the currency: that is how the shop is set.
 */
#include "tests/shopsim/woo/woo.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- outcomes -------------------------------------------------------------------------------------- */

void woo_fail(struct woo_call *call, int status, const char *code, const char *message, json_t *data)
{
    if (call->has_failed) {
        json_decref(data);
        return;
    }
    json_decref(call->sent);
    call->has_failed = true;
    call->status = status;
    call->sent = json_pack("{s:s, s:s, s:o}", "code", code, "message", message, "data",
                           data ? data : json_pack("{s:i}", "status", status));
}

void woo_fail_id(struct woo_call *call, const char *kind)
{
    char code[64];
    bool is_write = strcmp(call->method, "PUT") == 0 || strcmp(call->method, "POST") == 0;
    snprintf(code, sizeof code, "woocommerce_rest_%s_invalid_id", kind);
    woo_fail(call, is_write ? 400 : 404, code, "Invalid ID.", NULL);
}

/* Copies what "a,b.c" names from one object to another. */
static json_t *chosen(const json_t *document, const char *fields)
{
    json_t *made = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)document, key, value)
    {
        size_t n = strlen(key);
        if (word_in(fields, key, n)) {
            json_object_set(made, key, value);
            continue;
        }
        struct text inner = { 0 };
        for (const char *p = fields; *p;) {
            size_t len = strcspn(p, ",");
            if (len > n && strncmp(p, key, n) == 0 && p[n] == '.')
                text_printf(&inner, "%s%.*s", inner.n ? "," : "", (int)(len - n - 1), p + n + 1);
            p += len + (p[len] == ',');
        }
        if (inner.n && json_is_object(value))
            json_object_set_new(made, key, chosen(value, inner.p));
        text_release(&inner);
    }
    return made;
}

static json_t *projected(json_t *document, const char *fields)
{
    if (!fields || !*fields)
        return document;
    json_t *made;
    if (json_is_array(document)) {
        made = json_array();
        size_t i;
        json_t *one;
        json_array_foreach(document, i, one) json_array_append_new(made, chosen(one, fields));
    } else {
        made = chosen(document, fields);
    }
    json_decref(document);
    return made;
}

void woo_send(struct woo_call *call, int status, json_t *document)
{
    json_decref(call->sent);
    call->status = status;
    call->sent = call->is_batch ? document : projected(document, query_value(&call->query, "_fields"));
}

/* ---- links ----------------------------------------------------------------------------------------- */

json_t *woo_link(const struct woo_call *call, const char *path)
{
    return json_pack("[{s:s+++}]", "href", call->base, "/wp-json/wc/v3", path, "");
}

json_t *woo_links(const struct woo_call *call, const char *path, const char *collection, const char *allow)
{
    json_t *self = woo_link(call, path), *words = json_array();
    while (*allow) {
        size_t n = strcspn(allow, ",");
        json_array_append_new(words, json_stringn(allow, n));
        allow += n + (allow[n] == ',');
    }
    json_object_set_new(json_array_get(self, 0), "targetHints", json_pack("{s:o}", "allow", words));
    return json_pack("{s:o, s:o}", "self", self, "collection", woo_link(call, collection));
}

/* ---- times ----------------------------------------------------------------------------------------- */

/* 01:00 UTC on the last Sunday of the month. */
static int64_t last_sunday_ms(int year, int month)
{
    struct tm tm = { .tm_year = year, .tm_mon = month, .tm_mday = 31, .tm_hour = 1 };
    time_t at = timegm(&tm);
    gmtime_r(&at, &tm);
    return ((int64_t)at - tm.tm_wday * 86400) * 1000;
}

int64_t woo_offset_ms(int64_t unix_ms)
{
    time_t at = (time_t)(unix_ms / 1000);
    struct tm tm;
    gmtime_r(&at, &tm);
    bool is_summer = unix_ms >= last_sunday_ms(tm.tm_year, 2) && unix_ms < last_sunday_ms(tm.tm_year, 9);
    return is_summer ? 7200000 : 3600000;
}

json_t *woo_time(int64_t unix_ms, bool is_local)
{
    if (!unix_ms)
        return json_null();
    struct text text = { 0 };
    text_time(&text, is_local ? unix_ms + woo_offset_ms(unix_ms) : unix_ms);
    json_t *made = json_stringn(text.p, 19);
    text_release(&text);
    return made;
}

void woo_set_times(json_t *document, const char *name, int64_t unix_ms)
{
    char gmt[48];
    snprintf(gmt, sizeof gmt, "%s_gmt", name);
    json_object_set_new(document, name, woo_time(unix_ms, true));
    json_object_set_new(document, gmt, woo_time(unix_ms, false));
}

/* ---- money ----------------------------------------------------------------------------------------- */

int64_t woo_round(int64_t amount_e8)
{
    int64_t cent = E8 / 100, half = amount_e8 < 0 ? -cent / 2 : cent / 2;
    return (amount_e8 + half) / cent * cent;
}

json_t *woo_money(int64_t amount_e8)
{
    char text[48];
    int64_t cents = woo_round(amount_e8) / (E8 / 100);
    int64_t size = cents < 0 ? -cents : cents;
    snprintf(text, sizeof text, "%s%" PRId64 ".%02d", cents < 0 ? "-" : "", size / 100, (int)(size % 100));
    return json_string(text);
}

json_t *woo_number(int64_t amount_e8)
{
    if (amount_e8 % E8 == 0)
        return json_integer(amount_e8 / E8);
    return json_real((double)amount_e8 / (double)E8);
}

bool woo_amount(const char *text, int64_t *amount_e8)
{
    char plain[40];
    snprintf(plain, sizeof plain, "%s", text);
    char *comma = strchr(plain, ',');
    if (comma)
        *comma = '.';
    char *end = NULL;
    double value = strtod(plain, &end);
    if (end == plain || *end || !isfinite(value) || fabs(value) > 9e9)
        return false;
    *amount_e8 = (int64_t)llround(value * (double)E8);
    return true;
}

/* ---- members --------------------------------------------------------------------------------------- */

const char *woo_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

int64_t woo_int(const json_t *object, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_number(value))
        return (int64_t)json_number_value(value);
    if (json_is_boolean(value))
        return json_is_true(value);
    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10) : value ? 0 : otherwise;
}

bool woo_is_true(const json_t *value)
{
    const char *text = json_string_value(value);
    if (text)
        return strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || strcmp(text, "yes") == 0;
    return json_is_true(value) || (json_is_number(value) && json_number_value(value) != 0);
}

static size_t meta_find(const json_t *list, const json_t *wanted)
{
    size_t i;
    json_t *one;
    int64_t id = woo_int(wanted, "id", 0);
    json_array_foreach(list, i, one) if (id ? woo_int(one, "id", 0) == id
                                            : strcmp(woo_text(one, "key"), woo_text(wanted, "key")) == 0) return i;
    return NO_ROW;
}

void woo_merge_meta(struct woo *woo, json_t *document, const json_t *meta)
{
    json_t *list = json_object_get(document, "meta_data"), *one;
    size_t i;
    json_array_foreach(meta, i, one)
    {
        json_t *value = json_object_get(one, "value");
        size_t at = meta_find(list, one);
        if (at != NO_ROW && (!value || json_is_null(value)))
            json_array_remove(list, at);
        else if (at != NO_ROW)
            json_object_set(json_array_get(list, at), "value", value);
        else if (value && !json_is_null(value))
            json_array_append_new(list, json_pack("{s:I, s:s, s:O}", "id", (json_int_t)woo->next_meta_id++, "key",
                                                  woo_text(one, "key"), "value", value));
    }
}
