/* fuzz_template.c - TEMPLATE and the paths that bodies are written by, with texts that nobody wrote with care.
 * Input: a template, a NUL, a value for every name.  Adapters are trusted; what is landed in a header or an address
 * is a peer's, and must not get out of its place. */
#include "core/map/template.h"
#include "core/map/tree.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool get(const void *self, struct span name, struct buf *out)
{
    must(name.n > 0);
    if (name.p[0] == '-')
        return false;
    buf_span(out, *(const struct span *)self);
    return true;
}

static bool has_any(struct span text, const char *bytes)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] && strchr(bytes, text.p[i]))
            return true;
    }
    return false;
}

/* Values alone, without the template's own text: what lands cannot break out. */
static void land(struct span value)
{
    static const char *const never[] = {
        [LAND_PATH] = "/?#% \r\n\"\\", [LAND_QUERY] = "&=#+ \r\n", [LAND_HEADER] = "\r\n", [LAND_URL] = " \r\n\t"
    };
    static const enum landing landings[] = { LAND_PATH, LAND_QUERY, LAND_HEADER, LAND_URL };
    for (size_t i = 0; i < sizeof(landings) / sizeof(landings[0]); i++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        bool ok = template_land(value, landings[i], &out);
        if (ok && landings[i] == LAND_PATH)
            must(!has_any(buf_peek(&out), "/?# \r\n\"\\"));
        else if (ok)
            must(!has_any(buf_peek(&out), never[landings[i]]));
        must(ok || landings[i] == LAND_HEADER || landings[i] == LAND_URL);
        buf_release(&out);
    }
}

static void fill(const struct template *t, const struct span *value)
{
    struct names names = { .self = value, .get = get };
    for (enum landing landing = LAND_TEXT; landing <= LAND_URL; landing++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        buf_lit(&out, "before");
        if (template_fill(t, &names, landing, &out) != TEMPLATE_FILLED)
            must(out.n == 6);
        must(memcmp(out.p, "before", 6) == 0);
        buf_release(&out);
    }
    for (size_t i = 0; template_name(t, i).p; i++)
        must(template_name(t, i).n > 0 && !template_is_literal(t));
}

/* A path that is taken makes a document that is JSON. */
static void write_tree(struct arena *arena, const char *path, struct span value)
{
    struct buf json, out;
    struct tree *tree = tree_new(arena);
    buf_init(&json, 1 << 20);
    buf_init(&out, 1 << 22);
    buf_json(&json, value);
    tree_put(tree, "a.b[1]", SPAN("1"), NULL);
    tree_put(tree, path, buf_peek(&json), NULL);
    tree_put(tree, path, SPAN("2"), NULL);
    tree_write(tree, &out);
    json_t *parsed = json_loadb(out.p, out.n, JSON_ALLOW_NUL, NULL);
    must(parsed != NULL);
    json_decref(parsed);
    buf_release(&json);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 4096)
        return 0;
    struct arena arena;
    char *text = malloc(n + 1);
    if (!text)
        return 0;
    if (n > 0)
        memcpy(text, data, n);
    text[n] = '\0';
    size_t len = strlen(text);
    struct span value = { text + (len < n ? len + 1 : n), len < n ? n - len - 1 : 0 };
    const struct template *t = NULL;
    struct fault fault = { 0 };
    arena_init(&arena);
    if (template_parse(&arena, text, &fault, &t))
        must(fault.err != OK && fault.text[0] != '\0');
    else
        fill(t, &value);
    land(value);
    write_tree(&arena, text, value);
    arena_release(&arena);
    free(text);
    return 0;
}
