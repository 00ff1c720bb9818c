/*
 * show_pages.c - every page of the connect flow, for tests/flow/test_pages.py, which shows them to a browser: many ends
 * take minutes or a broken provider to be seen otherwise.
 *
 *     show_pages    for each page: its name, NUL, its HTML, NUL
 *
 * The names are as long as they can be, and made of what must be escaped.
 */
#include "api/connect/pages.h"

#include <stdio.h>

static const struct page_about full = {
    .store = "a_store_whose_name_is_as_long_as_a_name_of_a_store_can_ever_be_x",
    .title = "A <b>Platform</b> & \"Sons\"",
    .gateway = "https://a-gateway-with-a-long-name.department.of-an-organisation-somewhere.example:8443/below/a/path",
    .request = "req_0123456789abcdef01234567",
};
static const struct page_about none = { 0 };

static void show(const char *name, const char *kind, struct buf *page)
{
    printf("%s%s", name, kind);
    putchar('\0');
    fwrite(page->p, 1, page->n, stdout);
    putchar('\0');
    buf_release(page);
}

int main(void)
{
    struct buf page;
    for (int end = 0; end < CONNECT_ENDS; end++) {
        buf_init(&page, 16 << 10);
        page_connect((enum connect_end)end, &full, &page);
        show(connect_code((enum connect_end)end), "", &page);
        buf_init(&page, 16 << 10);
        page_connect((enum connect_end)end, &none, &page);
        show(connect_code((enum connect_end)end), "-unknown", &page);
    }
    buf_init(&page, 16 << 10);
    page_start(&full, "https://login.example/oauth?state=%22%3E%3Cscript%3E&x=\"><script>", "12:30 UTC", &page);
    show("start", "", &page);
    return 0;
}
