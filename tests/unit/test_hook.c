/* test_hook.c - the code of an adapter over a request: what it sees, what it may write, and that it can do no harm. */
#include "core/request/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- hooks: what they do is told by the argument "do" ---------------------------------------------------- */

static const char *get(const struct cw_msg *msg, const char *path, size_t i)
{
    return msg->host->get(msg, path, i);
}

/* Each line is copied to out[n]: what is at `path`, the `i`-th. */
static int copy(struct cw_msg *msg)
{
    static const char *const paths[] = {
        "items[0].sku",           "items[1].n",     "items[].sku",     "items[9].sku",
        "items[].tags[]",         "items",          "@found.box.name", "@found.box.rows[1].left",
        "@found.box.rows[].left", "@found.box.yes", "@found.box.none", "@found.box",
        "@found.plain",           "@found.plain.x"
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *text;
        for (size_t k = 0; (text = get(msg, paths[i], k)); k++) {
            char at[64];
            snprintf(at, sizeof(at), "out[%zu][%zu]", i, k);
            if (msg->host->put(msg, at, text))
                return -1;
        }
    }
    return 0;
}

static int numbers(struct cw_msg *msg)
{
    return msg->host->put(msg, "n!json", msg->host->format(msg, "%d.%02d", 12, 50)) ||
           msg->host->put(msg, "yes!json", "true") || msg->host->put(msg, "a.b[1].c", "text \"x\"");
}

static int nosy(struct cw_msg *msg)
{
    (void)get(msg, "note", 0);
    return 0; /* as if nothing were wrong */
}

static int bad_put(struct cw_msg *msg)
{
    (void)msg->host->put(msg, get(msg, "do.path", 0), get(msg, "do.text", 0));
    return 0;
}

static int no(struct cw_msg *msg)
{
    return msg->host->refuse(msg, "items[0].n", "expected at most 2, found 5");
}

static int mute(struct cw_msg *msg)
{
    (void)msg;
    return 1;
}

static int greedy(struct cw_msg *msg)
{
    while (msg->host->alloc(msg, 1 << 20))
        ;
    return 0;
}

static int busy(struct cw_msg *msg)
{
    while (get(msg, "items[0].sku", 0))
        ;
    return 0;
}

/* What is not there takes no memory: only the number of calls ends this one. */
static int patient(struct cw_msg *msg)
{
    for (int i = 0; i <= HOOK_CALLS_MAX; i++) {
        if (get(msg, "items[9].sku", 0))
            return -1;
    }
    return 0;
}

static int macs(struct cw_msg *msg)
{
    char mac[32], hex[65];
    assert_int_equal(msg->host->mac(CW_HMAC_SHA1, "k", "a", 1, mac, 19), -1);
    assert_int_equal(msg->host->mac(CW_ECDSA, "k", "a", 1, mac, sizeof(mac)), -1);
    assert_int_equal(msg->host->mac(CW_HMAC_SHA1, "k", "a", 1, mac, sizeof(mac)), 20);
    assert_int_equal(
        msg->host->mac(CW_HMAC_SHA256, "key", "The quick brown fox jumps over the lazy dog", 43, mac, sizeof(mac)), 32);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)mac[i]);
    return msg->host->put(msg, "mac", hex);
}

/* clang-format off */
static const struct cw_setting settings[] = { { "site" }, { "key", .secret = 1 }, { 0 } };
static const struct cw_field in[] = { { "id", "id" }, { 0 } };
static const struct cw_endpoint endpoints[] = {
    { "order.create", "POST /copy", .in = in }, { "order.update", "POST /numbers" }, { "order.cancel", "POST /nosy" },
    { "product.create", "POST /bad" }, { "product.update", "POST /no" }, { "product.delete", "POST /mute" },
    { "variant.create", "POST /greedy" }, { "variant.update", "POST /busy" }, { "variant.delete", "POST /mac" },
    { "order.list", "GET /orders" }, { "store.info", "POST /graphql", "query($x:Int){shop(x:$x){id}}" },
    { "_box", "GET /box" }, { "order.fulfillment.create", "POST /patient" },
    { 0 } };
static const struct cw_plan plans[] = { { "order.create", CW_LOOKUP, "found", "_box" }, { 0 } };
static const struct cw_hook good[] = {
    { "order.create", "items @found.box @found.plain", copy }, { "order.update store.info", "", numbers },
    { "order.cancel", "items", nosy }, { "product.create", "do", bad_put }, { "product.update", NULL, no },
    { "product.delete", NULL, mute }, { "variant.create", NULL, greedy }, { "variant.update", "items.sku", busy },
    { "variant.delete", NULL, macs }, { "order.fulfillment.create", "items.sku", patient }, { 0 } };
/* clang-format on */

static struct cw_adapter adapter(const struct cw_hook *hooks)
{
    return (struct cw_adapter){ CW_HEAD,
                                .name = "toy",
                                .title = "Toy",
                                .version = "1",
                                .base_url = "{site}",
                                .settings = settings,
                                .endpoints = endpoints,
                                .plans = plans,
                                .hooks = hooks };
}

/* ---- one request ------------------------------------------------------------------------------------------ */

struct trial {
    struct platform *platform;
    struct store store;
    struct arena arena;
    struct rendered out;
    struct fault fault;
    struct found found[4];
    size_t n_found;
};

static void setup(struct trial *t)
{
    static struct cw_adapter table;
    *t = (struct trial){ 0 };
    table = adapter(good);
    if (platform_new(&table, &t->fault, &t->platform))
        fail_msg("%s", t->fault.text);
    arena_init(&t->arena);
    t->store.platform = t->platform;
    t->store.settings = json_pack("{s:s}", "site", "https://shop.example");
}

static void teardown(struct trial *t)
{
    rendered_release(&t->out);
    json_decref(t->store.settings);
    arena_release(&t->arena);
    platform_free(t->platform);
}

static enum err make(struct trial *t, const char *endpoint, const char *args)
{
    json_t *object = json_loads(args, JSON_ALLOW_NUL, NULL);
    assert_non_null(object);
    struct render_in request = { .endpoint = platform_endpoint(t->platform, endpoint),
                                 .store = &t->store,
                                 .args = object,
                                 .found = t->found,
                                 .n_found = t->n_found };
    rendered_release(&t->out);
    enum err err = render(t->platform, &request, &t->arena, &t->fault, &t->out);
    json_decref(object);
    return err;
}

static void check(const char *endpoint, const char *args, const char *body)
{
    struct trial t;
    setup(&t);
    if (make(&t, endpoint, args))
        fail_msg("%s", t.fault.text);
    char *made = arena_dup(&t.arena, t.out.body);
    assert_string_equal(made, body);
    teardown(&t);
}

static void refused(const char *endpoint, const char *args, enum err err, const char *words)
{
    struct trial t;
    setup(&t);
    assert_int_equal(make(&t, endpoint, args), err);
    if (!strstr(t.fault.text, words))
        fail_msg("expected \"%s\" in \"%s\"", words, t.fault.text);
    teardown(&t);
}

static void with_found(const char *json, const char *body)
{
    struct trial t;
    setup(&t);
    t.found[0] = (struct found){ "found.box", span_of(json), true };
    t.found[1] = (struct found){ "found.plain", SPAN("as it is"), false };
    t.n_found = 2;
    if (make(&t, "order.create", "{}"))
        fail_msg("%s", t.fault.text);
    char *made = arena_dup(&t.arena, t.out.body);
    assert_string_equal(made, body);
    teardown(&t);
}

/* ---- claims ------------------------------------------------------------------------------------------------ */

static void arguments_are_seen(void **state)
{
    (void)state;
    check("order.create",
          "{\"id\":\"7\",\"items\":[{\"sku\":\"A\",\"tags\":[\"x\",\"y\"]},{\"sku\":\"B\",\"n\":1.5,\"tags\":[]}]}",
          "{\"id\":\"7\",\"out\":[[\"A\"],[\"1.5\"],[\"A\",\"B\"],null,[\"x\",\"y\"]]}");
    check("order.create", "{\"items\":\"none\"}", "{\"out\":[null,null,null,null,null,[\"none\"]]}");
}

static void answers_are_seen(void **state)
{
    (void)state;
    with_found(" {\"name\":\"B\\u00e9 \\\"x\\\"\",\"rows\":[{\"left\":1},{\"left\":12.50}],\"yes\":true,\"none\":null}",
               "{\"out\":[null,null,null,null,null,null,[\"B\xc3\xa9 "
               "\\\"x\\\"\"],[\"12.50\"],[\"1\",\"12.50\"],[\"true\"],null,null,"
               "[\"as it is\"]]}");
    with_found("[1,2]", "{\"out\":[null,null,null,null,null,null,null,null,null,null,null,null,[\"as it is\"]]}");
}

/* What is no JSON ends where it stops being it. */
static void broken_answers_are_not_there(void **state)
{
    static const char *const broken[] = {
        "{",         "{\"name\"",      "{\"name\":",  "{\"name\":\"x",  "{\"rows\":[{\"left\":1},",
        "{\"rows\"", "{\"yes\" true}", "{\"name\":}", "{\"rows\":[,]}", ""
    };
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct trial t;
        setup(&t);
        t.found[0] = (struct found){ "found.box", span_of(broken[i]), true };
        t.n_found = 1;
        assert_int_equal(make(&t, "order.create", "{}"), OK);
        teardown(&t);
    }
    with_found("{\"name\":\"a\\u0000b\"}", "{\"out\":[null,null,null,null,null,null,[\"a\xef\xbf\xbd"
                                           "b\"],null,null,null,null,null,[\"as it is\"]]}");
}

static void texts_and_numbers_are_written(void **state)
{
    (void)state;
    check("order.update", "{}", "{\"n\":12.50,\"yes\":true,\"a\":{\"b\":[null,{\"c\":\"text \\\"x\\\"\"}]}}");
    check("store.info", "{}",
          "{\"query\":\"query($x:Int){shop(x:$x){id}}\",\"variables\":{\"n\":12.50,\"yes\":true,\"a\":{\"b\":[null,{"
          "\"c\":\"text "
          "\\\"x\\\"\"}]}}}");
}

static void what_is_not_wanted_is_not_given(void **state)
{
    (void)state;
    refused("order.cancel", "{\"note\":\"secret\"}", ERR_INTERNAL, "asks for what its `wants` does not name: note");
}

static void bad_writes_are_the_adapters_fault(void **state)
{
    static const char *const bad[][2] = { { "", "x" },
                                          { "!json", "1" },
                                          { "a..b", "x" },
                                          { "a[", "x" },
                                          { "n!json", "1,2" },
                                          { "n!json", "{}" },
                                          { "n!json", "\"a\" \"b\"" },
                                          { "n!json", "" },
                                          { "a[99999]", "x" } };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *args;
        json_t *object = json_pack("{s:{s:s, s:s}}", "do", "path", bad[i][0], "text", bad[i][1]);
        args = json_dumps(object, 0);
        refused("product.create", args, ERR_INTERNAL, "writes where nothing can stand");
        free(args);
        json_decref(object);
    }
    refused("product.create", "{}", ERR_INTERNAL, "writes where nothing can stand"); /* NULL for both */
}

static void a_hook_refuses(void **state)
{
    (void)state;
    refused("product.update", "{}", ERR_VALIDATION_FAILED, "items[0].n: expected at most 2, found 5");
    refused("product.delete", "{}", ERR_VALIDATION_FAILED, "does not say why");
}

static void a_message_has_a_budget(void **state)
{
    (void)state;
    refused("variant.create", "{}", ERR_INTERNAL, "more calls or memory");
    refused("variant.update", "{\"items\":[{\"sku\":\"A\"}]}", ERR_INTERNAL, "more calls or memory");
    refused("order.fulfillment.create", "{\"items\":[{\"sku\":\"A\"}]}", ERR_INTERNAL, "more calls or memory");
}

static void a_mac_is_made(void **state)
{
    (void)state;
    check("variant.delete", "{}", "{\"mac\":\"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\"}");
}

/* ---- at load ------------------------------------------------------------------------------------------------- */

static int judged(struct cw_msg *msg)
{
    return msg->status;
}

static void bad_rows_are_refused(void **state)
{
    static const struct {
        struct cw_hook rows[3];
        const char *words;
    } bad[] = {
        { { { "order.create", "id" } }, "a hook without code" },
        { { { "order.create", "key", mute } }, "no settings and no credentials" },
        { { { "order.create", "site", mute } }, "no settings and no credentials" },
        { { { "order.create", "@nobody.x", mute } }, "no plan row has the name" },
        { { { "order.list", NULL, mute } }, "a request without a body" },
        { { { "order.nope", NULL, mute } }, "no endpoint has a name like" },
        { { { "order.create", NULL, mute }, { "order.*ate", NULL, mute } }, "two hooks for one endpoint" },
        { { { "order.create", NULL, mute, judged } }, "does not serve it" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct cw_adapter table = adapter(bad[i].rows);
        struct platform *platform = NULL;
        struct fault fault = { 0 };
        assert_int_equal(platform_new(&table, &fault, &platform), ERR_VALIDATION_FAILED);
        if (!strstr(fault.text, bad[i].words) || !strstr(fault.text, "hooks row"))
            fail_msg("expected \"%s\" in \"%s\"", bad[i].words, fault.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_seen),
        cmocka_unit_test(answers_are_seen),
        cmocka_unit_test(broken_answers_are_not_there),
        cmocka_unit_test(texts_and_numbers_are_written),
        cmocka_unit_test(what_is_not_wanted_is_not_given),
        cmocka_unit_test(bad_writes_are_the_adapters_fault),
        cmocka_unit_test(a_hook_refuses),
        cmocka_unit_test(a_message_has_a_budget),
        cmocka_unit_test(a_mac_is_made),
        cmocka_unit_test(bad_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
