/*
 * shop.h - the shop behind the answers: products, stock, orders; seeded, and changed by writes.
 *
 * Rows are small structs in arrays; all that need not be remembered (descriptions, ids of tax lines) is made
 * when it is asked for.  Money and quantities are e8 (text.h), times Unix milliseconds.
 */
#ifndef CARTWAY_SHOPSIM_SHOP_H
#define CARTWAY_SHOPSIM_SHOP_H

#include "tests/shopsim/text.h"

enum { CURRENCY_EUR, CURRENCY_USD, CURRENCY_JPY, CURRENCY_KWD, CURRENCIES };
enum { LOCATIONS = 2, CHANNELS = 2, REGIONS = 4, CUSTOMERS = 8, CATEGORIES = 4 };

struct currency {
    const char *code, *symbol, *symbol_native, *name;
    int digits;
};
extern const struct currency currencies[CURRENCIES];

struct region {
    const char *key, *name, *country, *tax_code, *city, *postal_code, *province;
    int currency;
    int tax_bp; /* hundredths of a percent */
};
extern const struct region regions[REGIONS];

struct customer {
    const char *first_name, *last_name, *company, *email;
};
extern const struct customer customers[CUSTOMERS];
extern const char *const category_names[CATEGORIES];
extern const char *const location_names[LOCATIONS], *const location_cities[LOCATIONS],
                                                        *const location_countries[LOCATIONS];
extern const char *const channel_names[CHANNELS];

struct product {
    char id[ID_MAX];
    char title[96], handle[32];
    bool is_draft;
    size_t first_variant, variants;
    int64_t created_ms, updated_ms;
};

#define NO_ROW SIZE_MAX
struct variant {
    char id[ID_MAX];
    size_t product;
    int rank; /* within its product */
    char title[48];
    char sku[48]; /* "" is null */
    bool is_managed, may_backorder;
    int64_t price_e8[CURRENCIES];
    size_t item[2]; /* rows of the stock it takes: none when unmanaged, two in a kit; NO_ROW ends */
    int needs[2];   /* how many of each */
    int64_t created_ms;
};

struct item {
    char id[ID_MAX];
    size_t variant;
    int64_t created_ms, updated_ms;
};

struct level {
    char id[ID_MAX];
    size_t item, location;
    int64_t stocked_e8, reserved_e8, incoming_e8;
    int64_t created_ms, updated_ms;
    bool is_deleted;
};

/* What has happened to an order so far, in one row of a table. */
struct order_kind {
    const char *status, *payment_status, *fulfillment_status, *collection_status;
    int captured_percent, refunded_percent;
    enum { FULFIL_NONE, FULFIL_FIRST, FULFIL_ALL } fulfilled;
    bool is_shipped, is_delivered, is_fulfillment_canceled, is_return_requested, has_payment;
    int version;
};
#define ORDER_KINDS 16
extern const struct order_kind order_kinds[ORDER_KINDS];

#define ORDER_LINES 4
struct line {
    size_t variant;
    int quantity;
    int64_t unit_price_e8; /* with tax if the order says so */
    int64_t discount_e8;   /* net, of the whole line */
};

struct order {
    char id[ID_MAX];
    const struct order_kind *kind;
    size_t region, customer, channel;
    int lines;
    struct line line[ORDER_LINES];
    int64_t shipping_e8, shipping_discount_e8;
    bool is_express, is_tax_inclusive, has_address;
    int64_t created_ms, updated_ms, canceled_ms;
};

struct shop {
    uint64_t seed;
    size_t products, variants, items, levels, orders;
    struct product *product;
    struct variant *variant;
    struct item *item;
    struct level *level;
    struct order *order;
    char location_id[LOCATIONS][ID_MAX], channel_id[CHANNELS][ID_MAX], region_id[REGIONS][ID_MAX],
        customer_id[CUSTOMERS][ID_MAX], category_id[CATEGORIES][ID_MAX], store_id[ID_MAX], collection_id[ID_MAX];
};

/* When the shop opened: 2025-03-01T08:00:00Z; everything seeded is later, by what its number says. */
#define SHOP_OPENED_MS INT64_C(1740816000000)

void shop_init(struct shop *shop, uint64_t seed, size_t products, size_t orders);
void shop_release(struct shop *shop);

/* The row, or NO_ROW. */
size_t shop_find_product(const struct shop *shop, const char *id);
size_t shop_find_variant(const struct shop *shop, const char *id);
size_t shop_find_item(const struct shop *shop, const char *id);
size_t shop_find_order(const struct shop *shop, const char *id);
size_t shop_find_location(const struct shop *shop, const char *id);
size_t shop_find_level(const struct shop *shop, size_t item, size_t location);
size_t shop_find_level_id(const struct shop *shop, const char *id);
/* A new, empty level; the rows of levels behind it move. */
size_t shop_add_level(struct shop *shop, size_t item, size_t location, int64_t now_ms);

/* An id that need not be remembered: the same for the same owner, prefix and number. */
void shop_sub_id(char id[ID_MAX], const char *prefix, const char *owner, uint64_t number, int64_t unix_ms);

#endif
