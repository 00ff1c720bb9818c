/*
 * visit_reply.c - the end of a visit: the answer, and what every answer has.
 *
 * Example: a list of orders -> 200, Content-Type, Cartway-Request-Id, RateLimit of the app, what the call cost
 * upstream, how many records had problems.
 */
#include "api/connect/pages.h"
#include "api/door/problem.h"
#include "api/records/fanout.h"
#include "api/visit_inside.h"
#include "core/base/digits.h"
#include "core/log/log.h"
#include "core/value/ts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REPLY_HEADERS = 14, PROBLEM_BYTES_MAX = 128 * 1024 };

struct headers {
    struct header list[REPLY_HEADERS];
    size_t n;
};

static void add_header(struct headers *headers, const char *name, const char *value)
{
    if (headers->n < REPLY_HEADERS)
        headers->list[headers->n++] = (struct header){ span_of(name), span_of(value) };
}

/* What the app may ask for: by its own numbers, its tier's, or the options'. */
void visit_quota_most(const struct visit *visit, int64_t most[QUOTA_WINDOWS])
{
    const struct app *app = visit->app;
    const struct options *options = &visit->gateway->options;
    const int64_t defaults[QUOTA_WINDOWS] = { options->app_per_minute, options->app_per_hour };
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        most[i] = app->quota_most[i] == QUOTA_DEFAULT ? app->tier->most[i] : app->quota_most[i];
        most[i] = most[i] == QUOTA_DEFAULT ? defaults[i] : most[i];
    }
}

static void quota_headers(struct visit *visit, struct headers *headers)
{
    int64_t most[QUOTA_WINDOWS];
    struct buf policy, state;
    visit_quota_most(visit, most);
    buf_init(&policy, QUOTA_FIELD_BYTES);
    quota_policy(most, &policy);
    if (policy.n == 0)
        return;
    buf_init(&state, QUOTA_FIELD_BYTES);
    quota_state(&visit->app->quota, most, visit->gateway->services.now_ms, &state);
    add_header(headers, "RateLimit-Policy", arena_dup(&visit->arena, buf_peek(&policy)));
    add_header(headers, "RateLimit", arena_dup(&visit->arena, buf_peek(&state)));
    buf_release(&policy);
    buf_release(&state);
}

static char *put_text(char *at, struct span text)
{
    memcpy(at, text.p, text.n);
    return at + text.n;
}

/* "calls=2;wait_ms=340;cache=miss".  hit: the shop was not asked at all; shared: an attempt of another call served. */
static const char *upstream_text(struct visit *visit, const struct call *call)
{
    bool is_hit = call->n_upstream == 0 && call->n_shared == 0 && call->n_cached > 0;
    struct span cache = is_hit ? SPAN("hit") : call->n_shared > 0 ? SPAN("shared") : SPAN("miss");
    char *text = arena_alloc(&visit->arena, 80 + 2 * DIGITS_MAX), *at = text;
    at = put_text(at, SPAN("calls="));
    at += digits_put(at, call->n_upstream);
    at = put_text(at, SPAN(";wait_ms="));
    at += digits_put(at, call->wait_ms > 0 ? (uint64_t)call->wait_ms : 0);
    at = put_text(put_text(at, SPAN(";cache=")), cache);
    if (call->probed)
        at = put_text(put_text(at, SPAN(";probe=")), span_of(call->probed));
    *at = '\0';
    return text;
}

/* Age: RFC 9111 section 5.1; Cache-Status: RFC 9211. */
static void cache_headers(struct visit *visit, const struct call *call, struct headers *headers)
{
    if (call->n_cached > 0)
        add_header(headers, "Age", arena_printf(&visit->arena, "%lld", (long long)(call->age_ms / 1000)));
    add_header(headers, "Cache-Status", arena_printf(&visit->arena, "Cartway; %.*s", SPAN_ARG(call->cache_said)));
}

void visit_tag(struct visit *visit, struct span json)
{
    unsigned char hash[CRYPT_HASH_BYTES];
    crypt_sha256(json, hash);
    char *at = visit->etag;
    *at++ = '"';
    for (int i = 0; i < (VISIT_ETAG_BYTES - 2) / 2; i++)
        at += snprintf(at, 3, "%02x", hash[i]);
    *at++ = '"';
    *at = '\0';
}

enum err visit_match(struct visit *visit, struct fault *fault)
{
    struct span wish = header_get(visit->request->headers, visit->request->n_headers, "If-Match");
    char found[VISIT_ETAG_BYTES + 1];
    memcpy(found, visit->etag, sizeof(found));
    visit->etag[0] = '\0'; /* the answer shows another */
    if (!wish.p || span_is(wish, "*") || memmem(wish.p, wish.n, found, VISIT_ETAG_BYTES))
        return OK;
    return fault_set(fault, ERR_PRECONDITION_FAILED, "If-Match: expected %s, found %.*s: it has changed: read it again",
                     found, wish.n > 80 ? 80 : (int)wish.n, wish.p);
}

static void common_headers(struct visit *visit, struct headers *headers)
{
    if (visit->etag[0])
        add_header(headers, "ETag", visit->etag);
    add_header(headers, "Cartway-Request-Id", arena_dup(&visit->arena, visit->id));
    struct span trace = header_get(visit->request->headers, visit->request->n_headers, "traceparent");
    if (trace.n > 0 && trace.n <= 128)
        headers->list[headers->n++] = (struct header){ SPAN("traceparent"), trace };
    if (visit->app && !visit->parent)
        quota_headers(visit, headers);
    if (!visit->has_call)
        return;
    const struct call *call = &visit->call;
    add_header(headers, "Cartway-Upstream", upstream_text(visit, call));
    if (call->cache_said.n > 0)
        cache_headers(visit, call, headers);
    if (call->n_problems > 0)
        add_header(headers, "Cartway-Problems", arena_printf(&visit->arena, "%zu", call->n_problems));
}

static void send_reply(struct visit *visit, int status, struct headers *headers, struct buf *body)
{
    struct reply reply = { .status = status, .headers = headers->list, .n_headers = headers->n, .body = *body };
    struct gateway *gateway = visit->gateway;
    struct log *log = gateway->services.log;
    if (log_wants(log, LEVEL_DEBUG) || status >= 500) {
        log_begin(log, status >= 500 ? LEVEL_WARN : LEVEL_DEBUG, "request");
        log_text(log, "request", visit->id);
        log_text(log, "method", visit->request->method);
        log_text(log, "path", visit->request->path);
        log_i64(log, "status", status);
        log_i64(log, "took_ms", gateway->services.now_ms - visit->request->arrived_ms);
        log_end(log);
    }
    if (visit->parent)
        fanout_collect(visit, status, body);
    else
        gateway->server.reply(gateway->server.self, visit->request, &reply);
    body->p = NULL;
    visit_end(visit);
}

void visit_reply(struct visit *visit, int status, const char *content_type, struct buf *body)
{
    struct headers headers = { .n = 0 };
    add_header(&headers, "Content-Type", content_type);
    common_headers(visit, &headers);
    send_reply(visit, status, &headers, body);
}

void visit_reply_json(struct visit *visit, struct buf *body)
{
    visit_reply(visit, visit->route->status ? visit->route->status : 200, "application/json", body);
}

void visit_page(struct visit *visit, int status, const char *location, struct buf *html)
{
    struct headers headers = { .n = 0 };
    memcpy(headers.list, page_headers, sizeof(page_headers));
    headers.n = PAGE_HEADERS;
    if (location)
        add_header(&headers, "Location", location);
    add_header(&headers, "Cartway-Request-Id", arena_dup(&visit->arena, visit->id));
    send_reply(visit, status, &headers, html);
}

void visit_reply_empty(struct visit *visit)
{
    struct buf empty;
    buf_init(&empty, 0);
    visit_reply(visit, 204, "application/json", &empty);
}

void visit_list_begin(struct buf *out, size_t most)
{
    buf_init(out, most);
    buf_lit(out, "{\"data\":[");
}

void visit_list_end(struct visit *visit, struct buf *out)
{
    buf_lit(out, "],\"next\":null,\"problems\":[]}");
    visit_reply_json(visit, out);
}

void visit_write_time(struct buf *out, const char *name, int64_t unix_ms)
{
    buf_printf(out, ",\"%s\":", name);
    if (unix_ms == 0) {
        buf_lit(out, "null");
        return;
    }
    buf_char(out, '"');
    ts_format(out, unix_ms);
    buf_char(out, '"');
}

void visit_fail(struct visit *visit, enum err err, const struct fault *fault)
{
    const struct upstream *upstream = visit->has_call ? &visit->call.upstream : NULL;
    struct problem problem = { .err = err,
                               .detail = fault ? fault->text : "",
                               .store = visit->store ? span_of(visit->store->id) : (struct span){ 0 },
                               .request_id = visit->id,
                               .upstream = upstream,
                               .retry_after_ms = visit->retry_after_ms > 0 ? visit->retry_after_ms
                                                 : upstream                ? upstream->retry_after_ms
                                                                           : -1,
                               .violated = visit->violated,
                               .errors = visit->has_call ? visit->call.faults : (struct span){ 0 } };
    struct buf body;
    struct headers headers = { .n = 0 };
    buf_init(&body, PROBLEM_BYTES_MAX);
    problem_write(&body, &problem);
    add_header(&headers, "Content-Type", "application/problem+json");
    common_headers(visit, &headers);
    int64_t retry_s = problem_retry_s(err, problem.retry_after_ms);
    if (retry_s > 0)
        add_header(&headers, "Retry-After", arena_printf(&visit->arena, "%lld", (long long)retry_s));
    if (err == ERR_KEY_INVALID)
        add_header(&headers, "WWW-Authenticate", "Bearer");
    if (err == ERR_METHOD_NOT_ALLOWED)
        add_header(&headers, "Allow", visit_methods(visit));
    send_reply(visit, err_status(err), &headers, &body);
}

void visit_failf(struct visit *visit, enum err err, const char *format, ...)
{
    struct fault fault = { .err = err };
    va_list args;
    va_start(args, format);
    vsnprintf(fault.text, sizeof(fault.text), format, args);
    va_end(args);
    visit_fail(visit, err, &fault);
}
