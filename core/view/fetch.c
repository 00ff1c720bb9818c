/*
 * fetch.c - compiled paths, looked up in the rows of a walk, in headers and in the status; conditions over what they
 * find.  fetch_make.c makes them.
 */
#include "core/view/fetch_inside.h"

#include "core/base/base64.h"
#include "core/base/digits.h"
#include "core/json/text.h"
#include "core/value/dec.h"

#include <strings.h>

/* ---- values that are not in the body ------------------------------------------------------------ */

static struct value text_value(struct span text)
{
    return (struct value){ .p = text.p, .n = (uint32_t)text.n, .kind = VALUE_STRING, .flags = VALUE_TEXT };
}

/* <https://...?page=2>; rel="next", <...>; rel="prev" (RFC 8288 section 3) */
static bool link_of(struct span header, struct span rel, struct span *out)
{
    const char *p = header.p, *end = header.p + header.n;
    while (p < end) {
        const char *open = memchr(p, '<', (size_t)(end - p));
        const char *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
        if (!close)
            return false;
        const char *next = memchr(close, '<', (size_t)(end - close));
        struct span rest = { close, (size_t)((next ? next : end) - close) };
        for (size_t i = 0; i + 4 < rest.n; i++) {
            if (strncasecmp(rest.p + i, "rel=", 4) != 0)
                continue;
            i += 4 + (rest.p[i + 4] == '"');
            if (rest.n - i < rel.n || strncasecmp(rest.p + i, rel.p, rel.n) != 0)
                continue;
            char behind = i + rel.n < rest.n ? rest.p[i + rel.n] : '"';
            if (behind == '"' || behind == ' ' || behind == ',' || behind == ';') {
                *out = (struct span){ open + 1, (size_t)(close - open) - 1 };
                return true;
            }
        }
        p = next ? next : end;
    }
    return false;
}

static bool header_value(const struct term *term, const struct fetch_env *env, struct value *out)
{
    bool link = term->source == PATH_LINK;
    for (size_t i = 0; i < env->n_headers; i++) {
        struct span name = env->headers[i].name, wanted = link ? SPAN("link") : term->name;
        if (name.n != wanted.n || strncasecmp(name.p, wanted.p, name.n) != 0)
            continue;
        struct span text = env->headers[i].value;
        if (link && !link_of(text, term->name, &text))
            continue;
        *out = text_value(text);
        return true;
    }
    return false;
}

static bool outside_value(const struct term *term, const struct fetch_env *env, struct value *out)
{
    switch (term->source) {
    case PATH_STATUS_CODE: {
        char *text = arena_alloc(env->arena, DIGITS_MAX); /* many conditions ask for it: no printf */
        *out = (struct value){ .p = text, .n = digits_put(text, (uint64_t)env->status), .kind = VALUE_NUMBER };
        return true;
    }
    case PATH_HEADER:
    case PATH_LINK:
        return header_value(term, env, out);
    default:
        return false; /* steps and queries are the planner's */
    }
}

/* ---- decoders ----------------------------------------------------------------------------------- */

static struct span decoded_text(const struct value *value, struct arena *arena)
{
    struct buf scratch;
    buf_init(&scratch, 1 << 20);
    struct span text = value_text(value, &scratch);
    if (text.n && text.p == scratch.p)
        text = (struct span){ arena_dup(arena, text), text.n };
    buf_release(&scratch);
    return text;
}

static bool decode_b64(struct value *value, struct arena *arena)
{
    struct span text = decoded_text(value, arena);
    struct buf out = { .p = arena_alloc(arena, text.n / 4 * 3 + 4),
                       .cap = text.n / 4 * 3 + 4,
                       .max = text.n / 4 * 3 + 4 };
    if (!base64_read(text, BASE64_ANY, &out))
        return false;
    *value = text_value(buf_peek(&out));
    return true;
}

/* The one value that text is. */
static bool value_of_json(struct span text, struct value *out)
{
    const char *end = text.p + text.n, *p = json_blanks(text.p, end), *behind = json_skip(p, end, 0);
    unsigned flags = 0;
    if (!behind)
        return false;
    *out = (struct value){ .p = p, .n = (uint32_t)(behind - p) };
    switch (*p) {
    case '{':
        out->kind = VALUE_OBJECT;
        break;
    case '[':
        out->kind = VALUE_LIST;
        break;
    case '"':
        json_string_end(p + 1, end, &flags);
        *out = (struct value){ .p = p + 1, .n = out->n - 2, .kind = VALUE_STRING, .flags = (uint8_t)flags };
        break;
    default:
        out->kind = *p == 'n' ? VALUE_NULL : *p == 't' ? VALUE_TRUE : *p == 'f' ? VALUE_FALSE : VALUE_NUMBER;
    }
    return true;
}

/* Member `name` or element `index` of a container that no place took apart. */
static bool value_inside(struct value *value, const struct path_step *step)
{
    const char *end = value->p + value->n - 1, *p = value->p + 1;
    bool object = step->kind == PATH_MEMBER;
    if (value->kind != (object ? VALUE_OBJECT : VALUE_LIST) || step->index < 0)
        return false;
    for (int32_t i = 0;; i++) {
        unsigned flags = 0;
        p = json_blanks(p, end);
        const char *name = p;
        if (object) {
            const char *close = p < end && *p == '"' ? json_string_end(p + 1, end, &flags) : NULL;
            p = close ? json_blanks(close + 1, end) : end;
            if (p >= end || *p++ != ':')
                return false;
            p = json_blanks(p, end);
            if ((size_t)(close - name) - 1 == step->name.n && memcmp(name + 1, step->name.p, step->name.n) == 0)
                return value_of_json((struct span){ p, (size_t)(end - p) }, value);
        } else if (i == step->index) {
            return p < end && value_of_json((struct span){ p, (size_t)(end - p) }, value);
        }
        p = p < end ? json_skip(p, end, 0) : NULL;
        if (!p)
            return false;
        p = json_blanks(p, end);
        if (p >= end || *p++ != ',')
            return false;
    }
}

static bool decode(const struct term *term, const struct fetch_env *env, struct value *value)
{
    for (size_t i = 0; i < term->n_decode; i++) {
        const struct path_step *step = &term->decode[i];
        switch (step->kind) {
        case PATH_B64:
            if (value->kind != VALUE_STRING || !decode_b64(value, env->arena))
                return false;
            break;
        case PATH_JSON:
            if (value->kind != VALUE_STRING || !value_of_json(decoded_text(value, env->arena), value))
                return false;
            break;
        case PATH_RAW:
            *value = text_value(value_span(value));
            break;
        case PATH_MEMBER: /* a text that is taken apart is JSON without saying so: "header:Sig!b64.kid" */
        case PATH_INDEX:
            if (value->kind == VALUE_STRING && !value_of_json(decoded_text(value, env->arena), value))
                return false;
            if (value->n < 2 || !value_inside(value, step))
                return false;
            break;
        default:
            return false;
        }
    }
    return true;
}

/* ---- looking up --------------------------------------------------------------------------------- */

struct visit {
    const struct term *term;
    const struct fetch_env *env;
    const struct row *origin; /* where the expression is written */
    bool (*fn)(void *self, const struct value *value, const struct row *row);
    void *self;
    const struct row *last;    /* the last row that a leaf was looked for in */
    const struct place *stuck; /* a list that is none */
    const struct row *stuck_row;
};

static bool test_holds_at(const struct test *test, const struct fetch_env *env, const struct row *row,
                          const struct row *origin);

static bool visit_leaf(struct visit *v, const struct row *row)
{
    struct value value = row->values[v->term->leaf->slot];
    v->last = row;
    if (value.kind == VALUE_ABSENT || (v->term->n_decode && !decode(v->term, v->env, &value)))
        return false;
    return v->fn(v->self, &value, row);
}

static bool selected(const struct hop *hop, const struct row *row, uint32_t *counts, const struct visit *v, bool *hold)
{
    for (unsigned i = 0; i < hop->n_selectors; i++) {
        const struct selector *selector = &hop->selectors[i];
        if (selector->kind == SELECT_LAST) {
            *hold = true;
            return false;
        }
        if (selector->kind == SELECT_INDEX ? counts[i]++ != selector->index
                                           : !test_holds_at(selector->test, v->env, row, v->origin))
            return false;
    }
    return true;
}

static bool visit_hops(struct visit *v, unsigned i, const struct row *row)
{
    if (i == v->term->n_hops)
        return visit_leaf(v, row);
    const struct hop *hop = &v->term->hops[i];
    uint32_t counts[SELECTORS_MAX] = { 0 };
    const struct row *held = NULL;
    if (row->values[hop->list->slot].kind != (hop->any ? VALUE_OBJECT : VALUE_LIST)) {
        v->stuck = hop->list;
        v->stuck_row = row;
        return false;
    }
    const struct list *list = row_list(row, hop->any ? hop->list->any_slot : hop->list->list_slot);
    for (const struct row *at = list->first; at; at = at->next) {
        bool hold = false;
        if (selected(hop, at, counts, v, &hold) && visit_hops(v, i + 1, at))
            return true;
        held = hold ? at : held;
    }
    return held && visit_hops(v, i + 1, held);
}

static bool visit_term(struct visit *v, const struct row *row)
{
    struct value value;
    if (v->term->source != PATH_BODY)
        return outside_value(v->term, v->env, &value) && decode(v->term, v->env, &value) &&
               v->fn(v->self, &value, NULL);
    for (unsigned up = v->term->up; up > 0; up--)
        row = row->parent;
    return visit_hops(v, 0, row);
}

/* The term and its variants.  v->term is left at the one that was stuck least. */
static bool visit_variants(struct visit *v, const struct term *term, const struct row *row)
{
    for (v->term = term->variant; v->term; v->term = v->term->variant) {
        if (visit_term(v, row))
            return true;
    }
    v->term = term;
    return visit_term(v, row);
}

enum found place_reason(const struct row *row, const struct place *place, struct value *wrong)
{
    const struct value *value = &row->values[place->slot];
    if (value->kind == VALUE_NULL)
        return FOUND_NULL;
    if (value->kind != VALUE_ABSENT) {
        *wrong = *value;
        return FOUND_WRONG;
    }
    for (place = place->parent; place; place = place->parent) {
        value = &row->values[place->slot];
        if (value->kind == VALUE_NULL)
            return FOUND_NULL;
        if (value->kind == VALUE_OBJECT)
            return FOUND_NOTHING;
        if (value->kind == VALUE_LIST && value->n == 2)
            return FOUND_NULL; /* PHP writes an empty object as [] */
        if (value->kind != VALUE_ABSENT) {
            *wrong = *value;
            return FOUND_WRONG;
        }
    }
    return FOUND_NOTHING;
}

static enum found reason(const struct visit *v, const struct row *row, struct value *wrong)
{
    if (v->term->source != PATH_BODY)
        return FOUND_NOTHING;
    if (v->stuck && !v->last)
        return place_reason(v->stuck_row, v->stuck, wrong);
    if (v->last)
        return v->term->n_decode && v->last->values[v->term->leaf->slot].kind > VALUE_NULL
                   ? (*wrong = v->last->values[v->term->leaf->slot], FOUND_WRONG)
                   : place_reason(v->last, v->term->leaf, wrong);
    (void)row;
    return FOUND_NULL; /* the list is there, and no element fits */
}

static bool keep_first(void *self, const struct value *value, const struct row *row)
{
    (void)row;
    if (value->kind == VALUE_NULL)
        return false;
    *(struct value *)self = *value;
    return true;
}

struct sum {
    struct dec total;
    bool minus, any, bad;
    struct value wrong;
};

static bool add_up(void *self, const struct value *value, const struct row *row)
{
    struct sum *sum = self;
    struct dec d;
    struct buf scratch;
    (void)row;
    if (value->kind == VALUE_NULL)
        return false;
    buf_init(&scratch, 256);
    struct span text = value_text(value, &scratch);
    bool good = dec_parse(text, &d) || dec_parse_rounded(text, 15, &d, NULL);
    buf_release(&scratch);
    if (good && sum->minus)
        d.mantissa = -d.mantissa;
    if (!good || !dec_add(sum->total, d, &sum->total)) {
        sum->wrong = *value;
        sum->bad = true;
        return true;
    }
    sum->any = true;
    return false;
}

static enum found fetch_sum(const struct alt *alt, const struct fetch_env *env, const struct row *row,
                            struct value *out)
{
    struct sum sum = { .total = { 0, 0 } };
    bool null = false, empty = false;
    for (size_t t = 0; t < alt->n_terms; t++) {
        bool before = sum.any;
        struct visit v = { .env = env, .origin = row, .fn = add_up, .self = &sum };
        sum.any = false;
        sum.minus = alt->terms[t]->minus;
        if (visit_variants(&v, alt->terms[t], row)) {
            *out = sum.wrong;
            return FOUND_WRONG;
        }
        if (!sum.any) {
            bool reached = !v.stuck && !v.last && v.term->n_hops;
            enum found why = reason(&v, row, out);
            if (why == FOUND_NOTHING || why == FOUND_WRONG)
                return why;
            empty |= reached;
            null |= !reached;
        }
        sum.any |= before;
    }
    if (!sum.any)
        return empty && !null ? FOUND_EMPTY : FOUND_NULL;
    char *text = arena_alloc(env->arena, DEC_TEXT_MAX);
    *out = (struct value){ .p = text, .n = (uint32_t)dec_put(text, sum.total), .kind = VALUE_NUMBER };
    return FOUND;
}

enum found fetch_one(const struct fetch *fetch, const struct fetch_env *env, const struct row *row, struct value *out)
{
    enum found best = FOUND_NOTHING;
    for (size_t a = 0; a < fetch->n_alts; a++) {
        enum found found;
        struct value value = { 0 };
        if (fetch->alts[a].sum) {
            found = fetch_sum(&fetch->alts[a], env, row, &value);
        } else {
            struct visit v = { .env = env, .origin = row, .fn = keep_first, .self = &value };
            found = visit_variants(&v, fetch->alts[a].terms[0], row) ? FOUND : reason(&v, row, &value);
        }
        if (found == FOUND) {
            *out = value;
            return FOUND;
        }
        if (best == FOUND_NOTHING || (best == FOUND_WRONG && found != FOUND_NOTHING)) {
            best = found;
            *out = value;
        }
    }
    return best;
}

struct count {
    bool (*fn)(void *self, const struct value *value, const struct row *row);
    void *self;
    bool any;
};

static bool note_any(void *self, const struct value *value, const struct row *row)
{
    struct count *count = self;
    count->any |= value->kind != VALUE_NULL;
    return count->fn(count->self, value, row);
}

bool fetch_each(const struct fetch *fetch, const struct fetch_env *env, const struct row *row,
                bool (*fn)(void *self, const struct value *value, const struct row *row), void *self)
{
    for (size_t a = 0; a < fetch->n_alts; a++) {
        struct value sum;
        if (fetch->alts[a].sum) {
            if (fetch_sum(&fetch->alts[a], env, row, &sum) == FOUND)
                return fn(self, &sum, NULL);
            continue;
        }
        struct count count = { fn, self, false };
        struct visit v = { .env = env, .origin = row, .fn = note_any, .self = &count };
        if (visit_variants(&v, fetch->alts[a].terms[0], row))
            return true;
        if (count.any)
            return false;
    }
    return false;
}

struct rows {
    bool (*fn)(void *self, const struct row *row);
    void *self;
    bool any;
    enum value_kind kind; /* what the leaf must be; VALUE_ABSENT: anything */
    struct value wrong;
    bool is_wrong;
};

/* A list of texts may be one of records: where nothing below its elements is asked for, an element is what "" reads. */
static bool is_plain_element(const struct value *value, const struct row *row)
{
    bool is_scalar = value->kind == VALUE_STRING || value->kind == VALUE_NUMBER;
    return is_scalar && row->shape->owner && row->shape->root->n_members == 0;
}

static bool give_row(void *self, const struct value *value, const struct row *row)
{
    struct rows *rows = self;
    if (value->kind == VALUE_NULL)
        return false;
    if (value->kind != VALUE_OBJECT && !is_plain_element(value, row)) {
        rows->wrong = *value;
        rows->is_wrong = !(value->kind == VALUE_LIST && value->n == 2);
        return rows->is_wrong;
    }
    rows->any = true;
    return rows->fn(rows->self, row);
}

enum found fetch_rows(const struct fetch *fetch, size_t alt, const struct fetch_env *env, const struct row *row,
                      bool (*fn)(void *self, const struct row *row), void *self, struct value *wrong)
{
    struct rows rows = { .fn = fn, .self = self };
    struct visit v = { .env = env, .origin = row, .fn = give_row, .self = &rows };
    visit_variants(&v, fetch->alts[alt].terms[0], row);
    if (rows.is_wrong) {
        *wrong = rows.wrong;
        return FOUND_WRONG;
    }
    if (rows.any)
        return FOUND;
    if (v.term->n_hops && !v.stuck && !v.last)
        return FOUND_EMPTY;
    enum found why = reason(&v, row, wrong);
    return why == FOUND_WRONG && wrong->kind == VALUE_LIST && wrong->n == 2 ? FOUND_NULL : why;
}

/* ---- conditions --------------------------------------------------------------------------------- */

struct wanted {
    enum cond_op op;
    struct span text;
};

static bool compares(void *self, const struct value *value, const struct row *row)
{
    const struct wanted *wanted = self;
    (void)row;
    return cond_compare(value, wanted->op, wanted->text);
}

static bool piece_text(const struct cond_piece *piece, const struct fetch *fetch, const struct fetch_env *env,
                       const struct row *origin, struct buf *out)
{
    struct value value;
    if (!piece->name) {
        buf_span(out, piece->text);
        return true;
    }
    if (!fetch)
        return env->names && env->names->get(env->names->self, piece->text, out);
    if (fetch_one(fetch, env, origin, &value) != FOUND || value.kind >= VALUE_OBJECT)
        return false;
    buf_span(out, decoded_text(&value, env->arena));
    return true;
}

/* Does some match of the path fit? */
static bool some_fits(const struct fetch *fetch, const struct fetch_env *env, const struct row *row,
                      struct wanted *wanted)
{
    return fetch_each(fetch, env, row, compares, wanted);
}

static bool term_holds(const struct test *test, size_t i, const struct fetch_env *env, const struct row *row,
                       const struct row *origin)
{
    const struct cond_term *term = &test->cond->terms[i];
    struct wanted wanted = { term->op, term->value };
    if (term->literal)
        return some_fits(test->paths[i], env, row, &wanted) != term->negate;
    struct buf text;
    bool known = true;
    buf_init(&text, 1 << 16);
    for (size_t p = 0; known && p < term->n_pieces; p++)
        known = piece_text(&term->pieces[p], test->pieces[i][p], env, origin, &text);
    wanted.text = buf_peek(&text);
    bool holds = known && some_fits(test->paths[i], env, row, &wanted);
    buf_release(&text);
    return holds;
}

static bool test_holds_at(const struct test *test, const struct fetch_env *env, const struct row *row,
                          const struct row *origin)
{
    for (size_t i = 0; i < test->cond->n; i++) {
        if (!term_holds(test, i, env, row, origin))
            return false;
    }
    return true;
}

bool test_holds(const struct test *test, const struct fetch_env *env, const struct row *row)
{
    return test_holds_at(test, env, row, row);
}
