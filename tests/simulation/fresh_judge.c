/* fresh_judge.c - what must hold of each reply (fresh.h), by what the shops said and did. */
#include "tests/simulation/fresh_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shown { /* a record in a reply */
    int index;
    bool has_value;
    int64_t value, observed_ms;
    int key; /* -1: it does not say */
};

/* ---- what is shown -------------------------------------------------------------------------------------------------- */

static const char *const always[] = { "object",   "id",          "gid",         "store",
                                      "platform", "observed_at", "unsupported", "incomplete" };
static const struct {
    const char *ours, *theirs;
} texts[] = { { "name", "title" }, { "slug", "handle" }, { "description", "text" } };

static bool is_in_list(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
    }
    return false;
}

static bool is_always(const char *name)
{
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        if (strcmp(always[i], name) == 0)
            return true;
    }
    return false;
}

/* All that were asked for, and no other. */
static void judge_fields(struct fresh *run, struct asked *asked, const json_t *record)
{
    const char *defaults = asked->kind == A_LEVEL     ? "on_hand,available,sku,location_id,inventory_item_id"
                           : asked->kind == A_PRODUCT ? "name,slug,description"
                                                      : "name";
    char list[200], *name, *rest = NULL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)record, key, value)
    {
        if (asked->fields && !is_always(key) && !is_in_list(asked->fields, key))
            fresh_broken(run, asked, "a field that was not asked for");
    }
    snprintf(list, sizeof(list), "%s", asked->fields ? asked->fields : defaults);
    for (name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (!json_is_string(json_object_get(record, name)) && !json_is_number(json_object_get(record, name)))
            fresh_broken(run, asked, "a field that was asked for is not there");
    }
}

/* Of one version, each in its place. */
static void read_text(struct fresh *run, struct asked *asked, const char *theirs, const char *text, struct shown *out)
{
    char field[16] = "", letter = 0;
    int tenant = -1, index = -1, key = -1;
    long long version = -1;
    sscanf(text, "%15[a-z]:T%d:%c%d:%lld:k%d", field, &tenant, &letter, &index, &version, &key);
    if (tenant != asked->tenant)
        fresh_broken(run, asked, "another store's text");
    if (strcmp(field, theirs) != 0 || index != out->index ||
        (out->has_value && (version != out->value || key != out->key)))
        fresh_broken(run, asked, "a text of another field, record or version");
    out->has_value = true;
    out->value = version;
    out->key = key;
}

static void read_level(struct fresh *run, struct asked *asked, const json_t *record, struct shown *out)
{
    static const char *const names[] = { "on_hand", "available" };
    for (int i = 0; i < 2; i++) {
        const json_t *number = json_object_get(record, names[i]);
        if (!json_is_number(number))
            continue;
        int64_t value = (int64_t)json_number_value(number);
        if (out->has_value && value != out->value)
            fresh_broken(run, asked, "one level has two numbers");
        out->has_value = true;
        out->value = value;
    }
}

static int64_t read_time(const char *text)
{
    int day = 0, hour = 0, minute = 0, second = 0, ms = 0;
    sscanf(text ? text : "", "2026-01-%dT%d:%d:%d.%d", &day, &hour, &minute, &second, &ms);
    return ((((day - 1) * 24 + hour) * 60 + minute) * INT64_C(60) + second) * 1000 + ms;
}

static void read_record(struct fresh *run, struct asked *asked, const json_t *record, struct shown *out)
{
    const char *id = json_string_value(json_object_get(record, "id"));
    const char *store = json_string_value(json_object_get(record, "store"));
    int tenant = asked->tenant;
    *out = (struct shown){ .index = -1, .key = -1 };
    sscanf(id ? id : "", asked->kind == A_PRODUCT ? "p%d" : asked->kind == A_PLACE ? "g%d" : "T%*d.%d", &out->index);
    if (asked->kind == A_LEVEL)
        sscanf(id ? id : "", "T%d", &tenant);
    if (tenant != asked->tenant || !store || strtol(store + 1, NULL, 10) != asked->tenant)
        fresh_broken(run, asked, "another store's record");
    out->observed_ms = read_time(json_string_value(json_object_get(record, "observed_at")));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = json_string_value(json_object_get(record, texts[i].ours));
        if (text)
            read_text(run, asked, texts[i].theirs, text, out);
    }
    if (asked->kind == A_LEVEL)
        read_level(run, asked, record, out);
}

/* Did its item get another id in this time? */
static bool was_renamed(const struct fresh *run, const struct asked *asked, int64_t since_ms, int64_t until_ms)
{
    bool any = false;
    for (size_t i = 0; i < run->shop.n_renamed && asked->kind == A_LEVEL; i++) {
        const struct renamed *renamed = &run->shop.renamed[i];
        any |= renamed->tenant == asked->tenant && renamed->item == asked->index / PLACES &&
               renamed->at_ms >= since_ms && renamed->at_ms <= until_ms;
    }
    return any;
}

/* Its id, given or found out by the call itself, is none any more.  One that was remembered is looked up anew. */
static bool may_be_gone(const struct fresh *run, const struct asked *asked)
{
    return was_renamed(run, asked, asked->began_ms, run->now_ms);
}

/* ---- how old it may be ------------------------------------------------------------------------------------------------ */

static int64_t last_write_before(const struct fresh *run, const struct asked *asked)
{
    int64_t last = 0;
    for (size_t i = 0; i < run->shop.n_ended; i++) {
        const struct ended *ended = &run->shop.ended[i];
        if (ended->tenant == asked->tenant && ended->at_ms < asked->began_ms)
            last = ended->at_ms;
    }
    return last;
}

static bool is_marked_down(const struct reply *reply)
{
    struct span status = header_get(reply->headers, reply->n_headers, "Cache-Status");
    return status.p && memmem(status.p, status.n, "detail=store-down", 17);
}

/* An answer that had come before the call began. */
static bool may_be_old(const struct fresh *run, const struct asked *asked, const struct said *said, bool is_down)
{
    const struct terms *terms = &said->terms;
    int life_s = terms->max_age_s >= 0 ? terms->max_age_s : asked->kind == A_PLACE ? PLACES_KEEP_S : -1;
    int wished_s = asked->wish.max_age_s, stale_s = asked->wish.stale_s;
    bool has_part = asked->kind == A_PLACE || wished_s > 0 || stale_s > 0;
    if (!has_part || terms->no_store || asked->wish.no_cache || asked->wish.no_store)
        return false;
    int oldest_s = life_s < 0 || (wished_s >= 0 && wished_s < life_s) ? wished_s : life_s;
    if (!terms->no_cache && asked->began_ms - said->arrived_ms < oldest_s * 1000)
        return true;
    if (terms->stale_s > stale_s)
        stale_s = terms->stale_s;
    bool never = terms->no_cache || terms->must_revalidate;
    return is_down && !never && stale_s > 0 &&
           run->now_ms - said->arrived_ms <= ((life_s > 0 ? life_s : 0) + stale_s) * 1000;
}

/* NULL: this may be what it was shown. */
static const char *against(const struct fresh *run, const struct asked *asked, const struct said *said, bool is_down)
{
    if (said->key < asked->key)
        return "what the shop said to a key that was replaced";
    if (asked->kind != A_PLACE && said->sent_ms < last_write_before(run, asked))
        return "from before a write that had ended";
    if ((asked->wish.no_cache || asked->wish.no_store) && said->sent_ms < asked->began_ms)
        return "no-cache: asked for before the call";
    if (said->arrived_ms < asked->began_ms && !may_be_old(run, asked, said, is_down))
        return "older than the call, and nothing allows it";
    return NULL;
}

/* Age and Cache-Status of what is older than the call. */
static void judge_marks(struct fresh *run, struct asked *asked, const struct said *said, const struct reply *reply)
{
    struct span age = header_get(reply->headers, reply->n_headers, "Age");
    struct span status = header_get(reply->headers, reply->n_headers, "Cache-Status");
    if (!age.p && said->arrived_ms >= asked->began_ms)
        return;
    int64_t said_s = age.p ? strtoll(age.p, NULL, 10) : -1;
    if (!age.p || !status.p || !memmem(status.p, status.n, "Cartway; hit", 12))
        fresh_broken(run, asked, "older than the call, and Age or Cache-Status does not say so");
    else if (said_s < (asked->began_ms - said->arrived_ms) / 1000 || said_s > (run->now_ms - said->arrived_ms) / 1000)
        fresh_broken(run, asked, "Age is not its age");
    run->result->stale += is_marked_down(reply);
}

/* The answer that it is from.  There may be several of one moment: one that may be shown is enough. */
static void judge_source(struct fresh *run, struct asked *asked, const struct shown *shown, const struct reply *reply)
{
    const char *what = "no answer of this shop at this time has it";
    for (size_t i = 0; i < run->shop.n_said; i++) {
        const struct said *said = &run->shop.said[i];
        if (said->tenant != asked->tenant || said->kind != asked->kind || said->index != shown->index ||
            said->arrived_ms != shown->observed_ms || (shown->has_value && said->value != shown->value))
            continue;
        what = against(run, asked, said, is_marked_down(reply));
        if (what)
            continue;
        judge_marks(run, asked, said, reply);
        return;
    }
    fresh_broken(run, asked, what);
}

/* ---- reads -------------------------------------------------------------------------------------------------------------- */

static bool writes(const struct asked *asked)
{
    return asked->what == WRITE_STOCK || asked->what == WRITE_PRODUCT;
}

static size_t without_fields(const char *path)
{
    const char *at = strstr(path, "fields=");
    return at ? (size_t)(at - path) - 1 : strlen(path);
}

/* Of the same app and store, and under way, or answered before. */
static bool may_share(const struct asked *a, const struct asked *b, bool before)
{
    if (a == b || a->app != b->app || a->tenant != b->tenant || writes(a) != writes(b) || a->kind != b->kind)
        return false;
    if (!before)
        return b->ended_ms < 0 || b->ended_ms >= a->began_ms;
    size_t n = without_fields(a->path);
    return b->ended_ms >= 0 && b->status == 200 && without_fields(b->path) == n && strncmp(a->path, b->path, n) == 0;
}

static void judge_company(struct fresh *run, struct asked *asked, const struct reply *reply)
{
    struct span said = header_get(reply->headers, reply->n_headers, "Cartway-Upstream");
    bool shared = said.p && memmem(said.p, said.n, "cache=shared", 12),
         hit = said.p && memmem(said.p, said.n, "cache=hit", 9);
    if (!shared && !hit)
        return;
    run->result->shared += shared;
    run->result->hits += hit;
    for (uint32_t i = 0; i < run->n_asked; i++) {
        if (may_share(asked, run->asked[i], hit))
            return;
    }
    fresh_broken(run, asked,
                 shared ? "shared, and nobody is there to share with" : "a hit, and nobody of this app asked before");
}

static void judge_record(struct fresh *run, struct asked *asked, const json_t *record, const struct reply *reply,
                         unsigned *seen)
{
    struct shown shown;
    read_record(run, asked, record, &shown);
    if (shown.index < 0 || *seen & 1u << shown.index || !(asked->wanted & 1u << shown.index)) {
        fresh_broken(run, asked, "a record that was not asked for, or twice");
        return;
    }
    *seen |= 1u << shown.index;
    judge_fields(run, asked, record);
    judge_source(run, asked, &shown, reply);
    if (asked->what == WRITE_PRODUCT && shown.has_value && shown.value != asked->serial)
        fresh_broken(run, asked, "another name than the one that was written");
}

static void judge_records(struct fresh *run, struct asked *asked, const json_t *data, const struct reply *reply)
{
    unsigned seen = 0;
    size_t i;
    json_t *record;
    if (json_is_object(data))
        judge_record(run, asked, data, reply, &seen);
    json_array_foreach(data, i, record) judge_record(run, asked, record, reply, &seen);
    if (seen != asked->wanted && !may_be_gone(run, asked) && !(asked->what == WRITE_PRODUCT && json_is_null(data)))
        fresh_broken(run, asked, "a record that was asked for is not there");
}

/* ---- stock ------------------------------------------------------------------------------------------------------------- */

static const struct done *done_of(const struct fresh *run, const struct asked *asked, size_t *n)
{
    const struct done *found = NULL;
    *n = 0;
    for (size_t i = 0; i < run->shop.n_done; i++) {
        if (run->shop.done[i].serial != asked->serial)
            continue;
        found = &run->shop.done[i];
        ++*n;
    }
    return found;
}

/* A later set of this app to this level has this number. */
static bool is_later_set(const struct fresh *run, const struct asked *asked, int64_t number)
{
    for (uint32_t i = asked->serial + 1; i < run->n_asked; i++) {
        const struct asked *later = run->asked[i];
        if (later->what == WRITE_STOCK && later->mode == SET && later->app == asked->app &&
            later->tenant == asked->tenant && later->index == asked->index && later->number == number)
            return true;
    }
    return false;
}

static bool is_number(const json_t *result, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(result, name);
    *out = json_is_number(value) ? (int64_t)json_number_value(value) : 0;
    return json_is_number(value);
}

static void judge_result(struct fresh *run, struct asked *asked, const struct done *done, const json_t *result)
{
    int64_t number;
    if (is_number(result, "after", &number) &&
        !(asked->is_collapsed ? is_later_set(run, asked, number) : done && number == done->after))
        fresh_broken(run, asked, "`after` is not what came of it");
    if (is_number(result, "before", &number) && !asked->is_collapsed && (!done || number != done->before))
        fresh_broken(run, asked, "`before` is not what was there");
}

/* Was there a moment, since it was asked, at which the level was another one? */
static bool was_other(const struct fresh *run, const struct asked *asked)
{
    for (size_t i = 0; i < run->shop.n_done; i++) {
        const struct done *done = &run->shop.done[i];
        if (done->kind == A_LEVEL && done->tenant == asked->tenant && done->index == asked->index &&
            done->at_ms >= asked->began_ms && done->before != done->after)
            return true;
    }
    return run->shop.level[asked->tenant][asked->index] != asked->expected;
}

static void judge_write(struct fresh *run, struct asked *asked, const json_t *body)
{
    size_t n;
    const struct done *done = done_of(run, asked, &n);
    const json_t *data = json_object_get(body, "data");
    const char *code = json_string_value(json_object_get(body, "code"));
    asked->is_collapsed = json_is_true(json_object_get(data, "collapsed"));
    asked->is_unknown = code && strcmp(code, "outcome_unknown") == 0;
    if (asked->status == 200 && n != (asked->is_collapsed ? 0 : 1))
        fresh_broken(run, asked, "answered 200, and not done once");
    if (asked->status != 200 && !asked->is_unknown && n > 0)
        fresh_broken(run, asked, "refused, and done");
    if (done && done->key < asked->key)
        fresh_broken(run, asked, "written with a key that was replaced");
    if (asked->status == 200 && asked->what == WRITE_STOCK)
        judge_result(run, asked, done, json_object_get(data, "result"));
    if (asked->status == 412 && (asked->mode != COMPARE || !was_other(run, asked)))
        fresh_broken(run, asked, "412, and the level was as expected all the time");
    run->result->collapsed += asked->is_collapsed;
}

/* ---- all ----------------------------------------------------------------------------------------------------------------- */

void fresh_judge(struct fresh *run, struct asked *asked, const struct reply *reply)
{
    json_t *body = reply->body.n ? json_loadb(reply->body.p, reply->body.n, 0, NULL) : NULL;
    run->result->good += reply->status == 200;
    if (reply->status == 500 || !body)
        fresh_broken(run, asked, "a 500, or no JSON");
    if (run->now_ms > asked->due_ms)
        fresh_broken(run, asked, "answered after its deadline");
    if (asked->allowed == (reply->status == 403))
        fresh_broken(run, asked, asked->allowed ? "refused to an app that may" : "done for an app that may not");
    if (reply->status == 404 && !may_be_gone(run, asked))
        fresh_broken(run, asked, "not found, and it is there");
    if (writes(asked))
        judge_write(run, asked, body);
    if (asked->what != WRITE_STOCK && reply->status == 200)
        judge_records(run, asked, json_object_get(body, "data"), reply);
    if (reply->status == 200)
        judge_company(run, asked, reply);
    json_decref(body);
}

/* What it did to the level is what its mode says. */
static void judge_done(struct fresh *run, const struct done *done)
{
    struct asked *asked = run->asked[done->serial];
    run->result->writes_done++;
    if (asked->tenant != done->tenant || asked->index != done->index || asked->kind != done->kind)
        fresh_broken(run, asked, "written to another record");
    else if (asked->what == WRITE_STOCK && asked->mode == ADJUST && done->after - done->before != asked->number)
        fresh_broken(run, asked, "adjusted by another number");
    else if (asked->what == WRITE_STOCK && asked->mode != ADJUST && done->after != asked->number)
        fresh_broken(run, asked, "another number was written");
    else if (asked->what == WRITE_STOCK && asked->mode == COMPARE && done->before != asked->expected)
        fresh_broken(run, asked, "compared and set, and the level was not as expected");
}

static void judge_order(struct fresh *run, size_t i)
{
    const struct done *done = &run->shop.done[i];
    struct asked *asked = run->asked[done->serial];
    for (size_t k = 0; k < i; k++) {
        const struct done *before = &run->shop.done[k];
        if (before->tenant == done->tenant && before->kind == done->kind && before->index == done->index &&
            before->serial > done->serial && run->asked[before->serial]->app == asked->app &&
            !was_renamed(run, asked, asked->began_ms - LOOKUPS_KEEP_S * 1000, done->at_ms))
            fresh_broken(run, asked, "done after a later write of its app to the record");
    }
}

void fresh_judge_end(struct fresh *run)
{
    size_t n;
    for (uint32_t i = 0; i < run->n_asked; i++) {
        struct asked *asked = run->asked[i];
        if (asked->ended_ms < 0)
            fresh_broken(run, asked, "no reply");
        if (!writes(asked))
            continue;
        done_of(run, asked, &n);
        if (n > 1 || (n > 0 && asked->status != 200 && !asked->is_unknown))
            fresh_broken(run, asked, "done twice, or done and refused");
    }
    for (size_t i = 0; i < run->shop.n_done; i++) {
        judge_done(run, &run->shop.done[i]);
        judge_order(run, i);
    }
}
