#!/usr/bin/env python3
"""test_shopify.py - the Shopify adapter against shopsim: each record by default and whole, lists, counts, writes.

shopsim holds what it is asked against tables made from Shopify's schema of 2026-07, of the types that it serves.  That
every document that the adapter can make is good by the whole schema is test_shopify_schema.py's to show.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

RECORDS = {'orders': 'Order', 'products': 'Product', 'variants': 'Variant', 'locations': 'Location'}
shop = gateway = app_key = None


def start():
    global shop, gateway, app_key
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    gateway, app_key = flow.connected(['shopify'], flow.shopify_store('s', shop.port))


def call(path, name='s', method='GET', body=None):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (name, path), body or ({} if method == 'POST' else None),
                        {'Authorization': 'Bearer ' + app_key})


def good(path, **more):
    status, answer, _ = call(path, **more)
    assert status in (200, 201), (path, status, answer)
    return answer


def members(entity):
    schemas = flow.request(gateway.port, 'GET', '/openapi.json')[1]['components']['schemas']
    return sorted(schemas[entity]['properties'])


def every_record_is_read_whole():
    for path, entity in RECORDS.items():
        first = good('/%s?limit=1&fields=id' % path)['data'][0]['id']
        for fields in ('', 'fields=*'):
            listed = good('/%s?limit=2&%s' % (path, fields))['data'][0]
            one = good('/%s/%s?%s' % (path, first.replace('/', '%2F'), fields))['data']
            assert set(one) == set(listed) and set(one) - {'object', 'gid'} <= set(members(entity)), (path, fields, one)
    assert good('?fields=*')['data']['currency'] == 'EUR'


def counts_and_filters_fit():
    for path in ('orders', 'products', 'variants'):
        whole = good('/%s/count' % path)['data']['count']
        assert whole > 0 and good('/%s/count?updated_since=2001-01-01T00:00:00Z' % path)['data']['count'] == whole
    assert good('/orders?updated_since=2099-01-01T00:00:00Z')['data'] == []
    good('/validate', method='POST')


def every_order_of_every_page_once():
    seen, cursor = [], ''
    while cursor is not None:
        page = good('/orders?limit=7&fields=id,totals,items' + cursor)
        seen += [order['id'] for order in page['data']]
        cursor = page['next'] and '&cursor=' + page['next']
    assert len(seen) == len(set(seen)) == 60, len(seen)


def what_is_not_there():
    for path in RECORDS:
        kind = {'orders': 'Order', 'products': 'Product', 'variants': 'ProductVariant', 'locations': 'Location'}[path]
        status, answer, _ = call('/%s/gid:%%2F%%2Fshopify%%2F%s%%2F999999999' % (path, kind))
        assert status == 404, (path, status, answer)


def a_bad_token_is_said():
    flow.connect(gateway, flow.shopify_store('bad', shop.port, 'shpat_wrong'))
    status, answer, _ = call('/orders', name='bad')
    assert status == 424 and answer['code'] == 'store_reauth_required', (status, answer)


def an_order_is_updated():
    path = '/orders/' + good('/orders?limit=1&fields=id')['data'][0]['id'].replace('/', '%2F')
    good(path, method='PATCH', body={'note': 'Ring twice', 'tags': ['vip'], 'shipping_address': {'first_name': 'Ann', 'country': 'CA'}})
    order = good(path + '?fields=shipping_address,tags')['data']
    assert order['shipping_address']['first_name'] == 'Ann' and order['tags'] == ['vip'], order
    assert good(path + '?fields=note')['data']['note'] == 'Ring twice'
    status, answer, _ = call(path, method='PATCH', body={'totals': {}, 'nmber': '1', 'shipping_address': {'region_raw': 'X'}})
    assert status == 422 and len(answer['errors']) == 3, answer
    status, answer, _ = call('/orders/gid:%2F%2Fshopify%2FOrder%2F999999999', method='PATCH', body={'note': 'x'})
    assert status == 404 and answer['code'] == 'not_found', (status, answer)


def a_product_lives():
    made = good('/products', method='POST', body={'name': 'Flow', 'status': 'draft', 'tags': ['a', 'b'], 'extra': {'vendor': 'Acme'}})['data']
    assert made['name'] == 'Flow' and made['status'] == 'draft', made
    path = '/products/' + made['id'].replace('/', '%2F')
    good(path, method='PATCH', body={'name': 'Flow 2', 'status': 'active'})
    after = good(path + '?fields=name,status,tags')['data']
    assert (after['name'], after['status'], sorted(after['tags'])) == ('Flow 2', 'active', ['a', 'b']), after
    status, answer, _ = call(path, method='DELETE')
    assert status in (200, 204), (status, answer)
    assert call(path)[0] == 404 and call(path, method='DELETE')[0] == 404


def what_it_does_not_serve():
    status, answer, _ = call('/orders?status=open')
    assert status == 501, (status, answer)


def lists_inside_are_read_to_their_end():
    """45 of each in a product of the sandbox and its variants, of which 20 come with it."""
    path = '/products/gid:%2F%2Fshopify%2FProduct%2F1000119?fields='
    for field in ('media', 'category_ids', 'categories', 'custom_fields'):
        product = good(path + field)['data']
        assert len(product[field]) == 45 and product['incomplete'] == [], (field, product)
    product = good(path + 'media,categories,custom_fields,category_ids,variants.id')['data']
    assert [c['name'] for c in product['categories']] == ['Collection %d' % n for n in range(1, 46)]
    assert product['category_ids'][-1].endswith('/45') and product['custom_fields'][44]['value'] == 'value 45', product
    variant = good('/variants/%s?fields=media,custom_fields' % product['variants'][0]['id'].replace('/', '%2F'))['data']
    assert len(variant['media']) == len(variant['custom_fields']) == 45, variant


def nobody_says_what_was_taken_off():
    """Both sets may be null (schema, Order): the order is there, and nothing was taken off, no tax."""
    shop.faults({'fault': 'null', 'fields': 'totalDiscountsSet,totalTaxSet'})
    try:
        page = good('/orders?limit=3&fields=id,totals')
    finally:
        shop.desk('DELETE', 'faults')
    assert page['problems'] == [] and len(page['data']) == 3, page
    for order in page['data']:
        assert order['totals']['discount']['shop']['amount'] == order['totals']['tax']['shop']['amount'] == '0.00', order
        assert order['incomplete'] == [], order


def nothing_of_a_long_list_is_asked_for():
    """120 lines, of which 100 come with the order; nothing of a line that the platform has is wanted."""
    lines = [{'name': 'L%d' % n, 'quantity': 1, 'unit_price': {'shop': {'amount': '1.00', 'currency': 'EUR'}}} for n in range(120)]
    order = '/orders/' + good('/orders?fields=id', method='POST', body={'items': lines})['data']['id'].replace('/', '%2F')
    before = shop.state()['requests']
    found = good(order + '?fields=items.barcode')['data']
    assert found['unsupported'] == ['items.barcode'] and found['incomplete'] == [], found
    assert shop.state()['requests'] == before + 1
    assert len(good(order + '?fields=items.name')['data']['items']) == 120


TESTS = (lists_inside_are_read_to_their_end, nobody_says_what_was_taken_off, nothing_of_a_long_list_is_asked_for, every_record_is_read_whole, counts_and_filters_fit, every_order_of_every_page_once, what_is_not_there,
         an_order_is_updated, a_product_lives, a_bad_token_is_said, what_it_does_not_serve)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, shop)
