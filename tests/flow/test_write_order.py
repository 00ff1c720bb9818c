#!/usr/bin/env python3
"""test_write_order.py - writes to one stock level leave in the order in which they came, by whatever name they call it.

The shop is a player of Medusa's: it holds what a test names (a look-up by sku, a write, an order's change) until the test lets go.
Nothing here waits for a time to pass: what must not have happened is looked at after a later call, which had to come behind it, was answered.
"""
import http.client
import os
import shutil
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402
from player import Player  # noqa: E402

PARTS = 120  # requests and their parts that may be under way
SKUS = {'MUG': 'i-mug', 'CUP': 'i-cup'}


class Shop(Player):
    """levels: 'item/location' -> on hand; writes: [('item/location', number)] as they came; held: text in a request -> Event."""

    def __init__(self):
        super().__init__(os.path.join(os.environ['CARTWAY_SOURCE'], 'adapters', 'medusa', 'fixtures'))
        self.one_level = self.recording('level_after_zero')['response']['body']
        self.levels, self.writes, self.found, self.held, self.changes, self.lock = {}, [], [], {}, [], threading.Lock()
        self.gone = set()  # items that it knows no more

    def hold(self, text):
        self.held[text] = threading.Event()

    def let_go(self):
        held, self.held = self.held, {}
        for event in held.values():
            event.set()

    def wait(self, text):
        for name, event in list(self.held.items()):
            if name in text:
                event.wait(flow.PATIENCE_S)

    def find(self, method, path):
        if path == '/admin/inventory-items':
            return 200, self.look_up
        if path.startswith('/admin/orders/'):
            return 200, self.order
        if '/location-levels' in path and path.split('/')[3] in self.gone:
            return 404, {'type': 'not_found', 'message': 'Item %s is no more' % path.split('/')[3]}
        if '/location-levels' in path:
            return 200, lambda query: self.level(method, path, query)
        return 404, {'type': 'not_found', 'message': 'nothing here'}

    def look_up(self, query):
        self.wait('sku ' + query['sku'])
        self.found.append(query['sku'])
        found = [{'id': SKUS[query['sku']], 'sku': query['sku']}] if query['sku'] in SKUS else []
        return {'inventory_items': found, 'count': len(found), 'offset': 0, 'limit': 1}

    def level(self, method, path, query):
        item, at = path.split('/')[3], path.split('/')[5] if method == 'POST' else query['location_id']
        name = '%s/%s' % (item, at)
        if method == 'POST':
            with self.lock:
                self.writes.append((name, query['body']['stocked_quantity']))
            self.wait('write ' + name)
            self.levels[name] = query['body']['stocked_quantity']
        level = {**self.one_level['inventory_levels'][0], 'inventory_item_id': item, 'location_id': at, 'stocked_quantity': self.levels.get(name, 0)}
        if method == 'POST':
            return {'inventory_item': {'id': item, 'location_levels': [level]}}
        return {**self.one_level, 'inventory_levels': [level]}

    def order(self, query):
        if query['body']:
            self.changes.append(query['body'])
            self.wait('order')
        return {'order': {'id': 'o1'}}


shop = Shop()
gateway = flow.Gateway(options=['--max-parts', '%d' % PARTS])
key = None


def start():
    global key
    gateway.init()
    gateway.start()
    status, body, _ = gateway.admin('POST', '/stores', {
        'id': 's1', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port},
        'credentials': {'key': 'sk_1'}, 'allow_private': True})
    assert status == 201, body
    for limit, body in (('open', {'amount': 20}), ('pace', {'mode': 'off'})):
        assert gateway.admin('PUT', '/stores/s1/limits/' + limit, body)[0] == 200
    key = gateway.app()


def fresh(name):
    """A sku that nobody has looked up before."""
    SKUS[name] = 'i-' + name.lower()
    return name


def open_calls():
    text = flow.request(gateway.port, 'GET', '/metrics')[1].decode()
    return next((int(line.split()[-1]) for line in text.splitlines() if line.startswith('cartway_calls_open')), 0)


class Calls:
    """One after the other, each sent when the one before has come."""

    def __init__(self):
        self.threads, self.answers = [], []

    def add(self, body, path='/inventory', method='POST', app=None, timeout_ms=30000):
        place, before = len(self.answers), open_calls()
        self.answers.append(None)

        def run():
            headers = {'Authorization': 'Bearer ' + (app or key), 'Cartway-Timeout': str(timeout_ms)}
            try:
                self.answers[place] = flow.request(gateway.port, method, '/v1/stores/s1' + path, body, headers)
            except (OSError, http.client.HTTPException):  # the gateway has ended
                self.answers[place] = 0, {}, {}
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        flow.until(lambda: open_calls() > before or self.answers[place])
        return self

    def last(self):
        """The answer of the latest, for which the others need not have ended."""
        self.threads[-1].join(flow.PATIENCE_S)
        assert self.answers[-1], 'not answered'
        return self.answers[-1]

    def end(self):
        for thread in self.threads:
            thread.join(flow.PATIENCE_S)
        return self.answers


def stock(number, at='here', mode='set', **name):
    return {**name, 'location_id': at, 'mode': mode, 'quantity': number}


def late(calls, place, text):
    """The call at that place is told so while the first one is still held."""
    calls.threads[place].join(flow.PATIENCE_S)
    status, body, _ = calls.answers[place]
    assert calls.answers[0] is None, calls.answers[0]
    assert status == 429 and body['code'] == 'lane_deadline' and text in body['detail'], (status, body)


def writes_by_two_names_leave_as_they_came():
    sku = fresh('ORDERED')
    item = SKUS[sku]
    shop.hold('sku ' + sku)
    calls = Calls().add(stock(5, sku=sku)).add(stock(-2, mode='delta', inventory_item_id=item)).add(stock(9, inventory_item_id=item))
    assert calls.add(stock(1, at='there', inventory_item_id=item)).last()[0] == 200  # another level for sure: it came last and is done
    assert shop.writes == [(item + '/there', 1)], shop.writes
    shop.let_go()
    answers = calls.end()
    assert [a[0] for a in answers] == [200] * 4, answers
    assert shop.writes[1:] == [(item + '/here', n) for n in (5, 3, 9)], shop.writes
    assert answers[1][1]['data']['result'] == {**answers[1][1]['data']['result'], 'before': 5, 'after': 3}, answers[1]


def a_sku_beside_an_id_proves_nothing():
    """The id is what is meant, whatever sku stands beside it."""
    sku = fresh('RENAMED')
    item = SKUS[sku]
    shop.hold('sku ' + sku)
    calls = Calls().add(stock(5, sku=sku)).add(stock(9, inventory_item_id=item, sku='ONCE'))
    assert calls.add(stock(1, at='there', inventory_item_id=item)).last()[0] == 200
    assert shop.writes == [(item + '/there', 1)], shop.writes
    shop.let_go()
    assert [a[0] for a in calls.end()] == [200] * 3 and shop.writes[1:] == [(item + '/here', 5), (item + '/here', 9)], shop.writes


def what_is_certainly_another_waits_for_nobody():
    first, second, other = fresh('FIRST'), fresh('SECOND'), gateway.app()
    shop.hold('sku ' + first)
    calls = Calls().add(stock(1, sku=first))
    assert calls.add(stock(2, sku=second)).last()[0] == 200
    assert calls.add(stock(3, inventory_item_id=SKUS[first]), app=other).last()[0] == 200  # an app's look-ups hold no other app
    assert shop.writes == [(SKUS[second] + '/here', 2), (SKUS[first] + '/here', 3)], shop.writes
    shop.let_go()
    assert [a[0] for a in calls.end()] == [200] * 3 and shop.writes[2:] == [(SKUS[first] + '/here', 1)], shop.writes


def one_that_names_nothing_holds_nobody_up():
    shop.hold('sku NOBODY')
    calls = Calls().add(stock(1, sku='NOBODY')).add(stock(2, inventory_item_id='i-1')).add(stock(3, inventory_item_id='i-2'))
    shop.let_go()
    assert [a[0] for a in calls.end()] == [404, 200, 200], calls.answers
    assert sorted(shop.writes) == [('i-1/here', 2), ('i-2/here', 3)], shop.writes


def found_in_another_order():
    """Both are looked up, and the later one is found first.  Blanks and case make no other sku for a shop."""
    sku = fresh('SLOW')
    SKUS[' slow '] = item = SKUS[sku]
    shop.hold('sku ' + sku)
    calls = Calls().add(stock(5, sku=sku)).add(stock(6, mode='delta', sku=' slow '))
    flow.until(lambda: ' slow ' in shop.found)
    assert calls.add(stock(1, at='there', inventory_item_id=item)).last()[0] == 200
    assert shop.writes == [(item + '/there', 1)], shop.writes
    shop.let_go()
    assert [a[0] for a in calls.end()] == [200] * 3 and shop.writes[1:] == [(item + '/here', 5), (item + '/here', 11)], shop.writes


def remembered(name):
    """A sku whose item was looked up, and is another, or none, by now."""
    sku = fresh(name)
    assert Calls().add(stock(1, sku=sku)).end()[0][0] == 200
    shop.writes.clear()
    shop.gone.add(SKUS.pop(sku))
    return sku


def those_that_come_anew_keep_their_order():
    """5, 7 and 9 go as one, whose item is no more: each is looked up anew, and the 9 is what stays."""
    sku = fresh('RENEWED')
    item = SKUS[sku]
    assert Calls().add(stock(1, sku=sku)).end()[0][0] == 200
    shop.hold('write ' + item)
    calls = Calls().add(stock(2, inventory_item_id=item))
    flow.until(lambda: len(shop.writes) == 2)
    for number in (5, 7, 9):
        calls.add(stock(number, sku=sku))
    shop.gone.add(item)
    SKUS[sku] = 'i-other'
    shop.let_go()
    assert [a[0] for a in calls.end()] == [200] * 4, calls.answers
    assert shop.levels['i-other/here'] == 9, shop.writes


def what_is_no_more_is_said_to_be_so():
    sku = remembered('DROPPED')
    status, body, _ = Calls().add(stock(5, sku=sku)).end()[0]
    assert status == 404 and body['code'] == 'not_found' and 'upstream' not in body and not shop.writes, body


def who_waits_for_a_look_up_waits_as_long_as_it_has_time():
    sku = fresh('HANGS')
    shop.hold('sku ' + sku)
    calls = Calls().add(stock(5, sku=sku))
    late(calls.add(stock(6, inventory_item_id=SKUS[sku]), timeout_ms=200), 1, 'may be to this level')
    shop.let_go()
    assert calls.end()[0][0] == 200 and shop.writes == [(SKUS[sku] + '/here', 5)], shop.writes


def who_waits_in_the_line_of_a_level_waits_as_long_as_it_has_time():
    shop.hold('write i-line')
    calls = Calls().add(stock(5, inventory_item_id='i-line'))
    flow.until(lambda: shop.writes)
    calls.add(stock(1, mode='delta', inventory_item_id='i-line'))
    calls.add(stock(6, inventory_item_id='i-line'), timeout_ms=1000)
    calls.add(stock(7, inventory_item_id='i-line'), timeout_ms=2500)  # goes with the 6, and has its place when that one is late
    late(calls, 2, 'other writes to this level')
    late(calls, 3, 'other writes to this level')
    assert len(shop.writes) == 1, shop.writes
    shop.let_go()
    assert [a[0] for a in calls.end()[:2]] == [200, 200] and [n for _, n in shop.writes] == [5, 6], (calls.answers, shop.writes)


def who_waits_in_the_line_of_a_record_waits_as_long_as_it_has_time():
    shop.hold('order')
    calls = Calls().add({'customer': {'email': 'a@x.test'}}, '/orders/o1', 'PATCH')
    flow.until(lambda: shop.changes)
    late(calls.add({'customer': {'email': 'b@x.test'}}, '/orders/o1', 'PATCH', timeout_ms=200), 1, 'other writes to this record')
    shop.let_go()
    calls.end()
    assert [one['email'] for one in shop.changes] == ['a@x.test'], shop.changes


def whoever_waits_is_let_alone_at_the_end():
    """Two signals: some are in a queue, in lines, and taken along.  Of a write that is begun then nothing is asked any more."""
    sku = fresh('ENDED')
    shop.hold('sku ' + sku)
    shop.hold('write i-ended')
    shop.hold('order')
    calls = Calls().add(stock(1, sku=sku)).add(stock(2, inventory_item_id='i-ended')).add(stock(3, at='there', inventory_item_id='i-ended'))
    flow.until(lambda: len(shop.writes) == 1)
    for number in (4, 5):
        calls.add(stock(number, inventory_item_id='i-ended')).add(stock(number, at='there', inventory_item_id='i-ended'))
    calls.add(stock(-1, at='there', mode='delta', inventory_item_id='i-ended')).add(stock(6, inventory_item_id=SKUS[sku]))
    for email in ('a@x.test', 'b@x.test'):
        calls.add({'customer': {'email': email}}, '/orders/o1', 'PATCH')
    flow.until(lambda: shop.changes)
    seen = os.path.getsize(gateway.log)
    gateway.process.send_signal(signal.SIGTERM)
    flow.until(lambda: any(line.get('event') == 'stopping' for line in gateway.lines(seen)))
    assert gateway.stop() == 0
    shop.let_go()
    assert all(a[0] != 200 for a in calls.end()), calls.answers
    assert len(shop.writes) == 1 and len(shop.changes) == 1, (shop.writes, shop.changes)
    gateway.start()


def the_parts_of_batches_are_bounded():
    def items(n):
        return {'items': [stock(i, inventory_item_id='i-parts') for i in range(n)]}
    shop.hold('write i-parts')
    calls = Calls().add(items(100), '/inventory/batch')
    flow.until(lambda: shop.writes)
    status, body, headers = calls.add(items(30), '/inventory/batch').last()
    assert status == 503 and body['code'] == 'overloaded' and '--max-parts' in body['detail'] and headers['Retry-After'], (status, body)
    assert calls.add(stock(1, inventory_item_id='i-other')).last()[0] == 200
    shop.let_go()
    assert calls.end()[0][0] == 200
    assert calls.add(items(30), '/inventory/batch').last()[0] == 200


STORIES = [the_parts_of_batches_are_bounded, writes_by_two_names_leave_as_they_came, a_sku_beside_an_id_proves_nothing,
           what_is_certainly_another_waits_for_nobody, one_that_names_nothing_holds_nobody_up,
           found_in_another_order, those_that_come_anew_keep_their_order, what_is_no_more_is_said_to_be_so,
           who_waits_for_a_look_up_waits_as_long_as_it_has_time,
           who_waits_in_the_line_of_a_level_waits_as_long_as_it_has_time, who_waits_in_the_line_of_a_record_waits_as_long_as_it_has_time,
           whoever_waits_is_let_alone_at_the_end]


def alone(story):
    def run():
        shop.writes.clear()
        shop.changes.clear()
        try:
            story()
        finally:
            shop.let_go()
    run.__name__ = story.__name__
    return run


if __name__ == '__main__':
    start()
    code = flow.run([alone(story) for story in STORIES])
    code = gateway.stop() or code
    shutil.rmtree(gateway.folder, ignore_errors=True)
    sys.exit(code)
