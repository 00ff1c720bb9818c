/*
 * selections.c - the parsed fields=... of a shard.
 *
 * A dict from "order:id,items.sku", as the caller wrote it, to a held selection with an arena of its own.  Two
 * spellings of one choice are two entries here and one view in core/answer/views.c, which goes by the canonical text.
 */
#include "core/call/selections.h"

#include "core/base/dict.h"

#include <stdlib.h>

struct entry {
    struct held_selection held; /* first: handed out */
    struct arena arena;
};

struct selections {
    struct dict by_text;
    uint64_t clock;
};

enum { KEY_BYTES_MAX = 8192 };

struct selections *selections_new(uint64_t seed)
{
    struct selections *selections = mem_zalloc(sizeof(*selections));
    dict_init(&selections->by_text, seed);
    return selections;
}

static void entry_free(struct entry *entry)
{
    arena_release(&entry->arena);
    free(entry);
}

void selections_free(struct selections *selections)
{
    if (!selections)
        return;
    size_t at = 0;
    void *entry;
    while (dict_next(&selections->by_text, &at, NULL, &entry))
        entry_free(entry);
    dict_release(&selections->by_text);
    free(selections);
}

/* Makes room: the entry unused for longest that nobody holds. */
static void evict(struct selections *selections)
{
    struct span oldest = { NULL, 0 }, key;
    uint64_t used = UINT64_MAX;
    size_t at = 0;
    void *value;
    while (dict_next(&selections->by_text, &at, &key, &value)) {
        const struct entry *entry = value;
        if (entry->held.refs == 0 && entry->held.used < used) {
            used = entry->held.used;
            oldest = key;
        }
    }
    if (oldest.p)
        entry_free(dict_remove(&selections->by_text, oldest));
}

static enum err make(struct selections *selections, const struct entity *entity, struct span fields, struct span key,
                     struct fault *fault, struct entry **out)
{
    struct entry *entry = mem_zalloc(sizeof(*entry));
    arena_init(&entry->arena);
    enum err err = selection_parse(entity, fields, &entry->arena, fault, &entry->held.selection);
    if (err) {
        entry_free(entry);
        return err;
    }
    if (selections->by_text.n >= SELECTIONS_MAX)
        evict(selections);
    *dict_put(&selections->by_text, key) = entry;
    *out = entry;
    return OK;
}

enum err selections_hold(struct selections *selections, const struct entity *entity, struct span fields,
                         struct fault *fault, struct held_selection **out)
{
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    buf_span(&key, span_of(entity->name));
    buf_char(&key, ':');
    buf_span(&key, fields);
    struct entry *entry = key.over ? NULL : dict_get(&selections->by_text, buf_peek(&key));
    enum err err = entry ? OK : make(selections, entity, fields, buf_peek(&key), fault, &entry);
    buf_release(&key);
    if (err)
        return err;
    entry->held.refs++;
    entry->held.used = ++selections->clock;
    *out = &entry->held;
    return OK;
}

void selections_drop(struct held_selection *held)
{
    if (held)
        held->refs--;
}
