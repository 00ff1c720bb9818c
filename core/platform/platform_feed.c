/*
 * platform_feed.c - the adapter's status feed, compiled.
 *
 * It is an endpoint like others, that nobody calls: what it may be is what can be asked once for all stores of the
 * platform, without anything of theirs.  Two rows of `out` are read, `state` by its cases and `text` as it stands.
 */
#include "core/platform/platform_compile.h"

#include "core/view/view.h"

#include <string.h>

enum { FEED_LEAST_S = 60, FEED_MOST_S = 3600 };

/* "GET https://..." */
static const char *address_of(const struct endpoint *endpoint)
{
    return strchr(endpoint->row->request, ' ') + 1;
}

static enum err check_endpoint(struct compiler *c, const struct endpoint *endpoint)
{
    const struct cw_endpoint *row = endpoint->row;
    bool is_plain = !endpoint->otherwise && !template_name(endpoint->address, 0).p;
    if (row->name[0] != '_')
        return compiler_complain(c, "status_feed", "expected a private endpoint, \"_status\"");
    if (!span_is(endpoint->method, "GET") || row->document)
        return compiler_complain(c, "request", "a status feed is read by GET");
    if (strncmp(address_of(endpoint), "https://", 8) != 0 || !is_plain)
        return compiler_complain(c, "request",
                                 "expected a whole address of https without {names}: it is the same for all stores");
    if (!endpoint->no_auth)
        return compiler_complain(c, "auth", "expected \"-\": no store's credentials go to a status feed");
    if (endpoint->n_in > 0 || endpoint->hook)
        return compiler_complain(c, "in", "nothing but its address is sent to a status feed: neither rows nor a hook");
    if (row->items)
        return compiler_complain(c, "items", "expected none: its rows look at the whole answer");
    if (row->keep_s < FEED_LEAST_S || row->keep_s > FEED_MOST_S)
        return compiler_complain(c, "keep_s", "expected how often it is asked, 60 to 3600 seconds");
    return OK;
}

static enum err check_case(struct compiler *c, const struct cw_field *row, const struct cw_case *kase, bool *is_outage)
{
    static const char *const known[] = { "outage", "degraded", "operational" };
    const struct cond *unused;
    bool is_known = false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && kase->value; i++)
        is_known |= strcmp(kase->value, known[i]) == 0;
    if (!is_known)
        return compiler_complain(c, "state: cases", "expected outage, degraded or operational");
    if (strcmp(kase->when, "*") == 0)
        return compiler_complain(c, "state: cases", "a word that is not known is no state: expected no \"*\"");
    *is_outage |= strcmp(kase->value, known[0]) == 0;
    return compiler_cond(c, "state: cases", view_state_when(&c->platform->arena, row, kase), &unused);
}

static enum err check_state(struct compiler *c, const struct cw_field *row)
{
    bool is_outage = false;
    enum err err = OK;
    if (row->fmt || row->sub || row->flags)
        return compiler_complain(c, "state", "expected a path and cases, or cases alone");
    for (const struct cw_case *kase = row->cases; kase && kase->when && !err; kase++)
        err = check_case(c, row, kase, &is_outage);
    if (err)
        return err;
    return is_outage ? OK : compiler_complain(c, "state: cases", "none says outage: then it is asked for nothing");
}

static enum err take_text(struct compiler *c, struct endpoint *endpoint, const struct cw_field *row)
{
    if (!row->theirs || row->theirs[0] == '=' || row->fmt || row->cases || row->sub)
        return compiler_complain(c, "text", "expected a path alone");
    c->platform->feed.has_text = true;
    c->platform->feed.text = endpoint->n_extra;
    return compiler_want(c, endpoint, "?feed.text", arena_printf(&c->platform->arena, ".%s", row->theirs));
}

static enum err compile_rows(struct compiler *c, struct endpoint *endpoint)
{
    size_t n_states = 0, n_texts = 0;
    enum err err = OK;
    for (const struct cw_field *row = endpoint->row->out; row && row->ours && !err; row++) {
        bool is_state = strcmp(row->ours, "state") == 0, is_text = strcmp(row->ours, "text") == 0;
        n_states += is_state;
        n_texts += is_text;
        if (!is_state && !is_text)
            return compiler_complain(c, row->ours, "of a status feed only the rows state and text are read");
        err = is_state ? check_state(c, row) : take_text(c, endpoint, row);
    }
    if (!err && (n_states != 1 || n_texts > 1))
        return compiler_complain(c, "out", "expected one row state, and at most one row text");
    return err;
}

enum err compiler_feed(struct compiler *c)
{
    struct platform *platform = c->platform;
    const char *name = platform->table->status_feed;
    if (!name)
        return OK;
    struct endpoint *endpoint = (struct endpoint *)platform_endpoint(platform, name);
    compiler_at(c, "adapter", 0, name);
    if (!endpoint)
        return compiler_complain(c, "status_feed", "no endpoint has this name");
    compiler_at(c, "endpoints", endpoint->index, name);
    enum err err = check_endpoint(c, endpoint);
    if (!err)
        err = compile_rows(c, endpoint);
    if (err)
        return err;
    platform->feed.endpoint = endpoint;
    platform->feed.url = address_of(endpoint);
    platform->feed.every_ms = (int64_t)endpoint->row->keep_s * 1000;
    return OK;
}
