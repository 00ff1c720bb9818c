/* test_cache.c - what HTTP lets us keep, for whom, and how much of it: core/answer/cache.c, held_answer.c. */
#include "core/answer/cache.h"

#include "core/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEY SPAN("store/1/orders")
enum { NOW = 1000000 };
static const int64_t wall_ms = INT64_C(1764374400000); /* 2025-11-29T00:00:00Z */

/* "Name: value" lines, ended by NULL. */
static size_t parse(const char *const *lines, struct header *out)
{
    size_t n = 0;
    for (; lines[n]; n++) {
        const char *colon = strchr(lines[n], ':');
        out[n].name = (struct span){ lines[n], (size_t)(colon - lines[n]) };
        out[n].value = span_of(colon + 2);
    }
    return n;
}

static struct held_answer *answer(const char *body, const char *const *lines)
{
    struct header headers[8];
    struct buf buf;
    buf_init(&buf, 1 << 20);
    buf_span(&buf, span_of(body));
    return held_answer_new(200, headers, parse(lines, headers), &buf, wall_ms);
}

static void put_as(struct cache *cache, struct span key, const char *body, const char *const *lines, uint32_t keep_s,
                   uint64_t tide)
{
    struct held_answer *kept = answer(body, lines);
    struct cache_terms terms;
    cache_terms_read(kept->headers, kept->n_headers, wall_ms, &terms);
    cache_put(cache, key, kept, &terms, keep_s, tide, NOW);
    held_answer_drop(kept);
}

static struct cache_hit get_as(struct cache *cache, uint64_t tide, const char *wish, int64_t now_ms)
{
    struct cache_hit hit;
    struct cache_wish parsed;
    cache_wish_parse(span_of(wish), &parsed);
    cache_get(cache, KEY, tide, wish ? &parsed : NULL, now_ms, &hit);
    return hit;
}

static void answers_are_counted(void **state)
{
    const char *const lines[] = { "ETag: \"1\"", NULL };
    struct held_answer *kept = answer("hello", lines);
    (void)state;
    assert_ptr_equal(held_answer_hold(kept), kept);
    held_answer_drop(kept);
    assert_true(span_is(buf_peek(&kept->body), "hello"));
    assert_true(span_is(kept->headers[0].name, "ETag") && span_is(kept->headers[0].value, "\"1\""));
    assert_true(kept->bytes > sizeof(*kept) + 5);
    held_answer_drop(kept);
    held_answer_drop(NULL);
}

static void wishes_are_read(void **state)
{
    static const struct {
        const char *text;
        struct cache_wish wish;
    } rows[] = {
        { "", { .max_age_s = -1 } },
        { "max-age=60", { .given = true, .max_age_s = 60 } },
        { "No-Cache , MAX-AGE=\"7\"", { .given = true, .no_cache = true, .max_age_s = 7 } },
        { "no-store", { .given = true, .no_store = true, .max_age_s = -1 } },
        { "stale-if-error=600", { .given = true, .max_age_s = -1, .stale_if_error_s = 600 } },
        { "max-age=-5, stale-if-error=x, only, =, ,", { .given = true, .max_age_s = -1 } },
        { "max-age=99999999999999999999", { .given = true, .max_age_s = CACHE_LIFE_MAX_S } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cache_wish wish;
        cache_wish_parse(span_of(rows[i].text), &wish);
        assert_int_equal(wish.given, rows[i].wish.given);
        assert_int_equal(wish.no_cache, rows[i].wish.no_cache);
        assert_int_equal(wish.no_store, rows[i].wish.no_store);
        assert_int_equal(wish.max_age_s, rows[i].wish.max_age_s);
        assert_int_equal(wish.stale_if_error_s, rows[i].wish.stale_if_error_s);
    }
}

static void terms_are_read(void **state)
{
    static const struct {
        const char *lines[4];
        bool may_keep, must_ask, never_stale;
        int64_t life_s, age_s, stale_s;
    } rows[] = {
        { { NULL }, true, false, false, -1, 0, 0 },
        { { "cache-control: max-age=60, stale-if-error=300", "age: 7" }, true, false, false, 60, 7, 300 },
        { { "Cache-Control: private", "Cache-Control: max-age=5, must-revalidate" }, true, false, true, 5, 0, 0 },
        { { "Cache-Control: no-store, max-age=60" }, false, false, false, 60, 0, 0 },
        { { "Cache-Control: no-cache" }, false, true, true, -1, 0, 0 }, /* nothing to ask about it with */
        { { "Cache-Control: no-cache", "ETag: \"a\"" }, true, true, true, -1, 0, 0 },
        { { "Cache-Control: max-age=0", "ETag: \"a\"" }, true, true, false, 0, 0, 0 },
        { { "Pragma: no-cache" }, false, true, true, -1, 0, 0 },
        { { "Pragma: no-cache", "Cache-Control: max-age=9" }, true, false, false, 9, 0, 0 },
        { { "Expires: Sat, 29 Nov 2025 00:10:00 GMT", "Date: Sat, 29 Nov 2025 00:00:00 GMT" },
          true,
          false,
          false,
          600,
          0,
          0 },
        { { "Expires: Sat, 29 Nov 2025 00:10:00 GMT" }, true, false, false, 600, 0, 0 },
        { { "Expires: Sat, 29 Nov 2025 00:10:00 GMT", "Cache-Control: max-age=5" }, true, false, false, 5, 0, 0 },
        { { "Expires: 0" }, false, true, false, 0, 0, 0 },
        { { "Expires: Fri, 01 Jan 2100 00:00:00 GMT" }, true, false, false, CACHE_LIFE_MAX_S, 0, 0 },
        { { "Vary: *" }, false, false, false, -1, 0, 0 },
        { { "Vary: Accept , *" }, false, false, false, -1, 0, 0 },
        { { "Vary: Accept-Encoding", "vary: *" }, false, false, false, -1, 0, 0 },
        { { "Vary: Accept-Encoding", "vary: Origin" }, true, false, false, -1, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct header headers[8];
        struct cache_terms terms;
        cache_terms_read(headers, parse(rows[i].lines, headers), wall_ms, &terms);
        if (terms.may_keep != rows[i].may_keep || terms.must_ask != rows[i].must_ask || terms.life_s != rows[i].life_s)
            print_error("row %zu\n", i);
        assert_int_equal(terms.may_keep, rows[i].may_keep);
        assert_int_equal(terms.must_ask, rows[i].must_ask);
        assert_int_equal(terms.never_stale, rows[i].never_stale);
        assert_int_equal(terms.life_s, rows[i].life_s);
        assert_int_equal(terms.age_s, rows[i].age_s);
        assert_int_equal(terms.stale_if_error_s, rows[i].stale_s);
    }
}

static void several_lines_of_vary_are_one_list(void **state)
{
    const char *const lines[] = { "Vary: Accept-Encoding", "Server: x", "vary: Origin,  authorization ,", NULL };
    struct header headers[8];
    size_t n = parse(lines, headers);
    (void)state;
    assert_true(cache_varies_by(headers, n, SPAN("Accept-Encoding")));
    assert_true(cache_varies_by(headers, n, SPAN("Authorization")));
    assert_false(cache_varies_by(headers, n, SPAN("Author")));
    assert_false(cache_varies_by(headers, n, SPAN("x")));
}

static void a_life_ends(void **state)
{
    const char *const silent[] = { NULL }, *const says[] = { "Cache-Control: max-age=10", "Age: 4", NULL };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "a", silent, 60, 1);
    assert_true(get_as(cache, 1, NULL, NOW + 59999).is_fresh);
    assert_false(get_as(cache, 1, NULL, NOW + 60000).is_fresh);
    assert_int_equal(get_as(cache, 1, NULL, NOW + 61000).ttl_ms, -1000);
    put_as(cache, KEY, "b", says, 60, 1); /* the shop's word counts for more than the adapter's */
    assert_true(get_as(cache, 1, NULL, NOW + 5999).is_fresh);
    assert_int_equal(get_as(cache, 1, NULL, NOW + 1000).age_ms, 5000);
    assert_false(get_as(cache, 1, NULL, NOW + 6000).is_fresh);
    assert_int_equal(cache_see(cache).n, 1);
    cache_free(cache);
}

static void a_caller_may_take_less_and_where_nobody_says_more(void **state)
{
    const char *const silent[] = { NULL };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "a", silent, 60, 1);
    assert_false(get_as(cache, 1, "max-age=10", NOW + 10000).is_fresh);
    assert_true(get_as(cache, 1, "max-age=10", NOW + 9999).is_fresh);
    assert_false(get_as(cache, 1, "max-age=600", NOW + 60000).is_fresh); /* no more than its life */
    assert_false(get_as(cache, 1, "no-cache", NOW).is_fresh);
    assert_false(get_as(cache, 1, "no-store", NOW).is_fresh);
    put_as(cache, KEY, "b", silent, 0, 1); /* nobody says how long */
    assert_false(get_as(cache, 1, NULL, NOW).is_fresh);
    assert_true(get_as(cache, 1, "max-age=600", NOW + 599000).is_fresh);
    assert_false(get_as(cache, 1, "max-age=600", NOW + 600000).is_fresh);
    cache_free(cache);
}

static void what_must_be_asked_about_never_serves_by_itself(void **state)
{
    const char *const ask[] = { "Cache-Control: no-cache", "ETag: \"v\"", NULL }, *const never[] = {
        "Cache-Control: no-store", NULL
    };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "a", ask, 60, 1);
    struct cache_hit hit = get_as(cache, 1, "max-age=600", NOW);
    assert_false(hit.is_fresh);
    assert_true(span_is(hit.etag, "\"v\""));
    put_as(cache, KEY, "b", never, 60, 1); /* and what was there before is gone */
    assert_null(get_as(cache, 1, NULL, NOW).answer);
    cache_free(cache);
}

static void a_write_makes_it_old(void **state)
{
    const char *const silent[] = { NULL };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "a", silent, 60, 1);
    assert_null(get_as(cache, 2, "stale-if-error=600", NOW).answer);
    assert_int_equal(cache_see(cache).n, 0);
    assert_int_equal(cache_see(cache).bytes, 0);
    cache_free(cache);
}

static void stale_serves_only_where_it_is_allowed(void **state)
{
    const char *const silent[] = { NULL }, *const allows[] = { "Cache-Control: max-age=10, stale-if-error=100", NULL };
    const char *const forbids[] = { "Cache-Control: max-age=10, must-revalidate", NULL };
    const char *const to_be_asked[] = { "Cache-Control: no-cache, stale-if-error=100", "ETag: \"v\"", NULL };
    const char *const is_over[] = { "Cache-Control: max-age=0", "ETag: \"v\"", NULL };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "a", silent, 10, 1);
    assert_false(get_as(cache, 1, NULL, NOW + 20000).when_down);
    assert_true(get_as(cache, 1, "stale-if-error=10", NOW + 20000).when_down);
    assert_false(get_as(cache, 1, "stale-if-error=10", NOW + 20001).when_down);
    assert_false(get_as(cache, 1, "stale-if-error=10, no-cache", NOW + 20000).when_down);
    put_as(cache, KEY, "b", allows, 0, 1);
    assert_true(get_as(cache, 1, NULL, NOW + 110000).when_down);
    assert_false(get_as(cache, 1, NULL, NOW + 110001).when_down);
    put_as(cache, KEY, "c", forbids, 0, 1);
    assert_false(get_as(cache, 1, "stale-if-error=600", NOW + 11000).when_down);
    put_as(cache, KEY, "d", to_be_asked, 0, 1); /* RFC 9111 section 4.2.4: not without the shop's word either */
    assert_false(get_as(cache, 1, "stale-if-error=600", NOW + 1000).when_down);
    put_as(cache, KEY, "e", is_over, 0, 1);
    assert_true(get_as(cache, 1, "stale-if-error=600", NOW + 1000).when_down);
    cache_free(cache);
}

/* A ceiling of 64 KB and a thousand answers of 1 KB: it holds, and what is used stays. */
static void memory_has_its_ceiling(void **state)
{
    const char *const silent[] = { NULL };
    struct cache *cache = cache_new(65536, 7);
    char body[1024], key[32], large[16384];
    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    put_as(cache, KEY, "used", silent, 60, 1);
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        put_as(cache, span_of(key), body, silent, 60, 1);
        assert_true(cache_see(cache).bytes <= 65536);
        assert_true(get_as(cache, 1, NULL, NOW).is_fresh);
    }
    assert_in_range(cache_see(cache).n, 30, 64);
    size_t n = cache_see(cache).n;
    put_as(cache, SPAN("large"), large, silent, 60, 1); /* more than an eighth */
    assert_int_equal(cache_see(cache).n, n);
    cache_free(cache);
    cache = cache_new(0, 7);
    put_as(cache, KEY, "a", silent, 60, 1);
    assert_null(get_as(cache, 1, NULL, NOW).answer);
    cache_free(cache);
    cache_free(NULL);
}

/* Who reads an answer keeps it, whatever becomes of its place. */
static void an_answer_in_use_outlives_its_place(void **state)
{
    const char *const silent[] = { NULL };
    struct cache *cache = cache_new(1 << 20, 7);
    (void)state;
    put_as(cache, KEY, "mine", silent, 60, 1);
    struct held_answer *held = held_answer_hold(get_as(cache, 1, NULL, NOW).answer);
    cache_free(cache);
    assert_true(span_is(buf_peek(&held->body), "mine"));
    held_answer_drop(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_counted),
        cmocka_unit_test(wishes_are_read),
        cmocka_unit_test(terms_are_read),
        cmocka_unit_test(several_lines_of_vary_are_one_list),
        cmocka_unit_test(a_life_ends),
        cmocka_unit_test(a_caller_may_take_less_and_where_nobody_says_more),
        cmocka_unit_test(what_must_be_asked_about_never_serves_by_itself),
        cmocka_unit_test(a_write_makes_it_old),
        cmocka_unit_test(stale_serves_only_where_it_is_allowed),
        cmocka_unit_test(memory_has_its_ceiling),
        cmocka_unit_test(an_answer_in_use_outlives_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
