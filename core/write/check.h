/*
 * check.h - is a record of a caller's what the model says?  Every fault is named, not the first alone.
 *
 *   {"items":[{"quantity":-1}],"totl":1}  for an order gives
 *   {"path":"items[0].quantity","expected":"a number of at least 0","found":"-1"},
 *   {"path":"totl","expected":"a field of order","found":"1"}
 *
 * The model knows shapes; what a platform's rows can take is said in core/write/write.h.
 */
#ifndef CARTWAY_CHECK_H
#define CARTWAY_CHECK_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/map/model.h"

#include <jansson.h>

enum { FAULTS_MAX = 50, FAULTS_BYTES_MAX = 64 * 1024, CHECK_LIST_MAX = 1000 };

/* JSON objects {path, expected, found} with commas between.  Over FAULTS_MAX only n counts on. */
struct faults {
    struct buf text;
    size_t n;
    char first[160]; /* as a sentence */
};

void faults_init(struct faults *faults);
void faults_release(struct faults *faults);
/* found NULL: nothing is there.  Long values are cut. */
void faults_add(struct faults *faults, struct span path, const char *expected, const json_t *found);

/* Is a fault told of this path, or of what it stands in? */
bool faults_tell_of(const struct faults *faults, struct span path);
/* For the caller, in the arena's memory: the objects, and one sentence that ends with what was done until now ("nothing
 * was sent to the shop").  OK if there are none. */
enum err faults_give(const struct faults *faults, struct arena *arena, const char *done, struct fault *fault,
                     struct span *list);

/* Members of a record one level down: path is where it stands ("" at the top), grows and is put back.  Names in
 * `skip` (NULL-terminated; NULL: none) are not looked at: ids of the path and options, which others check. */
void check_record(const struct entity *entity, const json_t *record, bool (*skip)(const void *self, const char *name),
                  const void *self, struct buf *path, struct faults *faults);
/* One value of a type that is no record: an option of a method. */
void check_value(const struct model_field *field, const json_t *value, struct buf *path, struct faults *faults);

#endif
