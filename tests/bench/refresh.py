#!/usr/bin/env python3
"""refresh.py - ten thousand stores whose tokens all end within a minute: refresh.missed, refresh.refused, refresh.p99_ratio.

    refresh.py [--stores N] [--scale N] [--only-missed]

One provider (tests/authsim, by shopsim), which lets the app refresh 200 a second (wave.c tells the gateway so), gives a refresh
token for each store.  Their first calls make the gateway refresh them all, in 50 s at that rate; with --scale 30 a token lives
120 s, so they end within 50 s, and the gateway renews them within the 70 s before.  With an hour's life there would be eleven
minutes for that: the wave here is ten times as dense as the real one.

missed     stores whose access token was over when its refresh came, by the provider's book, or that were not refreshed at all;
           or the calls that found theirs ended, by the gateway's counter, if those are more
refused    refreshes that the provider sent away because they were too many
p99_ratio  the 99th percentile of calls while the wave passes, over that of calls before and after it.  A call every 3 ms, to all
           stores in a random order, on one connection

CARTWAY_BUILD is the build folder.
"""
import argparse
import asyncio
import base64
import gc
import json
import os
import random
import shutil
import statistics
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import isolation  # noqa: E402
flow = isolation.flow

CLIENT, SECRET = 'app-1', 'secret-of-app-1'
RATE, BURST = 200, 20  # as wave.c has it
LIFE_S, SPREAD, EARLY = 3600, 6, 10  # a token's; a sixth of it is jitter, a tenth is left when it is renewed at the latest
WORKERS = 64


class Wire:
    """A kept connection; one request after the other."""

    def __init__(self, port, key=''):
        self.port, self.key, self.streams = port, key, None

    async def ask(self, method, path, body=b'', more=''):
        if not self.streams:
            self.streams = await asyncio.open_connection('127.0.0.1', self.port)
        reader, writer = self.streams
        key = 'Authorization: Bearer %s\r\n' % self.key if self.key else ''
        writer.write(('%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n%s%s\r\n' % (
            method, path, self.port, len(body), key, more)).encode() + body)
        head = (await reader.readuntil(b'\r\n\r\n')).decode()
        length = next(int(line.split(':')[1]) for line in head.lower().split('\r\n') if line.startswith('content-length:'))
        answer = await reader.readexactly(length)
        return int(head.split(' ', 2)[1]), answer

    async def must(self, *what, status=200):
        found, answer = await self.ask(*what)
        if found != status:
            raise SystemExit('refresh: %s %s: expected %d, found %d %s' % (what[0], what[1], status, found, answer[:300]))
        return json.loads(answer) if answer else None

    def close(self):
        if self.streams:
            self.streams[1].close()


async def for_all(stores, make, work):
    """work(make(), store) for each of them, WORKERS at once."""
    left = iter(range(stores))

    async def worker():
        wire = make()
        for store in left:
            await work(wire, store)
        wire.close()
    await asyncio.gather(*(worker() for _ in range(WORKERS)))


async def first_token(provider, store):
    """A refresh token, as the connect flow would have got it."""
    code = (await provider.must('POST', '/_sim/auth/consent', b'{"shop":"s%d"}' % store))['code']
    basic = base64.b64encode(('%s:%s' % (CLIENT, SECRET)).encode()).decode()
    form = urllib.parse.urlencode({'grant_type': 'authorization_code', 'code': code}).encode()
    return (await provider.must('POST', '/oauth/token', form, 'Authorization: Basic %s\r\n'
                                'Content-Type: application/x-www-form-urlencoded\r\n' % basic))['refresh_token']


class Bed:
    def __init__(self, options):
        self.stores, self.life_s = options.stores, LIFE_S / options.scale
        self.shop = flow.Shop('--auth', 'plain', '--scale', str(options.scale), '--refresh-limit', '%d/%d' % (RATE, BURST))
        self.gateway = flow.Gateway(plugins=('wave',))
        self.gateway.init()
        self.gateway.start()
        self.key = self.gateway.admin('POST', '/apps', {'name': 'bench', 'scopes': flow.ALL_SCOPES, 'stores': ['*']})[1]['data']['key']

    def put_stores(self):
        async def put(wires, store):
            admin, provider = wires.admin, wires.provider
            await admin.must('POST', '/admin/v1/stores', json.dumps({
                'id': 's%d' % store, 'platform': 'wave', 'allow_private': True,
                'settings': {'site': 'http://127.0.0.1:%d' % self.shop.port, 'client_id': CLIENT},
                'credentials': {'client_secret': SECRET, 'refresh_token': await first_token(provider, store)}}).encode(), status=201)
        bed = self

        class Both:
            def __init__(self):
                self.admin, self.provider = Wire(bed.gateway.admin_port, bed.gateway.admin_key), Wire(bed.shop.port)

            def close(self):
                self.admin.close()
                self.provider.close()
        asyncio.run(for_all(self.stores, Both, put))

    def fill(self):
        """The first call of each store, which waits for its first access token."""
        async def call(wire, store):
            await wire.must('GET', '/v1/stores/s%d/orders/x' % store)
        asyncio.run(for_all(self.stores, lambda: Wire(self.gateway.port, self.key), call))

    def book(self):
        return flow.request(self.shop.port, 'GET', '/_sim/auth')[1]

    def not_renewed(self):
        """Stores of which the provider has seen no refresh but the first."""
        found = []

        async def look(wire, store):
            if (await wire.must('GET', '/_sim/auth?shop=s%d' % store))['refreshed'] < 2:
                found.append(store)
        asyncio.run(for_all(self.stores, lambda: Wire(self.shop.port), look))
        return len(found)

    def stop(self):
        self.gateway.stop()
        shutil.rmtree(self.gateway.folder, ignore_errors=True)
        self.shop.stop()


class Caller:
    """A call every 3 ms, to a store by chance."""

    def __init__(self, bed):
        self.good = isolation.Good(bed.gateway.port, bed.key, '')
        self.requests = [isolation.Good.request_of(bed.key, '/v1/stores/s%d/orders/x' % store) for store in range(bed.stores)]
        self.chance = random.Random(1)

    def until(self, end):
        took = []
        while time.monotonic() < end:
            began = time.perf_counter()
            self.good.request = self.chance.choice(self.requests)
            took.append(self.good.ask())
            time.sleep(max(0.0, isolation.EVERY_S - (time.perf_counter() - began)))
        return took


def counter(gateway, name):
    text = flow.request(gateway.port, 'GET', '/metrics')[1].decode()
    return sum(int(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def told(name, took):
    print('# refresh: %s: %d calls, half within %.2f ms, 99 of 100 within %.2f, the longest %.1f' % (
        name, len(took), 1000 * statistics.median(took), 1000 * isolation.percentile(took, 0.99), 1000 * max(took)))


def measure(bed, is_ratio):
    began = time.monotonic()
    bed.put_stores()
    put = time.monotonic()
    bed.fill()
    first, last = put, time.monotonic()
    print('# refresh: %d stores put in %.0f s, connected in %.0f s; a token lives %.0f s' % (bed.stores, put - began, last - first, bed.life_s))
    if is_ratio and not all(isolation.urgent(pid, core) for pid, core in (
            (bed.gateway.process.pid, isolation.CORES[-1:]), (bed.shop.process.pid, isolation.CORES[:1]), (os.getpid(), isolation.CORES[:1]))):
        print('# refresh: no right to a priority, so what else the machine does counts, too')
    # Of the first token renewed and of the last; then of those that were renewed first.
    wave = first + bed.life_s * (1 - 1 / SPREAD - 1 / EARLY), last + bed.life_s * (1 - 1 / EARLY) + 1
    again = wave[0] + bed.life_s * (1 - 1 / SPREAD - 1 / EARLY)
    caller, before = Caller(bed), bed.book()
    gc.disable()
    caller.until(min(time.monotonic() + 1, wave[0]))
    calm = caller.until(wave[0] - 0.5)
    during = caller.until(wave[1])
    after = caller.until(again - 0.5) if is_ratio else []
    while time.monotonic() < last + bed.life_s:
        time.sleep(0.1)
    book = bed.book()
    late, refreshed = book['late'] - before['late'], book['refreshed'] - before['refreshed']
    lost, found_ended = bed.not_renewed(), counter(bed.gateway, 'cartway_token_missed_total')
    print('# refresh: %d refreshes in %.0f s, %d late, %d stores not refreshed; %d calls found a token ended' % (
        refreshed, wave[1] - wave[0], late, lost, found_ended))
    for name, took in ('before', calm), ('during', during), ('after', after):
        if took:
            told(name, took)
    print('refresh.missed %d' % max(late + lost, found_ended))
    print('refresh.refused %d' % book['refused'].get('QUOTA', 0))
    if is_ratio:
        print('refresh.p99_ratio %.3f' % (isolation.percentile(during, 0.99) / isolation.percentile(calm + after, 0.99)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--stores', type=int, default=10000)
    parser.add_argument('--scale', type=int, default=30)
    parser.add_argument('--only-missed', action='store_true')
    options = parser.parse_args()
    bed = Bed(options)
    try:
        measure(bed, not options.only_missed)
    finally:
        bed.stop()


if __name__ == '__main__':
    main()
