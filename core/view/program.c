/*
 * program.c - from an adapter's table and a caller's choice of fields to operations.
 *
 * The model is walked in its own order; for each field asked for the rows are found whose `ours` begins with its
 * name.  A row keeps the frame it was written in, because a sub-table's rows and dotted rows of the table
 * around it may meet in one object.
 *
 *   { "customer", "", .sub = {{ "id", "customer_id" }} }, { "customer.email", "email" }
 *     OBJECT ,"customer": { VALUE "id": customer_id   VALUE ,"email": email }
 *
 * A field without a row is unsupported: its name goes into a text that is the same for every record.
 */
#include "core/view/program.h"

#include "core/json/text.h"
#include "core/view/program_value.h"
#include "core/view/sums.h"
#include "core/view/writers.h"

#include <limits.h>
#include <stdlib.h>

static enum err program_fields(struct making *m, const struct scope *scope, const struct selection *selection,
                               struct program *out);

/* ---- the rows of a table ------------------------------------------------------------------------ */

static size_t count_rows(const struct cw_field *rows)
{
    size_t n = 0;
    while (rows && (rows[n].ours || rows[n].theirs))
        n++;
    return n;
}

/* Rows that say nothing about reading: dropped, request-only, made for writing. */
static bool is_read(const struct cw_field *row)
{
    if (!row->ours || strchr("=-.*@^", row->ours[0]))
        return false;
    return row->theirs ? row->theirs[0] != '?' : row->cases != NULL;
}

static size_t uses_of(const struct cw_field *rows, const char *table, const struct frame *frame, struct use *out)
{
    size_t n = 0, total = count_rows(rows);
    for (size_t i = 0; i < total; i++) {
        if (is_read(&rows[i]))
            out[n++] = (struct use){
                .row = &rows[i], .index = i + 1, .table = table, .rest = span_of(rows[i].ours), .frame = frame
            };
    }
    return n;
}

/* Those whose first name is `name`; what is behind it is their rest. */
static size_t uses_under(const struct scope *scope, const char *name, struct use *out)
{
    size_t n = 0, length = strlen(name);
    for (size_t i = 0; i < scope->n_uses; i++) {
        struct span rest = scope->uses[i].rest;
        if (rest.n < length || memcmp(rest.p, name, length) != 0 || (rest.n > length && rest.p[length] != '.'))
            continue;
        size_t cut = rest.n > length ? length + 1 : length;
        out[n] = scope->uses[i];
        out[n++].rest = (struct span){ rest.p + cut, rest.n - cut };
    }
    return n;
}

/* Every row must name a field of ours. */
static enum err check_names(struct making *m, const struct scope *scope, const struct entity *entity)
{
    for (size_t i = 0; i < scope->n_uses; i++) {
        struct span rest = scope->uses[i].rest;
        const char *dot = memchr(rest.p, '.', rest.n);
        struct span head = { rest.p, dot ? (size_t)(dot - rest.p) : rest.n };
        m->at = &scope->uses[i];
        if (!model_field(entity, head) && !span_is(head, "currency"))
            return making_refuse(m, "%s has no \"%.*s\"", entity->name, SPAN_ARG(head));
    }
    return OK;
}

/* ---- operations --------------------------------------------------------------------------------- */

struct ops {
    struct op *items;
    size_t n, room;
};

static struct op *op_new(struct making *m, struct ops *ops, enum op_code code, const struct model_field *field,
                         struct span path)
{
    if (ops->n == ops->room) {
        size_t room = ops->room ? ops->room * 2 : 8;
        struct op *grown = arena_alloc(m->arena, room * sizeof(*grown));
        if (ops->n)
            memcpy(grown, ops->items, ops->n * sizeof(*grown));
        ops->items = grown;
        ops->room = room;
    }
    struct op *op = &ops->items[ops->n++];
    *op = (struct op){ .code = code, .field = field, .path = path };
    making_key(m, op, field->name, ops->n == 1, "");
    op->required = (field->flags & MODEL_REQUIRED) != 0;
    return op;
}

static struct span path_join(struct making *m, struct span prefix, const char *name)
{
    return span_of(prefix.n ? arena_printf(m->arena, "%.*s.%s", SPAN_ARG(prefix), name)
                            : arena_printf(m->arena, "%s", name));
}

/* What the gateway writes by itself. */
static enum err own_field(struct making *m, struct ops *ops, const struct model_field *field)
{
    static const struct {
        const char *name;
        enum op_code code;
        enum page_text page;
    } own[] = {
        { "object", OP_TEXT, 0 },
        { "gid", OP_GID, 0 },
        { "store", OP_PAGE, PAGE_STORE },
        { "platform", OP_PAGE, PAGE_PLATFORM },
        { "observed_at", OP_PAGE, PAGE_OBSERVED },
        { "unsupported", OP_TEXT, 0 },
        { "incomplete", OP_INCOMPLETE, 0 },
        { "raw", OP_RAW, 0 },
    };
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcmp(field->name, own[i].name) != 0)
            continue;
        struct op *op = op_new(m, ops, own[i].code, field, span_of(field->name));
        op->page = (uint16_t)own[i].page;
        if (i == 0)
            making_key(m, op, field->name, ops->n == 1, arena_printf(m->arena, "\"%s\"", m->recipe->entity->name));
        if (strcmp(field->name, "unsupported") == 0)
            making_key(m, op, field->name, ops->n == 1, making_unsupported_text(m));
        return OK;
    }
    return OK;
}

/* ---- objects and lists -------------------------------------------------------------------------- */

static struct scope *scope_new(struct making *m, const struct scope *outer, struct span path, const struct frame *frame,
                               size_t room)
{
    struct scope *scope = arena_zalloc(m->arena, sizeof(*scope));
    scope->outer = outer;
    scope->path = path;
    scope->frame = frame;
    scope->uses = arena_alloc(m->arena, room * sizeof(*scope->uses) + 1);
    return scope;
}

/* The program for what alternative out->alt of a sub-table leads to; `dotted` are rows of tables around it. */
static enum err branch_make(struct making *m, const struct scope *outer, const struct op *op,
                            const struct selection *selection, const struct use *sub, const struct use *dotted,
                            size_t n_dotted, struct branch *out)
{
    const struct frame *frame = fetch_frame(m->fetch, op->source.fetch, out->alt);
    size_t n = count_rows(sub->row->sub);
    if (!frame)
        return making_refuse(m, "a sub-table stands on a place of the body");
    struct scope *scope = scope_new(m, outer, op->path, frame, n + n_dotted);
    scope->n_uses = uses_of(sub->row->sub, sub->table, frame, scope->uses);
    enum err err = check_names(m, scope, op->field->sub);
    if (err)
        return err;
    for (size_t i = 0; i < n_dotted; i++)
        scope->uses[scope->n_uses++] = dotted[i];
    return program_fields(m, scope, selection, &out->program);
}

static enum err branches_make(struct making *m, struct op *op, const struct scope *scope,
                              const struct selection *selection, const struct use *sub, const struct use *dotted,
                              size_t n_dotted)
{
    m->at = sub;
    enum err err = source_make(m, sub, scope->frame, &op->source);
    if (err)
        return err;
    if (!op->source.fetch)
        return making_refuse(m, "a sub-table stands on a path");
    op->n_branches = fetch_alts(op->source.fetch);
    struct branch *branches = arena_zalloc(m->arena, op->n_branches * sizeof(*branches));
    op->branches = branches;
    if (sub->row->ask)
        making_ask_texts(m, sub->row->ask);
    for (size_t i = 0; i < op->n_branches && !err; i++) {
        m->at = sub;
        branches[i].alt = i;
        err = branch_make(m, scope, op, selection, sub, dotted, n_dotted, &branches[i]);
    }
    return err;
}

/* status_raw {id, name} beside the enum: what has no row of its own comes from the enum's. */
static enum err status_raw(struct making *m, struct ops *ops, const struct scope *scope,
                           const struct model_field *field, const struct use *base, size_t n_uses,
                           const struct use *uses)
{
    struct span path = path_join(m, scope->path, field->name);
    struct op *op = op_new(m, ops, OP_OBJECT, field, path);
    struct ops inner = { 0 };
    for (size_t i = 0; i < field->sub->n_fields; i++) {
        const struct model_field *member = &field->sub->fields[i];
        const struct use *use = NULL;
        for (size_t u = 0; u < n_uses; u++)
            use = span_is(uses[u].rest, member->name) ? &uses[u] : use;
        if (!use && i == 0 && base && base->row->theirs)
            use = base;
        struct op *at = op_new(m, &inner, use ? OP_VALUE : OP_TEXT, member, path_join(m, path, member->name));
        if (!use) {
            making_key(m, at, member->name, inner.n == 1, "null");
            continue;
        }
        m->at = use;
        enum err err = raw_value_make(m, at, use, scope);
        if (err)
            return err;
    }
    op->program = (struct program){ inner.n, inner.items };
    return OK;
}

/* "@variations[]" or "@address" without a sub-table: what a follow-up's endpoint gives, as that reads it. */
static bool is_follow(const struct scope *scope, const struct use *uses, size_t n_uses)
{
    const struct cw_field *row = n_uses == 1 ? uses[0].row : NULL;
    return row && scope->path.n == 0 && uses[0].rest.n == 0 && !row->sub && row->theirs && row->theirs[0] == '@';
}

static enum err follow_field(struct making *m, struct ops *ops, const struct model_field *field, const struct use *use)
{
    const char *theirs = use->row->theirs;
    bool is_list = strlen(theirs) > 2 && strcmp(theirs + strlen(theirs) - 2, "[]") == 0;
    m->at = use;
    if (is_list != (field->type == MODEL_LIST))
        return making_refuse(m, "%s: a list stands on \"@name[]\", a record on \"@name\"", field->name);
    struct op *op = op_new(m, ops, OP_FOLLOW, field, span_of(field->name));
    op->key_n = 0;
    op->theirs = theirs;
    if (use->row->ask)
        making_ask_texts(m, use->row->ask);
    return OK;
}

static enum err object_field(struct making *m, struct ops *ops, const struct scope *scope,
                             const struct model_field *field, const struct selection *selection, const struct use *uses,
                             size_t n_uses)
{
    if (is_follow(scope, uses, n_uses))
        return follow_field(m, ops, field, &uses[0]);
    struct span path = path_join(m, scope->path, field->name);
    struct use *dotted = arena_alloc(m->arena, n_uses * sizeof(*dotted));
    const struct use *sub = NULL;
    size_t n_dotted = 0;
    for (size_t i = 0; i < n_uses; i++) {
        m->at = &uses[i];
        if (uses[i].rest.n > 0)
            dotted[n_dotted++] = uses[i];
        else if (!uses[i].row->sub)
            return making_refuse(m, "%s is a record: expected a sub-table, or names inside it", field->name);
        else if (sub)
            return making_refuse(m, "%s has two sub-tables", field->name);
        else
            sub = &uses[i];
    }
    struct op *op = op_new(m, ops, sub ? OP_BRANCH : OP_OBJECT, field, path);
    op->nullable = !op->required;
    op->required = false;
    if (sub) {
        making_number(m, op);
        return branches_make(m, op, scope, selection, sub, dotted, n_dotted);
    }
    struct scope *inner = scope_new(m, scope, path, scope->frame, n_dotted);
    memcpy(inner->uses, dotted, n_dotted * sizeof(*dotted));
    inner->n_uses = n_dotted;
    enum err err = check_names(m, inner, field->sub);
    return err ? err : program_fields(m, inner, selection, &op->program);
}

static enum err list_field(struct making *m, struct ops *ops, const struct scope *scope,
                           const struct model_field *field, const struct selection *selection, const struct use *uses,
                           size_t n_uses)
{
    if (is_follow(scope, uses, n_uses))
        return follow_field(m, ops, field, &uses[0]);
    struct op *op = op_new(m, ops, OP_LIST, field, path_join(m, scope->path, field->name));
    m->at = &uses[0];
    if (n_uses != 1 || uses[0].rest.n > 0 || !uses[0].row->sub)
        return making_refuse(m, "%s is a list of records: expected one row with a sub-table", field->name);
    making_number(m, op);
    enum err err = cut_make(m, op, &uses[0], scope);
    if (!err)
        err = branches_make(m, op, scope, selection, &uses[0], NULL, 0);
    m->at = &uses[0];
    if (!err && !fetch_is_list(op->source.fetch))
        return making_refuse(m, "%s is a list: expected a path that ends on one, such as \"%s[]\"", field->name,
                             uses[0].row->theirs);
    return err;
}

/* ---- fields ------------------------------------------------------------------------------------- */

static const struct use *use_named(const struct scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->n_uses; i++) {
        if (span_is(scope->uses[i].rest, name))
            return &scope->uses[i];
    }
    return NULL;
}

/* NAME_raw without a row of its own: the text at the place of its enum or country. */
static enum err raw_field(struct making *m, struct ops *ops, const struct scope *scope, const struct model_field *field,
                          const struct use *uses, size_t n_uses)
{
    const struct use *base = use_named(scope, field[-1].name);
    if (!base && n_uses == 0)
        return OK; /* the base is unsupported, that says it */
    if (field->type == MODEL_OBJECT)
        return status_raw(m, ops, scope, field, base, n_uses, uses);
    struct op *op = op_new(m, ops, OP_VALUE, field, path_join(m, scope->path, field->name));
    if (base->row->theirs) {
        m->at = base;
        return raw_value_make(m, op, base, scope);
    }
    op->code = OP_TEXT;
    making_key(m, op, field->name, ops->n == 1, "null");
    return OK;
}

static enum err map_field(struct making *m, struct ops *ops, const struct scope *scope, const struct model_field *field,
                          const struct use *uses, size_t n_uses)
{
    struct span path = path_join(m, scope->path, field->name);
    m->at = &uses[0];
    if (n_uses == 1 && uses[0].rest.n == 0) {
        struct op *op = op_new(m, ops, OP_VALUE, field, path);
        return value_make(m, op, uses, 1, scope);
    }
    struct op *op = op_new(m, ops, OP_OBJECT, field, path);
    struct ops inner = { 0 };
    for (size_t i = 0; i < n_uses; i++) {
        m->at = &uses[i];
        if (uses[i].rest.n == 0)
            return making_refuse(m, "%s has rows for single keys and one for all", field->name);
        static const struct model_field any = { "any", MODEL_JSON, 0, NULL, NULL, "a value as the platform has it" };
        const char *name = arena_dup(m->arena, uses[i].rest);
        struct op *at = op_new(m, &inner, OP_VALUE, &any, path_join(m, path, name));
        making_key(m, at, name, inner.n == 1, "");
        struct use use = uses[i];
        use.rest = SPAN("");
        enum err err = value_make(m, at, &use, 1, scope);
        if (err)
            return err;
    }
    op->program = (struct program){ inner.n, inner.items };
    return OK;
}

static enum err field_make(struct making *m, struct ops *ops, const struct scope *scope,
                           const struct model_field *field, const struct selection *sub)
{
    struct use *uses = arena_alloc(m->arena, scope->n_uses * sizeof(*uses) + 1);
    size_t n = uses_under(scope, field->name, uses);
    if ((field->flags & MODEL_RAW) && (n == 0 || field->type == MODEL_OBJECT))
        return raw_field(m, ops, scope, field, uses, n);
    struct span path = path_join(m, scope->path, field->name);
    if (n == 0) {
        if (span_is(path, "totals.rounding") && strcmp(m->recipe->entity->name, "order") == 0) {
            struct op *op = op_new(m, ops, OP_ROUNDING, field, path);
            if (sums_make(m, op, scope))
                return OK;
            ops->n--;
        }
        making_unsupported(m, path);
        return OK;
    }
    switch (field->type) {
    case MODEL_OBJECT:
        return object_field(m, ops, scope, field, sub, uses, n);
    case MODEL_LIST:
        return list_field(m, ops, scope, field, sub, uses, n);
    case MODEL_MAP:
        return map_field(m, ops, scope, field, uses, n);
    default:
        break;
    }
    m->at = &uses[0];
    return value_make(m, op_new(m, ops, OP_VALUE, field, path), uses, n, scope);
}

static enum err program_fields(struct making *m, const struct scope *scope, const struct selection *selection,
                               struct program *out)
{
    const struct entity *entity = selection->entity;
    struct ops ops = { 0 };
    for (size_t i = 0; i < entity->n_fields; i++) {
        const struct model_field *field = &entity->fields[i];
        bool own = (field->flags & MODEL_READ_ONLY) && !scope->outer;
        if (!selection->fields[i].on && !(own && strcmp(field->name, "raw") == 0))
            continue;
        enum err err = own ? own_field(m, &ops, field) : field_make(m, &ops, scope, field, selection->fields[i].sub);
        if (err)
            return err;
    }
    *out = (struct program){ ops.n, ops.items };
    return OK;
}

enum err program_make(struct fetch_maker *maker, const struct recipe *recipe, struct made *out)
{
    struct making m = { .fetch = maker, .arena = maker->arena, .recipe = recipe };
    making_init(&m);
    struct scope *scope = scope_new(&m, NULL, SPAN(""), recipe->frame, count_rows(recipe->rows));
    scope->n_uses = uses_of(recipe->rows, recipe->table, recipe->frame, scope->uses);
    struct made made = { 0 };
    enum err err = check_names(&m, scope, recipe->entity);
    if (!err)
        err = program_fields(&m, scope, recipe->selection, &made.program);
    const struct use *id = use_named(scope, "id");
    if (!err && id) {
        m.at = id;
        err = source_make(&m, id, recipe->frame, &made.id);
    }
    if (!err)
        making_finish(&m, &made);
    if (!err)
        *out = made;
    return err;
}
