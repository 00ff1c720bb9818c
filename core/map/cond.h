/*
 * cond.h - the CONDITION notation: terms joined by " & ", each `path`, `!path` or `path op value`.
 *
 *   status=429 & header:Retry-After          both
 *   errors[].code=26                         any match
 *   !lines[].status[!=Cancelled]             no match
 *   message~*token*|*expired*                a glob, case-blind
 *   total_paid>={.grand_total}               the value may hold placeholders
 *
 * Rules (CONTRACT.md section 4.5):
 *   - a bare path holds if some match is present and not null; !path holds if none is;
 *   - over several matches: any;  with no match an operator is false, != too;
 *   - numbers compare as decimals when both sides are ("1" = 1, 0.0 = 0), else as text; true is "true", never 1;
 *   - < <= > >= on two texts compare bytes (so RFC 3339 times in one zone order right);
 *   - null is not equal to anything but the literal null;  a list or an object equals nothing;
 *   - an operator inside [...] belongs to the predicate.
 */
#ifndef CARTWAY_MAP_COND_H
#define CARTWAY_MAP_COND_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/map/path.h"
#include "core/map/value.h"

enum cond_op { COND_BARE, COND_EQ, COND_NE, COND_LT, COND_LE, COND_GT, COND_GE, COND_GLOB };

/* A piece of a right-hand side: literal text, or a {placeholder}. */
struct cond_piece {
    struct span text;
    bool name;
    const struct path *path; /* of a placeholder that starts with '.' or '@' or '+': parsed, without the '.' */
};

struct cond_term {
    const struct path *path;
    enum cond_op op;
    bool negate;
    size_t n_pieces;
    const struct cond_piece *pieces;
    struct span value; /* if there is no placeholder among the pieces */
    bool literal;
};

struct cond {
    struct span text;
    size_t n;
    const struct cond_term *terms;
};

enum { COND_TERMS_MAX = 16, COND_PIECES_MAX = 8 };

/* NULL and "" and "*" parse to a condition that always holds. */
enum err cond_parse(struct arena *arena, const char *text, struct fault *fault, const struct cond **out);
enum err cond_parse_span(struct arena *arena, struct span text, unsigned nest, struct fault *fault,
                         const struct cond **out);

/* Who knows the values. */
struct cond_env {
    const void *self;
    /* The i-th match of path, in order; false past the last.  The value is valid until the next call. */
    bool (*match)(const void *self, const struct path *path, size_t i, struct value *out);
    /* The same in one go, for sources where counting up to i is dear: does some match fit?  NULL: match is used. */
    bool (*some)(const void *self, const struct path *path, bool (*fits)(void *ctx, const struct value *value),
                 void *ctx);
    /* Appends what {name} stands for; false: absent.  Placeholders with a parsed path come here too if
     * the path has no match.  NULL: no names are known. */
    bool (*name)(const void *self, struct span name, struct buf *out);
    /* Where the placeholders' paths are looked up ({.item_id} in a predicate is the row's, not the element's);
     * NULL: in self. */
    const void *outer;
};
bool cond_holds(const struct cond *cond, const struct cond_env *env);

/* One comparison, by the rules above. */
bool cond_compare(const struct value *found, enum cond_op op, struct span wanted);

#endif
