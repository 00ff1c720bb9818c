/*
 * main.c - the cartway command: one table of subcommands.
 */
#include "api/cli/cli_adapter.h"
#include "api/cli/cli_limits.h"
#include "api/cli/cli_vault.h"
#include "api/options.h"
#include "api/serve.h"

#include <stdio.h>
#include <string.h>

extern char **environ;

static int options_main(int argc, char **argv, char **environment)
{
    struct buf out;
    (void)argc;
    (void)argv;
    (void)environment;
    buf_init(&out, 1 << 20);
    options_markdown(&out);
    fwrite(out.p, 1, out.n, stdout);
    buf_release(&out);
    return 0;
}

static int version_main(int argc, char **argv, char **environment)
{
    (void)argc;
    (void)argv;
    (void)environment;
    puts("cartway " CARTWAY_VERSION);
    return 0;
}

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv, char **environment);
    const char *help;
} commands[] = {
    { "serve", serve_main, "run the gateway" },
    { "init", init_main, "make the data folder, the master key and an admin key (printed once)" },
    { "adapter", adapter_main, "list, check, make or try adapters: cartway adapter --help" },
    { "vault", vault_main, "check the credentials, change the master key: cartway vault --help" },
    { "limits", limits_main, "show or probe the limits of a store of a running gateway: cartway limits --help" },
    { "options", options_main, "print the option table as Markdown" },
    { "version", version_main, "print the version" },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void help(FILE *to)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    fprintf(to, "usage: cartway COMMAND [OPTION...]\n\ncommands:\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    options_help(&out);
    fprintf(to, "\noptions of serve and init (also CARTWAY_NAME in the environment, and the file of --config):\n%.*s",
            (int)out.n, out.p);
    buf_release(&out);
}

int main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
        help(stdout);
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2, environ);
    }
    if (argc > 1)
        fprintf(stderr, "cartway: there is no command \"%s\"\n\n", argv[1]);
    help(stderr);
    return 64;
}
