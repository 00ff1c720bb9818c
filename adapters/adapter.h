/*
 * adapter.h - the whole contract between the gateway and one platform.  Installed as <cartway/adapter.h>.
 *
 * An adapter is one constant struct in one shared object.  It describes; the host does all I/O.  Every
 * table is made of four notations, and the same struct cw_field row puts a value into a request and takes
 * one out of an answer, so paging, tokens, filters, idempotency keys, headers and records need no columns
 * of their own.  docs/adapter-guide.md explains each notation with worked examples.
 *
 * TEMPLATE  text with {names}; a row whose template names something absent is left out.
 *   {id}          argument of the method, field of our record, setting, or credential (lint: never two)
 *   {.a.b}        path in their document at hand     {@step.a}  path in the answer of a plan row
 *   {page.size} {page.number} {page.offset} {page.cursor} {page.after} {selection} {once} {now} {nonce} {endpoint} {request}
 *   {method} {url} {path} {query} {body}             the request (or, in a webhook, the delivery)
 *   {x|fmt|fmt}   through formats; {{ is a brace.  Values are escaped for where they land.
 *   {selection}   what the platform must be asked for so that the fields wanted can be filled: its own
 *                 dotted paths, comma separated, made from the `out` rows ("id,items.title")
 *
 * PATH      where a value is.  Source: the body; header:Name; link:next; status; @step.; ^. one scope up.
 *   a.b  'odd.key'  @attr (XML)  a[]  every element  a[0]  a[k=v]  elements whose k is v (v may be a template)
 *   a|b  first present and not null      +a+-b  decimal sum of every match, less those of b      a!json a!b64 a!raw  decode, or the bytes
 *   a(first:50)  GraphQL arguments, used when asking, skipped when reading      *  any one member
 *   Lists are strict: an object is never taken for a list of one, unless the path says a[*]: every element, or
 *   the one that stands there without its list.
 *   Writing: ?name  query parameter; header:Name; [] appends; [k={v}] finds an element of the base, or refuses the
 *   call; # the count of # rows so far
 *
 * CONDITION path op value, joined by " & ": = != < <= > >= ~; bare path: present and not null; !path: not.
 *   ~ is a case-blind glob, alternatives by |: "message~*token*|*expired*".  There are no regular expressions.
 *
 * FORMAT    how theirs writes a value whose type our model knows.  Comma list, left to right when reading:
 *   time: iso(default) s ms rfc2822 /Date or strftime, "%F %T @{tz}"; money: (decimal) minor
 *   number bool unit:kg neg percent lower upper enc b64 unb64 hex sha256 csv first join:SEP basic strip:TEXT empty_null top second_before digits
 *   sorted filled pairs (of a query, in what is signed: "{query|sorted-sign}": core/request/sign.h has the rules)
 *   json whole decimal (writing: any JSON as it is; a number without decimals; a text that is a number) last (behind the last /) quoted (in a search's quotes)
 *
 * Growth.  abi, size and rows never move.  Columns and members are added at the tail only; zero means
 * "not used".  The host copies every row by the size the adapter was built with and refuses bytes beyond
 * its own that are not zero.  abi 0: the contract may change until the events work is done.
 */
#ifndef CW_ADAPTER_H
#define CW_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

/* Rows are read as rows. */
/* clang-format off */

#define CW_ABI 0u
#define CW_EXPORT __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows stop at their last used column */

/* One value of an enum, one derived state, one cost.  `when` is a literal of theirs if the owner
 * has a path to compare, else a condition; "*": otherwise.  Writing takes the first row with our value. */
struct cw_case {
    const char *when, *value;
    const char *unseen; /* why no fixture shows it; `adapter check` fails on an unreached row without a reason */
};

enum { CW_READ_ONLY = 1, CW_REQUIRED = 2, CW_JOIN = 4 /* append, fmt is the separator */ };

struct cw_field {
    const char *ours;   /* path in our record; "=template" to write a made value; "." what the base document has; "-": drop theirs */
    const char *theirs; /* path; "=template" to read a made value */
    const char *fmt;
    const struct cw_case *cases;
    const struct cw_field *sub; /* rows inside; their paths are relative to each match */
    uint16_t flags, max;        /* max: characters or elements accepted when writing */
    const char *unseen;         /* why no fixture fills it */
    const char *ask;            /* what {selection} must hold for this row where it is not the path itself */
    const char *more;           /* list, or sum over one, that they end early: condition that more lies behind; or "@name": a REST plan row, its `when` */
};

/* What the merchant supplies.  pattern: a glob with | alternatives; value: default; secret: sealed, never printed. */
struct cw_setting { const char *name, *pattern, *help, *value; uint32_t secret, optional; };

/* A signature made (requests) or checked (webhooks, callbacks). */
enum cw_alg { CW_HMAC_SHA256 = 1, CW_HMAC_SHA1, CW_ECDSA, CW_OAUTH1_SHA1, CW_OAUTH1_SHA256 };
struct cw_sign {
    enum cw_alg alg;
    const char *key;   /* template: a secret, or the name of the endpoint that fetches a public key: "@_key.key" */
    const char *text;  /* template of what is signed; of OAuth 1.0a in a header: of its realm, or NULL */
    const char *at;    /* path: where the signature stands; several may stand there */
    const char *fmt;   /* b64, hex, ... */
    const char *stamp; /* path of the time that is signed, NULL: none */
    uint32_t window_s;
};

/* One way to prove who we are; the first whose condition over the settings and credentials holds
 * ("-": only for endpoints that name it; NULL: always), but one with `authorize` after all others
 * until it is connected: it stands first, and a pasted token works until then.  Tokens are got by
 * endpoints, so every provider's dialect is rows.  Their `out` rows name: access_token, refresh_token,
 * expires_in, expires_at, refresh_expires_in, refresh_expires_at, and any setting learnt on the way. */
enum cw_rotation { CW_ROTATE_NEVER, CW_ROTATE_ONCE, CW_ROTATE_GRACE };
struct cw_auth {
    const char *name, *when;
    const struct cw_field *send;   /* into every request */
    const struct cw_sign *sign;    /* and over it */
    const char *authorize;         /* template of the consent URL; {state} {redirect} {challenge} and settings */
    const struct cw_field *returned; /* what the callback's query gives */
    const struct cw_sign *callback;
    const char *obtain, *refresh;  /* endpoint names */
    enum cw_rotation rotation;
    uint32_t life_s, early_s, not_before_s, refresh_life_s; /* used where the answer is silent */
    const struct cw_field *learn;  /* read from the headers of every answer: a token that renews itself */
    const char *revoke;            /* endpoint that takes them back when the store is removed; NULL: there is none */
};

enum cw_limit_kind { CW_BUCKET = 1, CW_WINDOW, CW_SLIDING, CW_OPEN };
struct cw_limit {
    const char *name;
    enum cw_limit_kind kind;
    uint32_t amount, per_ms, burst;
    const char *key;            /* template; NULL: "{store}" */
    const char *on;             /* endpoint globs, by space; NULL: all */
    const struct cw_case *cost; /* by the request; value: number, {name}, graphql, items, bytes, "1+2*{page.size}"; NULL: 1 */
    const struct cw_case *bill; /* by the answer, value: number or {.path}; replaces the cost */
    const char *starts;         /* window: "00:00 America/Los_Angeles"; NULL: with its first call */
    uint32_t most;              /* largest cost of one request: the host shrinks the page to fit; 0: none */
    const struct cw_case *sizes; /* by the store's settings, value: amount, or amount/burst: "{seats}", "200/4000"; else the row's */
    uint32_t from; /* nobody has published it: it begins with so much (a bucket: each per_ms, and at once) and grows to amount
                      and burst while the shop bears it; 0: it is as it stands */
};

/* What an answer tells about a limit: what is left, its size (bucket: burst), what drips in a second, when its window
 * ends, how long that is, what the request was counted at before it ran.  A limit whose size is told is not trusted
 * before: two calls find it out. */
enum cw_tell { CW_LEFT = 1, CW_SIZE, CW_RATE_S, CW_RESET_AT, CW_RESET_IN, CW_PER, CW_COST };
struct cw_signal {
    const char *limit; enum cw_tell tell; /* "{endpoint}": the first limit whose `on` covers the endpoint */
    const char *path, *fmt; /* fmt of times: s (default) or ms; of CW_RESET_AT as in FORMAT, iso if silent */
    const char *from; uint32_t every_s; /* asked of this endpoint, this often; NULL: in every answer */
};

struct cw_page {
    const struct cw_field *put; /* page.* into the query, or the body of a request that has one */
    const char *next;           /* path of the cursor */
    const char *follow;         /* path of the whole next address or query, used verbatim */
    const char *more;           /* condition; NULL: next/follow present, or else a full page */
    const char *total;          /* path of the count */
    uint32_t max, first;        /* largest page; number of the first */
    uint32_t cursor_life_s;
    const char *key;            /* path in their record of what the list is in ascending order of, no two alike */
    uint32_t reach;             /* records that paging reaches; behind it the list begins anew, as one of those whose key is
                                   beyond {page.after}, the last one's: a row sends it.  0: all */
};

/* SMALLER: the page is too large for one request; half of it is asked for */
enum cw_verdict { CW_OK = 1, CW_EMPTY, CW_RETRY, CW_SLOW_DOWN, CW_REAUTH, CW_GIVE_UP, CW_UNKNOWN, CW_SMALLER };
struct cw_error {
    const char *when; enum cw_verdict verdict;
    const char *code;  /* ours: conflict, not_found, invalid, forbidden, ... */
    const char *limit; /* slow_down: the limit that is empty */
    const char *wait, *fmt; /* path of how long */
    const char *each;  /* of a batch: condition on the answer, once for each item, with its names and {item}, its number
                          from 0: this one was not done */
    const char *unseen;
    const char *says;  /* what it means, for people: where the answer has no words of its own */
    const char *lacks; /* path of lists of names and indices below the first member of `items`, "errors[].path": all that the
                          answer lacks.  With partial=allow, and after a write, the rest is read; those fields are `incomplete` */
};

enum { CW_REPEATABLE = 1, CW_ONCE = 2 }; /* else GET and HEAD may be repeated, and a write whose `in` names {once} */
enum cw_class { CW_BY_METHOD, CW_INTERACTIVE, CW_ORDERS, CW_STOCK, CW_CATALOGUE, CW_BULK };
struct cw_endpoint {
    const char *name;      /* a method, "order.list"; or private, "_order_items" */
    const char *request;   /* "GET /orders/{id}"; absolute if it has a scheme; "PUT /a/{x}/b/{id} | /a/{id}": first that is whole */
    const char *document;  /* GraphQL, never a template; {*} is the selection made from `out`; `in` fills variables */
    const char *items;     /* path of the record(s) in the answer; NULL: the whole body is one */
    const struct cw_field *in, *out; /* NULL: the record's table */
    const struct cw_page *page;
    const struct cw_error *errors;   /* before the adapter's own */
    const char *content;   /* request type, JSON or a form: its pairs are a[b][0]=x; NULL: the adapter's */
    const char *base;      /* "@step.path", a look-up's whole record (keep_s 0): what the body begins as, for full-replace writes */
    const char *auth;      /* cw_auth row; "-": none; NULL: the store's */
    uint32_t batch, keep_s, flags;
    enum cw_class klass;
    const char *unseen;
};

/* REST: reads on in a list inside a record, from where theirs ended (`when`); `with` rows name theirs, page.cursor among them.
 * PROBE: asked where the answer to a write was lost; `method` names the endpoint that wrote. */
enum cw_role { CW_LOOKUP = 1, CW_FOLLOW, CW_STEP, CW_POLL, CW_PROBE, CW_REST };
struct cw_plan {
    const char *method;  /* glob of endpoints it serves: "order.*" */
    enum cw_role role;
    const char *name;    /* the answer is @name */
    const char *call;    /* endpoint; NULL in a STEP: the method's own */
    const struct cw_field *with; /* its arguments, from ours and from earlier answers */
    const char *key;     /* FOLLOW: their path in the follow-up's items = the argument; NULL: one call a record */
    const char *when, *each;     /* condition; list in our record to repeat over */
    const char *done, *failed;   /* POLL, PROBE: conditions on a record of the answer; PROBE's failed "*": none done means that it was not */
    uint32_t every_ms, for_ms;
    uint32_t batch, keep_s;
    const char *undo;    /* STEP: endpoint that takes it back; NULL: stop and report the step */
    const char *unseen;  /* PROBE: why no fixture shows it */
};

struct cw_topic { const char *theirs, *event, *id, *read; const struct cw_field *fields; const char *items; };
struct cw_reply { const char *when; const struct cw_field *body; uint32_t status; };
struct cw_webhook {
    const struct cw_sign *signs;   /* any may match; NULL: no signature, re-read all */
    const char *topic, *id, *store; /* templates: what, de-duplication, whose (NULL: our address says) */
    const struct cw_reply *replies; /* handshakes and pings, before the signature is asked for */
    const struct cw_topic *topics;
};

struct cw_record { const char *name; const struct cw_field *fields; };

/* ---- hooks: pure, no I/O, no state; see only what `wants` names ----
 * before_send runs when the rows of `in` have written the request and before it leaves, again for each attempt: the same
 * arguments must give the same request.  0: send it; else refuse() has said why.  Served today; the others are refused. */
struct cw_msg;
struct cw_host { /* lent; grows at its tail */
    uint32_t size;
    void *(*alloc)(struct cw_msg *, size_t); /* zeroed, freed with the call; NULL: over the message's 8 MiB */
    /* The i-th match as text, NULL past the end, and for null, objects and lists.  "items[2].sku" is an argument,
     * "@open.parts[0].id" of plan row open's answer, "items[].sku" every one. */
    const char *(*get)(const struct cw_msg *, const char *path, size_t i);
    /* Into the request where a row of `in` would: a text, or with "!json" behind the path a bare number, true, false, null. */
    int (*put)(struct cw_msg *, const char *path, const char *text);
    /* Bytes written to out, or -1. */
    int (*mac)(enum cw_alg, const char *key, const void *, size_t, char *out, size_t out_n);
    /* The caller's value does not do: 422 with this sentence, which says what was expected and found.  Returns -1. */
    int (*refuse)(struct cw_msg *, const char *field, const char *text);
    /* As printf has it, in the message's memory; "" over its budget.  A hook needs no stdio.h. */
    const char *(*format)(struct cw_msg *, const char *format, ...) __attribute__((format(printf, 2, 3)));
};
struct cw_msg { const struct cw_host *host; const char *endpoint; int status; };
struct cw_hook {
    const char *on, *wants; /* endpoint globs; paths, by space */
    int (*before_send)(struct cw_msg *);
    int (*after_receive)(struct cw_msg *);
    enum cw_verdict (*judge)(const struct cw_msg *);
};

struct cw_rows { uint16_t kase, field, setting, sign, auth, limit, signal, page, error, endpoint, plan, topic, reply, webhook, record, hook; };
#define CW_HEAD .abi = CW_ABI, .size = sizeof(struct cw_adapter), .rows = { \
    sizeof(struct cw_case), sizeof(struct cw_field), sizeof(struct cw_setting), sizeof(struct cw_sign), \
    sizeof(struct cw_auth), sizeof(struct cw_limit), sizeof(struct cw_signal), sizeof(struct cw_page), \
    sizeof(struct cw_error), sizeof(struct cw_endpoint), sizeof(struct cw_plan), sizeof(struct cw_topic), \
    sizeof(struct cw_reply), sizeof(struct cw_webhook), sizeof(struct cw_record), sizeof(struct cw_hook) }

struct cw_adapter {
    uint32_t abi, size;
    struct cw_rows rows;
    const char *name, *title, *version, *base_url, *content;
    const struct cw_setting *settings;
    const struct cw_auth *auth;
    const struct cw_limit *limits;
    const struct cw_signal *signals;
    const struct cw_page *page;
    const struct cw_record *records;
    const struct cw_endpoint *endpoints;
    const struct cw_plan *plans;
    const struct cw_error *errors;
    const char *error_code, *error_text, *request_id; /* paths */
    const struct cw_webhook *webhook;
    const struct cw_hook *hooks;
    /* new members go below this line */
    const char *served;  /* path of the version that answered: another than ours is told as drift */
    const char *status_feed; /* private endpoint that gives the platform's public status: a whole address of https, GET, auth "-", the
                                same for all stores, asked every keep_s (60 to 3600) while stores are used.  `out` rows: state, with
                                cases whose values are outage, degraded and operational, the first that holds; text, for people */
};
extern CW_EXPORT const struct cw_adapter cw_adapter;
#endif
