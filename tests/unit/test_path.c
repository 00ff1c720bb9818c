/* test_path.c - the PATH notation: one vector a form, and what is refused where. */
#include "core/map/path.h"

#include "core/map/cond.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void print_path(const struct path *path, struct buf *out);

static void print_step(const struct path_step *step, struct buf *out)
{
    switch (step->kind) {
    case PATH_MEMBER:
        buf_printf(out, " .%.*s", SPAN_ARG(step->name));
        break;
    case PATH_ANY:
        buf_lit(out, " .*");
        break;
    case PATH_ALL:
        buf_printf(out, " all%s", step->lone ? "*" : "");
        break;
    case PATH_INDEX:
        buf_printf(out, " #%d", step->index);
        break;
    case PATH_WHERE:
        buf_printf(out, " where(%.*s)", SPAN_ARG(step->where->text));
        break;
    case PATH_JSON:
        buf_lit(out, " json");
        break;
    case PATH_B64:
        buf_lit(out, " b64");
        break;
    case PATH_RAW:
        buf_lit(out, " raw");
        break;
    }
}

static void print_path(const struct path *path, struct buf *out)
{
    static const char *const sources[] = { "body", "header", "link", "query", "step", "status" };
    for (size_t a = 0; a < path->n_alts; a++) {
        buf_printf(out, "%s%s", a ? " | " : "", path->alts[a].sum ? "sum " : "");
        for (size_t t = 0; t < path->alts[a].n_terms; t++) {
            const struct path_term *term = &path->alts[a].terms[t];
            buf_printf(out, "%s%s%s", t ? " + " : "", term->minus ? "minus " : "", sources[term->source]);
            if (term->name.n)
                buf_printf(out, ":%.*s", SPAN_ARG(term->name));
            if (term->up)
                buf_printf(out, " up%u", term->up);
            for (size_t s = 0; s < term->n_steps; s++)
                print_step(&term->steps[s], out);
        }
    }
}

static void parses(const char *text, const char *expected)
{
    struct arena arena;
    struct buf out;
    struct fault fault = { 0 };
    const struct path *path = NULL;
    arena_init(&arena);
    buf_init(&out, 4096);
    if (path_parse(&arena, text, &fault, &path))
        fail_msg("%s", fault.text);
    print_path(path, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, expected);
    buf_release(&out);
    arena_release(&arena);
}

static void forms(void **state)
{
    (void)state;
    parses("", "body");
    parses("a", "body .a");
    parses("a.b_c-d", "body .a .b_c-d");
    parses("'odd.key'.'it''s'", "body .odd.key .it's");
    parses("[]", "body all");
    parses("[0].status", "body #0 .status");
    parses("items[]", "body .items all");
    parses("items[].sku", "body .items all .sku");
    parses("items[*].sku", "body .items all* .sku");
    parses("items[*][0].sku", "body .items all* #0 .sku");
    parses("a[0][last].b", "body .a #0 #-1 .b");
    parses("a[k=v].b", "body .a where(k=v) .b");
    parses("a[k=v][0].b", "body .a where(k=v) #0 .b");
    parses("a[!parent].b", "body .a where(!parent) .b");
    parses("a[b.c~X|Y].d|e", "body .a where(b.c~X|Y) .d | body .e");
    parses("a[x[0]=']'].b", "body .a where(x[0]=']') .b");
    parses("a|b|c.d", "body .a | body .b | body .c .d");
    parses("+a[].b", "sum body .a all .b");
    parses("+a[].b+c", "sum body .a all .b + body .c");
    parses("+a+-b[].c", "sum body .a + minus body .b all .c");
    parses("price+^.price", "sum body .price + body up1 .price");
    parses("^.^.a", "body up2 .a");
    parses("^.items[parent={.id}].sku", "body up1 .items where(parent={.id}) .sku");
    parses("data.*.errorCode", "body .data .* .errorCode");
    parses("lines(first:50, x:[1])[].id", "body .lines all .id");
    parses("payload!json.id", "body .payload json .id");
    parses("header:X-Sig!b64.kid", "header:X-Sig b64 .kid");
    parses("meta!raw", "body .meta raw");
    parses("header:Retry-After", "header:Retry-After");
    parses("link:next", "link:next");
    parses("?challenge_code", "query:challenge_code");
    parses("@made.order.id", "step:made .order .id");
    parses("@lines[]", "step:lines all");
    parses("@state.name[id={lang}].value|@state.name", "step:state .name where(id={lang}) .value | step:state .name");
    parses("status|[0].status", "body .status | body #0 .status");
}

static void refused(const char *text, const char *expected)
{
    struct arena arena;
    struct fault fault = { 0 };
    const struct path *path = NULL;
    arena_init(&arena);
    assert_int_equal(path_parse(&arena, text, &fault, &path), ERR_INVALID_REQUEST);
    assert_null(path);
    assert_string_equal(fault.text, expected);
    arena_release(&arena);
}

static void refusals_name_the_column(void **state)
{
    (void)state;
    refused("a..b", "path \"a..b\": column 3: expected a name, found '.'");
    refused("a.", "path \"a.\": column 3: expected a name, found the end");
    refused("a[*", "path \"a[*\": column 4: expected ']', found the end");
    refused("a[", "path \"a[\": column 3: expected ']', found the end");
    refused("a]", "path \"a]\": column 2: expected the end of the path, found ']'");
    refused("a b", "path \"a b\": column 2: expected the end of the path, found ' '");
    refused("'a", "path \"'a\": column 3: expected a closing quote, found the end");
    refused("a!gzip", "path \"a!gzip\": column 3: expected json, b64 or raw, found 'g'");
    refused("a(x", "path \"a(x\": column 4: expected ')', found the end");
    refused("a[[b=1]c=2]", "condition \"[b=1]c=2\": column 6: expected '&' or the end");
    refused("a[b[c[d[e[f[g=1]=1]=1]=1]=1]=1]",
            "path \"e[f[g=1]=1]=1\": column 3: expected fewer selectors inside selectors, found 'f'");
}

static void ceilings(void **state)
{
    (void)state;
    char text[2000];
    struct arena arena;
    struct fault fault;
    const struct path *path;
    arena_init(&arena);
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(path_parse(&arena, text, &fault, &path), ERR_INVALID_REQUEST);
    for (size_t i = 0; i < 200; i++)
        text[i] = i % 2 ? '.' : 'a';
    text[199] = '\0';
    assert_int_equal(path_parse(&arena, text, &fault, &path), ERR_INVALID_REQUEST);
    arena_release(&arena);
}

static void plain(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = { { "currency", "currency" }, { "a.b", "" }, { "a|b", "" }, { "^.a", "" }, { "", "" }, { "+a", "" } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena;
        const struct path *path;
        arena_init(&arena);
        assert_int_equal(path_parse(&arena, cases[i].text, NULL, &path), OK);
        assert_true(span_is(path_plain(path), cases[i].name));
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refusals_name_the_column),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
