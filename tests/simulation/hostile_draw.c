/*
 * hostile_draw.c - an adapter's rows, drawn from the values at which something could break; those that load refuses
 * must be refused with a sentence that names the row, and are drawn again with more sense.
 */
#include "tests/simulation/hostile.h"

#include <stdio.h>
#include <string.h>

static const struct cw_setting settings[] = { { "site", .value = "https://shop.example" }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" },
                                                { "order.get", "GET /orders/{id}" },
                                                { "_rest", "GET /rest" },
                                                { 0 } };

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const uint32_t any_amounts[] = { 0, 1, 2, 3, 40, 1000, 1000000, 1000000000, UINT32_MAX },
                      any_periods[] = { 0, 1, 2, 1000, 60000, 61000, 86400000, 2678400000u, UINT32_MAX },
                      sane_amounts[] = { 1, 2, 5, 20, 40, 100, 1000, 10000 },
                      sane_periods[] = { 1, 500, 1000, 2000, 60000, 300000, 3600000, 86400000 },
                      any_mosts[] = { 0, 0, 0, 1, 10, 1000, UINT32_MAX };
static const char *const any_keys[] = { NULL, NULL, "{store}/{sku}", "{store}/{endpoint}", "{sku}", "{nowhere}", "a{" },
                         *const sane_keys[] = { NULL, NULL, NULL, "{store}/{sku}", "{store}/{endpoint}" },
                         *const any_costs[] = { "1", "2", "{n}", "1000", "0", "-1", "x", "1+2*{n}", "1000000000" },
                         *const sane_costs[] = { "1", "1", "2", "{n}", "1+2*{n}" },
                         *const any_bills[] = { "{.bill}", "{.bill}", "0", "5", "1000000", "x" },
                         *const any_ons[] = { NULL, NULL, NULL, "order.*", "order.list", "_rest", "zzz" },
                         *const sane_ons[] = { NULL, NULL, NULL, "order.*", "order.list" },
                         *const any_starts[] = { "00:00 America/Los_Angeles", "00:00 UTC", "25:00 UTC", "now" };

static void draw_any(struct hostile *world, size_t i, struct cw_limit *row)
{
    row->kind = (enum cw_limit_kind)between(world, chance(world, 3) ? 0 : 1, 4);
    row->amount = ONE_OF(world, any_amounts);
    row->per_ms = row->kind == CW_OPEN && chance(world, 80) ? 0 : ONE_OF(world, any_periods);
    row->burst = row->kind == CW_BUCKET || chance(world, 5) ? ONE_OF(world, any_amounts) : 0;
    row->key = ONE_OF(world, any_keys);
    row->on = ONE_OF(world, any_ons);
    row->most = ONE_OF(world, any_mosts);
    row->from = chance(world, 10) ? ONE_OF(world, any_amounts) : 0;
    row->starts = chance(world, 10) ? ONE_OF(world, any_starts) : NULL;
    world->costs[i][0] = (struct cw_case){ "*", ONE_OF(world, any_costs) };
    world->bills[i][0] = (struct cw_case){ "*", ONE_OF(world, any_bills) };
    row->cost = chance(world, 50) ? world->costs[i] : NULL;
    row->bill = chance(world, 20) ? world->bills[i] : NULL;
}

static void draw_sane(struct hostile *world, size_t i, struct cw_limit *row)
{
    row->kind = (enum cw_limit_kind)between(world, 1, 4);
    row->amount = ONE_OF(world, sane_amounts);
    row->per_ms = row->kind == CW_OPEN ? 0 : ONE_OF(world, sane_periods);
    row->burst = row->kind == CW_BUCKET && chance(world, 70) ? ONE_OF(world, sane_amounts) : 0;
    row->key = ONE_OF(world, sane_keys);
    row->on = ONE_OF(world, sane_ons);
    if (row->kind == CW_WINDOW && row->per_ms == 86400000 && chance(world, 50))
        row->starts = any_starts[0];
    world->costs[i][0] = (struct cw_case){ "*", ONE_OF(world, sane_costs) };
    world->bills[i][0] = (struct cw_case){ "*", "{.bill}" };
    row->cost = chance(world, 50) ? world->costs[i] : NULL;
    row->bill = row->kind != CW_OPEN && chance(world, 30) ? world->bills[i] : NULL;
    if (!row->key && !row->cost && !row->bill && chance(world, 15))
        row->from = row->amount / 8 + 1 < row->amount ? row->amount / 8 + 1 : 0;
}

static void draw_limit(struct hostile *world, size_t i, bool any)
{
    struct cw_limit *row = &world->limits[i];

    snprintf(world->names[i], sizeof(world->names[i]), "l%d", any && chance(world, 5) ? 0 : (int)i);
    *row = (struct cw_limit){ .name = world->names[i] };
    (any ? draw_any : draw_sane)(world, i, row);
}

/* What a shop could tell of the kind; any: or not. */
static void draw_signals(struct hostile *world, const struct cw_limit *row, bool any)
{
    static const enum cw_tell of_bucket[] = { CW_LEFT, CW_SIZE, CW_RATE_S },
                              of_window[] = { CW_LEFT, CW_SIZE, CW_PER, CW_RESET_IN, CW_RESET_AT },
                              of_open[] = { CW_SIZE };

    for (int n = (int)between(world, 0, 3); n > 0 && world->n_signals < HOSTILE_SIGNALS; n--) {
        struct cw_signal *signal = &world->signals[world->n_signals++];

        *signal = (struct cw_signal){ .limit = row->name, .path = ".told" };
        signal->tell = row->kind == CW_BUCKET ? ONE_OF(world, of_bucket)
                       : row->kind == CW_OPEN ? ONE_OF(world, of_open)
                                              : ONE_OF(world, of_window);
        if (any && chance(world, 10))
            signal->tell = (enum cw_tell)between(world, 0, 7);
        signal->fmt = signal->tell != CW_RESET_AT && chance(world, 30) ? "ms" : NULL;
    }
}

static enum err load(struct hostile *world, bool any, struct fault *fault)
{
    struct cw_adapter adapter = { CW_HEAD,
                                  .name = "hostile",
                                  .title = "Hostile",
                                  .version = "1",
                                  .base_url = "{site}",
                                  .settings = settings,
                                  .limits = world->limits,
                                  .signals = world->signals,
                                  .endpoints = endpoints };

    memset(world->limits, 0, sizeof(world->limits));
    memset(world->signals, 0, sizeof(world->signals));
    world->n_signals = 0;
    world->n_limits = (size_t)between(world, 1, any ? HOSTILE_LIMITS : 3);
    for (size_t i = 0; i < world->n_limits; i++) {
        draw_limit(world, i, any);
        if (chance(world, 60))
            draw_signals(world, &world->limits[i], any);
    }
    return platform_new(&adapter, fault, &world->platform);
}

static void draw_policies(struct hostile *world)
{
    int any = chance(world, 50) ? 30 : 3; /* so many times */

    for (int i = 0;; i++) {
        struct fault fault = { 0 };

        if (load(world, i < any, &fault) == OK)
            return;
        world->n_unloaded++;
        if (!strstr(fault.text, " row ") || (!strstr(fault.text, "limits") && !strstr(fault.text, "signals")))
            hostile_wrong(world, "load refuses and names no row: %s", fault.text);
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------- */

static void draw_arguments(struct hostile *world, struct hostile_call *call)
{
    static const char *const numbers[] = { "1", "1", "3", "7", "100", "0", "-4", "many", "99999999999999" };
    json_t *args = json_pack("{s:s, s:s, s:o}", "id", "7", "n", ONE_OF(world, numbers), "sku",
                             json_sprintf("k%d", (int)between(world, 1, chance(world, 50) ? 3 : 60)));

    call->x.args = args;
    call->x.endpoint = &world->platform->endpoints[between(world, 0, 2)];
}

struct hostile_call *hostile_call(struct hostile *world)
{
    static const int64_t patience_ms[] = { 1, 50, 2000, 30000, 30000, 120000, HOUR_MS, DAY_MS };
    static const char *const apps[HOSTILE_APPS] = { "app_0", "app_1", "app_2" };
    struct hostile_call *call = &world->calls[world->n_calls];
    int app = (int)between(world, 0, HOSTILE_APPS - 1);

    if (world->n_calls == HOSTILE_CALLS)
        return NULL;
    world->n_calls++;
    call->world = world;
    call->dice = dice_draw(&world->state);
    arena_init(&call->arena);
    call->x = (struct exchange){ .services = &world->services,
                                 .store = world->store,
                                 .app_id = apps[app],
                                 .app = (uint64_t)app + 1,
                                 .klass = (enum klass)between(world, 0, CLASS_COUNT - 1),
                                 .arena = &call->arena };
    draw_arguments(world, call);
    call->patience_ms = ONE_OF(world, patience_ms);
    if (world->max_keys && call->patience_ms > HOUR_MS) /* who is parked looks for a key ten times a second */
        call->patience_ms = HOUR_MS;
    if (chance(world, 15)) {
        snprintf(call->write_key, sizeof(call->write_key), "r%d", (int)between(world, 1, 3));
        call->x.write_key = span_of(call->write_key);
        call->x.ticket.keep_turn = chance(world, 30);
    }
    return call;
}

/* ---- a world ----------------------------------------------------------------------------------------------- */

static void draw_store(struct hostile *world)
{
    struct store_change *change = NULL;
    struct fault fault = { 0 };
    json_t *given = json_object();

    world->stores = stores_new(1);
    if (stores_create(world->stores, SPAN("s1"), world->platform, given, false, 1, &fault, &change))
        hostile_wrong(world, "no store: %s", fault.text);
    world->store = store_hold(store_change_done(world->stores, change, true));
    json_decref(given);
}

static void draw_events(struct hostile *world, int64_t lies_ms)
{
    for (int64_t n = between(world, 5, HOSTILE_CALLS - 4), at_ms = 0; n > 0; n--) {
        at_ms += chance(world, 70) ? between(world, 0, 20) : between(world, 0, 2 * lies_ms / 30);
        hostile_add(world, at_ms, WHAT_SUBMIT, hostile_call(world));
    }
    for (int64_t n = chance(world, 50) ? between(world, 1, 6) : 0; n > 0; n--)
        hostile_add(world, between(world, 0, lies_ms), WHAT_OPERATOR, NULL);
    for (int64_t n = chance(world, 40) ? between(world, 1, 4) : 0; n > 0; n--)
        hostile_add(world, between(world, 0, lies_ms), WHAT_CLOCK, NULL);
    for (int64_t n = chance(world, 30) ? between(world, 1, 3) : 0; n > 0; n--)
        hostile_add(world, between(world, 0, lies_ms), WHAT_KILL, NULL);
    /* what is asked for takes a key; and a part takes at once what was told of its whole */
    for (int n = 0; n < 8 && world->asks && !world->max_keys && !world->n_signals; n++)
        hostile_add(world, dice_between(&world->curious, 0, lies_ms), WHAT_ASK, NULL);
}

void hostile_draw(struct hostile *world)
{
    static const int honest[] = { 0, 20, 50, 90 };
    static const int64_t lies_ms[] = { 5000, 60000, 600000, HOUR_MS, DAY_MS };
    int64_t lasts_ms = ONE_OF(world, lies_ms);

    draw_policies(world);
    draw_store(world);
    world->honest = ONE_OF(world, honest);
    world->tells_after = chance(world, 50);
    world->max_keys = chance(world, 30) ? TICKET_DEMANDS : 0;
    world->lies_until_us = lasts_ms * 1000;
    for (int i = 0; i < HOSTILE_APPS; i++)
        world->app_percent[i] = chance(world, 80) ? 100 : (uint32_t)between(world, 1, 99);
    draw_events(world, lasts_ms);
}
