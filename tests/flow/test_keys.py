#!/usr/bin/env python3
"""Who may do what: keys of apps and administrators, roles, the audit log, and changes that crossed (If-Match)."""
import contextlib
import datetime
import re
import sqlite3
import sys
import time

from world import PATIENCE_S, Place, World, request, run

OWN, OPERATE, READ = 'owner', 'operator', 'auditor'


def soon(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def make_admin(world, role, **more):
    status, body, _ = world.gateway.admin('POST', '/admin-keys', {'role': role, **more})
    assert status == 201, body
    return body['data']


def app_id(world):
    return world.gateway.admin('GET', '/apps')[1]['data'][0]['id']


def refused(answer, status, code, *words):
    assert answer[0] == status and answer[1]['code'] == code, answer[:2]
    for word in words:
        assert word in answer[1]['detail'], answer[1]


def two_keys_of_an_app_overlap():
    with World() as world:
        path = '/apps/%s/keys' % app_id(world)
        status, body, _ = world.gateway.admin('POST', path, {})
        assert status == 201 and body['data']['key'].startswith('cw_app_') and body['data']['expires_at'] is None, body
        new, rows = body['data'], world.gateway.admin('GET', path)[1]['data']
        assert len(rows) == 2 and all('key' not in row for row in rows), rows
        old = next(row for row in rows if row['id'] != new['id'])
        for key in (world.key, new['key']):
            assert world.get('/v1/stores', key=key)[0] == 200
        status, body, _ = world.gateway.admin('PATCH', path + '/' + old['id'], {'expires_at': soon(1)})
        assert status == 200 and body['data']['expires_at'], body
        until = time.monotonic() + PATIENCE_S
        while world.get('/v1/stores')[0] == 200 and time.monotonic() < until:
            time.sleep(0.05)
        refused(world.get('/v1/stores'), 401, 'key_invalid', 'expired')
        assert world.get('/v1/stores', key=new['key'])[0] == 200
        assert world.gateway.admin('DELETE', path + '/' + old['id'])[0] == 204
        refused(world.gateway.admin('DELETE', path + '/' + old['id']), 404, 'not_found', old['id'])
        assert world.gateway.admin('DELETE', path + '/' + new['id'])[0] == 204
        refused(world.get('/v1/stores', key=new['key']), 401, 'key_invalid', 'not known')


def when_a_key_was_used_outlives_a_restart():
    with World() as world:
        path = '/apps/%s/keys' % app_id(world)
        assert world.gateway.admin('GET', path)[1]['data'][0]['last_used_at'] is None
        assert world.get('/v1/stores')[0] == 200
        used = world.gateway.admin('GET', path)[1]['data'][0]['last_used_at']
        assert used, used
        world.gateway.stop()
        world.gateway.start()
        assert world.gateway.admin('GET', path)[1]['data'][0]['last_used_at'] == used
        assert world.gateway.admin('GET', '/admin-keys')[1]['data'][0]['last_used_at']


def bodies_of_keys_are_checked():
    with World() as world:
        path = '/apps/%s/keys' % app_id(world)
        for body, word in (({'role': 'owner'}, 'role'), ({'expires_at': 'soon'}, 'expires_at'), ({'expires_at': 7}, 'expires_at'),
                           ({'expires_at': '2001-01-01T00:00:00Z'}, 'to come')):
            refused(world.gateway.admin('POST', path, body), 422, 'validation_failed', word)
        for body in ({}, {'role': 'king'}, {'role': 3}):
            refused(world.gateway.admin('POST', '/admin-keys', body), 422, 'validation_failed', 'owner, operator or auditor')
        refused(world.gateway.admin('POST', '/apps/app_none/keys', {}), 404, 'not_found', 'app_none')
        refused(world.gateway.admin('PATCH', path + '/key_none', {'expires_at': None}), 404, 'not_found', 'key_none')
        for _ in range(19):
            assert world.gateway.admin('POST', path, {})[0] == 201
        refused(world.gateway.admin('POST', path, {}), 409, 'conflict', '20 keys')


ROLES = [READ, OPERATE, OWN]
OWNERS_ALONE = {('GET', '/admin-keys'), ('POST', '/admin-keys'), ('GET', '/admin-keys/{key}'), ('PATCH', '/admin-keys/{key}'),
                ('DELETE', '/admin-keys/{key}'), ('POST', '/vault/rotate')}


def admin_routes(world):
    """(method, path, what the description says of it) of every route of the admin listener that wants a key."""
    paths = request(world.gateway.admin_port, 'GET', '/openapi.json')[1]['paths']
    return [(method.upper(), path[len('/admin/v1'):], row) for path, rows in paths.items() if path.startswith('/admin/v1')
            for method, row in rows.items()]


def roles_may_what_their_names_say():
    """Reading is an auditor's, changing an operator's, keys of administrators and the master key an owner's: at every route.
    Who may not learns nothing else; who may gets past the look at his role (to a 404 here, most often)."""
    with World() as world:
        keys = {role: make_admin(world, role)['key'] for role in ROLES}
        rows = admin_routes(world)
        assert len(rows) >= 40, len(rows)
        for method, path, row in rows:
            least = OWN if (method, path) in OWNERS_ALONE else READ if method == 'GET' else OPERATE
            assert row['x-role'] == least, (method, path, row['x-role'])
            place = re.sub(r'{\w+}', 'none', path)
            for role in ROLES:
                status, answer, _ = world.gateway.admin(method, place, {} if 'requestBody' in row else None, key=keys[role])
                if ROLES.index(role) >= ROLES.index(least):
                    assert status not in (401, 403), (method, path, role, status, answer)
                    continue
                assert status == 403 and answer['code'] == 'scope_missing', (method, path, role, status, answer)
                assert role in answer['detail'] and least in answer['detail'], answer
            refused(world.gateway.admin(method, place, {}, key=world.key), 401, 'key_invalid')
            assert request(world.gateway.admin_port, method, '/admin/v1' + place, '{}')[0] == 401, (method, path)


def the_last_owner_stays():
    with World() as world:
        first = world.gateway.admin('GET', '/admin-keys')[1]['data'][0]
        assert first['role'] == OWN and first['starts_with'] == world.gateway.admin_key[:12], first
        path = '/admin-keys/' + first['id']
        make_admin(world, OPERATE)
        make_admin(world, OWN, expires_at=soon(3600))  # it will not be there tomorrow
        refused(world.gateway.admin('DELETE', path), 409, 'conflict', 'last owner')
        refused(world.gateway.admin('PATCH', path, {'expires_at': soon(60)}), 409, 'conflict', 'last owner')
        assert world.gateway.admin('GET', '/admin-keys')[0] == 200
        second = make_admin(world, OWN)
        assert world.gateway.admin('DELETE', path)[0] == 204
        refused(world.gateway.admin('GET', '/stores'), 401, 'key_invalid')
        world.gateway.admin_key = second['key']
        refused(world.gateway.admin('DELETE', '/admin-keys/' + second['id']), 409, 'conflict', 'last owner')


def every_change_has_its_line():
    with World() as world:
        operator = make_admin(world, OPERATE)
        world.gateway.admin('PATCH', '/stores/s1', {'allow_private': True}, key=operator['key'])
        world.gateway.admin('PATCH', '/stores/s1', {'allow_private': 'yes'}, key=operator['key'])  # refused: no line
        lines = world.gateway.admin('GET', '/audit')[1]
        assert [line['action'] for line in lines['data']] == ['key.create', 'store.create', 'app.create', 'key.create', 'store.update'], lines
        assert lines['next'] is None and lines['data'][4]['actor'] == operator['id'], lines
        assert lines['data'][3]['subject'] == operator['id'] and lines['data'][4]['subject'] == 's1', lines
        first = world.gateway.admin('GET', '/admin-keys')[1]['data'][0]['id']  # whoever holds the folder makes owners, not unseen
        assert (lines['data'][0]['actor'], lines['data'][0]['subject']) == ('cartway init', first), lines
        page = world.gateway.admin('GET', '/audit?limit=3')[1]
        rest = world.gateway.admin('GET', '/audit?limit=3&after=%d' % page['next'])[1]
        assert page['data'] + rest['data'] == lines['data'] and rest['next'] is None, (page, rest)
        assert len(world.gateway.admin('GET', '/audit?actor=' + operator['id'])[1]['data']) == 1
        assert len(world.gateway.admin('GET', '/audit?subject=s1')[1]['data']) == 2
        assert operator['key'] not in str(lines) and world.shop.key not in str(lines)
        for query in ('limit=0', 'limit=1001', 'after=-1', 'after=x'):
            refused(world.gateway.admin('GET', '/audit?' + query), 400, 'invalid_request', query.split('=')[0])


# Every change that the admin API can make; what {..} stands for is in CHANGED below.
CHANGES = [
    ('POST', '/stores', {'id': 'n1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:1'}, 'credentials': {'key': 'sk_x'}}),
    ('PATCH', '/stores/{store}', {'allow_private': True}), ('PUT', '/stores/{store}/credentials', {'credentials': {'key': 'sk_y'}}),
    ('PUT', '/stores/{store}/limits/{limit}', {'share': 50}), ('DELETE', '/stores/{store}/limits/{limit}', None),
    ('DELETE', '/stores/{store}', None), ('POST', '/tiers', {'id': 'n2'}), ('PATCH', '/tiers/{tier}', {'quota': {'per_hour': 9}}),
    ('DELETE', '/tiers/{tier}', None), ('POST', '/apps', {'name': 'n3', 'scopes': ['raw'], 'stores': ['*']}),
    ('PATCH', '/apps/{app}', {'name': 'n4'}), ('POST', '/apps/{app}/keys', {}), ('PATCH', '/apps/{app}/keys/{key}', {'expires_at': None}),
    ('DELETE', '/apps/{app}/keys/{key}', None), ('DELETE', '/apps/{app}', None), ('POST', '/admin-keys', {'role': READ}),
    ('PATCH', '/admin-keys/{key}', {'expires_at': None}), ('DELETE', '/admin-keys/{key}', None), ('POST', '/vault/rotate', None),
]
ELSEWHERE = ('/probe', '/connect')  # test_probe.py, test_connect.py


def each_kind_of_change_has_its_line():
    with World() as world:
        there = {(method, path) for method, path, _ in admin_routes(world) if method != 'GET' and not path.endswith(ELSEWHERE)}
        assert there == {(method, path) for method, path, _ in CHANGES}, there ^ {row[:2] for row in CHANGES}
        names = {'store': 'n1', 'tier': 'n2', 'limit': world.gateway.admin('GET', '/stores/s1/limits')[1]['data'][0]['limit']}
        before = world.gateway.admin('GET', '/audit?limit=1000')[1]['data'][-1]['seq']
        for method, path, body in CHANGES:
            status, answer, _ = world.gateway.admin(method, path.format(**{'app': '', 'key': '', **names}), body)
            assert 200 <= status < 300, (method, path, answer)
            if method == 'POST' and status == 201:
                names[{'app': 'app', 'key': 'key'}.get(answer['data']['object'], '-')] = answer['data']['id']
            lines = world.gateway.admin('GET', '/audit?after=%d' % before)[1]['data']
            assert len(lines) == 1, (method, path, lines)
            before = lines[0]['seq']
            if body is None:
                continue
            refusal = world.gateway.admin(method, path.format(store='none', tier='none', limit='none', app='none', key='none'), {'x': 1})
            assert refusal[0] >= 400, (method, path, refusal)
            assert not world.gateway.admin('GET', '/audit?after=%d' % before)[1]['data'], (method, path)


def refusals_say_what_to_do():
    """As somebody meets them who has never administered a gateway."""
    site, ours = {'site': 'https://shop.example'}, {'id': 'm', 'platform': 'medusa'}
    rows = (('POST', '/stores', ours, 'settings: expected an object', 'site'),
            ('POST', '/stores', {**ours, 'settings': {**site, 'url': 'x'}}, 'settings.url', 'but these: site'),
            ('POST', '/stores', {**ours, 'settings': {'site': 'shop.example'}}, 'settings.site: expected http', 'shop.example'),
            ('POST', '/stores', {**ours, 'settings': {**site, 'key': 'sk_CANARY'}}, 'settings.key: belongs into credentials'),
            ('POST', '/stores', {**ours, 'settings': site, 'credentials': {'token': 'CANARY'}}, 'credentials.token', 'but these: key'),
            ('POST', '/stores', {**ours, 'settings': site, 'url': 'x'}, '"url"', 'id, platform, settings, credentials, allow_private'),
            ('POST', '/stores', {'id': 'm', 'platform': 'magento', 'settings': site}, 'magento', '/admin/v1/adapters'),
            ('PATCH', '/stores/s1', {'site': 'https://y.example'}, '"site"', 'settings, allow_private'),
            ('PATCH', '/stores/s1', {}, 'body: expected settings, allow_private or both'),
            ('PUT', '/stores/s1/credentials', {'key': 'CANARY'}, '"key"', '(credentials)'),
            ('PUT', '/stores/s1/credentials', {'credentials': {'key': ''}}, 'credentials.key: expected a text that is not empty'),
            ('PUT', '/stores/s1/limits/pace', {}, 'body: expected an object with amount'),
            ('POST', '/apps', {'name': 'x', 'scopes': ['orders'], 'stores': ['*']}, 'scopes[0]', '"orders"', ':read or :write', 'stores:read, raw'),
            ('POST', '/apps', {'name': 'x', 'scopes': ['raw'], 'stores': ['*'], 'tier': 7}, 'tier: expected one of /admin/v1/tiers', 'no text'))
    with World() as world:
        for method, path, body, *words in rows:
            status, answer, _ = world.gateway.admin(method, path, body)
            assert status == 422 and all(word in answer['detail'] for word in words) and 'CANARY' not in answer['detail'], (method, path, answer)
        assert world.gateway.admin('POST', '/tiers', {'id': 'gold'})[0] == 201
        assert world.gateway.admin('POST', '/apps', {'name': 'x', 'scopes': ['raw'], 'stores': ['*'], 'tier': 'gold'})[0] == 201
        refused(world.gateway.admin('DELETE', '/tiers/gold'), 409, 'conflict', 'another one first', '(x)')
        refused(world.get('/v1/stores', key=world.gateway.admin_key), 401, 'key_invalid', "expected an app's key, found an administrator's key")
        refused(world.gateway.admin('GET', '/stores', key=world.key), 401, 'key_invalid', "found an app's key")
        refused(world.get('/admin/v1/stores', key=world.gateway.admin_key), 404, 'not_found', 'admin-listen')


def the_auditor_reads_what_was_done():
    with World() as world:
        auditor = make_admin(world, READ)['key']
        lines = world.gateway.admin('GET', '/audit', key=auditor)[1]['data']
        assert [line['action'] for line in lines] == ['key.create', 'store.create', 'app.create', 'key.create'], lines
        for method in ('POST', 'PUT', 'PATCH', 'DELETE'):
            assert world.gateway.admin(method, '/audit', {})[0] == 405, method
        world.gateway.stop()
        with contextlib.closing(sqlite3.connect(world.gateway.data + '/cartway.db')) as db:
            for statement in ("update audit set action = 'nothing'", 'delete from audit', 'replace into audit select * from audit'):
                try:
                    db.execute(statement)
                    raise AssertionError(statement)
                except sqlite3.IntegrityError as error:
                    assert 'append only' in str(error), error
        world.gateway.start()


def matched(world, method, path, body, tag):
    return request(world.gateway.admin_port, method, '/admin/v1' + path, body,
                   {'Authorization': 'Bearer ' + world.gateway.admin_key, 'If-Match': tag})


def changes_that_crossed_are_noticed():
    with World() as world:
        app = '/apps/' + app_id(world)
        keys = (app + '/keys', '/admin-keys')
        made = [where + '/' + world.gateway.admin('POST', where, body)[1]['data']['id'] for where, body in zip(keys, ({}, {'role': READ}))]
        for path, one, two in (('/stores/s1', {'allow_private': False}, {'allow_private': True}),
                               (made[0], {'expires_at': soon(1000)}, {'expires_at': soon(2000)}),
                               (made[1], {'expires_at': soon(1000)}, {'expires_at': soon(2000)}),
                               (app, {'name': 'one'}, {'name': 'two', 'quota': {'per_minute': 7}})):
            status, _, headers = world.gateway.admin('GET', path)
            tag = headers['ETag']
            assert status == 200 and tag.startswith('"'), headers
            status, _, headers = matched(world, 'PATCH', path, one, tag)
            assert status == 200 and headers['ETag'] != tag, headers
            refused(matched(world, 'PATCH', path, two, tag), 412, 'precondition_failed', headers['ETag'])
            refused(matched(world, 'DELETE', path, None, tag), 412, 'precondition_failed')
            assert matched(world, 'PATCH', path, two, '"zz", ' + headers['ETag'])[0] == 200
            assert matched(world, 'PATCH', path, one, '*')[0] == 200
        body = world.gateway.admin('GET', app)[1]['data']
        assert body['name'] == 'one' and body['quota']['per_minute'] == 7, body


def an_app_changes_at_once():
    with World() as world:
        path = '/apps/' + app_id(world)
        assert world.get('/v1/stores/s1/orders?limit=1')[0] == 200
        assert world.gateway.admin('PATCH', path, {'scopes': ['products:read']})[0] == 200
        refused(world.get('/v1/stores/s1/orders?limit=1'), 403, 'scope_missing')
        assert world.get('/v1/stores/s1/products?limit=1')[0] == 200
        assert world.gateway.admin('PATCH', path, {'stores': ['other']})[0] == 200
        refused(world.get('/v1/stores/s1/products?limit=1'), 403, 'scope_missing')
        world.gateway.stop()
        world.gateway.start()
        body = world.gateway.admin('GET', path)[1]['data']
        assert body['scopes'] == ['products:read'] and body['stores'] == ['other'], body
        for change, word in (({}, 'name, scopes'), ({'scopes': ['all']}, 'all'), ({'name': ''}, 'name'), ({'tier': 1}, 'tier')):
            refused(world.gateway.admin('PATCH', path, change), 422, 'validation_failed', word)
        refused(world.gateway.admin('GET', '/apps/app_none'), 404, 'not_found')


def null_is_as_if_never_said():
    default = {'per_minute': 'default', 'per_hour': 'default'}
    numbers = {'per_minute': 7, 'per_hour': 70}
    with Place() as world:
        admin = world.gateway.admin
        plain = {'name': 'n', 'scopes': ['raw'], 'stores': ['*']}
        gold = admin('POST', '/tiers', {'id': 'gold', 'quota': numbers, 'cap': 30})[1]['data']
        app = admin('POST', '/apps', {**plain, 'tier': 'gold', 'quota': numbers, 'cap': 40})[1]['data']
        assert gold['cap'] == 30 and app['tier'] == 'gold' and app['cap'] == 40, (gold, app)
        path = '/apps/' + app['id']
        for patch, now in (({'quota': {'per_hour': None}}, {'quota': {**numbers, 'per_hour': 'default'}}), ({'quota': None}, {'quota': default}),
                           ({'tier': None}, {'tier': 'default'}), ({'cap': None}, {'cap': 'default'})):
            assert admin('PATCH', path, patch)[0] == 200, patch
            app = {**app, **now}
            assert {**admin('GET', path)[1]['data'], 'key': app['key']} == app, patch
        for member in plain:
            refused(admin('PATCH', path, {member: None}), 422, 'validation_failed', member)
        assert admin('PATCH', '/tiers/gold', {'quota': {'per_minute': None}})[1]['data']['quota'] == {**numbers, 'per_minute': 'default'}
        assert admin('PATCH', '/tiers/gold', {'quota': None, 'cap': None})[1]['data'] == {**gold, 'quota': default, 'cap': 100, 'apps': 0}
        status, store, _ = admin('PATCH', '/stores/w1', {'settings': {'auth': 'query'}})
        assert status == 200 and store['data']['settings']['auth'] == 'query', store
        store = admin('PATCH', '/stores/w1', {'settings': {'auth': None}, 'allow_private': None})[1]['data']
        assert 'auth' not in store['settings'] and store['allow_private'] is False, store
        for settings in (None, {'site': None}):
            refused(admin('PATCH', '/stores/w1', {'settings': settings}), 422, 'validation_failed', 'site')
        key = admin('POST', path + '/keys', {'expires_at': soon(1000)})[1]['data']
        assert key['expires_at'] and admin('PATCH', path + '/keys/' + key['id'], {'expires_at': None})[1]['data']['expires_at'] is None


if __name__ == '__main__':
    sys.exit(run([two_keys_of_an_app_overlap, when_a_key_was_used_outlives_a_restart, bodies_of_keys_are_checked,
                  roles_may_what_their_names_say, the_last_owner_stays, every_change_has_its_line, each_kind_of_change_has_its_line,
                  refusals_say_what_to_do, the_auditor_reads_what_was_done,
                  changes_that_crossed_are_noticed, an_app_changes_at_once, null_is_as_if_never_said]))
