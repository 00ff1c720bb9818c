/*
 * args.h - the arguments of a call: an object of the caller's body, the path's ids and what look-ups found, by
 * dotted path ("tracking.number").
 */
#ifndef CARTWAY_ARGS_H
#define CARTWAY_ARGS_H

#include "core/base/buf.h"
#include "core/map/cond.h"

#include <jansson.h>

/* NULL: absent.  Borrowed. */
const json_t *args_get(const json_t *args, struct span path);
/* The same with elements of lists on the way: "tracking[0].number". */
const json_t *args_at(const json_t *args, struct span path);
/* Makes the objects on the way; value is taken. */
void args_set_new(json_t *args, struct span path, json_t *value);
/* Nothing happens if it is not there; objects on the way stay. */
void args_del(json_t *args, struct span path);
/* Appends a scalar as text; false (nothing appended) for null, lists, objects and NULL. */
bool args_text(const json_t *value, struct buf *out);
/* A condition whose paths are dotted paths into args. */
bool args_hold(const struct cond *cond, const json_t *args);

#endif
