/* lines.c - a dict from name to the queue of those who want it; the head is at work. */
#include "core/lines.h"

#include "core/base/arena.h"

#include <stdlib.h>

struct line {
    char *name;
    struct waiter *first, *last;
};

void lines_init(struct lines *lines, uint64_t seed)
{
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

void lines_leave(struct lines *lines, struct waiter *waiter)
{
    struct line *line = waiter->line;
    bool was_its_turn = line->first == waiter;
    *(waiter->prev ? &waiter->prev->next : &line->first) = waiter->next;
    *(waiter->next ? &waiter->next->prev : &line->last) = waiter->prev;
    if (!line->first) {
        dict_remove(&lines->by_name, span_of(line->name));
        free(line->name);
        free(line);
    } else if (was_its_turn) {
        line->first->turn(line->first);
    }
}
