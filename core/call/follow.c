/*
 * follow.c - fields that another endpoint fills.
 *
 * An entry is one field of one record; a task is one request and its further pages, for one entry or for those that
 * share it.  When the last task has ended the texts are put in, from the front to the back of data.
 */
#include "core/call/follow.h"

#include "core/json/scan.h"
#include "core/platform/args.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry { /* in the call's arena, as tasks are */
    struct follow_mark mark;
    const struct step *step;
    bool wanted;
    json_t *args;
    struct span key; /* among those that share a task */
    struct buf text; /* what the shop gave: records with commas between */
    struct task *task;
    struct entry *next;
};

struct task {
    struct follow *follow;
    const struct step *step;
    json_t *args;
    struct buf data, problems;
    struct exchange *exchange;
    size_t had; /* of data, before the page that is asked for */
    struct page_position page;
    uint32_t pages;
    enum err err;
    struct fault fault;
    struct upstream upstream;
    struct task *next;
};

struct follow {
    struct call *call;
    void (*done)(struct call *call, enum err err);
    struct entry *first, *last;
    struct task *tasks, *last_task, *waiting;
    unsigned running;
    size_t bytes; /* of what came so far */
    bool pumping;
};

/* ---- what is open -------------------------------------------------------------------------------------------------
 */

/* "@variations[]" -> the plan row of that name. */
static const struct step *step_of(const struct call *call, const char *theirs)
{
    size_t n = strcspn(theirs + 1, "[.");
    const struct step *step;
    for (size_t i = 0; (step = platform_step(call->store->platform, call->method->name, CW_FOLLOW, i)); i++) {
        if (strlen(step->row->name) == n && memcmp(step->row->name, theirs + 1, n) == 0)
            return step;
    }
    return NULL;
}

struct record { /* one that follow-ups are made for */
    const struct exchange *x;
    const struct step *step;
    size_t row;
};

/* A value of the record, by the name that platform.c gave it: "variations.?id". */
static const struct value *value_named(const struct record *record, struct span path, bool theirs)
{
    const struct endpoint *endpoint = record->x->endpoint;
    char name[200];
    snprintf(name, sizeof(name), "%s.?%s%.*s", record->step->row->name, theirs ? "." : "", SPAN_ARG(path));
    for (size_t i = 0; i < endpoint->n_extra; i++) {
        if (strcmp(endpoint->extra_names[i], name) == 0)
            return &record->x->out.extra[record->row * endpoint->n_extra + i];
    }
    return NULL;
}

static bool get_value(const void *self, struct span name, struct buf *out)
{
    const struct value *value = value_named(self, name, false);
    struct buf scratch;
    if (!value || !value_is_some(value))
        return false;
    buf_init(&scratch, 64 * 1024);
    buf_span(out, value_text(value, &scratch));
    buf_release(&scratch);
    return true;
}

static bool get_match(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct value *value = value_named(self, path->text, true);
    if (i > 0 || !value)
        return false;
    *out = *value;
    return true;
}

/* NULL: the record lacks what the request needs. */
static json_t *args_of(const struct record *record)
{
    const struct step *step = record->step;
    struct names names = { .self = record, .get = get_value };
    json_t *args = json_object();
    for (size_t i = 0; i < step->n_with; i++) {
        struct buf text;
        buf_init(&text, 64 * 1024);
        bool ok = template_fill(step->with_made[i], &names, LAND_TEXT, &text) == TEMPLATE_FILLED;
        if (ok)
            args_set_new(args, span_of(step->row->with[i].ours), json_stringn(text.p, text.n));
        buf_release(&text);
        if (!ok) {
            json_decref(args);
            return NULL;
        }
    }
    return args;
}

static void add_entry(struct call *call, const struct exchange *x, const struct follow_mark *mark)
{
    struct follow *follow = call->follow;
    struct entry *entry = arena_zalloc(call->arena, sizeof(*entry));
    struct record record = { x, step_of(call, mark->theirs), mark->row };
    entry->mark = *mark;
    entry->step = record.step;
    entry->wanted = true;
    buf_init(&entry->text, FOLLOW_BYTES_MAX);
    if (record.step) {
        struct cond_env env = { .self = &record, .match = get_match };
        entry->wanted = !record.step->when || cond_holds(record.step->when, &env);
        entry->args = entry->wanted ? args_of(&record) : NULL;
    }
    if (follow->last)
        follow->last->next = entry;
    else
        follow->first = entry;
    follow->last = entry;
}

void follow_note(struct call *call, const struct exchange *x)
{
    if (!call->follow && x->out.n_marks > 0) {
        call->follow = mem_zalloc(sizeof(*call->follow));
        call->follow->call = call;
    }
    for (size_t i = 0; i < x->out.n_marks; i++)
        add_entry(call, x, &x->out.marks[i]);
}

bool follow_is_open(const struct call *call)
{
    return call->follow != NULL;
}

bool follow_fills(const struct call *call, struct span field)
{
    const struct entry *entry = call->follow ? call->follow->first : NULL;
    while (entry && !span_is(field, entry->mark.field->name))
        entry = entry->next;
    return entry != NULL;
}

static void entry_release(struct entry *entry)
{
    json_decref(entry->args);
    buf_release(&entry->text);
}

void follow_moved(struct call *call, size_t at, size_t n, size_t to)
{
    struct follow *follow = call->follow;
    struct entry *next, *before = NULL;
    for (struct entry *entry = follow->first; entry; entry = next) {
        next = entry->next;
        bool is_its = entry->mark.at >= at && entry->mark.at < at + n;
        if (is_its && to == SIZE_MAX) {
            *(before ? &before->next : &follow->first) = next;
            follow->last = next ? follow->last : before;
            entry_release(entry);
            continue;
        }
        if (is_its) {
            entry->mark.at -= at - to;
            entry->mark.incomplete_at -= at - to;
        }
        before = entry;
    }
}

void follow_release(struct call *call)
{
    struct follow *follow = call->follow;
    if (!follow)
        return;
    for (struct task *task = follow->tasks; task; task = task->next) {
        if (task->exchange)
            exchange_release(task->exchange);
        json_decref(task->args);
        buf_release(&task->data);
        buf_release(&task->problems);
    }
    for (struct entry *entry = follow->first; entry; entry = entry->next)
        entry_release(entry);
    call->follow = NULL;
    free(follow);
}

/* ---- tasks ----------------------------------------------------------------------------------------------------------
 */

static struct task *add_task(struct follow *follow, const struct step *step, json_t *args)
{
    struct call *call = follow->call;
    struct task *task = arena_zalloc(call->arena, sizeof(*task));
    task->follow = follow;
    task->step = step;
    task->args = json_incref(args);
    for (size_t i = 0; i < call->n_filled; i++) { /* what look-ups found is known here, too */
        json_t *value = (json_t *)args_get(call->args, span_of(call->filled[i]));
        if (value && !args_get(args, span_of(call->filled[i])))
            args_set_new(args, span_of(call->filled[i]), json_incref(value));
    }
    buf_init(&task->data, FOLLOW_BYTES_MAX);
    buf_init(&task->problems, 1 << 20);
    if (follow->last_task)
        follow->last_task->next = task;
    else
        follow->tasks = follow->waiting = task;
    follow->last_task = task;
    return task;
}

/* Where several records share a request, its one argument is the list. */
static json_t *shared(const struct step *step, const json_t *args)
{
    return json_object_get(args, step->row->with[0].ours);
}

/* Into the latest task of this step that has room, or a new one: its argument is the list of keys. */
static void share_task(struct follow *follow, struct entry *entry, struct task **latest)
{
    const struct step *step = entry->step;
    struct task *task = *latest;
    json_t *key = shared(step, entry->args);
    if (!task || task->step != step || json_array_size(shared(step, task->args)) >= step->row->batch) {
        json_t *args = json_pack("{s:[]}", step->row->with[0].ours);
        *latest = task = add_task(follow, step, args);
        json_decref(args);
    }
    json_array_append(shared(step, task->args), key);
    entry->key = (struct span){ json_string_value(key), json_string_length(key) };
    entry->task = task;
}

static void plan_tasks(struct follow *follow)
{
    struct task *latest = NULL;
    for (struct entry *entry = follow->first; entry; entry = entry->next) {
        if (!entry->args)
            continue;
        if (entry->step->row->key)
            share_task(follow, entry, &latest);
        else
            entry->task = add_task(follow, entry->step, entry->args);
    }
}

/* ---- one request ----------------------------------------------------------------------------------------------------
 */

static void pump(struct follow *follow);
static void ask(struct task *task);

static void end_task(struct task *task)
{
    task->follow->running--;
    pump(task->follow);
}

static void fail_task(struct task *task, enum err err, const struct fault *fault)
{
    task->err = err == ERR_NOT_FOUND ? ERR_STORE_ERROR : err; /* the record itself is there */
    task->fault = *fault;
    end_task(task);
}

static struct entry *entry_with(const struct task *task, struct span key)
{
    for (struct entry *entry = task->follow->first; entry; entry = entry->next) {
        if (entry->task == task && span_eq(entry->key, key))
            return entry;
    }
    return NULL;
}

static void append(struct buf *out, struct span records)
{
    if (out->n > 0 && records.n > 0)
        buf_char(out, ',');
    buf_span(out, records);
}

/* Records to those who share the task: the i-th record has the i-th row of values.  What nobody asked for is left. */
static void deal_out(struct task *task, const struct exchange *x)
{
    const char *p = task->data.p, *end = p + task->data.n;
    size_t key_at = 0;
    while (key_at < x->endpoint->n_extra && !strstr(x->endpoint->extra_names[key_at], ".?key"))
        key_at++;
    for (size_t i = 0; i < x->out.n_rows && p && p < end; i++) {
        const char *stop = json_skip(p, end, 64);
        struct buf scratch;
        buf_init(&scratch, 4096);
        struct entry *entry =
            stop ? entry_with(task, value_text(&x->out.extra[i * x->endpoint->n_extra + key_at], &scratch)) : NULL;
        if (entry)
            append(&entry->text, (struct span){ p, (size_t)(stop - p) });
        buf_release(&scratch);
        p = stop ? stop + 1 : NULL; /* the comma */
    }
    buf_clear(&task->data);
}

static bool turn_page(struct task *task, const struct view_out *out)
{
    struct page_position *page = &task->page;
    const struct cw_page *row = task->step->call->page;
    bool counted = out->has_total ? page->offset + page->size < (uint64_t)out->total : out->more;
    bool more =
        row && row->more ? out->more : out->next.n > 0 || counted; /* the adapter's own condition is the last word */
    if (!more || page->size == 0)
        return false;
    page->number++;
    page->offset += page->size;
    page->cursor = (struct span){ arena_dup(task->follow->call->arena, out->next), out->next.n };
    return true;
}

static void on_answer(struct exchange *x)
{
    struct task *task = x->owner;
    struct call *call = task->follow->call;
    task->page.size = x->page.size; /* a limit may have made it smaller: then all the further ones are so */
    task->page.is_fixed = true;
    call->n_upstream += x->attempts;
    call_note_reuse(call, x);
    call->wait_ms = x->wait_ms > call->wait_ms ? x->wait_ms : call->wait_ms;
    if (x->err) {
        task->upstream = x->upstream;
        fail_task(task, x->err, &x->fault);
        return;
    }
    if (x->out.n_problems > 0) {
        struct fault fault = { 0 };
        fail_task(task, fault_set(&fault, ERR_STORE_UNREADABLE, "%.200s", x->problems->p), &fault);
        return;
    }
    task->follow->bytes += task->data.n - task->had;
    if (task->follow->bytes > FOLLOW_BYTES_MAX) {
        struct fault fault = { 0 };
        fail_task(task, fault_set(&fault, ERR_OVERLOADED, "they pass %d MB: ask for fewer", FOLLOW_BYTES_MAX >> 20),
                  &fault);
        return;
    }
    if (task->step->row->key)
        deal_out(task, x);
    if (!turn_page(task, &x->out)) {
        end_task(task);
    } else if (++task->pages == FOLLOW_PAGES_MAX) {
        struct fault fault = { 0 };
        fail_task(task, fault_set(&fault, ERR_OVERLOADED, "more than %d pages", FOLLOW_PAGES_MAX), &fault);
    } else {
        ask(task);
    }
}

/* The part of the call's choice that stands under the field, named after the whole so that views are told apart. */
static const struct selection *choice_inside(const struct call *call, const struct task *task)
{
    const struct selection *whole = call->selection, *sub = NULL;
    for (const struct entry *entry = task->follow->first; entry && !sub && whole; entry = entry->next) {
        size_t i = entry->task == task ? (size_t)(entry->mark.field - whole->entity->fields) : whole->entity->n_fields;
        sub = i < whole->entity->n_fields ? whole->fields[i].sub : NULL;
    }
    if (!sub)
        return NULL;
    struct selection *named = selection_copy(sub, call->arena);
    selection_name(named,
                   span_of(arena_printf(call->arena, "%s<%.*s", task->step->row->name, SPAN_ARG(whole->canonical))));
    return named;
}

static void ask(struct task *task)
{
    struct call *call = task->follow->call;
    const struct endpoint *endpoint = task->step->call;
    if (task->pages == 0) {
        task->page.size = endpoint->page ? endpoint->page->max : 0;
        task->page.number = endpoint->page ? endpoint->page->first : 0;
    }
    task->had = task->data.n;
    call->n_followed++;
    if (task->exchange)
        exchange_release(task->exchange);
    task->exchange = arena_alloc(call->arena, sizeof(*task->exchange));
    *task->exchange = (struct exchange){ .services = call->services,
                                         .store = call->store,
                                         .endpoint = endpoint,
                                         .selection = endpoint->entity ? choice_inside(call, task) : NULL,
                                         .args = task->args,
                                         .page = task->page,
                                         .found = call->found,
                                         .n_found = call->n_found,
                                         .partial = call->partial,
                                         .app = call->app,
                                         .app_id = call->app_id,
                                         .method = call->method->name,
                                         .klass = endpoint->klass,
                                         .deadline_ms = call->deadline_ms,
                                         .call_id = call->id,
                                         .shares = !call->method->writes,
                                         .wish = call->wish.given ? &call->wish : NULL,
                                         .data = &task->data,
                                         .problems = &task->problems,
                                         .arena = call->arena,
                                         .done = on_answer,
                                         .owner = task };
    exchange_start(task->exchange);
}

/* ---- the answers are put in
 * ------------------------------------------------------------------------------------------- */

static void put_value(const struct entry *entry, struct buf *out)
{
    const struct buf *text = entry->task && !entry->step->row->key ? &entry->task->data : &entry->text;
    bool is_list = entry->mark.field->type == MODEL_LIST;
    buf_printf(out, ",\"%s\":", entry->mark.field->name);
    if (is_list)
        buf_char(out, '[');
    if (!is_list && text->n == 0)
        buf_lit(out, "null");
    buf_span(out, buf_peek(text));
    if (is_list)
        buf_char(out, ']');
}

static bool is_missing(const struct entry *entry)
{
    return entry->wanted && (!entry->task || entry->task->err);
}

/* Names of the record's fields that could not be loaded, at the start of its list. */
static void put_missing(const struct entry *first, struct buf *out)
{
    const char *comma = "";
    for (const struct entry *e = first; e && e->mark.incomplete_at == first->mark.incomplete_at; e = e->next) {
        if (!is_missing(e))
            continue;
        buf_printf(out, "%s\"%s\"", comma, e->mark.field->name);
        comma = ",";
    }
    if (*comma && !first->mark.incomplete_empty)
        buf_char(out, ',');
}

static void copy_to(const struct buf *data, size_t at, size_t *from, struct buf *out)
{
    buf_add(out, data->p + *from, at - *from);
    *from = at;
}

/* The fields of one record: members at their places, and those that are missing into `incomplete`, wherever it is. */
static const struct entry *put_record(const struct buf *data, const struct entry *first, size_t *from, struct buf *out)
{
    size_t incomplete_at = first->mark.incomplete_at;
    const struct entry *e = first;
    bool told = false;
    for (; e && e->mark.incomplete_at == incomplete_at; e = e->next) {
        if (!told && incomplete_at < e->mark.at) {
            copy_to(data, incomplete_at, from, out);
            put_missing(first, out);
            told = true;
        }
        copy_to(data, e->mark.at, from, out);
        if (!is_missing(e))
            put_value(e, out);
    }
    if (!told) {
        copy_to(data, incomplete_at, from, out);
        put_missing(first, out);
    }
    return e;
}

static void put_in(struct follow *follow)
{
    struct buf *data = follow->call->data, whole;
    size_t from = 0;
    buf_init(&whole, data->max);
    for (const struct entry *e = follow->first; e;)
        e = put_record(data, e, &from, &whole);
    copy_to(data, data->n, &from, &whole);
    struct buf before = *data;
    *data = whole;
    buf_release(&before);
}

/* ---- the end
 * ------------------------------------------------------------------------------------------------------------- */

static enum err first_failure(const struct follow *follow)
{
    struct call *call = follow->call;
    for (const struct entry *e = follow->first; e; e = e->next) {
        if (!is_missing(e))
            continue;
        enum err err = e->task ? e->task->err : ERR_STORE_UNREADABLE;
        if (e->task)
            call->upstream = e->task->upstream;
        return fault_set(&call->fault, err, "%s of a record could not be loaded (partial=allow gives the rest): %.300s",
                         e->mark.field->name, e->task ? e->task->fault.text : "the record does not say where they are");
    }
    return OK;
}

static void finish(struct follow *follow)
{
    struct call *call = follow->call;
    void (*done)(struct call *, enum err) = follow->done;
    bool is_given = call->partial || call->method->writes; /* a write is done, whatever cannot be shown of it */
    enum err err = is_given ? OK : first_failure(follow);
    if (!err)
        put_in(follow);
    if (!err && call->data->over)
        err = fault_set(&call->fault, ERR_OVERLOADED, "the records pass %zu bytes", call->data->max);
    done(call, err);
}

/* Starts what may start; the last to end finishes.  An exchange may end before exchange_start returns. */
static void pump(struct follow *follow)
{
    if (follow->pumping)
        return;
    follow->pumping = true;
    while (follow->waiting && follow->running < FOLLOW_AT_ONCE) {
        struct task *task = follow->waiting;
        follow->waiting = task->next;
        follow->running++;
        ask(task);
    }
    follow->pumping = false;
    if (follow->running == 0)
        finish(follow);
}

void follow_start(struct call *call, void (*done)(struct call *call, enum err err))
{
    struct follow *follow = call->follow;
    follow->done = done;
    plan_tasks(follow);
    pump(follow);
}
