/*
 * caps.h - what of 100 of each limit of each shop an app may take at most, even when nobody else wants it.
 *
 *     tier "free"      cap 20
 *     app "reports"    tier "free", its own cap is "default": 20
 *     app "oms"        tier "free", its own cap is 60: 60
 *
 * A tier that names none has 100: all.  Core asks by an app's id (core/exchange/limits_caps.c); what is asked of us is
 * api/apps/quota.h's matter.
 */
#ifndef CARTWAY_API_CAPS_H
#define CARTWAY_API_CAPS_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/services.h"

#include <jansson.h>
#include <stdint.h>

#define CAP_DEFAULT UINT32_C(0) /* of an app: its tier's */
enum { CAP_ALL = 100 };

struct apps;

/* A whole number from 1 to 100; of an app "default", too.  null: as if none had ever been named. */
enum err cap_read(const json_t *value, bool takes_default, struct fault *fault, uint32_t *out);
void cap_json(uint32_t cap, struct buf *out);

/* For struct services.  An app that was removed is capped no more: what it has under way ends soon. */
struct cap_source caps_source(const struct apps *apps);

#endif
