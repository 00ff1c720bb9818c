/*
 * table.h - a hash table of nodes that their owners embed: lanes, keys, records.
 *
 * The user hashes and compares; the table only chains.  It doubles when there are as many nodes as slots and
 * never shrinks.  Nodes of one slot are met newest first, so the same history gives the same walk.
 *
 *     for (node = table_first(&lanes, hash); node; node = node->next)
 *         if (node->hash == hash && span_eq(lane_name(node), name)) ...
 */
#ifndef CARTWAY_GOVERNOR_TABLE_H
#define CARTWAY_GOVERNOR_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_node {
    struct table_node *next;
    uint32_t hash;
};
/* Zeroed is empty. */
struct table {
    struct table_node **slots;
    uint32_t n, size; /* nodes; slots: 0 or a power of two */
};

#define TABLE_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Frees the slots, not the nodes. */
void table_release(struct table *table);
void table_put(struct table *table, struct table_node *node, uint32_t hash);
/* node must be inside. */
void table_remove(struct table *table, struct table_node *node);
static inline struct table_node *table_first(const struct table *table, uint32_t hash)
{
    return table->size ? table->slots[hash & (table->size - 1)] : NULL;
}

#endif
