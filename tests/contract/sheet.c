/*
 * sheet.c - the tables of a platform's sheet, loaded as a plug-in's would be.
 *
 * What the linter refuses because it is not served is taken off, one column at a time, and said.
 */
#include "tests/contract/sheet.h"

#include "core/map/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* SHEETS is X(allegro) X(bol) ..., from meson.build: each file is compiled with cw_adapter named sheet_NAME. */
#define X(name) extern const struct cw_adapter sheet_##name;
SHEETS
#undef X

const struct sheet sheets[] = {
#define X(name) { #name, "tests/contract/sheets", &sheet_##name },
    SHEETS
#undef X
};

const size_t n_sheets = sizeof(sheets) / sizeof(sheets[0]);

/* ---- what is not served yet --------------------------------------------------------------------------------- */

/* The rows are the arena's copies, made of what the sheet has: the test may change them. */
static void drop_consent(struct cw_adapter *t)
{
    for (struct cw_auth *row = (struct cw_auth *)t->auth; row && row->name; row++) {
        row->authorize = NULL;
        row->returned = NULL;
    }
}

static void drop_document(struct cw_adapter *t)
{
    for (struct cw_endpoint *row = (struct cw_endpoint *)t->endpoints; row && row->name; row++)
        row->document = NULL;
}

static void drop_content(struct cw_adapter *t)
{
    t->content = NULL;
    for (struct cw_endpoint *row = (struct cw_endpoint *)t->endpoints; row && row->name; row++)
        row->content = NULL;
}

static void drop_webhook(struct cw_adapter *t)
{
    t->webhook = NULL;
}

static void drop_hooks(struct cw_adapter *t)
{
    t->hooks = NULL;
}

/* In the order of the linter.  needed_by: the sheets that are refused for it, in the order of their names. */
const struct not_served not_served[] = {
#include "tests/contract/sheets/not_served.inc"
};

const size_t n_not_served = sizeof(not_served) / sizeof(not_served[0]);

static size_t find_complaint(const char *text)
{
    size_t i = 0;
    while (i < n_not_served && !strstr(text, not_served[i].complaint))
        i++;
    return i;
}

struct platform *sheet_load(const struct sheet *sheet, struct arena *arena, bool needs[NOT_SERVED_MAX])
{
    struct fault fault = { 0 };
    const struct cw_adapter *copy = NULL;
    struct platform *platform = NULL;
    enum err err = table_copy(sheet->table, arena, &fault, &copy);
    for (size_t round = 0; !err && round <= n_not_served; round++) {
        err = platform_new(copy, &fault, &platform);
        if (!err)
            return platform;
        size_t i = find_complaint(fault.text);
        if (i == n_not_served || needs[i])
            break;
        needs[i] = true;
        not_served[i].drop((struct cw_adapter *)copy);
        err = OK;
    }
    print_error("%s/%s.c is refused: %s\n", sheet->folder, sheet->name, fault.text);
    return NULL;
}
