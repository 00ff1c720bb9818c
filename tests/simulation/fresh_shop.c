/* fresh_shop.c - what the model shops do with a request that reaches them, and what becomes of it on its way. */
#include "tests/simulation/fresh_shop.h"

#include "core/base/arena.h"
#include "tests/simulation/dice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 512, BODY_MAX = 1 << 16, MOST = 20000 };

static int roll(struct shop *shop, int sides)
{
    return (int)dice_between(shop->random, 0, sides - 1);
}

const char *fresh_site(int tenant)
{
    return tenant < 2 ? "http://127.0.0.1:1" : "http://127.0.0.1:2";
}

int64_t fresh_number(int tenant, int level, uint32_t serial)
{
    return (tenant + 1) * INT64_C(1000000000) + level * INT64_C(10000000) + serial * INT64_C(1000);
}

void shop_init(struct shop *shop, bool native, uint64_t *random, void (*broken)(void *, const char *, const char *),
               void *self)
{
    *shop = (struct shop){ .native = native, .random = random, .broken = broken, .self = self };
    shop->fault_percent = roll(shop, 4) * 4;
    shop->said = mem_zalloc(MOST * sizeof(*shop->said));
    shop->done = mem_zalloc(MOST * sizeof(*shop->done));
    shop->ended = mem_zalloc(MOST * sizeof(*shop->ended));
    shop->renamed = mem_zalloc(MOST * sizeof(*shop->renamed));
    shop->once = mem_zalloc(MOST * sizeof(*shop->once));
    for (int t = 0; t < TENANTS; t++) {
        for (int i = 0; i < LEVELS; i++)
            shop->level[t][i] = fresh_number(t, i, 0);
        for (int i = 0; i < ITEMS; i++)
            shop->item[t][i] = i;
    }
}

void shop_release(struct shop *shop)
{
    for (size_t i = 0; i < shop->n_once; i++) {
        free(shop->once[i].body);
        free(shop->once[i].asked);
    }
    free(shop->once);
    free(shop->said);
    free(shop->done);
    free(shop->ended);
    free(shop->renamed);
}

void shop_move(struct shop *shop, int tenant)
{
    shop->place[tenant][roll(shop, PLACES)]++;
}

void shop_rename(struct shop *shop, int tenant, int64_t now_ms)
{
    int item = roll(shop, ITEMS);
    if (shop->n_renamed == MOST)
        return;
    shop->item[tenant][item] += 10;
    shop->renamed[shop->n_renamed++] = (struct renamed){ tenant, item, now_ms };
}

void shop_fall(struct shop *shop, int tenant, int64_t now_ms)
{
    shop->down_ms[tenant] = now_ms + 1000 + roll(shop, 10000);
}

/* ---- what is asked ------------------------------------------------------------------------------------------------ */

/* The value of a query's parameter, decoded; false: it is not there. */
static bool parameter(const char *url, const char *name, char out[TEXT])
{
    char start[40];
    const char *at = strchr(url, '?');
    size_t n = 0;
    snprintf(start, sizeof(start), "%s=", name);
    for (; at && strncmp(at + 1, start, strlen(start)) != 0;)
        at = strchr(at + 1, '&');
    if (!at)
        return false;
    for (at += 1 + strlen(start); *at && *at != '&' && n < TEXT - 1; at++) {
        char hex[3] = { *at, *at ? at[1] : 0, 0 };
        if (*at == '%') {
            hex[0] = at[1];
            hex[1] = at[2];
            out[n++] = (char)strtol(hex, NULL, 16);
            at += 2;
        } else {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
    return true;
}

/* "17" of what begins so. */
static int number_in(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

/* Is the name among those of a list with commas?  Where there is no list: yes. */
static bool lists(bool has, const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; has && at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
    }
    return !has;
}

/* The index of a level; below 0: no item has this id. */
static int level_at(const struct shop *shop, const struct wire_turn *turn, int id, int place)
{
    int item = id % 10;
    return item < ITEMS && shop->item[turn->tenant][item] == id ? item * PLACES + place : -1;
}

static const char *path_of(const struct wire_turn *turn)
{
    return turn->attempt->url + strlen(fresh_site(turn->tenant));
}

/* ---- records ------------------------------------------------------------------------------------------------------ */

static void note(struct shop *shop, struct wire_turn *turn, enum kind kind, int index, int64_t value)
{
    if (shop->n_said == MOST)
        return;
    shop->said[shop->n_said++] = (struct said){ .tenant = turn->tenant,
                                                .key = turn->key,
                                                .kind = kind,
                                                .index = index,
                                                .value = value,
                                                .sent_ms = turn->attempt->sent_ms,
                                                .arrived_ms = -1 };
    turn->said_to = shop->n_said;
}

static void put_texts(struct wire_turn *turn, char letter, int index, int64_t value)
{
    static const char *const names[] = { "title", "handle", "text" };
    char fields[TEXT] = "";
    bool has = parameter(turn->attempt->url, "fields", fields);
    buf_printf(&turn->body, "{\"id\":\"%c%d\"", letter, index);
    for (int i = 0; i < 3; i++) {
        if (lists(has, fields, names[i]))
            buf_printf(&turn->body, ",\"%s\":\"%s:T%d:%c%d:%lld:k%d\"", names[i], names[i], turn->tenant, letter, index,
                       (long long)value, turn->key);
    }
    buf_char(&turn->body, '}');
}

static void put_product(struct shop *shop, struct wire_turn *turn, int index)
{
    put_texts(turn, 'p', index, shop->product[turn->tenant][index]);
    note(shop, turn, A_PRODUCT, index, shop->product[turn->tenant][index]);
}

static void put_place(struct shop *shop, struct wire_turn *turn, int index)
{
    put_texts(turn, 'g', index, shop->place[turn->tenant][index]);
    note(shop, turn, A_PLACE, index, shop->place[turn->tenant][index]);
}

static void put_level(struct shop *shop, struct wire_turn *turn, int index)
{
    int64_t n = shop->level[turn->tenant][index];
    buf_printf(&turn->body, "{\"id\":\"T%d.%d\",\"item\":\"i%d\",\"place\":\"g%d\",\"sku\":\"S%d\",\"n\":%lld}",
               turn->tenant, index, shop->item[turn->tenant][index / PLACES], index % PLACES, index / PLACES,
               (long long)n);
    note(shop, turn, A_LEVEL, index, n);
}

/* ---- reads ---------------------------------------------------------------------------------------------------------- */

static void list_products(struct shop *shop, struct wire_turn *turn)
{
    char ids[TEXT] = "", id[8];
    bool has = parameter(turn->attempt->url, "ids", ids);
    int n = 0;
    buf_lit(&turn->body, "{\"products\":[");
    for (int i = PRODUCTS - 1; i >= 0; i--) { /* in an order of its own */
        snprintf(id, sizeof(id), "p%d", i);
        if (i == HIDDEN || !lists(has, ids, id))
            continue;
        buf_span(&turn->body, n++ ? SPAN(",") : SPAN(""));
        put_product(shop, turn, i);
    }
    buf_printf(&turn->body, "],\"count\":%d}", n);
}

static void list_levels(struct shop *shop, struct wire_turn *turn)
{
    char sku[TEXT] = "", item[TEXT] = "";
    bool has_sku = parameter(turn->attempt->url, "sku", sku), has_item = parameter(turn->attempt->url, "item", item);
    int n = 0;
    buf_lit(&turn->body, "{\"levels\":[");
    for (int i = 0; i < LEVELS; i++) {
        if ((has_sku && number_in(sku + 1) != i / PLACES) ||
            (has_item && number_in(item + 1) != shop->item[turn->tenant][i / PLACES]))
            continue;
        buf_span(&turn->body, n++ ? SPAN(",") : SPAN(""));
        put_level(shop, turn, i);
    }
    buf_printf(&turn->body, "],\"count\":%d}", n);
}

static void list_places(struct shop *shop, struct wire_turn *turn)
{
    buf_lit(&turn->body, "{\"places\":[");
    for (int i = 0; i < PLACES; i++) {
        buf_span(&turn->body, i ? SPAN(",") : SPAN(""));
        put_place(shop, turn, i);
    }
    buf_printf(&turn->body, "],\"count\":%d}", PLACES);
}

/* One record under a name of its own. */
static void give(struct shop *shop, struct wire_turn *turn, const char *name,
                 void (*put)(struct shop *, struct wire_turn *, int), int index, int of)
{
    if (index < 0 || index >= of) {
        turn->status = 404;
        buf_lit(&turn->body, "{\"message\":\"none\"}");
        return;
    }
    buf_printf(&turn->body, "{\"%s\":", name);
    put(shop, turn, index);
    buf_char(&turn->body, '}');
}

static void serve_read(struct shop *shop, struct wire_turn *turn)
{
    const char *path = path_of(turn);
    char sku[TEXT] = "";
    int a = 0, b = 0;
    char c = 0;
    if (sscanf(path, "/products/p%d", &a) == 1)
        give(shop, turn, "product", put_product, a, PRODUCTS);
    else if (strncmp(path, "/products", 9) == 0)
        list_products(shop, turn);
    else if (sscanf(path, "/levels/i%d/g%d", &a, &b) == 2)
        give(shop, turn, "level", put_level, level_at(shop, turn, a, b), LEVELS);
    else if (strncmp(path, "/levels", 7) == 0)
        list_levels(shop, turn);
    else if (sscanf(path, "/places/g%d", &a) == 1)
        give(shop, turn, "place", put_place, a, PLACES);
    else if (strncmp(path, "/places", 7) == 0)
        list_places(shop, turn);
    else if (sscanf(path, "/variants/v%d%c", &a, &c) == 2)
        buf_printf(&turn->body, "{\"item\":{\"id\":\"i%d\"}}", shop->item[turn->tenant][a]);
    else if (parameter(turn->attempt->url, "sku", sku))
        buf_printf(&turn->body, "{\"items\":[{\"id\":\"i%d\"}]}", shop->item[turn->tenant][number_in(sku + 1)]);
    else
        shop->broken(shop->self, "the shop does not know the request", turn->attempt->url);
}

/* ---- writes --------------------------------------------------------------------------------------------------------- */

static void did(struct shop *shop, const struct wire_turn *turn, struct done done, int64_t now_ms)
{
    done.tenant = turn->tenant;
    done.key = turn->key;
    done.at_ms = now_ms;
    if (shop->n_done < MOST)
        shop->done[shop->n_done++] = done;
}

static uint32_t serial_of(const json_t *row, int64_t n)
{
    const char *ref = json_string_value(json_object_get(row, "ref"));
    return ref ? (uint32_t)strtoul(ref + 1, NULL, 10) : (uint32_t)(n % 10000000 / 1000);
}

/* What the shop answers to one change of a level; it is done if that is 200, and not only asked about. */
static int change(struct shop *shop, struct wire_turn *turn, const char *how, int index, const json_t *row, bool tries,
                  int64_t now_ms)
{
    if (index < 0)
        return 404;
    int64_t n = json_integer_value(json_object_get(row, "n")), *level = &shop->level[turn->tenant][index];
    int64_t after = strcmp(how, "adjust") == 0 ? *level + n : n;
    if (after < 0)
        return 422;
    if (strcmp(how, "compare") == 0 && json_integer_value(json_object_get(row, "was")) != *level)
        return 412;
    if (tries)
        return 200;
    did(shop, turn,
        (struct done){ .kind = A_LEVEL, .index = index, .serial = serial_of(row, n), .before = *level, .after = after },
        now_ms);
    *level = after;
    return 200;
}

static int index_of(const struct shop *shop, const struct wire_turn *turn, const json_t *row)
{
    const char *item = json_string_value(json_object_get(row, "item"));
    const char *place = json_string_value(json_object_get(row, "place"));
    return item && place ? level_at(shop, turn, number_in(item + 1), number_in(place + 1)) : -1;
}

/* All or nothing, or what can be done: both kinds of shops are there. */
static void change_many(struct shop *shop, struct wire_turn *turn, const char *how, const json_t *rows, int64_t now_ms)
{
    bool whole = roll(shop, 2) == 0, any = false;
    size_t i, n = 0;
    json_t *row;
    json_array_foreach(rows, i, row) any |=
        change(shop, turn, how, index_of(shop, turn, row), row, true, now_ms) != 200;
    buf_lit(&turn->body, "{\"errors\":[");
    json_array_foreach(rows, i, row)
    {
        int status = change(shop, turn, how, index_of(shop, turn, row), row, whole && any, now_ms);
        if (status != 200)
            buf_printf(&turn->body, "%s{\"at\":\"%zu\"}", n++ ? "," : "", i);
    }
    buf_lit(&turn->body, "]}");
    turn->status = whole && any ? 422 : 200;
}

static void change_level(struct shop *shop, struct wire_turn *turn, const json_t *body, int64_t now_ms)
{
    char how[16] = "";
    int item = 0, place = 0;
    if (sscanf(path_of(turn), "/levels/i%d/g%d/%15[a-z]", &item, &place, how) != 3) {
        sscanf(path_of(turn), "/levels/%15[a-z]", how);
        change_many(shop, turn, how, json_object_get(body, "rows"), now_ms);
        return;
    }
    int index = level_at(shop, turn, item, place);
    turn->status = change(shop, turn, how, index, body, false, now_ms);
    if (turn->status == 200)
        give(shop, turn, "level", put_level, index, LEVELS);
    else
        buf_lit(&turn->body, "{\"message\":\"no\"}");
}

static void change_product(struct shop *shop, struct wire_turn *turn, const json_t *body, int64_t now_ms)
{
    const char *title = json_string_value(json_object_get(body, "title"));
    int index = number_in(path_of(turn) + strlen("/products/p"));
    int64_t *version = &shop->product[turn->tenant][index], serial = title ? strtoll(title + 1, NULL, 10) : 0;
    did(shop, turn,
        (struct done){
            .kind = A_PRODUCT, .index = index, .serial = (uint32_t)serial, .before = *version, .after = serial },
        now_ms);
    *version = serial;
    give(shop, turn, "product", put_product, index, PRODUCTS);
}

/* What was done under this key before is answered again, and not done again. */
static bool was_done(struct shop *shop, struct wire_turn *turn, const char *key)
{
    for (size_t i = 0; key && i < shop->n_once; i++) {
        if (strcmp(shop->once[i].key, key) != 0)
            continue;
        if (!span_is(turn->attempt->body, shop->once[i].asked))
            shop->broken(shop->self, "one key came with two writes", shop->once[i].asked);
        turn->status = shop->once[i].status;
        buf_span(&turn->body, span_of(shop->once[i].body));
        return true;
    }
    return false;
}

static void remember(struct shop *shop, const struct wire_turn *turn, const char *key)
{
    if (!key || shop->n_once == MOST)
        return;
    struct once *once = &shop->once[shop->n_once++];
    snprintf(once->key, sizeof(once->key), "%s", key);
    once->status = turn->status;
    once->body = mem_dup(buf_peek(&turn->body));
    once->asked = mem_dup(turn->attempt->body);
}

static void serve_write(struct shop *shop, struct wire_turn *turn, int64_t now_ms)
{
    json_t *body = json_loadb(turn->attempt->body.p, turn->attempt->body.n, 0, NULL);
    const char *key = json_string_value(json_object_get(body, "key"));
    if (!was_done(shop, turn, key)) {
        if (strncmp(path_of(turn), "/levels", 7) == 0)
            change_level(shop, turn, body, now_ms);
        else
            change_product(shop, turn, body, now_ms);
        remember(shop, turn, key);
    }
    json_decref(body);
}

/* ---- on its way ------------------------------------------------------------------------------------------------------ */

static const struct {
    enum wire wire;
    int status; /* 0: the shop's own */
    bool serves;
} ends[MISHAPS] = {
    [GOOD] = { WIRE_OK, 0, true },
    [THROTTLE] = { WIRE_OK, 429, false },
    [BROKEN_BEFORE] = { WIRE_OK, 500, false },
    [BROKEN_AFTER] = { WIRE_OK, 500, true },
    [HANG_BEFORE] = { WIRE_TIMEOUT, 0, false },
    [HANG_AFTER] = { WIRE_TIMEOUT, 0, true },
    [RESET_BEFORE] = { WIRE_RESET, 0, false },
    [RESET_AFTER] = { WIRE_RESET, 0, true },
    [HTML] = { WIRE_OK, 200, true },
    [REFUSE] = { WIRE_REFUSED, 0, false },
};

/* The key is the tenant's, and the request went to its address. */
static void look_at_key(struct shop *shop, struct wire_turn *turn)
{
    const struct attempt *a = turn->attempt;
    struct span key = header_get(a->headers, a->n_headers, "Authorization");
    struct span tenant = header_get(a->headers, a->n_headers, "X-Tenant");
    char text[64] = "";
    int whose = -1;
    snprintf(text, sizeof(text), "%.*s", SPAN_ARG(key));
    if (sscanf(text, "Bearer key%d-%d", &whose, &turn->key) != 2 || tenant.n != 1 || tenant.p[0] - '0' != whose)
        shop->broken(shop->self, "a request has not the key of its store", a->url);
    turn->tenant = whose >= 0 && whose < TENANTS ? whose : 0;
    const char *site = fresh_site(turn->tenant);
    if (strncmp(a->url, site, strlen(site)) != 0)
        shop->broken(shop->self, "a key went to another address", a->url);
}

static unsigned levels_of(const struct shop *shop, const struct wire_turn *turn)
{
    int item = 0, place = 0;
    unsigned levels = 0;
    if (!turn->writes || strncmp(path_of(turn), "/levels", 7) != 0)
        return 0;
    if (sscanf(path_of(turn), "/levels/i%d/g%d", &item, &place) == 2)
        return level_at(shop, turn, item, place) < 0 ? 0 : 1u << level_at(shop, turn, item, place);
    json_t *body = json_loadb(turn->attempt->body.p, turn->attempt->body.n, 0, NULL), *row;
    size_t i;
    json_array_foreach(json_object_get(body, "rows"), i, row) levels |=
        index_of(shop, turn, row) < 0 ? 0 : 1u << index_of(shop, turn, row);
    json_decref(body);
    return levels;
}

void shop_take(struct shop *shop, struct attempt *attempt, int64_t now_ms, struct wire_turn *out)
{
    *out = (struct wire_turn){ .attempt = attempt, .status = 200 };
    attempt->sent_ms = now_ms;
    out->writes = strcmp(attempt->method, "GET") != 0;
    out->mishap = roll(shop, 100) < shop->fault_percent ? (enum mishap)(1 + roll(shop, MISHAPS - 1)) : GOOD;
    look_at_key(shop, out);
    if (now_ms < shop->down_ms[out->tenant])
        out->mishap = roll(shop, 2) ? RESET_BEFORE : BROKEN_BEFORE;
    out->levels = levels_of(shop, out);
    buf_init(&out->body, BODY_MAX);
    int slow = roll(shop, 12) == 0 ? 2000 : 150;
    out->serve_ms = now_ms + 1 + roll(shop, slow);
    out->end_ms = out->serve_ms + roll(shop, slow);
    bool hangs = ends[out->mishap].wire == WIRE_TIMEOUT || out->end_ms > now_ms + attempt->total_ms;
    if (!hangs)
        return;
    out->end_ms = now_ms + attempt->total_ms;
    if (ends[out->mishap].wire != WIRE_TIMEOUT) /* too slow */
        out->mishap = ends[out->mishap].serves ? HANG_AFTER : HANG_BEFORE;
    if (out->serve_ms > out->end_ms) /* nobody waits any more: it is not done later */
        out->mishap = HANG_BEFORE;
}

/* ---- headers ----------------------------------------------------------------------------------------------------------- */

static void draw_terms(struct shop *shop, struct wire_turn *turn)
{
    struct terms *terms = &turn->terms;
    struct buf out;
    *terms = (struct terms){ .max_age_s = -1, .stale_s = 0, .has_etag = roll(shop, 2) == 0 };
    if (roll(shop, 2) == 0)
        return;
    terms->max_age_s = roll(shop, 2) ? roll(shop, 6) : -1;
    terms->stale_s = roll(shop, 3) ? 0 : 1 + roll(shop, 10);
    terms->no_store = roll(shop, 8) == 0;
    terms->no_cache = roll(shop, 8) == 0;
    terms->must_revalidate = roll(shop, 8) == 0;
    buf_init(&out, sizeof(turn->control) - 1);
    buf_lit(&out, "private");
    if (terms->max_age_s >= 0)
        buf_printf(&out, ", max-age=%d", terms->max_age_s);
    if (terms->stale_s > 0)
        buf_printf(&out, ", stale-if-error=%d", terms->stale_s);
    buf_printf(&out, "%s%s%s", terms->no_store ? ", no-store" : "", terms->no_cache ? ", no-cache" : "",
               terms->must_revalidate ? ", must-revalidate" : "");
    snprintf(turn->control, sizeof(turn->control), "%.*s", (int)out.n, out.p);
    buf_release(&out);
}

/* The sum of the versions in it: equal of two tenants, and of two keys. */
static void tag(struct shop *shop, struct wire_turn *turn)
{
    const struct attempt *a = turn->attempt;
    int64_t sum = 0;
    for (size_t i = turn->said_from; i < turn->said_to; i++)
        sum += shop->said[i].value % 1000000000;
    snprintf(turn->etag, sizeof(turn->etag), "\"v%lld\"", (long long)sum);
    struct span asked = header_get(a->headers, a->n_headers, "If-None-Match");
    if (turn->status == 200 && span_is(asked, turn->etag)) {
        turn->status = 304;
        if (!turn->control[0]) /* else what the answer had said of its life would go on */
            snprintf(turn->control, sizeof(turn->control), "private");
        turn->terms.has_etag = true;
        buf_clear(&turn->body);
    }
}

void shop_serve(struct shop *shop, struct wire_turn *turn, int64_t now_ms)
{
    turn->is_served = true;
    turn->said_from = turn->said_to = shop->n_said;
    if (!ends[turn->mishap].serves)
        return;
    draw_terms(shop, turn);
    if (turn->writes) {
        serve_write(shop, turn, now_ms);
        return;
    }
    serve_read(shop, turn);
    tag(shop, turn);
}

static size_t put_headers(const struct wire_turn *turn, struct header headers[4])
{
    size_t n = 0;
    if (turn->mishap == THROTTLE)
        headers[n++] = (struct header){ SPAN("Retry-After"), SPAN("1") };
    if (turn->mishap != GOOD || turn->writes)
        return n;
    if (turn->control[0])
        headers[n++] = (struct header){ SPAN("Cache-Control"), span_of(turn->control) };
    if (turn->terms.has_etag)
        headers[n++] = (struct header){ SPAN("ETag"), span_of(turn->etag) };
    return n;
}

void shop_end(struct shop *shop, struct wire_turn *turn, struct header headers[4], int64_t now_ms)
{
    struct attempt *a = turn->attempt;
    a->wire = ends[turn->mishap].wire;
    a->status = a->wire != WIRE_OK ? 0 : ends[turn->mishap].status ? ends[turn->mishap].status : turn->status;
    a->sent = turn->mishap != REFUSE;
    a->end_ms = a->first_byte_ms = now_ms;
    a->reply_headers = headers;
    a->n_reply_headers = put_headers(turn, headers);
    buf_init(&a->reply, a->max_body);
    if (turn->mishap == GOOD)
        buf_span(&a->reply, buf_peek(&turn->body));
    else if (turn->mishap == THROTTLE)
        buf_lit(&a->reply, "{\"message\":\"slowly\"}");
    else if (a->wire == WIRE_OK)
        buf_lit(&a->reply, "<html>oops</html>");
    for (size_t i = turn->said_from; i < turn->said_to && turn->mishap == GOOD; i++) {
        shop->said[i].arrived_ms = now_ms;
        shop->said[i].terms = turn->terms;
    }
    if (turn->writes && a->sent && shop->n_ended < MOST)
        shop->ended[shop->n_ended++] = (struct ended){ turn->tenant, now_ms };
    buf_release(&turn->body);
}
