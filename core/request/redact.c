/*
 * redact.c - what a shop says of our credentials is not passed on.
 *
 * base64 of a text that stands within a longer one: which of three forms it has depends on where it begins there.  For
 * each the text is encoded behind 0, 1 or 2 other bytes, and the letters that those or its neighbour behind have a part
 * in are left out:
 *
 *     "key:secret"                                a2V5OnNlY3JldA==
 *     "secret" behind "key:" (4 mod 3 = 1 byte)       OnNlY3JldA==  ->  "NlY3JldA" less its mixed ends
 */
#include "core/request/redact.h"

#include "core/base/arena.h"
#include "core/base/base64.h"
#include "core/map/template.h"
#include "core/platform/platform.h"
#include "core/tokens.h"

#include <string.h>

enum { PATTERNS_MAX = 1 << 20, TEXT_MAX = 4 * SECRET_MAX_BYTES };

/* ---- patterns ------------------------------------------------------------------------------------------------- */

static void add_pattern(struct redactor *redactor, struct span pattern)
{
    uint32_t n = (uint32_t)pattern.n;
    if (pattern.n < REDACT_LEAST)
        return;
    buf_add(&redactor->patterns, (const char *)&n, sizeof(n));
    buf_span(&redactor->patterns, pattern);
}

static void add_base64(struct redactor *redactor, struct span secret, size_t before)
{
    struct buf whole, text;
    buf_init_secret(&whole, TEXT_MAX);
    buf_init_secret(&text, TEXT_MAX);
    buf_add(&whole, "\0\0", before);
    buf_span(&whole, secret);
    base64_write(&text, buf_peek(&whole));
    size_t from = (before * 8 + 5) / 6, until = whole.n * 8 / 6; /* letters that are its own alone */
    if (!text.over && until > from)
        add_pattern(redactor, (struct span){ text.p + from, until - from });
    buf_release(&whole);
    buf_release(&text);
}

static void add_encoded(struct redactor *redactor, struct span secret)
{
    struct buf text;
    buf_init_secret(&text, TEXT_MAX);
    if (template_land(secret, LAND_QUERY, &text) && !span_eq(buf_peek(&text), secret))
        add_pattern(redactor, buf_peek(&text));
    buf_clear(&text);
    for (size_t i = 0; i < secret.n; i++) {
        if (secret.p[i] == '/')
            buf_char(&text, '\\');
        buf_char(&text, secret.p[i]);
    }
    if (text.n > secret.n)
        add_pattern(redactor, buf_peek(&text));
    buf_release(&text);
}

static void add_secret(struct span secret, void *user)
{
    struct redactor *redactor = user;
    if (secret.n < REDACT_LEAST)
        return;
    add_pattern(redactor, secret);
    for (size_t before = 0; before < 3; before++)
        add_base64(redactor, secret, before);
    add_encoded(redactor, secret);
}

static void add_field(struct redactor *redactor, const struct secret_source *secrets, struct span store,
                      struct span field)
{
    const struct secret *secret = NULL;
    if (secrets->lend && secrets->lend(secrets->self, store, field, &secret) == OK)
        secret_lend(secret, add_secret, redactor);
}

static void add_tokens(struct redactor *redactor, const struct way *way, const struct secret_source *secrets,
                       struct span store)
{
    for (int field = 0; way->has_tokens && field < TOKEN_FIELDS; field++) {
        char name[TOKEN_FIELD_BYTES];
        token_field_name(way->row->name, (enum token_field)field, name);
        add_field(redactor, secrets, store, span_of(name));
    }
}

void redactor_init(struct redactor *redactor, const struct platform *platform, const struct secret_source *secrets,
                   struct span store)
{
    const struct cw_setting *settings = platform ? platform->table->settings : NULL;
    buf_init_secret(&redactor->patterns, PATTERNS_MAX);
    for (const struct cw_setting *row = settings; row && row->name; row++) {
        if (row->secret)
            add_field(redactor, secrets, store, span_of(row->name));
    }
    for (size_t i = 0; platform && i < platform->n_ways; i++)
        add_tokens(redactor, &platform->ways[i], secrets, store);
}

void redactor_add(struct redactor *redactor, struct span secret)
{
    add_secret(secret, redactor);
}

void redactor_release(struct redactor *redactor)
{
    buf_release(&redactor->patterns);
}

/* ---- overwriting ---------------------------------------------------------------------------------------------- */

static bool next_pattern(const struct redactor *redactor, size_t *at, struct span *out)
{
    uint32_t n;
    if (*at + sizeof(n) > redactor->patterns.n)
        return false;
    memcpy(&n, redactor->patterns.p + *at, sizeof(n));
    *out = (struct span){ redactor->patterns.p + *at + sizeof(n), n };
    *at += sizeof(n) + n;
    return true;
}

static bool holds_any(const struct redactor *redactor, struct span text)
{
    struct span pattern;
    for (size_t at = 0; next_pattern(redactor, &at, &pattern);) {
        if (text.n >= pattern.n && memmem(text.p, text.n, pattern.p, pattern.n))
            return true;
    }
    return false;
}

void redact_bytes(const struct redactor *redactor, char *p, size_t n)
{
    struct span pattern;
    for (size_t at = 0; n > 0 && next_pattern(redactor, &at, &pattern);) {
        char *found = p, *end = p + n;
        while ((found = memmem(found, (size_t)(end - found), pattern.p, pattern.n))) {
            memset(found, '*', pattern.n);
            found += pattern.n;
        }
    }
}

struct span redact_text(const struct redactor *redactor, struct span text, struct arena *arena)
{
    if (text.n == 0 || !holds_any(redactor, text))
        return text;
    char *copy = arena_dup(arena, text);
    redact_bytes(redactor, copy, text.n);
    return (struct span){ copy, text.n };
}
