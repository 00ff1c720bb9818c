/*
 * fields.c - the tree of wanted fields, and the writer that follows it.
 *
 * `fields=+email,-total,*items` on the defaults `id,total,status` wants id, status, email and all of items.
 * Parsing makes a list of words first, as the real shop does, for the quirks live there: a word without a
 * sign anywhere replaces the defaults and turns `-x` into `x`.
 */
#include "tests/shopsim/medusa/fields.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct want WANT_STAR = { .is_starred = true };
static const struct want id_leaf = { .name = "id", .is_named = true };
const struct want WANT_ID = { .children = (struct want *)&id_leaf };

struct words {
    char **word;
    size_t n;
};

static void words_add(struct words *words, const char *p, size_t n)
{
    words->word = sim_grow(words->word, words->n + 1, sizeof *words->word);
    char *copy = sim_alloc(n + 1, 1);
    memcpy(copy, p, n);
    words->word[words->n++] = copy;
}

static void words_split(struct words *words, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        if (n)
            words_add(words, list, n);
        list += n + (list[n] == ',');
    }
}

static void words_release(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        free(words->word[i]);
    free(words->word);
}

static bool ends_with_star(const char *word)
{
    size_t n = strlen(word);
    return n >= 2 && strcmp(word + n - 2, ".*") == 0;
}

static bool has_sign(const char *word)
{
    return strchr("-+ *", word[0]) || ends_with_star(word);
}

static const char *without_sign(const char *word)
{
    return word + strspn(word, "+ \t-");
}

/* `-items` takes items, *items and everything under it. */
static void words_remove(struct words *words, const char *name)
{
    size_t kept = 0, n = strlen(name);
    for (size_t i = 0; i < words->n; i++) {
        const char *bare = words->word[i] + (words->word[i][0] == '*');
        if (strncmp(bare, name, n) == 0 && (bare[n] == '\0' || bare[n] == '.'))
            free(words->word[i]);
        else
            words->word[kept++] = words->word[i];
    }
    words->n = kept;
}

static void words_change(struct words *words, const struct words *asked)
{
    for (size_t i = 0; i < asked->n; i++) {
        const char *word = asked->word[i], *bare = without_sign(word);
        if (word[0] == '-')
            words_remove(words, bare);
        else
            words_add(words, bare, strlen(bare));
    }
}

static bool asked_replace(const struct words *asked)
{
    for (size_t i = 0; i < asked->n; i++)
        if (!has_sign(asked->word[i]))
            return true;
    return asked->n == 0;
}

static struct want *want_child(struct want *want, const char *name, size_t n)
{
    struct want **at = &want->children;
    for (; *at; at = &(*at)->next)
        if (strlen((*at)->name) == n && memcmp((*at)->name, name, n) == 0)
            return *at;
    char *copy = sim_alloc(n + 1, 1);
    memcpy(copy, name, n);
    *at = sim_alloc(1, sizeof **at);
    (*at)->name = copy;
    return *at;
}

static void want_add(struct want *root, const char *word)
{
    bool is_starred = word[0] == '*' || ends_with_star(word);
    size_t left = strlen(word) - (ends_with_star(word) ? 2 : 0);
    if (word[0] == '*') {
        word++;
        left--;
    }
    struct want *at = root;
    for (int depth = 0; left && depth < OUT_DEPTH; depth++) {
        size_t n = strcspn(word, ".");
        if (n > left)
            n = left;
        at = want_child(at, word, n);
        size_t step = n < left ? n + 1 : n;
        word += step;
        left -= step;
    }
    if (at == root)
        return;
    at->is_starred |= is_starred;
    at->is_named |= !is_starred;
}

struct want *want_parse(const char *fields, const char *defaults)
{
    struct words words = { 0 }, asked = { 0 };
    if (fields)
        words_split(&asked, fields);
    if (!fields || !asked_replace(&asked))
        words_split(&words, defaults);
    if (fields) {
        if (asked_replace(&asked))
            for (size_t i = 0; i < asked.n; i++)
                words_add(&words, without_sign(asked.word[i]), strlen(without_sign(asked.word[i])));
        else
            words_change(&words, &asked);
        words_add(&words, "id", 2);
    }
    struct want *root = sim_alloc(1, sizeof *root);
    for (size_t i = 0; i < words.n; i++)
        want_add(root, words.word[i]);
    words_release(&words);
    words_release(&asked);
    return root;
}

void want_free(struct want *want)
{
    while (want) {
        struct want *next = want->next;
        want_free(want->children);
        free((char *)want->name);
        free(want);
        want = next;
    }
}

const struct want *want_find(const struct want *want, const char *name)
{
    for (const struct want *at = want->children; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

void out_init(struct out *out, struct text *text)
{
    *out = (struct out){ .text = text, .depth = -1 };
}

static void out_comma(struct out *out)
{
    if (out->needs_comma)
        text_char(out->text, ',');
    out->needs_comma = false;
}

void out_open(struct out *out, const struct want *want, const char *always)
{
    assert(out->depth + 1 < OUT_DEPTH);
    out_comma(out);
    out->depth++;
    out->want[out->depth] = want;
    out->always[out->depth] = always;
    text_char(out->text, '{');
}

void out_close(struct out *out)
{
    out->depth--;
    /* The real shop gives null for a row of which nothing is there to be given. */
    if (out->text->p[out->text->n - 1] == '{') {
        out->text->n--;
        text_puts(out->text, "null");
    } else {
        text_char(out->text, '}');
    }
    out->needs_comma = true;
}

void out_array(struct out *out)
{
    out_comma(out);
    text_char(out->text, '[');
}

void out_array_end(struct out *out)
{
    text_char(out->text, ']');
    out->needs_comma = true;
}

void out_key(struct out *out, const char *key)
{
    out_comma(out);
    text_json(out->text, key, strlen(key));
    text_char(out->text, ':');
}

bool out_wants(const struct out *out, const char *key)
{
    const struct want *want = out->want[out->depth];
    if (want->is_starred || word_in(out->always[out->depth], key, strlen(key)))
        return true;
    const struct want *child = want_find(want, key);
    return child && child->is_named;
}

const struct want *out_rel(const struct out *out, const char *key, enum rel_kind kind)
{
    const struct want *want = out->want[out->depth], *child = want_find(want, key);
    if (child && (child->is_starred || child->children))
        return child;
    if (child && kind != REL_MANY)
        return &WANT_ID;
    return want->is_starred && kind == REL_ONE ? &WANT_ID : NULL;
}

void out_raw(struct out *out, const char *key, const char *json)
{
    if (!out_wants(out, key))
        return;
    out_key(out, key);
    text_puts(out->text, json);
    out->needs_comma = true;
}

void out_str(struct out *out, const char *key, const char *value)
{
    if (!value) {
        out_raw(out, key, "null");
        return;
    }
    if (!out_wants(out, key))
        return;
    out_key(out, key);
    text_json(out->text, value, strlen(value));
    out->needs_comma = true;
}

void out_null(struct out *out, const char *keys)
{
    char key[64];
    while (*keys) {
        size_t n = strcspn(keys, ",");
        assert(n < sizeof key);
        memcpy(key, keys, n);
        key[n] = '\0';
        out_raw(out, key, "null");
        keys += n + (keys[n] == ',');
    }
}

void out_bool(struct out *out, const char *key, bool value)
{
    out_raw(out, key, value ? "true" : "false");
}

void out_int(struct out *out, const char *key, int64_t value)
{
    if (!out_wants(out, key))
        return;
    out_key(out, key);
    text_printf(out->text, "%" PRId64, value);
    out->needs_comma = true;
}

void out_time(struct out *out, const char *key, int64_t unix_ms)
{
    if (!out_wants(out, key))
        return;
    out_key(out, key);
    if (unix_ms) {
        text_char(out->text, '"');
        text_time(out->text, unix_ms);
        text_char(out->text, '"');
    } else {
        text_puts(out->text, "null");
    }
    out->needs_comma = true;
}

void out_number(struct out *out, const char *key, int64_t amount_e8)
{
    if (!out_wants(out, key))
        return;
    out_key(out, key);
    text_e8(out->text, amount_e8);
    out->needs_comma = true;
}

void out_e8(struct out *out, const char *key, int64_t amount_e8)
{
    out_number(out, key, amount_e8);
    char raw[64];
    snprintf(raw, sizeof raw, "raw_%s", key);
    const struct want *want = out->want[out->depth], *named = want_find(want, raw);
    if (!want->is_starred && !(named && named->is_named))
        return;
    out_key(out, raw);
    text_puts(out->text, "{\"value\":\"");
    text_e8(out->text, amount_e8);
    text_puts(out->text, "\",\"precision\":20}");
    out->needs_comma = true;
}

void out_stamps(struct out *out, int64_t created_ms, int64_t updated_ms)
{
    out_time(out, "created_at", created_ms);
    out_time(out, "updated_at", updated_ms);
    out_null(out, "deleted_at");
}
