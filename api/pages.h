/*
 * pages.h - what a person sees who opened a link of the connect flow and is not sent on to an application.
 *
 * Plain HTML in our own words and colours: nothing runs, nothing is loaded, everything from outside is escaped.
 */
#ifndef CARTWAY_API_PAGES_H
#define CARTWAY_API_PAGES_H

#include "core/seam.h"
#include "oauth/connect.h"

enum { PAGE_HEADERS = 5 };
extern const struct header page_headers[PAGE_HEADERS]; /* of every page, Content-Type among them */

/* store: its id; NULL: it is not known which.  title: of its platform, or NULL. */
void page_connect(enum connect_end end, const char *store, const char *title, struct buf *out);
/* The HTTP status that goes with it. */
int page_status(enum connect_end end);

#endif
