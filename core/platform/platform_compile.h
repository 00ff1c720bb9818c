/*
 * platform_compile.h - what the files share that compile an adapter's tables: platform.c and platform_NAME.c, one for
 * each kind of table.  Nobody else includes it.
 *
 * A struct compiler knows which row is at hand, so that every complaint reads "adapter NAME: TABLE row N (name): what".
 * What is compiled lives in the platform's arena.
 */
#ifndef CARTWAY_PLATFORM_COMPILE_H
#define CARTWAY_PLATFORM_COMPILE_H

#include "core/platform/platform.h"

struct compiler {
    struct platform *platform;
    struct fault *fault;
    const char *table; /* being compiled, for complaints */
    size_t row;        /* from 1 */
    const char *name;
};

/* From here on row `index` (from 0) of the table is at hand; name: the row's, NULL if it has none. */
void compiler_at(struct compiler *c, const char *table, size_t index, const char *name);
/* ERR_VALIDATION_FAILED, with the row at hand. */
enum err compiler_complain(const struct compiler *c, const char *column, const char *what);
/* A notation of the row at hand.  text NULL (template): *out stays. */
enum err compiler_template(struct compiler *c, const char *column, const char *text, const struct template **out);
enum err compiler_cond(struct compiler *c, const char *column, const char *text, const struct cond **out);

/* Rows of `in`, those inside them too (depth 0: not inside); the compiled ones and how many. */
enum err compiler_in(struct compiler *c, const struct cw_field *rows, int depth, const struct in_row **out,
                     size_t *n_out);
/* Does a template or a path of the rows name it? */
bool compiler_rows_name(const struct in_row *rows, size_t n, const char *name);

/* Ways in. */
enum err compiler_ways(struct compiler *c);
/* Of the endpoint at hand: which way's tokens it serves, what of them is read and sent.  Ways in are compiled. */
enum err compiler_tokens(struct compiler *c, struct endpoint *endpoint);
/* Endpoints; ways in are compiled. */
enum err compiler_endpoints(struct compiler *c);
/* Limits, the lane that is made of their keys, and signals. */
enum err compiler_limits(struct compiler *c);
/* The endpoints that signals are asked of; endpoints are compiled. */
enum err compiler_asks(struct compiler *c);
/* The status feed; endpoints and hooks are compiled. */
enum err compiler_feed(struct compiler *c);
/* Plan rows, what their templates name, and hooks; endpoints are compiled. */
enum err compiler_plans(struct compiler *c);
/* A value of the endpoint's answer is wanted under a name ("item.id"); path: where it is in the answer.  The same
 * name twice is one. */
enum err compiler_want(struct compiler *c, struct endpoint *endpoint, const char *name, const char *path);

#endif
