/*
 * test_feeds.c - what each platform's status page means, read through its sheet's rows (sheets/feeds.json).
 *
 *   {"sheet": "square", "source": "shaped: ...", "state": "outage", "text": "Major Service Outage", "body": {...}}
 *
 * state null: the page says nothing that is known.  Whoever has a feed shows an outage, and that it is operational.
 */
#include "core/answer/views.h"
#include "tests/contract/sheet.h"

#include <jansson.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *load_cases(void)
{
    const char *source = getenv("CARTWAY_SOURCE");
    char path[PATH_MAX];
    json_error_t error;
    snprintf(path, sizeof(path), "%s/tests/contract/sheets/feeds.json", source ? source : ".");
    json_t *cases = json_load_file(path, 0, &error);
    if (!cases)
        fail_msg("%s: line %d: %s", path, error.line, error.text);
    return cases;
}

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bool is_same(const char *expected, const char *found)
{
    return expected && found ? strcmp(expected, found) == 0 : expected == found;
}

/* What is read of the body: the state, and the text into `text`. */
static const char *read_page(const struct platform *platform, const json_t *body, char *text, size_t room)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct held_view *view = NULL;
    struct views *views = views_new(1);
    struct buf none, scratch;
    char *bytes = json_dumps(body, JSON_COMPACT);
    arena_init(&arena);
    buf_init(&none, 1024);
    buf_init(&scratch, 1024);
    struct view_in in = { .status = 200, .body = span_of(bytes), .arena = &arena };
    struct view_out out = { .data = &none, .problems = &none };
    if (views_hold(views, platform, platform->feed.endpoint, NULL, &fault, &view) ||
        view_read(view->view, &in, &fault, &out))
        fail_msg("%s: %s", platform->table->name, fault.text);
    assert_int_equal(out.verdict, CW_OK);
    struct span found = value_text(&out.extra[platform->feed.text], &scratch);
    snprintf(text, room, "%.*s", SPAN_ARG(found));
    const char *state = out.state ? out.state->value : NULL;
    views_drop(views, view);
    views_free(views);
    buf_release(&none);
    buf_release(&scratch);
    arena_release(&arena);
    free(bytes);
    return state;
}

/* Of one sheet: how many states were shown that it is to show. */
static void look_at(const struct sheet *sheet, const json_t *cases)
{
    struct arena arena;
    bool needs[NOT_SERVED_MAX] = { false }, outage = false, operational = false;
    json_t *one;
    size_t i;
    arena_init(&arena);
    struct platform *platform = sheet_load(sheet, &arena, needs);
    assert_non_null(platform);
    json_array_foreach((json_t *)cases, i, one)
    {
        char text[200];
        if (!is_same(member(one, "sheet"), sheet->name))
            continue;
        assert_non_null(platform->feed.endpoint);
        const char *state = read_page(platform, json_object_get(one, "body"), text, sizeof(text));
        if (!is_same(member(one, "state"), state) || !is_same(member(one, "text"), text))
            fail_msg("feeds.json, number %zu: found %s, \"%s\"", i + 1, state ? state : "nothing", text);
        outage |= is_same(state, "outage");
        operational |= is_same(state, "operational");
    }
    if (platform->feed.endpoint && (!outage || !operational))
        fail_msg("feeds.json: %s lacks an outage, or that it is operational", sheet->name);
    platform_free(platform);
    arena_release(&arena);
}

static void every_feed_is_read(void **state)
{
    json_t *cases = load_cases(), *one;
    size_t i;
    (void)state;
    for (size_t k = 0; k < n_sheets; k++)
        look_at(&sheets[k], cases);
    json_array_foreach(cases, i, one)
    {
        size_t k = 0;
        while (k < n_sheets && !is_same(member(one, "sheet"), sheets[k].name))
            k++;
        assert_true(k < n_sheets && member(one, "source"));
    }
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_feed_is_read) };
    return cmocka_run_group_tests_name("feeds", tests, NULL, NULL);
}
