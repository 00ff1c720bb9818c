/*
 * test_orders.c - core/write/arrivals.h and core/write/lines.h together, as core/call/stock_line.c uses them, against
 * what must hold.
 *
 *     test_orders RUNS SEED
 *
 * Guests come by the id of a level, which is known at once, or by a sku that is looked up, each into its app's queue; what
 * happens then is drawn: they are found, leave, or are late; who is at work ends, some at once from inside their turn, some to
 * come anew, and some turns find or send away others.  After each step:
 *
 *     of one app's guests to one level each is at work after those that came before it
 *     one is at work at each level, and nobody waits at a level where nobody is
 *     who is found and still in a queue may mean the same as one that came before it
 *     no turn is inside another of its kind
 */
#include "core/write/arrivals.h"
#include "core/write/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUESTS = 40, APPS = 2, LEVELS = 4, STEPS = 300 };
enum place { OUT, LOOKED_UP, FOUND, IN_LINE, AT_WORK };

struct guest {
    struct arrival arrival;
    struct waiter waiter;
    struct house *house;
    enum place place;
    unsigned app, level, id, sku; /* id, sku: the level's number and one more, 0: not known */
    uint64_t came;
    bool ends_at_once, comes_anew, moves_others;
};

struct house {
    struct arrivals arrivals;
    struct lines lines;
    struct guest guests[GUESTS];
    uint64_t random, came;
    uint64_t worked[APPS][LEVELS]; /* who was at work last */
    int arriving, working;         /* turns that we are inside of */
};

static unsigned draw(struct house *house, unsigned n)
{
    house->random ^= house->random << 13;
    house->random ^= house->random >> 7;
    house->random ^= house->random << 17;
    return (unsigned)((house->random >> 11) % n);
}

static struct guest *guest_of_arrival(const struct arrival *arrival)
{
    return (struct guest *)((char *)arrival - offsetof(struct guest, arrival));
}

static struct guest *guest_of_waiter(struct waiter *waiter)
{
    return (struct guest *)((char *)waiter - offsetof(struct guest, waiter));
}

static bool may_be_same(const struct arrival *earlier, const struct arrival *later)
{
    const struct guest *a = guest_of_arrival(earlier), *b = guest_of_arrival(later);
    return !(a->id && b->id && a->id != b->id) && !(a->sku && b->sku && a->sku != b->sku);
}

/* ---- what happens ------------------------------------------------------------------------------------------- */

static void come(struct guest *guest)
{
    struct house *house = guest->house;
    char name[16];
    bool by_id = draw(house, 2) != 0;
    int n = snprintf(name, sizeof(name), "app %u", guest->app);
    guest->id = by_id ? guest->level + 1 : 0;
    guest->sku = by_id ? 0 : guest->level + 1;
    guest->came = ++house->came;
    guest->place = LOOKED_UP;
    arrivals_come(&house->arrivals, (struct span){ name, (size_t)n }, &guest->arrival);
}

static void find(struct guest *guest)
{
    guest->id = guest->level + 1;
    guest->place = FOUND;
    arrivals_found(&guest->house->arrivals, &guest->arrival);
}

/* Its look-up failed, its time is over, or it has ended. */
static void leave(struct guest *guest)
{
    enum place place = guest->place;
    guest->place = OUT;
    arrivals_leave(&guest->house->arrivals, &guest->arrival);
    if (place == IN_LINE || place == AT_WORK)
        lines_leave(&guest->house->lines, &guest->waiter);
}

static void end(struct guest *guest)
{
    bool anew = guest->comes_anew;
    guest->comes_anew = false;
    leave(guest);
    if (anew)
        come(guest);
}

static struct guest *any(struct house *house)
{
    return &house->guests[draw(house, GUESTS)];
}

static void move_another(struct guest *guest)
{
    struct guest *other = any(guest->house);
    if (other == guest)
        return;
    if (other->place == LOOKED_UP)
        find(other);
    else if (other->place == FOUND || other->place == IN_LINE)
        leave(other);
}

static void work(struct guest *guest)
{
    struct house *house = guest->house;
    uint64_t *last = &house->worked[guest->app][guest->level];
    assert_true(guest->came > *last);
    *last = guest->came;
    guest->place = AT_WORK;
    if (guest->moves_others)
        move_another(guest);
    if (guest->ends_at_once)
        end(guest);
}

static void on_turn(struct waiter *waiter)
{
    struct guest *guest = guest_of_waiter(waiter);
    assert_int_equal(++guest->house->working, 1);
    assert_int_equal(guest->place, IN_LINE);
    work(guest);
    guest->house->working--;
}

static void on_arrived(struct arrival *arrival)
{
    struct guest *guest = guest_of_arrival(arrival);
    struct house *house = guest->house;
    char name[16];
    int n = snprintf(name, sizeof(name), "level %u", guest->level);
    assert_int_equal(++house->arriving, 1);
    assert_int_equal(guest->place, FOUND);
    guest->place = IN_LINE;
    if (lines_enter(&house->lines, (struct span){ name, (size_t)n }, &guest->waiter))
        work(guest);
    house->arriving--;
}

static void step(struct house *house)
{
    struct guest *guest = any(house);
    switch (guest->place) {
    case OUT:
        guest->app = draw(house, APPS);
        guest->level = draw(house, LEVELS);
        guest->ends_at_once = draw(house, 4) == 0;
        guest->comes_anew = draw(house, 6) == 0;
        guest->moves_others = draw(house, 4) == 0;
        come(guest);
        break;
    case LOOKED_UP:
        if (draw(house, 5) > 0)
            find(guest);
        else
            leave(guest);
        break;
    case FOUND:
    case IN_LINE:
        if (draw(house, 4) == 0)
            leave(guest);
        break;
    case AT_WORK:
        end(guest);
        break;
    }
}

/* ---- what must hold --------------------------------------------------------------------------------------------- */

/* Somebody that came before it into its queue is there, and may be to the same level. */
static bool is_held(const struct house *house, const struct guest *guest)
{
    for (int i = 0; i < GUESTS; i++) {
        const struct guest *other = &house->guests[i];
        bool is_before = other->arrival.queue && other->app == guest->app && other->came < guest->came;
        if (is_before && may_be_same(&other->arrival, &guest->arrival))
            return true;
    }
    return false;
}

static void look(const struct house *house)
{
    int waiting[LEVELS] = { 0 }, working[LEVELS] = { 0 };
    for (int i = 0; i < GUESTS; i++) {
        const struct guest *guest = &house->guests[i];
        assert_int_equal(guest->arrival.queue != NULL, guest->place == LOOKED_UP || guest->place == FOUND);
        if (guest->place == FOUND)
            assert_true(is_held(house, guest));
        waiting[guest->level] += guest->place == IN_LINE;
        working[guest->level] += guest->place == AT_WORK;
    }
    for (int level = 0; level < LEVELS; level++) {
        assert_true(working[level] <= 1);
        assert_true(working[level] == 1 || waiting[level] == 0);
    }
    assert_int_equal(house->arriving + house->working, 0);
}

static void run(uint64_t seed)
{
    struct house *house = calloc(1, sizeof(*house));
    assert_non_null(house);
    house->random = seed * 0x9E3779B97F4A7C15u + 1;
    arrivals_init(&house->arrivals, seed);
    lines_init(&house->lines, seed);
    for (int i = 0; i < GUESTS; i++) {
        house->guests[i].house = house;
        house->guests[i].arrival = (struct arrival){ .may_be_same = may_be_same, .turn = on_arrived };
        house->guests[i].waiter.turn = on_turn;
    }
    for (int i = 0; i < STEPS; i++) {
        step(house);
        look(house);
    }
    arrivals_release(&house->arrivals);
    lines_release(&house->lines);
    free(house);
}

struct runs {
    uint64_t n, seed, done;
};

static void writes_act_in_the_order_in_which_they_came(void **state)
{
    struct runs *runs = *state;
    printf("# %llu runs from seed %llu\n", (unsigned long long)runs->n, (unsigned long long)runs->seed);
    for (; runs->done < runs->n; runs->done++)
        run(runs->seed + runs->done);
}

static int tell_seed(void **state)
{
    const struct runs *runs = *state;
    if (runs->done < runs->n)
        printf("# seed %llu\n", (unsigned long long)runs->seed + runs->done);
    return 0;
}

int main(int argc, char **argv)
{
    struct runs runs = { argc > 1 ? strtoull(argv[1], NULL, 10) : 500, argc > 2 ? strtoull(argv[2], NULL, 10) : 1, 0 };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(writes_act_in_the_order_in_which_they_came, NULL, tell_seed, &runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
