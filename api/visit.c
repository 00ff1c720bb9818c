/*
 * visit.c - one request to our API on its way in.
 *
 * visit_begin is a list of checks, each of which may fail the visit: route, key, scope, store, query, body.  What
 * is left goes to the route's handler.
 *
 * Example: GET /v1/stores/s1/orders?limit=10 -> route "order.list", key of an app with orders:read on s1, limit
 * checked by the handler (api/records/records.c), call started; the call's end replies.
 */
#include "api/admin/probe.h"
#include "api/connect/connect.h"
#include "api/records/fanout.h"
#include "api/visit_inside.h"
#include "core/base/percent.h"
#include "core/call/selections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_QUERY_BYTES = 16 * 1024, SERIAL_DIGITS = 12, SPARE_VISITS = 16 };

/* ---- its life ------------------------------------------------------------------------------------------------- */

void visit_end(struct visit *visit)
{
    struct gateway *gateway = visit->gateway;
    *visit->link = visit->next;
    if (visit->next)
        visit->next->link = visit->link;
    gateway->n_visits--;
    visit->next = gateway->ended;
    gateway->ended = visit;
}

void visit_abandon(struct gateway *gateway)
{
    while (gateway->open) {
        struct visit *visit = gateway->open;
        if (visit->has_call)
            call_abandon(&visit->call);
        visit_end(visit);
    }
}

static void lay_aside(struct visit *visit)
{
    struct gateway *gateway = visit->gateway;
    if (gateway->n_spare == SPARE_VISITS) {
        arena_release(&visit->arena);
        free(visit);
        return;
    }
    arena_reset(&visit->arena);
    visit->next = gateway->spare;
    gateway->spare = visit;
    gateway->n_spare++;
}

void visit_sweep(struct gateway *gateway)
{
    while (gateway->ended) {
        struct visit *visit = gateway->ended;
        gateway->ended = visit->next;
        if (visit->has_call)
            call_release(&visit->call);
        fanout_release(visit);
        probe_release(visit->probe);
        json_decref(visit->args);
        json_decref(visit->body);
        store_drop(visit->store);
        app_drop(visit->app);
        selections_drop(visit->selection);
        buf_release(&visit->data);
        buf_release(&visit->problems);
        crypt_wipe(visit->key, sizeof(visit->key));
        lay_aside(visit);
    }
}

void visit_forget(struct gateway *gateway)
{
    while (gateway->spare) {
        struct visit *visit = gateway->spare;
        gateway->spare = visit->next;
        arena_release(&visit->arena);
        free(visit);
    }
    gateway->n_spare = 0;
}

/* ---- decoding -----------------------------------------------------------------------------------------------------
 */

/* How many bytes stand before the first that decoding changes: mostly all of them. */
static size_t plain_start(struct span text, bool plus)
{
    size_t n = text.n;
    const char *percent = n ? memchr(text.p, '%', n) : NULL;
    if (percent)
        n = (size_t)(percent - text.p);
    const char *blank = n && plus ? memchr(text.p, '+', n) : NULL;
    return blank ? (size_t)(blank - text.p) : n;
}

/* Percent-decoding, once; plus: '+' is a blank.  false: a broken escape, or %00. */
static bool decode(struct arena *arena, struct span text, bool plus, struct span *out)
{
    char *p = arena_alloc(arena, text.n + 1);
    size_t n = plain_start(text, plus);
    if (n > 0)
        memcpy(p, text.p, n);
    for (size_t i = n; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            int byte = percent_byte(text, i);
            if (byte <= 0)
                return false;
            c = (char)byte;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        p[n++] = c;
    }
    p[n] = '\0';
    *out = (struct span){ p, n };
    return true;
}

/* ---- the route ------------------------------------------------------------------------------------------------------
 */

/* Matches a raw path against a pattern, segment by segment.  parts get the raw segments. */
static bool match_path(const char *pattern, struct span path, struct span parts[VISIT_PARTS])
{
    const char *p = path.p, *end = path.p + path.n;
    size_t n_parts = 0;
    while (*pattern) {
        if (*pattern == '{') {
            const char *close = strchr(pattern, '}'), *from = p;
            bool rest = close[-1] == '.'; /* {path...} */
            while (p < end && (rest || *p != '/'))
                p++;
            if (p == from || n_parts == VISIT_PARTS)
                return false;
            parts[n_parts++] = (struct span){ from, (size_t)(p - from) };
            pattern = close + 1;
            continue;
        }
        if (p == end || *p != *pattern)
            return false;
        p++;
        pattern++;
    }
    return p == end;
}

static bool methods_match(const char *route_methods, struct span method)
{
    size_t n = strlen(route_methods);
    return strcmp(route_methods, "*") == 0 || (n == method.n && memcmp(route_methods, method.p, n) == 0);
}

static bool listener_fits(const struct route *route, const struct request *request)
{
    return route->access == ACCESS_OPEN || (route->access == ACCESS_ADMIN) == request->admin;
}

/* The method is the cheaper question.  *path_known: whether another method would have been served. */
static const struct route *find_route(const struct request *request, struct span parts[VISIT_PARTS], bool *path_known)
{
    *path_known = false;
    for (size_t i = 0; i < routes_n; i++) {
        if (methods_match(routes[i].http_method, request->method) && listener_fits(&routes[i], request) &&
            match_path(routes[i].path, request->path, parts))
            return &routes[i];
    }
    for (size_t i = 0; i < routes_n && !*path_known; i++)
        *path_known = listener_fits(&routes[i], request) && match_path(routes[i].path, request->path, parts);
    return NULL;
}

const char *visit_methods(struct visit *visit)
{
    struct span parts[VISIT_PARTS];
    char list[128] = "";
    for (size_t i = 0; i < routes_n; i++) {
        if (!listener_fits(&routes[i], visit->request) || !match_path(routes[i].path, visit->request->path, parts))
            continue;
        size_t n = strlen(list);
        snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", routes[i].http_method);
    }
    return arena_dup(&visit->arena, span_of(list));
}

static enum err read_route(struct visit *visit, struct fault *fault)
{
    struct span raw[VISIT_PARTS] = { { 0 } };
    bool path_known;
    const struct request *request = visit->request;
    visit->route = find_route(request, raw, &path_known);
    if (!visit->route && path_known)
        return fault_set(fault, ERR_METHOD_NOT_ALLOWED, "%.*s does not take %.*s",
                         request->path.n > 80 ? 80 : (int)request->path.n, request->path.p, SPAN_ARG(request->method));
    if (!visit->route)
        return fault_set(fault, ERR_NOT_FOUND, "there is no path %.*s %s; see /openapi.json",
                         request->path.n > 120 ? 120 : (int)request->path.n, request->path.p,
                         request->admin ? "at the admin API's address (admin-listen)"
                                        : "at this address; /admin/v1 has one of its own (admin-listen)");
    bool last_is_raw = strstr(visit->route->path, "...}") != NULL;
    for (size_t i = 0; i < VISIT_PARTS && raw[i].p; i++) {
        bool is_last = i + 1 == VISIT_PARTS || !raw[i + 1].p;
        if (last_is_raw && is_last)
            visit->parts[i] = raw[i];
        else if (!decode(&visit->arena, raw[i], false, &visit->parts[i]))
            return fault_set(fault, ERR_INVALID_REQUEST, "path: expected %%XX with two hexadecimal digits, not 00");
    }
    return OK;
}

/* ---- who asks
 * -------------------------------------------------------------------------------------------------------- */

static enum err take_quota(struct visit *visit, struct fault *fault)
{
    int64_t most[QUOTA_WINDOWS];
    if (!visit->app)
        return OK;
    visit_quota_most(visit, most);
    if (quota_take(app_quota(visit->app), most, visit->gateway->services.now_ms, &visit->violated,
                   &visit->retry_after_ms))
        return OK;
    return fault_set(fault, ERR_APP_QUOTA, "the app has used up its own quota of requests: see RateLimit-Policy");
}

enum role route_role(const struct route *route)
{
    enum role least = strcmp(route->http_method, "GET") == 0 ? ROLE_AUDITOR : ROLE_OPERATOR;
    if (route->scope)
        role_parse(span_of(route->scope), &least);
    return least;
}

/* An administrator: is the role enough? */
static enum err admit(struct visit *visit, const struct key *key, struct fault *fault)
{
    enum role least = route_role(visit->route);
    visit->actor = arena_dup(&visit->arena, span_of(key->id));
    if (key->role >= least)
        return OK;
    return fault_set(fault, ERR_SCOPE_MISSING, "the key's role is %s: expected %s%s", role_name(key->role),
                     role_name(least), least < ROLE_OWNER ? " or more" : "");
}

static enum err read_key(struct visit *visit, struct fault *fault)
{
    const struct route *route = visit->route;
    if (route->access == ACCESS_OPEN)
        return OK;
    struct span header = header_get(visit->request->headers, visit->request->n_headers, "Authorization");
    enum key_kind kind = route->access == ACCESS_ADMIN ? KEY_ADMIN : KEY_APP;
    const struct key *key = NULL;
    enum err err = keys_authenticate(apps_keys(visit->gateway->apps), header, kind, visit_wall_ms(visit), fault, &key);
    if (err)
        return err;
    if (kind == KEY_ADMIN)
        return admit(visit, key, fault);
    visit->app = app_hold(key->app);
    err = take_quota(visit, fault);
    if (!err && route->scope)
        err = app_may(visit->app, route->scope, visit_part(visit, "store"), fault);
    return err;
}

static enum err read_store(struct visit *visit, struct fault *fault)
{
    struct span id = visit_part(visit, "store");
    if (id.n == 0)
        return OK;
    const struct store *store = stores_find(visit->gateway->stores, id);
    if (!store)
        return fault_set(fault, ERR_NOT_FOUND, "there is no store \"%.*s\"", id.n > 80 ? 80 : (int)id.n, id.p);
    visit->store = store_hold(store);
    return OK;
}

/* What takes longer than its caller wants to wait would be a job, and there are none yet: who asks for one is told,
 * since an answer that never says 202 would be waited for in vain (RFC 7240 lets a server ignore it). */
static enum err read_prefer(struct visit *visit, struct fault *fault)
{
    struct span wish = header_get(visit->request->headers, visit->request->n_headers, "Prefer");
    static const char word[] = "respond-async";
    if (wish.n < sizeof(word) - 1 || !visit->route->method || !memmem(wish.p, wish.n, word, sizeof(word) - 1))
        return OK;
    return fault_set(fault, ERR_UNSUPPORTED,
                     "Prefer: respond-async: this gateway has no jobs yet; leave it out and wait for the answer, for "
                     "as long as Cartway-Timeout says");
}

/* ---- query and body
 * -------------------------------------------------------------------------------------------------- */

enum err visit_read_pairs(struct visit *visit, struct span text, const char *what, struct fault *fault)
{
    const char *p = text.p, *end = p + text.n;
    while (p < end) {
        const char *and = memchr(p, '&', (size_t)(end - p));
        const char *stop = and? and : end;
        const char *equals = memchr(p, '=', (size_t)(stop - p));
        struct span name = { p, (size_t)((equals ? equals : stop) - p) };
        struct span value = equals ? (struct span){ equals + 1, (size_t)(stop - equals) - 1 } : (struct span){ "", 0 };
        p = and? and+1 : end;
        if (name.n == 0)
            continue;
        if (visit->n_query == VISIT_QUERY)
            return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected at most %d parameters", what, VISIT_QUERY);
        struct query_pair *pair = &visit->query[visit->n_query];
        if (!decode(&visit->arena, name, true, &pair->name) || !decode(&visit->arena, value, true, &pair->value))
            return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected %%XX with two hexadecimal digits, not 00", what);
        struct span seen;
        if (visit_query(visit, pair->name.p, &seen))
            return fault_set(fault, ERR_INVALID_REQUEST, "%s: %.60s stands twice", what, pair->name.p);
        visit->n_query++;
    }
    return OK;
}

static enum err read_query(struct visit *visit, struct fault *fault)
{
    struct span query = visit->request->query;
    if (query.n == 0 || strstr(visit->route->path, "...}"))
        return OK; /* none, or the shop's */
    if (query.n > ARGS_QUERY_BYTES)
        return fault_set(fault, ERR_INVALID_REQUEST, "query: expected at most %d bytes", ARGS_QUERY_BYTES);
    return visit_read_pairs(visit, query, "query", fault);
}

static bool list_names(const char *blank_separated, struct span name)
{
    while (blank_separated && *blank_separated) {
        size_t n = strcspn(blank_separated, " ");
        if (span_eq(name, (struct span){ blank_separated, n }))
            return true;
        blank_separated += n + (blank_separated[n] == ' ');
    }
    return false;
}

/* What it takes is the provider's business. */
static bool is_callback(const struct route *route)
{
    return route->handle == connect_callback || route->handle == connect_posted;
}

static enum err check_query(struct visit *visit, struct fault *fault)
{
    const struct method *method = visit->route->method ? method_find(visit->route->method) : NULL;
    for (size_t i = 0; i < visit->n_query && !is_callback(visit->route); i++) {
        struct span name = visit->query[i].name;
        bool known = method && list_names(method->filters, name);
        for (const struct parameter *p = visit->route->parameters; p && p->name && !known; p++)
            known = span_is(name, p->name);
        if (!known && visit->route->handle == fanout_read && span_is(name, "cursor"))
            return fault_set(fault, ERR_INVALID_REQUEST,
                             "cursor: expected none, for each store has its own: \"next\" is good for "
                             "/v1/stores/{store}%s",
                             visit->route->path + strlen("/v1"));
        if (!known)
            return fault_set(fault, ERR_INVALID_REQUEST, "query: %s %s takes no parameter \"%.*s\"",
                             visit->route->http_method, visit->route->path, name.n > 60 ? 60 : (int)name.n, name.p);
    }
    return OK;
}

static enum err read_body(struct visit *visit, struct fault *fault)
{
    struct span body = visit->request->body;
    if (!visit->route->request || strcmp(visit->route->request, "raw") == 0)
        return OK;
    json_error_t error;
    const struct method *method = visit->route->method ? method_find(visit->route->method) : NULL;
    if (body.n == 0 && method && method->kind == METHOD_ACT)
        return OK; /* its options may all be left out */
    if (body.n == 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "body: expected a JSON object, found nothing");
    visit->body = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &error);
    if (!visit->body)
        return fault_set(fault, ERR_INVALID_REQUEST, "body: line %d, column %d: %.140s", error.line, error.column,
                         error.text);
    if (!json_is_object(visit->body))
        return fault_set(fault, ERR_INVALID_REQUEST, "body: expected a JSON object, found something else");
    return OK;
}

/* ---- the way in
 * --------------------------------------------------------------------------------------------------------- */

static void give_id(struct visit *visit)
{
    struct gateway *gateway = visit->gateway;
    struct span parts[] = { SPAN("req_"), span_of(gateway->start_id) };
    char *id = arena_alloc(&visit->arena, parts[0].n + parts[1].n + SERIAL_DIGITS);
    char *at = id;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    uint64_t serial = ++gateway->serial;
    for (int i = SERIAL_DIGITS; i > 0; i--, serial >>= 4)
        at[i - 1] = "0123456789abcdef"[serial & 15];
    visit->id = (struct span){ id, (size_t)(at - id) + SERIAL_DIGITS };
}

static struct visit *visit_take(struct gateway *gateway)
{
    struct visit *visit = gateway->spare;
    if (visit) {
        gateway->spare = visit->next;
        gateway->n_spare--;
    } else {
        visit = mem_alloc(sizeof(*visit));
        arena_init(&visit->arena);
    }
    memset(visit, 0, offsetof(struct visit, arena));
    return visit;
}

static struct visit *visit_open(struct gateway *gateway, struct request *request)
{
    struct visit *visit = visit_take(gateway);
    visit->gateway = gateway;
    visit->request = request;
    gateway->n_visits++;
    visit->next = gateway->open;
    visit->link = &gateway->open;
    if (visit->next)
        visit->next->link = &visit->next;
    gateway->open = visit;
    return visit;
}

void visit_child(struct visit *parent, const struct route *route, size_t place, struct span store, size_t share,
                 json_t *body)
{
    struct visit *visit = visit_open(parent->gateway, parent->request);
    struct fault fault = { 0 };
    visit->parent = parent;
    visit->place = place;
    visit->share = share;
    visit->body = json_incref(body);
    visit->route = route;
    visit->app = app_hold(parent->app);
    visit->parts[0] = store;
    visit->id = span_of(arena_printf(&visit->arena, "%.*s-%zu", SPAN_ARG(parent->id), place + 1));
    for (size_t i = 0; i < parent->n_query; i++) {
        if (!span_is(parent->query[i].name, "stores"))
            visit->query[visit->n_query++] = parent->query[i];
    }
    enum err err = place > 0 ? take_quota(visit, &fault) : OK; /* the first is the parent's own */
    if (!err)
        err = app_may(visit->app, route->scope, store, &fault);
    if (!err)
        err = read_store(visit, &fault);
    if (err)
        visit_fail(visit, err, &fault);
    else
        route->handle(visit);
}

void visit_begin(struct gateway *gateway, struct request *request)
{
    static enum err (*const checks[])(struct visit *, struct fault *) = { read_key,   read_store,  read_prefer,
                                                                          read_query, check_query, read_body };
    struct visit *visit = visit_open(gateway, request);
    struct fault fault = { 0 };
    give_id(visit);
    enum err err = read_route(visit, &fault);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !err; i++)
        err = checks[i](visit, &fault);
    if (err && visit->route && connect_is_for_people(request))
        connect_refuse(visit, err, &fault);
    else if (err)
        visit_fail(visit, err, &fault);
    else
        visit->route->handle(visit);
}

struct span visit_part(const struct visit *visit, const char *name)
{
    size_t n = strlen(name), i = 0;
    for (const char *p = strchr(visit->route->path, '{'); p; p = strchr(p + 1, '{'), i++) {
        if (strncmp(p + 1, name, n) == 0 && (p[1 + n] == '}' || p[1 + n] == '.'))
            return visit->parts[i];
    }
    return (struct span){ NULL, 0 };
}

bool visit_query(const struct visit *visit, const char *name, struct span *out)
{
    for (size_t i = 0; i < visit->n_query; i++) {
        if (span_is(visit->query[i].name, name)) {
            *out = visit->query[i].value;
            return true;
        }
    }
    return false;
}

enum err visit_query_number(const struct visit *visit, const char *name, int64_t least, int64_t most,
                            struct fault *fault, int64_t *out)
{
    struct span text;
    char *end = NULL;
    if (!visit_query(visit, name, &text))
        return OK;
    long long value = strtoll(text.p, &end, 10);
    if (text.n == 0 || text.p[0] < '0' || text.p[0] > '9' || *end != '\0' || value < least || value > most)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: expected a whole number from %lld to %lld, found \"%.40s\"",
                         name, (long long)least, (long long)most, text.p);
    *out = value;
    return OK;
}

int64_t visit_wall_ms(const struct visit *visit)
{
    struct gateway *g = visit->gateway;
    const struct env *env = &g->services.env;
    if (g->wall_at_ms != g->services.now_ms) {
        g->wall_at_ms = g->services.now_ms;
        g->wall_ms = env->wall_ms(env->self);
    }
    return g->wall_ms;
}
