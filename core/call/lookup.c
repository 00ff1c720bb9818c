/*
 * lookup.c - what look-ups found, remembered.
 *
 * Two dicts.  New entries go into the young one; when it is full, the old one is dropped and the young one takes its
 * place.  An entry that is used while old is young again.
 */
#include "core/call/lookup.h"

#include "core/base/arena.h"
#include "core/base/dict.h"

#include <stdlib.h>

struct entry {
    json_t *values;
    int64_t until_ms;
};

struct lookups {
    struct dict young, old;
    uint64_t seed;
};

struct lookups *lookups_new(uint64_t seed)
{
    struct lookups *lookups = mem_zalloc(sizeof(*lookups));
    lookups->seed = seed;
    dict_init(&lookups->young, seed);
    dict_init(&lookups->old, seed);
    return lookups;
}

static void entry_free(struct entry *entry)
{
    if (!entry)
        return;
    json_decref(entry->values);
    free(entry);
}

static void drop(struct dict *generation)
{
    size_t at = 0;
    void *entry;
    while (dict_next(generation, &at, NULL, &entry))
        entry_free(entry);
    dict_release(generation);
}

void lookups_free(struct lookups *lookups)
{
    if (!lookups)
        return;
    drop(&lookups->young);
    drop(&lookups->old);
    free(lookups);
}

static void make_young(struct lookups *lookups, struct span key, struct entry *entry)
{
    if (lookups->young.n >= LOOKUP_GENERATION) {
        drop(&lookups->old);
        lookups->old = lookups->young;
        dict_init(&lookups->young, lookups->seed);
    }
    *dict_put(&lookups->young, key) = entry;
}

const json_t *lookups_get(struct lookups *lookups, struct span key, int64_t now_ms)
{
    struct entry *entry = dict_get(&lookups->young, key);
    if (!entry) {
        entry = dict_remove(&lookups->old, key);
        if (entry)
            make_young(lookups, key, entry);
    }
    if (!entry)
        return NULL;
    if (entry->until_ms <= now_ms) {
        lookups_forget(lookups, key);
        return NULL;
    }
    return entry->values;
}

void lookups_put(struct lookups *lookups, struct span key, json_t *values, int64_t until_ms)
{
    struct entry *entry = mem_zalloc(sizeof(*entry));
    lookups_forget(lookups, key);
    *entry = (struct entry){ values, until_ms };
    make_young(lookups, key, entry);
}

void lookups_forget(struct lookups *lookups, struct span key)
{
    entry_free(dict_remove(&lookups->young, key));
    entry_free(dict_remove(&lookups->old, key));
}
