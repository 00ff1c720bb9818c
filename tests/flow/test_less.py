#!/usr/bin/env python3
"""test_less.py - stock writes sent together, and single reads that become a list, over shopsim's dialects.

Shopify refuses all for one, and says which; WooCommerce does the others.  The requests are counted by the gateway's log, and what
came of them is asked of the shop.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import world as flow  # noqa: E402

shops, gateway, app_key, batched = {}, None, None, []


def start():
    global gateway, app_key
    shops['s'] = flow.Shop('--dialect', 'shopify', '--points', '10000/100000')
    shops['w'] = flow.Shop('--dialect', 'woocommerce')
    woo = {'id': 'w', 'platform': 'woocommerce', 'settings': {'site': 'http://127.0.0.1:%d' % shops['w'].port},
           'credentials': {'key': 'ck_shopsim', 'secret': 'cs_shopsim'}}
    shops['m'] = flow.Shop()
    medusa = {'id': 'm', 'platform': 'medusa', 'settings': {'site': 'http://127.0.0.1:%d' % shops['m'].port},
              'credentials': {'key': shops['m'].key}}
    gateway, app_key = flow.connected(['shopify', 'woocommerce', 'medusa'], flow.shopify_store('s', shops['s'].port), woo, medusa)


def call(store, path, method='GET', body=None):
    return flow.request(gateway.port, method, '/v1/stores/%s%s' % (store, path), body, {'Authorization': 'Bearer ' + app_key})


def good(store, path, **more):
    status, answer, _ = call(store, path, **more)
    assert status in (200, 201), (path, status, answer)
    return answer['data']


def batch(store, items):
    status, answer, headers = call(store, '/inventory/batch', method='POST', body={'items': items})
    assert status == 200, answer
    batched[:] = ['%s-%d' % (headers['Cartway-Request-Id'], i + 1) for i in range(len(items))]
    return answer['data']


def asked(endpoint):
    """Attempts of the last batch.  The log is written behind the answers."""
    until = time.monotonic() + flow.PATIENCE_S
    while True:
        lines = [line for line in gateway.lines() if line.get('call') in batched]
        if sum(line['event'] == 'call' for line in lines) == len(batched):
            return sum(line['event'] == 'attempt' and line['endpoint'] == endpoint for line in lines)
        assert time.monotonic() < until, 'the log does not tell of every item'
        time.sleep(0.01)


def levels(n):
    """Of as many articles, each at one place."""
    found = {level['inventory_item_id']: level for level in good('s', '/inventory?limit=100')}
    return [{'inventory_item_id': x['inventory_item_id'], 'location_id': x['location_id']} for x in list(found.values())[:n]]


def statuses(answers):
    return [answer['status'] for answer in answers]


# ---- Shopify ------------------------------------------------------------------------------------------------------

def thirty_sets_are_one_mutation():
    answers = batch('s', [{**where, 'quantity': 100 + i} for i, where in enumerate(levels(30))])
    assert [a['data']['result']['after'] for a in answers] == [100 + i for i in range(30)], answers
    assert (asked('inventory.set_many'), asked('inventory.set'), asked('inventory.get')) == (1, 0, 30)


def thirty_changes_are_one_mutation():
    answers = batch('s', [{**where, 'quantity': -1, 'mode': 'delta'} for where in levels(30)])
    assert [a['data']['result']['after'] for a in answers] == [99 + i for i in range(30)], answers
    assert (asked('inventory.adjust_many'), asked('inventory.adjust')) == (1, 0)


def a_bad_one_is_taken_out():
    where = levels(5)
    items = [{**at, 'quantity': 10 + i} for i, at in enumerate(where)]
    items[2]['quantity'] = -1
    items[4] = {'inventory_item_id': 'gid://shopify/InventoryItem/999999999', 'location_id': where[4]['location_id'], 'quantity': 5}
    answers = batch('s', items)
    assert statuses(answers) == [200, 200, 422, 200, 404], answers
    assert "can't be negative" in answers[2]['error']['detail'] and 'inventory item' in answers[4]['error']['detail'], answers
    assert [answers[i]['data']['result']['after'] for i in (0, 1, 3)] == [10, 11, 13], answers
    assert (asked('inventory.set_many'), asked('inventory.set')) == (3, 2)  # the shop names one at a time


def one_that_differs_is_told_alone():
    where = levels(4)
    batch('s', [{**at, 'quantity': 7} for at in where])
    answers = batch('s', [{**at, 'mode': 'compare_and_set', 'quantity': 8, 'expected': 7 - (i == 1)} for i, at in enumerate(where)])
    assert statuses(answers) == [200, 412, 200, 200] and 'expected 6 on hand' in answers[1]['error']['detail'], answers
    assert [a['data']['result']['before'] for a in answers if a['status'] == 200] == [7, 7, 7], answers
    assert (asked('inventory.compare_and_set_many'), asked('inventory.compare_and_set')) == (2, 1)


def modes_and_reasons_do_not_mix():
    where = levels(4)
    answers = batch('s', [{**where[0], 'quantity': 1}, {**where[1], 'quantity': 1, 'mode': 'delta'},
                          {**where[2], 'quantity': 1, 'reason': 'cycle_count_available'}, {**where[3], 'quantity': 1, 'reference': 'gid://wms/Count/7'}])
    assert statuses(answers) == [200] * 4 and asked('inventory.set_many') == asked('inventory.adjust_many') == 0, answers


def a_lost_answer_of_several_is_asked_for_again():
    where = levels(6)
    batch('s', [{**at, 'quantity': 50} for at in where])
    shops['s'].faults({'fault': 'reset_after_commit', 'first': 1})
    answers = batch('s', [{**at, 'mode': 'delta', 'quantity': -2} for at in where])
    shops['s'].faults()
    assert [a['data']['result']['after'] for a in answers] == [48] * 6, answers  # the key of both attempts is one


# ---- WooCommerce -----------------------------------------------------------------------------------------------------

def articles(n):
    """Plain products that are counted, their look-ups done."""
    ids = []
    for i in range(n):
        made = good('w', '/products', method='POST', body={'name': 'Less %d' % i, 'manage_stock': True})
        ids.append({'inventory_item_id': made['id'], 'location_id': 'shop'})
        good('w', '/inventory', method='POST', body={**ids[-1], 'quantity': 1})
    return ids


def products_are_one_batch():
    where = articles(6)
    answers = batch('w', [{**at, 'quantity': 20 + i} for i, at in enumerate(where)])
    assert [a['data']['result']['after'] for a in answers] == [20 + i for i in range(6)], answers
    assert (asked('inventory.set_many'), asked('inventory.set'), asked('inventory.get')) == (1, 0, 6)


def what_is_gone_or_not_counted_is_told_alone():
    where = articles(4)
    assert call('w', '/products/' + where[1]['inventory_item_id'], method='DELETE')[0] in (200, 204)
    good('w', '/products/' + where[2]['inventory_item_id'], method='PATCH', body={'manage_stock': False})
    answers = batch('w', [{**at, 'quantity': 9} for at in where])
    assert statuses(answers)[0] == statuses(answers)[3] == 200 and statuses(answers)[2] == 422, answers
    assert answers[1]['status'] in (404, 422), answers
    assert asked('inventory.set_many') == 1, asked('inventory.set_many')
    assert good('w', '/products/%s?fields=quantity_total' % where[3]['inventory_item_id'])['quantity_total'] == 9


def articles_of_another_product_go_by_another_address():
    variants = []
    for product in good('w', '/products?limit=100&fields=id,type,variants'):
        mine = [v['id'] for v in product['variants'] or []]
        if len(mine) >= 2 and len(variants) < 2:
            variants.append(mine[:2])
    assert len(variants) == 2, 'two products with variations'
    where = [{'inventory_item_id': id_, 'location_id': 'shop'} for ids in variants for id_ in ids]
    for at in where:
        good('w', '/variants/' + at['inventory_item_id'], method='PATCH', body={'manage_stock': True})
        good('w', '/inventory', method='POST', body={**at, 'quantity': 1})
    answers = batch('w', [{**at, 'quantity': 5} for at in where])
    assert statuses(answers) == [200] * 4 and asked('inventory.set_many') == 2, (answers, asked('inventory.set_many'))


# ---- single reads ---------------------------------------------------------------------------------------------------

def gets_of(store, ids, path):
    """All at once, while the first that are out are slow."""
    answers = [None] * len(ids)

    def one(i):
        answers[i] = call(store, path % ids[i])
    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(ids))]
    shops[store].faults({'fault': 'slow', 'ms': 4000, 'first': 10 if store == 'm' else 3})
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shops[store].faults()
    return answers


def orders_that_wait_are_a_list(store, fields):
    ids = [order['id'] for order in good(store, '/orders?limit=30&fields=id')]
    alone = {id_: good(store, '/orders/%s?fields=%s' % (id_, fields)) for id_ in ids}
    before = shops[store].state()['requests']
    answers = gets_of(store, ids, '/orders/%s?fields=' + fields)
    spent = shops[store].state()['requests'] - before
    for id_, (status, body, _) in zip(ids, answers):
        assert status == 200, body
        body['data']['observed_at'] = alone[id_]['observed_at']
        assert body['data'] == alone[id_], (body['data'], alone[id_])
    assert spent < len(ids), spent


def medusa_orders_that_wait_are_a_list():
    orders_that_wait_are_a_list('m', 'id,number,status,currency,totals,items,shipping_address,customer')


def woocommerce_orders_that_wait_are_a_list():
    orders_that_wait_are_a_list('w', 'id,number,status,currency,totals,items,billing_address')


def what_is_no_id_is_in_no_list():
    ids = [order['id'] for order in good('w', '/orders?limit=9&fields=id')]
    before = shops['w'].state()['requests']
    answers = gets_of('w', ids + ['one', 'two'], '/orders/%s?fields=id')
    assert [a[0] for a in answers] == [200] * 9 + [404, 404], answers
    assert shops['w'].state()['requests'] - before < len(ids), 'one bad id would spoil the list for all'


TESTS = (medusa_orders_that_wait_are_a_list, woocommerce_orders_that_wait_are_a_list, what_is_no_id_is_in_no_list, thirty_sets_are_one_mutation, thirty_changes_are_one_mutation, a_bad_one_is_taken_out, one_that_differs_is_told_alone,
         modes_and_reasons_do_not_mix, a_lost_answer_of_several_is_asked_for_again, products_are_one_batch,
         what_is_gone_or_not_counted_is_told_alone, articles_of_another_product_go_by_another_address)

if __name__ == '__main__':
    start()
    flow.main(TESTS, gateway, *shops.values())
