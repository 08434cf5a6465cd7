#include "capture/pcap.h"

#include <string.h>

#include "base/limit.h"
#include "base/log.h"
#include "capture/octets.h"
#include "capture/records.h"

#define MAGIC_NANOSECONDS 0xa1b23c4du

enum {
	FILE_HEADER = 24,
	PACKET_TIME = 8,
	PACKET_HEADER = 16,
	SNAPSHOT_LENGTH = 262144 /* Wireshark's largest */
};
enum { SECOND = 1000000000 /* nanoseconds */ };

enum output_state pcap_put_header(struct file *f, uint16_t link_type, struct why *why)
{
	uint8_t header[FILE_HEADER];
	uint8_t *at = put32(header, MAGIC_NANOSECONDS);

	at = put16(at, 2); /* version 2.4 */
	at = put16(at, 4);
	at = put32(at, 0); /* zone and accuracy: never used */
	at = put32(at, 0);
	at = put32(at, SNAPSHOT_LENGTH);
	put32(at, link_type);
	enum output_state state =
		file_add(f, false, &(struct iovec){header, sizeof header}, 1, why);
	return state == OUTPUT_OPEN ? file_flush(f, why) : state;
}

static void tell_of_time(const struct file *f)
{
	limited_warning(
		"%s: times before 1970 and after 2106-02-07 do not fit in a pcap file: they "
		"are written as 0 (a .pcapng file takes the later ones)",
		file_name(f));
}

static bool has_room_for_time(const struct envelope_packet *p)
{
	return (uint64_t)p->time_ns < (UINT64_C(1) << 32) * SECOND;
}

static inline void write_time(uint8_t at[PACKET_TIME], uint64_t time_ns)
{
	put32(put32(at, (uint32_t)(time_ns / SECOND)), (uint32_t)(time_ns % SECOND));
}

static inline void write_header(uint8_t *at, const uint8_t time[PACKET_TIME], size_t length)
{
	memcpy(at, time, PACKET_TIME);
	at += PACKET_TIME;
	at = put32(at, (uint32_t)length);
	put32(at, (uint32_t)length);
}

enum output_state pcap_put_packet(struct file *f, const struct envelope_packet *p, struct why *why)
{
	bool fits = has_room_for_time(p);
	uint8_t time[PACKET_TIME], header[PACKET_HEADER];
	const struct iovec parts[] = {{header, sizeof header}, {(void *)p->data, p->length}};

	if (!fits)
		tell_of_time(f);
	write_time(time, fits ? (uint64_t)p->time_ns : 0);
	write_header(header, time, p->length);
	return file_add(f, true, parts, 2, why);
}

size_t pcap_put_packets(struct file *f, uint16_t link_type, const struct envelope_packet *packets,
                        size_t n)
{
	struct records *b = file_records(f);
	int64_t time_ns = 0; /* of most packets it is that of the one before */
	uint8_t time[PACKET_TIME] = {0};
	size_t i = 0;

	for (; b && i < n; i++) {
		const struct envelope_packet *p = &packets[i];
		size_t length = PACKET_HEADER + p->length;
		uint8_t *at = b->octets + b->used;

		if (p->link_type != link_type || length > FILE_RECORD_MAX ||
		    !records_has_room(b, length))
			break;
		if (p->time_ns != time_ns) {
			if (!has_room_for_time(p))
				break;
			time_ns = p->time_ns;
			write_time(time, (uint64_t)time_ns);
		}
		write_header(at, time, p->length);
		if (p->length)
			memcpy(at + PACKET_HEADER, p->data, p->length);
		records_add(b, length, true);
	}
	return i;
}

static const char *link_in_words(uint16_t link_type)
{
	return link_type == ENVELOPE_LINK_RAW ? "IP" : "IEEE 802.15.4";
}

void pcap_tell_left_out(const char *name, uint16_t link_type, uint16_t other)
{
	log_warning("%s: a pcap file has one link type, that of its first packet, here %u (%s): "
	            "packets of link type %u (%s) are left out (a .pcapng file takes both)",
	            name, link_type, link_in_words(link_type), other, link_in_words(other));
}
