/*
 * render.h - one request to a shop, rendered from an endpoint's rows.
 *
 *   order.list with limit 50 and updated_since ->
 *   GET https://shop/admin/orders?limit=50&offset=0&updated_at%5B%24gte%5D=2026-...&fields=id,total
 *   Authorization: Basic ...
 *
 * Names in templates mean, in this order: what the host makes (page.size, selection, store, once ...), what
 * an earlier step found (@item.id), an argument of the call, a setting, a credential.
 */
#ifndef CARTWAY_RENDER_H
#define CARTWAY_RENDER_H

#include "core/crypt/secret.h"
#include "core/map/value.h"
#include "core/platform/platform.h"
#include "core/seam.h"
#include "core/store/store.h"

#include <jansson.h>

/* What an earlier step of the plan found. */
struct found {
    const char *name; /* "item.id" */
    struct span value;
    bool is_json; /* an object or a list, as the shop sent it; else plain text */
};

/* A value of an answer, copied: scalars as text, objects and lists as they came. */
struct found found_of(const char *name, const struct value *value, struct arena *arena);

enum { PAGE_CURSOR_BYTES = 2048, PAGE_KEY_BYTES = 255 };
/* What is added here makes requests differ: core/exchange/share.c and core/exchange/reuse.c compare it, too. */
struct page_position {
    uint32_t size;      /* records to ask for */
    uint64_t number;    /* of the page, from the adapter's first */
    uint64_t offset;    /* of the first record, from the one behind `after` */
    struct span cursor; /* the platform's own; empty on the first page */
    bool is_fixed;      /* the size may not shrink: numbers count in pages of it */
    struct span after;  /* key of the last record before these pages; empty: they begin with the first */
};

struct render_in {
    const struct endpoint *endpoint;
    const struct store *store;
    const struct way *way;       /* NULL: none */
    const struct way *tokens_of; /* whose {access_token} and {refresh_token} are meant; NULL: those of `way`.  A `way`
                                    that has tokens, too, carries it: {access_token} is that one's */
    const struct secret_source *secrets;
    const json_t *args; /* an object */
    const struct found *found;
    size_t n_found;
    struct page_position page;
    struct span selection;
    struct span once; /* idempotency key of this call */
    int64_t wall_ms;
};

enum { RENDER_HEADERS = 16 };
struct rendered {
    struct buf text; /* url, header values and body, one after the other; wiped at release: it holds credentials */
    const char *url;
    struct header headers[RENDER_HEADERS];
    size_t n_headers;
    struct span body;
    struct buf signed_url; /* secret: the address with a signature in it (sign.h), to which `url` then points */
};

/* ERR_VALIDATION_FAILED names the row and the value that does not fit.  rendered_release also after errors. */
enum err render(const struct platform *platform, const struct render_in *in, struct arena *arena, struct fault *fault,
                struct rendered *out);
void rendered_release(struct rendered *rendered);

/* What a name in braces means in a request, "sku", "now", "access_token": appended.  false: nothing has it. */
bool render_name(const struct render_in *in, struct span name, struct buf *out);
/* Fills a template with what requests are made of: arguments, settings, credentials.  false: something is absent. */
bool render_text(const struct render_in *in, const struct template *text, struct buf *out);

/* A request of the caller's own, for the raw pass-through. */
struct raw_request {
    struct span method, path, query, content_type, body;
};
/* path and query are appended to the base URL as they are (already encoded), the store's way in is added. */
enum err render_raw(const struct platform *platform, const struct render_in *in, const struct raw_request *raw,
                    struct arena *arena, struct fault *fault, struct rendered *out);

#endif
