/* store_settings.c - settings and credentials against the rows of their platform. */
#include "core/store/store_inside.h"

#include "core/map/glob.h"

#include <stdio.h>
#include <string.h>

enum { SETTINGS_TEXT = 120 };

static const char *place_name(bool secret)
{
    return secret ? "credentials" : "settings";
}

/* What may stand there: "site, version". */
static const char *list_settings(const struct platform *platform, bool secret, char out[SETTINGS_TEXT])
{
    size_t n = (size_t)snprintf(out, SETTINGS_TEXT, "%s", "");
    for (const struct cw_setting *row = platform->table->settings; row && row->name && n < SETTINGS_TEXT; row++) {
        if ((row->secret != 0) == secret)
            n += (size_t)snprintf(out + n, SETTINGS_TEXT - n, "%s%s", n > 0 ? ", " : "", row->name);
    }
    return n > 0 ? out : "none";
}

/* One value against its row.  A secret's value never stands in the fault. */
static enum err check_value(const struct cw_setting *row, const char *name, const json_t *value, struct fault *fault)
{
    const char *where = place_name(row->secret);
    if (!json_is_string(value) || json_string_length(value) == 0)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected a text that is not empty (%s)", where, name,
                         row->help);
    struct span text = { json_string_value(value), json_string_length(value) };
    if (!row->pattern || glob_match(span_of(row->pattern), text))
        return OK;
    if (row->secret)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected %s (%s); what was found is not shown", where,
                         name, row->pattern, row->help);
    return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: expected %s (%s), found \"%.*s\"", where, name, row->pattern,
                     row->help, text.n > 60 ? 60 : (int)text.n, text.p);
}

static enum err check_members(const struct platform *platform, const json_t *values, bool secret, struct fault *fault)
{
    const char *name;
    json_t *value;
    char list[SETTINGS_TEXT];
    if (!json_is_object(values))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s: expected an object with what platform %s has: %s",
                         place_name(secret), platform->table->name, list_settings(platform, secret, list));
    json_object_foreach((json_t *)values, name, value)
    {
        const struct cw_setting *row = platform_setting(platform, span_of(name));
        if (!row)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%.60s: platform %s has no such setting, but these: %s",
                             place_name(secret), name, platform->table->name, list_settings(platform, secret, list));
        if ((row->secret != 0) != secret)
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: belongs into %s", place_name(secret), name,
                             secret ? "settings, it is not secret" : "credentials, it is secret");
        enum err err = check_value(row, name, value, fault);
        if (err)
            return err;
    }
    return OK;
}

static enum err check_complete(const struct platform *platform, const json_t *values, bool secret, struct fault *fault)
{
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        bool wanted = (row->secret != 0) == secret && !row->optional && !row->value;
        if (wanted && !json_object_get(values, row->name))
            return fault_set(fault, ERR_VALIDATION_FAILED, "%s.%s: missing (%s)", place_name(secret), row->name,
                             row->help);
    }
    return OK;
}

enum err store_check_credentials(const struct platform *platform, const json_t *credentials, bool partial,
                                 struct fault *fault)
{
    enum err err = check_members(platform, credentials, true, fault);
    return err || partial ? err : check_complete(platform, credentials, true, fault);
}

static void add_defaults(const struct platform *platform, json_t *settings)
{
    for (const struct cw_setting *row = platform->table->settings; row && row->name; row++) {
        if (row->value && !row->secret && !json_object_get(settings, row->name))
            json_object_set_new(settings, row->name, json_string(row->value));
    }
}

/* A base URL ends without '/', so that a path can follow it. */
static void trim_urls(json_t *settings)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings, name, value)
    {
        const char *text = json_string_value(value);
        size_t n = json_string_length(value);
        if (!text || (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0))
            continue;
        while (n > 8 && text[n - 1] == '/')
            n--;
        if (n < json_string_length(value))
            json_object_set_new(settings, name, json_stringn(text, n));
    }
}

/* What null for all of them says: null for each. */
static json_t *patch_of_null(const json_t *settings)
{
    const char *name;
    json_t *value, *patch = json_object();
    json_object_foreach((json_t *)settings, name, value) json_object_set_new(patch, name, json_null());
    return patch;
}

enum err store_patch_settings(const struct platform *platform, const json_t *said, struct fault *fault,
                              json_t *settings)
{
    const char *name;
    json_t *value, *patch = json_is_null(said) ? patch_of_null(settings) : json_deep_copy(said);
    json_t *given = json_deep_copy(patch);
    enum err err = OK;
    json_object_foreach(patch, name, value)
    {
        const struct cw_setting *row = json_is_null(value) ? platform_setting(platform, span_of(name)) : NULL;
        if (row && !row->secret && (row->optional || row->value)) {
            json_object_del(given, name);
            json_object_del(settings, name);
        }
    }
    err = check_members(platform, given, false, fault);
    if (!err)
        json_object_update(settings, given);
    json_decref(patch);
    json_decref(given);
    add_defaults(platform, settings);
    trim_urls(settings);
    return err;
}

enum err store_take_settings(const struct platform *platform, const json_t *said, struct fault *fault, json_t **out)
{
    enum err err = check_members(platform, said, false, fault);
    if (!err)
        err = check_complete(platform, said, false, fault);
    if (err)
        return err;
    *out = json_deep_copy(said);
    add_defaults(platform, *out);
    trim_urls(*out);
    return OK;
}
