/*
 * format_read.h - the FORMAT notation, in the direction of reading: how theirs writes what our model types.
 *
 *   "lower"  "strip:stores/"  "after:/"        change the text, left to right
 *   "neg,minor"                                a number of minor units, whose sign turns around
 *   "percent"                                  19 is 0.19
 *   "unit:kg"                                  the unit of a measure
 *   "%F %T@UTC"  "s"  "ms"  "rfc2822"          a time; a pattern with % is taken whole, commas and all
 *   "csv"  "first"  "join:, "                  "a, b" is a list; the first of it; one text of a list
 *   "0null"                                    0 and "0" mean none
 *   "empty_null"                                "" means none, for texts too
 *   "absent_null"                              a key left out means none, also where the endpoint asks for nothing
 *   "bool"                                     1 0 "1" "0" yes no on off are true and false
 *   "number" "string" "decimal" "iso"          say what is so anyway
 */
#ifndef CARTWAY_MAP_FORMAT_READ_H
#define CARTWAY_MAP_FORMAT_READ_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/map/model.h"
#include "core/value/ts.h"

#include <stdbool.h>

enum { FORMAT_TEXTS_MAX = 4 };

struct format_text {
    enum { FORMAT_LOWER, FORMAT_UPPER, FORMAT_STRIP, FORMAT_AFTER, FORMAT_UNB64 } kind;
    struct span text;
};

struct format {
    bool neg, percent, minor, zero_null, null_zero, absent_null, empty_null, csv, first, words;
    bool joins;
    struct span join;
    struct span unit;
    struct ts_form time;
    unsigned n_texts;
    struct format_text texts[FORMAT_TEXTS_MAX];
};

/* text: NULL for none; must outlive the format.  Refused: unknown words, writing-only ones, times that are none:
 * `format "lowr": expected ..., found "lowr"`. */
enum err format_read_parse(const char *text, enum model_type type, struct fault *fault, struct format *out);
/* The text changes alone; the result is in scratch, or text itself if there are none. */
struct span format_read_text(const struct format *format, struct span text, struct arena *scratch);

#endif
