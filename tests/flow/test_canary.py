#!/usr/bin/env python3
"""Secrets of a known text in every place that takes one, then everything that comes out is searched for them.

In: credentials of each platform (header, basic, signature), tokens that a provider gave (access, refresh, the one before), the
client's secret, state, code and verifier of links, keys that a shop posts, the master key (file, environment), keys of apps and
administrators, the secret and the address of notifications.
Out: answers, logs, standard error, metrics, the database with its journal, what cartway vault says, notifications, a crash.  The
shop helps: one of them repeats in its errors, headers and records whatever it was sent, and so does the provider.
"""
import base64
import contextlib
import hmac
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from consent import reachable
from provider import Provider
from test_notify import Desk
from world import ALL_SCOPES, BUILD, GATEWAY, Gateway, Shop, request, run

CANARIES = {  # store: platform, the setting that takes the address, credentials
    'm': ('medusa', 'site', {'key': 'sk_CANARYmedusa7c1f9d'}),
    'w': ('woocommerce', 'site', {'key': 'ck_' + 'CANARYwookey' + '7' * 28, 'secret': 'cs_' + 'CANARYwoosecret' + '7' * 25}),
    's': ('shopify', 'shop', {'token': 'shpat_CANARYshopify7c1f9d'}),
}
CANARIES = {name: row for name, row in CANARIES.items() if os.path.exists(os.path.join(BUILD, 'adapters', row[0] + '.so'))}


NOTIFY = b'CANARYnotify7c1f9d7c1f9d7c1f9d77'


class Echo(http.server.BaseHTTPRequestHandler):
    """A shop whose errors say what it was sent; its status by the path's last digits."""
    protocol_version = 'HTTP/1.1'
    status = 401

    def answer(self):
        sent = self.headers.get('Authorization', '') + ' ' + self.headers.get('X-Shopify-Access-Token', '') + ' ' + self.path
        plain = sent
        if 'Basic ' in sent:
            plain += ' ' + base64.b64decode(self.headers['Authorization'].split()[1]).decode()
        text = 'no such token: ' + plain
        body = json.dumps({'message': text, 'code': text, 'type': text, 'errors': [{'message': text}], 'data': None}).encode()
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.send_response(Echo.status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Request-Id', plain.strip()[-100:])
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, *_):
        pass


def secrets():
    """Every text that must be nowhere, and the forms that it is sent in."""
    plain = [value for _, _, credentials in CANARIES.values() for value in credentials.values()]
    found = [text.encode() for text in plain] + [b'CANARY', base64.b64encode(NOTIFY)[:30]]
    found += [base64.b64encode(text)[:16] for text in (b'at_CANARY1001', b'rt_CANARY1001', b'CANARYclientsecret')]
    for _, _, credentials in CANARIES.values():
        values = list(credentials.values())
        for text in (values[0] + ':', ':'.join(values)):
            found.append(base64.b64encode(text.encode())[:24])
    return found


class Everything:
    """What came out, with where it did."""

    def __init__(self):
        self.seen = []

    def add(self, where, what):
        if not isinstance(what, bytes):
            what = json.dumps(what).encode() if isinstance(what, (dict, list)) else str(what).encode()
        self.seen.append((where, what))

    def find(self, more=()):
        return [(where, secret, what[max(0, what.find(secret) - 200):][:400]) for where, what in self.seen
                for secret in secrets() + list(more) if secret in what]


def stores(gateway, port, prefix):
    for name, (platform, setting, credentials) in CANARIES.items():
        status, answer, _ = gateway.admin('POST', '/stores', {
            'id': prefix + name, 'platform': platform, 'settings': {setting: 'http://127.0.0.1:%d' % port},
            'credentials': credentials, 'allow_private': True})
        assert status == 201, answer
        yield prefix + name, answer


def calls(store):
    yield 'GET', '/v1/stores/%s' % store, None
    yield 'POST', '/v1/stores/%s/validate' % store, None
    yield 'GET', '/v1/stores/%s/orders?limit=2' % store, None
    yield 'GET', '/v1/stores/%s/orders?limit=2&explain=1' % store, None
    yield 'GET', '/v1/stores/%s/orders/1?include=raw' % store, None
    yield 'GET', '/v1/stores/%s/products?fields=id&limit=1' % store, None
    yield 'POST', '/v1/stores/%s/inventory' % store, {'sku': 'a', 'location_id': 'b', 'quantity': 1}
    yield 'GET', '/v1/stores/%s/raw/orders' % store, None
    yield 'GET', '/v1/orders?stores=%s' % store, None


def admin_pages(gateway):
    for path in ('/stores', '/apps', '/adapters', '/drift', '/lanes', '/usage', '/alerts', '/attempts?limit=1000', '/audit', '/vault',
                 '/admin-keys', '/tiers', '/credentials'):
        yield path, gateway.admin('GET', path)


def files(gateway, out):
    for folder, _, names in os.walk(gateway.folder):
        for name in names:
            if name.startswith('master.key') or name.endswith('.so'):
                continue
            with open(os.path.join(folder, name), 'rb') as file:
                out.add(name, file.read())


def wrong_bodies(gateway, out):
    """Refusals must not repeat what they refuse."""
    for body in ({'credentials': {'key': 'CANARY no key'}}, {'credentials': {'CANARYname': 7}}, {'credentials': 'CANARY'},
                 {'credentials': {'key': ['CANARY']}}):
        status, answer, headers = gateway.admin('PUT', '/stores/xm/credentials', body)
        assert status == 422, (body, answer)
        answer.pop('detail', None) if 'CANARYname' in str(body) else None  # a name is no secret
        out.add('refusal', answer)
        out.add('headers', str(headers))


def use(gateway, key, out, port):
    for prefix, to in (('x', port), ('y', Shop_.port)):
        for name, answer in stores(gateway, to, prefix):
            out.add('connect ' + name, answer)
            for status in (401, 200, 403, 404, 422, 429, 500):
                Echo.status = status
                for method, path, body in calls(name):
                    code, answer, headers = request(gateway.port, method, path, body, {'Authorization': 'Bearer ' + key,
                                                                                      'Cartway-Timeout': '5000'})
                    out.add('%s %s %d -> %d' % (method, path, status, code), answer)
                    out.add('headers of ' + path, str(headers))
                if prefix == 'y':
                    break


def grants(gateway, key, out):
    """A token's life: got, used, refused, renewed, refused again, lost; and a store that goes although its grant can not be ended."""
    with contextlib.closing(Provider()) as provider:
        store = provider.store('g')
        out.add('connect g', gateway.admin('POST', '/stores', store)[1])
        for mood in ('well', 'well', 'fails', 'well', 'refuses', 'refuses'):
            provider.mood = mood
            for method, path, body in calls('g'):
                code, answer, headers = request(gateway.port, method, path, body, {'Authorization': 'Bearer ' + key, 'Cartway-Timeout': '3000'})
                out.add('%s %s %s -> %d' % (method, path, mood, code), answer)
                out.add('headers of ' + path, str(headers))
            for path, answer in admin_pages(gateway):
                out.add(path, answer[1])
            provider.expire()
        assert provider.n > 4000 and 'refresh_token' in provider.asked, (provider.n, provider.asked)
        assert gateway.admin('GET', '/stores/g/credentials')[1]['data']['state'] == 'reauth_required'
        provider.revoke_status = 400
        other = dict(store, id='h')
        provider.mood = 'well'
        out.add('connect h', gateway.admin('POST', '/stores', other)[1])
        request(gateway.port, 'GET', '/v1/stores/h/orders', None, {'Authorization': 'Bearer ' + key})
        status, answer, _ = gateway.admin('DELETE', '/stores/h')
        assert status == 200 and answer['data']['revoked'] is False and provider.revoked, answer
        out.add('removal', answer)


class Login(http.server.BaseHTTPRequestHandler):
    """Who gives codes and takes them for tokens (tests/flow/grant.c): it, too, says in its errors what it was sent."""
    protocol_version = 'HTTP/1.1'
    mood, asked, code = 'well', [], 'CANARYcode7c1f9d'

    def do_POST(self):  # noqa: N802
        text = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
        said = 'cannot take %s of %s' % (text, self.headers.get('Authorization'))
        status, body = 200, {'data': {'shop': {'name': 'x'}}}
        if 'access_token' in self.path:
            Login.asked.append(dict(urllib.parse.parse_qsl(text)))
            status, body = {'well': (200, {'access_token': 'at_CANARYcode', 'refresh_token': 'rt_CANARYcode', 'expires_in': 3600, 'scope': 'read'}),
                            'refuses': (400, {'error': 'invalid_grant', 'error_description': said}),
                            'fails': (500, {'error': said, 'error_description': said}), 'nonsense': (200, said)}[Login.mood]
        elif Login.mood == 'well_once':
            status, body = 500, {'error': said}
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.send_header('X-Request-Id', said[-100:] if status >= 400 else 'x')
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def signed(port, state, **more):
    pairs = {'code': Login.code, 'shop': '127.0.0.1:%d' % port, 'state': state, 'timestamp': str(int(time.time()))}
    text = '&'.join('%s=%s' % pair for pair in sorted(pairs.items()))
    return {**pairs, 'hmac': hmac.new(b'CANARYclientsecret', text.encode(), 'sha256').hexdigest(), **more}


def came_back(gateway, out, pairs, form=False):
    text = pairs if isinstance(pairs, str) else urllib.parse.urlencode(pairs, safe=':')
    answer = request(gateway.port, 'POST', '/connect/callback', text, {'Content-Type': 'application/x-www-form-urlencoded'}) if form else \
        request(gateway.port, 'GET', '/connect/callback?' + text)
    out.add('page', answer[1])
    out.add('headers of a page', str(answer[2]))
    return answer[0], answer[1].decode()


def links(gateway, out):
    """Every end of a link: what a state, a code and a verifier are must be nowhere but in the link, and with the provider."""
    login = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Login)
    threading.Thread(target=login.serve_forever, daemon=True).start()
    port, states = login.server_address[1], []

    def state(name):
        status, answer, _ = gateway.admin('POST', '/stores/%s/connect' % name, {})
        assert status == 200, answer
        states.append(re.search(r'state=([\w-]{43})', answer['data']['start_url']).group(1))
        return states[-1]

    for name, platform, more in (('c', 'grant', {'settings': {'site': 'http://127.0.0.1:%d' % port, 'client_id': 'client-1'},
                                                 'credentials': {'client_secret': 'CANARYclientsecret'}}),
                                 ('k', 'woocommerce', {'settings': {'site': 'http://127.0.0.1:%d' % port}})):
        out.add('store', gateway.admin('POST', '/stores', {'id': name, 'platform': platform, 'allow_private': True, **more})[1])
    for mood in ('refuses', 'fails', 'nonsense', 'well'):
        Login.mood = mood
        pairs = signed(port, state('c'))
        came_back(gateway, out, pairs)
        came_back(gateway, out, pairs)
    assert len(Login.asked) >= 4 and all(len(asked['code_verifier']) == 43 for asked in Login.asked), Login.asked
    assert gateway.admin('GET', '/stores/c/credentials')[1]['data']['state'] == 'fresh'
    for pairs in (signed(port, state('c'), hmac='0' * 64), signed(port, state('c'), error='server_error'), signed(port, state('c'), error='access_denied'),
                  signed(port, 'A' * 43), urllib.parse.urlencode(signed(port, state('c')), safe=':') + '&code=CANARYagain', signed(port, state('c'), more='CANARY' * 1500),
                  signed(port, state('c'), shop='CANARY.example')):
        came_back(gateway, out, pairs)
        came_back(gateway, out, pairs, form=True)
    for kind, secret in (('ck_', 'cs_CANARYposted' + '7' * 25), ('ck_', 7), ('CANARYwrong', 'cs_CANARY')):
        user = state('k')
        for _ in range(2):
            status, answer, _ = request(gateway.port, 'POST', '/connect/callback', {'user_id': user, 'consumer_key': kind + 'CANARYposted' + '7' * 28, 'consumer_secret': secret},
                                        {'Content-Type': 'application/json'})
            out.add('answer to posted keys %d' % status, answer)
        came_back(gateway, out, {'success': '1', 'user_id': user})
    for path in ('/stores/c', '/stores/k', '/stores/c/credentials', '/audit?subject=c'):
        out.add(path, gateway.admin('GET', path)[1])
    state('c')  # one is under way when it ends
    login.shutdown()
    login.server_close()
    return [text.encode() for text in states + [asked['code_verifier'] for asked in Login.asked]]


def notifications(desk, out):
    desk.wait(1)
    for _, headers, body, _ in desk.came:
        out.add('notification', body)
        out.add('its headers', str({name: value for name, value in headers.items() if name.lower() != 'host'}))


Shop_ = None


def nothing_comes_out():
    global Shop_
    out = Everything()
    Shop_ = Shop('--dialect', 'medusa')
    echo = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    desk = Desk()
    os.environ['CARTWAY_TEST_NOTIFY'] = 'whsec_' + base64.b64encode(NOTIFY).decode()
    gateway = Gateway(plugins=sorted({row[0] for row in CANARIES.values()} | {'lease', 'grant'}),
                      options=['--log-level', 'debug', '--notify-url', desk.url, '--notify-secret', 'env:CARTWAY_TEST_NOTIFY'])
    reachable(gateway)
    gateway.init()
    gateway.start()
    key = gateway.app()
    use(gateway, key, out, echo.server_address[1])
    wrong_bodies(gateway, out)
    grants(gateway, key, out)
    linked = links(gateway, out)
    assert len(linked) > 15, linked
    notifications(desk, out)
    for path, answer in admin_pages(gateway):
        out.add(path, answer[1])
    out.add('metrics', request(gateway.port, 'GET', '/metrics')[1])
    with open('/proc/%d/limits' % gateway.process.pid, encoding='ascii') as file:
        assert re.search(r'^Max core file size +0 +0 ', file.read(), re.M)
    gateway.process.send_signal(signal.SIGABRT)  # a crash
    out.add('standard error', gateway.process.communicate(timeout=60)[1])
    gateway.process = None
    done = subprocess.run([GATEWAY, 'vault', 'check', '--data', gateway.data], capture_output=True, check=False)
    assert done.returncode == 0, done
    out.add('vault check', done.stdout + done.stderr)
    files(gateway, out)
    with open(gateway.data + '/master.key', 'rb') as file:
        master = file.read().strip()
    found = out.find([key.encode(), gateway.admin_key.encode(), master, bytes.fromhex(master.decode()), *linked])
    found = [row for row in found if row[1]]
    echo.shutdown()
    desk.shutdown()
    Shop_.stop()
    assert len(out.seen) > 100, len(out.seen)
    assert not found, '%d places: %s' % (len(found), '\n'.join(map(str, (row for row in found[:10]))))


def the_search_finds():
    out = Everything()
    out.add('here', {'message': 'token sk_CANARYmedusa7c1f9d'})
    assert out.find()


if __name__ == '__main__':
    sys.exit(run([the_search_finds, nothing_comes_out]))
