#include <string.h>

#include "envelope.h"
#include "envelope_bytes.h"

#define NS_PER_S  1000000000
#define NS_PER_US 1000

enum {
	MAGIC_NANOS = 0xa1b23c4d,
	MAGIC_MICROS = 0xa1b2c3d4,
	VERSION_MAJOR = 2,
	VERSION_MINOR = 4,
	SNAPLEN = 262144,            /* as tcpdump writes it */
	LINK_TYPE_MASK = 0x03ffffff, /* the upper bits tell of an FCS */
};

static bool link_type_is_read(uint32_t link_type)
{
	return link_type == 101 || link_type == 195 || link_type == 230 || link_type == 283;
}

int envelope_pcap_writer_init(struct envelope_pcap_writer *w, uint8_t *out, size_t size,
                              uint16_t link_type)
{
	*w = (struct envelope_pcap_writer){out, size, 0, 0};
	if (!link_type_is_read(link_type))
		return ENVELOPE_ELINKTYPE;
	if (size < ENVELOPE_PCAP_HEADER)
		return ENVELOPE_ESPACE;
	memset(out, 0, ENVELOPE_PCAP_HEADER);
	put_le32(out, MAGIC_NANOS);
	put_le16(out + 4, VERSION_MAJOR);
	put_le16(out + 6, VERSION_MINOR);
	put_le32(out + 16, SNAPLEN);
	put_le32(out + 20, link_type);
	w->length = ENVELOPE_PCAP_HEADER;
	return ENVELOPE_OK;
}

int envelope_pcap_write(struct envelope_pcap_writer *w, const struct envelope_packet *p)
{
	uint8_t *record = w->out + w->length;
	int64_t time_ns = p->time_ns;

	if (p->length == 0)
		return ENVELOPE_ENODATA;
	if (p->length > ENVELOPE_PACKET_MAX)
		return ENVELOPE_ETOOLONG;
	if (w->records == ENVELOPE_RECORDS_MAX ||
	    w->size - w->length < ENVELOPE_PCAP_RECORD + p->length)
		return ENVELOPE_ESPACE;
	if (time_ns < 0 || time_ns / NS_PER_S > UINT32_MAX)
		time_ns = 0;
	put_le32(record, (uint32_t)(time_ns / NS_PER_S));
	put_le32(record + 4, (uint32_t)(time_ns % NS_PER_S));
	put_le32(record + 8, (uint32_t)p->length);
	put_le32(record + 12, (uint32_t)p->length);
	memcpy(record + ENVELOPE_PCAP_RECORD, p->data, p->length);
	w->length += ENVELOPE_PCAP_RECORD + p->length;
	w->records++;
	return ENVELOPE_OK;
}

static uint32_t get32(const struct envelope_pcap_reader *r, size_t offset)
{
	return r->swapped ? get_be32(r->body + offset) : get_le32(r->body + offset);
}

static uint16_t get16(const struct envelope_pcap_reader *r, size_t offset)
{
	return r->swapped ? get_be16(r->body + offset) : get_le16(r->body + offset);
}

static bool magic_is(struct envelope_pcap_reader *r, uint32_t magic, bool swapped, bool micros)
{
	r->swapped = swapped;
	r->micros = micros;
	return get32(r, 0) == magic;
}

int envelope_pcap_reader_init(struct envelope_pcap_reader *r, const uint8_t *body, size_t length)
{
	uint32_t link_type;

	*r = (struct envelope_pcap_reader){.body = body, .length = length};
	if (length < ENVELOPE_PCAP_HEADER)
		return ENVELOPE_EPCAP;
	if (!magic_is(r, MAGIC_NANOS, false, false) && !magic_is(r, MAGIC_NANOS, true, false) &&
	    !magic_is(r, MAGIC_MICROS, false, true) && !magic_is(r, MAGIC_MICROS, true, true))
		return ENVELOPE_EPCAP;
	if (get16(r, 4) != VERSION_MAJOR)
		return ENVELOPE_EPCAP;
	link_type = get32(r, 20) & LINK_TYPE_MASK;
	if (!link_type_is_read(link_type))
		return ENVELOPE_ELINKTYPE;
	r->link_type = (uint16_t)link_type;
	r->offset = ENVELOPE_PCAP_HEADER;
	return ENVELOPE_OK;
}

int envelope_pcap_read(struct envelope_pcap_reader *r, struct envelope_packet *p)
{
	size_t left = r->length - r->offset, record = r->offset;
	uint32_t captured, original;

	if (left == 0)
		return 0;
	if (r->records == ENVELOPE_RECORDS_MAX) {
		r->offset = r->length;
		return ENVELOPE_ETOOLONG;
	}
	if (left < ENVELOPE_PCAP_RECORD)
		return ENVELOPE_EPCAP;
	captured = get32(r, record + 8);
	original = get32(r, record + 12);
	if (captured > left - ENVELOPE_PCAP_RECORD)
		return ENVELOPE_EPCAP;
	r->offset += ENVELOPE_PCAP_RECORD + captured;
	r->records++;
	if (captured < original)
		return ENVELOPE_ECUT;
	if (captured == 0)
		return ENVELOPE_ENODATA;
	if (captured > ENVELOPE_PACKET_MAX)
		return ENVELOPE_ETOOLONG;
	p->data = r->body + record + ENVELOPE_PCAP_RECORD;
	p->length = captured;
	p->time_ns = (int64_t)get32(r, record) * NS_PER_S +
	             (int64_t)get32(r, record + 4) * (r->micros ? NS_PER_US : 1);
	p->link_type = r->link_type;
	return 1;
}
