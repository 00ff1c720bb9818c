/* test_table.c - embedded nodes by hash: core/governor/table.c. */
#include "core/governor/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
    int number;
    struct table_node node;
};

static struct item *find(const struct table *table, uint32_t hash, int number)
{
    for (struct table_node *node = table_first(table, hash); node; node = node->next)
        if (node->hash == hash && TABLE_OWNER(node, struct item, node)->number == number)
            return TABLE_OWNER(node, struct item, node);
    return NULL;
}

static void nodes_are_found_until_removed(void **state)
{
    static struct item items[1000];
    struct table table = { 0 };

    (void)state;
    assert_null(find(&table, 1, 1));
    for (int i = 0; i < 1000; i++) {
        items[i].number = i;
        table_put(&table, &items[i].node, (uint32_t)(i * 7 % 50)); /* many share a hash */
    }
    assert_int_equal(table.n, 1000);
    assert_int_equal(table.size, 1024);
    for (int i = 0; i < 1000; i += 2)
        table_remove(&table, &items[i].node);
    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(find(&table, (uint32_t)(i * 7 % 50), i), i % 2 ? &items[i] : NULL);
    assert_int_equal(table.n, 500);
    table_release(&table);
    assert_null(find(&table, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nodes_are_found_until_removed) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
