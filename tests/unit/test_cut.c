/* test_cut.c - lists inside records that end early: noted for a plan row that reads on, told, or a problem. */
#include "tests/unit/view_desk.h"

/* clang-format off */
static const struct cw_field item[] = { { "id", "id" }, { "quantity", "qty" }, { 0 } };
static const struct cw_field refund[] = { { "id", "id" }, { "items", "items.nodes[]", .sub = item, .more = "items.next" }, { 0 } };
static const struct cw_field totals[] = { { "subtotal", "+lines(first:2).nodes[].sum", .more = "@lines" }, { "total", "total" }, { 0 } };
static const struct cw_field order[] = {
    { "id", "id" }, { "currency", "=EUR" }, { "items", "lines(first:2).nodes[]", .sub = item, .more = "@lines" },
    { "totals", "", .sub = totals }, { "tags", "tags.nodes[]", .more = "tags.more=true" }, { "refunds", "refunds[]", .sub = refund }, { 0 } };
static const struct cw_field with[] = { { "id", "={.id}" }, { "page.cursor", "={.lines.end}" }, { 0 } };
static const struct cw_plan plans[] = { { "order.*", CW_REST, "lines", "_lines", with, .when = "lines.more=true" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { 0 } };
static const struct cw_endpoint endpoints[] = { { "order.list", "POST /", "query{orders{*}}", "orders[]" }, { 0 } };
/* clang-format on */

static const struct cw_adapter adapter = { CW_HEAD,
                                           .name = "t",
                                           .title = "T",
                                           .version = "1",
                                           .base_url = "http://t",
                                           .records = records,
                                           .endpoints = endpoints,
                                           .plans = plans };

#define WHOLE                                                                                                          \
    "{\"id\":\"w\",\"lines\":{\"nodes\":[],\"more\":false,\"end\":null},\"tags\":{\"nodes\":[],\"more\":false},"       \
    "\"refunds\":[]}"
#define CUT(id)                                                                                                        \
    "{\"lines\":{\"nodes\":[{\"id\":\"1\",\"qty\":1,\"sum\":\"2.50\"}],\"end\":\"c1\",\"more\":true},\"id\":\"" id     \
    "\",\"tags\":{\"nodes\":[],\"more\":false},\"refunds\":[]}"
#define TAGS                                                                                                           \
    "{\"id\":\"t\",\"lines\":{\"nodes\":[],\"more\":false},\"tags\":{\"nodes\":[\"a\"],\"more\":true},\"refunds\":[]}"
#define REFUNDS                                                                                                        \
    "{\"id\":\"r\",\"lines\":{\"nodes\":[],\"more\":false},\"tags\":{\"nodes\":[],\"more\":false},\"refunds\":["       \
    "{\"id\":\"1\",\"items\":{\"nodes\":[],\"next\":null}},{\"id\":\"2\",\"items\":{\"nodes\":[],\"next\":\"x\"}}]}"
#define PAGE(records) "{\"orders\":[" records "]}"

static void read_cut(struct desk *desk, const char *body, enum view_cut cuts, bool partial)
{
    read_body(desk, &(struct view_in){ .status = 200, .body = span_of(body), .cuts = cuts, .partial = partial });
}

static void one_rest_for_the_list_and_its_sum(void **state)
{
    struct desk desk = open_desk(&adapter, "id,items,totals.subtotal");
    (void)state;
    read_cut(&desk, PAGE(WHOLE "," CUT("a") "," CUT("b")), CUT_NOTED, false);
    assert_int_equal(desk.out.n_written, 3);
    assert_int_equal(desk.out.n_rests, 2);
    const struct view_rest *rest = &desk.out.rests[1];
    assert_string_equal(rest->plan->name, "lines");
    assert_true(span_is(rest->args[0], "b") && span_is(rest->args[1], "c1"));
    assert_true(span_is(value_span(&rest->place), "[{\"id\":\"1\",\"qty\":1,\"sum\":\"2.50\"}]"));
    assert_true(span_is(value_span(&rest->flag), "true"));
    assert_false(has(&desk.data, "\"incomplete\":[\""));
    close_desk(&desk);
}

/* What says that more lies behind, and from where, is asked for with the list, and not without it. */
static void it_is_asked_for(void **state)
{
    struct buf ask;
    (void)state;
    buf_init(&ask, 4096);
    struct desk desk = open_desk(&adapter, "items.id,totals.subtotal");
    view_ask(desk.view, &ask);
    assert_true(has(&ask, "lines(first:2).end") && has(&ask, "lines.more") && has(&ask, "lines(first:2).nodes.id"));
    buf_clear(&ask);
    view_ask_below(desk.view, SPAN("lines(first:2).nodes"), &ask);
    assert_true(span_is(buf_peek(&ask), "id,sum"));
    close_desk(&desk);
    desk = open_desk(&adapter, "id,totals.total");
    buf_clear(&ask);
    view_ask(desk.view, &ask);
    assert_true(has(&ask, "id") && !has(&ask, "lines"));
    close_desk(&desk);
    buf_release(&ask);
}

static void what_is_not_read_on_is_named(void **state)
{
    struct desk desk = open_desk(&adapter, "id,items,totals.subtotal");
    (void)state;
    read_cut(&desk, PAGE(CUT("a") "," WHOLE), CUT_TOLD, false);
    assert_int_equal(desk.out.n_rests, 0);
    assert_true(has(&desk.data, "\"incomplete\":[\"items\",\"totals.subtotal\"]"));
    assert_true(has(&desk.data, "\"incomplete\":[]"));
    read_cut(&desk, PAGE(CUT("a") "," WHOLE), CUT_SPOILS, true);
    assert_true(has(&desk.data, "\"incomplete\":[\"items\",\"totals.subtotal\"]"));
    read_cut(&desk, PAGE(CUT("a") "," WHOLE), CUT_SPOILS, false);
    assert_int_equal(desk.out.n_written, 1);
    assert_true(has(&desk.problems, "\"id\":\"a\",\"path\":\"items\",\"expected\":\"all of it\""));
    close_desk(&desk);
}

/* Nothing reads on: only a condition, of a plain list, or of one inside of another. */
static void a_condition_alone(void **state)
{
    struct desk desk = open_desk(&adapter, "id,tags,refunds.items.id");
    (void)state;
    read_cut(&desk, PAGE(WHOLE "," TAGS), CUT_NOTED, false);
    assert_int_equal(desk.out.n_rests, 0);
    assert_true(has(&desk.problems, "\"id\":\"t\",\"path\":\"tags\""));
    read_cut(&desk, PAGE(TAGS "," WHOLE), CUT_NOTED, true);
    assert_true(has(&desk.data, "\"incomplete\":[\"tags\"]") && has(&desk.data, "\"incomplete\":[]"));
    read_cut(&desk, PAGE(REFUNDS), CUT_NOTED, true);
    assert_true(has(&desk.data, "\"incomplete\":[\"refunds.items\"]"));
    close_desk(&desk);
}

/* A record that is a problem has no rest. */
static void a_problem_has_no_rest(void **state)
{
    struct desk desk = open_desk(&adapter, "id,items,totals.total");
    (void)state;
    read_cut(&desk, PAGE("{\"id\":\"a\",\"lines\":{\"nodes\":[],\"more\":true},\"total\":[]}"), CUT_NOTED, false);
    assert_int_equal(desk.out.n_problems, 1);
    assert_int_equal(desk.out.n_rests, 0);
    close_desk(&desk);
}

/* ---- tables that make no sense ------------------------------------------------------------------------ */

static void refused(const struct cw_field *row, const struct cw_plan *plan, const char *expected)
{
    const struct cw_field fields[] = { { "id", "id" }, *row, { 0 } };
    const struct cw_plan plan_rows[] = { *plan, { 0 } };
    const struct cw_record record[] = { { "order", fields }, { 0 } };
    struct cw_adapter bad = adapter;
    struct fault fault = { 0 };
    struct arena arena;
    struct view *view = NULL;
    const struct selection *selection;
    arena_init(&arena);
    bad.records = record;
    bad.plans = plan_rows;
    assert_int_equal(selection_parse(model_entity("order"), SPAN("*"), &arena, &fault, &selection), OK);
    struct view_spec spec = {
        .adapter = &bad, .endpoint = bad.endpoints, .entity = model_entity("order"), .selection = selection
    };
    assert_int_not_equal(view_new(&spec, &fault, &view), OK);
    if (!strstr(fault.text, expected))
        fail_msg("expected \"%s\", found \"%s\"", expected, fault.text);
    arena_release(&arena);
}

static void what_is_refused(void **state)
{
    static const struct cw_field good_row = { "tags", "l.nodes[]", .more = "@lines" };
    static const struct cw_field no_plan = { "tags", "l.nodes[]", .more = "@sends" };
    static const struct cw_field no_list = { "note", "note", .more = "@lines" };
    static const struct cw_field no_path = { "tags", "l.nodes[]", .more = "l..more" };
    static const struct cw_plan never_ends = { "order.*", CW_REST, "lines", "_lines", with, .when = "!l.last" };
    static const struct cw_field inside[] = { { "id", "id" },
                                              { "items", "l[]", .sub = item, .more = "@lines" },
                                              { 0 } };
    static const struct cw_field deep = { "refunds", "refunds[]", .sub = inside };
    (void)state;
    refused(&no_plan, plans, "order row 2 (tags): more: no plan row of role REST with a `when` is named \"sends\"");
    refused(&no_list, plans, "(note): more: expected a list, or a sum over one");
    refused(&no_path, plans, "(tags): path \"l..more\": column 3");
    refused(&good_row, &never_ends, "(tags): more: plan lines: when: expected one path of the record");
    refused(&deep, plans, "(items): more: a list inside of a list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rest_for_the_list_and_its_sum),
        cmocka_unit_test(it_is_asked_for),
        cmocka_unit_test(what_is_not_read_on_is_named),
        cmocka_unit_test(a_condition_alone),
        cmocka_unit_test(a_problem_has_no_rest),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
