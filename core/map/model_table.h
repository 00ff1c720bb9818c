/*
 * model_table.h - the rows behind model.h; for model.c alone.
 */
#ifndef CARTWAY_MAP_MODEL_TABLE_H
#define CARTWAY_MAP_MODEL_TABLE_H

#include <stddef.h>

struct entity;
extern const struct entity *const model_entities[];
extern const size_t model_n_entities;

#endif
