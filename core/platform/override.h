/*
 * override.h - an operator's word on a limit: other numbers, a share of it, or that it shall not hold anybody.
 *
 *     {"amount": 5, "per_ms": 1000, "burst": 10}    numbers; what is not named stays as it is
 *     {"share": 40}                                  40 of 100 of what the limit is, others have the rest
 *     {"mode": "observe"}                            counted and shown, and nobody waits for it; "hold" is otherwise
 *     {"mode": "off"}                                not even counted
 *
 * Said for all stores of a platform in plugins.d, for one store by the admin API, which goes first, member by member.
 * Both hold from the next grant on: they stand beside the adapter's row, and limits.c reads them with each request.
 */
#ifndef CARTWAY_OVERRIDE_H
#define CARTWAY_OVERRIDE_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/gauge/gauge.h"

#include <jansson.h>

enum override_mode { MODE_UNSAID, MODE_HOLD, MODE_OBSERVE, MODE_OFF };

/* Zeroed says nothing. */
struct override {
    uint32_t amount, per_ms, burst, linger_ms; /* 0: as it is */
    uint32_t share;                            /* 1 to 100; 0: as it is */
    enum override_mode mode;
};

struct limit;

/* "hold", "observe", "off" */
const char *override_mode_name(enum override_mode mode);
bool override_says_numbers(const struct override *override);
/* where: what stands before the name of a member in the fault, "limits.pace.". */
enum err override_read(const json_t *body, const char *where, struct fault *fault, struct override *out);
/* The members of `upper` over those of `lower`. */
struct override override_over(const struct override *lower, const struct override *upper);
/* Puts numbers, share and mode into a rule.  source: whose the numbers are, if it has any. */
void override_apply(const struct override *override, enum limit_source source, struct limit_rule *rule);
/* The same that is asked of an adapter's row: that the numbers make sense, and that no request costs more than the
 * limit can hold.  override: with what lies below it. */
enum err override_check(const struct limit *limit, const struct override *override, const char *where,
                        struct fault *fault);
/* What one request costs must fit into the rule; a share of it may be less than the dearest one costs: that goes alone,
 * as under a cap.  whole: the rule without the share.  where: as above. */
enum err override_check_room(const struct limit *limit, const struct limit_rule *rule, const struct limit_rule *whole,
                             const char *where, struct fault *fault);
/* Does it let more through than the adapter's row? */
bool override_is_above(const struct limit *limit, const struct override *override);
/* Its members as an object; null if it says nothing. */
void override_json(const struct override *override, struct buf *out);

#endif
