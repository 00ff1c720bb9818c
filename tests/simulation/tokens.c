/*
 * tokens.c - a gateway whose stores have tokens, killed at any call of the seam (tokens.h).
 *
 * A kill is a moment at which the disk forgets what was not synced; the call of the seam in which it comes returns, and
 * whatever the gateway does until the turn is over has no effect.  Then its memory is given back, time goes by, and
 * another one starts on the same disk.
 *
 *     t=3,012,044   the intent is committed          t=3,012,046   POST /oauth/token leaves
 *     t=3,012,050   kill                             t=3,012,058   it arrives all the same: the provider rotates
 *     t=3,013,200   start; the open intent is found, and the same token goes out
 */
#include "tests/simulation/tokens_inside.h"

#include "oauth/tokens.h"
#include "tests/simulation/dice.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- chance ----------------------------------------------------------------------------------------------------- */

static uint64_t draw(struct sim *sim)
{
    return dice_draw(&sim->random);
}

uint32_t sim_roll(struct sim *sim, uint32_t sides)
{
    return (uint32_t)(draw(sim) % sides);
}

void sim_broken(struct sim *sim, const char *what, const char *subject)
{
    if (sim->result->broken++ == 0)
        snprintf(sim->result->first, sizeof(sim->result->first), "%s, seed %llu, kill %u (at %llu), t=%lld: %s: %s",
                 sim->options->provider, (unsigned long long)sim->options->seed, sim->result->kills,
                 (unsigned long long)sim->options->kill_at, (long long)sim->now_ms, what, subject);
}

/* ---- the seam ------------------------------------------------------------------------------------------------------
 */

static void kill_now(struct sim *sim)
{
    sim->is_dark = true;
    sim->fuse = 0;
    sim->result->kills++;
    memvfs_crash(sim->disk);
}

/* Each call of the seam comes by here, and may be the last. */
void sim_seam(struct sim *sim)
{
    if (sim->is_dark || !sim->house.gateway)
        return;
    sim->seam++;
    bool is_hot = tokens_out(sim->house.gateway->tokens) > 0;
    if (sim->fuse > 0 && (is_hot || !sim->fuse_is_hot) && --sim->fuse == 0)
        kill_now(sim);
    else if (sim->kill_at > 0 && sim->seam == sim->kill_at)
        kill_now(sim);
}

int64_t sim_env_now(void *self)
{
    const struct sim *sim = self;
    return sim->now_ms - sim->boot_ms;
}

int64_t sim_env_wall(void *self)
{
    return WALL_START + ((struct sim *)self)->now_ms;
}

static void env_random(void *self, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)draw(self);
}

static bool exec_post(void *self, struct job *job)
{
    struct sim *sim = self;
    sim_seam(sim);
    job->next = NULL;
    if (job->worker != WORKER_WRITER)
        return false; /* no answer here is that long */
    writer_push(&sim->house.writer, job);
    return true;
}

static void run_jobs(struct sim *sim)
{
    struct fault fault = { 0 };
    struct job *done = NULL;
    sim_seam(sim);
    if (!sim->is_dark && sim->fuse == 1 && sim_roll(sim, 2)) /* in the middle of the commit */
        memvfs_fail(sim->disk, sim_roll(sim, 2) ? MEMVFS_SYNC_ERROR : MEMVFS_WRITE_ERROR, sim_roll(sim, 3), 1);
    bool is_dead = house_batch(&sim->house, &done, &fault) != OK;
    memvfs_fail(sim->disk, MEMVFS_SYNC_ERROR, 0, 0);
    memvfs_fail(sim->disk, MEMVFS_WRITE_ERROR, 0, 0);
    if (is_dead && !sim->is_dark)
        kill_now(sim); /* what is on the disk is not known: the process ends */
    while (done) {
        struct job *job = done;
        done = job->next;
        sim_seam(sim);
        if (sim->is_dark && job->err == OK)
            job->err = fault_set(&job->fault, ERR_INTERNAL, "killed");
        job->done(job);
    }
}

/* ---- apps ------------------------------------------------------------------------------------------------------- */

static void server_reply(void *self, struct request *request, struct reply *reply)
{
    struct sim *sim = self;
    struct asked *asked = request->user;
    size_t i = 0;
    while (sim->asked[i] != asked)
        i++;
    sim->asked[i] = sim->asked[--sim->n_asked];
    sim->last_status = reply->status;
    if (!sim->is_dark && reply->status == 500)
        sim_broken(sim, "a reply was 500", asked->path);
    const char *key = reply->body.n ? memmem(reply->body.p, reply->body.n, "cw_app_", 7) : NULL;
    if (key && !sim->app_key[0]) {
        memcpy(sim->app_key, key, KEY_TEXT_BYTES - 1);
        sim->app_key[strcspn(sim->app_key, "\"")] = '\0';
    }
    buf_release(&reply->body);
    free(asked->path);
    free(asked);
}

static void ask(struct sim *sim, bool admin, const char *method, const char *path, const char *body)
{
    struct asked *asked = mem_zalloc(sizeof(*asked));
    asked->path = mem_dup(span_of(path));
    snprintf(asked->authorization, sizeof(asked->authorization), "Bearer %s",
             admin ? sim->house.admin_key : sim->app_key);
    asked->headers[0] = (struct header){ SPAN("Host"), SPAN("sim") };
    asked->headers[1] = (struct header){ SPAN("Authorization"), span_of(asked->authorization) };
    asked->request = (struct request){ .method = span_of(method),
                                       .path = span_of(asked->path),
                                       .headers = asked->headers,
                                       .n_headers = 2,
                                       .body = span_of(body),
                                       .admin = admin,
                                       .peer = SPAN("sim"),
                                       .arrived_ms = sim_env_now(sim),
                                       .user = asked };
    assert(sim->n_asked < MAX_PENDING);
    sim->asked[sim->n_asked++] = asked;
    struct server_user user = gateway_user(sim->house.gateway);
    user.on_request(user.self, &asked->request);
}

static void call(struct sim *sim, const struct shop *shop)
{
    char path[64];
    snprintf(path, sizeof(path), "/v1/stores/%s/orders", shop->id);
    sim->result->calls++;
    ask(sim, false, "GET", path, NULL);
}

/* ---- start and kill --------------------------------------------------------------------------------------------- */

static bool start(struct sim *sim)
{
    struct fault fault = { 0 };
    struct house_parts parts = { .adapter = sim->dialect->adapter,
                                 .key_file = sim->options->key_file,
                                 .options = &sim->gateway_options,
                                 .env = { sim, sim_env_now, sim_env_wall, env_random },
                                 .http = { sim, sim_http_send, sim_http_cancel },
                                 .exec = { sim, exec_post },
                                 .server = { sim, server_reply } };
    if (house_open(&sim->house, &parts, &fault)) {
        sim_broken(sim, "the gateway does not start", fault.text);
        return false;
    }
    tokens_listen(sim->house.gateway->tokens, sim_hear, sim);
    return true;
}

/* Gives back the memory of one that is no more; what it sent goes its way. */
static void tear_down(struct sim *sim)
{
    sim->is_dark = true;
    for (bool is_busy = true; is_busy;) {
        is_busy = false;
        for (size_t i = 0; i < sim->n_pending; i++) {
            struct attempt *a = sim->pending[i].attempt;
            if (!a)
                continue;
            sim->pending[i].attempt = NULL;
            sim->pending[i].never_arrives |= !sim->pending[i].has_arrived && sim_roll(sim, 2);
            a->wire = WIRE_CANCELLED;
            a->end_ms = sim_env_now(sim);
            a->done(a);
            is_busy = true;
        }
        if (sim->house.writer.n > 0) {
            run_jobs(sim);
            is_busy = true;
        }
    }
    while (sim->n_asked > 0) {
        struct asked *asked = sim->asked[--sim->n_asked];
        free(asked->path);
        free(asked);
    }
    for (size_t i = 0; i < sim->n_shops; i++) {
        json_decref(sim->shops[i].obtain.args);
        sim->shops[i].obtain.args = NULL;
        sim->shops[i].is_connecting = false;
    }
    house_close(&sim->house);
    sim->is_dark = false;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

static void forget_pending(struct sim *sim, size_t i)
{
    sim->pending[i].attempt = NULL;
    sim_finish(sim, i);
}

/* One thing that happens out there, if it is due. */
static bool happens(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_pending; i++) {
        struct pending *p = &sim->pending[i];
        if (!p->has_arrived && p->never_arrives) {
            if (p->attempt)
                continue; /* of one that is torn down later in this turn */
            forget_pending(sim, i);
            return true;
        }
        if (!p->has_arrived && p->arrive_ms <= sim->now_ms) {
            sim_seam(sim);
            sim_arrive(sim, p);
            return true;
        }
        if (p->has_arrived && p->due_ms <= sim->now_ms) {
            sim_finish(sim, i);
            return true;
        }
    }
    return false;
}

static int64_t next_out_there(const struct sim *sim)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < sim->n_pending; i++) {
        int64_t ms = sim->pending[i].has_arrived ? sim->pending[i].due_ms : sim->pending[i].arrive_ms;
        next_ms = ms < next_ms ? ms : next_ms;
    }
    return next_ms;
}

static void restart(struct sim *sim);

static int64_t next_of(const struct sim *sim)
{
    int64_t own_ms = gateway_next(sim->house.gateway), out_ms = next_out_there(sim);
    if (own_ms != INT64_MAX && own_ms != INT64_MIN)
        own_ms += sim->boot_ms;
    return own_ms < out_ms ? own_ms : out_ms;
}

static void go_on(struct sim *sim, int64_t until_ms)
{
    for (uint32_t turns = 0; sim->house.gateway; turns++) {
        if (turns > TURNS_MAX) {
            sim_broken(sim, "the loop spins", "");
            return;
        }
        if (sim->is_dark) {
            restart(sim);
            continue;
        }
        if (sim->house.writer.n > 0 && sim_roll(sim, 3) != 0) {
            run_jobs(sim);
            continue;
        }
        int64_t next_ms = next_of(sim);
        if (next_ms > until_ms && sim->house.writer.n == 0)
            break;
        if (next_ms > sim->now_ms && next_ms <= until_ms && sim->house.writer.n == 0)
            sim->now_ms = next_ms;
        else if (sim->house.writer.n > 0)
            sim->now_ms += sim_roll(sim, 4); /* a commit takes its time */
        if (!happens(sim))
            gateway_run(sim->house.gateway, sim_env_now(sim));
    }
    if (sim->now_ms < until_ms)
        sim->now_ms = until_ms;
}

static void restart(struct sim *sim)
{
    tear_down(sim);
    int64_t down_ms = sim_roll(sim, 8) == 0 ? sim_roll(sim, 200000) : sim_roll(sim, 3000),
            until_ms = sim->now_ms + down_ms;
    while (next_out_there(sim) <= until_ms) {
        int64_t next_ms = next_out_there(sim);
        sim->now_ms = next_ms > sim->now_ms ? next_ms : sim->now_ms;
        happens(sim);
    }
    sim->now_ms = until_ms;
    if (sim_roll(sim, 2)) /* the machine, too */
        sim->boot_ms = sim->now_ms - 1000;
    if (start(sim))
        sim_check_disk(sim);
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static void is_obtained(struct token_obtain *obtain)
{
    struct shop *shop = obtain->owner;
    shop->is_connecting = false;
    json_decref(obtain->args);
    json_decref(obtain->learnt);
    obtain->args = obtain->learnt = NULL;
}

/* A person gives the consent. */
static void connect(struct sim *sim, struct shop *shop)
{
    char code[TOKEN_TEXT];
    const struct store *store = stores_find(sim->house.gateway->stores, span_of(shop->id));
    struct authsim_consent consent = { .shop = shop->host };
    if (shop->is_connecting || !store)
        return;
    bool is_given = authsim_consent(sim->provider, &consent, sim_env_wall(sim), code, sizeof(code));
    assert(is_given);
    (void)is_given;
    sim->result->reconnects += shop->is_lost;
    shop->is_connecting = true;
    shop->obtain = (struct token_obtain){ .store = store,
                                          .way = &store->platform->ways[0],
                                          .args = json_pack("{s:s}", "code", code),
                                          .done = is_obtained,
                                          .owner = shop };
    tokens_obtain(sim->house.gateway->tokens, &shop->obtain, sim_env_now(sim));
}

static void make_shop(struct sim *sim)
{
    char body[512];
    struct shop *shop = &sim->shops[sim->n_shops];
    snprintf(shop->id, sizeof(shop->id), "s%zu", sim->n_shops);
    snprintf(shop->host, sizeof(shop->host), "s%zu.shop.example", sim->n_shops++);
    snprintf(body, sizeof(body),
             "{\"id\":\"%s\",\"platform\":\"toy\",\"settings\":{\"site\":\"http://%s\",\"client_id\":\"%s\"},"
             "\"credentials\":{\"client_secret\":\"%s\"},\"allow_private\":true}",
             shop->id, shop->host, AUTHSIM_CLIENT, AUTHSIM_SECRET);
    ask(sim, true, "POST", "/admin/v1/stores", body);
    go_on(sim, sim->now_ms + 20);
    for (int i = 0; i < 20 && sim->house.gateway && !shop->is_connected; i++) {
        connect(sim, shop);
        go_on(sim, sim->now_ms + 30000);
    }
}

static void open_world(struct sim *sim)
{
    if (!start(sim))
        return;
    ask(sim, true, "POST", "/admin/v1/apps",
        "{\"name\":\"sim\",\"scopes\":[\"orders:read\",\"stores:read\"],\"stores\":[\"*\"]}");
    go_on(sim, sim->now_ms + 20);
    for (uint32_t i = 0; i < sim->options->stores; i++)
        make_shop(sim);
    for (size_t i = 0; i < sim->n_shops; i++) {
        if (!sim->shops[i].is_connected)
            sim_broken(sim, "not connected at first", sim->shops[i].id);
    }
}

static void step(struct sim *sim)
{
    struct shop *shop = &sim->shops[sim_roll(sim, (uint32_t)sim->n_shops)];
    if (shop->is_lost || (!shop->is_connected && !shop->is_connecting))
        connect(sim, shop);
    else
        call(sim, shop);
    go_on(sim, sim->now_ms + 1 + sim_roll(sim, 40000));
}

static bool works(struct sim *sim, const struct shop *shop)
{
    call(sim, shop);
    go_on(sim, sim->now_ms + 60000);
    return sim->last_status == 200;
}

/* Nothing fails any more: whoever is not lost works. */
static void settle(struct sim *sim)
{
    struct tokens_sim_options calm = *sim->options;
    const struct tokens_sim_options *was = sim->options;
    calm.has_faults = false;
    sim->options = &calm;
    sim->fuse = 0;
    sim->kill_at = 0;
    for (int i = 0; i < 9 && sim->house.gateway; i++) {
        for (size_t k = 0; k < sim->n_shops; k++)
            call(sim, &sim->shops[k]);
        go_on(sim, sim->now_ms + HOUR_MS / 6);
    }
    for (size_t k = 0; k < sim->n_shops && sim->house.gateway; k++) {
        struct shop *shop = &sim->shops[k];
        if (shop->is_lost || !shop->is_connected)
            connect(sim, shop);
        go_on(sim, sim->now_ms + 5000);
        if (!works(sim, shop)) /* what the provider gives a day may be used up */
            go_on(sim, (sim->now_ms / DAY_MS + 1) * DAY_MS);
        if (!works(sim, shop))
            sim_broken(sim, "does not work at the end", shop->id);
    }
    sim->options = was;
}

static void set_fuse(struct sim *sim)
{
    sim->fuse_is_hot = sim_roll(sim, 4) != 0;
    sim->fuse = 1 + sim_roll(sim, sim->fuse_is_hot ? 16 : 60);
}

static void run_random(struct sim *sim)
{
    while (sim->house.gateway && sim->result->kills < sim->options->kills && !sim->result->broken) {
        if (sim->fuse == 0)
            set_fuse(sim);
        step(sim);
    }
}

/* From just before the first pair is renewed until the second is used. */
static void run_once(struct sim *sim)
{
    struct token_view view = { 0 };
    call(sim, &sim->shops[0]);
    go_on(sim, sim->now_ms + 1000);
    tokens_find(sim->house.gateway->tokens, span_of(sim->shops[0].id), SPAN("oauth"), &view);
    go_on(sim, view.next_refresh_ms - WALL_START - 2);
    int64_t until_ms = sim->now_ms + HOUR_MS;
    uint64_t began = sim->seam;
    sim->kill_at = sim->options->kill_at ? began + sim->options->kill_at : 0;
    sim->has_refreshed = false;
    while (sim->house.gateway && !sim->has_refreshed && !sim->shops[0].is_lost && sim->now_ms < until_ms) {
        call(sim, &sim->shops[0]);
        go_on(sim, sim->now_ms + 10000);
    }
    call(sim, &sim->shops[0]); /* the first use of the new one */
    go_on(sim, sim->now_ms + 10000);
    sim->result->seam_calls = sim->seam - began;
}

void tokens_sim_run(const struct tokens_sim_options *options, struct tokens_sim_result *result)
{
    struct sim *sim = mem_zalloc(sizeof(*sim));
    struct fault fault = { 0 };
    char *none[] = { NULL };
    *result = (struct tokens_sim_result){ 0 };
    sim->options = options;
    sim->result = result;
    sim->dialect = sim_dialect(options->provider);
    sim->random = options->seed;
    sim->now_ms = 1000;
    enum err err = options_read(&sim->gateway_options, 0, none, NULL, &fault);
    assert(err == OK);
    (void)err;
    sim->provider = authsim_new(options->provider, &(struct authsim_options){ .seed = options->seed });
    sim->disk = memvfs_new("disk", options->seed);
    open_world(sim);
    if (sim->house.gateway && options->kills > 0)
        run_random(sim);
    else if (sim->house.gateway)
        run_once(sim);
    if (sim->house.gateway)
        settle(sim);
    if (sim->house.gateway)
        tear_down(sim);
    while (sim->n_pending > 0)
        forget_pending(sim, 0);
    memvfs_free(sim->disk);
    authsim_free(sim->provider);
    options_release(&sim->gateway_options);
    free(sim);
}
