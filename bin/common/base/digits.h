/* digits.h - numbers as characters, two digits at once and without printf(3). */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 20 }; /* of a decimal number of 64 bits */

extern const char digits_decimal_pairs[2 * 100 + 1];
extern const char digits_hex_pairs[2 * 256 + 1];
/* Without zeros before the number: up to three digits, or two, and behind the place of the last one
 * how many they are. */
extern const char digits_decimal_octets[256][5];
extern const char digits_hex_octets[256][4];

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

/* Of 16 bits, without zeros before the number; at: room for four. */
static inline char *digits_put_short_hex(char *at, unsigned number)
{
	unsigned first = number > UINT8_MAX ? number >> 8 : number;

	memcpy(at, digits_hex_octets[first], 2);
	at += digits_hex_octets[first][2];
	return number > UINT8_MAX ? digits_put_hex(at, (uint8_t)number) : at;
}

/* Four digits, with zeros before the number. */
static inline char *digits_put_four(char *at, unsigned below_10000)
{
	return digits_put_decimal(digits_put_decimal(at, below_10000 / 100), below_10000 % 100);
}

/* As many digits as the number has; at: room for DIGITS_MAX. Returns where they end. */
static inline char *digits_put_number(char *at, uint64_t number)
{
	const char *digits;

	if (number >= 10000) {
		at = digits_put_number(at, number / 10000);
		return digits_put_four(at, (unsigned)(number % 10000));
	}
	if (number > UINT8_MAX) {
		at = digits_put_number(at, number / 100);
		return digits_put_decimal(at, (unsigned)(number % 100));
	}
	digits = digits_decimal_octets[number];
	memcpy(at, digits, 4);
	return at + digits[3];
}

#endif
