#!/usr/bin/env python3
"""Sheets of platforms against the authorization server of theirs: connected by a link where people consent, called, renewed at
its time, and what becomes of an answer that is lost.

A sheet of tests/contract is built into a module as it is, without its webhooks, which are not served yet; its addresses are
settings, and shopsim's (--auth PROVIDER).  Both clocks are turned (Gateway.turn, /_sim/clock), so that nothing waits for an end.
"""
import atexit
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from consent import back, changed, decided, link, query_of, reachable
from world import ALL_SCOPES, PATIENCE_S, Gateway, Shop, request, run, sha256

SOURCE = os.environ.get('CARTWAY_SOURCE', '.')
SECRET = 'a secret of the app'
DAY_S = 86400
SLACK_S = 30  # of real time that a slow machine may take between two turns
SPREAD_S = 600  # refreshes are spread over so much, or a sixth of the life


@dataclasses.dataclass
class Row:
    """A platform: its sheet, its server, and the rules of both that the stories go by."""

    sheet: str
    kind: str = ''  # which of its ways, where there are two
    server: str = None  # as the sheet, with dashes
    hosts: tuple = ('api', 'login')
    settings: dict = dataclasses.field(default_factory=dict)
    names: tuple = ('client_id', 'client_secret')
    secrets: dict = dataclasses.field(default_factory=dict)  # more of them
    client: str = 'SWIAAPP'
    orders: str = '/v1/stores/%s/orders'
    # of those where people consent
    pkce: bool = False
    seller: str = None  # who consents, where the callback names them
    told: bool = False  # the server has to be told where to send the browser
    life_s: int = 0
    early_s: int = 0
    not_before_s: int = 0
    keeps: bool = True  # a refresh whose answer is lost can be made again
    after_loss: dict = dataclasses.field(default_factory=dict)  # what the server refuses then

    @property
    def name(self):
        return self.sheet.replace('_', '-')

    def due(self):
        """(from when, until when) a token is renewed, in seconds of its life."""
        until = self.life_s - self.early_s
        return max(until - min(SPREAD_S, self.life_s // 6), self.not_before_s), until


def module_of(row, made={}):  # pylint: disable=dangerous-default-value  # of the whole run
    if not made:
        made[''] = tempfile.mkdtemp(prefix='cartway-sheets-')
        atexit.register(shutil.rmtree, made[''], True)
    if row.sheet not in made:
        with open(os.path.join(SOURCE, 'tests', 'contract', 'sheets', row.sheet + '.c'), encoding='utf-8') as file:
            text = file.read().replace(', .webhook = webhook', '')
        source, module = (os.path.join(made[''], row.sheet + end) for end in ('.c', '.so'))
        with open(source, 'w', encoding='utf-8') as file:
            file.write(text)
        subprocess.run([os.environ.get('CC', 'cc').split()[0], '-w', '-shared', '-fPIC', '-I', os.path.join(SOURCE, 'adapters'),
                        '-o', module, source], check=True)
        os.chmod(module, 0o755)
        made[row.sheet] = module
    return made[row.sheet]


class World:
    def __init__(self, row, secret=SECRET):
        self.row = row
        self.shop = Shop('--auth', row.server or row.name, '--client', row.client + ':' + SECRET)
        self.gateway = reachable(Gateway(plugins=(), turned=True))
        if row.told:
            self.shop.desk('POST', 'auth/redirect', {'redirect': 'http://127.0.0.1:%d/connect/callback' % self.gateway.known})
        with open(os.path.join(self.gateway.plugins, row.name + '.json'), 'w', encoding='utf-8') as entry:
            json.dump({'file': module_of(row), 'sha256': sha256(module_of(row))}, entry)
        self.gateway.init()
        self.gateway.start()
        self.key = self.gateway.app()
        self.store('s1', secret)

    def store(self, name, secret=SECRET, client=None):
        site = 'http://127.0.0.1:%d' % self.shop.port
        settings = {self.row.names[0]: client or self.row.client, **self.row.settings, **{host: site for host in self.row.hosts}}
        status, body, _ = self.gateway.admin('POST', '/stores', {
            'id': name, 'platform': self.row.name, 'settings': settings, 'allow_private': True,
            'credentials': {**({self.row.names[1]: secret} if self.row.names[1] else {}), **self.row.secrets}})
        assert status == 201, body

    def get(self, path):
        return request(self.gateway.port, 'GET', path, None, {'Authorization': 'Bearer ' + self.key})[:2]

    def orders(self, name='s1'):
        return self.get(self.row.orders % name)

    def works(self, name='s1'):
        status, body = self.orders(name)
        return status == 200 and isinstance(body['data'], list)

    def at_once(self, n):
        found = []
        threads = [threading.Thread(target=lambda: found.append(self.orders()[0])) for _ in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def connect(self, name='s1', **form):
        location = decided(link(self.gateway, name), 'approve', shop=self.shop_of(name), **form)
        answer = back(self.gateway, location)
        assert answer == {'store': name, 'status': 'connected'}, answer
        return location

    def shop_of(self, name):
        return self.row.seller or 'shop-of-' + name

    def turn(self, seconds):
        self.shop.desk('POST', 'clock', {'seconds': seconds})
        self.gateway.turn(seconds)

    def counts(self, name=None):
        """Of all, or of the one who consented for this store."""
        return self.shop.desk('GET', 'auth' + ('?shop=' + self.shop_of(name) if name else ''))

    def token(self, name='s1', way=None):
        status, body, _ = self.gateway.admin('GET', '/stores/%s/credentials' % name)
        assert status == 200, body
        tokens = [token for token in body['data']['tokens'] if way in (None, token['way'])]
        return tokens[0] if tokens else None

    def settled(self, is_so, name='s1', way=None):
        """Until the store's token is so: what is to be tried again later is tried at once, for the clocks go there."""
        until = time.monotonic() + PATIENCE_S
        while True:
            token = self.token(name, way)
            if is_so(token):
                return token
            assert time.monotonic() < until, token
            if token['state'] == 'refresh_failed' and token['next_refresh_at']:
                now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=self.gateway.ahead_ms)
                wait_s = (datetime.datetime.fromisoformat(token['next_refresh_at'].replace('Z', '+00:00')) - now).total_seconds()
                self.turn(max(wait_s, 0) + 0.001)
            time.sleep(0.005)

    def close(self):
        code = self.gateway.stop()
        self.shop.stop()
        shutil.rmtree(self.gateway.folder, ignore_errors=True)
        assert code == 0, code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- an app that asks for itself -------------------------------------------------------------------------------------


def one_token_for_all(row):
    with World(row) as world:
        assert world.at_once(8) == [200] * 8
        counts = world.counts()
        assert (counts['obtained'], counts['refused']) == (1, {}), counts
        world.shop.desk('POST', 'auth/happen', {'event': 'expire'})
        assert world.works()
        counts = world.counts()
        assert (counts['obtained'], counts['refused']) == (2, {'TOKEN_EXPIRED': 1}), counts
        world.shop.desk('POST', 'auth/happen', {'event': 'revoke'})
        assert world.works()
        counts = world.counts()
        assert (counts['obtained'], counts['refused']) == (3, {'TOKEN_EXPIRED': 1, 'TOKEN_REVOKED': 1}), counts


def an_answer_is_lost(row):
    with World(row) as world:
        world.shop.desk('POST', 'auth/faults', {'rules': [{'fault': 'lost_after', 'on': 'obtain', 'times': 1}]})
        assert world.works()
        counts = world.counts()
        assert (counts['obtained'], counts['refused']) == (2, {}), counts


def a_wrong_secret(row):
    with World(row, 'wrong') as world:
        for _ in range(2):
            status, body = world.orders()
            assert (status, body['code']) == (424, 'store_reauth_required'), body
        counts = world.counts()
        assert (counts['obtained'], counts['refused']) == (0, {'WRONG_CLIENT': 1}), counts  # it is not tried again


def each_call_is_signed(row):
    with World(row) as world:
        assert world.works()
    with World(row, 'wrong') as world:
        status, body = world.orders()
        assert (status, body['code']) == (424, 'store_reauth_required'), body


# ---- people consent --------------------------------------------------------------------------------------------------


def a_link_connects(row):
    with World(row) as world:
        url = link(world.gateway, 's1')
        assert ('code_challenge' in query_of(url)) == row.pkce and SECRET not in url, url
        assert back(world.gateway, decided(url, 'deny'))['reason'] == 'access_denied'
        assert world.orders()[0] == 424
        location = world.connect()
        assert world.works()
        counts = world.counts()
        assert (world.counts('s1')['obtained'], counts['refused']) == (1, {'DENIED': 1}), counts
        assert request(world.gateway.known, 'GET', '/connect/callback?' + location.split('?', 1)[1])[0] == 400  # used
        used = {name: value for name, value in query_of(location).items() if 'code' in name}
        stolen = changed(decided(link(world.gateway, 's1'), 'approve', shop=world.shop_of('s1')), **used)
        answer = back(world.gateway, stolen)  # with a code that was used
        assert answer['status'] == 'failed' and answer['reason'].startswith('exchange_'), answer
        counts = world.counts()
        assert world.counts('s1')['obtained'] == 1 and counts['refused'].get('CODE_USED') == 1, counts
        assert world.works()


def it_is_renewed_at_its_time(row):
    with World(row) as world:
        world.connect()
        first, last = row.due()
        for n in (1, 2):
            world.turn(first - SLACK_S)
            assert world.works() and world.counts()['refreshed'] == n - 1, world.counts()
            world.turn(last - first + SLACK_S + 1)
            token = world.settled(lambda token, n=n: token['generation'] == n + 1)
            assert token['state'] == 'fresh', token
            assert world.works()
        counts, refused = world.counts('s1'), world.counts()['refused']
        refused.pop('TOKEN_EXPIRED', None)  # the app's own token, if levels are asked for between the turns of the two clocks
        assert (counts['obtained'], counts['refreshed'], counts['refused'], refused) == (1, 2, {}, {}), (counts, refused)


def a_renewal_is_lost(row):
    with World(row) as world:
        world.connect()
        assert world.works()
        world.shop.desk('POST', 'auth/faults', {'rules': [{'fault': 'lost_after', 'on': 'refresh', 'times': 1}]})
        world.turn(row.due()[1] + 1)
        token = world.settled(lambda token: token['state'] == 'reauth_required' or token['generation'] == 2)
        counts = world.counts()
        assert counts['refused'] == row.after_loss, counts
        if row.keeps:
            assert token['state'] == 'fresh' and counts['refreshed'] == 2 and world.works(), (token, counts)
            return
        assert token['state'] == 'reauth_required' and token['evidence']['open_intents'] == 1, token
        assert world.works()  # the access token lives
        world.turn(row.early_s)
        status, body = world.orders()
        assert (status, body['code']) == (424, 'store_reauth_required'), body
        world.connect()
        assert world.works()


def it_is_taken_back(row):
    with World(row) as world:
        world.connect()
        assert world.works()
        if not row.not_before_s:
            world.shop.desk('POST', 'auth/happen', {'event': 'expire'})
            assert world.works() and world.counts()['refreshed'] == 1, world.counts()
        world.shop.desk('POST', 'auth/happen', {'event': 'revoke'})
        world.turn(row.not_before_s and row.due()[1] + 1)
        for _ in range(2):
            status, body = world.orders()
            assert (status, body['code']) == (424, 'store_reauth_required'), body
        refused = sum(world.counts()['refused'].values())
        world.orders()
        assert sum(world.counts()['refused'].values()) == refused, world.counts()  # it is not tried again
        world.connect()
        assert world.works()


def a_removal_takes_it_back(row):
    with World(row) as world:
        world.connect()
        status, body, _ = world.gateway.admin('DELETE', '/stores/s1')
        assert status == 200 and body['data']['revoked'], body
        counts = world.counts()
        assert (counts['revoked'], counts['live_access'], counts['live_refresh']) == (1, 0, 0), counts


def the_grace_ends(row):
    """The answer to a refresh is lost, and the provider falls over for longer than the old refresh token works on."""
    with World(row) as world:
        world.connect()
        world.shop.desk('POST', 'auth/faults', {'rules': [{'fault': 'lost_after', 'on': 'refresh', 'times': 1},
                                                          {'fault': '500_before', 'on': 'refresh'}]})
        world.turn(row.due()[1] + 1)
        world.settled(lambda token: token['failures'] > 1)
        world.turn(61)
        world.shop.desk('DELETE', 'auth/faults')
        token = world.settled(lambda token: token['state'] not in ('refresh_failed', 'refreshing'))
        assert token['state'] == 'reauth_required' and token['evidence']['open_intents'] > 1, token
        assert world.counts()['refused'] == {'TOKEN_USED': 1}, world.counts()
        world.connect()
        assert world.works()


def an_hour_of_errors_passes(row):
    """Somebody else's ten errors close the token endpoint for this seller: nothing is lost, and nothing hammers at it."""
    with World(row) as world:
        world.connect()
        code = world.shop.desk('POST', 'auth/consent', {'shop': world.shop_of('s1'), 'redirect': 'http://127.0.0.1/other'})['code']
        form = urllib.parse.urlencode({'grant_type': 'authorization_code', 'code': code, 'redirect_uri': 'http://127.0.0.1/wrong',
                                       'client_id': row.client, 'client_secret': SECRET})
        for _ in range(10):
            status, _, _ = request(world.shop.port, 'POST', '/api/oauth2/token', form, {'Content-Type': 'application/x-www-form-urlencoded'})
            assert status == 400, status
        world.turn(row.due()[1] + 1)
        world.settled(lambda token: token['failures'] > 0)
        world.turn(3600)
        token = world.settled(lambda token: token['generation'] == 2 or token['state'] == 'reauth_required')
        refused = world.counts()['refused']
        assert token['state'] == 'fresh' and world.works() and refused.pop('QUOTA') <= 3, (token, refused)
        assert refused == {'CODE_OTHER_REDIRECT': 10}, refused


def a_clock_that_is_wrong(row):
    with World(row) as world:
        assert world.works() and world.works()  # no nonce twice
        world.gateway.turn(700)
        assert world.orders()[0] == 424 and world.counts()['refused'] == {'STALE': 1}, world.counts()


# ---- one platform's own ----------------------------------------------------------------------------------------------


PARCEL = '/v1/stores/%s/orders/903-5563053-5647845/fulfillments/be7a0a53-00c3-4f6f-a63a-639f76ee9253'


def a_restricted_token_is_got_with_the_sellers(row):
    with World(row) as world:
        status, body = world.get(PARCEL % 's1')
        assert (status, body['code']) == (424, 'store_reauth_required'), body
        world.connect()
        for _ in range(3):
            status, body = world.get(PARCEL % 's1')
            assert status == 200 and body['data']['tracking'][0]['number'] == '1Z17E2100206868939', body
        assert world.token(way='rdt')['generation'] == 1
        order = world.orders()[1]['data'][0]
        assert (order['customer']['email'], order['shipping_address']['full_name']) == ('a1b2@marketplace.amazon.com', 'Jane Doe'), order
        world.turn(3600)
        assert world.get(PARCEL % 's1')[0] == 200 and world.token(way='rdt')['generation'] == 2
        assert world.counts()['refused'] == {}, world.counts()


def an_app_without_the_role_has_orders_and_is_told(row):
    with World(row) as world:
        world.store('s2', 'secret-of-app-2', 'app-2')
        code = world.shop.desk('POST', 'auth/consent', {'shop': row.seller, 'client_id': 'app-2'})['code']
        location = changed(decided(link(world.gateway, 's2'), 'approve', shop=row.seller), spapi_oauth_code=code)
        assert back(world.gateway, location) == {'store': 's2', 'status': 'connected'}
        status, body = world.orders('s2')
        assert (status, body['problems']) == (200, []), body
        order = body['data'][0]
        assert order['id'] == '903-1671087-0812628' and order['shipping_address']['city'] == 'Detroit', order
        assert (order['customer'] or {}).get('email') is None and order['shipping_address']['full_name'] is None, order
        for _ in range(2):
            status, body = world.get(PARCEL % 's2')
            assert (status, body['code']) == (424, 'store_reauth_required'), body
            assert 'way rdt' in body['detail'] and 'do not have access' in body['detail'], body
        assert world.counts()['refused'] == {'TOKEN_RESOURCE': 1}, world.counts()  # it is not tried again
        assert world.works('s2')
        assert [world.token('s2', way)['state'] for way in ('lwa', 'rdt')] == ['fresh', 'reauth_required']


APP = [one_token_for_all, an_answer_is_lost, a_wrong_secret]
PEOPLE = [a_link_connects, it_is_renewed_at_its_time, a_renewal_is_lost, it_is_taken_back]
STORIES = [
    (Row('bol'), APP),
    (Row('shopware', hosts=('site',)), APP),
    (Row('walmart', hosts=('api',)), APP),
    (Row('kaufland', hosts=('api',), names=('client_key', 'secret_key')), [each_call_is_signed]),
    (Row('magento', hosts=('site',), names=('consumer_key', 'consumer_secret'),
         secrets={'token': 'app-2', 'token_secret': 'secret-of-app-2'}), [each_call_is_signed, a_clock_that_is_wrong]),
    (Row('netsuite', hosts=('api',), settings={'account': '1234567_SB1'}, names=('consumer_key', 'consumer_secret'),
         secrets={'token': 'app-2', 'token_secret': 'secret-of-app-2'}), [each_call_is_signed, a_clock_that_is_wrong]),
    (Row('etsy', hosts=('api', 'login', 'consent'), settings={'shop': '7'}, pkce=True, life_s=3600, early_s=90, keeps=False,
         after_loss={'TOKEN_USED': 1}), PEOPLE),
    (Row('ebay', hosts=('api', 'login', 'consent'), settings={'ru_name': 'Acme-Acme-PRD-1'}, secrets={'verification_token': 'x' * 40},
         told=True, life_s=7200, early_s=90), PEOPLE),
    (Row('allegro', pkce=True, life_s=43199, early_s=600), PEOPLE + [the_grace_ends]),
    (Row('mercadolibre', hosts=('api', 'consent'), settings={'seller': '8035443'}, pkce=True, life_s=21600, early_s=300, keeps=False,
         after_loss={'TOKEN_USED': 1}), PEOPLE),
    (Row('tiktok_shop', names=('app_key', 'app_secret'), orders='/v1/stores/%s/orders?updated_since=2026-01-01T00:00:00Z', told=True,
         life_s=7 * DAY_S, early_s=3600, keeps=False, after_loss={'TOKEN_USED': 1}), PEOPLE),
    (Row('square', hosts=('site',), settings={'location': 'L1'}, told=True, life_s=30 * DAY_S, early_s=23 * DAY_S),
     PEOPLE + [a_removal_takes_it_back]),
    (Row('square', 'pkce', 'square-pkce', ('site',), {'location': 'L1'}, ('client_id', None), told=True, pkce=True, life_s=30 * DAY_S,
         early_s=23 * DAY_S, keeps=False, after_loss={'TOKEN_USED': 1}), PEOPLE),
    (Row('exact_online', hosts=('site',), settings={'division': '123456'}, life_s=600, early_s=25, not_before_s=570,
         after_loss={'TOO_EARLY': 1}), PEOPLE + [an_hour_of_errors_passes]),
    (Row('amazon', hosts=('api', 'login', 'central'), told=True, life_s=3600, early_s=60, seller='A1',
         settings={'marketplace': 'ATVPDKIKX0DER', 'seller': 'A1', 'application': 'amzn1.sp.solution.1'}),
     PEOPLE + [a_restricted_token_is_got_with_the_sellers, an_app_without_the_role_has_orders_and_is_told]),
]


def told_of(row, story):
    def test():
        story(row)
    test.__name__ = '_'.join(filter(None, (row.sheet, row.kind, story.__name__)))
    return test


if __name__ == '__main__':
    chosen = sys.argv[1:]  # by hand: names of sheets
    sys.exit(run([told_of(row, story) for row, stories in STORIES if not chosen or row.sheet in chosen for story in stories]))
