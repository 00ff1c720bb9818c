/*
 * path.c - the PATH notation, from text to structs.
 *
 * A descent of one function a level: path = alternatives by |; alternative = terms by + (a sum, also with a
 * leading +); term = source, then steps: .name, *, [selector], (arguments, skipped), !decoder.  Selectors hold
 * conditions, whose paths come back here: `nest` bounds that.
 *
 * The parser stops at the first byte that cannot go on a path, so that cond.c can read "a.b>=3" with it.
 *
 *   "^.items[parent={.id}][0].sku|sku"
 *       alternative 1: up 1, MEMBER items, WHERE parent={.id}, INDEX 0, MEMBER sku
 *       alternative 2: MEMBER sku
 */
#include "core/map/path.h"

#include "core/map/cond.h"

#include <stdio.h>

struct parser {
    struct arena *arena;
    struct fault *fault;
    struct span text;
    size_t at;
    unsigned nest;
    enum err err;
};

static char peek(const struct parser *p)
{
    return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

static bool refuse(struct parser *p, const char *expected)
{
    if (p->err)
        return false;
    char found[16] = "the end";
    if (p->at < p->text.n)
        snprintf(found, sizeof(found), "'%c'", p->text.p[p->at]);
    p->err = fault_set(p->fault, ERR_INVALID_REQUEST, "path \"%.*s\": column %zu: expected %s, found %s",
                       p->text.n > 120 ? 120 : (int)p->text.n, p->text.p ? p->text.p : "", p->at + 1, expected, found);
    return false;
}

static bool name_byte(char c)
{
    return c != '\0' && !strchr(".[]()|+!&=<>~'\"{}^*?, \t\n\r:#", c);
}

/* name or 'odd name'; '' inside is one quote. */
static bool parse_name(struct parser *p, struct span *out)
{
    if (peek(p) != '\'') {
        size_t from = p->at;
        while (name_byte(peek(p)))
            p->at++;
        *out = (struct span){ p->text.p + from, p->at - from };
        return out->n > 0 || refuse(p, "a name");
    }
    p->at++;
    char *copy = arena_alloc(p->arena, p->text.n);
    size_t n = 0;
    for (;; p->at++) {
        if (p->at >= p->text.n)
            return refuse(p, "a closing quote");
        if (peek(p) == '\'') {
            p->at++;
            if (peek(p) != '\'')
                break;
        }
        copy[n++] = p->text.p[p->at];
    }
    *out = (struct span){ copy, n };
    return n > 0 || refuse(p, "a name between the quotes");
}

/* ---- steps -------------------------------------------------------------------------------------- */

static bool parse_index(struct parser *p, struct path_step *step)
{
    size_t from = p->at;
    int32_t index = 0;
    while (peek(p) >= '0' && peek(p) <= '9' && p->at - from < 6)
        index = index * 10 + (p->text.p[p->at++] - '0');
    if (p->at > from && peek(p) == ']') {
        *step = (struct path_step){ .kind = PATH_INDEX, .index = index };
        return true;
    }
    p->at = from;
    if (p->text.n - p->at >= 5 && memcmp(p->text.p + p->at, "last]", 5) == 0) {
        p->at += 4;
        *step = (struct path_step){ .kind = PATH_INDEX, .index = -1 };
        return true;
    }
    return false;
}

/* Up to the ] that closes this [: brackets, quotes and braces inside belong to the condition. */
static bool find_close(struct parser *p, size_t *close)
{
    unsigned depth = 0, braces = 0;
    bool quoted = false;
    for (size_t i = p->at; i < p->text.n; i++) {
        char c = p->text.p[i];
        if (c == '\'')
            quoted = !quoted;
        if (quoted)
            continue;
        if (c == '{')
            braces++;
        if (c == '}' && braces)
            braces--;
        if (c == '[')
            depth++;
        if (c == ']' && braces == 0 && depth-- == 0) {
            *close = i;
            return true;
        }
    }
    return refuse(p, "']'");
}

static bool parse_where(struct parser *p, struct path_step *step)
{
    size_t close = 0;
    if (!find_close(p, &close))
        return false;
    struct span inside = { p->text.p + p->at, close - p->at };
    const struct cond *cond;
    if (p->nest >= PATH_NEST_MAX)
        return refuse(p, "fewer selectors inside selectors");
    p->err = cond_parse_span(p->arena, inside, p->nest + 1, p->fault, &cond);
    if (p->err)
        return false;
    *step = (struct path_step){ .kind = PATH_WHERE, .where = cond };
    p->at = close;
    return true;
}

/* Behind '[', up to and with ']'. */
static bool parse_selector(struct parser *p, struct path_step *step)
{
    if (peek(p) == ']' || peek(p) == '*') {
        *step = (struct path_step){ .kind = PATH_ALL, .lone = peek(p) == '*' };
        p->at += step->lone;
    } else if (!parse_index(p, step) && !parse_where(p, step)) {
        return false;
    }
    if (peek(p) != ']')
        return refuse(p, "']'");
    p->at++;
    return true;
}

static bool parse_decoder(struct parser *p, struct path_step *step)
{
    static const struct {
        const char *name;
        enum path_step_kind kind;
    } decoders[] = { { "json", PATH_JSON }, { "b64", PATH_B64 }, { "raw", PATH_RAW } };
    struct span name;
    if (!parse_name(p, &name))
        return false;
    for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++) {
        if (span_is(name, decoders[i].name)) {
            *step = (struct path_step){ .kind = decoders[i].kind };
            return true;
        }
    }
    p->at -= name.n;
    return refuse(p, "json, b64 or raw");
}

static bool skip_arguments(struct parser *p)
{
    unsigned depth = 0;
    for (; p->at < p->text.n; p->at++) {
        char c = peek(p);
        depth += c == '(';
        if (c == ')' && --depth == 0) {
            p->at++;
            return true;
        }
    }
    return refuse(p, "')'");
}

static bool parse_member(struct parser *p, struct path_step *step)
{
    if (peek(p) == '*') {
        p->at++;
        *step = (struct path_step){ .kind = PATH_ANY };
        return true;
    }
    *step = (struct path_step){ .kind = PATH_MEMBER };
    return parse_name(p, &step->name);
}

/* Fills steps from `n` on until a byte that starts none. */
static bool parse_steps(struct parser *p, struct path_step *steps, size_t *n, bool start)
{
    for (;; start = false) {
        if (*n == PATH_STEPS_MAX)
            return refuse(p, "fewer steps");
        char c = peek(p);
        bool ok;
        if (c == '[') {
            p->at++;
            ok = parse_selector(p, &steps[(*n)++]);
        } else if (c == '!' && !start) {
            if (p->at + 1 < p->text.n && p->text.p[p->at + 1] == '=')
                return true; /* an operator: a!=b */
            p->at++;
            ok = parse_decoder(p, &steps[(*n)++]);
        } else if (c == '(' && !start) {
            size_t from = p->at;
            ok = skip_arguments(p);
            if (ok && steps[*n - 1].kind == PATH_MEMBER)
                steps[*n - 1].args = (struct span){ p->text.p + from, p->at - from };
        } else if (c == '.') {
            p->at++;
            ok = parse_member(p, &steps[(*n)++]);
        } else if (start && (name_byte(c) || c == '*' || c == '\'')) {
            ok = parse_member(p, &steps[(*n)++]);
        } else {
            return true;
        }
        if (!ok)
            return false;
    }
}

/* ---- terms -------------------------------------------------------------------------------------- */

static bool take(struct parser *p, const char *word)
{
    size_t n = strlen(word);
    if (p->text.n - p->at < n || memcmp(p->text.p + p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static bool parse_source(struct parser *p, struct path_term *term, bool *start)
{
    *start = false;
    if (take(p, "header:"))
        term->source = PATH_HEADER;
    else if (take(p, "link:"))
        term->source = PATH_LINK;
    else if (take(p, "?"))
        term->source = PATH_QUERY;
    else if (p->nest == 0 && take(p, "@")) /* inside a selector it is an attribute of XML */
        term->source = PATH_STEP;
    else {
        term->source = PATH_BODY;
        while (take(p, "^")) {
            term->up++;
            if (peek(p) == '.' && p->at + 1 < p->text.n && p->text.p[p->at + 1] == '^')
                p->at++;
        }
        *start = term->up == 0;
        return true;
    }
    return parse_name(p, &term->name);
}

static bool parse_term(struct parser *p, struct path_term *term)
{
    struct path_step steps[PATH_STEPS_MAX];
    bool start;
    *term = (struct path_term){ 0 };
    if (!parse_source(p, term, &start) || !parse_steps(p, steps, &term->n_steps, start))
        return false;
    struct path_step *copy = arena_alloc(p->arena, term->n_steps * sizeof(*copy) + 1);
    memcpy(copy, steps, term->n_steps * sizeof(*copy));
    term->steps = copy;
    return true;
}

static bool parse_alt(struct parser *p, struct path_alt *alt)
{
    struct path_term terms[PATH_TERMS_MAX];
    *alt = (struct path_alt){ .sum = take(p, "+") };
    for (;;) {
        if (alt->n_terms == PATH_TERMS_MAX)
            return refuse(p, "fewer terms");
        bool minus = alt->sum && take(p, "-");
        if (!parse_term(p, &terms[alt->n_terms]))
            return false;
        terms[alt->n_terms++].minus = minus;
        if (!take(p, "+"))
            break;
        alt->sum = true;
    }
    struct path_term *copy = arena_alloc(p->arena, alt->n_terms * sizeof(*copy));
    memcpy(copy, terms, alt->n_terms * sizeof(*copy));
    alt->terms = copy;
    return true;
}

static bool parse_alts(struct parser *p, struct path *path)
{
    struct path_alt alts[PATH_ALTS_MAX];
    for (;;) {
        if (path->n_alts == PATH_ALTS_MAX)
            return refuse(p, "fewer alternatives");
        if (!parse_alt(p, &alts[path->n_alts++]))
            return false;
        if (!take(p, "|"))
            break;
    }
    struct path_alt *copy = arena_alloc(p->arena, path->n_alts * sizeof(*copy));
    memcpy(copy, alts, path->n_alts * sizeof(*copy));
    path->alts = copy;
    return true;
}

/* ---- what others call --------------------------------------------------------------------------- */

enum err path_parse_prefix(struct arena *arena, struct span text, unsigned nest, struct fault *fault, size_t *used,
                           const struct path **out)
{
    struct parser p = { .arena = arena, .fault = fault, .text = text, .nest = nest };
    if (text.n > PATH_BYTES_MAX)
        return fault_set(fault, ERR_INVALID_REQUEST, "path: %zu bytes, %d is the most", text.n, PATH_BYTES_MAX);
    struct path *path = arena_zalloc(arena, sizeof(*path));
    if (!parse_alts(&p, path))
        return p.err;
    path->text = (struct span){ text.p, p.at };
    *used = p.at;
    *out = path;
    return OK;
}

enum err path_parse(struct arena *arena, const char *text, struct fault *fault, const struct path **out)
{
    size_t used = 0;
    const struct path *path = NULL;
    struct span whole = span_of(text);
    enum err err = path_parse_prefix(arena, whole, 0, fault, &used, &path);
    if (err)
        return err;
    if (used < whole.n) {
        struct parser p = { .fault = fault, .text = whole, .at = used };
        refuse(&p, "the end of the path");
        return p.err;
    }
    *out = path;
    return OK;
}

struct span path_plain(const struct path *path)
{
    if (path->n_alts != 1 || path->alts[0].sum || path->alts[0].n_terms != 1)
        return (struct span){ NULL, 0 };
    const struct path_term *term = &path->alts[0].terms[0];
    if (term->source != PATH_BODY || term->up || term->n_steps != 1 || term->steps[0].kind != PATH_MEMBER)
        return (struct span){ NULL, 0 };
    return term->steps[0].name;
}
