/* A program's own functions, under the names that internals of our libraries had before all of them
 * began with their library's prefix. Linked beside each program that uses an installed library:
 * none of these may be called. */
#include <stdio.h>
#include <stdlib.h>

#define OWN(name)                                                                                  \
	void name(void);                                                                           \
	void name(void)                                                                            \
	{                                                                                          \
		puts("a library calls the program's " #name);                                      \
		exit(1);                                                                           \
	}

/* libframe */
OWN(write_words)
OWN(write_number)
OWN(write_bool)
OWN(write_hex)
OWN(write_octets)
OWN(write_open)
OWN(write_open_list)
OWN(write_close)
OWN(write_close_list)

/* libenvelope */
OWN(checksum_add)
OWN(checksum_fold)
OWN(checksum_number)
OWN(checksum_pseudo)
OWN(checksum_store)
OWN(ip_header)
OWN(ip_parse)
OWN(json_read_with)
OWN(json_write_with)
OWN(number_octet)
OWN(number_time)
OWN(octets_avx2)
OWN(octets_avx512)
OWN(octets_kernels)
OWN(octets_kernels_at)
OWN(octets_scalar)
OWN(octets_text_size)
OWN(scan_key)
OWN(scan_number)
OWN(scan_string)
OWN(scan_string_text)
OWN(scan_value)
OWN(text_literal)
OWN(text_number)
OWN(text_raw)
OWN(text_string)
OWN(text_time)
