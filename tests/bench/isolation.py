#!/usr/bin/env python3
"""isolation.py - what ten bad stores cost a good one: isolation.p99_ratio.

One gateway, eleven Medusa stores.  The good one is asked for an order every 3 ms, one after the other, on one connection.
Of the ten bad ones three never answer, three refuse, fail and reset, two drip 16 bytes every 20 ms, and two send 10 MB; four
callers for each go on asking, a fifth of a second after they were answered.  Rounds of two seconds with and without these
callers take turns, so that whatever else the machine does hits both; the ratio is that of the 99th percentiles of all
answers of the good store with and without.

The gateway has core 1 for itself.  On the other one the bad shops and their callers run only when nobody else wants to
(SCHED_IDLE), and the good shop and its caller before all others (SCHED_RR, if we may): what is measured is the gateway, not who
gets the load's core.  CARTWAY_BUILD is the build folder.
"""
import gc
import http.client
import json
import os
import shutil
import socket
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'flow'))
import world as flow  # noqa: E402

ROUNDS, ROUND_S, EVERY_S, CALLERS, PAUSE_S = 10, 2.0, 0.003, 4, 0.2
BAD = ([[{'fault': 'hang'}]] * 3 +
       [[{'fault': '429', 'every': 3}, {'fault': '500', 'every': 2}, {'fault': 'reset_before_commit'}]] * 3 +
       [[{'fault': 'drip', 'ms': 20, 'bytes': 16}]] * 2 + [[{'fault': 'big', 'bytes': 10000000}]] * 2)
CORES = sorted(os.sched_getaffinity(0))


def idle_process():
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.sched_setaffinity(0, CORES[:1])


def urgent(pid, core):
    """Before whatever else the machine does, where we may say so: the gateway uses more of the processor beside the bad stores,
    and a scheduler that shares it fairly would then let it wait longer."""
    os.sched_setaffinity(pid, core)
    try:
        for task in os.listdir('/proc/%d/task' % pid):
            os.sched_setscheduler(int(task), os.SCHED_RR, os.sched_param(1 + (int(task) == pid)))  # the loop before its workers
    except PermissionError:
        return False
    return True


def bad_address(at):
    return '127.0.%d.%d' % (at // 250, at % 250 + 1)


def connect(gateway, name, host, port, key):
    flow.connect(gateway, {'id': name, 'platform': 'medusa', 'settings': {'site': 'http://%s:%d' % (host, port)},
                           'credentials': {'key': key}})


def storm(port, key, name, path, go, end, counts):
    """A caller of a bad store: again as soon as it is answered, while go is set."""
    while not end.is_set():
        if not go.wait(0.2):
            continue
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        try:
            while go.is_set() and not end.is_set():
                connection.request('GET', path, None, {'Authorization': 'Bearer ' + key, 'Cartway-Timeout': '2000'})
                connection.getresponse().read()
                counts[name] = counts.get(name, 0) + 1
                time.sleep(PAUSE_S)
        except OSError:
            pass
        finally:
            connection.close()


def bad_side(gateway_port, key, pipe, path):
    """The process of the bad stores' callers: a line on the pipe says go or wait."""
    idle_process()
    go, end, counts = threading.Event(), threading.Event(), {}
    for at in range(len(BAD)):
        for _ in range(CALLERS):
            threading.Thread(target=storm, args=(gateway_port, key, 'bad%d' % at, '/v1/stores/bad%d%s' % (at, path), go, end, counts),
                             daemon=True).start()
    with os.fdopen(pipe) as orders:
        for line in orders:
            (go.set if line.strip() == 'go' else go.clear)()
    end.set()
    print('# isolation: calls of bad stores by kind: never answered %d, refused and failed %d, dripped %d, 10 MB %d' % tuple(
        sum(counts.get('bad%d' % at, 0) for at in kind) for kind in (range(3), range(3, 6), range(6, 8), range(8, 10))), flush=True)
    os._exit(0)


class Good:
    """One connection, one call after the other."""

    def __init__(self, port, key, path):
        self.socket = socket.create_connection(('127.0.0.1', port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = self.request_of(key, path)

    @staticmethod
    def request_of(key, path):
        return ('GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n' % (path, key)).encode()

    def ask(self):
        began = time.perf_counter()
        self.socket.sendall(self.request)
        answer = b''
        while not answer.endswith(b'}'):
            block = self.socket.recv(65536)
            if not block:
                raise SystemExit('isolation: the good store\'s connection was closed after %r' % answer[:200])
            answer += block
        took = time.perf_counter() - began
        if not answer.startswith(b'HTTP/1.1 200'):
            raise SystemExit('isolation: expected 200 of the good store, found %r' % answer[:200])
        return took

    def round(self, took):
        until = time.perf_counter() + ROUND_S
        while True:
            began = time.perf_counter()
            if began >= until:
                return
            took.append(self.ask())
            time.sleep(max(0.0, EVERY_S - (time.perf_counter() - began)))


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def measure(gateway, shop, bad_shop):
    connect(gateway, 'good', '127.0.0.1', shop.port, shop.key)
    for at, rules in enumerate(BAD):
        connect(gateway, 'bad%d' % at, bad_address(at), bad_shop.port, bad_shop.key)
        desk = http.client.HTTPConnection(bad_address(at), bad_shop.port, timeout=60)
        desk.request('POST', '/_sim/faults', json.dumps({'rules': rules}))
        if desk.getresponse().status != 200:
            raise SystemExit('isolation: the shop does not take the faults of store %d' % at)
        desk.close()
    key = gateway.admin('POST', '/apps', {'name': 'bench', 'scopes': flow.ALL_SCOPES, 'stores': ['*']})[1]['data']['key']
    order = shop.admin('/orders?fields=id&limit=1')['orders'][0]['id']
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        bad_side(gateway.port, key, reading, '/orders?limit=5&fields=id')
    os.close(reading)
    if not all([urgent(gateway.process.pid, CORES[-1:]), urgent(shop.process.pid, CORES[:1]), urgent(os.getpid(), CORES[:1])]):
        print('# isolation: no right to a priority, so what else the machine does counts, too')
    good = Good(gateway.port, key, '/v1/stores/good/orders/%s?fields=id,number,totals.total' % order)
    took = {'wait': [], 'go': []}
    gc.disable()
    good.round([])  # warm
    with os.fdopen(writing, 'w') as orders:
        for at in range(2 * ROUNDS):
            name = 'go' if at % 2 else 'wait'
            orders.write(name + '\n')
            orders.flush()
            good.round([]) if at < 2 else good.round(took[name])
    os.waitpid(child, 0)
    return took


def main():
    shop = flow.Shop()
    bad_shop = flow.Shop('--stores', str(len(BAD)), '--orders', '10', before=idle_process)
    gateway = flow.Gateway(options=('--max-answer', '16M'))  # so that 10 MB are read to their end
    gateway.init()
    gateway.start()
    try:
        took = measure(gateway, shop, bad_shop)
    finally:
        gateway.stop()
        shutil.rmtree(gateway.folder, ignore_errors=True)
        shop.stop()
        bad_shop.stop()
    print('isolation.p99_ratio %.3f' % (percentile(took['go'], 0.99) / percentile(took['wait'], 0.99)))
    for name, title in ('wait', 'alone'), ('go', 'beside ten bad stores'):
        print('# isolation: %s: %d calls, half within %.2f ms, 99 of 100 within %.2f, the longest %.1f' % (
            title, len(took[name]), 1000 * statistics.median(took[name]), 1000 * percentile(took[name], 0.99), 1000 * max(took[name])))


if __name__ == '__main__':
    main()
