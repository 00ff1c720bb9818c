#!/usr/bin/env python3
"""test_stores.py - one gateway over shops of several platforms, each a shopsim in its dialect.

The stores are those of script/run, read from it; the curl lines that it and the README print are asked here too.
What is told of a store is told of every platform that has an adapter in this tree: the same calls, the same records.
"""
import decimal
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

SOURCE = os.environ.get('CARTWAY_SOURCE', '.')


def read(name):
    with open(os.path.join(SOURCE, name), encoding='utf-8') as file:
        return file.read()


# Store: platform, the setting that takes the address, credentials.
SANDBOXES = {store: (platform, setting, json.loads(credentials)) for store, platform, setting, credentials in
             re.findall(r"^    '(\w+) (\w+) (\w+) (\{.*\})'$", read('script/run'), re.M)}
STORES = [store for store, row in SANDBOXES.items() if os.path.exists(os.path.join(flow.ADAPTERS, row[0] + '.so'))]
shops = {}
gateway = app_key = None


def start():
    global gateway, app_key
    gateway = flow.Gateway(plugins=[SANDBOXES[store][0] for store in STORES])
    gateway.init()
    gateway.start()
    for name in STORES:
        platform, setting, credentials = SANDBOXES[name]
        shops[name] = flow.Shop('--dialect', platform)
        status, answer, _ = gateway.admin('POST', '/stores', {
            'id': name, 'platform': platform, 'settings': {setting: 'http://127.0.0.1:%d' % shops[name].port},
            'credentials': credentials, 'allow_private': True})
        assert status == 201, answer
    app_key = gateway.app()


def call(method, path, body=None):
    return flow.request(gateway.port, method, '/v1' + path, body, {'Authorization': 'Bearer ' + app_key})


def good(method, path, body=None):
    status, answer, _ = call(method, path, body)
    assert status in (200, 201), (path, status, answer)
    return answer


def printed_lines_work():
    """Those of script/run, and those that the README shows."""
    base, stores = 'http://127.0.0.1:%d' % gateway.port, ','.join(STORES)
    printed = re.findall(r"^  curl .*'(.*)'$", read('script/run'), re.M)
    shown = re.findall(r"^    curl .*'(http://127\.0\.0\.1:8080/[^']*)'$", read('README.md'), re.M)
    assert len(printed) >= 6 and len(shown) >= 5, (printed, shown)
    for line in printed + shown:
        url = line.replace('$api', base).replace('http://127.0.0.1:8080', base).replace('${stores%,}', stores)
        status, answer, _ = flow.request(gateway.port, 'GET', url[len(base):], None, {'Authorization': 'Bearer ' + app_key})
        assert url.startswith(base) and status == 200, (line, status, answer)
        assert all(store['status'] == 200 for store in answer.get('stores', [])), answer


def one_call_lists_all_stores():
    answer = good('GET', '/orders?stores=%s&limit=3&fields=id,number,status,currency,totals.total,totals.tax' % ','.join(STORES))
    for store in answer['stores']:
        assert store['status'] == 200 and len(store['data']) == 3 and not store['problems'], store
        for order in store['data']:
            assert order['id'] and order['status'] and decimal.Decimal(order['totals']['total']['shop']['amount']) > 0, order
    counts = good('GET', '/orders/count?stores=' + ','.join(STORES))
    assert counts['data']['count'] == 60 * len(STORES), counts


def every_order_comes_once():
    for name in STORES:
        seen, path = [], '/stores/%s/orders?limit=25&fields=id' % name
        cursor = ''
        while cursor is not None:
            page = good('GET', path + cursor)
            seen += [order['id'] for order in page['data']]
            cursor = page['next'] and '&cursor=' + page['next']
        assert len(seen) == len(set(seen)) == 60, (name, len(seen))


def products_have_their_variants():
    for name in STORES:
        page = good('GET', '/stores/%s/products?limit=20&fields=id,name,variants' % name)
        # a product of one article: WooCommerce knows no variant of it
        counts = [len(product['variants'] or []) for product in page['data']]
        assert len(counts) == 20 and max(counts) >= 3, (name, counts)


def one_broken_store_leaves_the_others():
    shops[STORES[0]].faults({'fault': '500'})
    answer = good('GET', '/orders?stores=%s&limit=1&fields=id' % ','.join(STORES))
    shops[STORES[0]].faults()
    statuses = [store['status'] for store in answer['stores']]
    assert statuses[0] >= 500 and set(statuses[1:]) == {200}, statuses


def stock_is_set_by_sku():
    """WooCommerce's one place, with its signatures: set, read back, and what was sold meanwhile."""
    good('POST', '/stores/woo/inventory', {'mode': 'set', 'sku': 'SKU-0002-0', 'location_id': 'shop', 'quantity': 41})
    shops['woo'].desk('POST', 'sell', {'sku': 'SKU-0002-0', 'quantity': 2})
    levels = good('GET', '/stores/woo/inventory?sku=SKU-0002-0')['data']
    assert [(level['sku'], level['on_hand']) for level in levels] == [('SKU-0002-0', 39)], levels


def an_order_lives():
    """Made, paid, completed, refunded in part, cancelled: the stock follows in the shop."""
    store = '/stores/woo'
    article = good('GET', store + '/inventory?sku=SKU-0002-0')['data'][0]

    def stock():
        return good('GET', store + '/inventory?sku=SKU-0002-0')['data'][0]['on_hand']
    order = good('POST', store + '/orders', {'items': [{'product_id': article['inventory_item_id'], 'quantity': 2}],
                                             'payment_status': 'paid', 'billing_address': {'country': 'DE'}})['data']
    assert order['payment_status'] == 'paid' and stock() == article['on_hand'] - 2, order
    lines = order['items'][0]
    assert decimal.Decimal(order['totals']['total']['shop']['amount']) == decimal.Decimal(lines['total']['shop']['amount']), order
    path = store + '/orders/' + order['id']
    refund = {'total': {'shop': {'amount': '1.50', 'currency': 'EUR'}}, 'reason': 'bent', 'extra': {'api_refund': False, 'api_restock': False}}
    good('POST', path + '/refunds', refund)
    assert good('GET', path)['data']['payment_status'] == 'partially_refunded'
    good('POST', path + '/cancel', {})
    assert good('GET', path)['data']['status'] == 'cancelled' and stock() == article['on_hand']


def what_is_not_there():
    for name, identifier in (('sandbox', 'order_01'), ('woo', '999999'), ('shopify', 'gid:%2F%2Fshopify%2FOrder%2F999999999')):
        status, answer, _ = call('GET', '/stores/%s/orders/%s' % (name, identifier))
        assert status == 404 and answer['code'] == 'not_found', (name, status, answer)


if __name__ == '__main__':
    start()
    flow.main([printed_lines_work, one_call_lists_all_stores, every_order_comes_once, products_have_their_variants,
               one_broken_store_leaves_the_others, stock_is_set_by_sku, an_order_lives, what_is_not_there], gateway,
               *shops.values())
