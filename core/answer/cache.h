/*
 * cache.h - answers of shops that may serve again: in memory, bounded, and for as long as HTTP lets us.
 *
 *     GET /stock-locations     answered at 12:00:00, `Cache-Control: max-age=60`, ETag "a"
 *     the same at 12:00:40     a hit, 40 s old
 *     the same at 12:01:30     stale: asked again with If-None-Match: "a"; 304 makes it fresh
 *
 * An answer's life is what the shop says (Cache-Control: max-age, else Expires), else what the adapter's row says
 * (cw_endpoint.keep_s); where neither says anything it serves only callers who name an age that they take
 * (Cache-Control: max-age=N).  `no-store` is never kept; `no-cache` and a life of 0 only to be asked about by ETag.
 * What the key does and does not hold is the business of core/exchange/reuse.c; the cache compares keys and tides.
 *
 * The ceiling counts keys, headers and bodies; what was unused for longest goes first.  Nothing is written to disk.
 */
#ifndef CARTWAY_CACHE_H
#define CARTWAY_CACHE_H

#include "core/answer/held_answer.h"

#include <stdbool.h>
#include <stdint.h>

enum { CACHE_LIFE_MAX_S = 86400, CACHE_SHARE = 8 /* one answer takes at most an eighth of the ceiling */ };

/* A request's Cache-Control, as a caller of ours sends it. */
struct cache_wish {
    bool given, no_cache, no_store;
    int64_t max_age_s;        /* -1: not named */
    int64_t stale_if_error_s; /* 0: not wanted */
};
/* Nonsense is passed over, as RFC 9111 section 5.2 wants it. */
void cache_wish_parse(struct span text, struct cache_wish *out);

/* What an answer's headers allow. */
struct cache_terms {
    bool may_keep;    /* not no-store, no * in Vary */
    bool must_ask;    /* no-cache, max-age=0: only after the shop was asked */
    bool never_stale; /* must-revalidate, no-cache: not while the shop is down either */
    int64_t life_s;   /* -1: not said */
    int64_t age_s;    /* its Age when it came */
    int64_t stale_if_error_s;
    struct span etag; /* empty: none; points into the headers */
};
void cache_terms_read(const struct header *headers, size_t n, int64_t wall_ms, struct cache_terms *out);
/* Does a line of Vary (there may be several) name this header? */
bool cache_varies_by(const struct header *headers, size_t n, struct span name);

struct cache;
/* max_bytes 0: nothing is kept. */
struct cache *cache_new(size_t max_bytes, uint64_t seed);
void cache_free(struct cache *cache);

/* Keeps it in place of what was there under the key.  keep_s: the adapter's life, 0: none. */
void cache_put(struct cache *cache, struct span key, struct held_answer *answer, const struct cache_terms *terms,
               uint32_t keep_s, uint64_t tide, int64_t now_ms);

struct cache_hit {
    struct held_answer *answer; /* borrowed: hold it.  NULL: there is none */
    int64_t age_ms;
    int64_t ttl_ms;   /* how long it stays fresh; below 0: stale for so long */
    bool is_fresh;    /* serves this caller */
    bool when_down;   /* serves this caller while the shop cannot */
    struct span etag; /* borrowed as long as the answer */
};
/* An answer of another tide is dropped: it is from before a write. */
void cache_get(struct cache *cache, struct span key, uint64_t tide, const struct cache_wish *wish, int64_t now_ms,
               struct cache_hit *out);

struct cache_view {
    size_t n, bytes, max_bytes;
};
struct cache_view cache_see(const struct cache *cache);

#endif
