/*
 * test_frozen.c - an adapter built against an older adapter.h (frozen/adapter.h), loaded as a plug-in.
 *
 * Its rows are shorter: no `unseen`, `ask` or `undo`, no hooks.  The gateway steps by the sizes that the adapter was
 * built with and finds what it lacks to be zero.
 */
#include "core/platform/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_older_plugin_loads(void **state)
{
    (void)state;
    const char *build = getenv("CARTWAY_BUILD");
    struct fault fault = { 0 };
    struct platform *platform = NULL;
    char path[4096];
    snprintf(path, sizeof(path), "%s/tests/contract/frozen.so", build ? build : "build");
    if (plugin_load(path, NULL, &fault, &platform))
        fail_msg("%s: %s", path, fault.text);
    const struct cw_adapter *t = platform->table;
    assert_true(t->rows.field < sizeof(struct cw_field));
    assert_true(t->rows.endpoint < sizeof(struct cw_endpoint));
    assert_true(t->rows.plan < sizeof(struct cw_plan));
    assert_true(t->size < sizeof(struct cw_adapter));
    assert_null(t->hooks);
    assert_string_equal(t->name, "toy");
    const struct endpoint *address = platform_endpoint(platform, "_order.address.one");
    assert_non_null(address); /* the last row: none was stepped over */
    assert_null(address->row->unseen);
    assert_string_equal(t->records[0].fields[1].theirs, "number");
    assert_null(t->records[0].fields[1].ask);
    assert_string_equal(platform_step(platform, "order.list", CW_FOLLOW, 1)->row->name, "ship_to");
    assert_null(platform_step(platform, "order.list", CW_FOLLOW, 1)->row->undo);
    platform_free(platform);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_older_plugin_loads) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
