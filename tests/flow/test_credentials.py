#!/usr/bin/env python3
"""What the admin API says of credentials: names, versions, times and states, in pages; never what they are."""
import re
import sys

from world import World, run

world = None
TIME = re.compile(r'^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')


def listed(query=''):
    status, body, _ = world.gateway.admin('GET', '/credentials' + query)
    assert status == 200, body
    return body


def of(store):
    status, body, _ = world.gateway.admin('GET', '/stores/%s/credentials' % store)
    assert status == 200, body
    return body['data']


def names_and_times_and_no_secret():
    body = listed('?store=s1')
    assert len(body['data']) == 1 and body['next'] is None, body
    one = body['data'][0]
    assert one == of('s1') and one['adapter'] == 'medusa' and one['state'] == 'static' and one['tokens'] == [], one
    assert [(f['name'], f['version']) for f in one['fields']] == [('key', 1)] and TIME.match(one['fields'][0]['updated_at']), one
    assert one['refused'] == {'times': 0, 'last_at': None}, one
    assert world.shop.key not in str(body)
    put(world.shop.key)
    again = of('s1')['fields'][0]
    assert again['version'] == 2 and again['updated_at'] > one['fields'][0]['updated_at'], (one, again)
    world.gateway.stop()
    world.gateway.start()
    assert of('s1')['fields'] == [again]


def put(key):
    assert world.gateway.admin('PUT', '/stores/s1/credentials', {'credentials': {'key': key}})[0] == 200


def what_the_shop_refuses_is_counted():
    put('sk_wrong')
    for n in (1, 2):
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 424
        one = of('s1')
        assert one['state'] == 'refused' and one['refused']['times'] == n and TIME.match(one['refused']['last_at']), one
    assert [row['store'] for row in listed('?state=refused')['data']] == ['s1']
    put(world.shop.key)
    assert of('s1')['state'] == 'static' and of('s1')['refused'] == {'times': 0, 'last_at': None}
    assert listed('?state=refused')['data'] == []
    assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200 and of('s1')['state'] == 'static'


def pages_hold_each_store_once():
    names = ['p%02d' % n for n in (7, 3, 11, 1, 9)]
    for name in names:
        world.connect(name, world.shop.port, world.shop.key)
    for size in (1, 2, 3, 6, 100):
        seen, cursor = [], ''
        while cursor is not None:
            body = listed('?limit=%d%s' % (size, '&cursor=' + cursor if cursor else ''))
            assert len(body['data']) <= size, body
            seen += [row['store'] for row in body['data']]
            cursor = body['next']
        assert seen == sorted(names) + ['s1'], (size, seen)
    first = listed('?limit=2')
    assert world.gateway.admin('DELETE', '/stores/' + first['next'])[0] == 200  # the cursor's own store
    assert [row['store'] for row in listed('?limit=2&cursor=' + first['next'])['data']] == ['p07', 'p09']
    assert listed('?adapter=shopify')['data'] == [] and len(listed('?adapter=medusa')['data']) == 5
    assert listed('?state=none')['data'] == []


def a_removal_says_what_became_of_the_grant():
    site = {'site': 'http://127.0.0.1:%d' % world.shop.port}
    for name, credentials in (('r1', {'credentials': {'key': 'sk_r1'}}), ('r2', {})):  # r2 has nothing to erase
        status, body, _ = world.gateway.admin('POST', '/stores', {'id': name, 'platform': 'medusa', 'settings': site, **credentials})
        assert status == 201, body
        assert of(name)['state'] == ('static' if credentials else 'none')
        status, body, _ = world.gateway.admin('DELETE', '/stores/' + name)
        said = {'revoked': None, 'revoke_detail': 'there was no grant to end'}
        assert status == 200 and body['data'] == {'object': 'store_removal', 'id': name, **said}, body
        line = world.gateway.admin('GET', '/audit?subject=' + name)[1]['data'][-1]
        assert line['action'] == 'store.remove' and line['detail'] == said, line
        assert world.gateway.admin('GET', '/stores/' + name)[0] == 404


def nonsense_is_refused():
    for query, word in (('?state=lost', 'reauth_required'), ('?limit=0', 'limit'), ('?limit=1001', 'limit'), ('?limit=x', 'limit'), ('?secret=1', 'secret')):
        status, body, _ = world.gateway.admin('GET', '/credentials' + query)
        assert status == 400 and word in body['detail'], (query, body)
    assert world.gateway.admin('GET', '/stores/none/credentials')[0] == 404


if __name__ == '__main__':
    world = World()
    code = 1
    try:
        code = run([names_and_times_and_no_secret, what_the_shop_refuses_is_counted, pages_hold_each_store_once, a_removal_says_what_became_of_the_grant,
                    nonsense_is_refused])
    finally:
        world.close()
    sys.exit(code)
