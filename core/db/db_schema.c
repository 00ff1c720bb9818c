/*
 * db_schema.c - the steps from an empty database to today's tables.
 *
 * How it works: core/db/db_sqlite.c asks the file for its version, runs each step above it in a transaction
 * of its own together with the new version, and refuses a file whose version is above the last step.
 *
 *   a new file: version 0 -> step 1 -> version 1
 *
 * A released step is never edited; what must change becomes a new row at the end.
 */
#include "core/db/db_schema.h"

static const char tables_1[] =
    "create table meta (name text primary key not null, value blob not null);"

    "create table stores ("
    " id text primary key not null,"
    " platform text not null,"
    " settings text not null default '{}',"
    " allow_private integer not null default 0 check (allow_private in (0, 1)),"
    " state text not null,"
    " created_ms integer not null,"
    " updated_ms integer not null);"

    "create table data_keys ("
    " store text primary key not null references stores (id) on delete cascade,"
    " wrapped blob not null,"
    " created_ms integer not null);"

    "create table credentials ("
    " store text not null references stores (id) on delete cascade,"
    " field text not null,"
    " version integer not null check (version > 0),"
    " sealed blob not null,"
    " updated_ms integer not null,"
    " primary key (store, field));"

    "create table apps ("
    " id text primary key not null,"
    " name text not null,"
    " scopes text not null default '[]',"
    " stores text not null default '[]',"
    " tier text not null,"
    " created_ms integer not null);"

    "create table app_keys ("
    " id text primary key not null,"
    " app text not null references apps (id) on delete cascade,"
    " hash blob not null unique,"
    " prefix text not null,"
    " created_ms integer not null,"
    " expires_ms integer,"
    " last_used_ms integer);"
    "create index app_keys_app on app_keys (app);"

    "create table admin_keys ("
    " id text primary key not null,"
    " role text not null,"
    " hash blob not null unique,"
    " prefix text not null,"
    " created_ms integer not null,"
    " expires_ms integer,"
    " last_used_ms integer);"

    "create table audit ("
    " seq integer primary key autoincrement,"
    " at_ms integer not null,"
    " actor text not null,"
    " action text not null,"
    " subject text not null,"
    " detail text not null default '{}');"
    "create trigger audit_no_update before update on audit begin"
    " select raise(abort, 'the audit log is append only'); end;"
    "create trigger audit_no_delete before delete on audit begin"
    " select raise(abort, 'the audit log is append only'); end;"
    /* `insert or replace` deletes without the trigger above, which looks at DELETE statements only */
    "create trigger audit_no_replace before insert on audit when exists (select 1 from audit where seq = new.seq) begin"
    " select raise(abort, 'the audit log is append only'); end;"

    "create table drift ("
    " adapter text not null,"
    " version text not null,"
    " path text not null,"
    " kind text not null,"
    " count integer not null,"
    " first_ms integer not null,"
    " last_ms integer not null,"
    " sample text,"
    " primary key (adapter, version, path, kind));";

static const char tables_2[] = "alter table apps add column per_minute integer not null default -1;"
                               "alter table apps add column per_hour integer not null default -1;"

                               "create table usage ("
                               " hour_ms integer not null,"
                               " store text not null,"
                               " lim text not null,"
                               " app text not null,"
                               " class text not null,"
                               " method text not null,"
                               " cost integer not null,"
                               " attempts integer not null,"
                               " failed integer not null,"
                               " wait_ms integer not null,"
                               " primary key (hour_ms, store, lim, app, class, method)) without rowid;";

static const char tables_3[] = "create table limit_overrides ("
                               " store text not null references stores (id) on delete cascade,"
                               " lim text not null,"
                               " says text not null,"
                               " source text not null check (source in ('store', 'probe')),"
                               " evidence text,"
                               " set_ms integer not null,"
                               " primary key (store, lim));";

static const char tables_4[] = "create table limit_blocks ("
                               " lane text not null,"
                               " lim text not null,"
                               " key text not null,"
                               " taken_ms integer not null,"
                               " cost integer not null,"
                               " primary key (lane, lim, key, taken_ms)) without rowid;";

static const char tables_5[] =
    "create table tiers ("
    " id text primary key not null,"
    " per_minute integer not null,"
    " per_hour integer not null);"
    "insert into tiers (id, per_minute, per_hour) select 'default', -1, -1 union select tier, -1, -1 from apps;";

static const char tables_6[] = "create table tokens ("
                               " store text not null references stores (id) on delete cascade,"
                               " way text not null,"
                               " generation integer not null,"
                               " state text not null,"
                               " obtained_ms integer not null,"
                               " refreshed_ms integer not null,"
                               " sent_ms integer not null,"
                               " expires_ms integer not null,"
                               " refresh_expires_ms integer not null,"
                               " not_before_ms integer not null,"
                               " first_intent_ms integer not null,"
                               " intent_ms integer not null,"
                               " intent_n integer not null,"
                               " failures integer not null,"
                               " next_ms integer not null,"
                               " scope text not null,"
                               " last_error text not null,"
                               " evidence text not null,"
                               " primary key (store, way));";

static const char tables_7[] = "create table limits_learnt ("
                               " lane text not null,"
                               " lim text not null,"
                               " key text not null,"
                               " amount integer not null,"
                               " per_ms integer not null,"
                               " burst integer not null,"
                               " pace integer not null,"
                               " learnt_ms integer not null,"
                               " primary key (lane, lim, key)) without rowid;";

static const char tables_8[] = "alter table apps add column cap integer not null default 0;"
                               "alter table tiers add column cap integer not null default 100;";

const struct db_migration db_migrations[] = {
    { 1, "the first tables", tables_1 },          { 2, "quotas of apps, usage", tables_2 },
    { 3, "overrides of limits", tables_3 },       { 4, "blocks of long limits", tables_4 },
    { 5, "tiers of quotas", tables_5 },           { 6, "tokens", tables_6 },
    { 7, "what was learnt of limits", tables_7 }, { 8, "caps of apps", tables_8 },
};
const size_t db_migrations_n = sizeof db_migrations / sizeof db_migrations[0];
