/* fresh.c - the run: a gateway in a seam of virtual time, attempts on their way to model shops, and steps by chance. */
#include "tests/simulation/fresh_inside.h"

#include "tests/simulation/memvfs.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 700, SPIN = 100000 };

int fresh_roll(struct fresh *run, int sides)
{
    return (int)dice_between(&run->random, 0, sides - 1);
}

void fresh_note(struct fresh *run, const char *format, ...)
{
    char line[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_printf(&run->result->transcript, "%lld %s\n", (long long)run->now_ms, line);
}

static void say_broken(struct fresh *run, const char *what, const char *subject)
{
    if (run->result->broken++ == 0)
        snprintf(run->result->first, sizeof(run->result->first), "seed %llu, t=%lld: %s: %.160s",
                 (unsigned long long)run->options->seed, (long long)run->now_ms, what, subject);
    fresh_note(run, "BROKEN %s: %s", what, subject);
}

void fresh_broken(struct fresh *run, const struct asked *asked, const char *what)
{
    char subject[400];
    snprintf(subject, sizeof(subject), "%u of app %d: %s %s", asked->serial, asked->app, asked->path, asked->body);
    say_broken(run, what, subject);
}

static void shop_broke(void *self, const char *what, const char *subject)
{
    say_broken(self, what, subject);
}

/* ---- the seam ------------------------------------------------------------------------------------------------------ */

static int64_t env_now(void *self)
{
    return ((struct fresh *)self)->now_ms;
}

static int64_t env_wall(void *self)
{
    return (int64_t)WALL_START * 1000 + ((struct fresh *)self)->now_ms;
}

static void env_random(void *self, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)fresh_roll(self, 256);
}

static bool exec_post(void *self, struct job *job)
{
    struct fresh *run = self;
    struct job **last = &run->heavy;
    job->next = NULL;
    if (job->worker == WORKER_WRITER) {
        writer_push(&run->house.writer, job);
        return true;
    }
    while (*last)
        last = &(*last)->next;
    *last = job;
    return true;
}

static void end_jobs(struct job *job)
{
    while (job) {
        struct job *next = job->next;
        job->done(job);
        job = next;
    }
}

static bool run_jobs(struct fresh *run)
{
    struct fault fault = { 0 };
    struct job *job = run->heavy, *done = NULL;
    bool any = job || run->house.writer.n > 0;
    if (job) {
        run->heavy = job->next;
        job->next = NULL;
        job->run(job, NULL);
        job->done(job);
    }
    if (run->house.writer.n > 0 && house_batch(&run->house, &done, &fault))
        say_broken(run, "the writer failed", fault.text);
    end_jobs(done);
    return any;
}

/* One write to a level at a time, whatever each calls it. */
static void look_at_levels(struct fresh *run, const struct wire_turn *turn)
{
    for (size_t i = 0; i < run->n_turns; i++) {
        if (run->turns[i].tenant == turn->tenant && run->turns[i].levels & turn->levels)
            say_broken(run, "two writes to a level at once", turn->attempt->url);
    }
}

static void http_send(void *self, struct attempt *attempt)
{
    struct fresh *run = self;
    struct wire_turn *turn = &run->turns[run->n_turns];
    assert(run->n_turns < OPEN_MAX);
    shop_take(&run->shop, attempt, run->now_ms, turn);
    look_at_levels(run, turn);
    run->n_turns++;
    run->result->attempts++;
    run->result->packed += strstr((const char *)attempt->url, "/levels/") &&
                           memmem(attempt->body.p ? attempt->body.p : "", attempt->body.n, "rows", 4);
    run->result->lists_for_gets += strstr(attempt->url, "ids=") != NULL;
    fresh_note(run, "attempt T%d.k%d %s %s %.*s fate %d until %lld", turn->tenant, turn->key, attempt->method,
               attempt->url, SPAN_ARG(attempt->body), (int)turn->mishap, (long long)turn->end_ms);
}

static void end_turn(struct fresh *run, size_t i)
{
    struct wire_turn turn = run->turns[i];
    struct header headers[4];
    memmove(&run->turns[i], &run->turns[i + 1], (--run->n_turns - i) * sizeof(turn));
    shop_end(&run->shop, &turn, headers, run->now_ms);
    struct attempt *a = turn.attempt;
    run->result->unchanged += a->status == 304;
    fresh_note(run, "answer %s %s: wire %d status %d %s %.*s", a->method, a->url, (int)a->wire, a->status, turn.control,
               (int)(a->reply.n > SHOWN ? SHOWN : a->reply.n), a->reply.p ? a->reply.p : "");
    a->done(a);
}

static void http_cancel(void *self, struct attempt *attempt)
{
    struct fresh *run = self;
    size_t i = 0;
    while (i < run->n_turns && run->turns[i].attempt != attempt)
        i++;
    assert(i < run->n_turns);
    buf_release(&run->turns[i].body);
    memmove(&run->turns[i], &run->turns[i + 1], (--run->n_turns - i) * sizeof(run->turns[0]));
    attempt->wire = WIRE_CANCELLED;
    attempt->sent = true;
    attempt->end_ms = run->now_ms;
    attempt->done(attempt);
}

static void server_reply(void *self, struct request *request, struct reply *reply)
{
    struct fresh *run = self;
    struct asked *asked = request->user;
    const struct buf *body = &reply->body;
    fresh_note(run, "reply %u: %d %.*s", asked->serial, reply->status, (int)(body->n > SHOWN ? SHOWN : body->n),
               body->p ? body->p : "");
    for (size_t i = 0; i < reply->n_headers; i++)
        fresh_note(run, "    %.*s: %.*s", SPAN_ARG(reply->headers[i].name), SPAN_ARG(reply->headers[i].value));
    if (asked->ended_ms >= 0)
        fresh_broken(run, asked, "a second reply");
    asked->ended_ms = run->now_ms;
    asked->status = reply->status;
    run->n_open--;
    if (asked->request.admin) {
        buf_clear(&run->admin);
        buf_span(&run->admin, buf_peek(&reply->body));
        if (asked->what == OTHER && reply->status == 200 && asked->number > run->key[asked->tenant])
            run->key[asked->tenant] = (int)asked->number;
    } else {
        fresh_judge(run, asked, reply);
    }
    buf_release(&reply->body);
}

/* ---- asking --------------------------------------------------------------------------------------------------------- */

struct asked *fresh_asked_new(struct fresh *run)
{
    if (run->n_asked == ASKED_MAX || run->n_open == OPEN_MAX)
        return NULL;
    struct asked *asked = mem_zalloc(sizeof(*asked));
    asked->serial = run->n_asked;
    asked->ended_ms = -1;
    asked->wish.max_age_s = -1;
    run->asked[run->n_asked++] = asked;
    return asked;
}

static void add_header(struct asked *asked, const char *name, const char *value)
{
    if (value[0])
        asked->headers[asked->request.n_headers++] = (struct header){ span_of(name), span_of(value) };
}

void fresh_ask(struct fresh *run, struct asked *asked, const char *method, const char *bearer)
{
    char *query = strchr(asked->path, '?');
    size_t n = query ? (size_t)(query - asked->path) : strlen(asked->path);
    struct server_user user = gateway_user(run->house.gateway);
    snprintf(asked->authorization, sizeof(asked->authorization), "Bearer %s", bearer);
    asked->began_ms = run->now_ms;
    asked->key = run->key[asked->tenant];
    asked->request = (struct request){ .method = span_of(method),
                                       .path = { asked->path, n },
                                       .query = span_of(query ? query + 1 : ""),
                                       .headers = asked->headers,
                                       .body = span_of(asked->body),
                                       .admin = strncmp(asked->path, "/admin", 6) == 0,
                                       .peer = SPAN("sim"),
                                       .arrived_ms = run->now_ms,
                                       .user = asked };
    add_header(asked, "Host", "sim");
    add_header(asked, "Authorization", asked->authorization);
    add_header(asked, "Cache-Control", asked->control);
    add_header(asked, "Cartway-Timeout", asked->timeout);
    run->n_open++;
    run->result->calls++;
    fresh_note(run, "ask %u of app %d: %s %s %s [%s] until %lld", asked->serial, asked->app, method, asked->path,
               asked->body, asked->control, (long long)asked->due_ms);
    user.on_request(user.self, &asked->request);
}

/* ---- the world goes on ---------------------------------------------------------------------------------------------- */

static int64_t turn_due(const struct wire_turn *turn)
{
    return turn->is_served || turn->end_ms < turn->serve_ms ? turn->end_ms : turn->serve_ms;
}

static int64_t next_due(const struct fresh *run)
{
    int64_t due = gateway_next(run->house.gateway);
    for (size_t i = 0; i < run->n_turns; i++)
        due = turn_due(&run->turns[i]) < due ? turn_due(&run->turns[i]) : due;
    return due;
}

/* The first that is due: it reaches the shop, or its answer comes. */
static void run_turns(struct fresh *run)
{
    for (size_t i = 0; i < run->n_turns; i++) {
        struct wire_turn *turn = &run->turns[i];
        if (turn_due(turn) > run->now_ms)
            continue;
        if (turn->is_served || turn->end_ms < turn->serve_ms)
            end_turn(run, i);
        else
            shop_serve(&run->shop, turn, run->now_ms);
        return;
    }
}

static void go_on(struct fresh *run, int64_t until_ms)
{
    for (uint32_t turns = 0;; turns++) {
        if (turns > SPIN) {
            say_broken(run, "the loop spins", "");
            return;
        }
        if (fresh_roll(run, 3) && run_jobs(run))
            continue;
        bool busy = run->house.writer.n > 0 || run->heavy;
        int64_t due = next_due(run);
        if (due > until_ms && !busy)
            break;
        if (due > run->now_ms && !busy)
            run->now_ms = due;
        run_turns(run);
        gateway_run(run->house.gateway, run->now_ms);
    }
    run->now_ms = until_ms;
}

/* ---- the run ---------------------------------------------------------------------------------------------------------- */

static void ask_admin(struct fresh *run, const char *path, const char *body)
{
    struct asked *asked = fresh_asked_new(run);
    asked->what = OTHER;
    asked->due_ms = run->now_ms + 30000;
    snprintf(asked->path, sizeof(asked->path), "%s", path);
    snprintf(asked->body, sizeof(asked->body), "%s", body);
    fresh_ask(run, asked, "POST", run->house.admin_key);
    go_on(run, run->now_ms + 10);
}

static void make_stores(struct fresh *run)
{
    char body[256];
    for (int t = 0; t < TENANTS; t++) {
        snprintf(body, sizeof(body),
                 "{\"id\":\"s%d\",\"platform\":\"toy\",\"settings\":{\"site\":\"%s\",\"tenant\":\"%d\"},"
                 "\"credentials\":{\"key\":\"key%d-0\"},\"allow_private\":true}",
                 t, fresh_site(t), t, t);
        ask_admin(run, "/admin/v1/stores", body);
        run->key[t] = 0; /* its serial is none of a key */
    }
}

static void make_apps(struct fresh *run)
{
    for (int i = 0; i < APPS; i++) {
        ask_admin(run, "/admin/v1/apps", fresh_apps[i]);
        const char *key = memmem(run->admin.p, run->admin.n, "cw_app_", 7);
        assert(key);
        memcpy(run->app_key[i], key, KEY_TEXT_BYTES - 1);
    }
}

static bool start(struct fresh *run)
{
    char name[] = "--attempt-ms", value[] = "6000", *arguments[] = { name, value, NULL };
    struct fault fault = { 0 };
    enum err err = options_read(&run->gateway_options, 2, arguments, NULL, &fault);
    struct house_parts parts = { .adapter = fresh_adapter(run->shop.native),
                                 .key_file = run->options->key_file,
                                 .options = &run->gateway_options,
                                 .env = { run, env_now, env_wall, env_random },
                                 .http = { run, http_send, http_cancel },
                                 .exec = { run, exec_post },
                                 .server = { run, server_reply } };
    if (!err)
        err = house_open(&run->house, &parts, &fault);
    if (err)
        say_broken(run, "the gateway does not start", fault.text);
    return !err;
}

static void tear_down(struct fresh *run)
{
    while (run_jobs(run))
        ;
    house_close(&run->house);
    for (uint32_t i = 0; i < run->n_asked; i++)
        free(run->asked[i]);
    free(run->asked);
    buf_release(&run->admin);
    shop_release(&run->shop);
    memvfs_free(run->disk);
    options_release(&run->gateway_options);
}

static struct fresh *fresh_new(const struct fresh_options *options, struct fresh_result *result)
{
    struct fresh *run = mem_zalloc(sizeof(*run));
    *result = (struct fresh_result){ 0 };
    buf_init(&result->transcript, 256 << 20);
    buf_init(&run->admin, 1 << 20);
    run->options = options;
    run->result = result;
    run->random = options->seed;
    run->now_ms = 1000;
    run->asked = mem_zalloc(ASKED_MAX * sizeof(*run->asked));
    run->disk = memvfs_new("disk", options->seed);
    shop_init(&run->shop, options->seed % 2, &run->random, shop_broke, run);
    return run;
}

void fresh_run(const struct fresh_options *options, struct fresh_result *result)
{
    struct fresh *run = fresh_new(options, result);
    if (start(run)) {
        make_stores(run);
        make_apps(run);
        for (uint32_t i = 0; i < options->steps; i++) {
            fresh_draw(run);
            go_on(run, run->now_ms + (fresh_roll(run, 5) ? fresh_roll(run, 900) : fresh_roll(run, 8000)));
        }
        go_on(run, run->now_ms + 200000);
        fresh_judge_end(run);
    }
    tear_down(run);
    free(run);
}
