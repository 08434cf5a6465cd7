/* address.h - an IPv4 or IPv6 address with its prefix length: read, written, compared.
 * Never resolves names and never touches the system. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/words.h"

struct address {
	int family;            /* AF_INET, AF_INET6; AF_UNSPEC: none */
	uint8_t octets[16];    /* network order; IPv4 uses the first four, the rest is 0 */
	uint8_t prefix_length; /* bits */
};

#define ADDRESS_TEXT_MAX 64 /* address, slash, length, NUL */

/* "bbbb::1/64". 0, or -1 with why: "is no IP address". address_read_host: of a host, so no
 * multicast, loopback or unspecified address, nor an IPv4 network's own or broadcast address.
 * address_read_prefix clears the bits behind the prefix. */
int address_read(struct address *a, const char *text, struct why *why);
int address_read_host(struct address *a, const char *text, struct why *why);
int address_read_prefix(struct address *a, const char *text, struct why *why);

/* What ioppytest's messages have: prefix "bbbb", host "1" (or ":1") are bbbb::1/64. 0, or -1 with
 * why. */
int address_join(struct address *a, const char *prefix, const char *host, struct why *why);
/* The reverse: the upper and lower 64 bits of an IPv6 address as text. */
void address_split(const struct address *a, char prefix[ADDRESS_TEXT_MAX],
                   char host[ADDRESS_TEXT_MAX]);

/* NULL where a host may have it, else why not. */
const char *address_unfit(const struct address *a);

/* "bbbb::1/64", "10.2.0.1"; "none" without a family. Both return out. */
const char *address_write(const struct address *a, char out[ADDRESS_TEXT_MAX]);
const char *address_write_plain(const struct address *a, char out[ADDRESS_TEXT_MAX]);

size_t address_size(int family); /* octets: 4, 16; 0 for AF_UNSPEC */
bool address_is(const struct address *a, int family, const uint8_t *octets);
bool address_equal(const struct address *a, const struct address *b); /* the prefix lengths too */
/* The address lies in the prefix; a prefix without a family holds nothing. */
bool address_in(const struct address *prefix, int family, const uint8_t *octets);
/* One of the two holds the other. */
bool address_overlap(const struct address *a, const struct address *b);

/* fe80:: with the lower 64 bits of an IPv6 address, /64. */
struct address address_link_local(const struct address *ipv6);
struct address address_network(const struct address *a);   /* the bits behind the prefix cleared */
struct address address_broadcast(const struct address *a); /* IPv4: those bits set */
struct address address_netmask(const struct address *a);   /* IPv4 */

#endif
