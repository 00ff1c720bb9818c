#!/usr/bin/env python3
"""What recorded answers of a real WooCommerce look like, without their data.

    woo_shapes.py FOLDER > woo_shapes.json     FOLDER holds NNN-STATUS-NAME.http

Of an answer below 300 the keys and types are kept, of an error its body.
"""
import glob
import json
import os
import re
import sys

import shapes

# Of their server and of the network: the length varies, Link and Vary depend on what is asked.
PASSED_OVER = ('date', 'content-length', 'connection', 'server', 'link', 'vary', 'location')
PRIVATE = re.compile(r'meta_data\[\]\..*value|database_tables|overrides\[\]|^\[\]\.options')
WANTED = (
    'no-credentials', 'bad-secret', 'oauth1-nonce-replay', 'write-key-reading', 'orders-page1-default', 'orders-past-end',
    'products-past-end', 'page-0', 'orders-modified_after-equal-is-exclusive', 'orders-_fields', 'order-get-partially-refunded',
    'order-refunds-list', 'order-of-refund-id-404', 'order-nonnumeric', 'order-statuses', 'products-sku-variation',
    'product-get-simple', 'product-get-variable', 'variations-list', 'variation-by-product-endpoint', 'product',
    'product-create', 'product-duplicate-sku', 'product-bad-type', 'product-create-empty', 'product-update-stock',
    'product-update-price-number', 'product-update-price-comma', 'product-update-unknown-field', 'product-update-null-stock',
    'product-update-image-bad-url', 'invalid-json', 'products-batch-mixed', 'products-batch-101', 'product-delete-force',
    'order-create', 'order-update-completed', 'order-bad-status', 'order-bad-product', 'order-no-product-ref', 'order-update',
    'refund-too-much', 'refund-no-amount', 'orders-batch', 'order-delete-force', 'settings-general',
    'data-currencies-current', 'system_status')


def kinds(body):
    """{'[].id': 'n', ...}; what the meta data hold is the merchant's affair, a system's tables its own."""
    return {path: ''.join(sorted(letters)) for path, letters in shapes.kinds(body).items()
            if not PRIVATE.search(path)}


def read(path):
    text = open(path, encoding='utf-8').read()
    _, answer = text.split('\n< ', 1)
    head, _, body = answer.partition('\n\n')
    lines = head.split('\n')
    headers = [line[2:].partition(':')[0].lower() for line in lines[1:] if line.startswith('< ')]
    return {'status': int(lines[0].split()[1]), 'headers': sorted(set(headers) - set(PASSED_OVER)), 'body': json.loads(body)}


def main(folder):
    made = {}
    for path in sorted(glob.glob(os.path.join(folder, '*.http'))):
        name = re.sub(r'^\d+-\d+-|\.http$', '', os.path.basename(path))
        if name not in WANTED:
            continue
        answer = read(path)
        if answer['status'] < 300:
            answer['kinds'] = kinds(answer.pop('body'))
        made[name] = answer
    rows = ['%s: %s' % (json.dumps(name), json.dumps(answer, sort_keys=True, separators=(',', ':'))) for name, answer in made.items()]
    print('{\n' + ',\n'.join(rows) + '\n}')


if __name__ == '__main__':
    main(sys.argv[1])
