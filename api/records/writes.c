/*
 * writes.c - the handlers of uniform methods that change a shop's records.
 *
 * The body of a write is merged into the arguments that the path gives, so that {order_id} and {id} are found
 * beside the record's fields; a body that names them must name the same.
 *
 *   PATCH /v1/stores/s1/products/p1 {"name":"Cup"}    args {"id":"p1","name":"Cup"}    200 {"data":{...}}
 */
#include "api/records/writes.h"

#include "api/records/records.h"
#include "api/visit.h"
#include "core/write/check.h"

#include <string.h>

static enum err say_other(struct visit *visit, const char *name, const char *own, const json_t *other,
                          struct fault *fault)
{
    struct faults faults;
    faults_init(&faults);
    faults_add(&faults, span_of(name), arena_printf(&visit->arena, "\"%.100s\" as in the path", own), other);
    enum err err = faults_give(&faults, &visit->arena, "nothing was sent to the shop", fault, &visit->call.faults);
    faults_release(&faults);
    return err;
}

/* What the path says stands; the body may only repeat it. */
static enum err merge_body(struct visit *visit, struct fault *fault)
{
    const char *name;
    json_t *value;
    json_object_foreach(visit->args, name, value)
    {
        const json_t *other = json_object_get(visit->body, name);
        if (other && !json_equal(other, value))
            return say_other(visit, name, json_string_value(value), other, fault);
    }
    if (visit->body)
        json_object_update(visit->args, visit->body);
    return OK;
}

static void on_record(struct call *call)
{
    struct visit *visit = call->owner;
    struct buf *out = &visit->data;
    if (records_failed(visit))
        return;
    if (call->n_records == 0)
        buf_lit(out, "null");
    if (visit->problems.n > 0) {
        buf_lit(out, ",\"problems\":[");
        buf_span(out, buf_peek(&visit->problems));
        buf_char(out, ']');
    }
    buf_char(out, '}');
    visit_reply(visit, visit->route->status ? visit->route->status : 200, "application/json", out);
}

void writes_record(struct visit *visit)
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, on_record, &fault);
    if (!err)
        err = merge_body(visit, &fault);
    if (err) {
        visit_fail(visit, err, &fault);
        return;
    }
    buf_lit(&visit->data, "{\"data\":");
    records_start(visit);
}

static void on_deleted(struct call *call)
{
    struct visit *visit = call->owner;
    if (records_failed(visit))
        return;
    buf_clear(&visit->data);
    visit_reply(visit, 204, NULL, &visit->data);
}

void writes_delete(struct visit *visit)
{
    struct fault fault = { 0 };
    enum err err = records_prepare(visit, on_deleted, &fault);
    if (err)
        visit_fail(visit, err, &fault);
    else
        records_start(visit);
}
