/*
 * rest.c - lists inside records that the shop ends early, read to their end.
 *
 * A tail is what is behind one list of one record: one request a page, its elements gathered as they are.  When the
 * last tail has ended, the answer is put together anew: the elements go in before the list's bracket, and what said
 * that more lies behind becomes null.
 *
 *   "lines":{"nodes":[{..},{..}],"pageInfo":{"hasNextPage":true}}
 *   "lines":{"nodes":[{..},{..},{..}],"pageInfo":{"hasNextPage":null}}
 */
#include "core/call/rest.h"

#include "core/platform/args.h"

#include <stdlib.h>
#include <string.h>

enum { TAILS_MAX = 1000, ASK_BYTES_MAX = 64 * 1024 };

struct tail { /* in the call's arena */
    struct rest *rest;
    const struct view_rest *noted;
    const struct step *step;
    json_t *args;
    struct buf elements;
    struct exchange *exchange;
    struct page_position page;
    uint32_t pages;
    enum err err;
    struct fault fault;
    struct upstream upstream;
};

struct rest {
    struct call *call;
    struct exchange *x;
    void (*done)(struct call *call, struct exchange *x);
    struct tail *tails;
    size_t n, next;
    unsigned running;
    size_t bytes;
    bool pumping;
};

static void pump(struct rest *rest);

/* ---- one page ------------------------------------------------------------------------------------------------------
 */

static void end(struct tail *tail, enum err err, const struct fault *fault)
{
    tail->err = err == ERR_NOT_FOUND ? ERR_STORE_ERROR : err; /* the record itself is there */
    if (err)
        tail->fault = *fault;
    tail->rest->running--;
    pump(tail->rest);
}

static void fail(struct tail *tail, enum err err, const char *what)
{
    struct fault fault = { 0 };
    end(tail, fault_set(&fault, err, "%s", what), &fault);
}

/* The elements' bytes, with commas between: extra "NAME.?rest" is an element itself. */
static void gather(struct tail *tail, const struct exchange *x)
{
    size_t at = 0;
    while (at + 1 < x->endpoint->n_extra && !strstr(x->endpoint->extra_names[at], ".?rest"))
        at++;
    for (size_t i = 0; i < x->out.n_rows; i++) {
        if (tail->elements.n > 0)
            buf_char(&tail->elements, ',');
        buf_span(&tail->elements, value_span(&x->out.extra[i * x->endpoint->n_extra + at]));
    }
    tail->rest->bytes += x->view_in.body.n;
}

static bool turn_page(struct tail *tail, const struct view_out *out)
{
    struct page_position *page = &tail->page;
    if (!out->more || page->size == 0)
        return false;
    page->number++;
    page->offset += page->size;
    page->cursor = (struct span){ arena_dup(tail->rest->call->arena, out->next), out->next.n };
    return true;
}

static void ask(struct tail *tail);

static void on_page(struct exchange *x)
{
    struct tail *tail = x->owner;
    struct call *call = tail->rest->call;
    call_note_reuse(call, x);
    call->n_upstream += x->attempts;
    call->wait_ms = x->wait_ms > call->wait_ms ? x->wait_ms : call->wait_ms;
    if (x->err) {
        tail->upstream = x->upstream;
        end(tail, x->err, &x->fault);
        return;
    }
    gather(tail, x);
    if (tail->rest->bytes > REST_BYTES_MAX)
        fail(tail, ERR_OVERLOADED, "it passes 64 MB: ask for fewer records");
    else if (!turn_page(tail, &x->out))
        end(tail, OK, NULL);
    else if (++tail->pages == REST_PAGES_MAX)
        fail(tail, ERR_OVERLOADED, "it has more than 50 pages");
    else
        ask(tail);
}

static void ask(struct tail *tail)
{
    struct call *call = tail->rest->call;
    const struct endpoint *endpoint = tail->step->call;
    struct buf wanted;
    buf_init(&wanted, ASK_BYTES_MAX);
    view_ask_below(tail->rest->x->held->view, tail->noted->list, &wanted);
    struct span asked = { arena_dup(call->arena, buf_peek(&wanted)), wanted.n };
    buf_release(&wanted);
    if (tail->exchange)
        exchange_release(tail->exchange);
    tail->exchange = arena_alloc(call->arena, sizeof(*tail->exchange));
    *tail->exchange = (struct exchange){ .services = call->services,
                                         .store = call->store,
                                         .endpoint = endpoint,
                                         .args = tail->args,
                                         .page = tail->page,
                                         .found = call->found,
                                         .n_found = call->n_found,
                                         .ask = asked,
                                         .app = call->app,
                                         .app_id = call->app_id,
                                         .method = call->method->name,
                                         .klass = tail->rest->x->klass,
                                         .deadline_ms = call->deadline_ms,
                                         .call_id = call->id,
                                         .arena = call->arena,
                                         .done = on_page,
                                         .owner = tail };
    exchange_start(tail->exchange);
}

/* ---- the answer, put together -------------------------------------------------------------------------------------
 */

struct edit {
    size_t at, drop;
    struct span text;
    bool comma;
};

static int by_place(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* false: the value is not in these bytes (it was decoded, or made). */
static bool find(struct span body, const struct value *value, struct edit *out)
{
    const char *p = value->p, *stop = p + value->n;
    if (!p || p < body.p || stop > body.p + body.n)
        return false;
    size_t quote = value->kind == VALUE_STRING;
    *out = (struct edit){ .at = (size_t)(p - body.p) - quote, .drop = value->n + 2 * quote };
    return true;
}

/* Where nothing of the elements was asked for (the platform has none of what is wanted of them), the answer has no list
 * to go on with, and nothing is missing. */
static bool has_list(const struct view_rest *noted)
{
    return noted->place.kind == VALUE_LIST;
}

static size_t edits_of(const struct tail *tail, struct span body, struct edit *edits)
{
    struct edit list, flag;
    if (tail->err || !find(body, &tail->noted->flag, &flag))
        return 0;
    edits[0] = (struct edit){ .at = flag.at, .drop = flag.drop, .text = SPAN("null") };
    if (!has_list(tail->noted))
        return 1;
    if (!find(body, &tail->noted->place, &list))
        return 0;
    size_t first = list.at + 1, last = list.at + list.drop - 1; /* within the list's brackets */
    while (first < last && memchr(" \t\r\n", body.p[first], 4))
        first++;
    edits[1] = (struct edit){ .at = last, .text = buf_peek(&tail->elements), .comma = first < last };
    return 2;
}

static void put_together(const struct rest *rest, struct buf *out)
{
    struct span body = rest->x->view_in.body;
    struct edit *edits = mem_zalloc((rest->n * 2 + 1) * sizeof(*edits));
    size_t n = 0, from = 0;
    for (size_t i = 0; i < rest->n; i++)
        n += edits_of(&rest->tails[i], body, edits + n);
    qsort(edits, n, sizeof(*edits), by_place);
    for (size_t i = 0; i < n; i++) {
        const struct edit *edit = &edits[i];
        buf_add(out, body.p + from, edit->at - from);
        if (edit->comma && edit->text.n > 0)
            buf_char(out, ',');
        buf_span(out, edit->text);
        from = edit->at + edit->drop;
    }
    buf_add(out, body.p + from, body.n - from);
    free(edits);
}

/* ---- the end ------------------------------------------------------------------------------------------------------
 */

static const struct tail *first_failed(const struct rest *rest)
{
    for (size_t i = 0; i < rest->n; i++) {
        if (rest->tails[i].err)
            return &rest->tails[i];
    }
    return NULL;
}

static void on_read(struct exchange *x)
{
    struct call *call = x->owner;
    call->rest->done(call, x);
}

static void give_up(struct rest *rest, enum err err, const struct upstream *upstream, struct span field,
                    const char *why)
{
    struct exchange *x = rest->x;
    if (upstream)
        x->upstream = *upstream;
    x->fault = (struct fault){ 0 };
    x->err = fault_set(&x->fault, err,
                       "the rest of a record's %.*s could not be read (partial=allow gives a part): "
                       "%.280s",
                       SPAN_ARG(field), why);
    x->out.data->n = x->data_had;
    rest->done(rest->call, x);
}

static void finish(struct rest *rest)
{
    const struct call *call = rest->call;
    const struct tail *failed = first_failed(rest);
    bool is_given = call->partial || call->method->writes; /* a write is done, whatever cannot be shown of it */
    if (failed && !is_given) {
        give_up(rest, failed->err, &failed->upstream, failed->noted->field, failed->fault.text);
        return;
    }
    struct buf whole;
    buf_init(&whole, REST_BYTES_MAX);
    put_together(rest, &whole);
    if (whole.over) {
        buf_release(&whole);
        give_up(rest, ERR_OVERLOADED, NULL, rest->tails[0].noted->field, "the answer passes 64 MB with it");
        return;
    }
    rest->x->done = on_read;
    exchange_read_again(rest->x, &whole);
}

/* Starts what may start; the last to end finishes.  An exchange may end before exchange_start returns. */
static void pump(struct rest *rest)
{
    if (rest->pumping)
        return;
    rest->pumping = true;
    while (rest->next < rest->n && rest->running < REST_AT_ONCE) {
        struct tail *tail = &rest->tails[rest->next++];
        rest->running++;
        if (tail->err)
            end(tail, tail->err, &tail->fault);
        else if (!has_list(tail->noted))
            end(tail, OK, NULL);
        else
            ask(tail);
    }
    rest->pumping = false;
    if (rest->running == 0)
        finish(rest);
}

/* ---- the start ------------------------------------------------------------------------------------------------------
 */

static const struct step *step_of(const struct platform *platform, const struct cw_plan *plan)
{
    const struct step *step = platform->steps;
    while (step->row != plan) /* the view has it from there */
        step++;
    return step;
}

/* Arguments from the record; the first page's place among them. */
static void begin(struct rest *rest, struct tail *tail, const struct view_rest *noted)
{
    const struct call *call = rest->call;
    *tail = (struct tail){ .rest = rest, .noted = noted, .step = step_of(call->store->platform, noted->plan) };
    buf_init(&tail->elements, REST_BYTES_MAX);
    tail->args = json_object();
    tail->page.size = tail->step->call->page ? tail->step->call->page->max : 0;
    for (size_t i = 0; i < tail->step->n_with; i++) {
        const char *name = noted->plan->with[i].ours;
        struct span text = noted->args[i];
        if (!text.p)
            tail->err = fault_set(&tail->fault, ERR_STORE_UNREADABLE, "the record does not say %s", name);
        else if (strcmp(name, "page.cursor") == 0)
            tail->page.cursor = text;
        else
            args_set_new(tail->args, span_of(name), json_stringn(text.p, text.n));
    }
}

void rest_start(struct call *call, struct exchange *x, void (*done)(struct call *call, struct exchange *x))
{
    struct rest *rest = mem_zalloc(sizeof(*rest));
    *rest = (struct rest){ .call = call, .x = x, .done = done, .n = x->out.n_rests };
    call->rest = rest;
    if (rest->n > TAILS_MAX) {
        give_up(rest, ERR_OVERLOADED, NULL, x->out.rests[0].field, "too many records have one: ask for fewer");
        return;
    }
    rest->tails = arena_zalloc(call->arena, rest->n * sizeof(*rest->tails));
    for (size_t i = 0; i < rest->n; i++)
        begin(rest, &rest->tails[i], &x->out.rests[i]);
    pump(rest);
}

void rest_release(struct call *call)
{
    struct rest *rest = call->rest;
    if (!rest)
        return;
    call->rest = NULL;
    for (size_t i = 0; rest->tails && i < rest->n; i++) {
        struct tail *tail = &rest->tails[i];
        if (tail->exchange)
            exchange_release(tail->exchange);
        json_decref(tail->args);
        buf_release(&tail->elements);
    }
    free(rest);
}
