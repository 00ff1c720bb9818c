/*
 * net.c - sockets: one thread, one poll.  Store N of many has the address 127.0.(N/250).(N%250+1), so that clients
 * keep their connections apart, as for shops in the world.
 *
 * A turn reads all that has come, handles it in the order of arrival, and writes what is due.  A request's
 * stamp is the kernel's, of the moment when its first bytes came in; so two requests that came 20 ms apart are
 * judged as 20 ms apart, even if this program was busy with a third meanwhile.  Connections that hang stay
 * until the client goes; idle ones are closed after the announced five seconds, as the real shop does.
 */
#include "tests/shopsim/sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 8000
/* In one call: one of 10 MB would keep the processor from all others for milliseconds, where no kernel code is
 * preempted. */
#define SEND_MAX ((size_t)32 << 10)

enum conn_state {
    CONN_READING, /* between requests, or within one */
    CONN_WRITING, /* the reply is made and not all out */
    CONN_HANGING, /* never again a byte */
    CONN_ERRAND,  /* the reply waits for what another says to a request of ours */
    CONN_LEAVING, /* our side is closed; what still comes is thrown away, so that no RST eats the answer */
};

struct conn {
    struct sim *sim;
    int fd;
    uint64_t n;
    enum conn_state state;
    struct text in;
    struct reply reply;
    size_t sent;
    bool has_begun;     /* the first byte of a request has come */
    int64_t at_us;      /* ... then */
    uint32_t others;    /* unanswered at that moment */
    int64_t read_us;    /* when the newest bytes came */
    int64_t portion_us; /* when the next portion of a drip is due */
    bool is_counted;    /* in sim->in_flight */
    bool has_ended;     /* the client sends no more; what it has asked is still answered */
    bool is_gone;
    int errand_fd;
    int64_t errand_us; /* until then another may say something */
};
#define ERRAND_US INT64_C(60000000) /* as long as WooCommerce waits */

struct net {
    struct sim *sims;
    int *listeners;
    size_t stores;
    int doors; /* epoll: the listeners at which somebody waits */
    int signals;
    struct conn *conn[CONNECTIONS_MAX];
    size_t conns;
    uint64_t ever;
};

/* ---- connections ----------------------------------------------------------------------------------- */

static void conn_close(struct conn *conn, bool is_reset)
{
    struct linger linger = { .l_onoff = 1 };
    if (is_reset)
        setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(conn->fd);
    conn->is_gone = true;
}

static void conn_count(struct conn *conn, bool counts)
{
    struct sim *sim = conn->sim;
    if (conn->is_counted == counts)
        return;
    conn->is_counted = counts;
    sim->in_flight += counts ? 1 : -1u;
    if (sim->in_flight > sim->most_in_flight)
        sim->most_in_flight = sim->in_flight;
}

static void conn_begin(struct conn *conn, int64_t at_us)
{
    conn->has_begun = true;
    conn->at_us = at_us;
    conn->others = conn->sim->in_flight;
    conn_count(conn, true);
}

static void conn_free(struct conn *conn)
{
    conn_count(conn, false);
    text_release(&conn->in);
    text_release(&conn->reply.bytes);
    errand_free(conn->reply.errand);
    if (conn->errand_fd >= 0)
        close(conn->errand_fd);
    free(conn);
}

static void store_accept(struct net *net, size_t store)
{
    struct sim *sim = &net->sims[store];
    while (net->conns < CONNECTIONS_MAX) {
        int fd = accept4(net->listeners[store], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sim->connections++;
        if (script_ask(&sim->script, "", "", true)) {
            close(fd);
            continue;
        }
        struct conn *conn = sim_alloc(1, sizeof *conn);
        *conn = (struct conn){ .sim = sim, .fd = fd, .n = ++net->ever, .read_us = clock_us(), .errand_fd = -1 };
        net->conn[net->conns++] = conn;
    }
}

static void net_accept(struct net *net)
{
    struct epoll_event ready[64];
    int n = epoll_wait(net->doors, ready, 64, 0);
    for (int i = 0; i < n; i++)
        store_accept(net, ready[i].data.u32);
}

/* When the kernel took the bytes in: this program may have been busy, or off the processor, since. */
static int64_t stamp_of(struct msghdr *message)
{
    int64_t now_us = clock_us(), age_us = 0;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec came, now;
        memcpy(&came, CMSG_DATA(at), sizeof came);
        clock_gettime(CLOCK_REALTIME, &now);
        age_us = (int64_t)(now.tv_sec - came.tv_sec) * 1000000 + (now.tv_nsec - came.tv_nsec) / 1000;
    }
    /* The wall clock may be set between the two; an age of minutes is none. */
    return age_us > 0 && age_us < 60000000 ? now_us - age_us : now_us;
}

static ssize_t conn_receive(struct conn *conn, char *block, size_t size, int64_t *stamp_us)
{
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec room = { .iov_base = block, .iov_len = size };
    struct msghdr message = { .msg_iov = &room, .msg_iovlen = 1 };
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t n = recvmsg(conn->fd, &message, 0);
    *stamp_us = n > 0 ? stamp_of(&message) : 0;
    return n;
}

static void conn_read(struct conn *conn)
{
    char block[16384];
    for (;;) {
        int64_t stamp_us;
        ssize_t n = conn_receive(conn, block, sizeof block, &stamp_us);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0)
            conn_close(conn, false);
        if (n <= 0) {
            conn->has_ended = true;
            return;
        }
        conn->read_us = stamp_us;
        if (conn->state == CONN_HANGING || conn->state == CONN_LEAVING)
            continue;
        text_add(&conn->in, block, (size_t)n);
        if (!conn->has_begun)
            conn_begin(conn, conn->read_us);
        if (conn->in.n > HEAD_MAX + 2 * BODY_MAX)
            return;
    }
}

/* ---- handling -------------------------------------------------------------------------------------- */

static void errand_done(struct conn *conn, bool has_succeeded)
{
    struct errand *errand = conn->reply.errand;
    if (!has_succeeded) {
        text_clear(&conn->reply.bytes);
        text_add(&conn->reply.bytes, errand->instead.p, errand->instead.n);
        conn->sim->dialect->undo(conn->sim->shop, errand->what);
    }
    if (conn->errand_fd >= 0)
        close(conn->errand_fd);
    conn->errand_fd = -1;
    errand_free(errand);
    conn->reply.errand = NULL;
    conn->portion_us = conn->reply.due_us;
    conn->state = CONN_WRITING;
}

/* On loopback a connection is there at once, and so small a request is out at once. */
static void errand_begin(struct conn *conn)
{
    const struct errand *errand = conn->reply.errand;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)errand->port) };
    const char *host = strcmp(errand->host, "localhost") == 0 ? "127.0.0.1" : errand->host;
    bool is_ours = inet_pton(AF_INET, host, &address.sin_addr) == 1 && ntohl(address.sin_addr.s_addr) >> 24 == 127;
    conn->state = CONN_ERRAND;
    conn->errand_us = clock_us() + ERRAND_US;
    conn->errand_fd = is_ours ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    ssize_t n = -1;
    if (conn->errand_fd >= 0 && connect(conn->errand_fd, (struct sockaddr *)&address, sizeof address) == 0)
        n = send(conn->errand_fd, errand->request.p, errand->request.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n != (ssize_t)errand->request.n)
        errand_done(conn, false);
}

/* "HTTP/1.1 200 OK" is all that counts. */
static void errand_read(struct conn *conn)
{
    char line[32] = "";
    ssize_t n = recv(conn->errand_fd, line, sizeof line - 1, MSG_DONTWAIT | MSG_PEEK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || n >= 12)
        errand_done(conn, n >= 12 && strncmp(line, "HTTP/1.", 7) == 0 && strncmp(line + 8, " 200", 4) == 0);
}

static void conn_reply(struct conn *conn)
{
    conn->sent = 0;
    if (conn->reply.errand) {
        errand_begin(conn);
        return;
    }
    conn->portion_us = conn->reply.due_us;
    conn->state = conn->reply.after == AFTER_HANG ? CONN_HANGING : CONN_WRITING;
}

static void conn_refuse(struct conn *conn, int status)
{
    text_clear(&conn->in);
    sim_answer_bad(conn->sim, status, clock_ms(), &conn->reply);
    conn_reply(conn);
}

static void conn_handle(struct conn *conn)
{
    struct request request;
    switch (request_parse(&conn->in, &request)) {
    case PARSE_MORE:
        return;
    case PARSE_CONTINUE:
        if (send(conn->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL) < 0)
            conn_close(conn, false);
        return;
    case PARSE_BAD:
        conn_refuse(conn, 400);
        return;
    case PARSE_HEAD_LONG:
        conn_refuse(conn, 431);
        return;
    case PARSE_BODY_LONG:
        conn_refuse(conn, 413);
        return;
    case PARSE_DONE:
        break;
    }
    struct arrival arrival = { .request = &request, .connection = conn->n, .at_us = conn->at_us };
    arrival.now_ms = clock_ms() + conn->sim->ahead_ms;
    arrival.others = conn->others;
    if (control_is(&request))
        conn_count(conn, false);
    sim_answer(conn->sim, &arrival, &conn->reply);
    text_drop(&conn->in, request.bytes);
    request_release(&request);
    conn_reply(conn);
}

struct begun {
    int64_t at_us;
    struct conn *conn;
};

static int compare_stamps(const void *a, const void *b)
{
    const struct begun *left = a, *right = b;
    return (left->at_us > right->at_us) - (left->at_us < right->at_us);
}

static void net_handle(struct net *net)
{
    struct begun begun[CONNECTIONS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < net->conns; i++) {
        struct conn *conn = net->conn[i];
        if (conn->state == CONN_READING && conn->has_begun && !conn->is_gone)
            begun[n++] = (struct begun){ .at_us = conn->at_us, .conn = conn };
    }
    qsort(begun, n, sizeof begun[0], compare_stamps);
    for (size_t i = 0; i < n; i++)
        conn_handle(begun[i].conn);
}

/* ---- writing --------------------------------------------------------------------------------------- */

static void conn_done(struct conn *conn)
{
    enum after after = conn->reply.after;
    conn_count(conn, false);
    text_release(&conn->reply.bytes);
    conn->reply = (struct reply){ 0 };
    if (after == AFTER_KEEP) {
        conn->state = CONN_READING;
        conn->has_begun = false;
        if (conn->in.n)
            conn_begin(conn, conn->read_us); /* pipelined */
        return;
    }
    if (after == AFTER_RESET || shutdown(conn->fd, SHUT_WR) < 0) {
        conn_close(conn, after == AFTER_RESET);
        return;
    }
    conn->state = CONN_LEAVING;
    conn->read_us = clock_us();
}

static void conn_write(struct conn *conn, int64_t now_us)
{
    while (conn->sent < conn->reply.bytes.n) {
        if (conn->portion_us > now_us)
            return;
        size_t left = conn->reply.bytes.n - conn->sent;
        size_t most = conn->reply.drip_us ? (size_t)conn->reply.drip_bytes : SEND_MAX;
        size_t portion = left < most ? left : most;
        ssize_t n = send(conn->fd, conn->reply.bytes.p + conn->sent, portion, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            conn_close(conn, false);
            return;
        }
        conn->sent += (size_t)n;
        if (conn->reply.drip_us)
            conn->portion_us = now_us + conn->reply.drip_us;
    }
    if (conn->portion_us <= now_us || conn->sent)
        conn_done(conn);
}

/* ---- the turn -------------------------------------------------------------------------------------- */

/* When the clock has something to do with it: a portion is due, or it has idled long enough. */
static int64_t conn_wakes_us(const struct conn *conn)
{
    bool may_idle = (conn->state == CONN_READING && !conn->has_begun) || conn->state == CONN_LEAVING;
    if (may_idle)
        return conn->read_us + conn->sim->options->idle_ms * 1000;
    if (conn->state == CONN_ERRAND)
        return conn->errand_us;
    return conn->state == CONN_WRITING ? conn->portion_us : INT64_MAX;
}

static int wait_ms(const struct net *net, int64_t now_us)
{
    int64_t wakes_us = now_us + 1000000;
    for (size_t i = 0; i < net->conns; i++) {
        int64_t at_us = conn_wakes_us(net->conn[i]);
        wakes_us = at_us < wakes_us ? at_us : wakes_us;
    }
    return wakes_us <= now_us ? 0 : (int)((wakes_us - now_us + 999) / 1000);
}

/* What it waits for: its client, or whom its errand is to. */
static int conn_fd(const struct conn *conn)
{
    return conn->state == CONN_ERRAND ? conn->errand_fd : conn->fd;
}

static short conn_events(const struct conn *conn, int64_t now_us)
{
    bool has_bytes = conn->state == CONN_WRITING && conn->sent < conn->reply.bytes.n && conn->portion_us <= now_us;
    if (conn->state == CONN_ERRAND)
        return POLLIN;
    return (short)((conn->has_ended ? 0 : POLLIN) | (has_bytes ? POLLOUT : 0));
}

static void net_poll(struct net *net, struct pollfd *polls)
{
    int64_t now_us = clock_us();
    for (size_t i = 0; i < net->conns; i++)
        polls[3 + i] = (struct pollfd){ .fd = conn_fd(net->conn[i]), .events = conn_events(net->conn[i], now_us) };
    int wait = wait_ms(net, now_us);
    /* A connection that waits for room to write is woken by poll, not by the clock. */
    for (size_t i = 0; i < net->conns && wait == 0; i++)
        if (polls[3 + i].events & POLLOUT)
            wait = 1;
    polls[0] = (struct pollfd){ .fd = net->signals, .events = POLLIN };
    polls[1] = (struct pollfd){ .fd = net->sims->options->has_parent ? STDIN_FILENO : -1, .events = POLLIN };
    polls[2] = (struct pollfd){ .fd = net->conns < CONNECTIONS_MAX ? net->doors : -1, .events = POLLIN };
    if (poll(polls, 3 + net->conns, wait) < 0)
        for (size_t i = 0; i < 3 + net->conns; i++)
            polls[i].revents = 0;
}

static void net_sweep(struct net *net, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < net->conns; i++) {
        struct conn *conn = net->conn[i];
        bool is_busy = conn->state == CONN_WRITING || conn->state == CONN_ERRAND;
        bool is_over = !is_busy && (conn->has_ended || conn_wakes_us(conn) <= now_us);
        if (!conn->is_gone && is_over)
            conn_close(conn, false);
        if (conn->is_gone)
            conn_free(conn);
        else
            net->conn[kept++] = conn;
    }
    net->conns = kept;
}

static bool parent_is_gone(const struct pollfd *poll)
{
    char block[256];
    if (!poll->revents)
        return false;
    return (poll->revents & (POLLHUP | POLLERR)) || read(poll->fd, block, sizeof block) <= 0;
}

static void net_turn(struct net *net, struct pollfd *polls)
{
    size_t known = net->conns;
    for (size_t i = 0; i < known; i++)
        if (polls[3 + i].revents & (POLLIN | POLLHUP | POLLERR))
            net->conn[i]->state == CONN_ERRAND ? errand_read(net->conn[i]) : conn_read(net->conn[i]);
    for (size_t i = 0; i < known; i++)
        if (net->conn[i]->state == CONN_ERRAND && net->conn[i]->errand_us <= clock_us())
            errand_done(net->conn[i], false);
    if (polls[2].revents)
        net_accept(net);
    for (size_t i = known; i < net->conns; i++)
        conn_read(net->conn[i]);
    net_handle(net);
    int64_t now_us = clock_us();
    for (size_t i = 0; i < net->conns; i++)
        if (net->conn[i]->state == CONN_WRITING && !net->conn[i]->is_gone)
            conn_write(net->conn[i], now_us);
    net_sweep(net, now_us);
}

/* ---- the start ------------------------------------------------------------------------------------- */

/* Loopback and nothing else. */
static struct in_addr address_of(size_t store)
{
    return (struct in_addr){ htonl(INADDR_LOOPBACK - 1 + (uint32_t)(store / 250 * 256 + store % 250 + 1)) };
}

static int listen_on(struct in_addr host, int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = host };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on); /* connections inherit it */
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 511) == 0)
        return fd;
    fprintf(stderr, "shopsim: %s port %d: %s\n", inet_ntoa(host), port, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_in address = { 0 };
    socklen_t n = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &n) == 0 ? ntohs(address.sin_port) : 0;
}

/* All stores have the port of the first. */
static bool net_open(struct net *net, int *port)
{
    net->doors = epoll_create1(EPOLL_CLOEXEC);
    *port = net->sims->options->port;
    for (size_t i = 0; i < net->stores; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        net->listeners[i] = listen_on(address_of(i), *port);
        if (net->listeners[i] < 0 || epoll_ctl(net->doors, EPOLL_CTL_ADD, net->listeners[i], &event) != 0)
            return false;
        *port = port_of(net->listeners[i]);
    }
    return net->signals >= 0;
}

static void net_close(struct net *net)
{
    for (size_t i = 0; i < net->conns; i++) {
        conn_close(net->conn[i], false);
        conn_free(net->conn[i]);
    }
    for (size_t i = 0; i < net->stores; i++)
        if (net->listeners[i] >= 0)
            close(net->listeners[i]);
    if (net->doors >= 0)
        close(net->doors);
    if (net->signals >= 0)
        close(net->signals);
    free(net->listeners);
    free(net);
}

/* Many stores are many sockets. */
static void raise_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static int signals_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever read our lines may be gone */
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void net_tell(const struct net *net, int port)
{
    const struct sim *first = net->sims;
    printf("shopsim: %s on http://127.0.0.1:%d ", first->dialect->name, port);
    if (net->stores > 1)
        printf("to http://%s:%d ", inet_ntoa(address_of(net->stores - 1)), port);
    printf("key %s\n", first->key);
    fflush(stdout);
}

int net_serve(struct sim *sims, size_t n)
{
    struct net *net = sim_alloc(1, sizeof *net);
    struct pollfd *polls = sim_alloc(3 + CONNECTIONS_MAX, sizeof *polls);
    int port = 0;
    raise_files();
    *net = (struct net){ .sims = sims, .stores = n, .doors = -1, .signals = signals_open() };
    net->listeners = sim_alloc(n, sizeof *net->listeners);
    for (size_t i = 0; i < n; i++)
        net->listeners[i] = -1;
    bool is_open = net_open(net, &port);
    if (is_open)
        net_tell(net, port);
    while (is_open) {
        net_poll(net, polls);
        if (polls[0].revents || parent_is_gone(&polls[1]))
            break;
        net_turn(net, polls);
    }
    net_close(net);
    free(polls);
    return is_open ? 0 : 1;
}
