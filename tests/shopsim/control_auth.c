/*
 * control_auth.c - /_sim/auth...: the desk of an authorization server.
 *
 *     POST /_sim/auth/consent {"shop":"acme"}                    {"code":"..."}, with no browser
 *     POST /_sim/auth/happen  {"event":"expire","shop":"acme"}   its access tokens are over
 *     GET  /_sim/auth?shop=acme                                  {"obtained":1,...,"refused":{"TOKEN_EXPIRED":1}}
 */
#include "tests/shopsim/auth.h"
#include "tests/shopsim/control.h"

#include <stdlib.h>
#include <string.h>

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static void get_counts(struct desk *desk, struct authsim *auth)
{
    struct authsim_counts counts;
    authsim_counts(auth, query_value(&desk->query, "shop"), desk->arrival->now_ms, &counts);
    json_t *refused = json_object();
    for (int why = 1; why < AUTHSIM_WHY_COUNT; why++)
        if (counts.refused[why])
            json_object_set_new(refused, authsim_why_name((enum authsim_why)why),
                                json_integer((json_int_t)counts.refused[why]));
    desk_json(desk, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "codes", (json_int_t)counts.codes,
                              "obtained", (json_int_t)counts.obtained, "refreshed", (json_int_t)counts.refreshed,
                              "late", (json_int_t)counts.late, "revoked", (json_int_t)counts.revoked, "called",
                              (json_int_t)counts.called, "live_access", (json_int_t)counts.live_access, "live_refresh",
                              (json_int_t)counts.live_refresh, "refused", refused));
}

static void post_consent(struct desk *desk, struct authsim *auth)
{
    char host[256], code[256];
    struct authsim_consent consent = { .shop = or_null(desk_member(desk, "shop")) };
    request_header(desk->arrival->request, "Host", host, sizeof host);
    consent.shop = consent.shop ? consent.shop : host;
    consent.client_id = or_null(desk_member(desk, "client_id"));
    consent.redirect = or_null(desk_member(desk, "redirect"));
    consent.scope = or_null(desk_member(desk, "scope"));
    consent.challenge = or_null(desk_member(desk, "challenge"));
    if (authsim_consent(auth, &consent, desk->arrival->now_ms, code, sizeof code))
        desk_json(desk, json_pack("{s:s}", "code", code));
    else
        desk_refuse(desk, "this provider has no consent page, or no such client_id");
}

static void post_happen(struct desk *desk, struct authsim *auth)
{
    static const char *const events[] = { "expire", "expire_all", "revoke", "password" };
    const char *event = desk_member(desk, "event");
    size_t i = 0, n = sizeof events / sizeof events[0];
    while (i < n && strcmp(events[i], event) != 0)
        i++;
    if (i == n)
        desk_refuse(desk, "expected expire, expire_all, revoke or password as \"event\"");
    else if (!authsim_happen(auth, or_null(desk_member(desk, "shop")), (enum authsim_event)i, desk->arrival->now_ms))
        desk_refuse(desk, "this shop never gave its consent");
    else
        text_puts(&desk->answer->body, "{}");
}

static void post_redirect(struct desk *desk, struct authsim *auth)
{
    authsim_redirect(auth, or_null(desk_member(desk, "redirect")));
    text_puts(&desk->answer->body, "{}");
}

static void post_faults(struct desk *desk, struct authsim *auth)
{
    char error[160];
    const struct text *body = &desk->arrival->request->body;
    if (authsim_script(auth, body->p, body->n, error, sizeof error))
        text_puts(&desk->answer->body, "{}");
    else
        desk_refuse(desk, error);
}

static void delete_faults(struct desk *desk, struct authsim *auth)
{
    authsim_no_faults(auth);
    text_puts(&desk->answer->body, "{}");
}

/* ?access=TOKEN or ?refresh=TOKEN */
static void get_token(struct desk *desk, struct authsim *auth)
{
    const char *access = query_value(&desk->query, "access"), *refresh = query_value(&desk->query, "refresh");
    if (!access && !refresh) {
        desk_refuse(desk, "expected access=TOKEN or refresh=TOKEN");
        return;
    }
    enum authsim_why why = access ? authsim_access(auth, access, desk->arrival->now_ms)
                                  : authsim_refresh_token(auth, refresh, desk->arrival->now_ms);
    desk_json(desk, json_pack("{s:b, s:s}", "good", why == AUTHSIM_OK, "why", authsim_why_name(why)));
}

static const struct {
    const char *method, *path;
    void (*answer)(struct desk *desk, struct authsim *auth);
} desks[] = {
    { "GET", "/_sim/auth", get_counts },
    { "GET", "/_sim/auth/token", get_token },
    { "POST", "/_sim/auth/consent", post_consent },
    { "POST", "/_sim/auth/happen", post_happen },
    { "POST", "/_sim/auth/redirect", post_redirect },
    { "POST", "/_sim/auth/faults", post_faults },
    { "DELETE", "/_sim/auth/faults", delete_faults },
};

bool desk_auth_name(size_t index, const char **method, const char **path)
{
    if (index >= sizeof desks / sizeof desks[0])
        return false;
    *method = desks[index].method;
    *path = desks[index].path;
    return true;
}

bool desk_auth(struct desk *desk)
{
    const struct request *request = desk->arrival->request;
    const struct dialect *dialect = desk->sim->dialect;
    struct authsim *auth = dialect->auth ? dialect->auth(desk->sim->shop) : NULL;
    for (size_t i = 0; auth && i < sizeof desks / sizeof desks[0]; i++) {
        if (strcmp(desks[i].method, request->method) != 0 || strcmp(desks[i].path, request->path) != 0)
            continue;
        desks[i].answer(desk, auth);
        return true;
    }
    return false;
}
