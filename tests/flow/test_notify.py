#!/usr/bin/env python3
"""An alert about credentials reaches the operator's address: signed, at once, and once more when it is over."""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from world import GATEWAY, PATIENCE_S, Gateway, World, request, run

SECRET = b'0123456789abcdefghijklmnopqrstuv'


class Desk(http.server.ThreadingHTTPServer):
    """The operator's server: what came, and what it answers."""

    def __init__(self):
        self.came, self.status = [], 204
        desk = self

        class Take(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers['Content-Length']))
                desk.came.append((self.path, dict(self.headers), body, desk.status))
                self.send_response(desk.status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(('127.0.0.1', 0), Take)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = 'http://127.0.0.1:%d/hook?token=CANARYurl' % self.server_address[1]

    def wait(self, n, taken=True):
        until = time.monotonic() + PATIENCE_S
        while len(self.seen(taken)) < n and time.monotonic() < until:
            time.sleep(0.05)
        assert len(self.seen(taken)) >= n, self.came
        return self.seen(taken)

    def seen(self, taken=True):
        return [row for row in self.came if not taken or row[3] == 204]


def signed(row):
    """What a message says, if its signature is good."""
    _, headers, body, _ = row
    headers = {name.lower(): value for name, value in headers.items()}
    text = ('%s.%s.' % (headers['webhook-id'], headers['webhook-timestamp'])).encode() + body
    good = 'v1,' + base64.b64encode(hmac.new(SECRET, text, hashlib.sha256).digest()).decode()
    assert headers['webhook-signature'] == good, headers
    assert abs(int(headers['webhook-timestamp']) - time.time()) < 300, headers
    return json.loads(body)['data']['alerts']


@contextlib.contextmanager
def told():
    with tempfile.NamedTemporaryFile(prefix='cartway-flow-') as file:
        file.write(b'whsec_' + base64.b64encode(SECRET) + b'\n')
        file.flush()
        os.chmod(file.name, 0o600)
        desk = Desk()
        with World(options=['--notify-url', desk.url, '--notify-secret', file.name]) as world:
            yield world, desk
        desk.shutdown()
        desk.server_close()


def put(world, key):
    assert world.gateway.admin('PUT', '/stores/s1/credentials', {'credentials': {'key': key}})[0] == 200


def a_refused_key_is_told_and_its_end_too():
    with told() as (world, desk):
        desk.status = 503
        put(world, 'sk_CANARYwrong')
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 424
        first = desk.wait(1, taken=False)[0]
        assert first[0] == '/hook?token=CANARYurl' and len(signed(first)) == 1, first
        desk.status = 204  # the same message, once more
        again = desk.wait(1)[0]
        assert again[2] == first[2] and {k.lower(): v for k, v in again[1].items()}['webhook-id'] == {k.lower(): v for k, v in first[1].items()}['webhook-id']
        alert = signed(again)[0]
        assert (alert['alert'], alert['state'], alert['store'], alert['way'], alert['message']) == ('reauth_required', 'on', 's1', None, 1), alert
        listed = [row for row in world.gateway.admin('GET', '/alerts')[1]['data'] if row['kind'] == 'reauth_required']
        assert len(listed) == 1 and listed[0]['store'] == 's1' and listed[0]['detail'] == alert['detail'], listed
        put(world, world.shop.key)
        assert signed(desk.wait(2)[1])[0]['state'] == 'over'
        assert not [row for row in world.gateway.admin('GET', '/alerts')[1]['data'] if row['kind'] == 'reauth_required']
        text = request(world.gateway.port, 'GET', '/metrics')[1].decode()
        assert 'cartway_alerts_total{kind="reauth_required"} 1\n' in text and 'cartway_notifications_total{result="sent"} 2\n' in text
        lines = world.gateway.lines()
        assert [line['event'] for line in lines if line.get('kind') == 'reauth_required'] == ['alert', 'alert.over'], lines
        failed = [line for line in lines if line['event'] == 'notify.failed']
        assert failed and failed[0]['status'] == 503 and failed[0]['level'] == 'warn', failed
        for out in (str(lines), str(desk.came)):
            assert 'CANARYwrong' not in out and world.shop.key not in out and SECRET.decode() not in out
        assert 'CANARYurl' not in str(lines)  # addresses hold secrets at times


def a_store_that_is_removed_is_over():
    with told() as (world, desk):
        put(world, 'sk_wrong')
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 424
        assert signed(desk.wait(1)[0])[0]['state'] == 'on'
        assert world.gateway.admin('DELETE', '/stores/s1')[0] == 200
        assert signed(desk.wait(2)[1])[0]['state'] == 'over'


def nonsense_is_refused_at_the_start():
    folder = tempfile.mkdtemp(prefix='cartway-flow-')
    secret = os.path.join(folder, 'secret')
    with open(secret, 'w', encoding='utf-8') as file:
        file.write('whsec_' + base64.b64encode(SECRET).decode())
    os.chmod(secret, 0o644)
    rows = ((['--notify-url', 'http://ops.example/CANARY'], 'expected https'), (['--notify-url', 'CANARY'], 'expected https://'),
            (['--notify-url', 'https://ops.example/', '--notify-secret', secret], 'run chmod 600 ' + secret),
            (['--notify-url', 'https://ops.example/', '--notify-secret', 'env:NO_SUCH'], 'no such variable'),
            (['--notify-url', 'https://ops.example/', '--notify-secret', 'cmd:echo CANARY'], 'expected whsec_ and base64'),
            (['--notify-url', 'https://ops.example/', '--notify-secret', folder + '/none'], 'no notify secret at'))
    for options, words in rows:
        gateway = Gateway(folder=folder, options=options)
        if not gateway.data or not os.path.exists(gateway.data):
            gateway.init()
        code, text = gateway.try_serve()
        assert code == 78 and words in text, (options, code, text)
        assert 'CANARY' not in text.replace(options[-1], ''), text
    os.unlink(secret)


def the_page_is_right():
    """docs/credentials.md: its example signs as we do, and what it names is there."""
    with open(os.path.join(os.environ.get('CARTWAY_SOURCE', '.'), 'docs', 'credentials.md'), encoding='utf-8') as file:
        page = file.read()
    block = re.search(r'^```sh\n(.*?)^```', page, re.M | re.S).group(1)
    done = subprocess.run(['sh', '-eu', '-c', block + 'echo "$secret"; echo "$id.$timestamp.$body"'], capture_output=True, text=True, check=True)
    signature, secret, text = done.stdout.splitlines()
    key = base64.b64decode(secret[len('whsec_'):])
    assert signature == 'v1,' + base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode(), done.stdout
    with World() as world:
        document = request(world.gateway.admin_port, 'GET', '/openapi.json')[1]
        states = document['components']['schemas']['credentials_object']['properties']['state']['enum']
        for state in states:
            assert '\n| `%s` |' % state in page, state
        for path in re.findall(r'(?:GET|PUT|POST|DELETE) (/admin/v1/[^ ?`\n]+)', page):
            assert path in document['paths'], path
        options = subprocess.run([GATEWAY, 'options'], capture_output=True, text=True, check=True).stdout
        for option in set(re.findall(r'--(?:notify|master)[a-z-]*', page)):
            assert '`%s`' % option in options, option


if __name__ == '__main__':
    sys.exit(run([a_refused_key_is_told_and_its_end_too, a_store_that_is_removed_is_over, nonsense_is_refused_at_the_start, the_page_is_right]))
