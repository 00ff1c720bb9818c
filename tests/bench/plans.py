#!/usr/bin/env python3
"""plans.py - requests to the shop for 100 products with their variants and stock, beside the least there can be.

    plan.calls_woocommerce 1.00   41 requests, 41 at least: a page of 100, and one for each of the 40 that have variations
    plan.calls_medusa 1.00        4 requests, 4 at least: a page of 100 products, 270 stock items by pages of 100
    plan.calls_shopify 1.00       3 requests, 3 at least: a page of 100 products, 270 variants with their levels by pages of 250;
                                  no answer has told before what these documents cost

CARTWAY_BUILD is the build folder.  WooCommerce is played from recordings, Medusa and Shopify are shopsim; Medusa's levels are
asked for by 200, two of each item.  What a day keeps (a shop's currency) is asked for before.
"""
import copy
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, 'tests', 'flow'))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

PAGE = 100


def show(platform, calls, least, how=''):
    print('plan.calls_%s %.3f' % (platform, calls / least))
    print('# %s: %d requests for 100 products with variants and stock%s, %d at least' % (platform, calls, how, least), flush=True)


def woocommerce(gateway, key):
    player = Player(os.path.join(TOP, 'adapters', 'woocommerce', 'fixtures'))
    simple, variable = (player.recording(name)['response']['body'] for name in ('product_simple', 'product_variable'))
    products = [dict(copy.deepcopy(variable if i < 40 else simple), id=1000 + i) for i in range(PAGE)]
    player.rule('GET', '/variations', 200, player.recording('variations')['response']['body'])
    player.rule('GET', '/products$', 200, products)
    player.rule('GET', '/currencies/current', 200, {'code': 'EUR'})
    connect(gateway, 'woocommerce', player.port, {'key': 'ck_x', 'secret': 'cs_x'})
    get(gateway, key, '/v1/stores/woocommerce/products/count')  # nothing is warm but what a day keeps
    player.sent.clear()
    answer = get(gateway, key, '/v1/stores/woocommerce/products?limit=100&fields=name,variants.sku,variants.quantity_total')
    asked = [path for _, path, _ in player.sent if 'currencies' not in path]
    assert len(answer['data']) == PAGE, len(answer['data'])
    show('woocommerce', len(asked), 1 + 40)


def medusa(gateway, key):
    shop = flow.Shop('--products', str(PAGE))
    try:
        connect(gateway, 'medusa', shop.port, {'key': shop.key})
        before = requests(shop)
        products = get(gateway, key, '/v1/stores/medusa/products?limit=100&fields=name,variants.sku')['data']
        variants = sum(len(p['variants']) for p in products)
        levels = every(gateway, key, '/v1/stores/medusa/inventory?limit=200&fields=sku,on_hand,inventory_item_id')
        assert len(products) == PAGE and levels, (len(products), levels)
        show('medusa', requests(shop) - before, 1 + -(-max(variants, 1) // 100))
    finally:
        shop.stop()


def shopify(gateway, key):
    shop = flow.Shop('--dialect', 'shopify', '--products', str(PAGE), '--points', '10000/100000')
    try:
        connect(gateway, 'shopify', shop.port, {'token': shop.key}, 'shop')
        product_page = '/v1/stores/shopify/products?limit=100&fields=name,options'
        variant_page = '/v1/stores/shopify/variants?limit=250&fields=product_id,sku,price,inventory'
        get(gateway, key, '/v1/stores/shopify/products?limit=1&fields=id')  # nothing is warm but what a day keeps
        before = requests(shop)
        products = get(gateway, key, product_page)['data']
        variants = every(gateway, key, variant_page)
        levels = sum(len(v['inventory']) for v in variants)
        assert len(products) == PAGE and levels > len(variants) > PAGE, (len(products), len(variants), levels)
        show('shopify', requests(shop) - before, 1 + -(-len(variants) // 250), ', cold')
    finally:
        shop.stop()


def every(gateway, key, path):
    found, cursor = [], ''
    while cursor is not None:
        answer = get(gateway, key, path + cursor)
        found += answer['data']
        cursor = '&cursor=' + answer['next'] if answer['next'] else None
    return found


def requests(shop):
    return shop.state()['requests']


def connect(gateway, platform, port, credentials, address='site'):
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': platform, 'platform': platform, 'settings': {address: 'http://127.0.0.1:%d' % port}, 'credentials': credentials,
        'allow_private': True})
    assert status == 201, body


def get(gateway, key, path):
    status, body, _ = flow.request(gateway.port, 'GET', path, None, {'Authorization': 'Bearer ' + key})
    assert status == 200 or re.search('count$', path), body
    return body


def main():
    gateway = flow.Gateway(plugins=('medusa', 'shopify', 'woocommerce'))
    gateway.init()
    gateway.start()
    try:
        _, body, _ = gateway.admin('POST', '/apps', {'name': 'bench', 'scopes': flow.ALL_SCOPES, 'stores': ['*']})
        woocommerce(gateway, body['data']['key'])
        medusa(gateway, body['data']['key'])
        shopify(gateway, body['data']['key'])
    finally:
        gateway.stop()


if __name__ == '__main__':
    main()
