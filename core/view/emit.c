/*
 * emit.c - running a program over a record's row.
 *
 * Operation after operation: the key is copied, the value found, its writer called.  A field that has no value gets
 * one of its states: null, a place in `incomplete`, or, if it must not be null, the record is a problem: what was
 * written of it is taken back, and the next record is written where it began.
 *
 *   VALUE ,"number": <- display_id 7            ,"number":"7"
 *   VALUE ,"paid_at": <- absent, was asked for  ,"paid_at":null
 *   VALUE ,"currency": <- null                  taken back; problem {path currency, expected a currency, found null}
 */
#include "core/view/emit.h"

#include "core/json/copy.h"
#include "core/view/sums.h"
#include "core/view/view.h"
#include "core/view/writers.h"

#include <stdio.h>

static bool run(struct emit *e, const struct program *program, const struct row *row);

void emit_init(struct emit *e, struct buf *out)
{
    *e = (struct emit){ .out = out };
    buf_init(&e->text, 16 << 20);
}

void emit_release(struct emit *e)
{
    buf_release(&e->text);
}

bool emit_problem(struct emit *e, const struct op *op, const struct value *found, const char *expected,
                  const char *kind)
{
    e->problem = (struct problem){ .path = op->path, .expected = expected, .kind = kind };
    if (found)
        e->problem.found = *found;
    else
        e->problem.found_is = "nothing";
    return false;
}

struct span emit_text(struct emit *e, const struct value *value)
{
    return value_text(value, &e->text);
}

struct span emit_formatted(struct emit *e, const struct op *op, const struct value *value)
{
    struct span text = value_text(value, &e->text);
    if (op->plain_format)
        return text;
    const char *comma = op->format->csv && op->format->first && text.n ? memchr(text.p, ',', text.n) : NULL;
    if (comma)
        text.n = (size_t)(comma - text.p);
    return format_read_text(op->format, text, e->env.arena);
}

struct span emit_theirs(const struct op *op)
{
    if (op->source.place)
        return op->source.place->path;
    return op->path;
}

/* ---- where values come from --------------------------------------------------------------------- */

struct text_names {
    struct emit *emit;
    const struct made_text *text;
    const struct row *row;
};

/* A placeholder of a made text: a path of the record, or a setting or argument. */
static bool text_name(const void *self, struct span name, struct buf *out)
{
    const struct text_names *names = self;
    for (size_t i = 0; i < names->text->n; i++) {
        struct value value;
        if (!names->text->fetches[i] || !span_eq(names->text->names[i], name))
            continue;
        if (fetch_one(names->text->fetches[i], &names->emit->env, names->row, &value) != FOUND ||
            value.kind >= VALUE_OBJECT)
            return false;
        buf_span(out, emit_text(names->emit, &value));
        return true;
    }
    const struct names *outer = names->emit->env.names;
    return outer && outer->get(outer->self, name, out);
}

static enum found text_value(struct emit *e, const struct made_text *text, const struct row *row, struct value *out)
{
    struct text_names self = { e, text, row };
    struct names names = { .self = &self, .get = text_name };
    struct buf made;
    buf_init(&made, 1 << 16);
    enum template_result result = template_fill(text->template, &names, LAND_TEXT, &made);
    if (result == TEMPLATE_FILLED) {
        const char *copy = arena_dup(e->env.arena, buf_peek(&made));
        *out = (struct value){ .p = copy, .n = (uint32_t)made.n, .kind = VALUE_STRING, .flags = VALUE_TEXT };
    }
    buf_release(&made);
    return result == TEMPLATE_FILLED ? FOUND : FOUND_NULL;
}

enum found source_value(struct emit *e, const struct source *source, const struct row *row, struct value *out)
{
    for (const struct source *at = source; at && at->place; at = at->other) {
        const struct row *from = row;
        for (unsigned up = at->up; up > 0; up--)
            from = from->parent;
        const struct value *value = &from->values[at->place->slot];
        if (value->kind > VALUE_NULL) {
            *out = *value;
            return FOUND;
        }
        if (!source->other)
            return place_reason(from, at->place, out);
    }
    if (source->text)
        return text_value(e, source->text, row, out);
    return fetch_one(source->fetch, &e->env, row, out);
}

/* ---- fields without a value --------------------------------------------------------------------- */

static const char *expected_of(const struct op *op)
{
    switch (op->field->type) {
    case MODEL_LIST:
    case MODEL_STRS:
    case MODEL_ENUMS:
        return "a list";
    case MODEL_OBJECT:
    case MODEL_MAP:
        return "an object";
    default:
        return model_type_name(op->field->type);
    }
}

static void put_none(struct emit *e, const struct op *op)
{
    enum model_type type = op->field->type;
    if (type == MODEL_LIST || type == MODEL_STRS || type == MODEL_ENUMS)
        buf_lit(e->out, "[]");
    else if (type == MODEL_ENUM && op->required)
        buf_lit(e->out, "\"unknown\"");
    else
        buf_lit(e->out, "null");
}

static void name_incomplete(struct emit *e, const struct op *op)
{
    e->any_incomplete = true;
    e->incomplete[op->number / 64] |= (uint64_t)1 << (op->number % 64);
}

/* The next byte of a path of theirs that names a member: "lines(first:9).nodes[].sku" is lines.nodes.sku. */
static size_t past_extras(struct span path, size_t i)
{
    for (int depth = 0; i < path.n; i++) {
        depth += path.p[i] == '(';
        if (depth == 0 && path.p[i] != '[' && path.p[i] != ']' && path.p[i] != ')')
            return i;
        depth -= path.p[i] == ')';
    }
    return i;
}

/* "data.orders" holds "data.orders.nodes[].note". */
static bool path_holds(struct span outer, struct span inner)
{
    size_t i = past_extras(outer, 0), k = past_extras(inner, 0);
    while (i < outer.n && k < inner.n && outer.p[i] == inner.p[k]) {
        i = past_extras(outer, i + 1);
        k = past_extras(inner, k + 1);
    }
    return i == outer.n && (k == inner.n || inner.p[k] == '.');
}

/* It is null: was it, or what it stands in, left out of the answer? */
static bool place_lacks(const struct emit *e, const struct place *place, const struct row *row)
{
    while (place->parent && row->values[place->parent->slot].kind <= VALUE_NULL)
        place = place->parent;
    for (size_t i = 0; i < e->n_without; i++) {
        if (path_holds(e->without[i], place->path) || path_holds(place->path, e->without[i]))
            return true;
    }
    return false;
}

struct lack {
    const struct emit *emit;
    bool is_lacking;
};

/* Of a sum or a selection only what it asks for is known: "lines(first:9).nodes.price", relative to the record. */
static void see_ask(void *self, struct span path)
{
    struct lack *lack = self;
    const struct emit *e = lack->emit;
    struct buf plain;
    buf_init(&plain, path.n + 2);
    buf_char(&plain, '.');
    for (size_t i = past_extras(path, 0); i < path.n; i = past_extras(path, i + 1))
        buf_char(&plain, path.p[i]);
    for (size_t i = 0; i < e->n_without && plain.n > 1; i++) {
        struct span lacking = e->without[i];
        const char *at = memmem(lacking.p, lacking.n, plain.p, plain.n);
        const char *last = memrchr(lacking.p, '.', lacking.n);
        size_t last_n = last ? (size_t)(lacking.p + lacking.n - last) : 0;
        lack->is_lacking |= at != NULL || (last && memmem(plain.p, plain.n, last, last_n) != NULL);
    }
    buf_release(&plain);
}

static bool is_lacking(const struct emit *e, const struct op *op, const struct row *row)
{
    struct lack lack = { .emit = e };
    const struct source *first = op->source.place ? &op->source : NULL;
    for (const struct source *at = first; at && at->place; at = at->other) {
        const struct row *from = row;
        for (unsigned up = at->up; up > 0; up--)
            from = from->parent;
        if (place_lacks(e, at->place, from))
            return true;
    }
    if (!first && op->source.fetch)
        fetch_ask(op->source.fetch, see_ask, &lack);
    return lack.is_lacking;
}

static bool without(struct emit *e, const struct op *op, enum found why, const struct value *wrong,
                    const struct row *row)
{
    static const struct value zero = { .p = "0", .n = 1, .kind = VALUE_NUMBER };
    if (why == FOUND_WRONG)
        return emit_problem(e, op, wrong, expected_of(op), "type");
    if (e->n_without > 0 && is_lacking(e, op, row)) {
        name_incomplete(e, op);
        put_none(e, op);
        return true;
    }
    bool is_zero = why == FOUND_EMPTY ? op->zero_if_empty : why == FOUND_NULL && op->format && op->format->null_zero;
    if (is_zero)
        return op->write(e, op, &zero, row);
    if (why == FOUND_NOTHING && !e->asks && !op->absent_null) {
        if (!e->partial)
            return emit_problem(e, op, NULL, expected_of(op), "incomplete");
        name_incomplete(e, op);
        buf_lit(e->out, "null");
        return true;
    }
    enum model_type type = op->field->type;
    bool never_null = op->required && type != MODEL_ENUM && type != MODEL_LIST && type != MODEL_STRS;
    if (never_null) {
        static const struct value null = { .kind = VALUE_NULL };
        return emit_problem(e, op, why == FOUND_NOTHING ? NULL : &null, expected_of(op),
                            why == FOUND_NOTHING ? "missing" : "null");
    }
    put_none(e, op);
    return true;
}

/* ---- operations --------------------------------------------------------------------------------- */

static bool none_by_text(const struct op *op, const struct value *value)
{
    if (value->kind == VALUE_STRING && value->n == 0 && op->empty_null)
        return true;
    return op->format->zero_null && (value->kind == VALUE_NUMBER || value->kind == VALUE_STRING) && value->n == 1 &&
           value->p[0] == '0';
}

static bool run_value(struct emit *e, const struct op *op, const struct row *row)
{
    struct value found;
    enum found state = source_value(e, &op->source, row, &found);
    if (state != FOUND)
        return without(e, op, state, &found, row);
    if (none_by_text(op, &found))
        return without(e, op, FOUND_NULL, &found, row);
    e->given++;
    return op->write(e, op, &found, row);
}

static bool run_derived(struct emit *e, const struct op *op, const struct row *row)
{
    for (size_t i = 0; i < op->n_cases; i++) {
        const struct case_read *at = &op->cases[i];
        if (at->test && !test_holds(at->test, &e->env, row))
            continue;
        struct value value = {
            .p = at->value.p, .n = (uint32_t)at->value.n, .kind = VALUE_STRING, .flags = VALUE_TEXT
        };
        struct op plain = *op; /* its cases have been used */
        plain.n_cases = 0;
        e->given++;
        return op->write(e, &plain, &value, row);
    }
    put_none(e, op);
    return true;
}

static bool run_object(struct emit *e, const struct op *op, const struct row *row)
{
    size_t before = e->out->n;
    uint32_t given = e->given;
    buf_char(e->out, '{');
    if (!run(e, &op->program, row))
        return false;
    buf_char(e->out, '}');
    if (op->nullable && e->given == given && !e->out->over) {
        e->out->n = before;
        buf_lit(e->out, "null");
    }
    return true;
}

struct inside {
    struct emit *emit;
    const struct op *op;
    const struct program *program;
    bool many, failed;
    uint32_t n;
};

static bool run_inside(void *self, const struct row *row)
{
    struct inside *in = self;
    struct emit *e = in->emit;
    if (in->many) {
        if (in->n)
            buf_char(e->out, ',');
        e->lists[e->n_lists - 1].index = in->n;
    }
    in->n++;
    buf_char(e->out, '{');
    in->failed = !run(e, in->program, row);
    buf_char(e->out, '}');
    return in->failed || !in->many;
}

/* The first branch that is there. */
static enum found run_branches(struct emit *e, const struct op *op, const struct row *row, struct inside *in,
                               struct value *wrong)
{
    enum found best = FOUND_NOTHING;
    for (size_t i = 0; i < op->n_branches; i++) {
        in->program = &op->branches[i].program;
        enum found state = fetch_rows(op->source.fetch, op->branches[i].alt, &e->env, row, run_inside, in, wrong);
        if (state == FOUND || state == FOUND_EMPTY || in->n)
            return in->n ? FOUND : state;
        if (best == FOUND_NOTHING)
            best = state;
    }
    return best;
}

static bool run_branch(struct emit *e, const struct op *op, const struct row *row)
{
    struct inside in = { .emit = e, .op = op };
    struct value wrong = { 0 };
    uint32_t given = e->given;
    size_t before = e->out->n;
    enum found state = run_branches(e, op, row, &in, &wrong);
    if (in.failed)
        return false;
    if (state != FOUND)
        return without(e, op, state == FOUND_EMPTY ? FOUND_NULL : state, &wrong, row);
    if (op->nullable && e->given == given && !e->out->over && !op->source.place) {
        e->out->n = before;
        buf_lit(e->out, "null");
    }
    return true;
}

static bool run_list(struct emit *e, const struct op *op, const struct row *row)
{
    struct inside in = { .emit = e, .op = op, .many = true };
    struct value wrong = { 0 };
    if (e->n_lists == LISTS_MAX)
        return emit_problem(e, op, NULL, "fewer lists inside lists", "size");
    e->lists[e->n_lists].path_n = op->path.n;
    e->lists[e->n_lists++].index = 0;
    size_t before = e->out->n;
    buf_char(e->out, '[');
    enum found state = run_branches(e, op, row, &in, &wrong);
    if (in.failed)
        return false; /* lists stay: they are the problem's path */
    e->n_lists--;
    if (state == FOUND || state == FOUND_EMPTY) {
        buf_char(e->out, ']');
        e->given += in.n > 0;
        return true;
    }
    if (!e->out->over)
        e->out->n = before;
    return without(e, op, state, &wrong, row);
}

/* ---- lists of texts ----------------------------------------------------------------------------- */

struct text_list {
    struct emit *emit;
    const struct op *op;
    const struct row *row;
    uint32_t n;
    bool failed;
};

static bool put_one(struct text_list *texts, const struct value *value)
{
    if (texts->n++)
        buf_char(texts->emit->out, ',');
    texts->failed = !texts->op->write(texts->emit, texts->op, value, texts->row);
    return texts->failed;
}

/* "a, b" as two texts. */
static bool put_csv(struct text_list *texts, const struct value *value)
{
    struct emit *e = texts->emit;
    struct span text = emit_text(e, value);
    const char *copy = arena_dup(e->env.arena, text), *end = copy + text.n;
    for (const char *p = copy; p < end;) {
        const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma ? comma : end, *last = stop;
        while (p < last && *p == ' ')
            p++;
        while (last > p && last[-1] == ' ')
            last--;
        struct value one = { .p = p, .n = (uint32_t)(last - p), .kind = VALUE_STRING, .flags = VALUE_TEXT };
        if (one.n && put_one(texts, &one))
            return true;
        p = stop + 1;
    }
    return false;
}

static bool put_match(void *self, const struct value *value, const struct row *row)
{
    struct text_list *texts = self;
    (void)row;
    if (value->kind == VALUE_NULL)
        return false;
    return texts->op->format->csv ? put_csv(texts, value) : put_one(texts, value);
}

static bool run_strs(struct emit *e, const struct op *op, const struct row *row)
{
    struct text_list texts = { .emit = e, .op = op, .row = row };
    size_t before = e->out->n;
    buf_char(e->out, '[');
    struct value made;
    if (op->source.text) {
        if (text_value(e, op->source.text, row, &made) == FOUND)
            put_match(&texts, &made, row);
    } else {
        fetch_each(op->source.fetch, &e->env, row, put_match, &texts);
    }
    if (texts.failed)
        return false;
    if (texts.n == 0 && op->source.fetch) {
        struct value wrong = { 0 };
        enum found why = fetch_one(op->source.fetch, &e->env, row, &wrong);
        if ((why == FOUND_NOTHING || why == FOUND_WRONG) && !e->out->over) {
            e->out->n = before;
            return without(e, op, why, &wrong, row);
        }
    }
    buf_char(e->out, ']');
    e->given += texts.n > 0;
    return true;
}

static bool run_join(struct emit *e, const struct op *op, const struct row *row)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    for (size_t i = 0; i < op->n_joined; i++) {
        struct value value;
        if (source_value(e, &op->joined[i], row, &value) != FOUND || value.kind >= VALUE_OBJECT)
            continue;
        struct span one = emit_text(e, &value);
        if (text.n && one.n)
            buf_span(&text, op->joint);
        buf_span(&text, one);
    }
    bool good;
    if (text.n) {
        struct value value = { .p = text.p, .n = (uint32_t)text.n, .kind = VALUE_STRING, .flags = VALUE_TEXT };
        e->given++;
        good = op->write(e, op, &value, row);
    } else {
        good = without(e, op, FOUND_NULL, NULL, row);
    }
    buf_release(&text);
    return good;
}

/* ---- lists that the platform ends early ---------------------------------------------------------- */

static struct view_rest *rest_new(struct emit *e)
{
    if (e->n_rests == e->rests_room) {
        size_t room = e->rests_room ? e->rests_room * 2 : 4;
        struct view_rest *grown = arena_alloc(e->kept, room * sizeof(*grown));
        if (e->n_rests)
            memcpy(grown, e->rests, e->n_rests * sizeof(*grown));
        e->rests = grown;
        e->rests_room = room;
    }
    return &e->rests[e->n_rests++];
}

/* Two fields may stand on one list: the lines, and their sum. */
static bool is_noted(const struct emit *e, const struct rest *rest)
{
    for (size_t i = e->rests_before; i < e->n_rests; i++) {
        if (e->rests[i].plan == rest->plan)
            return true;
    }
    return false;
}

static void note_rest(struct emit *e, const struct op *op, const struct row *row)
{
    const struct rest *rest = op->cut->rest;
    struct span *args = arena_zalloc(e->kept, rest->n_with * sizeof(*args) + 1);
    struct view_rest *noted = rest_new(e);
    *noted =
        (struct view_rest){ .plan = rest->plan, .field = op->path, .list = rest->list, .row = e->row, .args = args };
    fetch_one(rest->place, &e->env, row, &noted->place);
    fetch_one(rest->flag, &e->env, row, &noted->flag);
    for (size_t i = 0; i < rest->n_with; i++) {
        struct value value;
        if (source_value(e, &rest->with[i], row, &value) != FOUND || value.kind >= VALUE_OBJECT)
            continue;
        struct span text = emit_text(e, &value);
        args[i] = (struct span){ arena_dup(e->kept, text), text.n };
    }
}

/* The field is written; was it all of it? */
static bool see_cut(struct emit *e, const struct op *op, const struct row *row)
{
    if (!test_holds(op->cut->test, &e->env, row))
        return true;
    if (op->cut->rest && e->cuts == CUT_NOTED) {
        if (!is_noted(e, op->cut->rest))
            note_rest(e, op, row);
        return true;
    }
    if (e->cuts != CUT_TOLD && !e->partial) {
        emit_problem(e, op, NULL, "all of it", "incomplete");
        e->problem.found_is = "a part, the shop has more";
        return false;
    }
    name_incomplete(e, op);
    return true;
}

/* ---- the gateway's own fields ------------------------------------------------------------------- */

static void put_gid(struct emit *e, const struct row *row)
{
    struct value id;
    struct span before = e->gid_prefix;
    if (!source_is_set(&e->made->id) || source_value(e, &e->made->id, row, &id) != FOUND || id.kind >= VALUE_OBJECT) {
        buf_lit(e->out, "null");
        return;
    }
    buf_char(e->out, '"');
    json_clean(e->out, before, &e->mended);
    if (id.kind == VALUE_STRING && !(id.flags & VALUE_TEXT)) {
        if (id.flags)
            json_clean(e->out, value_span(&id), &e->mended);
        else
            buf_span(e->out, value_span(&id));
        buf_char(e->out, '"');
        return;
    }
    size_t at = e->out->n;
    json_quote(e->out, emit_text(e, &id), &e->mended);
    if (!e->out->over) { /* its own opening quote goes */
        memmove(e->out->p + at, e->out->p + at + 1, e->out->n - at - 1);
        e->out->n--;
    }
}

/* Another endpoint fills it: only where it goes is kept. */
static void put_mark(struct emit *e, const struct op *op)
{
    if (e->n_marks == e->marks_room) {
        size_t room = e->marks_room ? e->marks_room * 2 : 8;
        struct follow_mark *grown = arena_alloc(e->kept, room * sizeof(*grown));
        if (e->n_marks)
            memcpy(grown, e->marks, e->n_marks * sizeof(*grown));
        e->marks = grown;
        e->marks_room = room;
    }
    e->marks[e->n_marks++] =
        (struct follow_mark){ .field = op->field, .theirs = op->theirs, .row = e->row, .at = e->out->n };
}

/* The marks of this record learn where its `incomplete` stands. */
static void mark_incomplete(struct emit *e)
{
    for (size_t i = e->n_marks; i > e->marks_before; i--) {
        e->marks[i - 1].incomplete_at = e->out->n + 1;
        e->marks[i - 1].incomplete_empty = !e->any_incomplete;
    }
}

static void put_incomplete(struct emit *e)
{
    mark_incomplete(e);
    if (!e->any_incomplete) {
        buf_lit(e->out, "[]");
        return;
    }
    char between = '[';
    for (size_t i = 0; i < e->made->n_numbers; i++) {
        if (!(e->incomplete[i / 64] >> (i % 64) & 1))
            continue;
        buf_char(e->out, between);
        buf_json(e->out, e->made->numbers[i]);
        between = ',';
    }
    buf_char(e->out, ']');
}

static bool put_raw(struct emit *e, const struct op *op, const struct row *row)
{
    const struct value *value = &row->values[e->record->slot];
    buf_add(e->out, op->key, op->key_n);
    return json_clean_copy(e->out, value_span(value), &e->mended) || emit_problem(e, op, value, "JSON", "json");
}

/* ---- the loop ----------------------------------------------------------------------------------- */

static inline void put_key(struct emit *e, const struct op *op)
{
    if (!buf_room(e->out, op->key_n + KEY_ROOM))
        return;
    if (op->key_n <= KEY_ROOM)
        memcpy(e->out->p + e->out->n, op->key, KEY_ROOM);
    else
        memcpy(e->out->p + e->out->n, op->key, op->key_n);
    e->out->n += op->key_n;
}

static bool run_op(struct emit *e, const struct op *op, const struct row *row)
{
    switch (op->code) {
    case OP_TEXT:
        return true;
    case OP_PAGE:
        buf_span(e->out, e->page[op->page]);
        return true;
    case OP_GID:
        put_gid(e, row);
        return true;
    case OP_VALUE:
        return run_value(e, op, row);
    case OP_DERIVED:
        return run_derived(e, op, row);
    case OP_OBJECT:
        return run_object(e, op, row);
    case OP_BRANCH:
        return run_branch(e, op, row);
    case OP_LIST:
        return run_list(e, op, row);
    case OP_STRS:
        return run_strs(e, op, row);
    case OP_JOIN:
        return run_join(e, op, row);
    case OP_ROUNDING:
        return sums_write(e, op, row);
    case OP_FOLLOW:
        put_mark(e, op);
        return true;
    case OP_INCOMPLETE:
        put_incomplete(e);
        return true;
    case OP_RAW:
        break;
    }
    return true;
}

static bool run(struct emit *e, const struct program *program, const struct row *row)
{
    const struct op *end = program->ops + program->n;
    for (const struct op *op = program->ops; op < end; op++) {
        if (op->code == OP_RAW) {
            if (e->raw && !put_raw(e, op, row))
                return false;
            continue;
        }
        put_key(e, op);
        bool is_here = op->code == OP_VALUE && op->source.place && !op->source.up;
        const struct value *value = is_here ? &row->values[op->source.place->slot] : NULL;
        if (is_here && value->kind > VALUE_NULL && value->n > op->least) {
            e->given++;
            if (!op->write(e, op, value, row))
                return false;
        } else if (!run_op(e, op, row)) {
            return false;
        }
        if (op->cut && !see_cut(e, op, row))
            return false;
    }
    return true;
}

bool emit_record(struct emit *e, const struct row *row, const struct place *place)
{
    size_t before = e->out->n;
    e->marks_before = e->n_marks;
    e->rests_before = e->n_rests;
    e->record = place;
    e->n_lists = 0;
    if (e->any_incomplete)
        memset(e->incomplete, 0, sizeof(e->incomplete));
    e->any_incomplete = false;
    buf_char(e->out, '{');
    if (run(e, &e->made->program, row)) {
        buf_char(e->out, '}');
        return true;
    }
    if (!e->out->over)
        e->out->n = before;
    e->n_marks = e->marks_before;
    e->n_rests = e->rests_before;
    return false;
}

/* ---- problems ----------------------------------------------------------------------------------- */

enum { FOUND_SHOWN = 64 };

/* "items[2].quantity" */
static void put_path(const struct emit *e, struct buf *out)
{
    size_t from = 0;
    buf_char(out, '"');
    for (unsigned i = 0; i < e->n_lists && e->lists[i].path_n <= e->problem.path.n; i++) {
        buf_add(out, e->problem.path.p + from, e->lists[i].path_n - from);
        if (e->problem.path.n > e->lists[i].path_n)
            buf_printf(out, "[%u]", e->lists[i].index);
        from = e->lists[i].path_n;
    }
    buf_add(out, e->problem.path.p + from, e->problem.path.n - from);
    buf_char(out, '"');
}

static void put_found(struct emit *e, struct buf *out)
{
    const struct value *found = &e->problem.found;
    if (e->problem.found_is) {
        buf_json(out, span_of(e->problem.found_is));
        return;
    }
    if (found->kind != VALUE_STRING && found->kind != VALUE_NUMBER) {
        buf_json(out, span_of(value_kind_name(found->kind)));
        return;
    }
    buf_json(out, utf8_cut(emit_text(e, found), FOUND_SHOWN));
}

void emit_write_problem(struct emit *e, const struct row *row, struct buf *out)
{
    struct value id;
    buf_lit(out, "{\"id\":");
    if (source_is_set(&e->made->id) && source_value(e, &e->made->id, row, &id) == FOUND && id.kind < VALUE_OBJECT)
        buf_json(out, utf8_cut(emit_text(e, &id), 200));
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"path\":");
    put_path(e, out);
    buf_lit(out, ",\"expected\":");
    buf_json(out, span_of(e->problem.expected));
    buf_lit(out, ",\"found\":");
    put_found(e, out);
    buf_printf(out, ",\"kind\":\"%s\"}", e->problem.kind);
}
