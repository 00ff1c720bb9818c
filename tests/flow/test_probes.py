#!/usr/bin/env python3
"""test_probes.py - writes whose answer is lost: did they happen?  (core/call/probe.h)

WooCommerce and Shopify are shopsim, which resets the connection before or after it has done what it was asked; Medusa is
played (player.py).  Whatever is found, nothing is sent twice: the shop's own count says so.
"""
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

FIXTURES = os.path.join(os.environ.get('CARTWAY_SOURCE', '.'), 'adapters', 'medusa', 'fixtures')
woo = shopify = player = gateway = key = None
UUID = r'[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'


def start():
    global woo, shopify, player, gateway, key
    woo = flow.Shop('--dialect', 'woocommerce')
    shopify = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    player = Player(FIXTURES)
    name, secret = woo.key.split(':')
    gateway, key = flow.connected(
        ['woocommerce', 'shopify', 'medusa'],
        {'id': 'woo', 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % woo.port},
         'credentials': {'key': name, 'secret': secret}},
        flow.shopify_store('shopify', shopify.port),
        {'id': 'medusa', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % player.port}, 'credentials': {'key': 'sk_test'}})


def call(store, path, method='GET', body=None):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (store, path), body, {'Authorization': 'Bearer ' + key})


def good(store, path, method='GET', body=None):
    status, answer, _ = call(store, path, method, body)
    assert status in (200, 201) and answer['data'] is not None and not answer.get('problems'), (path, status, answer)
    return answer['data']


def found(store, path, method, body, shop=None):
    """It happened, once, and the answer is its record."""
    before = shop.state()['applied'] if shop else 0
    seen = len(probes())
    status, answer, headers = call(store, path, method, body)
    assert status in (200, 201), (path, status, answer)
    assert headers['Cartway-Upstream'].endswith(';probe=found'), headers
    assert [line['fate'] for line in probes()[seen:]] == ['found'], probes()[seen:]
    assert not shop or shop.state()['applied'] == before + 1, 'it was sent once'
    return answer['data']


def probes():
    return [line for line in gateway.lines() if line['event'] == 'probe']


def lost(shop, fault, path, *more):
    shop.faults({'fault': fault, 'method': 'POST', 'path': path, 'times': 1}, *more)


def path_of(gid):
    return gid.replace('/', '%2F')


# ---- WooCommerce -------------------------------------------------------------------------------------------------

def article():
    for product in good('woo', '/products?limit=20&fields=id,type,status,price'):
        if product['type'] == 'simple' and product['status'] == 'active' and product['price']:
            return product['id']
    raise AssertionError('no article to be had')


def an_order(**more):
    return {'items': [{'product_id': article(), 'quantity': 1}], 'payment_method': {'id': 'shopsim_card', 'name': 'Card'},
            'payment_status': 'paid', **more}


def count(store):
    return good(store, '/orders/count')['count']


def meta_of(order):
    return {entry['key']: entry['value'] for entry in order['extra']['meta_data']}


def a_woo_order_is_found():
    before = count('woo')
    for fault in ('reset_after_commit', 'close_after_commit', '500_after_commit'):
        lost(woo, fault, '*/orders')
        order = found('woo', '/orders?fields=id,number,extra', 'POST', an_order(extra={'meta_data': [{'key': 'channel', 'value': 'gw'}]}), woo)
        meta = meta_of(order)
        assert meta['channel'] == 'gw' and re.fullmatch(UUID, meta['_cartway_ref']), meta
    assert count('woo') == before + 3


def two_at_once_are_told_apart():
    """Each finds its own, though both are the same but for their keys."""
    woo.faults({'fault': 'reset_after_commit', 'method': 'POST', 'path': '*/orders', 'times': 2})
    answers, body = [], an_order()
    threads = [threading.Thread(target=lambda: answers.append(call('woo', '/orders?fields=id', 'POST', body))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _, _ in answers] == [201, 201], answers
    assert len({answer['data']['id'] for _, answer, _ in answers}) == 2, answers


def a_woo_order_that_is_not_there():
    """The shop's own error is the end of its work: what is not there then was not done."""
    before, applied = count('woo'), woo.state()['applied']
    lost(woo, '500', '*/orders')
    status, answer, headers = call('woo', '/orders', 'POST', an_order())
    assert status == 502 and answer['code'] == 'store_error' and answer['retryable'] is True, answer
    assert 'it was not done and may be sent again' in answer['detail'] and answer['upstream']['status'] == 500, answer
    assert headers['Cartway-Upstream'].endswith(';probe=absent'), headers
    assert count('woo') == before and woo.state()['applied'] == applied


def silence_proves_nothing():
    """Nothing is there, and the request may be under way still: looked for more than once, never believed."""
    good('shopify', '/orders?fields=id', 'POST', PLACED)  # the currency is looked up before the fault
    for name, store, shop, fault, body in (('closed', 'woo', woo, 'reset_before_commit', an_order()), ('proxy', 'woo', woo, '502', an_order()),
                                           ('shopify', 'shopify', shopify, 'reset_before_commit', PLACED)):
        applied, seen = shop.state()['applied'], len(probes())
        lost(shop, fault, '*/orders' if store == 'woo' else '*graphql*')
        status, answer, headers = call(store, '/orders', 'POST', body)
        assert status == 504 and answer['code'] == 'outcome_unknown' and answer['retryable'] is False, (name, answer)
        assert 'nothing is there so far, which proves nothing' in answer['detail'], answer
        assert re.search('it carried the key ' + UUID, answer['detail']), answer
        assert headers['Cartway-Upstream'].endswith(';probe=unclear'), headers
        told = probes()[seen:]
        assert len(told) == 1 and told[0]['fate'] == 'unclear' and told[0]['looks'] > 1, told
        assert shop.state()['applied'] == applied


def a_probe_that_fails_is_said():
    before = count('woo')
    lost(woo, 'reset_after_commit', '*/orders', {'fault': '401', 'method': 'GET', 'path': '*/orders'})
    status, answer, _ = call('woo', '/orders', 'POST', an_order())
    assert status == 504 and answer['code'] == 'outcome_unknown' and 'probed by placed: the shop answered 401' in answer['detail'], answer
    woo.faults()
    assert count('woo') == before + 1


def woo_money_back_and_a_cancel():
    order = good('woo', '/orders?fields=id,totals.total', 'POST', an_order())
    path = '/orders/' + order['id']
    lost(woo, 'reset_after_commit', '*/refunds')
    refund = found('woo', path + '/refunds?fields=id,total', 'POST',
                   {'total': {'shop': {'amount': '1.00', 'currency': 'EUR'}}, 'extra': {'api_refund': False}}, woo)
    assert refund['total']['shop']['amount'] == '1.00', refund
    assert [r['id'] for r in good('woo', path + '/refunds?fields=id')] == [refund['id']]
    woo.faults({'fault': 'reset_after_commit', 'method': 'PUT', 'path': '*/orders/*', 'times': 1})
    assert found('woo', path + '/cancel?fields=status', 'POST', {}, woo)['status'] == 'cancelled'


def what_a_call_would_cost_names_the_probe():
    plan = good('woo', '/orders?explain=1', 'POST', an_order())['plan']
    probe = [step for step in plan if step['role'] == 'probe']
    assert probe and probe[0]['endpoint'] == '_order.newest' and (probe[0]['least'], probe[0]['likely']) == (0, 0), plan
    assert probe[0]['most'] == 6, probe


# ---- Shopify -------------------------------------------------------------------------------------------------------

PLACED = {'items': [{'name': 'Gift wrap', 'sku': 'WRAP', 'quantity': 1, 'unit_price': {'shop': {'amount': '2.50', 'currency': 'EUR'}}}]}


def a_shopify_order_is_found():
    before = count('shopify')
    lost(shopify, 'reset_after_commit', '*graphql*')
    order = found('shopify', '/orders?fields=id,totals.total', 'POST', PLACED, shopify)
    assert order['totals']['total']['shop']['amount'] == '2.50', order
    assert count('shopify') == before + 1


def a_parcel():
    for order in good('shopify', '/orders?limit=60&fields=id,status,fulfillment_status,items.id,items.quantity'):
        number = int(order['id'].rpartition('/')[2])
        if number < 9000000 and number % 7 in (0, 1, 2, 4, 6) and (order['fulfillment_status'], order['status']) == ('unfulfilled', 'open') \
                and order['id'] not in USED:
            USED.add(order['id'])
            return '/orders/' + path_of(order['id']) + '/fulfillments', order['items'][0]['id']
    raise AssertionError('no order to send')


USED = set()


def shopify_parcels_are_found_by_their_numbers():
    path, line = a_parcel()
    lose = {'fault': 'reset_after_commit', 'method': 'POST', 'path': '*graphql*', 'nth': 2, 'times': 1}  # the first is a look-up
    shopify.faults(lose)
    parcel = found('shopify', path + '?fields=id,tracking.number', 'POST',
                   {'items': [{'order_item_id': line, 'quantity': 1}], 'tracking': [{'number': '1Z', 'carrier': 'UPS'}]}, shopify)
    assert [label['number'] for label in parcel['tracking']] == ['1Z'], parcel
    assert len(good('shopify', path)) == 1
    own = path + '/' + path_of(parcel['id'])
    shopify.faults(lose)
    assert found('shopify', own + '?fields=tracking.number', 'PATCH', {'tracking': [{'number': '2Z', 'carrier': 'UPS'}]},
                 shopify)['tracking'][0]['number'] == '2Z'
    shopify.faults(lose)
    assert found('shopify', own + '/cancel?fields=status', 'POST', {}, shopify)['status'] == 'cancelled'


def a_parcel_without_a_number_is_not_looked_for():
    path, line = a_parcel()
    shopify.faults({'fault': 'reset_after_commit', 'method': 'POST', 'path': '*graphql*', 'nth': 2, 'times': 1})
    status, answer, headers = call('shopify', path, 'POST', {'items': [{'order_item_id': line, 'quantity': 1}]})
    assert status == 504 and answer['code'] == 'outcome_unknown' and 'probed' not in answer['detail'], answer
    assert 'probe=' not in headers['Cartway-Upstream'], headers


# ---- Medusa --------------------------------------------------------------------------------------------------------

def recorded(name):
    return player.recording(name)['response']['body']


def draft():
    """What an order takes, but for what is lost."""
    player.forget()
    player.play('lookup_region', 'draft_create', 'draft_convert')
    made = recorded('draft_create')['draft_order']['id']
    player.rule('GET', '/admin/orders/' + made + '$', 200, {'order': {'id': made, 'status': 'pending', 'is_draft_order': False}})
    return made


def medusa_body():
    with open(os.path.join(FIXTURES, 'index.json'), encoding='utf-8') as file:
        return [case for case in json.load(file) if case['file'] == 'draft_create'][0]['write']


def a_medusa_draft_is_found_and_placed():
    made = draft()
    player.rules.insert(0, ('POST', 'draft-orders$', 'close', None))
    player.rule('GET', 'draft-orders$', 200, lambda query: {'draft_orders': [
        {'id': 'order_other', 'metadata': None}, {'id': made, 'metadata': player.sent_body('draft-orders$')['metadata']}], 'count': 2})
    order = found('medusa', '/orders?fields=id', 'POST', dict(medusa_body(), note_attributes={'gift': 'yes'}))
    assert order['id'] == made, order
    assert player.writes() == [('POST', '/admin/draft-orders'), ('POST', '/admin/draft-orders/%s/convert-to-order' % made)], player.writes()
    metadata = player.sent_body('draft-orders$')['metadata']
    assert metadata['gift'] == 'yes' and re.fullmatch(UUID, metadata['cartway_ref']), metadata
    asked = [q for (m, p, _), q in zip(player.sent, player.queries) if (m, p) == ('GET', '/admin/draft-orders')][0]
    assert asked['order'] == '-created_at' and asked['created_at[$gte]'] and asked['fields'] == 'id,metadata', asked


def a_medusa_order_that_was_placed_is_found():
    made = draft()
    player.rules.insert(0, ('POST', 'convert', 'close', None))
    order = found('medusa', '/orders?fields=id', 'POST', medusa_body())
    assert order['id'] == made and player.writes()[-1] == ('POST', '/admin/draft-orders/%s/convert-to-order' % made), player.writes()


def a_medusa_draft_that_was_not_placed_is_dropped():
    """Absence is known: so the step before is taken back, which it would not be if the fate were unknown."""
    made = draft()
    player.rules.clear()
    player.rule('POST', 'convert', 500, {'code': 'unknown_error', 'type': 'unknown_error', 'message': 'An unknown error occurred.'})
    player.rule('GET', '/admin/orders/' + made + '$', 200, {'order': {'id': made, 'is_draft_order': True}})
    player.rule('DELETE', 'draft-orders', 200, {'id': made, 'object': 'draft-order', 'deleted': True})
    status, answer, _ = call('medusa', '/orders', 'POST', medusa_body())
    assert status == 502 and answer['code'] == 'store_error' and 'may be sent again' in answer['detail'], answer
    assert player.writes()[-1] == ('DELETE', '/admin/draft-orders/' + made), player.writes()


def a_medusa_parcel_is_found():
    player.forget()
    case = recorded('fulfillment_create')['order']
    order = case['id']
    player.rule('POST', '/fulfillments$', 'close')
    player.rule('GET', '/admin/orders/' + order + '$', 200, lambda query: {'order': dict(case, fulfillments=[
        dict(case['fulfillments'][0], id='ful_before'),
        dict(case['fulfillments'][0], metadata=player.sent_body('fulfillments$')['metadata'])])})
    line = case['fulfillments'][0]['items'][0]['line_item_id']
    parcel = found('medusa', '/orders/%s/fulfillments?fields=id' % order, 'POST',
                   {'items': [{'order_item_id': line, 'quantity': 1}], 'location_id': case['fulfillments'][0]['location_id']})
    assert parcel['id'] == case['fulfillments'][0]['id'] and len(player.writes()) == 1, parcel


def what_was_probed_is_counted():
    text = flow.request(gateway.admin_port, 'GET', '/metrics', None, {'Authorization': 'Bearer ' + gateway.admin_key})[1].decode()
    for platform in ('woocommerce', 'shopify', 'medusa'):
        assert 'cartway_probes_total{platform="%s",fate="found"}' % platform in text, text[-2000:]
    assert 'cartway_probes_total{platform="woocommerce",fate="absent"} 1' in text


TESTS = [a_woo_order_is_found, two_at_once_are_told_apart, a_woo_order_that_is_not_there, silence_proves_nothing, a_probe_that_fails_is_said,
         woo_money_back_and_a_cancel, what_a_call_would_cost_names_the_probe, a_shopify_order_is_found, shopify_parcels_are_found_by_their_numbers,
         a_parcel_without_a_number_is_not_looked_for, a_medusa_draft_is_found_and_placed, a_medusa_order_that_was_placed_is_found,
         a_medusa_draft_that_was_not_placed_is_dropped, a_medusa_parcel_is_found, what_was_probed_is_counted]

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, woo, shopify)
