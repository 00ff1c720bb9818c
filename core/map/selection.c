/*
 * selection.c - fields=... as a tree of on and off, laid over the model.
 *
 * Each name is walked down the model; nodes are made on the way.  A name that ends on a record inside turns on
 * that record's default set.  At the end the fields that come by themselves are added: `_raw` beside its enum, and
 * at the top what every record carries.
 *
 *   "items.sku,totals"   order: items -> { sku }, totals -> { subtotal, discount, shipping, tax, total, rounding }
 */
#include "core/map/selection.h"

#include "core/base/dict.h"

struct choice {
    struct arena *arena;
    struct fault *fault;
};

static struct selection *node_new(struct choice *c, const struct entity *entity)
{
    struct selection *node = arena_zalloc(c->arena, sizeof(*node) + entity->n_fields * sizeof(struct selected));
    node->entity = entity;
    return node;
}

static void turn_on(struct choice *c, struct selection *node, size_t i, unsigned depth);

static void turn_on_defaults(struct choice *c, struct selection *node, unsigned depth)
{
    for (size_t i = 0; i < node->entity->n_fields; i++) {
        uint32_t flags = node->entity->fields[i].flags;
        if ((flags & MODEL_DEFAULT) && !(depth > 0 && (flags & MODEL_TOP)))
            turn_on(c, node, i, depth);
    }
}

static struct selection *sub_of(struct choice *c, struct selection *node, size_t i)
{
    if (!node->fields[i].sub)
        node->fields[i].sub = node_new(c, node->entity->fields[i].sub);
    return (struct selection *)node->fields[i].sub; /* made by us, two lines up */
}

static void turn_on(struct choice *c, struct selection *node, size_t i, unsigned depth)
{
    if (node->entity->fields[i].sub) {
        if (depth + 1 >= SELECTION_DEPTH_MAX)
            return;
        turn_on_defaults(c, sub_of(c, node, i), depth + 1);
    }
    node->fields[i].on = true;
}

/* What the gateway writes by itself is not a matter of choice. */
static bool by_itself(const struct model_field *field)
{
    return (field->flags & MODEL_READ_ONLY) != 0;
}

static void turn_on_all(struct choice *c, struct selection *node, unsigned depth)
{
    for (size_t i = 0; i < node->entity->n_fields; i++) {
        if (!by_itself(&node->entity->fields[i]))
            turn_on(c, node, i, depth);
    }
}

/* ---- the nearest right name --------------------------------------------------------------------- */

enum { NAME_MAX_BYTES = 48, CANONICAL_BYTES_MAX = 64 * 1024 };

/* Edit distance (insert, delete, change); names are short. */
static unsigned distance(struct span a, const char *b)
{
    unsigned row[NAME_MAX_BYTES + 1];
    size_t n = strlen(b);
    if (a.n > NAME_MAX_BYTES || n > NAME_MAX_BYTES)
        return NAME_MAX_BYTES;
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = diagonal + (a.p[i - 1] != b[j - 1]);
            diagonal = row[j];
            unsigned least = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            row[j] = change < least ? change : least;
        }
    }
    return row[n];
}

static enum err unknown_name(struct choice *c, const struct entity *entity, struct span name)
{
    const char *nearest = NULL;
    unsigned least = 4 < name.n / 2 + 1 ? 4 : (unsigned)name.n / 2 + 1;
    for (size_t i = 0; i < entity->n_fields; i++) {
        unsigned d = distance(name, entity->fields[i].name);
        if (d < least) {
            least = d;
            nearest = entity->fields[i].name;
        }
    }
    int shown = name.n > NAME_MAX_BYTES ? NAME_MAX_BYTES : (int)name.n;
    if (nearest)
        return fault_set(c->fault, ERR_INVALID_REQUEST, "fields: %s has no \"%.*s\", did you mean \"%s\"?",
                         entity->name, shown, name.p, nearest);
    return fault_set(c->fault, ERR_INVALID_REQUEST, "fields: %s has no \"%.*s\"", entity->name, shown,
                     name.p ? name.p : "");
}

/* ---- the canonical text ---------------------------------------------------------------------------- */

static void print_node(const struct selection *node, const char *prefix, struct buf *out)
{
    for (size_t i = 0; i < node->entity->n_fields; i++) {
        const struct model_field *field = &node->entity->fields[i];
        if (!node->fields[i].on || by_itself(field))
            continue;
        char path[SELECTION_DEPTH_MAX * (NAME_MAX_BYTES + 1)];
        size_t n = strlen(prefix), m = strlen(field->name);
        if (n + m + 2 > sizeof(path))
            continue; /* deeper than a selection can be */
        memcpy(path, prefix, n);
        memcpy(path + n, field->name, m + 1);
        if (node->fields[i].sub) {
            memcpy(path + n + m, ".", 2);
            print_node(node->fields[i].sub, path, out);
            continue;
        }
        if (out->n > 0)
            buf_char(out, ',');
        buf_add(out, path, n + m);
    }
}

void selection_name(struct selection *selection, struct span canonical)
{
    selection->canonical = canonical;
    selection->digest = dict_hash(canonical, 0);
}

static void make_canonical(struct selection *root, struct arena *arena)
{
    struct buf text;
    buf_init(&text, CANONICAL_BYTES_MAX);
    print_node(root, "", &text);
    selection_name(root, (struct span){ arena_dup(arena, buf_peek(&text)), text.n });
    buf_release(&text);
}

/* ---- parsing ------------------------------------------------------------------------------------ */

static enum err add_name(struct choice *c, struct selection *node, struct span name)
{
    if (span_is(name, ".")) {
        turn_on_defaults(c, node, 0);
        return OK;
    }
    for (unsigned depth = 0;; depth++) {
        const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
        struct span head = { name.p, dot ? (size_t)(dot - name.p) : name.n };
        if (!dot && span_is(head, "*")) {
            turn_on_all(c, node, depth);
            return OK;
        }
        const struct model_field *field = model_field(node->entity, head);
        if (!field)
            return unknown_name(c, node->entity, head);
        size_t i = (size_t)(field - node->entity->fields);
        if (!dot || field->type == MODEL_MAP) {
            turn_on(c, node, i, depth);
            return OK;
        }
        if (!field->sub)
            return fault_set(c->fault, ERR_INVALID_REQUEST, "fields: %s.%s has no fields inside", node->entity->name,
                             field->name);
        if (depth + 2 >= SELECTION_DEPTH_MAX)
            return fault_set(c->fault, ERR_INVALID_REQUEST, "fields: \"%.*s\" goes deeper than %d",
                             head.n > 64 ? 64 : (int)head.n, head.p, SELECTION_DEPTH_MAX);
        node->fields[i].on = true;
        node = sub_of(c, node, i);
        name = (struct span){ dot + 1, name.n - head.n - 1 };
    }
}

/* `_raw` beside its enum or country; at the top, what every record carries. */
static void complete(struct choice *c, struct selection *node, bool top, unsigned depth)
{
    for (size_t i = 0; i < node->entity->n_fields; i++) {
        const struct model_field *field = &node->entity->fields[i];
        if (by_itself(field))
            node->fields[i].on = top && (field->flags & MODEL_ALWAYS);
        else if (top && (field->flags & MODEL_ALWAYS))
            node->fields[i].on = true;
        if ((field->flags & MODEL_RAW) && i > 0 && node->fields[i - 1].on && !node->fields[i].on)
            turn_on(c, node, i, depth);
        if (node->fields[i].sub)
            complete(c, (struct selection *)node->fields[i].sub, false, depth + 1);
    }
}

enum err selection_parse(const struct entity *entity, struct span fields_param, struct arena *arena,
                         struct fault *fault, const struct selection **out)
{
    struct choice c = { arena, fault };
    struct selection *root = node_new(&c, entity);
    if (fields_param.n > SELECTION_BYTES_MAX)
        return fault_set(fault, ERR_INVALID_REQUEST, "fields: expected at most %d bytes, found %zu",
                         SELECTION_BYTES_MAX, fields_param.n);
    if (fields_param.n == 0)
        turn_on_defaults(&c, root, 0);
    size_t names = 0;
    for (struct span rest = fields_param; rest.n > 0;) {
        const char *comma = memchr(rest.p, ',', rest.n);
        struct span name = { rest.p, comma ? (size_t)(comma - rest.p) : rest.n };
        if (++names > SELECTION_NAMES_MAX)
            return fault_set(fault, ERR_INVALID_REQUEST, "fields: expected at most %d names", SELECTION_NAMES_MAX);
        if (name.n == 0 || (comma && name.n + 1 == rest.n))
            return fault_set(fault, ERR_INVALID_REQUEST, "fields: expected a name %s a comma",
                             name.n ? "behind" : "before");
        enum err err = add_name(&c, root, name);
        if (err)
            return err;
        rest = (struct span){ name.p + name.n + (comma != NULL), rest.n - name.n - (comma != NULL) };
    }
    complete(&c, root, true, 0);
    make_canonical(root, arena);
    *out = root;
    return OK;
}

static void turn_on_deep(struct choice *c, struct selection *node, unsigned depth)
{
    for (size_t i = 0; i < node->entity->n_fields; i++) {
        if (by_itself(&node->entity->fields[i]) || (node->entity->fields[i].sub && depth + 1 >= SELECTION_DEPTH_MAX))
            continue;
        node->fields[i].on = true;
        if (node->entity->fields[i].sub)
            turn_on_deep(c, sub_of(c, node, i), depth + 1);
    }
}

struct selection *selection_whole(const struct entity *entity, struct arena *arena)
{
    struct choice c = { arena, NULL };
    struct selection *root = node_new(&c, entity);
    turn_on_deep(&c, root, 0);
    complete(&c, root, true, 0);
    make_canonical(root, arena);
    return root;
}

struct selection *selection_copy(const struct selection *selection, struct arena *arena)
{
    size_t n = selection->entity->n_fields;
    struct selection *copy = arena_alloc(arena, sizeof(*copy) + n * sizeof(struct selected));
    copy->entity = selection->entity;
    copy->canonical = (struct span){ arena_dup(arena, selection->canonical), selection->canonical.n };
    copy->digest = selection->digest;
    for (size_t i = 0; i < n; i++) {
        const struct selection *sub = selection->fields[i].sub;
        copy->fields[i] = (struct selected){ selection->fields[i].on, sub ? selection_copy(sub, arena) : NULL };
    }
    return copy;
}

/* ---- asking ------------------------------------------------------------------------------------- */

bool selection_has(const struct selection *selection, struct span path)
{
    while (selection) {
        const char *dot = path.n ? memchr(path.p, '.', path.n) : NULL;
        struct span head = { path.p, dot ? (size_t)(dot - path.p) : path.n };
        const struct model_field *field = model_field(selection->entity, head);
        if (!field)
            return false;
        const struct selected *chosen = &selection->fields[field - selection->entity->fields];
        if (!dot || !chosen->on || field->type == MODEL_MAP)
            return chosen->on;
        selection = chosen->sub;
        path = (struct span){ dot + 1, path.n - head.n - 1 };
    }
    return false;
}
