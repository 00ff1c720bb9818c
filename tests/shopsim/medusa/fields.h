/*
 * fields.h - what `fields=` asks for, and a JSON writer that gives just that.
 *
 * Medusa's grammar: `+x`, `-x`, `*rel` and `rel.*` change the route's default list, a plain name replaces
 * it; names have dots (`variants.prices.amount`).  A relation without a star gives only the named fields.
 */
#ifndef CARTWAY_SHOPSIM_MEDUSA_FIELDS_H
#define CARTWAY_SHOPSIM_MEDUSA_FIELDS_H

#include "tests/shopsim/text.h"

/* One name in the tree of wanted fields. */
struct want {
    const char *name; /* owned by the tree */
    bool is_named;    /* asked for by its own name */
    bool is_starred;  /* asked for with all its own fields */
    struct want *children, *next;
};

/* fields may be NULL (the defaults alone); defaults are words parted by commas. */
struct want *want_parse(const char *fields, const char *defaults);
void want_free(struct want *want);
const struct want *want_find(const struct want *want, const char *name);

/* Everything (a star without end is not meant: relations inside still have to be asked for), and only an id. */
extern const struct want WANT_STAR, WANT_ID;

/* Writes JSON into `text`; a stack of what is wanted decides which keys appear. */
#define OUT_DEPTH 16
struct out {
    struct text *text;
    const struct want *want[OUT_DEPTH];
    const char *always[OUT_DEPTH]; /* names that appear whether wanted or not */
    int depth;
    bool needs_comma;
};

void out_init(struct out *out, struct text *text);
/* An object with these wants; out_close ends it. */
void out_open(struct out *out, const struct want *want, const char *always);
void out_close(struct out *out);
void out_array(struct out *out);
void out_array_end(struct out *out);
/* A key whatever is wanted; its value follows. */
void out_key(struct out *out, const char *key);
/* True if this scalar is wanted in the object that is open. */
bool out_wants(const struct out *out, const char *key);

enum rel_kind {
    REL_MANY, /* a bare name gives nothing */
    REL_ONE,  /* a bare name, or a star on its owner, gives {"id"} */
    REL_BARE, /* a bare name gives {"id"}, a star on its owner nothing */
};
/* What is wanted of a relation: NULL if it is not to appear. */
const struct want *out_rel(const struct out *out, const char *key, enum rel_kind kind);

/* Scalars; each does nothing unless wanted. */
void out_str(struct out *out, const char *key, const char *value); /* NULL gives null */
void out_null(struct out *out, const char *keys);                  /* words parted by commas */
void out_bool(struct out *out, const char *key, bool value);
void out_int(struct out *out, const char *key, int64_t value);
void out_time(struct out *out, const char *key, int64_t unix_ms); /* 0 gives null */
void out_raw(struct out *out, const char *key, const char *json);
void out_number(struct out *out, const char *key, int64_t amount_e8);
/* A number, and its twin raw_KEY {"value","precision"} under a star or by name. */
void out_e8(struct out *out, const char *key, int64_t amount_e8);
/* created_at, updated_at, deleted_at */
void out_stamps(struct out *out, int64_t created_ms, int64_t updated_ms);

#endif
