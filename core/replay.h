/*
 * replay.h - is the request that an endpoint's rows make the one that a recording shows?
 *
 * For fixtures whose index entry has "write": our arguments, ids and body together, and under "@draft.id" what an
 * earlier step of a plan found: a text, or an object or list for a hook.  They are checked as a caller's are
 * (core/write.h); then HTTP method, path and body must be the recorded ones; a GraphQL document asks for the fixture's
 * fields.  Of the query only parameters that the recording has are compared, and not what asks for fields; the address
 * and the way in are the store's, not the endpoint's.
 */
#ifndef CARTWAY_REPLAY_H
#define CARTWAY_REPLAY_H

#include "core/fixture.h"
#include "core/platform.h"
#include "core/render.h"

/* What {once} is in a fixture's request. */
#define REPLAY_ONCE "00000000-0000-4000-8000-000000000000"

enum { REPLAY_FOUND_MAX = 8 };
/* The "write" of a fixture taken apart: the arguments (a new reference), and in the arena what earlier steps found. */
json_t *replay_args(const struct fixture *fixture, struct arena *arena, struct found found[REPLAY_FOUND_MAX],
                    size_t *n_found);

/* ERR_VALIDATION_FAILED says what was expected and what the rows made. */
enum err replay_request(const struct platform *platform, const struct fixture *fixture, struct arena *arena,
                        struct fault *fault);

#endif
