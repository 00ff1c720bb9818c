/*
 * http.c - HTTP/1.1 by hand, so that it can also be broken by hand.
 *
 * A library would refuse to announce 900 bytes and send 400; a shop that misbehaves on request has to.
 * What is right is the dialect's server's: of Express a weak ETag and 304, of nginx before PHP chunks.
 */
#include "tests/shopsim/http.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void url_decode(char *text, bool plus_is_space)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        int high = *p == '%' ? hex_digit(p[1]) : -1;
        int low = high >= 0 ? hex_digit(p[2]) : -1;
        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            p += 2;
        } else {
            *to++ = *p == '+' && plus_is_space ? ' ' : *p;
        }
    }
    *to = '\0';
}

static char *copy_span(const char *p, size_t n)
{
    char *copy = sim_alloc(n + 1, 1);
    memcpy(copy, p, n);
    return copy;
}

bool request_header(const struct request *request, const char *name, char *value, size_t size)
{
    size_t n = strlen(name);
    value[0] = '\0';
    for (const char *line = request->headers; *line;) {
        size_t len = strcspn(line, "\r\n");
        if (len > n && line[n] == ':' && strncasecmp(line, name, n) == 0) {
            const char *at = line + n + 1;
            at += strspn(at, " \t");
            snprintf(value, size, "%.*s", (int)(line + len - at), at);
            return true;
        }
        line += len + strspn(line + len, "\r\n");
    }
    return false;
}

void request_release(struct request *request)
{
    free(request->method);
    free(request->path);
    free(request->query);
    free(request->target);
    free(request->headers);
    text_release(&request->body);
    *request = (struct request){ 0 };
}

static enum parse parse_line(const char *head, size_t n, struct request *request)
{
    const char *end = memchr(head, '\r', n);
    const char *first = end ? memchr(head, ' ', (size_t)(end - head)) : NULL;
    const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;
    if (!second || strncmp(second + 1, "HTTP/1.", 7) != 0 || first == head || second == first + 1)
        return PARSE_BAD;
    request->method = copy_span(head, (size_t)(first - head));
    request->target = copy_span(first + 1, (size_t)(second - first - 1));
    request->wants_close = second[8] == '0';
    request->headers = copy_span(end + 2, n - (size_t)(end + 2 - head));
    request->is_head = strcmp(request->method, "HEAD") == 0;
    const char *query = strchr(request->target, '?');
    size_t path = query ? (size_t)(query - request->target) : strlen(request->target);
    request->path = copy_span(request->target, path);
    url_decode(request->path, false);
    request->query = copy_span(query ? query + 1 : "", query ? strlen(query + 1) : 0);
    return PARSE_DONE;
}

/* Chunks from `p`; *used bytes of them when whole. */
static enum parse parse_chunks(const char *p, size_t n, struct text *body, size_t *used)
{
    size_t at = 0;
    for (;;) {
        const char *line = memchr(p + at, '\n', n - at);
        if (!line)
            return n - at > 64 ? PARSE_BAD : PARSE_MORE;
        char *end = NULL;
        unsigned long size = strtoul(p + at, &end, 16);
        if (end == p + at || size > BODY_MAX || body->n + size > BODY_MAX)
            return size > BODY_MAX || body->n ? PARSE_BODY_LONG : PARSE_BAD;
        at = (size_t)(line + 1 - p);
        if (n - at < size + 2)
            return PARSE_MORE;
        text_add(body, p + at, size);
        at += size + 2;
        if (size == 0)
            break;
    }
    *used = at;
    return PARSE_DONE;
}

static enum parse parse_body(const char *p, size_t n, struct request *request, size_t *used)
{
    char value[64];
    if (request_header(request, "Transfer-Encoding", value, sizeof value))
        return strcasecmp(value, "chunked") == 0 ? parse_chunks(p, n, &request->body, used) : PARSE_BAD;
    *used = 0;
    if (!request_header(request, "Content-Length", value, sizeof value))
        return PARSE_DONE;
    char *end = NULL;
    unsigned long long size = strtoull(value, &end, 10);
    if (*end || end == value)
        return PARSE_BAD;
    if (size > BODY_MAX)
        return PARSE_BODY_LONG;
    if (n < size)
        return PARSE_MORE;
    text_add(&request->body, p, (size_t)size);
    *used = (size_t)size;
    return PARSE_DONE;
}

enum parse request_parse(const struct text *in, struct request *request)
{
    const char *end = in->n ? memmem(in->p, in->n, "\r\n\r\n", 4) : NULL;
    if (!end)
        return in->n > HEAD_MAX ? PARSE_HEAD_LONG : PARSE_MORE;
    size_t head = (size_t)(end + 4 - in->p), used = 0;
    if (head > HEAD_MAX)
        return PARSE_HEAD_LONG;
    struct request made = { 0 };
    enum parse result = parse_line(in->p, head - 2, &made);
    if (result == PARSE_DONE)
        result = parse_body(in->p + head, in->n - head, &made, &used);
    char value[64];
    if (result == PARSE_MORE && in->n == head && request_header(&made, "Expect", value, sizeof value))
        result = PARSE_CONTINUE;
    if (result != PARSE_DONE) {
        request_release(&made);
        return result;
    }
    if (request_header(&made, "Connection", value, sizeof value))
        made.wants_close = strcasecmp(value, "close") == 0;
    made.bytes = head + used;
    *request = made;
    return PARSE_DONE;
}

void errand_free(struct errand *errand)
{
    if (!errand)
        return;
    text_release(&errand->request);
    text_release(&errand->failed);
    text_release(&errand->instead);
    free(errand);
}

void answer_release(struct answer *answer)
{
    errand_free(answer->errand);
    text_release(&answer->body);
    text_release(&answer->headers);
    *answer = (struct answer){ 0 };
}

const char *status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 302, "Found" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 410, "Gone" },
        { 413, "Payload Too Large" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "Unknown";
}

void answer_etag(const struct answer *answer, struct text *etag)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t sum = 1;
    for (size_t i = 0; i < answer->body.n; i++)
        sum = (sum ^ (unsigned char)answer->body.p[i]) * 0x100000001B3u;
    text_printf(etag, "W/\"%zx-", answer->body.n);
    for (int i = 0; i < 27; i++)
        text_char(etag, letters[mix3(sum, (uint64_t)i, 0) & 63]);
    text_char(etag, '"');
}

static void put_date(struct text *bytes, int64_t now_ms)
{
    char date[64];
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    text_printf(bytes, "Date: %s\r\n", date);
}

static void put_chunked(struct text *bytes, const struct text *body)
{
    for (size_t at = 0; at < body->n;) {
        size_t n = body->n - at > 1000 ? 1000 : body->n - at;
        text_printf(bytes, "%zx\r\n", n);
        text_add(bytes, body->p + at, n);
        text_puts(bytes, "\r\n");
        at += n;
    }
    text_puts(bytes, "0\r\n\r\n");
}

static bool is_unchanged(const struct answer *answer, const struct request *request, const struct text *etag)
{
    char value[128];
    return answer->status == 200 && answer->head->has_etag && !answer->is_plain &&
           request_header(request, "If-None-Match", value, sizeof value) && strcmp(value, etag->p) == 0;
}

static void put_length(struct text *bytes, const struct answer *answer)
{
    if (answer->is_chunked)
        text_puts(bytes, "Transfer-Encoding: chunked\r\n");
    else if (!answer->has_no_length)
        text_printf(bytes, "Content-Length: %" PRId64 "\r\n",
                    answer->announced >= 0 ? answer->announced : (int64_t)answer->body.n);
}

void answer_bytes(const struct answer *answer, const struct request *request, int64_t now_ms, bool is_last,
                  struct text *bytes)
{
    struct text etag = { 0 };
    answer_etag(answer, &etag);
    bool unchanged = is_unchanged(answer, request, &etag);
    int status = unchanged ? 304 : answer->status;
    const char *reason = answer->reason[0] ? answer->reason : status_text(status);
    text_printf(bytes, "HTTP/1.1 %d %s\r\n%s", status, reason, answer->head->first);
    if (answer->headers.n)
        text_add(bytes, answer->headers.p, answer->headers.n);
    if (!unchanged) {
        text_printf(bytes, "Content-Type: %s\r\n", answer->type ? answer->type : answer->head->json_type);
        put_length(bytes, answer);
    }
    if (answer->head->has_etag && !answer->is_plain)
        text_printf(bytes, "ETag: %s\r\n", etag.p);
    put_date(bytes, now_ms);
    text_printf(bytes, "%s\r\n", is_last ? "Connection: close\r\n" : answer->head->kept);
    if (!unchanged && !request->is_head && answer->is_chunked)
        put_chunked(bytes, &answer->body);
    else if (!unchanged && !request->is_head && answer->body.n)
        text_add(bytes, answer->body.p, answer->body.n);
    text_release(&etag);
}
