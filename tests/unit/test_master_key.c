/* test_master_key.c - oauth/master_key.c: the file that is taken, and every one that is refused. */
#include "core/base/span.h"
#include "oauth/master_key.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define DIGITS "00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100"

struct place {
    char dir[64], path[96], link[96];
};

static int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->dir, sizeof place->dir, "/tmp/cartway-test-key-XXXXXX");
    if (!mkdtemp(place->dir))
        return -1;
    snprintf(place->path, sizeof place->path, "%s/master.key", place->dir);
    snprintf(place->link, sizeof place->link, "%s/link", place->dir);
    *state = place;
    return 0;
}

static int place_remove(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    rmdir(place->path);
    unlink(place->link);
    rmdir(place->dir);
    free(place);
    return 0;
}

static void put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void taken(const char *path)
{
    unsigned char key[MASTER_KEY_BYTES];
    struct fault fault = { 0 };
    if (master_key_read(path, &fault, key) != OK)
        fail_msg("%s", fault.text);
    assert_memory_equal(key, "\x00\x11\x22\x33", 4);
    assert_memory_equal(key + 16, "\xFF\xEE\xDD\xCC", 4);
    assert_int_equal(key[31], 0);
}

/* The fault is `words` with the path in the place of each %s, and holds nothing of the file. */
static void refused(const char *path, const char *words)
{
    unsigned char key[MASTER_KEY_BYTES], before[MASTER_KEY_BYTES];
    memset(key, 7, sizeof key);
    memset(before, 7, sizeof before);
    struct fault fault = { 0 };
    assert_int_equal(master_key_read(path, &fault, key), ERR_INVALID_REQUEST);
    char expected[512] = "";
    for (const char *at = words; *at; at++) {
        size_t n = strlen(expected);
        if (at[0] == '%' && at[1] == 's' && at++)
            snprintf(expected + n, sizeof expected - n, "%s", path);
        else
            snprintf(expected + n, sizeof expected - n, "%c", *at);
    }
    assert_string_equal(fault.text, expected);
    assert_memory_equal(key, before, sizeof key);
    assert_null(strstr(fault.text, "001122"));
}

static void good_files(void **state)
{
    struct place *place = *state;
    static const char *const texts[] = { DIGITS, DIGITS "\n", DIGITS "\r\n" };
    for (size_t i = 0; i < 3; i++) {
        put(place->path, texts[i], 0600);
        taken(place->path);
    }
    put(place->path, DIGITS "\n", 0400);
    taken(place->path);
    assert_int_equal(symlink("master.key", place->link), 0); /* how containers mount secrets */
    taken(place->link);
}

static void missing(void **state)
{
    struct place *place = *state;
    refused(place->path, "no master key at %s: create one with `cartway init` or script/run");
}

static void readable_by_others(void **state)
{
    struct place *place = *state;
    put(place->path, DIGITS "\n", 0644);
    refused(place->path, "master key file %s is readable by others (mode 0644): run chmod 600 %s");
    put(place->path, DIGITS "\n", 0640);
    refused(place->path, "master key file %s is readable by others (mode 0640): run chmod 600 %s");
    put(place->path, DIGITS "\n", 0602);
    refused(place->path, "master key file %s is readable by others (mode 0602): run chmod 600 %s");
}

static void not_a_file(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place->path, 0700), 0);
    refused(place->path, "master key %s is a directory, expected a file");
    assert_int_equal(rmdir(place->path), 0);
    assert_int_equal(mkfifo(place->path, 0600), 0); /* does not wait for a writer */
    refused(place->path, "master key %s is not a regular file");
}

static void wrong_content(void **state)
{
    struct place *place = *state;
    put(place->path, "", 0600);
    refused(place->path, "master key file %s: expected 64 hexadecimal digits, found 0 bytes");
    put(place->path, "0011223344\n", 0600);
    refused(place->path, "master key file %s: expected 64 hexadecimal digits, found 11 bytes");
    put(place->path, DIGITS DIGITS, 0600);
    refused(place->path, "master key file %s: expected 64 hexadecimal digits, found 128 bytes");
    put(place->path, "0011223344556677 899aabbccddeeffFFEEDDCCBBAA99887766554433221100\n", 0600);
    refused(place->path, "master key file %s: expected 64 hexadecimal digits, found something else at byte 17");
    put(place->path, DIGITS "x", 0600);
    refused(place->path, "master key file %s: expected 64 hexadecimal digits, found something else at byte 65");
}

/* Root reads every file, so only the owner's number tells that it is another's. */
static void of_another(void **state)
{
    struct place *place = *state;
    if (geteuid() != 0)
        skip();
    put(place->path, DIGITS "\n", 0600);
    assert_int_equal(chown(place->path, 1234, 1234), 0);
    refused(place->path, "master key file %s belongs to user 1234, this process runs as user 0: run chown 0 %s");
}

static void may_not_be_read(void **state)
{
    struct place *place = *state;
    put(place->path, DIGITS "\n", 0600);
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(place->dir, 0711), 0);
    pid_t child = fork();
    if (child == 0) {
        unsigned char key[MASTER_KEY_BYTES];
        struct fault fault = { 0 };
        if (setuid(1234) != 0)
            _exit(2);
        enum err err = master_key_read(place->path, &fault, key);
        _exit(err == ERR_INVALID_REQUEST && strstr(fault.text, ": user 1234 may not read it") ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void made_once(void **state)
{
    struct place *place = *state;
    unsigned char one[MASTER_KEY_BYTES], two[MASTER_KEY_BYTES];
    struct fault fault = { 0 };
    mode_t old = umask(0);
    assert_int_equal(master_key_create(place->path, &fault), OK);
    umask(old);
    struct stat st;
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 65);
    assert_int_equal(master_key_read(place->path, &fault, one), OK);
    assert_int_equal(master_key_create(place->path, &fault), ERR_CONFLICT);
    assert_non_null(strstr(fault.text, "already"));
    assert_int_equal(master_key_read(place->path, &fault, two), OK);
    assert_memory_equal(one, two, sizeof one);
    unlink(place->path);
    assert_int_equal(master_key_create(place->path, &fault), OK);
    assert_int_equal(master_key_read(place->path, &fault, two), OK);
    assert_memory_not_equal(one, two, sizeof one);
}

static void cannot_be_made(void **state)
{
    struct place *place = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/master.key", place->dir);
    struct fault fault = { 0 };
    assert_int_equal(master_key_create(path, &fault), ERR_INVALID_REQUEST);
    assert_non_null(strstr(fault.text, "cannot create master key"));
}

/* ---- keys that are no files -------------------------------------------------------------------------- */

static void in_the_environment(void **state)
{
    unsigned char key[MASTER_KEY_BYTES];
    (void)state;
    setenv("CARTWAY_TEST_KEY", DIGITS, 1);
    taken("env:CARTWAY_TEST_KEY");
    assert_string_equal(getenv("CARTWAY_TEST_KEY"), ""); /* wiped, where /proc shows it, too */
    unsetenv("CARTWAY_TEST_KEY");
    refused("env:CARTWAY_TEST_KEY", "master key %s: the environment has no such variable");
    setenv("CARTWAY_TEST_KEY", "SECRETISH", 1);
    refused("env:CARTWAY_TEST_KEY", "master key %s: expected 64 hexadecimal digits, found something else at byte 1");
    assert_int_equal(master_key_read("env:CARTWAY_TEST_KEY", NULL, key), ERR_INVALID_REQUEST);
}

static void from_a_command(void **state)
{
    (void)state;
    taken("cmd:echo " DIGITS);
    taken("cmd:printf %s " DIGITS);
    taken("cmd:cat; echo " DIGITS); /* its input is empty */
    refused("cmd:exit 3", "master key %s: the command ended with 3 (what it says of it stands on standard error)");
    refused("cmd:kill -9 $$",
            "master key %s: the command ended with 137 (what it says of it stands on standard error)");
    refused("cmd:true", "master key %s: expected 64 hexadecimal digits, found something else at byte 1");
    refused("cmd:head -c 128 /dev/zero | tr '\\0' 7",
            "master key %s: expected 64 hexadecimal digits, found something else at byte 65");
    refused("cmd:head -c 1000000 /dev/zero",
            "master key %s: expected 64 hexadecimal digits, found something else at byte 1");
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        IN_PLACE(good_files),         IN_PLACE(missing),        IN_PLACE(readable_by_others),
        IN_PLACE(not_a_file),         IN_PLACE(wrong_content),  IN_PLACE(of_another),
        IN_PLACE(may_not_be_read),    IN_PLACE(made_once),      IN_PLACE(cannot_be_made),
        IN_PLACE(in_the_environment), IN_PLACE(from_a_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
