/*
 * connect_link.c - the link by which a store is connected, and the addresses of ours in it.
 *
 *     POST .../stores/acme/connect    authorize_url: the provider's page, with a state of ten minutes
 *                                     start_url: a page of ours that leads there
 */
#include "api/connect/connect_inside.h"

#include "api/visit.h"
#include "core/value/ts.h"

#include <string.h>

enum { LINK_BYTES = 2 * CONNECT_URL_BYTES };

enum err connect_check_options(const struct gateway *g, struct fault *fault)
{
    enum err err = g->options.public_url[0] ? connect_check_public(g->options.public_url, fault) : OK;
    return err ? err : connect_check_origins(g->options.return_origins, fault);
}

struct link_wish {
    struct span return_url, way; /* p NULL: none */
};

static enum err read_wish(struct visit *visit, struct fault *fault, struct link_wish *out)
{
    const char *name;
    json_t *value;
    json_object_foreach(visit->body, name, value)
    {
        struct span *at = strcmp(name, "return_url") == 0 ? &out->return_url
                          : strcmp(name, "way") == 0      ? &out->way
                                                          : NULL;
        if (!at)
            return fault_set(fault, ERR_VALIDATION_FAILED, "body: there is no member \"%.60s\" (return_url, way)",
                             name);
        if (!json_is_string(value))
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected a text, found something else", name);
        *at = (struct span){ json_string_value(value), json_string_length(value) };
    }
    return out->return_url.p ? connect_check_return(out->return_url, visit->gateway->options.return_origins, fault)
                             : OK;
}

void connect_our_url(const struct gateway *g, const char *path, struct buf *out)
{
    struct span base = span_of(g->options.public_url);
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    buf_span(out, base);
    buf_span(out, span_of(path));
    buf_char(out, '\0');
}

void connect_callback_url(const struct gateway *g, struct buf *out)
{
    connect_our_url(g, CONNECT_PATH, out);
}

enum err connect_consent_url(const struct gateway *g, const struct store *store, const struct way *way,
                             const char *state, const struct connect *connect, struct fault *fault, struct buf *out)
{
    struct buf back;
    buf_init(&back, CONNECT_URL_BYTES);
    connect_callback_url(g, &back);
    enum err err = connect_url(store, way, state, connect->verifier, back.p, fault, out);
    buf_release(&back);
    return err;
}

static void write_member(struct buf *out, const char *name, struct span text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json(out, text);
}

/* The answer of admin_connect, made before the audit's line is written. */
static enum err make_link(struct visit *visit, const struct connect_ask *ask, struct fault *fault, struct buf *out)
{
    struct gateway *g = visit->gateway;
    char state[CONNECT_STATE_BYTES + 1];
    struct connect *connect = NULL;
    struct buf start, url;
    enum err err = connects_open(g->connects, ask, g->services.now_ms, fault, state, &connect);
    if (err)
        return err;
    buf_init(&start, CONNECT_URL_BYTES);
    buf_init(&url, CONNECT_URL_BYTES);
    connect_our_url(g, CONNECT_START_PATH, &start);
    err = connect_consent_url(g, ask->store, ask->way, state, connect, fault, &url);
    if (!err) {
        buf_lit(out, "{\"data\":{\"object\":\"connect_link\"");
        write_member(out, "store", span_of(ask->store->id));
        write_member(out, "way", span_of(ask->way->row->name));
        write_member(out, "authorize_url", buf_peek(&url));
        write_member(out, "start_url", span_of(arena_printf(&visit->arena, "%s?state=%s", start.p, state)));
        buf_lit(out, ",\"expires_at\":\"");
        ts_format(out, visit_wall_ms(visit) + CONNECT_LIFE_MS);
        buf_lit(out, "\"}}");
    }
    buf_release(&start);
    buf_release(&url);
    return err;
}

enum err connect_write_nothing(struct visit *visit, struct db *db, struct fault *fault)
{
    (void)visit, (void)db, (void)fault;
    return OK; /* the audit's line is all */
}

static void link_noted(struct visit *visit, enum err err, const struct fault *fault)
{
    if (err)
        visit_fail(visit, err, fault);
    else
        visit_reply_json(visit, &visit->data);
}

static const struct visit_work noting_link = { connect_write_nothing, link_noted };

void admin_connect(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct fault fault = { 0 };
    struct link_wish wish = { { NULL, 0 }, { NULL, 0 } };
    const struct way *way = NULL;
    enum err err = connect_check_public(g->options.public_url, &fault);
    if (!err)
        err = read_wish(visit, &fault, &wish);
    if (!err && !visit->store->platform)
        err = fault_set(&fault, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", visit->store->id);
    if (!err)
        err = connect_way(visit->store, wish.way, &g->services.secrets, &fault, &way);
    if (!err) {
        struct connect_ask ask = { visit->store, way, wish.return_url.p, visit->actor };
        buf_init(&visit->data, LINK_BYTES);
        err = make_link(visit, &ask, &fault, &visit->data);
    }
    if (err)
        visit_fail(visit, err, &fault);
    else
        visit_change(visit, "store.connect", span_of(visit->store->id), &noting_link);
}
