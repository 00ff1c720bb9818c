/*
 * ts.c - points in time, from whatever platforms write.
 *
 * A reader walks over the text and fills a struct civil (year .. millisecond, offset), which is checked once
 * and made into Unix milliseconds.  ISO 8601 has a reader of its own; RFC 2822 and the HTTP dates are patterns
 * for the same small strptime that serves an adapter's own patterns.
 * Example: "2026-11-22 05:02:28+01:00" -> 2026-11-22 05:02:28.000, 3600 s east -> 1795320148000.
 *
 * Nine in ten times come as we write them ("2026-11-22T04:02:28.872Z"): ts_write tests the 24 bytes as three
 * words, all digits of a word at once, and copies them.
 *
 * Calendar: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days):
 * a year that starts in March puts the leap day last, and 400 years have 146,097 days.
 */
#include "core/value/ts.h"

#include "core/base/digits.h"
#include "core/value/dec.h"

#include <endian.h>

#define MS_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

enum { DAY_S = 86400, ZONE_MOST_S = 18 * 3600 };

struct civil {
    int32_t year;
    uint32_t month, day, hour, minute, second, ms;
    int32_t zone_s;
    bool afternoon, twelve; /* %p, %I */
    bool has_unix;          /* %s: unix_s is the time */
    int64_t unix_s;
};

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char month_tails[12][7] = { "uary", "ruary", "ch",     "il",   "",      "e",
                                         "y",    "ust",   "tember", "ober", "ember", "ember" };
static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char day_tails[7][7] = { "day", "day", "sday", "nesday", "rsday", "day", "urday" };

/* ---- calendar --------------------------------------------------------------------------------------- */

int64_t ts_days(int32_t year, uint32_t month, uint32_t day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void ts_civil(int64_t days, int32_t *year, uint32_t *month, uint32_t *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *day = (uint32_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (uint32_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = (int32_t)(year_of_era + era * 400 + (*month <= 2));
}

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* month 1 to 12. */
static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month] + (month == 2 && is_leap(year));
}

static bool is_day(uint32_t year, uint32_t month, uint32_t day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
}

static bool in_range(int64_t ms)
{
    return ms >= MS_MIN && ms <= MS_MAX;
}

static enum ts_read compose(struct civil c, int64_t *unix_ms)
{
    if (c.twelve) {
        if (c.hour < 1 || c.hour > 12)
            return TS_BAD;
        c.hour = c.hour % 12 + (c.afternoon ? 12 : 0);
    }
    if (!c.has_unix) {
        if (!is_day((uint32_t)c.year, c.month, c.day) || c.hour > 23 || c.minute > 59 || c.second > 60)
            return TS_BAD;
        c.unix_s = ts_days(c.year, c.month, c.day) * DAY_S + c.hour * 3600 + c.minute * 60 + c.second - c.zone_s;
    }
    int64_t ms = c.unix_s * 1000 + c.ms;
    if (!in_range(ms))
        return TS_BAD;
    *unix_ms = ms;
    return TS_GIVEN;
}

/* ---- pieces of a text ------------------------------------------------------------------------------- */

struct reader {
    const char *p, *end;
};

static inline bool at_end(const struct reader *r)
{
    return r->p == r->end;
}

static inline bool take_char(struct reader *r, char c)
{
    bool is = r->p < r->end && *r->p == c;
    r->p += is;
    return is;
}

static inline bool at_digit(const struct reader *r)
{
    return r->p < r->end && (unsigned char)(*r->p - '0') <= 9;
}

/* least to most digits; most is at most 9. */
static bool take_number(struct reader *r, int least, int most, uint32_t *out)
{
    uint32_t value = 0;
    int n = 0;
    for (; n < most && at_digit(r); n++)
        value = value * 10 + (uint32_t)(*r->p++ - '0');
    if (n < least)
        return false;
    *out = value;
    return true;
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
        r->p++;
}

/* Behind the point: one digit or more, those beyond the third are cut. */
static bool take_fraction(struct reader *r, uint32_t *ms)
{
    uint32_t value = 0, weight = 100;
    if (!at_digit(r))
        return false;
    for (; at_digit(r); weight /= 10)
        value += weight * (uint32_t)(*r->p++ - '0');
    *ms = value;
    return true;
}

/* Takes the word if it is next, case-blind; word in letters only. */
static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->p) < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((r->p[i] | 32) != (word[i] | 32))
            return false;
    r->p += n;
    return true;
}

/* RFC 5322 4.3 names these; others are not said in any text we know. */
static const struct {
    char name[4];
    int8_t hours;
} zones[] = { { "UTC", 0 },  { "GMT", 0 },  { "UT", 0 },   { "Z", 0 },    { "EST", -5 }, { "EDT", -4 },
              { "CST", -6 }, { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };

static bool take_zone_name(struct reader *r, int32_t *zone_s)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (take_word(r, zones[i].name)) {
            *zone_s = zones[i].hours * 3600;
            return true;
        }
    }
    return false;
}

static bool take_zone(struct reader *r, int32_t *zone_s)
{
    uint32_t hours, minutes = 0;
    bool west = take_char(r, '-');
    if (!west && !take_char(r, '+'))
        return take_zone_name(r, zone_s);
    if (!take_number(r, 2, 2, &hours))
        return false;
    bool colon = take_char(r, ':');
    if ((colon || at_digit(r)) && !take_number(r, 2, 2, &minutes))
        return false;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    if (minutes > 59 || seconds > ZONE_MOST_S)
        return false;
    *zone_s = west ? -seconds : seconds;
    return true;
}

bool ts_zone_parse(struct span text, int32_t *zone_s)
{
    if (text.n == 0)
        return false;
    struct reader r = { text.p, text.p + text.n };
    int32_t seconds;
    if (!take_zone(&r, &seconds) || !at_end(&r))
        return false;
    *zone_s = seconds;
    return true;
}

/* ---- ISO 8601 --------------------------------------------------------------------------------------- */

static bool take_iso_date(struct reader *r, struct civil *c)
{
    uint32_t year;
    if (!take_number(r, 4, 4, &year))
        return false;
    c->year = (int32_t)year;
    bool extended = take_char(r, '-');
    return take_number(r, 2, 2, &c->month) && take_char(r, '-') == extended && take_number(r, 2, 2, &c->day);
}

static bool take_iso_time(struct reader *r, struct civil *c)
{
    if (!take_number(r, 2, 2, &c->hour))
        return false;
    bool extended = take_char(r, ':');
    if (!take_number(r, 2, 2, &c->minute))
        return false;
    if (extended ? !take_char(r, ':') : !at_digit(r))
        return true;
    if (!take_number(r, 2, 2, &c->second))
        return false;
    return !(take_char(r, '.') || take_char(r, ',')) || take_fraction(r, &c->ms);
}

static bool read_iso(struct span text, struct civil *c)
{
    struct reader r = { text.p, text.p + text.n };
    if (!take_iso_date(&r, c))
        return false;
    if (at_end(&r))
        return true;
    if (!take_char(&r, 'T') && !take_char(&r, 't') && !take_char(&r, ' '))
        return false;
    if (!take_iso_time(&r, c))
        return false;
    skip_space(&r);
    return at_end(&r) || (take_zone(&r, &c->zone_s) && at_end(&r));
}

bool ts_is_date(struct span text)
{
    if (text.n != 10)
        return false;
    struct civil c = { 0 };
    struct reader r = { text.p, text.p + text.n };
    return take_iso_date(&r, &c) && is_day((uint32_t)c.year, c.month, c.day);
}

/* ---- patterns --------------------------------------------------------------------------------------- */

static const char conversions[] = "YymdeHIpMSfzsbBaAFTR%";

static bool take_month(struct reader *r, uint32_t *month)
{
    for (uint32_t i = 0; i < 12; i++) {
        if (take_word(r, month_names[i])) {
            take_word(r, month_tails[i]);
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* The name of a day says nothing that the date does not. */
static bool take_day_name(struct reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && (unsigned char)((*r->p | 32) - 'a') < 26)
        r->p++;
    return r->p - start >= 3;
}

static bool take_unix(struct reader *r, struct civil *c)
{
    const char *start = r->p;
    take_char(r, '-');
    while (at_digit(r))
        r->p++;
    struct dec value;
    if (!dec_parse((struct span){ start, (size_t)(r->p - start) }, &value) || value.scale ||
        value.mantissa > MS_MAX / 1000 || value.mantissa < MS_MIN / 1000)
        return false;
    c->unix_s = value.mantissa;
    c->has_unix = true;
    return true;
}

static bool take_noon(struct reader *r, struct civil *c)
{
    c->afternoon = take_word(r, "pm");
    return c->afternoon || take_word(r, "am");
}

static bool take_year(struct reader *r, char conversion, struct civil *c)
{
    uint32_t year;
    int digits = conversion == 'Y' ? 4 : 2;
    if (!take_number(r, digits, digits, &year))
        return false;
    /* RFC 5322 4.3: two digits below 50 are 20xx. */
    c->year = (int32_t)(conversion == 'Y' ? year : year + (year < 50 ? 2000 : 1900));
    return true;
}

static bool read_pattern(struct reader *r, struct span pattern, struct civil *c);

static bool take_conversion(struct reader *r, char conversion, struct civil *c)
{
    switch (conversion) {
    case 'Y':
    case 'y':
        return take_year(r, conversion, c);
    case 'm':
        return take_number(r, 1, 2, &c->month);
    case 'd':
    case 'e':
        skip_space(r);
        return take_number(r, 1, 2, &c->day);
    case 'I':
        c->twelve = true;
        return take_number(r, 1, 2, &c->hour);
    case 'H':
        return take_number(r, 1, 2, &c->hour);
    case 'p':
        return take_noon(r, c);
    case 'M':
        return take_number(r, 1, 2, &c->minute);
    case 'S':
        return take_number(r, 1, 2, &c->second);
    case 'f':
        return take_fraction(r, &c->ms);
    case 'z':
        return take_zone(r, &c->zone_s);
    case 's':
        return take_unix(r, c);
    case 'b':
    case 'B':
        return take_month(r, &c->month);
    case 'a':
    case 'A':
        return take_day_name(r);
    case 'F':
        return read_pattern(r, SPAN("%Y-%m-%d"), c);
    case 'T':
        return read_pattern(r, SPAN("%H:%M:%S"), c);
    case 'R':
        return read_pattern(r, SPAN("%H:%M"), c);
    default:
        return take_char(r, '%');
    }
}

static bool read_pattern(struct reader *r, struct span pattern, struct civil *c)
{
    for (size_t i = 0; i < pattern.n; i++) {
        char wanted = pattern.p[i];
        if (wanted == '%' && i + 1 < pattern.n) {
            if (!take_conversion(r, pattern.p[++i], c))
                return false;
        } else if (wanted == ' ') {
            if (r->p == r->end || (*r->p != ' ' && *r->p != '\t'))
                return false;
            skip_space(r);
        } else if (!take_char(r, wanted)) {
            return false;
        }
    }
    return true;
}

static enum ts_read parse_pattern(struct span text, struct span pattern, int32_t zone_s, int64_t *unix_ms)
{
    struct reader r = { text.p, text.p + text.n };
    struct civil c = { .year = 1970, .month = 1, .day = 1, .zone_s = zone_s };
    if (!read_pattern(&r, pattern, &c) || !at_end(&r))
        return TS_BAD;
    return compose(c, unix_ms);
}

/* RFC 5322 3.3 with and without day and seconds; RFC 9110 5.6.7: IMF-fixdate is the first, RFC 850, asctime. */
static enum ts_read parse_rfc2822(struct span text, int32_t zone_s, int64_t *unix_ms)
{
    static const char *const patterns[] = {
        "%a, %e %b %Y %T %z", "%e %b %Y %T %z", "%a, %e %b %Y %R %z", "%e %b %Y %R %z",
        "%a, %d-%b-%y %T %z", "%a %b %e %T %Y", "%a, %e %b %Y %T",    "%a, %e %b %y %T %z",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (parse_pattern(text, span_of(patterns[i]), zone_s, unix_ms) == TS_GIVEN)
            return TS_GIVEN;
    return TS_BAD;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

/* unit: decimals of the number's unit against milliseconds: 3 for seconds, 0 for milliseconds. */
static enum ts_read parse_unix(struct span text, unsigned unit, int64_t *unix_ms)
{
    struct dec value;
    int64_t ms;
    if (!dec_parse(text, &value))
        return TS_BAD;
    if (value.scale <= unit) {
        if (__builtin_mul_overflow(value.mantissa, (int64_t)digits_pow10[unit - value.scale], &ms))
            return TS_BAD;
    } else {
        int64_t finer = (int64_t)digits_pow10[value.scale - unit];
        ms = value.mantissa / finer - (value.mantissa % finer < 0);
    }
    if (!in_range(ms))
        return TS_BAD;
    *unix_ms = ms;
    return TS_GIVEN;
}

/* "/Date(1641034800000+0100)/": .NET's DataContractJsonSerializer; the number is UTC already. */
static enum ts_read parse_net(struct span text, int64_t *unix_ms)
{
    const struct span head = SPAN("/Date("), tail = SPAN(")/");
    if (text.n < head.n + tail.n || !span_starts(text, head) || memcmp(text.p + text.n - 2, tail.p, 2) != 0)
        return TS_BAD;
    struct span number = { text.p + head.n, text.n - head.n - tail.n };
    for (size_t i = 1; i < number.n; i++) {
        int32_t ignored;
        if (number.p[i] != '+' && number.p[i] != '-')
            continue;
        if (!ts_zone_parse((struct span){ number.p + i, number.n - i }, &ignored))
            return TS_BAD;
        number.n = i;
    }
    return parse_unix(number, 0, unix_ms);
}

/* ---- forms ------------------------------------------------------------------------------------------ */

static bool is_pattern(struct span name)
{
    bool any = false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] != '%')
            continue;
        if (++i == name.n || !name.p[i] || !strchr(conversions, name.p[i]))
            return false;
        any = true;
    }
    return any;
}

bool ts_form_parse(struct span name, struct ts_form *out)
{
    static const struct {
        const char *name;
        enum ts_kind kind;
    } forms[] = { { "", TS_ISO },  { "iso", TS_ISO },    { "s", TS_S },
                  { "ms", TS_MS }, { "/Date", TS_DATE }, { "rfc2822", TS_RFC2822 } };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (span_is(name, forms[i].name)) {
            *out = (struct ts_form){ .kind = forms[i].kind };
            return true;
        }
    }
    if (!is_pattern(name))
        return false;
    *out = (struct ts_form){ .kind = TS_STRFTIME, .pattern = name };
    return true;
}

enum ts_read ts_parse(struct span text, const struct ts_form *form, int64_t *unix_ms)
{
    if (text.n == 0 || span_starts(text, SPAN("0000-00-00")))
        return TS_NONE;
    struct civil c = { .zone_s = form->zone_s };
    switch (form->kind) {
    case TS_ISO:
        return read_iso(text, &c) ? compose(c, unix_ms) : TS_BAD;
    case TS_S:
        return parse_unix(text, 3, unix_ms);
    case TS_MS:
        return parse_unix(text, 0, unix_ms);
    case TS_RFC2822:
        return parse_rfc2822(text, form->zone_s, unix_ms);
    case TS_DATE:
        return parse_net(text, unix_ms);
    case TS_STRFTIME:
        return parse_pattern(text, form->pattern, form->zone_s, unix_ms);
    }
    return TS_BAD;
}

/* ---- as we write it --------------------------------------------------------------------------------- */

static uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

/* Eight characters against eight of a shape, at once.  Their difference is 0 to 9 for a digit against '0' and 0 for
 * equal characters; `room` is, byte by byte, 0x7f less the greatest difference allowed, so that a greater one shows
 * in the high bit (a carry comes only from a difference that has that bit itself).  Leaves the differences; the
 * result has high bits where the text is not of that shape. */
static inline uint64_t unshape(uint64_t *word, uint64_t shape, uint64_t room)
{
    uint64_t x = *word ^ shape;
    *word = x;
    return (x + room) | x;
}

/* Is it "2026-11-22T04:02:28.872Z", with a day that exists? */
static inline bool is_ours(const char *p)
{
    /* 0x76: a digit stays below 0x80; 0x7f: only the character of the shape does; 0x7a: 0 to 5; 0x7d: 0 to 2;
     * 0x7e: 0 or 1.  The bytes stand as in a number: the last character first. */
    uint64_t date = word_at(p), time = word_at(p + 8), rest = word_at(p + 16);
    uint64_t wrong = unshape(&date, word_at("0000-00-"), 0x7f767e7f76767676);
    wrong |= unshape(&time, word_at("00T00:00"), 0x767a7f767d7f767c);
    wrong |= unshape(&rest, word_at(":00.000Z"), 0x7f7676767f767a7f);
    if (wrong & 0x8080808080808080)
        return false;
    uint32_t month = (uint32_t)(date >> 40 & 0xf) * 10 + (uint32_t)(date >> 48 & 0xf);
    uint32_t day = (uint32_t)(time & 0xf) * 10 + (uint32_t)(time >> 8 & 0xf);
    uint32_t hour = (uint32_t)(time >> 24 & 0xf) * 10 + (uint32_t)(time >> 32 & 0xf);
    if (hour > 23)
        return false;
    if (day - 1 < 28)
        return (uint32_t)date != 0 && month - 1 < 12;
    uint64_t pairs = date * 10 + (date >> 8); /* each byte: ten times itself and the next one */
    return is_day((uint32_t)(pairs & 0xff) * 100 + (uint32_t)(pairs >> 16 & 0xff), month, day);
}

/* Splits a time in range as seen at the offset. */
static struct civil split(int64_t unix_ms, int32_t zone_s)
{
    struct civil c = { .zone_s = zone_s };
    int64_t local = unix_ms + (int64_t)zone_s * 1000, day_ms = DAY_S * INT64_C(1000);
    int64_t days = local / day_ms - (local % day_ms < 0);
    uint32_t ms = (uint32_t)(local - days * day_ms);
    ts_civil(days, &c.year, &c.month, &c.day);
    c.hour = ms / 3600000;
    c.minute = ms / 60000 % 60;
    c.second = ms / 1000 % 60;
    c.ms = ms % 1000;
    c.unix_s = unix_ms / 1000 - (unix_ms % 1000 < 0);
    return c;
}

static void put_time(char *at, int64_t unix_ms)
{
    struct civil c = split(unix_ms, 0);
    memcpy(at, "0000-00-00T00:00:00.000Z", TS_TEXT);
    digits_put_n(at, (uint64_t)c.year, 4);
    digits_put2(at + 5, c.month);
    digits_put2(at + 8, c.day);
    digits_put2(at + 11, c.hour);
    digits_put2(at + 14, c.minute);
    digits_put2(at + 17, c.second);
    digits_put_n(at + 20, c.ms, 3);
}

bool ts_format(struct buf *out, int64_t unix_ms)
{
    char text[TS_TEXT];
    if (!in_range(unix_ms))
        return false;
    put_time(text, unix_ms);
    buf_add(out, text, TS_TEXT);
    return true;
}

static void add_quoted(struct buf *out, const char *text)
{
    if (!buf_room(out, TS_TEXT + 2))
        return;
    char *at = out->p + out->n;
    at[0] = '"';
    memcpy(at + 1, text, TS_TEXT);
    at[1 + TS_TEXT] = '"';
    out->n += TS_TEXT + 2;
}

enum ts_read ts_write(struct buf *out, struct span text, const struct ts_form *form)
{
    if (text.n == TS_TEXT && form->kind == TS_ISO && is_ours(text.p)) {
        add_quoted(out, text.p);
        return TS_GIVEN;
    }
    int64_t unix_ms;
    enum ts_read read = ts_parse(text, form, &unix_ms);
    if (read == TS_GIVEN) {
        char made[TS_TEXT];
        put_time(made, unix_ms);
        add_quoted(out, made);
    }
    return read;
}

/* ---- as a platform writes it ------------------------------------------------------------------------ */

/* The conversions that are numbers of a fixed width. */
static bool number_of(char conversion, const struct civil *c, uint32_t *value, uint32_t *width)
{
    const struct {
        char conversion;
        uint8_t width;
        uint32_t value;
    } numbers[] = {
        { 'Y', 4, (uint32_t)c->year },
        { 'y', 2, (uint32_t)c->year % 100 },
        { 'm', 2, c->month },
        { 'd', 2, c->day },
        { 'H', 2, c->hour },
        { 'I', 2, (c->hour + 11) % 12 + 1 },
        { 'M', 2, c->minute },
        { 'S', 2, c->second },
        { 'f', 3, c->ms },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].conversion == conversion) {
            *value = numbers[i].value;
            *width = numbers[i].width;
            return true;
        }
    }
    return false;
}

static void write_zone(struct buf *out, int32_t zone_s)
{
    uint32_t minutes = (uint32_t)(zone_s < 0 ? -zone_s : zone_s) / 60;
    buf_printf(out, "%c%02u%02u", zone_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void write_pattern(struct buf *out, struct span pattern, const struct civil *c);

static void write_conversion(struct buf *out, char conversion, const struct civil *c)
{
    uint32_t value, width, weekday = (uint32_t)((ts_days(c->year, c->month, c->day) % 7 + 11) % 7);
    char digits[4];
    if (number_of(conversion, c, &value, &width)) {
        digits_put_n(digits, value, width);
        buf_add(out, digits, width);
        return;
    }
    switch (conversion) {
    case 'e':
        buf_printf(out, "%2u", c->day);
        return;
    case 'p':
        buf_add(out, c->hour < 12 ? "AM" : "PM", 2);
        return;
    case 'z':
        write_zone(out, c->zone_s);
        return;
    case 's':
        buf_i64(out, c->unix_s);
        return;
    case 'b':
    case 'B':
        buf_add(out, month_names[c->month - 1], 3);
        if (conversion == 'B')
            buf_span(out, span_of(month_tails[c->month - 1]));
        return;
    case 'a':
    case 'A':
        buf_add(out, day_names[weekday], 3);
        if (conversion == 'A')
            buf_span(out, span_of(day_tails[weekday]));
        return;
    case 'F':
        write_pattern(out, SPAN("%Y-%m-%d"), c);
        return;
    case 'T':
        write_pattern(out, SPAN("%H:%M:%S"), c);
        return;
    case 'R':
        write_pattern(out, SPAN("%H:%M"), c);
        return;
    default:
        buf_char(out, '%');
    }
}

static void write_pattern(struct buf *out, struct span pattern, const struct civil *c)
{
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '%' && i + 1 < pattern.n)
            write_conversion(out, pattern.p[++i], c);
        else
            buf_char(out, pattern.p[i]);
    }
}

bool ts_write_as(struct buf *out, int64_t unix_ms, const struct ts_form *form)
{
    if (!in_range(unix_ms) || !in_range(unix_ms + (int64_t)form->zone_s * 1000))
        return false;
    struct civil c = split(unix_ms, form->zone_s);
    switch (form->kind) {
    case TS_ISO:
        return ts_format(out, unix_ms);
    case TS_S:
        buf_i64(out, c.unix_s);
        return true;
    case TS_MS:
        buf_i64(out, unix_ms);
        return true;
    case TS_RFC2822:
        write_pattern(out, SPAN("%a, %d %b %Y %T %z"), &c);
        return true;
    case TS_DATE:
        buf_printf(out, "/Date(%lld)/", (long long)unix_ms);
        return true;
    case TS_STRFTIME:
        write_pattern(out, form->pattern, &c);
        return true;
    }
    return false;
}
