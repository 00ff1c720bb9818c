/* test_lines.c - one at a time for each name, in the order in which they came. */
#include "core/write/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct worker {
    struct waiter waiter;
    int *turns, turn; /* the count of all turns; which one was ours, 0: none yet */
    struct lines *leaves_at_once;
};

static void on_turn(struct waiter *waiter)
{
    struct worker *worker = (struct worker *)waiter;
    worker->turn = ++*worker->turns;
    if (worker->leaves_at_once)
        lines_leave(worker->leaves_at_once, waiter);
}

static struct worker worker_of(int *turns)
{
    return (struct worker){ .waiter = { .turn = on_turn }, .turns = turns };
}

static void test_first_come_first_served(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker a = worker_of(&turns), b = worker_of(&turns), c = worker_of(&turns);
    (void)state;
    lines_init(&lines, 7);
    assert_true(lines_enter(&lines, SPAN("item"), &a.waiter));
    assert_false(lines_enter(&lines, SPAN("item"), &b.waiter));
    assert_false(lines_enter(&lines, SPAN("item"), &c.waiter));
    assert_int_equal(turns, 0);
    lines_leave(&lines, &a.waiter);
    assert_int_equal(b.turn, 1);
    assert_int_equal(c.turn, 0);
    lines_leave(&lines, &b.waiter);
    assert_int_equal(c.turn, 2);
    lines_leave(&lines, &c.waiter);
    assert_true(lines_enter(&lines, SPAN("item"), &a.waiter)); /* the line was taken away when it was empty */
    lines_leave(&lines, &a.waiter);
    lines_release(&lines);
}

static void test_names_do_not_wait_for_each_other(void **state)
{
    enum { N = 500 };
    static struct worker workers[N];
    struct lines lines;
    int turns = 0;
    (void)state;
    lines_init(&lines, 1);
    for (int i = 0; i < N; i++) {
        char name[16];
        int n = snprintf(name, sizeof(name), "item %d", i);
        workers[i] = worker_of(&turns);
        assert_true(lines_enter(&lines, (struct span){ name, (size_t)n }, &workers[i].waiter)); /* name is copied */
    }
    for (int i = 0; i < N; i += 2)
        lines_leave(&lines, &workers[i].waiter);
    assert_int_equal(turns, 0);
    lines_release(&lines); /* with lines inside */
}

static void test_empty_name(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker a = worker_of(&turns), b = worker_of(&turns);
    (void)state;
    lines_init(&lines, 1);
    assert_true(lines_enter(&lines, SPAN(""), &a.waiter));
    assert_false(lines_enter(&lines, SPAN(""), &b.waiter));
    lines_leave(&lines, &a.waiter);
    assert_int_equal(b.turn, 1);
    lines_leave(&lines, &b.waiter);
    lines_release(&lines);
}

/* Who leaves from inside its turn() lets the next one in. */
static void test_leaving_at_once(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker a = worker_of(&turns), b = worker_of(&turns), c = worker_of(&turns);
    (void)state;
    lines_init(&lines, 1);
    b.leaves_at_once = &lines;
    assert_true(lines_enter(&lines, SPAN("x"), &a.waiter));
    assert_false(lines_enter(&lines, SPAN("x"), &b.waiter));
    assert_false(lines_enter(&lines, SPAN("x"), &c.waiter));
    lines_leave(&lines, &a.waiter);
    assert_int_equal(b.turn, 1);
    assert_int_equal(c.turn, 2);
    lines_leave(&lines, &c.waiter);
    lines_release(&lines);
}

enum { MANY = 100000 };
static int depth, deepest;

static void on_nested_turn(struct waiter *waiter)
{
    depth++;
    deepest = depth > deepest ? depth : deepest;
    on_turn(waiter);
    depth--;
}

/* However many do so one after the other, no turn() is inside another's. */
static void test_many_leave_at_once(void **state)
{
    static struct worker workers[MANY];
    struct lines lines;
    int turns = 0;
    (void)state;
    lines_init(&lines, 1);
    for (int i = 0; i < MANY; i++) {
        workers[i] = (struct worker){ .waiter = { .turn = on_nested_turn }, .turns = &turns, .leaves_at_once = &lines };
        lines_enter(&lines, i % 2 ? SPAN("x") : SPAN("y"), &workers[i].waiter);
    }
    lines_leave(&lines, &workers[1].waiter);
    assert_int_equal(turns, MANY / 2 - 1);
    lines_leave(&lines, &workers[0].waiter);
    assert_int_equal(turns, MANY - 2);
    assert_int_equal(workers[MANY - 1].turn, MANY / 2 - 1);
    assert_int_equal(workers[MANY - 2].turn, MANY - 2);
    assert_int_equal(deepest, 1);
    lines_release(&lines);
}

/* Its turn ends that of another line, whose next one has left, or has an heir, before it is called. */
static struct lines *the_lines;
static struct waiter *leave[3], *passes, *inherits;

static void on_moving_turn(struct waiter *waiter)
{
    (void)waiter;
    for (int i = 0; i < 3 && leave[i]; i++)
        lines_leave(the_lines, leave[i]);
    if (passes)
        lines_pass(passes, inherits);
}

static void test_who_is_to_be_called_may_leave(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker mover = worker_of(&turns), a = worker_of(&turns), b = worker_of(&turns), c = worker_of(&turns);
    struct worker first = worker_of(&turns), heir = worker_of(&turns);
    (void)state;
    the_lines = &lines;
    lines_init(&lines, 1);
    mover.waiter.turn = on_moving_turn;
    lines_enter(&lines, SPAN("x"), &first.waiter);
    lines_enter(&lines, SPAN("x"), &mover.waiter);
    lines_enter(&lines, SPAN("y"), &a.waiter);
    lines_enter(&lines, SPAN("y"), &b.waiter);
    lines_enter(&lines, SPAN("y"), &c.waiter);
    leave[0] = &a.waiter, leave[1] = &b.waiter, leave[2] = NULL;
    passes = &c.waiter, inherits = &heir.waiter;
    lines_leave(&lines, &first.waiter);
    assert_int_equal(a.turn + b.turn + c.turn, 0);
    assert_int_equal(heir.turn, 1);
    lines_enter(&lines, SPAN("y"), &b.waiter);
    lines_enter(&lines, SPAN("x"), &first.waiter);
    leave[0] = &heir.waiter, leave[1] = &b.waiter, passes = NULL; /* nobody is left there */
    first.waiter.turn = on_moving_turn;
    lines_leave(&lines, &mover.waiter);
    assert_int_equal(turns, 1);
    assert_null(lines_last(&lines, SPAN("y")));
    lines_release(&lines);
}

static void test_the_last_and_an_heir(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker a = worker_of(&turns), b = worker_of(&turns), heir = worker_of(&turns), next = worker_of(&turns);
    (void)state;
    lines_init(&lines, 1);
    assert_null(lines_last(&lines, SPAN("x")));
    assert_true(lines_enter(&lines, SPAN("x"), &a.waiter));
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &a.waiter);
    assert_null(lines_last(&lines, SPAN("y")));
    lines_pass(&a.waiter, &heir.waiter); /* it was alone */
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &heir.waiter);
    assert_false(lines_enter(&lines, SPAN("x"), &b.waiter));
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &b.waiter);
    lines_pass(&heir.waiter, &next.waiter); /* there was one behind it */
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &b.waiter);
    assert_int_equal(turns, 0);
    lines_leave(&lines, &next.waiter);
    assert_int_equal(b.turn, 1);
    lines_leave(&lines, &b.waiter);
    assert_null(lines_last(&lines, SPAN("x")));
    lines_release(&lines);
}

/* Who has no time left leaves from where it stands, and its place may be taken there. */
static void test_leaving_from_the_middle(void **state)
{
    struct lines lines;
    int turns = 0;
    struct worker a = worker_of(&turns), b = worker_of(&turns), c = worker_of(&turns), d = worker_of(&turns);
    struct worker heir = worker_of(&turns);
    (void)state;
    lines_init(&lines, 1);
    lines_enter(&lines, SPAN("x"), &a.waiter);
    lines_enter(&lines, SPAN("x"), &b.waiter);
    lines_enter(&lines, SPAN("x"), &c.waiter);
    lines_enter(&lines, SPAN("x"), &d.waiter);
    lines_leave(&lines, &d.waiter);
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &c.waiter);
    lines_leave(&lines, &b.waiter);
    lines_pass(&c.waiter, &heir.waiter);
    assert_ptr_equal(lines_last(&lines, SPAN("x")), &heir.waiter);
    assert_int_equal(turns, 0);
    lines_leave(&lines, &a.waiter);
    assert_int_equal(heir.turn, 1);
    lines_leave(&lines, &heir.waiter);
    assert_null(lines_last(&lines, SPAN("x")));
    assert_int_equal(turns, 1);
    lines_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_served),
        cmocka_unit_test(test_names_do_not_wait_for_each_other),
        cmocka_unit_test(test_empty_name),
        cmocka_unit_test(test_leaving_at_once),
        cmocka_unit_test(test_many_leave_at_once),
        cmocka_unit_test(test_who_is_to_be_called_may_leave),
        cmocka_unit_test(test_the_last_and_an_heir),
        cmocka_unit_test(test_leaving_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
