/* caps.c - the caps of apps: how they are said, and whose holds. */
#include "api/apps/caps.h"

#include "api/apps/apps.h"

#include <stdlib.h>

enum { FOUND_SHOWN = 40 };

enum err cap_read(const json_t *value, bool takes_default, struct fault *fault, uint32_t *out)
{
    struct span text = { json_string_value(value), json_string_length(value) };
    int64_t number = json_is_integer(value) ? json_integer_value(value) : 0;
    if (json_is_null(value) || (takes_default && text.p && span_is(text, "default"))) {
        *out = takes_default ? CAP_DEFAULT : CAP_ALL;
        return OK;
    }
    if (number >= 1 && number <= CAP_ALL) {
        *out = (uint32_t)number;
        return OK;
    }
    char *found = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    fault_set(fault, ERR_VALIDATION_FAILED, "cap: expected a whole number from 1 to %d%s, found %.*s", CAP_ALL,
              takes_default ? " or \"default\"" : "", FOUND_SHOWN, found ? found : "nothing");
    free(found);
    return ERR_VALIDATION_FAILED;
}

void cap_json(uint32_t cap, struct buf *out)
{
    if (cap == CAP_DEFAULT)
        buf_lit(out, ",\"cap\":\"default\"");
    else
        buf_printf(out, ",\"cap\":%u", cap);
}

static uint32_t cap_of_app(void *self, const char *app_id)
{
    const struct app *app = apps_find(self, span_of(app_id));
    if (!app)
        return CAP_ALL;
    return app->cap == CAP_DEFAULT ? app->tier->cap : app->cap;
}

struct cap_source caps_source(const struct apps *apps)
{
    return (struct cap_source){ (void *)apps, cap_of_app };
}
