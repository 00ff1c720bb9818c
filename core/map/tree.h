/*
 * tree.h - a JSON document that is being written, leaf by leaf, by path.
 *
 *   tree_put(t, "labels[0].tracking_number", "\"1Z\"")  ->  {"labels":[{"tracking_number":"1Z"}]}
 *
 * Leaves are JSON texts as they will stand in the document, so that a decimal keeps its digits: no
 * number passes through binary.  Lives in an arena; no clean-up.
 */
#ifndef CARTWAY_MAP_TREE_H
#define CARTWAY_MAP_TREE_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

struct tree;

struct tree *tree_new(struct arena *arena);
/* Puts a leaf.  path: names joined by dots, with [n] (element n, made with the ones before it as null), [] (a new
 * element at the end) or [last] (the one that is there at the end, or the first).  json is copied.  A path may go on
 * inside a leaf that is an object, a list or null; through any other it is refused. */
enum err tree_put(struct tree *tree, const char *path, struct span json, struct fault *fault);
/* The node at a path, made as an object if it is not there: later puts may be relative to it. */
enum err tree_at(struct tree *tree, const char *path, struct fault *fault, struct tree **out);
/* A member by its name as it is, dots and brackets too: tree_put(that, "", ...) gives it a value.  NULL: tree is no
 * object. */
struct tree *tree_member(struct tree *tree, struct span name);
/* The list that a path with [] appends to, made empty if it is not there: "tags[].name" -> "tags":[]. */
enum err tree_list(struct tree *tree, const char *path, struct fault *fault);
/* A tree that begins as a document: the base of a full-replace write.  What it came with may be replaced; a path may
 * find an element by a member, "products[sku=MUG%2F1].n", the value percent-encoded, but never makes one so.
 * ERR_STORE_UNREADABLE: it is not JSON. */
enum err tree_parse(struct arena *arena, struct span json, struct fault *fault, struct tree **out);
/* Takes away what stands at a path, with [] of every element: "products[].product_id".  Nothing there: nothing done. */
void tree_drop(struct tree *tree, const char *path);
/* Every node that a path leads to, [] to every element; none is made. */
void tree_each(struct tree *tree, const char *path, void (*fn)(void *self, struct tree *node), void *self);
/* The JSON of a leaf at a path; p NULL: there is none. */
struct span tree_leaf(const struct tree *tree, const char *path);
/* Is there anything in it? */
bool tree_is_empty(const struct tree *tree);
/* The document; an empty tree is {}. */
void tree_write(const struct tree *tree, struct buf *out);
/* The same as a form: pairs such as a[b][0]=x joined by &, percent-encoded.  null is an empty text; a list or an object
 * that is empty is left out; a leaf that is JSON of its own has no place in a form and is refused. */
enum err tree_write_form(const struct tree *tree, struct fault *fault, struct buf *out);

#endif
