/*
 * exchange_read.c - an answer, read: short ones on the loop, long ones on a heavy worker, with our credentials
 * overwritten before anybody sees an error or a raw body.
 */
#include "core/exchange/exchange_inside.h"

#include "core/answer/drift_book.h"
#include "core/exchange/limits.h"
#include "core/platform/args.h"

#include <string.h>

enum { PLACE_BYTES_MAX = 4096, TOKEN_BYTES_MAX = 1 << 20 };

/* They are http's and end with its callback. */
void exchange_keep_headers(struct exchange *x)
{
    struct header *kept = arena_alloc(x->arena, (x->attempt.n_reply_headers + 1) * sizeof(*kept));
    for (size_t i = 0; i < x->attempt.n_reply_headers; i++) {
        const struct header *h = &x->attempt.reply_headers[i];
        kept[i].name = (struct span){ arena_dup(x->arena, h->name), h->name.n };
        kept[i].value = (struct span){ arena_dup(x->arena, h->value), h->value.n };
    }
    x->view_in.headers = x->attempt.reply_headers = kept;
}

/* ---- what is not passed on ------------------------------------------------------------------------------------ */

/* What a token is got with (code, verifier) is as secret; the address of the way back is none, and an error that names
 * it helps. */
static void hide_args(const struct exchange *x, struct redactor *redactor)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)x->args, name, value)
    {
        if (json_is_string(value) && strcmp(name, "redirect") != 0)
            redactor_add(redactor, (struct span){ json_string_value(value), json_string_length(value) });
    }
}

static void init_redactor(const struct exchange *x, struct redactor *redactor)
{
    redactor_init(redactor, x->store->platform, exchange_secrets(x), span_of(x->store->id));
    if (x->is_secret)
        hide_args(x, redactor);
}

/* An error, or raw: nobody has read it yet, and all of it may be shown. */
void exchange_hide(struct exchange *x)
{
    init_redactor(x, &x->redactor);
    exchange_keep_headers(x);
    for (size_t i = 0; i < x->attempt.n_reply_headers; i++) {
        struct span *value = &x->attempt.reply_headers[i].value;
        *value = redact_text(&x->redactor, *value, x->arena);
    }
}

void exchange_hide_in_error(struct exchange *x)
{
    struct redactor redactor;
    struct span *texts[] = { &x->upstream.code, &x->upstream.text, &x->upstream.request_id };
    init_redactor(x, &redactor);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = redact_text(&redactor, *texts[i], x->arena);
    redactor_release(&redactor);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* A scalar as text, so that "600" and 600 are one; what is no scalar as it came. */
static void write_value(const struct value *value, struct buf *out)
{
    struct buf scratch;
    if (value->kind == VALUE_OBJECT || value->kind == VALUE_LIST) {
        buf_span(out, value_span(value));
        return;
    }
    buf_init_secret(&scratch, TOKEN_BYTES_MAX);
    buf_json(out, value_text(value, &scratch));
    buf_release(&scratch);
}

/* {"access_token":"1a2b","expires_in":"600"}: what the `out` rows of a token endpoint name. */
static void write_token(struct exchange *x)
{
    const struct endpoint *endpoint = x->endpoint;
    struct buf *data = x->out.data;
    const struct value *values = x->out.n_rows > 0 ? x->out.extra + endpoint->token : NULL;
    buf_char(data, '{');
    for (size_t i = 0, n = 0; values && i < endpoint->n_token; i++) {
        if (!value_is_some(&values[i]))
            continue;
        buf_printf(data, "%s\"%s\":", n++ > 0 ? "," : "", endpoint->row->out[i].ours);
        write_value(&values[i], data);
    }
    buf_char(data, '}');
}

/* Of what is passed through nobody wants records, but the shop's own answer says what it cost and what is left. */
static bool is_looked_at(const struct exchange *x)
{
    return x->endpoint || (x->held && x->from == FROM_SHOP);
}

/* On a heavy worker if it is long. */
static void run_read(struct job *job, void *state)
{
    struct exchange *x = (struct exchange *)((char *)job - offsetof(struct exchange, job));
    if (x->redactor.patterns.p)
        redact_bytes(&x->redactor, x->answer.p, x->answer.n);
    if (!is_looked_at(x))
        return;
    if (state)
        x->view_in.phones = state;
    x->read_err = view_read(x->held->view, &x->view_in, &x->read_fault, &x->out);
    if (!x->read_err && x->out.verdict == CW_OK && x->is_secret && x->endpoint->n_token > 0)
        write_token(x);
}

static void is_read(struct exchange *x)
{
    redactor_release(&x->redactor);
    exchange_judge(x);
}

static void read_done(struct job *job)
{
    struct exchange *x = (struct exchange *)((char *)job - offsetof(struct exchange, job));
    services_at(x->services, x->services->env.now_ms(x->services->env.self));
    is_read(x);
}

static void read_body(struct exchange *x)
{
    const struct services *s = x->services;
    bool is_work = is_looked_at(x) || x->redactor.patterns.p;
    x->job = (struct job){ .worker = WORKER_HEAVY, .run = run_read, .done = read_done };
    if (is_work && exchange_answer_bytes(x).n > s->wire.heavy_bytes) {
        x->view_in.known = NULL; /* the loop's, and it changes */
        exchange_keep_headers(x);
        if (s->exec.post(s->exec.self, &x->job))
            return;
    }
    run_read(&x->job, NULL);
    is_read(x);
}

static bool item_name(const void *self, struct span name, struct buf *out)
{
    return args_text(args_get(self, name), out);
}

static const struct names *names_of_items(const struct exchange *x)
{
    size_t i, n = json_array_size(x->items);
    json_t *item;
    struct names *names = arena_alloc(x->arena, (n + 1) * sizeof(*names));
    json_array_foreach(x->items, i, item) names[i] = (struct names){ .self = item, .get = item_name };
    return names;
}

/* A probe's conditions name what the write was given, and the key that it carried. */
static bool probe_name(const void *self, struct span name, struct buf *out)
{
    const struct exchange *x = self;
    if (span_is(name, "once") && x->once[0]) {
        buf_span(out, span_of(x->once));
        return true;
    }
    return args_text(args_at(x->known, name), out) || limits_name(x, name, out);
}

void exchange_read(struct exchange *x)
{
    const struct services *s = x->services;
    struct fault unused;
    x->read_err = ERR_STORE_UNREADABLE; /* until it was read */
    if (!x->endpoint && !x->held && x->from == FROM_SHOP)
        views_hold_verdict(s->views, x->store->platform, limits_operation(x), &unused, &x->held);
    if (!is_looked_at(x)) {
        read_body(x);
        return;
    }
    x->out = (struct view_out){ .data = x->data ? x->data : &x->no_data,
                                .problems = x->problems ? x->problems : &x->no_problems };
    x->read_fault = (struct fault){ 0 };
    x->names = (struct names){ .self = x, .get = x->known ? probe_name : limits_name };
    x->view_in = (struct view_in){ .status = x->attempt.status,
                                   .headers = x->attempt.reply_headers,
                                   .n_headers = x->attempt.n_reply_headers,
                                   .body = exchange_answer_bytes(x),
                                   .store = span_of(x->store->id),
                                   .observed_at_ms = x->kept ? x->kept->wall_ms : s->env.wall_ms(s->env.self),
                                   .skip = x->skip,
                                   .limit = x->limit,
                                   .asked = x->page.size,
                                   .seen_before = x->seen_before,
                                   .raw = x->raw_records,
                                   .partial = x->partial,
                                   .cuts = x->reads_on ? CUT_NOTED : CUT_SPOILS,
                                   .names = &x->names,
                                   .items = x->items ? names_of_items(x) : NULL,
                                   .n_items = json_array_size(x->items),
                                   .known = drift_book_known(s->drift, x->store->platform),
                                   .phones = s->phones,
                                   .arena = x->arena };
    x->data_had = x->out.data->n;
    x->problems_had = x->out.problems->n;
    read_body(x);
}

void exchange_read_again(struct exchange *x, struct buf *body)
{
    held_answer_drop(x->kept);
    x->kept = NULL;
    buf_release(&x->answer);
    x->answer = *body;
    body->p = NULL;
    x->out = (struct view_out){ .data = x->out.data, .problems = x->out.problems };
    x->out.data->n = x->data_had;
    x->out.problems->n = x->problems_had;
    x->view_in.body = buf_peek(&x->answer);
    x->view_in.cuts = CUT_TOLD;
    x->is_again = true;
    read_body(x);
}

/* ---- an answer that lacks something ---------------------------------------------------------------------------- */

/* ["order","lines",0,"price"] -> "data.order.lines.price": the place of a field, in all records alike. */
static struct span place_of(struct exchange *x, struct span list, struct span root)
{
    json_t *names = json_loadb(list.p, list.n, 0, NULL), *name;
    size_t i;
    struct buf text;
    buf_init(&text, PLACE_BYTES_MAX);
    buf_span(&text, root);
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name))
            buf_printf(&text, ".%s", json_string_value(name));
    }
    bool is_place = text.n > root.n && !text.over;
    struct span place = { is_place ? arena_dup(x->arena, buf_peek(&text)) : NULL, is_place ? text.n : 0 };
    buf_release(&text);
    json_decref(names);
    return place;
}

bool exchange_does_without(struct exchange *x)
{
    struct view_out *out = &x->out;
    const char *items = x->endpoint->row->items;
    if (out->n_lacking == 0 || x->is_again || !(x->partial || exchange_writes(x)) || !items)
        return false;
    struct span root = { items, strcspn(items, ".[") };
    for (size_t i = 0; i < out->n_lacking; i++) {
        out->lacking[i] = place_of(x, out->lacking[i], root);
        if (out->lacking[i].n == 0)
            return false;
    }
    return true;
}

void exchange_read_without(struct exchange *x, enum err err)
{
    x->lacked = err;
    x->view_in.without = x->out.lacking;
    x->view_in.n_without = x->out.n_lacking;
    x->out = (struct view_out){ .data = x->out.data, .problems = x->out.problems };
    x->is_again = true;
    exchange_keep_headers(x); /* it may be read once more */
    read_body(x);
}
