/*
 * limits_caps.c - caps: of each limit on its way, a request of a class that is capped takes a part only.
 *
 * The part is a limit of its own (core/governor/cap.h), and a demand under it stands beside the demand under the whole.
 *
 *   bulk, 40 of 100, two limits      demands: points, open | points (40 % of it), open (40 % of it)
 */
#include "core/limits.h"

#include "core/governor/cap.h"

void limits_cap(struct exchange *x)
{
    uint32_t percent = klass_cap(x->klass), n = x->ticket.n_demands;
    if (percent >= 100)
        return;
    for (uint32_t i = 0; i < n && x->ticket.n_demands < TICKET_DEMANDS; i++)
        x->demands[x->ticket.n_demands++] =
            governor_part(x->services->governor, limits_lane(x), &x->demands[i], percent,
                          arena_alloc(x->arena, sizeof(struct limit_rule)), x->services->now_ms);
}

void limits_cap_renew(struct exchange *x)
{
    for (uint32_t i = x->n_own; i < x->ticket.n_demands; i++) {
        const struct limit_rule *whole = x->demands[i - x->n_own].numbers;
        struct limit_rule *part = (struct limit_rule *)x->demands[i].numbers;
        if (!whole && !part)
            continue;
        part = part ? part : arena_alloc(x->arena, sizeof(*part));
        *part = cap_of(whole ? whole : x->demands[i].part_of, klass_cap(x->klass));
        x->demands[i].numbers = part;
    }
}
