/*
 * credential_alerts.c - what became of tokens, as alerts.
 *
 * An event of the keeper puts alerts on or ends them, by a table; what lasts is found again at a start from the states
 * of all tokens.  Nothing that is said here is secret: times, generations, codes and the shop's words (redacted).
 */
#include "api/connect/credential_alerts.h"

#include "api/gateway.h"
#include "core/seen/notify.h"
#include "core/value/ts.h"
#include "oauth/source.h"

#include <string.h>

enum { SECRET_LEAST = 38, SECRET_MOST = 102, DETAIL_BYTES = 8192 };

/* ---- events ----------------------------------------------------------------------------------------------------- */

enum { STAYS, ON, OFF };
static const unsigned char effects[TOKEN_EVENTS][ALERT_CREDENTIALS] = {
    /*                                 refresh_failed, reauth_required, expiring, scope_changed */
    [TOKEN_EVENT_CONNECTED] = { OFF, OFF, OFF, OFF },
    [TOKEN_EVENT_REFRESHED] = { OFF, OFF, OFF, STAYS },
    [TOKEN_EVENT_REFRESH_FAILED] = { ON, STAYS, STAYS, STAYS },
    [TOKEN_EVENT_REAUTH_REQUIRED] = { OFF, ON, OFF, STAYS },
    [TOKEN_EVENT_EXPIRING] = { STAYS, STAYS, ON, STAYS },
    [TOKEN_EVENT_SCOPE_CHANGED] = { STAYS, STAYS, STAYS, ON },
};

static void write_end(const struct token_view *view, struct buf *out)
{
    int64_t ends_ms = view->refresh_expires_ms ? view->refresh_expires_ms : view->expires_ms;
    buf_lit(out, "a person has to connect the store again before ");
    if (ends_ms)
        ts_format(out, ends_ms);
    else
        buf_lit(out, "it ends");
}

static void write_detail(const struct token_view *view, enum alert_credential what, struct buf *out)
{
    if (what == ALERT_EXPIRING)
        write_end(view, out);
    else if (what == ALERT_SCOPE_CHANGED)
        buf_printf(out, "the provider now gives: %s", view->scope);
    else if (what == ALERT_REAUTH_REQUIRED && view->evidence[0])
        buf_span(out, span_of(view->evidence));
    else
        buf_span(out, span_of(view->last_error));
}

static void tell(struct gateway *g, const struct token_view *view, enum alert_credential what, bool is_on,
                 int64_t now_ms)
{
    struct buf detail;
    buf_init(&detail, DETAIL_BYTES);
    write_detail(view, what, &detail);
    alerts_credential(g->alerts, what, span_of(view->store), span_of(view->way), is_on, buf_peek(&detail), now_ms);
    buf_release(&detail);
}

static void heard(void *user, const struct token_view *view, enum token_event event, int64_t now_ms)
{
    struct gateway *g = user;
    for (int what = 0; what < ALERT_CREDENTIALS; what++) {
        if (effects[event][what] != STAYS)
            tell(g, view, (enum alert_credential)what, effects[event][what] == ON, now_ms);
    }
}

/* ---- the start -------------------------------------------------------------------------------------------------- */

static void look(void *user, const struct token_view *view)
{
    struct gateway *g = user;
    if (view->state == TOKEN_REAUTH_REQUIRED)
        tell(g, view, ALERT_REAUTH_REQUIRED, true, g->services.now_ms);
    else if (view->state == TOKEN_REFRESH_FAILED)
        tell(g, view, ALERT_REFRESH_FAILED, true, g->services.now_ms);
}

void credential_alerts_begin(struct gateway *g)
{
    tokens_each(g->tokens, look, g);
}

static enum err read_secret(const char *where, struct fault *fault, struct buf *out)
{
    static const struct source_kind kind = { .what = "notify secret",
                                             .make = "write one there: whsec_ and base64 of 32 random bytes",
                                             .expected = "whsec_ and base64 of 24 to 64 bytes",
                                             .least = SECRET_LEAST,
                                             .most = SECRET_MOST };
    char text[SECRET_MOST + 1];
    size_t n = 0;
    buf_init_secret(out, 0);
    if (!where[0])
        return OK;
    enum err err = source_read(&kind, where, fault, text, &n);
    if (!err)
        err = notify_read_secret((struct span){ text, n }, fault, out);
    crypt_wipe(text, sizeof(text));
    return err;
}

enum err credential_alerts_listen(struct gateway *g, struct fault *fault)
{
    const struct options *o = &g->options;
    struct buf secret;
    tokens_listen(g->tokens, heard, g);
    if (!o->notify_url[0])
        return OK;
    enum err err = notify_check_url(o->notify_url, fault);
    if (!err)
        err = read_secret(o->notify_secret, fault, &secret);
    if (err)
        return err;
    g->notifier = notifier_new(&g->services, o->notify_url, buf_peek(&secret), vault_installation(g->vault));
    alerts_listen(g->alerts, notifier_hear, g->notifier);
    buf_release(&secret);
    return OK;
}
