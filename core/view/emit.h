/*
 * emit.h - running a program over a record's row: our JSON, or a problem.
 */
#ifndef CARTWAY_MAP_EMIT_H
#define CARTWAY_MAP_EMIT_H

#include "core/base/buf.h"
#include "core/json/text.h"
#include "core/value/currency.h"
#include "core/value/dec.h"
#include "core/view/drift.h"
#include "core/view/program.h"
#include "core/view/view.h"

struct phones;

enum { LISTS_MAX = 16 };

struct problem {
    struct span path;     /* ours, from the operation */
    const char *expected; /* a literal, or in the arena */
    struct value found;
    const char *found_is; /* instead of found: "nothing" */
    const char *kind;     /* type, null, missing, incomplete, number, currency, time, sums, json, size */
};

/* What was read all the same, by how often. */
struct emit_counts {
    uint32_t texts_for_numbers, repaired_floats, empty_lists, zero_dates;
};

struct emit {
    /* set by the user */
    const struct made *made;
    struct fetch_env env;
    struct buf *out;
    uintptr_t body;               /* where the answer begins */
    size_t body_wide;             /* up to there 32 bytes may be read */
    struct span page[PAGE_TEXTS]; /* as JSON */
    struct span gid_prefix;
    struct span region;
    struct phones *phones; /* may be NULL */
    struct drift_report *drift;
    bool asks, partial, raw;
    struct arena *kept; /* for marks */
    size_t row;         /* of the record, among view_out.extra */
    struct follow_mark *marks;
    size_t n_marks, marks_before, marks_room;
    enum view_cut cuts;
    const struct span *without; /* view_in's */
    size_t n_without;
    struct view_rest *rests;
    size_t n_rests, rests_before, rests_room;

    /* emit's own */
    struct buf text;
    struct json_mended mended;
    struct emit_counts counts;
    const struct currency *currency; /* the last one looked up, and the bytes it was told by */
    struct span currency_at;
    unsigned n_lists;
    struct {
        size_t path_n;
        uint32_t index;
    } lists[LISTS_MAX];
    bool any_incomplete;
    uint64_t incomplete[INCOMPLETE_MAX / 64];
    uint32_t given; /* values that are not null, so far */
    const struct place *record;
    struct problem problem;
};

void emit_init(struct emit *emit, struct buf *out);
void emit_release(struct emit *emit);
/* Adds the record to out; place: where the record stands in row.  False: it has a problem, out is as before. */
bool emit_record(struct emit *emit, const struct row *row, const struct place *place);
/* The last problem, as an object of `problems`; the id is looked up in the row. */
void emit_write_problem(struct emit *emit, const struct row *row, struct buf *out);

/* ---- for writers -------------------------------------------------------------------------------- */

/* Returns false, so that a writer ends with it. */
bool emit_problem(struct emit *emit, const struct op *op, const struct value *found, const char *expected,
                  const char *kind);
enum found source_value(struct emit *emit, const struct source *source, const struct row *row, struct value *out);
/* A value's text, before and after the operation's format; valid until the next call. */
struct span emit_text(struct emit *emit, const struct value *value);
struct span emit_formatted(struct emit *emit, const struct op *op, const struct value *value);
/* Their path of an operation, for the drift report. */
struct span emit_theirs(const struct op *op);

#endif
