/* sign_row.c - which rows of cw_sign make sense: a key always, and of the rest what their algorithm asks for. */
#include "core/platform/sign_row.h"

#include "adapters/adapter.h"

#include <string.h>

bool sign_is_oauth1(const struct cw_sign *row)
{
    return row->alg == CW_OAUTH1_SHA1 || row->alg == CW_OAUTH1_SHA256;
}

static bool is_hmac(const struct cw_sign *row)
{
    return row->alg == CW_HMAC_SHA1 || row->alg == CW_HMAC_SHA256;
}

static const char *const forms[] = { "hex", "hex,upper", "b64" };

static bool is_form(const char *fmt)
{
    for (size_t i = 0; fmt && i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(fmt, forms[i]) == 0)
            return true;
    }
    return false;
}

const char *sign_refuses(const struct cw_sign *row, bool is_callback)
{
    bool in_query = row->at && row->at[0] == '?' && row->at[1];
    bool in_header = row->at && strncmp(row->at, "header:", 7) == 0 && row->at[7];
    if (!row->key)
        return "expected a key";
    if (sign_is_oauth1(row) && !is_callback)
        return row->fmt || row->stamp || row->window_s ? "OAuth 1.0a has a form of its own"
               : row->text && !in_header ? "OAuth 1.0a has a text of its own: here stands the realm of a header"
               : row->at && (strcmp(row->at, "?oauth_signature") == 0 || strcmp(row->at, "header:Authorization") == 0)
                   ? NULL
                   : "OAuth 1.0a stands at \"?oauth_signature\" or \"header:Authorization\"";
    if (!is_hmac(row))
        return "expected CW_HMAC_SHA256 or CW_HMAC_SHA1";
    if (!row->text || !is_form(row->fmt))
        return "expected a text, and \"hex\", \"hex,upper\" or \"b64\"";
    if (is_callback)
        return in_query && (!row->stamp || row->stamp[0] == '?') ? NULL : "a callback's signature stands in its query";
    return in_query || in_header ? NULL : "expected a place, \"?sign\" or \"header:X-Sign\"";
}
