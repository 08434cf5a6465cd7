#include "base/digits.h"

#define TEN(d)     d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
#define SIXTEEN(d) TEN(d) d "a" d "b" d "c" d "d" d "e" d "f"

const char digits_decimal_pairs[] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

const char digits_hex_pairs[] = SIXTEEN("0") SIXTEEN("1") SIXTEEN("2") SIXTEEN("3") SIXTEEN("4")
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

const char digits_decimal_octets[256][5] = {TO_99,   TO_199,  TO_249,  "250\3", "251\3",
                                            "252\3", "253\3", "254\3", "255\3"};

#define SIXTEEN_OF(d, count)                                                                       \
	TEN_OF(d, count), d "a" count, d "b" count, d "c" count, d "d" count, d "e" count,         \
		d "f" count

const char digits_hex_octets[256][4] = {
	SIXTEEN_OF("", "\0\1"), SIXTEEN_OF("1", "\2"), SIXTEEN_OF("2", "\2"), SIXTEEN_OF("3", "\2"),
	SIXTEEN_OF("4", "\2"),  SIXTEEN_OF("5", "\2"), SIXTEEN_OF("6", "\2"), SIXTEEN_OF("7", "\2"),
	SIXTEEN_OF("8", "\2"),  SIXTEEN_OF("9", "\2"), SIXTEEN_OF("a", "\2"), SIXTEEN_OF("b", "\2"),
	SIXTEEN_OF("c", "\2"),  SIXTEEN_OF("d", "\2"), SIXTEEN_OF("e", "\2"), SIXTEEN_OF("f", "\2"),
};
