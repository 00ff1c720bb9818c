/*
 * fault.c - the table of faults, and the script that says when each fires.
 *
 * {"rules":[{"method":"POST","path":"/admin/inv*","nth":2,"fault":"reset_after_commit"}]}
 * lets the first write pass, applies the second and then resets the connection.  Rules are asked in turn; the
 * first that fires is taken, and each counts the requests that match it, so a script reads as a story.
 */
#include "tests/shopsim/fault.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define IDS "id"
#define TEXTS "title,sku,name,first_name,last_name,city,email"
#define ENUMS "status,payment_status,fulfillment_status"
#define DATES "created_at,updated_at,canceled_at"
#define AMOUNTS "total,amount,unit_price,quantity,stocked_quantity,reserved_quantity"

/* clang-format off */
const struct fault_row fault_rows[] = {
    { "close_after_accept", FAULT_CLOSE_AFTER_ACCEPT, STAGE_ACCEPT, 0, NULL, 0, 0, "accepts the connection and closes it" },
    { "429", FAULT_STATUS, STAGE_BEFORE, 429, NULL, 0, 0, "Too Many Requests; retry_after gives the header as it stands" },
    { "500", FAULT_STATUS, STAGE_BEFORE, 500, NULL, 0, 0, "the platform's unknown error" },
    { "502", FAULT_STATUS, STAGE_BEFORE, 502, NULL, 0, 0, "a proxy's HTML page" },
    { "503", FAULT_STATUS, STAGE_BEFORE, 503, NULL, 0, 0, "a proxy's HTML page; retry_after as in 429" },
    { "401", FAULT_STATUS, STAGE_BEFORE, 401, NULL, 0, 0, "the key is refused" },
    { "firewall", FAULT_FIREWALL, STAGE_BEFORE, 403, NULL, 0, 0, "a firewall's HTML page" },
    { "throttled", FAULT_THROTTLED, STAGE_BEFORE, 429, NULL, 0, 0, "too much asked, in the platform's own way" },
    { "hang", FAULT_HANG, STAGE_BEFORE, 0, NULL, 0, 0, "reads the request and says nothing" },
    { "reset_before_commit", FAULT_RESET_BEFORE_COMMIT, STAGE_BEFORE, 0, NULL, 0, 0, "RST, nothing took effect" },
    { "close_before_commit", FAULT_CLOSE_BEFORE_COMMIT, STAGE_BEFORE, 0, NULL, 0, 0, "FIN, nothing took effect" },
    { "garbage", FAULT_GARBAGE, STAGE_BEFORE, 0, NULL, 0, 0, "bytes that are no HTTP" },
    { "500_after_commit", FAULT_STATUS_AFTER_COMMIT, STAGE_DELIVERY, 500, NULL, 0, 0, "applies the write, answers 500" },
    { "hang_after_commit", FAULT_HANG_AFTER_COMMIT, STAGE_DELIVERY, 0, NULL, 0, 0, "applies the write, says nothing" },
    { "reset_after_commit", FAULT_RESET_AFTER_COMMIT, STAGE_DELIVERY, 0, NULL, 0, 0, "applies the write, then RST" },
    { "close_after_commit", FAULT_CLOSE_AFTER_COMMIT, STAGE_DELIVERY, 0, NULL, 0, 0, "applies the write, then FIN" },
    { "drip", FAULT_DRIP, STAGE_DELIVERY, 0, NULL, 50, 1, "sends `bytes` bytes every `ms` ms" },
    { "slow", FAULT_SLOW, STAGE_DELIVERY, 0, NULL, 1000, 0, "answers `ms` ms late" },
    { "truncated", FAULT_TRUNCATED, STAGE_DELIVERY, 0, NULL, 0, 0, "half of the announced body, then FIN" },
    { "truncated_chunked", FAULT_TRUNCATED_CHUNKED, STAGE_DELIVERY, 0, NULL, 0, 0, "chunks that break off, then FIN" },
    { "chunked", FAULT_CHUNKED, STAGE_DELIVERY, 0, NULL, 0, 0, "in chunks; nothing wrong with that" },
    { "no_length", FAULT_NO_LENGTH, STAGE_DELIVERY, 0, NULL, 0, 0, "no length: the connection's end ends the body" },
    { "big_header", FAULT_BIG_HEADER, STAGE_DELIVERY, 0, NULL, 0, 200000, "a header of `bytes` bytes" },
    { "html", FAULT_HTML, STAGE_BODY, 0, NULL, 0, 0, "200 with an HTML page" },
    { "empty", FAULT_EMPTY, STAGE_BODY, 0, NULL, 0, 0, "200 with no body" },
    { "bom", FAULT_BOM, STAGE_BODY, 0, NULL, 0, 0, "a byte order mark before the JSON" },
    { "php_notice", FAULT_PHP_NOTICE, STAGE_BODY, 0, NULL, 0, 0, "a PHP notice before the JSON" },
    { "wrong_type", FAULT_WRONG_TYPE, STAGE_BODY, 0, NULL, 0, 0, "JSON called text/html" },
    { "trailing", FAULT_TRAILING, STAGE_BODY, 0, NULL, 0, 0, "bytes after the JSON" },
    { "big", FAULT_BIG, STAGE_BODY, 0, NULL, 0, 10000000, "a member `padding` of `bytes` bytes" },
    { "deep", FAULT_DEEP, STAGE_BODY, 0, NULL, 0, 100000, "a member nested `bytes` deep" },
    { "invalid_utf8", FAULT_INVALID_UTF8, STAGE_BODY, 0, TEXTS, 0, 0, "texts with bytes that are no UTF-8" },
    { "duplicate_keys", FAULT_DUPLICATE_KEYS, STAGE_BODY, 0, IDS, 0, 0, "a key twice, the second time null" },
    { "numbers_as_strings", FAULT_NUMBERS_AS_STRINGS, STAGE_BODY, 0, "*", 0, 0, "\"12.5\" for 12.5" },
    { "strings_as_numbers", FAULT_STRINGS_AS_NUMBERS, STAGE_BODY, 0, TEXTS, 0, 0, "12345 for \"SKU-1\"" },
    { "null", FAULT_NULL, STAGE_BODY, 0, IDS, 0, 0, "null where a value has to be" },
    { "missing", FAULT_MISSING, STAGE_BODY, 0, IDS, 0, 0, "a key that has to be is not there" },
    { "unknown_field", FAULT_UNKNOWN_FIELD, STAGE_BODY, 0, NULL, 0, 0, "keys that nobody has heard of in every object" },
    { "unknown_enum", FAULT_UNKNOWN_ENUM, STAGE_BODY, 0, ENUMS, 0, 0, "a status that nobody has heard of" },
    { "bad_date", FAULT_BAD_DATE, STAGE_BODY, 0, DATES, 0, 0, "\"yesterday at noon\"" },
    { "bad_number", FAULT_BAD_NUMBER, STAGE_BODY, 0, AMOUNTS, 0, 0, "1e400" },
    { "stuck_page", FAULT_STUCK_PAGE, STAGE_DELIVERY, 0, NULL, 0, 0, "every page of a list is the first" },
};
/* clang-format on */
const size_t fault_row_count = sizeof fault_rows / sizeof fault_rows[0];

const struct fault_row *fault_find(const char *name)
{
    for (size_t i = 0; i < fault_row_count; i++)
        if (strcmp(fault_rows[i].name, name) == 0)
            return &fault_rows[i];
    return NULL;
}

bool fault_has_status(const struct fault_row *row)
{
    return row->kind == FAULT_STATUS || row->kind == FAULT_FIREWALL || row->kind == FAULT_THROTTLED;
}

#define AT(member) offsetof(struct rule_of_faults, member)
/* clang-format off */
const struct member_row member_rows[] = {
    { "fault", MEMBER_FAULT, AT(fault), "one of the list below" },
    { "method", MEMBER_TEXT, AT(method), "a glob (any)" },
    { "path", MEMBER_TEXT, AT(path), "a glob over the path without the query; * passes over slashes (any)" },
    { "nth", MEMBER_NUMBER, AT(nth), "fires on this one of the requests that match" },
    { "every", MEMBER_NUMBER, AT(every), "fires on every so-many-th of them" },
    { "first", MEMBER_NUMBER, AT(first), "fires on the first so many of them" },
    { "times", MEMBER_NUMBER, AT(times), "fires at most so often" },
    { "probability", MEMBER_CHANCE, AT(probability), "fires so often of 1, drawn from the seed" },
    { "fields", MEMBER_TEXT, AT(fields), "keys that are spoilt, with commas between; * is all" },
    { "retry_after", MEMBER_TEXT, AT(retry_after), "the header as it stands: \"2\", \"1.5\", a date, nonsense" },
    { "ms", MEMBER_NUMBER, AT(ms), "milliseconds" },
    { "bytes", MEMBER_NUMBER, AT(bytes), "bytes" },
    { "status", MEMBER_STATUS, AT(status), "another status than the fault's name says" },
};
/* clang-format on */
const size_t member_row_count = sizeof member_rows / sizeof member_rows[0];

bool fault_takes(const struct fault_row *row, const char *member)
{
    bool is_own = row->kind == FAULT_STATUS || row->kind == FAULT_STATUS_AFTER_COMMIT;
    if (strcmp(member, "fields") == 0)
        return row->fields != NULL;
    if (strcmp(member, "retry_after") == 0)
        return is_own || fault_has_status(row);
    if (strcmp(member, "status") == 0)
        return is_own;
    if (strcmp(member, "ms") == 0)
        return row->ms > 0;
    return strcmp(member, "bytes") != 0 || row->bytes > 0;
}

void script_release(struct script *script)
{
    for (size_t i = 0; i < script->n; i++) {
        for (size_t k = 0; k < member_row_count; k++) {
            if (member_rows[k].kind == MEMBER_TEXT)
                free(*(char **)((char *)&script->rule[i] + member_rows[k].at));
        }
    }
    free(script->rule);
    *script = (struct script){ 0 };
}

static void member_load(struct rule_of_faults *rule, const struct member_row *row, const json_t *value)
{
    void *at = (char *)rule + row->at;
    if (row->kind == MEMBER_TEXT && json_is_string(value))
        *(char **)at = sim_dup(json_string_value(value));
    else if (row->kind == MEMBER_NUMBER && json_is_number(value))
        *(int64_t *)at = (int64_t)json_number_value(value);
    else if (row->kind == MEMBER_STATUS && json_is_number(value))
        *(int *)at = (int)json_number_value(value);
    else if (row->kind == MEMBER_CHANCE && json_is_number(value))
        *(double *)at = json_number_value(value);
}

/* A misspelt member would make a test that tests nothing. */
static bool members_load(struct rule_of_faults *rule, const json_t *json, struct text *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value)
    {
        size_t i = 0;
        while (i < member_row_count && strcmp(member_rows[i].name, name) != 0)
            i++;
        if (i == member_row_count) {
            text_printf(error, "a rule has no member \"%s\"", name);
            return false;
        }
        member_load(rule, &member_rows[i], value);
    }
    return true;
}

static bool rule_load(struct rule_of_faults *rule, const json_t *json, struct text *error)
{
    const char *name = json_string_value(json_object_get(json, "fault"));
    const struct fault_row *fault = name ? fault_find(name) : NULL;
    if (!fault) {
        text_printf(error, "a rule has no \"fault\" of the list, but \"%s\"", name ? name : "");
        return false;
    }
    *rule = (struct rule_of_faults){
        .fault = fault, .probability = -1, .ms = fault->ms, .bytes = fault->bytes, .status = fault->status
    };
    return members_load(rule, json, error);
}

bool script_load(struct script *script, json_t *json, uint64_t seed, struct text *error)
{
    json_t *rules = json_is_array(json) ? json : json_object_get(json, "rules");
    if (!json_is_array(rules)) {
        text_puts(error, "expected {\"rules\":[...]}");
        return false;
    }
    struct script made = { .seed = seed };
    made.rule = sim_alloc(json_array_size(rules), sizeof *made.rule);
    size_t i;
    json_t *one;
    json_array_foreach(rules, i, one)
    {
        if (!rule_load(&made.rule[made.n++], one, error)) {
            script_release(&made);
            return false;
        }
    }
    script_release(script);
    *script = made;
    return true;
}

static bool rule_matches(const struct rule_of_faults *rule, const char *method, const char *path)
{
    return (!rule->method || fnmatch(rule->method, method, 0) == 0) &&
           (!rule->path || fnmatch(rule->path, path, 0) == 0);
}

static bool rule_fires(const struct script *script, const struct rule_of_faults *rule)
{
    if (rule->times && rule->fired >= rule->times)
        return false;
    if (rule->nth && rule->seen != rule->nth)
        return false;
    if (rule->every && rule->seen % rule->every != 0)
        return false;
    if (rule->first && rule->seen > rule->first)
        return false;
    if (rule->probability < 0)
        return true;
    uint64_t drawn = mix3(script->seed, (uint64_t)(rule - script->rule), (uint64_t)rule->seen);
    return (double)(drawn >> 11) < rule->probability * 9007199254740992.0;
}

const struct rule_of_faults *script_ask(struct script *script, const char *method, const char *path, bool is_accept)
{
    for (size_t i = 0; i < script->n; i++) {
        struct rule_of_faults *rule = &script->rule[i];
        if ((rule->fault->stage == STAGE_ACCEPT) != is_accept)
            continue;
        if (!is_accept && !rule_matches(rule, method, path))
            continue;
        rule->seen++;
        if (rule_fires(script, rule)) {
            rule->fired++;
            return rule;
        }
    }
    return NULL;
}

json_t *script_json(const struct script *script)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < script->n; i++) {
        const struct rule_of_faults *rule = &script->rule[i];
        json_array_append_new(rules, json_pack("{s:s, s:s*, s:s*, s:I, s:I}", "fault", rule->fault->name, "method",
                                               rule->method, "path", rule->path, "seen", (json_int_t)rule->seen,
                                               "fired", (json_int_t)rule->fired));
    }
    return json_pack("{s:o}", "rules", rules);
}
