/*
 * err.h - every way in which a call can fail, once.
 *
 * One X-macro holds the code that the API shows, the HTTP status, whether the same call may be
 * repeated as it is, and a title.  `enum err` is what every function that can fail returns; 0 is ok.
 * The codes and statuses are the API's error list (docs/api.md is made from this table).
 *
 * An err says what kind; the sentence that says what was expected and what was found travels beside
 * it in a struct fault (below), written by the one who noticed.
 */
#ifndef CARTWAY_BASE_ERR_H
#define CARTWAY_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

/*    symbol                 code in the API          status  retryable  title */
#define ERR_LIST(X)                                                                                                    \
    X(INVALID_REQUEST, "invalid_request", 400, false, "The request is not valid")                                      \
    X(CURSOR_INVALID, "cursor_invalid", 400, false, "The cursor is not valid here")                                    \
    X(KEY_INVALID, "key_invalid", 401, false, "The API key is missing or not valid")                                   \
    X(SCOPE_MISSING, "scope_missing", 403, false, "The API key may not do this")                                       \
    X(NOT_FOUND, "not_found", 404, false, "There is no such thing")                                                    \
    X(METHOD_NOT_ALLOWED, "method_not_allowed", 405, false, "This path does not take this method")                     \
    X(CONFLICT, "conflict", 409, false, "The state of the record does not allow this")                                 \
    X(PRECONDITION_FAILED, "precondition_failed", 412, false, "The record is not as expected")                         \
    X(BODY_TOO_LARGE, "body_too_large", 413, false, "The body is over its ceiling")                                    \
    X(VALIDATION_FAILED, "validation_failed", 422, false, "The record is not valid")                                   \
    X(STORE_REJECTED, "store_rejected", 422, false, "The shop refused this")                                           \
    X(STORE_REAUTH_REQUIRED, "store_reauth_required", 424, false, "The shop no longer accepts our credentials")        \
    X(APP_QUOTA, "app_quota", 429, true, "The app's own quota is used up")                                             \
    X(LANE_DEADLINE, "lane_deadline", 429, true, "The shop's rate limit leaves no room before the deadline")           \
    X(STORE_THROTTLED, "store_throttled", 429, true, "The shop asks us to slow down")                                  \
    X(INTERNAL, "internal", 500, true, "The gateway failed")                                                           \
    X(UNSUPPORTED, "unsupported", 501, false, "The platform or its adapter cannot do this")                            \
    X(STORE_ERROR, "store_error", 502, true, "The shop failed")                                                        \
    X(STORE_UNREADABLE, "store_unreadable", 502, true, "The shop's answer could not be read")                          \
    X(OVERLOADED, "overloaded", 503, true, "A bound of the gateway is reached")                                        \
    X(BREAKER_OPEN, "breaker_open", 503, true, "The shop failed too often and is left alone for a while")              \
    X(PLATFORM_OUTAGE, "platform_outage", 503, true, "The platform says that it is down")                              \
    X(DISK_FULL, "disk_full", 503, true, "The gateway's disk is full")                                                 \
    X(PARTLY_DONE, "partly_done", 502, false, "The shop did the first part of this and not the rest")                  \
    X(STORE_TIMEOUT, "store_timeout", 504, true, "The shop did not answer in time")                                    \
    X(OUTCOME_UNKNOWN, "outcome_unknown", 504, false, "The shop may or may not have done this")

enum err {
    OK = 0,
#define X(symbol, code, status, retryable, title) ERR_##symbol,
    ERR_LIST(X)
#undef X
        ERR_COUNT
};

/* The API's code, e.g. "not_found"; "ok" for OK.  Never NULL. */
const char *err_code(enum err err);
/* HTTP status, 200 for OK. */
int err_status(enum err err);
/* May the caller send the very same call again? */
bool err_retryable(enum err err);
/* One sentence for people, without the particulars. */
const char *err_title(enum err err);

/* What happened, in the words of the one who noticed: "limit: expected 1 to 250, found \"x\"".
 * Caller-owned; text is cut to fit, never overflows. */
struct fault {
    enum err err;
    char text[256];
};

/* Fills *fault (NULL is allowed) and is err, so that a check is one line:
 *     if (n == 0) return fault_set(fault, ERR_INVALID_REQUEST, "limit: expected 1 to %d, found 0", max);
 * A macro, so that compilers and the analyzer see which err it is: behind a call's result they would take it
 * for OK, and for every out-parameter that a failure leaves untouched warn of a value never set.  `err` is
 * evaluated twice. */
#define fault_set(fault, err, ...) (fault_write((fault), (err), __VA_ARGS__), err_itself(err))
void fault_write(struct fault *fault, enum err err, const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline enum err err_itself(enum err err)
{
    return err;
}

#endif
