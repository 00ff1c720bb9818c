/*
 * tree.c - a JSON document that is being written, leaf by leaf, by path.
 *
 * A node is nothing yet, a leaf (its JSON text), an object or a list; its first use decides.  Children
 * are a linked list in the order of their first use: request bodies have a handful of members.
 */
#include "core/map/tree.h"

#include "core/json/copy.h"
#include "core/json/scan.h"
#include "core/json/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INDEX = 1000, DOCUMENT_BYTES_MAX = 4 << 20 };
enum kind { NOTHING, LEAF, OBJECT, LIST };

struct tree {
    struct arena *arena;
    enum kind kind;
    bool given;       /* of the document that it was parsed from: may be replaced */
    struct span key;  /* in an object */
    struct span json; /* a leaf's */
    struct tree *first, *last, *next;
    size_t n;
};

struct tree *tree_new(struct arena *arena)
{
    struct tree *tree = arena_zalloc(arena, sizeof(*tree));
    tree->arena = arena;
    return tree;
}

static struct tree *append(struct tree *parent, struct span key)
{
    struct tree *child = tree_new(parent->arena);
    child->key = (struct span){ arena_dup(parent->arena, key), key.n };
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->n++;
    return child;
}

static bool become(struct tree *tree, enum kind kind)
{
    if (tree->kind == NOTHING)
        tree->kind = kind;
    return tree->kind == kind;
}

static struct tree *member(struct tree *object, struct span key)
{
    for (struct tree *child = object->first; child; child = child->next) {
        if (span_eq(child->key, key))
            return child;
    }
    return append(object, key);
}

static struct tree *element(struct tree *list, size_t index)
{
    while (list->n <= index)
        append(list, (struct span){ "", 0 });
    struct tree *child = list->first;
    while (index-- > 0)
        child = child->next;
    return child;
}

static struct tree *lookup(const struct tree *object, struct span key)
{
    struct tree *child = object->kind == OBJECT ? object->first : NULL;
    while (child && !span_eq(child->key, key))
        child = child->next;
    return child;
}

/* A leaf's text, percent-encoded: what stands in a path cannot end its brackets. */
static bool reads(const struct tree *leaf, struct span encoded)
{
    enum { TEXT_MAX = 4096 };
    struct json_mended mended = { 0 };
    struct buf text, found;
    if (!leaf || leaf->kind != LEAF)
        return false;
    buf_init(&text, TEXT_MAX);
    buf_init(&found, 3 * TEXT_MAX);
    if (leaf->json.p[0] == '"')
        json_decode(&text, (struct span){ leaf->json.p + 1, leaf->json.n - 2 }, &mended);
    else
        buf_span(&text, leaf->json);
    buf_percent(&found, buf_peek(&text));
    bool same = span_eq(buf_peek(&found), encoded);
    buf_release(&text);
    buf_release(&found);
    return same;
}

/* "[sku=MUG].n": the first element whose sku is MUG. */
static struct tree *find(struct tree *list, const char **path)
{
    const char *key = *path + 1, *equals = strchr(key, '='), *close = equals ? strchr(equals, ']') : NULL;
    if (!close || list->kind != LIST)
        return NULL;
    struct span value = { equals + 1, (size_t)(close - equals) - 1 };
    for (struct tree *child = list->first; child; child = child->next) {
        if (!reads(lookup(child, (struct span){ key, (size_t)(equals - key) }), value))
            continue;
        *path = close + 1 + (close[1] == '.');
        return child;
    }
    return NULL;
}

static const char *parse_value(struct tree *tree, const char *p, const char *end);

/* What was put as a whole and is written on inside. */
static void open_leaf(struct tree *leaf)
{
    if (leaf->kind != LEAF || leaf->json.n == 0)
        return;
    if (leaf->json.p[0] == '{' || leaf->json.p[0] == '[')
        parse_value(leaf, leaf->json.p, leaf->json.p + leaf->json.n);
    else if (span_is(leaf->json, "null"))
        leaf->kind = NOTHING;
}

/* "[3]", "[]" or "[last]": which; *close: behind what. */
static unsigned long index_of(const struct tree *list, const char *p, const char **close)
{
    char *end = NULL;
    if (strncmp(p, "[last]", 6) == 0) {
        *close = p + 5;
        return list->n > 0 ? list->n - 1 : 0;
    }
    *close = p + 1;
    if (p[1] == ']')
        return list->n;
    unsigned long index = strtoul(p + 1, &end, 10);
    *close = end;
    return index;
}

/* One step of the path: "name", "[]", "[3]", "[last]" or "[k=v]"; moves *path behind it.  NULL: it does not fit. */
static struct tree *step(struct tree *tree, const char **path)
{
    const char *p = *path;
    open_leaf(tree);
    if (*p == '[' && strchr("]0123456789", p[1]) == NULL && strncmp(p, "[last]", 6) != 0)
        return find(tree, path);
    if (*p == '[') {
        const char *close;
        unsigned long index = index_of(tree, p, &close);
        if (*close != ']' || index > MAX_INDEX || !become(tree, LIST))
            return NULL;
        *path = close + 1 + (close[1] == '.');
        return element(tree, index);
    }
    size_t n = strcspn(p, ".[");
    if (n == 0 || !become(tree, OBJECT))
        return NULL;
    *path = p + n + (p[n] == '.');
    return member(tree, (struct span){ p, n });
}

static struct tree *walk(struct tree *tree, const char *path, struct fault *fault)
{
    const char *at = path;
    while (tree && *at)
        tree = step(tree, &at);
    if (!tree)
        fault_set(fault, ERR_INVALID_REQUEST, "path \"%s\": does not fit the document at \"%s\"", path, at);
    return tree;
}

enum err tree_at(struct tree *tree, const char *path, struct fault *fault, struct tree **out)
{
    struct tree *node = walk(tree, path, fault);
    if (!node)
        return ERR_INVALID_REQUEST;
    *out = node;
    return OK;
}

enum err tree_put(struct tree *tree, const char *path, struct span json, struct fault *fault)
{
    struct tree *node = walk(tree, path, fault);
    if (!node)
        return ERR_INVALID_REQUEST;
    if (node->given) {
        node->first = node->last = NULL;
        node->n = 0;
        node->kind = NOTHING;
    }
    if (!become(node, LEAF))
        return fault_set(fault, ERR_INVALID_REQUEST, "path \"%s\": there is more below it already", path);
    node->json = (struct span){ arena_dup(node->arena, json), json.n };
    return OK;
}

struct tree *tree_member(struct tree *tree, struct span name)
{
    return become(tree, OBJECT) ? member(tree, name) : NULL;
}

enum err tree_list(struct tree *tree, const char *path, struct fault *fault)
{
    const char *list = strstr(path, "[]");
    size_t n = list ? (size_t)(list - path) : strlen(path);
    const char *name = arena_dup(tree->arena, (struct span){ path, n });
    struct tree *node = walk(tree, name, fault);
    if (!node)
        return ERR_INVALID_REQUEST;
    if (!list || !become(node, LIST))
        return fault_set(fault, ERR_INVALID_REQUEST, "path \"%s\": is no list in the document", path);
    return OK;
}

/* ---- a document that is given ---------------------------------------------------------------------- */

/* p: behind the bracket of a list or an object that is known to be JSON. */
static const char *parse_children(struct tree *tree, const char *p, const char *end)
{
    char close = tree->kind == LIST ? ']' : '}';
    p = json_blanks(p, end);
    while (*p != close) {
        struct span key = { "", 0 };
        unsigned flags;
        if (tree->kind == OBJECT) {
            const char *quote = json_string_end(p + 1, end, &flags);
            struct json_mended mended = { 0 };
            struct buf text;
            buf_init(&text, 1 << 16);
            json_decode(&text, (struct span){ p + 1, (size_t)(quote - p) - 1 }, &mended);
            key = (struct span){ arena_dup(tree->arena, buf_peek(&text)), text.n };
            buf_release(&text);
            p = json_blanks(json_blanks(quote + 1, end) + 1, end);
        }
        p = json_blanks(parse_value(append(tree, key), p, end), end);
        p = *p == ',' ? json_blanks(p + 1, end) : p;
    }
    return p + 1;
}

static const char *parse_value(struct tree *tree, const char *p, const char *end)
{
    tree->given = true;
    if (*p == '{' || *p == '[') {
        tree->kind = *p == '{' ? OBJECT : LIST;
        return parse_children(tree, p + 1, end);
    }
    const char *behind = json_skip(p, end, 0);
    tree->json = (struct span){ p, (size_t)(behind - p) };
    tree->kind = span_is(tree->json, "null") ? NOTHING : LEAF; /* what is null may become anything */
    return behind;
}

enum err tree_parse(struct arena *arena, struct span json, struct fault *fault, struct tree **out)
{
    struct json_mended mended = { 0 };
    struct buf clean;
    buf_init(&clean, DOCUMENT_BYTES_MAX);
    bool ok = json_clean_copy(&clean, json, &mended) && !clean.over;
    const char *text = ok ? arena_dup(arena, buf_peek(&clean)) : NULL;
    size_t n = clean.n;
    buf_release(&clean);
    if (!ok)
        return fault_set(fault, ERR_STORE_UNREADABLE, "the record to be replaced is not JSON, or larger than %d bytes",
                         DOCUMENT_BYTES_MAX);
    *out = tree_new(arena);
    parse_value(*out, json_blanks(text, text + n), text + n);
    return OK;
}

void tree_each(struct tree *tree, const char *path, void (*fn)(void *self, struct tree *node), void *self)
{
    size_t n = strcspn(path, ".[");
    if (!*path) {
        fn(self, tree);
    } else if (strncmp(path, "[]", 2) == 0) {
        for (struct tree *child = tree->kind == LIST ? tree->first : NULL; child; child = child->next)
            tree_each(child, path + 2 + (path[2] == '.'), fn, self);
    } else if (*path == '[') {
        tree = step(tree, &path);
        if (tree)
            tree_each(tree, path, fn, self);
    } else {
        tree = lookup(tree, (struct span){ path, n });
        if (tree)
            tree_each(tree, path + n + (path[n] == '.'), fn, self);
    }
}

static void remove_member(void *self, struct tree *object)
{
    const char *name = self;
    struct tree *before = NULL, *child = object->kind == OBJECT ? object->first : NULL;
    for (; child && !span_is(child->key, name); child = child->next)
        before = child;
    if (!child)
        return;
    *(before ? &before->next : &object->first) = child->next;
    if (object->last == child)
        object->last = before;
    object->n--;
}

void tree_drop(struct tree *tree, const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *parent = arena_dup(tree->arena, (struct span){ path, dot ? (size_t)(dot - path) : 0 });
    tree_each(tree, parent, remove_member, (void *)(uintptr_t)(dot ? dot + 1 : path));
}

struct span tree_leaf(const struct tree *tree, const char *path)
{
    while (tree && *path) {
        size_t n = strcspn(path, ".");
        tree = lookup(tree, (struct span){ path, n });
        path += n + (path[n] == '.');
    }
    return tree && tree->kind == LEAF ? tree->json : (struct span){ NULL, 0 };
}

bool tree_is_empty(const struct tree *tree)
{
    return tree->kind == NOTHING;
}

static void write_children(const struct tree *tree, struct buf *out)
{
    for (const struct tree *child = tree->first; child; child = child->next) {
        if (child != tree->first)
            buf_char(out, ',');
        if (tree->kind == OBJECT) {
            buf_json(out, child->key);
            buf_char(out, ':');
        }
        if (child->kind == NOTHING)
            buf_lit(out, "null");
        else
            tree_write(child, out);
    }
}

void tree_write(const struct tree *tree, struct buf *out)
{
    if (tree->kind == LEAF) {
        buf_span(out, tree->json);
        return;
    }
    buf_char(out, tree->kind == LIST ? '[' : '{');
    write_children(tree, out);
    buf_char(out, tree->kind == LIST ? ']' : '}');
}

/* ---- as a form ----------------------------------------------------------------------------------- */

enum { NAME_BYTES_MAX = 1024, FORM_BYTES_MAX = 4 << 20 };

static void write_pair(struct span name, struct span json, struct buf *out)
{
    struct json_mended mended = { 0 };
    struct buf text;
    buf_init_secret(&text, FORM_BYTES_MAX);
    if (json.n >= 2 && json.p[0] == '"')
        json_decode(&text, (struct span){ json.p + 1, json.n - 2 }, &mended);
    else if (!span_is(json, "null"))
        buf_span(&text, json);
    if (out->n > 0)
        buf_char(out, '&');
    buf_percent(out, name);
    buf_char(out, '=');
    buf_percent(out, buf_peek(&text));
    buf_release(&text);
}

static enum err write_pairs(const struct tree *tree, struct buf *name, struct fault *fault, struct buf *out)
{
    size_t before = name->n, i = 0;
    enum err err = OK;
    if (tree->kind == LEAF && (tree->json.p[0] == '{' || tree->json.p[0] == '['))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%.*s: a form holds no JSON", SPAN_ARG(buf_peek(name)));
    if (tree->kind == LEAF)
        write_pair(buf_peek(name), tree->json, out);
    for (const struct tree *child = tree->first; child && !err; child = child->next, i++) {
        if (tree->kind == LIST)
            buf_printf(name, "[%zu]", i);
        else
            buf_printf(name, before ? "[%.*s]" : "%.*s", SPAN_ARG(child->key));
        err = write_pairs(child, name, fault, out);
        name->n = before;
    }
    return err;
}

enum err tree_write_form(const struct tree *tree, struct fault *fault, struct buf *out)
{
    struct buf name, pairs;
    buf_init(&name, NAME_BYTES_MAX);
    buf_init_secret(&pairs, FORM_BYTES_MAX);
    enum err err = write_pairs(tree, &name, fault, &pairs);
    if (!err && (name.over || pairs.over))
        err = fault_set(fault, ERR_BODY_TOO_LARGE, "the form would be larger than %d bytes", FORM_BYTES_MAX);
    if (!err)
        buf_span(out, buf_peek(&pairs));
    buf_release(&name);
    buf_release(&pairs);
    return err;
}
