/*
 * pages.h - what a person sees of a connect flow: the page that a link opens, and the one at its end if the browser is
 * not sent on to an application.
 *
 * Plain HTML in our own words and colours: nothing runs, nothing is loaded, everything from outside is escaped.
 */
#ifndef CARTWAY_API_PAGES_H
#define CARTWAY_API_PAGES_H

#include "core/seam.h"
#include "oauth/connect.h"

enum { PAGE_HEADERS = 5 };
extern const struct header page_headers[PAGE_HEADERS]; /* of every page, Content-Type among them */

/* What a page is about; each NULL where it is not known.  gateway: its public URL; request: its id, for the operator.
 */
struct page_about {
    const char *store, *title, *gateway, *request;
};
void page_connect(enum connect_end end, const struct page_about *about, struct buf *out);
/* Who asks for what, and the way on.  All of about but the request is there; until: a time. */
void page_start(const struct page_about *about, const char *authorize_url, const char *until, struct buf *out);
/* The HTTP status that goes with it. */
int page_status(enum connect_end end);

#endif
