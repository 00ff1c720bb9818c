/*
 * control.h - what the desk's files share: a request at it, and the answer.
 */
#ifndef CARTWAY_SHOPSIM_CONTROL_H
#define CARTWAY_SHOPSIM_CONTROL_H

#include "tests/shopsim/query.h"
#include "tests/shopsim/sim.h"

struct desk {
    struct sim *sim;
    const struct arrival *arrival;
    struct query query;
    json_t *body; /* NULL if there was none, or no JSON */
    struct answer *answer;
};

/* Method and path of what may be asked; false: there is no such one. */
bool control_desk(size_t index, const char **method, const char **path);

void desk_json(struct desk *desk, json_t *json); /* json is taken */
void desk_refuse(struct desk *desk, const char *why);
/* A text of the body; "" if it is not there. */
const char *desk_member(const struct desk *desk, const char *name);

/* /_sim/auth...: the part of the desk that an authorization server has (control_auth.c).  False: nothing of the kind.
 */
bool desk_auth(struct desk *desk);
bool desk_auth_name(size_t index, const char **method, const char **path);

#endif
