/*
 * cache.c - a dict of answers and a list of them by last use.
 *
 * Directives are read by one table each for requests and answers.  Times are monotonic from the moment on in which an
 * answer came; only Expires and Date are compared with each other, never with our clock where the shop sends a Date.
 */
#include "core/answer/cache.h"

#include "core/base/arena.h"
#include "core/base/dict.h"
#include "core/value/ts.h"

#include <stdlib.h>
#include <strings.h>

struct entry {
    struct entry *newer, *older;
    struct held_answer *answer;
    char *key;
    size_t key_n, bytes;
    int64_t born_ms, life_ms; /* life -1: nobody said */
    int64_t stale_if_error_ms;
    struct span etag;
    bool must_ask, never_stale;
    uint64_t tide;
};

struct cache {
    struct dict by_key;
    struct entry *newest, *oldest;
    size_t bytes, max_bytes;
};

/* ---- directives ----------------------------------------------------------------------------------------------- */

static struct span trim(struct span s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
        s = (struct span){ s.p + 1, s.n - 1 };
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* The next "name" or "name=value" of a list with commas; false: the end. */
static bool next_directive(struct span *rest, struct span *name, struct span *value)
{
    if (rest->n == 0)
        return false;
    const char *comma = memchr(rest->p, ',', rest->n);
    struct span one = { rest->p, comma ? (size_t)(comma - rest->p) : rest->n };
    *rest = comma ? (struct span){ comma + 1, rest->n - one.n - 1 } : (struct span){ NULL, 0 };
    const char *equals = one.n ? memchr(one.p, '=', one.n) : NULL;
    *name = trim(equals ? (struct span){ one.p, (size_t)(equals - one.p) } : one);
    *value = equals ? trim((struct span){ equals + 1, one.n - (size_t)(equals - one.p) - 1 }) : (struct span){ "", 0 };
    if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
        *value = (struct span){ value->p + 1, value->n - 2 };
    return true;
}

static bool is_word(struct span name, const char *word)
{
    return name.n == strlen(word) && strncasecmp(name.p, word, name.n) == 0;
}

/* Delta-seconds; more than a day is a day, nonsense leaves *out. */
static void read_seconds(struct span text, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return;
        if (value <= CACHE_LIFE_MAX_S)
            value = value * 10 + (text.p[i] - '0');
    }
    if (text.n > 0)
        *out = value < CACHE_LIFE_MAX_S ? value : CACHE_LIFE_MAX_S;
}

void cache_wish_parse(struct span text, struct cache_wish *out)
{
    struct span name, value;
    *out = (struct cache_wish){ .given = text.n > 0, .max_age_s = -1 };
    while (next_directive(&text, &name, &value)) {
        if (is_word(name, "no-cache"))
            out->no_cache = true;
        else if (is_word(name, "no-store"))
            out->no_store = true;
        else if (is_word(name, "max-age"))
            read_seconds(value, &out->max_age_s);
        else if (is_word(name, "stale-if-error"))
            read_seconds(value, &out->stale_if_error_s);
    }
}

static void read_control(struct span text, struct cache_terms *out)
{
    struct span name, value;
    while (next_directive(&text, &name, &value)) {
        if (is_word(name, "no-store"))
            out->may_keep = false;
        else if (is_word(name, "no-cache"))
            out->must_ask = out->never_stale = true;
        else if (is_word(name, "must-revalidate"))
            out->never_stale = true;
        else if (is_word(name, "max-age"))
            read_seconds(value, &out->life_s);
        else if (is_word(name, "stale-if-error"))
            read_seconds(value, &out->stale_if_error_s);
    }
}

static bool read_date(struct span text, int64_t *unix_ms)
{
    static const struct ts_form form = { .kind = TS_RFC2822 };
    return text.n > 0 && ts_parse(text, &form, unix_ms) == TS_GIVEN;
}

/* Expires counts where no max-age does; one that is no date has passed (RFC 9111 section 5.3). */
static void read_expires(const struct header *headers, size_t n, int64_t wall_ms, struct cache_terms *out)
{
    struct span text = header_get(headers, n, "Expires");
    int64_t expires_ms, date_ms;
    if (!text.p || out->life_s >= 0)
        return;
    out->life_s = 0;
    if (!read_date(text, &expires_ms))
        return;
    if (!read_date(header_get(headers, n, "Date"), &date_ms))
        date_ms = wall_ms;
    if (expires_ms > date_ms)
        out->life_s =
            (expires_ms - date_ms) / 1000 < CACHE_LIFE_MAX_S ? (expires_ms - date_ms) / 1000 : CACHE_LIFE_MAX_S;
}

void cache_terms_read(const struct header *headers, size_t n, int64_t wall_ms, struct cache_terms *out)
{
    *out = (struct cache_terms){ .may_keep = true, .life_s = -1 };
    bool is_controlled = false;
    for (size_t i = 0; i < n; i++) { /* there may be several lines of it */
        if (!is_word(headers[i].name, "Cache-Control"))
            continue;
        is_controlled = true;
        read_control(headers[i].value, out);
    }
    struct span pragma = header_get(headers, n, "Pragma");
    if (!is_controlled && is_word(trim(pragma), "no-cache"))
        out->must_ask = out->never_stale = true;
    read_expires(headers, n, wall_ms, out);
    read_seconds(trim(header_get(headers, n, "Age")), &out->age_s);
    out->etag = trim(header_get(headers, n, "ETag"));
    out->must_ask |= out->life_s == 0;
    out->may_keep &= !(out->must_ask && out->etag.n == 0) && !cache_varies_by(headers, n, SPAN("*"));
}

bool cache_varies_by(const struct header *headers, size_t n, struct span name)
{
    struct span one, unused;
    for (size_t i = 0; i < n; i++) {
        struct span list = headers[i].value;
        if (!is_word(headers[i].name, "Vary"))
            continue;
        while (next_directive(&list, &one, &unused)) {
            if (one.n == name.n && strncasecmp(one.p, name.p, name.n) == 0)
                return true;
        }
    }
    return false;
}

/* ---- the entries ---------------------------------------------------------------------------------------------- */

struct cache *cache_new(size_t max_bytes, uint64_t seed)
{
    struct cache *cache = mem_zalloc(sizeof(*cache));
    cache->max_bytes = max_bytes;
    dict_init(&cache->by_key, seed);
    return cache;
}

static void unlink_entry(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct cache *cache, struct entry *entry)
{
    dict_remove(&cache->by_key, (struct span){ entry->key, entry->key_n });
    unlink_entry(cache, entry);
    cache->bytes -= entry->bytes;
    held_answer_drop(entry->answer);
    free(entry->key);
    free(entry);
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        drop(cache, cache->oldest);
    dict_release(&cache->by_key);
    free(cache);
}

static struct entry *entry_new(struct span key, struct held_answer *answer, const struct cache_terms *terms,
                               uint32_t keep_s)
{
    struct entry *entry = mem_zalloc(sizeof(*entry));
    int64_t life_s = terms->life_s >= 0 ? terms->life_s : keep_s > 0 ? (int64_t)keep_s : -1;
    if (life_s > CACHE_LIFE_MAX_S)
        life_s = CACHE_LIFE_MAX_S;
    entry->answer = held_answer_hold(answer);
    entry->key = mem_dup(key);
    entry->key_n = key.n;
    entry->bytes = sizeof(*entry) + 2 * key.n + answer->bytes; /* the dict has the key, too */
    entry->life_ms = life_s < 0 ? -1 : life_s * 1000;
    entry->stale_if_error_ms = terms->stale_if_error_s * 1000;
    entry->must_ask = terms->must_ask;
    entry->never_stale = terms->never_stale;
    entry->etag = trim(header_get(answer->headers, answer->n_headers, "ETag"));
    return entry;
}

void cache_put(struct cache *cache, struct span key, struct held_answer *answer, const struct cache_terms *terms,
               uint32_t keep_s, uint64_t tide, int64_t now_ms)
{
    struct entry *old = dict_get(&cache->by_key, key);
    if (old)
        drop(cache, old);
    if (!terms->may_keep || sizeof(struct entry) + 2 * key.n + answer->bytes > cache->max_bytes / CACHE_SHARE)
        return;
    struct entry *entry = entry_new(key, answer, terms, keep_s);
    entry->born_ms = now_ms - terms->age_s * 1000;
    entry->tide = tide;
    *dict_put(&cache->by_key, key) = entry;
    link_newest(cache, entry);
    cache->bytes += entry->bytes;
    while (cache->bytes > cache->max_bytes)
        drop(cache, cache->oldest);
}

/* How old it may be for this caller; -1: it may not serve at all. */
static int64_t oldest_ms(const struct entry *entry, const struct cache_wish *wish)
{
    int64_t wished_ms = wish && wish->max_age_s >= 0 ? wish->max_age_s * 1000 : -1;
    if (entry->must_ask || (wish && (wish->no_cache || wish->no_store)))
        return -1;
    if (entry->life_ms < 0 || (wished_ms >= 0 && wished_ms < entry->life_ms))
        return wished_ms;
    return entry->life_ms;
}

static bool serves_when_down(const struct entry *entry, const struct cache_wish *wish, int64_t ttl_ms)
{
    int64_t stale_ms = entry->stale_if_error_ms;
    if (entry->never_stale || (wish && (wish->no_cache || wish->no_store)))
        return false;
    if (wish && wish->stale_if_error_s * 1000 > stale_ms)
        stale_ms = wish->stale_if_error_s * 1000;
    return stale_ms > 0 && -ttl_ms <= stale_ms;
}

void cache_get(struct cache *cache, struct span key, uint64_t tide, const struct cache_wish *wish, int64_t now_ms,
               struct cache_hit *out)
{
    struct entry *entry = dict_get(&cache->by_key, key);
    *out = (struct cache_hit){ .answer = NULL };
    if (entry && entry->tide != tide) {
        drop(cache, entry);
        entry = NULL;
    }
    if (!entry)
        return;
    unlink_entry(cache, entry);
    link_newest(cache, entry);
    int64_t age_ms = now_ms - entry->born_ms, ttl_ms = (entry->life_ms > 0 ? entry->life_ms : 0) - age_ms;
    int64_t oldest = oldest_ms(entry, wish);
    *out = (struct cache_hit){ .answer = entry->answer,
                               .age_ms = age_ms,
                               .ttl_ms = ttl_ms,
                               .is_fresh = oldest > 0 && age_ms < oldest,
                               .when_down = serves_when_down(entry, wish, ttl_ms),
                               .etag = entry->etag };
}

struct cache_view cache_see(const struct cache *cache)
{
    return (struct cache_view){ cache->by_key.n, cache->bytes, cache->max_bytes };
}
