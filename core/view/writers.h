/*
 * writers.h - JSON of ours from one value of theirs, by the model's type.
 *
 * A writer is given a value that is there and is not null.  It writes one JSON value and says true, or tells
 * emit_problem what was expected and says false; null and the states of a field are emit.c's.
 */
#ifndef CARTWAY_MAP_WRITERS_H
#define CARTWAY_MAP_WRITERS_H

#include "core/view/program.h"

/* NULL for OBJECT and LIST. */
writer *writer_of(enum model_type type);

#endif
