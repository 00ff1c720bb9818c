/* test_loop.c - turns of core/loop/loop.c: watches, users, waiting by a virtual clock, stop, signals. */
#include "core/loop/loop.h"

#include "core/loop/env.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t virtual_now(void *self)
{
    return *(int64_t *)self;
}

static struct env virtual_env(int64_t *now)
{
    struct env env = env_real();
    env.self = now;
    env.now_ms = virtual_now;
    return env;
}

struct end {
    struct loop *loop;
    struct loop_watch watch;
    struct end *other; /* removed by this one's callback */
    int fds[2];
    int calls;
};

static void end_ready(void *self, uint32_t events, int64_t now)
{
    struct end *end = self;
    (void)now;
    assert_true(events & EPOLLIN);
    end->calls++;
    if (end->other)
        loop_remove(end->loop, &end->other->watch);
}

static void end_init(struct end *end, struct loop *loop)
{
    *end = (struct end){ .loop = loop };
    assert_int_equal(pipe(end->fds), 0);
    end->watch = (struct loop_watch){ end->fds[0], end_ready, end };
    assert_int_equal(loop_add(loop, &end->watch, EPOLLIN), OK);
    assert_int_equal(write(end->fds[1], "x", 1), 1);
}

static void end_release(struct end *end)
{
    close(end->fds[0]);
    close(end->fds[1]);
}

static void a_watch_removed_in_the_same_turn_is_not_called(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct env env = virtual_env(&now);
    struct loop *loop = loop_new(&env, NULL);
    struct end a, b;
    end_init(&a, loop);
    end_init(&b, loop);
    a.other = &b;
    b.other = &a;
    loop_turn(loop, 0);
    assert_int_equal(a.calls + b.calls, 1);
    loop_turn(loop, 0); /* the one that stayed is called again: its byte is not read */
    assert_int_equal(a.calls + b.calls, 2);
    end_release(&a);
    end_release(&b);
    loop_free(loop);
}

static void a_descriptor_that_cannot_be_polled_is_an_error(void **state)
{
    (void)state;
    struct env env = env_real();
    struct loop *loop = loop_new(&env, NULL);
    struct loop_watch watch = { .fd = -1 };
    assert_int_equal(loop_add(loop, &watch, EPOLLIN), ERR_INTERNAL);
    loop_free(loop);
}

struct clockwork {
    struct loop *loop;
    struct loop_user user;
    int64_t due;
    struct clockwork *wakes; /* becomes due when this one runs */
    struct loop_user *ends;  /* leaves the loop when this one runs */
    int runs;
};

static int64_t clockwork_next(void *self)
{
    return ((const struct clockwork *)self)->due;
}

static void clockwork_run(void *self, int64_t now)
{
    struct clockwork *work = self;
    assert_true(work->due <= now);
    work->runs++;
    work->due = LOOP_NEVER;
    if (work->wakes)
        work->wakes->due = now;
    if (work->ends)
        loop_disuse(work->loop, work->ends);
}

static void clockwork_init(struct clockwork *work, struct loop *loop, int64_t due)
{
    *work = (struct clockwork){ .loop = loop, .due = due };
    work->user = (struct loop_user){ .next = clockwork_next, .run = clockwork_run, .self = work };
    loop_use(loop, &work->user);
}

static void users_run_when_due_and_wake_each_other_in_one_turn(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct env env = virtual_env(&now);
    struct loop *loop = loop_new(&env, NULL);
    struct clockwork first, second;
    clockwork_init(&first, loop, LOOP_NEVER);
    clockwork_init(&second, loop, 1000);
    second.wakes = &first; /* which stands before it in the list */
    loop_turn(loop, 0);
    assert_int_equal(second.runs, 1);
    assert_int_equal(first.runs, 1);
    first.due = 1005;
    loop_turn(loop, 0);
    assert_int_equal(first.runs, 1);
    now = 1005;
    loop_turn(loop, -1); /* does not wait: it is due */
    assert_int_equal(first.runs, 2);
    assert_int_equal(loop_now(loop), 1005);
    first.due = INT64_MIN;
    loop_turn(loop, -1); /* nor now: "at once" is before any time */
    assert_int_equal(first.runs, 3);
    loop_free(loop);
}

static void two_that_wake_each_other_do_not_hold_up_the_loop(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct env env = virtual_env(&now);
    struct loop *loop = loop_new(&env, NULL);
    struct clockwork ping, pong;
    clockwork_init(&ping, loop, 1000);
    clockwork_init(&pong, loop, LOOP_NEVER);
    ping.wakes = &pong;
    pong.wakes = &ping;
    loop_turn(loop, -1);
    assert_in_range(ping.runs, 1, 8);
    loop_free(loop);
}

static void a_user_may_leave_and_take_the_next_one_along(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct env env = virtual_env(&now);
    struct loop *loop = loop_new(&env, NULL);
    struct clockwork first, second, third;
    clockwork_init(&first, loop, 1000);
    clockwork_init(&second, loop, 1000);
    clockwork_init(&third, loop, 1000);
    first.ends = &second.user;
    loop_turn(loop, 0);
    assert_int_equal(first.runs, 1);
    assert_int_equal(second.runs, 0);
    assert_int_equal(third.runs, 1);
    loop_free(loop);
}

static void *stopper(void *user)
{
    loop_stop(user);
    return NULL;
}

static void another_thread_ends_the_wait(void **state)
{
    (void)state;
    struct env env = env_real();
    struct loop *loop = loop_new(&env, NULL);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stopper, loop), 0);
    loop_run(loop); /* returns */
    pthread_join(thread, NULL);
    loop_stop(loop);
    loop_run(loop); /* a stop that came before ends it at once */
    loop_free(loop);
}

static void on_signal(void *self, int signal)
{
    *(int *)self = signal;
}

static void a_signal_becomes_a_call(void **state)
{
    (void)state;
    struct env env = env_real();
    struct loop *loop = loop_new(&env, NULL);
    int seen = 0;
    assert_int_equal(loop_signals(loop, on_signal, &seen, NULL), OK);
    kill(getpid(), SIGTERM);
    loop_turn(loop, -1);
    assert_int_equal(seen, SIGTERM);
    loop_free(loop);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_removed_in_the_same_turn_is_not_called),
        cmocka_unit_test(a_descriptor_that_cannot_be_polled_is_an_error),
        cmocka_unit_test(users_run_when_due_and_wake_each_other_in_one_turn),
        cmocka_unit_test(two_that_wake_each_other_do_not_hold_up_the_loop),
        cmocka_unit_test(a_user_may_leave_and_take_the_next_one_along),
        cmocka_unit_test(another_thread_ends_the_wait),
        cmocka_unit_test(a_signal_becomes_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
