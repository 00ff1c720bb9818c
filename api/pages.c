/*
 * pages.c - what a person sees at the end of a connect flow: what happened, and what to do now.
 */
#include "api/pages.h"

#include <string.h>

#define AGAIN "Go back to the application that sent you here, and ask for a new link."

/* clang-format off */
static const struct page {
    int status;
    const char *heading, *what, *now;
} pages[CONNECT_ENDS] = {
    [CONNECTED] = { 200, "The store is connected", "The shop gave its permission, and its credentials work.",
                    "You can close this window." },
    [CONNECT_STATE_MISSING] = { 400, "This link is not complete", "The address has no \"state\" that says which connection it belongs to.", AGAIN },
    [CONNECT_STATE_UNKNOWN] = { 400, "This link is not known here", "It was not made here, or the gateway has been restarted since.", AGAIN },
    [CONNECT_STATE_EXPIRED] = { 400, "This link has expired", "A link is good for ten minutes.", AGAIN },
    [CONNECT_STATE_USED] = { 400, "This link was used already", "A link is good for one connection.", "If the store is not connected: " AGAIN },
    [CONNECT_STORE_GONE] = { 400, "This store is not here any more", "It was removed after the link was made.", "Ask the operator of this gateway to add it again." },
    [CONNECT_DENIED] = { 200, "The store is not connected", "Permission was not given. Nothing has changed.", "If that was a mistake: " AGAIN },
    [CONNECT_PROVIDER_ERROR] = { 502, "The store is not connected", "The shop's platform answered with an error in place of a permission.", "Try again in some minutes. If it stays like this, tell the operator of this gateway." },
    [CONNECT_SIGNATURE_INVALID] = { 400, "The store is not connected", "What came back is not signed by the shop's platform.", AGAIN " If it happens again, the operator should check the app's secret." },
    [CONNECT_SHOP_MISMATCH] = { 400, "This is another shop", "Permission came from another shop than the one that is to be connected. Nothing has changed.", "Log in to the right shop, then ask for a new link." },
    [CONNECT_ANSWER_INCOMPLETE] = { 400, "The store is not connected", "The shop's platform did not send all that is needed.", AGAIN },
    [CONNECT_EXCHANGE_FAILED] = { 502, "The store is not connected", "The shop's platform did not take the permission that it gave. What worked before works still.", AGAIN " If it happens again, the operator should check the app's id and secret." },
    [CONNECT_EXCHANGE_UNCLEAR] = { 504, "The store is not connected", "The shop's platform did not answer in time. What worked before works still.", "Try again in some minutes: " AGAIN },
    [CONNECT_NOT_STORED] = { 507, "The store is not connected", "The gateway could not keep what the shop gave.", "Tell the operator of this gateway, then ask for a new link." },
    [CONNECT_VALIDATION_FAILED] = { 502, "The shop does not answer yet", "Permission was given and kept, but a first request to the shop failed.", "Tell the operator of this gateway: its log says what the shop answered." },
    [CONNECT_REQUEST_INVALID] = { 400, "This link cannot be read", "The address, or what was sent with it, is not as it has to be.", AGAIN },
    [CONNECT_OVERLOADED] = { 503, "Too much is going on here", "The gateway has no room for one more request just now. Your link was not used.", "Load this page again in a minute." },
    [CONNECT_PENDING] = { 200, "One moment", "The shop has not sent its part yet. This page looks again by itself.", "If this takes longer than a minute: " AGAIN },
};
/* clang-format on */

static void add_escaped(struct buf *out, const char *text)
{
    static const char marks[] = "<>&\"'";
    for (; *text; text++) {
        if (strchr(marks, *text))
            buf_printf(out, "&#%d;", *text);
        else
            buf_char(out, *text);
    }
}

static void add_paragraph(struct buf *out, const char *text)
{
    buf_lit(out, "<p>");
    add_escaped(out, text);
    buf_lit(out, "</p>\n");
}

/* It runs nothing, loads nothing, sends nothing, stands in no frame, tells nobody its address, and nothing keeps it. */
const struct header page_headers[PAGE_HEADERS] = {
    { SPAN("Content-Type"), SPAN("text/html; charset=utf-8") },
    { SPAN("Cache-Control"), SPAN("no-store") },
    { SPAN("Content-Security-Policy"), SPAN("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                            "form-action 'none'; frame-ancestors 'none'") },
    { SPAN("X-Content-Type-Options"), SPAN("nosniff") },
    { SPAN("Referrer-Policy"), SPAN("no-referrer") },
};

int page_status(enum connect_end end)
{
    return pages[end].status;
}

void page_connect(enum connect_end end, const char *store, const char *title, struct buf *out)
{
    const struct page *page = &pages[end];
    buf_lit(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    if (end == CONNECT_PENDING)
        buf_lit(out, "<meta http-equiv=\"refresh\" content=\"2\">\n");
    buf_lit(out, "<title>");
    add_escaped(out, page->heading);
    buf_lit(out, "</title>\n<style>\n"
                 "body{margin:0;background:#f4f5f7;color:#1b1f24;font:1.0625rem/1.5 system-ui,sans-serif}\n"
                 "main{box-sizing:border-box;max-width:34rem;margin:12vh auto 0;padding:2rem 1.5rem;background:#fff;"
                 "border-top:.375rem solid ");
    buf_printf(out, "%s}\n", end == CONNECTED ? "#1a7f37" : end == CONNECT_PENDING ? "#57606a" : "#b35900");
    buf_lit(out, "h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}\np{margin:0 0 .75rem;overflow-wrap:anywhere}\n"
                 ".code{color:#57606a;font-size:.9375rem;margin:1.5rem 0 0}\n</style>\n</head>\n<body>\n<main>\n<h1>");
    add_escaped(out, page->heading);
    buf_lit(out, "</h1>\n");
    add_paragraph(out, page->what);
    add_paragraph(out, page->now);
    buf_lit(out, "<p class=\"code\">");
    if (store) {
        buf_lit(out, "Store ");
        add_escaped(out, store);
        if (title) {
            buf_lit(out, " (");
            add_escaped(out, title);
            buf_char(out, ')');
        }
        buf_lit(out, ", ");
    }
    buf_printf(out, "%s</p>\n</main>\n</body>\n</html>\n", connect_code(end));
}
