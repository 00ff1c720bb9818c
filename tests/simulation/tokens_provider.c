/* tokens_provider.c - requests on their way, the mishaps that they meet, and what the provider and the shop answer. */
#include "tests/simulation/tokens_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t sim_number_of(const struct sim *sim, const char *token)
{
    for (uint32_t i = sim->n_issued; i > 0 && i + ISSUED_KEPT > sim->n_issued; i--) {
        if (strcmp(sim->issued[i % ISSUED_KEPT], token) == 0)
            return i;
    }
    return 0;
}

static void note_issued(struct sim *sim, const char *body)
{
    json_t *answer = json_loads(body, 0, NULL);
    const char *token = json_string_value(json_object_get(answer, "access_token"));
    if (token)
        snprintf(sim->issued[++sim->n_issued % ISSUED_KEPT], TOKEN_TEXT, "%s", token);
    json_decref(answer);
}

static void answer_token(struct sim *sim, struct pending *p)
{
    struct authsim_reply reply;
    struct authsim_request request = {
        .method = p->method, .path = p->path, .query = "", .headers = p->headers, .body = p->body, .body_n = p->body_n
    };
    struct authsim_counts before, after;
    authsim_counts(sim->provider, NULL, sim_env_wall(sim), &before);
    authsim_answer(sim->provider, &request, sim_env_wall(sim), &reply);
    authsim_counts(sim->provider, NULL, sim_env_wall(sim), &after);
    p->status = reply.status;
    p->reply = mem_dup((struct span){ reply.body, reply.body_n });
    if (reply.status == 200) {
        note_issued(sim, p->reply);
        p->shop->issued_ms = sim->now_ms;
    }
    if (reply.status != 200 && reply.status != 429 && p->attempt &&
        after.refused[AUTHSIM_TOO_EARLY] == before.refused[AUTHSIM_TOO_EARLY])
        p->shop->refusals++;
    p->shop->is_excused |= reply.status == 429; /* too many errors: it does not even look at the token */
    authsim_reply_release(&reply);
    if (p->attempt)
        return;
    sim->result->late++;
    p->shop->is_excused = true;
}

static void answer_call(struct sim *sim, struct pending *p)
{
    const char *bearer = strstr(p->headers, "Bearer ");
    char token[TOKEN_TEXT] = "";
    if (bearer)
        snprintf(token, sizeof(token), "%.*s", (int)strcspn(bearer + 7, "\r"), bearer + 7);
    bool is_good = authsim_use(sim->provider, token, sim_env_wall(sim)) == AUTHSIM_OK;
    uint32_t number = sim_number_of(sim, token);
    if (is_good && number > p->shop->used)
        p->shop->used = number;
    p->status = is_good ? 200 : 401;
    p->reply = mem_dup(is_good ? SPAN("{\"orders\":[],\"count\":0}") : SPAN("{\"error\":\"unauthorized\"}"));
}

void sim_arrive(struct sim *sim, struct pending *p)
{
    p->has_arrived = true;
    bool is_done = p->mishap == GOOD || p->mishap == LOST_AFTER || p->mishap == BROKEN_AFTER;
    if (is_done && p->is_token)
        answer_token(sim, p);
    else if (is_done)
        answer_call(sim, p);
}

void sim_finish(struct sim *sim, size_t i)
{
    static const struct {
        enum wire wire;
        int status; /* 0: the provider's */
        const char *body;
    } ends[MISHAPS] = {
        [GOOD] = { WIRE_OK, 0, NULL },
        [BROKEN_BEFORE] = { WIRE_OK, 503, "oops" },
        [HTML_BEFORE] = { WIRE_OK, 200, "<html>oops</html>" },
        [LOST_BEFORE] = { WIRE_TIMEOUT, 0, NULL },
        [LOST_AFTER] = { WIRE_RESET, 0, NULL },
        [BROKEN_AFTER] = { WIRE_OK, 502, "oops" },
    };
    struct pending p = sim->pending[i];
    memmove(&sim->pending[i], &sim->pending[i + 1], (--sim->n_pending - i) * sizeof(p));
    struct attempt *a = p.attempt;
    sim_seam(sim);
    if (a) {
        a->wire = ends[p.mishap].wire;
        a->status = ends[p.mishap].status ? ends[p.mishap].status : p.status;
        a->sent = true;
        a->end_ms = a->first_byte_ms = sim_env_now(sim);
        buf_init(&a->reply, 1 << 20);
        if (a->wire == WIRE_OK)
            buf_span(&a->reply, span_of(ends[p.mishap].body ? ends[p.mishap].body : p.reply));
        if (p.is_token && p.mishap != GOOD && !sim->is_dark && p.shop->is_connected) {
            sim_look_at_disk(sim, p.shop);
            p.shop->is_excused |= ++p.shop->mishaps > 2;
        }
        a->done(a);
    }
    free(p.method);
    free(p.path);
    free(p.headers);
    free(p.body);
    free(p.reply);
}

static struct shop *shop_of(struct sim *sim, const char *url)
{
    const char *host = strstr(url, "://") + 3;
    for (size_t i = 0; i < sim->n_shops; i++) {
        size_t n = strlen(sim->shops[i].host);
        if (strncmp(host, sim->shops[i].host, n) == 0 && host[n] == '/')
            return &sim->shops[i];
    }
    assert(!"a request to nobody");
    return NULL;
}

static char *headers_of(const struct attempt *a, const struct shop *shop)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    buf_printf(&out, "Host: %s\r\n", shop->host);
    for (size_t i = 0; i < a->n_headers; i++)
        buf_printf(&out, "%.*s: %.*s\r\n", SPAN_ARG(a->headers[i].name), SPAN_ARG(a->headers[i].value));
    char *text = mem_dup(buf_peek(&out));
    buf_release(&out);
    return text;
}

void sim_http_send(void *self, struct attempt *a)
{
    struct sim *sim = self;
    sim_seam(sim);
    assert(sim->n_pending < MAX_PENDING);
    struct shop *shop = shop_of(sim, a->url);
    struct pending *p = &sim->pending[sim->n_pending++];
    int64_t way_ms = sim_roll(sim, 20) == 0 ? 100 + sim_roll(sim, 4000) : 1 + sim_roll(sim, 40);
    *p = (struct pending){ .attempt = a, .shop = shop, .never_arrives = sim->is_dark };
    p->method = mem_dup(span_of(a->method));
    p->path = mem_dup(span_of(strstr(a->url, "://") + 3 + strlen(shop->host)));
    p->headers = headers_of(a, shop);
    p->body = mem_dup(a->body);
    p->body_n = a->body.n;
    p->is_token = strcmp(p->path, sim->dialect->token_path) == 0;
    if (sim->options->has_faults && p->is_token && sim_roll(sim, 5) == 0)
        p->mishap = (enum mishap)(1 + sim_roll(sim, MISHAPS - 1));
    p->arrive_ms = sim->now_ms + way_ms;
    p->due_ms = p->mishap == LOST_BEFORE ? sim->now_ms + a->total_ms : p->arrive_ms + 1 + sim_roll(sim, 40);
    a->sent_ms = sim_env_now(sim);
    sim_seam(sim);
}

void sim_http_cancel(void *self, struct attempt *attempt)
{
    struct sim *sim = self;
    for (size_t i = 0; i < sim->n_pending; i++) {
        if (sim->pending[i].attempt == attempt)
            sim->pending[i].due_ms = sim->now_ms;
    }
}
