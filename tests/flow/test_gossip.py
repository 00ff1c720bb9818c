#!/usr/bin/env python3
"""test_gossip.py - a shop that says nonsense of its limits, and one whose limits many want at once (gossip.c).

Whatever stands in a header, the lane goes on, and the log says what was not believed.  The log says so once a minute, so the
gateway's clock is turned between two words.  Who goes first is told by the order in which the shop was asked: it bears one
request at a time and holds the first until all wait, so no test depends on how fast anything is.
"""
import http.server
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

READS, WRITES, MINUTE_S = 430, 5, 61
LONG = 'x' * 7000
WORDS = '-5', 'NaN', 'Infinity', '1e400', 'soon', '0x10', '5, 7', '--', LONG
gateway = key = None


class Shop:
    """told: [(header, value)] of each answer; statuses: of the next answers, 200 behind them; asked: paths as they came."""

    def __init__(self):
        self.told, self.statuses, self.asked, self.held = [], [], [], None
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = 'HTTP/1.1', True

            def log_message(self, *_):
                pass

            def answer(self):
                self.rfile.read(int(self.headers.get('Content-Length') or 0))
                shop.asked.append(self.path)
                if shop.held:
                    shop.held.wait(flow.PATIENCE_S)
                self.send_response(shop.statuses.pop(0) if shop.statuses else 200)
                for name, value in shop.told:
                    self.send_header(name, value)
                body = b'{"id":"%s"}' % self.path.rpartition('/')[2].encode()
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = answer

        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        server.handle_error = lambda *_: None
        server.daemon_threads = True
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()


shop = Shop()


def start():
    global gateway, key  # pylint: disable=global-statement
    gateway = flow.Gateway(plugins=['gossip'], turned=True)
    gateway.init()
    gateway.start()
    for name in 'told', 'refused', 'crowded':
        flow.connect(gateway, {'id': name, 'platform': 'gossip', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port},
                               'credentials': {'key': 'k'}, 'allow_private': True})
    key = gateway.app()


def call(name, path='/locations/p1', body=None, timeout_ms=30000):
    return flow.request(gateway.port, 'PATCH' if body else 'GET', '/v1/stores/%s%s' % (name, path), body,
                        {'Authorization': 'Bearer ' + key, 'Cache-Control': 'no-cache', 'Cartway-Timeout': str(timeout_ms)})


def complaints():
    return [line for line in gateway.lines() if line.get('event') == 'limit']


def lane(name):
    return next((one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == name), None)


def limit(name, of):
    return next(one for one in lane(name)['limits'] if one['limit'] == of)


def said(header, value):
    """What the log says of one answer with that header; the lane goes on."""
    before = complaints()
    shop.told = [(header, value)]
    assert call('told')[0] == 200, (header, value[:40])
    shop.told = []
    new = complaints()[len(before):]
    gateway.turn(MINUTE_S)
    assert call('told')[0] == 200, (header, value[:40])
    return [(line['problem'], line['found']) for line in new]


# ---- what a shop says

def nonsense_in_each_header_is_told_and_ignored():
    more = {'X-Size': ('0', '0.4', '9' * 20), 'X-Per': ('0', '9' * 20), 'X-Rate': ('0', '9' * 20), 'X-Burst': ('0', '9' * 20),
            'X-Reset-In': ('9' * 20, '99999999999'), 'X-Reset-At': ('1', '99999999999', '9' * 20), 'X-Left': (), 'X-Level': ()}
    for header, values in more.items():
        for value in WORDS + values:
            found = said(header, value)
            assert len(found) == 1 and found[0][0] == 'header:' + header, (header, value[:40], found)
            assert found[0][1] and value.startswith(found[0][1].rstrip('.…')[:40]), (header, value[:40], found)
    assert limit('told', 'hour')['most'] == 2000 and limit('told', 'drip')['most'] == 1000, lane('told')


def each_store_is_told_of_but_once_a_minute():
    gateway.turn(MINUTE_S)
    before = complaints()
    shop.told = [('X-Left', 'many')]
    for name in 'told', 'refused', 'told', 'refused':
        assert call(name)[0] == 200, name
    shop.told = []
    assert [line['store'] for line in complaints()[len(before):]] == ['told', 'refused'], complaints()[len(before):]
    gateway.turn(MINUTE_S)


def a_header_that_is_empty_says_nothing():
    for header in 'X-Left', 'X-Size', 'X-Per', 'X-Rate', 'X-Burst', 'X-Reset-In', 'X-Reset-At', 'X-Level':
        assert not said(header, ''), header


def the_first_of_two_words_counts():
    gateway.turn(7200)
    shop.told = [('X-Left', '1500'), ('X-Left', '3')]
    assert call('told')[0] == 200
    assert 1400 < limit('told', 'hour')['left'] <= 1500, limit('told', 'hour')
    shop.told = []


def what_is_more_than_the_limit_is_all_of_it():
    gateway.turn(7200)
    assert not said('X-Left', '9' * 20)
    assert limit('told', 'hour')['left'] <= 2000


def an_end_that_never_comes_is_the_windows_own():
    shop.told = [('X-Left', '0'), ('X-Reset-In', '9999999999')]
    assert call('told')[0] == 200
    shop.told = []
    status, body, headers = call('told')
    assert status == 429 and body['code'] == 'lane_deadline' and 0 < int(headers['Retry-After']) <= 3700, (body, headers)
    gateway.turn(2 * 3700)
    assert call('told')[0] == 200


def a_lane_says_when_one_more_could_go():
    gateway.turn(2 * 3700)
    shop.told = [('X-Left', '0'), ('X-Reset-In', '600')]
    assert call('told')[0] == 200
    shop.told = []
    assert limit('told', 'hour')['left'] == 0 and 590000 < lane('told')['eta_ms'] < 610000, lane('told')
    usage = gateway.admin('GET', '/usage?by=limit,store&store=told')[1]
    told = [row for row in usage['forecast'] if row['lane'] == 'told' and row['limit'] == 'hour']
    assert len(told) == 1 and told[0]['left'] == 0 and told[0]['per_hour'] > 0 and told[0]['exhausted_at'], usage
    gateway.turn(610)
    assert call('told')[0] == 200
    assert lane('told')['eta_ms'] == 0 and limit('told', 'hour')['left'] > 0, lane('told')


def retry_after(value, *more):
    """The shop refuses once; the answer of the call, and what the log says."""
    before, replies = complaints(), []
    shop.told, shop.statuses = [('Retry-After', value), *more], [429]
    caller = threading.Thread(target=lambda: replies.append(call('refused')))
    asked = len(shop.asked)
    caller.start()
    flow.until(lambda: len(shop.asked) > asked and (replies or lane('refused')['last_throttled_at']))
    shop.told = []
    gateway.turn(2)
    caller.join(flow.PATIENCE_S)
    found = [(line['problem'], line['found']) for line in complaints()[len(before):]]
    gateway.turn(MINUTE_S)
    for _ in range(12):  # one in ten may be tried again
        assert call('refused')[0] == 200, value[:40]
    return replies[0], found


def a_pause_of_thirty_years_is_a_minute():
    (status, body, headers), found = retry_after('1000000000')
    assert status == 429 and body['retryable'] and 25 <= int(headers['Retry-After']) <= 60, (body, headers)
    assert found == [('Retry-After: expected seconds up to a day or a date', '1000000000')], found


def a_pause_that_is_no_time_is_none():
    for value in WORDS:
        (status, _, _), found = retry_after(value)
        assert status == 200, (value[:40], status)  # tried again after our own pause
        assert len(found) == 1 and found[0][0].startswith('Retry-After: expected'), (value[:40], found)
    (status, _, _), found = retry_after('')
    assert status == 200 and not found, (status, found)  # it says nothing
    (status, _, _), found = retry_after('1', ('Retry-After', '1000000000'))
    assert status == 200 and not found, (status, found)  # the first counts


# ---- who wants it

def nobody_starves_by_weight():
    """Bulk has 5 of 100 at least and its writes weigh 10, reads 1, so a write comes after 200 reads, and no read waits for
    two writes.  All wait before the first goes."""
    shop.asked.clear()
    shop.held = threading.Event()
    paths = [('/products/w%d' % n, {'name': 'n'}) for n in range(WRITES)] + [('/locations/r%d' % n, None) for n in range(READS)]
    replies = []
    threads = [threading.Thread(target=lambda p=path, b=body: replies.append(call('crowded', p, b, 120000)[0])) for path, body in paths]
    threads[0].start()
    flow.until(lambda: shop.asked)
    for thread in threads[1:]:
        thread.start()
    flow.until(lambda: sum(lane('crowded')['queued'].values()) == len(paths) - 1)
    shop.held.set()
    for thread in threads:
        thread.join(flow.PATIENCE_S)
    assert replies == [200] * len(paths), replies
    order = ''.join('w' if path.startswith('/products/w') else 'r' for path in shop.asked if re.match('/p(roduct|lace)s/', path))
    waits = {}
    for row in gateway.admin('GET', '/attempts?store=crowded&limit=1000')[1]['data']:
        waits[row['class']] = max(waits.get(row['class'], 0), row['wait_ms'])
    print('# order: %s' % re.sub(r'(.)\1*', lambda run: '%d%s ' % (len(run[0]), run[1]), order))
    print('# worst waits, ms: %s' % waits)
    while_both = order[1:order.rindex('r') + 1]  # the first went alone
    assert len(order) == len(paths) and 2 <= while_both.count('w') < WRITES, order
    assert max(len(run) for run in while_both.split('w')) <= 201 and 'ww' not in while_both, order
    assert set(waits) == {'interactive', 'bulk'}, waits


TESTS = (nonsense_in_each_header_is_told_and_ignored, each_store_is_told_of_but_once_a_minute,
         a_header_that_is_empty_says_nothing, the_first_of_two_words_counts, what_is_more_than_the_limit_is_all_of_it,
         an_end_that_never_comes_is_the_windows_own, a_lane_says_when_one_more_could_go, a_pause_of_thirty_years_is_a_minute,
         a_pause_that_is_no_time_is_none, nobody_starves_by_weight)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway)
