/*
 * dict.c - a hash map from bytes to a pointer.
 *
 * Two arrays: entries, in order of arrival, and a table of 32-bit places in it (open addressing, one step at a
 * time), as in CPython since 3.6.  A removed key leaves a hole in entries and a mark in the table; both go
 * when the table is built anew, which happens when three quarters of it are taken.
 * Example: put a, b, c, remove a, put a: a walk meets b, c, a.
 *
 * An entry keeps 32 bits of the hash, so a rebuild reads no key and a miss rarely compares one.
 */
#include "core/base/dict.h"

#include "core/base/arena.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

enum { FIRST_CAP = 16 };
#define GONE UINT32_MAX

struct dict_entry {
    char *key; /* NULL: a hole */
    void *value;
    uint32_t key_n, hash;
};

/* ---- SipHash-1-3 ------------------------------------------------------------------------------------ */

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

/* The bytes from i on, less than eight of them, the first one lowest; the last eight at once where there are so many.
 */
static inline uint64_t tail(struct span bytes, size_t i)
{
    uint64_t word = 0;
    size_t n = bytes.n - i;
    if (n && i) {
        memcpy(&word, bytes.p + bytes.n - sizeof word, sizeof word);
        return le64toh(word) >> (64 - n * 8);
    }
    for (unsigned shift = 0; i < bytes.n; i++, shift += 8)
        word |= (uint64_t)(unsigned char)bytes.p[i] << shift;
    return word;
}

uint64_t dict_hash(struct span bytes, uint64_t seed)
{
    /* The algorithm takes 128 bits of key: the seed, and the seed turned over. */
    uint64_t k0 = seed, k1 = ~rotate(seed, 32);
    struct sip s = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u };
    uint64_t word, last;
    size_t i = 0;
    for (; bytes.n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, bytes.p + i, sizeof word);
        sip_word(&s, word);
    }
    last = tail(bytes, i) | (uint64_t)bytes.n << 56;
    sip_word(&s, last);
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* ---- the map ---------------------------------------------------------------------------------------- */

void dict_init(struct dict *dict, uint64_t seed)
{
    *dict = (struct dict){ .seed = seed };
}

void dict_release(struct dict *dict)
{
    for (uint32_t i = 0; i < dict->used; i++)
        free(dict->entries[i].key);
    free(dict->entries);
    free(dict->table);
    dict_init(dict, dict->seed);
}

static bool entry_is(const struct dict_entry *entry, uint32_t hash, struct span key)
{
    return entry->hash == hash && entry->key && span_eq((struct span){ entry->key, entry->key_n }, key);
}

/* The slot of the table that holds the key, NULL if none does. */
static uint32_t *find(const struct dict *dict, uint32_t hash, struct span key)
{
    if (dict->n == 0)
        return NULL;
    for (uint32_t at = hash & (dict->cap - 1); dict->table[at]; at = (at + 1) & (dict->cap - 1)) {
        uint32_t mark = dict->table[at];
        if (mark != GONE && entry_is(&dict->entries[mark - 1], hash, key))
            return &dict->table[at];
    }
    return NULL;
}

static void index_entry(struct dict *dict, uint32_t i)
{
    uint32_t at = dict->entries[i].hash & (dict->cap - 1);
    while (dict->table[at])
        at = (at + 1) & (dict->cap - 1);
    dict->table[at] = i + 1;
}

/* Drops holes and marks; room for at least one more key. */
static void rebuild(struct dict *dict)
{
    uint32_t kept = 0, cap = dict->cap ? dict->cap : FIRST_CAP;
    for (uint32_t i = 0; i < dict->used; i++)
        if (dict->entries[i].key)
            dict->entries[kept++] = dict->entries[i];
    /* At most half full afterwards, so that rebuilds are rare. */
    while (cap / 2 < kept + 1) {
        assert(cap < UINT32_MAX / 4);
        cap *= 2;
    }
    free(dict->table);
    dict->table = mem_zalloc(cap * sizeof *dict->table);
    dict->entries = mem_realloc(dict->entries, (size_t)cap / 4 * 3 * sizeof *dict->entries);
    dict->cap = cap;
    dict->used = kept;
    for (uint32_t i = 0; i < kept; i++)
        index_entry(dict, i);
}

void *dict_get(const struct dict *dict, struct span key)
{
    const uint32_t *slot = find(dict, (uint32_t)dict_hash(key, dict->seed), key);
    return slot ? dict->entries[*slot - 1].value : NULL;
}

bool dict_has(const struct dict *dict, struct span key)
{
    return find(dict, (uint32_t)dict_hash(key, dict->seed), key) != NULL;
}

void **dict_put(struct dict *dict, struct span key)
{
    assert(key.n < UINT32_MAX);
    uint32_t hash = (uint32_t)dict_hash(key, dict->seed);
    const uint32_t *slot = find(dict, hash, key);
    if (slot)
        return &dict->entries[*slot - 1].value;
    /* Every entry, hole or not, has its slot in the table, and entries has cap * 3/4 places. */
    if (dict->used >= dict->cap / 4 * 3)
        rebuild(dict);
    struct dict_entry *entry = &dict->entries[dict->used];
    *entry = (struct dict_entry){ .key = mem_dup(key), .key_n = (uint32_t)key.n, .hash = hash };
    index_entry(dict, dict->used++);
    dict->n++;
    return &entry->value;
}

void *dict_remove(struct dict *dict, struct span key)
{
    uint32_t *slot = find(dict, (uint32_t)dict_hash(key, dict->seed), key);
    if (!slot)
        return NULL;
    struct dict_entry *entry = &dict->entries[*slot - 1];
    void *value = entry->value;
    free(entry->key);
    *entry = (struct dict_entry){ 0 };
    *slot = GONE;
    dict->n--;
    return value;
}

bool dict_next(const struct dict *dict, size_t *at, struct span *key, void **value)
{
    while (*at < dict->used && !dict->entries[*at].key)
        ++*at;
    if (*at >= dict->used)
        return false;
    const struct dict_entry *entry = &dict->entries[(*at)++];
    if (key)
        *key = (struct span){ entry->key, entry->key_n };
    if (value)
        *value = entry->value;
    return true;
}
