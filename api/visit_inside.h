/*
 * visit_inside.h - what the files of a visit share: visit.c (the way in, its life), visit_reply.c (its answer),
 * visit_work.c (what the writer does for it).
 */
#ifndef CARTWAY_API_VISIT_INSIDE_H
#define CARTWAY_API_VISIT_INSIDE_H

#include "api/visit.h"

/* It has been answered.  What is on the stack above may still look at it, so it is only laid aside. */
void visit_end(struct visit *visit);
/* What its app may ask for. */
void visit_quota_most(const struct visit *visit, int64_t most[QUOTA_WINDOWS]);
/* "GET, PATCH": what its path takes. */
const char *visit_methods(struct visit *visit);

#endif
