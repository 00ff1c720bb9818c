/*
 * tokens_answer.c - what a token endpoint answered.
 *
 * The object is walked where it stands: its values go into secret bufs and nowhere else, so that nothing of them is
 * left behind in memory that nobody wipes.
 */
#include "oauth/tokens_answer.h"

#include "core/crypt/secret.h"
#include "core/json/scan.h"
#include "core/json/text.h"

#include <stdio.h>
#include <string.h>

enum { LIFE_BYTES = 64, NAME_BYTES = 64, LEARNT_BYTES = 4096, COMPLAINED_BYTES = 32 };

struct reading {
    const struct token_clock *clock;
    struct token_pair *out;
    const char *unfit; /* what is wrong with a token */
};

/* ---- one member ----------------------------------------------------------------------------------------------- */

struct member {
    const char *name;
    struct span text; /* of a text, decoded; of anything else as it stands */
    bool is_text, is_number;
};

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
            return false;
    }
    return true;
}

static void take_token(struct reading *r, const struct member *m, struct buf *out)
{
    if (!m->is_text && !m->is_number)
        r->unfit = "is no text";
    else if (m->text.n > SECRET_MAX_BYTES)
        r->unfit = "is over 32,768 bytes";
    else if (!is_printable(m->text))
        r->unfit = "holds blanks or control characters";
    else
        buf_span(out, m->text);
}

static void take_access(struct reading *r, const struct member *m)
{
    take_token(r, m, &r->out->access);
}

static void take_refresh(struct reading *r, const struct member *m)
{
    take_token(r, m, &r->out->refresh);
}

/* What stands in the wrong place may be a token: only what looks like a number or a time is shown. */
static struct span showable(struct span text)
{
    static const char letters[] = "0123456789.-+:TZ ";
    bool is_plain = text.n <= COMPLAINED_BYTES;
    for (size_t i = 0; is_plain && i < text.n; i++)
        is_plain = text.p[i] != '\0' && strchr(letters, text.p[i]);
    return is_plain ? text : SPAN("something else");
}

static void take_life(struct reading *r, const struct member *m, bool is_absolute, int64_t *ends_ms)
{
    char text[LIFE_BYTES];
    int n = snprintf(text, sizeof(text), "%.*s", SPAN_ARG(m->text));
    bool is_read = (m->is_text || m->is_number) && n >= 0 && (size_t)n == m->text.n && (size_t)n < sizeof(text) &&
                   token_life_read(text, is_absolute, r->clock, ends_ms);
    if (!is_read && !r->out->complaint[0])
        snprintf(r->out->complaint, sizeof(r->out->complaint), "%s: expected %s within ten years, found %.*s", m->name,
                 is_absolute ? "a time" : "seconds, or a time", SPAN_ARG(showable(m->text)));
}

static void take_expires_in(struct reading *r, const struct member *m)
{
    take_life(r, m, false, &r->out->expires_ms);
}

static void take_expires_at(struct reading *r, const struct member *m)
{
    take_life(r, m, true, &r->out->expires_ms);
}

static void take_ends_in(struct reading *r, const struct member *m)
{
    take_life(r, m, false, &r->out->ends_ms);
}

static void take_ends_at(struct reading *r, const struct member *m)
{
    take_life(r, m, true, &r->out->ends_ms);
}

static void take_scope(struct reading *r, const struct member *m)
{
    if (m->is_text && m->text.n <= TOKEN_SCOPE_BYTES && !memchr(m->text.p, '\0', m->text.n))
        snprintf(r->out->scope, sizeof(r->out->scope), "%.*s", SPAN_ARG(m->text));
}

static void take_setting(struct reading *r, const struct member *m)
{
    bool is_plain = m->is_text || m->is_number || span_is(m->text, "true") || span_is(m->text, "false");
    if (!is_plain || m->text.n > LEARNT_BYTES)
        return;
    if (!r->out->learnt)
        r->out->learnt = json_object();
    json_t *value = json_stringn(m->text.p ? m->text.p : "", m->text.n);
    if (value && json_object_size(r->out->learnt) < TOKEN_LEARNT_MAX)
        json_object_set_new(r->out->learnt, m->name, value);
    else
        json_decref(value);
}

static const struct {
    const char *name;
    void (*take)(struct reading *r, const struct member *m);
} members[] = {
    { "access_token", take_access },   { "refresh_token", take_refresh },      { "expires_in", take_expires_in },
    { "expires_at", take_expires_at }, { "refresh_expires_in", take_ends_in }, { "refresh_expires_at", take_ends_at },
    { "scope", take_scope },
};

static void take(struct reading *r, const struct member *m)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(m->name, members[i].name) == 0) {
            members[i].take(r, m);
            return;
        }
    }
    take_setting(r, m);
}

/* ---- the object ------------------------------------------------------------------------------------------------- */

/* p: behind the quote.  The place behind the closing one; NULL: there is none. */
static const char *read_text(const char *p, const char *end, struct buf *out)
{
    unsigned flags;
    struct json_mended mended = { 0 };
    const char *close = json_string_end(p, end, &flags);
    buf_clear(out);
    if (!close)
        return NULL;
    json_decode(out, (struct span){ p, (size_t)(close - p) }, &mended);
    return close + 1;
}

static const char *read_value(struct reading *r, const char *name, const char *p, const char *end, struct buf *room)
{
    struct member m = { .name = name, .is_text = p < end && *p == '"' };
    const char *behind = NULL;
    if (m.is_text)
        behind = read_text(p + 1, end, room);
    else if (p < end)
        behind = json_skip(p, end, 1);
    if (!behind)
        return NULL;
    m.text = m.is_text ? buf_peek(room) : (struct span){ p, (size_t)(behind - p) };
    m.is_number = !m.is_text && json_number_end(p, end) == behind;
    if (m.is_text || !span_is(m.text, "null"))
        take(r, &m);
    return behind;
}

static const char *skip_char(const char *p, const char *end, char c)
{
    p = p ? json_blanks(p, end) : NULL;
    return p && p < end && *p == c ? json_blanks(p + 1, end) : NULL;
}

/* false: it is no object. */
static bool walk(struct reading *r, struct span record, struct buf *room)
{
    char name[NAME_BYTES];
    const char *end = record.p + record.n, *p = skip_char(record.p, end, '{');
    if (p && p < end && *p == '}')
        return true;
    while (p && p < end && *p == '"') {
        p = read_text(p + 1, end, room);
        snprintf(name, sizeof(name), "%.*s", SPAN_ARG(buf_peek(room)));
        p = skip_char(p, end, ':');
        p = p ? read_value(r, name, p, end, room) : NULL;
        p = p ? json_blanks(p, end) : NULL;
        if (p && p < end && *p == '}')
            return true;
        p = skip_char(p, end, ',');
    }
    return false;
}

enum err token_pair_read(struct span record, const struct token_clock *clock, struct fault *fault,
                         struct token_pair *out)
{
    struct reading r = { .clock = clock, .out = out };
    struct buf room;
    *out = (struct token_pair){ .expires_ms = TOKEN_NEVER, .ends_ms = TOKEN_NEVER };
    buf_init_secret(&room, 3 * record.n + 16); /* a byte that is no UTF-8 becomes three */
    buf_init_secret(&out->access, SECRET_MAX_BYTES);
    buf_init_secret(&out->refresh, SECRET_MAX_BYTES);
    enum err err = OK;
    if (record.n == 0 || !walk(&r, record, &room))
        err = fault_set(fault, ERR_STORE_UNREADABLE, "the token endpoint: expected an object");
    else if (r.unfit)
        err = fault_set(fault, ERR_STORE_UNREADABLE, "the token endpoint's answer: a token %s", r.unfit);
    else if (out->access.n == 0)
        err = fault_set(fault, ERR_STORE_UNREADABLE, "the token endpoint's answer holds no access_token");
    buf_release(&room);
    if (err)
        token_pair_release(out);
    return err;
}

void token_pair_release(struct token_pair *answer)
{
    buf_release(&answer->access);
    buf_release(&answer->refresh);
    json_decref(answer->learnt);
    answer->learnt = NULL;
}
