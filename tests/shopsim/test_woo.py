#!/usr/bin/env python3
"""shopsim speaks WooCommerce as the recorded shop did: prints TAP, one point a claim.

    test_woo.py SHOPSIM     (the program)

Its answers are held against woo_shapes.json, made of exchanges recorded with WooCommerce 9.9.5: the members and
types of good answers, the whole body of refusals.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
import urllib.parse

import shapes
import woo_shapes
from test_shopsim import Points, Shop, equal


KEY, SECRET = 'ck_test', 'cs_test'
API = '/wp-json/wc/v3'


class Woo(Shop):
    dialect, key = 'woocommerce', KEY + ':' + SECRET

    def call(self, method, path, body=None, key=None, headers=None):
        """(status, headers, document); Basic, as behind a proxy that ends TLS."""
        send = {'X-Forwarded-Proto': 'https', 'Authorization': 'Basic ' + base64.b64encode((key or self.key).encode()).decode()}
        status, got, text = self.ask(method, API + path, body, headers={**send, **(headers or {})}, key=None)
        return status, got, json.loads(text)

    def good(self, method, path, body=None):
        status, _, document = self.call(method, path, body)
        assert status < 300, (path, status, document)
        return document

    def signed(self, method, path, body=None, nonce='n1', at=None, secret=SECRET, hash_name='sha256', **query):
        """OAuth 1.0a with one leg, by code of this file."""
        at = str(int(time.time()) if at is None else at)
        values = {**query, 'oauth_consumer_key': KEY, 'oauth_timestamp': at, 'oauth_nonce': nonce,
                  'oauth_signature_method': 'HMAC-' + hash_name.upper()}

        def encode(text):
            return urllib.parse.quote(text, safe='-._~')
        pairs = '&'.join('%s=%s' % (encode(k), encode(v)) for k, v in sorted(values.items()))
        base = '&'.join(encode(part) for part in (method, 'http://127.0.0.1:%d%s%s' % (self.port, API, path), pairs))
        values['oauth_signature'] = base64.b64encode(hmac.new((secret + '&').encode(), base.encode(), hash_name).digest()).decode()
        status, got, text = self.ask(method, API + path + '?' + urllib.parse.urlencode(values), body, key=None)
        return status, got, json.loads(text)


def recordings():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'woo_shapes.json'), encoding='utf-8') as file:
        return json.load(file)


def samples(shop):
    """Ids of ours for the ones that the recording had."""
    orders = shop.good('GET', '/orders?per_page=100&_fields=id,status,refunds,customer_id,payment_method')
    products = shop.good('GET', '/products?per_page=100&order=asc&orderby=id&_fields=id,type,sku,variations')
    variable = next(p for p in products if p['type'] == 'variable' and len(p['variations']) == 3)
    refunded = next(o for o in orders if o['refunds'] and o['customer_id'] and o['status'] == 'completed')
    return {'simple': next(p['id'] for p in products if p['type'] == 'simple' and p['sku']),
            'taken': next(p['sku'] for p in products if p['type'] == 'simple' and p['sku']),
            'variable': variable['id'], 'variation': variable['variations'][0],
            'order': next(o['id'] for o in orders if o['status'] == 'processing' and o['payment_method'] == 'bacs' and not o['customer_id']),
            'refunded': refunded['id'], 'refund': refunded['refunds'][0]['id']}


# What was asked in the recordings, with our ids.
READS = {
    'orders-page1-default': '/orders', 'orders-past-end': '/orders?per_page=10&page=99', 'page-0': '/orders?page=0',
    'products-past-end': '/products?page=99', 'order-statuses': '/orders/statuses', 'order-nonnumeric': '/orders/abc',
    'orders-_fields': '/orders?_fields=id,status,total,date_modified_gmt&per_page=3',
    'order-get-partially-refunded': '/orders/{refunded}', 'order-refunds-list': '/orders/{refunded}/refunds',
    'order-of-refund-id-404': '/orders/{refund}', 'product': '/products/999999',
    'products-sku-variation': '/products?sku=SKU-0001-0&_fields=id,sku,type,parent_id',
    'product-get-simple': '/products/{simple}', 'product-get-variable': '/products/{variable}',
    'variations-list': '/products/{variable}/variations', 'variation-by-product-endpoint': '/products/{variation}',
    'settings-general': '/settings/general', 'data-currencies-current': '/data/currencies/current',
    'system_status': '/system_status',
}
WRITES = {
    'product-create': ('POST', '/products', {'name': 'API product', 'regular_price': '12.50', 'sku': 'API-1', 'manage_stock': True,
                                             'stock_quantity': 7, 'meta_data': [{'key': 'ext_id', 'value': 'X-1'}]}),
    'product-create-empty': ('POST', '/products', {}),
    'product-bad-type': ('POST', '/products', {'name': 'x', 'stock_quantity': 'many', 'status': 'live'}),
    'product-update-stock': ('PUT', '/products/{simple}', {'stock_quantity': 42}),
    'product-update-price-number': ('PUT', '/products/{simple}', {'regular_price': 13.99}),
    'product-update-price-comma': ('PUT', '/products/{simple}', {'regular_price': '13,99'}),
    'product-update-unknown-field': ('PUT', '/products/{simple}', {'nonsense': 1}),
    'product-update-null-stock': ('PUT', '/products/{simple}', {'stock_quantity': None}),
    'product-update-image-bad-url': ('PUT', '/products/{simple}', {'images': [{'src': 'http://127.0.0.1:18099/none.jpg'}]}),
    'products-batch-101': ('POST', '/products/batch', {'update': [{'id': 1}] * 101}),
    'product-delete-force': ('DELETE', '/products/{simple}?force=true', None),
    'order-create': ('POST', '/orders', {'payment_method': 'bacs', 'set_paid': True, 'billing': {'first_name': 'Ada', 'country': 'DE'},
                                         'line_items': [{'product_id': '{simple}', 'quantity': 2},
                                                        {'product_id': '{variable}', 'variation_id': '{variation}', 'quantity': 1}],
                                         'shipping_lines': [{'method_id': 'flat_rate', 'method_title': 'Flat', 'total': '5.00'}],
                                         'meta_data': [{'key': 'channel', 'value': 'gw'}]}),
    'order-update-completed': ('PUT', '/orders/{order}', {'status': 'completed'}),
    'order-bad-status': ('PUT', '/orders/{order}', {'status': 'shipped'}),
    'order-bad-product': ('POST', '/orders', {'line_items': [{'product_id': 999999, 'quantity': 1}]}),
    'order-no-product-ref': ('POST', '/orders', {'line_items': [{'quantity': 1}]}),
    'order-update': ('PUT', '/orders/999999', {'status': 'completed'}),
    'refund-too-much': ('POST', '/orders/{order}/refunds', {'amount': '99999', 'api_refund': False}),
    'refund-no-amount': ('POST', '/orders/{order}/refunds', {}),
    'order-delete-force': ('DELETE', '/orders/{order}?force=true', None),
    'invalid-json': ('POST', '/products', b'{"name":'),
}


def fill(value, ids):
    if isinstance(value, dict):
        return {k: fill(v, ids) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, ids) for v in value]
    if isinstance(value, str) and re.fullmatch(r'\{\w+\}', value):
        return ids[value[1:-1]]
    return value


def holds(answer, recorded, name):
    status, headers, document = answer
    equal(status, recorded['status'], name)
    equal(headers['Content-Type'], 'application/json; charset=UTF-8', name)
    ours = {h.lower() for h in headers.keys()} - {'date', 'connection', 'server', 'link', 'vary', 'location'}
    equal(sorted(ours), recorded['headers'], name)
    if 'body' in recorded:
        equal(document, recorded['body'], name)
        return
    real = {path: set(letters) for path, letters in recorded['kinds'].items()}
    found = {path: set(letters) for path, letters in woo_shapes.kinds(document).items()}
    bad = []
    for path, letters in found.items():
        if path not in real and shapes.is_told(real, path):
            bad.append('%s: the real shop has no such key' % path)
        elif path in real and letters - {'0'} and real[path] - {'0'} and not letters <= real[path] | {'0'}:
            bad.append('%s: %s, the real shop has %s' % (path, sorted(letters), sorted(real[path])))
    bad += ['%s: not there' % path for path in real if path not in found and shapes.is_told(found, path)]
    assert not bad, '\n'.join([name] + bad)


def reads_as_recorded(shop, name, recorded):
    holds(shop.call('GET', READS[name].format(**samples(shop))), recorded, name)


def writes_as_recorded(shop, name, recorded):
    method, path, body = WRITES[name]
    ids = samples(shop)
    holds(shop.call(method, path.format(**ids), fill(body, ids), headers={'Content-Type': 'application/json'}), recorded, name)


# ---- what the recordings' facts say -------------------------------------------------------------------

def keys_are_checked(shop):
    recorded = recordings()
    status, headers, text = shop.ask('GET', API + '/orders', key=None)
    holds((status, headers, json.loads(text)), recorded['no-credentials'], 'none')
    holds(shop.call('GET', '/orders', key=KEY + ':wrong'), recorded['bad-secret'], 'secret')
    holds(shop.call('GET', '/orders', key=KEY + '_write:' + SECRET), recorded['write-key-reading'], 'write key')
    equal(shop.call('POST', '/products', {}, key=KEY + '_read:' + SECRET)[0], 401)
    basic = base64.b64encode(shop.key.encode()).decode()
    equal(shop.ask('GET', API + '/orders', headers={'Authorization': 'Basic ' + basic}, key=None)[0], 401, 'Basic in the clear')
    path = '%s/orders?consumer_key=%s&consumer_secret=%s' % (API, KEY, SECRET)
    equal(shop.ask('GET', path, headers={'X-Forwarded-Proto': 'https'}, key=None)[0], 200, 'in the query')


def signatures_are_checked(shop):
    equal(shop.signed('GET', '/orders', nonce='a', per_page='2', after='2025-01-01T00:00:00')[0], 200)
    equal(shop.signed('GET', '/orders', nonce='b', hash_name='sha1')[0], 200)
    holds(shop.signed('GET', '/orders', nonce='a'), recordings()['oauth1-nonce-replay'], 'twice')
    for more in ({'secret': 'cs_wrong'}, {'at': 1000000}):
        equal(shop.signed('GET', '/orders', nonce='c', **more)[0], 401, more)
    equal(shop.signed('PUT', '/orders/%d' % samples(shop)['order'], {'status': 'completed'}, nonce='d')[0], 200)


def pages_follow_links(shop):
    seen, path = [], '/orders?per_page=25&orderby=id&order=asc'
    while path:
        _, headers, rows = shop.call('GET', path)
        seen += [row['id'] for row in rows]
        found = re.search(r'<[^>]*/wc/v3([^>]*)>; rel="next"', headers['Link'] or '')
        path = found and found.group(1)
    equal((len(seen), seen), (60, sorted(set(seen))))
    headers = shop.call('GET', '/orders?per_page=10&page=99')[1]
    equal((headers['X-WP-Total'], headers['X-WP-TotalPages'], 'page=0&status%5B0%5D=any>; rel="prev"' in headers['Link']), ('0', '0', True))
    headers = shop.call('GET', '/products?page=99')[1]
    equal((headers['X-WP-Total'], headers['X-WP-TotalPages']), ('120', '12'))


def lists_filter(shop):
    processing = shop.good('GET', '/orders?status=processing&per_page=100')
    both = shop.good('GET', '/orders?status=processing,completed&per_page=100')
    equal(shop.good('GET', '/orders?status[]=processing&status[]=completed&per_page=100'), both)
    assert 0 < len(processing) < len(both) and {o['status'] for o in both} == {'processing', 'completed'}
    newest = max(o['date_modified_gmt'] for o in shop.good('GET', '/orders?per_page=100'))
    equal(shop.good('GET', '/orders?dates_are_gmt=true&modified_after=' + newest), [], 'exclusive')
    shop.good('PUT', '/orders/%d' % samples(shop)['order'], {})
    equal(len(shop.good('GET', '/orders?dates_are_gmt=true&modified_after=' + newest)), 1, 'an empty PUT moves the date')


def trash_hides(shop):
    order = samples(shop)['order']
    shop.good('DELETE', '/orders/%d' % order)
    assert order not in [o['id'] for o in shop.good('GET', '/orders?per_page=100')]
    equal([o['id'] for o in shop.good('GET', '/orders?status=trash')], [order])
    equal(shop.good('GET', '/orders/%d' % order)['status'], 'trash')
    equal(shop.call('DELETE', '/orders/%d' % order)[0], 410)
    shop.good('DELETE', '/orders/%d?force=true' % order)
    equal(shop.call('GET', '/orders/%d' % order)[0], 404)


def stock_moves(shop):
    ids = samples(shop)

    def stock(path='/products/{simple}'):
        return shop.good('GET', path.format(**ids))['stock_quantity']
    shop.good('PUT', '/products/{simple}'.format(**ids), {'stock_quantity': 50})
    order = shop.good('POST', '/orders', {'set_paid': True, 'line_items': [{'product_id': ids['simple'], 'quantity': 3}]})
    equal((order['status'], stock()), ('processing', 47))
    shop.good('PUT', '/orders/%d' % order['id'], {'status': 'cancelled'})
    equal(stock(), 50)
    shop.good('PUT', '/products/{variable}/variations/{variation}'.format(**ids), {'manage_stock': True, 'stock_quantity': 9})
    equal(stock('/products/{variation}'), 9)
    equal(shop.call('PUT', '/products/{variation}'.format(**ids), {'stock_quantity': 9})[0], 404, 'not by the product')


def batches_tell_inline(shop):
    ids = samples(shop)
    answer = shop.good('POST', '/products/batch', {'create': [{'name': 'B1', 'sku': 'B1'}, {'name': 'B2', 'sku': ids['taken']}],
                                                   'update': [{'id': ids['simple'], 'stock_quantity': 'abc'}, {'id': 999999}],
                                                   'delete': [999998]})
    equal([row.get('error', {}).get('code') for row in answer['create']], [None, 'product_invalid_sku'])
    equal((answer['update'][0]['stock_quantity'], answer['update'][1]['error']['data']), (0, {'status': 400}))
    equal(answer['delete'], [{'id': 999998, 'error': {'code': 'woocommerce_rest_product_invalid_id', 'message': 'Invalid ID.',
                                                      'data': {'status': 404}}}])


def refunds_add_up(shop):
    ids = samples(shop)
    order = shop.good('GET', '/orders/{order}'.format(**ids))
    line = order['line_items'][0]
    body = {'amount': '1.50', 'reason': 'bent', 'api_refund': False, 'line_items': [{'id': line['id'], 'quantity': 1, 'refund_total': '1.50'}]}
    refund = shop.good('POST', '/orders/{order}/refunds'.format(**ids), body)
    equal((refund['amount'], refund['line_items'][0]['total'], refund['line_items'][0]['quantity']), ('1.50', '-1.50', -1))
    after = shop.good('GET', '/orders/{order}'.format(**ids))
    equal(after['refunds'], [{'id': refund['id'], 'reason': 'bent', 'total': '-1.50'}])
    equal(shop.good('GET', '/orders/{order}/refunds/%d'.format(**ids) % refund['id']), refund)


def sums_are_exact(shop):
    for order in shop.good('GET', '/orders?per_page=100'):
        lines = order['line_items'] + order['shipping_lines'] + order['fee_lines']
        cents = sum(round(100 * float(line[name])) for line in lines for name in ('total', 'total_tax'))
        equal(cents, round(100 * float(order['total'])), order['id'])


def desk_works(shop):
    ids = samples(shop)
    before = shop.good('GET', '/products/{simple}'.format(**ids))['stock_quantity']
    shop.post('/_sim/sell', {'sku': ids['taken'], 'quantity': 2}, key=None)
    equal(shop.good('GET', '/products/{simple}'.format(**ids))['stock_quantity'], before - 2)
    shop.post('/_sim/order', {'order_id': str(ids['order']), 'kind': 3}, key=None)
    equal(shop.good('GET', '/orders/{order}'.format(**ids))['status'], 'completed')
    raw = shop.ask('GET', API + '/orders', headers={'x-sim-fault': '429'}, key=None)
    equal((raw[0], raw[1]['Content-Type']), (429, 'text/html'), 'a proxy says it')


CHECKS = (keys_are_checked, signatures_are_checked, pages_follow_links, lists_filter, trash_hides, stock_moves,
          batches_tell_inline, refunds_add_up, sums_are_exact, desk_works)


def main(program):
    points = Points()
    recorded = recordings()
    with Woo(program) as shop:
        for names, check in ((READS, reads_as_recorded), (WRITES, writes_as_recorded)):
            for name in names:
                shop.post('/_sim/reset', {}, key=None)
                points.check('as recorded: ' + name, check, shop, name, recorded[name])
        for check in CHECKS:
            shop.post('/_sim/reset', {}, key=None)
            points.check(check.__name__, check, shop)
    return points.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
