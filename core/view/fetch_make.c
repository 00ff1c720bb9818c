/*
 * fetch_make.c - compiled paths and conditions: making them, and asking about what was made.
 *
 * `*` takes any member.  Members that other paths name are walked as places of their own, so the term gets a variant
 * for each of them (fetch_settle), and a hop over what no path names.
 */
#include "core/view/fetch_inside.h"

#include <limits.h>

struct late {
    struct late *next;
    struct term *term, state; /* state: what the term was before the * */
    struct place *place;      /* whose members */
    const struct frame *frame, *written;
    const struct path_step *steps;
    size_t n_steps;
};

/* ---- making ------------------------------------------------------------------------------------- */

static enum err steps_into(struct fetch_maker *maker, struct term *term, struct place *place,
                           const struct path_step *steps, size_t n, const struct frame *frame,
                           const struct frame *written);
static enum err test_make(struct fetch_maker *maker, const struct cond *cond, const struct frame *frame,
                          const struct frame *written, const struct test **out);

static enum err too_much(struct fetch_maker *maker, const char *what)
{
    return fault_set(maker->fault, ERR_INVALID_REQUEST, "path: too many %s in one path", what);
}

static enum err add_hop(struct fetch_maker *maker, struct term *term, struct place *list, bool any, struct place **at)
{
    if (term->n_hops == HOPS_MAX)
        return too_much(maker, "lists");
    struct shape *shape = any ? place_any(maker->projection, list) : place_elements(maker->projection, list);
    term->hops[term->n_hops++] = (struct hop){ .list = list, .any = any };
    *at = shape->root;
    return OK;
}

/* The elements' own frame, for paths inside a selector. */
static const struct frame *element_frame(struct fetch_maker *maker, const struct frame *outer, struct place *root)
{
    struct frame *frame = arena_alloc(maker->arena, sizeof(*frame));
    *frame = (struct frame){ .outer = outer, .base = root, .rows = 1 };
    return frame;
}

static enum err add_selector(struct fetch_maker *maker, struct term *term, struct place *element,
                             const struct path_step *step, const struct frame *frame, const struct frame *written)
{
    struct hop *hop = &term->hops[term->n_hops - 1];
    if (hop->n_selectors == SELECTORS_MAX)
        return too_much(maker, "selectors");
    if (hop->n_selectors && hop->selectors[hop->n_selectors - 1].kind == SELECT_LAST)
        return too_much(maker, "selectors behind [last]");
    struct selector *selector = &hop->selectors[hop->n_selectors++];
    if (step->kind == PATH_INDEX) {
        selector->kind = step->index < 0 ? SELECT_LAST : SELECT_INDEX;
        selector->index = step->index < 0 ? 0 : (uint32_t)step->index;
        return OK;
    }
    selector->kind = SELECT_WHERE;
    return test_make(maker, step->where, element_frame(maker, frame, element), written, &selector->test);
}

static void remember_any(struct fetch_maker *maker, struct term *term, struct place *place,
                         const struct path_step *behind, size_t n, const struct frame *frame,
                         const struct frame *written)
{
    struct late *late = arena_alloc(maker->arena, sizeof(*late));
    *late = (struct late){ .next = maker->late,
                           .term = term,
                           .state = *term,
                           .place = place,
                           .frame = frame,
                           .written = written,
                           .steps = behind,
                           .n_steps = n };
    maker->late = late;
}

static enum err steps_into(struct fetch_maker *maker, struct term *term, struct place *place,
                           const struct path_step *steps, size_t n, const struct frame *frame,
                           const struct frame *written)
{
    enum err err = OK;
    bool in_list = false; /* the step before was [] or a selector */
    for (size_t i = 0; i < n && !err; i++) {
        switch (steps[i].kind) {
        case PATH_MEMBER:
            place = place_member(maker->projection, place, steps[i].name, steps[i].args);
            in_list = false;
            break;
        case PATH_ANY:
            remember_any(maker, term, place, steps + i + 1, n - i - 1, frame, written);
            err = add_hop(maker, term, place, true, &place);
            in_list = false;
            break;
        case PATH_ALL:
            place->lone |= steps[i].lone;
            err = add_hop(maker, term, place, false, &place);
            in_list = true;
            break;
        case PATH_INDEX:
        case PATH_WHERE:
            if (!in_list)
                err = add_hop(maker, term, place, false, &place);
            if (!err)
                err = add_selector(maker, term, place, &steps[i], frame, written);
            in_list = true;
            break;
        default:
            term->decode = steps + i;
            term->n_decode = n - i;
            i = n;
            break;
        }
    }
    term->leaf = place;
    return err;
}

static bool reaches_over(const struct fetch_maker *maker, const struct term *term, const struct frame *written,
                         const struct frame *frame)
{
    const struct shape *stream = maker->stream;
    if (!stream)
        return false;
    bool inside = false;
    for (const struct frame *at = written; at; at = at->outer)
        inside |= at->base->shape == stream;
    if (!inside) { /* written outside: does it look in? */
        for (unsigned i = 0; i < term->n_hops; i++) {
            if (term->hops[i].list->elements == stream)
                return true;
        }
        return false;
    }
    for (const struct frame *at = frame; at; at = at->outer) { /* written inside: does it look out? */
        if (at->base->shape == stream)
            return false;
    }
    return true;
}

static enum err term_new(struct fetch_maker *maker, const struct path_term *parsed, const struct frame *frame,
                         const struct frame *written, struct term **out)
{
    struct term *term = arena_zalloc(maker->arena, sizeof(*term));
    const struct frame *start = frame;
    *out = term;
    term->source = parsed->source;
    term->minus = parsed->minus;
    term->name = parsed->name;
    if (parsed->source != PATH_BODY) {
        term->decode = parsed->steps;
        term->n_decode = parsed->n_steps;
        return OK;
    }
    if (frame == maker->lifted)
        term->up = maker->lift;
    for (unsigned i = 0; i < parsed->up; i++) {
        if (!frame->outer)
            return fault_set(maker->fault, ERR_INVALID_REQUEST, "path: ^ leads out of the document");
        term->up += frame->rows;
        frame = frame->outer;
    }
    enum err err = steps_into(maker, term, frame->base, parsed->steps, parsed->n_steps, frame, written);
    maker->reaches_over |= reaches_over(maker, term, start, frame);
    return err;
}

/* HTTP's code where an answer is judged. */
static bool is_status(const struct fetch_maker *maker, const struct path_term *term, const struct frame *frame)
{
    return maker->judging && !frame->outer && term->source == PATH_BODY && term->up == 0 && term->n_steps == 1 &&
           term->steps[0].kind == PATH_MEMBER && span_is(term->steps[0].name, "status");
}

static enum err fetch_make(struct fetch_maker *maker, const struct path *path, const struct frame *frame,
                           const struct frame *written, const struct fetch **out)
{
    struct fetch *fetch = arena_zalloc(maker->arena, sizeof(*fetch));
    fetch->path = path;
    fetch->frame = frame;
    fetch->n_alts = path->n_alts;
    fetch->alts = arena_zalloc(maker->arena, path->n_alts * sizeof(*fetch->alts));
    for (size_t a = 0; a < path->n_alts; a++) {
        const struct path_alt *parsed = &path->alts[a];
        struct alt *alt = &fetch->alts[a];
        alt->sum = parsed->sum;
        alt->n_terms = parsed->n_terms;
        alt->terms = arena_alloc(maker->arena, parsed->n_terms * sizeof(*alt->terms));
        for (size_t t = 0; t < parsed->n_terms; t++) {
            enum err err = term_new(maker, &parsed->terms[t], frame, written, &alt->terms[t]);
            if (err)
                return err;
            if (is_status(maker, &parsed->terms[t], frame))
                alt->terms[t]->source = PATH_STATUS_CODE;
        }
    }
    *out = fetch;
    return OK;
}

enum err fetch_new(struct fetch_maker *maker, const struct path *path, const struct frame *frame,
                   const struct fetch **out)
{
    return fetch_make(maker, path, frame, frame, out);
}

enum err fetch_parse(struct fetch_maker *maker, const char *text, const struct frame *frame, const struct fetch **out)
{
    const struct path *path;
    enum err err = path_parse(maker->arena, text, maker->fault, &path);
    return err ? err : fetch_new(maker, path, frame, out);
}

static enum err test_term(struct fetch_maker *maker, const struct cond_term *term, const struct frame *frame,
                          const struct frame *written, const struct fetch **path, const struct fetch ***pieces)
{
    enum err err = fetch_make(maker, term->path, frame, written, path);
    *pieces = arena_zalloc(maker->arena, term->n_pieces * sizeof(**pieces) + 1);
    for (size_t i = 0; i < term->n_pieces && !err; i++) {
        if (term->pieces[i].path)
            err = fetch_make(maker, term->pieces[i].path, written, written, &(*pieces)[i]);
    }
    return err;
}

static enum err test_make(struct fetch_maker *maker, const struct cond *cond, const struct frame *frame,
                          const struct frame *written, const struct test **out)
{
    struct test *test = arena_zalloc(maker->arena, sizeof(*test));
    test->cond = cond;
    test->paths = arena_zalloc(maker->arena, cond->n * sizeof(*test->paths) + 1);
    test->pieces = arena_zalloc(maker->arena, cond->n * sizeof(*test->pieces) + 1);
    *out = test;
    for (size_t i = 0; i < cond->n; i++) {
        enum err err = test_term(maker, &cond->terms[i], frame, written, &test->paths[i], &test->pieces[i]);
        if (err)
            return err;
    }
    return OK;
}

enum err test_new(struct fetch_maker *maker, const struct cond *cond, const struct frame *frame,
                  const struct test **out)
{
    return test_make(maker, cond, frame, frame, out);
}

enum err test_parse(struct fetch_maker *maker, const char *text, const struct frame *frame, const struct test **out)
{
    const struct cond *cond;
    enum err err = cond_parse(maker->arena, text, maker->fault, &cond);
    return err ? err : test_new(maker, cond, frame, out);
}

enum err fetch_settle(struct fetch_maker *maker)
{
    while (maker->late) {
        struct late *late = maker->late;
        maker->late = late->next;
        for (size_t i = late->place->n_members; i-- > 0;) {
            struct term *variant = arena_alloc(maker->arena, sizeof(*variant));
            *variant = late->state;
            enum err err = steps_into(maker, variant, late->place->members[i], late->steps, late->n_steps, late->frame,
                                      late->written);
            if (err)
                return err;
            if (maker->projection->n_places > PLACES_MAX)
                return too_much(maker, "places below *");
            variant->variant = late->term->variant;
            late->term->variant = variant;
        }
    }
    return OK;
}

/* ---- asking about what was made ----------------------------------------------------------------- */

size_t fetch_alts(const struct fetch *fetch)
{
    return fetch->n_alts;
}

unsigned frame_distance(const struct frame *from, const struct frame *to)
{
    unsigned rows = 0;
    for (; from; rows += from->rows, from = from->outer) {
        if (from == to)
            return rows;
    }
    return UINT_MAX;
}

const struct place *fetch_simple(const struct fetch *fetch, size_t alt, unsigned *up)
{
    if (fetch->alts[alt].sum)
        return NULL;
    const struct term *term = fetch->alts[alt].terms[0];
    if (term->source != PATH_BODY || term->n_hops || term->n_decode || term->variant)
        return NULL;
    *up = term->up;
    return term->leaf;
}

bool fetch_is_list(const struct fetch *fetch)
{
    const struct term *term = fetch->alts[0].terms[0];
    return term->source == PATH_BODY && term->n_hops && term->leaf->parent == NULL && !term->n_decode;
}

static const struct frame *object_frame(struct fetch_maker *maker, const struct frame *outer, struct place *base)
{
    struct frame *frame = arena_alloc(maker->arena, sizeof(*frame));
    if (base == outer->base)
        return outer;
    *frame = (struct frame){ .outer = outer, .base = base, .rows = 0 };
    return frame;
}

const struct frame *fetch_frame(struct fetch_maker *maker, const struct fetch *fetch, size_t alt)
{
    const struct term *term = fetch->alts[alt].terms[0];
    if (fetch->alts[alt].sum || term->source != PATH_BODY || term->n_decode)
        return NULL;
    const struct frame *frame = fetch->frame;
    for (unsigned i = 0; i < fetch->path->alts[alt].terms[0].up; i++)
        frame = frame->outer;
    for (unsigned i = 0; i < term->n_hops; i++) {
        if (term->hops[i].any) /* of a member that another path names, too, the row is not the shape's of any member */
            return NULL;
        frame = element_frame(maker, frame, term->hops[i].list->elements->root);
    }
    return object_frame(maker, frame, term->leaf);
}

const struct frame *frame_outermost(const struct frame *frame)
{
    const struct frame *outermost = frame;
    for (const struct frame *at = frame; at; at = at->outer)
        outermost = at->base->shape->owner ? at : outermost;
    return outermost;
}

static void ask_term(const struct term *term, void (*take)(void *self, struct span path), void *self)
{
    for (unsigned h = 0; h < term->n_hops; h++) {
        for (unsigned s = 0; s < term->hops[h].n_selectors; s++) {
            if (term->hops[h].selectors[s].kind == SELECT_WHERE)
                test_ask(term->hops[h].selectors[s].test, take, self);
        }
    }
    if (term->source == PATH_BODY)
        take(self, term->leaf->path);
}

void fetch_ask(const struct fetch *fetch, void (*take)(void *self, struct span path), void *self)
{
    for (size_t a = 0; a < fetch->n_alts; a++) {
        for (size_t t = 0; t < fetch->alts[a].n_terms; t++)
            ask_term(fetch->alts[a].terms[t], take, self);
    }
}

void test_ask(const struct test *test, void (*take)(void *self, struct span path), void *self)
{
    for (size_t i = 0; i < test->cond->n; i++) {
        fetch_ask(test->paths[i], take, self);
        for (size_t p = 0; p < test->cond->terms[i].n_pieces; p++) {
            if (test->pieces[i][p])
                fetch_ask(test->pieces[i][p], take, self);
        }
    }
}
