/*
 * view_desk.h - a view of order.list over one adapter's tables, for tests that read bodies with it.
 *
 *     struct desk desk = open_desk(&adapter, "id,items");
 *     read_body(&desk, &(struct view_in){ .body = ..., .status = 200 });
 *     assert_true(has(&desk.data, "\"id\":\"1\""));
 *     close_desk(&desk);
 */
#ifndef CARTWAY_TESTS_VIEW_DESK_H
#define CARTWAY_TESTS_VIEW_DESK_H

#include "core/map/selection.h"
#include "core/map/table.h"
#include "core/view/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct arena arena;
    struct buf data, problems;
    struct view *view;
    struct view_out out;
};

static inline struct desk open_desk(const struct cw_adapter *adapter, const char *fields)
{
    struct desk desk = { .view = NULL };
    const struct cw_adapter *copy = NULL;
    const struct selection *selection = NULL;
    struct fault fault = { 0 };
    arena_init(&desk.arena);
    buf_init(&desk.data, 1 << 20);
    buf_init(&desk.problems, 1 << 20);
    if (table_copy(adapter, &desk.arena, &fault, &copy) ||
        selection_parse(model_entity("order"), span_of(fields), &desk.arena, &fault, &selection))
        fail_msg("%s", fault.text);
    struct view_spec spec = {
        .adapter = copy, .endpoint = copy->endpoints, .entity = model_entity("order"), .selection = selection
    };
    if (view_new(&spec, &fault, &desk.view))
        fail_msg("%s", fault.text);
    return desk;
}

static inline void close_desk(struct desk *desk)
{
    view_free(desk->view);
    buf_release(&desk->data);
    buf_release(&desk->problems);
    arena_release(&desk->arena);
}

/* The store, the arena and the places for records are the desk's. */
static inline void read_body(struct desk *desk, const struct view_in *what)
{
    struct fault fault = { 0 };
    struct view_in in = *what;
    in.store = SPAN("s1");
    in.arena = &desk->arena;
    buf_clear(&desk->data);
    buf_clear(&desk->problems);
    desk->out = (struct view_out){ .data = &desk->data, .problems = &desk->problems };
    if (view_read(desk->view, &in, &fault, &desk->out))
        fail_msg("%s", fault.text);
}

static inline bool has(const struct buf *text, const char *part)
{
    return text->n > 0 && memmem(text->p, text->n, part, strlen(part));
}

#endif
