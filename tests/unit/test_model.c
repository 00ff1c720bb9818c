/* test_model.c - the model table keeps its own rules. */
#include "core/map/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool snake(const char *name)
{
    if (!(*name >= 'a' && *name <= 'z'))
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void check_field(const struct entity *entity, size_t i)
{
    const struct model_field *field = &entity->fields[i];
    bool holds = field->type == MODEL_OBJECT || field->type == MODEL_LIST;
    bool listed = field->type == MODEL_ENUM || field->type == MODEL_ENUMS;
    if (!snake(field->name) || holds != (field->sub != NULL) || listed != (field->values != NULL) || !field->doc[0])
        fail_msg("%s.%s: the row does not fit its type", entity->name, field->name);
    if (field->flags & MODEL_RAW) {
        const struct model_field *base = &entity->fields[i ? i - 1 : 0];
        size_t n = strlen(base->name);
        if (memcmp(base->name, field->name, n) != 0 || strcmp(field->name + n, "_raw") != 0 ||
            (base->type != MODEL_ENUM && base->type != MODEL_COUNTRY))
            fail_msg("%s.%s: stands behind %s", entity->name, field->name, base->name);
    }
    if (listed || field->type == MODEL_COUNTRY) {
        bool own = strcmp(entity->name, "inventory_adjustment") == 0;
        if (!own && !(i + 1 < entity->n_fields && entity->fields[i + 1].flags & MODEL_RAW))
            fail_msg("%s.%s: has no raw value beside it", entity->name, field->name);
        if (listed && !own && !model_enum_has(field, SPAN("unknown")))
            fail_msg("%s.%s: has no \"unknown\"", entity->name, field->name);
    }
    for (size_t j = 0; j < i; j++) {
        if (strcmp(entity->fields[j].name, field->name) == 0)
            fail_msg("%s.%s: twice", entity->name, field->name);
    }
}

static void rows_fit_their_types(void **state)
{
    (void)state;
    size_t n = 0, fields = 0;
    for (const struct entity *entity; (entity = model_entity_at(n)); n++) {
        assert_ptr_equal(model_entity(entity->name), entity);
        assert_true(snake(entity->name) && entity->title[0] && entity->doc[0]);
        for (size_t i = 0; i < entity->n_fields; i++)
            check_field(entity, i);
        fields += entity->n_fields;
        if (entity->record)
            assert_true(model_field(entity, SPAN("id")) && model_field(entity, SPAN("unsupported")));
    }
    assert_true(n >= 60 && fields >= 700);
}

static void look_ups(void **state)
{
    (void)state;
    const struct entity *order = model_entity("order");
    assert_non_null(order);
    assert_null(model_entity("nonsense"));
    assert_null(model_entity(NULL));
    assert_ptr_equal(model_entity("inventory"), model_entity("inventory_level"));
    assert_int_equal(model_path(order, SPAN("items.quantities.fulfilled"))->type, MODEL_QTY);
    assert_int_equal(model_path(order, SPAN("external_ids.anything"))->type, MODEL_MAP);
    assert_int_equal(model_path(order, SPAN("totals.total"))->type, MODEL_MONEYSET);
    assert_null(model_path(order, SPAN("items.nonsense")));
    assert_null(model_path(order, SPAN("number.x")));
    assert_true(model_enum_has(model_path(order, SPAN("payment_status")), SPAN("paid")));
    assert_false(model_enum_has(model_path(order, SPAN("payment_status")), SPAN("captured")));
    assert_string_equal(model_type_name(MODEL_MONEYSET), "moneyset");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_fit_their_types),
        cmocka_unit_test(look_ups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
