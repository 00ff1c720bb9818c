/* stock_check.c - what is wrong with the body of a stock write, and by which endpoints it is done. */
#include "core/call/stock_inside.h"

#include "core/write/check.h"

#include <stdio.h>
#include <string.h>

enum { QUANTITY_SCALE_MAX = 4 };

static const struct {
    const char *name;
    enum stock_mode mode;
    const char *native; /* endpoint by which the shop does it */
} modes[] = { { "set", STOCK_SET, "inventory.set" },
              { "delta", STOCK_DELTA, "inventory.adjust" },
              { "compare_and_set", STOCK_COMPARE_AND_SET, "inventory.compare_and_set" } };

const char *stock_mode_name(enum stock_mode mode)
{
    return modes[mode].name;
}

/* As a decimal; what is no number of at most 4 decimals is a fault. */
static void read_quantity(const struct call *call, const char *name, struct faults *faults, struct dec *out)
{
    const json_t *value = json_object_get(call->args, name);
    char text[40] = "";
    struct dec number;
    if (json_is_integer(value))
        snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof(text), "%.15g", json_real_value(value));
    if (dec_parse(span_of(text), &number) && dec_trim(number, 0).scale <= QUANTITY_SCALE_MAX)
        *out = dec_trim(number, 0);
    else
        faults_add(faults, span_of(name), "a number with at most 4 decimals", value);
}

static bool read_mode(const struct call *call, struct faults *faults, enum stock_mode *out)
{
    const json_t *value = json_object_get(call->args, "mode");
    struct span text = value ? (struct span){ json_string_value(value), json_string_length(value) } : SPAN("set");
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (text.p && span_is(text, modes[i].name)) {
            *out = modes[i].mode;
            return true;
        }
    }
    faults_add(faults, SPAN("mode"), "set, delta or compare_and_set", value);
    return false;
}

static void check_member(const char *name, const json_t *value, struct faults *faults)
{
    static const char *const texts[] = {
        "sku", "variant_id", "inventory_item_id", "location_id", "reason", "reference"
    };
    static const char *const others[] = { "mode", "require", "quantity", "expected" }; /* read by themselves */
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(name, others[i]) == 0)
            return;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(name, texts[i]) != 0)
            continue;
        if (!json_is_string(value) || json_string_length(value) == 0)
            faults_add(faults, span_of(name), "a text that is not empty", value);
        return;
    }
    faults_add(faults, span_of(name), "a member of a stock write, as in /openapi.json", value);
}

/* A platform without locations has one place, which its table names: { "location_id", "=shop" }.  NULL: it has some. */
static const char *only_place(const struct cw_adapter *table)
{
    for (const struct cw_record *record = table->records; record && record->name; record++) {
        for (const struct cw_field *row = record->fields; row->ours; row++) {
            if (strcmp(record->name, "inventory") == 0 && strcmp(row->ours, "location_id") == 0)
                return row->theirs && row->theirs[0] == '=' && !strchr(row->theirs, '{') ? row->theirs + 1 : NULL;
        }
    }
    return NULL;
}

static void check_place(const struct call *call, struct faults *faults)
{
    const char *only = only_place(call->store->platform->table);
    const json_t *value = json_object_get(call->args, "location_id");
    char expected[200] = "the id of a location";
    if (only)
        snprintf(expected, sizeof(expected), "\"%s\", the one place that %s has", only,
                 call->store->platform->table->title);
    if (!value || (only && json_string_length(value) > 0 && strcmp(json_string_value(value), only) != 0))
        faults_add(faults, SPAN("location_id"), expected, value);
}

/* Whose level it is, and where. */
static void check_members(const struct call *call, struct faults *faults)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->args, name, value) check_member(name, value, faults);
    check_place(call, faults);
    if (!json_object_get(call->args, "sku") && !json_object_get(call->args, "variant_id") &&
        !json_object_get(call->args, "inventory_item_id"))
        faults_add(faults, SPAN("sku"), "one of sku, variant_id and inventory_item_id", NULL);
}

/* The shop's own way of doing it, if it has one.  A plain set is as native as its comparing is. */
static void choose_endpoint(struct stock *stock)
{
    const struct platform *platform = stock->call->store->platform;
    const struct endpoint *native = platform_endpoint(platform, modes[stock->mode].native);
    stock->is_native = native && platform_endpoint(platform, modes[STOCK_COMPARE_AND_SET].native);
    stock->set = native ? native : platform_endpoint(platform, "inventory.set");
}

static bool wants(const struct call *call, const char *guard)
{
    const json_t *require = json_object_get(call->args, "require");
    return json_is_string(require) && strcmp(json_string_value(require), guard) == 0;
}

static enum err check_members_of(struct stock *stock)
{
    struct call *call = stock->call;
    const json_t *require = json_object_get(call->args, "require"), *other = json_object_get(call->args, "expected");
    struct faults faults;
    faults_init(&faults);
    check_members(call, &faults);
    bool is_known = read_mode(call, &faults, &stock->mode);
    read_quantity(call, "quantity", &faults, &stock->quantity);
    if (stock->mode == STOCK_COMPARE_AND_SET)
        read_quantity(call, "expected", &faults, &stock->expected);
    else if (other && is_known)
        faults_add(&faults, SPAN("expected"), "no value: only compare_and_set takes it", other);
    if (require && !wants(call, "native") && !wants(call, "checked"))
        faults_add(&faults, SPAN("require"), "native or checked", require);
    enum err err = faults_give(&faults, call->arena, "nothing was sent to the shop", &call->fault, &call->faults);
    faults_release(&faults);
    return err;
}

enum err stock_check_body(struct stock *stock)
{
    struct call *call = stock->call;
    const char *title = call->store->platform->table->title;
    enum err err = check_members_of(stock);
    if (err)
        return err;
    choose_endpoint(stock);
    stock->target = stock->quantity;
    stock->has_target = stock->mode != STOCK_DELTA;
    if (wants(call, "native") && !stock->is_native)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s has no native form of this: the guard is \"checked\"",
                         title);
    if (stock->mode != STOCK_SET && !stock->is_native && !stock->get)
        return fault_set(&call->fault, ERR_UNSUPPORTED, "%s cannot read one stock level, so only mode set is possible",
                         title);
    return OK;
}

enum err stock_check(struct call *call, struct stock_asks *asks)
{
    struct stock stock = { .call = call, .get = platform_endpoint(call->store->platform, "inventory.get") };
    enum err err = stock_check_body(&stock);
    bool reads = stock.mode != STOCK_SET && !stock.is_native;
    if (!err)
        *asks = (struct stock_asks){ reads ? stock.get : NULL, stock.set, stock.get };
    return err;
}
