/*
 * cli_adapter.h - `cartway adapter list|check|new|call`: for those who write adapters.
 */
#ifndef CARTWAY_API_CLI_ADAPTER_H
#define CARTWAY_API_CLI_ADAPTER_H

int adapter_main(int argc, char **argv, char **environment);

/* The subcommands, one file each. */
int adapter_list_main(int argc, char **argv, char **environment);
int adapter_check_main(int argc, char **argv, char **environment);
int adapter_new_main(int argc, char **argv, char **environment);
int adapter_call_main(int argc, char **argv, char **environment);

#endif
