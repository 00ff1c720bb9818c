/*
 * call.c - one method requested once.
 *
 * By kind of method: a list asks for pages until the limit is filled, the shop has no more, or five pages were
 * asked for; a get, a count and a validation are one exchange; raw is one exchange without an endpoint; stock
 * has a file of its own.  Look-ups (plan rows of role LOOKUP) come first and fill arguments by the names of
 * their `out` rows; what they found is remembered (core/lookup.h).
 *
 * Example: inventory.list?limit=3 on a shop whose pages hold items with two levels each: page of size 3 has six
 * records, three are written, next = the same page, skip 3.
 */
#include "core/call.h"

#include "core/args.h"
#include "core/calls.h"
#include "core/change.h"
#include "core/emulate.h"
#include "core/follow.h"
#include "core/log.h"
#include "core/lookup.h"
#include "core/probe.h"
#include "core/rest.h"
#include "core/stock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the end --------------------------------------------------------------------------------------------- */

static void begin(struct call *call);

static void on_followed(struct call *call, enum err err)
{
    follow_release(call);
    call_finish(call, err);
}

/* What was remembered is forgotten, and all begins again, once: "not found" may speak of a remembered id. */
static void begin_anew(struct call *call)
{
    for (size_t i = 0; i < call->n_remembered; i++)
        lookups_forget(call->services->lookups, call->remembered[i]);
    for (size_t i = 0; i < call->n_filled; i++)
        args_del(call->args, span_of(call->filled[i]));
    call->begun_anew = true;
    call->n_remembered = call->n_filled = call->n_found = 0;
    call->fault = (struct fault){ 0 };
    stock_release(call);
    change_release(call);
    follow_release(call);
    begin(call);
}

void call_finish(struct call *call, enum err err)
{
    const struct services *s = call->services;
    if (err == ERR_NOT_FOUND && call->n_remembered > 0 && !call->begun_anew) {
        begin_anew(call);
        return;
    }
    if (!err && follow_is_open(call)) {
        follow_start(call, on_followed);
        return;
    }
    int64_t took_ms = s->now_ms - call->started_ms;
    call->err = err;
    follow_release(call);
    stock_release(call);
    change_release(call);
    calls_count_call(s->calls, call->method->name, err_code(err), took_ms);
    if (call->n_problems > 0)
        calls_count_problem(s->calls, call->store->platform, call->method->entity ? call->method->entity : "",
                            call->n_problems);
    log_begin(s->log, LEVEL_INFO, "call");
    log_text(s->log, "call", call->id);
    log_str(s->log, "store", call->store->id);
    log_str(s->log, "method", call->method->name);
    log_str(s->log, "result", err_code(err));
    log_i64(s->log, "upstream", call->n_upstream);
    if (call->n_shared + call->n_cached > 0)
        log_i64(s->log, "reused", call->n_shared + call->n_cached);
    log_i64(s->log, "wait_ms", call->wait_ms);
    log_i64(s->log, "took_ms", took_ms);
    log_i64(s->log, "records", (int64_t)call->n_records);
    log_i64(s->log, "problems", (int64_t)call->n_problems);
    if (err)
        log_fault(s->log, &call->fault);
    log_end(s->log);
    calls_open(s->calls, -1);
    call->done(call);
}

void call_fail(struct call *call, enum err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(call->fault.text, sizeof(call->fault.text), format, args);
    va_end(args);
    call->fault.err = err;
    call_finish(call, err);
}

void call_fail_with(struct call *call, const struct exchange *x)
{
    call->fault = x->fault;
    call->upstream = x->upstream;
    call_finish(call, x->err);
}

/* ---- one exchange ------------------------------------------------------------------------------------------ */

static void drop_exchange(struct call *call)
{
    if (call->exchange)
        exchange_release(call->exchange);
    call->exchange = NULL;
}

void call_note_reuse(struct call *call, const struct exchange *x)
{
    if (x->from == FROM_SHOP && x->cache_said.n == 0)
        return;
    call->n_shared += x->from == FROM_SHARED;
    call->n_cached += x->from == FROM_CACHE;
    if (x->from == FROM_CACHE && x->age_ms > call->age_ms)
        call->age_ms = x->age_ms;
    if (x->cache_said.n > 0)
        call->cache_said = x->cache_said;
    else if (x->from == FROM_SHARED)
        call->cache_said = SPAN("fwd=uri-miss; collapsed");
    if (x->from != FROM_SHOP)
        calls_count_reuse(call->services->calls, call->store->platform, x->from);
}

/* All of its records are there. */
static void take_exchange(struct call *call, struct exchange *x)
{
    void (*then)(struct call *, struct exchange *) = call->then;
    rest_release(call);
    if (!x->err)
        follow_note(call, x);
    then(call, x);
}

/* What is cut of it is read to its end first. */
static void complete(struct call *call, struct exchange *x)
{
    if (!x->err && x->out.n_rests > 0)
        rest_start(call, x, take_exchange);
    else
        take_exchange(call, x);
}

static void on_exchange(struct exchange *x)
{
    struct call *call = x->owner;
    call_note_reuse(call, x);
    call->n_upstream += x->attempts;
    call->wait_ms += x->wait_ms;
    if (x->err == ERR_OUTCOME_UNKNOWN && probe_start(call, x, complete))
        return;
    complete(call, x);
}

static struct exchange *prepare(struct call *call, void (*then)(struct call *call, struct exchange *exchange))
{
    drop_exchange(call);
    call->then = then;
    call->exchange = arena_alloc(call->arena, sizeof(*call->exchange));
    *call->exchange = (struct exchange){ .services = call->services,
                                         .store = call->store,
                                         .by = call->way,
                                         .on_trial = call->secrets,
                                         .selection = call->selection,
                                         .args = call->args,
                                         .found = call->found,
                                         .n_found = call->n_found,
                                         .raw_records = call->raw_records,
                                         .partial = call->partial,
                                         .reads_on = true,
                                         .app = call->app,
                                         .app_id = call->app_id,
                                         .method = call->method->name,
                                         .klass = CLASS_INTERACTIVE,
                                         .deadline_ms = call->deadline_ms,
                                         .call_id = call->id,
                                         .shares = !call->method->writes && call->method->kind != METHOD_VALIDATE,
                                         .wish = call->wish.given ? &call->wish : NULL,
                                         .arena = call->arena,
                                         .done = on_exchange,
                                         .owner = call };
    return call->exchange;
}

void call_exchange(struct call *call, const struct endpoint *endpoint, const json_t *args, struct buf *data,
                   struct buf *problems, void (*then)(struct call *call, struct exchange *exchange))
{
    struct exchange *x = prepare(call, then);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->args = args;
    bool is_asked = call->method->entity && endpoint->entity == model_entity(call->method->entity);
    x->selection = is_asked ? call->selection : NULL;
    x->data = data;
    x->problems = problems;
    exchange_start(x);
}

/* ---- look-ups ------------------------------------------------------------------------------------------------ */

static void next_lookup(struct call *call);

struct arg_names {
    const struct call *call;
};

static bool get_arg(const void *self, struct span name, struct buf *out)
{
    const struct call *call = ((const struct arg_names *)self)->call;
    return args_text(args_get(call->args, name), out);
}

/* The look-up's arguments; NULL: something that a template needs is absent, so it is not for this call. */
static json_t *lookup_args(const struct call *call, const struct step *step)
{
    struct arg_names self = { call };
    struct names names = { .self = &self, .get = get_arg };
    json_t *args = json_object();
    for (size_t i = 0; i < step->n_with; i++) {
        struct buf text;
        if (!step->with_made[i]) { /* a path: the caller's value as it is, lists too, if there is one */
            const json_t *value = args_get(call->args, span_of(step->row->with[i].theirs));
            if (value)
                args_set_new(args, span_of(step->row->with[i].ours), json_incref((json_t *)value));
            continue;
        }
        buf_init(&text, 4096);
        /* with rows read "argument of the endpoint" <- "=template" */
        bool ok = template_fill(step->with_made[i], &names, LAND_TEXT, &text) == TEMPLATE_FILLED;
        if (ok)
            json_object_set_new(args, step->row->with[i].ours, json_stringn(text.p, text.n));
        buf_release(&text);
        if (!ok) {
            json_decref(args);
            return NULL;
        }
    }
    return args;
}

/* "sandbox/12/item/{"sku":"MUG"}": a changed store does not find what it had before. */
static struct span lookup_key(const struct call *call, const struct step *step, const json_t *args)
{
    char *text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
    const char *key = arena_printf(call->arena, "%s/%llu/%s/%s", call->store->id,
                                   (unsigned long long)call->store->serial, step->row->name, text);
    free(text);
    return span_of(key);
}

/* "0" where the row that the look-up fills says that it means none. */
static bool is_none(const struct endpoint *endpoint, const char *argument, struct span text)
{
    for (const struct cw_field *out = endpoint->row->out; out && out->ours; out++) {
        if (strcmp(out->ours, argument) == 0)
            return out->fmt && strcmp(out->fmt, "0null") == 0 && span_is(text, "0");
    }
    return false;
}

/* A null names nothing: the look-up finds it. */
static bool is_given(const struct call *call, const char *argument)
{
    const json_t *value = args_get(call->args, span_of(argument));
    return value && !json_is_null(value);
}

/* An object or list that was found is kept as {"json": its text}: numbers keep their digits. */
#define WHOLE "json"

/* What a look-up found fills arguments and names of later templates. */
static void fill_found(struct call *call, const struct endpoint *endpoint, const json_t *values)
{
    for (size_t i = 0; i < endpoint->n_extra && call->n_found < CALL_FOUND_MAX; i++) {
        const json_t *value = json_array_get(values, i), *whole = json_object_get(value, WHOLE);
        const json_t *string = whole ? whole : value;
        struct span text = { json_string_value(string), json_string_length(string) };
        const char *kept = arena_dup(call->arena, text);
        call->found[call->n_found++] = (struct found){ endpoint->extra_names[i], { kept, text.n }, whole != NULL };
        const char *argument = strchr(endpoint->extra_names[i], '.') + 1;
        if (text.n == 0 || whole || is_none(endpoint, argument, text) || is_given(call, argument))
            continue;
        json_t *filled = json_stringn(kept, text.n);
        if (!filled) /* not UTF-8: no argument */
            continue;
        args_set_new(call->args, span_of(argument), filled);
        call->filled[call->n_filled++] = argument;
    }
}

/* Texts; a list or an object as it was sent (a record that is put back whole), whose bytes render.c looks at. */
static json_t *values_of(const struct exchange *x)
{
    json_t *values = json_array();
    for (size_t i = 0; i < x->endpoint->n_extra; i++) {
        struct found found = found_of("", &x->out.extra[i], x->arena);
        json_t *text = found.value.n > 0 ? json_stringn_nocheck(found.value.p, found.value.n) : json_null();
        json_array_append_new(values, found.is_json ? json_pack("{s:o}", WHOLE, text) : text);
    }
    return values;
}

static enum err take_found(struct call *call, const struct exchange *x)
{
    const struct step *step = platform_step(call->store->platform, call->lookup_method, CW_LOOKUP, call->lookup);
    if (x->out.n_seen != 1)
        return fault_set(&call->fault, x->out.n_seen == 0 ? ERR_NOT_FOUND : ERR_VALIDATION_FAILED,
                         x->out.n_seen == 0 ? "the shop has no %s with these values"
                                            : "more than one %s of the shop has these values: name it by its id",
                         step->row->name);
    json_t *values = values_of(x);
    fill_found(call, x->endpoint, values);
    calls_count_lookup(call->services->calls, call->store->platform, false);
    if (step->row->keep_s > 0)
        lookups_put(call->services->lookups, lookup_key(call, step, call->lookup_args), values,
                    call->services->now_ms + 1000 * (int64_t)step->row->keep_s);
    else
        json_decref(values);
    return OK;
}

static void on_lookup(struct call *call, struct exchange *x)
{
    enum err err = x->err;
    if (err) {
        call_fail_with(call, x);
        return;
    }
    err = take_found(call, x);
    if (err == ERR_NOT_FOUND && call->method->kind == METHOD_LIST) {
        call->fault = (struct fault){ 0 };
        call_finish(call, OK); /* nothing has these values: an empty list */
        return;
    }
    if (err) {
        call_finish(call, err);
        return;
    }
    call->lookup++;
    next_lookup(call);
}

static bool has_arguments(const struct call *call, const struct step *step)
{
    const struct cw_field *out = step->call->row->out;
    if (!out) /* it is asked for what templates and hooks want of it */
        return false;
    for (; out->ours; out++) {
        if (!is_given(call, out->ours))
            return false;
    }
    return true;
}

/* false: the shop must be asked. */
static bool remember(struct call *call, const struct step *step, const json_t *args)
{
    if (step->row->keep_s == 0 || call->n_remembered == CALL_LOOKUPS_MAX)
        return false;
    struct span key = lookup_key(call, step, args);
    const json_t *values = lookups_get(call->services->lookups, key, call->services->now_ms);
    if (!values)
        return false;
    call->remembered[call->n_remembered++] = key;
    fill_found(call, step->call, values);
    calls_count_lookup(call->services->calls, call->store->platform, true);
    return true;
}

enum lookup_need call_lookup_need(const struct call *call, const struct step *step)
{
    if (has_arguments(call, step))
        return LOOKUP_FILLED;
    json_t *args = lookup_args(call, step);
    if (!args)
        return LOOKUP_LACKS;
    bool known = step->row->keep_s > 0 &&
                 lookups_get(call->services->lookups, lookup_key(call, step, args), call->services->now_ms);
    json_decref(args);
    return known ? LOOKUP_REMEMBERED : LOOKUP_ASKED;
}

static void next_lookup(struct call *call)
{
    const struct step *step;
    while ((step = platform_step(call->store->platform, call->lookup_method, CW_LOOKUP, call->lookup))) {
        json_t *args = has_arguments(call, step) ? NULL : lookup_args(call, step);
        if (args && remember(call, step, args)) {
            json_decref(args);
        } else if (args) {
            json_decref(call->lookup_args);
            call->lookup_args = args;
            call_exchange(call, step->call, args, NULL, NULL, on_lookup);
            return;
        }
        call->lookup++;
    }
    call->after_lookups(call);
}

void call_lookups(struct call *call, const char *method, void (*next)(struct call *call))
{
    call->lookup = 0;
    call->lookup_method = method;
    call->after_lookups = next;
    next_lookup(call);
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

static void ask_page(struct call *call);

/* Are pages asked for by their number?  It counts pages of one size: another size would leave records out. */
static bool by_number(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_page_put; i++) {
        if (strcmp(endpoint->page_put[i].row->ours, "page.number") == 0)
            return true;
    }
    return false;
}

/* Must this page have the size of the one before?  skip counts in such a page. */
static bool is_bound(const struct call *call, const struct endpoint *endpoint)
{
    return call->at.size > 0 && (call->at.skip > 0 || (call->at.number > 0 && by_number(endpoint)));
}

static uint32_t page_size(const struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    uint32_t left = call->limit - (uint32_t)call->n_records;
    if (is_bound(call, endpoint))
        return call->at.size;
    if (endpoint->page && endpoint->page->max > 0 && left > endpoint->page->max)
        left = endpoint->page->max;
    if (call->at.offset < endpoint->reach && left > endpoint->reach - call->at.offset)
        left = (uint32_t)(endpoint->reach - call->at.offset);
    return left;
}

/* A condition of the adapter's is the last word; else a count is. */
static bool has_more(const struct call *call, const struct view_out *out)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    if (endpoint->page && endpoint->page->more)
        return out->more; /* a cursor of GraphQL is there on the last page, too */
    if (out->next.n > 0)
        return true;
    if (out->has_total)
        return call->at.offset + call->at.size < (uint64_t)out->total;
    return out->more;
}

/* Where one record has a key that is not above that of the record before, what lies behind the last one is not the
 * rest. */
static bool is_in_order(const struct endpoint *endpoint, const struct view_out *out)
{
    struct value least = { .kind = VALUE_ABSENT };
    bool holds = true;
    for (size_t i = 0; i < out->n_rows && holds; i++) {
        struct buf scratch;
        buf_init(&scratch, 4096);
        const struct value *key = &out->extra[i * endpoint->n_extra + endpoint->key];
        holds = least.kind == VALUE_ABSENT || cond_compare(key, COND_GE, value_text(&least, &scratch));
        least = *key;
        buf_release(&scratch);
    }
    return holds;
}

/* As far as paging reaches, the list begins anew behind the last record's key. */
static enum err begin_behind(struct call *call, const struct endpoint *endpoint, const struct view_out *out)
{
    struct span key = { 0 };
    struct buf scratch;
    if (!is_in_order(endpoint, out))
        return fault_set(
            &call->fault, ERR_STORE_UNREADABLE,
            "paging ends after %u records: expected them in ascending order of %s, to go on behind the last",
            endpoint->reach, endpoint->page->key);
    buf_init(&scratch, 4096);
    if (out->n_rows > 0)
        key = value_text(&out->extra[(out->n_rows - 1) * endpoint->n_extra + endpoint->key], &scratch);
    bool is_good = key.n > 0 && key.n <= PAGE_KEY_BYTES;
    if (is_good)
        call->at = (struct list_position){ .after = { arena_dup(call->arena, key), key.n }, .is_further = true };
    buf_release(&scratch);
    if (is_good)
        return OK;
    return fault_set(&call->fault, ERR_STORE_UNREADABLE,
                     "paging ends after %u records: expected %s of the last one, of 1 to %d bytes, to go on behind it",
                     endpoint->reach, endpoint->page->key, PAGE_KEY_BYTES);
}

/* Moves the position behind what was just taken.  *further false: that was the end. */
static enum err advance(struct call *call, const struct view_out *out, bool *further)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    size_t taken = out->n_written + out->n_problems;
    struct list_position *at = &call->at;
    at->is_further = true;
    if (at->skip + taken < out->n_seen) {
        at->skip += taken;
        *further = true;
        return OK;
    }
    *further = has_more(call, out);
    if (!*further)
        return OK;
    uint64_t ahead = at->offset + at->size + (by_number(endpoint) ? at->size : 1);
    if (endpoint->reach && ahead > endpoint->reach)
        return begin_behind(call, endpoint, out);
    if (out->next.n > PAGE_CURSOR_BYTES)
        return fault_set(&call->fault, ERR_STORE_UNREADABLE, "the shop's cursor has %zu bytes, more than %d",
                         out->next.n, PAGE_CURSOR_BYTES);
    at->skip = 0;
    at->number++;
    at->offset += at->size;
    at->cursor = (struct span){ arena_dup(call->arena, out->next), out->next.n };
    return OK;
}

/* Where one element of theirs is several records (levels of an item), a page seldom ends where the limit does: a small
 * rest is left to the next request, which gets a whole page for the same price. */
static bool is_worth_a_page(const struct call *call, const struct view_out *out)
{
    size_t left = call->limit - call->n_records;
    return call->n_records < call->limit && (out->n_seen <= out->n_page || left * 4 >= out->n_seen);
}

/* The page is in data as it is to be given, `kept` records of it.  Further ones are asked for under the bound. */
static void take_page(struct call *call, const struct view_out *out, size_t kept)
{
    call->n_records += kept + out->n_problems;
    call->n_problems += out->n_problems;
    call->has_total = out->has_total;
    call->total = out->total;
    bool further = false;
    enum err err = advance(call, out, &further);
    if (err) {
        call_finish(call, err);
        return;
    }
    if (further && is_worth_a_page(call, out) && call->pages + call->n_followed < CALL_UPSTREAM_MAX) {
        ask_page(call);
        return;
    }
    call->has_next = further;
    call->next = call->at;
    call_finish(call, OK);
}

/* ---- filters that are done here ---- */

static bool page_fills(void *self, struct span field)
{
    return follow_fills(self, field);
}

static void page_moved(void *self, size_t at, size_t n, size_t to)
{
    follow_moved(self, at, n, to);
}

static void on_page_followed(struct call *call, enum err err)
{
    follow_release(call);
    if (err)
        call_finish(call, err);
    else
        take_page(call, &call->exchange->out,
                  emulate_keep(call->method, call->args, call->data, call->page_data, NULL));
}

/* What can be compared is, so that further requests are made for what fits only.  If they fill what is to be compared,
 * they are made page by page, and count. */
static void sift_page(struct call *call, const struct view_out *out)
{
    struct emulate_open open = { call, page_fills, page_moved };
    bool is_open = follow_is_open(call);
    size_t kept = emulate_keep(call->method, call->args, call->data, call->page_data, is_open ? &open : NULL);
    if (kept > 0 && is_open && emulate_waits(call->method, call->args, &open))
        follow_start(call, on_page_followed);
    else
        take_page(call, out, kept);
}

static void on_page(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->pages++;
    call->at.size = x->page.size; /* a limit may have made it smaller */
    call->upstream = x->upstream;
    if (emulate_any(call->args))
        sift_page(call, &x->out);
    else
        take_page(call, &x->out, x->out.n_written);
}

static void ask_page(struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    bool is_fixed = is_bound(call, endpoint);
    call->at.size = page_size(call);
    call->page_data = call->data->n;
    struct exchange *x = prepare(call, on_page);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->data = call->data;
    x->problems = call->problems;
    x->skip = call->at.skip;
    x->limit = call->limit - call->n_records;
    x->page = (struct page_position){ .size = call->at.size,
                                      .number = call->at.number + (endpoint->page ? endpoint->page->first : 0),
                                      .offset = call->at.offset,
                                      .cursor = call->at.cursor,
                                      .is_fixed = is_fixed,
                                      .after = call->at.after };
    x->seen_before = call->at.offset;
    exchange_start(x);
}

static void start_list(struct call *call)
{
    call->at = call->from;
    ask_page(call);
}

/* ---- one record, a count, a check ----------------------------------------------------------------------------- */

static void on_record(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->upstream = x->upstream;
    call->n_problems = x->out.n_problems;
    call->n_records = x->out.n_written;
    if (x->out.n_problems > 0)
        call_fail(call, ERR_STORE_UNREADABLE, "the shop's record does not fit: %.*s",
                  (int)(call->problems->n > 180 ? 180 : call->problems->n), call->problems->p);
    else if (x->out.n_written == 0)
        call_fail(call, ERR_NOT_FOUND, "the shop has no such %s", call->method->entity);
    else
        call_finish(call, OK);
}

static void on_count(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->has_total = x->out.has_total;
    call->total = x->out.total;
    if (!x->out.has_total)
        call_fail(call, ERR_STORE_UNREADABLE, "the shop's answer names no count");
    else
        call_finish(call, OK);
}

static void on_validated(struct call *call, struct exchange *x)
{
    if (x->err)
        call_fail_with(call, x);
    else
        call_finish(call, OK);
}

static void ask_one(struct call *call)
{
    static void (*const then[])(struct call *, struct exchange *) = {
        [METHOD_GET] = on_record, [METHOD_COUNT] = on_count, [METHOD_VALIDATE] = on_validated
    };
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    struct exchange *x = prepare(call, then[call->method->kind]);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->data = call->data;
    x->problems = call->problems;
    x->page.size = call->method->kind == METHOD_COUNT && endpoint->page ? 1 : 0;
    exchange_start(x);
}

static void on_raw(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->upstream = x->upstream;
    call->body = x->body;
    call->content_type = x->content_type;
    x->body.p = NULL;
    call_finish(call, OK);
}

static void start_raw(struct call *call)
{
    struct exchange *x = prepare(call, on_raw);
    x->raw = call->raw;
    exchange_start(x);
}

/* ---- the start ------------------------------------------------------------------------------------------------- */

static void start_kind(struct call *call)
{
    switch (call->method->kind) {
    case METHOD_LIST:
        start_list(call);
        break;
    case METHOD_GET:
    case METHOD_COUNT:
    case METHOD_VALIDATE:
        ask_one(call);
        break;
    case METHOD_STOCK:
        stock_start(call);
        break;
    case METHOD_CREATE:
    case METHOD_UPDATE:
    case METHOD_ACT:
    case METHOD_DELETE:
        change_start(call);
        break;
    case METHOD_STOCK_BATCH:
    case METHOD_CAPABILITIES:
        call_fail(call, ERR_UNSUPPORTED, "%s is not a call to a shop", call->method->name);
        break;
    case METHOD_RAW:
        start_raw(call);
        break;
    }
}

static void begin(struct call *call)
{
    if (call->method->kind == METHOD_RAW || call->method->kind == METHOD_STOCK || call->method->writes)
        start_kind(call); /* what writes is checked before anything is looked up */
    else
        call_lookups(call, call->method->name, start_kind);
}

enum err call_check(struct call *call)
{
    const struct platform *platform = call->store->platform;
    if (!platform)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "the adapter of store %s is not loaded", call->store->id);
    if (!method_served(call->method, platform))
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s is not something that the adapter %s can do",
                         call->method->name, platform->table->name);
    return OK;
}

void call_start(struct call *call)
{
    call->started_ms = call->services->now_ms;
    call->upstream.retry_after_ms = -1;
    calls_open(call->services->calls, 1);
    enum err err = call_check(call);
    if (err)
        call_finish(call, err);
    else
        begin(call);
}

void call_abandon(struct call *call)
{
    stock_abandon(call);
    change_abandon(call);
    probe_drop(call);
    rest_release(call);
    follow_release(call);
}

void call_release(struct call *call)
{
    drop_exchange(call);
    json_decref(call->lookup_args);
    call->lookup_args = NULL;
    if (call->body.p)
        buf_release(&call->body);
}
