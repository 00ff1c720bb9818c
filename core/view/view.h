/*
 * view.h - reading an answer: a shop's bytes in, our records out.
 *
 * A view is made once for (endpoint, fields asked): every path that looks at an answer is compiled into one
 * projection, every field asked for into one output program.  view_read walks an answer once and writes
 * normalised JSON.  A view never changes after view_new: any number of threads may read with it at once.
 *
 *   view_new({adapter, endpoint order.list, entity order, fields id,number})
 *   view_read(body {"orders":[{"id":"o1","display_id":7,...}],"count":1})
 *     data      {"object":"order","id":"o1","gid":"...","number":"7",...}
 *     total     1
 *
 * What is spoilt is told apart (DESIGN.md section 5):
 *   - the whole answer is not what was promised (HTML, empty, cut short, no list): view_read returns
 *     ERR_STORE_UNREADABLE, which may be repeated; never an empty list;
 *   - one record is bad: it is in `problems`, and the others stand;
 *   - it is odd but its meaning is certain (a byte-order mark, "12" for 12, a key twice): read, and counted
 *     in the drift report.
 */
#ifndef CARTWAY_MAP_VIEW_H
#define CARTWAY_MAP_VIEW_H

#include "adapters/adapter.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/map/model.h"
#include "core/map/selection.h"
#include "core/map/template.h"
#include "core/map/value.h"
#include "core/seam.h"
#include "core/view/drift.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phones;
struct view;

/* Ceilings on what a shop can size; beyond them the answer is ERR_STORE_UNREADABLE, with the bound in the fault. */
enum {
    VIEW_DEPTH_MAX = 128,     /* of containers, also inside what is skipped */
    VIEW_RECORDS_MAX = 10000, /* in one answer */
    VIEW_ROWS_MAX = 100000,   /* elements of all captured lists inside one record */
    VIEW_LACKING_MAX = 1000,  /* places that an answer says it lacks */
    VIEW_PROBLEMS_MAX = 100,  /* written out; more are only counted */
};

struct view_spec {
    const struct cw_adapter *adapter; /* rows of the host's own size, stepped by ++ */
    const struct cw_endpoint *endpoint;
    const struct entity *entity;       /* NULL: no records are written, only values are looked at */
    const struct selection *selection; /* of that entity; NULL: its default set */
    const char *const *extra_paths;    /* n_extra of them; see view_out.extra */
    size_t n_extra;
    const char *done, *failed; /* a probe's conditions over a record: only records of which done holds are written;
                                  NULL: no probe, no such condition */
};

/* All strings of the spec must outlive the view.  Refused with the row: `orders row 7: path "a..b": column 3: ...`. */
enum err view_new(const struct view_spec *spec, struct fault *fault, struct view **out);
void view_free(struct view *view);

/* The {selection}: what the platform must be asked for so that the view's fields can be filled, its own dotted
 * paths, sorted, comma separated, without those that another covers. */
void view_ask(const struct view *view, struct buf *out);
/* The same for the elements of one list inside, their paths relative to an element. */
void view_ask_below(const struct view *view, struct span list, struct buf *out);
/* Of a status feed: the condition that a case of its row `state` stands for, "status.indicator='critical'", or its own
 * where the row has no path. */
const char *view_state_when(struct arena *arena, const struct cw_field *row, const struct cw_case *kase);
/* Does the endpoint ask for {selection}, so that a key left out means null and not "could not be loaded"? */
bool view_asks(const struct view *view);

/* What is done with a list inside a record, or a sum over one, that the platform has ended early (`more`). */
enum view_cut {
    CUT_SPOILS, /* as a field that was not there: the record is a problem, or with partial the field is incomplete */
    CUT_NOTED,  /* in view_out.rests, where a plan row reads on */
    CUT_TOLD,   /* the field is incomplete */
};

struct view_in {
    int status;
    const struct header *headers;
    size_t n_headers;
    struct span body;       /* stays valid as long as the results are used */
    struct span store;      /* our id of the store */
    struct span gid_prefix; /* gid = this + id; empty: STORE/OBJECT/ */
    int64_t observed_at_ms; /* Unix time */
    size_t skip, limit;     /* records of the page to pass over; to write at most (0: all) */
    size_t asked;           /* page size that was asked of the shop; 0: unknown.  A page as full as that has more */
    size_t seen_before;     /* records in the pages before this: {page.seen} counts from here */
    bool raw;               /* include=raw */
    bool partial; /* partial=allow: a record with fields that were not there is written, they are in `incomplete`; else
                     it is a problem */
    enum view_cut cuts;
    /* An answer is read although its errors table says no: it lacks these, "data.order.note". */
    const struct span *without;
    size_t n_without;
    struct span region;        /* ISO 3166-1 alpha-2 of the store: for phones of records without a country */
    const struct names *names; /* settings and arguments for placeholders; may be NULL */
    const struct names *items; /* of a batch: each one's own, before those */
    size_t n_items;
    const struct drift_known *known; /* may be NULL */
    struct phones *phones;           /* may be NULL: numbers not in international form have no e164 */
    struct arena *arena;             /* everything that view_out points to, but for data and problems */
};

/* A list inside a record of which more lies behind, for core/call/rest.h. */
struct view_rest {
    const struct cw_plan *plan; /* the view's own copy of the row */
    struct span field;          /* ours */
    struct span list;           /* theirs: "lineItems(first:100).nodes" */
    size_t row;                 /* records of one answer have different ones */
    struct value place, flag;   /* the list in the body, and what says that more lies behind */
    const struct span *args;    /* of each row of plan->with; p NULL: the record lacks it */
};

/* Where a field that other requests fill has its place in data, for core/call/follow.h. */
struct follow_mark {
    const struct model_field *field;
    const char *theirs;   /* "@variations[]" */
    size_t row;           /* of extra */
    size_t at;            /* in data: the member goes in here, comma first */
    size_t incomplete_at; /* in data: behind the bracket of the record's `incomplete` */
    bool incomplete_empty;
};

/* What an answer says of a limit: the row of the adapter's signals (or, a bill, of its limits), and the text found. */
struct limit_word {
    size_t row;
    struct span text;
};

struct view_out {
    struct buf *data; /* set by the caller: records are appended, without brackets, a comma before each if data is not
                         empty: several pages may follow each other in it */
    struct buf *problems; /* the same; {"id","path","expected","found","kind"} */

    enum cw_verdict verdict; /* what the errors table says; where no row holds, what HTTP's status suggests.  CW_EMPTY
                                too where a single record was asked for out of a list that is empty.  Never 0 */
    const struct cw_error *error; /* the row that held: the endpoint's or the adapter's; NULL: none */
    struct span wait;             /* text at the row's `wait` path, or Retry-After where no row holds; empty: none */
    struct span error_code, error_text,
        request_id; /* as the paths of the adapter say, unescaped, at most 200 bytes each */

    struct span *lacking; /* what an answer that says no names as all that it lacks, each a JSON list in the body */
    size_t n_lacking;

    const struct limit_word *told, *bills; /* of limits; in the tables' order; a limit has one bill at most */
    size_t n_told, n_bills;

    const struct cw_case
        *state; /* of a status feed: the case of its `state` that holds; NULL: none does, or it is none */

    struct span next; /* cursor, or whole next address if `follow`; empty: none */
    bool follow;
    bool more; /* another page follows: by `more`, next, follow, or a page as full as asked */
    bool has_total;
    int64_t total;
    size_t n_page;    /* elements of the outermost list of `items`: what offsets count */
    size_t n_seen;    /* records in the page */
    size_t n_written; /* appended to data */
    size_t n_problems;
    size_t n_done, n_failed;    /* of a probe: records of which its conditions hold */
    struct drift_report *drift; /* never NULL after OK */

    /* Values of extra_paths, for plans: n_rows x n_extra, row by row; first match each, strings unescaped.
     * Rows are the records (one, the whole answer, if the endpoint has no `items`).  A path is one of ours in the
     * endpoint's table ("id"), or theirs relative to the record (".a.b"), or to the whole answer ("/a.b"). */
    size_t n_rows;
    struct value *extra;

    /* One for each record written and field asked for that stands on another endpoint's answer; in the arena. */
    struct follow_mark *marks;
    size_t n_marks;

    bool *undone; /* of each of n_items: the answer says that it was not done; in the arena */

    struct view_rest *rests; /* with CUT_NOTED; in the arena */
    size_t n_rests;
};

/* Answers that say no (verdict is neither OK nor EMPTY) are OK here too: the reading went well.
 * ERR_STORE_UNREADABLE: the answer says yes but is not what was promised.  ERR_OVERLOADED: data or problems passed
 * its ceiling.  On failure data and problems are as before, the rest of *out is untouched. */
enum err view_read(const struct view *view, const struct view_in *in, struct fault *fault, struct view_out *out);

#endif
