/*
 * control.c - /_sim/...: the desk where a test asks what has happened and says what shall happen.
 *
 * Not a part of any platform.  A flow test resets, loads a script of faults, lets the gateway run, and then counts:
 * GET /_sim/state says "applied":1, GET /_sim/log?after=0 shows the two requests and their stamps.
 */
#include "tests/shopsim/control.h"

#include <stdlib.h>
#include <string.h>

void desk_json(struct desk *desk, json_t *json)
{
    char *dump = json_dumps(json, JSON_COMPACT);
    text_puts(&desk->answer->body, dump ? dump : "null");
    free(dump);
    json_decref(json);
}

static void desk_error(struct answer *answer, int status, const char *why)
{
    answer->status = status;
    text_clear(&answer->body);
    text_puts(&answer->body, "{\"type\":\"shopsim\",\"message\":");
    text_json(&answer->body, why, strlen(why));
    text_char(&answer->body, '}');
}

void desk_refuse(struct desk *desk, const char *why)
{
    desk_error(desk->answer, 400, why);
}

static void get_state(struct desk *desk)
{
    const struct sim *sim = desk->sim;
    json_t *by_path = json_object();
    for (size_t i = 0; i < sim->tallies; i++)
        json_object_set_new(by_path, sim->tally[i].name, json_integer(sim->tally[i].n));
    desk_json(desk, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "requests", (json_int_t)sim->requests,
                              "refused", (json_int_t)sim->refused, "applied", (json_int_t)sim->applied, "connections",
                              (json_int_t)sim->connections, "in_flight", (json_int_t)sim->in_flight, "most_in_flight",
                              (json_int_t)sim->most_in_flight, "log", (json_int_t)sim->entries, "by_path", by_path));
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *entry_json(const struct entry *entry)
{
    return json_pack("{s:I, s:I, s:I, s:s, s:s, s:i, s:i, s:i, s:o, s:o}", "n", (json_int_t)entry->n, "at_us",
                     (json_int_t)entry->at_us, "connection", (json_int_t)entry->connection, "method", entry->method,
                     "path", entry->target, "status", entry->status, "applied", entry->applied, "others",
                     (int)entry->others, "fault", text_or_null(entry->fault), "refused", text_or_null(entry->refused));
}

static void get_log(struct desk *desk)
{
    const struct sim *sim = desk->sim;
    const char *after_text = query_value(&desk->query, "after");
    int64_t after = after_text ? strtoll(after_text, NULL, 10) : 0;
    int64_t oldest = sim->entries > sim->log_max ? sim->entries - sim->log_max : 0;
    json_t *entries = json_array();
    for (int64_t n = after > oldest ? after : oldest; n < sim->entries; n++)
        json_array_append_new(entries, entry_json(&sim->entry[n % sim->log_max]));
    desk_json(desk, json_pack("{s:o, s:I}", "entries", entries, "next", (json_int_t)sim->entries));
}

static void get_faults(struct desk *desk)
{
    desk_json(desk, script_json(&desk->sim->script));
}

static void post_faults(struct desk *desk)
{
    struct text error = { 0 };
    if (!desk->body)
        desk_refuse(desk, "expected JSON: {\"rules\":[...]}");
    else if (!script_load(&desk->sim->script, desk->body, desk->sim->options->seed, &error))
        desk_refuse(desk, error.p);
    else
        get_faults(desk);
    text_release(&error);
}

static void delete_faults(struct desk *desk)
{
    script_release(&desk->sim->script);
    get_faults(desk);
}

static void post_reset(struct desk *desk)
{
    sim_reset(desk->sim, clock_us());
    text_puts(&desk->answer->body, "{}");
}

const char *desk_member(const struct desk *desk, const char *name)
{
    const char *text = json_string_value(json_object_get(desk->body, name));
    return text ? text : "";
}

/* Its clock goes ahead, by so many seconds more: {"seconds":570}. */
static void post_clock(struct desk *desk)
{
    const json_t *seconds = json_object_get(desk->body, "seconds");
    if (!json_is_number(seconds) || json_number_value(seconds) < 0 || json_number_value(seconds) > 1e9) {
        desk_refuse(desk, "expected 0 to 1000000000 as \"seconds\"");
        return;
    }
    desk->sim->ahead_ms += (int64_t)(json_number_value(seconds) * 1000);
    desk_json(desk, json_pack("{s:I}", "ahead_ms", (json_int_t)desk->sim->ahead_ms));
}

/* Somebody buys, behind the client's back: {"sku":"SKU-0001-0","quantity":2}. */
static void post_sell(struct desk *desk)
{
    struct sale sale = { .sku = desk_member(desk, "sku"), .location_id = desk_member(desk, "location_id") };
    sale.quantity = (int64_t)json_number_value(json_object_get(desk->body, "quantity"));
    sale.now_ms = desk->arrival->now_ms;
    if (desk->sim->dialect->sell(desk->sim->shop, &sale))
        text_puts(&desk->answer->body, "{}");
    else
        desk_refuse(desk, "no stock of this sku at this location");
}

/* An order moves on: {"order_id":"order_...","kind":6} (a row of order_kinds), and its change is of now. */
static void post_order(struct desk *desk)
{
    json_int_t kind = json_integer_value(json_object_get(desk->body, "kind"));
    const char *id = desk_member(desk, "order_id");
    if (desk->sim->dialect->move(desk->sim->shop, id, kind, desk->arrival->now_ms))
        text_puts(&desk->answer->body, "{}");
    else
        desk_refuse(desk, "no such order, or no such kind");
}

/* Its platform's status page, as Atlassian's Statuspage has it in /api/v2/summary.json. */
static void get_status(struct desk *desk)
{
    const char *state = desk->sim->page[0] ? desk->sim->page : "operational";
    bool is_down = strcmp(state, "major_outage") == 0, is_up = strcmp(state, "operational") == 0;
    if (strcmp(state, "html") == 0) {
        text_puts(&desk->answer->body, "<html><body>503 Service Unavailable</body></html>");
        return;
    }
    desk_json(desk, json_pack("{s:{s:s, s:s}, s:[{s:s, s:s}, {s:s, s:s}], s:[], s:{s:s, s:s}}", "page", "id", "p01",
                              "name", "Sandbox", "components", "name", "Checkout", "status", "operational", "name",
                              "API & Mobile", "status", state, "incidents", "status", "indicator",
                              is_up     ? "none"
                              : is_down ? "critical"
                                        : "minor",
                              "description",
                              is_up     ? "All Systems Operational"
                              : is_down ? "Major Service Outage"
                                        : "Partially Degraded Service"));
}

/* What it says from now on: {"state":"major_outage"}, a component's word, or "html". */
static void post_status(struct desk *desk)
{
    const char *state = desk_member(desk, "state");
    if (!state[0] || strlen(state) >= sizeof(desk->sim->page)) {
        desk_refuse(desk, "expected {\"state\":\"operational\"}, a component's word, or \"html\"");
        return;
    }
    memcpy(desk->sim->page, state, strlen(state) + 1);
    text_puts(&desk->answer->body, "{}");
}

static const struct {
    const char *method, *path;
    void (*answer)(struct desk *desk);
} desks[] = {
    { "GET", "/_sim/state", get_state },         { "GET", "/_sim/log", get_log },
    { "GET", "/_sim/faults", get_faults },       { "POST", "/_sim/faults", post_faults },
    { "POST", "/_sim/reset", post_reset },       { "POST", "/_sim/sell", post_sell },
    { "DELETE", "/_sim/faults", delete_faults }, { "POST", "/_sim/order", post_order },
    { "POST", "/_sim/clock", post_clock },       { "GET", "/_sim/status", get_status },
    { "POST", "/_sim/status", post_status },
};

bool control_desk(size_t index, const char **method, const char **path)
{
    size_t n = sizeof desks / sizeof desks[0];
    if (index >= n)
        return desk_auth_name(index - n, method, path);
    *method = desks[index].method;
    *path = desks[index].path;
    return true;
}

bool control_is(const struct request *request)
{
    return strncmp(request->path, "/_sim/", 6) == 0;
}

void control_answer(struct sim *sim, const struct arrival *arrival, struct answer *answer)
{
    const struct request *request = arrival->request;
    struct desk desk = { .sim = sim, .arrival = arrival, .answer = answer };
    query_parse(&desk.query, request->query);
    if (request->body.n)
        desk.body = json_loadb(request->body.p, request->body.n, 0, NULL);
    size_t i = 0, n = sizeof desks / sizeof desks[0];
    while (i < n && (strcmp(desks[i].method, request->method) != 0 || strcmp(desks[i].path, request->path) != 0))
        i++;
    if (i < n)
        desks[i].answer(&desk);
    else if (!desk_auth(&desk))
        desk_error(answer, 404, "no such desk");
    query_release(&desk.query);
    json_decref(desk.body);
}
