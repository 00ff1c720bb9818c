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
#include "tests/simulation/tokens.h"

#include "oauth/tokens.h"
#include "tests/authsim/authsim.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/house.h"
#include "tests/simulation/memvfs.h"
#include "tests/simulation/tokens_world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WALL_START INT64_C(1767225600000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS) /* WALL_START is a midnight */
enum { MAX_SHOPS = 64, MAX_PENDING = 256, ISSUED_KEPT = 4096, TURNS_MAX = 200000, TOKEN_TEXT = 512 };
enum { ON_ITS_WAY_MS = 7000 }; /* of a request: after two waits, and at worst 4.1 s under way (http_send) */
enum { STEP_MS = 26000 };      /* how often the keeper tries where it is not known when it is allowed to */

enum mishap { GOOD, BROKEN_BEFORE, HTML_BEFORE, LOST_BEFORE, LOST_AFTER, BROKEN_AFTER, MISHAPS };

struct shop {
    char id[16], host[48];
    struct token_obtain obtain;
    bool is_connecting, is_connected, is_lost;
    uint32_t used;     /* newest access token that a call went with, by its number */
    bool was_good;     /* what was on the disk when it was looked at last would have been taken */
    bool had_old;      /* an older refresh token was there, too */
    bool is_excused;   /* a request of a killed gateway came in between, or the provider failed for long */
    uint32_t refusals; /* since then */
    uint32_t mishaps;  /* in a row */
    int64_t issued_ms; /* when the provider gave the newest pair, whoever has it */
};

struct pending {             /* a request on its way */
    struct attempt *attempt; /* NULL: who sent it was killed */
    struct shop *shop;
    bool is_token, has_arrived, never_arrives;
    char *method, *path, *headers, *body;
    size_t body_n;
    int64_t arrive_ms, due_ms;
    enum mishap mishap;
    int status;
    char *reply;
};

struct asked { /* a request of an app */
    struct request request;
    struct header headers[2];
    char *path, authorization[KEY_TEXT_BYTES + 16];
    struct shop *shop;
};

struct sim {
    const struct tokens_sim_options *options;
    struct tokens_sim_result *result;
    const struct sim_dialect *dialect;
    uint64_t random;
    int64_t now_ms, boot_ms; /* of the world; where the process' clock began */
    struct memvfs *disk;
    struct house house;
    struct options gateway_options;
    struct authsim *provider;
    char app_key[KEY_TEXT_BYTES + 1];
    struct pending pending[MAX_PENDING];
    size_t n_pending, n_asked;
    struct asked *asked[MAX_PENDING];
    struct shop shops[MAX_SHOPS];
    size_t n_shops;
    char issued[ISSUED_KEPT][TOKEN_TEXT]; /* a ring of access tokens, by their number */
    uint32_t n_issued;
    uint64_t seam, kill_at;
    uint32_t fuse; /* calls of the seam, or of those while an exchange is out, until a kill; 0: none */
    bool fuse_is_hot;
    bool is_dark; /* killed: nothing counts any more */
    bool has_refreshed;
    int last_status;
};

/* ---- chance -------------------------------------------------------------------------------------------------------
 */

static uint64_t draw(struct sim *sim)
{
    return dice_draw(&sim->random);
}

static uint32_t roll(struct sim *sim, uint32_t sides)
{
    return (uint32_t)(draw(sim) % sides);
}

static void broken(struct sim *sim, const char *what, const char *subject)
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
static void seam(struct sim *sim)
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

static int64_t env_now(void *self)
{
    const struct sim *sim = self;
    return sim->now_ms - sim->boot_ms;
}

static int64_t env_wall(void *self)
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
    seam(sim);
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
    seam(sim);
    if (!sim->is_dark && sim->fuse == 1 && roll(sim, 2)) /* in the middle of the commit */
        memvfs_fail(sim->disk, roll(sim, 2) ? MEMVFS_SYNC_ERROR : MEMVFS_WRITE_ERROR, roll(sim, 3), 1);
    bool is_dead = house_batch(&sim->house, &done, &fault) != OK;
    memvfs_fail(sim->disk, MEMVFS_SYNC_ERROR, 0, 0);
    memvfs_fail(sim->disk, MEMVFS_WRITE_ERROR, 0, 0);
    if (is_dead && !sim->is_dark)
        kill_now(sim); /* what is on the disk is not known: the process ends */
    while (done) {
        struct job *job = done;
        done = job->next;
        seam(sim);
        if (sim->is_dark && job->err == OK)
            job->err = fault_set(&job->fault, ERR_INTERNAL, "killed");
        job->done(job);
    }
}

/* ---- the provider ---------------------------------------------------------------------------------------------------
 */

static uint32_t number_of(const struct sim *sim, const char *token)
{
    for (uint32_t i = sim->n_issued; i > 0 && i + ISSUED_KEPT > sim->n_issued; i--) {
        if (strcmp(sim->issued[i % ISSUED_KEPT], token) == 0)
            return i;
    }
    return 0;
}

static void note_issued(struct sim *sim, const char *body)
{
    json_t *answer = json_loads(body, 0, NULL);
    const char *token = json_string_value(json_object_get(answer, "access_token"));
    if (token)
        snprintf(sim->issued[++sim->n_issued % ISSUED_KEPT], TOKEN_TEXT, "%s", token);
    json_decref(answer);
}

static void answer_token(struct sim *sim, struct pending *p)
{
    struct authsim_reply reply;
    struct authsim_request request = {
        .method = p->method, .path = p->path, .query = "", .headers = p->headers, .body = p->body, .body_n = p->body_n
    };
    struct authsim_counts before, after;
    authsim_counts(sim->provider, NULL, env_wall(sim), &before);
    authsim_answer(sim->provider, &request, env_wall(sim), &reply);
    authsim_counts(sim->provider, NULL, env_wall(sim), &after);
    p->status = reply.status;
    p->reply = mem_dup((struct span){ reply.body, reply.body_n });
    if (reply.status == 200) {
        note_issued(sim, p->reply);
        p->shop->issued_ms = sim->now_ms;
    }
    if (reply.status != 200 && reply.status != 429 && p->attempt &&
        after.refused[AUTHSIM_TOO_EARLY] == before.refused[AUTHSIM_TOO_EARLY])
        p->shop->refusals++;
    p->shop->is_excused |= reply.status == 429; /* too many errors: it does not even look at the token */
    authsim_reply_release(&reply);
    if (p->attempt)
        return;
    sim->result->late++;
    p->shop->is_excused = true;
}

static void answer_call(struct sim *sim, struct pending *p)
{
    const char *bearer = strstr(p->headers, "Bearer ");
    char token[TOKEN_TEXT] = "";
    if (bearer)
        snprintf(token, sizeof(token), "%.*s", (int)strcspn(bearer + 7, "\r"), bearer + 7);
    bool is_good = authsim_use(sim->provider, token, env_wall(sim)) == AUTHSIM_OK;
    uint32_t number = number_of(sim, token);
    if (is_good && number > p->shop->used)
        p->shop->used = number;
    p->status = is_good ? 200 : 401;
    p->reply = mem_dup(is_good ? SPAN("{\"orders\":[],\"count\":0}") : SPAN("{\"error\":\"unauthorized\"}"));
}

static void arrive(struct sim *sim, struct pending *p)
{
    p->has_arrived = true;
    bool is_done = p->mishap == GOOD || p->mishap == LOST_AFTER || p->mishap == BROKEN_AFTER;
    if (is_done && p->is_token)
        answer_token(sim, p);
    else if (is_done)
        answer_call(sim, p);
}

/* Is what the disk holds of this shop still good for a new pair? */
static void look_at_disk(struct sim *sim, struct shop *shop);

static void finish(struct sim *sim, size_t i)
{
    static const struct {
        enum wire wire;
        int status; /* 0: the provider's */
        const char *body;
    } ends[MISHAPS] = {
        [GOOD] = { WIRE_OK, 0, NULL },
        [BROKEN_BEFORE] = { WIRE_OK, 503, "oops" },
        [HTML_BEFORE] = { WIRE_OK, 200, "<html>oops</html>" },
        [LOST_BEFORE] = { WIRE_TIMEOUT, 0, NULL },
        [LOST_AFTER] = { WIRE_RESET, 0, NULL },
        [BROKEN_AFTER] = { WIRE_OK, 502, "oops" },
    };
    struct pending p = sim->pending[i];
    memmove(&sim->pending[i], &sim->pending[i + 1], (--sim->n_pending - i) * sizeof(p));
    struct attempt *a = p.attempt;
    seam(sim);
    if (a) {
        a->wire = ends[p.mishap].wire;
        a->status = ends[p.mishap].status ? ends[p.mishap].status : p.status;
        a->sent = true;
        a->end_ms = a->first_byte_ms = env_now(sim);
        buf_init(&a->reply, 1 << 20);
        if (a->wire == WIRE_OK)
            buf_span(&a->reply, span_of(ends[p.mishap].body ? ends[p.mishap].body : p.reply));
        if (p.is_token && p.mishap != GOOD && !sim->is_dark && p.shop->is_connected) {
            look_at_disk(sim, p.shop);
            p.shop->is_excused |= ++p.shop->mishaps > 2;
        }
        a->done(a);
    }
    free(p.method);
    free(p.path);
    free(p.headers);
    free(p.body);
    free(p.reply);
}

static struct shop *shop_of(struct sim *sim, const char *url)
{
    const char *host = strstr(url, "://") + 3;
    for (size_t i = 0; i < sim->n_shops; i++) {
        size_t n = strlen(sim->shops[i].host);
        if (strncmp(host, sim->shops[i].host, n) == 0 && host[n] == '/')
            return &sim->shops[i];
    }
    assert(!"a request to nobody");
    return NULL;
}

static char *headers_of(const struct attempt *a, const struct shop *shop)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    buf_printf(&out, "Host: %s\r\n", shop->host);
    for (size_t i = 0; i < a->n_headers; i++)
        buf_printf(&out, "%.*s: %.*s\r\n", SPAN_ARG(a->headers[i].name), SPAN_ARG(a->headers[i].value));
    char *text = mem_dup(buf_peek(&out));
    buf_release(&out);
    return text;
}

static void http_send(void *self, struct attempt *a)
{
    struct sim *sim = self;
    seam(sim);
    assert(sim->n_pending < MAX_PENDING);
    struct shop *shop = shop_of(sim, a->url);
    struct pending *p = &sim->pending[sim->n_pending++];
    int64_t way_ms = roll(sim, 20) == 0 ? 100 + roll(sim, 4000) : 1 + roll(sim, 40);
    *p = (struct pending){ .attempt = a, .shop = shop, .never_arrives = sim->is_dark };
    p->method = mem_dup(span_of(a->method));
    p->path = mem_dup(span_of(strstr(a->url, "://") + 3 + strlen(shop->host)));
    p->headers = headers_of(a, shop);
    p->body = mem_dup(a->body);
    p->body_n = a->body.n;
    p->is_token = strcmp(p->path, sim->dialect->token_path) == 0;
    if (sim->options->has_faults && p->is_token && roll(sim, 5) == 0)
        p->mishap = (enum mishap)(1 + roll(sim, MISHAPS - 1));
    p->arrive_ms = sim->now_ms + way_ms;
    p->due_ms = p->mishap == LOST_BEFORE ? sim->now_ms + a->total_ms : p->arrive_ms + 1 + roll(sim, 40);
    a->sent_ms = env_now(sim);
    seam(sim);
}

static void http_cancel(void *self, struct attempt *attempt)
{
    struct sim *sim = self;
    for (size_t i = 0; i < sim->n_pending; i++) {
        if (sim->pending[i].attempt == attempt)
            sim->pending[i].due_ms = sim->now_ms;
    }
}

/* ---- apps
 * ------------------------------------------------------------------------------------------------------------ */

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
        broken(sim, "a reply was 500", asked->path);
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
                                       .arrived_ms = env_now(sim),
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

/* ---- what must hold
 * --------------------------------------------------------------------------------------------------- */

static void copy_secret(struct span bytes, void *user)
{
    snprintf(user, TOKEN_TEXT, "%.*s", SPAN_ARG(bytes));
}

static bool disk_has(const struct sim *sim, const struct shop *shop, const char *field, char out[TOKEN_TEXT])
{
    struct secret_source source = vault_source(sim->house.gateway->vault);
    const struct secret *secret = NULL;
    char name[64];
    snprintf(name, sizeof(name), "oauth/%s", field);
    out[0] = '\0';
    if (source.lend(source.self, span_of(shop->id), span_of(name), &secret))
        return false;
    secret_lend(secret, copy_secret, out);
    return true;
}

/* Would it be taken, as soon as the provider renews anything of this shop again, and when a request of ours can be
 * there? */
static bool is_good(const struct sim *sim, const struct shop *shop, const char *token)
{
    int64_t not_before_ms = shop->issued_ms + sim->dialect->not_before_ms, at_ms = env_wall((void *)(uintptr_t)sim);
    if (sim->dialect->not_before_ms && WALL_START + not_before_ms > at_ms)
        at_ms = WALL_START + not_before_ms + STEP_MS;
    else
        at_ms += ON_ITS_WAY_MS;
    return authsim_refresh_token(sim->provider, token, at_ms) == AUTHSIM_OK;
}

static void look_at_disk(struct sim *sim, struct shop *shop)
{
    char refresh[TOKEN_TEXT], old[TOKEN_TEXT];
    bool has = disk_has(sim, shop, "refresh_token", refresh);
    shop->had_old = disk_has(sim, shop, "old_refresh_token", old);
    shop->was_good = (has && is_good(sim, shop, refresh)) || (shop->had_old && is_good(sim, shop, old));
    shop->refusals = 0;
}

static void check_disk(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_shops; i++) {
        struct shop *shop = &sim->shops[i];
        char access[TOKEN_TEXT];
        bool has = disk_has(sim, shop, "access_token", access);
        shop->is_connected = has;
        if (!has && shop->used > 0)
            broken(sim, "a token was used and is gone", shop->id);
        if (has && number_of(sim, access) < shop->used)
            broken(sim, "a token was used that is not on the disk", shop->id);
        shop->is_excused = false;
        shop->mishaps = 0;
        look_at_disk(sim, shop);
    }
}

static void hear_lost(struct sim *sim, struct shop *shop, const struct token_view *view)
{
    json_t *evidence = json_loads(view->evidence, 0, NULL);
    sim->result->reauths++;
    if (shop->was_good && !shop->is_excused)
        broken(sim, "lost, although its token was good", view->evidence);
    if (shop->refusals > 1u + shop->had_old && !shop->is_excused)
        broken(sim, "reauth_required came late", view->evidence);
    if (!json_is_integer(json_object_get(evidence, "generation")) || !json_object_get(evidence, "status"))
        broken(sim, "no evidence", shop->id);
    json_decref(evidence);
    shop->is_lost = true;
}

static void hear(void *user, const struct token_view *view, enum token_event event, int64_t now_ms)
{
    struct sim *sim = user;
    (void)now_ms;
    for (size_t i = 0; i < sim->n_shops && !sim->is_dark; i++) {
        struct shop *shop = &sim->shops[i];
        if (strcmp(shop->id, view->store) != 0)
            continue;
        if (event == TOKEN_EVENT_REAUTH_REQUIRED)
            hear_lost(sim, shop, view);
        if (event != TOKEN_EVENT_REFRESHED && event != TOKEN_EVENT_CONNECTED)
            continue;
        sim->result->refreshes += event == TOKEN_EVENT_REFRESHED;
        sim->has_refreshed |= event == TOKEN_EVENT_REFRESHED;
        shop->is_connected = true;
        shop->is_lost = shop->is_excused = false;
        shop->mishaps = 0;
        look_at_disk(sim, shop);
    }
}

/* ---- start and kill
 * ---------------------------------------------------------------------------------------------------- */

static bool start(struct sim *sim)
{
    struct fault fault = { 0 };
    struct house_parts parts = { .adapter = sim->dialect->adapter,
                                 .key_file = sim->options->key_file,
                                 .options = &sim->gateway_options,
                                 .env = { sim, env_now, env_wall, env_random },
                                 .http = { sim, http_send, http_cancel },
                                 .exec = { sim, exec_post },
                                 .server = { sim, server_reply } };
    if (house_open(&sim->house, &parts, &fault)) {
        broken(sim, "the gateway does not start", fault.text);
        return false;
    }
    tokens_listen(sim->house.gateway->tokens, hear, sim);
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
            sim->pending[i].never_arrives |= !sim->pending[i].has_arrived && roll(sim, 2);
            a->wire = WIRE_CANCELLED;
            a->end_ms = env_now(sim);
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

/* ---- time
 * -------------------------------------------------------------------------------------------------------------- */

static void forget_pending(struct sim *sim, size_t i)
{
    sim->pending[i].attempt = NULL;
    finish(sim, i);
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
            seam(sim);
            arrive(sim, p);
            return true;
        }
        if (p->has_arrived && p->due_ms <= sim->now_ms) {
            finish(sim, i);
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
            broken(sim, "the loop spins", "");
            return;
        }
        if (sim->is_dark) {
            restart(sim);
            continue;
        }
        if (sim->house.writer.n > 0 && roll(sim, 3) != 0) {
            run_jobs(sim);
            continue;
        }
        int64_t next_ms = next_of(sim);
        if (next_ms > until_ms && sim->house.writer.n == 0)
            break;
        if (next_ms > sim->now_ms && next_ms <= until_ms && sim->house.writer.n == 0)
            sim->now_ms = next_ms;
        else if (sim->house.writer.n > 0)
            sim->now_ms += roll(sim, 4); /* a commit takes its time */
        if (!happens(sim))
            gateway_run(sim->house.gateway, env_now(sim));
    }
    if (sim->now_ms < until_ms)
        sim->now_ms = until_ms;
}

static void restart(struct sim *sim)
{
    tear_down(sim);
    int64_t down_ms = roll(sim, 8) == 0 ? roll(sim, 200000) : roll(sim, 3000), until_ms = sim->now_ms + down_ms;
    while (next_out_there(sim) <= until_ms) {
        int64_t next_ms = next_out_there(sim);
        sim->now_ms = next_ms > sim->now_ms ? next_ms : sim->now_ms;
        happens(sim);
    }
    sim->now_ms = until_ms;
    if (roll(sim, 2)) /* the machine, too */
        sim->boot_ms = sim->now_ms - 1000;
    if (start(sim))
        check_disk(sim);
}

/* ---- the run
 * ------------------------------------------------------------------------------------------------------------ */

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
    bool is_given = authsim_consent(sim->provider, &consent, env_wall(sim), code, sizeof(code));
    assert(is_given);
    (void)is_given;
    sim->result->reconnects += shop->is_lost;
    shop->is_connecting = true;
    shop->obtain = (struct token_obtain){ .store = store,
                                          .way = &store->platform->ways[0],
                                          .args = json_pack("{s:s}", "code", code),
                                          .done = is_obtained,
                                          .owner = shop };
    tokens_obtain(sim->house.gateway->tokens, &shop->obtain, env_now(sim));
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
            broken(sim, "not connected at first", sim->shops[i].id);
    }
}

static void step(struct sim *sim)
{
    struct shop *shop = &sim->shops[roll(sim, (uint32_t)sim->n_shops)];
    if (shop->is_lost || (!shop->is_connected && !shop->is_connecting))
        connect(sim, shop);
    else
        call(sim, shop);
    go_on(sim, sim->now_ms + 1 + roll(sim, 40000));
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
            broken(sim, "does not work at the end", shop->id);
    }
    sim->options = was;
}

static void set_fuse(struct sim *sim)
{
    sim->fuse_is_hot = roll(sim, 4) != 0;
    sim->fuse = 1 + roll(sim, sim->fuse_is_hot ? 16 : 60);
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
