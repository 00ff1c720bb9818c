/*
 * hostile_shop.c - what the shop answers: any text where a number belongs, bills, refusals, failures, hangs; and when
 * the lies are over the truth of a shop that nobody else uses, or nothing.
 */
#include "tests/simulation/hostile.h"

#include <stdio.h>
#include <string.h>

static const char *const nonsense[] = { "-1",
                                        "0",
                                        "1",
                                        "0.5",
                                        "1e9",
                                        "NaN",
                                        "inf",
                                        "",
                                        "many",
                                        "999999999",
                                        "1000000000",
                                        "99999999999999999999",
                                        "0.0000001",
                                        "0.00002",
                                        "12",
                                        "3600",
                                        "86400",
                                        "2678400",
                                        "2678400000",
                                        "4294967296",
                                        "-9223372036854775808",
                                        "1970-01-01T00:00:00Z",
                                        "9999-12-31T23:59:59Z",
                                        "Thu, 01 Jan 1970 00:00:00 GMT",
                                        "Fri, 31 Dec 9999 23:59:59 GMT",
                                        "<html>" };

static bool lies(struct hostile *world)
{
    return world->now_us < world->lies_until_us && !chance(world, world->honest);
}

static struct span say(struct hostile_call *call, int64_t number)
{
    return span_of(arena_printf(&call->arena, "%" PRId64, number));
}

static struct span truth(struct hostile_call *call, const struct cw_signal *row, const struct limit *limit)
{
    const struct cw_limit *of = limit->row;
    uint32_t size = of->kind == CW_BUCKET && of->burst ? of->burst : of->amount;
    bool in_ms = row->fmt != NULL;

    switch (row->tell) {
    case CW_LEFT:
    case CW_SIZE:
        return say(call, size);
    case CW_RATE_S:
        return span_of(arena_printf(&call->arena, "%.6f", (double)of->amount * 1000 / of->per_ms));
    case CW_PER:
        return in_ms ? say(call, of->per_ms)
                     : span_of(arena_printf(&call->arena, "%u.%03u", of->per_ms / 1000, of->per_ms % 1000));
    case CW_RESET_IN:
        return say(call, in_ms ? of->per_ms : (of->per_ms + 999) / 1000);
    default:
        return span_of("");
    }
}

/* Of each limit what its signals tell. */
static void tell(struct hostile *world, struct hostile_call *call, bool is_lie)
{
    struct limit_word *told = arena_zalloc(&call->arena, (world->n_signals + 1) * sizeof(*told));
    size_t n = 0;

    for (size_t i = 0; i < world->n_signals; i++) {
        const struct limit_signal *row = &world->platform->told[i];

        if (!row->limit || chance(world, 20) || (!is_lie && row->row->tell == CW_RESET_AT))
            continue;
        told[n].row = i;
        told[n].text = is_lie ? span_of(ONE_OF(world, nonsense)) : truth(call, row->row, row->limit);
        n++;
    }
    call->x.out.told = told;
    call->x.out.n_told = n;
}

static void bill(struct hostile *world, struct hostile_call *call, bool is_lie)
{
    struct limit_word *bills = arena_zalloc(&call->arena, (world->n_limits + 1) * sizeof(*bills));
    size_t n = 0;

    for (size_t i = 0; i < world->n_limits; i++) {
        if (!world->platform->limits[i].row->bill || chance(world, 20))
            continue;
        bills[n].row = i;
        bills[n++].text = is_lie ? span_of(ONE_OF(world, nonsense)) : SPAN("1");
    }
    call->x.out.bills = bills;
    call->x.out.n_bills = n;
}

/* 200, 429, 5xx or no answer. */
static void draw_end(struct hostile *world, struct hostile_call *call, bool is_lie)
{
    static const int statuses[] = { 200, 200, 200, 429, 429, 429, 500, 502, 503, 403, 430, 520 };
    static const enum wire ends[] = { WIRE_TIMEOUT, WIRE_RESET, WIRE_REFUSED, WIRE_TLS, WIRE_STALE, WIRE_CANCELLED };
    struct attempt *attempt = &call->x.attempt;
    struct view_out *out = &call->x.out;

    attempt->wire = is_lie && chance(world, 20) ? ONE_OF(world, ends) : WIRE_OK;
    attempt->sent = attempt->wire != WIRE_REFUSED && attempt->wire != WIRE_TLS && chance(world, 90);
    attempt->status = attempt->wire == WIRE_OK ? is_lie ? ONE_OF(world, statuses) : 200 : 0;
    call->x.read_err = attempt->wire == WIRE_OK && is_lie && chance(world, 10) ? ERR_STORE_UNREADABLE : OK;
    out->verdict = attempt->status == 429 || attempt->status == 503 ? CW_SLOW_DOWN : CW_OK;
    if (is_lie && attempt->status >= 429 && chance(world, 70))
        out->wait = span_of(ONE_OF(world, nonsense));
}

static void settle(struct hostile *world, struct hostile_call *call)
{
    struct ticket *ticket = &call->x.ticket;

    exchange_settle(&call->x);
    exchange_tell_breaker(&call->x, exchange_shop_failed(&call->x.attempt));
    call->state = ticket->state == TICKET_KEPT ? CALL_KEPT : CALL_ENDED;
    if (call->state == CALL_KEPT)
        hostile_add(world, between(world, 0, 5000), chance(world, 50) ? WHAT_SUBMIT : WHAT_CANCEL, call);
}

void hostile_answer(struct hostile *world, struct hostile_call *call)
{
    struct attempt *attempt = &call->x.attempt;
    bool is_lie = lies(world);
    int64_t now_ms = hostile_now_ms(world);

    call->x.out = (struct view_out){ 0 };
    *attempt = (struct attempt){ .sent_ms = call->x.ticket.granted_ms, .total_ms = 30000, .end_ms = now_ms };
    draw_end(world, call, is_lie);
    if (attempt->wire == WIRE_OK)
        attempt->first_byte_ms = between(world, attempt->sent_ms, now_ms);
    if (is_lie || (world->tells_after && world->now_us >= world->lies_until_us))
        tell(world, call, is_lie);
    bill(world, call, is_lie);
    settle(world, call);
}
