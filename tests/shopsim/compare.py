#!/usr/bin/env python3
"""Asks a real Medusa and a shopsim the same questions, and prints where their answers differ in kind.

    compare.py REAL_URL REAL_KEY SIM_URL SIM_KEY [QUESTIONS]

Only reads.  Compared are status, names of headers, keys and types of a good answer, and the text of a bad
one.  {O}, {S}, {P}, {V}, {I}, {L} in a question stand for each shop's own first order, shipped order, product,
variant, inventory item and location.
"""
import base64
import json
import os
import sys
import urllib.error
import urllib.request

import shapes


class Shop:
    def __init__(self, url, key):
        self.url = url
        self.auth = 'Basic ' + base64.b64encode((key + ':').encode()).decode()
        self.names = {
            'P': self.first('/admin/products?limit=1&fields=id', 'products')['id'],
            'V': self.first('/admin/products?limit=1&fields=id,variants.id', 'products')['variants'][0]['id'],
            'O': self.first('/admin/orders?limit=1&fields=id', 'orders')['id'],
            'S': next(o['id'] for o in self.read('/admin/orders?limit=100&fields=id')['orders']
                      if o['fulfillment_status'] == 'shipped'),
            'I': self.first('/admin/inventory-items?limit=1&fields=id', 'inventory_items')['id'],
            'L': self.first('/admin/stock-locations?limit=1&fields=id', 'stock_locations')['id']}

    def ask(self, question):
        for name, own in self.names.items() if hasattr(self, 'names') else ():
            question = question.replace('{%s}' % name, own)
        request = urllib.request.Request(self.url + question, headers={'Authorization': self.auth})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def read(self, question):
        return json.loads(self.ask(question)[2])

    def first(self, question, plural):
        return self.read(question)[plural][0]

    def plain(self, body):
        """The text of an answer with the shop's own ids taken out."""
        text = body.decode()
        for name, own in self.names.items():
            text = text.replace(own, '{%s}' % name)
        return text


def compare(real, sim, question):
    left, right = real.ask(question), sim.ask(question)
    if left[0] != right[0]:
        return ['status %d, the real shop says %d' % (right[0], left[0])]
    bad = []
    if sorted(left[1].keys()) != sorted(right[1].keys()):
        bad.append('headers %s, the real shop has %s' % (right[1].keys(), left[1].keys()))
    if left[0] != 200 or not left[2].startswith(b'{'):
        if real.plain(left[2]) != sim.plain(right[2]):
            bad.append('%s\n    the real shop says %s' % (right[2][:300], left[2][:300]))
        return bad
    return bad + shapes.differences(shapes.kinds(json.loads(left[2])), shapes.kinds(json.loads(right[2])))


def main(real_url, real_key, sim_url, sim_key, questions=None):
    real, sim = Shop(real_url, real_key), Shop(sim_url, sim_key)
    asked = differ = 0
    path = questions or os.path.join(os.path.dirname(os.path.abspath(__file__)), 'questions.txt')
    with open(path, encoding='utf-8') as file:
        for question in filter(None, (line.strip() for line in file)):
            asked += 1
            bad = compare(real, sim, question)
            differ += bool(bad)
            for line in bad:
                print('%s\n  %s' % (question, line))
    print('%d questions, %d differ' % (asked, differ))
    return 1 if differ else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
