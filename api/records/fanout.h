/*
 * fanout.h - one read of several stores: GET /v1/orders?stores=a,b
 *
 * Each store gets a visit of its own (visit_child) on the route that serves one store, with the same query; so rights,
 * filters, fields and errors are those of the single read.  The answer names every store in the order asked:
 *
 *   {"stores":[{"store":"a","status":200,"data":[...],"next":"...","problems":[]},
 *              {"store":"b","status":502,"error":{"code":"store_error",...}}]}
 *
 * 200 if any succeeded; else the first store's error, with `stores` beside it.  `limit` is for each store; `next` is a
 * cursor of /v1/stores/a/orders.  Counts have their sum in data.count.
 */
#ifndef CARTWAY_API_FANOUT_H
#define CARTWAY_API_FANOUT_H

#include "core/base/buf.h"

enum { FANOUT_STORES_MAX = 50, FANOUT_BATCH_MAX = 100 };

struct visit;

void fanout_read(struct visit *visit);
/* {"items":[...]}: each is the body of one write of a stock level and has its own outcome, in the same order:
 * {"data":[{"status":200,"data":{...}},{"status":404,"error":{...}}]}.  200 whatever they are: each must be read. */
void fanout_batch(struct visit *visit);
/* A child has ended: its status and answer, which is taken. */
void fanout_collect(struct visit *child, int status, struct buf *body);
/* Frees what a visit holds of its children's answers. */
void fanout_release(struct visit *visit);

#endif
