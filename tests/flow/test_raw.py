#!/usr/bin/env python3
"""test_raw.py - raw requests stand under the limits of the operation that they are (gates.c: two of each an hour).

The shop counts by operation and refuses the third of an hour, by code of its own: it must never have to.
"""
import http.server
import json
import os
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

MOST = 2
gateway = key = None


class Shop:
    """counts: (store, operation) -> requests; refused: those that were too many."""

    def __init__(self):
        self.counts, self.refused, self.lock = {}, [], threading.Lock()
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                status, document = shop.answer(self.headers['Authorization'], self.path)
                raw = json.dumps(document).encode()
                self.send_response(status)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.handle_error = lambda *_: None
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, who, target):
        parts = [urllib.parse.unquote(part) for part in target.partition('?')[0].split('/') if part]
        operation = '/'.join(parts[:2] + ['{id}'] * len(parts[2:]))
        with self.lock:
            n = self.counts[who, operation] = self.counts.get((who, operation), 0) + 1
            if n > MOST:
                self.refused.append((who, target))
                return 429, {'message': 'slow down'}
        if len(parts) > 2:
            return 200, {'id': parts[2]}
        return 200, {parts[-1]: [{'id': 'x1'}]}

    def count(self, store, operation):
        return self.counts.get(('Bearer ' + store, operation), 0)


shop = Shop()


def store(name):
    return {'id': name, 'platform': 'gates', 'settings': {'site': 'http://127.0.0.1:%d' % shop.port}, 'credentials': {'key': name}}


def start():
    global gateway, key  # pylint: disable=global-statement
    gateway, key = flow.connected(['gates'], store('own'), store('forms'), store('unknown'))


def call(name, path, headers=()):
    status, answer, _ = flow.request(gateway.port, 'GET', '/v1/stores/%s%s' % (name, path), None,
                                     {'Authorization': 'Bearer ' + key, 'Cache-Control': 'no-cache', **dict(headers)})
    return status, answer.get('code') if status >= 400 else None, answer


def served(name, path):
    found = call(name, path)
    assert found[0] == 200, (path, found)


def held(name, path, by):
    """It waits for half an hour, and is not asked to for longer than a moment."""
    found = call(name, path, {'Cartway-Timeout': '300'})
    assert found[:2] == (429, 'lane_deadline') and ': %s leaves no room' % by in found[2]['detail'], (path, found)


def another_operations_empty_bucket_holds_no_raw_read():
    for _ in range(MOST):
        served('own', '/orders/o1')
    held('own', '/orders/o1', 'order.get')
    served('own', '/raw/v1/orders')
    served('own', '/raw/v1/places?limit=5')


def its_own_bucket_holds_it_and_it_takes_from_that():
    held('own', '/raw/v1/orders/o2', 'order.get')
    served('own', '/orders?limit=1')  # one was taken by the raw read
    held('own', '/orders?limit=2', 'order.list')
    held('own', '/raw/v1/orders?status=open', 'order.list')
    assert shop.count('own', 'v1/orders') == MOST and shop.count('own', 'v1/orders/{id}') == MOST, shop.counts


def however_its_path_is_written():
    served('forms', '/raw/v1/orders/o1?a=/x')
    served('forms', '/raw/v1/%6Frders/o%31/')
    for path in '/v1/orders/o3', '/v1/orders//o3', '/v1/./orders/o3/', '/v1/orders/%6f3', '/v1/orders/o%2F3':
        held('forms', '/raw' + path, 'order.get')
    held('forms', '/orders/o1', 'order.get')
    served('forms', '/raw/v1/orders')


def what_nobody_knows_is_refused_if_all_are_too_many():
    status, code, answer = call('unknown', '/raw/v2/orders')
    assert (status, code) == (501, 'unsupported'), answer
    assert 'expected a request under at most 12 limits, found 13' in answer['detail'], answer
    assert not answer['retryable'] and shop.count('unknown', 'v2/orders') == 0, answer


def what_nobody_knows_waits_for_all():
    assert gateway.admin('PUT', '/stores/unknown/limits/_j', {'mode': 'off'})[0] == 200
    served('unknown', '/raw/v2/orders')
    for _ in range(MOST - 1):
        served('unknown', '/raw/v1/places')
    held('unknown', '/raw/v1/places', 'location.list')  # the other was taken by the unknown one
    held('unknown', '/raw/v2/orders', 'location.list')
    assert gateway.admin('PUT', '/stores/unknown/limits/location.list', {'mode': 'off'})[0] == 200
    served('unknown', '/raw/v2/orders')


def the_shop_refused_nobody():
    assert not shop.refused, shop.refused
    assert sum(shop.counts.values()) == 11, shop.counts


if __name__ == '__main__':
    start()
    failed = flow.run([another_operations_empty_bucket_holds_no_raw_read, its_own_bucket_holds_it_and_it_takes_from_that,
                       however_its_path_is_written, what_nobody_knows_is_refused_if_all_are_too_many, what_nobody_knows_waits_for_all,
                       the_shop_refused_nobody])
    code = gateway.stop()
    assert code == 0, code
    sys.exit(failed)
