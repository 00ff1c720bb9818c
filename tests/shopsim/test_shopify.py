#!/usr/bin/env python3
"""shopsim speaks Shopify's Admin GraphQL API: prints TAP, one point a claim.

    test_shopify.py SHOPSIM     (the program)

No shop of Shopify's was there to record: the schema is its own, errors are those of its documents, and the sizes of
costs are assumed (README.md).
"""
import json
import sys

from test_shopsim import Points, Shop, equal

PATH = '/admin/api/2026-07/graphql.json'
SET = '''mutation($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input) @idempotent(key: $key) {
  inventoryAdjustmentGroup { reason changes { name delta quantityAfterChange item { id } location { id } } } userErrors { code field message } } }'''
LEVEL = '''query($id: ID!) { inventoryItem(id: $id) { sku tracked inventoryLevels(first: 5) { nodes { location { id }
  quantities(names: ["on_hand", "available"]) { name quantity } } } } }'''
ITEM, PLACE = 'gid://shopify/InventoryItem/2000001', 'gid://shopify/Location/7001'


class Shopify(Shop):
    dialect, key = 'shopify', 'shpat_test'

    def answer(self, query, token=None, **variables):
        body = {'query': query, 'variables': variables}
        status, _, text = self.ask('POST', PATH, body, headers={'X-Shopify-Access-Token': token or self.key.split(':')[0]}, key=None)
        return status, json.loads(text)

    def data(self, query, **variables):
        status, answer = self.answer(query, **variables)
        assert status == 200 and 'errors' not in answer, answer
        return answer['data']

    def error(self, query, **variables):
        status, answer = self.answer(query, **variables)
        assert status == 200 and 'data' not in answer, answer
        return answer['errors'][0]

    def set(self, quantity, before, key, name='available', item=ITEM, place=PLACE):
        row = {'inventoryItemId': item, 'locationId': place, 'quantity': quantity, 'changeFromQuantity': before}
        return self.data(SET, input={'name': name, 'reason': 'correction', 'quantities': [row]}, key=key)['inventorySetQuantities']

    def available(self, item=ITEM):
        levels = self.data(LEVEL, id=item)['inventoryItem']['inventoryLevels']['nodes']
        return {level['location']['id']: level['quantities'][1]['quantity'] for level in levels}[PLACE]


def tokens_are_checked(shop):
    equal(shop.answer('{shop{id}}', token='shpat_wrong'), (401, {'errors': '[API] Invalid API key or access token (unrecognized login or wrong password)'}))
    equal(shop.data('{ shop { name currencyCode primaryDomain { host } } }'),
          {'shop': {'name': 'Shopsim', 'currencyCode': 'EUR', 'primaryDomain': {'host': 'shopsim.myshopify.com'}}})


def names_are_checked(shop):
    equal(shop.error('query Q { orders(first: 1) { nodes { id nope } } }'),
          {'message': "Field 'nope' doesn't exist on type 'Order'", 'locations': [{'line': 1, 'column': 41}],
           'path': ['query Q', 'orders', 'nodes', 'nope'],
           'extensions': {'code': 'undefinedField', 'typeName': 'Order', 'fieldName': 'nope'}})
    for query, code in (('{ order { id } }', 'missingRequiredArguments'), ('{ shop { id(x: 1) } }', 'argumentNotAccepted'),
                        ('{ shop }', 'selectionMismatch'), ('{ shop { id { x } } }', 'selectionMismatch')):
        equal(shop.error(query)['extensions']['code'], code, query)
    for query in ('{ shop { id }', 'nonsense', '{ shop { id } } x', 'query($id: ID!) { order(id: $id) { id } }', '{' * 99):
        assert shop.error(query)['locations'], query
    equal(shop.error('{ orders(first: 251) { nodes { id } } }')['extensions']['code'], 'BAD_REQUEST')


def values_are_checked(shop):
    update = 'mutation($input: OrderInput!) { orderUpdate(input: $input) { order { id } userErrors { message } } }'
    order = 'gid://shopify/Order/5000002'

    def wrong(query, **variables):
        error = shop.error(query, **variables)
        return error['message'], error['extensions']
    equal(wrong(update, input={'id': order, 'nott': 'x'}),
          ('Variable $input of type OrderInput! was provided invalid value for nott (Field is not defined on OrderInput)',
           {'value': {'id': order, 'nott': 'x'}, 'problems': [{'path': ['nott'], 'explanation': 'Field is not defined on OrderInput'}]}))
    for value, where, explanation in (
            ({'id': order, 'note': 5}, ['note'], 'Could not coerce value 5 to String'),
            ({'note': 'x'}, ['id'], 'Expected value to not be null'),
            ({'id': order, 'tags': ['a', None]}, ['tags', 1], 'Expected value to not be null'),
            ({'id': order, 'shippingAddress': {'countryCode': 'Holland'}}, ['shippingAddress', 'countryCode'],
             'Expected "Holland" to be one of the values of CountryCode'),
            ({'id': order, 'shippingAddress': 'x'}, ['shippingAddress'], 'Expected "x" to be a key-value object.'),
            ('x', [], 'Expected "x" to be a key-value object.'), (None, [], 'Expected value to not be null')):
        equal(wrong(update, input=value)[1]['problems'], [{'path': where, 'explanation': explanation}], value)
    bulk = 'mutation($v: [ProductVariantsBulkInput!]!) { productVariantsBulkCreate(productId: "a", variants: $v) { userErrors { message } } }'
    for price in (5, '5,00', '', '5.'):
        equal(wrong(bulk, v=[{'price': price}])[1]['problems'][0]['path'], [0, 'price'], price)
    equal(wrong('query($n: Int) { orders(first: $n) { nodes { id } } }', n='5')[1]['problems'][0]['explanation'], 'Could not coerce value "5" to Int')
    for query, code in (
            ('query($id: String!) { order(id: $id) { id } }', 'variableMismatch'),
            ('query($id: ID) { order(id: $id) { id } }', 'variableMismatch'),
            ('query($id: [ID!]!) { order(id: $id) { id } }', 'variableMismatch'),
            ('query($id: Id!) { node(id: "a") { id } }', 'variableRequiresValidType'),
            ('query($id: ID!) { node(id: "a") { id } }', 'variableNotUsed'),
            ('{ orders(first: "x") { nodes { id } } }', 'argumentLiteralsIncompatible'),
            ('{ orders(first: 1, sortKey: NAME) { nodes { id } } }', 'argumentLiteralsIncompatible'),
            ('mutation { orderUpdate(input: { id: "a", nott: 1 }) { order { id } } }', 'argumentLiteralsIncompatible')):
        equal(wrong(query, id='a')[1]['code'], code, query)
    assert 'not declared' in shop.error('{ order(id: $id) { id } }')['message']
    equal(shop.data(update, input={'id': order, 'note': None, 'tags': 'one'})['orderUpdate']['userErrors'], [], 'one is a list of one')


def selections_are_shaped(shop):
    data = shop.data('''query($first: Int = 2) { a: orders(first: $first) { edges { cursor node { __typename n: name ... on Order { test } } } }
                        b: product(id: "gid://shopify/Product/1") { id } # a comment
                        nodes(ids: ["gid://shopify/Product/1000001", "gid://shopify/Location/7001"]) { id ... on Location { name } } }''')
    equal([e['node'] for e in data['a']['edges']], [{'__typename': 'Order', 'n': '#100%d' % n, 'test': False} for n in (1, 2)])
    equal(data['b'], None)
    equal(data['nodes'], [{'id': 'gid://shopify/Product/1000001'}, {'id': PLACE, 'name': 'Berlin warehouse'}])


def pages_are_complete(shop):
    page = 'query($after: String) { orders(first: 25, after: $after, sortKey: UPDATED_AT, reverse: true) { nodes { id } pageInfo { hasNextPage endCursor } } }'
    seen, after = [], None
    while True:
        orders = shop.data(page, after=after)['orders']
        seen += [node['id'] for node in orders['nodes']]
        after = orders['pageInfo']['endCursor']
        if not orders['pageInfo']['hasNextPage']:
            break
    equal((len(seen), len(set(seen))), (60, 60))
    equal(shop.data('{ ordersCount(limit: 10) { count precision } productsCount { count precision } }'),
          {'ordersCount': {'count': 10, 'precision': 'AT_LEAST'}, 'productsCount': {'count': 120, 'precision': 'EXACT'}})


def pages_end_at_the_ceiling(program):
    page = 'query($after: String, $q: String) { orders(first: 20, after: $after, query: $q, sortKey: ID) { nodes { id } pageInfo { endCursor } } }'
    with Shopify(program, '--ceiling', '40') as shop:
        first = shop.data(page)['orders']
        second = shop.data(page, after=first['pageInfo']['endCursor'])['orders']
        equal(shop.error(page, after=second['pageInfo']['endCursor'])['extensions']['code'], 'BAD_REQUEST')
        last = second['nodes'][-1]['id'].rpartition('/')[2]
        third = shop.data(page, q='id:>%s' % last)['orders']['nodes']
        equal(len({node['id'] for node in first['nodes'] + second['nodes'] + third}), 60, 'a filter reaches the rest')


def searches_find(shop):
    def found(query):
        return [n['id'] for n in shop.data('query($q: String) { orders(first: 250, query: $q) { nodes { id } } }', q=query)['orders']['nodes']]
    every = shop.data('{ orders(first: 250) { nodes { id updatedAt cancelledAt } } }')['orders']['nodes']
    middle = sorted(o['updatedAt'] for o in every)[30]
    equal(found("updated_at:>='%s'" % middle), [o['id'] for o in every if o['updatedAt'] >= middle])
    equal(found('status:cancelled'), [o['id'] for o in every if o['cancelledAt']])
    equal(found('id:5000002 OR id:5000004'), ['gid://shopify/Order/5000002', 'gid://shopify/Order/5000004'])
    equal(shop.data('{ productVariants(first: 5, query: "sku:SKU-0001-0") { nodes { sku inventoryItem { id } } } }'),
          {'productVariants': {'nodes': [{'sku': 'SKU-0001-0', 'inventoryItem': {'id': ITEM}}]}})


def sums_are_exact(shop):
    orders = shop.data('''{ orders(first: 60) { nodes { taxesIncluded totalPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
                            subtotalPriceSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } } } } }''')

    def cents(order, name):
        return round(100 * float(order[name]['shopMoney']['amount']))
    for order in orders['orders']['nodes']:
        net = cents(order, 'subtotalPriceSet') + cents(order, 'totalShippingPriceSet')
        equal(cents(order, 'totalPriceSet'), net + (0 if order['taxesIncluded'] else cents(order, 'totalTaxSet')), order)


def stock_is_compared_and_set(shop):
    before = shop.available()
    stale = shop.set(5, before + 1, 'k1')
    equal((stale['inventoryAdjustmentGroup'], stale['userErrors']), (None, [{
        'code': 'CHANGE_FROM_QUANTITY_STALE', 'field': ['input', 'quantities', '0', 'changeFromQuantity'],
        'message': 'The changeFromQuantity value does not match the persisted quantity.'}]))
    done = shop.set(before + 7, before, 'k2')
    equal(done['inventoryAdjustmentGroup']['changes'], [{'name': 'available', 'delta': 7, 'quantityAfterChange': before + 7,
                                                         'item': {'id': ITEM}, 'location': {'id': PLACE}}])
    shop.post('/_sim/sell', {'sku': 'SKU-0001-0', 'quantity': 2}, key=None)
    equal(shop.set(before + 7, before, 'k2'), done, 'the same key gives the first answer')
    equal(shop.available(), before + 5)
    equal(shop.set(1, None, 'k2')['userErrors'][0]['code'], 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH')
    for more, code in (({'item': 'gid://shopify/InventoryItem/1'}, 'INVALID_INVENTORY_ITEM'), ({'place': 'gid://shopify/Location/1'}, 'INVALID_LOCATION'),
                       ({'name': 'committed'}, 'INVALID_NAME')):
        equal(shop.set(1, None, str(more), **more)['userErrors'][0]['code'], code)
    adjust = 'mutation($input: InventoryAdjustQuantitiesInput!) { inventoryAdjustQuantities(input: $input) %s { userErrors { code } } }'
    change = {'name': 'available', 'reason': 'correction', 'changes': [{'inventoryItemId': ITEM, 'locationId': PLACE, 'delta': -3, 'changeFromQuantity': None}]}
    equal(shop.data(adjust % '@idempotent(key: "a")', input=change)['inventoryAdjustQuantities'], {'userErrors': []})
    equal(shop.available(), before + 2)
    equal(shop.answer(adjust % '', input=change)[1]['errors'][0]['extensions']['code'], 'BAD_REQUEST', 'no key')


def orders_are_written(shop):
    order = 'gid://shopify/Order/5000002'
    update = 'mutation($input: OrderInput!) { orderUpdate(input: $input) { order { id note tags } userErrors { field message } } }'
    equal(shop.data(update, input={'id': order, 'note': 'n', 'tags': ['a', 'b']})['orderUpdate'],
          {'order': {'id': order, 'note': 'n', 'tags': ['a', 'b']}, 'userErrors': []})
    equal(shop.data(update, input={'id': 'gid://shopify/Order/1'})['orderUpdate'], {'order': None, 'userErrors': [{'field': ['id'], 'message': 'Order does not exist'}]})
    create = 'mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id totalPriceSet { shopMoney { amount } } lineItems(first: 5) { nodes { sku quantity } } } userErrors { field } } }'
    made = shop.data(create, order={'lineItems': [{'variantId': 'gid://shopify/ProductVariant/2000001', 'quantity': 2}]})['orderCreate']
    equal((made['userErrors'], made['order']['lineItems']['nodes']), ([], [{'sku': 'SKU-0001-0', 'quantity': 2}]))
    equal(shop.data(create, order={'lineItems': []})['orderCreate'], {'order': None, 'userErrors': [{'field': ['order', 'lineItems']}]})
    equal(shop.data('{ ordersCount { count } }')['ordersCount']['count'], 61)
    cancel = '''mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true) { job { id done } orderCancelUserErrors { code } } }'''
    job = shop.data(cancel, id=made['order']['id'])['orderCancel']['job']
    equal((job['done'], shop.data('query($id: ID!) { job(id: $id) { done } }', id=job['id'])), (False, {'job': {'done': True}}))
    equal(shop.data(cancel, id=made['order']['id'])['orderCancel'], {'job': None, 'orderCancelUserErrors': [{'code': 'INVALID'}]})


def orders_are_sent_and_refunded(shop):
    order = 'gid://shopify/Order/5000002'
    open_rows = 'query($id: ID!) { order(id: $id) { displayFulfillmentStatus fulfillmentOrders(first: 5) { nodes { id status lineItems(first: 9) { nodes { id remainingQuantity } } } } } }'
    before = shop.data(open_rows, id=order)['order']['fulfillmentOrders']['nodes'][0]
    row = before['lineItems']['nodes'][0]
    create = 'mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id status trackingInfo { number } } userErrors { message } } }'

    def sent(quantity):
        rows = [{'fulfillmentOrderId': before['id'], 'fulfillmentOrderLineItems': [{'id': row['id'], 'quantity': quantity}]}]
        return shop.data(create, f={'lineItemsByFulfillmentOrder': rows, 'trackingInfo': {'number': 'T1'}})['fulfillmentCreate']
    assert sent(row['remainingQuantity'] + 1)['userErrors']
    equal(sent(row['remainingQuantity'])['fulfillment']['trackingInfo'], [{'number': 'T1'}])
    after = shop.data(open_rows, id=order)['order']
    equal((after['displayFulfillmentStatus'], after['fulfillmentOrders']['nodes'][0]['lineItems']['nodes'][0]['remainingQuantity']),
          ('PARTIALLY_FULFILLED', 0))
    done = shop.data('query($id: ID!) { order(id: $id) { fulfillments(first: 5) { id } } }', id=order)['order']['fulfillments'][0]['id']
    track = 'mutation($id: ID!, $t: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) { fulfillment { trackingInfo { number company } } userErrors { message } } }'
    equal(shop.data(track, id=done, t={'number': 'T2', 'company': 'DHL'})['fulfillmentTrackingInfoUpdate']['fulfillment'],
          {'trackingInfo': [{'number': 'T2', 'company': 'DHL'}]})
    cancel = 'mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }'
    equal(shop.data(cancel, id=done)['fulfillmentCancel'], {'fulfillment': {'status': 'CANCELLED'}, 'userErrors': []})
    assert shop.data(cancel, id=done)['fulfillmentCancel']['userErrors']
    equal(shop.data(open_rows, id=order)['order']['fulfillmentOrders']['nodes'][0], before, 'open again')
    refund = '''mutation($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
        refund { totalRefundedSet { shopMoney { amount } } } order { displayFinancialStatus } userErrors { message } } }'''
    payment = {'orderId': order, 'amount': '1.50', 'kind': 'REFUND', 'gateway': 'bogus'}
    equal(shop.data(refund, input={'orderId': order, 'transactions': [payment]}, key='r1')['refundCreate'],
          {'refund': {'totalRefundedSet': {'shopMoney': {'amount': '1.5'}}}, 'order': {'displayFinancialStatus': 'PARTIALLY_REFUNDED'}, 'userErrors': []})
    assert shop.data(refund, input={'orderId': order, 'transactions': [{**payment, 'amount': '99999'}]}, key='r2')['refundCreate']['userErrors']


def products_are_written(shop):
    create = 'mutation($p: ProductCreateInput!) { productCreate(product: $p) { product { id handle status variants(first: 9) { nodes { id title } } } userErrors { field message } } }'
    made = shop.data(create, p={'title': 'New Mug', 'status': 'DRAFT'})['productCreate']['product']
    equal((made['handle'], made['status'], made['variants']['nodes'][0]['title']), ('new-mug', 'DRAFT', 'Default Title'))
    equal(shop.data(create, p={'title': ''})['productCreate'], {'product': None, 'userErrors': [{'field': ['title'], 'message': "Title can't be blank"}]})
    bulk = 'mutation($id: ID!, $v: [ProductVariantsBulkInput!]!) { productVariantsBulk%s(productId: $id, variants: $v) { productVariants { id sku price inventoryItem { tracked } } userErrors { code field } } }'
    added = shop.data(bulk % 'Create', id=made['id'], v=[{
        'price': '9.90', 'optionValues': [{'optionName': 'Title', 'name': 'Blue'}], 'inventoryItem': {'sku': 'MUG', 'tracked': True}}])
    added = added['productVariantsBulkCreate']['productVariants'][0]
    equal((added['sku'], added['price'], added['inventoryItem']['tracked']), ('MUG', '9.9', True))
    for refused, more in (('VARIANT_ALREADY_EXISTS', {'optionValues': [{'optionName': 'Title', 'name': 'Blue'}]}),
                          ('NEED_TO_ADD_OPTION_VALUES', {}), ('NEGATIVE_PRICE_VALUE', {'price': '-1'})):
        equal(shop.data(bulk % 'Create', id=made['id'], v=[more])['productVariantsBulkCreate']['userErrors'][0]['code'], refused)
    # the standalone variant made room, and the last one stays
    last = shop.data('mutation($id: ID!, $v: [ID!]!) { productVariantsBulkDelete(productId: $id, variantsIds: $v) { userErrors { code } } }',
                     id=made['id'], v=[added['id']])['productVariantsBulkDelete']['userErrors']
    equal(last, [{'code': 'CANNOT_DELETE_LAST_VARIANT'}])
    changed = shop.data(bulk % 'Update', id=made['id'], v=[{'id': added['id'], 'price': '8.00'}])['productVariantsBulkUpdate']
    equal((changed['productVariants'][0]['price'], changed['userErrors']), ('8.0', []))
    gone = 'mutation($input: ProductDeleteInput!) { productDelete(input: $input) { deletedProductId userErrors { message } } }'
    equal(shop.data(gone, input={'id': made['id']})['productDelete'], {'deletedProductId': made['id'], 'userErrors': []})
    equal(shop.data('query($id: ID!) { product(id: $id) { id } productVariantsCount { count } }', id=made['id'])['product'], None)
    assert shop.data(gone, input={'id': made['id']})['productDelete']['userErrors']


def costs_are_counted(program):
    with Shopify(program, '--points', '0.001/60') as shop:
        query = 'query($n: Int!) { orders(first: $n) { nodes { id lineItems(first: 10) { nodes { id product { id } } } } } }'
        cost = shop.answer(query, n=1)[1]['extensions']['cost']
        equal(cost, {'requestedQueryCost': 13, 'actualQueryCost': 13, 'throttleStatus': {
            'maximumAvailable': 60.0, 'currentlyAvailable': 47, 'restoreRate': 0.001}})
        status, answer = shop.answer(query, n=50)
        equal((status, answer['errors'][0]['extensions']['code'], answer['extensions']['cost']['actualQueryCost']), (200, 'THROTTLED', None))
        assert b'"refused":1,' in shop.ask('GET', '/_sim/state', key=None)[2]
        error = shop.answer('{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { product { variants(first: 250) { nodes { id } } } } } } } }')[1]
        equal((error['errors'][0]['extensions']['code'], error['errors'][0]['extensions']['maxCost']), ('MAX_COST_EXCEEDED', 1000))


def scopes_are_checked(program):
    class Narrow(Shopify):
        key = 'shpat_test:read_products'
    with Narrow(program) as shop:
        status, answer = shop.answer('{ orders(first: 1) { nodes { id } } productsCount { count } }')
        equal((status, answer['errors'][0]['extensions']['code'], answer['errors'][0]['path']), (200, 'ACCESS_DENIED', ['orders']))
        equal(answer['data'], None)  # orders is never null, so that what holds it is (GraphQL specification, 6.4.4)
        status, answer = shop.answer('{ order(id: "gid://shopify/Order/5000001") { id } productsCount { count } }')
        equal((answer['data'], answer['errors'][0]['path']), ({'order': None, 'productsCount': {'count': 120}}, ['order']))


def faults_are_its_own(shop):
    raw = shop.ask('POST', PATH, {'query': '{shop{id}}'}, headers={'x-sim-fault': 'throttled'}, key=None)
    equal((raw[0], json.loads(raw[2])['errors'][0]['extensions']['code']), (200, 'THROTTLED'))


CHECKS = (tokens_are_checked, names_are_checked, values_are_checked, selections_are_shaped, pages_are_complete, searches_find, sums_are_exact,
          stock_is_compared_and_set, orders_are_written, orders_are_sent_and_refunded, products_are_written, faults_are_its_own)


def main(program):
    points = Points()
    with Shopify(program) as shop:
        for check in CHECKS:
            shop.post('/_sim/reset', {}, key=None)
            points.check(check.__name__, check, shop)
    for check in (costs_are_counted, scopes_are_checked, pages_end_at_the_ceiling):
        points.check(check.__name__, check, program)
    return points.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
