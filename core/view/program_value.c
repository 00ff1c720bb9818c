/*
 * program_value.c - one value's operation.
 *
 * A source is made from the row's `theirs`; a format from `fmt`; cases from `cases`: literals of theirs if there is a
 * place to compare, conditions if there is none.  Money gets the sources of its currency: the sub-table's own,
 * else that of the nearest record around it; they may stand rows above, and later in the bytes.
 *
 *   { "items", "items[]", .sub = {{ "unit_price", "unit_price" }} } in a table with { "currency", "currency_code" }
 *     VALUE ,"unit_price": slot of unit_price, currency: one row up, slot of currency_code
 */
#include "core/view/program_value.h"

#include "core/view/writers.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what is gathered --------------------------------------------------------------------------- */

static void texts_add(struct making *m, struct texts *texts, struct span text)
{
    if (texts->n == texts->room) {
        size_t room = texts->room ? texts->room * 2 : 16;
        struct span *grown = arena_alloc(m->arena, room * sizeof(*grown));
        if (texts->n)
            memcpy(grown, texts->items, texts->n * sizeof(*grown));
        texts->items = grown;
        texts->room = room;
    }
    texts->items[texts->n++] = text;
}

void making_init(struct making *m)
{
    m->prefix = frame_outermost(m->recipe->frame)->base->path;
}

enum err making_refuse(struct making *m, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!m->at)
        return fault_set(m->fetch->fault, ERR_INVALID_REQUEST, "%s: %s", m->recipe->table, text);
    return fault_set(m->fetch->fault, ERR_INVALID_REQUEST, "%s row %zu (%.40s): %s", m->at->table, m->at->index,
                     m->at->row->ours, text);
}

enum err making_refuse_as(struct making *m)
{
    char text[sizeof(m->fetch->fault->text)];
    if (!m->fetch->fault)
        return ERR_INVALID_REQUEST;
    memcpy(text, m->fetch->fault->text, sizeof(text));
    return making_refuse(m, "%.150s", text);
}

void making_key(struct making *m, struct op *op, const char *name, bool first, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 4;
    char *key = arena_zalloc(m->arena, n + KEY_ROOM + 1);
    int length = snprintf(key, n + 1, "%s\"%s\":%s", first ? "" : ",", name, value);
    op->key = key;
    op->key_n = (uint16_t)length;
}

void making_unsupported(struct making *m, struct span path)
{
    texts_add(m, &m->unsupported, path);
}

const char *making_unsupported_text(struct making *m)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    for (size_t i = 0; i < m->unsupported.n; i++) {
        buf_char(&text, i ? ',' : '[');
        buf_json(&text, m->unsupported.items[i]);
    }
    buf_span(&text, m->unsupported.n ? SPAN("]") : SPAN("[]"));
    const char *copy = arena_dup(m->arena, buf_peek(&text));
    buf_release(&text);
    return copy;
}

/* ---- what must be asked for --------------------------------------------------------------------- */

/* Up to a comma or blank outside of a field's arguments. */
static size_t ask_text(const char *ask)
{
    size_t n = 0;
    for (int depth = 0; ask[n] && (depth > 0 || !strchr(", ", ask[n])); n++)
        depth += (ask[n] == '(') - (ask[n] == ')');
    return n;
}

void making_ask_texts(struct making *m, const char *ask)
{
    while (*ask) {
        size_t n = ask_text(ask);
        if (n)
            texts_add(m, &m->asks, (struct span){ ask, n });
        ask += n + (ask[n] != '\0');
    }
}

/* "orders[].items[].sku" is asked for as "items.sku". */
static void ask_place(void *self, struct span path)
{
    struct making *m = self;
    if (path.n <= m->prefix.n || memcmp(path.p, m->prefix.p, m->prefix.n) != 0)
        return;
    size_t from = m->prefix.n + (path.p[m->prefix.n] == '.');
    char *text = arena_alloc(m->arena, path.n + 1);
    size_t n = 0;
    for (size_t i = from; i < path.n && path.p[i] != '*'; i++) {
        if (path.p[i] != '[' && path.p[i] != ']')
            text[n++] = path.p[i];
    }
    while (n && text[n - 1] == '.')
        n--;
    if (n)
        texts_add(m, &m->asks, (struct span){ text, n });
}

void making_ask_fetch(struct making *m, const struct fetch *fetch)
{
    fetch_ask(fetch, ask_place, m);
}

void making_ask_test(struct making *m, const struct test *test)
{
    test_ask(test, ask_place, m);
}

void making_ask(struct making *m, const struct use *use, const struct source *source)
{
    if (use && use->row->ask) {
        making_ask_texts(m, use->row->ask);
        return;
    }
    if (source->fetch)
        fetch_ask(source->fetch, ask_place, m);
    for (size_t i = 0; source->text && i < source->text->n; i++) {
        if (source->text->fetches[i])
            fetch_ask(source->text->fetches[i], ask_place, m);
    }
}

static int by_text(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int order = n ? memcmp(x->p, y->p, n) : 0;
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* "a.*" covers "a.b", one level down and no more. */
static bool covered(const struct span *asks, size_t n, struct span text)
{
    const char *dot = memrchr(text.p, '.', text.n);
    if (!dot || span_is((struct span){ dot, text.n - (size_t)(dot - text.p) }, ".*"))
        return false;
    size_t stem = (size_t)(dot - text.p) + 1;
    for (size_t i = 0; i < n; i++) {
        if (asks[i].n == stem + 1 && asks[i].p[stem] == '*' && memcmp(asks[i].p, text.p, stem) == 0)
            return true;
    }
    return false;
}

void asks_sort(struct span *asks, size_t *n)
{
    size_t kept = 0;
    if (*n)
        qsort(asks, *n, sizeof(*asks), by_text);
    for (size_t i = 0; i < *n; i++) {
        if (kept == 0 || !span_eq(asks[kept - 1], asks[i]))
            asks[kept++] = asks[i];
    }
    size_t left = 0;
    for (size_t i = 0; i < kept; i++) { /* what covers ends on '*', which sorts before all names */
        if (!covered(asks, left, asks[i]))
            asks[left++] = asks[i];
    }
    *n = left;
}

void making_finish(struct making *m, struct made *out)
{
    out->numbers = m->numbers.items;
    out->n_numbers = m->numbers.n;
    asks_sort(m->asks.items, &m->asks.n);
    out->asks = m->asks.items;
    out->n_asks = m->asks.n;
}

/* ---- sources ------------------------------------------------------------------------------------ */

static enum err text_source(struct making *m, const char *text, const struct frame *frame, struct source *out)
{
    struct made_text *made = arena_zalloc(m->arena, sizeof(*made));
    enum err err = template_parse(m->arena, text, m->fetch->fault, &made->template);
    if (err)
        return making_refuse_as(m);
    while (template_name(made->template, made->n).n)
        made->n++;
    struct span *names = arena_alloc(m->arena, made->n * sizeof(*names) + 1);
    const struct fetch **fetches = arena_zalloc(m->arena, made->n * sizeof(*fetches) + 1);
    for (size_t i = 0; i < made->n; i++) {
        names[i] = template_name(made->template, i);
        if (names[i].p[0] != '.' && names[i].p[0] != '^')
            continue;
        const char *path = arena_dup(m->arena, names[i]);
        err = fetch_parse(m->fetch, path + (path[0] == '.'), frame, &fetches[i]);
        if (err)
            return making_refuse_as(m);
    }
    made->names = names;
    made->fetches = fetches;
    *out = (struct source){ .text = made };
    return OK;
}

void source_settle(struct source *source, struct arena *arena)
{
    size_t n = fetch_alts(source->fetch);
    const struct source *other = NULL;
    for (size_t i = n; i-- > 0;) {
        struct source *at = i ? arena_zalloc(arena, sizeof(*at)) : source;
        at->fetch = source->fetch;
        at->place = fetch_simple(source->fetch, i, &at->up);
        at->other = other;
        if (!at->place) { /* one that is not plain spoils them all */
            source->place = NULL;
            source->other = NULL;
            return;
        }
        other = at;
    }
}

enum err source_make(struct making *m, const struct use *use, const struct frame *from, struct source *out)
{
    unsigned rows = frame_distance(from, use->frame);
    if (rows == UINT_MAX)
        return making_refuse(m, "it cannot be reached from inside %s", use->row->ours);
    struct fetch_maker *maker = m->fetch;
    maker->lifted = rows ? use->frame : NULL;
    maker->lift = rows;
    enum err err;
    if (use->row->theirs[0] == '=') {
        err = text_source(m, use->row->theirs + 1, use->frame, out);
    } else {
        *out = (struct source){ 0 };
        err = fetch_parse(maker, use->row->theirs, use->frame, &out->fetch);
        if (err)
            err = making_refuse_as(m);
    }
    maker->lifted = NULL;
    maker->lift = 0;
    if (!err && out->fetch)
        source_settle(out, m->arena);
    return err;
}

enum err source_nearest(struct making *m, const struct scope *scope, const char *name, const struct frame *from,
                        struct source *out)
{
    for (; scope; scope = scope->outer) {
        for (size_t i = 0; i < scope->n_uses; i++) {
            const struct use *use = &scope->uses[i];
            if (!span_is(use->rest, name) || !use->row->theirs || use->row->sub)
                continue;
            enum err err = source_make(m, use, from, out);
            if (!err)
                making_ask(m, use, out);
            return err;
        }
    }
    return OK;
}

enum err format_make(struct making *m, const struct use *use, enum model_type type, const struct format **out)
{
    struct format *format = arena_alloc(m->arena, sizeof(*format));
    bool joins = use->row->flags & CW_JOIN; /* then fmt is the separator */
    enum err err = format_read_parse(joins ? NULL : use->row->fmt, type, m->fetch->fault, format);
    *out = format;
    return err ? making_refuse_as(m) : OK;
}

/* ---- cases -------------------------------------------------------------------------------------- */

static bool otherwise(const struct cw_case *row)
{
    return !row->when || strcmp(row->when, "*") == 0;
}

static enum err case_make(struct making *m, const struct op *op, const struct cw_case *row, const struct use *use,
                          struct case_read *out)
{
    *out = (struct case_read){ .value = span_of(row->value) };
    bool listed = op->field->type == MODEL_ENUM || op->field->type == MODEL_ENUMS;
    if (listed && !model_enum_has(op->field, out->value))
        return making_refuse(m, "\"%s\" is no word of %s", row->value, op->field->name);
    if (otherwise(row))
        return OK;
    out->when = span_of(row->when);
    if (use->row->theirs)
        return OK;
    enum err err = test_parse(m->fetch, row->when, use->frame, &out->test);
    if (err)
        return making_refuse_as(m);
    if (!use->row->ask)
        test_ask(out->test, ask_place, m);
    return OK;
}

static enum err cases_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope)
{
    size_t n = 0;
    while (use->row->cases[n].value)
        n++;
    struct case_read *cases = arena_alloc(m->arena, n * sizeof(*cases) + 1);
    unsigned rows = frame_distance(scope->frame, use->frame);
    if (rows == UINT_MAX)
        return making_refuse(m, "it cannot be reached from inside");
    m->fetch->lifted = rows ? use->frame : NULL;
    m->fetch->lift = rows;
    enum err err = OK;
    for (size_t i = 0; i < n && !err; i++)
        err = case_make(m, op, &use->row->cases[i], use, &cases[i]);
    m->fetch->lifted = NULL;
    m->fetch->lift = 0;
    op->cases = cases;
    op->n_cases = n;
    return err;
}

/* ---- money -------------------------------------------------------------------------------------- */

/* The rows amount, divisor and currency of a money object. */
static enum err money_object(struct making *m, struct money_side *side, const struct use *use)
{
    const struct frame *frame = fetch_frame(m->fetch, side->object, 0);
    if (!frame || fetch_alts(side->object) != 1)
        return making_refuse(m, "a money object stands at one place");
    for (const struct cw_field *row = use->row->sub; row->ours; row++) {
        struct use inside = { .row = row, .index = use->index, .table = use->table, .frame = frame };
        struct source *source = strcmp(row->ours, "amount") == 0     ? &side->amount
                                : strcmp(row->ours, "divisor") == 0  ? &side->divisor
                                : strcmp(row->ours, "currency") == 0 ? &side->currency[0]
                                                                     : NULL;
        if (!source || !row->theirs)
            return making_refuse(m, "money has amount, divisor and currency, not \"%s\"", row->ours);
        enum err err = source_make(m, &inside, frame, source);
        if (!err && source == &side->amount && row->fmt)
            err = use->row->fmt ? making_refuse(m, "its format stands twice, also on the amount inside")
                                : format_make(m, &inside, MODEL_MONEY, &side->format);
        if (err)
            return err;
        making_ask(m, use->row->ask ? use : &inside, source);
    }
    if (!source_is_set(&side->amount))
        return making_refuse(m, "a money object needs an amount");
    return OK;
}

static enum err side_make(struct making *m, const struct use *use, const struct scope *scope, const char *currency,
                          struct money_side *side)
{
    side->on = true;
    enum err err = source_make(m, use, scope->frame, &side->amount);
    if (!err && use->row->sub) {
        side->object = side->amount.fetch;
        side->amount = (struct source){ 0 };
        err = side->object ? money_object(m, side, use) : making_refuse(m, "a money object stands on a path");
    } else if (!err) {
        making_ask(m, use, &side->amount);
    }
    return err ? err : source_nearest(m, scope, currency, scope->frame, &side->currency[1]);
}

static enum err money_make(struct making *m, struct op *op, const struct use *uses, size_t n_uses,
                           const struct scope *scope)
{
    struct money_side *sides = arena_zalloc(m->arena, 2 * sizeof(*sides));
    op->money = sides;
    enum err err = OK;
    for (size_t i = 0; i < n_uses && !err; i++) {
        bool presentment = span_is(uses[i].rest, "presentment");
        m->at = &uses[i];
        if (uses[i].rest.n && !presentment && !span_is(uses[i].rest, "shop"))
            return making_refuse(m, "money has no \"%.*s\"", SPAN_ARG(uses[i].rest));
        if (presentment && op->field->type != MODEL_MONEYSET)
            return making_refuse(m, "it is money in one currency");
        err = side_make(m, &uses[i], scope, presentment ? "presentment_currency" : "currency", &sides[presentment]);
    }
    if (err)
        return err;
    if (!sides[0].on)
        return making_refuse(m, "money needs its shop side");
    op->source = sides[0].object ? (struct source){ .fetch = sides[0].object } : sides[0].amount;
    if (sides[0].object)
        source_settle(&op->source, m->arena);
    return OK;
}

/* ---- values ------------------------------------------------------------------------------------- */

static struct source *source_copy(struct making *m, struct source source)
{
    struct source *copy = arena_alloc(m->arena, sizeof(*copy));
    *copy = source;
    return copy;
}

void making_number(struct making *m, struct op *op)
{
    if (m->numbers.n < INCOMPLETE_MAX) {
        op->number = (uint16_t)m->numbers.n;
        texts_add(m, &m->numbers, op->path);
    } else {
        op->number = INCOMPLETE_MAX - 1;
    }
}

/* "weight" <- "w" "unit:kg";  or "weight.value" and "weight.unit", whose cases are words for units */
static enum err measure_make(struct making *m, struct op *op, const struct use *uses, size_t n_uses,
                             const struct scope *scope)
{
    enum err err = OK;
    bool valued = false;
    for (size_t i = 0; i < n_uses && !err; i++) {
        struct source source = { 0 };
        m->at = &uses[i];
        err = source_make(m, &uses[i], scope->frame, &source);
        if (err)
            break;
        making_ask(m, &uses[i], &source);
        if (span_is(uses[i].rest, "unit")) {
            op->unit = source_copy(m, source);
            err = uses[i].row->cases ? cases_make(m, op, &uses[i], scope) : OK;
        } else if (uses[i].rest.n == 0 || span_is(uses[i].rest, "value")) {
            op->source = source;
            valued = true;
            err = format_make(m, &uses[i], MODEL_MEASURE, &op->format);
        } else {
            err = making_refuse(m, "a measure has value and unit, not \"%.*s\"", SPAN_ARG(uses[i].rest));
        }
    }
    if (!err && !valued)
        err = making_refuse(m, "a measure needs a value");
    if (!err && !op->unit && !op->format->unit.n)
        err = making_refuse(m, "a measure needs its unit: a format such as \"unit:kg\"");
    return err;
}

static enum err join_make(struct making *m, struct op *op, const struct use *uses, size_t n_uses,
                          const struct scope *scope)
{
    struct source *joined = arena_alloc(m->arena, n_uses * sizeof(*joined));
    for (size_t i = 0; i < n_uses; i++) {
        m->at = &uses[i];
        enum err err = source_make(m, &uses[i], scope->frame, &joined[i]);
        if (err)
            return err;
        making_ask(m, &uses[i], &joined[i]);
    }
    op->code = OP_JOIN;
    op->joined = joined;
    op->n_joined = n_uses;
    op->joint = span_of(uses[0].row->fmt ? uses[0].row->fmt : " ");
    return OK;
}

static bool all_join(const struct use *uses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(uses[i].row->flags & CW_JOIN) || uses[i].rest.n || !uses[i].row->theirs)
            return false;
    }
    return n > 1;
}

/* One row, one place. */
static enum err plain_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope)
{
    enum model_type type = op->field->type;
    if (use->rest.n || use->row->sub)
        return making_refuse(m, "%s is one value, it has nothing inside", op->field->name);
    enum err err = use->row->cases ? cases_make(m, op, use, scope) : OK;
    if (!err && !use->row->theirs) {
        op->code = OP_DERIVED;
        if (use->row->ask)
            making_ask_texts(m, use->row->ask);
        return OK;
    }
    if (!err)
        err = source_make(m, use, scope->frame, &op->source);
    if (err)
        return err;
    making_ask(m, use, &op->source);
    if (type == MODEL_STRS || type == MODEL_ENUMS) {
        op->code = OP_STRS;
    } else if (type == MODEL_PHONE) {
        struct source region = { 0 };
        struct scope alone = *scope;
        alone.outer = NULL; /* the country of this address, not of one around it */
        err = source_nearest(m, &alone, "country", scope->frame, &region);
        if (source_is_set(&region))
            op->region = source_copy(m, region);
    }
    return err;
}

/* "" is a text; anywhere else it says none (CONTRACT.md 4.6 of the design papers). */
static bool empty_is_none(enum model_type type)
{
    return type != MODEL_STR && type != MODEL_URL && type != MODEL_HTML && type != MODEL_JSON && type != MODEL_MAP &&
           type != MODEL_STRS;
}

static bool is_plain(const struct format *format)
{
    return !format->neg && !format->percent && !format->minor && !format->zero_null && !format->first && !format->csv &&
           !format->joins && !format->words && format->n_texts == 0;
}

enum err value_make(struct making *m, struct op *op, const struct use *uses, size_t n_uses, const struct scope *scope)
{
    bool money = op->field->type == MODEL_MONEY || op->field->type == MODEL_MONEYSET;
    enum err err = OK;
    op->write = writer_of(op->field->type);
    making_number(m, op);
    if (op->field->type == MODEL_MEASURE)
        return measure_make(m, op, uses, n_uses, scope);
    err = format_make(m, &uses[0], op->field->type, &op->format);
    op->required |= (uses[0].row->flags & CW_REQUIRED) != 0;
    if (err)
        return err;
    op->absent_null = op->format->absent_null;
    op->plain_format = is_plain(op->format);
    op->empty_null = empty_is_none(op->field->type) || op->format->empty_null;
    op->least = op->format->zero_null ? 1 : 0;
    for (size_t i = 0; i < n_uses && !err; i++)
        err = cut_make(m, op, &uses[i], scope);
    if (err)
        return err;
    if (money) {
        op->zero_if_empty = true;
        return money_make(m, op, uses, n_uses, scope);
    }
    if (all_join(uses, n_uses))
        return join_make(m, op, uses, n_uses, scope);
    if (n_uses > 1)
        return making_refuse(m, "%s has two rows", op->field->name);
    return plain_make(m, op, &uses[0], scope);
}

static const struct format no_format;

enum err raw_value_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope)
{
    op->write = writer_of(MODEL_STR);
    op->format = &no_format;
    op->plain_format = true;
    op->any_scalar = true;
    op->absent_null = true; /* the enum itself tells that it is not there */
    making_number(m, op);
    return source_make(m, use, scope->frame, &op->source);
}
