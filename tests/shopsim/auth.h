/*
 * auth.h - tests/authsim over HTTP: one of its servers as a dialect, or beside a dialect's shop.
 */
#ifndef CARTWAY_SHOPSIM_AUTH_H
#define CARTWAY_SHOPSIM_AUTH_H

#include "tests/authsim/authsim.h"
#include "tests/shopsim/dialect.h"

/* The provider has to be one of authsim's. */
struct authsim *auth_make(const char *provider, const struct seed *seed);
void auth_answer(struct authsim *auth, const struct ask *ask);

#endif
