/*
 * outage.c - one entry for each platform whose feed was looked at: what it said last, the pause, and who waits for it.
 *
 * The pause is a breaker that the feed trips and the feed or a probe closes.  Two timers: `look` asks again while an
 * outage lasts, `wake` lets those go that wait: all when the pause has ended, one when a probe is due.
 */
#include "core/exchange/outage.h"

#include "core/answer/views.h"
#include "core/gauge/breaker.h"
#include "core/json/text.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/loop/timers.h"
#include "core/services.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES_MAX = 1024 /* it gives none */, STATES = PLATFORM_OUTAGE + 1 };

struct outage {
    struct outages *outages;
    const struct platform *platform;
    struct outage *next;
    enum platform_state state;
    char text[OUTAGE_TEXT_BYTES + 1];
    int64_t since_ms, looked_ms, next_ms;
    uint32_t misses; /* in a row */
    bool is_out;     /* the attempt is under way */
    struct attempt attempt;
    struct held_view *view;
    struct breaker pause;
    struct outage_wait *first, **last;
    uint32_t n_waiting;
    struct timer look, wake;
};

struct outages {
    struct services *services;
    struct outage *entries;
};

/* ---- counted --------------------------------------------------------------------------------------------------- */

enum { STATE, PAUSED, LOOKS, HELD, FAMILIES };
static const struct metric families[FAMILIES] = {
    [STATE] = { "cartway_platform_state",
                "What a platform's status feed said last: 1 at that state.",
                METRIC_GAUGE,
                { "platform", "state" } },
    [PAUSED] = { "cartway_platform_paused",
                 "1 while calls wait because the platform's status feed tells of an outage.",
                 METRIC_GAUGE,
                 { "platform" } },
    [LOOKS] = { "cartway_status_looks_total",
                "Looks at status feeds: told, or missed.",
                METRIC_COUNTER,
                { "platform", "result" } },
    [HELD] = { "cartway_outage_attempts_total",
               "Attempts that met an outage: held, refused, or sent as the probe.",
               METRIC_COUNTER,
               { "platform", "fate" } },
};

static void count(const struct outage *entry, int family, const char *label)
{
    struct span labels[] = { span_of(entry->platform->table->name), span_of(label) };
    metrics_count(entry->outages->services->metrics, &families[family], labels, 1);
}

static void show(const struct outage *entry)
{
    struct metrics *metrics = entry->outages->services->metrics;
    struct span labels[] = { span_of(entry->platform->table->name), { NULL, 0 } };
    for (int i = 0; i < STATES; i++) {
        labels[1] = span_of(platform_state_name((enum platform_state)i));
        series_set(metrics_series(metrics, &families[STATE], labels), entry->state == (enum platform_state)i);
    }
    series_set(metrics_series(metrics, &families[PAUSED], labels), entry->pause.state != BREAKER_CLOSED);
}

static void log_pause(const struct outage *entry, const char *why)
{
    struct log *log = entry->outages->services->log;
    bool pauses = entry->pause.state != BREAKER_CLOSED;
    log_begin(log, pauses ? LEVEL_WARN : LEVEL_INFO, "platform.pause");
    log_str(log, "platform", entry->platform->table->name);
    log_str(log, "state", pauses ? "paused" : "ended");
    log_str(log, "why", why);
    log_end(log);
}

static void log_state(const struct outage *entry, enum platform_state was)
{
    struct log *log = entry->outages->services->log;
    log_begin(log, entry->state == PLATFORM_OUTAGE ? LEVEL_WARN : LEVEL_INFO, "platform.status");
    log_str(log, "platform", entry->platform->table->name);
    log_str(log, "state", platform_state_name(entry->state));
    log_str(log, "was", platform_state_name(was));
    log_str(log, "text", entry->text);
    log_end(log);
}

static void log_feed(const struct outage *entry, enum level level, const char *state, const char *why)
{
    struct log *log = entry->outages->services->log;
    log_begin(log, level, "platform.feed");
    log_str(log, "platform", entry->platform->table->name);
    log_str(log, "state", state);
    if (why)
        log_str(log, "why", why);
    log_end(log);
}

const char *platform_state_name(enum platform_state state)
{
    static const char *const names[] = { "unknown", "operational", "degraded", "outage" };
    return names[state];
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

static struct outage *find(const struct outages *outages, const struct platform *platform)
{
    struct outage *entry = outages && platform && platform->feed.endpoint ? outages->entries : NULL;
    while (entry && entry->platform != platform)
        entry = entry->next;
    return entry;
}

/* NULL: the platform has no feed, or its pause is none. */
static struct outage *paused(const struct outages *outages, const struct platform *platform)
{
    struct outage *entry = find(outages, platform);
    return entry && entry->pause.state != BREAKER_CLOSED ? entry : NULL;
}

/* When those that wait are looked at again. */
static void arm(struct outage *entry)
{
    struct services *s = entry->outages->services;
    timers_cancel(s->timers, &entry->wake);
    if (entry->first && entry->pause.state != BREAKER_PROBING)
        timers_set(s->timers, &entry->wake, s->now_ms + breaker_wait_ms(&entry->pause, s->now_ms));
}

static void pop(struct outage *entry)
{
    struct outage_wait *wait = entry->first;
    outages_leave(wait);
    wait->is_let = true;
    wait->go(wait);
}

/* The one that is let go as a probe may be lost on its way to the grant: the next follows soon. */
static void on_wake(struct timer *timer, int64_t now_ms)
{
    struct outage *entry = timer->owner;
    while (entry->first && entry->pause.state == BREAKER_CLOSED)
        pop(entry);
    if (!entry->first || entry->pause.state != BREAKER_OPEN)
        return;
    if (breaker_wait_ms(&entry->pause, now_ms) > 0) {
        arm(entry);
        return;
    }
    pop(entry);
    if (entry->first && entry->pause.state == BREAKER_OPEN)
        timers_set(entry->outages->services->timers, &entry->wake, now_ms + OUTAGE_SOON_MS);
}

/* ---- what the feed says ----------------------------------------------------------------------------------------- */

static void end_pause(struct outage *entry, const char *why)
{
    entry->pause = (struct breaker){ .state = BREAKER_CLOSED };
    log_pause(entry, why);
    arm(entry);
}

static void set_state(struct outage *entry, enum platform_state state, struct span text)
{
    enum platform_state was = entry->state;
    struct services *s = entry->outages->services;
    text = utf8_cut(text, OUTAGE_TEXT_BYTES);
    memcpy(entry->text, text.p ? text.p : "", text.n);
    entry->text[text.n] = '\0';
    if (was == state)
        return;
    entry->state = state;
    entry->since_ms = s->now_ms;
    log_state(entry, was);
    if (state == PLATFORM_OUTAGE) {
        breaker_trip(&entry->pause, s->now_ms);
        log_pause(entry, "the status feed tells of an outage");
    } else if (entry->pause.state != BREAKER_CLOSED) {
        end_pause(entry, state == PLATFORM_UNKNOWN ? "the status feed is silent" : "the status feed tells of its end");
    }
    show(entry);
}

static enum platform_state state_of(const struct cw_case *row)
{
    for (int i = PLATFORM_OPERATIONAL; i < STATES; i++) {
        if (strcmp(row->value, platform_state_name((enum platform_state)i)) == 0)
            return (enum platform_state)i;
    }
    return PLATFORM_UNKNOWN;
}

/* Into *out; the fault says why it tells nothing. */
static enum err read_answer(const struct outage *entry, const struct attempt *a, struct arena *arena,
                            struct fault *fault, struct view_out *out)
{
    struct view_in in = { .status = a->status,
                          .headers = a->reply_headers,
                          .n_headers = a->n_reply_headers,
                          .body = buf_peek(&a->reply),
                          .arena = arena };
    if (a->wire != WIRE_OK)
        return fault_set(fault, ERR_STORE_ERROR, "its connection: %s%s%s", wire_name(a->wire), a->note[0] ? ": " : "",
                         a->note);
    if (a->status != 200)
        return fault_set(fault, ERR_STORE_ERROR, "expected status 200, found %d", a->status);
    enum err err = view_read(entry->view->view, &in, fault, out);
    if (!err && out->verdict != CW_OK)
        return fault_set(fault, ERR_STORE_ERROR, "its answer is an error by the adapter's table");
    if (!err && !out->state)
        return fault_set(fault, ERR_STORE_UNREADABLE, "no case of `state` holds for its answer");
    return err;
}

static void told(struct outage *entry, const struct view_out *out)
{
    const struct feed *feed = &entry->platform->feed;
    const struct value *value = feed->has_text && out->n_rows > 0 ? &out->extra[feed->text] : NULL;
    struct buf scratch;
    buf_init(&scratch, OUTAGE_ANSWER_BYTES);
    if (entry->misses > 0)
        log_feed(entry, LEVEL_INFO, "told", NULL);
    entry->misses = 0;
    entry->looked_ms = entry->outages->services->now_ms;
    set_state(entry, state_of(out->state), value ? value_text(value, &scratch) : (struct span){ NULL, 0 });
    buf_release(&scratch);
}

static void missed(struct outage *entry, const char *why)
{
    int64_t ms = entry->platform->feed.every_ms, most_ms = ms > OUTAGE_AGAIN_MOST_MS ? ms : OUTAGE_AGAIN_MOST_MS;
    if (entry->misses++ == 0)
        log_feed(entry, LEVEL_WARN, "not told", why);
    for (uint32_t i = 1; i < entry->misses && ms < most_ms; i++)
        ms *= 2;
    entry->next_ms = entry->outages->services->now_ms + (ms < most_ms ? ms : most_ms);
    if (entry->misses >= OUTAGE_MISSES)
        set_state(entry, PLATFORM_UNKNOWN, (struct span){ NULL, 0 });
}

static void on_look(struct attempt *attempt)
{
    struct outage *entry = attempt->owner;
    struct services *s = entry->outages->services;
    struct arena arena;
    struct fault fault = { 0 };
    struct buf data, problems;
    struct view_out out = { .data = &data, .problems = &problems };
    services_at(s, attempt->end_ms);
    arena_init(&arena);
    buf_init(&data, RECORD_BYTES_MAX);
    buf_init(&problems, RECORD_BYTES_MAX);
    entry->is_out = false;
    enum err err = read_answer(entry, attempt, &arena, &fault, &out);
    count(entry, LOOKS, err ? "missed" : "told");
    if (err)
        missed(entry, fault.text);
    else
        told(entry, &out);
    if (entry->state == PLATFORM_OUTAGE)
        timers_set(s->timers, &entry->look, entry->next_ms);
    buf_release(&attempt->reply);
    buf_release(&data);
    buf_release(&problems);
    arena_release(&arena);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static void ask(struct outage *entry)
{
    static const struct header headers[] = { { { "Accept", 6 }, { "application/json", 16 } } };
    struct services *s = entry->outages->services;
    const struct feed *feed = &entry->platform->feed;
    entry->is_out = true;
    entry->next_ms = s->now_ms + feed->every_ms;
    entry->attempt = (struct attempt){ .method = "GET",
                                       .url = feed->url,
                                       .headers = headers,
                                       .n_headers = 1,
                                       .connect_ms = s->wire.connect_ms,
                                       .total_ms = OUTAGE_LOOK_MS,
                                       .max_body = OUTAGE_ANSWER_BYTES,
                                       .allow_private = feed->is_operators,
                                       .done = on_look,
                                       .owner = entry };
    s->http.send(s->http.self, &entry->attempt);
}

static void on_look_due(struct timer *timer, int64_t now_ms)
{
    struct outage *entry = timer->owner;
    (void)now_ms;
    if (!entry->is_out)
        ask(entry);
}

static struct outage *entry_new(struct outages *outages, const struct platform *platform)
{
    struct services *s = outages->services;
    struct fault fault = { 0 };
    struct held_view *view = NULL;
    if (views_hold(s->views, platform, platform->feed.endpoint, NULL, &fault, &view))
        return NULL; /* it was made when the adapter was loaded: there is no such */
    struct outage *entry = mem_zalloc(sizeof(*entry));
    entry->outages = outages;
    entry->platform = platform;
    entry->view = view;
    entry->since_ms = s->now_ms;
    entry->looked_ms = entry->next_ms = INT64_MIN;
    entry->last = &entry->first;
    entry->look = (struct timer){ .fire = on_look_due, .owner = entry };
    entry->wake = (struct timer){ .fire = on_wake, .owner = entry };
    entry->next = outages->entries;
    outages->entries = entry;
    show(entry);
    return entry;
}

void outages_used(struct outages *outages, const struct platform *platform)
{
    if (!outages || !platform || !platform->feed.endpoint)
        return;
    struct outage *entry = find(outages, platform);
    entry = entry ? entry : entry_new(outages, platform);
    if (entry && !entry->is_out && outages->services->now_ms >= entry->next_ms)
        ask(entry);
}

struct outages *outages_new(struct services *services)
{
    struct outages *outages = mem_zalloc(sizeof(*outages));
    outages->services = services;
    metrics_table(services->metrics, families, FAMILIES);
    return outages;
}

void outages_free(struct outages *outages)
{
    struct outage *entry = outages ? outages->entries : NULL, *next;
    for (; entry; entry = next) {
        struct services *s = outages->services;
        next = entry->next;
        while (entry->first)
            outages_leave(entry->first);
        timers_cancel(s->timers, &entry->look);
        timers_cancel(s->timers, &entry->wake);
        views_drop(s->views, entry->view);
        free(entry);
    }
    free(outages);
}

/* ---- the pause ------------------------------------------------------------------------------------------------- */

bool outages_hold(const struct outages *outages, const struct platform *platform, const struct outage_wait *wait,
                  int64_t *look_ms)
{
    const struct outage *entry = find(outages, platform);
    bool is_behind = entry && entry->first && !(wait && wait->is_let);
    if (!entry || (entry->pause.state == BREAKER_CLOSED && !is_behind))
        return false;
    int64_t now_ms = outages->services->now_ms, probe_ms = breaker_wait_ms(&entry->pause, now_ms);
    if (entry->pause.state == BREAKER_OPEN && probe_ms == 0 && !is_behind)
        return false; /* it may be the probe */
    int64_t feed_ms = entry->is_out ? 0 : entry->next_ms - now_ms;
    int64_t soonest_ms = feed_ms < probe_ms ? feed_ms : probe_ms;
    *look_ms = soonest_ms > OUTAGE_SOON_MS ? soonest_ms : OUTAGE_SOON_MS;
    if (entry->pause.state == BREAKER_CLOSED)
        *look_ms = 0; /* they are on their way */
    return true;
}

bool outages_allow(struct outages *outages, const struct platform *platform, int64_t *probe_ms)
{
    struct outage *entry = paused(outages, platform);
    *probe_ms = BREAKER_NO_PROBE;
    if (!entry)
        return true;
    if (!breaker_allows(&entry->pause, outages->services->now_ms))
        return false;
    *probe_ms = outages->services->now_ms;
    count(entry, HELD, "probe");
    return true;
}

void outages_tell(struct outages *outages, const struct platform *platform, bool failed, int64_t probe_ms)
{
    struct outage *entry = paused(outages, platform);
    if (!entry)
        return;
    breaker_tell(&entry->pause, failed, probe_ms, outages->services->now_ms);
    if (entry->pause.state == BREAKER_CLOSED)
        end_pause(entry, "a call was answered");
    else
        arm(entry);
    show(entry);
}

void outages_unprobe(struct outages *outages, const struct platform *platform, int64_t probe_ms)
{
    struct outage *entry = paused(outages, platform);
    if (!entry)
        return;
    breaker_unprobe(&entry->pause, probe_ms);
    arm(entry);
}

/* Whose `next` that is. */
static struct outage_wait *before(struct outage_wait **next)
{
    return (struct outage_wait *)((char *)next - offsetof(struct outage_wait, next));
}

bool outages_wait(struct outages *outages, const struct platform *platform, struct outage_wait *wait)
{
    struct outage *entry = find(outages, platform);
    struct outage_wait **at = entry->last;
    if (entry->n_waiting >= OUTAGE_WAITS_MOST)
        return false;
    while (at != &entry->first && before(at)->came_ms > wait->came_ms)
        at = before(at)->link;
    wait->outage = entry;
    wait->since_ms = outages->services->now_ms;
    wait->next = *at;
    wait->link = at;
    *(wait->next ? &wait->next->link : &entry->last) = &wait->next;
    *at = wait;
    entry->n_waiting++;
    count(entry, HELD, "held");
    if (entry->n_waiting == 1)
        arm(entry);
    return true;
}

void outages_leave(struct outage_wait *wait)
{
    if (!wait->outage)
        return;
    *wait->link = wait->next;
    *(wait->next ? &wait->next->link : &wait->outage->last) = wait->link;
    wait->outage->n_waiting--;
    wait->outage = NULL;
}

void outages_count_refused(struct outages *outages, const struct platform *platform)
{
    count(find(outages, platform), HELD, "refused");
}

/* ---- seen ------------------------------------------------------------------------------------------------------ */

bool outages_see(const struct outages *outages, const struct platform *platform, struct outage_view *view)
{
    const struct outage *entry = find(outages, platform);
    if (!entry)
        return false;
    *view = (struct outage_view){ .state = entry->state,
                                  .text = entry->text,
                                  .since_ms = entry->since_ms,
                                  .looked_ms = entry->looked_ms,
                                  .misses = entry->misses,
                                  .pauses = entry->pause.state != BREAKER_CLOSED,
                                  .n_waiting = entry->n_waiting,
                                  .wait_ms = breaker_wait_ms(&entry->pause, outages->services->now_ms) };
    return true;
}
