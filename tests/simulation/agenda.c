/* agenda.c - a binary heap of events, held by value. */
#include "tests/simulation/agenda.h"

#include "core/base/arena.h"

#include <stdbool.h>
#include <stdlib.h>

static bool event_before(const struct event *a, const struct event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

void agenda_add(struct agenda *agenda, struct event event)
{
    size_t i = agenda->n++;

    event.order = agenda->order++;
    if (i == agenda->cap) {
        agenda->cap = agenda->cap ? agenda->cap * 2 : 256;
        agenda->events = mem_realloc(agenda->events, agenda->cap * sizeof *agenda->events);
    }
    for (; i && event_before(&event, &agenda->events[(i - 1) / 2]); i = (i - 1) / 2)
        agenda->events[i] = agenda->events[(i - 1) / 2];
    agenda->events[i] = event;
}

struct event agenda_take(struct agenda *agenda)
{
    struct event first = agenda->events[0], last = agenda->events[--agenda->n];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < agenda->n) {
        if (child + 1 < agenda->n && event_before(&agenda->events[child + 1], &agenda->events[child]))
            child++;
        if (!event_before(&agenda->events[child], &last))
            break;
        agenda->events[i] = agenda->events[child];
        i = child;
    }
    agenda->events[i] = last;
    return first;
}

void agenda_release(struct agenda *agenda)
{
    free(agenda->events);
}
