#!/usr/bin/env python3
"""test_shopify_schema.py - every request that the Shopify adapter can make is good by the published schema of 2026-07.

Judged by graphql-js (tests/graphql/validate.js).  The requests come from three sides, none of them a list kept by hand:

    the tables     every endpoint, with the default set, with everything, with each field of the model alone, and all
                   rows of its variables (tests/graphql/documents.c)
    the fixtures   what they say was sent
    the stories    what reached shopsim while test_shopify*.py ran, each of them run here once more

Variables of the tables are made up, so each endpoint has to be seen in a fixture or a story, too.
"""
import functools
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get('CARTWAY_SOURCE', os.path.join(HERE, '..', '..'))
GRAPHQL = os.path.join(SOURCE, 'tests', 'graphql')
FIXTURES = os.path.join(SOURCE, 'adapters', 'shopify', 'fixtures')
MODULE = os.path.join(flow.ADAPTERS, 'shopify.so')


def faults(requests):
    """Those that are not good, each with its `faults`."""
    lines = '\n'.join(json.dumps(request) for request in requests)
    try:
        done = subprocess.run(['node', os.path.join(GRAPHQL, 'validate.js'), os.path.join(GRAPHQL, 'shopify_2026-07.graphql.gz')],
                              input=lines, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise AssertionError('expected node with graphql-js: nodejs and node-graphql of script/lib.sh') from missing
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def all_good(requests, what):
    assert requests, 'no request of ' + what
    bad = faults(requests)
    shown = ['%s (%s): %s in %.300s with %.300s' % (request.get('endpoint', what), request.get('fields', ''), request['faults'],
                                                    request['query'], request.get('variables')) for request in bad[:8]]
    assert not bad, '%d of %d requests of %s: %s' % (len(bad), len(requests), what, '\n'.join(shown))


@functools.cache
def of_tables():
    done = subprocess.run([os.path.join(flow.BUILD, 'tests', 'graphql', 'documents'), MODULE, FIXTURES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_fixtures():
    requests = []
    for path in glob.glob(os.path.join(SOURCE, 'adapters', 'shopify', 'fixtures', '*.json')):
        with open(path, encoding='utf-8') as file:
            fixture = json.load(file)
        asked = (fixture.get('request') or {}) if isinstance(fixture, dict) else {}
        body = asked.get('body')
        if body and asked['path'].endswith('/graphql.json'):  # those of tokens are no documents
            requests.append({**(json.loads(body) if isinstance(body, str) else body), 'fields': os.path.basename(path)})
    return requests


def stories():
    return sorted(set(glob.glob(os.path.join(HERE, 'test_shopify*.py'))) - {os.path.abspath(__file__)})


@functools.cache
def of_stories():
    known = {}
    for path in stories():
        name = os.path.basename(path)
        with tempfile.NamedTemporaryFile('r', prefix='cartway-documents-', encoding='utf-8') as file:
            done = subprocess.run([sys.executable, path], env={**os.environ, 'CARTWAY_DOCUMENTS': file.name}, capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 0, '%s fails: see there\n%s' % (name, done.stdout[-2000:])
            for line in set(file.read().splitlines()):
                request = json.loads(line)
                known[line] = {'query': request['query'], 'variables': request.get('variables'), 'fields': name}
    return list(known.values())


def is_made_from(query, template):
    """{*} is the selection; a document without one is sent as it is."""
    return re.fullmatch(re.escape(template).replace(re.escape('{*}'), r'\{.*\}'), query, re.DOTALL)


def unseen(templates, requests):
    return [name for name, template in templates.items() if not any(is_made_from(r['query'], template) for r in requests)]


def the_tables_make_good_requests():
    requests = of_tables()
    assert len(requests) > 400, len(requests)
    all_good(requests, 'the tables')


def the_fixtures_hold_good_requests():
    all_good(of_fixtures(), 'the fixtures')


def the_stories_send_good_requests():
    assert len(stories()) > 0
    all_good(of_stories(), 'the stories')


def every_endpoint_was_seen():
    templates = {request['endpoint']: request['template'] for request in of_tables()}
    missing = unseen(templates, of_fixtures() + of_stories())
    assert not missing, 'in no fixture, and asked by no story (%s): %s' % (', '.join(map(os.path.basename, stories())), missing)
    assert unseen({'new': 'query{shop{name}}', 'store.info': 'query{shop{*}}'}, [{'query': 'query{shop{id}}'}]) == ['new']


def every_request_has_an_endpoint():
    """A story that asks shopsim something else would prove nothing."""
    templates = {request['template'] for request in of_tables()}
    foreign = [r['query'] for r in of_stories() if not any(is_made_from(r['query'], template) for template in templates)]
    assert not foreign, foreign[:3]


def no_request_costs_more_than_is_counted():
    """shopsim counts by the types of the schema, the gateway by the text alone."""
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    try:
        compared = 0
        for request in of_tables():
            if request['query'].startswith('mutation'):
                continue
            variables = {**request['variables'], 'after': None}  # the cursor is made up
            answer = flow.request(shop.port, 'POST', '/admin/api/2026-07/graphql.json', {'query': request['query'], 'variables': variables},
                                  {'X-Shopify-Access-Token': shop.key})[1]
            told = answer.get('extensions', {}).get('cost', {}).get('requestedQueryCost') or answer['errors'][0]['extensions'].get('cost')
            assert told is None or told <= request['points'], (told, request)
            compared += told is not None
        assert compared > 300, compared
    finally:
        shop.stop()


UPDATE = 'mutation($input:OrderInput!){orderUpdate(input:$input){order{id}userErrors{message}}}'
BAD = (
    ('Cannot query field "nmae"', 'query($id:ID!){order(id:$id){nmae}}', {'id': 'a'}),
    ('must not have a selection', 'query($id:ID!){order(id:$id){name{id}}}', {'id': 'a'}),
    ('must have a selection', 'query($id:ID!){order(id:$id)}', {'id': 'a'}),
    ('Unknown argument "ident"', 'query($id:ID!){order(ident:$id){id}}', {'id': 'a'}),
    ('used in position expecting', 'query($id:String!){order(id:$id){id}}', {'id': 'a'}),
    ('of required type', 'query($id:ID!){order(id:$id){id}}', {}),
    ('is not declared', 'query($id:ID!){order(id:$id){id}}', {'id': 'a', 'ident': 'b'}),
    ('is never used', 'query($id:ID!,$n:Int){order(id:$id){id}}', {'id': 'a'}),
    ('Int cannot represent', 'query($n:Int!){orders(first:$n){nodes{id}}}', {'n': '5'}),
    ('does not exist in "OrderSortKeys"', '{orders(first:1,sortKey:NAME){nodes{id}}}', {}),
    ('Field "nmae" is not defined', UPDATE, {'input': {'id': 'a', 'nmae': 'x'}}),
    ('String cannot represent', UPDATE, {'input': {'id': 'a', 'note': 5}}),
    ('Field "id" of required type', UPDATE, {'input': {'note': 'x'}}),
    ('does not exist in "CountryCode"', UPDATE, {'input': {'id': 'a', 'shippingAddress': {'countryCode': 'Holland'}}}),
    ('expected a decimal number', 'mutation($v:[ProductVariantsBulkInput!]!){productVariantsBulkCreate(productId:"a",variants:$v){userErrors{message}}}',
     {'v': [{'price': 5}]}),
    ('is deprecated', 'query($id:ID!){order(id:$id){totalPrice}}', {'id': 'a'}),
    ('Unknown directive', 'mutation($input:OrderInput!){orderUpdate(input:$input)@once(key:"a"){order{id}}}', {'input': {'id': 'a'}}),
    ('expected one operation', 'query A{shop{id}} query B{shop{id}}', {}),
    ('Syntax Error', 'query{shop{id}', {}),
)


def what_is_not_good_is_found():
    """The judge itself: each of these has a fault, and of that kind."""
    good = {'query': UPDATE, 'variables': {'input': {'id': 'a', 'note': None, 'tags': ['x']}}}
    found = faults([good] + [{'query': query, 'variables': variables, 'expected': expected} for expected, query, variables in BAD])
    assert [one['expected'] for one in found] == [expected for expected, _, _ in BAD], found
    assert all(one['expected'] in ' '.join(one['faults']) for one in found), found


TESTS = (the_tables_make_good_requests, the_fixtures_hold_good_requests, the_stories_send_good_requests, every_endpoint_was_seen,
         every_request_has_an_endpoint, no_request_costs_more_than_is_counted, what_is_not_good_is_found)

if __name__ == '__main__':
    sys.exit(flow.run(TESTS))
