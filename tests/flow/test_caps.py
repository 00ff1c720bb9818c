#!/usr/bin/env python3
"""test_caps.py - what of a shop's limit an app may take: seen at a shop that answers when it is told to.

The shop bears ten requests at a time.  None is answered before the test says so, so how many are there at once is what the
cap lets through, however slow the machine is.
"""
import http.client
import os
import shutil
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

OPEN, SETTLED_S = 10, 0.3


class Shop:
    """Requests for /x/{app}/{n}: held until the app is let go."""

    def __init__(self):
        self.player, self.lock, self.inside, self.free = Player(None), threading.Lock(), {}, {}
        self.player.find = self.find

    def find(self, _, path):
        app = path.split('/')[-2] if '/x/' in path else ''
        if not app:
            return 404, {'type': 'not_found', 'message': 'nothing here'}
        with self.lock:
            self.inside[app] = self.inside.get(app, 0) + 1
            free = self.free.setdefault(app, threading.Event())
        free.wait(flow.PATIENCE_S)
        with self.lock:
            self.inside[app] -= 1
        return 200, {}

    def now(self, app):
        with self.lock:
            return self.inside.get(app, 0)

    def let_go(self, app):
        with self.lock:
            self.free.setdefault(app, threading.Event()).set()

    def hold(self, app):
        with self.lock:
            self.free[app] = threading.Event()


class App:
    def __init__(self, name, **more):
        status, answer, _ = gateway.admin('POST', '/apps', {'name': name, 'scopes': flow.ALL_SCOPES, 'stores': ['*'], **more})
        assert status == 201, answer
        self.name, self.id, self.key = name, answer['data']['id'], answer['data']['key']
        self.sent, self.answers, self.threads = 0, [], []

    def get(self, path):
        return flow.request(gateway.port, 'GET', path, None, {'Authorization': 'Bearer ' + self.key, 'Cartway-Timeout': '120000'}, 180)

    def ask(self, n):
        """So many different requests at once, which wait."""
        for _ in range(n):
            self.sent += 1
            path = '/v1/stores/s1/raw/admin/x/%s/%d' % (self.name, self.sent)
            self.threads.append(threading.Thread(target=lambda at=path: self.answers.append(self.get(at)[0])))
            self.threads[-1].start()

    def goes(self, n, least, most):
        """So many at once, of which the shop is asked for some; the others wait until the gateway is killed, or are refused (429)."""
        answers = []

        def one(path):
            try:
                answers.append(self.get(path)[0])
            except (OSError, http.client.HTTPException):
                pass

        for _ in range(n):
            self.sent += 1
            threading.Thread(target=one, args=('/v1/stores/s1/raw/admin/x/%s/%d' % (self.name, self.sent),)).start()
        flow.until(lambda: answers.count(200) >= least and len(answers) + self.waiting() == n, answers)
        time.sleep(SETTLED_S)
        assert least <= answers.count(200) <= most and len(answers) + self.waiting() == n and set(answers) <= {200, 429}, (answers, lane())

    def finish(self):
        shop.let_go(self.name)
        for thread in self.threads:
            thread.join(flow.PATIENCE_S)
        assert self.answers == [200] * len(self.threads), self.answers
        shop.hold(self.name)
        self.answers, self.threads = [], []

    def patch(self, body, status=200, tag=None):
        headers = {'Authorization': 'Bearer ' + gateway.admin_key, **({'If-Match': tag} if tag else {})}
        got, answer, headers = flow.request(gateway.admin_port, 'PATCH', '/admin/v1/apps/' + self.id, body, headers)
        assert got == status, (body, got, answer)
        return (answer['data'] if status == 200 else answer['detail']), headers

    def waiting(self):
        return sum(one['n'] for one in lane()['waiting'] if one['app'] == self.id)

    def part(self):
        return next(one for one in lane()['limits'] if one['key'] == 's1/' + self.id and one['limit'].startswith('open'))

    def stands(self, inside, waiting):
        """So many are at the shop and so many wait, and that stays so."""
        end = time.monotonic() + flow.PATIENCE_S
        while (shop.now(self.name), self.waiting()) != (inside, waiting):
            assert time.monotonic() < end, (self.name, shop.now(self.name), self.waiting(), lane())
            time.sleep(0.02)
        time.sleep(SETTLED_S)
        assert (shop.now(self.name), self.waiting()) == (inside, waiting), (self.name, shop.now(self.name), lane())


shop = gateway = greedy = other = None


def start():
    global shop, gateway, greedy, other
    shop, gateway = Shop(), flow.Gateway(grown=False, options=['--attempt-ms', '120000'])
    gateway.init()
    gateway.start()
    status, answer, _ = gateway.admin('POST', '/stores', {
        'id': 's1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shop.player.port},
        'credentials': {'key': 'sk_1'}, 'allow_private': True})
    assert status == 201, answer
    for limit, body in (('open', {'amount': OPEN}), ('pace', {'mode': 'off'})):
        assert gateway.admin('PUT', '/stores/s1/limits/' + limit, body)[0] == 200
    greedy, other = App('greedy', cap=30), App('other')


def lane():
    return next((one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 's1'), {'waiting': [], 'limits': []})


def one_who_is_alone_has_its_part_and_no_more():
    greedy.ask(8)
    greedy.stands(3, 5)
    part = greedy.part()
    assert (part['limit'], part['part'], part['amount'], part['left']) == ("open (an app's part)", 30, 3, 0), part
    assert next(one for one in lane()['limits'] if one['limit'] == 'open')['left'] == OPEN - 3, lane()


def the_rest_is_there_at_once_for_others():
    other.ask(8)
    other.stands(7, 1)
    greedy.stands(3, 5)
    other.finish()
    greedy.stands(3, 5)


def another_cap_holds_at_once_for_who_waits():
    body, headers = greedy.patch({'cap': 60})
    assert body['cap'] == 60 and headers.get('ETag'), body
    greedy.stands(6, 2)
    assert greedy.part()['part'] == 60
    greedy.patch({'cap': 70})
    greedy.stands(7, 1)
    greedy.patch({'cap': 20})  # those that are there stay
    greedy.ask(1)
    greedy.stands(7, 2)
    greedy.patch({'cap': 100})  # adds nothing: there is no part any more
    greedy.stands(9, 0)
    greedy.finish()
    greedy.ask(OPEN)
    greedy.stands(OPEN, 0)
    greedy.patch({'cap': 40})
    greedy.ask(1)
    greedy.stands(OPEN, 1)
    greedy.finish()


def a_tier_is_for_all_of_its_apps():
    greedy.patch({'cap': 'default'})
    other.patch({'cap': 80})
    status, answer, _ = gateway.admin('PATCH', '/tiers/default', {'cap': 50})
    assert status == 200 and answer['data']['cap'] == 50 and answer['data']['quota'] == {'per_minute': 'default', 'per_hour': 'default'}, answer
    greedy.ask(6)
    greedy.stands(5, 1)
    other.ask(2)  # its own goes before the tier's
    other.stands(2, 0)
    assert other.part()['part'] == 80
    assert gateway.admin('PATCH', '/tiers/default', {'cap': 60})[0] == 200
    greedy.stands(6, 0)
    assert gateway.admin('POST', '/tiers', {'id': 'low', 'cap': 10})[1]['data']['cap'] == 10
    assert gateway.admin('POST', '/tiers', {'id': 'plain'})[1]['data']['cap'] == 100
    greedy.patch({'tier': 'low'})
    greedy.ask(1)
    greedy.stands(6, 1)
    greedy.finish()
    other.finish()


def a_restart_keeps_it():
    other.patch({'cap': 'default'})
    greedy.patch({'tier': 'default', 'cap': 20})
    assert gateway.stop() == 0
    gateway.start()
    status, answer, _ = gateway.admin('GET', '/apps/' + greedy.id)
    assert status == 200 and answer['data']['cap'] == 20, answer
    assert gateway.admin('GET', '/tiers/default')[1]['data']['cap'] == 60
    greedy.ask(4)
    greedy.stands(2, 2)
    other.ask(7)
    other.stands(6, 1)
    greedy.finish()
    other.finish()


def crash():
    gateway.stop(signal.SIGKILL)
    gateway.start()


def what_is_spent_of_a_long_limit_survives_kill_9():
    """40, and one more an hour; an app may have 10 of it.  What it has had counts in the next life, and the rest is the others'."""
    long, rest = App('long', cap=25), App('rest', cap=100)
    for app in (long, rest):
        shop.let_go(app.name)
    for amount, per_ms in ((1000, 1000), (1, 3600000)):  # at first so fast that it is full after a call
        numbers = {'mode': 'hold', 'amount': amount, 'per_ms': per_ms, 'burst': 40}
        assert gateway.admin('PUT', '/stores/s1/limits/pace', numbers)[0] == 200
        if per_ms == 1000:
            long.goes(1, 1, 1)
    long.goes(6, 6, 6)
    crash()
    long.goes(6, 3, 4)  # a block of its part is 1
    crash()
    long.goes(2, 0, 0)
    rest.goes(40, 26, 30)
    crash()
    assert gateway.admin('PUT', '/stores/s1/limits/pace', {'mode': 'off'})[0] == 200


def it_is_explained_and_no_quota():
    status, answer, headers = greedy.get('/v1/stores/s1/orders?explain=1')
    assert status == 200 and 'RateLimit' not in headers, (answer, headers)
    cost = answer['data']['cost'] if 'data' in answer else answer['cost']
    part = next(one for one in cost if one['limit'] == "open (an app's part)")
    assert part['part'] == 20 and part['key'] == 's1/' + greedy.id and part['most_at_once'] == 2, cost
    assert 'part' not in next(one for one in cost if one['limit'] == 'open'), cost


def nonsense_is_refused():
    rows = ((0, '0'), (-1, '-1'), (101, '101'), ('40', '"40"'), ('', '""'), (1.5, '1.5'), (True, 'true'), ([], '[]'), (10 ** 18, '1000000000000000000'))
    for cap, found in rows:
        says = 'cap: expected a whole number from 1 to 100 or "default", found ' + found
        assert greedy.patch({'cap': cap}, 422)[0] == says, cap
        status, answer, _ = gateway.admin('POST', '/apps', {'name': 'x', 'scopes': ['raw'], 'stores': ['*'], 'cap': cap})
        assert status == 422 and answer['detail'] == says, answer
        for method, path, body in (('PATCH', '/tiers/default', {'cap': cap}), ('POST', '/tiers', {'id': 'bad', 'cap': cap})):
            status, answer, _ = gateway.admin(method, path, body)
            assert status == 422 and answer['detail'] == 'cap: expected a whole number from 1 to 100, found ' + found, answer
    assert gateway.admin('PATCH', '/tiers/default', {'cap': 'default'})[0] == 422  # a tier has nobody to ask
    assert gateway.admin('GET', '/tiers/bad')[0] == 404 and gateway.admin('GET', '/apps/' + greedy.id)[1]['data']['cap'] == 20


def crossed_changes_are_noticed_and_all_are_in_the_audit():
    tag = greedy.patch({'cap': 25})[1]['ETag']
    assert greedy.patch({'cap': 26}, tag=tag)[1]['ETag'] != tag
    greedy.patch({'cap': 27}, 412, tag)
    lines = gateway.admin('GET', '/audit?subject=' + greedy.id)[1]['data']
    assert lines and all(line['action'] == 'app.update' for line in lines), lines
    assert [line['action'] for line in gateway.admin('GET', '/audit?subject=default')[1]['data']] == ['tier.update'] * 2


if __name__ == '__main__':
    start()
    code = flow.run([one_who_is_alone_has_its_part_and_no_more, the_rest_is_there_at_once_for_others,
                     another_cap_holds_at_once_for_who_waits, a_tier_is_for_all_of_its_apps, a_restart_keeps_it,
                     what_is_spent_of_a_long_limit_survives_kill_9, it_is_explained_and_no_quota, nonsense_is_refused, crossed_changes_are_noticed_and_all_are_in_the_audit])
    for name in ('greedy', 'other'):
        shop.let_go(name)
    code = gateway.stop() or code
    shutil.rmtree(gateway.folder, ignore_errors=True)
    sys.exit(code)
