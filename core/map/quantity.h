/*
 * quantity.h - a number that depends on a request: what a call costs, how large a limit is.
 *
 *   3                    always 3
 *   1+2*{page.size}      a sum of products; factors are whole numbers, {names} or words
 *   graphql              a word: what it stands for is the caller's to know
 *
 * The words are graphql, items and bytes (docs/adapter-guide.md, limits).
 */
#ifndef CARTWAY_MAP_QUANTITY_H
#define CARTWAY_MAP_QUANTITY_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/span.h"
#include "core/map/template.h"

#include <stdbool.h>
#include <stdint.h>

enum quantity_word { QUANTITY_NUMBER, QUANTITY_NAME, QUANTITY_GRAPHQL, QUANTITY_ITEMS, QUANTITY_BYTES };

struct quantity;

/* text stays borrowed. */
enum err quantity_parse(struct arena *arena, const char *text, struct fault *fault, const struct quantity **out);
/* Does it hold the word (for QUANTITY_NAME: the placeholder `name`)? */
bool quantity_holds(const struct quantity *quantity, enum quantity_word word, const char *name);
/* Its placeholders, from 0; .p NULL: there is no such one. */
struct span quantity_name(const struct quantity *quantity, size_t index);
/* Is it a plain number?  Then which. */
bool quantity_is_number(const struct quantity *quantity, uint64_t *out);

enum { QUANTITY_MAX = 1000000000 }; /* more is taken for this */

/* word(): what GRAPHQL, ITEMS and BYTES stand for.  Rounds up.  false: a name is absent or no number from 0. */
bool quantity_value(const struct quantity *quantity, const struct names *names,
                    uint64_t (*word)(const void *self, enum quantity_word word), uint64_t *out);

/* "12", "12.5", "0.0167": in millionths, cut off there, at most QUANTITY_MAX of them whole.  false: anything else, and
 * what is negative. */
bool quantity_micro(struct span text, int64_t *out);

#endif
