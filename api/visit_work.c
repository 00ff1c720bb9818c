/*
 * visit_work.c - what the writer does for a visit.
 *
 *     loop     the handler checks and prepares, then visit_change
 *     writer   write, and the line of the audit log, in one transaction
 *     loop     done: makes visible what was written, or forgets it; replies
 */
#include "api/visit_inside.h"
#include "core/db/db.h"

static struct visit *visit_of(struct job *job)
{
    return (struct visit *)((char *)job - offsetof(struct visit, job));
}

static void run_work(struct job *job, void *db)
{
    struct visit *visit = visit_of(job);
    job->err = visit->does->write(visit, db, &job->fault);
    if (!job->err && visit->audit.action)
        job->err = audit_write(db, &visit->audit, &job->fault);
}

static void work_done(struct job *job)
{
    struct visit *visit = visit_of(job);
    visit->does->done(visit, job->err, &job->fault);
}

static void post(struct visit *visit, enum write_class klass, const struct visit_work *work)
{
    struct exec *exec = &visit->gateway->services.exec;
    struct fault fault = { 0 };
    visit->does = work;
    visit->job = (struct job){ .worker = WORKER_WRITER, .klass = klass, .run = run_work, .done = work_done };
    if (!exec->post(exec->self, &visit->job))
        work->done(visit, fault_set(&fault, ERR_OVERLOADED, "the writer's queue is full"), &fault);
}

void visit_change(struct visit *visit, const char *action, struct span subject, const struct visit_work *work)
{
    visit->audit = (struct audit){ visit_wall_ms(visit), visit->actor, action, subject, visit->detail };
    post(visit, WRITE_URGENT, work);
}

void visit_look_up(struct visit *visit, const struct visit_work *work)
{
    visit->audit = (struct audit){ 0 };
    post(visit, WRITE_BULK, work);
}
