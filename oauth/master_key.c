/*
 * master_key.c - reads the master key from wherever it is (oauth/source.h), makes and moves its file.
 *
 *   data/master.key, 65 bytes: "7f3a...c1\n", mode 0600
 */
#include "oauth/master_key.h"
#include "core/base/span.h"
#include "core/crypt/crypt.h"
#include "oauth/source.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 2 * MASTER_KEY_BYTES, FILE_MAX = DIGITS + 2 /* "\r\n" */ };

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

/* ---- reading ------------------------------------------------------------------------------------------- */

enum err master_key_read(const char *source, struct fault *fault, unsigned char out[MASTER_KEY_BYTES])
{
    static const struct source_kind kind = { .what = "master key",
                                             .make = "create one with `cartway init` or script/run",
                                             .expected = "64 hexadecimal digits",
                                             .least = DIGITS,
                                             .most = FILE_MAX };
    unsigned char key[MASTER_KEY_BYTES];
    char text[FILE_MAX + 1];
    size_t n = 0, wrong = 0;
    enum err err = source_read(&kind, source, fault, text, &n);
    if (!err)
        wrong = parse((struct span){ text, n }, key);
    if (wrong)
        err = fault_set(fault, ERR_INVALID_REQUEST, "master key %s%s: expected %s, found something else at byte %zu",
                        source_is_file(source) ? "file " : "", source, kind.expected, wrong);
    if (!err)
        memcpy(out, key, sizeof key);
    crypt_wipe(key, sizeof key);
    crypt_wipe(text, sizeof text);
    return err;
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
