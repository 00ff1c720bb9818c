/*
 * probe.h - finding a limit that nobody has published: cheap reads, faster and faster, until the shop refuses one.
 *
 *     POST /admin/v1/stores/{store}/limits/{limit}/probe {"requests": 200, "seconds": 30}
 *
 * Of a bucket, whose rate and size are looked for.  The reads go through the store's lane, so all its other limits
 * hold; the probed one has the rate of the present step, for everybody.  Three times at most the shop is driven until
 * it refuses:
 *
 *     rise     the present rate for a second, then half as fast again, and so on, until the first refusal
 *     rest     as long as the shop says, two seconds at least
 *     rush     as fast as can be, until the next refusal; then a rest twice as long, and once more
 *
 * A rush takes what the bucket holds.  Where the second took more than the first, the first took all that had dripped
 * in since the refusal before: that is the rate.  Where it did not, the bucket was full both times: that is its size,
 * and the rate is the one by which the rise drank just so much.
 *
 *     20 at once and 30 a second     refused at 50 a second; rushes of 25 and 26 take 19 and 20 more than drips in
 *                                    meanwhile, so the size is 19; the rise drank that much if 30 a second drip in.
 *                                    Written: 95 % of the rate, 90 % of the size
 *
 * What is found is the store's override, source `probe`.  Bounded by the body and by --probe-requests and
 * --probe-seconds; not allowed at all where --probe-requests is 0, as it is if nobody says otherwise.
 */
#ifndef CARTWAY_API_PROBE_H
#define CARTWAY_API_PROBE_H

#include <stdbool.h>

struct limit;
struct probe;
struct store;
struct visit;

void admin_limit_probe(struct visit *visit);
/* Is this limit being probed?  NULL is allowed. */
bool probe_is_of(const struct probe *probe, const struct store *store, const struct limit *limit);
/* With its visit; NULL is allowed. */
void probe_release(struct probe *probe);

#endif
