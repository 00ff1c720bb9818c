/*
 * credentials.c - the handlers of what is known of credentials.
 *
 * A page holds the stores that fit, by id: those behind the cursor, which is the last id of the page before, so stores
 * that come or go meanwhile move nothing.  One walk over all stores keeps the least of them, at most a page:
 *
 *     limit 2, behind "b", stores d a c e    ->    c d, next "d"
 */
#include "api/admin/credentials.h"

#include "api/visit.h"

#include <string.h>

enum { LIST_BYTES_MAX = 64 << 20 };

/* Beside those of tokens (token_state_name). */
static const char state_none[] = "none", state_static[] = "static", state_refused[] = "refused";

/* ---- the state -------------------------------------------------------------------------------------------------- */

struct seen {
    bool has_fields, has_tokens;
    enum token_state worst;
};

static void see_field(void *user, const struct vault_credential *credential)
{
    struct seen *seen = user;
    (void)credential;
    seen->has_fields = true;
}

/* The i-th way of the store, if there is a token of it. */
static bool token_of(const struct visit *visit, const struct store *store, size_t i, struct token_view *out)
{
    const char *way = store->platform->ways[i].row->name;
    return tokens_find(visit->gateway->tokens, span_of(store->id), span_of(way), out) && out->state != TOKEN_NONE;
}

static const char *state_of(const struct visit *visit, const struct store *store)
{
    struct seen seen = { .worst = TOKEN_NONE };
    struct token_view view;
    vault_each(visit->gateway->vault, span_of(store->id), see_field, &seen);
    for (size_t i = 0; store->platform && i < store->platform->n_ways; i++) {
        if (!token_of(visit, store, i, &view))
            continue;
        seen.has_tokens = true;
        seen.worst = view.state > seen.worst ? view.state : seen.worst;
    }
    if (seen.has_tokens)
        return token_state_name(seen.worst);
    if (!seen.has_fields)
        return state_none;
    return store_refusals(store)->is_now ? state_refused : state_static;
}

/* ---- as JSON ---------------------------------------------------------------------------------------------------- */

static void begin_item(struct buf *out)
{
    if (out->n > 0 && out->p[out->n - 1] != '[')
        buf_char(out, ',');
}

static void write_field(void *user, const struct vault_credential *credential)
{
    struct buf *out = user;
    begin_item(out);
    buf_lit(out, "{\"name\":");
    buf_json(out, span_of(credential->field));
    buf_printf(out, ",\"version\":%lld", (long long)credential->version);
    visit_write_time(out, "updated_at", credential->updated_ms);
    buf_char(out, '}');
}

static void write_token(const struct token_view *view, struct buf *out)
{
    begin_item(out);
    buf_lit(out, "{\"way\":");
    buf_json(out, span_of(view->way));
    buf_printf(out, ",\"state\":\"%s\",\"generation\":%llu", token_state_name(view->state),
               (unsigned long long)view->generation);
    visit_write_time(out, "obtained_at", view->obtained_ms);
    visit_write_time(out, "expires_at", view->expires_ms);
    visit_write_time(out, "refresh_expires_at", view->refresh_expires_ms);
    visit_write_time(out, "last_refresh_at", view->last_refresh_ms);
    visit_write_time(out, "next_refresh_at", view->next_refresh_ms);
    buf_printf(out, ",\"failures\":%u,\"last_error\":", view->failures);
    if (view->last_error[0])
        buf_json(out, span_of(view->last_error));
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"scope\":");
    if (view->scope[0])
        buf_json(out, span_of(view->scope));
    else
        buf_lit(out, "null");
    buf_lit(out, ",\"evidence\":");
    buf_span(out, span_of(view->evidence[0] ? view->evidence : "null"));
    buf_char(out, '}');
}

static void write_store(const struct visit *visit, const struct store *store, struct buf *out)
{
    const struct refusals *refusals = store_refusals(store);
    struct token_view view;
    buf_printf(out, "{\"object\":\"credentials\",\"store\":\"%s\",\"adapter\":", store->id);
    if (store->platform)
        buf_json(out, span_of(store->platform->table->name));
    else
        buf_lit(out, "null");
    buf_printf(out, ",\"state\":\"%s\",\"fields\":[", state_of(visit, store));
    vault_each(visit->gateway->vault, span_of(store->id), write_field, out);
    buf_printf(out, "],\"refused\":{\"times\":%u", refusals->n);
    visit_write_time(out, "last_at", refusals->last_ms);
    buf_lit(out, "},\"tokens\":[");
    for (size_t i = 0; store->platform && i < store->platform->n_ways; i++) {
        if (token_of(visit, store, i, &view))
            write_token(&view, out);
    }
    buf_lit(out, "]}");
}

void admin_store_credentials_get(struct visit *visit)
{
    struct buf out;
    buf_init(&out, LIST_BYTES_MAX);
    buf_lit(&out, "{\"data\":");
    write_store(visit, visit->store, &out);
    buf_char(&out, '}');
    visit_reply_json(visit, &out);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

struct page {
    struct span store, state, adapter, after; /* p NULL: any */
    const struct store **list;                /* rising by id; room for one more than most */
    size_t n, most;
};

static enum err check_state(struct span text, struct fault *fault)
{
    bool known = span_is(text, state_none) || span_is(text, state_static) || span_is(text, state_refused);
    for (int i = TOKEN_FRESH; i < TOKEN_STATES && !known; i++)
        known = span_is(text, token_state_name((enum token_state)i));
    if (known)
        return OK;
    return fault_set(fault, ERR_INVALID_REQUEST,
                     "state: expected none, static, refused, fresh, refreshing, refresh_failed or reauth_required, "
                     "found \"%.40s\"",
                     text.p);
}

static enum err read_page(struct visit *visit, struct fault *fault, struct page *page)
{
    int64_t most = CREDENTIALS_PAGE;
    visit_query(visit, "store", &page->store);
    visit_query(visit, "adapter", &page->adapter);
    visit_query(visit, "cursor", &page->after);
    enum err err = visit_query_number(visit, "limit", 1, CREDENTIALS_MOST, fault, &most);
    if (!err && visit_query(visit, "state", &page->state))
        err = check_state(page->state, fault);
    page->most = (size_t)most;
    page->list = arena_alloc(&visit->arena, (page->most + 2) * sizeof(*page->list));
    return err;
}

static bool fits(const struct visit *visit, const struct page *page, const struct store *store)
{
    const char *adapter = store->platform ? store->platform->table->name : "";
    if (page->store.p && !span_is(page->store, store->id))
        return false;
    if (page->adapter.p && !span_is(page->adapter, adapter))
        return false;
    if (page->after.p && strcmp(store->id, page->after.p) <= 0)
        return false;
    return !page->state.p || span_is(page->state, state_of(visit, store));
}

/* One more than most is kept: it tells that there is another page. */
static void keep(struct page *page, const struct store *store)
{
    size_t at = page->n;
    if (page->n > page->most && strcmp(store->id, page->list[page->n - 1]->id) > 0)
        return;
    while (at > 0 && strcmp(store->id, page->list[at - 1]->id) < 0) {
        page->list[at] = page->list[at - 1];
        at--;
    }
    page->list[at] = store;
    page->n += page->n <= page->most;
}

void admin_credentials(struct visit *visit)
{
    struct page page = { .n = 0 };
    struct fault fault = { 0 };
    const struct store *store;
    struct buf out;
    size_t at = 0;
    if (read_page(visit, &fault, &page)) {
        visit_fail(visit, fault.err, &fault);
        return;
    }
    while ((store = stores_next(visit->gateway->stores, &at))) {
        if (fits(visit, &page, store))
            keep(&page, store);
    }
    visit_list_begin(&out, LIST_BYTES_MAX);
    for (size_t i = 0; i < page.n && i < page.most; i++) {
        if (i > 0)
            buf_char(&out, ',');
        write_store(visit, page.list[i], &out);
    }
    buf_lit(&out, "],\"next\":");
    if (page.n > page.most)
        buf_json(&out, span_of(page.list[page.most - 1]->id));
    else
        buf_lit(&out, "null");
    buf_lit(&out, ",\"problems\":[]}");
    visit_reply_json(visit, &out);
}
