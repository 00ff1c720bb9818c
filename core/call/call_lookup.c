/*
 * call_lookup.c - what must be asked before a method's own request: plan rows of role LOOKUP, in their order.
 *
 * A look-up fills arguments by the names of its `out` rows, and is left out where they are there, or where something
 * that it needs is not.  What it found is remembered (core/call/lookup.h) for as long as its row says.
 *
 *     inventory.set {"sku":"MUG"}    item: sku=MUG -> item_id, so that the write names the item by its id
 */
#include "core/call/call_inside.h"

#include "core/call/lookup.h"
#include "core/exchange/calls.h"
#include "core/platform/args.h"

#include <stdlib.h>
#include <string.h>

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

void call_lookups_forget(struct call *call)
{
    for (size_t i = 0; i < call->n_remembered; i++)
        lookups_forget(call->services->lookups, call->remembered[i]);
    for (size_t i = 0; i < call->n_filled; i++)
        args_del(call->args, span_of(call->filled[i]));
    call->n_remembered = call->n_filled = call->n_found = 0;
}
