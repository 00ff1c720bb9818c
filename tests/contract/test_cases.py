#!/usr/bin/env python3
"""Which fixture of which platform shows a case?  The table of docs/fixtures.md, held to the goldens themselves.

    test_cases.py [SOURCE]          the test: prints TAP
    test_cases.py [SOURCE] table    prints the table

A case is a question to a record as the API gives it (or to an entry of index.json), so that no fixture is named for what
it does not show.  Where no fixture of a platform does, GAPS says why.
"""
import glob
import json
import os
import re
import sys
from decimal import Decimal

PLATFORMS = ('medusa', 'woocommerce', 'shopify')
EXPONENT = {'JPY': 0, 'KWD': 3}
SHOWN = 2

# (platform, case): why no fixture shows it.
ONE_CURRENCY = 'an order has one currency there'
NO_STATE = 'no such state there'
GAPS = {
    ('medusa', "amounts in the buyer's currency"): ONE_CURRENCY,
    ('medusa', 'error: slow down'): 'Medusa limits nothing',
    ('woocommerce', "amounts in the buyer's currency"): ONE_CURRENCY,
    ('woocommerce', 'order authorised'): NO_STATE,
    ('woocommerce', 'order shipped in part'): NO_STATE,
    ('woocommerce', 'error: slow down'): 'WooCommerce limits nothing; a host answers as it likes',
    ('shopify', 'order pending'): NO_STATE,
    ('shopify', 'order on hold'): NO_STATE,
    ('shopify', 'order archived or in the bin'): 'a closed order is completed; deleted ones are gone',
    ('shopify', "amounts in the buyer's currency"): 'the adapter reads the shop side of each pair of amounts',
    ('shopify', 'guest'): 'Shopify makes a customer of every buyer',
    ('shopify', 'discount on one line'): 'not shaped yet',
    ('shopify', 'discount over the order'): 'not shaped yet',
    ('shopify', 'error: refused by the shop'): 'not shaped yet',
    ('shopify', 'error: something that is no answer'): 'not shaped yet',
}


def amounts(value):
    """Every amount below."""
    if isinstance(value, dict):
        if 'amount' in value and 'currency' in value and isinstance(value['amount'], str):
            yield value
        for inner in value.values():
            yield from amounts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from amounts(inner)


def nonzero(moneyset):
    return any(Decimal(m['amount']) != 0 for m in amounts(moneyset))


def decimals(money):
    return len(money['amount'].partition('.')[2].rstrip('0'))


def items(record):
    return record.get('items') or []


def off(record):
    return [nonzero(item.get('discount')) for item in items(record)]


def tax_lines(record):
    return [t for line in items(record) for t in line.get('tax_lines') or [] if nonzero(t['amount'])]


def status(word):
    return lambda r, _: r.get('object') == 'order' and r.get('status') == word


def in_currency(code):
    return lambda r, _: r.get('object') == 'order' and r.get('currency') == code


def variants_of(record):
    return (record.get('variants') or []) + ([record] if record.get('object') in ('variant', 'product') else [])


# name, question: (record, the platform's first currency) -> bool
CASES = [
    ('order pending', status('pending')),
    ('order open', status('open')),
    ('order on hold', status('on_hold')),
    ('order completed', status('completed')),
    ('order cancelled', status('cancelled')),
    ('order archived or in the bin', lambda r, _: r.get('object') == 'order' and (r.get('deleted_at') or r.get('status') in ('archived', 'deleted'))),
    ('order not paid', lambda r, _: r.get('payment_status') in ('pending', 'failed')),
    ('order authorised', lambda r, _: r.get('payment_status') == 'authorized'),
    ('order partly refunded', lambda r, _: r.get('payment_status') == 'partially_refunded'),
    ('order refunded', lambda r, _: r.get('payment_status') == 'refunded'),
    ('order shipped in part', lambda r, _: r.get('object') == 'order' and r.get('fulfillment_status') == 'partial'),
    ('order shipped or delivered', lambda r, _: r.get('object') == 'order' and r.get('fulfillment_status') in ('shipped', 'fulfilled', 'delivered')),
    ('several currencies', lambda r, first: r.get('object') == 'order' and r.get('currency') not in (None, first)),
    ('amounts in the buyer\'s currency', lambda r, _: any(k == 'presentment' for k in keys(r))),
    ('guest', lambda r, _: (r.get('customer') or {}).get('is_guest') is True),
    ('deleted product', lambda r, _: r.get('object') == 'order' and any('product_id' in i and i['product_id'] is None for i in items(r))),
    ('discount on one line', lambda r, _: any(off(r)) and not all(off(r))),
    ('discount over the order', lambda r, _: len(off(r)) > 1 and all(off(r))),
    ('tax in the prices', lambda r, _: any(t.get('included_in_price') for t in tax_lines(r)) or (True in (r.get('prices_include_tax'), (r.get('extra') or {}).get('prices_include_tax')) and nonzero((r.get('totals') or {}).get('tax')))),
    ('tax beside the prices', lambda r, _: any(t.get('included_in_price') is False for t in tax_lines(r)) or (r.get('prices_include_tax') is False and nonzero((r.get('totals') or {}).get('tax')))),
    ('total of zero', lambda r, _: bool(r.get('totals') and r['totals'].get('total')) and not nonzero(r['totals']['total'])),
    ('prices of four decimals', lambda r, _: any(decimals(m) == 4 for i in items(r) for m in amounts(i.get('unit_price')))),
    ('yen', in_currency('JPY')),
    ('dinar', in_currency('KWD')),
    ('product of 100 variants', lambda r, _: len(r.get('variants') or []) >= 100),
    ('stock not managed', lambda r, _: any(v.get('manage_stock') is False for v in variants_of(r))),
]

# name, the error codes that entries of index.json expect
ERRORS = [
    ('error: key refused', lambda e: e.get('verdict') == 'reauth'),
    ('error: not there', lambda e: e.get('code') == 'not_found'),
    ('error: refused by the shop', lambda e: e.get('code') in ('store_rejected', 'validation_failed')),
    ('error: slow down', lambda e: e.get('verdict') == 'slow_down'),
    ('error: something that is no answer', lambda e: e.get('verdict') in ('retry', 'unknown') or e.get('code') in ('store_error', 'store_unreadable')),
]


def keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def load(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def records_of(folder):
    """(fixture, record) of each golden."""
    for path in sorted(glob.glob(os.path.join(folder, '*.golden.json'))):
        data = load(path).get('data')
        if isinstance(data, list) and data and data[0].get('object') == 'variant':
            yield os.path.basename(path)[:-len('.golden.json')], {'object': 'page', 'variants': data}
        for record in data if isinstance(data, list) else [data]:
            if isinstance(record, dict):
                yield os.path.basename(path)[:-len('.golden.json')], record


def survey(source):
    """{case: {platform: [fixtures]}}"""
    found = {name: {p: [] for p in PLATFORMS} for name, _ in CASES + ERRORS}
    for platform in PLATFORMS:
        folder = os.path.join(source, 'adapters', platform, 'fixtures')
        records = list(records_of(folder))
        first = next((r['currency'] for _, r in records if r.get('object') == 'order' and r.get('currency')), None)
        for name, asks in CASES:
            for fixture, record in records:
                if asks(record, first) and fixture not in found[name][platform]:
                    found[name][platform].append(fixture)
        for entry in load(os.path.join(folder, 'index.json')):
            for name, asks in ERRORS:
                if asks(entry.get('expect') or {}):
                    found[name][platform].append(os.path.splitext(entry['file'])[0])
    return found


def cell(name, platform, fixtures):
    if not fixtures:
        return GAPS.get((platform, name), '?')
    more = ' and %d more' % (len(fixtures) - SHOWN) if len(fixtures) > SHOWN else ''
    return ', '.join('`%s`' % f for f in fixtures[:SHOWN]) + more


def table(found):
    lines = ['| case | %s |' % ' | '.join(PLATFORMS), '|---|%s' % ('---|' * len(PLATFORMS))]
    for name, by_platform in found.items():
        lines.append('| %s | %s |' % (name, ' | '.join(cell(name, p, by_platform[p]) for p in PLATFORMS)))
    return '\n'.join(lines) + '\n'


def cells_of(page):
    """{(case, platform): cell} of the page's table."""
    rows = [[c.strip() for c in line.strip('| \n').split(' | ')] for line in page.split('\n') if line.startswith('| ')]
    return {(row[0], platform): cell for row in rows[1:] for platform, cell in zip(rows[0][1:], row[1:])}


def complaints(cells, found):
    """What a cell names must show the case; a cell that names nothing says why, and is right to."""
    for name, by_platform in found.items():
        for platform, fixtures in by_platform.items():
            said = cells.get((name, platform), '')
            named = re.findall(r'`([^`]+)`', said)
            for fixture in named:
                if fixture not in fixtures:
                    yield '%s, %s: %s does not show it' % (platform, name, fixture)
            if not named and len(said) < 8:
                yield '%s, %s: neither a fixture nor a reason' % (platform, name)


def stale(cells, found):
    return ['%s, %s: %s shows it now' % (p, n, by[p][0]) for n, by in found.items() for p in by
            if by[p] and '`' not in cells.get((n, p), '`')]


PROOF = {'a': {'medusa': ['x']}, 'b': {'medusa': []}}


def main(arguments):
    source = next((a for a in arguments if a != 'table'), os.environ.get('CARTWAY_SOURCE', '.'))
    found = survey(source)
    if 'table' in arguments:
        print(table(found), end='')
        return 0
    with open(os.path.join(source, 'docs', 'fixtures.md'), encoding='utf-8') as file:
        cells = cells_of(file.read())
    blind = not list(complaints({('a', 'medusa'): '`y`', ('b', 'medusa'): 'no such state'}, PROOF)) or \
        not list(complaints({('a', 'medusa'): '`x`'}, PROOF)) or \
        list(complaints({('a', 'medusa'): '`x`', ('b', 'medusa'): 'no such state'}, PROOF))
    wrong = list(complaints(cells, found))
    points = [('the check can fail', not blind, []), ('docs/fixtures.md names fixtures that show their case', not wrong, wrong)]
    print('1..%d' % len(points))
    for i, (what, good, notes) in enumerate(points, 1):
        print('%sok %d - %s' % ('' if good else 'not ', i, what))
        for note in notes:
            print('# ' + note)
    for note in stale(cells, found):
        print('# ' + note)
    return 0 if all(good for _, good, _ in points) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
