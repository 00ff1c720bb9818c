#!/usr/bin/env python3
"""test_deadlines.py - who waits and can not be served in time is told so at once, not when its time is up.

A shop bears one request at a time and holds it until the test says so.  The calls behind it have two minutes; the shop then
asks for five.  Nobody here waits for a minute (flow.PATIENCE_S), so an answer at all is an early one, however slow the machine is.
"""
import os
import shutil
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

WAITING, DEADLINE_S, PAUSE_S = 20, 120, 300


def slow_down():
    return 429, {'headers': {'Retry-After': str(PAUSE_S)}, 'records': {'type': 'too_many', 'message': 'slow down'}}


class Shop:
    """Requests for /x/...: held until it is let go, then answered as it was told.  For an order: held, and then
    the connection ends."""

    def __init__(self):
        self.player, self.free, self.answer, self.asked = Player(None), threading.Event(), (200, {}), 0
        self.order_free, self.orders_asked = threading.Event(), 0
        self.player.find = self.find

    def find(self, _, path):
        if '/orders/' in path:
            self.orders_asked += 1
            self.order_free.wait(flow.PATIENCE_S)
            return 'close', None
        if '/x/' not in path:
            return 404, {'type': 'not_found', 'message': 'nothing here'}
        self.asked += 1
        self.free.wait(flow.PATIENCE_S)
        return self.answer


class Call(threading.Thread):
    """One request through the gateway, raw if no path is given, which may wait for so long."""

    def __init__(self, name, deadline_s, path='/raw/admin/x/'):
        super().__init__()
        self.path, self.deadline_s, self.reply = '/v1/stores/s1%s%s' % (path, name), deadline_s, None
        self.start()

    def run(self):
        headers = {'Authorization': 'Bearer ' + key, 'Cartway-Timeout': str(self.deadline_s * 1000)}
        self.reply = flow.request(gateway.port, 'GET', self.path, None, headers)

    def end(self):
        self.join(flow.PATIENCE_S)
        assert self.reply, 'not answered: ' + self.path
        return self.reply


shop = gateway = key = None


def start():
    global shop, gateway, key
    shop, gateway = Shop(), flow.Gateway(grown=False, turned=True, options=['--attempt-ms', '120000'])
    gateway.init()
    gateway.start()
    status, answer, _ = gateway.admin('POST', '/stores', {
        'id': 's1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shop.player.port},
        'credentials': {'key': 'sk_1'}, 'allow_private': True})
    assert status == 201, answer
    for limit, body in (('open', {'amount': 1}), ('pace', {'mode': 'off'})):
        assert gateway.admin('PUT', '/stores/s1/limits/' + limit, body)[0] == 200
    status, answer, _ = gateway.admin('POST', '/apps', {'name': 'app', 'scopes': flow.ALL_SCOPES, 'stores': ['*']})
    assert status == 201, answer
    key = answer['data']['key']


def waiting():
    lane = next((one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 's1'), {'waiting': []})
    return sum(one['n'] for one in lane['waiting'])


def all_who_wait_are_told_when_the_shop_asks_for_a_long_pause():
    first = Call('first', DEADLINE_S)
    flow.until(lambda: shop.asked == 1, 'the shop was not asked')
    calls = [Call(n, DEADLINE_S) for n in range(WAITING)]
    flow.until(lambda: waiting() == WAITING, 'they do not wait')
    shop.answer = slow_down()
    shop.free.set()
    for call in calls:
        status, body, headers = call.end()
        assert status == 429 and body['code'] == 'lane_deadline' and body['retryable'] is True, (status, body)
        after_s = int(headers['Retry-After'])  # the same call then has two minutes again
        assert PAUSE_S - DEADLINE_S - flow.PATIENCE_S <= after_s <= PAUSE_S - DEADLINE_S + 1 and body['retry_after'] == after_s, body
    assert first.end()[0] == 429
    assert shop.asked == 1, shop.asked
    assert waiting() == 0


def the_lane_goes_on_after_the_pause():
    shop.answer = 200, {}
    gateway.turn(PAUSE_S)
    assert Call('later', DEADLINE_S).end()[0] == 200


def a_retry_is_told_what_its_call_may_wait():
    """Half of its time is over when it fails, and then the shop asks for a pause; the same call has all of its time again."""
    assert gateway.admin('PUT', '/stores/s1/limits/open', {'amount': 2})[0] == 200
    call = Call('o1', DEADLINE_S, '/orders/')
    flow.until(lambda: shop.orders_asked == 1, 'the shop was not asked')
    gateway.turn(DEADLINE_S // 2)
    shop.answer = slow_down()
    assert Call('pause', DEADLINE_S).end()[0] == 429
    shop.order_free.set()
    status, body, headers = call.end()
    assert (status, body['code']) == (429, 'lane_deadline'), body
    assert int(headers['Retry-After']) <= PAUSE_S - DEADLINE_S + 1 and shop.orders_asked == 1, body
    shop.answer = 200, {}
    gateway.turn(PAUSE_S)


if __name__ == '__main__':
    start()
    code = flow.run([all_who_wait_are_told_when_the_shop_asks_for_a_long_pause, the_lane_goes_on_after_the_pause,
                     a_retry_is_told_what_its_call_may_wait])
    shop.free.set()
    code = gateway.stop() or code
    shutil.rmtree(gateway.folder, ignore_errors=True)
    sys.exit(code)
