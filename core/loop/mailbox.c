/*
 * mailbox.c - a ring of pointers under a lock, and one eventfd write a burst.
 *
 * The lock is held for a few instructions.  Its owner on the loop's side takes one item at a time, so
 * deliver() runs without the lock and may post again (to this box or another).
 *
 *     post, post, post        one write (the first found `woken` false)
 *     the loop reads the eventfd, clears `woken`, delivers three items
 */
#include "core/loop/mailbox.h"

#include "core/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *take(struct mailbox *box)
{
    void *item = NULL;
    pthread_mutex_lock(&box->lock);
    if (box->n > 0) {
        item = box->ring[box->first];
        box->first = (box->first + 1) % box->room;
        box->n--;
    }
    pthread_mutex_unlock(&box->lock);
    return item;
}

void mailbox_empty(struct mailbox *box)
{
    void *item;
    for (item = take(box); item; item = take(box))
        box->deliver(box->self, item);
}

static void mailbox_ready(void *self, uint32_t events, int64_t now)
{
    (void)events, (void)now;
    struct mailbox *box = self;
    uint64_t count;
    ssize_t n = read(box->watch.fd, &count, sizeof count);
    (void)n;
    pthread_mutex_lock(&box->lock);
    box->woken = false;
    pthread_mutex_unlock(&box->lock);
    mailbox_empty(box);
}

enum err mailbox_init(struct mailbox *box, struct loop *loop, uint32_t room, void (*deliver)(void *self, void *item),
                      void *self, struct fault *fault)
{
    *box = (struct mailbox){ .loop = loop, .deliver = deliver, .self = self, .room = room ? room : 1 };
    box->watch = (struct loop_watch){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), mailbox_ready, box };
    if (box->watch.fd < 0 || loop_add(loop, &box->watch, EPOLLIN) != OK) {
        fault_set(fault, ERR_INTERNAL, "mailbox: expected an eventfd, found %s", strerror(errno));
        if (box->watch.fd >= 0)
            close(box->watch.fd);
        return ERR_INTERNAL;
    }
    pthread_mutex_init(&box->lock, NULL);
    box->ring = mem_alloc(box->room * sizeof *box->ring);
    return OK;
}

void mailbox_release(struct mailbox *box)
{
    loop_remove(box->loop, &box->watch);
    close(box->watch.fd);
    pthread_mutex_destroy(&box->lock);
    free(box->ring);
}

bool mailbox_post(struct mailbox *box, void *item)
{
    pthread_mutex_lock(&box->lock);
    bool fits = box->n < box->room;
    bool wake = fits && !box->woken;
    if (fits) {
        box->ring[(box->first + box->n++) % box->room] = item;
        box->woken = true;
    }
    pthread_mutex_unlock(&box->lock);
    if (wake) {
        uint64_t one = 1;
        ssize_t n = write(box->watch.fd, &one, sizeof one);
        (void)n;
    }
    return fits;
}
