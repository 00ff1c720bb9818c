/*
 * cursor.c - where a list goes on, sealed.
 *
 * The sealed text is: 8 bytes number, 8 offset, 2 skip, 2 length of the key, 4 size (little endian), then the key
 * behind which paging began anew and the platform's own cursor.
 */
#include "api/records/cursor.h"

#include "core/base/base64.h"

#include <assert.h>
#include <string.h>

enum { FIXED = 24, TEXT_MAX = 4096 };

static void associate(const struct cursor_binding *b, struct buf *out)
{
    const struct span parts[] = { b->app, b->store, b->method, b->version, b->filters };
    buf_init(out, 64 * 1024);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_i64(out, (int64_t)parts[i].n); /* lengths, so that no two bindings share a text */
        buf_char(out, ':');
        buf_span(out, parts[i]);
    }
}

static void put_le(unsigned char *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get_le(const unsigned char *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

void cursor_seal(struct crypt_key *key, const struct env *env, const struct cursor_binding *binding,
                 const struct list_position *p, struct buf *out)
{
    unsigned char fixed[FIXED];
    struct buf text, associated, sealed;
    put_le(fixed, p->number, 8);
    put_le(fixed + 8, p->offset, 8);
    assert(p->skip <= UINT16_MAX && p->after.n <= PAGE_KEY_BYTES); /* VIEW_RECORDS_MAX is less */
    put_le(fixed + 16, p->skip, 2);
    put_le(fixed + 18, p->after.n, 2);
    put_le(fixed + 20, p->size, 4);
    buf_init(&text, TEXT_MAX);
    buf_init(&sealed, 2 * TEXT_MAX);
    buf_add(&text, fixed, sizeof(fixed));
    buf_span(&text, p->after);
    buf_span(&text, p->cursor);
    associate(binding, &associated);
    crypt_seal(key, env, buf_peek(&associated), buf_peek(&text), &sealed);
    base64_write_url(out, buf_peek(&sealed));
    buf_release(&text);
    buf_release(&sealed);
    buf_release(&associated);
}

static bool unpack(const struct buf *text, struct arena *arena, struct list_position *out)
{
    const unsigned char *at = (const unsigned char *)text->p;
    size_t key_n = text->n < FIXED ? 0 : get_le(at + 18, 2);
    if (text->n < FIXED || key_n > PAGE_KEY_BYTES || text->n - FIXED < key_n ||
        text->n - FIXED - key_n > PAGE_CURSOR_BYTES)
        return false;
    *out = (struct list_position){ .number = get_le(at, 8),
                                   .offset = get_le(at + 8, 8),
                                   .skip = get_le(at + 16, 2),
                                   .size = (uint32_t)get_le(at + 20, 4),
                                   .is_further = true };
    struct span key = { text->p + FIXED, key_n }, cursor = { text->p + FIXED + key_n, text->n - FIXED - key_n };
    out->after = (struct span){ arena_dup(arena, key), key.n };
    out->cursor = (struct span){ arena_dup(arena, cursor), cursor.n };
    return true;
}

enum err cursor_open(struct crypt_key *key, const struct cursor_binding *binding, struct span text, struct arena *arena,
                     struct fault *fault, struct list_position *out)
{
    struct buf sealed, plain, associated;
    struct list_position position;
    buf_init(&sealed, 2 * TEXT_MAX);
    buf_init(&plain, TEXT_MAX);
    associate(binding, &associated);
    bool ok = text.n <= 2 * TEXT_MAX && base64_read(text, BASE64_OURS, &sealed) &&
              crypt_open(key, buf_peek(&associated), buf_peek(&sealed), &plain) && unpack(&plain, arena, &position);
    buf_release(&sealed);
    buf_release(&plain);
    buf_release(&associated);
    if (!ok)
        return fault_set(fault, ERR_CURSOR_INVALID,
                         "cursor: expected the \"next\" of the same call (app, store, filters, adapter version), found "
                         "another text");
    *out = position;
    return OK;
}
