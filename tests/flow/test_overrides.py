#!/usr/bin/env python3
"""test_overrides.py - an operator's word on the limits of a platform and of a store: at once, after a restart, and seen."""
import os
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

place = gateway = app_key = None


def start():
    global place, gateway, app_key
    place = flow.Place(['--orders', '30'], grown=False)
    gateway = place.gateway
    app_key = gateway.app()


def store(name):
    return flow.woocommerce_store(name, place.shop.port)


def call(path, name='w1', headers=()):
    return flow.request(gateway.port, 'GET', '/v1/stores/%s%s' % (name, path), None,
                        {'Authorization': 'Bearer ' + app_key, **dict(headers)}, 180)


def put(limit, body, name='w1', status=200):
    got, answer, _ = gateway.admin('PUT', '/stores/%s/limits/%s' % (name, limit), body)
    assert got == status, (limit, body, got, answer)
    return answer['data'] if status == 200 else answer['detail']


def limit(name, at='w1'):
    status, answer, _ = gateway.admin('GET', '/stores/%s/limits/%s' % (at, name))
    assert status == 200, answer
    return answer['data']


def restore(name, at='w1'):
    status, answer, _ = gateway.admin('DELETE', '/stores/%s/limits/%s' % (at, name))
    assert status == 200, answer
    return answer['data']


def gauge(name, at='w1'):
    lane = next(one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == at)
    return next(one for one in lane['limits'] if one['limit'] == name and one['key'] == '')


def events(name):
    return [line for line in gateway.lines() if line.get('event') == name]


def limits_are_shown_with_their_source():
    status, answer, _ = gateway.admin('GET', '/stores/w1/limits')
    assert status == 200 and [one['limit'] for one in answer['data']] == ['pace', 'open'], answer
    pace = answer['data'][0]
    assert (pace['kind'], pace['amount'], pace['per_ms'], pace['burst']) == ('bucket', 10, 1000, 50), pace
    assert pace['source'] == 'adapter' and pace['mode'] == 'hold' and pace['override'] is None and pace['plugins_d'] is None, pace
    assert gateway.admin('GET', '/stores/w1/limits/points')[0] == 404
    assert gateway.admin('GET', '/stores/w9/limits')[0] == 404


def nonsense_is_refused():
    for body, says in (({'amount': 0}, 'amount: expected a whole number from 1'),
                       ({'amount': 'ten'}, 'found "ten"'),
                       ({}, 'expected an object with amount'),
                       ({'rate': 3}, 'rate: expected amount, per_ms'),
                       ({'mode': 'maybe'}, 'found "maybe"')):
        assert says in put('pace', body, status=422), (body, says)
    assert 'burst: expected none' in put('open', {'burst': 3}, status=422)
    assert limit('pace')['override'] is None


def it_holds_at_once_for_those_who_wait_too():
    assert call('/orders?limit=20')[0] == 200  # what a day keeps is asked for now
    put('pace', {'amount': 1, 'per_ms': 20000, 'burst': 1})
    results, begun = [], time.monotonic()
    threads = [threading.Thread(target=lambda n=n: results.append(call('/orders?limit=%d' % n, headers={'Cartway-Timeout': '120000'})[0]))
               for n in range(1, 6)]
    for thread in threads:
        thread.start()
    flow.until(lambda: sum(next(one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 'w1')['queued'].values()) == 4, 'four wait')
    seen = gauge('pace')
    assert (seen['amount'], seen['per_ms'], seen['burst'], seen['source']) == (1, 20000, 1, 'store'), seen
    assert restore('pace')['source'] == 'adapter'
    for thread in threads:
        thread.join()
    assert results == [200] * 5, results
    assert time.monotonic() - begun < 60, 'they waited as if nothing had been said'
    assert gauge('pace')['source'] == 'adapter' and gauge('pace')['burst'] == 50, gauge('pace')


def what_is_above_the_published_is_said():
    put('pace', {'amount': 5})
    assert events('limit.override')[-1]['above_published'] is False
    told = put('pace', {'amount': 100, 'burst': 200})
    assert told['amount'] == 100 and told['published']['amount'] == 10 and told['override'] == {'amount': 100, 'burst': 200}, told
    line = events('limit.override')[-1]
    assert line['level'] == 'warn' and line['above_published'] is True and line['store'] == 'w1' and line['limit'] == 'pace', line
    with sqlite3.connect('file:%s/cartway.db?mode=ro' % gateway.data, uri=True) as db:
        rows = db.execute("select action, subject from audit where subject like 'w1/%' order by seq").fetchall()
    assert rows[-1] == ('limit.override', 'w1/pace') and ('limit.restore', 'w1/pace') in rows, rows


def it_survives_a_restart():
    before = limit('pace')
    gateway.stop()
    gateway.start()
    assert limit('pace') == before, limit('pace')
    assert call('/orders?limit=1')[0] == 200
    assert gauge('pace')['amount'] == 100 and gauge('pace')['source'] == 'store', gauge('pace')
    restore('pace')


def changes_that_crossed_are_noticed():
    def ask(method, body=None, tag=None):
        return flow.request(gateway.admin_port, method, '/admin/v1/stores/w1/limits/pace', body,
                            {'Authorization': 'Bearer ' + gateway.admin_key, **({'If-Match': tag} if tag else {})})
    first = ask('GET')[2]['ETag']
    assert call('/orders?limit=1')[0] == 200 and ask('GET')[2]['ETag'] == first, 'only what is said changes it'
    status, _, headers = ask('PUT', {'amount': 7}, first)
    assert status == 200 and headers['ETag'] == ask('GET')[2]['ETag'] != first, headers
    for method, body in ('PUT', {'amount': 9}), ('DELETE', None):
        status, answer, _ = ask(method, body, first)
        assert status == 412 and 'read it again' in answer['detail'], (status, answer)
    assert limit('pace')['amount'] == 7
    assert ask('DELETE', None, headers['ETag'])[0] == 200


def a_share_is_taken_of_it():
    told = put('pace', {'share': 50})
    assert told['share'] == 50 and told['burst'] == 25 and told['amount'] * 1000 / told['per_ms'] == 5, told
    call('/orders?limit=2')
    assert gauge('pace')['share'] == 50 and gauge('pace')['burst'] == 25, gauge('pace')
    restore('pace')


def an_observed_limit_holds_nobody():
    flow.until(lambda: gauge('pace')['left'] >= 1, 'a token')  # else a part of one is kept, and those to come wait less
    put('pace', {'amount': 1, 'per_ms': 600000, 'burst': 1, 'mode': 'observe'})
    assert 'above_published' in events('limit.override')[-1]
    before = metric()
    for n in range(4):
        assert call('/orders?limit=%d' % (n + 3))[0] == 200
    seen = gauge('pace')
    assert seen['mode'] == 'observe' and seen['would_hold'] >= 3 and seen['would_hold_ms'] > 60000, seen
    assert metric() - before == seen['would_hold'], (metric(), before, seen)
    cost = next(one for one in call('/orders?limit=9&explain=1')[1]['data']['cost'] if one['limit'] == 'pace')
    assert cost['mode'] == 'observe' and cost['would_wait_ms'] > 60000 and cost['source'] == 'store', cost
    assert call('/orders?limit=9&explain=1')[1]['data']['wait_ms'] == 0
    assert restore('pace')['mode'] == 'hold'
    assert 'would_hold' not in gauge('pace'), gauge('pace')


def metric():
    text = flow.request(gateway.port, 'GET', '/metrics')[1]
    lines = [line for line in text.decode().splitlines() if line.startswith('cartway_limit_would_hold_total{') and 'limit="pace"' in line]
    return int(lines[0].split()[-1]) if lines else 0


def what_is_off_is_not_counted():
    put('pace', {'mode': 'off'})
    explained = call('/orders?limit=8&explain=1')[1]['data']['cost']
    assert [one['limit'] for one in explained] == ['open'], explained
    assert call('/orders?limit=8')[0] == 200
    assert limit('pace')['mode'] == 'off'
    restore('pace')


def who_waits_for_what_is_switched_off_goes():
    put('pace', {'amount': 1, 'per_ms': 30000, 'burst': 1})
    results, begun = [], time.monotonic()
    threads = [threading.Thread(target=lambda n=n: results.append(call('/orders?limit=%d' % n, headers={'Cartway-Timeout': '120000'})[0]))
               for n in range(21, 25)]
    for thread in threads:
        thread.start()
    flow.until(lambda: sum(next(one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 'w1')['queued'].values()) >= 3, 'three wait')
    put('pace', {'amount': 1, 'per_ms': 30000, 'burst': 1, 'mode': 'off'})  # the numbers still stand
    for thread in threads:
        thread.join()
    assert results == [200] * 4, results
    assert time.monotonic() - begun < 60, 'the last of them waited for its 90 seconds'
    restore('pace')


def the_platform_is_overridden_in_plugins_d():
    flow.connect(gateway, store('w2'))
    put('open', {'amount': 2}, 'w2')
    assert call('/orders?limit=11')[0] == 200 and call('/orders?limit=11', 'w2')[0] == 200
    place.say({'pace': {'amount': 4, 'burst': 6}, 'open': {'amount': 1, 'linger_ms': 5000}})
    flow.until(lambda: limit('pace')['source'] == 'plugins.d', 'the new limits')
    for name in ('w1', 'w2'):
        assert limit('pace', name)['amount'] == 4 and limit('pace', name)['plugins_d'] == {'amount': 4, 'burst': 6}, limit('pace', name)
        assert (gauge('pace', name)['amount'], gauge('pace', name)['most'], gauge('pace', name)['source']) == (4, 6, 'plugins.d')
    assert limit('open')['amount'] == 1 and limit('open', 'w2')['amount'] == 2, 'the store goes first'
    assert call('/orders?limit=12')[0] == 200


def a_file_that_is_wrong_changes_nothing():
    place.say({'pace': {'amount': 0}})
    flow.until(lambda: events('plugins.refused'), 'the refusal')
    line = events('plugins.refused')[-1]
    assert 'limits.pace.amount: expected a whole number from 1 to 1000000000, found 0' in line['detail'], line
    assert limit('pace')['amount'] == 4, limit('pace')
    code, text = None, ''
    gateway.stop()
    code, text = gateway.try_serve()
    assert code != 0 and 'limits.pace.amount: expected' in text, (code, text)
    place.say({'pace': {'amount': 3}})
    gateway.start()
    assert limit('pace')['amount'] == 3 and limit('pace')['source'] == 'plugins.d', limit('pace')
    assert call('/orders?limit=13')[0] == 200
    assert gauge('pace')['source'] == 'plugins.d' and gauge('pace')['burst'] == 50, gauge('pace')
    place.say(None)
    flow.until(lambda: limit('pace')['source'] == 'adapter', 'what the adapter says')
    assert call('/orders?limit=14')[0] == 200
    assert gauge('pace')['amount'] == 10 and gauge('pace')['source'] == 'adapter', gauge('pace')
    restore('open', 'w2')


def a_store_goes_with_its_overrides():
    put('pace', {'amount': 2}, 'w2')
    assert gateway.admin('DELETE', '/stores/w2')[0] == 200
    flow.connect(gateway, store('w2'))
    assert limit('pace', 'w2')['override'] is None


if __name__ == '__main__':
    start()
    flow.main([limits_are_shown_with_their_source, nonsense_is_refused, it_holds_at_once_for_those_who_wait_too,
               what_is_above_the_published_is_said, it_survives_a_restart, changes_that_crossed_are_noticed,
               a_share_is_taken_of_it, an_observed_limit_holds_nobody, what_is_off_is_not_counted,
               who_waits_for_what_is_switched_off_goes, the_platform_is_overridden_in_plugins_d,
               a_file_that_is_wrong_changes_nothing, a_store_goes_with_its_overrides], gateway, place.shop)
