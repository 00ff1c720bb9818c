/*
 * test_tokens.c - the keeper of tokens against a database, a vault, and a provider that does what each test says.
 *
 * Time is a number, jobs wait until `commit`, exchanges wait for `gives`, `says` or `breaks`; a crash drops all that
 * the process knew.  The exchange itself is not asked: what it gives is written into it here.
 */
#include "oauth/tokens_work.h"

#define exchange_start fake_start
static void fake_start(struct exchange *x);
#include "oauth/tokens_exchange.c"
#undef exchange_start

#include "core/db.h"
#include "core/metrics.h"
#include "core/timers.h"
#include "oauth/master_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS_ (24 * HOUR_MS)
#define WALL_MS INT64_C(1800000000000)
enum { MOST_OUT_HERE = 32, EVENTS_MAX = 64 };

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

static int64_t now_of(void *self)
{
    return ((struct world *)self)->now_ms;
}

static int64_t wall_of(void *self)
{
    struct world *w = self;
    return w->wall_ms + w->now_ms;
}

static void random_of(void *self, void *out, size_t n)
{
    struct world *w = self;
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] =
            (unsigned char)((w->random = w->random * 6364136223846793005u + 1442695040888963407u) >> 56);
}

static bool post(void *self, struct job *job)
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

static void fake_start(struct exchange *x)
{
    struct world *w = the_world;
    assert_true(w->n_out < MOST_OUT_HERE);
    assert_true(x->is_single && x->is_secret && x->tokens_of && x->endpoint && x->data->is_secret);
    w->out[w->n_out++] = x;
    w->n_started++;
}

/* One job, in a transaction of its own. */
static bool commit_one(struct world *w)
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

static void commit(struct world *w)
{
    while (commit_one(w)) {
    }
}

static void run(struct world *w)
{
    services_at(&w->services, w->now_ms);
    timers_run(&w->timers, w->now_ms);
    tokens_run(w->tokens, w->now_ms);
}

/* Until nothing happens by itself but exchanges. */
static void settle(struct world *w)
{
    for (int i = 0; i < 50; i++) {
        run(w);
        commit(w);
    }
}

static void wait_ms(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    settle(w);
}

static void hear(void *user, const struct token_view *view, enum token_event event, int64_t now_ms)
{
    struct world *w = user;
    assert_true(view->store && view->way && now_ms <= w->now_ms);
    assert_true(w->n_events < EVENTS_MAX);
    w->events[w->n_events++] = event;
}

static void begin(struct world *w)
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

static void end(struct world *w)
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
static void crash(struct world *w, int64_t later_ms)
{
    w->is_closed = true; /* nothing more is written */
    end(w);
    w->is_closed = false;
    w->wall_ms += w->now_ms + later_ms - 1000;
    w->now_ms = 1000;
    begin(w);
}

static void make_store(struct world *w, const char *id)
{
    struct store_change *change = NULL;
    struct fault fault = { 0 };
    json_t *settings = json_object();
    assert_int_equal(stores_create(w->stores, span_of(id), &platform, settings, true, wall_of(w), &fault, &change), OK);
    assert_int_equal(store_change_write(change, w->db, &fault), OK);
    store_change_done(w->stores, change, true);
    json_decref(settings);
}

static void remove_store(struct world *w, const char *id)
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

static int world_make(void **state)
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

static int world_drop(void **state)
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

/* ---- the provider
 * ---------------------------------------------------------------------------------------------------- */

static struct exchange *take_exchange(struct world *w)
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

static void gives(struct world *w, const char *json)
{
    struct exchange *x = take_exchange(w);
    x->upstream.status = 200;
    buf_span(x->data, span_of(json));
    x->done(x);
}

static void pair(struct world *w, int n)
{
    char json[128];
    snprintf(json, sizeof(json), "{\"access_token\":\"a%d\",\"refresh_token\":\"r%d\",\"expires_in\":3600}", n, n);
    gives(w, json);
}

/* A row of the adapter's errors held; verdict 0: none did. */
static void says(struct world *w, int status, const char *code, enum cw_verdict verdict)
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

static void breaks(struct world *w, enum wire wire, bool sent)
{
    struct exchange *x = take_exchange(w);
    x->attempt.wire = wire;
    x->attempt.sent = sent;
    x->err = fault_set(&x->fault, ERR_STORE_TIMEOUT, "the shop's connection: %s", wire_name(wire));
    x->done(x);
}

/* ---- who asks
 * --------------------------------------------------------------------------------------------------------- */

struct asker {
    struct token_wait wait;
    int told;
    enum err err;
};

static void told(struct token_wait *wait, enum err err, const struct fault *fault)
{
    struct asker *asker = (struct asker *)wait;
    assert_null(wait->link);
    assert_true(err == OK || fault->text[0]);
    asker->told++;
    asker->err = err;
}

static const struct store *the_store(struct world *w)
{
    return stores_find(w->stores, SPAN("s1"));
}

static enum token_answer asks(struct world *w, int way, struct asker *asker, uint64_t *generation)
{
    struct fault fault = { 0 };
    *asker = (struct asker){ .wait.done = told };
    enum token_answer answer =
        w->source.ask(w->source.self, the_store(w), &ways[way], &asker->wait, w->now_ms, generation, &fault);
    assert_int_equal(answer == TOKEN_LOST, fault.err == ERR_STORE_REAUTH_REQUIRED);
    return answer;
}

static enum token_answer is_refused(struct world *w, int way, struct asker *asker, uint64_t generation)
{
    struct fault fault = { 0 };
    *asker = (struct asker){ .wait.done = told };
    enum token_answer answer =
        w->source.refused(w->source.self, the_store(w), &ways[way], generation, &asker->wait, w->now_ms, &fault);
    assert_int_equal(answer == TOKEN_LOST, fault.err == ERR_STORE_REAUTH_REQUIRED);
    return answer;
}

static void works(struct world *w, int way, uint64_t generation)
{
    w->source.worked(w->source.self, the_store(w), &ways[way], generation, w->now_ms);
}

static void ready_with(struct world *w, int way, uint64_t expected)
{
    struct asker asker;
    uint64_t generation = 0;
    assert_int_equal(asks(w, way, &asker, &generation), TOKEN_READY);
    assert_int_equal(generation, expected);
}

static struct token_view view_of(struct world *w, int way)
{
    struct token_view view = { 0 };
    assert_true(tokens_find(w->tokens, SPAN("s1"), span_of(rows[way].name), &view));
    return view;
}

static void compare(struct span bytes, void *user)
{
    if (!span_is(bytes, user))
        fail_msg("expected %s", (const char *)user);
}

/* NULL: there is none. */
static void vault_has(struct world *w, const char *field, const char *value)
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

static void answered(struct token_obtain *obtain)
{
    (void)obtain;
    answers.done++;
}

static void connects(struct world *w, int way, struct token_obtain *obtain)
{
    answers.done = 0;
    *obtain = (struct token_obtain){ .store = the_store(w), .way = &ways[way], .done = answered };
    tokens_obtain(w->tokens, obtain, w->now_ms);
    assert_int_equal(answers.done, 0);
}

static void connected(struct world *w, int way, const char *json)
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

static void connected_with_pair(struct world *w, int way)
{
    connected(w, way, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":3600}");
}

static int64_t number(struct world *w, const char *sql);
static enum err take_number(const struct db_row *row, void *user)
{
    *(int64_t *)user = db_row_i64(row, 0);
    return OK;
}

static int64_t number(struct world *w, const char *sql)
{
    int64_t n = -1;
    struct fault fault;
    assert_int_equal(db_each(w->db, &fault, sql, DB_NONE, take_number, &n), OK);
    return n;
}

/* ---- the way of a pair
 * ------------------------------------------------------------------------------------------------- */

static void test_connects(void **state)
{
    struct world *w = *state;
    struct token_obtain obtain;
    struct asker asker;
    uint64_t generation;
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
    connects(w, CODE, &obtain);
    run(w);
    assert_int_equal(w->n_out, 0); /* the intent is not on the disk yet */
    assert_true(commit_one(w));
    assert_int_equal(w->n_out, 1);
    assert_int_equal(number(w, "select count(*) from tokens where intent_ms > 0 and generation = 0"), 1);
    gives(w, "{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":\"3600\",\"shop_id\":\"77\",\"scope\":"
             "\"b\"}");
    vault_has(w, "code/access_token", NULL);
    assert_int_equal(view_of(w, CODE).state, TOKEN_REFRESHING);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST); /* it is not on the disk yet */
    assert_true(commit_one(w));
    assert_int_equal(answers.done, 0);
    run(w);
    assert_int_equal(answers.done, 1);
    assert_int_equal(obtain.err, OK);
    assert_string_equal(json_string_value(json_object_get(obtain.learnt, "shop_id")), "77");
    json_decref(obtain.learnt);
    ready_with(w, CODE, 1);
    vault_has(w, "code/access_token", "a1");
    vault_has(w, "code/refresh_token", "r1");
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_FRESH);
    assert_int_equal(view.obtained_ms, WALL_MS + 1000);
    assert_int_equal(view.expires_ms, WALL_MS + 1000 + HOUR_MS);
    assert_int_equal(view.last_refresh_ms, 0);
    assert_string_equal(view.scope, "b");
    assert_int_equal(w->n_events, 1);
    assert_int_equal(w->events[0], TOKEN_EVENT_CONNECTED);
    crash(w, 0);
    ready_with(w, CODE, 1);
    assert_int_equal(w->n_out, 0);
}

static void test_ahead(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    ready_with(w, CODE, 1);
    int64_t next_ms = tokens_next(w->tokens);
    assert_in_range(next_ms, 1000 + HOUR_MS - 690000, 1000 + HOUR_MS - 90000);
    assert_int_equal(view_of(w, CODE).next_refresh_ms, WALL_MS + next_ms);
    wait_ms(w, next_ms - w->now_ms - 1);
    assert_int_equal(w->n_out, 0);
    wait_ms(w, 1);
    assert_int_equal(w->n_out, 1);
    assert_string_equal(w->out[0]->endpoint->row->name, "_refresh");
    ready_with(w, CODE, 1); /* meanwhile */
    pair(w, 2);
    ready_with(w, CODE, 1); /* it is not on the disk yet */
    settle(w);
    ready_with(w, CODE, 2);
    vault_has(w, "code/access_token", "a2");
    vault_has(w, "code/refresh_token", "r2");
    vault_has(w, "code/old_refresh_token", "r1");
    works(w, CODE, 1); /* by the one before: says nothing */
    settle(w);
    vault_has(w, "code/old_refresh_token", "r1");
    works(w, CODE, 2);
    settle(w);
    vault_has(w, "code/old_refresh_token", NULL);
    assert_int_equal(w->n_started, 2);
}

static void test_one_for_all(void **state)
{
    struct world *w = *state;
    struct asker askers[4];
    uint64_t generation;
    connected_with_pair(w, CODE);
    w->now_ms += 2 * HOUR_MS;
    for (int i = 0; i < 4; i++)
        assert_int_equal(asks(w, CODE, &askers[i], &generation), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    w->source.leave(w->source.self, &askers[1].wait);
    pair(w, 2);
    for (int i = 0; i < 4; i++)
        assert_int_equal(askers[i].told, 0);
    settle(w);
    for (int i = 0; i < 4; i++)
        assert_int_equal(askers[i].told, i != 1);
    ready_with(w, CODE, 2);
}

static void test_refused(void **state)
{
    struct world *w = *state;
    struct asker a, b, c;
    connected_with_pair(w, CODE);
    assert_int_equal(is_refused(w, CODE, &a, 1), TOKEN_LOST); /* it was just given */
    ready_with(w, CODE, 1);
    works(w, CODE, 1);
    wait_ms(w, 1000);
    assert_int_equal(is_refused(w, CODE, &a, 1), TOKEN_WAITS);
    assert_int_equal(is_refused(w, CODE, &b, 1), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    pair(w, 2);
    settle(w);
    assert_true(a.told == 1 && b.told == 1 && a.err == OK);
    assert_int_equal(is_refused(w, CODE, &c, 1), TOKEN_READY); /* with the one before */
    assert_int_equal(is_refused(w, CODE, &c, 2), TOKEN_LOST);
    settle(w);
    assert_int_equal(w->n_started, 2);
}

static void test_unclear(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    breaks(w, WIRE_TIMEOUT, true);
    settle(w);
    ready_with(w, CODE, 1);
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_REFRESH_FAILED);
    assert_int_equal(view.failures, 1);
    assert_non_null(strstr(view.last_error, "store_timeout"));
    assert_int_equal(w->events[1], TOKEN_EVENT_REFRESH_FAILED);
    wait_ms(w, 1000);
    vault_has(w, "code/refresh_token", "r1");
    says(w, 503, "", 0);
    settle(w);
    wait_ms(w, 2000);
    says(w, 400, "temporarily_unavailable", 0);
    settle(w);
    wait_ms(w, 4000);
    gives(w, "<html>oops");
    settle(w);
    assert_int_equal(view_of(w, CODE).failures, 4);
    wait_ms(w, 8000);
    assert_int_equal(number(w, "select intent_n from tokens"), 5);
    pair(w, 2);
    settle(w);
    ready_with(w, CODE, 2);
    view = view_of(w, CODE);
    assert_true(view.state == TOKEN_FRESH && view.failures == 0 && !*view.last_error);
    assert_int_equal(number(w, "select intent_n from tokens"), 0);
}

static void test_reauth(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    works(w, CODE, 1);
    wait_ms(w, HOUR_MS - 90000);
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    ready_with(w, CODE, 1); /* the access token lives */
    for (int i = 0; i < 2; i++) {
        struct token_view view = view_of(w, CODE);
        assert_int_equal(view.state, TOKEN_REAUTH_REQUIRED);
        assert_non_null(strstr(view.evidence, "\"status\":400,\"code\":\"invalid_grant\""));
        assert_non_null(strstr(view.evidence, "\"generation\":1"));
        json_t *evidence = json_loads(view.evidence, 0, NULL);
        assert_non_null(evidence);
        json_decref(evidence);
        crash(w, 0); /* it stays so */
        settle(w);
    }
    wait_ms(w, 2 * HOUR_MS);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
    settle(w);
    assert_int_equal(w->n_out, 0);
    connected(w, CODE, "{\"access_token\":\"a9\",\"refresh_token\":\"r9\",\"expires_in\":3600}");
    ready_with(w, CODE, 2);
    assert_int_equal(view_of(w, CODE).state, TOKEN_FRESH);
}

/* ---- crashes
 * ----------------------------------------------------------------------------------------------------------- */

static void test_open_intent(void **state)
{
    struct world *w = *state;
    connected_with_pair(w, CODE);
    wait_ms(w, HOUR_MS - 90000);
    assert_int_equal(w->n_out, 1); /* it is out, and whether it was done nobody knows */
    crash(w, 50);
    settle(w);
    assert_int_equal(w->n_out, 1);
    vault_has(w, "code/refresh_token", "r1");
    pair(w, 3);   /* the provider takes the old one still */
    crash(w, 50); /* and the answer was not written */
    settle(w);
    vault_has(w, "code/refresh_token", "r1");
    says(w, 400, "invalid_grant", CW_REAUTH);
    settle(w);
    struct token_view view = view_of(w, CODE);
    assert_int_equal(view.state, TOKEN_REAUTH_REQUIRED);
    assert_non_null(strstr(view.evidence, "\"open_intents\":2"));
}

/* ---- the store goes
 * ------------------------------------------------------------------------------------------------------ */

static void test_removed(void **state)
{
    struct world *w = *state;
    struct asker asker;
    uint64_t generation;
    connected_with_pair(w, CODE);
    w->now_ms += 2 * HOUR_MS;
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_WAITS);
    settle(w);
    assert_int_equal(w->n_out, 1);
    remove_store(w, "s1");
    assert_true(asker.told == 1 && asker.err == ERR_NOT_FOUND);
    make_store(w, "s1"); /* another one of this name */
    w->now_ms += 1;
    pair(w, 2);
    settle(w);
    vault_has(w, "code/access_token", NULL);
    assert_int_equal(number(w, "select count(*) from tokens"), 0);
    assert_int_equal(asks(w, CODE, &asker, &generation), TOKEN_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_drop)
        TEST(test_connects), TEST(test_ahead),  TEST(test_one_for_all), TEST(test_refused),
        TEST(test_unclear),  TEST(test_reauth), TEST(test_open_intent), TEST(test_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
