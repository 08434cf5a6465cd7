#include <string.h>

#include "envelope.h"
#include "envelope_bytes.h"

/* Header: magic, version, three octets for later (written 0, not looked at). Record: u32 length of
 * the packet, i64 time in ns since the epoch, virtio_net_hdr, packet. All little-endian. */
enum { VERSION = 1, VERSION_AT = 4 };
static const uint8_t magic[VERSION_AT] = {'f', 'G', 'S', 'O'};

int envelope_gso_writer_init(struct envelope_gso_writer *w, uint8_t *out, size_t size)
{
	*w = (struct envelope_gso_writer){out, size, 0, 0};
	if (size < ENVELOPE_GSO_HEADER)
		return ENVELOPE_ESPACE;
	memset(out, 0, ENVELOPE_GSO_HEADER);
	memcpy(out, magic, sizeof(magic));
	out[VERSION_AT] = VERSION;
	w->length = ENVELOPE_GSO_HEADER;
	return ENVELOPE_OK;
}

uint8_t *envelope_gso_reserve(struct envelope_gso_writer *w, size_t *room)
{
	size_t left = w->size - w->length;

	*room = 0;
	if (w->records == ENVELOPE_RECORDS_MAX ||
	    left <= ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER)
		return NULL;
	*room = left - ENVELOPE_GSO_RECORD;
	if (*room > ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX)
		*room = ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX;
	return w->out + w->length + ENVELOPE_GSO_RECORD;
}

int envelope_gso_commit(struct envelope_gso_writer *w, size_t octet_count, int64_t time_ns)
{
	size_t room, length;
	uint8_t *octets = envelope_gso_reserve(w, &room), *record = w->out + w->length;
	struct envelope_vnet vnet;

	if (octet_count <= ENVELOPE_VNET_HEADER)
		return ENVELOPE_ENODATA;
	if (octet_count > ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX)
		return ENVELOPE_ETOOLONG;
	if (!octets || octet_count > room)
		return ENVELOPE_ESPACE;
	length = octet_count - ENVELOPE_VNET_HEADER;
	envelope_vnet_parse(&vnet, octets);
	if (envelope_vnet_check(&vnet, octets + ENVELOPE_VNET_HEADER, length) < 0)
		return ENVELOPE_EVNET;
	put_le32(record, (uint32_t)length);
	put_le64(record + 4, (uint64_t)time_ns);
	w->length += ENVELOPE_GSO_RECORD + octet_count;
	w->records++;
	return ENVELOPE_OK;
}

int envelope_gso_write(struct envelope_gso_writer *w, const struct envelope_vnet *h,
                       const struct envelope_packet *p)
{
	size_t room;
	uint8_t *octets = envelope_gso_reserve(w, &room);

	if (p->length == 0)
		return ENVELOPE_ENODATA;
	if (p->length > ENVELOPE_PACKET_MAX)
		return ENVELOPE_ETOOLONG;
	if (!octets || ENVELOPE_VNET_HEADER + p->length > room)
		return ENVELOPE_ESPACE;
	envelope_vnet_build(octets, h);
	memcpy(octets + ENVELOPE_VNET_HEADER, p->data, p->length);
	return envelope_gso_commit(w, ENVELOPE_VNET_HEADER + p->length, p->time_ns);
}

int envelope_gso_reader_init(struct envelope_gso_reader *r, const uint8_t *body, size_t length)
{
	*r = (struct envelope_gso_reader){body, length, ENVELOPE_GSO_HEADER, 0};
	if (length < ENVELOPE_GSO_HEADER || memcmp(body, magic, sizeof(magic)) != 0)
		return ENVELOPE_EGSO;
	return body[VERSION_AT] == VERSION ? ENVELOPE_OK : ENVELOPE_EVERSION;
}

int envelope_gso_read(struct envelope_gso_reader *r, struct envelope_gso_packet *p)
{
	const size_t before = ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER;
	size_t left = r->length - r->offset, length;
	const uint8_t *record = r->body + r->offset;

	if (left == 0)
		return 0;
	if (r->records == ENVELOPE_RECORDS_MAX) {
		r->offset = r->length;
		return ENVELOPE_ETOOLONG;
	}
	length = left < before ? 0 : get_le32(record);
	if (length == 0 || length > ENVELOPE_PACKET_MAX || length > left - before)
		return ENVELOPE_EGSO;
	r->offset += before + length;
	r->records++;
	p->octets = record + ENVELOPE_GSO_RECORD;
	p->octet_count = ENVELOPE_VNET_HEADER + length;
	p->packet = (struct envelope_packet){record + before, length, (int64_t)get_le64(record + 4),
	                                     ENVELOPE_LINK_RAW};
	envelope_vnet_parse(&p->vnet, p->octets);
	return envelope_vnet_check(&p->vnet, p->packet.data, length) < 0 ? ENVELOPE_EVNET : 1;
}
