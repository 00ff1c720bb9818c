#!/usr/bin/env python3
"""test_plans.py - what a method asks for beside its own request: fields that another endpoint fills (the variations of
WooCommerce's products, the lines of a toy's orders), and an operation that takes its time.

The products are recorded ones with other ids; a variable product has as many variations as its id says, by pages of a
hundred.
"""
import copy
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

SOURCE = os.environ.get('CARTWAY_SOURCE', '.')
player = Player(os.path.join(SOURCE, 'adapters', 'woocommerce', 'fixtures'))
gateway = flow.Gateway(plugins=('woocommerce', 'toy', 'shelf'))
key = None
API = '/wp-json/wc/v3'
SIMPLE = player.recording('product_simple')['response']['body']
VARIABLE = player.recording('product_variable')['response']['body']


def start():
    global key  # pylint: disable=global-statement
    gateway.init()
    gateway.start()
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 's1', 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % player.port},
        'credentials': {'key': 'ck_test', 'secret': 'cs_test'}, 'allow_private': True})
    assert status == 201, body
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 'toy', 'platform': 'toy', 'settings': {'site': 'http://127.0.0.1:%d' % player.port},
        'credentials': {'key': 'k'}, 'allow_private': True})
    assert status == 201, body
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 'shelf', 'platform': 'shelf', 'settings': {'site': 'http://127.0.0.1:%d' % player.port},
        'credentials': {'key': 'k'}, 'allow_private': True})
    assert status == 201, body
    key = gateway.app()


def variation(product, number):
    record = copy.deepcopy(SIMPLE)
    record.update({'id': product * 1000 + number, 'parent_id': product, 'sku': 'V-%d-%d' % (product, number),
                   'type': 'variation', 'name': 'v%d' % number})
    return record


def variations(product, count):
    def page(query):
        size, number = int(query['per_page']), int(query['page'])
        headers = {'X-WP-Total': str(count), 'X-WP-TotalPages': str(-(-count // size))}
        if number * size < count:
            headers['Link'] = '<http://shop.test/?page=%d>; rel="next"' % (number + 1)
        return {'headers': headers, 'records': [variation(product, i) for i in range(count)][(number - 1) * size:number * size]}
    return page


def shop(*counts):
    """A page of products: a count of variations each, None for a simple one."""
    player.forget()
    player.answers.clear()
    player.answers['GET', API + '/data/currencies/current'] = 200, {'code': 'EUR', 'name': 'Euro', 'symbol': 'x'}
    products = []
    for i, count in enumerate(counts):
        record = copy.deepcopy(SIMPLE if count is None else VARIABLE)
        record['id'] = i + 1
        products.append(record)
        player.answers['GET', API + '/products/%d' % (i + 1)] = 200, record
        if count is not None:
            player.answers['GET', API + '/products/%d/variations' % (i + 1)] = 200, variations(i + 1, count)
    player.answers['GET', API + '/products'] = 200, lambda query: products[
        (int(query['page']) - 1) * int(query['per_page']):int(query['page']) * int(query['per_page'])]


def get(path, store='s1'):
    return flow.request(gateway.port, 'GET', '/v1/stores/' + store + path, None, {'Authorization': 'Bearer ' + key})


def follow_ups():
    return [path for _, path, _ in player.sent if path.endswith('/variations')]


def variants_are_put_into_their_products():
    shop(3, None, 0, 2)
    status, body, headers = get('/products?limit=10&fields=id,variants.sku,variants.id,name')
    assert status == 200, body
    assert [[v['sku'] for v in p['variants']] for p in body['data']] == [
        ['V-1-0', 'V-1-1', 'V-1-2'], [], [], ['V-4-0', 'V-4-1']], body
    assert all(p['incomplete'] == [] and set(v) == {'id', 'sku'} for p in body['data'] for v in p['variants'])
    assert sorted(follow_ups()) == [API + '/products/%d/variations' % i for i in (1, 3, 4)]
    assert 'calls=5;' in headers['Cartway-Upstream'] or 'calls=4;' in headers['Cartway-Upstream'], headers


def what_begins_anew_gives_nothing_twice():
    """The shop's currency is remembered; "not found" may be of that, so the list begins anew, its first page too."""
    shop(*[None] * 150)
    assert get('/products?limit=1&fields=id')[0] == 200
    find, pages, records = player.find, [], player.answers['GET', API + '/products'][1]
    player.answers['GET', API + '/products'] = 200, lambda query: {
        'headers': {'Link': '<http://shop.test/?page=2>; rel="%s"' % ('next' if query['page'] == '1' else 'last')}, 'records': records(query)}

    def find_once(method, path):
        pages.append(player.queries[-1].get('page'))
        gone = pages[-1] == '2' and pages.count('2') == 1
        return (404, {'code': 'woocommerce_rest_product_invalid_id', 'message': 'gone'}) if gone else find(method, path)
    player.find = find_once
    try:
        status, body, _ = get('/products?limit=150&fields=id')
    finally:
        player.find = find
    assert status == 200 and [p['id'] for p in body['data']] == [str(i + 1) for i in range(150)], (status, [p['id'] for p in body.get('data', [])] or body, pages)


def nothing_is_asked_that_nobody_wants():
    shop(3, 2)
    status, body, _ = get('/products?limit=10&fields=id,name')
    assert status == 200 and 'variants' not in body['data'][0] and follow_ups() == []


def follow_ups_are_foreseen():
    """explain=1: which fields need more than the method's own request, and how often at most."""
    shop(3, 2)
    answer = get('/products?limit=10&fields=id,variants.sku&explain=1')[1]['data']
    assert [(step['role'], step['endpoint'].startswith('_'), step['likely']) for step in answer['plan']] == [('page', False, 1), ('follow', True, 10)], answer
    assert answer['plan'][1]['fields'] == 'variants' and answer['attempts']['likely'] == 11, answer
    assert {cost['limit']: cost['likely'] for cost in answer['cost']} == {'pace': 11, 'open': 11}, answer
    assert len(get('/products?limit=10&fields=id,name&explain=1')[1]['data']['plan']) == 1
    assert len(get('/products/1?fields=id,variants.sku&explain=1')[1]['data']['plan']) == 2
    status, body, _ = flow.request(gateway.port, 'GET', '/v1/stores/toy/orders?limit=5&fields=id,items.sku,shipping_address.city&explain=1', None,
                                   {'Authorization': 'Bearer ' + key})
    roles = [(step['role'], step['endpoint'], step['likely']) for step in body['data']['plan']]
    assert status == 200 and roles == [('page', 'order.list', 1), ('follow', '_order.item.all', 2), ('follow', '_order.address.one', 5)], body
    status, body, _ = flow.request(gateway.port, 'POST', '/v1/stores/toy/orders/7/cancel?explain=1', None, {'Authorization': 'Bearer ' + key})
    steps = {step['role']: step for step in body['data']['plan']}
    assert status == 200 and steps['poll']['endpoint'] == '_job' and steps['poll']['most'] == 3001 and steps['write']['likely'] == 1, body
    assert player.sent == []


def one_record():
    shop(2)
    status, body, _ = get('/products/1?fields=id,variants.sku')
    assert status == 200 and len(body['data']['variants']) == 2, body


def more_than_a_page():
    shop(230)
    status, body, _ = get('/products/1?fields=variants.id')
    assert status == 200 and [v['id'] for v in body['data']['variants']] == [str(1000 + i) for i in range(230)], (
        len(body['data']['variants']), player.queries, body['data']['variants'][:2], body['data']['variants'][-1])
    assert len(follow_ups()) == 3


def many_side_by_side():
    shop(*[1] * 40)
    status, body, _ = get('/products?limit=40&fields=id,variants.sku')
    assert status == 200 and [p['variants'][0]['sku'] for p in body['data']] == ['V-%d-0' % (i + 1) for i in range(40)]
    assert len(follow_ups()) == 40


def one_that_fails_ends_the_call():
    shop(1, 1, 1)
    player.rule('GET', '/2/variations', 403, {'code': 'rest_forbidden', 'message': 'no'})
    status, body, _ = get('/products?limit=10&fields=id,variants.sku')
    assert status == 422 and body['code'] == 'store_rejected' and 'variants of a record' in body['detail'], body


def one_that_fails_is_incomplete():
    shop(1, 1, 1)
    player.rule('GET', '/2/variations', 403, {'code': 'rest_forbidden', 'message': 'no'})
    status, body, _ = get('/products?limit=10&fields=id,variants.sku,name&partial=allow')
    assert status == 200, body
    assert [p['incomplete'] for p in body['data']] == [[], ['variants'], []], body
    assert 'variants' not in body['data'][1] and body['data'][1]['name'] and body['data'][2]['variants']


def a_variant_that_does_not_fit_is_not_lost_silently():
    shop(2)
    broken = variation(1, 0)
    broken['id'] = None
    player.rule('GET', '/1/variations', 200, [broken, variation(1, 1)])
    status, body, _ = get('/products/1?fields=id,variants.sku,variants.id')
    assert status in (502, 200), body
    if status == 200:
        assert body['data']['incomplete'] or body.get('problems'), body
    status, body, _ = get('/products/1?fields=id,variants.sku,variants.id&partial=allow')
    assert status == 200 and body['data']['incomplete'] == ['variants'], body


def cancelling(*states):
    """The toy's cancel: a job that is in each of these states once, then for ever in the last."""
    toy_shop(1)
    left = list(states)

    def job(_):
        return {'job': {'id': 'j1', 'state': left.pop(0) if len(left) > 1 else left[0]}}
    player.answers['POST', '/orders/o0/cancel'] = 200, {'job': {'id': 'j1', 'state': 'new'}}
    player.answers['GET', '/jobs/j1'] = 200, job
    player.answers['GET', '/orders/o0'] = 200, {'id': 'o0', 'number': '0', 'ships': False}


def cancel(**headers):
    return flow.request(gateway.port, 'POST', '/v1/stores/toy/orders/o0/cancel?fields=id,number', '',
                        {'Authorization': 'Bearer ' + key, **{k.replace('_', '-'): v for k, v in headers.items()}})


def asked():
    return sum(1 for _, path, _ in player.sent if path == '/jobs/j1')


def an_operation_is_asked_after_until_it_is_done():
    cancelling('new', 'running', 'running', 'done')
    status, body, _ = cancel()
    assert status == 200 and body['data']['number'] == '0', body
    assert asked() == 4 and [path for method, path, _ in player.sent if method == 'POST'] == ['/orders/o0/cancel']


def an_operation_that_fails_says_so():
    cancelling('running', 'failed')
    status, body, _ = cancel()
    assert status == 502 and body['code'] == 'partly_done' and 'says that it failed' in body['detail'], body


def an_operation_that_does_not_end_in_time_is_unknown():
    cancelling('running')
    status, body, _ = cancel(Cartway_Timeout='300')
    assert status == 504 and body['code'] == 'outcome_unknown' and body['retryable'] is False, body
    assert asked() > 1
    player.rule('GET', '/jobs/', 400, {})
    status, body, _ = cancel()
    assert status == 504 and body['code'] == 'outcome_unknown' and 'cannot be asked' in body['detail'], body


def a_filter_is_done_here():
    """The toy cannot filter by id; five pages of five a request at most."""
    toy_shop(40)
    status, body, _ = get('/orders?limit=5&ids=o3,o7,o39&fields=number', 'toy')
    assert status == 501 and 'emulate=true' in body['detail'], body
    found, path, requests = [], '/orders?limit=5&ids=o3,o7,o39&fields=number&emulate=true', 0
    cursor = ''
    while cursor is not None:
        player.forget()
        status, body, _ = get(path + cursor, 'toy')
        assert status == 200 and len(player.sent) <= 5, (body, player.sent)
        found += [order['id'] for order in body['data']]
        assert all(order['number'] == order['id'][1:] for order in body['data'])
        cursor = '&cursor=' + body['next'] if body['next'] else None
        requests += 1
    assert found == ['o3', 'o7', 'o39'] and requests > 1, (found, requests)


def a_filter_that_is_done_here_is_bound_to_its_cursor():
    toy_shop(40)
    _, body, _ = get('/orders?limit=5&ids=o3&emulate=true&fields=id', 'toy')
    status, other, _ = get('/orders?limit=5&ids=o4&emulate=true&fields=id&cursor=' + body['next'], 'toy')
    assert status == 400 and other['code'] == 'cursor_invalid', other
    for query in ('updated_since=2026-01-01&emulate=yes', 'email=x&emulate=true'):
        status, other, _ = get('/orders?' + query, 'toy')
        assert status in (400, 501), (query, other)


def follow_ups_are_made_for_what_fits():
    """Compared is what the page itself holds: of thirty orders nothing but the two that fit is asked for."""
    toy_shop(30)
    status, body, _ = get('/orders?limit=20&ids=o3,o17&fields=number,items.id,shipping_address.city&emulate=true', 'toy')
    assert status == 200 and [order['id'] for order in body['data']] == ['o3', 'o17'], body
    for order in body['data']:
        assert [i['id'] for i in order['items']] == [order['id'] + '-0', order['id'] + '-1'], order
        assert order['shipping_address'] == {'city': 'City ' + order['id']} and order['incomplete'] == [], order
    asked = [(path, query.get('orders')) for (_, path, _), query in zip(player.sent, player.queries) if path != '/orders']
    assert sorted(set(asked)) == [('/lines', 'o3,o17'), ('/orders/o17/address', None), ('/orders/o3/address', None)], asked
    assert [path for _, path, _ in player.sent].count('/orders') == 5 and body['next'], 'five pages, as ever'
    status, body, _ = get('/orders?limit=20&ids=nope&fields=items.id&emulate=true', 'toy')
    assert status == 200 and body['data'] == [] and body['next'], body
    # One that fits and cannot be completed is told as ever.
    player.rule('GET', '/orders/o3/address', 400, {'message': 'no'})
    status, body, _ = get('/orders?limit=20&ids=o3,o17&fields=shipping_address.city&emulate=true&partial=allow', 'toy')
    assert status == 200 and [order['incomplete'] for order in body['data']] == [['shipping_address'], []], body


def shelf_shop(n):
    """Products p0, p1, ..., two a page; each has two variants, listed elsewhere."""
    player.forget()
    player.answers.clear()

    def page(query):
        at = (int(query['page']) - 1) * int(query['size'])
        return {'products': [{'id': 'p%d' % i, 'title': 'P%d' % i, 'at': '2026-01-%02dT00:00:00Z' % (i + 1)}
                             for i in range(at, min(at + int(query['size']), n))], 'more': at + int(query['size']) < n}
    player.answers['GET', '/products'] = 200, page
    for i in range(n):
        player.answers['GET', '/products/p%d/variants' % i] = 200, {
            'variants': [{'id': 'v%d-%d' % (i, k), 'sku': 'S%d-%d' % (i, k)} for k in (0, 1)], 'more': False}


def a_filter_over_what_follow_ups_fill():
    """They are made page by page then, and count: five requests are the bound, and `next` goes on."""
    shelf_shop(9)
    found, cursor, rounds = [], '', 0
    while cursor is not None:
        player.forget()
        status, body, _ = get('/products?limit=9&sku=S7-1&fields=name,variants.sku&emulate=true' + cursor, 'shelf')
        assert status == 200 and len(player.sent) <= 6, (body, player.sent)  # a page that was begun is followed up
        found += body['data']
        cursor = '&cursor=' + body['next'] if body['next'] else None
        rounds += 1
    assert [(p['id'], [v['sku'] for v in p['variants']]) for p in found] == [('p7', ['S7-0', 'S7-1'])] and rounds == 3, (found, rounds)
    # What the page itself says is compared first: variants are asked for of those that are left.
    player.forget()
    status, body, _ = get('/products?limit=9&sku=S1-0&ids=p1&fields=variants.sku&emulate=true', 'shelf')
    assert status == 200 and [p['id'] for p in body['data']] == ['p1'], body
    assert [path for _, path, _ in player.sent if path != '/products'] == ['/products/p1/variants'], player.sent
    assert [path for _, path, _ in player.sent].count('/products') == 4 and body['next'], player.sent


def what_cannot_be_compared_is_not_lost():
    shelf_shop(2)
    player.rule('GET', '/products/p1/variants', 400, {'message': 'no'})
    query = '/products?limit=2&sku=S0-1&fields=name,variants.sku&emulate=true'
    status, body, _ = get(query, 'shelf')
    assert status == 422 and 'variants of a record could not be loaded' in body['detail'], body
    status, body, _ = get(query + '&partial=allow', 'shelf')
    assert status == 200 and [(p['id'], p['incomplete']) for p in body['data']] == [('p0', []), ('p1', ['variants'])], body


DOCUMENTS = []


def graphql_shop(*answers):
    """Products of the toy by GraphQL: what the document asks for, three a page."""
    player.forget()
    player.answers.clear()
    DOCUMENTS.clear()
    products = [{'id': 'p%d' % i, 'title': 'P "%d"' % i, 'handle': 'h%d' % i, 'variants': {'nodes': [{'id': 'v', 'sku': 'S%d' % i}]}}
                for i in range(7)]
    left = list(answers)

    def run(query):
        sent = query['body']
        DOCUMENTS.append((sent['query'], sent['variables']))
        if left:
            return left.pop(0)
        if sent['query'].startswith('mutation'):
            return {'data': {'productUpdate': {'product': {**products[0], 'title': sent['variables']['product']['title']}, 'userErrors': []}}}
        if 'id' in sent['variables']:
            return {'data': {'product': next((p for p in products if p['id'] == sent['variables']['id']), None)}}
        at = int(sent['variables'].get('after') or 0)
        end = at + sent['variables']['first']
        return {'data': {'products': {'nodes': products[at:end], 'pageInfo': {'hasNextPage': end < 7, 'endCursor': str(end)}}}}
    player.answers['POST', '/graphql'] = 200, run


def a_document_asks_for_what_is_wanted():
    graphql_shop()
    status, body, _ = get('/products?limit=7&fields=id,name,variants.sku', 'toy')
    assert status == 200 and [p['id'] for p in body['data']] == ['p%d' % i for i in range(7)], body
    assert body['data'][1]['name'] == 'P "1"' and body['data'][6]['variants'][0]['sku'] == 'S6' and body['next'] is None
    document, variables = DOCUMENTS[0]
    assert 'nodes{id title variants(first:50){nodes{sku}}}' in document and variables == {'first': 3}, DOCUMENTS[0]
    assert [v for _, v in DOCUMENTS[1:]] == [{'first': 3, 'after': '3'}, {'first': 1, 'after': '6'}], DOCUMENTS
    graphql_shop()
    status, body, _ = get('/products/p2?fields=slug', 'toy')
    assert status == 200 and body['data']['slug'] == 'h2' and DOCUMENTS == [('query($id:ID!){product(id:$id){handle id}}', {'id': 'p2'})], DOCUMENTS


def variables_carry_filters_and_bodies():
    graphql_shop()
    status, _, _ = get('/products?limit=1&updated_since=2026-01-01T00:00:00Z&fields=id', 'toy')
    assert status == 200 and DOCUMENTS[0][1] == {'first': 1, 'query': "updated_at:>'2026-01-01T00:00:00.000Z'"}, DOCUMENTS
    graphql_shop()
    status, body, _ = flow.request(gateway.port, 'PATCH', '/v1/stores/toy/products/p0?fields=id,name', {'name': 'New "x"'},
                                   {'Authorization': 'Bearer ' + key})
    assert status == 200 and body['data']['name'] == 'New "x"', body
    assert DOCUMENTS[0][1] == {'product': {'id': 'p0', 'title': 'New "x"'}}, DOCUMENTS


def a_write_has_one_key_in_all_its_attempts():
    keys = []
    for _ in range(2):
        graphql_shop({'errors': [{'message': 'Throttled', 'extensions': {'code': 'THROTTLED'}}]})
        status, body, _ = flow.request(gateway.port, 'POST', '/v1/stores/toy/products?fields=id', {'name': 'x'}, {'Authorization': 'Bearer ' + key})
        assert status == 201 and len(DOCUMENTS) == 2 and DOCUMENTS[0] == DOCUMENTS[1], (body, DOCUMENTS)
        keys.append(DOCUMENTS[0][1]['key'])
        assert re.fullmatch('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', keys[-1]), keys
    assert keys[0] != keys[1], keys


def errors_stand_in_a_200():
    graphql_shop({'errors': [{'message': 'Throttled', 'extensions': {'code': 'THROTTLED'}}]})
    status, body, _ = get('/products?limit=1&fields=id', 'toy')
    assert status == 200 and len(DOCUMENTS) == 2, (body, DOCUMENTS)  # it was asked again
    graphql_shop({'errors': [{'message': 'no such field'}]})
    status, body, _ = get('/products?limit=1&fields=id', 'toy')
    assert status == 422 and body['code'] == 'store_rejected', body
    graphql_shop({'data': {'productUpdate': {'product': None, 'userErrors': [{'field': ['title'], 'message': 'too long'}]}}})
    status, body, _ = flow.request(gateway.port, 'PATCH', '/v1/stores/toy/products/p0', {'name': 'x'}, {'Authorization': 'Bearer ' + key})
    assert status == 422 and body['code'] == 'store_rejected' and len(DOCUMENTS) == 1, body
    graphql_shop()
    status, body, _ = get('/products/nope', 'toy')
    assert status in (404, 502), body


WHOLE = {'id': 'o0', 'number': '0', 'ships': False, 'remark': 'old', 'rate': 0.30000000000000004, 'parts': [
    {'id': 'p1', 'made': 1, 'price': {'n': 1999, 'per': 100}, 'note': 'a'},
    {'id': 'p.2]', 'made': 2, 'price': {'n': '5', 'per': 1}, 'note': None, 'kept': {'deep': [1, None]}}]}


def put_back(change):
    return flow.request(gateway.port, 'PATCH', '/v1/stores/toy/orders/o0?fields=id,number', change, {'Authorization': 'Bearer ' + key})


def whole_shop():
    """The toy's one order, which a PUT replaces."""
    player.forget()
    player.answers.clear()
    state = copy.deepcopy(WHOLE)

    def put(query):
        body = copy.deepcopy(query['body'])
        for part in body['parts']:
            part['price'] = {'n': part['price'], 'per': 1}
        state.clear()
        state.update(body, ships=False)
        return state
    player.answers['GET', '/orders/o0'] = 200, lambda _: copy.deepcopy(state)
    player.answers['PUT', '/orders/o0'] = 200, put
    return state


def a_record_is_put_back_whole():
    whole_shop()
    status, body, _ = put_back({'customer_note': 'new', 'note': 'fragile', 'location_id': 'p.2]'})
    assert status == 200 and body['data']['number'] == '0', body
    assert [(method, path) for method, path, _ in player.sent] == [('GET', '/orders/o0'), ('PUT', '/orders/o0')], player.sent
    assert player.sent[1][2] == {'id': 'o0', 'number': '0', 'remark': 'new', 'rate': 0.30000000000000004, 'parts': [
        {'id': 'p1', 'price': 19.99, 'note': 'a'},
        {'id': 'p.2]', 'price': 5, 'note': 'fragile', 'kept': {'deep': [1, None]}, 'at': 'p.2]'}]}, player.sent[1]


def what_is_not_given_stays():
    whole_shop()
    status, body, _ = put_back({'customer_note': None})
    assert status == 200 and player.sent[1][2]['remark'] is None, (body, player.sent)
    assert player.sent[1][2]['parts'][0] == {'id': 'p1', 'price': 19.99, 'note': 'a'}, player.sent


def an_element_that_is_not_there_stops_the_write():
    whole_shop()
    status, body, _ = put_back({'note': 'x', 'location_id': 'p3'})
    assert status == 404 and 'nothing at parts[id={location_id}].note' in body['detail'], body
    assert [method for method, _, _ in player.sent] == ['GET'], player.sent


def a_record_that_is_gone_or_odd_is_not_put_back():
    whole_shop()
    player.rule('GET', '/orders/o0', 404, {})
    status, body, _ = put_back({'customer_note': 'x'})
    assert status in (404, 502) and [m for m, _, _ in player.sent if m != 'GET'] == [], (body, player.sent)
    state = whole_shop()
    state['parts'][0]['price'] = 'free'
    status, body, _ = put_back({'customer_note': 'x'})
    assert status == 422 and 'has no amount there' in body['detail'], body
    assert [m for m, _, _ in player.sent if m != 'GET'] == [], player.sent


def two_writes_of_a_record_do_not_cross():
    """Each reads what the other has written: neither change is lost."""
    state = whole_shop()
    answers = []
    threads = [threading.Thread(target=lambda change=change: answers.append(put_back(change)[0]))
               for change in [{'customer_note': 'n'}] + [{'note': str(i), 'location_id': 'p1'} for i in range(4)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 5, answers
    assert [m for m, _, _ in player.sent] == ['GET', 'PUT'] * 5, player.sent
    assert state['remark'] == 'n' and state['parts'][0]['note'] in '0123', state


def toy_shop(n):
    player.forget()
    player.answers.clear()
    orders = [{'id': 'o%d' % i, 'number': str(i), 'ships': i % 2 == 1} for i in range(n)]

    def page(query):
        at = (int(query['page']) - 1) * int(query['size'])
        return {'orders': orders[at:at + int(query['size'])], 'more': at + int(query['size']) < n}

    def lines(query):
        """Two lines an order, of all that are asked for in turn, and one of a stranger; two pages."""
        wanted = query['orders'].split(',')
        all_lines = [{'id': '%s-%d' % (order, k), 'sku': 'S', 'n': k + 1, 'order': order} for k in (0, 1) for order in wanted]
        all_lines.insert(1, {'id': 'x', 'sku': 'x', 'n': 1, 'order': 'stranger'})
        at = (int(query['page']) - 1) * 5
        return {'lines': all_lines[at:at + 5], 'more': at + 5 < len(all_lines)}
    player.answers['GET', '/orders'] = 200, page
    player.answers['GET', '/lines'] = 200, lines
    for order in orders:
        player.answers['GET', '/orders/%s/address' % order['id']] = 200, {'city': 'City ' + order['id']}


def a_batch_is_joined_by_its_key():
    toy_shop(7)
    status, body, _ = get('/orders?limit=7&fields=id,items.id,items.quantity,shipping_address.city', 'toy')
    assert status == 200, body
    assert len(body['data']) == 7
    for order in body['data']:
        assert [i['id'] for i in order['items']] == [order['id'] + '-0', order['id'] + '-1'], order
        ships = int(order['id'][1:]) % 2 == 1
        assert order['shipping_address'] == ({'city': 'City ' + order['id']} if ships else None), order
    batches = {query['orders'] for (_, path, _), query in zip(player.sent, player.queries) if path == '/lines'}
    assert batches == {'o0,o1,o2', 'o3,o4,o5', 'o6'}, batches


def a_batch_that_fails_is_incomplete_for_those_who_shared_it():
    toy_shop(4)
    player.rule('GET', '/lines', 400, {})
    status, body, _ = get('/orders?limit=4&fields=id,number,items.id,shipping_address.city&partial=allow', 'toy')
    assert status == 200 and all(o['incomplete'] == ['items'] and 'items' not in o for o in body['data']), body
    player.rules.clear()
    player.rule('GET', 'o1/address', 404, {})
    player.rule('GET', '/lines', 400, {})
    status, body, _ = get('/orders?limit=4&fields=id,number,items.id,shipping_address.city&partial=allow', 'toy')
    assert [sorted(o['incomplete']) for o in body['data']] == [['items'], ['items', 'shipping_address'], ['items'], ['items']]
    status, body, _ = get('/orders?limit=4&fields=id,shipping_address.city', 'toy')
    assert status == 502 and body['code'] == 'store_error', body


def numbered_pages_are_of_one_size():
    """Page 2 of another size would be other records: some twice, some never."""
    toy_shop(17)
    status, first, _ = get('/orders?limit=7&fields=id', 'toy')
    assert [o['id'] for o in first['data']] == ['o%d' % i for i in range(7)], first
    status, second, _ = get('/orders?limit=9&fields=id&cursor=' + first['next'], 'toy')
    assert status == 200 and [o['id'] for o in second['data']] == ['o%d' % i for i in range(7, 16)], second
    _, last, _ = get('/orders?limit=2&fields=id&cursor=' + second['next'], 'toy')
    assert [o['id'] for o in last['data']] == ['o16'] and last['next'] is None, last
    assert {query['size'] for query in player.queries} == {'5'}, player.queries


TESTS = [a_record_is_put_back_whole, what_is_not_given_stays, an_element_that_is_not_there_stops_the_write,
         a_record_that_is_gone_or_odd_is_not_put_back, two_writes_of_a_record_do_not_cross, a_document_asks_for_what_is_wanted, variables_carry_filters_and_bodies, a_write_has_one_key_in_all_its_attempts, errors_stand_in_a_200, a_filter_is_done_here, a_filter_that_is_done_here_is_bound_to_its_cursor, follow_ups_are_made_for_what_fits,
         a_filter_over_what_follow_ups_fill, what_cannot_be_compared_is_not_lost, an_operation_is_asked_after_until_it_is_done, an_operation_that_fails_says_so,
         an_operation_that_does_not_end_in_time_is_unknown, numbered_pages_are_of_one_size, a_batch_is_joined_by_its_key, a_batch_that_fails_is_incomplete_for_those_who_shared_it,
         variants_are_put_into_their_products, what_begins_anew_gives_nothing_twice, nothing_is_asked_that_nobody_wants, follow_ups_are_foreseen, one_record, more_than_a_page,
         many_side_by_side, one_that_fails_ends_the_call, one_that_fails_is_incomplete,
         a_variant_that_does_not_fit_is_not_lost_silently]

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway)
