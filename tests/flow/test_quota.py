#!/usr/bin/env python3
"""An app's own quota: what its answers say, what is refused, what an administrator changes at once."""
import re
import sys

from world import World, run, request, ALL_SCOPES

world = None


def app(quota=None):
    body = {'name': 'limited', 'scopes': ALL_SCOPES, 'stores': ['*']}
    status, answer, _ = world.gateway.admin('POST', '/apps', {**body, **({'quota': quota} if quota is not None else {})})
    return status, answer


def key_of(quota):
    status, answer = app(quota)
    assert status == 201, answer
    return answer['data']['id'], answer['data']['key']


def state(headers):
    """{"minute": (left, seconds)} of RateLimit, {"minute": (quota, window)} of RateLimit-Policy."""
    found = []
    for field, first, second in (('RateLimit', 'r', 't'), ('RateLimit-Policy', 'q', 'w')):
        items = re.findall(r'"(\w+)";%s=(\d+);%s=(\d+)(?:, |$)' % (first, second), headers.get(field, ''))
        found.append({name: (int(a), int(b)) for name, a, b in items})
    return found


def every_answer_says_where_the_app_stands():
    _, key = key_of({'per_minute': 100, 'per_hour': 5000})
    for n, path in enumerate(('/v1/stores', '/v1/stores/s1/orders?limit=1', '/v1/stores/s1/orders/none', '/v1/stores/none/orders'), 1):
        _, _, headers = world.get(path, key=key)
        left, policy = state(headers)
        assert policy == {'minute': (100, 60), 'hour': (5000, 3600)}, headers
        assert left['minute'][0] == 100 - n and left['hour'][0] == 5000 - n, (path, headers)
        assert 1 <= left['minute'][1] <= 60 and 1 <= left['hour'][1] <= 3600, headers


def over_it_is_429_and_costs_nothing():
    _, key = key_of({'per_minute': 2})
    before = world.shop.state()['requests']
    for _ in range(2):
        assert world.get('/v1/stores/s1/orders/count', key=key)[0] == 200
    asked = world.shop.state()['requests'] - before
    for _ in range(3):
        status, body, headers = world.get('/v1/stores/s1/orders/count', key=key)
        assert status == 429 and body['code'] == 'app_quota' and body['retryable'] is True, body
        assert 1 <= int(headers['Retry-After']) <= 60 and body['retry_after'] == int(headers['Retry-After']), headers
        assert body['violated-policies'] == ['minute'] and body['type'].endswith('#quota-exceeded'), body
        assert state(headers)[0]['minute'][0] == 0 and 'hour' not in headers['RateLimit'], headers
    assert world.shop.state()['requests'] - before == asked
    assert world.get('/v1/stores/s1/orders/count')[0] == 200  # another app goes on


def each_store_of_a_fanout_counts():
    _, key = key_of({'per_minute': 3})
    world.connect('s2', world.shop.port, world.shop.key)
    status, body, headers = world.get('/v1/orders/count?stores=s1,s2', key=key)
    assert status == 200 and state(headers)[0]['minute'][0] == 1, headers
    status, body, headers = world.get('/v1/orders/count?stores=s1,s2', key=key)
    assert status == 200 and [part['status'] for part in body['stores']] == [200, 429], body
    assert body['stores'][1]['error']['code'] == 'app_quota' and state(headers)[0]['minute'][0] == 0, body


def changed_at_once_and_kept():
    name, key = key_of({'per_minute': 1})
    assert world.get('/v1/stores', key=key)[0] == 200
    assert world.get('/v1/stores', key=key)[0] == 429
    status, body, _ = world.gateway.admin('PATCH', '/apps/' + name, {'quota': {'per_minute': 5, 'per_hour': 7}})
    assert status == 200 and body['data']['quota'] == {'per_minute': 5, 'per_hour': 7} and 'key' not in body['data'], body
    status, _, headers = world.get('/v1/stores', key=key)
    assert status == 200 and state(headers)[0]['minute'][0] == 3, headers
    world.gateway.stop()
    world.gateway.start()
    status, _, headers = world.get('/v1/stores', key=key)
    assert status == 200 and state(headers)[1] == {'minute': (5, 60), 'hour': (7, 3600)}, headers
    assert world.gateway.admin('PATCH', '/apps/' + name, {'quota': {'per_minute': 'none', 'per_hour': 'none'}})[0] == 200
    status, _, headers = world.get('/v1/stores', key=key)
    assert status == 200 and 'RateLimit' not in headers and 'RateLimit-Policy' not in headers, headers


def the_options_are_for_apps_without_numbers():
    limited = World(options=['--app-per-minute', '2', '--app-per-hour', '9'])
    try:
        left, policy = state(limited.get('/v1/stores')[2])
        assert policy == {'minute': (2, 60), 'hour': (9, 3600)} and left['hour'][0] == 8, policy
        assert limited.get('/v1/stores')[0] == 200 and limited.get('/v1/stores')[0] == 429
        assert limited.gateway.admin('GET', '/apps')[1]['data'][0]['quota'] == {'per_minute': 'default', 'per_hour': 'default'}
    finally:
        limited.close()


def tiers(method, path='', body=None, tag=None):
    headers = {'Authorization': 'Bearer ' + world.gateway.admin_key, **({'If-Match': tag} if tag else {})}
    return request(world.gateway.admin_port, method, '/admin/v1/tiers' + path, body, headers)


def a_tier_is_for_all_of_its_apps():
    """Its own number comes before the tier's, the tier's before the option's; a change holds at once and after a restart."""
    assert [t['id'] for t in tiers('GET')[1]['data']] == ['default']
    status, body, _ = tiers('POST', '', {'id': 'gold', 'quota': {'per_minute': 100, 'per_hour': 5000}})
    assert status == 201 and body['data'] == {'object': 'tier', 'id': 'gold', 'quota': {'per_minute': 100, 'per_hour': 5000}, 'cap': 100, 'apps': 0}, body
    (one, key), (two, own) = key_of(None), key_of({'per_minute': 7})
    for name in (one, two):
        status, body, _ = world.gateway.admin('PATCH', '/apps/' + name, {'tier': 'gold'})
        assert status == 200 and body['data']['tier'] == 'gold', body
    assert state(world.get('/v1/stores', key=key)[2])[1] == {'minute': (100, 60), 'hour': (5000, 3600)}
    assert state(world.get('/v1/stores', key=own)[2])[1] == {'minute': (7, 60), 'hour': (5000, 3600)}
    assert tiers('PATCH', '/gold', {'quota': {'per_minute': 3, 'per_hour': 'default'}})[0] == 200
    for restarted in (False, True):
        if restarted:
            world.gateway.stop()
            world.gateway.start()
        assert state(world.get('/v1/stores', key=key)[2])[1] == {'minute': (3, 60)}
        assert state(world.get('/v1/stores', key=own)[2])[1] == {'minute': (7, 60)}
    status, body, _ = tiers('DELETE', '/gold')
    assert status == 409 and body['code'] == 'conflict', body
    assert '2 apps' in body['detail'] and one in body['detail'] and two in body['detail'], body
    for name in (one, two):
        assert world.gateway.admin('PATCH', '/apps/' + name, {'tier': 'default'})[0] == 200
    assert tiers('DELETE', '/gold')[0] == 204 and tiers('GET', '/gold')[0] == 404
    assert 'RateLimit' not in world.get('/v1/stores', key=key)[2]
    lines = world.gateway.admin('GET', '/audit?subject=gold')[1]['data']
    assert [line['action'] for line in lines] == ['tier.create', 'tier.update', 'tier.remove'], lines


def tiers_are_checked():
    for body, word in (({}, 'id'), ({'id': 'a b'}, 'letters'), ({'id': 'x' * 41}, 'letters'), ({'id': 7}, 'letters'),
                       ({'id': 'ok', 'quota': 7}, 'quota'), ({'id': 'ok', 'quota': {'per_day': 1}}, 'per_day'), ({'id': 'ok', 'name': 'x'}, 'name')):
        status, answer, _ = tiers('POST', '', body)
        assert status == 422 and word in answer['detail'], (body, answer)
    assert tiers('POST', '', {'id': 'default'})[0] == 409
    assert tiers('DELETE', '/default')[0] == 409
    assert tiers('PATCH', '/none', {'quota': {}})[0] == 404 and tiers('DELETE', '/none')[0] == 404
    assert tiers('PATCH', '/default', {})[0] == 422
    status, answer, _ = world.gateway.admin('POST', '/apps', {'name': 'x', 'scopes': ALL_SCOPES, 'stores': ['*'], 'tier': 'none'})
    assert status == 422 and '/admin/v1/tiers' in answer['detail'] and 'none' in answer['detail'], answer


def changes_of_a_tier_that_crossed_are_noticed():
    assert tiers('POST', '', {'id': 'silver'})[0] == 201
    tag = tiers('GET', '/silver')[2]['ETag']
    _, key = app({'per_minute': 5})
    assert world.gateway.admin('PATCH', '/apps/' + key['data']['id'], {'tier': 'silver'})[0] == 200
    assert tiers('GET', '/silver')[2]['ETag'] == tag, 'an app is no part of the tier'
    status, _, headers = tiers('PATCH', '/silver', {'quota': {'per_minute': 9}}, tag)
    assert status == 200 and headers['ETag'] != tag, headers
    status, answer, _ = tiers('PATCH', '/silver', {'quota': {'per_minute': 1}}, tag)
    assert status == 412 and headers['ETag'] in answer['detail'], answer
    assert tiers('DELETE', '/silver', None, tag)[0] == 412
    assert tiers('GET', '/silver')[1]['data']['quota'] == {'per_minute': 9, 'per_hour': 'default'}


def nonsense_is_refused_with_a_reason():
    name, _ = key_of(None)
    wrong = ({'per_minute': 0}, {'per_minute': -1}, {'per_hour': 'many'}, {'per_minute': 10 ** 12}, {'per_day': 1}, [], 7, {'per_minute': 1.5})
    for quota in wrong:
        status, body = app(quota)
        assert status == 422 and 'quota' in body['detail'], (quota, body)
        status, body, _ = world.gateway.admin('PATCH', '/apps/' + name, {'quota': quota})
        assert status == 422 and 'quota' in body['detail'], (quota, body)
    assert world.gateway.admin('PATCH', '/apps/' + name, {'tier': 'x'})[0] == 422
    assert world.gateway.admin('PATCH', '/apps/app_none', {'quota': {'per_minute': 1}})[0] == 404


def a_removed_app_leaves_its_calls_alone():
    """A call that is under way keeps its app; the key is gone at once."""
    import threading
    name, key = key_of({'per_minute': 10})
    world.shop.faults({'fault': 'slow', 'ms': 1500, 'path': '/admin/orders*', 'times': 1})
    answers = []
    thread = threading.Thread(target=lambda: answers.append(world.get('/v1/stores/s1/orders?limit=1', key=key)))
    before = world.shop.state()['requests']
    thread.start()
    while world.shop.state()['requests'] == before:
        pass
    assert world.gateway.admin('DELETE', '/apps/' + name)[0] == 204
    assert world.get('/v1/stores', key=key)[0] == 401
    thread.join()
    world.shop.faults()
    assert answers[0][0] == 200 and state(answers[0][2])[1]['minute'] == (10, 60), answers


def openapi_knows_it():
    document = request(world.gateway.admin_port, 'GET', '/openapi.json')[1]
    assert 'quota' in document['components']['schemas']['app_request']['properties']
    assert document['paths']['/admin/v1/apps/{app}']['patch']['responses'].get('200'), document['paths']['/admin/v1/apps/{app}']


if __name__ == '__main__':
    world = World()
    code = 1
    try:
        code = run([every_answer_says_where_the_app_stands, over_it_is_429_and_costs_nothing, each_store_of_a_fanout_counts,
                    changed_at_once_and_kept, the_options_are_for_apps_without_numbers, a_tier_is_for_all_of_its_apps, tiers_are_checked,
                    changes_of_a_tier_that_crossed_are_noticed, nonsense_is_refused_with_a_reason,
                    a_removed_app_leaves_its_calls_alone, openapi_knows_it])
    finally:
        world.close()
    sys.exit(code)
