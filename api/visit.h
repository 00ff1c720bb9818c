/*
 * visit.h - one request to our API on its way through: who asks, for what, and the reply.
 *
 *     on_request -> route found -> key checked -> parameters read -> the route's handler -> visit_reply / visit_fail
 *
 * A handler either replies before it returns or starts something whose end replies.  The visit and all that hangs
 * on its arena end with the reply.
 */
#ifndef CARTWAY_API_VISIT_H
#define CARTWAY_API_VISIT_H

#include "api/apps/audit.h"
#include "api/gateway.h"
#include "core/call/call.h"

struct visit;
struct db;

/* A query parameter that a route takes. */
struct parameter {
    const char *name, *type, *doc; /* type: "string", "integer", "boolean", "time", "list" */
};

enum access { ACCESS_OPEN, ACCESS_APP, ACCESS_ADMIN };

struct route {
    const char *http_method, *path; /* "/v1/stores/{store}/orders/{id}"; {rest...} takes what is left, raw */
    enum access access;
    const char *scope;  /* an app needs it; NULL: any app.  ACCESS_ADMIN: the least role; NULL: auditor for GET, else
                           operator */
    const char *method; /* the uniform method that it serves, NULL: none */
    void (*handle)(struct visit *visit);
    const struct parameter *parameters; /* ends with name NULL; NULL: none but the method's filters */
    const char *reply;                  /* schema of the answer, by name, for OpenAPI */
    const char *request;                /* schema of the body; "record": the method's own; NULL: none is taken */
    const char *doc;                    /* one sentence */
    int status;                         /* of success; 0: 200 */
};
extern const struct route routes[];
extern const size_t routes_n;
/* The least role that may, of one with ACCESS_ADMIN. */
enum role route_role(const struct route *route);

/* The two halves of work for the writer. */
struct visit_work {
    /* On the writer, inside its transaction: what the visit's `work` says. */
    enum err (*write)(struct visit *visit, struct db *db, struct fault *fault);
    /* On the loop, after COMMIT: makes it visible and replies.  err: nothing was written, or the job was never taken
     * (ERR_OVERLOADED); what was prepared is forgotten and the visit fails. */
    void (*done)(struct visit *visit, enum err err, const struct fault *fault);
};

enum { VISIT_PARTS = 8, VISIT_QUERY = 64, VISIT_ETAG_BYTES = 18 };
struct query_pair {
    struct span name, value; /* decoded */
};

struct visit {
    struct gateway *gateway;
    struct visit *next, **link; /* among the open or the ended ones */
    struct request *request;
    const struct route *route;
    const struct app *app;          /* held; NULL: open, or an admin */
    const char *actor;              /* an admin: the id of the key; NULL: none */
    struct span parts[VISIT_PARTS]; /* what stood in the path for {..}, decoded once; {rest...} raw */
    size_t n_query;
    json_t *body;              /* parsed; NULL if the route takes none */
    struct span id;            /* "req_..." */
    const struct store *store; /* held */

    /* for handlers */
    struct call call;
    bool has_call;
    bool explains; /* explain=1: the call is not started */
    json_t *args;
    struct span filters;   /* of a list: args as they were asked for, which its cursor is bound to */
    struct fanout *fanout; /* of a parent: its children's answers */
    struct visit *parent;  /* of a child: who gets the answer instead of the server */
    size_t place, share;   /* which child it is, and of how many that share the answer's ceiling; 0: no child */
    struct held_selection *selection; /* the call's; NULL: none */
    struct buf data, problems;
    struct probe *probe;
    void *work; /* the handler's own: what it reads or changes by the writer */
    struct job job;
    const struct visit_work *does;
    struct span detail; /* of the line in the audit log; p NULL: none */
    struct audit audit;
    char key[KEY_TEXT_BYTES + 1];
    char etag[VISIT_ETAG_BYTES + 1]; /* of what is shown; "": none */

    int64_t retry_after_ms; /* of a refusal of our own; 0: none */
    unsigned violated;      /* which of its quotas the app has used up (problem.h) */

    /* from here on nothing is cleared for a new request */
    struct arena arena;
    struct query_pair query[VISIT_QUERY];
};

/* The seam's entrance. */
void visit_begin(struct gateway *gateway, struct request *request);
/* Frees the visits that have ended; when nothing of theirs is on the stack. */
void visit_sweep(struct gateway *gateway);
/* Frees those kept for reuse. */
void visit_forget(struct gateway *gateway);
/* Ends all that are open, without replies: the server is gone. */
void visit_abandon(struct gateway *gateway);

/* A visit on behalf of another: the parent's request, app and query (without `stores`) on another route.  Its end is
 * told to fanout_collect; it may come before this returns.  body: the child's own, shared; NULL: none. */
void visit_child(struct visit *parent, const struct route *route, size_t place, struct span store, size_t share,
                 json_t *body);

/* {name} of the route's path. */
struct span visit_part(const struct visit *visit, const char *name);
/* A query parameter; false: not there. */
bool visit_query(const struct visit *visit, const char *name, struct span *out);
/* One that is a whole number; *out stays if it is not there.  ERR_INVALID_REQUEST: it is none from least to most. */
enum err visit_query_number(const struct visit *visit, const char *name, int64_t least, int64_t most,
                            struct fault *fault, int64_t *out);

/* Adds the pairs of an application/x-www-form-urlencoded text to the visit's query; what: "query", "form", for the
 * fault.  ERR_INVALID_REQUEST: more than VISIT_QUERY, a broken escape, or a name that stands twice. */
enum err visit_read_pairs(struct visit *visit, struct span text, const char *what, struct fault *fault);

/* Unix time, the same for one moment of services.now_ms: all times of an answer fit together. */
int64_t visit_wall_ms(const struct visit *visit);

/* ---- work for the writer ------------------------------------------------------------------------------------- */

/* A change by an administrator, with its line in the audit log: both are written or neither is.  done comes once, maybe
 * before this returns.  action: a literal; subject: an id, good until the visit ends. */
void visit_change(struct visit *visit, const char *action, struct span subject, const struct visit_work *work);
/* Reads what is in the database alone. */
void visit_look_up(struct visit *visit, const struct visit_work *work);

/* ---- the answer ---------------------------------------------------------------------------------------------- */

/* The entity tag (RFC 9110 section 8.8.3) of a resource of ours, as JSON: the answer's ETag, if one comes. */
void visit_tag(struct visit *visit, struct span json);
/* May it be changed, by the request's If-Match (RFC 9110 section 13.1.1)?  After visit_tag.  ERR_PRECONDITION_FAILED:
 * it has changed since the caller read it. */
enum err visit_match(struct visit *visit, struct fault *fault);

/* Ends the visit.  body is taken. */
void visit_reply(struct visit *visit, int status, const char *content_type, struct buf *body);
/* The same with JSON and the route's own status. */
void visit_reply_json(struct visit *visit, struct buf *body);
/* A page for people: it runs nothing, loads nothing, and no cache keeps it.  location: of 303; NULL: none. */
void visit_page(struct visit *visit, int status, const char *location, struct buf *html);
/* 204. */
void visit_reply_empty(struct visit *visit);
/* A whole list: {"data":[ is begun, objects with commas between are added, the end replies.  most: bytes. */
void visit_list_begin(struct buf *out, size_t most);
void visit_list_end(struct visit *visit, struct buf *out);
/* ,"created_at":"2026-01-31T12:00:00.000Z", or null for 0. */
void visit_write_time(struct buf *out, const char *name, int64_t unix_ms);
void visit_fail(struct visit *visit, enum err err, const struct fault *fault);
void visit_failf(struct visit *visit, enum err err, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
