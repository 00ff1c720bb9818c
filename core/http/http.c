/*
 * http.c - libcurl on the loop: the only file that knows it.
 *
 * One multi handle; its sockets are watched by the loop, its timer is the user's next().  An attempt gets
 * a transfer: an easy handle whose constant options were set once, and the memory for its header lines;
 * both go back to a stack when the attempt is done.
 *
 *     send     options of this attempt -> curl_multi_add_handle -> timer 0 -> run, in the same turn
 *     PREREQ   connected, not sent yet: counts.  The second call is libcurl's own repeat, and refused
 *     header   lines -> core/http/http_head.h; the first one is the first byte's stamp
 *     body     -> attempt->reply, under its ceiling
 *     run      finished transfers: CURLcode and state -> enum wire, transfer back on the stack, done()
 *
 * Two things differ from curl's examples.  (1) libcurl takes a socket out of the poll set after each
 * request and puts it back for the next.  A connection that has carried a request stays registered here,
 * which saves two system calls a request; if it becomes readable while nobody uses it, the shop has closed
 * it, and it is taken out then.  Only connections that libcurl closes through CLOSESOCKETFUNCTION are kept
 * so: its resolver's sockets and connects that lost a race are closed without telling.  (2) The address is
 * checked twice: when a socket is opened, and before each request, because a connection that a store with
 * allow_private opened would else be reused for one without.
 *
 * Example, a reused connection that the shop had closed: PREREQ (1), send, end of stream before the first
 * byte, libcurl connects anew, PREREQ (2) refuses -> WIRE_STALE, sent true, one request on the wire.
 */
#include "core/http/http.h"

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include "core/http/address.h"
#include "core/http/http_head.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    POOL = 256,               /* transfers kept for reuse; each about 1 KB and its easy handle's 5 KB */
    RESERVE_BYTES = 1 << 20,  /* what a Content-Length alone may make us allocate */
    RECEIVE_BYTES = 64 << 10, /* libcurl's receive buffer */
    TURN_BYTES = 128 << 10, /* what one body may bring in one turn of the loop: libcurl would read all that is there */
    TURN_BODIES = 4,        /* and so much of that all bodies together */
    TOTAL_MS = 30000,       /* when an attempt brings no time-outs */
    CONNECT_MS = 10000,
    EXPECT_BYTES = 1 << 20, /* larger bodies would make libcurl ask first */
};

/* A socket that libcurl has told us of.  Indexed by descriptor. */
struct sock {
    struct loop_watch watch;
    struct http_client *client;
    uint32_t want, have; /* events that libcurl wants / that epoll has; have 0: not registered */
    bool proven;         /* has carried a request: closed through close_socket */
};

struct transfer {
    struct http_client *client;
    struct attempt *attempt;      /* NULL: on the stack */
    struct transfer *next, *prev; /* of the active ones; next: of the stack */
    struct transfer *held_next;   /* of those that are held */
    CURL *easy;
    uint32_t prereqs; /* requests that libcurl wanted to send */
    bool forbidden, over, body_begun;
    bool is_held;     /* paused until the next turn */
    uint32_t brought; /* bytes of the body in turn `turn` */
    uint64_t turn;
    struct http_head head;
    struct buf lines;         /* request header lines, each NUL-terminated */
    struct buf origin;        /* what `parsed` was made of, NUL-terminated */
    CURLU *parsed;            /* CURLOPT_CURLU */
    struct curl_slist *nodes; /* the list that libcurl gets, in one array */
    size_t n_nodes, room;
    char why[CURL_ERROR_SIZE];
};

struct http_client {
    struct loop *loop;
    struct env env;
    struct http_options options;
    struct loop_user user;
    CURLM *multi;
    int64_t timer_due;
    bool check; /* libcurl did something: look for finished transfers */
    struct transfer *active, *stack;
    struct transfer *held, **held_end; /* who was held first goes on first */
    uint64_t held_turn;                /* when one was held, or went on, last */
    uint64_t turn;
    uint32_t brought, large; /* bytes of all bodies in turn `turn`; of large ones alone */
    uint32_t n_stack;
    struct attempt *stillborn; /* could not be started; done() comes with the next run.  Linked by wire_state */
    struct sock **socks;
    int n_socks;
    struct http_counts counts;
};

/* ---- sockets and the timer -------------------------------------------------------------------------- */

static struct sock *sock_at(struct http_client *client, curl_socket_t fd)
{
    return fd >= 0 && fd < client->n_socks ? client->socks[fd] : NULL;
}

static void sock_drop(struct http_client *client, struct sock *sock, bool closed)
{
    if (sock->have && !closed)
        loop_remove(client->loop, &sock->watch);
    else
        loop_forget(client->loop, &sock->watch);
    client->socks[sock->watch.fd] = NULL;
    free(sock);
}

static void sock_ready(void *self, uint32_t events, int64_t now)
{
    (void)now;
    struct sock *sock = self;
    struct http_client *client = sock->client;
    if (!sock->want) { /* idle, and the shop has closed it (or sent what nobody asked for) */
        loop_remove(client->loop, &sock->watch);
        sock->have = 0;
        return;
    }
    int flags = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(client->multi, sock->watch.fd, flags, &running);
    client->check = true;
}

static struct sock *sock_new(struct http_client *client, curl_socket_t fd)
{
    if (fd >= client->n_socks) {
        int n = fd + 64;
        client->socks = mem_realloc(client->socks, (size_t)n * sizeof *client->socks);
        memset(client->socks + client->n_socks, 0, (size_t)(n - client->n_socks) * sizeof *client->socks);
        client->n_socks = n;
    }
    struct sock *sock = mem_zalloc(sizeof *sock);
    sock->watch = (struct loop_watch){ fd, sock_ready, sock };
    sock->client = client;
    client->socks[fd] = sock;
    return sock;
}

static void sock_want(struct http_client *client, struct sock *sock, uint32_t want)
{
    sock->want = want;
    if (sock->have == want)
        return;
    enum err err =
        sock->have ? loop_change(client->loop, &sock->watch, want) : loop_add(client->loop, &sock->watch, want);
    sock->have = err ? 0 : want; /* a refused socket is noticed by the attempt's time-out */
}

/* libcurl: from now on tell me of these events on fd. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
    (void)unused;
    struct http_client *client = user;
    struct sock *sock = sock_at(client, fd);
    if (what == CURL_POLL_REMOVE) {
        if (sock && sock->proven && !(sock->have & EPOLLOUT))
            sock->want = 0;
        else if (sock)
            sock_drop(client, sock, false);
        return 0;
    }
    if (!sock)
        sock = sock_new(client, fd);
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    sock->proven = sock->proven || (transfer && transfer->prereqs > 0);
    sock_want(client, sock, (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0));
    return 0;
}

static int close_socket(void *user, curl_socket_t fd)
{
    struct http_client *client = user;
    struct sock *sock = sock_at(client, fd);
    if (sock)
        sock_drop(client, sock, true);
    client->counts.open--;
    return close(fd);
}

static int on_timer(CURLM *multi, long wait_ms, void *user)
{
    (void)multi;
    struct http_client *client = user;
    /* One more, because our clock and libcurl's cut off parts of a millisecond: woken too early, libcurl
     * finds nothing to do and does not tell us the same time again. */
    client->timer_due = wait_ms < 0    ? LOOP_NEVER
                        : wait_ms == 0 ? 0
                                       : client->env.now_ms(client->env.self) + wait_ms + 1;
    return 0;
}

/* ---- libcurl's questions about one transfer ---------------------------------------------------------- */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct transfer *transfer = user;
    const char *why = transfer->attempt->allow_private ? NULL : address_private(&address->addr);
    if (why) {
        transfer->forbidden = true;
        snprintf(transfer->attempt->note, sizeof transfer->attempt->note, "the address is not public: %s", why);
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    transfer->client->counts.open++;
    transfer->client->counts.connections++;
    return fd;
}

static bool peer_is_private(const char *ip)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
        return address_private((const struct sockaddr *)&v4) != NULL;
    char text[INET6_ADDRSTRLEN];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(ip, "%"), ip); /* without a zone */
    return inet_pton(AF_INET6, text, &v6.sin6_addr) != 1 || address_private((const struct sockaddr *)&v6) != NULL;
}

/* Connected (perhaps long ago), nothing sent yet. */
static int before_request(void *user, char *peer_ip, char *our_ip, int peer_port, int our_port)
{
    (void)our_ip, (void)peer_port, (void)our_port;
    struct transfer *transfer = user;
    struct attempt *attempt = transfer->attempt;
    if (transfer->prereqs == 0 && !attempt->allow_private && peer_is_private(peer_ip)) {
        transfer->forbidden = true;
        snprintf(attempt->note, sizeof attempt->note, "the address is not public: %s", peer_ip);
        return CURL_PREREQFUNC_ABORT;
    }
    if (transfer->prereqs++ > 0)
        return CURL_PREREQFUNC_ABORT;
    attempt->sent_ms = transfer->client->env.now_ms(transfer->client->env.self);
    return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *p, size_t size, size_t n, void *user)
{
    struct transfer *transfer = user;
    n *= size;
    if (transfer->attempt->first_byte_ms == 0)
        transfer->attempt->first_byte_ms = transfer->client->env.now_ms(transfer->client->env.self);
    return http_head_line(&transfer->head, (struct span){ p, n }) ? n : 0;
}

/* False: the shop has announced more than we take. */
static bool body_begins(struct transfer *transfer)
{
    struct attempt *attempt = transfer->attempt;
    curl_off_t length = -1;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    transfer->body_begun = true;
    if (length > 0 && (uint64_t)length > attempt->max_body)
        return false;
    if (length > 0)
        buf_room(&attempt->reply, length < RESERVE_BYTES ? (size_t)length : RESERVE_BYTES);
    return true;
}

static void count_brought(struct transfer *transfer, uint32_t n, bool is_large)
{
    struct http_client *client = transfer->client;
    uint64_t turn = loop_turns(client->loop);
    if (transfer->turn != turn)
        transfer->brought = 0;
    if (client->turn != turn)
        client->brought = client->large = 0;
    transfer->turn = client->turn = turn;
    transfer->brought += n;
    client->brought += n;
    client->large += is_large ? n : 0;
    if (client->counts.turn_bytes < client->large)
        client->counts.turn_bytes = client->large;
}

/* In this turn: itself, or it is a large body and all together have. */
static bool has_brought_much(struct transfer *transfer, size_t n)
{
    bool is_large = transfer->attempt->reply.n >= TURN_BYTES + n;
    count_brought(transfer, (uint32_t)n, is_large);
    return transfer->brought >= TURN_BYTES || (is_large && transfer->client->brought >= TURN_BODIES * TURN_BYTES);
}

/* Large bodies that are there already must not keep all others waiting: the rest of them is for the turns to come. */
static void hold(struct transfer *transfer)
{
    struct http_client *client = transfer->client;
    if (transfer->is_held || curl_easy_pause(transfer->easy, CURLPAUSE_RECV) != CURLE_OK)
        return;
    transfer->is_held = true;
    transfer->held_next = NULL;
    *client->held_end = transfer;
    client->held_end = &transfer->held_next;
    client->counts.held++;
    client->held_turn = loop_turns(client->loop);
}

static void unhold(struct transfer *transfer)
{
    struct http_client *client = transfer->client;
    struct transfer **at = &client->held;
    if (!transfer->is_held)
        return;
    while (*at != transfer)
        at = &(*at)->held_next;
    *at = transfer->held_next;
    if (!*at)
        client->held_end = at;
    transfer->is_held = false;
}

static size_t on_body(char *p, size_t size, size_t n, void *user)
{
    struct transfer *transfer = user;
    struct buf *reply = &transfer->attempt->reply;
    n *= size;
    if (!transfer->body_begun && !body_begins(transfer))
        transfer->over = true;
    else
        buf_add(reply, p, n);
    transfer->over = transfer->over || reply->over;
    if (has_brought_much(transfer, n))
        hold(transfer);
    return transfer->over ? CURL_WRITEFUNC_ERROR : n;
}

/* ---- transfers -------------------------------------------------------------------------------------- */

static void set_constant_options(struct transfer *transfer)
{
    struct http_client *client = transfer->client;
    const struct http_options *options = &client->options;
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->why);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"); /* else http_proxy of the environment is obeyed */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (options->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)options->idle_s);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)options->dns_s);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* lets a hung lookup's thread go instead of joining it */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, client);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static struct transfer *transfer_new(struct http_client *client)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return NULL;
    struct transfer *transfer = mem_zalloc(sizeof *transfer);
    transfer->client = client;
    transfer->easy = easy;
    transfer->parsed = curl_url();
    http_head_init(&transfer->head, client->options.max_header_bytes, client->options.max_headers);
    buf_init(&transfer->lines, 1 << 20);
    buf_init(&transfer->origin, 1 << 20);
    set_constant_options(transfer);
    return transfer;
}

static void transfer_free(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_url_cleanup(transfer->parsed);
    http_head_release(&transfer->head);
    buf_release(&transfer->lines);
    buf_release(&transfer->origin);
    free(transfer->nodes);
    free(transfer);
}

static struct transfer *transfer_take(struct http_client *client)
{
    struct transfer *transfer = client->stack;
    if (!transfer)
        return transfer_new(client);
    client->stack = transfer->next;
    client->n_stack--;
    return transfer;
}

static void transfer_give_back(struct transfer *transfer)
{
    struct http_client *client = transfer->client;
    if (client->n_stack >= POOL) {
        transfer_free(transfer);
        return;
    }
    http_head_clear(&transfer->head);
    transfer->prereqs = 0;
    transfer->forbidden = transfer->over = transfer->body_begun = false;
    transfer->why[0] = '\0';
    transfer->next = client->stack;
    client->stack = transfer;
    client->n_stack++;
}

static void activate(struct transfer *transfer, struct attempt *attempt)
{
    struct http_client *client = transfer->client;
    transfer->attempt = attempt;
    attempt->wire_state = transfer;
    transfer->prev = NULL;
    transfer->next = client->active;
    if (client->active)
        client->active->prev = transfer;
    client->active = transfer;
    client->counts.active++;
}

static void deactivate(struct transfer *transfer)
{
    struct http_client *client = transfer->client;
    if (transfer->prev)
        transfer->prev->next = transfer->next;
    else
        client->active = transfer->next;
    if (transfer->next)
        transfer->next->prev = transfer->prev;
    unhold(transfer);
    transfer->attempt->wire_state = NULL;
    transfer->attempt = NULL;
    client->counts.active--;
}

/* ---- the request ------------------------------------------------------------------------------------- */

/* Framing is libcurl's: it knows the body's length and the connection's state. */
static bool is_framing(struct span name)
{
    static const char *const names[] = { "content-length", "transfer-encoding", "connection", "expect" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
            return true;
    }
    return false;
}

static bool is_clean(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Adds "Name: value", NUL-terminated, in libcurl's spelling: "Name;" is an empty header, "Name:" takes
 * away the one that libcurl would add. */
static void add_line(struct buf *lines, struct span name, struct span value)
{
    buf_span(lines, name);
    if (value.n > 0) {
        buf_lit(lines, ": ");
        buf_span(lines, value);
    } else {
        buf_char(lines, ';');
    }
    buf_char(lines, '\0');
}

/* The lines stand in one buffer and the list's nodes in one array; false: a header that cannot be sent. */
static bool build_headers(struct transfer *transfer, const struct attempt *attempt)
{
    struct buf *lines = &transfer->lines;
    size_t n = 0;
    buf_clear(lines);
    if (attempt->body.n > EXPECT_BYTES) {
        buf_add(lines, "Expect:", sizeof "Expect:"); /* no 100-continue: it costs a round trip or a second */
        n++;
    }
    for (size_t i = 0; i < attempt->n_headers; i++) {
        const struct header *header = &attempt->headers[i];
        if (header->name.n == 0 || !is_clean(header->name) || !is_clean(header->value))
            return false;
        if (is_framing(header->name))
            continue;
        add_line(lines, header->name, header->value);
        n++;
    }
    if (attempt->body.n > 0 && !header_get(attempt->headers, attempt->n_headers, "content-type").p) {
        buf_add(lines, "Content-Type:", sizeof "Content-Type:"); /* no form by default */
        n++;
    }
    if (transfer->room < n) {
        transfer->room = n + 8;
        transfer->nodes = mem_realloc(transfer->nodes, transfer->room * sizeof *transfer->nodes);
    }
    char *at = lines->p;
    for (size_t i = 0; i < n && !lines->over; i++) {
        transfer->nodes[i] = (struct curl_slist){ at, i + 1 < n ? &transfer->nodes[i + 1] : NULL };
        at += strlen(at) + 1;
    }
    return !lines->over;
}

static bool takes_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static void set_method(CURL *easy, const struct attempt *attempt)
{
    bool is_head = strcmp(attempt->method, "HEAD") == 0;
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L); /* undoes what the last attempt had set */
    if (attempt->body.n > 0 || takes_body(attempt->method)) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)attempt->body.n);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, attempt->body.n > 0 ? attempt->body.p : "");
    } else if (is_head) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    bool is_plain = (strcmp(attempt->method, "GET") == 0 && attempt->body.n == 0) || is_head;
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_plain ? NULL : attempt->method);
}

static bool word_is_fit(uint64_t word)
{
    return !bytes_below(word, 0x21) && !bytes_equal(word, 0x7f) && !bytes_equal(word, '#');
}

/* No blank, control byte or '#'. */
static bool target_is_fit(const char *p, size_t n)
{
    char rest[8] = "aaaaaaa";
    for (; n >= sizeof rest; p += sizeof rest, n -= sizeof rest) {
        if (!word_is_fit(bytes_load(p)))
            return false;
    }
    memcpy(rest, p, n);
    rest[7] = 'a';
    return word_is_fit(bytes_load(rest));
}

/* A shop's origin is parsed once, not with each request: what a transfer is for seldom changes. */
static const char *set_origin(struct transfer *transfer, struct span text)
{
    struct buf *origin = &transfer->origin;
    if (origin->n == text.n + 1 && memcmp(origin->p, text.p, text.n) == 0)
        return NULL;
    buf_clear(origin);
    buf_span(origin, text);
    buf_char(origin, '\0');
    CURLUcode code = origin->over ? CURLUE_MALFORMED_INPUT
                                  : curl_url_set(transfer->parsed, CURLUPART_URL, origin->p,
                                                 CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER);
    curl_easy_setopt(transfer->easy, CURLOPT_CURLU, transfer->parsed);
    curl_easy_setopt(transfer->easy, CURLOPT_URL, NULL); /* libcurl's text of the origin before */
    if (code == CURLUE_OK)
        return NULL;
    buf_clear(origin);
    return curl_url_strerror(code);
}

/* The address in two parts: libcurl parses the origin and sends the target as it is.  From a whole address it would
 * take the query apart and print it together again byte by byte, which cost a fifth of a small call.  So what its
 * parser would refuse in a target is refused here. */
static const char *set_address(struct transfer *transfer, const char *url)
{
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host - url) + 3 : 0;
    n += strcspn(url + n, "/?#");
    const char *target = url + n;
    if (!host || (*target && *target != '/'))
        return "expected an address such as https://host/path";
    if (!target_is_fit(target, strlen(target)))
        return "the address holds blanks, control bytes or a fragment";
    if (curl_easy_setopt(transfer->easy, CURLOPT_REQUEST_TARGET, *target ? target : "/") != CURLE_OK)
        return "the address is too long";
    return set_origin(transfer, (struct span){ url, n });
}

static const char *set_attempt_options(struct transfer *transfer, const struct attempt *attempt)
{
    CURL *easy = transfer->easy;
    if (!build_headers(transfer, attempt))
        return "a header holds control bytes, or is too large";
    set_method(easy, attempt);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->lines.n > 0 ? transfer->nodes : NULL);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)attempt->fresh);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(attempt->connect_ms ? attempt->connect_ms : CONNECT_MS));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(attempt->total_ms ? attempt->total_ms : TOTAL_MS));
    return set_address(transfer, attempt->url);
}

static void set_note(struct attempt *attempt, const char *text)
{
    size_t n = strlen(text) < sizeof attempt->note - 1 ? strlen(text) : sizeof attempt->note - 1;
    memcpy(attempt->note, text, n);
    attempt->note[n] = '\0';
}

static void clear_result(struct attempt *attempt)
{
    attempt->wire = WIRE_OK;
    attempt->sent = false;
    attempt->status = 0;
    attempt->reply_headers = NULL;
    attempt->n_reply_headers = 0;
    attempt->sent_ms = attempt->first_byte_ms = attempt->end_ms = 0;
    attempt->note[0] = '\0';
    if (attempt->is_secret)
        buf_init_secret(&attempt->reply, attempt->max_body);
    else
        buf_init(&attempt->reply, attempt->max_body);
}

static void http_send(void *self, struct attempt *attempt)
{
    struct http_client *client = self;
    client->counts.attempts++;
    clear_result(attempt);
    struct transfer *transfer = transfer_take(client);
    const char *problem = transfer ? set_attempt_options(transfer, attempt) : "libcurl has no memory";
    if (!problem) {
        activate(transfer, attempt);
        if (curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK)
            return;
        deactivate(transfer);
        problem = "libcurl takes no more transfers";
    }
    if (transfer)
        transfer_give_back(transfer);
    attempt->wire = WIRE_REFUSED;
    set_note(attempt, problem);
    attempt->wire_state = client->stillborn;
    client->stillborn = attempt;
}

/* ---- the end ---------------------------------------------------------------------------------------- */

/* What a CURLcode says when the request had not been begun, and when it had. */
static const struct ending {
    CURLcode code;
    enum wire unsent, sent;
} endings[] = {
    { CURLE_OK, WIRE_OK, WIRE_OK },
    { CURLE_OPERATION_TIMEDOUT, WIRE_TIMEOUT, WIRE_TIMEOUT },
    { CURLE_COULDNT_RESOLVE_HOST, WIRE_REFUSED, WIRE_RESET },
    { CURLE_COULDNT_CONNECT, WIRE_REFUSED, WIRE_RESET },
    { CURLE_URL_MALFORMAT, WIRE_REFUSED, WIRE_RESET },
    { CURLE_GOT_NOTHING, WIRE_REFUSED, WIRE_RESET },
    { CURLE_SEND_ERROR, WIRE_RESET, WIRE_RESET },
    { CURLE_RECV_ERROR, WIRE_RESET, WIRE_RESET },
    { CURLE_PARTIAL_FILE, WIRE_RESET, WIRE_RESET },
    { CURLE_WEIRD_SERVER_REPLY, WIRE_PROTOCOL, WIRE_PROTOCOL },
    { CURLE_UNSUPPORTED_PROTOCOL, WIRE_REFUSED, WIRE_PROTOCOL }, /* sent: an answer of HTTP/0.9 */
    { CURLE_BAD_CONTENT_ENCODING, WIRE_PROTOCOL, WIRE_PROTOCOL },
    { CURLE_WRITE_ERROR, WIRE_PROTOCOL, WIRE_PROTOCOL },  /* on_header refused: too many, too large */
    { CURLE_OUT_OF_MEMORY, WIRE_REFUSED, WIRE_PROTOCOL }, /* what a header line of 100 KB is called */
    { CURLE_SSL_CONNECT_ERROR, WIRE_TLS, WIRE_RESET },
    { CURLE_PEER_FAILED_VERIFICATION, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_CERTPROBLEM, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_CIPHER, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_CACERT_BADFILE, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_ENGINE_NOTFOUND, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_ENGINE_SETFAILED, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_ISSUER_ERROR, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_CRL_BADFILE, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_SHUTDOWN_FAILED, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_INVALIDCERTSTATUS, WIRE_TLS, WIRE_RESET },
    { CURLE_SSL_PINNEDPUBKEYNOTMATCH, WIRE_TLS, WIRE_RESET },
};

static enum wire ending_of(const struct transfer *transfer, CURLcode code)
{
    if (transfer->forbidden && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK))
        return WIRE_FORBIDDEN;
    if (transfer->prereqs > 1)
        return WIRE_STALE;
    if (transfer->over)
        return WIRE_TOO_LARGE;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (endings[i].code == code)
            return transfer->prereqs > 0 ? endings[i].sent : endings[i].unsent;
    }
    return transfer->prereqs > 0 ? WIRE_RESET : WIRE_REFUSED;
}

static void fill_result(struct transfer *transfer, CURLcode code)
{
    struct attempt *attempt = transfer->attempt;
    struct http_client *client = transfer->client;
    long taken = 0, connects = 1;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &taken); /* bytes that the kernel took */
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    attempt->wire = ending_of(transfer, code);
    attempt->sent = transfer->prereqs > 0 && taken > 0;
    attempt->status = transfer->head.status;
    attempt->reply_headers = http_head_split(&transfer->head, &attempt->n_reply_headers);
    attempt->end_ms = client->env.now_ms(client->env.self);
    client->counts.reused += transfer->prereqs > 0 && connects == 0;
    client->counts.stale += attempt->wire == WIRE_STALE;
    if (attempt->wire != WIRE_OK && !attempt->note[0])
        set_note(attempt, transfer->why[0] ? transfer->why : curl_easy_strerror(code));
}

static void finish(struct transfer *transfer, CURLcode code, bool cancelled)
{
    struct http_client *client = transfer->client;
    struct attempt *attempt = transfer->attempt;
    curl_multi_remove_handle(client->multi, transfer->easy);
    fill_result(transfer, code);
    if (cancelled)
        attempt->wire = WIRE_CANCELLED;
    if (attempt->wire != WIRE_OK)
        buf_release(&attempt->reply);
    deactivate(transfer);
    attempt->done(attempt); /* it may be gone, or on its way again, when this returns */
    transfer_give_back(transfer);
}

static void finish_ready(struct http_client *client)
{
    int left;
    for (CURLMsg *msg = curl_multi_info_read(client->multi, &left); msg;
         msg = curl_multi_info_read(client->multi, &left)) {
        struct transfer *transfer = NULL;
        if (msg->msg != CURLMSG_DONE)
            continue;
        CURLcode code = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &transfer);
        finish(transfer, code, false);
    }
}

static void finish_stillborn(struct http_client *client)
{
    while (client->stillborn) {
        struct attempt *attempt = client->stillborn;
        client->stillborn = attempt->wire_state;
        attempt->wire_state = NULL;
        attempt->end_ms = client->env.now_ms(client->env.self);
        attempt->done(attempt);
    }
}

static bool forget_stillborn(struct http_client *client, struct attempt *attempt)
{
    struct attempt *before = NULL;
    for (struct attempt *at = client->stillborn; at; before = at, at = at->wire_state) {
        if (at != attempt)
            continue;
        if (before)
            before->wire_state = at->wire_state;
        else
            client->stillborn = at->wire_state;
        return true;
    }
    return false;
}

static void http_cancel(void *self, struct attempt *attempt)
{
    struct http_client *client = self;
    if (!forget_stillborn(client, attempt)) {
        finish(attempt->wire_state, CURLE_OK, true);
        return;
    }
    attempt->wire_state = NULL;
    attempt->wire = WIRE_CANCELLED;
    attempt->end_ms = client->env.now_ms(client->env.self);
    attempt->done(attempt);
}

/* ---- on the loop ------------------------------------------------------------------------------------- */

static int64_t http_next(void *self)
{
    const struct http_client *client = self;
    bool is_due = client->check || client->stillborn || (client->held && client->held_turn != loop_turns(client->loop));
    return is_due ? 0 : client->timer_due;
}

/* As many as may bring all that they may.  libcurl reads on with its timer, which it sets to now. */
static void go_on(struct http_client *client)
{
    client->held_turn = loop_turns(client->loop);
    for (int i = 0; i < TURN_BODIES && client->held; i++) {
        struct transfer *transfer = client->held;
        unhold(transfer);
        curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
}

static void http_run(void *self, int64_t now)
{
    struct http_client *client = self;
    if (client->held && client->held_turn != loop_turns(client->loop))
        go_on(client);
    if (client->timer_due <= now) {
        int running;
        client->timer_due = LOOP_NEVER;
        curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        long wait_ms = -1;
        if (client->timer_due == LOOP_NEVER && curl_multi_timeout(client->multi, &wait_ms) == CURLM_OK)
            on_timer(client->multi, wait_ms == 0 ? 1 : wait_ms, client); /* it does not tell the same time twice */
    }
    client->check = false;
    finish_ready(client);
    finish_stillborn(client);
}

static void set_defaults(struct http_options *options)
{
    if (!options->user_agent)
        options->user_agent = "cartway";
    if (!options->max_open)
        options->max_open = 1024;
    if (!options->idle_s)
        options->idle_s = 50;
    if (!options->dns_s)
        options->dns_s = 60;
    if (!options->max_headers)
        options->max_headers = 256;
    if (!options->max_header_bytes)
        options->max_header_bytes = 64 << 10;
}

struct http_client *http_client_new(struct loop *loop, const struct http_options *options, struct fault *fault)
{
    CURLM *multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
    if (!multi) {
        fault_set(fault, ERR_INTERNAL, "http: libcurl does not start");
        return NULL;
    }
    struct http_client *client = mem_zalloc(sizeof *client);
    client->loop = loop;
    client->env = *loop_env(loop);
    client->options = *options;
    client->multi = multi;
    client->timer_due = LOOP_NEVER;
    client->held_end = &client->held;
    set_defaults(&client->options);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)client->options.max_open);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    client->user = (struct loop_user){ .next = http_next, .run = http_run, .self = client };
    loop_use(loop, &client->user);
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    while (client->active)
        http_cancel(client, client->active->attempt);
    while (client->stillborn)
        http_cancel(client, client->stillborn);
    loop_disuse(client->loop, &client->user);
    while (client->stack) {
        struct transfer *transfer = client->stack;
        client->stack = transfer->next;
        transfer_free(transfer);
    }
    curl_multi_cleanup(client->multi);
    for (int fd = 0; fd < client->n_socks; fd++) {
        if (client->socks[fd])
            sock_drop(client, client->socks[fd], true);
    }
    free(client->socks);
    free(client);
    curl_global_cleanup();
}

struct http http_client_seam(struct http_client *client)
{
    return (struct http){ .self = client, .send = http_send, .cancel = http_cancel };
}

void http_client_counts(const struct http_client *client, struct http_counts *counts)
{
    *counts = client->counts;
}

const char *http_client_version(void)
{
    return curl_version();
}
