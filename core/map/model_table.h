/*
 * model_table.h - the rows behind model.h, made in model_table.c and looked at by model.c alone.
 * Others use model.h, whose look-ups are by name.
 */
#ifndef CARTWAY_MAP_MODEL_TABLE_H
#define CARTWAY_MAP_MODEL_TABLE_H

#include <stddef.h>

struct entity;
extern const struct entity *const model_entities[];
extern const size_t model_n_entities;

#endif
