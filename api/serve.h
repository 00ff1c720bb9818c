/*
 * serve.h - the commands that work on a data folder: `cartway serve` and `cartway init`.
 */
#ifndef CARTWAY_API_SERVE_H
#define CARTWAY_API_SERVE_H

/* Exit codes: 0, or sysexits: 64 usage, 69 unavailable (port, folder in use), 74 I/O, 78 configuration. */
int serve_main(int argc, char **argv, char **environment);
int init_main(int argc, char **argv, char **environment);

#endif
