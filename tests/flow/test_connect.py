#!/usr/bin/env python3
"""A store is connected by a link: WooCommerce's wc-auth, whose shop posts the keys itself; and all that is not such a link."""
import html
import re
import socket
import sys
import urllib.parse

from world import ALL_SCOPES, Gateway, Shop, request, run

APP = 'https://app.example'
shop = gateway = None
key = None


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class KnownGateway(Gateway):
    """Its address has to be known before it starts: it is its own public URL."""

    def __init__(self, *options):
        super().__init__(plugins=['woocommerce'])
        self.known = free_port()
        self.options = ['--listen', '127.0.0.1:%d' % self.known, '--public-url', 'http://127.0.0.1:%d/' % self.known,
                        '--return-origins', 'https://other.example, ' + APP, *options]


def store(name):
    status, body, _ = gateway.admin('POST', '/stores', {'id': name, 'platform': 'woocommerce', 'allow_private': True,
                                                        'settings': {'site': 'http://127.0.0.1:%d' % shop.port}})
    assert status == 201, body


def link(name, **wish):
    status, body, _ = gateway.admin('POST', '/stores/%s/connect' % name, wish)
    assert status == 200, body
    assert body['data']['object'] == 'connect_link' and body['data']['expires_at'].startswith('20'), body
    return body['data']['authorize_url']


def state_of(url):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)['user_id'][0]


def get(url):
    """(status, text, headers) of an address on this machine."""
    parts = urllib.parse.urlsplit(url)
    status, body, headers = request(parts.port, 'GET', parts.path + ('?' + parts.query if parts.query else ''))
    return status, body if isinstance(body, dict) else body.decode(), headers


def clicked(url, what):
    """Where the click on Approve or Deny leads in the end: the last answer, and its address."""
    status, text, _ = get(url)
    assert status == 200, text
    target = html.unescape(re.search(r'wc-auth-%s" href="([^"]+)"' % what, text).group(1))
    return urllib.parse.urljoin(url, target)


def approved(url):
    status, text, headers = get(clicked(url, 'approve'))
    assert status == 302, (status, text)
    return headers['Location']


def callback(query):
    return request(gateway.port, 'GET', '/connect/callback' + query)


def posted(body):
    return request(gateway.port, 'POST', '/connect/callback', body, {'Content-Type': 'application/json'})


FORM = 'application/x-www-form-urlencoded'


def form(body, kind=FORM, path='/connect/callback'):
    return request(gateway.port, 'POST', path, body, {'Content-Type': kind})


def followed(answer):
    """Where a browser stands in the end; nothing of what brought it there is in that address."""
    status, _, headers = answer
    if status != 303:
        return answer
    where = urllib.parse.urlsplit(headers['Location'])
    assert where.path == '/connect/end' and re.fullmatch(r'page=[\w-]{43}', where.query) and where.port == gateway.known, headers
    return request(gateway.port, 'GET', '/connect/end?' + where.query)


def is_page(answer, status, code, *words):
    got, body, headers = answer = followed(answer)
    text = body if isinstance(body, str) else body.decode()
    assert got == status and headers['Content-Type'] == 'text/html; charset=utf-8', answer
    assert headers['Cache-Control'] == 'no-store' and "default-src 'none'" in headers['Content-Security-Policy'], headers
    assert '<html lang="en">' in text and text.count('<h1>') == 1 and '<script' not in text and code in text, text
    for word in words:
        assert word in text, (word, text)


def one_click_connects():
    store('w1')
    first = request(gateway.port, 'GET', '/v1/stores/w1/orders?limit=1', None, {'Authorization': 'Bearer ' + key})
    assert first[0] == 424, first
    is_page(get(approved(link('w1'))), 200, 'connected', 'The store is connected', 'WooCommerce')
    assert request(gateway.port, 'GET', '/v1/stores/w1/orders?limit=1', None, {'Authorization': 'Bearer ' + key})[0] == 200
    fields = gateway.admin('GET', '/stores/w1/credentials')[1]['data']['fields']
    assert sorted((f['name'], f['version']) for f in fields) == [('key', 1), ('secret', 1)], fields
    lines = gateway.admin('GET', '/audit?subject=w1')[1]['data']
    assert [line['action'] for line in lines] == ['store.create', 'store.connect', 'store.connected'], lines
    assert len({line['actor'] for line in lines}) == 1, lines


def the_end_is_told_again_and_asks_nothing():
    store('w0')
    answer = get(approved(link('w0')))
    asked, lines = shop.state()['requests'], len(gateway.admin('GET', '/audit?subject=w0')[1]['data'])
    ends = [followed(answer) for _ in range(3)]
    assert ends[0][0] == 200 and len({end[1] for end in ends}) == 1 and b'<dd>w0</dd>' in ends[0][1] and b'<dt>Request</dt>' in ends[0][1], ends
    assert shop.state()['requests'] == asked and len(gateway.admin('GET', '/audit?subject=w0')[1]['data']) == lines
    for query in '', '?page=', '?page=' + 'A' * 43, '?page=' + state_of(link('w0')):
        is_page(request(gateway.port, 'GET', '/connect/end' + query), 404, 'page_gone', 'not here any more')
    is_page(request(gateway.port, 'GET', '/connect/end?page=a&page=b'), 400, 'request_invalid')
    is_page(request(gateway.port, 'GET', '/connect/end?state=' + state_of(link('w0'))), 400, 'request_invalid')


def requests_for_products():
    """So many; the shop's currency is asked for once and remembered."""
    before = shop.state()['requests']
    assert request(gateway.port, 'GET', '/v1/stores/w1/products?limit=1&fields=id,variants.price', None, {'Authorization': 'Bearer ' + key})[0] == 200
    return shop.state()['requests'] - before


def reconnecting_keeps_the_store():
    made = gateway.admin('GET', '/stores/w1')[1]['data']
    asked = requests_for_products(), requests_for_products()
    status, _, headers = get(approved(link('w1', return_url=APP + '/done?x=1', way='link')))
    assert status == 303 and headers['Location'] == APP + '/done?x=1&store=w1&status=connected', headers
    assert gateway.admin('GET', '/stores/w1')[1]['data'] == made
    assert asked[1] == requests_for_products() - 1 == asked[0] - 1  # the currency may be another account's
    assert [f['version'] for f in gateway.admin('GET', '/stores/w1/credentials')[1]['data']['fields']] == [2, 2]


def a_refusal_changes_nothing():
    is_page(get(clicked(link('w1'), 'deny')), 200, 'access_denied', 'Permission was not given')
    status, _, headers = get(clicked(link('w1', return_url='https://other.example/'), 'deny'))
    assert status == 303 and headers['Location'] == 'https://other.example/?store=w1&status=failed&reason=access_denied'
    url = link('w1')
    get(clicked(url, 'deny'))
    assert posted({'user_id': state_of(url), 'consumer_key': 'ck_late', 'consumer_secret': 'cs_late'})[0] == 400
    assert [f['version'] for f in gateway.admin('GET', '/stores/w1/credentials')[1]['data']['fields']] == [2, 2]
    assert request(gateway.port, 'GET', '/v1/stores/w1/orders?limit=1', None, {'Authorization': 'Bearer ' + key})[0] == 200


def keys_that_do_not_work_replace_none():
    def works():
        return request(gateway.port, 'GET', '/v1/stores/w1/orders?limit=1', None, {'Authorization': 'Bearer ' + key})[0] == 200

    def versions():
        return [f['version'] for f in gateway.admin('GET', '/stores/w1/credentials')[1]['data']['fields']]
    before = versions()
    state = state_of(link('w1', return_url=APP))
    assert posted({'user_id': state, 'consumer_key': 'ck_CANARYwrong', 'consumer_secret': 'cs_CANARYwrong'})[0] == 200
    assert works() and versions() == before  # they wait for the browser
    status, _, headers = callback('?success=1&user_id=' + state)
    assert status == 303 and headers['Location'] == APP + '?store=w1&status=failed&reason=validation_failed', headers
    assert works() and versions() == before
    credentials = gateway.admin('GET', '/stores/w1/credentials')[1]['data']
    assert credentials['state'] == 'static' and credentials['refused']['times'] == 0, credentials
    assert [line['action'] for line in gateway.admin('GET', '/audit?subject=w1')[1]['data']][-1] == 'store.connect'
    assert callback('?success=1&user_id=' + state)[2]['Location'].endswith('validation_failed')  # it stays so
    gateway.settle_log()
    with open(gateway.log, encoding='utf-8') as file:
        assert 'CANARYwrong' not in file.read()
    shop.faults({'fault': '500', 'times': 20})
    state = state_of(link('w1'))
    assert posted({'user_id': state, 'consumer_key': 'ck_shopsim', 'consumer_secret': 'cs_shopsim'})[0] == 200
    is_page(callback('?success=1&user_id=' + state), 502, 'validation_failed')
    shop.desk('DELETE', 'faults')
    assert versions() == before  # good ones, but nobody has seen that


def the_browser_may_be_first():
    store('w2')
    state = state_of(link('w2'))
    is_page(callback('?success=1&user_id=' + state), 200, 'pending', 'http-equiv="refresh"')
    keys = {'user_id': state, 'consumer_key': 'ck_shopsim', 'consumer_secret': 'cs_shopsim', 'key_id': 7}
    assert posted(keys)[0] == 200
    is_page(callback('?success=1&user_id=' + state), 200, 'connected', '<dd>w2</dd>')
    status, body, _ = posted(keys)
    assert status == 400 and 'state_used' in body['detail'], body


def what_does_not_work_is_said():
    store('w3')
    state = state_of(link('w3', return_url=APP))
    assert posted({'user_id': state, 'consumer_key': 'ck_wrong', 'consumer_secret': 'cs_wrong'})[0] == 200
    status, _, headers = callback('?success=1&user_id=' + state)
    assert status == 303 and headers['Location'] == APP + '?store=w3&status=failed&reason=validation_failed', headers
    for keys in ({}, {'consumer_key': 'ck_1'}, {'consumer_key': 'nonsense', 'consumer_secret': 'cs_1'}, {'consumer_key': 7, 'consumer_secret': 'cs_1'}):
        state = state_of(link('w3'))
        status, body, _ = posted({'user_id': state, **keys})
        assert status == 400 and 'answer_incomplete' in body['detail'], (keys, body)
        is_page(callback('?success=1&user_id=' + state), 400, 'answer_incomplete')


def states_of_others_lead_nowhere():
    is_page(callback(''), 400, 'state_missing')
    is_page(callback('?code=abc'), 400, 'state_missing')
    for forged in ('A' * 43, 'x', '%3Cscript%3E', 'A' * 5000):
        is_page(callback('?state=' + forged), 400, 'state_unknown', 'ask for a new link')
        is_page(callback('?success=1&user_id=' + forged), 400, 'state_unknown')
    state = state_of(link('w1'))
    is_page(callback('?state=' + state), 400, 'state_unknown')  # right, but not as this way says it
    for body in ({'user_id': 'A' * 43, 'consumer_key': 'ck_1', 'consumer_secret': 'cs_1'}, {'consumer_key': 'ck_1', 'consumer_secret': 'cs_1'}, {}):
        assert posted(body)[0] == 400
    for body in (b'', b'[]', b'nonsense', b'{"user_id":' + b'[' * 5000, b'{"a":"' + b'x' * 20000 + b'"}'):
        status, answer, _ = posted(body)
        assert status == 400 and 'JSON object' in answer['detail'], answer


def what_cannot_be_read_is_a_page_too():
    state = state_of(link('w1'))
    many = '&'.join('p%d=1' % i for i in range(70))
    for query in ('?state=%zz', '?state=%00', '?state=a&state=b', '?user_id=%s&user_id=%s' % (state, state), '?' + many, '?state=' + 'x' * 9000):
        is_page(callback(query), 400, 'request_invalid', 'cannot be read')
    is_page(request(gateway.port, 'GET', '/connect/callback?user_id=' + state, None, {'X-%d' % i: 'y' for i in range(120)}), 400, 'request_invalid')
    status, text, _ = callback('?state=' + 'x' * 20000)  # over what the library reads at all: it says so itself
    assert status in (414, 431) and text.startswith(b'<html>'), (status, text)
    for kind, body in ((FORM, 'user_id=%s&user_id=x' % state), (FORM, 'user_id=%zz'), (FORM, many), (FORM, 'a=' + 'x' * 17000),
                       ('multipart/form-data; boundary=b', '--b--'), ('text/plain', 'user_id=' + state)):
        is_page(form(body, kind), 400, 'request_invalid', 'cannot be read')
    is_page(form('user_id=a', path='/connect/callback?user_id=b'), 400, 'request_invalid')
    is_page(form('a=' + 'x' * (3 << 20)), 413, 'request_invalid')
    is_page(callback('?success=1&user_id=' + state), 200, 'pending')  # nothing of that has used the link


def forms_are_read_as_addresses():
    is_page(form(''), 400, 'state_missing')
    is_page(form('user_id=' + 'A' * 43), 400, 'state_unknown')
    is_page(form('success=0&user_id=' + state_of(link('w1'))), 200, 'access_denied')
    state = state_of(link('w1'))
    is_page(form('success=1&user_id=' + state, 'Application/X-WWW-form-urlencoded; charset=utf-8'), 200, 'pending')
    is_page(form('user_id=%s&consumer_key=ck_form&consumer_secret=cs_form' % state), 200, 'pending')  # keys come as JSON or not at all
    assert [f['version'] for f in gateway.admin('GET', '/stores/w1/credentials')[1]['data']['fields']] == [2, 2]


def a_removed_store_is_another():
    store('w4')
    state = state_of(link('w4'))
    assert gateway.admin('DELETE', '/stores/w4')[0] == 200
    store('w4')
    assert 'store_gone' in posted({'user_id': state, 'consumer_key': 'ck_shopsim', 'consumer_secret': 'cs_shopsim'})[1]['detail']
    is_page(callback('?success=1&user_id=' + state), 400, 'store_gone')
    assert gateway.admin('GET', '/stores/w4/credentials')[1]['data']['fields'] == []


def wishes_are_checked():
    for wish, word in (({'return_url': 'https://evil.example/'}, 'return-origins'), ({'return_url': APP + '.evil.example/'}, 'return-origins'),
                       ({'return_url': APP + '@evil.example/'}, 'return_url'), ({'return_url': '/here'}, 'return_url'), ({'return_url': 7}, 'return_url'),
                       ({'return_url': 'javascript:alert(1)'}, 'return_url'), ({'return_url': APP + '/#x'}, 'return_url'),
                       ({'return_url': APP + '/' + 'x' * 3000}, 'return_url'), ({'way': 'basic'}, 'basic'), ({'way': 'none'}, 'none'), ({'url': 'x'}, 'url')):
        status, body, _ = gateway.admin('POST', '/stores/w1/connect', wish)
        assert status == 422 and word in body['detail'], (wish, body)
    assert gateway.admin('POST', '/stores/none/connect', {})[0] == 404
    assert request(gateway.port, 'POST', '/admin/v1/stores/w1/connect', {})[0] == 404


def only_the_newest_eight_stay():
    states = [state_of(link('w4')) for _ in range(9)]
    assert len(set(states)) == 9
    is_page(callback('?success=1&user_id=' + states[0]), 400, 'state_unknown')
    is_page(callback('?success=1&user_id=' + states[1]), 200, 'pending')


def a_restart_forgets():
    state = state_of(link('w4'))
    gateway.stop()
    gateway.start()
    is_page(callback('?success=1&user_id=' + state), 400, 'state_unknown', 'restarted')


def the_address_has_to_be_known():
    other = Gateway(plugins=['woocommerce'])
    other.init()
    other.start()
    site = {'site': 'http://127.0.0.1:%d' % shop.port}
    assert other.admin('POST', '/stores', {'id': 'w1', 'platform': 'woocommerce', 'settings': site, 'allow_private': True})[0] == 201
    status, body, _ = other.admin('POST', '/stores/w1/connect', {})
    assert status == 400 and '--public-url' in body['detail'], body
    other.stop()
    for option, value in (('public-url', 'http://gateway.example'), ('public-url', 'ftp://x'), ('public-url', 'https://'),
                          ('return-origins', 'https://a.example/path'), ('return-origins', '*')):
        other.options = ['--' + option, value]
        code, text = other.try_serve()
        assert code != 0 and 'option ' + option in text, (option, value, code, text)


if __name__ == '__main__':
    shop = Shop('--dialect', 'woocommerce')
    gateway = KnownGateway()
    CODE = 1
    try:
        gateway.init()
        gateway.start()
        key = gateway.app()
        CODE = run([one_click_connects, the_end_is_told_again_and_asks_nothing, reconnecting_keeps_the_store, a_refusal_changes_nothing, keys_that_do_not_work_replace_none, the_browser_may_be_first, what_does_not_work_is_said,
                    states_of_others_lead_nowhere, what_cannot_be_read_is_a_page_too, forms_are_read_as_addresses, a_removed_store_is_another, wishes_are_checked, only_the_newest_eight_stay, a_restart_forgets,
                    the_address_has_to_be_known])
    finally:
        CODE = gateway.stop() or CODE
        shop.stop()
    sys.exit(CODE)
