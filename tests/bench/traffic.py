#!/usr/bin/env python3
"""traffic.py - how many requests to a shop the gateway does not make: cache.calls_saved_pct.

One app's mixed run against a sandbox Medusa shop, from a seed, eight threads: in 100 calls 30 of reference data (locations,
the store), 30 polls of the newest orders and 20 of three open orders by callers who take an answer up to 5 s old
(`Cache-Control: max-age=5`), 18 reads of orders and products that are asked for once and say nothing, 2 stock writes.  The
shop counts its requests; the same calls one after the other (nothing is shared), with nothing kept and nobody who says
max-age, are the measure.
"""
import concurrent.futures
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'flow'))
from world import World  # noqa: E402

CALLS, THREADS, SEED = 1000, 8, 4711
YOUNG = {'Cache-Control': 'max-age=5'}


def plan(world):
    """[(path, headers, body)]"""
    chance = random.Random(SEED)
    orders = [record['id'] for record in world.all('/v1/stores/s1/orders?limit=50&fields=id')[:50]]
    level = world.get('/v1/stores/s1/inventory?limit=1')[1]['data'][0]
    where = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id']}
    calls = []
    for i in range(CALLS):
        kind = chance.randrange(100)
        if kind < 30:
            calls.append((chance.choice(['/locations?limit=20', '']), {}, None))
        elif kind < 60:
            calls.append(('/orders?limit=10&fields=id,status', YOUNG, None))
        elif kind < 80:
            calls.append(('/orders/%s?fields=id,status,totals' % chance.choice(orders[:3]), YOUNG, None))
        elif kind < 98:
            calls.append((chance.choice(['/orders/%s?fields=id,items' % chance.choice(orders),
                                         '/products?limit=%d&fields=id' % (1 + i % 50)]), {}, None))
        else:
            calls.append(('/inventory', {}, {'mode': 'set', 'quantity': i, **where}))
    return calls


def run(world, calls, plain):
    before = world.shop.state()['requests']

    def one(call):
        path, headers, body = call
        status, answer, _ = world.call('POST' if body else 'GET', '/v1/stores/s1' + path, body,
                                       headers={} if plain else headers)
        if status != 200:
            raise SystemExit('%s: %d %s' % (path, status, answer))
    with concurrent.futures.ThreadPoolExecutor(1 if plain else THREADS) as pool:
        list(pool.map(one, calls))
    return world.shop.state()['requests'] - before


def main():
    counts = []
    for plain in True, False:
        options = ('--cache-bytes', '0') if plain else ()
        with World(options=('--app-per-minute', '0', '--app-per-hour', '0', *options)) as world:
            counts.append(run(world, plan(world), plain))
    print('# cache: %d calls, %d requests to the shop with nothing shared or kept, %d with' % (CALLS, counts[0], counts[1]))
    print('cache.calls_saved_pct %.1f' % (100 * (1 - counts[1] / counts[0])))


if __name__ == '__main__':
    main()
