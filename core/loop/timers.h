/*
 * timers.h - the shard's one heap of moments: who waits for a time gets a call.
 *
 *   timer.due_ms is set by timers_set; fire() comes from timers_run, once.
 */
#ifndef CARTWAY_TIMERS_H
#define CARTWAY_TIMERS_H

#include "core/base/heap.h"

#include <stdint.h>

struct timer {
    struct heap_node node;
    void (*fire)(struct timer *timer, int64_t now_ms);
    void *owner;
};

struct timers {
    struct heap heap;
};

void timers_init(struct timers *timers);
void timers_release(struct timers *timers);
/* Sets or moves it.  The timer stays where it is until it has fired or was cancelled. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due_ms);
void timers_cancel(struct timers *timers, struct timer *timer);
/* The next due time, INT64_MAX: none. */
int64_t timers_next(const struct timers *timers);
void timers_run(struct timers *timers, int64_t now_ms);

#endif
