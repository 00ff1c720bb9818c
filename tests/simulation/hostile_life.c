/*
 * hostile_life.c - the gateway's lives: each has a governor, a ledger and learnt rows of its own, and the same database,
 * whose writer may be late, or have no room for a while.
 */
#include "tests/simulation/hostile.h"

#include "core/db/db.h"

#include <stdlib.h>

enum { COMMIT_MS = 5 };

/* ---- the disk ---------------------------------------------------------------------------------------------- */

static bool post(void *self, struct job *job)
{
    struct hostile *world = self;
    struct job **end = &world->jobs;

    while (*end)
        end = &(*end)->next;
    job->next = NULL;
    if (!world->jobs)
        hostile_add(world, COMMIT_MS, WHAT_COMMIT, NULL);
    *end = job;
    return true;
}

static void run_job(struct hostile *world, struct job *job, bool is_full)
{
    struct fault fault = { 0 };

    if (is_full) {
        job->err = fault_set(&job->fault, ERR_DISK_FULL, "no room");
        return;
    }
    if (db_begin(world->db, &fault))
        hostile_wrong(world, "the database: %s", fault.text);
    job->run(job, world->db);
    if (job->err)
        hostile_wrong(world, "a job: %s", job->fault.text);
    db_commit(world->db, &fault);
}

void hostile_commit(struct hostile *world)
{
    uint64_t of_now = (uint64_t)world->now_us / 1000000; /* who asks may have more of it written */
    bool is_full = world->now_us < world->lies_until_us && dice_chance(&of_now, 10);
    struct job *jobs = world->jobs, *job;

    world->jobs = NULL;
    while ((job = jobs)) {
        jobs = job->next;
        run_job(world, job, is_full);
        job->done(job);
    }
    world->changes++;
}

/* ---- lives ------------------------------------------------------------------------------------------------- */

void hostile_start(struct hostile *world)
{
    struct fault fault = { 0 };
    int64_t settled_ms;

    world->life++;
    world->is_alive = true;
    world->started_us = world->now_us;
    world->run_us = INT64_MAX;
    settled_ms = hostile_now_ms(world) + 1000;
    world->services.now_ms = hostile_now_ms(world);
    world->exec = (struct exec){ world, post };
    world->ledger = ledger_new(&world->services.env, NULL, 1);
    world->learnt = learnt_new(&world->services.env, NULL, 1);
    world->services.governor = governor_new(&(struct governor_options){ .unknown_until_ms = settled_ms,
                                                                        .unclean = world->life > 1,
                                                                        .max_keys = world->max_keys,
                                                                        .books = ledger_books(world->ledger),
                                                                        .memory = learnt_memory(world->learnt) });
    ledger_use(world->ledger, world->services.governor, &world->exec);
    if (ledger_load(world->ledger, world->db, settled_ms, &fault) || learnt_load(world->learnt, world->db, &fault))
        hostile_wrong(world, "no start: %s", fault.text);
    *store_breaker(world->store) = (struct breaker){ 0 };
    world->store->limits->narrow = (struct narrow){ 0 };
}

/* Their memory is ours: the process forgets them all. */
static void forget_calls(struct hostile *world)
{
    for (size_t i = 0; i < world->n_calls; i++) {
        struct hostile_call *call = &world->calls[i];

        call->x.ticket.keep_turn = false;
        if (call->state == CALL_OUT)
            governor_settled(world->services.governor, &call->x.ticket, false, hostile_now_ms(world));
        else if (call->state == CALL_WAITS || call->state == CALL_KEPT)
            governor_cancel(world->services.governor, &call->x.ticket, hostile_now_ms(world));
        if (call->state == CALL_OUT || call->state == CALL_WAITS || call->state == CALL_KEPT)
            call->state = CALL_LOST;
    }
}

void hostile_end(struct hostile *world, bool is_orderly)
{
    if (is_orderly) {
        ledger_give_back(world->ledger);
        learnt_flush(world->learnt, &world->exec);
        hostile_commit(world);
    }
    forget_calls(world);
    for (struct job *job = world->jobs; job; job = job->next) /* what was on its way to the disk gets there */
        run_job(world, job, false);
    while (world->jobs) {
        struct job *job = world->jobs;

        world->jobs = job->next;
        job->done(job);
    }
    governor_free(world->services.governor);
    world->services.governor = NULL;
    ledger_free(world->ledger);
    learnt_free(world->learnt);
    world->is_alive = false;
}
