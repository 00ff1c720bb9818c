/*
 * server.c - libmicrohttpd on the loop: the only file that knows it.
 *
 * A listener is a socket of ours and a daemon in external epoll mode, whose epoll descriptor the loop
 * watches.  A link is a connection, an inbound is a request on it.
 *
 *     bytes      -> MHD_run -> on_target (raw request line) -> on_call, first: headers checked
 *                -> on_call with body -> on_call, last: handed to the user's on_request
 *     reply in on_request: queued there.  Otherwise the connection is suspended ("parked"), and
 *     reply later -> MHD_Response built, resumed -> MHD_run in the same turn -> on_call: queued
 *
 * What the library leaves to us (0.9.75):
 *   - A pending resume is not in MHD_get_timeout: `due` says that a daemon must run.
 *   - Suspended connections see neither time nor the client leaving, and a byte now and then keeps one
 *     open for ever: so each link has a watch of its own (EPOLLIN and EPOLLRDHUP, edges only, registered
 *     once), and stands in the list of its state, ordered by time, since each state lasts equally long.
 *     A link that is over its time is shut down, which the library notices as an end of stream.
 *   - An end of stream that came together with bytes is overlooked until something else happens: a link
 *     whose client has closed its side gets a second for what was said before.
 *   - A reply in the first call closes the connection with the request's rest unread, which resets it
 *     under the client's eyes: the descriptor is doubled before, and read empty for a moment.
 *   - What a C string hides (a NUL, a bare line feed, a folded header) shows in where the strings lie: in
 *     0.9.75 they are cut out of the received bytes in place, so each must begin where the one before ended.
 *
 * Example with 16 KB pools: an idle connection 16.7 KB; a parked GET 2 recv, 1 sendmsg, 2 epoll_ctl.
 */
#include "api/door/server.h"

#include "api/door/problem.h"
#include "api/door/strict.h"
#include "core/base/arena.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    POOL_BYTES = 12 << 10, /* a connection's memory, cleared for each request; 8 KB overflowed with 200 headers */
    BACKLOG = 4096,
    FREE_INBOUNDS = 256,        /* kept for reuse */
    KEEP_BODY_BYTES = 64 << 10, /* larger body buffers are freed after their request */
    LINGER_MS = 2000,           /* how long a refused request's rest is read */
    LINGER_BYTES = 4 << 20,
    LINGERERS = 64,
    FAREWELL_MS = 1000,  /* for what a client said before it closed its side */
    FREE_WAIT_MS = 1000, /* http_server_free: for the last bytes to leave */
    MAX_LISTENERS = 4,
    DRAIN_FACTOR = 2, /* an undeclared body is read to its end up to so many times its ceiling */
};

/* The first ones last a known time. */
enum link_state { LINK_READING, LINK_REPLYING, LINK_IDLE, LINK_FAREWELL, LINK_PARKED, LINK_ENDING };
#define TIMED_STATES LINK_PARKED
#define LISTED_STATES LINK_ENDING

struct inbound;

struct link {
    struct listener *listener;
    struct MHD_Connection *connection;
    struct loop_watch watch;
    enum link_state state;
    int64_t due_ms; /* timed states */
    struct link *prev, *next;
    struct inbound *inbound; /* the request at hand, NULL between requests */
    bool half_closed;        /* the client sends no more: for what we know it has left */
    bool lingers;            /* its end must not reset the client's view of the reply */
    char peer[INET6_ADDRSTRLEN];
};

struct list {
    struct link *first, *last;
};

enum stage { STAGE_NEW, STAGE_BODY, STAGE_HANDED, STAGE_ANSWERED };

struct inbound {
    struct request request;
    struct http_server *server;
    struct link *link;
    struct inbound *next; /* of the free ones */
    enum stage stage;
    bool inside;     /* on_request runs */
    size_t received; /* of the body, dropped bytes too */
    struct buf target, body;
    struct header *headers;
    size_t n_headers, room;
    struct MHD_Response *response;
    unsigned status;
};

struct listener {
    struct http_server *server;
    struct MHD_Daemon *daemon;
    struct loop_watch watch;
    int socket;
    uint16_t port;
    bool admin, due;
};

struct lingerer {
    struct http_server *server;
    struct loop_watch watch;
    int64_t due_ms;
    size_t drained;
    struct lingerer *prev, *next;
};

struct http_server {
    struct loop *loop;
    struct server_options options;
    struct server_user user;
    struct loop_user on_loop;
    struct listener listeners[MAX_LISTENERS];
    int n_listeners;
    struct list lists[LISTED_STATES];
    struct inbound *free;
    uint32_t n_free;
    struct lingerer *lingerers; /* newest first; all last equally long */
    uint32_t n_lingerers;
    struct server_counts counts;
    bool exact;    /* the library's strings lie as described above */
    bool stopping; /* every reply is its connection's last */
};

/* ---- links and their time ---------------------------------------------------------------------------- */

static uint32_t lasts_ms(const struct http_server *server, enum link_state state)
{
    const uint32_t lasts[TIMED_STATES] = {
        [LINK_READING] = server->options.request_ms,
        [LINK_REPLYING] = server->options.reply_ms,
        [LINK_IDLE] = server->options.idle_ms,
        [LINK_FAREWELL] = FAREWELL_MS,
    };
    return lasts[state];
}

static void link_leave_list(struct link *link)
{
    if (link->state >= LISTED_STATES)
        return;
    struct list *list = &link->listener->server->lists[link->state];
    *(link->prev ? &link->prev->next : &list->first) = link->next;
    *(link->next ? &link->next->prev : &list->last) = link->prev;
    link->prev = link->next = NULL;
}

static void link_set(struct link *link, enum link_state state)
{
    struct http_server *server = link->listener->server;
    link_leave_list(link);
    link->state = state;
    if (state >= LISTED_STATES)
        return;
    struct list *list = &server->lists[state];
    if (state < TIMED_STATES)
        link->due_ms = loop_now(server->loop) + lasts_ms(server, state);
    link->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = link;
    list->last = link;
}

/* The library sees an end of stream and drops the connection. */
static void link_end(struct link *link)
{
    link_set(link, LINK_ENDING);
    shutdown(link->watch.fd, SHUT_RDWR);
}

static void end_overdue(struct http_server *server, int64_t now)
{
    for (int state = 0; state < TIMED_STATES; state++) {
        for (struct link *link = server->lists[state].first; link && link->due_ms <= now;
             link = server->lists[state].first)
            link_end(link);
    }
}

static void client_left(struct link *link)
{
    struct inbound *inbound = link->inbound;
    if (!inbound || inbound->stage != STAGE_HANDED || inbound->request.gone)
        return;
    inbound->request.gone = true;
    if (inbound->request.left)
        inbound->request.left(&inbound->request);
}

static void link_ready(void *self, uint32_t events, int64_t now)
{
    (void)now;
    struct link *link = self;
    if ((events & EPOLLIN) && link->state == LINK_IDLE)
        link_set(link, LINK_READING);
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        link->half_closed = true;
        if (link->state == LINK_IDLE || link->state == LINK_READING)
            link_set(link, LINK_FAREWELL);
        client_left(link);
    }
}

static void name_peer(struct link *link)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(link->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, link->peer,
                  sizeof link->peer);
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, link->peer,
                  sizeof link->peer);
}

static void link_new(struct listener *listener, struct MHD_Connection *connection, void **context)
{
    struct http_server *server = listener->server;
    struct link *link = mem_zalloc(sizeof *link);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    link->listener = listener;
    link->connection = connection;
    link->state = LINK_ENDING; /* in no list yet */
    link->watch = (struct loop_watch){ info->connect_fd, link_ready, link };
    name_peer(link);
    loop_add(server->loop, &link->watch, EPOLLIN | EPOLLRDHUP | EPOLLET);
    link_set(link, LINK_READING);
    server->counts.connections++;
    *context = link;
}

static void linger(struct http_server *server, int fd);

static void link_free(struct link *link)
{
    struct http_server *server = link->listener->server;
    link_leave_list(link);
    loop_remove(server->loop, &link->watch);
    if (link->lingers && !link->half_closed)
        linger(server, link->watch.fd);
    server->counts.connections--;
    free(link);
}

static void on_connection(void *self, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        link_new(self, connection, context);
    else if (*context)
        link_free(*context);
}

/* ---- lingering: the rest of a refused request --------------------------------------------------------- */

static void lingerer_free(struct lingerer *lingerer)
{
    struct http_server *server = lingerer->server;
    *(lingerer->prev ? &lingerer->prev->next : &server->lingerers) = lingerer->next;
    if (lingerer->next)
        lingerer->next->prev = lingerer->prev;
    loop_remove(server->loop, &lingerer->watch);
    close(lingerer->watch.fd);
    server->n_lingerers--;
    free(lingerer);
}

static void lingerer_ready(void *self, uint32_t events, int64_t now)
{
    (void)events, (void)now;
    struct lingerer *lingerer = self;
    char rest[4096];
    ssize_t n = recv(lingerer->watch.fd, rest, sizeof rest, MSG_DONTWAIT);
    if (n > 0)
        lingerer->drained += (size_t)n;
    bool ends = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (ends || lingerer->drained > LINGER_BYTES)
        lingerer_free(lingerer);
}

/* The library has sent the reply and shut its side down; it closes fd next. */
static void linger(struct http_server *server, int fd)
{
    int twin = server->n_lingerers < LINGERERS ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (twin < 0)
        return;
    struct lingerer *lingerer = mem_zalloc(sizeof *lingerer);
    lingerer->server = server;
    lingerer->due_ms = loop_now(server->loop) + LINGER_MS;
    lingerer->watch = (struct loop_watch){ twin, lingerer_ready, lingerer };
    lingerer->next = server->lingerers;
    if (server->lingerers)
        server->lingerers->prev = lingerer;
    server->lingerers = lingerer;
    server->n_lingerers++;
    loop_add(server->loop, &lingerer->watch, EPOLLIN);
}

static void end_lingerers(struct http_server *server, int64_t now)
{
    for (struct lingerer *lingerer = server->lingerers, *next; lingerer; lingerer = next) {
        next = lingerer->next;
        if (lingerer->due_ms <= now)
            lingerer_free(lingerer);
    }
}

/* ---- inbounds ---------------------------------------------------------------------------------------- */

static struct inbound *inbound_take(struct http_server *server)
{
    struct inbound *inbound = server->free;
    if (inbound) {
        server->free = inbound->next;
        server->n_free--;
        return inbound;
    }
    inbound = mem_zalloc(sizeof *inbound);
    inbound->server = server;
    buf_init(&inbound->target, POOL_BYTES);
    buf_init(&inbound->body, server->options.max_body);
    return inbound;
}

static void inbound_free(struct inbound *inbound)
{
    buf_release(&inbound->target);
    buf_release(&inbound->body);
    free(inbound->headers);
    free(inbound);
}

static void inbound_give_back(struct inbound *inbound)
{
    struct http_server *server = inbound->server;
    if (inbound->response)
        MHD_destroy_response(inbound->response);
    if (server->n_free >= FREE_INBOUNDS) {
        inbound_free(inbound);
        return;
    }
    if (inbound->body.cap > KEEP_BODY_BYTES || inbound->body.over)
        buf_release(&inbound->body);
    buf_clear(&inbound->body);
    buf_clear(&inbound->target);
    memset(&inbound->request, 0, sizeof inbound->request);
    inbound->link = NULL;
    inbound->stage = STAGE_NEW;
    inbound->inside = false;
    inbound->received = inbound->n_headers = 0;
    inbound->response = NULL;
    inbound->next = server->free;
    server->free = inbound;
    server->n_free++;
}

static struct link *link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* The request line is complete; the library has not cut it up yet. */
static void *on_target(void *self, const char *target, struct MHD_Connection *connection)
{
    struct listener *listener = self;
    struct link *link = link_of(connection);
    struct inbound *inbound = inbound_take(listener->server);
    buf_span(&inbound->target, span_of(target));
    inbound->link = link;
    link->inbound = inbound;
    if (link->state == LINK_IDLE)
        link_set(link, LINK_READING);
    return inbound;
}

static void on_completed(void *self, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)self, (void)connection, (void)code;
    struct inbound *inbound = *context;
    if (!inbound)
        return;
    struct link *link = inbound->link;
    assert(inbound->stage != STAGE_HANDED); /* a parked connection is not touched by the library */
    link->inbound = NULL;
    if (link->state != LINK_ENDING)
        link_set(link, link->half_closed ? LINK_FAREWELL : LINK_IDLE);
    inbound_give_back(inbound);
    *context = NULL;
}

/* ---- replies ----------------------------------------------------------------------------------------- */

static bool is_framing(struct span name)
{
    static const char *const names[] = { "Content-Length", "Transfer-Encoding", "Connection" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name.n == strlen(names[i]) && strncasecmp(name.p, names[i], name.n) == 0)
            return true;
    }
    return false;
}

/* The library wants C strings, and refuses line breaks in them. */
static void add_header(struct MHD_Response *response, struct span name, struct span value)
{
    char room[512];
    size_t n = name.n + value.n + 2;
    char *text = n <= sizeof room ? room : mem_alloc(n);
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    if (value.n > 0)
        memcpy(text + name.n + 1, value.p, value.n);
    text[n - 1] = '\0';
    MHD_add_response_header(response, text, text + name.n + 1);
    if (text != room)
        free(text);
}

/* Takes over the body. */
static struct MHD_Response *build(const struct http_server *server, const struct reply *reply)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback_cls(reply->body.n, reply->body.p, free, reply->body.p);
    if (!response) {
        free(reply->body.p);
        return NULL;
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (!is_framing(reply->headers[i].name))
            add_header(response, reply->headers[i].name, reply->headers[i].value);
    }
    if (server->stopping)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result queue(struct inbound *inbound)
{
    struct link *link = inbound->link;
    if (!inbound->response)
        return MHD_NO;
    link_set(link, LINK_REPLYING);
    return MHD_queue_response(link->connection, inbound->status, inbound->response);
}

static void answer(struct inbound *inbound, struct reply *reply)
{
    struct http_server *server = inbound->server;
    inbound->status = (unsigned)reply->status;
    inbound->response = build(server, reply);
    inbound->stage = STAGE_ANSWERED;
    reply->body = (struct buf){ .max = reply->body.max };
}

static void problem(struct inbound *inbound, int status, enum err err, const char *detail)
{
    const struct header headers[] = {
        { SPAN("Content-Type"), SPAN("application/problem+json") },
        { SPAN("Retry-After"), SPAN("1") },
    };
    struct reply reply = { .status = status, .headers = headers, .n_headers = status == 503 ? 2 : 1 };
    buf_init(&reply.body, 4096);
    problem_body(&reply.body, err, detail);
    answer(inbound, &reply);
}

/* The connection is closed behind the reply when the request is not complete. */
static enum MHD_Result refuse(struct inbound *inbound, enum err err, const char *detail)
{
    const struct server_user *user = &inbound->server->user;
    struct reply reply = { 0 };
    inbound->server->counts.refused++;
    inbound->link->lingers = inbound->stage == STAGE_NEW;
    if (user->on_refused && user->on_refused(user->self, &inbound->request, err, &reply))
        answer(inbound, &reply);
    else
        problem(inbound, err_status(err), err, detail);
    return queue(inbound);
}

static void server_reply(void *self, struct request *request, struct reply *reply)
{
    struct http_server *server = self;
    struct inbound *inbound = request->server_state;
    assert(inbound->stage == STAGE_HANDED);
    server->counts.parked--;
    answer(inbound, reply);
    if (inbound->inside)
        return;
    inbound->link->listener->due = true;
    MHD_resume_connection(inbound->link->connection);
}

/* ---- requests ---------------------------------------------------------------------------------------- */

static enum MHD_Result collect_header(void *user, enum MHD_ValueKind kind, const char *name, size_t name_n,
                                      const char *value, size_t value_n)
{
    (void)kind;
    struct inbound *inbound = user;
    if (inbound->n_headers == inbound->room) {
        inbound->room = inbound->room ? inbound->room * 2 : 16;
        inbound->headers = mem_realloc(inbound->headers, inbound->room * sizeof *inbound->headers);
    }
    inbound->headers[inbound->n_headers++] = (struct header){ { name, name_n }, { value ? value : "", value_n } };
    return inbound->n_headers <= STRICT_HEADERS ? MHD_YES : MHD_NO;
}

/* Each string has to begin where the one before ended: two bytes on, for its CR and LF. */
static bool lies_exactly(const struct inbound *inbound, const char *url, const char *method, const char *version,
                         size_t section_n)
{
    const char *at = version + strlen(version) + 2;
    if (version != url + inbound->target.n + 1)
        return false;
    for (size_t i = 0; i < inbound->n_headers; i++) {
        const struct header *header = &inbound->headers[i];
        if (header->name.p != at)
            return false;
        at = header->value.p + header->value.n + 2;
    }
    return at + 2 == method + section_n;
}

static size_t section_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

static enum err check_head(struct inbound *inbound, const char *url, const char *method, const char *version,
                           struct fault *fault, struct framing *framing)
{
    struct request *request = &inbound->request;
    size_t section_n = section_bytes(inbound->link->connection);
    if (!strict_method(request->method))
        return fault_set(fault, ERR_INVALID_REQUEST, "request line: the method is not a word");
    enum err err = strict_target(buf_peek(&inbound->target), fault, &request->path, &request->query);
    if (!err && (inbound->n_headers > STRICT_HEADERS || section_n > STRICT_HEADER_BYTES))
        return fault_set(fault, ERR_INVALID_REQUEST, "headers: expected at most %d in %d bytes", STRICT_HEADERS,
                         STRICT_HEADER_BYTES);
    if (!err)
        err = strict_headers(inbound->headers, inbound->n_headers, strcmp(version, "HTTP/1.0") != 0, fault, framing);
    if (!err && inbound->server->exact && !lies_exactly(inbound, url, method, version, section_n))
        return fault_set(fault, ERR_INVALID_REQUEST,
                         "headers: a folded line, a bare line feed or a NUL is not allowed");
    return err;
}

static enum MHD_Result first_call(struct inbound *inbound, const char *url, const char *method, const char *version)
{
    struct request *request = &inbound->request;
    struct link *link = inbound->link;
    struct fault fault;
    struct framing framing = { 0 };
    MHD_get_connection_values_n(link->connection, MHD_HEADER_KIND, collect_header, inbound);
    request->method = span_of(method);
    request->headers = inbound->headers;
    request->n_headers = inbound->n_headers;
    request->admin = link->listener->admin;
    request->peer = span_of(link->peer);
    request->arrived_ms = loop_now(inbound->server->loop);
    request->server_state = inbound;
    if (check_head(inbound, url, method, version, &fault, &framing))
        return refuse(inbound, fault.err, fault.text);
    if (framing.length > inbound->server->options.max_body) {
        fault_set(&fault, ERR_BODY_TOO_LARGE, "body: expected at most %zu bytes, found %llu announced",
                  inbound->server->options.max_body, (unsigned long long)framing.length);
        return refuse(inbound, fault.err, fault.text);
    }
    inbound->stage = STAGE_BODY;
    return MHD_YES;
}

/* A body of undeclared length that is too large is read on for a while, so that its sender sees the reply. */
static enum MHD_Result take_body(struct inbound *inbound, const char *data, size_t n)
{
    inbound->received += n;
    buf_add(&inbound->body, data, n);
    return inbound->received / DRAIN_FACTOR <= inbound->server->options.max_body ? MHD_YES : MHD_NO;
}

static enum MHD_Result hand_over(struct inbound *inbound)
{
    struct http_server *server = inbound->server;
    if (server->counts.parked >= server->options.max_parked)
        return refuse(inbound, ERR_OVERLOADED, "too many requests wait for their shops");
    inbound->request.body = buf_peek(&inbound->body);
    inbound->request.gone = inbound->link->half_closed;
    inbound->stage = STAGE_HANDED;
    inbound->inside = true;
    server->counts.requests++;
    server->counts.parked++;
    server->user.on_request(server->user.self, &inbound->request);
    inbound->inside = false;
    if (inbound->stage == STAGE_ANSWERED)
        return queue(inbound);
    link_set(inbound->link, LINK_PARKED);
    MHD_suspend_connection(inbound->link->connection);
    return MHD_YES;
}

static enum MHD_Result on_call(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *data, size_t *data_n, void **context)
{
    (void)self, (void)connection;
    struct inbound *inbound = *context;
    if (!inbound)
        return MHD_NO;
    if (inbound->stage == STAGE_NEW)
        return first_call(inbound, url, method, version);
    if (*data_n > 0) {
        size_t n = *data_n;
        *data_n = 0;
        return take_body(inbound, data, n);
    }
    if (inbound->stage == STAGE_BODY && inbound->body.over) {
        struct fault fault;
        fault_set(&fault, ERR_BODY_TOO_LARGE, "body: expected at most %zu bytes, found %zu",
                  inbound->server->options.max_body, inbound->received);
        return refuse(inbound, fault.err, fault.text);
    }
    if (inbound->stage == STAGE_BODY)
        return hand_over(inbound);
    return inbound->stage == STAGE_ANSWERED ? queue(inbound) : MHD_YES;
}

static size_t leave_escaped(void *self, struct MHD_Connection *connection, char *text)
{
    (void)self, (void)connection;
    return strlen(text);
}

/* ---- listeners --------------------------------------------------------------------------------------- */

/* "127.0.0.1:8080", "[::1]:8080", ":8080" */
static enum err parse_address(const char *text, struct fault *fault, struct addrinfo **out)
{
    char host[256];
    const char *colon = strrchr(text, ':');
    size_t host_n = colon ? (size_t)(colon - text) : 0;
    bool bracketed = host_n >= 2 && text[0] == '[' && text[host_n - 1] == ']';
    size_t port_n = colon ? strspn(colon + 1, "0123456789") : 0;
    if (port_n < 1 || port_n > 5 || colon[1 + port_n] || strtol(colon + 1, NULL, 10) > 65535 || host_n >= sizeof host)
        return fault_set(fault, ERR_INVALID_REQUEST, "listen %s: expected an address like 127.0.0.1:8080", text);
    memcpy(host, text + bracketed, host_n - 2 * bracketed);
    host[host_n - 2 * bracketed] = '\0';
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    int bad = getaddrinfo(host[0] ? host : NULL, colon + 1, &hints, out);
    if (bad)
        return fault_set(fault, ERR_INVALID_REQUEST, "listen %s: %s", text, gai_strerror(bad));
    return OK;
}

static const char *bind_problem(int problem)
{
    switch (problem) {
    case EADDRINUSE:
        return "address in use (another gateway?)";
    case EADDRNOTAVAIL:
        return "this machine does not have that address";
    case EACCES:
        return "not permitted (ports below 1024 need a privilege)";
    default:
        return strerror(problem);
    }
}

static enum err open_listener(const struct http_server *server, const char *text, struct fault *fault, int *out)
{
    struct addrinfo *address;
    const int on = 1;
    enum err err = parse_address(text, fault, &address);
    if (err)
        return err;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (good && server->options.shared_port)
        good = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    good = good && bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    int problem = errno;
    freeaddrinfo(address);
    if (good) {
        *out = fd;
        return OK;
    }
    if (fd >= 0)
        close(fd);
    return fault_set(fault, ERR_CONFLICT, "listen %s: %s", text, bind_problem(problem));
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = { 0 };
    socklen_t n = sizeof address;
    if (getsockname(fd, &address.any, &n) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static struct MHD_Daemon *start_daemon(struct listener *listener)
{
    const struct server_options *options = &listener->server->options;
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_call, listener, /* */
                            MHD_OPTION_LISTEN_SOCKET, listener->socket,                                 /* */
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)options->max_connections,            /* */
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,                     /* */
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,                      /* */
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, listener,                        /* */
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, listener,                           /* */
                            MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, listener,                      /* */
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static void listener_ready(void *self, uint32_t events, int64_t now)
{
    (void)events, (void)now;
    struct listener *listener = self;
    listener->due = true;
}

enum err http_server_listen(struct http_server *server, const char *address, bool admin, struct fault *fault)
{
    assert(server->n_listeners < MAX_LISTENERS);
    struct listener *listener = &server->listeners[server->n_listeners];
    *listener = (struct listener){ .server = server, .admin = admin };
    enum err err = open_listener(server, address, fault, &listener->socket);
    if (err)
        return err;
    listener->port = port_of(listener->socket);
    listener->daemon = start_daemon(listener);
    if (!listener->daemon) {
        close(listener->socket);
        return fault_set(fault, ERR_INTERNAL, "listen %s: libmicrohttpd does not start", address);
    }
    int epoll_fd = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    listener->watch = (struct loop_watch){ epoll_fd, listener_ready, listener };
    listener->due = true; /* its first run puts the socket into its epoll set */
    server->n_listeners++;
    return loop_add(server->loop, &listener->watch, EPOLLIN);
}

uint16_t http_server_port(const struct http_server *server, bool admin)
{
    for (int i = 0; i < server->n_listeners; i++) {
        if (server->listeners[i].admin == admin)
            return server->listeners[i].port;
    }
    return 0;
}

/* ---- on the loop ------------------------------------------------------------------------------------- */

static int64_t server_next(void *self)
{
    const struct http_server *server = self;
    int64_t due = LOOP_NEVER;
    for (int i = 0; i < server->n_listeners; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        if (server->listeners[i].due)
            return 0;
        /* No time-outs of its own: this is "something is left to do", or nothing. */
        if (MHD_get_timeout(server->listeners[i].daemon, &wait_ms) == MHD_YES && wait_ms == 0)
            return 0;
    }
    for (int state = 0; state < TIMED_STATES; state++) {
        const struct link *first = server->lists[state].first;
        if (first && first->due_ms < due)
            due = first->due_ms;
    }
    for (const struct lingerer *lingerer = server->lingerers; lingerer; lingerer = lingerer->next) {
        if (lingerer->due_ms < due)
            due = lingerer->due_ms;
    }
    return due;
}

static void run_daemons(struct http_server *server)
{
    for (int i = 0; i < server->n_listeners; i++) {
        struct listener *listener = &server->listeners[i];
        MHD_UNSIGNED_LONG_LONG wait_ms;
        bool left = MHD_get_timeout(listener->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
        if (!listener->due && !left)
            continue;
        listener->due = false;
        MHD_run(listener->daemon);
    }
}

static void server_run(void *self, int64_t now)
{
    struct http_server *server = self;
    end_overdue(server, now);
    end_lingerers(server, now);
    run_daemons(server);
}

/* ---- life -------------------------------------------------------------------------------------------- */

static void set_defaults(struct server_options *options)
{
    if (!options->max_connections)
        options->max_connections = 10000;
    if (!options->max_parked)
        options->max_parked = 2000;
    if (!options->max_body)
        options->max_body = 1 << 20;
    if (!options->request_ms)
        options->request_ms = 20000;
    if (!options->reply_ms)
        options->reply_ms = 300000;
    if (!options->idle_ms)
        options->idle_ms = 75000;
}

struct http_server *http_server_new(struct loop *loop, const struct server_options *options,
                                    const struct server_user *user, struct fault *fault)
{
    if (MHD_is_feature_supported(MHD_FEATURE_EPOLL) != MHD_YES) {
        fault_set(fault, ERR_INTERNAL, "server: expected a libmicrohttpd with epoll, found %s", MHD_get_version());
        return NULL;
    }
    struct http_server *server = mem_zalloc(sizeof *server);
    server->loop = loop;
    server->options = *options;
    server->user = *user;
    server->exact = strcmp(MHD_get_version(), "0.9.75") == 0;
    set_defaults(&server->options);
    server->on_loop = (struct loop_user){ .next = server_next, .run = server_run, .self = server };
    loop_use(loop, &server->on_loop);
    return server;
}

struct server http_server_seam(struct http_server *server)
{
    return (struct server){ .self = server, .reply = server_reply };
}

void http_server_stop(struct http_server *server)
{
    if (server->stopping)
        return;
    server->stopping = true;
    for (int i = 0; i < server->n_listeners; i++) {
        int fd = MHD_quiesce_daemon(server->listeners[i].daemon);
        if (fd >= 0)
            close(fd);
        server->listeners[i].due = true;
    }
    while (server->lists[LINK_IDLE].first)
        link_end(server->lists[LINK_IDLE].first);
}

/* The shop may have heard a write already: who made it is not invited to make it again. */
static void problem_of_end(struct inbound *inbound)
{
    struct span method = inbound->request.method;
    bool is_read = span_is(method, "GET") || span_is(method, "HEAD");
    enum err err = is_read ? ERR_OVERLOADED : ERR_OUTCOME_UNKNOWN;

    problem(inbound, err_status(err), err,
            is_read ? "the gateway is stopping" : "the gateway is stopping; whether this was done is not known");
}

/* What is parked is answered, then the bytes get a moment to leave: a suspended connection may not be
 * there when the daemon stops. */
static void flush(struct http_server *server)
{
    for (struct link *link = server->lists[LINK_PARKED].first, *next; link; link = next) {
        next = link->next;
        if (link->inbound->stage != STAGE_HANDED)
            continue;
        server->counts.parked--;
        problem_of_end(link->inbound);
        MHD_resume_connection(link->connection);
    }
    struct pollfd fds[MAX_LISTENERS];
    for (int waited_ms = 0; waited_ms < FREE_WAIT_MS; waited_ms += 10) {
        for (int i = 0; i < server->n_listeners; i++) {
            fds[i] = (struct pollfd){ .fd = server->listeners[i].watch.fd, .events = POLLIN };
            server->listeners[i].due = true;
        }
        run_daemons(server);
        if (!server->lists[LINK_PARKED].first && !server->lists[LINK_REPLYING].first)
            return;
        poll(fds, (nfds_t)server->n_listeners, 10);
    }
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    http_server_stop(server);
    flush(server);
    for (int i = 0; i < server->n_listeners; i++) {
        loop_remove(server->loop, &server->listeners[i].watch);
        MHD_stop_daemon(server->listeners[i].daemon);
    }
    while (server->lingerers)
        lingerer_free(server->lingerers);
    while (server->free) {
        struct inbound *inbound = server->free;
        server->free = inbound->next;
        inbound_free(inbound);
    }
    loop_disuse(server->loop, &server->on_loop);
    free(server);
}

void http_server_counts(const struct http_server *server, struct server_counts *counts)
{
    *counts = server->counts;
}
