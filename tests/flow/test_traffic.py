#!/usr/bin/env python3
"""test_traffic.py - how often a shop is really asked: reads that share an attempt, answers that serve again, writes that
are never sent twice.

The shop is the toy's: it counts, and holds an answer back for as long as a test wants.  No test waits for a time to pass:
what is old comes with an `Age`, and who waits is counted in /metrics.
"""
import http.server
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402


class Shop:
    """asked: [(method, path with query, headers)].  answers: path without query -> (status, headers, document) or a
    function of the headers that gives it.  closed: how many of the next answers are a closed connection.
    levels: path below /stock/ -> on hand; sets: [(path, number)] as they came; negative numbers are refused, and the
    connection of `lost` is closed instead.  posts: several at once, [[(item, number)]]; what is refused is named in a 200,
    or with whole = 'named' refuses all in a 422, or with 'mute' does so without a name.
    variants: id -> what it is; those in `hidden` are in no list."""

    def __init__(self):
        self.asked, self.answers, self.held, self.closed = [], {}, None, 0
        self.levels, self.sets, self.lost, self.posts, self.whole = {}, [], None, [], None
        self.variants, self.hidden = {}, ()
        self.lock = threading.Lock()
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                with shop.lock:
                    shop.asked.append((self.command, self.path, dict(self.headers.items())))
                    held, close = shop.held, shop.closed > 0
                    shop.closed -= close
                    if self.path == '/stock':
                        shop.posts.append([(row['item'], row['n']) for row in json.loads(body)['rows']])
                        close = close or shop.lost in [n for _, n in shop.posts[-1]]
                    if self.command == 'PUT':
                        shop.sets.append((self.path[7:], json.loads(body)['n']))
                        close = close or shop.sets[-1][1] == shop.lost
                if held:
                    held.wait(flow.PATIENCE_S)
                if close:
                    self.close_connection = True
                    return
                found = shop.answers.get(self.path.partition('?')[0], (404, {}, {'message': 'not here'}))
                if self.path.startswith('/variants'):
                    found = shop.variant(*self.path[9:].partition('?ids=')[::2])
                if self.path == '/stock':
                    found = shop.many(json.loads(body)['rows'])
                if self.path.startswith('/stock/'):
                    found = shop.level(self.path[7:], json.loads(body)['n'] if body else None)
                status, more, document = found(self.headers) if callable(found) else found
                raw = b'' if status == 304 else document.encode() if isinstance(document, str) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header('Content-Type', 'application/json')
                if status != 304:
                    self.send_header('Content-Length', str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.handle_error = lambda *_: None
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def level(self, name, number):
        if number is not None and number < 0:
            return 422, {}, {'message': 'below zero'}
        with self.lock:
            if number is not None:
                self.levels[name] = number
            return 200, {}, {'n': self.levels.get(name, 0)}

    def variant(self, name, ids):
        if '/variants' in self.answers:
            return self.answers['/variants']
        if name:
            return (200, {}, self.variants[name[1:]]) if name[1:] in self.variants else (404, {}, {'message': 'not here'})
        ids = ids.partition('&')[0].replace('%2C', ',').split(',')
        return 200, {}, {'variants': [self.variants[i] for i in ids[::-1] if i in self.variants and i not in self.hidden], 'more': False}

    def many(self, rows):
        bad = [{'item': row['item'], 'error': 'below zero'} for row in rows if row['n'] < 0]
        if bad and self.whole:
            return 422, {}, {'rows': bad} if self.whole == 'named' else {'message': 'one of them'}
        for row in rows:
            self.level('%s/%s' % (row['item'], row['place']), row['n'])
        return 200, {}, {'rows': bad + [{'item': row['item']} for row in rows if row['n'] >= 0]}

    def hold(self):
        self.held = threading.Event()

    def let_go(self):
        held, self.held = self.held, None
        held.set()

    def count(self, path=None):
        with self.lock:
            return sum(1 for _, at, _ in self.asked if path is None or at.partition('?')[0] == path)


shop = Shop()
gateway = flow.Gateway(plugins=('toy',))
key = None
number = 0
store = None


def connect(name, port=None):
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': name, 'platform': 'toy', 'settings': {'site': 'http://127.0.0.1:%d' % (port or shop.port)},
        'credentials': {'key': 'k'}, 'allow_private': True})
    assert status == 201, body


def new_app():
    return gateway.app()


def call(path, method='GET', body=None, app=None, at=None, **headers):
    status, body, answer = flow.request(
        gateway.port, method, '/v1/stores/%s%s' % (at or store, path), body,
        {'Authorization': 'Bearer ' + (app or key), **{k.replace('_', '-'): v for k, v in headers.items()}})
    return status, body, answer


def says(answer):
    return dict(part.split('=') for part in answer[2]['Cartway-Upstream'].split(';'))


def ids(answer):
    return [record['id'] for record in answer[1]['data']]


def open_calls():
    for line in flow.request(gateway.port, 'GET', '/metrics')[1].decode().splitlines():
        if line.startswith('cartway_calls_open'):
            return int(line.split()[-1])
    return 0


class Crowd:
    """Calls at once: each in a thread of its own, waited for by the shop's and the gateway's own counts."""

    def __init__(self):
        self.answers, self.threads = [], []

    def add(self, path, **more):
        place, before = len(self.answers), open_calls()
        self.answers.append(None)

        def run():
            self.answers[place] = call(path, **more)
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        flow.until(lambda: open_calls() > before or self.answers[place])
        return self

    def end(self):
        for thread in self.threads:
            thread.join()
        return self.answers


def order(name, **headers):
    shop.answers['/orders/' + name] = 200, headers, {'id': name, 'number': name[1:]}
    return '/orders/%s?fields=id,number' % name


def places(**headers):
    shop.answers['/places'] = 200, {k.replace('_', '-'): v for k, v in headers.items()}, {
        'places': [{'id': 'p1', 'name': 'Hall'}], 'more': False}
    return '/locations?limit=5&fields=id,name'


# ---- one attempt for several ------------------------------------------------------------------------------------

def equal_reads_share_one_attempt():
    path = order('o7')
    shop.hold()
    crowd = Crowd()
    for _ in range(10):
        crowd.add(path)
    shop.let_go()
    answers = crowd.end()
    assert shop.count('/orders/o7') == 1, shop.asked
    assert all(status == 200 and body == answers[0][1] for status, body, _ in answers), answers
    assert sorted(says(a)['cache'] for a in answers) == ['miss'] + ['shared'] * 9
    assert sum(int(says(a)['calls']) for a in answers) == 1
    assert answers[-1][2]['Cache-Status'] == 'Cartway; fwd=uri-miss; collapsed', answers[-1][2]
    call(path)
    assert shop.count('/orders/o7') == 2  # it was shared, not kept


def pages_are_shared_and_go_on():
    shop.answers['/orders'] = lambda headers: (200, {}, {'orders': [{'id': 'o%d' % i} for i in range(5)], 'more': False})
    shop.hold()
    crowd = Crowd().add('/orders?limit=5&fields=id').add('/orders?limit=5&fields=id')
    shop.let_go()
    one, two = crowd.end()
    assert one[0] == two[0] == 200 and ids(one) == ids(two) == ['o0', 'o1', 'o2', 'o3', 'o4'], (one, two)
    assert shop.count('/orders') == 1


def what_differs_is_not_shared():
    path, other = order('o8'), order('o9')
    connect(store + 'b')
    second = new_app()
    shop.hold()
    crowd = Crowd().add(path)
    for more in ({}, {'app': second}, {'at': store + 'b'}):
        crowd.add(other if not more else path, **more)
    crowd.add('/orders/o8?fields=id')
    crowd.add(path, Cache_Control='no-cache')
    shop.let_go()
    assert [a[0] for a in crowd.end()] == [200] * 6
    assert shop.count() == 6, shop.asked


def raw_is_shared_without_a_body_only():
    shop.answers['/raw'] = 200, {}, {'ok': 1}
    shop.hold()
    crowd = Crowd().add('/raw/raw').add('/raw/raw').add('/raw/raw?a=1')
    flow.until(lambda: shop.count('/raw') == 2)
    for _ in range(2):
        crowd.add('/raw/raw', method='POST', body={'a': 1})
    shop.let_go()
    answers = crowd.end()
    assert [a[1] for a in answers] == [{'ok': 1}] * 5
    assert [says(a)['cache'] for a in answers[:3]] == ['miss', 'shared', 'miss'], answers
    assert sorted(m for m, _, _ in shop.asked) == ['GET', 'GET', 'POST', 'POST']


def a_read_after_a_write_does_not_join_one_from_before():
    path = order('o1')
    shop.answers['/raw'] = 200, {}, {}
    shop.hold()
    early = Crowd().add(path)
    flow.until(lambda: shop.count('/orders/o1') == 1)
    held, shop.held = shop.held, None
    assert call('/raw/raw', method='POST', body={})[0] == 200
    late = call(path)  # answered while the early one still waits
    assert late[0] == 200 and says(late)['cache'] == 'miss' and shop.count('/orders/o1') == 2
    held.set()
    assert early.end()[0][0] == 200


def who_leads_may_fail_alone():
    """Its time is over; the next one asks again, for all who wait."""
    path = order('o2')
    shop.hold()
    leader = Crowd().add(path, Cartway_Timeout='700')
    flow.until(lambda: shop.count('/orders/o2') == 1)
    others = Crowd().add(path).add(path)
    assert leader.end()[0][0] == 504
    flow.until(lambda: shop.count('/orders/o2') == 2)
    shop.let_go()
    answers = others.end()
    assert [a[0] for a in answers] == [200, 200] and sorted(says(a)['cache'] for a in answers) == ['miss', 'shared']
    assert shop.count('/orders/o2') == 2


def who_waits_keeps_its_own_time():
    path = order('o3')
    shop.hold()
    leader = Crowd().add(path)
    flow.until(lambda: shop.count('/orders/o3') == 1)
    status, body, _ = call(path, Cartway_Timeout='50')
    assert status == 504 and body['code'] == 'store_timeout' and 'equal request' in body['detail'], body
    shop.let_go()
    assert leader.end()[0][0] == 200 and shop.count('/orders/o3') == 1


def not_found_is_an_answer_for_all():
    shop.hold()
    crowd = Crowd()
    for _ in range(3):
        crowd.add('/orders/none?fields=id')
    shop.let_go()
    assert [a[0] for a in crowd.end()] == [404] * 3 and shop.count() == 1


# ---- answers that serve again -----------------------------------------------------------------------------------

def reference_data_is_kept():
    path = places()
    first, second = call(path), call(path)
    assert first[0] == second[0] == 200 and first[1]['data'] == second[1]['data'], (first, second)
    assert shop.count() == 1 and says(second) == {'calls': '0', 'wait_ms': '0', 'cache': 'hit'}, second
    assert first[2]['Cache-Status'] == 'Cartway; fwd=uri-miss; stored' and 'Age' not in first[2], first
    assert second[2]['Cache-Status'].startswith('Cartway; hit; ttl=') and int(second[2]['Age']) >= 0, second
    assert call('/locations?limit=4&fields=id,name')[0] == 200 and shop.count() == 2  # another page size


def never_across_stores_and_apps():
    path = places()
    connect(store + 'b')
    call(path)
    assert says(call(path, at=store + 'b'))['cache'] == 'miss'
    assert says(call(path, app=new_app()))['cache'] == 'miss'
    gateway.admin('PATCH', '/stores/' + store, {'settings': {'site': 'http://127.0.0.1:%d' % shop.port}})
    assert says(call(path))['cache'] == 'miss'  # the store is another one now
    assert gateway.admin('PUT', '/stores/%s/credentials' % store, {'credentials': {'key': 'k2'}})[0] == 200
    assert says(call(path))['cache'] == 'miss'  # another account, perhaps
    assert shop.count() == 5


def what_the_shop_says_counts():
    gone = 'Thu, 01 Dec 1994 16:00:00 GMT'
    for headers, kept in (({'Cache-Control': 'max-age=60'}, True), ({'Cache-Control': 'no-store'}, False),
                          ({'Cache-Control': 'private, max-age=60'}, True), ({'Cache-Control': 'no-cache'}, False),
                          ({'Cache-Control': 'max-age=0'}, False), ({'Cache-Control': 'max-age=60', 'Age': '61'}, False),
                          ({'Expires': gone}, False), ({'Expires': 'nonsense'}, False),
                          ({'Expires': 'Fri, 01 Jan 2100 00:00:00 GMT'}, True), ({'Pragma': 'no-cache'}, False),
                          ({'Vary': 'Accept'}, True), ({'Vary': '*'}, False), ({'Vary': 'Accept, Authorization'}, False),
                          ({'Vary': 'Accept', 'vary': 'Authorization'}, False), ({'Vary': 'Accept, *'}, False)):
        connect('%s-%d' % (store, len(shop.asked)))
        at, path, before = '%s-%d' % (store, len(shop.asked)), places(**headers), shop.count()
        answers = [call(path, at=at) for _ in range(2)]
        assert [a[0] for a in answers] == [200, 200]
        assert (shop.count() == before + 1) == kept, (headers, answers)


def what_the_caller_says_counts():
    path = places()
    call(path)
    for wish, asks in (('max-age=600', 0), ('max-age=0', 1), ('no-cache', 1), ('no-store', 1), ('nonsense, =, max-age=x', 0)):
        before = shop.count()
        assert call(path, Cache_Control=wish)[0] == 200
        assert shop.count() - before == asks, wish


def orders_are_kept_for_who_wants_that_only():
    path = order('o4')
    call(path)
    assert says(call(path))['cache'] == 'miss'
    assert says(call(path, Cache_Control='max-age=600'))['cache'] == 'miss'
    assert says(call(path, Cache_Control='max-age=600'))['cache'] == 'hit'
    assert says(call(path))['cache'] == 'miss' and shop.count() == 4


def a_stale_answer_is_asked_about():
    def answer(headers):
        if headers.get('If-None-Match') == '"v1"':
            return 304, {'ETag': '"v1"', 'Cache-Control': 'max-age=60'}, None
        return 200, {'ETag': '"v1"', 'Cache-Control': 'max-age=60', 'Age': '100'}, {'places': [{'id': 'p1', 'name': 'Hall'}],
                                                                                      'more': False}
    path = places()
    shop.answers['/places'] = answer
    first, second, third = [call(path) for _ in range(3)]
    assert first[1]['data'][0]['name'] == second[1]['data'][0]['name'] == 'Hall', (first, second)
    assert [a.get('If-None-Match') for _, _, a in shop.asked] == [None, '"v1"']
    assert second[2]['Cache-Status'] == 'Cartway; fwd=stale; fwd-status=304; stored' and says(second)['calls'] == '1', second
    assert says(third)['cache'] == 'hit' and ids(first) == ids(third) == ['p1']
    assert third[1]['data'][0]['observed_at'] == second[1]['data'][0]['observed_at']  # when the shop said so
    assert says(call(path, Cache_Control='no-cache'))['calls'] == '1'
    assert shop.asked[-1][2].get('If-None-Match') == '"v1"' and shop.count() == 3


def a_write_makes_old_what_it_may_have_changed():
    path = order('o5')
    shop.answers['/orders/o5/cancel'] = 200, {}, {'job': {'id': 'j1'}}
    shop.answers['/jobs/j1'] = 200, {}, {'job': {'id': 'j1', 'state': 'done'}, 'state': 'done'}
    fresh = {'Cache_Control': 'max-age=600'}
    reference = places()
    call(path, **fresh)
    call(reference)
    assert says(call(path, **fresh))['cache'] == 'hit' and says(call(reference))['cache'] == 'hit'
    shop.answers['/raw'] = 500, {}, {}
    call('/orders/o5/cancel?fields=id,number', method='POST', body={})
    assert says(call(path, **fresh))['cache'] == 'miss'
    assert call('/raw/raw', method='POST', body={})[0] == 500  # whatever it was that came of it
    assert says(call(path, **fresh))['cache'] == 'miss' and says(call(reference))['cache'] == 'miss'


def reference_data_outlives_writes_to_other_kinds():
    reference = places()
    shop.answers['/graphql'] = 200, {}, {'data': {'productUpdate': {'product': {'id': 'g1'}, 'userErrors': []},
                                                  'product': {'id': 'g1', 'title': 'T'}}}
    call(reference)
    assert call('/products/g1?fields=id', method='PATCH', body={'name': 'T'})[0] == 200
    assert says(call(reference))['cache'] == 'hit'


def a_shop_that_is_down_is_answered_for_where_that_is_allowed():
    path, strict = places(Cache_Control='max-age=60', Age='100'), order('o6', **{'Cache-Control': 'must-revalidate'})
    allowed = {'Cache_Control': 'max-age=600, stale-if-error=3600'}
    call(path)
    call(strict, **allowed)
    shop.answers['/places'] = shop.answers['/orders/o6'] = 503, {'Retry-After': '900'}, {}
    status, _, headers = answer = call(path, **allowed)
    assert status == 200 and headers['Cache-Status'].endswith('detail=store-down') and int(headers['Age']) >= 100, answer
    assert call(path)[0] in (429, 502, 503)  # who did not ask for it is told
    for _ in range(6):
        call('/orders/o6?fields=id')
    before = shop.count()
    status, body, _ = call(path)
    assert status == 503 and body['code'] == 'breaker_open', body
    answer = call(path, **allowed)
    assert answer[0] == 200 and says(answer) == {'calls': '0', 'wait_ms': '0', 'cache': 'hit'}, answer
    assert answer[1]['data'][0]['name'] == 'Hall' and shop.count() == before
    assert call(path, Cache_Control='stale-if-error=10')[0] == 503  # it is older than that
    assert call(strict, Cache_Control='max-age=0, stale-if-error=3600')[0] == 503  # the shop forbids it


def the_shop_may_allow_it_for_all():
    path = places(Cache_Control='max-age=60, stale-if-error=3600', Age='100')
    call(path)
    shop.answers['/places'] = 500, {}, {}
    assert call(path)[0] == 200


def a_page_in_place_of_an_answer_is_a_shop_that_is_down():
    path, allowed = places(Cache_Control='max-age=60', Age='100'), {'Cache_Control': 'max-age=600, stale-if-error=3600'}
    call(path)
    for page in '<!DOCTYPE html><title>Maintenance</title>', '\ufeff\r\n <html><h1>Back soon</h1></html>':
        shop.answers['/places'] = 200, {}, page
        status, body, headers = call(path, **allowed)
        assert status == 200 and body['data'][0]['name'] == 'Hall' and headers['Cache-Status'].endswith('detail=store-down'), body
        status, body, _ = call(path)
        assert status == 502 and body['code'] == 'store_unreadable', body  # who did not ask for it is told
    shop.closed = 1
    shop.answers['/places'] = 200, {}, {'halls': []}  # an answer of the shop, though not one that we understand
    status, body, _ = call(path, **allowed)
    assert status == 502 and body['code'] == 'store_unreadable', body


def nothing_of_it_is_on_the_disk():
    path = order('o-canary-4711')
    fresh = {'Cache_Control': 'max-age=600'}
    call(path, **fresh)
    assert says(call(path, **fresh))['cache'] == 'hit'
    for folder, _, names in os.walk(gateway.folder):
        for name in names:
            if not name.endswith('.so'):
                with open(os.path.join(folder, name), 'rb') as file:
                    assert b'canary-4711' not in file.read(), name


# ---- stock writes that become one ----------------------------------------------------------------------------------

def stock(quantity, item='a', **more):
    return {'inventory_item_id': item, 'location_id': 'here', 'quantity': quantity, **more}


def set_behind(crowd, *bodies):
    """One set is out and held; these come while it is."""
    shop.hold()
    crowd.add('/inventory', method='POST', body=stock(1))
    flow.until(lambda: shop.sets)
    for body in bodies:
        headers = body.pop('headers', {})
        crowd.add('/inventory', method='POST', body=body, **headers)
    shop.let_go()
    return crowd.end()


def outcome(answer):
    data = answer[1]['data']
    return data['quantity'], data['result']['after'], data.get('collapsed', False)


def batch(items):
    status, body, _ = call('/inventory/batch', method='POST', body={'items': items})
    assert status == 200, body
    return body['data']


def sets_of_one_level_become_the_last():
    answers = set_behind(Crowd(), stock(2), stock(3), stock(4))
    assert [n for _, n in shop.sets] == [1, 4], shop.sets
    assert [outcome(a) for a in answers] == [(1, 1, False), (2, 4, True), (3, 4, True), (4, 4, False)], answers
    assert [says(a)['cache'] for a in answers] == ['miss', 'miss', 'shared', 'shared'], answers
    assert [says(a)['calls'] for a in answers] == ['2', '2', '0', '0'], answers


def one_that_waits_for_the_shops_limits_takes_along():
    """Items of a batch are all there before the first is granted."""
    answers = batch([stock(n) for n in (5, 6, 7)] + [stock(8, item='b')] + [stock(9)])
    assert shop.posts == [[('a', 9), ('b', 8)]] and not shop.sets, (shop.posts, shop.sets)
    assert [outcome((0, a)) for a in answers] == [(5, 9, True), (6, 9, True), (7, 9, True), (8, 8, False), (9, 9, False)], answers


def what_may_not_become_one():
    second = new_app()
    for between, expected in (
            ([stock(2), stock(3, headers={'app': second}), stock(4)], [1, 2, 3, 4]),
            ([stock(2), stock(3, mode='delta'), stock(4)], [1, 2, 5, 4]),
            ([stock(2), stock(5, mode='compare_and_set', expected=2), stock(4)], [1, 2, 5, 4]),
            ([stock(3, mode='delta'), stock(3, mode='delta')], [1, 4, 7]),
            ([stock(2, reason='count'), stock(3), stock(4, reference='d1')], [1, 2, 3, 4]),
            ([stock(2, require='checked'), stock(3)], [1, 2, 3]),
            ([stock(2), stock(3, headers={'Cartway_Timeout': '29000'})], [1, 2, 3]),
            ([stock(2), stock(3, headers={'Cartway_Timeout': '60000'})], [1, 2, 3])):
        shop.sets.clear()
        answers = set_behind(Crowd(), *between)
        assert [a[0] for a in answers] == [200] * len(answers), answers
        assert [n for _, n in shop.sets] == expected, (between, shop.sets)
        assert not any(a[1]['data'].get('collapsed') for a in answers), answers


def other_levels_stand_apart():
    set_behind(Crowd(), stock(2), stock(3, item='b'), {**stock(4), 'location_id': 'there'}, stock(5))
    assert sorted(shop.sets) == [('a/here', 1), ('a/here', 5), ('a/there', 4), ('b/here', 3)], shop.sets


def what_the_shop_has_against_the_last_number_is_its_own():
    answers = set_behind(Crowd(), stock(2), stock(3), stock(-4), stock(-5))
    assert [n for _, n in shop.sets] == [1, -5, -4, 3], shop.sets
    assert [a[0] for a in answers] == [200, 200, 200, 422, 422], answers
    assert [outcome(a) for a in answers[:3]] == [(1, 1, False), (2, 3, True), (3, 3, False)], answers


def what_came_of_it_is_not_known_for_any():
    shop.lost = 3
    answers = set_behind(Crowd(), stock(2), stock(3))
    assert [a[0] for a in answers] == [200, 504, 504], answers
    assert {a[1]['code'] for a in answers[1:]} == {'outcome_unknown'}, answers
    assert [n for _, n in shop.sets] == [1, 3], shop.sets


def who_has_no_time_left_leaves_the_others_its_place():
    for _ in range(10):  # the later one has 1.5 s for all of it: on a slow machine not every time
        shop.sets.clear()
        shop.hold()
        crowd = Crowd().add('/inventory', method='POST', body=stock(1))
        flow.until(lambda: shop.sets)
        crowd.add('/inventory', method='POST', body=stock(2), Cartway_Timeout='1000')
        over = time.monotonic() + 1
        crowd.add('/inventory', method='POST', body=stock(3), Cartway_Timeout='2500')
        flow.until(lambda: time.monotonic() > over)
        shop.let_go()
        answers = crowd.end()
        assert answers[0][0] == 200 and answers[1][0] == 429 and 2 not in [n for _, n in shop.sets], (answers, shop.sets)
        if answers[2][0] == 200:
            assert outcome(answers[2]) == (3, 3, False) and [n for _, n in shop.sets] == [1, 3], (answers, shop.sets)
            return
    raise AssertionError('never in time')


# ---- stock writes that are sent together ------------------------------------------------------------------------------

def several(**numbers):
    return [stock(n, item=item) for item, n in numbers.items()]


def a_batch_is_as_few_requests_as_the_shop_takes():
    answers = batch(several(a=1, b=2, c=3, d=4, e=5, f=6))  # four in one
    assert [a['data']['result']['after'] for a in answers] == [1, 2, 3, 4, 5, 6], answers
    assert sorted(shop.posts) == [[('a', 1), ('b', 2), ('c', 3), ('d', 4)], [('e', 5), ('f', 6)]] and not shop.sets, shop.posts


def one_alone_is_sent_alone():
    assert batch(several(a=1))[0]['status'] == 200 and shop.sets == [('a/here', 1)] and not shop.posts


def full_lane(crowd):
    """Ten requests are what the shop takes at once: they are out and held."""
    shop.hold()
    for n in range(10):
        crowd.add('/orders/held%d?fields=id' % n)
    flow.until(lambda: shop.count() == 10)
    return crowd


def writes_that_wait_go_together():
    crowd = full_lane(Crowd())
    for item in 'abc':
        crowd.add('/inventory', method='POST', body=stock(7, item=item))
    shop.let_go()
    answers = crowd.end()[10:]
    assert [outcome(a) for a in answers] == [(7, 7, False)] * 3, answers
    assert shop.posts == [[('a', 7), ('b', 7), ('c', 7)]] and not shop.sets, shop.posts
    assert [says(a)['cache'] for a in answers] == ['miss', 'shared', 'shared'], answers


def what_may_not_go_together():
    second = new_app()
    connect(store + 'b')
    for bodies in ([(stock(1), {}), (stock(2, item='b'), {'app': second})],
                   [(stock(1), {}), (stock(2, item='b'), {'at': store + 'b'})],
                   [(stock(1), {}), (stock(2, item='b', reason='count'), {})],
                   [(stock(1, reason='count'), {}), (stock(2, item='b'), {})],
                   [(stock(1), {}), (stock(2, item='b'), {'Cartway_Timeout': '29000'})],
                   [(stock(1), {}), (stock(2, item='b'), {'Cartway_Timeout': '60000'})]):
        shop.sets.clear()
        crowd = full_lane(Crowd())
        for body, more in bodies:
            crowd.add('/inventory', method='POST', body=body, **more)
        shop.let_go()
        assert [a[0] for a in crowd.end()[10:]] == [200, 200]
        assert sorted(n for _, n in shop.sets) == [1, 2] and not shop.posts, (bodies, shop.posts)
        shop.asked.clear()


def equal_reasons_go_together():
    assert [a['status'] for a in batch([stock(1, reason='r'), stock(2, item='b', reason='r')])] == [200, 200]
    assert len(shop.posts) == 1 and not shop.sets


def adjusting_by_reading_is_no_plain_set():
    answers = batch([stock(1, mode='delta'), stock(2, item='b', mode='delta')])
    assert [a['data']['result']['after'] for a in answers] == [1, 2] and not shop.posts, (answers, shop.posts)


def what_is_refused_is_refused_alone():
    for whole, posts in ((None, [[('a', 1), ('b', -1), ('c', 3)]]),
                         ('named', [[('a', 1), ('b', -1), ('c', 3)], [('a', 1), ('c', 3)]]),
                         ('mute', [[('a', 1), ('b', -1), ('c', 3)]])):
        shop.whole = whole
        shop.sets.clear()
        shop.posts.clear()
        shop.levels.clear()
        answers = batch(several(a=1, b=-1, c=3))
        assert [a['status'] for a in answers] == [200, 422, 200], (whole, answers)
        assert answers[1]['error']['code'] == 'store_rejected' and shop.levels == {'a/here': 1, 'c/here': 3}, (answers, shop.levels)
        assert shop.posts == posts, (whole, shop.posts)
        assert sorted(shop.sets) == ([('a/here', 1), ('b/here', -1), ('c/here', 3)] if whole == 'mute' else [('b/here', -1)])


def what_came_of_several_is_looked_at_one_by_one():
    shop.lost = 2
    shop.levels['b/here'] = 2  # somebody else has set it
    answers = batch(several(a=1, b=2))
    assert [a['status'] for a in answers] == [504, 200] and answers[0]['error']['code'] == 'outcome_unknown', answers
    assert shop.posts == [[('a', 1), ('b', 2)]] and not shop.sets, (shop.posts, shop.sets)


# ---- single reads that become one list --------------------------------------------------------------------------------

def asked_for():
    return sorted(path.partition('&')[0].replace('%2C', ',') for _, path, _ in shop.asked if path.startswith('/variants'))


def waiting(*paths):
    """They come while the shop has all that it takes at once."""
    shop.asked.clear()
    crowd = full_lane(Crowd())
    for path in paths:
        path, more = path if isinstance(path, tuple) else (path, {})
        crowd.add('/variants/' + path, **more)
    shop.let_go()
    return crowd.end()[10:]


def gets_that_wait_become_one_list():
    alone = [call('/variants/v%d' % i)[1] for i in (1, 2, 3)]
    answers = waiting('v1', 'v2', 'v3')
    assert asked_for() == ['/variants?ids=v1,v2,v3'], asked_for()
    for record, (status, body, _) in zip(alone, answers):
        record['data']['observed_at'] = body['data']['observed_at']
        assert status == 200 and body == record, (body, record)
    assert [says(a)['calls'] for a in answers] == ['1', '0', '0'] and says(answers[1])['cache'] == 'shared', answers


def one_get_that_waits_is_a_get():
    assert waiting('v1')[0][0] == 200 and asked_for() == ['/variants/v1']


def equal_gets_are_one_of_them():
    answers = waiting('v1', 'v2', 'v1', 'v2')
    assert [a[1]['data']['id'] for a in answers] == ['v1', 'v2', 'v1', 'v2'] and asked_for() == ['/variants?ids=v1,v2'], asked_for()


def what_a_list_does_not_have_is_asked_for_alone():
    shop.hidden = ('v2',)
    answers = waiting('v1', 'v2', 'none')
    assert [a[0] for a in answers] == [200, 200, 404] and answers[1][1]['data']['sku'] == 'S-2', answers
    assert asked_for() == ['/variants/none', '/variants/v2', '/variants?ids=v1,v2,none'], asked_for()


def a_list_that_is_refused_is_no_reason_against_a_get():
    shop.answers['/variants'] = 400, {}, {'message': 'no such filter'}
    answers = waiting('v1', 'v2')
    assert [a[0] for a in answers] == [422, 422] and len(asked_for()) == 3, (answers, asked_for())


def as_many_as_a_page_holds():
    assert [a[0] for a in waiting(*['v%d' % i for i in range(1, 9)])] == [200] * 8
    assert asked_for() == ['/variants?ids=v1,v2,v3,v4,v5', '/variants?ids=v6,v7,v8'], asked_for()


def what_may_not_become_one_list():
    second = new_app()
    connect(store + 'b')
    for more in ({'app': second}, {'at': store + 'b'}, {'Cache_Control': 'no-cache'}, {'Cache_Control': 'max-age=9'},
                 {'Cartway_Timeout': '29000'}, {'Cartway_Timeout': '60000'}):
        answers = waiting('v1', ('v2', more))
        assert [a[0] for a in answers] == [200, 200] and asked_for() == ['/variants/v1', '/variants/v2'], (more, asked_for())
    for path in 'v2?fields=id', 'v2?include=raw', 'v2?partial=allow':
        answers = waiting('v1', path)
        assert [a[0] for a in answers] == [200, 200] and asked_for() == ['/variants/v1', '/variants/v2'], (path, asked_for())


def more_requests_fill_an_order_so_it_stays_a_get():
    one, two = order('o1'), order('o2')
    crowd = full_lane(Crowd()).add(one).add(two)
    shop.let_go()
    assert [a[0] for a in crowd.end()[10:]] == [200, 200] and shop.count('/orders/o1') == shop.count('/orders/o2') == 1


# ---- never twice ------------------------------------------------------------------------------------------------

class Cruel:
    """A shop of raw sockets that counts whole requests by method and ends each write as it is told."""

    def __init__(self):
        self.seen, self.end = {}, 'close'
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, wire):
        with wire, wire.makefile('rb') as lines:
            while True:
                start = lines.readline()
                if not start:
                    return
                size = 0
                while True:
                    line = lines.readline().strip().lower()
                    if not line:
                        break
                    if line.startswith(b'content-length:'):
                        size = int(line.split(b':')[1])
                lines.read(size)
                method = start.split()[0].decode()
                self.seen[method] = self.seen.get(method, 0) + 1
                if method != 'GET':
                    if not self.spoil(wire):
                        return
                    continue
                wire.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')

    def spoil(self, wire):
        """It was done; true: go on with the connection."""
        if self.end == 'hang':
            time.sleep(flow.PATIENCE_S)
        if self.end == 'reset':
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        if self.end == 'half':
            wire.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{')
        if self.end.isdigit():
            wire.sendall(b'HTTP/1.1 %s No\r\nContent-Length: 0\r\n\r\n' % self.end.encode())
            return True
        return False


def an_unsafe_write_is_sent_once_whatever_happens():
    """Each on a connection that was used before, so that libcurl would repeat it by itself if it could."""
    for end in 'close', 'reset', 'hang', 'half', '500', '502', '504':
        cruel = Cruel()
        name = 'cruel-' + end
        connect(name, cruel.port)
        cruel.end = end
        for method in ('POST', 'PUT', 'DELETE')[:1 if end == 'hang' else 3]:
            assert call('/raw/warm', at=name)[0] == 200  # the connection is there now
            more = {'Cartway_Timeout': '1000'} if end == 'hang' else {}
            status, body, _ = call('/raw/x', method=method, body={'a': 1}, at=name, **more)
            if end.isdigit():
                assert status == int(end), (end, status, body)
            else:
                assert status == 504 and body['code'] == 'outcome_unknown', (end, method, status, body)
            assert cruel.seen[method] == 1, (end, cruel.seen)


def on_its_own(test):
    def run_it():
        global number, store  # pylint: disable=global-statement
        number += 1
        store = 'own%d' % number
        shop.answers.clear()
        shop.asked.clear()
        shop.levels.clear()
        shop.sets.clear()
        shop.posts.clear()
        shop.lost = shop.whole = None
        shop.variants = {'v%d' % i: {'id': 'v%d' % i, 'sku': 'S-%d' % i} for i in range(1, 9)}
        shop.hidden = ()
        connect(store)
        test()
    run_it.__name__ = test.__name__
    return run_it


TESTS = [equal_reads_share_one_attempt, pages_are_shared_and_go_on, what_differs_is_not_shared,
         raw_is_shared_without_a_body_only, a_read_after_a_write_does_not_join_one_from_before, who_leads_may_fail_alone,
         who_waits_keeps_its_own_time, not_found_is_an_answer_for_all, reference_data_is_kept, never_across_stores_and_apps,
         what_the_shop_says_counts, what_the_caller_says_counts, orders_are_kept_for_who_wants_that_only,
         a_stale_answer_is_asked_about, a_write_makes_old_what_it_may_have_changed,
         reference_data_outlives_writes_to_other_kinds, a_shop_that_is_down_is_answered_for_where_that_is_allowed,
         the_shop_may_allow_it_for_all, a_page_in_place_of_an_answer_is_a_shop_that_is_down, nothing_of_it_is_on_the_disk,
         sets_of_one_level_become_the_last,
         one_that_waits_for_the_shops_limits_takes_along, what_may_not_become_one, other_levels_stand_apart,
         what_the_shop_has_against_the_last_number_is_its_own, what_came_of_it_is_not_known_for_any,
         who_has_no_time_left_leaves_the_others_its_place, a_batch_is_as_few_requests_as_the_shop_takes,
         one_alone_is_sent_alone, writes_that_wait_go_together, what_may_not_go_together, equal_reasons_go_together,
         adjusting_by_reading_is_no_plain_set, what_is_refused_is_refused_alone,
         what_came_of_several_is_looked_at_one_by_one, gets_that_wait_become_one_list, one_get_that_waits_is_a_get,
         equal_gets_are_one_of_them, what_a_list_does_not_have_is_asked_for_alone,
         a_list_that_is_refused_is_no_reason_against_a_get, as_many_as_a_page_holds, what_may_not_become_one_list,
         more_requests_fill_an_order_so_it_stays_a_get, an_unsafe_write_is_sent_once_whatever_happens]

if __name__ == '__main__':
    gateway.init()
    gateway.start()
    key = new_app()
    try:
        result = flow.run([on_its_own(test) for test in TESTS])
    finally:
        code = gateway.stop()
        flow.shutil.rmtree(gateway.folder, ignore_errors=True)
    sys.exit(result or code)
