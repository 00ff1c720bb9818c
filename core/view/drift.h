/*
 * drift.h - what an answer showed that its adapter does not know: reported, never refused.
 *
 * One report an answer, in the call's arena.  The caller merges it into what is known per adapter and version
 * (GET /admin/v1/drift): first and last seen, count, a sample.  Bounded: after DRIFT_MAX kinds of news the
 * rest is only counted.
 */
#ifndef CARTWAY_MAP_DRIFT_H
#define CARTWAY_MAP_DRIFT_H

#include "core/base/arena.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum drift_kind {
    DRIFT_NEW_FIELD,     /* a key that the adapter's tables do not name, in a scope that they do */
    DRIFT_GONE_FIELD,    /* a key that they name and that no record of this answer had */
    DRIFT_UNKNOWN_VALUE, /* a value outside its enum table */
    DRIFT_UNKNOWN_CODE,  /* an answer other than 2xx for which no errors row holds */
    DRIFT_TOLERATED, /* a spoilt answer that was read all the same; path says how: "bom", "utf8", "version 2027-04" ...
                      */
};
enum { DRIFT_MAX = 128, DRIFT_SAMPLE_MAX = 64, DRIFT_PATH_MAX = 160 };

struct drift_item {
    enum drift_kind kind;
    struct span path;   /* theirs, "orders[].items[].sku" */
    struct span sample; /* at most DRIFT_SAMPLE_MAX bytes, printable ASCII and valid UTF-8 only */
    uint32_t count;     /* in this answer; of DRIFT_NEW_FIELD: 1, it is counted once an answer */
    uint64_t hash;      /* of kind and path: a key for the caller's table, equal in every run */
};

struct drift_report {
    size_t n;
    struct drift_item *items;
    uint32_t dropped; /* over DRIFT_MAX */
    struct arena *arena;
};

const char *drift_kind_name(enum drift_kind kind);
struct drift_report *drift_new(struct arena *arena);
/* Counts up if it is there already. */
void drift_add(struct drift_report *report, enum drift_kind kind, struct span path, struct span sample);
uint64_t drift_hash(enum drift_kind kind, struct span path);
/* The hash of a path that goes on with `more`. */
uint64_t drift_hash_more(uint64_t hash, struct span more);

/* What the caller has seen already: a set that only its owner changes, by drift_known_add; a reader given one
 * leaves known news out.  About 2 % of new fields beyond 2,000 known ones pass for known. */
enum { DRIFT_KNOWN_WORDS = 256 };
struct drift_known {
    uint64_t words[DRIFT_KNOWN_WORDS];
};
bool drift_known_has(const struct drift_known *known, uint64_t hash);
void drift_known_add(struct drift_known *known, uint64_t hash);

#endif
