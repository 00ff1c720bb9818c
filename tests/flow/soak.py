#!/usr/bin/env python3
"""soak.py - mixed traffic on many stores with faults: nothing provoked, nobody starved, memory flat; script/soak calls this.

    soak.py [--stores N] [--minutes M] [--rate R] [--seed S]      1000 stores, 10 minutes, 250 calls a second, seed 1

A third of the stores each is Medusa (ten requests at once), WooCommerce (50 at once and 10 a second, three at a time) and
Shopify (points), played by three shopsims that refuse whatever is beyond, by the stamps of their kernel.  A fifth of them has
faults: refusals that nobody has provoked, errors, resets, halves of answers, silence, slowness, 2 MB; a tenth of that fifth
never answers anything but 500, and another never answers.

Traffic, from the seed: each store once; then single calls on any store (orders, products, stock, places, stock writes), one
in ten events a burst of 20 to 100 calls at one store, more than its limits let through.  All are by one app.

What must hold
    provoked    no shop has refused a request for its limits
    served      each call on a store without faults is answered with 200, whatever it had to wait: nobody starves
    answered    each call on the others is answered, too, with a status and a record or a problem
    flat        memory at the end is within 5 % and 2 MB of what it was after two fifths of the time (if M is 5 or more):
                until then what is kept for each store, each kind of call and the cache fills

It prints a line a minute and the waits by class; false if one of the four does not hold.  CARTWAY_BUILD is the build folder.
"""
import argparse
import asyncio
import collections
import http.client
import json
import os
import random
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

PLATFORMS = ('medusa', 'woocommerce', 'shopify')
OPTIONS = {'medusa': ('--concurrent', '10'), 'woocommerce': ('--limit', '10/50', '--concurrent', '3', '--retry-after'),
           'shopify': ('--points', '100/1000', '--concurrent', '10')}
SMALL = ('--orders', '8', '--products', '6', '--latency', '5', '--idle', '600000')  # who is without faults ends no connection
FAULTS = [{'fault': '503', 'probability': 0.02, 'retry_after': '1'}, {'fault': '429', 'probability': 0.02, 'retry_after': '2'},
          {'fault': '500', 'probability': 0.03}, {'fault': '502', 'probability': 0.01}, {'fault': 'reset_before_commit', 'probability': 0.02},
          {'fault': 'reset_after_commit', 'probability': 0.01}, {'fault': 'truncated', 'probability': 0.02},
          {'fault': 'hang', 'probability': 0.003}, {'fault': 'slow', 'probability': 0.02, 'ms': 1500},
          {'fault': 'drip', 'probability': 0.01, 'ms': 20, 'bytes': 64}, {'fault': 'html', 'probability': 0.01},
          {'fault': 'big', 'probability': 0.003, 'bytes': 2000000}, {'fault': 'close_after_accept', 'probability': 0.01}]
FIELDS = {'orders': ('id', 'number', 'status', 'currency', 'created_at', 'updated_at'),
          'products': ('id', 'name', 'created_at', 'updated_at')}
CALL_MS, UNDER_WAY = 300000, 1500
SLACK, SLACK_KB, FLAT_FROM_MINUTES = 1.05, 2048, 5


class Store:
    def __init__(self, number, platform, host, port):
        self.name, self.platform, self.host, self.port = 's%d' % number, platform, host, port
        self.level = None  # medusa: what a stock write names
        kind = number // len(PLATFORMS)
        self.faults = [] if kind % 5 else [{'fault': '500'}] if kind % 50 == 5 else [{'fault': 'hang'}] if kind % 50 == 30 else FAULTS

    def ask(self, method, path, body=None):
        """Of the shop itself, without the gateway: its bytes."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=flow.PATIENCE_S)
        try:
            connection.request(method, path, json.dumps(body) if body else None)
            return connection.getresponse().read()
        finally:
            connection.close()

    def desk(self, method, path, body=None):
        for _ in range(20):  # a connection may be closed as soon as it is taken: that is one of the faults
            try:
                return json.loads(self.ask(method, '/_sim/' + path, body))
            except (http.client.RemoteDisconnected, ConnectionResetError):
                continue
        raise SystemExit('soak: the desk of %s does not answer' % self.name)


class Client:
    """Calls of one app, each on a connection of its own, which as many apps do."""

    def __init__(self, port, key):
        self.port, self.key = port, key

    async def ask(self, method, path, body=None):
        """(status, headers, body); 0 if the gateway has not answered."""
        text = json.dumps(body) if body else ''
        try:
            reader, writer = await asyncio.open_connection('127.0.0.1', self.port)
            try:
                writer.write(('%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nCartway-Timeout: %d\r\n'
                              'Cache-Control: no-cache\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s'
                              % (method, path, self.key, CALL_MS, len(text), text)).encode())
                answer = await asyncio.wait_for(reader.read(), CALL_MS / 1000 + flow.PATIENCE_S)
            finally:
                writer.close()
            head, _, body = answer.partition(b'\r\n\r\n')
            return int(head.split(b' ', 2)[1]), head.decode(), body
        except (OSError, IndexError, ValueError, asyncio.TimeoutError) as fault:
            return 0, repr(fault), b''


class Soak:
    def __init__(self, stores, minutes, rate, seed, say=print):
        self.minutes, self.rate, self.say, self.chance = minutes, rate, say, random.Random(seed)
        self.shops, self.stores, self.wrong = {}, [], []
        self.waits, self.statuses = collections.defaultdict(int), collections.Counter()
        self.calls = self.under_way = 0
        self.memory = []  # (seconds since the start, KB)
        count = -(-stores // len(PLATFORMS))
        for platform in PLATFORMS:
            self.shops[platform] = flow.Shop('--dialect', platform, '--stores', str(count), '--seed', str(seed), *SMALL, *OPTIONS[platform])
        for number in range(stores):
            at, platform = divmod(number, len(PLATFORMS))
            platform = PLATFORMS[platform]
            self.stores.append(Store(number, platform, '127.0.%d.%d' % (at // 250, at % 250 + 1), self.shops[platform].port))
        self.gateway = flow.Gateway(plugins=PLATFORMS, options=('--call-max-ms', str(CALL_MS)))
        self.gateway.init()
        self.gateway.start()

    def connect(self):
        keys = {'medusa': lambda key: {'key': key}, 'woocommerce': lambda key: dict(zip(('key', 'secret'), key.split(':'))),
                'shopify': lambda key: {'token': key}}
        for store in self.stores:
            where = 'shop' if store.platform == 'shopify' else 'site'
            flow.connect(self.gateway, {'id': store.name, 'platform': store.platform,
                                        'settings': {where: 'http://%s:%d' % (store.host, store.port)},
                                        'credentials': keys[store.platform](self.shops[store.platform].key)})
            if store.faults:
                told = store.desk('POST', 'faults', {'rules': store.faults})
                assert len(told.get('rules', ())) == len(store.faults), told
        body = {'name': 'soak', 'scopes': flow.ALL_SCOPES, 'stores': ['*']}
        self.client = Client(self.gateway.port, self.gateway.admin('POST', '/apps', body)[1]['data']['key'])

    # ---- traffic

    def random_list(self, kind):
        names = [name for name in FIELDS[kind] if self.chance.random() < 0.5] or ['id']
        return '/%s?limit=%d&fields=%s' % (kind, self.chance.randint(1, 20), ','.join(names))

    def random_call(self, store):
        """(class, method, path, body)"""
        kind = self.chance.randrange(100)
        if kind < 45:
            return 'order', 'GET', self.random_list('orders'), None
        if kind < 70:
            return 'catalogue', 'GET', self.random_list('products'), None
        if kind < 80 or store.platform == 'woocommerce':
            return 'order', 'GET', '/orders/count', None
        if kind < 85:
            return 'interactive', 'GET', '/locations?limit=%d' % self.chance.randint(1, 20), None
        if kind < 93 or not store.level:
            return 'inventory', 'GET', '/inventory?limit=%d' % self.chance.randint(1, 20), None
        return 'inventory', 'POST', '/inventory', {'mode': 'set', 'quantity': self.chance.randrange(100), **store.level}

    async def call(self, store, klass, method, path, body):
        self.under_way += 1
        status, head, answer = await self.client.ask(method, '/v1/stores/' + store.name + path, body)
        self.under_way -= 1
        self.calls += 1
        self.statuses[status] += 1
        waited = re.search(r'(?i)\ncartway-upstream:.*wait_ms=(\d+)', head)
        if waited and not store.faults:
            self.waits[klass] = max(self.waits[klass], int(waited.group(1)))
        if not status or (not store.faults and status != 200):
            self.wrong.append('%s %s %s %s: %d %s %s' % (store.platform, store.name, method, path, status, head[:200], answer[:300]))
        if status == 200 and store.platform == 'medusa' and path.startswith('/inventory') and method == 'GET' and not store.level:
            rows = json.loads(answer)['data']
            store.level = {name: rows[0][name] for name in ('inventory_item_id', 'location_id')} if rows else None

    async def sweep(self, at_once=20):
        """Each store once."""
        gate = asyncio.Semaphore(at_once)

        async def one(store):
            if store.faults and store.faults[0]['fault'] == 'hang':
                return
            async with gate:
                await self.call(store, 'order', 'GET', '/orders/count', None)
        await asyncio.gather(*(one(store) for store in self.stores))

    def event(self):
        """A call at a store, or a burst."""
        store = self.chance.choice(self.stores)
        n = self.chance.randint(20, 100) if self.chance.random() < 0.1 else 1
        return [self.call(store, *self.random_call(store)) for _ in range(n)]

    async def traffic(self):
        began, tasks, told = time.monotonic(), set(), 0
        sent, due = 0, 0.0
        while time.monotonic() - began < self.minutes * 60:
            passed = time.monotonic() - began
            while due <= passed and len(tasks) < UNDER_WAY:
                calls = self.event()
                sent += len(calls)
                due = sent / self.rate
                for one in calls:
                    task = asyncio.ensure_future(one)
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            due = max(due, passed - 1)  # what the machine could not do is not made up for
            self.look(passed)
            if passed >= (told + 1) * 60:
                told += 1
                self.say('soak: minute %d: %d calls answered, %d under way, %d KB' % (told, self.calls, self.under_way, self.memory[-1][1]))
            await asyncio.sleep(0.05)
        await asyncio.gather(*tasks)
        self.look(time.monotonic() - began)

    def look(self, passed):
        if self.memory and passed - self.memory[-1][0] < 1:
            return
        with open('/proc/%d/status' % self.gateway.process.pid, encoding='ascii', errors='replace') as file:
            self.memory.append((passed, int(re.search(r'VmRSS:\s+(\d+)', file.read()).group(1))))

    # ---- what is found

    def refusals(self):
        """(requests at the shops, faults fired, [store: what was refused])"""
        requests, fired, refused = 0, 0, []
        for store in self.stores:
            state = store.desk('GET', 'state')
            requests += state['requests']
            fired += sum(rule['fired'] for rule in store.desk('GET', 'faults')['rules']) if store.faults else 0
            if state['refused']:
                log = [entry for entry in store.desk('GET', 'log')['entries'] if entry['refused']]
                refused.append('%s %s: %d refused, such as %s' % (store.platform, store.name, state['refused'], log[:1]))
        return requests, fired, refused

    def growth(self):
        """(KB after two fifths, KB at the end): medians of a tenth of the samples each."""
        tenth = max(1, len(self.memory) // 10)
        middle = [sorted(kb for _, kb in part)[len(part) // 2] for part in (self.memory[4 * tenth:5 * tenth] or self.memory[:1], self.memory[-tenth:])]
        return middle[0], middle[1]

    def run(self):
        """[what does not hold]"""
        self.connect()

        async def all_of_it():
            await self.sweep()
            self.say('soak: each of %d stores has answered' % len(self.stores))
            await self.traffic()
        asyncio.run(all_of_it())
        requests, fired, refused = self.refusals()
        before, after = self.growth()
        with_faults = sum(bool(store.faults) for store in self.stores)
        self.say('soak: %d calls on %d stores (%d with faults), %d requests at the shops, %d faults' % (
            self.calls, len(self.stores), with_faults, requests, fired))
        self.say('soak: answers by status: %s' % ', '.join('%d: %d' % pair for pair in sorted(self.statuses.items())))
        self.say('soak: provoked refusals: %d' % len(refused))
        self.say('soak: longest wait for limits, stores without faults: %s' % ', '.join('%s %d ms' % pair for pair in sorted(self.waits.items())))
        self.say('soak: memory: %d KB after two fifths of the time, %d KB at the end' % (before, after))
        faults = ['provoked: ' + text for text in refused]
        faults += ['served: ' + text for text in self.wrong]
        if self.minutes >= FLAT_FROM_MINUTES and after > before * SLACK + SLACK_KB:
            faults.append('flat: expected at most %d KB at the end, found %d' % (before * SLACK + SLACK_KB, after))
        if not fired:
            faults.append('answered: expected faults, found none')
        return faults

    def close(self):
        code = self.gateway.stop()
        for shop in self.shops.values():
            shop.stop()
        shutil.rmtree(self.gateway.folder, ignore_errors=True)
        return code


def soak(stores, minutes, rate, seed, say=print):
    """[what does not hold]; everything that was started is ended."""
    one = Soak(stores, minutes, rate, seed, say)
    try:
        faults = one.run()
    finally:
        code = one.close()
    return faults + (['the gateway ended with %d' % code] if code else [])


def main():
    parser = argparse.ArgumentParser(prog='soak', formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description='Mixed traffic on many simulated stores with faults through one gateway.',
                                     epilog=__doc__.split('\n\n', 2)[2])
    parser.add_argument('--stores', type=int, default=1000, help='how many (1000; at most 10000)')
    parser.add_argument('--minutes', type=float, default=10, help='how long (10)')
    parser.add_argument('--rate', type=float, default=250, help='calls a second (250)')
    parser.add_argument('--seed', type=int, default=1, help='of the traffic, the shops and their faults (1)')
    options = parser.parse_args()
    if not (1 <= options.stores <= 10000 and options.minutes > 0 and options.rate > 0):
        parser.error('expected 1 to 10000 stores, and minutes and a rate above 0')
    faults = soak(options.stores, options.minutes, options.rate, options.seed, lambda text: print(text, flush=True))
    for text in faults[:20]:
        print('soak: FAILED ' + text)
    print('soak: %s' % ('%d faults' % len(faults) if faults else 'all of it holds'))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
