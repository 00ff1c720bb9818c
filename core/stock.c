/*
 * stock.c - one stock level set, adjusted, or compared and set.
 *
 *     check the body -> look-ups (sku to item) -> wait in the level's line -> read -> write -> read back -> answer
 *     where a whole record is put back: check -> wait in the product's line -> look-ups -> read -> write ...
 *
 * The read is left out for a plain set, and where the shop itself adjusts or compares (guard "native").  Each arrow is
 * one exchange; what it decides is in the function named after it.  The line is kept from the read to the read back, so
 * two of our own sequences on a level never cross.
 *
 * Plain sets of one level that wait become one (docs/decisions/sharing.md): who stands last in the line and has not
 * been sent takes the later ones along and sends the last one's number.
 *
 *     set 5 (in the line)   set 7, set 9 (behind it)      one write of 9; 5 and 7 are answered with `collapsed`
 *     the shop refuses 9                                  9 is answered so, and 7 is sent
 *     the time of 5 is over before it was sent            5 is answered so, and 7 has the place in the line
 */
#include "core/stock.h"

#include "core/check.h"
#include "core/lines.h"
#include "core/pack.h"
#include "core/value/dec.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUANTITY_SCALE_MAX = 4, RECORD_BYTES_MAX = 256 * 1024 };
enum { APART_MS = 2000 }; /* who is taken along has at most so much less time than it asked for */

struct stock {
    struct call *call;
    struct waiter waiter;
    bool in_line, is_written, has_left; /* is_written: the write was begun; has_left: it has ended */
    enum stock_mode mode;
    struct dec quantity, expected, target, before, after;
    bool has_before, has_after;
    const struct endpoint *get, *set; /* set: the mode's own where the platform has one (native) */
    bool is_native, has_target;       /* has_target: what will be on hand is known */
    json_t *args;                     /* of the endpoints */
    struct pack_item packed;          /* the write, where it needs no reading before */
    struct stock *behind, *last;      /* later sets that it takes along, in their order; NULL: none */
    struct stock *next;               /* the one behind it among those */
    struct buf record, problems;
    enum err write_err;
    struct fault write_fault;
    struct upstream write_upstream;
};

static const struct {
    const char *name;
    enum stock_mode mode;
    const char *native; /* endpoint by which the shop does it */
} modes[] = { { "set", STOCK_SET, "inventory.set" },
              { "delta", STOCK_DELTA, "inventory.adjust" },
              { "compare_and_set", STOCK_COMPARE_AND_SET, "inventory.compare_and_set" } };

/* ---- the end ---------------------------------------------------------------------------------------------- */

static void release(struct stock *stock)
{
    struct call *call = stock->call;
    struct services *s = call->services;
    call->stock = NULL;
    if (stock->in_line)
        lines_leave(s->lines, &stock->waiter);
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
    release(call->stock);
}

static void end(struct stock *stock, enum err err)
{
    struct call *call = stock->call;
    release(stock);
    call_finish(call, err);
}

static void end_with(struct stock *stock, const struct exchange *x)
{
    stock->call->fault = x->fault;
    stock->call->upstream = x->upstream;
    end(stock, x->err);
}

/* With those that it took along. */
static void end_all(struct stock *stock, enum err err)
{
    struct stock *at = stock->behind, *next;
    for (; at; at = next) {
        next = at->next;
        at->call->fault = stock->call->fault;
        at->call->upstream = stock->call->upstream;
        end(at, err);
    }
    end(stock, err);
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
    buf_printf(out, ",\"mode\":\"%s\",", modes[stock->mode].name);
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

/* ---- those that are taken along ------------------------------------------------------------------------------ */

static void put_quantity(struct stock *stock, const char *name, struct dec value)
{
    struct buf text;
    buf_init(&text, 64);
    dec_format(&text, value);
    json_object_set_new(stock->args, name, json_stringn(text.p, text.n));
    buf_release(&text);
}

/* The last one's number is what counts. */
static void aim(struct stock *stock)
{
    stock->target = stock->last ? stock->last->quantity : stock->quantity;
    if (stock->is_written)
        put_quantity(stock, "quantity", stock->target);
}

/* Nothing of it has been sent: its request is made when it is granted. */
static bool may_change(const struct stock *stock)
{
    return !stock->has_left && (!stock->is_written || pack_waits(&stock->packed));
}

/* Arguments that are another number, or say again what the mode says. */
static bool is_number(const char *name)
{
    return strcmp(name, "quantity") == 0 || strcmp(name, "expected") == 0 || strcmp(name, "mode") == 0;
}

static bool args_within(json_t *a, const json_t *b)
{
    const char *name;
    json_t *value;
    json_object_foreach(a, name, value)
    {
        if (!is_number(name) && !json_equal(value, json_object_get(b, name)))
            return false;
    }
    return true;
}

static bool may_take_along(const struct stock *stock, const struct stock *later)
{
    const struct call *a = stock->call, *b = later->call;
    const struct stock *last = stock->last ? stock->last : stock;
    bool fits = a->store == b->store && a->app == b->app && !later->set->base;
    return fits && stock->mode == STOCK_SET && later->mode == STOCK_SET && may_change(stock) &&
           last->call->deadline_ms <= b->deadline_ms && b->deadline_ms - a->deadline_ms <= APART_MS &&
           args_within(stock->args, later->args) && args_within(later->args, stock->args);
}

static void take_along(struct stock *stock, struct stock *later)
{
    if (stock->last)
        stock->last->next = later;
    else
        stock->behind = later;
    stock->last = later;
    later->call->n_shared++;
    aim(stock);
}

/* The first of them takes its place in the line, and the others along.  NULL: there is none. */
static struct stock *hand_over(struct stock *stock)
{
    struct stock *heir = stock->behind;
    if (!heir)
        return NULL;
    heir->behind = heir->next;
    heir->last = heir->next ? stock->last : NULL;
    heir->next = NULL;
    stock->behind = stock->last = NULL;
    lines_pass(&stock->waiter, &heir->waiter);
    stock->in_line = false;
    heir->in_line = true;
    heir->call->n_shared--;
    aim(heir);
    return heir;
}

/* The shop has something against the last one's number. */
static struct stock *leave_last(struct stock *stock)
{
    struct stock *last = stock->last, *before = stock->behind;
    if (before == last) {
        stock->behind = stock->last = NULL;
    } else {
        while (before->next != last)
            before = before->next;
        before->next = NULL;
        stock->last = before;
    }
    aim(stock);
    return last;
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

static void proceed(struct stock *stock);
static void write_level(struct stock *stock);

/* Nothing was done.  What is only one's own, its number or its time, is no reason against the others. */
static void refused(struct stock *stock, const struct exchange *x)
{
    bool of_number = x->err == ERR_VALIDATION_FAILED || x->err == ERR_STORE_REJECTED || x->err == ERR_CONFLICT;
    struct call *call = stock->call;
    struct stock *heir = NULL;
    if (of_number && stock->last) {
        end_with(leave_last(stock), x);
        write_level(stock);
        return;
    }
    if (x->err == ERR_LANE_DEADLINE)
        heir = hand_over(stock);
    call->fault = x->fault;
    call->upstream = x->upstream;
    end_all(stock, x->err);
    if (heir)
        proceed(heir);
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
    /* upstream's texts point into the exchange that is reused now */
    struct upstream *kept = &stock->write_upstream;
    kept->code = (struct span){ arena_dup(call->arena, kept->code), kept->code.n };
    kept->text = (struct span){ arena_dup(call->arena, kept->text), kept->text.n };
    kept->request_id = (struct span){ arena_dup(call->arena, kept->request_id), kept->request_id.n };
    read_level(stock, on_read_back);
}

static void write_level(struct stock *stock)
{
    stock->is_written = true;
    stock->has_left = false;
    put_quantity(stock, "quantity", stock->has_target ? stock->target : stock->quantity);
    if (stock->is_native && stock->mode == STOCK_COMPARE_AND_SET)
        put_quantity(stock, "expected", stock->expected);
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
        end(stock, ERR_NOT_FOUND);
        return;
    }
    stock->has_before = true;
    enum err err = decide(stock);
    if (err)
        end(stock, err);
    else
        write_level(stock);
}

/* ---- the line ------------------------------------------------------------------------------------------------------
 */

static void proceed(struct stock *stock)
{
    struct stock *heir;
    stock->in_line = true;
    for (; stock->call->services->now_ms >= stock->call->deadline_ms; stock = heir) {
        heir = hand_over(stock);
        fault_set(&stock->call->fault, ERR_LANE_DEADLINE, "other writes to this level took until the deadline");
        end(stock, ERR_LANE_DEADLINE);
        if (!heir)
            return;
    }
    if (stock->mode == STOCK_SET || stock->is_native)
        write_level(stock);
    else
        read_level(stock, on_before);
}

static void after_lookups(struct call *call);

/* Where a whole record is put back, it is read by a look-up: that is in the line, too. */
static void look_up(struct stock *stock)
{
    stock->in_line = true;
    call_lookups(stock->call, "inventory.set", after_lookups);
}

static struct stock *stock_of(struct waiter *waiter)
{
    return (struct stock *)((char *)waiter - offsetof(struct stock, waiter));
}

static void on_turn(struct waiter *waiter)
{
    struct stock *stock = stock_of(waiter);
    if (stock->set->base)
        look_up(stock);
    else
        proceed(stock);
}

/* The line of the product whose record is put back (core/change.c has the same for its own writes); of the store's
 * where the call does not name it. */
static void enter_base_line(struct stock *stock)
{
    const json_t *id = json_object_get(stock->call->args, "product_id");
    struct buf name;
    buf_init(&name, 4096);
    buf_printf(&name, "%s/product/%s", stock->call->store->id, json_is_string(id) ? json_string_value(id) : "");
    stock->waiter.turn = on_turn;
    bool first = lines_enter(stock->call->services->lines, buf_peek(&name), &stock->waiter);
    buf_release(&name);
    if (first)
        look_up(stock);
}

/* The level's name: store and whatever ids the arguments hold by now. */
static void line_name(const struct stock *stock, struct buf *out)
{
    static const char *const parts[] = { "inventory_item_id", "variant_id", "sku", "location_id" };
    buf_span(out, span_of(stock->call->store->id));
    bool has_item = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const json_t *value = json_object_get(stock->args, parts[i]);
        bool is_item = i < 3;
        if (!json_is_string(value) || (is_item && has_item))
            continue;
        has_item |= is_item;
        buf_char(out, '/');
        buf_add(out, json_string_value(value), json_string_length(value));
    }
}

static void after_lookups(struct call *call)
{
    struct stock *stock = call->stock;
    stock->args = json_deep_copy(call->args);
    if (stock->in_line) {
        proceed(stock);
        return;
    }
    struct buf name;
    buf_init(&name, 4096);
    line_name(stock, &name);
    stock->waiter.turn = on_turn;
    struct waiter *before = lines_last(call->services->lines, buf_peek(&name));
    struct stock *other = before && before->turn == on_turn ? stock_of(before) : NULL;
    bool first = false;
    if (other && may_take_along(other, stock))
        take_along(other, stock);
    else
        first = lines_enter(call->services->lines, buf_peek(&name), &stock->waiter);
    buf_release(&name);
    if (first)
        proceed(stock);
}

/* ---- the body -------------------------------------------------------------------------------------------------------
 */

/* As a decimal; what is no number of at most 4 decimals is a fault. */
static void read_quantity(const struct call *call, const char *name, struct faults *faults, struct dec *out)
{
    const json_t *value = json_object_get(call->args, name);
    char text[40] = "";
    struct dec number;
    if (json_is_integer(value))
        snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof(text), "%.15g", json_real_value(value));
    if (dec_parse(span_of(text), &number) && dec_trim(number, 0).scale <= QUANTITY_SCALE_MAX)
        *out = dec_trim(number, 0);
    else
        faults_add(faults, span_of(name), "a number with at most 4 decimals", value);
}

static bool read_mode(const struct call *call, struct faults *faults, enum stock_mode *out)
{
    const json_t *value = json_object_get(call->args, "mode");
    struct span text = value ? (struct span){ json_string_value(value), json_string_length(value) } : SPAN("set");
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (text.p && span_is(text, modes[i].name)) {
            *out = modes[i].mode;
            return true;
        }
    }
    faults_add(faults, SPAN("mode"), "set, delta or compare_and_set", value);
    return false;
}

static void check_member(const char *name, const json_t *value, struct faults *faults)
{
    static const char *const texts[] = {
        "sku", "variant_id", "inventory_item_id", "location_id", "reason", "reference"
    };
    static const char *const others[] = { "mode", "require", "quantity", "expected" }; /* read by themselves */
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(name, others[i]) == 0)
            return;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(name, texts[i]) != 0)
            continue;
        if (!json_is_string(value) || json_string_length(value) == 0)
            faults_add(faults, span_of(name), "a text that is not empty", value);
        return;
    }
    faults_add(faults, span_of(name), "a member of a stock write, as in /openapi.json", value);
}

/* A platform without locations has one place, which its table names: { "location_id", "=shop" }.  NULL: it has some. */
static const char *only_place(const struct cw_adapter *table)
{
    for (const struct cw_record *record = table->records; record && record->name; record++) {
        for (const struct cw_field *row = record->fields; row->ours; row++) {
            if (strcmp(record->name, "inventory") == 0 && strcmp(row->ours, "location_id") == 0)
                return row->theirs && row->theirs[0] == '=' && !strchr(row->theirs, '{') ? row->theirs + 1 : NULL;
        }
    }
    return NULL;
}

static void check_place(const struct call *call, struct faults *faults)
{
    const char *only = only_place(call->store->platform->table);
    const json_t *value = json_object_get(call->args, "location_id");
    char expected[200] = "the id of a location";
    if (only)
        snprintf(expected, sizeof(expected), "\"%s\", the one place that %s has", only,
                 call->store->platform->table->title);
    if (!value || (only && json_string_length(value) > 0 && strcmp(json_string_value(value), only) != 0))
        faults_add(faults, SPAN("location_id"), expected, value);
}

/* Whose level it is, and where. */
static void check_members(const struct call *call, struct faults *faults)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->args, name, value) check_member(name, value, faults);
    check_place(call, faults);
    if (!json_object_get(call->args, "sku") && !json_object_get(call->args, "variant_id") &&
        !json_object_get(call->args, "inventory_item_id"))
        faults_add(faults, SPAN("sku"), "one of sku, variant_id and inventory_item_id", NULL);
}

/* The shop's own way of doing it, if it has one.  A plain set is as native as its comparing is. */
static void choose_endpoint(struct stock *stock)
{
    const struct platform *platform = stock->call->store->platform;
    const struct endpoint *native = platform_endpoint(platform, modes[stock->mode].native);
    stock->is_native = native && platform_endpoint(platform, modes[STOCK_COMPARE_AND_SET].native);
    stock->set = native ? native : platform_endpoint(platform, "inventory.set");
}

static bool wants(const struct call *call, const char *guard)
{
    const json_t *require = json_object_get(call->args, "require");
    return json_is_string(require) && strcmp(json_string_value(require), guard) == 0;
}

static enum err check_body(struct stock *stock)
{
    struct call *call = stock->call;
    const json_t *require = json_object_get(call->args, "require"), *other = json_object_get(call->args, "expected");
    struct faults faults;
    faults_init(&faults);
    check_members(call, &faults);
    bool is_known = read_mode(call, &faults, &stock->mode);
    read_quantity(call, "quantity", &faults, &stock->quantity);
    if (stock->mode == STOCK_COMPARE_AND_SET)
        read_quantity(call, "expected", &faults, &stock->expected);
    else if (other && is_known)
        faults_add(&faults, SPAN("expected"), "no value: only compare_and_set takes it", other);
    if (require && !wants(call, "native") && !wants(call, "checked"))
        faults_add(&faults, SPAN("require"), "native or checked", require);
    enum err err = faults_give(&faults, call->arena, "nothing was sent to the shop", &call->fault, &call->faults);
    faults_release(&faults);
    return err;
}

static enum err check(struct stock *stock)
{
    struct call *call = stock->call;
    const char *title = call->store->platform->table->title;
    enum err err = check_body(stock);
    if (err)
        return err;
    choose_endpoint(stock);
    stock->target = stock->quantity;
    stock->has_target = stock->mode != STOCK_DELTA;
    if (wants(call, "native") && !stock->is_native)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s has no native form of this: the guard is \"checked\"",
                         title);
    if (stock->mode != STOCK_SET && !stock->is_native && !stock->get)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s cannot read one stock level, so only mode set is possible",
                         title);
    return OK;
}

enum err stock_check(struct call *call, struct stock_asks *asks)
{
    struct stock stock = { .call = call, .get = platform_endpoint(call->store->platform, "inventory.get") };
    enum err err = check(&stock);
    bool reads = stock.mode != STOCK_SET && !stock.is_native;
    if (!err)
        *asks = (struct stock_asks){ reads ? stock.get : NULL, stock.set, stock.get };
    return err;
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
    enum err err = check(stock);
    if (err)
        end(stock, err);
    else if (stock->set->base)
        enter_base_line(stock);
    else
        call_lookups(call, "inventory.set", after_lookups);
}
