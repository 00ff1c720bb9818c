#!/usr/bin/env python3
"""A shop that misbehaves: what the caller is told, and how often the shop was really asked."""
import http.server
import sys
import threading
import time

from world import World, request, run, until

world = None
store = None  # each test has one of its own: its lane, its retry budget
STOCK = '/admin/inventory-items/*/location-levels/*'


def orders(**more):
    return world.get('/v1/stores/%s/orders?limit=1&fields=id' % store, **more)


def with_fault(fault, **rule):
    world.shop.faults({'path': '/admin/orders*', 'fault': fault, **rule})


def expect(reply, status, code):
    got, body, _ = reply
    assert got == status and (code is None or body['code'] == code), (got, body)
    return body


def level():
    found = world.get('/v1/stores/%s/inventory?limit=1' % store)[1]['data'][0]
    return {'inventory_item_id': found['inventory_item_id'], 'location_id': found['location_id']}


def stock(body):
    return world.call('POST', '/v1/stores/%s/inventory' % store, body)


def on_its_own(number, test):
    def run_it():
        global store
        store = 'own%d' % number
        world.shop.faults()
        world.connect(store, world.shop.port, world.shop.key)
        test()
    run_it.__name__ = test.__name__
    return run_it


def applied():
    return world.shop.state()['applied']


def connections_that_the_shop_has_ended_cost_nothing():
    """Every second request meets a kept connection that ends: each time a fresh one is taken, whatever the budget of retries."""
    with_fault('reset_before_commit', every=2)
    for _ in range(30):
        assert orders()[0] == 200


def hanging_shop_is_a_timeout():
    with_fault('hang')
    body = expect(orders(headers={'Cartway-Timeout': '1500'}), 504, 'store_timeout')
    assert body['retryable'] is True


def dripping_shop_is_a_timeout():
    with_fault('drip')
    expect(orders(headers={'Cartway-Timeout': '1500'}), 504, 'store_timeout')


def early_close_is_tried_again():
    with_fault('close_before_commit', nth=1)
    expect(orders(), 200, None)


def half_an_answer_is_never_a_list():
    with_fault('truncated', nth=1)
    expect(orders(), 200, None)
    for fault in 'truncated', 'truncated_chunked':
        with_fault(fault)
        status, body, _ = orders(headers={'Cartway-Timeout': '4000'})
        assert status in (502, 504), (fault, status, body)


def what_is_not_json_is_never_a_list():
    for fault in 'html', 'empty', 'garbage':
        with_fault(fault)
        status, body, _ = orders(headers={'Cartway-Timeout': '4000'})
        assert status == 502 and body['code'] in ('store_unreadable', 'store_error'), (fault, status, body)


def ten_megabytes_are_too_much():
    with_fault('big')
    expect(orders(), 502, 'store_unreadable')


def oddities_are_read():
    for fault in 'bom', 'php_notice', 'wrong_type', 'unknown_field', 'invalid_utf8', 'no_length', 'chunked':
        with_fault(fault)
        status, body, _ = orders()
        assert status == 200 and len(body['data']) == 1, (fault, status, body)


def depth_bombs_are_refused():
    with_fault('deep')
    expect(orders(), 502, 'store_unreadable')


def drift_is_seen():
    with_fault('unknown_field')
    orders()
    rows = world.gateway.admin('GET', '/drift')[1]['data']
    assert any(row['kind'] == 'new_field' and row['adapter'] == 'medusa' for row in rows), rows


def throttled_shop_is_waited_for():
    with_fault('429', nth=1, retry_after='1')
    began = time.monotonic()
    expect(orders(), 200, None)
    assert time.monotonic() - began > 0.9


def a_limit_of_one_endpoint_slows_no_other():
    """Products are refused, and refused again when orders have passed in between."""
    def products(timeout_ms='3000'):
        return request(world.gateway.port, 'GET', '/v1/stores/%s/products?limit=1' % store, None,
                       {'Authorization': 'Bearer ' + world.key, 'Cartway-Timeout': timeout_ms})[0]

    def said():
        return [line for line in world.gateway.lines() if line.get('store') == store and 'for itself' in line.get('problem', '')]
    with_fault('429', path='/admin/products*')
    assert products() == 429 and not said()  # it may be of the whole shop
    assert [orders()[0] for _ in range(3)] == [200] * 3
    assert products() == 429
    assert [line['endpoint'] for line in said()] == ['product.list'], said()
    limits = next(one for one in world.gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == store)['limits']
    part = [one for one in limits if one['limit'].endswith("(an endpoint's part)")]
    assert [one['key'] for one in part] == [store + '/product.list'] and part[0]['pace_permille'] < 1000, limits
    assert orders()[0] == 200
    world.shop.faults()
    assert products('60000') == 200


def throttling_past_the_deadline_is_told():
    with_fault('429', retry_after='600')
    status, body, headers = orders(headers={'Cartway-Timeout': '2000'})
    assert status == 429 and body['code'] in ('store_throttled', 'lane_deadline'), body
    assert int(headers['Retry-After']) > 100, headers
    with_fault('429', nth=1000)


def broken_shop_is_an_error_of_the_shop():
    world.connect('s500', world.shop.port, world.shop.key)
    with_fault('500')
    body = expect(world.get('/v1/stores/s500/orders'), 502, 'store_error')
    assert body['upstream']['status'] == 500


def failing_shop_is_left_alone():
    other = 'well'
    world.connect(other, world.shop.port, world.shop.key)
    with_fault('500')
    answers = [orders() for _ in range(8)]
    told = [status for status, _, _ in answers]
    assert told[0] == 502 and told[-1] == 503, told
    status, body, headers = answers[-1]
    assert body['code'] == 'breaker_open' and body['retryable'] is True, body
    assert 0 < int(headers['Retry-After']) <= 30, headers
    world.shop.faults()
    before = world.shop.state()['requests']
    expect(orders(), 503, 'breaker_open')
    assert world.shop.state()['requests'] == before
    # another store of the same shop is not touched, and a changed store is tried anew
    assert world.get('/v1/stores/%s/orders?limit=1' % other)[0] == 200
    status, _, _ = world.gateway.admin('PATCH', '/stores/' + store, {
        'settings': {'site': 'http://127.0.0.1:%d' % world.shop.port}})
    assert status == 200 and orders()[0] == 200


def what_a_shop_refuses_does_not_close_it():
    """4xx are answers: ten in a row, where five failures would do."""
    for n in range(10):
        expect(world.get('/v1/stores/%s/orders/order_none%d' % (store, n)), 404, 'not_found')
    assert orders()[0] == 200


def a_firewall_that_shuts_us_out_is_left_alone():
    def lane():
        return next(one for one in world.gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == store)['breaker']

    def alerts():
        return [(one['store'], one['detail']) for one in world.gateway.admin('GET', '/alerts')[1]['data'] if one['kind'] == 'shut_out']
    with_fault('firewall')
    for n in range(3):
        assert n == 0 or lane()['state'] == 'closed'
        assert orders()[0] >= 400
    status, body, headers = orders()
    assert status == 503 and body['code'] == 'breaker_open' and 'shuts us out' in body['detail'], body
    assert 0 < int(headers['Retry-After']) <= 30, headers
    assert lane()['state'] == 'open' and lane()['shut_out'] is True, lane()
    until(lambda: alerts() and alerts()[0][0] == store, 'nobody is told')
    assert 'let us in' in alerts()[0][1], alerts()
    world.shop.faults()
    status, _, _ = world.gateway.admin('PATCH', '/stores/' + store, {
        'settings': {'site': 'http://127.0.0.1:%d' % world.shop.port}})
    assert status == 200 and orders()[0] == 200 and lane()['shut_out'] is False
    until(lambda: not alerts(), 'it never ends')


def wrong_key_is_reauth():
    world.connect('swrong', world.shop.port, 'sk_wrong')
    world.shop.faults()
    body = expect(world.get('/v1/stores/swrong/orders'), 424, 'store_reauth_required')
    assert body['upstream']['status'] == 401


def dead_shop_is_an_error_of_the_shop():
    world.connect('sdead', 1, 'sk_x')
    expect(world.get('/v1/stores/sdead/orders'), 502, 'store_error')


def a_shop_that_moved_is_not_followed():
    """Nobody is sent the store's credentials for a redirect; whoever wrote the address learns the right one, and no more of it."""
    class Moved(http.server.BaseHTTPRequestHandler):
        asked, where = 0, 'https://www.shop.example'

        def do_GET(self):  # noqa: N802
            Moved.asked += 1
            page = b'<html>Moved Permanently</html>'
            self.send_response(301)
            self.send_header('Location', Moved.where + self.path + '&key=' + self.headers['Authorization'])
            self.send_header('Content-Type', 'text/html')
            self.send_header('Content-Length', str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(('127.0.0.1', 0), Moved)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.connect('moved', server.server_address[1], 'sk_CANARYmoved')
    body = expect(world.get('/v1/stores/moved/orders?limit=1'), 502, 'store_unreadable')
    assert 'answered 301: https://www.shop.example; ' in body['detail'] and 'into the settings' in body['detail'], body
    assert body['upstream']['status'] == 301 and 'orders' not in str(body['upstream']) and Moved.asked == 1, (body, Moved.asked)
    Moved.where = 'https://sk_CANARYmoved.example'
    assert 'CANARY' not in str(world.get('/v1/stores/moved/orders?limit=1')[1])
    Moved.where = ''  # on the same host: nothing to be said of the address
    body = expect(world.get('/v1/stores/moved/orders?limit=1'), 502, 'store_unreadable')
    assert 'settings' not in body['detail'], body
    server.shutdown()
    server.server_close()


def unclear_write_is_sent_once_and_settled_by_reading():
    world.shop.faults()
    where = level()
    for fault in 'reset_after_commit', 'close_after_commit', '500_after_commit':
        before = applied()
        world.shop.faults({'method': 'POST', 'path': STOCK, 'fault': fault})
        status, body, _ = stock({'mode': 'set', 'quantity': 40 + before % 7, **where})
        assert status == 200 and body['data']['result']['verified_at'], (fault, status, body)
        assert applied() == before + 1, fault


def unclear_write_that_was_not_done_is_said_so():
    world.shop.faults()
    where = level()
    before = applied()
    world.shop.faults({'method': 'POST', 'path': STOCK, 'fault': 'reset_before_commit'})
    body = expect(stock({'mode': 'set', 'quantity': 77777, **where}), 504, 'outcome_unknown')
    assert body['retryable'] is False and applied() == before


def writes_to_one_level_do_not_cross():
    world.shop.faults()
    where = level()
    stock({'mode': 'set', 'quantity': 0, **where})
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(stock({'mode': 'delta', 'quantity': 1, **where})))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _, _ in replies] == [200] * 8
    assert sorted(body['data']['result']['after'] for _, body, _ in replies) == list(range(1, 9))


def killed_gateway_keeps_what_it_acknowledged():
    import signal
    world.shop.faults()
    world.connect('kept', world.shop.port, world.shop.key)
    world.gateway.stop(signal.SIGKILL)
    world.gateway.start()
    assert world.gateway.admin('GET', '/stores/kept')[0] == 200
    expect(world.get('/v1/stores/kept/orders?limit=1'), 200, None)


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, '__module__', '') == '__main__'
         and name not in ('orders', 'with_fault', 'expect', 'level', 'applied', 'stock', 'on_its_own', 'until')]

if __name__ == '__main__':
    with World() as world:
        sys.exit(run([on_its_own(number, test) for number, test in enumerate(TESTS)]))
