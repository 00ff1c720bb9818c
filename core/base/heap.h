/*
 * heap.h - what is due next: a 4-ary heap of timers, intrusive.
 *
 * A user embeds a struct heap_node in its own struct and gets it back with HEAP_OWNER.  Nodes with the same
 * due time come out in the order in which they were pushed or last updated: the simulation needs the same
 * run for the same seed.  The heap owns its array of slots, never the nodes.
 *
 *     struct call { struct heap_node timer; ... };
 *     heap_push(&heap, &call->timer, now + 30000);
 *     while ((node = heap_peek(&heap)) && node->due_ms <= now)
 *         call_expired(HEAP_OWNER(heap_pop(&heap), struct call, timer));
 */
#ifndef CARTWAY_BASE_HEAP_H
#define CARTWAY_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is "not in a heap". */
struct heap_node {
    int64_t due_ms;
    uint32_t index; /* the heap's: 1 + place, 0 when not in a heap */
};

struct heap_slot;
struct heap {
    struct heap_slot *slots;
    uint32_t n, cap;
    uint64_t sequence;
};

#define HEAP_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

void heap_init(struct heap *heap);
/* Frees the slots.  Nodes still inside are forgotten, not touched. */
void heap_release(struct heap *heap);

static inline bool heap_has(const struct heap_node *node)
{
    return node->index != 0;
}
/* node must not be in a heap. */
void heap_push(struct heap *heap, struct heap_node *node, int64_t due_ms);
/* The node due first, NULL if none. */
struct heap_node *heap_peek(const struct heap *heap);
struct heap_node *heap_pop(struct heap *heap);
/* Takes a node out; does nothing when it is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Gives a node another due time; pushes it when it is in no heap. */
void heap_update(struct heap *heap, struct heap_node *node, int64_t due_ms);

#endif
