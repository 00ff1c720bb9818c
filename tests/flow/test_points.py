#!/usr/bin/env python3
"""test_points.py - a shop that counts points: Shopify's small bucket, and strangers who drink from it.

The gateway is told neither the bucket's size nor its rate; what a document costs it counts, and is told otherwise.
"""
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

PATH = '/admin/api/2026-07/graphql.json'
TOKEN = 'shpat_shopsim'
RATE, SIZE = 400, 300
shop = gateway = app_key = None


def start():
    global shop, gateway, app_key
    shop = flow.Shop('--dialect', 'shopify', '--points', '%d/%d' % (RATE, SIZE), '--orders', '120')
    gateway, app_key = flow.connected(['shopify'], flow.shopify_store('s', shop.port, TOKEN))


def call(path):
    return flow.request(gateway.port, 'GET', '/v1/stores/s' + path, None, {'Authorization': 'Bearer ' + app_key})


def attempts():
    return gateway.attempts()


def points():
    lanes = gateway.admin('GET', '/lanes')[1]['data']
    return next(limit for lane in lanes for limit in lane['limits'] if limit['limit'] == 'points')


def the_size_is_learnt_from_the_first_answer():
    status, answer, _ = call('/locations?limit=1&fields=id')
    assert status == 200, answer
    assert points()['most'] == SIZE, points()


def many_pages_through_a_small_bucket():
    before, seen, cursor = len(attempts()), [], ''
    while cursor is not None:
        status, page, _ = call('/orders?limit=120&fields=id,items,totals,customer' + cursor)
        assert status == 200, page
        seen += [order['id'] for order in page['data']]
        cursor = page['next'] and '&cursor=' + page['next']
    assert len(seen) == len(set(seen)) == 120, len(seen)
    mine = attempts()[before:]
    assert len(mine) >= 3 and all(line['verdict'] == 'ok' for line in mine), mine


def documents_that_are_passed_through_are_paid_for_as_ours_are():
    """Each costs by the page that its variable says, and is billed what the shop told: none is refused."""
    query = 'query($n:Int!){orders(first:$n){nodes{id lineItems(first:3){nodes{id}}}}}'
    answers = []

    def ask(n):
        answers.append(flow.request(gateway.port, 'POST', '/v1/stores/s/raw' + PATH, {'query': query, 'variables': {'n': n}},
                                    {'Authorization': 'Bearer ' + app_key}))
    ask(2)
    threads = [threading.Thread(target=ask, args=(2 + i % 7,)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for status, answer, _ in answers:
        assert status == 200 and 'errors' not in answer, answer
        assert answer['extensions']['cost']['requestedQueryCost'] < SIZE / 4, answer['extensions']
    assert len(answers) == 41 and points()['pace_permille'] == 1000, points()


def a_stranger_drinks():
    """The other apps of a real shop have buckets of their own; one that shares our token has not.  A dear document at a
    time, until one is refused or hardly anything is left."""
    dear = 'query{orders(first:8){nodes{id lineItems(first:20){nodes{id product{id}}}}}}'
    for _ in range(50):
        body = flow.request(shop.port, 'POST', PATH, {'query': dear}, {'X-Shopify-Access-Token': TOKEN})[1]
        if 'errors' in body or body['extensions']['cost']['throttleStatus']['currentlyAvailable'] < SIZE / 4:
            return


def it_recovers_when_a_stranger_has_spent_the_bucket():
    for _ in range(3):
        before = len(attempts())
        a_stranger_drinks()
        status, page, _ = call('/orders?limit=20&fields=id,items,totals,customer')
        assert status == 200 and len(page['data']) >= 1, page
        mine = [line['verdict'] for line in attempts()[before:]]
        # The first may be refused, for nobody has told us; what that told is heeded.
        assert mine[-1] == 'ok' and mine.count('again') <= 1, mine
    assert points()['pace_permille'] == 1000, points()


def it_asks_for_less_where_a_page_costs_too_much():
    """A shop that counts twice as much as we do refuses the first page (MAX_COST_EXCEEDED); then it is known."""
    dear = flow.Shop('--dialect', 'shopify', '--orders', '600', '--points', '10000/100000', '--dear', '2')
    try:
        flow.connect(gateway, flow.shopify_store('dear', dear.port, TOKEN))
        flow.request(gateway.port, 'GET', '/v1/stores/dear/orders?limit=1&fields=id', None, {'Authorization': 'Bearer ' + app_key})
        before, seen, cursor = len(attempts()), [], ''
        while cursor is not None:
            status, page, _ = flow.request(gateway.port, 'GET', '/v1/stores/dear/orders?limit=250' + cursor, None, {'Authorization': 'Bearer ' + app_key})
            assert status == 200, page
            seen += [order['id'] for order in page['data']]
            cursor = page['next'] and '&cursor=' + page['next']
        assert len(seen) == len(set(seen)) == 600, len(seen)
        told = [(line['verdict'], line.get('code')) for line in attempts()[before:]]
        assert told[0] == ('again', 'store_rejected') and {one[0] for one in told[1:]} == {'ok'}, told
        assert len(told) <= 1 + 600 // 25, told
    finally:
        dear.stop()


def a_record_that_costs_too_much_alone_is_a_clear_no():
    dear = flow.Shop('--dialect', 'shopify', '--points', '10000/100000', '--dear', '100')
    try:
        flow.connect(gateway, flow.shopify_store('dearer', dear.port, TOKEN))
        before = len(attempts())
        status, answer, _ = flow.request(gateway.port, 'GET', '/v1/stores/dearer/orders?limit=4', None, {'Authorization': 'Bearer ' + app_key})
        assert status == 422 and answer['code'] == 'store_rejected' and 'exceeds the single query max cost' in answer['detail'], answer
        assert len(attempts()) - before <= 3, attempts()[before:]
    finally:
        dear.stop()


TESTS = (the_size_is_learnt_from_the_first_answer, many_pages_through_a_small_bucket,
         documents_that_are_passed_through_are_paid_for_as_ours_are,
         it_recovers_when_a_stranger_has_spent_the_bucket, it_asks_for_less_where_a_page_costs_too_much,
         a_record_that_costs_too_much_alone_is_a_clear_no)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, shop)
