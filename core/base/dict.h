/*
 * dict.h - a hash map from bytes to a pointer: stores by id, apps by key, lanes, caches.
 *
 * Keys are copied.  Values are the user's: dict_release frees keys and slots, not values.  A walk meets the
 * entries in the order in which their keys were first put (again after a removal), the same in every run.
 * The hash is SipHash-1-3 under the seed given at init: give random bits where peers choose the keys, so
 * that nobody can make all keys meet; the order of a walk does not depend on it.
 *
 *     void **value = dict_put(&stores, id);
 *     if (!*value)
 *         *value = store_new(id);
 */
#ifndef CARTWAY_BASE_DICT_H
#define CARTWAY_BASE_DICT_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dict_entry;
struct dict {
    struct dict_entry *entries; /* in order of arrival; removed ones are holes until the next growth */
    uint32_t *table;            /* open addressing: 1 + place in entries, 0 free, UINT32_MAX removed */
    uint32_t n, used, cap;      /* live entries; entries with holes; slots of table, a power of two */
    uint64_t seed;
};

void dict_init(struct dict *dict, uint64_t seed);
void dict_release(struct dict *dict);

/* NULL if absent (or put and never given a value). */
void *dict_get(const struct dict *dict, struct span key);
bool dict_has(const struct dict *dict, struct span key);
/* The place of the key's value, made with NULL inside if the key is new.  Valid until the next put. */
void **dict_put(struct dict *dict, struct span key);
/* Takes the key out and returns what it had, NULL if absent. */
void *dict_remove(struct dict *dict, struct span key);

/* A walk: size_t at = 0; while (dict_next(&dict, &at, &key, &value)) ...  Removing during it is allowed,
 * putting is not.  key is borrowed until its removal; either out-parameter may be NULL. */
bool dict_next(const struct dict *dict, size_t *at, struct span *key, void **value);

/* SipHash-1-3 of the bytes (Aumasson and Bernstein, 2012), for whoever spreads work by a name. */
uint64_t dict_hash(struct span bytes, uint64_t seed);

#endif
