/* store_way.c - by which way in a store's requests go: the first that its settings and credentials open. */
#include "core/store/store.h"

#include "core/map/cond.h"
#include "core/map/path.h"
#include "core/map/value.h"
#include "core/tokens.h"

#include <string.h>

struct getter {
    const struct store *store;
    const struct secret_source *secrets;
};

/* For a condition over settings and credentials: a credential is only ever present, never compared. */
static bool get_setting(const void *self, const struct path *path, size_t i, struct value *out)
{
    const struct getter *getter = self;
    struct span name = path_plain(path);
    if (i > 0 || !name.p)
        return false;
    const json_t *value = json_object_getn(getter->store->settings, name.p, name.n);
    const struct secret *secret;
    *out = (struct value){ .kind = VALUE_STRING, .flags = VALUE_TEXT };
    if (json_is_string(value)) {
        out->p = json_string_value(value);
        out->n = (uint32_t)json_string_length(value);
        return true;
    }
    return getter->secrets &&
           getter->secrets->lend(getter->secrets->self, span_of(getter->store->id), name, &secret) == OK;
}

bool store_opens(const struct store *store, const struct way *way, const struct secret_source *secrets)
{
    struct getter getter = { store, secrets };
    struct cond_env env = { .self = &getter, .match = get_setting };
    return !way->when || cond_holds(way->when, &env);
}

static bool has_secret(const struct store *store, const struct secret_source *secrets, const char *field)
{
    const struct secret *secret;
    return secrets && secrets->lend(secrets->self, span_of(store->id), span_of(field), &secret) != ERR_NOT_FOUND;
}

/* A person has to open it, and nobody has: neither by a link, nor by putting a first refresh token. */
static bool is_unopened(const struct store *store, const struct way *way, const struct secret_source *secrets)
{
    char name[TOKEN_FIELD_BYTES];
    if (!way->authorize || !way->has_tokens)
        return false;
    token_field_name(way->row->name, FIELD_ACCESS, name);
    return !has_secret(store, secrets, name) && !has_secret(store, secrets, "refresh_token");
}

static enum err no_way(const struct store *store, struct fault *fault)
{
    const struct platform *platform = store->platform;
    bool has_link = false;
    for (size_t i = 0; i < platform->n_ways; i++)
        has_link |= platform->ways[i].authorize != NULL;
    return fault_set(fault, ERR_STORE_REAUTH_REQUIRED,
                     "store %s has no credentials that open a way into %s: put them with "
                     "PUT /admin/v1/stores/%s/credentials%s",
                     store->id, platform->table->title, store->id,
                     has_link ? ", or have it connected by a link: POST .../connect" : "");
}

enum err store_way(const struct store *store, const struct secret_source *secrets, struct fault *fault,
                   const struct way **out)
{
    const struct platform *platform = store->platform;
    const struct way *unopened = NULL;
    for (size_t i = 0; i < platform->n_ways; i++) {
        const struct way *way = &platform->ways[i];
        if (way->only_named || !store_opens(store, way, secrets))
            continue;
        if (!is_unopened(store, way, secrets)) {
            *out = way;
            return OK;
        }
        unopened = unopened ? unopened : way;
    }
    if (platform->n_ways > 0 && !unopened)
        return no_way(store, fault);
    *out = unopened; /* whose keeper says how it is connected */
    return OK;
}
