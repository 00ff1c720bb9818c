/*
 * vault_admin.c - the master key as an administrator sees it.
 */
#include "api/admin/vault_admin.h"

#include "api/visit.h"
#include "core/log/log.h"
#include "oauth/master_key.h"
#include "oauth/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VAULT_BYTES = 4096 };

/* What POST makes and begins with.  false: the key is no file. */
static bool next_path(const struct gateway *g, char *out, size_t n)
{
    const char *key = g->options.master_key, *next = g->options.master_key_next;
    if (!source_is_file(key) || (next[0] && !source_is_file(next)))
        return false;
    return (size_t)snprintf(out, n, "%s%s", next[0] ? next : key, next[0] ? "" : ".next") < n;
}

static void write_view(const struct gateway *g, struct buf *out)
{
    static const char *const states[] = { [VAULT_SETTLED] = "settled", "rotating", "rotated" };
    struct vault_view view;
    struct secret_stats memory = vault_stats(g->vault);
    vault_view(g->vault, &view);
    buf_printf(out, "{\"data\":{\"object\":\"vault\",\"state\":\"%s\",\"key_id\":\"%s\",\"next_key_id\":",
               states[view.state], view.key_id);
    if (view.next_id[0])
        buf_json(out, span_of(view.next_id));
    else
        buf_lit(out, "null");
    buf_printf(out, ",\"stores\":%zu,\"stores_under_next\":%zu,\"credentials\":%zu", view.stores, view.under_next,
               view.credentials);
    buf_printf(out, ",\"secret_bytes\":%zu,\"locked_bytes\":%zu,\"waits_for\":", memory.pool_bytes,
               memory.locked_bytes);
    if (view.fault->err)
        buf_json(out, span_of(view.fault->text));
    else
        buf_lit(out, "null");
    buf_lit(out, "}}");
}

static void reply(struct visit *visit)
{
    struct buf out;
    buf_init(&out, VAULT_BYTES);
    write_view(visit->gateway, &out);
    visit_reply_json(visit, &out);
}

void admin_vault(struct visit *visit)
{
    reply(visit);
}

/* ---- beginning ------------------------------------------------------------------------------------------------ */

static enum err make_next(struct visit *visit, struct db *db, struct fault *fault)
{
    char path[4096];
    (void)db;
    next_path(visit->gateway, path, sizeof path);
    return access(path, F_OK) == 0 ? OK : master_key_create(path, fault);
}

static void begun(struct visit *visit, enum err err, const struct fault *why)
{
    struct gateway *g = visit->gateway;
    struct fault fault = *why;
    char path[4096];
    next_path(g, path, sizeof path);
    if (!err)
        err = vault_rotate_begin(g->vault, path, &fault);
    if (err)
        visit_fail(visit, err, &fault);
    else
        reply(visit);
}

static const struct visit_work beginning = { make_next, begun };

void admin_vault_rotate(struct visit *visit)
{
    struct gateway *g = visit->gateway;
    struct vault_view view;
    char path[4096];
    vault_view(g->vault, &view);
    if (view.state == VAULT_ROTATING) {
        visit_failf(visit, ERR_CONFLICT, "a rotation is under way already: %zu of %zu stores are under the next key",
                    view.under_next, view.stores);
        return;
    }
    if (!next_path(g, path, sizeof path)) {
        visit_failf(visit, ERR_CONFLICT,
                    "the master key is not a file: make the next one where it is kept, and start with "
                    "--master-key-next");
        return;
    }
    visit_change(visit, "vault.rotate", SPAN("vault"), &beginning);
}

/* ---- going on ------------------------------------------------------------------------------------------------- */

static void tell(struct gateway *g, const struct vault_view *view)
{
    struct log *log = g->services.log;
    bool is_over = view->state == VAULT_ROTATED;
    log_begin(log, view->fault->err ? LEVEL_WARN : LEVEL_INFO, is_over ? "vault.rotated" : "vault.waits");
    log_str(log, "key_id", view->key_id);
    log_i64(log, "stores", (int64_t)view->stores);
    if (is_over && !view->keeps_file)
        log_str(log, "next", "give the next key as --master-key at the next start");
    if (view->fault->err)
        log_fault(log, view->fault);
    log_end(log);
}

void vault_admin_run(struct gateway *g, int64_t now_ms)
{
    struct vault_view view;
    if (now_ms >= vault_rotate_next(g->vault))
        vault_rotate_run(g->vault, &g->services.exec, now_ms);
    if (!vault_rotate_news(g->vault))
        return;
    vault_view(g->vault, &view);
    tell(g, &view);
}
