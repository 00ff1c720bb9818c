/*
 * judge.h - what an answer means: the errors tables, the page's cursor and count.
 */
#ifndef CARTWAY_MAP_JUDGE_H
#define CARTWAY_MAP_JUDGE_H

#include "adapters/adapter.h"
#include "core/view/fetch.h"
#include "core/view/view.h"

struct rule {
    const struct cw_error *row;
    const struct test *test;
    int64_t status;                   /* "status=404 & ...": most rows are passed by a number; 0: none is named */
    const struct fetch *wait, *lacks; /* may be NULL */
    const struct test *each;          /* of an item of a batch: it was not done; NULL: does not say */
};

/* What the answer tells of limits, and bills. */
struct tale {
    size_t row;                /* of signals, or of limits */
    const struct test *when;   /* bills; NULL: always */
    const struct fetch *value; /* NULL: the number */
    struct span number;
};

/* A case of a status feed's `state`. */
struct state_case {
    const struct cw_case *row;
    const struct test *test;
};

struct judge {
    size_t n_states;
    const struct state_case *states;
    size_t n_tales, n_bills;
    const struct tale *tales, *bills;
    size_t n_rules;
    const struct rule *rules;
    const struct cw_page *page; /* NULL: none */
    bool pages;                 /* the endpoint can be asked for another page */
    const struct fetch *next, *follow, *total, *error_code, *error_text, *request_id, *served; /* each may be NULL */
    const struct test *more;
};

/* maker->judging must be set; document: the frame of the whole answer. */
enum err judge_make(struct fetch_maker *maker, const struct cw_adapter *adapter, const struct cw_endpoint *endpoint,
                    const struct frame *document, struct judge *out);

/* verdict, error, wait, error_code, error_text, request_id, lacking.  does_without: rows with `lacks` do not count. */
void judge_verdict(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                   bool does_without, struct view_out *out);
/* Was the item whose names env->names knows not done?  Any row may say so, whichever gave the verdict. */
bool judge_undone(const struct judge *judge, const struct fetch_env *env, const struct row *document);
/* Another version answered than `ours`: that is drift. */
void judge_version(const struct judge *judge, const struct fetch_env *env, const struct row *document, const char *ours,
                   struct drift_report *drift);
/* told, bills. */
void judge_limits(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                  struct view_out *out);
/* state. */
void judge_state(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                 struct view_out *out);
/* next, follow, more, total; needs n_page. */
void judge_page(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                const struct view_in *in, struct view_out *out);
/* Does the answer owe us anything but a status? */
bool judge_owes(const struct judge *judge);

#endif
