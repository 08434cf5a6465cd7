/* digits.h - numbers as characters, two digits at once and without printf(3). */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 }; /* of a decimal number of 64 bits */

extern const char digits_decimal_pairs[2 * 100 + 1];
extern const char digits_hex_pairs[2 * 256 + 1];

static inline char *digits_put_decimal(char *at, unsigned below_100)
{
	memcpy(at, digits_decimal_pairs + 2 * (size_t)below_100, 2);
	return at + 2;
}

static inline char *digits_put_hex(char *at, uint8_t octet)
{
	memcpy(at, digits_hex_pairs + 2 * (size_t)octet, 2);
	return at + 2;
}

/* Four digits, with zeros before the number. */
static inline char *digits_put_four(char *at, unsigned below_10000)
{
	return digits_put_decimal(digits_put_decimal(at, below_10000 / 100), below_10000 % 100);
}

/* As many digits as the number has; at: room for DIGITS_MAX. Returns where they end. */
static inline char *digits_put_number(char *at, uint64_t number)
{
	if (number >= 10000) {
		at = digits_put_number(at, number / 10000);
		return digits_put_four(at, (unsigned)(number % 10000));
	}
	if (number >= 100) {
		at = digits_put_number(at, number / 100);
		number %= 100;
	} else if (number < 10) {
		*at = (char)('0' + number);
		return at + 1;
	}
	return digits_put_decimal(at, (unsigned)number);
}

#endif
