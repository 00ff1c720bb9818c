/*
 * main.c - shopsim: a shop that speaks a platform's dialect, keeps count, and misbehaves on request.
 *
 * It is the sandbox of script/run and the adversary of the flow tests; README.md in this folder says how to
 * use it.  The command line is one table: name, what follows, where it goes, help.
 *
 *     $ shopsim --port 9200 --orders 500 --limit 10/5
 *     shopsim: medusa on http://127.0.0.1:9200 key sk_shopsim
 */
#include "tests/authsim/authsim.h"
#include "tests/shopsim/control.h"
#include "tests/shopsim/sim.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
    OPTION_INT,
    OPTION_SEED,
    OPTION_COUNT,
    OPTION_TEXT,
    OPTION_FLAG,
    OPTION_LIMIT,
    OPTION_WINDOW,
    OPTION_U32
};

struct option_row {
    const char *name, *takes;
    enum option_kind kind;
    size_t at;
    int64_t most;
    const char *help;
};

#define AT(member) offsetof(struct options, member)
/* clang-format off */
static const struct option_row rows[] = {
    { "--port", "N", OPTION_INT, AT(port), 65535, "port on 127.0.0.1; 0 (the default) takes a free one and prints it" },
    { "--seed", "N", OPTION_SEED, AT(seed), INT64_MAX, "the same seed gives the same shop and the same chances (1)" },
    { "--products", "N", OPTION_COUNT, AT(products), 100000, "how many products (120)" },
    { "--orders", "N", OPTION_COUNT, AT(orders), 100000, "how many orders (60)" },
    { "--dialect", "NAME", OPTION_TEXT, AT(dialect), 0, "medusa (the default), shopify or woocommerce" },
    { "--key", "KEY", OPTION_TEXT, AT(key), 0, "the credential that is good (sk_shopsim, shpat_shopsim[:scope,...], ck_shopsim:cs_shopsim)" },
    { "--limit", "RATE/BURST", OPTION_LIMIT, AT(limits), 0, "token bucket: RATE requests a second, BURST at once; else 429" },
    { "--points", "RATE/SIZE", OPTION_LIMIT, AT(points), 0, "shopify: points won back a second, and most of them (100/2000)" },
    { "--dear", "N", OPTION_COUNT, AT(dear), 100, "shopify: everything costs so many times as much (1)" },
    { "--ceiling", "N", OPTION_COUNT, AT(ceiling), 1000000, "shopify: how many records a list's pages reach (25000)" },
    { "--version", "V[:TYPE.FIELD,...]", OPTION_TEXT, AT(version), 0, "shopify: the version that answers whatever is asked for, and what it no longer has" },
    { "--documents", "FILE", OPTION_TEXT, AT(documents), 0, "shopify: each request is added to it, a line each: {\"query\", \"variables\"}" },
    { "--window", "COUNT/SECONDS", OPTION_WINDOW, AT(limits), 0, "at most COUNT requests in any SECONDS; else 429" },
    { "--concurrent", "N", OPTION_U32, AT(limits.concurrent), 1000, "at most N requests at once; else 429" },
    { "--retry-after", NULL, OPTION_FLAG, AT(limits.has_retry_after), 0, "429 says Retry-After in seconds" },
    { "--faults", "FILE", OPTION_TEXT, AT(faults_file), 0, "a script of faults (JSON; see README.md)" },
    { "--latency", "MS", OPTION_COUNT, AT(latency_ms), 600000, "every answer comes so many milliseconds late" },
    { "--idle", "MS", OPTION_COUNT, AT(idle_ms), 86400000, "closes a connection that was idle so long (5000)" },
    { "--auth", "PROVIDER", OPTION_TEXT, AT(auth), 0, "in place of a dialect: the authorization server of PROVIDER, and one call that it guards" },
    { "--client", "ID:SECRET", OPTION_TEXT, AT(client), 0, "the app that an authorization server knows (app-1:secret-of-app-1)" },
    { "--redirect", "URL", OPTION_TEXT, AT(redirect), 0, "where it sends browsers to, and nowhere else (wherever they say)" },
    { "--refresh-limit", "RATE/BURST", OPTION_LIMIT, AT(refresh_limits), 0, "so many refreshes, all its shops together: RATE a second, BURST at once; else 429" },
    { "--scale", "N", OPTION_COUNT, AT(scale), 100000, "its spans of time are N times shorter (1)" },
    { "--stores", "N", OPTION_COUNT, AT(stores), STORES_MAX, "so many stores, each at an address of its own (1)" },
    { "--cold", NULL, OPTION_FLAG, AT(is_cold), 0, "closes the connection after each answer" },
    { "--chunked", NULL, OPTION_FLAG, AT(is_chunked), 0, "answers in chunks instead of with Content-Length" },
    { "--quiet", NULL, OPTION_FLAG, AT(is_quiet), 0, "no line a request on stderr" },
    { "--with-parent", NULL, OPTION_FLAG, AT(has_parent), 0, "ends when its standard input ends" },
};
/* clang-format on */

static const struct {
    const char *name, *help;
} auth_faults[] = {
#define X(name, help) { #name, help },
    AUTHSIM_FAULTS(X)
#undef X
};

static void print_fault(const struct fault_row *row)
{
    static const char *const own[] = { "fields", "retry_after", "ms", "bytes", "status" };
    char members[64] = "";
    for (size_t i = 0, n = 0; i < sizeof own / sizeof own[0]; i++)
        if (fault_takes(row, own[i]))
            n += (size_t)snprintf(members + n, sizeof members - n, "%s%s", n ? "," : "", own[i]);
    printf("  %-20s %-18s %s\n", row->name, members[0] ? members : "-", row->help);
}

static void print_help(void)
{
    puts("usage: shopsim [OPTION...]\n\nA shop in each platform's dialect, on loopback, with invented data.\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        printf("  %-16s %-18s %s\n", rows[i].name, rows[i].takes ? rows[i].takes : "", rows[i].help);
    puts("\nPROVIDER is one of:\n");
    for (size_t i = 0; authsim_provider(i); i++)
        printf("  %s\n", authsim_provider(i));
    puts("\nA rule of a script of faults says:\n");
    for (size_t i = 0; i < member_row_count; i++)
        printf("  %-20s %s\n", member_rows[i].name, member_rows[i].help);
    puts("\nFaults, for a script or for one request in its header x-sim-fault, and what a rule may say of them:\n");
    for (size_t i = 0; i < fault_row_count; i++)
        print_fault(&fault_rows[i]);
    puts("\nFaults of an authorization server:\n");
    for (size_t i = 0; i < sizeof auth_faults / sizeof auth_faults[0]; i++)
        printf("  %-20s %s\n", auth_faults[i].name, auth_faults[i].help);
    puts("\nThe desk:\n");
    const char *method, *path;
    for (size_t i = 0; control_desk(i, &method, &path); i++)
        printf("  %-6s %s\n", method, path);
}

static bool read_int(const char *text, int64_t most, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end || number < 0 || number > most)
        return false;
    *value = number;
    return true;
}

/* "10/5": two positive numbers. */
static bool read_pair(const char *text, double *first, double *second)
{
    char *end = NULL;
    *first = strtod(text, &end);
    if (end == text || *end != '/')
        return false;
    const char *rest = end + 1;
    *second = strtod(rest, &end);
    return end != rest && *end == '\0' && *first > 0 && *second > 0 && *first < 1e6 && *second < 1e6;
}

static bool set_number(struct options *options, const struct option_row *row, const char *text)
{
    int64_t number;
    if (!read_int(text, row->most, &number))
        return false;
    char *to = (char *)options + row->at;
    if (row->kind == OPTION_INT)
        *(int *)to = (int)number;
    else if (row->kind == OPTION_U32)
        *(uint32_t *)to = (uint32_t)number;
    else
        *(int64_t *)to = number;
    return true;
}

static bool set_option(struct options *options, const struct option_row *row, const char *text)
{
    double first, second;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)((char *)options + row->at) = true;
        return true;
    case OPTION_TEXT:
        *(const char **)((char *)options + row->at) = text;
        return *text != '\0';
    case OPTION_LIMIT:
        if (!read_pair(text, &first, &second) || second < 1)
            return false;
        ((struct limits *)((char *)options + row->at))->rate = first;
        ((struct limits *)((char *)options + row->at))->burst = second;
        return true;
    case OPTION_WINDOW:
        if (!read_pair(text, &first, &second) || first < 1)
            return false;
        options->limits.window = (uint32_t)first;
        options->limits.window_us = (int64_t)(second * 1e6);
        return true;
    default:
        return set_number(options, row, text);
    }
}

static const struct option_row *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const struct option_row *row = find_row(argv[i]);
        if (!row) {
            fprintf(stderr, "shopsim: %s: no such option (--help lists them)\n", argv[i]);
            return false;
        }
        const char *text = row->takes ? argv[++i] : "";
        if (!text || !set_option(options, row, text)) {
            fprintf(stderr, "shopsim: %s expects %s\n", row->name, row->takes);
            return false;
        }
    }
    return true;
}

static bool provider_is_known(const char *name)
{
    const char *known;
    for (size_t i = 0; (known = authsim_provider(i)); i++)
        if (strcmp(known, name) == 0)
            return true;
    fprintf(stderr, "shopsim: %s: no such provider, expected one of", name);
    for (size_t i = 0; (known = authsim_provider(i)); i++)
        fprintf(stderr, " %s", known);
    fputs("\n", stderr);
    return false;
}

static bool dialect_is_known(const char *name)
{
    if (dialect_find(name))
        return true;
    fprintf(stderr, "shopsim: %s: no such dialect\n", name);
    return false;
}

/* Each store has its own seed, limiter, script and log. */
static int serve(const struct options *options)
{
    size_t n = options->stores > 1 ? (size_t)options->stores : 1;
    struct options *each = sim_alloc(n, sizeof *each);
    struct sim *sims = sim_alloc(n, sizeof *sims);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        each[i] = *options;
        each[i].seed += i;
        each[i].stores = (int64_t)n;
        sim_init(&sims[i], &each[i], clock_us());
        good = good && (!options->faults_file || sim_load_faults(&sims[i], options->faults_file));
    }
    int status = good ? net_serve(sims, n) : 2;
    for (size_t i = 0; i < n; i++)
        sim_release(&sims[i]);
    free(sims);
    free(each);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        return 0;
    }
    struct options options = {
        .seed = 1, .products = 120, .orders = 60, .idle_ms = 5000, .stores = 1, .dialect = "medusa"
    };
    if (!read_options(argc, argv, &options) || !dialect_is_known(options.dialect))
        return 2;
    if (options.auth && !provider_is_known(options.auth))
        return 2;
    if (options.auth)
        options.dialect = "auth";
    return serve(&options);
}
