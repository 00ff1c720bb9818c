/*
 * params.c - names and values out of queries, forms and flat JSON; encodings that signatures are made over.
 *
 *     "a=1&b=x%20y"  ->  { "a", "1" }, { "b", "x y" }
 */
#include "tests/authsim/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMS_MAX 1000 /* more are not read */

static void add_taken(struct params *params, char *name, char *value, enum put put)
{
    params->param = sim_grow(params->param, params->n + 1, sizeof *params->param);
    params->param[params->n++] = (struct param){ .name = name, .value = value, .put = put };
}

void as_params_add(struct params *params, const char *name, const char *value, enum put put)
{
    add_taken(params, sim_dup(name), sim_dup(value), put);
}

static char *part_of(const char *p, size_t n)
{
    char *part = sim_alloc(n + 1, 1);
    memcpy(part, p, n);
    url_decode(part, true);
    return part;
}

void as_params_read(struct params *params, const char *text, enum put put)
{
    while (*text && params->n < PARAMS_MAX) {
        size_t n = strcspn(text, "&"), name = strcspn(text, "=&");
        if (n)
            add_taken(params, part_of(text, name), name < n ? part_of(text + name + 1, n - name - 1) : sim_dup(""),
                      put);
        text += n + (text[n] == '&');
    }
}

static bool add_scalar(struct params *params, const char *name, const json_t *value)
{
    struct text text = { 0 };
    if (json_is_string(value))
        text_puts(&text, json_string_value(value));
    else if (json_is_integer(value))
        text_printf(&text, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        text_puts(&text, json_is_true(value) ? "1" : "0");
    else
        return false;
    add_taken(params, sim_dup(name), sim_dup(text.p ? text.p : ""), PUT_JSON);
    text_release(&text);
    return true;
}

bool as_params_read_json(struct params *params, const char *text, size_t n)
{
    json_t *json = n ? json_loadb(text, n, 0, NULL) : NULL;
    const char *name;
    json_t *value;
    bool is_object = json_is_object(json);
    json_object_foreach(json, name, value) add_scalar(params, name, value);
    json_decref(json);
    return is_object;
}

const char *as_param(const struct params *params, const char *name, int puts)
{
    for (size_t i = 0; i < params->n; i++)
        if ((params->param[i].put & puts) && strcmp(params->param[i].name, name) == 0)
            return params->param[i].value;
    return NULL;
}

void as_params_drop(struct params *params, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < params->n; i++) {
        if (strcmp(params->param[i].name, name) != 0) {
            params->param[kept++] = params->param[i];
            continue;
        }
        free(params->param[i].name);
        free(params->param[i].value);
    }
    params->n = kept;
}

static int compare(const void *a, const void *b)
{
    const struct param *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : strcmp(left->value, right->value);
}

void as_params_sort(struct params *params)
{
    if (params->n)
        qsort(params->param, params->n, sizeof *params->param, compare);
}

void as_params_release(struct params *params)
{
    for (size_t i = 0; i < params->n; i++) {
        free(params->param[i].name);
        free(params->param[i].value);
    }
    free(params->param);
    *params = (struct params){ 0 };
}

bool as_header(const char *headers, const char *name, struct text *value)
{
    size_t n = strlen(name);
    text_clear(value);
    text_puts(value, "");
    for (const char *line = headers ? headers : ""; *line;) {
        size_t len = strcspn(line, "\r\n");
        if (len > n && line[n] == ':' && strncasecmp(line, name, n) == 0) {
            size_t skip = n + 1 + strspn(line + n + 1, " \t");
            if (skip < len)
                text_add(value, line + skip, len - skip);
            return true;
        }
        line += len + strspn(line + len, "\r\n");
    }
    return false;
}

void as_percent(struct text *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        if (is_plain)
            text_char(out, (char)c);
        else
            text_printf(out, "%%%02X", c);
    }
}

void as_hex(struct text *out, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%02x", p[i]);
}

void as_base64url(struct text *out, const unsigned char *p, size_t n)
{
    struct text plain = { 0 };
    base64_put(&plain, p, n);
    for (size_t i = 0; i < plain.n && plain.p[i] != '='; i++)
        text_char(out, plain.p[i] == '+' ? '-' : plain.p[i] == '/' ? '_' : plain.p[i]);
    text_release(&plain);
}

void as_hmac_hex(const char *key, const struct text *of, struct text *out)
{
    unsigned char digest[HASH_MAX];
    hmac_of(HASH_SHA256, key, of->p ? of->p : "", of->n, digest);
    text_clear(out);
    as_hex(out, digest, hash_size(HASH_SHA256));
}

bool as_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool as_path_matches(const char *pattern, const char *path)
{
    while (*pattern && *pattern != '*') {
        if (*pattern++ != *path++)
            return false;
    }
    if (!*pattern)
        return !*path;
    for (;; path++) {
        if (as_path_matches(pattern + 1, path))
            return true;
        if (!*path || *path == '/')
            return false;
    }
}
