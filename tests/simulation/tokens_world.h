/*
 * tokens_world.h - for each provider of tests/authsim that the simulation knows: the adapter that speaks to it.
 */
#ifndef CARTWAY_TESTS_SIMULATION_TOKENS_WORLD_H
#define CARTWAY_TESTS_SIMULATION_TOKENS_WORLD_H

#include "adapters/adapter.h"

#include <stdint.h>

struct sim_dialect {
    const char *provider, *token_path;
    int64_t not_before_ms;            /* no refresh so soon after the pair was given */
    const struct cw_adapter *adapter; /* named "toy"; its way is "oauth", its orders stand at /orders */
};
/* NULL behind the last. */
const struct sim_dialect *sim_dialect_at(size_t i);
const struct sim_dialect *sim_dialect(const char *provider);

#endif
