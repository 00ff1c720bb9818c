/*
 * call_list.c - a list: pages are asked for until the limit is filled, the shop has no more, or five requests were made.
 *
 * Example: inventory.list?limit=3 on a shop whose pages hold items with two levels each: page of size 3 has six
 * records, three are written, next = the same page, skip 3.
 */
#include "core/call/call_inside.h"

#include "core/call/emulate.h"
#include "core/call/follow.h"

#include <string.h>

static void ask_page(struct call *call);

/* Are pages asked for by their number?  It counts pages of one size: another size would leave records out. */
static bool by_number(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_page_put; i++) {
        if (strcmp(endpoint->page_put[i].row->ours, "page.number") == 0)
            return true;
    }
    return false;
}

/* Must this page have the size of the one before?  skip counts in such a page. */
static bool is_bound(const struct call *call, const struct endpoint *endpoint)
{
    return call->at.size > 0 && (call->at.skip > 0 || (call->at.number > 0 && by_number(endpoint)));
}

static uint32_t page_size(const struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    uint32_t left = call->limit - (uint32_t)call->n_records;
    if (is_bound(call, endpoint))
        return call->at.size;
    if (endpoint->page && endpoint->page->max > 0 && left > endpoint->page->max)
        left = endpoint->page->max;
    if (call->at.offset < endpoint->reach && left > endpoint->reach - call->at.offset)
        left = (uint32_t)(endpoint->reach - call->at.offset);
    return left;
}

/* A condition of the adapter's is the last word; else a count is. */
static bool has_more(const struct call *call, const struct view_out *out)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    if (endpoint->page && endpoint->page->more)
        return out->more; /* a cursor of GraphQL is there on the last page, too */
    if (out->next.n > 0)
        return true;
    if (out->has_total)
        return call->at.offset + call->at.size < (uint64_t)out->total;
    return out->more;
}

/* Where one record has a key that is not above that of the record before, what lies behind the last one is not the
 * rest. */
static bool is_in_order(const struct endpoint *endpoint, const struct view_out *out)
{
    struct value least = { .kind = VALUE_ABSENT };
    bool holds = true;
    for (size_t i = 0; i < out->n_rows && holds; i++) {
        struct buf scratch;
        buf_init(&scratch, 4096);
        const struct value *key = &out->extra[i * endpoint->n_extra + endpoint->key];
        holds = least.kind == VALUE_ABSENT || cond_compare(key, COND_GE, value_text(&least, &scratch));
        least = *key;
        buf_release(&scratch);
    }
    return holds;
}

/* As far as paging reaches, the list begins anew behind the last record's key. */
static enum err begin_behind(struct call *call, const struct endpoint *endpoint, const struct view_out *out)
{
    struct span key = { 0 };
    struct buf scratch;
    if (!is_in_order(endpoint, out))
        return fault_set(
            &call->fault, ERR_STORE_UNREADABLE,
            "paging ends after %u records: expected them in ascending order of %s, to go on behind the last",
            endpoint->reach, endpoint->page->key);
    buf_init(&scratch, 4096);
    if (out->n_rows > 0)
        key = value_text(&out->extra[(out->n_rows - 1) * endpoint->n_extra + endpoint->key], &scratch);
    bool is_good = key.n > 0 && key.n <= PAGE_KEY_BYTES;
    if (is_good)
        call->at = (struct list_position){ .after = { arena_dup(call->arena, key), key.n }, .is_further = true };
    buf_release(&scratch);
    if (is_good)
        return OK;
    return fault_set(&call->fault, ERR_STORE_UNREADABLE,
                     "paging ends after %u records: expected %s of the last one, of 1 to %d bytes, to go on behind it",
                     endpoint->reach, endpoint->page->key, PAGE_KEY_BYTES);
}

/* Moves the position behind what was just taken.  *further false: that was the end. */
static enum err advance(struct call *call, const struct view_out *out, bool *further)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    size_t taken = out->n_written + out->n_problems;
    struct list_position *at = &call->at;
    at->is_further = true;
    if (at->skip + taken < out->n_seen) {
        at->skip += taken;
        *further = true;
        return OK;
    }
    *further = has_more(call, out);
    if (!*further)
        return OK;
    uint64_t ahead = at->offset + at->size + (by_number(endpoint) ? at->size : 1);
    if (endpoint->reach && ahead > endpoint->reach)
        return begin_behind(call, endpoint, out);
    if (out->next.n > PAGE_CURSOR_BYTES)
        return fault_set(&call->fault, ERR_STORE_UNREADABLE, "the shop's cursor has %zu bytes, more than %d",
                         out->next.n, PAGE_CURSOR_BYTES);
    at->skip = 0;
    at->number++;
    at->offset += at->size;
    at->cursor = (struct span){ arena_dup(call->arena, out->next), out->next.n };
    return OK;
}

/* Where one element of theirs is several records (levels of an item), a page seldom ends where the limit does: a small
 * rest is left to the next request, which gets a whole page for the same price. */
static bool is_worth_a_page(const struct call *call, const struct view_out *out)
{
    size_t left = call->limit - call->n_records;
    return call->n_records < call->limit && (out->n_seen <= out->n_page || left * 4 >= out->n_seen);
}

/* The page is in data as it is to be given, `kept` records of it.  Further ones are asked for under the bound. */
static void take_page(struct call *call, const struct view_out *out, size_t kept)
{
    call->n_records += kept + out->n_problems;
    call->n_problems += out->n_problems;
    call->has_total = out->has_total;
    call->total = out->total;
    bool further = false;
    enum err err = advance(call, out, &further);
    if (err) {
        call_finish(call, err);
        return;
    }
    if (further && is_worth_a_page(call, out) && call->pages + call->n_followed < CALL_UPSTREAM_MAX) {
        ask_page(call);
        return;
    }
    call->has_next = further;
    call->next = call->at;
    call_finish(call, OK);
}

/* ---- filters that are done here ---- */

static bool page_fills(void *self, struct span field)
{
    return follow_fills(self, field);
}

static void page_moved(void *self, size_t at, size_t n, size_t to)
{
    follow_moved(self, at, n, to);
}

static void on_page_followed(struct call *call, enum err err)
{
    follow_release(call);
    if (err)
        call_finish(call, err);
    else
        take_page(call, &call->exchange->out,
                  emulate_keep(call->method, call->args, call->data, call->page_data, NULL));
}

/* What can be compared is, so that further requests are made for what fits only.  If they fill what is to be compared,
 * they are made page by page, and count. */
static void sift_page(struct call *call, const struct view_out *out)
{
    struct emulate_open open = { call, page_fills, page_moved };
    bool is_open = follow_is_open(call);
    size_t kept = emulate_keep(call->method, call->args, call->data, call->page_data, is_open ? &open : NULL);
    if (kept > 0 && is_open && emulate_waits(call->method, call->args, &open))
        follow_start(call, on_page_followed);
    else
        take_page(call, out, kept);
}

static void on_page(struct call *call, struct exchange *x)
{
    if (x->err) {
        call_fail_with(call, x);
        return;
    }
    call->pages++;
    call->at.size = x->page.size; /* a limit may have made it smaller */
    call->upstream = x->upstream;
    if (emulate_any(call->args))
        sift_page(call, &x->out);
    else
        take_page(call, &x->out, x->out.n_written);
}

static void ask_page(struct call *call)
{
    const struct endpoint *endpoint = platform_endpoint(call->store->platform, call->method->name);
    bool is_fixed = is_bound(call, endpoint);
    call->at.size = page_size(call);
    call->page_data = call->data->n;
    struct exchange *x = call_prepare(call, on_page);
    x->endpoint = endpoint;
    x->klass = endpoint->klass;
    x->data = call->data;
    x->problems = call->problems;
    x->skip = call->at.skip;
    x->limit = call->limit - call->n_records;
    x->page = (struct page_position){ .size = call->at.size,
                                      .number = call->at.number + (endpoint->page ? endpoint->page->first : 0),
                                      .offset = call->at.offset,
                                      .cursor = call->at.cursor,
                                      .is_fixed = is_fixed,
                                      .after = call->at.after };
    x->seen_before = call->at.offset;
    exchange_start(x);
}

void call_list_start(struct call *call)
{
    call->at = call->from;
    ask_page(call);
}
