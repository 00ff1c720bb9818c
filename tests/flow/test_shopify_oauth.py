#!/usr/bin/env python3
"""A Shopify shop is connected by a link, with the adapter as it is installed, and its orders are read with what came of it.

shopsim is the shop and, beside it, Shopify's authorization server.  Whose token a call went with, the shop's log says.
"""
import signal
import sys
import threading
import time

from consent import back, changed, decided, link, query_of, reachable
from world import ALL_SCOPES, PATIENCE_S, Gateway, Shop, request, run

APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}
shop = gateway = None
key = None
PASTED = 'shpat_shopsim'


def store(name, **more):
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': name, 'platform': 'shopify', 'allow_private': True,
        'settings': {'shop': 'http://127.0.0.1:%d' % shop.port, 'client_id': APP['client_id'], **more.pop('settings', {})},
        'credentials': {'client_secret': APP['client_secret'], **more}})
    assert status == 201, body


def connects(name):
    answer = back(gateway, decided(link(gateway, name), 'approve'))
    assert answer == {'store': name, 'status': 'connected'}, answer


def orders(name):
    return request(gateway.port, 'GET', '/v1/stores/%s/orders?limit=2&fields=number' % name, None, {'Authorization': 'Bearer ' + key})[:2]


def works(name):
    status, body = orders(name)
    assert status == 200 and len(body['data']) == 2, body


def token(name):
    tokens = gateway.admin('GET', '/stores/%s/credentials' % name)[1]['data']['tokens']
    return tokens[0] if tokens else None


def counts():
    return shop.desk('GET', 'auth')


def until(holds, what):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def a_link_connects_and_orders_are_read():
    store('s1')
    status, body = orders('s1')
    assert (status, body['code']) == (424, 'store_reauth_required') and '/admin/v1/stores/s1/connect' in body['detail'], body
    url = link(gateway, 's1')
    asked = query_of(url)
    assert asked['client_id'] == APP['client_id'] and 'write_orders,write_products' in asked['scope'], asked
    assert APP['client_secret'] not in url
    connects('s1')
    works('s1')
    found = token('s1')
    assert found['way'] == 'oauth' and found['state'] == 'fresh' and found['expires_at'] and found['refresh_expires_at'], found
    assert 'write_orders' in found['scope'], found
    assert counts()['obtained'] == 1 and counts()['refused'] == {}, counts()


def what_is_not_this_shops_callback_is_not_exchanged():
    before = counts()['obtained']
    for wrong in ({'hmac': '0' * 64}, {'hmac': None}, {'code': 'another'}, {'shop': 'evil.myshopify.com'}, {'timestamp': '1'}):
        answer = back(gateway, changed(decided(link(gateway, 's1'), 'approve'), **wrong))
        assert answer == {'store': 's1', 'status': 'failed', 'reason': 'signature_invalid'}, (wrong, answer)
    other = Shop('--auth', 'shopify', '--client', '%(client_id)s:%(client_secret)s' % APP)  # the same app in another shop: rightly signed
    try:
        url = link(gateway, 's1').replace(':%d/' % shop.port, ':%d/' % other.port, 1)
        answer = back(gateway, decided(url, 'approve'))
        assert answer == {'store': 's1', 'status': 'failed', 'reason': 'shop_mismatch'}, answer
    finally:
        other.stop()
    assert counts()['obtained'] == before
    works('s1')


def scopes_are_asked_for_as_set():
    store('s2', settings={'scopes': 'read_products'})
    connects('s2')
    assert token('s2')['scope'] == 'read_products'
    status, body = orders('s2')
    assert status != 200 and body['code'] == 'store_rejected', body


def a_pasted_token_works_until_the_link_does():
    store('s3', token=PASTED)
    works('s3')
    assert token('s3') is None and not gateway.admin('GET', '/credentials?state=reauth_required')[1]['data']
    back(gateway, decided(link(gateway, 's3'), 'deny'))
    works('s3')
    connects('s3')
    works('s3')
    before = token('s3')['generation']
    shop.desk('POST', 'auth/happen', {'event': 'expire'})
    works('s3')
    assert token('s3')['generation'] == before + 1  # so it was not the pasted one, which does not end
    shop.desk('POST', 'auth/happen', {'event': 'revoke'})
    status, body = orders('s3')
    assert (status, body['code']) == (424, 'store_reauth_required'), body  # and not other rights without a word
    for wrong, word in (({'shop': None}, 'shop: expected'), ({'token': None}, 'belongs into credentials'), ({'none': None}, 'no such setting')):
        status, body, _ = gateway.admin('PATCH', '/stores/s3', {'settings': wrong})
        assert status == 422 and word in body['detail'], (wrong, body)
    status, body, _ = gateway.admin('PATCH', '/stores/s3', {'settings': {'client_id': None, 'scopes': None}})
    assert status == 200 and 'client_id' not in body['data']['settings'] and 'write_orders' in body['data']['settings']['scopes'], body
    works('s3')  # without the app, the pasted one again


def a_reconnect_is_validated_by_the_new_token():
    store('s4', token='shpat_wrong')
    assert orders('s4')[0] == 424
    connects('s4')
    works('s4')


def a_refresh_that_kill_9_cuts_is_done_again():
    connects('s1')
    works('s1')
    before = token('s1')['generation']
    shop.desk('POST', 'auth/faults', {'rules': [{'fault': 'slow', 'on': 'refresh', 'times': 1}]})
    refreshed = counts()['refreshed']
    shop.desk('POST', 'auth/happen', {'event': 'expire'})

    def call():
        try:
            orders('s1')
        except (OSError, TypeError):
            pass  # the gateway dies
    caller = threading.Thread(target=call)
    caller.start()
    until(lambda: counts()['refreshed'] == refreshed + 1, 'no refresh')
    gateway.stop(signal.SIGKILL)  # the pair was given, and its answer is on its way
    caller.join()
    gateway.start()
    works('s1')
    assert counts()['refreshed'] == refreshed + 2, counts()  # the same old refresh token, once more
    assert token('s1')['generation'] == before + 1 and token('s1')['state'] == 'fresh', token('s1')
    assert not [line for line in gateway.lines() if line.get('event') == 'token.reauth_required' and line.get('store') == 's1']
    shop.desk('DELETE', 'auth/faults')


def a_removed_store_is_uninstalled():
    revoked = counts()['revoked']
    status, body, _ = gateway.admin('DELETE', '/stores/s1')
    assert status == 200 and body['data']['revoked'] is True, body
    assert counts()['revoked'] == revoked + 1 and counts()['live_access'] == 0 and counts()['live_refresh'] == 0, counts()
    assert orders('s1')[0] == 404


if __name__ == '__main__':
    shop = Shop('--dialect', 'shopify', '--points', '10000/100000', '--client', '%(client_id)s:%(client_secret)s' % APP)
    gateway = reachable(Gateway(plugins=['shopify']))
    CODE = 1
    try:
        gateway.init()
        gateway.start()
        key = gateway.app()
        CODE = run([a_link_connects_and_orders_are_read, what_is_not_this_shops_callback_is_not_exchanged, scopes_are_asked_for_as_set,
                    a_pasted_token_works_until_the_link_does, a_reconnect_is_validated_by_the_new_token, a_refresh_that_kill_9_cuts_is_done_again,
                    a_removed_store_is_uninstalled])
    finally:
        CODE = gateway.stop() or CODE
        shop.stop()
    sys.exit(CODE)
