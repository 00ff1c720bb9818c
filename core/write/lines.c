/*
 * lines.c - a dict from name to the queue of those who want it; the head is at work.
 *
 * A turn may end at once, and the next one's as well: a shop that is left alone refuses all that wait.  Lines whose head
 * is to be called stand on one list, from which they are taken one by one, so turns do not nest however many wait.
 */
#include "core/write/lines.h"

#include "core/base/arena.h"

#include <stdlib.h>

struct line {
    char *name;
    struct waiter *first, *last;
    struct line *next_due, **due_link; /* among those whose head is to be called; NULL: it is none */
};

void lines_init(struct lines *lines, uint64_t seed)
{
    *lines = (struct lines){ 0 };
    dict_init(&lines->by_name, seed);
}

void lines_release(struct lines *lines)
{
    size_t at = 0;
    void *value;
    while (dict_next(&lines->by_name, &at, NULL, &value)) {
        free(((struct line *)value)->name);
        free(value);
    }
    dict_release(&lines->by_name);
}

bool lines_enter(struct lines *lines, struct span name, struct waiter *waiter)
{
    void **at = dict_put(&lines->by_name, name);
    if (!*at) {
        struct line *line = mem_zalloc(sizeof(*line));
        line->name = mem_dup(name);
        *at = line;
    }
    struct line *line = *at;
    waiter->line = line;
    waiter->prev = line->last;
    waiter->next = NULL;
    *(line->last ? &line->last->next : &line->first) = waiter;
    line->last = waiter;
    return line->first == waiter;
}

struct waiter *lines_last(const struct lines *lines, struct span name)
{
    const struct line *line = dict_get(&lines->by_name, name);
    return line ? line->last : NULL;
}

void lines_pass(struct waiter *waiter, struct waiter *heir)
{
    struct line *line = waiter->line;
    heir->line = line;
    heir->prev = waiter->prev;
    heir->next = waiter->next;
    *(heir->prev ? &heir->prev->next : &line->first) = heir;
    *(heir->next ? &heir->next->prev : &line->last) = heir;
}

/* ---- whose turn has come ----------------------------------------------------------------------------------------- */

static void make_due(struct lines *lines, struct line *line)
{
    if (line->due_link)
        return;
    line->next_due = lines->due;
    line->due_link = &lines->due;
    if (line->next_due)
        line->next_due->due_link = &line->next_due;
    lines->due = line;
}

static void is_due_no_more(struct line *line)
{
    if (!line->due_link)
        return;
    *line->due_link = line->next_due;
    if (line->next_due)
        line->next_due->due_link = line->due_link;
    line->due_link = NULL;
}

static void call_due(struct lines *lines)
{
    struct line *line;
    if (lines->is_at_it)
        return;
    lines->is_at_it = true;
    while ((line = lines->due)) {
        is_due_no_more(line);
        line->first->turn(line->first);
    }
    lines->is_at_it = false;
}

void lines_leave(struct lines *lines, struct waiter *waiter)
{
    struct line *line = waiter->line;
    bool was_its_turn = line->first == waiter;
    *(waiter->prev ? &waiter->prev->next : &line->first) = waiter->next;
    *(waiter->next ? &waiter->next->prev : &line->last) = waiter->prev;
    if (!line->first) {
        is_due_no_more(line);
        dict_remove(&lines->by_name, span_of(line->name));
        free(line->name);
        free(line);
    } else if (was_its_turn) {
        make_due(lines, line);
    }
    call_due(lines);
}
