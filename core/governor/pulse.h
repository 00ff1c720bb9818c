/*
 * pulse.h - how long a shop takes to answer, against how long it usually takes.
 *
 * Calls of the same errand (an endpoint, a page of about that size) take about as long, so each has a baseline of its
 * own; what is seen is by how much the last answers of any errand exceed theirs:
 *
 *     usual 200 ms, answers after 210, 190 ms      PULSE_STEADY    there is evidence that the shop bears the pace
 *     answers after 450, 480, 430 ms               PULSE_UNSTEADY  nothing is concluded
 *     answers after 900 ms, several of them        PULSE_STRAINED  beyond three times the usual: it is given less
 *
 * The usual follows slowly upwards and quickly downwards; below 50 ms it counts as 50, for there the network, and the
 * machine that the gateway is on, is most of it.  One answer alone, however late, is no strain.
 */
#ifndef CARTWAY_GOVERNOR_PULSE_H
#define CARTWAY_GOVERNOR_PULSE_H

#include <stdint.h>

enum pulse_state { PULSE_STEADY, PULSE_UNSTEADY, PULSE_STRAINED };
enum { PULSE_ERRANDS = 8 }; /* which were met last; others are learnt anew */

/* Zeroed is new. */
struct pulse {
    struct {
        uint32_t errand; /* 0: none */
        uint32_t usual;  /* ms * 16 */
    } met[PULSE_ERRANDS];
    uint16_t excess; /* of the last answers over their usual time, * 256; 0 counts as 256: as usual */
    int64_t fell_ms; /* when the shop was given less for it last; 0: never */
};

/* An answer to a call of this errand came after took_ms. */
enum pulse_state pulse_take(struct pulse *pulse, uint32_t errand, int64_t took_ms);
/* The shop was given less: the answers to come are looked at afresh. */
void pulse_fell(struct pulse *pulse, int64_t now_ms);

#endif
