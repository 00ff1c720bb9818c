/*
 * resource.c - the call that every gateway makes first: it is let through with a good credential, and with no other.
 */
#include "tests/authsim/inside.h"

#include <string.h>
#include <strings.h>

/* The access token of the call, cleared if there is none. */
static void read_token(const struct ask *ask, struct text *token)
{
    struct text header = { 0 };
    const char *name = ask->provider->token_in;
    as_header(ask->request->headers, name ? name : "Authorization", &header);
    text_puts(token, "");
    if (name)
        text_puts(token, header.p);
    else if (strncasecmp(header.p, "Bearer ", 7) == 0)
        text_puts(token, header.p + 7);
    text_release(&header);
}

static enum authsim_why check_token(struct ask *ask)
{
    struct text text = { 0 };
    read_token(ask, &text);
    struct token *token = as_token_find(ask->sim, text.p);
    bool is_access = token && (token->kind == TOKEN_ACCESS || token->kind == TOKEN_RESTRICTED);
    text_release(&text);
    if (!is_access)
        return AUTHSIM_TOKEN_UNKNOWN;
    ask->grant = token->grant;
    enum authsim_why why = as_token_why(ask->sim, token, ask->now_ms);
    if (why == AUTHSIM_OK && ask->provider->check_token)
        why = ask->provider->check_token(ask, token);
    if (why == AUTHSIM_OK)
        as_token_used(ask->sim, token);
    return why;
}

void as_resource(struct ask *ask)
{
    enum authsim_why why = ask->provider->check_call ? ask->provider->check_call(ask) : AUTHSIM_OK;
    if (why == AUTHSIM_OK && ask->provider->client_by != CLIENT_NONE)
        why = check_token(ask);
    if (why != AUTHSIM_OK) {
        as_deny(ask, why);
        return;
    }
    ask->sim->counts.called++;
    if (ask->grant)
        ask->grant->counts.called++;
    if (ask->route->json)
        as_json(ask, 200, json_loads(ask->route->json, 0, NULL));
    else
        as_json(ask, 200, json_pack("{s:b, s:s}", "ok", 1, "shop", ask->grant ? ask->grant->shop : ""));
}
