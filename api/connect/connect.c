/*
 * connect.c - the way back from a link that connects a store (connect_link.c makes the link).
 *
 *     browser   GET callback -> state taken -> exchange (oauth/tokens.h) -> audit -> store.validate -> 303
 *               or POST callback with a form, where a provider sends the browser so (response_mode=form_post)
 *     shop      POST callback -> state taken -> credentials into the vault, with the audit's line -> 200
 *               and its browser: GET callback -> store.validate -> 303
 *     again     POST callback -> state taken -> kept aside, since the store has credentials -> 200
 *               and its browser: GET callback -> store.validate by them -> into the vault, audit -> 303
 *
 * The 303 leads to the application, or to a page of ours that tells the end: its address holds neither code nor state, so
 * neither stays in the browser's bar and history, and loading it again asks for nothing.
 *
 * The shop that posts waits for our answer, maybe in its only process: it is not asked anything before it has that.
 * A state is taken before anything is sent, so what comes twice is exchanged once; an exchange belongs to the state
 * and not to the visit, which may end before it.
 */
#include "api/connect/connect_inside.h"

#include "api/connect/pages.h"
#include "api/visit.h"
#include "core/log/log.h"
#include "core/platform/registry.h"
#include "core/request/render.h"
#include "core/request/sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE_BYTES = 16 * 1024, POSTED_BYTES = 16 * 1024, POSTED_MEMBERS = 32 };

/* ---- what is refused before a handler sees it ----------------------------------------------------------------------
 */

/* What a browser can post (HTML, form submission); a shop's server posts JSON. */
static const char *const forms[] = { "application/x-www-form-urlencoded", "multipart/form-data", "text/plain" };

/* The place in `forms` of what was posted; their number: it is none. */
static size_t form_of(const struct request *request)
{
    const size_t most = sizeof(forms) / sizeof(forms[0]);
    struct span type = header_get(request->headers, request->n_headers, "Content-Type");
    size_t i = 0;
    while (i < most && (type.n < strlen(forms[i]) || strncasecmp(type.p, forms[i], strlen(forms[i])) != 0))
        i++;
    return i;
}

bool connect_is_for_people(const struct request *request)
{
    if (span_is(request->path, CONNECT_START_PATH) || span_is(request->path, CONNECT_END_PATH))
        return true;
    if (!span_is(request->path, CONNECT_PATH))
        return false;
    return span_is(request->method, "GET") ||
           (span_is(request->method, "POST") && form_of(request) < sizeof(forms) / sizeof(forms[0]));
}

static enum connect_end end_of_refusal(enum err err)
{
    return err == ERR_OVERLOADED ? CONNECT_OVERLOADED : CONNECT_REQUEST_INVALID;
}

bool connect_refuse_early(const struct request *request, enum err err, struct reply *reply)
{
    if (!connect_is_for_people(request))
        return false;
    *reply = (struct reply){ .status = err_status(err), .headers = page_headers, .n_headers = PAGE_HEADERS };
    buf_init(&reply->body, PAGE_BYTES);
    page_connect(end_of_refusal(err), &(const struct page_about){ 0 }, &reply->body);
    return true;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* Of a visit: in its arena. */
struct coming_back {
    struct connect *connect;
    const struct way *way;
    struct vault_change *change;
    struct connect_trial trial;
    struct secret_source on_trial;
};

static void note(struct visit *visit, const struct connect *connect, enum connect_end end, const char *why)
{
    struct log *log = visit->gateway->services.log;
    log_begin(log, end == CONNECTED ? LEVEL_INFO : LEVEL_WARN, "connect");
    log_text(log, "request", visit->id);
    if (connect) {
        log_text(log, "store", span_of(connect->store));
        log_text(log, "way", span_of(connect->way));
    }
    log_text(log, "end", span_of(connect_code(end)));
    if (why && why[0])
        log_text(log, "why", span_of(why));
    log_end(log);
}

/* A store is named to whoever comes back with a state of its own. */
static struct page_about about_of(struct visit *visit)
{
    return (struct page_about){ .store = visit->store ? visit->store->id : NULL,
                                .title = visit->store && visit->store->platform ? visit->store->platform->table->title
                                                                                : NULL,
                                .gateway = visit->gateway->options.public_url,
                                .request = arena_dup(&visit->arena, visit->id) };
}

static void show_page(struct visit *visit, int status, const char *location, enum connect_end end,
                      const struct page_about *about)
{
    struct buf page;
    buf_init(&page, PAGE_BYTES);
    page_connect(end, about, &page);
    visit_page(visit, status, location, &page);
}

/* To the application, or to a page of ours.  In the visit's arena. */
static const char *way_on(struct visit *visit, const struct connect *connect, enum connect_end end)
{
    struct buf where;
    buf_init(&where, CONNECT_URL_BYTES);
    if (connect->return_url)
        connect_return(connect, end, &where);
    else
        connect_our_url(visit->gateway, CONNECT_END_PATH, &where);
    const char *location = arena_dup(&visit->arena, buf_peek(&where));
    buf_release(&where);
    return connect->return_url ? location : arena_printf(&visit->arena, "%s?page=%s", location, connect->page);
}

/* Ends the visit of a browser.  connect: NULL where it is not known, or not the browser's. */
static void show(struct visit *visit, const struct connect *connect, enum connect_end end)
{
    struct page_about about = about_of(visit);
    if (connect && end != CONNECT_PENDING)
        show_page(visit, 303, way_on(visit, connect, end), end, &about);
    else
        show_page(visit, page_status(end), NULL, end, &about);
}

void connect_refuse(struct visit *visit, enum err err, const struct fault *fault)
{
    enum connect_end end = end_of_refusal(err);
    note(visit, NULL, end, fault->text);
    show(visit, NULL, end);
}

static void done(const struct visit *visit, struct connect *connect, enum connect_end end)
{
    connect->phase = CONNECT_DONE;
    connect->end = end;
    snprintf(connect->request, sizeof(connect->request), "%.*s", SPAN_ARG(visit->id));
}

static void finish(struct visit *visit, struct connect *connect, enum connect_end end, const char *why)
{
    note(visit, connect, end, why);
    done(visit, connect, end);
    show(visit, connect, end);
}

static enum err write_keys(struct visit *visit, struct db *db, struct fault *fault)
{
    const struct coming_back *back = visit->work;
    return vault_change_write(back->change, db, fault);
}

static void end_keys(struct visit *visit, enum err err)
{
    const struct coming_back *back = visit->work;
    vault_change_done(visit->gateway->vault, back->change, !err);
    if (err)
        return;
    *store_refusals(visit->store) = (struct refusals){ 0 };
    stores_renew(visit->gateway->stores, span_of(visit->store->id));
}

static void keys_replaced(struct visit *visit, enum err err, const struct fault *fault)
{
    struct coming_back *back = visit->work;
    end_keys(visit, err);
    finish(visit, back->connect, err ? CONNECT_NOT_STORED : CONNECTED, err ? fault->text : "");
}

static const struct visit_work replacing_keys = { write_keys, keys_replaced };

/* The keys on trial have shown that they work: now they are the store's. */
static void replace_keys(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct coming_back *back = visit->work;
    struct fault why = { 0 };
    const struct store *now = stores_find(g->stores, span_of(visit->store->id));
    bool is_same = now && now->created_ms == visit->store->created_ms;
    enum err err = is_same ? connect_seal(back->connect, g->vault, &why, &back->change) : OK;
    connect_forget_keys(g->connects, back->connect);
    visit->actor = back->connect->actor;
    if (!is_same)
        finish(visit, back->connect, CONNECT_STORE_GONE, "");
    else if (err)
        finish(visit, back->connect, CONNECT_NOT_STORED, why.text);
    else
        visit_change(visit, "store.connected", span_of(visit->store->id), &replacing_keys);
}

/* They work, or there is no call that would show it. */
static void accept(struct visit *visit)
{
    struct coming_back *back = visit->work;
    if (back->connect->keys)
        replace_keys(visit);
    else
        finish(visit, back->connect, CONNECTED, "");
}

static void validated(struct call *call)
{
    struct visit *visit = call->owner;
    struct coming_back *back = visit->work;
    if (!call->err) {
        accept(visit);
        return;
    }
    connect_forget_keys(visit->gateway->connects, back->connect);
    finish(visit, back->connect, CONNECT_VALIDATION_FAILED, call->fault.text);
}

/* One cheap call by the way that was connected: do the new credentials work?  What a way that is only named gives opens
 * another (WooCommerce's posted keys): that is the store's. */
static void validate(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct coming_back *back = visit->work;
    if (!platform_endpoint(visit->store->platform, "store.validate")) {
        accept(visit);
        return;
    }
    if (back->connect->keys) {
        back->trial = (struct connect_trial){ back->connect->keys, &g->services.secrets };
        back->on_trial = connect_trial_source(&back->trial);
    }
    visit->args = json_object();
    visit->has_call = true;
    buf_init(&visit->data, PAGE_BYTES);
    buf_init(&visit->problems, PAGE_BYTES);
    visit->call = (struct call){ .services = &g->services,
                                 .store = visit->store,
                                 .method = method_find("store.validate"),
                                 .way = back->way->only_named ? NULL : back->way,
                                 .secrets = back->connect->keys ? &back->on_trial : NULL,
                                 .arena = &visit->arena,
                                 .args = visit->args,
                                 .id = visit->id,
                                 .data = &visit->data,
                                 .problems = &visit->problems,
                                 .deadline_ms = g->services.now_ms + g->options.call_ms,
                                 .upstream = { .retry_after_ms = -1 },
                                 .done = validated,
                                 .owner = visit };
    call_start(&visit->call);
}

/* ---- whose it is ------------------------------------------------------------------------------------------------ */

/* "state", or what a way of a platform that is loaded calls it. */
static struct span find_state(const struct gateway *g, const struct connect_answer *answer)
{
    const struct platform *platform;
    for (size_t i = 0; (platform = registry_at(g->registry, i)); i++) {
        for (size_t k = 0; k < platform->n_ways; k++) {
            struct span state = { NULL, 0 };
            if (platform->ways[k].authorize)
                state = connect_state(&platform->ways[k], answer);
            if (state.n > 0)
                return state;
        }
    }
    for (size_t i = 0; i < answer->n; i++) { /* no way of ours calls it so: it will be an unknown one */
        if (span_is(answer->pairs[i].name, "state"))
            return answer->pairs[i].value;
    }
    return (struct span){ NULL, 0 };
}

/* The state's way, and its store held by the visit.  NULL: they are not there any more. */
static const struct way *hold_store(struct visit *visit, const struct connect *connect)
{
    const struct store *store = stores_find(visit->gateway->stores, span_of(connect->store));
    bool is_same = store && store->platform && store->created_ms == connect->store_created_ms;
    const struct way *way = is_same ? platform_way(store->platform, span_of(connect->way)) : NULL;
    if (!way || !way->authorize)
        return NULL;
    visit->store = store_hold(store);
    return way;
}

/* The state, its store (held by the visit) and its way.  CONNECTED or _USED: all three are there. */
static enum connect_end recognise(struct visit *visit, const struct connect_answer *answer, struct connect **connect,
                                  const struct way **way)
{
    struct gateway *g = visit->gateway;
    struct span state = find_state(g, answer);
    enum connect_end end = connects_find(g->connects, state, g->services.now_ms, connect);
    if ((end != CONNECTED && end != CONNECT_STATE_USED) || !*connect)
        return end;
    *way = hold_store(visit, *connect);
    if (!*way)
        return CONNECT_STORE_GONE;
    /* Another way's name for it does not do: it would be another platform's callback. */
    return span_eq(connect_state(*way, answer), state) ? end : CONNECT_STATE_UNKNOWN;
}

/* That consent was not given is taken from whoever knows the state: Shopify does not sign it, and it only ends the
 * link. */
static enum connect_end read_answer(struct visit *visit, const struct way *way, const struct connect_answer *answer,
                                    json_t *args, json_t *credentials, struct fault *why)
{
    struct services *s = &visit->gateway->services;
    struct render_in in = {
        .store = visit->store, .way = way, .secrets = &s->secrets, .wall_ms = visit_wall_ms(visit)
    };
    enum connect_end refused = connect_refused(way, answer, why);
    if (refused != CONNECTED)
        return refused;
    struct sign_came came = { visit->request->method, visit->request->query, visit->request->body };
    if (way->callback.row && sign_check(&way->callback, &in, &came, in.wall_ms, why))
        return CONNECT_SIGNATURE_INVALID;
    return connect_read(visit->store, way, answer, args, credentials, why);
}

/* ---- the browser sets out ---------------------------------------------------------------------------------------- */

static void show_start(struct visit *visit, const struct connect *connect, const char *authorize_url)
{
    struct page_about about = about_of(visit);
    struct buf page;
    struct tm at;
    char until[32];
    time_t end_s = (time_t)((visit_wall_ms(visit) + connect->expires_ms - visit->gateway->services.now_ms) / 1000);
    strftime(until, sizeof(until), "%H:%M UTC", gmtime_r(&end_s, &at));
    about.request = NULL;
    buf_init(&page, PAGE_BYTES);
    page_start(&about, authorize_url, until, &page);
    visit_page(visit, 200, NULL, &page);
}

/* Whoever looks first, a mail program too, uses nothing up. */
void connect_start(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct span state = { NULL, 0 };
    struct connect *connect = NULL;
    struct fault fault = { 0 };
    struct buf url;
    visit_query(visit, "state", &state);
    enum connect_end end = connects_find(g->connects, state, g->services.now_ms, &connect);
    const struct way *way = end == CONNECTED ? hold_store(visit, connect) : NULL;
    buf_init(&url, CONNECT_URL_BYTES);
    if (end == CONNECTED &&
        (!way || connect_consent_url(g, visit->store, way, arena_dup(&visit->arena, state), connect, &fault, &url)))
        end = CONNECT_STORE_GONE;
    if (end == CONNECTED) {
        buf_char(&url, '\0');
        show_start(visit, connect, url.p);
    } else {
        note(visit, connect, end, fault.text);
        show(visit, NULL, end);
    }
    buf_release(&url);
}

/* ---- the browser comes back ------------------------------------------------------------------------------------- */

static void audited(struct visit *visit, enum err err, const struct fault *fault)
{
    struct coming_back *back = visit->work;
    if (err)
        finish(visit, back->connect, CONNECT_NOT_STORED, fault->text);
    else
        validate(visit);
}

static const struct visit_work noting_end = { connect_write_nothing, audited };

static enum connect_end end_of(enum err err)
{
    switch (err) {
    case ERR_STORE_TIMEOUT:
    case ERR_STORE_ERROR:
    case ERR_STORE_UNREADABLE:
    case ERR_LANE_DEADLINE:
    case ERR_OVERLOADED:
        return CONNECT_EXCHANGE_UNCLEAR;
    case ERR_DISK_FULL:
        return CONNECT_NOT_STORED;
    default:
        return CONNECT_EXCHANGE_FAILED;
    }
}

static void obtained(struct token_obtain *obtain)
{
    struct visit *visit = obtain->owner;
    struct coming_back *back = visit->work;
    json_decref(obtain->learnt);
    if (obtain->err) {
        finish(visit, back->connect, end_of(obtain->err), obtain->fault.text);
        return;
    }
    stores_renew(visit->gateway->stores, span_of(visit->store->id));
    visit->actor = back->connect->actor;
    visit_change(visit, "store.connected", span_of(visit->store->id), &noting_end);
}

static void exchange(struct visit *visit, struct connect *connect, const struct way *way)
{
    struct gateway *g = visit->gateway;
    struct buf redirect;
    buf_init(&redirect, CONNECT_URL_BYTES);
    connect_callback_url(g, &redirect);
    json_object_set_new(connect->args, "redirect", json_string(redirect.p));
    json_object_set_new(connect->args, "verifier", json_string(connect->verifier));
    buf_release(&redirect);
    connect->obtain = (struct token_obtain){
        .store = visit->store, .way = way, .args = connect->args, .done = obtained, .owner = visit
    };
    tokens_obtain(g->tokens, &connect->obtain, g->services.now_ms);
}

static struct coming_back *begin(struct visit *visit, struct connect *connect, const struct way *way)
{
    struct coming_back *back = arena_zalloc(&visit->arena, sizeof(*back));
    back->connect = connect;
    back->way = way;
    visit->work = back;
    return back;
}

/* The way's credentials come, or came, by POST; the browser only says that it was let through, or not. */
static void browser_after_post(struct visit *visit, struct connect *connect, const struct way *way,
                               const struct connect_answer *answer)
{
    struct fault why = { 0 };
    enum connect_end end = connect_refused(way, answer, &why);
    if (connect->phase == CONNECT_OPEN && end != CONNECTED)
        finish(visit, connect, end, why.text);
    else if (connect->phase != CONNECT_DONE)
        show(visit, connect, CONNECT_PENDING);
    else if (connect->end != CONNECTED)
        show(visit, connect, connect->end);
    else {
        connect->phase = CONNECT_BUSY; /* so that it stays while the shop is asked */
        validate(visit);
    }
}

static void browser_with_code(struct visit *visit, struct connect *connect, const struct way *way,
                              const struct connect_answer *answer)
{
    struct fault why = { 0 };
    connect->phase = CONNECT_BUSY;
    connect->args = json_object();
    json_t *secrets = json_object();
    enum connect_end end = read_answer(visit, way, answer, connect->args, secrets, &why);
    json_decref(secrets);
    if (end != CONNECTED)
        finish(visit, connect, end, why.text);
    else
        exchange(visit, connect, way);
}

void connect_callback(struct visit *visit)
{
    struct connect_pair pairs[VISIT_QUERY];
    for (size_t i = 0; i < visit->n_query; i++)
        pairs[i] = (struct connect_pair){ visit->query[i].name, visit->query[i].value };
    struct connect_answer answer = { pairs, visit->n_query, visit->request->query, visit_wall_ms(visit) };
    struct connect *connect = NULL;
    const struct way *way = NULL;
    enum connect_end end = recognise(visit, &answer, &connect, &way);
    bool is_known = way && (end == CONNECTED || end == CONNECT_STATE_USED);
    if (is_known)
        begin(visit, connect, way);
    if (is_known && connect_brings(way)) {
        browser_after_post(visit, connect, way, &answer);
    } else if (is_known && end == CONNECTED) {
        browser_with_code(visit, connect, way, &answer);
    } else {
        note(visit, connect, end, "");
        show(visit, NULL, end); /* a stranger's link leads nowhere */
    }
}

/* Nothing is asked, used up or told again. */
void connect_ended(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct span name = { NULL, 0 };
    visit_query(visit, "page", &name);
    const struct connect *connect = connects_told(g->connects, name, g->services.now_ms);
    enum connect_end end = connect ? connect->end : CONNECT_PAGE_GONE;
    if (connect)
        (void)hold_store(visit, connect); /* what it was of may be gone */
    struct page_about about = about_of(visit);
    if (connect) {
        about.store = connect->store;
        about.request = connect->request;
    }
    show_page(visit, page_status(end), NULL, end, &about);
}

/* ---- the shop posts --------------------------------------------------------------------------------------------- */

static void wipe(json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (json_is_string(value))
            crypt_wipe((void *)json_string_value(value), json_string_length(value));
    }
}

static void post_ends(struct visit *visit, struct connect *connect, enum connect_end end, const char *why)
{
    note(visit, connect, end, why);
    if (connect && connect->phase != CONNECT_DONE)
        done(visit, connect, end);
    if (end == CONNECTED) {
        struct buf body;
        buf_init(&body, 8);
        buf_lit(&body, "{}");
        visit_reply_json(visit, &body); /* 200 and nothing else: WooCommerce takes its key back after any other */
        return;
    }
    visit_failf(visit, end == CONNECT_NOT_STORED ? ERR_OVERLOADED : ERR_INVALID_REQUEST, "%s%s%s", connect_code(end),
                why && why[0] ? ": " : "", why ? why : "");
}

static void keys_written(struct visit *visit, enum err err, const struct fault *fault)
{
    struct coming_back *back = visit->work;
    end_keys(visit, err);
    post_ends(visit, back->connect, err ? CONNECT_NOT_STORED : CONNECTED, err ? fault->text : "");
}

static const struct visit_work keeping_keys = { write_keys, keys_written };

/* Has the store any of them already? */
static bool has_others(const struct visit *visit, const json_t *credentials)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)credentials, name, value)
    {
        if (vault_version(visit->gateway->vault, span_of(visit->store->id), span_of(name)) > 0)
            return true;
    }
    return false;
}

/* Put aside; and sealed, where the store has none that could be lost. */
static enum err take_keys(struct visit *visit, struct connect *connect, const json_t *credentials, struct fault *fault)
{
    struct gateway *g = visit->gateway;
    struct coming_back *back = visit->work;
    enum err err = store_check_credentials(visit->store->platform, credentials, false, fault);
    if (!err && !connect_try(g->connects, connect, credentials))
        err = fault_set(fault, ERR_VALIDATION_FAILED, "expected at most %d credentials", CONNECT_KEYS);
    if (err || has_others(visit, credentials))
        return err;
    err = connect_seal(connect, g->vault, fault, &back->change);
    connect_forget_keys(g->connects, connect);
    return err;
}

static void keep_keys(struct visit *visit, struct connect *connect, const struct way *way,
                      const struct connect_answer *answer)
{
    struct fault why = { 0 };
    json_t *args = json_object(), *credentials = json_object();
    begin(visit, connect, way);
    connect->phase = CONNECT_BUSY;
    enum connect_end end = read_answer(visit, way, answer, args, credentials, &why);
    if (end == CONNECTED && take_keys(visit, connect, credentials, &why))
        end = CONNECT_ANSWER_INCOMPLETE;
    wipe(credentials);
    json_decref(credentials);
    json_decref(args);
    visit->actor = connect->actor;
    if (end != CONNECTED || connect->keys)
        post_ends(visit, connect, end, why.text);
    else
        visit_change(visit, "store.connected", span_of(visit->store->id), &keeping_keys);
}

/* The members of a JSON object that are texts; the rest is not for us. */
static size_t read_members(json_t *body, struct connect_pair pairs[POSTED_MEMBERS])
{
    size_t n = 0;
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
    {
        if (json_is_string(value) && n < POSTED_MEMBERS)
            pairs[n++] =
                (struct connect_pair){ span_of(name), { json_string_value(value), json_string_length(value) } };
    }
    return n;
}

static void take_post(struct visit *visit, json_t *body)
{
    struct connect_pair pairs[POSTED_MEMBERS];
    struct connect_answer answer = { pairs, read_members(body, pairs), visit->request->query, visit_wall_ms(visit) };
    struct connect *connect = NULL;
    const struct way *way = NULL;
    enum connect_end end = recognise(visit, &answer, &connect, &way);
    if (end == CONNECTED && connect_brings(way))
        keep_keys(visit, connect, way, &answer);
    else
        post_ends(visit, NULL, end == CONNECTED ? CONNECT_REQUEST_INVALID : end, "");
}

static void take_json(struct visit *visit)
{
    struct span text = visit->request->body;
    json_t *body = text.n <= POSTED_BYTES ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (json_is_object(body))
        take_post(visit, body);
    else
        visit_failf(visit, ERR_INVALID_REQUEST, "body: expected a JSON object of at most %d bytes", POSTED_BYTES);
    wipe(body);
    json_decref(body);
}

/* A browser that a provider sent by a form (OAuth 2.0 Form Post Response Mode): what it says counts as in an address.
 */
static void take_form(struct visit *visit)
{
    struct fault fault = { 0 };
    struct span body = visit->request->body;
    enum err err = OK;
    if (form_of(visit->request) != 0)
        err = fault_set(&fault, ERR_INVALID_REQUEST, "body: expected a form of type %s", forms[0]);
    else if (body.n > POSTED_BYTES)
        err =
            fault_set(&fault, ERR_INVALID_REQUEST, "form: expected at most %d bytes, found %zu", POSTED_BYTES, body.n);
    else
        err = visit_read_pairs(visit, body, "form", &fault);
    if (err)
        connect_refuse(visit, err, &fault);
    else
        connect_callback(visit);
}

void connect_posted(struct visit *visit)
{
    if (connect_is_for_people(visit->request))
        take_form(visit);
    else
        take_json(visit);
}
