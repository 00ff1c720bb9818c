/* timers.c - the shard's one heap of moments (core/base/heap.h), with a callback each. */
#include "core/loop/timers.h"

#include <stddef.h>

void timers_init(struct timers *timers)
{
    heap_init(&timers->heap);
}

void timers_release(struct timers *timers)
{
    heap_release(&timers->heap);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due_ms)
{
    heap_update(&timers->heap, &timer->node, due_ms);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
    heap_remove(&timers->heap, &timer->node);
}

int64_t timers_next(const struct timers *timers)
{
    const struct heap_node *node = heap_peek(&timers->heap);
    return node ? node->due_ms : INT64_MAX;
}

void timers_run(struct timers *timers, int64_t now_ms)
{
    const struct heap_node *node;
    while ((node = heap_peek(&timers->heap)) && node->due_ms <= now_ms) {
        struct timer *timer = HEAP_OWNER(heap_pop(&timers->heap), struct timer, node);
        timer->fire(timer, now_ms);
    }
}
