/*
 * drift.c - the drift report: a short list, searched by hash.
 *
 * News is rare, so the list is walked; after DRIFT_MAX kinds of news the rest is counted in `dropped`.
 * The set of what is known is a Bloom filter of 16,384 bits with three probes from one hash.
 */
#include "core/view/drift.h"

#include "core/json/text.h"

const char *drift_kind_name(enum drift_kind kind)
{
    static const char *const names[] = {
        [DRIFT_NEW_FIELD] = "new_field",         [DRIFT_GONE_FIELD] = "gone_field",
        [DRIFT_UNKNOWN_VALUE] = "unknown_value", [DRIFT_UNKNOWN_CODE] = "unknown_code",
        [DRIFT_TOLERATED] = "tolerated",
    };
    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

/* FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv): byte by byte, so that a hash goes on from that of a path's front.
 * Nobody gains by two paths that meet: one of them would not be reported. */
uint64_t drift_hash_more(uint64_t hash, struct span more)
{
    for (size_t i = 0; i < more.n; i++)
        hash = (hash ^ (unsigned char)more.p[i]) * 0x100000001b3u;
    return hash;
}

uint64_t drift_hash(enum drift_kind kind, struct span path)
{
    return drift_hash_more(0xcbf29ce484222325u + (uint64_t)kind, path);
}

struct drift_report *drift_new(struct arena *arena)
{
    struct drift_report *report = arena_zalloc(arena, sizeof(*report));
    report->arena = arena;
    return report;
}

/* Printable: control characters become '.', what is not UTF-8 ends it. */
static struct span printable(struct arena *arena, struct span text, size_t max)
{
    struct span cut = utf8_cut(text, max);
    char *copy = arena_dup(arena, cut);
    for (size_t i = 0; i < cut.n; i++) {
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = '.';
    }
    return (struct span){ copy, cut.n };
}

void drift_add(struct drift_report *report, enum drift_kind kind, struct span path, struct span sample)
{
    uint64_t hash = drift_hash(kind, path);
    for (size_t i = 0; i < report->n; i++) {
        if (report->items[i].hash == hash && report->items[i].kind == kind) {
            report->items[i].count++;
            return;
        }
    }
    if (report->n == DRIFT_MAX) {
        report->dropped++;
        return;
    }
    if (!report->items)
        report->items = arena_alloc(report->arena, DRIFT_MAX * sizeof(*report->items));
    report->items[report->n++] = (struct drift_item){
        .kind = kind,
        .path = printable(report->arena, path, DRIFT_PATH_MAX),
        .sample = printable(report->arena, sample, DRIFT_SAMPLE_MAX),
        .count = 1,
        .hash = hash,
    };
}

/* FNV's upper bits know little of the last bytes: Fibonacci hashing (Knuth, TAOCP 3, 6.4) brings all bits there. */
static uint32_t probe(uint64_t hash, int i)
{
    uint64_t mixed = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(mixed >> (16 + i * 16)) % (DRIFT_KNOWN_WORDS * 64);
}

bool drift_known_has(const struct drift_known *known, uint64_t hash)
{
    for (int i = 0; i < 3; i++) {
        uint32_t bit = probe(hash, i);
        if (!(known->words[bit / 64] >> (bit % 64) & 1))
            return false;
    }
    return true;
}

void drift_known_add(struct drift_known *known, uint64_t hash)
{
    for (int i = 0; i < 3; i++) {
        uint32_t bit = probe(hash, i);
        known->words[bit / 64] |= (uint64_t)1 << (bit % 64);
    }
}
