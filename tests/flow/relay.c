/*
 * relay.c - requests become attempts, answers become replies, and nothing is read on the way.
 */
#include "tests/flow/relay.h"

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/loop/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADERS = 100 };

struct work {
    struct relay *relay;
    struct request *request;
    struct attempt attempt;
    struct buf url, method;
    struct header headers[MAX_HEADERS];
    int64_t cancel_ms; /* 0: not */
    struct work *next;
};

static void work_free(struct work *work)
{
    buf_release(&work->url);
    buf_release(&work->method);
    free(work);
}

static void unlink_work(struct work **list, struct work *work)
{
    for (; *list; list = &(*list)->next) {
        if (*list == work) {
            *list = work->next;
            return;
        }
    }
}

static long number(const struct request *request, const char *name)
{
    struct span value = header_get(request->headers, request->n_headers, name);
    long n = 0;
    for (size_t i = 0; i < value.n && value.p[i] >= '0' && value.p[i] <= '9'; i++)
        n = n * 10 + (value.p[i] - '0');
    return n;
}

static void reply_text(struct relay *relay, struct request *request, int status, const char *text)
{
    struct reply reply = { .status = status };
    buf_init(&reply.body, 1 << 20);
    buf_span(&reply.body, span_of(text));
    relay->server_seam.reply(relay->server_seam.self, request, &reply);
}

static void failed(struct work *work)
{
    const struct attempt *a = &work->attempt;
    char text[256];
    snprintf(text, sizeof text, "%s sent=%d first=%d note=%s", wire_name(a->wire), a->sent, a->first_byte_ms > 0,
             a->note);
    reply_text(work->relay, work->request, 502, text);
}

static void on_done(struct attempt *attempt)
{
    struct work *work = attempt->owner;
    if (work->cancel_ms)
        unlink_work(&work->relay->waiting, work);
    if (attempt->wire != WIRE_OK) {
        failed(work);
    } else {
        struct span type = header_get(attempt->reply_headers, attempt->n_reply_headers, "Content-Type");
        struct header header = { SPAN("Content-Type"), type };
        struct reply reply = { attempt->status, &header, type.p ? 1 : 0, attempt->reply };
        work->relay->server_seam.reply(work->relay->server_seam.self, work->request, &reply);
    }
    work_free(work);
}

static void on_left(struct request *request)
{
    struct work *work = request->user;
    struct relay *relay = work->relay;
    relay->left++;
    unlink_work(&relay->held, work);
    reply_text(relay, request, 499, "you have left");
    work_free(work);
}

static bool passes(struct span name)
{
    static const char *const stay[] = { "Host",     "Connection", "Keep-Alive", "X-Fresh",
                                        "X-Public", "X-Timeout",  "X-Max-Body", "X-Cancel-After" };
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) {
        if (name.n == strlen(stay[i]) && strncasecmp(name.p, stay[i], name.n) == 0)
            return false;
    }
    return true;
}

static void send_on(struct work *work)
{
    struct relay *relay = work->relay;
    const struct request *request = work->request;
    struct span upstream = header_get(request->headers, request->n_headers, "X-Upstream");
    buf_span(&work->url, upstream.n > 0 ? upstream : span_of(relay->upstream));
    buf_span(&work->url, request->path);
    if (request->query.n > 0) {
        buf_char(&work->url, '?');
        buf_span(&work->url, request->query);
    }
    buf_char(&work->url, '\0');
    buf_span(&work->method, request->method);
    buf_char(&work->method, '\0');
    struct attempt *attempt = &work->attempt;
    for (size_t i = 0; i < request->n_headers; i++) {
        if (passes(request->headers[i].name) && attempt->n_headers < MAX_HEADERS)
            work->headers[attempt->n_headers++] = request->headers[i];
    }
    attempt->method = work->method.p;
    attempt->url = work->url.p;
    attempt->headers = work->headers;
    attempt->body = request->body;
    attempt->connect_ms = 2000;
    attempt->total_ms = (uint32_t)number(request, "X-Timeout");
    attempt->max_body = (size_t)number(request, "X-Max-Body");
    if (!attempt->max_body)
        attempt->max_body = 16 << 20;
    attempt->allow_private = number(request, "X-Public") == 0;
    attempt->fresh = number(request, "X-Fresh") != 0;
    attempt->done = on_done;
    attempt->owner = work;
    long after_ms = number(request, "X-Cancel-After");
    if (after_ms) {
        work->cancel_ms = loop_now(relay->loop) + after_ms;
        work->next = relay->waiting;
        relay->waiting = work;
    }
    relay->http_seam.send(relay->http_seam.self, attempt);
}

static void on_request(void *self, struct request *request)
{
    struct relay *relay = self;
    if (span_is(request->path, "/-/here")) {
        struct reply reply = { .status = 200 };
        buf_init(&reply.body, 1 << 24);
        buf_span(&reply.body, request->body.n ? request->body : request->query);
        relay->server_seam.reply(relay->server_seam.self, request, &reply);
        return;
    }
    if (span_is(request->path, "/-/door")) {
        reply_text(relay, request, 200, request->admin ? "admin" : "api");
        return;
    }
    if (span_is(request->path, "/-/left") || span_is(request->path, "/-/links")) {
        char text[32];
        struct server_counts counts;
        http_server_counts(relay->server, &counts);
        snprintf(text, sizeof text, "%u", span_is(request->path, "/-/left") ? relay->left : counts.connections);
        reply_text(relay, request, 200, text);
        return;
    }
    if (span_is(request->path, "/-/held") || span_is(request->path, "/-/turn-bytes")) {
        char text[32];
        struct http_counts counts;
        http_client_counts(relay->http, &counts);
        snprintf(text, sizeof text, "%llu",
                 (unsigned long long)(span_is(request->path, "/-/held") ? counts.held : counts.turn_bytes));
        reply_text(relay, request, 200, text);
        return;
    }
    struct work *work = mem_zalloc(sizeof *work);
    work->relay = relay;
    work->request = request;
    buf_init(&work->url, 1 << 16);
    buf_init(&work->method, 64);
    request->user = work;
    if (span_is(request->path, "/-/hold")) {
        request->left = on_left;
        work->next = relay->held;
        relay->held = work;
        return;
    }
    send_on(work);
}

static int64_t canceller_next(void *self)
{
    const struct relay *relay = self;
    int64_t due = LOOP_NEVER;
    for (const struct work *work = relay->waiting; work; work = work->next)
        due = work->cancel_ms < due ? work->cancel_ms : due;
    return due;
}

static void canceller_run(void *self, int64_t now)
{
    struct relay *relay = self;
    for (struct work *work = relay->waiting, *next; work; work = next) {
        next = work->next;
        if (work->cancel_ms <= now)
            relay->http_seam.cancel(relay->http_seam.self, &work->attempt);
    }
}

bool relay_init(struct relay *relay, const struct relay_options *options, struct fault *fault)
{
    struct env env = env_real();
    struct server_user user = { .self = relay, .on_request = on_request };
    *relay = (struct relay){ .upstream = options->upstream };
    relay->loop = loop_new(&env, fault);
    if (!relay->loop)
        return false;
    relay->http = http_client_new(relay->loop, &options->http, fault);
    relay->server = http_server_new(relay->loop, &options->server, &user, fault);
    if (!relay->http || !relay->server || http_server_listen(relay->server, options->listen, false, fault) ||
        (options->listen_admin && http_server_listen(relay->server, options->listen_admin, true, fault))) {
        relay_release(relay);
        return false;
    }
    relay->canceller = (struct loop_user){ .next = canceller_next, .run = canceller_run, .self = relay };
    loop_use(relay->loop, &relay->canceller);
    relay->http_seam = http_client_seam(relay->http);
    relay->server_seam = http_server_seam(relay->server);
    return true;
}

void relay_release(struct relay *relay)
{
    http_client_free(relay->http); /* its attempts end, and their requests are answered */
    http_server_free(relay->server);
    while (relay->held) {
        struct work *work = relay->held;
        relay->held = work->next;
        work_free(work);
    }
    loop_free(relay->loop);
}
