/*
 * phone_lib.h - libphonenumber, as C.  Known to core/value/phone.c alone.
 */
#ifndef CARTWAY_VALUE_PHONE_LIB_H
#define CARTWAY_VALUE_PHONE_LIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* E.164 ("+31612345678") of a number that is valid in the region (upper case alpha-2, "" for none); returns its
 * length, 0 if there is none or it does not fit into max.  Safe to call from several threads. */
size_t phone_lib_e164(const char *raw, size_t n, const char *region, char *out, size_t max);

#ifdef __cplusplus
}
#endif

#endif
