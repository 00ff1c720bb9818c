/* meta.c - health, readiness, metrics, and the API's description. */
#include "api/admin/meta.h"

#include "api/openapi.h"
#include "api/visit.h"
#include "core/log/metrics.h"

enum { TEXT_BYTES_MAX = 16 << 20 };

static void reply_text(struct visit *visit, int status, const char *text)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES_MAX);
    buf_span(&out, span_of(text));
    visit_reply(visit, status, "application/json", &out);
}

void meta_health(struct visit *visit)
{
    reply_text(visit, 200, "{\"status\":\"ok\"}");
}

void meta_ready(struct visit *visit)
{
    bool ready = !visit->gateway->is_stopping;
    reply_text(visit, ready ? 200 : 503, ready ? "{\"status\":\"ready\"}" : "{\"status\":\"stopping\"}");
}

void meta_metrics(struct visit *visit)
{
    struct buf out;
    struct metrics *shards[] = { visit->gateway->services.metrics };
    buf_init(&out, TEXT_BYTES_MAX);
    metrics_text(shards, 1, &out);
    visit_reply(visit, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}

void meta_openapi(struct visit *visit)
{
    struct buf out;
    buf_init(&out, TEXT_BYTES_MAX);
    openapi_write(visit->request->admin, &out);
    visit_reply(visit, 200, "application/json", &out);
}
