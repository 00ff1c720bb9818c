/*
 * writes.h - the handlers of uniform methods that change a shop's records.
 */
#ifndef CARTWAY_API_WRITES_H
#define CARTWAY_API_WRITES_H

struct visit;

void writes_record(struct visit *visit); /* create, update, cancel: the route's status says which */
void writes_delete(struct visit *visit);

#endif
