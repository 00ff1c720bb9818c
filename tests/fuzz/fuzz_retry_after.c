/*
 * fuzz_retry_after.c - Retry-After of any kind.
 *
 * Whatever a shop sends, the wait is bounded, and a verdict and its wait fit each other.
 */
#include "core/gauge/retry.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int64_t walls_ms[] = { 0, 1446300006000, 253402300799000 };

    for (size_t i = 0; i < sizeof walls_ms / sizeof *walls_ms; i++) {
        int64_t wait_ms = -4711;

        switch (retry_after_parse((struct span){ (const char *)data, n }, walls_ms[i], &wait_ms)) {
        case RETRY_AFTER_GIVEN:
            must(wait_ms >= 0 && wait_ms <= RETRY_AFTER_MAX_MS);
            break;
        case RETRY_AFTER_BOUNDED:
            must(wait_ms == RETRY_AFTER_DOUBT_MS);
            break;
        case RETRY_AFTER_NONSENSE:
            must(wait_ms == -1);
            break;
        }
    }
    return 0;
}
