/* test_views.c - core/answer/views.c: one view for each endpoint and choice, whatever the choices' digests are. */
#include "core/answer/views.h"
#include "tests/unit/platform_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct cw_field order[] = { { "id", "id" }, { "number", "number" }, { "name", "name" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "GET /orders", NULL, "orders[]" },
                                                { "order.get", "GET /orders/{id}" },
                                                { "order.count", "GET /count" },
                                                { 0 } };
static const struct cw_adapter toy = { CW_HEAD,
                                       .name = "toy",
                                       .title = "Toy",
                                       .version = "1",
                                       .base_url = "http://shop.invalid",
                                       .records = records,
                                       .endpoints = endpoints };

struct house {
    struct platform *platform;
    struct views *views;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct house house;
    house.platform = platform_made(&toy);
    house.views = views_new(1);
    arena_init(&house.arena);
    *state = &house;
    return 0;
}

static int tear_down(void **state)
{
    struct house *h = *state;
    views_free(h->views);
    platform_free(h->platform);
    arena_release(&h->arena);
    return 0;
}

static struct selection *choose(struct house *h, const char *fields)
{
    const struct selection *selection;
    struct fault fault = { 0 };
    if (selection_parse(model_entity("order"), span_of(fields), &h->arena, &fault, &selection))
        fail_msg("%s", fault.text);
    return selection_copy(selection, &h->arena);
}

static struct held_view *hold(struct house *h, size_t endpoint, const struct selection *selection)
{
    struct held_view *held = NULL;
    struct fault fault = { 0 };
    if (views_hold(h->views, h->platform, &h->platform->endpoints[endpoint], selection, &fault, &held))
        fail_msg("%s", fault.text);
    views_drop(h->views, held);
    return held;
}

static void one_for_each_endpoint_and_choice(void **state)
{
    struct house *h = *state;
    struct held_view *number = hold(h, 0, choose(h, "number"));
    assert_ptr_equal(hold(h, 0, choose(h, "number,id")), number);
    assert_ptr_not_equal(hold(h, 0, choose(h, "name")), number);
    assert_ptr_not_equal(hold(h, 1, choose(h, "number")), number);
    assert_ptr_not_equal(hold(h, 0, NULL), number);
    assert_ptr_equal(hold(h, 2, choose(h, "number")), hold(h, 2, NULL)); /* it gives no record */
}

/* Fields are the caller's: he may know two texts that meet. */
static void one_digest_is_not_one_choice(void **state)
{
    struct house *h = *state;
    struct selection *number = choose(h, "number"), *name = choose(h, "name");
    name->digest = number->digest;
    struct held_view *first = hold(h, 0, number), *second = hold(h, 0, name);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(hold(h, 0, number), first);
    assert_ptr_equal(hold(h, 0, name), second);
}

/* More than are kept: the one in use stays, the others make room. */
static void what_is_held_stays(void **state)
{
    struct house *h = *state;
    struct held_view *kept, *again;
    struct fault fault = { 0 };
    assert_int_equal(views_hold(h->views, h->platform, &h->platform->endpoints[0], choose(h, "name"), &fault, &kept),
                     OK);
    for (int i = 0; i < 2 * VIEWS_MAX; i++) {
        struct selection *other = choose(h, "number");
        selection_name(other, span_of(arena_printf(&h->arena, "number<%d", i)));
        hold(h, 0, other);
    }
    again = hold(h, 0, choose(h, "name"));
    assert_ptr_equal(again, kept);
    views_drop(h->views, kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_for_each_endpoint_and_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_digest_is_not_one_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
