#!/usr/bin/env python3
"""test_probe.py - a limit that nobody has published is found: cartway limits probe, against a shop that counts strictly."""
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

RATE, SIZE = 30, 20


class Place(flow.Place):
    def __init__(self, shop_limit, options=('--probe-requests', '600', '--probe-seconds', '60')):
        super().__init__(['--orders', '5', *shop_limit], options, grown=False)

    def limits(self, *words, key=None):
        done = subprocess.run([flow.GATEWAY, 'limits', *words, '--admin', 'http://127.0.0.1:%d' % self.gateway.admin_port], text=True,
                              capture_output=True, check=False, timeout=200,
                              env={**os.environ, 'CARTWAY_ADMIN_KEY': key or self.gateway.admin_key})
        return done.returncode, done.stdout, done.stderr

    def pace(self):
        return self.gateway.admin('GET', '/stores/w1/limits/pace')[1]['data']


def it_is_off_and_bounded():
    with Place([], options=()) as place:
        code, out, err = place.limits('probe', 'w1')
        assert code == 1 and out == '' and '--probe-requests' in err, (code, out, err)
        assert place.shop.state()['requests'] == 0
        code, out, err = place.limits('show', 'w1')
        assert code == 0 and 'pace' in out and '10 each 1000 ms, burst 50' in out and 'adapter' in out, (out, err)
        assert place.limits('show', 'nobody')[0] == 1 and place.limits('show')[0] == 64 and place.limits('guess', 'w1')[0] == 64
        assert place.limits('show', 'w1', key='cw_adm_nonsense')[0] == 1
    with Place([], options=('--probe-requests', '30')) as place:
        code, _, err = place.limits('probe', 'w1', '--requests', '31')
        assert code == 1 and 'requests: expected a whole number from 1 to 30 (option --probe-requests), found 31' in err, err
        code, _, err = place.limits('probe', 'w1', 'open')
        assert code == 1 and 'expected a bucket' in err, err


def what_the_shop_takes_is_found():
    """30 a second and 20 at once, which no document says; how fast this machine is does not matter: refusals tell."""
    with Place(['--limit', '%d/%d' % (RATE, SIZE)]) as place:
        code, out, err = place.limits('probe', 'w1', 'pace', '--requests', '600', '--seconds', '60')
        assert code == 0 and 'evidence' in out, (out, err)
        pace = place.pace()
        seen = pace['evidence']
        state = place.shop.state()
        assert pace['source'] == 'probe' and seen['endpoint'] == 'order.count' and seen['requests'] <= 600, pace
        assert pace['amount'] == seen['rate_per_1000_s'] * 60 * 95 // 100 // 1000, pace
        assert pace['burst'] == max(1, seen['size'] * 9 // 10), pace
        assert state['requests'] == seen['requests'] and state['refused'] == seen['refused'], (state, seen)
        if seen['outcome'] == 'refused':
            assert seen['status'] == 429 and seen['refused'] >= 2, seen
            assert RATE * 0.3 <= seen['rate_per_1000_s'] / 1000 <= RATE * 1.05, seen
            assert pace['amount'] / 60 <= RATE and 1 <= pace['burst'] <= SIZE, pace
        else:  # a machine that cannot send 30 a second
            assert seen['outcome'] == 'not_refused', seen
            assert pace['amount'] / 60 <= RATE, pace
        actions = [line for line in place.gateway.lines() if line.get('event') == 'limit.probe']
        assert len(actions) == 1 and actions[0]['requests'] == seen['requests'], actions
        place.gateway.stop()
        place.gateway.start()
        assert place.pace() == pace


def a_shop_that_fails_ends_it():
    with Place([]) as place:
        assert place.gateway.admin('PUT', '/stores/w1/limits/pace', {'amount': 7})[0] == 200
        before = place.pace()
        place.shop.faults({'fault': '500', 'path': '*orders*'})
        code, out, err = place.limits('probe', 'w1')
        assert code == 1 and out == '' and 'changed nothing' in err, (out, err)
        assert place.pace() == before and place.shop.state()['requests'] <= 4, place.pace()
        place.shop.faults()


def the_bound_is_kept():
    with Place([], options=('--probe-requests', '40', '--probe-seconds', '20')) as place:
        code, out, err = place.limits('probe', 'w1')
        assert place.shop.state()['requests'] <= 40, place.shop.state()
        assert code == 0 and place.pace()['evidence']['outcome'] == 'not_refused', (out, err)


def its_time_is_kept():
    """What is counted as sent was sent: nothing is put into the lane when the time is over."""
    with Place([], options=('--probe-requests', '5000', '--probe-seconds', '5')) as place:
        code, out, err = place.limits('probe', 'w1', '--seconds', '3')
        requests = place.shop.state()['requests']
        assert requests < 5000, requests
        if code == 0:
            assert place.pace()['evidence']['requests'] - requests in range(5), (place.pace(), requests)  # four under way at most
        else:  # a machine on which three seconds are none
            assert 'changed nothing' in err, (out, err)


def what_the_shop_says_is_evidence():
    with Place(['--limit', '5/10', '--retry-after'], options=('--probe-requests', '200', '--probe-seconds', '60')) as place:
        code, out, err = place.limits('probe', 'w1', 'pace', '--requests', '200', '--seconds', '60')
        assert code == 0, (out, err)
        seen = place.pace()['evidence']
        assert seen['outcome'] == 'refused' and seen['retry_after_ms'] >= 1000, seen
        assert seen['headers'] == {'Retry-After': str(seen['retry_after_ms'] // 1000)}, seen


def there_is_one_at_a_time_and_none_outlives_the_gateway():
    with Place([]) as place:
        before, told = place.pace(), []
        first = threading.Thread(target=lambda: told.append(place.limits('probe', 'w1', '--seconds', '60')))
        first.start()
        while place.pace()['source'] != 'probe':
            time.sleep(0.01)
        code, _, err = place.limits('probe', 'w1')
        assert code == 1 and 'another probe is under way' in err, (code, err)
        place.gateway.process.send_signal(signal.SIGTERM)
        first.join()
        code, _, err = told[0]
        assert code == 1 and 'the gateway is stopping' in err, told
        assert place.gateway.process.wait(flow.PATIENCE_S) == 0
        place.gateway.stop()
        place.gateway.start()
        assert place.pace() == before, place.pace()


if __name__ == '__main__':
    sys.exit(flow.run([it_is_off_and_bounded, what_the_shop_takes_is_found, a_shop_that_fails_ends_it, the_bound_is_kept, its_time_is_kept,
                       what_the_shop_says_is_evidence, there_is_one_at_a_time_and_none_outlives_the_gateway]))
