/*
 * fuzz_hook.c - a shop's answer as a hook sees it: whatever the bytes are, every text that it is given is clean, ended
 * by one NUL, and the request that comes of it can be read again.
 */
#include "core/json/text.h"
#include "core/request/hook.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must_be_clean(const char *text)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        size_t length = utf8_length(p, end);
        MUST(length > 0);
        p += length;
    }
}

static int read_all(struct cw_msg *msg)
{
    static const char *const paths[] = { "@box.v",
                                         "@box.v[]",
                                         "@box.v[1]",
                                         "@box.v.a",
                                         "@box.v.nodes[].id",
                                         "@box.v.nodes[2].lines.nodes[].left",
                                         "@box.v[][].a[].b",
                                         "@box.v.nodes[0].lines.nodes[0].line.id" };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *text;
        for (size_t k = 0; k < 20 && (text = msg->host->get(msg, paths[i], k)); k++) {
            must_be_clean(text);
            if (strlen(text) < 1000)
                MUST(msg->host->put(msg, "seen[]", text) == 0);
        }
    }
    return 0;
}

static const struct cw_endpoint endpoints[] = { { "order.create", "POST /x" }, { "_box", "GET /box" }, { 0 } };
static const struct cw_plan plans[] = { { "order.create", CW_LOOKUP, "box", "_box" }, { 0 } };
static const struct cw_hook hooks[] = { { "order.create", "@box.v", read_all }, { 0 } };
static const struct cw_adapter table = { CW_HEAD,
                                         .name = "toy",
                                         .title = "Toy",
                                         .version = "1",
                                         .base_url = "https://toy.invalid",
                                         .endpoints = endpoints,
                                         .plans = plans,
                                         .hooks = hooks };

static void run(const struct platform *platform, struct found found)
{
    struct arena arena;
    struct fault fault = { 0 };
    struct rendered made = { 0 };
    struct store store = { .id = "s", .platform = platform, .settings = json_object() };
    struct render_in in = { .endpoint = platform_endpoint(platform, "order.create"),
                            .store = &store,
                            .args = store.settings,
                            .found = &found,
                            .n_found = 1 };
    arena_init(&arena);
    MUST(render(platform, &in, &arena, &fault, &made) == OK);
    json_t *body = json_loadb(made.body.p, made.body.n, 0, NULL);
    MUST(body);
    json_decref(body);
    json_decref(store.settings);
    rendered_release(&made);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct platform *platform = NULL;
    struct fault fault = { 0 };
    MUST(platform_new(&table, &fault, &platform) == OK);
    char *text = malloc(n + 1); /* exactly as long as the answer's bytes are */
    MUST(text);
    memcpy(text, data, n);
    run(platform, (struct found){ "box.v", { text, n }, true });
    free(text);
    platform_free(platform);
    return 0;
}
