/*
 * serve.c - the real world around a gateway: loop, libcurl, threads, database, libmicrohttpd.
 *
 *     options -> log -> registry -> database -> vault -> loop, http, exec -> gateway -> server -> run
 *
 * Each step of the start is a row of `steps`; the first that fails ends it with one sentence on standard error and
 * everything before it is undone, in reverse.  SIGTERM and SIGINT end the loop gracefully: no new connections, what
 * is under way goes on for at most STOP_MS.
 */
#include "api/serve.h"

#include "api/admin/overrides.h"
#include "api/door/server.h"
#include "api/gateway.h"
#include "core/db/db.h"
#include "core/http/http.h"
#include "core/log/log.h"
#include "core/loop/env.h"
#include "core/loop/exec.h"
#include "core/loop/loop.h"
#include "core/loop/memory.h"
#include "core/value/phone.h"
#include "oauth/master_key.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOP_MS = 10000, FLUSH_MS = 20, HEAVY_MAX = 64, PHONE_CACHE = 4096 };
enum { CALM_MS = 60000 }; /* calls of a run that was cut off have surely ended by then */
enum { EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, EXIT_CONFIG = 78 };

struct serve {
    struct options options;
    struct env env;
    struct log *log;
    struct registry *registry;
    struct db *db;
    struct vault *vault;
    struct loop *loop;
    struct http_client *http;
    struct exec_threads *threads;
    void *heavy_state[HEAVY_MAX];
    struct gateway *gateway;
    struct http_server *server;
    bool was_unclean, is_running; /* the last run did not end orderly; this one is written down */
    int64_t began_ms;             /* when it began to serve; 0: not yet */
    struct loop_user user, flush;
    struct loop_watch plugins; /* of the folder that says which adapters are enabled; fd 0: none */
    int64_t flushed_ms;
    int64_t stop_ms; /* when a graceful end stops waiting; INT64_MAX: running */
};

/* ---- the steps of a start --------------------------------------------------------------------------------------- */

static enum err start_log(struct serve *serve, struct fault *fault)
{
    enum level level;
    const struct options *o = &serve->options;
    if (!level_parse(span_of(o->log_level), &level))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "option log-level: expected debug, info, warn or error, found \"%.40s\"", o->log_level);
    if (o->log_file[0])
        return log_open(o->log_file, level, &serve->env, fault, &serve->log);
    serve->log = log_new(STDERR_FILENO, level, &serve->env);
    return OK;
}

static enum err start_registry(struct serve *serve, struct fault *fault)
{
    return registry_load(serve->options.plugins, serve->log, fault, &serve->registry);
}

static void db_path(const struct options *options, char *path, size_t n)
{
    snprintf(path, n, "%s/cartway.db", options->data);
}

static enum err start_db(struct serve *serve, struct fault *fault)
{
    char path[4096];
    struct stat st;
    if (stat(serve->options.data, &st) != 0)
        return fault_set(fault, ERR_INVALID_REQUEST, "data folder %s: %s: make one with cartway init --data %s",
                         serve->options.data, strerror(errno), serve->options.data);
    db_path(&serve->options, path, sizeof(path));
    return db_open(path, NULL, fault, &serve->db);
}

/* ---- how the last run ended: "running" stands in the database from the start to an orderly end ---------------------
 */

static enum err see_running(const struct db_row *row, void *user)
{
    (void)row;
    *(bool *)user = true;
    return OK;
}

static enum err start_running(struct serve *serve, struct fault *fault)
{
    enum err err = db_each(serve->db, fault, "select value from meta where name = 'running'", DB_NONE, see_running,
                           &serve->was_unclean);
    if (!err && !serve->was_unclean)
        err = db_run(serve->db, fault, "insert into meta (name, value) values ('running', 'yes')", DB_NONE);
    serve->is_running = !err;
    return err;
}

/* Whatever was sent has been answered or given up, and is counted: the next start need not fear calls of this one.  A
 * start that came to nothing leaves what it found. */
static void stop_running(struct serve *serve, bool is_calm)
{
    struct fault fault = { 0 };
    if (!serve->is_running || !is_calm)
        return;
    if (db_run(serve->db, &fault, "delete from meta where name = 'running'", DB_NONE))
        log_event(serve->log, LEVEL_WARN, "stopped.unclean");
}

static enum err start_vault(struct serve *serve, struct fault *fault)
{
    return vault_open(serve->options.master_key, serve->options.master_key_next, serve->db, &serve->env, fault,
                      &serve->vault);
}

static enum err start_loop(struct serve *serve, struct fault *fault)
{
    serve->loop = loop_new(&serve->env, fault);
    return serve->loop ? OK : fault->err;
}

static void on_signal(void *self, int signal)
{
    struct serve *serve = self;
    (void)signal;
    if (serve->stop_ms != INT64_MAX)
        loop_stop(serve->loop);
    serve->stop_ms = loop_now(serve->loop) + STOP_MS;
    gateway_stop(serve->gateway);
    http_server_stop(serve->server);
    log_event(serve->log, LEVEL_INFO, "stopping");
}

static enum err start_signals(struct serve *serve, struct fault *fault)
{
    return loop_signals(serve->loop, on_signal, serve, fault);
}

static enum err start_http(struct serve *serve, struct fault *fault)
{
    struct http_options options = { .user_agent = "cartway/" CARTWAY_VERSION,
                                    .ca_file = serve->options.ca_file[0] ? serve->options.ca_file : NULL };
    serve->http = http_client_new(serve->loop, &options, fault);
    return serve->http ? OK : fault->err;
}

static enum err start_exec(struct serve *serve, struct fault *fault)
{
    uint32_t heavy = (uint32_t)serve->options.heavy_threads;
    for (uint32_t i = 0; i < heavy; i++) {
        uint64_t seed;
        serve->env.random(serve->env.self, &seed, sizeof(seed));
        serve->heavy_state[i] = phones_new(PHONE_CACHE, seed);
    }
    struct exec_options options = { .db = serve->db, .heavy = heavy, .heavy_state = serve->heavy_state };
    serve->threads = exec_threads_new(serve->loop, &options, fault);
    return serve->threads ? OK : fault->err;
}

/* A graceful end is over when nobody waits for anything, or has waited long enough. */
static bool is_over(const struct serve *serve, int64_t now)
{
    if (serve->stop_ms == INT64_MAX)
        return false;
    return now >= serve->stop_ms || (gateway_is_idle(serve->gateway) && exec_threads_open(serve->threads) == 0);
}

static int64_t user_next(void *self)
{
    const struct serve *serve = self;
    if (is_over(serve, loop_now(serve->loop)))
        return 0;
    int64_t next = gateway_next(serve->gateway);
    return serve->stop_ms < next ? serve->stop_ms : next;
}

static void user_run(void *self, int64_t now)
{
    struct serve *serve = self;
    gateway_run(serve->gateway, now);
    if (is_over(serve, now))
        loop_stop(serve->loop);
}

/* Lines are written every FLUSH_MS, not every turn: two system calls for many lines. */
static int64_t flush_next(void *self)
{
    const struct serve *serve = self;
    return log_waiting(serve->log) > 0 ? serve->flushed_ms + FLUSH_MS : LOOP_NEVER;
}

static void flush_run(void *self, int64_t now)
{
    struct serve *serve = self;
    serve->flushed_ms = now;
    log_flush(serve->log);
}

static enum err start_gateway(struct serve *serve, struct fault *fault)
{
    struct gateway_parts parts = { .options = &serve->options,
                                   .env = serve->env,
                                   .http = http_client_seam(serve->http),
                                   .exec = exec_threads_seam(serve->threads),
                                   .db = serve->db,
                                   .registry = serve->registry,
                                   .vault = serve->vault,
                                   .log = serve->log,
                                   .unclean = serve->was_unclean };
    serve->registry = NULL; /* the gateway's from here */
    serve->vault = NULL;
    enum err err = gateway_new(&parts, fault, &serve->gateway);
    if (err)
        return err;
    serve->user = (struct loop_user){ .next = user_next, .run = user_run, .self = serve };
    serve->flush = (struct loop_user){ .next = flush_next, .run = flush_run, .self = serve };
    loop_use(serve->loop, &serve->user);
    loop_use(serve->loop, &serve->flush);
    return OK;
}

/* ---- plugins.d -------------------------------------------------------------------------------------------------- */

static void on_plugins(void *self, uint32_t events, int64_t now)
{
    struct serve *serve = self;
    char changes[4096];
    (void)events;
    while (read(serve->plugins.fd, changes, sizeof(changes)) > 0)
        ; /* what has changed is found by reading it all */
    services_at(&serve->gateway->services, now);
    overrides_reload(serve->gateway);
}

/* An operator's limits hold as soon as the file is written or renamed into its place. */
static enum err start_plugins(struct serve *serve, struct fault *fault)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return fault_set(fault, ERR_INTERNAL, "inotify: %s", strerror(errno));
    serve->plugins = (struct loop_watch){ .fd = fd, .ready = on_plugins, .self = serve };
    if (inotify_add_watch(fd, serve->options.plugins, IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
        return fault_set(fault, ERR_INTERNAL, "plug-in folder %s: %s: it cannot be watched for changes",
                         serve->options.plugins, strerror(errno));
    if (loop_add(serve->loop, &serve->plugins, EPOLLIN))
        return fault_set(fault, ERR_INTERNAL, "plug-in folder %s: it cannot be watched for changes",
                         serve->options.plugins);
    return OK;
}

static enum err start_server(struct serve *serve, struct fault *fault)
{
    const struct options *o = &serve->options;
    struct server_options options = { .max_connections = (uint32_t)o->max_connections,
                                      .max_parked = (uint32_t)o->max_parked,
                                      .max_body = (size_t)o->max_body,
                                      .request_ms = (uint32_t)o->request_ms,
                                      .idle_ms = (uint32_t)o->idle_ms };
    struct server_user user = gateway_user(serve->gateway);
    serve->server = http_server_new(serve->loop, &options, &user, fault);
    if (!serve->server)
        return fault->err;
    serve->gateway->server = http_server_seam(serve->server);
    enum err err = http_server_listen(serve->server, o->listen, false, fault);
    if (!err)
        err = http_server_listen(serve->server, o->admin_listen, true, fault);
    return err;
}

static enum err (*const steps[])(struct serve *, struct fault *) = {
    start_log,     start_registry, start_db,   start_running, start_vault,   start_loop,
    start_signals, start_http,     start_exec, start_gateway, start_plugins, start_server,
};

/* ---- the end ------------------------------------------------------------------------------------------------------
 */

/* Nothing is on its way to a shop: not of this run, and not of one before that was cut off. */
static bool is_orderly(const struct serve *serve)
{
    struct governor_view view = { 0 };
    if (serve->was_unclean && (!serve->began_ms || loop_now(serve->loop) - serve->began_ms < CALM_MS))
        return false;
    if (!serve->gateway)
        return true;
    governor_view(serve->gateway->services.governor, &view);
    return view.out == 0;
}

static void stop(struct serve *serve)
{
    if (serve->plugins.fd > 0) {
        loop_remove(serve->loop, &serve->plugins);
        close(serve->plugins.fd);
    }
    bool is_calm = is_orderly(serve);
    http_client_free(serve->http); /* who waits for a shop still is told that it was cut off, */
    exec_threads_drain(serve->threads);
    http_server_free(serve->server); /* while there is somebody to tell it */
    if (serve->gateway)
        gateway_flush(serve->gateway);
    exec_threads_free(serve->threads);
    gateway_free(serve->gateway);
    vault_close(serve->vault);
    registry_free(serve->registry);
    stop_running(serve, is_calm);
    db_close(serve->db);
    loop_free(serve->loop); /* until here a second signal waits */
    for (size_t i = 0; i < HEAVY_MAX; i++)
        phones_free(serve->heavy_state[i]);
    log_free(serve->log);
    options_release(&serve->options);
}

static int complain(const char *command, const struct fault *fault)
{
    fprintf(stderr, "cartway %s: %s\n", command, fault->text);
    return fault->err == ERR_CONFLICT ? EXIT_UNAVAILABLE : EXIT_CONFIG;
}

static void log_started(const struct serve *serve)
{
    log_begin(serve->log, LEVEL_INFO, "started");
    log_str(serve->log, "version", CARTWAY_VERSION);
    log_str(serve->log, "http", http_client_version());
    log_i64(serve->log, "port", http_server_port(serve->server, false));
    log_i64(serve->log, "admin_port", http_server_port(serve->server, true));
    log_bool(serve->log, "unclean", serve->was_unclean);
    log_i64(serve->log, "stores", (int64_t)stores_count(serve->gateway->stores));
    log_end(serve->log);
    log_flush(serve->log);
}

int serve_main(int argc, char **argv, char **environment)
{
    struct serve serve = { .env = env_real(), .stop_ms = INT64_MAX };
    struct fault fault = { 0 };
    enum err err = options_read(&serve.options, argc, argv, environment, &fault);
    if (err) {
        complain("serve", &fault);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN); /* a log reader that left */
    process_no_dump();
    memory_descriptors((uint32_t)serve.options.max_connections);
    memory_tune((uint32_t)serve.options.heavy_threads + 2);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !err; i++)
        err = steps[i](&serve, &fault);
    if (!err) {
        log_started(&serve);
        serve.began_ms = loop_now(serve.loop);
        loop_run(serve.loop);
        log_event(serve.log, LEVEL_INFO, "stopped");
    }
    stop(&serve);
    return err ? complain("serve", &fault) : 0;
}

/* ---- cartway init ---------------------------------------------------------------------------------------------------
 */

static enum err make_admin_key(const struct options *options, struct fault *fault)
{
    char path[4096], key[KEY_TEXT_BYTES + 1];
    struct env env = env_real();
    struct db *db = NULL;
    struct vault *vault = NULL;
    db_path(options, path, sizeof(path));
    enum err err = db_open(path, NULL, fault, &db);
    if (!err)
        err = vault_open(options->master_key, options->master_key_next, db, &env, fault, &vault);
    if (!err)
        err = apps_make_admin_key(db, &env, fault, key);
    if (!err)
        printf("%s\n", key);
    vault_close(vault);
    db_close(db);
    return err;
}

/* Makes what is not there yet: folder, master key; then prints a new admin key, once, on standard output. */
int init_main(int argc, char **argv, char **environment)
{
    struct options options;
    struct fault fault = { 0 };
    enum err err = options_read(&options, argc, argv, environment, &fault);
    if (err) {
        complain("init", &fault);
        return EXIT_USAGE;
    }
    process_no_dump();
    if (mkdir(options.data, 0700) != 0 && errno != EEXIST)
        err = fault_set(&fault, ERR_INVALID_REQUEST, "data folder %s: %s", options.data, strerror(errno));
    if (!err && access(options.master_key, F_OK) != 0)
        err = master_key_create(options.master_key, &fault);
    if (!err)
        err = make_admin_key(&options, &fault);
    options_release(&options);
    return err ? complain("init", &fault) : 0;
}
