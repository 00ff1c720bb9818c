/*
 * strict.c - the checks on a request's first lines, on spans, without a server.
 *
 * The few headers that decide where a request ends and whom it is for stand in a table: how often each may
 * come, and who reads its value.
 *
 *     Host: a / Host: b                          Host: expected one, found 2
 *     Content-Length: 5 / Transfer-Encoding: x   both: refused, whatever their order
 *     "Content-Length : 5"                       not a header name
 *     Content-Length: +5, 5,5, 0x5, (empty)      not a number
 */
#include "api/door/strict.h"

#include "core/base/bytes.h"

#include <strings.h>

static bool is_token_char(unsigned char c)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && memchr(others, c, sizeof others - 1));
}

static bool is_token(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_token_char((unsigned char)text.p[i]))
            return false;
    }
    return text.n > 0;
}

static bool is_value(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_word(struct span text, const char *word)
{
    return text.n == strlen(word) && strncasecmp(text.p, word, text.n) == 0;
}

bool strict_method(struct span method)
{
    return method.n <= 32 && is_token(method);
}

/* ---- the target ------------------------------------------------------------------------------------- */

/* The path of the absolute form, which a server has to understand (RFC 9112 section 3.2.2). */
static struct span without_origin(struct span target)
{
    static const char scheme[] = "http://";
    if (target.n < sizeof scheme || strncasecmp(target.p, scheme, sizeof scheme - 1) != 0)
        return target;
    const char *slash = memchr(target.p + sizeof scheme - 1, '/', target.n - (sizeof scheme - 1));
    return slash ? (struct span){ slash, (size_t)(target.p + target.n - slash) } : target;
}

static bool holds_nul(struct span path)
{
    for (size_t i = 0; i + 2 < path.n; i++) {
        if (path.p[i] == '%' && path.p[i + 1] == '0' && path.p[i + 2] == '0')
            return true;
    }
    return false;
}

/* How many bytes stand in front, in steps of eight, that are all fit for a target. */
static size_t plain_words(struct span target)
{
    size_t i = 0;
    while (target.n - i >= 8) {
        uint64_t word = bytes_load(target.p + i);
        if (bytes_below(word, 0x21) || bytes_equal(word, 0x7f) || bytes_high(word))
            break;
        i += 8;
    }
    return i;
}

enum err strict_target(struct span target, struct fault *fault, struct span *path, struct span *query)
{
    for (size_t i = plain_words(target); i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= 0x20 || c >= 0x7f)
            return fault_set(fault, ERR_INVALID_REQUEST,
                             "request line: byte 0x%02x at %zu of the target must be encoded", c, i);
    }
    struct span whole = without_origin(target);
    if (whole.n == 0 || *whole.p != '/')
        return fault_set(fault, ERR_INVALID_REQUEST, "request line: expected a target that begins with a slash");
    const char *mark = memchr(whole.p, '?', whole.n);
    struct span before = { whole.p, mark ? (size_t)(mark - whole.p) : whole.n };
    if (holds_nul(before))
        return fault_set(fault, ERR_INVALID_REQUEST, "path: %%00 is not allowed");
    *path = before;
    *query = mark ? (struct span){ mark + 1, whole.n - before.n - 1 } : (struct span){ "", 0 };
    return OK;
}

/* ---- the headers ------------------------------------------------------------------------------------ */

struct seen {
    unsigned host, length, encoding;
    struct framing framing;
};

static enum err read_length(struct span value, struct seen *seen, struct fault *fault)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9' || i >= 18)
            return fault_set(fault, ERR_INVALID_REQUEST, "Content-Length: expected a number, found \"%.*s\"",
                             (int)(value.n < 32 ? value.n : 32), value.p);
        length = length * 10 + (uint64_t)(value.p[i] - '0');
    }
    if (value.n == 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "Content-Length: expected a number, found nothing");
    seen->length++;
    seen->framing.length = length;
    return OK;
}

static enum err read_encoding(struct span value, struct seen *seen, struct fault *fault)
{
    if (!is_word(value, "chunked"))
        return fault_set(fault, ERR_INVALID_REQUEST, "Transfer-Encoding: expected chunked, found \"%.*s\"",
                         (int)(value.n < 32 ? value.n : 32), value.p);
    seen->encoding++;
    seen->framing.chunked = true;
    return OK;
}

static enum err read_host(struct span value, struct seen *seen, struct fault *fault)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '/' || c == '@' || c == ',')
            return fault_set(fault, ERR_INVALID_REQUEST, "Host: expected a name with perhaps a port");
    }
    seen->host++;
    return OK;
}

static const struct {
    const char *name;
    enum err (*read)(struct span value, struct seen *seen, struct fault *fault);
} deciding[] = {
    { "Content-Length", read_length },
    { "Transfer-Encoding", read_encoding },
    { "Host", read_host },
};

static enum err look_at(const struct header *header, struct seen *seen, struct fault *fault)
{
    if (!is_token(header->name))
        return fault_set(fault, ERR_INVALID_REQUEST, "header: a name holds bytes that are not allowed there");
    if (!is_value(header->value))
        return fault_set(fault, ERR_INVALID_REQUEST, "%.*s: the value holds control bytes",
                         (int)(header->name.n < 64 ? header->name.n : 64), header->name.p);
    struct span value = header->value;
    while (value.n > 0 && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
        value.n--;
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++) {
        if (is_word(header->name, deciding[i].name))
            return deciding[i].read(value, seen, fault);
    }
    return OK;
}

enum err strict_headers(const struct header *headers, size_t n, bool is_1_1, struct fault *fault, struct framing *out)
{
    struct seen seen = { 0 };
    for (size_t i = 0; i < n; i++) {
        enum err err = look_at(&headers[i], &seen, fault);
        if (err)
            return err;
    }
    if (seen.host > 1 || (seen.host == 0 && is_1_1))
        return fault_set(fault, ERR_INVALID_REQUEST, "Host: expected one, found %u", seen.host);
    if (seen.length > 1)
        return fault_set(fault, ERR_INVALID_REQUEST, "Content-Length: expected one, found %u", seen.length);
    if (seen.encoding > 1)
        return fault_set(fault, ERR_INVALID_REQUEST, "Transfer-Encoding: expected one, found %u", seen.encoding);
    if (seen.encoding > 0 && seen.length > 0)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "Content-Length and Transfer-Encoding: expected one of them, found both");
    if (seen.encoding > 0 && !is_1_1)
        return fault_set(fault, ERR_INVALID_REQUEST, "Transfer-Encoding: not in HTTP/1.0");
    *out = seen.framing;
    return OK;
}
