#!/usr/bin/env python3
"""connect.py - a store connected by a link, from the request for the link to the page that says so: connect.ms.

Two kinds, in turn, each store new and made before the clock starts: WooCommerce, whose shop posts its keys (link, the shop's page,
approval, keys posted and on the disk, the browser back, one call that must work), and Shopify, which gives a code (link, approval,
the signed way back, exchange, the pair on the disk, one call).  The browser is this program, and takes no time to decide; the shop's
own time counts.  The line is the larger of the two medians.  CARTWAY_BUILD is the build folder.
"""
import html
import os
import re
import statistics
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'flow'))
import consent  # noqa: E402
import world as flow  # noqa: E402

ROUNDS = 40
APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}


def get(url):
    parts = urllib.parse.urlsplit(url)
    return flow.request(parts.port, 'GET', parts.path + '?' + parts.query)


def link(gateway, name):
    status, body, _ = gateway.admin('POST', '/stores/%s/connect' % name, {})
    if status != 200:
        raise SystemExit('%s: %d %s' % (name, status, body))
    return body['data']['authorize_url']


def by_posted_keys(gateway, name):
    url = link(gateway, name)
    page = get(url)[1].decode()
    granted = html.unescape(re.search(r'wc-auth-approve" href="([^"]+)"', page).group(1))
    return get(get(urllib.parse.urljoin(url, granted))[2]['Location'])


def by_code(gateway, name):
    return get(consent.decided(link(gateway, name), 'approve'))


def timed(gateway, connects, store):
    status, body, _ = gateway.admin('POST', '/stores', {**store, 'allow_private': True})
    if status != 201:
        raise SystemExit('%d %s' % (status, body))
    begin = time.perf_counter()
    status, page, _ = connects(gateway, store['id'])
    took = (time.perf_counter() - begin) * 1000
    if status != 200 or b'The store is connected' not in page:
        raise SystemExit('%s: %d %s' % (store['id'], status, page.decode(errors='replace')))
    return took


def main():
    woo = flow.Shop('--dialect', 'woocommerce')
    login = flow.Shop('--dialect', 'shopify', '--client', '%(client_id)s:%(client_secret)s' % APP)
    gateway = consent.reachable(flow.Gateway(plugins=['woocommerce', 'shopify']))
    gateway.init()
    gateway.start()
    took = {'woocommerce': [], 'shopify': []}
    try:
        for i in range(ROUNDS):
            took['woocommerce'].append(timed(gateway, by_posted_keys, {
                'id': 'w%d' % i, 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % woo.port}}))
            took['shopify'].append(timed(gateway, by_code, {
                'id': 's%d' % i, 'platform': 'shopify', 'credentials': {'client_secret': APP['client_secret']},
                'settings': {'shop': 'http://127.0.0.1:%d' % login.port, 'client_id': APP['client_id']}}))
    finally:
        gateway.stop()
        woo.stop()
        login.stop()
    for name, times in took.items():
        print('# connect: %s, median %.1f ms of %d, longest %.1f' % (name, statistics.median(times), ROUNDS, max(times)))
    print('connect.ms %.2f' % max(statistics.median(times) for times in took.values()))


if __name__ == '__main__':
    main()
