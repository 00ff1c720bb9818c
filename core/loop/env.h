/*
 * env.h - the real clock and the kernel's randomness, as a struct env.
 *
 * now_ms: CLOCK_MONOTONIC; wall_ms: CLOCK_REALTIME; random: getrandom(2), which blocks only before the
 * kernel's pool is first filled and ends the process if the kernel has none to give.
 */
#ifndef CARTWAY_ENV_H
#define CARTWAY_ENV_H

#include "core/seam.h"

struct env env_real(void);

#endif
