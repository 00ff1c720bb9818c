/*
 * bench_reader.c - the reader alone, beside a jansson tree that does the same.
 *
 *   bench_reader PAGE.json FIELDS [ROUNDS]      reader.mb_s and reader.vs_jansson
 *   bench_reader PAGE.json FIELDS -READS        only so many reads, for callgrind (the slope between two counts)
 *   bench_reader PAGE.json FIELDS [ROUNDS] PLATFORM     another platform's page: reader.PLATFORM_mb_s, _vs_parse
 *
 * PAGE is a page of orders in Medusa's dialect (make_pages.py); bytes in to normalised bytes out, with the FIELDS that
 * bench.py names; the tree's walk is written for those.  jansson: json_loadb, a walk that builds the same records as a
 * tree, json_dumps; phone numbers through the same cache.  Before anything is timed both outputs are parsed and must be
 * equal.  Rounds alternate; the figure is the median of CPU time.  Of another platform's page jansson only parses and
 * frees it, which is the least that a tree costs: no walk, no output.
 */
#include "core/map/table.h"
#include "core/value/phone.h"
#include "core/view/view.h"

#include <dlfcn.h>
#include <jansson.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 15, READS = 40, TREES = 2, PAGE_MAX = 64 << 20 };
static const int64_t now_ms = 1795392000000;

struct bench {
    const char *platform;
    const struct cw_adapter *adapter;
    struct view *view;
    struct phones *phones;
    struct drift_known known; /* as the gateway has it after the first page */
    struct span page;
    struct arena arena; /* of one read */
    struct buf data, problems;
};

static void stop(const char *what)
{
    fprintf(stderr, "bench_reader: %s\n", what);
    exit(1);
}

static struct span file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        stop("the page cannot be read");
    char *text = mem_alloc(PAGE_MAX);
    size_t n = fread(text, 1, PAGE_MAX, file);
    fclose(file);
    return (struct span){ text, n };
}

/* ---- the reader --------------------------------------------------------------------------------- */

static void read_page(struct bench *b, struct view_out *out)
{
    struct fault fault = { 0 };
    struct view_in in = { .status = 200,
                          .body = b->page,
                          .store = SPAN("s1"),
                          .observed_at_ms = now_ms,
                          .phones = b->phones,
                          .known = &b->known,
                          .arena = &b->arena };
    arena_reset(&b->arena);
    buf_clear(&b->data);
    buf_clear(&b->problems);
    *out = (struct view_out){ .data = &b->data, .problems = &b->problems };
    if (view_read(b->view, &in, &fault, out))
        stop(fault.text);
}

/* ---- jansson ------------------------------------------------------------------------------------ */

static json_t *copy(json_t *from, const char *name)
{
    json_t *value = json_object_get(from, name);
    return value ? json_incref(value) : json_null();
}

static json_t *upper(const char *text)
{
    char out[8];
    size_t n = 0;
    for (; text[n] && n < sizeof(out) - 1; n++)
        out[n] = text[n] >= 'a' && text[n] <= 'z' ? (char)(text[n] - 32) : text[n];
    return json_stringn(out, n);
}

static json_t *tree_money(json_t *amount, const char *currency)
{
    char text[48];
    double value = json_number_value(amount);
    if (!json_is_number(amount))
        return json_null();
    snprintf(text, sizeof(text), "%.2f", value);
    return json_pack("{s:{s:s,s:I,s:o}}", "shop", "amount", text, "minor", (json_int_t)llround(value * 100), "currency",
                     upper(currency));
}

static json_t *tree_phone(struct bench *b, json_t *raw)
{
    char e164[PHONE_E164_MAX];
    if (!json_is_string(raw))
        return json_null();
    struct span text = { json_string_value(raw), json_string_length(raw) };
    size_t n = phones_e164(b->phones, text, SPAN("DE"), e164);
    return json_pack("{s:o,s:O}", "e164", n ? json_stringn(e164, n) : json_null(), "raw", raw);
}

static json_t *tree_address(struct bench *b, json_t *a, bool whole)
{
    static const char *const names[][2] = { { "first_name", "first_name" }, { "last_name", "last_name" },
                                            { "company", "company" },       { "address1", "address_1" },
                                            { "address2", "address_2" },    { "city", "city" },
                                            { "region_raw", "province" },   { "postal_code", "postal_code" } };
    if (!json_is_object(a))
        return json_null();
    json_t *out = json_object();
    for (size_t i = 0; whole && i < sizeof(names) / sizeof(names[0]); i++)
        json_object_set_new(out, names[i][0], copy(a, names[i][1]));
    if (whole) {
        json_object_set_new(out, "country", upper(json_string_value(json_object_get(a, "country_code"))));
        json_object_set_new(out, "country_raw", copy(a, "country_code"));
    }
    json_object_set_new(out, "phone", tree_phone(b, json_object_get(a, "phone")));
    return out;
}

static json_t *tree_items(json_t *items, const char *currency)
{
    json_t *out = json_array(), *item;
    size_t i;
    json_array_foreach(items, i, item)
    {
        json_t *line = json_object(), *title = json_object_get(item, "product_title");
        json_object_set_new(line, "sku", copy(item, "variant_sku"));
        json_object_set_new(line, "name", json_is_string(title) ? json_incref(title) : copy(item, "title"));
        json_object_set_new(line, "quantity", copy(item, "quantity"));
        json_object_set_new(line, "unit_price", tree_money(json_object_get(item, "unit_price"), currency));
        json_object_set_new(line, "total", tree_money(json_object_get(item, "total"), currency));
        json_array_append_new(out, line);
    }
    return out;
}

static const char *state_of(const char *theirs)
{
    static const char *const states[][2] = {
        { "pending", "open" }, { "completed", "completed" }, { "archived", "archived" }, { "canceled", "cancelled" }
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i][0], theirs) == 0)
            return states[i][1];
    }
    return "unknown";
}

static json_t *tree_order(struct bench *b, json_t *o, const char *observed)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *currency = json_string_value(json_object_get(o, "currency_code"));
    const char *status = json_string_value(json_object_get(o, "status"));
    char gid[128], number[32];
    json_t *out = json_object(), *custom = json_object_get(o, "custom_display_id");
    snprintf(gid, sizeof(gid), "s1/order/%s", id);
    snprintf(number, sizeof(number), "%lld", json_integer_value(json_object_get(o, "display_id")));
    json_object_set_new(out, "object", json_string("order"));
    json_object_set_new(out, "id", copy(o, "id"));
    json_object_set_new(out, "gid", json_string(gid));
    json_object_set_new(out, "store", json_string("s1"));
    json_object_set_new(out, "platform", json_string("medusa"));
    json_object_set_new(out, "created_at", copy(o, "created_at"));
    json_object_set_new(out, "observed_at", json_string(observed));
    json_object_set_new(out, "number", json_is_string(custom) ? json_incref(custom) : json_string(number));
    json_object_set_new(out, "status", json_string(state_of(status)));
    json_object_set_new(out, "status_raw", json_pack("{s:s,s:n}", "id", status, "name"));
    json_object_set_new(out, "currency", upper(currency));
    json_object_set_new(out, "customer", json_pack("{s:o}", "email", copy(o, "email")));
    json_object_set_new(out, "billing_address", tree_address(b, json_object_get(o, "billing_address"), false));
    json_object_set_new(out, "shipping_address", tree_address(b, json_object_get(o, "shipping_address"), true));
    json_object_set_new(out, "items", tree_items(json_object_get(o, "items"), currency));
    json_object_set_new(out, "totals", json_pack("{s:o}", "total", tree_money(json_object_get(o, "total"), currency)));
    json_object_set_new(out, "unsupported", json_pack("[s,s]", "shipping_address.full_name", "shipping_address.state"));
    json_object_set_new(out, "incomplete", json_array());
    return out;
}

static char *tree_page(struct bench *b)
{
    json_t *page = json_loadb(b->page.p, b->page.n, 0, NULL), *orders = json_object_get(page, "orders"), *order;
    json_t *out = json_array();
    size_t i;
    json_array_foreach(orders, i, order) json_array_append_new(out, tree_order(b, order, "2026-11-23T00:00:00.000Z"));
    char *text = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    json_decref(page);
    return text;
}

/* ---- both --------------------------------------------------------------------------------------- */

static void compare(struct bench *b)
{
    struct view_out out;
    read_page(b, &out);
    if (out.n_problems)
        stop(b->problems.p);
    for (size_t i = 0; i < out.drift->n; i++)
        drift_known_add(&b->known, out.drift->items[i].hash);
    struct buf whole;
    buf_init(&whole, PAGE_MAX);
    buf_char(&whole, '[');
    buf_span(&whole, buf_peek(&b->data));
    buf_char(&whole, ']');
    char *text = tree_page(b);
    json_t *ours = json_loadb(whole.p, whole.n, 0, NULL), *theirs = json_loads(text, 0, NULL), *order, *at;
    size_t i;
    json_array_foreach(ours, i, order)
    {
        at = json_array_get(theirs, i);
        json_object_set_new(at, "observed_at", copy(order, "observed_at"));
    }
    if (!ours || !json_equal(ours, theirs)) {
        fprintf(stderr, "%.1500s\n\n%.1500s\n", whole.p, text);
        stop("the two outputs differ");
    }
    printf("# page %zu bytes, records %zu, out %zu bytes; equal to jansson's; jansson %s\n", b->page.n, out.n_written,
           b->data.n, JANSSON_VERSION);
    json_decref(ours);
    json_decref(theirs);
    free(text);
    buf_release(&whole);
}

/* Of a page that has no tree to be compared with. */
static void look(struct bench *b)
{
    struct view_out out;
    read_page(b, &out);
    if (out.n_problems || out.n_written == 0)
        stop(out.n_problems ? b->problems.p : "the page gave no record");
    for (size_t i = 0; i < out.drift->n; i++)
        drift_known_add(&b->known, out.drift->items[i].hash);
    printf("# %s: page %zu bytes, records %zu, out %zu bytes\n", b->platform, b->page.n, out.n_written, b->data.n);
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double time_reads(struct bench *b, unsigned n)
{
    struct view_out out;
    double begin = cpu_s();
    for (unsigned i = 0; i < n; i++)
        read_page(b, &out);
    return (cpu_s() - begin) / n;
}

static bool has_tree(const struct bench *b)
{
    return strcmp(b->platform, "medusa") == 0;
}

static double time_trees(struct bench *b, unsigned n)
{
    double begin = cpu_s();
    for (unsigned i = 0; i < n; i++) {
        if (has_tree(b))
            free(tree_page(b));
        else
            json_decref(json_loadb(b->page.p, b->page.n, 0, NULL));
    }
    return (cpu_s() - begin) / n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *b, unsigned rounds)
{
    double reads[ROUNDS], trees[ROUNDS];
    for (unsigned i = 0; i < rounds; i++) {
        reads[i] = time_reads(b, READS);
        trees[i] = time_trees(b, TREES);
    }
    qsort(reads, rounds, sizeof(*reads), by_size);
    qsort(trees, rounds, sizeof(*trees), by_size);
    double read = reads[rounds / 2], tree = trees[rounds / 2];
    printf("# median of %u: reader %.0f us, jansson %.0f us\n", rounds, read * 1e6, tree * 1e6);
    const char *prefix = has_tree(b) ? "" : b->platform, *bar = has_tree(b) ? "" : "_";
    printf("reader.%s%smb_s %.1f MB/s\n", prefix, bar, (double)b->page.n / read / 1e6);
    printf("reader.%s%s%s %.2f x\n", prefix, bar, has_tree(b) ? "vs_jansson" : "vs_parse", tree / read);
}

static void load(struct bench *b, const char *fields, struct arena *tables)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    struct fault fault = { 0 };
    const struct selection *selection;
    if (n <= 0)
        stop("no /proc/self/exe");
    path[n] = '\0';
    const char *module = arena_printf(tables, "%s/../../adapters/%s.so", dirname(path), b->platform);
    void *so = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    const struct cw_adapter *raw = so ? dlsym(so, "cw_adapter") : NULL;
    if (!raw)
        stop(dlerror());
    if (table_copy(raw, tables, &fault, &b->adapter) ||
        selection_parse(model_entity("order"), span_of(fields), tables, &fault, &selection))
        stop(fault.text);
    const struct cw_endpoint *list = b->adapter->endpoints;
    while (strcmp(list->name, "order.list") != 0)
        list++;
    struct view_spec spec = {
        .adapter = b->adapter, .endpoint = list, .entity = model_entity("order"), .selection = selection
    };
    if (view_new(&spec, &fault, &b->view))
        stop(fault.text);
}

int main(int argc, char **argv)
{
    struct bench b = { 0 };
    struct arena tables;
    struct view_out out;
    int n = argc > 3 ? (int)strtol(argv[3], NULL, 10) : ROUNDS;
    if (argc < 3)
        stop("usage: bench_reader PAGE.json FIELDS [ROUNDS or -READS] [PLATFORM]");
    b.platform = argc > 4 ? argv[4] : "medusa";
    arena_init(&tables);
    arena_init(&b.arena);
    buf_init(&b.data, PAGE_MAX);
    buf_init(&b.problems, 1 << 20);
    b.page = file_read(argv[1]);
    b.phones = phones_new(4096, 1);
    load(&b, argv[2], &tables);
    if (n < 0) {
        for (int i = 0; i < -n; i++) {
            read_page(&b, &out);
            for (size_t j = 0; j < out.drift->n; j++)
                drift_known_add(&b.known, out.drift->items[j].hash);
        }
    } else {
        if (has_tree(&b))
            compare(&b);
        else
            look(&b);
        measure(&b, n < ROUNDS ? (unsigned)n : ROUNDS);
    }
    view_free(b.view);
    phones_free(b.phones);
    buf_release(&b.data);
    buf_release(&b.problems);
    arena_release(&b.arena);
    arena_release(&tables);
    free((char *)(uintptr_t)b.page.p);
    return 0;
}
