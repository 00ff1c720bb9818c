/*
 * pulse.c - how long a shop takes to answer, against how long it usually takes.
 *
 * Example: usual 100 ms, then answers after 500 ms each: the excess goes 1.0, 2.0, 2.75, 3.3: at the third the shop is
 * strained.  An answer counts as six times the usual at most, which makes the excess 2.25: it takes two of those.
 */
#include "core/governor/pulse.h"

#include <string.h>

enum { SCALE = 16, USUAL_LEAST = 50 * SCALE, AS_USUAL = 256, UNSTEADY = 2 * AS_USUAL, STRAINED = 3 * AS_USUAL };
enum { EXCESS_MOST = 6 * AS_USUAL, TOOK_MOST_MS = 600000 };

/* To the front, so that the last ones are those which are forgotten. */
static uint32_t *usual_of(struct pulse *pulse, uint32_t errand)
{
    int i = 0;

    while (i < PULSE_ERRANDS - 1 && pulse->met[i].errand != errand)
        i++;
    uint32_t usual = pulse->met[i].errand == errand ? pulse->met[i].usual : 0;

    memmove(&pulse->met[1], &pulse->met[0], (size_t)i * sizeof pulse->met[0]);
    pulse->met[0].errand = errand;
    pulse->met[0].usual = usual;
    return &pulse->met[0].usual;
}

/* What is far above it pulls no more than three times of it does. */
static void usual_learn(uint32_t *usual, uint32_t took)
{
    if (!*usual)
        *usual = took;
    else if (took < *usual)
        *usual -= (*usual - took) / 4;
    else
        *usual += ((took > 3 * *usual ? 3 * *usual : took) - *usual + 63) / 64;
}

enum pulse_state pulse_take(struct pulse *pulse, uint32_t errand, int64_t took_ms)
{
    uint32_t *usual = usual_of(pulse, errand), took, expected;
    uint64_t excess;
    int32_t before = pulse->excess ? pulse->excess : AS_USUAL;

    took = (uint32_t)(took_ms < 1 ? 1 : took_ms > TOOK_MOST_MS ? TOOK_MOST_MS : took_ms) * SCALE;
    expected = *usual ? *usual : took;
    expected = expected < USUAL_LEAST ? USUAL_LEAST : expected;
    excess = took <= expected ? AS_USUAL : (uint64_t)took * AS_USUAL / expected;
    if (excess > EXCESS_MOST)
        excess = EXCESS_MOST;
    pulse->excess = (uint16_t)(before + ((int32_t)excess - before) / 4);
    usual_learn(usual, took);
    return pulse->excess > STRAINED ? PULSE_STRAINED : pulse->excess > UNSTEADY ? PULSE_UNSTEADY : PULSE_STEADY;
}

void pulse_fell(struct pulse *pulse, int64_t now_ms)
{
    pulse->excess = 0;
    pulse->fell_ms = now_ms;
}
