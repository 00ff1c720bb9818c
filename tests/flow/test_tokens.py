#!/usr/bin/env python3
"""test_tokens.py - stores whose tokens end every few seconds: renewed ahead, over kill -9, a stopped process and a login host that fails."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

APP = {'client_id': 'app-1', 'client_secret': 'secret-of-app-1'}
STORES = 4
KILLS = int(os.environ.get('CARTWAY_KILLS', '8'))
CALL = '/v1/stores/%s/raw/admin/api/2026-07/graphql.json'


class Login:
    """An authorization server of shopsim, whose hour is 3.6 s."""

    def __init__(self, scale=1000):
        self.process = flow.subprocess.Popen([flow.SHOPSIM, '--port', '0', '--quiet', '--with-parent', '--auth', 'shopify', '--scale', str(scale),
                                              '--stores', str(STORES)],
                                             stdin=flow.subprocess.PIPE, stdout=flow.subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split('http://')[1].split()[0].split(':')[1])

    def ask(self, store, method, path, body=None):
        connection = flow.http.client.HTTPConnection('127.0.0.%d' % (store + 1), self.port, timeout=60)
        try:
            connection.request(method, path, flow.json.dumps(body) if body is not None else None, {'Content-Type': 'application/json'})
            answer = connection.getresponse()
            return answer.status, flow.json.loads(answer.read())
        finally:
            connection.close()

    def desk(self, store, method, path, body=None):
        status, answer = self.ask(store, method, '/_sim/auth' + path, body)
        assert status == 200, answer
        return answer

    def first(self, store):
        """A pair, as the connect flow would have got it."""
        code = self.desk(store, 'POST', '/consent', {'redirect': 'http://127.0.0.1:1/back'})['code']
        status, pair = self.ask(store, 'POST', '/admin/oauth/access_token', {**APP, 'code': code, 'expiring': '1'})
        assert status == 200, pair
        return pair

    def counts(self):
        return [self.desk(store, 'GET', '') for store in range(STORES)]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class House:
    """A gateway, and stores that were given a refresh token."""

    def __init__(self, scale=1000, options=()):
        self.login = Login(scale)
        self.gateway = flow.Gateway(plugins=['grant'], options=options)
        self.gateway.init()
        self.gateway.start()
        self.secrets = []
        for store in range(STORES):
            pair = self.login.first(store)
            self.secrets += [pair['access_token'], pair['refresh_token']]
            flow.connect(self.gateway, {
                'id': 's%d' % store, 'platform': 'grant', 'settings': {'site': 'http://127.0.0.%d:%d' % (store + 1, self.login.port), 'client_id': APP['client_id']},
                'credentials': {'client_secret': APP['client_secret'], 'refresh_token': pair['refresh_token']}})
        self.key = self.gateway.app()

    def call(self, store):
        """One call of the shop's API through the gateway: its status; 0: the gateway died."""
        try:
            return flow.request(self.gateway.port, 'POST', CALL % ('s%d' % store), {'query': '{ shop { name } }'},
                                {'Authorization': 'Bearer ' + self.key, 'Cartway-Timeout': '20000'})[0]
        except (OSError, flow.http.client.HTTPException, TypeError):
            return 0

    def all_work(self):
        found = [self.call(store) for store in range(STORES)]
        assert found == [200] * STORES, found

    def events(self, name):
        return [line for line in self.gateway.lines() if line.get('event') == name]

    def wait_for(self, name, count=1):
        until = time.monotonic() + flow.PATIENCE_S
        while len(self.events(name)) < count:
            assert time.monotonic() < until, '%s: expected %d, found %d' % (name, count, len(self.events(name)))
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.gateway.stop()
        self.login.stop()
        flow.shutil.rmtree(self.gateway.folder, ignore_errors=True)
        assert code in (0, -9), code


def they_are_renewed_while_calls_go_on():
    with House() as house:
        for _ in range(40):
            house.all_work()
            time.sleep(0.1)
        counts = house.login.counts()
        assert all(count['refreshed'] >= 2 for count in counts), counts
        assert not any(count['refused'].get('TOKEN_USED') for count in counts), counts
        assert not house.events('token.reauth_required')
        text = flow.request(house.gateway.port, 'GET', '/metrics')[1].decode()
        assert 'cartway_tokens{state="fresh"}' in text and 'cartway_token_refresh_total{adapter="grant",result="ok"}' in text, text
        with open(house.gateway.log, encoding='utf-8') as file:
            log = file.read()
        for secret in [*house.secrets, 'shpat_', 'shprt_', APP['client_secret']]:
            assert secret not in log and secret not in text, secret


def kill_9_at_any_moment_loses_none():
    seed = int(os.environ.get('CARTWAY_SEED', '0')) or random.randrange(1 << 30)
    print('# seed %d' % seed, flush=True)
    chance = random.Random(seed)
    with House() as house:
        house.all_work()
        busy = True

        def load(store):
            while busy:
                house.call(store)
                time.sleep(0.02)
        threads = [threading.Thread(target=load, args=(store,)) for store in range(STORES)]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(0.2 + chance.random() * 3.4)
            house.gateway.stop(signal.SIGKILL)
            house.gateway.start()
        busy = False
        for thread in threads:
            thread.join()
        house.all_work()
        lost = house.events('token.reauth_required')
        assert not lost, lost
        counts = house.login.counts()
        print('# %d kills, %d refreshes, 0 of %d stores lost' % (KILLS, sum(count['refreshed'] for count in counts), STORES), flush=True)


def a_process_that_sleeps_past_its_lease_goes_on():
    with House(options=['--refresh-ms', '300']) as house:
        house.all_work()
        for _ in range(4):
            house.gateway.process.send_signal(signal.SIGSTOP)
            time.sleep(1.2)  # the lease is 0.9 s
            house.gateway.process.send_signal(signal.SIGCONT)
            house.all_work()
            time.sleep(0.7)
        assert not house.events('token.reauth_required')


def two_processes_on_one_folder_are_refused():
    with House() as house:
        code, said = house.gateway.try_serve()
        assert code == 69 and 'is in use by process' in said, (code, said)
        house.all_work()


def a_login_host_that_fails_stops_no_call():
    with House(scale=200) as house:  # an hour is 18 s
        house.all_work()
        for store in range(STORES):
            house.login.desk(store, 'POST', '/faults', {'rules': [{'fault': '503_before', 'on': 'refresh'}]})
        house.wait_for('token.refresh_failed')
        house.all_work()  # the access tokens live
        for store in range(STORES):
            house.login.desk(store, 'DELETE', '/faults')
        before = len(house.events('token.refreshed'))
        house.wait_for('token.refreshed', before + STORES)
        house.all_work()


def what_a_provider_took_back_says_so():
    with House() as house:
        house.all_work()
        house.login.desk(0, 'POST', '/happen', {'event': 'revoke'})
        house.wait_for('token.reauth_required')
        line = house.events('token.reauth_required')[0]
        evidence = flow.json.loads(line['evidence'])
        assert line['store'] == 's0' and evidence['status'] == 400 and evidence['code'] == 'invalid_grant', line
        assert house.call(0) in (401, 424)  # what the shop answers, or what we know
        time.sleep(4)
        assert house.call(0) == 424
        assert [house.call(store) for store in range(1, STORES)] == [200] * (STORES - 1)
        house.gateway.stop()
        house.gateway.start()
        assert house.call(0) == 424


# Of the token endpoint: what breaks an answer on its way, what says nonsense of a life, and 10 MB.
BROKEN = ['html', 'empty', 'truncated', '500_after', 'lost_after', 'big', 'expires_string', 'expires_missing', 'expires_negative',
          'expires_zero', 'expires_absolute', 'expires_type', 'expires_huge']


def put(house, store, **credentials):
    status, body, _ = house.gateway.admin('PUT', '/stores/s%d/credentials' % store, {'credentials': credentials})
    assert status == 200, body


def state_of(house, store):
    return house.gateway.admin('GET', '/stores/s%d/credentials' % store)[1]['data']['tokens'][0]


def another_secret_of_the_app_needs_no_merchant():
    """It was changed at the provider: each store's grant is as good as before."""
    with House() as house:
        house.all_work()
        for store in range(STORES):
            put(house, store, client_secret='the one before')
        flow.until(lambda: all(state_of(house, store)['state'] == 'refresh_failed' for store in range(STORES)), 'they fail')
        flow.until(lambda: house.call(0) == 424, 'the access token ends')
        assert 'client credentials' in state_of(house, 0)['last_error'], state_of(house, 0)
        status, body, _ = flow.request(house.gateway.port, 'POST', CALL % 's0', {'query': '{ shop { name } }'},
                                       {'Authorization': 'Bearer ' + house.key})
        assert status == 424 and 'put the right client secret' in body['detail'], body
        for store in range(STORES):
            put(house, store, client_secret=APP['client_secret'])
        house.all_work()
        assert not house.events('token.reauth_required')
        assert state_of(house, 0)['state'] in ('fresh', 'refreshing') and state_of(house, 0)['last_error'] is None, state_of(house, 0)


def a_refresh_token_that_a_person_puts_takes_a_refused_ones_place():
    with House() as house:
        house.all_work()
        house.login.desk(0, 'POST', '/happen', {'event': 'revoke'})
        flow.until(lambda: house.call(0) == 424, 'it is refused')
        put(house, 0, client_secret=APP['client_secret'])  # tried again, and in vain
        flow.until(lambda: len(house.events('token.reauth_required')) >= 2, 'it is refused once more')
        pair = house.login.first(0)
        put(house, 0, refresh_token=pair['refresh_token'])
        house.all_work()
        assert state_of(house, 0)['state'] != 'reauth_required', state_of(house, 0)


def an_answer_that_makes_no_sense_costs_no_call():
    with House() as house:
        house.all_work()
        left, waiting = list(BROKEN), {}  # store -> (its fault, refreshes when that was set)
        until = time.monotonic() + 2 * flow.PATIENCE_S
        while left or waiting:
            assert time.monotonic() < until, (left, waiting)
            for store, count in enumerate(house.login.counts()):
                if store in waiting and count['refreshed'] >= waiting[store][1] + 2:  # one that was broken, one that was not
                    del waiting[store]
                if left and store not in waiting:
                    waiting[store] = left.pop(0), count['refreshed']
                    spoil(house.login, store, waiting[store][0])
            house.all_work()
            time.sleep(0.05)
        assert not house.events('token.reauth_required')


def spoil(login, store, fault):
    if fault == 'big':
        status, answer = login.ask(store, 'POST', '/_sim/faults', {'rules': [{'fault': 'big', 'path': '/admin/oauth/*', 'first': 1}]})
        assert status == 200, answer
    else:
        login.desk(store, 'POST', '/faults', {'rules': [{'fault': fault, 'on': 'refresh', 'times': 1}]})


def an_orderly_end_waits_for_what_is_out():
    with House() as house:
        for _ in range(3):
            house.all_work()
            time.sleep(random.random() * 3)
            house.gateway.stop()
            house.gateway.start()
        house.all_work()
        assert not house.events('token.reauth_required')


if __name__ == '__main__':
    sys.exit(flow.run([
        they_are_renewed_while_calls_go_on, kill_9_at_any_moment_loses_none, a_process_that_sleeps_past_its_lease_goes_on,
        two_processes_on_one_folder_are_refused, a_login_host_that_fails_stops_no_call, what_a_provider_took_back_says_so,
        another_secret_of_the_app_needs_no_merchant, a_refresh_token_that_a_person_puts_takes_a_refused_ones_place,
        an_answer_that_makes_no_sense_costs_no_call, an_orderly_end_waits_for_what_is_out]))
