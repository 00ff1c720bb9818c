#!/usr/bin/env python3
"""shopsim does what its README says: prints TAP, one point a claim.

    test_shopsim.py SHOPSIM     (the program)

Its answers are held against shapes.json, made of exchanges recorded with the real shop: every key of a
recorded answer is there with the same type, and none that the real shop has not.  No point looks at a clock.
"""
import base64
import decimal
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import traceback
import urllib.parse

import shapes

KEY = 'sk_test'
ITEMS = '/admin/inventory-items'


class Shop:
    """A shopsim of its own, gone at the end."""
    dialect, key = 'medusa', KEY

    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, '--dialect', self.dialect, '--port', '0', '--key', self.key, '--quiet',
                                         '--with-parent', *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r'shopsim: (\w+) on http://127\.0\.0\.1:(\d+)(?: to http://([\d.]+):\2)? key (\S+)\n', line)
        assert found and found.group(1, 4) == (self.dialect, self.key), line
        self.last = found.group(3)
        self.port = int(found.group(2))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, method, path, body=None, headers=None, key=KEY, host='127.0.0.1'):
        """(status, headers, bytes) over a connection of its own."""
        connection = http.client.HTTPConnection(host, self.port, timeout=30)
        try:
            send = {'Content-Type': 'application/json'} if body is not None else {}
            if key:
                send['Authorization'] = 'Basic ' + key
            send.update(headers or {})
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            connection.request(method, urllib.parse.quote(path, safe="/?&=[]$%,*+-.:!@~'()"), body, send)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path, **more):
        status, _, body = self.ask('GET', path, **more)
        assert status == 200, (path, status, body[:300])
        return json.loads(body, parse_float=decimal.Decimal, parse_int=decimal.Decimal)

    def post(self, path, body, **more):
        status, _, answer = self.ask('POST', path, body, **more)
        assert status == 200, (path, status, answer[:300])
        return json.loads(answer, parse_float=decimal.Decimal, parse_int=decimal.Decimal)

    def faults(self, *rules):
        self.post('/_sim/faults', {'rules': list(rules)})

    def state(self):
        return self.get('/_sim/state')

    def log(self):
        return self.get('/_sim/log')['entries']

    def raw(self, text, shut=False):
        """Everything that comes back for these bytes; ends with b'<RST>' if the connection was reset."""
        with socket.create_connection(('127.0.0.1', self.port), 30) as link:
            got = b''
            try:
                link.sendall(text)
                if shut:
                    link.shutdown(socket.SHUT_WR)
                while True:
                    more = link.recv(65536)
                    if not more:
                        return got
                    got += more
            except OSError:  # reset, or already gone while we were sending
                return got + b'<RST>'

    def spoilt(self, fault, path='/admin/orders?limit=3', method='GET', body=b''):
        """The raw answer to one request with a fault."""
        head = '%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nx-sim-fault: %s\r\nConnection: close\r\n' % (
            method, path, KEY, fault)
        if body:
            head += 'Content-Type: application/json\r\nContent-Length: %d\r\n' % len(body)
        return self.raw(head.encode() + b'\r\n' + body)


def body_of(raw):
    return raw.split(b'\r\n\r\n', 1)[1]


def equal(found, expected, what=''):
    assert found == expected, '%s: found %.300r, expected %.300r' % (what, found, expected)


# ---- the shape of the answers -----------------------------------------------------------------------

def sample_ids(shop, name):
    """Ids of ours for the ones that the recording had."""
    kind = {'order_get_canceled': ('status', 'canceled'), 'order_get_partial': ('fulfillment_status', 'partially_fulfilled'),
            'order_get_shipped': ('fulfillment_status', 'shipped'), 'order_get_plain': ('payment_status', 'authorized')}
    column, value = kind.get(name, ('status', 'pending'))
    orders = shop.get('/admin/orders?limit=100&fields=id')['orders']
    return {'order_01': next(o['id'] for o in orders if o[column] == value),
            'prod_01': shop.get('/admin/products?limit=1&fields=id')['products'][0]['id'],
            'sc_01': shop.get('/admin/sales-channels')['sales_channels'][1]['id']}


def with_our_ids(path, ids):
    for prefix, own in ids.items():
        path = re.sub(prefix + r'[0-9A-Z]+', own, path)
    return path


def holds_against_recording(shop, name, recorded):
    path = with_our_ids(recorded['path'], sample_ids(shop, name))
    status, headers, body = shop.ask('GET', path, key=KEY if recorded['key'] else None)
    equal(status, recorded['status'], path)
    equal(headers['Content-Type'], recorded['type'], path)
    equal(sorted(h.lower() for h in headers.keys()), recorded['headers'], path)
    if status != 200:
        equal(body.decode() if isinstance(recorded['body'], str) else json.loads(body), recorded['body'], path)
        return
    bad = shapes.differences(shapes.unfold(recorded['kinds']), shapes.kinds(json.loads(body)))
    assert not bad, '\n'.join([path] + bad)


def errors_as_the_real_shop(shop):
    """Each of these was tried on Medusa 2.21.2."""
    unknown = '{"code":"unknown_error","type":"unknown_error","message":"An unknown error occurred."}'

    def bad(message):
        return '{"type":"invalid_data","message":"Invalid request: %s"}' % message
    for path, status, text in (
            ('/admin/orders?limit=x', 400, bad("Expected type: 'number' for field 'limit', got: 'x'")),
            ('/admin/orders?limit=', 400, bad("Expected type: 'number' for field 'limit', got: ''")),
            ('/admin/orders?limit=-1', 500, unknown),
            ('/admin/orders?offset=-1', 500, unknown),
            ('/admin/orders?order=nope', 500, unknown),
            ('/admin/orders?status=nope', 500, unknown),
            ('/admin/orders?updated_at[$gte]=garbage', 500, unknown),
            ('/admin/orders?sales_channel_id=x', 400, bad("Expected type: 'array' for field 'sales_channel_id', got: 'x'")),
            ('/admin/products?status=draft', 400, bad("Expected type: 'array' for field 'status', got: 'draft'")),
            ('/admin/products?status[]=x', 400, bad("Field 'status, 0' is required")),
            ('/admin/products/nope', 404, '{"type":"not_found","message":"Product not found"}'),
            ('/admin/product-variants?product_id=x', 400, bad("Unrecognized fields: 'product_id'")),
            (ITEMS + '?foo=1', 400, bad("Unrecognized fields: 'foo'")),
            (ITEMS + '/iitem_x', 404, '{"type":"not_found","message":"Inventory item with id: iitem_x was not found"}'),
            ('/admin/stock-locations/sloc_x', 404,
             '{"type":"not_found","message":"Stock location with id: sloc_x was not found"}'),
            ('/admin/stores/x', 200, '{}')):
        found = shop.ask('GET', path)
        equal((found[0], found[2].decode()), (status, text), path)
    for path in ('/admin/orders?foo=bar', '/admin/orders?limit=1000000000', '/Admin/Orders/?limit=1', '/health'):
        equal(shop.ask('GET', path)[0], 200, path)
    equal(shop.get('/admin/orders?limit=0')['orders'], [])


def keys_are_checked(shop):
    coded = base64.b64encode((KEY + ':').encode()).decode()
    for value, status in (('Basic ' + KEY, 200), ('Basic ' + coded, 200), ('Bearer ' + KEY, 401), ('Basic sk_other', 401),
                          ('Basic ' + base64.b64encode(b'sk_other:').decode(), 401), ('', 401)):
        found, _, body = shop.ask('GET', '/admin/stores', headers={'Authorization': value} if value else {}, key=None)
        equal(found, status, value)
        assert status == 200 or body == b'{"message":"Unauthorized"}'
    equal(shop.ask('GET', '/admin/nope', key=None)[0], 401)
    login = {'email': 'admin@example.test', 'password': 'Sup3rsecret!'}
    token = shop.post('/auth/user/emailpass', login, key=None)['token']
    equal(shop.ask('GET', '/admin/stores', headers={'Authorization': 'Bearer ' + token}, key=None)[0], 200)
    login['password'] = 'x'
    equal(shop.ask('POST', '/auth/user/emailpass', login, key=None)[0], 401)


def fields_are_honoured(shop):
    order = shop.get('/admin/orders?limit=1&fields=id,email,currency_code')['orders'][0]
    equal(set(order), {'id', 'email', 'currency_code', 'status', 'version', 'items', 'payment_status', 'fulfillment_status'})
    assert 'total' not in shop.get('/admin/orders?limit=1&fields=-total')['orders'][0]
    assert 'email' in shop.get('/admin/orders?limit=1&fields=%2Bemail')['orders'][0]
    product = shop.get('/admin/products?limit=1&fields=id,variants.prices.amount')['products'][0]
    equal(set(product['variants'][0]), {'id', 'prices'})
    equal(set(product['variants'][0]['prices'][0]), {'id', 'amount', 'variant_id', 'rules'})
    items = shop.get(ITEMS + '?limit=1&fields=id,location_levels.available_quantity')['inventory_items'][0]
    equal(set(items['location_levels'][0]), {'available_quantity'})


# ---- the data ---------------------------------------------------------------------------------------

FULL = ('fields=currency_code,email,%2Bsubtotal,*items,*items.tax_lines,*items.adjustments,*shipping_methods,'
        '*shipping_methods.tax_lines,*shipping_methods.adjustments,*summary,*payment_collections,'
        '*payment_collections.payments,*payment_collections.payments.refunds,*payment_collections.payments.captures,'
        '*transactions,id,status,total,subtotal,tax_total,discount_total,discount_subtotal,item_total,shipping_total,'
        'original_total,display_id,*shipping_address')


def twins(value):
    if isinstance(value, list):
        for inner in value:
            yield from twins(inner)
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.startswith('raw_') and inner is not None:
                yield key, value[key[4:]], inner
            else:
                yield from twins(inner)


def sums_are_exact(shop):
    orders = shop.get('/admin/orders?limit=500&' + FULL)['orders']
    assert len(orders) == 120
    for order in orders:
        parts = order['items'] + order['shipping_methods']
        for part in parts:
            tax = sum(line['rate'] for line in part['tax_lines']) / 100
            equal(part['tax_total'], (part['subtotal'] - part['discount_subtotal']) * tax, order['id'])
            equal(part['total'], part['subtotal'] - part['discount_subtotal'] + part['tax_total'], order['id'])
            equal(sum(line['total'] for line in part['tax_lines']), part['tax_total'], order['id'])
            equal(sum(cut['amount'] for cut in part['adjustments']), part['discount_subtotal'], order['id'])
            stated = part['unit_price'] * part['quantity'] if 'unit_price' in part else part['amount']
            equal(stated, part['original_total'] if part['is_tax_inclusive'] else part['subtotal'], order['id'])
        for name in ('total', 'subtotal', 'tax_total', 'discount_total', 'discount_subtotal', 'original_total'):
            equal(order[name], sum(part[name] for part in parts), (order['id'], name))
        equal(order['item_total'] + order['shipping_total'], order['total'], order['id'])
        collection = order['payment_collections'][0]
        equal(collection['captured_amount'], order['summary']['paid_total'])
        equal(collection['refunded_amount'], order['summary']['refunded_total'])
        equal(sum(t['amount'] for t in order['transactions']), order['summary']['transaction_total'])
        for payment in collection['payments']:
            equal(sum(r['amount'] for r in payment['refunds']), collection['refunded_amount'])
            equal(sum(c['amount'] for c in payment['captures']), collection['captured_amount'])
        for key, number, raw in twins(order):
            equal(str(number), raw['value'], (order['id'], key))


def orders_are_in_every_state(shop):
    orders = shop.get('/admin/orders?limit=500&' + FULL)['orders']
    equal({o['status'] for o in orders}, {'pending', 'completed', 'archived', 'canceled', 'requires_action'})
    equal({o['payment_status'] for o in orders}, {
        'authorized', 'captured', 'canceled', 'partially_refunded', 'refunded', 'partially_captured', 'not_paid', 'awaiting'})
    equal({o['fulfillment_status'] for o in orders}, {
        'not_fulfilled', 'partially_fulfilled', 'fulfilled', 'partially_shipped', 'shipped', 'partially_delivered',
        'delivered', 'canceled'})
    equal({o['currency_code'] for o in orders}, {'eur', 'usd', 'jpy', 'kwd'})
    phones = [o['shipping_address']['phone'] for o in orders if o['shipping_address'] and o['shipping_address']['phone']]
    real = [p for p in phones if p != 'call me']
    assert len(set(real)) == len(real) > 90 and any(p[0] == '+' for p in real) and any(p[0] != '+' for p in real)
    assert any(o['shipping_address'] is None for o in orders) and any(o['email'] is None for o in orders)


def products_are_varied(shop):
    products = shop.get('/admin/products?limit=500&fields=id,*variants,*variants.prices,*variants.inventory_items')['products']
    variants = [v for p in products for v in p['variants']]
    equal({len(p['variants']) for p in products}, {1, 2, 3, 100})
    assert any(v['sku'] is None for v in variants) and any(not v['manage_inventory'] for v in variants)
    assert all(not v['inventory_items'] for v in variants if not v['manage_inventory'])
    assert any(len(v['inventory_items']) == 2 for v in variants)
    digits = {'eur': 2, 'usd': 2, 'jpy': 0, 'kwd': 3}
    for price in (price for v in variants for price in v['prices']):
        assert -price['amount'].as_tuple().exponent <= digits[price['currency_code']], price


def pages_are_complete(shop):
    for path, plural in (('/admin/orders?', 'orders'), ('/admin/products?', 'products'), (ITEMS + '?', 'inventory_items'),
                         ('/admin/product-variants?', 'variants'), ('/admin/orders?order=-updated_at&', 'orders'),
                         ('/admin/products?order=title&', 'products')):
        seen, offset, count = [], 0, 1
        while offset < count:
            page = shop.get('%sfields=id&limit=17&offset=%d' % (path, offset))
            equal((page['offset'], page['limit']), (offset, 17), path)
            seen += [row['id'] for row in page[plural]]
            offset, count = offset + 17, page['count']
        equal((len(seen), len(set(seen))), (count, count), path)


def lists_filter_and_sort(shop):
    orders = shop.get('/admin/orders?limit=500&fields=id,status,created_at,updated_at')['orders']
    times = sorted(o['updated_at'] for o in orders)
    since = times[70]
    found = shop.get('/admin/orders?limit=500&fields=id,updated_at&updated_at[$gte]=%s&order=updated_at' % since)['orders']
    equal([o['updated_at'] for o in found], times[70:])
    found = shop.get('/admin/orders?limit=500&fields=id&status[]=canceled&status[]=completed')['orders']
    equal({o['id'] for o in found}, {o['id'] for o in orders if o['status'] in ('canceled', 'completed')})
    equal(shop.get('/admin/orders?limit=0&id[]=%s&id[]=%s' % (orders[0]['id'], orders[1]['id']))['count'], 2)
    equal(shop.get('/admin/product-variants?sku[]=SKU-0001-0&sku[]=SKU-0001-1')['count'], 2)
    equal(shop.get('/admin/products?variants[sku]=SKU-0001-0')['count'], 1)
    equal(shop.get('/admin/products?status[]=draft&limit=1')['count'], 7)
    rows = shop.get(ITEMS + '?limit=500&fields=sku&order=-sku')['inventory_items']
    assert rows[0]['sku'] is None and rows[-1]['sku'] == 'SKU-0001-0'


def seed_decides(program):
    def all_of(shop):
        return [shop.ask('GET', path)[2] for path in ('/admin/orders?limit=200', '/admin/products?limit=200', ITEMS + '?limit=900')]
    with Shop(program, '--seed', '5') as one, Shop(program, '--seed', '5') as two, Shop(program, '--seed', '6') as three:
        assert all_of(one) == all_of(two) != all_of(three)
    with Shop(program, '--products', '2', '--orders', '3') as small, Shop(program, '--products', '0', '--orders', '5') as bare:
        equal((small.get('/admin/products')['count'], small.get('/admin/orders')['count']), (2, 3))
        equal((bare.get('/admin/products')['count'], bare.get('/admin/orders')['count']), (0, 0))


# ---- stock ------------------------------------------------------------------------------------------

def level_of(shop, sku, place):
    item = shop.get(ITEMS + '?sku=' + sku)['inventory_items'][0]
    location = shop.get('/admin/stock-locations')['stock_locations'][place]['id']
    return item, location, next(l for l in item['location_levels'] if l['location_id'] == location)


def writes_change_reads(shop):
    item, location, before = level_of(shop, 'SKU-0001-0', 0)
    path = '%s/%s/location-levels/%s' % (ITEMS, item['id'], location)
    applied = shop.state()['applied']
    answer = shop.post(path, {'stocked_quantity': 77, 'incoming_quantity': 2.5})['inventory_item']
    equal(answer['stocked_quantity'], item['stocked_quantity'] - before['stocked_quantity'] + 77)
    _, _, after = level_of(shop, 'SKU-0001-0', 0)
    equal((after['stocked_quantity'], after['incoming_quantity']), (77, decimal.Decimal('2.5')))
    equal(after['available_quantity'], 77 - after['reserved_quantity'])
    assert after['updated_at'] > before['updated_at']
    equal(shop.state()['applied'], applied + 1)
    shop.post('/_sim/sell', {'sku': 'SKU-0001-0', 'quantity': 3})
    _, _, sold = level_of(shop, 'SKU-0001-0', 0)
    equal(sold['available_quantity'], after['available_quantity'] - 3)
    quantity = shop.get('/admin/product-variants?sku=SKU-0001-0&fields=id,inventory_quantity')['variants'][0]['inventory_quantity']
    equal(quantity, shop.get(ITEMS + '?sku=SKU-0001-0&fields=stocked_quantity,reserved_quantity')['inventory_items'][0]['stocked_quantity']
          - sold['reserved_quantity'])


def bad_writes_change_nothing(shop):
    item, location, before = level_of(shop, 'SKU-0002-0', 0)
    path = '%s/%s/location-levels/%s' % (ITEMS, item['id'], location)
    for body, message in (
            (b'{"stocked_quantity":"many"}', "Invalid request: Expected type: 'number' for field 'stocked_quantity', got: 'many'"),
            (b'{"stocked_quantity":null}', "Invalid request: Expected type: 'number' for field 'stocked_quantity', got: 'null'"),
            (b'{"stocked_quantity":-1}', "Invalid request: Value for field 'stocked_quantity' too small, expected at least: '0'"),
            (b'{"foo":1}', "Invalid request: Unrecognized fields: 'foo'"),
            (b'[]', "Invalid request: Field '' is required"),
            (b'{nope', "Expected property name or '}' in JSON at position 1")):
        status, _, answer = shop.ask('POST', path, body)
        equal((status, json.loads(answer)['message']), (400, message))
    status, _, answer = shop.ask('POST', '%s/iitem_nope/location-levels/%s' % (ITEMS, location), {'stocked_quantity': 1})
    equal((status, json.loads(answer)), (404, {
        'type': 'not_found', 'message': 'Item iitem_nope is not stocked at location %s' % location}))
    equal(level_of(shop, 'SKU-0002-0', 0)[2], before)


def batches_are_whole(shop):
    one, location, _ = level_of(shop, 'SKU-0003-0', 0)
    two = level_of(shop, 'SKU-0004-0', 0)[0]
    change = [{'inventory_item_id': i['id'], 'location_id': location, 'stocked_quantity': n} for i, n in ((one, 5), (two, 6))]
    answer = shop.post(ITEMS + '/location-levels/batch', {'create': [], 'update': change, 'delete': []})
    equal([level['stocked_quantity'] for level in answer['updated']], [5, 6])
    equal((answer['created'], answer['deleted']), ([], []))
    change[0]['stocked_quantity'] = 50
    change[1]['inventory_item_id'] = 'iitem_nope'
    equal(shop.ask('POST', ITEMS + '/location-levels/batch', {'update': change})[0], 404)
    equal(level_of(shop, 'SKU-0003-0', 0)[2]['stocked_quantity'], 5)
    status, _, body = shop.ask('POST', ITEMS + '/location-levels/batch', b'{"update":[{"location_id":1}]}')
    equal((status, json.loads(body)['message']), (400, "Invalid request: Field 'update, 0, inventory_item_id' is required; "
                                                       "Field 'update, 0, location_id' is required"))


def levels_come_and_go(shop):
    places = [place['id'] for place in shop.get('/admin/stock-locations')['stock_locations']]
    items = shop.get(ITEMS + '?limit=500')['inventory_items']
    item = next(i for i in items if len(i['location_levels']) == 1)
    path = '%s/%s/location-levels' % (ITEMS, item['id'])
    equal(shop.ask('POST', path, {'stocked_quantity': 1})[0], 400)
    equal(shop.ask('POST', path, {'location_id': 'sloc_nope'})[0], 404)
    made = shop.post(path, {'location_id': places[1], 'stocked_quantity': 9})['inventory_item']
    equal([level['stocked_quantity'] for level in made['location_levels'] if level['location_id'] == places[1]], [9])
    equal(shop.get(path)['count'], 2)
    equal(shop.ask('POST', path, {'location_id': places[1]})[0], 400)
    status, _, body = shop.ask('DELETE', path + '/' + places[1])
    equal((status, json.loads(body)['deleted']), (200, True))
    equal(shop.get(path)['count'], 1)
    equal(shop.ask('DELETE', path + '/' + places[1])[0], 404)


# ---- the limiter ------------------------------------------------------------------------------------

def careless_client_is_refused(program):
    # One token in a thousand seconds: what passes is the burst, however slow this machine is.
    with Shop(program, '--limit', '0.001/3', '--retry-after') as shop:
        answers = [shop.ask('GET', '/admin/stores') for _ in range(20)]
        equal([a[0] for a in answers], [200] * 3 + [429] * 17)
        assert 0 < int(answers[-1][1]['Retry-After']) <= 1000
        state = shop.state()
        equal((state['requests'], state['refused']), (20, 17))
        equal({e['refused'] for e in shop.log()}, {None, 'bucket'})
    with Shop(program, '--window', '4/1000') as shop:
        answers = [shop.ask('GET', '/admin/stores') for _ in range(9)]
        equal([a[0] for a in answers], [200] * 4 + [429] * 5)
        assert answers[-1][1]['Retry-After'] is None


def requests_at_once_are_counted(program):
    request = ('GET /admin/stores HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n%%s\r\n' % KEY)
    with Shop(program, '--concurrent', '2') as shop:
        held = []
        for n in range(2):
            link = socket.create_connection(('127.0.0.1', shop.port), 30)
            link.sendall((request % 'x-sim-fault: hang\r\n').encode())
            held.append(link)
            while shop.state()['in_flight'] < n + 1:
                pass
        equal(shop.ask('GET', '/admin/stores')[0], 429)
        held[0].close()
        while shop.state()['in_flight'] > 1:
            pass
        equal(shop.ask('GET', '/admin/stores')[0], 200)
        equal(shop.state()['most_in_flight'], 3)
        held[1].close()


# ---- the script and the log -------------------------------------------------------------------------

def script_counts(shop):
    def statuses(n, path='/admin/stores'):
        return [shop.ask('GET', path)[0] for _ in range(n)]
    shop.faults({'fault': '500', 'nth': 2})
    equal(statuses(4), [200, 500, 200, 200])
    shop.faults({'fault': '503', 'every': 3})
    equal(statuses(6), [200, 200, 503, 200, 200, 503])
    shop.faults({'fault': '429', 'first': 2, 'retry_after': '7'})
    equal(statuses(3), [429, 429, 200])
    shop.faults({'fault': '500', 'times': 1}, {'fault': '502', 'times': 1})
    equal(statuses(3), [500, 502, 200])
    shop.faults({'fault': '500', 'method': 'POST'}, {'fault': '502', 'path': '/admin/ord*'})
    equal(statuses(1) + statuses(1, '/admin/orders?limit=1') + statuses(1), [200, 502, 200])
    shop.faults({'fault': '500', 'probability': 0.5})
    first = statuses(40)
    shop.faults({'fault': '500', 'probability': 0.5})
    assert statuses(40) == first and 5 < first.count(500) < 35
    fired = shop.get('/_sim/faults')['rules'][0]
    equal((fired['seen'], fired['fired']), (40, first.count(500)))
    for bad in ({'rules': [{'fault': 'nope'}]}, {'rules': [{'fault': '500', 'nht': 1}]}, {'rules': 1}):
        equal(shop.ask('POST', '/_sim/faults', bad)[0], 400)
    shop.ask('DELETE', '/_sim/faults')
    equal(statuses(2), [200, 200])


def status_page_says_what_it_is_told(shop):
    equal(shop.get('/_sim/status')['status']['indicator'], 'none')
    shop.post('/_sim/status', {'state': 'major_outage'})
    page = shop.get('/_sim/status')
    equal([one['status'] for one in page['components']], ['operational', 'major_outage'])
    equal(page['status'], {'indicator': 'critical', 'description': 'Major Service Outage'})
    shop.post('/_sim/status', {'state': 'html'})
    assert shop.ask('GET', '/_sim/status')[2].startswith(b'<html>')
    equal(shop.ask('POST', '/_sim/status', {})[0], 400)
    shop.post('/_sim/reset', {})
    equal(shop.get('/_sim/status')['components'][1]['status'], 'operational')


def log_tells(shop):
    shop.post('/_sim/reset', {})
    item, location, _ = level_of(shop, 'SKU-0001-0', 0)
    path = '%s/%s/location-levels/%s' % (ITEMS, item['id'], location)
    shop.post(path, {'stocked_quantity': 1})
    shop.ask('GET', '/admin/orders?limit=1', headers={'x-sim-fault': '500'})
    entries = shop.log()
    equal([(e['method'], e['status'], e['applied'], e['fault']) for e in entries[-2:]],
          [('POST', 200, 1, None), ('GET', 500, 0, '500')])
    stamps = [e['at_us'] for e in entries]
    assert stamps == sorted(stamps)
    equal(len(shop.get('/_sim/log?after=%d' % (len(entries) - 1))['entries']), 1)
    counts = shop.state()['by_path']
    equal(counts['POST %s/:id/location-levels/:id' % ITEMS], 1)
    equal(counts['GET /admin/orders'], 1)
    shop.post('/_sim/reset', {})
    equal((shop.state()['requests'], level_of(shop, 'SKU-0001-0', 0)[2]['stocked_quantity']), (0, 40))


def orders_move_on(shop):
    order = shop.get('/admin/orders?limit=1&fields=id,updated_at')['orders'][0]
    shop.post('/_sim/order', {'order_id': order['id'], 'kind': 9})
    after = shop.get('/admin/orders?fields=id,updated_at&updated_at[$gt]=2026-01-01&status=completed')['orders']
    assert order['id'] in [o['id'] for o in after]
    equal(shop.ask('POST', '/_sim/order', {'order_id': 'x', 'kind': 9})[0], 400)


# ---- faults -----------------------------------------------------------------------------------------

def json_fails(raw):
    try:
        json.loads(body_of(raw).decode())
    except ValueError:
        return True
    return False


def resets_and_hangs(shop):
    item, location, _ = level_of(shop, 'SKU-0005-0', 0)
    path = '%s/%s/location-levels/%s' % (ITEMS, item['id'], location)
    shop.post('/_sim/reset', {})

    def write(fault, n):
        before = shop.state()['applied']
        raw = shop.spoilt(fault, path, 'POST', b'{"stocked_quantity":%d}' % n)
        return raw, shop.state()['applied'] - before, int(level_of(shop, 'SKU-0005-0', 0)[2]['stocked_quantity'])
    start = write('chunked', 10)[2]
    equal(start, 10)
    equal(write('reset_before_commit', 11), (b'<RST>', 0, 10))
    equal(write('reset_after_commit', 12), (b'<RST>', 1, 12))
    equal(write('close_before_commit', 13), (b'', 0, 12))
    equal(write('close_after_commit', 14), (b'', 1, 14))
    raw, applied, stocked = write('500_after_commit', 15)
    equal((raw[:12], applied, stocked), (b'HTTP/1.1 500', 1, 15))
    raw, applied, stocked = write('500', 16)
    equal((raw[:12], applied, stocked), (b'HTTP/1.1 500', 0, 15))
    equal([e['status'] for e in shop.log() if e['fault'] == 'reset_after_commit'], [0])
    for fault, applied in (('hang', 0), ('hang_after_commit', 1)):
        before = shop.state()
        with socket.create_connection(('127.0.0.1', shop.port), 30) as link:
            body = b'{"stocked_quantity":20}'
            link.sendall(('POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\n'
                          'Content-Length: %d\r\nx-sim-fault: %s\r\n\r\n' % (path, KEY, len(body), fault)).encode() + body)
            while shop.state()['requests'] == before['requests']:
                pass
            link.setblocking(False)
            try:
                assert False, link.recv(1)
            except BlockingIOError:
                pass
        equal(shop.state()['applied'] - before['applied'], applied, fault)


def accepts_and_closes(shop):
    shop.faults({'fault': 'close_after_accept', 'first': 2})
    equal([shop.raw(b'GET /health HTTP/1.0\r\n\r\n', shut=True)[:12].replace(b'<RST>', b'') for _ in range(3)],
          [b'', b'', b'HTTP/1.1 200'])
    shop.faults()


def statuses_are_proxies_pages(shop):
    for fault, kind in (('502', b'text/html'), ('503', b'text/html'), ('500', b'application/json'), ('429', b'application/json')):
        raw = shop.spoilt(fault)
        assert raw.startswith(b'HTTP/1.1 ' + fault.encode()) and b'Content-Type: ' + kind in raw, raw[:200]
        assert b'Retry-After' not in raw
    for value in ('3', '1.5', 'Fri, 31 Dec 1999 23:59:59 GMT', 'soon', '-1'):
        shop.faults({'fault': '429', 'retry_after': value})
        equal(shop.ask('GET', '/admin/stores')[1]['Retry-After'], value)
    shop.faults()
    assert not shop.spoilt('garbage').startswith(b'HTTP/')


def delivery_is_broken(shop):
    good = shop.spoilt('none', '/admin/stores')
    equal(json.loads(body_of(good))['count'], 1)
    raw = shop.spoilt('truncated', '/admin/stores')
    length = int(re.search(rb'Content-Length: (\d+)', raw).group(1))
    equal((length, len(body_of(raw))), (len(body_of(good)), len(body_of(good)) // 2))
    raw = shop.spoilt('truncated_chunked', '/admin/stores')
    assert b'Transfer-Encoding: chunked' in raw and not raw.endswith(b'0\r\n\r\n')
    raw = shop.spoilt('no_length', '/admin/stores')
    assert b'Content-Length' not in raw and b'Transfer-Encoding' not in raw
    equal(body_of(raw), body_of(good))
    equal(len(re.search(rb'X-Big: (x+)', shop.spoilt('big_header', '/admin/stores')).group(1)), 200000)
    equal(body_of(shop.spoilt('slow', '/admin/stores')), body_of(good))
    shop.faults({'fault': 'drip', 'ms': 1, 'bytes': 100})
    equal(shop.ask('GET', '/admin/stores')[2], body_of(good))
    shop.faults()


def bodies_are_spoilt(shop):
    good = json.loads(body_of(shop.spoilt('none')))
    spoilt = {fault: shop.spoilt(fault) for fault in (
        'html', 'empty', 'bom', 'php_notice', 'wrong_type', 'trailing', 'invalid_utf8', 'deep', 'duplicate_keys',
        'numbers_as_strings', 'strings_as_numbers', 'null', 'missing', 'unknown_field', 'unknown_enum', 'bad_date',
        'bad_number', 'big')}
    for fault, raw in spoilt.items():
        assert raw.startswith(b'HTTP/1.1 200'), fault
        equal(int(re.search(rb'Content-Length: (\d+)', raw).group(1)), len(body_of(raw)), fault)
    read = {fault: json.loads(body_of(spoilt[fault])) for fault in (
        'wrong_type', 'duplicate_keys', 'numbers_as_strings', 'strings_as_numbers', 'null', 'missing', 'unknown_field',
        'unknown_enum', 'bad_date', 'bad_number', 'big')}
    assert body_of(spoilt['html']).startswith(b'<!DOCTYPE') and b'Content-Type: text/html' in spoilt['html']
    equal(body_of(spoilt['empty']), b'')
    assert body_of(spoilt['bom']).startswith(b'\xef\xbb\xbf{') and body_of(spoilt['php_notice']).startswith(b'<br />')
    assert b'Content-Type: text/html' in spoilt['wrong_type']
    equal(read['wrong_type'], good)
    for fault in ('html', 'empty', 'bom', 'php_notice', 'trailing', 'invalid_utf8'):
        assert json_fails(spoilt[fault]), fault
    equal(body_of(spoilt['deep'])[:12], b'{"deep":[[[[')
    assert len(body_of(spoilt['big'])) > 10000000
    first = {fault: document['orders'][0] for fault, document in read.items()}
    order = good['orders'][0]
    assert body_of(spoilt['duplicate_keys']).count(b'"id":null') > 3
    equal((first['numbers_as_strings']['total'], first['numbers_as_strings']['display_id']), (str(order['total']), '1'))
    equal(first['strings_as_numbers']['items'][0]['title'], 12345)
    equal((first['null']['id'], first['null']['total']), (None, order['total']))
    assert 'id' not in first['missing'] and first['missing']['total'] == order['total']
    equal({k: v for k, v in first['unknown_field'].items() if k != 'x_unheard_of'}.keys(), order.keys())
    equal((first['unknown_enum']['status'], first['unknown_enum']['id']), ('teleported', order['id']))
    equal(first['bad_date']['created_at'], 'yesterday at noon')
    equal(first['bad_number']['total'], float('inf'))


def rules_name_fields(shop):
    shop.faults({'fault': 'null', 'fields': 'currency_code,total'})
    order = shop.get('/admin/orders?limit=1&fields=id,currency_code,total')['orders'][0]
    assert order['currency_code'] is None and order['total'] is None and order['id']
    shop.faults({'fault': 'big', 'bytes': 1000})
    equal(len(shop.get('/admin/stores')['padding']), 1000)
    shop.faults({'fault': 'stuck_page'})
    pages = [shop.get('/admin/orders?limit=2&fields=id&offset=%d' % offset)['orders'] for offset in (0, 2)]
    equal(pages[0], pages[1])
    shop.faults()


# ---- HTTP -------------------------------------------------------------------------------------------

def http_is_spoken(shop):
    request = ('GET /health HTTP/1.1\r\nHost: x\r\n\r\n' * 3 + 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n').encode()
    equal(shop.raw(request).count(b'HTTP/1.1 200 OK'), 4)
    etag = shop.ask('GET', '/admin/stores')[1]['ETag']
    assert re.fullmatch(r'W/"[0-9a-f]+-[A-Za-z0-9+/]{27}"', etag)
    equal(shop.ask('GET', '/admin/stores', headers={'If-None-Match': etag})[0], 304)
    status, headers, body = shop.ask('HEAD', '/admin/stores')
    equal((status, body), (200, b''))
    assert int(headers['Content-Length']) > 100
    equal(shop.raw(b'nonsense\r\n\r\n')[:12], b'HTTP/1.1 400')
    equal(shop.raw(b'GET / HTTP/1.1\r\nX: ' + b'x' * 70000 + b'\r\n\r\n')[:12].replace(b'<RST>', b''), b'HTTP/1.1 431')
    equal(shop.raw(b'POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n')[:12], b'HTTP/1.1 413')
    body = b'{"email":"admin@example.test","password":"Sup3rsecret!"}'
    chunked = (b'POST /auth/user/emailpass HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n'
               b'Connection: close\r\n\r\n%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n' % (10, body[:10], len(body) - 10, body[10:]))
    assert b'"token"' in shop.raw(chunked)


def options_are_checked(program):
    for options in (['--port', 'x'], ['--port', '70000'], ['--limit', '5'], ['--nope'], ['--seed'], ['--faults', '/nonexistent']):
        done = subprocess.run([program] + options, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and done.stderr.startswith('shopsim: '), (options, done)
    done = subprocess.run([program, '--help'], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and '--with-parent' in done.stdout and 'reset_after_commit' in done.stdout
    with Shop(program) as shop:
        done = subprocess.run([program, '--port', str(shop.port)], capture_output=True, text=True, timeout=30)
        assert done.returncode == 1 and 'in use' in done.stderr, done
    with Shop(program, '--chunked') as shop:
        assert shop.ask('GET', '/admin/stores')[1]['Transfer-Encoding'] == 'chunked'


def many_stores_are_apart(program):
    """Addresses, data, faults, limits and logs."""
    with Shop(program, '--stores', '251', '--orders', '3', '--products', '3', '--limit', '0.0001/2') as shop:
        hosts = '127.0.0.1', '127.0.0.2', '127.0.1.1'  # the 1st, the 2nd and the last
        equal(shop.last, hosts[-1])
        told = [json.loads(shop.ask('GET', '/admin/orders?fields=email&limit=1', host=host)[2])['orders'][0]['id'] for host in hosts]
        assert len(set(told)) == 3, told
        shop.ask('POST', '/_sim/faults', {'rules': [{'fault': '500'}]}, host=hosts[1])
        equal([shop.ask('GET', '/admin/orders/x', host=host)[0] for host in hosts], [404, 500, 404])
        equal(shop.ask('GET', '/admin/orders/x', host=hosts[2])[0], 429)
        states = [json.loads(shop.ask('GET', '/_sim/state', host=host)[2]) for host in hosts]
        equal([(state['requests'], state['refused']) for state in states], [(2, 0), (2, 0), (3, 1)])
        try:
            shop.ask('GET', '/_sim/state', host='127.0.1.2')
        except OSError:
            return
        raise AssertionError('there is a store too many')


def cold_connections_end(program):
    with Shop(program, '--cold') as shop:
        equal(shop.ask('GET', '/admin/stores')[1]['Connection'], 'close')
        equal(shop.ask('GET', '/_sim/state')[1]['Connection'], 'keep-alive')
        with socket.create_connection(('127.0.0.1', shop.port), 30) as client:
            client.sendall(b'GET /admin/stores HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ' + KEY.encode() + b'\r\n\r\n')
            answer = b''
            while block := client.recv(65536):
                answer += block
        assert answer.startswith(b'HTTP/1.1 200'), answer[:100]


def ends_with_its_parent(program):
    shop = Shop(program)
    shop.process.stdin.close()
    equal(shop.process.wait(30), 0)
    shop.process.stdout.close()


def table_after(text, heading):
    """The rows of the first table of the manual after a line: a list of cells each."""
    body = text[text.index(heading):]
    body = body[body.index('\n|---'):].split('\n\n')[0]
    return [[cell.strip() for cell in row.strip('|').split('|')] for row in body.split('\n')[2:] if row.startswith('|')]


def quoted(cell):
    return re.findall(r'`([^`]+)`', cell)


def sections_of_help(program):
    """--help is printed from the parser's own tables."""
    text = subprocess.run([program, '--help'], capture_output=True, text=True, timeout=30).stdout
    blocks = re.split(r'^(?=\S)', text, flags=re.M)
    return [[line[2:] for line in block.split('\n')[1:] if line.startswith('  ')] for block in blocks]


def manual_is_what_the_parsers_take(program):
    text = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'README.md'), encoding='utf-8').read()
    options, providers, members, faults, auth_faults, desks = [one for one in sections_of_help(program) if one]
    equal(sorted(name for row in table_after(text, '\n## Options') for name in quoted(row[0])),
          sorted(' '.join(line[:36].split()) for line in options))
    equal(sorted(name for row in table_after(text, '| PROVIDER') for name in quoted(row[0])), sorted(providers))
    equal(sorted(name for row in table_after(text, '| member |') for name in quoted(row[0])),
          sorted(line.split()[0] for line in members))
    equal({name: ','.join(sorted(quoted(row[1]))) or '-' for row in table_after(text, '| fault |') for name in quoted(row[0])},
          {line.split()[0]: ','.join(sorted(line.split()[1].split(','))) for line in faults})
    unsaid = [line.split()[0] for line in auth_faults if '`%s`' % line.split()[0] not in text]
    assert len(auth_faults) > 10 and not unsaid, unsaid
    for line in desks:
        method, path = line.split()
        rows = [row for row in text.split('\n') if row.startswith('|') and re.search(r'`[A-Z]+ %s[`?]' % path, row)]
        assert [row for row in rows if '`%s %s' % (method, path) in row or '`%s`' % method in row], (method, path)


def rules_are_what_they_say(program):
    """Each member of the manual's does something; another status, too."""
    with Shop(program) as shop:
        shop.post('/_sim/faults', {'rules': [{'fault': '429', 'status': 430, 'retry_after': 'soon', 'times': 1}]})
        status, headers, _ = shop.ask('GET', '/admin/orders?limit=1')
        equal((status, headers['Retry-After']), (430, 'soon'))
        equal(shop.ask('GET', '/admin/orders?limit=1')[0], 200)
        equal(shop.ask('POST', '/_sim/faults', {'rules': [{'fault': '429', 'methods': 'GET'}]})[0], 400)


ON_ONE_SHOP = (errors_as_the_real_shop, keys_are_checked, fields_are_honoured, sums_are_exact, orders_are_in_every_state,
               products_are_varied, pages_are_complete, lists_filter_and_sort, writes_change_reads, bad_writes_change_nothing,
               batches_are_whole, levels_come_and_go, orders_move_on, script_counts, log_tells, resets_and_hangs,
               accepts_and_closes, statuses_are_proxies_pages, delivery_is_broken, bodies_are_spoilt, rules_name_fields,
               http_is_spoken)
ON_THEIR_OWN = (seed_decides, careless_client_is_refused, requests_at_once_are_counted, options_are_checked,
                many_stores_are_apart, cold_connections_end, ends_with_its_parent,
                manual_is_what_the_parsers_take, rules_are_what_they_say)


class Points:
    """Runs checks and prints TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, check, *arguments):
        self.count += 1
        try:
            check(*arguments)
            print('ok %d - %s' % (self.count, name), flush=True)
        except Exception:
            self.failed += 1
            print('not ok %d - %s' % (self.count, name))
            print('\n'.join('# ' + line for line in traceback.format_exc().split('\n')), flush=True)

    def end(self):
        print('1..%d' % self.count)
        return 1 if self.failed else 0


def main(program):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'shapes.json'), encoding='utf-8') as file:
        recorded = json.load(file)
    points = Points()
    with Shop(program, '--orders', '120') as shop:
        for name, exchange in recorded.items():
            points.check('as recorded: ' + name, holds_against_recording, shop, name, exchange)
        for check in ON_ONE_SHOP:
            shop.post('/_sim/reset', {})
            points.check(check.__name__, check, shop)
    for check in ON_THEIR_OWN:
        points.check(check.__name__, check, program)
    return points.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
