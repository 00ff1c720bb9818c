#!/usr/bin/env python3
"""test_deep.py - lists that are longer than their shop's paging reaches: every record once, whatever the pages.

Shopify refuses what lies behind 25,000 records, shopsim does so too, or after fewer (--ceiling).  The adapter here is
the real one built to begin anew after 40; the real one itself reads a list of 25,300.  shelf.c shows the same
where pages are numbered.
"""
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

REACH = 40
player = Player('.')
shops, gateways, keys = {}, {}, {}


def gateway(plugin, *stores):
    gateways[plugin], keys[plugin] = flow.connected((plugin,), *stores)


def shopify(name, *options):
    shops[name] = flow.Shop('--dialect', 'shopify', '--points', '100000/100000', *options)
    return flow.shopify_store(name, shops[name].port)


def start():
    gateway('shopify_low', shopify('low', '--orders', '207', '--products', '90', '--ceiling', str(REACH)))
    gateway('shopify', shopify('high', '--orders', '25300', '--products', '1'), shopify('lower', '--ceiling', str(REACH)))
    gateway('shelf', {'id': 'shelf', 'platform': 'shelf', 'settings': {'site': 'http://127.0.0.1:%d' % player.port}, 'credentials': {'key': 'k'}})


def get(plugin, path, **headers):
    return flow.request(gateways[plugin].port, 'GET', '/v1/stores/' + path, None, {'Authorization': 'Bearer ' + keys[plugin], **headers})


def pages(plugin, path, **headers):
    """Every page's records, in order."""
    cursor, taken = '', []
    while cursor is not None:
        status, answer, _ = get(plugin, path + cursor, **headers)
        assert status == 200, (path, len(taken), answer)
        taken.append([record['id'] for record in answer['data']])
        assert len(taken) < 1000, (path, 'the list does not end')
        cursor = answer['next'] and '&cursor=' + urllib.parse.quote(answer['next'])
    return taken


def whole(plugin, path, count):
    ids = sum(pages(plugin, path), [])
    numbers = [int(id.rpartition('/')[2]) for id in ids]
    assert len(ids) == count and len(set(ids)) == count, (path, len(ids), len(set(ids)), count)
    assert numbers == sorted(numbers), path
    return ids


def every_order_once_whatever_the_pages():
    for limit in (7, 39, 40, 41, 100, 206, 207, 250):
        whole('shopify_low', 'low/orders?fields=number&limit=%d' % limit, 207)
    sizes = [len(page) for page in pages('shopify_low', 'low/orders?fields=number&limit=50')]
    assert sizes == [50, 50, 50, 50, 7], sizes  # the caller sees no seam


def every_record_of_other_lists():
    whole('shopify_low', 'low/products?fields=name&limit=33', 90)
    count = get('shopify_low', 'low/variants/count')[1]['data']['count']
    assert count > 2 * REACH
    whole('shopify_low', 'low/variants?fields=sku&limit=33', count)


def every_level_of_more_articles_than_paging_reaches():
    variants, levels = pages('shopify_low', 'low/variants?fields=id&limit=100'), set()
    assert sum(map(len, variants)) > 2 * REACH
    cursor = ''
    while cursor is not None:
        answer = get('shopify_low', 'low/variants?fields=inventory&limit=100' + cursor)[1]
        levels |= {level['id'] for variant in answer['data'] for level in variant['inventory']}
        cursor = answer['next'] and '&cursor=' + urllib.parse.quote(answer['next'])
    for limit in (25, 100, 250):
        ids = sum(pages('shopify_low', 'low/inventory?fields=sku&limit=%d' % limit), [])
        assert len(ids) == len(set(ids)) and set(ids) == levels, (limit, len(ids), len(levels))


def filters_hold_behind_the_reach():
    orders = {}
    status, answer, _ = get('shopify_low', 'low/orders?fields=updated_at&limit=200')
    assert status == 200
    orders.update((order['id'], order['updated_at']) for order in answer['data'])
    since = sorted(orders.values())[60]
    expected = get('shopify_low', 'low/orders/count?updated_since=' + since)[1]['data']['count']
    assert REACH < expected < 207, expected
    ids = whole('shopify_low', 'low/orders?fields=number&limit=30&updated_since=' + since, expected)
    assert all(orders[id] >= since for id in ids if id in orders)


def what_comes_while_reading_is_read():
    """A list by id: a record that changes on the way stays where it is."""
    seen, cursor = [], ''
    while cursor is not None:
        answer = get('shopify_low', 'low/orders?fields=number&limit=30' + cursor)[1]
        seen += [record['id'] for record in answer['data']]
        for id in (seen[0], seen[-1]):
            shops['low'].desk('POST', 'order', {'order_id': id, 'kind': 0})
        cursor = answer['next'] and '&cursor=' + urllib.parse.quote(answer['next'])
    assert len(seen) == len(set(seen)) == 207, len(seen)


def the_real_reach_is_passed():
    before = shops['high'].state()['requests']
    whole('shopify', 'high/orders?fields=id&limit=250', 25300)
    asked = shops['high'].state()['requests'] - before
    assert asked == 102, asked  # 100 pages of 250 up to the 25,000th, two behind it


def without_the_row_the_shop_refuses():
    """The same shop, asked by an adapter that takes its reach to be 25,000."""
    status, answer, _ = get('shopify', 'lower/orders?fields=number&limit=60')
    assert status == 422 and answer['code'] == 'store_rejected' and 'limited' in answer['detail'], answer


def places(count, reach):
    """Numbered pages; what lies behind `reach` is refused."""
    def page(query):
        size, number, after = int(query['size']), int(query['page']), int(query.get('after', -1))
        rest = [{'no': n, 'id': 'p%d' % n, 'title': 'P%d' % n} for n in range(count) if n > after]
        assert size * number <= reach, query
        return {'places': rest[size * (number - 1):size * number], 'more': size * number < len(rest)}
    player.forget()
    player.answers['GET', '/places'] = 200, page


def a_list_in_another_order_is_not_cut_short():
    places(30, 12)
    _, page = player.answers['GET', '/places']
    player.answers['GET', '/places'] = 200, lambda query: {**(answer := page(query)), 'places': answer['places'][::-1]}
    status, answer, _ = get('shelf', 'shelf/locations?fields=name&limit=4')
    while status == 200 and answer['next']:
        status, answer, _ = get('shelf', 'shelf/locations?fields=name&limit=4&cursor=' + urllib.parse.quote(answer['next']))
    assert status == 502 and answer['code'] == 'store_unreadable' and 'ascending order of no' in answer['detail'], (status, answer)


def numbered_pages_keep_their_size():
    for limit in (3, 4, 5, 9, 30):
        places(53, 12)
        ids = sum(pages('shelf', 'shelf/locations?fields=name&limit=%d' % limit), [])
        assert ids == ['p%d' % n for n in range(53)], (limit, ids)
        assert any('after' in query for query in player.queries), player.queries


def pages_that_are_kept_are_not_taken_for_others():
    """Behind a key paging begins with the first page again, which is another one."""
    for _ in range(2):
        places(53, 12)
        ids = sum(pages('shelf', 'shelf/locations?fields=name&limit=5', **{'Cache-Control': 'max-age=60'}), [])
        assert ids == ['p%d' % n for n in range(53)], ids
    assert not player.sent, 'the second time all of it was kept'


def a_record_without_its_key_is_said():
    places(53, 12)
    page = player.answers['GET', '/places'][1]

    def keyless(query):
        document = page(query)
        for place in document['places']:
            del place['no']
        return document
    player.answers['GET', '/places'] = 200, keyless
    status, answer, _ = get('shelf', 'shelf/locations?fields=name&limit=30')
    assert status == 502 and answer['code'] == 'store_unreadable' and 'paging ends after 12 records: expected no of the last one' in (
        answer['detail']), answer


TESTS = (every_order_once_whatever_the_pages, every_record_of_other_lists, every_level_of_more_articles_than_paging_reaches, filters_hold_behind_the_reach,
         what_comes_while_reading_is_read, the_real_reach_is_passed, without_the_row_the_shop_refuses,
         a_list_in_another_order_is_not_cut_short, numbered_pages_keep_their_size, pages_that_are_kept_are_not_taken_for_others, a_record_without_its_key_is_said)

if __name__ == '__main__':
    start()
    flow.main(TESTS, *gateways.values(), *shops.values())
