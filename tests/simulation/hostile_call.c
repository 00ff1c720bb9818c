/*
 * hostile_call.c - one call of an app: it comes (as exchange_line_up does), is granted or refused, and may change its mind.
 */
#include "tests/simulation/hostile.h"

static struct hostile_call *call_of(struct ticket *ticket)
{
    return (struct hostile_call *)(void *)((char *)ticket - offsetof(struct exchange, ticket));
}

static void note(struct hostile *world, struct hostile_call *call, uint64_t what)
{
    call->digest = call->digest * 31 + what;
    world->changes++;
}

static void on_granted(struct ticket *ticket)
{
    struct hostile_call *call = call_of(ticket);
    struct hostile *world = call->world;

    world->dice = &call->dice;
    note(world, call, 1);
    hostile_judge_grant(world, call);
    call->state = CALL_OUT;
    call->x.is_out = true;
    if (!breaker_allows(store_breaker(world->store), hostile_now_ms(world))) {
        call->x.ticket.keep_turn = false;
        exchange_give_back(&call->x);
        call->state = CALL_ENDED;
        if (call->comes_back)
            hostile_add(world, breaker_shut_ms(store_breaker(world->store), hostile_now_ms(world)), WHAT_SUBMIT, call);
        return;
    }
    world->granted++;
    call->x.probe_ms = store_breaker(world->store)->state == BREAKER_PROBING ? hostile_now_ms(world) : BREAKER_NO_PROBE;
    call->x.outage_probe_ms = BREAKER_NO_PROBE;
    call->comes_back = false;
    call->latency_ms = chance(world, 80) ? between(world, 0, 300) : between(world, 0, 5 * MINUTE_MS);
    if (!chance(world, 5)) {
        hostile_add(world, call->latency_ms, WHAT_ANSWER, call);
        return;
    }
    exchange_unprobe(&call->x); /* nothing was sent after all */
    call->x.ticket.keep_turn = false;
    exchange_give_back(&call->x);
    call->state = CALL_ENDED;
}

static void on_refused(struct ticket *ticket)
{
    struct hostile_call *call = call_of(ticket);
    struct hostile *world = call->world;

    note(world, call, 2);
    hostile_judge_refusal(world, call);
    call->state = CALL_ENDED;
    world->refused++;
    if (call->comes_back)
        hostile_add(world, ticket->retry_after_ms, WHAT_SUBMIT, call);
}

/* As exchange_line_up. */
void hostile_submit(struct hostile *world, struct hostile_call *call)
{
    struct ticket *ticket = &call->x.ticket;
    bool keeps = ticket->keep_turn;
    int64_t now_ms = hostile_now_ms(world), shut_ms = breaker_wait_ms(store_breaker(world->store), now_ms);

    note(world, call, 3);
    call->comes++;
    if (shut_ms > 0) {
        if (call->comes_back)
            hostile_add(world, shut_ms, WHAT_SUBMIT, call);
        else if (call->state == CALL_KEPT)
            governor_cancel(world->services.governor, ticket, now_ms);
        call->state = CALL_ENDED;
        return;
    }
    if (call->state != CALL_KEPT)
        *ticket = (struct ticket){ .app = call->x.app, .keep_turn = keeps };
    ticket->klass = call->x.klass;
    ticket->weight = 1;
    ticket->deadline_ms = now_ms + call->patience_ms;
    ticket->write_key = call->x.write_key;
    ticket->granted = on_granted;
    ticket->refused = on_refused;
    ticket->keep_turn = keeps && call->state != CALL_KEPT;
    call->x.deadline_ms = ticket->deadline_ms;
    if (exchange_demands(&call->x)) {
        hostile_wrong(world, "too many limits: %s", call->x.fault.text);
        return;
    }
    call->state = CALL_WAITS;
    governor_submit(world->services.governor, call->x.lane, ticket, now_ms);
    if (!call->comes_back && chance(world, 3)) /* before the governor has run */
        hostile_cancel(world, call);
    if (!call->comes_back && chance(world, 10))
        hostile_add(world, between(world, 0, call->patience_ms), WHAT_CANCEL, call);
}

void hostile_cancel(struct hostile *world, struct hostile_call *call)
{
    if (call->state != CALL_WAITS && call->state != CALL_KEPT)
        return;
    governor_cancel(world->services.governor, &call->x.ticket, hostile_now_ms(world));
    call->state = CALL_ENDED;
    world->cancelled++;
    note(world, call, 4);
}
