/*
 * limit.c - refuses a client that comes too often.
 *
 * With --limit 10/5 the bucket holds five tokens and gains ten a second: six requests in one instant are
 * five answers and one 429, whose wait is 100 ms.  No tolerance: a token that is one microsecond short is
 * not there.
 */
#include "tests/shopsim/limit.h"

#include "tests/shopsim/text.h"

#include <math.h>
#include <stdlib.h>

void limiter_init(struct limiter *limiter, const struct limits *limits, int64_t now_us)
{
    *limiter = (struct limiter){ .limits = *limits, .tokens = limits->burst, .filled_us = now_us };
    limiter->accepted_us = sim_alloc(limits->window, sizeof *limiter->accepted_us);
}

void limiter_release(struct limiter *limiter)
{
    free(limiter->accepted_us);
    *limiter = (struct limiter){ 0 };
}

static void bucket_fill(struct limiter *limiter, int64_t at_us)
{
    if (at_us <= limiter->filled_us)
        return;
    limiter->tokens += (double)(at_us - limiter->filled_us) * limiter->limits.rate / 1e6;
    limiter->tokens = fmin(limiter->tokens, limiter->limits.burst);
    limiter->filled_us = at_us;
}

/* When the oldest of the last `window` requests leaves the stretch that ends now. */
static int64_t window_wait_us(const struct limiter *limiter, int64_t at_us)
{
    if (limiter->count < limiter->limits.window)
        return 0;
    int64_t free_us = limiter->accepted_us[limiter->next] + limiter->limits.window_us;
    return free_us > at_us ? free_us - at_us : 0;
}

const char *limiter_ask(struct limiter *limiter, int64_t at_us, uint32_t others, int64_t *wait_us)
{
    const struct limits *limits = &limiter->limits;
    *wait_us = 0;
    if (limits->concurrent && others >= limits->concurrent)
        return "concurrent";
    if (limits->window) {
        *wait_us = window_wait_us(limiter, at_us);
        if (*wait_us)
            return "window";
    }
    if (limits->rate > 0) {
        bucket_fill(limiter, at_us);
        if (limiter->tokens < 1) {
            *wait_us = (int64_t)ceil((1 - limiter->tokens) * 1e6 / limits->rate);
            return "bucket";
        }
        limiter->tokens -= 1;
    }
    if (limits->window) {
        limiter->accepted_us[limiter->next] = at_us;
        limiter->next = (limiter->next + 1) % limits->window;
        limiter->count += limiter->count < limits->window;
    }
    return NULL;
}
