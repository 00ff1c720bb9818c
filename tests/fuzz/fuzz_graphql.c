/* fuzz_graphql.c - a document of whoever uses the raw way is counted: no bytes beyond its end, no cost without bound.
 */
#include "core/map/graphql.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = malloc(n ? n : 1); /* its own, so that a byte too many is seen */
    if (!text)
        abort();
    if (n > 0)
        memcpy(text, data, n);
    struct span document = { text, n };
    uint32_t small = graphql_cost(document, 1), large = graphql_cost(document, 250);
    if (small > large || large > 1000000)
        abort();
    free(text);
    return 0;
}
