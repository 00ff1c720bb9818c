#!/usr/bin/env python3
"""test_long_lists.py - lists inside records that Shopify cuts: an order of 130 lines and 25 ways of sending, a product of 250 variants,
an article at more locations than are asked for."""
import os
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

GRAPHQL = '/admin/api/2026-07/graphql.json'
LINES, SENDINGS, VARIANTS = 130, 25, 250
shop = gateway = narrow = order = product = None


def graphql(query, **variables):
    status, answer, _ = flow.request(shop.port, 'POST', GRAPHQL, {'query': query, 'variables': variables},
                                     {'X-Shopify-Access-Token': 'shpat_shopsim', 'Content-Type': 'application/json'})
    assert status == 200 and 'errors' not in answer, answer
    return answer['data']


def make_order():
    variant = graphql('{productVariants(first:1){nodes{id}}}')['productVariants']['nodes'][0]['id']
    lines = [{'variantId': variant, 'quantity': 1 + i % 2, 'priceSet': {'shopMoney': {'amount': '%d.10' % i, 'currencyCode': 'EUR'}}}
             for i in range(LINES)]
    sending = [{'title': 'Way %d' % i, 'priceSet': {'shopMoney': {'amount': '%d.25' % i, 'currencyCode': 'EUR'}}} for i in range(SENDINGS)]
    made = graphql('mutation($order:OrderCreateOrderInput!){orderCreate(order:$order){order{id} userErrors{field message}}}',
                   order={'currency': 'EUR', 'lineItems': lines, 'shippingLines': sending})['orderCreate']
    assert not made['userErrors'], made
    return made['order']['id']


def make_product():
    made = graphql('mutation($product:ProductCreateInput!){productCreate(product:$product){product{id} userErrors{message}}}',
                   product={'title': 'Wide', 'status': 'ACTIVE'})['productCreate']['product']['id']
    rows = [{'optionValues': [{'optionName': 'Size', 'name': str(i)}], 'price': '%d.00' % i, 'inventoryItem': {'sku': 'W-%d' % i}}
            for i in range(VARIANTS)]
    refused = graphql('mutation($id:ID!,$rows:[ProductVariantsBulkInput!]!){productVariantsBulkCreate(productId:$id,variants:$rows)'
                      '{userErrors{field message}}}', id=made, rows=rows)['productVariantsBulkCreate']['userErrors']
    assert not refused, refused
    return made


def start():
    global shop, gateway, narrow, order, product
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    gateway, narrow = [flow.connected([plugin], flow.shopify_store('s', shop.port)) for plugin in ('shopify', 'shopify_narrow')]
    order, product = make_order(), make_product()


def call(path, method='GET', body=None, through=None):
    opened, key = through or gateway
    return flow.request(opened.port, method, '/v1/stores/s' + path, body, {'Authorization': 'Bearer ' + key})


def good(path, **more):
    status, answer, headers = call(path, **more)
    assert status == 200, (path, status, answer)
    return answer, int(headers['Cartway-Upstream'].split('calls=')[1].split(';')[0])


def one(kind, key, query=''):
    return '/%s/%s%s' % (kind, key.replace('/', '%2F'), query)


def money(amount):
    return Decimal(amount['shop']['amount'])


def subtotal(lines):
    return sum((Decimal(i) + Decimal('0.1')) * (1 + i % 2) for i in range(lines))


def whole_lines(record):
    assert len(record['items']) == LINES and len({line['id'] for line in record['items']}) == LINES, len(record['items'])
    assert len(record['shipping_lines']) == SENDINGS, len(record['shipping_lines'])
    assert record['incomplete'] == [], record['incomplete']
    assert money(record['totals']['subtotal']) == sum(money(line['subtotal']) for line in record['items'])
    assert money(record['totals']['subtotal']) == subtotal(LINES)
    assert money(record['totals']['shipping']) == sum(Decimal(i) + Decimal('0.25') for i in range(SENDINGS))


def an_order_has_all_its_lines():
    answer, calls = good(one('orders', order, '?fields=id,items,items.subtotal,shipping_lines,totals.subtotal,totals.shipping'))
    whole_lines(answer['data'])
    assert calls == 3, calls


def in_a_list_too():
    path = '/orders?limit=20&fields=id,items,items.subtotal,shipping_lines,totals.subtotal,totals.shipping'
    seen = []
    cursor = ''
    while cursor is not None:
        answer, _ = good(path + cursor)
        seen += answer['data']
        cursor = answer['next'] and '&cursor=' + answer['next']
    found = [record for record in seen if record['id'] == order]
    assert len(seen) == 61 and len(found) == 1, len(seen)
    whole_lines(found[0])


def only_what_is_asked_for_costs():
    _, calls = good(one('orders', order, '?fields=id,number'))
    assert calls == 1, calls
    answer, calls = good(one('orders', order, '?fields=totals.subtotal'))
    assert calls == 2 and money(answer['data']['totals']['subtotal']) > 0, (calls, answer)


def a_product_has_all_its_variants():
    answer, calls = good(one('products', product, '?fields=id,variants.sku,variants.id'))
    variants = answer['data']['variants']
    assert len(variants) == VARIANTS and len({v['id'] for v in variants}) == VARIANTS, len(variants)
    assert {v['sku'] for v in variants} >= {'W-%d' % i for i in range(VARIANTS)}
    assert 2 <= calls <= 3, calls  # a page of the rest is as large as its points allow


def levels_of(records):
    return {(level['location_id'], level['on_hand']) for level in records}


def an_article_has_all_its_levels():
    levels = good('/inventory?limit=250')[0]['data']
    item = next(one['inventory_item_id'] for one in levels if sum(other['inventory_item_id'] == one['inventory_item_id'] for other in levels) > 1)
    wanted = [level for level in levels if level['inventory_item_id'] == item]
    path = one('variants', wanted[0]['variant_id'], '?fields=inventory.location_id,inventory.on_hand')
    good(path, through=narrow)
    answer, calls = good(path, through=narrow)  # the shop's currency is known by now
    assert levels_of(answer['data']['inventory']) == levels_of(wanted) and answer['data']['incomplete'] == [], answer
    assert calls == 2, calls
    status, answer, _ = call('/inventory?inventory_item_id=' + item.replace('/', '%2F'), through=narrow)
    assert status == 501 and answer['code'] == 'unsupported' and 'more than 1 locations' in answer['detail'], (status, answer)


def what_cannot_be_read_is_said():
    path = one('orders', order, '?fields=id,items.id,totals.subtotal')
    shop.faults({'fault': '401', 'path': GRAPHQL, 'nth': 2})
    status, answer, _ = call(path)
    assert status == 424 and answer['code'] == 'store_reauth_required' and "record's items" in answer['detail'], (status, answer)
    shop.faults({'fault': '401', 'path': GRAPHQL, 'nth': 2})
    record = good(path + '&partial=allow')[0]['data']
    assert sorted(record['incomplete']) == ['items', 'totals.subtotal'], record['incomplete']
    assert len(record['items']) == 100 and money(record['totals']['subtotal']) == subtotal(100), record['totals']
    shop.desk('DELETE', 'faults')


def a_write_shows_it_whole():
    answer, _ = good(one('orders', order, '?fields=id,items.id'), method='PATCH', body={'note': 'Ring twice'})
    assert len(answer['data']['items']) == LINES, answer


TESTS = (an_order_has_all_its_lines, in_a_list_too, only_what_is_asked_for_costs, a_product_has_all_its_variants, an_article_has_all_its_levels,
         what_cannot_be_read_is_said, a_write_shows_it_whole)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway[0], narrow[0], shop)
