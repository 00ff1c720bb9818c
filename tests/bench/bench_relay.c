/*
 * bench_relay.c - server -> http -> server and nothing else, as a program: the floor under every call, to be
 * held against nginx as a plain proxy.
 *
 *     bench_relay 127.0.0.1:8090 http://127.0.0.1:9000
 *
 * Prints its port, runs until SIGTERM or SIGINT.
 */
#include "core/loop/memory.h"
#include "tests/flow/relay.h"

#include <stdio.h>

static void on_signal(void *self, int signal)
{
    (void)signal;
    struct relay *relay = self;
    loop_stop(relay->loop);
}

int main(int n, char **args)
{
    if (n != 3) {
        fprintf(stderr, "usage: bench_relay LISTEN UPSTREAM\n");
        return 2;
    }
    memory_tune(1);
    memory_descriptors(10000);
    struct relay relay;
    struct fault fault;
    const struct relay_options options = { .listen = args[1], .upstream = args[2] };
    if (!relay_init(&relay, &options, &fault) || loop_signals(relay.loop, on_signal, &relay, &fault)) {
        fprintf(stderr, "bench_relay: %s\n", fault.text);
        return 1;
    }
    printf("%u\n", http_server_port(relay.server, false));
    fflush(stdout);
    loop_run(relay.loop);
    relay_release(&relay);
    return 0;
}
