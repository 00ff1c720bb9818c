/*
 * dialect.c - the dialects there are, and the pages that stand before any of them.
 *
 * `--dialect woocommerce` is found by its name; a proxy's error page is the same for all.
 */
#include "tests/shopsim/dialect.h"

#include <string.h>

const struct dialect *dialect_find(const char *name)
{
    static const struct dialect *const dialects[] = { &dialect_auth, &dialect_medusa, &dialect_shopify,
                                                      &dialect_woocommerce };
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

void answer_proxy_page(struct answer *answer, int status)
{
    answer->status = status;
    answer->type = "text/html";
    answer->is_plain = true;
    text_printf(&answer->body,
                "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n"
                "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
                status, status_text(status), status, status_text(status));
}

void answer_firewall_page(struct answer *answer)
{
    answer->status = 403;
    answer->type = "text/html; charset=UTF-8";
    answer->is_plain = true;
    text_puts(&answer->body, "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>Attention Required!</title></head>\n"
                             "<body><h1>Sorry, you have been blocked</h1>\n<p>You are unable to access this site. "
                             "Ray ID: 8f2b7c1d9e</p></body>\n</html>\n");
}
