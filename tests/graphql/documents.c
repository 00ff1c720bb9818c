/*
 * documents.c - every GraphQL request that an adapter's tables can make, a line of JSON each, without a shop.
 *
 *   documents MODULE.so FIXTURES
 *   {"template":TEXT,"endpoint":"order.list","fields":"items.sku","query":TEXT,"variables":{...},"points":147}
 *
 * For each endpoint with a document: the default set, everything, and each field of the model by itself, at every
 * depth; requests that are alike are printed once.  As variables, all rows of `in` at once, filled with a value of
 * their field's type; once more for each word of an enum, and for each null that a caller may write.  What may be left
 * out is for the flow tests to show: which values have to be there cannot be told from the rows.  What a hook makes of
 * values cannot either: its endpoint gets those of a fixture.
 */
#include "core/fixture/replay.h"
#include "core/map/graphql.h"
#include "core/platform/args.h"
#include "core/platform/method.h"
#include "core/platform/registry.h"
#include "core/request/render.h"
#include "core/view/view.h"
#include "core/write/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 4, FOUND_MAX = 16, CHOICES_MAX = 64, PATH_BYTES = 256, ASK_BYTES = 256 * 1024 };

/* A row that writes words of an enum, and what of the arguments it writes. */
struct choice {
    json_t *scope;
    const struct cw_field *row;
};

struct maker {
    const struct platform *platform;
    const struct endpoint *endpoint; /* that is asked */
    const struct endpoint *viewed;   /* whose fields say what for: the same, or one whose list it reads on */
    struct span list;                /* theirs, in records of `viewed`; empty: all of them */
    const struct fixtures *fixtures;
    json_t *settings, *args;
    json_t *seen; /* the endpoint's requests so far, as keys */
    struct found found[FOUND_MAX];
    size_t n_found;
    struct choice choices[CHOICES_MAX];
    size_t n_choices;
    struct arena arena;
    size_t n;
};

static void stop(const struct maker *maker, const char *fields, const struct fault *fault)
{
    fprintf(stderr, "documents: %s, fields \"%s\": %s\n", maker->endpoint->row->name, fields, fault->text);
    exit(1);
}

/* ---- one request ---------------------------------------------------------------------------------------- */

/* What the gateway would count it at. */
static json_int_t points_of(const json_t *line)
{
    const json_t *first = json_object_get(json_object_get(line, "variables"), "first");
    return graphql_cost(span_of(json_string_value(json_object_get(line, "query"))),
                        (uint32_t)json_integer_value(first));
}

static void print(struct maker *maker, const char *fields, struct span body)
{
    char *key = arena_dup(&maker->arena, body);
    if (json_object_get(maker->seen, key))
        return;
    json_object_set_new(maker->seen, key, json_true());
    json_t *line = json_loadb(body.p, body.n, 0, NULL);
    json_object_set_new(line, "template", json_string(maker->endpoint->row->document));
    json_object_set_new(line, "endpoint", json_string(maker->endpoint->row->name));
    json_object_set_new(line, "fields", json_string(fields));
    json_object_set_new(line, "points", json_integer(points_of(line)));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
    maker->n++;
}

static void make(struct maker *maker, const char *fields, struct span asks)
{
    const struct cw_page *page = maker->endpoint->page;
    struct store store = { .id = "s", .platform = maker->platform, .settings = maker->settings };
    struct render_in in = { .endpoint = maker->endpoint,
                            .store = &store,
                            .args = maker->args,
                            .found = maker->found,
                            .n_found = maker->n_found,
                            .page = { .size = page && page->max ? page->max : 10, .cursor = SPAN("cursor") },
                            .selection = asks,
                            .once = SPAN("8f2b7c1d-9e0a-4c5b-8d6f-1a2b3c4d5e6f") };
    struct rendered made = { 0 };
    struct fault fault = { 0 };
    if (render(maker->platform, &in, &maker->arena, &fault, &made))
        stop(maker, fields, &fault);
    print(maker, fields, made.body);
    rendered_release(&made);
}

/* fields "": the default set. */
static void make_for(struct maker *maker, const char *fields)
{
    const struct endpoint *endpoint = maker->viewed;
    const struct selection *selection = NULL;
    struct view *view = NULL;
    struct fault fault = { 0 };
    struct buf asks;
    buf_init(&asks, ASK_BYTES);
    if (endpoint->entity && *fields &&
        selection_parse(endpoint->entity, span_of(fields), &maker->arena, &fault, &selection))
        stop(maker, fields, &fault);
    struct view_spec spec = { .adapter = maker->platform->table,
                              .endpoint = endpoint->row,
                              .entity = endpoint->entity,
                              .selection = selection,
                              .extra_paths = endpoint->extra_paths,
                              .n_extra = endpoint->n_extra };
    if (view_new(&spec, &fault, &view))
        stop(maker, fields, &fault);
    if (maker->list.n > 0)
        view_ask_below(view, maker->list, &asks);
    else
        view_ask(view, &asks);
    if (maker->list.n == 0 || asks.n > 0)
        make(maker, fields, buf_peek(&asks));
    view_free(view);
    buf_release(&asks);
}

/* ---- each field by itself ------------------------------------------------------------------------------- */

static void make_each(struct maker *maker, const struct entity *entity, const char *before, unsigned depth)
{
    for (size_t i = 0; i < entity->n_fields; i++) {
        const struct model_field *field = &entity->fields[i];
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s%s%s", before, *before ? "." : "", field->name);
        if (field->flags & (MODEL_ALWAYS | MODEL_RAW))
            continue;
        make_for(maker, path);
        if (field->sub && depth < DEPTH_MAX)
            make_each(maker, field->sub, path, depth + 1);
    }
}

/* ---- values for the rows of `in` ------------------------------------------------------------------------- */

static json_t *sample(const struct model_field *field)
{
    switch (field->type) {
    case MODEL_DEC:
        return json_string("12.50");
    case MODEL_MONEY:
        return json_pack("{s:s, s:i, s:s}", "amount", "12.50", "minor", 1250, "currency", "EUR");
    case MODEL_MONEYSET:
        return json_pack("{s:{s:s, s:i, s:s}}", "shop", "amount", "12.50", "minor", 1250, "currency", "EUR");
    case MODEL_QTY:
    case MODEL_INT:
        return json_integer(3);
    case MODEL_BOOL:
        return json_true();
    case MODEL_MEASURE:
        return json_pack("{s:s, s:s}", "value", "1.5", "unit", "kg");
    case MODEL_TS:
        return json_string("2026-07-01T10:00:00.000Z");
    case MODEL_DATE:
        return json_string("2026-07-01");
    case MODEL_ENUM:
        return json_string(field->values[0]);
    case MODEL_PHONE:
        return json_string("+31612345678");
    case MODEL_COUNTRY:
        return json_string("NL");
    case MODEL_CURRENCY:
        return json_string("EUR");
    case MODEL_URL:
        return json_string("https://shop.invalid/a");
    case MODEL_STRS:
        return json_pack("[s, s]", "a", "b");
    default:
        return json_string("a");
    }
}

static const struct model_field *option_of(const struct maker *maker, const char *name, struct model_field *made)
{
    const struct method *method = method_find(maker->endpoint->row->name);
    for (const struct method_option *option = method ? method->options : NULL; option && option->name; option++) {
        if (strcmp(option->name, name) != 0)
            continue;
        *made = (struct model_field){ .name = name, .type = option->type };
        return made;
    }
    return NULL;
}

static bool has_format(const struct cw_field *row, const char *format)
{
    return row->fmt && strstr(row->fmt, format);
}

/* What a row is written from; where the model does not know the path, what the row's format can write. */
static json_t *value_for(const struct maker *maker, const struct entity *entity, const struct cw_field *row,
                         const char *path)
{
    struct model_field made;
    const struct model_field *field = option_of(maker, path, &made);
    const char *last = strrchr(path, '.');
    if (row->cases)
        return json_string(row->cases->value);
    if (!field && entity)
        field = model_path(entity, span_of(path));
    if (field && field->type != MODEL_STR && field->type != MODEL_MAP && field->type != MODEL_JSON)
        return sample(field);
    if (has_format(row, "number") || has_format(row, "whole") || has_format(row, "decimal") ||
        (last && strcmp(last, ".amount") == 0))
        return json_string("12");
    if (has_format(row, "bool"))
        return json_true();
    if (last && strstr(last, "country")) /* of free keys only the name says it */
        return json_string("NL");
    return json_string(last && strcmp(last, ".currency") == 0 ? "EUR" : "a");
}

static void fill_names(struct maker *maker, const struct template *text, const struct entity *entity,
                       const struct cw_field *row, json_t *scope)
{
    static const char *const hosts[] = { "page.", "selection", "once", "now", "nonce", "store" };
    for (size_t k = 0; text && template_name(text, k).p; k++) {
        struct span span = template_name(text, k);
        const char *name = arena_dup(&maker->arena, span);
        bool is_hosts = platform_setting(maker->platform, span) != NULL;
        for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
            is_hosts |= strncmp(name, hosts[i], strlen(hosts[i])) == 0;
        if (*name == '@' && maker->n_found < FOUND_MAX)
            maker->found[maker->n_found++] =
                (struct found){ name + 1, strstr(name, "currency") ? SPAN("EUR") : SPAN("12") };
        else if (!is_hosts && *name != '@' && !args_get(scope, span))
            args_set_new(scope, span, value_for(maker, entity, row, name));
    }
}

static void fill(struct maker *maker, const struct in_row *rows, size_t n, const struct entity *entity, json_t *scope)
{
    for (size_t i = 0; i < n; i++) {
        const struct cw_field *row = rows[i].row;
        struct span path = span_of(row->ours);
        const struct model_field *field = entity && !rows[i].made ? model_path(entity, path) : NULL;
        fill_names(maker, rows[i].made, entity, row, scope);
        fill_names(maker, rows[i].key, entity, row, scope);
        if (rows[i].made || args_get(scope, path))
            continue;
        json_t *value = rows[i].sub ? json_object() : value_for(maker, entity, row, row->ours);
        if (rows[i].sub)
            fill(maker, rows[i].sub, rows[i].n_sub, field ? field->sub : NULL, value);
        bool is_list = rows[i].sub && field && field->type == MODEL_LIST;
        args_set_new(scope, path, is_list ? json_pack("[o]", value) : value);
        if (row->cases && maker->n_choices < CHOICES_MAX)
            maker->choices[maker->n_choices++] = (struct choice){ scope, row };
    }
}

/* null, which clears, where a caller may write it. */
static void make_cleared(struct maker *maker, const struct method *method, const struct in_row *row)
{
    struct faults faults;
    if (row->made || !method || method->kind != METHOD_UPDATE)
        return;
    json_t *patch = json_object(), *args = maker->args;
    args_set_new(patch, span_of(row->row->ours), json_null());
    faults_init(&faults);
    write_check(maker->platform, method, patch, &faults);
    if (faults.n == 0) {
        maker->args = json_deep_copy(args);
        args_set_new(maker->args, span_of(row->row->ours), json_null());
        make_for(maker, "");
        json_decref(maker->args);
        maker->args = args;
    }
    faults_release(&faults);
    json_decref(patch);
}

/* ---- an endpoint ------------------------------------------------------------------------------------------ */

static void make_fields(struct maker *maker)
{
    make_for(maker, "");
    make_for(maker, "*");
    make_each(maker, maker->viewed->entity, "", 1);
}

/* The values of the first fixture that says what was written. */
static json_t *args_of_fixture(struct maker *maker)
{
    for (size_t i = 0; i < maker->fixtures->n; i++) {
        const struct fixture *fixture = &maker->fixtures->list[i];
        if (fixture->write && strcmp(fixture->endpoint, maker->endpoint->row->name) == 0)
            return replay_args(fixture, &maker->arena, maker->found, &maker->n_found);
    }
    stop(maker, "", &(const struct fault){ .text = "expected a fixture with \"write\": it has a hook" });
    return NULL;
}

static void make_hooked(struct maker *maker)
{
    maker->args = args_of_fixture(maker);
    if (maker->endpoint->entity)
        make_fields(maker);
    else
        make_for(maker, "");
    json_decref(maker->args);
}

static const struct step *rest_of(const struct platform *platform, const struct endpoint *endpoint)
{
    for (size_t i = 0; i < platform->n_steps; i++) {
        if (platform->steps[i].row->role == CW_REST && platform->steps[i].call == endpoint)
            return &platform->steps[i];
    }
    return NULL;
}

/* "lineItems(first:100).nodes[]" -> "lineItems(first:100).nodes", "media.nodes[status=READY]" -> "media.nodes" */
static struct span before_bracket(const char *theirs)
{
    const char *at = theirs;
    for (int depth = 0; *at && (depth > 0 || *at != '['); at++)
        depth += (*at == '(') - (*at == ')');
    return (struct span){ theirs, (size_t)(at - theirs) };
}

/* The list that the step reads on, of the row with "@lines". */
static struct span list_of(const struct maker *maker, const struct step *step)
{
    for (const struct cw_record *record = maker->platform->table->records; record->name; record++) {
        for (const struct cw_field *row = record->fields; row->ours; row++) {
            if (row->sub && row->more && strcmp(row->more + 1, step->row->name) == 0)
                return before_bracket(row->theirs);
        }
    }
    return (struct span){ 0 };
}

/* It is asked for what the methods that it serves want inside of the list. */
static void make_rest(struct maker *maker, const struct step *step)
{
    maker->list = list_of(maker, step);
    for (size_t i = 0; i < maker->platform->n_endpoints; i++) {
        maker->viewed = &maker->platform->endpoints[i];
        if (maker->viewed->entity && maker->viewed->row->document &&
            globs_cover(step->row->method, maker->viewed->row->name))
            make_fields(maker);
    }
    maker->list = (struct span){ 0 };
}

static void make_endpoint(struct maker *maker, const struct endpoint *endpoint)
{
    const struct step *rest = rest_of(maker->platform, endpoint);
    maker->endpoint = maker->viewed = endpoint;
    maker->n_found = maker->n_choices = 0;
    json_object_clear(maker->seen);
    if (endpoint->hook) {
        make_hooked(maker);
        return;
    }
    maker->args = json_object();
    fill_names(maker, endpoint->address, endpoint->entity, &(const struct cw_field){ 0 }, maker->args);
    fill(maker, endpoint->in, endpoint->n_in, endpoint->entity, maker->args);
    if (rest) {
        make_rest(maker, rest);
        json_decref(maker->args);
        return;
    }
    make_for(maker, "");
    for (size_t i = 0; i < maker->n_choices; i++) {
        struct choice *choice = &maker->choices[i];
        for (const struct cw_case *word = choice->row->cases; word->value; word++) {
            args_set_new(choice->scope, span_of(choice->row->ours), json_string(word->value));
            make_for(maker, "");
        }
    }
    for (size_t i = 0; i < endpoint->n_in; i++)
        make_cleared(maker, method_find(endpoint->row->name), &endpoint->in[i]);
    if (endpoint->entity)
        make_fields(maker);
    json_decref(maker->args);
}

int main(int argc, char **argv)
{
    struct maker maker = { 0 };
    struct platform *platform = NULL;
    struct fault fault = { 0 };
    struct fixtures fixtures;
    if (argc != 3 || plugin_load(argv[1], NULL, &fault, &platform) || fixtures_load(argv[2], &fault, &fixtures)) {
        fprintf(stderr, "documents: expected the file of an adapter and the folder of its fixtures: %s\n", fault.text);
        return 2;
    }
    maker.fixtures = &fixtures;
    arena_init(&maker.arena);
    maker.platform = platform;
    maker.settings = json_object();
    maker.seen = json_object();
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++)
        json_object_set_new(maker.settings, row->name, json_string(row->value ? row->value : "https://shop.invalid"));
    for (size_t i = 0; i < platform->n_endpoints; i++)
        if (platform->endpoints[i].row->document)
            make_endpoint(&maker, &platform->endpoints[i]);
    json_decref(maker.settings);
    json_decref(maker.seen);
    arena_release(&maker.arena);
    platform_free(platform);
    fixtures_release(&fixtures);
    return maker.n ? 0 : 1;
}
