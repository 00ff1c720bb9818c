/*
 * write.h - may this body be sent to that shop?  Everything that is wrong with it is named, before anything leaves.
 *
 *     options of the method       core/platform/method.c  "notify": expected true or false, found "yes"
 *     types, closed lists         check.h        "items[0].quantity": expected a number of at least 0, found -1
 *     what the adapter can write  the `in` rows of the endpoint and of the plan's other steps
 *     CW_REQUIRED, max            the same rows
 *     foreign currency            amounts that are sent without their currency are in the shop's own
 */
#ifndef CARTWAY_WRITE_H
#define CARTWAY_WRITE_H

#include "core/platform/method.h"
#include "core/platform/platform.h"
#include "core/write/check.h"

/* args: an object, the ids of the path and the body merged.  Faults are added to *faults. */
void write_check(const struct platform *platform, const struct method *method, const json_t *args,
                 struct faults *faults);
/* What the model writes in more than one way becomes one: a telephone number is its text. */
void write_simplify(const struct entity *entity, json_t *record);
/* Amounts whose row writes no currency beside them must be in this one: what a look-up found (its row for "currency":
 * the shop's own, or that of the payment to give back), else that of the record.  Empty: not known, nothing is
 * compared. */
struct own_currency {
    struct span code;
    const char *whose; /* "the shop's currency" */
};
void write_check_currency(const struct endpoint *endpoint, const json_t *args, const struct own_currency *own,
                          struct faults *faults);
/* By dotted path without indices: can the method's requests carry it? */
bool write_takes(const struct platform *platform, const struct method *method, struct span path);

#endif
