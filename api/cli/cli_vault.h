/*
 * cli_vault.h - cartway vault: the credentials of a data folder whose gateway does not run.
 */
#ifndef CARTWAY_API_CLI_VAULT_H
#define CARTWAY_API_CLI_VAULT_H

/* argv: behind "vault".  The exit code. */
int vault_main(int argc, char **argv, char **environment);

#endif
