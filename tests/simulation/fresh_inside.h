/* fresh_inside.h - what the files of the simulation share: fresh.c is the run, fresh_draw.c what is asked, fresh_judge.c
 * what must hold of the answers. */
#ifndef CARTWAY_TESTS_FRESH_INSIDE_H
#define CARTWAY_TESTS_FRESH_INSIDE_H

#include "tests/simulation/dice.h"
#include "tests/simulation/fresh.h"
#include "tests/simulation/fresh_shop.h"
#include "tests/simulation/house.h"

enum { APPS = 4, OPEN_MAX = 256, ASKED_MAX = 16384, WALL_START = 1767225600 };
enum what { READ_ONE, READ_SOME, WRITE_STOCK, WRITE_PRODUCT, OTHER };
enum mode { SET, ADJUST, COMPARE };

struct wish { /* -1, 0, false: not said */
    int max_age_s, stale_s;
    bool no_cache, no_store;
};

struct asked { /* a request; its place in the run is its serial */
    struct request request;
    struct header headers[6];
    char path[256], body[256], authorization[64], control[64], timeout[16];
    uint32_t serial;
    int app, tenant;
    enum what what;
    enum kind kind;
    unsigned wanted;    /* reads: bits of the records that must be there */
    const char *fields; /* NULL: the default */
    bool allowed;       /* the app may */
    struct wish wish;
    int index; /* writes */
    enum mode mode;
    int64_t number, expected, due_ms, began_ms, ended_ms; /* ended_ms -1: not yet */
    int status, key;
    bool is_collapsed, is_unknown;
};

struct fresh {
    const struct fresh_options *options;
    struct fresh_result *result;
    uint64_t random;
    int64_t now_ms;
    struct memvfs *disk;
    struct house house;
    struct options gateway_options;
    struct job *heavy;
    struct shop shop;
    struct wire_turn turns[OPEN_MAX];
    size_t n_turns;
    struct asked **asked;
    uint32_t n_asked, n_open;
    char app_key[APPS][KEY_TEXT_BYTES + 1];
    int key[TENANTS]; /* which number of it is in force for certain */
    struct buf admin; /* what the last admin request was answered */
};

int fresh_roll(struct fresh *run, int sides);
void fresh_note(struct fresh *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fresh_broken(struct fresh *run, const struct asked *asked, const char *what);
/* Hands it over; its answer may come at once. */
void fresh_ask(struct fresh *run, struct asked *asked, const char *method, const char *bearer);
struct asked *fresh_asked_new(struct fresh *run);

/* ---- fresh_draw.c ---- */
void fresh_draw(struct fresh *run);
bool fresh_app_may(int app, int tenant, enum what what);
extern const char *const fresh_apps[APPS]; /* bodies that make them */

/* ---- fresh_judge.c ---- */
void fresh_judge(struct fresh *run, struct asked *asked, const struct reply *reply);
/* When nothing is under way any more. */
void fresh_judge_end(struct fresh *run);

#endif
