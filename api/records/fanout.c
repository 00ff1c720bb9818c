/*
 * fanout.c - one read of several stores.
 *
 * The children run side by side, each through its own store's lane; one that hangs holds up the answer until the
 * deadline that all share, and then is one entry with 504.  The last child to end sends the answer.  Answers are kept
 * as the bytes that the single read would have sent, and are joined without being parsed.
 */
#include "api/records/fanout.h"

#include "api/visit.h"

#include <string.h>

enum { ANSWER_BYTES_MAX = 80 << 20 };

struct part {
    struct span store;
    int status;
    struct buf body;
};

struct fanout {
    size_t n, left;
    int64_t sum; /* of counts */
    bool is_batch;
    struct part parts[FANOUT_BATCH_MAX];
};

/* A part is a call with all its memory, so what bounds requests bounds them. */
static enum err check_room(const struct visit *visit, size_t n, struct fault *fault)
{
    const struct gateway *gateway = visit->gateway;
    if (gateway->n_visits + n <= (size_t)gateway->options.max_parts)
        return OK;
    return fault_set(fault, ERR_OVERLOADED,
                     "%u requests and parts of them are under way, and this one has %zu parts more: expected at most "
                     "%lld (--max-parts)",
                     gateway->n_visits, n, (long long)gateway->options.max_parts);
}

/* ---- which stores ---------------------------------------------------------------------------------------------- */

static bool named_before(const struct fanout *fanout, struct span store)
{
    for (size_t i = 0; i < fanout->n; i++) {
        if (span_eq(fanout->parts[i].store, store))
            return true;
    }
    return false;
}

static enum err read_stores(struct visit *visit, struct fanout *fanout, struct fault *fault)
{
    struct span rest = { "", 0 };
    visit_query(visit, "stores", &rest);
    for (bool more = true; more;) {
        const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
        struct span name = { rest.p, comma ? (size_t)(comma - rest.p) : rest.n };
        if (name.n == 0)
            return fault_set(fault, ERR_INVALID_REQUEST, "stores: expected ids of stores with commas between");
        if (fanout->n == FANOUT_STORES_MAX)
            return fault_set(fault, ERR_INVALID_REQUEST, "stores: expected at most %d", FANOUT_STORES_MAX);
        if (named_before(fanout, name))
            return fault_set(fault, ERR_INVALID_REQUEST, "stores: \"%.*s\" is named twice",
                             name.n > 64 ? 64 : (int)name.n, name.p);
        fanout->parts[fanout->n++].store = name;
        more = comma != NULL;
        if (more)
            rest = (struct span){ comma + 1, rest.n - name.n - 1 };
    }
    return OK;
}

/* The route that serves one store with this method. */
static const struct route *single_route(const char *method)
{
    static const char prefix[] = "/v1/stores/{store}";
    for (size_t i = 0; i < routes_n; i++) {
        const struct route *at = &routes[i];
        if (at->method && strcmp(at->method, method) == 0 && strncmp(at->path, prefix, sizeof(prefix) - 1) == 0)
            return at;
    }
    return NULL;
}

void fanout_read(struct visit *visit)
{
    struct fault fault = { 0 };
    struct fanout *fanout = arena_zalloc(&visit->arena, sizeof(*fanout));
    enum err err = read_stores(visit, fanout, &fault);
    if (!err)
        err = check_room(visit, fanout->n, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    visit->fanout = fanout;
    visit->has_call = true; /* for what the children's calls cost together */
    size_t n = fanout->left = fanout->n;
    const struct route *route = single_route(visit->route->method);
    for (size_t i = 0; i < n; i++) /* the last may end at once, and the visit with it */
        visit_child(visit, route, i, fanout->parts[i].store, n, NULL);
}

/* ---- a batch --------------------------------------------------------------------------------------------------- */

static enum err read_items(struct visit *visit, const json_t **out, struct fault *fault)
{
    const json_t *items = json_object_get(visit->body, "items");
    size_t i, n = json_array_size(items);
    json_t *item;
    if (json_object_size(visit->body) != 1 || !json_is_array(items) || n == 0 || n > FANOUT_BATCH_MAX)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "items: expected a list of 1 to %d changes and nothing beside it", FANOUT_BATCH_MAX);
    json_array_foreach(items, i, item)
    {
        if (!json_is_object(item))
            return fault_set(fault, ERR_VALIDATION_FAILED, "items[%zu]: expected an object", i);
    }
    *out = items;
    return OK;
}

void fanout_batch(struct visit *visit)
{
    struct fault fault = { 0 };
    const json_t *items = NULL;
    enum err err = read_items(visit, &items, &fault);
    if (!err)
        err = check_room(visit, json_array_size(items), &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    struct fanout *fanout = visit->fanout = arena_zalloc(&visit->arena, sizeof(*fanout));
    struct span store = span_of(visit->store->id);
    const struct route *route = single_route("inventory.set");
    size_t n = fanout->n = fanout->left = json_array_size(items);
    fanout->is_batch = true;
    visit->has_call = true;
    for (size_t i = 0; i < n; i++) /* the last may end at once, and the visit with it */
        visit_child(visit, route, i, store, n, json_array_get(items, i));
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

static void write_part(const struct part *part, struct buf *out)
{
    buf_char(out, '{');
    if (part->store.n > 0) {
        buf_lit(out, "\"store\":");
        buf_json(out, part->store);
        buf_char(out, ',');
    }
    buf_lit(out, "\"status\":");
    buf_i64(out, part->status);
    buf_char(out, ',');
    if (part->status / 100 == 2) { /* "data" and the rest stand beside "store" */
        buf_add(out, part->body.p + 1, part->body.n - 1);
    } else {
        buf_lit(out, "\"error\":");
        buf_span(out, buf_peek(&part->body));
        buf_char(out, '}');
    }
}

static void write_parts(const struct fanout *fanout, struct buf *out)
{
    buf_span(out, fanout->is_batch ? SPAN("\"data\":[") : SPAN("\"stores\":["));
    for (size_t i = 0; i < fanout->n; i++) {
        if (i > 0)
            buf_char(out, ',');
        write_part(&fanout->parts[i], out);
    }
    buf_lit(out, "]}");
}

static bool any_succeeded(const struct fanout *fanout)
{
    for (size_t i = 0; i < fanout->n; i++) {
        if (fanout->parts[i].status / 100 == 2)
            return true;
    }
    return false;
}

static void answer(struct visit *visit)
{
    const struct fanout *fanout = visit->fanout;
    const struct part *first = &fanout->parts[0];
    struct span explain;
    bool is_count = strcmp(visit->route->reply, "fanout_count") == 0 && !visit_query(visit, "explain", &explain);
    struct buf out;
    buf_init(&out, ANSWER_BYTES_MAX);
    if (!fanout->is_batch && !any_succeeded(fanout)) {
        buf_add(&out, first->body.p, first->body.n - 1);
        buf_char(&out, ',');
        write_parts(fanout, &out);
        visit_reply(visit, first->status, "application/problem+json", &out);
        return;
    }
    buf_char(&out, '{');
    if (is_count)
        buf_printf(&out, "\"data\":{\"count\":%lld},", (long long)fanout->sum);
    write_parts(fanout, &out);
    visit_reply(visit, 200, "application/json", &out);
}

void fanout_collect(struct visit *child, int status, struct buf *body)
{
    struct visit *visit = child->parent;
    struct fanout *fanout = visit->fanout;
    struct part *part = &fanout->parts[child->place];
    part->status = status;
    part->body = *body;
    body->p = NULL;
    if (child->has_call) {
        visit->call.n_upstream += child->call.n_upstream;
        visit->call.n_problems += child->call.n_problems;
        if (child->call.wait_ms > visit->call.wait_ms)
            visit->call.wait_ms = child->call.wait_ms;
        fanout->sum += status == 200 ? child->call.total : 0;
    }
    if (--fanout->left == 0)
        answer(visit);
}

void fanout_release(struct visit *visit)
{
    for (size_t i = 0; visit->fanout && i < visit->fanout->n; i++)
        buf_release(&visit->fanout->parts[i].body);
}
