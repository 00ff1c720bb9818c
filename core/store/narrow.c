/*
 * narrow.c - which endpoints a shop slows for themselves: the last few that were refused, and who passed since.
 */
#include "core/store/narrow.h"

#include <string.h>

static const struct narrow_endpoint *find(const struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms)
{
    for (int i = 0; i < NARROW_ENDPOINTS; i++) {
        const struct narrow_endpoint *at = &narrow->at[i];
        if (endpoint && at->endpoint == endpoint)
            return now_ms - at->refused_ms <= NARROW_MS ? at : NULL;
    }
    return NULL;
}

bool narrow_is_own(const struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms)
{
    const struct narrow_endpoint *at = find(narrow, endpoint, now_ms);
    return at && at->is_own;
}

bool narrow_shows(const struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms)
{
    const struct narrow_endpoint *at = find(narrow, endpoint, now_ms);
    return at && (at->is_own || at->others >= NARROW_OTHERS);
}

/* The place of the endpoint, or of the one whose refusal is the oldest, becomes the first. */
static struct narrow_endpoint *to_front(struct narrow *narrow, const struct endpoint *endpoint)
{
    int place = 0;
    while (place < NARROW_ENDPOINTS - 1 && narrow->at[place].endpoint != endpoint)
        place++;
    memmove(&narrow->at[1], &narrow->at[0], (size_t)place * sizeof(narrow->at[0]));
    return &narrow->at[0];
}

bool narrow_refused(struct narrow *narrow, const struct endpoint *endpoint, int64_t now_ms)
{
    bool is_own = narrow_shows(narrow, endpoint, now_ms);
    if (!endpoint)
        return false;
    *to_front(narrow, endpoint) = (struct narrow_endpoint){ endpoint, now_ms, 0, is_own };
    for (int i = 1; i < NARROW_ENDPOINTS; i++) /* so they are not alone in it */
        narrow->at[i].others = 0;
    return is_own;
}

void narrow_served(struct narrow *narrow, const struct endpoint *endpoint, int64_t granted_ms)
{
    for (int i = 0; i < NARROW_ENDPOINTS; i++) {
        struct narrow_endpoint *at = &narrow->at[i];
        at->others += at->endpoint && at->endpoint != endpoint && granted_ms >= at->refused_ms;
    }
}
