/*
 * problem.c - errors as application/problem+json, from the table in core/base/err.h.
 *
 *   {"type":"about:blank","title":"The request is not valid","status":400,"code":"invalid_request",
 *    "detail":"Host: expected one, found 2","retryable":false}
 */
#include "api/problem.h"

void problem_body(struct buf *out, enum err err, const char *detail)
{
    buf_lit(out, "{\"type\":\"about:blank\",\"title\":");
    buf_json(out, span_of(err_title(err)));
    buf_printf(out, ",\"status\":%d,\"code\":\"%s\",\"detail\":", err_status(err), err_code(err));
    buf_json(out, span_of(detail));
    buf_printf(out, ",\"retryable\":%s}", err_retryable(err) ? "true" : "false");
}
