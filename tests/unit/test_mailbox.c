/* test_mailbox.c - order, bound and wake-ups of core/loop/mailbox.c, from one thread and from several. */
#include "core/loop/mailbox.h"

#include "core/loop/env.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct sink {
    struct loop *loop;
    struct mailbox box;
    uintptr_t got[4000];
    uint32_t n;
    uint32_t repost; /* post so many more from inside deliver */
};

static void deliver(void *self, void *item)
{
    struct sink *sink = self;
    sink->got[sink->n++] = (uintptr_t)item;
    if (sink->repost > 0) {
        sink->repost--;
        assert_true(mailbox_post(&sink->box, (void *)(uintptr_t)(1000 + sink->repost)));
    }
}

static struct sink *sink_new(uint32_t room)
{
    struct env env = env_real();
    struct sink *sink = calloc(1, sizeof *sink);
    sink->loop = loop_new(&env, NULL);
    assert_non_null(sink->loop);
    assert_int_equal(mailbox_init(&sink->box, sink->loop, room, deliver, sink, NULL), OK);
    return sink;
}

static void sink_free(struct sink *sink)
{
    mailbox_release(&sink->box);
    loop_free(sink->loop);
    free(sink);
}

static void items_come_in_order_and_full_means_full(void **state)
{
    (void)state;
    struct sink *sink = sink_new(3);
    for (uintptr_t i = 1; i <= 3; i++)
        assert_true(mailbox_post(&sink->box, (void *)i));
    assert_false(mailbox_post(&sink->box, (void *)4));
    loop_turn(sink->loop, 0);
    assert_int_equal(sink->n, 3);
    for (uintptr_t i = 0; i < 3; i++)
        assert_int_equal(sink->got[i], i + 1);
    assert_true(mailbox_post(&sink->box, (void *)5));
    loop_turn(sink->loop, 0);
    assert_int_equal(sink->n, 4);
    loop_turn(sink->loop, 0); /* nothing comes twice */
    assert_int_equal(sink->n, 4);
    sink_free(sink);
}

static void a_delivery_may_post(void **state)
{
    (void)state;
    struct sink *sink = sink_new(2);
    sink->repost = 5;
    assert_true(mailbox_post(&sink->box, (void *)1));
    for (int i = 0; i < 6; i++)
        loop_turn(sink->loop, 0);
    assert_int_equal(sink->n, 6);
    sink_free(sink);
}

enum { THREADS = 3, EACH = 1000 };

static void *poster(void *user)
{
    struct mailbox *box = user;
    for (uintptr_t i = 1; i <= EACH; i++)
        assert_true(mailbox_post(box, (void *)i));
    return NULL;
}

static void many_threads_lose_nothing(void **state)
{
    (void)state;
    struct sink *sink = sink_new(THREADS * EACH);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, poster, &sink->box), 0);
    while (sink->n < THREADS * EACH)
        loop_turn(sink->loop, -1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uintptr_t sum = 0;
    for (uint32_t i = 0; i < sink->n; i++)
        sum += sink->got[i];
    assert_int_equal(sum, (uintptr_t)THREADS * EACH * (EACH + 1) / 2);
    sink_free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order_and_full_means_full),
        cmocka_unit_test(a_delivery_may_post),
        cmocka_unit_test(many_threads_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
