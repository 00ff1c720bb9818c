#!/usr/bin/env python3
"""The types that shopsim serves, from Shopify's published introspection of the Admin API.

    schema.py admin_2026-07.json.gz > schema.inc

A row is a type and its fields: name:TYPE(argument:TYPE,...), [] before what is a list, ! behind what is never null or
has to be given.  Fields whose type is not served are left out.  What arguments may hold follows: "<NAME" are the members
of an input, "|NAME" the words of an enumeration, "$" the scalars.
"""
import gzip
import json
import sys

ROOTS = {
    'QueryRoot': 'orders order ordersCount products product productsCount productVariants productVariant productVariantsCount '
                 'node nodes locations location inventoryItems inventoryItem inventoryLevel shop fulfillmentOrders fulfillmentOrder job',
    'Mutation': 'inventorySetQuantities inventoryAdjustQuantities inventoryActivate orderUpdate orderCancel orderClose orderOpen '
                'orderCreate fulfillmentCreate fulfillmentCancel fulfillmentTrackingInfoUpdate refundCreate productCreate '
                'productUpdate productDelete productVariantsBulkCreate productVariantsBulkUpdate productVariantsBulkDelete',
}
TYPES = '''Order Customer CustomerEmailAddress CustomerPhoneNumber MailingAddress MoneyBag MoneyV2 LineItem LineItemConnection TaxLine
    ShippingLine ShippingLineConnection Attribute DiscountAllocation Refund RefundLineItem RefundLineItemConnection Fulfillment
    FulfillmentTrackingInfo FulfillmentLineItem FulfillmentLineItemConnection FulfillmentOrder FulfillmentOrderConnection
    FulfillmentOrderLineItem FulfillmentOrderLineItemConnection FulfillmentOrderAssignedLocation
    FulfillmentOrderSupportedAction OrderConnection OrderTransaction OrderTransactionConnection Count PageInfo
    Product ProductConnection ProductOption ProductOptionValue ProductVariant ProductVariantConnection SelectedOption SEO
    InventoryItem InventoryItemConnection InventoryItemMeasurement Weight InventoryLevel InventoryLevelConnection InventoryQuantity
    Location LocationConnection LocationAddress Shop ShopAddress Domain ShopPlan Job InventoryAdjustmentGroup InventoryChange
    UserError Metafield MetafieldConnection Collection CollectionConnection
    OrderEdge ProductEdge ProductVariantEdge LineItemEdge LocationEdge InventoryLevelEdge InventoryItemEdge
    FulfillmentOrderEdge FulfillmentEdge FulfillmentConnection SuggestedRefund SuggestedOrderTransaction Image Node Media MediaConnection MediaImage MediaPreviewImage
    ProductPriceRangeV2 TaxonomyCategory DeliveryLocalPickupSettings'''.split()


def main(path):
    with gzip.open(path) as file:
        schema = json.load(file)
    types = {t['name']: t for t in schema.get('data', schema)['__schema']['types']}

    def named(kind):
        return kind['name'] or named(kind['ofType'])

    def is_list(kind):
        return kind['kind'] == 'LIST' or bool(kind.get('ofType')) and kind['kind'] == 'NON_NULL' and is_list(kind['ofType'])
    served = {name: None for name in TYPES if name in types}
    served.update((name, set(fields.split())) for name, fields in ROOTS.items())
    for field in types['Mutation']['fields']:
        if field['name'] in served['Mutation']:
            payload = named(field['type'])
            served[payload] = None
            served.update((named(f['type']), None) for f in types[payload]['fields'] if named(f['type']).endswith('UserError'))
    missing = [name for name in TYPES if name not in types]
    if missing:
        sys.exit('not in the schema: %s' % missing)
    wanted, inputs = [], {}

    def given(argument):
        wanted.append(named(argument['type']))
        is_needed = argument['type']['kind'] == 'NON_NULL' and argument['defaultValue'] is None
        return '%s:%s%s%s' % (argument['name'], '[]' * is_list(argument['type']), wanted[-1], '!' * is_needed)

    def row(name, words):
        print('{ "%s",' % name)
        line = ''
        for word in words:
            if len(line) + len(word) > 108:
                print('  "%s"' % line)
                line = ''
            line += word + ' '
        print('  "%s" },' % line)
    print('/* Made by schema.py from the introspection of the Admin API 2026-07; not to be edited. */')
    for name in sorted(served):
        words = []
        for field in types[name]['fields'] or []:
            kind = types[named(field['type'])]
            if served[name] and field['name'] not in served[name]:
                continue
            if kind['kind'] in ('OBJECT', 'INTERFACE', 'UNION') and kind['name'] not in served:
                continue
            arguments = ','.join(given(a) for a in field['args'])
            words.append('%s:%s%s%s%s' % (field['name'], '[]' * is_list(field['type']), kind['name'],
                                          '!' * (field['type']['kind'] == 'NON_NULL'), '(%s)' % arguments if arguments else ''))
        row(name, words)
    while wanted:
        kind = types[wanted.pop()]
        if kind['name'] in inputs:
            continue
        inputs[kind['name']] = ([given(member) for member in kind['inputFields']] if kind['kind'] == 'INPUT_OBJECT' else
                                [value['name'] for value in kind['enumValues']] if kind['kind'] == 'ENUM' else None)
    for name, words in sorted(inputs.items()):
        if words:
            row(('|' if types[name]['kind'] == 'ENUM' else '<') + name, words)
    row('$', sorted(name for name, words in inputs.items() if words is None))


if __name__ == '__main__':
    main(sys.argv[1])
