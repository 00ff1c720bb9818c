/*
 * registry.c - which adapters are enabled; the only file that knows libdl.
 *
 * For each plugins.d/NAME.json: read it, look at the shared object's file (owner, mode, folder, SHA-256), load it,
 * find its one symbol, copy and compile its tables (core/platform/platform.h), apply the operator's overrides of its
 * limits. What is refused ends the start with a sentence that says what to do.  The overrides are read again whenever
 * the file changes: a rule that names gauges stays as it is, and from then on its numbers are made with each request.
 */
#include "core/platform/registry.h"

#include "core/crypt/crypt.h"
#include "core/log/log.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLATFORMS_MAX = 256, PLUGIN_BYTES_MAX = 64 << 20 };

struct registry {
    struct platform *platforms[PLATFORMS_MAX];
    size_t n;
};

struct registry *registry_new(void)
{
    return mem_zalloc(sizeof(struct registry));
}

void registry_free(struct registry *registry)
{
    for (size_t i = 0; registry && i < registry->n; i++)
        platform_free(registry->platforms[i]);
    free(registry);
}

enum err registry_add(struct registry *registry, struct platform *platform, struct fault *fault)
{
    const char *name = platform->table->name;
    if (registry_find(registry, span_of(name)))
        return fault_set(fault, ERR_CONFLICT, "two adapters are named %s", name);
    if (registry->n == PLATFORMS_MAX)
        return fault_set(fault, ERR_OVERLOADED, "at most %d adapters can be loaded", PLATFORMS_MAX);
    registry->platforms[registry->n++] = platform;
    return OK;
}

const struct platform *registry_find(const struct registry *registry, struct span name)
{
    for (size_t i = 0; i < registry->n; i++) {
        if (span_is(name, registry->platforms[i]->table->name))
            return registry->platforms[i];
    }
    return NULL;
}

const struct platform *registry_at(const struct registry *registry, size_t i)
{
    return i < registry->n ? registry->platforms[i] : NULL;
}

/* ---- looking at the file ---------------------------------------------------------------------------------- */

/* Owned by root or us, not writable by group or others. */
static enum err check_trust(const char *path, const struct stat *st, struct fault *fault)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: expected owner root or uid %u, found uid %u", path,
                         (unsigned)geteuid(), (unsigned)st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: writable by others (mode %04o): run chmod go-w %s",
                         path, (unsigned)(st->st_mode & 07777), path);
    return OK;
}

static enum err check_folder(const char *file, struct fault *fault)
{
    char copy[PATH_MAX];
    struct stat st;
    snprintf(copy, sizeof(copy), "%s", file);
    const char *folder = dirname(copy);
    if (stat(folder, &st) != 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in folder %s: %s", folder, strerror(errno));
    if ((st.st_mode & S_ISVTX) && S_ISDIR(st.st_mode))
        return OK; /* sticky: others cannot replace our file */
    return check_trust(folder, &st, fault);
}

static enum err hash_open_file(int fd, const char *file, size_t size, char hex[65], struct fault *fault)
{
    unsigned char hash[CRYPT_HASH_BYTES];
    char *bytes = mem_alloc(size + 1);
    size_t n = 0;
    ssize_t got;
    while (n < size && (got = read(fd, bytes + n, size - n)) > 0)
        n += (size_t)got;
    if (n == size)
        crypt_sha256((struct span){ bytes, n }, hash);
    free(bytes);
    if (n != size)
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: it changed while it was read", file);
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return OK;
}

static enum err check_file(const char *file, const char *sha256, char hex[65], struct fault *fault)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: %s", file,
                         errno == ELOOP ? "a link, expected a regular file" : strerror(errno));
    enum err err = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > PLUGIN_BYTES_MAX)
        err = fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: expected a regular file of at most %d MB", file,
                        PLUGIN_BYTES_MAX >> 20);
    if (!err)
        err = check_trust(file, &st, fault);
    if (!err)
        err = check_folder(file, fault);
    if (!err)
        err = hash_open_file(fd, file, (size_t)st.st_size, hex, fault);
    close(fd);
    if (!err && sha256 && strcmp(sha256, hex) != 0)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "plug-in %s: expected SHA-256 %.16s..., found %.16s...: if the new file is wanted, run "
                         "cartway adapter check on it and put its hash into plugins.d",
                         file, sha256, hex);
    return err;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

enum err plugin_load(const char *file, const char *sha256, struct fault *fault, struct platform **out)
{
    char hex[65] = "", path[PATH_MAX];
    if (!realpath(file, path))
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: %s", file, strerror(errno));
    enum err err = check_file(path, sha256, hex, fault);
    if (err)
        return err;
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object)
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in %s: %.150s", file, dlerror());
    const struct cw_adapter *raw = dlsym(object, "cw_adapter");
    if (!raw)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "plug-in %s: the symbol cw_adapter is missing (CW_EXPORT const struct cw_adapter cw_adapter)",
                         file);
    struct fault inner = { 0 };
    struct platform *platform = NULL;
    err = platform_new(raw, &inner, &platform);
    if (err)
        return fault_set(fault, err, "plug-in %s: %.190s", file, inner.text);
    platform->file = arena_dup(&platform->arena, span_of(path));
    memcpy(platform->sha256, hex, sizeof(hex));
    *out = platform;
    return OK;
}

/* ---- plugins.d ----------------------------------------------------------------------------------------------- */

/* All of an entry's words on limits, in the platform's order; nothing is changed yet. */
static enum err read_overrides(struct platform *platform, const char *path, const json_t *limits, struct fault *fault,
                               struct override *out)
{
    char where[PATH_MAX + 80];
    const char *name;
    json_t *body;
    if (limits && !json_is_object(limits))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: limits: expected an object of limits by name", path);
    json_object_foreach((json_t *)limits, name, body)
    {
        struct limit *limit = platform_limit(platform, span_of(name));
        if (!limit)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s: adapter %s has no limit \"%.40s\"", path,
                             platform->table->name, name);
        struct override *override = &out[limit - platform->limits];
        snprintf(where, sizeof(where), "%s: limits.%s.", path, limit->row->name);
        enum err err = override_read(body, where, fault, override);
        if (!err)
            err = override_check(limit, override, where, fault);
        if (err)
            return err;
    }
    return OK;
}

static void log_override(struct log *log, const struct platform *platform, const struct limit *limit)
{
    bool is_above = override_is_above(limit, &limit->override);
    struct buf text;
    buf_init(&text, 1 << 10);
    override_json(&limit->override, &text);
    log_begin(log, is_above ? LEVEL_WARN : LEVEL_INFO, "limit.override");
    log_str(log, "adapter", platform->table->name);
    log_str(log, "limit", limit->row->name);
    log_text(log, "says", buf_peek(&text));
    log_bool(log, "above_published", is_above);
    log_end(log);
    buf_release(&text);
}

static void log_if_said(struct log *log, const struct platform *platform, const struct limit *limit)
{
    static const struct override nothing;
    if (memcmp(&limit->override, &nothing, sizeof(nothing)) != 0)
        log_override(log, platform, limit);
}

/* Before any gauge is named by the rule: its numbers are the rule's. */
static enum err begin_overrides(struct platform *platform, const char *path, const json_t *limits, struct fault *fault)
{
    struct override *said = mem_zalloc((platform->n_limits + 1) * sizeof(*said));
    enum err err = read_overrides(platform, path, limits, fault, said);
    for (size_t i = 0; i < platform->n_limits && !err; i++) {
        struct limit *limit = &platform->limits[i];
        limit->override = said[i];
        limit->is_plain &= said[i].mode != MODE_OFF;
        override_apply(&said[i], SOURCE_PLUGINS, &limit->rule);
    }
    free(said);
    return err;
}

/* false: it is not looked at.  {"url": ..., "every_s": ...}: another address, a mirror of ours, or another pace. */
static enum err take_feed(struct platform *platform, const char *path, json_t *said, struct fault *fault)
{
    const char *url = NULL, *expected = "expected false, or an object with url, every_s or both";
    json_int_t every_s = platform->feed.every_ms / 1000;
    if (!said)
        return OK;
    if (!platform->feed.endpoint)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: status_feed: adapter %s has none", path,
                         platform->table->name);
    if (json_is_false(said)) {
        platform->feed.endpoint = NULL;
        return OK;
    }
    if (!json_is_object(said) || json_object_size(said) == 0 ||
        json_unpack(said, "{s?s,s?I!}", "url", &url, "every_s", &every_s) != 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: status_feed: %s", path, expected);
    if (url && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%s: status_feed.url: expected an address of http or https, found \"%.60s\"", path, url);
    if (every_s < 1 || every_s > 86400)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: status_feed.every_s: expected 1 to 86400, found %lld", path,
                         (long long)every_s);
    platform->feed.every_ms = every_s * 1000;
    platform->feed.is_operators = url != NULL;
    if (url)
        platform->feed.url = arena_dup(&platform->arena, span_of(url));
    return OK;
}

static enum err check_members(const char *path, const json_t *entry, struct fault *fault)
{
    static const char *const known[] = { "file", "sha256", "enabled", "limits", "status_feed" };
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)entry, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known |= strcmp(name, known[i]) == 0;
        if (!is_known)
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "%s: there is no member \"%.60s\" (file, sha256, enabled, limits, status_feed)", path,
                             name);
    }
    if (!json_is_string(json_object_get(entry, "file")))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected an object with \"file\"", path);
    return OK;
}

static enum err load_entry(struct registry *registry, const char *folder, const char *path, const json_t *entry,
                           struct fault *fault)
{
    char file[PATH_MAX];
    enum err err = check_members(path, entry, fault);
    if (err || json_is_false(json_object_get(entry, "enabled")))
        return err;
    const char *named = json_string_value(json_object_get(entry, "file"));
    if (named[0] == '/')
        snprintf(file, sizeof(file), "%s", named);
    else
        snprintf(file, sizeof(file), "%s/%s", folder, named);
    struct platform *platform = NULL;
    err = plugin_load(file, json_string_value(json_object_get(entry, "sha256")), fault, &platform);
    if (!err)
        err = begin_overrides(platform, path, json_object_get(entry, "limits"), fault);
    if (!err)
        err = take_feed(platform, path, json_object_get(entry, "status_feed"), fault);
    if (!err)
        platform->entry = arena_dup(&platform->arena, span_of(path));
    if (!err)
        err = registry_add(registry, platform, fault);
    if (err)
        platform_free(platform);
    return err;
}

static enum err load_file(struct registry *registry, const char *folder, const char *name, struct fault *fault)
{
    char path[PATH_MAX];
    json_error_t error;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    json_t *entry = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!entry)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: line %d, column %d: %.120s", path, error.line, error.column,
                         error.text);
    enum err err = load_entry(registry, folder, path, entry, fault);
    json_decref(entry);
    return err;
}

static int is_json(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static void log_loaded(struct log *log, const struct platform *platform)
{
    log_begin(log, LEVEL_INFO, "adapter.loaded");
    log_str(log, "adapter", platform->table->name);
    log_str(log, "version", platform->table->version);
    log_str(log, "file", platform->file);
    log_str(log, "sha256", platform->sha256);
    log_end(log);
}

enum err registry_load(const char *folder, struct log *log, struct fault *fault, struct registry **out)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_json, alphasort);
    if (n < 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "plug-in folder %s: %s (option --plugins)", folder,
                         strerror(errno));
    struct registry *registry = registry_new();
    enum err err = OK;
    for (int i = 0; i < n; i++) {
        if (!err)
            err = load_file(registry, folder, names[i]->d_name, fault);
        free(names[i]);
    }
    free(names);
    if (err) {
        registry_free(registry);
        return err;
    }
    for (size_t i = 0; i < registry->n; i++)
        log_loaded(log, registry->platforms[i]);
    for (size_t i = 0; i < registry->n; i++) {
        for (size_t k = 0; k < registry->platforms[i]->n_limits; k++)
            log_if_said(log, registry->platforms[i], &registry->platforms[i]->limits[k]);
    }
    *out = registry;
    return OK;
}

/* ---- while the gateway runs ------------------------------------------------------------------------------------ */

/* A limit whose numbers were the rule's, and are others now. */
static bool take_override(struct limit *limit, const struct override *said)
{
    if (memcmp(&limit->override, said, sizeof(*said)) == 0)
        return false;
    limit->override = *said;
    limit->is_plain = false;
    return true;
}

static enum err reload_entry(struct platform *platform, struct log *log, struct fault *fault, bool *changed)
{
    json_error_t error;
    json_t *entry = json_load_file(platform->entry, JSON_REJECT_DUPLICATES, &error);
    if (!entry)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: line %d, column %d: %.120s", platform->entry, error.line,
                         error.column, error.text);
    struct override *said = mem_zalloc((platform->n_limits + 1) * sizeof(*said));
    enum err err = check_members(platform->entry, entry, fault);
    if (!err)
        err = read_overrides(platform, platform->entry, json_object_get(entry, "limits"), fault, said);
    for (size_t i = 0; i < platform->n_limits && !err; i++) {
        if (!take_override(&platform->limits[i], &said[i]))
            continue;
        log_override(log, platform, &platform->limits[i]);
        *changed = true;
    }
    free(said);
    json_decref(entry);
    return err;
}

bool registry_reload(struct registry *registry, struct log *log)
{
    bool changed = false;
    for (size_t i = 0; i < registry->n; i++) {
        struct platform *platform = registry->platforms[i];
        struct fault fault = { 0 };
        if (!platform->entry || !reload_entry(platform, log, &fault, &changed))
            continue;
        log_begin(log, LEVEL_WARN, "plugins.refused");
        log_str(log, "adapter", platform->table->name);
        log_str(log, "kept", "the limits as they were");
        log_fault(log, &fault);
        log_end(log);
    }
    return changed;
}
