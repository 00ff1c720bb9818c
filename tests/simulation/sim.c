/*
 * sim.c - a whole gateway under virtual time.
 *
 * A step is one of: a list of orders, a stock write, a store or app made or removed, a crash.  Between steps the
 * world runs for a while: the earliest of the gateway's own times, answers that are due, and jobs.
 *
 * Example: step 17 posts a stock write at t=1,204; the shop applies it and resets the connection at t=1,231; the
 * gateway reads the level back and answers 200 with "verified_at"; the transcript holds all of it.
 */
#include "tests/simulation/sim.h"

#include "core/log/log.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/house.h"
#include "tests/simulation/memvfs.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPEN = 256, MAX_STORES = 64, N_LEVELS = 4, WALL_START = 1767225600, SHOWN = 1000 };

/* ---- a small platform of its own ----------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct cw_setting settings[] = { { "site", "http://*|https://*", "address" }, { "key", NULL, "key", .secret = 1 }, { 0 } };
static const struct cw_field send[] = { { "=Bearer {key}", "header:Authorization" }, { 0 } };
static const struct cw_auth auth[] = { { "key", .send = send }, { 0 } };
static const struct cw_limit limits[] = { { "open", CW_OPEN, 3 }, { "rate", CW_BUCKET, 20, 1000, 20 }, { 0 } };
static const struct cw_field page_put[] = { { "page.size", "?limit" }, { "page.offset", "?offset" }, { 0 } };
static const struct cw_page page = { page_put, .total = "count", .max = 5 };
static const struct cw_field order[] = { { "id", "id" }, { "number", "number" }, { "currency", "currency" }, { "totals.total", "total" }, { "placed_at", "at" }, { 0 } };
static const struct cw_field level[] = { { "id", "id" }, { "location_id", "location" }, { "on_hand", "n" }, { 0 } };
static const struct cw_record records[] = { { "order", order }, { "inventory", level }, { 0 } };
static const struct cw_field set_in[] = { { "quantity", "n", "number" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.list", "GET /orders", NULL, "orders[]" },
    { "inventory.get", "GET /levels/{inventory_item_id}", NULL, "level" },
    { "inventory.set", "POST /levels/{inventory_item_id}", .in = set_in },
    { 0 } };
static const struct cw_error errors[] = { { "status=401", CW_REAUTH }, { "status=429", CW_SLOW_DOWN, .wait = "header:Retry-After" }, { "status=404", CW_GIVE_UP, "not_found" }, { 0 } };
static const struct cw_adapter adapter = {
    CW_HEAD, .name = "toy", .title = "Toy", .version = "1", .base_url = "{site}", .content = "application/json", .settings = settings, .auth = auth,
    .limits = limits, .page = &page, .records = records, .endpoints = endpoints, .errors = errors, .error_text = "message" };
/* clang-format on */

/* ---- the world ------------------------------------------------------------------------------------------------------
 */

enum mishap { GOOD, SLOW, THROTTLE, BROKEN, HANG, RESET_BEFORE, RESET_AFTER, HTML, EMPTY, CUT, REFUSE, FAULTS };

struct pending { /* an attempt on its way */
    struct attempt *attempt;
    int64_t due_ms;
    enum mishap fault;
    bool applied;
    char *body;
    int status;
};

struct asked { /* a request of ours */
    struct request request;
    struct header headers[4];
    char *path, *body, *store;
    char authorization[KEY_TEXT_BYTES + 16];
    uint32_t serial;
    bool is_create, is_remove;
    struct sim *sim;
};

struct known_store {
    char id[24];
    bool exists, removed; /* acknowledged */
};

struct sim {
    const struct sim_options *options;
    struct sim_result *result;
    uint64_t random;
    int64_t now_ms;
    struct memvfs *disk;
    struct house house;
    struct job *heavy;
    struct options gateway_options;
    char app_key[KEY_TEXT_BYTES + 1];
    struct pending pending[MAX_OPEN];
    size_t n_pending;
    struct asked *asked[MAX_OPEN];
    size_t n_asked;
    uint32_t serial;
    long level[N_LEVELS];
    bool applied[100000]; /* by quantity: each write has its own */
    struct known_store stores[MAX_STORES];
    size_t n_stores;
    bool is_dark; /* after a crash nothing counts */
};

static uint64_t draw(struct sim *sim)
{
    return dice_draw(&sim->random);
}

static uint32_t roll(struct sim *sim, uint32_t sides)
{
    return (uint32_t)(draw(sim) % sides);
}

static void note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct sim *sim, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_printf(&sim->result->transcript, "%lld %s\n", (long long)sim->now_ms, line);
}

static void broken(struct sim *sim, const char *what, const char *subject)
{
    if (sim->result->broken++ == 0)
        snprintf(sim->result->first, sizeof(sim->result->first), "seed %llu, t=%lld: %s: %s",
                 (unsigned long long)sim->options->seed, (long long)sim->now_ms, what, subject);
    note(sim, "BROKEN %s: %s", what, subject);
}

/* ---- env
 * -------------------------------------------------------------------------------------------------------------- */

static int64_t env_now(void *self)
{
    return ((struct sim *)self)->now_ms;
}

static int64_t env_wall(void *self)
{
    return (int64_t)WALL_START * 1000 + ((struct sim *)self)->now_ms;
}

static void env_random(void *self, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)draw(self);
}

static struct env make_env(struct sim *sim)
{
    return (struct env){ sim, env_now, env_wall, env_random };
}

/* ---- exec
 * -------------------------------------------------------------------------------------------------------------- */

static bool exec_post(void *self, struct job *job)
{
    struct sim *sim = self;
    job->next = NULL;
    if (job->worker == WORKER_WRITER) {
        writer_push(&sim->house.writer, job);
        return true;
    }
    struct job **last = &sim->heavy;
    while (*last)
        last = &(*last)->next;
    *last = job;
    return true;
}

static bool run_jobs(struct sim *sim)
{
    struct fault fault = { 0 };
    struct job *done = NULL;
    bool any = sim->heavy || sim->house.writer.n > 0;
    while (sim->heavy) {
        struct job *job = sim->heavy;
        sim->heavy = job->next;
        job->run(job, NULL);
        job->done(job);
    }
    if (sim->house.writer.n == 0)
        return any;
    if (house_batch(&sim->house, &done, &fault))
        broken(sim, "the writer failed", fault.text);
    while (done) {
        struct job *job = done;
        done = job->next;
        job->done(job);
    }
    return any;
}

/* ---- http: the shop
 * ------------------------------------------------------------------------------------------------------ */

static enum mishap pick_fault(struct sim *sim)
{
    uint32_t n = roll(sim, 100);
    if (n < 60)
        return GOOD;
    return (enum mishap)(SLOW + n % (FAULTS - 1));
}

static char *orders_page(struct sim *sim)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    buf_lit(&out, "{\"orders\":[");
    uint32_t n = 1 + roll(sim, 5);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&out,
                   "%s{\"id\":\"o%u\",\"number\":%u,\"currency\":\"EUR\",\"total\":\"%u.%02u\",\"at\":\"2026-01-01T00:"
                   "00:00Z\"}",
                   i ? "," : "", roll(sim, 1000), i, roll(sim, 500), roll(sim, 100));
    buf_printf(&out, "],\"count\":%u}", n + roll(sim, 20));
    buf_char(&out, '\0');
    return out.p;
}

/* The n of {"n":12}; -1: none. */
static long quantity_of(struct span body)
{
    char text[32] = "";
    const char *n = body.n ? memmem(body.p, body.n, "\"n\":", 4) : NULL;
    size_t left = n ? body.n - (size_t)(n + 4 - body.p) : 0;
    memcpy(text, n ? n + 4 : "-1", n ? (left < sizeof(text) - 1 ? left : sizeof(text) - 1) : 2);
    return strtol(text, NULL, 10);
}

/* What the shop does with a request that reached it. */
static void serve(struct sim *sim, struct pending *p)
{
    const struct attempt *a = p->attempt;
    const char *levels = strstr(a->url, "/levels/");
    p->status = 200;
    if (!levels) {
        p->body = orders_page(sim);
        return;
    }
    long *on_hand = &sim->level[(unsigned char)levels[8] % N_LEVELS];
    if (strcmp(a->method, "POST") == 0) {
        long quantity = quantity_of(a->body);
        if (quantity >= 0 && quantity < 100000 && sim->applied[quantity])
            broken(sim, "a write was applied twice", a->url);
        if (quantity >= 0 && quantity < 100000)
            sim->applied[quantity] = true;
        *on_hand = quantity;
        p->applied = true;
        sim->result->writes_applied++;
    }
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "{\"level\":{\"id\":\"l1\",\"location\":\"here\",\"n\":%ld}}", *on_hand);
    buf_char(&out, '\0');
    p->body = out.p;
}

static const struct {
    enum wire wire;
    int status;
    bool serves, sent;
} ends[FAULTS] = {
    [GOOD] = { WIRE_OK, 200, true, true },         [SLOW] = { WIRE_OK, 200, true, true },
    [THROTTLE] = { WIRE_OK, 429, false, true },    [BROKEN] = { WIRE_OK, 500, false, true },
    [HANG] = { WIRE_TIMEOUT, 0, false, true },     [RESET_BEFORE] = { WIRE_RESET, 0, false, true },
    [RESET_AFTER] = { WIRE_RESET, 0, true, true }, [HTML] = { WIRE_OK, 200, true, true },
    [EMPTY] = { WIRE_OK, 200, true, true },        [CUT] = { WIRE_OK, 200, true, true },
    [REFUSE] = { WIRE_REFUSED, 0, false, false },
};

static void http_send(void *self, struct attempt *attempt)
{
    struct sim *sim = self;
    assert(sim->n_pending < MAX_OPEN);
    enum mishap fault = pick_fault(sim);
    int64_t delay = fault == SLOW ? 200 + roll(sim, 2000) : fault == HANG ? attempt->total_ms : 1 + roll(sim, 40);
    attempt->sent_ms = sim->now_ms;
    sim->pending[sim->n_pending++] =
        (struct pending){ .attempt = attempt, .due_ms = sim->now_ms + delay, .fault = fault };
    sim->result->attempts++;
    note(sim, "attempt %s %s %.*s fault %d", attempt->method, attempt->url, SPAN_ARG(attempt->body), (int)fault);
}

static void finish_attempt(struct sim *sim, size_t i)
{
    struct pending p = sim->pending[i];
    memmove(&sim->pending[i], &sim->pending[i + 1], (sim->n_pending - i - 1) * sizeof(p));
    sim->n_pending--;
    struct attempt *a = p.attempt;
    struct header retry_after = { SPAN("Retry-After"), SPAN("1") };
    if (ends[p.fault].serves)
        serve(sim, &p);
    a->wire = ends[p.fault].wire;
    a->status = ends[p.fault].status;
    a->sent = ends[p.fault].sent;
    a->end_ms = a->first_byte_ms = sim->now_ms;
    a->reply_headers = &retry_after;
    a->n_reply_headers = p.fault == THROTTLE;
    buf_init(&a->reply, 1 << 24);
    if (p.fault == HTML || p.fault == BROKEN)
        buf_lit(&a->reply, "<html>oops</html>");
    else if (p.fault == CUT)
        buf_add(&a->reply, p.body, strlen(p.body) / 2);
    else if (p.body && p.fault != EMPTY && a->wire == WIRE_OK)
        buf_span(&a->reply, span_of(p.body));
    note(sim, "answer %s %d", wire_name(a->wire), a->status);
    free(p.body);
    if (a->wire != WIRE_OK)
        buf_release(&a->reply);
    a->done(a);
}

static void http_cancel(void *self, struct attempt *attempt)
{
    struct sim *sim = self;
    for (size_t i = 0; i < sim->n_pending; i++) {
        if (sim->pending[i].attempt == attempt)
            sim->pending[i].due_ms = sim->now_ms;
    }
}

/* ---- server
 * ----------------------------------------------------------------------------------------------------------------- */

static struct known_store *find_store(struct sim *sim, const char *id)
{
    for (size_t i = 0; i < sim->n_stores; i++) {
        if (strcmp(sim->stores[i].id, id) == 0)
            return &sim->stores[i];
    }
    return NULL;
}

static void acknowledge(struct sim *sim, const struct asked *asked, int status)
{
    struct known_store *store = asked->store ? find_store(sim, asked->store) : NULL;
    if (store && asked->is_create && status == 201)
        store->exists = true;
    if (store && asked->is_remove && status == 200)
        store->removed = true;
    sim->result->acknowledged += status == 201 || (asked->is_remove && status == 200);
    sim->result->unknown += status == 504;
    if (status == 500)
        broken(sim, "a reply was 500", asked->path);
}

static void asked_free(struct asked *asked)
{
    free(asked->path);
    free(asked->body);
    free(asked->store);
    free(asked);
}

static void server_reply(void *self, struct request *request, struct reply *reply)
{
    struct sim *sim = self;
    struct asked *asked = request->user;
    size_t i = 0;
    while (i < sim->n_asked && sim->asked[i] != asked)
        i++;
    assert(i < sim->n_asked);
    sim->asked[i] = sim->asked[--sim->n_asked];
    if (!sim->is_dark) {
        sim->result->replies++;
        note(sim, "reply %u %d %.*s", asked->serial, reply->status,
             (int)(reply->body.n > SHOWN ? SHOWN : reply->body.n), reply->body.p ? reply->body.p : "");
        acknowledge(sim, asked, reply->status);
    }
    buf_release(&reply->body);
    asked_free(asked);
}

static void ask(struct sim *sim, bool admin, const char *method, char *path, char *body, struct asked **out)
{
    struct asked *asked = mem_zalloc(sizeof(*asked));
    asked->sim = sim;
    asked->path = path;
    asked->body = body;
    asked->serial = ++sim->serial;
    snprintf(asked->authorization, sizeof(asked->authorization), "Bearer %s",
             admin ? sim->house.admin_key : sim->app_key);
    asked->headers[0] = (struct header){ SPAN("Host"), SPAN("sim") };
    asked->headers[1] = (struct header){ SPAN("Authorization"), span_of(asked->authorization) };
    asked->request = (struct request){ .method = span_of(method),
                                       .path = span_of(path),
                                       .headers = asked->headers,
                                       .n_headers = 2,
                                       .body = span_of(body),
                                       .admin = admin,
                                       .peer = SPAN("sim"),
                                       .arrived_ms = sim->now_ms,
                                       .user = asked };
    assert(sim->n_asked < MAX_OPEN);
    sim->asked[sim->n_asked++] = asked;
    sim->result->requests++;
    *out = asked;
    note(sim, "request %u %s %s %s", asked->serial, method, path, body ? body : "");
}

static void hand_over(struct sim *sim, struct asked *asked)
{
    struct server_user user = gateway_user(sim->house.gateway);
    user.on_request(user.self, &asked->request);
}

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    return mem_dup(span_of(line));
}

/* ---- start and crash
 * ----------------------------------------------------------------------------------------------------------- */

/* false: what is on the disk cannot be opened. */
static bool start(struct sim *sim)
{
    struct fault fault = { 0 };
    struct house_parts parts = { .adapter = &adapter,
                                 .key_file = sim->options->key_file,
                                 .options = &sim->gateway_options,
                                 .env = make_env(sim),
                                 .http = { sim, http_send, http_cancel },
                                 .exec = { sim, exec_post },
                                 .server = { sim, server_reply } };
    if (house_open(&sim->house, &parts, &fault)) {
        broken(sim, "the gateway does not start", fault.text);
        return false;
    }
    note(sim, "start: %zu stores", stores_count(sim->house.gateway->stores));
    return true;
}

/* After the plug is pulled nothing that happens counts; the memory is given back in an orderly way. */
static void tear_down(struct sim *sim)
{
    if (!sim->house.gateway)
        return;
    sim->is_dark = true;
    while (sim->n_pending > 0 || sim->house.writer.n > 0 || sim->heavy) {
        while (sim->n_pending > 0) {
            struct attempt *a = sim->pending[0].attempt;
            memmove(&sim->pending[0], &sim->pending[1], --sim->n_pending * sizeof(struct pending));
            a->wire = WIRE_CANCELLED;
            a->end_ms = sim->now_ms;
            a->done(a);
        }
        struct job *done = NULL;
        struct fault fault;
        if (sim->house.writer.n > 0 && house_batch(&sim->house, &done, &fault) && !done)
            break;
        while (done) {
            struct job *job = done;
            done = job->next;
            job->done(job);
        }
        while (sim->heavy) {
            struct job *job = sim->heavy;
            sim->heavy = job->next;
            job->err = ERR_INTERNAL;
            job->done(job);
        }
    }
    while (sim->n_asked > 0) { /* waiting in the governor or for a timer */
        struct asked *asked = sim->asked[--sim->n_asked];
        asked_free(asked);
    }
    house_close(&sim->house);
    sim->is_dark = false;
}

static void check_promises(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_stores; i++) {
        const struct known_store *store = &sim->stores[i];
        bool is_there = stores_find(sim->house.gateway->stores, span_of(store->id)) != NULL;
        if (store->removed && is_there)
            broken(sim, "an acknowledged removal came back", store->id);
        if (store->exists && !store->removed && !is_there)
            broken(sim, "an acknowledged store is lost", store->id);
    }
}

static void crash(struct sim *sim)
{
    note(sim, "crash with %zu requests, %zu attempts, %u jobs open", sim->n_asked, sim->n_pending, sim->house.writer.n);
    sim->result->crashes++;
    memvfs_crash(sim->disk);
    tear_down(sim);
    if (!start(sim))
        return;
    /* a removal that was on its way may have happened: those asked for and not answered are not promised either way */
    check_promises(sim);
}

/* ---- the run
 * ---------------------------------------------------------------------------------------------------------------------
 */

static int64_t next_due(const struct sim *sim)
{
    int64_t due = gateway_next(sim->house.gateway);
    for (size_t i = 0; i < sim->n_pending; i++)
        due = sim->pending[i].due_ms < due ? sim->pending[i].due_ms : due;
    return due;
}

/* Lets the world go on until `until_ms`. */
static void go_on(struct sim *sim, int64_t until_ms)
{
    for (uint32_t turns = 0;; turns++) {
        if (turns > 100000) {
            broken(sim, "the loop spins", "");
            return;
        }
        if (roll(sim, 3) != 0 && run_jobs(sim))
            continue;
        int64_t due = next_due(sim);
        if (due > until_ms && sim->house.writer.n == 0 && !sim->heavy)
            break;
        if (due > sim->now_ms && due <= until_ms && sim->house.writer.n == 0)
            sim->now_ms = due;
        for (size_t i = 0; i < sim->n_pending; i++) {
            if (sim->pending[i].due_ms <= sim->now_ms) {
                finish_attempt(sim, i);
                break;
            }
        }
        gateway_run(sim->house.gateway, sim->now_ms);
    }
    sim->now_ms = until_ms;
}

static const char *a_store(struct sim *sim)
{
    return sim->n_stores ? sim->stores[roll(sim, (uint32_t)sim->n_stores)].id : "s0";
}

static void step_list(struct sim *sim)
{
    struct asked *asked;
    ask(sim, false, "GET", text("/v1/stores/%s/orders", a_store(sim)), NULL, &asked);
    hand_over(sim, asked);
}

static void step_stock(struct sim *sim)
{
    struct asked *asked;
    char *body = text("{\"mode\":\"set\",\"inventory_item_id\":\"%u\",\"location_id\":\"here\",\"quantity\":%u}",
                      roll(sim, N_LEVELS), 1000 + sim->serial);
    ask(sim, false, "POST", text("/v1/stores/%s/inventory", a_store(sim)), body, &asked);
    hand_over(sim, asked);
}

static void step_create(struct sim *sim)
{
    struct asked *asked;
    if (sim->n_stores == MAX_STORES)
        return;
    struct known_store *store = &sim->stores[sim->n_stores];
    snprintf(store->id, sizeof(store->id), "s%zu", sim->n_stores++);
    char *body = text("{\"id\":\"%s\",\"platform\":\"toy\",\"settings\":{\"site\":\"http://"
                      "127.0.0.1:1\"},\"credentials\":{\"key\":\"k%u\"},\"allow_private\":true}",
                      store->id, roll(sim, 1000));
    ask(sim, true, "POST", text("/admin/v1/stores"), body, &asked);
    asked->is_create = true;
    asked->store = mem_dup(span_of(store->id));
    hand_over(sim, asked);
}

static void step_remove(struct sim *sim)
{
    struct asked *asked;
    if (sim->n_stores < 4)
        return;
    struct known_store *store = &sim->stores[roll(sim, (uint32_t)sim->n_stores)];
    store->exists = false; /* on its way out: no longer promised */
    ask(sim, true, "DELETE", text("/admin/v1/stores/%s", store->id), NULL, &asked);
    asked->is_remove = true;
    asked->store = mem_dup(span_of(store->id));
    hand_over(sim, asked);
}

static void step_app(struct sim *sim)
{
    struct asked *asked;
    ask(sim, true, "POST", text("/admin/v1/apps"),
        text("{\"name\":\"a%u\",\"scopes\":[\"orders:read\"],\"stores\":[\"*\"]}", sim->serial), &asked);
    hand_over(sim, asked);
}

static void step(struct sim *sim)
{
    uint32_t n = roll(sim, 20);
    if (n < 7)
        step_list(sim);
    else if (n < 13)
        step_stock(sim);
    else if (n < 16)
        step_create(sim);
    else if (n < 17)
        step_remove(sim);
    else if (n < 18)
        step_app(sim);
    else
        crash(sim);
    if (sim->house.gateway)
        go_on(sim, sim->now_ms + roll(sim, 300));
}

/* The app of the run; its key is in the transcript of its making, and read from the answer. */
static void make_app(struct sim *sim)
{
    struct asked *asked;
    size_t from = sim->result->transcript.n;
    ask(sim, true, "POST", text("/admin/v1/apps"),
        text("{\"name\":\"sim\",\"scopes\":[\"orders:read\",\"inventory:write\",\"stores:read\"],\"stores\":[\"*\"]}"),
        &asked);
    hand_over(sim, asked);
    go_on(sim, sim->now_ms + 10);
    struct buf *t = &sim->result->transcript;
    const char *key = memmem(t->p + from, t->n - from, "cw_app_", 7);
    assert(key && key[KEY_TEXT_BYTES - 1] == '"'); /* whole: SHOWN is enough */
    memcpy(sim->app_key, key, KEY_TEXT_BYTES - 1);
    sim->app_key[KEY_TEXT_BYTES - 1] = '\0';
}

static void set_options(struct options *options)
{
    struct fault fault = { 0 };
    char *none[] = { NULL };
    enum err err = options_read(options, 0, none, NULL, &fault);
    assert(err == OK);
    (void)err;
}

void sim_run(const struct sim_options *options, struct sim_result *result)
{
    struct sim *sim = mem_zalloc(sizeof(*sim));
    *result = (struct sim_result){ 0 };
    buf_init(&result->transcript, 64 << 20);
    sim->options = options;
    sim->result = result;
    sim->random = options->seed;
    sim->now_ms = 1000;
    set_options(&sim->gateway_options);
    sim->disk = memvfs_new("disk", options->seed);
    memvfs_skip_syncs(sim->disk, options->skip_syncs);
    if (start(sim)) {
        make_app(sim);
        step_create(sim);
        go_on(sim, sim->now_ms + 100);
    }
    for (uint32_t i = 0; i < options->steps && sim->house.gateway; i++)
        step(sim);
    if (sim->house.gateway) {
        go_on(sim, sim->now_ms + 200000);
        if (sim->n_asked > 0)
            broken(sim, "a request has no reply", sim->asked[0]->path);
        check_promises(sim);
    }
    tear_down(sim);
    memvfs_free(sim->disk);
    options_release(&sim->gateway_options);
    free(sim);
}
