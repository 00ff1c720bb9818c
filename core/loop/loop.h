/*
 * loop.h - the one thread that owns everything of a shard's calls.
 *
 * A turn: wait for descriptors no longer than the next due time, read the clock once, call the ready
 * watches, then run the users that are due, over again while one of them makes another due (an answer
 * resumes a request, whose connection brings the next request, which starts a transfer: one turn).
 *
 * Everything here belongs to the loop's thread, except loop_wake and loop_stop, which may be called
 * from any thread and (being one write to an eventfd) from a signal handler.
 */
#ifndef CARTWAY_LOOP_H
#define CARTWAY_LOOP_H

#include "core/base/err.h"
#include "core/seam.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* A time that never comes. */
#define LOOP_NEVER INT64_MAX

/* A descriptor and who is called when it is ready (events as of epoll: EPOLLIN, ...).  The memory is
 * the caller's and must stay in place while it is watched.  A watch may be removed at any time, also
 * by another's callback in the same turn: it is not called again. */
struct loop_watch {
    int fd;
    void (*ready)(void *self, uint32_t events, int64_t now);
    void *self;
};

/* A subsystem on the loop: next() is when it wants to run (monotonic ms; LOOP_NEVER; a time that has
 * passed means at once), run() does what is due.  The memory is the caller's. */
struct loop_user {
    int64_t (*next)(void *self);
    void (*run)(void *self, int64_t now);
    void *self;
    struct loop_user *link; /* the loop's */
};

/* The env is copied.  NULL with a fault when the kernel gives no descriptor. */
struct loop *loop_new(const struct env *env, struct fault *fault);
void loop_free(struct loop *loop);

/* ERR_INTERNAL when epoll refuses (a descriptor that cannot be polled, no memory). */
enum err loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
enum err loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
/* Call it before the descriptor is closed. */
void loop_remove(struct loop *loop, struct loop_watch *watch);
/* For a descriptor that is closed already (the kernel has dropped it): only this turn's events. */
void loop_forget(struct loop *loop, struct loop_watch *watch);

/* Users run in the order in which they came. */
void loop_use(struct loop *loop, struct loop_user *user);
void loop_disuse(struct loop *loop, struct loop_user *user);

/* The clock as read at the start of this turn. */
int64_t loop_now(const struct loop *loop);
/* How many turns have begun: what must not fill one goes on in the next. */
uint64_t loop_turns(const struct loop *loop);
const struct env *loop_env(const struct loop *loop);

/* SIGTERM and SIGINT call on_signal(self, signal) in a turn instead of ending the process.  They are
 * blocked in this thread, so call it before other threads start.  Undone by loop_free. */
enum err loop_signals(struct loop *loop, void (*on_signal)(void *self, int signal), void *self, struct fault *fault);

/* One turn that waits at most wait_ms (-1: until something happens). */
void loop_turn(struct loop *loop, int64_t wait_ms);
/* Turns until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* Ends a wait that is going on, or the next one at once. */
void loop_wake(struct loop *loop);

#endif
