/*
 * raw_said.c - the endpoint's rows, read backwards.
 *
 *     in   { "ids", "?ids", "csv" }        ?ids=a,b,c&page_size=20     three items
 *     page { "page.size", "?page_size" }                               a page of 20
 */
#include "core/request/raw_said.h"

#include "core/base/percent.h"
#include "core/platform/args.h"
#include "core/platform/platform.h"
#include "core/platform/raw.h"

#include <string.h>

enum { VALUE_BYTES_MAX = 1 << 16 };

/* ---- the query ---------------------------------------------------------------------------------------------- */

/* "%5B0%5D+x" is "[0] x". */
static struct span decoded(struct span text, struct arena *arena)
{
    char *p = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int byte = percent_byte(text, i);
        p[n++] = byte >= 0 ? (char)byte : text.p[i] == '+' ? ' ' : text.p[i];
        i += byte < 0 ? 0 : 2;
    }
    return (struct span){ p, n };
}

/* The next parameter; false: there is none.  *at moves on. */
static bool next_pair(struct span query, size_t *at, struct arena *arena, struct span *name, struct span *value)
{
    if (*at >= query.n)
        return false;
    const char *p = query.p + *at, *end = memchr(p, '&', query.n - *at);
    size_t n = end ? (size_t)(end - p) : query.n - *at;
    const char *equals = memchr(p, '=', n);
    size_t name_n = equals ? (size_t)(equals - p) : n;
    *at += n + 1;
    *name = decoded((struct span){ p, name_n }, arena);
    *value = equals ? decoded((struct span){ equals + 1, n - name_n - 1 }, arena) : (struct span){ "", 0 };
    return true;
}

/* How often it is there; *out is the last one's value. */
static size_t query_values(const struct raw_said *said, const char *row_name, struct span *out)
{
    struct span name, value;
    size_t at = 0, n = 0;
    while (next_pair(said->request->query, &at, said->arena, &name, &value)) {
        if (!span_is(name, row_name))
            continue;
        *out = value;
        n++;
    }
    return n;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

/* A GraphQL document's rows are its variables. */
static const json_t *body_of(const struct raw_said *said)
{
    return said->endpoint->row->document ? json_object_get(said->body, "variables") : said->body;
}

static bool row_text(const struct raw_said *said, const struct in_row *row, struct buf *out)
{
    struct span value;
    if (row->place == PLACE_BODY)
        return args_text(args_get(body_of(said), span_of(row->name)), out);
    if (row->place != PLACE_QUERY || query_values(said, row->name, &value) != 1)
        return false;
    buf_span(out, value);
    return true;
}

/* "*" is for reading only. */
static bool is_word(const struct cw_case *kase, struct span theirs)
{
    return kase->value && strcmp(kase->when, "*") != 0 && span_is(theirs, kase->when);
}

/* Their word for one of ours is ours again. */
static bool row_value(const struct raw_said *said, const struct in_row *row, struct buf *out)
{
    const struct cw_case *kase = row->row->cases;
    struct buf theirs;
    if (!kase)
        return row_text(said, row, out);
    buf_init(&theirs, VALUE_BYTES_MAX);
    bool is_said = row_text(said, row, &theirs);
    while (kase->when && !is_word(kase, buf_peek(&theirs)))
        kase++;
    buf_release(&theirs);
    if (is_said && kase->when)
        buf_span(out, span_of(kase->value));
    return is_said && kase->when;
}

/* It puts the argument there as it is, or by a word. */
static bool is_plain(const struct in_row *row, struct span name)
{
    const char *fmt = row->row->fmt;
    bool is_made = row->made || row->key || row->at || row->sub || !row->row->ours;
    return !is_made && (!fmt || strcmp(fmt, "number") == 0) && span_is(name, row->row->ours);
}

static bool said_by(const struct raw_said *said, const struct in_row *rows, size_t n, struct span name, struct buf *out)
{
    size_t i = 0;
    while (i < n && !is_plain(&rows[i], name))
        i++;
    return i < n && row_value(said, &rows[i], out);
}

bool raw_said(const struct raw_said *said, struct span name, struct buf *out)
{
    struct span value = raw_value(said->endpoint, said->request->path, name, said->arena);
    buf_span(out, value);
    return value.p || said_by(said, said->endpoint->in, said->endpoint->n_in, name, out);
}

/* ---- sizes -------------------------------------------------------------------------------------------------- */

/* 1 to most; else 0. */
static uint32_t size_of(struct span text, uint32_t most)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.n && n <= most; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return 0;
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    return n <= most ? (uint32_t)n : 0;
}

uint32_t raw_said_page(const struct raw_said *said)
{
    const struct endpoint *endpoint = said->endpoint;
    uint32_t most = endpoint->page && endpoint->page->max ? endpoint->page->max : RAW_PAGE;
    const char *items = endpoint->row->items ? endpoint->row->items : "";
    struct buf text;
    if (!endpoint->page || (!strstr(items, "[]") && !strstr(items, "[*]")))
        return 0;
    buf_init(&text, VALUE_BYTES_MAX);
    bool is_said = said_by(said, endpoint->page_put, endpoint->n_page_put, SPAN("page.size"), &text);
    uint32_t size = is_said ? size_of(buf_peek(&text), most) : 0;
    buf_release(&text);
    return size > 0 ? size : most;
}

static uint64_t longest_list(const json_t *value)
{
    uint64_t most = json_array_size(value), inner;
    const char *key;
    json_t *member;
    size_t i;
    json_array_foreach(value, i, member)
    {
        inner = longest_list(member);
        most = inner > most ? inner : most;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        inner = longest_list(member);
        most = inner > most ? inner : most;
    }
    return most;
}

/* "?ids[]=a&ids[]=b", or "?ids=a,b" of a row with "csv". */
static uint64_t items_in_query(const struct raw_said *said, const struct in_row *row)
{
    bool is_csv = row->row->fmt && strstr(row->row->fmt, "csv");
    struct span name, value;
    uint64_t n = 0;
    for (size_t at = 0; next_pair(said->request->query, &at, said->arena, &name, &value);) {
        if (!span_is(name, row->name))
            continue;
        n++;
        for (size_t i = 0; i < value.n && is_csv; i++)
            n += value.p[i] == ',';
    }
    return n;
}

uint64_t raw_said_items(const struct raw_said *said)
{
    const struct endpoint *endpoint = said->endpoint;
    bool is_dark = said->request->body.n > 0 && !said->body;
    uint64_t most = is_dark ? endpoint->row->batch : longest_list(said->body);
    for (size_t i = 0; i < endpoint->n_in; i++) {
        uint64_t n = endpoint->in[i].place == PLACE_QUERY ? items_in_query(said, &endpoint->in[i]) : 0;
        most = n > most ? n : most;
    }
    return most;
}
