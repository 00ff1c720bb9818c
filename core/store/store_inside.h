/*
 * store_inside.h - what the files of stores share: store.c has them, store_settings.c checks what they are given.
 */
#ifndef CARTWAY_STORE_INSIDE_H
#define CARTWAY_STORE_INSIDE_H

#include "core/store/store.h"

/* A new store's, whole: checked, with what the platform takes where nothing is said.  The caller frees *out. */
enum err store_take_settings(const struct platform *platform, const json_t *said, struct fault *fault, json_t **out);
/* A merge patch (RFC 7396) of settings, in place: null clears one that the platform can do without. */
enum err store_patch_settings(const struct platform *platform, const json_t *said, struct fault *fault,
                              json_t *settings);

#endif
