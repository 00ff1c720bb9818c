#!/usr/bin/env python3
"""The API over real sockets: what works, and what each kind of bad input is told."""
import json
import sys
import urllib.parse

from world import World, run, request, ALL_SCOPES

world = None


def expect(reply, status, code=None, says=()):
    got, body, headers = reply
    assert got == status, (got, body)
    if code:
        assert body['code'] == code, body
        assert body['status'] == status and isinstance(body['retryable'], bool), body
        assert headers['Content-Type'] == 'application/problem+json'
    for word in says:
        assert word in body.get('detail', ''), (word, body)
    return body


def lists_orders():
    body = expect(world.get('/v1/stores/s1/orders?limit=3'), 200)
    assert len(body['data']) == 3 and body['next'] and body['problems'] == []
    order = body['data'][0]
    assert order['object'] == 'order' and order['store'] == 's1' and order['platform'] == 'medusa'
    assert isinstance(order['totals']['total']['shop']['amount'], str)


def pages_hold_every_order_once():
    orders = world.all('/v1/stores/s1/orders?limit=7&fields=id')
    count = expect(world.get('/v1/stores/s1/orders/count'), 200)['data']['count']
    assert len(orders) == count == len({o['id'] for o in orders})


def pages_hold_every_product_once():
    products = world.all('/v1/stores/s1/products?limit=50&fields=id')
    count = expect(world.get('/v1/stores/s1/products/count'), 200)['data']['count']
    assert len(products) == count == len({p['id'] for p in products})


def pages_hold_every_stock_level_once():
    levels = world.all('/v1/stores/s1/inventory?limit=33')
    keys = {(level['inventory_item_id'], level['location_id']) for level in levels}
    assert len(levels) == len(keys) > 100


def gets_one_record_of_each_kind():
    for kind in 'orders', 'products', 'variants', 'locations':
        first = expect(world.get('/v1/stores/s1/%s?limit=1' % kind), 200)['data'][0]
        one = expect(world.get('/v1/stores/s1/%s/%s' % (kind, urllib.parse.quote(first['id'], safe=''))), 200)['data']
        assert one['id'] == first['id']


def lookups_are_remembered():
    level = next(one for one in world.all('/v1/stores/s1/inventory?limit=50') if one['sku'] and one['on_hand'])
    body = {'sku': level['sku'], 'location_id': level['location_id'], 'quantity': level['on_hand']}
    asked = []
    for _ in range(3):
        before = world.shop.state()['requests']
        expect(world.stock(body), 200)
        asked.append(world.shop.state()['requests'] - before)
    assert asked[1] == asked[2] == asked[0] - 1, asked  # the SKU's item is asked for once
    # a location that is not there: what was remembered is looked up once more before "not found" is believed
    before = world.shop.state()['requests']
    expect(world.stock({**body, 'location_id': 'sloc_none'}), 404, 'not_found')
    assert world.shop.state()['requests'] - before > 1
    text = request(world.gateway.port, 'GET', '/metrics')[1].decode()
    assert 'cartway_lookups_total{platform="medusa",from="memory"}' in text, text[:2000]


def several_stores_in_one_read():
    world.connect('s2', world.shop.port, world.shop.key)
    world.connect('closed', 1, 'sk_x')
    status, body, headers = world.get('/v1/orders?stores=s1,s2,closed,nowhere&limit=2&fields=id')
    assert status == 200 and [part['store'] for part in body['stores']] == ['s1', 's2', 'closed', 'nowhere'], body
    first, second, closed, nowhere = body['stores']
    assert first['status'] == second['status'] == 200 and len(first['data']) == len(second['data']) == 2
    assert first['data'][0]['store'] == 's1' and second['data'][0]['store'] == 's2' and first['problems'] == []
    assert closed['status'] == 502 and closed['error']['code'] == 'store_error' and closed['error']['store'] == 'closed'
    assert nowhere['status'] == 404 and nowhere['error']['code'] == 'not_found'
    assert 'calls=' in headers['Cartway-Upstream'] and 'calls=0' not in headers['Cartway-Upstream'], headers
    # `next` goes on where that store's part ended
    more = expect(world.get('/v1/stores/s2/orders?limit=2&fields=id&cursor=' + urllib.parse.quote(second['next'])), 200)
    assert not {o['id'] for o in more['data']} & {o['id'] for o in second['data']}


def several_stores_are_counted():
    one = expect(world.get('/v1/stores/s1/orders/count'), 200)['data']['count']
    body = expect(world.get('/v1/orders/count?stores=s1,s2'), 200)
    assert body['data']['count'] == 2 * one and [p['data']['count'] for p in body['stores']] == [one, one]


def several_stores_refuse():
    for query, word in (('', 'commas'), ('?stores=', 'commas'), ('?stores=s1,,s2', 'commas'), ('?stores=s1,s1', 'twice'),
                        ('?stores=' + ','.join('x%d' % i for i in range(51)), 'at most 50'), ('?stores=s1&cursor=x', 'cursor')):
        expect(world.get('/v1/orders' + query), 400, 'invalid_request', [word])
    # none succeeded: the first one's error, with all of them beside it
    body = expect(world.get('/v1/orders?stores=nowhere,closed'), 404, 'not_found')
    assert [part['status'] for part in body['stores']] == [404, 502], body
    body = expect(world.get('/v1/orders?stores=s1&limit=0'), 400, 'invalid_request', ['limit'])
    # an app's stores are looked at one by one
    key = world.app(['orders:read'], ['s2'])
    body = expect(world.get('/v1/orders?stores=s1,s2&limit=1', key=key), 200)
    assert [part['status'] for part in body['stores']] == [403, 200], body
    assert body['stores'][0]['error']['code'] == 'scope_missing'


def fields_choose():
    body = expect(world.get('/v1/stores/s1/orders?limit=1&fields=id,totals.total'), 200)
    order = body['data'][0]
    assert 'items' not in order and set(order['totals']) == {'total'}


def expand_adds_to_the_fields():
    plain = expect(world.get('/v1/stores/s1/orders?limit=1'), 200)['data'][0]
    body = expect(world.get('/v1/stores/s1/orders?limit=1&expand=items.quantities,payments'), 200)
    assert body['data'], body
    order = body['data'][0]
    assert 'payments' not in plain and 'quantities' not in plain['items'][0], plain
    assert set(plain) < set(order) and 'payments' in order and 'quantities' in order['items'][0], order
    order = expect(world.get('/v1/stores/s1/orders?limit=1&fields=number&expand=payments'), 200)['data'][0]
    assert 'payments' in order and 'number' in order and 'items' not in order, order
    for bad in 'expand=paiments', 'expand=payments,', 'expand=number.x':
        expect(world.get('/v1/stores/s1/orders?limit=1&' + bad), 400, 'invalid_request', ['expand: '])
    expect(world.get('/v1/stores/s1/orders/count?expand=payments'), 400, 'invalid_request', ['expand'])


def raw_record_beside_ours():
    order = expect(world.get('/v1/stores/s1/orders?limit=1&fields=id&include=raw'), 200)['data'][0]
    assert order['raw']['id'] == order['id']


def answers_say_what_they_cost():
    _, _, headers = world.get('/v1/stores/s1/orders?limit=1')
    assert headers['Cartway-Upstream'].startswith('calls=1;wait_ms='), headers
    assert headers['Cartway-Request-Id'].startswith('req_')


def raw_passes_through():
    status, body, _ = world.get('/v1/stores/s1/raw/orders?limit=1&fields=id')
    assert status == 200 and body == world.shop.admin('/orders?limit=1&fields=id'), body


def raw_does_not_climb():
    expect(world.get('/v1/stores/s1/raw/../_sim/state'), 400, 'invalid_request')
    expect(world.get('/v1/stores/s1/raw/%2e%2e/_sim/state'), 400, 'invalid_request')


def store_info_and_validation():
    info = expect(world.get('/v1/stores/s1'), 200)['data']
    assert info['object'] == 'store' and info['name']
    assert expect(world.call('POST', '/v1/stores/s1/validate'), 200)['data']['valid'] is True


def sets_stock_and_reads_back():
    level = expect(world.get('/v1/stores/s1/inventory?limit=1'), 200)['data'][0]
    where = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id']}
    body = expect(world.stock({'mode': 'set', 'quantity': 17, **where}), 200)['data']
    assert body['result']['after'] == 17 and body['result']['verified_at'] and body['guard'] == 'checked'
    body = expect(world.stock({'mode': 'delta', 'quantity': -3, **where}), 200)['data']
    assert body['result']['before'] == 17 and body['result']['after'] == 14
    body = expect(world.stock({'mode': 'compare_and_set', 'quantity': 20, 'expected': 14, **where}), 200)['data']
    assert body['result']['after'] == 20
    expect(world.stock({'mode': 'compare_and_set', 'quantity': 1, 'expected': 14, **where}), 412,
           'precondition_failed', ['expected 14', 'found 20'])
    levels = world.shop.admin('/inventory-items/%s/location-levels' % where['inventory_item_id'])['inventory_levels']
    assert [x['stocked_quantity'] for x in levels if x['location_id'] == where['location_id']] == [20]


def sets_stock_by_sku():
    level = [x for x in world.all('/v1/stores/s1/inventory?limit=100') if x.get('sku')][0]
    body = expect(world.stock({'sku': level['sku'], 'location_id': level['location_id'], 'quantity': 5}), 200)['data']
    assert body['inventory_item_id'] == level['inventory_item_id'] and body['result']['after'] == 5


# ---- bad input -------------------------------------------------------------------------------------------


def unknown_path_method_and_store():
    expect(world.get('/v1/nothing'), 404, 'not_found', ['/openapi.json'])
    status, body, headers = world.call('PUT', '/v1/stores/s1/orders')
    assert status == 405 and body['code'] == 'method_not_allowed' and headers['Allow'] == 'GET, POST'
    expect(world.get('/v1/stores/nope/orders'), 404, 'not_found', ['nope'])


def unknown_id():
    body = expect(world.get('/v1/stores/s1/orders/order_nope'), 404, 'not_found')
    assert body['upstream']['status'] == 404 and body['store'] == 's1'


def keys():
    path = '/v1/stores/s1/orders'
    port = world.gateway.port
    status, body, headers = request(port, 'GET', path)
    assert status == 401 and body['code'] == 'key_invalid' and headers['WWW-Authenticate'] == 'Bearer'
    for bad in 'Basic abc', 'Bearer nonsense', 'Bearer ' + world.key[:-1] + ('A' if world.key[-1] != 'A' else 'B'):
        status, body, _ = request(port, 'GET', path, None, {'Authorization': bad})
        assert status == 401 and body['code'] == 'key_invalid', body
    expect(world.get(path, key=world.gateway.admin_key), 401, 'key_invalid')
    status, body, _ = world.gateway.admin('GET', '/stores', key=world.key)
    assert status == 401 and body['code'] == 'key_invalid'


def foreign_scope_and_store():
    key = world.app(['products:read'], ['*'])
    expect(world.get('/v1/stores/s1/orders', key=key), 403, 'scope_missing', ['orders:read'])
    key = world.app(ALL_SCOPES, ['another'])
    expect(world.get('/v1/stores/s1/orders', key=key), 403, 'scope_missing', ['s1'])


def limits():
    for bad in '0', '-1', '1000000000', 'x', '', '1.5', '251':
        expect(world.get('/v1/stores/s1/orders?limit=' + bad), 400, 'invalid_request', ['limit', '1 to 250'])


def unknown_parameters_and_fields():
    expect(world.get('/v1/stores/s1/orders?colour=red'), 400, 'invalid_request', ['colour'])
    expect(world.get('/v1/stores/s1/orders?fields=id,nonsense'), 400, 'invalid_request', ['nonsense'])
    expect(world.get('/v1/stores/s1/orders?limit=1&limit=2'), 400, 'invalid_request', ['twice'])
    expect(world.get('/v1/stores/s1/orders?updated_since=yesterday'), 400, 'invalid_request', ['updated_since'])
    expect(world.get('/v1/stores/s1/orders?fields=%zz'), 400, 'invalid_request')


def cursors():
    page = expect(world.get('/v1/stores/s1/orders?limit=2'), 200)
    good = page['next']
    for bad in 'x', good[:-2], good[:-1] + ('A' if good[-1] != 'A' else 'B'), 'A' * 5000:
        expect(world.get('/v1/stores/s1/orders?limit=2&cursor=' + bad), 400, 'cursor_invalid')
    expect(world.get('/v1/stores/s1/products?limit=2&cursor=' + good), 400, 'cursor_invalid')
    other = world.app(ALL_SCOPES, ['*'])
    expect(world.get('/v1/stores/s1/orders?limit=2&cursor=' + good, key=other), 400, 'cursor_invalid')
    expect(world.get('/v1/stores/s1/orders?limit=2&cursor=' + good), 200)


def bodies():
    path = '/v1/stores/s1/inventory'
    expect(world.call('POST', path, '{"mode":"set",\n  oops}'), 400, 'invalid_request', ['line 2'])
    expect(world.call('POST', path, '[]'), 400, 'invalid_request', ['object'])
    expect(world.call('POST', path), 400, 'invalid_request', ['nothing'])
    expect(world.call('POST', path, '{"a":1,"a":2}'), 400, 'invalid_request')
    status, body, _ = world.call('POST', path, 'x' * (1 << 20) + 'y')
    assert status == 413 and body['code'] == 'body_too_large', (status, body)


def stock_writes():
    good = {'mode': 'set', 'sku': 'A', 'location_id': 'l', 'quantity': 1}
    for change, word in (({'quantity': 'many'}, 'quantity'), ({'quantity': None}, 'quantity'), ({'quantity': 1.00001}, '4 decimals'),
                         ({'mode': 'sett'}, 'mode'), ({'expected': 3}, 'expected'), ({'colour': 'red'}, 'colour'),
                         ({'location_id': 7}, 'location_id'), ({'sku': ''}, 'sku'), ({'require': 'magic'}, 'require')):
        expect(world.stock({**good, **change}), 422, 'validation_failed', [word])
    expect(world.stock({'sku': 'A', 'quantity': 1}), 422, 'validation_failed', ['location_id'])
    expect(world.stock({'location_id': 'l', 'quantity': 1}), 422, 'validation_failed', ['sku'])
    expect(world.stock({**good, 'mode': 'compare_and_set'}), 422, 'validation_failed', ['expected'])
    expect(world.stock({**good, 'require': 'native'}), 501, 'unsupported')
    expect(world.stock({**good, 'sku': 'no-such-sku'}), 404, 'not_found')
    assert world.shop.state()['requests'] >= 0


def timeouts_header():
    for bad in '0', 'soon', '999999999':
        expect(world.get('/v1/stores/s1/orders', headers={'Cartway-Timeout': bad}), 400, 'invalid_request', ['Cartway-Timeout'])


# ---- administration -----------------------------------------------------------------------------------------


def jobs_are_refused_clearly():
    for path in '/v1/stores/s1/orders?limit=1', '/v1/orders?stores=s1', '/v1/stores/s1/raw/stores':
        reply = world.get(path, headers={'Prefer': 'wait=5, respond-async'})
        expect(reply, 501, 'unsupported', ['respond-async', 'Cartway-Timeout'])
    assert world.get('/v1/stores/s1/orders?limit=1', headers={'Prefer': 'return=minimal'})[0] == 200


def stores_are_checked():
    admin = world.gateway.admin
    good = {'id': 'x1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:1'}, 'credentials': {'key': 'sk_1'}}
    cases = (({'id': 'a b'}, 'id'), ({'id': ''}, 'id'), ({'platform': 'nope'}, 'nope'), ({'settings': {}}, 'site'),
             ({'settings': {'site': 'ftp://x'}}, 'site'), ({'settings': {'site': 'http://x', 'key': 'sk_'}}, 'credentials'),
             ({'settings': {'site': 7}}, 'site'), ({'credentials': {'nope': 'x'}}, 'nope'), ({'colour': 'red'}, 'colour'),
             ({'allow_private': 'yes'}, 'allow_private'))
    for change, word in cases:
        expect(admin('POST', '/stores', {**good, **change}), 422, 'validation_failed', [word])
    expect(admin('POST', '/stores', {**good, 'id': 's1'}), 409, 'conflict')
    expect(admin('GET', '/stores/x1'), 404, 'not_found')


def credentials_are_write_only():
    admin = world.gateway.admin
    secret = 'sk_canary_4711'
    body = {'id': 'c1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:1'}, 'credentials': {'key': secret}}
    assert admin('POST', '/stores', body)[0] == 201
    text = json.dumps([admin('GET', '/stores/c1')[1], admin('GET', '/stores')[1]])
    assert secret not in text and '"key"' in text
    expect(admin('PUT', '/stores/c1/credentials', {'credentials': {'key': 'not a key canary_4712'}}), 422, 'validation_failed')
    assert admin('PUT', '/stores/c1/credentials', {'credentials': {'key': secret + 'x'}})[0] == 200
    expect(world.get('/v1/stores/c1/orders'), 502, 'store_error')  # private address, and not allowed
    assert admin('DELETE', '/stores/c1')[0] == 200
    expect(admin('GET', '/stores/c1'), 404, 'not_found')
    world.gateway.stop()
    for name in ('log', 'data/cartway.db', 'data/cartway.db-wal'):
        try:
            with open(world.gateway.folder + '/' + name, 'rb') as file:
                found = file.read()
        except FileNotFoundError:
            continue
        assert b'canary_471' not in found and world.key.encode() not in found, name
    world.gateway.start()


def apps_are_checked():
    admin = world.gateway.admin
    for body in ({'scopes': ALL_SCOPES, 'stores': ['*']}, {'name': 'a', 'scopes': ['nope'], 'stores': ['*']},
                 {'name': 'a', 'scopes': [], 'stores': ['*']}, {'name': 'a', 'scopes': ALL_SCOPES, 'stores': 's1'}):
        expect(admin('POST', '/apps', body), 422, 'validation_failed')
    status, body, _ = admin('POST', '/apps', {'name': 'gone', 'scopes': ALL_SCOPES, 'stores': ['*']})
    key = body['data']['key']
    assert status == 201 and world.get('/v1/stores', key=key)[0] == 200
    assert admin('DELETE', '/apps/' + body['data']['id'])[0] == 204
    expect(world.get('/v1/stores', key=key), 401, 'key_invalid')


def listeners_are_apart():
    expect(world.get('/admin/v1/stores', key=world.gateway.admin_key), 404, 'not_found')
    status, _, _ = request(world.gateway.admin_port, 'GET', '/v1/stores', None, {'Authorization': 'Bearer ' + world.key})
    assert status == 404


def health_metrics_and_description():
    port = world.gateway.port
    assert request(port, 'GET', '/healthz')[1] == {'status': 'ok'}
    assert request(port, 'GET', '/readyz')[1] == {'status': 'ready'}
    expect(world.get('/v1/stores/s1/orders?limit=1'), 200)
    metrics = request(port, 'GET', '/metrics')[1].decode()
    assert 'cartway_calls_total{method="order.list",result="ok"}' in metrics
    document = request(port, 'GET', '/openapi.json')[1]
    assert document['openapi'] == '3.1.0' and '/v1/stores/{store}/orders' in document['paths']
    assert '/admin/v1/stores' in request(world.gateway.admin_port, 'GET', '/openapi.json')[1]['paths']


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, '__module__', '') == '__main__' and name not in ('expect',)]

if __name__ == '__main__':
    with World() as world:
        sys.exit(run(TESTS))
