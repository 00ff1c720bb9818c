#!/usr/bin/env python3
"""test_restart.py - kill -9 in mid-burst and a start at once, against shops that count strictly: nothing is refused.

The gateway of these tests takes limits as spent for the second after a start, as it does by default.
"""
import contextlib
import http.client
import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402


class Burst(flow.Place):
    """A shop that counts strictly, a gateway that was told how, and many calls at once."""

    def __init__(self, shop_limit, limits, turned=False):
        super().__init__(['--orders', '30', *shop_limit], ['--unknown-ms', '1000', '--attempt-ms', '120000'], limits, turned=turned)
        self.key = self.gateway.app()
        self.results = []

    def call(self, n, timeout):
        try:
            status = flow.request(self.gateway.port, 'GET', '/v1/stores/w1/orders?limit=%d' % n, None,
                                  {'Authorization': 'Bearer ' + self.key, 'Cartway-Timeout': str(timeout), 'Cache-Control': 'no-store'}, 180)[0]
        except OSError:
            status = 0  # the gateway died
        self.results.append(status)

    def begin(self, count, timeout=120000):
        """As many calls at once, no two alike."""
        self.results = []
        threads = [threading.Thread(target=self.call, args=(n + 1, timeout)) for n in range(count)]
        for thread in threads:
            thread.start()
        return threads

    def crash_after(self, requests, count):
        threads = self.begin(count)
        before = self.shop.state()['requests']
        while self.shop.state()['requests'] < before + requests and any(thread.is_alive() for thread in threads):
            time.sleep(0.005)
        self.gateway.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()

    def started(self):
        return [line for line in self.gateway.lines() if line.get('event') == 'started'][-1]


def it_is_known_how_the_last_run_ended():
    with Burst([], {'open': {'linger_ms': 1000}}) as burst:
        assert burst.started()['unclean'] is False
        burst.gateway.stop()
        burst.gateway.start()
        assert burst.started()['unclean'] is False
        for _ in range(5):  # Ctrl-C reaches it twice: from the terminal, and from the script that it was started by
            burst.gateway.process.send_signal(signal.SIGINT)
            assert burst.gateway.stop() == 0
            burst.gateway.start()
            assert burst.started()['unclean'] is False
        burst.gateway.stop(signal.SIGKILL)
        burst.gateway.start()
        assert burst.started()['unclean'] is True
        burst.gateway.stop()  # too soon: calls of the run that was cut off may be under way still
        burst.gateway.start()
        assert burst.started()['unclean'] is True


def a_minute_later_an_end_is_orderly_again():
    with Burst([], {'open': {'linger_ms': 1000}}, turned=True) as burst:
        burst.gateway.stop(signal.SIGKILL)
        burst.gateway.start()
        assert burst.started()['unclean'] is True
        burst.gateway.turn(61)
        burst.gateway.stop()
        burst.gateway.start()
        assert burst.started()['unclean'] is False


def an_end_with_calls_under_way_is_not_orderly():
    """The shop hangs for longer than an end waits: it may be at work on the call when the next run begins."""
    with Burst([], {'open': {'linger_ms': 1000}}, turned=True) as burst:
        burst.shop.faults({'fault': 'hang', 'path': '*orders*'})
        threads = burst.begin(1)
        while not burst.shop.state()['requests']:
            time.sleep(0.01)
        burst.gateway.process.send_signal(signal.SIGTERM)
        while not any(line.get('event') == 'stopping' for line in burst.gateway.lines()):
            time.sleep(0.01)
        burst.gateway.port = None  # nobody is let in any more
        burst.gateway.turn(11)
        assert burst.gateway.process.wait(flow.PATIENCE_S) == 0
        burst.gateway.stop()
        for thread in threads:
            thread.join()
        assert burst.results == [504], burst.results  # it is told so, too
        burst.gateway.start()
        assert burst.started()['unclean'] is True


def a_write_that_an_end_cuts_off_is_not_offered_again():
    with Burst([], {'open': {'linger_ms': 1000}}, turned=True) as burst:
        burst.shop.faults({'fault': 'hang', 'method': 'POST'})
        answers = []
        thread = threading.Thread(target=lambda: answers.append(flow.request(
            burst.gateway.port, 'POST', '/v1/stores/w1/orders', {'items': [{'product_id': '25', 'quantity': 2}]},
            {'Authorization': 'Bearer ' + burst.key, 'Cartway-Timeout': '120000'}, 180)))
        thread.start()
        while not any(path.startswith('POST') for path in burst.shop.state()['by_path']):
            time.sleep(0.01)
        burst.gateway.process.send_signal(signal.SIGTERM)
        while not any(line.get('event') == 'stopping' for line in burst.gateway.lines()):
            time.sleep(0.01)
        burst.gateway.port = None
        burst.gateway.turn(11)
        assert burst.gateway.process.wait(flow.PATIENCE_S) == 0
        burst.gateway.stop()
        thread.join()
        status, body, _ = answers[0]
        assert status == 504 and body['code'] == 'outcome_unknown' and body['retryable'] is False, answers
        burst.gateway.start()


def an_end_waits_for_what_is_being_written():
    """The disk is slow (somebody else has the database), and a second signal ends all other waiting: who asked is answered still."""
    gateway, answers = flow.Gateway(), []
    gateway.init()
    gateway.start()
    caller = http.client.HTTPConnection('127.0.0.1', gateway.admin_port, timeout=flow.PATIENCE_S)

    def hear():
        try:
            reply = caller.getresponse()
            answers.append((reply.status, reply.read()))
        except (OSError, http.client.HTTPException) as error:
            answers.append((0, repr(error)))

    with contextlib.closing(sqlite3.connect(os.path.join(gateway.data, 'cartway.db'), isolation_level=None)) as disk:
        disk.execute('begin immediate')
        caller.request('POST', '/admin/v1/apps', json.dumps({'name': 'late', 'scopes': ['raw'], 'stores': ['*']}),
                       {'Authorization': 'Bearer ' + gateway.admin_key, 'Content-Type': 'application/json'})
        for _ in range(3):  # turns of the loop, so that it has been read
            flow.request(gateway.port, 'GET', '/healthz')
        hearing = threading.Thread(target=hear)
        hearing.start()
        gateway.process.send_signal(signal.SIGTERM)
        flow.until(lambda: any(line.get('event') == 'stopping' for line in gateway.lines()))
        gateway.process.send_signal(signal.SIGTERM)
        hearing.join(1)  # an end that does not wait has hung up by now
        disk.execute('rollback')
    hearing.join()
    assert answers[0][0] not in (0, 504), answers  # 504: what came of it is not known
    assert gateway.process.wait(flow.PATIENCE_S) == 0
    gateway.stop()
    gateway.start()
    apps = [app['name'] for app in gateway.admin('GET', '/apps')[1]['data']]
    assert apps == (['late'] if answers[0][0] == 201 else []), (apps, answers)  # after 5 s the database gives up
    gateway.stop()
    shutil.rmtree(gateway.folder, ignore_errors=True)


def a_bucket_is_taken_as_empty():
    with Burst(['--limit', '20/40'], {'pace': {'amount': 20, 'burst': 40}, 'open': {'amount': 20, 'linger_ms': 1000}}) as burst:
        burst.crash_after(25, 60)
        burst.gateway.start()
        for thread in burst.begin(60):
            thread.join()
        state = burst.shop.state()
        assert burst.results == [200] * 60, burst.results
        assert state['refused'] == 0 and state['requests'] >= 85, state


def what_is_open_lingers():
    """The shop is still at work on calls of the run that was killed: four at a time is what it takes, three what we send."""
    with Burst(['--concurrent', '4'], {'pace': {'amount': 1000, 'burst': 1000}, 'open': {'amount': 3, 'linger_ms': 12000}}) as burst:
        burst.shop.faults({'fault': 'slow', 'ms': 3000, 'path': '*orders*', 'first': 3})
        burst.crash_after(3, 6)
        burst.gateway.start()
        for thread in burst.begin(9):
            thread.join()
        state = burst.shop.state()
        assert burst.results == [200] * 9 and state['refused'] == 0, (burst.results, state)


def a_long_limit_is_spent_from_the_disk():
    """40 at once and one a minute: what was spent before the crash is known to the last block."""
    with Burst(['--limit', '0.01666/40'], {'pace': {'amount': 1, 'per_ms': 60000, 'burst': 40}, 'open': {'amount': 20, 'linger_ms': 1000}}) as burst:
        burst.crash_after(25, 30)
        burst.gateway.start()
        for thread in burst.begin(40, 5000):
            thread.join()
        state = burst.shop.state()
        assert state['refused'] == 0, state
        assert 30 <= state['requests'] <= 42, state
        assert set(burst.results) == {200, 429}, burst.results
        before = state['requests']
        burst.gateway.stop()
        burst.gateway.start()
        for thread in burst.begin(10, 3000):
            thread.join()
        state = burst.shop.state()
        assert state['refused'] == 0 and state['requests'] <= before + 2, state


if __name__ == '__main__':
    sys.exit(flow.run([it_is_known_how_the_last_run_ended, a_minute_later_an_end_is_orderly_again,
                       an_end_with_calls_under_way_is_not_orderly, a_write_that_an_end_cuts_off_is_not_offered_again,
                       an_end_waits_for_what_is_being_written, a_bucket_is_taken_as_empty, what_is_open_lingers,
                       a_long_limit_is_spent_from_the_disk]))
