/* meta.h - the handlers of what speaks of the gateway itself: health, readiness, metrics, the API's description. */
#ifndef CARTWAY_API_META_H
#define CARTWAY_API_META_H

struct visit;

void meta_health(struct visit *visit);
void meta_ready(struct visit *visit);
void meta_metrics(struct visit *visit);
void meta_openapi(struct visit *visit);

#endif
