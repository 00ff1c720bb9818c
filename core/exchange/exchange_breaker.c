/*
 * exchange_breaker.c - an exchange and its store's breaker (core/gauge/breaker.h): what an attempt tells it, and the
 * refusal while the shop is left alone.
 */
#include "core/exchange/exchange_inside.h"

#include "core/http/shut_out.h"
#include "core/log/log.h"

/* ---- before an attempt ------------------------------------------------------------------------------------- */

/* The shop has failed too often and is left alone: nothing is sent, and it is said until when. */
static void refuse(struct exchange *x)
{
    if (x->reuse && reuse_when_down(x))
        return;
    x->upstream.retry_after_ms = breaker_shut_ms(store_breaker(x->store), x->services->now_ms);
    if (store_breaker(x->store)->is_shut_out)
        fault_set(&x->fault, ERR_BREAKER_OPEN,
                  "not sent to the shop: it, or a firewall before it, shuts us out, and is left alone for a while");
    else
        fault_set(&x->fault, ERR_BREAKER_OPEN, "not sent to the shop: it failed %d times and is left alone for a while",
                  BREAKER_FAILURES);
    exchange_finish(x, ERR_BREAKER_OPEN);
}

bool exchange_is_shut(struct exchange *x)
{
    if (!exchange_asks_shop(x) || breaker_wait_ms(store_breaker(x->store), x->services->now_ms) == 0)
        return false;
    refuse(x);
    return true;
}

bool exchange_is_shut_at_grant(struct exchange *x)
{
    struct breaker *breaker = store_breaker(x->store);
    bool may_go = !exchange_asks_shop(x) || breaker_allows(breaker, x->services->now_ms);
    x->probe_ms =
        may_go && exchange_asks_shop(x) && breaker->state == BREAKER_PROBING ? x->services->now_ms : BREAKER_NO_PROBE;
    x->outage_probe_ms = BREAKER_NO_PROBE;
    if (may_go)
        return false;
    exchange_give_back(x);
    refuse(x);
    return true;
}

void exchange_unprobe(struct exchange *x)
{
    if (!exchange_asks_shop(x))
        return;
    breaker_unprobe(store_breaker(x->store), x->probe_ms);
    outages_unprobe(x->services->outages, x->store->platform, x->outage_probe_ms);
}

/* ---- after it ---------------------------------------------------------------------------------------------- */

/* No answer, a time-out or a 5xx is a failure of the shop; what we ended or refused ourselves is none. */
bool exchange_shop_failed(const struct attempt *a)
{
    static const bool by_end[] = {
        [WIRE_REFUSED] = true, [WIRE_TLS] = true,      [WIRE_TIMEOUT] = true,   [WIRE_RESET] = true,
        [WIRE_STALE] = false,  [WIRE_PROTOCOL] = true, [WIRE_CANCELLED] = false
    };
    return a->wire == WIRE_OK ? a->status >= 500 : by_end[a->wire];
}

static void log_change(const struct exchange *x, const struct breaker *breaker)
{
    struct log *log = x->services->log;
    log_begin(log, breaker->state == BREAKER_OPEN ? LEVEL_WARN : LEVEL_INFO, "breaker");
    log_str(log, "store", x->store->id);
    log_str(log, "state", breaker_state_name(breaker->state));
    if (breaker->is_shut_out)
        log_str(log, "why", "shut_out");
    log_i64(log, "wait_ms", breaker_wait_ms(breaker, x->services->now_ms));
    log_end(log);
}

static void tell(struct exchange *x, struct breaker *breaker, bool failed)
{
    int64_t now_ms = x->services->now_ms;
    enum breaker_sign sign = shut_out_sign(&x->attempt, breaker);
    if (sign)
        breaker_shut_out(breaker, sign, x->probe_ms, now_ms);
    else
        breaker_tell(breaker, failed, x->probe_ms, now_ms);
    outages_tell(x->services->outages, x->store->platform, failed, x->outage_probe_ms);
}

/* Its caller had no more time, and the shop may well have been about to answer. */
static bool is_cut_short(const struct exchange *x)
{
    uint32_t had_ms = x->attempt.total_ms;
    return x->attempt.wire == WIRE_TIMEOUT && had_ms < BREAKER_PATIENCE_MS && had_ms < x->services->wire.attempt_ms;
}

void exchange_tell_breaker(struct exchange *x, bool failed)
{
    struct breaker *breaker = store_breaker(x->store);
    enum breaker_state before = breaker->state;
    if (!exchange_asks_shop(x))
        return;
    if (x->attempt.wire == WIRE_CANCELLED || x->asked || is_cut_short(x))
        exchange_unprobe(x);
    else
        tell(x, breaker, failed);
    if (breaker->state != before)
        log_change(x, breaker);
}
