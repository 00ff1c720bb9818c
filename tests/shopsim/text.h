/*
 * text.h - shopsim's own growing text, JSON escapes, decimals and random numbers.
 *
 * Shares nothing with the gateway: a referee has its own tape measure.  Out of memory ends the program.
 */
#ifndef CARTWAY_SHOPSIM_TEXT_H
#define CARTWAY_SHOPSIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes with a NUL behind them (not counted); p may be NULL while n is 0.  {0} is empty. */
struct text {
    char *p;
    size_t n, cap;
};

void *sim_alloc(size_t count, size_t size); /* zeroed; never NULL */
void *sim_grow(void *old, size_t count, size_t size);
char *sim_dup(const char *text);

void text_release(struct text *text);
void text_clear(struct text *text);
void text_add(struct text *text, const void *p, size_t n);
void text_char(struct text *text, char c);
void text_puts(struct text *text, const char *s);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
/* Forgets the first n bytes. */
void text_drop(struct text *text, size_t n);
/* The n bytes as a JSON string with its quotes; escapes what JSON must have escaped, as JavaScript does. */
void text_json(struct text *text, const char *p, size_t n);

/*
 * Money and quantities are exact: int64 in units of 10^-8 ("e8").  Largest amount 92 thousand million.
 * 2950000000 prints as 29.5.
 */
#define E8 INT64_C(100000000)
void text_e8(struct text *text, int64_t amount_e8);
/* amount x rate, rate in hundredths of a percent (1900 is 19 %); the product has to be exact. */
int64_t e8_rate(int64_t amount_e8, int64_t rate_bp);

/* ISO 8601 in UTC with milliseconds, as JavaScript prints it: 2026-01-31T08:00:00.000Z */
void text_time(struct text *text, int64_t unix_ms);
/* A date or a date with time; false if it is none. */
bool time_parse(const char *s, int64_t *unix_ms);

/* splitmix64: the same seed and keys give the same number, for ever. */
uint64_t mix64(uint64_t x);
uint64_t mix3(uint64_t a, uint64_t b, uint64_t c);

/* An id as Medusa makes them, PREFIX_ and a ULID: ten letters of time, sixteen drawn from `key`. */
#define ID_MAX 48
void id_make(char id[ID_MAX], const char *prefix, int64_t unix_ms, uint64_t key);

/* True if `word` is in `list`, words parted by commas; list may be NULL. */
bool word_in(const char *list, const char *word, size_t n);

#endif
