/*
 * phone_plan.h - which calling codes there are and how long their national numbers may be.
 */
#ifndef CARTWAY_VALUE_PHONE_PLAN_H
#define CARTWAY_VALUE_PHONE_PLAN_H

#include <stdint.h>

/* By calling code (1 to 999): bit n is set if a national number may have n digits.  0: no such code.  No code is
 * the beginning of another (ITU-T E.164, 6.2). */
extern const uint16_t phone_lengths[1000];

#endif
