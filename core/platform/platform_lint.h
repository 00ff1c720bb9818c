/*
 * platform_lint.h - what is wrong with tables although every notation in them is right.
 *
 * Names that stand twice, names and globs that mean nothing, rows that say nothing, and tables that adapter.h
 * describes and this version does not serve: an adapter that counts on them is refused, not half served.
 *
 *   adapter medusa: plans row 2 (item): method: no endpoint has a name like "inventory.sett"
 */
#ifndef CARTWAY_PLATFORM_LINT_H
#define CARTWAY_PLATFORM_LINT_H

#include "core/platform/platform.h"

/* The platform is compiled.  ERR_VALIDATION_FAILED with the first complaint. */
enum err platform_lint(const struct platform *platform, struct fault *fault);

#endif
