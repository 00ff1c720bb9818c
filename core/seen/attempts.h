/*
 * attempts.h - the last attempts, for whoever asks why a call took so long or failed: GET /admin/v1/attempts.
 *
 * A ring of ATTEMPTS_KEPT rows; the log has them all.  A row holds what the log line of the attempt holds: no bodies,
 * no addresses, no secrets.
 */
#ifndef CARTWAY_ATTEMPTS_H
#define CARTWAY_ATTEMPTS_H

#include "core/base/buf.h"
#include "core/governor/governor.h"
#include "core/store/store.h"

enum { ATTEMPTS_KEPT = 1000, ATTEMPT_CALL_BYTES = 39, ATTEMPT_NOTE_BYTES = 79 };

/* One HTTP exchange with a shop.  Texts without a size are constant, or live as long as the gateway. */
struct attempt_row {
    int64_t end_ms;                    /* of the monotonic clock */
    char call[ATTEMPT_CALL_BYTES + 1]; /* the request's id; cut to fit, as the others are */
    char store[STORE_ID_BYTES + 1], app[33];
    const char *method;   /* NULL: none */
    const char *endpoint; /* the adapter's row; "raw" */
    enum klass klass;
    uint32_t n;                        /* which attempt of its exchange, from 1 */
    const char *wire;                  /* how it ended on the wire: "ok", "timeout" */
    int status;                        /* 0: no answer */
    const char *verdict;               /* "ok", "empty", "raw", "again", or the code of the error that it ended with */
    const char *code;                  /* of the error for which it is tried again; NULL: it is not */
    int64_t again_ms;                  /* after so long */
    int64_t wait_ms, took_ms;          /* in the lane; from send to the end of the answer */
    const char *waited_for;            /* what it waited for last in the lane; NULL: nothing */
    int64_t bytes;                     /* of the answer */
    char note[ATTEMPT_NOTE_BYTES + 1]; /* what curl said of a failure */
};

struct attempts;

struct attempts *attempts_new(void);
void attempts_free(struct attempts *attempts);

/* The row that is filled next: the oldest, with its texts emptied.  Valid until the next call. */
struct attempt_row *attempts_add(struct attempts *attempts);
/* Cuts to fit: copies text into a row's place of so many bytes and a NUL. */
void attempt_text(char *place, size_t bytes, struct span text);

/* Which ones: empty is any; call also matches the parts of a fan-out ("req_1-2" of "req_1"). */
struct attempts_filter {
    struct span store, call;
    size_t most;
};
/* Appends JSON objects with commas between, the latest first.  wall_ms is now_ms on the wall's clock. */
void attempts_json(const struct attempts *attempts, const struct attempts_filter *filter, int64_t now_ms,
                   int64_t wall_ms, struct buf *out);

#endif
