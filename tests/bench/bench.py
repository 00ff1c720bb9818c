#!/usr/bin/env python3
"""bench - what a request costs, beside nginx and beside Node; script/bench calls this.

    bench.py [--build FOLDER] [--ci] [--rounds N] [--seconds S] [NAME...]

Prints `name value unit` a line, `#` lines of comment before and between, and `MISSED name value unit, must be ...`
where a target is not reached.  A NAME is a line (order.instructions) or its first word (order).

Everything runs on loopback: an nginx that answers as a Medusa shop (tests/bench/make_pages.py), and in front of it
in turn nginx as a plain proxy, the gateway, and a small Node normaliser, each alone on core 1 while wrk and the
shop share core 0.  Before anything is timed, the gateway's answers are compared with the normaliser's.

CPU a request is (utime + stime) of all threads of the server's process over the requests that wrk completed;
rounds alternate between the servers, and a line is the median of its rounds.  Instructions are callgrind's, as the
slope between two numbers of requests, so that the start does not count.
"""
import argparse
import collections
import contextlib
import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BASELINES = os.path.join(HERE, 'baselines')
FIELDS = ('id,number,created_at,status,currency,customer.email,billing_address.phone,shipping_address,items.sku,'
          'items.name,items.quantity,items.unit_price,items.total,totals.total')
PATHS = {'page': '/v1/stores/s1/orders?limit=50&fields=' + FIELDS,
         'order': '/v1/stores/s1/orders/one?fields=' + FIELDS,
         'raw': '/v1/stores/s1/raw/raw150'}
SHOP_PATHS = {'page': '/admin/orders', 'order': '/admin/orders/one', 'raw': '/admin/raw150'}
TICKS = os.sysconf('SC_CLK_TCK')
SERVER_CORE, LOAD_CORE = '1', '0'
CONNECTIONS, IDLE_CONNECTIONS = (64, 16), 2000
FEW, MANY = 20, 120  # requests of the two callgrind runs
LANES_FEW, LANES_MANY = 10000, 60000  # the same of grants
CI_SLACK = 1.10
CI_REFRESH = ('--stores', '1000', '--scale', '100', '--only-missed')  # less than a minute

Line = collections.namedtuple('Line', 'name unit is_least target aim')
LINES = [
    Line('page.cpu_vs_nginx', 'x', False, 4.0, 3.0), Line('page.rps_vs_node', 'x', True, 5.0, 8.0),
    Line('order.cpu_vs_nginx', 'x', False, 3.2, 2.0), Line('order.rps_vs_node', 'x', True, 2.5, 4.0),
    Line('raw.cpu_vs_nginx', 'x', False, 1.6, 1.2),
    Line('connections.kb_idle', 'KB', False, 20, 10), Line('start.ms', 'ms', False, 300, 100),
    Line('start.rss_mb', 'MB', False, 24, 12),
    Line('page.instructions', 'instructions', False, 3.2e6, 2.0e6), Line('order.instructions', 'instructions', False, 240e3, 150e3),
    Line('reader.mb_s', 'MB/s', True, 500, 900), Line('reader.vs_jansson', 'x', True, 12, 20),
    Line('reader.woocommerce_mb_s', 'MB/s', True, 500, 900), Line('reader.woocommerce_vs_parse', 'x', True, 12, 20),
    Line('lanes.ns_hot', 'ns', False, 60, 60), Line('lanes.ns_cold', 'ns', False, 450, 450), Line('lanes.bytes', 'bytes', False, 200, 200),
    Line('lanes.instructions', 'instructions', False, 900, 700), Line('governor.share_pct', '%', False, 3, 1),
    Line('pace.ratio', 'x the least', False, 1.005, 1.0), Line('pace.refused', 'calls', False, 0, 0),
    Line('pace.interactive_wait_ms', 'ms', False, 60, 50),
    Line('pace50.ratio', 'x the least', False, 1.02, 1.0), Line('pace50.refused', 'calls', False, 0, 0),
    Line('isolation.p99_ratio', 'x', False, 1.15, 1.05),
    Line('cache.calls_saved_pct', '%', True, 50, 50), Line('less.requests', 'requests', False, 110, 101),
    Line('plan.calls_woocommerce', 'x the least', False, 1.1, 1.0), Line('plan.calls_medusa', 'x the least', False, 1.1, 1.0),
    Line('plan.calls_shopify', 'x the least', False, 1.1, 1.0),
    Line('refresh.missed', 'stores', False, 0, 0), Line('refresh.refused', 'refreshes', False, 0, 0),
    Line('refresh.p99_ratio', 'x', False, 1.2, 1.0),
    Line('connect.ms', 'ms', False, 50, 10),
    Line('vault.open_us', 'us', False, 5, 2), Line('vault.rotate_ratio', 'x', False, 1.3, 1.0),
]
BY_NAME = {line.name: line for line in LINES}
CI_LINES = ('page.instructions', 'order.instructions', 'lanes.instructions', 'governor.share_pct', 'reader.mb_s', 'reader.vs_jansson',
            'refresh.missed', 'refresh.refused')


def note(text):
    print('# ' + text, flush=True)


def stop(text):
    sys.exit('bench: ' + text)


# ---- results ------------------------------------------------------------------------------------------------

class Results:
    """Prints the lines that were asked for, and remembers what a CI run refuses."""

    def __init__(self, names):
        self.names, self.refused, self.missed = names, [], 0
        self.recorded = self.read_baselines()

    @staticmethod
    def read_baselines():
        with contextlib.suppress(OSError), open(BASELINES, encoding='utf-8') as f:
            rows = [line.split() for line in f if line.strip() and line[0] != '#']
            return {row[0]: float(row[1]) for row in rows}
        return {}

    def wants(self, *names):
        return any(name in self.names for name in names)

    def add(self, name, value):
        if name not in self.names:
            return
        line = BY_NAME[name]
        text = ('%.0f' if value >= 1000 else '%.4f' if name.endswith('.ratio') else '%.2f') % value
        good = value >= line.target if line.is_least else value <= line.target
        must = '' if good else ', must be %s %g' % ('>=' if line.is_least else '<=', line.target)
        self.missed += not good
        print('%s%s %s %s%s' % ('' if good else 'MISSED ', name, text, line.unit, must), flush=True)
        self.compare(name, value)

    def compare(self, name, value):
        recorded = self.recorded.get(name)
        if recorded is not None and value > recorded * CI_SLACK:
            self.refused.append('%s: %.0f is more than %.0f %% above the recorded %.0f' % (name, value, (CI_SLACK - 1) * 100, recorded))


# ---- HTTP, processes ----------------------------------------------------------------------------------------

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Client:
    """One keep-alive connection."""

    def __init__(self, port, key=''):
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=120)
        self.headers = {'Authorization': 'Bearer ' + key} if key else {}

    def __call__(self, path, method='GET', body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def must(self, path, method='GET', body=None, status=200):
        found, text = self(path, method, body)
        if found != status:
            stop('%s %s: %d %s' % (method, path, found, text[:600].decode(errors='replace')))
        return text

    def close(self):
        self.connection.close()


def await_answer(port, path, process, log=None):
    """Milliseconds until `path` answers 200."""
    begin = time.monotonic()
    while time.monotonic() - begin < 120:
        with contextlib.suppress(OSError, http.client.HTTPException):
            client = Client(port)
            status, _ = client(path)
            client.close()
            if status == 200:
                return (time.monotonic() - begin) * 1000
        if process.poll() is not None:
            break
        time.sleep(0.001)
    if log and os.path.exists(log):
        with open(log, encoding='utf-8', errors='replace') as f:
            sys.stderr.write(f.read()[-2000:])
    stop('%s did not start' % process.args)


def cpu_s(pids):
    total = 0
    for pid in pids:
        with open('/proc/%d/stat' % pid, encoding='ascii', errors='replace') as f:
            after = f.read().rsplit(')', 1)[1].split()
        total += int(after[11]) + int(after[12])
    return total / TICKS


def rss_kb(pid):
    with open('/proc/%d/status' % pid, encoding='ascii', errors='replace') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def pinned(core, *command):
    return ['taskset', '-c', core, *command]


class Server:
    """A process of ours; `pids` are those whose CPU counts."""

    def __init__(self, command, core, log, port):
        self.port, self.log = port, log
        with open(log, 'ab') as out:
            self.process = subprocess.Popen(pinned(core, *command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.pids = [self.process.pid]

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


# ---- the shop and the floor: nginx ----------------------------------------------------------------------------

NGINX = '''daemon off; master_process off; pid %(folder)s/%(name)s.pid; error_log %(folder)s/%(name)s.log;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  access_log off; default_type application/json; types { } sendfile on; tcp_nopush on;
  keepalive_requests 100000000; keepalive_timeout 3600; open_file_cache max=10 inactive=3600;
  client_body_temp_path %(folder)s/%(name)s.body; proxy_temp_path %(folder)s/%(name)s.proxy;
  fastcgi_temp_path %(folder)s/%(name)s.f; uwsgi_temp_path %(folder)s/%(name)s.u; scgi_temp_path %(folder)s/%(name)s.s;
  %(more)s
}
'''
SHOP = '''server { listen 127.0.0.1:%(port)d backlog=4096;
    location = /admin/orders { alias %(folder)s/orders.json; }
    location = /admin/orders/one { alias %(folder)s/order.json; }
    location = /admin/raw150 { alias %(folder)s/raw150.json; } }'''
# Buffers for a whole page: with nginx's own 40 KB it would write each page to a file first.
PROXY = '''upstream shop { server 127.0.0.1:%(shop)d; keepalive 256; keepalive_requests 100000000; }
  proxy_buffer_size 16k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k; proxy_max_temp_file_size 0;
  server { listen 127.0.0.1:%(port)d backlog=4096;
    location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; } }'''


def nginx(folder, name, core, more, **names):
    port = free_port()
    path = os.path.join(folder, name + '.conf')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(NGINX % {'folder': folder, 'name': name, 'more': more % {'folder': folder, 'port': port, **names}})
    os.chmod(folder, 0o755)
    server = Server(['nginx', '-p', folder, '-c', path], core, os.path.join(folder, name + '.out'), port)
    await_answer(port, '/admin/orders/one', server.process, server.log)
    return server


# ---- the gateway ------------------------------------------------------------------------------------------------

class Gateway:
    def __init__(self, build, folder, shop_port):
        self.binary = os.path.join(build, 'cartway')
        self.folder, self.data, self.plugins = folder, os.path.join(folder, 'data'), os.path.join(folder, 'plugins.d')
        self.port, self.admin_port, self.server = free_port(), free_port(), None
        os.makedirs(self.plugins)
        self.enable(os.path.join(build, 'adapters', 'medusa.so'))
        done = subprocess.run([self.binary, 'init', '--data', self.data], capture_output=True, text=True, check=False)
        if done.returncode:
            stop('cartway init: ' + done.stderr)
        self.start()
        self.register(done.stdout.split()[-1], shop_port)

    def enable(self, module):
        copy = os.path.join(self.folder, 'medusa.so')
        shutil.copy(module, copy)
        os.chmod(copy, 0o755)
        with open(copy, 'rb') as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        with open(os.path.join(self.plugins, 'medusa.json'), 'w', encoding='utf-8') as f:
            json.dump({'file': copy, 'sha256': digest, 'limits': {'open': {'amount': 1000}, 'pace': {'mode': 'off'}}}, f)

    def start(self, before=()):
        """Starts it; milliseconds from exec to /readyz 200."""
        command = [*before, self.binary, 'serve', '--data', self.data, '--plugins', self.plugins, '--status-feeds', '0', '--listen',
                   '127.0.0.1:%d' % self.port, '--admin-listen', '127.0.0.1:%d' % self.admin_port, '--log-level', 'warn', '--unknown-ms', '0']
        begin = time.monotonic()
        self.server = Server(command, SERVER_CORE, os.path.join(self.folder, 'gateway.log'), self.port)
        await_answer(self.port, '/readyz', self.server.process, self.server.log)
        return (time.monotonic() - begin) * 1000

    def register(self, admin_key, shop_port):
        admin = Client(self.admin_port, admin_key)
        admin.must('/admin/v1/stores', 'POST', {
            'id': 's1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shop_port},
            'credentials': {'key': 'sk_bench'}, 'allow_private': True}, 201)
        answer = json.loads(admin.must('/admin/v1/apps', 'POST', {'name': 'bench', 'stores': ['s1'], 'scopes': ['orders:read', 'raw']}, 201))
        self.key = answer.get('data', answer)['key']
        admin.close()

    def end(self):
        self.server.end()


# ---- the same answer ------------------------------------------------------------------------------------------------

OWN = ('observed_at', 'next', 'gid')


def common(value):
    """Without what belongs to one request or one implementation."""
    if isinstance(value, dict):
        return {k: common(v) for k, v in value.items() if k not in OWN}
    return [common(v) for v in value] if isinstance(value, list) else value


def first_difference(a, b, path='$'):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if key not in a or key not in b:
                return '%s.%s is only in the %s' % (path, key, 'gateway\'s' if key in a else 'normaliser\'s')
            found = first_difference(a[key], b[key], path + '.' + key)
            if found:
                return found
        return None
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next((d for i, (x, y) in enumerate(zip(a, b)) if (d := first_difference(x, y, '%s[%d]' % (path, i)))), None)
    return None if a == b else '%s: gateway %s, normaliser %s' % (path, json.dumps(a)[:200], json.dumps(b)[:200])


def check_same(gateway, node, shop, name):
    ours, theirs = gateway.must(PATHS[name]), node.must(PATHS[name])
    try:
        ours_read = json.loads(ours)
    except ValueError as fault:
        stop('%s: the gateway\'s answer is not JSON: %s: %s' % (name, fault, ours[:100].decode(errors='replace')))
    difference = first_difference(common(ours_read), common(json.loads(theirs)))
    if difference:
        stop('%s: the answers differ, so nothing is timed: %s' % (name, difference))
    note('%s: %d bytes in, %d bytes out, as the normaliser\'s %d' % (name, len(shop.must(SHOP_PATHS[name])), len(ours), len(theirs)))


# ---- rounds --------------------------------------------------------------------------------------------------------

def wrk(port, path, connections, seconds, key):
    command = pinned(LOAD_CORE, 'wrk', '-t1', '-c%d' % connections, '-d%gs' % seconds, '--timeout', '30s')
    if key:
        command += ['-H', 'Authorization: Bearer ' + key]
    text = subprocess.run([*command, 'http://127.0.0.1:%d%s' % (port, path)], check=True, capture_output=True, text=True).stdout
    bad = re.search(r'Non-2xx.*|Socket errors: (?!connect 0, read 0, write 0, timeout 0).*', text)
    if bad:
        stop('%s: %s' % (path, bad.group(0)))
    n, took = re.search(r'(\d+) requests in ([\d.]+)s', text).groups()
    return int(n), float(took)


def measure(server, path, connections, seconds, key):
    """(CPU microseconds a request, requests a second)."""
    before = cpu_s(server.pids)
    n, took = wrk(server.port, path, connections, seconds, key)
    return (cpu_s(server.pids) - before) * 1e6 / max(n, 1), n / took


def rounds(name, servers, options, key):
    """Medians by connections and server: {64: {'nginx': (us, rps), ...}}."""
    medians = {}
    for connections in CONNECTIONS:
        found = collections.defaultdict(list)
        for _ in range(options.rounds):
            for who, server in servers.items():
                path = SHOP_PATHS[name] if who == 'nginx' else PATHS[name]
                found[who].append(measure(server, path, connections, options.seconds, key if who == 'cartway' else ''))
        medians[connections] = {who: tuple(statistics.median(x) for x in zip(*rows)) for who, rows in found.items()}
        note('%s c=%d: %s' % (name, connections, '; '.join(
            '%s %.1f us CPU, %.0f req/s' % (who, *pair) for who, pair in medians[connections].items())))
    return medians[CONNECTIONS[0]]


def bench_rounds(bed, results, options):
    for name in ('page', 'order', 'raw'):
        if not results.wants(name + '.cpu_vs_nginx', name + '.rps_vs_node'):
            continue
        servers = {'nginx': bed.proxy, 'cartway': bed.gateway.server}
        gateway = Client(bed.gateway.port, bed.gateway.key)
        if name == 'raw':
            if gateway.must(PATHS[name]) != Client(bed.shop.port).must(SHOP_PATHS[name]):
                stop('raw: the answer is not the shop\'s')
        else:
            servers['node'] = bed.node
            check_same(gateway, Client(bed.node.port), Client(bed.shop.port), name)
        gateway.close()
        for who, server in servers.items():  # warm: pools, the JIT, the phone cache
            wrk(server.port, SHOP_PATHS[name] if who == 'nginx' else PATHS[name], 64, 1, bed.gateway.key if who == 'cartway' else '')
        found = rounds(name, servers, options, bed.gateway.key)
        results.add(name + '.cpu_vs_nginx', found['cartway'][0] / found['nginx'][0])
        if 'node' in found:
            results.add(name + '.rps_vs_node', found['cartway'][1] / found['node'][1])


# ---- connections, start ----------------------------------------------------------------------------------------------

def bench_start(bed, results):
    if not results.wants('start.ms', 'start.rss_mb'):
        return
    took, size = [], []
    for _ in range(5):
        bed.gateway.end()
        took.append(bed.gateway.start())
        size.append(rss_kb(bed.gateway.server.process.pid) / 1024)
    results.add('start.ms', statistics.median(took))
    results.add('start.rss_mb', statistics.median(size))


def idle_client(port, request):
    s = socket.create_connection(('127.0.0.1', port), 30)
    s.sendall(request)
    seen = b''
    while b'\r\n\r\n' not in seen:
        seen += s.recv(65536)
    head, _, body = seen.partition(b'\r\n\r\n')
    if b' 200 ' not in head.split(b'\r\n', 1)[0]:
        stop('connections: ' + head.decode(errors='replace'))
    left = int(re.search(rb'(?i)content-length: *(\d+)', head).group(1)) - len(body)
    while left > 0:
        left -= len(s.recv(65536))
    return s


def bench_connections(bed, results):
    if not results.wants('connections.kb_idle'):
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
                                                resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    bed.gateway.end()  # what earlier lines freed would serve the connections and hide their cost
    bed.gateway.start()
    request = ('GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n' % (PATHS['order'], bed.gateway.key)).encode()
    pid = bed.gateway.server.process.pid
    clients = [idle_client(bed.gateway.port, request) for _ in range(20)]
    before = rss_kb(pid)
    clients += [idle_client(bed.gateway.port, request) for _ in range(IDLE_CONNECTIONS)]
    results.add('connections.kb_idle', (rss_kb(pid) - before) / IDLE_CONNECTIONS)
    for client in clients:
        client.close()


# ---- instructions ----------------------------------------------------------------------------------------------------

def callgrind(bed, path, n, out):
    """Instructions of a gateway that is started, asked n times and ended."""
    bed.gateway.end()
    bed.gateway.start(['valgrind', '-q', '--tool=callgrind', '--callgrind-out-file=' + out])
    client = Client(bed.gateway.port, bed.gateway.key)
    for _ in range(n):
        client.must(path)
    client.close()
    bed.gateway.end()
    with open(out, encoding='utf-8', errors='replace') as f:
        return f.read()


def total_of(profile):
    return int(re.search(r'^(?:totals|summary): (\d+)', profile, re.M).group(1))


# What the governor is asked for (limits*.c: what a call costs, what an answer tells; limits_name is a word of any template),
# functions of limits*.c that ask it themselves, and its callbacks: the way to the shop, which is no work of its.
GOVERNOR = re.compile(r'(governor|limits)_(?!new$|free$|name$)\w+$')
GOVERNORS_OWN = ('fit', 'demand_of', 'collect_caps', 'tell_limit')
CALLED_BACK = ('on_granted', 'on_refused')


def governor_of(profile):
    """Instructions inside the governor's entry points and what they call (core/governor, core/exchange/limits*.c), by callgrind's edges:
    those that lead in, less those that lead out by its callbacks."""
    names, total, caller, called = {}, 0, '', ''
    expects_cost = False
    for row in profile.splitlines():
        at = re.match(r'(c?fn)=\((\d+)\)(?: (.*))?$', row)
        if at:
            name = names.setdefault(at[2], at[3]) if at[3] else names[at[2]]
            name = re.sub(r"('\d+|\.\w+(\.\d+)?)$", '', name)  # .isra.0, .part.0
            caller, called = (caller, name) if at[1] == 'cfn' else (name, '')
        elif row.startswith('calls='):
            expects_cost = True
        elif expects_cost:
            expects_cost = False
            cost, is_inside = int(row.split()[1]), bool(GOVERNOR.match(caller)) or caller in GOVERNORS_OWN
            if GOVERNOR.match(called) and not is_inside:
                total += cost
            elif called in CALLED_BACK:
                total -= cost
    return total


def bench_instructions(bed, results, options):
    wanted = {'page': ('page.instructions',), 'order': ('order.instructions', 'governor.share_pct')}
    for name in wanted:
        if not results.wants(*wanted[name]):
            continue
        few, many = (callgrind(bed, PATHS[name], n, os.path.join(options.keep or bed.folder, 'callgrind.%s.%d' % (name, n)))
                     for n in (FEW, MANY))
        total = total_of(many) - total_of(few)
        results.add(name + '.instructions', total / (MANY - FEW))
        if name == 'order':
            own = governor_of(many) - governor_of(few)
            note('governor: %.0f of %.0f instructions of an order' % (own / (MANY - FEW), total / (MANY - FEW)))
            results.add('governor.share_pct', 100 * own / total)
    if results.wants('page.instructions', 'order.instructions', 'governor.share_pct'):
        bed.gateway.start()
    if results.wants('lanes.instructions'):
        results.add('lanes.instructions', lane_instructions(options, bed.folder))


def lane_instructions(options, folder):
    """Of a grant from submit to settle, by callgrind's slope."""
    program, out, totals = os.path.join(options.build, 'tests', 'bench', 'bench_governor'), os.path.join(folder, 'callgrind.lanes'), []
    for n in (LANES_FEW, LANES_MANY):
        subprocess.run(['valgrind', '-q', '--tool=callgrind', '--callgrind-out-file=' + out, program, 'hot', str(n)], check=True)
        with open(out, encoding='utf-8', errors='replace') as f:
            totals.append(total_of(f.read()))
    return (totals[1] - totals[0]) / (LANES_MANY - LANES_FEW)


# ---- the reader alone ------------------------------------------------------------------------------------------------

def woocommerce_page(folder):
    """A recorded page of orders, repeated to about fifty."""
    with open(os.path.join(HERE, '..', '..', 'adapters', 'woocommerce', 'fixtures', 'orders_page1.json'), encoding='utf-8') as f:
        orders = json.load(f)['response']['body']
    path = os.path.join(folder, 'woocommerce.json')
    with open(path, 'w', encoding='utf-8') as f:
        json.dump((orders * 50)[:50], f, separators=(',', ':'))
    return path


def bench_reader(bed, results, options):
    if not results.wants('reader.mb_s', 'reader.vs_jansson', 'reader.woocommerce_mb_s', 'reader.woocommerce_vs_parse'):
        return
    program = os.path.join(options.build, 'tests', 'bench', 'bench_reader')
    if not os.path.exists(program):
        note('reader: there is no bench_reader in %s' % os.path.dirname(program))
        return
    rounds = '15'
    text = ''
    for page, platform in ((os.path.join(bed.folder, 'orders.json'), 'medusa'), (woocommerce_page(bed.folder), 'woocommerce')):
        command = pinned(SERVER_CORE, program, page, FIELDS, rounds, platform)
        text += subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for row in text.splitlines():
        words = row.split()
        if len(words) >= 2 and words[0] in BY_NAME:
            results.add(words[0], float(words[1]))
        elif row.startswith('#'):
            print(row)


# ---- plans --------------------------------------------------------------------------------------------------------------

def own_lines(results, options, *command):
    """Runs a program that prints lines of its own."""
    text = subprocess.run(command, check=True, capture_output=True, text=True,
                          env={**os.environ, 'CARTWAY_BUILD': options.build, 'CARTWAY_ADAPTERS': os.path.join(options.build, 'adapters')}).stdout
    for row in text.splitlines():
        words = row.split()
        if words[0] in BY_NAME:
            results.add(words[0], float(words[1]))
        else:
            print(row)


def bench_own(results, options):
    if results.wants('plan.calls_woocommerce', 'plan.calls_medusa', 'plan.calls_shopify'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'plans.py'))
    if results.wants('cache.calls_saved_pct'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'traffic.py'))
    if results.wants('less.requests'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'less.py'))
    what = [name for name, line in (('pace', 'pace.ratio'), ('pace50', 'pace50.ratio'), ('interactive', 'pace.interactive_wait_ms'))
            if results.wants(line, line.replace('ratio', 'refused'))]
    if what:
        own_lines(results, options, sys.executable, os.path.join(HERE, 'pace.py'), '--peers', os.path.join(options.build, 'peers'), *what)
    if results.wants('isolation.p99_ratio'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'isolation.py'))
    if results.wants('connect.ms'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'connect.py'))
    if results.wants('refresh.missed', 'refresh.refused', 'refresh.p99_ratio'):
        own_lines(results, options, sys.executable, os.path.join(HERE, 'refresh.py'), *(CI_REFRESH if options.ci else ()))
    if results.wants('lanes.ns_hot', 'lanes.ns_cold', 'lanes.bytes'):
        own_lines(results, options, os.path.join(options.build, 'tests', 'bench', 'bench_governor'))
    if results.wants('vault.open_us', 'vault.rotate_ratio'):
        own_lines(results, options, os.path.join(options.build, 'tests', 'bench', 'bench_vault'))


# ---- all together ----------------------------------------------------------------------------------------------------

class Bed:
    """What runs: the shop, the proxy, the gateway, the normaliser, and a folder that goes with them."""

    def __init__(self, options):
        self.folder = tempfile.mkdtemp(prefix='cartway-bench-')
        self.servers = []
        try:
            self.begin(options)
        except BaseException:
            self.end()
            raise

    def begin(self, options):
        subprocess.run([sys.executable, os.path.join(HERE, 'make_pages.py'), self.folder], check=True)
        self.shop = self.add(nginx(self.folder, 'shop', LOAD_CORE, SHOP))
        self.gateway = self.add(Gateway(options.build, self.folder, self.shop.port))
        if options.ci:
            return
        self.proxy = self.add(nginx(self.folder, 'proxy', SERVER_CORE, PROXY, shop=self.shop.port))
        port = free_port()
        self.node = self.add(Server(['node', os.path.join(HERE, 'normaliser.mjs'), str(port), str(self.shop.port)], SERVER_CORE,
                                    os.path.join(self.folder, 'node.log'), port))
        await_answer(port, PATHS['order'], self.node.process, self.node.log)

    def add(self, server):
        self.servers.append(server)
        return server

    def end(self):
        for server in reversed(self.servers):
            server.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((done.stdout or done.stderr).splitlines() or ['?'])[0].strip()


def show_versions():
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        model = re.search(r'model name\s*: (.*)', f.read())
    note('%s, %d cores, load %.1f; %s' % (model.group(1) if model else '?', os.cpu_count(), os.getloadavg()[0], time.strftime('%Y-%m-%d')))
    for command in (('gcc', '--version'), ('nginx', '-v'), ('node', '--version'), ('wrk', '-v'), ('curl', '--version'), ('valgrind', '--version')):
        note('%s: %s' % (command[0], first_line(*command)))


def chosen(names, ci):
    if ci and not names:
        return list(CI_LINES)
    for name in names:
        if not any(name in (line.name, line.name.split('.')[0]) for line in LINES):
            stop('there is no line "%s" (%s)' % (name, ', '.join(BY_NAME)))
    return [line.name for line in LINES if not names or line.name in names or line.name.split('.')[0] in names]


def main():
    parser = argparse.ArgumentParser(description='What a request costs, beside nginx and beside Node.')
    parser.add_argument('names', nargs='*', metavar='NAME', help='a line, or the first word of some; all without')
    parser.add_argument('--build', default=os.path.join(HERE, '..', '..', 'build', 'release'), help='build folder')
    parser.add_argument('--ci', action='store_true', help='only what does not depend on the machine; false if it got 10 %% worse than what is recorded')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--keep', default='', help='folder for callgrind\'s files')
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    results = Results(chosen(options.names, options.ci))
    show_versions()
    bed = Bed(options)
    try:
        if not options.ci:
            bench_start(bed, results)
            bench_rounds(bed, results, options)
            bench_connections(bed, results)
        bench_instructions(bed, results, options)
        bench_reader(bed, results, options)
        bench_own(results, options)
    finally:
        bed.end()
    note('%d missed' % results.missed)
    for text in results.refused:
        note('WORSE ' + text)
    return 1 if options.ci and results.refused else 0


if __name__ == '__main__':
    sys.exit(main())
