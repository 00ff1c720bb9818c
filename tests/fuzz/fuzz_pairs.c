/* fuzz_pairs.c - a query that somebody sends: found, left out and sorted. */
#include "core/map/pairs.h"

#include <stdint.h>
#include <stdlib.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };
    struct buf sorted, again, rest, value;
    buf_init(&sorted, 1 << 20);
    buf_init(&again, 1 << 20);
    buf_init(&rest, 1 << 20);
    buf_init(&value, 1 << 20);
    bool all = pairs_write(SPAN("pairs"), text, &sorted);
    must(!all || pairs_write(SPAN("pairs"), buf_peek(&sorted), &again));
    must(!all || span_eq(buf_peek(&sorted), buf_peek(&again))); /* sorting what is sorted changes nothing */
    pairs_without(text, SPAN("hmac"), &rest);
    must(!pairs_find(buf_peek(&rest), SPAN("hmac"), &value));
    buf_clear(&again);
    pairs_write(SPAN("sorted-hmac-"), text, &again);
    pairs_write(SPAN("filled"), text, &again);
    buf_release(&sorted);
    buf_release(&again);
    buf_release(&rest);
    buf_release(&value);
    return 0;
}
