#!/usr/bin/env python3
"""shopsim serves authorization servers over HTTP: prints TAP, one point a claim.

    test_auth.py SHOPSIM     (the program)

Each provider's rules are tested in tests/authsim; here it is that HTTP, the desk and the Shopify dialect hand on what they say.
"""
import base64
import hashlib
import hmac
import html
import http.client
import http.server
import json
import re
import subprocess
import sys
import threading
import urllib.parse

from test_shopsim import Points, equal

APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}
BACK = 'http://127.0.0.1:1/back'


class Server:
    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, '--port', '0', '--quiet', '--with-parent', *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.host = self.process.stdout.readline().split('http://')[1].split()[0]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)

    def ask(self, method, path, body=None, form=None, headers=()):
        connection = http.client.HTTPConnection(self.host, timeout=10)
        data = urllib.parse.urlencode(form) if form is not None else json.dumps(body) if body is not None else None
        kind = 'application/x-www-form-urlencoded' if form is not None else 'application/json'
        try:
            connection.request(method, path, data, {'Content-Type': kind, **dict(headers)})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text, answer.reason
        finally:
            connection.close()

    def json(self, method, path, **more):
        status, _, text, _ = self.ask(method, path, **more)
        return status, json.loads(text)

    def desk(self, method, path, body=None):
        status, answer = self.json(method, '/_sim/auth' + path, body=body)
        assert status == 200, answer
        return answer


def exact_token(server, **form):
    return server.ask('POST', '/api/oauth2/token', form={**APP, **form})


def exact_connect(server):
    code = server.desk('POST', '/consent', {'shop': 'acme', 'redirect': BACK})['code']
    status, _, text, _ = exact_token(server, grant_type='authorization_code', code=code, redirect_uri=BACK)
    equal(status, 200)
    return json.loads(text)


def the_desk_and_http(server):
    pair = exact_connect(server)
    equal(pair['expires_in'], '6')
    bearer = {'Authorization': 'Bearer ' + pair['access_token']}
    equal(server.ask('GET', '/api/v1/current/Me', headers=bearer)[0], 200)
    status, _, text, reason = exact_token(server, grant_type='refresh_token', refresh_token=pair['refresh_token'])
    equal((status, json.loads(text)['error_description']), (400, 'Rate limit exceeded: access_token not expired'))
    equal(reason.split(':')[0], 'TooEarlyToRefreshTokens')
    equal(server.desk('GET', '/token?access=' + urllib.parse.quote(pair['access_token'])), {'good': True, 'why': 'OK'})
    server.desk('POST', '/happen', {'event': 'expire', 'shop': 'acme'})
    equal(server.ask('GET', '/api/v1/current/Me', headers=bearer)[0], 401)
    counts = server.desk('GET', '?shop=acme')
    equal((counts['obtained'], counts['called'], counts['refused']), (1, 1, {'TOO_EARLY': 1, 'TOKEN_EXPIRED': 1}))


def the_page(server):
    query = urllib.parse.urlencode({'client_id': 'app-1', 'redirect_uri': BACK, 'state': 'x&"<y'})
    status, headers, text, _ = server.ask('GET', '/api/oauth2/auth?' + query)
    assert status == 200 and headers['content-type'].startswith('text/html') and 'approve' in text, text
    status, headers, _, _ = server.ask('POST', '/api/oauth2/auth?' + query, form={'decision': 'approve', 'shop': 'other'})
    back = urllib.parse.urlsplit(headers['location'])
    answer = dict(urllib.parse.parse_qsl(back.query))
    equal((status, back.netloc, answer['state']), (302, '127.0.0.1:1', 'x&"<y'))
    equal(exact_token(server, grant_type='authorization_code', code=answer['code'], redirect_uri=BACK)[0], 200)
    status, headers, _, _ = server.ask('POST', '/api/oauth2/auth?' + query, form={'decision': 'deny'})
    equal(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers['location']).query))['error'], 'access_denied')


def answers_that_are_lost(server):
    for fault, seen in (('lost_after', 'gone'), ('truncated', 'gone'), ('500_before', 500), ('html', 200)):
        code = server.desk('POST', '/consent', {'redirect': BACK})['code']
        server.desk('POST', '/faults', {'rules': [{'fault': fault, 'on': 'obtain'}]})
        try:
            found = exact_token(server, grant_type='authorization_code', code=code, redirect_uri=BACK)[0]
        except (http.client.HTTPException, ConnectionError):
            found = 'gone'
        equal((fault, found), (fault, seen))
        server.desk('DELETE', '/faults')
    status, answer = server.json('POST', '/_sim/auth/faults', body={'rules': [{'fault': 'nonsense'}]})
    equal((status, answer['message']), (400, 'no fault "nonsense"'))


def shopify_takes_its_own_tokens(shop):
    query = urllib.parse.urlencode({'client_id': 'app-1', 'redirect_uri': BACK, 'state': 's', 'scope': 'read_orders'})
    _, headers, _, _ = shop.ask('POST', '/admin/oauth/authorize?' + query, form={'decision': 'approve'})
    back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers['location']).query))
    signature = back.pop('hmac')
    text = '&'.join('%s=%s' % (name, back[name]) for name in sorted(back))
    equal(signature, hmac.new(APP['client_secret'].encode(), text.encode(), hashlib.sha256).hexdigest())
    equal(back['shop'], shop.host)
    body = {**APP, 'code': back['code'], 'expiring': '1'}
    status, pair = shop.json('POST', '/admin/oauth/access_token', body=body)
    equal((status, pair['expires_in'], pair['scope']), (200, 3600, 'read_orders'))
    call = {'body': {'query': '{ shop { name } }'}}
    header = {'X-Shopify-Access-Token': pair['access_token']}
    equal(shop.json('POST', '/admin/api/2026-07/graphql.json', headers=header, **call)[1]['data'], {'shop': {'name': 'Shopsim'}})
    equal(shop.ask('POST', '/admin/api/2026-07/graphql.json', headers={'X-Shopify-Access-Token': 'shpat_shopsim'}, **call)[0], 200)
    asked = {'query': '{ orders(first: 1) { nodes { id } } products(first: 1) { nodes { id } } }'}
    denied = shop.json('POST', '/admin/api/2026-07/graphql.json', headers=header, body=asked)[1]['errors']
    equal([error['extensions']['code'] for error in denied], ['ACCESS_DENIED'])  # the consent was to read_orders
    equal(shop.json('POST', '/admin/oauth/access_token', body=body)[0], 400)
    shop.desk('POST', '/happen', {'event': 'revoke'})
    equal(shop.ask('POST', '/admin/api/2026-07/graphql.json', headers=header, **call)[0], 401)


def stores_are_apart(program):
    server = Server(program, '--auth', 'plain', '--stores', '2')
    port = server.host.split(':')[1]
    code = server.desk('POST', '/consent', {'redirect': BACK})['code']
    server.host = '127.0.0.2:' + port
    basic = {'Authorization': 'Basic YXBwLTE6c2VjcmV0LW9mLWFwcC0x'}
    form = {'grant_type': 'authorization_code', 'code': code, 'redirect_uri': BACK}
    equal(server.json('POST', '/oauth/token', form=form, headers=basic)[1]['error'], 'invalid_grant')
    server.host = '127.0.0.1:' + port
    equal(server.json('POST', '/oauth/token', form=form, headers=basic)[0], 200)
    server.close()


class Callback(http.server.BaseHTTPRequestHandler):
    """Where wc-auth posts keys to; while it thinks, it may ask the shop, as a careful gateway does."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        self.server.got.append((self.path, self.headers['Content-Type'], body))
        self.server.seen.append(self.server.check(body))
        self.send_response(self.server.status)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *arguments):
        pass


def keys_by_one_click(program):
    shop = Server(program, '--dialect', 'woocommerce')
    app = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Callback)
    app.got, app.seen, app.status = [], [], 200
    threading.Thread(target=app.serve_forever, daemon=True).start()

    def orders(key):
        pair = base64.b64encode(('%s:%s' % (key['consumer_key'], key['consumer_secret'])).encode()).decode()
        return shop.ask('GET', '/wp-json/wc/v3/orders', headers={'Authorization': 'Basic ' + pair, 'X-Forwarded-Proto': 'https'})[0]

    app.check = orders
    query = {'app_name': 'Cart & way', 'scope': 'read', 'user_id': 'a b/1', 'return_url': 'http://127.0.0.1:1/done?x=1',
             'callback_url': 'http://127.0.0.1:%d/keys?s=1' % app.server_port}

    def page(**changed):
        return shop.ask('GET', '/wc-auth/v1/authorize?' + urllib.parse.urlencode({**query, **changed}))

    def approve():
        link = re.search(r'wc-auth-approve" href="([^"]+)"', page()[2]).group(1)
        return shop.ask('GET', html.unescape(link))

    status, _, text, _ = page()
    assert status == 200 and 'Cart &#38; way' in text, text
    deny = html.unescape(re.search(r'wc-auth-deny" href="([^"]+)"', text).group(1))
    equal(deny, 'http://127.0.0.1:1/done?x=1&success=0&user_id=a%20b%2F1')
    status, headers, _, _ = approve()
    equal((status, headers['location']), (302, 'http://127.0.0.1:1/done?x=1&success=1&user_id=a%20b%2F1'))
    path, kind, key = app.got[0]
    equal((path, kind, key['user_id'], key['key_permissions']), ('/keys?s=1', 'application/json;charset=UTF-8', 'a b/1', 'read'))
    equal((app.seen, orders(key), orders({**key, 'consumer_secret': 'cs_wrong'})), ([200], 200, 401))
    app.status = 500
    status, _, text, _ = approve()
    assert status == 401 and 'unable to send the consumer data' in text, text
    equal((app.seen[1], orders(app.got[1][2])), (200, 401))  # it was good, and was taken back
    for changed, why in (({'scope': 'all'}, 'Invalid scope all'), ({'user_id': ''}, 'Missing parameter user_id'),
                         ({'return_url': 'nowhere'}, 'The return_url is not a valid URL'),
                         ({'callback_url': 'http://192.0.2.1/x'}, 'The callback_url needs to be over SSL')):
        status, _, text, _ = page(**changed)
        assert status == 401 and 'Error: %s.' % why in text, text
    equal(shop.ask('GET', '/wc-auth/v1/access_granted?' + urllib.parse.urlencode(query))[0], 401)
    app.shutdown()
    app.server_close()
    query['callback_url'] = 'http://127.0.0.1:%d/gone' % app.server_port
    equal(approve()[0], 401)
    query['callback_url'] = 'https://shop.example/x'
    equal(approve()[0], 401)
    shop.close()


def main(program):
    points = Points()
    exact = Server(program, '--auth', 'exact-online', '--scale', '100')
    for check in (the_desk_and_http, the_page, answers_that_are_lost):
        points.check(check.__name__, check, exact)
    exact.close()
    shop = Server(program, '--dialect', 'shopify')
    points.check('shopify_takes_its_own_tokens', shopify_takes_its_own_tokens, shop)
    shop.close()
    points.check('stores_are_apart', stores_are_apart, program)
    points.check('keys_by_one_click', keys_by_one_click, program)
    return points.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
