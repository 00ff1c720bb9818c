/*
 * views.c - the compiled views of a shard.
 *
 * A dict from (endpoint, the selection's digest) to a held view.  Callers choose the fields, so two selections may be
 * made to have one digest: each hit is compared, and the next turn of the key is looked at where it is another.
 * The arena of a view's selection lives as long as the view, because the view borrows from it.
 */
#include "core/answer/views.h"

#include "core/base/dict.h"

#include <stdlib.h>

struct entry {
    struct held_view held; /* first: handed out */
    struct view *view;
    const struct selection *own; /* NULL: of the endpoint as it is */
    struct cw_endpoint verdict;  /* of views_hold_verdict: the row that it is made of */
    struct arena arena;
    struct buf ask;
};

struct views {
    struct dict by_key;
    uint64_t clock;
};

enum { ASK_BYTES_MAX = 64 * 1024 };

struct key {
    const void *of; /* an endpoint, or a platform; both outlive the views */
    uint64_t digest, turn, is_verdict;
};

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

static bool is_of(const struct entry *entry, const struct selection *selection)
{
    if (!entry->own || !selection)
        return entry->own == selection;
    return span_eq(entry->own->canonical, selection->canonical);
}

/* The entry, or NULL and the key under which there is none. */
static struct entry *find(const struct views *views, const struct selection *selection, struct key *key)
{
    struct span bytes = { (const char *)key, sizeof(*key) };
    struct entry *entry = dict_get(&views->by_key, bytes);
    while (entry && !is_of(entry, selection)) {
        key->turn++;
        entry = dict_get(&views->by_key, bytes);
    }
    return entry;
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

static enum err entry_new(const struct view_spec *spec, struct entry *entry, struct fault *fault)
{
    enum err err = view_new(spec, fault, &entry->view);
    if (err) {
        entry_free(entry);
        return err;
    }
    view_ask(entry->view, &entry->ask);
    entry->held.view = entry->view;
    entry->held.ask = buf_peek(&entry->ask);
    return OK;
}

static struct entry *entry_alloc(void)
{
    struct entry *entry = mem_zalloc(sizeof(*entry));
    arena_init(&entry->arena);
    buf_init(&entry->ask, ASK_BYTES_MAX);
    return entry;
}

/* The selection belongs to a call; the view needs one that stays. */
static enum err make(const struct platform *platform, const struct endpoint *endpoint,
                     const struct selection *selection, struct fault *fault, struct entry **out)
{
    struct entry *entry = *out = entry_alloc();
    entry->own = selection ? selection_copy(selection, &entry->arena) : NULL;
    struct view_spec spec = { .adapter = platform->table,
                              .endpoint = endpoint->row,
                              .entity = endpoint->entity,
                              .selection = entry->own,
                              .extra_paths = endpoint->extra_paths,
                              .n_extra = endpoint->n_extra };
    if (endpoint->probe) {
        spec.done = endpoint->probe->row->done;
        spec.failed = endpoint->probe->failed ? endpoint->probe->row->failed : NULL;
    }
    return entry_new(&spec, entry, fault);
}

/* Without pages, since a cursor would be owed. */
static enum err make_verdict(const struct platform *platform, const struct endpoint *endpoint, struct fault *fault,
                             struct entry **out)
{
    static const struct cw_page no_page = { 0 };
    struct entry *entry = *out = entry_alloc();
    entry->verdict = (struct cw_endpoint){ .name = endpoint ? endpoint->row->name : NULL,
                                           .errors = endpoint ? endpoint->row->errors : NULL,
                                           .page = &no_page };
    struct view_spec spec = { .adapter = platform->table, .endpoint = &entry->verdict };
    return entry_new(&spec, entry, fault);
}

static void keep(struct views *views, const struct key *key, struct entry *entry)
{
    if (views->by_key.n >= VIEWS_MAX)
        evict(views);
    *dict_put(&views->by_key, (struct span){ (const char *)key, sizeof(*key) }) = entry;
}

static struct held_view *hold(struct views *views, struct entry *entry)
{
    entry->held.refs++;
    entry->held.used = ++views->clock;
    return &entry->held;
}

enum err views_hold(struct views *views, const struct platform *platform, const struct endpoint *endpoint,
                    const struct selection *selection, struct fault *fault, struct held_view **out)
{
    if (!endpoint->entity)
        selection = NULL;
    struct key key = { .of = endpoint, .digest = selection ? selection->digest : 0 };
    struct entry *entry = find(views, selection, &key);
    enum err err = entry ? OK : make(platform, endpoint, selection, fault, &entry);
    if (err)
        return err;
    if (entry->held.used == 0)
        keep(views, &key, entry);
    *out = hold(views, entry);
    return OK;
}

enum err views_hold_verdict(struct views *views, const struct platform *platform, const struct endpoint *endpoint,
                            struct fault *fault, struct held_view **out)
{
    struct key key = { .of = endpoint ? (const void *)endpoint : platform, .is_verdict = 1 };
    struct entry *entry = find(views, NULL, &key);
    enum err err = entry ? OK : make_verdict(platform, endpoint, fault, &entry);
    if (err)
        return err;
    if (entry->held.used == 0)
        keep(views, &key, entry);
    *out = hold(views, entry);
    return OK;
}

void views_drop(struct views *views, struct held_view *held)
{
    (void)views;
    if (held)
        held->refs--;
}
