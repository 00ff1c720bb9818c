#!/usr/bin/env python3
"""test_bad_input.py - what a caller may get wrong, on every platform, by every method that writes.

WRITES holds a body for each platform and method that is right: `explain=1` says so, and asks the shop nothing.  Then each
member of each body is spoilt in every way that its type knows (SPOILT), and each record inside gets a member too many: one
fault, so one answer, 422 `validation_failed` with the member's path, what was expected and what was found, and the shop, which
counts what it is asked, was asked nothing.  What only the shop can know stands in tables of its own further down; there the
shop says how many writes took effect.
"""
import copy
import http.client
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

shops = {}
gateway = app_key = schemas = None
ids = {}  # platform -> name -> an id of its shop
WRITES = {}  # (platform, method) -> (HTTP method, path, body)


def store_of(platform, shop, name=None, **credentials):
    site = 'http://127.0.0.1:%d' % shop.port
    if platform == 'shopify':
        return flow.shopify_store(name or platform, shop.port, **credentials)
    key, _, secret = shop.key.partition(':')
    keys = {'key': key, 'secret': secret} if secret else {'key': key}
    return {'id': name or platform, 'platform': platform, 'settings': {'site': site}, 'credentials': {**keys, **credentials}}


def start():
    global gateway, app_key, schemas
    shops['medusa'] = flow.Shop()
    shops['woocommerce'] = flow.Shop('--dialect', 'woocommerce')
    shops['shopify'] = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    gateway, app_key = flow.connected(list(shops), *[store_of(platform, shop) for platform, shop in shops.items()])
    schemas = flow.request(gateway.port, 'GET', '/openapi.json')[1]['components']['schemas']
    for platform in shops:
        find_ids(platform)
    write_down()


def call(store, path, method='GET', body=None, headers=None):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (store, path), body,
                        {'Authorization': 'Bearer ' + app_key, **(headers or {})})


def escaped(text):
    return urllib.parse.quote(text, safe='')


def good(store, path, **more):
    status, answer, _ = call(store, path, **more)
    assert status in (200, 201), (store, path, status, answer)
    return answer['data']


def find_ids(platform):
    orders = good(platform, '/orders?limit=50&fields=id,items.id,payment_status,currency,payments.id')
    order = [order for order in orders if order['payment_status'] == 'paid' and order['currency'] == 'EUR'][0]
    product = good(platform, '/products?limit=1&fields=id,variants.id,variants.sku')[0]
    variant = product['variants'][0]
    level = good(platform, '/inventory?sku=' + variant['sku'])[0]
    ids[platform] = {'order': order['id'], 'line': order['items'][0]['id'], 'product': product['id'], 'variant': variant['id'],
                     'sku': variant['sku'], 'item': level['inventory_item_id'], 'location': level['location_id'],
                     'payment': (order.get('payments') or [{'id': ''}])[0]['id']}


# ---- what is right ------------------------------------------------------------------------------------------------

EUR = {'amount': '1.50', 'currency': 'EUR'}
ADDRESS = {'first_name': 'Ann', 'last_name': 'Lee', 'company': 'Acme', 'address1': 'Street 1', 'address2': 'b', 'city': 'Bonn',
           'postal_code': '53111', 'country': 'DE', 'phone': {'e164': '+4922812345678'}}


def bodies(platform):
    """method -> body: every kind of field that the platform takes with it."""
    own = ids[platform]
    line = {'order_item_id': own['line'], 'quantity': 1}
    stock = {'mode': 'compare_and_set', 'sku': own['sku'], 'location_id': own['location'], 'quantity': 5, 'expected': 4}
    common = {'inventory.set': stock, 'order.update': {'customer': {'email': 'a@b.test'}, 'shipping_address': ADDRESS}}
    if platform == 'medusa':
        price = {'amount': EUR, 'min_quantity': 2}
        variant = {'title': 'S', 'sku': 'NEW', 'identifiers': {'barcode': '4006381333931', 'ean': '4006381333931', 'upc': '0360002'},
                   'option_values': [{'name': 'Size', 'value': 'S'}], 'position': 1, 'prices': [price], 'backorders': 'yes',
                   'manage_stock': True, 'weight': {'value': '1.5', 'unit': 'kg'}, 'dimensions': {'l': '1', 'w': '2', 'h': '3'}}
        return {**common, 'order.create': {
            'currency': 'EUR', 'channel': {'id': 'sc_1'}, 'customer': {'id': 'cus_1', 'email': 'a@b.test'}, 'note_attributes': {'a': 1},
            'billing_address': ADDRESS, 'shipping_address': {**ADDRESS, 'region_raw': 'NRW'}, 'notify': False,
            'items': [{'variant_id': own['variant'], 'name': 'Cup', 'quantity': 1, 'unit_price': {'shop': EUR}}],
            'shipping_lines': [{'title': 'Post', 'method_id': 'so_1', 'price': {'shop': EUR}}]},
            'order.fulfillment.create': {'items': [line], 'location_id': own['location'], 'notify': True},
            'order.fulfillment.update': {'items': [line], 'tracking': [{'number': '1Z', 'url': 'https://x.test/1Z'}], 'notify': True},
            'order.refund.create': {'total': {'shop': EUR}, 'note': 'broken', 'extra': {'payment_id': own['payment']}},
            'product.create': {'name': 'Cup', 'slug': 'cup', 'status': 'draft', 'description': '<p>', 'short_description': 'c',
                               'category_ids': ['c1'], 'channel_ids': ['s1'], 'media': [{'url': 'https://x.test/a.jpg'}],
                               'options': [{'name': 'Size', 'values': [{'name': 'S'}]}], 'variants': [variant], 'is_gift_card': False,
                               'hs_code': '6912', 'country_of_origin': 'DE', 'weight': {'value': '1', 'unit': 'g'},
                               'extra': {'material': 'clay'}},
            'product.update': {'name': 'Cup', 'status': 'active', 'category_ids': ['c1'], 'dimensions': {'l': '1'}},
            'variant.create': {'product_id': own['product'], **variant}, 'variant.update': {'product_id': own['product'], **variant}}
    if platform == 'woocommerce':
        sold = {'sku': 'NEW', 'identifiers': {'barcode': '4006381333931'}, 'description': 'x', 'price': EUR, 'quantity_total': 4,
                'manage_stock': True, 'backorders': 'no', 'low_stock_threshold': 1, 'tax_class_id': 'reduced-rate',
                'dimensions': {'l': '1', 'w': '2', 'h': '3'}, 'is_virtual': False, 'extra': {'sale_price': '1.00', 'weight': '1'}}
        product = {'name': 'Cup', 'type': 'simple', 'status': 'draft', 'visibility': 'visible', 'slug': 'cup', 'short_description': 'c',
                   'category_ids': ['16'], 'tags': ['t'], 'media': [{'url': 'http://127.0.0.1/a.jpg', 'alt': 'a'}],
                   'options': [{'name': 'Size', 'position': 0, 'used_for_variants': True, 'values': [{'name': 'S'}]}],
                   'is_featured': True, 'is_downloadable': False, 'up_sell_ids': ['101'], 'sort_order': 2, **sold}
        variant = {**sold, 'option_values': [{'name': 'Size', 'value': 'S'}], 'position': 1}
        order = {'status': 'open', 'payment_method': {'id': 'bacs', 'name': 'Bank'}, 'payment_status': 'paid',
                 'customer': {'id': '2', 'email': 'a@b.test'}, 'customer_note': 'ring', 'billing_address': ADDRESS,
                 'shipping_address': {**ADDRESS, 'region_raw': 'NRW'}, 'discounts': [{'code': 'save10'}], 'extra': {'transaction_id': '1'}}
        return {**common, 'order.create': {
            'currency': 'EUR', 'items': [{'product_id': own['product'], 'variant_id': own['variant'], 'quantity': 2}],
            'shipping_lines': [{'code': 'flat_rate', 'title': 'Post', 'price': {'shop': EUR}}],
            'fees': [{'name': 'Wrap', 'amount': {'shop': EUR}}], **order}, 'order.update': order,
            'order.refund.create': {'total': {'shop': EUR}, 'reason': 'broken',
                                    'items': [{**line, 'amount': {'shop': EUR}}]},
            'product.create': product, 'product.update': product, 'variant.create': {'product_id': own['product'], **variant},
            'variant.update': {'product_id': own['product'], **variant}}
    tax = {'name': 'VAT', 'rate': '0.19', 'amount': {'shop': EUR}}
    variant = {'product_id': own['product'], 'sku': 'NEW', 'price': EUR, 'identifiers': {'barcode': '4006381333931'},
               'option_values': [{'name': 'Size', 'value': 'S'}], 'taxable': True, 'backorders': 'no', 'manage_stock': True,
               'requires_shipping': True, 'weight': {'value': '1.5', 'unit': 'kg'}, 'extra': {'unit_cost': '1.00', 'hs_code': '6912'}}
    product = {'name': 'Cup', 'slug': 'cup', 'status': 'draft', 'description': '<p>', 'vendor': 'Acme', 'tags': ['a'],
               'seo': {'title': 'Cup', 'description': 'a cup'}, 'extra': {'product_type': 'cups'}}
    return {**common, 'order.create': {
        'items': [{'variant_id': own['variant'], 'name': 'Cup', 'quantity': 1, 'unit_price': {'shop': EUR}, 'tax_lines': [tax],
                   'properties': [{'name': 'a', 'value': 'b'}], 'requires_shipping': True, 'taxable': True}],
        'shipping_lines': [{'title': 'Post', 'price': {'shop': EUR}}], 'currency': 'EUR', 'prices_include_tax': True,
        'payments': [{'kind': 'sale', 'gateway': 'manual', 'amount': EUR, 'processed_at': '2026-01-31T12:00:00Z'}],
        'payment_status': 'paid', 'customer': {'email': 'a@b.test'}, 'billing_address': ADDRESS, 'shipping_address': ADDRESS,
        'name': '#1', 'note': 'n', 'tags': ['a'], 'placed_at': '2026-01-31T12:00:00Z', 'is_test': True,
        'extra': {'po_number': '1'}, 'notify': False},
        'order.update': {**common['order.update'], 'note': 'n', 'tags': ['a']},
        'order.cancel': {'cancel_reason': 'CUSTOMER', 'private_note': 'n', 'restock': True, 'refund': False, 'notify': False},
        'order.fulfillment.create': {'items': [line], 'location_id': own['location'], 'notify': True,
                                     'tracking': [{'number': '1Z', 'url': 'https://x.test/1Z', 'carrier': 'UPS'}]},
        'order.fulfillment.update': {'tracking': [{'number': '1Z', 'url': 'https://x.test/1Z', 'carrier': 'UPS'}], 'notify': True},
        'order.refund.create': {'total': {'shop': EUR}, 'note': 'broken', 'items': [{**line, 'restock': 'none'}],
                                'shipping': {'shop': EUR}, 'processed_at': '2026-01-31T12:00:00Z', 'notify': False},
        'product.create': {**product, 'category_ids': ['gid://shopify/Collection/1'], 'is_gift_card': False,
                           'options': [{'name': 'Size', 'values': [{'name': 'S'}]}]},
        'product.update': product, 'variant.create': variant, 'variant.update': variant}


PATHS = {'order.create': ('POST', '/orders'), 'order.update': ('PATCH', '/orders/{order}'), 'order.cancel': ('POST', '/orders/{order}/cancel'),
         'order.fulfillment.create': ('POST', '/orders/{order}/fulfillments'),
         'order.fulfillment.update': ('PATCH', '/orders/{order}/fulfillments/{line}'),
         'order.refund.create': ('POST', '/orders/{order}/refunds'), 'product.create': ('POST', '/products'),
         'product.update': ('PATCH', '/products/{product}'), 'variant.create': ('POST', '/variants'),
         'variant.update': ('PATCH', '/variants/{variant}'), 'inventory.set': ('POST', '/inventory')}
ENTITY = {'order.fulfillment': 'Fulfillment', 'order.refund': 'Refund', 'order': 'Order', 'product': 'Product', 'variant': 'Variant',
          'inventory': 'inventory_adjustment_request'}
OPTIONS = {'notify': {'type': 'boolean'}, 'restock': {'type': 'boolean'}, 'refund': {'type': 'boolean'}}


def write_down():
    for platform in shops:
        named = {name: escaped(value) for name, value in ids[platform].items()}
        for method, body in bodies(platform).items():
            verb, path = PATHS[method]
            WRITES[platform, method] = verb, path.format(**named), json.loads(json.dumps(body))  # nothing stands in it twice


# ---- asked, and not sent ------------------------------------------------------------------------------------------


def refused(platform, method, body, status, code, path='', more=''):
    """The answer to a body that is wrong; the shop heard nothing of it."""
    verb, address, _ = WRITES[platform, method]
    before = shops[platform].state()['requests']
    found, answer, _ = call(platform, address + more, verb, body)
    what = (platform, method, path, json.dumps(body)[:300] if isinstance(body, dict) else body[:300], found, answer)
    assert (found, answer.get('code')) == (status, code), what
    assert shops[platform].state()['requests'] == before, ('the shop was asked', what)
    return answer, what


def is_named(platform, method, body, path, value):
    """One fault, by its path, with what was found."""
    answer, what = refused(platform, method, body, 422, 'validation_failed', path)
    errors = answer.get('errors', [])
    assert [error['path'] for error in errors] == [path], (path, what)
    shown = json.dumps(value, separators=(',', ':'), ensure_ascii=False, sort_keys=True)
    assert len(errors[0]['expected']) > 5 and errors[0]['found'][:20] == shown[:20], (path, shown, what)


def everything_right_would_be_done():
    for (platform, method), (verb, path, body) in WRITES.items():
        before = shops[platform].state()['requests']
        status, answer, _ = call(platform, path + '?explain=1', verb, body)
        assert status == 200 and answer['data']['method'].startswith(method.split('.')[0]), (platform, method, status, answer)
        assert shops[platform].state()['requests'] == before, (platform, method)


# ---- each member of each body ---------------------------------------------------------------------------------------

WHERE_TEXT = [5, True, ['x'], {'x': 1}]
SPOILT = {'text': WHERE_TEXT, 'boolean': ['true', 1, [], {}], 'number': ['1', True, [], 1.23456, 1e12, -1, -0.5], 'integer': [1.5, '1', True, 1 << 60],
          'list': ['x', 5, {'x': 1}], 'record': ['x', 5, True, ['x']], 'texts': ['x', [5], {'x': 1}, ['x', None]],
          'time': ['yesterday', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '', 5], 'word': ['nonsense', '', 5, ['x']],
          'country': ['XX', 'Germany', 'DEU', 5], 'currency': ['XXY', 'euro', 5, ''],
          'money': ['1.50', 1.5, {'amount': 1.5, 'currency': 'EUR'}, {'amount': '1,50', 'currency': 'EUR'}, {'amount': '1.50'},
                    {'currency': 'EUR'}, {'amount': '1e3', 'currency': 'EUR'}, {'amount': 'NaN', 'currency': 'EUR'}, {'amount': '', 'currency': 'EUR'},
                    {'amount': '1.50', 'currency': 'XXY'}, {'amount': '1.50', 'currency': 'EUR', 'more': 1},
                    {'amount': '1.50', 'currency': 'EUR', 'minor': 151}, {'amount': '1.2345678', 'currency': 'EUR'}],
          'measure': ['1', {'value': 1.5, 'unit': 'kg'}, {'value': '1.5'}, {'value': 'x', 'unit': 'kg'}, {'value': '1', 'unit': 'kg', 'x': 1}],
          'phone': [5, ['x'], {'e164': 5}], 'decimal': ['x', 1.5, '1,5'], 'free': ['x', 5, ['x']]}


BY_NAME = {'country': 'country', 'country_of_origin': 'country', 'currency': 'currency', 'presentment_currency': 'currency', 'rate': 'decimal',
           'l': 'decimal', 'w': 'decimal', 'h': 'decimal'}
BY_REF = {'Money': 'money', 'MoneySet': 'moneyset', 'Measure': 'measure', 'Phone': 'phone'}
BY_TYPE = {'string': 'text', 'object': 'free', 'boolean': 'boolean', 'number': 'number', 'integer': 'integer'}


def ref_of(schema):
    inner = schema.get('oneOf', [schema])[0]
    return inner.get('$ref', '').rsplit('/', 1)[-1]


def kind_of(schema, name):
    """The type of the model that the API's own description tells, or shows by the member's name."""
    if ref_of(schema):
        return BY_REF.get(ref_of(schema), 'record')
    if 'enum' in schema or name in BY_NAME:
        return BY_NAME.get(name, 'word')
    if schema.get('format') == 'date-time':
        return 'time'
    kind = schema['type'][0] if isinstance(schema['type'], list) else schema['type']
    if kind == 'array':
        return 'list' if '$ref' in schema['items'] else 'texts'
    return BY_TYPE[kind]


def inner_of(schema):
    return schemas[ref_of(schema) or ref_of(schema['items'])]


def members(entity, body, path=''):
    """(path, where it is: the object and its key, schema) of each member, and (path, object, None, schema) of each record."""
    yield path, body, None, entity
    for name, value in body.items():
        schema = entity['properties'].get(name) or OPTIONS[name]
        own = path + '.' + name if path else name
        yield own, body, name, schema
        if kind_of(schema, name) == 'record':
            yield from members(inner_of(schema), value, own)
        elif kind_of(schema, name) == 'list':
            for i, element in enumerate(value):
                yield from members(inner_of(schema), element, '%s[%d]' % (own, i))


def spoilt(platform, method):
    """(body, path, value): one thing wrong in each."""
    entity = schemas[ENTITY[method.rsplit('.', 1)[0]]]
    body = copy.deepcopy(WRITES[platform, method][2])
    for path, where, name, schema in list(members(entity, body)):
        if name is None:
            if method != 'inventory.set' or path:
                yield from too_many(body, path, where, schema)
            continue
        kind, kept = kind_of(schema, name), where[name]
        for value in SPOILT['money' if kind == 'moneyset' else kind]:
            where[name] = value if kind != 'moneyset' else {'shop': value}
            yield body, path, where[name]
        where[name] = kept


def too_many(body, path, where, schema):
    """A member that the model does not have, and each that the gateway or the shop alone decides."""
    read_only = [name for name, inner in schema.get('properties', {}).items() if inner.get('readOnly') and name not in where]
    for name in ['nmae'] + read_only:
        where[name] = 'x'
        yield body, path + '.' + name if path else name, 'x'
        del where[name]


def each_member_of_each_body():
    n = 0
    for platform, method in WRITES:
        if method == 'inventory.set':
            continue
        for body, path, value in spoilt(platform, method):
            is_named(platform, method, body, path, value)
            n += 1
    print('# %d bodies with one fault' % n)


# ---- the request itself ---------------------------------------------------------------------------------------------

# What is sent, and what the sentence says of it.
NO_BODIES = [('', 'found nothing'), ('{', 'line 1'), ('{"a":1', 'line 1'), ('not json', 'line 1'), ('[1]', 'expected a JSON object'),
             ('"x"', 'line 1'), ('{"note":"a","note":"b"}', 'duplicate'), ('{"a":{"b":1,"b":2}}', 'duplicate'),
             ('{"a":1}{"b":2}', 'line 1'), (b'{"note":"\xff"}', 'line 1'), ('{"note":"\\u0000"}', 'line 1'), ('{"a":NaN}', 'line 1'),
             ('{"a":1e999}', 'line 1'), ('{"a":' * 3000 + '1' + '}' * 3000, 'line 1')]
MAY_BE_EMPTY = 'order.cancel'  # all of its members may be left out


def no_body_at_all():
    for platform, method in WRITES:
        for body, says in NO_BODIES:
            if body == '' and method == MAY_BE_EMPTY:
                continue
            answer, what = refused(platform, method, body, 400, 'invalid_request')
            assert answer['detail'].startswith('body: ') and says in answer['detail'], what


def what_the_query_may_not_hold():
    for platform, method in WRITES:
        body = WRITES[platform, method][2]
        for query, says in (('nope=1', '"nope"'), ('fields=nope', 'nope'), ('fields=id&fields=id', 'stands twice'), ('explain=2', 'explain: expected 1'),
                            ('partial=yes', 'partial: expected allow'), ('include=all', 'include: expected raw'), ('limit=%GG', '%XX')):
            if method == 'inventory.set' and query.startswith(('fields', 'partial', 'include')):
                query, says = query + '&x=1', ''  # it takes none of them
            answer, what = refused(platform, method, body, 400, 'invalid_request', more='?' + query)
            assert says in answer['detail'], what


def a_body_over_its_ceiling():
    """What it announces is enough: none of it is sent."""
    for platform in shops:
        connection = http.client.HTTPConnection('127.0.0.1', gateway.port, timeout=flow.PATIENCE_S)
        connection.putrequest('PATCH', '/v1/stores/%s%s' % (platform, WRITES[platform, 'order.update'][1]))
        for name, value in (('Authorization', 'Bearer ' + app_key), ('Content-Length', str(64 << 20))):
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        assert (reply.status, json.loads(reply.read())['code']) == (413, 'body_too_large'), platform
        connection.close()


ID_OF_BODY = {'order.update': 'id', 'order.cancel': 'id', 'order.fulfillment.create': 'order_id', 'order.fulfillment.update': 'order_id',
              'order.refund.create': 'order_id', 'product.update': 'id', 'variant.update': 'id'}


def the_path_says_which_record():
    for platform, method in WRITES:
        body = WRITES[platform, method][2]
        if method in ID_OF_BODY:
            is_named(platform, method, {**body, ID_OF_BODY[method]: 'o2'}, ID_OF_BODY[method], 'o2')
        elif method.endswith('.create'):  # the shop gives it
            is_named(platform, method, {**body, 'id': 'o2'}, 'id', 'o2')


# Of lists: parameter, code, and what the sentence says.
BAD_LISTS = [('limit=0', 'limit: expected a whole number from 1 to 250, found "0"'), ('limit=251', 'found "251"'), ('limit=-1', 'found "-1"'),
             ('limit=1.5', 'found "1.5"'), ('limit=', 'found ""'), ('limit=ten', 'found "ten"'), ('limit=1%00', '%XX'), ('cursor=nope', 'cursor: '),
             ('cursor=', 'cursor: '), ('fields=variants.nope', 'has no'), ('fields=totals.nope', 'has no'), ('fields=id,,id', ''), ('expand=nope', 'expand: '), ('nope=1', '"nope"'),
             ('updated_since=yesterday', 'updated_since: expected a time'), ('updated_since=2026-02-30T00:00:00Z', 'updated_since: expected a time'),
             ('updated_since=', 'updated_since: expected a time'), ('created_since=1', 'created_since: expected a time'), ('ids=', 'ids: expected 1 to 250'),
             ('ids=,', 'ids: expected 1 to 250'), ('ids=' + ','.join('1' * 251), 'found 251'), ('emulate=no', 'emulate: '),
             ('limit=1&limit=2', 'stands twice'), ('a=1&' * 40, '')]


def what_a_list_may_not_be_asked():
    for platform, shop in shops.items():
        for path in ('orders', 'products'):
            for query, says in BAD_LISTS:
                if platform == 'shopify' and query.startswith(('ids=', 'created_since=')):
                    continue  # its lists are not filtered so: 501, whatever the value
                before = shop.state()['requests']
                status, answer, _ = call(platform, '/%s?%s' % (path, query))
                assert status == 400 and says in answer['detail'], (platform, path, query[:60], status, answer)
                assert shop.state()['requests'] == before, (platform, query)


# ---- money --------------------------------------------------------------------------------------------------------

# What is given back or paid is no finer than its currency's smallest unit; a price may be.
TOO_FINE = [('EUR', '1.505'), ('JPY', '1.5'), ('KWD', '1.2345'), ('EUR', '0.001')]


def money_that_no_one_can_hand_over():
    for platform in shops:
        body = WRITES[platform, 'order.refund.create'][2]
        for currency, amount in TOO_FINE:
            for member in [name for name in ('total', 'shipping') if name in body]:
                wrong = {'shop': {'amount': amount, 'currency': currency}}
                is_named(platform, 'order.refund.create', {**body, member: wrong}, member, wrong)


# Amounts that go without their currency are in the shop's: one look-up may say which, nothing is written.
# Medusa's prices and Shopify's presentment amounts say their currency themselves.
SAYS_ITSELF = {('medusa', 'product.create'), ('medusa', 'variant.create'), ('medusa', 'variant.update')}


def money_of_another_currency():
    for (platform, method), (verb, address, body) in WRITES.items():
        entity = schemas[ENTITY[method.rsplit('.', 1)[0]]]
        body = copy.deepcopy(body)
        for path, where, name, schema in [] if method == 'inventory.set' else list(members(entity, body)):
            kind = kind_of(schema, name) if name else ''
            if (platform, method) in SAYS_ITSELF or kind not in ('money', 'moneyset'):
                continue
            own, before = where[name], shops[platform].state()['applied']
            dollars = {'amount': '1.50', 'currency': 'USD'}
            where[name] = {'shop': dollars} if kind == 'moneyset' else dollars
            status, answer, _ = call(platform, address, verb, body)
            what = (platform, method, path, status, answer)
            assert (status, answer.get('code')) == (422, 'validation_failed'), what
            assert shops[platform].state()['applied'] == before, what
            tail = '.shop.currency' if kind == 'moneyset' else '.currency'
            if (platform, method) == ('shopify', 'order.refund.create'):  # its hook's words: the payment's currency
                assert answer['detail'].startswith(path.split('.')[0]) and 'EUR' in answer['detail'], what
            else:
                assert [error['path'] for error in answer['errors']] == [path + tail], what
                assert answer['errors'][0]['expected'].upper().startswith('EUR, THE ') and answer['errors'][0]['found'] == '"USD"', what
                assert 'nothing was written at the shop' in answer['detail'], what
            where[name] = own


# ---- one level ----------------------------------------------------------------------------------------------------

GONE = object()
# What is changed of a right body, and the path that is told; None: no path, the platform or the shop says it.
BAD_STOCK = [({'quantity': GONE}, 'quantity'), ({'quantity': '5'}, 'quantity'), ({'quantity': None}, 'quantity'), ({'quantity': 1.23456}, 'quantity'),
             ({'quantity': [5]}, 'quantity'), ({'expected': '4'}, 'expected'), ({'expected': GONE}, 'expected'), ({'expected': 1.00001}, 'expected'),
             ({'mode': 'set'}, 'expected'), ({'mode': 'delta'}, 'expected'), ({'mode': 'add'}, 'mode'), ({'mode': 5}, 'mode'),
             ({'location_id': GONE}, 'location_id'), ({'location_id': ''}, 'location_id'), ({'location_id': 5}, 'location_id'), ({'sku': GONE}, 'sku'),
             ({'sku': ''}, 'sku'), ({'sku': 5}, 'sku'), ({'sku': None}, 'sku'), ({'inventory_item_id': ['x']}, 'inventory_item_id'),
             ({'variant_id': {}}, 'variant_id'), ({'require': 'any'}, 'require'), ({'require': None}, 'require'), ({'reason': 5}, 'reason'),
             ({'on_hand': 5}, 'on_hand'), ({'currency': 'EUR'}, 'currency')]


def level_with(platform, changes):
    body = {**WRITES[platform, 'inventory.set'][2], **changes}
    return {name: value for name, value in body.items() if value is not GONE}


def a_level_that_cannot_be_meant():
    for platform in shops:
        for changes, path in BAD_STOCK:
            value = changes.get(path, GONE)
            body = level_with(platform, changes)
            answer, what = refused(platform, 'inventory.set', body, 422, 'validation_failed', path)
            errors = answer['errors']
            shown = 'nothing' if path not in body else json.dumps(body[path], separators=(',', ':'))
            assert [error['path'] for error in errors] == [path] and errors[0]['found'] == shown, (value, what)


def every_fault_of_a_level_is_named():
    for platform in shops:
        answer, what = refused(platform, 'inventory.set', {'mode': 'x', 'quantity': 'y', 'nope': 1}, 422, 'validation_failed')
        assert sorted(error['path'] for error in answer['errors']) == ['location_id', 'mode', 'nope', 'quantity', 'sku'], what


def in_a_batch_each_for_itself():
    for platform, shop in shops.items():
        before = shop.state()['requests']
        items = [level_with(platform, changes) for changes, _ in BAD_STOCK]
        status, answer, _ = call(platform, '/inventory/batch', 'POST', {'items': items})
        assert status == 200 and shop.state()['requests'] == before, (platform, answer)
        for (_, path), entry in zip(BAD_STOCK, answer['data']):
            assert entry['status'] == 422 and entry['error']['errors'][0]['path'] == path, (platform, path, entry)
        for body in ({}, {'items': []}, {'items': {}}, {'items': [1]}, {'items': items * 9}, {'items': items, 'x': 1}):
            status, answer, _ = call(platform, '/inventory/batch', 'POST', body)
            assert (status, answer['code']) == (422, 'validation_failed') and 'items' in answer['detail'], (platform, answer)
        assert shop.state()['requests'] == before, platform


# ---- numbers and texts that one platform does not take --------------------------------------------------------------

# Shopify counts whole pieces (Int, schema) and has its own length for a note to the staff; nothing is sent.
ONE_DOES_NOT = [('order.create', 'items[0].quantity', 1.5, 'a whole number'), ('order.refund.create', 'items[0].quantity', 1.5, 'a whole number'),
                ('order.cancel', 'private_note', 'x' * 256, 'at most 255 characters'), ('order.cancel', 'private_note', '\u00e9' * 256, 'at most 255 characters'),
                ('order.cancel', 'cancel_reason', 5, 'a text')]


def put_at(body, path, value):
    names = path.replace('[', '.').replace(']', '').split('.')
    for name in names[:-1]:
        body = body[int(name) if name.isdigit() else name]
    body[names[-1]] = value


def what_shopify_does_not_take():
    for method, path, value, expected in ONE_DOES_NOT:
        body = copy.deepcopy(WRITES['shopify', method][2])
        put_at(body, path, value)
        is_named('shopify', method, body, path, value)
        answer = call('shopify', WRITES['shopify', method][1], 'POST', body)[1]
        assert answer['errors'][0]['expected'].startswith(expected), answer
    put_at(body, 'cancel_reason', 'BECAUSE')  # a word that is none of theirs is known when the request is made
    answer, what = refused('shopify', 'order.cancel', {**WRITES['shopify', 'order.cancel'][2], 'cancel_reason': 'BECAUSE'}, 422, 'validation_failed')
    assert 'reason' in answer['detail'], what


# Less than nothing: the shop says no, or has such stock: WooCommerce counts below zero where it takes backorders.
BELOW_ZERO = {'medusa': (422, 'store_rejected'), 'shopify': (422, 'validation_failed')}


def stock_below_zero():
    for platform, (status, code) in BELOW_ZERO.items():
        said(platform, 'POST', '/inventory', level_with(platform, {'mode': 'set', 'expected': GONE, 'quantity': -1}), status, code)
    for quantity in (2.5, 0.1):
        said('shopify', 'POST', '/inventory', level_with('shopify', {'mode': 'set', 'expected': GONE, 'quantity': quantity}), 422, 'validation_failed', 'whole number')


def parcels_of_what_is_not_there():
    """Known only when the order has been asked for: 422 with the place in the body, and nothing is sent away."""
    path, body = WRITES['shopify', 'order.fulfillment.create'][1:]
    for changes, says in (({'order_item_id': 'gid://shopify/LineItem/1'}, 'items[0].order_item_id: expected a line of this order'),
                          ({'quantity': 1000}, 'items[0].quantity: expected at most'), ({'quantity': 1.5}, 'items[0].quantity: expected a whole number'),
                          ({'quantity': 0}, 'items[0].quantity: expected a whole number')):
        said('shopify', 'POST', path, {**body, 'items': [{**body['items'][0], **changes}]}, 422, 'validation_failed', says)
    path, body = WRITES['shopify', 'order.refund.create'][1:]
    said('shopify', 'POST', path, {'total': {'shop': {'amount': '99999.00', 'currency': 'EUR'}}}, 422, 'validation_failed', 'total: expected at most')
    path = WRITES['woocommerce', 'order.refund.create'][1]
    said('woocommerce', 'POST', path, {'total': {'shop': {'amount': '99999.00', 'currency': 'EUR'}}}, 422, 'store_rejected')
    path, body = WRITES['medusa', 'order.refund.create'][1:]
    said('medusa', 'POST', path, {**body, 'extra': {'payment_id': 'pay_of_another_order'}}, 404, 'not_found', 'no payment')


# ---- ids ------------------------------------------------------------------------------------------------------------

ODD_IDS = ['nope', 'a/b', '../../x', '..', '.', '1?x=1', '1#x', 'a b', '\x01', 'a\nb', '\u00e9', '99999999999999999999', '-1', '1.0', '{id}', '%2e%2e',
           'gid://shopify/Nope/1', "';--"]
# shopsim serves no writes of Medusa's orders and products (its README): a path it does not know is no answer to these.
WRITTEN = {'medusa': [], 'woocommerce': [('PATCH', '/orders/{}'), ('POST', '/orders/{}/cancel'), ('DELETE', '/products/{}'), ('DELETE', '/variants/{}')],
           'shopify': [('PATCH', '/orders/{}'), ('POST', '/orders/{}/cancel'), ('DELETE', '/products/{}'), ('DELETE', '/variants/{}')]}
READ = [('GET', path) for path in ('/orders/{}', '/products/{}', '/variants/{}', '/locations/{}', '/orders/{}/refunds', '/orders/{}/fulfillments')]


def ids_that_no_record_has():
    """Not there, as any other: never the shop's failure, and never another address of the shop."""
    for platform, shop in shops.items():
        before = shop.state()['applied']
        for odd in ODD_IDS:
            for verb, path in READ + WRITTEN[platform]:
                status, answer, _ = call(platform, path.format(escaped(odd).replace('.', '%2E')), verb, {'customer': {'email': 'a@b.test'}} if verb == 'PATCH' else None)
                assert (status, answer['code']) in ((404, 'not_found'), (501, 'unsupported')), (platform, verb, path, odd, status, answer)
            body = level_with(platform, {'sku': GONE, 'inventory_item_id': odd})
            status, answer, _ = call(platform, '/inventory', 'POST', body)
            assert (status, answer['code']) == (404, 'not_found'), (platform, odd, status, answer)
        assert shop.state()['applied'] == before, platform


def an_id_that_would_climb_is_not_sent():
    for platform in ('medusa', 'woocommerce'):  # Shopify's ids stand in bodies
        before = shops[platform].state()['requests']
        for odd in ('..', '.', '%2E%2E'):
            status, answer, _ = call(platform, '/orders/%s/refunds' % odd.replace('.', '%2E'))
            assert status == 404 and 'the shop was not asked' in answer['detail'] or '%25' in odd, (platform, odd, answer)
        assert shops[platform].state()['requests'] == before, platform


def bytes_that_are_no_text():
    for platform in shops:
        before = shops[platform].state()['requests']
        for path in ('/orders/%FF', '/orders/%C3%28', '/orders/%00', '/orders/%0', '/orders/%GG', '/products/a%ED%A0%80'):
            status, answer, _ = call(platform, path)
            assert (status, answer['code']) == (400, 'invalid_request') and answer['detail'].startswith('path: '), (platform, path, answer)
        assert shops[platform].state()['requests'] == before, platform


# ---- what only the shop knows: who says it, and that nothing was written ------------------------------------------------


def said(platform, verb, path, body, status, code, says=''):
    before = shops[platform].state()['applied']
    found, answer, _ = call(platform, path, verb, body)
    assert (found, answer.get('code')) == (status, code) and says in json.dumps(answer), (platform, path, body, found, answer)
    assert shops[platform].state()['applied'] == before, (platform, path, answer)
    return answer


# WooCommerce has one place, so it is known before; the others say that nothing is stocked there.
OTHERS_PLACE = {'medusa': ('sloc_of_another_shop', 404, 'not_found'), 'woocommerce': ('warehouse', 422, 'validation_failed'),
                'shopify': ('gid://shopify/Location/7999', 404, 'not_found')}


def the_location_of_another_store():
    for platform, (place, status, code) in OTHERS_PLACE.items():
        for changes in ({}, {'mode': 'set', 'expected': GONE}, {'mode': 'delta', 'expected': GONE}):
            said(platform, 'POST', '/inventory', level_with(platform, {**changes, 'location_id': place}), status, code)
    order = escaped(ids['shopify']['order'])
    body = WRITES['shopify', 'order.fulfillment.create'][2]
    for place in ('gid://shopify/Location/7999', 'nope'):
        said('shopify', 'POST', '/orders/%s/fulfillments' % order, {**body, 'location_id': place}, 422, 'validation_failed', place)


def a_sku_of_two_variants():
    """Which of them is meant, nobody can say.  On WooCommerce and Medusa no two can share one: the former refuses the second
    (`product_invalid_sku`), the latter too ("already exists": adapters/medusa/NOTES.md); there a kit is the case, one variant of several items."""
    shared = {'product_id': ids['shopify']['product'], 'sku': 'TWICE', 'price': EUR}
    for value in ('Z1', 'Z2'):
        good('shopify', '/variants', method='POST', body={**shared, 'option_values': [{'name': 'Size', 'value': value}]})
    for changes in ({}, {'mode': 'set', 'expected': GONE}):
        said('shopify', 'POST', '/inventory', level_with('shopify', {**changes, 'sku': 'TWICE'}), 422, 'validation_failed', 'more than one item')
    entry = call('shopify', '/inventory/batch', 'POST', {'items': [level_with('shopify', {'sku': 'TWICE'})]})[1]['data'][0]
    assert entry['status'] == 422 and 'more than one item' in entry['error']['detail'], entry
    own = ids['woocommerce']
    variant = {'product_id': own['product'], 'sku': own['sku'], 'option_values': [{'name': 'Size', 'value': 'S'}]}
    said('woocommerce', 'POST', '/variants', variant, 409, 'conflict')
    said('woocommerce', 'POST', '/products', {'name': 'Cup', 'sku': own['sku']}, 409, 'conflict')
    variants = shops['medusa'].admin('/product-variants?limit=400&fields=id,*inventory_items')['variants']
    kit = [variant['id'] for variant in variants if len(variant['inventory_items']) == 2]
    said('medusa', 'POST', '/inventory', level_with('medusa', {'sku': GONE, 'variant_id': kit[0]}), 422, 'validation_failed', 'more than one')


# ---- what the key may not see, a version that is gone ---------------------------------------------------------------


def added(name, *options, **credentials):
    """Another shop of Shopify's; its scopes stand behind its token."""
    shops_added[name] = flow.Shop('--dialect', 'shopify', '--points', '10000/100000', *options)
    flow.connect(gateway, flow.shopify_store(name, shops_added[name].port, **credentials))
    return shops_added[name]


shops_added = {}
DENIED = 'Access denied for customer field. Required access: `read_customers` access scope.'
HALF_SEEN = ['customer.id', 'customer.first_name', 'customer.last_name', 'items.product_id']


def a_scope_for_one_field_only():
    """Without read_customers and read_products: Shopify gives null there, and an error with the place (GraphQL spec, 7.1.2).
    WooCommerce's keys and Medusa's may read all or nothing, so there is no such case."""
    added('few', '--key', 'shpat_few:read_orders,write_orders', token='shpat_few')
    fields = 'fields=id,items.sku,items.product_id,customer,note'
    status, answer, _ = call('few', '/orders?limit=2&' + fields)
    assert (status, answer['code']) == (422, 'store_rejected') and DENIED in answer['detail'], answer
    for order in good('few', '/orders?limit=3&partial=allow&' + fields):
        assert order['incomplete'] == HALF_SEEN and order['items'][0]['sku'] and order['customer']['email'], order
        assert order['customer']['id'] is None and order['items'][0]['product_id'] is None, order
    path = '/orders/' + escaped(good('few', '/orders?limit=1&fields=id')[0]['id'])
    assert good('few', path + '?partial=allow&' + fields)['incomplete'] == HALF_SEEN
    assert good('few', path + '?fields=id,items.sku')['items'][0]['sku']


def what_a_write_may_not_show():
    """The write is done, whatever its answer may not show: 200, and the fields are named."""
    path = '/orders/' + escaped(good('few', '/orders?limit=1&fields=id')[0]['id'])
    before = shops_added['few'].state()['applied']
    order = good('few', path + '?fields=note,customer', method='PATCH', body={'note': 'seen'})
    assert order['note'] == 'seen' and order['incomplete'] == HALF_SEEN[:3], order
    assert shops_added['few'].state()['applied'] == before + 1
    assert good('few', path + '?fields=note')['note'] == 'seen'


def a_scope_for_the_record_or_the_write():
    """Nothing is left to give where the schema says that the field is never null, nor where the record itself is denied."""
    added('blind', '--key', 'shpat_blind:read_products,read_locations', token='shpat_blind')
    for path, scope in (('/variants?limit=1&fields=id,inventory', 'read_inventory'), ('/orders?limit=1', 'read_orders'),
                        ('/orders/gid:%2F%2Fshopify%2FOrder%2F5000001', 'read_orders')):
        status, answer, _ = call('blind', path + ('&' if '?' in path else '?') + 'partial=allow')
        assert (status, answer['code']) == (422, 'store_rejected') and '`%s`' % scope in answer['detail'], (path, answer)
    before = shops_added['blind'].state()['applied']
    status, answer, _ = call('blind', '/products', 'POST', {'name': 'x'})
    assert (status, answer['code']) == (422, 'store_rejected') and 'write_products' in answer['detail'], answer
    assert shops_added['blind'].state()['applied'] == before


def a_key_that_may_do_half():
    """WooCommerce's read and write keys: the other half is refused by the shop, and nothing was written."""
    key, secret = shops['woocommerce'].key.split(':')
    for kind, verb, path, body in (('_read', 'POST', '/products', {'name': 'x'}), ('_write', 'GET', '/products', None)):
        flow.connect(gateway, store_of('woocommerce', shops['woocommerce'], 'half' + kind, key=key + kind, secret=secret))
        before = shops['woocommerce'].state()['applied']
        status, answer, _ = call('half' + kind, path, verb, body)
        assert (status, answer['code']) == (422, 'store_rejected') and 'permission' in answer['detail'].lower() or 'allowed' in answer['detail'], answer
        assert shops['woocommerce'].state()['applied'] == before


def a_version_that_has_retired():
    """Shopify serves the oldest that it still has and says which (shopify.dev, "API versioning"): what both have is read on,
    and told as drift; a field that is gone is said with the reason.  The others answer as to any address that is not there:
    WooCommerce `rest_no_route` (test_woocommerce.py), Medusa's API has no versions."""
    added('old', '--version', '2027-04:Order.note')
    assert good('old', '/orders?limit=1&fields=id')
    status, answer, _ = call('old', '/orders?limit=1&fields=id,note')
    assert (status, answer['code']) == (501, 'unsupported'), answer
    assert "Field 'note' doesn't exist on type 'Order'" in answer['detail'] and 'version 2026-07 has retired' in answer['detail'], answer
    drift = gateway.admin('GET', '/drift')[1]['data']
    assert [row for row in drift if row['adapter'] == 'shopify' and row['path'] == 'version 2027-04'], drift
    before = shops_added['old'].state()['applied']
    path = '/orders/gid:%2F%2Fshopify%2FOrder%2F5000001?fields=note'
    status, answer, _ = call('old', path, 'PATCH', {'note': 'x'})
    assert (status, answer['code']) == (501, 'unsupported') and shops_added['old'].state()['applied'] == before, answer


# ---- cursors --------------------------------------------------------------------------------------------------------


def several(query, key=None):
    return flow.request(gateway.port, 'GET', '/v1/orders?' + query, None, {'Authorization': 'Bearer ' + (key or app_key)})[:2]


def a_cursor_is_of_one_call():
    """Each store of a fan-out gives its own, good for that store's path, app, method and filters, and for nothing else."""
    shown = several('stores=medusa,woocommerce,shopify&limit=2&fields=id')[1]['stores']
    first = {part['store']: [order['id'] for order in part['data']] for part in shown}
    cursor = {part['store']: part['next'] for part in shown}
    key = gateway.admin('POST', '/apps', {'name': 'one', 'scopes': ['orders:read'], 'stores': ['medusa']})[1]['data']['key']
    other = {'Authorization': 'Bearer ' + key}
    for store, text in cursor.items():
        path = '/orders?limit=2&cursor=' + text
        for fields in ('id', 'id,status'):  # which fields are wanted does not matter for where a list goes on
            further = good(store, path + '&fields=' + fields)
            assert further and not set(first[store]) & {order['id'] for order in further}, (store, further)
        shifted = text[:-3] + ('AAA' if text[-3:] != 'AAA' else 'BBB')
        for wrong in (text[:-1], text + 'A', 'A' + text, shifted, text.swapcase(), '%00', '..', 'x' * 9000):
            before = {name: shop.state()['requests'] for name, shop in shops.items()}
            status, answer, _ = call(store, '/orders?limit=2&cursor=' + wrong)
            assert status == 400 and answer['code'] in ('cursor_invalid', 'invalid_request'), (store, wrong[:40], answer)
            assert {name: shop.state()['requests'] for name, shop in shops.items()} == before
        for foreign in shops:
            wrong = [('/v1/stores/%s/orders?cursor=%s', 400, 'cursor_invalid')] if foreign != store else [
                ('/v1/stores/%s/products?cursor=%s', 400, 'cursor_invalid'), ('/v1/stores/%s/orders?updated_since=2020-01-01&cursor=%s', 400, 'cursor_invalid')]
            for path, expected, code in wrong:
                status, answer, _ = flow.request(gateway.port, 'GET', path % (foreign, text), None, {'Authorization': 'Bearer ' + app_key})
                assert (status, answer['code']) == (expected, code) and '"next" of the same call' in answer['detail'], (store, path, foreign, answer)
        status, answer, _ = flow.request(gateway.port, 'GET', '/v1/stores/%s/orders?cursor=%s' % (store, text), None, other)
        assert (status, answer['code']) == ((400, 'cursor_invalid') if store == 'medusa' else (403, 'scope_missing')), (store, answer)
        status, answer = several('stores=%s&cursor=%s' % (store, text))
        assert (status, answer['code']) == (400, 'invalid_request') and '/v1/stores/{store}/orders' in answer['detail'], answer
    status, answer = several('stores=medusa,shopify,nope&limit=1&fields=id', key)
    assert status == 200 and [part['status'] for part in answer['stores']] == [200, 403, 403], answer
    assert all(part['error']['code'] == 'scope_missing' for part in answer['stores'][1:]), answer


TESTS = [everything_right_would_be_done, each_member_of_each_body, no_body_at_all, what_the_query_may_not_hold, a_body_over_its_ceiling,
         the_path_says_which_record, what_a_list_may_not_be_asked, money_that_no_one_can_hand_over,
         money_of_another_currency, what_shopify_does_not_take, stock_below_zero,
         parcels_of_what_is_not_there, a_level_that_cannot_be_meant,
         every_fault_of_a_level_is_named, in_a_batch_each_for_itself, ids_that_no_record_has, an_id_that_would_climb_is_not_sent,
         bytes_that_are_no_text, the_location_of_another_store, a_sku_of_two_variants,
         a_scope_for_one_field_only, what_a_write_may_not_show, a_scope_for_the_record_or_the_write, a_key_that_may_do_half,
         a_version_that_has_retired, a_cursor_is_of_one_call]

if __name__ == '__main__':
    start()
    CODE = flow.run(TESTS)
    ENDED = gateway.stop()
    for one in [*shops.values(), *shops_added.values()]:
        one.stop()
    sys.exit(CODE or ENDED)
