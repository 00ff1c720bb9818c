#!/usr/bin/env python3
"""test_growth.py - limits that nobody has published: they begin low, grow on evidence, fall, and survive."""
import concurrent.futures
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

place = gateway = app_key = None


def start():
    global place, gateway, app_key
    place = flow.Place(['--orders', '30'], grown=False)
    gateway = place.gateway
    app_key = gateway.app()


def call(number):
    """Each another one, so that none is answered from another's answer."""
    return flow.request(gateway.port, 'GET', '/v1/stores/w1/orders?limit=1&created_since=2020-01-01T00:00:%02d.%03dZ' % (number // 1000, number % 1000),
                        None, {'Authorization': 'Bearer ' + app_key, 'Cartway-Timeout': '60000'}, 180)[0]


def calls(first, n):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(first, first + n)))


def gauge(name):
    lane = next((one for one in gateway.admin('GET', '/lanes')[1]['data'] if one['lane'] == 'w1'), None)
    return lane and next(one for one in lane['limits'] if one['limit'] == name and one['key'] == '')


def kept(name):
    """As a reader of the file sees it: pace of 1024."""
    with sqlite3.connect('file:%s/cartway.db?mode=ro' % gateway.data, uri=True) as db:
        row = db.execute("select pace from limits_learnt where lane = 'w1' and lim = ?", (name,)).fetchone()
        return row and row[0]


def they_begin_low():
    assert call(1) == 200
    pace, many = gauge('pace'), gauge('open')
    assert pace['grows'] == {'from': 2, 'to': 10, 'now': pace['grows']['now']} and pace['grows']['now'] < 2.5, pace
    assert pace['most'] <= 4 and pace['source'] == 'adapter', pace
    assert many['grows']['now'] == 1 and many['grows']['to'] == 3, many
    shown = gateway.admin('GET', '/stores/w1/limits/pace')[1]['data']
    assert (shown['amount'], shown['burst'], shown['from']) == (10, 50, 2), shown


def calls_that_wait_for_them_and_are_served_make_them_grow():
    got = calls(10, 30)
    assert got == [200] * 30, got
    assert gauge('pace')['grows']['now'] > 4 and gauge('pace')['most'] > 4, gauge('pace')


def it_survives_an_orderly_end_and_a_kill():
    for how in (signal.SIGTERM, signal.SIGKILL):
        before = gauge('pace')['pace_permille']
        if how == signal.SIGKILL:  # it is on the disk some seconds later at most
            flow.until(lambda: abs(kept('pace') * 1000 // 1024 - gauge('pace')['pace_permille']) <= 1, 'what was learnt is on the disk')
        gateway.stop(how)
        gateway.start()
        assert call(5000 + how) == 200
        after = gauge('pace')['pace_permille']
        assert before - 1 <= after <= before + 32, (how, before, after)


def a_shop_that_cannot_makes_them_fall():
    before = gauge('pace')['pace_permille']
    place.shop.faults({'fault': '503', 'times': 1})
    assert call(6000) == 200  # it was tried again
    assert gauge('pace')['pace_permille'] <= before // 2 + 32, (before, gauge('pace'))


def an_operators_numbers_hold_at_once_and_do_not_grow():
    assert gateway.admin('PUT', '/stores/w1/limits/pace', {'amount': 8})[0] == 200
    assert call(7000) == 200
    pace = gauge('pace')
    assert pace['amount'] == 8 and pace['pace_permille'] == 1000 and 'grows' not in pace, pace
    assert gateway.admin('DELETE', '/stores/w1/limits/pace')[0] == 200
    assert gauge('pace')['grows']['now'] < 2.5, gauge('pace')


def a_store_that_is_gone_is_forgotten():
    flow.until(lambda: kept('open') is not None, 'it was written')
    assert gateway.admin('DELETE', '/stores/w1')[0] == 200
    assert kept('pace') is None and kept('open') is None


if __name__ == '__main__':
    start()
    flow.main([they_begin_low, calls_that_wait_for_them_and_are_served_make_them_grow, it_survives_an_orderly_end_and_a_kill,
               a_shop_that_cannot_makes_them_fall, an_operators_numbers_hold_at_once_and_do_not_grow,
               a_store_that_is_gone_is_forgotten], gateway, place.shop)
