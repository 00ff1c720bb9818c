/*
 * records.h - the handlers of uniform methods that read: lists, single records, counts, store info and validation,
 * and the raw pass-through.  What differs between orders and products is in the tables (core/platform/method.c,
 * routes.c).
 */
#ifndef CARTWAY_API_RECORDS_H
#define CARTWAY_API_RECORDS_H

#include "core/base/err.h"

#include <stdbool.h>

struct call;
struct visit;

void records_list(struct visit *visit);
void records_get(struct visit *visit);
void records_count(struct visit *visit);
void records_stock(struct visit *visit);    /* writes one stock level */
void records_validate(struct visit *visit); /* are address and credentials good? */
void records_raw(struct visit *visit);

/* ---- for api/records/writes.c ---- */

/* The visit's call: arguments from the path and the query, deadline, fields. */
enum err records_prepare(struct visit *visit, void (*done)(struct call *call), struct fault *fault);
/* Did the call fail?  Then the visit has ended. */
/* Starts the visit's call; with explain=1 answers instead what it would do. */
void records_start(struct visit *visit);
bool records_failed(struct visit *visit);

#endif
