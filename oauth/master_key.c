/*
 * master_key.c - reads and makes the master key file.
 *
 * How it works: the file is opened first and looked at through its descriptor, so that what was checked is
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
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 2 * MASTER_KEY_BYTES, FILE_MAX = DIGITS + 2 /* "\r\n" */ };

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

enum err master_key_read(const char *path, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK /* a fifo does not hold us up */);
    if (fd < 0)
        return refuse_open(path, errno, fault);
    char text[FILE_MAX];
    unsigned char key[MASTER_KEY_BYTES];
    enum err err = check_file(fd, path, fault);
    if (err == OK) {
        ssize_t n = read(fd, text, sizeof text);
        size_t wrong = parse((struct span){ text, n > 0 ? (size_t)n : 0 }, key);
        if (wrong)
            err = fault_set(fault, ERR_INVALID_REQUEST,
                            "master key file %s: expected %d hexadecimal digits, found something else at byte %zu",
                            path, DIGITS, wrong);
    }
    if (err == OK)
        memcpy(out, key, sizeof key);
    crypt_wipe(text, sizeof text);
    crypt_wipe(key, sizeof key);
    close(fd);
    return err;
}

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
