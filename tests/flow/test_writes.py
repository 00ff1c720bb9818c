#!/usr/bin/env python3
"""test_writes.py - the methods that write, against a shop that plays what a real Medusa answered.

The shop (player.py) knows the recordings under adapters/medusa/fixtures by HTTP method and path, notes what it was
sent, and can be told to answer a path with something else: to close the connection, or to refuse.
"""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

SOURCE = os.environ.get('CARTWAY_SOURCE', '.')
FIXTURES = os.path.join(SOURCE, 'adapters', 'medusa', 'fixtures')


player = Player(FIXTURES)


def recording(name):
    return player.recording(name)


def path_of(name):
    return recording(name)['request']['path'].split('?')[0]


def body_of(name):
    return recording(name)['request'].get('body')


with open(os.path.join(FIXTURES, 'index.json'), encoding='utf-8') as index_file:
    INDEX = {case['file']: case for case in json.load(index_file)}


def ours(name, *without):
    """The body that a caller sends for a recorded write: our arguments without the ids of the path."""
    return {k: v for k, v in INDEX[name]['write'].items() if k not in without}


gateway = flow.Gateway()
key = None


def start():
    global key  # pylint: disable=global-statement
    gateway.init()
    gateway.start()
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 's1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % player.port},
        'credentials': {'key': 'sk_test'}, 'allow_private': True})
    assert status == 201, body
    key = gateway.app()


def call(method, path, body=None, **more):
    return flow.request(gateway.port, method, '/v1/stores/s1' + path, body,
                        {'Authorization': 'Bearer ' + more.get('key', key), **more.get('headers', {})})


def expect(answer, status, code=None):
    found, body, _ = answer
    assert found == status and (code is None or body['code'] == code), (found, body)
    return body


# ---- what is sent and answered -----------------------------------------------------------------------------


def one(method, path, name, status, *path_ids):
    """One write: our body gives the recorded request, and the golden's record comes back."""
    player.forget()
    player.play(name)
    answer = expect(call(method, path, ours(name, *path_ids) or None), status)
    sent = [s for s in player.sent if s[0] != 'GET']
    if 'beside' in INDEX[name]:  # the key, which was not thought of when it was recorded
        assert len(sent[0][2].pop('metadata')['cartway_ref']) == 36, sent
    assert sent == [(recording(name)['request']['method'], path_of(name), body_of(name))], (sent, body_of(name))
    return answer


def an_order_is_changed():
    order = ours('order_update')['id']
    body = one('PATCH', '/orders/%s?fields=id,shipping_address.first_name' % order, 'order_update', 200, 'id')
    assert body['data']['id'] == order and body['data']['shipping_address']['first_name'] == 'Zo\u00eb'


def an_order_is_cancelled():
    order = ours('order_cancel')['id']
    body = one('POST', '/orders/%s/cancel?fields=status' % order, 'order_cancel', 200, 'id')
    assert body['data']['status'] == 'cancelled'


def a_refusal_is_the_shops():
    order = ours('order_cancel_twice')['id']
    player.forget()
    player.play('order_cancel_twice')
    body = expect(call('POST', '/orders/%s/cancel' % order), 422, 'store_rejected')
    assert 'has been canceled' in body['detail'] and body['upstream']['status'] == 400 and not body['retryable']


def parcels():
    case = ours('fulfillment_create')
    body = one('POST', '/orders/%s/fulfillments' % case['order_id'], 'fulfillment_create', 201, 'order_id')
    assert body['data']['object'] == 'fulfillment' and body['data']['order_id'] == case['order_id']
    case = ours('fulfillment_ship')
    body = one('PATCH', '/orders/%s/fulfillments/%s' % (case['order_id'], case['id']), 'fulfillment_ship', 200, 'order_id', 'id')
    assert body['data']['tracking'][0]['number'] == '1Z'
    case = ours('fulfillment_cancel')
    body = one('POST', '/orders/%s/fulfillments/%s/cancel' % (case['order_id'], case['id']), 'fulfillment_cancel', 200,
               'order_id', 'id')
    assert body['data']['status'] == 'cancelled'


def a_list_of_parcels_ends():
    order = ours('fulfillments_delivered')['order_id']
    player.forget()
    player.play('fulfillments_delivered')
    body = expect(call('GET', '/orders/%s/fulfillments?limit=1' % order), 200)
    assert len(body['data']) == 1 and body['next'] is None, body
    expect(call('GET', '/orders/%s/fulfillments/ful_nope' % order), 404, 'not_found')


def money_back():
    case = ours('refund_create', 'extra')
    player.forget()
    player.play('refund_create', 'lookup_payment')
    body = expect(call('POST', '/orders/%s/refunds' % case['order_id'], {k: v for k, v in case.items() if k != 'order_id'}), 201)
    assert body['data']['total']['shop'] == {'amount': '1.50', 'minor': 150, 'currency': 'EUR'}, body
    assert player.sent[-1][2] == {'amount': 1.5, 'note': 'broken'}
    player.forget()
    foreign = {'total': {'shop': {'amount': '1.50', 'currency': 'USD'}}}
    body = expect(call('POST', '/orders/%s/refunds' % case['order_id'], foreign), 422, 'validation_failed')
    assert body['errors'] == [{'path': 'total.shop.currency', 'expected': "eur, the shop's currency", 'found': '"USD"'}], body
    assert player.writes() == []


def products_and_variants():
    body = one('POST', '/products', 'product_create', 201)
    assert body['data']['variants'][0]['sku'] == 'TEA-SX'
    one('PATCH', '/products/' + ours('product_update')['id'], 'product_update', 200, 'id')
    body = one('POST', '/variants', 'variant_create', 201)
    assert body['data']['sku'] == 'TEA-MX'
    player.play('lookup_product')
    case = ours('variant_update')
    one('PATCH', '/variants/' + case['id'], 'variant_update', 200, 'id', 'product_id')
    case = ours('variant_delete')
    status, body, _ = call('DELETE', '/variants/' + case['id'])
    assert status == 404 and player.sent[-1][0] == 'DELETE', (status, body)
    player.play('variant_delete', 'product_delete')
    assert call('DELETE', '/variants/' + case['id'])[0] == 204
    assert call('DELETE', '/products/' + ours('product_delete')['id'])[0] == 204


# ---- several requests -----------------------------------------------------------------------------------------

ORDER = ours('draft_create', 'extra')
DRAFT = INDEX['draft_convert']['write']['@draft.id']
CONVERT = path_of('draft_convert')


def draft():
    """A shop where an order can be placed: the draft's id is the one that was converted."""
    player.forget()
    player.play('lookup_region', 'draft_convert')
    player.answers['POST', '/admin/draft-orders'] = 200, {'draft_order': {'id': DRAFT}}
    player.answers['DELETE', '/admin/draft-orders/' + DRAFT] = 200, {'id': DRAFT, 'deleted': True}
    player.answers['GET', '/admin/orders/' + DRAFT] = 200, {'order': {
        'id': DRAFT, 'status': 'pending', 'currency_code': 'eur'}}


def an_order_is_placed_by_way_of_a_draft():
    draft()
    body = expect(call('POST', '/orders?fields=id,status,currency', ORDER), 201)
    assert body['data']['id'] == DRAFT and body['data']['status'] == 'open', body
    assert player.writes() == [('POST', '/admin/draft-orders'), ('POST', CONVERT)]
    assert player.sent[-1][:2] == ('GET', '/admin/orders/' + DRAFT)


def a_draft_that_cannot_be_placed_is_dropped():
    draft()
    player.rule('POST', 'convert', 400, {'type': 'invalid_data', 'message': 'no stock'})
    body = expect(call('POST', '/orders', ORDER), 422, 'store_rejected')
    assert 'no stock' in body['detail']
    assert player.writes()[-1] == ('DELETE', '/admin/draft-orders/' + DRAFT)


def a_draft_that_cannot_be_dropped_is_named():
    draft()
    player.rule('POST', 'convert', 400, {'type': 'invalid_data', 'message': 'no stock'})
    player.rule('DELETE', 'draft', 400, {'type': 'invalid_data', 'message': 'locked'})
    body = expect(call('POST', '/orders', ORDER), 502, 'partly_done')
    assert 'draft is done and stands' in body['detail'] and 'no stock' in body['detail'], body
    assert body['retryable'] is False


def a_step_of_unknown_fate_is_not_undone():
    draft()
    player.rule('POST', 'convert', 'close')
    player.rule('GET', '/admin/orders/', 401, {'type': 'unauthorized', 'message': 'Unauthorized'})
    body = expect(call('POST', '/orders', ORDER), 504, 'outcome_unknown')
    assert body['retryable'] is False and 'probed by converted' in body['detail'], body
    assert player.writes() == [('POST', '/admin/draft-orders'), ('POST', CONVERT)], player.writes()


def a_write_that_cannot_be_read_back_is_done():
    draft()
    player.rule('GET', '/admin/orders/', 400, {'type': 'invalid_data', 'message': 'not now'})
    body = expect(call('POST', '/orders', ORDER), 201)
    assert body['data'] is None and 'the write is done' in body['problems'][0]['found'], body


def an_unknown_fate_is_never_sent_again():
    player.forget()
    player.rule('POST', '.', 'close')
    order = ours('order_update')['id']
    expect(call('PATCH', '/orders/' + order, {'customer': {'email': 'a@b.test'}}), 504, 'outcome_unknown')
    assert len(player.writes()) == 1


def writes_to_one_record_leave_one_by_one():
    """Eight at once: never two of them at the shop; those to other records do not wait for them."""
    player.forget()
    lock, at_shop, most, both = threading.Lock(), {}, {}, threading.Event()

    def answer(order):
        def document(_):
            with lock:
                at_shop[order] = at_shop.get(order, 0) + 1
                most[order] = max(most.get(order, 0), at_shop[order])
                if len([n for n in at_shop.values() if n]) > 1:
                    both.set()
            both.wait(20)  # the first of each record waits for one of the other
            with lock:
                at_shop[order] -= 1
            return {'order': {'id': order, 'status': 'pending'}}
        return document
    for order in ('o1', 'o2'):
        player.rule('POST', '/orders/%s$' % order, 200, answer(order))
    found = []

    def write(order):
        found.append(call('PATCH', '/orders/%s?fields=id,status' % order, {'customer': {'email': 'a@b.test'}})[0])
    threads = [threading.Thread(target=write, args=('o1' if i % 4 else 'o2',)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 8 and both.is_set() and most == {'o1': 1, 'o2': 1}, (found, most)


# ---- bad input ------------------------------------------------------------------------------------------------


def nothing_is_sent_while_anything_is_wrong():
    player.forget()
    body = expect(call('PATCH', '/orders/o1', {'totl': 1, 'updated_at': 'x', 'customer': {'email': 5},
                                              'items': [{'quantity': -1}], 'object': 'order'}), 422, 'validation_failed')
    paths = [error['path'] for error in body['errors']]
    for path in ('totl', 'updated_at', 'customer.email', 'items[0].quantity', 'object'):
        assert path in paths, (path, paths)
    assert player.sent == []


def ids_of_path_and_body_agree():
    player.forget()
    body = expect(call('PATCH', '/orders/o1', {'id': 'o2'}), 422, 'validation_failed')
    assert 'as in the path' in body['detail']
    expect(call('PATCH', '/orders/o1', '[1]'), 400, 'invalid_request')
    expect(call('POST', '/orders', ''), 400, 'invalid_request')
    expect(call('PATCH', '/orders/o1', '{"a":1,"a":2}'), 400, 'invalid_request')
    assert player.sent == []


def scopes_guard_writes():
    _, body, _ = gateway.admin('POST', '/apps', {'name': 'r', 'scopes': ['orders:read'], 'stores': ['*']})
    expect(call('PATCH', '/orders/o1', {'customer': {}}, key=body['data']['key']), 403, 'scope_missing')


def a_batch_names_each_outcome():
    player.forget()
    player.play('lookup_sku_missing')
    player.rule('GET', 'inventory-items$', 200, {'inventory_items': [], 'count': 0})
    items = [{'sku': 'nope', 'location_id': 'l', 'quantity': 1}, {'location_id': 'l', 'quantity': -1}]
    body = expect(call('POST', '/inventory/batch', {'items': items}), 200)
    assert [entry['status'] for entry in body['data']] == [404, 422], body
    for wrong in ({}, {'items': []}, {'items': [1]}, {'items': items, 'x': 1}, {'items': items * 51}):
        expect(call('POST', '/inventory/batch', wrong), 422, 'validation_failed')


def capabilities_name_what_can_be_written():
    body = expect(call('GET', '/capabilities'), 200)
    methods = {method['method']: method for method in body['data']['methods']}
    assert 'customer' in methods['order.update']['fields'] and 'items' not in methods['order.update']['fields']
    assert 'notify' in methods['order.create']['fields'] and 'fields' not in methods['order.list']


TESTS = [an_order_is_changed, an_order_is_cancelled, a_refusal_is_the_shops, parcels, a_list_of_parcels_ends, money_back,
         products_and_variants, an_order_is_placed_by_way_of_a_draft, a_draft_that_cannot_be_placed_is_dropped,
         a_draft_that_cannot_be_dropped_is_named, a_step_of_unknown_fate_is_not_undone,
         a_write_that_cannot_be_read_back_is_done, an_unknown_fate_is_never_sent_again,
         writes_to_one_record_leave_one_by_one, nothing_is_sent_while_anything_is_wrong, ids_of_path_and_body_agree, scopes_guard_writes,
         a_batch_names_each_outcome, capabilities_name_what_can_be_written]

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway)
