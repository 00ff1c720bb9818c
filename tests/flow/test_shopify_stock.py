#!/usr/bin/env python3
"""test_shopify_stock.py - stock and variants of a Shopify shop, read and written, over shopsim's dialect.

shopsim answers what the schema of 2026-07 has, compares and sets by changeFromQuantity, and wants @idempotent as the real
one does.  A second shop gives its token no scope for stock.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

ITEM, PLACE = 'gid://shopify/InventoryItem/%d', 'gid://shopify/Location/%d'
shop = narrow = gateway = app_key = None


def start():
    global shop, narrow, gateway, app_key
    shop = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    narrow = flow.Shop('--dialect', 'shopify', '--points', '10000/100000', '--key', 'shpat_few:read_products,write_inventory')
    gateway, app_key = flow.connected(['shopify'], flow.shopify_store('s', shop.port), flow.shopify_store('few', narrow.port, 'shpat_few'))


def call(path, name='s', method='GET', body=None):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (name, path), body, {'Authorization': 'Bearer ' + app_key})


def good(path, **more):
    status, answer, _ = call(path, **more)
    assert status in (200, 201), (path, status, answer)
    return answer


def every(path):
    seen, cursor = [], ''
    while cursor is not None:
        page = good(path + cursor)
        seen += page['data']
        cursor = page['next'] and '&cursor=' + page['next']
    return seen


def of(id_):
    return id_.replace('/', '%2F')


def stock(body, **more):
    return call('/inventory', method='POST', body=body, **more)


def wrote(body):
    status, answer, _ = stock(body)
    assert status == 200, (body, status, answer)
    return answer['data']


def refused(body, status, code, says='', **more):
    found, answer, _ = stock(body, **more)
    assert (found, answer['code']) == (status, code) and says in answer['detail'], (body, found, answer)


def asked(endpoint):
    """Attempts of this endpoint in the gateway's log."""
    return [line for line in gateway.attempts() if line['endpoint'] == endpoint]


def first_level():
    return good('/inventory?limit=1')['data'][0]


# ---- levels ---------------------------------------------------------------------------------------------------

def every_level_once():
    levels = every('/inventory?limit=50')
    ids = [level['id'] for level in levels]
    assert len(ids) == len(set(ids)) and len(ids) > 100, len(ids)
    for level in levels:
        assert level['on_hand'] == level['available'] + level['committed'], level
        assert level['inventory_item_id'] and level['variant_id'] and level['location_id'].startswith('gid://shopify/Location/'), level


def every_field_of_a_level():
    schemas = flow.request(gateway.port, 'GET', '/openapi.json')[1]['components']['schemas']
    for field in ['*'] + sorted(schemas['InventoryLevel']['properties']):
        good('/inventory?limit=3&fields=' + field)
    level = good('/inventory?limit=1&fields=tracked,unavailable,product_id,extra')['data'][0]
    assert level['tracked'] is True and level['unavailable']['damaged'] == 0 and level['extra']['is_active'] is True, level


def levels_are_found():
    level = first_level()
    by_sku = good('/inventory?sku=' + level['sku'])['data']
    assert by_sku and all(x['sku'] == level['sku'] for x in by_sku), by_sku
    assert [x['id'] for x in good('/inventory?inventory_item_id=' + of(level['inventory_item_id']))['data']] == [x['id'] for x in by_sku]
    assert [x['id'] for x in good('/inventory?variant_id=' + of(level['variant_id']))['data']] == [x['id'] for x in by_sku]
    assert good("/inventory?sku=x'%20OR%20sku:*")['data'] == [], 'a quote does not end the search'
    status, answer, _ = call('/inventory?location_id=' + of(level['location_id']))
    assert (status, answer['code']) == (501, 'unsupported'), answer
    here = good('/inventory?limit=20&emulate=true&location_id=' + of(level['location_id']))['data']
    assert here and {x['location_id'] for x in here} == {level['location_id']}, here


def a_variant_has_its_levels():
    levels = {x['id']: x for x in every('/inventory?limit=100')}
    variant = good('/variants?limit=1&fields=inventory,sku,inventory_item_id')['data'][0]
    assert variant['inventory'], variant
    for inside in variant['inventory']:
        assert inside['on_hand'] == levels[inside['id']]['on_hand'], (inside, levels[inside['id']])


# ---- writing --------------------------------------------------------------------------------------------------

def it_is_set_adjusted_and_compared():
    level = first_level()
    where = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id']}
    done = wrote({**where, 'quantity': 40, 'reason': 'cycle_count_available', 'reference': 'gid://wms/Count/7'})
    assert (done['guard'], done['mode'], done['result']['after']) == ('native', 'set', 40) and done['result']['verified_at'], done
    done = wrote({**where, 'mode': 'delta', 'quantity': -3, 'require': 'native'})
    assert (done['guard'], done['result']['after'], done['result']['before']) == ('native', 37, None), done
    done = wrote({**where, 'mode': 'compare_and_set', 'expected': 37, 'quantity': 50})
    assert (done['expected'], done['result']['before'], done['result']['after']) == (37, 37, 50), done
    refused({**where, 'mode': 'compare_and_set', 'expected': 37, 'quantity': 1}, 412, 'precondition_failed', 'expected 37 on hand')
    assert wrote({**where, 'mode': 'delta', 'quantity': 0})['result']['after'] == 50
    assert all(line['verdict'] == 'ok' for line in asked('inventory.adjust'))


def a_sku_is_looked_up_once():
    def answered():
        return [line for line in asked('_item_by_sku') if line['verdict'] == 'ok']
    level = first_level()
    before = len(answered())
    for quantity in (11, 12, 13):
        done = wrote({'sku': level['sku'], 'location_id': level['location_id'], 'quantity': quantity})
        assert done['inventory_item_id'] == level['inventory_item_id'] and done['result']['after'] == quantity, done
    assert len(answered()) == before + 1, asked('_item_by_sku')
    done = wrote({'variant_id': level['variant_id'], 'location_id': level['location_id'], 'quantity': 14})
    assert done['result']['after'] == 14, done


def a_lost_answer_is_asked_for_again():
    """The key of the first attempt makes the second one harmless: one change of -2, whatever was lost."""
    level = first_level()
    where = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id']}
    wrote({**where, 'quantity': 30})
    shop.faults({'fault': 'reset_after_commit', 'first': 1})
    done = wrote({**where, 'mode': 'delta', 'quantity': -2})
    shop.faults()
    assert done['result']['after'] == 28, done


def bad_stock_is_said():
    level = first_level()
    item, place = level['inventory_item_id'], level['location_id']
    where = {'inventory_item_id': item, 'location_id': place}
    refused({**where, 'quantity': -1}, 422, 'validation_failed', "can't be negative")
    refused({**where, 'quantity': 2.5}, 422, 'validation_failed', 'whole number')
    refused({**where, 'quantity': '5'}, 422, 'validation_failed', 'expected a number')
    refused({**where, 'quantity': 5, 'on_hand': 5}, 422, 'validation_failed', 'a member of a stock write')
    refused({**where, 'quantity': 5, 'reason': 'because', 'mode': 'guess'}, 422, 'validation_failed', 'mode')
    refused({'inventory_item_id': ITEM % 999999999, 'location_id': place, 'quantity': 5}, 404, 'not_found', 'inventory item')
    refused({'inventory_item_id': item, 'location_id': PLACE % 1, 'quantity': 5}, 404, 'not_found', 'location')
    refused({'inventory_item_id': item, 'location_id': closed_place(), 'quantity': 5}, 404, 'not_found', 'not stocked')
    refused({'sku': 'NO-SUCH', 'location_id': place, 'quantity': 5}, 404, 'not_found', 'item')
    refused({'variant_id': 'gid://shopify/ProductVariant/1', 'location_id': place, 'quantity': 5}, 404, 'not_found', 'no such variant')


def closed_place():
    places = good('/locations?fields=id,status')['data']
    return next(p['id'] for p in places if p['status'] == 'inactive')


def two_articles_of_one_sku():
    product = good('/products', method='POST', body={'name': 'Twins', 'options': [{'name': 'Size', 'values': [{'name': 'S'}]}]})['data']
    for size in ('M', 'L'):
        good('/variants', method='POST', body={'product_id': product['id'], 'sku': 'TWIN-1', 'manage_stock': True, 'option_values': [{'name': 'Size', 'value': size}]})
    refused({'sku': 'TWIN-1', 'location_id': first_level()['location_id'], 'quantity': 5}, 422, 'validation_failed', 'more than one')


def what_is_not_counted():
    product = good('/products', method='POST', body={'name': 'Service'})['data']
    variant = good('/variants', method='POST', body={'product_id': product['id'], 'sku': 'SERVICE-1', 'manage_stock': False,
                                                     'option_values': [{'name': 'Title', 'value': 'Hour'}]})['data']
    assert variant['manage_stock'] is False, variant
    refused({'sku': 'SERVICE-1', 'location_id': first_level()['location_id'], 'quantity': 5}, 404, 'not_found', 'not stocked')


def a_batch_has_an_outcome_each():
    level = first_level()
    other = good('/inventory?limit=5')['data'][-1]
    answer = good('/inventory/batch', method='POST', body={'items': [
        {'sku': level['sku'], 'location_id': level['location_id'], 'quantity': 21},
        {'inventory_item_id': other['inventory_item_id'], 'location_id': other['location_id'], 'mode': 'delta', 'quantity': 1},
        {'sku': 'NO-SUCH', 'location_id': level['location_id'], 'quantity': 1},
        {'sku': level['sku'], 'location_id': level['location_id'], 'quantity': -1}]})['data']
    assert [x['status'] for x in answer] == [200, 200, 404, 422], answer
    assert answer[0]['data']['result']['after'] == 21 and answer[1]['data']['result']['after'] == other['on_hand'] + 1, answer


def a_scope_is_missing_for_one_step():
    status, answer, _ = call('/inventory', name='few')
    assert (status, answer['code']) == (422, 'store_rejected') and 'read_inventory' in answer['detail'], answer
    level = first_level()
    body = {'inventory_item_id': level['inventory_item_id'], 'location_id': level['location_id'], 'quantity': 9}
    status, answer, _ = stock(body, name='few')
    assert status == 200 and answer['data']['result'] == {'before': None, 'after': None, 'verified_at': None}, answer
    refused({**body, 'sku': level['sku'], 'inventory_item_id': level['inventory_item_id'], 'quantity': -1}, 422, 'validation_failed', name='few')
    status, answer, _ = call('/products', name='few', method='POST', body={'name': 'x'})
    assert (status, answer['code']) == (422, 'store_rejected') and 'write_products' in answer['detail'], answer


# ---- variants -------------------------------------------------------------------------------------------------

def a_variant_lives():
    product = good('/products', method='POST', body={'name': 'Shirt', 'seo': {'title': 'A shirt'}})['data']
    made = good('/variants', method='POST', body={
        'product_id': product['id'], 'sku': 'SHIRT-M', 'identifiers': {'barcode': '4006381333931'}, 'price': {'amount': '19.90', 'currency': 'EUR'},
        'option_values': [{'name': 'Title', 'value': 'M'}], 'taxable': False, 'manage_stock': True, 'backorders': 'yes',
        'weight': {'value': '0.25', 'unit': 'kg'}, 'requires_shipping': True,
        'extra': {'compare_at_price': '25.00', 'unit_cost': '7.5', 'hs_code': '610910', 'country_of_origin': 'de'}})['data']
    assert (made['price']['amount'], made['price']['currency'], made['sku']) == ('19.90', 'EUR', 'SHIRT-M'), made
    one = '/variants/%s' % of(made['id'])
    found = good(one + '?fields=*')['data']
    assert (found['taxable'], found['backorders'], found['manage_stock'], found['on_sale']) == (False, 'yes', True, True), found
    assert found['weight'] == {'value': '0.25', 'unit': 'kg'} and found['identifiers']['barcode'] == '4006381333931', found
    assert (found['extra']['compare_at_price'], found['extra']['hs_code'], found['extra']['country_of_origin']) == ('25.00', '610910', 'DE'), found
    good(one, method='PATCH', body={'product_id': None, 'taxable': True})  # whose it is is looked up
    changed = good(one, method='PATCH', body={'price': {'amount': '17.50', 'currency': 'EUR'}, 'extra': {'compare_at_price': None}})['data']
    assert changed['price']['amount'] == '17.50', changed
    assert good(one + '?fields=on_sale,extra')['data']['on_sale'] is False
    second = good('/variants', method='POST', body={'product_id': product['id'], 'sku': 'SHIRT-L', 'option_values': [{'name': 'Title', 'value': 'L'}]})['data']
    assert [v['sku'] for v in good('/variants?product_id=%s' % of(product['id']))['data']] == ['SHIRT-M', 'SHIRT-L']
    status, answer, _ = call('/variants/' + of(second['id']), method='DELETE')
    assert status in (200, 204), (status, answer)
    assert call('/variants/' + of(second['id']))[0] == 404
    status, answer, _ = call(one, method='DELETE')
    assert (status, answer['code']) == (409, 'conflict') and 'last variant' in answer['detail'], answer


def a_bad_variant_is_said():
    product = good('/products?limit=1&fields=id')['data'][0]['id']
    before = shop.state()['requests']

    def no(status, code, says, body, at='/variants', method='POST'):
        body = body if method == 'PATCH' else {'product_id': product, **body}
        found, answer, _ = call(at, method=method, body=body)
        text = answer.get('detail', '') + str(answer.get('errors', ''))
        assert (found, answer['code']) == (status, code) and says in text, (body, found, answer)

    value = [{'name': 'Size', 'value': 'New'}]
    no(422, 'validation_failed', 'title', {'title': 'x', 'option_values': value})
    no(422, 'validation_failed', 'taxable', {'taxable': 'no', 'option_values': value})
    no(422, 'validation_failed', 'quantity_total', {'quantity_total': 5, 'option_values': value})
    no(422, 'validation_failed', 'option_values[0].value', {'option_values': [{'name': 'Size'}]})
    assert shop.state()['requests'] == before, 'nothing is sent while anything is wrong'
    no(422, 'validation_failed', "EUR, the shop's currency", {'price': {'amount': '1', 'currency': 'USD'}, 'option_values': value})
    no(422, 'validation_failed', 'decimal number', {'extra': {'compare_at_price': 'cheap'}, 'option_values': value})
    no(422, 'validation_failed', 'nothing for this value', {'backorders': 'notify', 'option_values': value})
    no(422, 'validation_failed', 'negative', {'price': {'amount': '-1', 'currency': 'EUR'}, 'option_values': value})
    no(404, 'not_found', 'does not exist', {'option_values': value, 'product_id': 'gid://shopify/Product/1'})
    no(422, 'validation_failed', 'product_id', {'option_values': value, 'product_id': None})
    no(404, 'not_found', 'no such variant', {'sku': 'x'}, '/variants/gid:%2F%2Fshopify%2FProductVariant%2F1', 'PATCH')


def pages_go_on_beside_a_look_up():
    """The currency that a look-up found is no filter of the caller's: the cursor of a page is good for the next."""
    for path in ('/variants?limit=40&fields=sku,price', '/products?limit=9&fields=name,variants.price'):
        ids = [record['id'] for record in every(path)]
        assert len(ids) == len(set(ids)) == good(path.split('?')[0] + '/count')['data']['count'], (path, len(ids))


def products_and_variants_are_found():
    variant = good('/variants?limit=1&fields=sku,product_id,price,weight,extra')['data'][0]
    assert variant['price']['currency'] == 'EUR' and variant['weight'] == {'value': '0.25', 'unit': 'kg'}, variant
    assert [v['sku'] for v in good('/variants?sku=' + variant['sku'])['data']] == [variant['sku']]
    assert [p['id'] for p in good('/products?fields=id&sku=' + variant['sku'])['data']] == [variant['product_id']]
    assert call('/products/count?status=draft')[1]['code'] == 'unsupported'
    both = good('/variants/count?product_id=%s&updated_since=2099-01-01T00:00:00Z' % of(variant['product_id']))['data']['count']
    assert both == 0, both
    product = good('/products?limit=1&fields=type,price,quantity_total,options,vendor')['data'][0]
    assert product['price']['currency'] == 'EUR' and product['vendor'] == 'Shopsim' and product['options'][0]['values'], product


TESTS = (every_level_once, every_field_of_a_level, levels_are_found, a_variant_has_its_levels, it_is_set_adjusted_and_compared,
         a_sku_is_looked_up_once, a_lost_answer_is_asked_for_again, bad_stock_is_said, two_articles_of_one_sku, what_is_not_counted,
         a_batch_has_an_outcome_each, a_scope_is_missing_for_one_step, a_variant_lives, a_bad_variant_is_said,
         pages_go_on_beside_a_look_up, products_and_variants_are_found)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, shop, narrow)
