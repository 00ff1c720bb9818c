/*
 * mailbox.h - messages from other threads to one loop: a bounded ring and an eventfd.
 *
 * Any thread may post; deliver() is called on the loop's thread, in order of arrival.  A burst costs
 * one write to the eventfd: only the post that finds the box empty wakes the loop.  A full box refuses
 * and the poster decides what that means (503 overloaded); nothing is dropped silently.
 *
 *     static void arrived(void *self, void *item) { struct app *app = self; ... }
 *     mailbox_init(&box, loop, 1024, arrived, app, &fault);
 *     if (!mailbox_post(&box, call)) refuse(call);
 */
#ifndef CARTWAY_MAILBOX_H
#define CARTWAY_MAILBOX_H

#include "core/base/err.h"
#include "core/loop/loop.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mailbox {
    struct loop *loop;
    struct loop_watch watch;
    void (*deliver)(void *self, void *item);
    void *self;
    pthread_mutex_t lock; /* guards what follows */
    void **ring;
    uint32_t room, first, n;
    bool woken; /* the eventfd has been written and not been read yet */
};

/* room: how many items may wait at most, at least 1. */
enum err mailbox_init(struct mailbox *box, struct loop *loop, uint32_t room, void (*deliver)(void *self, void *item),
                      void *self, struct fault *fault);
/* On the loop's thread, when nobody posts any more.  Items that still wait are not delivered. */
void mailbox_release(struct mailbox *box);
/* False when full.  The item's ownership passes to deliver(). */
bool mailbox_post(struct mailbox *box, void *item);
/* Delivers what has come, now: on the loop's thread (the end of a run, tests). */
void mailbox_empty(struct mailbox *box);

#endif
