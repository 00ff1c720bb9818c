/*
 * reuse.c - the way of an exchange through the cache and the reads under way.
 *
 * The key of an answer is what its request is made of: store, the store's last change, app, endpoint, {selection},
 * arguments, page, found values.  So whatever a shop's Vary names is in the key, unless it is a header of the store's
 * way in, whose value (a token) may change under it: such an answer is not kept.
 */
#include "core/exchange/reuse.h"

#include "core/answer/cache.h"
#include "core/exchange/exchange.h"
#include "core/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64 * 1024 };

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static void write_key(const struct exchange *x, struct buf *out)
{
    buf_printf(out, "%s/%llu/%llx/%zu/%u/%llu/%llu/", x->store->id, (unsigned long long)x->store->serial,
               (unsigned long long)x->app, x->endpoint->index, x->page.size, (unsigned long long)x->page.number,
               (unsigned long long)x->page.offset);
    buf_json(out, x->page.cursor);
    buf_json(out, x->page.after);
    buf_json(out, x->held->ask);
    char *args = json_dumps(x->args, JSON_COMPACT | JSON_SORT_KEYS);
    buf_span(out, span_of(args));
    free(args);
    for (size_t i = 0; i < x->n_found; i++) {
        buf_json(out, span_of(x->found[i].name));
        buf_json(out, x->found[i].value);
    }
}

static bool has_part(const struct exchange *x)
{
    const struct cache_wish *wish = x->wish;
    if (!x->endpoint || (wish && wish->no_store))
        return false;
    return x->endpoint->row->keep_s > 0 || (wish && (wish->max_age_s > 0 || wish->stale_if_error_s > 0));
}

static struct reuse *reuse_new(const struct exchange *x)
{
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    write_key(x, &key);
    struct reuse *reuse = NULL;
    if (!key.over) {
        reuse = arena_zalloc(x->arena, sizeof(*reuse));
        reuse->key = (struct span){ arena_dup(x->arena, buf_peek(&key)), key.n };
        reuse->tide = share_tide(x->services->shares, x->store, x->endpoint);
        reuse->forward = "uri-miss";
    }
    buf_release(&key);
    return reuse;
}

/* ---- the beginning -------------------------------------------------------------------------------------------- */

static void say(struct exchange *x, const char *text)
{
    x->cache_said = span_of(text);
}

static bool from_cache(struct exchange *x)
{
    struct services *s = x->services;
    struct cache_hit hit;
    x->reuse = reuse_new(x);
    if (!x->reuse)
        return false;
    cache_get(s->cache, x->reuse->key, x->reuse->tide, x->wish, s->now_ms, &hit);
    if (!hit.answer)
        return false;
    if (hit.is_fresh) {
        x->age_ms = hit.age_ms;
        say(x, arena_printf(x->arena, "hit; ttl=%lld", (long long)(hit.ttl_ms / 1000)));
        exchange_take(x, hit.answer, FROM_CACHE);
        return true;
    }
    x->reuse->old = held_answer_hold(hit.answer);
    x->reuse->etag = hit.etag;
    x->reuse->forward = x->wish && x->wish->no_cache ? "request" : "stale";
    return false;
}

static void on_time_over(struct timer *timer, int64_t now_ms)
{
    struct exchange *x = timer->owner;
    bool was_sent = x->flight.behind->is_out;
    (void)now_ms;
    share_leave(x);
    exchange_give_up(x, was_sent ? ERR_STORE_TIMEOUT : ERR_LANE_DEADLINE,
                     was_sent ? "the shop did not answer the equal request that this one waited for"
                              : "not sent to the shop: an equal request waits for its limits, too");
}

bool reuse_begin(struct exchange *x)
{
    struct services *s = x->services;
    const struct cache_wish *wish = x->wish;
    x->flight.asked = x->page.size;
    if (has_part(x) && from_cache(x))
        return true;
    if (wish && (wish->no_cache || wish->no_store))
        return false; /* what is under way may have begun before this caller asked */
    if (!share_join(s->shares, x))
        return false;
    x->timer.fire = on_time_over;
    timers_set(s->timers, &x->timer, x->deadline_ms);
    return true;
}

/* ---- asking whether it is still right --------------------------------------------------------------------------- */

void reuse_ask(struct exchange *x)
{
    const struct reuse *reuse = x->reuse;
    if (reuse_asks(reuse) && x->rendered.n_headers < RENDER_HEADERS)
        x->rendered.headers[x->rendered.n_headers++] = (struct header){ SPAN("If-None-Match"), reuse->etag };
}

/* What the 304 says of its life counts, else what the answer said. */
static void terms_of_unchanged(const struct exchange *x, int64_t wall_ms, struct cache_terms *out)
{
    const struct held_answer *old = x->reuse->old;
    const struct header *headers = x->attempt.reply_headers;
    size_t n = x->attempt.n_reply_headers;
    bool says = header_get(headers, n, "Cache-Control").p || header_get(headers, n, "Expires").p;
    cache_terms_read(says ? headers : old->headers, says ? n : old->n_headers, wall_ms, out);
    out->age_s = 0;
    out->may_keep |= says && x->reuse->etag.n > 0 && out->must_ask;
}

void reuse_unchanged(struct exchange *x)
{
    struct services *s = x->services;
    struct reuse *reuse = x->reuse;
    struct cache_terms terms;
    terms_of_unchanged(x, s->env.wall_ms(s->env.self), &terms);
    reuse->old->wall_ms = s->env.wall_ms(s->env.self); /* the shop has just said that this is how it is */
    cache_put(s->cache, reuse->key, reuse->old, &terms, x->endpoint->row->keep_s, reuse->tide, s->now_ms);
    say(x, "fwd=stale; fwd-status=304; stored");
    exchange_take(x, reuse->old, FROM_UNCHANGED);
}

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

static bool varies_by_way(const struct way *way, const struct held_answer *answer)
{
    static const char prefix[] = "header:";
    const char *at = way && way->row->sign ? way->row->sign->at : NULL;
    for (size_t i = 0; way && i < way->n_send; i++) {
        const struct in_row *row = &way->send[i];
        if (row->place == PLACE_HEADER && cache_varies_by(answer->headers, answer->n_headers, span_of(row->name)))
            return true;
    }
    return at && strncmp(at, prefix, sizeof(prefix) - 1) == 0 &&
           cache_varies_by(answer->headers, answer->n_headers, span_of(at + sizeof(prefix) - 1));
}

void reuse_keep(struct exchange *x, struct held_answer *answer)
{
    struct services *s = x->services;
    struct reuse *reuse = x->reuse;
    struct cache_terms terms;
    cache_terms_read(answer->headers, answer->n_headers, answer->wall_ms, &terms);
    if (varies_by_way(x->way, answer))
        terms.may_keep = false;
    bool stays = terms.may_keep && reuse->tide == share_tide(s->shares, x->store, x->endpoint);
    say(x, arena_printf(x->arena, "fwd=%s%s", reuse->forward, stays ? "; stored" : ""));
    if (stays || reuse->old)
        cache_put(s->cache, reuse->key, answer, &terms, x->endpoint->row->keep_s, reuse->tide, s->now_ms);
}

/* ---- while the shop is down -------------------------------------------------------------------------------------- */

/* Asked anew: in the meantime it may have become too old, or another call may have brought a newer one. */
bool reuse_when_down(struct exchange *x)
{
    struct services *s = x->services;
    struct reuse *reuse = x->reuse;
    struct cache_hit hit;
    cache_get(s->cache, reuse->key, share_tide(s->shares, x->store, x->endpoint), x->wish, s->now_ms, &hit);
    if (!hit.answer || !(hit.is_fresh || hit.when_down))
        return false;
    x->page.size = x->flight.asked;
    x->age_ms = hit.age_ms;
    say(x, arena_printf(x->arena, "hit; ttl=%lld; detail=store-down", (long long)(hit.ttl_ms / 1000)));
    exchange_take(x, hit.answer, FROM_CACHE);
    return true;
}

void reuse_release(struct exchange *x)
{
    held_answer_drop(x->reuse->old);
    x->reuse->old = NULL;
}
