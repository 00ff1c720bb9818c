#!/usr/bin/env python3
"""test_shopify_orders.py - orders of Shopify placed, cancelled, sent in parcels and refunded, against shopsim.

shopsim keeps fulfilment orders as Shopify does: of seven orders one has its last line at a second place, and one has two
fulfilment orders of one place with each line in both.  What it was asked is counted, so that nothing is sent of what is
refused here.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

ORDER = 'gid://shopify/Order/%d'
BERLIN, SECOND = 'gid://shopify/Location/7001', 'gid://shopify/Location/7002'
VARIANT = 'gid://shopify/ProductVariant/2000001'
ONE, PLACES, SPLIT = 'one', 'places', 'split'
shop = gateway = key = None


def start():
    global shop, gateway, key
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    gateway, key = flow.connected(['shopify'], flow.shopify_store('s', shop.port))


def path_of(gid):
    return gid.replace('/', '%2F')


def call(path, method='GET', body=None, name='s', **headers):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (name, path), body, {'Authorization': 'Bearer ' + key, **headers})


def good(path, method='GET', body=None):
    status, answer, _ = call(path, method, body)
    assert status in (200, 201), (path, status, answer)
    assert answer['data'] is not None and not answer.get('problems'), (path, answer)
    return answer['data']


def refused(path, body, words, status=422, code='validation_failed', method='POST'):
    """Refused before anything was changed at the shop, with these words."""
    before = shop.state()['applied']
    got, answer, _ = call(path, method, body)
    text = answer.get('detail', '') + str(answer.get('errors', ''))
    assert (got, answer.get('code')) == (status, code), (path, got, answer)
    for word in [words] if isinstance(words, str) else words:
        assert word in text, (word, text)
    assert shop.state()['applied'] == before, 'something was written'
    return answer


def orders(kind, state='unfulfilled'):
    """Paths of orders whose fulfilment orders are of this kind (shopsim/shopify/order_doc.c)."""
    rest = {PLACES: (3,), SPLIT: (5,), ONE: (0, 1, 2, 4, 6)}[kind]
    found = []
    for order in good('/orders?limit=60&fields=id,fulfillment_status,status,items.id,items.quantity,totals.paid,totals.refunded'):
        number = int(order['id'].rpartition('/')[2])
        if number < 9000000 and number % 7 in rest and order['fulfillment_status'] == state and order['status'] == 'open':
            found.append(order)
    return found


USED = set()


def an_order(kind, state='unfulfilled', fits=lambda order: True):
    """Another one at each call."""
    for order in orders(kind, state):
        if order['id'] not in USED and fits(order):
            USED.add(order['id'])
            return '/orders/' + path_of(order['id']), order
    raise AssertionError('shopsim has no more orders like that: %s %s' % (kind, state))


def quantities(parcel):
    return {line['order_item_id']: sum(x['quantity'] for x in parcel['items'] if x['order_item_id'] == line['order_item_id'])
            for line in parcel['items']}


# ---- orders ----

PRICE = {'shop': {'amount': '10.00', 'currency': 'EUR'}}
NEW = {'currency': 'EUR', 'customer': {'email': 'ann@example.com'}, 'note': 'Ring twice', 'tags': ['b2b'],
       'items': [{'variant_id': VARIANT, 'quantity': 2, 'unit_price': PRICE}, {'name': 'Gift wrap', 'sku': 'WRAP', 'quantity': 1,
                                                                              'unit_price': {'shop': {'amount': '2.50', 'currency': 'EUR'}}}],
       'shipping_lines': [{'title': 'Standard', 'code': 'std', 'price': {'shop': {'amount': '4.90', 'currency': 'EUR'}}}],
       'payments': [{'kind': 'sale', 'gateway': 'bogus', 'amount': {'amount': '27.40', 'currency': 'EUR'}}],
       'shipping_address': {'first_name': 'Ann', 'last_name': 'Lee', 'address1': 'S 1', 'city': 'Berlin', 'postal_code': '10115', 'country': 'DE'},
       'extra': {'po_number': 'PO-7', 'inventory_behaviour': 'BYPASS'}, 'notify': False}


def an_order_is_placed():
    order = good('/orders?fields=id,totals', 'POST', NEW)
    assert order['totals']['total']['shop']['amount'] == '27.40', order
    whole = good('/orders/%s?fields=items,shipping_lines,totals,note,tags,payments,payment_status,extra,shipping_address,currency' % path_of(order['id']))
    assert [(i['sku'], i['quantity'], i['unit_price']['shop']['amount']) for i in whole['items']][1] == ('WRAP', 1, '2.50'), whole
    assert whole['shipping_lines'][0]['price']['shop']['amount'] == '4.90' and whole['shipping_address']['city'] == 'Berlin', whole
    assert whole['payment_status'] == 'paid' and [p['amount']['amount'] for p in whole['payments']] == ['27.40'], whole
    assert whole['extra']['po_number'] == 'PO-7' and whole['tags'] == ['b2b'] and whole['note'] == 'Ring twice', whole


def an_order_that_is_wrong_is_not_placed():
    refused('/orders', {'items': []}, 'at least one line item', code='store_rejected')
    refused('/orders', {'note': 'x'}, 'items')
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': -1}]}, 'at least 0')
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': 'two'}]}, 'items[0].quantity')
    refused('/orders', {'items': [{'variant_id': VARIANT}]}, 'items[0].quantity')
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': 1, 'colour': 'red'}]}, 'colour')
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': 1}], 'number': '7', 'totals': {}}, ['number', 'totals'])
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': 1, 'unit_price': {'shop': {'amount': '1.00', 'currency': 'USD'}}}]},
            ['items[0].unit_price.shop.currency', 'EUR'])
    # What only the shop can know: its own words.
    refused('/orders', {'items': [{'variant_id': 'gid://shopify/ProductVariant/1', 'quantity': 1}]}, 'Variant is invalid', code='store_rejected')
    refused('/orders', {'items': [{'variant_id': VARIANT, 'quantity': 1}], 'currency': 'USD'}, 'Currency', code='store_rejected')


def an_unclear_end_is_said():
    """Nothing of it is sent twice, but a refund: its key makes it one.  What carries a key or a number is looked for
    (test_probes.py)."""
    path, order = an_order(ONE, fits=has_paid)
    before = shop.state()['applied']
    shop.faults({'fault': 'reset_after_commit', 'method': 'POST', 'path': '*graphql*', 'times': 1})
    good('/orders', 'POST', {'items': NEW['items'][1:]})
    assert shop.state()['applied'] == before + 1
    for what, method, body in (('/cancel', 'POST', {}), ('', 'PATCH', {'note': 'x'})):
        shop.faults({'fault': 'reset_before_commit', 'method': 'POST', 'path': '*graphql*', 'times': 1})
        status, answer, _ = call(path + what, method, body)
        assert status == 504 and answer['code'] == 'outcome_unknown', (what, answer)
    shop.faults({'fault': 'reset_after_commit', 'method': 'POST', 'path': '*graphql*', 'nth': 2, 'times': 1})
    refund = good(path + '/refunds', 'POST', {'total': euros('2.00')})
    assert shop.state()['applied'] == before + 2, 'the second attempt did nothing'
    assert good(path + '?fields=totals.refunded')['totals']['refunded']['shop']['minor'] == cents(order['totals']['refunded']) + 200, refund
    shop.faults({'fault': 'reset_after_commit', 'method': 'POST', 'path': '*graphql*', 'nth': 2, 'times': 1})
    status, answer, _ = call(path + '/fulfillments', 'POST', {})
    assert status == 504 and answer['code'] == 'outcome_unknown' and shop.state()['applied'] == before + 3, answer
    assert len(good(path + '/fulfillments')) == 1


def an_order_is_cancelled():
    path, order = an_order(ONE, fits=lambda o: float(o['totals']['paid']['shop']['amount']) > 0 and float(o['totals']['refunded']['shop']['amount']) == 0)
    answer = good(path + '/cancel?fields=status,cancel_reason,cancelled_at,totals.refunded', 'POST',
                  {'cancel_reason': 'INVENTORY', 'restock': True, 'refund': True, 'notify': False, 'private_note': 'sold out'})
    assert answer['status'] == 'cancelled' and answer['cancel_reason'] == 'INVENTORY' and answer['cancelled_at'], answer
    assert answer['totals']['refunded'] == order['totals']['paid'], answer
    refused(path + '/cancel', {}, 'already been cancelled', code='store_rejected')
    refused(path + '/fulfillments', {}, 'expected an order with something left to send')
    refused('/orders/' + path_of(ORDER % 1) + '/cancel', {}, 'does not exist', 404, 'not_found')
    refused(path + '/cancel', {'cancel_reason': 'WEATHER'}, 'cancel_reason')
    refused(path + '/cancel', {'private_note': 'x' * 256}, 'at most 255')


# ---- parcels ----

LABEL = [{'number': 'T1', 'url': 'https://dhl.example/T1', 'carrier': 'DHL'}, {'number': 'T2', 'url': 'https://dhl.example/T2', 'carrier': 'DHL'}]


def all_that_remains_is_sent():
    path, order = an_order(ONE)
    parcel = good(path + '/fulfillments', 'POST', {'tracking': LABEL, 'notify': True})
    assert quantities(parcel) == {i['id']: i['quantity'] for i in order['items']}, (parcel, order)
    assert [t['number'] for t in parcel['tracking']] == ['T1', 'T2'] and parcel['carrier'] == 'DHL' and parcel['location_id'] == BERLIN, parcel
    assert parcel['order_id'] == order['id'] and good(path + '?fields=fulfillment_status')['fulfillment_status'] == 'fulfilled'
    refused(path + '/fulfillments', {}, 'expected an order with something left to send')
    line = order['items'][0]
    refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': 1}]}, 'expected an order with something left')


def a_part_is_sent_then_the_rest():
    path, order = an_order(ONE, fits=lambda o: any(i['quantity'] > 1 for i in o['items']))
    line = next(i for i in order['items'] if i['quantity'] > 1)
    parcel = good(path + '/fulfillments', 'POST', {'items': [{'order_item_id': line['id'], 'quantity': 1}]})
    assert quantities(parcel) == {line['id']: 1}, parcel
    left = line['quantity'] - 1
    refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': left + 1}]},
            ['items[0].quantity', 'at most %d' % left, 'found %d' % (left + 1)])
    refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': left}, {'order_item_id': line['id'], 'quantity': 1}]},
            ['items[1].quantity', 'at most 0'])
    refused(path + '/fulfillments', {'items': [{'order_item_id': 'gid://shopify/LineItem/1', 'quantity': 1}]}, 'expected a line of this order')
    for bad in (0, 1.5):
        refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': bad}]}, 'expected a whole number from 1')
    refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': -1}]}, 'at least 0')
    refused(path + '/fulfillments', {'items': [{'order_item_id': line['id'], 'quantity': 1}], 'location_id': SECOND}, ['location_id', BERLIN])
    rest = good(path + '/fulfillments', 'POST', {})
    expected = {i['id']: i['quantity'] - (i['id'] == line['id']) for i in order['items']}
    assert quantities(rest) == {k: n for k, n in expected.items() if n}, (rest, expected)
    assert [p['id'] for p in good(path + '/fulfillments')] == [parcel['id'], rest['id']]
    assert good(path + '/fulfillments/' + path_of(rest['id']))['id'] == rest['id']
    assert call(path + '/fulfillments/gid:%2F%2Fshopify%2FFulfillment%2F1')[0] == 404


def a_line_in_two_fulfilment_orders_is_one_to_us():
    path, order = an_order(SPLIT, fits=lambda o: any(i['quantity'] > 1 for i in o['items']))
    line = next(i for i in order['items'] if i['quantity'] > 1)
    parcel = good(path + '/fulfillments', 'POST', {'items': [{'order_item_id': line['id'], 'quantity': line['quantity']}]})
    assert quantities(parcel) == {line['id']: line['quantity']} and len(parcel['items']) == 2, parcel
    good(path + '/fulfillments/%s/cancel' % path_of(parcel['id']), 'POST', {})
    again = good(path + '/fulfillments', 'POST', {})
    assert quantities(again) == {i['id']: i['quantity'] for i in order['items']}, again


def a_parcel_leaves_one_place():
    path, order = an_order(PLACES, fits=lambda o: len(o['items']) > 1)
    refused(path + '/fulfillments', {}, ['lines of one place', BERLIN, SECOND, 'location_id'])
    every = [{'order_item_id': i['id'], 'quantity': i['quantity']} for i in order['items']]
    refused(path + '/fulfillments', {'items': every}, ['lines of one place', BERLIN, SECOND])
    refused(path + '/fulfillments', {'items': every[-1:], 'location_id': BERLIN}, ['location_id', BERLIN])
    refused(path + '/fulfillments', {'location_id': 'gid://shopify/Location/1'}, ['location_id', 'gid://shopify/Location/1'])
    last = good(path + '/fulfillments', 'POST', {'items': every[-1:]})
    assert last['location_id'] == SECOND and quantities(last) == {every[-1]['order_item_id']: every[-1]['quantity']}, last
    first = good(path + '/fulfillments', 'POST', {'location_id': BERLIN})
    assert first['location_id'] == BERLIN and len(first['items']) == len(every) - 1, first
    assert good(path + '?fields=fulfillment_status')['fulfillment_status'] == 'fulfilled'


def all_of_one_place_is_sent_when_it_is_named():
    path, order = an_order(PLACES, fits=lambda o: len(o['items']) > 1)
    parcel = good(path + '/fulfillments', 'POST', {'location_id': SECOND})
    assert quantities(parcel) == {order['items'][-1]['id']: order['items'][-1]['quantity']}, parcel


def tracking_is_changed():
    path, _ = an_order(ONE)
    parcel = good(path + '/fulfillments', 'POST', {})
    own = path + '/fulfillments/' + path_of(parcel['id'])
    changed = good(own, 'PATCH', {'tracking': [{'number': 'N1', 'carrier': 'UPS'}], 'notify': False})
    assert [(t['number'], t['carrier']) for t in changed['tracking']] == [('N1', 'UPS')], changed
    refused(own, {'tracking': []}, 'expected a number', method='PATCH')
    refused(own, {'items': []}, 'cannot write', method='PATCH')
    refused(own, {'tracking': [{'number': 'A', 'url': 'https://a.example/'}, {'number': 'B'}]}, 'an address for each number', method='PATCH')
    refused(own, {'tracking': [{'number': 'A', 'carrier': 'UPS'}, {'number': 'B', 'carrier': 'DHL'}]}, 'one carrier', method='PATCH')
    # A parcel of another order is none of this one.
    other, _ = an_order(ONE)
    refused('%s/fulfillments/%s' % (other, path_of(parcel['id'])), {'tracking': LABEL}, 'no parcel', 404, 'not_found', 'PATCH')
    refused('%s/fulfillments/%s/cancel' % (other, path_of(parcel['id'])), {}, 'no parcel', 404, 'not_found')
    assert good(own + '/cancel', 'POST', {})['status'] == 'cancelled'
    refused(own + '/cancel', {}, 'already been cancelled', code='store_rejected')
    assert good(path + '?fields=fulfillment_status')['fulfillment_status'] == 'unfulfilled'


# ---- refunds ----

def euros(amount):
    return {'shop': {'amount': amount, 'currency': 'EUR'}}


def cents(moneyset):
    return moneyset['shop']['minor']


def has_paid(order):
    return cents(order['totals']['paid']) - cents(order['totals']['refunded']) > 1000


def an_amount_is_given_back():
    path, order = an_order(ONE, fits=has_paid)
    left = cents(order['totals']['paid']) - cents(order['totals']['refunded'])
    refund = good(path + '/refunds', 'POST', {'total': euros('1.50'), 'note': 'scratched', 'notify': False})
    assert refund['total']['shop']['amount'] == '1.50' and refund['items'] == [] and refund['order_id'] == order['id'], refund
    assert len(good(path + '/refunds?fields=id,payment_ids')[-1]['payment_ids']) == 1
    answer = refused(path + '/refunds', {'total': euros('99999')}, 'expected at most ')
    shown = answer['detail'].split('at most ')[1].split(' ')[0]
    assert round(float(shown) * 100) == left - 150, (answer, left)
    refused(path + '/refunds', {'total': {'shop': {'amount': '1.00', 'currency': 'USD'}}}, ['expected EUR', 'USD'])
    refused(path + '/refunds', {'total': euros('-1.00')}, 'above 0')
    refused(path + '/refunds', {'total': euros('a lot')}, 'an amount such as')
    refused('/orders/' + path_of(ORDER % 1) + '/refunds', {'total': euros('1')}, '', 404, 'not_found')
    good(path + '/refunds', 'POST', {'total': euros(shown)})
    assert good(path + '?fields=payment_status')['payment_status'] == 'refunded'
    refused(path + '/refunds', {'total': euros('0.01')}, 'expected at most 0')


def lines_are_given_back():
    path, order = an_order(ONE, fits=lambda o: has_paid(o) and o['items'][0]['quantity'] > 1)
    line = order['items'][0]
    refund = good(path + '/refunds?fields=total,items.amount,items.quantity,items.restock', 'POST', {'items': [{'order_item_id': line['id'], 'quantity': 1, 'restock': 'cancel', 'location_id': BERLIN}]})
    assert refund['items'][0]['restock'] == 'cancel' and refund['items'][0]['quantity'] == 1, refund
    assert refund['total']['shop'] == refund['items'][0]['amount']['shop'], refund
    many = [{'order_item_id': line['id'], 'quantity': line['quantity']}]
    refused(path + '/refunds', {'items': many}, 'more items than were purchased', code='store_rejected')
    refused(path + '/refunds', {'items': [{'order_item_id': line['id'], 'quantity': -1}]}, 'at least 0')
    refused(path + '/refunds', {'items': [{'order_item_id': line['id'], 'quantity': 1, 'restock': 'legacy'}]}, 'restock')
    refused(path + '/refunds', {'items': [{'quantity': 1}]}, 'items[0].order_item_id')
    shipping = good(path + '/refunds?fields=total,items.amount,items.quantity,items.restock', 'POST', {'shipping': euros('1.00')})
    assert shipping['total']['shop']['amount'] == '1.00' and shipping['items'] == [], shipping
    restocked = good(path + '/refunds?fields=total,items.amount,items.quantity,items.restock', 'POST', {'items': [{'order_item_id': line['id'], 'quantity': 1, 'restock': 'none'}], 'total': euros('0.50')})
    assert restocked['total']['shop']['amount'] == '0.50' and restocked['items'][0]['restock'] == 'none', restocked


def every_order():
    seen, cursor = [], ''
    while cursor is not None:
        _, page, _ = call('/orders?limit=5&fields=id,status,totals.*,items,refunds,fulfillments,payments' + cursor)
        seen += page['data']
        cursor = page['next'] and '&cursor=' + page['next']
    assert len(seen) >= 60, len(seen)
    return seen


def what_is_inside_an_order():
    for order in every_order():
        refunds = sum(cents(refund['total']) for refund in order['refunds'])
        assert refunds == cents(order['totals']['refunded']) or order['status'] == 'cancelled', order['id']
        assert all(refund['order_id'] == order['id'] for refund in order['refunds'])
        assert order['fulfillments'] == [dict(p) for p in order['fulfillments']] and all(p['order_id'] == order['id'] for p in order['fulfillments'])
        assert cents(order['totals']['discount']) == sum(cents(item['discount']) for item in order['items']), order['id']


# ---- what goes wrong on the way ----

def a_permission_that_is_missing_is_named():
    """The token may write orders and not their parcels: each method answers for itself."""
    narrow = flow.Shop('--dialect', 'shopify', '--key', 'shpat_few:read_orders,write_orders,read_products')
    flow.connect(gateway, flow.shopify_store('narrow', narrow.port, 'shpat_few'))
    status, answer, _ = call('/orders?limit=1&fields=number', name='narrow')
    assert status == 200, answer
    path = '/orders/' + path_of(answer['data'][0]['id'])
    before = narrow.state()['applied']
    status, answer, _ = call(path + '/fulfillments', 'POST', {}, name='narrow')
    assert status == 422 and answer['code'] == 'store_rejected' and 'fulfillment_orders' in answer['detail'] + str(answer['upstream']), answer
    assert narrow.state()['applied'] == before
    narrow.stop()


# ---- lists that are no connections ----

def lists_that_may_be_cut_say_so():
    """20 payments are asked for: with 19 that is all, with 20 there may be more (NOTES.md, What is inside an order)."""
    for n, cut in ((19, False), (20, True), (25, True)):
        payments = [{'kind': 'sale', 'amount': {'amount': '1.00', 'currency': 'EUR'}, 'gateway': 'manual'}] * n
        lines = [{'name': 'L', 'quantity': 1, 'unit_price': euros('100.00')}]
        order = good('/orders?fields=id', 'POST', {'items': lines, 'payments': payments})
        path = '/orders/' + path_of(order['id'])
        status, answer, _ = call(path + '?fields=id,payments&partial=allow')
        assert status == 200 and len(answer['data']['payments']) == min(n, 20), answer
        assert answer['data']['incomplete'] == (['payments'] if cut else []), (n, answer['data']['incomplete'])
        status, answer, _ = call(path + '?fields=id,payments')
        assert cut == (status != 200), (n, status, answer)


def labels_that_may_be_cut_say_so():
    path, _ = an_order(ONE)
    numbers = [{'number': 'N%02d' % n} for n in range(12)]
    status, answer, _ = call(path + '/fulfillments?fields=id,tracking&partial=allow', 'POST', {'tracking': numbers})
    assert status in (200, 201), answer
    parcel = answer['data']
    assert len(parcel['tracking']) == 10 and parcel['incomplete'] == ['tracking'], parcel
    found = call(path + '?fields=fulfillments&partial=allow')[1]['data']
    assert found['incomplete'] == ['fulfillments.tracking'], found


TESTS = (an_order_is_placed, an_order_that_is_wrong_is_not_placed, an_order_is_cancelled, an_unclear_end_is_said, all_that_remains_is_sent, a_part_is_sent_then_the_rest,
         a_line_in_two_fulfilment_orders_is_one_to_us, a_parcel_leaves_one_place, all_of_one_place_is_sent_when_it_is_named,
         tracking_is_changed, an_amount_is_given_back, lines_are_given_back, what_is_inside_an_order, lists_that_may_be_cut_say_so, labels_that_may_be_cut_say_so,
         a_permission_that_is_missing_is_named)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, shop)
