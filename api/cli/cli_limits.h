/* cli_limits.h - `cartway limits show|probe STORE`: a client of a running gateway's admin API. */
#ifndef CARTWAY_API_CLI_LIMITS_H
#define CARTWAY_API_CLI_LIMITS_H

int limits_main(int argc, char **argv, char **environment);

#endif
