/*
 * connect.c - connecting a store by a link: states, addresses, and what a callback must hold.
 *
 * States stand in a list, the oldest first; all live equally long, so the list is in the order of their ends, too.
 * They are few (CONNECT_MOST), and looked up once a click: a walk over the hashes is enough, and takes as long for any
 * state that is not there.
 */
#include "oauth/connect.h"

#include "core/base/arena.h"
#include "core/base/base64.h"
#include "core/map/template.h"
#include "core/platform/platform.h"
#include "core/seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const codes[CONNECT_ENDS] = {
    [CONNECTED] = "connected",
    [CONNECT_STATE_MISSING] = "state_missing",
    [CONNECT_STATE_UNKNOWN] = "state_unknown",
    [CONNECT_STATE_EXPIRED] = "state_expired",
    [CONNECT_STATE_USED] = "state_used",
    [CONNECT_STORE_GONE] = "store_gone",
    [CONNECT_DENIED] = "access_denied",
    [CONNECT_PROVIDER_ERROR] = "provider_error",
    [CONNECT_SIGNATURE_INVALID] = "signature_invalid",
    [CONNECT_SHOP_MISMATCH] = "shop_mismatch",
    [CONNECT_ANSWER_INCOMPLETE] = "answer_incomplete",
    [CONNECT_EXCHANGE_FAILED] = "exchange_failed",
    [CONNECT_EXCHANGE_UNCLEAR] = "exchange_unclear",
    [CONNECT_NOT_STORED] = "not_stored",
    [CONNECT_VALIDATION_FAILED] = "validation_failed",
    [CONNECT_REQUEST_INVALID] = "request_invalid",
    [CONNECT_OVERLOADED] = "overloaded",
    [CONNECT_PENDING] = "pending",
    [CONNECT_PAGE_GONE] = "page_gone",
};

const char *connect_code(enum connect_end end)
{
    return codes[end];
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

struct connects {
    const struct env *env;
    struct secret_pool *pool;      /* of keys on trial; NULL: there were none yet */
    struct connect *oldest, **end; /* end: where the next one goes */
    uint32_t n;
};

struct connects *connects_new(const struct env *env)
{
    struct connects *connects = mem_zalloc(sizeof(*connects));
    connects->env = env;
    connects->end = &connects->oldest;
    return connects;
}

struct connect_keys {
    size_t n;
    struct {
        char *name;
        struct secret *value;
    } at[CONNECT_KEYS];
};

void connect_forget_keys(struct connects *connects, struct connect *connect)
{
    struct connect_keys *keys = connect->keys;
    connect->keys = NULL;
    for (size_t i = 0; keys && i < keys->n; i++) {
        free(keys->at[i].name);
        secret_free(connects->pool, keys->at[i].value);
    }
    free(keys);
}

static void take_out(struct connects *connects, struct connect **at)
{
    struct connect *connect = *at;
    *at = connect->next;
    if (!*at)
        connects->end = at;
    connects->n--;
    crypt_wipe(connect->verifier, sizeof(connect->verifier));
    json_decref(connect->args);
    connect_forget_keys(connects, connect);
    free(connect->return_url);
    free(connect);
}

void connects_free(struct connects *connects)
{
    while (connects && connects->oldest)
        take_out(connects, &connects->oldest);
    if (connects)
        secret_pool_free(connects->pool);
    free(connects);
}

uint32_t connects_count(const struct connects *connects)
{
    return connects->n;
}

/* Those that nobody will ask for any more; one whose exchange is out stays until it is done. */
static void forget_old(struct connects *connects, int64_t now_ms)
{
    struct connect **at = &connects->oldest;
    while (*at && (*at)->expires_ms + CONNECT_LIFE_MS <= now_ms) {
        if ((*at)->phase == CONNECT_BUSY)
            at = &(*at)->next;
        else
            take_out(connects, at);
    }
}

/* Makes room among the store's: the oldest that nobody has come back from. */
static void forget_of_store(struct connects *connects, const char *store, int64_t now_ms)
{
    struct connect **first = NULL;
    int n = 0;
    for (struct connect **at = &connects->oldest; *at; at = &(*at)->next) {
        bool is_open = (*at)->phase == CONNECT_OPEN && (*at)->expires_ms > now_ms;
        if (!is_open || strcmp((*at)->store, store) != 0)
            continue;
        first = first ? first : at;
        n++;
    }
    if (n >= CONNECT_PER_STORE)
        take_out(connects, first);
}

static void random_text(const struct env *env, char out[CONNECT_STATE_BYTES + 1])
{
    unsigned char bytes[CRYPT_KEY_BYTES];
    struct buf text;
    env->random(env->self, bytes, sizeof(bytes));
    buf_init_secret(&text, CONNECT_STATE_BYTES);
    base64_write_url(&text, (struct span){ (const char *)bytes, sizeof(bytes) });
    memcpy(out, text.p, CONNECT_STATE_BYTES);
    out[CONNECT_STATE_BYTES] = '\0';
    buf_release(&text);
    crypt_wipe(bytes, sizeof(bytes));
}

enum err connects_open(struct connects *connects, const struct connect_ask *ask, int64_t now_ms, struct fault *fault,
                       char state[CONNECT_STATE_BYTES + 1], struct connect **out)
{
    forget_old(connects, now_ms);
    forget_of_store(connects, ask->store->id, now_ms);
    if (connects->n >= CONNECT_MOST)
        return fault_set(fault, ERR_OVERLOADED,
                         "%d connections are under way: expected fewer; try again in ten minutes", CONNECT_MOST);
    struct connect *connect = mem_zalloc(sizeof(*connect));
    random_text(connects->env, state);
    random_text(connects->env, connect->verifier);
    random_text(connects->env, connect->page);
    crypt_sha256((struct span){ state, CONNECT_STATE_BYTES }, connect->hash);
    snprintf(connect->store, sizeof(connect->store), "%s", ask->store->id);
    snprintf(connect->way, sizeof(connect->way), "%s", ask->way->row->name);
    snprintf(connect->actor, sizeof(connect->actor), "%s", ask->actor ? ask->actor : "");
    connect->store_created_ms = ask->store->created_ms;
    connect->return_url = ask->return_url ? mem_dup(span_of(ask->return_url)) : NULL;
    connect->expires_ms = now_ms + CONNECT_LIFE_MS;
    *connects->end = connect;
    connects->end = &connect->next;
    connects->n++;
    *out = connect;
    return OK;
}

enum connect_end connects_find(struct connects *connects, struct span state, int64_t now_ms, struct connect **out)
{
    unsigned char hash[CRYPT_HASH_BYTES];
    struct connect *found = NULL;
    forget_old(connects, now_ms);
    if (state.n == 0)
        return CONNECT_STATE_MISSING;
    crypt_sha256(state, hash);
    for (struct connect *at = connects->oldest; at; at = at->next) {
        if (crypt_equal(at->hash, hash, sizeof(hash)))
            found = at;
    }
    if (!found)
        return CONNECT_STATE_UNKNOWN;
    if (found->phase == CONNECT_OPEN && found->expires_ms <= now_ms)
        return CONNECT_STATE_EXPIRED;
    *out = found;
    return found->phase == CONNECT_OPEN ? CONNECTED : CONNECT_STATE_USED;
}

struct connect *connects_told(struct connects *connects, struct span page, int64_t now_ms)
{
    struct connect *found = NULL;
    forget_old(connects, now_ms);
    for (struct connect *at = connects->oldest; at; at = at->next) {
        if (span_is(page, at->page))
            found = at;
    }
    return found;
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static bool is_clean(struct span url)
{
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\' || c == '"' || c == '<' || c == '>')
            return false;
    }
    return true;
}

/* Of "https://host:port" at the beginning of an address; 0: there is none.  No '@': nobody is named. */
static size_t origin_length(struct span url)
{
    static const char tls[] = "https://", plain[] = "http://";
    size_t at = span_starts(url, span_of(tls))     ? sizeof(tls) - 1
                : span_starts(url, span_of(plain)) ? sizeof(plain) - 1
                                                   : 0;
    size_t host = at;
    while (at > 0 && at < url.n && url.p[at] != '/' && url.p[at] != '?') {
        if (url.p[at] == '@' || url.p[at] == ',')
            return 0;
        at++;
    }
    return at > host ? at : 0;
}

struct span connect_origin(struct span url)
{
    return (struct span){ url.p, origin_length(url) };
}

/* http is for this machine alone. */
static bool is_guarded(struct span url)
{
    static const char *const here[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
    if (span_starts(url, SPAN("https://")))
        return true;
    for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
        size_t n = strlen(here[i]);
        if (span_starts(url, span_of(here[i])) && (url.n == n || url.p[n] == ':' || url.p[n] == '/' || url.p[n] == '?'))
            return true;
    }
    return false;
}

enum err connect_check_public(const char *url, struct fault *fault)
{
    struct span text = span_of(url);
    if (text.n == 0)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "stores are connected by links only where option public-url says under which address this "
                         "gateway is reached: --public-url https://gateway.example");
    if (!is_clean(text) || origin_length(text) == 0 || !is_guarded(text) || strchr(url, '?'))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "option public-url: expected https://HOST, or http:// on this machine, found \"%.100s\"", url);
    return OK;
}

/* The next of a list with commas between. */
static bool next_origin(const char **at, struct span *out)
{
    *at += strspn(*at, ", ");
    size_t n = strcspn(*at, ", ");
    *out = (struct span){ *at, n };
    *at += n;
    return n > 0;
}

enum err connect_check_origins(const char *origins, struct fault *fault)
{
    struct span origin;
    while (next_origin(&origins, &origin)) {
        if (!is_clean(origin) || !is_guarded(origin) || origin_length(origin) != origin.n)
            return fault_set(fault, ERR_INVALID_REQUEST,
                             "option return-origins: expected origins such as https://app.example, without a path, "
                             "found \"%.*s\"",
                             origin.n > 100 ? 100 : (int)origin.n, origin.p);
    }
    return OK;
}

enum err connect_check_return(struct span url, const char *origins, struct fault *fault)
{
    struct span origin;
    size_t n = url.n <= CONNECT_RETURN_BYTES && is_clean(url) ? origin_length(url) : 0;
    if (n == 0)
        return fault_set(
            fault, ERR_VALIDATION_FAILED,
            "return_url: expected an address of at most %d bytes, such as https://app.example/done, without "
            "blanks and without '#'",
            CONNECT_RETURN_BYTES);
    while (next_origin(&origins, &origin)) {
        if (span_eq(origin, (struct span){ url.p, n }))
            return OK;
    }
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "return_url: expected an address of one of the origins that option return-origins lists, found "
                     "%.*s",
                     n > 100 ? 100 : (int)n, url.p);
}

void connect_return(const struct connect *connect, enum connect_end end, struct buf *out)
{
    buf_span(out, span_of(connect->return_url));
    buf_char(out, strchr(connect->return_url, '?') ? '&' : '?');
    buf_printf(out, "store=%s&status=%s", connect->store, end == CONNECTED ? "connected" : "failed");
    if (end != CONNECTED)
        buf_printf(out, "&reason=%s", connect_code(end));
}

/* ---- the way, and its template ----------------------------------------------------------------------------------- */

/* One that is only taken by name ("-") is for this: its credentials open others. */
static bool is_for(const struct store *store, const struct way *way, const struct secret_source *secrets)
{
    return way->authorize && (way->only_named || store_opens(store, way, secrets));
}

enum err connect_way(const struct store *store, struct span name, const struct secret_source *secrets,
                     struct fault *fault, const struct way **out)
{
    const struct platform *platform = store->platform;
    const struct way *named = name.n > 0 ? platform_way(platform, name) : NULL;
    if (name.n > 0 && !(named && named->authorize))
        return fault_set(fault, ERR_VALIDATION_FAILED, "way: %s has none named \"%.*s\" that is opened by a link",
                         platform->table->title, name.n > 60 ? 60 : (int)name.n, name.p);
    bool has_any = false;
    for (size_t i = 0; i < platform->n_ways && !named; i++) {
        has_any |= platform->ways[i].authorize != NULL;
        if (is_for(store, &platform->ways[i], secrets))
            named = &platform->ways[i];
    }
    if (named) {
        *out = named;
        return OK;
    }
    if (!has_any)
        return fault_set(fault, ERR_UNSUPPORTED,
                         "%s is not connected by a link: put its credentials with PUT "
                         "/admin/v1/stores/%s/credentials",
                         platform->table->title, store->id);
    return fault_set(fault, ERR_VALIDATION_FAILED,
                     "store %s lacks a setting or credential that %s needs for a link (the app's client_id and "
                     "client_secret)",
                     store->id, platform->table->title);
}

struct known {
    const struct store *store;
    const char *state, *callback_url, *challenge;
    bool is_address; /* before the '?' */
    struct span absent;
};

/* A setting, or what stands for it where the store has none. */
static const char *setting(const struct store *store, struct span name)
{
    const json_t *value = json_object_getn(store->settings, name.p, name.n);
    const struct cw_setting *row = platform_setting(store->platform, name);
    return json_is_string(value) ? json_string_value(value) : row && !row->secret ? row->value : NULL;
}

static bool get_known(const void *self, struct span name, struct buf *out)
{
    struct known *known = (struct known *)self;
    const struct {
        const char *name, *value;
    } made[] = { { "state", known->state },
                 { "redirect", known->callback_url },
                 { "callback", known->callback_url },
                 { "challenge", known->challenge } };
    const char *value = setting(known->store, name);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        value = span_is(name, made[i].name) ? made[i].value : value;
    if (!value) {
        known->absent = name;
        return false;
    }
    size_t n = strlen(value);
    while (known->is_address && n > 0 && value[n - 1] == '/')
        n--;
    buf_add(out, value, n);
    return true;
}

static enum err fill(struct arena *arena, struct known *known, const char *text, struct fault *fault, struct buf *out)
{
    const struct template *template = NULL;
    struct names names = { .self = known, .get = get_known };
    enum err err = template_parse(arena, text, fault, &template);
    if (err)
        return err;
    switch (template_fill(template, &names, known->is_address ? LAND_URL : LAND_QUERY, out)) {
    case TEMPLATE_FILLED:
        return OK;
    case TEMPLATE_ABSENT:
        return fault_set(fault, ERR_VALIDATION_FAILED, "store %s lacks the setting %.*s, which the link needs",
                         known->store->id, SPAN_ARG(known->absent));
    default:
        return fault_set(fault, ERR_VALIDATION_FAILED, "a setting of store %s holds what may not stand in an address",
                         known->store->id);
    }
}

enum err connect_url(const struct store *store, const struct way *way, const char *state, const char *verifier,
                     const char *callback_url, struct fault *fault, struct buf *out)
{
    unsigned char hash[CRYPT_HASH_BYTES];
    struct buf challenge;
    struct arena arena;
    buf_init(&challenge, 64);
    arena_init(&arena);
    crypt_sha256(span_of(verifier), hash);
    base64_write_url(&challenge, (struct span){ (const char *)hash, sizeof(hash) }); /* RFC 7636 section 4.2 */
    buf_char(&challenge, '\0');
    const char *text = way->row->authorize;
    size_t n = strcspn(text, "?");
    struct known known = { store, state, callback_url, challenge.p, true, { NULL, 0 } };
    enum err err = fill(&arena, &known, arena_dup(&arena, (struct span){ text, n }), fault, out);
    known.is_address = false;
    if (!err)
        err = fill(&arena, &known, text + n, fault, out);
    if (!err && out->over)
        err = fault_set(fault, ERR_VALIDATION_FAILED, "the link would be longer than %d bytes", CONNECT_URL_BYTES);
    arena_release(&arena);
    buf_release(&challenge);
    return err;
}

/* ---- the callback ------------------------------------------------------------------------------------------------ */

static struct span given(const struct connect_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n; i++) {
        if (span_is(answer->pairs[i].name, name))
            return answer->pairs[i].value;
    }
    return (struct span){ NULL, 0 };
}

/* What the way's callback calls it; the standard's own name where no row says. */
static struct span named(const struct way *way, const struct connect_answer *answer, const char *ours)
{
    for (const struct cw_field *row = way->row->returned; row && row->ours; row++) {
        if (strcmp(row->ours, ours) == 0)
            return given(answer, row->theirs);
    }
    return given(answer, ours);
}

struct span connect_state(const struct way *way, const struct connect_answer *answer)
{
    return named(way, answer, "state");
}

bool connect_brings(const struct way *way)
{
    return way->obtain == NULL;
}

/* "https://Acme.example/" and "acme.example" are the same shop. */
static struct span bare(struct span text)
{
    static const char *const marks[] = { "https://", "http://" };
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(marks[i]);
        if (text.n >= n && strncasecmp(text.p, marks[i], n) == 0) {
            text = (struct span){ text.p + n, text.n - n };
            break;
        }
    }
    while (text.n > 0 && text.p[text.n - 1] == '/')
        text.n--;
    return text;
}

static bool is_same_shop(struct span ours, struct span theirs)
{
    struct span a = bare(ours), b = bare(theirs);
    return a.n > 0 && a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* The names that are not the exchange's business. */
static bool is_about_itself(const char *ours)
{
    return strcmp(ours, "state") == 0 || strcmp(ours, "error") == 0 || strcmp(ours, "success") == 0;
}

/* error: RFC 6749 section 4.1.2.1.  success=0: WooCommerce. */
enum connect_end connect_refused(const struct way *way, const struct connect_answer *answer, struct fault *text)
{
    struct span error = named(way, answer, "error"), success = named(way, answer, "success");
    if (error.n == 0 && (success.n == 0 || span_is(success, "1")))
        return CONNECTED;
    fault_set(text, ERR_STORE_REJECTED, "the provider says %.*s", error.n > 80 ? 80 : (int)error.n,
              error.n ? error.p : "no");
    return error.n == 0 || span_is(error, "access_denied") ? CONNECT_DENIED : CONNECT_PROVIDER_ERROR;
}

static enum connect_end read_row(const struct store *store, const struct cw_field *row, struct span value, json_t *args,
                                 json_t *credentials, struct fault *text)
{
    const struct cw_setting *known = platform_setting(store->platform, span_of(row->ours));
    const char *ours = known && !known->secret ? setting(store, span_of(row->ours)) : NULL;
    if (ours && is_same_shop(span_of(ours), value))
        return CONNECTED; /* as the store has it, "https://" and all */
    if (ours) {
        fault_set(text, ERR_STORE_REJECTED, "%s: expected \"%.80s\", found \"%.*s\"", row->ours, ours,
                  value.n > 80 ? 80 : (int)value.n, value.p);
        return CONNECT_SHOP_MISMATCH;
    }
    json_t *copy = json_stringn(value.p, value.n);
    if (!copy) {
        fault_set(text, ERR_STORE_REJECTED, "%s: expected text in UTF-8", row->theirs);
        return CONNECT_ANSWER_INCOMPLETE;
    }
    json_object_set_new(known && known->secret ? credentials : args, row->ours, copy);
    return CONNECTED;
}

enum connect_end connect_read(const struct store *store, const struct way *way, const struct connect_answer *answer,
                              json_t *args, json_t *credentials, struct fault *text)
{
    enum connect_end end = connect_refused(way, answer, text);
    for (const struct cw_field *row = way->row->returned; row && row->ours && end == CONNECTED; row++) {
        struct span value = given(answer, row->theirs);
        if (is_about_itself(row->ours))
            continue;
        if (value.n > 0) {
            end = read_row(store, row, value, args, credentials, text);
        } else if (row->flags & CW_REQUIRED) {
            fault_set(text, ERR_STORE_REJECTED, "expected the parameter \"%s\", found none", row->theirs);
            end = CONNECT_ANSWER_INCOMPLETE;
        }
    }
    return end;
}

/* ---- credentials on trial ---------------------------------------------------------------------------------------- */

bool connect_try(struct connects *connects, struct connect *connect, const json_t *credentials)
{
    const char *name;
    json_t *value;
    connect_forget_keys(connects, connect);
    if (json_object_size(credentials) > CONNECT_KEYS)
        return false;
    if (!connects->pool)
        connects->pool = secret_pool_new();
    struct connect_keys *keys = mem_zalloc(sizeof(*keys));
    json_object_foreach((json_t *)credentials, name, value)
    {
        struct span text = { json_string_value(value), json_string_length(value) };
        keys->at[keys->n].name = mem_dup(span_of(name));
        keys->at[keys->n++].value = secret_new(connects->pool, text);
    }
    connect->keys = keys;
    return true;
}

static enum err lend_on_trial(void *self, struct span store, struct span field, const struct secret **out)
{
    const struct connect_trial *trial = self;
    for (size_t i = 0; i < trial->keys->n; i++) {
        if (span_is(field, trial->keys->at[i].name)) {
            *out = trial->keys->at[i].value;
            return OK;
        }
    }
    return trial->rest->lend(trial->rest->self, store, field, out);
}

struct secret_source connect_trial_source(struct connect_trial *trial)
{
    return (struct secret_source){ trial, lend_on_trial };
}

enum err connect_seal(const struct connect *connect, struct vault *vault, struct fault *fault,
                      struct vault_change **out)
{
    const struct connect_keys *keys = connect->keys;
    struct vault_field fields[CONNECT_KEYS];
    struct buf text;
    size_t at = 0;
    buf_init_secret(&text, (size_t)CONNECT_KEYS * SECRET_MAX_BYTES);
    for (size_t i = 0; i < keys->n; i++) {
        size_t before = text.n;
        secret_write(keys->at[i].value, &text);
        fields[i] = (struct vault_field){ span_of(keys->at[i].name), { NULL, text.n - before } };
    }
    for (size_t i = 0; i < keys->n; i++) { /* it stays where it is now */
        fields[i].value.p = text.p + at;
        at += fields[i].value.n;
    }
    enum err err = vault_put(vault, span_of(connect->store), fields, keys->n, fault, out);
    buf_release(&text);
    return err;
}
