/*
 * platform_lint.c - what is wrong with tables although every notation in them is right.
 *
 * One function for each table, called in their order; the first complaint ends the walk.  All complaints read
 * "adapter NAME: TABLE row N (name): COLUMN: what".
 */
#include "core/platform/platform_lint.h"

#include "core/governor/governor.h"
#include "core/tokens.h"

#include <stdio.h>
#include <string.h>

struct lint {
    const struct platform *platform;
    const struct cw_adapter *table;
    struct fault *fault;
};

static enum err complain(const struct lint *l, const char *table, size_t index, const char *name, const char *column,
                         const char *what)
{
    return fault_set(l->fault, ERR_VALIDATION_FAILED, "adapter %s: %s row %zu (%.40s): %s: %.120s", l->table->name,
                     table, index + 1, name ? name : "", column, what);
}

static enum err complain_name(const struct lint *l, const char *table, size_t index, const char *name,
                              const char *column, const char *what, const char *found)
{
    char text[160];
    snprintf(text, sizeof(text), "%s \"%.60s\"", what, found);
    return complain(l, table, index, name, column, text);
}

static const char not_served[] = "this version of the gateway does not serve it";

/* ---- names ------------------------------------------------------------------------------------------ */

/* Each word of a glob list must cover an endpoint. */
static enum err check_globs(const struct lint *l, const char *table, size_t index, const char *name, const char *column,
                            const char *globs)
{
    while (globs && *globs) {
        char glob[128];
        size_t n = strcspn(globs, " "), covered = 0;
        snprintf(glob, sizeof(glob), "%.*s", (int)n, globs);
        for (size_t i = 0; i < l->platform->n_endpoints; i++)
            covered += globs_cover(glob, l->platform->endpoints[i].row->name);
        if (n > 0 && covered == 0)
            return complain_name(l, table, index, name, column, "no endpoint has a name like", glob);
        globs += n + (globs[n] == ' ');
    }
    return OK;
}

/* ---- tables ----------------------------------------------------------------------------------------- */

static enum err lint_settings(const struct lint *l)
{
    const struct cw_setting *rows = l->table->settings;
    for (size_t i = 0; rows && rows[i].name; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(rows[i].name, rows[k].name) == 0)
                return complain(l, "settings", i, rows[i].name, "name", "stands twice");
        }
        if (rows[i].secret && rows[i].value)
            return complain(l, "settings", i, rows[i].name, "value", "a secret has no default");
    }
    return OK;
}

/* The endpoint that a column names is private, and gives what it is for. */
static enum err lint_token_endpoint(const struct lint *l, size_t index, const char *column, const char *name,
                                    const struct endpoint *found)
{
    const char *way = l->platform->ways[index].row->name;
    if (!name)
        return OK;
    if (!found)
        return complain_name(l, "auth", index, way, column, "no endpoint has the name", name);
    if (name[0] != '_')
        return complain_name(l, "auth", index, way, column, "expected a private endpoint, \"_token\", found", name);
    bool gives = strcmp(column, "revoke") == 0;
    for (const struct cw_field *row = found->row->out; row && row->ours; row++)
        gives |= strcmp(row->ours, "access_token") == 0;
    return gives ? OK : complain_name(l, "auth", index, way, column, "no row gives access_token in `out` of", name);
}

static enum err lint_learn(const struct lint *l, size_t index, const struct cw_field *rows)
{
    for (const struct cw_field *row = rows; row && row->ours; row++) {
        bool is_header = row->theirs && strncmp(row->theirs, "header:", 7) == 0 && row->theirs[7];
        if (!is_header || row->fmt || row->cases || row->sub)
            return complain(l, "auth", index, l->platform->ways[index].row->name, "learn",
                            "expected rows of headers, \"header:X-New-Token\"");
    }
    return OK;
}

static bool is_one_of(struct span name, const char *const *names)
{
    for (; *names; names++) {
        if (span_is(name, *names))
            return true;
    }
    return false;
}

/* What a link is made of is known when it is made: nothing that is signed, or secret.  A callback is known by its
 * state. */
static enum err lint_consent(const struct lint *l, size_t index, const struct way *way)
{
    static const char *const made[] = { "state", "redirect", "callback", "challenge", NULL };
    struct span name;
    bool has_state = !way->authorize;
    for (size_t i = 0; way->authorize && (name = template_name(way->authorize, i)).p; i++) {
        const struct cw_setting *setting = platform_setting(l->platform, name);
        char text[120];
        has_state |= span_is(name, "state");
        if (is_one_of(name, made) || (setting && !setting->secret))
            continue;
        snprintf(text, sizeof(text), "expected {state}, {redirect}, {callback}, {challenge} or a setting, found {%.*s}",
                 name.n > 30 ? 30 : (int)name.n, name.p);
        return complain(l, "auth", index, way->row->name, "authorize", text);
    }
    return has_state ? OK
                     : complain(l, "auth", index, way->row->name, "authorize",
                                "expected {state}: what comes back is known by it");
}

/* A callback is a path of ours, which nobody signs: a query, and the body of one that is posted. */
static enum err lint_callback(const struct lint *l, size_t index, const struct way *way)
{
    static const char *const unknown[] = { "url", "path", NULL };
    const struct template *text = way->callback.text;
    struct span name;
    if (way->callback.row && !way->authorize)
        return complain(l, "auth", index, way->row->name, "callback",
                        "only what comes back from `authorize` is checked");
    for (size_t i = 0; text && (name = template_name(text, i)).p; i++) {
        if (is_one_of(name, unknown))
            return complain(
                l, "auth", index, way->row->name, "callback",
                "expected {method}, {query}, {body}, settings and credentials in the text: no {url}, no {path}");
    }
    return OK;
}

/* What gets tokens, keeps them fresh and takes them back. */
static enum err lint_way(const struct lint *l, size_t index)
{
    const struct way *way = &l->platform->ways[index];
    const struct cw_auth *row = way->row;
    static const char none[] = "expected an endpoint in `obtain`: nothing else gets the first token";
    if (strchr(row->name, '/') || strlen(row->name) > TOKEN_WAY_BYTES)
        return complain(l, "auth", index, row->name, "name", "expected at most 64 characters, without '/'");
    if (row->refresh && !row->obtain)
        return complain(l, "auth", index, row->name, "obtain", none);
    if (row->authorize && !row->returned)
        return complain(l, "auth", index, row->name, "returned", "expected rows: what the consent's callback gives");
    if (row->returned && !row->authorize)
        return complain(l, "auth", index, row->name, "authorize", "expected the address at which consent is given");
    if (row->authorize && row->authorize[strcspn(row->authorize, " \t\r\n")])
        return complain(l, "auth", index, row->name, "authorize", "expected an address without blanks: %20 is one");
    if (row->rotation > CW_ROTATE_GRACE)
        return complain(l, "auth", index, row->name, "rotation", "unknown value");
    if (row->life_s && (row->not_before_s >= row->life_s || row->early_s >= row->life_s))
        return complain(l, "auth", index, row->name, "not_before_s", "expected less than life_s, early_s as well");
    if (!way->has_tokens && (row->learn || row->revoke || row->rotation || row->life_s))
        return complain(l, "auth", index, row->name, "obtain", "only tokens that are obtained are renewed or revoked");
    enum err err = lint_consent(l, index, way);
    if (!err)
        err = lint_callback(l, index, way);
    if (!err)
        err = lint_token_endpoint(l, index, "obtain", row->obtain, way->obtain);
    if (!err)
        err = lint_token_endpoint(l, index, "refresh", row->refresh, way->refresh);
    if (!err)
        err = lint_token_endpoint(l, index, "revoke", row->revoke, way->revoke);
    return err ? err : lint_learn(l, index, row->learn);
}

static enum err lint_auth(const struct lint *l)
{
    for (size_t i = 0; i < l->platform->n_ways; i++) {
        const struct cw_auth *row = l->platform->ways[i].row;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(row->name, l->platform->ways[k].row->name) == 0)
                return complain(l, "auth", i, row->name, "name", "stands twice");
        }
        for (size_t k = 0; k < l->platform->ways[i].n_send; k++) {
            if (l->platform->ways[i].send[k].place == PLACE_BODY)
                return complain(l, "auth", i, row->name, "send", "only headers and query parameters");
        }
        enum err err = lint_way(l, i);
        if (err)
            return err;
    }
    return OK;
}

/* How much a limit can hold. */
static uint32_t limit_room(const struct cw_limit *row)
{
    return row->kind == CW_BUCKET && row->burst ? row->burst : row->amount;
}

/* What can be seen to be wrong before any request is made. */
static enum err lint_costs(const struct lint *l, size_t index, const struct limit *limit)
{
    const struct cw_limit *row = limit->row;
    char text[120];
    uint64_t cost;
    for (size_t i = 0; i < limit->n_costs; i++) {
        if (!quantity_is_number(limit->costs[i].value, &cost))
            continue;
        snprintf(text, sizeof(text), "a cost of %llu, where one of 1 to %u fits", (unsigned long long)cost,
                 limit_room(row));
        if (cost < 1 || cost > limit_room(row))
            return complain(l, "limits", index, row->name, "cost", text);
        if (row->most && cost > row->most)
            return complain(l, "limits", index, row->name, "cost", "a cost above the most that a request may cost");
    }
    for (const struct cw_case *bill = row->bill; bill && bill->when; bill++) {
        size_t n = bill->value ? strlen(bill->value) : 0;
        bool is_path = n > 3 && strncmp(bill->value, "{.", 2) == 0 && bill->value[n - 1] == '}';
        if (!is_path && (n == 0 || n > 9 || strspn(bill->value, "0123456789") != n))
            return complain(l, "limits", index, row->name, "bill", "expected a whole number or {.path} of the answer");
    }
    return OK;
}

/* Columns that contradict each other. */
static enum err lint_limit(const struct lint *l, size_t index, const struct cw_limit *row)
{
    const char *column = NULL, *what = NULL;
    if (row->kind != CW_BUCKET && row->burst)
        column = "burst", what = "only a bucket has one";
    else if (row->kind == CW_OPEN && row->per_ms)
        column = "per_ms", what = "what is counted while it is open has no period";
    else if (row->kind == CW_OPEN && row->bill)
        column = "bill", what = "what is counted while it is open has none";
    else if (row->most && !row->cost)
        column = "most", what = "every request costs 1 here";
    else if (row->most > limit_room(row))
        column = "most", what = "more than the limit can hold";
    else if (row->from && (row->cost || row->bill || row->sizes || row->key))
        column = "from", what = "what grows counts requests of a store, of a size that nobody knows";
    return column ? complain(l, "limits", index, row->name, column, what) : OK;
}

/* What a signal tells must be something that its limit has. */
static enum err lint_signals(const struct lint *l)
{
    for (size_t i = 0; i < l->platform->n_told; i++) {
        const struct limit_signal *told = &l->platform->told[i];
        const struct cw_signal *row = told->row;
        enum cw_limit_kind kind = told->limit ? told->limit->row->kind : 0;
        if (row->tell == CW_RATE_S && kind && kind != CW_BUCKET)
            return complain(l, "signals", i, row->limit, "tell", "a rate is a bucket's");
        if (row->tell == CW_PER && kind && kind != CW_WINDOW && kind != CW_SLIDING)
            return complain(l, "signals", i, row->limit, "tell", "a length is a window's");
        if (row->tell == CW_COST && (!told->limit || !told->limit->by_graphql))
            return complain(l, "signals", i, row->limit, "tell", "a cost is told where it is counted by graphql");
        if (row->every_s > 0 && !row->from)
            return complain(l, "signals", i, row->limit, "from", "expected the endpoint that is asked every_s");
    }
    return OK;
}

/* A ticket has room for so many.  What a raw request is under is not asked here: core/exchange/limits.c says why. */
static enum err lint_limits_on(const struct lint *l, const char *endpoint)
{
    size_t n = 0;
    for (size_t i = 0; i < l->platform->n_limits; i++) {
        const struct cw_limit *row = l->platform->limits[i].row;
        char text[100];
        if (!globs_cover(row->on, endpoint) || ++n <= TICKET_LIMITS)
            continue;
        snprintf(text, sizeof(text), "expected at most %d limits on one endpoint, found one more on %.40s",
                 TICKET_LIMITS, endpoint);
        return complain(l, "limits", i, row->name, "on", text);
    }
    return OK;
}

static enum err lint_limits(const struct lint *l)
{
    for (size_t i = 0; i < l->platform->n_limits; i++) {
        const struct cw_limit *row = l->platform->limits[i].row;
        if (platform_limit(l->platform, span_of(row->name)) != &l->platform->limits[i])
            return complain(l, "limits", i, row->name, "name", "stands twice");
        enum err err = lint_limit(l, i, row);
        if (!err)
            err = lint_costs(l, i, &l->platform->limits[i]);
        if (!err)
            err = check_globs(l, "limits", i, row->name, "on", row->on);
        if (err)
            return err;
    }
    for (size_t i = 0; i < l->platform->n_endpoints; i++) {
        enum err err = lint_limits_on(l, l->platform->endpoints[i].row->name);
        if (err)
            return err;
    }
    return OK;
}

static bool is_code(const char *code)
{
    for (int err = 1; err < ERR_COUNT; err++) {
        if (strcmp(err_code((enum err)err), code) == 0)
            return true;
    }
    return false;
}

static enum err lint_errors(const struct lint *l, const struct cw_error *rows, const char *table)
{
    for (size_t i = 0; rows && rows[i].when; i++) {
        if (rows[i].verdict == 0)
            return complain(l, table, i, rows[i].when, "verdict", "expected one, found 0");
        if (rows[i].code && !is_code(rows[i].code))
            return complain_name(l, table, i, rows[i].when, "code", "not one of ours (docs/api.md):", rows[i].code);
        if (rows[i].limit && !platform_limit(l->platform, span_of(rows[i].limit)))
            return complain_name(l, table, i, rows[i].when, "limit", "no limits row is named", rows[i].limit);
    }
    return OK;
}

static bool can_write(const char *content)
{
    size_t n = content ? strlen(content) : 0;
    return !content || content_is_form(content) || (n >= 4 && strcmp(content + n - 4, "json") == 0);
}

/* OAuth 1.0a signs a form's pairs, too (RFC 5849 section 3.4.1.3.1), which core/request/sign.c does not read. */
static bool signs_forms(const struct lint *l, const struct endpoint *endpoint)
{
    bool any_way = !endpoint->way && !endpoint->no_auth;
    for (size_t i = 0; i < l->platform->n_ways && endpoint->is_form; i++) {
        const struct way *way = &l->platform->ways[i];
        if (way->sign.row && !way->sign.text && (endpoint->way == way || (any_way && !way->only_named)))
            return true;
    }
    return false;
}

/* A body row of a request without a body is most often a forgotten '?'. */
static enum err lint_places(const struct lint *l, size_t index, const struct endpoint *endpoint)
{
    char text[160];
    for (size_t i = 0; i < endpoint->n_in && !endpoint->bodied; i++) {
        if (endpoint->in[i].place != PLACE_BODY)
            continue;
        snprintf(text, sizeof(text), "a %.*s sends no body, a query parameter is \"?%.40s\"",
                 SPAN_ARG(endpoint->method), endpoint->in[i].name);
        return complain(l, "endpoints", index, endpoint->row->name, "in", text);
    }
    const char *items = endpoint->row->items ? endpoint->row->items : "";
    bool lists = strstr(items, "[]") || strstr(items, "[*]");
    for (size_t i = 0; i < endpoint->n_page_put && lists; i++) {
        bool in_body = endpoint->bodied && endpoint->page_put[i].place == PLACE_BODY;
        if (endpoint->page_put[i].place != PLACE_QUERY && !in_body)
            return complain(l, "endpoints", index, endpoint->row->name, "page",
                            "its rows are query parameters, or in the body of a request that has one");
    }
    return OK;
}

/* The look-up that the base is from: one of this method's, made anew each time. */
static bool reads_base(const struct lint *l, const struct endpoint *endpoint)
{
    size_t n = strcspn(endpoint->base, ".");
    for (size_t i = 0; i < l->platform->n_steps; i++) {
        const struct cw_plan *row = l->platform->steps[i].row;
        if (row->role == CW_LOOKUP && row->name && strlen(row->name) == n && memcmp(row->name, endpoint->base, n) == 0)
            return row->keep_s == 0 && globs_cover(row->method, endpoint->row->name);
    }
    return false;
}

static bool is_of_base(const struct in_row *row)
{
    return strcmp(row->row->ours, "-") == 0 || strcmp(row->row->ours, ".") == 0 || row->at;
}

static enum err lint_base(const struct lint *l, size_t index, const struct endpoint *endpoint)
{
    const char *name = endpoint->row->name;
    if (endpoint->base && !reads_base(l, endpoint))
        return complain(l, "endpoints", index, name, "base", "no look-up of this method reads it, with keep_s 0");
    if (endpoint->base && (!endpoint->bodied || endpoint->is_form || endpoint->row->document))
        return complain(l, "endpoints", index, name, "base", "only a body of JSON begins as one");
    for (size_t i = 0; i < endpoint->n_in && !endpoint->base; i++) {
        if (is_of_base(&endpoint->in[i]))
            return complain(l, "endpoints", index, name, "in",
                            "\"-\", \".\" and [k=v] are about a base, and there is none");
    }
    return OK;
}

/* An item's values are its arguments alone: what look-ups found belongs to one of them. */
static bool names_found(const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; rows[i].made && template_name(rows[i].made, k).p; k++) {
            if (template_name(rows[i].made, k).p[0] == '@')
                return true;
        }
        if (names_found(rows[i].sub, rows[i].n_sub))
            return true;
    }
    return false;
}

/* "inventory.set_many" beside "inventory.set". */
static enum err lint_many(const struct lint *l, size_t index, const struct endpoint *endpoint)
{
    static const char *const names[] = { "inventory.set_many", "inventory.adjust_many",
                                         "inventory.compare_and_set_many" };
    const char *name = endpoint->row->name;
    size_t n = strlen(name), lists = 0;
    bool is_many = false;
    if (n < 5 || strcmp(name + n - 5, "_many") != 0)
        return OK;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        is_many |= strcmp(name, names[i]) == 0;
    for (size_t i = 0; i < endpoint->n_in; i++)
        lists += strcmp(endpoint->in[i].row->ours, "items") == 0 && endpoint->in[i].n_sub > 0;
    if (!is_many)
        return complain(l, "endpoints", index, name, "name",
                        "only inventory.set, .adjust and .compare_and_set are sent together");
    if (endpoint->row->batch < 2)
        return complain(l, "endpoints", index, name, "batch", "expected how many items it takes, 2 or more");
    if (lists != 1 || !endpoint->writes)
        return complain(l, "endpoints", index, name, "in", "expected one row \"items\" with rows inside, in a body");
    if (endpoint->hook || endpoint->base || names_found(endpoint->in, endpoint->n_in))
        return complain(l, "endpoints", index, name, "in", "neither hook, base nor {@look-up} goes with several items");
    return OK;
}

static enum err lint_endpoints(const struct lint *l)
{
    for (size_t i = 0; i < l->platform->n_endpoints; i++) {
        const struct cw_endpoint *row = l->platform->endpoints[i].row;
        char table[80];
        if (row->document && !span_is(l->platform->endpoints[i].method, "POST"))
            return complain(l, "endpoints", i, row->name, "document", "is sent by POST");
        if (!can_write(row->content))
            return complain(l, "endpoints", i, row->name, "content", not_served);
        if (signs_forms(l, &l->platform->endpoints[i]))
            return complain(l, "endpoints", i, row->name, "content", "this version of the gateway signs no forms");
        enum err err = lint_base(l, i, &l->platform->endpoints[i]);
        if (!err)
            err = lint_places(l, i, &l->platform->endpoints[i]);
        if (!err)
            err = lint_many(l, i, &l->platform->endpoints[i]);
        if (err)
            return err;
        snprintf(table, sizeof(table), "endpoint %.40s: errors", row->name);
        err = lint_errors(l, row->errors, table);
        if (err)
            return err;
    }
    return OK;
}

static enum err lint_plans(const struct lint *l)
{
    for (size_t i = 0; i < l->platform->n_steps; i++) {
        const struct cw_plan *row = l->platform->steps[i].row;
        if (!row->name)
            return complain(l, "plans", i, row->name, "name", "a plan row needs one: its answer is {@name.path}");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(row->name, l->platform->steps[k].row->name) == 0)
                return complain(l, "plans", i, row->name, "name", "stands twice");
        }
        enum err err = check_globs(l, "plans", i, row->name, "method", row->method);
        if (err)
            return err;
    }
    return OK;
}

static enum err lint_records(const struct lint *l)
{
    const struct cw_record *rows = l->table->records;
    for (size_t i = 0; rows && rows[i].name; i++) {
        if (!rows[i].fields || !rows[i].fields[0].ours)
            return complain(l, "records", i, rows[i].name, "fields", "no rows");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(rows[i].name, rows[k].name) == 0)
                return complain(l, "records", i, rows[i].name, "name", "stands twice");
        }
    }
    return OK;
}

static enum err lint_rest(const struct lint *l)
{
    enum err err = lint_errors(l, l->table->errors, "errors");
    if (err)
        return err;
    if (!can_write(l->table->content))
        return complain(l, "adapter", 0, l->table->name, "content", not_served);
    if (l->table->webhook)
        return complain(l, "webhook", 0, NULL, "topic", not_served);
    return OK;
}

enum err platform_lint(const struct platform *platform, struct fault *fault)
{
    static enum err (*const parts[])(const struct lint *) = { lint_settings, lint_auth,      lint_limits, lint_signals,
                                                              lint_records,  lint_endpoints, lint_plans,  lint_rest };
    const struct lint l = { platform, platform->table, fault };
    enum err err = OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
        err = parts[i](&l);
    return err;
}
