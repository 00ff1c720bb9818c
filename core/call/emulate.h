/*
 * emulate.h - filters that a platform does not have, done here (emulate=true).
 *
 *     GET /v1/stores/s1/variants?location_id=l1&emulate=true
 *     pages are asked for as ever, at most CALL_UPSTREAM_MAX a request; records that do not fit are left out
 *
 * So a page may be short or empty while `next` is set.  What further requests fill of a record (core/call/follow.h) is
 * asked for only of those that fit; a filter over such a field is done when it is there.  The arguments stand among the
 * call's as "~NAME", where no row of an adapter takes them and a cursor is bound to them like to any other.
 */
#ifndef CARTWAY_EMULATE_H
#define CARTWAY_EMULATE_H

#include "core/base/buf.h"
#include "core/platform/method.h"

#include <jansson.h>

/* The field of ours that the filter compares, by dotted path; NULL: it cannot be done here. */
const char *emulate_field(const struct method *method, struct span filter);
/* Is any filter of the call done here? */
bool emulate_any(const json_t *args);
/* What is open of a page: further requests fill it. */
struct emulate_open {
    void *self;
    bool (*fills)(void *self, struct span field); /* of the record, by its first name */
    /* A record of n bytes at `at` is now at `to`; SIZE_MAX: it is left out. */
    void (*moved)(void *self, size_t at, size_t n, size_t to);
};
/* Of the records in data from `from` on (commas between) only those that fit stay; how many.  open NULL: all is there;
 * else filters over what is open are passed over.  A record that says that the field is `incomplete` stays: nobody
 * knows whether it fits. */
size_t emulate_keep(const struct method *method, const json_t *args, struct buf *data, size_t from,
                    const struct emulate_open *open);
/* Was any filter passed over? */
bool emulate_waits(const struct method *method, const json_t *args, const struct emulate_open *open);

#endif
