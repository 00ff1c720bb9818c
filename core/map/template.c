/*
 * template.c - text with {names}.
 *
 * Parsed once at load into parts: literal, name, formats.  Filling walks the parts; a value goes through
 * its formats first and is then escaped for where it lands.
 *
 * Example: "/orders/{id}" with id "gid://x/1" landing in a path gives "/orders/gid%3A%2F%2Fx%2F1".
 */
#include "core/map/template.h"

#include "core/base/base64.h"
#include "core/map/pairs.h"
#include "core/value/ts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_PARTS = 64, MAX_FORMATS = 4 };

struct part {
    struct span literal; /* p NULL: a name */
    struct span name;
    struct span formats[MAX_FORMATS];
    size_t n_formats;
};

struct template
{
    size_t n;
    struct part parts[];
};

/* ---- formats ------------------------------------------------------------------------------------ */

static void write_lower(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++)
        buf_char(out, (char)tolower((unsigned char)text.p[i]));
}

static void write_upper(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++)
        buf_char(out, (char)toupper((unsigned char)text.p[i]));
}

static void write_b64(struct span text, struct buf *out)
{
    base64_write(out, text);
}

static void write_basic(struct span text, struct buf *out)
{
    buf_lit(out, "Basic ");
    base64_write(out, text);
}

/* Within quotes of a search, such as sku:'{sku|quoted}': quotes and backslashes get a backslash before them. */
static void write_quoted(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (memchr("'\"\\", text.p[i], 3))
            buf_char(out, '\\');
        buf_char(out, text.p[i]);
    }
}

/* "gid://shopify/Order/12" is 12: what stands behind the last slash. */
static void write_last(struct span text, struct buf *out)
{
    size_t from = text.n;
    while (from > 0 && text.p[from - 1] != '/')
        from--;
    buf_add(out, text.p + from, text.n - from);
}

/* "id,items.sku,items.name" is "id,items": for platforms that are asked for members of the record only. */
static void write_top(struct span text, struct buf *out)
{
    size_t from = out->n;
    for (size_t i = 0; i < text.n;) {
        const char *p = text.p + i, *comma = memchr(p, ',', text.n - i);
        size_t n = comma ? (size_t)(comma - p) : text.n - i;
        const char *dot = memchr(p, '.', n);
        struct span top = { p, dot ? (size_t)(dot - p) : n };
        bool known = false;
        for (size_t at = from; at < out->n && !known;) {
            const char *end = memchr(out->p + at, ',', out->n - at);
            size_t len = end ? (size_t)(end - out->p) - at : out->n - at;
            known = span_eq(top, (struct span){ out->p + at, len });
            at += len + 1;
        }
        if (!known) {
            if (out->n > from)
                buf_char(out, ',');
            buf_span(out, top);
        }
        i += n + 1;
    }
}

/* For platforms that take "since" as later than: one second before.  What is no time of ours stays. */
static void write_second_before(struct span text, struct buf *out)
{
    enum { SECOND_MS = 1000 };
    int64_t ms;
    if (ts_parse(text, &(struct ts_form){ .kind = TS_ISO }, &ms) != TS_GIVEN || !ts_format(out, ms - SECOND_MS))
        buf_span(out, text);
}

/* A number as a shop writes it, or nothing: an id that is none leaves its segment of the address empty, which is
 * refused.  "012" would be 12 to the shop and another record to us: two writes to it would stand in two lines. */
static void write_digits(struct span text, struct buf *out)
{
    enum { ID_DIGITS = 18 };
    size_t i = 0;
    while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
        i++;
    bool is_padded = text.n > 1 && text.p[0] == '0';
    if (i == text.n && i <= ID_DIGITS && !is_padded)
        buf_span(out, text);
}

static const struct {
    const char *name;
    void (*write)(struct span text, struct buf *out);
} formats[] = {
    { "b64", write_b64 },     { "basic", write_basic },   { "last", write_last },
    { "lower", write_lower }, { "quoted", write_quoted }, { "second_before", write_second_before },
    { "top", write_top },     { "upper", write_upper },   { "digits", write_digits },
};

static const char strip[] = "strip:";

static bool is_strip(struct span format)
{
    size_t n = sizeof(strip) - 1;
    return format.n > n && memcmp(format.p, strip, n) == 0;
}

/* "/rest/order/get" through "strip:/rest" is "/order/get": a beginning is taken off where it is there. */
static void write_stripped(struct span format, struct span text, struct buf *out)
{
    struct span begin = { format.p + sizeof(strip) - 1, format.n - (sizeof(strip) - 1) };
    size_t n = text.n >= begin.n && memcmp(text.p, begin.p, begin.n) == 0 ? begin.n : 0;
    buf_add(out, text.p + n, text.n - n);
}

bool format_write(struct span format, struct span text, struct buf *out)
{
    if (is_strip(format)) {
        write_stripped(format, text, out);
        return true;
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (span_is(format, formats[i].name)) {
            formats[i].write(text, out);
            return true;
        }
    }
    return false;
}

bool format_write_known(struct span format)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (span_is(format, formats[i].name))
            return true;
    }
    return is_strip(format);
}

/* ---- parsing ------------------------------------------------------------------------------------ */

static enum err refuse(struct fault *fault, const char *text, size_t column, const char *why)
{
    return fault_set(fault, ERR_INVALID_REQUEST, "template \"%s\": column %zu: %s", text, column + 1, why);
}

/* inside: what stands between the braces. */
static const char *parse_name(struct span inside, struct part *part)
{
    const char *bar = memchr(inside.p, '|', inside.n);
    part->name = (struct span){ inside.p, bar ? (size_t)(bar - inside.p) : inside.n };
    if (part->name.n == 0)
        return "a name is expected between '{' and '}'";
    while (bar) {
        const char *from = bar + 1, *end = inside.p + inside.n;
        bar = memchr(from, '|', (size_t)(end - from));
        struct span format = { from, (size_t)((bar ? bar : end) - from) };
        struct ts_form unused;
        if (!format_write_known(format) && !pairs_known(format) && !ts_form_parse(format, &unused))
            return "no such format (known: b64, basic, digits, last, lower, quoted, second_before, strip:TEXT, top, "
                   "upper, sorted, pairs, and those of times)";
        if (part->n_formats == MAX_FORMATS)
            return "too many formats";
        part->formats[part->n_formats++] = format;
    }
    return NULL;
}

static void add_literal(struct part *parts, size_t *n, const char *p, size_t len)
{
    if (len > 0)
        parts[(*n)++] = (struct part){ .literal = { p, len } };
}

enum err template_parse(struct arena *arena, const char *text, struct fault *fault, const struct template **out)
{
    struct part parts[MAX_PARTS];
    size_t n = 0, from = 0, i = 0;
    while (text[i]) {
        if (n + 2 >= MAX_PARTS)
            return refuse(fault, text, i, "too many parts");
        if ((text[i] == '{' && text[i + 1] == '{') || (text[i] == '}' && text[i + 1] == '}')) {
            add_literal(parts, &n, text + from, i + 1 - from);
            i += 2;
            from = i;
            continue;
        }
        if (text[i] == '}')
            return refuse(fault, text, i, "'}' without '{'");
        if (text[i] != '{') {
            i++;
            continue;
        }
        const char *close = strchr(text + i, '}');
        if (!close)
            return refuse(fault, text, i, "'{' without '}'");
        add_literal(parts, &n, text + from, i - from);
        parts[n] = (struct part){ 0 };
        const char *why = parse_name((struct span){ text + i + 1, (size_t)(close - text) - i - 1 }, &parts[n++]);
        if (why)
            return refuse(fault, text, i, why);
        i = (size_t)(close - text) + 1;
        from = i;
    }
    add_literal(parts, &n, text + from, i - from);
    struct template *t = arena_alloc(arena, sizeof(*t) + n * sizeof(struct part));
    t->n = n;
    if (n > 0)
        memcpy(t->parts, parts, n * sizeof(struct part));
    *out = t;
    return OK;
}

/* ---- filling ------------------------------------------------------------------------------------ */

static bool has_control(struct span text, bool blanks_too)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 || c == 0x7f || (blanks_too && c == ' '))
            return true;
    }
    return false;
}

/* Servers and what stands before them take "." and ".." out of a path, escaped or not (RFC 3986 section 5.2.4). */
static bool is_no_segment(struct span value, const struct buf *before)
{
    bool is_first = before->n > 0 && before->p[before->n - 1] == '/';
    return is_first && (value.n == 0 || span_is(value, ".") || span_is(value, ".."));
}

bool template_land(struct span value, enum landing landing, struct buf *out)
{
    switch (landing) {
    case LAND_PATH:
        if (is_no_segment(value, out))
            return false;
        buf_percent(out, value);
        return true;
    case LAND_QUERY:
        buf_percent(out, value);
        return true;
    case LAND_HEADER:
    case LAND_URL:
        if (has_control(value, landing == LAND_URL))
            return false;
        break;
    case LAND_TEXT:
        break;
    }
    buf_span(out, value);
    return true;
}

/* false: it is a format of times, and the value is none. */
static bool apply_format(struct span format, struct span text, struct buf *out)
{
    struct ts_form form;
    int64_t ms;
    if (format_write(format, text, out) || pairs_known(format))
        return !pairs_known(format) || pairs_write(format, text, out);
    return ts_form_parse(format, &form) && ts_parse(text, &(struct ts_form){ .kind = TS_ISO }, &ms) == TS_GIVEN &&
           ts_write_as(out, ms, &form);
}

/* The value with its formats; two buffers take turns. */
static enum template_result fill_part(const struct part *part, const struct names *names, enum landing landing,
                                      struct buf *out)
{
    struct buf value, next;
    size_t most = names->value_max ? names->value_max : TEMPLATE_VALUE_BYTES;
    buf_init_secret(&value, most); /* it may be a credential */
    buf_init_secret(&next, most);
    enum template_result result = TEMPLATE_ABSENT;
    if (names->get(names->self, part->name, &value)) {
        bool fits = true;
        for (size_t i = 0; i < part->n_formats && fits; i++) {
            buf_clear(&next);
            fits = apply_format(part->formats[i], buf_peek(&value), &next);
            struct buf swap = value;
            value = next;
            next = swap;
        }
        fits = fits && !value.over && template_land(buf_peek(&value), landing, out);
        result = fits ? TEMPLATE_FILLED : TEMPLATE_REFUSED;
    }
    buf_release(&value);
    buf_release(&next);
    return result;
}

enum template_result template_fill(const struct template *t, const struct names *names, enum landing landing,
                                   struct buf *out)
{
    size_t before = out->n;
    for (size_t i = 0; i < t->n; i++) {
        if (t->parts[i].literal.p) {
            buf_span(out, t->parts[i].literal);
            continue;
        }
        enum template_result result = fill_part(&t->parts[i], names, landing, out);
        if (result != TEMPLATE_FILLED) {
            out->n = before;
            return result;
        }
    }
    return TEMPLATE_FILLED;
}

struct span template_name(const struct template *t, size_t i)
{
    for (size_t k = 0; k < t->n; k++) {
        if (!t->parts[k].literal.p && i-- == 0)
            return t->parts[k].name;
    }
    return (struct span){ NULL, 0 };
}

bool template_is_literal(const struct template *t)
{
    return template_name(t, 0).p == NULL;
}
