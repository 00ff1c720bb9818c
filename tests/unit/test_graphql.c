/* test_graphql.c - documents made from an adapter's text and the fields asked for. */
#include "core/map/graphql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *document, *asks, *expected; /* NULL: refused */
} cases[] = {
    { "query{a{*}}", "id", "query{a{id}}" },
    { "query{a{*}}", "customer.email,customer.id,id", "query{a{customer{email id} id}}" },
    { "query{a{nodes{*}p}}", "l(first:5).nodes.s,l(first:5).nodes.t", "query{a{nodes{l(first:5){nodes{s t}}}p}}" },
    { "query{a{*}}", "l(first:5,after:$a).s", "query{a{l(first:5,after:$a){s}}}" },
    { "query{a{*}}", "d.<Coupon>.code,d.<Coupon>.id", "query{a{d{... on Coupon{code id}}}}" },
    { "query{a{*}}", "l(first:5).s,l(first:6).t", NULL }, /* one field, two sets of arguments */
    { "query{a{*}}", "a..b", NULL },
    { "query{a{*}}", "a b", NULL },
    { "query{a{*}}", "1a", NULL },
    { "query{a{b}}", "", "query{a{b}}" },
};

static void test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault fault = { 0 };
        struct buf out;
        buf_init(&out, GRAPHQL_BYTES_MAX);
        enum err err = graphql_document(span_of(cases[i].document), span_of(cases[i].asks), &fault, &out);
        buf_char(&out, '\0');
        if ((err == OK) != (cases[i].expected != NULL) || (!err && strcmp(out.p, cases[i].expected) != 0))
            fail_msg("%s + %s: %s, %s", cases[i].document, cases[i].asks, err ? fault.text : "made", out.p);
        buf_release(&out);
    }
}

static void test_ceilings(void **state)
{
    struct fault fault = { 0 };
    struct buf asks, out;
    (void)state;
    buf_init(&asks, 1 << 20);
    buf_init(&out, GRAPHQL_BYTES_MAX);
    for (int i = 0; i < 2000; i++)
        buf_printf(&asks, "%sf%d", i ? "," : "", i);
    assert_int_equal(graphql_document(SPAN("query{a{*}}"), buf_peek(&asks), &fault, &out), ERR_VALIDATION_FAILED);
    buf_clear(&asks);
    for (int i = 0; i < 40; i++)
        buf_lit(&asks, "a.");
    buf_lit(&asks, "a");
    buf_clear(&out);
    assert_int_equal(graphql_document(SPAN("query{a{*}}"), buf_peek(&asks), &fault, &out), ERR_VALIDATION_FAILED);
    buf_release(&asks);
    buf_release(&out);
}

/* What Shopify counted (requestedQueryCost), with the shape of what was asked for.  A to P are costs that
 * microsoft/BCApps keeps beside its documents (src/Apps/W1/Shopify/App/.resources/graphql, 2025 and 2026); Q is told
 * with its parts at community.shopify.dev/t/23101. */
#define MONEY(name) name "{presentmentMoney{amount}shopMoney{amount}}"
static const struct {
    const char *what;
    uint32_t cost;
    const char *document;
} figures[] = {
    { "A Customers/GetCustomerIds", 12,
      "{customers(first:200,query:\"updated_at:>'x'\"){pageInfo{hasNextPage} edges{cursor node{id updatedAt}}}}" },
    { "B Inventory/GetLocations", 12,
      "{locations(first: 20, includeLegacy: true) {pageInfo{endCursor} nodes{name fulfillmentService {id}}}}" },
    { "C Inventory/GetInventoryEntries", 48,
      "{location(id:\"x\"){inventoryLevels(first:100){pageInfo{hasNextPage} edges{cursor node{id "
      "quantities(names:\"available\"){quantity} item{id variant{id product{id}}}}}}}}" },
    { "D Fulfillments/GetFulfillmentOrdersFromOrder", 33,
      "{order(id:\"x\"){fulfillmentOrders(first:25){edges{node{id assignedLocation"
      "{location{id}} order{id} deliveryMethod{methodType}}}}}}" },
    { "E Catalogs/GetCatalogPrices", 31,
      "query{catalog(id:\"x\"){id priceList{id prices(first:100){edges{cursor node{variant{id product{id}} "
      "price{amount} compareAtPrice{amount}}}}}}}" },
    { "F Catalogs/GetCatalogProducts", 15,
      "{catalog(id:\"x\"){id publication{id products(first:250){edges{cursor node{id}}}}}}" },
    { "G Orders/GetOrderLines", 43,
      "query{order(id:\"x\"){lineItems(first:10){pageInfo{endCursor} nodes{id product{id} variant{id} "
      "customAttributes{key} duties{" MONEY("price") " taxLines{" MONEY(
          "priceSet") " rate}} fulfillmentService{location{name} serviceName} "
                      "discountAllocations{" MONEY("allocatedAmountSet") "} " MONEY(
                          "originalTotalSet") " taxLines{rate " MONEY("priceSet") "}}}}}" },
    { "H Orders/GetOrdersToImport", 68,
      "{orders(first:25){edges{node{name channel{name} totalPriceSet{shopMoney{amount currencyCode}} "
      "customAttributes{key} risk{assessments{riskLevel}} displayAddress{zip} shippingAddress{zip} "
      "billingAddress{zip} " MONEY(
          "totalTaxSet") " taxLines{channelLiable} purchasingEntity{... on PurchasingCompany{company{id}}}}}}}" },
    { "I Orders/GetOrderFulfillment", 15,
      "{order(id:\"x\"){fulfillments{name location{id} trackingInfo{number} service{type} "
      "fulfillmentLineItems(first:10){nodes{id " MONEY("originalTotalSet") " lineItem{id}}}}}}" },
    { "J Payments/GetOrderTransactions", 3,
      "{order(id:\"x\"){transactions{id " MONEY("amountSet") " paymentDetails{... on CardPaymentDetails{bin}}}}}" },
    { "K Payments/GetPaymentTransactions", 30,
      "{shopifyPaymentsAccount{balanceTransactions(first:100,query:\"id:>=1\"){edges{node{id "
      "associatedPayout{id} amount{amount currencyCode} fee{amount currencyCode} net{amount currencyCode} "
      "associatedOrder{id}} cursor}}}}" },
    { "L Payments/GetDisputes", 30,
      "{shopifyPaymentsAccount{disputes(first:100){edges{node{amount{amount currencyCode} reasonDetails{reason} "
      "order{id} id}}}}}" },
    { "M Fulfillments/GetOpenFulfillmentOrderLines", 27,
      "{fulfillmentOrder(id:\"x\"){lineItems(first:25){edges{node{id lineItem{id product{id} variant{id}}}}}}}" },
    { "N Base/GetStaffMembers", 7, "{staffMembers(first:20){edges{node{active email}} pageInfo{hasNextPage}}}" },
    { "O Companies/GetCompanyLocations", 22,
      "{companyLocations(first:20){edges{cursor node{id billingAddress{city} buyerExperienceConfiguration"
      "{paymentTermsTemplate{id}}}}}}" },
    { "P Base/GetWebhookSubscriptions", 6, "{webhookSubscriptions( first: 10, topics:X ){edges{node{id}}}}" },
    { "Q", 25,
      "query getVariantsInventoryItem($id: ID!) {\n  product(id: $id) {\n    variants(first: 250) {\n      nodes {\n   "
      "     "
      "inventoryItem {\n          id\n          tracked\n        }\n      }\n    }\n  }\n}" },
};

static void figures_of_real_shops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        uint32_t cost = graphql_cost(span_of(figures[i].document), 1);
        if (cost != figures[i].cost)
            fail_msg("%s: %u, they counted %u", figures[i].what, cost, figures[i].cost);
    }
}

static void other_costs(void **state)
{
    static const struct {
        const char *document;
        uint32_t page_size, cost;
    } cases[] = {
        { "query($id:ID!){order(id:$id){id name}}", 0, 1 },
        { "query($first:Int!){orders(first:$first){nodes{id}}}", 50, 2 + 7 },
        { "query($first:Int!){orders(first:$first){nodes{id}}}", 0, 2 + 1 },
        { "query{a:orders(first:50){nodes{id}} b:orders(last:5){nodes{id}}}", 0, 2 + 7 + 2 + 3 },
        { "query{orders(first:10){nodes{lines(first:50){nodes{id}}}}}", 0, 2 + 4 * (1 + 2 + 7) },
        { "query{orders(query:\"(first:9) {\\\"{\",first:3){nodes{id}}}", 0, 2 + 2 }, /* a text is none of it */
        { "query{orders(first:3){nodes{id # {\n}}}", 0, 2 + 2 },
        { "query{order{refunds(first:20){id}}}", 0, 1 + 2 + 5 }, /* not known: as much as a connection */
        { "mutation($i:I!,$k:K!){stock(input:$i)@idempotent(key:$k){group{id}}}", 0, 10 + 1 + 1 },
        /* a fragment counts in each level that names it, and one within itself not at all */
        { "query{orders(first:50){nodes{...O}}} fragment O on Order{id lines(first:50){nodes{id}}}", 0,
          2 + 7 * (1 + 2 + 7) },
        { "fragment C on C{nodes{id ...O}} fragment O on O{a{id}} query Q($q:I={a:1}){orders(first:50){...C}}", 0,
          2 + 7 * 2 },
        { "query{orders(first:50){... on C{nodes{id}}}}", 0, 2 + 7 },
        { "{a{...F} b{...F}} fragment F on A{c{id}}", 0, 2 * (1 + 1) },
        { "{a{price{...M}}} fragment M on Money{amount currencyCode}", 0, 1 },
        { "{a{fragment{b{id}} on ...F}} fragment F on A{c{...F ...none}}", 0, 1 + 2 + 1 },
        { "mutation{...F ... on Mutation{b{id}}} fragment F on Mutation{a{id}}", 0, 11 + 11 },
        { "{a(text:\"\"\"one \" {{ \\\"\"\" two\"\"\"){id} b{id}}", 0, 2 },
        { "query{a{b{c{d", 0, 3 },
        { "", 0, 0 },
        { "}}}", 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t cost = graphql_cost(span_of(cases[i].document), cases[i].page_size);
        if (cost != cases[i].cost)
            fail_msg("%s: %u, expected %u", cases[i].document, cost, cases[i].cost);
    }
    char deep[4000];
    memset(deep, '{', sizeof(deep));
    assert_true(graphql_cost((struct span){ deep, sizeof(deep) }, 1) <= 1000000);
    for (size_t i = 0; i + 4 <= sizeof(deep); i += 4)
        memcpy(deep + i, "{a} ", 4); /* more than are looked at: the most */
    assert_int_equal(graphql_cost((struct span){ deep, sizeof(deep) }, 1), 1000000);
    assert_int_equal(graphql_times(0), 1);
    assert_int_equal(graphql_times(2), 1);
    assert_int_equal(graphql_times(3), 2);
    assert_int_equal(graphql_times(20), 5);
    assert_int_equal(graphql_times(244), 10);
    assert_int_equal(graphql_times(250), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_documents), cmocka_unit_test(test_ceilings),
                                        cmocka_unit_test(figures_of_real_shops), cmocka_unit_test(other_costs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
