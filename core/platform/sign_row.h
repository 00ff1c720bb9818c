/*
 * sign_row.h - which rows of cw_sign make sense.  core/request/sign.h signs by them.
 */
#ifndef CARTWAY_SIGN_ROW_H
#define CARTWAY_SIGN_ROW_H

#include <stdbool.h>

struct cw_sign;

bool sign_is_oauth1(const struct cw_sign *row);
/* Is the row one that requests, or callbacks, can be signed with?  NULL, or what is expected. */
const char *sign_refuses(const struct cw_sign *row, bool is_callback);

#endif
