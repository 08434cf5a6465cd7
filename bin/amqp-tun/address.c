#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { HALF = 8 };

size_t address_size(int family)
{
	return family == AF_INET6 ? 16 : family == AF_INET ? 4 : 0;
}

static int read_octets(struct address *a, const char *text)
{
	*a = (struct address){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	return inet_pton(a->family, text, a->octets) == 1 ? 0 : -1;
}

static int read_length(struct address *a, const char *text)
{
	unsigned length = 0;

	if (!*text || strlen(text) > 3)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		length = 10 * length + (unsigned)(*text - '0');
	}
	if (length > 8 * address_size(a->family))
		return -1;
	a->prefix_length = (uint8_t)length;
	return 0;
}

int address_read(struct address *a, const char *text, struct why *why)
{
	char host[ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');

	if (!slash)
		return why_set(why, "has no prefix length: write ADDRESS/LENGTH");
	if ((size_t)(slash - text) >= sizeof host)
		return why_set(why, "is no IP address");
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (read_octets(a, host) < 0)
		return why_set(why, "is no IP address");
	if (read_length(a, slash + 1) < 0)
		return why_set(why, "has a bad prefix length: 0 to %zu",
		               8 * address_size(a->family));
	return 0;
}

static int check_host(const struct address *a, struct why *why)
{
	const char *unfit = address_unfit(a);

	return unfit ? why_set(why, "%s", unfit) : 0;
}

int address_read_host(struct address *a, const char *text, struct why *why)
{
	if (address_read(a, text, why) < 0)
		return -1;
	return check_host(a, why);
}

int address_read_prefix(struct address *a, const char *text, struct why *why)
{
	if (address_read(a, text, why) < 0)
		return -1;
	*a = address_network(a);
	return 0;
}

/* --- prefix and host --- */

static int read_half(uint8_t half[HALF], const char *format, const char *text, size_t half_at)
{
	char whole[ADDRESS_TEXT_MAX];
	uint8_t octets[16];
	static const uint8_t zeros[HALF];
	int n = snprintf(whole, sizeof whole, format, text);

	/* A dot would make it an IPv4-mapped address. */
	if (n < 0 || (size_t)n >= sizeof whole || strchr(text, '.') ||
	    inet_pton(AF_INET6, whole, octets) != 1)
		return -1;
	if (memcmp(octets + HALF - half_at, zeros, HALF) != 0)
		return -1;
	memcpy(half, octets + half_at, HALF);
	return 0;
}

static size_t without_colons(char *out, const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == ':')
		length--;
	memcpy(out, text, length);
	out[length] = '\0';
	return length;
}

int address_join(struct address *a, const char *prefix, const char *host, struct why *why)
{
	char groups[ADDRESS_TEXT_MAX];

	*a = (struct address){.family = AF_INET6, .prefix_length = 64};
	if (strlen(prefix) >= sizeof groups || without_colons(groups, prefix) == 0 ||
	    read_half(a->octets, "%s::", groups, 0) < 0)
		return why_set(
			why,
			"the prefix is not the first groups of an IPv6 address, four at the most");
	/* Older publishers write ":3". */
	host += strspn(host, ":");
	if (!*host || read_half(a->octets + HALF, "::%s", host, HALF) < 0)
		return why_set(
			why,
			"the host is not the last groups of an IPv6 address, four at the most");
	return check_host(a, why);
}

static unsigned group(const uint8_t *octets, unsigned i)
{
	return (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
}

static void write_groups(char out[ADDRESS_TEXT_MAX], const uint8_t *octets, unsigned first,
                         unsigned end)
{
	size_t used = 0;

	for (unsigned i = first; i < end; i++)
		used += (size_t)snprintf(out + used, ADDRESS_TEXT_MAX - used, "%s%x",
		                         i > first ? ":" : "", group(octets, i));
}

void address_split(const struct address *a, char prefix[ADDRESS_TEXT_MAX],
                   char host[ADDRESS_TEXT_MAX])
{
	unsigned end = 4, first = 4;

	while (end > 1 && group(a->octets, end - 1) == 0)
		end--;
	while (first < 7 && group(a->octets, first) == 0)
		first++;
	write_groups(prefix, a->octets, 0, end);
	write_groups(host, a->octets, first, 8);
}

/* --- what a host may have --- */

static const char *ipv6_unfit(const struct address *a)
{
	static const uint8_t zeros[15];

	if (a->octets[0] == 0xff)
		return "is a multicast address";
	if (memcmp(a->octets, zeros, 15) == 0)
		return a->octets[15] == 1 ? "is the loopback address" : "is no address of a host";
	if (memcmp(a->octets, zeros, 10) == 0 && group(a->octets, 5) == 0xffff)
		return "is an IPv4-mapped address";
	return NULL;
}

static const char *ipv4_unfit(const struct address *a)
{
	struct address network = address_network(a), broadcast = address_broadcast(a);

	if (a->octets[0] >= 224)
		return "is a multicast or reserved address";
	if (a->octets[0] == 0 || a->octets[0] == 127)
		return "is no address of a host";
	if (a->prefix_length < 31 && (address_equal(a, &network) || address_equal(a, &broadcast)))
		return "is the network's own or its broadcast address";
	return NULL;
}

const char *address_unfit(const struct address *a)
{
	if (a->family != AF_INET && a->family != AF_INET6)
		return "is no IP address";
	if (a->prefix_length < 1 || a->prefix_length > 8 * address_size(a->family))
		return "has a bad prefix length";
	return a->family == AF_INET6 ? ipv6_unfit(a) : ipv4_unfit(a);
}

/* --- text --- */

const char *address_write_plain(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	if (!address_size(a->family) || !inet_ntop(a->family, a->octets, out, ADDRESS_TEXT_MAX))
		snprintf(out, ADDRESS_TEXT_MAX, "none");
	return out;
}

const char *address_write(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	char plain[ADDRESS_TEXT_MAX];

	address_write_plain(a, plain);
	if (address_size(a->family))
		snprintf(out, ADDRESS_TEXT_MAX, "%.48s/%u", plain, a->prefix_length);
	else
		memcpy(out, plain, sizeof plain);
	return out;
}

/* --- comparing --- */

bool address_is(const struct address *a, int family, const uint8_t *octets)
{
	return a->family == family && family != AF_UNSPEC &&
	       memcmp(a->octets, octets, address_size(family)) == 0;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->prefix_length == b->prefix_length &&
	       memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static uint8_t mask_octet(unsigned prefix_length, size_t i)
{
	if (prefix_length >= 8 * (i + 1))
		return 0xff;
	if (prefix_length <= 8 * i)
		return 0;
	return (uint8_t)(0xff << (8 - prefix_length % 8));
}

bool address_in(const struct address *prefix, int family, const uint8_t *octets)
{
	if (prefix->family != family || family == AF_UNSPEC)
		return false;
	for (size_t i = 0; i < address_size(family); i++)
		if ((prefix->octets[i] ^ octets[i]) & mask_octet(prefix->prefix_length, i))
			return false;
	return true;
}

bool address_overlap(const struct address *a, const struct address *b)
{
	return address_in(a, b->family, b->octets) || address_in(b, a->family, a->octets);
}

/* --- derived addresses --- */

struct address address_link_local(const struct address *ipv6)
{
	struct address a = {.family = AF_INET6, .octets = {0xfe, 0x80}, .prefix_length = 64};

	memcpy(a.octets + HALF, ipv6->octets + HALF, HALF);
	return a;
}

struct address address_network(const struct address *a)
{
	struct address n = *a;

	for (size_t i = 0; i < address_size(n.family); i++)
		n.octets[i] &= mask_octet(n.prefix_length, i);
	return n;
}

struct address address_broadcast(const struct address *a)
{
	struct address b = *a;

	for (size_t i = 0; i < address_size(b.family); i++)
		b.octets[i] |= (uint8_t)~mask_octet(b.prefix_length, i);
	return b;
}

struct address address_netmask(const struct address *a)
{
	struct address m = *a;

	for (size_t i = 0; i < address_size(m.family); i++)
		m.octets[i] = mask_octet(m.prefix_length, i);
	return m;
}
