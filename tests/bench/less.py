#!/usr/bin/env python3
"""less.py - requests to a Shopify shop for 100 sets of stock that one call brings: less.requests.

Each level is read back, so 100 of them are the reading.  With one write at a time there were 200; the shop counts them.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'flow'))
import world as flow  # noqa: E402

WRITES = 100


def main():
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    gateway, key = flow.connected(['shopify'], flow.shopify_store('s', shop.port))

    def call(path, method='GET', body=None):
        status, answer, _ = flow.request(gateway.port, method, '/v1/stores/s' + path, body, {'Authorization': 'Bearer ' + key})
        if status != 200:
            raise SystemExit('%s: %d %s' % (path, status, answer))
        return answer
    levels, cursor = [], ''
    while len(levels) < WRITES:
        page = call('/inventory?limit=50' + cursor)
        levels += page['data']
        cursor = '&cursor=' + page['next']
    items = [{'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id'], 'quantity': i}
             for i, level in enumerate(levels[:WRITES])]
    before = shop.state()['requests']
    answers = call('/inventory/batch', 'POST', {'items': items})['data']
    spent = shop.state()['requests'] - before
    if [a['data']['result']['after'] for a in answers] != list(range(WRITES)):
        raise SystemExit('not every level is what was set')
    gateway.stop()
    shop.stop()
    print('# less: %d stock writes in one call' % WRITES)
    print('less.requests %d' % spent)


if __name__ == '__main__':
    main()
