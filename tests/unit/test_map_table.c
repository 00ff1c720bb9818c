/* test_map_table.c - tables copied by the plug-in's own strides: older, newer, broken. */
#include "core/map/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cw_field order[] = { { "id", "id" }, { "number", "no" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" }, { 0 } };
static const struct cw_adapter good = { CW_HEAD,
                                        .name = "toy",
                                        .title = "Toy",
                                        .version = "1",
                                        .base_url = "{site}",
                                        .records = records,
                                        .endpoints = endpoints };

static enum err copy(const struct cw_adapter *raw, struct fault *fault, struct arena *arena,
                     const struct cw_adapter **out)
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
    const struct older_field fields[] = { { "id", "id", NULL, NULL, NULL },
                                          { "number", "no", NULL, NULL, NULL },
                                          { NULL, NULL, NULL, NULL, NULL } };
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
    static const char *const says[] = {
        "ABI 7, this gateway speaks", "CW_HEAD", "CW_HEAD", "required", "flags is 64", "kind is 9"
    };
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
}

/* Addresses where no table can be, row sizes that no row has: told, not followed. */
static void test_wild_tables(void **state)
{
    static const struct cw_record no_fields[] = { { "order", (const struct cw_field *)0x10 }, { 0 } };
    struct cw_adapter raws[5] = { good, good, good, good, good };
    static const char *const says[] = { "plans: expected the address of a table, found 0x10",
                                        "fields: expected the address of a table, found 0x10",
                                        "endpoints: expected the address of a table", "a row of fields has 65535 bytes",
                                        "a row of fields has 9 bytes" };
    (void)state;
    raws[0].plans = (const struct cw_plan *)0x10;
    raws[1].records = no_fields;
    raws[2].endpoints = (const struct cw_endpoint *)((const char *)endpoints + 1);
    raws[3].rows.field = UINT16_MAX;
    raws[4].rows.field = 9;
    for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
        struct arena arena;
        struct fault fault = { 0 };
        const struct cw_adapter *own = NULL;
        assert_int_equal(copy(&raws[i], &fault, &arena, &own), ERR_VALIDATION_FAILED);
        assert_non_null(strstr(fault.text, says[i]));
        assert_null(own);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_copies), cmocka_unit_test(test_newer_rows),
                                        cmocka_unit_test(test_older_rows), cmocka_unit_test(test_refusals),
                                        cmocka_unit_test(test_wild_tables) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
