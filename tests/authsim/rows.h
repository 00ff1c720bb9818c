/*
 * rows.h - the providers that need code of their own; providers.c has the others and the list of all.
 */
#ifndef CARTWAY_AUTHSIM_ROWS_H
#define CARTWAY_AUTHSIM_ROWS_H

#include "tests/authsim/inside.h"

extern const struct provider as_shopify;

#endif
