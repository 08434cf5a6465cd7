/* frame_digits.c - each number of two digits, and each octet, as characters. */
#include "frame_digits.h"

#define TEN(d)     d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
#define SIXTEEN(d) TEN(d) d "a" d "b" d "c" d "d" d "e" d "f"

const char frame_decimal_pairs[] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

const char frame_hex_pairs[] = SIXTEEN("0") SIXTEEN("1") SIXTEEN("2") SIXTEEN("3") SIXTEEN("4")
	SIXTEEN("5") SIXTEEN("6") SIXTEEN("7") SIXTEEN("8") SIXTEEN("9") SIXTEEN("a") SIXTEEN("b")
		SIXTEEN("c") SIXTEEN("d") SIXTEEN("e") SIXTEEN("f");

#define TEN_OF(tens, count)                                                                        \
	tens "0" count, tens "1" count, tens "2" count, tens "3" count, tens "4" count,            \
		tens "5" count, tens "6" count, tens "7" count, tens "8" count, tens "9" count
#define TWO(tens)   TEN_OF(tens, "\0\2")
#define THREE(tens) TEN_OF(tens, "\3")
#define TO_99                                                                                      \
	TEN_OF("", "\0\0\1"), TWO("1"), TWO("2"), TWO("3"), TWO("4"), TWO("5"), TWO("6"),          \
		TWO("7"), TWO("8"), TWO("9")
#define TO_199                                                                                     \
	THREE("10"), THREE("11"), THREE("12"), THREE("13"), THREE("14"), THREE("15"), THREE("16"), \
		THREE("17"), THREE("18"), THREE("19")
#define TO_249 THREE("20"), THREE("21"), THREE("22"), THREE("23"), THREE("24")

const char frame_decimal_octets[256][5] = {TO_99,   TO_199,  TO_249,  "250\3", "251\3",
                                           "252\3", "253\3", "254\3", "255\3"};
