/*
 * table.c - an adapter's tables, copied row by row into the host's own memory.
 *
 * One description for each row struct: its size here, where the plug-in's size stands in cw_rows, which
 * columns point to further tables, and which hold an enum or flags with the largest value that we know.
 * copy_rows does the rest for all of them.  Tables shared by several rows are copied once.
 *
 * Example: a plug-in built when cw_field had 56 bytes, host with 64: each row is copied 56 bytes wide, the
 * last 8 stay zero.  The other way round, the 8 bytes beyond ours must be zero or the row is refused.
 */
#include "core/map/table.h"

#include <stdlib.h>
#include <string.h>

enum row_type {
    CASE,
    FIELD,
    SETTING,
    SIGN,
    AUTH,
    LIMIT,
    SIGNAL,
    PAGE,
    ERROR,
    ENDPOINT,
    PLAN,
    TOPIC,
    REPLY,
    WEBHOOK,
    RECORD,
    HOOK
};
enum { MAX_ROWS = 4096, MAX_TABLES = 4096, MAX_DEPTH = 16, MAX_ROW_BYTES = 4096 };
enum { LOWEST_ADDRESS = 64 * 1024 }; /* vm.mmap_min_addr as Debian ships it: below it nothing is mapped */

/* A column that points to further rows; single: to one struct, not to a table. */
struct pointer_column {
    size_t at;
    enum row_type type;
    bool single;
};

/* A column whose values we must know: 32 bits wide, or 16 for the flags of a field. */
struct known_column {
    const char *name;
    size_t at;
    uint8_t bytes;
    bool is_flags;
    uint32_t most; /* largest value, or all known flags */
};

struct row_form {
    const char *name;
    size_t size, stride_at;
    struct pointer_column pointers[8];
    struct known_column known[3];
};

#define P(type, column, rows, ...)                                                                                     \
    {                                                                                                                  \
        offsetof(struct type, column) + 1, rows, __VA_ARGS__                                                           \
    }
#define K(type, column, flags, most)                                                                                   \
    {                                                                                                                  \
#column, offsetof(struct type, column), sizeof(((struct type *)0)->column), flags, most                        \
    }
#define FORM(label, type, stride) label, sizeof(struct type), offsetof(struct cw_rows, stride)
/* Offsets of pointer columns are kept plus one, so that zero ends the list. */
static const struct row_form forms[] = {
    [CASE] = { FORM("cases", cw_case, kase), { { 0 } }, { { 0 } } },
    [FIELD] = { FORM("fields", cw_field, field),
                { P(cw_field, cases, CASE, false), P(cw_field, sub, FIELD, false) },
                { K(cw_field, flags, true, 7) } },
    [SETTING] = { FORM("settings", cw_setting, setting),
                  { { 0 } },
                  { K(cw_setting, secret, false, 1), K(cw_setting, optional, false, 1) } },
    [SIGN] = { FORM("signs", cw_sign, sign), { { 0 } }, { K(cw_sign, alg, false, CW_OAUTH1_SHA256) } },
    [AUTH] = { FORM("auth", cw_auth, auth),
               { P(cw_auth, send, FIELD, false), P(cw_auth, sign, SIGN, true), P(cw_auth, returned, FIELD, false),
                 P(cw_auth, callback, SIGN, true), P(cw_auth, learn, FIELD, false) },
               { K(cw_auth, rotation, false, CW_ROTATE_GRACE) } },
    [LIMIT] = { FORM("limits", cw_limit, limit),
                { P(cw_limit, cost, CASE, false), P(cw_limit, bill, CASE, false), P(cw_limit, sizes, CASE, false) },
                { K(cw_limit, kind, false, CW_OPEN) } },
    [SIGNAL] = { FORM("signals", cw_signal, signal), { { 0 } }, { K(cw_signal, tell, false, CW_COST) } },
    [PAGE] = { FORM("page", cw_page, page), { P(cw_page, put, FIELD, false) }, { { 0 } } },
    [ERROR] = { FORM("errors", cw_error, error), { { 0 } }, { K(cw_error, verdict, false, CW_SMALLER) } },
    [ENDPOINT] = { FORM("endpoints", cw_endpoint, endpoint),
                   { P(cw_endpoint, in, FIELD, false), P(cw_endpoint, out, FIELD, false),
                     P(cw_endpoint, page, PAGE, true), P(cw_endpoint, errors, ERROR, false) },
                   { K(cw_endpoint, flags, true, 3), K(cw_endpoint, klass, false, CW_BULK) } },
    [PLAN] = { FORM("plans", cw_plan, plan), { P(cw_plan, with, FIELD, false) }, { K(cw_plan, role, false, CW_REST) } },
    [TOPIC] = { FORM("topics", cw_topic, topic), { P(cw_topic, fields, FIELD, false) }, { { 0 } } },
    [REPLY] = { FORM("replies", cw_reply, reply), { P(cw_reply, body, FIELD, false) }, { { 0 } } },
    [WEBHOOK] = { FORM("webhook", cw_webhook, webhook),
                  { P(cw_webhook, signs, SIGN, false), P(cw_webhook, replies, REPLY, false),
                    P(cw_webhook, topics, TOPIC, false) },
                  { { 0 } } },
    [RECORD] = { FORM("records", cw_record, record), { P(cw_record, fields, FIELD, false) }, { { 0 } } },
    [HOOK] = { FORM("hooks", cw_hook, hook), { { 0 } }, { { 0 } } },
};

/* The tables that hang on the adapter itself. */
static const struct pointer_column adapter_tables[] = {
    P(cw_adapter, settings, SETTING, false),   P(cw_adapter, auth, AUTH, false),  P(cw_adapter, limits, LIMIT, false),
    P(cw_adapter, signals, SIGNAL, false),     P(cw_adapter, page, PAGE, true),   P(cw_adapter, records, RECORD, false),
    P(cw_adapter, endpoints, ENDPOINT, false), P(cw_adapter, plans, PLAN, false), P(cw_adapter, errors, ERROR, false),
    P(cw_adapter, webhook, WEBHOOK, true),     P(cw_adapter, hooks, HOOK, false), { 0 }
};

struct copied {
    const void *raw;
    enum row_type type;
    void *own;
};

struct copier {
    const struct cw_adapter *raw;
    struct arena *arena;
    struct fault *fault;
    struct copied *copied;
    size_t n_copied, depth;
};

static enum err copy_table(struct copier *c, enum row_type type, const char *raw, bool single, void **out);

static uint32_t column_value(const char *row, const struct known_column *column)
{
    if (column->bytes == sizeof(uint16_t)) {
        uint16_t value;
        memcpy(&value, row + column->at, sizeof(value));
        return value;
    }
    uint32_t value;
    memcpy(&value, row + column->at, sizeof(value));
    return value;
}

static enum err check_known(struct copier *c, const struct row_form *form, const char *row, size_t index)
{
    for (const struct known_column *column = form->known; column < form->known + 3 && column->name; column++) {
        uint32_t value = column_value(row, column);
        if (column->is_flags ? (value & ~column->most) != 0 : value > column->most)
            return fault_set(c->fault, ERR_VALIDATION_FAILED,
                             "adapter %s: %s row %zu: %s is %u, this gateway knows up to %u", c->raw->name, form->name,
                             index + 1, column->name, value, column->most);
    }
    return OK;
}

static enum err copy_pointers(struct copier *c, const struct pointer_column *columns, size_t n, char *row)
{
    for (size_t i = 0; i < n && columns[i].at != 0; i++) {
        char *raw;
        memcpy(&raw, row + columns[i].at - 1, sizeof(raw));
        if (!raw)
            continue;
        void *own = NULL;
        enum err err = copy_table(c, columns[i].type, raw, columns[i].single, &own);
        if (err)
            return err;
        memcpy(row + columns[i].at - 1, &own, sizeof(own));
    }
    return OK;
}

static bool is_end(const char *row)
{
    uintptr_t word;
    memcpy(&word, row, sizeof(word));
    return word == 0;
}

/* A row that begins with an enum: the upper half of its first word is the next column. */
static bool row_ends(enum row_type type, const char *row)
{
    if (type != SIGN)
        return is_end(row);
    uint32_t alg;
    memcpy(&alg, row, sizeof(alg));
    return alg == 0;
}

static enum err copy_row(struct copier *c, enum row_type type, const char *raw, size_t stride, size_t index, char *own)
{
    const struct row_form *form = &forms[type];
    for (size_t at = form->size; at < stride; at++) {
        if (raw[at] != 0)
            return fault_set(
                c->fault, ERR_VALIDATION_FAILED,
                "adapter %s: %s row %zu: uses a column this gateway does not know (byte %zu of %zu, ours has %zu)",
                c->raw->name, form->name, index + 1, at, stride, form->size);
    }
    memcpy(own, raw, stride < form->size ? stride : form->size);
    enum err err = check_known(c, form, own, index);
    if (err)
        return err;
    return copy_pointers(c, form->pointers, 8, own);
}

static size_t stride_of(const struct cw_adapter *raw, enum row_type type)
{
    uint16_t stride;
    memcpy(&stride, (const char *)&raw->rows + forms[type].stride_at, sizeof(stride));
    return stride;
}

static void *find_copied(const struct copier *c, enum row_type type, const void *raw)
{
    for (size_t i = 0; i < c->n_copied; i++) {
        if (c->copied[i].raw == raw && c->copied[i].type == type)
            return c->copied[i].own;
    }
    return NULL;
}

/* Not every wild pointer can be told; one that can be no table of ours is refused rather than followed. */
static enum err check_address(struct copier *c, enum row_type type, const char *raw)
{
    if ((uintptr_t)raw >= LOWEST_ADDRESS && (uintptr_t)raw % _Alignof(void *) == 0)
        return OK;
    return fault_set(c->fault, ERR_VALIDATION_FAILED, "adapter %s: %s: expected the address of a table, found %#zx",
                     c->raw->name, forms[type].name, (size_t)(uintptr_t)raw);
}

static enum err copy_table(struct copier *c, enum row_type type, const char *raw, bool single, void **out)
{
    const struct row_form *form = &forms[type];
    size_t stride = stride_of(c->raw, type), n = 0;
    enum err err = check_address(c, type, raw);
    if (err)
        return err;
    *out = find_copied(c, type, raw);
    if (*out)
        return OK;
    while (!single && !row_ends(type, raw + n * stride)) {
        if (++n > MAX_ROWS)
            return fault_set(c->fault, ERR_VALIDATION_FAILED, "adapter %s: %s: no end after %d rows", c->raw->name,
                             form->name, MAX_ROWS);
    }
    n += single;
    if (c->n_copied == MAX_TABLES || c->depth == MAX_DEPTH)
        return fault_set(c->fault, ERR_VALIDATION_FAILED,
                         "adapter %s: %s: more than %d tables, or nested deeper than %d", c->raw->name, form->name,
                         MAX_TABLES, MAX_DEPTH);
    char *own = arena_zalloc(c->arena, (n + 1) * form->size);
    c->copied[c->n_copied++] = (struct copied){ raw, type, own };
    *out = own;
    c->depth++;
    for (size_t i = 0; i < n && !err; i++)
        err = copy_row(c, type, raw + i * stride, stride, i, own + i * form->size);
    c->depth--;
    return err;
}

static enum err check_head(const struct cw_adapter *raw, struct fault *fault)
{
    if (raw->abi != CW_ABI)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "ABI %u, this gateway speaks %u: build the adapter against this gateway's adapter.h", raw->abi,
                         CW_ABI);
    if (raw->size < offsetof(struct cw_adapter, settings) || raw->size > 64 * 1024)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "size %u is not that of an adapter (about %zu): is CW_HEAD there?", raw->size, sizeof(*raw));
    for (size_t type = 0; type < sizeof(forms) / sizeof(forms[0]); type++) {
        size_t stride = stride_of(raw, (enum row_type)type);
        if (stride < sizeof(void *) || stride > MAX_ROW_BYTES || stride % _Alignof(void *) != 0)
            return fault_set(fault, ERR_VALIDATION_FAILED, "a row of %s has %zu bytes: is CW_HEAD there?",
                             forms[type].name, stride);
    }
    for (size_t at = sizeof(*raw); at < raw->size; at++) {
        if (((const char *)raw)[at] != 0)
            return fault_set(fault, ERR_VALIDATION_FAILED, "uses a member this gateway does not know (byte %zu)", at);
    }
    if (!raw->name || !raw->title || !raw->version || !raw->base_url)
        return fault_set(fault, ERR_VALIDATION_FAILED, "name, title, version and base_url are required");
    return OK;
}

enum err table_copy(const struct cw_adapter *raw, struct arena *arena, struct fault *fault,
                    const struct cw_adapter **out)
{
    enum err err = check_head(raw, fault);
    if (err)
        return err;
    struct cw_adapter *own = arena_zalloc(arena, sizeof(*own));
    memcpy(own, raw, raw->size < sizeof(*own) ? raw->size : sizeof(*own));
    struct copier copier = {
        .raw = raw, .arena = arena, .fault = fault, .copied = mem_zalloc(MAX_TABLES * sizeof(struct copied))
    };
    err = copy_pointers(&copier, adapter_tables, sizeof(adapter_tables) / sizeof(adapter_tables[0]), (char *)own);
    free(copier.copied);
    if (!err)
        *out = own;
    return err;
}
