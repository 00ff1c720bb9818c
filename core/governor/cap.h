/*
 * cap.h - a part of a limit as a limit of its own.
 *
 * A demand under the part beside the demand under the limit itself is a cap on its ticket's class or app, by the key:
 * who is capped never takes the rest, so it is there at once for whoever is not.
 *
 *     the bulk class, 40 of 100      rule "points (a class's part)", key "store_1/bulk", numbers lent: 40 % of points
 *     app_x, 25 of 100               rule "points (an app's part)", key "store_1/app_x", numbers lent: 25 % of points
 *     an endpoint that the shop      rule "points (an endpoint's part)", key "store_1/order.list", 100 %: as much as
 *     slows for itself               the whole, until refusals slow it (core/store/narrow.h)
 *
 * An app's percentage may change while it works, a class's with a new release, so it is in the numbers and not in the
 * rule: what was spent stays spent, also over a restart, where rule and key name what is on the disk
 * (core/ledger/ledger.h).
 */
#ifndef CARTWAY_GOVERNOR_CAP_H
#define CARTWAY_GOVERNOR_CAP_H

#include "core/gauge/gauge.h"

#include <stdint.h>

struct cap;
/* Zeroed is empty.  What it gives lives as long as it does. */
struct caps {
    struct cap *first;
};

void caps_release(struct caps *caps);
enum part_whose { PART_CLASS, PART_APP, PART_ENDPOINT };
/* One for each rule, whatever the percentage is: "points (an app's part)".  Its numbers are the whole's. */
const struct limit_rule *caps_rule(struct caps *caps, const struct limit_rule *rule, enum part_whose whose);
/* percent: 1 to 100.  The numbers that are lent.  A part is at least 1. */
struct limit_rule cap_of(const struct limit_rule *whole, uint32_t percent);

#endif
