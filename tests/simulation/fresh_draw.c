/* fresh_draw.c - what is asked, by chance: calls of several apps at once to few records, so that they meet. */
#include "tests/simulation/fresh_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 160 };

/* clang-format off */
const char *const fresh_apps[APPS] = {
    "{\"name\":\"a0\",\"scopes\":[\"products:read\",\"products:write\",\"inventory:read\",\"inventory:write\",\"stores:read\"],\"stores\":[\"*\"]}",
    "{\"name\":\"a1\",\"scopes\":[\"products:read\",\"products:write\",\"inventory:read\",\"inventory:write\",\"stores:read\"],\"stores\":[\"*\"]}",
    "{\"name\":\"a2\",\"scopes\":[\"products:read\",\"inventory:read\",\"stores:read\"],\"stores\":[\"s1\"]}",
    "{\"name\":\"a3\",\"scopes\":[\"products:read\",\"inventory:read\",\"inventory:write\"],\"stores\":[\"s0\"]}" };
/* clang-format on */

bool fresh_app_may(int app, int tenant, enum what what)
{
    if (app < 2)
        return true;
    if (app == 2)
        return tenant == 1 && what != WRITE_STOCK && what != WRITE_PRODUCT;
    return tenant == 0 && what != WRITE_PRODUCT;
}

/* Mostly one place: there they meet. */
static int few(struct fresh *run, int sides)
{
    return fresh_roll(run, 2) ? 0 : fresh_roll(run, sides);
}

static void draw_control(struct fresh *run, struct asked *asked)
{
    struct wish *wish = &asked->wish;
    *wish = (struct wish){ .max_age_s = -1 };
    int n = fresh_roll(run, 12);
    if (n < 6)
        return;
    wish->no_cache = n == 6;
    wish->no_store = n == 7;
    if (n >= 8 && n <= 10)
        wish->max_age_s = fresh_roll(run, 12);
    if (n >= 9)
        wish->stale_s = 1 + fresh_roll(run, 15);
    snprintf(asked->control, sizeof(asked->control), "x=1%s%s", wish->no_cache ? ", no-cache" : "",
             wish->no_store ? ", no-store" : "");
    size_t at = strlen(asked->control);
    if (wish->max_age_s >= 0)
        at += (size_t)snprintf(asked->control + at, sizeof(asked->control) - at, ", max-age=%d", wish->max_age_s);
    if (wish->stale_s > 0)
        snprintf(asked->control + at, sizeof(asked->control) - at, ", stale-if-error=%d", wish->stale_s);
}

static void draw_deadline(struct fresh *run, struct asked *asked)
{
    static const int ms[] = { 30000, 30000, 30000, 30000, 10000, 10000, 3000, 1000, 300 };
    int n = fresh_roll(run, 9);
    asked->due_ms = run->now_ms + ms[n];
    if (ms[n] < 30000)
        snprintf(asked->timeout, sizeof(asked->timeout), "%d", ms[n]);
}

static void draw_fields(struct fresh *run, struct asked *asked, char *path)
{
    static const char *const of_texts[] = {
        NULL, "id", "name", "slug,name", "description,id", "name,slug,description"
    };
    static const char *const of_levels[] = {
        NULL, "on_hand", "id,on_hand", "available,sku", "on_hand,location_id", NULL
    };
    asked->fields = (asked->kind == A_LEVEL ? of_levels : of_texts)[few(run, 6)];
    if (asked->kind == A_PLACE && asked->fields && strcmp(asked->fields, "id") != 0)
        asked->fields = "name";
    if (asked->fields)
        snprintf(path + strlen(path), PATH_BYTES - strlen(path), "%cfields=%s", strchr(path, '?') ? '&' : '?',
                 asked->fields);
}

static void draw_products(struct fresh *run, struct asked *asked, char *path)
{
    asked->kind = A_PRODUCT;
    asked->what = fresh_roll(run, 4) ? READ_ONE : READ_SOME;
    int index = few(run, PRODUCTS), other = fresh_roll(run, PRODUCTS);
    asked->wanted = 1u << index;
    if (asked->what == READ_ONE) {
        snprintf(path, PATH_BYTES, "products/p%d", index);
        return;
    }
    bool all = fresh_roll(run, 2) == 0;
    asked->wanted = (all ? (1u << PRODUCTS) - 1 : 1u << index | 1u << other) & ~(1u << HIDDEN);
    snprintf(path, PATH_BYTES, all ? "products" : "products?ids=p%d,p%d", index, other);
}

static void draw_levels(struct fresh *run, struct asked *asked, char *path)
{
    int item = few(run, ITEMS), way = fresh_roll(run, 3);
    asked->kind = A_LEVEL;
    asked->what = READ_SOME;
    asked->index = item * PLACES;
    asked->wanted = way == 0 ? (1u << LEVELS) - 1 : 3u << item * PLACES;
    snprintf(path, PATH_BYTES,
             way == 0   ? "inventory"
             : way == 1 ? "inventory?sku=S%d"
                        : "inventory?inventory_item_id=i%d",
             way == 2 ? run->shop.item[asked->tenant][item] : item);
}

static void draw_places(struct fresh *run, struct asked *asked, char *path)
{
    int index = fresh_roll(run, PLACES);
    asked->kind = A_PLACE;
    asked->what = fresh_roll(run, 2) ? READ_ONE : READ_SOME;
    asked->wanted = asked->what == READ_ONE ? 1u << index : (1u << PLACES) - 1;
    snprintf(path, PATH_BYTES, asked->what == READ_ONE ? "locations/g%d" : "locations", index);
}

static void draw_read(struct fresh *run, struct asked *asked, char *path)
{
    int n = fresh_roll(run, 10);
    (n < 5 ? draw_products : n < 8 ? draw_levels : draw_places)(run, asked, path);
    draw_fields(run, asked, path);
    draw_control(run, asked);
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...)
{
    size_t n = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, size - n, format, args);
    va_end(args);
}

/* Now by its item, now by its sku, now by one of two variants that share it. */
static void name_level(struct fresh *run, struct asked *asked)
{
    static const char *const names[] = { "inventory_item_id", "sku", "variant_id", "variant_id" };
    static const char *const letters[] = { "i", "S", "v", "v" }, *const ends[] = { "", "", "a", "b" };
    int n = fresh_roll(run, 4), item = asked->index / PLACES;
    append(asked->body, sizeof(asked->body), "{\"%s\":\"%s%d%s\",\"location_id\":\"g%d\"", names[n], letters[n],
           n == 0 ? run->shop.item[asked->tenant][item] : item, ends[n], asked->index % PLACES);
}

static void say_level(struct fresh *run, struct asked *asked)
{
    static const char *const modes[] = { "set", "delta", "compare_and_set" };
    char *body = asked->body;
    name_level(run, asked);
    append(body, sizeof(asked->body), ",\"mode\":\"%s\",\"quantity\":%lld", modes[asked->mode],
           (long long)asked->number);
    if (asked->mode == COMPARE)
        append(body, sizeof(asked->body), ",\"expected\":%lld", (long long)asked->expected);
    if (asked->mode == ADJUST || fresh_roll(run, 6) == 0)
        append(body, sizeof(asked->body), ",\"reference\":\"r%u\"", asked->serial);
    append(body, sizeof(asked->body), "}");
}

/* A number that the shop refuses, now and then; who adjusts says who it is in the reference. */
static void draw_stock(struct fresh *run, struct asked *asked, char *path)
{
    int n = fresh_roll(run, 8);
    asked->what = WRITE_STOCK;
    asked->kind = A_LEVEL;
    asked->index = few(run, LEVELS);
    asked->mode = n < 5 ? SET : n < 7 ? ADJUST : COMPARE;
    asked->number =
        asked->mode == ADJUST ? fresh_roll(run, 10) * 2 - 9 : fresh_number(asked->tenant, asked->index, asked->serial);
    if (asked->mode == SET && fresh_roll(run, 10) == 0)
        asked->number = -1;
    asked->expected = run->shop.level[asked->tenant][asked->index] + (fresh_roll(run, 4) == 0);
    snprintf(path, PATH_BYTES, "inventory");
    say_level(run, asked);
}

static void draw_rename(struct fresh *run, struct asked *asked, char *path)
{
    asked->what = WRITE_PRODUCT;
    asked->kind = A_PRODUCT;
    asked->index = few(run, PRODUCTS);
    asked->wanted = 1u << asked->index;
    snprintf(path, PATH_BYTES, "products/p%d", asked->index);
    snprintf(asked->body, sizeof(asked->body), "{\"name\":\"w%u\"}", asked->serial);
}

/* What the calls of one step have in common; -1: each its own. */
struct theme {
    int app, tenant, n; /* n of 20: reads, stock, names */
};

static struct theme draw_theme(struct fresh *run)
{
    static const int of[] = { 0, 12, 12, 18 }; /* reads or stock, mostly stock */
    struct theme theme = { -1, -1, -1 };
    if (fresh_roll(run, 3))
        theme.app = few(run, APPS);
    if (fresh_roll(run, 3))
        theme.tenant = few(run, TENANTS);
    if (fresh_roll(run, 2))
        theme.n = of[fresh_roll(run, 4)];
    return theme;
}

/* Mostly one that it may ask. */
static void draw_store(struct fresh *run, struct asked *asked, const struct theme *theme)
{
    asked->app = theme->app >= 0 ? theme->app : few(run, APPS);
    asked->tenant = theme->tenant >= 0 ? theme->tenant : few(run, TENANTS);
    if (asked->app >= 2 && fresh_roll(run, 10))
        asked->tenant = asked->app == 2;
}

/* A read that somebody asked lately; NULL: it was none, or named an id that may be none any more. */
static const struct asked *lately(struct fresh *run)
{
    uint32_t back = 2 + (uint32_t)fresh_roll(run, 24);
    const struct asked *asked = back <= run->n_asked ? run->asked[run->n_asked - back] : NULL;
    bool is_read = asked && !asked->request.admin && (asked->what == READ_ONE || asked->what == READ_SOME);
    return is_read && !strstr(asked->path, "inventory_item_id") ? asked : NULL;
}

/* By the same app. */
static void draw_again(struct fresh *run, struct asked *asked, const struct asked *before)
{
    asked->app = before->app;
    asked->tenant = before->tenant;
    asked->what = before->what;
    asked->kind = before->kind;
    asked->wanted = before->wanted;
    asked->index = before->index;
    asked->fields = before->fields;
    snprintf(asked->path, sizeof(asked->path), "%s", before->path);
    draw_control(run, asked);
    draw_deadline(run, asked);
    asked->allowed = before->allowed;
    fresh_ask(run, asked, "GET", run->app_key[asked->app]);
}

static void draw_new(struct fresh *run, struct asked *asked, const struct theme *theme)
{
    char path[PATH_BYTES] = "";
    draw_store(run, asked, theme);
    int n = theme->n >= 0 ? theme->n : fresh_roll(run, 20);
    if (n < 12)
        draw_read(run, asked, path);
    else if (n < 18)
        draw_stock(run, asked, path);
    else
        draw_rename(run, asked, path);
    if (!fresh_app_may(asked->app, asked->tenant, asked->what) && fresh_roll(run, 10))
        asked->app = 0;
    draw_deadline(run, asked);
    asked->allowed = fresh_app_may(asked->app, asked->tenant, asked->what);
    snprintf(asked->path, sizeof(asked->path), "/v1/stores/s%d/%s", asked->tenant, path);
    fresh_ask(run, asked,
              asked->what == WRITE_STOCK     ? "POST"
              : asked->what == WRITE_PRODUCT ? "PATCH"
                                             : "GET",
              run->app_key[asked->app]);
}

static void draw_call(struct fresh *run, const struct theme *theme)
{
    struct asked *asked = fresh_asked_new(run);
    const struct asked *before = asked && fresh_roll(run, 2) ? lately(run) : NULL;
    if (before && (theme->n < 0 || theme->n == 0))
        draw_again(run, asked, before);
    else if (asked)
        draw_new(run, asked, theme);
}

static void draw_key(struct fresh *run)
{
    struct asked *asked = fresh_asked_new(run);
    if (!asked)
        return;
    asked->what = OTHER;
    asked->allowed = true;
    asked->tenant = fresh_roll(run, TENANTS);
    asked->number = asked->serial; /* of the key */
    asked->due_ms = run->now_ms + 30000;
    snprintf(asked->path, sizeof(asked->path), "/admin/v1/stores/s%d/credentials", asked->tenant);
    snprintf(asked->body, sizeof(asked->body), "{\"credentials\":{\"key\":\"key%d-%u\"}}", asked->tenant,
             asked->serial);
    fresh_ask(run, asked, "PUT", run->house.admin_key);
}

void fresh_draw(struct fresh *run)
{
    int n = fresh_roll(run, 60);
    struct theme theme = draw_theme(run);
    if (n == 0)
        draw_key(run);
    else if (n < 4)
        shop_move(&run->shop, fresh_roll(run, TENANTS));
    else if (n == 5)
        shop_rename(&run->shop, few(run, TENANTS), run->now_ms);
    else if (n == 4)
        shop_fall(&run->shop, few(run, TENANTS), run->now_ms);
    else
        for (int i = fresh_roll(run, 4) ? fresh_roll(run, 3) : fresh_roll(run, 16); i >= 0; i--)
            draw_call(run, &theme);
}
