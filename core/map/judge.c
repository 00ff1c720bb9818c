/*
 * judge.c - what an answer means.
 *
 * The endpoint's error rows come first, then the adapter's; the first whose condition holds gives the verdict.  They
 * may look at status, headers and body; where the body is no JSON, what they say of it is simply not there, so
 * a 503 with an HTML page is still a 503.  A status that no row names is judged by the gateway's own rows.
 */
#include "core/map/judge.h"

#include "core/json/text.h"
#include "core/value/dec.h"

/* RFC 9110 section 15, and what shops mean by it.  Only their statuses are looked at. */
static const struct {
    int from, to;
    struct cw_error row;
} own[] = {
    { 200, 299, { .when = "2xx", .verdict = CW_OK } },
    { 401, 401, { .when = "401", .verdict = CW_REAUTH } },
    { 403, 403, { .when = "403", .verdict = CW_GIVE_UP, .code = "store_rejected" } },
    { 404, 404, { .when = "404", .verdict = CW_GIVE_UP, .code = "not_found" } },
    { 408, 408, { .when = "408", .verdict = CW_RETRY } },
    { 409, 409, { .when = "409", .verdict = CW_GIVE_UP, .code = "conflict" } },
    { 410, 410, { .when = "410", .verdict = CW_GIVE_UP, .code = "not_found" } },
    { 412, 412, { .when = "412", .verdict = CW_GIVE_UP, .code = "conflict" } },
    { 425, 425, { .when = "425", .verdict = CW_RETRY } },
    { 429, 429, { .when = "429", .verdict = CW_SLOW_DOWN, .wait = "header:Retry-After" } },
    { 400, 499, { .when = "4xx", .verdict = CW_GIVE_UP, .code = "store_rejected" } },
    { 503, 503, { .when = "503", .verdict = CW_RETRY, .wait = "header:Retry-After" } },
    { 500, 599, { .when = "5xx", .verdict = CW_RETRY } },
    { 0, 999, { .when = "*", .verdict = CW_GIVE_UP, .code = "store_error" } },
};

/* ---- making ------------------------------------------------------------------------------------- */

static size_t count_rules(const struct cw_error *rows)
{
    size_t n = 0;
    while (rows && rows[n].when)
        n++;
    return n;
}

static enum err add_rules(struct fetch_maker *maker, const struct cw_error *rows, const struct frame *document,
                          struct rule *rules, size_t *n)
{
    for (; rows && rows->when; rows++) {
        struct rule *rule = &rules[(*n)++];
        rule->row = rows;
        enum err err = test_parse(maker, rows->when, document, &rule->test);
        if (!err && rows->wait)
            err = fetch_parse(maker, rows->wait, document, &rule->wait);
        if (err)
            return err;
    }
    return OK;
}

static enum err optional(struct fetch_maker *maker, const char *text, const struct frame *document,
                         const struct fetch **out)
{
    return text ? fetch_parse(maker, text, document, out) : OK;
}

enum err judge_make(struct fetch_maker *maker, const struct cw_adapter *adapter, const struct cw_endpoint *endpoint,
                    const struct frame *document, struct judge *out)
{
    struct judge judge = { .page = endpoint->page ? endpoint->page : adapter->page };
    size_t n = count_rules(endpoint->errors) + count_rules(adapter->errors);
    struct rule *rules = arena_zalloc(maker->arena, n * sizeof(*rules) + 1);
    enum err err = add_rules(maker, endpoint->errors, document, rules, &judge.n_rules);
    if (!err)
        err = add_rules(maker, adapter->errors, document, rules, &judge.n_rules);
    judge.rules = rules;
    if (!err)
        err = optional(maker, adapter->error_code, document, &judge.error_code);
    if (!err)
        err = optional(maker, adapter->error_text, document, &judge.error_text);
    if (!err)
        err = optional(maker, adapter->request_id, document, &judge.request_id);
    if (!err && judge.page) {
        judge.pages = judge.page->put || judge.page->follow;
        err = optional(maker, judge.page->next, document, &judge.next);
        if (!err)
            err = optional(maker, judge.page->follow, document, &judge.follow);
        if (!err)
            err = optional(maker, judge.page->total, document, &judge.total);
        if (!err && judge.page->more)
            err = test_parse(maker, judge.page->more, document, &judge.more);
    }
    if (!err)
        *out = judge;
    return err;
}

bool judge_owes(const struct judge *judge)
{
    return judge->total || judge->next;
}

/* ---- judging ------------------------------------------------------------------------------------ */

static struct span text_at(const struct fetch *fetch, const struct fetch_env *env, const struct row *document,
                           size_t max)
{
    struct value value;
    struct buf scratch;
    if (!fetch || fetch_one(fetch, env, document, &value) != FOUND || value.kind >= VALUE_OBJECT)
        return (struct span){ NULL, 0 };
    buf_init(&scratch, 1 << 16);
    struct span text = value_text(&value, &scratch);
    if (max && text.n > max)
        text = utf8_cut(text, max);
    text = (struct span){ arena_dup(env->arena, text), text.n };
    buf_release(&scratch);
    return text;
}

static const struct rule *rule_of(const struct judge *judge, const struct fetch_env *env, const struct row *document)
{
    for (size_t i = 0; i < judge->n_rules; i++) {
        if (test_holds(judge->rules[i].test, env, document))
            return &judge->rules[i];
    }
    return NULL;
}

static const struct cw_error *own_rule(int status)
{
    size_t i = 0;
    while (status < own[i].from || status > own[i].to)
        i++;
    return &own[i].row;
}

void judge_verdict(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                   struct view_out *out)
{
    enum { SHOWN = 200 };
    const struct rule *rule = rule_of(judge, env, document);
    int status = env->status >= 0 && env->status <= 999 ? env->status : 999;
    const struct cw_error *row = rule ? rule->row : own_rule(status);
    bool fine = !rule && row->verdict == CW_OK;
    out->verdict = row->verdict;
    out->error = fine ? NULL : row;
    out->unforeseen = !rule && !fine;
    out->wait = (struct span){ NULL, 0 };
    if (rule)
        out->wait = text_at(rule->wait, env, document, SHOWN);
    else if (row->wait)
        out->wait = header_get(env->headers, env->n_headers, "Retry-After");
    out->error_code = text_at(judge->error_code, env, document, SHOWN);
    out->error_text = text_at(judge->error_text, env, document, SHOWN);
    out->request_id = text_at(judge->request_id, env, document, SHOWN);
}

/* "1,234"? No: a count is a whole number, quoted or not. */
static bool count_of(struct span text, int64_t *out)
{
    struct dec d;
    return dec_parse(text, &d) && d.mantissa >= 0 && dec_to_i64(d, out);
}

void judge_page(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                const struct view_in *in, struct view_out *out)
{
    struct span total = text_at(judge->total, env, document, 64);
    out->total = 0;
    out->has_total = total.n && count_of(total, &out->total);
    out->next = text_at(judge->follow, env, document, 0);
    out->follow = out->next.n > 0;
    if (!out->follow)
        out->next = text_at(judge->next, env, document, 0);
    if (judge->more)
        out->more = test_holds(judge->more, env, document);
    else if (judge->next || judge->follow)
        out->more = out->next.n > 0;
    else
        out->more = judge->pages && in->asked && out->n_page >= in->asked &&
                    (!out->has_total || (int64_t)(in->seen_before + out->n_page) < out->total);
}
