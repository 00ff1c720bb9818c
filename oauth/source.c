/*
 * source.c - a secret from wherever it is kept.
 *
 * How it works: a file is opened first and looked at through its descriptor, so that what was checked is
 * what is read.  Symbolic links are followed (containers mount secrets that way); what they lead to must be
 * a regular file of ours that no one else may read.
 */
#include "oauth/source.h"
#include "core/crypt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_MS = 30000 };

/* ---- a file -------------------------------------------------------------------------------------------- */

static enum err refuse_open(const struct source_kind *kind, const char *path, int error, struct fault *fault)
{
    if (error == ENOENT || error == ENOTDIR)
        return fault_set(fault, ERR_INVALID_REQUEST, "no %s at %s: %s", kind->what, path, kind->make);
    if (error == EACCES)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s file %s: user %u may not read it", kind->what, path,
                         (unsigned)geteuid());
    return fault_set(fault, ERR_INVALID_REQUEST, "%s file %s: %s", kind->what, path, strerror(error));
}

static enum err check_file(const struct source_kind *kind, int fd, const char *path, struct fault *fault)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_open(kind, path, errno, fault);
    if (S_ISDIR(st.st_mode))
        return fault_set(fault, ERR_INVALID_REQUEST, "%s %s is a directory, expected a file", kind->what, path);
    if (!S_ISREG(st.st_mode))
        return fault_set(fault, ERR_INVALID_REQUEST, "%s %s is not a regular file", kind->what, path);
    if (st.st_uid != geteuid())
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "%s file %s belongs to user %u, this process runs as user %u: run chown %u %s", kind->what,
                         path, (unsigned)st.st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
    if (st.st_mode & 077)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s file %s is readable by others (mode %04o): run chmod 600 %s",
                         kind->what, path, (unsigned)st.st_mode & 07777, path);
    if (st.st_size < (off_t)kind->least || st.st_size > (off_t)kind->most)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s file %s: expected %s, found %lld bytes", kind->what, path,
                         kind->expected, (long long)st.st_size);
    return OK;
}

static enum err read_file(const struct source_kind *kind, const char *path, struct fault *fault, char *out, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK /* a fifo does not hold us up */);
    if (fd < 0)
        return refuse_open(kind, path, errno, fault);
    enum err err = check_file(kind, fd, path, fault);
    if (err == OK) {
        ssize_t got = read(fd, out, kind->most + 1);
        *n = got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return err;
}

/* ---- the environment ------------------------------------------------------------------------------------ */

static enum err read_variable(const struct source_kind *kind, const char *where, struct fault *fault, char *out,
                              size_t *n)
{
    char *text = getenv(where + strlen("env:"));
    if (!text)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s %s: the environment has no such variable", kind->what, where);
    size_t all = strlen(text);
    *n = all > kind->most ? kind->most + 1 : all;
    memcpy(out, text, *n);
    crypt_wipe(text, all); /* also where /proc shows it */
    return OK;
}

/* ---- a command ------------------------------------------------------------------------------------------- */

static pid_t start(const char *command, int *from)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(126);
        setpgid(0, 0);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *from = ends[0];
    if (pid < 0)
        close(ends[0]);
    return pid;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What it prints, as far as there is room; -1: it took too long. */
static ssize_t hear(int from, char *text, size_t room)
{
    int64_t until = now_ms() + COMMAND_MS;
    size_t n = 0;
    for (;;) {
        struct pollfd fd = { .fd = from, .events = POLLIN };
        int64_t left = until - now_ms();
        if (left <= 0)
            return -1;
        if (poll(&fd, 1, (int)left) <= 0)
            continue;
        char more; /* what is too much is taken, so that the command ends */
        ssize_t got = n < room ? read(from, text + n, room - n) : read(from, &more, 1);
        if (got == 0 || (got < 0 && errno != EINTR))
            return (ssize_t)n;
        n += got > 0 && n < room ? (size_t)got : 0;
    }
}

static enum err read_command(const struct source_kind *kind, const char *where, struct fault *fault, char *out,
                             size_t *n)
{
    int from, status = 0;
    pid_t pid = start(where + strlen("cmd:"), &from);
    if (pid < 0)
        return fault_set(fault, ERR_INTERNAL, "%s %s: %s", kind->what, where, strerror(errno));
    ssize_t got = hear(from, out, kind->most + 1);
    close(from);
    if (got < 0)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (got < 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s %s: the command gave nothing for %d s", kind->what, where,
                         COMMAND_MS / 1000);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "%s %s: the command ended with %d (what it says of it stands on standard error)", kind->what,
                         where, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    *n = (size_t)got;
    return OK;
}

/* ---- sources ----------------------------------------------------------------------------------------------- */

static bool starts(const char *where, const char *with)
{
    return strncmp(where, with, strlen(with)) == 0;
}

bool source_is_file(const char *where)
{
    return !starts(where, "env:") && !starts(where, "cmd:");
}

enum err source_read(const struct source_kind *kind, const char *where, struct fault *fault, char *out, size_t *n)
{
    if (starts(where, "env:"))
        return read_variable(kind, where, fault, out, n);
    if (starts(where, "cmd:"))
        return read_command(kind, where, fault, out, n);
    return read_file(kind, where, fault, out, n);
}
