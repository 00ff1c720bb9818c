/*
 * tokens.h - a gateway whose stores have tokens, killed at any call of the seam, under virtual time.
 *
 * The gateway is whole: keeper, vault, exchange, governor, SQLite on a disk in memory that loses what was not synced
 * (memvfs.h).  The provider is an authorization server of tests/authsim, with its own rules.  A kill is a moment: what
 * was sent before may still arrive, what is done afterwards never happened.
 *
 * What must hold (sim_broken counts what did not):
 *   - a token is used only when it is on the disk: what a call went with is there, or a later one, after every kill;
 *   - a store whose refresh token was good at the restart, by the provider's rules, is never lost;
 *   - one that was not is reauth_required, with evidence, within one attempt (two, where an older token was kept);
 *   - at the end every store works or is reauth_required.
 */
#ifndef CARTWAY_TESTS_SIMULATION_TOKENS_H
#define CARTWAY_TESTS_SIMULATION_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

struct tokens_sim_options {
    const char *provider; /* plain, allegro, shopify, amazon, exact-online */
    uint64_t seed;
    const char *key_file; /* of the master key; is there already */
    uint32_t stores;
    uint32_t kills;   /* at random calls of the seam while an exchange is out, or any */
    uint64_t kill_at; /* not 0: one kill, at this call of the seam after the first pair */
    bool has_faults;  /* the network loses answers, the provider fails */
};

struct tokens_sim_result {
    uint32_t kills, calls, refreshes, late; /* late: requests that arrived after the kill of who sent them */
    uint32_t reauths;                       /* the provider's rules left nothing else */
    uint32_t reconnects;
    uint64_t seam_calls; /* after the first pair, until the first refresh was done */
    uint32_t broken;
    char first[240]; /* the first of them */
};

void tokens_sim_run(const struct tokens_sim_options *options, struct tokens_sim_result *result);
/* The same provider and the same kills, against "lock, exchange, save": stores that it lost although the provider's
 * rules allowed to keep them, or did not know to be lost. */
uint32_t tokens_sim_naive(const struct tokens_sim_options *options);

#endif
