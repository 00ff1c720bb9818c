/*
 * seen.h - the handlers of what an administrator sees of the governor: lanes, usage, attempts, alerts.
 */
#ifndef CARTWAY_API_SEEN_H
#define CARTWAY_API_SEEN_H

struct buf;
struct limit_rule;
struct visit;

void admin_lanes(struct visit *visit);
void admin_platforms(struct visit *visit);
void admin_usage(struct visit *visit);
void admin_attempts(struct visit *visit);
void admin_alerts(struct visit *visit);

/* ,"kind":"bucket","amount":20,"per_ms":1000,"burst":40 */
void seen_write_rule(const struct limit_rule *rule, struct buf *out);

#endif
