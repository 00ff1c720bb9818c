#!/usr/bin/env python3
"""make_pages - answers of a Medusa shop for the bench: the same bytes on every machine.

    make_pages.py FOLDER      writes FOLDER/orders.json, order.json and raw150.json

orders.json   {"orders": [50 of them], "count": 5000, ...}, about 144 KB, 100 distinct phone numbers (every second
              one in national spelling), 3 lines to 2 orders.
order.json    {"order": {...}}, about 3 KB
raw150.json   153,600 bytes of JSON for the pass-through

An order holds what `fields=` of bench.py asks the adapter to ask for, in the names and spellings of a real
2.21.2: numbers for money, ISO 8601 with milliseconds, ULIDs, null where nothing is.  What a line has of
`raw_...` twins is left out of the page, except two: with all of them a line alone is 4 KB.  Only Python's standard library.
"""
import json
import os
import random
import sys

ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
FIRST = ['Ada', 'Grace', 'Jürgen', 'Zoë', 'Edsger', 'Barbara', 'Łukasz', 'Anna', 'Donald', 'Frances']
LAST = ['Lovelace', 'Hopper', 'Müller', 'Brontë', 'Dijkstra', 'Liskov', 'Nowak', 'Schmidt', 'Knuth', 'Allen']
STREETS = ['Hauptstraße', 'Lindenweg', 'Am Markt', 'Gartenstraße', 'Bahnhofstraße', 'Schulstraße']
CITIES = [('Berlin', 'BE', '10115'), ('Köln', 'NW', '50667'), ('Hamburg', 'HH', '20095'), ('München', 'BY', '80331')]
THINGS = ['Kaffeetasse „Größe“ L', 'Notebook A5, dotted', 'Desk lamp "Pixar"', 'Wool socks', 'Tea \\ Earl Grey', 'Poster 50 × 70']
STATES = ['pending', 'completed', 'archived', 'canceled']


class Shop:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.n_phones = 0

    def id(self, prefix):
        return prefix + '_01M8' + ''.join(self.random.choices(ALPHABET, k=22))

    def time(self):
        r = self.random
        return '2026-%02d-%02dT%02d:%02d:%02d.%03dZ' % (r.randint(1, 11), r.randint(1, 28), r.randint(0, 23),
                                                       r.randint(0, 59), r.randint(0, 59), r.randint(0, 999))

    def phone(self):
        self.n_phones += 1
        number = '%07d' % (2345600 + self.n_phones)
        return '030 ' + number if self.n_phones % 2 else '+49 30 ' + number

    def address(self):
        r = self.random
        city, province, code = r.choice(CITIES)
        return {'id': self.id('ordaddr'), 'first_name': r.choice(FIRST), 'last_name': r.choice(LAST),
                'company': r.choice([None, 'ACME GmbH', 'Größer & Söhne']),
                'address_1': '%s %d' % (r.choice(STREETS), r.randint(1, 200)), 'address_2': None, 'city': city,
                'province': province, 'postal_code': code, 'country_code': 'de', 'phone': self.phone()}

    def tax_line(self, line, tax):
        return {'id': self.id('ordlitxl'), 'description': 'DE19', 'tax_rate_id': self.id('txr'), 'code': 'DE19',
                'provider_id': 'system', 'item_id': line, 'rate': 19, 'total': tax, 'subtotal': tax}

    def detail(self, line, order, quantity):
        none = dict.fromkeys(('fulfilled_quantity', 'delivered_quantity', 'shipped_quantity', 'return_requested_quantity',
                              'return_received_quantity', 'return_dismissed_quantity', 'written_off_quantity'), 0)
        return {'id': self.id('orditem'), 'version': 1, 'order_id': order, 'item_id': line, 'quantity': quantity,
                'unit_price': None, **none}

    def line(self, order, time):
        r = self.random
        line, name, sku = self.id('ordli'), r.choice(THINGS), 'SKU-%04d-%d' % (r.randint(1, 9999), r.randint(0, 3))
        cents, quantity = r.randint(100, 9999), r.randint(1, 4)
        subtotal = cents * quantity
        tax = round(subtotal * 19 / 100)
        return {'id': line, 'title': name, 'subtitle': 'S', 'variant_id': self.id('variant'), 'product_id': self.id('prod'),
                'product_title': name, 'product_description': None, 'variant_sku': sku, 'variant_title': r.choice('SML'),
                'requires_shipping': True, 'is_giftcard': False, 'is_discountable': True, 'is_tax_inclusive': False,
                'raw_unit_price': {'value': '%.2f' % (cents / 100), 'precision': 20}, 'created_at': time,
                'updated_at': time, 'tax_lines': [self.tax_line(line, tax / 100)], 'adjustments': [], 'metadata': {}, 'product_type': None,
                'compare_at_unit_price': None, 'unit_price': cents / 100, 'quantity': quantity,
                'raw_quantity': {'value': str(quantity), 'precision': 20},
                'detail': self.detail(line, order, quantity), 'subtotal': subtotal / 100,
                'total': (subtotal + tax) / 100, 'discount_subtotal': 0, 'discount_total': 0, 'tax_total': tax / 100}

    def twins(self, line):
        for part in (line, line['detail']):
            for name in [n for n in part if n.endswith(('quantity', 'total'))]:
                part['raw_' + name] = {'value': str(part[name]), 'precision': 20}
        return line

    def order(self, number, n_lines):
        r, order, time = self.random, self.id('order'), self.time()
        lines = [self.line(order, time) for _ in range(n_lines)]
        first, last = r.choice(FIRST), r.choice(LAST)
        return {'id': order, 'display_id': number, 'custom_display_id': None, 'created_at': time, 'updated_at': time,
                'status': r.choice(STATES), 'currency_code': 'eur', 'total': round(sum(x['total'] for x in lines), 2),
                'email': 'c%d@example.test' % number, 'billing_address': self.address(), 'shipping_address': self.address(),
                'items': lines}


def write(folder, name, value):
    with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
        f.write(json.dumps(value, ensure_ascii=False, separators=(',', ':')))


def make(folder):
    shop = Shop(2026)
    orders = [shop.order(n + 1, 1 + n % 2) for n in range(50)]
    write(folder, 'orders.json', {'orders': orders, 'count': 5000, 'offset': 0, 'limit': 50})
    one = Shop(7)
    order = one.order(1, 1)
    one.twins(order['items'][0])
    write(folder, 'order.json', {'order': order})
    rows = {'rows': ['%064d' % n for n in range(2290)]}
    rows['pad'] = 'x' * (150 * 1024 - len(json.dumps({**rows, 'pad': ''}, separators=(',', ':'))))
    write(folder, 'raw150.json', rows)


if __name__ == '__main__':
    make(sys.argv[1])
