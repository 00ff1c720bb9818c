/*
 * db_lock.c - keeps a second process out of a data folder.
 *
 * How it works: `path`.lock is opened or made, flock(LOCK_EX | LOCK_NB) takes it, and our process id is
 * written into it for the one who comes second and has to be told.
 *
 *   data/cartway.db  ->  data/cartway.db.lock, "1234\n"
 *
 * SQLite's own locks would let two gateways write in turn; each would then send a shop what the other's
 * limits do not know of.
 */
#include "core/db/db_lock.h"
#include "core/base/span.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static struct span folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return SPAN(".");
    return slash == path ? SPAN("/") : (struct span){ path, (size_t)(slash - path) };
}

static enum err say_in_use(int fd, struct span folder, struct fault *fault)
{
    char text[24] = { 0 };
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0)
        return fault_set(fault, ERR_CONFLICT, "data folder %.*s is in use by process %ld", SPAN_ARG(folder), pid);
    return fault_set(fault, ERR_CONFLICT, "data folder %.*s is in use by another process", SPAN_ARG(folder));
}

static enum err say_no_file(struct span folder, int error, struct fault *fault)
{
    if (error == ENOENT)
        return fault_set(fault, ERR_INTERNAL, "no data folder %.*s: create it with `cartway init` or script/run",
                         SPAN_ARG(folder));
    if (error == EACCES || error == EROFS)
        return fault_set(fault, ERR_INTERNAL, "data folder %.*s: user %u may not write there (%s)", SPAN_ARG(folder),
                         (unsigned)geteuid(), strerror(error));
    if (error == ENOSPC)
        return fault_set(fault, ERR_DISK_FULL, "the disk of data folder %.*s is full", SPAN_ARG(folder));
    return fault_set(fault, ERR_INTERNAL, "data folder %.*s: %s", SPAN_ARG(folder), strerror(error));
}

enum err db_lock_take(const char *path, struct fault *fault, int *out)
{
    struct span folder = folder_of(path);
    char name[PATH_MAX];
    if ((size_t)snprintf(name, sizeof name, "%s.lock", path) >= sizeof name)
        return say_no_file(folder, ENAMETOOLONG, fault);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return say_no_file(folder, errno, fault);
    enum err err = OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK ? say_in_use(fd, folder, fault) : say_no_file(folder, errno, fault);
        goto out_close;
    }
    char text[24];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
        err = say_no_file(folder, errno, fault);
        goto out_close;
    }
    *out = fd;
    return OK;
out_close:
    close(fd);
    return err;
}

void db_lock_release(int fd)
{
    if (fd < 0)
        return;
    /* the id goes first: whoever takes the lock next writes its own */
    if (ftruncate(fd, 0) != 0)
        errno = 0;
    close(fd);
}
