/*
 * fault.c - answers that get lost, break off, lie about their length of life: by rule, and by chance from the seed.
 */
#include "tests/authsim/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void authsim_fault(struct authsim *sim, const struct authsim_rule *rule)
{
    sim->rule = sim_grow(sim->rule, sim->rules + 1, sizeof *sim->rule);
    sim->rule[sim->rules++] = (struct rule_state){ .rule = *rule };
}

void authsim_no_faults(struct authsim *sim)
{
    free(sim->rule);
    sim->rule = NULL;
    sim->rules = 0;
}

static bool fires(struct authsim *sim, struct rule_state *state)
{
    const struct authsim_rule *rule = &state->rule;
    if (state->matched++ < rule->skip || (rule->times && state->fired >= rule->times))
        return false;
    if (rule->probability > 0 && (double)(as_draw(sim) >> 11) / 9007199254740992.0 >= rule->probability)
        return false;
    state->fired++;
    return true;
}

const struct authsim_rule *as_fault_for(struct authsim *sim, enum authsim_ask ask)
{
    for (size_t i = 0; i < sim->rules; i++) {
        enum authsim_ask on = sim->rule[i].rule.on;
        bool matches = on == ask || (on == AUTHSIM_ANY && ask != AUTHSIM_PAGE);
        if (matches && fires(sim, &sim->rule[i]))
            return &sim->rule[i].rule;
    }
    return NULL;
}

/* ---- a script ---- */

static const char *const fault_names[] = {
#define X(name, text) #name,
    AUTHSIM_FAULTS(X)
#undef X
};
static const char *const ask_names[] = { "any", "obtain", "refresh", "revoke", "resource", "page" };

static size_t index_of(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && !as_same(names[i], name))
        i++;
    return i;
}

/* A member that no rule has is refused, so that a slip does not make a test that tests nothing. */
static const char *unknown_member(const json_t *json)
{
    static const char *const members[] = { "fault", "on", "skip", "times", "probability" };
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value) if (index_of(members, sizeof members / sizeof members[0], name) ==
                                                         sizeof members / sizeof members[0]) return name;
    return NULL;
}

static bool read_rule(const json_t *json, struct authsim_rule *rule, char *error, size_t size)
{
    const char *fault = json_string_value(json_object_get(json, "fault"));
    const char *on = json_string_value(json_object_get(json, "on"));
    const char *unknown = unknown_member(json);
    size_t which = index_of(fault_names, AUTHSIM_FAULT_COUNT, fault);
    size_t ask = on ? index_of(ask_names, sizeof ask_names / sizeof ask_names[0], on) : AUTHSIM_ANY;
    if (unknown)
        snprintf(error, size, "a rule has no member \"%s\"", unknown);
    else if (which == AUTHSIM_FAULT_COUNT)
        snprintf(error, size, "no fault \"%s\"", fault ? fault : "");
    else if (ask == sizeof ask_names / sizeof ask_names[0])
        snprintf(error, size, "expected any, obtain, refresh, revoke, resource or page in \"on\", found \"%s\"", on);
    if (unknown || which == AUTHSIM_FAULT_COUNT || ask == sizeof ask_names / sizeof ask_names[0])
        return false;
    *rule = (struct authsim_rule){ .fault = (enum authsim_fault)which, .on = (enum authsim_ask)ask };
    rule->skip = (uint32_t)json_integer_value(json_object_get(json, "skip"));
    rule->times = (uint32_t)json_integer_value(json_object_get(json, "times"));
    rule->probability = json_number_value(json_object_get(json, "probability"));
    return true;
}

bool authsim_script(struct authsim *sim, const char *json, size_t n, char *error, size_t size)
{
    json_t *script = n ? json_loadb(json, n, 0, NULL) : NULL;
    json_t *rules = json_object_get(script, "rules");
    struct rule_state *old = sim->rule;
    size_t olds = sim->rules, i;
    bool is_good = json_is_array(rules);
    if (!is_good)
        snprintf(error, size, "expected {\"rules\":[...]}");
    sim->rule = NULL;
    sim->rules = 0;
    json_t *row;
    json_array_foreach(rules, i, row)
    {
        struct authsim_rule rule;
        is_good = is_good && read_rule(row, &rule, error, size);
        if (is_good)
            authsim_fault(sim, &rule);
    }
    json_decref(script);
    if (!is_good) {
        authsim_no_faults(sim);
        sim->rule = old;
        sim->rules = olds;
        return false;
    }
    free(old);
    return true;
}

/* ---- what they do ---- */

static json_t *spoilt_expiry(const struct ask *ask, int64_t dies_ms, int64_t seconds)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)seconds);
    switch (ask->fault ? ask->fault->fault : AUTHSIM_FAULT_COUNT) {
    case AUTHSIM_FAULT_expires_string:
        return json_string(text);
    case AUTHSIM_FAULT_expires_number:
        return json_integer(seconds);
    case AUTHSIM_FAULT_expires_missing:
        return NULL;
    case AUTHSIM_FAULT_expires_negative:
        return json_integer(-1);
    case AUTHSIM_FAULT_expires_zero:
        return json_integer(0);
    case AUTHSIM_FAULT_expires_absolute:
        return json_integer(dies_ms / 1000);
    case AUTHSIM_FAULT_expires_type:
        return json_pack("{s:I}", "seconds", (json_int_t)seconds);
    case AUTHSIM_FAULT_expires_huge:
        return json_integer(INT64_C(1000000000000000000));
    default:
        if (ask->provider->rules & EXPIRES_AT)
            return json_integer(dies_ms / 1000);
        return ask->provider->rules & EXPIRES_TEXT ? json_string(text) : json_integer(seconds);
    }
}

void as_put_expiry(struct ask *ask, json_t *answer, const char *name, int64_t dies_ms)
{
    int64_t seconds = (dies_ms - ask->now_ms) / 1000;
    json_t *value = spoilt_expiry(ask, dies_ms, seconds > 0 ? seconds : 1);
    if (value)
        json_object_set_new(answer, name, value);
    else
        json_object_del(answer, name);
}

static void say(struct authsim_reply *reply, int status, const char *type, const char *body)
{
    free(reply->headers);
    free(reply->body);
    reply->status = status;
    reply->reason[0] = '\0';
    reply->type = type;
    reply->headers = sim_dup("");
    reply->body = sim_dup(body);
    reply->body_n = reply->announced_n = strlen(body);
}

void as_fault_shape(const struct authsim_rule *fault, struct authsim_reply *reply)
{
    switch (fault->fault) {
    case AUTHSIM_FAULT_lost_before:
    case AUTHSIM_FAULT_lost_after:
        say(reply, 0, "text/plain", "");
        reply->fate = AUTHSIM_LOST;
        break;
    case AUTHSIM_FAULT_500_before:
    case AUTHSIM_FAULT_500_after:
        say(reply, 500, "application/json", "{\"error\":\"server_error\"}");
        break;
    case AUTHSIM_FAULT_503_before:
        say(reply, 503, "application/json", "{\"error\":\"temporarily_unavailable\"}");
        break;
    case AUTHSIM_FAULT_html:
        say(reply, 200, "text/html", "<html><head><title>Just a moment...</title></head><body></body></html>");
        break;
    case AUTHSIM_FAULT_empty:
        say(reply, 200, "application/json", "");
        break;
    case AUTHSIM_FAULT_truncated:
        reply->body_n /= 2;
        reply->body[reply->body_n] = '\0';
        reply->fate = AUTHSIM_CUT;
        break;
    case AUTHSIM_FAULT_slow:
        reply->late_ms = 30000;
        break;
    default:
        break;
    }
}
