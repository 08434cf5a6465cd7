#include "envelope.h"
#include "envelope_number.h"

#define NS_PER_S 1000000000

/* A number as 0.d1d2d3... times 10 to the power of point, without leading zeros; count 0 is
 * zero. */
struct decimal {
	const struct envelope_scan_number *number;
	size_t skipped, count;
	int64_t point;
};

static unsigned digit_at(const struct envelope_scan_number *n, size_t i)
{
	return i < n->digit_count ? n->digits[i] - '0' : n->fraction[i - n->digit_count] - '0';
}

static struct decimal decimal_of(const struct envelope_scan_number *n)
{
	struct decimal d = {.number = n};
	size_t total = n->digit_count + n->fraction_count;

	while (d.skipped < total && digit_at(n, d.skipped) == 0)
		d.skipped++;
	d.count = total - d.skipped;
	d.point = (int64_t)n->digit_count - (int64_t)d.skipped + n->exponent;
	return d;
}

/* The digit at 10 to the power of (point - 1 - i); zeros follow the last. */
static unsigned digit(const struct decimal *d, size_t i)
{
	return i < d->count ? digit_at(d->number, d->skipped + i) : 0;
}

/* The i-th digit behind the decimal point, from 0. */
static unsigned fraction_digit(const struct decimal *d, size_t i)
{
	int64_t at = d->point + (int64_t)i;

	return at < 0 ? 0 : digit(d, (size_t)at);
}

/* Compares the fraction with numerator / 2^54: negative, 0 or positive. Ends at the first digit
 * that differs. */
static int compare_fraction(const struct decimal *d, uint64_t numerator)
{
	const uint64_t mask = ((uint64_t)1 << 54) - 1;
	int64_t digits = (int64_t)d->count - d->point;

	for (int64_t i = 0; i < digits || numerator > 0; i++) {
		unsigned given = fraction_digit(d, (size_t)i),
			 other = (unsigned)(numerator * 10 >> 54);

		if (given != other)
			return given < other ? -1 : 1;
		numerator = numerator * 10 & mask;
	}
	return 0;
}

/* 2^-1075 = 0.2470... times 10^-323: what is not above it is zero as a double. */
static bool rounds_to_zero(const struct decimal *d)
{
	static const char tiny[] = "2470328229206232720882843964341106861825";
	const int64_t tiny_point = -323;

	if (d->count == 0 || d->point != tiny_point)
		return d->count == 0 || d->point < tiny_point;
	for (size_t i = 0; i < sizeof(tiny) - 1; i++)
		if (digit(d, i) != (unsigned)(tiny[i] - '0'))
			return digit(d, i) < (unsigned)(tiny[i] - '0');
	return true;
}

static unsigned integer_part(const struct decimal *d)
{
	unsigned value = 0;

	for (int64_t i = 0; i < d->point; i++)
		value = value * 10 + digit(d, (size_t)i);
	return value;
}

/* The usual: one to three digits and no more. */
static int short_octet(const struct envelope_scan_number *n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n->digit_count; i++)
		value = value * 10 + (n->digits[i] - '0');
	return value <= 255 ? (int)value : ENVELOPE_ERANGE;
}

static int long_octet(const struct envelope_scan_number *number)
{
	struct decimal d = decimal_of(number);
	uint64_t half_step = 1, one = (uint64_t)1 << 54;
	unsigned value;

	if (rounds_to_zero(&d))
		return 0;
	if (number->negative || d.point > 3)
		return ENVELOPE_ERANGE;
	value = integer_part(&d);
	if (value > 255)
		return ENVELOPE_ERANGE;
	/* Half the distance between the doubles here, in 2^-54: what is that near to an integer is
	 * that integer. */
	while (half_step <= value)
		half_step *= 2;
	if (value > 0 && compare_fraction(&d, half_step) <= 0)
		return (int)value;
	if (compare_fraction(&d, one - half_step) < 0)
		return ENVELOPE_ETYPE;
	return value < 255 ? (int)value + 1 : ENVELOPE_ERANGE;
}

int envelope_number_octet(const struct envelope_scan_number *n)
{
	if (n->digit_count <= 3 && n->fraction_count == 0 && n->exponent == 0 && !n->negative)
		return short_octet(n);
	return long_octet(n);
}

/* The usual: 1795406616.123456. */
static bool short_time(const struct envelope_scan_number *n, int64_t *time_ns)
{
	static const uint32_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000,
	                                 10000,      1000,      100,      10,      1};
	uint64_t seconds = 0, fraction = 0, ns;

	if (n->digit_count > 10 || n->fraction_count > 9 || n->exponent != 0)
		return false;
	for (size_t i = 0; i < n->digit_count; i++)
		seconds = seconds * 10 + (n->digits[i] - '0');
	for (size_t i = 0; i < n->fraction_count; i++)
		fraction = fraction * 10 + (n->fraction[i] - '0');
	ns = seconds * NS_PER_S + fraction * scale[n->fraction_count];
	if (ns > INT64_MAX)
		return false;
	*time_ns = n->negative ? -(int64_t)ns : (int64_t)ns;
	return true;
}

bool envelope_number_time(const struct envelope_scan_number *number, int64_t *time_ns)
{
	struct decimal d;
	int64_t digits;
	uint64_t ns = 0;

	if (short_time(number, time_ns))
		return true;
	d = decimal_of(number);
	digits = d.point + 9;
	if (d.count == 0 || digits < 0) {
		*time_ns = 0;
		return true;
	}
	if (digits > 19)
		return false;
	for (int64_t i = 0; i < digits; i++)
		ns = ns * 10 + digit(&d, (size_t)i);
	ns += digit(&d, (size_t)digits) >= 5;
	if (ns > INT64_MAX)
		return false;
	*time_ns = number->negative ? -(int64_t)ns : (int64_t)ns;
	return true;
}
