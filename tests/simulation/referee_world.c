/* referee_world.c - what happens in a world: the events, the shop, the client. */
#include "tests/simulation/referee_world.h"

#include "tests/simulation/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

uint64_t world_draw(struct world *world)
{
    return dice_draw(&world->state);
}

int64_t world_between(struct world *world, int64_t low, int64_t high)
{
    return dice_between(&world->state, low, high);
}

bool world_chance(struct world *world, int percent)
{
    return dice_chance(&world->state, percent);
}

void world_event(struct world *world, int64_t at_us, enum happening what, struct sim_call *call)
{
    agenda_add(&world->agenda, (struct event){ .at_us = at_us, .what = what, .of = call });
}

/* ---- the shop ---------------------------------------------------------------------------------------- */

static int64_t shop_us(const struct world *world, int64_t us)
{
    return us + us * world->ppm / 1000000;
}

static struct referee *call_referee(struct world *world, const struct sim_call *call, size_t i)
{
    return &world->limits[i].referees[call->key[i]];
}

/* What the first limit looks like now. */
static void shop_tell(struct world *world, struct sim_call *call, int64_t now_us)
{
    struct referee *referee = call_referee(world, call, 0);
    const struct referee_policy *policy = &referee->policy;

    call->news = GAUGE_NO_NEWS;
    if (policy->kind == REFEREE_BUCKET) {
        call->news.left = (int64_t)referee->level;
        call->news.size = policy->burst;
        call->news.rate_micro = policy->amount * 1000000 / (policy->period_us / 1000000);
        return;
    }
    call->news.left = referee_room(referee, now_us);
    call->news.size = policy->amount;
    if (policy->kind == REFEREE_SLIDING)
        return;
    call->news.reset_late_ms = (referee->last_us + policy->period_us - now_us) / 1000; /* from now on */
}

/* Had the strangers not come of whom no answer told that was heard when it was sent, there would be room for it. */
static bool is_excused(const struct world *world, const struct sim_call *call, struct referee *referee, int64_t now_us)
{
    int64_t unseen = 0;

    for (size_t i = 0; i < world->n_strangers; i++)
        unseen += world->strangers[i].at_us > call->knows_us ? world->strangers[i].cost : 0;
    if (unseen && referee->policy.kind == REFEREE_FIRST && referee->last_us > shop_us(world, call->knows_us))
        return true; /* and it may be one of them who has begun the window */
    return unseen && referee_room(referee, now_us) + unseen >= call->cost[0];
}

/* Asked for `cost`, which must be there, and takes what it costs in truth. */
static void shop_arrive_told(struct world *world, struct sim_call *call)
{
    int64_t now_us = shop_us(world, world->now_us);
    struct referee *referee = call_referee(world, call, 0);

    world->arrived++;
    call->arrived_us = world->now_us;
    if (referee_would(referee, now_us, call->cost[0])) {
        referee_arrive(referee, now_us, call->actual);
        call->served = true;
    } else if (is_excused(world, call, referee, now_us)) {
        world->excused++;
    } else {
        world->refused++;
    }
    shop_tell(world, call, now_us);
}

static void shop_asked(struct world *world, struct sim_call *call)
{
    int64_t now_us = shop_us(world, world->now_us);

    call->arrived_us = world->now_us;
    referee_arrive(call_referee(world, call, 0), now_us, 0); /* a window that is over is none */
    shop_tell(world, call, now_us);
}

static void stranger_arrive(struct world *world)
{
    struct referee *referee = &world->limits[0].referees[0];
    int64_t now_us = shop_us(world, world->now_us), cost = world_between(world, 1, referee->policy.amount / 4 + 1);

    if (referee_arrive(referee, now_us, cost))
        world->strangers[world->n_strangers++] = (struct stranger){ world->now_us, cost };
}

static void shop_arrive(struct world *world, struct sim_call *call)
{
    int64_t now_us = shop_us(world, world->now_us);

    world->arrived++;
    world->last_arrival_us = world->now_us;
    for (size_t i = 0; i < world->n_limits; i++) {
        if (!referee_would(call_referee(world, call, i), now_us, call->cost[i])) {
            world->refused++;
            return;
        }
    }
    for (size_t i = 0; i < world->n_limits; i++)
        referee_arrive(call_referee(world, call, i), now_us, call->cost[i]);
    call->served = true;
}

static void shop_leave(struct world *world, struct sim_call *call)
{
    for (size_t i = 0; call->served && i < world->n_limits; i++)
        referee_leave(call_referee(world, call, i), call->cost[i]);
}

/* ---- the client -------------------------------------------------------------------------------------- */

static int64_t now_ms(const struct world *world)
{
    return world->now_us / 1000;
}

static void send_now(struct world *world, struct sim_call *call)
{
    int64_t arrive_us = world->now_us + call->up_us, end_us;

    call->knows_us = world->heard_us;
    call->spent = governor_spent(world->governor, LANE, &world->limits[0].rule, LANE, now_ms(world));
    world_event(world, arrive_us, ARRIVE, call);
    if (call->hangs) { /* we give up after 2 s, the shop half a second later */
        world_event(world, world->now_us + 2000000, TIMEOUT, call);
        world_event(world, world->now_us + 2490000, LEAVE, call);
        return;
    }
    call->first_byte_us = arrive_us + call->work_us + call->down_us;
    end_us = call->first_byte_us + call->body_us;
    world_event(world, call->first_byte_us, FIRST_BYTE, call);
    world_event(world, end_us - call->down_us, LEAVE, call);
    world_event(world, end_us, END, call);
}

/* Its grant is given back, and it comes again. */
static void give_back(struct world *world, struct sim_call *call)
{
    governor_refunded(world->governor, &call->ticket, now_ms(world));
    call->is_unsent = false;
    world_event(world, world->now_us + call->work_us, SUBMIT, call);
}

static void on_granted(struct ticket *ticket)
{
    struct sim_call *call = (struct sim_call *)(void *)((char *)ticket - offsetof(struct sim_call, ticket));

    if (!call->is_unsent)
        send_now(call->world, call);
    else if (call->body_us % 2)
        give_back(call->world, call);
    else
        world_event(call->world, call->world->now_us + call->up_us + 10 * call->body_us, UNSENT, call);
}

static void on_refused(struct ticket *ticket)
{
    struct sim_call *call = (struct sim_call *)(void *)((char *)ticket - offsetof(struct sim_call, ticket));

    call->world->turned_away++;
}

static void client_ask(struct world *world)
{
    struct sim_call *call = world->asker;

    if (!call || call->ticket.state != TICKET_IDLE || world->now_us < world->asked_us + world->ask_us)
        return;
    world->asked_us = world->now_us;
    call->ticket =
        (struct ticket){ .klass = CLASS_BULK, .deadline_ms = INT64_MAX, .granted = on_granted, .refused = on_refused };
    governor_submit(world->governor, LANE, &call->ticket, now_ms(world));
}

/* As core/exchange/limits_caps.c does. */
static void client_cap(struct world *world, struct sim_call *call)
{
    struct ticket *ticket = &call->ticket;

    for (size_t i = 0; klass_cap(ticket->klass) < 100 && i < world->n_limits; i++) {
        snprintf(call->class_key[i], sizeof call->class_key[i], "%s/%s", call->key_text[i], klass_name(ticket->klass));
        call->demands[ticket->n_demands++] =
            governor_part(world->governor, LANE, &call->demands[i],
                          &(struct part_spec){ PART_CLASS, klass_cap(ticket->klass), span_of(call->class_key[i]) },
                          &call->parts[i], now_ms(world));
    }
    for (size_t i = 0; ticket->app == 1 && i < world->n_limits; i++) {
        snprintf(call->app_key[i], sizeof call->app_key[i], "%s/app_1", call->key_text[i]);
        call->demands[ticket->n_demands++] =
            governor_part(world->governor, LANE, &call->demands[i],
                          &(struct part_spec){ PART_APP, world->percent, span_of(call->app_key[i]) },
                          &call->parts[LIMITS + i], now_ms(world));
    }
}

static void client_submit(struct world *world, struct sim_call *call)
{
    client_ask(world);
    for (size_t i = 0; i < world->n_limits; i++) {
        snprintf(call->key_text[i], sizeof call->key_text[i], world->limits[i].keys > 1 ? "store_1/k%d" : "store_1",
                 call->key[i]);
        call->demands[i] = (struct demand){ .rule = &world->limits[i].rule,
                                            .key = span_of(call->key_text[i]),
                                            .cost = (uint32_t)call->cost[i] };
    }
    call->ticket =
        (struct ticket){ .klass = world->one_party ? CLASS_BULK : (enum klass)(world_draw(world) % CLASS_COUNT),
                         .app = world->one_party ? 1 : world_draw(world) % 3,
                         .deadline_ms = INT64_MAX,
                         .demands = call->demands,
                         .n_demands = (uint32_t)world->n_limits,
                         .granted = on_granted,
                         .refused = on_refused };
    if (world->percent)
        client_cap(world, call);
    governor_submit(world->governor, LANE, &call->ticket, now_ms(world));
}

/* Hears what was told, as core/exchange/limits_told.c does. */
static void client_told(struct world *world, struct sim_call *call)
{
    struct gauge_news news = call->news;
    struct feedback feedback = { .throttled = !call->served, .retry_after_ms = -1 };
    int64_t ms = news.reset_late_ms;

    if (ms != INT64_MIN) {
        news.reset_early_ms = call->ticket.granted_ms + ms - ms / 2000 - 1;
        news.reset_late_ms = call->first_byte_us / 1000 + 1 + ms + ms / 1999 + 1 + 1;
    }
    call->demands[0].is_billed = true;
    call->demands[0].bill = call->served ? (uint32_t)call->actual : 0;
    governor_answered(world->governor, &call->ticket, call->first_byte_us / 1000, NULL, now_ms(world));
    governor_tell(world->governor, LANE, &world->limits[0].rule, LANE, call->ticket.number, &news, now_ms(world));
    governor_feedback(world->governor, &call->ticket, &feedback, now_ms(world));
    if (world->heard_us < call->arrived_us)
        world->heard_us = call->arrived_us;
}

/* The same of a level that was asked for. */
static void client_heard(struct world *world, struct sim_call *call)
{
    struct gauge_news news = call->news;
    int64_t ms = news.reset_late_ms;
    uint64_t spent = governor_spent(world->governor, LANE, &world->limits[0].rule, LANE, now_ms(world));

    news.unseen = spent - call->spent;
    news.reset_early_ms = now_ms(world) + ms - world->slowest_us / 1000 - 2;
    news.reset_late_ms = now_ms(world) + ms + 2;
    governor_answered(world->governor, &call->ticket, call->first_byte_us / 1000, NULL, now_ms(world));
    governor_tell(world->governor, LANE, &world->limits[0].rule, LANE, call->ticket.number, &news, now_ms(world));
    world->heard_us = call->arrived_us;
}

static void client_answered(struct world *world, struct sim_call *call)
{
    if (call->asks) {
        client_heard(world, call);
        return;
    }
    if (world->tells) {
        client_told(world, call);
        return;
    }
    governor_answered(world->governor, &call->ticket, call->first_byte_us / 1000, NULL, now_ms(world));
}

static void client_end(struct world *world, struct sim_call *call)
{
    if (world->told_late)
        client_answered(world, call);
    governor_settled(world->governor, &call->ticket, call->hangs, now_ms(world));
    if (call->asks)
        return;
    if ((world->tells || world->asker) && !call->served) { /* again */
        world_event(world, world->now_us, SUBMIT, call);
        return;
    }
    world->ended++;
}

static void happen(struct world *world, const struct event *event)
{
    struct sim_call *call = event->of;

    world->now_us = event->at_us;
    switch (event->what) {
    case SUBMIT:
        client_submit(world, call);
        break;
    case RUN:
        if (world->run_us == event->at_us)
            world->run_us = INT64_MAX;
        break;
    case ARRIVE:
        if (call->asks)
            shop_asked(world, call);
        else if (world->tells || world->asker)
            shop_arrive_told(world, call);
        else
            shop_arrive(world, call);
        break;
    case UNSENT:
        give_back(world, call);
        break;
    case STRANGER:
        stranger_arrive(world);
        break;
    case LEAVE:
        shop_leave(world, call);
        break;
    case FIRST_BYTE:
        if (!world->told_late)
            client_answered(world, call);
        break;
    case TIMEOUT:
        governor_settled(world->governor, &call->ticket, true, now_ms(world));
        world->ended++;
        break;
    case END:
        client_end(world, call);
        break;
    }
}

/* A loop turn: the governor runs after whatever happened, and when it asked for; a little late. */
static void turn(struct world *world)
{
    int64_t next_ms, at_us;

    while (governor_next(world->governor) <= now_ms(world))
        governor_run(world->governor, now_ms(world));
    next_ms = governor_next(world->governor);
    if (next_ms == INT64_MAX)
        return;
    at_us = next_ms * 1000 + world_between(world, 0, 999);
    if (at_us < world->run_us) {
        world->run_us = at_us;
        world_event(world, at_us, RUN, NULL);
    }
}

void world_run(struct world *world)
{
    while (world->agenda.n) {
        struct event event = agenda_take(&world->agenda);

        happen(world, &event);
        turn(world);
    }
}
