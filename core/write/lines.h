/*
 * lines.h - who works on a record, and who waits behind: one line for each name.
 *
 * For sequences that must not cross (read a stock level, write it, read it back).  The first gets in at once,
 * the others are called when it is their turn, in the order in which they came.
 */
#ifndef CARTWAY_LINES_H
#define CARTWAY_LINES_H

#include "core/base/dict.h"
#include "core/base/span.h"

#include <stdbool.h>

struct line;
struct waiter { /* embedded by whoever waits */
    struct line *line;
    struct waiter *prev, *next;
    void (*turn)(struct waiter *waiter);
};

struct lines {
    struct dict by_name;
    struct line *due; /* those whose head is to be called */
    bool is_at_it;
};

void lines_init(struct lines *lines, uint64_t seed);
void lines_release(struct lines *lines);
/* true: it is your turn now; false: turn() comes later. */
bool lines_enter(struct lines *lines, struct span name, struct waiter *waiter);
/* Who came last, the one at work included; NULL: nobody is there. */
struct waiter *lines_last(const struct lines *lines, struct span name);
/* Out of the line, wherever it stood.  If it was its turn, the next one's turn() is called from here; or from the outer
 * lines_leave, if we are inside somebody's turn(). */
void lines_leave(struct lines *lines, struct waiter *waiter);
/* `heir`, who is in no line, has from now on the place that `waiter` had, who is out; nobody is called. */
void lines_pass(struct waiter *waiter, struct waiter *heir);

#endif
