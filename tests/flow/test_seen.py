#!/usr/bin/env python3
"""What an administrator sees of the governor: lanes, usage, attempts."""
import os
import re
import sys
import threading

from world import World, request, run

world = None


def admin(path, status=200):
    got, body, _ = world.gateway.admin('GET', path)
    assert got == status, (path, got, body)
    return body


def lane(name):
    return next(one for one in admin('/lanes')['data'] if one['lane'] == name)


def usage(query=''):
    return admin('/usage?by=store,limit,app,class,method' + query)['data']


def an_attempt_is_one_row_in_log_and_list():
    status, _, headers = world.get('/v1/stores/s1/orders?limit=1')
    assert status == 200
    call = headers['Cartway-Request-Id']
    rows = admin('/attempts?call=' + call)['data']
    assert len(rows) == 1, rows
    row = rows[0]
    assert row['store'] == 's1' and row['endpoint'] == row['method'] == 'order.list' and row['class'] == 'order', row
    assert row['n'] == 1 and row['status'] == 200 and row['verdict'] == 'ok' and row['bytes'] > 100, row
    assert row['app'].startswith('app_') and row['code'] is None and row['waited_for'] is None, row
    logged = [line for line in world.gateway.attempts() if line['call'] == call]
    assert len(logged) == 1 and logged[0]['class'] == 'order' and logged[0]['n'] == 1, logged
    for name in ('store', 'endpoint', 'wire', 'status', 'verdict', 'wait_ms', 'took_ms', 'bytes'):
        assert logged[0][name] == row[name], (name, logged, row)


def a_retry_says_why_and_when():
    world.shop.faults({'fault': '500', 'path': '/admin/products*', 'first': 1})
    status, _, headers = world.get('/v1/stores/s1/products?limit=1')
    world.shop.faults()
    assert status == 200
    call = headers['Cartway-Request-Id']
    second, first = admin('/attempts?call=' + call)['data']
    assert first['n'] == 1 and first['verdict'] == 'again' and first['code'] == 'store_error' and first['status'] == 500, first
    assert first['again_ms'] >= 0 and second['n'] == 2 and second['verdict'] == 'ok', (first, second)
    logged = [line for line in world.gateway.attempts() if line['call'] == call]
    assert [(line['n'], line['verdict'], line.get('code')) for line in logged] == [(1, 'again', 'store_error'), (2, 'ok', None)], logged


def seconds():
    """What the metric knows of how long attempts took."""
    text = request(world.gateway.port, 'GET', '/metrics')[1].decode()
    return [line for line in text.splitlines() if line.startswith(('cartway_attempt_seconds_sum', 'cartway_attempt_seconds_count'))]


def what_cannot_be_asked_for_is_no_call():
    status, body, headers = world.get('/v1/stores/s1/orders/%2E%2E')
    assert status == 404 and 'was not asked' in body['detail'], body
    assert headers['Cartway-Upstream'].startswith('calls=0;'), headers


def what_was_never_sent_took_no_time():
    status, body, _ = world.gateway.admin('POST', '/stores', {
        'id': 'private', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % world.shop.port},
        'credentials': {'key': world.shop.key}})
    assert status == 201, body
    before = seconds()
    assert world.get('/v1/stores/private/orders/count')[0] >= 400
    assert seconds() == before, (before, seconds())
    rows = admin('/attempts?store=private')['data']
    assert rows and all(row['took_ms'] == 0 and row['status'] == 0 for row in rows), rows


def rows_hold_no_secrets():
    import json
    text = json.dumps([admin('/attempts?limit=1000'), admin('/lanes'), usage()])
    assert world.shop.key not in text and world.key not in text


def attempts_are_narrowed():
    world.connect('other', world.shop.port, world.shop.key)
    assert world.get('/v1/stores/other/orders/count')[0] == 200
    rows = admin('/attempts?store=other')['data']
    assert rows and all(row['store'] == 'other' for row in rows)
    assert len(admin('/attempts?limit=1')['data']) == 1
    for wrong in ('0', '1001', 'x', ''):
        admin('/attempts?limit=' + wrong, 400)


def usage_is_summed_and_survives_a_restart():
    world.connect('spent', world.shop.port, world.shop.key)
    for _ in range(3):
        assert world.get('/v1/stores/spent/orders/count')[0] == 200
    assert world.get('/v1/stores/spent/products?limit=1')[0] == 200
    rows = {(row['limit'], row['method']): row for row in usage('&store=spent')}
    assert set(rows) == {('requests', 'order.count'), ('open', 'order.count'), ('requests', 'product.list'), ('open', 'product.list')}, rows
    row = rows['requests', 'order.count']
    assert row['cost'] == row['attempts'] == 3 and row['failed'] == 0 and row['class'] == 'order', row
    assert row['app'].startswith('app_'), row
    for _ in range(2):  # with what is in memory at the end
        assert world.get('/v1/stores/spent/orders/count')[0] == 200
    world.gateway.stop()
    world.gateway.start()
    assert world.get('/v1/stores/spent/orders/count')[0] == 200
    total = admin('/usage?by=method&limit=requests&method=order.count&store=spent')['data']
    assert total[0]['cost'] == 6 and list(total[0]) == ['object', 'method', 'cost', 'attempts', 'failed', 'wait_ms'], total
    hours = admin('/usage?by=hour,limit&store=spent')['data']
    assert all(row['hour'].endswith(':00:00.000Z') for row in hours), hours
    assert admin('/usage?until=2020-01-01T00:00:00Z')['data'] == []


def failures_are_counted_apart():
    world.connect('failing', world.shop.port, world.shop.key)
    world.shop.faults({'fault': '500', 'path': '/admin/orders*', 'first': 1})
    assert world.get('/v1/stores/failing/orders?limit=1')[0] == 200
    world.shop.faults()
    row = usage('&store=failing&limit=requests')[0]
    assert row['attempts'] == 2 and row['failed'] == 1, row


def nonsense_is_refused():
    for query in ('by=shop', 'by=hour,,store', 'since=yesterday', 'until=x', 'what=1'):
        admin('/usage?' + query, 400)


def a_lane_shows_its_limits_and_who_waits():
    world.connect('busy', world.shop.port, world.shop.key)
    world.shop.faults({'fault': 'slow', 'ms': 1500, 'path': '/admin/orders*'})
    threads = [threading.Thread(target=world.get, args=('/v1/stores/busy/orders?limit=%d' % n,)) for n in range(1, 14)]  # equal ones would share
    for thread in threads:
        thread.start()
    while True:
        lanes = [one for one in admin('/lanes')['data'] if one['lane'] == 'busy']
        if lanes and lanes[0]['out'] == 10 and lanes[0]['queued']['order'] == 3:
            break
    seen = lanes[0]
    for thread in threads:
        thread.join()
    world.shop.faults()
    assert len(seen['waiting']) == 1 and seen['waiting'][0]['class'] == 'order' and seen['waiting'][0]['n'] == 3, seen
    assert seen['waiting'][0]['app'].startswith('app_') and seen['breaker']['state'] == 'closed', seen
    limit = seen['limits'][0]
    assert limit['limit'] == 'open' and limit['kind'] == 'open' and limit['most'] == 10 and limit['left'] == 0, limit
    assert seen['last_throttled_at'] is None and seen['eta_ms'] >= 0, seen
    waited = [row for row in admin('/attempts?store=busy')['data'] if row['wait_ms'] > 500]
    assert len(waited) == 3 and any(row['waited_for'] == 'open' for row in waited), waited


def a_429_is_remembered_by_the_lane():
    world.connect('slowed', world.shop.port, world.shop.key)
    world.shop.faults({'fault': '429', 'path': '/admin/orders*', 'first': 1, 'retry_after': '1'})
    assert world.get('/v1/stores/slowed/orders?limit=1')[0] == 200
    world.shop.faults()
    seen = lane('slowed')
    assert seen['last_throttled_at'] and seen['limits'][0]['last_throttled_at'] == seen['last_throttled_at'], seen
    assert seen['limits'][0]['pace_permille'] < 1000, seen


def an_open_breaker_is_shown():
    world.connect('broken', 1, 'sk_x')
    for _ in range(3):
        world.get('/v1/stores/broken/orders?limit=1')
    seen = lane('broken')
    assert seen['breaker']['state'] == 'open' and seen['breaker']['wait_ms'] > 0, seen


# ---- explain=1

def explained(method, path, body=None, status=200):
    """Asked with explain=1: the shop hears nothing of it."""
    before = world.shop.state()['requests']
    got, answer, headers = world.call(method, path + ('&' if '?' in path else '?') + 'explain=1', body)
    assert got == status, (path, got, answer)
    assert world.shop.state()['requests'] == before, path
    assert status != 200 or headers['Cartway-Upstream'].startswith('calls=0;'), headers
    return answer['data'] if status == 200 else answer


def plan(answer):
    return [(step['role'], step['endpoint'], step['likely']) for step in answer['plan']]


def attempts_of(method, path, body=None):
    """How many the same call really takes."""
    before = world.shop.state()['requests']
    status, answer, _ = world.call(method, path, body)
    assert status in (200, 201, 204), (path, answer)
    return world.shop.state()['requests'] - before


def reads_are_explained():
    for path, name in (('/v1/stores/s1/orders?limit=3', 'order.list'), ('/v1/stores/s1/products/count', 'product.count'),
                       ('/v1/stores/s1', 'store.info'), ('/v1/stores/s1/inventory?limit=2', 'inventory.list')):
        answer = explained('GET', path)
        assert answer['object'] == 'explanation' and answer['method'] == name and answer['store'] == 's1', answer
        assert answer['wait_ms'] == 0 and answer['refusal'] is None and answer['waits_for'] is None, answer
        assert answer['attempts']['likely'] == attempts_of('GET', path) == 1, answer
        assert answer['cost'][0]['limit'] == 'open' and answer['cost'][0]['likely'] == 1 and answer['cost'][0]['left'] == 10, answer
    order = world.get('/v1/stores/s1/orders?limit=1&fields=id')[1]['data'][0]['id']
    assert plan(explained('GET', '/v1/stores/s1/orders/' + order)) == [('request', 'order.get', 1)]
    assert plan(explained('POST', '/v1/stores/s1/validate')) == [('request', 'store.validate', 1)]
    many = explained('GET', '/v1/stores/s1/orders?limit=250')  # pages of 100
    assert many['plan'][0] == {**many['plan'][0], 'role': 'page', 'least': 1, 'likely': 3, 'most': 5}, many


def a_stock_write_is_explained_and_validated():
    world.connect('stock', world.shop.port, world.shop.key)
    level = next(one for one in world.all('/v1/stores/stock/inventory?limit=50') if one['sku'] and one['on_hand'])
    body = {'mode': 'delta', 'sku': level['sku'], 'location_id': level['location_id'], 'quantity': 1}
    path = '/v1/stores/stock/inventory'
    answer = explained('POST', path, body)
    assert [step['role'] for step in answer['plan']] == ['lookup', 'read', 'write', 'read_back'], answer
    assert answer['class'] == 'inventory' and answer['attempts']['likely'] == attempts_of('POST', path, body), answer
    again = explained('POST', path, body)  # the SKU's item is remembered by now
    assert [step['role'] for step in again['plan']] == ['read', 'write', 'read_back'], again
    assert again['attempts']['likely'] == attempts_of('POST', path, body), again
    wrong = explained('POST', path, {**body, 'mode': 'guess'}, 422)
    assert wrong['code'] == 'validation_failed' and 'mode' in wrong['detail'], wrong
    batch = world.call('POST', path + '/batch?explain=1', {'items': [body, {'quantity': 1}]})[1]['data']
    assert batch[0]['data']['object'] == 'explanation' and batch[1]['status'] == 422, batch


def record_writes_are_explained_and_validated():
    order = world.get('/v1/stores/s1/orders?limit=1&fields=id')[1]['data'][0]['id']
    answer = explained('PATCH', '/v1/stores/s1/orders/' + order, {'customer': {'email': 'x@y.test'}})
    assert answer['method'] == 'order.update' and ('write', 'order.update', 1) in plan(answer) and answer['weight'] == 4, answer
    wrong = explained('PATCH', '/v1/stores/s1/orders/' + order, {'customer': {'email': 7}}, 422)
    assert wrong['errors'][0]['path'] == 'customer.email', wrong
    product = world.get('/v1/stores/s1/products?limit=1&fields=id')[1]['data'][0]['id']
    assert plan(explained('DELETE', '/v1/stores/s1/products/' + product)) == [('write', 'product.delete', 1)]
    assert world.get('/v1/stores/s1/products/' + product)[0] == 200


def several_stores_are_explained():
    answer = world.get('/v1/orders/count?stores=s1,nowhere&explain=1')[1]
    assert 'data' not in answer and answer['stores'][0]['data']['method'] == 'order.count', answer
    assert answer['stores'][1]['status'] == 404, answer


def what_cannot_be_done_is_told_as_ever():
    explained('GET', '/v1/stores/s1/orders?limit=0', None, 400)
    explained('GET', '/v1/stores/none/orders', None, 404)
    assert world.get('/v1/stores/s1/orders?explain=yes')[0] == 400


def a_wait_is_foreseen():
    world.connect('dead', 1, 'sk_x')
    for _ in range(3):
        world.get('/v1/stores/dead/orders?limit=1')
    answer = world.get('/v1/stores/dead/orders?limit=1&explain=1')[1]['data']
    assert answer['refusal'] == 'breaker_open' and answer['waits_for'] == 'breaker' and answer['wait_ms'] > 0, answer


def the_table_of_classes_is_the_codes():
    """docs/api.md says which method is of which class, and what it weighs."""
    with open(os.path.join(os.environ.get('CARTWAY_SOURCE', '.'), 'docs', 'api.md'), encoding='utf-8') as file:
        rows = re.findall(r'^\| (interactive|order|inventory|catalogue|bulk) \| (\d+) \| (\d+), (\d+) \|([\d %]*)\| (.*) \|$', file.read(), re.M)
    assert [row[0] for row in rows] == ['interactive', 'order', 'inventory', 'catalogue', 'bulk'], rows
    globs = {glob: row[0] for row in rows for glob in re.findall(r'`([a-z]+)\.\*`', row[5])}
    assert globs['order'] == 'order' and globs['store'] == 'interactive', globs
    methods = next(one for one in world.get('/v1/adapters')[1]['data'] if one['id'] == 'medusa')['methods']
    assert len(methods) > 20
    for method in methods:
        assert method['class'] == globs[method['method'].split('.')[0]], method
    weights = {row[0]: (int(row[2]), int(row[3])) for row in rows}
    product = world.get('/v1/stores/s1/products?limit=1&fields=id')[1]['data'][0]['id']
    for method, path, writes in (('GET', '/orders', 0), ('GET', '/products', 0), ('GET', '/inventory', 0), ('GET', '', 0),
                                 ('DELETE', '/products/' + product, 1), ('POST', '/orders/o/cancel', 1)):
        answer = explained(method, '/v1/stores/s1' + path)
        assert answer['weight'] == weights[answer['class']][writes], (path, answer, weights)


def alerts_are_listed():
    body = admin('/alerts')
    assert body['data'] == [] and body['next'] is None, body  # nothing has gone on for long enough
    text = request(world.gateway.port, 'GET', '/metrics')[1].decode()
    assert '# TYPE cartway_alerts gauge' in text and '# TYPE cartway_alerts_total counter' in text, text[:3000]


if __name__ == '__main__':
    world = World()
    code = 1
    try:
        code = run([an_attempt_is_one_row_in_log_and_list, a_retry_says_why_and_when, what_was_never_sent_took_no_time,
                    what_cannot_be_asked_for_is_no_call, rows_hold_no_secrets, attempts_are_narrowed,
                    usage_is_summed_and_survives_a_restart, failures_are_counted_apart, nonsense_is_refused,
                    a_lane_shows_its_limits_and_who_waits, a_429_is_remembered_by_the_lane, an_open_breaker_is_shown, reads_are_explained,
                    a_stock_write_is_explained_and_validated, record_writes_are_explained_and_validated, several_stores_are_explained,
                    what_cannot_be_done_is_told_as_ever, a_wait_is_foreseen,
                    the_table_of_classes_is_the_codes, alerts_are_listed])
    finally:
        world.close()
    sys.exit(code)
