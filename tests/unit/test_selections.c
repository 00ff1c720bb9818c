/* test_selections.c - core/call/selections.c: one text is parsed once, what is held stays, refused texts do not. */
#include "core/call/selections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct held_selection *hold(struct selections *selections, const char *entity, const char *fields)
{
    struct held_selection *held = NULL;
    struct fault fault = { 0 };
    if (selections_hold(selections, model_entity(entity), span_of(fields), &fault, &held))
        fail_msg("%s", fault.text);
    return held;
}

static void the_same_text_is_parsed_once(void **state)
{
    struct selections *selections = selections_new(1);
    (void)state;
    struct held_selection *a = hold(selections, "order", "id,number"), *b = hold(selections, "order", "id,number");
    struct held_selection *other = hold(selections, "product", "id");
    assert_ptr_equal(a, b);
    assert_int_equal(a->refs, 2);
    assert_ptr_not_equal(a, other);
    assert_true(span_is(a->selection->canonical, "id,number"));
    assert_ptr_equal(other->selection->entity, model_entity("product"));
    selections_drop(a);
    selections_drop(b);
    selections_drop(other);
    selections_drop(NULL);
    selections_free(selections);
}

static void a_refused_text_is_not_kept(void **state)
{
    struct selections *selections = selections_new(1);
    struct held_selection *held = NULL;
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fault fault = { 0 };
        assert_int_equal(selections_hold(selections, model_entity("order"), SPAN("nunber"), &fault, &held),
                         ERR_INVALID_REQUEST);
        assert_non_null(strstr(fault.text, "number"));
        assert_null(held);
    }
    selections_free(selections);
}

/* More texts than are kept, made by one caller: the one in use stays, the others make room. */
static void what_is_held_stays(void **state)
{
    struct selections *selections = selections_new(1);
    (void)state;
    struct held_selection *kept = hold(selections, "order", "id,totals");
    for (int i = 0; i < 3 * SELECTIONS_MAX; i++) {
        char text[64];
        snprintf(text, sizeof(text), "external_ids.x%d", i);
        selections_drop(hold(selections, "order", text));
    }
    assert_ptr_equal(hold(selections, "order", "id,totals"), kept);
    assert_int_equal(kept->refs, 2);
    selections_free(selections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_is_parsed_once),
        cmocka_unit_test(a_refused_text_is_not_kept),
        cmocka_unit_test(what_is_held_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
