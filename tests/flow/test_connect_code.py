#!/usr/bin/env python3
"""A store is connected by a link whose callback brings a code: shopsim is Shopify's authorization server, which signs it."""
import json
import sys
import urllib.parse

from consent import back, changed, decided, link, query_of, reachable
from world import ALL_SCOPES, Gateway, Shop, request, run

APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}
CALL = '/v1/stores/%s/raw/admin/api/2026-07/graphql.json'
login = gateway = None
key = None


def store(name, **credentials):
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': name, 'platform': 'grant', 'allow_private': True,
        'settings': {'site': 'http://127.0.0.1:%d' % login.port, 'client_id': APP['client_id']},
        'credentials': {'client_secret': APP['client_secret'], **credentials}})
    assert status == 201, body


def works(name):
    return request(gateway.port, 'POST', CALL % name, {'query': '{ shop { name } }'}, {'Authorization': 'Bearer ' + key})[0] == 200


def obtained():
    return login.desk('GET', 'auth')['obtained']


def a_code_connects():
    store('s1')
    assert not works('s1')
    location = decided(link(gateway, 's1'), 'approve')
    assert back(gateway, location) == {'store': 's1', 'status': 'connected'}
    assert works('s1') and obtained() == 1
    lines = [line['action'] for line in gateway.admin('GET', '/audit?subject=s1')[1]['data']]
    assert lines == ['store.create', 'store.connect', 'store.connected'], lines
    status, body, _ = request(gateway.port, 'GET', location.split(str(gateway.known), 1)[1])  # the browser goes back and on again
    assert status == 400 and b'state_used' in body and obtained() == 1, (status, body)
    assert works('s1')


def a_new_link_replaces_the_pair():
    before = gateway.admin('GET', '/stores/s1')[1]['data']
    assert back(gateway, decided(link(gateway, 's1'), 'approve')) == {'store': 's1', 'status': 'connected'}
    assert gateway.admin('GET', '/stores/s1')[1]['data'] == before
    assert works('s1') and obtained() == 2


def what_is_not_signed_is_not_exchanged():
    for wrong in ({'hmac': '0' * 64}, {'hmac': None}, {'hmac': ''}, {'code': 'another'}, {'shop': 'evil.example'}, {'more': '1'}, {'timestamp': '1'}):
        answer = back(gateway, changed(decided(link(gateway, 's1'), 'approve'), **wrong))
        assert answer == {'store': 's1', 'status': 'failed', 'reason': 'signature_invalid'}, (wrong, answer)
    assert obtained() == 2 and works('s1')


def a_form_is_as_good_as_an_address():
    """response_mode=form_post: the browser posts what stands in the address else; signed, then, is the address alone."""
    parts = urllib.parse.urlsplit(decided(link(gateway, 's1'), 'approve'))
    pairs = dict(urllib.parse.parse_qsl(parts.query))
    form = urllib.parse.urlencode({name: pairs.pop(name) for name in ('code', 'state')})
    status, _, headers = request(gateway.port, 'POST', parts.path + '?' + urllib.parse.urlencode(pairs), form,
                                 {'Content-Type': 'application/x-www-form-urlencoded'})
    assert status == 303 and headers['Location'].endswith('reason=signature_invalid'), (status, headers)
    status, _, headers = request(gateway.port, 'POST', parts.path, urllib.parse.urlencode({'error': 'access_denied', 'state': query_of(link(gateway, 's1'))['state']}),
                                 {'Content-Type': 'application/x-www-form-urlencoded'})
    assert status == 303 and headers['Location'].endswith('reason=access_denied'), (status, headers)
    assert obtained() == 2 and works('s1')


def a_refusal_and_a_provider_that_fails_change_nothing():
    assert back(gateway, decided(link(gateway, 's1'), 'deny')) == {'store': 's1', 'status': 'failed', 'reason': 'access_denied'}
    login.desk('POST', 'auth/faults', {'rules': [{'fault': '500_before', 'on': 'obtain', 'times': 1}]})
    answer = back(gateway, decided(link(gateway, 's1'), 'approve'))
    assert answer['status'] == 'failed' and answer['reason'].startswith('exchange_'), answer
    login.desk('POST', 'auth/faults', {'rules': [{'fault': 'html', 'on': 'obtain', 'times': 1}]})
    answer = back(gateway, decided(link(gateway, 's1'), 'approve'))
    assert answer['status'] == 'failed' and answer['reason'].startswith('exchange_'), answer
    login.desk('DELETE', 'auth/faults')
    assert works('s1')


def secrets_do_not_travel_in_the_clear():
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 'open', 'platform': 'grant', 'settings': {'site': 'http://shop.example', 'client_id': APP['client_id']},
        'credentials': {'client_secret': APP['client_secret'], 'refresh_token': 'a first one'}})
    assert status == 201, body
    status, body, _ = request(gateway.port, 'POST', CALL % 'open', {'query': '{ shop { name } }'}, {'Authorization': 'Bearer ' + key})
    assert status in (422, 424) and 'https' in body['detail'], body
    assert not [line for line in gateway.lines() if line.get('event') == 'attempt' and line.get('store') == 'open']


def no_secret_stands_anywhere():
    url = link(gateway, 's1')
    assert APP['client_secret'] not in url
    location = decided(url, 'approve')
    assert back(gateway, location)['status'] == 'connected'
    query = query_of(location)
    with open(gateway.log, encoding='utf-8') as file:
        log = file.read()
    for secret in (query['code'], query['state'], query['hmac'], APP['client_secret']):
        assert secret not in log and secret not in json.dumps(gateway.admin('GET', '/credentials')[1]), secret


if __name__ == '__main__':
    login = Shop('--auth', 'shopify', '--client', '%(client_id)s:%(client_secret)s' % APP)
    gateway = reachable(Gateway(plugins=['grant']))
    CODE = 1
    try:
        gateway.init()
        gateway.start()
        key = gateway.app()
        CODE = run([a_code_connects, a_new_link_replaces_the_pair, what_is_not_signed_is_not_exchanged, a_form_is_as_good_as_an_address,
                    a_refusal_and_a_provider_that_fails_change_nothing, secrets_do_not_travel_in_the_clear, no_secret_stands_anywhere])
    finally:
        CODE = gateway.stop() or CODE
        login.stop()
    sys.exit(CODE)
