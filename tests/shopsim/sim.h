/*
 * sim.h - the program's one state, and what happens to a request from its first byte to its last.
 */
#ifndef CARTWAY_SHOPSIM_SIM_H
#define CARTWAY_SHOPSIM_SIM_H

#include "tests/shopsim/dialect.h"
#include "tests/shopsim/fault.h"
#include "tests/shopsim/http.h"
#include "tests/shopsim/limit.h"

struct options {
    int port;
    uint64_t seed;
    int64_t products, orders, latency_ms, idle_ms, ceiling, dear, stores;
    const char *key, *dialect;                     /* key: NULL for the dialect's own */
    const char *faults_file, *documents, *version; /* NULL: none */
    const char *auth, *client, *redirect;          /* NULL: none, authsim's, none */
    int64_t scale;
    struct limits limits, points; /* points: of a bucket of costs, rate and burst */
    struct limits refresh_limits; /* of refreshes at an authorization server: rate and burst */
    bool is_quiet, has_parent, is_chunked, is_cold;
};

/* One request in the log. */
struct entry {
    int64_t n, at_us;
    uint64_t connection;
    char *method, *target;
    int status; /* 0: nothing was answered */
    int applied;
    const char *fault, *refused; /* names, or NULL */
    uint32_t others;             /* requests unanswered when its first byte came */
};
enum { LOG_MAX = 100000, LOG_LEAST = 100 }; /* of all stores; of each at least */

/* How often each method and path was asked; ids in paths are written :id. */
struct tally {
    char *name;
    int64_t n;
};

struct sim {
    const struct options *options;
    const struct dialect *dialect;
    const char *key;
    void *shop;
    struct limiter limiter;
    struct script script;
    struct entry *entry; /* ring of log_max */
    int64_t log_max;
    int64_t entries; /* ever */
    struct tally *tally;
    size_t tallies;
    int64_t requests, refused, applied, connections;
    uint32_t in_flight, most_in_flight;
    char page[32];    /* what its platform's status page says of the API; "": operational */
    int64_t ahead_ms; /* of the real clock: what its shop takes for now */
};

void sim_init(struct sim *sim, const struct options *options, int64_t now_us);
void sim_release(struct sim *sim);
/* As it was after sim_init, faults included. */
void sim_reset(struct sim *sim, int64_t now_us);
/* A script from a file: false and a line on stderr if it is no good. */
bool sim_load_faults(struct sim *sim, const char *path);

/* What goes out, and what becomes of the connection then. */
enum after { AFTER_KEEP, AFTER_CLOSE, AFTER_RESET, AFTER_HANG };
struct reply {
    struct text bytes;
    enum after after;
    int64_t due_us;  /* not before */
    int64_t drip_us; /* between portions; 0: as fast as it goes */
    int64_t drip_bytes;
    struct errand *errand; /* before the bytes, which are `errand->instead` if it fails; owned; NULL: none */
};

/* One request, whose first byte came at at_us while `others` were unanswered. */
struct arrival {
    const struct request *request;
    uint64_t connection;
    int64_t at_us, now_ms;
    uint32_t others;
};
void sim_answer(struct sim *sim, const struct arrival *arrival, struct reply *reply);
/* An answer to bytes that are no request (400, 413, 431); ends the connection. */
void sim_answer_bad(const struct sim *sim, int status, int64_t now_ms, struct reply *reply);

/* /_sim/...: the referee's own desk (control.c).  No key, no limit, not in the log. */
bool control_is(const struct request *request);
void control_answer(struct sim *sim, const struct arrival *arrival, struct answer *answer);

int64_t clock_us(void); /* monotonic */
int64_t clock_ms(void); /* Unix */

enum { STORES_MAX = 10000 };
/* Serves n stores, each at an address of its own, until a signal comes (or the parent goes): net.c.  Returns the exit
 * status. */
int net_serve(struct sim *sims, size_t n);

#endif
