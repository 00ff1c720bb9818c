/*
 * fuzz_strict.c - request lines and headers: what api/door/strict.c takes holds none of what it promises to refuse.
 *
 * Input: the target, then lines "name:value"; the first byte's lowest bit is HTTP/1.1.
 */
#include "api/door/strict.h"

#include <stdlib.h>
#include <strings.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LINES = 32 };

static struct span take_line(struct span *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    struct span line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
    size_t used = line.n + (end != NULL);
    rest->p += used;
    rest->n -= used;
    return line;
}

static void check_target(struct span target)
{
    struct fault fault = { OK, "" };
    struct span path, query;
    enum err err = strict_target(target, &fault, &path, &query);
    MUST(err == OK || (err == ERR_INVALID_REQUEST && fault.text[0]));
    if (err)
        return;
    MUST(path.n > 0 && path.p[0] == '/');
    MUST(path.p >= target.p && path.p + path.n <= target.p + target.n);
    MUST(!memchr(path.p, '?', path.n) && !memchr(path.p, ' ', path.n) && !memchr(path.p, '\0', path.n));
    MUST(query.n == 0 || query.p + query.n == target.p + target.n);
}

static unsigned count(const struct header *headers, size_t n, const char *name)
{
    unsigned found = 0;
    for (size_t i = 0; i < n; i++)
        found += headers[i].name.n == strlen(name) && strncasecmp(headers[i].name.p, name, strlen(name)) == 0;
    return found;
}

static void check_headers(const struct header *headers, size_t n, bool is_1_1)
{
    struct fault fault = { OK, "" };
    struct framing framing = { 0 };
    if (strict_headers(headers, n, is_1_1, &fault, &framing)) {
        MUST(fault.text[0]);
        return;
    }
    unsigned lengths = count(headers, n, "Content-Length"), encodings = count(headers, n, "Transfer-Encoding");
    MUST(lengths <= 1 && encodings <= 1 && lengths + encodings <= 1);
    MUST(framing.chunked == (encodings == 1));
    MUST(count(headers, n, "Host") == 1 || (!is_1_1 && count(headers, n, "Host") == 0));
    for (size_t i = 0; i < n; i++)
        MUST(headers[i].name.n > 0 && !memchr(headers[i].name.p, ' ', headers[i].name.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    struct header headers[LINES];
    size_t n_headers = 0;
    struct span rest = { (const char *)data + 1, n - 1 };
    check_target(take_line(&rest));
    while (rest.n > 0 && n_headers < LINES) {
        struct span line = take_line(&rest);
        const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
        size_t name_n = colon ? (size_t)(colon - line.p) : line.n;
        headers[n_headers++] =
            (struct header){ { line.p, name_n }, { colon ? colon + 1 : "", colon ? line.n - name_n - 1 : 0 } };
    }
    check_headers(headers, n_headers, data[0] & 1);
    return 0;
}
