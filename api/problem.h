/*
 * problem.h - an error as the API shows it: application/problem+json (RFC 9457) with our members.
 */
#ifndef CARTWAY_API_PROBLEM_H
#define CARTWAY_API_PROBLEM_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* The short form, for what is refused before there is a request. */
void problem_body(struct buf *out, enum err err, const char *detail);

#endif
