#!/usr/bin/env python3
"""Credentials that end, as an operator sees them: states, alerts, notifications, and a removal that takes the grant back."""
import contextlib
import json
import sys
import time

from provider import Provider
from test_notify import Desk
from world import ALL_SCOPES, PATIENCE_S, Gateway, request, run


@contextlib.contextmanager
def place(*options, adapter='lease', **moods):
    provider, desk = Provider(), Desk()
    for name, value in moods.items():
        setattr(provider, name, value)
    gateway = Gateway(plugins=[adapter], options=['--notify-url', desk.url, *options])
    gateway.init()
    gateway.start()
    assert gateway.admin('POST', '/stores', provider.granted('s1') if adapter == 'grant' else provider.store('s1'))[0] == 201
    gateway.key = gateway.app()
    try:
        yield gateway, provider, desk
    finally:
        code = gateway.stop()
        provider.close()
        desk.shutdown()
        desk.server_close()
    assert code == 0, code


def orders(gateway, timeout='20000'):
    return request(gateway.port, 'GET', '/v1/stores/s1/orders', None, {'Authorization': 'Bearer ' + gateway.key, 'Cartway-Timeout': timeout})


def seen(gateway):
    return gateway.admin('GET', '/stores/s1/credentials')[1]['data']


def until(what):
    end = time.monotonic() + PATIENCE_S
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    assert what(), what


def alerts(gateway):
    return {row['kind']: row for row in gateway.admin('GET', '/alerts')[1]['data'] if row.get('store') == 's1'}


def a_token_is_seen_and_never_told():
    with place() as (gateway, provider, _):
        assert seen(gateway)['state'] == 'static' and seen(gateway)['tokens'] == []
        status, body, _ = orders(gateway)
        assert status == 200, body
        one = seen(gateway)
        token = one['tokens'][0]
        assert one['state'] == 'fresh' and len(one['tokens']) == 1, one
        assert (token['way'], token['state'], token['generation'], token['failures'], token['scope']) == ('app', 'fresh', 1, 0, 'read'), token
        assert token['expires_at'] > token['obtained_at'] and token['next_refresh_at'] < token['expires_at'] and token['last_error'] is None, token
        assert {f['name'] for f in one['fields']} >= {'client_secret', 'app/access_token', 'app/refresh_token'}, one
        assert 'CANARY' not in str(one)
        assert [row['store'] for row in gateway.admin('GET', '/credentials?state=fresh')[1]['data']] == ['s1']
        provider.expire()  # the shop refuses it: renewed at once
        provider.scope = 'read write'
        assert orders(gateway)[0] == 200 and seen(gateway)['tokens'][0]['generation'] == 2
        assert 'read write' in alerts(gateway)['scope_changed']['detail']


def a_lost_grant_is_told_at_once():
    with place() as (gateway, provider, desk):
        assert orders(gateway)[0] == 200
        provider.mood = 'refuses'
        provider.expire()
        status, body, _ = orders(gateway)
        assert status == 424 and body['code'] == 'store_reauth_required', body
        one = seen(gateway)
        assert one['state'] == 'reauth_required' and one['tokens'][0]['evidence'], one
        alert = alerts(gateway)['reauth_required']
        assert alert['way'] == 'app', alert
        text = str(desk.wait(1))
        assert 'reauth_required' in text and 's1' in text and 'CANARYclientsecret' not in text and 't_CANARY' not in text, text
        gateway.stop()
        desk.came.clear()
        gateway.start()  # it lasts: told again, from what is on the disk
        assert 'reauth_required' in str(desk.wait(1)) and 'reauth_required' in alerts(gateway)


def a_refresh_that_fails_is_over_when_it_works():
    with place(life=100) as (gateway, provider, desk):
        assert orders(gateway)[0] == 200
        provider.mood = 'fails'
        provider.expire()
        assert orders(gateway, '3000')[0] in (424, 429, 504)
        until(lambda: 'refresh_failed' in alerts(gateway))
        assert seen(gateway)['state'] in ('refresh_failed', 'refreshing') and seen(gateway)['tokens'][0]['failures'] > 0
        assert 'refresh_failed' in str(desk.wait(1))
        provider.mood = 'well'
        until(lambda: 'refresh_failed' not in alerts(gateway))
        assert orders(gateway)[0] == 200 and seen(gateway)['state'] == 'fresh'
        assert '"over"' in str(desk.wait(2))


def told_of(gateway, desk, kind, state='on'):
    """An alert is in the list, the log, the metrics and a message: what the message says."""
    until(lambda: (kind in alerts(gateway)) == (state == 'on'))
    until(lambda: [alert for alert in messages(desk) if (alert['alert'], alert['state']) == (kind, state)])
    name = 'alert' if state == 'on' else 'alert.over'
    assert [line for line in gateway.lines() if line['event'] == name and line.get('kind') == kind], kind
    text = request(gateway.port, 'GET', '/metrics')[1].decode()
    assert 'cartway_alerts{kind="%s"} %d\n' % (kind, state == 'on') in text and 'cartway_alerts_total{kind="%s"}' % kind in text, kind
    return [alert for alert in messages(desk) if (alert['alert'], alert['state']) == (kind, state)][-1]


def messages(desk):
    return [alert for row in desk.seen() for alert in json.loads(row[2])['data']['alerts']]


def a_renewal_that_its_limits_hold_has_not_failed():
    with place() as (gateway, provider, _):
        assert orders(gateway)[0] == 200
        assert gateway.admin('PUT', '/stores/s1/limits/logins', {'amount': 1})[0] == 200  # which is used up, for an hour
        provider.expire()
        for timeout in '20000', '20000', '1000':  # the first finds it out
            status, body, headers = orders(gateway, timeout)
            assert status == 429 and body['code'] == 'lane_deadline', body
            assert 3500 < int(headers['Retry-After']) <= 3600 and body['retry_after'] == int(headers['Retry-After']), headers
        token = seen(gateway)['tokens'][0]
        assert token['state'] == 'fresh' and token['failures'] == 0 and 'logins' in token['last_error'], token
        assert len(provider.asked) == 1 and 'refresh_failed' not in alerts(gateway), provider.asked


def what_will_end_is_told_before():
    """The refresh token lives six seconds and its renewal fails: a tenth of its life before the end a person is told."""
    with place(adapter='grant', refresh_life=6) as (gateway, provider, desk):
        assert request(gateway.port, 'GET', '/v1/stores/s1/raw/orders', None, {'Authorization': 'Bearer ' + gateway.key})[0] == 200
        ends = seen(gateway)['tokens'][0]['refresh_expires_at']
        provider.mood = 'fails'
        alert = told_of(gateway, desk, 'expiring')
        assert ends in alert['detail'] and (alert['store'], alert['way']) == ('s1', 'oauth'), alert
        gateway.stop()
        desk.came.clear()
        gateway.start()  # it is not over: told again
        told_of(gateway, desk, 'expiring')
        provider.mood, provider.refresh_life = 'well', 3600
        told_of(gateway, desk, 'expiring', 'over')


def what_has_ended_will_not_end():
    """Refused for good: one alert takes the other's place, also over a restart."""
    with place(adapter='grant', refresh_life=6) as (gateway, provider, desk):
        assert request(gateway.port, 'GET', '/v1/stores/s1/raw/orders', None, {'Authorization': 'Bearer ' + gateway.key})[0] == 200
        provider.mood = 'fails'
        told_of(gateway, desk, 'expiring')
        provider.mood = 'refuses'
        told_of(gateway, desk, 'reauth_required')
        told_of(gateway, desk, 'expiring', 'over')
        gateway.stop()
        desk.came.clear()
        gateway.start()
        told_of(gateway, desk, 'reauth_required')
        assert list(alerts(gateway)) == ['reauth_required'], alerts(gateway)


def scopes_that_changed_are_told():
    with place() as (gateway, provider, desk):
        assert orders(gateway)[0] == 200
        provider.expire()
        provider.scope = 'read write'
        assert orders(gateway)[0] == 200
        assert 'read write' in told_of(gateway, desk, 'scope_changed')['detail']


def remove(gateway):
    status, body, _ = gateway.admin('DELETE', '/stores/s1')
    assert status == 200, body
    line = gateway.admin('GET', '/audit?subject=s1')[1]['data'][-1]
    assert line['action'] == 'store.remove' and line['detail'] == {key: body['data'][key] for key in ('revoked', 'revoke_detail')}, (line, body)
    assert gateway.admin('GET', '/stores/s1')[0] == 404 and gateway.admin('GET', '/credentials')[1]['data'] == []
    return body['data']


def a_removal_takes_the_grant_back():
    with place() as (gateway, provider, _):
        assert orders(gateway)[0] == 200
        body = remove(gateway)
        assert body['revoked'] is True and body['revoke_detail'] is None, body
        assert provider.revoked == ['rt_CANARY1'], provider.revoked


def a_removal_goes_on_without_the_provider():
    with place() as (gateway, provider, _):
        assert orders(gateway)[0] == 200
        provider.revoke_status = 400
        body = remove(gateway)
        assert body['revoked'] is False and 'way app' in body['revoke_detail'] and 'CANARY' not in str(body), body
    with place() as (gateway, provider, _):
        assert orders(gateway)[0] == 200
        # it is not there at all
        assert gateway.admin('PATCH', '/stores/s1', {'settings': {'site': 'http://127.0.0.1:1'}})[0] == 200
        body = remove(gateway)
        assert body['revoked'] is False and 'way app' in body['revoke_detail'], body
    with place() as (gateway, provider, _):
        assert orders(gateway)[0] == 200
        provider.hold.clear()  # it hangs
        body = remove(gateway)
        assert body['revoked'] is False and 'no answer within 10 s' in body['revoke_detail'], body
        provider.hold.set()
        assert gateway.admin('POST', '/stores', provider.store('s1'))[0] == 201  # the same name, anew
        assert orders(gateway)[0] == 200 and seen(gateway)['tokens'][0]['generation'] == 1


if __name__ == '__main__':
    sys.exit(run([a_token_is_seen_and_never_told, a_lost_grant_is_told_at_once, a_refresh_that_fails_is_over_when_it_works,
                  a_renewal_that_its_limits_hold_has_not_failed,
                  what_will_end_is_told_before, what_has_ended_will_not_end, scopes_that_changed_are_told, a_removal_takes_the_grant_back, a_removal_goes_on_without_the_provider]))
