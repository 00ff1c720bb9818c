/* test_lookup.c - core/call/lookup.c: kept for its time, forgotten on request, bounded. */
#include "core/call/lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static json_t *values(const char *text)
{
    json_t *list = json_array();
    json_array_append_new(list, json_string(text));
    return list;
}

static const char *found(struct lookups *lookups, const char *key, int64_t now_ms)
{
    return json_string_value(json_array_get(lookups_get(lookups, span_of(key), now_ms), 0));
}

static void kept_for_its_time(void **state)
{
    struct lookups *lookups = lookups_new(1);
    (void)state;
    assert_null(found(lookups, "a", 0));
    lookups_put(lookups, SPAN("a"), values("item_1"), 1000);
    assert_string_equal(found(lookups, "a", 999), "item_1");
    assert_null(found(lookups, "b", 999));
    assert_null(found(lookups, "a", 1000));
    assert_null(found(lookups, "a", 0)); /* and gone */
    lookups_free(lookups);
}

static void forgotten_and_replaced(void **state)
{
    struct lookups *lookups = lookups_new(1);
    (void)state;
    lookups_put(lookups, SPAN("a"), values("item_1"), 1000);
    lookups_put(lookups, SPAN("a"), values("item_2"), 1000);
    assert_string_equal(found(lookups, "a", 0), "item_2");
    lookups_forget(lookups, SPAN("a"));
    lookups_forget(lookups, SPAN("a"));
    assert_null(found(lookups, "a", 0));
    lookups_free(lookups);
}

/* What is used stays, however many others come; what is not used goes. */
static void bounded(void **state)
{
    struct lookups *lookups = lookups_new(1);
    (void)state;
    lookups_put(lookups, SPAN("used"), values("yes"), 1000);
    lookups_put(lookups, SPAN("unused"), values("no"), 1000);
    for (int i = 0; i < 3 * LOOKUP_GENERATION; i++) {
        char key[32];
        snprintf(key, sizeof(key), "k%d", i);
        lookups_put(lookups, span_of(key), values("x"), 1000);
        assert_string_equal(found(lookups, "used", 0), "yes");
    }
    assert_null(found(lookups, "unused", 0));
    assert_null(found(lookups, "k0", 0));
    lookups_free(lookups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_for_its_time),
        cmocka_unit_test(forgotten_and_replaced),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
