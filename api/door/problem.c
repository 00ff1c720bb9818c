/*
 * problem.c - an error as the API shows it: the members of RFC 9457 first, ours behind them, absent ones left out.
 */
#include "api/door/problem.h"

#include "api/apps/quota.h"

static void text_member(struct buf *out, const char *name, struct span text)
{
    buf_printf(out, ",\"%s\":", name);
    if (text.n == 0)
        buf_lit(out, "null");
    else
        buf_json(out, text);
}

int64_t problem_retry_s(enum err err, int64_t known_ms)
{
    static const enum err timed[] = { ERR_APP_QUOTA, ERR_LANE_DEADLINE, ERR_OVERLOADED, ERR_BREAKER_OPEN,
                                      ERR_PLATFORM_OUTAGE };
    if (known_ms > 0)
        return known_ms / 1000 + (known_ms % 1000 != 0);
    for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++) {
        if (timed[i] == err)
            return 1;
    }
    return 0;
}

/* The problem type of the draft that the RateLimit fields are from, and its member. */
static void write_violated(struct buf *out, unsigned violated)
{
    const char *comma = "";
    buf_lit(out, ",\"violated-policies\":[");
    for (int i = 0; i < QUOTA_WINDOWS; i++) {
        if (!(violated & 1u << i))
            continue;
        buf_printf(out, "%s\"%s\"", comma, quota_windows[i].name);
        comma = ",";
    }
    buf_char(out, ']');
}

void problem_write(struct buf *out, const struct problem *p)
{
    int64_t retry_s = problem_retry_s(p->err, p->retry_after_ms);
    buf_printf(out, "{\"type\":\"%s\",\"title\":",
               p->violated ? "https://iana.org/assignments/http-problem-types#quota-exceeded" : "about:blank");
    buf_json(out, span_of(err_title(p->err)));
    buf_printf(out, ",\"status\":%d,\"code\":\"%s\"", err_status(p->err), err_code(p->err));
    if (p->detail && *p->detail)
        text_member(out, "detail", span_of(p->detail));
    buf_printf(out, ",\"retryable\":%s", err_retryable(p->err) ? "true" : "false");
    if (retry_s > 0)
        buf_printf(out, ",\"retry_after\":%lld", (long long)retry_s);
    if (p->store.n > 0)
        text_member(out, "store", p->store);
    if (p->upstream && p->upstream->status > 0) {
        buf_printf(out, ",\"upstream\":{\"status\":%d", p->upstream->status);
        text_member(out, "code", p->upstream->code);
        text_member(out, "request_id", p->upstream->request_id);
        text_member(out, "excerpt", p->upstream->text);
        buf_char(out, '}');
    }
    if (p->violated)
        write_violated(out, p->violated);
    if (p->errors.n > 0) {
        buf_lit(out, ",\"errors\":[");
        buf_span(out, p->errors);
        buf_char(out, ']');
    }
    if (p->request_id.n > 0)
        text_member(out, "request_id", p->request_id);
    buf_char(out, '}');
}

void problem_body(struct buf *out, enum err err, const char *detail)
{
    problem_write(out, &(struct problem){ .err = err, .detail = detail });
}
