/*
 * options.h - every setting of the gateway, in one table: configuration file, environment, flags, --help, docs.
 *
 *   listen = "127.0.0.1:8080"            in the file (JSON: {"listen": "127.0.0.1:8080"})
 *   CARTWAY_LISTEN=127.0.0.1:8080        in the environment
 *   --listen 127.0.0.1:8080              on the command line
 *
 * Later ones win.  Sizes take k, M and G (1,024); times are milliseconds unless the name says otherwise.
 */
#ifndef CARTWAY_API_OPTIONS_H
#define CARTWAY_API_OPTIONS_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

#include <stdint.h>

struct options {
    struct arena texts; /* of what was read */
    const char *config;
    const char *data;                         /* folder */
    const char *master_key, *master_key_next; /* sources: oauth/source.h */
    const char *plugins;                      /* folder */
    const char *listen, *admin_listen;
    const char *log_level, *log_file, *ca_file;
    const char *public_url, *return_origins; /* of the connect flow: oauth/connect.h */
    const char *notify_url, *notify_secret;  /* the second is a source: oauth/source.h */
    int64_t max_connections, max_parked, max_parts, max_body, max_answer, heavy_bytes, heavy_threads;
    int64_t max_queue_lane, max_queue_all;
    int64_t request_ms, idle_ms, connect_ms, attempt_ms, call_ms, call_max_ms, unknown_ms;
    int64_t cache_bytes;
    int64_t page_default, page_max;
    int64_t app_per_minute, app_per_hour;
    int64_t probe_requests, probe_seconds;
    int64_t status_feeds;
    int64_t refresh_ms, refresh_spread_ms;
};

enum option_type { OPTION_TEXT, OPTION_COUNT, OPTION_SIZE, OPTION_MS };
struct option_row {
    const char *name; /* "listen"; --listen; CARTWAY_LISTEN */
    enum option_type type;
    size_t at;         /* in struct options */
    const char *value; /* default, as one would write it */
    int64_t least, most;
    const char *help; /* one sentence */
};
extern const struct option_row option_rows[];
extern const size_t option_rows_n;

/* Defaults, then the file, then the environment, then argv (after the command's name).  Texts live until
 * options_release.  The fault names the option, what was expected and what was found. */
enum err options_read(struct options *options, int argc, char **argv, char **environment, struct fault *fault);
/* After OK.  Copies of the struct share its texts. */
void options_release(struct options *options);
/* The table as text for --help, and as Markdown for docs/options.md. */
void options_help(struct buf *out);
void options_markdown(struct buf *out);

#endif
