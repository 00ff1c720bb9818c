/*
 * kaufland.c - Kaufland: no tokens; each call is signed.
 *
 * Shop-Client-Key, Shop-Timestamp (seconds), Shop-Signature = hex HMAC-SHA256(secret key, METHOD \n whole address with
 * its query \n body \n timestamp); User-Agent is required (productflowbv/kaufland-php-client src/Connection.php,
 * saleweaver/python-kaufland-api base/_core.py).  Assumed: a window of 5 minutes, 401 for all of it.
 */
#include "tests/authsim/rows.h"

#define WINDOW_S 300

static void put_denied(struct ask *ask, const struct refusal *row)
{
    as_json(ask, row->why == AUTHSIM_BAD_HEADER ? 400 : 401, json_pack("{s:s}", "message", row->text));
}

static bool signature_fits(const struct ask *ask, const char *stamp)
{
    const struct authsim_request *request = ask->request;
    struct text text = { 0 }, made = { 0 }, given = { 0 };
    text_printf(&text, "%s\n", request->method);
    as_put_url(ask, &text);
    text_char(&text, '\n');
    if (request->body_n)
        text_add(&text, request->body, request->body_n);
    text_printf(&text, "\n%s", stamp);
    as_hmac_hex(ask->sim->client[0].secret, &text, &made);
    as_header(request->headers, "Shop-Signature", &given);
    bool fits = as_same(made.p, given.p);
    text_release(&text);
    text_release(&made);
    text_release(&given);
    return fits;
}

static enum authsim_why check_call(struct ask *ask)
{
    struct text key = { 0 }, stamp = { 0 };
    enum authsim_why why = AUTHSIM_OK;
    as_header(ask->request->headers, "Shop-Client-Key", &key);
    as_header(ask->request->headers, "Shop-Timestamp", &stamp);
    if (!as_has_header(ask, "User-Agent"))
        why = AUTHSIM_BAD_HEADER;
    else if (!as_same(key.p, ask->sim->client[0].id))
        why = AUTHSIM_WRONG_CLIENT;
    else if (!signature_fits(ask, stamp.p))
        why = AUTHSIM_SIGNATURE;
    else if (!as_is_fresh(ask, stamp.p, WINDOW_S))
        why = AUTHSIM_STALE;
    text_release(&key);
    text_release(&stamp);
    return why;
}

static const struct route routes[] = {
    CALL("GET", "/v2/status/ping", "{\"data\":{\"message\":\"OK\"}}"),
    CALL("GET", "/v2/orders", "{\"data\":[],\"pagination\":{\"offset\":0,\"limit\":30,\"total\":0}}"),
    CALL("POST", "/v2/units", "{\"data\":{}}"),
    NO_MORE_ROUTES,
};

const struct provider as_kaufland = {
    .name = "kaufland",
    .routes = routes,
    .client_by = CLIENT_NONE,
    .scope = "",
    .put_denied = put_denied,
    .check_call = check_call,
};
