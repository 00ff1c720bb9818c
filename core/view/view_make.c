/*
 * view_make.c - making a view of an endpoint and the fields asked for.
 *
 * The path of the records, the tables that judge, the output program, what plans want: all of them put their places into
 * one projection.  Where nothing looks across the edge of an element of the outermost list of records, elements are
 * written as they come and their rows forgotten; else all rows are kept until the end.
 *
 *   items "inventory_items[].location_levels[]", a row "^.sku":  the edge is the inventory item; each of its
 *   levels is written when the item is complete, whatever the order of its keys
 */
#include "core/view/view_inside.h"

#include <stdlib.h>

/* ---- the records ------------------------------------------------------------------------------------ */

static bool takes_list(const struct path_step *step)
{
    return step->kind == PATH_ALL || step->kind == PATH_INDEX || step->kind == PATH_WHERE;
}

/* Behind the first plain [] of the records' path: the part inside an element of the stream. */
static enum err make_inner(struct view *view, struct fetch_maker *maker, const struct path *path)
{
    const struct path_term *term = &path->alts[0].terms[0];
    size_t i = 0;
    while (i < term->n_steps && term->steps[i].kind == PATH_MEMBER)
        i++;
    if (i == term->n_steps || term->steps[i].kind != PATH_ALL)
        return OK;
    if (i + 1 < term->n_steps && takes_list(&term->steps[i + 1]) && term->steps[i + 1].kind != PATH_ALL)
        return OK;
    const struct frame *edge = frame_outermost(view->frame);
    struct path_term *rest = arena_alloc(maker->arena, sizeof(*rest));
    struct path_alt *alt = arena_alloc(maker->arena, sizeof(*alt));
    struct path *inner = arena_alloc(maker->arena, sizeof(*inner));
    *rest = (struct path_term){ .n_steps = term->n_steps - i - 1, .steps = term->steps + i + 1 };
    *alt = (struct path_alt){ .n_terms = 1, .terms = rest };
    *inner = (struct path){ .text = path->text, .n_alts = 1, .alts = alt };
    view->stream = edge->base->shape;
    enum err err = fetch_new(maker, inner, edge, &view->inner);
    maker->stream = view->stream;
    return err;
}

static enum err make_items(struct view *view, struct fetch_maker *maker, const struct frame *document)
{
    const char *text = view->endpoint->items ? view->endpoint->items : "";
    const struct path *path;
    enum err err = path_parse(maker->arena, text, maker->fault, &path);
    if (err)
        return err;
    const struct path_term *term = &path->alts[0].terms[0];
    if (path->n_alts != 1 || path->alts[0].n_terms != 1 || term->source != PATH_BODY || term->up)
        return fault_set(maker->fault, ERR_INVALID_REQUEST, "items \"%.80s\": expected one place of the body", text);
    for (size_t i = 0; i < term->n_steps; i++) {
        if (term->steps[i].kind == PATH_ANY)
            return fault_set(maker->fault, ERR_INVALID_REQUEST, "items \"%.80s\": expected no *", text);
    }
    err = fetch_new(maker, path, document, &view->items);
    if (err)
        return err;
    view->frame = fetch_frame(maker, view->items, 0);
    if (!view->frame)
        return fault_set(maker->fault, ERR_INVALID_REQUEST, "items \"%.80s\": expected a place of the body", text);
    view->record = view->frame->base;
    for (size_t i = 0; i < term->n_steps; i++) {
        if (takes_list(&term->steps[i])) {
            view->many = term->steps[i].kind != PATH_INDEX;
            view->picks = !view->many;
        }
    }
    return make_inner(view, maker, path);
}

/* Does the endpoint ask for {selection} or generate a GraphQL document of it? */
static bool endpoint_asks(const struct cw_endpoint *endpoint)
{
    for (const struct cw_field *row = endpoint->in; row && (row->ours || row->theirs); row++) {
        if (row->ours && strstr(row->ours, "{selection}"))
            return true;
    }
    return (endpoint->request && strstr(endpoint->request, "{selection}")) ||
           (endpoint->document && strstr(endpoint->document, "{*}"));
}

static const struct cw_field *table_of(const struct view *view, const char **name)
{
    *name = view->endpoint->name;
    if (view->endpoint->out)
        return view->endpoint->out;
    for (const struct cw_record *record = view->adapter->records; record && record->name; record++) {
        *name = record->name;
        if (view->entity && model_entity(record->name) == view->entity)
            return record->fields;
    }
    return NULL;
}

static enum err make_program(struct view *view, struct fetch_maker *maker, const struct selection *selection)
{
    struct recipe recipe = { .adapter = view->adapter,
                             .endpoint = view->endpoint,
                             .entity = view->entity,
                             .selection = selection,
                             .frame = view->frame };
    recipe.rows = table_of(view, &recipe.table);
    if (!recipe.rows)
        return fault_set(maker->fault, ERR_UNSUPPORTED, "adapter %s has no table for %s", view->adapter->name,
                         view->entity->name);
    if (selection)
        return program_make(maker, &recipe, &view->made);
    enum err err = selection_parse(view->entity, SPAN(""), maker->arena, maker->fault, &recipe.selection);
    return err ? err : program_make(maker, &recipe, &view->made);
}

/* ---- a status feed ------------------------------------------------------------------------------ */

const char *view_state_when(struct arena *arena, const struct cw_field *row, const struct cw_case *kase)
{
    return row->theirs ? arena_printf(arena, "%s='%s'", row->theirs, kase->when) : kase->when;
}

/* ---- what plans want ---------------------------------------------------------------------------- */

struct asking {
    struct view *view;
    struct span *asks;
    size_t n, room;
};

static void ask_extra(void *self, struct span path)
{
    struct asking *asking = self;
    struct view *view = asking->view;
    struct span prefix = frame_outermost(view->frame)->base->path;
    if (path.n <= prefix.n || memcmp(path.p, prefix.p, prefix.n) != 0 || asking->n == asking->room)
        return;
    char *text = arena_alloc(&view->arena, path.n + 1);
    size_t n = 0;
    for (size_t i = prefix.n + (path.p[prefix.n] == '.'); i < path.n && path.p[i] != '*'; i++) {
        if (path.p[i] != '[' && path.p[i] != ']')
            text[n++] = path.p[i];
    }
    while (n && text[n - 1] == '.')
        n--;
    if (n)
        asking->asks[asking->n++] = (struct span){ text, n };
}

static const struct cw_field *row_named(const struct view *view, const char *name)
{
    const char *table;
    const struct cw_field *row = table_of(view, &table);
    for (; row && (row->ours || row->theirs); row++) {
        if (row->ours && row->theirs && strcmp(row->ours, name) == 0)
            return row;
    }
    return NULL;
}

static enum err make_extra(struct view *view, struct fetch_maker *maker, const char *text, const struct frame *document,
                           struct extra *out)
{
    out->whole = text[0] == '/';
    if (text[0] == '.' || text[0] == '/')
        text++;
    else {
        const struct cw_field *row = row_named(view, text);
        if (row && row->theirs[0] != '=')
            text = row->theirs;
    }
    enum err err = fetch_parse(maker, text, out->whole ? document : view->frame, &out->source.fetch);
    if (!err)
        source_settle(&out->source, maker->arena);
    return err;
}

static enum err make_extras(struct view *view, struct fetch_maker *maker, const struct view_spec *spec,
                            const struct frame *document)
{
    enum { ASKS_EACH = 16 };
    struct extra *extras = arena_zalloc(maker->arena, spec->n_extra * sizeof(*extras) + 1);
    size_t room = view->made.n_asks + spec->n_extra * ASKS_EACH;
    struct asking asking = { view, arena_alloc(maker->arena, room * sizeof(struct span) + 1), 0, room };
    if (view->made.n_asks)
        memcpy(asking.asks, view->made.asks, view->made.n_asks * sizeof(struct span));
    asking.n = view->made.n_asks;
    for (size_t i = 0; i < spec->n_extra; i++) {
        enum err err = make_extra(view, maker, spec->extra_paths[i], document, &extras[i]);
        if (err)
            return err;
        fetch_ask(extras[i].source.fetch, ask_extra, &asking);
    }
    asks_sort(asking.asks, &asking.n);
    view->made.asks = asking.asks;
    view->made.n_asks = asking.n;
    view->extras = extras;
    view->n_extra = spec->n_extra;
    return OK;
}

/* A probe's conditions look at what nobody asked to be shown, so it is asked for with the rest. */
static enum err make_probe(struct view *view, struct fetch_maker *maker, const struct view_spec *spec)
{
    enum { ASKS_EACH = 64 };
    if (!spec->done)
        return OK;
    enum err err = test_parse(maker, spec->done, view->frame, &view->done);
    if (!err && spec->failed)
        err = test_parse(maker, spec->failed, view->frame, &view->failed);
    if (err)
        return err;
    size_t room = view->made.n_asks + ASKS_EACH;
    struct asking asking = { view, arena_alloc(maker->arena, room * sizeof(struct span)), view->made.n_asks, room };
    if (view->made.n_asks)
        memcpy(asking.asks, view->made.asks, view->made.n_asks * sizeof(struct span));
    test_ask(view->done, ask_extra, &asking);
    if (view->failed)
        test_ask(view->failed, ask_extra, &asking);
    asks_sort(asking.asks, &asking.n);
    view->made.asks = asking.asks;
    view->made.n_asks = asking.n;
    return OK;
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static enum err make(struct view *view, const struct view_spec *spec, struct fault *fault)
{
    struct fetch_maker maker = { .arena = &view->arena, .projection = view->projection, .fault = fault };
    struct frame *document = arena_zalloc(&view->arena, sizeof(*document));
    document->base = view->projection->document->root;
    enum err err = make_items(view, &maker, document);
    if (!err && view->entity)
        err = make_program(view, &maker, spec->selection);
    if (!err)
        err = make_extras(view, &maker, spec, document);
    if (!err)
        err = make_probe(view, &maker, spec);
    maker.judging = true;
    if (!err)
        err = judge_make(&maker, view->adapter, view->endpoint, document, &view->judge);
    if (!err)
        err = fetch_settle(&maker);
    if (err)
        return err;
    if (maker.reaches_over)
        view->inner = NULL;
    if (view->inner)
        projection_stream(view->projection, view->stream);
    return projection_seal(view->projection, fault);
}

enum err view_new(const struct view_spec *spec, struct fault *fault, struct view **out)
{
    struct view *view = mem_zalloc(sizeof(*view));
    arena_init(&view->arena);
    view->adapter = spec->adapter;
    view->endpoint = spec->endpoint;
    view->entity = spec->entity;
    view->projection = projection_new(&view->arena);
    view->asks = endpoint_asks(spec->endpoint);
    enum err err = make(view, spec, fault);
    if (err) {
        view_free(view);
        return err;
    }
    *out = view;
    return OK;
}

void view_free(struct view *view)
{
    if (!view)
        return;
    arena_release(&view->arena);
    free(view);
}

void view_ask(const struct view *view, struct buf *out)
{
    for (size_t i = 0; i < view->made.n_asks; i++) {
        if (i)
            buf_char(out, ',');
        buf_span(out, view->made.asks[i]);
    }
}

void view_ask_below(const struct view *view, struct span list, struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < view->made.n_asks; i++) {
        struct span ask = view->made.asks[i];
        if (ask.n <= list.n + 1 || memcmp(ask.p, list.p, list.n) != 0 || ask.p[list.n] != '.')
            continue;
        buf_span(out, span_of(comma));
        buf_add(out, ask.p + list.n + 1, ask.n - list.n - 1);
        comma = ",";
    }
}

bool view_asks(const struct view *view)
{
    return view->asks;
}
