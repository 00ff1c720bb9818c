/*
 * cut.c - what a row's `more` says, compiled: how it is known that a list inside a record is not whole.
 *
 *   { "items", "lines(first:100).nodes[]", .sub = line, .more = "@lines" }
 *   { "lines", CW_REST, .call = "_lines", .with = {{ "id", "={.id}" }, { "page.cursor", "={.lines.pageInfo.end}" }},
 *     .when = "lines.pageInfo.hasNextPage=true" }
 *
 * The list is what stands before the first [] of the row, so the sum over it ("+lines(first:100).nodes[].price") and
 * the list itself have one rest.
 */
#include "core/map/cond.h"
#include "core/view/program_value.h"

#include <string.h>

struct rest_made {
    struct rest rest;
    struct rest_made *next;
};

static const struct cw_plan *plan_named(const struct making *m, const char *name)
{
    const struct cw_plan *plan = m->recipe->adapter->plans;
    for (; plan && plan->method; plan++) {
        if (plan->role == CW_REST && plan->name && strcmp(plan->name, name) == 0)
            return plan;
    }
    return NULL;
}

/* "+lines(of:[A]).nodes[].price" -> "lines(of:[A]).nodes"; "media.nodes[status=READY]" -> "media.nodes" */
static const char *list_of(struct making *m, const char *theirs)
{
    theirs += theirs[0] == '+';
    const char *at = theirs;
    for (int depth = 0; *at && (depth > 0 || *at != '['); at++)
        depth += (*at == '(') - (*at == ')');
    return *at ? arena_dup(m->arena, (struct span){ theirs, (size_t)(at - theirs) }) : NULL;
}

/* When the rest has been read its flag is taken out of the answer: a condition for which that makes no difference
 * would hold for ever. */
static bool ends_without(const struct cond *cond)
{
    const struct cond_term *term = cond->terms;
    return cond->n == 1 && !term->negate && term->op != COND_NE && term->op != COND_GLOB && term->path->n_alts == 1 &&
           !term->path->alts[0].sum && term->path->alts[0].terms[0].source == PATH_BODY;
}

static enum err with_make(struct making *m, struct rest *rest, const struct use *use, const struct scope *scope)
{
    const struct cw_field *rows = rest->plan->with;
    if (!rows)
        return OK;
    while (rows[rest->n_with].ours)
        rest->n_with++;
    struct source *with = arena_zalloc(m->arena, rest->n_with * sizeof(*with) + 1);
    rest->with = with;
    for (size_t i = 0; i < rest->n_with; i++) {
        struct use arg = *use;
        arg.row = &rows[i];
        if (!rows[i].theirs || rows[i].theirs[0] != '=')
            return making_refuse(m, "plan %s: with: expected rows of an argument and \"=template\"", rest->plan->name);
        enum err err = source_make(m, &arg, scope->frame, &with[i]);
        if (err)
            return err;
        making_ask(m, NULL, &with[i]);
    }
    return OK;
}

static enum err rest_make(struct making *m, const struct use *use, const struct scope *scope, const struct cond *when,
                          struct rest *rest)
{
    const char *list = use->row->theirs ? list_of(m, use->row->theirs) : NULL;
    if (!list)
        return making_refuse(m, "more: expected a list, or a sum over one, such as \"+lines[].price\"");
    if (frame_distance(scope->frame, m->recipe->frame) != 0)
        return making_refuse(m, "more: a list inside of a list has no plan row for its rest, only a condition");
    if (!ends_without(when))
        return making_refuse(m, "more: plan %s: when: expected one path of the record, alone or with = < > and a value",
                             rest->plan->name);
    enum err err = fetch_parse(m->fetch, list, use->frame, &rest->place);
    if (!err)
        err = fetch_new(m->fetch, when->terms[0].path, use->frame, &rest->flag);
    if (err)
        return making_refuse_as(m);
    making_ask_fetch(m, rest->place);
    if (m->asks.n == 0)
        return making_refuse(m, "more: the list is not inside of the record");
    rest->list = m->asks.items[--m->asks.n]; /* only what is in it is asked for */
    return with_make(m, rest, use, scope);
}

static enum err rest_of(struct making *m, const struct use *use, const struct scope *scope, const struct cw_plan *plan,
                        const struct cond *when, const struct rest **out)
{
    for (struct rest_made *made = m->rests; made; made = made->next) {
        if (made->rest.plan == plan) {
            *out = &made->rest;
            return OK;
        }
    }
    struct rest_made *made = arena_zalloc(m->arena, sizeof(*made));
    made->rest.plan = plan;
    made->next = m->rests;
    m->rests = made;
    *out = &made->rest;
    return rest_make(m, use, scope, when, &made->rest);
}

enum err cut_make(struct making *m, struct op *op, const struct use *use, const struct scope *scope)
{
    const char *more = use->row->more;
    if (!more)
        return OK;
    const struct cw_plan *plan = more[0] == '@' ? plan_named(m, more + 1) : NULL;
    if (more[0] == '@' && (!plan || !plan->when))
        return making_refuse(m, "more: no plan row of role REST with a `when` is named \"%s\"", more + 1);
    if (frame_distance(scope->frame, use->frame) != 0)
        return making_refuse(m, "more: it cannot be looked up from inside of another list");
    struct cut *cut = arena_zalloc(m->arena, sizeof(*cut));
    const struct cond *when;
    m->at = use;
    enum err err = cond_parse(m->arena, plan ? plan->when : more, m->fetch->fault, &when);
    if (!err)
        err = test_new(m->fetch, when, use->frame, &cut->test);
    if (err)
        return making_refuse_as(m);
    making_ask_test(m, cut->test);
    op->cut = cut;
    return plan ? rest_of(m, use, scope, plan, when, &cut->rest) : OK;
}
