#!/usr/bin/env python3
"""test_probe.py - a limit that nobody has published is found: cartway limits probe, against a shop that counts strictly."""
import os
import subprocess
import sys

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
        assert state['requests'] == seen['requests'] and state['refused'] == seen['refused'], (state, seen)
        if seen['outcome'] == 'refused':
            assert seen['status'] == 429 and seen['refused'] >= 2, seen
            assert RATE * 0.3 <= seen['rate_per_1000_s'] / 1000 <= RATE * 1.05, seen
            assert pace['amount'] / 60 <= RATE and 1 <= pace['burst'] <= SIZE, pace
        else:  # a machine that cannot send 30 a second
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


if __name__ == '__main__':
    sys.exit(flow.run([it_is_off_and_bounded, what_the_shop_takes_is_found, a_shop_that_fails_ends_it, the_bound_is_kept]))
