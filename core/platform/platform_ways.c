/* platform_ways.c - ways in: what each sends and signs, and the endpoints that get, renew and revoke its tokens. */
#include "core/platform/platform_compile.h"

#include "core/platform/sign_row.h"

#include <string.h>

static enum err compile_signing(struct compiler *c, const char *column, const struct cw_sign *row, struct signing *out)
{
    out->row = row;
    if (!row)
        return OK;
    const char *refusal = sign_refuses(row, strcmp(column, "callback") == 0);
    if (refusal)
        return compiler_complain(c, column, refusal);
    enum err err = compiler_template(c, column, row->key, &out->key);
    return err ? err : compiler_template(c, column, row->text, &out->text);
}

enum err compiler_ways(struct compiler *c)
{
    const struct cw_auth *rows = c->platform->table->auth;
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    c->platform->ways = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct way));
    c->platform->n_ways = n;
    for (size_t i = 0; i < n; i++) {
        struct way *way = &c->platform->ways[i];
        compiler_at(c, "auth", i, rows[i].name);
        way->row = &rows[i];
        way->only_named = rows[i].when && strcmp(rows[i].when, "-") == 0;
        enum err err = OK;
        if (rows[i].when && !way->only_named)
            err = compiler_cond(c, "when", rows[i].when, &way->when);
        if (!err)
            err = compiler_in(c, rows[i].send, 0, &way->send, &way->n_send);
        way->names_once = compiler_rows_name(way->send, way->n_send, "once");
        if (!err)
            err = compile_signing(c, "sign", rows[i].sign, &way->sign);
        if (!err)
            err = compile_signing(c, "callback", rows[i].callback, &way->callback);
        if (!err)
            err = compiler_template(c, "authorize", rows[i].authorize, &way->authorize);
        way->has_tokens = rows[i].obtain || rows[i].refresh;
        if (err)
            return err;
    }
    return OK;
}

const struct way *platform_way(const struct platform *platform, struct span name)
{
    for (size_t i = 0; i < platform->n_ways; i++) {
        if (span_is(name, platform->ways[i].row->name))
            return &platform->ways[i];
    }
    return NULL;
}

static bool is_named(const char *by, const char *name)
{
    return by && strcmp(by, name) == 0;
}

/* The endpoint that serves a way's tokens is known to both. */
static enum err link_way(struct compiler *c, struct endpoint *endpoint)
{
    const char *name = endpoint->row->name;
    for (size_t i = 0; i < c->platform->n_ways; i++) {
        struct way *way = &c->platform->ways[i];
        bool obtains = is_named(way->row->obtain, name), refreshes = is_named(way->row->refresh, name);
        bool revokes = is_named(way->row->revoke, name);
        if (!obtains && !refreshes && !revokes)
            continue;
        if (endpoint->serves && endpoint->serves != way)
            return compiler_complain(c, "name", "it serves the tokens of two ways in: each needs one of its own");
        endpoint->serves = way;
        way->obtain = obtains ? endpoint : way->obtain;
        way->refresh = refreshes ? endpoint : way->refresh;
        way->revoke = revokes ? endpoint : way->revoke;
    }
    return OK;
}

/* What its `out` rows name is wanted of the answer. */
static enum err want_token(struct compiler *c, struct endpoint *endpoint)
{
    bool gives = endpoint->serves && (endpoint->serves->obtain == endpoint || endpoint->serves->refresh == endpoint);
    endpoint->token = endpoint->n_extra;
    for (const struct cw_field *row = gives ? endpoint->row->out : NULL; row && row->ours; row++) {
        if (!row->theirs || row->theirs[0] == '=' || row->fmt || row->cases || row->sub)
            return compiler_complain(c, row->ours, "of a token only paths are read: no format, cases or rows inside");
        enum err err = compiler_want(c, endpoint, arena_printf(&c->platform->arena, "?token.%s", row->ours),
                                     arena_printf(&c->platform->arena, ".%s", row->theirs));
        if (err)
            return err;
    }
    endpoint->n_token = endpoint->n_extra - endpoint->token;
    return OK;
}

static bool is_name(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* "client_id": an argument, else a setting, a credential or a token. */
static enum err name_credentials(struct compiler *c, const struct endpoint *endpoint)
{
    for (size_t i = 0; endpoint->serves && i < endpoint->n_in; i++) {
        struct in_row *row = (struct in_row *)&endpoint->in[i];
        if (row->made || row->sub || !is_name(row->row->ours))
            continue;
        enum err err =
            compiler_template(c, "in", arena_printf(&c->platform->arena, "{%s}", row->row->ours), &row->made);
        if (err)
            return err;
    }
    return OK;
}

enum err compiler_tokens(struct compiler *c, struct endpoint *endpoint)
{
    enum err err = link_way(c, endpoint);
    if (!err)
        err = name_credentials(c, endpoint);
    return err ? err : want_token(c, endpoint);
}
