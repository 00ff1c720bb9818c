/*
 * loop.c - one epoll, one clock reading a turn, and a list of those who have something to do.
 *
 * A watch is the pointer that epoll gives back.  One that is removed while its event waits in this
 * turn's batch is struck out there, so a callback may remove (and free) any watch, also its own.
 *
 *     turn:   wait = min(next() of all users) - now, at least 0
 *             epoll_wait(wait); now = clock
 *             ready() of the watches
 *             up to 8 passes: run() of all users whose next() <= now
 *
 * Passes make one turn of what belongs together: the shop's answer resumes a client's request (http runs,
 * server becomes due), whose connection already holds the next request, which starts a transfer (server
 * runs, http becomes due again).  What is still due after 8 passes waits for the next turn, which does
 * not wait; so descriptors are looked at in any case.
 */
#include "core/loop/loop.h"

#include "core/base/arena.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { BATCH = 128, PASSES = 8, LONGEST_WAIT_MS = 60000 };

struct loop {
    struct env env;
    int epoll, wake_fd, signal_fd;
    int64_t now;
    uint64_t turns;
    struct loop_user *users, *upcoming; /* upcoming: whose turn is next in the pass under way */
    struct epoll_event events[BATCH];
    int n_events, at;
    atomic_bool stop;
    struct loop_watch wake_watch, signal_watch;
    sigset_t mask, old_mask;
    void (*on_signal)(void *self, int signal);
    void *signal_self;
};

static void wake_ready(void *self, uint32_t events, int64_t now)
{
    (void)events, (void)now;
    struct loop *loop = self;
    uint64_t count;
    ssize_t n = read(loop->wake_fd, &count, sizeof count);
    (void)n; /* it only ended the wait */
}

struct loop *loop_new(const struct env *env, struct fault *fault)
{
    struct loop *loop = mem_zalloc(sizeof *loop);
    signal(SIGPIPE, SIG_IGN); /* a peer that has gone is an error of a write, not the end of the process */
    loop->env = *env;
    loop->signal_fd = -1;
    loop->now = env->now_ms(env->self);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->wake_watch = (struct loop_watch){ loop->wake_fd, wake_ready, loop };
    if (loop->epoll < 0 || loop->wake_fd < 0 || loop_add(loop, &loop->wake_watch, EPOLLIN) != OK) {
        fault_set(fault, ERR_INTERNAL, "loop: expected an epoll and an eventfd, found %s", strerror(errno));
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->signal_fd >= 0) {
        close(loop->signal_fd);
        /* One that came meanwhile asked for what is done already: it must not end the process half way. */
        while (sigtimedwait(&loop->mask, NULL, &(struct timespec){ 0 }) > 0)
            continue;
        pthread_sigmask(SIG_SETMASK, &loop->old_mask, NULL);
    }
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop);
}

/* ---- watches ---------------------------------------------------------------------------------------- */

static enum err control(struct loop *loop, int op, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    return epoll_ctl(loop->epoll, op, watch->fd, &event) == 0 ? OK : ERR_INTERNAL;
}

enum err loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_ADD, watch, events);
}

enum err loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_MOD, watch, events);
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
    control(loop, EPOLL_CTL_DEL, watch, 0);
    loop_forget(loop, watch);
}

void loop_forget(struct loop *loop, struct loop_watch *watch)
{
    for (int i = loop->at; i < loop->n_events; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}

/* ---- users ------------------------------------------------------------------------------------------ */

void loop_use(struct loop *loop, struct loop_user *user)
{
    struct loop_user **last = &loop->users;
    while (*last)
        last = &(*last)->link;
    user->link = NULL;
    *last = user;
}

void loop_disuse(struct loop *loop, struct loop_user *user)
{
    if (loop->upcoming == user)
        loop->upcoming = user->link;
    for (struct loop_user **at = &loop->users; *at; at = &(*at)->link) {
        if (*at == user) {
            *at = user->link;
            return;
        }
    }
}

static int64_t next_due(const struct loop *loop)
{
    int64_t due = LOOP_NEVER;
    for (const struct loop_user *user = loop->users; user; user = user->link) {
        int64_t next = user->next(user->self);
        if (next < due)
            due = next;
    }
    return due;
}

static bool run_users(struct loop *loop)
{
    bool ran = false;
    loop->upcoming = loop->users;
    while (loop->upcoming) {
        struct loop_user *user = loop->upcoming;
        loop->upcoming = user->link;
        if (user->next(user->self) <= loop->now) {
            user->run(user->self, loop->now);
            ran = true;
        }
    }
    return ran;
}

/* ---- turns ------------------------------------------------------------------------------------------ */

static int how_long(const struct loop *loop, int64_t wait_ms)
{
    int64_t longest = wait_ms < 0 || wait_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait_ms;
    int64_t due = next_due(loop);
    if (due == LOOP_NEVER)
        return (int)longest;
    int64_t now = loop->env.now_ms(loop->env.self);
    if (due <= now) /* compared first: INT64_MIN says "at once" */
        return 0;
    int64_t left = due - now;
    return (int)(left < longest ? left : longest);
}

void loop_turn(struct loop *loop, int64_t wait_ms)
{
    loop->at = loop->n_events = 0;
    loop->turns++;
    int n = epoll_wait(loop->epoll, loop->events, BATCH, how_long(loop, wait_ms));
    loop->n_events = n > 0 ? n : 0; /* EINTR: nothing is ready, users may be due */
    loop->now = loop->env.now_ms(loop->env.self);
    while (loop->at < loop->n_events) {
        struct epoll_event event = loop->events[loop->at++];
        struct loop_watch *watch = event.data.ptr;
        if (watch)
            watch->ready(watch->self, event.events, loop->now);
    }
    for (int pass = 0; pass < PASSES && run_users(loop); pass++)
        ;
}

void loop_run(struct loop *loop)
{
    while (!atomic_exchange(&loop->stop, false))
        loop_turn(loop, -1);
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stop, true);
    loop_wake(loop);
}

void loop_wake(struct loop *loop)
{
    uint64_t one = 1;
    ssize_t n = write(loop->wake_fd, &one, sizeof one);
    (void)n; /* it fails only when the counter is full, and then the loop is woken anyway */
}

int64_t loop_now(const struct loop *loop)
{
    return loop->now;
}

uint64_t loop_turns(const struct loop *loop)
{
    return loop->turns;
}

const struct env *loop_env(const struct loop *loop)
{
    return &loop->env;
}

/* ---- signals ---------------------------------------------------------------------------------------- */

static void signal_ready(void *self, uint32_t events, int64_t now)
{
    (void)events, (void)now;
    struct loop *loop = self;
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        loop->on_signal(loop->signal_self, (int)info.ssi_signo);
}

enum err loop_signals(struct loop *loop, void (*on_signal)(void *self, int signal), void *self, struct fault *fault)
{
    sigemptyset(&loop->mask);
    sigaddset(&loop->mask, SIGTERM);
    sigaddset(&loop->mask, SIGINT);
    pthread_sigmask(SIG_BLOCK, &loop->mask, &loop->old_mask);
    loop->on_signal = on_signal;
    loop->signal_self = self;
    loop->signal_fd = signalfd(-1, &loop->mask, SFD_CLOEXEC | SFD_NONBLOCK);
    loop->signal_watch = (struct loop_watch){ loop->signal_fd, signal_ready, loop };
    if (loop->signal_fd < 0 || loop_add(loop, &loop->signal_watch, EPOLLIN) != OK)
        return fault_set(fault, ERR_INTERNAL, "loop: expected a signalfd, found %s", strerror(errno));
    return OK;
}
