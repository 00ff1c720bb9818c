/*
 * input.c - values against the types of what takes them: an operation's variables, and what stands in a document.
 *
 *     {"input":{"id":"gid://...","nott":"x"}} for $input: OrderInput!
 *     Variable $input of type OrderInput! was provided invalid value for nott (Field is not defined on OrderInput)
 *
 * The words are those of graphql-ruby, which Shopify runs.  A variable has to fit the argument where it stands, too;
 * inside an object that stands in the document its type is not compared, its value is.  Texts of Money, Decimal and
 * DateTime are read strictly: whether Shopify takes a number for Money is not written down.
 */
#include "tests/shopsim/shopify/shopify.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 300 };

struct walk {
    json_t *path, *problems;
};

static bool value_fits(struct walk *walk, const struct type_of_field *type, const json_t *value);

static bool refuse(struct walk *walk, const char *format, const char *a, const char *b)
    __attribute__((format(printf, 2, 0)));
static bool refuse(struct walk *walk, const char *format, const char *a, const char *b)
{
    char text[TEXT];
    snprintf(text, sizeof text, format, a, b);
    json_array_append_new(walk->problems,
                          json_pack("{s:o, s:s}", "path", json_deep_copy(walk->path), "explanation", text));
    return false;
}

/* ---- scalars --------------------------------------------------------------------------------------- */

static bool is_decimal(const char *text)
{
    text += *text == '-';
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    if (*rest == '.' && strspn(rest + 1, "0123456789"))
        rest += 1 + strspn(rest + 1, "0123456789");
    return whole && !*rest;
}

/* 2026-07-01T10:00:00Z, with a fraction or an offset if need be. */
static bool is_time(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00";
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return false;
    return text[strlen(form)] != '\0';
}

static bool scalar_fits(const char *type, const json_t *value)
{
    const char *text = json_string_value(value);
    if (strcmp(type, "Int") == 0)
        return json_is_integer(value) && json_integer_value(value) == (int32_t)json_integer_value(value);
    if (strcmp(type, "Float") == 0)
        return json_is_number(value);
    if (strcmp(type, "Boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "ID") == 0)
        return text || json_is_integer(value);
    if (strcmp(type, "JSON") == 0)
        return true;
    if (strcmp(type, "Money") == 0 || strcmp(type, "Decimal") == 0)
        return text && is_decimal(text);
    if (strcmp(type, "DateTime") == 0)
        return text && is_time(text);
    return text != NULL; /* String, URL */
}

static bool refuse_value(struct walk *walk, const char *format, const json_t *value, const char *type)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    bool is_good = refuse(walk, format, text, type);
    free(text);
    return is_good;
}

/* ---- lists and objects ------------------------------------------------------------------------------- */

static bool list_fits(struct walk *walk, const struct type_of_field *type, const json_t *value)
{
    struct type_of_field inner = *type;
    bool is_good = true;
    size_t i;
    json_t *one;
    inner.is_list = false;
    inner.is_required = true;
    if (!json_is_array(value))
        return value_fits(walk, &inner, value); /* one is a list of one */
    json_array_foreach(value, i, one)
    {
        json_array_append_new(walk->path, json_integer((json_int_t)i));
        is_good = value_fits(walk, &inner, one) && is_good;
        json_array_remove(walk->path, json_array_size(walk->path) - 1);
    }
    return is_good;
}

static bool member_fits(struct walk *walk, const char *input, const char *name, const json_t *value)
{
    struct type_of_field type;
    json_array_append_new(walk->path, json_string(name));
    bool is_good = schema_member(input, name, &type) ? value_fits(walk, &type, value)
                                                     : refuse(walk, "Field is not defined on %s", input, "");
    json_array_remove(walk->path, json_array_size(walk->path) - 1);
    return is_good;
}

static bool object_fits(struct walk *walk, const char *input, const json_t *value)
{
    const char *key, *at = NULL;
    char name[64];
    json_t *one;
    struct type_of_field type;
    bool is_good = true;
    if (!json_is_object(value))
        return refuse_value(walk, "Expected %s to be a key-value object.%s", value, "");
    json_object_foreach((json_t *)value, key, one) is_good = member_fits(walk, input, key, one) && is_good;
    while (schema_each_member(input, &at, name, sizeof name)) {
        bool is_missing = schema_member(input, name, &type) && type.is_required && !json_object_get(value, name);
        is_good = (!is_missing || member_fits(walk, input, name, NULL)) && is_good;
    }
    return is_good;
}

static bool value_fits(struct walk *walk, const struct type_of_field *type, const json_t *value)
{
    if (!value || json_is_null(value))
        return !type->is_required || refuse(walk, "Expected value to not be null%s%s", "", "");
    if (type->is_list)
        return list_fits(walk, type, value);
    switch (schema_input(type->type)) {
    case INPUT_OBJECT:
        return object_fits(walk, type->type, value);
    case INPUT_ENUM:
        return (json_is_string(value) && schema_allows(type->type, json_string_value(value))) ||
               refuse_value(walk, "Expected %s to be one of the values of %s", value, type->type);
    default:
        return scalar_fits(type->type, value) ||
               refuse_value(walk, "Could not coerce value %s to %s", value, type->type);
    }
}

/* ---- variables ------------------------------------------------------------------------------------- */

static void note_variable(struct shopify_call *call, const struct variable *variable, const char *message,
                          json_t *extensions)
{
    json_array_append_new(call->errors,
                          json_pack("{s:s, s:[{s:i, s:i}], s:o}", "message", message, "locations", "line",
                                    variable->line, "column", variable->column, "extensions", extensions));
}

/* "shippingAddress.0.city" */
static void path_text(const json_t *path, char *text, size_t size)
{
    size_t i, n = 0;
    json_t *part;
    *text = '\0';
    json_array_foreach(path, i, part)
    {
        n += (size_t)(json_is_integer(part)
                          ? snprintf(text + n, size - n, "%s%d", i ? "." : "", (int)json_integer_value(part))
                          : snprintf(text + n, size - n, "%s%s", i ? "." : "", json_string_value(part)));
        if (n >= size)
            return;
    }
}

static bool variable_fits(struct shopify_call *call, const struct variable *variable)
{
    struct type_of_field type;
    struct walk walk = { json_array(), json_array() };
    char message[2 * TEXT], where[TEXT];
    schema_read_type(variable->type, &type);
    bool is_good = value_fits(&walk, &type, variable->value);
    if (!is_good) {
        const json_t *first = json_array_get(walk.problems, 0);
        path_text(json_object_get(first, "path"), where, sizeof where);
        snprintf(message, sizeof message, "Variable $%s of type %s was provided invalid value%s%s (%s)", variable->name,
                 variable->type, *where ? " for " : "", where,
                 json_string_value(json_object_get(first, "explanation")));
        note_variable(call, variable, message,
                      json_pack("{s:O?, s:O}", "value", variable->value, "problems", walk.problems));
    }
    json_decref(walk.path);
    json_decref(walk.problems);
    return is_good;
}

static bool is_known(struct shopify_call *call, const struct variable *variable)
{
    struct type_of_field type;
    char message[TEXT];
    schema_read_type(variable->type, &type);
    const char *code = "variableNotUsed";
    if (schema_input(type.type) == INPUT_NONE) {
        snprintf(message, sizeof message, "%s isn't a defined input type (on $%s)", type.type, variable->name);
        code = "variableRequiresValidType";
    } else if (!variable->is_used) {
        snprintf(message, sizeof message, "Variable $%s is declared but not used", variable->name);
    } else {
        return true;
    }
    note_variable(call, variable, message, json_pack("{s:s, s:s}", "code", code, "variableName", variable->name));
    return false;
}

bool check_variables(struct shopify_call *call)
{
    bool is_good = true;
    for (const struct variable *variable = call->document->variables; variable; variable = variable->next)
        is_good = is_known(call, variable) && variable_fits(call, variable) && is_good;
    return is_good;
}

/* ---- arguments --------------------------------------------------------------------------------------- */

static bool variable_stands(struct shopify_call *call, const struct field *field, const char *name,
                            const struct variable *variable, const struct type_of_field *wanted, const json_t *path)
{
    struct type_of_field type;
    char message[TEXT];
    schema_read_type(variable->type, &type);
    bool is_there = type.is_required || variable->has_default || !wanted->is_required;
    if (is_there && strcmp(type.type, wanted->type) == 0 && (!type.is_list || wanted->is_list))
        return true;
    snprintf(message, sizeof message, "Type mismatch on variable $%s and argument %s (%s / %s%s%s%s)", variable->name,
             name, variable->type, wanted->is_list ? "[" : "", wanted->type, wanted->is_list ? "]" : "",
             wanted->is_required ? "!" : "");
    note_error(call, field, path, message,
               json_pack("{s:s, s:s, s:s, s:s}", "code", "variableMismatch", "variableName", variable->name, "typeName",
                         variable->type, "argumentName", name));
    return false;
}

bool check_argument(struct shopify_call *call, const struct field *field, const char *name, const json_t *value,
                    const struct type_of_field *type, const json_t *path)
{
    const char *used = json_string_value(json_object_get(field->uses, name));
    const struct variable *variable = call->document->variables;
    while (used && variable && strcmp(variable->name, used) != 0)
        variable = variable->next;
    if (used && variable)
        return variable_stands(call, field, name, variable, type, path);
    struct walk walk = { json_array(), json_array() };
    char message[2 * TEXT], *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    bool is_good = value_fits(&walk, type, value);
    if (!is_good) {
        snprintf(message, sizeof message,
                 "Argument '%s' on Field '%s' has an invalid value (%.100s). Expected type '%s%s'.", name, field->name,
                 text, type->type, type->is_required ? "!" : "");
        note_error(call, field, path, message,
                   json_pack("{s:s, s:s, s:s}", "code", "argumentLiteralsIncompatible", "typeName", "Field",
                             "argumentName", name));
    }
    free(text);
    json_decref(walk.path);
    json_decref(walk.problems);
    return is_good;
}
