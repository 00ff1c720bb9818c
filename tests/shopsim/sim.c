/*
 * sim.c - the way of a request: limiter, fault, shop, fault, bytes.
 *
 *     first byte -> limiter (429?) -> fault before the shop? -> the shop (writes take effect)
 *                -> fault in the body? -> bytes -> fault in the delivery? -> out
 *
 * A fault comes from the script, or for one request from its header `x-sim-fault: NAME` (the defaults of the
 * table then).  A refused request does not count in the script.  Each request leaves one entry in the log,
 * with the stamp of its first byte, what it got and how many writes it made.
 */
#include "tests/shopsim/sim.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void sim_start(struct sim *sim, const struct options *options, int64_t now_us)
{
    *sim = (struct sim){ .options = options };
    sim->dialect = dialect_find(options->dialect);
    sim->key = options->key ? options->key : sim->dialect->key;
    if (options->auth)
        sim->key = options->client ? options->client : sim->dialect->key;
    struct seed seed = { .seed = options->seed,
                         .products = (size_t)options->products,
                         .orders = (size_t)options->orders,
                         .key = sim->key,
                         .points_rate = options->points.rate,
                         .points_burst = options->points.burst,
                         .ceiling = (size_t)options->ceiling,
                         .dear = (size_t)options->dear,
                         .documents = options->documents,
                         .version = options->version,
                         .auth = options->auth,
                         .client = options->client,
                         .redirect = options->redirect,
                         .scale = (uint32_t)options->scale,
                         .refresh_rate = options->refresh_limits.rate,
                         .refresh_burst = options->refresh_limits.burst };
    sim->shop = sim->dialect->make(&seed);
    limiter_init(&sim->limiter, &options->limits, now_us);
    sim->log_max = LOG_MAX / options->stores < LOG_LEAST ? LOG_LEAST : LOG_MAX / options->stores;
    sim->entry = sim_alloc((size_t)sim->log_max, sizeof *sim->entry);
}

void sim_init(struct sim *sim, const struct options *options, int64_t now_us)
{
    sim_start(sim, options, now_us);
}

static void entry_release(struct entry *entry)
{
    free(entry->method);
    free(entry->target);
    *entry = (struct entry){ 0 };
}

void sim_release(struct sim *sim)
{
    sim->dialect->drop(sim->shop);
    limiter_release(&sim->limiter);
    script_release(&sim->script);
    for (int64_t i = 0; i < sim->log_max; i++)
        entry_release(&sim->entry[i]);
    free(sim->entry);
    for (size_t i = 0; i < sim->tallies; i++)
        free(sim->tally[i].name);
    free(sim->tally);
}

void sim_reset(struct sim *sim, int64_t now_us)
{
    const struct options *options = sim->options;
    uint32_t in_flight = sim->in_flight;
    sim_release(sim);
    sim_start(sim, options, now_us);
    sim->in_flight = in_flight;
    if (options->faults_file)
        sim_load_faults(sim, options->faults_file);
}

bool sim_load_faults(struct sim *sim, const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    struct text bad = { 0 };
    if (!json)
        text_printf(&bad, "line %d: %s", error.line, error.text);
    bool good = json && script_load(&sim->script, json, sim->options->seed, &bad);
    if (!good)
        fprintf(stderr, "shopsim: %s: %s\n", path, bad.p);
    json_decref(json);
    text_release(&bad);
    return good;
}

/* ---- the log --------------------------------------------------------------------------------------- */

static bool looks_like_id(const char *p, size_t n)
{
    if (n && strspn(p, "0123456789") >= n)
        return true;
    const char *bar = memchr(p, '_', n);
    return bar && bar != p && isalpha((unsigned char)*p);
}

/* "GET /admin/orders/:id" */
static void tally_name(const struct request *request, struct text *name)
{
    text_printf(name, "%s ", request->method);
    for (const char *p = request->path; *p;) {
        size_t n = strcspn(p + 1, "/") + 1;
        if (looks_like_id(p + 1, n - 1))
            text_puts(name, "/:id");
        else
            text_add(name, p, n);
        p += n;
    }
}

static void tally_count(struct sim *sim, const struct request *request)
{
    struct text name = { 0 };
    tally_name(request, &name);
    size_t i = 0;
    while (i < sim->tallies && strcmp(sim->tally[i].name, name.p) != 0)
        i++;
    if (i == sim->tallies && i < 1000) {
        sim->tally = sim_grow(sim->tally, sim->tallies + 1, sizeof *sim->tally);
        sim->tally[sim->tallies++] = (struct tally){ .name = sim_dup(name.p) };
    }
    if (i < sim->tallies)
        sim->tally[i].n++;
    text_release(&name);
}

static struct entry *log_open(struct sim *sim, const struct arrival *arrival)
{
    struct entry *entry = &sim->entry[sim->entries % sim->log_max];
    entry_release(entry);
    *entry = (struct entry){
        .n = ++sim->entries,
        .at_us = arrival->at_us,
        .connection = arrival->connection,
        .method = sim_dup(arrival->request->method),
        .target = sim_dup(arrival->request->target),
        .others = arrival->others,
    };
    sim->requests++;
    tally_count(sim, arrival->request);
    return entry;
}

/* ---- answers --------------------------------------------------------------------------------------- */

static void answer_init(struct answer *answer, const struct dialect *dialect, bool is_chunked)
{
    const struct head *head = dialect->head;
    *answer = (struct answer){ .head = head, .status = 200, .announced = -1 };
    answer->is_chunked = is_chunked || head->is_chunked;
}

static void answer_refused(struct answer *answer, const struct dialect *dialect, const struct limits *limits,
                           int64_t wait_us)
{
    dialect->fail(answer, 429);
    if (limits->has_retry_after)
        text_printf(&answer->headers, "Retry-After: %d\r\n", (int)((wait_us + 999999) / 1000000));
}

static void answer_status(struct answer *answer, const struct dialect *dialect, const struct rule_of_faults *fault)
{
    text_clear(&answer->body);
    if (fault->retry_after)
        text_printf(&answer->headers, "Retry-After: %s\r\n", fault->retry_after);
    if (fault->fault->kind == FAULT_FIREWALL)
        answer_firewall_page(answer);
    else if (fault->fault->kind == FAULT_THROTTLED && dialect->throttle)
        dialect->throttle(answer);
    else if (fault->status == 502 || fault->status == 503)
        answer_proxy_page(answer, fault->status);
    else
        dialect->fail(answer, fault->status);
}

static void ask_shop(struct sim *sim, const struct arrival *arrival, struct entry *entry, bool is_stuck,
                     struct answer *answer)
{
    struct ask ask = {
        .request = arrival->request,
        .now_ms = arrival->now_ms,
        .is_stuck = is_stuck,
        .answer = answer,
    };
    sim->dialect->answer(sim->shop, &ask);
    sim->applied += answer->applied;
    entry->refused = answer->refused;
    sim->refused += answer->refused != NULL;
}

static void spoil_answer(const struct rule_of_faults *fault, struct answer *answer)
{
    const char *fields = fault->fields ? fault->fields : fault->fault->fields;
    spoil_body(fault->fault->kind, fields, fault->bytes, &answer->body);
    if (fault->fault->kind == FAULT_HTML || fault->fault->kind == FAULT_WRONG_TYPE)
        answer->type = "text/html; charset=utf-8";
}

/* What has to be known before the answer becomes bytes. */
static void shape_answer(const struct rule_of_faults *fault, const struct dialect *dialect, struct answer *answer)
{
    switch (fault->fault->kind) {
    case FAULT_STATUS_AFTER_COMMIT:
        answer_status(answer, dialect, fault);
        break;
    case FAULT_TRUNCATED:
        answer->announced = (int64_t)answer->body.n;
        answer->body.n /= 2;
        answer->is_chunked = false;
        break;
    case FAULT_TRUNCATED_CHUNKED:
    case FAULT_CHUNKED:
        answer->is_chunked = true;
        break;
    case FAULT_NO_LENGTH:
        answer->has_no_length = true;
        answer->is_chunked = false;
        break;
    case FAULT_BIG_HEADER:
        text_puts(&answer->headers, "X-Big: ");
        for (int64_t i = 0; i < fault->bytes; i++)
            text_char(&answer->headers, 'x');
        text_puts(&answer->headers, "\r\n");
        break;
    default:
        break;
    }
}

static void lose(struct reply *reply)
{
    text_clear(&reply->bytes);
    reply->after = AFTER_RESET;
}

/* What becomes of the bytes. */
static void shape_reply(const struct rule_of_faults *fault, struct reply *reply)
{
    switch (fault->fault->kind) {
    case FAULT_HANG:
    case FAULT_HANG_AFTER_COMMIT:
        text_clear(&reply->bytes);
        reply->after = AFTER_HANG;
        break;
    case FAULT_RESET_BEFORE_COMMIT:
    case FAULT_RESET_AFTER_COMMIT:
        lose(reply);
        break;
    case FAULT_CLOSE_AFTER_ACCEPT:
    case FAULT_CLOSE_BEFORE_COMMIT:
    case FAULT_CLOSE_AFTER_COMMIT:
        text_clear(&reply->bytes);
        reply->after = AFTER_CLOSE;
        break;
    case FAULT_GARBAGE:
        text_clear(&reply->bytes);
        text_puts(&reply->bytes, "\x16\x03\x01 this is not HTTP\n\n");
        reply->after = AFTER_CLOSE;
        break;
    case FAULT_TRUNCATED_CHUNKED:
        reply->bytes.n -= reply->bytes.n > 40 ? 40 : reply->bytes.n / 2;
        reply->after = AFTER_CLOSE;
        break;
    case FAULT_TRUNCATED:
    case FAULT_NO_LENGTH:
        reply->after = AFTER_CLOSE;
        break;
    case FAULT_DRIP:
        reply->drip_us = fault->ms * 1000;
        reply->drip_bytes = fault->bytes;
        break;
    case FAULT_SLOW:
        reply->due_us += fault->ms * 1000;
        break;
    default:
        break;
    }
}

static bool is_silent(const struct reply *reply)
{
    return reply->bytes.n == 0;
}

/* ---- the way --------------------------------------------------------------------------------------- */

/* A rule made of the header x-sim-fault, or the script's, or NULL. */
static const struct rule_of_faults *choose_fault(struct sim *sim, const struct request *request,
                                                 struct rule_of_faults *own)
{
    char name[64];
    if (!request_header(request, "x-sim-fault", name, sizeof name))
        return script_ask(&sim->script, request->method, request->path, false);
    const struct fault_row *row = fault_find(name);
    if (!row)
        return NULL;
    *own = (struct rule_of_faults){ .fault = row, .ms = row->ms, .bytes = row->bytes, .status = row->status };
    return own;
}

static void answer_with_fault(struct sim *sim, const struct arrival *arrival, struct entry *entry,
                              const struct rule_of_faults *fault, struct answer *answer)
{
    const struct dialect *dialect = sim->dialect;
    if (fault->fault->stage == STAGE_ACCEPT || fault->fault->stage == STAGE_BEFORE) {
        if (fault_has_status(fault->fault))
            answer_status(answer, dialect, fault);
        return;
    }
    ask_shop(sim, arrival, entry, fault->fault->kind == FAULT_STUCK_PAGE, answer);
    if (fault->fault->stage == STAGE_BODY)
        spoil_answer(fault, answer);
    shape_answer(fault, dialect, answer);
}

static void answer_request(struct sim *sim, const struct arrival *arrival, struct entry *entry, struct answer *answer,
                           const struct rule_of_faults **fault, struct rule_of_faults *own)
{
    int64_t wait_us = 0;
    entry->refused = limiter_ask(&sim->limiter, arrival->at_us, arrival->others, &wait_us);
    if (entry->refused) {
        sim->refused++;
        answer_refused(answer, sim->dialect, &sim->options->limits, wait_us);
        return;
    }
    *fault = choose_fault(sim, arrival->request, own);
    if (*fault)
        answer_with_fault(sim, arrival, entry, *fault, answer);
    else
        ask_shop(sim, arrival, entry, false, answer);
}

/* The errand goes with the reply, and what is said if it fails. */
static void send_out(const struct sim *sim, const struct arrival *arrival, struct answer *answer, struct reply *reply)
{
    struct answer instead;
    answer_init(&instead, sim->dialect, false);
    instead.status = 401;
    instead.type = "text/html; charset=UTF-8";
    text_add(&instead.body, answer->errand->failed.p, answer->errand->failed.n);
    answer_bytes(&instead, arrival->request, arrival->now_ms, reply->after == AFTER_CLOSE, &answer->errand->instead);
    answer_release(&instead);
    reply->errand = answer->errand;
    answer->errand = NULL;
}

static void tell(const struct sim *sim, const struct entry *entry)
{
    if (sim->options->is_quiet)
        return;
    fprintf(stderr, "%lld.%06lld %s %s %d%s%s%s%s%s\n", (long long)(entry->at_us / 1000000),
            (long long)(entry->at_us % 1000000), entry->method, entry->target, entry->status,
            entry->applied ? " applied" : "", entry->refused ? " refused " : "", entry->refused ? entry->refused : "",
            entry->fault ? " fault " : "", entry->fault ? entry->fault : "");
}

void sim_answer(struct sim *sim, const struct arrival *arrival, struct reply *reply)
{
    struct answer answer;
    bool is_desk = control_is(arrival->request);
    answer_init(&answer, sim->dialect, sim->options->is_chunked && !is_desk);
    struct rule_of_faults own = { 0 };
    const struct rule_of_faults *fault = NULL;
    struct entry *entry = NULL;
    bool is_last = arrival->request->wants_close || (sim->options->is_cold && !is_desk);
    *reply = (struct reply){ .after = is_last ? AFTER_CLOSE : AFTER_KEEP };
    reply->due_us = arrival->at_us;
    if (is_desk) {
        control_answer(sim, arrival, &answer);
    } else {
        reply->due_us += sim->options->latency_ms * 1000;
        entry = log_open(sim, arrival);
        answer_request(sim, arrival, entry, &answer, &fault, &own);
    }
    if (answer.announced >= 0 && !fault)
        reply->after = AFTER_CLOSE;
    answer_bytes(&answer, arrival->request, arrival->now_ms, reply->after == AFTER_CLOSE || answer.has_no_length,
                 &reply->bytes);
    if (answer.errand)
        send_out(sim, arrival, &answer, reply);
    reply->due_us += answer.late_ms * 1000;
    if (answer.is_lost)
        lose(reply);
    if (fault)
        shape_reply(fault, reply);
    if (entry) {
        entry->fault = fault ? fault->fault->name : NULL;
        entry->applied = answer.applied;
        entry->status = is_silent(reply) ? 0 : answer.status;
        tell(sim, entry);
    }
    answer_release(&answer);
}

void sim_answer_bad(const struct sim *sim, int status, int64_t now_ms, struct reply *reply)
{
    const struct dialect *dialect = sim->dialect;
    struct answer answer;
    struct request request = { .headers = (char *)"" };
    answer_init(&answer, dialect, false);
    dialect->fail(&answer, status);
    *reply = (struct reply){ .after = AFTER_CLOSE };
    answer_bytes(&answer, &request, now_ms, true, &reply->bytes);
    answer_release(&answer);
}
