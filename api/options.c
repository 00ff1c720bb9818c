/*
 * options.c - every setting of the gateway, in one table.
 *
 * A row says name, type, default, bounds and help; options_read walks defaults, file, environment and flags
 * through the same setter, so a value means the same wherever it stands.
 */
#include "api/options.h"

#include "core/base/arena.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct options, member)
/* clang-format off */
const struct option_row option_rows[] = {
    { "config",          OPTION_TEXT,  AT(config),          "",               0, 0,          "JSON file with options; names as here." },
    { "data",            OPTION_TEXT,  AT(data),            "data",           0, 0,          "Folder of the database; made by `cartway init`." },
    { "master-key",      OPTION_TEXT,  AT(master_key),      "",               0, 0,          "The master key: a file of mode 0600, env:NAME or cmd:COMMAND; empty: DATA/master.key." },
    { "master-key-next", OPTION_TEXT,  AT(master_key_next), "",               0, 0,          "The one that follows it: credentials are sealed anew under it; empty: MASTER-KEY.next, if there is such a file." },
    { "plugins",         OPTION_TEXT,  AT(plugins),         "plugins.d",      0, 0,          "Folder that says which adapters are enabled." },
    { "listen",          OPTION_TEXT,  AT(listen),          "127.0.0.1:8080", 0, 0,          "Address of the API." },
    { "admin-listen",    OPTION_TEXT,  AT(admin_listen),    "127.0.0.1:8081", 0, 0,          "Address of the admin API." },
    { "public-url",      OPTION_TEXT,  AT(public_url),      "",               0, 0,          "Address under which people and shops reach the API, for connecting stores by a link: https, or http on this machine." },
    { "return-origins",  OPTION_TEXT,  AT(return_origins),  "",               0, 0,          "Where a return_url may lead: origins with commas between, https://app.example." },
    { "log-level",       OPTION_TEXT,  AT(log_level),       "info",           0, 0,          "debug, info, warn or error." },
    { "log-file",        OPTION_TEXT,  AT(log_file),        "",               0, 0,          "File for the log; empty: standard error." },
    { "ca-file",         OPTION_TEXT,  AT(ca_file),         "",               0, 0,          "Certificates to trust for shops; empty: the system's." },
    { "notify-url",      OPTION_TEXT,  AT(notify_url),      "",               0, 0,          "Where alerts about credentials are sent (POST, JSON): https, or http to this machine; empty: nowhere." },
    { "notify-secret",   OPTION_TEXT,  AT(notify_secret),   "",               0, 0,          "What signs them (Standard Webhooks: whsec_...): a file of mode 0600, env:NAME or cmd:COMMAND; empty: nothing." },
    { "max-connections", OPTION_COUNT, AT(max_connections), "10000",          10, 1000000,   "Connections of clients at most." },
    { "max-parked",      OPTION_COUNT, AT(max_parked),      "2000",           1, 100000,     "Requests that may wait for shops at once." },
    { "max-parts",       OPTION_COUNT, AT(max_parts),       "10000",          100, 1000000,  "Requests and their parts (changes of a batch, stores of a read) under way at once; beyond, batches are refused (503)." },
    { "max-body",        OPTION_SIZE,  AT(max_body),        "1M",             1024, 1 << 28, "Largest request body." },
    { "max-answer",      OPTION_SIZE,  AT(max_answer),      "8M",             1024, 1 << 30, "Largest answer of a shop." },
    { "heavy-bytes",     OPTION_SIZE,  AT(heavy_bytes),     "256k",           1024, 1 << 30, "Answers over this are read on a worker thread." },
    { "heavy-threads",   OPTION_COUNT, AT(heavy_threads),   "1",              1, 64,         "Worker threads for large answers." },
    { "max-queue-lane",  OPTION_COUNT, AT(max_queue_lane),  "1000",           1, 1000000,    "Attempts that may wait for one shop." },
    { "max-queue-all",   OPTION_COUNT, AT(max_queue_all),   "10000",          1, 10000000,   "Attempts that may wait in all." },
    { "request-ms",      OPTION_MS,    AT(request_ms),      "10000",          100, 600000,   "A client must have sent its request within this time." },
    { "idle-ms",         OPTION_MS,    AT(idle_ms),         "75000",          100, 3600000,  "A connection without a request is closed after this." },
    { "connect-ms",      OPTION_MS,    AT(connect_ms),      "5000",           1, 60000,      "Time to reach a shop." },
    { "attempt-ms",      OPTION_MS,    AT(attempt_ms),      "20000",          1, 600000,     "Time for one exchange with a shop." },
    { "call-ms",         OPTION_MS,    AT(call_ms),         "30000",          1, 600000,     "Deadline of a call that names none (Cartway-Timeout)." },
    { "call-max-ms",     OPTION_MS,    AT(call_max_ms),     "120000",         1, 3600000,    "Longest deadline that a call may name." },
    { "unknown-ms",      OPTION_MS,    AT(unknown_ms),      "1000",           0, 60000,      "After a start, limits count as spent for this long." },
    { "cache-bytes",     OPTION_SIZE,  AT(cache_bytes),     "32M",            0, INT64_C(1) << 34, "Memory for answers of shops that may serve again; 0: none are kept." },
    { "page-default",    OPTION_COUNT, AT(page_default),    "50",             1, 1000,       "Records of a list without limit=." },
    { "page-max",        OPTION_COUNT, AT(page_max),        "250",            1, 1000,       "Largest limit=." },
    { "app-per-minute",  OPTION_COUNT, AT(app_per_minute),  "0",              0, 1000000000, "Requests a minute of an app where its quota and its tier say \"default\"; 0: no bound." },
    { "app-per-hour",    OPTION_COUNT, AT(app_per_hour),    "0",              0, 1000000000, "The same for an hour." },
    { "probe-requests",  OPTION_COUNT, AT(probe_requests),  "0",              0, 10000,      "Requests that a probe of a store's limits may send at most; 0: no probe is allowed." },
    { "probe-seconds",   OPTION_COUNT, AT(probe_seconds),   "60",             1, 600,        "Seconds that it may take at most." },
    { "status-feeds",    OPTION_COUNT, AT(status_feeds),    "1",              0, 1,          "1: platforms' public status pages are looked at, and calls wait while one tells of an outage; 0: none is." },
    { "refresh-ms",      OPTION_MS,    AT(refresh_ms),      "20000",          1, 60000,      "Time for one exchange of a token." },
    { "refresh-spread",  OPTION_MS,    AT(refresh_spread_ms), "600000",       1, 86400000,   "Milliseconds over which refreshes are spread that would come together; at most a sixth of the token's life." },
};
/* clang-format on */
const size_t option_rows_n = sizeof(option_rows) / sizeof(option_rows[0]);

/* ---- one value -------------------------------------------------------------------------------------------- */

static enum err parse_number(const struct option_row *row, const char *text, struct fault *fault, int64_t *out)
{
    static const struct {
        char letter;
        int shift;
    } units[] = { { 'k', 10 }, { 'M', 20 }, { 'G', 30 } };
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool ok = isdigit((unsigned char)text[0]) && errno == 0;
    for (size_t i = 0; i < 3 && ok && row->type == OPTION_SIZE; i++) {
        if (*end == units[i].letter && value <= (LLONG_MAX >> units[i].shift)) {
            value <<= units[i].shift;
            end++;
            break;
        }
    }
    if (!ok || *end != '\0' || value < row->least || value > row->most)
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "option %s: expected a number from %lld to %lld%s, found \"%.60s\"", row->name,
                         (long long)row->least, (long long)row->most,
                         row->type == OPTION_SIZE ? " (k, M and G may follow)" : "", text);
    *out = value;
    return OK;
}

static enum err set(struct options *options, const struct option_row *row, const char *text, struct fault *fault)
{
    char *place = (char *)options + row->at;
    if (row->type == OPTION_TEXT) {
        const char *kept = arena_dup(&options->texts, span_of(text));
        memcpy(place, &kept, sizeof(kept));
        return OK;
    }
    int64_t value = 0;
    enum err err = parse_number(row, text, fault, &value);
    if (!err)
        memcpy(place, &value, sizeof(value));
    return err;
}

static const struct option_row *find(struct span name)
{
    for (size_t i = 0; i < option_rows_n; i++) {
        if (span_is(name, option_rows[i].name))
            return &option_rows[i];
    }
    return NULL;
}

/* ---- where values come from ----------------------------------------------------------------------------------- */

static enum err set_defaults(struct options *options, struct fault *fault)
{
    enum err err = OK;
    for (size_t i = 0; i < option_rows_n && !err; i++)
        err = set(options, &option_rows[i], option_rows[i].value, fault);
    return err;
}

static enum err set_member(struct options *options, const char *path, const char *name, const json_t *value,
                           struct fault *fault)
{
    const struct option_row *row = find(span_of(name));
    if (!row)
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: there is no option \"%.60s\" (see cartway --help)", path,
                         name);
    if (json_is_string(value))
        return set(options, row, json_string_value(value), fault);
    if (!json_is_integer(value))
        return fault_set(fault, ERR_INVALID_REQUEST, "%s: option %s: expected a text or a whole number", path, name);
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    return set(options, row, text, fault);
}

static enum err read_file(struct options *options, const char *path, struct fault *fault)
{
    json_error_t error;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!file)
        return fault_set(fault, ERR_INVALID_REQUEST, "configuration %s: line %d, column %d: %.120s", path, error.line,
                         error.column, error.text);
    enum err err =
        json_is_object(file) ? OK : fault_set(fault, ERR_INVALID_REQUEST, "configuration %s: expected an object", path);
    const char *name;
    json_t *value;
    json_object_foreach(file, name, value)
    {
        if (!err)
            err = set_member(options, path, name, value, fault);
    }
    json_decref(file);
    return err;
}

/* CARTWAY_MAX_BODY=1M is max-body. */
static enum err read_environment(struct options *options, char **environment, struct fault *fault)
{
    static const char prefix[] = "CARTWAY_";
    for (char **at = environment; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (strncmp(*at, prefix, sizeof(prefix) - 1) != 0 || !equals)
            continue;
        char name[64];
        size_t n = 0;
        for (const char *c = *at + sizeof(prefix) - 1; c < equals && n + 1 < sizeof(name); c++)
            name[n++] = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
        const struct option_row *row = find((struct span){ name, n });
        enum err err = row ? set(options, row, equals + 1, fault) : OK;
        if (err)
            return err;
    }
    return OK;
}

static enum err read_flags(struct options *options, int argc, char **argv, struct fault *fault)
{
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0)
            return fault_set(fault, ERR_INVALID_REQUEST, "expected an option such as --listen, found \"%.60s\"",
                             argv[i]);
        const char *equals = strchr(argv[i], '=');
        struct span name = { argv[i] + 2, equals ? (size_t)(equals - argv[i]) - 2 : strlen(argv[i]) - 2 };
        const struct option_row *row = find(name);
        if (!row)
            return fault_set(fault, ERR_INVALID_REQUEST, "there is no option --%.*s (see cartway --help)",
                             SPAN_ARG(name));
        if (!equals && i + 1 == argc)
            return fault_set(fault, ERR_INVALID_REQUEST, "--%s needs a value", row->name);
        enum err err = set(options, row, equals ? equals + 1 : argv[++i], fault);
        if (err)
            return err;
    }
    return OK;
}

/* Where the file is, if one is named. */
static enum err find_file(int argc, char **argv, char **environment, struct fault *fault, struct options *first)
{
    enum err err = set_defaults(first, fault);
    if (!err)
        err = read_environment(first, environment, fault);
    return err ? err : read_flags(first, argc, argv, fault);
}

static void default_key(struct options *options)
{
    if (!options->master_key[0])
        options->master_key = arena_printf(&options->texts, "%s/master.key", options->data);
}

enum err options_read(struct options *options, int argc, char **argv, char **environment, struct fault *fault)
{
    struct options first = { 0 }, all = { 0 };
    arena_init(&first.texts);
    arena_init(&all.texts);
    enum err err = find_file(argc, argv, environment, fault, &first);
    if (!err)
        err = set_defaults(&all, fault);
    if (!err && first.config[0])
        err = read_file(&all, first.config, fault);
    if (!err)
        err = read_environment(&all, environment, fault);
    if (!err)
        err = read_flags(&all, argc, argv, fault);
    options_release(&first);
    if (err) {
        options_release(&all);
        return err;
    }
    default_key(&all);
    *options = all;
    return OK;
}

void options_release(struct options *options)
{
    arena_release(&options->texts);
}

/* ---- help ---------------------------------------------------------------------------------------------------------
 */

void options_help(struct buf *out)
{
    for (size_t i = 0; i < option_rows_n; i++)
        buf_printf(out, "  --%-16s %s [%s]\n", option_rows[i].name, option_rows[i].help, option_rows[i].value);
}

void options_markdown(struct buf *out)
{
    buf_lit(out, "| option | environment | default | what |\n|---|---|---|---|\n");
    for (size_t i = 0; i < option_rows_n; i++) {
        const struct option_row *row = &option_rows[i];
        buf_printf(out, "| `--%s` | `CARTWAY_", row->name);
        for (const char *c = row->name; *c; c++)
            buf_char(out, *c == '-' ? '_' : (char)toupper((unsigned char)*c));
        buf_printf(out, "` | %s%s%s | %s |\n", row->value[0] ? "`" : "", row->value, row->value[0] ? "`" : "",
                   row->help);
    }
}
