/*
 * sheet.h - the tables of the platforms' sheets (sheets/NAME.c, or an adapter itself), for the tests over them.
 */
#ifndef CARTWAY_TESTS_SHEET_H
#define CARTWAY_TESTS_SHEET_H

#include "core/platform/platform.h"

struct sheet {
    const char *name, *folder; /* of NAME.c */
    const struct cw_adapter *table;
};
extern const struct sheet sheets[];
extern const size_t n_sheets;

/* What adapter.h describes and this version refuses. */
struct not_served {
    const char *complaint; /* part of the linter's sentence */
    void (*drop)(struct cw_adapter *);
    const char *column;    /* of the table in docs/adapter-guide.md */
    const char *needed_by; /* the sheets that are refused for it, in the order of their names */
};
extern const struct not_served not_served[];
extern const size_t n_not_served;

enum { SHEETS_MAX = 64, NOT_SERVED_MAX = 32 };
/* Loads the sheet without what is not served; says in `needs` what that was.  NULL, after printing why: it is refused
 * for something else.  The arena holds the tables. */
struct platform *sheet_load(const struct sheet *sheet, struct arena *arena, bool needs[NOT_SERVED_MAX]);

#endif
