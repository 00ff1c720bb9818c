/*
 * stock.c - one stock level set, adjusted, or compared and set.
 *
 *     check the body -> look-ups (sku to item) -> wait for who came before -> wait in the level's line
 *         -> read -> write -> read back -> answer
 *     where a whole record is put back: check -> wait in the product's line -> look-ups -> read -> write ...
 *
 * The read is left out for a plain set, and where the shop itself adjusts or compares (guard "native").  Each arrow is
 * one exchange; what it decides is in the function named after it.  The line is kept from the read to the read back, so
 * two of our own sequences on a level never cross.
 */
#include "core/call/stock_inside.h"

#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES_MAX = 256 * 1024 };

/* ---- the end ---------------------------------------------------------------------------------------------- */

static void release(struct stock *stock)
{
    struct call *call = stock->call;
    call->stock = NULL;
    stock_leave(stock);
    json_decref(stock->args);
    buf_release(&stock->record);
    buf_release(&stock->problems);
    free(stock);
}

void stock_release(struct call *call)
{
    if (call->stock)
        release(call->stock);
}

void stock_abandon(struct call *call)
{
    if (!call->stock)
        return;
    call->stock->in_line = false;
    call->stock->arrival.queue = NULL;
    release(call->stock);
}

void stock_end(struct stock *stock, enum err err)
{
    struct call *call = stock->call;
    release(stock);
    call_finish(call, err);
}

static void end_with(struct stock *stock, const struct exchange *x)
{
    stock->call->fault = x->fault;
    stock->call->upstream = x->upstream;
    stock_end(stock, x->err);
}

/* With those that it took along, in the order in which they came: who begins anew (call.c) does so in that. */
static void end_all(struct stock *stock, enum err err)
{
    struct stock *behind = stock->behind, *next;
    for (struct stock *at = behind; at; at = at->next) {
        at->call->fault = stock->call->fault;
        at->call->upstream = upstream_copy(&stock->call->upstream, at->call->arena);
    }
    stock_end(stock, err);
    for (struct stock *at = behind; at; at = next) {
        next = at->next;
        stock_end(at, err);
    }
}

static void write_quantity(struct buf *out, const char *name, bool has, struct dec value)
{
    buf_printf(out, "\"%s\":", name);
    if (has)
        dec_format(out, value);
    else
        buf_lit(out, "null");
}

/* done: whose write it was, itself or the one that took it along. */
static void write_answer(const struct stock *stock, const struct stock *done)
{
    const struct call *call = stock->call;
    const struct services *s = call->services;
    struct buf *out = call->data;
    const char *name;
    json_t *value;
    buf_lit(out, "{\"object\":\"inventory_adjustment\",\"store\":");
    buf_json(out, span_of(call->store->id));
    json_object_foreach(stock->args, name, value)
    {
        bool is_ours = strcmp(name, "quantity") == 0 || strcmp(name, "mode") == 0 || strcmp(name, "expected") == 0;
        if (!json_is_string(value) || is_ours)
            continue;
        buf_char(out, ',');
        buf_json(out, span_of(name));
        buf_char(out, ':');
        buf_json(out, (struct span){ json_string_value(value), json_string_length(value) });
    }
    buf_printf(out, ",\"mode\":\"%s\",", stock_mode_name(stock->mode));
    write_quantity(out, "quantity", true, stock->quantity);
    buf_char(out, ',');
    write_quantity(out, "expected", stock->mode == STOCK_COMPARE_AND_SET, stock->expected);
    buf_printf(out, ",\"guard\":\"%s\",", stock->is_native ? "native" : "checked");
    if (stock->behind || (stock != done && stock->next)) /* not the last */
        buf_lit(out, "\"collapsed\":true,");
    buf_lit(out, "\"result\":{");
    write_quantity(out, "before", done->has_before, done->before);
    buf_char(out, ',');
    write_quantity(out, "after", done->has_after, done->after);
    buf_lit(out, ",\"verified_at\":");
    if (done->has_after) {
        buf_char(out, '"');
        ts_format(out, s->env.wall_ms(s->env.self));
        buf_char(out, '"');
    } else {
        buf_lit(out, "null");
    }
    buf_lit(out, "}}");
    stock->call->n_records = 1;
}

static void answer(struct stock *stock)
{
    for (const struct stock *at = stock->behind; at; at = at->next)
        write_answer(at, stock);
    write_answer(stock, stock);
    end_all(stock, OK);
}

/* ---- reading a level ---------------------------------------------------------------------------------------- */

/* "on_hand" of the record that the endpoint gave. */
static bool level_of(const struct stock *stock, struct dec *out)
{
    json_t *record = json_loadb(stock->record.p, stock->record.n, 0, NULL);
    const json_t *on_hand = json_object_get(record, "on_hand");
    char text[40] = "";
    if (json_is_integer(on_hand))
        snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(on_hand));
    else if (json_is_real(on_hand)) /* at most 4 decimals: 15 digits are exact */
        snprintf(text, sizeof(text), "%.15g", json_real_value(on_hand));
    json_decref(record);
    return dec_parse(span_of(text), out);
}

static void read_level(struct stock *stock, void (*then)(struct call *call, struct exchange *exchange))
{
    buf_clear(&stock->record);
    buf_clear(&stock->problems);
    call_exchange(stock->call, stock->get, stock->args, &stock->record, &stock->problems, then);
}

void stock_put_quantity(struct stock *stock, const char *name, struct dec value)
{
    struct buf text;
    buf_init(&text, 64);
    dec_format(&text, value);
    json_object_set_new(stock->args, name, json_stringn(text.p, text.n));
    buf_release(&text);
}

/* ---- write, read back ----------------------------------------------------------------------------------------- */

static void on_read_back(struct call *call, struct exchange *x)
{
    struct stock *stock = call->stock;
    stock->has_after = !x->err && x->out.n_written == 1 && level_of(stock, &stock->after);
    bool is_there = stock->has_after && stock->has_target && dec_cmp(stock->after, stock->target) == 0;
    if (stock->write_err == OK || is_there) {
        answer(stock);
        return;
    }
    call->fault = stock->write_fault;
    call->upstream = stock->write_upstream;
    end_all(stock, stock->write_err);
}

/* The shop compared, and says only that it differs. */
static void say_expected(const struct stock *stock, struct exchange *x)
{
    char wanted[DEC_TEXT_MAX + 1] = "", said[160];
    wanted[dec_put(wanted, stock->expected)] = '\0';
    snprintf(said, sizeof(said), "%.150s", x->fault.text);
    fault_set(&x->fault, x->err, "expected %s on hand: %s", wanted, said);
}

static void write_level(struct stock *stock);

/* Nothing was done.  What is only one's own, its number or its time, is no reason against the others. */
static void refused(struct stock *stock, const struct exchange *x)
{
    bool of_number = x->err == ERR_VALIDATION_FAILED || x->err == ERR_STORE_REJECTED || x->err == ERR_CONFLICT;
    struct call *call = stock->call;
    struct stock *heir = NULL;
    if (of_number && stock->last) {
        end_with(stock_leave_last(stock), x);
        write_level(stock);
        return;
    }
    if (x->err == ERR_LANE_DEADLINE)
        heir = stock_hand_over(stock);
    call->fault = x->fault;
    call->upstream = x->upstream;
    end_all(stock, x->err);
    if (heir)
        stock_proceed(heir);
}

static void on_written(struct call *call, struct exchange *x)
{
    struct stock *stock = call->stock;
    pack_leave(&stock->packed);
    stock->has_left = true;
    if (x->err == ERR_PRECONDITION_FAILED && stock->mode == STOCK_COMPARE_AND_SET)
        say_expected(stock, x);
    if (!x->err && stock->is_native && stock->mode == STOCK_COMPARE_AND_SET) {
        stock->has_before = true; /* the shop found it so */
        stock->before = stock->expected;
    }
    stock->write_err = x->err;
    stock->write_fault = x->fault;
    stock->write_upstream = x->upstream;
    if (x->err && (x->err != ERR_OUTCOME_UNKNOWN || !stock->get)) {
        refused(stock, x);
        return;
    }
    if (!stock->get) {
        answer(stock);
        return;
    }
    stock->write_upstream = upstream_copy(&x->upstream, call->arena); /* the exchange is reused now */
    read_level(stock, on_read_back);
}

static void write_level(struct stock *stock)
{
    stock->is_written = true;
    stock->has_left = false;
    stock_put_quantity(stock, "quantity", stock->has_target ? stock->target : stock->quantity);
    if (stock->is_native && stock->mode == STOCK_COMPARE_AND_SET)
        stock_put_quantity(stock, "expected", stock->expected);
    else if (stock->is_native) /* some shops want to be told that nothing is compared */
        json_object_set_new(stock->args, "expected", json_null());
    if (stock->mode != STOCK_SET && !stock->is_native) {
        call_exchange(stock->call, stock->set, stock->args, &stock->record, &stock->problems, on_written);
        return;
    }
    stock->packed.call = stock->call;
    stock->packed.endpoint = stock->set;
    stock->packed.args = stock->args;
    stock->packed.data = &stock->record;
    stock->packed.problems = &stock->problems;
    stock->packed.done = on_written;
    pack_send(&stock->packed);
}

/* ---- compare ---------------------------------------------------------------------------------------------------- */

static enum err decide(struct stock *stock)
{
    struct call *call = stock->call;
    if (stock->mode == STOCK_COMPARE_AND_SET && dec_cmp(stock->before, stock->expected) != 0) {
        char found[DEC_TEXT_MAX + 1] = "", wanted[DEC_TEXT_MAX + 1] = "";
        found[dec_put(found, stock->before)] = '\0';
        wanted[dec_put(wanted, stock->expected)] = '\0';
        return fault_set(&call->fault, ERR_PRECONDITION_FAILED, "expected %s on hand, found %s", wanted, found);
    }
    if (stock->mode == STOCK_DELTA && !dec_add(stock->before, stock->quantity, &stock->target))
        return fault_set(&call->fault, ERR_VALIDATION_FAILED, "quantity: the sum is too large");
    stock->has_target = true;
    return OK;
}

static void on_before(struct call *call, struct exchange *x)
{
    struct stock *stock = call->stock;
    if (x->err) {
        end_with(stock, x);
        return;
    }
    if (x->out.n_written != 1 || !level_of(stock, &stock->before)) {
        fault_set(&call->fault, ERR_NOT_FOUND, "the shop has no such stock level, or it names no quantity");
        stock_end(stock, ERR_NOT_FOUND);
        return;
    }
    stock->has_before = true;
    enum err err = decide(stock);
    if (err)
        stock_end(stock, err);
    else
        write_level(stock);
}

/* ---- its turn --------------------------------------------------------------------------------------------------- */

void stock_begin(struct stock *stock)
{
    if (stock->mode == STOCK_SET || stock->is_native)
        write_level(stock);
    else
        read_level(stock, on_before);
}

void stock_start(struct call *call)
{
    const struct platform *platform = call->store->platform;
    struct stock *stock = mem_zalloc(sizeof(*stock));
    stock->call = call;
    call->stock = stock;
    buf_init(&stock->record, RECORD_BYTES_MAX);
    buf_init(&stock->problems, RECORD_BYTES_MAX);
    stock->get = platform_endpoint(platform, "inventory.get");
    enum err err = stock_check_body(stock);
    if (err)
        stock_end(stock, err);
    else
        stock_line_up(stock);
}
