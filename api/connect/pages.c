/*
 * pages.c - what a person sees of a connect flow: before it, who asks for what; at its end, what happened, and what to
 * do now.
 */
#include "api/connect/pages.h"

#include "core/base/arena.h"

#include <stdlib.h>
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
    [CONNECT_STATE_USED] = { 400, "This link was used already", "A link is good for one connection.", "If the store is not connected, start over. " AGAIN },
    [CONNECT_STORE_GONE] = { 400, "This link is for a store that is not here any more", "It was removed or changed after the link was made.", "Ask the operator of this gateway to look, then for a new link." },
    [CONNECT_DENIED] = { 200, "The store is not connected", "Permission was not given. Nothing has changed.", "If that was a mistake, start over. " AGAIN },
    [CONNECT_PROVIDER_ERROR] = { 502, "The store is not connected", "The shop's platform answered with an error in place of a permission.", "Try again in some minutes. If it stays like this, tell the operator of this gateway." },
    [CONNECT_SIGNATURE_INVALID] = { 400, "The store is not connected", "What came back is not signed by the shop's platform.", AGAIN " If it happens again, the operator should check the app's secret." },
    [CONNECT_SHOP_MISMATCH] = { 400, "This is another shop", "Permission came from another shop than the one that is to be connected. Nothing has changed.", "Log in to the right shop, then ask for a new link." },
    [CONNECT_ANSWER_INCOMPLETE] = { 400, "The store is not connected", "The shop's platform did not send all that is needed.", AGAIN },
    [CONNECT_EXCHANGE_FAILED] = { 502, "The store is not connected", "Permission was given, but the shop's platform then refused to hand over credentials. What worked before works still.", AGAIN " If it happens again, the operator should check the app's id and secret." },
    [CONNECT_EXCHANGE_UNCLEAR] = { 504, "The store is not connected", "The shop's platform did not answer in time. What worked before works still.", "Try again in some minutes. " AGAIN },
    [CONNECT_NOT_STORED] = { 507, "The store is not connected", "The gateway could not keep what the shop gave.", "Tell the operator of this gateway, then ask for a new link." },
    [CONNECT_VALIDATION_FAILED] = { 502, "The shop does not answer yet", "Permission was given, but a first request to the shop failed.", "Tell the operator of this gateway: its log says what the shop answered." },
    [CONNECT_REQUEST_INVALID] = { 400, "This link cannot be read", "The address, or what was sent with it, is not as it has to be.", AGAIN },
    [CONNECT_OVERLOADED] = { 503, "Too much is going on here", "The gateway has no room for one more request just now. Your link was not used.", "Load this page again in a minute." },
    [CONNECT_PAGE_GONE] = { 404, "This page is not here any more", "What became of a connection is told for some minutes.", "Whether the store is connected knows the application that sent you here, or the operator of this gateway." },
    [CONNECT_PENDING] = { 200, "One moment", "The shop has not sent its part yet. This page looks again by itself.", "If this takes longer than a minute, start over. " AGAIN },
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
    { SPAN("Content-Security-Policy"),
      SPAN("default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'none'") },
    { SPAN("X-Content-Type-Options"), SPAN("nosniff") },
    { SPAN("Referrer-Policy"), SPAN("no-referrer") },
};

int page_status(enum connect_end end)
{
    return pages[end].status;
}

/* The empty icon keeps a browser from asking for one, which the policy would refuse aloud. */
static const char style[] =
    "<link rel=\"icon\" href=\"data:,\">\n<style>\n"
    "body{margin:0;background:#f4f5f7;color:#1b1f24;font:1.0625rem/1.5 system-ui,sans-serif}\n"
    "main{box-sizing:border-box;max-width:36rem;margin:8vh auto;padding:2rem 1.5rem;background:#fff;"
    "border-top:.375rem solid #57606a}\n"
    "main.good{border-color:#1a7f37}\nmain.bad{border-color:#b35900}\n"
    "h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}\nh2{margin:1.5rem 0 .5rem;font-size:1.0625rem}\n"
    "p,li,dd{overflow-wrap:anywhere}\np{margin:0 0 .75rem}\nol{margin:0 0 1.5rem;padding-left:1.5rem}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1.5rem 0 0;padding-top:1rem;"
    "border-top:1px solid #d0d7de;font-size:.9375rem}\ndt{color:#57606a}\ndd{margin:0}\n"
    ".go{display:inline-block;margin:0 0 1rem;padding:.75rem 1.25rem;background:#0b57d0;color:#fff;font-weight:600;"
    "text-decoration:none;border-radius:.375rem}\n"
    ".go:focus-visible{outline:.1875rem solid #1b1f24;outline-offset:.1875rem}\n</style>\n";

static void begin(const char *heading, bool again, const char *class, struct buf *out)
{
    buf_lit(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    if (again)
        buf_lit(out, "<meta http-equiv=\"refresh\" content=\"2\">\n");
    buf_lit(out, "<title>");
    add_escaped(out, heading);
    buf_lit(out, "</title>\n");
    buf_lit(out, style);
    buf_printf(out, "</head>\n<body>\n<main%s>\n<h1>", class);
    add_escaped(out, heading);
    buf_lit(out, "</h1>\n");
}

/* A line of the list below; text NULL: left out. */
static void add_row(struct buf *out, const char *term, const char *text)
{
    if (!text)
        return;
    buf_printf(out, "<dt>%s</dt><dd>", term);
    add_escaped(out, text);
    buf_lit(out, "</dd>\n");
}

static void add_about(struct buf *out, const struct page_about *about)
{
    add_row(out, "Store", about->store);
    add_row(out, "Platform", about->title);
    add_row(out, "Gateway", about->gateway && about->gateway[0] ? about->gateway : NULL);
}

static void end_page(struct buf *out)
{
    buf_lit(out, "</dl>\n</main>\n</body>\n</html>\n");
}

void page_connect(enum connect_end end, const struct page_about *about, struct buf *out)
{
    const struct page *page = &pages[end];
    begin(page->heading, end == CONNECT_PENDING,
          end == CONNECTED         ? " class=\"good\""
          : end == CONNECT_PENDING ? ""
                                   : " class=\"bad\"",
          out);
    add_paragraph(out, page->what);
    add_paragraph(out, page->now);
    buf_lit(out, "<dl>\n");
    add_about(out, about);
    add_row(out, "Result", connect_code(end));
    add_row(out, "Request", about->request);
    end_page(out);
}

static void add_step(struct buf *out, const char *before, const char *title, const char *after)
{
    buf_lit(out, "<li>");
    add_escaped(out, before);
    add_escaped(out, title);
    add_escaped(out, after);
    buf_lit(out, "</li>\n");
}

void page_start(const struct page_about *about, const char *authorize_url, const char *until, struct buf *out)
{
    const char *title = about->title;
    struct span host = connect_origin(span_of(authorize_url));
    char *origin = mem_dup(host);
    begin("Connect your store", false, "", out);
    buf_lit(out, "<p>The gateway at <strong>");
    add_escaped(out, about->gateway);
    buf_lit(out, "</strong> asks for access to the ");
    add_escaped(out, title);
    buf_lit(out, " store <strong>");
    add_escaped(out, about->store);
    buf_lit(out, "</strong>, for the application that sent you this link.</p>\n<h2>What happens next</h2>\n<ol>\n");
    add_step(out, "You go to ", origin, ". Log in there if you are asked to: your password stays there.");
    add_step(out, "", title, " shows which rights are asked for, and you agree or refuse.");
    add_step(out, "You come back here, and are told whether it worked.", "", "");
    buf_lit(out, "</ol>\n<p><a class=\"go\" href=\"");
    add_escaped(out, authorize_url);
    buf_lit(out, "\">Continue to ");
    add_escaped(out, title);
    buf_lit(out, "</a></p>\n");
    add_paragraph(out,
                  "You do not know this gateway, or this is not your store? Close this window: nothing has changed.");
    buf_lit(out, "<dl>\n");
    add_about(out, about);
    add_row(out, "Link good until", until);
    end_page(out);
    free(origin);
}
