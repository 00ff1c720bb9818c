/*
 * platform_plans.c - the adapter's plan rows and hooks, compiled and tied to endpoints.
 *
 * A step's answer is asked for just what later steps, pages, conditions and hooks name of it: those paths are gathered
 * here, for each endpoint, as its extras ("{@item.id}" makes "item.id" an extra of the endpoint that `item` calls).
 */
#include "core/map/cond.h"
#include "core/platform/platform_compile.h"

#include <string.h>

/* ---- plan rows ------------------------------------------------------------------------------------ */

enum err compiler_want(struct compiler *c, struct endpoint *endpoint, const char *name, const char *path)
{
    for (size_t i = 0; i < endpoint->n_extra; i++) {
        if (strcmp(endpoint->extra_names[i], name) == 0)
            return OK;
    }
    if (endpoint->n_extra == ENDPOINT_EXTRAS)
        return compiler_complain(c, "call", "later steps and pages want more than 12 values of its answer");
    endpoint->extra_names[endpoint->n_extra] = name;
    endpoint->extra_paths[endpoint->n_extra++] = path;
    return OK;
}

/* What a look-up's endpoint reads fills arguments by the names on our side. */
static enum err want_outs(struct compiler *c, const struct step *step)
{
    const struct cw_field *out = step->call->row->out;
    for (; out && out->ours; out++) {
        const char *name = arena_printf(&c->platform->arena, "%s.%s", step->row->name, out->ours);
        enum err err = compiler_want(c, (struct endpoint *)step->call, name, out->ours);
        if (err)
            return err;
    }
    return OK;
}

static enum err compile_with(struct compiler *c, struct step *step)
{
    const struct cw_field *rows = step->row->with;
    size_t n = 0;
    while (rows && rows[n].ours)
        n++;
    step->with_made = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(*step->with_made));
    step->n_with = n;
    for (size_t i = 0; i < n; i++) {
        bool is_made = rows[i].theirs && rows[i].theirs[0] == '=';
        if (!rows[i].theirs || (!is_made && step->row->role != CW_LOOKUP))
            return compiler_complain(c, "with", "expected rows of an argument and \"=template\"");
        if (!is_made)
            continue;
        enum err err = compiler_template(c, "with", rows[i].theirs + 1, &step->with_made[i]);
        if (err)
            return err;
    }
    return OK;
}

/* ---- follow-ups ----------------------------------------------------------------------------------------- */

/* A follow-up's arguments and condition look at the record it is made for: "{id}" is ours, "{.type}" theirs. */
static enum err want_of_record(struct compiler *c, const struct step *step, struct endpoint *endpoint)
{
    struct arena *arena = &c->platform->arena;
    enum err err = OK;
    for (size_t i = 0; i < step->n_with; i++) {
        for (size_t k = 0; template_name(step->with_made[i], k).p && !err; k++) {
            const char *path = arena_dup(arena, template_name(step->with_made[i], k));
            if (path[0] != '@')
                err = compiler_want(c, endpoint, arena_printf(arena, "%s.?%s", step->row->name, path), path);
        }
    }
    for (size_t i = 0; step->when && i < step->when->n && !err; i++) {
        const char *path = arena_dup(arena, step->when->terms[i].path->text);
        err = compiler_want(c, endpoint, arena_printf(arena, "%s.?.%s", step->row->name, path),
                            arena_printf(arena, ".%s", path));
    }
    return err;
}

/* Where several records share a request, each of its items says which record it is for. */
static enum err compile_follow(struct compiler *c, const struct step *step)
{
    struct platform *platform = c->platform;
    enum err err = OK;
    if (!step->call || !step->row->name)
        return compiler_complain(c, "call", "a follow-up needs a name and an endpoint");
    if ((step->row->key != NULL) != (step->row->batch > 1))
        return compiler_complain(c, "key", "a key and a batch of 2 or more go together");
    if (step->row->key && step->n_with != 1)
        return compiler_complain(c, "with", "expected one argument, the list of keys");
    for (size_t i = 0; i < platform->n_endpoints && !err; i++) {
        if (globs_cover(step->row->method, platform->endpoints[i].row->name))
            err = want_of_record(c, step, &platform->endpoints[i]);
    }
    if (!err && step->row->key)
        err =
            compiler_want(c, (struct endpoint *)step->call, arena_printf(&platform->arena, "%s.?key", step->row->name),
                          arena_printf(&platform->arena, ".%s", step->row->key));
    return err;
}

/* ---- operations that take their time -------------------------------------------------------------------------- */

static enum err want_of_answer(struct compiler *c, const struct step *step, const struct cond *cond)
{
    struct arena *arena = &c->platform->arena;
    enum err err = OK;
    for (size_t i = 0; cond && i < cond->n && !err; i++) {
        const char *path = arena_dup(arena, cond->terms[i].path->text);
        err = compiler_want(c, (struct endpoint *)step->call, arena_printf(arena, "%s.?.%s", step->row->name, path),
                            arena_printf(arena, ".%s", path));
    }
    return err;
}

static enum err compile_poll(struct compiler *c, struct step *step)
{
    const struct cw_plan *row = step->row;
    if (!step->call || !row->done || !row->name)
        return compiler_complain(c, "done", "a poll needs a name, an endpoint and a condition that says it is done");
    if (step->call->writes)
        return compiler_complain(c, "call", "a poll only reads");
    if (row->every_ms == 0 || row->for_ms < row->every_ms)
        return compiler_complain(c, "every_ms", "expected every_ms of at least 1 and for_ms of at least as much");
    enum err err = compiler_cond(c, "done", row->done, &step->done);
    if (!err)
        err = compiler_cond(c, "failed", row->failed, &step->failed);
    if (!err)
        err = want_of_answer(c, step, step->done);
    return err ? err : want_of_answer(c, step, row->failed ? step->failed : NULL);
}

/* ---- did a write happen? ------------------------------------------------------------------------------------------
 */

static enum err check_probed(struct compiler *c, const struct cw_plan *row)
{
    for (size_t i = 0; i < c->platform->n_endpoints; i++) {
        const struct endpoint *endpoint = &c->platform->endpoints[i];
        if (globs_cover(row->method, endpoint->row->name) && !endpoint->writes)
            return compiler_complain(c, "method: a probe is for what writes", endpoint->row->name);
    }
    return OK;
}

/* failed "*" is not a condition over records: it says what it means when there is none. */
static enum err compile_probe(struct compiler *c, struct step *step)
{
    const struct cw_plan *row = step->row;
    if (!step->call || !row->done || !row->name)
        return compiler_complain(c, "done",
                                 "a probe needs a name, an endpoint and a condition over what the write made");
    if (step->call->writes)
        return compiler_complain(c, "call", "a probe only reads");
    if (row->key || row->each || row->batch || row->keep_s || row->undo)
        return compiler_complain(c, "key", "a probe is one request, and nothing is kept of it");
    if ((row->every_ms == 0) != (row->for_ms == 0) || row->for_ms < row->every_ms)
        return compiler_complain(c, "every_ms",
                                 "expected none and no for_ms (one look), or for_ms of at least as much");
    step->absence_proves = row->failed && strcmp(row->failed, "*") == 0;
    enum err err = compiler_cond(c, "done", row->done, &step->done);
    if (!err && row->failed && !step->absence_proves)
        err = compiler_cond(c, "failed", row->failed, &step->failed);
    return err ? err : check_probed(c, row);
}

/* What is wanted of the answer of the write is wanted of the record that is found in its stead. */
static enum err want_in_stead(struct compiler *c, struct endpoint *seen, const struct endpoint *written)
{
    enum err err = OK;
    for (size_t i = 0; i < written->n_extra && !err; i++) {
        if (!strchr(written->extra_names[i], '?'))
            err = compiler_want(c, seen, written->extra_names[i], written->extra_paths[i]);
    }
    return err;
}

/* A probe reads by an endpoint of its own: that of the table, with what the row looks at. */
static enum err part_probes(struct compiler *c)
{
    struct platform *platform = c->platform;
    for (size_t i = 0; i < platform->n_steps; i++) {
        struct step *step = &platform->steps[i];
        if (step->row->role != CW_PROBE)
            continue;
        compiler_at(c, "plans", i, step->row->name);
        struct endpoint *seen = arena_alloc(&platform->arena, sizeof(*seen));
        *seen = *step->call;
        seen->probe = step;
        for (size_t k = 0; k < platform->n_endpoints; k++) {
            const struct endpoint *written = &platform->endpoints[k];
            enum err err = globs_cover(step->row->method, written->row->name) ? want_in_stead(c, seen, written) : OK;
            if (err)
                return err;
        }
        step->call = seen;
    }
    return OK;
}

/* ---- the rest of a list inside a record -------------------------------------------------------------------------- */

/* Its elements are put behind those that are there as they are, so of each its bytes are wanted. */
static enum err compile_rest(struct compiler *c, const struct step *step)
{
    const struct cw_plan *row = step->row;
    if (!step->call || !row->name || !row->when)
        return compiler_complain(c, "when",
                                 "the rest of a list needs a name, an endpoint and a condition over the record");
    if (step->call->writes || step->call->entity || !step->call->row->items)
        return compiler_complain(c, "call",
                                 "expected a private endpoint that reads, its `items` the elements of the list");
    if (row->key || row->each || row->done || row->batch)
        return compiler_complain(c, "key", "a rest is read by one call a record");
    return compiler_want(c, (struct endpoint *)step->call, arena_printf(&c->platform->arena, "%s.?rest", row->name),
                         ".");
}

static enum err compile_steps(struct compiler *c)
{
    struct platform *platform = c->platform;
    const struct cw_plan *rows = platform->table->plans;
    size_t n = 0;
    while (rows && rows[n].method)
        n++;
    platform->steps = arena_zalloc(&platform->arena, (n + 1) * sizeof(struct step));
    platform->n_steps = n;
    for (size_t i = 0; i < n; i++) {
        struct step *step = &platform->steps[i];
        compiler_at(c, "plans", i, rows[i].name);
        step->row = &rows[i];
        if (rows[i].role == 0)
            return compiler_complain(c, "role", "expected a role, found 0");
        if (rows[i].call) {
            step->call = platform_endpoint(platform, rows[i].call);
            if (!step->call)
                return compiler_complain(c, "call", "no endpoint has this name");
        } else if (rows[i].role == CW_LOOKUP) {
            return compiler_complain(c, "call", "a lookup needs an endpoint");
        }
        enum err bad = compiler_cond(c, "when", rows[i].when, &step->when);
        if (bad)
            return bad;
        if (rows[i].undo && !platform_endpoint(platform, rows[i].undo))
            return compiler_complain(c, "undo", "no endpoint has this name");
        enum err err = compile_with(c, step);
        if (!err && rows[i].role == CW_LOOKUP)
            err = want_outs(c, step);
        if (!err && rows[i].role == CW_FOLLOW)
            err = compile_follow(c, step);
        if (!err && rows[i].role == CW_POLL)
            err = compile_poll(c, step);
        if (!err && rows[i].role == CW_PROBE)
            err = compile_probe(c, step);
        if (!err && rows[i].role == CW_REST)
            err = compile_rest(c, step);
        if (err)
            return err;
    }
    return OK;
}

static struct step *find_step(struct platform *platform, struct span name)
{
    for (size_t i = 0; i < platform->n_steps; i++) {
        if (platform->steps[i].row->name && span_is(name, platform->steps[i].row->name))
            return &platform->steps[i];
    }
    return NULL;
}

/* "@item.id" asks for "id" of the records that plan row "item" reads. */
static enum err tie_placeholder(struct compiler *c, struct span name)
{
    if (name.n < 2 || name.p[0] != '@')
        return OK;
    const char *dot = memchr(name.p, '.', name.n);
    struct span step_name = { name.p + 1, dot ? (size_t)(dot - name.p) - 1 : name.n - 1 };
    struct step *step = find_step(c->platform, step_name);
    if (!step)
        return compiler_complain(c, "no plan row has the name in", arena_dup(&c->platform->arena, name));
    const struct endpoint *answered = step->call ? step->call : platform_endpoint(c->platform, step->row->method);
    if (!answered || !dot)
        return OK;
    struct endpoint *endpoint = (struct endpoint *)answered;
    char *full = arena_dup(&c->platform->arena, (struct span){ name.p + 1, name.n - 1 });
    const char *path = full + step_name.n + 1;
    return compiler_want(c, endpoint, full, endpoint->row->out ? path : arena_printf(&c->platform->arena, ".%s", path));
}

static enum err tie_template(struct compiler *c, const struct template *t)
{
    for (size_t i = 0; t && template_name(t, i).p; i++) {
        enum err err = tie_placeholder(c, template_name(t, i));
        if (err)
            return err;
    }
    return OK;
}

static enum err tie_rows(struct compiler *c, const struct in_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum err err = tie_template(c, rows[i].made);
        if (!err)
            err = tie_rows(c, rows[i].sub, rows[i].n_sub);
        if (err)
            return err;
    }
    return OK;
}

static enum err tie(struct compiler *c)
{
    struct platform *platform = c->platform;
    for (size_t i = 0; i < platform->n_endpoints; i++) {
        compiler_at(c, "endpoints", i, platform->endpoints[i].row->name);
        enum err err = tie_template(c, platform->endpoints[i].address);
        if (!err)
            err = tie_template(c, platform->endpoints[i].otherwise);
        if (!err)
            err = tie_rows(c, platform->endpoints[i].in, platform->endpoints[i].n_in);
        if (!err && platform->endpoints[i].base)
            err = tie_placeholder(c, span_of(platform->endpoints[i].row->base));
        if (err)
            return err;
    }
    for (size_t i = 0; i < platform->n_steps; i++) {
        compiler_at(c, "plans", i, platform->steps[i].row->name);
        for (size_t k = 0; k < platform->steps[i].n_with; k++) {
            enum err err = tie_template(c, platform->steps[i].with_made[k]);
            if (err)
                return err;
        }
    }
    return OK;
}

/* ---- hooks ---------------------------------------------------------------------------------------------- */

/* Credentials and settings are no business of a hook's: what it wants is the caller's or the shop's. */
static enum err compile_wants(struct compiler *c, struct hook *hook)
{
    const char *text = hook->row->wants ? hook->row->wants : "";
    size_t room = 1;
    for (const char *p = text; *p; p++)
        room += *p == ' ';
    hook->wants = arena_zalloc(&c->platform->arena, room * sizeof(*hook->wants));
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        struct span word = { p, n };
        p += n + (p[n] == ' ');
        if (n == 0)
            continue;
        if (platform_setting(c->platform, word))
            return compiler_complain(c, "wants: hooks see arguments and answers, no settings and no credentials",
                                     arena_dup(&c->platform->arena, word));
        enum err err = tie_placeholder(c, word);
        if (err)
            return err;
        hook->wants[hook->n_wants++] = arena_dup(&c->platform->arena, word);
    }
    return OK;
}

static enum err give_hook(struct compiler *c, const struct hook *hook)
{
    size_t n = 0;
    for (size_t i = 0; i < c->platform->n_endpoints; i++) {
        struct endpoint *endpoint = &c->platform->endpoints[i];
        if (!globs_cover(hook->row->on, endpoint->row->name))
            continue;
        if (!endpoint->bodied)
            return compiler_complain(c, "on: a request without a body", endpoint->row->name);
        if (endpoint->hook)
            return compiler_complain(c, "on: two hooks for one endpoint", endpoint->row->name);
        endpoint->hook = hook;
        n++;
    }
    return n > 0 ? OK : compiler_complain(c, "on: no endpoint has a name like", hook->row->on);
}

static enum err compile_hooks(struct compiler *c)
{
    const struct cw_hook *rows = c->platform->table->hooks;
    size_t n = 0;
    while (rows && rows[n].on)
        n++;
    c->platform->hooks = arena_zalloc(&c->platform->arena, (n + 1) * sizeof(struct hook));
    c->platform->n_hooks = n;
    for (size_t i = 0; i < n; i++) {
        struct hook *hook = &c->platform->hooks[i];
        compiler_at(c, "hooks", i, rows[i].on);
        hook->row = &rows[i];
        if (!rows[i].before_send)
            return compiler_complain(c, "before_send", "a hook without code");
        if (rows[i].after_receive || rows[i].judge)
            return compiler_complain(c, "after_receive, judge", "this version of the gateway does not serve it");
        enum err err = compile_wants(c, hook);
        if (!err)
            err = give_hook(c, hook);
        if (err)
            return err;
    }
    return OK;
}

enum err compiler_plans(struct compiler *c)
{
    enum err err = compile_steps(c);
    if (!err)
        err = tie(c);
    if (!err)
        err = compile_hooks(c);
    return err ? err : part_probes(c);
}
