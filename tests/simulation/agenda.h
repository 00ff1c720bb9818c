/* agenda.h - what is to happen in virtual time: the earliest first, of one moment in the order in which it was added. */
#ifndef CARTWAY_SIMULATION_AGENDA_H
#define CARTWAY_SIMULATION_AGENDA_H

#include <stddef.h>
#include <stdint.h>

struct event {
    int64_t at_us;
    int what;      /* the simulation's own enum */
    uint32_t life; /* of what it began in, where there are kills */
    void *of;
    uint64_t order; /* the agenda's */
};

struct agenda { /* zeroed it is empty */
    struct event *events;
    size_t n, cap;
    uint64_t order;
};

void agenda_add(struct agenda *agenda, struct event event);
/* There must be one. */
struct event agenda_take(struct agenda *agenda);
void agenda_release(struct agenda *agenda);

#endif
