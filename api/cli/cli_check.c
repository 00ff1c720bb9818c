/*
 * cli_check.c - `cartway adapter check FILE.so`: lint the tables and replay the fixtures, in a child process.
 *
 * The child loads the plug-in (which checks its file, copies and compiles its tables), compiles every view, reads every
 * fixture with the fields its golden was made for and compares, then reads all of them again with all fields and notes
 * which rows were reached.  A row of an endpoint, a field, an enum value or an error that no fixture reaches must give
 * its reason in `unseen`.  A crash of the child is a result.
 *
 *   adapters/medusa.so: 96 fixtures, 42 goldens equal, 29 requests equal, 414 rows reached, 28 unseen by their own
 *   word: ok
 */
#include "api/cli/cli_adapter.h"

#include "core/answer/views.h"
#include "core/fixture/fixture.h"
#include "core/fixture/replay.h"
#include "core/platform/args.h"
#include "core/platform/registry.h"
#include "core/value/phone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_USAGE = 64, EXIT_REFUSED = 65, EXIT_CRASHED = 70, COMPLAINTS_MAX = 200, ROWS_MAX = 8192 };

struct check {
    struct platform *platform;
    struct fixtures fixtures;
    struct views *views;
    struct phones *phones;
    unsigned complaints, goldens, writes, unseen;
    const void *reached[ROWS_MAX]; /* rows and cases, by address */
    size_t n_reached;
};

static void complain(struct check *check, const char *what, const char *subject)
{
    if (check->complaints++ < COMPLAINTS_MAX)
        printf("  %s: %s\n", subject, what);
}

static bool was_reached(const struct check *check, const void *row)
{
    for (size_t i = 0; i < check->n_reached; i++) {
        if (check->reached[i] == row)
            return true;
    }
    return false;
}

static void reach(struct check *check, const void *row)
{
    if (row && check->n_reached < ROWS_MAX && !was_reached(check, row))
        check->reached[check->n_reached++] = row;
}

/* ---- reading one fixture ------------------------------------------------------------------------------------- */

static bool get_arg(const void *self, struct span name, struct buf *out)
{
    const json_t *value = args_at(((const struct fixture *)self)->args, name);
    return json_is_string(value) && args_text(value, out);
}

/* fields NULL: all of them.  out: its data and problems are set. */
static enum err read_fixture(struct check *check, const struct fixture *fixture, const struct endpoint *endpoint,
                             const char *fields, struct arena *arena, struct fault *fault, struct view_out *out)
{
    const struct selection *selection = NULL;
    struct held_view *held = NULL;
    struct names names = { .self = fixture, .get = get_arg };
    if (!endpoint)
        return fault_set(fault, ERR_NOT_FOUND, "no endpoint is named %s", fixture->endpoint);
    enum err err = OK;
    if (endpoint->entity && fields)
        err = selection_parse(endpoint->entity, span_of(fields), arena, fault, &selection);
    else if (endpoint->entity)
        selection = selection_whole(endpoint->entity, arena);
    if (!err)
        err = views_hold(check->views, check->platform, endpoint, selection, fault, &held);
    if (err)
        return err;
    struct view_in in = { .status = fixture->status,
                          .headers = fixture->headers,
                          .n_headers = fixture->n_headers,
                          .body = fixture->body,
                          .store = SPAN("s"),
                          .names = &names,
                          .phones = check->phones,
                          .arena = arena,
                          .partial = true };
    *out = (struct view_out){ .data = out->data, .problems = out->problems };
    err = view_read(held->view, &in, fault, out);
    views_drop(check->views, held);
    return err;
}

/* ---- goldens ---------------------------------------------------------------------------------------------------- */

/* What depends on the reading and not on the shop. */
static void drop_volatile(json_t *record)
{
    static const char *const names[] = { "gid", "store", "observed_at", "unsupported", "incomplete" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        json_object_del(record, names[i]);
}

static json_t *parse_records(const struct buf *data, bool is_list)
{
    struct buf text;
    size_t i;
    json_t *record;
    buf_init(&text, data->n + 16);
    buf_char(&text, '[');
    buf_span(&text, buf_peek(data));
    buf_char(&text, ']');
    json_t *list = json_loadb(text.p, text.n, 0, NULL);
    buf_release(&text);
    json_array_foreach(list, i, record) drop_volatile(record);
    if (is_list)
        return list;
    json_t *one = json_incref(json_array_get(list, 0));
    json_decref(list);
    return one;
}

/* {"data": ...}, or {"total": 71} of a count. */
static void compare_golden(struct check *check, const struct fixture *fixture, const struct view_out *out)
{
    json_t *expected = json_object_get(fixture->golden, "data");
    const json_t *total = json_object_get(fixture->golden, "total");
    json_t *found = expected ? parse_records(out->data, json_is_array(expected)) : NULL;
    bool counted = !total || (out->has_total && out->total == json_integer_value(total));
    if (counted && (!expected || json_equal(expected, found)))
        check->goldens++;
    else
        complain(check, "differs from its golden", fixture->name);
    json_decref(found);
}

static const char *verdict_name(enum cw_verdict verdict)
{
    static const char *const names[] = { "",       "ok",      "empty",   "retry",  "slow_down",
                                         "reauth", "give_up", "unknown", "smaller" };
    return names[verdict];
}

static void compare_expected(struct check *check, const struct fixture *fixture, const struct view_out *out)
{
    const char *verdict = json_string_value(json_object_get(fixture->expect, "verdict"));
    const char *code = json_string_value(json_object_get(fixture->expect, "code"));
    const json_t *problems = json_object_get(fixture->expect, "problems");
    if (verdict && strcmp(verdict, verdict_name(out->verdict)) != 0)
        complain(check, "another verdict than expected", fixture->name);
    if (code && (!out->error || !out->error->code || strcmp(code, out->error->code) != 0))
        complain(check, "another code than expected", fixture->name);
    if (problems ? json_integer_value(problems) != (json_int_t)out->n_problems : out->n_problems > 0)
        complain(check, "another number of problems than expected", fixture->name);
}

/* ---- what was reached ---------------------------------------------------------------------------------------------
 */

static void reach_rows(struct check *check, const struct cw_field *rows, const json_t *record);

static bool is_text(const json_t *value, const char *text)
{
    if (json_is_boolean(value))
        return strcmp(text, json_is_true(value) ? "true" : "false") == 0;
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* Their word is beside ours where the model keeps it: a text, or an object with an id.  Else our value must do. */
static void reach_value(struct check *check, const struct cw_field *row, const json_t *value, const json_t *raw)
{
    const char *word = json_string_value(json_is_object(raw) ? json_object_get(raw, "id") : raw);
    reach(check, row);
    for (const struct cw_case *c = row->cases; c && c->value; c++) {
        bool literal = word && strcasecmp(word, c->when) == 0;
        bool derived = (!word || strcmp(c->when, "*") == 0) && is_text(value, c->value);
        if (literal || derived)
            reach(check, c);
    }
}

/* The value at one of our paths; lists on the way are looked at element by element. */
static void reach_path(struct check *check, const struct cw_field *row, const char *path, const json_t *at)
{
    size_t n = strcspn(path, "."), i;
    json_t *element;
    if (json_is_array(at)) {
        json_array_foreach((json_t *)at, i, element) reach_path(check, row, path, element);
        return;
    }
    const json_t *value = json_object_getn(at, path, n);
    if (!value || json_is_null(value))
        return;
    if (path[n] == '.') {
        reach_path(check, row, path + n + 1, value);
        return;
    }
    char raw[128];
    snprintf(raw, sizeof(raw), "%.*s_raw", (int)n, path);
    reach_value(check, row, value, json_object_get(at, raw));
    if (!row->sub)
        return;
    if (json_object_get(value, "shop") || json_object_get(value, "minor")) { /* money was made of all its rows */
        for (const struct cw_field *part = row->sub; part->ours; part++)
            reach(check, part);
        return;
    }
    if (!json_is_array(value))
        reach_rows(check, row->sub, value);
    json_array_foreach((json_t *)value, i, element) reach_rows(check, row->sub, element);
}

/* A sub-record's own currency is seen in its money alone. */
static bool has_money(const json_t *record)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)record, name, value)
    {
        const json_t *money = json_object_get(value, "shop") ? json_object_get(value, "shop") : value;
        if (json_object_get(money, "currency"))
            return true;
    }
    return false;
}

static void reach_rows(struct check *check, const struct cw_field *rows, const json_t *record)
{
    for (const struct cw_field *row = rows; row && row->ours; row++) {
        reach_path(check, row, row->ours, record);
        if (strcmp(row->ours, "currency") == 0 && !json_object_get(record, "currency") && has_money(record))
            reach(check, row);
    }
}

static const struct cw_field *rows_of(const struct check *check, const struct endpoint *endpoint)
{
    if (endpoint->row->out)
        return endpoint->row->out;
    for (const struct cw_record *record = check->platform->table->records; record && record->name; record++) {
        if (endpoint->entity && model_entity(record->name) == endpoint->entity)
            return record->fields;
    }
    return NULL;
}

static void note_reached(struct check *check, const struct fixture *fixture, const struct view_out *out)
{
    const struct endpoint *endpoint = platform_endpoint(check->platform, fixture->endpoint);
    size_t i;
    json_t *record;
    reach(check, endpoint->row);
    reach(check, out->error);
    reach(check, out->state);
    json_t *records = parse_records(out->data, true);
    json_array_foreach(records, i, record) reach_rows(check, rows_of(check, endpoint), record);
    json_decref(records);
    for (size_t k = 0; k < out->n_rows * endpoint->n_extra; k++) {
        if (!value_is_some(&out->extra[k]))
            continue;
        for (const struct cw_field *row = endpoint->row->out; row && row->ours; row++)
            reach(check, row);
    }
}

static void judge_row(struct check *check, const void *row, const char *unseen, const char *kind, const char *name)
{
    char subject[200];
    snprintf(subject, sizeof(subject), "%s %s", kind, name);
    bool reached = was_reached(check, row);
    check->unseen += !reached && unseen;
    if (!reached && !unseen)
        complain(check, "no fixture reaches it, and it gives no reason in `unseen`", subject);
    if (reached && unseen)
        complain(check, "a fixture reaches it: take its `unseen` away", subject);
}

enum { DEPTH_MAX = 8 };

static void judge_fields(struct check *check, const struct cw_field *rows, const char *prefix, int depth)
{
    for (const struct cw_field *row = rows; row && row->ours && depth < DEPTH_MAX; row++) {
        char name[300];
        snprintf(name, sizeof(name), "%s.%s", prefix, row->ours);
        if (row->theirs && row->theirs[0] == '@' && !row->sub)
            continue; /* what a follow-up fills is that endpoint's */
        judge_row(check, row, row->unseen, "field", name);
        if (row->unseen)
            continue;
        for (const struct cw_case *c = row->cases; c && c->value; c++) {
            char one[400];
            snprintf(one, sizeof(one), "%s: %s", name, c->when);
            judge_row(check, c, c->unseen, "case", one);
        }
        judge_fields(check, row->sub, name, depth + 1);
    }
}

/* What the words of a status feed mean. */
static void judge_states(struct check *check)
{
    const struct endpoint *feed = check->platform->feed.endpoint;
    for (const struct cw_field *row = feed ? feed->row->out : NULL; row && row->ours; row++) {
        for (const struct cw_case *c = row->cases; c && c->when; c++)
            judge_row(check, c, c->unseen, "state", c->when);
    }
}

static void judge_tables(struct check *check)
{
    const struct cw_adapter *table = check->platform->table;
    for (const struct cw_record *record = table->records; record && record->name; record++)
        judge_fields(check, record->fields, record->name, 0);
    for (const struct cw_endpoint *row = table->endpoints; row && row->name; row++)
        judge_row(check, row, row->unseen, "endpoint", row->name);
    judge_states(check);
    for (const struct cw_error *row = table->errors; row && row->when; row++)
        judge_row(check, row, row->unseen, "error", row->when);
    for (size_t i = 0; i < check->platform->n_steps; i++) {
        const struct cw_plan *row = check->platform->steps[i].row;
        if (row->role == CW_PROBE)
            judge_row(check, row, row->unseen, "probe", row->name);
    }
}

/* ---- the child
 * -------------------------------------------------------------------------------------------------------- */

static const struct step *probe_named(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->platform->n_steps; i++) {
        const struct step *step = &check->platform->steps[i];
        if (step->row->role == CW_PROBE && strcmp(step->row->name, name) == 0)
            return step;
    }
    return NULL;
}

/* Would the plan row find in this answer what the write made? */
static void replay_probe(struct check *check, const struct fixture *fixture, struct arena *arena)
{
    const struct step *step = probe_named(check, fixture->probe);
    struct buf data, problems;
    struct fault fault = { 0 };
    struct view_out out = { .data = &data, .problems = &problems };
    if (!step || strcmp(step->call->row->name, fixture->endpoint) != 0) {
        complain(check, "probe: no plan row of this name asks this endpoint", fixture->name);
        return;
    }
    buf_init(&data, 256 << 20);
    buf_init(&problems, 16 << 20);
    if (read_fixture(check, fixture, step->call, "", arena, &fault, &out))
        complain(check, fault.text, fixture->name);
    else if (out.n_done != 1)
        complain(check, "probe: expected one record of which `done` holds, found none or several", fixture->name);
    else
        reach(check, step->row);
    buf_release(&data);
    buf_release(&problems);
}

static void replay(struct check *check, const struct fixture *fixture)
{
    struct arena arena;
    struct buf data, problems;
    struct fault fault = { 0 };
    struct view_out out = { .data = &data, .problems = &problems };
    const struct endpoint *endpoint = platform_endpoint(check->platform, fixture->endpoint);
    arena_init(&arena);
    buf_init(&data, 256 << 20);
    buf_init(&problems, 16 << 20);
    enum err err = read_fixture(check, fixture, endpoint, fixture->fields, &arena, &fault, &out);
    if (err)
        complain(check, fault.text, fixture->name);
    if (fixture->write) {
        struct fault made = { 0 };
        if (replay_request(check->platform, fixture, &arena, &made))
            complain(check, made.text, fixture->name);
        else
            check->writes++;
    }
    if (!err && fixture->golden)
        compare_golden(check, fixture, &out);
    if (!err)
        compare_expected(check, fixture, &out);
    buf_clear(&data);
    buf_clear(&problems);
    if (!err && !read_fixture(check, fixture, endpoint, NULL, &arena, &fault, &out))
        note_reached(check, fixture, &out);
    if (fixture->probe)
        replay_probe(check, fixture, &arena);
    buf_release(&data);
    buf_release(&problems);
    arena_release(&arena);
}

static void compile_view(struct check *check, const struct endpoint *endpoint, const char *name)
{
    struct fault fault = { 0 };
    struct held_view *held = NULL;
    if (views_hold(check->views, check->platform, endpoint, NULL, &fault, &held))
        complain(check, fault.text, name);
    views_drop(check->views, held);
}

static void compile_views(struct check *check)
{
    const struct platform *platform = check->platform;
    for (size_t i = 0; i < platform->n_endpoints; i++)
        compile_view(check, &platform->endpoints[i], platform->endpoints[i].row->name);
    for (size_t i = 0; i < platform->n_steps; i++) {
        if (platform->steps[i].row->role == CW_PROBE) /* it reads by an endpoint of its own */
            compile_view(check, platform->steps[i].call, platform->steps[i].row->name);
    }
}

static int run_child(const char *file, const char *folder)
{
    struct check *check = mem_zalloc(sizeof(*check));
    struct fault fault = { 0 };
    enum err err = plugin_load(file, NULL, &fault, &check->platform);
    if (!err && folder)
        err = fixtures_load(folder, &fault, &check->fixtures);
    if (err) {
        printf("%s\n", fault.text);
        platform_free(check->platform);
        free(check);
        return EXIT_REFUSED;
    }
    check->views = views_new(0);
    check->phones = phones_new(256, 0);
    compile_views(check);
    for (size_t i = 0; i < check->fixtures.n; i++)
        replay(check, &check->fixtures.list[i]);
    if (folder)
        judge_tables(check);
    printf("%s: %zu fixtures, %u goldens equal, %u requests equal, %zu rows reached, %u unseen by their own word: %s\n",
           file, check->fixtures.n, check->goldens, check->writes, check->n_reached, check->unseen,
           check->complaints ? "NOT ok" : "ok");
    int status = check->complaints ? 1 : 0;
    views_free(check->views);
    phones_free(check->phones);
    fixtures_release(&check->fixtures);
    platform_free(check->platform);
    free(check);
    return status;
}

/* The child says over a pipe that it came to its end: a plug-in that calls exit() is no good one. */
static void child_main(const char *file, const char *folder, int done)
{
    const char end = 'e';
    int status = run_child(file, folder);
    fflush(stdout);
    _exit(write(done, &end, 1) == 1 ? status : EXIT_CRASHED);
}

static int judge_child(const char *file, int state, bool came_to_its_end)
{
    if (WIFSIGNALED(state)) {
        printf("%s: crashed with signal %d (%s)\n", file, WTERMSIG(state), strsignal(WTERMSIG(state)));
        return EXIT_CRASHED;
    }
    if (!came_to_its_end) {
        printf("%s: crashed: it ended before the check did, with exit code %d\n", file, WEXITSTATUS(state));
        return EXIT_CRASHED;
    }
    return WEXITSTATUS(state);
}

int adapter_check_main(int argc, char **argv, char **environment)
{
    const char *folder = argc == 3 && strcmp(argv[1], "--fixtures") == 0 ? argv[2] : NULL;
    int state = 0, ends[2] = { -1, -1 };
    char end;
    (void)environment;
    if (argc != 1 && !folder) {
        fprintf(stderr, "cartway adapter check: expected FILE.so and perhaps --fixtures FOLDER\n");
        return EXIT_USAGE;
    }
    fflush(stdout);
    pid_t child = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (child == 0)
        child_main(argv[0], folder, ends[1]);
    close(ends[1]);
    bool came_to_its_end = child > 0 && read(ends[0], &end, 1) == 1;
    close(ends[0]);
    if (child < 0 || waitpid(child, &state, 0) != child) {
        fprintf(stderr, "cartway adapter check: no child process\n");
        return EXIT_CRASHED;
    }
    return judge_child(argv[0], state, came_to_its_end);
}
