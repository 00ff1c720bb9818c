"""A gateway, a misbehaving shop and a client, for the flow tests: real programs on ports of their own.

    with World() as world:
        status, body, headers = world.get('/v1/stores/s1/orders?limit=2')

Only Python's standard library.  Every process started here is ended here.
"""
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

BUILD = os.environ.get('CARTWAY_BUILD', 'build')
ADAPTERS = os.environ.get('CARTWAY_ADAPTERS', os.path.join(BUILD, 'adapters'))
GATEWAY = os.path.join(BUILD, 'cartway')
TURNED = os.path.join(BUILD, 'tests', 'flow', 'cartway_turned')  # with a clock that Gateway.turn turns
SHOPSIM = os.path.join(BUILD, 'tests', 'shopsim', 'shopsim')
ALL_SCOPES = ['orders:read', 'orders:write', 'products:read', 'products:write', 'inventory:read', 'inventory:write',
              'stores:read', 'raw']
# Limits that nobody has published begin low; most stories are about shops that are known well: these numbers are at once in force.
GROWN = {'medusa': {'pace': {'mode': 'off'}, 'open': {'amount': 10}}, 'woocommerce': {'pace': {'amount': 10}, 'open': {'amount': 3}}}
PATIENCE_S = 60  # sanitizers on a busy machine; nothing waits for it in the normal run


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def until(holds, what='it did not come to that'):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def parse_line(line):
    """A line of the log.  A kill -9 may leave half of one, which the first line of the next start goes on."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return json.loads(line[line.rindex('{"ts":"'):])


def request(port, method, path, body=None, headers=None, timeout=PATIENCE_S):
    """One exchange: (status, parsed body or bytes, headers)."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, path, data, headers or {})
        reply = connection.getresponse()
        raw = reply.read()
        kind = reply.getheader('Content-Type') or ''
        return reply.status, json.loads(raw) if 'json' in kind and raw else raw, dict(reply.getheaders())
    finally:
        connection.close()


class Shop:
    """shopsim, and its desk under /_sim."""

    def __init__(self, *options, before=None):
        if 'shopify' in options and 'CARTWAY_DOCUMENTS' in os.environ:  # test_shopify_schema.py wants to see them
            options += ('--documents', os.environ['CARTWAY_DOCUMENTS'])
        self.process = subprocess.Popen([SHOPSIM, '--port', '0', '--quiet', '--with-parent', *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=before)
        line = self.process.stdout.readline()
        self.port = int(line.split('http://127.0.0.1:')[1].split()[0])
        self.key = line.split(' key ')[1].strip()

    def desk(self, method, path, body=None):
        return request(self.port, method, '/_sim/' + path, body)[1]

    def faults(self, *rules):
        self.desk('POST', 'faults', {'rules': list(rules)})

    def state(self):
        return self.desk('GET', 'state')

    def admin(self, path):
        """What the shop itself says, asked without the gateway."""
        import base64
        secret = base64.b64encode((self.key + ':').encode()).decode()
        return request(self.port, 'GET', '/admin' + path, None, {'Authorization': 'Basic ' + secret})[1]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Gateway:
    """cartway serve on a data folder of its own."""

    def __init__(self, folder=None, options=(), plugins=('medusa',), grown=True, turned=False):
        self.folder = folder or tempfile.mkdtemp(prefix='cartway-flow-')
        self.data = os.path.join(self.folder, 'data')
        self.plugins = os.path.join(self.folder, 'plugins.d')
        self.log = os.path.join(self.folder, 'log')
        self.options = list(options)
        self.process = self.port = None
        self.admin_key = None
        self.program, self.env, self.ahead_ms = GATEWAY, None, 0
        if turned:
            self.program, self.env = TURNED, {**os.environ, 'CARTWAY_TURNED': os.path.join(self.folder, 'clock')}
            self.turn(0)
        os.makedirs(self.plugins, exist_ok=True)
        for name in plugins:
            folders = ADAPTERS, os.path.join(BUILD, 'tests', 'flow'), os.path.join(BUILD, 'tests', 'bench')  # toy, paced
            file = next(f for f in (os.path.join(folder, name + '.so') for folder in folders) if os.path.exists(f))
            copy = os.path.join(self.folder, name + '.so')
            shutil.copy(file, copy)
            os.chmod(copy, 0o755)
            with open(os.path.join(self.plugins, name + '.json'), 'w', encoding='utf-8') as entry:
                limits = {'limits': GROWN[name]} if grown and name in GROWN else {}
                json.dump({'file': copy, 'sha256': sha256(copy), **limits}, entry)

    def init(self):
        done = subprocess.run([self.program, 'init', '--data', self.data], capture_output=True, text=True, check=False, env=self.env)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        self.admin_key = done.stdout.strip()

    def turn(self, seconds):
        """Both clocks go ahead by so much more, at once; what is due then is begun."""
        self.ahead_ms += int(seconds * 1000)
        clock = os.open(self.env['CARTWAY_TURNED'], os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(clock, self.ahead_ms.to_bytes(8, sys.byteorder), 0)
        os.close(clock)
        if self.port:
            for _ in range(2):  # a turn of the loop that reads the clock, and one behind it
                try:
                    request(self.port, 'GET', '/healthz')
                except (http.client.RemoteDisconnected, ConnectionResetError):  # taken before the turn, it has idled since
                    request(self.port, 'GET', '/healthz')

    def command(self):
        return [self.program, 'serve', '--data', self.data, '--plugins', self.plugins, '--listen', '127.0.0.1:0',
                '--admin-listen', '127.0.0.1:0', '--log-file', self.log, '--unknown-ms', '0', '--status-feeds', '0', *self.options]

    def start(self):
        seen = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.port = None
        self.process = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True, env=self.env)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError('the gateway ended: ' + self.process.stderr.read())
            for line in self.lines(seen):
                if line.get('event') == 'started':
                    self.port, self.admin_port = line['port'], line['admin_port']
                    return self
            time.sleep(0.01)
        raise RuntimeError('the gateway did not start')

    def settle_log(self):
        """Lines are written up to 20 ms after what they tell of, in a turn of the loop: two turns that come later than that."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            for pause_s in (0.03, 0, 0):
                request(self.port, 'GET', '/healthz')
                time.sleep(pause_s)

    def lines(self, offset=0):
        if self.port and self.process and self.process.poll() is None:
            self.settle_log()
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding='utf-8') as file:
            file.seek(offset)
            return [parse_line(line) for line in file if line.endswith('\n')]

    def attempts(self):
        """The log's lines of attempts, all of them: lines wait a little before they are written, counts do not."""
        until = time.monotonic() + PATIENCE_S
        while True:
            _, text, _ = request(self.port, 'GET', '/metrics')
            counted = sum(int(line.split()[-1]) for line in text.decode().splitlines() if line.startswith('cartway_attempts_total{'))
            lines = [line for line in self.lines() if line.get('event') == 'attempt']
            if len(lines) >= counted:
                return lines
            assert time.monotonic() < until, '%d attempts were counted, %d are in the log' % (counted, len(lines))
            time.sleep(0.005)

    def try_serve(self):
        """For starts that must be refused: (exit code, standard error)."""
        done = subprocess.run(self.command(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return done.returncode, done.stderr

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        code = self.process.returncode if self.process else 0
        if self.process:
            text = self.process.stderr.read()
            self.process.stderr.close()
            if text:
                sys.stderr.write(text)
            self.process = None
        return code

    def admin(self, method, path, body=None, key=None):
        return request(self.admin_port, method, '/admin/v1' + path, body,
                       {'Authorization': 'Bearer ' + (key or self.admin_key)})

    def app(self, scopes=None, stores=('*',)):
        """The key of a new app, which may do everything with every store unless it is said."""
        status, body, _ = self.admin('POST', '/apps', {'name': 'flow', 'scopes': scopes or ALL_SCOPES, 'stores': list(stores)})
        assert status == 201, body
        return body['data']['key']


class World:
    """One shop, one gateway, one store s1, one app with every scope."""

    def __init__(self, shop_options=(), options=(), scopes=None, stores=('*',)):
        self.shop = Shop(*shop_options)
        self.gateway = Gateway(options=options)
        self.gateway.init()
        self.gateway.start()
        self.connect('s1', self.shop.port, self.shop.key)
        self.key = self.app(scopes, stores)

    def connect(self, name, port, key):
        status, body, _ = self.gateway.admin('POST', '/stores', {
            'id': name, 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % port},
            'credentials': {'key': key}, 'allow_private': True})
        assert status == 201, body

    def app(self, scopes, stores):
        return self.gateway.app(scopes, stores)

    def call(self, method, path, body=None, key=None, headers=None):
        all_headers = {'Authorization': 'Bearer ' + (key or self.key), **(headers or {})}
        return request(self.gateway.port, method, path, body, all_headers)

    def get(self, path, **more):
        return self.call('GET', path, **more)

    def stock(self, body, **more):
        return self.call('POST', '/v1/stores/s1/inventory', body, **more)

    def all(self, path):
        """Every record of a list, by pages."""
        records, cursor = [], None
        while True:
            mark = '&' if '?' in path else '?'
            status, body, _ = self.get(path + (mark + 'cursor=' + urllib.parse.quote(cursor) if cursor else ''))
            assert status == 200, body
            records += body['data']
            cursor = body['next']
            if not cursor:
                return records

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        code = self.gateway.stop()
        self.shop.stop()
        shutil.rmtree(self.gateway.folder, ignore_errors=True)
        if code != 0:
            raise RuntimeError('the gateway ended with %d' % code)


class Place:
    """A WooCommerce shop of shopsim, and a gateway that knows it as w1.  limits: what plugins.d says of the platform's."""

    def __init__(self, shop_options=(), options=(), limits=None, grown=True, turned=False):
        self.shop = Shop('--dialect', 'woocommerce', *shop_options)
        self.gateway = Gateway(plugins=['woocommerce'], options=options, grown=grown, turned=turned)
        if limits:
            self.say(limits)
        self.gateway.init()
        self.gateway.start()
        connect(self.gateway, woocommerce_store('w1', self.shop.port))

    def say(self, limits):
        """As an editor does: a new file, renamed into the place of the old one.  None: takes them back."""
        path = os.path.join(self.gateway.plugins, 'woocommerce.json')
        with open(path, encoding='utf-8') as file:
            entry = json.load(file)
        entry.pop('limits', None)
        if limits is not None:
            entry['limits'] = limits
        with open(path + '.new', 'w', encoding='utf-8') as file:
            json.dump(entry, file)
        os.rename(path + '.new', path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.gateway.stop()
        self.shop.stop()
        assert code == 0, code


def woocommerce_store(name, port):
    return {'id': name, 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % port},
            'credentials': {'key': 'ck_shopsim', 'secret': 'cs_shopsim'}}


def shopify_store(name, port, token='shpat_shopsim'):
    """What the admin API is told of a sandbox shop."""
    return {'id': name, 'platform': 'shopify', 'settings': {'shop': 'http://127.0.0.1:%d' % port}, 'credentials': {'token': token}}


def connect(gateway, body):
    status, answer, _ = gateway.admin('POST', '/stores', {**body, 'allow_private': True})
    assert status == 201, answer


def connected(plugins, *stores):
    """A gateway that runs with these stores, and the key of an app that may do everything with them."""
    gateway = Gateway(plugins=plugins)
    gateway.init()
    gateway.start()
    for body in stores:
        connect(gateway, body)
    return gateway, gateway.app()


def run(tests):
    """Runs functions as TAP; the exit code is 0 if all passed."""
    import traceback
    failed = 0
    print('1..%d' % len(tests), flush=True)
    for number, test in enumerate(tests, 1):
        try:
            test()
            print('ok %d - %s' % (number, test.__name__), flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
            print('not ok %d - %s' % (number, test.__name__), flush=True)
    return 1 if failed else 0


def main(tests, *parts):
    """Runs them, stops the parts in their order, and ends the process: a gateway that ends badly is a failure, too."""
    code = 1
    try:
        code = run(tests)
    finally:
        for part in parts:
            code = part.stop() or code
    sys.exit(code)
