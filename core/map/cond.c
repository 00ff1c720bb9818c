/*
 * cond.c - the CONDITION notation: parsing, and holding.
 *
 * Parsing: terms between '&'; a term is !path, path, or path op text.  The text runs to the next '&' (outside
 * braces and quotes), without the blanks around it; 'in quotes' it may hold anything.  An empty path stands for the
 * element itself ("[=PAID]", "[!=x]").
 *
 * Holding: a term asks its cond_env for one match after the other until one fits.
 *
 *   "status=429 & header:Retry-After" on a 429 with that header:  429 = 429 as decimals; present: holds
 */
#include "core/map/cond.h"

#include "core/map/glob.h"
#include "core/value/dec.h"

enum { MATCHES_MAX = 100000, VALUE_BYTES_MAX = 65536 };

/* ---- parsing ------------------------------------------------------------------------------------ */

struct parser {
    struct arena *arena;
    struct fault *fault;
    struct span text;
    size_t at;
    unsigned nest;
    enum err err;
};

static bool refuse(struct parser *p, const char *expected)
{
    p->err = fault_set(p->fault, ERR_INVALID_REQUEST, "condition \"%.*s\": column %zu: expected %s",
                       p->text.n > 120 ? 120 : (int)p->text.n, p->text.p ? p->text.p : "", p->at + 1, expected);
    return false;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.n && p->text.p[p->at] == ' ')
        p->at++;
}

static bool take(struct parser *p, const char *word)
{
    size_t n = strlen(word);
    if (p->text.n - p->at < n || memcmp(p->text.p + p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static enum cond_op parse_op(struct parser *p)
{
    static const struct {
        const char *text;
        enum cond_op op;
    } ops[] = { { "!=", COND_NE }, { "<=", COND_LE }, { ">=", COND_GE }, { "=", COND_EQ },
                { "<", COND_LT },  { ">", COND_GT },  { "~", COND_GLOB } };
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (take(p, ops[i].text))
            return ops[i].op;
    }
    return COND_BARE;
}

/* The right-hand side as it stands: to the next & outside braces; or between quotes. */
static bool parse_text(struct parser *p, struct span *out)
{
    skip_blanks(p);
    size_t from = p->at, braces = 0;
    if (p->at < p->text.n && p->text.p[p->at] == '\'') {
        const char *close = memchr(p->text.p + from + 1, '\'', p->text.n - from - 1);
        if (!close)
            return refuse(p, "a closing quote");
        *out = (struct span){ p->text.p + from + 1, (size_t)(close - p->text.p) - from - 1 };
        p->at = from + out->n + 2;
        return true;
    }
    for (; p->at < p->text.n; p->at++) {
        char c = p->text.p[p->at];
        if (c == '&' && braces == 0)
            break;
        braces += c == '{';
        braces -= c == '}' && braces > 0;
    }
    size_t end = p->at;
    while (end > from && p->text.p[end - 1] == ' ')
        end--;
    *out = (struct span){ p->text.p + from, end - from };
    return true;
}

static bool parse_placeholder(struct parser *p, struct span inside, struct cond_piece *piece)
{
    *piece = (struct cond_piece){ .text = inside, .name = true };
    if (inside.n == 0)
        return refuse(p, "a name between the braces");
    struct span path = inside;
    if (path.p[0] == '.')
        path = (struct span){ path.p + 1, path.n - 1 };
    else if (path.p[0] == '+' && path.n > 1 && path.p[1] == '.')
        path = (struct span){ path.p + 2, path.n - 2 };
    else if (path.p[0] != '@' && path.p[0] != '^')
        return true;
    size_t used;
    p->err =
        path_parse_prefix(p->arena, path, p->nest > 0 && path.p[0] != '@' ? p->nest : 0, p->fault, &used, &piece->path);
    if (p->err)
        return false;
    if (used < path.n)
        return refuse(p, "'}' behind the path");
    if (inside.p[0] == '+') {
        struct path *sum = arena_alloc(p->arena, sizeof(*sum));
        struct path_alt *alt = arena_alloc(p->arena, sizeof(*alt));
        *alt = piece->path->alts[0];
        alt->sum = true;
        *sum = (struct path){ piece->path->text, 1, alt };
        piece->path = sum;
    }
    return true;
}

/* text into literal and placeholder pieces. */
static bool parse_pieces(struct parser *p, struct span text, struct cond_term *term)
{
    struct cond_piece pieces[COND_PIECES_MAX];
    size_t from = 0, n = 0;
    term->value = text;
    term->literal = !text.n || !memchr(text.p, '{', text.n);
    while (!term->literal && from < text.n) {
        if (n == COND_PIECES_MAX)
            return refuse(p, "fewer placeholders");
        const char *open = memchr(text.p + from, '{', text.n - from);
        size_t at = open ? (size_t)(open - text.p) : text.n;
        if (at > from) {
            pieces[n++] = (struct cond_piece){ .text = { text.p + from, at - from } };
            from = at;
            continue;
        }
        const char *close = memchr(open, '}', text.n - at);
        if (!close)
            return refuse(p, "'}'");
        size_t inner = (size_t)(close - open) - 1;
        if (!parse_placeholder(p, (struct span){ open + 1, inner }, &pieces[n++]))
            return false;
        from = at + inner + 2;
    }
    struct cond_piece *copy = arena_alloc(p->arena, n * sizeof(*copy) + 1);
    memcpy(copy, pieces, n * sizeof(*copy));
    term->pieces = copy;
    term->n_pieces = n;
    return true;
}

static bool parse_path(struct parser *p, const struct path **out)
{
    struct span rest = { p->text.p + p->at, p->text.n - p->at };
    size_t used = 0;
    p->err = path_parse_prefix(p->arena, rest, p->nest, p->fault, &used, out);
    p->at += used;
    return p->err == OK;
}

static bool parse_term(struct parser *p, struct cond_term *term)
{
    *term = (struct cond_term){ .literal = true };
    skip_blanks(p);
    bool operator_first = p->text.n - p->at >= 2 && memcmp(p->text.p + p->at, "!=", 2) == 0;
    term->negate = !operator_first && take(p, "!");
    if (!parse_path(p, &term->path))
        return false;
    skip_blanks(p);
    size_t at = p->at;
    term->op = parse_op(p);
    if (term->op == COND_BARE)
        return term->path->text.n > 0 || refuse(p, "a path");
    if (term->negate) {
        p->at = at;
        return refuse(p, "nothing more behind !path");
    }
    struct span text = { NULL, 0 };
    return parse_text(p, &text) && parse_pieces(p, text, term);
}

enum err cond_parse_span(struct arena *arena, struct span text, unsigned nest, struct fault *fault,
                         const struct cond **out)
{
    struct parser p = { .arena = arena, .fault = fault, .text = text, .nest = nest };
    struct cond_term terms[COND_TERMS_MAX];
    struct cond *cond = arena_zalloc(arena, sizeof(*cond));
    cond->text = text;
    if (text.n > 0 && !span_is(text, "*")) {
        do {
            if (cond->n == COND_TERMS_MAX) {
                refuse(&p, "fewer terms");
                return p.err;
            }
            if (!parse_term(&p, &terms[cond->n++]))
                return p.err;
            skip_blanks(&p);
        } while (take(&p, "&"));
        if (p.at < text.n) {
            refuse(&p, "'&' or the end");
            return p.err;
        }
    }
    struct cond_term *copy = arena_alloc(arena, cond->n * sizeof(*copy) + 1);
    memcpy(copy, terms, cond->n * sizeof(*copy));
    cond->terms = copy;
    *out = cond;
    return OK;
}

enum err cond_parse(struct arena *arena, const char *text, struct fault *fault, const struct cond **out)
{
    return cond_parse_span(arena, span_of(text), 0, fault, out);
}

/* ---- holding ------------------------------------------------------------------------------------ */

static bool by_order(enum cond_op op, int order)
{
    switch (op) {
    case COND_EQ:
        return order == 0;
    case COND_NE:
        return order != 0;
    case COND_LT:
        return order < 0;
    case COND_LE:
        return order <= 0;
    case COND_GT:
        return order > 0;
    case COND_GE:
        return order >= 0;
    default:
        return false;
    }
}

static int text_order(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool cond_compare(const struct value *found, enum cond_op op, struct span wanted)
{
    if (found->kind == VALUE_ABSENT)
        return false;
    if (op == COND_BARE)
        return found->kind != VALUE_NULL;
    if (found->kind == VALUE_NULL)
        return (op == COND_EQ || op == COND_NE) && span_is(wanted, "null") == (op == COND_EQ);
    if (found->kind >= VALUE_OBJECT)
        return op == COND_NE;
    struct buf scratch;
    buf_init(&scratch, VALUE_BYTES_MAX);
    struct span text = value_text(found, &scratch);
    bool holds;
    struct dec a, b;
    if (op == COND_GLOB)
        holds = glob_match(wanted, text);
    else if (dec_parse(text, &a) && dec_parse(wanted, &b))
        holds = by_order(op, dec_cmp(a, b));
    else
        holds = by_order(op, text_order(text, wanted));
    buf_release(&scratch);
    return holds;
}

static bool fill_piece(const struct cond_piece *piece, const struct cond_env *env, struct buf *out)
{
    if (!piece->name) {
        buf_span(out, piece->text);
        return true;
    }
    struct value value;
    if (piece->path && env->match(env->outer ? env->outer : env->self, piece->path, 0, &value)) {
        if (value.kind < VALUE_FALSE || value.kind >= VALUE_OBJECT)
            return false;
        struct buf scratch;
        buf_init(&scratch, VALUE_BYTES_MAX);
        buf_span(out, value_text(&value, &scratch));
        buf_release(&scratch);
        return true;
    }
    return env->name && env->name(env->self, piece->text, out);
}

struct wanted {
    enum cond_op op;
    struct span text;
};

static bool fits(void *ctx, const struct value *value)
{
    const struct wanted *wanted = ctx;
    return cond_compare(value, wanted->op, wanted->text);
}

static bool any_match(const struct cond_term *term, const struct cond_env *env, struct span text)
{
    struct wanted wanted = { term->op, text };
    if (env->some)
        return env->some(env->self, term->path, fits, &wanted);
    struct value value;
    for (size_t i = 0; i < MATCHES_MAX && env->match(env->self, term->path, i, &value); i++) {
        if (fits(&wanted, &value))
            return true;
    }
    return false;
}

static bool term_holds(const struct cond_term *term, const struct cond_env *env)
{
    if (term->literal)
        return any_match(term, env, term->value) != term->negate;
    struct buf wanted;
    buf_init(&wanted, VALUE_BYTES_MAX);
    bool known = true;
    for (size_t i = 0; known && i < term->n_pieces; i++)
        known = fill_piece(&term->pieces[i], env, &wanted);
    bool holds = known && any_match(term, env, buf_peek(&wanted));
    buf_release(&wanted);
    return holds;
}

bool cond_holds(const struct cond *cond, const struct cond_env *env)
{
    for (size_t i = 0; i < cond->n; i++) {
        if (!term_holds(&cond->terms[i], env))
            return false;
    }
    return true;
}
