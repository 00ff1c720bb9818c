/*
 * registry.h - which adapters are enabled: files in plugins.d, checked and loaded at start.
 *
 *   plugins.d/medusa.json   {"file": "/usr/lib/cartway/adapters/medusa.so", "sha256": "ab12...", "enabled": true,
 *                            "limits": {"open": {"amount": 5}}, "status_feed": {"every_s": 300}}
 *
 * "limits" are the operator's words on the adapter's limits, for all its stores (core/platform/override.h).  They are
 * read again while the gateway runs; all else is at the next start.  "status_feed" is about the platform's public
 * status (core/exchange/outage.h): false, it is not looked at; or another "url", which may be private, "every_s", 1 to
 * 86400, or both.
 *
 * A plug-in is trusted code, so its file is looked at before it is loaded: a regular file, owned by root or by
 * us, not writable by group or others (nor is its folder), with the SHA-256 that the JSON names.  It is loaded
 * with RTLD_NOW | RTLD_LOCAL and never unloaded.  "file" may be relative to the JSON file's folder.
 * The only file that knows libdl is registry.c.
 */
#ifndef CARTWAY_REGISTRY_H
#define CARTWAY_REGISTRY_H

#include "core/base/err.h"
#include "core/platform/platform.h"

struct registry;
struct log;

/* Loads every *.json of the folder, in the order of their names.  A missing folder is an error; an empty one is
 * not.  The first plug-in that is refused ends the loading with its reason: a gateway that runs without an
 * adapter that it was told to load would answer 501 for no visible cause. */
enum err registry_load(const char *folder, struct log *log, struct fault *fault, struct registry **out);
/* Reads what the files say of limits again.  A file that is refused is said in the log and changes nothing.  true: a
 * limit has other numbers now (limits_changed). */
bool registry_reload(struct registry *registry, struct log *log);
/* An empty one; for tests and tools, which add platforms by hand. */
struct registry *registry_new(void);
void registry_free(struct registry *registry);
/* Takes the platform.  ERR_CONFLICT: there is one of this name. */
enum err registry_add(struct registry *registry, struct platform *platform, struct fault *fault);

/* NULL: not loaded. */
const struct platform *registry_find(const struct registry *registry, struct span name);
/* The i-th; NULL past the end. */
const struct platform *registry_at(const struct registry *registry, size_t i);

/* One shared object, without a plugins.d: checks the file, loads and compiles it.  sha256: expected, NULL: any. */
enum err plugin_load(const char *file, const char *sha256, struct fault *fault, struct platform **out);

#endif
