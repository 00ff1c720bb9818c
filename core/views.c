/*
 * views.c - the compiled views of a shard.
 *
 * A dict from "platform/endpoint index/canonical selection" to a held view.  The arena of a view's selection
 * lives as long as the view, because the view borrows from it.
 */
#include "core/views.h"

#include "core/base/dict.h"

#include <stdlib.h>

struct entry {
    struct held_view held; /* first: handed out */
    struct view *view;
    struct arena arena;
    struct buf ask;
};

struct views {
    struct dict by_key;
    uint64_t clock;
};

enum { KEY_BYTES_MAX = 8192, ASK_BYTES_MAX = 64 * 1024 };

struct views *views_new(uint64_t seed)
{
    struct views *views = mem_zalloc(sizeof(*views));
    dict_init(&views->by_key, seed);
    return views;
}

static void entry_free(struct entry *entry)
{
    view_free(entry->view);
    buf_release(&entry->ask);
    arena_release(&entry->arena);
    free(entry);
}

void views_free(struct views *views)
{
    if (!views)
        return;
    size_t at = 0;
    void *entry;
    while (dict_next(&views->by_key, &at, NULL, &entry))
        entry_free(entry);
    dict_release(&views->by_key);
    free(views);
}

static void write_key(const struct platform *platform, const struct endpoint *endpoint,
                      const struct selection *selection, struct buf *out)
{
    buf_printf(out, "%s/%zu/", platform->table->name, endpoint->index);
    if (selection && endpoint->entity)
        selection_print(selection, out);
}

/* Makes room: the entry unused for longest that nobody holds. */
static void evict(struct views *views)
{
    struct span oldest = { NULL, 0 }, key;
    uint64_t used = UINT64_MAX;
    size_t at = 0;
    void *value;
    while (dict_next(&views->by_key, &at, &key, &value)) {
        const struct entry *entry = value;
        if (entry->held.refs == 0 && entry->held.used < used) {
            used = entry->held.used;
            oldest = key;
        }
    }
    if (oldest.p)
        entry_free(dict_remove(&views->by_key, oldest));
}

/* The selection belongs to a call; the view needs one that stays: it is parsed again from its canonical text. */
static enum err make(const struct platform *platform, const struct endpoint *endpoint,
                     const struct selection *selection, struct fault *fault, struct entry **out)
{
    struct entry *entry = mem_zalloc(sizeof(*entry));
    const struct selection *own = NULL;
    enum err err = OK;
    arena_init(&entry->arena);
    buf_init(&entry->ask, ASK_BYTES_MAX);
    if (selection && endpoint->entity) {
        struct buf text;
        buf_init(&text, KEY_BYTES_MAX);
        selection_print(selection, &text);
        char *kept = arena_dup(&entry->arena, buf_peek(&text));
        buf_release(&text);
        err = selection_parse(endpoint->entity, span_of(kept), &entry->arena, fault, &own);
    }
    struct view_spec spec = { .adapter = platform->table,
                              .endpoint = endpoint->row,
                              .entity = endpoint->entity,
                              .selection = own,
                              .extra_paths = endpoint->extra_paths,
                              .n_extra = endpoint->n_extra };
    if (!err)
        err = view_new(&spec, fault, &entry->view);
    if (err) {
        entry_free(entry);
        return err;
    }
    view_ask(entry->view, &entry->ask);
    entry->held.view = entry->view;
    entry->held.ask = buf_peek(&entry->ask);
    *out = entry;
    return OK;
}

enum err views_hold(struct views *views, const struct platform *platform, const struct endpoint *endpoint,
                    const struct selection *selection, struct fault *fault, struct held_view **out)
{
    struct buf key;
    buf_init(&key, KEY_BYTES_MAX);
    write_key(platform, endpoint, selection, &key);
    struct entry *entry = dict_get(&views->by_key, buf_peek(&key));
    enum err err = OK;
    if (!entry) {
        err = make(platform, endpoint, selection, fault, &entry);
        if (!err && views->by_key.n >= VIEWS_MAX)
            evict(views);
        if (!err)
            *dict_put(&views->by_key, buf_peek(&key)) = entry;
    }
    buf_release(&key);
    if (err)
        return err;
    entry->held.refs++;
    entry->held.used = ++views->clock;
    *out = &entry->held;
    return OK;
}

void views_drop(struct views *views, struct held_view *held)
{
    (void)views;
    if (held)
        held->refs--;
}
