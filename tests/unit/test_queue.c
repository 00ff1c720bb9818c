/* test_queue.c - whose turn it is: core/governor/queue.c. */
#include "core/governor/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TICKETS = 4000 };
struct fixture {
    struct queue_pool pool;
    struct queue *queue;
    struct ticket tickets[TICKETS];
    int n;
};

static struct ticket *add(struct fixture *f, enum klass klass, uint64_t app, uint32_t weight)
{
    struct ticket *ticket = &f->tickets[f->n];

    *ticket =
        (struct ticket){ .klass = klass, .standing = klass, .app = app, .weight = weight, .submitted_ms = f->n++ };
    queue_add(&f->pool, f->queue, ticket);
    return ticket;
}

/* Serves whose turn it is. */
static struct ticket *serve(struct fixture *f)
{
    struct ticket *ticket;

    queue_rewind(&f->pool, f->queue);
    ticket = queue_candidate(f->queue);
    if (ticket) {
        queue_served(f->queue, ticket);
        queue_remove(f->queue, ticket);
    }
    return ticket;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);

    f->queue = queue_new(&f->pool, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    queue_free(&f->pool, f->queue);
    queue_pool_release(&f->pool);
    test_free(f);
    return 0;
}

static void arrival_decides_within_a_party(void **state)
{
    struct fixture *f = *state;
    struct ticket *first = add(f, CLASS_ORDER, 1, 1), *second = add(f, CLASS_ORDER, 1, 1), early = { 0 };

    early = (struct ticket){ .klass = CLASS_ORDER, .standing = CLASS_ORDER, .app = 1, .submitted_ms = -1 };
    queue_add(&f->pool, f->queue, &early); /* it waited elsewhere: its place is by when it came */
    assert_ptr_equal(serve(f), &early);
    assert_ptr_equal(serve(f), first);
    assert_ptr_equal(serve(f), second);
    assert_null(serve(f));
}

static void the_urgent_go_first(void **state)
{
    struct fixture *f = *state;
    struct ticket *tickets[CLASS_COUNT];

    for (int i = CLASS_COUNT - 1; i >= 0; i--)
        tickets[i] = add(f, (enum klass)i, 1, 1);
    for (int i = 0; i < CLASS_COUNT; i++)
        assert_ptr_equal(serve(f), tickets[i]);
}

static void every_class_has_its_share(void **state)
{
    struct fixture *f = *state;
    int served[CLASS_COUNT] = { 0 };
    uint32_t shares = 0;

    for (int i = 0; i < 600; i++)
        for (int k = 0; k < CLASS_COUNT; k++)
            add(f, (enum klass)k, 1, 1);
    for (int i = 0; i < 1000; i++)
        served[serve(f)->klass]++;
    for (int k = 0; k < CLASS_COUNT; k++) {
        assert_true(served[k] >= (int)klass_share((enum klass)k) * 10 - 1);
        shares += klass_share((enum klass)k);
    }
    assert_true(shares <= 100);
    assert_in_range(served[CLASS_INTERACTIVE], 495, 505); /* 40, and what is left of 100 */
}

static void what_a_class_does_not_use_goes_to_the_others(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++)
        add(f, CLASS_BULK, 1, 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(serve(f)->klass, CLASS_BULK);
}

static void an_urgent_one_waits_for_nobody_who_had_enough(void **state)
{
    struct fixture *f = *state;
    struct ticket *urgent;

    for (int i = 0; i < 100; i++)
        add(f, CLASS_BULK, 1, 10);
    for (int i = 0; i < 50; i++)
        serve(f);
    urgent = add(f, CLASS_INTERACTIVE, 1, 1);
    assert_ptr_equal(serve(f), urgent);
}

static void apps_get_alike_by_weight(void **state)
{
    struct fixture *f = *state;
    int light = 0, heavy = 0;

    for (int i = 0; i < 1000; i++)
        add(f, CLASS_INVENTORY, 1, 10);
    for (int i = 0; i < 1000; i++)
        add(f, CLASS_INVENTORY, 2, 1);
    for (int i = 0; i < 550; i++)
        *(serve(f)->app == 1 ? &heavy : &light) += 1;
    assert_in_range(heavy, 49, 51);
    assert_in_range(light, 499, 501);
}

static void who_comes_back_after_each_answer_gets_no_more(void **state)
{
    struct fixture *f = *state;
    int one = 0;

    for (int i = 0; i < 200; i++)
        add(f, CLASS_BULK, 1, 1);
    add(f, CLASS_BULK, 2, 1);
    for (int i = 0; i < 100; i++) {
        if (serve(f)->app != 2)
            continue;
        one++;
        add(f, CLASS_BULK, 2, 1);
    }
    assert_in_range(one, 49, 51);
}

static void who_was_away_has_saved_nothing(void **state)
{
    struct fixture *f = *state;
    int late = 0;

    for (int i = 0; i < 600; i++)
        add(f, CLASS_BULK, 1, 1);
    for (int i = 0; i < 300; i++)
        serve(f);
    for (int i = 0; i < 200; i++)
        add(f, CLASS_BULK, 2, 1);
    for (int i = 0; i < 100; i++)
        late += serve(f)->app == 2;
    assert_in_range(late, 49, 51);
}

static void a_candidate_passed_over_comes_again_in_the_next_round(void **state)
{
    struct fixture *f = *state;
    struct ticket *first = add(f, CLASS_BULK, 1, 1), *second = add(f, CLASS_BULK, 1, 1);

    queue_rewind(&f->pool, f->queue);
    assert_ptr_equal(queue_candidate(f->queue), first);
    queue_pass(f->queue, first);
    assert_ptr_equal(queue_candidate(f->queue), second);
    queue_remove(f->queue, second);
    assert_null(queue_candidate(f->queue));
    assert_ptr_equal(serve(f), first);
}

static void the_aged_come_before_all(void **state)
{
    struct fixture *f = *state;
    struct ticket *old = add(f, CLASS_BULK, 1, 1), *urgent = add(f, CLASS_INTERACTIVE, 1, 1);

    queue_rewind(&f->pool, f->queue);
    queue_age(f->queue, old);
    queue_rewind(&f->pool, f->queue);
    assert_ptr_equal(queue_candidate(f->queue), old);
    queue_pass(f->queue, old);
    assert_ptr_equal(queue_candidate(f->queue), urgent);
    assert_ptr_equal(serve(f), old);
    assert_ptr_equal(serve(f), urgent);
}

static void the_least_is_the_last_of_the_longest(void **state)
{
    struct fixture *f = *state;
    struct ticket order = { .standing = CLASS_ORDER, .app = 1 }, *last;

    add(f, CLASS_ORDER, 1, 1);
    assert_null(queue_least(f->queue, &order));
    add(f, CLASS_BULK, 1, 1);
    add(f, CLASS_BULK, 2, 1);
    add(f, CLASS_BULK, 2, 1);
    add(f, CLASS_BULK, 1, 1);
    add(f, CLASS_BULK, 3, 1);
    last = add(f, CLASS_BULK, 2, 1);
    assert_ptr_equal(queue_least(f->queue, &order), last);
}

/* Who fills the queue does not keep the other apps of its class out. */
static void the_least_of_its_own_class_is_of_an_app_with_more(void **state)
{
    struct fixture *f = *state;
    struct ticket same = { .standing = CLASS_BULK, .app = 1 }, other = { .standing = CLASS_BULK, .app = 2 };
    struct ticket *last;

    add(f, CLASS_BULK, 1, 1);
    add(f, CLASS_BULK, 1, 1);
    last = add(f, CLASS_BULK, 1, 1);
    assert_null(queue_least(f->queue, &same));
    assert_ptr_equal(queue_least(f->queue, &other), last);
    add(f, CLASS_BULK, 2, 1);
    assert_ptr_equal(queue_least(f->queue, &other), last);
    add(f, CLASS_BULK, 2, 1);
    assert_null(queue_least(f->queue, &other)); /* else each would push the other out */
}

static void classes_have_names(void **state)
{
    (void)state;
    assert_string_equal(klass_name(CLASS_INTERACTIVE), "interactive");
    assert_string_equal(klass_name(CLASS_BULK), "bulk");
}

static void a_lookup_weighs_one_and_a_bulk_write_ten(void **state)
{
    (void)state;
    assert_int_equal(klass_weight(CLASS_INTERACTIVE, false), 1);
    assert_int_equal(klass_weight(CLASS_INVENTORY, true), 5);
    assert_int_equal(klass_weight(CLASS_BULK, true), 10);
    for (enum klass klass = CLASS_INTERACTIVE; klass < CLASS_COUNT; klass++) {
        assert_true(klass_weight(klass, false) < klass_weight(klass, true));
        assert_int_equal(klass_cap(klass), klass == CLASS_BULK ? 40 : 100);
    }
}

static void the_parked_are_off_the_rounds(void **state)
{
    struct fixture *f = *state;
    struct ticket *a = add(f, CLASS_ORDER, 1, 1), *b = add(f, CLASS_ORDER, 1, 1), *c = add(f, CLASS_ORDER, 1, 1);

    queue_park(f->queue, b);
    queue_park(f->queue, a);
    assert_int_equal(f->queue->n, 3);
    assert_int_equal(f->queue->n_parked, 2);
    assert_ptr_equal(f->queue->parked.first, b); /* as they were parked */
    queue_rewind(&f->pool, f->queue);
    assert_ptr_equal(queue_candidate(f->queue), c);
    queue_unpark(f->queue, b); /* to its place by arrival */
    assert_int_equal(f->queue->n_parked, 1);
    assert_ptr_equal(serve(f), b);
    queue_remove(f->queue, a);
    assert_int_equal(f->queue->n_parked, 0);
    assert_null(f->queue->parked.first);
    assert_ptr_equal(serve(f), c);
    assert_int_equal(f->queue->n, 0);
}

/* Whatever was inside: a governor that ends forgets its tickets. */
static void a_queue_of_the_pool_is_empty(void **state)
{
    struct fixture *f = *state;
    struct queue *queue = f->queue;
    struct ticket *aged = add(f, CLASS_ORDER, 1, 1), *parked = add(f, CLASS_BULK, 1, 1), behind = { 0 };

    queue_age(queue, aged);
    queue_rewind(&f->pool, queue);
    assert_ptr_equal(queue_candidate(queue), aged);
    queue_park(queue, parked);
    ticket_list_add(&queue->behind, &behind);
    queue->n_behind++;
    queue->is_doubtful = true;
    queue->mark = QUEUE_DIRTY;
    queue->deadline_ms = queue->timer.due_ms = 1;
    queue_free(&f->pool, queue);
    f->queue = queue_new(&f->pool, NULL);
    assert_ptr_equal(f->queue, queue);
    assert_null(queue->aged.first);
    assert_null(queue->aged.last);
    assert_null(queue->parked.first);
    assert_null(queue->parked.last);
    assert_null(queue->behind.first);
    assert_null(queue->aged_at);
    assert_int_equal(queue->n + queue->n_behind + queue->n_parked + queue->busy, 0);
    assert_false(queue->is_doubtful);
    assert_int_equal(queue->mark, QUEUE_CALM);
    assert_int_equal(queue->timer.due_ms, 0);
    assert_true(queue->deadline_ms == INT64_MAX);
    aged = add(f, CLASS_ORDER, 1, 1);
    assert_ptr_equal(serve(f), aged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arrival_decides_within_a_party, setup, teardown),
        cmocka_unit_test_setup_teardown(the_urgent_go_first, setup, teardown),
        cmocka_unit_test_setup_teardown(every_class_has_its_share, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_class_does_not_use_goes_to_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(an_urgent_one_waits_for_nobody_who_had_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(apps_get_alike_by_weight, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_back_after_each_answer_gets_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_away_has_saved_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_candidate_passed_over_comes_again_in_the_next_round, setup, teardown),
        cmocka_unit_test_setup_teardown(the_aged_come_before_all, setup, teardown),
        cmocka_unit_test_setup_teardown(the_least_is_the_last_of_the_longest, setup, teardown),
        cmocka_unit_test_setup_teardown(the_least_of_its_own_class_is_of_an_app_with_more, setup, teardown),
        cmocka_unit_test_setup_teardown(the_parked_are_off_the_rounds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_queue_of_the_pool_is_empty, setup, teardown),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(a_lookup_weighs_one_and_a_bulk_write_ten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
