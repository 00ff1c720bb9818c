/*
 * openapi.c - the API's description, made from the tables that serve the requests.
 *
 * Paths come from routes.c, parameters from there and from the filters of core/platform/method.c, record schemas from
 * the model, error codes from err.h.  Only what has no table elsewhere (bodies of requests, answers about stores and
 * apps) is written here, as JSON Schema.
 */
#include "api/openapi.h"

#include "api/visit.h"
#include "core/map/model.h"

#include <ctype.h>
#include <string.h>

/* ---- schemas without a table of their own ----------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name, *schema;
} fixed[] = {
    { "health", "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"type\":\"string\"}}}" },
    { "openapi", "{\"type\":\"object\"}" },
    { "count", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"count\"],\"properties\":{\"count\":{\"type\":\"integer\",\"minimum\":0}}}}}" },
    { "fanout", "{\"type\":\"object\",\"required\":[\"stores\"],\"properties\":{\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"store\",\"status\"],\"properties\":{\"store\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"next\":{\"type\":[\"string\",\"null\"]},\"problems\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"error\":{\"type\":\"object\"}}}}}}" },
    { "fanout_count", "{\"type\":\"object\",\"required\":[\"data\",\"stores\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"count\"],\"properties\":{\"count\":{\"type\":\"integer\",\"minimum\":0}}},\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"store\",\"status\"],\"properties\":{\"store\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"next\":{\"type\":[\"string\",\"null\"]},\"problems\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"error\":{\"type\":\"object\"}}}}}}" },
    { "explanation_object", "{\"type\":\"object\",\"required\":[\"object\",\"store\",\"method\",\"class\",\"weight\",\"plan\",\"attempts\",\"cost\",\"wait_ms\",\"waits_for\",\"refusal\"],\"properties\":{\"object\":{\"const\":\"explanation\"},\"store\":{\"type\":\"string\"},\"method\":{\"type\":\"string\"},\"class\":{\"type\":\"string\"},\"weight\":{\"type\":\"integer\"},\"plan\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"endpoint\",\"role\",\"http\",\"class\",\"least\",\"likely\",\"most\"],\"properties\":{\"endpoint\":{\"type\":\"string\"},\"role\":{\"type\":\"string\"},\"http\":{\"type\":\"string\"},\"class\":{\"type\":\"string\"},\"least\":{\"type\":\"integer\"},\"likely\":{\"type\":\"integer\"},\"most\":{\"type\":\"integer\"},\"fields\":{\"type\":\"string\"},\"undo\":{\"type\":\"string\"}}}},\"attempts\":{\"type\":\"object\",\"required\":[\"least\",\"likely\",\"most\"],\"properties\":{\"least\":{\"type\":\"integer\"},\"likely\":{\"type\":\"integer\"},\"most\":{\"type\":\"integer\"}}},\"cost\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"limit\",\"key\",\"least\",\"likely\",\"most\",\"left\",\"most_at_once\",\"source\",\"mode\"],\"properties\":{\"limit\":{\"type\":\"string\"},\"key\":{\"type\":\"string\"},\"least\":{\"type\":\"integer\"},\"likely\":{\"type\":\"integer\"},\"most\":{\"type\":\"integer\"},\"left\":{\"type\":\"integer\"},\"most_at_once\":{\"type\":\"integer\"},\"source\":{\"type\":\"string\"},\"part\":{\"type\":\"integer\"},\"mode\":{\"enum\":[\"hold\",\"observe\"]},\"would_wait_ms\":{\"type\":[\"integer\",\"null\"]}}}},\"wait_ms\":{\"type\":\"integer\"},\"waits_for\":{\"type\":[\"string\",\"null\"]},\"refusal\":{\"type\":[\"string\",\"null\"]}}}" },
    { "explanation", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/explanation_object\"}}}" },
    { "explanations", "{\"type\":\"object\",\"required\":[\"stores\"],\"properties\":{\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"store\",\"status\"],\"properties\":{\"store\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"data\":{\"$ref\":\"#/components/schemas/explanation_object\"},\"error\":{\"type\":\"object\"}}}}}}" },
    { "validation", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"valid\"],\"properties\":{\"valid\":{\"type\":\"boolean\"}}}}}" },
    { "inventory_adjustment", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"object\",\"store\",\"mode\",\"quantity\",\"guard\",\"result\"],\"properties\":{\"object\":{\"const\":\"inventory_adjustment\"},\"store\":{\"type\":\"string\"},\"mode\":{\"enum\":[\"set\",\"delta\",\"compare_and_set\"]},\"quantity\":{\"type\":\"number\"},\"expected\":{\"type\":[\"number\",\"null\"]},\"guard\":{\"enum\":[\"native\",\"checked\"]},\"collapsed\":{\"const\":true,\"description\":\"A later set of the same level took its place: result is what came of that one.\"},\"result\":{\"type\":\"object\",\"required\":[\"before\",\"after\",\"verified_at\"],\"properties\":{\"before\":{\"type\":[\"number\",\"null\"]},\"after\":{\"type\":[\"number\",\"null\"]},\"verified_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}}}}}}}" },
    { "inventory_adjustment_request", "{\"type\":\"object\",\"required\":[\"location_id\",\"quantity\"],\"additionalProperties\":false,\"properties\":{\"mode\":{\"enum\":[\"set\",\"delta\",\"compare_and_set\"],\"default\":\"set\"},\"sku\":{\"type\":\"string\"},\"variant_id\":{\"type\":\"string\"},\"inventory_item_id\":{\"type\":\"string\"},\"location_id\":{\"type\":\"string\"},\"quantity\":{\"type\":\"number\"},\"expected\":{\"type\":\"number\"},\"require\":{\"enum\":[\"native\",\"checked\"]},\"reason\":{\"type\":\"string\"},\"reference\":{\"type\":\"string\"}}}" },
    { "inventory_batch", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"type\":\"integer\"},\"data\":{\"type\":\"object\"},\"error\":{\"$ref\":\"#/components/schemas/problem\"}}}}}}" },
    { "inventory_batch_request", "{\"type\":\"object\",\"required\":[\"items\"],\"additionalProperties\":false,\"properties\":{\"items\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":100,\"items\":{\"$ref\":\"#/components/schemas/inventory_adjustment_request\"}}}}" },
    { "capabilities", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"object\",\"store\",\"platform\",\"version\",\"methods\"],\"properties\":{\"object\":{\"const\":\"capabilities\"},\"store\":{\"type\":\"string\"},\"platform\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},\"methods\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}}}" },
    { "store_connection", "{\"type\":\"object\",\"required\":[\"object\",\"id\",\"platform\",\"created_at\",\"updated_at\"],\"properties\":{\"object\":{\"const\":\"store_connection\"},\"id\":{\"type\":\"string\"},\"platform\":{\"type\":\"string\"},\"created_at\":{\"type\":\"string\",\"format\":\"date-time\"},\"updated_at\":{\"type\":\"string\",\"format\":\"date-time\"},\"allow_private\":{\"type\":\"boolean\"},\"settings\":{\"type\":\"object\"},\"credentials\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"Names only.\"}}}" },
    { "store_connection_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/store_connection\"}}}}" },
    { "admin_store_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/store_connection\"}}}}" },
    { "admin_store", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/store_connection\"}}}" },
    { "admin_store_request", "{\"type\":\"object\",\"required\":[\"id\",\"platform\",\"settings\"],\"additionalProperties\":false,\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,64}$\"},\"platform\":{\"type\":\"string\"},\"settings\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},\"credentials\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"},\"writeOnly\":true},\"allow_private\":{\"type\":\"boolean\",\"default\":false}}}" },
    { "admin_store_patch", "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"settings\":{\"type\":[\"object\",\"null\"],\"description\":\"A merge patch: null clears an optional setting, or sets its default; null of all of them does so with each.\",\"additionalProperties\":{\"type\":[\"string\",\"null\"]}},\"allow_private\":{\"type\":[\"boolean\",\"null\"],\"description\":\"null: false.\"}}}" },
    { "store_removal", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"object\",\"id\",\"revoked\",\"revoke_detail\"],\"properties\":{\"object\":{\"const\":\"store_removal\"},\"id\":{\"type\":\"string\"},\"revoked\":{\"type\":[\"boolean\",\"null\"],\"description\":\"Has the provider ended the grant?  null: there was none, or no way to end it.\"},\"revoke_detail\":{\"type\":[\"string\",\"null\"]}}}}}" },
    { "connect_request", "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"return_url\":{\"type\":\"string\",\"description\":\"Where the browser goes in the end, with store, status (connected, failed) and reason; of an origin that option return-origins lists.  Left out: a page of the gateway.\"},\"way\":{\"type\":\"string\",\"description\":\"Which of the platform's ways in.  Left out: the first that can be opened by a link.\"}}}" },
    { "connect_link", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"object\",\"store\",\"way\",\"authorize_url\",\"start_url\",\"expires_at\"],\"properties\":{\"object\":{\"const\":\"connect_link\"},\"store\":{\"type\":\"string\"},\"way\":{\"type\":\"string\"},\"authorize_url\":{\"type\":\"string\",\"description\":\"The platform's page of consent.\"},\"start_url\":{\"type\":\"string\",\"description\":\"A page of the gateway before it, for a merchant who is sent the link: who asks for what.\"},\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"}}}}}" },
    { "credentials_request", "{\"type\":\"object\",\"required\":[\"credentials\"],\"additionalProperties\":false,\"properties\":{\"credentials\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"},\"writeOnly\":true}}}" },
    { "credentials_object", "{\"type\":\"object\",\"required\":[\"object\",\"store\",\"adapter\",\"state\",\"fields\",\"refused\",\"tokens\"],\"properties\":{\"object\":{\"const\":\"credentials\"},\"store\":{\"type\":\"string\"},\"adapter\":{\"type\":[\"string\",\"null\"]},\"state\":{\"enum\":[\"none\",\"static\",\"refused\",\"fresh\",\"refreshing\",\"refresh_failed\",\"reauth_required\"]},\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\",\"version\",\"updated_at\"],\"properties\":{\"name\":{\"type\":\"string\"},\"version\":{\"type\":\"integer\"},\"updated_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}}}},\"refused\":{\"type\":\"object\",\"required\":[\"times\",\"last_at\"],\"properties\":{\"times\":{\"type\":\"integer\"},\"last_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}}},\"tokens\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"way\",\"state\",\"generation\",\"obtained_at\",\"expires_at\",\"refresh_expires_at\",\"last_refresh_at\",\"next_refresh_at\",\"failures\",\"last_error\",\"scope\",\"evidence\"],\"properties\":{\"way\":{\"type\":\"string\"},\"state\":{\"enum\":[\"fresh\",\"refreshing\",\"refresh_failed\",\"reauth_required\"]},\"generation\":{\"type\":\"integer\"},\"obtained_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"expires_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"refresh_expires_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"last_refresh_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"next_refresh_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"failures\":{\"type\":\"integer\"},\"last_error\":{\"type\":[\"string\",\"null\"]},\"scope\":{\"type\":[\"string\",\"null\"]},\"evidence\":{\"type\":[\"object\",\"null\"]}}}}}}" },
    { "credentials", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/credentials_object\"}}}" },
    { "credentials_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/credentials_object\"}}}}" },
    { "app_object", "{\"type\":\"object\",\"required\":[\"object\",\"id\",\"name\",\"scopes\",\"stores\",\"created_at\"],\"properties\":{\"object\":{\"const\":\"app\"},\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"scopes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"created_at\":{\"type\":\"string\",\"format\":\"date-time\"},\"tier\":{\"type\":\"string\"},\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"$ref\":\"#/components/schemas/cap\"},\"key\":{\"type\":\"string\",\"description\":\"Only in the answer that made it.\"}}}" },
    { "app", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/app_object\"}}}" },
    { "app_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/app_object\"}}}}" },
    { "app_request", "{\"type\":\"object\",\"required\":[\"name\",\"scopes\",\"stores\"],\"properties\":{\"name\":{\"type\":\"string\"},\"scopes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"tier\":{\"type\":\"string\"},\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"$ref\":\"#/components/schemas/cap\"}}}" },
    { "app_patch", "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\"},\"scopes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"stores\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"tier\":{\"type\":[\"string\",\"null\"],\"description\":\"null: the tier default.\"},\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"$ref\":\"#/components/schemas/cap\"}}}" },
    { "key_object", "{\"type\":\"object\",\"required\":[\"object\",\"id\",\"starts_with\",\"created_at\",\"expires_at\",\"last_used_at\"],\"properties\":{\"object\":{\"const\":\"key\"},\"id\":{\"type\":\"string\"},\"starts_with\":{\"type\":\"string\"},\"role\":{\"enum\":[\"owner\",\"operator\",\"auditor\"]},\"created_at\":{\"type\":\"string\"},\"expires_at\":{\"type\":[\"string\",\"null\"]},\"last_used_at\":{\"type\":[\"string\",\"null\"]},\"key\":{\"type\":\"string\"}}}" },
    { "key", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/key_object\"}}}" },
    { "key_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/key_object\"}}}}" },
    { "key_request", "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"expires_at\":{\"type\":[\"string\",\"null\"]}}}" },
    { "admin_key_request", "{\"type\":\"object\",\"required\":[\"role\"],\"additionalProperties\":false,\"properties\":{\"role\":{\"enum\":[\"owner\",\"operator\",\"auditor\"]},\"expires_at\":{\"type\":[\"string\",\"null\"]}}}" },
    { "audit_list", "{\"type\":\"object\",\"required\":[\"data\",\"next\",\"problems\"],\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"object\",\"seq\",\"at\",\"actor\",\"action\",\"subject\"],\"properties\":{\"object\":{\"const\":\"audit\"},\"seq\":{\"type\":\"integer\"},\"at\":{\"type\":\"string\"},\"actor\":{\"type\":\"string\"},\"action\":{\"type\":\"string\"},\"subject\":{\"type\":\"string\"},\"detail\":{\"type\":\"object\"}}}},\"next\":{\"type\":[\"integer\",\"null\"]},\"problems\":{\"type\":\"array\"}}}" },
    { "cap", "{\"description\":\"What of 100 of each limit of each shop the app may take at most; default, or null: its tier's.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},{\"const\":\"default\"},{\"type\":\"null\"}]}" },
    { "quota", "{\"type\":[\"object\",\"null\"],\"description\":\"null, of one or of all: default.\",\"additionalProperties\":false,\"properties\":{\"per_minute\":{\"oneOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000},{\"enum\":[\"none\",\"default\",null]}]},\"per_hour\":{\"oneOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000},{\"enum\":[\"none\",\"default\",null]}]}}}" },
    { "tier_object", "{\"type\":\"object\",\"required\":[\"object\",\"id\",\"quota\",\"apps\"],\"properties\":{\"object\":{\"const\":\"tier\"},\"id\":{\"type\":\"string\"},\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},\"apps\":{\"type\":\"integer\"}}}" },
    { "tier", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/tier_object\"}}}" },
    { "tier_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/tier_object\"}}}}" },
    { "tier_request", "{\"type\":\"object\",\"required\":[\"id\"],\"additionalProperties\":false,\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{1,40}$\"},\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}}}" },
    { "tier_patch", "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,\"properties\":{\"quota\":{\"$ref\":\"#/components/schemas/quota\"},\"cap\":{\"type\":[\"integer\",\"null\"],\"description\":\"null: 100.\",\"minimum\":1,\"maximum\":100}}}" },
    { "limit_override", "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":false,\"properties\":{\"amount\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000},\"per_ms\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":2678400000},\"burst\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000000},\"linger_ms\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3600000},\"share\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},\"mode\":{\"enum\":[\"hold\",\"observe\",\"off\"]}}}" },
    { "limit_probe", "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"requests\":{\"type\":\"integer\",\"minimum\":1},\"seconds\":{\"type\":\"integer\",\"minimum\":1}}}" },
    { "limit_object", "{\"type\":\"object\",\"required\":[\"object\",\"store\",\"limit\",\"kind\",\"amount\",\"source\",\"mode\",\"published\",\"plugins_d\",\"override\"],\"properties\":{\"object\":{\"const\":\"limit\"},\"store\":{\"type\":\"string\"},\"limit\":{\"type\":\"string\"},\"kind\":{\"enum\":[\"bucket\",\"window\",\"sliding\",\"open\"]},\"amount\":{\"type\":\"integer\"},\"per_ms\":{\"type\":\"integer\"},\"burst\":{\"type\":\"integer\"},\"source\":{\"enum\":[\"adapter\",\"setting\",\"plugins.d\",\"store\",\"probe\",\"learnt\"]},\"mode\":{\"enum\":[\"hold\",\"observe\",\"off\"]},\"share\":{\"type\":\"integer\"},\"published\":{\"type\":\"object\"},\"plugins_d\":{\"type\":[\"object\",\"null\"]},\"override\":{\"type\":[\"object\",\"null\"]},\"set_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"evidence\":{\"type\":[\"object\",\"null\"]}}}" },
    { "limit", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/limit_object\"}}}" },
    { "limit_list", "{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/components/schemas/limit_object\"}}}}" },
    { "adapter_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "vault", "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"object\",\"state\",\"key_id\",\"next_key_id\",\"stores\",\"stores_under_next\",\"credentials\",\"waits_for\"],\"properties\":{\"object\":{\"const\":\"vault\"},\"state\":{\"enum\":[\"settled\",\"rotating\",\"rotated\"]},\"key_id\":{\"type\":\"string\"},\"next_key_id\":{\"type\":[\"string\",\"null\"]},\"stores\":{\"type\":\"integer\"},\"stores_under_next\":{\"type\":\"integer\"},\"credentials\":{\"type\":\"integer\"},\"secret_bytes\":{\"type\":\"integer\"},\"locked_bytes\":{\"type\":\"integer\"},\"waits_for\":{\"type\":[\"string\",\"null\"]}}}}}" },
    { "drift_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "platform_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "lane_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "alert_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "attempt_list", "{\"$ref\":\"#/components/schemas/list\"}" },
    { "usage_list", "{\"type\":\"object\",\"required\":[\"data\",\"next\",\"problems\"],\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"forecast\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"truncated\":{\"type\":\"boolean\"},\"next\":{\"type\":\"null\"},\"problems\":{\"type\":\"array\"}}}" },
    { "list", "{\"type\":\"object\",\"required\":[\"data\",\"next\",\"problems\"],\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"next\":{\"type\":[\"string\",\"null\"]},\"problems\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}" },
    { "Money", "{\"type\":[\"object\",\"null\"],\"required\":[\"amount\",\"minor\",\"currency\"],\"properties\":{\"amount\":{\"type\":\"string\"},\"minor\":{\"type\":[\"integer\",\"null\"]},\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}}}" },
    { "MoneySet", "{\"type\":[\"object\",\"null\"],\"properties\":{\"shop\":{\"$ref\":\"#/components/schemas/Money\"},\"presentment\":{\"$ref\":\"#/components/schemas/Money\"}}}" },
    { "Phone", "{\"type\":[\"object\",\"null\"],\"properties\":{\"e164\":{\"type\":[\"string\",\"null\"]},\"raw\":{\"type\":\"string\"}}}" },
    { "Measure", "{\"type\":[\"object\",\"null\"],\"properties\":{\"value\":{\"type\":\"string\"},\"unit\":{\"type\":\"string\"}}}" },
};

/* What a field's type is in JSON Schema; %s: "null" may stand too. */
static const struct {
    enum model_type type;
    const char *required, *nullable;
} types[] = {
    { MODEL_STR,      "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_DEC,      "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_MONEY,    "{\"$ref\":\"#/components/schemas/Money\"", NULL },
    { MODEL_MONEYSET, "{\"$ref\":\"#/components/schemas/MoneySet\"", NULL },
    { MODEL_QTY,      "{\"type\":\"number\"",  "{\"type\":[\"number\",\"null\"]" },
    { MODEL_INT,      "{\"type\":\"integer\"", "{\"type\":[\"integer\",\"null\"]" },
    { MODEL_BOOL,     "{\"type\":\"boolean\"", "{\"type\":[\"boolean\",\"null\"]" },
    { MODEL_MEASURE,  "{\"$ref\":\"#/components/schemas/Measure\"", NULL },
    { MODEL_TS,       "{\"type\":\"string\",\"format\":\"date-time\"", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"" },
    { MODEL_DATE,     "{\"type\":\"string\",\"format\":\"date\"", "{\"type\":[\"string\",\"null\"],\"format\":\"date\"" },
    { MODEL_ENUM,     "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_PHONE,    "{\"$ref\":\"#/components/schemas/Phone\"", NULL },
    { MODEL_COUNTRY,  "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_CURRENCY, "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_URL,      "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_HTML,     "{\"type\":\"string\"",  "{\"type\":[\"string\",\"null\"]" },
    { MODEL_MAP,      "{\"type\":\"object\"",  "{\"type\":[\"object\",\"null\"]" },
    { MODEL_STRS,     "{\"type\":\"array\",\"items\":{\"type\":\"string\"}", NULL },
    { MODEL_ENUMS,    "{\"type\":\"array\",\"items\":{\"type\":\"string\"}", NULL },
    { MODEL_JSON,     "{\"description\":\"as the platform wrote it\"", NULL },
};
/* clang-format on */

/* ---- the model -----------------------------------------------------------------------------------------------------
 */

static void write_sub(const struct model_field *field, struct buf *out)
{
    const char *title = field->sub->title;
    if (field->type == MODEL_LIST)
        buf_printf(out, "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}", title);
    else if (field->flags & MODEL_REQUIRED)
        buf_printf(out, "{\"$ref\":\"#/components/schemas/%s\"", title);
    else
        buf_printf(out, "{\"oneOf\":[{\"$ref\":\"#/components/schemas/%s\"},{\"type\":\"null\"}]", title);
}

static void write_type(const struct model_field *field, struct buf *out)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type != field->type)
            continue;
        bool nullable = !(field->flags & MODEL_REQUIRED) && types[i].nullable;
        buf_span(out, span_of(nullable ? types[i].nullable : types[i].required));
    }
}

static void write_values(const struct model_field *field, struct buf *out)
{
    if (field->type != MODEL_ENUM || !field->values)
        return;
    buf_lit(out, ",\"enum\":[");
    for (size_t i = 0; field->values[i]; i++)
        buf_printf(out, "%s\"%s\"", i ? "," : "", field->values[i]);
    buf_span(out, field->flags & MODEL_REQUIRED ? SPAN("]") : SPAN(",null]"));
}

static void write_entity(const struct entity *entity, struct buf *out)
{
    buf_printf(out, ",\"%s\":{\"type\":\"object\",\"properties\":{", entity->title);
    for (size_t i = 0; i < entity->n_fields; i++) {
        const struct model_field *field = &entity->fields[i];
        buf_printf(out, "%s\"%s\":", i ? "," : "", field->name);
        if (field->sub)
            write_sub(field, out);
        else
            write_type(field, out);
        write_values(field, out);
        if (field->doc && *field->doc) {
            buf_lit(out, ",\"description\":");
            buf_json(out, span_of(field->doc));
        }
        if (field->flags & (MODEL_READ_ONLY | MODEL_RAW))
            buf_lit(out, ",\"readOnly\":true");
        if (field->flags & MODEL_PERSONAL)
            buf_lit(out, ",\"x-personal\":true");
        buf_char(out, '}');
    }
    buf_lit(out, "}}");
    if (!entity->record)
        return;
    buf_printf(out,
               ",\"%s\":{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"$ref\":\"#/components/"
               "schemas/%s\"}}}",
               entity->name, entity->title);
    buf_printf(out,
               ",\"%s_list\":{\"$ref\":\"#/components/schemas/list\",\"properties\":{\"data\":{\"items\":{\"$ref\":\"#/"
               "components/schemas/%s\"}}}}",
               entity->name, entity->title);
}

static void write_problem(struct buf *out)
{
    buf_lit(out, "\"problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"code\",\"retryable\"],"
                 "\"properties\":{"
                 "\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
                 "\"code\":{\"enum\":[");
    for (int err = 1; err < ERR_COUNT; err++)
        buf_printf(out, "%s\"%s\"", err > 1 ? "," : "", err_code((enum err)err));
    buf_lit(
        out,
        "]},\"detail\":{\"type\":\"string\"},\"retryable\":{\"type\":\"boolean\"},\"retry_after\":{\"type\":"
        "\"integer\"},"
        "\"store\":{\"type\":\"string\"},\"upstream\":{\"type\":\"object\"},\"request_id\":{\"type\":\"string\"},"
        "\"violated-policies\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
        "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"path\",\"expected\",\"found\"],"
        "\"properties\":{\"path\":{\"type\":\"string\"},\"expected\":{\"type\":\"string\"},\"found\":{\"type\":"
        "\"string\"}}}}}}");
}

static void write_schemas(struct buf *out)
{
    const struct entity *entity;
    write_problem(out);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        buf_printf(out, ",\"%s\":%s", fixed[i].name, fixed[i].schema);
    for (size_t i = 0; (entity = model_entity_at(i)); i++)
        write_entity(entity, out);
}

/* ---- paths
 * ------------------------------------------------------------------------------------------------------------- */

static void write_parameter(struct buf *out, bool *first, const char *where, struct span name, const char *doc)
{
    if (!*first)
        buf_char(out, ',');
    *first = false;
    buf_printf(out,
               "{\"name\":\"%.*s\",\"in\":\"%s\",\"required\":%s,\"schema\":{\"type\":\"string\"},\"description\":",
               SPAN_ARG(name), where, strcmp(where, "path") == 0 ? "true" : "false");
    buf_json(out, span_of(doc));
    buf_char(out, '}');
}

static void write_parameters(const struct route *route, struct buf *out)
{
    bool first = true;
    buf_lit(out, ",\"parameters\":[");
    for (const char *p = strchr(route->path, '{'); p; p = strchr(p + 1, '{')) {
        size_t n = strcspn(p + 1, ".}");
        write_parameter(out, &first, "path", (struct span){ p + 1, n }, "");
    }
    for (const struct parameter *p = route->parameters; p && p->name; p++)
        write_parameter(out, &first, "query", span_of(p->name), p->doc);
    const struct method *method = route->method ? method_find(route->method) : NULL;
    for (const char *at = method ? method->filters : ""; *at;) {
        size_t n = strcspn(at, " ");
        write_parameter(out, &first, "query", (struct span){ at, n },
                        "A filter, where the platform has it (see /v1/adapters).");
        at += n + (at[n] == ' ');
    }
    buf_char(out, ']');
}

/* The record without what is read-only, its options beside it; a cancel has only options and may be left out. */
static void write_record_body(const struct method *method, struct buf *out)
{
    const char *comma = "";
    buf_printf(out, ",\"requestBody\":{\"required\":%s,\"content\":{\"application/json\":{\"schema\":{",
               method->kind == METHOD_ACT ? "false" : "true");
    buf_printf(out, "\"$ref\":\"#/components/schemas/%s\",\"properties\":{", model_entity(method->entity)->title);
    for (const struct method_option *o = method->options; o && o->name; o++) {
        buf_printf(out, "%s\"%s\":{\"type\":\"boolean\",\"description\":", comma, o->name);
        buf_json(out, span_of(o->doc));
        buf_char(out, '}');
        comma = ",";
    }
    buf_lit(out, "}}}}}");
}

static void write_request_body(const struct route *route, struct buf *out)
{
    if (!route->request || strcmp(route->request, "raw") == 0)
        return;
    if (strcmp(route->request, "record") == 0)
        write_record_body(method_find(route->method), out);
    else
        buf_printf(out,
                   ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/"
                   "components/schemas/%s\"}}}}",
                   route->request);
}

static bool is_typed(const char *reply)
{
    return reply && strcmp(reply, "raw") != 0 && strcmp(reply, "metrics") != 0 && strcmp(reply, "page") != 0;
}

/* What the reply is with explain=1; NULL: the route has no such parameter. */
static const char *explained_as(const struct route *route)
{
    const struct parameter *p = route->parameters;
    while (p && p->name && strcmp(p->name, "explain") != 0)
        p++;
    if (!p || !p->name)
        return NULL;
    return route->reply && strncmp(route->reply, "fanout", 6) == 0 ? "explanations" : "explanation";
}

/* reply: its schema; otherwise: another that it may be of.  NULL: there is none. */
static void write_success(int status, const char *reply, const char *otherwise, struct buf *out)
{
    buf_printf(out, "\"%d\":{\"description\":\"Success.\"", status);
    if (reply && otherwise)
        buf_printf(out,
                   ",\"content\":{\"application/json\":{\"schema\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/%s\"},"
                   "{\"$ref\":\"#/components/schemas/%s\"}]}}}",
                   reply, otherwise);
    else if (reply)
        buf_printf(out, ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}",
                   reply);
    buf_char(out, '}');
}

static void write_responses(const struct route *route, struct buf *out)
{
    int status = route->status ? route->status : 200;
    const char *reply = is_typed(route->reply) ? route->reply : NULL, *explained = explained_as(route);
    buf_lit(out, ",\"responses\":{");
    write_success(status, reply, status == 200 ? explained : NULL, out);
    if (explained && status != 200) {
        buf_char(out, ',');
        write_success(200, explained, NULL, out);
    }
    buf_lit(out, ",\"default\":{\"description\":\"An error.\",\"content\":{\"application/problem+json\":{\"schema\":"
                 "{\"$ref\":\"#/components/schemas/problem\"}}}}}");
}

static void write_operation(const struct route *route, const char *verb, struct buf *out)
{
    buf_printf(out, "\"%s\":{\"summary\":", verb);
    buf_json(out, span_of(route->doc));
    if (route->method)
        buf_printf(out, ",\"x-method\":\"%s\"", route->method);
    if (route->access != ACCESS_OPEN)
        buf_lit(out, ",\"security\":[{\"key\":[]}]");
    if (route->access == ACCESS_ADMIN)
        buf_printf(out, ",\"x-role\":\"%s\"", role_name(route_role(route)));
    else if (route->scope)
        buf_printf(out, ",\"x-scope\":\"%s\"", route->scope);
    write_parameters(route, out);
    write_request_body(route, out);
    write_responses(route, out);
    buf_char(out, '}');
}

static void write_route(const struct route *route, struct buf *out)
{
    static const char *const verbs[] = { "get", "post", "put", "patch", "delete" };
    char verb[8] = "";
    for (size_t i = 0; route->http_method[i] && i + 1 < sizeof(verb); i++)
        verb[i] = (char)tolower((unsigned char)route->http_method[i]);
    if (strcmp(verb, "*") != 0) {
        write_operation(route, verb, out);
        return;
    }
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (i > 0)
            buf_char(out, ',');
        write_operation(route, verbs[i], out);
    }
}

static bool is_shown(const struct route *route, bool admin)
{
    return route->access == ACCESS_OPEN || (route->access == ACCESS_ADMIN) == admin;
}

static bool seen_before(size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(routes[k].path, routes[i].path) == 0)
            return true;
    }
    return false;
}

static void write_path(const char *path, struct buf *out)
{
    for (const char *p = path; *p; p++) {
        if (strncmp(p, "...}", 4) == 0)
            p += 3;
        buf_char(out, *p);
    }
}

static void write_paths(bool admin, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < routes_n; i++) {
        if (!is_shown(&routes[i], admin) || seen_before(i))
            continue;
        buf_span(out, first ? SPAN("\"") : SPAN(",\""));
        first = false;
        write_path(routes[i].path, out);
        buf_lit(out, "\":{");
        bool first_verb = true;
        for (size_t k = i; k < routes_n; k++) {
            if (strcmp(routes[k].path, routes[i].path) != 0)
                continue;
            if (!first_verb)
                buf_char(out, ',');
            first_verb = false;
            write_route(&routes[k], out);
        }
        buf_char(out, '}');
    }
}

void openapi_write(bool admin, struct buf *out)
{
    buf_printf(out,
               "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Cartway%s\",\"version\":\"%s\",\"license\":{\"name\":"
               "\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}},\"paths\":{",
               admin ? " admin" : "", CARTWAY_VERSION);
    write_paths(admin, out);
    buf_lit(out,
            "},\"components\":{\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{");
    write_schemas(out);
    buf_lit(out, "}}}");
}
