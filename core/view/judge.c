/*
 * judge.c - what an answer means.
 *
 * The endpoint's error rows come first, then the adapter's; the first whose condition holds gives the verdict.  They
 * may look at status, headers and body; where the body is no JSON, what they say of it is simply not there, so
 * a 503 with an HTML page is still a 503.  Where no row holds, the verdict is what HTTP suggests;
 * whether a write was done is then not known, which is the caller's to heed.
 */
#include "core/view/judge.h"

#include "core/json/text.h"
#include "core/value/dec.h"

#include <string.h>

/* ---- making ------------------------------------------------------------------------------------- */

static size_t count_rules(const struct cw_error *rows)
{
    size_t n = 0;
    while (rows && rows[n].when)
        n++;
    return n;
}

/* "status=404 & type=not_found": 404. */
static int64_t status_of(const struct cond *when)
{
    for (size_t i = 0; i < when->n; i++) {
        const struct cond_term *term = &when->terms[i];
        struct dec number;
        int64_t status;
        if (term->op == COND_EQ && term->literal && span_is(term->path->text, "status") &&
            dec_parse(term->value, &number) && dec_to_i64(number, &status))
            return status;
    }
    return 0;
}

static enum err add_rules(struct fetch_maker *maker, const struct cw_error *rows, const struct frame *document,
                          struct rule *rules, size_t *n)
{
    for (; rows && rows->when; rows++) {
        struct rule *rule = &rules[(*n)++];
        rule->row = rows;
        const struct cond *when;
        enum err err = cond_parse(maker->arena, rows->when, maker->fault, &when);
        if (!err)
            err = test_new(maker, when, document, &rule->test);
        if (!err)
            rule->status = status_of(when);
        if (!err && rows->wait)
            err = fetch_parse(maker, rows->wait, document, &rule->wait);
        if (!err && rows->each)
            err = test_parse(maker, rows->each, document, &rule->each);
        if (!err && rows->lacks)
            err = fetch_parse(maker, rows->lacks, document, &rule->lacks);
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

/* ---- limits --------------------------------------------------------------------------------------- */

static enum err add_tales(struct fetch_maker *maker, const struct cw_adapter *adapter,
                          const struct cw_endpoint *endpoint, const struct frame *document, struct judge *judge)
{
    const struct cw_signal *rows = adapter->signals;
    size_t n = 0;
    enum err err = OK;
    while (rows && rows[n].limit)
        n++;
    struct tale *tales = arena_zalloc(maker->arena, n * sizeof(*tales) + 1);
    for (size_t i = 0; i < n && !err; i++) {
        if (rows[i].from && (!endpoint->name || strcmp(rows[i].from, endpoint->name) != 0))
            continue;
        tales[judge->n_tales].row = i;
        err = fetch_parse(maker, rows[i].path, document, &tales[judge->n_tales++].value);
    }
    judge->tales = tales;
    return err;
}

/* "1", or "{.extensions.cost.actualQueryCost}": where it stands. */
static enum err make_bill(struct fetch_maker *maker, const struct cw_case *row, const struct frame *document,
                          struct tale *bill)
{
    size_t n = row->value ? strlen(row->value) : 0;
    bill->number = (struct span){ row->value, n };
    if (n > 3 && row->value[0] == '{' && row->value[1] == '.' && row->value[n - 1] == '}') {
        const char *path = arena_dup(maker->arena, (struct span){ row->value + 2, n - 3 });
        enum err err = fetch_parse(maker, path, document, &bill->value);
        if (err)
            return err;
    }
    return row->when && strcmp(row->when, "*") != 0 ? test_parse(maker, row->when, document, &bill->when) : OK;
}

static enum err add_bills(struct fetch_maker *maker, const struct cw_adapter *adapter, const struct frame *document,
                          struct judge *judge)
{
    enum { CASES_MAX = 64 };
    struct tale *bills = arena_zalloc(maker->arena, CASES_MAX * sizeof(*bills));
    enum err err = OK;
    for (size_t i = 0; adapter->limits && adapter->limits[i].name; i++) {
        for (const struct cw_case *row = adapter->limits[i].bill; row && row->when && !err; row++) {
            if (judge->n_bills == CASES_MAX)
                return fault_set(maker->fault, ERR_VALIDATION_FAILED, "limits: more than %d cases of bills", CASES_MAX);
            bills[judge->n_bills].row = i;
            err = make_bill(maker, row, document, &bills[judge->n_bills++]);
        }
    }
    judge->bills = bills;
    return err;
}

/* ---- the status feed ------------------------------------------------------------------------------- */

static const struct cw_field *state_row(const struct cw_adapter *adapter, const struct cw_endpoint *endpoint)
{
    bool is_feed = adapter->status_feed && endpoint->name && strcmp(adapter->status_feed, endpoint->name) == 0;
    const struct cw_field *row = is_feed ? endpoint->out : NULL;
    while (row && row->ours && strcmp(row->ours, "state") != 0)
        row++;
    return row && row->ours ? row : NULL;
}

static enum err add_states(struct fetch_maker *maker, const struct cw_field *row, const struct frame *document,
                           struct judge *judge)
{
    size_t n = 0;
    enum err err = OK;
    while (row && row->cases && row->cases[n].when)
        n++;
    struct state_case *states = arena_zalloc(maker->arena, n * sizeof(*states) + 1);
    for (size_t i = 0; i < n && !err; i++) {
        states[i].row = &row->cases[i];
        err = test_parse(maker, view_state_when(maker->arena, row, &row->cases[i]), document, &states[i].test);
    }
    judge->states = states;
    judge->n_states = n;
    return err;
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
        err = add_tales(maker, adapter, endpoint, document, &judge);
    if (!err)
        err = add_bills(maker, adapter, document, &judge);
    if (!err)
        err = add_states(maker, state_row(adapter, endpoint), document, &judge);
    if (!err)
        err = optional(maker, adapter->error_code, document, &judge.error_code);
    if (!err)
        err = optional(maker, adapter->error_text, document, &judge.error_text);
    if (!err)
        err = optional(maker, adapter->request_id, document, &judge.request_id);
    if (!err)
        err = optional(maker, adapter->served, document, &judge.served);
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
    return judge->total || judge->next || judge->n_states > 0;
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

static const struct rule *rule_of(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                                  bool does_without)
{
    for (size_t i = 0; i < judge->n_rules; i++) {
        const struct rule *rule = &judge->rules[i];
        bool counts = rule->status == 0 || rule->status == env->status;
        if (counts && !(does_without && rule->lacks) && test_holds(rule->test, env, document))
            return rule;
    }
    return NULL;
}

/* RFC 9110 section 15. */
static enum cw_verdict verdict_of_status(int status)
{
    static const struct {
        int from, to;
        enum cw_verdict verdict;
    } by_status[] = {
        { 200, 299, CW_OK },    { 401, 401, CW_REAUTH },    { 408, 408, CW_RETRY },
        { 425, 425, CW_RETRY }, { 429, 429, CW_SLOW_DOWN }, { 500, 599, CW_RETRY },
    };
    for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++) {
        if (status >= by_status[i].from && status <= by_status[i].to)
            return by_status[i].verdict;
    }
    return CW_GIVE_UP;
}

struct lack {
    const struct fetch_env *env;
    struct view_out *out;
    size_t n_rows; /* that could each name a list */
    bool is_odd;
};

static bool keep_lack(void *self, const struct value *value, const struct row *row)
{
    struct lack *lack = self;
    struct view_out *out = lack->out;
    if (row && row->parent && row->shape->owner)
        lack->n_rows = row_list(row->parent, row->shape->owner->list_slot)->n;
    if (value->kind != VALUE_LIST || out->n_lacking == VIEW_LACKING_MAX) {
        lack->is_odd = true;
        return true;
    }
    if (!out->lacking)
        out->lacking = arena_zalloc(lack->env->arena, VIEW_LACKING_MAX * sizeof(*out->lacking));
    out->lacking[out->n_lacking++] = (struct span){ value->p, value->n };
    return false;
}

/* What the answer names as all that it lacks; nothing if one of its rows names none. */
static void keep_lacking(const struct rule *rule, const struct fetch_env *env, const struct row *document,
                         struct view_out *out)
{
    struct lack lack = { .env = env, .out = out };
    fetch_each(rule->lacks, env, document, keep_lack, &lack);
    if (lack.is_odd || (lack.n_rows > 0 && lack.n_rows != out->n_lacking))
        out->n_lacking = 0;
}

void judge_verdict(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                   bool does_without, struct view_out *out)
{
    enum { SHOWN = 200 };
    const struct rule *rule = rule_of(judge, env, document, does_without);
    out->n_lacking = 0;
    if (rule && rule->lacks)
        keep_lacking(rule, env, document, out);
    out->error = rule ? rule->row : NULL;
    out->verdict = rule ? rule->row->verdict : verdict_of_status(env->status);
    out->wait = rule ? text_at(rule->wait, env, document, SHOWN) : (struct span){ NULL, 0 };
    if (!rule && out->verdict != CW_OK)
        out->wait = header_get(env->headers, env->n_headers, "Retry-After");
    out->error_code = text_at(judge->error_code, env, document, SHOWN);
    out->error_text = text_at(judge->error_text, env, document, SHOWN);
    out->request_id = text_at(judge->request_id, env, document, SHOWN);
}

bool judge_undone(const struct judge *judge, const struct fetch_env *env, const struct row *document)
{
    bool undone = false;
    for (size_t i = 0; i < judge->n_rules && !undone; i++)
        undone = judge->rules[i].each && test_holds(judge->rules[i].each, env, document);
    return undone;
}

void judge_version(const struct judge *judge, const struct fetch_env *env, const struct row *document, const char *ours,
                   struct drift_report *drift)
{
    enum { SHOWN = 40 };
    char path[SHOWN + 16] = "version ";
    struct span served = text_at(judge->served, env, document, SHOWN);
    if (served.n == 0 || span_is(served, ours))
        return;
    memcpy(path + strlen("version "), served.p, served.n);
    drift_add(drift, DRIFT_TOLERATED, (struct span){ path, strlen("version ") + served.n }, SPAN(""));
}

static struct limit_word *word_new(const struct fetch_env *env, struct limit_word *words, size_t n, size_t max)
{
    return words ? &words[n] : arena_zalloc(env->arena, max * sizeof(*words));
}

static void keep_told(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                      struct view_out *out)
{
    enum { SHOWN = 64 };
    struct limit_word *words = NULL;
    for (size_t i = 0; i < judge->n_tales; i++) {
        struct span text = text_at(judge->tales[i].value, env, document, SHOWN);
        if (text.n == 0)
            continue;
        struct limit_word *word = word_new(env, words, out->n_told, judge->n_tales);
        words = words ? words : word;
        *word = (struct limit_word){ judge->tales[i].row, text };
        out->n_told++;
    }
    out->told = words;
}

/* Of each limit the first case that holds and has a number. */
static void keep_bills(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                       struct view_out *out)
{
    enum { SHOWN = 64 };
    struct limit_word *words = NULL;
    for (size_t i = 0; i < judge->n_bills; i++) {
        const struct tale *bill = &judge->bills[i];
        if (words && words[out->n_bills - 1].row == bill->row)
            continue;
        if (bill->when && !test_holds(bill->when, env, document))
            continue;
        struct span text = bill->value ? text_at(bill->value, env, document, SHOWN) : bill->number;
        if (text.n == 0)
            continue;
        struct limit_word *word = word_new(env, words, out->n_bills, judge->n_bills);
        words = words ? words : word;
        *word = (struct limit_word){ bill->row, text };
        out->n_bills++;
    }
    out->bills = words;
}

void judge_limits(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                  struct view_out *out)
{
    out->n_told = out->n_bills = 0;
    keep_told(judge, env, document, out);
    keep_bills(judge, env, document, out);
}

void judge_state(const struct judge *judge, const struct fetch_env *env, const struct row *document,
                 struct view_out *out)
{
    size_t i = 0;
    while (i < judge->n_states && !test_holds(judge->states[i].test, env, document))
        i++;
    out->state = i < judge->n_states ? judge->states[i].row : NULL;
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
