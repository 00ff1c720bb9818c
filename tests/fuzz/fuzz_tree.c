/*
 * fuzz_tree.c - documents of shops that are written back, whole: core/map/tree.h.
 *
 * What was taken is written, read and written again the same; paths into it change it or do not, and the result is
 * still one document.
 */
#include "core/map/tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int good)
{
    if (!good)
        abort();
}

static void write(const struct tree *tree, struct buf *out)
{
    buf_init(out, 1 << 24);
    tree_write(tree, out);
    must(!out->over);
}

/* Read again it is the same text. */
static void same_again(struct arena *arena, const struct tree *tree)
{
    struct buf once, twice;
    struct tree *again = NULL;
    struct fault fault = { 0 };
    write(tree, &once);
    must(tree_parse(arena, buf_peek(&once), &fault, &again) == OK);
    write(again, &twice);
    must(span_eq(buf_peek(&once), buf_peek(&twice)));
    buf_release(&once);
    buf_release(&twice);
}

/* What was put as a whole is written on inside. */
static void go_on_inside(struct arena *arena, const struct tree *tree)
{
    struct fault fault = { 0 };
    struct tree *outer = tree_new(arena);
    struct buf whole;
    write(tree, &whole);
    must(tree_put(outer, "w", buf_peek(&whole), &fault) == OK);
    (void)tree_put(outer, "w[].k", SPAN("\"x\""), &fault);
    (void)tree_put(outer, "w[last].v", SPAN("1"), &fault);
    (void)tree_put(outer, "w.m", SPAN("{}"), &fault);
    same_again(arena, outer);
    buf_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena;
    struct tree *tree = NULL;
    struct fault fault = { 0 };
    struct buf form;
    arena_init(&arena);
    if (tree_parse(&arena, (struct span){ (const char *)data, n }, &fault, &tree) == OK) {
        same_again(&arena, tree);
        buf_init(&form, 1 << 24);
        (void)tree_write_form(tree, &fault, &form);
        buf_release(&form);
        tree_drop(tree, "a[].b");
        (void)tree_put(tree, "a[b=1].c", SPAN("\"x\""), &fault);
        (void)tree_put(tree, "d.e[0]", SPAN("1.50"), &fault);
        same_again(&arena, tree);
        go_on_inside(&arena, tree);
    }
    arena_release(&arena);
    return 0;
}
