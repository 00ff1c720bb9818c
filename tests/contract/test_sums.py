#!/usr/bin/env python3
"""Do an order's sums add up?  MODEL's identity over normalised orders, in exact decimals, with its mutants.

    test_sums.py [FILE...]     FILE holds {"data": order or [orders]}; none: the goldens of adapters/*/fixtures

Each order must pass every check of `complaints`, and each of its mutants (a line dropped, shipping left out, tax
counted twice) must fail at least one: a check that lets a mutant pass is blind.  Prints TAP.

With prices without tax (prices_include_tax false):   lines + shipping + fees - discounts = total - tax
with prices that hold it (true):                      lines + shipping + fees - discounts = total
and always, without any tax:                          the same with the *_ex_tax terms and the lines' discounts.
"""
import copy
import glob
import json
import os
import sys
from decimal import Decimal

EXPONENT = {'JPY': 0, 'KWD': 3}
ROUNDED = {'woocommerce'}


def amount(moneyset):
    return Decimal(0) if moneyset is None else Decimal(moneyset['shop']['amount'])


def total(moneysets):
    return sum((amount(m) for m in moneysets), Decimal(0))


def tax_of(line):
    return total(t['amount'] for t in line['tax_lines'])


def is_inclusive(line):
    return any(t.get('included_in_price') for t in line['tax_lines'])


def kept(item):
    """Medusa's sums count what was not sent back."""
    return Decimal(str(item['quantity'])) - Decimal(str(item['quantities'].get('returned') or 0))


def terms(order):
    """Both sides of each identity: (name, left, right)."""
    t, items, ships, fees = order['totals'], order['items'], order['shipping_lines'], order.get('fees', [])
    get = lambda name: amount(t.get(name))
    off_lines = total(i['discount'] for i in items)
    off_ships = total(a['amount'] for s in ships for a in s.get('discount_allocations', []))
    credit = Decimal(str(order.get('extra', {}).get('credit_line_total') or 0))
    priced = sum((amount(i['unit_price']) * kept(i) for i in items), Decimal(0))
    taken = sum((amount(i['unit_price']) * kept(i) - amount(i['total']) + (0 if is_inclusive(i) else amount(i['tax']))
                 for i in items), Decimal(0))
    inside = {is_inclusive(line) for line in items + ships if line['tax_lines']}
    if len(inside) < 2:
        tax_beside = 0 if order['prices_include_tax'] else get('tax')
        yield 'subtotal + shipping + fees - discount', get('subtotal') + get('shipping') + get('fees') - get('discount'), get('total') - tax_beside
    yield 'the same without tax', get('subtotal_ex_tax') + get('shipping_ex_tax') + get('fees') - off_lines - off_ships - credit, get('total') - get('tax')
    yield 'unit prices make subtotal', priced, get('subtotal')
    yield 'lines make subtotal_ex_tax', total(i['subtotal'] for i in items), get('subtotal_ex_tax')
    yield 'lines make items', total(i['total'] for i in items), get('items')
    yield 'lines, shipping and fees make tax', sum(map(tax_of, items + ships + fees), Decimal(0)), get('tax')
    yield 'shipping lines make shipping', total(s['price'] for s in ships), get('shipping')
    yield 'what was taken off makes discount', taken + get('shipping_discount') + credit, get('discount')
    for i in items:
        yield 'line %s' % i['id'], amount(i['subtotal']) - amount(i['discount']) + amount(i['tax']), amount(i['total'])
        yield 'tax lines of %s' % i['id'], tax_of(i), amount(i['tax'])


def allowed(order):
    """What rounding each amount to two decimals beyond the currency's can add up to; MODEL allows half a minor unit
    for each, a hundred times more.  A platform that rounds each amount to its currency is allowed that half."""
    finer = 0 if order['platform'] in ROUNDED else 2
    n = 2 + sum(1 + len(line['tax_lines']) for line in order['items'] + order['shipping_lines'])
    exponent = EXPONENT.get(order['currency'], 2)
    quantity = max([kept(i) for i in order['items']] + [Decimal(1)])
    return Decimal(1).scaleb(-exponent - finer) / 2 * n * max(1, quantity)


def complaints(order):
    bound = allowed(order)
    return ['%s: %s, expected %s' % (name, left, right) for name, left, right in terms(order) if abs(left - right) > bound]


# ---- mutants ------------------------------------------------------------------------------------------

def scaled(moneyset, factor):
    if moneyset:
        moneyset['shop']['amount'] = str(amount(moneyset) * factor)


def line_dropped(order):
    gone = order['items'].pop() if order['items'] else None
    return gone is not None and abs(amount(gone['total'])) > allowed(order)


def shipping_left_out(order):
    was = amount(order['totals']['shipping'])
    for name in ('shipping', 'shipping_ex_tax', 'shipping_discount'):
        scaled(order['totals'].get(name), 0)
    return was > allowed(order)


def shipping_lines_left_out(order):
    was = total(s['price'] for s in order['shipping_lines'])
    order['shipping_lines'] = []
    return was > allowed(order)


def tax_twice(order):
    was = amount(order['totals']['tax'])
    scaled(order['totals']['tax'], 2)
    return was > allowed(order)


def tax_twice_in_total(order):
    tax = amount(order['totals']['tax'])
    order['totals']['total']['shop']['amount'] = str(amount(order['totals']['total']) + tax)
    return tax > allowed(order)


MUTANTS = [line_dropped, shipping_left_out, shipping_lines_left_out, tax_twice, tax_twice_in_total]


def survivors(order):
    """Names of mutants that no check caught, and how many were tried."""
    tried, alive = 0, []
    for mutate in MUTANTS:
        mutant = copy.deepcopy(order)
        if mutate(mutant):
            tried += 1
            if not complaints(mutant):
                alive.append(mutate.__name__)
    return tried, alive


# ---- the run ------------------------------------------------------------------------------------------

def orders_of(path):
    with open(path, encoding='utf-8') as f:
        data = json.load(f, parse_float=Decimal).get('data', [])
    records = data if isinstance(data, list) else [data]
    return [r for r in records if r.get('object') == 'order' and 'subtotal_ex_tax' in r.get('totals', {})]


def main():
    root = os.environ.get('CARTWAY_SOURCE', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
    files = sys.argv[1:] or sorted(glob.glob(os.path.join(root, 'adapters', '*', 'fixtures', '*.golden.json')))
    n = failed = mutants = 0
    for path in files:
        for order in orders_of(path):
            wrong = complaints(order)
            tried, alive = survivors(order)
            mutants += tried
            n += 1
            name = '%s %s: adds up, %d mutants caught' % (os.path.basename(path), order['id'], tried)
            print('%s %d - %s' % ('not ok' if wrong or alive else 'ok', n, name))
            for text in wrong + ['survived: ' + a for a in alive]:
                print('  # ' + text)
            failed += bool(wrong or alive)
    print('1..%d' % n)
    print('# %d orders, %d mutants, %d failed' % (n, mutants, failed))
    sys.exit(0 if n > 0 and mutants > 0 and failed == 0 else 1)


if __name__ == '__main__':
    main()
