/*
 * stock_inside.h - what the files of a stock write share: stock.c is its life from the read to the answer, stock_check.c
 * what is wrong with the body, stock_line.c who waits for whom and whose number goes for others'.
 */
#ifndef CARTWAY_STOCK_INSIDE_H
#define CARTWAY_STOCK_INSIDE_H

#include "core/call/pack.h"
#include "core/call/stock.h"
#include "core/loop/timers.h"
#include "core/value/dec.h"
#include "core/write/arrivals.h"
#include "core/write/lines.h"

struct stock {
    struct call *call;
    struct arrival arrival;    /* until it enters the line */
    const json_t *sku;         /* by which it is found, in the call's args; NULL: by an id */
    struct waiter waiter;      /* in the line */
    struct timer patience;     /* while it waits in either */
    bool in_line;              /* it waits there, or its turn has come */
    bool is_written, has_left; /* is_written: the write was begun; has_left: it has ended */
    enum stock_mode mode;
    struct dec quantity, expected, target, before, after;
    bool has_before, has_after;
    const struct endpoint *get, *set; /* set: the mode's own where the platform has one (native) */
    bool is_native, has_target;       /* has_target: what will be on hand is known */
    json_t *args;                     /* of the endpoints */
    struct pack_item packed;          /* the write, where it needs no reading before */
    struct stock *behind, *last;      /* later sets that it takes along, in their order; NULL: none */
    struct stock *next;               /* the one behind it among those */
    struct buf record, problems;
    enum err write_err;
    struct fault write_fault;
    struct upstream write_upstream;
};

/* ---- stock.c ---- */

/* Its turn has come: reads, or writes at once. */
void stock_begin(struct stock *stock);
/* Ends the call; its place in a queue or line is free. */
void stock_end(struct stock *stock, enum err err);
void stock_put_quantity(struct stock *stock, const char *name, struct dec value);

/* ---- stock_check.c ---- */

const char *stock_mode_name(enum stock_mode mode);
/* Fills what the body and the platform say: mode, numbers, endpoints.  What is wrong is in the call's fault and faults. */
enum err stock_check_body(struct stock *stock);

/* ---- stock_line.c ---- */

/* From the checked body to stock_begin: look-ups, those that came before, the line. */
void stock_line_up(struct stock *stock);
/* It is at work in the line: stock_begin, or the end if its time is over; then those that it took along. */
void stock_proceed(struct stock *stock);
/* Out of wherever it waits; others' turn may come from here. */
void stock_leave(struct stock *stock);
/* The first of those that it took along takes its place in the line, and the others along.  NULL: there is none. */
struct stock *stock_hand_over(struct stock *stock);
/* The last of those that it took along, whose number it was to write, is by itself again: the number before it counts. */
struct stock *stock_leave_last(struct stock *stock);

#endif
