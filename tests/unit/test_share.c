/* test_share.c - which reads are equal, who waits behind whom, and what a write makes old: core/exchange/share.c. */
#include "core/exchange/share.h"

#include "core/exchange/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct shares shares;
    struct store store, other;
    struct cw_endpoint row, reference_row;
    struct endpoint endpoint, reference, foreign;
    struct entity kind, other_kind;
    json_t *args;
};

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    shares_init(&f->shares, 4711);
    memcpy(f->store.id, "s1", 3);
    memcpy(f->other.id, "s2", 3);
    f->reference_row.keep_s = 60;
    f->kind.name = "location";
    f->other_kind.name = "order";
    f->endpoint = (struct endpoint){ .row = &f->row, .entity = &f->other_kind, .changes = &f->other_kind };
    f->reference = (struct endpoint){ .row = &f->reference_row, .entity = &f->kind, .changes = &f->kind };
    f->foreign = (struct endpoint){ .row = &f->row };
    f->args = json_pack("{s:s}", "id", "o1");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    json_decref(f->args);
    shares_release(&f->shares);
    test_free(f);
    return 0;
}

static struct exchange read_of(struct fixture *f)
{
    return (struct exchange){ .store = &f->store,
                              .endpoint = &f->endpoint,
                              .args = f->args,
                              .app = 1,
                              .deadline_ms = 1000,
                              .page = { .size = 5 } };
}

static void equal_reads_wait_in_order(void **state)
{
    struct fixture *f = *state;
    struct exchange a = read_of(f), b = read_of(f), c = read_of(f);
    assert_false(share_join(&f->shares, &a));
    assert_true(share_join(&f->shares, &b));
    assert_true(share_join(&f->shares, &c));
    assert_ptr_equal(b.flight.behind, &a);
    assert_ptr_equal(share_end(&f->shares, &a), &b);
    assert_ptr_equal(b.flight.next, &c);
    assert_null(b.flight.behind);
    struct exchange d = read_of(f);
    assert_false(share_join(&f->shares, &d)); /* a is over */
    assert_null(share_end(&f->shares, &d));
}

/* Equal but for one thing each. */
static void what_differs_goes_alone(void **state)
{
    struct fixture *f = *state;
    struct exchange a = read_of(f), b[11];
    json_t *other_args = json_pack("{s:s}", "id", "o2");
    struct found found = { "item.id", SPAN("7") };
    struct held_view view = { .refs = 1 };
    assert_false(share_join(&f->shares, &a));
    for (int i = 0; i < 11; i++)
        b[i] = read_of(f);
    b[0].store = &f->other;
    b[1].endpoint = &f->foreign;
    b[2].app = 2;
    b[3].args = other_args;
    b[4].held = &view;
    b[5].page.size = 6;
    b[6].page.cursor = SPAN("x");
    b[10].page.after = SPAN("x");
    b[7].found = &found;
    b[7].n_found = 1;
    b[8].klass = CLASS_BULK;
    b[9].deadline_ms = 999; /* and the other one still waits in the lane */
    for (int i = 0; i < 11; i++)
        assert_false(share_join(&f->shares, &b[i]));
    for (int i = 0; i < 11; i++)
        share_end(&f->shares, &b[i]);
    a.is_out = true;
    b[9] = read_of(f);
    b[9].deadline_ms = 999;
    assert_true(share_join(&f->shares, &b[9]));
    share_end(&f->shares, &a);
    json_decref(other_args);
}

static void raw_by_method_path_and_query(void **state)
{
    struct fixture *f = *state;
    struct exchange a = { .store = &f->store, .raw = { SPAN("GET"), SPAN("/a"), SPAN("x=1"), { 0 }, { 0 } } };
    struct exchange same = a, head = a, path = a, query = a;
    head.raw.method = SPAN("HEAD");
    path.raw.path = SPAN("/b");
    query.raw.query = SPAN("x=2");
    assert_false(share_join(&f->shares, &a));
    assert_true(share_join(&f->shares, &same));
    assert_false(share_join(&f->shares, &head));
    assert_false(share_join(&f->shares, &path));
    assert_false(share_join(&f->shares, &query));
}

static void a_write_turns_the_tide(void **state)
{
    struct fixture *f = *state;
    struct exchange a = read_of(f), b = read_of(f), c = read_of(f);
    uint64_t other = share_tide(&f->shares, &f->other, &f->endpoint);
    assert_false(share_join(&f->shares, &a));
    share_wrote(&f->shares, &f->store, &f->endpoint);
    assert_false(share_join(&f->shares, &b)); /* a may have been answered before the write */
    assert_true(share_join(&f->shares, &c));
    assert_ptr_equal(c.flight.behind, &b);
    assert_int_equal(share_tide(&f->shares, &f->other, &f->endpoint), other);
}

static void reference_data_has_a_tide_of_its_own(void **state)
{
    struct fixture *f = *state;
    uint64_t before = share_tide(&f->shares, &f->store, &f->reference);
    share_wrote(&f->shares, &f->store, &f->endpoint); /* of another kind */
    assert_int_equal(share_tide(&f->shares, &f->store, &f->reference), before);
    share_wrote(&f->shares, &f->store, &f->reference);
    assert_int_equal(share_tide(&f->shares, &f->store, &f->reference), before + 1);
    share_wrote(&f->shares, &f->store, &f->foreign); /* of no known kind */
    share_wrote(&f->shares, &f->store, NULL);        /* raw */
    assert_int_equal(share_tide(&f->shares, &f->store, &f->reference), before + 3);
}

static void the_next_one_leads(void **state)
{
    struct fixture *f = *state;
    struct exchange a = read_of(f), b = read_of(f), c = read_of(f), d = read_of(f), e = read_of(f);
    share_join(&f->shares, &a);
    share_join(&f->shares, &b);
    share_join(&f->shares, &c);
    share_join(&f->shares, &d);
    share_leave(&c); /* its time is over, in the middle of the line */
    share_follow(&f->shares, share_end(&f->shares, &a));
    assert_ptr_equal(d.flight.behind, &b);
    assert_int_equal(b.flight.n, 1);
    assert_true(share_join(&f->shares, &e));
    assert_ptr_equal(e.flight.behind, &b);
    share_leave(&e);
    share_leave(&d);
    assert_null(share_end(&f->shares, &b));
}

static void a_line_has_its_bound(void **state)
{
    struct fixture *f = *state;
    static struct exchange all[SHARE_MOST + 2];
    for (int i = 0; i < SHARE_MOST + 2; i++) {
        all[i] = read_of(f);
        assert_int_equal(share_join(&f->shares, &all[i]), i > 0 && i <= SHARE_MOST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_reads_wait_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_differs_goes_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(raw_by_method_path_and_query, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_turns_the_tide, setup, teardown),
        cmocka_unit_test_setup_teardown(reference_data_has_a_tide_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_one_leads, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_has_its_bound, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
