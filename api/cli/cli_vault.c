/*
 * cli_vault.c - cartway vault: the credentials of a data folder whose gateway does not run.
 *
 *     cartway vault check            opens every credential; says which do not
 *     cartway vault rotate           another master key, and everything sealed anew under it; goes on where it stood
 *
 * While the gateway runs the data folder is its own: GET /admin/v1/vault, POST /admin/v1/vault/rotate.
 */
#include "api/cli/cli_vault.h"

#include "api/apps/audit.h"
#include "api/options.h"
#include "core/crypt/secret.h"
#include "core/db/db.h"
#include "core/loop/env.h"
#include "oauth/master_key.h"
#include "oauth/source.h"
#include "oauth/vault.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FOUND = 1, EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69, EXIT_CONFIG = 78, TELL_EVERY = 16 };

struct house {
    struct options options;
    struct env env;
    struct db *db;
    struct vault *vault;
};

static void say(void *user, const struct fault *fault)
{
    (void)user;
    printf("%s\n", fault->text);
}

static int complain(const struct fault *fault)
{
    fprintf(stderr, "cartway vault: %s\n", fault->text);
    return fault->err == ERR_CONFLICT ? EXIT_UNAVAILABLE : EXIT_CONFIG;
}

/* ---- check ------------------------------------------------------------------------------------------------------ */

static int check(struct house *house)
{
    struct vault_view view;
    size_t bad = vault_check(house->vault, say, NULL);
    vault_view(house->vault, &view);
    printf("master key %s, %zu stores, %zu credentials, %zu stores with one that does not open\n", view.key_id,
           view.stores, view.credentials, bad);
    if (view.state == VAULT_ROTATING)
        printf("a rotation is under way: %zu of %zu stores are under the next key, %s\n", view.under_next, view.stores,
               view.next_id);
    return bad ? EXIT_FOUND : 0;
}

/* ---- rotate ----------------------------------------------------------------------------------------------------- */

static enum err audit_begin(struct house *house, struct fault *fault)
{
    struct audit audit = { .at_ms = house->env.wall_ms(house->env.self),
                           .actor = "cartway vault",
                           .action = "vault.rotate",
                           .subject = SPAN("vault") };
    enum err err = db_begin(house->db, fault);
    if (!err)
        err = audit_write(house->db, &audit, fault);
    if (!err)
        err = db_commit(house->db, fault);
    if (err)
        db_rollback(house->db);
    return err;
}

/* The next key's source: as said, or made beside the key. */
static enum err next_key(const struct options *options, char *path, size_t n, struct fault *fault)
{
    const char *next = options->master_key_next;
    if (!next[0] && !source_is_file(options->master_key))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "the master key %s is not a file: make the next one where it is kept, and name it with "
                         "--master-key-next",
                         options->master_key);
    if ((size_t)snprintf(path, n, "%s%s", next[0] ? next : options->master_key, next[0] ? "" : ".next") >= n)
        return fault_set(fault, ERR_INVALID_REQUEST, "master key: the path is too long");
    if (source_is_file(path) && access(path, F_OK) != 0)
        return master_key_create(path, fault);
    return OK;
}

static enum err begin(struct house *house, struct fault *fault)
{
    struct vault_view view;
    char path[4096];
    vault_view(house->vault, &view);
    if (view.state == VAULT_ROTATING)
        return OK; /* it goes on */
    enum err err = next_key(&house->options, path, sizeof(path), fault);
    if (!err)
        err = audit_begin(house, fault);
    return err ? err : vault_rotate_begin(house->vault, path, fault);
}

static int rotate(struct house *house)
{
    struct fault fault = { 0 };
    struct vault_view view;
    enum err err = begin(house, &fault);
    vault_view(house->vault, &view);
    for (unsigned step = 1; !err && view.state == VAULT_ROTATING; step++) {
        err = vault_rotate_step(house->vault, house->db, &fault);
        vault_view(house->vault, &view);
        if (step % TELL_EVERY == 0 && view.state == VAULT_ROTATING)
            printf("%zu of %zu stores\n", view.under_next, view.stores);
    }
    if (err)
        return complain(&fault);
    printf("master key %s, %zu stores sealed anew\n", view.key_id, view.stores);
    if (view.keeps_file)
        printf("%s is the new key; the old one stays beside it for the backups that need it\n",
               house->options.master_key);
    else
        printf("give %s as --master-key from now on\n", house->options.master_key_next);
    return 0;
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *help;
    int (*run)(struct house *house);
} commands[] = {
    { "check", "opens every credential; exit code 1 if some do not open", check },
    { "rotate", "makes another master key and seals everything anew; goes on where it was stopped", rotate },
};

static int help(FILE *to, int code)
{
    fprintf(to, "usage: cartway vault COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    fprintf(to,
            "\nOptions are those of cartway serve (--data, --master-key, --master-key-next).  While the gateway runs, "
            "use\nGET /admin/v1/vault and POST /admin/v1/vault/rotate.\n");
    return code;
}

static int run(struct house *house, int (*command)(struct house *))
{
    char path[4096];
    struct fault fault = { 0 };
    process_no_dump();
    snprintf(path, sizeof(path), "%s/cartway.db", house->options.data);
    enum err err = OK;
    if (access(path, F_OK) != 0)
        err = fault_set(&fault, ERR_INVALID_REQUEST, "no database at %s: --data names the folder", path);
    if (!err)
        err = db_open(path, NULL, &fault, &house->db);
    if (!err)
        err = vault_open(house->options.master_key, house->options.master_key_next, house->db, &house->env, &fault,
                         &house->vault);
    int code = err ? complain(&fault) : command(house);
    vault_close(house->vault);
    db_close(house->db);
    return code;
}

int vault_main(int argc, char **argv, char **environment)
{
    struct house house = { .env = env_real() };
    struct fault fault = { 0 };
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0))
        return help(stdout, 0);
    for (size_t i = 0; argc > 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        if (options_read(&house.options, argc - 1, argv + 1, environment, &fault)) {
            complain(&fault);
            return EXIT_USAGE;
        }
        int code = run(&house, commands[i].run);
        options_release(&house.options);
        return code;
    }
    return help(stderr, EXIT_USAGE);
}
