/*
 * talk.c - plain sockets and threads; the shop has one thread a connection, and none of our code.
 */
#include "tests/flow/talk.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum { GIVE_UP_S = 10 };

/* ---- a relay on a thread ------------------------------------------------------------------------------ */

static void *gate_main(void *user)
{
    struct gate *gate = user;
    loop_run(gate->relay.loop);
    return NULL;
}

void gate_start(struct gate *gate, struct relay_options options)
{
    struct fault fault = { OK, "" };
    if (!options.listen)
        options.listen = "127.0.0.1:0";
    if (!options.listen_admin)
        options.listen_admin = "127.0.0.1:0";
    if (!relay_init(&gate->relay, &options, &fault))
        fail_msg("relay: %s", fault.text);
    gate->port = http_server_port(gate->relay.server, false);
    gate->admin_port = http_server_port(gate->relay.server, true);
    assert_int_equal(pthread_create(&gate->thread, NULL, gate_main, gate), 0);
}

void gate_stop(struct gate *gate)
{
    loop_stop(gate->relay.loop);
    pthread_join(gate->thread, NULL);
    relay_release(&gate->relay);
}

/* ---- a client ----------------------------------------------------------------------------------------- */

static void set_patience(int fd)
{
    const struct timeval patience = { .tv_sec = GIVE_UP_S };
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int dial(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    assert_true(fd >= 0);
    set_patience(fd);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

bool say_bytes(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

void say(int fd, const char *text)
{
    assert_true(say_bytes(fd, text, strlen(text)));
}

/* Reads up to the empty line, byte by byte, so that nothing behind it is taken. */
static size_t read_head(int fd, char *head, size_t room)
{
    size_t n = 0;
    while (n + 1 < room) {
        ssize_t got = recv(fd, head + n, 1, 0);
        if (got < 0 && errno == EAGAIN)
            fail_msg("no answer within %d s; so far: %.*s", GIVE_UP_S, (int)n, head);
        if (got <= 0)
            return 0;
        head[++n] = '\0';
        if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0)
            return n;
    }
    fail_msg("an answer's head of more than %zu bytes", room);
    return 0;
}

static void hear_part(int fd, struct answer *answer, bool with_body)
{
    answer_free(answer);
    if (!read_head(fd, answer->head, sizeof answer->head))
        return;
    answer->status = (int)strtol(answer->head + 9, NULL, 10);
    const char *length = strcasestr(answer->head, "\r\nContent-Length:");
    answer->n = length && with_body ? strtoul(length + 17, NULL, 10) : 0;
    answer->body = calloc(1, answer->n + 1);
    for (size_t n = 0; n < answer->n;) {
        ssize_t got = recv(fd, answer->body + n, answer->n - n, 0);
        if (got <= 0)
            fail_msg("the body ends after %zu of %zu bytes", n, answer->n);
        n += (size_t)got;
    }
}

void hear(int fd, struct answer *answer)
{
    hear_part(fd, answer, true);
}

void hear_head(int fd, struct answer *answer)
{
    hear_part(fd, answer, false);
}

void answer_free(struct answer *answer)
{
    free(answer->body);
    answer->body = NULL;
    answer->n = 0;
    answer->status = 0;
    answer->head[0] = '\0';
}

bool hears_end(int fd)
{
    char rest[4096];
    for (;;) {
        ssize_t got = recv(fd, rest, sizeof rest, 0);
        if (got <= 0)
            return got == 0 || errno == ECONNRESET;
    }
}

void ask(uint16_t port, const char *text, struct answer *answer)
{
    int fd = dial(port);
    say(fd, text);
    hear(fd, answer);
    close(fd);
}

/* ---- a shop -------------------------------------------------------------------------------------------- */

struct conversation {
    struct shop *shop;
    int fd;
    pthread_t thread;
    struct conversation *next;
    char head[16384];
    char *body;
    size_t body_n;
};

static bool tell(struct conversation *c, const char *text)
{
    return say_bytes(c->fd, text, strlen(text));
}

static bool tell_fine(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nfine");
}

static bool do_close(struct conversation *c)
{
    (void)c;
    return false;
}

static bool do_reset(struct conversation *c)
{
    const struct linger now = { .l_onoff = 1 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return false;
}

/* Until the other side leaves or the shop ends. */
static bool wait_for_end(struct conversation *c, int ms)
{
    for (int waited = 0; waited < ms && !c->shop->ends; waited += 20) {
        struct pollfd fd = { .fd = c->fd, .events = POLLRDHUP };
        if (poll(&fd, 1, 20) > 0)
            return false;
    }
    return true;
}

static bool do_hang(struct conversation *c)
{
    wait_for_end(c, GIVE_UP_S * 1000);
    return false;
}

static bool do_slow(struct conversation *c)
{
    return wait_for_end(c, 300) && tell_fine(c);
}

static bool do_drip(struct conversation *c)
{
    tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (!c->shop->ends && tell(c, "x") && wait_for_end(c, 20))
        ;
    return false;
}

static bool do_half(struct conversation *c)
{
    char fifty[51];
    memset(fifty, 'h', 50);
    fifty[50] = '\0';
    return tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n") && tell(c, fifty) && false;
}

enum { BIG_PART = 100000, BIG_PARTS = 100 };

static bool tell_big(struct conversation *c, const char *before, const char *after)
{
    char *part = malloc(BIG_PART + 1);
    memset(part, 'b', BIG_PART);
    part[BIG_PART] = '\0';
    bool good = true;
    for (int i = 0; i < BIG_PARTS && good; i++)
        good = tell(c, before) && tell(c, part) && tell(c, after);
    free(part);
    return good;
}

static bool do_big(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n") && tell_big(c, "", "");
}

static bool do_bigchunk(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") && tell_big(c, "186a0\r\n", "\r\n") &&
           tell(c, "0\r\n\r\n");
}

static bool do_garbage(struct conversation *c)
{
    return tell(c, "\x01\x02\x03 this is no HTTP\r\n\r\n") && false;
}

static bool do_old(struct conversation *c)
{
    return tell(c, "<html>hello</html>") && false;
}

static bool do_many(struct conversation *c)
{
    bool good = tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n");
    for (int i = 0; i < 1000 && good; i++)
        good = tell(c, "X-A: b\r\n");
    return good && tell(c, "\r\nfine");
}

static bool do_long(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Long: ") && tell_big(c, "", "") &&
           tell(c, "\r\n\r\nfine");
}

static bool do_chunked(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n") &&
           tell(c, "2;x=y\r\nfi\r\n") && tell(c, "2\r\nne\r\n0\r\nX-Trailer: 1\r\n\r\n");
}

static bool do_till_end(struct conversation *c)
{
    return tell(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfine") && false;
}

static bool do_early(struct conversation *c)
{
    return tell(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") && tell_fine(c);
}

static bool do_bye(struct conversation *c)
{
    return tell_fine(c) && false;
}

static bool do_empty(struct conversation *c)
{
    return tell(c, "HTTP/1.1 204 No Content\r\n\r\n");
}

static bool do_moved(struct conversation *c)
{
    return tell(c, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
}

static bool do_echo(struct conversation *c)
{
    char head[128];
    size_t n = strlen(c->head);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n + c->body_n);
    return tell(c, head) && tell(c, c->head) && say_bytes(c->fd, c->body, c->body_n);
}

static const struct {
    const char *path;
    bool (*act)(struct conversation *c);
} acts[] = {
    { "/ok", tell_fine },         { "/echo", do_echo },       { "/close", do_close },       { "/reset", do_reset },
    { "/hang", do_hang },         { "/drip", do_drip },       { "/half", do_half },         { "/big", do_big },
    { "/bigchunk", do_bigchunk }, { "/garbage", do_garbage }, { "/old", do_old },           { "/many", do_many },
    { "/long", do_long },         { "/chunked", do_chunked }, { "/till-end", do_till_end }, { "/early", do_early },
    { "/bye", do_bye },           { "/empty", do_empty },     { "/moved", do_moved },       { "/slow", do_slow },
};

static bool take_request(struct conversation *c)
{
    size_t n = 0;
    c->head[0] = '\0';
    while (n < 4 || memcmp(c->head + n - 4, "\r\n\r\n", 4) != 0) {
        if (n + 1 >= sizeof c->head || recv(c->fd, c->head + n, 1, 0) != 1)
            return false;
        c->head[++n] = '\0';
    }
    const char *length = strcasestr(c->head, "\r\nContent-Length:");
    free(c->body);
    c->body_n = length ? strtoul(length + 17, NULL, 10) : 0;
    c->body = malloc(c->body_n + 1);
    for (size_t at = 0; at < c->body_n;) {
        ssize_t got = recv(c->fd, c->body + at, c->body_n - at, 0);
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    c->shop->requests++;
    c->shop->posts += strncmp(c->head, "POST ", 5) == 0;
    return true;
}

static bool act(struct conversation *c)
{
    const char *path = strchr(c->head, ' ');
    if (!path)
        return false;
    size_t n = strcspn(path + 1, " ?");
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strlen(acts[i].path) == n && strncmp(path + 1, acts[i].path, n) == 0)
            return acts[i].act(c);
    }
    return tell(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void *converse(void *user)
{
    struct conversation *c = user;
    set_patience(c->fd);
    while (take_request(c) && act(c))
        ;
    close(c->fd);
    c->shop->closed++;
    return NULL;
}

static void *shop_main(void *user)
{
    struct shop *shop = user;
    while (!shop->ends) {
        struct pollfd fd = { .fd = shop->fd, .events = POLLIN };
        if (poll(&fd, 1, 20) <= 0)
            continue;
        struct conversation *c = calloc(1, sizeof *c);
        c->shop = shop;
        c->fd = accept(shop->fd, NULL, NULL);
        c->next = shop->conversations;
        shop->conversations = c;
        shop->connections++;
        pthread_create(&c->thread, NULL, converse, c);
    }
    return NULL;
}

void shop_start(struct shop *shop)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof address;
    memset(shop, 0, sizeof *shop);
    shop->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(shop->fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(shop->fd, 64), 0);
    assert_int_equal(getsockname(shop->fd, (struct sockaddr *)&address, &n), 0);
    shop->port = ntohs(address.sin_port);
    snprintf(shop->url, sizeof shop->url, "http://127.0.0.1:%u", shop->port);
    assert_int_equal(pthread_create(&shop->thread, NULL, shop_main, shop), 0);
}

/* After the gate has stopped, so that no connection is left that the shop would wait for. */
void shop_stop(struct shop *shop)
{
    shop->ends = true;
    pthread_join(shop->thread, NULL);
    while (shop->conversations) {
        struct conversation *c = shop->conversations;
        shop->conversations = c->next;
        pthread_join(c->thread, NULL);
        free(c->body);
        free(c);
    }
    close(shop->fd);
}

void shop_await_closed(struct shop *shop, unsigned n)
{
    for (int ms = 0; shop->closed < n && ms < 10000; ms++)
        usleep(1000);
    assert_int_equal(shop->closed, n);
}
