/*
 * revoke.c - ends a store's grants at its provider.
 *
 * The requests belong to the keeper of tokens until it has answered them, which may be long after the visit went on
 * without them: they live in a removal of their own, in a list of the gateway.
 *
 *     two ways with tokens, one answers, one does not    ->    after 10 s: false, "way app: no answer within 10 s"
 */
#include "api/admin/revoke.h"

#include "api/visit.h"

#include <stdlib.h>
#include <string.h>

struct removal {
    struct visit *visit; /* NULL: it has gone on */
    struct gateway *gateway;
    void (*go_on)(struct visit *visit, const struct revoked *revoked);
    struct timer timer;
    struct removal *next, **link;
    struct revoked revoked;
    size_t n, n_open; /* n_open: not answered by the keeper */
    json_t *no_args;
    struct token_obtain list[]; /* n */
};

static void say(struct revoked *revoked, const char *way, const char *why)
{
    if (revoked->how == REVOKED_NOT)
        return; /* the first counts */
    revoked->how = REVOKED_NOT;
    snprintf(revoked->why, sizeof(revoked->why), "way %s: %s", way, why);
}

static void removal_free(struct removal *removal)
{
    *removal->link = removal->next;
    if (removal->next)
        removal->next->link = removal->link;
    timers_cancel(removal->gateway->services.timers, &removal->timer);
    json_decref(removal->no_args);
    free(removal);
}

static void go_on(struct removal *removal)
{
    struct visit *visit = removal->visit;
    timers_cancel(removal->gateway->services.timers, &removal->timer);
    removal->visit = NULL;
    removal->go_on(visit, &removal->revoked);
}

static void answered(struct token_obtain *obtain)
{
    struct removal *removal = obtain->owner;
    removal->n_open--;
    json_decref(obtain->learnt);
    if (obtain->err && removal->visit)
        say(&removal->revoked, obtain->way->row->name, obtain->fault.text);
    if (removal->n_open > 0)
        return;
    if (removal->visit)
        go_on(removal);
    removal_free(removal);
}

static void on_timer(struct timer *timer, int64_t now_ms)
{
    struct removal *removal = timer->owner;
    (void)now_ms;
    for (size_t i = 0; i < removal->n; i++) {
        if (removal->revoked.how != REVOKED_NOT)
            say(&removal->revoked, removal->list[i].way->row->name, "no answer within 10 s");
    }
    go_on(removal);
}

/* Has the way a grant, and can it be ended?  *has_grant stays true once it is. */
static bool is_revocable(const struct visit *visit, const struct way *way, bool *has_grant)
{
    struct token_view view;
    if (!tokens_find(visit->gateway->tokens, span_of(visit->store->id), span_of(way->row->name), &view) ||
        view.generation == 0)
        return false;
    *has_grant = true;
    return way->row->revoke != NULL;
}

static struct removal *removal_new(struct visit *visit, size_t most)
{
    struct gateway *g = visit->gateway;
    struct removal *removal = mem_zalloc(sizeof(*removal) + most * sizeof(removal->list[0]));
    removal->visit = visit;
    removal->gateway = g;
    removal->revoked.how = REVOKED_ALL;
    removal->timer = (struct timer){ .fire = on_timer, .owner = removal };
    removal->no_args = json_object();
    removal->next = g->removals;
    removal->link = &g->removals;
    if (removal->next)
        removal->next->link = &removal->next;
    g->removals = removal;
    return removal;
}

static void nothing(struct visit *visit, const char *why,
                    void (*then)(struct visit *visit, const struct revoked *revoked))
{
    struct revoked revoked = { .how = REVOKED_NOTHING };
    snprintf(revoked.why, sizeof(revoked.why), "%s", why);
    then(visit, &revoked);
}

void revoke_store(struct visit *visit, void (*then)(struct visit *visit, const struct revoked *revoked))
{
    const struct platform *platform = visit->store->platform;
    struct gateway *g = visit->gateway;
    int64_t now_ms = g->services.now_ms;
    bool has_grant = false;
    struct removal *removal = removal_new(visit, platform ? platform->n_ways : 0);
    removal->go_on = then;
    for (size_t i = 0; platform && i < platform->n_ways; i++) {
        if (is_revocable(visit, &platform->ways[i], &has_grant))
            removal->list[removal->n++] = (struct token_obtain){ .store = visit->store,
                                                                 .way = &platform->ways[i],
                                                                 .args = removal->no_args,
                                                                 .done = answered,
                                                                 .owner = removal };
    }
    removal->n_open = removal->n;
    if (removal->n == 0) {
        removal_free(removal);
        nothing(visit, has_grant ? "the platform has no request that ends a grant" : "there was no grant to end", then);
        return;
    }
    timers_set(g->services.timers, &removal->timer, now_ms + REVOKE_MS);
    for (size_t i = 0; i < removal->n; i++)
        tokens_revoke(g->tokens, &removal->list[i], now_ms);
}

void revoke_forget(struct gateway *g)
{
    while (g->removals)
        removal_free(g->removals);
}

void revoked_json(const struct revoked *revoked, struct buf *out)
{
    static const char *const words[] = { [REVOKED_NOTHING] = "null", [REVOKED_ALL] = "true", [REVOKED_NOT] = "false" };
    buf_printf(out, "\"revoked\":%s,\"revoke_detail\":", words[revoked->how]);
    if (revoked->why[0])
        buf_json(out, span_of(revoked->why));
    else
        buf_lit(out, "null");
}
