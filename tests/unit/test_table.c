<<<<<<< HEAD
/* test_table.c - embedded nodes by hash: core/governor/table.c. */
#include "core/governor/table.h"
=======
/* test_table.c - tables copied by the plug-in's own strides: older, newer, broken. */
#include "core/map/table.h"
>>>>>>> 194d77c (docs: the API, two decisions; tests of templates, trees, tables, options, cursors)

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
<<<<<<< HEAD

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
=======
#include <string.h>

#include <cmocka.h>

static const struct cw_field order[] = { { "id", "id" }, { "number", "no" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" }, { 0 } };
static const struct cw_adapter good = { CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}", .records = records, .endpoints = endpoints };

static enum err copy(const struct cw_adapter *raw, struct fault *fault, struct arena *arena, const struct cw_adapter **out)
{
    arena_init(arena);
    return table_copy(raw, arena, fault, out);
}

static void test_copies(void **state)
{
    struct arena arena;
    const struct cw_adapter *own;
    (void)state;
    assert_int_equal(copy(&good, NULL, &arena, &own), OK);
    assert_ptr_not_equal(own->records, records);
    assert_string_equal(own->records[0].fields[1].theirs, "no");
    assert_null(own->records[0].fields[2].ours);
    assert_string_equal(own->endpoints[0].request, "GET /orders");
    arena_release(&arena);
}

/* Built against a header whose cw_record had one column more. */
struct newer_record {
    struct cw_record base;
    uint64_t more;
};

static void test_newer_rows(void **state)
{
    struct newer_record rows[] = { { { "order", order }, 0 }, { { NULL, NULL }, 0 } };
    struct cw_adapter raw = good;
    struct arena arena;
    struct fault fault = { 0 };
    const struct cw_adapter *own;
    (void)state;
    raw.records = &rows[0].base;
    raw.rows.record = sizeof(rows[0]);
    assert_int_equal(copy(&raw, &fault, &arena, &own), OK);
    assert_null(own->records[1].name);
    arena_release(&arena);
    rows[0].more = 7;
    assert_int_equal(copy(&raw, &fault, &arena, &own), ERR_VALIDATION_FAILED);
    assert_non_null(strstr(fault.text, "records row 1: uses a column this gateway does not know"));
    arena_release(&arena);
}

/* Built against a header whose cw_field ended after `sub`. */
struct older_field {
    const char *ours, *theirs, *fmt;
    const struct cw_case *cases;
    const struct cw_field *sub;
};

static void test_older_rows(void **state)
{
    const struct older_field fields[] = { { "id", "id", NULL, NULL, NULL }, { "number", "no", NULL, NULL, NULL }, { NULL, NULL, NULL, NULL, NULL } };
    const struct cw_record own_records[] = { { "order", (const struct cw_field *)fields }, { 0 } };
    struct cw_adapter raw = good;
    struct arena arena;
    const struct cw_adapter *own;
    (void)state;
    raw.records = own_records;
    raw.rows.field = sizeof(fields[0]);
    assert_int_equal(copy(&raw, NULL, &arena, &own), OK);
    assert_string_equal(own->records[0].fields[1].ours, "number");
    assert_int_equal(own->records[0].fields[1].flags, 0);
    arena_release(&arena);
}

static void test_refusals(void **state)
{
    static const struct cw_field flagged[] = { { "id", "id", .flags = 64 }, { 0 } };
    static const struct cw_record bad_flags[] = { { "order", flagged }, { 0 } };
    static const struct cw_limit bad_kind[] = { { "r", (enum cw_limit_kind)9, 1, 1 }, { 0 } };
    struct cw_adapter raws[6] = { good, good, good, good, good, good };
    static const char *const says[] = { "ABI 7, this gateway speaks", "CW_HEAD", "CW_HEAD", "required", "flags is 64", "kind is 9" };
    (void)state;
    raws[0].abi = 7;
    raws[1].size = 3;
    raws[2].rows.field = 0;
    raws[3].title = NULL;
    raws[4].records = bad_flags;
    raws[5].limits = bad_kind;
    for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        const struct cw_adapter *own;
        assert_int_equal(copy(&raws[i], &fault, &arena, &own), ERR_VALIDATION_FAILED);
        assert_non_null(strstr(fault.text, says[i]));
        arena_release(&arena);
    }
>>>>>>> 194d77c (docs: the API, two decisions; tests of templates, trees, tables, options, cursors)
}

int main(void)
{
<<<<<<< HEAD
    const struct CMUnitTest tests[] = { cmocka_unit_test(nodes_are_found_until_removed) };

=======
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_copies), cmocka_unit_test(test_newer_rows), cmocka_unit_test(test_older_rows), cmocka_unit_test(test_refusals) };
>>>>>>> 194d77c (docs: the API, two decisions; tests of templates, trees, tables, options, cursors)
    return cmocka_run_group_tests(tests, NULL, NULL);
}
