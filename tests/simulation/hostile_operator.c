/*
 * hostile_operator.c - what an operator says of limits and caps, nonsense among it, as the admin API takes it
 * (api/admin/overrides.c); and what is asked of a limit, as GET /v1/limits does, which must change nothing.
 */
#include "tests/simulation/hostile.h"

#include "core/exchange/limits.h"
#include "core/store/limits_numbers.h"

#include <string.h>

static json_t *draw_words(struct hostile *world)
{
    static const char *const names[] = { "amount", "per_ms", "burst", "linger_ms", "share" };
    static const char *const modes[] = { "hold", "observe", "off", "on" };
    static const int64_t numbers[] = { -1,   0,     1,     2,        5,          20,         40,        100,
                                       1000, 60000, 86400, 86400000, 2678400000, 1000000000, 4294967296 };
    json_t *body = json_object();

    for (int64_t n = between(world, 0, 3); n > 0; n--)
        json_object_set_new(body, ONE_OF(world, names), json_integer(ONE_OF(world, numbers)));
    if (chance(world, 40))
        json_object_set_new(body, "mode", json_string(ONE_OF(world, modes)));
    return body;
}

/* false: it is refused, in words. */
static bool is_taken(struct hostile *world, struct store_override *change)
{
    struct fault fault = { 0 };
    json_t *body = draw_words(world);
    enum err err = override_read(body, "", &fault, &change->override);
    struct override both = override_over(&change->limit->override, &change->override);

    json_decref(body);
    if (!err)
        err = override_check(change->limit, &both, "", &fault);
    if (!err)
        err = limits_check_override(world->store, change->limit, &both, &fault);
    if (err && !fault.text[0])
        hostile_wrong(world, "an override is refused without a word");
    return err == OK;
}

static void override(struct hostile *world)
{
    struct store_override change = { .store = "s1",
                                     .source = SOURCE_STORE,
                                     .set_ms = 1,
                                     .limit =
                                         &world->platform->limits[between(world, 0, (int64_t)world->n_limits - 1)] };

    change.is_removed = chance(world, 30);
    if (change.limit->is_shared || (!change.is_removed && !is_taken(world, &change)))
        return;
    world->overridden++;
    store_override_set(world->stores, &change);
    if (world->is_alive)
        limits_changed(&world->services, world->store);
}

void hostile_say(struct hostile *world)
{
    if (chance(world, 70)) {
        override(world);
        return;
    }
    world->app_percent[between(world, 0, HOSTILE_APPS - 1)] = chance(world, 50) ? 100 : (uint32_t)between(world, 1, 99);
    if (world->is_alive)
        limits_caps_changed(&world->services);
}

/* Numbers of a second for each limit for which there can be any: from then on the old ones are none's. */
void hostile_pin(struct hostile *world)
{
    for (size_t i = 0; i < world->n_limits; i++) {
        const struct limit *limit = &world->platform->limits[i];
        struct store_override change = { .store = "s1", .source = SOURCE_STORE, .set_ms = 1, .limit = limit };
        struct fault fault = { 0 };

        change.override.amount = limit->own.burst > limit->own.amount ? limit->own.burst : limit->own.amount;
        change.override.per_ms = limit->own.kind == LIMIT_OPEN ? 0 : 1000;
        if (!limit->is_shared && override_check(limit, &change.override, "", &fault) == OK)
            store_override_set(world->stores, &change);
    }
    limits_changed(&world->services, world->store);
}

/* ---- asked ------------------------------------------------------------------------------------------------- */

static void see_nothing(void *arg, struct span lane, const struct gauge_view *gauge)
{
    (void)arg;
    (void)lane;
    (void)gauge;
}

static const struct demand *whole_of(const struct exchange *x, const struct demand *part)
{
    for (uint32_t i = 0; i < x->n_own; i++)
        if (x->demands[i].rule == part->part_of)
            return &x->demands[i];
    return NULL;
}

/* What one more such call would meet. */
static void ask_for(struct hostile *world, const struct hostile_call *like)
{
    struct exchange *x = mem_zalloc(sizeof(*x));
    struct governor *governor = world->services.governor;
    struct arena arena;

    arena_init(&arena);
    *x = (struct exchange){ .services = like->x.services, .store = like->x.store, .endpoint = like->x.endpoint };
    x->args = like->x.args;
    x->app_id = like->x.app_id;
    x->klass = like->x.klass;
    x->arena = &arena;
    if (exchange_demands(x) == OK)
        for (uint32_t i = 0; i < x->ticket.n_demands; i++)
            governor_outlook(governor, x->lane, &x->demands[i], whole_of(x, &x->demands[i]), x->demands[i].cost,
                             hostile_now_ms(world));
    arena_release(&arena);
    free(x);
}

void hostile_ask(struct hostile *world)
{
    struct governor *governor = world->services.governor;
    struct lane_view *view = mem_zalloc(sizeof(*view));

    if (world->n_calls)
        ask_for(world, &world->calls[dice_between(&world->curious, 0, (int64_t)world->n_calls - 1)]);
    governor_lane(governor, SPAN("s1"), hostile_now_ms(world), view);
    governor_each_gauge(governor, hostile_now_ms(world), see_nothing, NULL);
    free(view);
}
