#!/usr/bin/env python3
"""test_strangers.py - callers who know the document and little else: requests drawn from /openapi.json by a seed.

    STRANGERS=20000 STRANGERS_FROM=7 python3 tests/flow/test_strangers.py      more of them, from another seed

Each request is one of the document's operations, of the API or the administrators'.  Ids in its path are such as answers gave,
or nonsense; parameters are declared ones, with values that might be meant, or not; a body is made by its schema and then spoilt
in up to three places, or is no JSON at all.  Whatever it is:

  - it is answered, and not with a 500;
  - an error is a problem as the document has it, with its own status and one of its codes; a 422 names what was expected and found;
  - an answer that is none is as its schema in the document says;
  - the gateway goes on, writes no error into its log, and ends well.
"""
import collections
import json
import os
import random
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

STEPS, FIRST = int(os.environ.get('STRANGERS', '800')), int(os.environ.get('STRANGERS_FROM', '1'))
WORDS = ['', '0', '1', '-1', '7', '12', '012', '1e9', '99999999999999999999', 'true', 'null', 'allow', 'raw', 'day', 'orders', 'all', '*', '.', '..',
         '%', '\u00e9', '\U0001f600', 'a' * 300, '\'"<>', ';--', '{sku}', 'gid://shopify/Order/1', '2026-01-01T00:00:00Z', '2026-13-01', 'id,sku',
         'items.sku', 'totals', 'sku', 'store,limit', 'hour', 'EUR', 'operator', 'orders:read', 'hold', 'medusa', 'paid', 'a,b,,c', '\x00', '\n', '/']
JSON_WORDS = WORDS + [None, True, False, 0, 1, -1, 0.5, 1e300, 10**30, [], {}, [[]], [None], {'': ''}, ['x'] * 200, {'amount': '1.00', 'currency': 'EUR'}]
GARBAGE = [b'', b'{', b'[]', b'null', b'"x"', b'{"a":1}{"b":2}', b'\xff\xfe', b'[' * 5000, b'{"a":' * 3000, b'{"quantity":1e999}', b'{"id":"\\u0000"}',
           b'{"id":"\\ud800"}', b'{"name":"a","name":"b"}']
# What a parameter, or a member, is likely to be.
PLAUSIBLE = {'store': 'm w s', 'stores': 'm w s m,w m,w,s', 'path': 'admin/orders admin/products orders products graphql.json',
             'fields': 'id id,sku id,items.sku totals id,totals,items', 'expand': 'payments items.tax_lines', 'include': 'raw', 'partial': 'allow',
             'explain': '1', 'emulate': 'true', 'limit': '1 5 50', 'status': 'open completed cancelled active draft', 'by': 'hour store limit,app',
             'updated_since': '2026-01-01T00:00:00Z', 'created_since': '2026-01-01T00:00:00Z', 'since': '2026-11-01T00:00:00Z',
             'until': '2030-01-01T00:00:00Z', 'class': 'interactive bulk', 'platform': 'medusa woocommerce shopify', 'role': 'owner operator auditor',
             'scopes': 'orders:read products:write *', 'amount': '1.00 19.99', 'currency': 'EUR USD'}
HEADERS = {'If-Match': ['*', '"1"', 'W/"1"', 'x'], 'Cache-Control': ['no-cache', 'max-age=0', 'max-age=x', 'stale-if-error=60'],
           'Cartway-Timeout': ['3000', '0', '-1', 'soon'], 'Prefer': ['respond-async', 'wait=1', ','], 'Idempotency-Key': ['k', ''],
           'Content-Type': ['application/json', 'text/plain', 'application/json; charset=utf-16', ''], 'Accept': ['text/html', '*/*;q=0']}
# Operations that end what the others stand on; the test does them itself, or has one of a kind only.
SPARED = {('DELETE', '/admin/v1/admin-keys/{key}'), ('PATCH', '/admin/v1/admin-keys/{key}'), ('POST', '/admin/v1/vault/rotate'),
          ('POST', '/admin/v1/stores/{store}/limits/{limit}/probe')}

gateway, shops, app_key, documents = None, [], None, {}


# ---- the world

def stores():
    return [{'id': 'm', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shops[0].port}, 'credentials': {'key': shops[0].key}},
            flow.woocommerce_store('w', shops[1].port), flow.shopify_store('s', shops[2].port)]


def start():
    global gateway, app_key  # pylint: disable=global-statement
    shops.extend([flow.Shop('--orders', '30', '--products', '30'), flow.Shop('--dialect', 'woocommerce'),
                  flow.Shop('--dialect', 'shopify', '--points', '10000/100000')])
    gateway, app_key = flow.connected(['medusa', 'woocommerce', 'shopify'], *stores())
    for port in gateway.port, gateway.admin_port:
        documents[port] = flow.request(port, 'GET', '/openapi.json')[1]


def mend():
    """What strangers removed is there again."""
    global app_key  # pylint: disable=global-statement
    for body in stores():
        status = gateway.admin('GET', '/stores/' + body['id'])[0]
        if status != 200:
            flow.connect(gateway, body)
        else:
            assert gateway.admin('PATCH', '/stores/' + body['id'], {'settings': body['settings'], 'allow_private': True})[0] == 200
            assert gateway.admin('PUT', '/stores/%s/credentials' % body['id'], {'credentials': body['credentials']})[0] == 200
            for row in gateway.admin('GET', '/stores/%s/limits' % body['id'])[1]['data']:
                gateway.admin('DELETE', '/stores/%s/limits/%s' % (body['id'], urllib.parse.quote(row['limit'], safe='')))
    if flow.request(gateway.port, 'GET', '/v1/stores', None, {'Authorization': 'Bearer ' + app_key})[0] != 200:
        app_key = gateway.app()


# ---- schemas

def resolved(schema, document):
    """With what it refers to; what stands beside the reference is added."""
    ref = schema.get('$ref')
    if not ref:
        return schema
    meant = resolved(document['components']['schemas'][ref.rsplit('/', 1)[1]], document)
    return {**meant, **{k: v for k, v in schema.items() if k not in ('$ref', 'properties')},
            'properties': {**meant.get('properties', {}), **schema.get('properties', {})}}


KINDS = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'integer': int, 'number': (int, float), 'null': type(None)}


def is_of(value, kind):
    return isinstance(value, KINDS[kind]) and (not isinstance(value, bool) or kind == 'boolean')


def faults(value, schema, document, path=''):
    """What of an answer is not as the document says."""
    schema = resolved(schema, document)
    for several in 'anyOf', 'oneOf':
        if several in schema:
            found = [faults(value, one, document, path) for one in schema[several]]
            return [] if any(not one for one in found) else min(found, key=len)
    if 'const' in schema and value != schema['const']:
        return ['%s: expected %r, found %.60r' % (path, schema['const'], value)]
    kinds = schema.get('type', [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(is_of(value, kind) for kind in kinds):
        return ['%s: expected %s, found %.60r' % (path, kinds, value)]
    if 'enum' in schema and value not in schema['enum']:
        return ['%s: expected one of %s, found %.60r' % (path, schema['enum'], value)]
    if isinstance(value, str) and 'pattern' in schema and not re.search(schema['pattern'], value):
        return ['%s: expected %s, found %.60r' % (path, schema['pattern'], value)]
    found = []
    if isinstance(value, dict):
        known = schema.get('properties', {})
        found += ['%s: lacks %s' % (path, name) for name in schema.get('required', ()) if name not in value]
        found += ['%s: has %s' % (path, name) for name in value if schema.get('additionalProperties') is False and name not in known]
        for name, member in value.items():
            if name in known:
                found += faults(member, known[name], document, '%s.%s' % (path, name))
    for at, one in enumerate(value if isinstance(value, list) else ()):
        found += faults(one, schema.get('items', {}), document, '%s[%d]' % (path, at))
    return found


# ---- what a stranger asks

class Stranger:
    def __init__(self, seed, seen):
        self.dice, self.seen = random.Random(seed), seen

    def one_in(self, n):
        return self.dice.randrange(n) == 0

    def word(self, name):
        known = self.seen[name]
        return self.dice.choice(WORDS) if not known or self.one_in(12) else self.dice.choice(sorted(known))

    def value(self, schema, document, name='', depth=0):
        schema = resolved(schema, document)
        kind = schema.get('type', 'string')
        kind = self.dice.choice(kind) if isinstance(kind, list) else kind
        if 'enum' in schema:
            return self.dice.choice(schema['enum'])
        if kind == 'object':
            must, all_of = schema.get('required', ()), schema.get('properties', {})
            wanted = [n for n in sorted(all_of) if n in must or (depth < 4 and self.one_in(3) and not all_of[n].get('readOnly'))]
            return {n: self.value(all_of[n], document, n, depth + 1) for n in wanted}
        if kind == 'array':
            return [self.value(schema.get('items', {}), document, name, depth + 1) for _ in range(self.dice.randrange(3))]
        if kind in ('integer', 'number'):
            return self.dice.choice([schema.get('minimum', 1), schema.get('maximum', 3), 2, 10, 100])
        return {'boolean': self.one_in(2), 'null': None}.get(kind) if kind in ('boolean', 'null') else self.word(name)

    def spoil(self, body):
        """One place of it is something else."""
        place = body
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = self.dice.choice(keys)
            if isinstance(place[key], (dict, list)) and place[key] and not self.one_in(3):
                place = place[key]
                continue
            if isinstance(place, dict) and self.one_in(4):
                place[self.dice.choice(['x', '', 'id', 'store', 'a' * 300])] = place.pop(key)
            else:
                place[key] = self.dice.choice(JSON_WORDS)
            break
        return body

    def body_of(self, operation, document):
        if 'requestBody' not in operation:
            return self.dice.choice(GARBAGE) if self.one_in(12) else None
        if self.one_in(12):
            return self.dice.choice(GARBAGE)
        body = self.value(operation['requestBody']['content']['application/json']['schema'], document)
        for _ in range(self.dice.randrange(4) if isinstance(body, dict) else 0):
            body = self.spoil(body)
        return json.dumps(body).encode()

    def ask(self):
        """(port, method, template, path, body, headers, operation)"""
        port = self.dice.choice(sorted(documents))
        document = documents[port]
        template = self.dice.choice(sorted(document['paths']))
        method = self.dice.choice(sorted(document['paths'][template]))
        operation = document['paths'][template][method]
        path, query = template, []
        for row in operation['parameters']:
            if row['in'] == 'path':
                path = path.replace('{%s}' % row['name'], urllib.parse.quote(self.word(row['name']), safe='/' if row['name'] == 'path' else ''))
            elif self.one_in(6):
                query += [(row['name'], self.word(row['name']))] * (2 if self.one_in(20) else 1)
        if self.one_in(20):
            query.append((self.dice.choice(['x', 'Limit', 'fields[]', '']), 'y'))
        headers = {name: self.dice.choice(values) for name, values in HEADERS.items() if self.one_in(40)}
        if not self.one_in(30):
            key = gateway.admin_key if port == gateway.admin_port else app_key
            headers['Authorization'] = 'Bearer ' + key
        path = (path or '/') + ('?' + urllib.parse.urlencode(query) if query else '')
        return port, method.upper(), template, path, self.body_of(operation, document), headers, operation


# ---- what it is told

def learn(value, seen, name=''):
    """Ids of answers, for the paths of others."""
    if isinstance(value, dict):
        for key, member in value.items():
            learn(member, seen, key)
    elif isinstance(value, list):
        for one in value[:5]:
            learn(one, seen, name)
    elif isinstance(value, str) and 0 < len(value) < 200 and len(seen[name]) < 40:
        seen[name].add(value)


def judge(asked, reply):
    port, method, template, _, _, _, operation = asked
    status, body, headers = reply
    document = documents[port]
    if '/raw/' in template and 'Cartway-Upstream' in headers and headers.get('Content-Type') != 'application/problem+json':
        return  # the shop's own answer
    assert status != 500, 'an internal error'
    if status >= 400:
        if template.startswith('/connect/') and headers.get('Content-Type', '').startswith('text/html'):
            return
        assert headers.get('Content-Type') == 'application/problem+json', headers
        found = faults(body, document['components']['schemas']['problem'], document)
        assert not found and body['status'] == status, found
        assert status != 422 or body.get('detail') or body.get('errors'), body
        return
    said = operation['responses'].get(str(status))
    assert said or template.startswith('/connect/'), 'a status that the document does not have'
    if said and 'application/json' in said.get('content', {}) and not isinstance(body, bytes):
        found = faults(body, said['content']['application/json']['schema'], document)
        assert not found, (method, template, found[:5])


def names_of(seen):
    """An id of a record is asked for by several names."""
    for name in 'order_id', 'product_id', 'variant_id', 'inventory_item_id', 'ids', 'app', 'key':
        seen[name] |= set(sorted(seen['id'])[:30])
    for name, words in PLAUSIBLE.items():
        seen[name] |= set(words.split())
    seen['cursor'] |= seen['next']


def whatever_is_asked_is_answered():
    seen, counts, bad = collections.defaultdict(set), collections.Counter(), []
    names_of(seen)
    for step in range(STEPS):
        stranger = Stranger(FIRST * 1000000 + step, seen)
        if step % 100 == 0:
            mend()
        asked = stranger.ask()
        if (asked[1], asked[2]) in SPARED:
            continue
        try:
            reply = flow.request(asked[0], asked[1], asked[3], asked[4], asked[5])
            judge(asked, reply)
        except Exception as fault:  # pylint: disable=broad-except
            bad.append('step %d: %s %.300s %.300r %r: %s: %.300s' % (step, asked[1], asked[3], asked[4], asked[5], type(fault).__name__, fault))
            continue
        counts[reply[0]] += 1
        if reply[0] < 300 and isinstance(reply[1], dict):
            learn(reply[1], seen)
            names_of(seen)
    print('# %s' % ', '.join('%d: %d' % row for row in sorted(counts.items())))
    assert not bad, '%d, from seed %d:\n%s' % (len(bad), FIRST, '\n'.join(bad[:20]))
    assert counts[200] > STEPS / 10 and counts[422] > STEPS / 50, counts


def nothing_went_wrong_inside():
    bad = [line for line in gateway.lines() if line.get('level') == 'error']
    assert not bad, bad[:3]
    assert flow.request(gateway.port, 'GET', '/healthz')[0] == 200


if __name__ == '__main__':
    start()
    flow.main([whatever_is_asked_is_answered, nothing_went_wrong_inside], gateway, *shops)
