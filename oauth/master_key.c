/*
 * master_key.c - reads the master key from wherever it is, makes and moves its file.
 *
 * How it works: a file is opened first and looked at through its descriptor, so that what was checked is
 * what is read.  Symbolic links are followed (containers mount secrets that way); what they lead to must be
 * a regular file of ours that no one else may read.
 *
 *   data/master.key, 65 bytes: "7f3a...c1\n", mode 0600
 */
#include "oauth/master_key.h"
#include "core/base/span.h"
#include "core/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 2 * MASTER_KEY_BYTES, FILE_MAX = DIGITS + 2 /* "\r\n" */, COMMAND_MS = 30000 };

static enum err refuse_open(const char *path, int error, struct fault *fault)
{
    if (error == ENOENT || error == ENOTDIR)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "no master key at %s: create one with `cartway init` or script/run", path);
    if (error == EACCES)
        return fault_set(fault, ERR_INVALID_REQUEST, "master key file %s: user %u may not read it", path,
                         (unsigned)geteuid());
    return fault_set(fault, ERR_INVALID_REQUEST, "master key file %s: %s", path, strerror(error));
}

static enum err check_file(int fd, const char *path, struct fault *fault)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_open(path, errno, fault);
    if (S_ISDIR(st.st_mode))
        return fault_set(fault, ERR_INVALID_REQUEST, "master key %s is a directory, expected a file", path);
    if (!S_ISREG(st.st_mode))
        return fault_set(fault, ERR_INVALID_REQUEST, "master key %s is not a regular file", path);
    if (st.st_uid != geteuid())
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "master key file %s belongs to user %u, this process runs as user %u: run chown %u %s", path,
                         (unsigned)st.st_uid, (unsigned)geteuid(), (unsigned)geteuid(), path);
    if (st.st_mode & 077)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "master key file %s is readable by others (mode %04o): run chmod 600 %s", path,
                         (unsigned)st.st_mode & 07777, path);
    if (st.st_size < DIGITS || st.st_size > FILE_MAX)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "master key file %s: expected %d hexadecimal digits, found %lld bytes", path, DIGITS,
                         (long long)st.st_size);
    return OK;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 0, or the position (from 1) of the first byte that is not as expected. */
static size_t parse(struct span text, unsigned char out[MASTER_KEY_BYTES])
{
    for (size_t i = 0; i < DIGITS; i++) {
        int value = i < text.n ? hex_value(text.p[i]) : -1;
        if (value < 0)
            return i + 1;
        out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] | value : value << 4);
    }
    struct span rest = { text.p + DIGITS, text.n - DIGITS };
    return rest.n == 0 || span_is(rest, "\n") || span_is(rest, "\r\n") ? 0 : DIGITS + 1;
}

/* ---- a file -------------------------------------------------------------------------------------------- */

/* `what` names the source in the fault. */
static enum err take(const char *what, struct span text, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    unsigned char key[MASTER_KEY_BYTES];
    size_t wrong = parse(text, key);
    if (!wrong)
        memcpy(out, key, sizeof key);
    crypt_wipe(key, sizeof key);
    if (wrong)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "master key %s: expected %d hexadecimal digits, found something else at byte %zu", what,
                         DIGITS, wrong);
    return OK;
}

static enum err read_file(const char *path, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK /* a fifo does not hold us up */);
    if (fd < 0)
        return refuse_open(path, errno, fault);
    char text[FILE_MAX], what[PATH_MAX + 8];
    enum err err = check_file(fd, path, fault);
    if (err == OK) {
        ssize_t n = read(fd, text, sizeof text);
        snprintf(what, sizeof what, "file %s", path);
        err = take(what, (struct span){ text, n > 0 ? (size_t)n : 0 }, fault, out);
    }
    crypt_wipe(text, sizeof text);
    close(fd);
    return err;
}

/* ---- the environment ------------------------------------------------------------------------------------ */

static enum err read_variable(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    char *text = getenv(source + strlen("env:"));
    if (!text)
        return fault_set(fault, ERR_INVALID_REQUEST, "master key %s: the environment has no such variable", source);
    size_t n = strlen(text);
    enum err err = take(source, (struct span){ text, n }, fault, out);
    crypt_wipe(text, n); /* also where /proc shows it */
    return err;
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

static enum err read_command(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    char text[FILE_MAX + 1];
    int from, status = 0;
    pid_t pid = start(source + strlen("cmd:"), &from);
    if (pid < 0)
        return fault_set(fault, ERR_INTERNAL, "master key %s: %s", source, strerror(errno));
    ssize_t n = hear(from, text, sizeof text);
    close(from);
    if (n < 0)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    enum err err = OK;
    if (n < 0)
        err = fault_set(fault, ERR_INVALID_REQUEST, "master key %s: the command gave nothing for %d s", source,
                        COMMAND_MS / 1000);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        err = fault_set(fault, ERR_INVALID_REQUEST,
                        "master key %s: the command ended with %d (what it says of it stands on standard error)",
                        source, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    else
        err = take(source, (struct span){ text, (size_t)n }, fault, out);
    crypt_wipe(text, sizeof text);
    return err;
}

/* ---- sources ----------------------------------------------------------------------------------------------- */

static bool starts(const char *source, const char *with)
{
    return strncmp(source, with, strlen(with)) == 0;
}

bool master_key_is_file(const char *source)
{
    return !starts(source, "env:") && !starts(source, "cmd:");
}

enum err master_key_read(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    if (starts(source, "env:"))
        return read_variable(source, fault, out);
    return starts(source, "cmd:") ? read_command(source, fault, out) : read_file(source, fault, out);
}

/* ---- making and moving files --------------------------------------------------------------------------------- */

static bool write_key(int fd)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char key[MASTER_KEY_BYTES];
    char text[DIGITS + 1];
    crypt_random(key, sizeof key);
    for (size_t i = 0; i < sizeof key; i++) {
        text[2 * i] = digits[key[i] >> 4];
        text[2 * i + 1] = digits[key[i] & 15];
    }
    text[DIGITS] = '\n';
    bool good = write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
    crypt_wipe(key, sizeof key);
    crypt_wipe(text, sizeof text);
    return good;
}

/* The name of a new file is on the disk only after its folder is. */
static bool sync_folder(const char *path)
{
    char name[PATH_MAX];
    if ((size_t)snprintf(name, sizeof name, "%s", path) >= sizeof name)
        return false;
    int fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

enum err master_key_create(const char *path, struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return fault_set(fault, ERR_CONFLICT, "there is a master key at %s already: it is left as it is", path);
    if (fd < 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "cannot create master key %s: %s", path, strerror(errno));
    bool good = fchmod(fd, 0600) == 0 && write_key(fd) && sync_folder(path);
    int error = errno;
    close(fd);
    if (good)
        return OK;
    unlink(path);
    return fault_set(fault, error == ENOSPC ? ERR_DISK_FULL : ERR_INTERNAL, "cannot write master key %s: %s", path,
                     strerror(error));
}

enum err master_key_step(const char *path, const char *next, const char *kept, struct fault *fault)
{
    bool good = rename(path, kept) == 0 || errno == ENOENT;
    good = good && (rename(next, path) == 0 || (errno == ENOENT && access(path, F_OK) == 0)) && sync_folder(path);
    if (good)
        return OK;
    return fault_set(fault, ERR_INTERNAL, "the master key %s cannot become %s: %s", next, path, strerror(errno));
}
