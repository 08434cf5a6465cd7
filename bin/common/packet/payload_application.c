/* payload_application.c - UDP that is told by its port, or by how it begins, and one word of it. */
#include <stddef.h>

#include "packet/payload_reading.h"

/* --- DTLS, RFC 6347 4.1: told by its record header, for its ports are anyone's --- */

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, CID = 25, RECORD_SIZE = 13 };

static bool is_dtls(const uint8_t *p, size_t n)
{
	return n >= RECORD_SIZE && p[0] >= CHANGE_CIPHER_SPEC && p[0] <= CID && p[1] == 0xfe &&
	       (p[2] == 0xff || p[2] == 0xfd);
}

static const char *handshake_name(unsigned type)
{
	static const char *const names[] = {
		"Hello Request",
		"Client Hello",
		"Server Hello",
		"Hello Verify Request",
		"New Session Ticket",
		NULL,
		NULL,
		NULL,
		"Encrypted Extensions",
		NULL,
		NULL,
		"Certificate",
		"Server Key Exchange",
		"Certificate Request",
		"Server Hello Done",
		"Certificate Verify",
		"Client Key Exchange",
		NULL,
		NULL,
		NULL,
		"Finished",
	};

	return NAME_IN(names, type);
}

/* From epoch 1 on a handshake is encrypted. */
static const char *dtls_word(const uint8_t *p, size_t n)
{
	static const char *const types[] = {"Change Cipher Spec", "Alert",     "Handshake",
	                                    "Application Data",   "Heartbeat", "Connection ID"};
	bool in_clear = p[0] == HANDSHAKE && !p[3] && !p[4] && n > RECORD_SIZE;
	const char *name = in_clear ? handshake_name(p[RECORD_SIZE]) : NULL;

	return name ? name : types[p[0] - CHANGE_CIPHER_SPEC];
}

/* --- the others, by their ports --- */

static const char *dns_word(const uint8_t *p, size_t n)
{
	return n < 3 ? NULL : p[2] & 0x80 ? "response" : "query";
}

/* RFC 8415 7.3 */
static const char *dhcp_word(const uint8_t *p, size_t n)
{
	static const char *const names[] = {
		NULL,
		"Solicit",
		"Advertise",
		"Request",
		"Confirm",
		"Renew",
		"Rebind",
		"Reply",
		"Release",
		"Decline",
		"Reconfigure",
		"Information-request",
		"Relay-forward",
		"Relay-reply",
	};

	return n ? NAME_IN(names, p[0]) : NULL;
}

static const struct known {
	uint16_t port;
	const char *protocol;
	const char *(*word)(const uint8_t *p, size_t n); /* NULL: none */
} knowns[] = {
	{5684, "DTLS", NULL},       {5353, "mDNS", dns_word},
	{53, "DNS", dns_word},      {547, "DHCPv6", dhcp_word},
	{546, "DHCPv6", dhcp_word}, {5355, "LLMNR", dns_word},
	{123, "NTP", NULL},         {10253, "Wi-SUN EAPOL relay", NULL},
	{161, "SNMP", NULL},        {162, "SNMP", NULL},
	{514, "syslog", NULL},      {69, "TFTP", NULL},
};

enum { PORT_MAX = 10253 }; /* of those */

void payload_take_application(struct reading *r)
{
	const uint8_t *p = r->octets + r->at;
	struct application *a = &r->p->application;
	const struct ip *ip = &r->p->ip;
	size_t n = r->end - r->at;

	if (is_dtls(p, n)) {
		*a = (struct application){"DTLS", dtls_word(p, n)};
		return;
	}
	if (ip->destination_port > PORT_MAX && ip->source_port > PORT_MAX)
		return;
	for (unsigned i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
		const struct known *k = &knowns[i];

		if (ip->destination_port != k->port && ip->source_port != k->port)
			continue;
		*a = (struct application){k->protocol, k->word ? k->word(p, n) : NULL};
		return;
	}
}
