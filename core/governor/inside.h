/*
 * inside.h - what a governor is made of.  governor.c decides with it, governor_view.c shows it; nobody else includes
 * it.
 */
#ifndef CARTWAY_GOVERNOR_INSIDE_H
#define CARTWAY_GOVERNOR_INSIDE_H

#include "core/base/heap.h"
#include "core/governor/cap.h"
#include "core/governor/governor.h"
#include "core/governor/lane.h"
#include "core/governor/queue.h"

enum { OVERLOADED_RETRY_MS = 1000 };

struct queue_list {
    struct queue *first, *last;
};

struct governor {
    struct governor_options options;
    struct lanes lanes;
    struct table records;
    struct queue_pool pool;
    struct heap timers;
    struct queue_list dirty, starved;
    struct caps caps;
    struct ticket_list due;
    uint32_t n_due;
    uint32_t round;
    int64_t tidy_ms;
    struct governor_view view;
};

static inline int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_ms(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
