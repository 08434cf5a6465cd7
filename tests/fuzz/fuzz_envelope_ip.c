/* IP headers: what is told of a packet lies inside it, faults too; checksums are what the plain way
 * to add makes of the same octets. */
#include <stdlib.h>
#include <string.h>

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static void check_fault(const struct envelope_fault *fault, int error, size_t n)
{
	if (fault->error != error || fault->offset > n || !fault->field)
		abort();
	if ((error == ENVELOPE_OK) != (fault->field[0] == '\0'))
		abort();
}

static void check_header(const struct envelope_ip *ip, const uint8_t *in, size_t n)
{
	size_t before = ip->version == 4 ? 12 : 8;

	if (ip->version != in[0] >> 4 || ip->header > n ||
	    ip->header < (ip->version == 4 ? ENVELOPE_IPV4_HEADER : ENVELOPE_IPV6_HEADER))
		abort();
	if (ip->source != in + before || ip->destination != ip->source + ip->address_size ||
	    ip->destination + ip->address_size > in + ip->header)
		abort();
}

/* The same to a filter as to who only passes on, up to a fragment header. */
static void check_chain(const struct envelope_ip *ip, const struct envelope_transport *t, int error,
                        const uint8_t *in, size_t n)
{
	struct envelope_fault fault;
	struct envelope_chain c;
	int outcome = envelope_ip_chain(&c, ip, in, n, &fault);

	check_fault(&fault, outcome, n);
	if (outcome < 0)
		return;
	if (c.offset < ip->header || c.offset > n || (c.later && !c.fragmented))
		abort();
	/* They part where a receiver gives up: hop-by-hop options that do not stand first. */
	if (error < 0 || c.protocol == 0)
		return;
	if (c.offset < t->offset || c.fragmented != t->fragmented || (t->routed && !c.rerouted))
		abort();
	if (!c.fragmented && (c.offset != t->offset || c.protocol != t->protocol))
		abort();
}

static void check_checksum(const struct envelope_ip *ip, const uint8_t *octets, size_t n)
{
	unsigned long plain = n;
	uint8_t out[2];

	for (size_t i = 0; i < 2 * ip->address_size; i++)
		plain += i % 2 ? ip->source[i] : (unsigned)ip->source[i] << 8;
	for (size_t i = 0; i < n; i++)
		plain += i % 2 ? octets[i] : (unsigned)octets[i] << 8;
	plain += ip->protocol;
	while (plain >> 16)
		plain = (plain & 0xffff) + (plain >> 16);
	envelope_checksum_store(
		out,
		envelope_checksum_add(envelope_checksum_pseudo(ip, ip->protocol, n), octets, n), 0);
	if ((unsigned long)(out[0] << 8 | out[1]) != (~plain & 0xffff))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct envelope_transport t;
	struct envelope_fault fault;
	struct envelope_ip ip;
	int error = envelope_ip_parse(&ip, in, n, &fault);

	check_fault(&fault, error, n);
	if (error < 0)
		return 0;
	check_header(&ip, in, n);
	error = envelope_ip_transport(&t, &ip, in, n, &fault);
	check_fault(&fault, error, n);
	if (error == ENVELOPE_OK && (t.offset < ip.header || t.offset > n))
		abort();
	check_chain(&ip, &t, error, in, n);
	check_checksum(&ip, in + ip.header, n - ip.header);
	return 0;
}
