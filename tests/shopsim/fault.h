/*
 * fault.h - what goes wrong, and when: the table of faults and the script of rules.
 */
#ifndef CARTWAY_SHOPSIM_FAULT_H
#define CARTWAY_SHOPSIM_FAULT_H

#include "tests/shopsim/http.h"

#include <jansson.h>

enum fault_stage {
    STAGE_ACCEPT,   /* the connection, before a request is read */
    STAGE_BEFORE,   /* instead of the shop: nothing takes effect */
    STAGE_BODY,     /* the right body, spoilt */
    STAGE_DELIVERY, /* the right answer, delivered wrongly; writes have taken effect */
};

enum fault_kind {
    FAULT_CLOSE_AFTER_ACCEPT,
    FAULT_STATUS,
    FAULT_FIREWALL,
    FAULT_THROTTLED,
    FAULT_HANG,
    FAULT_RESET_BEFORE_COMMIT,
    FAULT_CLOSE_BEFORE_COMMIT,
    FAULT_GARBAGE,
    FAULT_STATUS_AFTER_COMMIT,
    FAULT_HANG_AFTER_COMMIT,
    FAULT_RESET_AFTER_COMMIT,
    FAULT_CLOSE_AFTER_COMMIT,
    FAULT_DRIP,
    FAULT_SLOW,
    FAULT_TRUNCATED,
    FAULT_TRUNCATED_CHUNKED,
    FAULT_CHUNKED,
    FAULT_NO_LENGTH,
    FAULT_BIG_HEADER,
    FAULT_HTML,
    FAULT_EMPTY,
    FAULT_BOM,
    FAULT_PHP_NOTICE,
    FAULT_WRONG_TYPE,
    FAULT_TRAILING,
    FAULT_BIG,
    FAULT_DEEP,
    FAULT_INVALID_UTF8,
    FAULT_DUPLICATE_KEYS,
    FAULT_NUMBERS_AS_STRINGS,
    FAULT_STRINGS_AS_NUMBERS,
    FAULT_NULL,
    FAULT_MISSING,
    FAULT_UNKNOWN_FIELD,
    FAULT_UNKNOWN_ENUM,
    FAULT_BAD_DATE,
    FAULT_BAD_NUMBER,
    FAULT_STUCK_PAGE,
};

struct fault_row {
    const char *name;
    enum fault_kind kind;
    enum fault_stage stage;
    int status;         /* of the status faults */
    const char *fields; /* keys that are spoilt unless the rule names others; "*" is all */
    int64_t ms, bytes;  /* defaults of the rule's members of these names */
    const char *help;
};
extern const struct fault_row fault_rows[];
extern const size_t fault_row_count;
const struct fault_row *fault_find(const char *name); /* NULL if there is none */
/* True if it answers with a status instead of the shop. */
bool fault_has_status(const struct fault_row *row);

/* What a rule may say; the README has the same list. */
enum member_kind { MEMBER_FAULT, MEMBER_TEXT, MEMBER_NUMBER, MEMBER_STATUS, MEMBER_CHANCE };
struct member_row {
    const char *name;
    enum member_kind kind;
    size_t at; /* in struct rule_of_faults */
    const char *help;
};
extern const struct member_row member_rows[];
extern const size_t member_row_count;
/* Does the member change anything of this fault?  Those that say when it fires do always. */
bool fault_takes(const struct fault_row *row, const char *member);

/* One rule of a script. */
struct rule_of_faults {
    const struct fault_row *fault;
    char *method, *path; /* globs; NULL is any */
    int64_t nth, every, first, times;
    double probability; /* negative: not by chance */
    char *fields, *retry_after;
    int64_t ms, bytes;
    int status;
    int64_t seen, fired;
};

struct script {
    struct rule_of_faults *rule;
    size_t n;
    uint64_t seed;
};

/* Replaces the rules; on a bad script leaves the old ones and says what is wrong in `error`. */
bool script_load(struct script *script, json_t *json, uint64_t seed, struct text *error);
void script_release(struct script *script);
/* The rule that fires for this request (for a connection: method "CONNECT", path ""), or NULL. */
const struct rule_of_faults *script_ask(struct script *script, const char *method, const char *path, bool is_accept);
json_t *script_json(const struct script *script);

/* Spoils a JSON body; `fields` are the keys to spoil, parted by commas, or "*". */
void spoil_body(enum fault_kind kind, const char *fields, int64_t bytes, struct text *body);

#endif
