#!/usr/bin/env python3
"""test_woocommerce.py - WooCommerce on plain HTTP (signed requests) and over TLS, and every behaviour of it that could hurt a caller.

The shop of this file checks each signature as class-wc-rest-authentication.php does, with code of its own, and answers
with what is under adapters/woocommerce/fixtures or what a test puts into `rules`.
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

FIXTURES = os.path.join(os.environ.get('CARTWAY_SOURCE', '.'), 'adapters', 'woocommerce', 'fixtures')
KEY, SECRET = 'ck_flow', 'cs_flow'
API = '/wp-json/wc/v3'


def fixture(name):
    with open(os.path.join(FIXTURES, name + '.json'), encoding='utf-8') as file:
        return json.load(file)


def body(name):
    return fixture(name)['response']['body']


def encode(text):
    return urllib.parse.quote(text, safe='-._~')


class Shop:
    def __init__(self, certificate=None):
        self.sent, self.rules, self.nonces, self.refused = [], [], set(), []
        self.keys = []  # as they came over TLS
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def answer(self):
                text = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                path, _, query = self.path.partition('?')
                wrong = shop.check(self.command, self.headers['Host'], path, query, self.headers)
                pairs = [p for p in urllib.parse.parse_qsl(query, keep_blank_values=True) if not p[0].startswith('oauth_')]
                shop.sent.append((self.command, path[len(API):], dict(pairs), json.loads(text) if text else None))
                status, document, headers = shop.find(self.command, path[len(API):] + '?' + query) if not wrong else (
                    401, {'code': 'woocommerce_rest_authentication_error', 'message': wrong, 'data': {'status': 401}}, {})
                if status == 'close':
                    self.close_connection = True
                    return
                raw = document.encode() if isinstance(document, str) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in {'Content-Type': 'application/json', 'Content-Length': str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_port
        self.is_tls = certificate is not None
        if self.is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, method, host, path, query, headers):
        """None, or the message of the 401."""
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        given = dict(pairs)
        if self.is_tls:
            self.keys.append((headers.get('Authorization'), given.get('consumer_key'), given.get('consumer_secret')))
            return 'signed over TLS' if 'oauth_signature' in given else None
        if headers.get('Authorization') or SECRET in query:
            return 'credentials over plain HTTP'
        if any(name.endswith('[]') for name, _ in pairs):
            return 'PHP would number this name'
        signed = '&'.join(sorted('%s=%s' % (encode(n), encode(v)) for n, v in pairs if n != 'oauth_signature'))
        text = '&'.join([method, encode('http://' + host + path), encode(signed)])
        mac = hmac.new((SECRET + '&').encode(), text.encode(), hashlib.sha256).digest()
        if given.get('oauth_consumer_key') != KEY:
            return 'Consumer key is invalid.'
        if given.get('oauth_signature') != base64.b64encode(mac).decode():
            self.refused.append(text)
            return 'Invalid signature - provided signature does not match.'
        if abs(int(given['oauth_timestamp']) - time.time()) > 900:
            return 'Invalid timestamp.'
        if given['oauth_nonce'] in self.nonces:
            return 'Invalid nonce - nonce has already been used.'
        self.nonces.add(given['oauth_nonce'])
        return None

    def find(self, method, target):
        for rule_method, pattern, status, document, headers in self.rules:
            if rule_method == method and re.search(pattern, target):
                return status, document, headers
        return 404, body('error_no_route'), {}

    def rule(self, method, pattern, status, document, **headers):
        self.rules.append((method, pattern, status, document, {k.replace('_', '-'): v for k, v in headers.items()}))

    def play(self, method, pattern, name):
        taken = fixture(name)['response']
        keep = {k: v for k, v in taken['headers'].items() if k in ('Link', 'X-WP-Total', 'X-WP-TotalPages')}
        self.rules.append((method, pattern, taken['status'], taken['body'], keep))

    def forget(self):
        self.sent.clear()
        self.rules.clear()

    def lines(self):
        return [(method, path) for method, path, _, _ in self.sent]


def certificate_of(folder):
    """Key and certificate of 127.0.0.1 in one file; None where there is no openssl to make it."""
    if not shutil.which('openssl'):
        return None
    key, crt, both = (os.path.join(folder, name) for name in ('key.pem', 'crt.pem', 'both.pem'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', crt],
                   check=True, capture_output=True)
    with open(both, 'wb') as out:
        for part in (key, crt):
            with open(part, 'rb') as file:
                out.write(file.read())
    return both


folder_of_keys = tempfile.mkdtemp(prefix='cartway-woo-')
certificate = certificate_of(folder_of_keys)
shop = Shop()
shop_over_tls = Shop(certificate) if certificate else None
gateway = flow.Gateway(plugins=('woocommerce',), options=('--ca-file', certificate) if certificate else ())
app_key = None


def start():
    global app_key  # pylint: disable=global-statement
    gateway.init()
    gateway.start()
    status, answer, _ = gateway.admin('POST', '/stores', {
        'id': 'w1', 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port},
        'credentials': {'key': KEY, 'secret': SECRET}, 'allow_private': True})
    assert status == 201, answer
    app_key = gateway.app()


def call(method, path, document=None):
    return flow.request(gateway.port, method, '/v1/stores/w1' + path, document, {'Authorization': 'Bearer ' + app_key})


def expect(answer, status, code=None):
    found, document, _ = answer
    assert found == status and (code is None or document['code'] == code), (found, document, shop.sent[-3:], shop.refused)
    return document


# ---- reading ------------------------------------------------------------------------------------------------


def a_list_is_asked_as_it_must_be():
    shop.forget()
    shop.play('GET', r'^/orders\?.*page=2', 'orders_past_end')
    shop.play('GET', r'^/orders\?', 'orders_page1')
    document = expect(call('GET', '/orders?limit=10&status=open,on_hold&updated_since=2026-11-01T00:00:00Z'
                           '&fields=number,items.sku,items.total,totals.total'), 200)
    assert len(document['data']) == 10 and document['next'], document
    method, path, query, _ = shop.sent[0]
    fields = set(query.pop('_fields').split(','))
    assert (method, path) == ('GET', '/orders')
    assert query == {'orderby': 'id', 'order': 'asc', 'per_page': '10', 'page': '1', 'dates_are_gmt': 'true',
                     'modified_after': '2026-10-31T23:59:59', 'status': 'processing,on-hold'}, query
    assert {'id', 'line_items', 'total'} <= fields and not any('.' in f for f in fields), fields
    document = expect(call('GET', '/orders?limit=10&status=open,on_hold&updated_since=2026-11-01T00:00:00Z'
                           '&fields=number,items.sku,items.total,totals.total&cursor=' + document['next']), 200)
    assert document['data'] == [] and document['next'] is None, document
    assert shop.sent[1][2]['page'] == '2'


def pages_keep_their_size():
    """Page 2 of another size would leave records out."""
    shop.forget()
    shop.play('GET', r'^/orders\?.*page=2', 'orders_last_page')
    shop.play('GET', r'^/orders\?', 'orders_page1')
    document = expect(call('GET', '/orders?limit=15&fields=number'), 200)
    assert [s[2]['per_page'] for s in shop.sent] == ['15', '15'] and len(document['data']) == 15, shop.sent
    document = expect(call('GET', '/orders?limit=3&fields=number&cursor=' + document['next']), 200)
    assert shop.sent[2][2]['per_page'] == '15' and len(document['data']) == 3, shop.sent[2]


def a_count_is_a_header():
    shop.forget()
    shop.play('GET', r'^/orders\?', 'orders_fields')
    assert expect(call('GET', '/orders/count'), 200)['data']['count'] == 60
    assert shop.sent[0][2]['per_page'] == '1' and shop.sent[0][2]['_fields'] == 'id'


def a_currency_is_asked_once():
    shop.forget()
    shop.play('GET', r'^/data/currencies/current', 'currency')
    shop.play('GET', r'^/products/25', 'product_simple')
    shop.play('GET', r'^/products/179', 'variation_as_product')
    for _ in range(2):
        document = expect(call('GET', '/products/25?fields=price,sku'), 200)
        assert document['data']['price'] == {'amount': '191.96', 'minor': 19196, 'currency': 'EUR'}, document
    assert [path for _, path in shop.lines()].count('/data/currencies/current') == 1
    assert expect(call('GET', '/variants/179?fields=price,product_id'), 200)['data']['product_id'] == '178'
    expect(call('GET', '/variants/25'), 404, 'not_found')
    expect(call('GET', '/products/179'), 404, 'not_found')


def variations_are_asked_where_there_are_some():
    shop.forget()
    simple, variable = body('product_simple'), body('product_variable')
    shop.rule('GET', r'^/products\?', 200, [simple, variable, dict(variable, id=179)], X_WP_Total='3')
    shop.play('GET', r'^/products/178/variations', 'variations')
    shop.rule('GET', r'^/products/179/variations', 200, body('shaped_variations_100'))
    document = expect(call('GET', '/products?fields=name,variants.sku,variants.price,variants.quantity_total'), 200)
    found = {p['id']: p['variants'] for p in document['data']}
    assert found['25'] == [] and len(found['178']) == 7 and len(found['179']) == 100, {k: len(v) for k, v in found.items()}
    assert found['178'][0]['price']['currency'] == 'EUR', found['178'][0]
    assert {'type', 'id', 'name'} == set(shop.sent[0][2]['_fields'].split(',')), shop.sent[0]
    assert len(shop.sent) == 3 and shop.sent[1][2]['per_page'] == '100', shop.sent
    assert set(shop.sent[1][2]['_fields'].split(',')) == {'sku', 'regular_price', 'stock_quantity'}, shop.sent[1]
    shop.sent.clear()
    expect(call('GET', '/products?fields=name'), 200)
    assert len(shop.sent) == 1
    shop.rules.insert(0, ('GET', '^/products/179/variations', 401, body('error_write_key_reading'), {}))
    expect(call('GET', '/products?fields=name,variants.sku'), 422, 'store_rejected')
    document = expect(call('GET', '/products?fields=name,variants.sku&partial=allow'), 200)
    assert [p['incomplete'] for p in document['data']] == [[], [], ['variants']], document['data'][2]


def a_hundred_products():
    """One page, and one request for each that has variations: as few as can be."""
    shop.forget()
    simple, variable = body('product_simple'), body('product_variable')
    shop.rule('GET', r'^/products\?', 200, [dict(variable if i < 40 else simple, id=1000 + i) for i in range(100)], X_WP_Total='100')
    shop.rule('GET', r'^/products/10..?/variations', 200, body('variations'))
    document = expect(call('GET', '/products?limit=100&fields=name,variants.sku,variants.quantity_total'), 200)
    assert len(document['data']) == 100 and sum(len(p['variants']) for p in document['data']) == 280
    print('# plan.calls woocommerce 100 products, 40 with variations: %d, least %d' % (len(shop.sent), 41))
    assert len(shop.sent) == 41, len(shop.sent)


def what_spoils_an_answer():
    shop.forget()
    notice = body('shaped_php_notice')
    shop.rule('GET', r'^/orders\?', 200, notice, X_WP_Total='60')
    document = expect(call('GET', '/orders?fields=status'), 200)
    assert len(document['data']) == 3, (len(document['data']), document['next'], shop.sent)
    shop.forget()
    shop.rule('GET', r'^/orders/1', 403, body('shaped_firewall'), Content_Type='text/html')
    shop.rule('GET', r'^/orders/2', 200, body('shaped_firewall'), Content_Type='text/html')
    shop.rule('GET', r'^/orders/3', 404, body('order_is_refund'))
    shop.rule('GET', r'^/orders/4', 401, body('error_write_key_reading'))
    shop.rule('GET', r'^/orders/5', 401, body('error_bad_secret'))
    expect(call('GET', '/orders/1'), 502, 'store_error')
    expect(call('GET', '/orders/2'), 502, 'store_unreadable')
    expect(call('GET', '/orders/3'), 404, 'not_found')
    expect(call('GET', '/orders/4'), 422, 'store_rejected')
    expect(call('GET', '/orders/5'), 424, 'store_reauth_required')
    shop.rule('GET', r'^/orders/6', 404, body('error_no_route'))
    expect(call('GET', '/orders/6'), 502, 'store_error')
    n = len(shop.sent)
    expect(call('GET', '/orders/none'), 404, 'not_found')
    assert len(shop.sent) == n, shop.sent[n:]


def what_is_not_there():
    for path in ('/locations', '/orders/1/fulfillments'):
        expect(call('GET', path), 501, 'unsupported')
    shop.forget()
    shop.play('GET', r'^/system_status', 'store_info')
    shop.play('GET', r'^/orders\?', 'orders_fields')
    assert expect(call('GET', ''), 200)['data'] is not None
    assert expect(call('POST', '/validate'), 200)


# ---- writing ------------------------------------------------------------------------------------------------


ORDER = {'items': [{'product_id': '999999', 'quantity': 1}]}


def an_order_is_placed():
    shop.forget()
    made = body('order_create')
    shop.play('POST', r'^/orders\?', 'order_create')
    shop.rule('GET', r'^/orders/%d\?' % made['id'], 200, made)
    document = expect(call('POST', '/orders', {'items': [{'product_id': '25', 'quantity': 2}]}), 201)
    assert document['data']['id'] == str(made['id']) and document['data']['number'] == made['number']
    assert shop.sent[0][:2] == ('POST', '/orders')
    mark = shop.sent[0][3].pop('meta_data')
    assert [m['key'] for m in mark] == ['_cartway_ref'] and len(mark[0]['value']) == 36, mark
    assert shop.sent[0][2:] == ({}, {'currency': 'EUR', 'line_items': [{'product_id': 25, 'quantity': 2}]}), shop.sent[0]
    assert shop.lines()[1:] == [('GET', '/orders/%d' % made['id'])]


def who_ordered():
    """The buyer's address for mail stands with the bill."""
    made = body('order_create')
    for ours, theirs in (({'customer': {'email': 'a@b.test'}}, {'email': 'a@b.test'}),
                         ({'billing_address': {'email': 'b@c.test', 'city': 'Bonn'}}, {'email': 'b@c.test', 'city': 'Bonn'}),
                         ({'customer': {'email': 'a@b.test'}, 'billing_address': {'email': 'b@c.test'}}, {'email': 'b@c.test'})):
        shop.forget()
        shop.play('POST', r'^/orders\?', 'order_create')
        shop.rule('GET', r'^/orders/%d\?' % made['id'], 200, made)
        expect(call('POST', '/orders', {'items': [{'product_id': '25', 'quantity': 2}], **ours}), 201)
        assert shop.sent[0][3]['billing'] == theirs, shop.sent[0]


def an_order_of_nothing_is_taken_back():
    shop.forget()
    made = body('order_create_unknown_product')
    shop.play('POST', r'^/orders\?', 'order_create_unknown_product')
    shop.rule('GET', r'^/orders/339\?', 200, made)
    shop.rule('DELETE', r'^/orders/339\?', 200, made)
    expect(call('POST', '/orders', ORDER), 422, 'store_rejected')
    assert shop.lines() == [('POST', '/orders'), ('GET', '/orders/339'), ('DELETE', '/orders/339')]
    assert shop.sent[2][2] == {'force': 'true'}
    shop.forget()
    shop.play('POST', r'^/orders\?', 'order_create_unknown_product')
    shop.rule('GET', r'^/orders/339\?', 200, made)
    shop.rule('DELETE', r'^/orders/339\?', 401, body('error_write_key_reading'))
    document = expect(call('POST', '/orders', ORDER), 502, 'partly_done')
    assert 'made is done and stands' in document['detail'], document


def a_lost_answer_is_not_repeated():
    shop.forget()
    shop.rule('POST', r'^/orders\?', 'close', '')
    shop.rule('GET', r'^/orders\?', 401, body('error_bad_key'))
    expect(call('POST', '/orders', ORDER), 504, 'outcome_unknown')
    assert set(shop.lines()) == {('POST', '/orders'), ('GET', '/orders')} and shop.lines().count(('POST', '/orders')) == 1, shop.lines()


def an_order_is_changed():
    shop.forget()
    shop.play('PUT', r'^/orders/338\?', 'order_update_completed')
    shop.rule('PUT', r'^/orders/999999\?', 400, body('order_update_missing'))
    document = expect(call('PATCH', '/orders/338', {'status': 'completed'}), 200)
    assert document['data']['status'] == 'completed'
    assert shop.sent[0] == ('PUT', '/orders/338', {}, {'status': 'completed'}), shop.sent[0]
    expect(call('PATCH', '/orders/999999', {'status': 'completed'}), 404, 'not_found')
    shop.forget()
    shop.play('PUT', r'^/orders/338\?', 'shaped_order_cancel')
    assert expect(call('POST', '/orders/338/cancel'), 200)['data']['status'] == 'cancelled'
    assert shop.sent[0][3] == {'status': 'cancelled'}
    expect(call('PATCH', '/orders/338', {'status': 'shipped', 'total': 3}), 422, 'validation_failed')
    expect(call('PATCH', '/orders/338', {'items': [{'product_id': '25', 'quantity': 1}]}), 422, 'validation_failed')


def what_is_cleared():
    shop.forget()
    shop.play('GET', r'^/data/currencies/current', 'currency')
    shop.play('PUT', r'^/orders/338\?', 'order_update_completed')
    shop.play('PUT', r'^/products/335\?', 'product_update_stock')
    expect(call('PATCH', '/orders/338', {'customer_note': None, 'billing_address': {'company': None}}), 200)
    assert shop.sent[-1][3] == {'customer_note': '', 'billing': {'company': ''}}, shop.sent[-1]
    expect(call('PATCH', '/products/335', {'price': None, 'dimensions': None, 'tags': [], 'quantity_total': None}), 200)
    assert shop.sent[-1][3] == {'regular_price': '', 'stock_quantity': None, 'tags': [],
                                'dimensions': {'length': '', 'width': '', 'height': ''}}, shop.sent[-1]


def a_refund():
    shop.forget()
    total = {'shop': {'amount': '76.14', 'currency': 'EUR'}}
    shop.rule('GET', r'^/orders/332\?', 200, {'id': 332, 'currency': 'EUR'})
    shop.play('POST', r'^/orders/332/refunds', 'shaped_refund_create')
    shop.play('GET', r'^/orders/332/refunds', 'refunds')
    document = expect(call('POST', '/orders/332/refunds', {'total': total, 'reason': '1 damaged', 'extra': {'api_refund': False}}), 201)
    assert document['data']['total']['shop']['minor'] == 7614 and document['data']['order_id'] == '332', document
    document = expect(call('GET', '/orders/332/refunds'), 200)
    assert document['data'][0]['items'][0]['order_item_id'] == '275', document
    wrong = {'shop': {'amount': '76.14', 'currency': 'USD'}}
    shop.sent.clear()
    expect(call('POST', '/orders/332/refunds', {'total': wrong}), 422, 'validation_failed')
    assert not [line for line in shop.lines() if line[0] == 'POST']
    shop.forget()
    shop.rule('GET', r'^/orders/338\?', 200, {'id': 338, 'currency': 'EUR'})
    shop.play('POST', r'^/orders/338/refunds', 'refund_too_much')
    document = expect(call('POST', '/orders/338/refunds', {'total': total}), 422, 'store_rejected')
    assert 'Invalid refund amount' in document['detail'] and shop.lines().count(('POST', '/orders/338/refunds')) == 1
    for _ in range(6): # a clear no is no failure of the shop, whatever its status
        expect(call('POST', '/orders/338/refunds', {'total': total}), 422, 'store_rejected')


def stock_of_a_variation_and_of_a_product():
    shop.forget()
    level = {'sku': 'VAR-001-R-S', 'quantity': 50, 'location_id': 'shop'}
    shop.rule('GET', r'^/products\?.*sku=VAR', 200, [{'id': 179, 'parent_id': 178}])
    shop.rule('GET', r'^/products\?.*sku=SIM', 200, [{'id': 25, 'parent_id': 0}])
    shop.rule('GET', r'^/products\?.*sku=TWO', 200, [{'id': 25, 'parent_id': 0}, {'id': 26, 'parent_id': 0}])
    shop.rule('GET', r'^/products\?.*sku=NONE', 200, [])
    shop.play('GET', r'^/products/179', 'variation_as_product')
    shop.play('PUT', r'^/products/178/variations/179', 'shaped_stock_of_variation')
    shop.play('GET', r'^/products/25', 'product_simple')
    shop.play('PUT', r'^/products/25', 'product_simple')
    document = expect(call('POST', '/inventory', level), 200)
    assert ('PUT', '/products/178/variations/179') in shop.lines(), shop.lines()
    assert [s[3] for s in shop.sent if s[0] == 'PUT'] == [{'stock_quantity': 50}], document
    before = len(shop.sent)
    expect(call('POST', '/inventory', dict(level, quantity=51)), 200)
    assert ('GET', '/products') not in shop.lines()[before:], 'the look-up is remembered'
    shop.sent.clear()
    expect(call('POST', '/inventory', {'sku': 'SIM-0007', 'quantity': 33, 'location_id': 'shop'}), 200)
    assert ('PUT', '/products/25') in shop.lines(), shop.lines()
    shop.sent.clear()
    expect(call('POST', '/inventory', dict(level, sku='TWO')), 422, 'validation_failed')
    expect(call('POST', '/inventory', dict(level, sku='NONE')), 404, 'not_found')
    expect(call('POST', '/inventory', dict(level, location_id='loft')), 422, 'validation_failed')
    assert not [line for line in shop.lines() if line[0] == 'PUT']


def levels_are_found_by_sku():
    shop.forget()
    shop.rule('GET', r'^/products\?.*sku=SIM', 200, body('shaped_levels'), X_WP_Total='1')
    level = expect(call('GET', '/inventory?sku=SIM-0007'), 200)['data'][0]
    assert (level['on_hand'], level['location_id'], level['inventory_item_id']) == (33, 'shop', '25'), level
    document = expect(call('GET', '/inventory'), 422, 'validation_failed')
    assert 'sku' in document['detail'], document


def stock_that_is_not_counted():
    shop.forget()
    shop.rule('GET', r'^/products\?.*sku=OPEN', 200, [{'id': 27, 'parent_id': 0}])
    shop.play('PUT', r'^/products/27', 'shaped_stock_not_counted')
    expect(call('POST', '/inventory', {'sku': 'OPEN', 'quantity': 5, 'location_id': 'shop'}), 422, 'store_rejected')


def products_are_made_and_removed():
    shop.forget()
    shop.play('GET', r'^/data/currencies/current', 'currency')
    shop.play('POST', r'^/products\?', 'product_create')
    document = expect(call('POST', '/products', {'name': 'API product', 'price': {'amount': '12.50', 'currency': 'EUR'}}), 201)
    assert document['data']['id'] == '335'
    assert document['data']['variants'] == [], document
    shop.play('PUT', r'^/products/178\?', 'product_variable')
    shop.rule('GET', r'^/products/178/variations', 401, body('error_write_key_reading'))
    document = expect(call('PATCH', '/products/178', {'name': 'Variable product 10'}), 200)
    assert document['data']['incomplete'] == ['variants'], 'a write that is done is never told as an error'
    expect(call('POST', '/products', {'name': 'x', 'price': {'amount': '1', 'currency': 'USD'}}), 422, 'validation_failed')
    shop.forget()
    shop.play('POST', r'^/products\?', 'product_create_sku_taken')
    expect(call('POST', '/products', {'name': 'dup', 'sku': 'SIM-0007'}), 409, 'conflict')
    shop.forget()
    shop.play('DELETE', r'^/products/335\?', 'product_delete')
    found, _, _ = call('DELETE', '/products/335')
    assert found in (200, 204) and shop.sent[0][2] == {'force': 'true'}, (found, shop.sent)
    shop.forget()
    shop.rule('GET', r'^/products/179\?', 200, body('shaped_lookup_parent'))
    shop.play('DELETE', r'^/products/178/variations/179\?', 'shaped_variant_delete')
    found, _, _ = call('DELETE', '/variants/179')
    assert found in (200, 204) and shop.lines()[-1] == ('DELETE', '/products/178/variations/179'), (found, shop.sent)


def raw_calls_are_signed():
    shop.forget()
    shop.rule('GET', r'^/data/x\?', 200, {'ok': True})
    shop.rule('POST', r'^/orders/7/notes\?', 201, {'id': 1})
    status, document, _ = call('GET', '/raw/data/x?b=2&a=%20c%2B&a=%C3%A9&a')
    assert status == 200 and document == {'ok': True}, (status, document, shop.refused)
    status, document, _ = call('POST', '/raw/orders/7/notes', {'note': 'hello'})
    assert status == 201 and shop.sent[-1][3] == {'note': 'hello'}, (status, document, shop.sent)


def over_tls_the_key_goes_along():
    if not shop_over_tls:
        print('# no openssl here: left out')
        return
    basic = 'Basic ' + base64.b64encode(('%s:%s' % (KEY, SECRET)).encode()).decode()
    shop_over_tls.play('GET', r'^/orders\?', 'orders_fields')
    for name, more, keys in (('w2', {}, (basic, None, None)), ('w3', {'auth': 'query'}, (None, KEY, SECRET))):
        status, answer, _ = gateway.admin('POST', '/stores', {
            'id': name, 'platform': 'woocommerce', 'settings': {'site': 'https://127.0.0.1:%d' % shop_over_tls.port, **more},
            'credentials': {'key': KEY, 'secret': SECRET}, 'allow_private': True})
        assert status == 201, answer
        status, answer, _ = flow.request(gateway.port, 'GET', '/v1/stores/%s/orders/count' % name, None,
                                         {'Authorization': 'Bearer ' + app_key})
        assert status == 200 and shop_over_tls.keys[-1] == keys, (answer, shop_over_tls.keys)


def no_signature_was_wrong():
    assert not shop.refused, shop.refused
    assert len(shop.nonces) > 30


if __name__ == '__main__':
    start()
    try:
        code = flow.run([
            a_list_is_asked_as_it_must_be, pages_keep_their_size, a_count_is_a_header, a_currency_is_asked_once, variations_are_asked_where_there_are_some, a_hundred_products, what_spoils_an_answer, what_is_not_there,
            an_order_is_placed, who_ordered, an_order_of_nothing_is_taken_back, a_lost_answer_is_not_repeated, an_order_is_changed, what_is_cleared, a_refund,
            stock_of_a_variation_and_of_a_product, levels_are_found_by_sku, stock_that_is_not_counted, products_are_made_and_removed, raw_calls_are_signed, over_tls_the_key_goes_along,
            no_signature_was_wrong])
    finally:
        gateway.stop()
        shutil.rmtree(folder_of_keys, ignore_errors=True)
    sys.exit(code)
