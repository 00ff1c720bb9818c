#!/usr/bin/env python3
"""test_outage.py - a platform that says itself that it is down (herald.c): calls wait for its word, or for one that gets through.

Two stores of one platform, and its status page, which is asked every second here.  A probe that failed would be followed by
another after 30 s, so whatever ends sooner than that in these stories was ended by the page.
"""
import http.server
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

PLACES = {'places': [{'id': 'p1', 'title': 'Here'}]}
ON = ('--status-feeds', '1')  # other tests look at nobody's page
SOON = {'Cartway-Timeout': '20000'}


class Page:
    """The status page: what it says is the state of its component, or something that is no state."""

    def __init__(self):
        self.says, self.asked = 'operational', []
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                page.asked.append((self.path, dict(self.headers)))
                status, body = page.answer()
                if status == 'hang':
                    time.sleep(1)
                    return
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.handle_error = lambda *_: None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return 'http://127.0.0.1:%d/api/v2/summary.json' % self.server.server_port

    def answer(self):
        odd = {'html': (200, b'<html><body>major_outage</body></html>'), 'gone': (404, b'{}'), 'hang': ('hang', b''),
               'huge': (200, b'[' + b'"major_outage",' * 80000 + b'0]'), 'nothing': (200, b''), 'list': (200, b'[]')}
        if self.says in odd:
            return odd[self.says]
        word = {'major_outage': 'Major Service Outage'}.get(self.says, 'All Systems "Go"')
        return 200, json.dumps({'page': {'id': 'x', 'name': 'Herald'}, 'status': {'indicator': 'none', 'description': word},
                                'components': [{'id': '1', 'name': 'Storefront', 'status': 'operational'},
                                               {'id': '2', 'name': 'API & Webhooks', 'status': self.says}],
                                'incidents': []}).encode()


page, shop = Page(), Player('.')
gateway = key = None


def entry(gateway, **more):
    """What plugins.d says of the adapter."""
    path = os.path.join(gateway.plugins, 'herald.json')
    with open(path, encoding='utf-8') as file:
        body = json.load(file)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump({**body, **more}, file)


def connect(made, name):
    flow.connect(made, {'id': name, 'platform': 'herald', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port},
                        'credentials': {'key': 'very-secret-key'}})


def call_often(until, what):
    """By a store of its own: its failures are nobody else's."""
    name = 'often%d' % int(time.monotonic() * 1000)
    connect(gateway, name)
    wait(lambda: (places(name, **{'Cartway-Timeout': '300'}), until())[1], what)


def start(*options, **more):
    made = flow.Gateway(plugins=['herald'], options=options or ON)
    entry(made, **{'status_feed': {'url': page.url(), 'every_s': 1}, **more})
    made.init()
    made.start()
    for name in ('one', 'two'):
        connect(made, name)
    return made, made.app()


def places(name='one', more='', **headers):
    return flow.request(gateway.port, 'GET', '/v1/stores/%s/locations?limit=1%s' % (name, more), None,
                        {'Authorization': 'Bearer ' + key, 'Cache-Control': 'no-cache', **headers}, timeout=60)


def later(*args, **headers):
    """A call in a thread of its own: its answer, when it has come, and how long it took."""
    answer = []

    def ask():
        began = time.monotonic()
        got = places(*args, **headers)
        answer.extend([got, time.monotonic() - began])
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return answer, thread


def platform():
    return gateway.admin('GET', '/platforms')[1]['data'][0]['status']


def lane():
    return next(one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 'one')


def wait(holds, what):
    until = time.monotonic() + flow.PATIENCE_S
    while not holds():
        assert time.monotonic() < until, what() if callable(what) else what
        time.sleep(0.02)


def state():
    return (platform() or {}).get('state')


def lines(event, **like):
    return [line for line in gateway.lines() if line.get('event') == event and all(line.get(k) == v for k, v in like.items())]


def up():
    shop.forget()
    shop.rule('GET', '^/places', 200, PLACES)


def down():
    shop.forget()
    shop.rule('GET', '^/places', 503, {'error': 'down'})


def page_says(says, then):
    """The page is asked when somebody calls, or by itself during an outage."""
    page.says = says
    call_often(lambda: state() == then, lambda: (says, platform()))


def outage():
    """The page tells of it, and the probe has failed: the next is due in 30 s."""
    down()
    page_says('major_outage', 'outage')
    call_often(lambda: platform()['probe_in_ms'] > 20000, platform)


def metric(name):
    text = flow.request(gateway.port, 'GET', '/metrics')[1].decode()
    return sum(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(name))


def the_page_is_asked_beside_the_first_call():
    up()
    assert not page.asked
    assert places()[0] == 200
    wait(lambda: state() == 'operational', platform)
    path, headers = page.asked[0]
    assert path == '/api/v2/summary.json' and 'Authorization' not in headers and 'very-secret-key' not in str(headers), headers
    seen = platform()
    assert seen['text'] == 'All Systems "Go"' and seen['pauses'] is False and seen['misses'] == 0, seen
    assert lane()['status']['state'] == 'operational', lane()
    assert not [line for line in gateway.attempts() if line['endpoint'] == '_status']  # it is nobody's lane, and no attempt


def one_page_for_all_stores_and_only_while_they_are_used():
    n = len(page.asked)
    until = time.monotonic() + 1.3
    while time.monotonic() < until:
        places('one'), places('two')
    assert 1 <= len(page.asked) - n <= 3, page.asked
    n = len(page.asked)
    time.sleep(1.3)
    assert len(page.asked) == n, page.asked


def calls_wait_for_the_end_of_an_outage():
    down()
    page.says = 'major_outage'
    first, thread = later(**SOON)
    wait(lambda: platform()['probe_in_ms'] > 20000, platform)
    second, other = later('two', **SOON)
    wait(lambda: platform()['waiting'] == 2, platform)
    assert metric('cartway_outage_attempts_total{platform="herald",fate="held"') >= 2
    sent = len(shop.sent)
    time.sleep(1.2)
    assert len(shop.sent) == sent and not first and not second, shop.sent  # no attempts are spent
    assert metric('cartway_platform_paused{platform="herald"}') == 1
    up()
    page.says = 'operational'
    thread.join()
    other.join()
    for answer, took_s in (first, second):
        assert answer[0] == 200 and took_s < 15, (answer, took_s)
        assert 'wait_ms=0' not in answer[2]['Cartway-Upstream'], answer
    assert metric('cartway_platform_paused{platform="herald"}') == 0
    assert lines('platform.status', state='outage', text='Major Service Outage')
    assert lines('platform.pause', state='ended', why='the status feed tells of its end'), lines('platform.pause')


def who_cannot_wait_is_told_why():
    outage()
    sent = len(shop.sent)
    status, body, headers = places(**{'Cartway-Timeout': '500'})
    assert status == 503 and body['code'] == 'platform_outage' and body['retryable'] is True, body
    assert 'status page of Herald' in body['detail'] and '"Major Service Outage"' in body['detail'], body
    assert 1 <= int(headers['Retry-After']) <= 30, headers
    told = places(more='&explain=1', **{'Cartway-Timeout': '500'})[1]['data']
    assert told['waits_for'] == 'outage' and told['refusal'] == 'platform_outage' and told['wait_ms'] > 0, told
    told = places(more='&explain=1', **SOON)[1]['data']
    assert told['waits_for'] == 'outage' and told['refusal'] is None, told
    assert len(shop.sent) == sent
    up()
    page.says = 'operational'
    wait(lambda: state() == 'operational', platform)  # by itself: nobody calls
    assert places()[0] == 200


def what_there_was_answers_where_that_is_allowed():
    up()
    keeps = {'Cache-Control': 'max-age=600, stale-if-error=3600'}
    assert places(**keeps)[0] == 200
    outage()
    status, body, headers = places(**{'Cache-Control': 'max-age=0, stale-if-error=3600'})
    assert status == 200 and headers['Cache-Status'].endswith('detail=store-down') and body['data'][0]['id'] == 'p1', (body, headers)
    up()
    page_says('operational', 'operational')


def a_page_that_lies_costs_one_round_trip():
    """It says outage for ever, and calls succeed: the first of them ends the pause, and nothing waits again."""
    up()
    page_says('major_outage', 'outage')
    began = time.monotonic()
    for _ in range(20):
        assert places('one')[0] == 200 and places('two')[0] == 200
    assert time.monotonic() - began < 20
    until = time.monotonic() + 2.5
    while time.monotonic() < until:  # the page says it again, and again
        assert places('one')[0] == 200
        time.sleep(0.05)
    assert state() == 'outage' and platform()['pauses'] is False, platform()
    assert lines('platform.pause', state='ended', why='a call was answered')
    page_says('operational', 'operational')


def degraded_is_told_and_no_more():
    up()
    page_says('degraded_performance', 'degraded')
    assert places()[0] == 200 and platform()['pauses'] is False
    page_says('operational', 'operational')


def a_page_that_is_broken_is_no_harm():
    for how, why in (('html', ''), ('gone', '404'), ('nothing', ''), ('huge', ''), ('list', 'no case'), ('exploded', 'no case')):
        up()
        page_says('operational', 'operational')
        call_often(lambda: platform()['misses'] == 0, platform)
        seen = len(lines('platform.feed', state='not told'))
        page.says = how
        wait(lambda: (places(), platform()['misses'] >= 1)[1], how)
        assert places()[0] == 200 and platform()['pauses'] is False, (how, platform())
        told = lines('platform.feed', state='not told')
        assert len(told) == seen + 1 and why in told[-1]['why'], (how, told)


def a_page_that_falls_silent_ends_its_outage():
    outage()
    page.says = 'hang'
    answer, thread = later(**SOON)
    wait(lambda: state() == 'unknown', platform)  # after three that were missed
    assert platform()['pauses'] is False and lines('platform.pause', why='the status feed is silent')
    thread.join()
    assert answer[0][0] != 200 and answer[0][1]['code'] != 'platform_outage', answer  # it went to the shop, which is down


def nonsense_in_plugins_d_is_refused():
    for said, why in ((True, 'expected false, or an object'), ({}, 'expected false, or an object'), ({'url': 1}, 'expected false, or an object'),
                      ({'adress': 'x'}, 'expected false, or an object'), ({'url': 'ftp://x/'}, 'found "ftp://x/"'),
                      ({'every_s': 0}, 'expected 1 to 86400, found 0'), ({'every_s': 86401}, 'found 86401')):
        made = flow.Gateway(plugins=['herald'])
        entry(made, status_feed=said)
        made.init()
        code, text = made.try_serve()
        assert code != 0 and 'status_feed' in text and why in text, (said, code, text)


def an_end_does_not_wait_for_an_outage():
    """Calls that wait when the gateway has waited for them long enough are given up, and so are their timers."""
    global gateway, key  # pylint: disable=global-statement
    kept = gateway, key
    page.says = 'operational'
    up()
    gateway, key = start()
    outage()
    threads = [later('two', **{'Cartway-Timeout': '100000'})[1] for _ in range(6)]
    wait(lambda: platform()['waiting'] >= 6, platform)
    assert gateway.stop() == 0
    for thread in threads:
        thread.join(flow.PATIENCE_S)
    gateway, key = kept


def it_can_be_taken_off():
    """By the operator: for all platforms, or for one.  What the page says is not asked, and not told."""
    global gateway, key  # pylint: disable=global-statement
    kept = gateway, key
    page.says = 'major_outage'
    up()
    for options, more in ((('--status-feeds', '0'), {}), ((), {'status_feed': False})):
        gateway, key = start(*options, **more)
        n = len(page.asked)
        assert places()[0] == 200
        seen = gateway.admin('GET', '/platforms')[1]['data'][0]
        assert seen['status'] is None and len(page.asked) == n and lane()['status'] is None, seen
        assert bool(seen['status_feed']) == (more == {}), seen
        assert gateway.stop() == 0
    gateway, key = kept


def shopify_as_it_is():
    """The adapter itself, a sandbox shop, and the page that the sandbox shows."""
    world = flow.Shop('--dialect', 'shopify')
    made = flow.Gateway(plugins=['shopify'], options=ON)
    path = os.path.join(made.plugins, 'shopify.json')
    with open(path, encoding='utf-8') as file:
        body = json.load(file)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump({**body, 'status_feed': {'url': 'http://127.0.0.1:%d/_sim/status' % world.port, 'every_s': 1}}, file)
    made.init()
    made.start()
    flow.connect(made, flow.shopify_store('s', world.port))
    token = made.app()

    def locations():
        return flow.request(made.port, 'GET', '/v1/stores/s/locations?limit=1', None,
                            {'Authorization': 'Bearer ' + token, 'Cache-Control': 'no-cache', **SOON}, timeout=60)

    def status():
        return made.admin('GET', '/platforms')[1]['data'][0]['status'] or {}
    assert locations()[0] == 200
    wait(lambda: status().get('state') == 'operational', status)
    world.faults({'fault': '503'})
    world.desk('POST', 'status', {'state': 'major_outage'})
    answer = []
    thread = threading.Thread(target=lambda: answer.append(locations()), daemon=True)
    time.sleep(1.1)  # so that the page is due
    thread.start()
    wait(lambda: status().get('waiting') == 1, status)
    world.faults()
    world.desk('POST', 'status', {'state': 'operational'})
    thread.join()
    assert answer[0][0] == 200, answer
    assert made.stop() == 0
    world.stop()


TESTS = (the_page_is_asked_beside_the_first_call, one_page_for_all_stores_and_only_while_they_are_used,
         calls_wait_for_the_end_of_an_outage, who_cannot_wait_is_told_why, what_there_was_answers_where_that_is_allowed,
         a_page_that_lies_costs_one_round_trip, degraded_is_told_and_no_more, a_page_that_is_broken_is_no_harm,
         a_page_that_falls_silent_ends_its_outage, nonsense_in_plugins_d_is_refused, it_can_be_taken_off,
         an_end_does_not_wait_for_an_outage, shopify_as_it_is)

if __name__ == '__main__':
    gateway, key = start()
    flow.main(TESTS, gateway)
