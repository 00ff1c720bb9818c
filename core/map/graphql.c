/*
 * graphql.c - GraphQL documents made from an adapter's text and the fields asked for.
 *
 * The asks become a tree, one node a field, in the order in which they come (they are sorted, so equal choices give
 * equal documents); the tree is printed where the document has {*}.
 *
 *   id,customer.id,customer.email     id   customer -> id, email      {id customer{id email}}
 *
 * The cost is counted over the finished text, so that documents of others can be counted, too: a brace opens a level
 * that belongs to the field before it, and when it closes, what is in it becomes a part of the level around it.  What
 * stands in a fragment is a part of each level that names it.
 *
 *   {customers(first:200){edges{node{id updatedAt}}pageInfo{hasNextPage}}}   edges 1, ten times, and 2: 12
 *   {customers(first:200){...C}} fragment C on CustomerConnection{nodes{id}} nodes 1, ten times, and 2: 12
 */
#include "core/map/graphql.h"

#include "core/base/arena.h"

#include <string.h>

struct node {
    struct span name, args;
    struct node *first, *last, *next;
};

struct maker {
    struct arena arena;
    struct fault *fault;
    size_t n;
};

/* ---- the tree ------------------------------------------------------------------------------------- */

/* Bytes up to a dot or comma outside of brackets. */
static size_t segment(struct span text, char stop)
{
    size_t i = 0;
    for (int depth = 0; i < text.n; i++) {
        depth += (text.p[i] == '(') - (text.p[i] == ')');
        if (depth == 0 && (text.p[i] == stop || text.p[i] == ','))
            break;
    }
    return i;
}

static bool is_name(struct span name)
{
    if (name.n > 2 && name.p[0] == '<' && name.p[name.n - 1] == '>')
        name = (struct span){ name.p + 1, name.n - 2 };
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.n > 0;
}

static struct node *child_of(struct maker *m, struct node *parent, struct span name)
{
    for (struct node *node = parent->first; node; node = node->next) {
        if (span_eq(node->name, name))
            return node;
    }
    if (++m->n > GRAPHQL_NODES_MAX)
        return NULL;
    struct node *node = arena_zalloc(&m->arena, sizeof(*node));
    node->name = name;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    return node;
}

static enum err refuse(const struct maker *m, const char *what, struct span at)
{
    return fault_set(m->fault, ERR_VALIDATION_FAILED, "GraphQL: %s: \"%.*s\"", what, at.n > 80 ? 80 : (int)at.n, at.p);
}

static enum err add_ask(struct maker *m, struct node *root, struct span ask)
{
    struct node *node = root;
    struct span rest = ask;
    for (unsigned depth = 0; rest.n > 0; depth++) {
        struct span part = { rest.p, segment(rest, '.') };
        const char *open = memchr(part.p, '(', part.n);
        struct span name = { part.p, open ? (size_t)(open - part.p) : part.n };
        struct span args = { part.p + name.n, part.n - name.n };
        if (depth == GRAPHQL_DEPTH_MAX || !is_name(name))
            return refuse(m, "expected names with dots between", ask);
        node = child_of(m, node, name);
        if (!node)
            return refuse(m, "too many fields, at", ask);
        if (node->args.n && args.n && !span_eq(node->args, args))
            return refuse(m, "one field with two sets of arguments", ask);
        if (args.n)
            node->args = args;
        size_t used = part.n + (part.n < rest.n);
        rest = (struct span){ rest.p + used, rest.n - used };
    }
    return OK;
}

static enum err make_tree(struct maker *m, struct span asks, struct node *root)
{
    while (asks.n > 0) {
        struct span ask = { asks.p, segment(asks, ',') };
        enum err err = add_ask(m, root, ask);
        if (err)
            return err;
        size_t used = ask.n + (ask.n < asks.n);
        asks = (struct span){ asks.p + used, asks.n - used };
    }
    return root->first ? OK : refuse(m, "nothing is asked for", SPAN(""));
}

static void print(const struct node *parent, struct buf *out)
{
    buf_char(out, '{');
    for (const struct node *node = parent->first; node; node = node->next) {
        if (node != parent->first)
            buf_char(out, ' ');
        if (node->name.p[0] == '<') {
            buf_lit(out, "... on ");
            buf_add(out, node->name.p + 1, node->name.n - 2);
        } else {
            buf_span(out, node->name);
        }
        buf_span(out, node->args);
        if (node->first)
            print(node, out);
    }
    buf_char(out, '}');
}

enum err graphql_document(struct span document, struct span asks, struct fault *fault, struct buf *out)
{
    struct maker m = { .fault = fault };
    struct node root = { .first = NULL };
    size_t before = out->n, from = 0;
    arena_init(&m.arena);
    bool wanted = memmem(document.p, document.n, "{*}", 3) != NULL;
    enum err err = wanted ? make_tree(&m, asks, &root) : OK;
    while (!err && from < document.n) {
        const char *star = memmem(document.p + from, document.n - from, "{*}", 3);
        size_t n = star ? (size_t)(star - document.p) - from : document.n - from;
        buf_add(out, document.p + from, n);
        if (star)
            print(&root, out);
        from += n + (star ? 3 : 0);
    }
    if (!err && (out->over || out->n - before > GRAPHQL_BYTES_MAX))
        err = fault_set(fault, ERR_VALIDATION_FAILED, "GraphQL: the document would be larger than %d bytes",
                        GRAPHQL_BYTES_MAX);
    arena_release(&m.arena);
    return err;
}

/* ---- the cost -------------------------------------------------------------------------------------- */

enum {
    MUTATION_POINTS = 10,
    CONNECTION_POINTS = 2,
    POINTS_MAX = 1000000,
    LEVELS_MAX = 2 * GRAPHQL_DEPTH_MAX,
    DEFINITIONS_MAX = 64
};

/* A selection that is open: of which field, and what stands in it so far. */
struct level {
    struct span name;
    bool is_fragment, is_sized;
    bool is_connection;         /* it has nodes, edges or pageInfo */
    bool has_sides, has_amount; /* of money: the shop's or the buyer's side; an amount */
    uint32_t size;              /* first: or last:, if is_sized */
    uint32_t n_fields;          /* other than currencyCode */
    uint64_t elements, beside;  /* what nodes and edges cost, and all else */
};

/* An operation, or a fragment. */
struct definition {
    struct span name, body; /* name: of a fragment; body: between its braces */
    bool is_fragment, mutates;
    enum { NOT_COUNTED, BEING_COUNTED, COUNTED } state;
    struct level sum;
};

struct document {
    const struct graphql_sizes *sizes;
    struct definition at[DEFINITIONS_MAX];
    size_t n;
};

struct count {
    const char *p, *end;
    struct document *document;
    struct level levels[LEVELS_MAX];
    size_t depth, beyond; /* levels open; those nested too deeply to be counted */
    bool mutates;
    struct level next; /* whom a selection that opens now belongs to */
};

uint32_t graphql_times(uint32_t size)
{
    /* from where on floor(2 ln n) is one more */
    static const uint16_t from[] = { 3, 5, 8, 13, 21, 34, 55, 91, 149, 245, 404, 666, 1097 };
    uint32_t times = 1;
    for (size_t i = 0; i < sizeof(from) / sizeof(from[0]) && size >= from[i]; i++)
        times++;
    return times;
}

/* Money counts nothing, in the shop's and the buyer's or alone, and so does pageInfo; edges do, the node in one not. */
static bool is_free(const struct level *level)
{
    bool is_amount = level->has_amount && level->n_fields == 1;
    return level->is_fragment || is_amount || level->has_sides || span_is(level->name, "pageInfo") ||
           span_is(level->name, "node");
}

static bool is_elements(struct span name)
{
    return span_is(name, "nodes") || span_is(name, "edges");
}

/* A list that is sized but is no connection is in no figure: it is taken for one. */
static uint64_t level_cost(const struct level *level)
{
    uint64_t in = level->elements + level->beside, times = graphql_times(level->size);
    if (is_free(level))
        return in;
    if (level->is_connection)
        return CONNECTION_POINTS + times * level->elements + level->beside;
    if (level->is_sized)
        return CONNECTION_POINTS + times * (1 + in);
    return 1 + in;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

static struct span take_name(struct count *c)
{
    struct span name = { c->p, 0 };
    while (c->p < c->end && is_letter(*c->p))
        c->p++;
    name.n = (size_t)(c->p - name.p);
    return name;
}

static void skip_blanks(struct count *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r' || *c->p == ','))
        c->p++;
}

/* "..." or """...""" */
static void skip_text(struct count *c)
{
    static const char block[] = "\"\"\"";
    if (c->end - c->p >= 6 && memcmp(c->p, block, 3) == 0) {
        const char *end = memmem(c->p + 3, (size_t)(c->end - c->p) - 3, block, 3);
        while (end && end[-1] == '\\')
            end = memmem(end + 1, (size_t)(c->end - end) - 1, block, 3);
        c->p = end ? end + 3 : c->end;
        return;
    }
    for (c->p++; c->p < c->end && *c->p != '"'; c->p++)
        c->p += *c->p == '\\' && c->p + 1 < c->end;
    c->p += c->p < c->end;
}

/* The number behind first: or last:, or what the variable there says. */
static uint32_t take_size(struct count *c)
{
    uint32_t n = 0;
    c->p++;
    skip_blanks(c);
    if (c->p < c->end && *c->p == '$') {
        c->p++;
        return c->document->sizes->of(c->document->sizes->self, take_name(c));
    }
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9' && n < POINTS_MAX; c->p++)
        n = n * 10 + (uint32_t)(*c->p - '0');
    return n;
}

static void take_arguments(struct count *c)
{
    unsigned open = 0;
    do {
        if (*c->p == '"') {
            skip_text(c);
        } else if (is_letter(*c->p)) {
            struct span name = take_name(c);
            skip_blanks(c);
            if (open == 1 && (span_is(name, "first") || span_is(name, "last")) && c->p < c->end && *c->p == ':') {
                c->next.is_sized = true;
                c->next.size = take_size(c);
            }
        } else {
            open += *c->p == '(' || *c->p == '{';
            open -= *c->p == ')' || *c->p == '}';
            c->p++;
        }
    } while (open > 0 && c->p < c->end);
}

static void open_level(struct count *c)
{
    if (c->depth == LEVELS_MAX)
        c->beyond++;
    else
        c->levels[c->depth++] = c->next;
    c->next = (struct level){ .is_fragment = true }; /* until a field is named */
    c->p++;
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a + b < POINTS_MAX ? a + b : POINTS_MAX;
}

/* What stands in a fragment stands in the level that it is in. */
static void merge(struct level *above, const struct level *in)
{
    above->elements = sum_of(above->elements, in->elements);
    above->beside = sum_of(above->beside, in->beside);
    above->n_fields += in->n_fields;
    above->is_connection |= in->is_connection;
    above->has_sides |= in->has_sides;
    above->has_amount |= in->has_amount;
}

/* The level closed last is a field of the operation itself. */
static bool is_root(const struct count *c)
{
    for (size_t i = 1; i < c->depth; i++) {
        if (!c->levels[i].is_fragment)
            return false;
    }
    return true;
}

/* What was open counts as a part of what it is in. */
static void close_level(struct count *c)
{
    c->next = (struct level){ .is_fragment = true };
    if (c->beyond > 0) {
        c->beyond--;
        return;
    }
    if (c->depth < 2)
        return;
    const struct level *level = &c->levels[--c->depth];
    struct level *above = &c->levels[c->depth - 1];
    if (level->is_fragment) {
        merge(above, level);
        return;
    }
    uint64_t cost = level_cost(level) + (c->mutates && is_root(c) ? MUTATION_POINTS : 0);
    uint64_t *sum = is_elements(level->name) ? &above->elements : &above->beside;
    *sum = sum_of(*sum, cost);
    above->is_connection |= is_elements(level->name) || span_is(level->name, "pageInfo");
    above->has_sides |= span_is(level->name, "shopMoney") || span_is(level->name, "presentmentMoney");
}

static const struct level *fragment_sum(struct document *document, struct span name);

/* "... on Coupon", or "...name". */
static void open_fragment(struct count *c)
{
    const struct level *sum = NULL;
    while (c->p < c->end && *c->p == '.')
        c->p++;
    skip_blanks(c);
    struct span name = take_name(c);
    if (span_is(name, "on")) {
        skip_blanks(c);
        take_name(c);
    } else if (name.n > 0 && c->beyond == 0) {
        sum = fragment_sum(c->document, name);
    }
    if (sum)
        merge(&c->levels[c->depth - 1], sum);
    c->next = (struct level){ .is_fragment = true };
}

static void take_field(struct count *c)
{
    struct span name = take_name(c);
    skip_blanks(c);
    if (c->p < c->end && *c->p == ':') /* an alias */
        return;
    c->next = (struct level){ .name = name };
    struct level *in = &c->levels[c->depth - 1];
    in->n_fields += !span_is(name, "currencyCode");
    in->has_amount |= span_is(name, "amount");
}

static void skip_comment(struct count *c)
{
    while (c->p < c->end && *c->p != '\n')
        c->p++;
}

static void count_one(struct count *c)
{
    if (*c->p == '{') {
        open_level(c);
    } else if (*c->p == '}') {
        c->p++;
        close_level(c);
    } else if (*c->p == '(') {
        take_arguments(c);
    } else if (*c->p == '@') { /* a directive; its arguments size nothing */
        c->p++;
        take_name(c);
    } else if (*c->p == '.') {
        open_fragment(c);
    } else if (*c->p == '"') {
        skip_text(c);
    } else if (*c->p == '#') {
        skip_comment(c);
    } else if (is_letter(*c->p)) {
        take_field(c);
    } else {
        c->p++;
    }
}

/* ---- its definitions --------------------------------------------------------------------------------- */

static struct level count_body(struct document *document, const struct definition *definition)
{
    struct count c = { .p = definition->body.p,
                       .end = definition->body.p + definition->body.n,
                       .document = document,
                       .depth = 1,
                       .mutates = definition->mutates };
    while (c.p < c.end)
        count_one(&c);
    c.beyond = 0;
    while (c.depth > 1) /* what was not closed counts, too */
        close_level(&c);
    return c.levels[0];
}

/* Counted once, however often it is named.  NULL: there is none of that name, or it is in itself, which is refused. */
static const struct level *fragment_sum(struct document *document, struct span name)
{
    struct definition *at = document->at, *end = at + document->n;
    while (at < end && !(at->is_fragment && span_eq(at->name, name)))
        at++;
    if (at == end || at->state == BEING_COUNTED)
        return NULL;
    if (at->state == NOT_COUNTED) {
        at->state = BEING_COUNTED;
        at->sum = count_body(document, at);
        at->state = COUNTED;
    }
    return &at->sum;
}

/* From its brace to the one that closes it, or to the end. */
static struct span take_body(struct count *c)
{
    struct span body = { ++c->p, 0 };
    for (size_t open = 1; c->p < c->end;) {
        if (*c->p == '"') {
            skip_text(c);
            continue;
        }
        if (*c->p == '#') {
            skip_comment(c);
            continue;
        }
        open += *c->p == '{';
        open -= *c->p == '}';
        if (open == 0)
            break;
        c->p++;
    }
    body.n = (size_t)(c->p - body.p);
    c->p += c->p < c->end;
    return body;
}

/* A word before its brace: "mutation Name", "fragment Name on Type". */
static void take_word(struct count *c, size_t place, struct definition *out)
{
    struct span word = take_name(c);
    if (place == 0) {
        out->is_fragment = span_is(word, "fragment");
        out->mutates = span_is(word, "mutation");
    } else if (out->is_fragment) {
        out->name = place == 1 ? word : out->name;
        out->mutates |= span_is(word, "Mutation");
    }
}

/* false: there are too many. */
static bool find_definitions(struct span text, struct document *document)
{
    struct count c = { .p = text.p, .end = text.p + text.n, .document = document };
    struct definition next = { .is_fragment = false };
    for (size_t words = 0; c.p < c.end;) {
        if (*c.p == '{') {
            if (document->n == DEFINITIONS_MAX)
                return false;
            next.body = take_body(&c);
            document->at[document->n++] = next;
            next = (struct definition){ .is_fragment = false };
            words = 0;
        } else if (is_letter(*c.p)) {
            take_word(&c, words++, &next);
        } else if (*c.p == '(') {
            take_arguments(&c);
        } else if (*c.p == '"') {
            skip_text(&c);
        } else if (*c.p == '#') {
            skip_comment(&c);
        } else {
            c.p++;
        }
    }
    return true;
}

uint32_t graphql_cost_sized(struct span text, const struct graphql_sizes *sizes)
{
    struct document document = { .sizes = sizes };
    uint64_t cost = 0;
    if (!find_definitions(text, &document))
        return POINTS_MAX;
    for (size_t i = 0; i < document.n; i++) {
        const struct definition *definition = &document.at[i];
        if (definition->is_fragment)
            continue;
        struct level sum = count_body(&document, definition);
        cost = sum_of(cost, sum_of(sum.elements, sum.beside));
    }
    return (uint32_t)cost;
}

static uint32_t size_of_page(const void *self, struct span variable)
{
    (void)variable;
    return *(const uint32_t *)self;
}

uint32_t graphql_cost(struct span document, uint32_t page_size)
{
    return graphql_cost_sized(document, &(struct graphql_sizes){ &page_size, size_of_page });
}
