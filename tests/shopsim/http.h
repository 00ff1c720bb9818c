/*
 * http.h - requests as they arrive, answers as they leave.
 *
 * No socket here: bytes in, a request out; an answer in, bytes out.  Headers are as the dialect's server sends them.
 */
#ifndef CARTWAY_SHOPSIM_HTTP_H
#define CARTWAY_SHOPSIM_HTTP_H

#include "tests/shopsim/text.h"

#define HEAD_MAX (64 * 1024)   /* more is 431 */
#define BODY_MAX (1024 * 1024) /* more is 413 */

struct request {
    char *method, *path, *query; /* path is decoded; query is not, "" if none */
    char *target;                /* as on the request line */
    char *headers;               /* the lines after the first, as they came */
    struct text body;
    bool wants_close, is_head;
    size_t bytes; /* how many bytes of the input it took */
};

enum parse {
    PARSE_MORE,     /* the request has not all come */
    PARSE_CONTINUE, /* nor will it before "100 Continue" is sent */
    PARSE_DONE,
    PARSE_BAD,       /* 400 */
    PARSE_HEAD_LONG, /* 431 */
    PARSE_BODY_LONG, /* 413 */
};
/* Fills `request` only when PARSE_DONE; release it then. */
enum parse request_parse(const struct text *in, struct request *request);
void request_release(struct request *request);
/* A header's value copied into `value`: false and "" if it is not there. */
bool request_header(const struct request *request, const char *name, char *value, size_t size);

/* %41 and + decoded; the result is never longer. */
void url_decode(char *text, bool plus_is_space);

/* What every answer of a dialect has. */
struct head {
    const char *first;     /* lines before all others, with CRLF */
    const char *json_type; /* Content-Type unless the answer says otherwise */
    const char *kept;      /* the lines of a connection that stays open */
    bool has_etag, is_chunked;
};

/* What the shop has to do before it answers: send a request of its own, and see whether 200 comes back. */
struct errand {
    char host[64]; /* of loopback, nothing else */
    int port;
    struct text request; /* all its bytes */
    struct text failed;  /* the body of the answer if it does not succeed; a 401 */
    char what[64];       /* what is taken back then (dialect's undo) */
    struct text instead; /* the bytes of that answer (sim.c) */
};
void errand_free(struct errand *errand);

struct answer {
    const struct head *head;
    int status;
    const char *type; /* Content-Type; NULL for JSON */
    struct text body;
    struct text headers; /* further lines, each with CRLF */
    bool is_plain;       /* no ETag: the page for an unknown route */
    int applied;         /* writes that took effect */
    const char *refused; /* which limit of the shop's own said no */
    int64_t announced;   /* Content-Length that is not true; -1 for the true one */
    bool is_chunked;
    bool has_no_length;    /* the end of the connection ends the body */
    struct errand *errand; /* owned until it is in a reply; NULL: none */
    bool is_lost;          /* no byte of it goes out: the connection breaks */
    int64_t late_ms;       /* it goes out so much later */
    char reason[96];       /* phrase of the status, where it is not the usual; "" else */
};

void answer_release(struct answer *answer);
const char *status_text(int status);
/* The whole answer as bytes.  now_ms goes into Date. */
void answer_bytes(const struct answer *answer, const struct request *request, int64_t now_ms, bool is_last,
                  struct text *bytes);
/* W/"hex-27 letters", like Express's. */
void answer_etag(const struct answer *answer, struct text *etag);

#endif
