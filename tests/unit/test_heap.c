/* test_heap.c - core/base/heap.c: order, equal times, removal, against a plain sorted model. */
#include "core/base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct timer {
    uint64_t pushed; /* when pushed or updated last, as a number */
    struct heap_node node;
};

static void equal_times_come_in_order_of_arrival(void **state)
{
    (void)state;
    struct heap heap;
    heap_init(&heap);
    struct timer timers[100] = { 0 };
    for (size_t i = 0; i < 100; i++)
        heap_push(&heap, &timers[i].node, 7);
    heap_update(&heap, &timers[0].node, 7); /* goes behind the others */
    for (size_t i = 1; i <= 100; i++)
        assert_ptr_equal(HEAP_OWNER(heap_pop(&heap), struct timer, node), &timers[i % 100]);
    assert_null(heap_pop(&heap));
    assert_null(heap_peek(&heap));
    heap_release(&heap);
}

static struct timer *first_of(struct timer *timers, size_t n)
{
    struct timer *first = NULL;
    for (size_t i = 0; i < n; i++) {
        struct timer *timer = &timers[i];
        if (heap_has(&timer->node) && (!first || timer->node.due_ms < first->node.due_ms ||
                                       (timer->node.due_ms == first->node.due_ms && timer->pushed < first->pushed)))
            first = timer;
    }
    return first;
}

static void any_sequence_agrees_with_a_model(void **state)
{
    (void)state;
    enum { TIMERS = 150, STEPS = 20000 };
    struct heap heap;
    heap_init(&heap);
    static struct timer timers[TIMERS];
    uint64_t dice = 42;
    for (uint64_t step = 1; step <= STEPS; step++) {
        dice = dice * 6364136223846793005u + 1442695040888963407u;
        struct timer *timer = &timers[(dice >> 40) % TIMERS];
        int64_t due = (int64_t)((dice >> 33) % 50) - 25;
        switch ((dice >> 50) % 4) {
        case 0:
            heap_remove(&heap, &timer->node);
            assert_false(heap_has(&timer->node));
            break;
        case 1:
        case 2:
            heap_update(&heap, &timer->node, due);
            timer->pushed = step;
            break;
        default:
            timer = first_of(timers, TIMERS);
            struct heap_node *popped = heap_pop(&heap);
            assert_ptr_equal(popped, timer ? &timer->node : NULL);
        }
        struct timer *first = first_of(timers, TIMERS);
        assert_ptr_equal(heap_peek(&heap), first ? &first->node : NULL);
    }
    heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_times_come_in_order_of_arrival),
        cmocka_unit_test(any_sequence_agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
