/*
 * program.h - what is written for one record, as a list of operations; made once a view.
 *
 * Keys are rendered beforehand (`,"display_id":`), every value knows where it comes from and which writer makes JSON of
 * it.  Objects and lists inside have programs of their own.
 *
 *   fields=id,items.sku     TEXT {"object":"order"   VALUE ,"id": slot 3   LIST ,"items": { VALUE "sku": slot 1 }
 */
#ifndef CARTWAY_MAP_PROGRAM_H
#define CARTWAY_MAP_PROGRAM_H

#include "adapters/adapter.h"
#include "core/map/model.h"
#include "core/map/selection.h"
#include "core/view/fetch.h"
#include "core/view/format_read.h"

struct emit;
struct op;

/* A text made of others: "={.a} {.b}"; the placeholders that are paths, compiled. */
struct made_text {
    const struct template *template;
    size_t n;
    const struct span *names; /* as in the template: ".a" */
    const struct fetch *const *fetches;
};

/* Where a value comes from: a slot so many rows up, a path to be looked up, or a made text. */
struct source {
    const struct place *place;
    unsigned up;
    const struct source *other; /* the next alternative, if all are places; the last word has fetch */
    const struct fetch *fetch;  /* set also if place is, for the reason of an absence */
    const struct made_text *text;
};
static inline bool source_is_set(const struct source *source)
{
    return source->fetch || source->text;
}

/* Writes the JSON of a value that is there.  False: the record has a problem, which emit knows. */
typedef bool writer(struct emit *emit, const struct op *op, const struct value *value, const struct row *row);

struct money_side {
    const struct fetch *object; /* of a sub-table; its paths start there */
    struct source amount;
    struct source divisor;
    struct source currency[2];   /* its own, then the nearest record's; the first that is set counts */
    const struct format *format; /* of the amount in a sub-table; NULL: the op's */
    bool on;
};

struct case_read {
    struct span when;        /* theirs; p NULL: otherwise */
    const struct test *test; /* of a derived value */
    struct span value;
};

/* The rest of a list inside a record: how a plan row reads on (core/call/rest.h). */
struct rest {
    const struct cw_plan *plan;
    struct span list;          /* theirs, as it must be asked for: "lineItems(first:100).nodes" */
    const struct fetch *place; /* of the list in the record */
    const struct fetch *flag;  /* of what the condition looks at */
    size_t n_with;
    const struct source *with;
};

/* How it is known that a list, or a sum over one, is not whole. */
struct cut {
    const struct test *test;
    const struct rest *rest; /* NULL: nothing reads on */
};

struct program {
    size_t n;
    const struct op *ops;
};

/* One way to a record inside, or to the elements of a list; the first that is there counts. */
struct branch {
    size_t alt;
    struct program program;
};

enum op_code {
    OP_TEXT, /* key alone, value and all */
    OP_PAGE, /* key, then what is the same for all records of an answer: page */
    OP_GID,
    OP_VALUE,      /* source through a writer */
    OP_DERIVED,    /* the first case whose test holds */
    OP_OBJECT,     /* program in the same row */
    OP_BRANCH,     /* object: the row that a branch leads to */
    OP_LIST,       /* each row that a branch leads to */
    OP_STRS,       /* each match, as text */
    OP_JOIN,       /* several sources, one text */
    OP_ROUNDING,   /* totals.rounding, derived */
    OP_FOLLOW,     /* another endpoint's records: nothing is written, the place is noted */
    OP_INCOMPLETE, /* names of fields that were not there */
    OP_RAW,        /* the record as sent, if asked for */
};
enum page_text { PAGE_STORE, PAGE_PLATFORM, PAGE_OBSERVED, PAGE_TEXTS };

struct op {
    enum op_code code;
    uint16_t key_n, page;
    const char *key; /* followed by at least 48 bytes that may be read */
    const struct model_field *field;
    struct span path;   /* ours, "items.unit_price" */
    uint16_t number;    /* its bit among the incomplete; from 0 */
    bool required;      /* never null */
    bool absent_null;   /* a key left out means none */
    bool empty_null;    /* "" means none */
    bool any_scalar;    /* a text of whatever scalar it is */
    bool nullable;      /* an object of nothing but nulls is null */
    bool zero_if_empty; /* a sum of nothing is 0 */
    bool plain_format;  /* its format changes nothing */
    uint8_t least;      /* values of so many bytes are looked at closer: they may mean none */
    struct source source;
    writer *write;
    const struct format *format;
    size_t n_cases;
    const struct case_read *cases;
    const struct money_side *money; /* [0] shop, [1] presentment */
    const struct source *region;    /* of a phone: the country beside it */
    const struct source *unit;      /* of a measure */
    size_t n_branches;
    const struct branch *branches;
    struct program program;
    size_t n_joined;
    const struct source *joined;
    struct span joint;
    const struct sums *sums;
    const struct cut *cut; /* NULL: theirs is always whole */
    const char *theirs;    /* FOLLOW: as the row has it */
};

enum { KEY_ROOM = 48, INCOMPLETE_MAX = 1024 };

/* Fills place, up and other of a source that has its fetch, if they are all there is to it. */
void source_settle(struct source *source, struct arena *arena);

struct recipe {
    const struct cw_adapter *adapter;
    const struct cw_endpoint *endpoint;
    const struct entity *entity;
    const struct selection *selection;
    const struct cw_field *rows; /* the table that is read */
    const char *table;           /* its name, for messages */
    const struct frame *frame;   /* of the record */
};

struct made {
    struct program program;
    size_t n_numbers;
    const struct span *numbers; /* ours, by op.number */
    size_t n_asks;
    const struct span *asks; /* theirs, relative to the record, sorted */
    struct source id;
};

/* fault: `order row 7 (items): path "a..b": column 3: ...`. */
enum err program_make(struct fetch_maker *maker, const struct recipe *recipe, struct made *out);
/* After projection_seal nothing is to be done: places know their slots.  Adds what a path of the plans needs. */
void asks_sort(struct span *asks, size_t *n);

#endif
