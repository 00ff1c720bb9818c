/*
 * program_value.h - one value's operation: its source, format, cases, currency; and what is gathered on the way
 * (keys, names of unsupported fields, what to ask the platform for).  Between program.c, program_value.c and sums.c.
 */
#ifndef CARTWAY_MAP_PROGRAM_VALUE_H
#define CARTWAY_MAP_PROGRAM_VALUE_H

#include "core/view/program.h"

/* A row at work: what is left of its `ours` at this depth, and the frame that it is written in. */
struct use {
    const struct cw_field *row;
    size_t index; /* from 1, for messages */
    const char *table;
    struct span rest;
    const struct frame *frame;
};

/* The rows that are at hand at one depth of our record. */
struct scope {
    const struct scope *outer;
    struct span path;          /* ours */
    const struct frame *frame; /* of the row that operations of this depth get */
    struct use *uses;
    size_t n_uses;
};

struct texts {
    struct span *items;
    size_t n, room;
};

struct making {
    struct fetch_maker *fetch;
    struct arena *arena;
    const struct recipe *recipe;
    const struct use *at; /* for messages */
    struct texts numbers, asks, unsupported;
    struct rest_made *rests;
    struct span prefix; /* of the record in the answer: "orders[]" */
};

void making_init(struct making *m);
void making_finish(struct making *m, struct made *out);
/* `order row 7 (items): ...` */
enum err making_refuse(struct making *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `"name":` or `,"name":`, and a value that never changes behind it. */
void making_key(struct making *m, struct op *op, const char *name, bool first, const char *value);
void making_unsupported(struct making *m, struct span path);
const char *making_unsupported_text(struct making *m);
/* A row's `ask`, as it stands. */
void making_ask_texts(struct making *m, const char *ask);

/* Gives the operation its bit among the incomplete. */
void making_number(struct making *m, struct op *op);
/* What the notation's parser said, with the row before it. */
enum err making_refuse_as(struct making *m);
/* Where a row's value is, seen from a row of frame `from`. */
enum err source_make(struct making *m, const struct use *use, const struct frame *from, struct source *out);
/* The nearest row of that name, in this scope or one around it; *out stays unset if there is none. */
enum err source_nearest(struct making *m, const struct scope *scope, const char *name, const struct frame *from,
                        struct source *out);
/* What a path of theirs is asked for by: the last text of asks. */
void making_ask_fetch(struct making *m, const struct fetch *fetch);
void making_ask_test(struct making *m, const struct test *test);
/* Notes what must be asked for. */
void making_ask(struct making *m, const struct use *use, const struct source *source);

enum err value_make(struct making *m, struct op *op, const struct use *uses, size_t n_uses, const struct scope *scope);
/* The row's `more`, if it has one. */
enum err cut_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope);
/* Any scalar at the row's place, as text, before formats and cases. */
enum err raw_value_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope);
enum err format_make(struct making *m, const struct use *use, enum model_type type, const struct format **out);

#endif
