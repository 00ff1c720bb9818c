/*
 * replay.c - the main of a fuzz target where there is no libFuzzer: corpus files and mutations of them.
 *
 *   replay_NAME FOLDER
 *
 * How it works: the files of FOLDER are read in order of name.  Each is given to the target as it is, then
 * cut at 32 places, then 400 times with one to four seeded changes (a bit turned, a byte set to one that
 * parsers care about, a piece copied, dropped or doubled).  A folder that is missing or empty leaves the
 * empty input and two fixed ones.  The seed is fixed, so a failure here fails again.
 *
 * The input is handed over in a block of exactly its size, so that the address sanitizer or valgrind sees
 * the first byte read past it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { CUTS = 32, MUTATIONS = 400, INPUT_CEILING = 64 * 1024, BYTES_BUDGET = 24 * 1024 * 1024 };

struct replay {
    uint64_t seed;
    size_t inputs, bytes;
};

/* xorshift64* (Vigna, 2016). */
static uint32_t dice(struct replay *replay, size_t below)
{
    replay->seed ^= replay->seed >> 12;
    replay->seed ^= replay->seed << 25;
    replay->seed ^= replay->seed >> 27;
    return (uint32_t)((replay->seed * 0x2545F4914F6CDD1DULL >> 32) % (below ? below : 1));
}

static void give(struct replay *replay, const uint8_t *data, size_t n)
{
    uint8_t *exact = calloc(n ? n : 1, 1);
    if (!exact)
        abort();
    if (n)
        memcpy(exact, data, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    replay->inputs++;
    replay->bytes += n;
}

/* Changes data in place; room for INPUT_CEILING bytes is there.  Returns the new length. */
static size_t mutate(struct replay *replay, uint8_t *data, size_t n)
{
    static const char liked[] = "\"\\{}[]:,0-9.eE+truefalsn\0\n\r\x7f\x80\xc3\xe2\xed\xf0\xff/%?&=;$@*()<>|";
    size_t at = dice(replay, n), to = dice(replay, n), len = 1 + dice(replay, 16);
    if (n == 0) {
        data[0] = (uint8_t)liked[dice(replay, sizeof liked - 1)];
        return 1;
    }
    if (len > n - at)
        len = n - at;
    switch (dice(replay, 5)) {
    case 0:
        data[at] ^= (uint8_t)(1u << dice(replay, 8));
        return n;
    case 1:
        data[at] = (uint8_t)liked[dice(replay, sizeof liked - 1)];
        return n;
    case 2:
        memmove(data + to, data + at, len < n - to ? len : n - to);
        return n;
    case 3:
        memmove(data + at, data + at + len, n - at - len);
        return n - len;
    default:
        if (n + len > INPUT_CEILING)
            return n;
        memmove(data + at + len, data + at, n - at);
        return n + len;
    }
}

static void replay_input(struct replay *replay, const uint8_t *data, size_t n)
{
    static uint8_t work[INPUT_CEILING];
    give(replay, data, n);
    for (size_t i = 0; i < CUTS && i < n; i++)
        give(replay, data, n < CUTS ? i : dice(replay, n));
    if (n > INPUT_CEILING)
        return;
    for (int i = 0; i < MUTATIONS && replay->bytes < BYTES_BUDGET; i++) {
        size_t m = n;
        if (n)
            memcpy(work, data, n);
        for (uint32_t changes = 1 + dice(replay, 4); changes; changes--)
            m = mutate(replay, work, m);
        give(replay, work, m);
    }
}

static int replay_file(struct replay *replay, const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    static uint8_t data[4 * 1024 * 1024];
    size_t n = fread(data, 1, sizeof data, file);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    replay->bytes = 0; /* the budget is a file's */
    replay_input(replay, data, n);
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_folder(struct replay *replay, const char *folder)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_visible, alphasort), failed = 0;
    for (int i = 0; i < n; i++) {
        failed |= replay_file(replay, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    static const char *const always[] = { "", "{}", "[\"a\",1.5e3,null]" };
    struct replay replay = { .seed = 0x9E3779B97F4A7C15ULL };
    int failed = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        replay_input(&replay, (const uint8_t *)always[i], strlen(always[i]));
    for (int i = 1; i < argc; i++)
        failed |= replay_folder(&replay, argv[i]);
    printf("%zu inputs\n", replay.inputs);
    return failed;
}
