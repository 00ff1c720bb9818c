"""live_writes - script/live's part that writes: each method that the shop's adapter serves, checked at the shop.

What is made is removed where the shop lets us; an order that was placed is cancelled, since orders cannot be removed.
"""
import time
from decimal import Decimal

NOWHERE = 'order_00000000000000000000000000'


def check_writes(check, api, shop, creds):
    """check(name, is_so, found); api and shop are called as (method, path, body, **query)."""
    order = place_order(check, api, shop, creds)
    if not order:
        return
    change_order(check, api, shop, order)
    ship(check, api, shop, order)
    cancel(check, api, shop, creds, order)
    give_back(check, api, shop)
    products(check, api, shop)
    batch(check, api, shop)
    bad_bodies(check, api, shop)


def sellable(shop):
    """A variant with stock at a place that the channel sells from."""
    variants = shop('GET', '/admin/product-variants', limit=50, order='id', fields='id,sku,inventory_quantity').json['variants']
    return max(variants, key=lambda v: v.get('inventory_quantity') or 0)


def new_order(shop, creds):
    return {'currency': 'EUR', 'customer': {'email': 'live@cartway.test'}, 'channel': {'id': creds['sales_channels'][0]['id']},
            'items': [{'variant_id': sellable(shop)['id'], 'quantity': 3, 'unit_price': {'shop': {'amount': '3.25', 'currency': 'EUR'}}}],
            'shipping_address': {'first_name': 'Zoë', 'last_name': 'Live', 'address1': '1 Quay', 'city': 'Berlin', 'country': 'DE',
                                 'postal_code': '10115', 'phone': {'e164': '+493012345678'}}, 'notify': False}


def place_order(check, api, shop, creds):
    answer = api('POST', '/live/orders', new_order(shop, creds))
    order = answer.json.get('data')
    if not check('order.create', answer.status == 201 and order and order['status'] == 'open', answer):
        return None
    theirs = shop('GET', '/admin/orders/' + order['id'], fields='id,email,status,currency_code,shipping_address.*,items.*').json['order']
    check('order.create: as it is at the shop', (theirs['email'], theirs['status'], theirs['currency_code'], theirs['items'][0]['quantity'],
          theirs['items'][0]['unit_price'], theirs['shipping_address']['first_name'], theirs['shipping_address']['country_code'])
          == ('live@cartway.test', 'pending', 'eur', 3, Decimal('3.25'), 'Zoë', 'de'), theirs)
    return order


def change_order(check, api, shop, order):
    answer = api('PATCH', '/live/orders/' + order['id'], {'customer': {'email': 'new@cartway.test'}, 'shipping_address': {'city': 'Köln'}})
    theirs = shop('GET', '/admin/orders/' + order['id'], fields='id,email,shipping_address.*').json['order']
    check('order.update', answer.status == 200 and theirs['email'] == 'new@cartway.test' and theirs['shipping_address']['city'] == 'Köln', answer)
    check('order.update: what was not named is untouched', theirs['shipping_address']['first_name'] == 'Zoë', theirs)
    check.refused('order.update: a missing order', api('PATCH', '/live/orders/' + NOWHERE, {'customer': {'email': 'a@b.test'}}), 404, 'not_found')


def ship(check, api, shop, order):
    line = {'order_item_id': order['items'][0]['id'], 'quantity': 1}
    path = '/live/orders/%s/fulfillments' % order['id']
    for location in [place['id'] for place in api('GET', '/live/locations').json['data']]:
        answer = api('POST', path, {'items': [line], 'location_id': location, 'notify': False})
        if answer.status == 201:
            break
    if not check('order.fulfillment.create', answer.status == 201 and answer.json['data']['items'][0]['quantity'] == 1, answer):
        return
    first = answer.json['data']['id']
    check.refused('order.fulfillment.create: more than was ordered', api('POST', path, {'items': [{**line, 'quantity': 99}],
                  'location_id': location}), 422, 'store_rejected')
    answer = api('PATCH', '%s/%s' % (path, first), {'items': [line], 'tracking': [{'number': '1Z999', 'url': 'https://t.example/1Z999'}]})
    check('order.fulfillment.update', answer.status == 200 and answer.json['data']['tracking'][0]['number'] == '1Z999' and
          answer.json['data']['status'] == 'in_transit', answer)
    second = api('POST', path, {'items': [line], 'location_id': location}).json.get('data', {})
    answer = api('POST', '%s/%s/cancel' % (path, second.get('id')))
    check('order.fulfillment.cancel', answer.status == 200 and answer.json['data']['status'] == 'cancelled', answer)
    answer = api('GET', path)
    check('order.fulfillment.list', [(f['id'], f['status']) for f in answer.json.get('data', [])] ==
          [(first, 'in_transit'), (second.get('id'), 'cancelled')], answer)
    answer = api('GET', '%s/%s' % (path, first))
    check('order.fulfillment.get', answer.json.get('data', {}).get('id') == first, answer)
    check.refused('order.fulfillment.get: a missing one', api('GET', path + '/ful_nope'), 404, 'not_found')


def cancel(check, api, shop, creds, shipped):
    check.refused('order.cancel: a shipped one', api('POST', '/live/orders/%s/cancel' % shipped['id']), 422, 'store_rejected')
    order = api('POST', '/live/orders', new_order(shop, creds)).json.get('data') or {}
    answer = api('POST', '/live/orders/%s/cancel' % order.get('id'))
    theirs = shop('GET', '/admin/orders/' + order.get('id', ''), fields='id,status').json.get('order', {})
    check('order.cancel', answer.status == 200 and answer.json['data']['status'] == 'cancelled' and theirs.get('status') == 'canceled', answer)


def give_back(check, api, shop):
    fields = 'id,currency_code,payment_collections.payments.id,payment_collections.payments.captured_at,payment_collections.payments.refunds.amount'
    orders = shop('GET', '/admin/orders', limit=100, order='id', fields=fields).json['orders']
    paid = [o for o in orders if [p for c in o['payment_collections'] for p in c['payments'] if p['captured_at']]]
    if not check('a paid order to refund', paid, len(orders)):
        return
    order = paid[-1]
    currency = order['currency_code'].upper()
    amount = {'amount': '1.00', 'currency': currency}
    answer = api('POST', '/live/orders/%s/refunds' % order['id'], {'total': {'shop': amount}, 'note': 'live'})
    check('order.refund.create', answer.status == 201 and Decimal(answer.json['data']['total']['shop']['amount']) == 1, answer)
    listed = api('GET', '/live/orders/%s/refunds' % order['id'])
    check('order.refund.list', answer.status == 201 and answer.json['data']['id'] in [r['id'] for r in listed.json.get('data', [])], listed)
    foreign = {'amount': '1.00', 'currency': 'CHF'}
    answer = api('POST', '/live/orders/%s/refunds' % order['id'], {'total': {'shop': foreign}})
    check('order.refund.create: a foreign currency is not sent', answer.status == 422 and answer.json.get('errors'), answer)


def products(check, api, shop):
    sku = 'LIVE-%d' % time.time()
    body = {'name': 'Live cup', 'status': 'draft', 'slug': sku.lower(), 'weight': {'value': '1.5', 'unit': 'kg'},
            'options': [{'name': 'Size', 'values': [{'name': 'S'}, {'name': 'M'}]}],
            'variants': [{'title': 'S', 'sku': sku + '-S', 'option_values': [{'name': 'Size', 'value': 'S'}],
                          'prices': [{'amount': {'amount': '12.50', 'currency': 'EUR'}}]}]}
    answer = api('POST', '/live/products', body)
    if not check('product.create', answer.status == 201 and answer.json['data']['variants'][0]['sku'] == sku + '-S', answer):
        return
    product = answer.json['data']['id']
    theirs = shop('GET', '/admin/products/' + product, fields='id,weight,variants.prices.*').json['product']
    check('product.create: weight and price at the shop', theirs['weight'] == 1500 and theirs['variants'][0]['prices'][0]['amount'] == Decimal('12.5'), theirs)
    answer = api('PATCH', '/live/products/' + product, {'name': 'Live mug', 'description': None})
    theirs = shop('GET', '/admin/products/' + product, fields='id,title,weight').json['product']
    check('product.update', answer.status == 200 and theirs['title'] == 'Live mug' and theirs['weight'] == 1500, answer)
    answer = api('POST', '/live/variants', {'product_id': product, 'title': 'M', 'sku': sku + '-M', 'option_values': [{'name': 'Size', 'value': 'M'}],
                                            'prices': [{'amount': {'amount': '13.25', 'currency': 'EUR'}}]})
    check('variant.create', answer.status == 201 and answer.json['data']['sku'] == sku + '-M', answer)
    variant = (answer.json.get('data') or {}).get('id')
    answer = api('PATCH', '/live/variants/%s' % variant, {'title': 'Medium'})
    check('variant.update', answer.status == 200 and answer.json['data']['title'] == 'Medium', answer)
    answer = api('GET', '/live/variants/count', sku=sku + '-M')
    check('variant.count', answer.json.get('data', {}).get('count') == 1, answer)
    check('variant.delete', api('DELETE', '/live/variants/%s' % variant).status == 204)
    check('variant.delete: it is gone', api('GET', '/live/variants/%s' % variant).status == 404)
    check('product.delete', api('DELETE', '/live/products/' + product).status == 204)
    check('product.delete: it is gone', api('GET', '/live/products/' + product).status == 404)


def batch(check, api, shop):
    level = api('GET', '/live/inventory', limit=1).json['data'][0]
    change = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id']}
    answer = api('POST', '/live/inventory/batch', {'items': [{**change, 'quantity': level['on_hand']}, {**change, 'sku': 'nope-nope',
                 'inventory_item_id': 'iitem_nope', 'quantity': 1}]})
    check('inventory.batch: each has its own outcome', [i['status'] for i in answer.json.get('data', [])] == [200, 404], answer)


def bad_bodies(check, api, shop):
    answer = api('POST', '/live/orders', {'totl': 1, 'items': [{'quantity': -1}], 'id': 'x', 'created_at': 'yesterday'})
    paths = [error['path'] for error in answer.json.get('errors', [])]
    check('a bad body: every fault is named', answer.status == 422 and {'totl', 'items[0].quantity', 'created_at', 'currency'} <= set(paths), answer)
    answer = api('GET', '/live/capabilities')
    check('store.capabilities', len(answer.json.get('data', {}).get('methods', [])) > 25, answer)
