#!/usr/bin/env python3
"""test_tolls.py - what a raw request costs by what it says, and by what its answer says (tolls.c), as the operation would."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

player = Player('.')
gateway = key = None


def store(name):
    return {'id': name, 'platform': 'tolls', 'settings': {'site': 'http://127.0.0.1:%d' % player.port}, 'credentials': {'key': 'key_of_' + name},
            'allow_private': True}


def start():
    global gateway, key  # pylint: disable=global-statement
    gateway, key = flow.connected(['tolls'], *[store(name) for name in ('errors', 'points', 'told', 'slow', 'pages', 'items', 'large', 'larger', 'largest', 'unsent')])


def call(name, path, method='GET', body=None, headers=()):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (name, path), body,
                        {'Authorization': 'Bearer ' + key, 'Cache-Control': 'no-cache', **dict(headers)})


def raw(name, path, method='GET', body=None):
    return call(name, '/raw' + path, method, body)[0]


def left(name, limit):
    lanes = gateway.admin('GET', '/lanes')[1]['data']
    return [found['left'] for lane in lanes if lane['lane'] == name for found in lane['limits'] if found['limit'] == limit][0]


def held(name, path, by):
    """It waits for a good while, and is not asked to for longer than a moment."""
    status, answer, _ = call(name, path, headers={'Cartway-Timeout': '300'})
    assert (status, answer['code']) == (429, 'lane_deadline') and ': %s leaves no room' % by in answer['detail'], answer


def only_errors_are_counted_in_a_budget_of_errors():
    player.rule('GET', '^/orders/none', 404, {'message': 'no such order'})
    player.rule('GET', '^/orders/o', 200, {'id': 'o1'})
    for _ in range(5):
        assert raw('errors', '/orders/o1') == 200
    assert raw('errors', '/nowhere/o1') == 404  # an operation that nobody knows: an error is one
    assert raw('errors', '/orders/none') == 404
    assert left('errors', 'errors') == 1, left('errors', 'errors')
    assert raw('errors', '/orders/none') == 404
    held('errors', '/raw/orders/o1', 'errors')
    held('errors', '/orders/o1', 'errors')


def the_answers_bill_takes_the_place_of_the_cost():
    player.rule('GET', '^/orders$', 200, {'orders': [{'id': 'o1'}], 'points': 7})
    assert raw('points', '/orders?size=50') == 200
    assert left('points', 'points') == 1000 - 7, left('points', 'points')


def what_a_raw_answer_tells_of_a_level_is_heard():
    player.rule('GET', '^/items/told', 200, {'records': [], 'headers': {'X-Left': '40'}})
    assert raw('told', '/items/told') == 200
    assert left('told', 'calls') == 40, left('told', 'calls')


def a_refusal_in_an_answer_of_200_is_one():
    player.rule('GET', '^/items/slow', 200, {'slow': 300})
    assert raw('slow', '/items/slow') == 200  # it is the shop's answer, and passed on
    held('slow', '/raw/orders/o1', 'calls')


def a_page_costs_what_the_request_says():
    player.rule('GET', '^/orders/', 200, {'id': 'o1'})
    assert raw('pages', '/orders/o1?size=50') == 200  # no page
    assert left('pages', 'points') == 1000 - 1
    player.rules.insert(0, ('GET', '^/orders$', 200, {'orders': []}))
    assert raw('pages', '/orders?size=50') == 200
    assert left('pages', 'points') == 1000 - 1 - 51
    assert raw('pages', '/orders') == 200
    assert left('pages', 'points') == 1000 - 1 - 51 - 101


def an_items_requests_are_counted_by_its_sku():
    player.rule('GET', '^/items/', 200, {'records': []})
    player.rule('PUT', '^/items/', 200, {})
    assert raw('items', '/items/A') == 200 and raw('items', '/items/%41/stock', 'PUT', {'n': 1}) == 200
    held('items', '/raw/items/A', 'item')
    assert raw('items', '/items/B') == 200 and raw('items', '/items/B') == 200
    held('items', '/raw/items/B', 'item')


def sizes(name, most):
    """Of a list of 100 where pages of more than `most` are too large: the sizes asked for, and the answer."""
    player.rules.insert(0, ('GET', '^/orders$', 200,
                            lambda query: {'too_large': True} if int(query['size']) > most else {'orders': [{'id': 'o1'}]}))
    before = len(player.sent)
    found = call(name, '/orders?limit=100')
    player.rules.pop(0)
    return [int(query['size']) for query in player.queries[before:]], found


def a_page_that_is_too_large_is_made_smaller():
    asked, (status, answer, _) = sizes('large', 30)
    assert asked[:3] == [100, 50, 25] and status == 200 and len(answer['data']) >= 1, (asked, answer)


def five_attempts_are_all_and_the_last_asks_for_one():
    asked, (status, answer, _) = sizes('larger', 1)
    assert asked[:5] == [100, 50, 25, 12, 1] and status == 200, (asked, answer)
    asked, (status, answer, _) = sizes('largest', 0)
    assert asked == [100, 50, 25, 12, 1], asked
    assert (status, answer['code']) == (422, 'store_rejected') and not answer['retryable'], answer
    assert answer['detail'].endswith('it is too much for one request, even with 1 record on a page'), answer


def what_is_not_sent_costs_nothing():
    """It has had its grant when it turns out that its address would be another."""
    player.rules.insert(0, ('GET', '^/orders/', 200, {'id': 'o1'}))
    assert call('unsent', '/orders/o1')[0] == 200
    before, had = len(player.sent), left('unsent', 'points')
    status, answer, _ = call('unsent', '/orders/%2e')
    assert (status, answer['code']) == (404, 'not_found') and 'was not asked for it' in answer['detail'], answer
    assert len(player.sent) == before and left('unsent', 'points') == had and left('unsent', 'errors') == 3


if __name__ == '__main__':
    start()
    failed = flow.run([only_errors_are_counted_in_a_budget_of_errors, the_answers_bill_takes_the_place_of_the_cost,
                       what_a_raw_answer_tells_of_a_level_is_heard, a_refusal_in_an_answer_of_200_is_one,
                       a_page_costs_what_the_request_says, an_items_requests_are_counted_by_its_sku, a_page_that_is_too_large_is_made_smaller,
                       five_attempts_are_all_and_the_last_asks_for_one, what_is_not_sent_costs_nothing])
    code = gateway.stop()
    assert code == 0, code
    sys.exit(failed)
