/* test_arrivals.c - who came first acts first, among those that may mean the same. */
#include "core/write/arrivals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 3000 };

/* A name of 0 is not known yet: it may be any. */
struct guest {
    struct arrival arrival;
    int name;
    int turn; /* its place among all turns; 0: none yet */
    struct guest *sends_away, *finds;
};

static struct arrivals arrivals;
static struct guest guests[MANY];
static int turns;

static bool may_be_same(const struct arrival *earlier, const struct arrival *later)
{
    const struct guest *a = (const struct guest *)earlier, *b = (const struct guest *)later;
    return a->name == 0 || b->name == 0 || a->name == b->name;
}

static void find(int i, int name)
{
    guests[i].name = name;
    arrivals_found(&arrivals, &guests[i].arrival);
}

static void on_turn(struct arrival *arrival)
{
    struct guest *guest = (struct guest *)arrival;
    guest->turn = ++turns;
    assert_null(arrival->queue);
    if (guest->sends_away)
        arrivals_leave(&arrivals, &guest->sends_away->arrival);
    if (guest->finds)
        arrivals_found(&arrivals, &guest->finds->arrival);
    arrivals_leave(&arrivals, arrival); /* it is out: nothing to do */
}

/* n of them come into one queue. */
static int set_up(int n)
{
    turns = 0;
    memset(guests, 0, sizeof(guests));
    arrivals_init(&arrivals, 7);
    for (int i = 0; i < n; i++) {
        guests[i].arrival.may_be_same = may_be_same;
        guests[i].arrival.turn = on_turn;
        arrivals_come(&arrivals, SPAN("q"), &guests[i].arrival);
    }
    return n;
}

static void expect_turns(const int *expected, int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(guests[i].turn, expected[i]);
}
#define EXPECT(...) expect_turns((const int[]){ __VA_ARGS__ }, (int)(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)))

static void who_is_first_acts_at_once(void **state)
{
    (void)state;
    set_up(2);
    find(0, 1);
    EXPECT(1, 0);
    find(1, 1);
    EXPECT(1, 2);
    assert_int_equal(arrivals.queues.n, 0); /* an empty queue is gone */
    arrivals_release(&arrivals);
}

static void who_is_found_first_waits_for_who_came_first(void **state)
{
    (void)state;
    set_up(4);
    find(3, 1);
    find(2, 2);
    find(1, 1);
    EXPECT(0, 0, 0, 0); /* the first may be any of them */
    find(0, 1);
    EXPECT(1, 3, 2, 4);
    arrivals_release(&arrivals);
}

static void another_name_waits_for_nobody(void **state)
{
    (void)state;
    set_up(4);
    guests[0].name = 1; /* known, but not found yet */
    find(1, 2);
    find(2, 1);
    EXPECT(0, 1, 0);
    find(3, 2);
    EXPECT(0, 1, 0, 2);
    find(0, 1);
    EXPECT(3, 1, 4, 2);
    arrivals_release(&arrivals);
}

/* What it was taken for it is not: those behind it need not wait, though it waits itself. */
static void who_turns_out_to_be_another_holds_nobody(void **state)
{
    (void)state;
    set_up(3);
    guests[0].name = 1;
    find(2, 2); /* the second may be any */
    EXPECT(0, 0, 0);
    find(1, 1);
    EXPECT(0, 0, 1);
    arrivals_leave(&arrivals, &guests[0].arrival);
    EXPECT(0, 2, 1);
    arrivals_release(&arrivals);
}

static void who_leaves_holds_nobody(void **state)
{
    (void)state;
    set_up(4);
    find(1, 1);
    find(2, 1);
    find(3, 1);
    arrivals_leave(&arrivals, &guests[2].arrival); /* while it waits */
    EXPECT(0, 0, 0, 0);
    arrivals_leave(&arrivals, &guests[0].arrival); /* before it was found */
    EXPECT(0, 1, 0, 2);
    arrivals_leave(&arrivals, &guests[0].arrival);
    assert_int_equal(arrivals.queues.n, 0);
    arrivals_release(&arrivals);
}

static void queues_know_nothing_of_each_other(void **state)
{
    (void)state;
    set_up(1);
    guests[1].arrival = (struct arrival){ .may_be_same = may_be_same, .turn = on_turn };
    arrivals_come(&arrivals, SPAN("other"), &guests[1].arrival);
    find(1, 1);
    EXPECT(0, 1);
    arrivals_release(&arrivals); /* with one inside */
}

/* From inside a turn others are found and leave: each turn comes once, and none inside another's. */
static void a_turn_may_move_others(void **state)
{
    (void)state;
    set_up(4);
    guests[3].name = 1;
    find(1, 1);
    find(2, 1);
    guests[0].sends_away = &guests[1];
    guests[0].finds = &guests[3];
    find(0, 1);
    EXPECT(1, 0, 2, 3);
    arrivals_release(&arrivals);
}

static void many_keep_their_order(void **state)
{
    (void)state;
    int n = set_up(MANY);
    for (int i = n - 1; i > 0; i--)
        find(i, i % 50 + 1);
    assert_int_equal(turns, 0);
    find(0, 1);
    assert_int_equal(turns, n);
    for (int i = 50; i < n; i++)
        assert_true(guests[i].turn > guests[i - 50].turn);
    arrivals_release(&arrivals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_first_acts_at_once),     cmocka_unit_test(who_is_found_first_waits_for_who_came_first),
        cmocka_unit_test(another_name_waits_for_nobody), cmocka_unit_test(who_turns_out_to_be_another_holds_nobody),
        cmocka_unit_test(who_leaves_holds_nobody),       cmocka_unit_test(queues_know_nothing_of_each_other),
        cmocka_unit_test(a_turn_may_move_others),        cmocka_unit_test(many_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
