/*
 * table.c - a hash table of embedded nodes.
 *
 * Four slots at first; with the fifth node they become eight, and each node goes where its hash now says.
 */
#include "core/governor/table.h"

#include "core/base/arena.h"

#include <assert.h>
#include <stdlib.h>

void table_release(struct table *table)
{
    free(table->slots);
    *table = (struct table){ 0 };
}

static void table_link(struct table *table, struct table_node *node)
{
    struct table_node **slot = &table->slots[node->hash & (table->size - 1)];

    node->next = *slot;
    *slot = node;
}

static void table_grow(struct table *table)
{
    struct table_node **old = table->slots;
    uint32_t size = table->size;

    table->size = size ? size * 2 : 4;
    table->slots = mem_zalloc(table->size * sizeof *table->slots);
    for (uint32_t i = 0; i < size; i++) {
        while (old[i]) {
            struct table_node *node = old[i];

            old[i] = node->next;
            table_link(table, node);
        }
    }
    free(old);
}

void table_put(struct table *table, struct table_node *node, uint32_t hash)
{
    if (table->n == table->size)
        table_grow(table);
    node->hash = hash;
    table_link(table, node);
    table->n++;
}

void table_remove(struct table *table, struct table_node *node)
{
    struct table_node **at = &table->slots[node->hash & (table->size - 1)];

    while (*at != node) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = node->next;
    table->n--;
}
