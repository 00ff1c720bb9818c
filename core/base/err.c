/*
 * err.c - the error table of err.h as four look-ups, and the sentence that travels with an error.
 *
 * How it works: the X-macro is laid out once more as rows, indexed by enum err; row 0 is "ok".  A number
 * that is no err (a bug of ours) reads as "internal" rather than past the table.
 *
 *   fault_set(&fault, ERR_NOT_FOUND, "order %s", "7")   ->  ERR_NOT_FOUND, fault.text "order 7"
 *   err_status(ERR_NOT_FOUND)                           ->  404
 */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct row {
    const char *code;
    int status;
    bool retryable;
    const char *title;
} rows[ERR_COUNT] = { [OK] = { "ok", 200, false, "Done" },
#define X(symbol, code, status, retryable, title) [ERR_##symbol] = { code, status, retryable, title },
                      ERR_LIST(X)
#undef X
};

static const struct row *row_of(enum err err)
{
    return (unsigned)err < ERR_COUNT ? &rows[err] : &rows[ERR_INTERNAL];
}

const char *err_code(enum err err)
{
    return row_of(err)->code;
}

int err_status(enum err err)
{
    return row_of(err)->status;
}

bool err_retryable(enum err err)
{
    return row_of(err)->retryable;
}

const char *err_title(enum err err)
{
    return row_of(err)->title;
}

void fault_write(struct fault *fault, enum err err, const char *format, ...)
{
    if (!fault)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
    fault->err = err;
}
