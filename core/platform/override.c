/*
 * override.c - an operator's word on a limit.
 *
 * Example: the row says 40 and 20 a second; {"amount": 5, "share": 50} makes it 20 and 2.5 a second: the numbers first,
 * then the part of them.
 */
#include "core/platform/override.h"

#include "core/governor/cap.h"
#include "core/platform/platform.h"

#include <stdio.h>
#include <string.h>

static const char *const mode_names[] = {
    [MODE_UNSAID] = "hold", [MODE_HOLD] = "hold", [MODE_OBSERVE] = "observe", [MODE_OFF] = "off"
};

const char *override_mode_name(enum override_mode mode)
{
    return mode_names[mode];
}

bool override_says_numbers(const struct override *o)
{
    return o->amount || o->per_ms || o->burst || o->linger_ms;
}

static const struct {
    const char *name;
    size_t at;
    uint32_t most;
} members[] = {
    { "amount", offsetof(struct override, amount), 1000000000 },
    { "per_ms", offsetof(struct override, per_ms), 31u * 86400000u },
    { "burst", offsetof(struct override, burst), 1000000000 },
    { "linger_ms", offsetof(struct override, linger_ms), 3600000 },
    { "share", offsetof(struct override, share), 100 },
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static uint32_t *member_of(struct override *o, size_t i)
{
    return (uint32_t *)(void *)((char *)o + members[i].at);
}

static void found_text(const json_t *value, char *out, size_t n)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(out, n, "%.40s", text ? text : "?");
    free(text);
}

static enum err read_mode(const json_t *value, const char *where, struct fault *fault, struct override *out)
{
    char found[48];
    for (int mode = MODE_HOLD; mode <= MODE_OFF && json_is_string(value); mode++) {
        if (strcmp(json_string_value(value), mode_names[mode]) == 0) {
            out->mode = (enum override_mode)mode;
            return OK;
        }
    }
    found_text(value, found, sizeof(found));
    return fault_set(fault, ERR_VALIDATION_FAILED, "%smode: expected \"hold\", \"observe\" or \"off\", found %s", where,
                     found);
}

static enum err read_member(const char *name, const json_t *value, const char *where, struct fault *fault,
                            struct override *out)
{
    char found[48];
    size_t i = 0;
    if (strcmp(name, "mode") == 0)
        return read_mode(value, where, fault, out);
    while (i < MEMBERS && strcmp(name, members[i].name) != 0)
        i++;
    if (i == MEMBERS)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%s%.40s: expected amount, per_ms, burst, linger_ms, share or mode", where, name);
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > members[i].most) {
        found_text(value, found, sizeof(found));
        return fault_set(fault, ERR_VALIDATION_FAILED, "%s%s: expected a whole number from 1 to %u, found %s", where,
                         name, members[i].most, found);
    }
    *member_of(out, i) = (uint32_t)json_integer_value(value);
    return OK;
}

enum err override_read(const json_t *body, const char *where, struct fault *fault, struct override *out)
{
    struct override read = { 0 };
    const char *name;
    json_t *value;
    if (json_object_size(body) == 0)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%.*s: expected an object with amount, per_ms, burst, linger_ms, share or mode",
                         *where ? (int)strlen(where) - 1 : 4, *where ? where : "body");
    json_object_foreach((json_t *)body, name, value)
    {
        enum err err = read_member(name, value, where, fault, &read);
        if (err)
            return err;
    }
    *out = read;
    return OK;
}

struct override override_over(const struct override *lower, const struct override *upper)
{
    struct override both = *lower, above = *upper;
    for (size_t i = 0; i < MEMBERS; i++) {
        if (*member_of(&above, i))
            *member_of(&both, i) = *member_of(&above, i);
    }
    if (upper->mode)
        both.mode = upper->mode;
    return both;
}

/* A part keeps what cap_of takes from it: answers tell of it, since they tell of the whole. */
static void apply_share(uint32_t share, struct limit_rule *rule)
{
    struct limit_rule part = cap_of(rule, share);
    rule->amount = part.amount;
    rule->per_ms = part.per_ms;
    rule->burst = part.burst;
    rule->share = (uint8_t)share;
}

void override_apply(const struct override *o, enum limit_source source, struct limit_rule *rule)
{
    rule->amount = o->amount ? o->amount : rule->amount;
    rule->per_ms = o->per_ms ? o->per_ms : rule->per_ms;
    rule->burst = o->burst ? o->burst : rule->burst;
    rule->linger_ms = o->linger_ms ? o->linger_ms : rule->linger_ms;
    if (override_says_numbers(o)) {
        rule->source = source;
        rule->is_pinned = true;
        rule->from = 0; /* it is no guess any more */
    }
    if (o->share && o->share < 100)
        apply_share(o->share, rule);
    rule->is_observed = o->mode == MODE_OBSERVE || o->mode == MODE_OFF; /* off: for who is in its line already */
}

/* ---- the lint ------------------------------------------------------------------------------------------------- */

static uint32_t room_of(const struct limit_rule *rule)
{
    return rule->kind == LIMIT_BUCKET && rule->burst ? rule->burst : rule->amount;
}

static enum err check_columns(const struct limit *limit, const struct override *o, const char *where,
                              struct fault *fault)
{
    if (o->burst && limit->own.kind != LIMIT_BUCKET)
        return fault_set(fault, ERR_VALIDATION_FAILED, "%sburst: expected none, only a bucket has one, found %u", where,
                         o->burst);
    if (o->per_ms && limit->own.kind == LIMIT_OPEN)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%sper_ms: expected none, what is counted while it is open has no period, found %u", where,
                         o->per_ms);
    if (o->per_ms && limit->zone && o->per_ms != limit->own.per_ms)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%sper_ms: expected none, its windows are days of a zone, found %u", where, o->per_ms);
    if (o->linger_ms && limit->own.kind != LIMIT_OPEN)
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%slinger_ms: expected none, only what is counted while it is open lingers, found %u", where,
                         o->linger_ms);
    return OK;
}

enum err override_check_room(const struct limit *limit, const struct limit_rule *rule, const struct limit_rule *whole,
                             const char *where, struct fault *fault)
{
    const char *member = rule->kind == LIMIT_BUCKET ? "burst" : "amount";
    uint64_t cost;
    if (limit->row->most > room_of(whole))
        return fault_set(fault, ERR_VALIDATION_FAILED,
                         "%s%s: expected at least %u, the most that one request costs, found %u", where, member,
                         limit->row->most, room_of(whole));
    for (size_t i = 0; i < limit->n_costs; i++) {
        if (quantity_is_number(limit->costs[i].value, &cost) && cost > room_of(rule))
            return fault_set(fault, ERR_VALIDATION_FAILED,
                             "%s%s: expected at least %llu, a request costs that, found %u", where, member,
                             (unsigned long long)cost, room_of(rule));
    }
    return OK;
}

enum err override_check(const struct limit *limit, const struct override *o, const char *where, struct fault *fault)
{
    struct limit_rule rule = limit->own, whole = limit->own;
    struct override numbers = *o;
    struct fault inner = { 0 };
    enum err err = check_columns(limit, o, where, fault);
    if (err)
        return err;
    numbers.share = 0;
    override_apply(&numbers, SOURCE_STORE, &whole);
    override_apply(o, SOURCE_STORE, &rule);
    if (limit_rule_check(&whole, &inner) || limit_rule_check(&rule, &inner))
        return fault_set(fault, ERR_VALIDATION_FAILED, "%.*s: %.180s", (int)strlen(where) - (*where != '\0'), where,
                         inner.text);
    return override_check_room(limit, &rule, &whole, where, fault);
}

bool override_is_above(const struct limit *limit, const struct override *o)
{
    const struct limit_rule *own = &limit->own;
    struct limit_rule rule = *own;
    override_apply(o, SOURCE_STORE, &rule);
    bool is_faster = own->kind != LIMIT_OPEN &&
                     (unsigned __int128)rule.amount * own->per_ms > (unsigned __int128)own->amount * rule.per_ms;
    return is_faster || room_of(&rule) > room_of(own) || o->mode > MODE_HOLD;
}

void override_json(const struct override *o, struct buf *out)
{
    struct override copy = *o;
    const char *comma = "";
    if (!override_says_numbers(o) && !o->share && !o->mode) {
        buf_lit(out, "null");
        return;
    }
    buf_char(out, '{');
    for (size_t i = 0; i < MEMBERS; i++) {
        if (!*member_of(&copy, i))
            continue;
        buf_printf(out, "%s\"%s\":%u", comma, members[i].name, *member_of(&copy, i));
        comma = ",";
    }
    if (o->mode)
        buf_printf(out, "%s\"mode\":\"%s\"", comma, mode_names[o->mode]);
    buf_char(out, '}');
}
