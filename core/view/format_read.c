/*
 * format_read.c - the FORMAT notation, read.
 *
 * A word is looked up in one table; what follows its colon is its argument.  Words that change the text are
 * kept in order, the others set a member.  For times a word that the table lacks is asked of ts_form_parse.
 *
 *   "strip:id_,lower"  on "id_AB"  gives "ab"
 */
#include "core/view/format_read.h"

#include <ctype.h>
#include <stddef.h>

enum effect { SET, TEXT, UNIT, JOIN, NOTHING, WRITING };

static const struct word {
    const char *name;
    enum effect effect;
    size_t member;
    int kind;
} words[] = {
    { "0null", SET, offsetof(struct format, zero_null), 0 },
    { "absent_null", SET, offsetof(struct format, absent_null), 0 },
    { "after", TEXT, 0, FORMAT_AFTER },
    { "b64", WRITING, 0, 0 },
    { "basic", WRITING, 0, 0 },
    { "bool", SET, offsetof(struct format, words), 0 },
    { "cc3", NOTHING, 0, 0 }, /* countries are known by any code */
    { "csv", SET, offsetof(struct format, csv), 0 },
    { "decimal", NOTHING, 0, 0 },
    { "empty_null", SET, offsetof(struct format, empty_null), 0 },
    { "enc", WRITING, 0, 0 },
    { "first", SET, offsetof(struct format, first), 0 },
    { "hex", WRITING, 0, 0 },
    { "join", JOIN, 0, 0 },
    { "lower", TEXT, 0, FORMAT_LOWER },
    { "minor", SET, offsetof(struct format, minor), 0 },
    { "neg", SET, offsetof(struct format, neg), 0 },
    { "null0", SET, offsetof(struct format, null_zero), 0 },
    { "number", NOTHING, 0, 0 },
    { "percent", SET, offsetof(struct format, percent), 0 },
    { "sha256", WRITING, 0, 0 },
    { "string", NOTHING, 0, 0 },
    { "strip", TEXT, 0, FORMAT_STRIP },
    { "unb64", TEXT, 0, FORMAT_UNB64 },
    { "unit", UNIT, 0, 0 },
    { "upper", TEXT, 0, FORMAT_UPPER },
};

static const struct word *word_find(struct span name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (span_is(name, words[i].name))
            return &words[i];
    }
    return NULL;
}

static enum err refuse(struct fault *fault, const char *text, struct span word, const char *why)
{
    return fault_set(fault, ERR_INVALID_REQUEST, "format \"%.80s\": %s, found \"%.*s\"", text, why,
                     word.n > 40 ? 40 : (int)word.n, word.p);
}

static enum err add_word(const char *text, struct span word, bool time, struct fault *fault, struct format *out)
{
    const char *colon = memchr(word.p, ':', word.n);
    struct span name = { word.p, colon ? (size_t)(colon - word.p) : word.n };
    struct span argument = { word.p + name.n + (colon != NULL), word.n - name.n - (colon != NULL) };
    const struct word *known = word_find(name);
    if (!known)
        return time && ts_form_parse(word, &out->time) ? OK
                                                       : refuse(fault, text, word, "expected a word of the notation");
    switch (known->effect) {
    case SET:
        *(bool *)((char *)out + known->member) = true;
        return OK;
    case TEXT:
        if (out->n_texts == FORMAT_TEXTS_MAX)
            return refuse(fault, text, word, "expected fewer changes of text");
        out->texts[out->n_texts].kind = known->kind;
        out->texts[out->n_texts++].text = argument;
        return OK;
    case UNIT:
        out->unit = argument;
        return argument.n ? OK : refuse(fault, text, word, "expected a unit behind the colon");
    case JOIN:
        out->joins = true;
        out->join = argument;
        return OK;
    case NOTHING:
        return OK;
    case WRITING:
        break;
    }
    return refuse(fault, text, word, "expected a word for reading");
}

/* "%F %T@UTC": a pattern and the zone of texts that name none. */
static enum err time_pattern(const char *text, struct fault *fault, struct format *out)
{
    struct span whole = span_of(text), pattern = whole;
    const char *at = memrchr(whole.p, '@', whole.n);
    int32_t zone_s = 0;
    if (at) {
        struct span zone = { at + 1, whole.n - (size_t)(at - whole.p) - 1 };
        pattern.n = (size_t)(at - whole.p);
        if (!ts_zone_parse(zone, &zone_s))
            return refuse(fault, text, zone, "expected an offset from UTC behind @");
    }
    if (!ts_form_parse(pattern, &out->time))
        return refuse(fault, text, pattern, "expected letters that times have");
    out->time.zone_s = zone_s;
    return OK;
}

enum err format_read_parse(const char *text, enum model_type type, struct fault *fault, struct format *out)
{
    struct format format = { 0 };
    bool time = type == MODEL_TS || type == MODEL_DATE;
    enum err err = OK;
    ts_form_parse(SPAN(""), &format.time);
    if (time && text && strchr(text, '%')) {
        err = time_pattern(text, fault, &format);
    } else {
        for (const char *p = text; !err && p && *p;) {
            size_t n = strcspn(p, ",");
            if (strncmp(p, "join:", 5) == 0) /* a comma may be what it joins with; nothing follows it */
                n = strlen(p);
            err = add_word(text, (struct span){ p, n }, time, fault, &format);
            p += n + (p[n] == ',');
        }
    }
    if (!err)
        *out = format;
    return err;
}

/* ---- changes of text ---------------------------------------------------------------------------- */

static struct span folded(struct span text, int (*fold)(int), struct arena *scratch)
{
    char *copy = arena_dup(scratch, text);
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)copy[i] < 0x80)
            copy[i] = (char)fold((unsigned char)copy[i]);
    }
    return (struct span){ copy, text.n };
}

static struct span behind_last(struct span text, struct span mark)
{
    for (size_t i = text.n; mark.n && i >= mark.n; i--) {
        if (memcmp(text.p + i - mark.n, mark.p, mark.n) == 0)
            return (struct span){ text.p + i, text.n - i };
    }
    return text;
}

static struct span unb64(struct span text, struct arena *scratch)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = arena_alloc(scratch, text.n / 4 * 3 + 4);
    uint32_t bits = 0, n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        const char *digit = text.p[i] ? strchr(digits, text.p[i]) : NULL;
        if (!digit)
            return text;
        bits = bits << 6 | (uint32_t)(digit - digits);
        n_bits += 6;
        if (n_bits >= 8)
            out[n++] = (char)(bits >> (n_bits -= 8));
    }
    return (struct span){ out, n };
}

struct span format_read_text(const struct format *format, struct span text, struct arena *scratch)
{
    for (unsigned i = 0; i < format->n_texts; i++) {
        const struct format_text *step = &format->texts[i];
        switch (step->kind) {
        case FORMAT_LOWER:
            text = folded(text, tolower, scratch);
            break;
        case FORMAT_UPPER:
            text = folded(text, toupper, scratch);
            break;
        case FORMAT_STRIP:
            if (span_starts(text, step->text))
                text = (struct span){ text.p + step->text.n, text.n - step->text.n };
            break;
        case FORMAT_AFTER:
            text = behind_last(text, step->text);
            break;
        case FORMAT_UNB64:
            text = unb64(text, scratch);
            break;
        }
    }
    return text;
}
