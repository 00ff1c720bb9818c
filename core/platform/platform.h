/*
 * platform.h - one adapter, compiled: what the gateway works with after loading.
 *
 * The adapter's rows were copied (core/map/table.h); here every notation in them is parsed once and every
 * name that one table uses of another is looked up once.  What does not fit is refused with the table and
 * the row.  A struct platform is constant after loading and is shared by all shards and workers.
 *
 *   adapter medusa: endpoints row 4 (inventory.set): request: template "POST /x/{@itm.id}": no plan row is named "itm"
 *
 * What a shop's answers look like depends on the fields asked for, so that part (struct view) is compiled
 * by core/answer/views.h when it is first needed.
 */
#ifndef CARTWAY_PLATFORM_H
#define CARTWAY_PLATFORM_H

#include "adapters/adapter.h"
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/governor/governor.h"
#include "core/map/cond.h"
#include "core/map/model.h"
#include "core/map/quantity.h"
#include "core/map/template.h"
#include "core/platform/override.h"
#include "core/value/zone.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a row of `in` puts its value. */
enum place { PLACE_BODY, PLACE_QUERY, PLACE_HEADER };

struct in_row {
    const struct cw_field *row;
    const struct template *made; /* "=template" on our side; NULL: ours is a path into the arguments */
    enum place place;
    const char *name;           /* of the query parameter or header, or the path in the body */
    const struct template *key; /* body, "{name}": the member that the record names; NULL: `name` is a path */
    const struct template *at;  /* body, "a[k={name}]": the path, made for each request; needs a base */
    const struct in_row *sub;   /* rows for each element of a list */
    size_t n_sub;
};

struct signing { /* one cw_sign row; row NULL: none */
    const struct cw_sign *row;
    const struct template *key, *text; /* text NULL: OAuth 1.0a has its own */
};

struct way { /* a way in: one cw_auth row */
    const struct cw_auth *row;
    const struct cond *when;       /* over the settings and credentials that the store has; NULL: always */
    bool only_named;               /* "-" */
    struct signing sign, callback; /* over requests; over what the consent's callback brings (core/request/sign.h) */
    bool has_tokens;               /* its row names endpoints that give tokens (core/tokens.h) */
    const struct endpoint *obtain, *refresh, *revoke; /* NULL: there is none */
    const struct template *authorize;                 /* NULL: nobody is asked for consent */
    const struct in_row *send;
    size_t n_send;
    bool names_once; /* its rows send {once}, as a number of the request and no more */
};

struct limit_case {                /* of a cost or a size */
    const struct cond *when;       /* NULL: always */
    const struct quantity *value;  /* cost, or amount */
    const struct quantity *second; /* burst; NULL: as the row says */
};

struct limit { /* one cw_limit row */
    const struct cw_limit *row;
    struct limit_rule own;          /* as the row has it */
    struct limit_rule rule;         /* what names its gauges; with what plugins.d said when the gateway started */
    struct override override;       /* what plugins.d says now; it changes while the gateway runs, on the loop */
    bool is_plain;                  /* its numbers are the rule's for every store that has no word of its own */
    const struct template *key;     /* NULL: the store */
    const struct limit_case *costs; /* by the request: the first that holds; none: 1 */
    size_t n_costs;
    const struct limit_case *sizes; /* by the store's settings: the first that holds; none: the rule's */
    size_t n_sizes;
    const struct zone *zone; /* in which its windows begin; NULL: with their first call */
    int32_t starts_s;        /* second of the day */
    bool by_page;            /* the cost depends on the page's size */
    bool by_bytes;           /* and on the bytes of the body */
    bool by_graphql;
    bool is_shared; /* by several stores: what one of them is given would be all of them's */
};

struct limit_signal { /* one cw_signal row */
    const struct cw_signal *row;
    const struct limit *limit; /* NULL: that of the endpoint */
};

struct ask { /* an endpoint that is asked for levels: one for all signals rows that name it */
    const struct endpoint *endpoint;
    int64_t every_ms; /* the shortest of theirs */
};

struct feed {                        /* the platform's public status: core/exchange/outage.h */
    const struct endpoint *endpoint; /* NULL: there is none, or the operator wants none looked at */
    const char *url;
    int64_t every_ms;
    bool is_operators; /* the address is plugins.d's: it may be private */
    bool has_text;
    size_t text; /* which extra of the endpoint is the words for people */
};

struct step { /* one cw_plan row */
    const struct cw_plan *row;
    const struct endpoint *call;      /* NULL in a STEP: the method's own; of a PROBE one of its own */
    const struct cond *when;          /* over the call's arguments, in a FOLLOW over the record; NULL: always */
    const struct cond *done, *failed; /* POLL: over the answer; PROBE: over each record of it */
    bool absence_proves;              /* PROBE, failed "*": where no record is done, nothing was */
    const struct template *
        *with_made; /* of each row of `with`: argument of the endpoint <- "=template"; NULL: a path */
    size_t n_with;
};

struct hook { /* one cw_hook row */
    const struct cw_hook *row;
    const char **wants; /* its words: "items.sku", "@open.parts" */
    size_t n_wants;
};

struct raw_shape;
enum { ENDPOINT_EXTRAS = 12 };
struct endpoint { /* one cw_endpoint row */
    const struct cw_endpoint *row;
    size_t index;
    struct span method;               /* "GET" */
    const struct template *address;   /* behind the base URL, or whole */
    const struct template *otherwise; /* taken where the first names something absent; NULL: there is one only */
    bool absolute;
    const struct raw_shape *shapes[2]; /* as raw requests have them: with its address, and without; NULL: none has */
    const struct in_row *in;
    size_t n_in;
    const char *base; /* "now.document": what of an earlier step the body begins as; NULL: with nothing */
    const struct cw_page *page;
    const struct in_row *page_put;
    size_t n_page_put;
    uint32_t reach;        /* records that its pages reach, where a row sends {page.after}; 0: all */
    size_t key;            /* reach: which extra is the record's key */
    const struct way *way; /* named by the row; NULL: the store's */
    bool no_auth;
    const struct way *serves; /* it gets, renews or takes back the tokens of this way; NULL: an endpoint like others */
    size_t token, n_token;    /* gets or renews: those extras, by the names of its `out` rows, are the token */
    bool bodied;              /* anything but GET and HEAD: rows may stand in a body */
    bool writes;     /* the same, but for documents that only ask and methods that only read (a search by POST) */
    bool names_once; /* its rows send {once}: each exchange makes a key, the same in every attempt */
    bool is_form;    /* the body is name=value pairs (core/map/tree.h), not JSON */
    bool repeatable; /* the same request may be sent again without harm */
    const struct hook *hook; /* code over its requests (core/request/hook.h); NULL: none */
    enum klass klass;
    const struct entity *entity;  /* of the records it gives; NULL: values only */
    const struct entity *changes; /* a write: of the records that it changes; NULL: not known */
    const struct endpoint *list;  /* of a get: gives the same of several, by ids; NULL: there is none */
    const struct endpoint *many;  /* does the same for several at once (core/call/pack.h); NULL: there is none */
    const char *extra_paths[ENDPOINT_EXTRAS]; /* what later steps want of its answer (core/view/view.h) */
    const char *extra_names[ENDPOINT_EXTRAS]; /* "item.id": the step and the path as placeholders name it */
    size_t n_extra;
    const struct step *probe; /* the row whose conditions look at its records; NULL: an endpoint as the table has it */
};

struct platform {
    struct arena arena;
    const struct cw_adapter *table;
    const struct template *base_url;
    const char *content; /* of request bodies */
    struct endpoint *endpoints;
    size_t n_endpoints;
    struct way *ways;
    size_t n_ways;
    struct limit *limits;
    size_t n_limits;
    const struct template *lane; /* the widest scope among the limits; NULL: the store */
    struct limit_signal *told;   /* one for each row of signals */
    size_t n_told;
    struct ask *asks; /* core/exchange/asked.h */
    size_t n_asks;
    struct feed feed;
    struct step *steps;
    size_t n_steps;
    struct hook *hooks;
    size_t n_hooks;
    const char *file;  /* the shared object, "" if built in for a test */
    const char *entry; /* the file of plugins.d; NULL: none */
    char sha256[65];
};

/* Copies, compiles and checks.  raw must stay (plug-ins are never unloaded). */
enum err platform_new(const struct cw_adapter *raw, struct fault *fault, struct platform **out);
void platform_free(struct platform *platform);

/* By name; NULL if the adapter has none: the method is unsupported. */
const struct endpoint *platform_endpoint(const struct platform *platform, const char *name);
/* Does the endpoint take this argument of ours ("updated_since")?  In a query, header, body or its address. */
bool endpoint_takes(const struct endpoint *endpoint, struct span name);
/* The same of a method's endpoint and of the look-ups that its plan has: variant_id, by which an item's id is found. */
bool platform_takes(const struct platform *platform, const struct endpoint *endpoint, struct span name);
/* The plan rows that serve a method, in the table's order: the i-th of a role, NULL past the end. */
const struct step *platform_step(const struct platform *platform, const char *method, enum cw_role role, size_t i);
/* A way in by name; NULL: there is none. */
const struct way *platform_way(const struct platform *platform, struct span name);
/* A limit by name; NULL: there is none.  Only the registry changes it. */
struct limit *platform_limit(const struct platform *platform, struct span name);
/* A setting by name; NULL: the platform has none such. */
const struct cw_setting *platform_setting(const struct platform *platform, struct span name);
/* "application/x-www-form-urlencoded" */
bool content_is_form(const char *content);
/* Does a glob list by blanks ("order.* product.list") cover the name?  NULL covers all. */
bool globs_cover(const char *globs, const char *name);

#endif
