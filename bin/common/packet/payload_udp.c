/* payload_udp.c - what is told of UDP by its ports: CoAP (RFC 7252), MLE (Thread). */
#include <string.h>

#include "packet/payload_reading.h"

enum { COAP_PORT = 5683, THREAD_MANAGEMENT_PORT = 61631, MLE_PORT = 19788 };

static bool is_port(const struct ip *ip, unsigned port)
{
	return ip->source_port == port || ip->destination_port == port;
}

bool payload_read_udp_content(struct reading *r)
{
	const struct ip *ip = &r->p->ip;

	if (r->at == r->end)
		return true;
	if (is_port(ip, MLE_PORT))
		return payload_read_mle(r);
	if (is_port(ip, COAP_PORT) || is_port(ip, THREAD_MANAGEMENT_PORT))
		return payload_read_coap(r);
	payload_take_application(r);
	return true;
}

/* --- CoAP --- */

enum { URI_PATH = 11, TOKEN_MAX = 8, PAYLOAD_MARKER = 0xff };

static const char coap_options[] = "RFC 7252 3.1 option format";

/* A delta or a length, of which four bits have been read from that octet. */
static bool read_extended(struct reading *r, const uint8_t *option, unsigned nibble, size_t *value)
{
	const uint8_t *p;

	*value = nibble;
	if (nibble == 15)
		return reading_fault_in(r, option, "reserved option length", coap_options);
	if (nibble < 13)
		return true;
	p = reading_next(r, nibble - 12, coap_options);
	if (!p)
		return false;
	*value = nibble == 13 ? 13 + (size_t)p[0] : 269 + (size_t)be16(p);
	return true;
}

static void add_segment(struct coap *c, const uint8_t *p, size_t n)
{
	size_t room = COAP_PATH_MAX - (size_t)c->path_length;

	c->path_cut |= n + 1 > room;
	if (c->path_cut)
		return;
	c->path[c->path_length] = '/';
	memcpy(c->path + c->path_length + 1, p, n);
	c->path_length = (uint8_t)(c->path_length + n + 1);
}

/* False: it was the last, or a fault. */
static bool read_option(struct reading *r, size_t *number)
{
	size_t delta, length;
	const uint8_t *p = reading_next(r, 1, coap_options);

	if (p && p[0] == PAYLOAD_MARKER && r->at == r->end)
		return reading_fault_in(r, p, "no payload behind the marker",
		                        "RFC 7252 3 message format");
	if (!p || p[0] == PAYLOAD_MARKER || !read_extended(r, p, p[0] >> 4, &delta) ||
	    !read_extended(r, p, p[0] & 0xf, &length))
		return false;
	*number += delta;
	p = reading_next(r, length, coap_options);
	if (p && *number == URI_PATH)
		add_segment(&r->p->coap, p, length);
	return p;
}

bool payload_read_coap(struct reading *r)
{
	static const char clause[] = "RFC 7252 3 message format";
	const uint8_t *p = reading_next(r, 4, clause);
	struct coap *c = &r->p->coap;
	size_t number = 0;

	if (!p)
		return false;
	if (p[0] >> 6 != 1)
		return reading_fault_in(r, p, "unknown version", clause);
	c->is_there = true;
	c->path_length = 0;
	c->path_cut = false;
	c->type = p[0] >> 4 & 3;
	c->code = p[1];
	c->message_id = (uint16_t)be16(p + 2);
	if (!c->code && (p[0] & 0xf || r->at < r->end))
		return reading_fault_in(r, p + 1, "something in an empty message",
		                        "RFC 7252 4.1 messages and endpoints");
	if ((p[0] & 0xf) > TOKEN_MAX)
		return reading_fault_in(r, p, "reserved token length", clause);
	if (!reading_next(r, p[0] & 0xf, clause))
		return false;
	while (r->at < r->end && read_option(r, &number))
		;
	return true;
}

/* --- MLE --- */

enum { MLE_802_15_4 = 0, MLE_NO_SECURITY = 255 };
enum { SOURCE_ADDRESS = 0, DISCOVERY = 26 };
enum { EXTENDED_PAN = 2, NETWORK_NAME = 3, JOINER_PORT = 18, NAME_MAX_LENGTH = 16 };

static const char mle_tlvs[] = "Thread 4.5 MLE TLV format";

/* 9.4, as the MAC has it, but for the octets of the frame counter. */
static bool read_security(struct reading *r)
{
	static const char clause[] = "IEEE 802.15.4 9.4 auxiliary security header of MLE";
	struct frame_security *s = &r->p->mle.security;
	const uint8_t *p = reading_next(r, 5, clause);
	size_t source;

	if (!p)
		return false;
	s->level = p[0] & 7;
	s->key_id_mode = p[0] >> 3 & 3;
	s->counter = (uint32_t)(p[1] | p[2] << 8 | p[3] << 16 | (uint32_t)p[4] << 24);
	source = s->key_id_mode < 2 ? 0 : s->key_id_mode == 2 ? 4 : 8;
	p = reading_next(r, source + (s->key_id_mode ? 1 : 0), clause);
	if (!p)
		return false;
	s->key_index = s->key_id_mode ? p[source] : 0;
	s->was_parsed = true;
	return true;
}

static void read_discovery_value(struct mle *m, unsigned type, const uint8_t *p, size_t n)
{
	if (type == EXTENDED_PAN && n == 8) {
		m->has_extended_pan = true;
		m->extended_pan = be64(p);
	}
	if (type == NETWORK_NAME && n <= NAME_MAX_LENGTH) {
		m->name = p;
		m->name_length = (uint8_t)n;
	}
	if (type == JOINER_PORT && n == 2) {
		m->has_joiner_port = true;
		m->joiner_port = (uint16_t)be16(p);
	}
}

static void read_value(struct mle *m, unsigned type, const uint8_t *p, size_t n)
{
	if (type != SOURCE_ADDRESS || n != 2)
		return;
	m->has_source = true;
	m->source = (uint16_t)be16(p);
}

/* Of MLE, or of a discovery in it, which has the same form. */
static bool read_values(struct reading *r, size_t end, bool discovery)
{
	while (r->at < end) {
		const uint8_t *header = reading_next(r, 2, mle_tlvs), *value;
		size_t n = header ? header[1] : 0;

		if (header && n == 255 && !discovery)
			return reading_fault_in(r, header + 1, "length of more than one octet",
			                        mle_tlvs);
		if (!header || n > end - r->at)
			return reading_fault(r, "ends inside a field", mle_tlvs);
		value = r->octets + r->at;
		if (!discovery && header[0] == DISCOVERY && !read_values(r, r->at + n, true))
			return false;
		r->at = (size_t)(value - r->octets) + n;
		if (discovery)
			read_discovery_value(&r->p->mle, header[0], value, n);
		else
			read_value(&r->p->mle, header[0], value, n);
	}
	return true;
}

bool payload_read_mle(struct reading *r)
{
	const uint8_t *p = reading_next(r, 1, "Thread 4.4 MLE message format");
	struct mle *m = &r->p->mle;

	if (!p)
		return false;
	if (p[0] != MLE_802_15_4 && p[0] != MLE_NO_SECURITY)
		return reading_fault_in(r, p, "unknown security suite",
		                        "Thread 4.4 MLE message format");
	*m = (struct mle){.is_there = true, .secured = p[0] == MLE_802_15_4, .offset = r->at - 1};
	if (m->secured && !read_security(r))
		return false;
	if (m->security.level & 4)
		return true;
	r->end -= frame_mic_length(m->security.level) <= r->end - r->at
	                  ? frame_mic_length(m->security.level)
	                  : 0;
	p = reading_next(r, 1, "Thread 4.4 MLE message format");
	if (!p)
		return false;
	m->has_command = true;
	m->command = p[0];
	return read_values(r, r->end, false);
}
