/*
 * limits_numbers.h - whose numbers of a limit are in force for a store, what answers tell aside.
 *
 *     the adapter's row  ->  its sizes by a setting  ->  the operator's word for the platform  ->  and for the store
 *
 *     { "calls", CW_WINDOW, 20, 60000, .sizes = { "*", "{seats}" } }     seats "2000": 2,000 a minute; "0": 20, and a
 *                                                                         line in the log (core/exchange/limits.c)
 *
 * A size that makes no sense (0, negative, a part of one, no number, more than can be counted, less than one request
 * costs) is refused where the setting is put; one that is stored all the same is not in force.
 */
#ifndef CARTWAY_LIMITS_NUMBERS_H
#define CARTWAY_LIMITS_NUMBERS_H

#include "core/store/store.h"

/* Fills *rule in any case.  Not OK: the size by a setting is not in force, and the fault says why. */
enum err limits_numbers(const struct store *store, const struct limit *limit, struct fault *fault,
                        struct limit_rule *rule);
/* Are all of a store's sizes in force? */
enum err limits_check(const struct store *store, struct fault *fault);
/* Does an operator's word on the limit, with what lies below it, go with the store's settings? */
enum err limits_check_override(const struct store *store, const struct limit *limit, const struct override *said,
                               struct fault *fault);

#endif
