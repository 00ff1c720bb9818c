#!/usr/bin/env python3
"""pace.py - the governor's lines that a clock has a say in: pace., pace50. and pace.interactive_wait_ms.

    pace.py [--peers FOLDER] [WHAT...]     WHAT: pace, pace50, interactive; all without

pace.     600 calls at once, gateway and shop as they are, through a bucket of 40 that gains 20 a second (paced.c), which the
          shop refuses to overdraw by a microsecond.  It can let the 600th in 28 s after the first, not before: ratio is how
          long that took in truth, by the shop's own stamps, and refused is how many it sent away
pace50.   the same where each answer comes after 50 ms, on a new connection
          Beside both, as comments: what other clients make of such a shop (pace.mjs)
interactive_wait_ms   5,000 reads of class bulk wait for the bucket; then 60 urgent reads one after the other, which is more
          than it holds: the longest wait of one for its grant.  A slot is 50 ms

CARTWAY_BUILD is the build folder.  All of them run side by side, since none needs the machine: a call takes a millisecond of
its 50.  They begin one after the other, since a full bucket drips only from the first answer on, and who is kept from hearing
it loses that.  --peers: where npm may put bottleneck and stopcock; without, or without a registry, they are left out.
"""
import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'flow'))
import world as flow  # noqa: E402

CALLS, RATE, BURST = 600, 20, 40
IDEAL_S = (CALLS - BURST) / RATE
BULK, URGENT, LEAST_WAITING = 5000, 60, 4500
LIMIT = ('--limit', '%d/%d' % (RATE, BURST), '--retry-after')
LATE = ('--latency', '50', '--cold')
PEERS = {'bottleneck': '2.19.5', 'stopcock': '1.1.0'}
PATIENCE_S, APART_S = 900, 2


def paced_gateway(shop, *options):
    """A gateway with the store s1, and the key of an app."""
    gateway = flow.Gateway(plugins=('paced',), options=('--app-per-minute', '0', '--app-per-hour', '0', *options))
    gateway.init()
    gateway.start()
    flow.connect(gateway, {'id': 's1', 'platform': 'paced', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port},
                           'credentials': {'key': shop.key}})
    return gateway, gateway.admin('POST', '/apps', {'name': 'bench', 'scopes': flow.ALL_SCOPES, 'stores': ['*']})[1]['data']['key']


def ids_of(shop, what, n):
    found = []
    while len(found) < n:
        found += [row['id'] for row in shop.admin('/%s?fields=id&limit=100&offset=%d' % (what, len(found)))[what]]
    return found


async def ask(port, key, path, headers=''):
    """(status, head) of one GET on a connection of its own."""
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    writer.write(('GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nCartway-Timeout: 3600000\r\n%s\r\n'
                  % (path, key, headers)).encode())
    answer = await reader.read()
    writer.close()
    head = answer.split(b'\r\n\r\n', 1)[0].decode()
    return int(head.split(' ', 2)[1]) if head else 0, head


async def ask_all(port, key, paths):
    return await asyncio.gather(*(ask(port, key, path) for path in paths))


class Shops:
    """The ids of a seeded shop, which one without a limit has told: the same seed has the same."""

    def __init__(self):
        shop = flow.Shop('--orders', str(CALLS), '--products', str(BULK))
        self.orders = ids_of(shop, 'orders', CALLS)
        self.products = ids_of(shop, 'products', BULK)
        shop.stop()


def taken(shop):
    """How long the shop took to let the calls in, by its stamps, and how many it refused."""
    entries = shop.desk('GET', 'log')['entries']
    served = [entry['at_us'] for entry in entries if not entry['refused']]
    if len(served) != CALLS:
        raise SystemExit('pace: expected %d calls at the shop, found %d' % (CALLS, len(served)))
    return (max(served) - min(served)) / 1e6, len(entries) - len(served)


def run_pace(ids, name, options):
    shop = flow.Shop('--orders', str(CALLS), *LIMIT, *options)
    gateway, key = paced_gateway(shop, '--call-max-ms', '3600000')
    try:
        answers = asyncio.run(ask_all(gateway.port, key, ['/v1/stores/s1/orders/' + one for one in ids]))
        bad = [head for status, head in answers if status != 200]
        if bad:
            raise SystemExit('%s: expected 200, found %s' % (name, bad[0]))
        took_s, refused = taken(shop)
        return ['%s.ratio %.4f' % (name, took_s / IDEAL_S), '%s.refused %d' % (name, refused)]
    finally:
        gateway.stop()
        shutil.rmtree(gateway.folder, ignore_errors=True)
        shop.stop()


def run_peer(ids, name, options, way, folder):
    shop = flow.Shop('--orders', str(CALLS), *LIMIT, *options)
    try:
        done = subprocess.run(['node', os.path.join(HERE, 'pace.mjs'), way, str(shop.port), shop.key, folder], check=False,
                              input='\n'.join(ids), capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode:
            return ['# %s: %s: %s' % (name, way, next((row for row in done.stderr.splitlines() if 'Error' in row), '?'))]
        took_s, refused = taken(shop)
        return ['# %s: %s: ratio %.3f, %d refused' % (name, way, took_s / IDEAL_S, refused)]
    finally:
        shop.stop()


def waiting(gateway):
    return sum(sum(lane['queued'].values()) for lane in gateway.admin('GET', '/lanes')[1]['data'])


async def urgent(gateway, key, bulk, orders):
    """The waits of urgent calls while the bulk waits, in ms."""
    waits = []
    asked = []
    for at, path in enumerate(bulk):  # not all in one instant: this is not about how many connections a moment brings
        asked.append(asyncio.ensure_future(ask(gateway.port, key, path)))
        if at % 50 == 49:
            await asyncio.sleep(0.05)
    queue = asyncio.gather(*asked, return_exceptions=True)
    until = time.monotonic() + PATIENCE_S
    while waiting(gateway) < LEAST_WAITING:
        if queue.done() or time.monotonic() > until:
            said = sorted(queue.result(), key=str)[-1 - len(queue.result()) // 2] if queue.done() else 'nothing yet'
            raise SystemExit('interactive: expected %d reads to wait, found %d; the last was told %s' % (LEAST_WAITING, waiting(gateway), said))
        await asyncio.sleep(0.2)
    for one in orders[:URGENT]:
        status, head = await ask(gateway.port, key, '/v1/stores/s1/orders/' + one)
        if status != 200:
            raise SystemExit('interactive: expected 200, found ' + head)
        waits.append(int(re.search(r'(?i)cartway-upstream:.*wait_ms=(\d+)', head).group(1)))
    left = waiting(gateway)
    queue.cancel()
    await asyncio.gather(queue, return_exceptions=True)
    return waits, left


def run_interactive(shops):
    shop = flow.Shop('--orders', str(CALLS), '--products', str(BULK), *LIMIT)
    gateway, key = paced_gateway(shop, '--call-max-ms', '3600000', '--max-queue-lane', '6000', '--max-parked', '6000')
    try:
        waits, left = asyncio.run(urgent(gateway, key, ['/v1/stores/s1/products/' + one for one in shops.products], shops.orders))
        return ['pace.interactive_wait_ms %d' % max(waits),
                '# interactive: %d reads waited still when %d urgent calls had been served, half of these within %d ms; %d refused'
                % (left, URGENT, sorted(waits)[URGENT // 2], shop.state()['refused'])]
    finally:
        gateway.stop()
        shutil.rmtree(gateway.folder, ignore_errors=True)
        shop.stop()


def install(folder):
    """The ways of the peers that can be had."""
    ways = ['naive', 'retry_after']
    if not shutil.which('node'):
        print('# pace: no other clients: there is no node')
        return []
    os.makedirs(folder, exist_ok=True)
    for name, version in PEERS.items():
        if os.path.isdir(os.path.join(folder, 'node_modules', name)):
            ways.append(name)
            continue
        try:
            done = subprocess.run(['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder,
                                   '%s@%s' % (name, version)], capture_output=True, text=True, timeout=120, check=False)
            why = '' if done.returncode == 0 else (done.stderr.strip().splitlines() or ['?'])[0]
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        if why:
            print('# pace: without %s, which npm does not give: %s' % (name, why))
        else:
            ways.append(name)
    return ways


def main():
    parser = argparse.ArgumentParser(description='How full the lane is, and whom it lets pass.')
    parser.add_argument('what', nargs='*', default=[])
    parser.add_argument('--peers', default='')
    options = parser.parse_args()
    options.peers = os.path.abspath(options.peers) if options.peers else ''
    what = options.what or ['pace', 'pace50', 'interactive']
    shops, jobs, rows = Shops(), [], {}
    ways = install(options.peers) if options.peers and what != ['interactive'] else []
    for name, late in ('pace', ()), ('pace50', LATE):
        if name in what:
            jobs.append((run_pace, shops.orders, name, late))
            jobs += [(run_peer, shops.orders, name, late, way, options.peers) for way in ways]
    if 'interactive' in what:
        jobs.append((run_interactive, shops))

    def work(at, job):
        try:
            rows[at] = job[0](*job[1:])
        except SystemExit as fault:
            rows[at] = ['# FAILED %s' % fault]
    threads = [threading.Thread(target=work, args=(at, job)) for at, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
        time.sleep(APART_S)
    for thread in threads:
        thread.join()
    for at in range(len(jobs)):
        print('\n'.join(rows.get(at, ['# FAILED'])), flush=True)
    return any(row.startswith('# FAILED') for at in range(len(jobs)) for row in rows.get(at, ['# FAILED']))


if __name__ == '__main__':
    sys.exit(main())
