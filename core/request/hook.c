/*
 * hook.c - the code of an adapter over one request.
 *
 * Arguments become one JSON text, answers are the texts that the shop sent; get walks over either with
 * core/json/scan.h, which trusts nothing.  A path is walked from its beginning each time: messages are small,
 * and a hook that keeps no places cannot keep stale ones.
 */
#include "core/request/hook.h"

#include "core/crypt/crypt.h"
#include "core/json/scan.h"
#include "core/json/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
    struct cw_msg msg; /* first: the hook's pointer is this one's */
    const struct platform *platform;
    const struct hook *hook;
    const struct render_in *in;
    struct arena *arena;
    struct fault *fault;
    struct tree *body;
    struct span args; /* as JSON; p NULL: not needed so far */
    size_t calls, bytes;
    enum err err; /* what the host holds against it */
};

static struct message *of(const struct cw_msg *msg)
{
    return (struct message *)(uintptr_t)msg;
}

/* The first complaint stands. */
static void misused(struct message *m, const char *what, const char *path)
{
    if (!m->err)
        m->err = fault_set(m->fault, ERR_INTERNAL, "the hook of adapter %s on %s %s%s%.120s", m->platform->table->name,
                           m->in->endpoint->row->name, what, path ? ": " : "", path ? path : "");
}

/* false: over its budget. */
static bool spend(struct message *m, size_t bytes)
{
    m->calls++;
    if (m->calls > HOOK_CALLS_MAX || bytes > HOOK_BYTES_MAX - m->bytes) {
        misused(m, "takes more calls or memory than one message has", NULL);
        return false;
    }
    m->bytes += bytes;
    return true;
}

/* ---- finding ------------------------------------------------------------------------------------------------ */

struct search {
    const char *end;
    size_t i; /* matches still to pass over */
    struct span found;
};

static bool match(struct search *s, const char *json, const char *path);

static bool match_element(struct search *s, const char *json, const char *path)
{
    char *close = NULL;
    unsigned long wanted = path[1] == ']' ? 0 : strtoul(path + 1, &close, 10);
    bool all = path[1] == ']';
    const char *rest = all ? path + 2 : close && close > path + 1 && *close == ']' ? close + 1 : NULL;
    if (*json != '[' || !rest)
        return false;
    rest += *rest == '.';
    const char *p = json_blanks(json + 1, s->end);
    for (unsigned long n = 0; p < s->end && *p != ']' && (all || n <= wanted); n++) {
        if ((all || n == wanted) && match(s, p, rest))
            return true;
        p = json_skip(p, s->end, 0);
        p = p ? json_blanks(p, s->end) : s->end;
        if (p < s->end && *p == ',')
            p = json_blanks(p + 1, s->end);
    }
    return false;
}

static bool match_member(struct search *s, const char *json, const char *path)
{
    size_t n = strcspn(path, ".[");
    const char *rest = path + n + (path[n] == '.'), *p = *json == '{' ? json_blanks(json + 1, s->end) : s->end;
    while (n > 0 && p < s->end && *p == '"') {
        unsigned flags = 0;
        const char *name = p + 1, *close = json_string_end(name, s->end, &flags);
        p = close ? json_blanks(close + 1, s->end) : s->end;
        if (p >= s->end || *p != ':')
            return false;
        p = json_blanks(p + 1, s->end);
        if (p < s->end && (size_t)(close - name) == n && memcmp(name, path, n) == 0)
            return match(s, p, rest);
        p = p < s->end ? json_skip(p, s->end, 0) : NULL;
        p = p ? json_blanks(p, s->end) : s->end;
        if (p < s->end && *p == ',')
            p = json_blanks(p + 1, s->end);
    }
    return false;
}

/* The i-th scalar at the path, below the value that begins at json. */
static bool match(struct search *s, const char *json, const char *path)
{
    if (*path == '[')
        return match_element(s, json, path);
    if (*path)
        return match_member(s, json, path);
    const char *behind = json_skip(json, s->end, 0);
    if (!behind || *json == '{' || *json == '[' || *json == 'n')
        return false;
    if (s->i-- > 0)
        return false;
    s->found = (struct span){ json, (size_t)(behind - json) };
    return true;
}

static bool find(struct span text, const char *path, size_t i, struct span *out)
{
    const char *end = text.p + text.n, *json = json_blanks(text.p, end);
    struct search s = { .end = end, .i = i };
    if (json >= end || !match(&s, json, path))
        return false;
    *out = s.found;
    return true;
}

/* ---- what it may see ------------------------------------------------------------------------------------------ */

/* "items[2].sku" -> "items.sku" */
static bool plain_path(const char *path, char out[HOOK_PATH_BYTES])
{
    size_t n = 0;
    for (const char *p = path; *p; p++) {
        if (*p == '[')
            p += strcspn(p, "]");
        if (!*p || n + 1 == HOOK_PATH_BYTES)
            return false;
        if (*p != ']')
            out[n++] = *p;
    }
    out[n] = '\0';
    return true;
}

static bool is_wanted(const struct hook *hook, const char *plain)
{
    for (size_t i = 0; i < hook->n_wants; i++) {
        size_t n = strlen(hook->wants[i]);
        if (strncmp(plain, hook->wants[i], n) == 0 && (plain[n] == '\0' || plain[n] == '.'))
            return true;
    }
    return false;
}

static struct span args_json(struct message *m)
{
    if (!m->args.p) {
        char *text = json_dumps(m->in->args, JSON_COMPACT | JSON_REAL_PRECISION(15));
        m->args = text ? (struct span){ arena_dup(m->arena, span_of(text)), strlen(text) } : SPAN("{}");
        free(text);
    }
    return m->args;
}

/* "@open.parts[0].id": the value of the longest name that begins the path; *rest is what follows.  NULL: not found. */
static const struct found *answer_of(const struct message *m, const char *path, const char **rest)
{
    const struct found *best = NULL;
    size_t best_n = 0;
    for (size_t i = 0; i < m->in->n_found; i++) {
        const struct found *found = &m->in->found[i];
        size_t n = strlen(found->name);
        bool begins = strncmp(path, found->name, n) == 0 && (!path[n] || path[n] == '.' || path[n] == '[');
        if (begins && n >= best_n) { /* of two steps with one name the later one */
            best = found;
            best_n = n;
        }
    }
    *rest = best ? path + best_n + (path[best_n] == '.') : path;
    return best;
}

/* ---- lent to the hook ----------------------------------------------------------------------------------------- */

static void *host_alloc(struct cw_msg *msg, size_t n)
{
    struct message *m = of(msg);
    return spend(m, n) ? arena_zalloc(m->arena, n ? n : 1) : NULL;
}

static const char *keep(struct message *m, struct span json, bool is_plain)
{
    struct json_mended mended = { 0 };
    struct buf text;
    const char *kept = NULL;
    buf_init(&text, HOOK_BYTES_MAX);
    if (is_plain || json.p[0] != '"')
        buf_span(&text, json);
    else
        json_decode(&text, (struct span){ json.p + 1, json.n - 2 }, &mended);
    if (!text.over && !memchr(text.p ? text.p : "", '\0', text.n) && spend(m, text.n + 1))
        kept = arena_dup(m->arena, buf_peek(&text));
    buf_release(&text);
    return kept;
}

static const char *host_get(const struct cw_msg *msg, const char *path, size_t i)
{
    struct message *m = of(msg);
    char plain[HOOK_PATH_BYTES];
    const char *rest = path;
    struct span json;
    if (!spend(m, 0))
        return NULL;
    if (!path || !plain_path(path, plain) || !is_wanted(m->hook, plain)) {
        misused(m, "asks for what its `wants` does not name", path);
        return NULL;
    }
    if (path[0] != '@')
        return find(args_json(m), path, i, &json) ? keep(m, json, false) : NULL;
    const struct found *answer = answer_of(m, path + 1, &rest);
    if (!answer || !answer->value.p)
        return NULL;
    if (!answer->is_json)
        return *rest || i > 0 || answer->value.n == 0 ? NULL : keep(m, answer->value, true);
    return find(answer->value, rest, i, &json) ? keep(m, json, false) : NULL;
}

/* One scalar and nothing behind it. */
static bool is_scalar(struct span json)
{
    const char *end = json.p + json.n;
    bool is_one = json.n > 0 && json.p[0] != '{' && json.p[0] != '[';
    return is_one && json_skip(json.p, end, 0) == end;
}

static enum err put(struct message *m, const char *path, const char *text)
{
    static const char bare[] = "!json";
    char place[HOOK_PATH_BYTES];
    struct fault inner = { 0 };
    struct buf json;
    size_t n = strlen(path), text_n = strlen(text);
    bool is_bare = n >= sizeof(bare) - 1 && strcmp(path + n - (sizeof(bare) - 1), bare) == 0;
    n -= is_bare ? sizeof(bare) - 1 : 0;
    if (n == 0 || n >= sizeof(place) || text_n > HOOK_TEXT_BYTES || (is_bare && !is_scalar(span_of(text))))
        return ERR_INVALID_REQUEST;
    memcpy(place, path, n);
    place[n] = '\0';
    buf_init(&json, (size_t)8 * HOOK_TEXT_BYTES);
    if (is_bare)
        buf_span(&json, span_of(text));
    else
        buf_json(&json, span_of(text));
    enum err err = json.over ? ERR_INVALID_REQUEST : tree_put(m->body, place, buf_peek(&json), &inner);
    buf_release(&json);
    return err;
}

static int host_put(struct cw_msg *msg, const char *path, const char *text)
{
    struct message *m = of(msg);
    if (!spend(m, 0))
        return -1;
    if (!path || !text || put(m, path, text)) {
        misused(m, "writes where nothing can stand", path);
        return -1;
    }
    return 0;
}

static int host_mac(enum cw_alg alg, const char *key, const void *data, size_t n, char *out, size_t out_n)
{
    unsigned char mac[CRYPT_HASH_BYTES];
    size_t mac_n = alg == CW_HMAC_SHA256 ? CRYPT_HASH_BYTES : alg == CW_HMAC_SHA1 ? CRYPT_SHA1_BYTES : 0;
    if (mac_n == 0 || !key || (!data && n > 0) || !out || out_n < mac_n)
        return -1;
    struct span text = { n ? data : "", n };
    if (alg == CW_HMAC_SHA256)
        crypt_hmac(span_of(key), text, mac);
    else
        crypt_hmac_sha1(span_of(key), text, mac);
    memcpy(out, mac, mac_n);
    return (int)mac_n;
}

static int host_refuse(struct cw_msg *msg, const char *field, const char *text)
{
    struct message *m = of(msg);
    if (!m->err)
        m->err = fault_set(m->fault, ERR_VALIDATION_FAILED, "%.100s%s%.300s", field ? field : "", field ? ": " : "",
                           text ? text : "the adapter does not say why");
    return -1;
}

static const char *host_format(struct cw_msg *msg, const char *format, ...)
{
    struct message *m = of(msg);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    bool fits = n >= 0 && n <= HOOK_TEXT_BYTES && spend(m, (size_t)n + 1);
    char *text = fits ? arena_alloc(m->arena, (size_t)n + 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    else
        misused(m, "makes a text that is too long", NULL);
    va_end(again);
    va_end(args);
    return text ? text : "";
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

enum err hook_before_send(const struct platform *platform, const struct render_in *in, struct arena *arena,
                          struct fault *fault, struct tree *body)
{
    static const struct cw_host host = { .size = sizeof(host),
                                         .alloc = host_alloc,
                                         .get = host_get,
                                         .put = host_put,
                                         .mac = host_mac,
                                         .refuse = host_refuse,
                                         .format = host_format };
    const struct hook *hook = in->endpoint->hook;
    if (!hook)
        return OK;
    struct message m = { .msg = { .host = &host, .endpoint = in->endpoint->row->name },
                         .platform = platform,
                         .hook = hook,
                         .in = in,
                         .arena = arena,
                         .fault = fault,
                         .body = body };
    int said = hook->row->before_send(&m.msg);
    if (!m.err && said != 0)
        m.err = fault_set(fault, ERR_VALIDATION_FAILED, "the adapter %s refuses these values and does not say why",
                          platform->table->name);
    return m.err;
}
