/*
 * limits_caps.c - caps: of each limit on its way a request takes a part only, if its class or its app is capped.
 *
 * The part is a limit of its own (core/governor/cap.h), and a demand under it stands beside the demand under the whole.
 * A part without numbers of its own is as its rule has it.
 *
 *   a sync (bulk, 40 of 100) of app_x (25 of 100), two limits under the key "store_1"
 *
 *     points                     open                       the platform's: the first n_own
 *     points (40 % of it)        open (40 % of it)          all syncs together
 *     points (an app's part)     open (an app's part)       under "store_1/app_x", what it does besides, too
 */
#include "core/limits.h"

_Static_assert(TICKET_DEMANDS >= 3 * TICKET_LIMITS, "there is room for a class's part and an app's of each limit");

static uint32_t app_cap(const struct exchange *x)
{
    const struct cap_source *caps = &x->services->caps;
    return caps->of && x->app_id ? caps->of(caps->self, x->app_id) : 100;
}

static struct span app_key(const struct exchange *x, const struct demand *whole)
{
    return span_of(arena_printf(x->arena, "%.*s/%s", SPAN_ARG(whole->key), x->app_id));
}

static void add_parts(struct exchange *x, uint32_t percent, bool is_app)
{
    struct governor *governor = x->services->governor;
    for (uint32_t i = 0; i < x->n_own; i++) {
        const struct demand *whole = &x->demands[i];
        struct limit_rule *numbers = arena_alloc(x->arena, sizeof(*numbers));
        struct span key = is_app ? app_key(x, whole) : (struct span){ NULL, 0 };
        x->demands[x->ticket.n_demands++] =
            governor_part(governor, limits_lane(x), whole, percent, key, numbers, x->services->now_ms);
    }
}

void limits_cap(struct exchange *x)
{
    uint32_t klass = klass_cap(x->klass), app = app_cap(x);
    x->ticket.n_demands = x->n_own;
    if (klass < 100)
        add_parts(x, klass, false);
    if (app < 100)
        add_parts(x, app, true);
}

uint32_t limits_app_room(const struct exchange *x, uint32_t room)
{
    uint64_t part = (uint64_t)room * app_cap(x) / 100;
    return part > 0 ? (uint32_t)part : 1;
}

static void renew(void *arg, struct ticket *ticket)
{
    (void)arg;
    limits_cap((struct exchange *)((char *)ticket - offsetof(struct exchange, ticket)));
}

void limits_caps_changed(struct services *services)
{
    governor_renew(services->governor, (struct span){ NULL, 0 }, renew, NULL, services->now_ms);
}
