/*
 * test_sheets.c - the contract held against every platform's sheet (sheets/NAME.c, one a platform).
 *
 * A sheet's tables say what the platform's facts are, with adapter.h alone, also where this version of the gateway
 * does not serve them yet.  Each goes through the same door as a plug-in: copied, compiled, linted, and a view made
 * for each endpoint with every field.  What the linter refuses because it is not served is taken off, and who needed
 * it must be as `not_served` says; whatever else is refused is a mistake in the sheet or in the contract.
 *
 *   allegro   refused: "auth row 1 (oauth): obtain: this version ... does not serve it"   take obtain off, again: loads
 *
 * The day something is served, this test fails with the line of `not_served` that is to go.
 * `test_sheets table` prints the table of docs/adapter-guide.md, section 9; the test holds the page to it.
 */
#include "core/answer/views.h"
#include "core/base/buf.h"
#include "core/exchange/limits.h"
#include "core/platform/raw.h"
#include "tests/contract/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the tests ---------------------------------------------------------------------------------------------- */

static bool can_be_read(const struct sheet *sheet, const struct platform *platform, const struct endpoint *endpoint)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct held_view *view = NULL;
    struct views *views = views_new(1);
    arena_init(&arena);
    const struct selection *whole = endpoint->entity ? selection_whole(endpoint->entity, &arena) : NULL;
    enum err err = views_hold(views, platform, endpoint, whole, &fault, &view);
    if (err)
        print_error("%s/%s.c: %s: %s\n", sheet->folder, sheet->name, endpoint->row->name, fault.text);
    views_drop(views, view);
    views_free(views);
    arena_release(&arena);
    return !err;
}

/* How many are refused. */
static size_t make_views(const struct sheet *sheet, const struct platform *platform)
{
    size_t refused = 0;
    for (size_t i = 0; i < platform->n_endpoints; i++)
        refused += !can_be_read(sheet, platform, &platform->endpoints[i]);
    for (size_t i = 0; i < platform->n_steps; i++) {
        if (platform->steps[i].row->role == CW_PROBE) /* it reads by an endpoint of its own */
            refused += !can_be_read(sheet, platform, platform->steps[i].call);
    }
    return refused;
}

static void test_every_sheet_loads(void **state)
{
    (void)state;
    size_t refused = 0;
    for (size_t i = 0; i < n_sheets; i++) {
        struct arena arena;
        bool needs[NOT_SERVED_MAX] = { false };
        arena_init(&arena);
        struct platform *platform = sheet_load(&sheets[i], &arena, needs);
        refused += platform ? make_views(&sheets[i], platform) : 1;
        platform_free(platform);
        arena_release(&arena);
    }
    assert_int_equal(refused, 0);
}

/* Also the other way: a line of the list that no sheet is refused for is served now, and is to go. */
static void test_what_is_not_served_is_known(void **state)
{
    (void)state;
    char found[NOT_SERVED_MAX][1024] = { "" };
    size_t wrong = 0;
    for (size_t i = 0; i < n_sheets; i++) {
        struct arena arena;
        bool needs[NOT_SERVED_MAX] = { false };
        arena_init(&arena);
        struct platform *platform = sheet_load(&sheets[i], &arena, needs);
        for (size_t k = 0; k < n_not_served; k++) {
            size_t n = strlen(found[k]);
            if (needs[k])
                snprintf(found[k] + n, sizeof(found[k]) - n, "%s%s", n ? " " : "", sheets[i].name);
        }
        platform_free(platform);
        arena_release(&arena);
    }
    for (size_t k = 0; k < n_not_served; k++) {
        if (strcmp(found[k], not_served[k].needed_by) == 0)
            continue;
        wrong++;
        print_error("tests/contract/sheets/not_served.inc: \"%s\" is refused for\n  %s\nnot for\n  %s\n",
                    not_served[k].complaint, found[k], not_served[k].needed_by);
    }
    assert_int_equal(wrong, 0);
}

/* ---- raw requests --------------------------------------------------------------------------------------------- */

static bool give_one(const void *self, struct span name, struct buf *out)
{
    (void)self;
    (void)name;
    buf_char(out, '1');
    return true;
}

/* Its own address, each name filled in, is it. */
static bool is_found(const struct platform *platform, const struct endpoint *endpoint, struct arena *arena)
{
    struct names names = { .get = give_one };
    const struct endpoint **list;
    struct buf path;
    bool found = false;
    buf_init(&path, 1 << 12);
    assert_int_equal(template_fill(endpoint->address, &names, LAND_PATH, &path), TEMPLATE_FILLED);
    const char *query = memchr(path.p, '?', path.n);
    struct span asked = { path.p, query ? (size_t)(query - path.p) : path.n };
    size_t n = raw_endpoints(platform, endpoint->method, asked, arena, &list);
    for (size_t i = 0; i < n; i++)
        found |= list[i] == endpoint;
    buf_release(&path);
    return found;
}

/* A raw request is known by its path, and where it is not there is room for all limits: none is refused for them. */
static void check_raw(const struct sheet *sheet, const struct platform *platform, struct arena *arena)
{
    if (platform->n_limits > limits_room(CLASS_INTERACTIVE))
        fail_msg("%s/%s.c: %zu limits: a raw request of an unknown path is refused", sheet->folder, sheet->name,
                 platform->n_limits);
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        const struct endpoint *endpoint = &platform->endpoints[i];
        if (!endpoint->absolute && !is_found(platform, endpoint, arena))
            fail_msg("%s/%s.c: %s: its own address is not known as it", sheet->folder, sheet->name,
                     endpoint->row->name);
    }
}

static void test_raw_requests_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_sheets; i++) {
        struct arena arena;
        bool needs[NOT_SERVED_MAX] = { false };
        arena_init(&arena);
        struct platform *platform = sheet_load(&sheets[i], &arena, needs);
        assert_non_null(platform);
        check_raw(&sheets[i], platform, &arena);
        platform_free(platform);
        arena_release(&arena);
    }
}

/* ---- the table of docs/adapter-guide.md ----------------------------------------------------------------------- */

/* Platforms' columns that no table stands for, and why. */
static const struct gap {
    const char *sheet, *column, *why;
} gaps[] = {
#include "tests/contract/sheets/gaps.inc"
};

static const char *why_not(const char *sheet, const char *column)
{
    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        if (strcmp(gaps[i].sheet, sheet) == 0 && strcmp(gaps[i].column, column) == 0)
            return gaps[i].why;
    }
    return NULL;
}

static const char *const columns[] = { "settings", "auth",   "limits", "endpoints", "plans",
                                       "pages",    "fields", "errors", "webhooks",  "version" };

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static bool is_filled(const struct cw_adapter *t, size_t column)
{
    const void *const tables[N_COLUMNS] = { t->settings, t->auth,    t->limits, t->endpoints, t->plans,
                                            t->page,     t->records, t->errors, t->webhook,   t->version };
    return tables[column] != NULL;
}

static bool is_served(const bool needs[NOT_SERVED_MAX], const char *column)
{
    for (size_t i = 0; i < n_not_served; i++) {
        if (needs[i] && strcmp(not_served[i].column, column) == 0)
            return false;
    }
    return true;
}

static void write_cell(struct buf *out, const struct sheet *sheet, const bool needs[NOT_SERVED_MAX], size_t column)
{
    const char *why = why_not(sheet->name, columns[column]);
    if (is_filled(sheet->table, column))
        buf_printf(out, " `%s.c` %s%s |", sheet->name, columns[column],
                   is_served(needs, columns[column]) ? "" : " (later)");
    else
        buf_printf(out, " %s |", why ? why : "?");
}

static void write_table(struct buf *out)
{
    buf_lit(out, "| sheet |");
    for (size_t i = 0; i < N_COLUMNS; i++)
        buf_printf(out, " %s |", columns[i]);
    buf_lit(out, "\n|---|");
    for (size_t i = 0; i < N_COLUMNS; i++)
        buf_lit(out, "---|");
    buf_char(out, '\n');
    for (size_t i = 0; i < n_sheets; i++) {
        struct arena arena;
        bool needs[NOT_SERVED_MAX] = { false };
        arena_init(&arena);
        platform_free(sheet_load(&sheets[i], &arena, needs));
        buf_printf(out, "| %s |", sheets[i].table->name);
        for (size_t k = 0; k < N_COLUMNS; k++)
            write_cell(out, &sheets[i], needs, k);
        buf_char(out, '\n');
        arena_release(&arena);
    }
}

enum { PAGE_BYTES_MAX = 1 << 20 };

static void read_page(struct buf *out)
{
    const char *source = getenv("CARTWAY_SOURCE");
    char path[4096], part[4096];
    snprintf(path, sizeof(path), "%s/docs/adapter-guide.md", source ? source : ".");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(part, 1, sizeof(part), file)) > 0;)
        buf_add(out, part, n);
    fclose(file);
}

static void test_the_guide_shows_the_table(void **state)
{
    (void)state;
    struct buf page, table;
    buf_init(&page, PAGE_BYTES_MAX);
    buf_init(&table, PAGE_BYTES_MAX);
    read_page(&page);
    write_table(&table);
    buf_char(&page, '\0');
    buf_char(&table, '\0');
    assert_null(strstr(table.p, " ? |")); /* gaps.inc says why */
    if (!strstr(page.p, table.p))
        fail_msg("docs/adapter-guide.md, section 9: put in what \"test_sheets table\" prints");
    buf_release(&page);
    buf_release(&table);
}

/* A reason for what is there after all, or for nobody, is a stale one. */
static void test_every_gap_is_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        bool used = false;
        for (size_t k = 0; k < n_sheets * N_COLUMNS; k++) {
            const struct sheet *sheet = &sheets[k / N_COLUMNS];
            used |= strcmp(sheet->name, gaps[i].sheet) == 0 && strcmp(columns[k % N_COLUMNS], gaps[i].column) == 0 &&
                    !is_filled(sheet->table, k % N_COLUMNS);
        }
        if (!used)
            fail_msg("tests/contract/sheets/gaps.inc: %s has its %s", gaps[i].sheet, gaps[i].column);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sheet_loads),      cmocka_unit_test(test_what_is_not_served_is_known),
        cmocka_unit_test(test_raw_requests_are_known), cmocka_unit_test(test_the_guide_shows_the_table),
        cmocka_unit_test(test_every_gap_is_one),
    };
    if (argc == 2 && strcmp(argv[1], "table") == 0) {
        struct buf table;
        buf_init(&table, PAGE_BYTES_MAX);
        write_table(&table);
        fwrite(table.p, 1, table.n, stdout);
        buf_release(&table);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
