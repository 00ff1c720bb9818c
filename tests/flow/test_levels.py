#!/usr/bin/env python3
"""test_levels.py - a shop that tells of its limits at addresses of their own (meter.c): who asks, when, and what comes of it.

Two stores of one client share a quota; a third is alone.  What is left is asked at most once a second, how many may be
open once an hour, and by nobody while no call is made.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

player = Player('.')
gateway = key = None
PLACES = {'places': [{'id': 'p1', 'title': 'Here'}]}


def store(name, client):
    return {'id': name, 'platform': 'meter', 'settings': {'site': 'http://127.0.0.1:%d' % player.port, 'client': client},
            'credentials': {'key': 'k', 'app_key': 'a'}, 'allow_private': True}


def start():
    global gateway, key  # pylint: disable=global-statement
    gateway, key = flow.connected(['meter'], store('one', 'c1'), store('two', 'c1'), store('three', 'c3'), store('four', 'c4'))


def shop(left=900, most=1000, status=200, open_most=6):
    player.forget()
    player.rule('GET', '/quota$', status, {'rates': [{'remaining': left, 'limit': most}]} if status == 200 else {'error': 'no'})
    player.rule('GET', '^/open$', 200, {'most': open_most})
    player.rule('GET', '^/places', 200, PLACES)


def places(name):
    return flow.request(gateway.port, 'GET', '/v1/stores/%s/locations?limit=1' % name, None,
                        {'Authorization': 'Bearer ' + key, 'Cache-Control': 'no-cache'})


def sent(path):
    return [one for one in player.sent if one[1] == path]


def limits(client):
    lanes = gateway.admin('GET', '/lanes')[1]['data']
    return {limit['limit']: limit for lane in lanes if lane['lane'].endswith(client) for limit in lane['limits']}


def wait(holds, what):
    until = time.monotonic() + flow.PATIENCE_S
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def nobody_asks_before_a_call():
    shop()
    assert not player.sent, player.sent


def the_first_call_asks_and_the_levels_are_the_shops():
    shop(left=700, most=800)
    assert places('one')[0] == 200
    wait(lambda: limits('c1').get('quota', {}).get('most') == 800, limits('c1'))
    wait(lambda: limits('c1').get('open', {}).get('most') == 6, limits('c1'))
    assert 690 <= limits('c1')['quota']['left'] <= 700, limits('c1')


def it_is_asked_with_the_credential_of_its_endpoint():
    line = next(line for line in gateway.attempts() if line['endpoint'] == '_quota')
    assert line['class'] == 'bulk' and line['call'] == 'levels' and line['n'] == 1 and line['status'] == 200, line
    assert player.headers[[one[1] for one in player.sent].index('/c1/quota')]['Authorization'] == 'App a'


def asking_is_counted():
    usage = gateway.admin('GET', '/usage?store=one')[1]
    assert any(row['method'] == 'limit.levels' for row in usage['data']), usage


def what_stores_share_is_forecast():
    assert places('two')[0] == 200
    usage = gateway.admin('GET', '/usage?by=limit')[1]
    spent = {row['limit']: row['cost'] for row in usage['data']}
    told = {row['limit']: row for row in usage['forecast'] if row['lane'] == 'meter/c1' and row['store'] is None}
    assert set(told) == {'quota', 'asking'}, usage  # no part of one, and none of what is open
    assert told['quota']['per_hour'] == spent['quota'] >= 2 and told['quota']['store'] is None, usage
    assert told['asking']['per_hour'] == spent['asking'] > 0, usage
    assert told['quota']['exhausted_at'] is None and told['quota']['left'] == limits('c1')['quota']['left'], usage


def what_each_store_of_a_lane_has_for_itself_is_forecast():
    player.rules.insert(0, ('GET', '^/places/', 200, PLACES['places'][0]))
    assert flow.request(gateway.port, 'GET', '/v1/stores/two/locations/p1', None, {'Authorization': 'Bearer ' + key})[0] == 200
    usage = gateway.admin('GET', '/usage?by=limit,store')[1]
    spent = {row['store']: row['cost'] for row in usage['data'] if row['limit'] == 'own'}
    told = {row['store']: row for row in usage['forecast'] if row['limit'] == 'own'}
    assert set(told) == {'one', 'two'} and spent['one'] != spent['two'], usage
    for store, row in told.items():
        assert row['lane'] == 'meter/c1' and row['per_hour'] == spent[store], usage
        assert row['most'] == 400 and row['left'] == 400 - spent[store], usage
    assert not [row for row in usage['forecast'] if row['limit'] == 'own_place'], usage  # of one place, not of all


def again_only_when_it_is_due_and_somebody_calls():
    shop()
    wait(lambda: places('one')[0] == 200 and sent('/c1/quota'), 'never asked')
    at, n = time.monotonic(), len(sent('/c1/quota'))
    while time.monotonic() < at + 1.2:  # nobody calls
        time.sleep(0.05)
    assert len(sent('/c1/quota')) == n, player.sent
    places('two')  # of the same client
    wait(lambda: len(sent('/c1/quota')) == n + 1, player.sent)
    assert len(sent('/open')) == 0, player.sent  # an hour has not passed


def what_strangers_spent_is_not_spent_again():
    """Three are left, whatever we have counted: the fourth call is not sent."""
    shop(left=3)
    places('three')
    wait(lambda: limits('c3').get('quota', {}).get('left', 9) <= 3, limits('c3'))
    shop(left=0)
    answers = []
    wait(lambda: answers.append(places('three')) or answers[-1][0] == 429, limits('c3'))
    assert answers[-1][1]['code'] == 'lane_deadline', answers
    assert len(sent('/places')) <= 3, player.sent
    n = len(sent('/c3/quota'))
    wait(lambda: places('three')[0] == 429 and len(sent('/c3/quota')) > n, 'who waits for a level asks for it')
    shop(left=500)
    wait(lambda: places('three')[0] == 200, limits('c3'))


def a_shop_that_does_not_tell_is_no_harm():
    shop(status=403)
    for _ in range(5):
        assert places('four')[0] == 200
    wait(lambda: sent('/c4/quota'), 'never asked')
    at = time.monotonic()
    while time.monotonic() < at + 1.5:
        assert places('four')[0] == 200
        time.sleep(0.05)
    assert len(sent('/c4/quota')) <= 1 + (time.monotonic() - at) // 15, player.sent  # after 15 s at least
    told = [line for line in gateway.lines() if line.get('event') == 'levels' and line['store'] == 'four']
    assert len(told) == 1 and told[0]['state'] == 'not told' and told[0]['endpoint'] == '_quota', told
    assert '403' in told[0]['why'], told
    seen = gateway.admin('GET', '/stores/four')[1]
    assert 'refused' not in str(seen.get('data', {}).get('credentials_state', '')), seen


def a_size_by_a_setting_is_a_size_or_is_refused():
    def patch(asks, status=200):
        got, answer, _ = gateway.admin('PATCH', '/stores/four', {'settings': {'asks': asks}})
        assert got == status, (asks, got, answer)
        return answer.get('detail', '')

    def asking():
        answer = gateway.admin('GET', '/stores/four/limits/asking')[1]['data']
        return answer['amount'], answer['source']

    patch('600')
    assert asking() == (600, 'setting')
    for wrong in '0', '-1', '1.5', 'many', '4294967296', '1e3':
        assert patch(wrong, 422) == 'settings.asks: expected a whole number from 1, and less than 1000000000 of limit asking, ' \
            'found "%s"' % wrong
    assert asking() == (600, 'setting')
    patch(None)
    assert asking() == (500, 'adapter')


def an_operators_word_must_fit_a_size_by_a_setting():
    """Each makes sense alone: 500,000, and a month in place of a minute."""
    def put(per_ms, status):
        got, answer, _ = gateway.admin('PUT', '/stores/four/limits/pool', {'per_ms': per_ms})
        assert got == status, (got, answer)
        return answer.get('detail', '')

    def patch(asks):
        got, answer, _ = gateway.admin('PATCH', '/stores/four', {'settings': {'asks': asks}})
        assert got == 200, answer
    patch('500000')
    assert 'too large to count' in put(2678400000, 422)
    put(120000, 200)
    assert gateway.admin('DELETE', '/stores/four/limits/pool')[0] == 200
    patch(None)
    put(2678400000, 200)
    assert gateway.admin('DELETE', '/stores/four/limits/pool')[0] == 200


TESTS = (nobody_asks_before_a_call, the_first_call_asks_and_the_levels_are_the_shops,
         it_is_asked_with_the_credential_of_its_endpoint, asking_is_counted, what_stores_share_is_forecast, what_each_store_of_a_lane_has_for_itself_is_forecast,
         again_only_when_it_is_due_and_somebody_calls, what_strangers_spent_is_not_spent_again, a_shop_that_does_not_tell_is_no_harm,
         a_size_by_a_setting_is_a_size_or_is_refused, an_operators_word_must_fit_a_size_by_a_setting)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway)
