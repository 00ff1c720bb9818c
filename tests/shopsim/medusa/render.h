/*
 * render.h - rows of the shop as Medusa's JSON.
 *
 * Each function writes one object at the place where `out` stands: `want` says which fields (fields.h).
 */
#ifndef CARTWAY_SHOPSIM_MEDUSA_RENDER_H
#define CARTWAY_SHOPSIM_MEDUSA_RENDER_H

#include "tests/shopsim/medusa/fields.h"
#include "tests/shopsim/shop.h"

/* The default fields of each kind of answer, as the real shop's routes list them. */
extern const char order_list_fields[], order_fields[], product_fields[], variant_fields[], product_variant_fields[],
    item_fields[], level_fields[], location_fields[], store_fields[], channel_fields[], region_fields[],
    customer_fields[], currency_fields[], return_fields[];

/* A list gives all of the items and leaves out payments; one order is the other way round. */
void order_list_json(struct out *out, const struct shop *shop, size_t n, const struct want *want);
void order_json(struct out *out, const struct shop *shop, size_t n, const struct want *want);

/* The return that order n's customer asked for. */
void return_json(struct out *out, const struct shop *shop, size_t n, const struct want *want);

void product_json(struct out *out, const struct shop *shop, size_t p, const struct want *want);
void variant_json(struct out *out, const struct shop *shop, size_t v, const struct want *want);
/* The variant of an order's line or of a piece of stock: a stub of its product beside it. */
void linked_variant_json(struct out *out, const struct shop *shop, size_t v, const struct want *want);
const char *variant_sku(const struct shop *shop, size_t v); /* NULL if it has none */

void item_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
/* The stock behind a variant: its sums are null there. */
void linked_item_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void level_json(struct out *out, const struct shop *shop, size_t l, const struct want *want);

void location_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void store_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void channel_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void region_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void customer_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);
void currency_json(struct out *out, const struct shop *shop, size_t i, const struct want *want);

/* NULL for some. */
const char *order_email(const struct shop *shop, size_t n);

#endif
