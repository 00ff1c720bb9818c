/*
 * fuzz_http_head.c - an answer's header section: any lines, cut anywhere, stay within their ceilings, and what
 * comes out lies inside what went in and holds no line end.
 */
#include "core/http/http_head.h"

#include <stdlib.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void is_clean(const struct http_head *head, struct span text)
{
    MUST(text.n == 0 || (text.p >= head->lines.p && text.p + text.n <= head->lines.p + head->lines.n));
    MUST(text.n == 0 || !memchr(text.p, '\n', text.n));
    MUST(text.n == 0 || (text.p[0] != ' ' && text.p[text.n - 1] != ' '));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct http_head head;
    http_head_init(&head, 512, 16);
    const char *at = (const char *)data, *end = at + n;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t line_n = (size_t)((line_end ? line_end + 1 : end) - at);
        MUST(http_head_line(&head, (struct span){ at, line_n }) == !head.over);
        at += line_n;
    }
    MUST(head.lines.n <= 512);
    MUST(head.status >= 0 && head.status <= 999);
    size_t rows;
    const struct header *headers = http_head_split(&head, &rows);
    MUST(rows <= head.n);
    for (size_t i = 0; i < rows; i++) {
        is_clean(&head, headers[i].name);
        is_clean(&head, headers[i].value);
    }
    http_head_release(&head);
    return 0;
}
