/*
 * graphql.c - GraphQL documents made from an adapter's text and the fields asked for.
 *
 * The asks become a tree, one node a field, in the order in which they come (they are sorted, so equal choices give
 * equal documents); the tree is printed where the document has {*}.
 *
 *   id,customer.id,customer.email     id   customer -> id, email      {id customer{id email}}
 *
 * The cost is counted over the finished text: braces open and close levels, and the level below `nodes` counts as
 * often as the connection's first.
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

enum { MUTATION_POINTS = 10, TIMES_MAX = 1000000 };

struct level {
    uint64_t times; /* this level counts */
    uint64_t size;  /* of the connection that it is inside of */
};

/* first:N of the arguments, 1 if there is none. */
static uint64_t size_of(struct span args, uint32_t page_size)
{
    static const char *const words[] = { "first:", "last:" };
    for (size_t w = 0; w < 2; w++) {
        const char *at = args.n ? memmem(args.p, args.n, words[w], strlen(words[w])) : NULL;
        if (!at)
            continue;
        const char *end = args.p + args.n;
        at += strlen(words[w]);
        if (at < end && *at == '$')
            return page_size ? page_size : 1;
        uint64_t n = 0;
        while (at < end && *at >= '0' && *at <= '9' && n < TIMES_MAX)
            n = n * 10 + (uint64_t)(*at++ - '0');
        return n ? n : 1;
    }
    return 1;
}

static bool is_sized(struct span args)
{
    return args.n && (memmem(args.p, args.n, "first:", 6) || memmem(args.p, args.n, "last:", 5));
}

static uint64_t at_most(uint64_t value)
{
    return value < TIMES_MAX ? value : TIMES_MAX;
}

static bool is_elements(struct span name)
{
    return span_is(name, "nodes") || span_is(name, "edges");
}

uint32_t graphql_cost(struct span document, uint32_t page_size)
{
    struct level levels[2 * GRAPHQL_DEPTH_MAX] = { { 1, 1 } };
    size_t depth = 0;
    bool mutates = document.n >= 8 && memcmp(document.p, "mutation", 8) == 0;
    uint64_t cost = mutates ? MUTATION_POINTS : 0;
    struct span name = { document.p, 0 }, args = { document.p, 0 };
    for (size_t i = 0; i < document.n; i++) {
        const char *p = document.p + i;
        if (*p == '(') {
            size_t n = segment((struct span){ p, document.n - i }, ' ');
            const char *close = memchr(p, ')', document.n - i);
            n = close && (size_t)(close - p) < n ? (size_t)(close - p) + 1 : n;
            args = (struct span){ p, n };
            i += n - (n > 0);
        } else if (*p == '{' && depth + 1 < sizeof(levels) / sizeof(levels[0])) {
            const struct level *above = &levels[depth++];
            uint64_t times = is_elements(name) ? at_most(above->times * above->size) : above->times;
            levels[depth] = (struct level){ times, size_of(args, page_size) };
            if (depth > 1)
                cost = at_most(cost + times + (is_sized(args) ? times : 0));
            name.n = args.n = 0;
        } else if (*p == '}') {
            depth -= depth > 0;
            name.n = args.n = 0;
        } else if (*p == ' ' || *p == '@' || *p == '.') {
            name = (struct span){ p + 1, 0 };
            if (*p == ' ')
                args.n = 0;
        } else {
            name = name.n && args.n == 0 ? (struct span){ name.p, name.n + 1 } : (struct span){ p, 1 };
            args.n = name.n == 1 ? 0 : args.n;
        }
    }
    return (uint32_t)(cost > TIMES_MAX ? TIMES_MAX : cost);
}
