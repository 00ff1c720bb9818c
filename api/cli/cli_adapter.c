/*
 * cli_adapter.c - `cartway adapter`: the table of its subcommands, and `list`.
 */
#include "api/cli/cli_adapter.h"

#include "api/options.h"
#include "core/platform/method.h"
#include "core/platform/registry.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 64, EXIT_REFUSED = 65 };

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, char **environment);
    const char *usage, *help;
} subcommands[] = {
    { "list", adapter_list_main, "list [--plugins FOLDER]", "adapters that plugins.d enables, and what each serves" },
    { "check", adapter_check_main, "check FILE.so [--fixtures FOLDER]",
      "lint the tables and replay the fixtures, in a child process" },
    { "new", adapter_new_main, "new NAME [--in FOLDER] [--from-openapi FILE]",
      "write a working folder for a new adapter" },
    { "call", adapter_call_main, "call FILE.so METHOD [--set NAME=VALUE] [--arg NAME=VALUE]",
      "make one call without a server" },
};
enum { N = sizeof(subcommands) / sizeof(subcommands[0]) };

static int usage(FILE *to, int status)
{
    fprintf(to, "usage: cartway adapter SUBCOMMAND\n\n");
    for (size_t i = 0; i < N; i++)
        fprintf(to, "  %-58s %s\n", subcommands[i].usage, subcommands[i].help);
    return status;
}

int adapter_main(int argc, char **argv, char **environment)
{
    if (argc > 0 && strcmp(argv[0], "--help") == 0)
        return usage(stdout, 0);
    for (size_t i = 0; argc > 0 && i < N; i++) {
        if (strcmp(argv[0], subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1, environment);
    }
    if (argc > 0)
        fprintf(stderr, "cartway adapter: there is no subcommand \"%s\"\n\n", argv[0]);
    return usage(stderr, EXIT_USAGE);
}

int adapter_list_main(int argc, char **argv, char **environment)
{
    struct options options;
    struct fault fault = { 0 };
    struct registry *registry = NULL;
    if (options_read(&options, argc, argv, environment, &fault)) {
        fprintf(stderr, "cartway adapter list: %s\n", fault.text);
        return EXIT_USAGE;
    }
    if (registry_load(options.plugins, NULL, &fault, &registry)) {
        fprintf(stderr, "cartway adapter list: %s\n", fault.text);
        options_release(&options);
        return EXIT_REFUSED;
    }
    const struct platform *platform;
    for (size_t i = 0; (platform = registry_at(registry, i)); i++) {
        printf("%s %s (%s)\n  %s\n  sha256 %s\n  serves", platform->table->name, platform->table->version,
               platform->table->title, platform->file, platform->sha256);
        const struct method *method;
        for (size_t k = 0; (method = method_at(k)); k++) {
            if (method_served(method, platform))
                printf(" %s", method->name);
        }
        printf("\n");
    }
    registry_free(registry);
    options_release(&options);
    return 0;
}
