/* platform_made.h - an adapter's tables, compiled for a test; what the compiler has against them fails it. */
#ifndef CARTWAY_UNIT_PLATFORM_MADE_H
#define CARTWAY_UNIT_PLATFORM_MADE_H

#include "core/platform/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The caller frees it. */
static inline struct platform *platform_made(const struct cw_adapter *adapter)
{
    struct fault fault = { 0 };
    struct platform *platform = NULL;
    if (platform_new(adapter, &fault, &platform))
        fail_msg("%s", fault.text);
    return platform;
}

#endif
