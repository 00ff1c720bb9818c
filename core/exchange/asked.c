/* asked.c - one entry for each endpoint and scope that is asked; its exchange is released by a timer, after its end. */
#include "core/exchange/asked.h"

#include "core/base/dict.h"
#include "core/exchange/limits.h"
#include "core/log/log.h"
#include "core/loop/timers.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct asked *asked;
    struct entry *newer, *older; /* by use */
    char *key;
    const struct ask *ask;
    int64_t next_ms;
    uint32_t failures; /* in a row */
    bool is_out;       /* the exchange is under way, or waits to be released */
    const struct store *store;
    json_t *args;
    struct arena arena;
    struct exchange exchange;
    struct timer timer;
};

struct asked {
    struct services *services;
    struct dict entries;
    struct entry *newest, *oldest;
};

/* ---- who was used last ------------------------------------------------------------------------------------------ */

static void unlink_entry(struct asked *asked, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &asked->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &asked->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(struct asked *asked, struct entry *entry)
{
    entry->older = asked->newest;
    *(entry->older ? &entry->older->newer : &asked->oldest) = entry;
    asked->newest = entry;
}

static void release(struct entry *entry)
{
    exchange_release(&entry->exchange);
    json_decref(entry->args);
    arena_release(&entry->arena);
    store_drop(entry->store);
    entry->is_out = false;
}

static void entry_free(struct entry *entry)
{
    unlink_entry(entry->asked, entry);
    if (entry->is_out) {
        timers_cancel(entry->asked->services->timers, &entry->timer);
        release(entry);
    }
    free(entry->key);
    free(entry);
}

/* NULL: there are too many, and all of them are out. */
static struct entry *entry_of(struct asked *asked, struct span key, const struct ask *ask)
{
    struct entry *entry = dict_get(&asked->entries, key), *oldest = asked->oldest;
    if (entry) {
        unlink_entry(asked, entry);
        link_newest(asked, entry);
        return entry;
    }
    if (asked->entries.n >= ASKED_SCOPES) {
        while (oldest && oldest->is_out)
            oldest = oldest->newer;
        if (!oldest)
            return NULL;
        dict_remove(&asked->entries, span_of(oldest->key));
        entry_free(oldest);
    }
    entry = mem_zalloc(sizeof(*entry));
    entry->asked = asked;
    entry->ask = ask;
    entry->key = mem_zalloc(key.n + 1);
    memcpy(entry->key, key.p, key.n);
    entry->next_ms = INT64_MIN;
    *dict_put(&asked->entries, key) = entry;
    link_newest(asked, entry);
    return entry;
}

/* ---- an answer ----------------------------------------------------------------------------------------------------
 */

static void tell(const struct entry *entry, enum level level, const char *state, const char *why)
{
    struct log *log = entry->asked->services->log;
    log_begin(log, level, "levels");
    log_str(log, "store", entry->store->id);
    log_str(log, "endpoint", entry->ask->endpoint->row->name);
    log_str(log, "state", state);
    if (why)
        log_str(log, "why", why);
    log_end(log);
}

static int64_t wait_ms(const struct entry *entry)
{
    const struct env *env = &entry->asked->services->env;
    int64_t most_ms = entry->ask->every_ms, ms = ASKED_AGAIN_MS, asked_ms = entry->exchange.upstream.retry_after_ms;
    uint64_t random;
    if (most_ms < ASKED_AGAIN_MOST_MS)
        most_ms = ASKED_AGAIN_MOST_MS;
    for (uint32_t i = 1; i < entry->failures && ms < most_ms; i++)
        ms *= 2;
    ms = ms < most_ms ? ms : most_ms;
    env->random(env->self, &random, sizeof(random));
    ms -= (int64_t)(random % (uint64_t)(ms / 2));
    return asked_ms > ms ? asked_ms : ms;
}

static void on_release(struct timer *timer, int64_t now_ms)
{
    (void)now_ms;
    release(timer->owner);
}

static void on_answer(struct exchange *x)
{
    struct entry *entry = x->owner;
    struct services *s = entry->asked->services;
    bool is_told = x->err == OK && x->out.n_told > 0;
    if (!is_told && entry->failures++ == 0)
        tell(entry, LEVEL_WARN, "not told", x->err ? x->fault.text : "the answer has none of the paths of signals");
    if (is_told && entry->failures > 0)
        tell(entry, LEVEL_INFO, "told", NULL);
    if (is_told)
        entry->failures = 0;
    else
        entry->next_ms = s->now_ms + wait_ms(entry);
    timers_set(s->timers, &entry->timer, s->now_ms); /* it is still at work with it */
}

static void start(struct entry *entry, const struct store *store)
{
    struct services *s = entry->asked->services;
    struct exchange *x = &entry->exchange;
    const struct endpoint *endpoint = entry->ask->endpoint;
    entry->is_out = true;
    entry->next_ms = s->now_ms + entry->ask->every_ms;
    entry->store = store_hold(store);
    entry->args = json_object();
    entry->timer = (struct timer){ .fire = on_release, .owner = entry };
    arena_init(&entry->arena);
    *x = (struct exchange){
        .services = s,
        .store = store,
        .endpoint = endpoint,
        .args = entry->args,
        .page = { .size = endpoint->page ? endpoint->page->max : 0,
                  .number = endpoint->page ? endpoint->page->first : 0 },
        .method = "limit.levels",
        .klass = endpoint->klass,
        .deadline_ms = s->now_ms + ASKED_DEADLINE_MS,
        .call_id = SPAN("levels"),
        .is_single = true,
        .asked = arena_zalloc(&entry->arena, (store->platform->n_limits + 1) * sizeof(*x->asked)),
        .arena = &entry->arena,
        .done = on_answer,
        .owner = entry,
    };
    exchange_start(x);
}

/* ---- from outside ---------------------------------------------------------------------------------------------------
 */

struct asked *asked_new(struct services *services, uint64_t seed)
{
    struct asked *asked = mem_zalloc(sizeof(*asked));
    asked->services = services;
    dict_init(&asked->entries, seed);
    return asked;
}

void asked_free(struct asked *asked)
{
    if (!asked)
        return;
    while (asked->oldest)
        entry_free(asked->oldest);
    dict_release(&asked->entries);
    free(asked);
}

static void use(struct asked *asked, const struct store *store, const struct ask *ask)
{
    struct arena arena;
    arena_init(&arena);
    struct exchange x = { .services = asked->services, .store = store, .arena = &arena };
    const char *key = arena_printf(&arena, "%s\n%s\n%.*s", store->platform->table->name, ask->endpoint->row->name,
                                   SPAN_ARG(limits_scope(&x, ask)));
    struct entry *entry = entry_of(asked, span_of(key), ask);
    if (entry && !entry->is_out && asked->services->now_ms >= entry->next_ms)
        start(entry, store);
    arena_release(&arena);
}

void asked_used(struct asked *asked, const struct store *store)
{
    for (size_t i = 0; asked && store->platform && i < store->platform->n_asks; i++)
        use(asked, store, &store->platform->asks[i]);
}
