/*
 * tokens_world.h - the keeper of tokens against a database, a vault, and a provider that does what each test says.
 *
 * Time is a number, jobs wait until `commit`, exchanges wait for `gives`, `says` or `breaks`; a crash drops all that
 * the process knew.  The exchange itself is not asked: what it gives is written into it here.
 */
#ifndef CARTWAY_TESTS_TOKENS_WORLD_H
#define CARTWAY_TESTS_TOKENS_WORLD_H

#include "oauth/tokens_work.h"

#define exchange_start fake_start
static inline void fake_start(struct exchange *x);
#include "oauth/tokens_exchange.c"
#undef exchange_start

#include "core/db/db.h"
#include "core/log/metrics.h"
#include "core/loop/timers.h"
#include "oauth/master_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WALL_MS INT64_C(1800000000000)
enum { MOST_OUT_HERE = 32, EVENTS_MAX = 256 };

/* ---- a platform ----------------------------------------------------------------------------------------------------
 */

static const struct cw_auth rows[] = {
    { "code", .authorize = "https://x", .obtain = "_obtain", .refresh = "_refresh", .revoke = "_revoke",
      .rotation = CW_ROTATE_ONCE },
    { "exact", .authorize = "https://x", .obtain = "_obtain", .refresh = "_refresh", .early_s = 25,
      .not_before_s = 570 },
    { "client", .obtain = "_obtain" },
    { "eternal", .authorize = "https://x", .obtain = "_obtain" },
    { "both", .obtain = "_obtain", .refresh = "_refresh" },
};
static const struct cw_endpoint endpoint_rows[] = { { "_obtain", "POST /token" },
                                                    { "_refresh", "POST /token" },
                                                    { "_revoke", "POST /revoke" } };
static struct way ways[] = {
    { .row = &rows[0] }, { .row = &rows[1] }, { .row = &rows[2] }, { .row = &rows[3] }, { .row = &rows[4] }
};
enum { CODE, EXACT, CLIENT, ETERNAL, BOTH, N_WAYS };
static struct endpoint endpoints[] = { { .row = &endpoint_rows[0] },
                                       { .row = &endpoint_rows[1] },
                                       { .row = &endpoint_rows[2] } };
static const struct cw_adapter adapter = { .name = "toy", .title = "Toy" };
static const struct platform platform = {
    .table = &adapter, .ways = ways, .n_ways = N_WAYS, .endpoints = endpoints, .n_endpoints = 3
};

/* ---- the world ------------------------------------------------------------------------------------------------------
 */

struct world {
    char dir[64], key[96];
    struct db *db;
    struct env env;
    struct vault *vault;
    struct stores *stores;
    struct timers timers;
    struct services services;
    struct tokens *tokens;
    struct token_source source;
    struct job *jobs;
    bool is_full, is_closed; /* the disk; the writer's queue */
    int64_t now_ms, wall_ms; /* the wall's is what it is at now_ms 0 */
    uint64_t random;
    struct exchange *out[MOST_OUT_HERE];
    size_t n_out, n_started;
    enum token_event events[EVENTS_MAX];
    size_t n_events;
};

static struct world *the_world; /* fake_start is told nothing else */

static inline int64_t now_of(void *self)
{
    return ((struct world *)self)->now_ms;
}

static inline int64_t wall_of(void *self)
{
    struct world *w = self;
    return w->wall_ms + w->now_ms;
}

static inline void random_of(void *self, void *out, size_t n)
{
    struct world *w = self;
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] =
            (unsigned char)((w->random = w->random * 6364136223846793005u + 1442695040888963407u) >> 56);
}

static inline bool post(void *self, struct job *job)
{
    struct world *w = self;
    struct job **end = &w->jobs;
    if (w->is_closed)
        return false;
    while (*end)
        end = &(*end)->next;
    job->next = NULL;
    *end = job;
    return true;
}

static inline void fake_start(struct exchange *x)
{
    struct world *w = the_world;
    assert_true(w->n_out < MOST_OUT_HERE);
    assert_true(x->is_single && x->is_secret && x->tokens_of && x->endpoint && x->data->is_secret);
    w->out[w->n_out++] = x;
    w->n_started++;
}

/* One job, in a transaction of its own. */
static inline bool commit_one(struct world *w)
{
    struct job *job = w->jobs;
    struct fault fault;
    if (!job)
        return false;
    w->jobs = job->next;
    if (w->is_full) {
        job->err = fault_set(&job->fault, ERR_DISK_FULL, "no room");
    } else {
        assert_int_equal(db_begin(w->db, &fault), OK);
        assert_int_equal(db_savepoint(w->db, &fault), OK);
        job->run(job, w->db);
        assert_int_equal(job->err ? db_rollback_to(w->db, &fault) : db_release(w->db, &fault), OK);
        assert_int_equal(db_commit(w->db, &fault), OK);
    }
    job->done(job);
    return true;
}

static inline void commit(struct world *w)
{
    while (commit_one(w)) {
    }
}

static inline void run(struct world *w)
{
    services_at(&w->services, w->now_ms);
    timers_run(&w->timers, w->now_ms);
    tokens_run(w->tokens, w->now_ms);
}

/* Until nothing happens by itself but exchanges. */
static inline void settle(struct world *w)
{
    for (int i = 0; i < 50; i++) {
        run(w);
        commit(w);
    }
}

static inline void wait_ms(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    settle(w);
}

static inline void hear(void *user, const struct token_view *view, enum token_event event, int64_t now_ms)
{
    struct world *w = user;
    assert_true(view->store && view->way && now_ms <= w->now_ms);
    assert_true(w->n_events < EVENTS_MAX);
    w->events[w->n_events++] = event;
}

static inline void begin(struct world *w)
{
    struct fault fault = { 0 };
    w->env = (struct env){ w, now_of, wall_of, random_of };
    if (vault_open(w->key, NULL, w->db, &w->env, &fault, &w->vault))
        fail_msg("%s", fault.text);
    timers_init(&w->timers);
    w->services = (struct services){ .env = w->env,
                                     .exec = { w, post },
                                     .secrets = vault_source(w->vault),
                                     .timers = &w->timers,
                                     .metrics = metrics_new(),
                                     .now_ms = w->now_ms };
    struct tokens_parts parts = { &w->services, w->stores, w->vault, 7, { .most_out = MOST_OUT_HERE } };
    w->tokens = tokens_new(&parts);
    w->source = tokens_source(w->tokens);
    tokens_listen(w->tokens, hear, w);
    if (tokens_load(w->tokens, w->db, &fault))
        fail_msg("%s", fault.text);
}

static inline void end(struct world *w)
{
    /* jobs that wait did not happen; their memory is given back */
    w->is_full = true;
    for (int i = 0; i < 10; i++)
        commit(w);
    w->is_full = false;
    tokens_free(w->tokens);
    metrics_free(w->services.metrics);
    timers_release(&w->timers);
    vault_close(w->vault);
    w->n_out = 0;
    w->n_events = 0;
}

/* kill -9 and a new start: the monotonic clock begins anew. */
static inline void crash(struct world *w, int64_t later_ms)
{
    w->is_closed = true; /* nothing more is written */
    end(w);
    w->is_closed = false;
    w->wall_ms += w->now_ms + later_ms - 1000;
    w->now_ms = 1000;
    begin(w);
}

static inline void make_store(struct world *w, const char *id)
{
    struct store_change *change = NULL;
    struct fault fault = { 0 };
    json_t *settings = json_object();
    assert_int_equal(stores_create(w->stores, span_of(id), &platform, settings, true, wall_of(w), &fault, &change), OK);
    assert_int_equal(store_change_write(change, w->db, &fault), OK);
    store_change_done(w->stores, change, true);
    json_decref(settings);
}

static inline void remove_store(struct world *w, const char *id)
{
    struct store_change *change = NULL;
    struct vault_change *secrets = NULL;
    struct fault fault = { 0 };
    assert_int_equal(stores_remove(w->stores, span_of(id), &fault, &change), OK);
    bool has_secrets = vault_remove(w->vault, span_of(id), (struct span){ "", 0 }, &fault, &secrets) == OK;
    assert_int_equal(store_change_write(change, w->db, &fault), OK);
    if (has_secrets)
        vault_change_done(w->vault, secrets, true);
    store_change_done(w->stores, change, true);
    tokens_forget(w->tokens, span_of(id));
}

static inline int world_make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct fault fault = { 0 };
    snprintf(w->dir, sizeof(w->dir), "/tmp/cartway-test-tokens-XXXXXX");
    if (!mkdtemp(w->dir))
        return -1;
    snprintf(w->key, sizeof(w->key), "%s/master.key", w->dir);
    if (master_key_create(w->key, &fault) || db_open(":memory:", NULL, &fault, &w->db))
        return -1;
    w->stores = stores_new(7);
    w->now_ms = 1000;
    w->wall_ms = WALL_MS;
    the_world = w;
    make_store(w, "s1");
    begin(w);
    *state = w;
    return 0;
}

static inline int world_drop(void **state)
{
    struct world *w = *state;
    end(w);
    stores_free(w->stores);
    db_close(w->db);
    unlink(w->key);
    rmdir(w->dir);
    free(w);
    return 0;
}

/* ---- the provider ---------------------------------------------- */

static inline struct exchange *take_exchange(struct world *w)
{
    assert_true(w->n_out > 0);
    struct exchange *x = w->out[0];
    memmove(w->out, w->out + 1, --w->n_out * sizeof(w->out[0]));
    x->attempts = 1;
    x->attempt.sent = true;
    x->attempt.sent_ms = x->attempt.end_ms = w->now_ms;
    x->upstream.retry_after_ms = -1;
    return x;
}

static inline void gives(struct world *w, const char *json)
{
    struct exchange *x = take_exchange(w);
    x->upstream.status = 200;
    buf_span(x->data, span_of(json));
    x->done(x);
}

static inline void pair(struct world *w, int n)
{
    char json[128];
    snprintf(json, sizeof(json), "{\"access_token\":\"a%d\",\"refresh_token\":\"r%d\",\"expires_in\":3600}", n, n);
    gives(w, json);
}

/* A row of the adapter's errors held; verdict 0: none did. */
static inline void says(struct world *w, int status, const char *code, enum cw_verdict verdict)
{
    static const struct cw_error row = { "" };
    struct exchange *x = take_exchange(w);
    x->upstream.status = x->attempt.status = status;
    x->upstream.code = span_of(code);
    x->out.error = verdict ? &row : NULL;
    x->out.verdict = verdict;
    x->err = fault_set(&x->fault, ERR_STORE_REJECTED, "the shop answered %d: %s", status, code);
    x->done(x);
}

/* The governor refused it: the limits leave no room for so long. */
static inline void finds_no_room(struct world *w, int64_t retry_after_ms)
{
    struct exchange *x = take_exchange(w);
    x->attempts = 0;
    x->attempt.sent = false;
    x->attempt.sent_ms = x->attempt.end_ms = 0;
    x->upstream.retry_after_ms = retry_after_ms;
    x->err = fault_set(&x->fault, ERR_LANE_DEADLINE, "not sent to the shop: errors leaves no room before the deadline");
    x->done(x);
}

static inline void breaks(struct world *w, enum wire wire, bool sent)
{
    struct exchange *x = take_exchange(w);
    x->attempt.wire = wire;
    x->attempt.sent = sent;
    x->err = fault_set(&x->fault, ERR_STORE_TIMEOUT, "the shop's connection: %s", wire_name(wire));
    x->done(x);
}

/* ---- who asks ---------------------------------------------- */

struct asker {
    struct token_wait wait;
    int told;
    enum err err;
};

static inline void told(struct token_wait *wait, enum err err, const struct fault *fault)
{
    struct asker *asker = (struct asker *)wait;
    assert_null(wait->link);
    assert_true(err == OK || fault->text[0]);
    asker->told++;
    asker->err = err;
}

static inline const struct store *the_store(struct world *w)
{
    return stores_find(w->stores, SPAN("s1"));
}

static inline enum token_answer asks(struct world *w, int way, struct asker *asker, uint64_t *generation)
{
    struct fault fault = { 0 };
    *asker = (struct asker){ .wait.done = told };
    enum token_answer answer =
        w->source.ask(w->source.self, the_store(w), &ways[way], &asker->wait, w->now_ms, generation, &fault);
    assert_int_equal(answer == TOKEN_LOST, fault.err == ERR_STORE_REAUTH_REQUIRED);
    return answer;
}

static inline enum token_answer is_refused(struct world *w, int way, struct asker *asker, uint64_t generation)
{
    struct fault fault = { 0 };
    *asker = (struct asker){ .wait.done = told };
    enum token_answer answer =
        w->source.refused(w->source.self, the_store(w), &ways[way], generation, &asker->wait, w->now_ms, &fault);
    assert_int_equal(answer == TOKEN_LOST, fault.err == ERR_STORE_REAUTH_REQUIRED);
    return answer;
}

static inline void works(struct world *w, int way, uint64_t generation)
{
    w->source.worked(w->source.self, the_store(w), &ways[way], generation, w->now_ms);
}

static inline void ready_with(struct world *w, int way, uint64_t expected)
{
    struct asker asker;
    uint64_t generation = 0;
    assert_int_equal(asks(w, way, &asker, &generation), TOKEN_READY);
    assert_int_equal(generation, expected);
}

static inline struct token_view view_of(struct world *w, int way)
{
    struct token_view view = { 0 };
    assert_true(tokens_find(w->tokens, SPAN("s1"), span_of(rows[way].name), &view));
    return view;
}

static inline void compare(struct span bytes, void *user)
{
    if (!span_is(bytes, user))
        fail_msg("expected %s", (const char *)user);
}

/* NULL: there is none. */
static inline void vault_has(struct world *w, const char *field, const char *value)
{
    const struct secret *secret = NULL;
    enum err err = w->services.secrets.lend(w->services.secrets.self, SPAN("s1"), span_of(field), &secret);
    assert_int_equal(err, value ? OK : ERR_NOT_FOUND);
    if (value)
        secret_lend(secret, compare, (void *)(uintptr_t)value);
}

static struct {
    int done;
} answers;

static inline void answered(struct token_obtain *obtain)
{
    (void)obtain;
    answers.done++;
}

static inline void connects(struct world *w, int way, struct token_obtain *obtain)
{
    answers.done = 0;
    *obtain = (struct token_obtain){ .store = the_store(w), .way = &ways[way], .done = answered };
    tokens_obtain(w->tokens, obtain, w->now_ms);
    assert_int_equal(answers.done, 0);
}

static inline void connected(struct world *w, int way, const char *json)
{
    struct token_obtain obtain;
    connects(w, way, &obtain);
    settle(w);
    gives(w, json);
    settle(w);
    assert_int_equal(answers.done, 1);
    assert_int_equal(obtain.err, OK);
    json_decref(obtain.learnt);
}

static inline void connected_with_pair(struct world *w, int way)
{
    connected(w, way, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600}");
}

static inline int64_t number(struct world *w, const char *sql);
static inline enum err take_number(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static inline int64_t number(struct world *w, const char *sql)
{
    int64_t n = -1;
    struct fault fault;
    assert_int_equal(db_each(w->db, &fault, sql, DB_NONE, take_number, &n), OK);
    return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)

#endif
