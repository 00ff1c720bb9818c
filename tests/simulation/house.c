/* house.c - a whole gateway on a disk in memory (house.h). */
#include "tests/simulation/house.h"

#include "core/db/db.h"

static enum err make_gateway(struct house *house, const struct house_parts *parts, struct fault *fault)
{
    struct vault *vault = NULL;
    struct platform *platform = NULL;
    struct registry *registry = registry_new();
    enum err err = vault_open(parts->key_file, NULL, house->db, &house->env, fault, &vault);
    if (!err && !house->admin_key[0])
        err = apps_make_admin_key(house->db, &house->env, fault, house->admin_key);
    if (!err)
        err = platform_new(parts->adapter, fault, &platform);
    if (!err)
        err = registry_add(registry, platform, fault);
    if (err) {
        registry_free(registry);
        vault_close(vault);
        return err;
    }
    return gateway_new(&(struct gateway_parts){ .options = parts->options,
                                                .env = parts->env,
                                                .http = parts->http,
                                                .exec = parts->exec,
                                                .db = house->db,
                                                .registry = registry,
                                                .vault = vault },
                       fault, &house->gateway);
}

enum err house_open(struct house *house, const struct house_parts *parts, struct fault *fault)
{
    house->env = parts->env;
    enum err err = db_open("sim.db", "disk", fault, &house->db);
    if (!err)
        err = make_gateway(house, parts, fault);
    if (err) {
        house_close(house);
        return err;
    }
    writer_init(&house->writer, &house->env);
    house->gateway->server = parts->server;
    return OK;
}

enum err house_batch(struct house *house, struct job **done, struct fault *fault)
{
    enum err err = writer_batch(&house->writer, house->db, done, fault);
    if (!err && db_checkpoint_due(house->db) && db_checkpoint(house->db, fault) && db_fatal(house->db))
        err = fault->err;
    return err;
}

void house_close(struct house *house)
{
    gateway_free(house->gateway);
    db_close(house->db);
    house->gateway = NULL;
    house->db = NULL;
}
