#include "capture/reader.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "capture/input.h"
#include "capture/packed.h"
#include "capture/pcapng_parse.h"
#include "packet/strip.h"

enum { BUFFER_SIZE = 128 << 10, SECOND = 1000000000 /* nanoseconds */ };
enum { PCAP_HEADER = 24, PCAP_SNAPSHOT = 16, PCAP_RECORD = 16, MODIFIED_RECORD = 24 };

struct capture_reader {
	struct input *input;
	const char *name; /* in messages */
	pcap_t *pcap;     /* NULL: pcapng */
	FILE *file;       /* what pcap reads */
	struct pcapng pcapng;
	uint32_t block;           /* the block that holds the packet given last */
	uint64_t records, offset; /* of the next one, in a pcap */
	uint64_t cut, damaged;
	unsigned missing;
	uint32_t interface; /* of the packet given last */
	/* the header of a pcap */
	uint8_t header[PCAP_HEADER];
	size_t header_read;
	uint32_t snapshot_length;
	unsigned record_header;
	char buffer[BUFFER_SIZE]; /* of file */
};

/* What pcap calls LINKTYPE in files and DLT in memory differs for one type of ours. */
static uint16_t from_dlt(int dlt)
{
	return dlt == DLT_RAW ? ENVELOPE_LINK_RAW : (uint16_t)dlt;
}

/* --- pcap: libpcap, on the octets of the input --- */

static bool is_little_endian(const uint8_t *header)
{
	return header[3] == 0xa1;
}

/* libpcap cuts records at the header's snapshot length. It is told of the greatest there is. */
static void widen_snapshot(struct capture_reader *r)
{
	uint8_t *at = r->header + PCAP_SNAPSHOT;
	bool little = is_little_endian(r->header);

	for (unsigned i = 0; i < 4; i++)
		r->snapshot_length |= (uint32_t)at[i] << (little ? 8 * i : 24 - 8 * i);
	memcpy(at, little ? "\0\0\4\0" : "\0\4\0\0", 4);
	/* Kuznetzov's variant: a1b2cd34 */
	r->record_header = r->header[little ? 1 : 2] == 0xcd ? MODIFIED_RECORD : PCAP_RECORD;
}

static ssize_t read_for_pcap(void *reader, char *out, size_t size)
{
	struct capture_reader *r = reader;
	size_t left = PCAP_HEADER - r->header_read;

	if (!left)
		return input_read(r->input, out, size);
	size = size < left ? size : left;
	memcpy(out, r->header + r->header_read, size);
	r->header_read += size;
	return (ssize_t)size;
}

static int open_pcap(struct capture_reader *r, char error[PCAP_ERRBUF_SIZE])
{
	memcpy(r->header, input_octets(r->input), PCAP_HEADER);
	input_skip(r->input, PCAP_HEADER);
	widen_snapshot(r);
	r->offset = PCAP_HEADER;
	r->file = fopencookie(r, "r", (cookie_io_functions_t){.read = read_for_pcap});
	if (!r->file) {
		snprintf(error, PCAP_ERRBUF_SIZE, "%s", strerror(errno));
		return -1;
	}
	setvbuf(r->file, r->buffer, _IOFBF, BUFFER_SIZE);
	r->pcap = pcap_fopen_offline_with_tstamp_precision(r->file, PCAP_TSTAMP_PRECISION_NANO,
	                                                   error);
	if (!r->pcap) {
		fclose(r->file);
		return -1;
	}
	int link_type = pcap_datalink(r->pcap);
	if (link_type >= 0 && link_type <= UINT16_MAX)
		return 0;
	snprintf(error, PCAP_ERRBUF_SIZE, "its link type, %d, is none: they end at %d", link_type,
	         UINT16_MAX);
	return -1;
}

static int say_packed(const struct capture_reader *r, const struct packed *p, struct why *why)
{
	return why_set(why, "%s: is compressed with %s: unpack it first (%s | ... -r -)", r->name,
	               p->name, p->command);
}

/* libpcap's own words speak of dump files and header bytes. */
static const char *why_not_open(const struct capture_reader *r, size_t octets, const char *error)
{
	if (input_stopped(r->input))
		return "stopped";
	if (input_error(r->input))
		return strerror(input_error(r->input));
	if (octets == 0)
		return "is empty, not even a capture's header";
	if (octets < PCAP_HEADER)
		return "ends inside a capture's header";
	return strcmp(error, "unknown file format") == 0
	               ? "is neither pcap nor pcapng (what a probe's line has said: slip-dump -r "
	                 "reads it)"
	               : error;
}

/* A section's header is longer than a pcap's: both are whole with so many octets. */
static int open_format(struct capture_reader *r, struct why *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	size_t octets = input_fill(r->input, PCAP_HEADER);
	uint8_t begin[PCAP_HEADER];

	octets = octets < PCAP_HEADER ? octets : PCAP_HEADER;
	memcpy(begin, input_octets(r->input), octets);
	if (octets >= PCAP_HEADER && pcapng_begins(input_octets(r->input)))
		return 0;
	if (octets >= PCAP_HEADER && open_pcap(r, error) == 0)
		return 0;
	const struct packed *packed = packed_find(begin, octets);
	if (packed && !input_stopped(r->input) && !input_error(r->input))
		return say_packed(r, packed, why);
	return why_set(why, "%s: %s", r->name, why_not_open(r, octets, error));
}

/* input: NULL: *why says it already; is the reader's. */
static struct capture_reader *open_reader(struct input *input, const char *name, struct why *why)
{
	struct capture_reader *r = input ? calloc(1, sizeof *r) : NULL;

	if (!input)
		return NULL;
	if (!r) {
		why_errno(why, name);
		input_close(input);
		return NULL;
	}
	r->input = input;
	r->name = name;
	if (open_format(r, why) == 0)
		return r;
	capture_reader_close(r);
	return NULL;
}

struct capture_reader *capture_reader_open(const char *path, struct why *why)
{
	const char *name = path_in_words(path, "standard input");

	return open_reader(input_open(path, name, why), name, why);
}

struct capture_reader *capture_reader_continue(int fd, const char *name, const uint8_t *octets,
                                               size_t n, const struct input_waiting *waiting,
                                               struct why *why)
{
	return open_reader(input_continue(fd, name, octets, n, waiting, why), name, why);
}

uint16_t capture_reader_link_type(const struct capture_reader *r)
{
	return r->pcap ? from_dlt(pcap_datalink(r->pcap)) : 0;
}

/* libpcap reads the seconds with a sign; the format has none, and goes on to 2106. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec < 0 ? (int64_t)header->ts.tv_sec + (INT64_C(1) << 32)
	                                        : (int64_t)header->ts.tv_sec;

	return seconds * SECOND + header->ts.tv_usec;
}

static int stop_at_damage(const struct capture_reader *r, uint64_t offset, const char *words,
                          struct why *why)
{
	if (input_error(r->input))
		words = strerror(input_error(r->input));
	return why_set(why, "%s: octet %llu, record %llu: %s", r->name, (unsigned long long)offset,
	               (unsigned long long)r->records + 1, words);
}

static int next_of_pcap(struct capture_reader *r, struct pcapng_record *record, struct why *why)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int result = pcap_next_ex(r->pcap, &header, &data);

	if (input_stopped(r->input) || result == PCAP_ERROR_BREAK)
		return 0;
	if (result != 1)
		return stop_at_damage(r, r->offset, pcap_geterr(r->pcap), why);
	r->offset += r->record_header + header->caplen;
	*record = (struct pcapng_record){
		.packet = {.data = data,
	                   .length = header->caplen,
	                   .time_ns = time_of(header),
	                   .link_type = capture_reader_link_type(r)},
		.original = header->len,
		.snapshot_length = r->snapshot_length,
	};
	return 1;
}

/* --- pcapng --- */

static int end_inside_a_block(const struct capture_reader *r, size_t octets, struct why *why)
{
	if (input_stopped(r->input) || (octets == 0 && !input_error(r->input)))
		return 0;
	return stop_at_damage(r, input_offset(r->input), "the file ends inside a block", why);
}

static int tell_of_bad(struct capture_reader *r, uint64_t offset, const char *words)
{
	r->records++;
	r->damaged++;
	log_info("%s: octet %llu, record %llu: %s: left out", r->name, (unsigned long long)offset,
	         (unsigned long long)r->records, words);
	return 1;
}

/* Such a block goes by without being in memory. */
static int pass_over(struct capture_reader *r, uint32_t length, struct why *why)
{
	bool packet = pcapng_holds_packet(&r->pcapng, input_octets(r->input));
	uint64_t begin = input_offset(r->input);

	if (input_skip(r->input, length))
		return packet ? tell_of_bad(r, begin, "a packet in a block of over 1 MiB") : 1;
	return input_stopped(r->input)
	               ? 0
	               : stop_at_damage(r, begin, "the file ends inside a block", why);
}

/* A block that is in memory. 2: it has a packet. */
static int read_block(struct capture_reader *r, uint32_t length, struct pcapng_record *record,
                      struct why *why)
{
	switch (pcapng_parse(&r->pcapng, input_octets(r->input), length, record)) {
	case PCAPNG_PACKET:
		if (record->words)
			limited_warning("%s: %s: they are read as 0 (1970)", r->name,
			                record->words);
		return 2;
	case PCAPNG_BAD:
		return tell_of_bad(r, input_offset(r->input), record->words);
	case PCAPNG_DAMAGED:
		return stop_at_damage(r, input_offset(r->input), record->words, why);
	default:
		return 1;
	}
}

static int next_of_pcapng(struct capture_reader *r, struct pcapng_record *record, struct why *why)
{
	int result = 1;

	while (result == 1) {
		input_skip(r->input, r->block);
		r->block = 0;
		size_t octets = input_fill(r->input, PCAPNG_FIRST);
		if (octets < PCAPNG_FIRST)
			return end_inside_a_block(r, octets, why);
		uint32_t length = pcapng_block_length(&r->pcapng, input_octets(r->input), record);
		if (!length)
			return stop_at_damage(r, input_offset(r->input), record->words, why);
		if (length > PCAPNG_BLOCK_MAX) {
			result = pass_over(r, length, why);
			continue;
		}
		octets = input_fill(r->input, length);
		if (octets < length)
			return end_inside_a_block(r, octets, why);
		r->block = length;
		result = read_block(r, length, record, why);
	}
	return result == 2 ? 1 : result;
}

/* --- both --- */

static uint16_t as_ours(uint16_t link_type)
{
	return link_type == DLT_RAW ? ENVELOPE_LINK_RAW : link_type;
}

/* Some writers say how long the frame was on the air and leave the FCS out. A snapshot length that
 * is the record's own length has cut it. */
static unsigned missing_fcs(const struct pcapng_record *record)
{
	uint64_t missing = record->original - record->packet.length;
	bool has_fcs = record->packet.link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	               record->packet.link_type == ENVELOPE_LINK_IEEE802_15_4_TAP ||
	               record->packet.link_type == STRIP_LINK_NONASK_PHY;

	return has_fcs && (missing == 2 || missing == 4) &&
	                       record->packet.length != record->snapshot_length
	               ? (unsigned)missing
	               : 0;
}

int capture_reader_next(struct capture_reader *r, struct envelope_packet *p, struct why *why)
{
	struct pcapng_record record;
	int result;

	for (;;) {
		result = r->pcap ? next_of_pcap(r, &record, why) : next_of_pcapng(r, &record, why);
		if (result != 1)
			return result;
		r->records++;
		r->missing = 0;
		r->interface = record.interface;
		if (record.original > record.packet.length)
			r->missing = missing_fcs(&record);
		if (record.original <= record.packet.length || r->missing)
			break;
		r->cut++;
	}
	*p = record.packet;
	p->link_type = as_ours(p->link_type);
	return 1;
}

unsigned capture_reader_missing(const struct capture_reader *r)
{
	return r->missing;
}

unsigned capture_reader_interface(const struct capture_reader *r, const char **name)
{
	*name = r->interface < r->pcapng.count ? r->pcapng.interfaces[r->interface].name : "";
	return r->interface;
}

uint64_t capture_reader_cut(const struct capture_reader *r)
{
	return r->cut;
}

uint64_t capture_reader_damaged(const struct capture_reader *r)
{
	return r->damaged;
}

bool capture_reader_anew(const struct capture_reader *r)
{
	return input_anew(r->input);
}

void capture_reader_before_wait(struct capture_reader *r, void (*called)(void))
{
	input_before_wait(r->input, called);
}

int capture_reader_fd(const struct capture_reader *r)
{
	return input_fd(r->input);
}

void capture_reader_close(struct capture_reader *r)
{
	if (r->pcap)
		pcap_close(r->pcap);
	pcapng_end(&r->pcapng);
	input_close(r->input);
	free(r);
}
