/*
 * notify.c - tells the operator of alerts about credentials.
 *
 * A dict from "kind/store/way" to a notice: what is so, what the operator was told last, when that is to be looked at
 * again.  A message is built of the notices that are due; while it is not taken it stays as it is, unless one of its
 * alerts has changed: then the next try is a message anew.
 *
 *     on  -> told on -> (1 h) told on -> (24 h) told on ...        message 1, 2, 3
 *     off -> told over -> quiet for 10 min -> forgotten             never told on: forgotten at once
 */
#include "core/seen/notify.h"

#include "core/base/arena.h"
#include "core/base/base64.h"
#include "core/base/dict.h"
#include "core/crypt/crypt.h"
#include "core/crypt/secret.h"
#include "core/log/log.h"
#include "core/log/metrics.h"
#include "core/services.h"
#include "core/value/ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_RANDOM = 16, ID_BYTES = 4 + 2 * ID_RANDOM, KEY_BYTES = 1024, BODY_BYTES = 512 * 1024, SIGNATURE_BYTES = 64 };
enum { CONNECT_MS = 5000, TOTAL_MS = 10000, ANSWER_BYTES = 64 * 1024, DETAIL_BYTES = 1024, HEADERS = 4 };

enum { SENT, FAMILIES };
static const struct metric families[FAMILIES] = {
    [SENT] = { .name = "cartway_notifications_total",
               .help = "Messages to the operator's address, by what came of them.",
               .kind = METRIC_COUNTER,
               .labels = { "result" } },
};

enum told { TOLD_NOTHING, TOLD_ON, TOLD_OVER };

struct notice {
    const char *kind; /* a literal of alerts.c */
    char *store, *way, *detail;
    bool is_on;
    bool is_in, is_changed; /* in the message that is built; is no longer as it says */
    enum told says, told;   /* what that message says; what the operator was told last */
    uint32_t n;             /* messages of this time that it is on */
    int64_t since_ms, sent_ms, due_ms;
};

struct notifier {
    struct services *services;
    char *url, *installation;
    struct secret_pool *pool;
    struct secret *secret; /* NULL: not signed */
    struct dict notices;
    int64_t due_ms;   /* of the first notice; INT64_MAX: of none */
    int64_t retry_ms; /* nothing is sent before */
    uint32_t failures;
    bool is_out, is_stale; /* is_stale: the message no longer tells what is so */
    struct attempt attempt;
    struct buf body; /* p NULL: no message is built */
    char id[ID_BYTES + 1], timestamp[24], signature[SIGNATURE_BYTES];
    struct header headers[HEADERS];
};

/* ---- options ---------------------------------------------------------------------------------------------------- */

static bool is_loopback(struct span host)
{
    return span_is(host, "localhost") || span_is(host, "[::1]") ||
           (host.n > 4 && memcmp(host.p, "127.", 4) == 0 && strspn(host.p, "0123456789.") >= host.n);
}

enum err notify_check_url(const char *url, struct fault *fault)
{
    static const char plain[] = "http://", tls[] = "https://";
    bool is_plain = strncmp(url, plain, sizeof(plain) - 1) == 0;
    const char *host = url + (is_plain ? sizeof(plain) - 1 : sizeof(tls) - 1);
    if (!is_plain && strncmp(url, tls, sizeof(tls) - 1) != 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "option notify-url: expected https://..., found another scheme");
    size_t n = strcspn(host, "/?#"), name = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    if (name == 0 || memchr(host, '@', n) || strpbrk(url, " \t\r\n"))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "option notify-url: expected https://HOST/PATH, without a user, found something else");
    if (is_plain && !is_loopback((struct span){ host, name }))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "option notify-url: http is for this machine alone (http://127.0.0.1:PORT/): expected https");
    return OK;
}

enum err notify_read_secret(struct span text, struct fault *fault, struct buf *out)
{
    static const char prefix[] = "whsec_";
    while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    bool fits = text.n > sizeof(prefix) - 1 && memcmp(text.p, prefix, sizeof(prefix) - 1) == 0;
    struct span rest = { text.p + sizeof(prefix) - 1, text.n - (sizeof(prefix) - 1) };
    buf_init_secret(out, NOTIFY_SECRET_MOST + 1);
    fits = fits && base64_read(rest, BASE64_ANY, out);
    fits = fits && out->n >= NOTIFY_SECRET_LEAST && out->n <= NOTIFY_SECRET_MOST;
    if (fits)
        return OK;
    buf_release(out);
    return fault_set(fault, ERR_INVALID_REQUEST,
                     "option notify-secret: expected whsec_ and base64 of %d to %d bytes, found something else",
                     NOTIFY_SECRET_LEAST, NOTIFY_SECRET_MOST);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct notifier *notifier_new(struct services *services, const char *url, struct span secret, const char *installation)
{
    struct notifier *n = mem_zalloc(sizeof(*n));
    uint64_t seed;
    n->services = services;
    n->url = mem_dup(span_of(url));
    n->installation = mem_dup(span_of(installation));
    n->pool = secret_pool_new();
    n->secret = secret.n > 0 ? secret_new(n->pool, secret) : NULL;
    n->due_ms = INT64_MAX;
    n->retry_ms = INT64_MIN;
    services->env.random(services->env.self, &seed, sizeof(seed));
    dict_init(&n->notices, seed);
    metrics_table(services->metrics, families, FAMILIES);
    return n;
}

static void notice_free(struct notice *notice)
{
    free(notice->store);
    free(notice->way);
    free(notice->detail);
    free(notice);
}

void notifier_free(struct notifier *n)
{
    size_t at = 0;
    void *notice;
    if (!n)
        return;
    while (dict_next(&n->notices, &at, NULL, &notice))
        notice_free(notice);
    dict_release(&n->notices);
    buf_release(&n->body);
    secret_free(n->pool, n->secret);
    secret_pool_free(n->pool);
    free(n->url);
    free(n->installation);
    free(n);
}

static void count(struct notifier *n, const char *result)
{
    struct span label = span_of(result);
    metrics_count(n->services->metrics, &families[SENT], &label, 1);
}

/* ---- what is so ------------------------------------------------------------------------------------------------- */

static void set_due(struct notifier *n, struct notice *notice, int64_t due_ms)
{
    notice->due_ms = due_ms;
    n->due_ms = due_ms < n->due_ms ? due_ms : n->due_ms;
}

static struct notice *notice_of(struct notifier *n, const struct alert *alert)
{
    char room[KEY_BYTES];
    struct buf key = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    buf_printf(&key, "%s/%s/%s", alert->kind, alert->store, alert->way);
    struct notice *notice = dict_get(&n->notices, buf_peek(&key));
    if (notice || !alert->is_on)
        return notice;
    if (n->notices.n >= NOTIFY_MAX) {
        count(n, "dropped");
        return NULL;
    }
    notice = mem_zalloc(sizeof(*notice));
    notice->kind = alert->kind;
    notice->store = mem_dup(span_of(alert->store));
    notice->way = mem_dup(span_of(alert->way));
    *dict_put(&n->notices, buf_peek(&key)) = notice;
    return notice;
}

static void set_detail(struct notice *notice, const char *detail)
{
    struct span text = span_of(detail);
    text.n = text.n > DETAIL_BYTES ? DETAIL_BYTES : text.n;
    free(notice->detail);
    notice->detail = mem_dup(text);
}

static void change(struct notifier *n, struct notice *notice, int64_t due_ms)
{
    notice->is_changed = notice->is_in;
    n->is_stale |= notice->is_in;
    set_due(n, notice, due_ms);
}

void notifier_hear(void *user, const struct alert *alert, int64_t now_ms)
{
    struct notifier *n = user;
    struct notice *notice = notice_of(n, alert);
    if (!notice)
        return;
    if (!alert->is_on) {
        notice->is_on = false;
        change(n, notice, now_ms);
        return;
    }
    if (!notice->is_on || notice->told != TOLD_ON || alert->is_anew) {
        int64_t quiet_ms = notice->told == TOLD_OVER ? notice->sent_ms + NOTIFY_QUIET_MS : now_ms;
        notice->n = 0;
        change(n, notice, quiet_ms > now_ms ? quiet_ms : now_ms);
    }
    notice->is_on = true;
    notice->since_ms = alert->since_ms;
    set_detail(notice, alert->detail);
}

/* What it would be told now. */
static enum told wish_of(const struct notice *notice)
{
    if (notice->is_on)
        return TOLD_ON;
    return notice->told == TOLD_ON ? TOLD_OVER : TOLD_NOTHING;
}

/* ---- the message ------------------------------------------------------------------------------------------------ */

static void make_id(struct notifier *n)
{
    unsigned char bytes[ID_RANDOM];
    const struct env *env = &n->services->env;
    env->random(env->self, bytes, sizeof(bytes));
    memcpy(n->id, "msg_", 4);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        n->id[4 + 2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        n->id[5 + 2 * i] = "0123456789abcdef"[bytes[i] & 15];
    }
}

static int64_t wall_ms(const struct notifier *n)
{
    const struct env *env = &n->services->env;
    return env->wall_ms(env->self);
}

static void write_notice(const struct notifier *n, const struct notice *notice, int64_t now_ms)
{
    struct buf *out = (struct buf *)&n->body;
    buf_printf(out, "{\"alert\":\"%s\",\"state\":\"%s\",\"store\":", notice->kind, notice->is_on ? "on" : "over");
    buf_json(out, span_of(notice->store));
    buf_lit(out, ",\"way\":");
    if (notice->way[0])
        buf_json(out, span_of(notice->way));
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"since\":\"");
    ts_format(out, wall_ms(n) - (now_ms - notice->since_ms));
    buf_lit(out, "\",\"detail\":");
    buf_json(out, span_of(notice->detail));
    buf_printf(out, ",\"message\":%u}", notice->n + 1);
}

static void begin_body(struct notifier *n)
{
    buf_release(&n->body);
    buf_init(&n->body, BODY_BYTES);
    buf_lit(&n->body, "{\"type\":\"cartway.alerts\",\"timestamp\":\"");
    ts_format(&n->body, wall_ms(n));
    buf_printf(&n->body, "\",\"data\":{\"installation\":\"%s\",\"alerts\":[", n->installation);
}

/* Of what is due.  false: nothing is; notices that came to nothing are forgotten on the way. */
static bool build(struct notifier *n, int64_t now_ms)
{
    size_t at = 0, added = 0;
    struct span key;
    void *value;
    begin_body(n);
    n->due_ms = INT64_MAX;
    n->is_stale = false;
    while (dict_next(&n->notices, &at, &key, &value)) {
        struct notice *notice = value;
        bool is_due = notice->due_ms <= now_ms;
        notice->is_in = is_due && wish_of(notice) != TOLD_NOTHING && added < NOTIFY_BATCH;
        notice->is_changed = false;
        notice->says = wish_of(notice);
        if (notice->is_in) {
            if (added++ > 0)
                buf_char(&n->body, ',');
            write_notice(n, notice, now_ms);
        }
        if (is_due && wish_of(notice) == TOLD_NOTHING) {
            dict_remove(&n->notices, key);
            notice_free(notice);
            continue;
        }
        n->due_ms = notice->due_ms < n->due_ms ? notice->due_ms : n->due_ms;
    }
    buf_lit(&n->body, "]}}");
    if (added > 0) {
        make_id(n);
        return true;
    }
    buf_release(&n->body);
    return false;
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

struct signing {
    struct span text;
    unsigned char hash[CRYPT_HASH_BYTES];
};

static void sign(struct span key, void *user)
{
    struct signing *signing = user;
    crypt_hmac(key, signing->text, signing->hash);
}

/* https://www.standardwebhooks.com, "Signature scheme". */
static void make_signature(struct notifier *n)
{
    struct buf text, out = { .p = n->signature, .cap = SIGNATURE_BYTES, .max = SIGNATURE_BYTES };
    struct signing signing;
    buf_init(&text, 2 * BODY_BYTES);
    buf_printf(&text, "%s.%s.", n->id, n->timestamp);
    buf_span(&text, buf_peek(&n->body));
    signing.text = buf_peek(&text);
    secret_lend(n->secret, sign, &signing);
    buf_lit(&out, "v1,");
    base64_write(&out, (struct span){ (const char *)signing.hash, sizeof(signing.hash) });
    buf_char(&out, '\0');
    buf_release(&text);
}

/* When it is looked at again, now that it was told. */
static int64_t next_of(const struct notice *notice, int64_t now_ms)
{
    if (notice->told == TOLD_OVER)
        return now_ms + NOTIFY_QUIET_MS;
    if (notice->is_changed)
        return now_ms;
    return now_ms + (notice->n == 1 ? NOTIFY_SECOND_MS : NOTIFY_LATER_MS);
}

static void taken(struct notifier *n, int64_t now_ms)
{
    size_t at = 0;
    void *value;
    n->due_ms = INT64_MAX;
    while (dict_next(&n->notices, &at, NULL, &value)) {
        struct notice *notice = value;
        if (notice->is_in) {
            notice->is_in = false;
            notice->told = notice->says;
            notice->n += notice->is_changed ? 0 : 1;
            notice->sent_ms = now_ms;
            notice->due_ms = next_of(notice, now_ms);
        }
        n->due_ms = notice->due_ms < n->due_ms ? notice->due_ms : n->due_ms;
    }
    buf_release(&n->body);
    n->failures = 0;
    n->retry_ms = INT64_MIN;
    count(n, "sent");
}

/* Full jitter, but for a second that passes in any case. */
static int64_t retry_after(struct notifier *n)
{
    uint64_t random;
    const struct env *env = &n->services->env;
    int64_t most = NOTIFY_RETRY_MOST_MS;
    if (n->failures < 8 && NOTIFY_RETRY_MS << n->failures < most)
        most = NOTIFY_RETRY_MS << n->failures;
    env->random(env->self, &random, sizeof(random));
    return 1000 + (int64_t)(random % (uint64_t)most);
}

static void failed(struct notifier *n, const struct attempt *attempt, int64_t now_ms)
{
    struct log *log = n->services->log;
    int64_t wait_ms = retry_after(n);
    n->failures++;
    n->retry_ms = now_ms + wait_ms;
    count(n, "failed");
    log_begin(log, LEVEL_WARN, "notify.failed"); /* without the address: there are some that hold secrets */
    log_str(log, "id", n->id);
    log_str(log, "wire", wire_name(attempt->wire));
    log_i64(log, "status", attempt->status);
    log_i64(log, "failures", n->failures);
    log_i64(log, "again_ms", wait_ms);
    log_end(log);
}

static void done(struct attempt *attempt)
{
    struct notifier *n = attempt->owner;
    bool is_taken = attempt->wire == WIRE_OK && attempt->status >= 200 && attempt->status < 300;
    n->is_out = false;
    buf_release(&attempt->reply);
    if (is_taken)
        taken(n, n->services->now_ms);
    else
        failed(n, attempt, n->services->now_ms);
}

static void send(struct notifier *n)
{
    struct http *http = &n->services->http;
    size_t used = 0;
    n->headers[used++] = (struct header){ SPAN("Content-Type"), SPAN("application/json") };
    snprintf(n->timestamp, sizeof(n->timestamp), "%lld", (long long)(wall_ms(n) / 1000));
    n->headers[used++] = (struct header){ SPAN("webhook-id"), span_of(n->id) };
    n->headers[used++] = (struct header){ SPAN("webhook-timestamp"), span_of(n->timestamp) };
    if (n->secret) {
        make_signature(n);
        n->headers[used++] = (struct header){ SPAN("webhook-signature"), span_of(n->signature) };
    }
    n->attempt = (struct attempt){ .method = "POST",
                                   .url = n->url,
                                   .headers = n->headers,
                                   .n_headers = used,
                                   .body = buf_peek(&n->body),
                                   .connect_ms = CONNECT_MS,
                                   .total_ms = TOTAL_MS,
                                   .max_body = ANSWER_BYTES,
                                   .allow_private = true,
                                   .done = done,
                                   .owner = n };
    n->is_out = true;
    http->send(http->self, &n->attempt);
}

int64_t notifier_next(const struct notifier *n)
{
    if (!n || n->is_out)
        return INT64_MAX;
    return n->due_ms == INT64_MAX || n->due_ms > n->retry_ms ? n->due_ms : n->retry_ms;
}

void notifier_run(struct notifier *n, int64_t now_ms)
{
    if (now_ms < notifier_next(n))
        return;
    bool is_same = n->body.p && !n->is_stale;
    if (is_same || build(n, now_ms))
        send(n);
}
